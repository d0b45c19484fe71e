/* SPDX-License-Identifier: MIT */
/*
 * GGUF files: metadata and where each tensor's bytes are
 *
 * Trusts nothing in the file: every count, length and offset is checked before
 * it is used, so that whatever this interface hands out lies inside the mapping.
 * It knows neither architectures nor vocabularies.
 */
#ifndef RUNTIME_MODEL_GGUF_H
#define RUNTIME_MODEL_GGUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compute/type.h"
#include "runtime/error.h"

/* Numbered as in the file. */
enum gguf_value_type {
	GGUF_UINT8, GGUF_INT8, GGUF_UINT16, GGUF_INT16, GGUF_UINT32, GGUF_INT32,
	GGUF_FLOAT32, GGUF_BOOL, GGUF_STRING, GGUF_ARRAY, GGUF_UINT64, GGUF_INT64,
	GGUF_FLOAT64,
	GGUF_N_VALUE_TYPES,
};

/* Bytes of the mapping, not terminated. */
struct gguf_string {
	const char *data;
	size_t len;
};

/*
 * A value inside the mapping, unaligned.  An array of numbers can be indexed;
 * one of strings or arrays is walked with mutsu_gguf_next().
 */
struct gguf_value {
	enum gguf_value_type type;
	enum gguf_value_type item;	/* of an array */
	uint64_t n;			/* items of an array */
	const uint8_t *data;	/* the value, a string's first byte, an array's first item */
	size_t size;			/* bytes from data to the value's end */
};

struct gguf_tensor {
	const char *name;	/* terminated */
	enum mutsu_type type;
	uint32_t n_dims;	/* 1 to 4 */
	uint64_t ne[4];		/* unused ones are 1; products fit 63 bits */
	const void *data;	/* size bytes; aligned as the file asks, to a page at most */
	uint64_t size;		/* bytes */
	uint32_t part;		/* which file of a split model */
};

struct mutsu_gguf;

/*
 * Maps path and, where it is the first part of a split model, the others.
 * Tensor types that no kernel supports are accepted here, for mutsu show; the
 * model refuses them when it needs such a tensor.
 * -EINVAL: not a file this can read; err says what and where.
 */
int mutsu_gguf_open(struct mutsu_gguf **out, const char *path, struct mutsu_error *err);

/* data is borrowed until the file is closed, 32-byte aligned.  name: for messages. */
int mutsu_gguf_open_memory(struct mutsu_gguf **out, const void *data, size_t size,
			   const char *name, struct mutsu_error *err);
void mutsu_gguf_close(struct mutsu_gguf *gguf);

const char *mutsu_gguf_name(const struct mutsu_gguf *gguf);	/* path, for messages */
uint32_t mutsu_gguf_version(const struct mutsu_gguf *gguf);
uint32_t mutsu_gguf_n_parts(const struct mutsu_gguf *gguf);
uint64_t mutsu_gguf_file_size(const struct mutsu_gguf *gguf);	/* all parts */

/*
 * The files themselves, i < n_parts, for who loads tensors to other places: a
 * tensor's bytes begin at its data - map of the file that its part is.  path is
 * NULL where there is no file, but memory.  All is borrowed until close.
 */
void mutsu_gguf_part_data(const struct mutsu_gguf *gguf, uint32_t i, const void **map,
			  size_t *size, const char **path);

/*
 * A new descriptor of that file, open for reading, which the caller closes, or a
 * negative errno value.  -ESTALE: it is not the file that was mapped, or has
 * another size.  -ENOTSUP: there is no file.  Others of open(2).
 */
int mutsu_gguf_part_reopen(const struct mutsu_gguf *gguf, uint32_t i, struct mutsu_error *err);

/* Metadata of the first part. */
size_t mutsu_gguf_n_meta(const struct mutsu_gguf *gguf);
const struct gguf_value *mutsu_gguf_meta(const struct mutsu_gguf *gguf, size_t i,
					 const char **key);
const struct gguf_value *mutsu_gguf_find(const struct mutsu_gguf *gguf, const char *key);

/*
 * Typed look-ups.  0: found; -ENOENT: no such key, err untouched; -EINVAL: it
 * has another type or does not fit, err names key, type and file.  Integers of
 * any width and sign convert to each other where the value fits.
 */
int mutsu_gguf_get_u32(const struct mutsu_gguf *gguf, const char *key, uint32_t *out,
		       struct mutsu_error *err);
int mutsu_gguf_get_f32(const struct mutsu_gguf *gguf, const char *key, float *out,
		       struct mutsu_error *err);
int mutsu_gguf_get_bool(const struct mutsu_gguf *gguf, const char *key, bool *out,
			struct mutsu_error *err);
int mutsu_gguf_get_string(const struct mutsu_gguf *gguf, const char *key,
			  struct gguf_string *out, struct mutsu_error *err);
/* An array whose items have the given type. */
int mutsu_gguf_get_array(const struct mutsu_gguf *gguf, const char *key,
			 enum gguf_value_type item, struct gguf_value *out,
			 struct mutsu_error *err);

/* Scalars; the value's type must be the one named. */
int64_t mutsu_gguf_int(const struct gguf_value *value);	/* any integer type or bool */
double mutsu_gguf_float(const struct gguf_value *value);	/* any number type */
struct gguf_string mutsu_gguf_string(const struct gguf_value *value);

/* Item i of an array of numbers or bools; i < n. */
struct gguf_value mutsu_gguf_item(const struct gguf_value *array, uint64_t i);

/*
 * Walks any array: *pos starts at 0, false at the end.
 * Items of an array that mutsu_gguf_open() accepted are all valid.
 */
bool mutsu_gguf_next(const struct gguf_value *array, size_t *pos, struct gguf_value *item);

const char *mutsu_gguf_type_name(enum gguf_value_type type);	/* "uint32" */

/* The value as text, see mutsu_model_meta(). */
void mutsu_gguf_print(const struct gguf_value *value, char *text, size_t size);

size_t mutsu_gguf_n_tensors(const struct mutsu_gguf *gguf);
const struct gguf_tensor *mutsu_gguf_tensor(const struct mutsu_gguf *gguf, size_t i);
const struct gguf_tensor *mutsu_gguf_find_tensor(const struct mutsu_gguf *gguf,
						 const char *name);

#endif
