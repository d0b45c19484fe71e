// SPDX-License-Identifier: MIT
/*
 * GGUF files in memory: everything that is refused, with what the refusal says,
 * and files with damage anywhere.
 */
#include "tests/lib/gguf_write.h"
#include "tests/lib/suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A copy that ends where its allocation does, for AddressSanitizer. */
static void *exact_copy(const void *data, size_t size)
{
	void *copy;

	if (posix_memalign(&copy, 4096, size ? size : 1))
		abort();
	memcpy(copy, data, size);
	return copy;
}

/* -EINVAL, the output untouched, one line that starts with the name and has all words. */
static void refused_bytes(const void *data, size_t size, const char *const *words)
{
	void *copy = exact_copy(data, size);
	struct mutsu_gguf *untouched = (void *)&refused_bytes, *gguf = untouched;
	struct mutsu_error err = { "" };
	int ret = mutsu_gguf_open_memory(&gguf, copy, size, "test.gguf", &err);

	ck_assert_msg(ret == -EINVAL, "%d, not -EINVAL (looking for '%s')", ret, words[0]);
	ck_assert_ptr_eq(gguf, untouched);
	ck_assert_msg(!strncmp(err.text, "test.gguf: ", 11), "%s", err.text);
	ck_assert_msg(!strpbrk(err.text, "\n\r\t\033"), "%s", err.text);
	for (; *words; words++)
		ck_assert_msg(strstr(err.text, *words), "'%s' lacks '%s'", err.text, *words);

	/* Nobody has to want the reason. */
	ck_assert_int_eq(mutsu_gguf_open_memory(&gguf, copy, size, "test.gguf", NULL), -EINVAL);
	free(copy);
}

static void refused_written(struct gw *w, const char *const *words)
{
	size_t size;
	const uint8_t *data = gw_finish(w, &size);

	refused_bytes(data, size, words);
	gw_free(w);
}

#define REFUSED(w, ...) refused_written(w, (const char *const []){ __VA_ARGS__, NULL })
#define REFUSED_BYTES(data, size, ...) \
	refused_bytes(data, size, (const char *const []){ __VA_ARGS__, NULL })

static const float floats[] = { 0, 1, 2, 3, 4, 5, 6, 7 };

/* Two metadata, two tensors: what most refusals are made from. */
static struct gw *small(void)
{
	struct gw *w = gw_begin(3);
	size_t size;

	gw_string(w, "general.architecture", "test");
	gw_u32(w, "test.number", 7);
	gw_tensor(w, "first", MUTSU_F32, 2, (uint64_t[]){ 4, 2 }, floats);
	gw_tensor(w, "second", MUTSU_Q8_0, 2, (uint64_t[]){ 64, 2 }, NULL);
	gw_finish(w, &size);
	return w;
}

START_TEST(refuse_magic)
{
	REFUSED_BYTES("", 0, "is empty");
	REFUSED_BYTES("GG", 2, "not a GGUF file (starts with \"GG\")");
	REFUSED_BYTES("\177ELF\2\1\1", 7, "not a GGUF file (starts with \"\\x7fELF\")");
	REFUSED_BYTES("version https://git-lfs", 23, "not a GGUF", "git lfs pull");
	REFUSED_BYTES("<!DOCTYPE html>", 15, "not a GGUF", "web page");
	REFUSED_BYTES("PK\3\4....", 8, "starts with \"PK\\x03\\x04\"", "PyTorch");
	REFUSED_BYTES("tjgg....", 8, "not a GGUF", "convert the model again");
}
END_TEST

START_TEST(refuse_version)
{
	struct gw *w;
	size_t size;

	w = gw_begin(1);
	REFUSED(w, "byte 4", "version 1", "convert", "2 and 3");
	REFUSED(gw_begin(4), "byte 4", "version 4", "2 and 3 are known");
	REFUSED(gw_begin(0), "version 0", "2 and 3 are known");
	REFUSED(gw_begin(0x03000000), "big-endian", "version 3", "little-endian");
	REFUSED(gw_begin(0x02000000), "big-endian", "version 2");

	w = small();
	REFUSED_BYTES(gw_finish(w, &size), 6, "byte 4", "ends (at 6 bytes)", "the version");
	REFUSED_BYTES(gw_finish(w, &size), 10, "byte 8", "number of tensors", "cut short");
	REFUSED_BYTES(gw_finish(w, &size), 20, "byte 16", "number of metadata", "cut short");
	gw_free(w);
}
END_TEST

