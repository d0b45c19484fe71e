/* SPDX-License-Identifier: MIT */
/*
 * y[i] = (x[i] * scale) * w[i],  scale = 1 / sqrt(mean(x^2) + eps)	i < n
 *
 * Root mean square layer normalisation (Zhang and Sennrich 2019).  x and y may
 * be the same row.  The sum of squares has eight partial sums,
 * p[i % 8] = fmaf(x[i], x[i], p[i % 8]) for i in order, added as
 * ((p0+p4) + (p2+p6)) + ((p1+p5) + (p3+p7)); then scale = 1.0f / sqrtf(sum /
 * (float)n + eps), each step rounded to float.  Same bits everywhere.
 */
#ifndef COMPUTE_OPS_RMSNORM_H
#define COMPUTE_OPS_RMSNORM_H

#include <stddef.h>

#define MUTSU_RMSNORM(name) \
	void (name)(float *y, const float *x, const float *w, size_t n, float eps)

typedef MUTSU_RMSNORM(mutsu_rmsnorm_fn);

MUTSU_RMSNORM(mutsu_rmsnorm_ref);
MUTSU_RMSNORM(mutsu_rmsnorm_neon);

#endif
