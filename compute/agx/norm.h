/* SPDX-License-Identifier: MIT */
/*
 * Residual stream and the norm behind it, for row r of a batch:
 *
 *	x[r] += y[r], or rmsnorm(y[r], norm2) where norm2 is given	(if add is set)
 *	h[r] = rmsnorm(x[r], norm)
 *
 * for r < step.n; with outputs set for the rows whose logits are wanted, which move to
 * the front of h: h[r] is of x[r + step.skip] and y[r + step.skip], r < step.n_out.  y is
 * only read.  norm2 is used with add only.
 *
 * Rows of floats, strides in floats; strides and width are multiples of 4, addresses of 16.
 * Other rows and what is between rows are left alone.
 *
 * rmsnorm() is that of ops/rmsnorm.h, with the sum of squares in another order and a
 * hardware's rsqrt: a relative error of at most 2^-19 for each element, where neither the
 * sum nor a product leaves the range of normal floats.  The sum x + y is rounded once.
 */
#ifndef COMPUTE_AGX_NORM_H
#define COMPUTE_AGX_NORM_H

#include "launch.h"

#define MUTSU_AGX_NORM_MAX 16384	/* elements of a row */

struct mutsu_agx_norm {
	u64 x, y, h;
	u64 norm, norm2;	/* width floats; norm2 0: none */
	u32 x_stride, y_stride, h_stride, width;
	float eps;
	bool add;		/* there is a y */
	bool outputs;
	u32 n;			/* rows at most */
};

/* 0; -ENOTSUP: rows are longer than MUTSU_AGX_NORM_MAX. */
int mutsu_agx_norm(struct mutsu_agx_launch *launch, const struct mutsu_agx_norm *a);

#endif
