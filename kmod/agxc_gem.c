// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "agxc_device.h"
#include "agxc_gem.h"

struct drm_gem_object *agxc_gem_create_object(struct drm_device *drm, size_t size)
{
	return ERR_PTR(-EOPNOTSUPP);
}

void agxc_object_put(struct agxc_object *object)
{
}

int agxc_ioctl_gem_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}

int agxc_ioctl_gem_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}

int agxc_ioctl_gem_bind_object(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}
