// SPDX-License-Identifier: MIT
/* Images that the kernel module writes: what they say, what shares memory, damage. */
#include "tests/lib/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/agx/image.h"
#include "uapi/drm/agx_compute_image.h"

#define PAGE AGX_PAGE_SIZE
#define READ 2u
#define WRITE 4u
#define SINGLE 8u

#define A 0x100000u		/* three pages of buffer 7 */
#define B 0x900000u		/* its third page, read-only */
#define C 0x40000u		/* its second and third: before the first in the image */
#define D 0x10000000ull		/* a page of buffer 9 again and again */
#define D_SIZE (1ull << 30)
#define E 0x200000u		/* buffer 7, far behind: memory of its own */

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

static void put_record(struct bytes *image, u32 type, const void *data, size_t size)
{
	const struct drm_agxc_image_record record = { .type = type, .size = size };

	put(image, &record, sizeof(record));
	put(image, data, size);
}

static void put_mapping(struct bytes *image, u64 address, u64 size, u32 flags, u32 object,
			u64 offset)
{
	const struct drm_agxc_image_mapping mapping = {
		.address = address, .size = size, .flags = flags, .object = object,
		.offset = offset,
	};

	put_record(image, DRM_AGXC_IMAGE_MAPPING, &mapping, sizeof(mapping));
}

static void put_contents(struct bytes *image, u64 address, u8 fill)
{
	u8 data[8 + PAGE];

	memcpy(data, &address, 8);
	memset(data + 8, fill, PAGE);
	put_record(image, DRM_AGXC_IMAGE_CONTENTS, data, sizeof(data));
}

static void begin(struct bytes *image)
{
	image->size = 0;
	put(image, DRM_AGXC_IMAGE_MAGIC, sizeof(DRM_AGXC_IMAGE_MAGIC));
}

static void make(struct bytes *image)
{
	const struct drm_agxc_image_submit submit = {
		.chip_id = 0x6021, .gpu_generation = 14, .gpu_variant = 'C',
		.num_clusters_total = 4, .usc_exec_base = 0x1100000000,
		.flags = DRM_AGXC_IMAGE_SOFT_FAULTS,
	};
	const struct drm_agxc_image_command command[] = {
		{ .type = 1, .stream = 0x1234000, .stream_end = 0x1234100 },
		{ .type = 0 },
		{ .type = 1, .stream = 0x5678000 },
	};

	begin(image);
	put_record(image, DRM_AGXC_IMAGE_SUBMIT, &submit, sizeof(submit));
	for (size_t i = 0; i < ARRAY_SIZE(command); i++)
		put_record(image, DRM_AGXC_IMAGE_COMMAND, &command[i], sizeof(command[i]));
	put_mapping(image, C, 2 * PAGE, READ | WRITE, 7, PAGE);
	put_mapping(image, A, 3 * PAGE, READ | WRITE, 7, 0);
	put_mapping(image, E, PAGE, READ | WRITE, 7, 1ull << 40);
	put_mapping(image, B, PAGE, READ, 7, 2 * PAGE);
	put_mapping(image, D, D_SIZE, READ | WRITE | SINGLE, 9, PAGE);
	put_contents(image, A + PAGE, 0x5a);
	put_contents(image, B, 0xa5);
	put_contents(image, D, 0x77);
	put_record(image, DRM_AGXC_IMAGE_END, "", 0);
}

static int load(struct agx_space *space, const struct bytes *image,
		struct agx_image_submit *submit)
{
	struct agx_error err = { .text = "" };
	int ret;

	agx_space_init(space);
	ret = agx_image_load(space, image->data, image->size, NULL, submit, &err);
	ck_assert_msg(!ret, "%s", err.text);
	return ret;
}

