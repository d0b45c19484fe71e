// SPDX-License-Identifier: MIT
/* GGUF files in memory: everything that is read, and values as text. */
#include "tests/lib/gguf_write.h"
#include "tests/lib/suite.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mutsu_gguf *open_written(struct gw *w)
{
	struct mutsu_gguf *gguf = NULL;
	struct mutsu_error err = { "" };
	size_t size;
	const uint8_t *data = gw_finish(w, &size);
	int ret = mutsu_gguf_open_memory(&gguf, data, size, "test.gguf", &err);

	ck_assert_msg(!ret, "%d: %s", ret, err.text);
	ck_assert_uint_eq(mutsu_gguf_file_size(gguf), size);
	return gguf;
}

static const float floats[] = { 0, 1, 2, 3, 4, 5, 6, 7 };

START_TEST(versions)
{
	for (uint32_t version = 2; version <= 3; version++) {
		struct gw *w = gw_begin(version);
		struct mutsu_gguf *gguf = open_written(w);

		ck_assert_uint_eq(mutsu_gguf_version(gguf), version);
		ck_assert_uint_eq(mutsu_gguf_n_meta(gguf), 0);
		ck_assert_uint_eq(mutsu_gguf_n_tensors(gguf), 0);
		ck_assert_uint_eq(mutsu_gguf_n_parts(gguf), 1);
		ck_assert_str_eq(mutsu_gguf_name(gguf), "test.gguf");
		ck_assert_ptr_null(mutsu_gguf_find(gguf, "any"));
		ck_assert_ptr_null(mutsu_gguf_find_tensor(gguf, "any"));
		mutsu_gguf_close(gguf);
		gw_free(w);
	}
	mutsu_gguf_close(NULL);
}
END_TEST

static struct gw *scalars(void)
{
	struct gw *w = gw_begin(3);

	gw_u8(w, "u8", UINT8_MAX);
	gw_i8(w, "i8", INT8_MIN);
	gw_u16(w, "u16", UINT16_MAX);
	gw_i16(w, "i16", INT16_MIN);
	gw_u32(w, "u32", UINT32_MAX);
	gw_i32(w, "i32", INT32_MIN);
	gw_u64(w, "u64", UINT64_MAX);
	gw_i64(w, "i64", INT64_MIN);
	gw_f32(w, "f32", 0.1f);
	gw_f64(w, "f64", 0.1);
	gw_bool(w, "true", true);
	gw_bool(w, "false", false);
	gw_string(w, "string", "text");
	gw_string_n(w, "zeros", "a\0b", 3);
	gw_string(w, "empty", "");
	gw_i64(w, "small", 12);
	gw_i8(w, "positive", 5);
	gw_u64(w, "large", 1ull << 32);
	gw_f64(w, "huge", 1e300);
	gw_f64(w, "infinite", INFINITY);
	return w;
}

START_TEST(scalar_values)
{
	static const struct {
		const char *key, *type;
		int64_t v;
	} ints[] = {
		{ "u8", "uint8", UINT8_MAX }, { "i8", "int8", INT8_MIN },
		{ "u16", "uint16", UINT16_MAX }, { "i16", "int16", INT16_MIN },
		{ "u32", "uint32", UINT32_MAX }, { "i32", "int32", INT32_MIN },
		{ "u64", "uint64", -1 }, { "i64", "int64", INT64_MIN },
		{ "true", "bool", 1 }, { "false", "bool", 0 },
	};
	struct gw *w = scalars();
	struct mutsu_gguf *gguf = open_written(w);
	struct gguf_string s;
	const char *key;

	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
		const struct gguf_value *value = mutsu_gguf_find(gguf, ints[i].key);

		ck_assert_ptr_nonnull(value);
		ck_assert_int_eq(mutsu_gguf_int(value), ints[i].v);
		ck_assert_str_eq(mutsu_gguf_type_name(value->type), ints[i].type);
		if (value->type != GGUF_UINT64 && value->type != GGUF_BOOL)
			ck_assert(mutsu_gguf_float(value) == (double)ints[i].v);
	}
	ck_assert(mutsu_gguf_float(mutsu_gguf_find(gguf, "u64")) == (double)UINT64_MAX);
	ck_assert(mutsu_gguf_float(mutsu_gguf_find(gguf, "f32")) == (double)0.1f);
	ck_assert(mutsu_gguf_float(mutsu_gguf_find(gguf, "f64")) == 0.1);

	s = mutsu_gguf_string(mutsu_gguf_find(gguf, "zeros"));
	ck_assert(s.len == 3 && !memcmp(s.data, "a\0b", 3));
	ck_assert_uint_eq(mutsu_gguf_string(mutsu_gguf_find(gguf, "empty")).len, 0);

	ck_assert_uint_eq(mutsu_gguf_n_meta(gguf), 20);
	ck_assert_ptr_eq(mutsu_gguf_meta(gguf, 2, &key), mutsu_gguf_find(gguf, "u16"));
	ck_assert_str_eq(key, "u16");
	ck_assert_str_eq(mutsu_gguf_type_name(GGUF_N_VALUE_TYPES), "unknown");
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

