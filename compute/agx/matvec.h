/* SPDX-License-Identifier: MIT */
/*
 * y[r][o] = bias[o] + sum over k of w[o][k] * x[r'][k]
 *
 * Matrices of all types with few vectors, as in the generation of tokens: each row of y
 * reads all of w, whose bytes are read where they lie and, but for scales, once each.
 *
 * Weights are exact, x is not rounded, sums are floats in an order that depends on nothing
 * but the shape.  They differ from exact ones by at most 96 * 2^-24 times
 *
 *	|bias[o]| + sum of |x[k]| * (|scale| * (|q| + offset) + |minimum|)
 *
 * where w = scale * q - minimum and offset is 8 for Q4_0, 16 for Q5_0, 128 for Q8_0, 4 for
 * Q3_K, 32 for Q6_K, else 0: q is read as an unsigned number, and offset times the sum of x
 * taken away.  A lane adds 32 products and 32 elements of x, rounding 64 times, four more
 * for each scale, five times with other lanes, once for each 4096 columns; 96 is enough for
 * 65536 of them.  Denormal floats count as zero; x is below 2^64.
 */
#ifndef COMPUTE_AGX_MATVEC_H
#define COMPUTE_AGX_MATVEC_H

#include "compute/type.h"

#include "launch.h"

struct mutsu_agx_matvec {
	u64 y;			/* address, a multiple of 4 */
	u64 x;			/* a multiple of 16 */
	u64 w;			/* a multiple of 32; rows packed; below 4 GiB, with all experts */
	u64 bias;		/* rows floats; 0: none */
	enum mutsu_type type;
	u32 rows;		/* of w; any number */
	u32 cols;		/* of w; whole blocks, or a multiple of 4 */
	u32 y_stride;		/* floats between rows of y */
	u32 x_stride;		/* likewise of x; a multiple of 4 */
	u32 n;			/* rows of y at most; those below step.n * per_row are computed */
	u32 per_row;		/* rows of y per row of the batch: 1, or experts used */
	u32 x_div;		/* row r of y is of row r / x_div of x: 1, or experts used */
	/* 0, or address of s32[n]: w of row r of y is the matrix expert[r] behind w. */
	u64 expert;
	bool outputs;		/* rows below step.n_out * per_row are computed */
};

/* -ENOTSUP: cols are no multiple of 4, or a matrix of 4 GiB. */
int mutsu_agx_matvec(struct mutsu_agx_launch *launch, const struct mutsu_agx_matvec *a);

#endif
