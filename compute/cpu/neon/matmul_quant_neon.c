// SPDX-License-Identifier: MIT
/*
 * Products with quantised weights on any arm64.  Two products of signed bytes
 * fit 16 bits because activations are never -128.
 */
#include "unpack.h"

INLINE int32x4_t dot16(int32x4_t acc, int8x16_t w, int8x16_t x)
{
	int16x8_t pairs = vmull_s8(vget_low_s8(w), vget_low_s8(x));

	return vpadalq_s16(acc, vmlal_high_s8(pairs, w, x));
}

#include "matmul_quant.h"

MATMUL_QUANT(neon, matmul_4x2)
