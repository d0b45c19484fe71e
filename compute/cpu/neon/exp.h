/* SPDX-License-Identifier: MIT */
/* mutsu_exp() of four floats: the steps of compute/ref/exp.c, one for one. */
#ifndef COMPUTE_CPU_NEON_EXP_H
#define COMPUTE_CPU_NEON_EXP_H

#include <math.h>

#include "neon.h"

static inline float32x4_t neon_exp(float32x4_t x)
{
	const float32x4_t one = vdupq_n_f32(1.0f), round = vdupq_n_f32(0x1.8p+23f);
	float32x4_t z, n, r, p, y;
	uint32x4_t bits;

	/* 1. n = x / ln(2), rounded */
	z = vfmaq_f32(round, x, vdupq_n_f32(0x1.715476p+0f));
	n = vsubq_f32(z, round);

	/* 2. r = x - n * ln(2) */
	r = vfmaq_f32(x, n, vdupq_n_f32(-0x1.62e43p-1f));
	r = vfmaq_f32(r, n, vdupq_n_f32(0x1.05c61p-29f));

	/* 3. p = e^r */
	p = vdupq_n_f32(0x1.6a2434p-10f);
	p = vfmaq_f32(vdupq_n_f32(0x1.1239e2p-7f), p, r);
	p = vfmaq_f32(vdupq_n_f32(0x1.5558f2p-5f), p, r);
	p = vfmaq_f32(vdupq_n_f32(0x1.555492p-3f), p, r);
	p = vfmaq_f32(vdupq_n_f32(0x1.fffffcp-2f), p, r);
	p = vfmaq_f32(one, p, r);
	p = vfmaq_f32(one, p, r);

	/* 4. y = p * 2^n */
	bits = vshlq_n_u32(vreinterpretq_u32_f32(z), 23);
	y = vreinterpretq_f32_u32(vaddq_u32(vreinterpretq_u32_f32(p), bits));

	/* 5. too small, too large, NaN */
	y = vbslq_f32(vcltq_f32(x, vdupq_n_f32(-0x1.5d589ep+6f)), vdupq_n_f32(0.0f), y);
	y = vbslq_f32(vcgtq_f32(x, vdupq_n_f32(0x1.62e42ep+6f)), vdupq_n_f32(INFINITY), y);
	return vbslq_f32(vceqq_f32(x, x), y, x);
}

#endif
