// SPDX-License-Identifier: MIT
#include "programs.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* agxrun's "rand". */
void mesa_fill(uint32_t *words, size_t n)
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

static void bytes(const u32 *a, u32 *b)
{
	const int8_t *q = (const int8_t *)a;

	for (u32 i = 0; i < 512; i++, a += 4, q += 16, b += 4) {
		s32 dot = 0, nibbles = 0;

		for (u32 k = 0; k < 8; k++) {
			dot += q[k] * q[8 + k];
			nibbles += (s32)((a[k / 4] >> k % 4 * 8 & 15) * (u32)k) - 8;
			nibbles += (s32)((a[k / 4] >> (k % 4 * 8 + 4) & 15) * (u32)k) - 8;
		}
		b[0] = (u32)dot;
		b[1] = (u32)nibbles;
		b[2] = float_bits((float)q[3] * 0.25f + (float)(uint8_t)q[5]);
		b[3] = (uint8_t)(q[0] + q[1]) | (u32)(uint8_t)smin(q[2], q[3]) << 8 |
		       (u32)(uint8_t)max((uint8_t)q[4], (uint8_t)q[5]) << 16 |
		       (u32)(uint8_t)(q[6] >> 3) << 24;
	}
}

static void groups(const u32 *a, u32 *b)
{
	for (u32 i = 0; i < 4 * 2 * 3 * 30; i++) {
		u32 l = i % 30, gx = i / 30 % 4, gy = i / 120 % 2, gz = i / 240;
		u32 x = gx * 5 + l % 5, y = gy * 3 + l / 5 % 3, z = gz * 2 + l / 15;

		b[(z * 6 + y) * 20 + x] = a[l] + (gx | gy << 4 | gz << 8) * 0x1000 + l;
	}
}

static void sums(const u32 *a, u32 *b)
{
	for (u32 i = 0; i < 2048; i++)
		b[i / 256] += a[i] & 0xffff;
	for (u32 i = 0; i < 8; i++)
		b[i] = float_bits((float)b[i]);
}

/* The push constants are in the options: 2.5 and 1000. */
static void saxpy(const u32 *a, u32 *b)
{
	for (u32 i = 0; i < 1000; i++)
		b[i] = float_bits(fmaf(2.5f, (float)(a[i] >> 8), (float)(s32)a[1023 - i]));
}

static void spill(const u32 *a, u32 *b)
{
	for (u32 i = 0; i < 64; i++, b += 144) {
		u32 sum = 0;

		for (u32 k = 0; k < 144; k++)
			sum += a[i * 144 + k] ^ a[i * 144 + (k * 7 + 3) % 144];
		for (u32 k = 0; k < 144; k++)
			b[k] = a[i * 144 + (k * 11 + 5) % 144] * sum;
	}
}

/* The uniform buffer is a second one with the same contents. */
static void uniform(const u32 *a, u32 *b)
{
	for (u32 i = 0; i < 1024; i++)
		b[i] = a[i] * a[i & 63] + a[4 * (i / 128)];
}

static const struct {
	const char *name;
	mesa_program_fn run;
} programs[] = {
	{ "accumulate", accumulate }, { "atomics", atomics }, { "bytes", bytes },
	{ "floats", floats }, { "groups", groups }, { "half", half }, { "int64", int64 },
	{ "loops", loops }, { "matrix", matrix }, { "saxpy", saxpy }, { "scan", scan },
	{ "sort", sort }, { "spill", spill }, { "subgroup", subgroup }, { "sums", sums },
	{ "uniform", uniform },
};

mesa_program_fn mesa_program(const char *name)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (!strcmp(programs[i].name, name))
			return programs[i].run;
	}
	return NULL;
}
