// SPDX-License-Identifier: MIT
/* Loads and stores again, compiled for CPUs with AVX2. */
#define AGX_EXEC_MEMORY agx_exec_memory_avx2
#include "agx_exec_mem.c"