START_TEST(refuse_counts)
{
	static const uint64_t counts[] = { 1000, UINT32_MAX, INT64_MAX, UINT64_MAX };
	struct gw *w;
	char number[32];

	for (size_t i = 0; i < 4; i++) {
		snprintf(number, sizeof(number), "%llu ", (unsigned long long)counts[i]);
		w = small();
		gw_set_u64(w, GW_AT_N_TENSORS, counts[i]);
		REFUSED(w, "byte 8", number, "tensors are announced", "left in the file");
		w = small();
		gw_set_u64(w, GW_AT_N_META, counts[i]);
		REFUSED(w, "byte 16", number, "metadata are announced", "left in the file");
	}

	/* One more than there are: what follows is taken for it, and makes no sense. */
	w = small();
	gw_set_u64(w, GW_AT_N_META, 3);
	REFUSED(w, "tensor 1 of 2");
	w = small();
	gw_set_u64(w, GW_AT_N_TENSORS, 3);
	REFUSED(w, "tensor 3 of 3");
}
END_TEST

/* There is room in the file, but no model has as many. */
START_TEST(refuse_limits)
{
	struct gw *w = gw_begin(3);

	gw_tensor(w, "large", MUTSU_F32, 1, (uint64_t[]){ 4 << 20 }, NULL);
	gw_u32(w, "key", 1);
	gw_finish(w, &(size_t){ 0 });
	gw_set_u64(w, GW_AT_N_META, 65537);
	REFUSED(w, "65537 metadata are announced; 65536 are possible");

	w = gw_begin(3);
	gw_tensor(w, "large", MUTSU_F32, 1, (uint64_t[]){ 4 << 20 }, NULL);
	gw_finish(w, &(size_t){ 0 });
	gw_set_u64(w, GW_AT_N_TENSORS, 262145);
	REFUSED(w, "262145 tensors are announced; 262144 are possible");
}
END_TEST

START_TEST(refuse_keys)
{
	struct gw *w;
	char *key;

	w = gw_begin(3);
	gw_u32(w, "twice", 1);
	gw_u32(w, "other", 1);
	gw_u32(w, "twice", 2);
	REFUSED(w, "metadata 3 of 3 'twice'", "twice, first as metadata 1");

	w = small();
	gw_set_u64(w, gw_key_at(w, "test.number"), 1ull << 40);
	REFUSED(w, "metadata 2 of 2", "the key", "1099511627776 bytes", "left in the file");

	w = gw_begin(3);
	gw_u32(w, "", 1);
	REFUSED(w, "byte 24, metadata 1 of 1", "the key has 0 bytes; 1 to 65535");

	key = malloc(65537);
	memset(key, 'k', 65536);
	key[65536] = '\0';
	w = gw_begin(3);
	gw_u32(w, key, 1);
	free(key);
	REFUSED(w, "the key has 65536 bytes");

	w = gw_begin(3);
	gw_raw(w, "nul\0nul", 7, GGUF_BOOL, "\1", 1);
	REFUSED(w, "byte 35", "the key contains byte 0x00");
	w = gw_begin(3);
	gw_bool(w, "line\nfeed", true);
	REFUSED(w, "the key contains byte 0x0a", "ASCII");
	w = gw_begin(3);
	gw_bool(w, "caf\u00e9", true);
	REFUSED(w, "the key contains byte 0xc3", "ASCII");
}
END_TEST

START_TEST(refuse_values)
{
	struct gw *w;

	w = small();
	gw_set_u32(w, gw_type_at(w, "test.number"), 13);
	REFUSED(w, "'test.number'", "unknown value type 13", "0 to 12");
	w = small();
	gw_set_u32(w, gw_type_at(w, "test.number"), UINT32_MAX);
	REFUSED(w, "unknown value type 4294967295");

	w = small();
	gw_set_u64(w, gw_type_at(w, "general.architecture") + 4, UINT64_MAX);
	REFUSED(w, "metadata 1 of 2 'general.architecture'", "a string",
		"18446744073709551615 bytes", "left in the file");

	w = gw_begin(3);
	gw_raw(w, "bool", 4, GGUF_BOOL, "\2", 1);
	REFUSED(w, "'bool'", "0 or 1, not 2");
	w = gw_begin(3);
	gw_array(w, "bools", GGUF_BOOL, 4, "\0\1\xff\0");
	REFUSED(w, "byte 55", "'bools'", "0 or 1, not 255");

	w = gw_begin(3);
	gw_raw(w, "nothing", 7, GGUF_UINT64, "1234567", 7);
	REFUSED(w, "'nothing'", "inside uint64");
}
END_TEST

