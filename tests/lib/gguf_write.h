/* SPDX-License-Identifier: MIT */
/*
 * Writes GGUF files in memory, for tests: well-formed ones by default, and
 * malformed ones by patching the fields whose places it remembers.
 *
 *	struct gw *w = gw_begin(3);
 *	gw_string(w, "general.architecture", "llama");
 *	gw_u32(w, "llama.block_count", 2);
 *	gw_tensor(w, "output.weight", MUTSU_F32, 2, (uint64_t[]){ 4, 8 }, floats);
 *	data = gw_finish(w, &size);
 *	...
 *	gw_free(w);
 *
 * Out of memory and misuse abort.
 */
#ifndef TESTS_LIB_GGUF_WRITE_H
#define TESTS_LIB_GGUF_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/model/gguf.h"

struct gw;

struct gw *gw_begin(uint32_t version);
void gw_free(struct gw *w);

/* Metadata, in the order of the calls. */
void gw_u8(struct gw *w, const char *key, uint8_t v);
void gw_i8(struct gw *w, const char *key, int8_t v);
void gw_u16(struct gw *w, const char *key, uint16_t v);
void gw_i16(struct gw *w, const char *key, int16_t v);
void gw_u32(struct gw *w, const char *key, uint32_t v);
void gw_i32(struct gw *w, const char *key, int32_t v);
void gw_u64(struct gw *w, const char *key, uint64_t v);
void gw_i64(struct gw *w, const char *key, int64_t v);
void gw_f32(struct gw *w, const char *key, float v);
void gw_f64(struct gw *w, const char *key, double v);
void gw_bool(struct gw *w, const char *key, bool v);
void gw_string(struct gw *w, const char *key, const char *v);
void gw_string_n(struct gw *w, const char *key, const void *v, size_t len);

/* items: n numbers or bools as the file has them. */
void gw_array(struct gw *w, const char *key, enum gguf_value_type item, uint64_t n,
	      const void *items);
void gw_strings(struct gw *w, const char *key, uint64_t n, const char *const *items);

/* [[...[8, 9]]]: depth arrays around two uint8. */
void gw_nested(struct gw *w, const char *key, unsigned int depth);

/* Any key (key_len bytes) and value: its type and the bytes that follow it. */
void gw_raw(struct gw *w, const char *key, size_t key_len, uint32_t type, const void *value,
	    size_t size);

/* Of the data section: 32 unless set, which also adds general.alignment. */
void gw_alignment(struct gw *w, uint32_t alignment);

/* The size follows from type and dimensions; data may be NULL: zeros. */
void gw_tensor(struct gw *w, const char *name, enum mutsu_type type, uint32_t n_dims,
	       const uint64_t *ne, const void *data);

/*
 * The same without data, for files larger than memory: after the last
 * gw_tensor().  The caller writes it, at gw_data_at() plus what this returns.
 */
uint64_t gw_tensor_later(struct gw *w, const char *name, enum mutsu_type type, uint32_t n_dims,
			 const uint64_t *ne);

/*
 * The file, aligned to 4096 bytes, kept until gw_free(); nothing can be added
 * after it.  Write into it to make it malformed.
 */
uint8_t *gw_finish(struct gw *w, size_t *size);

/* The same, as a file; aborts if it cannot be written. */
void gw_save(struct gw *w, const char *path);

/*
 * Where things are in the finished file.
 */

/* A metadata's key length; the key follows 8 bytes later. */
size_t gw_key_at(const struct gw *w, const char *key);
/* Its value's type; the value follows 4 bytes later. */
size_t gw_type_at(const struct gw *w, const char *key);
/* A tensor's name length. */
size_t gw_tensor_at(const struct gw *w, const char *name);
/* Its number of dimensions; then 8 bytes for each, 4 for the type, 8 for the offset. */
size_t gw_shape_at(const struct gw *w, const char *name);
/* The data section's first byte. */
size_t gw_data_at(const struct gw *w);

/* Overwrite a field of the finished file. */
void gw_set_u32(struct gw *w, size_t at, uint32_t v);
void gw_set_u64(struct gw *w, size_t at, uint64_t v);

/* Header fields. */
#define GW_AT_VERSION	4
#define GW_AT_N_TENSORS	8
#define GW_AT_N_META	16

#endif
