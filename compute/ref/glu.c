// SPDX-License-Identifier: MIT
#include "compute/ops/glu.h"

#include <math.h>

#include "compute/ops/exp.h"

static float silu(float v)
{
	return v / (1.0f + mutsu_exp(-v));
}

static float gelu(float v)
{
	float z = 0.7978845608f * (v * fmaf(0.044715f * v, v, 1.0f));

	return v / (1.0f + mutsu_exp(-2.0f * z));
}

MUTSU_GLU(mutsu_glu_silu_ref)
{
	for (size_t i = 0; i < n; i++)
		y[i] = silu(g[i]) * u[i];
}

MUTSU_GLU(mutsu_glu_gelu_ref)
{
	for (size_t i = 0; i < n; i++)
		y[i] = gelu(g[i]) * u[i];
}
