// SPDX-License-Identifier: MIT
#include "mark.h"

extern const struct agx_kernel agx_kernel_mark;

void mutsu_agx_mark(struct mutsu_agx_launch *launch, const struct mutsu_agx_mark *a)
{
	mutsu_agx_launch_init(launch, &agx_kernel_mark, 0);
	mutsu_agx_set_buffer(launch, "to", a->to);
	mutsu_agx_set_buffer(launch, "from", a->from);
}
