/* SPDX-License-Identifier: MIT */
/*
 * add:  y[i] = y[i] + x[i]		i < n
 * axpy: y[i] = fmaf(a, x[i], y[i])
 *
 * Residual sums and biases; the weighted sum of experts.  x and y do not
 * overlap.  Same bits everywhere; compilers vectorise the reference.
 */
#ifndef COMPUTE_OPS_ADD_H
#define COMPUTE_OPS_ADD_H

#include <stddef.h>

void mutsu_add_ref(float *restrict y, const float *restrict x, size_t n);
void mutsu_axpy_ref(float *restrict y, float a, const float *restrict x, size_t n);

#endif
