/* SPDX-License-Identifier: MIT */
/*
 * Matrix products with quantised weights, written once for all types.
 *
 * DOT16(acc, w, x) adds sixteen products to the four lanes of acc, in any
 * distribution; a file for CPUs that have an instruction for it defines it before
 * it includes this.  The rest is tiles whose float sums are one to a lane: a lane
 * sees its blocks in order, as the contract asks, and no float ever moves across.
 *
 *	1 token, 4 rows: lanes are rows (a matrix-vector product)
 *	4 tokens, 2 rows: lanes are tokens, a vector for each row; what unpacking
 *		costs is paid once for four
 *
 * A tile that reaches over the edge computes its last row or token again, and
 * does not store it.
 */
#ifndef COMPUTE_CPU_NEON_MATMUL_QUANT_H
#define COMPUTE_CPU_NEON_MATMUL_QUANT_H

#include "compute/ops/matmul.h"
#include "scales.h"

#ifndef DOT16
#define DOT16	dot16
#endif

#define TILE_MAX	4	/* rows, and tokens, of the largest tile */

/* Where the rows of a tile and its tokens are; moves on block by block. */
struct tile {
	const char *w[TILE_MAX];
	const char *x[TILE_MAX];
};

/* Any arm64.  Two products fit 16 bits because activations are never -128. */
INLINE int32x4_t dot16(int32x4_t acc, int8x16_t w, int8x16_t x)
{
	int16x8_t pairs = vmull_s8(vget_low_s8(w), vget_low_s8(x));

	return vpadalq_s16(acc, vmlal_high_s8(pairs, w, x));
}

INLINE size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

INLINE void tile_init(struct tile *tile, const struct mutsu_matmul *a, size_t r, size_t t)
{
	UNROLL
	for (size_t i = 0; i < TILE_MAX; i++) {
		tile->w[i] = (const char *)a->w + least(r + i, a->rows - 1) * a->w_stride;
		tile->x[i] = (const char *)a->x + least(t + i, a->n - 1) * a->x_stride;
	}
}

INLINE void tile_next(struct tile *tile, enum mutsu_type type)
{
	size_t x_size = is_super(type) ? sizeof(struct mutsu_q8k) : sizeof(struct mutsu_q8);

	UNROLL
	for (int i = 0; i < TILE_MAX; i++) {
		tile->w[i] += block_size(type);
		tile->x[i] += x_size;
	}
}

INLINE float32x4_t four(float a, float b, float c, float d)
{
	float32x4_t v = vdupq_n_f32(a);

	v = vsetq_lane_f32(b, v, 1);
	v = vsetq_lane_f32(c, v, 2);
	return vsetq_lane_f32(d, v, 3);
}

INLINE const int8_t *x_q(enum mutsu_type type, const char *x)
{
	return is_super(type) ? ((const struct mutsu_q8k *)x)->q : ((const struct mutsu_q8 *)x)->q;
}

INLINE float x_d(const char *x)
{
	return *(const float *)x;	/* both forms begin with it */
}

INLINE float x_s(const char *x)
{
	return ((const struct mutsu_q8 *)x)->s;
}

/* Lane i: the sum of the lanes of v[i]. */
INLINE int32x4_t sum_lanes(const int32x4_t v[4])
{
	return vpaddq_s32(vpaddq_s32(v[0], v[1]), vpaddq_s32(v[2], v[3]));
}

/*
 * v[r * tokens + t]: lanes that add up to the integer dot product of one block
 * of row r and token t, scales of sub-blocks included.
 */
