// SPDX-License-Identifier: MIT
/*
 * A GGUF model: its parts joined, and look-ups by key and by tensor name.
 */
#include "gguf_part.h"

#include <assert.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct mutsu_gguf {
	struct gguf_part *parts;
	uint32_t n_parts;
	struct gguf_tensor *tensors;	/* of all parts */
	size_t n_tensors;
	struct gguf_index tensor_index;
};

/* Puts the tensors of all parts into one table and finds names given twice. */
static int join_tensors(struct mutsu_gguf *gguf, struct mutsu_error *err)
{
	const char *name = gguf->parts[0].name;
	size_t n = 0;

	for (uint32_t i = 0; i < gguf->n_parts; i++)
		n += gguf->parts[i].n_tensors;
	if (n > GGUF_MAX_TENSORS)
		return gguf_fail(err, -EINVAL, name, "%zu tensors; %u are possible", n,
				 GGUF_MAX_TENSORS);

	gguf->tensors = calloc(n ? n : 1, sizeof(*gguf->tensors));
	if (!gguf->tensors || gguf_index_init(&gguf->tensor_index, n))
		return gguf_fail(err, -ENOMEM, name, "out of memory");
	for (uint32_t i = 0; i < gguf->n_parts; i++) {
		struct gguf_part *part = &gguf->parts[i];

		for (size_t k = 0; k < part->n_tensors; k++) {
			const struct gguf_tensor *tensor = &part->tensors[k];
			size_t twin;

			if (!gguf_index_add(&gguf->tensor_index, tensor->name, gguf->n_tensors,
					    &twin))
				return gguf_fail(err, -EINVAL, part->name, "tensor %zu, '%s', is "
						 "there twice, first in %s", k + 1, tensor->name,
						 gguf->parts[gguf->tensors[twin].part].name);
			gguf->tensors[gguf->n_tensors++] = *tensor;
		}
		free(part->tensors);
		part->tensors = NULL;
	}
	return 0;
}

static int part_integer(const struct gguf_part *part, const char *key, uint64_t *out,
			struct mutsu_error *err)
{
	const struct gguf_value *value = gguf_part_find(part, key);

	if (!value)
		return -ENOENT;
	if (!gguf_value_u64(value, out))
		return gguf_fail(err, -EINVAL, part->name, "metadata '%s' is not an integer of 0 "
				 "or more (type %s)", key, mutsu_gguf_type_name(value->type));
	return 0;
}

/* count: parts there are, 1 for a model in one file; no: which part this is, from 0. */
static int part_split(const struct gguf_part *part, uint64_t *no, uint64_t *count,
		      struct mutsu_error *err)
{
	int ret;

	*no = 0;
	*count = 1;
	ret = part_integer(part, "split.count", count, err);
	if (ret == -ENOENT)
		return 0;
	if (ret)
		return ret;
	if (*count <= 1) {
		*count = 1;
		return 0;
	}
	if (*count > GGUF_MAX_PARTS)
		return gguf_fail(err, -EINVAL, part->name, "split.count is %" PRIu64 "; %u are "
				 "possible", *count, GGUF_MAX_PARTS);
	ret = part_integer(part, "split.no", no, err);
	if (ret == -ENOENT)
		return gguf_fail(err, -EINVAL, part->name, "split.count is %" PRIu64 ", but "
				 "split.no is missing", *count);
	if (!ret && *no >= *count)
		return gguf_fail(err, -EINVAL, part->name, "split.no is %" PRIu64 ", but "
				 "split.count is %" PRIu64, *no, *count);
	return ret;
}

/* The first part says that it is one of count: its name must say so too. */
static int check_first(const struct gguf_part *part, uint64_t no, uint64_t count,
		       struct mutsu_error *err)
{
	uint32_t name_no, name_count;
	char *first;

	if (!gguf_split_name(part->name, &name_no, &name_count))
		return gguf_fail(err, -EINVAL, part->name, "is part %" PRIu64 " of %" PRIu64 " of "
				 "a split model, so its name must end in -%05" PRIu64 "-of-%05"
				 PRIu64 ".gguf for the others to be found", no + 1, count, no + 1,
				 count);
	if (name_no != no + 1 || name_count != count)
		return gguf_fail(err, -EINVAL, part->name, "was renamed: it is part %" PRIu64
				 " of %" PRIu64, no + 1, count);
	if (!no)
		return 0;
	first = gguf_split_path(part->name, 1);
	gguf_fail(err, -EINVAL, part->name, "is part %" PRIu64 " of %" PRIu64 "; open the first, "
		  "%s", no + 1, count, first ? first : "-00001-of-...");
	free(first);
	return -EINVAL;
}

static int open_part(struct gguf_part *part, const char *first, uint32_t no, uint64_t count,
		     struct mutsu_error *err)
{
	uint64_t its_no, its_count;
	char *path = gguf_split_path(first, no + 1);
	int ret;

