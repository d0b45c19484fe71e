// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: SUBMIT
 *
 * Checks come in the order of the hardware's driver, and nothing that userspace can see
 * has happened when one fails.  GPU addresses are not checked: using a bad one is a
 * fault, which is the fence's error and not that of SUBMIT.
 */
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_cmdbuf.h"
#include "agxc_debug.h"
#include "agxc_device.h"
#include "agxc_queue.h"
#include "agxc_sync.h"

/*
 * The hardware's driver takes what fits in memory.  64 commands, each with all three
 * lists of 16 attachments before it, take 91136 bytes; there is room for structures that
 * have more than doubled.
 */
#define AGXC_MAX_CMDBUF		SZ_256K

/* A command buffer as a job, or an error pointer. */
static struct agxc_job *make_job(struct agxc_queue *queue, struct drm_file *drm_file,
				 const u8 *buf, u32 size)
{
	struct agxc_job *job;
	int ret, count;

	count = agxc_cmdbuf_count(buf, size);
	if (count < 0)
		return ERR_PTR(count);
	job = agxc_job_create(queue, count, drm_file->client_id);
	if (IS_ERR(job))
		return job;

	ret = agxc_cmdbuf_read(job, to_agxc_file(drm_file), buf, size);
	if (ret) {
		agxc_job_free(job);
		return ERR_PTR(ret);
	}
	return job;
}

/* The commands as a job, or an error pointer. */
static struct agxc_job *read_cmdbuf(struct agxc_queue *queue, struct drm_file *drm_file,
				    u64 pointer, u32 size)
{
	struct agxc_job *job;
	u8 *buf;

	if (!size || size > AGXC_MAX_CMDBUF)
		return ERR_PTR(-EINVAL);
	buf = agxc_alloc(queue->dev, size);
	if (!buf)
		return ERR_PTR(-ENOMEM);

	if (copy_from_user(buf, u64_to_user_ptr(pointer), size))
		job = ERR_PTR(-EFAULT);
	else
		job = make_job(queue, drm_file, buf, size);
	agxc_free(buf);
	return job;
}

/* Takes the job, if it does not fail. */
static int push(struct agxc_queue *queue, struct agxc_job *job, struct agxc_syncs *syncs)
{
	bool cookie;
	int idx, ret;

	lockdep_assert_held(&queue->submit_lock);
	job->seqno = queue->seqno + 1;
	if (job->n_waits) {
		ret = agxc_job_wait(job);
		if (ret)
			return ret;
	}
	ret = agxc_capture_job(job);
	if (ret)
		return ret;
	if (!drm_dev_enter(&queue->dev->drm, &idx))
		return -ENODEV;

	/* Nothing can fail from here on, until the engine has ended the job. */
	cookie = dma_fence_begin_signalling();
	agxc_job_push(job);
	agxc_syncs_publish(syncs, queue->last);
	dma_fence_end_signalling(cookie);
	drm_dev_exit(idx);
	return 0;
}

static int submit(struct agxc_queue *queue, struct drm_file *file,
		  const struct drm_asahi_submit *args)
{
	struct agxc_syncs syncs;
	struct agxc_job *job;
	int ret;

	ret = agxc_syncs_get(&syncs, queue, file, args->syncs, args->in_sync_count,
			     args->out_sync_count);
	if (ret)
		return ret;

	job = read_cmdbuf(queue, file, args->cmdbuf, args->cmdbuf_size);
	if (IS_ERR(job)) {
		ret = PTR_ERR(job);
		goto out_put_syncs;
	}
	swap(job->wait, syncs.wait);
	swap(job->n_waits, syncs.n_waits);

	ret = mutex_lock_interruptible(&queue->submit_lock);
	if (!ret) {
		ret = push(queue, job, &syncs);
		mutex_unlock(&queue->submit_lock);
	}
	if (ret)
		agxc_job_free(job);

out_put_syncs:
	agxc_syncs_put(&syncs);
	return ret;
}

int agxc_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *file)
{
	const struct drm_asahi_submit *args = data;
	struct agxc_queue *queue;
	int ret;

	if (args->flags || args->pad)
		return -EINVAL;
	queue = agxc_queue_lookup(to_agxc_file(file), args->queue_id);
	if (!queue)
		return -ENOENT;

	ret = submit(queue, file, args);
	agxc_queue_put(queue);
	return ret;
}
