// SPDX-License-Identifier: MIT
/* Activations in the forms that matrix products read. */
#include "compute/ops/activation.h"

#include <math.h>
#include <string.h>

#include "compute/quant.h"
#include "half.h"
#include "neon.h"

#define HALF_MAX	65504.0f

/* A NaN survives vminq and vmaxq. */
static inline float32x4_t clamp(float32x4_t v, float limit)
{
	return vmaxq_f32(vminq_f32(v, vdupq_n_f32(limit)), vdupq_n_f32(-limit));
}

MUTSU_ACTIVATION(mutsu_activation_r16_neon)
{
	float *r = y;
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		vst1q_f32(r + i, neon_round_half4(clamp(vld1q_f32(x + i), HALF_MAX)));
	if (i < n) {
		float some[4] = { 0 };

		memcpy(some, x + i, (n - i) * sizeof(*some));
		vst1q_f32(some, neon_round_half4(clamp(vld1q_f32(some), HALF_MAX)));
		memcpy(r + i, some, (n - i) * sizeof(*some));
	}
}

MUTSU_ACTIVATION(mutsu_activation_f16_neon)
{
	uint16_t *h = y;
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		neon_store_half4(h + i, clamp(vld1q_f32(x + i), HALF_MAX));
	if (i < n) {
		float in[4] = { 0 };
		uint16_t out[4];

		memcpy(in, x + i, (n - i) * sizeof(*in));
		neon_store_half4(out, clamp(vld1q_f32(in), HALF_MAX));
		memcpy(h + i, out, (n - i) * sizeof(*out));
	}
}

static inline float round_half(float x)
{
	return vgetq_lane_f32(neon_round_half4(clamp(vdupq_n_f32(x), HALF_MAX)), 0);
}

/* The largest magnitude among n elements, n a multiple of 16. */
static inline float max_abs(const float *x, int n)
{
	float32x4_t m0 = vdupq_n_f32(0.0f), m1 = m0, m2 = m0, m3 = m0;

	for (int i = 0; i < n; i += 16) {
		m0 = vmaxq_f32(m0, vabsq_f32(vld1q_f32(x + i)));
		m1 = vmaxq_f32(m1, vabsq_f32(vld1q_f32(x + i + 4)));
		m2 = vmaxq_f32(m2, vabsq_f32(vld1q_f32(x + i + 8)));
		m3 = vmaxq_f32(m3, vabsq_f32(vld1q_f32(x + i + 12)));
	}
	return vmaxvq_f32(vmaxq_f32(vmaxq_f32(m0, m1), vmaxq_f32(m2, m3)));
}

/* Four q: to nearest even, within [-127, 127]. */
static inline int32x4_t round4(const float *x, float scale)
{
	return vcvtq_s32_f32(vrndnq_f32(clamp(vmulq_n_f32(vld1q_f32(x), scale), 127.0f)));
}

/* Stores sixteen q; the lanes of the result add up to their sum. */
static inline int16x8_t quantize16(int8_t *q, const float *x, float scale)
{
	int16x8_t low = vcombine_s16(vmovn_s32(round4(x, scale)),
				     vmovn_s32(round4(x + 4, scale)));
	int16x8_t high = vcombine_s16(vmovn_s32(round4(x + 8, scale)),
				      vmovn_s32(round4(x + 12, scale)));

	vst1q_s8(q, vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
	return vaddq_s16(low, high);
}

MUTSU_ACTIVATION(mutsu_activation_q8_neon)
{
	struct mutsu_q8 *b = y;

	for (; n; n -= MUTSU_QK, x += MUTSU_QK, b++) {
		float amax = max_abs(x, MUTSU_QK), inverse = 127.0f / amax, d = amax / 127.0f;
		int16x8_t sums;

		if (isinf(inverse)) {
			memset(b, 0, sizeof(*b));
			continue;
		}
		sums = quantize16(b->q, x, inverse);
		sums = vaddq_s16(sums, quantize16(b->q + 16, x + 16, inverse));
		b->d = round_half(d);
		b->s = round_half(d * (float)vaddvq_s16(sums));
	}
}

/* The first element of magnitude amax, with its sign. */
static float first_of(const float *x, float amax)
{
	for (int i = 0; i < MUTSU_QK_K; i++)
		if (fabsf(x[i]) == amax)
			return x[i];
	return amax;	/* it is NaN */
}

MUTSU_ACTIVATION(mutsu_activation_q8k_neon)
{
	struct mutsu_q8k *b = y;

	for (; n; n -= MUTSU_QK_K, x += MUTSU_QK_K, b++) {
		float inverse = -127.0f / first_of(x, max_abs(x, MUTSU_QK_K));

		if (isinf(inverse)) {
			memset(b, 0, sizeof(*b));
			continue;
		}
		for (int g = 0; g < MUTSU_QK_K / 16; g++)
			b->bsum[g] = vaddvq_s16(quantize16(b->q + 16 * g, x + 16 * g, inverse));
		b->d = 1.0f / inverse;
	}
}
