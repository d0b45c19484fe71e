// SPDX-License-Identifier: MIT
/*
 * Reading one GGUF file: header, metadata, tensor infos.
 *
 * This is where bytes from elsewhere become trusted: a cursor that cannot pass
 * the end, counts that are compared with the bytes left before anything is
 * allocated, checked arithmetic.  Source: the GGUF specification, versions 2, 3.
 */
#include "gguf_part.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define MIN_META_SIZE	(8 + 1 + 4 + 1)		/* key of one byte, type, a byte */
#define MIN_TENSOR_SIZE	(8 + 1 + 4 + 8 + 4 + 8)	/* name of one byte, one dimension */

/*
 * Messages
 */

int gguf_fail(struct mutsu_error *err, int code, const char *name, const char *format, ...)
{
	const size_t max = 160;
	size_t len = strlen(name);
	char text[sizeof(err->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len > max)
		name += len - max;
	while (len > max && (*name & 0xc0) == 0x80)	/* not into a character */
		name++;
	return mutsu_fail(err, code, "%s%s: %s", len > max ? "..." : "", name, text);
}

/* A place in the file, and what is being read there. */
struct cursor {
	const struct gguf_part *part;
	size_t pos;
	struct mutsu_error *err;
	const char *what;	/* "metadata", "tensor"; NULL in the header */
	uint64_t i, n;		/* which of how many */
	const char *name;	/* its name, once known */
};

/* "FILE: byte 123, tensor 3 of 9 'name': " and what is wrong there. */
__attribute__((format(printf, 3, 4)))
static int bad(const struct cursor *c, size_t pos, const char *format, ...)
{
	char text[sizeof(c->err->text)], where[256] = "";
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (c->what)
		snprintf(where, sizeof(where), ", %s %" PRIu64 " of %" PRIu64 "%s%.130s%s",
			 c->what, c->i + 1, c->n, c->name ? " '" : "", c->name ? c->name : "",
			 c->name ? "'" : "");
	return gguf_fail(c->err, -EINVAL, c->part->name, "byte %zu%s: %s", pos, where, text);
}

static int cut_short(const struct cursor *c, size_t pos, const char *what)
{
	return bad(c, pos, "the file ends (at %zu bytes) inside %s; it is cut short or damaged",
		   c->part->size, what);
}

static size_t left(const struct cursor *c)
{
	return c->part->size - c->pos;
}

/*
 * Reading.  Each takes what it reads, in words, for the message.  The two that
 * say -EINVAL themselves do so for gcc, to see that *out is set otherwise.
 */

static int read_u32(struct cursor *c, uint32_t *out, const char *what)
{
	if (left(c) < sizeof(*out)) {
		cut_short(c, c->pos, what);
		return -EINVAL;
	}
	*out = gguf_u32(c->part->data + c->pos);
	c->pos += sizeof(*out);
	return 0;
}

static int read_u64(struct cursor *c, uint64_t *out, const char *what)
{
	if (left(c) < sizeof(*out)) {
		cut_short(c, c->pos, what);
		return -EINVAL;
	}
	*out = gguf_u64(c->part->data + c->pos);
	c->pos += sizeof(*out);
	return 0;
}

static int read_string(struct cursor *c, struct gguf_string *out, const char *what)
{
	size_t start = c->pos;
	uint64_t len;
	int ret = read_u64(c, &len, what);

	if (ret)
		return ret;
	if (len > left(c))
		return bad(c, start, "%s is said to have %" PRIu64 " bytes, but %zu are left "
			   "in the file; it is cut short or damaged", what, len, left(c));
	out->data = (const char *)c->part->data + c->pos;
	out->len = len;
	c->pos += len;
	return 0;
}

/* Names are used as C strings and shown to people. */
static int read_name(struct cursor *c, struct gguf_names *names, size_t max, bool ascii,
		     const char **out, const char *what)
{
	size_t start = c->pos;
	struct gguf_string s;
	int ret = read_string(c, &s, what);

	if (ret)
		return ret;
	if (!s.len || s.len > max)
		return bad(c, start, "%s has %zu bytes; 1 to %zu are possible", what, s.len, max);
	for (size_t i = 0, n; i < s.len; i += n) {
		const uint8_t *p = (const uint8_t *)s.data + i;

		n = gguf_utf8_shown(p, s.len - i);
		if (!n || (ascii && n > 1))
			return bad(c, start + 8 + i, "%s contains byte 0x%02x, which is not %s",
				   what, *p, ascii ? "printable ASCII" : "printable UTF-8");
	}
	*out = gguf_names_add(names, s);
	if (!*out)
		return gguf_fail(c->err, -ENOMEM, c->part->name, "out of memory");
	return 0;
}

/*
 * Metadata
 */

static int check_bools(const struct cursor *c, size_t start, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		uint8_t byte = c->part->data[start + i];

		if (byte > 1)
			return bad(c, start + i, "a bool is 0 or 1, not %u", byte);
	}
	return 0;
}

