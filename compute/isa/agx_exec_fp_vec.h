/* SPDX-License-Identifier: MIT */
/*
 * Vectors of lanes, and the primitives of AGX arithmetic on them: flushing,
 * rounding, halves, one fused multiply-add.  Only for agx_exec_fp*.c.
 *
 * Vectors are as wide as the instruction set that the file is compiled for has
 * them; what they compute does not depend on it.  Floats and their bits are
 * converted by casts; a comparison's result is all ones or zero in each lane.
 *
 * -ffp-contract=off is required: where something is fused, it says so.
 */
#ifndef COMPUTE_ISA_AGX_EXEC_FP_VEC_H
#define COMPUTE_ISA_AGX_EXEC_FP_VEC_H

#include "agx_exec.h"

#ifdef __AVX2__
#define VEC_BYTES 32
#else
#define VEC_BYTES 16
#endif
#define VEC_LANES (VEC_BYTES / 4)
#define N_VECS (AGX_LANES / VEC_LANES)
#define VEC_DOUBLES (VEC_BYTES / 8)

#define VEC __attribute__((vector_size(VEC_BYTES), may_alias))
typedef float vf VEC;
typedef u32 vu VEC;
typedef s32 vi VEC;
typedef double vd VEC;
typedef u64 vl VEC;

#define FP_INLINE static inline __attribute__((__always_inline__))
#define FP_NOINLINE static __attribute__((__noinline__, __unused__))

#define F32_SIGN 0x80000000u
#define F32_EXPONENT 0x7f800000u
#define F32_ONE 0x3f800000u
#define F32_NAN 0x7fc00000u	/* the only one that instructions return */
#define F16_NAN 0x7e00u

/* One value for each lane. */
struct lanes {
	vu v[N_VECS];
};

FP_INLINE vu splat(u32 x)
{
	return (vu){} + x;
}

FP_INLINE vf splatf(float x)
{
	return (vf)((vu){}) + x;
}

FP_INLINE vu load(const u32 *lane)
{
	return *(const vu *)lane;
}

/* From an address that is not a vector's. */
FP_INLINE vu load_at(const u32 *lane)
{
	vu x;

	memcpy(&x, lane, sizeof(x));
	return x;
}

/* first, first + 1 ... */
FP_INLINE vu lane_numbers(u32 first)
{
	vu x;

	for (u32 i = 0; i < VEC_LANES; i++)
		x[i] = first + i;
	return x;
}

FP_INLINE vu pick(vu mask, vu a, vu b)
{
	return (a & mask) | (b & ~mask);
}

FP_INLINE vf pickf(vu mask, vf a, vf b)
{
	return (vf)pick(mask, (vu)a, (vu)b);
}

FP_INLINE vf absf(vf x)
{
	return (vf)((vu)x & ~F32_SIGN);
}

FP_INLINE vf with_sign(vf x, vf sign)
{
	return (vf)(((vu)x & ~F32_SIGN) | ((vu)sign & F32_SIGN));
}

FP_INLINE vu is_nan(vf x)
{
	return (vu)(x != x);
}

/* What an f32 operand is: denormals are zeros of their sign. */
FP_INLINE vf flush(vf x)
{
	vu zero = (vu)(((vu)x & F32_EXPONENT) == 0);

	return (vf)((vu)x & ~(zero >> 1));
}

/* What an f32 result is: flushed, and one NaN for all. */
FP_INLINE vf finish(vf x)
{
	vu nan = is_nan(x);

	return (vf)(((vu)flush(x) & ~nan) | (nan & F32_NAN));
}

/* To [0, 1]; NaN and -0 to 0. */
FP_INLINE vf saturate(vf x)
{
	x = (vf)((vu)x & (vu)(x > 0.0f));
	return pickf((vu)(x > 1.0f), splatf(1.0f), x);
}

/* The half in the low bits of each lane; others are 0. */
FP_INLINE vf from_half(vu h)
{
#ifdef __F16C__
	typedef u16 halves __attribute__((vector_size(VEC_BYTES / 2)));
	typedef short signed_halves __attribute__((vector_size(VEC_BYTES / 2)));

	return (vf)__builtin_ia32_vcvtph2ps256((signed_halves)__builtin_convertvector(h, halves));
#else
	/* Scaling by a power of two is exact and makes denormals normal. */
	vf x = (vf)((h & 0x7fff) << 13) * 0x1p112f;
	vu special = (vu)((h & 0x7c00) == 0x7c00);

	return (vf)((vu)x | (special & F32_EXPONENT) | (h & 0x8000) << 16);
#endif
}

