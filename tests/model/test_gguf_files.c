// SPDX-License-Identifier: MIT
/*
 * GGUF files on disk: what can be wrong with a path, split models, and files
 * that other programs wrote.
 */
#include "tests/lib/gguf_write.h"
#include "tests/lib/suite.h"

#include <errno.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *dir;
static char *models;	/* shared test data, if there is any */

static const char *in_dir(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void make_dir(void)
{
	dir = suite_dir();
}

static void remove_dir(void)
{
	char command[4096];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
	free(dir);
}

static void write_bytes(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

/* The output untouched; one line that has all the words. */
static void refused_path(int code, const char *path, const char *const *words)
{
	struct mutsu_gguf *untouched = (void *)&refused_path, *gguf = untouched;
	struct mutsu_error err = { "" };
	int ret = mutsu_gguf_open(&gguf, path, &err);

	ck_assert_msg(ret == code, "%d, not %d, for %s: %s", ret, code, path, err.text);
	ck_assert_ptr_eq(gguf, untouched);
	ck_assert_msg(!strchr(err.text, '\n'), "%s", err.text);
	for (; *words; words++)
		ck_assert_msg(strstr(err.text, *words), "'%s' lacks '%s'", err.text, *words);
	ck_assert_int_eq(mutsu_gguf_open(&gguf, path, NULL), code);
}

#define REFUSED(code, path, ...) \
	refused_path(code, path, (const char *const []){ __VA_ARGS__, NULL })

/*
 * Paths
 */

START_TEST(one_file)
{
	struct gw *w = gw_begin(3);
	struct mutsu_gguf *gguf;
	struct mutsu_error err;
	size_t size;

	gw_tensor(w, "t", MUTSU_F32, 1, (uint64_t[]){ 1 }, (float[]){ 1.5f });
	gw_finish(w, &size);
	gw_save(w, in_dir("one.gguf"));
	gw_free(w);
	ck_assert_msg(!mutsu_gguf_open(&gguf, in_dir("one.gguf"), &err), "%s", err.text);
	ck_assert_str_eq(mutsu_gguf_name(gguf), in_dir("one.gguf"));
	ck_assert_uint_eq(mutsu_gguf_file_size(gguf), size);
	ck_assert_uint_eq(mutsu_gguf_n_parts(gguf), 1);

	/* Mapped: the name may go. */
	ck_assert_int_eq(unlink(in_dir("one.gguf")), 0);
	ck_assert(*(const float *)mutsu_gguf_tensor(gguf, 0)->data == 1.5f);
	mutsu_gguf_close(gguf);
}
END_TEST

START_TEST(bad_paths)
{
	char *path = strdup(in_dir("fifo"));

	REFUSED(-ENOENT, in_dir("none.gguf"), "none.gguf", "no such file");
	REFUSED(-ENOENT, "", "no such file");
	REFUSED(-EINVAL, dir, dir, "is a directory");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	REFUSED(-EINVAL, path, "fifo", "not a regular file");
	REFUSED(-EINVAL, "/dev/null", "/dev/null", "not a regular file");
	REFUSED(-ENOTDIR, "/dev/null/model.gguf", "/dev/null/model.gguf", "cannot be opened");
	write_bytes(in_dir("empty.gguf"), "", 0);
	REFUSED(-EINVAL, in_dir("empty.gguf"), "empty.gguf", "is empty");
	write_bytes(in_dir("text.gguf"), "some text", 9);
	REFUSED(-EINVAL, in_dir("text.gguf"), "text.gguf",
		"not a GGUF file (starts with \"some\")");
	write_bytes(in_dir("line\nfeed"), "x", 1);
	REFUSED(-EINVAL, in_dir("line\nfeed"), "line?feed");
	free(path);
}
END_TEST

/* Root may read anything, so somebody else tries. */
START_TEST(unreadable)
{
	uid_t user = geteuid();

	write_bytes(in_dir("secret.gguf"), "GGUF", 4);
	ck_assert_int_eq(chmod(in_dir("secret.gguf"), 0), 0);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(user ? 0 : seteuid(65534), 0);
	REFUSED(-EACCES, in_dir("secret.gguf"), "secret.gguf", "cannot be opened", "ermission");
	ck_assert_int_eq(user ? 0 : seteuid(0), 0);
}
END_TEST

/* However long the path, the message says what is wrong, and no character is halved. */
START_TEST(long_path)
{
	struct mutsu_gguf *gguf;
	struct mutsu_error err;
	char path[1024];

	for (size_t odd = 0; odd < 2; odd++) {
		size_t len = odd;

		memset(path, 'x', odd);
		for (size_t i = 0; i < 300; i++, len += 2)
			memcpy(path + len, i % 60 ? "\u00e9" : "./", 2);
		strcpy(path + len, "/model.gguf");
		REFUSED(-ENOENT, path, "...", "/model.gguf: no such file");
		ck_assert_int_eq(mutsu_gguf_open(&gguf, path, &err), -ENOENT);
		ck_assert_int_ne(err.text[3] & 0xc0, 0x80);
	}
}
END_TEST

/*
 * Split models
 */

/* Part no of count, from 0, with two tensors: "a" and "b" with the number. */
static struct gw *part(unsigned int no, unsigned int count, int total)
{
	struct gw *w = gw_begin(3);
	float value = (float)no;
	char name[16];

	gw_u16(w, "split.no", (uint16_t)no);
	gw_u16(w, "split.count", (uint16_t)count);
	gw_i32(w, "split.tensors.count", total);
	if (!no)
		gw_string(w, "general.architecture", "test");
	snprintf(name, sizeof(name), "a%u", no);
	gw_tensor(w, name, MUTSU_F32, 1, (uint64_t[]){ 1 }, &value);
	snprintf(name, sizeof(name), "b%u", no);
	gw_tensor(w, name, MUTSU_F32, 1, (uint64_t[]){ 1 }, &value);
	return w;
}

static void save(struct gw *w, const char *name)
{
	gw_save(w, in_dir(name));
	gw_free(w);
}

static void save_three(void)
{
	save(part(0, 3, 6), "m-00001-of-00003.gguf");
	save(part(1, 3, 6), "m-00002-of-00003.gguf");
	save(part(2, 3, 6), "m-00003-of-00003.gguf");
}

START_TEST(split)
{
	struct mutsu_gguf *gguf;
	struct mutsu_error err;
	struct stat st;

	save_three();
	ck_assert_msg(!mutsu_gguf_open(&gguf, in_dir("m-00001-of-00003.gguf"), &err), "%s",
		      err.text);
	ck_assert_uint_eq(mutsu_gguf_n_parts(gguf), 3);
	ck_assert_uint_eq(mutsu_gguf_n_tensors(gguf), 6);
	ck_assert_uint_eq(mutsu_gguf_n_meta(gguf), 4);
	ck_assert_ptr_nonnull(mutsu_gguf_find(gguf, "general.architecture"));
	ck_assert_int_eq(stat(in_dir("m-00002-of-00003.gguf"), &st), 0);
	ck_assert_uint_gt(mutsu_gguf_file_size(gguf), 2 * (uint64_t)st.st_size);
	for (uint32_t i = 0; i < 3; i++) {
		const struct gguf_tensor *tensor;
		char name[16];

		snprintf(name, sizeof(name), "b%u", i);
		tensor = mutsu_gguf_find_tensor(gguf, name);
		ck_assert_ptr_nonnull(tensor);
		ck_assert_uint_eq(tensor->part, i);
		ck_assert(*(const float *)tensor->data == (float)i);
	}
	mutsu_gguf_close(gguf);
}
END_TEST

/* Written by a splitter that found one part to be enough. */
START_TEST(split_in_one)
{
	struct mutsu_gguf *gguf;
	struct mutsu_error err;

	save(part(0, 1, 2), "whatever.gguf");
	ck_assert_msg(!mutsu_gguf_open(&gguf, in_dir("whatever.gguf"), &err), "%s", err.text);
	ck_assert_uint_eq(mutsu_gguf_n_parts(gguf), 1);
	mutsu_gguf_close(gguf);
}
END_TEST

START_TEST(split_missing)
{
	save_three();
	ck_assert_int_eq(unlink(in_dir("m-00003-of-00003.gguf")), 0);
	REFUSED(-ENOENT, in_dir("m-00001-of-00003.gguf"), "m-00003-of-00003.gguf", "no such file",
		"part 3 of 3");
}
END_TEST

START_TEST(split_not_first)
{
	save_three();
	REFUSED(-EINVAL, in_dir("m-00002-of-00003.gguf"), "part 2 of 3", "open the first",
		"m-00001-of-00003.gguf");
}
END_TEST

START_TEST(split_renamed)
{
	save(part(0, 3, 6), "model.gguf");
	REFUSED(-EINVAL, in_dir("model.gguf"), "part 1 of 3", "must end in -00001-of-00003.gguf");
	save(part(0, 3, 6), "m-0000a-of-00003.gguf");
	REFUSED(-EINVAL, in_dir("m-0000a-of-00003.gguf"), "must end in -00001-of-00003.gguf");
	save(part(0, 3, 6), "x.gguf");
	ck_assert_int_eq(chdir(dir), 0);
	REFUSED(-EINVAL, "x.gguf", "must end in -00001-of-00003.gguf");
	save(part(0, 3, 6), "m-00001-of-00002.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00002.gguf"), "was renamed", "part 1 of 3");
	save(part(1, 3, 6), "m-00001-of-00003.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00003.gguf"), "was renamed", "part 2 of 3");

	/* Two parts whose names were exchanged. */
	save_three();
	save(part(2, 3, 6), "m-00002-of-00003.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00003.gguf"), "m-00002-of-00003.gguf",
		"should be part 2 of 3", "part 3 of 3");
	save(gw_begin(3), "m-00002-of-00003.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00003.gguf"), "should be part 2 of 3");
}
END_TEST

