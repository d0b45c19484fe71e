/* SPDX-License-Identifier: MIT */
/*
 * mutsu_exp(x): e to the power x, the one exponential that kernels use
 *
 * Defined by its arithmetic, so that scalar and vector code give the same bits:
 * see compute/ref/exp.c, which states each step.  Error at most 2 ulp for
 * results that are normal floats; results below the smallest normal are 0;
 * above the largest float infinity; NaN stays NaN; exp(0) is exactly 1.
 * Vector versions: compute/cpu/neon/exp.h.
 */
#ifndef COMPUTE_OPS_EXP_H
#define COMPUTE_OPS_EXP_H

float mutsu_exp(float x);

#endif
