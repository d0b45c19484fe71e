// SPDX-License-Identifier: MIT
/*
 * Products with F32, F16 and BF16 weights.  The contract's sixteen partial sums
 * are four vectors; tiles of rows and tokens share what they load.
 */
#include "compute/ops/matmul.h"

#include <string.h>

#include "compute/type.h"
#include "half.h"
#include "neon.h"
#include "sum.h"

#define VECTORS	4	/* of partial sums */
#define LANES	4
#define STEP	(VECTORS * LANES)

/* As many sums as registers hold: 24 of 32, or on x86 half of 16. */
#if defined(__aarch64__)
#define TILE_ROWS	2
#define TILE_TOKENS	3
#define ROWS_ALONE	4	/* for one token */
#else
#define TILE_ROWS	1
#define TILE_TOKENS	2
#define ROWS_ALONE	2
#endif

#define TILE_MAX	4	/* rows, and tokens, of the largest tile */

INLINE size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

INLINE size_t element_size(enum mutsu_type type)
{
	return type == MUTSU_F32 ? sizeof(float) : sizeof(uint16_t);
}

/* Four weights.  type is a constant where this is inlined. */
INLINE float32x4_t load(enum mutsu_type type, const char *p)
{
	switch (type) {
	case MUTSU_F16:
		return neon_load_half4((const uint16_t *)p);
	case MUTSU_BF16:
		return neon_load_bf16x4((const uint16_t *)p);
	default:
		return vld1q_f32((const float *)p);
	}
}

/* Fewer than four weights, the others minus zero: p + -0 * x is p, even if p is -0. */
INLINE float32x4_t load_some(enum mutsu_type type, const char *p, size_t n)
{
	uint32_t f[LANES] = { 1u << 31, 1u << 31, 1u << 31, 1u << 31 };
	uint16_t h[LANES] = { 1u << 15, 1u << 15, 1u << 15, 1u << 15 };

	if (type == MUTSU_F32) {
		memcpy(f, p, n * sizeof(*f));
		return load(type, (const char *)f);
	}
	memcpy(h, p, n * sizeof(*h));
	return load(type, (const char *)h);
}

/* Activations, the others zero. */
INLINE float32x4_t load_x(const float *x, size_t n)
{
	float some[LANES] = { 0 };

	if (n >= LANES)
		return vld1q_f32(x);
	memcpy(some, x, n * sizeof(*some));
	return vld1q_f32(some);
}

struct tile {
	const char *w[TILE_MAX];
	const float *x[TILE_MAX];
	float32x4_t sum[TILE_MAX][TILE_MAX][VECTORS];
};

/* Elements i to i + n - 1, n at most 4, of all rows and tokens, into vector v. */
INLINE void step(struct tile *s, enum mutsu_type type, size_t rows, size_t tokens, size_t i,
		 size_t v, size_t n)
{
	const size_t size = element_size(type);
	float32x4_t w[TILE_MAX];

	UNROLL
	for (size_t k = 0; k < rows; k++)
		w[k] = n >= LANES ? load(type, s->w[k] + i * size) :
				    load_some(type, s->w[k] + i * size, n);
	UNROLL
	for (size_t l = 0; l < tokens; l++) {
		float32x4_t x = load_x(s->x[l] + i, n);

		UNROLL
		for (size_t k = 0; k < rows; k++)
			s->sum[k][l][v] = vfmaq_f32(s->sum[k][l][v], w[k], x);
	}
}

/* y[t..t+tokens-1][r..r+rows-1]; what is over the edge is computed, not stored. */
INLINE void tile(enum mutsu_type type, const struct mutsu_matmul *a, size_t r, size_t t,
		 size_t rows, size_t tokens)
{
	struct tile s;
	size_t i = 0;

	UNROLL
	for (size_t k = 0; k < rows; k++)
		s.w[k] = (const char *)a->w + least(r + k, a->rows - 1) * a->w_stride;
	UNROLL
	for (size_t l = 0; l < tokens; l++) {
		s.x[l] = (const void *)((const char *)a->x + least(t + l, a->n - 1) * a->x_stride);
		UNROLL
		for (size_t k = 0; k < rows; k++) {
			UNROLL
			for (size_t v = 0; v < VECTORS; v++)
				s.sum[k][l][v] = vdupq_n_f32(0.0f);
		}
	}

	for (; i + STEP <= a->cols; i += STEP) {
		UNROLL
		for (size_t v = 0; v < VECTORS; v++)
			step(&s, type, rows, tokens, i + v * LANES, v, LANES);
	}
	UNROLL
	for (size_t v = 0; v < VECTORS; v++) {
		if (i + v * LANES < a->cols)
			step(&s, type, rows, tokens, i + v * LANES, v, a->cols - i - v * LANES);
	}

	UNROLL
	for (size_t k = 0; k < rows; k++) {
		UNROLL
		for (size_t l = 0; l < tokens; l++) {
			const float32x4_t *sum = s.sum[k][l];

			if (r + k < a->rows && t + l < a->n)
				a->y[(t + l) * a->ldy + r + k] =
					neon_sum8(vaddq_f32(sum[0], sum[2]),
						  vaddq_f32(sum[1], sum[3]));
		}
	}
}

INLINE void matmul(enum mutsu_type type, const struct mutsu_matmul *a)
{
	size_t n = a->n % TILE_TOKENS == 1 ? a->n - 1 : a->n;

	for (size_t r = 0; n && r < a->rows; r += TILE_ROWS)
		for (size_t t = 0; t < n; t += TILE_TOKENS)
			tile(type, a, r, t, TILE_ROWS, TILE_TOKENS);

	/* One token left, or all there is. */
	for (size_t r = 0; n < a->n && r < a->rows; r += ROWS_ALONE)
		tile(type, a, r, n, ROWS_ALONE, 1);
}

MUTSU_MATMUL(mutsu_matmul_f32_neon)
{
	matmul(MUTSU_F32, a);
}

MUTSU_MATMUL(mutsu_matmul_f16_neon)
{
	matmul(MUTSU_F16, a);
}

MUTSU_MATMUL(mutsu_matmul_bf16_neon)
{
	matmul(MUTSU_BF16, a);
}
