// SPDX-License-Identifier: MIT
#include "compute/ops/softmax.h"

#include "compute/ops/exp.h"

#include "exp.h"
#include "neon.h"
#include "sum.h"

/* Where there is NaN the result does not matter: all of softmax is NaN then. */
static float maximum(const float *x, size_t n)
{
	float32x4_t four = vdupq_n_f32(x[0]);
	float max;
	size_t i;

	for (i = 0; i + 4 <= n; i += 4)
		four = vmaxq_f32(four, vld1q_f32(x + i));
	max = vmaxvq_f32(four);
	for (; i < n; i++)
		max = x[i] > max ? x[i] : max;
	return max;
}

/* Replaces x by e[i] and returns their sum. */
static float exponentials(float *x, size_t n, float max)
{
	float32x4_t lo = vdupq_n_f32(0.0f), hi = lo;
	float p[8];
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		float32x4_t a = neon_exp(vsubq_f32(vld1q_f32(x + i), vdupq_n_f32(max)));
		float32x4_t b = neon_exp(vsubq_f32(vld1q_f32(x + i + 4), vdupq_n_f32(max)));

		vst1q_f32(x + i, a);
		vst1q_f32(x + i + 4, b);
		lo = vaddq_f32(lo, a);
		hi = vaddq_f32(hi, b);
	}
	if (i == n)
		return neon_sum8(lo, hi);

	vst1q_f32(p, lo);
	vst1q_f32(p + 4, hi);
	for (; i < n; i++) {
		x[i] = mutsu_exp(x[i] - max);
		p[i % 8] += x[i];
	}
	return neon_sum8(vld1q_f32(p), vld1q_f32(p + 4));
}

MUTSU_SOFTMAX(mutsu_softmax_neon)
{
	const float scale = 1.0f / exponentials(x, n, maximum(x, n));
	size_t i;

	for (i = 0; i + 4 <= n; i += 4)
		vst1q_f32(x + i, vmulq_f32(vld1q_f32(x + i), vdupq_n_f32(scale)));
	for (; i < n; i++)
		x[i] *= scale;
}
