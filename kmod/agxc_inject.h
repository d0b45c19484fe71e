/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_INJECT_H
#define AGXC_INJECT_H

#include <linux/atomic.h>
#include <linux/types.h>

struct agxc_device;
struct dentry;

/**
 * struct agxc_inject - faults that a developer asked for, in debugfs
 * @alloc: allocations until one fails, once; 0: none does
 * @allocs: allocations so far, so that a test knows how many there are to fail
 * @delay_ms: completion of every job is held back for as long
 * @hang: commands, from the next one on, that never end by themselves
 * @fault: commands, from the next one on, that fault before they run
 *
 * They work on every kernel that has debugfs; CONFIG_FAULT_INJECTION is not needed.
 * READ_ONCE() @delay_ms.
 */
struct agxc_inject {
	atomic_t alloc;
	atomic_t allocs;
	u32 delay_ms;
	atomic_t hang;
	atomic_t fault;
};

/* Whether the allocation about to be made, here or in a helper of DRM, shall fail. */
bool agxc_inject_alloc(struct agxc_device *dev);

/* Zeroed and charged to the client; NULL without memory, or if that was asked for. */
void *agxc_alloc(struct agxc_device *dev, size_t size);
void agxc_free(const void *ptr);

/* One of as many as *count says: counts down. */
bool agxc_inject_once(atomic_t *count);

/* The folder with the attributes. */
void agxc_inject_debugfs(struct agxc_device *dev, struct dentry *root);

#endif
