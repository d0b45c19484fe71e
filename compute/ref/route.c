// SPDX-License-Identifier: MIT
/*
 * Choosing experts: k rounds over n probabilities.  Experts number in the tens
 * and k is small, so this is also the fast version.
 */
#include "compute/ops/route.h"

#include "compute/ops/softmax.h"

static bool taken(const int32_t *expert, size_t n, size_t j)
{
	for (size_t i = 0; i < n; i++) {
		if (expert[i] == (int32_t)j)
			return true;
	}
	return false;
}

/*
 * The largest p that the n experts chosen so far leave, the first of equals.
 * NaN compares false: where all are NaN this is the first one left.
 */
static size_t largest_left(const float *p, size_t n_p, const int32_t *expert, size_t n)
{
	size_t best = 0;

	while (taken(expert, n, best))
		best++;
	for (size_t j = best + 1; j < n_p; j++) {
		if (p[j] > p[best] && !taken(expert, n, j))
			best = j;
	}
	return best;
}

MUTSU_ROUTE(mutsu_route_ref)
{
	float sum = 0.0f;

	mutsu_softmax_ref(logits, n);

	for (size_t i = 0; i < k; i++) {
		size_t best = largest_left(logits, n, expert, i);

		expert[i] = (int32_t)best;
		weight[i] = logits[best];
		sum += weight[i];
	}

	for (size_t i = 0; normalise && i < k; i++)
		weight[i] /= sum;
}
