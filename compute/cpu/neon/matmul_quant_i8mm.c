// SPDX-License-Identifier: MIT
/*
 * Products with quantised weights where there is smmla (M2 and later), which
 * multiplies two rows with two tokens: tiles of four tokens and four rows are
 * 2x2 products, each a vector of lanes
 *
 *	row 0 token 0, row 0 token 1, row 1 token 0, row 1 token 1
 *
 * that hold whole integer sums, so nothing has to be added across lanes.  One
 * token alone is done with sdot.
 */
#define DOT16	vdotq_s32

#include "matmul_quant.h"

/* Sixteen bytes of two rows (or tokens) as two operands of smmla. */
struct pair {
	int8x16_t low, high;
};

INLINE struct pair interleave(int8x16_t a, int8x16_t b)
{
	int64x2_t a2 = vreinterpretq_s64_s8(a), b2 = vreinterpretq_s64_s8(b);
	struct pair pair = {
		vreinterpretq_s8_s64(vzip1q_s64(a2, b2)),
		vreinterpretq_s8_s64(vzip2q_s64(a2, b2)),
	};

	return pair;
}

INLINE int32x4_t mmla16(int32x4_t acc, struct pair w, struct pair x)
{
	return vmmlaq_s32(vmmlaq_s32(acc, w.low, x.low), w.high, x.high);
}

INLINE int32x4_t scale2(int32_t scale[2][16], unsigned int i)
{
	return vcombine_s32(vdup_n_s32(scale[0][i]), vdup_n_s32(scale[1][i]));
}

INLINE float32x4_t two_floats(float a, float b)
{
	return vcombine_f32(vdup_n_f32(a), vdup_n_f32(b));
}

/* v[2 * i + j]: dot products of one block of row pair i and token pair j. */
INLINE void tile_mmla(enum mutsu_type type, int32x4_t v[4], const struct tile *tile)
{
	const int32x4_t zero = vdupq_n_s32(0);
	const unsigned int parts = block_len(type) / 32;
	int32_t scale[2][2][16];

	UNROLL
	for (int i = 0; i < 4; i++) {
		block_scales(type, scale[i / 2][i % 2], tile->w[i]);
		v[i] = zero;
	}

	for (unsigned int k = 0; k < parts; k++) {
		struct pair x[2][2];

		UNROLL
		for (int j = 0; j < 2; j++) {
			const int8_t *even = x_q(type, tile->x[2 * j]) + 32 * k;
			const int8_t *odd = x_q(type, tile->x[2 * j + 1]) + 32 * k;

			x[j][0] = interleave(vld1q_s8(even), vld1q_s8(odd));
			x[j][1] = interleave(vld1q_s8(even + 16), vld1q_s8(odd + 16));
		}
		UNROLL
		for (int i = 0; i < 2; i++) {
			int8x16_t w_even[2], w_odd[2];
			struct pair w[2];

			unpack(type, w_even, tile->w[2 * i], k);
			unpack(type, w_odd, tile->w[2 * i + 1], k);
			w[0] = interleave(w_even[0], w_odd[0]);
			w[1] = interleave(w_even[1], w_odd[1]);
			UNROLL
			for (int j = 0; j < 2; j++) {
				int32x4_t *sum = &v[2 * i + j];
				int32x4_t dot = mmla16(zero, w[0], x[j][0]);

				if (has_16(type)) {
					*sum = vmlaq_s32(*sum, dot, scale2(scale[i], 2 * k));
					dot = mmla16(zero, w[1], x[j][1]);
					*sum = vmlaq_s32(*sum, dot, scale2(scale[i], 2 * k + 1));
				} else if (is_super(type)) {
					dot = mmla16(dot, w[1], x[j][1]);
					*sum = vmlaq_s32(*sum, dot, scale2(scale[i], k));
				} else {
					*sum = mmla16(dot, w[1], x[j][1]);
				}
			}
		}
	}
}

/* The minimums' part of row pair i and token pair j, in the same lanes. */
INLINE float32x4_t pair_min(enum mutsu_type type, float32x4_t sum, const struct tile *tile,
			    int i, int j)
{
	const char *w0 = tile->w[2 * i], *w1 = tile->w[2 * i + 1];
	const char *x0 = tile->x[2 * j], *x1 = tile->x[2 * j + 1];
	float32x4_t m = two_floats(block_m(type, w0), block_m(type, w1));
	int32x4_t v[4];

	if (!is_super(type))
		return add_min(type, sum, m, four(x_s(x0), x_s(x1), x_s(x0), x_s(x1)),
			       vdupq_n_s32(0));

	v[0] = block_msum(type, w0, (const void *)x0);
	v[1] = block_msum(type, w0, (const void *)x1);
	v[2] = block_msum(type, w1, (const void *)x0);
	v[3] = block_msum(type, w1, (const void *)x1);
	return add_min(type, sum, m, four(x_d(x0), x_d(x1), x_d(x0), x_d(x1)), sum_lanes(v));
}

/* y[t..t+3][r..r+3] */
INLINE void tile_4x4(enum mutsu_type type, const struct mutsu_matmul *a, size_t r, size_t t)
{
	size_t blocks = a->cols / block_len(type);
	float32x4_t sum[4];
	struct tile tile;
	float out[4];

	UNROLL
	for (int i = 0; i < 4; i++)
		sum[i] = vdupq_n_f32(0.0f);

	tile_init(&tile, a, r, t);
	for (size_t b = 0; b < blocks; b++) {
		int32x4_t v[4];

		tile_mmla(type, v, &tile);
		UNROLL
		for (int p = 0; p < 4; p++) {
			const char *const *w = tile.w + p / 2 * 2, *const *x = tile.x + p % 2 * 2;

			sum[p] = add_block(sum[p],
					   two_floats(block_d(type, w[0]), block_d(type, w[1])),
					   four(x_d(x[0]), x_d(x[1]), x_d(x[0]), x_d(x[1])), v[p]);
			if (has_min(type))
				sum[p] = pair_min(type, sum[p], &tile, p / 2, p % 2);
		}
		tile_next(&tile, type);
	}

	UNROLL
	for (size_t p = 0; p < 4; p++) {
		vst1q_f32(out, sum[p]);
		for (size_t l = 0; l < 4; l++) {
			size_t row = r + p / 2 * 2 + l / 2, token = t + p % 2 * 2 + l % 2;

			if (row < a->rows && token < a->n)
				a->y[token * a->ldy + row] = out[l];
		}
	}
}

INLINE void matmul_4x4(enum mutsu_type type, const struct mutsu_matmul *a)
{
	size_t n = a->n % 4 == 1 ? a->n - 1 : a->n;

	for (size_t r = 0; n && r < a->rows; r += 4)
		for (size_t t = 0; t < n; t += 4)
			tile_4x4(type, a, r, t);
	if (n < a->n)
		matmul_1(type, a, n);
}

MATMUL_QUANT(i8mm, matmul_4x4)
