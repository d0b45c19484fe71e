// SPDX-License-Identifier: MIT
#include "add.h"

extern const struct agx_kernel agx_kernel_add;

void mutsu_agx_add(struct mutsu_agx_launch *launch, const struct mutsu_agx_add *a)
{
	const u32 vectors = a->width / 4;

	mutsu_agx_launch_init(launch, &agx_kernel_add, 0);
	mutsu_agx_set_buffer(launch, "y", a->y);
	mutsu_agx_set_buffer(launch, "x", a->x);
	mutsu_agx_set_u32(launch, "y_stride", a->y_stride / 4);
	mutsu_agx_set_u32(launch, "x_stride", a->x_stride / 4);
	mutsu_agx_set_u32(launch, "width", vectors);
	launch->groups[0] = (vectors + launch->threads - 1) / launch->threads;
	launch->groups[1] = a->n;
}
