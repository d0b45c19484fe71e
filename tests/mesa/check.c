// SPDX-License-Identifier: MIT
/*
 * What the programs of this folder compute, computed on the CPU.
 *
 *	check NAME FILE			compares FILE with what NAME.comp must write
 *	check -c EXPECTED FILE [ULP]	compares files; ULP N: as 32-bit floats, which
 *					may differ by so many units in the last place,
 *					-N: as 16-bit floats; nan: all NaN are the same
 *
 * Says the first difference.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "programs.h"

typedef uint32_t u32;
typedef int64_t s64;

/* Neighbouring floats differ by 1. */
static s64 ordered(u32 bits, u32 sign)
{
	return bits & sign ? -(s64)(bits & (sign - 1)) : bits;
}

static bool is_nan(u32 bits, u32 sign)
{
	return (bits & (sign - 1)) > (sign == 0x8000 ? 0x7c00u : 0x7f800000u);
}

/*
 * Sines of x up to 32 cannot be better than this, as x / 2 pi is rounded to a float;
 * logarithms near 1 are of that kind, too.
 */
static bool close_to(u32 a, u32 b)
{
	float x, y;

	memcpy(&x, &a, sizeof(x));
	memcpy(&y, &b, sizeof(y));
	return fabsf(x - y) <= 0x1p-18f;
}

static bool near(u32 a, u32 b, int ulp, bool any_nan)
{
	u32 sign = ulp < 0 ? 0x8000 : 0x80000000;

	if (a == b || ((ulp || any_nan) && is_nan(a, sign) && is_nan(b, sign)))
		return true;
	if (!ulp || is_nan(a, sign) || is_nan(b, sign))
		return false;
	return llabs(ordered(a, sign) - ordered(b, sign)) <= abs(ulp) ||
	       (ulp > 0 && close_to(a, b));
}

static int compare(const uint8_t *expected, const uint8_t *got, size_t size, const char *how)
{
	int ulp = how ? atoi(how) : 0;
	bool any_nan = how && !strcmp(how, "nan");
	size_t width = ulp < 0 ? 2 : 4;

	for (size_t i = 0; i + width <= size; i += width) {
		u32 e = 0, g = 0;

		memcpy(&e, expected + i, width);
		memcpy(&g, got + i, width);
		if (!near(e, g, ulp, any_nan)) {
			printf("element %zu: 0x%x, expected 0x%x\n", i / width, g, e);
			return 1;
		}
	}
	return 0;
}

static void *read_all(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *data = calloc(1, 1 << 20);

	if (!file || !data) {
		perror(path);
		exit(1);
	}
	*size = fread(data, 1, 1 << 20, file);
	fclose(file);
	return data;
}

int main(int argc, char **argv)
{
	static u32 a[MESA_WORDS], b[MESA_WORDS];
	mesa_program_fn run;
	size_t size, got_size;
	void *got;

	if (argc >= 4 && !strcmp(argv[1], "-c")) {
		void *expected = read_all(argv[2], &size);

		got = read_all(argv[3], &got_size);
		if (got_size < size) {
			printf("%zu bytes, expected %zu\n", got_size, size);
			return 1;
		}
		return compare(expected, got, size, argc > 4 ? argv[4] : NULL);
	}
	run = argc == 3 ? mesa_program(argv[1]) : NULL;
	if (run) {
		got = read_all(argv[2], &size);
		mesa_fill(a, MESA_WORDS);
		run(a, b);
		return compare((uint8_t *)b, got, size < sizeof(b) ? size : sizeof(b), NULL);
	}
	fprintf(stderr, "usage: check NAME FILE, check -c EXPECTED FILE [ULP]\n");
	return 2;
}
