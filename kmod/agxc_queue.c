// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: queues
 *
 * A queue has a DRM scheduler of its own, whose one entity hands jobs to the engine in
 * the order of SUBMIT: one that waits for fences keeps those behind it waiting.  What
 * was handed out is in flight, as if a firmware had it; there is room for 127 jobs.
 *
 * Nothing is ever taken back from the scheduler.  A job that shall not be executed any
 * more stops waiting, and goes through the engine as all others do, which ends it with
 * an error when its turn comes: so fences of a queue are signalled in order.
 *
 * Jobs have references to their queue, and a file that is closed waits until its
 * queues are gone, which is soon because it cancels their jobs.
 */
#include <drm/drm_file.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>
#include <linux/wait_bit.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_debug.h"
#include "agxc_device.h"
#include "agxc_engine.h"
#include "agxc_queue.h"
#include "agxc_vm.h"

/* As the hardware's firmware has. */
#define JOBS_IN_FLIGHT	127

/*
 * What a job of a destroyed queue may wait for fences.  QUEUE_DESTROY of the hardware's
 * driver does not return before they are signalled.
 */
#define CLOSED_WAIT	msecs_to_jiffies(1000)

struct agxc_queue *agxc_queue_get(struct agxc_queue *queue)
{
	kref_get(&queue->ref);
	return queue;
}

static void queue_unreferenced(struct kref *ref)
{
	struct agxc_queue *queue = container_of(ref, struct agxc_queue, ref);

	queue_work(queue->dev->cleanup_wq, &queue->release);
}

void agxc_queue_put(struct agxc_queue *queue)
{
	kref_put(&queue->ref, queue_unreferenced);
}

struct agxc_queue *agxc_queue_lookup(struct agxc_file *file, u32 id)
{
	struct agxc_queue *queue;

	xa_lock(&file->queues);
	queue = xa_load(&file->queues, id);
	if (queue)
		agxc_queue_get(queue);
	xa_unlock(&file->queues);
	return queue;
}

/*
 * Where jobs are not to be executed any more, none need wait.  The scheduler waits for
 * the gate of one job at a time, so that it is enough to open the next one.
 */
static void open_gate(struct agxc_queue *queue)
{
	struct agxc_job *job;

	lockdep_assert_held(&queue->lock);
	job = list_first_entry_or_null(&queue->gates, struct agxc_job, gate_link);
	if (job && job->seqno >= queue->cancel_from)
		dma_fence_signal_locked(job->gate);
}

static struct dma_fence *run_job(struct drm_sched_job *base)
{
	struct agxc_job *job = to_agxc_job(base);
	struct agxc_queue *queue = job->queue;
	struct dma_fence *fence = dma_fence_get(job->fence);
	bool cookie = dma_fence_begin_signalling();

	spin_lock_irq(&queue->lock);
	list_del_init(&job->gate_link);
	if (job->seqno >= queue->cancel_from)
		job->error = queue->cancel_error;
	open_gate(queue);
	spin_unlock_irq(&queue->lock);

	agxc_engine_push(job);
	dma_fence_end_signalling(cookie);
	return fence;
}

static void free_job(struct drm_sched_job *base)
{
	agxc_job_free(to_agxc_job(base));
}

/* Of the engine, which has a watchdog, jobs never time out. */
static const struct drm_sched_backend_ops sched_ops = {
	.run_job = run_job,
	.free_job = free_job,
};

/* No job that is not in flight yet is executed. */
static void cancel(struct agxc_queue *queue, int error)
{
	bool cookie = dma_fence_begin_signalling();

	spin_lock_irq(&queue->lock);
	if (queue->cancel_from) {
		queue->cancel_from = 0;
		queue->cancel_error = error;
	}
	open_gate(queue);
	spin_unlock_irq(&queue->lock);
	dma_fence_end_signalling(cookie);
}

/*
 * Nothing of a closed queue has waited for less than this time: if it is fences that
 * the oldest job waits for, it and those behind it have waited long enough.
 */
