/* SPDX-License-Identifier: MIT */
/*
 * y[r][i] = scale * w[token[r]][i]	i < cols, r < step.n
 *
 * The same bits as dequantisation (ops/dequant.h), times scale, but for two things: a
 * zero may have the other sign, and F32 and BF16 weights that are denormal floats are
 * zero, as products that would be denormal are.
 */
#ifndef COMPUTE_AGX_EMBED_H
#define COMPUTE_AGX_EMBED_H

#include "compute/type.h"

#include "launch.h"

struct mutsu_agx_embed {
	u64 y;			/* address, a multiple of 16 */
	u64 w;			/* a multiple of 32; rows packed, below 4 GiB of them */
	u64 token;		/* s32[n], each a row of w */
	enum mutsu_type type;
	u32 cols;		/* whole blocks, or a multiple of 4 */
	u32 y_stride;		/* floats between rows, a multiple of 4 */
	float scale;
	u32 n;			/* rows of y at most */
};

/* -ENOTSUP: cols are no multiple of 4. */
int mutsu_agx_embed(struct mutsu_agx_launch *launch, const struct mutsu_agx_embed *a);

#endif
