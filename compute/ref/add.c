// SPDX-License-Identifier: MIT
#include "compute/ops/add.h"

#include <math.h>

void mutsu_add_ref(float *restrict y, const float *restrict x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

void mutsu_axpy_ref(float *restrict y, float a, const float *restrict x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = fmaf(a, x[i], y[i]);
}