START_TEST(typed_lookups)
{
	struct gw *w = scalars();
	struct mutsu_gguf *gguf = open_written(w);
	struct mutsu_error err = { "" };
	struct gguf_string s;
	uint32_t u;
	float f;
	bool b;

	ck_assert(!mutsu_gguf_get_u32(gguf, "u8", &u, &err) && u == UINT8_MAX);
	ck_assert(!mutsu_gguf_get_u32(gguf, "u16", &u, &err) && u == UINT16_MAX);
	ck_assert(!mutsu_gguf_get_u32(gguf, "u32", &u, &err) && u == UINT32_MAX);
	ck_assert(!mutsu_gguf_get_u32(gguf, "small", &u, &err) && u == 12);
	ck_assert(!mutsu_gguf_get_u32(gguf, "positive", &u, &err) && u == 5);
	ck_assert(!mutsu_gguf_get_f32(gguf, "f32", &f, &err) && f == 0.1f);
	ck_assert(!mutsu_gguf_get_f32(gguf, "f64", &f, &err) && f == 0.1f);
	ck_assert(!mutsu_gguf_get_f32(gguf, "infinite", &f, &err) && f == INFINITY);
	ck_assert(!mutsu_gguf_get_bool(gguf, "true", &b, &err) && b);
	ck_assert(!mutsu_gguf_get_bool(gguf, "false", &b, &err) && !b);
	ck_assert(!mutsu_gguf_get_string(gguf, "string", &s, &err));
	ck_assert(s.len == 4 && !memcmp(s.data, "text", 4));
	ck_assert_str_eq(err.text, "");
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

/* -EINVAL; the message names file, key, and the words. */
static void check_wrong(int ret, const struct mutsu_error *err, const char *key, const char *has,
			const char *wants)
{
	ck_assert_int_eq(ret, -EINVAL);
	ck_assert_msg(strstr(err->text, "test.gguf"), "%s", err->text);
	ck_assert_msg(strstr(err->text, key), "%s", err->text);
	ck_assert_msg(strstr(err->text, has), "'%s' lacks '%s'", err->text, has);
	ck_assert_msg(strstr(err->text, wants), "'%s' lacks '%s'", err->text, wants);
}

START_TEST(typed_lookups_fail)
{
	static const char *const not_u32[][2] = {
		{ "i8", "-128" }, { "i64", "-9223372036854775808" }, { "large", "4294967296" },
		{ "u64", "18446744073709551615" }, { "f32", "float32" }, { "true", "bool" },
		{ "string", "text" }, { "array", "array of int32" },
	};
	struct gw *w = scalars();
	struct mutsu_gguf *gguf;
	struct mutsu_error err = { "untouched" };
	struct gguf_value array;
	struct gguf_string s;
	uint32_t u = 77;
	float f = 77;
	bool b = true;

	gw_array(w, "array", GGUF_INT32, 2, (int32_t[]){ 1, 2 });
	gguf = open_written(w);

	ck_assert_int_eq(mutsu_gguf_get_u32(gguf, "none", &u, &err), -ENOENT);
	ck_assert_int_eq(mutsu_gguf_get_f32(gguf, "none", &f, &err), -ENOENT);
	ck_assert_int_eq(mutsu_gguf_get_bool(gguf, "none", &b, &err), -ENOENT);
	ck_assert_int_eq(mutsu_gguf_get_string(gguf, "none", &s, &err), -ENOENT);
	ck_assert_int_eq(mutsu_gguf_get_array(gguf, "none", GGUF_INT32, &array, &err), -ENOENT);
	ck_assert_str_eq(err.text, "untouched");

	for (size_t i = 0; i < sizeof(not_u32) / sizeof(not_u32[0]); i++)
		check_wrong(mutsu_gguf_get_u32(gguf, not_u32[i][0], &u, &err), &err,
			    not_u32[i][0], not_u32[i][1], "integer from 0 to 4294967295");
	check_wrong(mutsu_gguf_get_f32(gguf, "u32", &f, &err), &err, "u32", "uint32", "float32");
	check_wrong(mutsu_gguf_get_f32(gguf, "huge", &f, &err), &err, "huge", "1e+300",
		    "float32 can hold");
	check_wrong(mutsu_gguf_get_bool(gguf, "u8", &b, &err), &err, "u8", "uint8", "bool");
	check_wrong(mutsu_gguf_get_string(gguf, "true", &s, &err), &err, "true", "bool",
		    "string");
	check_wrong(mutsu_gguf_get_array(gguf, "array", GGUF_FLOAT32, &array, &err), &err,
		    "array", "array of int32", "array of float32");
	check_wrong(mutsu_gguf_get_array(gguf, "u8", GGUF_STRING, &array, &err), &err, "u8",
		    "uint8", "array of string");
	ck_assert(u == 77 && f == 77 && b);
	ck_assert_int_eq(mutsu_gguf_get_u32(gguf, "i8", &u, NULL), -EINVAL);
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

START_TEST(number_arrays)
{
	static const float f[] = { 1.5f, -2, 0 };
	static const uint64_t u[] = { 1, UINT64_MAX };
	static const int8_t c[] = { -1, 0, 1 };
	struct gw *w = gw_begin(3);
	struct gguf_value array, item;
	struct mutsu_gguf *gguf;
	size_t pos = 0, n = 0;

	gw_u8(w, "odd", 1);	/* so that nothing is aligned */
	gw_array(w, "f", GGUF_FLOAT32, 3, f);
	gw_array(w, "u", GGUF_UINT64, 2, u);
	gw_array(w, "c", GGUF_INT8, 3, c);
	gw_array(w, "b", GGUF_BOOL, 3, "\0\1\1");
	gw_array(w, "none", GGUF_INT16, 0, NULL);
	gguf = open_written(w);

	ck_assert(!mutsu_gguf_get_array(gguf, "f", GGUF_FLOAT32, &array, NULL));
	ck_assert(array.n == 3 && array.size == sizeof(f));
	while (mutsu_gguf_next(&array, &pos, &item)) {
		struct gguf_value same = mutsu_gguf_item(&array, n);

		ck_assert(item.data == same.data && item.type == GGUF_FLOAT32);
		ck_assert(mutsu_gguf_float(&item) == (double)f[n++]);
	}
	ck_assert_uint_eq(n, 3);

	ck_assert(!mutsu_gguf_get_array(gguf, "u", GGUF_UINT64, &array, NULL));
	item = mutsu_gguf_item(&array, 1);
	ck_assert_uint_eq((uint64_t)mutsu_gguf_int(&item), UINT64_MAX);
	ck_assert(!mutsu_gguf_get_array(gguf, "c", GGUF_INT8, &array, NULL));
	item = mutsu_gguf_item(&array, 0);
	ck_assert_int_eq(mutsu_gguf_int(&item), -1);
	ck_assert(!mutsu_gguf_get_array(gguf, "b", GGUF_BOOL, &array, NULL));
	item = mutsu_gguf_item(&array, 2);
	ck_assert_int_eq(mutsu_gguf_int(&item), 1);
	ck_assert(!mutsu_gguf_get_array(gguf, "none", GGUF_INT16, &array, NULL));
	pos = 0;
	ck_assert(array.n == 0 && !mutsu_gguf_next(&array, &pos, &item));
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

START_TEST(string_arrays)
{
	static const char *const words[] = { "", "one", "", "three", "" };
	struct gw *w = gw_begin(3);
	struct gguf_value array, item;
	struct mutsu_gguf *gguf;
	size_t pos = 0, n = 0;

	gw_strings(w, "words", 5, words);
	gw_strings(w, "none", 0, NULL);
	gguf = open_written(w);
	ck_assert(!mutsu_gguf_get_array(gguf, "words", GGUF_STRING, &array, NULL));
	while (mutsu_gguf_next(&array, &pos, &item)) {
		struct gguf_string s = mutsu_gguf_string(&item);

		ck_assert(s.len == strlen(words[n]) && !memcmp(s.data, words[n], s.len));
		n++;
	}
	ck_assert_uint_eq(n, 5);
	ck_assert(!mutsu_gguf_get_array(gguf, "none", GGUF_STRING, &array, NULL));
	pos = 0;
	ck_assert(!mutsu_gguf_next(&array, &pos, &item));
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

START_TEST(nested_arrays)
{
	static const uint8_t two[] = {
		GGUF_ARRAY, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
		GGUF_BOOL, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1,
		GGUF_STRING, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'x',
	};
	struct gw *w = gw_begin(3);
	struct gguf_value array, item;
	struct mutsu_gguf *gguf;
	size_t pos = 0;
	char text[100];

	gw_raw(w, "two", 3, GGUF_ARRAY, two, sizeof(two));
	gw_nested(w, "deep", 4);
	gguf = open_written(w);

	ck_assert(!mutsu_gguf_get_array(gguf, "two", GGUF_ARRAY, &array, NULL));
	ck_assert(mutsu_gguf_next(&array, &pos, &item));
	ck_assert(item.type == GGUF_ARRAY && item.item == GGUF_BOOL && item.n == 1);
	ck_assert_int_eq(item.data[0], 1);
	ck_assert(mutsu_gguf_next(&array, &pos, &item));
	ck_assert(item.item == GGUF_STRING && item.n == 1 && item.size == 9);
	ck_assert(!mutsu_gguf_next(&array, &pos, &item));

	mutsu_gguf_print(mutsu_gguf_find(gguf, "two"), text, sizeof(text));
	ck_assert_str_eq(text, "[[true] (1), [\"x\"] (1)] (2)");
	mutsu_gguf_print(mutsu_gguf_find(gguf, "deep"), text, sizeof(text));
	ck_assert_str_eq(text, "[[[[8, 9] (2)] (1)] (1)] (1)");
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

START_TEST(tensors)
{
	static const uint32_t alignments[] = { 8, 32, 64, 4096 };
	static const uint64_t ne[] = { 64, 3, 2, 5 };

	for (size_t i = 0; i < sizeof(alignments) / sizeof(alignments[0]); i++) {
		struct gw *w = gw_begin(3);
		const struct gguf_tensor *tensor;
		struct mutsu_gguf *gguf;

		if (alignments[i] != 32)
			gw_alignment(w, alignments[i]);
		gw_tensor(w, "one", MUTSU_F32, 1, (uint64_t[]){ 3 }, floats);
		gw_tensor(w, "four dims", MUTSU_Q4_0, 4, ne, NULL);
		gw_tensor(w, "e\u0301", MUTSU_F32, 2, (uint64_t[]){ 4, 2 }, floats);
		gguf = open_written(w);

		ck_assert_uint_eq(mutsu_gguf_n_tensors(gguf), 3);
		for (size_t k = 0; k < 3; k++) {
			tensor = mutsu_gguf_tensor(gguf, k);
			ck_assert_ptr_eq(mutsu_gguf_find_tensor(gguf, tensor->name), tensor);
			ck_assert_uint_eq((uintptr_t)tensor->data % alignments[i], 0);
			ck_assert_uint_eq(tensor->part, 0);
		}
		tensor = mutsu_gguf_find_tensor(gguf, "one");
		ck_assert(tensor->n_dims == 1 && tensor->ne[0] == 3 && tensor->ne[1] == 1 &&
			  tensor->ne[3] == 1 && tensor->size == 12);
		ck_assert(!memcmp(tensor->data, floats, 12));
		tensor = mutsu_gguf_find_tensor(gguf, "four dims");
		ck_assert(!memcmp(tensor->ne, ne, sizeof(ne)));
		ck_assert(tensor->type == MUTSU_Q4_0 && tensor->size == 2 * 18 * 30);
		ck_assert(!memcmp(mutsu_gguf_tensor(gguf, 2)->data, floats, sizeof(floats)));
		mutsu_gguf_close(gguf);
		gw_free(w);
	}
}
END_TEST

/* A type that has a name but no kernels is for the model to refuse. */
START_TEST(tensor_without_kernels)
{
	struct gw *w = gw_begin(3);
	struct mutsu_gguf *gguf;

	gw_tensor(w, "iq1", 19, 1, (uint64_t[]){ 256 }, NULL);
	gw_tensor(w, "names may be much longer than the 64 bytes that the specification allows, "
		  "up to a hundred and twenty seven of them, as here.", MUTSU_F32, 1,
		  (uint64_t[]){ 1 }, NULL);
	gguf = open_written(w);
	ck_assert_uint_eq(mutsu_gguf_find_tensor(gguf, "iq1")->size, 50);
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

START_TEST(many_names)
{
	struct gw *w = gw_begin(3);
	struct mutsu_gguf *gguf;
	char name[200];

	/* Keys longer than a chunk of names, too. */
	for (unsigned int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "some.rather.long.key.number.%u", i);
		gw_u32(w, name, i);
		snprintf(name, sizeof(name), "blk.%u.weight", i);
		gw_tensor(w, name, MUTSU_F32, 1, (uint64_t[]){ i + 1 }, NULL);
	}
	gguf = open_written(w);
	for (unsigned int i = 0; i < 3000; i++) {
		uint32_t v;

		snprintf(name, sizeof(name), "some.rather.long.key.number.%u", i);
		ck_assert(!mutsu_gguf_get_u32(gguf, name, &v, NULL) && v == i);
		snprintf(name, sizeof(name), "blk.%u.weight", i);
		ck_assert_uint_eq(mutsu_gguf_find_tensor(gguf, name)->ne[0], i + 1);
	}
	ck_assert_ptr_null(mutsu_gguf_find(gguf, "some.rather.long.key.number.3000"));
	ck_assert_ptr_null(mutsu_gguf_find_tensor(gguf, "blk.3000.weight"));
	ck_assert_ptr_null(mutsu_gguf_find(gguf, ""));
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

START_TEST(long_key)
{
	struct gw *w = gw_begin(3);
	char *key = malloc(65536);
	struct mutsu_gguf *gguf;

	memset(key, 'k', 65535);
	key[65535] = '\0';
	gw_u32(w, key, 1);
	gguf = open_written(w);
	ck_assert_ptr_nonnull(mutsu_gguf_find(gguf, key));
	mutsu_gguf_close(gguf);
	gw_free(w);
	free(key);
}
END_TEST

/*
 * Values as text
 */

START_TEST(print_numbers)
{
	static const char *const expected[][2] = {
		{ "u8", "255" }, { "i8", "-128" }, { "u64", "18446744073709551615" },
		{ "i64", "-9223372036854775808" }, { "f32", "0.1" }, { "f64", "0.1" },
		{ "true", "true" }, { "false", "false" }, { "string", "text" },
		{ "empty", "" }, { "zeros", "a\\x00b" }, { "huge", "1e+300" },
		{ "infinite", "inf" }, { "third", "0.33333334" }, { "nan", "nan" },
		{ "shorts", "[1, -2] (2)" }, { "none", "[] (0)" },
		{ "eight", "[0, 1, 2, 3, 4, 5, 6, 7] (8)" },
		{ "nine", "[0, 1, 2, 3, 4, 5, 6, 7, ...] (9)" },
	};
	struct gw *w = scalars();
	struct mutsu_gguf *gguf;
	char text[100];

	gw_f32(w, "third", 1.0f / 3);
	gw_f32(w, "nan", fabsf(NAN));
	gw_array(w, "shorts", GGUF_INT16, 2, (int16_t[]){ 1, -2 });
	gw_array(w, "none", GGUF_FLOAT32, 0, NULL);
	gw_array(w, "eight", GGUF_FLOAT32, 8, floats);
	gw_array(w, "nine", GGUF_UINT8, 9, "\0\1\2\3\4\5\6\7\10");
	gguf = open_written(w);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		mutsu_gguf_print(mutsu_gguf_find(gguf, expected[i][0]), text, sizeof(text));
		ck_assert_str_eq(text, expected[i][1]);
	}
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

START_TEST(print_strings)
{
	static const char *const expected[][2] = {
		{ "plain", "plain" },
		{ "\a\b\t\n\v\f\r\033\1\177", "\\a\\b\\t\\n\\v\\f\\r\\x1b\\x01\\x7f" },
		{ "back\\slash \"quoted\"", "back\\\\slash \"quoted\"" },
		{ "\u00e9 \u3042 \U0001f34e", "\u00e9 \u3042 \U0001f34e" },
		/* Not UTF-8: stray, cut, too long a form, a surrogate, too large. */
		{ "\x80", "\\x80" }, { "\xe3\x81", "\\xe3\\x81" }, { "\xc0\xaf", "\\xc0\\xaf" },
		{ "\xe0\x80\x80", "\\xe0\\x80\\x80" }, { "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, { "\xff", "\\xff" },
		{ "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf" }, { "\xc3(", "\\xc3(" },
		/* What could drive a terminal or reorder a line. */
		{ "\xc2\x9b" "2J", "\\xc2\\x9b2J" }, { "\u202e", "\\xe2\\x80\\xae" },
		{ "\u2028", "\\xe2\\x80\\xa8" }, { "\u2066", "\\xe2\\x81\\xa6" },
	};

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct gguf_value value = {
			.type = GGUF_STRING,
			.data = (const uint8_t *)expected[i][0],
			.size = strlen(expected[i][0]),
		};
		char text[100];

		mutsu_gguf_print(&value, text, sizeof(text));
		ck_assert_str_eq(text, expected[i][1]);
	}
}
END_TEST

START_TEST(print_string_arrays)
{
	static const char *const words[] = {
		"a\"b", "0123456789012345678901234567890123456789", "c",
		"01234567890123456789012345678901234567890", "d", "e", "f", "g", "h",
	};
	struct gw *w = gw_begin(3);
	struct mutsu_gguf *gguf;
	char text[200];

	gw_strings(w, "words", 9, words);
	gguf = open_written(w);
	mutsu_gguf_print(mutsu_gguf_find(gguf, "words"), text, sizeof(text));
	ck_assert_str_eq(text, "[\"a\\\"b\", \"0123456789012345678901234567890123456789\", \"c\", "
			 "\"0123456789012345678901234567890123456789...\", \"d\", \"e\", \"f\", "
			 "\"g\", ...] (9)");
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

/* Whatever the room: terminated, a prefix of the whole, no half character or escape. */
START_TEST(print_cut)
{
	static const char string[] = "a\n\u00e9\u3042\x80\U0001f34ez";
	static const char whole[] = "a\\n\u00e9\u3042\\x80\U0001f34ez";
	static const size_t ends[] = { 0, 1, 3, 5, 8, 12, 16, 17 };
	struct gguf_value value = {
		.type = GGUF_STRING, .data = (const uint8_t *)string, .size = sizeof(string) - 1,
	};
	char text[32];

	for (size_t size = 1; size <= sizeof(whole); size++) {
		size_t len = 0;

		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			if (ends[i] < size)
				len = ends[i];
		}
		memset(text, '#', sizeof(text));
		mutsu_gguf_print(&value, text, size);
		ck_assert_uint_eq(strlen(text), len);
		ck_assert(!memcmp(text, whole, len));
		for (size_t i = len + 1; i < sizeof(text); i++)
			ck_assert_int_eq(text[i], '#');
	}
	text[0] = '#';
	mutsu_gguf_print(&value, text, 0);
	ck_assert_int_eq(text[0], '#');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gguf");
	TCase *reads = tcase_create("reads");

	tcase_set_timeout(reads, 60);
	tcase_add_test(reads, versions);
	tcase_add_test(reads, scalar_values);
	tcase_add_test(reads, typed_lookups);
	tcase_add_test(reads, typed_lookups_fail);
	tcase_add_test(reads, number_arrays);
	tcase_add_test(reads, string_arrays);
	tcase_add_test(reads, nested_arrays);
	tcase_add_test(reads, tensors);
	tcase_add_test(reads, tensor_without_kernels);
	tcase_add_test(reads, many_names);
	tcase_add_test(reads, long_key);
	tcase_add_test(reads, print_numbers);
	tcase_add_test(reads, print_strings);
	tcase_add_test(reads, print_string_arrays);
	tcase_add_test(reads, print_cut);
	suite_add_tcase(suite, reads);
	return suite_run(suite);
}