START_TEST(says_what_was_submitted)
{
	struct bytes *image = malloc(sizeof(*image));
	struct agx_image_submit submit;
	struct agx_space space;

	make(image);
	ck_assert(agx_is_image(image->data, 8));
	ck_assert(!agx_is_image(image->data, 7));
	load(&space, image, &submit);
	ck_assert(submit.known && submit.g14x && submit.soft_faults);
	ck_assert_uint_eq(submit.chip_id, 0x6021);
	ck_assert_uint_eq(submit.usc_base, 0x1100000000);
	ck_assert_uint_eq(submit.n_commands, 2);
	ck_assert_uint_eq(submit.command[0].stream, 0x1234000);
	ck_assert_uint_eq(submit.command[0].end, 0x1234100);
	ck_assert_uint_eq(submit.command[1].stream, 0x5678000);
	ck_assert_uint_eq(submit.n_others, 1);

	/* By address, whatever their order. */
	ck_assert_uint_eq(submit.n_mappings, 5);
	ck_assert_uint_eq(submit.mapping[0].address, C);
	ck_assert_uint_eq(submit.mapping[1].address, A);
	ck_assert_uint_eq(submit.mapping[3].address, B);
	ck_assert_uint_eq(submit.mapping[3].size, PAGE);
	ck_assert_uint_eq(submit.mapping[3].flags, READ);
	ck_assert_uint_eq(submit.mapping[3].object, 7);
	ck_assert_uint_eq(submit.mapping[3].offset, 2 * PAGE);
	ck_assert_uint_eq(submit.mapping[4].flags, READ | WRITE | SINGLE);
	agx_image_submit_free(&submit);
	agx_space_destroy(&space);

	/* Who does not want to know. */
	load(&space, image, NULL);
	agx_space_destroy(&space);
	free(image);
}
END_TEST

START_TEST(shares_memory)
{
	struct bytes *image = malloc(sizeof(*image));
	struct agx_space space;
	const u8 *a;

	make(image);
	load(&space, image, NULL);
	a = agx_space_at(&space, A, 3 * PAGE);
	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(a[PAGE - 1], 0);
	ck_assert_uint_eq(a[PAGE], 0x5a);
	ck_assert_uint_eq(a[3 * PAGE - 1], 0xa5);
	ck_assert_ptr_eq(agx_space_at(&space, C, 2 * PAGE), a + PAGE);
	ck_assert_ptr_eq(agx_space_at(&space, B, PAGE), a + 2 * PAGE);
	ck_assert_uint_eq(agx_space_find(&space, B)->prot, AGX_MEM_READ);
	ck_assert_uint_eq(*(u8 *)agx_space_at(&space, E, PAGE), 0);
	ck_assert_uint_eq(*(u8 *)agx_space_at(&space, D + D_SIZE - 1, 1), 0x77);
	ck_assert_ptr_eq(agx_space_at(&space, D, 1), agx_space_at(&space, D + D_SIZE / 2, 1));
	agx_space_destroy(&space);
	free(image);
}
END_TEST

/* Structures shorter and longer than ours, records of types that we do not know. */
START_TEST(grows)
{
	struct bytes *image = malloc(sizeof(*image));
	u64 words[12] = { 0x6020 | 14ull << 32, 'S' | 2ull << 32, 0x1100000000 };
	struct agx_image_submit submit;
	struct agx_space space;

	begin(image);
	put_record(image, DRM_AGXC_IMAGE_SUBMIT, words, 24);
	words[0] = 1;
	words[1] = 0x5000;
	put_record(image, DRM_AGXC_IMAGE_COMMAND, words, 16);
	put_record(image, 1000, words, sizeof(words));
	put_record(image, DRM_AGXC_IMAGE_COMMAND, words, sizeof(words));
	words[0] = A;
	words[1] = PAGE;
	put_record(image, DRM_AGXC_IMAGE_MAPPING, words, 16);
	put_record(image, DRM_AGXC_IMAGE_END, "", 0);
	load(&space, image, &submit);
	ck_assert(submit.g14x && !submit.soft_faults);
	ck_assert_uint_eq(submit.n_commands, 2);
	ck_assert_uint_eq(submit.command[0].end, 0);
	ck_assert_uint_eq(agx_space_find(&space, A)->prot, 0);
	agx_image_submit_free(&submit);
	agx_space_destroy(&space);
	free(image);
}
END_TEST