START_TEST(split_broken_part)
{
	struct gw *w = part(2, 3, 6);
	size_t size;
	const uint8_t *data = gw_finish(w, &size);

	save_three();
	write_bytes(in_dir("m-00003-of-00003.gguf"), data, size - 1);
	gw_free(w);
	REFUSED(-EINVAL, in_dir("m-00001-of-00003.gguf"), "m-00003-of-00003.gguf", "'b2'",
		"cut short");
}
END_TEST

START_TEST(split_tensors)
{
	struct gw *w = part(1, 2, 5);

	save(part(0, 2, 5), "m-00001-of-00002.gguf");
	save(part(1, 2, 5), "m-00002-of-00002.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00002.gguf"), "split.tensors.count is 5",
		"2 parts have 4 tensors");

	gw_tensor(w, "a0", MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
	save(w, "m-00002-of-00002.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00002.gguf"), "m-00002-of-00002.gguf",
		"tensor 3, 'a0'", "twice, first in", "m-00001-of-00002.gguf");
}
END_TEST

START_TEST(split_metadata)
{
	struct gw *w = gw_begin(3);

	gw_u16(w, "split.count", 2);
	save(w, "m-00001-of-00002.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00002.gguf"), "split.no is missing");

	w = gw_begin(3);
	gw_u16(w, "split.no", 2);
	gw_u16(w, "split.count", 2);
	save(w, "m-00001-of-00002.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00002.gguf"), "split.no is 2", "split.count is 2");

	w = gw_begin(3);
	gw_string(w, "split.count", "2");
	save(w, "m-00001-of-00002.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00002.gguf"), "'split.count'", "not an integer",
		"string");

	w = gw_begin(3);
	gw_i32(w, "split.count", -2);
	save(w, "m-00001-of-00002.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00002.gguf"), "'split.count'", "0 or more", "int32");

	w = gw_begin(3);
	gw_u16(w, "split.no", 0);
	gw_u64(w, "split.count", 1ull << 40);
	save(w, "m-00001-of-00002.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00002.gguf"), "split.count is 1099511627776");

	w = gw_begin(3);
	gw_u32(w, "split.no", 0);
	gw_i64(w, "split.count", 2);
	save(w, "m-00001-of-00002.gguf");
	save(part(1, 2, 2), "m-00002-of-00002.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00002.gguf"), "split.tensors.count is missing");

	w = gw_begin(3);
	gw_bool(w, "split.count", true);
	save(w, "m-00002-of-00002.gguf");
	REFUSED(-EINVAL, in_dir("m-00001-of-00002.gguf"), "m-00002-of-00002.gguf",
		"'split.count'", "bool");
}
END_TEST

