/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_COUNTERS_H
#define AGXC_COUNTERS_H

#include <linux/atomic.h>

#include "../uapi/drm/agx_compute_drm.h"

/**
 * struct agxc_counters - what was executed for a queue
 * @detailed: count by class and bytes, too, which costs time; otherwise those stay
 * @value: by enum drm_agxc_counter
 */
struct agxc_counters {
	bool detailed;
	atomic64_t value[DRM_AGXC_COUNTERS];
};

static inline void agxc_count(struct agxc_counters *counters, enum drm_agxc_counter counter,
			      u64 n)
{
	atomic64_add(n, &counters->value[counter]);
}

#endif
