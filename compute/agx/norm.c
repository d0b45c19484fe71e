// SPDX-License-Identifier: MIT
#include "norm.h"

#include <errno.h>

extern const struct agx_kernel agx_kernel_norm_1;
extern const struct agx_kernel agx_kernel_norm_2;
extern const struct agx_kernel agx_kernel_norm_4;

int mutsu_agx_norm(struct mutsu_agx_launch *launch, const struct mutsu_agx_norm *a)
{
	const u32 vectors = a->width / 4;
	const u32 each = vectors <= 1024 ? 1 : vectors <= 2048 ? 2 : 4;
	const struct agx_kernel *kernel = each == 1 ? &agx_kernel_norm_1 :
					  each == 2 ? &agx_kernel_norm_2 : &agx_kernel_norm_4;
	const u32 simds = (vectors + 32 * each - 1) / (32 * each);

	if (a->width > MUTSU_AGX_NORM_MAX)
		return -ENOTSUP;
	mutsu_agx_launch_init(launch, kernel, 32 * simds);
	mutsu_agx_set_buffer(launch, "x", a->x);
	mutsu_agx_set_buffer(launch, "y", a->y);
	mutsu_agx_set_buffer(launch, "h", a->h);
	mutsu_agx_set_buffer(launch, "norm", a->norm);
	mutsu_agx_set_buffer(launch, "norm2", a->norm2);
	mutsu_agx_set_u32(launch, "x_stride", a->x_stride / 4);
	mutsu_agx_set_u32(launch, "y_stride", a->y_stride / 4);
	mutsu_agx_set_u32(launch, "h_stride", a->h_stride / 4);
	mutsu_agx_set_u32(launch, "width", vectors);
	mutsu_agx_set_u32(launch, "threads", 32 * simds);
	mutsu_agx_set_u32(launch, "n_simds", simds);
	mutsu_agx_set_u32(launch, "y_kind", !a->add ? 0 : a->norm2 ? 2 : 1);
	mutsu_agx_set_u32(launch, "outputs", a->outputs);
	mutsu_agx_set_f32(launch, "mean", 1.0f / (float)a->width);
	mutsu_agx_set_f32(launch, "eps", a->eps);
	launch->groups[0] = a->n;
	return 0;
}
