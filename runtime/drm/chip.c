// SPDX-License-Identifier: MIT
/* What a chip is, from what the kernel says of it. */
#include <drm/asahi_drm.h>
#include <errno.h>
#include <stdio.h>

#include "priv.h"

static const struct {
	uint32_t chip_id;
	const char *name;
} chips[] = {
	{ 0x6000, "M1 Pro" },
	{ 0x6001, "M1 Max" },
	{ 0x6002, "M1 Ultra" },
	{ 0x6020, "M2 Pro" },
	{ 0x6021, "M2 Max" },
	{ 0x6022, "M2 Ultra" },
	{ 0x8103, "M1" },
	{ 0x8112, "M2" },
};

static void name_it(struct mutsu_gpu_info *info)
{
	char soc[16];
	const char *name = soc;

	snprintf(soc, sizeof(soc), "T%04X", info->chip_id);
	for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
		if (chips[i].chip_id == info->chip_id)
			name = chips[i].name;
	snprintf(info->name, sizeof(info->name), "Apple %s (G%u%c %02X)", name, info->generation,
		 info->variant, info->revision);
}

static void count_cores(struct mutsu_gpu_info *info, const struct drm_asahi_params_global *params)
{
	for (uint32_t i = 0; i < params->num_clusters_total && i < DRM_ASAHI_MAX_CLUSTERS; i++) {
		info->n_clusters += params->core_masks[i] != 0;
		info->n_cores += (uint32_t)__builtin_popcountll(params->core_masks[i]);
	}
}

int mutsu_gpu_describe(struct mutsu_gpu_info *info, struct mutsu_plan *plan,
		       const struct drm_asahi_params_global *params)
{
	const uint32_t variant = params->gpu_variant;

	info->chip_id = params->chip_id;
	info->generation = params->gpu_generation;
	info->variant = variant > 0x20 && variant < 0x7f ? (char)variant : '?';
	info->revision = (params->gpu_revision + 0xa0) & 0xff;
	info->max_commands = params->max_commands_per_submission;
	info->soft_faults = params->features & DRM_ASAHI_FEATURE_SOFT_FAULTS;
	/* As Mesa tells them apart: by clusters that the chip has, not by those enabled. */
	info->g14x = info->generation >= 14 && params->num_clusters_total > 1;
	info->multi_cluster = params->num_dies > 1 ||
			      (info->generation == 13 && params->num_clusters_total > 1);
	count_cores(info, params);
	name_it(info);

	if (info->generation != 13 && info->generation != 14)
		snprintf(info->why, sizeof(info->why),
			 "%s is of generation %u, whose instructions libmutsu " MUTSU_VERSION
			 " does not know: it has kernels for 13 (M1) and 14 (M2)",
			 info->name, info->generation);
	else if (!info->max_commands || !info->n_cores)
		snprintf(info->why, sizeof(info->why),
			 "the kernel says that %s has %u cores and takes %u commands at once",
			 info->name, info->n_cores, info->max_commands);
	else if (mutsu_plan_make(plan, params->vm_start, params->vm_end,
				 params->vm_kernel_min_size))
		snprintf(info->why, sizeof(info->why),
			 "the address space of %s, 0x%llx to 0x%llx with 0x%llx for the kernel, "
			 "is too small", info->name, (unsigned long long)params->vm_start,
			 (unsigned long long)params->vm_end,
			 (unsigned long long)params->vm_kernel_min_size);
	return info->why[0] ? -ENOTSUP : 0;
}
