// SPDX-License-Identifier: MIT
/* Products with quantised weights where there is sdot: M1, and armv8.2 cores. */
#define DOT16	vdotq_s32

#include "matmul_quant.h"

MATMUL_QUANT(dotprod, matmul_4x2)
