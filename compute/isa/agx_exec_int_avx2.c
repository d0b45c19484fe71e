// SPDX-License-Identifier: MIT
/* Integer arithmetic again, compiled for CPUs with AVX2. */
#define AGX_EXEC_INT agx_exec_int_avx2
#include "agx_exec_int.c"
