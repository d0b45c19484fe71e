/* SPDX-License-Identifier: MIT */
/*
 * Rows of floats as the halves that gemm.h reads
 *
 * Rows r < step.n of x, cols floats each and x_stride floats apart, are rounded as F16 of
 * ops/activation.h; rows behind them, up to a multiple of MUTSU_AGX_GEMM_TOKENS, and columns up
 * to a multiple of 32 are zeros.  cols is a multiple of 8.
 *
 * y has mutsu_agx_half_size() bytes, of which those for rows behind that are left alone.  It
 * is made of blocks of 8 rows and 32 columns, 512 bytes: word 4 * lane + f is what a lane has
 * of the right factor of matrix product f of four (half.agx).  The same n goes to gemm.
 */
#ifndef COMPUTE_AGX_HALF_H
#define COMPUTE_AGX_HALF_H

#include "launch.h"

#define MUTSU_AGX_GEMM_TOKENS 32

struct mutsu_agx_half {
	u64 y, x;		/* addresses; multiples of 16 and 4 */
	u32 x_stride, cols;
	u32 n;			/* rows at most */
};

size_t mutsu_agx_half_size(u32 cols, u32 n);

/* 0; -ENOTSUP: cols is no multiple of 8. */
int mutsu_agx_half(struct mutsu_agx_launch *launch, const struct mutsu_agx_half *a);

#endif
