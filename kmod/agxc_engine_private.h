/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_ENGINE_PRIVATE_H
#define AGXC_ENGINE_PRIVATE_H

#include <drm/drm_mm.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/wait.h>

#include "../compute/isa/agx_dispatch.h"
#include "agxc_engine.h"
#include "agxc_queue.h"

struct task_struct;

/**
 * struct agxc_arena - memory for what is needed to execute
 * @pool: for the executor
 * @lock: protects @mm and @used
 * @mm: what of it is taken; nodes are in the blocks
 * @memory: all of it
 * @size: in bytes
 * @used: bytes taken
 */
struct agxc_arena {
	struct agx_pool pool;
	spinlock_t lock; /* innermost */
	struct drm_mm mm;
	void *memory;
	size_t size;
	size_t used;
};

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
 * @AGXC_PHASE_STREAM: walks its control stream to the next launch, loads shaders
 * @AGXC_PHASE_RESERVE: takes memory for stacks
 * @AGXC_PHASE_LAUNCHED: ends a launch, on which no core works any more
 * @AGXC_PHASE_HUNG: finds that the command took too long
 * @AGXC_PHASE_ENDED: all commands have ended, or the job is to be ended
 * @AGXC_PHASE_COMPLETE: signals
 */
enum agxc_run_phase {
	AGXC_PHASE_COMMAND,
	AGXC_PHASE_STREAM,
	AGXC_PHASE_RESERVE,
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
 * @job: the oldest of the queue; NULL while it is completed, when it is gone before the
 *	slot is free
 * @ticket: of @job
 * @n_joined: cores that have begun the launch and are not done; under the lock
 * @closing: no more cores may begin it; likewise
 * @shared: it is long enough for more than one core; likewise
 * @starved: waits for other slots' jobs to give memory back; likewise
 * @error: what the job ends with, besides what tickets say; likewise
 * @timer: wakes a core when @until has come
 * @until: in jiffies, end of AGXC_RUN_WAITING
 * @phase: the owner's, as the rest
 * @command: index of the current one
 * @begun: timestamp of its start; 0: between commands
 * @launches: of the command, that have ended
 * @timeout: of the command, in ns; 0: none
 * @deadline: by ktime_get_ns(), when it is late unless it gets on; under the lock
 * @limit: when it is late anyway
 * @seen_launches: @launches when the deadline was set; under the lock
 * @seen_groups: threadgroups of the launch that were done then; likewise
 * @stream: of the command
 * @dispatch: the current launch
 * @counts: what cores count in detail, by their index
 * @observer: who does so
 * @stacks: cores have some of the arena as stacks
 * @where: what a command was doing when it took too long; under the lock
 */
struct agxc_run {
	struct agxc_engine *engine;
	u32 index;
	enum agxc_run_state state;
	struct agxc_queue *queue;
	struct agxc_job *job;
	u64 ticket;
	u32 n_joined;
	bool closing;
	bool shared;
	bool starved;
	int error;
	struct timer_list timer;
	unsigned long until;

	enum agxc_run_phase phase;
	u32 command;
	u64 begun;
	u64 launches;
	u64 timeout;
	u64 deadline;
	u64 limit;
	u64 seen_launches;
	u64 seen_groups;
	struct agx_stream stream;
	struct agx_dispatch dispatch;
	struct agxc_counts *counts;
	struct agx_observer observer;
	bool stacks;
	struct agx_fault where;
};

/**
 * struct agxc_context - a core's part in a slot
 * @core: registers and memory of the threadgroup that it executes
 * @begun: it executes the slot's launch
 * @prepared: and has what it needs for that
 * @generation: of the VM's mappings that @core has looked up
 */
struct agxc_context {
	struct agx_core *core;
	bool begun;
	bool prepared;
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
 * @arena: of programs and stacks
 * @cache_lock: protects @cache and who uses its programs; held while shaders are
 *	loaded, a slice at a time.  VMs' locks are taken inside of it
 * @cache: programs
 * @n_cores: threads
 * @n_slots: jobs that are executed at the same time
 * @core: the threads
 * @run: the slots
 */
struct agxc_engine {
	struct agxc_device *dev;
	spinlock_t lock; /* nothing else is taken inside of it, but by wake_up() */
	wait_queue_head_t work;
	wait_queue_head_t idle;
	struct list_head waiting[2];
	u32 passed;
	u64 ticket;
	u64 reset;
	bool stopping;
	bool stopped;
	struct agxc_arena arena;
	struct mutex cache_lock; /* loading programs */
	struct agx_cache *cache;
	u32 n_cores;
	u32 n_slots;
	struct agxc_core *core;
	struct agxc_run *run;
};

/* agxc_engine_arena.c */
int agxc_arena_init(struct agxc_arena *arena, size_t size);
void agxc_arena_fini(struct agxc_arena *arena);

/* agxc_engine.c, under the engine's lock. */
int agxc_run_error(const struct agxc_run *run);
/* Tells slots whose job is to be ended. */
void agxc_engine_stop_runs(struct agxc_engine *engine);
/* The slot is free for the next job. */
void agxc_run_release(struct agxc_run *run);

/* agxc_engine_run.c: without the lock, a step of what one core can do: the next state. */
enum agxc_run_state agxc_run_step(struct agxc_core *core, struct agxc_run *run);
/* This core can execute the launch that it has begun; not if memory is short. */
bool agxc_run_prepare(struct agxc_core *core, struct agxc_run *run);
/* A slice of it. */
enum agx_core_status agxc_run_slice(struct agxc_core *core, struct agxc_run *run);

/*
 * agxc_fp.c: as agx_stream_next() and agx_core_run(), for about so many ns, during
 * which the thread is not preempted.
 */
int agxc_fp_next(struct agx_stream *stream, struct agx_dispatch *dispatch, u64 ns);
enum agx_core_status agxc_fp_run(struct agx_core *core, struct agx_dispatch *dispatch, u64 ns);

#endif