static void expire(struct work_struct *work)
{
	struct agxc_queue *queue = container_of(work, struct agxc_queue, expire.work);
	bool cookie = dma_fence_begin_signalling();
	struct agxc_job *job;
	bool again = false;

	spin_lock_irq(&queue->lock);
	job = list_first_entry_or_null(&queue->gates, struct agxc_job, gate_link);
	if (job && queue->cancel_from == U64_MAX) {
		again = dma_fence_is_signaled_locked(job->gate);
		if (!again) {
			queue->cancel_from = job->seqno;
			queue->cancel_error = -ECANCELED;
			open_gate(queue);
		}
	}
	spin_unlock_irq(&queue->lock);
	dma_fence_end_signalling(cookie);

	if (again)
		queue_delayed_work(queue->dev->cleanup_wq, &queue->expire, CLOSED_WAIT);
	else
		agxc_queue_put(queue);
}

/* Queues are freed here because a scheduler cannot be ended from its own work. */
static void release(struct work_struct *work)
{
	struct agxc_queue *queue = container_of(work, struct agxc_queue, release);
	struct agxc_device *dev = queue->dev;
	struct agxc_usage *usage = queue->usage;

	spin_lock(&dev->queues_lock);
	list_del(&queue->dev_link);
	spin_unlock(&dev->queues_lock);

	drm_sched_entity_fini(&queue->entity);
	drm_sched_fini(&queue->sched);
	dma_fence_put(queue->last);
	agxc_capture_disarm(queue);
	agxc_vm_put(queue->vm);
	mutex_destroy(&queue->submit_lock);
	kvfree_rcu(queue, rcu);

	atomic_dec_and_wake_up(&usage->queues);
	agxc_usage_put(usage);
}

static int init_sched(struct agxc_queue *queue)
{
	const struct drm_sched_init_args args = {
		.ops = &sched_ops,
		.submit_wq = queue->dev->submit_wq,
		.num_rqs = 1,
		.credit_limit = JOBS_IN_FLIGHT,
		.timeout = MAX_SCHEDULE_TIMEOUT,
		.name = KBUILD_MODNAME,
		.dev = queue->dev->drm.dev,
	};
	struct drm_gpu_scheduler *sched = &queue->sched;
	int ret;

	if (agxc_inject_alloc(queue->dev))
		return -ENOMEM;
	ret = drm_sched_init(sched, &args);
	if (ret)
		return ret;

	ret = -ENOMEM;
	if (!agxc_inject_alloc(queue->dev))
		ret = drm_sched_entity_init(&queue->entity, DRM_SCHED_PRIORITY_KERNEL, &sched, 1,
					    NULL);
	if (ret)
		drm_sched_fini(sched);
	return ret;
}

/* Takes the reference to the VM, if it does not fail. */
static struct agxc_queue *create(struct agxc_device *dev, struct agxc_usage *usage,
				 struct agxc_vm *vm, const struct drm_asahi_queue_create *args)
{
	struct agxc_queue *queue;
	int ret;

	queue = agxc_alloc(dev, sizeof(*queue));
	if (!queue)
		return ERR_PTR(-ENOMEM);

	kref_init(&queue->ref);
	queue->dev = dev;
	queue->usc_base = args->usc_exec_base;
	queue->priority = args->priority;
	queue->fence_context = dma_fence_context_alloc(2);
	mutex_init(&queue->submit_lock);
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->gates);
	queue->cancel_from = U64_MAX;
	INIT_DELAYED_WORK(&queue->expire, expire);
	INIT_WORK(&queue->release, release);
	agxc_engine_init_queue(queue);

	ret = init_sched(queue);
	if (ret) {
		agxc_free(queue);
		return ERR_PTR(ret);
	}

	queue->vm = vm;
	queue->usage = agxc_usage_get(usage);
	atomic_inc(&usage->queues);
	spin_lock(&dev->queues_lock);
	list_add_tail(&queue->dev_link, &dev->queues);
	spin_unlock(&dev->queues_lock);
	return queue;
}

