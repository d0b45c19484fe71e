// SPDX-License-Identifier: MIT
/*
 * Matrix products, by definition: one dot product per element of y, in the
 * order that compute/ops/matmul.h fixes.
 */
#include "compute/ops/matmul.h"

#include <math.h>
#include <stdbool.h>

#include "blocks.h"
#include "compute/half.h"
#include "sum.h"

static const void *w_row(const struct mutsu_matmul *a, size_t r)
{
	return (const char *)a->w + r * a->w_stride;
}

static const void *x_row(const struct mutsu_matmul *a, size_t t)
{
	return (const char *)a->x + t * a->x_stride;
}

static float fold(float p[16])
{
	for (int i = 0; i < 8; i++)
		p[i] += p[i + 8];
	return sum8(p);
}

static float f32_at(const void *w, size_t i)
{
	return ((const float *)w)[i];
}

static float f16_at(const void *w, size_t i)
{
	return mutsu_half_to_float(((const uint16_t *)w)[i]);
}

static float bf16_at(const void *w, size_t i)
{
	return mutsu_bf16_to_float(((const uint16_t *)w)[i]);
}

static inline void matmul_float(const struct mutsu_matmul *a,
				float (*at)(const void *w, size_t i))
{
	for (size_t t = 0; t < a->n; t++) {
		const float *x = x_row(a, t);

		for (size_t r = 0; r < a->rows; r++) {
			const void *w = w_row(a, r);
			float p[16] = { 0 };

			for (size_t i = 0; i < a->cols; i++)
				p[i % 16] = fmaf(at(w, i), x[i], p[i % 16]);
			a->y[t * a->ldy + r] = fold(p);
		}
	}
}

MUTSU_MATMUL(mutsu_matmul_f32_ref)
{
	matmul_float(a, f32_at);
}

MUTSU_MATMUL(mutsu_matmul_f16_ref)
{
	matmul_float(a, f16_at);
}

MUTSU_MATMUL(mutsu_matmul_bf16_ref)
{
	matmul_float(a, bf16_at);
}

/* How a row of weights of a type becomes blocks. */
struct format {
	mutsu_unpack_fn *unpack;
	size_t size;
	bool has_min;
};

static float dot_q8(const char *w, const struct mutsu_q8 *x, size_t n, const struct format *f)
{
	struct mutsu_block u;
	float sum = 0.0f;

	for (; n; n--, w += f->size, x++) {
		int32_t dot = 0;

		f->unpack(&u, w);
		for (int i = 0; i < MUTSU_QK; i++)
			dot += u.q[i] * x->q[i];
		sum = fmaf(u.d * x->d, (float)dot, sum);
		if (f->has_min)
			sum = fmaf(u.m, x->s, sum);
	}
	return sum;
}

static float dot_q8k(const char *w, const struct mutsu_q8k *x, size_t n, const struct format *f)
{
	struct mutsu_block u;
	float sum = 0.0f;

	for (; n; n--, w += f->size, x++) {
		int32_t isum = 0, msum = 0;

		f->unpack(&u, w);
		for (int g = 0; g < MUTSU_QK_K / 16; g++) {
			int32_t dot = 0;

			for (int i = 16 * g; i < 16 * g + 16; i++)
				dot += u.q[i] * x->q[i];
			isum += u.scale[g] * dot;
			msum += u.min[g] * x->bsum[g];
		}
		sum = fmaf(u.d * x->d, (float)isum, sum);
		if (f->has_min)
			sum = fmaf(-(u.m * x->d), (float)msum, sum);
	}
	return sum;
}

static void matmul_q8(const struct mutsu_matmul *a, struct format f)
{
	for (size_t t = 0; t < a->n; t++)
		for (size_t r = 0; r < a->rows; r++)
			a->y[t * a->ldy + r] = dot_q8(w_row(a, r), x_row(a, t),
						      a->cols / MUTSU_QK, &f);
}

static void matmul_q8k(const struct mutsu_matmul *a, struct format f)
{
	for (size_t t = 0; t < a->n; t++)
		for (size_t r = 0; r < a->rows; r++)
			a->y[t * a->ldy + r] = dot_q8k(w_row(a, r), x_row(a, t),
						       a->cols / MUTSU_QK_K, &f);
}

#define MATMUL(type, act, has_min)					\
MUTSU_MATMUL(mutsu_matmul_##type##_ref)					\
{									\
	matmul_##act(a, (struct format){ mutsu_unpack_##type,		\
					 sizeof(struct mutsu_##type), has_min }); \
}

MATMUL(q4_0, q8, false)
MATMUL(q4_1, q8, true)
MATMUL(q5_0, q8, false)
MATMUL(q5_1, q8, true)
MATMUL(q8_0, q8, false)
MATMUL(iq4_nl, q8, false)
MATMUL(q2_k, q8k, true)
MATMUL(q3_k, q8k, false)
MATMUL(q4_k, q8k, true)
MATMUL(q5_k, q8k, true)
MATMUL(q6_k, q8k, false)
MATMUL(iq4_xs, q8k, false)
