/* SPDX-License-Identifier: MIT */
/*
 * A quantised block as plain numbers: what the bits of each format mean, in one
 * place for the reference dequantisation and the reference matrix products.
 *
 * 32-element types: w[i] = d * q[i] + m (m is 0 where the type has none).
 * 256-element types, g = i / 16: w[i] = d * scale[g] * q[i] - m * min[g]; types
 * with sub-blocks of 32 give each pair of g the same scale and min.
 */
#ifndef COMPUTE_REF_BLOCKS_H
#define COMPUTE_REF_BLOCKS_H

#include <stdint.h>

#include "compute/quant.h"

struct mutsu_block {
	float d, m;
	int8_t q[MUTSU_QK_K];		/* a 32-element block sets the first 32 */
	int16_t scale[MUTSU_QK_K / 16];	/* 256-element blocks only */
	int16_t min[MUTSU_QK_K / 16];
};

/* block: one block of the type; every field that the type has is set. */
#define MUTSU_UNPACK(name) \
	void (name)(struct mutsu_block *restrict u, const void *restrict block)

typedef MUTSU_UNPACK(mutsu_unpack_fn);

MUTSU_UNPACK(mutsu_unpack_q4_0);
MUTSU_UNPACK(mutsu_unpack_q4_1);
MUTSU_UNPACK(mutsu_unpack_q5_0);
MUTSU_UNPACK(mutsu_unpack_q5_1);
MUTSU_UNPACK(mutsu_unpack_q8_0);
MUTSU_UNPACK(mutsu_unpack_iq4_nl);
MUTSU_UNPACK(mutsu_unpack_q2_k);
MUTSU_UNPACK(mutsu_unpack_q3_k);
MUTSU_UNPACK(mutsu_unpack_q4_k);
MUTSU_UNPACK(mutsu_unpack_q5_k);
MUTSU_UNPACK(mutsu_unpack_q6_k);
MUTSU_UNPACK(mutsu_unpack_iq4_xs);

#endif