static int read_value(struct cursor *c, uint32_t type, unsigned int depth,
		      struct gguf_value *out);

static int read_array(struct cursor *c, unsigned int depth, struct gguf_value *out)
{
	size_t start = c->pos, item_size, first;
	struct gguf_value item;
	uint32_t type;
	int ret;

	if (depth == GGUF_MAX_DEPTH)
		return bad(c, start, "arrays are nested more than %u deep", GGUF_MAX_DEPTH);
	ret = read_u32(c, &type, "an array's item type");
	if (ret)
		return ret;
	if (type >= GGUF_N_VALUE_TYPES)
		return bad(c, start, "unknown array item type %u", type);
	ret = read_u64(c, &out->n, "an array's length");
	if (ret)
		return ret;

	/* A string has a length, an array a type and a length. */
	item_size = type == GGUF_STRING ? 8 : type == GGUF_ARRAY ? 12 : gguf_scalar_size(type);
	if (out->n > left(c) / item_size)
		return bad(c, start, "an array is said to have %" PRIu64 " items of type %s, but "
			   "%zu bytes are left in the file; it is cut short or damaged", out->n,
			   mutsu_gguf_type_name(type), left(c));
	first = c->pos;
	if (gguf_scalar_size(type)) {
		c->pos += out->n * item_size;
		ret = type == GGUF_BOOL ? check_bools(c, first, out->n) : 0;
	} else {
		for (uint64_t i = 0; !ret && i < out->n; i++)
			ret = read_value(c, type, depth + 1, &item);
	}
	if (ret)
		return ret;
	out->item = type;
	out->data = c->part->data + first;
	out->size = c->pos - first;
	return 0;
}

static int read_value(struct cursor *c, uint32_t type, unsigned int depth,
		      struct gguf_value *out)
{
	size_t start = c->pos, size = gguf_scalar_size(type);
	struct gguf_string s;
	int ret;

	*out = (struct gguf_value){ .type = type };
	switch (type) {
	case GGUF_ARRAY:
		return read_array(c, depth, out);
	case GGUF_STRING:
		ret = read_string(c, &s, "a string");
		if (ret)
			return ret;
		out->data = (const uint8_t *)s.data;
		out->size = s.len;
		return 0;
	default:
		if (left(c) < size)
			return cut_short(c, start, mutsu_gguf_type_name(type));
		c->pos += size;
		out->data = c->part->data + start;
		out->size = size;
		return type == GGUF_BOOL ? check_bools(c, start, 1) : 0;
	}
}

static int read_meta(struct cursor *c, struct gguf_part *part)
{
	struct gguf_meta *meta = &part->meta[c->i];
	size_t start = c->pos, twin;
	uint32_t type;
	int ret;

	c->name = NULL;
	ret = read_name(c, &part->names, GGUF_MAX_KEY, true, &meta->key, "the key");
	if (ret)
		return ret;
	c->name = meta->key;
	if (!gguf_index_add(&part->meta_index, meta->key, c->i, &twin))
		return bad(c, start, "the key is there twice, first as metadata %zu", twin + 1);

	start = c->pos;
	ret = read_u32(c, &type, "the value's type");
	if (ret)
		return ret;
	if (type >= GGUF_N_VALUE_TYPES)
		return bad(c, start, "unknown value type %u; 0 to %u are known", type,
			   GGUF_N_VALUE_TYPES - 1);
	return read_value(c, type, 0, &meta->value);
}

const struct gguf_value *gguf_part_find(const struct gguf_part *part, const char *key)
{
	size_t i;

	return gguf_index_find(&part->meta_index, key, &i) ? &part->meta[i].value : NULL;
}

/*
 * Tensors
 */

