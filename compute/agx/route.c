// SPDX-License-Identifier: MIT
#include "route.h"

#include <errno.h>

extern const struct agx_kernel agx_kernel_route_1;
extern const struct agx_kernel agx_kernel_route_2;
extern const struct agx_kernel agx_kernel_route_4;
extern const struct agx_kernel agx_kernel_route_8;

int mutsu_agx_route(struct mutsu_agx_launch *launch, const struct mutsu_agx_route *a)
{
	const struct agx_kernel *kernel = a->n_expert <= 32  ? &agx_kernel_route_1 :
					  a->n_expert <= 64  ? &agx_kernel_route_2 :
					  a->n_expert <= 128 ? &agx_kernel_route_4 :
							       &agx_kernel_route_8;

	if (a->n_expert > 256 || a->k > 32)
		return -ENOTSUP;
	mutsu_agx_launch_init(launch, kernel, 0);
	mutsu_agx_set_buffer(launch, "expert", a->expert);
	mutsu_agx_set_buffer(launch, "weight", a->weight);
	mutsu_agx_set_buffer(launch, "logits", a->logits);
	mutsu_agx_set_u32(launch, "stride", a->stride);
	mutsu_agx_set_u32(launch, "n_expert", a->n_expert);
	mutsu_agx_set_u32(launch, "k", a->k);
	launch->groups[0] = a->n;
	return 0;
}