int agxc_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *drm_file)
{
	struct drm_asahi_queue_create *args = data;
	struct agxc_file *file = to_agxc_file(drm_file);
	struct agxc_device *dev = to_agxc(drm);
	struct agxc_queue *queue;
	struct agxc_vm *vm;
	int ret = -ENOMEM;

	/* Those above take a privilege, which the hardware's driver grants nobody yet. */
	if (args->flags || args->priority > DRM_ASAHI_PRIORITY_MEDIUM)
		return -EINVAL;
	vm = agxc_vm_lookup(file, args->vm_id);
	if (!vm)
		return -ENOENT;

	queue = create(dev, file->usage, vm, args);
	if (IS_ERR(queue)) {
		agxc_vm_put(vm);
		return PTR_ERR(queue);
	}

	/* It may be destroyed as soon as it is there. */
	xa_lock(&file->queues);
	if (!agxc_inject_alloc(dev))
		ret = __xa_alloc(&file->queues, &queue->id, queue, AGXC_IDS,
				 GFP_KERNEL_ACCOUNT);
	if (!ret)
		args->queue_id = queue->id;
	xa_unlock(&file->queues);
	if (ret)
		agxc_queue_put(queue);
	return ret;
}

void agxc_queue_close(struct agxc_queue *queue)
{
	bool waiting;

	spin_lock_irq(&queue->lock);
	queue->closed = true;
	waiting = !list_empty(&queue->gates) && queue->cancel_from == U64_MAX;
	spin_unlock_irq(&queue->lock);

	if (waiting)
		queue_delayed_work(queue->dev->cleanup_wq, &queue->expire, CLOSED_WAIT);
	else
		agxc_queue_put(queue);
}

int agxc_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *drm_file)
{
	struct drm_asahi_queue_destroy *args = data;
	struct agxc_file *file = to_agxc_file(drm_file);
	struct agxc_queue *queue;

	queue = xa_erase(&file->queues, args->queue_id);
	if (!queue)
		return -ENOENT;
	agxc_queue_close(queue);
	return 0;
}

static void check_gone(struct drm_device *drm, void *data)
{
	drm_WARN_ON(drm, !list_empty(&to_agxc(drm)->queues));
}

int agxc_queues_init(struct agxc_device *dev)
{
	spin_lock_init(&dev->queues_lock);
	INIT_LIST_HEAD(&dev->queues);
	return drmm_add_action_or_reset(&dev->drm, check_gone, NULL);
}

/*
 * The next queue after one (NULL: the first) that is not being freed, of a client or
 * (NULL) of all.  The caller's reference moves on.
 */
static struct agxc_queue *next_queue(struct agxc_device *dev, struct agxc_queue *prev,
				     struct agxc_usage *usage)
{
	struct agxc_queue *queue;

	spin_lock(&dev->queues_lock);
	queue = list_prepare_entry(prev, &dev->queues, dev_link);
	list_for_each_entry_continue(queue, &dev->queues, dev_link)
		if ((!usage || queue->usage == usage) && kref_get_unless_zero(&queue->ref))
			break;
	if (list_entry_is_head(queue, &dev->queues, dev_link))
		queue = NULL;
	spin_unlock(&dev->queues_lock);

	if (prev)
		agxc_queue_put(prev);
	return queue;
}

void agxc_queues_cancel(struct agxc_file *file)
{
	struct agxc_device *dev = to_agxc(file->drm->minor->dev);
	struct agxc_queue *queue = NULL;

	while ((queue = next_queue(dev, queue, file->usage))) {
		cancel(queue, -ECANCELED);
		flush_delayed_work(&queue->expire);
		/* A job that was just being handed to the engine is there after this. */
		drm_sched_wqueue_stop(&queue->sched);
		drm_sched_wqueue_start(&queue->sched);
		agxc_engine_cancel(queue, -ECANCELED);
	}
}

void agxc_queues_drain(struct agxc_file *file)
{
	struct agxc_usage *usage = file->usage;

	wait_var_event(&usage->queues, !atomic_read(&usage->queues));
}

void agxc_queues_unplug(struct agxc_device *dev)
{
	struct agxc_queue *queue = NULL;

	while ((queue = next_queue(dev, queue, NULL)))
		cancel(queue, -ENODEV);
}
