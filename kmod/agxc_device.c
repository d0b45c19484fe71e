// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: what the device claims to be
 *
 * Chip profiles, and the two ioctls that only tell.
 */
#include <drm/drm_ioctl.h>
#include <linux/ktime.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_device.h"

static const struct agxc_chip chips[] = {
	{ "t8103", 0x8103, 13, 'G', 0x11, 1, 1, 8 },
	{ "t6000", 0x6000, 13, 'S', 0x11, 1, 2, 8 },
	{ "t6001", 0x6001, 13, 'C', 0x11, 1, 4, 8 },
	{ "t6002", 0x6002, 13, 'D', 0x11, 2, 8, 8 },
	{ "t8112", 0x8112, 14, 'G', 0x00, 1, 1, 10 },
	{ "t6020", 0x6020, 14, 'S', 0x00, 1, 2, 10 },
	{ "t6021", 0x6021, 14, 'C', 0x00, 1, 4, 10 },
	{ "t6022", 0x6022, 14, 'D', 0x00, 2, 8, 10 },
};

/* NULL where there is no such chip. */
const struct agxc_chip *agxc_chip_find(const char *name)
{
	for (int i = 0; i < ARRAY_SIZE(chips); i++)
		if (!strcmp(chips[i].name, name))
			return &chips[i];
	return NULL;
}

void agxc_chip_params(const struct agxc_chip *chip, struct drm_asahi_params_global *params)
{
	memset(params, 0, sizeof(*params));
	if (READ_ONCE(agxc_params.soft_faults))
		params->features |= DRM_ASAHI_FEATURE_SOFT_FAULTS;
	params->gpu_generation = chip->generation;
	params->gpu_variant = chip->variant;
	params->gpu_revision = chip->revision;
	params->chip_id = chip->chip_id;
	params->num_dies = chip->dies;
	params->num_clusters_total = chip->clusters;
	params->num_cores_per_cluster = chip->cores;
	/* Not the clock: what the hardware's driver says on every chip. */
	params->max_frequency_khz = 1000000;
	for (int i = 0; i < chip->clusters; i++)
		params->core_masks[i] = (1ull << chip->cores) - 1;
	params->vm_start = AGXC_VA_START;
	params->vm_end = AGXC_VA_END;
	params->vm_kernel_min_size = AGXC_VA_KERNEL_MIN;
	params->max_commands_per_submission = AGXC_MAX_COMMANDS;
	params->max_attachments = AGXC_MAX_ATTACHMENTS;
	params->command_timestamp_frequency_hz = NSEC_PER_SEC;
}

int agxc_ioctl_get_params(struct drm_device *drm, void *data, struct drm_file *file)
{
	const struct drm_asahi_get_params *args = data;
	struct drm_asahi_params_global params;

	if (args->param_group || args->pad)
		return -EINVAL;

	agxc_chip_params(to_agxc(drm)->chip, &params);
	if (copy_to_user(u64_to_user_ptr(args->pointer), &params,
			 min_t(u64, args->size, sizeof(params))))
		return -EFAULT;
	return 0;
}

/* In the unit of command timestamps, ns. */
u64 agxc_timestamp(void)
{
	return ktime_get_raw_ns();
}

int agxc_ioctl_get_time(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_asahi_get_time *args = data;

	if (args->flags)
		return -EINVAL;

	args->gpu_timestamp = agxc_timestamp();
	return 0;
}
