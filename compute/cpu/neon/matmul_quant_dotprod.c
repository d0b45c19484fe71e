// SPDX-License-Identifier: MIT
/* Products with quantised weights where there is sdot: M1, and armv8.2 cores. */
#include "unpack.h"

INLINE int32x4_t dot16(int32x4_t acc, int8x16_t w, int8x16_t x)
{
	return vdotq_s32(acc, w, x);
}

#include "matmul_quant.h"

MATMUL_QUANT(dotprod, matmul_4x2)