/* --- damage --------------------------------------------------------------------------- */

static void refused(const struct bytes *image, size_t size, const char *why)
{
	/* Ends at an unreadable page. */
	u8 *data = kt_buf(size);
	struct agx_image_submit submit;
	struct agx_space space;
	struct agx_error err = { .text = "" };

	memcpy(data, image->data, size);
	agx_space_init(&space);
	ck_assert_int_eq(agx_image_load(&space, data, size, NULL, &submit, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, why), "%s", err.text);
	agx_image_submit_free(&submit);
	agx_space_destroy(&space);
}

START_TEST(refuses_what_is_cut)
{
	struct bytes *image = malloc(sizeof(*image));

	make(image);
	for (size_t size = 8; size < image->size; size += 1 + size / 64)
		refused(image, size, "ends here");
	refused(image, image->size - 1, "ends here");
	free(image);
}
END_TEST

START_TEST(refuses_nonsense)
{
	struct bytes *image = malloc(sizeof(*image));

	make(image);
	image->size -= 16;
	put_mapping(image, 0x1000000, PAGE, READ, 1, 0);
	refused(image, image->size, "a mapping after contents");

	begin(image);
	put_mapping(image, A, PAGE, READ, 1, 0);
	put_mapping(image, A, PAGE, READ, 1, 0);
	put_contents(image, A, 1);
	refused(image, image->size, "overlaps");

	begin(image);
	put_mapping(image, A + 1, PAGE, READ, 1, 0);
	put_record(image, DRM_AGXC_IMAGE_END, "", 0);
	refused(image, image->size, "whole pages");

	begin(image);
	put_mapping(image, A + PAGE / 2, PAGE, READ | SINGLE, 1, 0);
	put_record(image, DRM_AGXC_IMAGE_END, "", 0);
	refused(image, image->size, "whole pages");

	begin(image);
	put_mapping(image, A, 0, READ, 1, 0);
	refused(image, image->size, "a mapping of nothing");
	begin(image);
	put_mapping(image, A, PAGE, READ, 1, ~0ull);
	refused(image, image->size, "more than all");

	begin(image);
	put_contents(image, A, 1);
	refused(image, image->size, "not all of them are mapped");
	begin(image);
	put_mapping(image, A, PAGE, READ | SINGLE, 1, 0);
	put_contents(image, A + 8, 1);
	refused(image, image->size, "not all of them are mapped");
	begin(image);
	put_record(image, DRM_AGXC_IMAGE_CONTENTS, "1234567", 7);
	refused(image, image->size, "without an address");
	free(image);
}
END_TEST

START_TEST(survives_damage)
{
	struct bytes *image = malloc(sizeof(*image));

	make(image);
	for (u32 i = 0; i < 2000; i++) {
		size_t at = 8 + kt_below((u32)image->size - 8);
		u8 bit = (u8)(1 << kt_below(8));
		struct agx_image_submit submit;
		struct agx_space space;
		struct agx_error err = { .text = "" };
		int ret;

		image->data[at] ^= bit;
		agx_space_init(&space);
		ret = agx_image_load(&space, image->data, image->size, NULL, &submit, &err);
		ck_assert(!ret || err.text[0]);
		agx_image_submit_free(&submit);
		agx_space_destroy(&space);
		image->data[at] ^= bit;
	}
	free(image);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("image_submit");
	TCase *tcase = tcase_create("image_submit");

	tcase_add_test(tcase, says_what_was_submitted);
	tcase_add_test(tcase, shares_memory);
	tcase_add_test(tcase, grows);
	tcase_add_test(tcase, refuses_what_is_cut);
	tcase_add_test(tcase, refuses_nonsense);
	tcase_add_test(tcase, survives_damage);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
