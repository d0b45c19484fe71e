// SPDX-License-Identifier: MIT
/*
 * Metadata values: what they hold, item by item, and as text for people.
 * Works on values that gguf_part.c has checked, and checks nothing again.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "gguf_part.h"
#include "utf8.h"

#define PRINT_ITEMS	8	/* of an array */
#define PRINT_ITEM_LEN	40	/* bytes of a string in an array */

static const struct {
	const char *name;
	size_t size;
} types[GGUF_N_VALUE_TYPES] = {
	[GGUF_UINT8] = { "uint8", 1 },
	[GGUF_INT8] = { "int8", 1 },
	[GGUF_UINT16] = { "uint16", 2 },
	[GGUF_INT16] = { "int16", 2 },
	[GGUF_UINT32] = { "uint32", 4 },
	[GGUF_INT32] = { "int32", 4 },
	[GGUF_FLOAT32] = { "float32", 4 },
	[GGUF_BOOL] = { "bool", 1 },
	[GGUF_STRING] = { "string", 0 },
	[GGUF_ARRAY] = { "array", 0 },
	[GGUF_UINT64] = { "uint64", 8 },
	[GGUF_INT64] = { "int64", 8 },
	[GGUF_FLOAT64] = { "float64", 8 },
};

size_t gguf_scalar_size(uint32_t type)
{
	return type < GGUF_N_VALUE_TYPES ? types[type].size : 0;
}

const char *mutsu_gguf_type_name(enum gguf_value_type type)
{
	return (unsigned int)type < GGUF_N_VALUE_TYPES ? types[type].name : "unknown";
}

int64_t mutsu_gguf_int(const struct gguf_value *value)
{
	const uint8_t *p = value->data;
	uint16_t half;

	switch (value->type) {
	case GGUF_BOOL:
	case GGUF_UINT8:
		return *p;
	case GGUF_INT8:
		return (int8_t)*p;
	case GGUF_UINT16:
		memcpy(&half, p, sizeof(half));
		return half;
	case GGUF_INT16:
		memcpy(&half, p, sizeof(half));
		return (int16_t)half;
	case GGUF_UINT32:
		return gguf_u32(p);
	case GGUF_INT32:
		return (int32_t)gguf_u32(p);
	case GGUF_UINT64:
	case GGUF_INT64:
		return (int64_t)gguf_u64(p);
	default:
		assert(!"not an integer");
		return 0;
	}
}

bool gguf_value_u64(const struct gguf_value *value, uint64_t *out)
{
	int64_t v;

	switch (value->type) {
	case GGUF_UINT8: case GGUF_UINT16: case GGUF_UINT32:
	case GGUF_INT8: case GGUF_INT16: case GGUF_INT32: case GGUF_INT64:
		v = mutsu_gguf_int(value);
		if (v < 0)
			return false;
		*out = (uint64_t)v;
		return true;
	case GGUF_UINT64:
		*out = gguf_u64(value->data);
		return true;
	default:
		return false;
	}
}

double mutsu_gguf_float(const struct gguf_value *value)
{
	float f;
	double d;

	switch (value->type) {
	case GGUF_FLOAT32:
		memcpy(&f, value->data, sizeof(f));
		return f;
	case GGUF_FLOAT64:
		memcpy(&d, value->data, sizeof(d));
		return d;
	case GGUF_UINT64:
		return (double)gguf_u64(value->data);
	default:
		return (double)mutsu_gguf_int(value);
	}
}

struct gguf_string mutsu_gguf_string(const struct gguf_value *value)
{
	assert(value->type == GGUF_STRING);
	return (struct gguf_string){ (const char *)value->data, value->size };
}

struct gguf_value mutsu_gguf_item(const struct gguf_value *array, uint64_t i)
{
	size_t size = gguf_scalar_size(array->item);

	assert(array->type == GGUF_ARRAY && size && i < array->n);
	return (struct gguf_value){
		.type = array->item,
		.data = array->data + i * size,
		.size = size,
	};
}

/* Bytes of the n items of type at p. */
static size_t items_size(enum gguf_value_type type, uint64_t n, const uint8_t *p)
{
	struct gguf_value array = {
		.type = GGUF_ARRAY, .item = type, .n = n, .data = p, .size = SIZE_MAX,
	};
	struct gguf_value item;
	size_t pos = 0;

	if (gguf_scalar_size(type))
		return n * gguf_scalar_size(type);
	while (n--)
		mutsu_gguf_next(&array, &pos, &item);
	return pos;
}

bool mutsu_gguf_next(const struct gguf_value *array, size_t *pos, struct gguf_value *item)
{
	const uint8_t *p = array->data + *pos;

	assert(array->type == GGUF_ARRAY);
	if (*pos >= array->size)
		return false;

	*item = (struct gguf_value){ .type = array->item };
	switch (array->item) {
	case GGUF_STRING:
		item->data = p + 8;
		item->size = gguf_u64(p);
		break;
	case GGUF_ARRAY:
		item->item = gguf_u32(p);
		item->n = gguf_u64(p + 4);
		item->data = p + 12;
		item->size = items_size(item->item, item->n, item->data);
		break;
	default:
		item->data = p;
		item->size = gguf_scalar_size(array->item);
		break;
	}
	*pos = (size_t)(item->data - array->data) + item->size;
	return true;
}

