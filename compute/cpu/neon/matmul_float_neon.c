// SPDX-License-Identifier: MIT
/*
 * Products with F32, F16 and BF16 weights.  The contract's eight partial sums
 * are two vectors; tiles of rows and tokens give enough of them to keep the
 * multipliers busy.  Halves become floats first: the product of two is exact.
 */
#include "compute/ops/matmul.h"

#include <stdbool.h>
#include <string.h>

#include "compute/type.h"
#include "half.h"
#include "neon.h"

#define TILE_MAX	4	/* rows, and tokens, of the largest tile */

struct eight {
	float32x4_t low, high;
};

INLINE size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

INLINE size_t element_size(enum mutsu_type type)
{
	return type == MUTSU_F32 ? sizeof(float) : sizeof(uint16_t);
}

INLINE float32x4_t bf16_float(uint16x4_t v)
{
	return vreinterpretq_f32_u32(vshlq_n_u32(vmovl_u16(v), 16));
}

/* type is a constant where this is inlined. */
INLINE struct eight load(enum mutsu_type type, const void *p)
{
	const uint16_t *h = p;
	const float *f = p;

	switch (type) {
	case MUTSU_F16:
		return (struct eight){ neon_load_half4(h), neon_load_half4(h + 4) };
	case MUTSU_BF16:
		return (struct eight){ bf16_float(vld1_u16(h)), bf16_float(vld1_u16(h + 4)) };
	default:
		return (struct eight){ vld1q_f32(f), vld1q_f32(f + 4) };
	}
}

/*
 * n < 8 elements, the others such that a product with them adds nothing: zero
 * for activations, minus zero for weights (p + -0 is p even if p is -0).
 */
INLINE struct eight load_tail(enum mutsu_type type, const void *p, size_t n, bool minus)
{
	uint32_t f[8];
	uint16_t h[8];

	if (type == MUTSU_F32) {
		for (size_t i = 0; i < 8; i++)
			f[i] = minus ? 0x80000000 : 0;
		memcpy(f, p, n * sizeof(*f));
		return load(type, f);
	}
	for (size_t i = 0; i < 8; i++)
		h[i] = minus ? 0x8000 : 0;
	memcpy(h, p, n * sizeof(*h));
	return load(type, h);
}

INLINE float fold(struct eight p)
{
	float32x4_t four = vaddq_f32(p.low, p.high);
	float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));

	return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

INLINE void add(struct eight *sum, struct eight w, struct eight x)
{
	sum->low = vfmaq_f32(sum->low, w.low, x.low);
	sum->high = vfmaq_f32(sum->high, w.high, x.high);
}

/* y[t..t+tokens-1][r..r+rows-1]; what is over the edge is computed, not stored. */
INLINE void tile(enum mutsu_type w_type, enum mutsu_type x_type, const struct mutsu_matmul *a,
		 size_t r, size_t t, size_t rows, size_t tokens)
{
	const size_t w_size = element_size(w_type), x_size = element_size(x_type);
	struct eight sum[TILE_MAX][TILE_MAX], wv[TILE_MAX];
	const char *w[TILE_MAX], *x[TILE_MAX];
	size_t i = 0;

	UNROLL
	for (size_t k = 0; k < TILE_MAX; k++) {
		w[k] = (const char *)a->w + least(r + k, a->rows - 1) * a->w_stride;
		x[k] = (const char *)a->x + least(t + k, a->n - 1) * a->x_stride;
		UNROLL
		for (size_t l = 0; l < TILE_MAX; l++)
			sum[k][l].low = sum[k][l].high = vdupq_n_f32(0.0f);
	}

	for (; i + 8 <= a->cols; i += 8) {
		UNROLL
		for (size_t k = 0; k < rows; k++)
			wv[k] = load(w_type, w[k] + i * w_size);
		UNROLL
		for (size_t l = 0; l < tokens; l++) {
			struct eight xv = load(x_type, x[l] + i * x_size);

			UNROLL
			for (size_t k = 0; k < rows; k++)
				add(&sum[k][l], wv[k], xv);
		}
	}

	if (i < a->cols) {
		UNROLL
		for (size_t k = 0; k < rows; k++)
			wv[k] = load_tail(w_type, w[k] + i * w_size, a->cols - i, true);
		UNROLL
		for (size_t l = 0; l < tokens; l++) {
			struct eight xv = load_tail(x_type, x[l] + i * x_size, a->cols - i, false);

			UNROLL
			for (size_t k = 0; k < rows; k++)
				add(&sum[k][l], wv[k], xv);
		}
	}

	UNROLL
	for (size_t k = 0; k < rows; k++) {
		UNROLL
		for (size_t l = 0; l < tokens; l++) {
			if (r + k < a->rows && t + l < a->n)
				a->y[(t + l) * a->ldy + r + k] = fold(sum[k][l]);
		}
	}
}

INLINE void matmul(enum mutsu_type w_type, enum mutsu_type x_type, const struct mutsu_matmul *a)
{
	size_t n = a->n % 4 == 1 ? a->n - 1 : a->n;

	for (size_t r = 0; n && r < a->rows; r += 2)
		for (size_t t = 0; t < n; t += 4)
			tile(w_type, x_type, a, r, t, 2, 4);

	/* One token left, or all there is: four rows are as many sums. */
	for (size_t r = 0; n < a->n && r < a->rows; r += 4)
		tile(w_type, x_type, a, r, n, 4, 1);
}

MUTSU_MATMUL(mutsu_matmul_f32_neon)
{
	matmul(MUTSU_F32, MUTSU_F32, a);
}

MUTSU_MATMUL(mutsu_matmul_f16_neon)
{
	matmul(MUTSU_F16, MUTSU_F16, a);
}

MUTSU_MATMUL(mutsu_matmul_bf16_neon)
{
	matmul(MUTSU_BF16, MUTSU_F32, a);
}
