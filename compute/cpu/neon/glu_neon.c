// SPDX-License-Identifier: MIT
#include "compute/ops/glu.h"

#include <string.h>

#include "exp.h"
#include "neon.h"

INLINE float32x4_t silu(float32x4_t v)
{
	return vdivq_f32(v, vaddq_f32(vdupq_n_f32(1.0f), neon_exp(vnegq_f32(v))));
}

INLINE float32x4_t gelu(float32x4_t v)
{
	const float32x4_t one = vdupq_n_f32(1.0f);
	float32x4_t z = vfmaq_f32(one, vmulq_f32(vdupq_n_f32(0.044715f), v), v);

	z = vmulq_f32(vdupq_n_f32(0.7978845608f), vmulq_f32(v, z));
	return vdivq_f32(v, vaddq_f32(one, neon_exp(vmulq_f32(vdupq_n_f32(-2.0f), z))));
}

INLINE void glu4(float *y, const float *g, const float *u, float32x4_t (*act)(float32x4_t v))
{
	vst1q_f32(y, vmulq_f32(act(vld1q_f32(g)), vld1q_f32(u)));
}

INLINE void glu(float *y, const float *g, const float *u, size_t n,
		float32x4_t (*act)(float32x4_t v))
{
	float last_y[4], last_g[4] = { 0 }, last_u[4] = { 0 };
	size_t i;

	for (i = 0; i + 4 <= n; i += 4)
		glu4(y + i, g + i, u + i, act);
	if (i == n)
		return;

	memcpy(last_g, g + i, (n - i) * sizeof(*g));
	memcpy(last_u, u + i, (n - i) * sizeof(*u));
	glu4(last_y, last_g, last_u, act);
	memcpy(y + i, last_y, (n - i) * sizeof(*y));
}

MUTSU_GLU(mutsu_glu_silu_neon)
{
	glu(y, g, u, n, silu);
}

MUTSU_GLU(mutsu_glu_gelu_neon)
{
	glu(y, g, u, n, gelu);
}
