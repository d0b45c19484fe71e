/* SPDX-License-Identifier: MIT */
/*
 * add:  y[i] = y[i] + x[i]		i < n
 * axpy: y[i] = fmaf(a, x[i], y[i])
 *
 * Residual sums and biases; the weighted sum of experts.  x and y do not
 * overlap.  Same bits everywhere.
 */
#ifndef COMPUTE_OPS_ADD_H
#define COMPUTE_OPS_ADD_H

#include <stddef.h>

#define MUTSU_ADD(name) \
	void (name)(float *restrict y, const float *restrict x, size_t n)
#define MUTSU_AXPY(name) \
	void (name)(float *restrict y, float a, const float *restrict x, size_t n)

typedef MUTSU_ADD(mutsu_add_fn);
typedef MUTSU_AXPY(mutsu_axpy_fn);

MUTSU_ADD(mutsu_add_ref);
MUTSU_AXPY(mutsu_axpy_ref);
MUTSU_ADD(mutsu_add_neon);
MUTSU_AXPY(mutsu_axpy_neon);

#endif
