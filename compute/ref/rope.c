// SPDX-License-Identifier: MIT
#include "compute/ops/rope.h"

#include <math.h>

static void rotate(float *x0, float *x1, float c, float s)
{
	float a = *x0, b = *x1;

	*x0 = fmaf(a, c, -(b * s));
	*x1 = fmaf(a, s, b * c);
}

MUTSU_ROPE(mutsu_rope_norm_ref)
{
	for (size_t h = 0; h < n_heads; h++, x += head_dim) {
		for (size_t i = 0; i < n_pairs; i++)
			rotate(&x[2 * i], &x[2 * i + 1], cs[i], cs[n_pairs + i]);
	}
}

MUTSU_ROPE(mutsu_rope_neox_ref)
{
	for (size_t h = 0; h < n_heads; h++, x += head_dim) {
		for (size_t i = 0; i < n_pairs; i++)
			rotate(&x[i], &x[i + n_pairs], cs[i], cs[n_pairs + i]);
	}
}