START_TEST(refuse_arrays)
{
	static const uint64_t counts[] = { 3, 1ull << 61, UINT64_MAX };
	struct gw *w;

	for (size_t i = 0; i < 3; i++) {
		w = gw_begin(3);
		gw_array(w, "array", GGUF_UINT64, 2, (uint64_t[]){ 1, 2 });
		gw_finish(w, &(size_t){ 0 });
		gw_set_u64(w, gw_type_at(w, "array") + 8, counts[i]);
		REFUSED(w, "'array'", "items of type uint64", "16 bytes are left");
	}
	w = gw_begin(3);
	gw_strings(w, "words", 2, (const char *[]){ "a", "b" });
	gw_finish(w, &(size_t){ 0 });
	gw_set_u64(w, gw_type_at(w, "words") + 8, 3);
	REFUSED(w, "'words'", "3 items of type string");

	w = gw_begin(3);
	gw_strings(w, "words", 2, (const char *[]){ "a", "b" });
	gw_finish(w, &(size_t){ 0 });
	gw_set_u64(w, gw_type_at(w, "words") + 16 + 9, UINT64_MAX);
	REFUSED(w, "'words'", "a string is said to have 18446744073709551615 bytes");

	w = gw_begin(3);
	gw_array(w, "array", GGUF_UINT8, 0, NULL);
	gw_finish(w, &(size_t){ 0 });
	gw_set_u32(w, gw_type_at(w, "array") + 4, 13);
	REFUSED(w, "'array'", "unknown array item type 13");

	w = gw_begin(3);
	gw_nested(w, "deep", 5);
	REFUSED(w, "'deep'", "nested more than 4 deep");
}
END_TEST

START_TEST(refuse_alignment)
{
	static const uint32_t alignments[] = { 0, 1, 4, 24, 33, 131072, 1u << 31 };
	struct gw *w;
	char number[64];

	for (size_t i = 0; i < sizeof(alignments) / sizeof(alignments[0]); i++) {
		w = gw_begin(3);
		gw_u32(w, "general.alignment", alignments[i]);
		snprintf(number, sizeof(number), "general.alignment is %u;", alignments[i]);
		REFUSED(w, "byte 53", number, "power of two from 8 to 65536");
	}
	w = gw_begin(3);
	gw_string(w, "general.alignment", "32");
	REFUSED(w, "general.alignment is 32;");
	w = gw_begin(3);
	gw_i32(w, "general.alignment", -32);
	REFUSED(w, "general.alignment is -32;");
}
END_TEST

