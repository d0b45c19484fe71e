// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: captures
 *
 * A submission that is to be captured is written in its SUBMIT, before it is armed: what
 * it depends on has been waited for by then, so memory is as it will find it, and nothing
 * in the fence signalling path knows of files.
 *
 * CAPTURE hands over a file for one queue.  A reader of dri/N/capture gets whatever queue
 * is the next (agxc_tap.c).
 */
#include <drm/drm_device.h>
#include <linux/dma-fence.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>

#include "agxc_capture.h"
#include "agxc_debug.h"
#include "agxc_device.h"
#include "agxc_queue.h"

/**
 * struct agxc_capture - where a queue's next submission is to be written
 * @sink: base
 * @file: a reference
 * @offset: of the next byte
 * @begin: of the image
 */
struct agxc_capture {
	struct agxc_sink sink;
	struct file *file;
	loff_t offset;
	loff_t begin;
};

static void capture_free(struct agxc_capture *capture)
{
	if (!capture)
		return;
	fput(capture->file);
	agxc_free(capture);
}

void agxc_capture_disarm(struct agxc_queue *queue)
{
	capture_free(xchg(&queue->capture, NULL));
}

static int capture_write(struct agxc_sink *sink, const void *data, size_t size)
{
	struct agxc_capture *capture = container_of(sink, struct agxc_capture, sink);
	ssize_t n;

	while (size) {
		if (fatal_signal_pending(current))
			return -ERESTARTSYS;
		n = kernel_write(capture->file, data, size, &capture->offset);
		if (n < 0)
			return n;
		if (!n)
			return -ENOSPC;
		data += n;
		size -= n;
	}
	return 0;
}

/* A file that the kernel can write: -EBADF, -EINVAL. */
static int capture_check(const struct file *file)
{
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!S_ISREG(file_inode(file)->i_mode) || !(file->f_mode & FMODE_CAN_WRITE) ||
	    !file->f_op->write_iter || file->f_op->write)
		return -EINVAL;
	return 0;
}

static int capture_create(struct agxc_device *dev, const struct drm_agxc_capture *args,
			  struct agxc_capture **capture)
{
	struct file *file;
	int ret;

	*capture = NULL;
	if (args->fd == -1)
		return args->offset ? -EINVAL : 0;
	if (args->offset > S64_MAX)
		return -EINVAL;

	file = fget(args->fd);
	if (!file)
		return -EBADF;
	ret = capture_check(file);
	if (ret)
		goto err_put_file;

	*capture = agxc_alloc(dev, sizeof(**capture));
	if (!*capture) {
		ret = -ENOMEM;
		goto err_put_file;
	}

	(*capture)->sink.write = capture_write;
	(*capture)->file = file;
	(*capture)->begin = args->offset;
	return 0;

err_put_file:
	fput(file);
	return ret;
}

int agxc_ioctl_capture(struct drm_device *drm, void *data, struct drm_file *file)
{
	const struct drm_agxc_capture *args = data;
	struct agxc_capture *capture;
	struct agxc_queue *queue;
	int ret;

	if (args->flags || args->pad)
		return -EINVAL;

	queue = agxc_queue_lookup(to_agxc_file(file), args->queue_id);
	if (!queue)
		return -ENOENT;

	ret = capture_create(to_agxc(drm), args, &capture);
	if (!ret)
		capture_free(xchg(&queue->capture, capture));

	agxc_queue_put(queue);
	return ret;
}

/* What the job waits for, and earlier work of its queue; their errors are not ours. */
static int capture_wait(struct agxc_job *job)
{
	struct dma_fence *fence;
	unsigned long index;
	long ret;

	xa_for_each(&job->base.dependencies, index, fence) {
		ret = dma_fence_wait(fence, true);
		if (ret)
			return ret;
	}
	return job->queue->last ? dma_fence_wait(job->queue->last, true) : 0;
}

static int capture_to_file(struct agxc_job *job, struct agxc_capture *capture)
{
	int ret;

	ret = capture_wait(job);
	if (!ret) {
		capture->offset = capture->begin;
		ret = agxc_image_write(job, &capture->sink);
	}
	/* SUBMIT will be called again, unless somebody took the file back meanwhile. */
	if (ret == -ERESTARTSYS && !cmpxchg(&job->queue->capture, NULL, capture))
		return ret;
	capture_free(capture);
	return ret;
}

/* Watching changes nothing: only a signal ends the SUBMIT. */
static int capture_to_tap(struct agxc_job *job, struct agxc_tap_session *session)
{
	int ret;

	ret = capture_wait(job);
	if (!ret)
		ret = agxc_image_write(job, &session->sink);
	agxc_tap_end(session, ret);
	return ret == -ERESTARTSYS ? ret : 0;
}

int agxc_capture_job(struct agxc_job *job)
{
	struct agxc_queue *queue = job->queue;
	struct agxc_capture *capture = NULL;
	struct agxc_tap_session session;

	if (READ_ONCE(queue->capture))
		capture = xchg(&queue->capture, NULL);
	if (capture)
		return capture_to_file(job, capture);
	if (agxc_tap_begin(queue->dev, &session))
		return capture_to_tap(job, &session);
	return 0;
}
