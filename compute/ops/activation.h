/* SPDX-License-Identifier: MIT */
/*
 * Turns a row of n floats into the form that a matrix product reads (enum
 * mutsu_act).  y has mutsu_act_row_size(act, n) bytes and is 16-byte aligned;
 * n is a multiple of the form's block (1, 1, 32, 256).
 *
 * F32	copy.
 * F16	round to nearest even; what overflows becomes the largest half (65504)
 *	of its sign, never infinity; NaN stays NaN.
 * Q8	per block of 32: amax = max |x|; d = amax / 127; q = round(x * (127 / amax))
 *	to nearest even, 0 where amax is 0; s = d * (float)sum(q).
 * Q8K	per block of 256: m = the element of largest magnitude, the first of
 *	equals; i = -127 / m; q = min(127, round(x * i)) to nearest even;
 *	d = 1 / i; all zero where m is 0.  bsum as in compute/quant.h.
 *
 * Q8 and Q8K are ggml's Q8_0 and Q8_K except that d is a float here and ties
 * round to even.  A block with NaN or infinity has unspecified q, but no
 * undefined behaviour.  All implementations give the same bits.
 */
#ifndef COMPUTE_OPS_ACTIVATION_H
#define COMPUTE_OPS_ACTIVATION_H

#include <stddef.h>

#define MUTSU_ACTIVATION(name) \
	void (name)(void *restrict y, const float *restrict x, size_t n)

typedef MUTSU_ACTIVATION(mutsu_activation_fn);

MUTSU_ACTIVATION(mutsu_activation_f32_ref);
MUTSU_ACTIVATION(mutsu_activation_f16_ref);
MUTSU_ACTIVATION(mutsu_activation_q8_ref);
MUTSU_ACTIVATION(mutsu_activation_q8k_ref);

MUTSU_ACTIVATION(mutsu_activation_f16_neon);
MUTSU_ACTIVATION(mutsu_activation_q8_neon);
MUTSU_ACTIVATION(mutsu_activation_q8k_neon);

#endif
