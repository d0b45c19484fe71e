// SPDX-License-Identifier: MIT
/*
 * The query heads of a group go four, two or one at a time, so that a row of k
 * or v that has been loaded serves them all.  Within such a tile sixteen
 * vectors of sums are in flight, enough to keep four FMA pipes busy: eight dot
 * products of two vectors each, then eight or more elements of out per head.
 *
 * heads, keys and half are constants wherever these functions are inlined.
 */
#include "compute/ops/attention.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "compute/half.h"
#include "compute/ops/exp.h"
#include "compute/ops/softmax.h"

#include "exp.h"
#include "half.h"
#include "neon.h"
#include "sum.h"

/* Eight floats. */
struct f32x8 {
	float32x4_t lo, hi;
};

INLINE struct f32x8 zero8(void)
{
	return (struct f32x8){ vdupq_n_f32(0.0f), vdupq_n_f32(0.0f) };
}

INLINE struct f32x8 fma8(struct f32x8 sum, struct f32x8 a, struct f32x8 b)
{
	sum.lo = vfmaq_f32(sum.lo, a.lo, b.lo);
	sum.hi = vfmaq_f32(sum.hi, a.hi, b.hi);
	return sum;
}

/* Elements i to i + 7 of a row of k or v, or of q (not half). */
INLINE struct f32x8 load8(const void *row, size_t i, bool half)
{
	struct f32x8 x;

	if (half) {
		neon_load_half8(&x.lo, &x.hi, (const uint16_t *)row + i);
	} else {
		x.lo = vld1q_f32((const float *)row + i);
		x.hi = vld1q_f32((const float *)row + i + 4);
	}
	return x;
}

INLINE float load(const void *row, size_t i, bool half)
{
	return half ? mutsu_half_to_float(((const uint16_t *)row)[i]) : ((const float *)row)[i];
}

INLINE const void *row(const void *rows, size_t stride, size_t j)
{
	return (const char *)rows + j * stride;
}

/* Elements from i on, fewer than eight, join the partial sums of a dot product. */
__attribute__((noinline))
static float add_tail(struct f32x8 sum, const float *q, const void *k, size_t i, size_t n,
		      bool half)
{
	float p[8];

	vst1q_f32(p, sum.lo);
	vst1q_f32(p + 4, sum.hi);
	for (; i < n; i++)
		p[i % 8] = fmaf(q[i], load(k, i, half), p[i % 8]);
	return neon_sum8(vld1q_f32(p), vld1q_f32(p + 4));
}

/* scores of some heads, from h, with some keys, from j */
INLINE void score_tile(const struct mutsu_attention *a, size_t h, size_t j,
		       int heads, int keys, bool half)
{
	const float *q = a->q + h * a->head_dim;
	const void *k = row(a->k, a->k_stride, j);
	float *s = a->scores + h * a->n_kv + j;
	struct f32x8 sum[4][8];
	size_t i;

	UNROLL
	for (int x = 0; x < heads; x++) {
		UNROLL
		for (int y = 0; y < keys; y++)
			sum[x][y] = zero8();
	}

	for (i = 0; i + 8 <= a->head_dim; i += 8) {
		struct f32x8 ky[8];

		UNROLL
		for (int y = 0; y < keys; y++)
			ky[y] = load8(row(k, a->k_stride, (size_t)y), i, half);
		UNROLL
		for (int x = 0; x < heads; x++) {
			struct f32x8 qx = load8(q + (size_t)x * a->head_dim, i, false);

			UNROLL
			for (int y = 0; y < keys; y++)
				sum[x][y] = fma8(sum[x][y], qx, ky[y]);
		}
	}

	UNROLL
	for (int x = 0; x < heads; x++) {
		UNROLL
		for (int y = 0; y < keys; y++) {
			float dot = neon_sum8(sum[x][y].lo, sum[x][y].hi);

			if (i < a->head_dim)
				dot = add_tail(sum[x][y], q + (size_t)x * a->head_dim,
					       row(k, a->k_stride, (size_t)y), i, a->head_dim,
					       half);
			s[(size_t)x * a->n_kv + (size_t)y] = a->scale * dot;
		}
	}
}

