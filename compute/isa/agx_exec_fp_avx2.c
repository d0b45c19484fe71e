// SPDX-License-Identifier: MIT
/* Floating point handlers for x86-64 with AVX2, FMA and F16C. */
#define AGX_EXEC_FLOAT agx_exec_float_avx2
#include "agx_exec_fp_body.h"
