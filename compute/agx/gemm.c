// SPDX-License-Identifier: MIT
#include "gemm.h"

#include <errno.h>

#define OUTPUTS 128		/* of a threadgroup */

extern const struct agx_kernel agx_kernel_gemm;

int mutsu_agx_gemm(struct mutsu_agx_launch *launch, const struct mutsu_agx_gemm *a)
{
	const u32 units = a->cols / 8, blocks = (a->cols + 31) / 32;
	char x[] = "x0";

	/* Indices have 32 bits. */
	if (!a->cols || a->cols % 8 || (u64)a->rows * units >> 32)
		return -ENOTSUP;
	mutsu_agx_launch_init(launch, &agx_kernel_gemm, 0);
	mutsu_agx_set_buffer(launch, "y", a->y);
	mutsu_agx_set_buffer(launch, "w", a->w);
	mutsu_agx_set_buffer(launch, "bias", a->bias);
	for (u32 tile = 0; tile < MUTSU_AGX_GEMM_TOKENS / 8; tile++) {
		x[1] = (char)('0' + tile);
		mutsu_agx_set_buffer(launch, x, a->x + 512ull * blocks * tile);
	}
	mutsu_agx_set_u32(launch, "y_stride", a->y_stride / 4);
	mutsu_agx_set_u32(launch, "rows", a->rows);
	mutsu_agx_set_u32(launch, "w_stride", units);
	mutsu_agx_set_u32(launch, "last_unit", units - 1);
	mutsu_agx_set_u32(launch, "blocks", blocks);
	mutsu_agx_set_u32(launch, "has_bias", a->bias != 0);
	launch->groups[0] = (a->n + MUTSU_AGX_GEMM_TOKENS - 1) / MUTSU_AGX_GEMM_TOKENS;
	launch->groups[1] = (a->rows + OUTPUTS - 1) / OUTPUTS;
	return 0;
}
