// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: jobs: what they wait for, how they end
 *
 * A job has three fences.  Its *gate* is signalled when the fences it waits for are:
 * all that the scheduler waits for.  It is ours, other than those fences, so that the
 * wait can be ended.  The job's own fence is signalled by the engine.  The *finished*
 * fence of the scheduler follows that one; it is what userspace gets to see, and may
 * outlive everything else.  It has a reference to the job's fence, and that one has a
 * reference to the module.
 */
#include <linux/module.h>

#include "agxc_device.h"
#include "agxc_gem.h"
#include "agxc_queue.h"
#include "agxc_sync.h"
#include "agxc_trace.h"

/**
 * struct agxc_fence - fence of a job
 * @base: base; freed by RCU
 * @lock: its lock.  Not that of the queue: finished fences are signalled under it, and
 *	the gates of other jobs under those
 */
struct agxc_fence {
	struct dma_fence base;
	spinlock_t lock;	/* base */
};

static const char *driver_name(struct dma_fence *fence)
{
	return KBUILD_MODNAME;
}

static const char *job_timeline(struct dma_fence *fence)
{
	return "job";
}

/*
 * The fence's reference to the module may be the last.  It is dropped inside of an RCU
 * read-side critical section of the caller's, which the memory of a module outlives.
 * 6.18 has none there; but unloading takes longer than returning from here.
 */
static void job_fence_release(struct dma_fence *fence)
{
	dma_fence_free(fence);
	module_put(THIS_MODULE);
}

static const struct dma_fence_ops job_fence_ops = {
	.get_driver_name = driver_name,
	.get_timeline_name = job_timeline,
	.release = job_fence_release,
};

static const char *gate_timeline(struct dma_fence *fence)
{
	return "gate";
}

/* Only a scheduler has references: it does not outlive its queue. */
static const struct dma_fence_ops gate_ops = {
	.get_driver_name = driver_name,
	.get_timeline_name = gate_timeline,
};

struct agxc_job *agxc_job_create(struct agxc_queue *queue, u32 n_commands, u64 client_id)
{
	struct agxc_device *dev = queue->dev;
	struct agxc_fence *fence;
	struct agxc_job *job;
	int ret = -ENOMEM;

	job = agxc_alloc(dev, struct_size(job, command, n_commands));
	if (!job)
		return ERR_PTR(-ENOMEM);
	job->n_commands = n_commands;
	INIT_LIST_HEAD(&job->link);
	INIT_LIST_HEAD(&job->gate_link);

	/* Has no references yet, so that agxc_job_free() knows that it was not pushed. */
	fence = agxc_alloc(dev, sizeof(*fence));
	if (!fence)
		goto err_free_job;
	spin_lock_init(&fence->lock);
	job->fence = &fence->base;

	if (agxc_inject_alloc(dev))
		goto err_free_fence;
	ret = drm_sched_job_init(&job->base, &queue->entity, 1, queue, client_id);
	if (ret)
		goto err_free_fence;

	job->queue = agxc_queue_get(queue);
	return job;

err_free_fence:
	agxc_free(fence);
err_free_job:
	agxc_free(job);
	return ERR_PTR(ret);
}

/* Callback of a fence that the job waits for: whatever it says now, it has ended. */
static void wait_done(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	struct agxc_wait *wait = container_of(cb, struct agxc_wait, cb);
	struct agxc_job *job = wait->job;

	if (atomic_dec_and_test(&job->missing))
		dma_fence_signal(job->gate);
}

/* Where the queue was closed or cancelled meanwhile, waiting is not started. */
static int gate_add(struct agxc_job *job)
{
	struct agxc_queue *queue = job->queue;
	int ret = 0;

	spin_lock_irq(&queue->lock);
	if (queue->closed)
		ret = -ENOENT;
	else if (job->seqno >= queue->cancel_from)
		ret = queue->cancel_error;
	else
		list_add_tail(&job->gate_link, &queue->gates);
	spin_unlock_irq(&queue->lock);
	return ret;
}

static void gate_remove(struct agxc_job *job)
{
	struct agxc_queue *queue = job->queue;

	spin_lock_irq(&queue->lock);
	list_del_init(&job->gate_link);
	spin_unlock_irq(&queue->lock);
}

