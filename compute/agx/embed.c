// SPDX-License-Identifier: MIT
#include "embed.h"

#include <errno.h>

#include "matvec_form.h"

MUTSU_AGX_TABLES(embed);

int mutsu_agx_embed(struct mutsu_agx_launch *launch, const struct mutsu_agx_embed *a)
{
	const struct agx_kernel *kernel =
		mutsu_agx_any(a->cols) ? any_kernels[a->type] : kernels[a->type];

	if (!mutsu_agx_row_units(a->type, a->cols))
		return -ENOTSUP;
	mutsu_agx_launch_init(launch, kernel, 0);
	mutsu_agx_set_buffer(launch, "y", a->y);
	mutsu_agx_set_buffer(launch, "token", a->token);
	mutsu_agx_set_w(launch, a->type, 'a', a->w);
	mutsu_agx_set_u32(launch, "y_stride", a->y_stride / 4);
	mutsu_agx_set_row(launch, a->type, a->cols);
	mutsu_agx_set_f32(launch, "scale", a->scale);
	launch->groups[0] = (a->cols + MUTSU_AGX_CHUNK - 1) / MUTSU_AGX_CHUNK;
	launch->groups[1] = a->n;
	return 0;
}
