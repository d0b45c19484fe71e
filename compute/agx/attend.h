/* SPDX-License-Identifier: MIT */
/*
 * Attention of rows r < step.n over the cache, which has them already:
 *
 *	s[j] = scale * dot(q, k[j])	positions j from max(0, step.pos + r + 1 - window), where
 *					there is a window, to step.pos + r
 *	out = sum of softmax(s)[j] * v[j]
 *
 * for each query head, as in ops/attention.h (without its softcap); query head i reads KV head
 * i / (n_head / n_head_kv).  Rows of q and out are heads of head_dim floats; q may be the first
 * part of longer rows.  Strides are in floats and multiples of 4, addresses of 16; head_dim is
 * a multiple of 8.  Other rows and what is between rows are left alone.
 *
 * All sums are in f32; the softmax is the hardware's exp2 and its sum is the divisor at the
 * end.  With D the largest scale * sum over i of |q[i] k[j][i]| that a query has, and eps =
 * 2^-24, an element of out is within
 *
 *	eps * (4 * (head_dim + 16) * D + n + 64) * sum over j of softmax(s)[j] * |v[j]|
 *
 * of the exact one, n being the positions; as long as what is in the cache is finite, floats
 * there are no denormals, and no product leaves the range of floats.
 */
#ifndef COMPUTE_AGX_ATTEND_H
#define COMPUTE_AGX_ATTEND_H

#include "launch.h"

struct mutsu_agx_attend {
	u64 out, q;		/* q: head 0 of row 0 (in the qkv rows) */
	u32 out_stride, q_stride;
	u64 k, v;		/* caches of this layer: head 0, position 0 */
	u32 row_size;		/* bytes of a head at a position: head_dim halves, or floats */
	u64 head_size;		/* bytes from head to head: row_size * n_ctx */
	u32 n_head, n_head_kv, head_dim;
	u32 window;		/* positions that a row sees at most; 0: all */
	float scale;
	bool f32;		/* the cache is of floats */
	u32 n;			/* rows at most */
};

/*
 * 0; -ENOTSUP: heads have more than 256 elements or no multiple of 8, a batch has 2^17 queries
 * per KV head or more, or the K cache of a layer has 2^32 elements or more.
 */
int mutsu_agx_attend(struct mutsu_agx_launch *launch, const struct mutsu_agx_attend *a);

#endif
