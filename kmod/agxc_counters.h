/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_COUNTERS_H
#define AGXC_COUNTERS_H

#include <linux/atomic.h>

#include "../uapi/drm/agx_compute_drm.h"

struct agx_observer;

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

/**
 * struct agxc_counts - what one core counts in detail, until it adds it to the queue's
 * @value: by enum drm_agxc_counter
 */
struct agxc_counts {
	u64 value[DRM_AGXC_COUNTERS];
};

/* An observer that counts for each core in its element of counts, by the core's index. */
void agxc_counts_observe(struct agx_observer *observer, struct agxc_counts *counts);

/* Adds what a core has counted, which becomes 0. */
void agxc_counts_flush(struct agxc_counts *counts, struct agxc_counters *counters);

#endif
