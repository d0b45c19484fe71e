// SPDX-License-Identifier: MIT
#include "compute/ops/add.h"

#include <math.h>

MUTSU_ADD(mutsu_add_ref)
{
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

MUTSU_AXPY(mutsu_axpy_ref)
{
	for (size_t i = 0; i < n; i++)
		y[i] = fmaf(a, x[i], y[i]);
}
