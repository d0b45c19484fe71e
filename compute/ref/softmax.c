// SPDX-License-Identifier: MIT
#include "compute/ops/softmax.h"

#include "compute/ops/exp.h"

#include "sum.h"

MUTSU_SOFTMAX(mutsu_softmax_ref)
{
	float p[8] = { 0 };
	float max = x[0];
	float scale;

	for (size_t i = 1; i < n; i++)
		max = x[i] > max ? x[i] : max;

	for (size_t i = 0; i < n; i++) {
		x[i] = mutsu_exp(x[i] - max);
		p[i % 8] += x[i];
	}
	scale = 1.0f / sum8(p);

	for (size_t i = 0; i < n; i++)
		x[i] *= scale;
}
