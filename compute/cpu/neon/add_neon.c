// SPDX-License-Identifier: MIT
#include "compute/ops/add.h"

#include <math.h>

#include "neon.h"

MUTSU_ADD(mutsu_add_neon)
{
	size_t i;

	for (i = 0; i + 4 <= n; i += 4)
		vst1q_f32(y + i, vaddq_f32(vld1q_f32(y + i), vld1q_f32(x + i)));
	for (; i < n; i++)
		y[i] += x[i];
}

MUTSU_AXPY(mutsu_axpy_neon)
{
	const float32x4_t a4 = vdupq_n_f32(a);
	size_t i;

	for (i = 0; i + 4 <= n; i += 4)
		vst1q_f32(y + i, vfmaq_f32(vld1q_f32(y + i), a4, vld1q_f32(x + i)));
	for (; i < n; i++)
		y[i] = fmaf(a, x[i], y[i]);
}
