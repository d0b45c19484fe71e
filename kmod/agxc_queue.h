/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_QUEUE_H
#define AGXC_QUEUE_H

#include <drm/gpu_scheduler.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "agxc_counters.h"
#include "agxc_job.h"

struct agxc_capture;
struct agxc_device;
struct agxc_file;
struct agxc_usage;
struct agxc_vm;
struct drm_device;
struct drm_file;

/**
 * struct agxc_lane - the engine's part of a queue, under the engine's lock
 * @node: among the queues that wait for a slot
 * @jobs: in flight, oldest first
 * @run: the slot that executes the oldest, or NULL
 * @cancelled: jobs up to this ticket are not executed
 * @error: what they end with
 */
struct agxc_lane {
	struct list_head node;
	struct list_head jobs;
	struct agxc_run *run;
	u64 cancelled;
	int error;
};

/**
 * struct agxc_queue - a queue of submissions
 * @ref: the file's id and each job have one
 * @rcu: whoever looks at an unsignalled fence of it may read the name in @sched
 * @dev: device
 * @dev_link: in the device's queues
 * @vm: a reference
 * @usage: a reference
 * @id: in its file, for people
 * @usc_base: what shader addresses are relative to
 * @priority: enum drm_asahi_priority
 * @sched: of this queue alone; what it hands out is in flight
 * @entity: the one that feeds @sched
 * @fence_context: of the jobs' fences; the next one is that of their gates
 * @submit_lock: jobs are armed and pushed in one order
 * @seqno: of the last job armed, under @submit_lock
 * @last: its finished fence, a reference, or NULL; likewise
 * @capture: where the next submission is to be written, or NULL; xchg() takes it
 * @unfinished: jobs with a command of a type, from SUBMIT to their end
 * @lock: protects the fields that follow, up to @closed; and is that of the gates.
 *	Taken in callbacks of foreign fences
 * @gates: jobs that may be waiting for fences, oldest first
 * @cancel_from: jobs from this seqno on are not to be executed
 * @cancel_error: but end with this error
 * @closed: the file has let go of it
 * @expire: ends the waiting of a closed queue; has a reference
 * @lane: the engine's
 * @counters: of execution
 * @release: frees the queue, from dev->cleanup_wq
 */
struct agxc_queue {
	struct kref ref;
	struct rcu_head rcu;
	struct agxc_device *dev;
	struct list_head dev_link;
	struct agxc_vm *vm;
	struct agxc_usage *usage;
	u32 id;
	u64 usc_base;
	u32 priority;
	struct drm_gpu_scheduler sched;
	struct drm_sched_entity entity;
	u64 fence_context;
	struct mutex submit_lock;	/* seqno, last, order of jobs */
	u64 seqno;
	struct dma_fence *last;
	struct agxc_capture *capture;
	atomic_t unfinished[AGXC_COMMAND_TYPES];
	spinlock_t lock;	/* gates ... closed */
	struct list_head gates;
	u64 cancel_from;
	int cancel_error;
	bool closed;
	struct delayed_work expire;
	struct agxc_lane lane;
	struct agxc_counters counters;
	struct work_struct release;
};

struct agxc_queue *agxc_queue_lookup(struct agxc_file *file, u32 id);
struct agxc_queue *agxc_queue_get(struct agxc_queue *queue);
/* From any context: the last one frees the queue later. */
void agxc_queue_put(struct agxc_queue *queue);

/*
 * The file lets go of it, by QUEUE_DESTROY or because it is closed.  What was
 * submitted runs to its end, except for jobs that wait for fences much longer.
 */
void agxc_queue_close(struct agxc_queue *queue);

/* For the device's probe. */
int agxc_queues_init(struct agxc_device *dev);

/* The file is being closed: what its queues have, in flight or not, is cancelled. */
void agxc_queues_cancel(struct agxc_file *file);

/* After agxc_queue_close() of all that the file has: returns when they are freed. */
void agxc_queues_drain(struct agxc_file *file);

/* The device is unplugged: jobs that are not in flight yet end with -ENODEV. */
void agxc_queues_unplug(struct agxc_device *dev);

int agxc_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *file);

/* agxc_submit.c */
int agxc_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *file);

#endif
