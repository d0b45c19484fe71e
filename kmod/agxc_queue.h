/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_QUEUE_H
#define AGXC_QUEUE_H

#include <drm/gpu_scheduler.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/workqueue.h>

#include "agxc_counters.h"

struct agxc_capture;
struct agxc_device;
struct agxc_file;
struct agxc_object;
struct agxc_usage;
struct agxc_vm;
struct drm_device;
struct drm_file;

enum agxc_command_type { AGXC_COMPUTE, AGXC_RENDER };

/* 8 bytes at offset of object; object is NULL where nothing is to be written. */
struct agxc_stamp {
	struct agxc_object *object;
	u64 offset;
};

/**
 * struct agxc_command - what the hardware executes
 * @type: render commands do nothing and complete
 * @stream: address of the control stream
 * @stream_end: end of its first piece
 * @start: written when it starts
 * @end: written when it has ended
 * @start2: of a render command: of its other half (fragment)
 * @end2: likewise
 *
 * Barriers between commands are not kept: commands of a queue run one after the
 * other.
 */
struct agxc_command {
	enum agxc_command_type type;
	u64 stream;
	u64 stream_end;
	struct agxc_stamp start, end, start2, end2;
};

/**
 * struct agxc_job - one submission
 * @base: waits for its dependencies in the queue's scheduler
 * @queue: a reference
 * @fence: signalled by the engine; made with the job, so that running it allocates
 *	nothing
 * @seqno: on its queue, from 1
 * @link: in the engine's list of the queue's jobs
 * @ticket: the engine's number of it, in the order in which jobs were pushed
 * @started: timestamp, 0: not yet
 * @n_commands: one at least
 * @command: executed in this order
 */
struct agxc_job {
	struct drm_sched_job base;
	struct agxc_queue *queue;
	struct dma_fence *fence;
	u64 seqno;
	struct list_head link;
	u64 ticket;
	u64 started;
	u32 n_commands;
	struct agxc_command command[] __counted_by(n_commands);
};

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
 * @dev: device
 * @vm: a reference
 * @usage: a reference
 * @id: in its file, for people
 * @usc_base: what shader addresses are relative to
 * @priority: enum drm_asahi_priority
 * @sched: of this queue alone; what it hands out is in flight
 * @entity: the one that feeds @sched
 * @fence_context: of the jobs' fences
 * @submit_lock: jobs are armed and pushed in one order
 * @seqno: of the last job armed, under @submit_lock
 * @last: its finished fence, a reference, or NULL; likewise
 * @capture: where the next submission is to be written, or NULL; xchg() takes it
 * @lane: the engine's
 * @counters: of execution
 * @release: frees the queue, from dev->cleanup_wq
 */
struct agxc_queue {
	struct kref ref;
	struct agxc_device *dev;
	struct agxc_vm *vm;
	struct agxc_usage *usage;
	u32 id;
	u64 usc_base;
	u32 priority;
	struct drm_gpu_scheduler sched;
	struct drm_sched_entity entity;
	u64 fence_context;
	struct mutex submit_lock;
	u64 seqno;
	struct dma_fence *last;
	struct agxc_capture *capture;
	struct agxc_lane lane;
	struct agxc_counters counters;
	struct work_struct release;
};

struct agxc_queue *agxc_queue_lookup(struct agxc_file *file, u32 id);
struct agxc_queue *agxc_queue_get(struct agxc_queue *queue);
/* From any context: the last one frees the queue later. */
void agxc_queue_put(struct agxc_queue *queue);

/* The file lets go of it, by QUEUE_DESTROY or because it is closed. */
void agxc_queue_close(struct agxc_queue *queue);

/* The engine is done with it: signals its fence with error (0 or negative). */
void agxc_job_complete(struct agxc_job *job, int error);

int agxc_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *file);

/* agxc_submit.c */
int agxc_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *file);

#endif