INLINE void tile_dot(enum mutsu_type type, int32x4_t *v, const struct tile *tile,
		     int rows, int tokens)
{
	const int32x4_t zero = vdupq_n_s32(0);
	const unsigned int parts = block_len(type) / 32;
	int32_t scale[TILE_MAX][16];

	UNROLL
	for (int r = 0; r < rows; r++)
		block_scales(type, scale[r], tile->w[r]);
	UNROLL
	for (int i = 0; i < rows * tokens; i++)
		v[i] = zero;

	for (unsigned int j = 0; j < parts; j++) {
		int8x16_t w[TILE_MAX][2];

		UNROLL
		for (int r = 0; r < rows; r++)
			unpack(type, w[r], tile->w[r], j);
		UNROLL
		for (int t = 0; t < tokens; t++) {
			int8x16_t x0 = vld1q_s8(x_q(type, tile->x[t]) + 32 * j);
			int8x16_t x1 = vld1q_s8(x_q(type, tile->x[t]) + 32 * j + 16);

			UNROLL
			for (int r = 0; r < rows; r++) {
				int32x4_t *sum = &v[r * tokens + t];
				int32x4_t dot = DOT16(zero, w[r][0], x0);

				if (has_16(type)) {
					*sum = vmlaq_n_s32(*sum, dot, scale[r][2 * j]);
					dot = DOT16(zero, w[r][1], x1);
					*sum = vmlaq_n_s32(*sum, dot, scale[r][2 * j + 1]);
				} else if (is_super(type)) {
					dot = DOT16(dot, w[r][1], x1);
					*sum = vmlaq_n_s32(*sum, dot, scale[r][j]);
				} else {
					*sum = DOT16(dot, w[r][1], x1);
				}
			}
		}
	}
}

/* The same for the sums that go with minimums, of 256-element types. */
INLINE void tile_msum(enum mutsu_type type, int32x4_t *v, const struct tile *tile,
		      int rows, int tokens)
{
	UNROLL
	for (int r = 0; r < rows; r++) {
		UNROLL
		for (int t = 0; t < tokens; t++)
			v[r * tokens + t] = block_msum(type, tile->w[r], (const void *)tile->x[t]);
	}
}

/* One step of the contract's float sum, four of them: w and x by lane. */
INLINE float32x4_t add_block(float32x4_t sum, float32x4_t w_d, float32x4_t x_d4, int32x4_t dot)
{
	return vfmaq_f32(sum, vmulq_f32(w_d, x_d4), vcvtq_f32_s32(dot));
}

INLINE float32x4_t add_min(enum mutsu_type type, float32x4_t sum, float32x4_t w_m,
			   float32x4_t x_s4, int32x4_t msum)
{
	if (is_super(type))
		return vfmaq_f32(sum, vnegq_f32(vmulq_f32(w_m, x_s4)), vcvtq_f32_s32(msum));
	return vfmaq_f32(sum, w_m, x_s4);
}

/* y[t][r..r+3] */
INLINE void tile_1x4(enum mutsu_type type, const struct mutsu_matmul *a, size_t r, size_t t)
{
	float32x4_t sum = vdupq_n_f32(0.0f);
	size_t blocks = a->cols / block_len(type);
	struct tile tile;
	float out[4];

	tile_init(&tile, a, r, t);
	for (size_t b = 0; b < blocks; b++) {
		float32x4_t d = four(block_d(type, tile.w[0]), block_d(type, tile.w[1]),
				     block_d(type, tile.w[2]), block_d(type, tile.w[3]));
		int32x4_t v[4];

		tile_dot(type, v, &tile, 4, 1);
		sum = add_block(sum, d, vdupq_n_f32(x_d(tile.x[0])), sum_lanes(v));
		if (has_min(type)) {
			float x = is_super(type) ? x_d(tile.x[0]) : x_s(tile.x[0]);
			int32x4_t msum = vdupq_n_s32(0);

			if (is_super(type)) {
				tile_msum(type, v, &tile, 4, 1);
				msum = sum_lanes(v);
			}
			d = four(block_m(type, tile.w[0]), block_m(type, tile.w[1]),
				 block_m(type, tile.w[2]), block_m(type, tile.w[3]));
			sum = add_min(type, sum, d, vdupq_n_f32(x), msum);
		}
		tile_next(&tile, type);
	}

	vst1q_f32(out, sum);
	memcpy(a->y + t * a->ldy + r, out, least(a->rows - r, 4) * sizeof(*out));
}

