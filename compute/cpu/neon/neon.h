/* SPDX-License-Identifier: MIT */
/*
 * NEON intrinsics: the compiler's own on arm64, SIMDe's elsewhere, so that the
 * same sources run on x86-64 machines (with FMA: vfmaq_f32 must fuse).
 */
#ifndef COMPUTE_CPU_NEON_H
#define COMPUTE_CPU_NEON_H

#include <stdint.h>

/* For functions with arguments that have to be constants once inlined. */
#define INLINE	static inline __attribute__((always_inline))

/* For loops over arrays that are to be registers; trips are few and constant. */
#ifdef __clang__
#define UNROLL	_Pragma("clang loop unroll(full)")
#else
#define UNROLL	_Pragma("GCC unroll 16")
#endif

#if defined(__aarch64__)

#include <arm_neon.h>

/* (v >> shift) & mask in each byte; mask has no bit that the shift brings zeros to. */
static inline uint8x16_t mutsu_bits(uint8x16_t v, int shift, uint8_t mask)
{
	return vandq_u8(vshlq_u8(v, vdupq_n_s8((int8_t)-shift)), vdupq_n_u8(mask));
}

#else

#define SIMDE_ENABLE_NATIVE_ALIASES
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wextra"
#include <simde/arm/neon.h>
#pragma GCC diagnostic pop

#include <immintrin.h>

/* SIMDe has it from 0.8 on. */
#undef vdivq_f32
#define vdivq_f32(a, b)	_mm_div_ps(a, b)

#ifndef __FMA__
#error "NEON through SIMDe needs FMA"
#endif

static inline uint8x16_t mutsu_bits(uint8x16_t v, int shift, uint8_t mask)
{
	/* x86 does not shift bytes: bits of the next one fall to the mask. */
	__m128i words = _mm_srl_epi16(simde_uint8x16_to_m128i(v), _mm_cvtsi32_si128(shift));

	return vandq_u8(simde_uint8x16_from_m128i(words), vdupq_n_u8(mask));
}

/* SIMDe 0.7.4 has this one as a loop. */
static inline int32x4_t mutsu_vdotq_s32(int32x4_t acc, int8x16_t a, int8x16_t b)
{
	__m256i pairs = _mm256_madd_epi16(_mm256_cvtepi8_epi16(simde_int8x16_to_m128i(a)),
					  _mm256_cvtepi8_epi16(simde_int8x16_to_m128i(b)));
	__m128i dots = _mm_hadd_epi32(_mm256_castsi256_si128(pairs),
				      _mm256_extracti128_si256(pairs, 1));

	return vaddq_s32(acc, simde_int32x4_from_m128i(dots));
}

/*
 * SIMDe 0.7.4 does not have this one: acc, a 2x2 matrix, plus a * b transposed,
 * both two rows of eight.
 */
static inline int32x4_t mutsu_vmmlaq_s32(int32x4_t acc, int8x16_t a, int8x16_t b)
{
	__m256i a01 = _mm256_cvtepi8_epi16(simde_int8x16_to_m128i(a));
	__m256i b01 = _mm256_cvtepi8_epi16(simde_int8x16_to_m128i(b));
	__m256i b10 = _mm256_permute4x64_epi64(b01, 0x4e);
	__m256i even = _mm256_madd_epi16(a01, b01);	/* a0b0, a1b1 */
	__m256i odd = _mm256_madd_epi16(a01, b10);	/* a0b1, a1b0 */
	__m256i sums = _mm256_hadd_epi32(even, odd);
	__m128i a0 = _mm256_castsi256_si128(sums);	/* a0b0 a0b0 a0b1 a0b1 */
	__m128i a1 = _mm256_extracti128_si256(sums, 1);	/* a1b1 a1b1 a1b0 a1b0 */

	a1 = _mm_shuffle_epi32(a1, 0x4e);
	return vaddq_s32(acc, simde_int32x4_from_m128i(_mm_hadd_epi32(a0, a1)));
}

#undef vdotq_s32
#define vdotq_s32	mutsu_vdotq_s32
#define vmmlaq_s32	mutsu_vmmlaq_s32

#endif

#endif
