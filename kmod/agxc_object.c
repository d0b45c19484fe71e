// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: objects
 *
 * GEM_BIND_OBJECT names memory that belongs to no VM and to which the GPU writes when
 * commands start and end: timestamps.  It stays mapped while a command that was
 * submitted may write to it, whatever happens to the handle.
 */
#include <drm/drm_gem.h>
#include <linux/overflow.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_device.h"
#include "agxc_gem.h"

struct agxc_object *agxc_object_get(struct agxc_object *object)
{
	kref_get(&object->ref);
	return object;
}

struct agxc_object *agxc_object_lookup(struct agxc_file *file, u32 handle)
{
	struct agxc_object *object;

	xa_lock(&file->objects);
	object = xa_load(&file->objects, handle);
	if (object)
		agxc_object_get(object);
	xa_unlock(&file->objects);
	return object;
}

static void object_free(struct kref *ref)
{
	struct agxc_object *object = container_of(ref, struct agxc_object, ref);

	agxc_gem_unmap(object->gem);
	drm_gem_object_put(object->gem);
	agxc_free(object);
}

void agxc_object_put(struct agxc_object *object)
{
	kref_put(&object->ref, object_free);
}

/* Takes over the reference to gem, unless it fails. */
static struct agxc_object *object_create(struct agxc_device *dev, struct drm_gem_object *gem,
					 u64 offset, u64 size)
{
	struct agxc_object *object;
	void *address;
	int ret;

	object = agxc_alloc(dev, sizeof(*object));
	if (!object)
		return ERR_PTR(-ENOMEM);

	ret = agxc_gem_map(gem, &address);
	if (ret) {
		agxc_free(object);
		return ERR_PTR(ret);
	}

	kref_init(&object->ref);
	object->gem = gem;
	object->address = (u8 *)address + offset;
	object->size = size;
	return object;
}

static int publish(struct agxc_device *dev, struct agxc_file *file, struct agxc_object *object,
		   u32 *handle)
{
	if (agxc_inject_alloc(dev))
		return -ENOMEM;
	return xa_alloc(&file->objects, handle, object, AGXC_IDS, GFP_KERNEL_ACCOUNT);
}

static int object_bind(struct agxc_device *dev, struct drm_file *drm_file,
		       struct drm_asahi_gem_bind_object *args)
{
	struct agxc_object *object;
	struct drm_gem_object *gem;
	u64 end;
	int ret;

	if ((args->range | args->offset) & (AGXC_PAGE_SIZE - 1))
		return -EINVAL;
	if (args->flags != DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS)
		return -EINVAL;
	if (check_add_overflow(args->offset, args->range, &end))
		return -EINVAL;

	gem = drm_gem_object_lookup(drm_file, args->handle);
	if (!gem)
		return -ENOENT;

	/* Timestamps are in the kernel's VM, where another VM's private buffer cannot be. */
	if (!args->range || end > gem->size || to_agxc_gem(gem)->vm_resv) {
		ret = -EINVAL;
		goto err_put_gem;
	}

	object = object_create(dev, gem, args->offset, args->range);
	if (IS_ERR(object)) {
		ret = PTR_ERR(object);
		goto err_put_gem;
	}

	ret = publish(dev, to_agxc_file(drm_file), object, &args->object_handle);
	if (ret)
		agxc_object_put(object);
	return ret;

err_put_gem:
	drm_gem_object_put(gem);
	return ret;
}

static int object_unbind(struct agxc_file *file, const struct drm_asahi_gem_bind_object *args)
{
	struct agxc_object *object;

	if (args->range || args->offset || args->flags || args->handle)
		return -EINVAL;

	object = xa_erase(&file->objects, args->object_handle);
	if (!object)
		return -ENOENT;

	agxc_object_put(object);
	return 0;
}

int agxc_ioctl_gem_bind_object(struct drm_device *drm, void *data, struct drm_file *drm_file)
{
	struct drm_asahi_gem_bind_object *args = data;

	if (args->pad || args->vm_id)
		return -EINVAL;

	switch (args->op) {
	case DRM_ASAHI_BIND_OBJECT_OP_BIND:
		return object_bind(to_agxc(drm), drm_file, args);
	case DRM_ASAHI_BIND_OBJECT_OP_UNBIND:
		return object_unbind(to_agxc_file(drm_file), args);
	default:
		return -EINVAL;
	}
}
