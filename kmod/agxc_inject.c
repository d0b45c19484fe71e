// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: faults on request
 *
 * What a developer asks for in debugfs (dri/N/inject), and the allocations that can be
 * made to fail there.
 */
#include <linux/debugfs.h>
#include <linux/error-injection.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "agxc_device.h"

bool agxc_inject_once(atomic_t *count)
{
	return atomic_read(count) && atomic_dec_if_positive(count) >= 0;
}

noinline bool agxc_inject_alloc(struct agxc_device *dev)
{
	struct agxc_inject *inject = &dev->inject;

	atomic_inc(&inject->allocs);
	return atomic_read(&inject->alloc) && atomic_dec_if_positive(&inject->alloc) == 0;
}
ALLOW_ERROR_INJECTION(agxc_inject_alloc, TRUE);

noinline void *agxc_alloc(struct agxc_device *dev, size_t size)
{
	/* kvzalloc() would complain of more. */
	if (agxc_inject_alloc(dev) || size > INT_MAX)
		return NULL;
	return kvzalloc(size, GFP_KERNEL_ACCOUNT);
}
ALLOW_ERROR_INJECTION(agxc_alloc, NULL);

void agxc_free(const void *ptr)
{
	kvfree(ptr);
}

void agxc_inject_debugfs(struct agxc_device *dev, struct dentry *root)
{
	struct agxc_inject *inject = &dev->inject;
	struct dentry *dir = debugfs_create_dir("inject", root);

	debugfs_create_atomic_t("alloc", 0600, dir, &inject->alloc);
	debugfs_create_atomic_t("allocs", 0400, dir, &inject->allocs);
	debugfs_create_u32("delay_ms", 0600, dir, &inject->delay_ms);
	debugfs_create_atomic_t("fault", 0600, dir, &inject->fault);
	debugfs_create_atomic_t("hang", 0600, dir, &inject->hang);
}
