/* SPDX-License-Identifier: MIT */
/*
 * y[r][i] = sum over j < k of weight[r][j] * e[r * k + j][i]	i < width, r < step.n
 *
 * What the experts of a token made, weighted.  The sum starts at 0 and is
 * fma(weight, e, sum) for j in order: the same bits as the CPU, but denormal floats are zeros.
 * Rows of weight are k floats, packed; those of y and e are stride floats apart.  Strides of
 * y and e and width are multiples of 4, addresses of 16.  Other rows and what is between rows
 * are left alone.  k is at least 1.
 */
#ifndef COMPUTE_AGX_MIX_H
#define COMPUTE_AGX_MIX_H

#include "launch.h"

struct mutsu_agx_mix {
	u64 y, e, weight;
	u32 y_stride, e_stride, width;
	u32 k;			/* experts of a token */
	u32 n;			/* rows of y at most */
};

void mutsu_agx_mix(struct mutsu_agx_launch *launch, const struct mutsu_agx_mix *a);

#endif
