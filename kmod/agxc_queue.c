// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "agxc_device.h"
#include "agxc_queue.h"

void agxc_queue_close(struct agxc_queue *queue)
{
}

int agxc_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}

int agxc_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}
