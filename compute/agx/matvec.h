/* SPDX-License-Identifier: MIT */
/*
 * y[r][o] = bias[o] + sum over k of w[o][k] * x[r'][k]
 *
 * Matrices of all types with few vectors, as in the generation of tokens: each row of y
 * reads all of w, whose bytes are read once each where they lie.
 */
#ifndef COMPUTE_AGX_MATVEC_H
#define COMPUTE_AGX_MATVEC_H

#include "compute/type.h"

#include "launch.h"

struct mutsu_agx_matvec {
	u64 y, x, w;		/* addresses; w: aligned as the GGUF format guarantees (32), rows packed */
	u64 bias;		/* rows floats; 0: none */
	enum mutsu_type type;
	u32 rows, cols;		/* of w; cols a multiple of the type's block length, any rows */
	u32 y_stride, x_stride;	/* floats between rows of y and of x */
	u32 n;			/* rows of y at most; those below step.n * per_row (outputs: step.n_out) are computed */
	u32 per_row;		/* rows of y per row of the batch: 1, or experts used */
	u32 x_div;		/* x row of y row r is r / x_div: 1, or experts used for gate and up */
	u64 expert;		/* 0, or address of s32[n]: w of y row r is the matrix expert[r] behind w */
	bool outputs;		/* count rows by step.n_out */
};

int mutsu_agx_matvec(struct mutsu_agx_launch *launch, const struct mutsu_agx_matvec *a);

#endif