/* y[t..t+3][r..r+1] */
INLINE void tile_4x2(enum mutsu_type type, const struct mutsu_matmul *a, size_t r, size_t t)
{
	float32x4_t sum[2] = { vdupq_n_f32(0.0f), vdupq_n_f32(0.0f) };
	size_t blocks = a->cols / block_len(type);
	struct tile tile;
	float out[4];

	tile_init(&tile, a, r, t);
	for (size_t b = 0; b < blocks; b++) {
		float32x4_t x = four(x_d(tile.x[0]), x_d(tile.x[1]),
				     x_d(tile.x[2]), x_d(tile.x[3]));
		int32x4_t v[8];

		tile_dot(type, v, &tile, 2, 4);
		UNROLL
		for (int i = 0; i < 2; i++)
			sum[i] = add_block(sum[i], vdupq_n_f32(block_d(type, tile.w[i])), x,
					   sum_lanes(v + 4 * i));
		if (has_min(type)) {
			if (is_super(type))
				tile_msum(type, v, &tile, 2, 4);
			else
				x = four(x_s(tile.x[0]), x_s(tile.x[1]),
					 x_s(tile.x[2]), x_s(tile.x[3]));
			UNROLL
			for (int i = 0; i < 2; i++)
				sum[i] = add_min(type, sum[i],
						 vdupq_n_f32(block_m(type, tile.w[i])), x,
						 is_super(type) ? sum_lanes(v + 4 * i) : v[0]);
		}
		tile_next(&tile, type);
	}

	UNROLL
	for (size_t i = 0; i < 2; i++) {
		if (r + i >= a->rows)
			break;
		vst1q_f32(out, sum[i]);
		for (size_t j = 0; j < least(a->n - t, 4); j++)
			a->y[(t + j) * a->ldy + r + i] = out[j];
	}
}

/* One token. */
INLINE void matmul_1(enum mutsu_type type, const struct mutsu_matmul *a, size_t t)
{
	for (size_t r = 0; r < a->rows; r += 4)
		tile_1x4(type, a, r, t);
}

/* A token that is left over would waste a tile of four. */
INLINE void matmul_4x2(enum mutsu_type type, const struct mutsu_matmul *a)
{
	size_t n = a->n % 4 == 1 ? a->n - 1 : a->n;

	for (size_t r = 0; n && r < a->rows; r += 2)
		for (size_t t = 0; t < n; t += 4)
			tile_4x2(type, a, r, t);
	if (n < a->n)
		matmul_1(type, a, n);
}

/* Defines mutsu_matmul_*_isa for all types as calls of matmul(type, a). */
#define MATMUL_QUANT(isa, matmul)						\
MUTSU_MATMUL(mutsu_matmul_q4_0_##isa) { matmul(MUTSU_Q4_0, a); }		\
MUTSU_MATMUL(mutsu_matmul_q4_1_##isa) { matmul(MUTSU_Q4_1, a); }		\
MUTSU_MATMUL(mutsu_matmul_q5_0_##isa) { matmul(MUTSU_Q5_0, a); }		\
MUTSU_MATMUL(mutsu_matmul_q5_1_##isa) { matmul(MUTSU_Q5_1, a); }		\
MUTSU_MATMUL(mutsu_matmul_q8_0_##isa) { matmul(MUTSU_Q8_0, a); }		\
MUTSU_MATMUL(mutsu_matmul_q2_k_##isa) { matmul(MUTSU_Q2_K, a); }		\
MUTSU_MATMUL(mutsu_matmul_q3_k_##isa) { matmul(MUTSU_Q3_K, a); }		\
MUTSU_MATMUL(mutsu_matmul_q4_k_##isa) { matmul(MUTSU_Q4_K, a); }		\
MUTSU_MATMUL(mutsu_matmul_q5_k_##isa) { matmul(MUTSU_Q5_K, a); }		\
MUTSU_MATMUL(mutsu_matmul_q6_k_##isa) { matmul(MUTSU_Q6_K, a); }		\
MUTSU_MATMUL(mutsu_matmul_iq4_nl_##isa) { matmul(MUTSU_IQ4_NL, a); }		\
MUTSU_MATMUL(mutsu_matmul_iq4_xs_##isa) { matmul(MUTSU_IQ4_XS, a); }

#endif
