/* SPDX-License-Identifier: MIT */
/*
 * Functions that IEEE 754 arithmetic does not have, in double precision: good to
 * about 2^-51 of the result, so that rounding it to f32 is nearly always right.
 * Nothing is fused, hence the same bits everywhere.  Only for agx_exec_fp*.c.
 *
 * Power series serve: the argument is reduced until a dozen terms are enough.
 */
#ifndef COMPUTE_ISA_AGX_EXEC_FP_MATH_H
#define COMPUTE_ISA_AGX_EXEC_FP_MATH_H

#include "agx_exec_fp_vec.h"

#define LN2 0x1.62e42fefa39efp-1
#define PI_2 0x1.921fb54442d18p+0
#define F64_NAN 0x7ff8000000000000ull

/* x + ROUNDER has no fraction left; its low bits are the integer, plus BIAS in the second. */
#define ROUNDER 0x1.8p52
#define F64_BIAS 1023

FP_INLINE vd splatd(double x)
{
	return (vd)((vl){}) + x;
}

FP_INLINE vd pickd(vl mask, vd a, vd b)
{
	return (vd)(((vl)a & mask) | ((vl)b & ~mask));
}

/* c[0] + c[1] x + ..., even and odd powers by themselves: they do not wait for each other. */
FP_INLINE vd series(vd x, const double *c, int n)
{
	vd sum[2], square = x * x;

	sum[(n - 1) & 1] = splatd(c[n - 1]);
	sum[n & 1] = splatd(c[n - 2]);
	for (int i = n - 3; i >= 0; i--)
		sum[i & 1] = sum[i & 1] * square + c[i];
	return sum[0] + x * sum[1];
}

FP_INLINE vd exp2_vec(vd x)
{
	/* e^t, |t| <= ln(2) / 2: what is left out is below 2^-52. */
	static const double c[] = {
		1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040,
		1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600,
	};
	vd n, power;

	/* Far beyond what f32 has, and not beyond what the exponent of a double has. */
	x = pickd((vl)(x > 300.0), splatd(300.0), x);
	x = pickd((vl)(x < -300.0), splatd(-300.0), x);
	n = x + (ROUNDER + F64_BIAS);
	power = (vd)((vl)n << 52);
	x -= n - (ROUNDER + F64_BIAS);
	return series(x * LN2, c, ARRAY_SIZE(c)) * power;
}

/* Of a double that is a normal f32, 0, infinity, NaN or negative. */
FP_INLINE vd log2_vec(vd x)
{
	/* ln((1 + s) / (1 - s)) / 2s in s squared, which is below 0.0295. */
	static const double c[] = {
		1.0, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15,
		1.0 / 17, 1.0 / 19, 1.0 / 21,
	};
	const u64 sqrt_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000;
	/* x = 2^e m, m from sqrt(1/2) to sqrt(2); biased has e plus the bias. */
	vl biased = ((vl)x - sqrt_half + one) >> 52;
	vd m = (vd)((vl)x - (biased << 52) + one);
	vd e = (vd)(biased | 0x4330000000000000) - (0x1p52 + F64_BIAS);
	vd s = (m - 1.0) / (m + 1.0), r;

	r = s * series(s * s, c, ARRAY_SIZE(c)) * (2 / LN2) + e;
	r = pickd((vl)(x == 0.0), splatd(-__builtin_inf()), r);
	r = pickd((vl)(x == __builtin_inf()), x, r);
	return pickd((vl)(x >= 0.0), r, (vd)((vl){} + F64_NAN));
}

/* sin(pi / 2 x) / x, pi / 2 at 0.  Zeros are positive. */
FP_INLINE vd sinc_vec(vd x)
{
	/* sin(t) / t in t squared, |t| <= pi / 2. */
	static const double c[] = {
		1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800,
		1.0 / 6227020800, -1.0 / 1307674368000, 1.0 / 355687428096000,
		-1.0 / 121645100408832000, 1.0 / 51090942171709440000.0,
	};
	/* x = 2n + r, |r| <= 1: the sine is that of r, with the other sign where n is odd. */
	vd half = x * 0.5, n = half + ROUNDER, r, t;
	vl odd = (vl)n << 63;

	n = pickd((vl)(half < 0x1p40) & (vl)(half > -0x1p40), n - ROUNDER, half);
	r = x - (n + n);
	t = r * PI_2;
	t = series(t * t, c, ARRAY_SIZE(c)) * PI_2;
	/* r / x is 1 for x in [-1, 1], what instructions use. */
	r = pickd((vl)(x == 0.0), splatd(1.0), r / x);
	return t * (vd)((vl)r ^ odd) + 0.0;
}

#endif
