// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "agxc_device.h"
#include "agxc_vm.h"

void agxc_vm_close(struct agxc_vm *vm)
{
}

int agxc_ioctl_vm_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}

int agxc_ioctl_vm_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}

int agxc_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}
