// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: sync objects of a submission
 *
 * Everything that can fail is done before the job is armed: what is waited for is
 * looked up, and links of timelines are allocated.
 */
#include <drm/drm_syncobj.h>
#include <drm/gpu_scheduler.h>
#include <linux/dma-fence-chain.h>
#include <linux/uaccess.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_device.h"
#include "agxc_queue.h"
#include "agxc_sync.h"

/*
 * The hardware's driver has no limit but memory.  Vulkan clients wait for and signal a
 * few; this many take 64 KiB of userspace's and at most 256 KiB of our memory.
 */
#define AGXC_MAX_SYNCS	4096

static int check_sync(const struct drm_asahi_sync *sync)
{
	switch (sync->sync_type) {
	case DRM_ASAHI_SYNC_SYNCOBJ:
		return sync->timeline_value ? -EINVAL : 0;
	case DRM_ASAHI_SYNC_TIMELINE_SYNCOBJ:
		return 0;
	default:
		return -EINVAL;
	}
}

/* The queue executes one job after the other anyway. */
static bool is_own(struct dma_fence *fence, struct agxc_queue *queue)
{
	struct drm_sched_fence *sched_fence = to_drm_sched_fence(fence);

	return sched_fence && sched_fence->sched == &queue->sched;
}

static int add_in(struct agxc_syncs *syncs, struct agxc_queue *queue, struct drm_file *file,
		  const struct drm_asahi_sync *sync)
{
	struct dma_fence *fence;
	int ret;

	ret = check_sync(sync);
	if (ret)
		return ret;
	ret = drm_syncobj_find_fence(file, sync->handle, sync->timeline_value, 0, &fence);
	if (ret)
		return ret;

	if (dma_fence_is_signaled(fence) || is_own(fence, queue))
		dma_fence_put(fence);
	else
		syncs->wait[syncs->n_waits++].fence = fence;
	return 0;
}

static int add_out(struct agxc_syncs *syncs, struct agxc_queue *queue, struct drm_file *file,
		   const struct drm_asahi_sync *sync)
{
	struct agxc_out_sync *out = &syncs->out[syncs->n_out];
	int ret;

	ret = check_sync(sync);
	if (ret)
		return ret;
	out->syncobj = drm_syncobj_find(file, sync->handle);
	if (!out->syncobj)
		return -ENOENT;
	syncs->n_out++;

	if (sync->sync_type == DRM_ASAHI_SYNC_TIMELINE_SYNCOBJ) {
		if (!agxc_inject_alloc(queue->dev))
			out->chain = dma_fence_chain_alloc();
		if (!out->chain)
			return -ENOMEM;
		out->value = sync->timeline_value;
	}
	return 0;
}

static int add_all(struct agxc_syncs *syncs, struct agxc_queue *queue, struct drm_file *file,
		   const struct drm_asahi_sync *sync, u32 n_in, u32 n_out)
{
	u32 i;
	int ret;

	if (n_in) {
		syncs->wait = agxc_alloc(queue->dev, n_in * sizeof(*syncs->wait));
		if (!syncs->wait)
			return -ENOMEM;
	}
	if (n_out) {
		syncs->out = agxc_alloc(queue->dev, n_out * sizeof(*syncs->out));
		if (!syncs->out)
			return -ENOMEM;
	}

	for (i = 0; i < n_in; i++) {
		ret = add_in(syncs, queue, file, &sync[i]);
		if (ret)
			return ret;
	}
	for (; i < n_in + n_out; i++) {
		ret = add_out(syncs, queue, file, &sync[i]);
		if (ret)
			return ret;
	}
	return 0;
}

int agxc_syncs_get(struct agxc_syncs *syncs, struct agxc_queue *queue, struct drm_file *file,
		   u64 pointer, u32 n_in, u32 n_out)
{
	struct drm_asahi_sync *sync;
	size_t size;
	int ret;

	*syncs = (struct agxc_syncs) {};
	if (n_in > AGXC_MAX_SYNCS || n_out > AGXC_MAX_SYNCS - n_in)
		return -EINVAL;
	if (!n_in && !n_out)
		return 0;

	size = (n_in + n_out) * sizeof(*sync);
	sync = agxc_alloc(queue->dev, size);
	if (!sync)
		return -ENOMEM;

	if (copy_from_user(sync, u64_to_user_ptr(pointer), size))
		ret = -EFAULT;
	else
		ret = add_all(syncs, queue, file, sync, n_in, n_out);
	agxc_free(sync);
	if (ret)
		agxc_syncs_put(syncs);
	return ret;
}

void agxc_waits_free(struct agxc_wait *wait, u32 n_waits)
{
	u32 i;

	for (i = 0; i < n_waits; i++) {
		/* Also waits for a callback that is just running.  */
		if (wait[i].job)
			dma_fence_remove_callback(wait[i].fence, &wait[i].cb);
		dma_fence_put(wait[i].fence);
	}
	agxc_free(wait);
}

void agxc_syncs_put(struct agxc_syncs *syncs)
{
	u32 i;

	agxc_waits_free(syncs->wait, syncs->n_waits);
	for (i = 0; i < syncs->n_out; i++) {
		dma_fence_chain_free(syncs->out[i].chain);
		drm_syncobj_put(syncs->out[i].syncobj);
	}
	agxc_free(syncs->out);
}

void agxc_syncs_publish(struct agxc_syncs *syncs, struct dma_fence *fence)
{
	struct agxc_out_sync *out;

	for (out = syncs->out; out < syncs->out + syncs->n_out; out++) {
		if (out->chain)
			drm_syncobj_add_point(out->syncobj, out->chain, fence, out->value);
		else
			drm_syncobj_replace_fence(out->syncobj, fence);
		/* It is the sync object's now. */
		out->chain = NULL;
	}
}
