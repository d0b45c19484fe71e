/* SPDX-License-Identifier: MIT */
/*
 * What happens to Q, K and V between their product and attention, for rows r < step.n:
 *
 *	each head of Q: RMS norm, where there is one; rotation; back to its place
 *	each head of K: the same, then to position step.pos + r of the cache
 *	each head of V: to that position of the cache
 *
 * A row of qkv is heads of head_dim floats: n_head of Q, n_head_kv of K, n_head_kv of V.
 * K and V stay in it as they were.  Row r of rope is the cosines, then the sines of n_pairs
 * pairs (ops/rope.h), whose elements are next to each other or, with neox, n_pairs apart.
 * head_dim is even, n_pairs at most half of it.  Strides are in floats, addresses
 * multiples of 4 (of the cache: of an element).
 *
 * The norm is that of ops/rmsnorm.h with a relative error of at most 2^-19.  All else is
 * exact: the rotation rounds as ops/rope.h says, but denormal floats are zeros; elements
 * of the cache are floats, or halves as those of F16 in ops/activation.h.
 */
#ifndef COMPUTE_AGX_QKV_H
#define COMPUTE_AGX_QKV_H

#include "launch.h"

struct mutsu_agx_qkv {
	u64 qkv;
	u32 stride;
	u64 rope;
	u32 rope_stride;
	u64 norm_q, norm_k;	/* head_dim floats; 0: none */
	u64 k, v;		/* caches of this layer: head 0, position 0 */
	u32 row_size;		/* bytes of a head at a position: head_dim halves, or floats */
	u64 head_size;		/* bytes from head to head: row_size * n_ctx */
	u32 n_head, n_head_kv, head_dim, n_pairs;
	bool neox, f32;		/* pairing; cache of floats */
	float eps;
	u32 n;			/* rows at most */
};

/*
 * 0; -ENOTSUP: heads have more than 256 elements, or the K cache of a layer has 2^32 or more.
 */
int mutsu_agx_qkv(struct mutsu_agx_launch *launch, const struct mutsu_agx_qkv *a);

#endif
