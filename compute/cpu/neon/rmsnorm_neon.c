// SPDX-License-Identifier: MIT
#include "compute/ops/rmsnorm.h"

#include <math.h>

#include "neon.h"
#include "sum.h"

static float sum_of_squares(const float *x, size_t n)
{
	float32x4_t lo = vdupq_n_f32(0.0f), hi = lo;
	float p[8];
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		float32x4_t a = vld1q_f32(x + i), b = vld1q_f32(x + i + 4);

		lo = vfmaq_f32(lo, a, a);
		hi = vfmaq_f32(hi, b, b);
	}
	if (i == n)
		return neon_sum8(lo, hi);

	vst1q_f32(p, lo);
	vst1q_f32(p + 4, hi);
	for (; i < n; i++)
		p[i % 8] = fmaf(x[i], x[i], p[i % 8]);
	return neon_sum8(vld1q_f32(p), vld1q_f32(p + 4));
}

MUTSU_RMSNORM(mutsu_rmsnorm_neon)
{
	const float scale = 1.0f / sqrtf(sum_of_squares(x, n) / (float)n + eps);
	const float32x4_t scales = vdupq_n_f32(scale);
	size_t i;

	for (i = 0; i + 4 <= n; i += 4)
		vst1q_f32(y + i, vmulq_f32(vmulq_f32(vld1q_f32(x + i), scales), vld1q_f32(w + i)));
	for (; i < n; i++)
		y[i] = (x[i] * scale) * w[i];
}
