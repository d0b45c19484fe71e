/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_GEM_H
#define AGXC_GEM_H

#include <drm/drm_gem_shmem_helper.h>
#include <linux/iosys-map.h>
#include <linux/kref.h>

struct agxc_file;
struct agxc_vm;

/**
 * struct agxc_gem - a buffer
 * @base: shmem, or imported
 * @flags: DRM_ASAHI_GEM_*
 * @vm_resv: of a VM_PRIVATE buffer: the object whose reservation it shares, which
 *	says which VM it belongs to; NULL: it may be shared
 * @charged: its pages are in &agxc_device.bound_pages, until it is freed; under its
 *	reservation
 * @maps: calls of agxc_gem_map() without agxc_gem_unmap(); under its reservation
 * @host: where the kernel has it, while @maps is not 0
 *
 * The CPU's mapping is always cached: what executes is a CPU, too.
 */
struct agxc_gem {
	struct drm_gem_shmem_object base;
	u32 flags;
	struct drm_gem_object *vm_resv;
	bool charged;
	unsigned long maps;
	struct iosys_map host;
};

static inline struct agxc_gem *to_agxc_gem(struct drm_gem_object *obj)
{
	return container_of(to_drm_gem_shmem_obj(obj), struct agxc_gem, base);
}

/* Pages of the machine that all buffers together may have. */
u64 agxc_gem_limit(void);

/* For struct drm_driver. */
struct drm_gem_object *agxc_gem_create_object(struct drm_device *drm, size_t size);

/*
 * A buffer of size bytes, rounded up to whole pages of GPU and CPU; with vm one that is
 * private to it.  Takes no memory for its contents yet.  The caller has the reference.
 * -EINVAL: size is 0; -ENOMEM: also where size is more than the machine has.
 */
struct drm_gem_object *agxc_gem_create(struct drm_device *drm, u64 size, u32 flags,
				       struct agxc_vm *vm);

/*
 * Pins the buffer's memory and maps it for the kernel, as one piece, until
 * agxc_gem_unmap(); both count.  May sleep and takes the reservation lock; with
 * _locked the caller has it.  0, -ENOMEM (also where memory_percent of the machine
 * is in use already), -EINVAL for imported memory that is no plain memory.
 */
int agxc_gem_map(struct drm_gem_object *obj, void **address);
int agxc_gem_map_locked(struct drm_gem_object *obj, void **address);
void agxc_gem_unmap(struct drm_gem_object *obj);
void agxc_gem_unmap_locked(struct drm_gem_object *obj);

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

/* agxc_object.c */
struct agxc_object *agxc_object_lookup(struct agxc_file *file, u32 handle);
struct agxc_object *agxc_object_get(struct agxc_object *object);
/*
 * From any context that may sleep; the engine must not drop the last one.  Whoever has
 * a reference has one to a VM, too, and drops that later: it keeps the device.
 */
void agxc_object_put(struct agxc_object *object);

int agxc_ioctl_gem_create(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_ioctl_gem_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_ioctl_gem_bind_object(struct drm_device *drm, void *data, struct drm_file *file);

#endif