	if (!path)
		return gguf_fail(err, -ENOMEM, first, "out of memory");
	ret = gguf_part_map(part, path, err);
	if (ret == -ENOENT)
		gguf_fail(err, ret, path, "no such file; it is part %u of %" PRIu64 " of the model",
			  no + 1, count);
	free(path);
	if (ret)
		return ret;
	ret = gguf_part_parse(part, no, err);
	if (ret)
		return ret;
	ret = part_split(part, &its_no, &its_count, err);
	if (ret)
		return ret;
	if (its_no != no || its_count != count)
		return gguf_fail(err, -EINVAL, part->name, "should be part %u of %" PRIu64 ", but "
				 "its metadata say part %" PRIu64 " of %" PRIu64, no + 1, count,
				 its_no + 1, its_count);
	return 0;
}

static int open_others(struct mutsu_gguf *gguf, struct mutsu_error *err)
{
	uint64_t no, count, expected, found = 0;
	struct gguf_part *parts;
	int ret;

	ret = part_split(&gguf->parts[0], &no, &count, err);
	if (ret || count == 1)
		return ret;
	if (!gguf->parts[0].mapped)
		return gguf_fail(err, -EINVAL, gguf->parts[0].name, "is one of %" PRIu64 " parts "
				 "of a split model, which cannot be opened from memory", count);
	ret = check_first(&gguf->parts[0], no, count, err);
	if (ret)
		return ret;

	parts = realloc(gguf->parts, count * sizeof(*parts));
	if (!parts)
		return gguf_fail(err, -ENOMEM, gguf->parts[0].name, "out of memory");
	gguf->parts = parts;
	while (gguf->n_parts < count) {
		uint32_t i = gguf->n_parts++;

		parts[i] = (struct gguf_part){ 0 };
		ret = open_part(&parts[i], parts[0].name, i, count, err);
		if (ret)
			return ret;
	}

	ret = part_integer(&parts[0], "split.tensors.count", &expected, err);
	if (ret)
		return ret == -ENOENT ? gguf_fail(err, -EINVAL, parts[0].name,
						  "split.tensors.count is missing") : ret;
	for (uint32_t i = 0; i < gguf->n_parts; i++)
		found += parts[i].n_tensors;
	if (found != expected)
		return gguf_fail(err, -EINVAL, parts[0].name, "split.tensors.count is %" PRIu64
				 ", but the %" PRIu64 " parts have %" PRIu64 " tensors", expected,
				 count, found);
	return 0;
}

static struct mutsu_gguf *gguf_new(void)
{
	struct mutsu_gguf *gguf = calloc(1, sizeof(*gguf));

	if (!gguf)
		return NULL;
	gguf->parts = calloc(1, sizeof(*gguf->parts));
	if (!gguf->parts) {
		free(gguf);
		return NULL;
	}
	gguf->n_parts = 1;
	return gguf;
}

static int gguf_read(struct mutsu_gguf *gguf, struct mutsu_error *err)
{
	int ret = gguf_part_parse(&gguf->parts[0], 0, err);

	if (ret)
		return ret;
	ret = open_others(gguf, err);
	if (ret)
		return ret;
	return join_tensors(gguf, err);
}

int mutsu_gguf_open(struct mutsu_gguf **out, const char *path, struct mutsu_error *err)
{
	struct mutsu_gguf *gguf = gguf_new();
	int ret;

	if (!gguf)
		return gguf_fail(err, -ENOMEM, path, "out of memory");
	ret = gguf_part_map(&gguf->parts[0], path, err);
	if (!ret)
		ret = gguf_read(gguf, err);
	if (ret)
		mutsu_gguf_close(gguf);
	else
		*out = gguf;
	return ret;
}

int mutsu_gguf_open_memory(struct mutsu_gguf **out, const void *data, size_t size,
			   const char *name, struct mutsu_error *err)
{
	struct mutsu_gguf *gguf;
	int ret;

	if ((uintptr_t)data % 32)
		return gguf_fail(err, -EINVAL, name, "is not at an address that is a multiple "
				 "of 32");
	gguf = gguf_new();
	if (!gguf)
		return gguf_fail(err, -ENOMEM, name, "out of memory");
	gguf->parts[0].data = data;
	gguf->parts[0].size = size;
	gguf->parts[0].name = strdup(name);
	if (!gguf->parts[0].name)
		ret = gguf_fail(err, -ENOMEM, name, "out of memory");
	else
		ret = gguf_read(gguf, err);
	if (ret)
		mutsu_gguf_close(gguf);
	else
		*out = gguf;
	return ret;
}

void mutsu_gguf_close(struct mutsu_gguf *gguf)
{
	if (!gguf)
		return;
	gguf_index_fini(&gguf->tensor_index);
	free(gguf->tensors);
	for (uint32_t i = 0; i < gguf->n_parts; i++)
		gguf_part_fini(&gguf->parts[i]);
	free(gguf->parts);
	free(gguf);
}

const char *mutsu_gguf_name(const struct mutsu_gguf *gguf)
{
	return gguf->parts[0].name;
}

uint32_t mutsu_gguf_version(const struct mutsu_gguf *gguf)
{
	return gguf->parts[0].version;
}

uint32_t mutsu_gguf_n_parts(const struct mutsu_gguf *gguf)
{
	return gguf->n_parts;
}

