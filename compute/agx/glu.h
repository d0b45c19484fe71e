/* SPDX-License-Identifier: MIT */
/*
 * y[r][i] = act(gu[r][i]) * gu[r][width + i]	i < width, r < step.n * per_row
 *
 * The gated unit of ops/glu.h: a row of gu is the gate, then what is gated.  Rows of
 * floats, strides in floats; strides and width are multiples of 4, addresses of 16.  Other
 * rows and what is between rows are left alone.
 *
 * The exponential and the quotient are the hardware's, where each may be some units of the
 * last place off.  With v = gu[r][i], u = gu[r][width + i] and z = |v| (silu) or 2 |z| of
 * ops/glu.h (gelu, where z has errors of its own), the result is within
 *
 *	(1.5 * z + 8) * 2^-22 of its magnitude, and |u| * 2^-118
 *
 * of the exact one: the second where e^z leaves the range of floats.
 */
#ifndef COMPUTE_AGX_GLU_H
#define COMPUTE_AGX_GLU_H

#include "launch.h"

struct mutsu_agx_glu {
	u64 y, gu;
	u32 y_stride, gu_stride, width;
	bool gelu;		/* else silu */
	u32 per_row;		/* rows per row of the batch: experts that a token has, or 1 */
	u32 n;			/* rows of the batch at most */
};

void mutsu_agx_glu(struct mutsu_agx_launch *launch, const struct mutsu_agx_glu *a);

#endif