START_TEST(refuse_tensor_names)
{
	char name[129];
	struct gw *w;

	w = gw_begin(3);
	gw_tensor(w, "twice", MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
	gw_tensor(w, "other", MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
	gw_tensor(w, "twice", MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
	REFUSED(w, "tensor 3", "'twice'", "there twice");

	w = gw_begin(3);
	gw_tensor(w, "", MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
	REFUSED(w, "tensor 1 of 1", "the name has 0 bytes; 1 to 127");

	memset(name, 'n', 128);
	name[128] = '\0';
	w = gw_begin(3);
	gw_tensor(w, name, MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
	REFUSED(w, "the name has 128 bytes; 1 to 127");

	w = gw_begin(3);
	gw_tensor(w, "esc\033[2J", MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
	REFUSED(w, "the name contains byte 0x1b", "UTF-8");
	w = gw_begin(3);
	gw_tensor(w, "\xc3", MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
	REFUSED(w, "the name contains byte 0xc3", "UTF-8");

	w = small();
	gw_set_u64(w, gw_tensor_at(w, "second"), 1ull << 63);
	REFUSED(w, "tensor 2 of 2", "the name", "9223372036854775808 bytes", "left in the file");
}
END_TEST

START_TEST(refuse_shapes)
{
	struct gw *w;
	size_t at;

	w = small();
	gw_set_u32(w, gw_shape_at(w, "first"), 0);
	REFUSED(w, "tensor 1 of 2 'first'", "0 dimensions; 1 to 4");
	w = small();
	gw_set_u32(w, gw_shape_at(w, "first"), 5);
	REFUSED(w, "'first'", "5 dimensions; 1 to 4");
	w = small();
	gw_set_u64(w, gw_shape_at(w, "first") + 12, 0);
	REFUSED(w, "'first'", "dimension 2 is 0");

	/* Elements that overflow 64 bits, and 63; bytes that do. */
	w = small();
	gw_set_u64(w, gw_shape_at(w, "first") + 4, 1ull << 40);
	gw_set_u64(w, gw_shape_at(w, "first") + 12, 1ull << 40);
	REFUSED(w, "'first'", "dimension 2 is 1099511627776", "more elements");
	w = small();
	gw_set_u64(w, gw_shape_at(w, "first") + 4, UINT64_MAX);
	REFUSED(w, "'first'", "dimension 1 is 18446744073709551615", "more elements");
	w = small();
	gw_set_u64(w, gw_shape_at(w, "first") + 4, 1ull << 61);
	REFUSED(w, "'first'", "4611686018427387904 elements of type F32", "more bytes");
	w = small();
	gw_set_u64(w, gw_shape_at(w, "first") + 4, 1ull << 60);
	REFUSED(w, "'first'", "more bytes");

	w = small();
	at = gw_shape_at(w, "second");
	gw_set_u64(w, at + 4, 65);
	REFUSED(w, "'second'", "rows of 65 elements", "blocks of 32", "Q8_0");
}
END_TEST

START_TEST(refuse_tensor_types)
{
	/* Numbers that were types once, or are none yet. */
	static const uint32_t types[] = { 4, 5, 31, 33, 36, 40, 1000, UINT32_MAX };
	char number[64];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct gw *w = small();

		gw_set_u32(w, gw_shape_at(w, "second") + 4 + 16, types[i]);
		snprintf(number, sizeof(number), "unknown tensor type %u", types[i]);
		REFUSED(w, "tensor 2 of 2 'second'", number);
	}
}
END_TEST

START_TEST(refuse_places)
{
	const size_t field = 4 + 16 + 4;	/* from the shape to the offset */
	struct gw *w = small();
	char where[32];
	size_t size;

	snprintf(where, sizeof(where), "byte %zu,", gw_shape_at(w, "second") + field);
	gw_set_u64(w, gw_shape_at(w, "second") + field, 16);
	REFUSED(w, where, "'second'", "offset 16 is not a multiple", "alignment, 32");

	w = small();
	gw_set_u64(w, gw_shape_at(w, "second") + field, 64);
	REFUSED(w, where, "'second'", "136 bytes at offset 64", "not all in the file");
	w = small();
	gw_set_u64(w, gw_shape_at(w, "second") + field, 1ull << 62);
	REFUSED(w, "'second'", "not all in the file");
	w = small();
	gw_set_u64(w, gw_shape_at(w, "second") + field, UINT64_MAX & ~31ull);
	REFUSED(w, "'second'", "not all in the file");

	/* A download that stopped. */
	w = small();
	gw_finish(w, &size);
	REFUSED_BYTES(gw_finish(w, &size), size - 1, "'second'", "cut short");
	REFUSED_BYTES(gw_finish(w, &size), gw_data_at(w), "'first'", "cut short");
	gw_free(w);
}
END_TEST

START_TEST(refuse_split_in_memory)
{
	struct gw *w = gw_begin(3);

	gw_u16(w, "split.no", 0);
	gw_u16(w, "split.count", 2);
	REFUSED(w, "one of 2 parts", "memory");
}
END_TEST

START_TEST(refuse_unaligned)
{
	struct gw *w = gw_begin(3);
	struct mutsu_gguf *gguf;
	struct mutsu_error err;
	size_t size;
	uint8_t *data = gw_finish(w, &size);
	char *copy = kt_buf(4096);

	memcpy(copy + 8, data, size);
	ck_assert_int_eq(mutsu_gguf_open_memory(&gguf, copy + 8, size, "x", &err), -EINVAL);
	ck_assert(strstr(err.text, "multiple of 32"));
	gw_free(w);
}
END_TEST

/*
 * Damage anywhere
 */

static struct gw *varied(void)
{
	static const uint8_t bools[] = { 1, 0, 1 };
	struct gw *w = gw_begin(3);

	gw_alignment(w, 8);
	gw_string(w, "string", "text");
	gw_u8(w, "u8", 200);
	gw_i64(w, "i64", -1);
	gw_f32(w, "f32", 0.5f);
	gw_bool(w, "true", true);
	gw_array(w, "bools", GGUF_BOOL, 3, bools);
	gw_strings(w, "strings", 3, (const char *[]){ "x", "", "yy" });
	gw_nested(w, "deep", 4);
	gw_tensor(w, "first", MUTSU_F32, 4, (uint64_t[]){ 1, 2, 1, 2 }, floats);
	gw_tensor(w, "second", MUTSU_Q8_0, 1, (uint64_t[]){ 32 }, NULL);
	return w;
}

/* Looks at everything that the file claims to hold. */
static unsigned int use_all(const struct mutsu_gguf *gguf)
{
	unsigned int sum = 0;
	char text[64];

	for (size_t i = 0; i < mutsu_gguf_n_meta(gguf); i++) {
		const char *key;
		const struct gguf_value *value = mutsu_gguf_meta(gguf, i, &key);
		struct gguf_value item;
		size_t pos = 0;

		mutsu_gguf_print(value, text, sizeof(text));
		sum += strlen(text) + strlen(key);
		if (value->size)
			sum += value->data[value->size - 1];
		if (value->type == GGUF_ARRAY) {
			while (mutsu_gguf_next(value, &pos, &item))
				sum += item.size ? item.data[item.size - 1] : 0;
		}
	}
	for (size_t i = 0; i < mutsu_gguf_n_tensors(gguf); i++) {
		const struct gguf_tensor *tensor = mutsu_gguf_tensor(gguf, i);
		const uint8_t *data = tensor->data;

		sum += data[0] + data[tensor->size - 1];
	}
	return sum;
}

START_TEST(every_cut)
{
	struct gw *w = varied();
	size_t size;
	const uint8_t *data = gw_finish(w, &size);

	for (size_t len = 0; len < size; len++)
		REFUSED_BYTES(data, len, len < 4 ? "GGUF file" : "cut short");
	gw_free(w);
}
END_TEST

START_TEST(every_byte_damaged)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	struct gw *w = varied();
	size_t size;
	const uint8_t *data = gw_finish(w, &size);
	unsigned int accepted = 0, sum = 0;

	for (size_t i = 0; i < size * 3; i++) {
		uint8_t *copy = exact_copy(data, size);
		struct mutsu_gguf *gguf;
		struct mutsu_error err;

		copy[i / 3] ^= masks[i % 3];
		if (!mutsu_gguf_open_memory(&gguf, copy, size, "damaged", &err)) {
			accepted++;
			sum += use_all(gguf);
			mutsu_gguf_close(gguf);
		}
		free(copy);
	}
	/* Names and numbers can change; most of the file cannot. */
	ck_assert_uint_gt(accepted, 0);
	ck_assert_uint_lt(accepted, size * 3);
	ck_assert_uint_gt(sum, 0);
	gw_free(w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gguf_refused");
	TCase *refuses = tcase_create("refuses");

	tcase_set_timeout(refuses, 60);
	tcase_add_test(refuses, refuse_magic);
	tcase_add_test(refuses, refuse_version);
	tcase_add_test(refuses, refuse_counts);
	tcase_add_test(refuses, refuse_limits);
	tcase_add_test(refuses, refuse_keys);
	tcase_add_test(refuses, refuse_values);
	tcase_add_test(refuses, refuse_arrays);
	tcase_add_test(refuses, refuse_alignment);
	tcase_add_test(refuses, refuse_tensor_names);
	tcase_add_test(refuses, refuse_shapes);
	tcase_add_test(refuses, refuse_tensor_types);
	tcase_add_test(refuses, refuse_places);
	tcase_add_test(refuses, refuse_split_in_memory);
	tcase_add_test(refuses, refuse_unaligned);
	tcase_add_test(refuses, every_cut);
	tcase_add_test(refuses, every_byte_damaged);
	suite_add_tcase(suite, refuses);
	return suite_run(suite);
}
