// SPDX-License-Identifier: MIT
#include "compute/ops/rope.h"

#include <math.h>

#include "neon.h"

static inline void rotate(float *x0, float *x1, float c, float s)
{
	float a = *x0, b = *x1;

	*x0 = fmaf(a, c, -(b * s));
	*x1 = fmaf(a, s, b * c);
}

static inline void rotate4(float32x4_t *x0, float32x4_t *x1, float32x4_t c, float32x4_t s)
{
	float32x4_t a = *x0, b = *x1;

	*x0 = vfmaq_f32(vnegq_f32(vmulq_f32(b, s)), a, c);
	*x1 = vfmaq_f32(vmulq_f32(b, c), a, s);
}

MUTSU_ROPE(mutsu_rope_norm_neon)
{
	const float *c = cs, *s = cs + n_pairs;

	for (size_t h = 0; h < n_heads; h++, x += head_dim) {
		size_t i;

		for (i = 0; i + 4 <= n_pairs; i += 4) {
			float32x4x2_t v = vld2q_f32(x + 2 * i);

			rotate4(&v.val[0], &v.val[1], vld1q_f32(c + i), vld1q_f32(s + i));
			vst2q_f32(x + 2 * i, v);
		}
		for (; i < n_pairs; i++)
			rotate(&x[2 * i], &x[2 * i + 1], c[i], s[i]);
	}
}

MUTSU_ROPE(mutsu_rope_neox_neon)
{
	const float *c = cs, *s = cs + n_pairs;

	for (size_t h = 0; h < n_heads; h++, x += head_dim) {
		size_t i;

		for (i = 0; i + 4 <= n_pairs; i += 4) {
			float32x4_t x0 = vld1q_f32(x + i), x1 = vld1q_f32(x + n_pairs + i);

			rotate4(&x0, &x1, vld1q_f32(c + i), vld1q_f32(s + i));
			vst1q_f32(x + i, x0);
			vst1q_f32(x + n_pairs + i, x1);
		}
		for (; i < n_pairs; i++)
			rotate(&x[i], &x[i + n_pairs], c[i], s[i]);
	}
}
