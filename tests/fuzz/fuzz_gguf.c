// SPDX-License-Identifier: MIT
/*
 * Any bytes as a GGUF file: refused with a sentence, or everything that the
 * interface hands out can be read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/model/gguf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static void read_ends(const void *data, size_t size)
{
	const uint8_t *p = data;

	if (size)
		sink = p[0] ^ p[size - 1];
}

static void walk(const struct gguf_value *value, unsigned int depth)
{
	struct gguf_value item;
	uint64_t n = 0;
	size_t pos = 0;

	read_ends(value->data, value->size);
	switch (value->type) {
	case GGUF_STRING:
		expect(mutsu_gguf_string(value).len == value->size);
		break;
	case GGUF_FLOAT32:
	case GGUF_FLOAT64:
		sink = mutsu_gguf_float(value) > 0;
		break;
	case GGUF_ARRAY:
		expect(depth < 4);
		while (mutsu_gguf_next(value, &pos, &item)) {
			expect(item.data + item.size <= value->data + value->size);
			if (item.type != GGUF_STRING && item.type != GGUF_ARRAY)
				expect(mutsu_gguf_item(value, n).data == item.data);
			walk(&item, depth + 1);
			n++;
		}
		expect(n == value->n && pos == value->size);
		break;
	default:
		sink = (uint8_t)mutsu_gguf_int(value);
		break;
	}
}

static void print(const struct gguf_value *value)
{
	static const size_t sizes[] = { 1, 7, 64, 4096 };
	char text[4096];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t len;

		memset(text, 1, sizes[i]);
		mutsu_gguf_print(value, text, sizes[i]);
		len = strnlen(text, sizes[i]);
		expect(len < sizes[i]);
		for (size_t k = 0; k < len; k++)
			expect((unsigned char)text[k] >= 0x20 && text[k] != 0x7f);
	}
}

/* 0, or -EINVAL and a sentence; -ENOENT cannot be. */
static void check_lookup(int ret, const struct mutsu_error *err, const char *key)
{
	expect(!ret || (ret == -EINVAL && (strlen(key) > 100 || strstr(err->text, key))));
}

static void look_up(const struct mutsu_gguf *gguf, const char *key,
		    const struct gguf_value *value)
{
	struct mutsu_error err = { "" };
	struct gguf_value array;
	struct gguf_string s;
	uint32_t u;
	float f;
	bool b;

	expect(mutsu_gguf_find(gguf, key) == value);
	check_lookup(mutsu_gguf_get_u32(gguf, key, &u, &err), &err, key);
	check_lookup(mutsu_gguf_get_f32(gguf, key, &f, &err), &err, key);
	check_lookup(mutsu_gguf_get_bool(gguf, key, &b, &err), &err, key);
	check_lookup(mutsu_gguf_get_string(gguf, key, &s, &err), &err, key);
	check_lookup(mutsu_gguf_get_array(gguf, key, GGUF_STRING, &array, &err), &err, key);
}

static void use(const struct mutsu_gguf *gguf)
{
	for (size_t i = 0; i < mutsu_gguf_n_meta(gguf); i++) {
		const char *key;
		const struct gguf_value *value = mutsu_gguf_meta(gguf, i, &key);

		look_up(gguf, key, value);
		walk(value, 0);
		print(value);
	}
	for (size_t i = 0; i < mutsu_gguf_n_tensors(gguf); i++) {
		const struct gguf_tensor *tensor = mutsu_gguf_tensor(gguf, i);

		expect(mutsu_gguf_find_tensor(gguf, tensor->name) == tensor);
		expect(mutsu_type_info(tensor->type)->name != NULL);
		expect((uintptr_t)tensor->data % 8 == 0 && tensor->size);
		read_ends(tensor->data, tensor->size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mutsu_error err = { "" };
	struct mutsu_gguf *gguf;
	void *copy;
	int ret;

	/* Aligned, and ending where the allocation does. */
	if (posix_memalign(&copy, 64, size ? size : 1))
		return 0;
	memcpy(copy, data, size);
	ret = mutsu_gguf_open_memory(&gguf, copy, size, "fuzz", &err);
	if (!ret) {
		use(gguf);
		mutsu_gguf_close(gguf);
	} else {
		expect(ret == -EINVAL);
		expect(!strncmp(err.text, "fuzz: ", 6));
		for (const char *p = err.text; *p; p++)
			expect((unsigned char)*p >= 0x20 && *p != 0x7f);
	}
	free(copy);
	return 0;
}