int agxc_job_wait(struct agxc_job *job)
{
	struct agxc_queue *queue = job->queue;
	struct agxc_wait *wait;
	int ret;

	job->gate = agxc_alloc(queue->dev, sizeof(*job->gate));
	if (!job->gate)
		return -ENOMEM;
	dma_fence_init(job->gate, &gate_ops, &queue->lock, queue->fence_context + 1, job->seqno);

	if (agxc_inject_alloc(queue->dev))
		return -ENOMEM;
	ret = drm_sched_job_add_dependency(&job->base, dma_fence_get(job->gate));
	if (ret)
		return ret;

	atomic_set(&job->missing, job->n_waits + 1);
	for (wait = job->wait; wait < job->wait + job->n_waits; wait++) {
		wait->job = job;
		if (dma_fence_add_callback(wait->fence, &wait->cb, wait_done))
			atomic_dec(&job->missing);
	}

	ret = gate_add(job);
	if (atomic_dec_and_test(&job->missing))
		dma_fence_signal(job->gate);
	return ret;
}

void agxc_job_push(struct agxc_job *job)
{
	struct agxc_queue *queue = job->queue;
	struct agxc_fence *fence = container_of(job->fence, struct agxc_fence, base);
	int type;

	__module_get(THIS_MODULE);
	dma_fence_init(&fence->base, &job_fence_ops, &fence->lock, queue->fence_context,
		       job->seqno);
	for (type = 0; type < AGXC_COMMAND_TYPES; type++)
		if (job->types & BIT(type))
			atomic_inc(&queue->unfinished[type]);

	drm_sched_job_arm(&job->base);
	trace_agxc_submit(job);
	dma_fence_put(queue->last);
	queue->last = dma_fence_get(&job->base.s_fence->finished);
	queue->seqno = job->seqno;
	drm_sched_entity_push_job(&job->base);
}

void agxc_job_complete(struct agxc_job *job, int error)
{
	/* The scheduler frees the job, and uses its queue after that. */
	struct agxc_queue *queue = agxc_queue_get(job->queue);
	struct dma_fence *fence = dma_fence_get(job->fence);
	bool cookie = dma_fence_begin_signalling();
	int type;

	for (type = 0; type < AGXC_COMMAND_TYPES; type++)
		if (job->types & BIT(type))
			atomic_dec(&queue->unfinished[type]);
	atomic64_inc(&queue->usage->jobs);
	agxc_count(&queue->counters, DRM_AGXC_COUNTER_SUBMITS, 1);
	if (error)
		agxc_count(&queue->counters, DRM_AGXC_COUNTER_ERRORS, 1);
	trace_agxc_job_finish(job, error);

	if (error)
		dma_fence_set_error(fence, error);
	dma_fence_signal(fence);

	dma_fence_end_signalling(cookie);
	dma_fence_put(fence);
	agxc_queue_put(queue);
}

static void stamp_put(struct agxc_stamp *stamp)
{
	if (stamp->object)
		agxc_object_put(stamp->object);
}

static bool has_stamps(struct agxc_job *job)
{
	struct agxc_command *cmd;

	for (cmd = job->command; cmd < job->command + job->n_commands; cmd++)
		if (cmd->start.object || cmd->end.object || cmd->start2.object || cmd->end2.object)
			return true;
	return false;
}

static void job_cleanup(struct work_struct *work)
{
	struct agxc_job *job = container_of(work, struct agxc_job, cleanup);
	struct agxc_command *cmd;

	for (cmd = job->command; cmd < job->command + job->n_commands; cmd++) {
		stamp_put(&cmd->start);
		stamp_put(&cmd->end);
		stamp_put(&cmd->start2);
		stamp_put(&cmd->end2);
	}
	agxc_queue_put(job->queue);
	agxc_free(job);
}

void agxc_job_free(struct agxc_job *job)
{
	gate_remove(job);
	agxc_waits_free(job->wait, job->n_waits);
	dma_fence_put(job->gate);
	drm_sched_job_cleanup(&job->base);
	if (kref_read(&job->fence->refcount))
		dma_fence_put(job->fence);
	else
		agxc_free(job->fence);

	/*
	 * The last reference to a buffer takes its reservation lock, under which others
	 * may wait for jobs that the scheduler is to start.
	 */
	INIT_WORK(&job->cleanup, job_cleanup);
	if (has_stamps(job))
		queue_work(job->queue->dev->cleanup_wq, &job->cleanup);
	else
		job_cleanup(&job->cleanup);
}
