// SPDX-License-Identifier: MIT
/* Images that are written can be read. */
#include "tests/lib/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/agx/image.h"
#include "tools/agx/image_write.h"

#define PAGE AGX_PAGE_SIZE
#define A 0x10000000u
#define SIZE (40 * PAGE)

static void put_head(struct agx_image_writer *writer)
{
	const struct drm_agxc_image_submit submit = { .chip_id = 0x8112, .usc_exec_base = 7 };
	const struct drm_agxc_image_command command = { .type = 1, .stream = A };
	const struct drm_agxc_image_mapping mapping = {
		.address = A, .size = SIZE, .flags = 6, .object = 3,
	};

	agx_image_put(writer, DRM_AGXC_IMAGE_SUBMIT, &submit, sizeof(submit));
	agx_image_put(writer, DRM_AGXC_IMAGE_COMMAND, &command, sizeof(command));
	agx_image_put(writer, DRM_AGXC_IMAGE_MAPPING, &mapping, sizeof(mapping));
}

static off_t write_image(int fd, const u8 *data)
{
	struct agx_image_writer writer;

	ck_assert_int_eq(agx_image_begin(&writer, fd), 0);
	put_head(&writer);
	for (size_t at = 0; at < SIZE; at += AGX_IMAGE_PIECE)
		agx_image_put_contents(&writer, A + at, data + at,
				       SIZE - at < AGX_IMAGE_PIECE ? SIZE - at : AGX_IMAGE_PIECE);
	ck_assert_int_eq(agx_image_end(&writer), 0);
	return lseek(fd, 0, SEEK_END);
}

static void check_image(int fd, size_t size, const u8 *data)
{
	u8 *image = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	struct agx_image_submit submit;
	struct agx_space space;
	struct agx_error err = { .text = "" };

	ck_assert_ptr_ne(image, MAP_FAILED);
	agx_space_init(&space);
	ck_assert_msg(!agx_image_load(&space, image, size, NULL, &submit, &err), "%s", err.text);
	ck_assert_uint_eq(submit.chip_id, 0x8112);
	ck_assert_uint_eq(submit.n_commands, 1);
	ck_assert_mem_eq(agx_space_at(&space, A, SIZE), data, SIZE);
	agx_image_submit_free(&submit);
	agx_space_destroy(&space);
	munmap(image, size);
}

START_TEST(reads_what_was_written)
{
	u8 *data = calloc(1, SIZE);
	int fd = memfd_create("image", MFD_CLOEXEC);
	off_t size = write_image(fd, data);

	/* Zeros are not there. */
	ck_assert_int_lt(size, 400);
	check_image(fd, (size_t)size, data);
	close(fd);

	/* First, last and neighbouring pages; last bytes of pages. */
	data[0] = 1;
	data[3 * PAGE - 1] = 2;
	data[3 * PAGE] = 3;
	data[16 * PAGE - 1] = 4;
	data[16 * PAGE] = 5;
	data[SIZE - 1] = 6;
	fd = memfd_create("image", MFD_CLOEXEC);
	size = write_image(fd, data);
	ck_assert_int_lt(size, 7 * PAGE);
	check_image(fd, (size_t)size, data);
	close(fd);

	memset(data, 0xee, SIZE);
	fd = memfd_create("image", MFD_CLOEXEC);
	size = write_image(fd, data);
	check_image(fd, (size_t)size, data);
	close(fd);
	free(data);
}
END_TEST

START_TEST(says_what_failed)
{
	u8 *data = malloc(AGX_IMAGE_PIECE);
	int fd = open("/dev/full", O_WRONLY);
	struct agx_image_writer writer;

	memset(data, 1, AGX_IMAGE_PIECE);
	ck_assert_int_eq(agx_image_begin(&writer, fd), 0);
	put_head(&writer);
	ck_assert_int_eq(writer.ret, 0);
	agx_image_put_contents(&writer, A, data, AGX_IMAGE_PIECE);
	ck_assert_int_eq(writer.ret, -ENOSPC);
	ck_assert_int_eq(agx_image_end(&writer), -ENOSPC);
	close(fd);
	free(data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("image_write");
	TCase *tcase = tcase_create("image_write");

	tcase_add_test(tcase, reads_what_was_written);
	tcase_add_test(tcase, says_what_failed);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
