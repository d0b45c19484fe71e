/* SPDX-License-Identifier: MIT */
/*
 * The k of n_expert experts with the largest logits, and their weights, for rows r < step.n:
 * ops/route.h with normalise set.  Rows of logits are stride floats apart and left as they
 * are; row r of expert (s32) and weight (f32) is k numbers, packed.  Other rows are left alone.
 *
 * The same experts in the same order as the reference, and the same bits of weights, because
 * exponentials are computed as ops/exp.h says and quotients are rounded once, if the
 * hardware's reciprocal is at most one unit of the last place off.  But probabilities below
 * 2^-126 are zeros, and weights below 2^-100 may be a unit off.  Where logits are NaN, experts
 * are 0 to k - 1, and weights NaN.
 */
#ifndef COMPUTE_AGX_ROUTE_H
#define COMPUTE_AGX_ROUTE_H

#include "launch.h"

struct mutsu_agx_route {
	u64 expert, weight, logits;	/* addresses; multiples of 4 */
	u32 stride;
	u32 n_expert, k;	/* 1 <= k <= n_expert */
	u32 n;			/* rows at most */
};

/* 0; -ENOTSUP: more than 256 experts, or k is more than 32. */
int mutsu_agx_route(struct mutsu_agx_launch *launch, const struct mutsu_agx_route *a);

#endif
