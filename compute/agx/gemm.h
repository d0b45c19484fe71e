/* SPDX-License-Identifier: MIT */
/*
 * y[r][o] = bias[o] + sum over k < cols of w[o][k] * x[r][k]	o < rows, r < step.n
 *
 * w is rows of cols halves, packed, as files have them; x is what mutsu_agx_half() made, for
 * the same cols and n; bias is rows floats, or 0 for none.  Rows of y are y_stride floats
 * apart, a multiple of 4, and y is one of 16; w is a multiple of 4.  Other rows and what is
 * between rows are left alone.
 *
 * A sum is one chain of fused multiply-adds of f32: with eps = 2^-24 an element is within
 * eps * (cols + 8) * (sum of |w[o][k] * x[r][k]| + |bias[o]|) of the exact one, x being
 * halves, as long as no partial sum leaves the range of normal floats.  W is finite.
 */
#ifndef COMPUTE_AGX_GEMM_H
#define COMPUTE_AGX_GEMM_H

#include "half.h"

struct mutsu_agx_gemm {
	u64 y, w, x, bias;
	u32 y_stride, rows, cols;
	u32 n;			/* rows of y at most */
};

/* 0; -ENOTSUP: cols is no multiple of 8, or W has 2^35 elements or more. */
int mutsu_agx_gemm(struct mutsu_agx_launch *launch, const struct mutsu_agx_gemm *a);

#endif
