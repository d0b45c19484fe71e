/* SPDX-License-Identifier: MIT */
/*
 * IEEE halves and bfloat16, held as uint16_t, to and from vectors of float.
 *
 * SIMDe's own conversions want a half type of the compiler; F16C, which every
 * CPU that runs these sources has, does it in one instruction.  Exact one way,
 * to nearest even the other; nothing is flushed; what overflows is infinity.
 * Memory need not be aligned beyond uint16_t.
 */
#ifndef COMPUTE_CPU_NEON_HALF_H
#define COMPUTE_CPU_NEON_HALF_H

#include <stdint.h>
#include <string.h>

#include "neon.h"

#if defined(__aarch64__)

static inline float32x4_t neon_load_bf16x4(const uint16_t *p)
{
	return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16));
}

static inline float32x4_t neon_load_half4(const uint16_t *p)
{
	return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}

static inline void neon_load_half8(float32x4_t *lo, float32x4_t *hi, const uint16_t *p)
{
	float16x8_t h = vreinterpretq_f16_u16(vld1q_u16(p));

	*lo = vcvt_f32_f16(vget_low_f16(h));
	*hi = vcvt_high_f32_f16(h);
}

static inline void neon_store_half4(uint16_t *p, float32x4_t x)
{
	vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(x)));
}

/* To a half and back. */
static inline float32x4_t neon_round_half4(float32x4_t x)
{
	return vcvt_f32_f16(vcvt_f16_f32(x));
}

/* As mutsu_half_to_float(), in one instruction; signalling NaNs become quiet. */
static inline float neon_half(uint16_t h)
{
	__fp16 f;

	memcpy(&f, &h, sizeof(f));
	return (float)f;
}

#else

/* SIMDe has vshll_n_u16() as a loop. */
static inline float32x4_t neon_load_bf16x4(const uint16_t *p)
{
	__m128i h = _mm_loadl_epi64((const __m128i *)p);

	return _mm_castsi128_ps(_mm_unpacklo_epi16(_mm_setzero_si128(), h));
}

static inline float32x4_t neon_load_half4(const uint16_t *p)
{
	return _mm_cvtph_ps(_mm_loadl_epi64((const __m128i *)p));
}

static inline void neon_load_half8(float32x4_t *lo, float32x4_t *hi, const uint16_t *p)
{
	__m128i h = _mm_loadu_si128((const __m128i *)p);

	*lo = _mm_cvtph_ps(h);
	*hi = _mm_cvtph_ps(_mm_unpackhi_epi64(h, h));
}

static inline void neon_store_half4(uint16_t *p, float32x4_t x)
{
	_mm_storel_epi64((__m128i *)p, _mm_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

static inline float32x4_t neon_round_half4(float32x4_t x)
{
	return _mm_cvtph_ps(_mm_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

static inline float neon_half(uint16_t h)
{
	return _cvtsh_ss(h);
}

#endif

#endif
