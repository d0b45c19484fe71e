// SPDX-License-Identifier: MIT
#include "dequant.h"

#include <errno.h>

#include "matvec_form.h"

MUTSU_AGX_TABLES(dequant);

int mutsu_agx_dequant(struct mutsu_agx_launch *launch, const struct mutsu_agx_dequant *a)
{
	const struct agx_kernel *kernel =
		mutsu_agx_any(a->cols) ? any_kernels[a->type] : kernels[a->type];

	if (!mutsu_agx_row_units(a->type, a->cols))
		return -ENOTSUP;
	mutsu_agx_launch_init(launch, kernel, 0);
	mutsu_agx_set_buffer(launch, "y", a->y);
	mutsu_agx_set_w(launch, a->type, 'a', a->w);
	mutsu_agx_set_u32(launch, "y_stride", a->cols / 4);
	mutsu_agx_set_row(launch, a->type, a->cols);
	launch->groups[0] = a->rows;
	launch->groups[1] = (a->cols + MUTSU_AGX_CHUNK - 1) / MUTSU_AGX_CHUNK;
	return 0;
}
