/* SPDX-License-Identifier: MIT */
/*
 * Picks the k of n experts with the largest logits for one position
 *
 * p = softmax(logits) as in ops/softmax.h; expert[0..k) are the indices of the
 * k largest p in falling order, the lower index first where equal; weight[i] is
 * p[expert[i]], divided by their sum (added in that order) where normalise is
 * set.  logits is overwritten with p.  1 <= k <= n.  Same bits everywhere.
 */
#ifndef COMPUTE_OPS_ROUTE_H
#define COMPUTE_OPS_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUTSU_ROUTE(name) \
	void (name)(int32_t *expert, float *weight, float *logits, \
		    size_t n, size_t k, bool normalise)

typedef MUTSU_ROUTE(mutsu_route_fn);

MUTSU_ROUTE(mutsu_route_ref);

#endif
