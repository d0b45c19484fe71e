// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "agxc_debug.h"
#include "agxc_device.h"

int agxc_ioctl_capture(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}

int agxc_capture_job(struct agxc_job *job)
{
	return 0;
}

void agxc_capture_disarm(struct agxc_queue *queue)
{
}
