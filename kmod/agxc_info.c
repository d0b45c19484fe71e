// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <drm/drm_print.h>

#include "agxc_debug.h"
#include "agxc_device.h"

void agxc_show_fdinfo(struct drm_printer *printer, struct drm_file *file)
{
}

int agxc_ioctl_get_info(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}

int agxc_ioctl_get_counters(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}

int agxc_ioctl_get_fault(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}
