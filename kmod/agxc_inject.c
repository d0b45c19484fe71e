// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <linux/mm.h>
#include <linux/slab.h>

#include "agxc_device.h"

bool agxc_inject_once(atomic_t *count)
{
	return atomic_read(count) && atomic_dec_if_positive(count) >= 0;
}

bool agxc_inject_alloc(struct agxc_device *dev)
{
	struct agxc_inject *inject = &dev->inject;

	atomic_inc(&inject->allocs);
	return atomic_read(&inject->alloc) && atomic_dec_if_positive(&inject->alloc) == 0;
}

void *agxc_alloc(struct agxc_device *dev, size_t size)
{
	if (agxc_inject_alloc(dev))
		return NULL;
	return kvzalloc(size, GFP_KERNEL_ACCOUNT);
}

void agxc_free(const void *ptr)
{
	kvfree(ptr);
}
