// SPDX-License-Identifier: MIT
/* The files of an open model, for who loads its tensors to other places. */
#include "tests/lib/gguf_write.h"
#include "tests/lib/suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/io/loader.h"

static char *dir, *paths[2];
static struct mutsu_gguf *gguf;

static void save_part(unsigned int no)
{
	struct gw *w = gw_begin(3);
	float values[1000];

	for (size_t i = 0; i < 1000; i++)
		values[i] = (float)(i * (no + 1));
	gw_u16(w, "split.no", (uint16_t)no);
	gw_u16(w, "split.count", 2);
	gw_i32(w, "split.tensors.count", 4);
	gw_tensor(w, no ? "c" : "a", MUTSU_F32, 1, (uint64_t[]){ 1000 }, values);
	gw_tensor(w, no ? "d" : "b", MUTSU_F32, 1, (uint64_t[]){ 900 }, values + 100);
	gw_save(w, paths[no]);
	gw_free(w);
}

static void setup(void)
{
	struct mutsu_error err;

	dir = suite_dir();
	for (unsigned int i = 0; i < 2; i++) {
		ck_assert_int_gt(asprintf(&paths[i], "%s/m-%05u-of-00002.gguf", dir, i + 1), 0);
		save_part(i);
	}
	ck_assert_msg(!mutsu_gguf_open(&gguf, paths[0], &err), "%s", err.text);
}

static void teardown(void)
{
	mutsu_gguf_close(gguf);
	for (unsigned int i = 0; i < 2; i++) {
		unlink(paths[i]);
		free(paths[i]);
	}
	rmdir(dir);
	free(dir);
}

START_TEST(tensors_from_files)
{
	for (size_t i = 0; i < 4; i++) {
		const struct gguf_tensor *tensor = mutsu_gguf_tensor(gguf, i);
		struct mutsu_load load = { .size = tensor->size, .to = malloc(tensor->size) };
		struct mutsu_error err = { "" };
		const void *map;
		size_t size;

		mutsu_gguf_part_data(gguf, tensor->part, &map, &size, &load.name);
		ck_assert_str_eq(load.name, paths[tensor->part]);
		load.offset = (uint64_t)((const char *)tensor->data - (const char *)map);
		ck_assert_uint_le(load.offset + load.size, size);
		load.fd = mutsu_gguf_part_reopen(gguf, tensor->part, &err);
		ck_assert_msg(load.fd >= 0, "%s", err.text);
		ck_assert_int_eq(mutsu_load_run(&load, 1, NULL, NULL, NULL, &err), 0);
		ck_assert(!memcmp(load.to, tensor->data, tensor->size));
		close(load.fd);
		free(load.to);
	}
}
END_TEST

static void refused(int code, const char *text)
{
	struct mutsu_error err = { "" };

	ck_assert_int_eq(mutsu_gguf_part_reopen(gguf, 1, &err), code);
	ck_assert_msg(strstr(err.text, text) && strstr(err.text, "00002-of-00002.gguf: "), "%s",
		      err.text);
	ck_assert_int_eq(mutsu_gguf_part_reopen(gguf, 1, NULL), code);
}

START_TEST(changed)
{
	FILE *file = fopen(paths[1], "a");

	ck_assert_ptr_nonnull(file);
	fputc('x', file);
	fclose(file);
	refused(-ESTALE, "was replaced or changed while it was open");

	/* The same bytes in another file: the old one is still there, mapped. */
	ck_assert_int_eq(unlink(paths[1]), 0);
	save_part(1);
	refused(-ESTALE, "was replaced or changed while it was open");
	ck_assert_int_eq(unlink(paths[1]), 0);
	refused(-ENOENT, "cannot be opened again: No such file");
}
END_TEST

START_TEST(memory)
{
	struct gw *w = gw_begin(3);
	struct mutsu_error err = { "" };
	const char *path = "untouched";
	struct mutsu_gguf *other;
	const void *data, *map;
	size_t size, map_size;

	gw_tensor(w, "t", MUTSU_F32, 1, (uint64_t[]){ 1 }, (float[]){ 1.5f });
	data = gw_finish(w, &size);
	ck_assert_int_eq(mutsu_gguf_open_memory(&other, data, size, "built in", &err), 0);
	mutsu_gguf_part_data(other, 0, &map, &map_size, &path);
	ck_assert_ptr_eq(map, data);
	ck_assert_uint_eq(map_size, size);
	ck_assert_ptr_null(path);
	ck_assert_int_eq(mutsu_gguf_part_reopen(other, 0, &err), -ENOTSUP);
	ck_assert_str_eq(err.text, "built in: is in memory, not in a file");
	mutsu_gguf_close(other);
	gw_free(w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gguf_parts");
	TCase *tc = tcase_create("gguf_parts");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, tensors_from_files);
	tcase_add_test(tc, changed);
	tcase_add_test(tc, memory);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
