// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: what the device tells beyond the hardware's UAPI
 *
 * The ioctls of agx_compute_drm.h that only read, and fdinfo.
 */
#include <drm/drm_file.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_print.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../uapi/drm/agx_compute_drm.h"
#include "agxc_debug.h"
#include "agxc_device.h"
#include "agxc_engine.h"

/* As much of data as there is room for; *size becomes all of it. */
static int agxc_copy_out(u64 pointer, u64 *size, const void *data, size_t have)
{
	size_t n = min_t(u64, *size, have);

	*size = have;
	if (n && copy_to_user(u64_to_user_ptr(pointer), data, n))
		return -EFAULT;
	return 0;
}

int agxc_ioctl_get_info(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_agxc_get_info *args = data;
	struct agxc_device *dev = to_agxc(drm);
	struct drm_agxc_info info = {
		.magic = DRM_AGXC_MAGIC,
		.version = DRM_AGXC_VERSION,
		.cores = agxc_engine_cores(dev),
		.slots = agxc_engine_slots(dev),
		.timeout_ms = READ_ONCE(agxc_params.timeout_ms),
		.max_steps = READ_ONCE(agxc_params.max_steps),
		.arena_size = (u64)agxc_params.arena_mib << 20,
		.bound = atomic64_read(&dev->bound_pages) << PAGE_SHIFT,
	};

	if (READ_ONCE(agxc_params.render))
		info.flags |= DRM_AGXC_INFO_RENDER;
	if (READ_ONCE(agxc_params.soft_faults))
		info.flags |= DRM_AGXC_INFO_SOFT_FAULTS;
	info.bound_max = div_u64((u64)totalram_pages() * agxc_params.memory_percent, 100);
	info.bound_max <<= PAGE_SHIFT;
	strscpy(info.module, AGXC_VERSION);
	return agxc_copy_out(args->pointer, &args->size, &info, sizeof(info));
}

int agxc_ioctl_get_counters(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}

int agxc_ioctl_get_fault(struct drm_device *drm, void *data, struct drm_file *file)
{
	return -EOPNOTSUPP;
}

void agxc_show_fdinfo(struct drm_printer *printer, struct drm_file *file)
{
	const struct agxc_usage *usage = to_agxc_file(file)->usage;
	u32 slots = agxc_engine_slots(to_agxc(file->minor->dev));

	drm_printf(printer, "drm-engine-compute:\t%lld ns\n", atomic64_read(&usage->engine_ns));
	drm_printf(printer, "drm-engine-capacity-compute:\t%u\n", slots);
	drm_show_memory_stats(printer, file);
}
