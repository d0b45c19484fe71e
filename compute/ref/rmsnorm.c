// SPDX-License-Identifier: MIT
#include "compute/ops/rmsnorm.h"

#include <math.h>

#include "sum.h"

MUTSU_RMSNORM(mutsu_rmsnorm_ref)
{
	float p[8] = { 0 };
	float scale;

	for (size_t i = 0; i < n; i++)
		p[i % 8] = fmaf(x[i], x[i], p[i % 8]);
	scale = 1.0f / sqrtf(sum8(p) / (float)n + eps);

	for (size_t i = 0; i < n; i++)
		y[i] = (x[i] * scale) * w[i];
}
