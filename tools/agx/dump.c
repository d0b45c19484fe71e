// SPDX-License-Identifier: MIT
#include "dump.h"

#include <math.h>

#define COLUMNS 8

static const struct agx_dump_type types[] = {
	{ "i8", 1, 4 }, { "i16", 2, 6 }, { "i32", 4, 11 }, { "i64", 8, 20 },
	{ "u8", 1, 3 }, { "u16", 2, 5 }, { "u32", 4, 10 }, { "u64", 8, 20 },
	{ "x8", 1, 2 }, { "x16", 2, 4 }, { "x32", 4, 8 }, { "x64", 8, 16 },
	{ "f16", 2, 12 }, { "f32", 4, 14 },
};

static double half_value(u32 half)
{
	int exponent = half >> 10 & 31;
	double mantissa = half & 0x3ff, value;

	if (exponent == 31)
		value = mantissa != 0 ? NAN : INFINITY;
	else
		value = exponent ? ldexp(mantissa + 1024, exponent - 25) : ldexp(mantissa, -24);
	return half >> 15 ? -value : value;
}

static void print_value(const struct agx_dump_type *type, const u8 *data)
{
	u64 bits = 0;
	u32 low;
	float f;

	memcpy(&bits, data, type->size);
	low = (u32)bits;
	memcpy(&f, &low, sizeof(f));
	switch (type->name[0]) {
	case 'i':
		printf(" %*lld", type->width,
		       (long long)((s64)(bits << (64 - 8 * type->size)) >> (64 - 8 * type->size)));
		break;
	case 'u':
		printf(" %*llu", type->width, (unsigned long long)bits);
		break;
	case 'x':
		printf(" %0*llx", type->width, (unsigned long long)bits);
		break;
	default:
		printf(" %*.*g", type->width, type->size == 2 ? 5 : 9,
		       type->size == 2 ? half_value(low) : (double)f);
	}
}

const struct agx_dump_type *agx_dump_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!strcmp(types[i].name, name))
			return &types[i];
	}
	return NULL;
}

void agx_dump(const char *title, const struct agx_dump_type *type, const u8 *data, u64 count)
{
	printf("%s, %llu x %s\n", title, (unsigned long long)count, type->name);
	for (u64 i = 0; i < count; i++) {
		if (i % COLUMNS == 0)
			printf("%8llu:", (unsigned long long)i);
		print_value(type, data + i * type->size);
		if (i % COLUMNS == COLUMNS - 1 || i == count - 1)
			putchar('\n');
	}
}