/* n_dims, dimensions, type: everything that decides the size. */
static int read_shape(struct cursor *c, struct gguf_tensor *tensor)
{
	const struct mutsu_type_info *info;
	size_t start = c->pos, type_pos;
	uint64_t elements = 1, size;
	uint32_t type;
	int ret;

	ret = read_u32(c, &tensor->n_dims, "the number of dimensions");
	if (ret)
		return ret;
	if (!tensor->n_dims || tensor->n_dims > 4)
		return bad(c, start, "%u dimensions; 1 to 4 are possible", tensor->n_dims);
	for (unsigned int i = 0; i < 4; i++) {
		tensor->ne[i] = 1;
		if (i >= tensor->n_dims)
			continue;
		start = c->pos;
		ret = read_u64(c, &tensor->ne[i], "a dimension");
		if (ret)
			return ret;
		if (!tensor->ne[i])
			return bad(c, start, "dimension %u is 0", i + 1);
		if (__builtin_mul_overflow(elements, tensor->ne[i], &elements) ||
		    elements > INT64_MAX)
			return bad(c, start, "dimension %u is %" PRIu64 ": more elements than "
				   "64 bits can count", i + 1, tensor->ne[i]);
	}

	type_pos = c->pos;
	ret = read_u32(c, &type, "the type");
	if (ret)
		return ret;
	info = mutsu_type_info(type);
	if (!info->name)
		return bad(c, type_pos, "unknown tensor type %u", type);
	if (tensor->ne[0] % info->block_len)
		return bad(c, type_pos, "rows of %" PRIu64 " elements do not divide into "
			   "blocks of %u, as type %s needs", tensor->ne[0], info->block_len,
			   info->name);
	if (__builtin_mul_overflow(elements / info->block_len, info->block_size, &size) ||
	    size > INT64_MAX)
		return bad(c, type_pos, "%" PRIu64 " elements of type %s: more bytes than "
			   "64 bits can count", elements, info->name);
	tensor->type = type;
	tensor->size = size;
	return 0;
}

/* Leaves in field where the offset is written, for place_tensors(). */
static int read_tensor(struct cursor *c, struct gguf_part *part, size_t *field)
{
	struct gguf_tensor *tensor = &part->tensors[c->i];
	uint64_t offset;
	int ret;

	c->name = NULL;
	ret = read_name(c, &part->names, GGUF_MAX_NAME, false, &tensor->name, "the name");
	if (ret)
		return ret;
	c->name = tensor->name;
	ret = read_shape(c, tensor);
	if (ret)
		return ret;
	*field = c->pos;
	return read_u64(c, &offset, "the offset");
}

/* Offsets count from the end of the infos, which is known only now. */
static int place_tensors(struct cursor *c, struct gguf_part *part, const size_t *fields,
			 uint64_t alignment)
{
	uint64_t base = (c->pos + alignment - 1) & ~(alignment - 1);

	for (c->i = 0; c->i < c->n; c->i++) {
		struct gguf_tensor *tensor = &part->tensors[c->i];
		uint64_t offset = gguf_u64(part->data + fields[c->i]), start, end;

		c->name = tensor->name;
		if (offset % alignment)
			return bad(c, fields[c->i], "offset %" PRIu64 " is not a multiple of the "
				   "file's alignment, %" PRIu64, offset, alignment);
		if (__builtin_add_overflow(base, offset, &start) ||
		    __builtin_add_overflow(start, tensor->size, &end) || end > part->size)
			return bad(c, fields[c->i], "its %" PRIu64 " bytes at offset %" PRIu64
				   " of the data, which begin at byte %" PRIu64 ", are not all in "
				   "the file (%zu bytes); it is cut short or damaged",
				   tensor->size, offset, base, part->size);
		tensor->data = part->data + start;
	}
	return 0;
}

static int read_alignment(struct cursor *c, const struct gguf_part *part, uint64_t *out)
{
	const struct gguf_value *value = gguf_part_find(part, "general.alignment");

	*out = 32;
	if (!value)
		return 0;
	if (!gguf_value_u64(value, out) || *out < GGUF_MIN_ALIGNMENT ||
	    *out > GGUF_MAX_ALIGNMENT || (*out & (*out - 1))) {
		char text[64];

		mutsu_gguf_print(value, text, sizeof(text));
		return bad(c, (size_t)(value->data - part->data), "general.alignment is %s; "
			   "a power of two from %u to %u is possible", text,
			   GGUF_MIN_ALIGNMENT, GGUF_MAX_ALIGNMENT);
	}
	return 0;
}

static int read_tensors(struct cursor *c, struct gguf_part *part)
{
	uint64_t alignment;
	size_t *fields;
	int ret;

	c->what = NULL;
	ret = read_alignment(c, part, &alignment);
	if (ret)
		return ret;
	if (!part->n_tensors)
		return 0;

	fields = calloc(part->n_tensors, sizeof(*fields));
	part->tensors = calloc(part->n_tensors, sizeof(*part->tensors));
	if (!fields || !part->tensors) {
		ret = gguf_fail(c->err, -ENOMEM, part->name, "out of memory");
		goto out_free_fields;
	}
	c->what = "tensor";
	c->n = part->n_tensors;
	for (c->i = 0; c->i < c->n; c->i++) {
		ret = read_tensor(c, part, &fields[c->i]);
		if (ret)
			goto out_free_fields;
	}
	ret = place_tensors(c, part, fields, alignment);

out_free_fields:
	free(fields);
	return ret;
}

/*
 * Header
 */

