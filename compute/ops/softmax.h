/* SPDX-License-Identifier: MIT */
/*
 * x[i] = e[i] / sum(e),  e[i] = mutsu_exp(x[i] - max(x))	i < n, in place
 *
 * The sum has eight partial sums, p[i % 8] += e[i] for i in order, added as
 * ((p0+p4) + (p2+p6)) + ((p1+p5) + (p3+p7)); then x[i] = e[i] * (1 / sum).
 * n is at least 1.  Same bits everywhere.
 */
#ifndef COMPUTE_OPS_SOFTMAX_H
#define COMPUTE_OPS_SOFTMAX_H

#include <stddef.h>

#define MUTSU_SOFTMAX(name) void (name)(float *x, size_t n)

typedef MUTSU_SOFTMAX(mutsu_softmax_fn);

MUTSU_SOFTMAX(mutsu_softmax_ref);
MUTSU_SOFTMAX(mutsu_softmax_neon);

#endif
