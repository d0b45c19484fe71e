/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_GEM_H
#define AGXC_GEM_H

#include <drm/drm_gem_shmem_helper.h>
#include <linux/kref.h>

struct agxc_device;
struct agxc_file;
struct agxc_vm;
struct dma_buf;

/**
 * struct agxc_gem - a buffer
 * @base: shmem, or imported
 * @flags: DRM_ASAHI_GEM_*
 * @vm_resv: of a VM_PRIVATE buffer: the object whose reservation it shares, which
 *	says which VM it belongs to; NULL: it may be shared
 *
 * The CPU's mapping is always cached: what executes is a CPU, too.
 */
struct agxc_gem {
	struct drm_gem_shmem_object base;
	u32 flags;
	struct drm_gem_object *vm_resv;
};

static inline struct agxc_gem *to_agxc_gem(struct drm_gem_object *obj)
{
	return container_of(to_drm_gem_shmem_obj(obj), struct agxc_gem, base);
}

/* For struct drm_driver. */
struct drm_gem_object *agxc_gem_create_object(struct drm_device *drm, size_t size);

/*
 * Pins the buffer's memory and maps it for the kernel, as one piece, until
 * agxc_gem_unmap(); both count.  May sleep and takes the reservation lock.  0,
 * -ENOMEM (also where memory_percent of the machine is bound already), -EINVAL for
 * imported memory that is no plain memory.
 */
int agxc_gem_map(struct drm_gem_object *obj, void **address);
void agxc_gem_unmap(struct drm_gem_object *obj);

/**
 * struct agxc_object - memory for timestamps, named by an object handle
 * @ref: the handle, and each command that writes there, have one
 * @gem: a reference
 * @address: of the first byte, until the last reference is dropped
 * @size: in bytes
 */
struct agxc_object {
	struct kref ref;
	struct drm_gem_object *gem;
	u8 *address;
	u64 size;
};

struct agxc_object *agxc_object_lookup(struct agxc_file *file, u32 handle);
struct agxc_object *agxc_object_get(struct agxc_object *object);
/* From any context that may sleep; the engine must not drop the last one. */
void agxc_object_put(struct agxc_object *object);

int agxc_ioctl_gem_create(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_ioctl_gem_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_ioctl_gem_bind_object(struct drm_device *drm, void *data, struct drm_file *file);

#endif
