// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "agxc_debug.h"
#include "agxc_device.h"

int agxc_ioctl_capture(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}
