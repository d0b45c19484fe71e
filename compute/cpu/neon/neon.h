/* SPDX-License-Identifier: MIT */
/*
 * NEON intrinsics: the compiler's own on arm64, SIMDe's elsewhere, so that the
 * same sources run on x86-64 machines (with FMA: vfmaq_f32 must fuse).
 */
#ifndef COMPUTE_CPU_NEON_H
#define COMPUTE_CPU_NEON_H

#if defined(__aarch64__)

#include <arm_neon.h>

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

#endif

#endif
