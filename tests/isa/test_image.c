// SPDX-License-Identifier: MIT
/* Images of GPU memory: compressed or not, shared mappings, damage. */
#include "tests/lib/suite.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "tools/agx/image.h"

#define PAGE 0x4000u
#define READ 2u
#define WRITE 4u

struct bytes {
	u8 data[8 * PAGE];
	size_t size;
};

static void put(struct bytes *image, const void *data, size_t size)
{
	ck_assert_uint_le(image->size + size, sizeof(image->data));
	memcpy(image->data + image->size, data, size);
	image->size += size;
}

static void put_mapping(struct bytes *image, u64 address, u64 size, u64 flags)
{
	u64 record[] = { address, 0, flags, size };

	put(image, record, sizeof(record));
}

static void put_contents(struct bytes *image, u64 address, u8 fill)
{
	u64 record[] = { address, PAGE, 0 };
	u8 page[PAGE];

	memset(page, fill, sizeof(page));
	put(image, record, sizeof(record));
	put(image, page, sizeof(page));
}

/* Two mappings; the second page of the first has contents, the second is read-only. */
static void make(struct bytes *image)
{
	u64 end = ~(u64)0;

	image->size = 0;
	put(image, "AGXMEM1", 8);
	put_mapping(image, 0x100000, 3 * PAGE, READ | WRITE);
	put_contents(image, 0x100000 + PAGE, 0x5a);
	put_mapping(image, 0x900000, PAGE, READ);
	put_contents(image, 0x900000, 0x5a);
	put(image, &end, sizeof(end));
}

static void compress(struct bytes *image)
{
	u8 *out = malloc(sizeof(image->data));
	size_t n = 0;

	ck_assert_int_eq(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, image->data,
						 image->size, out, &n, sizeof(image->data)),
			 LZMA_OK);
	memcpy(image->data, out, n);
	image->size = n;
	free(out);
}

static void check_contents(const struct agx_space *space)
{
	const u8 *at = agx_space_at(space, 0x100000, 3 * PAGE);

	ck_assert_ptr_nonnull(at);
	ck_assert_uint_eq(at[0], 0);
	ck_assert_uint_eq(at[PAGE], 0x5a);
	ck_assert_uint_eq(at[2 * PAGE - 1], 0x5a);
	ck_assert_uint_eq(at[2 * PAGE], 0);
	ck_assert_uint_eq(agx_space_find(space, 0x100000)->prot, AGX_MEM_READ | AGX_MEM_WRITE);
	ck_assert_uint_eq(agx_space_find(space, 0x900000)->prot, AGX_MEM_READ);
}

START_TEST(loads)
{
	struct bytes *image = malloc(sizeof(*image));
	struct agx_space space;
	struct agx_error err;

	make(image);
	if (_i)
		compress(image);
	agx_space_init(&space);
	ck_assert_int_eq(agx_image_load(&space, image->data, image->size, NULL, NULL, &err), 0);
	check_contents(&space);
	ck_assert_ptr_ne(agx_space_at(&space, 0x900000, 1),
			 agx_space_at(&space, 0x100000 + PAGE, 1));
	agx_space_destroy(&space);
	free(image);
}
END_TEST

/* The read-only mapping is of the first one's second page. */
START_TEST(shares)
{
	static const char maps[] = "vm 0 va 0000700000..0000704000 bo 3+0 flags 6\n"
				   "vm 0 va 0000100000..000010c000 bo 7+0 flags 6\n"
				   "\n"
				   "vm 0 va 0000900000..0000904000 bo 7+4000 flags 2\n";
	struct bytes *image = malloc(sizeof(*image));
	struct agx_space space;
	struct agx_error err;

	make(image);
	agx_space_init(&space);
	ck_assert_int_eq(agx_image_load(&space, image->data, image->size, maps, NULL, &err), 0);
	check_contents(&space);
	ck_assert_ptr_eq(agx_space_at(&space, 0x900000, 1),
			 agx_space_at(&space, 0x100000 + PAGE, 1));
	agx_space_destroy(&space);
	free(image);
}
END_TEST

static void refused(const struct bytes *image, size_t size, const char *why)
{
	/* Ends at an unreadable page. */
	u8 *data = kt_buf(size + 1);
	struct agx_space space;
	struct agx_error err = { .text = "" };

	memcpy(data + 1, image->data, size);
	agx_space_init(&space);
	ck_assert_int_eq(agx_image_load(&space, data + 1, size, NULL, NULL, &err), -EINVAL);
	ck_assert_msg(!why || strstr(err.text, why), "%s", err.text);
	ck_assert_uint_gt(strlen(err.text), 0);
	agx_space_destroy(&space);
}

START_TEST(refuses_damage)
{
	struct bytes *image = malloc(sizeof(*image));

	make(image);
	refused(image, 0, "no memory image");
	refused(image, 7, "no memory image");
	refused(image, image->size - 1, "ends here");
	for (size_t size = 8; size < image->size; size += 1 + size / 64)
		refused(image, size, "ends here");
	image->data[3] ^= 1;
	refused(image, image->size, "no memory image");

	make(image);
	put_mapping(image, 0, 0, 0);
	image->size -= 40;
	put_mapping(image, 0x104000, PAGE, READ);
	refused(image, image->size, "overlaps");
	make(image);
	image->size -= 8;
	put_mapping(image, 0x1000001, PAGE, READ);
	refused(image, image->size, "whole pages");
	make(image);
	image->size -= 8;
	put_contents(image, 0x100000 + 2 * PAGE + 1, 1);
	refused(image, image->size, "not all of them are mapped");
	free(image);
}
END_TEST

/* What is behind the end mark, or says nothing, may be damaged; nothing does harm. */
static void survives(const struct bytes *image, size_t size)
{
	u8 *data = kt_buf(size);
	struct agx_space space;
	struct agx_error err = { .text = "" };
	int ret;

	memcpy(data, image->data, size);
	agx_space_init(&space);
	ret = agx_image_load(&space, data, size, NULL, NULL, &err);
	if (!ret)
		check_contents(&space);
	else
		ck_assert_uint_gt(strlen(err.text), 0);
	agx_space_destroy(&space);
}

START_TEST(survives_damaged_xz)
{
	struct bytes *image = malloc(sizeof(*image));

	make(image);
	compress(image);
	refused(image, image->size / 2, "ends here");
	for (size_t size = 6; size < image->size; size++)
		survives(image, size);
	for (size_t i = 6; i < image->size; i++) {
		u8 bit = (u8)(1 << kt_below(8));

		image->data[i] ^= bit;
		survives(image, image->size);
		image->data[i] ^= bit;
	}
	free(image);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("image");
	TCase *tcase = tcase_create("image");

	tcase_add_loop_test(tcase, loads, 0, 2);
	tcase_add_test(tcase, shares);
	tcase_add_test(tcase, refuses_damage);
	tcase_add_test(tcase, survives_damaged_xz);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
