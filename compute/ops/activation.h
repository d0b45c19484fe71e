/* SPDX-License-Identifier: MIT */
/*
 * Turns a row of n floats into the form that a matrix product reads (enum
 * mutsu_act).  y has mutsu_act_row_size(act, n) bytes and is aligned as its
 * members are; n is a multiple of the form's block (1, 1, 1, 32, 256).  Whole
 * blocks may be converted apart from each other.
 *
 * F32	copy.
 * R16	as F16, and back to float.
 * F16	round to nearest even; what overflows becomes the largest half (65504)
 *	of its sign, never infinity; NaN stays NaN.
 * Q8	per block of 32: amax = max |x|; d = amax / 127; q = round(x * (127 / amax))
 *	to nearest even; s = d * (float)sum(q); then d and s are rounded as in R16.
 *	All zero where 127 / amax is not finite: amax is 0 or next to it.
 * Q8K	per block of 256: m = the element of largest magnitude, the first of
 *	equals; i = -127 / m; q = min(127, round(x * i)) to nearest even;
 *	d = 1 / i; bsum as in compute/quant.h.  All zero where i is not finite.
 *
 * Q8 and Q8K are ggml's Q8_0, Q8_1 and Q8_K except that ties round to even.  q is
 * never -128: kernels may count on that.  A block with NaN or infinity has
 * unspecified contents, but there is no undefined behaviour.  All
 * implementations give the same bits.
 */
#ifndef COMPUTE_OPS_ACTIVATION_H
#define COMPUTE_OPS_ACTIVATION_H

#include <stddef.h>

#define MUTSU_ACTIVATION(name) \
	void (name)(void *restrict y, const float *restrict x, size_t n)

typedef MUTSU_ACTIVATION(mutsu_activation_fn);

MUTSU_ACTIVATION(mutsu_activation_f32_ref);
MUTSU_ACTIVATION(mutsu_activation_r16_ref);
MUTSU_ACTIVATION(mutsu_activation_f16_ref);
MUTSU_ACTIVATION(mutsu_activation_q8_ref);
MUTSU_ACTIVATION(mutsu_activation_q8k_ref);

MUTSU_ACTIVATION(mutsu_activation_r16_neon);
MUTSU_ACTIVATION(mutsu_activation_f16_neon);
MUTSU_ACTIVATION(mutsu_activation_q8_neon);
MUTSU_ACTIVATION(mutsu_activation_q8k_neon);

#endif
