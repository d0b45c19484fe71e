// SPDX-License-Identifier: MIT
#include "mix.h"

extern const struct agx_kernel agx_kernel_mix;

void mutsu_agx_mix(struct mutsu_agx_launch *launch, const struct mutsu_agx_mix *a)
{
	const u32 vectors = a->width / 4;

	mutsu_agx_launch_init(launch, &agx_kernel_mix, 64);
	mutsu_agx_set_buffer(launch, "y", a->y);
	mutsu_agx_set_buffer(launch, "e", a->e);
	mutsu_agx_set_buffer(launch, "weight", a->weight);
	mutsu_agx_set_u32(launch, "y_stride", a->y_stride / 4);
	mutsu_agx_set_u32(launch, "e_stride", a->e_stride / 4);
	mutsu_agx_set_u32(launch, "width", vectors);
	mutsu_agx_set_u32(launch, "k", a->k);
	launch->groups[0] = (vectors + launch->threads - 1) / launch->threads;
	launch->groups[1] = a->n;
}
