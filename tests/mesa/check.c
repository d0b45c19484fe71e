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

#define MAX_WORDS 16384

typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* agxrun's "rand". */
static void fill(u32 *words, size_t n)
{
	u32 x = 0x12345678;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		words[i] = x;
	}
}

static u32 float_bits(float f)
{
	u32 bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static u32 min(u32 a, u32 b)
{
	return a < b ? a : b;
}

static u32 max(u32 a, u32 b)
{
	return a > b ? a : b;
}

static s32 smin(s32 a, s32 b)
{
	return a < b ? a : b;
}

static s32 smax(s32 a, s32 b)
{
	return a > b ? a : b;
}

/* --- the programs: a is what they read, b what they write ------------------------ */

static void accumulate(const u32 *a, u32 *b)
{
	for (u32 launch = 0; launch < 5; launch++) {
		for (u32 i = 0; i < 1024; i++)
			b[i] = b[i] * 3 + a[1023 - i];
	}
}

static void atomics(const u32 *a, u32 *b)
{
	for (u32 i = 0; i < 32 * 64; i++) {
		u32 v = a[i];

		b[v & 15]++;
		b[16] = max(b[16], v);
		b[17] = max(b[17], ~v);
		b[18] |= v & 0x00ff00ff;
		b[19] ^= v;
		b[20] += v;
		b[21] += v & 3;
		if (!(v & 15))
			b[32 + i / 64]++;
	}
	b[22] = 32;
	for (u32 i = 0; i < 32; i++)
		b[23] += b[32 + i] * (i + 1);
}

static float number(u32 bits)
{
	float f;

	bits = (bits & 0x807fffff) | ((100 + (bits >> 23 & 63)) << 23);
	memcpy(&f, &bits, sizeof(f));
	return f;
}

static void floats(const u32 *a, u32 *b)
{
	for (u32 i = 0; i < 1024; i++, a += 2, b += 8) {
		float x = number(a[0]), y = number(a[1]);

		b[0] = float_bits(x + y);
		b[1] = float_bits(x * y);
		b[2] = float_bits(fmaf(y, y, x));
		b[3] = float_bits(fabsf(x) - y);
		b[4] = float_bits(floorf(x)) ^ float_bits(ceilf(y));
		b[5] = float_bits(truncf(x)) + float_bits(rintf(y));
		b[6] = float_bits(x < y ? fminf(x, 1.0f) : fmaxf(y, -1.0f));
		b[7] = (u32)(s32)fminf(fmaxf(x, -1e6f), 1e6f) + (u32)fminf(fmaxf(y, 0), 1e6f) +
		       float_bits((float)a[0]) + float_bits((float)(s32)a[1]);
	}
}

/* To nearest even; exact sums and products of halves go through double unharmed. */
static uint16_t to_half(double value)
{
	u32 sign = signbit(value) ? 0x8000 : 0, bits;
	int exponent;

	value = fabs(value);
	if (value >= 65520)
		return (uint16_t)(sign | 0x7c00);
	value = frexp(value, &exponent);
	if (exponent < -13 || value == 0)
		bits = (u32)rint(ldexp(value, exponent + 24));
	else
		bits = (u32)((exponent + 13) << 10) + (u32)rint(ldexp(value, 11));
	return (uint16_t)(sign | bits);
}

static double half_number(u32 bits)
{
	u32 half = (bits & 0x7fff) % 0x7c00;
	double value = half >> 10 ? ldexp((half & 0x3ff) + 1024, (int)(half >> 10) - 25) :
				    ldexp(half, -24);

	return bits & 0x8000 ? -value : value;
}

static void half(const u32 *a, u32 *words)
{
	uint16_t *b = (uint16_t *)words;

	for (u32 i = 0; i < 1024; i++, b += 8) {
		double x = half_number(a[i]), y = half_number(a[i] >> 16);

		b[0] = to_half(x + y);
		b[1] = to_half(x * y);
		b[2] = to_half(fabs(x) - y);
		b[3] = to_half(x * 3);
		b[4] = to_half(x < y ? x : -y);
		b[5] = to_half(floor(x)) ^ to_half(ceil(y));
		b[6] = (uint16_t)((s32)x + (x == y));
		b[7] = to_half((s32)a[i] >> 20);
	}
}

static void int64(const u32 *words, u32 *out)
{
	const u64 *a = (const u64 *)words;
	u64 *b = (u64 *)out;

	for (u32 i = 0; i < 512; i++, a += 2, b += 8) {
		u64 x = a[0], y = a[1], d = y >> (x & 63) | 1;
		s64 sx = (s64)x, sy = (s64)y;

		b[0] = x + y;
		b[1] = x - (y << 3);
		b[2] = x * y;
		b[3] = (x << (y & 63)) ^ (y >> (x & 63));
		b[4] = (u64)(sx >> (y & 63)) + (u64)(sx < sy ? sx : sy) + (x > y ? x : y);
		b[5] = x / d;
		b[6] = (u64)(sx / (s64)(d >> 3 | 1));
		b[7] = (u64)(x < y) + 2 * (u64)(sx < sy) + 4 * (u64)(sx >= 0) +
		       16 * (u64)__builtin_popcountll(x >> 32);
	}
}

/* One turn of the inner loop; false: leave it, and with *finish all of them. */
static bool turn(u32 v, u32 k, u32 *sum, bool *finish)
{
	bool leave = false;

	switch (v & 7) {
	case 0:
		return true;
	case 1:
		*sum ^= v;
		*sum += k;
		break;
	case 2:
		*sum += k;
		break;
	case 3:
		while (v > 9) {
			v = v / 3 - (v & 1);
			if (v == 27)
				break;
			if (!(v & 4))
				*sum += v;
		}
		break;
	case 4:
		leave = !(v & 0xf00);
		break;
	default:
		*sum = *sum * 5 + 1;
	}
	*finish = !leave && (*sum & 0x3ff) == 77;
	return !leave && !*finish;
}

static u32 loop(const u32 *a, u32 i)
{
	u32 sum = 0, steps = 0;
	bool finish = false;

	for (u32 j = 0; j < (a[i] & 7) + 2; j++) {
		for (u32 k = j; k < 20; k++) {
			steps++;
			if (!turn(a[(i + 31 * j + k) & 1023], k, &sum, &finish))
				break;
		}
		if (finish)
			return ~sum;
		if ((sum & 15) != 3)
			sum += steps;
	}
	return sum;
}

static void loops(const u32 *a, u32 *b)
{
	for (u32 i = 0; i < 1024; i++)
		b[i] = loop(a, i);
}

static void matrix(const u32 *a, u32 *c)
{
	enum { M = 50, N = 39, K = 61 };

	/* Both operands are made alike. */
	for (u32 y = 0; y < M; y++) {
		for (u32 x = 0; x < N; x++) {
			u32 sum = 0;

			for (u32 k = 0; k < K; k++)
				sum += (a[y * K + k] & 15) * (a[k * N + x] & 15);
			c[y * N + x] = float_bits((float)sum);
		}
	}
}

static void scan(const u32 *a, u32 *b)
{
	for (u32 i = 0; i < 4000; i++)
		b[i] = a[i] + (i % 1000 ? b[i - 1] : 0);
}

static void sort(const u32 *a, u32 *b)
{
	for (u32 i = 0; i < 3 * 37; i++) {
		u32 n = 40 + (i & 15), hash = 0, v[64];

		for (u32 k = 0; k < n; k++) {
			u32 x = a[(i * 7 + k) & 1023], at = k;

			for (; at && v[at - 1] > x; at--)
				v[at] = v[at - 1];
			v[at] = x;
		}
		for (u32 k = 0; k < n; k++)
			hash = hash * 31 + v[(k + v[k] % n) % n];
		b[i] = hash;
	}
}

/* What a SIMD-group of n lanes has in common. */
struct across {
	u32 add, min, max, and, or, xor, ballot, zeroes, zeroes_sum, ones, ones_max;
	s32 smin, smax;
	bool all, any;
};

static struct across reduce(const u32 *v, u32 n)
{
	struct across r = {
		.min = ~0u, .and = ~0u, .smin = INT32_MAX, .smax = INT32_MIN, .all = true,
	};

	for (u32 l = 0; l < n; l++) {
		r.add += v[l];
		r.min = min(r.min, v[l]);
		r.max = max(r.max, v[l]);
		r.smin = smin(r.smin, (s32)v[l]);
		r.smax = smax(r.smax, (s32)v[l]);
		r.and &= v[l] | 0xffff;
		r.or |= v[l] & 0xf0f0;
		r.xor ^= v[l];
		r.ballot |= (v[l] & 1) << l;
		r.all &= v[l] > 1000;
		r.any |= v[l] < 0x10000000;
		if ((v[l] & 3) == 0) {
			r.zeroes++;
			r.zeroes_sum += l + 1;
		} else if ((v[l] & 3) == 1) {
			r.ones++;
			r.ones_max = l;
		}
	}
	return r;
}

static void subgroup_lanes(const u32 *v, u32 n, u32 *b)
{
	struct across r = reduce(v, n);
	u32 sum = 0, or = 0, top = 0, zeroes = 0, others = 0;

	for (u32 l = 0; l < n; l++, b += 16) {
		b[0] = r.add;
		b[1] = r.min ^ r.max;
		b[2] = (u32)r.smin + (u32)r.smax;
		b[3] = r.and + r.or + r.xor;
		b[5] = sum;
		b[4] = sum += v[l];
		top = max(top, v[l]);
		b[6] = top - or;
		or |= v[l];
		b[7] = r.ballot;
		b[8] = v[(l * 5 + 1) % n];
		b[9] = v[l ^ 9];
		b[10] = v[0] + v[5];
		for (u32 i = l & ~7u; i < (l & ~7u) + 8; i++)
			b[11] += v[i];
		b[12] = v[l ^ 1] + 3 * v[l ^ 3];
		if ((v[l] & 3) == 0)
			b[13] = r.zeroes_sum + (zeroes++ ? 0 : 1000);
		else if ((v[l] & 3) == 1)
			b[13] = r.ones_max + r.ones * 100;
		else
			b[13] = others++;
		b[14] = r.all + 2 * (u32)r.any;
		b[15] = l >= 2 ? v[l - 2] : 0;
	}
}

static void subgroup(const u32 *a, u32 *b)
{
	for (u32 group = 0; group < 4; group++, a += 80, b += 80 * 16) {
		subgroup_lanes(a, 32, b);
		subgroup_lanes(a + 32, 32, b + 32 * 16);
		subgroup_lanes(a + 64, 16, b + 64 * 16);
	}
}

static const struct program {
	const char *name;
	void (*run)(const u32 *a, u32 *b);
} programs[] = {
	{ "accumulate", accumulate }, { "atomics", atomics }, { "floats", floats },
	{ "half", half }, { "int64", int64 }, { "loops", loops }, { "matrix", matrix },
	{ "scan", scan }, { "sort", sort }, { "subgroup", subgroup },
};

/* --- comparing ------------------------------------------------------------------------- */

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
	static u32 a[MAX_WORDS], b[MAX_WORDS];
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
	for (size_t i = 0; argc == 3 && i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (strcmp(programs[i].name, argv[1]))
			continue;
		got = read_all(argv[2], &size);
		fill(a, MAX_WORDS);
		programs[i].run(a, b);
		return compare((uint8_t *)b, got, size < sizeof(b) ? size : sizeof(b), NULL);
	}
	fprintf(stderr, "usage: check NAME FILE, check -c EXPECTED FILE [ULP]\n");
	return 2;
}
