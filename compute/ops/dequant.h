/* SPDX-License-Identifier: MIT */
/*
 * y[i] = value of element i of a row of quantised blocks
 *
 * n is a multiple of the type's block length; x needs the alignment of the
 * block's widest member only.  The arithmetic is single precision, in the order
 * in which ggml's dequantize_row_* evaluates it, so that the result has the
 * same bits; the formulas are beside the block formats in compute/quant.h.
 * F32 is a copy; F16 and BF16 convert exactly.  Used for embedding lookup and
 * as the meaning of a type; reading rows of an embedding is no bottleneck, so
 * there is the reference alone.
 */
#ifndef COMPUTE_OPS_DEQUANT_H
#define COMPUTE_OPS_DEQUANT_H

#include <stddef.h>

#define MUTSU_DEQUANT(name) \
	void (name)(float *restrict y, const void *restrict x, size_t n)

typedef MUTSU_DEQUANT(mutsu_dequant_fn);

MUTSU_DEQUANT(mutsu_dequant_f32_ref);
MUTSU_DEQUANT(mutsu_dequant_f16_ref);
MUTSU_DEQUANT(mutsu_dequant_bf16_ref);
MUTSU_DEQUANT(mutsu_dequant_q4_0_ref);
MUTSU_DEQUANT(mutsu_dequant_q4_1_ref);
MUTSU_DEQUANT(mutsu_dequant_q5_0_ref);
MUTSU_DEQUANT(mutsu_dequant_q5_1_ref);
MUTSU_DEQUANT(mutsu_dequant_q8_0_ref);
MUTSU_DEQUANT(mutsu_dequant_q2_k_ref);
MUTSU_DEQUANT(mutsu_dequant_q3_k_ref);
MUTSU_DEQUANT(mutsu_dequant_q4_k_ref);
MUTSU_DEQUANT(mutsu_dequant_q5_k_ref);
MUTSU_DEQUANT(mutsu_dequant_q6_k_ref);
MUTSU_DEQUANT(mutsu_dequant_iq4_nl_ref);
MUTSU_DEQUANT(mutsu_dequant_iq4_xs_ref);

#endif
