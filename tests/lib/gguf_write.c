// SPDX-License-Identifier: MIT
#include "gguf_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	uint8_t *data;
	size_t len, room;
};

/* Where a record is in its section, and how long its name. */
struct record {
	char *name;
	size_t at, name_len;
};

struct gw {
	uint32_t version, alignment;
	struct bytes meta, infos, data;
	struct record *metas, *tensors;
	size_t n_meta, n_tensors;
	uint64_t data_end;		/* beyond data.len if some is written later */
	uint8_t *file;
	size_t size, data_at;
};

static void *check(void *p)
{
	if (!p)
		abort();
	return p;
}

static void put(struct bytes *b, const void *data, size_t len)
{
	if (!len)
		return;
	if (b->len + len > b->room) {
		b->room = 2 * (b->len + len);
		b->data = check(realloc(b->data, b->room));
	}
	if (data)
		memcpy(b->data + b->len, data, len);
	else
		memset(b->data + b->len, 0, len);
	b->len += len;
}

static void put_u32(struct bytes *b, uint32_t v)
{
	put(b, &v, sizeof(v));
}

static void put_u64(struct bytes *b, uint64_t v)
{
	put(b, &v, sizeof(v));
}

static void put_string(struct bytes *b, const char *s, size_t len)
{
	put_u64(b, len);
	put(b, s, len);
}

static size_t align(size_t n, size_t alignment)
{
	return (n + alignment - 1) / alignment * alignment;
}

struct gw *gw_begin(uint32_t version)
{
	struct gw *w = check(calloc(1, sizeof(*w)));

	w->version = version;
	w->alignment = 32;
	return w;
}

static void free_records(struct record *records, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(records[i].name);
	free(records);
}

void gw_free(struct gw *w)
{
	if (!w)
		return;
	free_records(w->metas, w->n_meta);
	free_records(w->tensors, w->n_tensors);
	free(w->meta.data);
	free(w->infos.data);
	free(w->data.data);
	free(w->file);
	free(w);
}

static void add_record(struct record **records, size_t *n, struct bytes *section,
		       const char *name, size_t len)
{
	*records = check(realloc(*records, (*n + 1) * sizeof(**records)));
	(*records)[(*n)++] = (struct record){ check(strndup(name, len)), section->len, len };
	put_string(section, name, len);
}

void gw_raw(struct gw *w, const char *key, size_t key_len, uint32_t type, const void *value,
	    size_t size)
{
	if (w->file)
		abort();
	add_record(&w->metas, &w->n_meta, &w->meta, key, key_len);
	put_u32(&w->meta, type);
	put(&w->meta, value, size);
}

#define SCALAR(name, ctype, type)					\
void gw_##name(struct gw *w, const char *key, ctype v)			\
{									\
	gw_raw(w, key, strlen(key), type, &v, sizeof(v));		\
}

SCALAR(u8, uint8_t, GGUF_UINT8)
SCALAR(i8, int8_t, GGUF_INT8)
SCALAR(u16, uint16_t, GGUF_UINT16)
SCALAR(i16, int16_t, GGUF_INT16)
SCALAR(u32, uint32_t, GGUF_UINT32)
SCALAR(i32, int32_t, GGUF_INT32)
SCALAR(u64, uint64_t, GGUF_UINT64)
SCALAR(i64, int64_t, GGUF_INT64)
SCALAR(f32, float, GGUF_FLOAT32)
SCALAR(f64, double, GGUF_FLOAT64)

void gw_bool(struct gw *w, const char *key, bool v)
{
	uint8_t byte = v;

	gw_raw(w, key, strlen(key), GGUF_BOOL, &byte, 1);
}

void gw_string_n(struct gw *w, const char *key, const void *v, size_t len)
{
	gw_raw(w, key, strlen(key), GGUF_STRING, NULL, 0);
	put_string(&w->meta, v, len);
}

void gw_string(struct gw *w, const char *key, const char *v)
{
	gw_string_n(w, key, v, strlen(v));
}

void gw_array(struct gw *w, const char *key, enum gguf_value_type item, uint64_t n,
	      const void *items)
{
	static const uint8_t sizes[GGUF_N_VALUE_TYPES] = {
		[GGUF_UINT8] = 1, [GGUF_INT8] = 1, [GGUF_UINT16] = 2, [GGUF_INT16] = 2,
		[GGUF_UINT32] = 4, [GGUF_INT32] = 4, [GGUF_FLOAT32] = 4, [GGUF_BOOL] = 1,
		[GGUF_UINT64] = 8, [GGUF_INT64] = 8, [GGUF_FLOAT64] = 8,
	};

	if (!sizes[item])
		abort();
	gw_raw(w, key, strlen(key), GGUF_ARRAY, NULL, 0);
	put_u32(&w->meta, item);
	put_u64(&w->meta, n);
	put(&w->meta, items, n * sizes[item]);
}

