/* SPDX-License-Identifier: MIT */
/*
 * y[r][i] += x[r][i]	i < width, r < step.n
 *
 * Rows of floats, stride floats apart; width and strides are multiples of 4, what is
 * between them is left alone.  Denormal floats count as zero and results that would be
 * denormal are: else the same bits as ops/add.h.
 */
#ifndef COMPUTE_AGX_ADD_H
#define COMPUTE_AGX_ADD_H

#include "launch.h"

struct mutsu_agx_add {
	u64 y, x;		/* addresses; multiples of 16 */
	u32 y_stride, x_stride, width;
	u32 n;			/* rows at most */
};

void mutsu_agx_add(struct mutsu_agx_launch *launch, const struct mutsu_agx_add *a);

#endif
