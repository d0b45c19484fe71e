// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "agxc_device.h"
#include "agxc_engine.h"

int agxc_engine_create(struct agxc_device *dev)
{
	return 0;
}

void agxc_engine_stop(struct agxc_device *dev)
{
}

u32 agxc_engine_cores(const struct agxc_device *dev)
{
	return 1;
}

u32 agxc_engine_slots(const struct agxc_device *dev)
{
	return 1;
}
