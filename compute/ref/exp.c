// SPDX-License-Identifier: MIT
/*
 * mutsu_exp(): the definition, step by step.  There is no branch, only choices
 * between two values at the end, so that a vector of floats goes through the
 * same operations: compute/cpu/neon/exp.h repeats them one for one.
 */
#include "compute/ops/exp.h"

#include <math.h>
#include <stdint.h>

#include "compute/half.h"

float mutsu_exp(float x)
{
	uint32_t n_bits;
	float z, n, r, p, y;

	/*
	 * 1. n = x / ln(2), rounded to an integer: at 1.5 * 2^23 the spacing of
	 * floats is 1, and the low bits of z are n in two's complement.
	 */
	z = fmaf(x, 0x1.715476p+0f, 0x1.8p+23f);
	n = z - 0x1.8p+23f;
	n_bits = mutsu_float_bits(z);

	/*
	 * 2. r = x - n * ln(2), at most ln(2) / 2 in magnitude.  ln(2) is the
	 * sum of two floats; the first step is exact, by cancellation.
	 */
	r = fmaf(n, -0x1.62e43p-1f, x);
	r = fmaf(n, 0x1.05c61p-29f, r);

	/*
	 * 3. p = e^r = 1 + r + r^2 * q(r), where the coefficients of q make the
	 * relative error of p as small as it gets (Remez): 3.1e-9.
	 */
	p = 0x1.6a2434p-10f;
	p = fmaf(p, r, 0x1.1239e2p-7f);
	p = fmaf(p, r, 0x1.5558f2p-5f);
	p = fmaf(p, r, 0x1.555492p-3f);
	p = fmaf(p, r, 0x1.fffffcp-2f);
	p = fmaf(p, r, 1.0f);
	p = fmaf(p, r, 1.0f);

	/* 4. y = p * 2^n: add n to the exponent; what n has above it falls off. */
	y = mutsu_float_from_bits(mutsu_float_bits(p) + (n_bits << 23));

	/* 5. Where that cannot be: below 2^-126, above the largest float, NaN. */
	y = x < -0x1.5d589ep+6f ? 0.0f : y;
	y = x > 0x1.62e42ep+6f ? INFINITY : y;
	return x == x ? y : x;
}
