/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_SYNC_H
#define AGXC_SYNC_H

#include <linux/types.h>

struct agxc_device;
struct agxc_queue;
struct agxc_wait;
struct dma_fence;
struct dma_fence_chain;
struct drm_file;
struct drm_syncobj;

/**
 * struct agxc_out_sync - a sync object that gets the job's fence
 * @syncobj: a reference
 * @chain: of a timeline: the link that is added; NULL: binary
 * @value: of the timeline
 */
struct agxc_out_sync {
	struct drm_syncobj *syncobj;
	struct dma_fence_chain *chain;
	u64 value;
};

/**
 * struct agxc_syncs - sync objects of a submission
 * @n_waits: of @wait
 * @wait: fences that are not signalled yet and not of the same queue; the job takes
 *	them
 * @n_out: of @out
 * @out: what the job's fence is put into
 */
struct agxc_syncs {
	u32 n_waits;
	struct agxc_wait *wait;
	u32 n_out;
	struct agxc_out_sync *out;
};

/* The first n_in at pointer are waited for, the n_out after those are signalled. */
int agxc_syncs_get(struct agxc_syncs *syncs, struct agxc_queue *queue, struct drm_file *file,
		   u64 pointer, u32 n_in, u32 n_out);
void agxc_syncs_put(struct agxc_syncs *syncs);

/* Cannot fail and allocates nothing: the fence is being waited for from here on. */
void agxc_syncs_publish(struct agxc_syncs *syncs, struct dma_fence *fence);

void agxc_waits_free(struct agxc_wait *wait, u32 n_waits);

#endif
