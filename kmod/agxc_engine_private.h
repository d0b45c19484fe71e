/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_ENGINE_PRIVATE_H
#define AGXC_ENGINE_PRIVATE_H

#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/wait.h>

#include "../compute/isa/agx_dispatch.h"
#include "agxc_engine.h"
#include "agxc_queue.h"

struct task_struct;

/**
 * enum agxc_run_state - what a slot waits for
 * @AGXC_RUN_FREE: a queue with jobs
 * @AGXC_RUN_READY: a core that goes on with it
 * @AGXC_RUN_OWNED: the core that does so, alone
 * @AGXC_RUN_LAUNCH: the cores that execute threadgroups of a launch
 * @AGXC_RUN_WAITING: a time, or that its job is to be ended
 */
enum agxc_run_state {
	AGXC_RUN_FREE,
	AGXC_RUN_READY,
	AGXC_RUN_OWNED,
	AGXC_RUN_LAUNCH,
	AGXC_RUN_WAITING,
};

/**
 * enum agxc_run_phase - what its owner does next
 * @AGXC_PHASE_COMMAND: starts a command
 * @AGXC_PHASE_STREAM: walks its control stream to the next launch
 * @AGXC_PHASE_LAUNCHED: ends a launch, on which no core works any more
 * @AGXC_PHASE_HUNG: finds that the command took too long
 * @AGXC_PHASE_ENDED: all commands have ended, or the job is to be ended
 * @AGXC_PHASE_COMPLETE: signals
 */
enum agxc_run_phase {
	AGXC_PHASE_COMMAND,
	AGXC_PHASE_STREAM,
	AGXC_PHASE_LAUNCHED,
	AGXC_PHASE_HUNG,
	AGXC_PHASE_ENDED,
	AGXC_PHASE_COMPLETE,
};

/**
 * struct agxc_run - a slot: a queue's job that is executed
 * @engine: it belongs to
 * @index: among the engine's slots
 * @state: under the engine's lock
 * @queue: a reference, or NULL
 * @job: the oldest of the queue
 * @n_joined: cores that have begun the launch and are not done; under the lock
 * @closing: no more cores may begin it; likewise
 * @shared: it is long enough for more than one core; likewise
 * @error: what the job ends with, besides what tickets say; likewise
 * @timer: wakes a core when @until has come
 * @until: in jiffies, end of AGXC_RUN_WAITING
 * @phase: the owner's, as the rest
 * @command: index of the current one
 * @begun: timestamp of its start; 0: between commands
 * @deadline: by ktime_get_ns(), 0: none
 * @stream: of the command
 * @dispatch: the current launch
 * @where: what a command was doing when it took too long
 * @counts: what cores count in detail, by their index
 * @observer: who does so
 */
struct agxc_run {
	struct agxc_engine *engine;
	u32 index;
	enum agxc_run_state state;
	struct agxc_queue *queue;
	struct agxc_job *job;
	u32 n_joined;
	bool closing;
	bool shared;
	int error;
	struct timer_list timer;
	unsigned long until;

	enum agxc_run_phase phase;
	u32 command;
	u64 begun;
	u64 deadline;
	struct agx_stream stream;
	struct agx_dispatch dispatch;
	struct agx_fault where;
	struct agxc_counts *counts;
	struct agx_observer observer;
};

/**
 * struct agxc_context - a core's part in a slot
 * @core: registers and memory of the threadgroup that it executes
 * @begun: it executes the slot's launch
 * @generation: of the VM's mappings that @core has looked up
 */
struct agxc_context {
	struct agx_core *core;
	bool begun;
	u64 generation;
};

/**
 * struct agxc_core - a thread that executes shaders
 * @engine: it belongs to
 * @index: among the engine's cores
 * @thread: its thread
 * @next: slot to look at first
 * @picks: how often it has found work
 * @context: by slot
 */
struct agxc_core {
	struct agxc_engine *engine;
	u32 index;
	struct task_struct *thread;
	u32 next;
	u32 picks;
	struct agxc_context *context;
};

/**
 * struct agxc_engine - the software AGX
 * @dev: device
 * @lock: protects what says so here and in slots; the lists, and lanes of queues
 * @work: cores without work
 * @idle: who waits until a queue or the engine has nothing in flight
 * @waiting: lanes with jobs and no slot, by priority: LOW and MEDIUM
 * @passed: how often MEDIUM came first while LOW was waiting
 * @ticket: of the job pushed last
 * @reset: jobs up to this ticket end with -ECANCELED
 * @stopping: all end with -ENODEV
 * @stopped: there are no threads any more
 * @n_cores: threads
 * @n_slots: jobs that are executed at the same time
 * @core: the threads
 * @run: the slots
 */
struct agxc_engine {
	struct agxc_device *dev;
	spinlock_t lock; /* innermost, but for what wake_up() takes */
	wait_queue_head_t work;
	wait_queue_head_t idle;
	struct list_head waiting[2];
	u32 passed;
	u64 ticket;
	u64 reset;
	bool stopping;
	bool stopped;
	u32 n_cores;
	u32 n_slots;
	struct agxc_core *core;
	struct agxc_run *run;
};

/* agxc_engine.c, under the engine's lock. */
int agxc_run_error(const struct agxc_run *run);
/* Tells slots whose job is to be ended. */
void agxc_engine_stop_runs(struct agxc_engine *engine);
/* The slot is free for the next job. */
void agxc_run_release(struct agxc_run *run);

/* agxc_engine_run.c: without the lock, a step of what one core can do: the next state. */
enum agxc_run_state agxc_run_step(struct agxc_core *core, struct agxc_run *run);
/* A slice of the launch that this core has begun. */
enum agx_core_status agxc_run_slice(struct agxc_core *core, struct agxc_run *run);

/* agxc_fp.c: runs for about so many ns. */
enum agx_core_status agxc_fp_run(struct agx_core *core, struct agx_dispatch *dispatch, u64 ns);

#endif