void gw_strings(struct gw *w, const char *key, uint64_t n, const char *const *items)
{
	gw_raw(w, key, strlen(key), GGUF_ARRAY, NULL, 0);
	put_u32(&w->meta, GGUF_STRING);
	put_u64(&w->meta, n);
	for (uint64_t i = 0; i < n; i++)
		put_string(&w->meta, items[i], strlen(items[i]));
}

void gw_nested(struct gw *w, const char *key, unsigned int depth)
{
	gw_raw(w, key, strlen(key), GGUF_ARRAY, NULL, 0);
	for (unsigned int i = 1; i < depth; i++) {
		put_u32(&w->meta, GGUF_ARRAY);
		put_u64(&w->meta, 1);
	}
	put_u32(&w->meta, GGUF_UINT8);
	put_u64(&w->meta, 2);
	put(&w->meta, "\10\11", 2);
}

void gw_alignment(struct gw *w, uint32_t alignment)
{
	if (w->n_tensors)
		abort();
	w->alignment = alignment;
	gw_u32(w, "general.alignment", alignment);
}

uint64_t gw_tensor_later(struct gw *w, const char *name, enum mutsu_type type, uint32_t n_dims,
			 const uint64_t *ne)
{
	uint64_t size = mutsu_type_row_size(type, ne[0]);
	uint64_t at = align(w->data_end, w->alignment);

	if (w->file)
		abort();
	add_record(&w->tensors, &w->n_tensors, &w->infos, name, strlen(name));
	put_u32(&w->infos, n_dims);
	put(&w->infos, ne, n_dims * sizeof(*ne));
	put_u32(&w->infos, type);
	put_u64(&w->infos, at);
	for (uint32_t i = 1; i < n_dims; i++)
		size *= ne[i];
	w->data_end = at + size;
	return at;
}

void gw_tensor(struct gw *w, const char *name, enum mutsu_type type, uint32_t n_dims,
	       const uint64_t *ne, const void *data)
{
	uint64_t at;

	if (w->data.len != w->data_end)
		abort();
	at = gw_tensor_later(w, name, type, n_dims, ne);
	put(&w->data, NULL, at - w->data.len);
	put(&w->data, data, w->data_end - at);
}

uint8_t *gw_finish(struct gw *w, size_t *size)
{
	struct bytes b = { 0 };

	if (!w->file) {
		put(&b, "GGUF", 4);
		put_u32(&b, w->version);
		put_u64(&b, w->n_tensors);
		put_u64(&b, w->n_meta);
		put(&b, w->meta.data, w->meta.len);
		put(&b, w->infos.data, w->infos.len);
		if (w->n_tensors)
			put(&b, NULL, align(b.len, w->alignment) - b.len);
		w->data_at = b.len;
		put(&b, w->data.data, w->data.len);

		w->size = b.len;
		w->file = check(aligned_alloc(4096, align(b.len, 4096)));
		memcpy(w->file, b.data, b.len);
		free(b.data);
	}
	*size = w->size;
	return w->file;
}

void gw_save(struct gw *w, const char *path)
{
	size_t size;
	const uint8_t *data = gw_finish(w, &size);
	FILE *file = check(fopen(path, "wb"));

	if (fwrite(data, 1, size, file) != size || fclose(file))
		abort();
}

static const struct record *find(const struct record *records, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(records[i].name, name))
			return &records[i];
	}
	abort();
}

#define HEADER_SIZE	24

size_t gw_key_at(const struct gw *w, const char *key)
{
	return HEADER_SIZE + find(w->metas, w->n_meta, key)->at;
}

size_t gw_type_at(const struct gw *w, const char *key)
{
	const struct record *record = find(w->metas, w->n_meta, key);

	return HEADER_SIZE + record->at + 8 + record->name_len;
}

size_t gw_tensor_at(const struct gw *w, const char *name)
{
	return HEADER_SIZE + w->meta.len + find(w->tensors, w->n_tensors, name)->at;
}

size_t gw_shape_at(const struct gw *w, const char *name)
{
	const struct record *record = find(w->tensors, w->n_tensors, name);

	return HEADER_SIZE + w->meta.len + record->at + 8 + record->name_len;
}

size_t gw_data_at(const struct gw *w)
{
	if (!w->file)
		abort();
	return w->data_at;
}

void gw_set_u32(struct gw *w, size_t at, uint32_t v)
{
	if (!w->file || at + sizeof(v) > w->size)
		abort();
	memcpy(w->file + at, &v, sizeof(v));
}

void gw_set_u64(struct gw *w, size_t at, uint64_t v)
{
	if (!w->file || at + sizeof(v) > w->size)
		abort();
	memcpy(w->file + at, &v, sizeof(v));
}
