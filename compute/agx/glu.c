// SPDX-License-Identifier: MIT
#include "glu.h"

extern const struct agx_kernel agx_kernel_glu_silu;
extern const struct agx_kernel agx_kernel_glu_gelu;

void mutsu_agx_glu(struct mutsu_agx_launch *launch, const struct mutsu_agx_glu *a)
{
	const u32 vectors = a->width / 4;

	mutsu_agx_launch_init(launch, a->gelu ? &agx_kernel_glu_gelu : &agx_kernel_glu_silu, 64);
	mutsu_agx_set_buffer(launch, "y", a->y);
	mutsu_agx_set_buffer(launch, "gu", a->gu);
	mutsu_agx_set_u32(launch, "y_stride", a->y_stride / 4);
	mutsu_agx_set_u32(launch, "gu_stride", a->gu_stride / 4);
	mutsu_agx_set_u32(launch, "width", vectors);
	mutsu_agx_set_u32(launch, "per_row", a->per_row);
	launch->groups[0] = (vectors + launch->threads - 1) / launch->threads;
	launch->groups[1] = a->n * a->per_row;
}