/* Rounded to nearest even; overflow is infinity, any NaN is F16_NAN. */
FP_INLINE vu to_half(vf x)
{
#ifdef __F16C__
	typedef u16 halves __attribute__((vector_size(VEC_BYTES / 2)));
	vu nan = is_nan(x);
	vu h = __builtin_convertvector((halves)__builtin_ia32_vcvtps2ph256(x, 0), vu);

	return (h & ~nan) | (nan & F16_NAN);
#else
	vf a = absf(x);
	vu nan = is_nan(x), sign = (vu)x >> 16 & 0x8000, unit;

	/* Adding 2^13 times the exponent rounds to 10 bits below it, or to 2^-24. */
	a = pickf((vu)(a < 65536.0f), a, splatf(65536.0f));
	unit = (vu)pickf((vu)(a < 0x1p-14f), splatf(0x1p-14f), a);
	unit = (unit & F32_EXPONENT) + (13u << 23);
	a = (a + (vf)unit) - (vf)unit;
	/* Now it is a half's value, 65536 for infinity: only the exponent's bias is left. */
	return pick(nan, splat(F16_NAN), (vu)(a * 0x1p-112f) >> 13 | sign);
#endif
}

/* to_half(), as f32 again. */
FP_INLINE vf round_half(vf x)
{
#ifdef __F16C__
	return (vf)__builtin_ia32_vcvtph2ps256(__builtin_ia32_vcvtps2ph256(x, 0));
#else
	return from_half(to_half(x));
#endif
}

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
FP_INLINE float fused(float a, float b, float c)
{
	return __builtin_fmaf(a, b, c);
}
#else
/*
 * The product is exact in double.  The sum is rounded to odd: to zero, and its last
 * bit is set where something was lost, so that the second rounding, to float, is as
 * good as the only one.
 */
FP_INLINE float fused(float a, float b, float c)
{
	double x = (double)a * (double)b, y = (double)c, sum = x + y, back = sum - x;
	double lost = (x - (sum - back)) + (y - back);
	u64 bits;

	memcpy(&bits, &sum, sizeof(bits));
	if (lost > 0.0 || lost < 0.0)
		bits = (bits - ((lost > 0.0) != (sum > 0.0))) | 1;
	memcpy(&sum, &bits, sizeof(sum));
	return (float)sum;
}
#endif

/* a * b + c, rounded once.  Compilers see the vector instruction in it. */
FP_INLINE vf fma_vec(vf a, vf b, vf c)
{
	vf r;

	for (int i = 0; i < VEC_LANES; i++)
		r[i] = fused(a[i], b[i], c[i]);
	return r;
}

/*
 * The same of halves, for to_half(): their product is exact in f32, and the sum is
 * rounded to odd as above.
 */
FP_INLINE vf fma_half(vf a, vf b, vf c)
{
	vf x = a * b, sum = x + c, back = sum - x;
	vf lost = (x - (sum - back)) + (c - back);
	vu inexact = (vu)(absf(lost) > 0.0f);
	vu away = (vu)((vi)((vu)lost ^ (vu)sum) >> 31) & inexact;

	return (vf)(((vu)sum + away) | inexact >> 31);
}

/* Integers near x, as floats; zeros keep its sign. */

FP_INLINE vf round_even(vf x)
{
	vf a = absf(x), r = (a + 0x1p23f) - 0x1p23f;

	return with_sign(pickf((vu)(a < 0x1p23f), r, a), x);
}

FP_INLINE vf round_floor(vf x)
{
	vf r = round_even(x);

	return r - (vf)((vu)(r > x) & F32_ONE);
}

FP_INLINE vf round_ceil(vf x)
{
	vf r = round_even(x);

	return with_sign(r + (vf)((vu)(r < x) & F32_ONE), x);
}

FP_INLINE vf round_zero(vf x)
{
	vf a = absf(x), r = round_even(a);

	return with_sign(r - (vf)((vu)(r > a) & F32_ONE), x);
}

#endif