/* Files that people take for a model, by their first bytes. */
static const char *not_gguf_hint(const uint8_t *start)
{
	static const struct {
		char start[5];
		const char *hint;
	} hints[] = {
		{ "vers", "; a Git LFS pointer? fetch the file itself with git lfs pull" },
		{ "<!DO", "; a web page? download the file itself" },
		{ "PK\3\4", "; a PyTorch checkpoint? convert it" },
		{ "tjgg", "; a GGML file from before GGUF? convert the model again" },
		{ "lmgg", "; a GGML file from before GGUF? convert the model again" },
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (!memcmp(start, hints[i].start, 4))
			return hints[i].hint;
	}
	return "";
}

static int check_magic(struct cursor *c)
{
	const struct gguf_part *part = c->part;
	struct gguf_value start = {
		.type = GGUF_STRING,
		.data = part->data,
		.size = part->size < 4 ? part->size : 4,
	};
	char text[32];

	if (!part->size)
		return gguf_fail(c->err, -EINVAL, part->name, "is empty, not a GGUF file");
	if (part->size < 4 || memcmp(part->data, "GGUF", 4)) {
		mutsu_gguf_print(&start, text, sizeof(text));
		return gguf_fail(c->err, -EINVAL, part->name,
				 "not a GGUF file (starts with \"%s\")%s", text,
				 part->size < 4 ? "" : not_gguf_hint(part->data));
	}
	c->pos = 4;
	return 0;
}

static int check_version(struct cursor *c, uint32_t version)
{
	if (version == 2 || version == 3)
		return 0;
	if (version == 1)
		return bad(c, 4, "GGUF version 1, which is obsolete and not read; convert the "
			   "model again (versions 2 and 3 are known)");
	/* A version this large is a small one with its bytes swapped. */
	if (version && !(version & 0xffff))
		return bad(c, 4, "a big-endian GGUF file (version %u); only little-endian ones "
			   "are read, convert it", __builtin_bswap32(version));
	return bad(c, 4, "GGUF version %u; versions 2 and 3 are known", version);
}

static int check_count(const struct cursor *c, size_t pos, const char *what, uint64_t n,
		       size_t min_size, uint64_t max)
{
	if (n > left(c) / min_size)
		return bad(c, pos, "%" PRIu64 " %s are announced, but %zu bytes are left in the "
			   "file; it is cut short or damaged", n, what, left(c));
	if (n > max)
		return bad(c, pos, "%" PRIu64 " %s are announced; %" PRIu64 " are possible", n,
			   what, max);
	return 0;
}

static int read_header(struct cursor *c, struct gguf_part *part)
{
	uint64_t n_tensors, n_meta;
	int ret;

	ret = check_magic(c);
	if (ret)
		return ret;
	ret = read_u32(c, &part->version, "the version");
	if (ret)
		return ret;
	ret = check_version(c, part->version);
	if (ret)
		return ret;
	ret = read_u64(c, &n_tensors, "the number of tensors");
	if (ret)
		return ret;
	ret = read_u64(c, &n_meta, "the number of metadata");
	if (ret)
		return ret;
	ret = check_count(c, 8, "tensors", n_tensors, MIN_TENSOR_SIZE, GGUF_MAX_TENSORS);
	if (ret)
		return ret;
	ret = check_count(c, 16, "metadata", n_meta, MIN_META_SIZE, GGUF_MAX_META);
	if (ret)
		return ret;
	part->n_tensors = n_tensors;
	part->n_meta = n_meta;
	return 0;
}

int gguf_part_parse(struct gguf_part *part, uint32_t index, struct mutsu_error *err)
{
	struct cursor c = { .part = part, .err = err };
	int ret;

	ret = read_header(&c, part);
	if (ret)
		return ret;

	part->meta = calloc(part->n_meta ? part->n_meta : 1, sizeof(*part->meta));
	if (!part->meta || gguf_index_init(&part->meta_index, part->n_meta))
		return gguf_fail(err, -ENOMEM, part->name, "out of memory");
	c.what = "metadata";
	c.n = part->n_meta;
	for (c.i = 0; c.i < c.n; c.i++) {
		ret = read_meta(&c, part);
		if (ret)
			return ret;
	}

	ret = read_tensors(&c, part);
	if (ret)
		return ret;
	for (size_t i = 0; i < part->n_tensors; i++)
		part->tensors[i].part = index;
	return 0;
}

void gguf_part_fini(struct gguf_part *part)
{
	free(part->tensors);
	gguf_index_fini(&part->meta_index);
	free(part->meta);
	gguf_names_fini(&part->names);
	if (part->mapped)
		munmap((void *)part->data, part->size);
	free(part->name);
	*part = (struct gguf_part){ 0 };
}
