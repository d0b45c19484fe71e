/* SPDX-License-Identifier: MIT */
/*
 * Rotates pairs of a head's elements by an angle each, in place
 *
 * Rotary position embedding (Su et al. 2021).  x holds n_heads rows of head_dim
 * floats; the first 2 * n_pairs elements of each are rotated, the rest stays.
 * Pair i is (x[2i], x[2i+1]) in the "norm" form and (x[i], x[i + n_pairs]) in
 * the "neox" form.  With c = cs[i] and s = cs[n_pairs + i] (cosine and sine of
 * the pair's angle, made by the caller once per position):
 *
 *	x0' = fmaf(x0, c, -(x1 * s))
 *	x1' = fmaf(x0, s, x1 * c)
 *
 * Same bits everywhere.
 */
#ifndef COMPUTE_OPS_ROPE_H
#define COMPUTE_OPS_ROPE_H

#include <stddef.h>

#define MUTSU_ROPE(name) \
	void (name)(float *restrict x, const float *restrict cs, \
		    size_t n_heads, size_t head_dim, size_t n_pairs)

typedef MUTSU_ROPE(mutsu_rope_fn);

MUTSU_ROPE(mutsu_rope_norm_ref);
MUTSU_ROPE(mutsu_rope_neox_ref);
MUTSU_ROPE(mutsu_rope_norm_neon);
MUTSU_ROPE(mutsu_rope_neox_neon);

#endif