/*
 * Files of others
 */

START_TEST(every_model_opens)
{
	static const char *const patterns[] = { "%s/*.gguf", "%s/vocab/*.gguf" };
	char pattern[512], text[256];
	unsigned int n = 0;
	glob_t found;

	for (size_t k = 0; k < 2; k++) {
		snprintf(pattern, sizeof(pattern), patterns[k], models);
		ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
		for (size_t i = 0; i < found.gl_pathc; i++, n++) {
			struct mutsu_gguf *gguf;
			struct mutsu_error err;
			uint32_t bos;

			ck_assert_msg(!mutsu_gguf_open(&gguf, found.gl_pathv[i], &err), "%s",
				      err.text);
			for (size_t m = 0; m < mutsu_gguf_n_meta(gguf); m++)
				mutsu_gguf_print(mutsu_gguf_meta(gguf, m, NULL), text,
						 sizeof(text));
			ck_assert_ptr_nonnull(mutsu_gguf_find(gguf, "tokenizer.ggml.tokens"));
			ck_assert_msg(!mutsu_gguf_get_u32(gguf, "tokenizer.ggml.bos_token_id",
							  &bos, &err), "%s", err.text);
			mutsu_gguf_close(gguf);
		}
		globfree(&found);
	}
	ck_assert_uint_ge(n, 2);
}
END_TEST