size_t gguf_utf8_shown(const uint8_t *p, size_t len)
{
	size_t n = mutsu_utf8_len((const char *)p, len);

	/* Controls, C1 controls. */
	if ((n == 1 && (p[0] < 0x20 || p[0] == 0x7f)) || (n == 2 && p[0] == 0xc2 && p[1] < 0xa0))
		return 0;
	/* U+2028 to U+202e, U+2066 to U+2069: line separators, changes of direction. */
	if (n == 3 && p[0] == 0xe2 &&
	    ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
	     (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
		return 0;
	return n;
}

/*
 * Text
 */

struct text {
	char *out;
	size_t room;		/* bytes, without the terminator */
	size_t len;
	bool full;		/* something did not fit: nothing follows it */
};

/* All or nothing, so that neither characters nor escapes are cut. */
static void put_bytes(struct text *text, const char *bytes, size_t n)
{
	if (text->full || n > text->room - text->len) {
		text->full = true;
		return;
	}
	memcpy(text->out + text->len, bytes, n);
	text->len += n;
}

__attribute__((format(printf, 2, 3)))
static void put(struct text *text, const char *format, ...)
{
	char buf[64];
	va_list args;

	va_start(args, format);
	vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	for (const char *p = buf; *p; p++)
		put_bytes(text, p, 1);
}

/* quote: also escape the quotation mark, as in arrays; max: stop after that many bytes */
static void put_string(struct text *text, struct gguf_string s, bool quote, size_t max)
{
	static const char letters[] = "abtnvfr";	/* from 7 on */
	const uint8_t *p = (const uint8_t *)s.data;
	size_t start = text->len, len = s.len, n;
	char escape[5];

	for (; len && !text->full; p += n, len -= n) {
		if (text->len - start >= max) {
			put(text, "...");
			break;
		}
		n = gguf_utf8_shown(p, len);
		if (n && *p != '\\' && !(quote && *p == '"')) {
			put_bytes(text, (const char *)p, n);
			continue;
		}
		n = 1;
		if (*p == '\\' || *p == '"')
			snprintf(escape, sizeof(escape), "\\%c", *p);
		else if (*p >= 7 && *p <= 13)
			snprintf(escape, sizeof(escape), "\\%c", letters[*p - 7]);
		else
			snprintf(escape, sizeof(escape), "\\x%02x", *p);
		put_bytes(text, escape, strlen(escape));
	}
}

/* The fewest digits that read back as the same number. */
static void put_float(struct text *text, const struct gguf_value *value)
{
	bool wide = value->type == GGUF_FLOAT64;
	double d = mutsu_gguf_float(value);
	char buf[40];

	for (int digits = 6; digits <= 17; digits++) {
		snprintf(buf, sizeof(buf), "%.*g", digits, d);
		if (wide ? strtod(buf, NULL) == d : strtof(buf, NULL) == (float)d)
			break;
		if (d != d)
			break;
	}
	/* Whatever the program's locale has between digits. */
	if (strchr(buf, ','))
		*strchr(buf, ',') = '.';
	put(text, "%s", buf);
}

static void put_value(struct text *text, const struct gguf_value *value, bool in_array);

static void put_array(struct text *text, const struct gguf_value *array)
{
	struct gguf_value item;
	size_t pos = 0;

	put(text, "[");
	for (uint64_t i = 0; !text->full && mutsu_gguf_next(array, &pos, &item); i++) {
		if (i)
			put(text, ", ");
		if (i == PRINT_ITEMS) {
			put(text, "...");
			break;
		}
		put_value(text, &item, true);
	}
	put(text, "] (%" PRIu64 ")", array->n);
}

static void put_value(struct text *text, const struct gguf_value *value, bool in_array)
{
	switch (value->type) {
	case GGUF_STRING:
		if (!in_array) {
			put_string(text, mutsu_gguf_string(value), false, SIZE_MAX);
			break;
		}
		put(text, "\"");
		put_string(text, mutsu_gguf_string(value), true, PRINT_ITEM_LEN);
		put(text, "\"");
		break;
	case GGUF_ARRAY:
		put_array(text, value);
		break;
	case GGUF_FLOAT32:
	case GGUF_FLOAT64:
		put_float(text, value);
		break;
	case GGUF_BOOL:
		put(text, "%s", *value->data ? "true" : "false");
		break;
	case GGUF_UINT64:
		put(text, "%" PRIu64, gguf_u64(value->data));
		break;
	default:
		put(text, "%" PRId64, mutsu_gguf_int(value));
		break;
	}
}

void mutsu_gguf_print(const struct gguf_value *value, char *text, size_t size)
{
	struct text t = { .out = text, .room = size - 1 };

	if (!size)
		return;
	put_value(&t, value, false);
	text[t.len] = '\0';
}
