/* SPDX-License-Identifier: MIT */
/*
 * y[i] = act(g[i]) * u[i]	i < n; y may be g or u
 *
 * Gated linear unit of a feed-forward block (Shazeer 2020).  E is mutsu_exp().
 *
 * silu(v) = v / (1 + E(-v))
 * gelu(v) = v / (1 + E(-2z)),  z = 0.7978845608f * (v * fmaf(0.044715f * v, v, 1))
 *	(the tanh approximation: v/2 * (1 + tanh(z)))
 *
 * Same bits everywhere.  v = -infinity gives NaN or 0, without a trap.
 */
#ifndef COMPUTE_OPS_GLU_H
#define COMPUTE_OPS_GLU_H

#include <stddef.h>

#define MUTSU_GLU(name) \
	void (name)(float *y, const float *g, const float *u, size_t n)

typedef MUTSU_GLU(mutsu_glu_fn);

MUTSU_GLU(mutsu_glu_silu_ref);
MUTSU_GLU(mutsu_glu_gelu_ref);
MUTSU_GLU(mutsu_glu_silu_neon);
MUTSU_GLU(mutsu_glu_gelu_neon);

#endif
