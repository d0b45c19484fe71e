/* SPDX-License-Identifier: MIT */
/*
 * One file of a GGUF model, and what the gguf*.c files share.  Nobody else
 * includes this.
 */
#ifndef RUNTIME_MODEL_GGUF_PART_H
#define RUNTIME_MODEL_GGUF_PART_H

#include <string.h>
#include <sys/types.h>

#include "gguf.h"

/* Far above any model; they bound what a hostile file can make us allocate. */
#define GGUF_MAX_META		(1u << 16)
#define GGUF_MAX_TENSORS	(1u << 18)
#define GGUF_MAX_PARTS		(1u << 16)
#define GGUF_MAX_KEY		65535	/* bytes, from the specification */
#define GGUF_MAX_NAME		127	/* of a tensor; the specification says 64 */
#define GGUF_MAX_DEPTH		4	/* arrays in arrays */
#define GGUF_MIN_ALIGNMENT	8
#define GGUF_MAX_ALIGNMENT	65536

struct gguf_meta {
	const char *key;
	struct gguf_value value;
};

/* Terminated copies of names; pointers stay valid until it is freed. */
struct gguf_names {
	struct gguf_chunk *chunk;
};

/* Name to position in a table: open addressing, at most half full; borrows the names. */
struct gguf_index {
	struct gguf_slot {
		const char *name;	/* NULL: free */
		size_t pos;
	} *slots;
	size_t mask;
	uint64_t seed;
};

struct gguf_part {
	char *name;		/* path, for messages; owned */
	const uint8_t *data;
	size_t size;
	bool mapped;		/* data is ours to unmap; the next two are of its file */
	dev_t device;
	ino_t inode;

	uint32_t version;
	struct gguf_names names;
	struct gguf_meta *meta;
	size_t n_meta;
	struct gguf_index meta_index;
	struct gguf_tensor *tensors;
	size_t n_tensors;
};

static inline uint32_t gguf_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t gguf_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Bytes of a number or bool; 0 for strings, arrays and what is no type. */
size_t gguf_scalar_size(uint32_t type);

/*
 * Length of the UTF-8 character at p, which has len > 0 bytes; 0: not one that
 * can be shown as it is (malformed, control characters, changes of direction).
 */
size_t gguf_utf8_shown(const uint8_t *p, size_t len);

/* Any integer type, as an unsigned 64-bit number; false: negative, or no integer. */
bool gguf_value_u64(const struct gguf_value *value, uint64_t *out);

/*
 * As mutsu_fail(), with the file's name in front: shortened at the left where
 * it is long, so that the message fits.
 */
__attribute__((format(printf, 4, 5)))
int gguf_fail(struct mutsu_error *err, int code, const char *name, const char *format, ...);

/* Maps the file; fills name, data, size (an empty file: NULL, 0). */
int gguf_part_map(struct gguf_part *part, const char *path, struct mutsu_error *err);

/* As mutsu_gguf_part_reopen(). */
int gguf_part_reopen(const struct gguf_part *part, struct mutsu_error *err);

/* Reads header, metadata and tensor infos; index is the part's number from 0. */
int gguf_part_parse(struct gguf_part *part, uint32_t index, struct mutsu_error *err);

const struct gguf_value *gguf_part_find(const struct gguf_part *part, const char *key);

/* Leaves it empty; may be called on an empty or half made one. */
void gguf_part_fini(struct gguf_part *part);

/* A copy of s, which has no zero bytes; NULL: out of memory. */
const char *gguf_names_add(struct gguf_names *names, struct gguf_string s);
void gguf_names_fini(struct gguf_names *names);

/* Room for n names.  -ENOMEM. */
int gguf_index_init(struct gguf_index *index, size_t n);
void gguf_index_fini(struct gguf_index *index);

/* True and its position, if the name is there. */
bool gguf_index_find(const struct gguf_index *index, const char *name, size_t *pos);

/* False, and the position of the one that is there, if the name is there already. */
bool gguf_index_add(struct gguf_index *index, const char *name, size_t pos, size_t *twin);

/*
 * If path ends in -NNNNN-of-MMMMM.gguf, sets no (from 1) and count and returns
 * true.  The other parts' paths differ in the number alone.
 */
bool gguf_split_name(const char *path, uint32_t *no, uint32_t *count);

/* Path of part no (from 1), malloc'ed; path is one for which the above holds. */
char *gguf_split_path(const char *path, uint32_t no);

#endif