uint64_t mutsu_gguf_file_size(const struct mutsu_gguf *gguf)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < gguf->n_parts; i++)
		size += gguf->parts[i].size;
	return size;
}

void mutsu_gguf_part_data(const struct mutsu_gguf *gguf, uint32_t i, const void **map,
			  size_t *size, const char **path)
{
	const struct gguf_part *part = &gguf->parts[i];

	assert(i < gguf->n_parts);
	*map = part->data;
	*size = part->size;
	*path = part->mapped ? part->name : NULL;
}

int mutsu_gguf_part_reopen(const struct mutsu_gguf *gguf, uint32_t i, struct mutsu_error *err)
{
	assert(i < gguf->n_parts);
	return gguf_part_reopen(&gguf->parts[i], err);
}

size_t mutsu_gguf_n_meta(const struct mutsu_gguf *gguf)
{
	return gguf->parts[0].n_meta;
}

const struct gguf_value *mutsu_gguf_meta(const struct mutsu_gguf *gguf, size_t i,
					 const char **key)
{
	const struct gguf_meta *meta = &gguf->parts[0].meta[i];

	assert(i < gguf->parts[0].n_meta);
	if (key)
		*key = meta->key;
	return &meta->value;
}

const struct gguf_value *mutsu_gguf_find(const struct mutsu_gguf *gguf, const char *key)
{
	return gguf_part_find(&gguf->parts[0], key);
}

static int wrong_type(const struct mutsu_gguf *gguf, const char *key,
		      const struct gguf_value *value, const char *wanted,
		      struct mutsu_error *err)
{
	bool array = value->type == GGUF_ARRAY;
	char text[48];

	mutsu_gguf_print(value, text, sizeof(text));
	return gguf_fail(err, -EINVAL, mutsu_gguf_name(gguf), "metadata '%.130s' is %s%s (%s); "
			 "expected %s", key, array ? "array of " : "",
			 mutsu_gguf_type_name(array ? value->item : value->type), text, wanted);
}

int mutsu_gguf_get_u32(const struct mutsu_gguf *gguf, const char *key, uint32_t *out,
		       struct mutsu_error *err)
{
	const struct gguf_value *value = mutsu_gguf_find(gguf, key);
	uint64_t v;

	if (!value)
		return -ENOENT;
	if (!gguf_value_u64(value, &v) || v > UINT32_MAX)
		return wrong_type(gguf, key, value, "an integer from 0 to 4294967295", err);
	*out = (uint32_t)v;
	return 0;
}

int mutsu_gguf_get_f32(const struct mutsu_gguf *gguf, const char *key, float *out,
		       struct mutsu_error *err)
{
	const struct gguf_value *value = mutsu_gguf_find(gguf, key);
	double d;

	if (!value)
		return -ENOENT;
	if (value->type != GGUF_FLOAT32 && value->type != GGUF_FLOAT64)
		return wrong_type(gguf, key, value, "float32", err);
	d = mutsu_gguf_float(value);
	if (isfinite(d) && fabs(d) > (double)FLT_MAX)
		return wrong_type(gguf, key, value, "a number that float32 can hold", err);
	*out = (float)d;
	return 0;
}

int mutsu_gguf_get_bool(const struct mutsu_gguf *gguf, const char *key, bool *out,
			struct mutsu_error *err)
{
	const struct gguf_value *value = mutsu_gguf_find(gguf, key);

	if (!value)
		return -ENOENT;
	if (value->type != GGUF_BOOL)
		return wrong_type(gguf, key, value, "bool", err);
	*out = *value->data;
	return 0;
}

int mutsu_gguf_get_string(const struct mutsu_gguf *gguf, const char *key,
			  struct gguf_string *out, struct mutsu_error *err)
{
	const struct gguf_value *value = mutsu_gguf_find(gguf, key);

	if (!value)
		return -ENOENT;
	if (value->type != GGUF_STRING)
		return wrong_type(gguf, key, value, "string", err);
	*out = mutsu_gguf_string(value);
	return 0;
}

int mutsu_gguf_get_array(const struct mutsu_gguf *gguf, const char *key,
			 enum gguf_value_type item, struct gguf_value *out,
			 struct mutsu_error *err)
{
	const struct gguf_value *value = mutsu_gguf_find(gguf, key);
	char wanted[32] = "array of ";

	if (!value)
		return -ENOENT;
	if (value->type != GGUF_ARRAY || value->item != item)
		return wrong_type(gguf, key, value,
				  strcat(wanted, mutsu_gguf_type_name(item)), err);
	*out = *value;
	return 0;
}

size_t mutsu_gguf_n_tensors(const struct mutsu_gguf *gguf)
{
	return gguf->n_tensors;
}

const struct gguf_tensor *mutsu_gguf_tensor(const struct mutsu_gguf *gguf, size_t i)
{
	assert(i < gguf->n_tensors);
	return &gguf->tensors[i];
}

const struct gguf_tensor *mutsu_gguf_find_tensor(const struct mutsu_gguf *gguf,
						 const char *name)
{
	size_t i;

	return gguf_index_find(&gguf->tensor_index, name, &i) ? &gguf->tensors[i] : NULL;
}
