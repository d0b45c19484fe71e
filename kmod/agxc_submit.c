// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "agxc_device.h"
#include "agxc_queue.h"

int agxc_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}
