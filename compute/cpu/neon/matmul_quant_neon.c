// SPDX-License-Identifier: MIT
/* Products with quantised weights on any arm64. */
#include "matmul_quant.h"

MATMUL_QUANT(neon, matmul_4x2)
