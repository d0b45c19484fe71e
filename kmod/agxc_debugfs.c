// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "agxc_debug.h"
#include "agxc_device.h"

void agxc_debugfs_init(struct drm_minor *minor)
{
}
