/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_JOB_H
#define AGXC_JOB_H

#include <drm/gpu_scheduler.h>
#include <linux/atomic.h>
#include <linux/dma-fence.h>
#include <linux/list.h>
#include <linux/workqueue.h>

struct agxc_job;
struct agxc_object;
struct agxc_queue;

enum agxc_command_type { AGXC_COMPUTE, AGXC_RENDER, AGXC_COMMAND_TYPES };

/**
 * struct agxc_stamp - where a timestamp is written
 * @object: a reference; NULL where nothing is to be written
 * @offset: of the 8 bytes in it, which need not be aligned
 */
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
 * struct agxc_wait - one fence that a job waits for
 * @cb: added to @fence by agxc_job_wait()
 * @fence: a reference
 * @job: that waits
 */
struct agxc_wait {
	struct dma_fence_cb cb;
	struct dma_fence *fence;
	struct agxc_job *job;
};

/**
 * struct agxc_job - one submission
 * @base: waits for @gate in the queue's scheduler
 * @queue: a reference
 * @fence: signalled by the engine; made with the job, so that running it allocates
 *	nothing
 * @seqno: on its queue, from 1
 * @error: set before the engine gets it: the job is not to be executed but to be
 *	completed with this error, when its turn comes
 * @types: bit for each &enum agxc_command_type of its commands
 * @link: in the engine's list of the queue's jobs
 * @ticket: the engine's number of it, in the order in which jobs were pushed
 * @started: timestamp, 0: not yet
 * @gate: signalled when nothing in @wait is missing any more, or when the job shall
 *	not wait longer; NULL: it never had to wait
 * @gate_link: in the queue's gates, until it is handed to the engine; under its lock
 * @missing: fences in @wait that are not signalled yet, and one while they are set up
 * @n_waits: of @wait
 * @wait: fences it waits for, NULL if there are none
 * @cleanup: drops what must not be dropped in the scheduler's work
 * @n_commands: one at least
 * @command: executed in this order
 */
struct agxc_job {
	struct drm_sched_job base;
	struct agxc_queue *queue;
	struct dma_fence *fence;
	u64 seqno;
	int error;
	u32 types;
	struct list_head link;
	u64 ticket;
	u64 started;
	struct dma_fence *gate;
	struct list_head gate_link;
	atomic_t missing;
	u32 n_waits;
	struct agxc_wait *wait;
	struct work_struct cleanup;
	u32 n_commands;
	struct agxc_command command[] __counted_by(n_commands);
};

static inline struct agxc_job *to_agxc_job(struct drm_sched_job *base)
{
	return container_of(base, struct agxc_job, base);
}

/* With room for n_commands, which are none yet.  ERR_PTR() on failure. */
struct agxc_job *agxc_job_create(struct agxc_queue *queue, u32 n_commands, u64 client_id);

/* It ended, or it was never pushed.  What takes long to free is freed later. */
void agxc_job_free(struct agxc_job *job);

/*
 * From now on the job waits for the fences in job->wait.  Under the queue's
 * submit_lock, before it is armed.
 */
int agxc_job_wait(struct agxc_job *job);

/* The job goes to its queue; cannot fail.  Under the queue's submit_lock. */
void agxc_job_push(struct agxc_job *job);

/*
 * The engine is done with it: signals its fence with error (0 or negative).  The job
 * may be gone when this returns.  For the fence signalling path: allocates nothing,
 * and does not sleep.
 */
void agxc_job_complete(struct agxc_job *job, int error);

#endif