START_TEST(known_model)
{
	static const char *const texts[][2] = {
		{ "general.architecture", "qwen3" },
		{ "qwen3.block_count", "4" },
		{ "qwen3.attention.layer_norm_rms_epsilon", "1e-06" },
		{ "tokenizer.ggml.add_bos_token", "true" },
		{ "tokenizer.ggml.tokens", "[\"<unk>\", \"<s>\", \"</s>\", \"<0x00>\", \"<0x01>\", "
		  "\"<0x02>\", \"<0x03>\", \"<0x04>\", ...] (512)" },
		{ "tokenizer.ggml.token_type", "[2, 3, 3, 6, 6, 6, 6, 6, ...] (512)" },
	};
	const struct gguf_tensor *tensor;
	struct mutsu_gguf *gguf;
	struct mutsu_error err;
	struct gguf_value array;
	char path[512], text[256];
	uint32_t u;
	float f;

	snprintf(path, sizeof(path), "%s/tiny-qwen3-F16.gguf", models);
	ck_assert_msg(!mutsu_gguf_open(&gguf, path, &err), "%s", err.text);
	ck_assert_uint_eq(mutsu_gguf_version(gguf), 3);
	ck_assert_uint_eq(mutsu_gguf_n_meta(gguf), 25);
	ck_assert_uint_eq(mutsu_gguf_n_tensors(gguf), 47);
	ck_assert_uint_eq(mutsu_gguf_file_size(gguf), 8414208);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		mutsu_gguf_print(mutsu_gguf_find(gguf, texts[i][0]), text, sizeof(text));
		ck_assert_str_eq(text, texts[i][1]);
	}
	ck_assert(!mutsu_gguf_get_u32(gguf, "qwen3.embedding_length", &u, &err) && u == 256);
	ck_assert(!mutsu_gguf_get_f32(gguf, "qwen3.rope.freq_base", &f, &err) && f == 1e6f);
	ck_assert(!mutsu_gguf_get_array(gguf, "tokenizer.ggml.scores", GGUF_FLOAT32, &array,
					&err) && array.n == 512);

	tensor = mutsu_gguf_find_tensor(gguf, "blk.3.ffn_down.weight");
	ck_assert_ptr_nonnull(tensor);
	ck_assert(tensor->type == MUTSU_F16 && tensor->n_dims == 2 && tensor->ne[0] == 768 &&
		  tensor->ne[1] == 256 && tensor->size == 768 * 256 * 2);
	tensor = mutsu_gguf_find_tensor(gguf, "output_norm.weight");
	ck_assert(tensor && tensor->type == MUTSU_F32 && tensor->ne[0] == 256);
	for (size_t i = 0; i < 256; i++)
		ck_assert(isfinite(((const float *)tensor->data)[i]));
	mutsu_gguf_close(gguf);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gguf_files");
	TCase *paths = tcase_create("paths"), *splits = tcase_create("splits");
	TCase *others = tcase_create("others");
	int status;

	tcase_add_checked_fixture(paths, make_dir, remove_dir);
	tcase_add_test(paths, one_file);
	tcase_add_test(paths, bad_paths);
	tcase_add_test(paths, long_path);
	tcase_add_test(paths, unreadable);
	suite_add_tcase(suite, paths);

	tcase_add_checked_fixture(splits, make_dir, remove_dir);
	tcase_add_test(splits, split);
	tcase_add_test(splits, split_in_one);
	tcase_add_test(splits, split_missing);
	tcase_add_test(splits, split_not_first);
	tcase_add_test(splits, split_renamed);
	tcase_add_test(splits, split_broken_part);
	tcase_add_test(splits, split_tensors);
	tcase_add_test(splits, split_metadata);
	suite_add_tcase(suite, splits);

	models = suite_data("files of others", ".");
	if (models) {
		tcase_set_timeout(others, 60);
		tcase_add_test(others, every_model_opens);
		tcase_add_test(others, known_model);
	}
	suite_add_tcase(suite, others);
	status = suite_run(suite);
	free(models);
	return status;
}
