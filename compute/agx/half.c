// SPDX-License-Identifier: MIT
#include "half.h"

#include <errno.h>

extern const struct agx_kernel agx_kernel_half;

/* Tiles of 8 rows, blocks of 32 columns. */
static u32 tiles(u32 n)
{
	const u32 together = MUTSU_AGX_GEMM_TOKENS;

	return (n + together - 1) / together * (together / 8);
}

static u32 blocks(u32 cols)
{
	return (cols + 31) / 32;
}

size_t mutsu_agx_half_size(u32 cols, u32 n)
{
	return (size_t)tiles(n) * blocks(cols) * 512;
}

int mutsu_agx_half(struct mutsu_agx_launch *launch, const struct mutsu_agx_half *a)
{
	if (a->cols % 8)
		return -ENOTSUP;
	mutsu_agx_launch_init(launch, &agx_kernel_half, 0);
	mutsu_agx_set_buffer(launch, "y_to", a->y);
	mutsu_agx_set_buffer(launch, "x_from", a->x);
	mutsu_agx_set_u32(launch, "x_stride", a->x_stride);
	mutsu_agx_set_u32(launch, "cols", a->cols);
	mutsu_agx_set_u32(launch, "blocks", blocks(a->cols));
	launch->groups[0] = (blocks(a->cols) + 3) / 4;
	launch->groups[1] = tiles(a->n);
	return 0;
}
