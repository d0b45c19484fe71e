/* SPDX-License-Identifier: MIT */
/*
 * y[o][k] = w[o][k] as a half, rounded to nearest even	o < rows, k < cols
 *
 * For products of matrices.  What is rounded has the bits of dequantisation
 * (ops/dequant.h), but for signs of zeros; beyond 65504 it is 65504 with its sign.
 */
#ifndef COMPUTE_AGX_DEQUANT_H
#define COMPUTE_AGX_DEQUANT_H

#include "compute/type.h"

#include "launch.h"

struct mutsu_agx_dequant {
	u64 y;			/* address, a multiple of 16; rows packed */
	u64 w;			/* a multiple of 32; rows packed, below 4 GiB of them */
	enum mutsu_type type;
	u32 rows;
	u32 cols;		/* whole blocks, or a multiple of 4 */
};

/* -ENOTSUP: cols are no multiple of 4. */
int mutsu_agx_dequant(struct mutsu_agx_launch *launch, const struct mutsu_agx_dequant *a);

#endif