/* out of some heads, from h, for 8 * eights elements from d */
INLINE void out_tile(const struct mutsu_attention *a, size_t h, size_t d,
		     int heads, int eights, bool half)
{
	const float *p = a->scores + h * a->n_kv;
	float *out = a->out + h * a->head_dim + d;
	struct f32x8 sum[4][8];

	UNROLL
	for (int x = 0; x < heads; x++) {
		UNROLL
		for (int y = 0; y < eights; y++)
			sum[x][y] = zero8();
	}

	for (size_t j = 0; j < a->n_kv; j++) {
		const void *v = row(a->v, a->v_stride, j);
		struct f32x8 vy[8];

		UNROLL
		for (int y = 0; y < eights; y++)
			vy[y] = load8(v, d + 8 * (size_t)y, half);
		UNROLL
		for (int x = 0; x < heads; x++) {
			float32x4_t px = vdupq_n_f32(p[(size_t)x * a->n_kv + j]);

			UNROLL
			for (int y = 0; y < eights; y++)
				sum[x][y] = fma8(sum[x][y], (struct f32x8){ px, px }, vy[y]);
		}
	}

	UNROLL
	for (int x = 0; x < heads; x++) {
		UNROLL
		for (int y = 0; y < eights; y++) {
			vst1q_f32(out + (size_t)x * a->head_dim + 8 * y, sum[x][y].lo);
			vst1q_f32(out + (size_t)x * a->head_dim + 8 * y + 4, sum[x][y].hi);
		}
	}
}

/* out of one head for one element */
static void out_one(const struct mutsu_attention *a, size_t h, size_t d, bool half)
{
	const float *p = a->scores + h * a->n_kv;
	float sum = 0.0f;

	for (size_t j = 0; j < a->n_kv; j++)
		sum = fmaf(p[j], load(row(a->v, a->v_stride, j), d, half), sum);
	a->out[h * a->head_dim + d] = sum;
}

static void soft_limit(float *s, size_t n, float softcap)
{
	const float32x4_t one = vdupq_n_f32(1.0f), two = vdupq_n_f32(2.0f);
	const float32x4_t cap = vdupq_n_f32(softcap);
	size_t i;

	for (i = 0; i + 4 <= n; i += 4) {
		float32x4_t z = vdivq_f32(vld1q_f32(s + i), cap);

		z = vaddq_f32(neon_exp(vmulq_f32(two, z)), one);
		vst1q_f32(s + i, vmulq_f32(cap, vsubq_f32(one, vdivq_f32(two, z))));
	}
	for (; i < n; i++) {
		float z = s[i] / softcap;

		s[i] = softcap * (1.0f - 2.0f / (mutsu_exp(2.0f * z) + 1.0f));
	}
}

INLINE void attend(const struct mutsu_attention *a, size_t h, int heads, bool half)
{
	const int keys = 8 / heads, eights = heads == 1 ? 4 : 2;
	size_t j, d;

	for (j = 0; j + (size_t)keys <= a->n_kv; j += (size_t)keys)
		score_tile(a, h, j, heads, keys, half);
	for (; j < a->n_kv; j++)
		score_tile(a, h, j, heads, 1, half);

	for (int x = 0; x < heads; x++) {
		float *s = a->scores + (h + (size_t)x) * a->n_kv;

		if (a->softcap != 0.0f)
			soft_limit(s, a->n_kv, a->softcap);
		mutsu_softmax_neon(s, a->n_kv);
	}

	for (d = 0; d + 8 * (size_t)eights <= a->head_dim; d += 8 * (size_t)eights)
		out_tile(a, h, d, heads, eights, half);
	for (; d + 8 <= a->head_dim; d += 8)
		out_tile(a, h, d, heads, 1, half);
	for (; d < a->head_dim; d++) {
		for (int x = 0; x < heads; x++)
			out_one(a, h + (size_t)x, d, half);
	}
}

INLINE void attention(const struct mutsu_attention *a, bool half)
{
	size_t h;

	for (h = 0; h + 4 <= a->n_group; h += 4)
		attend(a, h, 4, half);
	for (; h + 2 <= a->n_group; h += 2)
		attend(a, h, 2, half);
	for (; h < a->n_group; h++)
		attend(a, h, 1, half);
}

MUTSU_ATTENTION(mutsu_attention_f32_neon)
{
	attention(a, false);
}

MUTSU_ATTENTION(mutsu_attention_f16_neon)
{
	attention(a, true);
}
