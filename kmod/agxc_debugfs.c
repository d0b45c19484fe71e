// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: debugfs
 *
 * Below dri/N: what clients have, what the engine does, faults on request.
 */
#include <drm/drm_file.h>

#include "agxc_debug.h"
#include "agxc_device.h"

void agxc_debugfs_init(struct drm_minor *minor)
{
	agxc_inject_debugfs(to_agxc(minor->dev), minor->debugfs_root);
}
