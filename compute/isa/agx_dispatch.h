/* SPDX-License-Identifier: MIT */
/*
 * Software execution of a whole compute submission: walks a control stream and
 * runs each launch's preamble once, then its threadgroups, on any number of
 * workers, in slices, so that the caller keeps its threads.
 *
 *	agx_stream_start(&stream, ...);
 *	while ((ret = agx_stream_next(&stream, &dispatch)) > 0) {
 *		on each worker:
 *			while (agx_core_run(core, &dispatch, budget) == AGX_CORE_MORE)
 *				;
 *		ret = agx_dispatch_end(&dispatch);
 *	}
 *
 * Launches run one after the other, so CDM barriers always hold.
 *
 * Memory is allocated by agx_stream_next(), for the decoded programs, and by
 * agx_core_create(); agx_core_run() allocates stacks only, and not even these after
 * agx_core_reserve().  Programs and stacks may come from a pool, and then no step of
 * this allocates anything elsewhere.  What handlers are compiled for, floating point
 * among it, may be used by agx_stream_next() and agx_core_run() only.
 */
#ifndef COMPUTE_ISA_AGX_DISPATCH_H
#define COMPUTE_ISA_AGX_DISPATCH_H

#include "agx_cache.h"
#include "agx_cdm.h"
#include "agx_exec.h"

#define AGX_GROUP_THREADS 1024		/* per threadgroup at most */
#define AGX_GROUP_SIMDS (AGX_GROUP_THREADS / AGX_LANES)
#define AGX_LOCAL_MAX 65536		/* bytes of threadgroup memory */
#define AGX_LINKS_MAX 4096		/* of one stream: more is a loop */
#define AGX_IDLE_MAX 65536		/* packets between two launches that run: likewise */
#define AGX_NO_LIMIT (~0ull)

enum agx_phase { AGX_PHASE_PREAMBLE, AGX_PHASE_PREAMBLE_RUNS, AGX_PHASE_GROUPS };

/*
 * One launch, ready: programs decoded, uniforms loaded.  Workers change what is
 * said to be atomic, and the first of them the uniforms, by running the preamble.
 */
struct agx_dispatch {
	struct agx_program main;
	struct agx_program preamble;	/* n_insns is 0 where there is none */
	u32 uniform[AGX_UNIFORM_HALVES / 2];
	u32 local_size;		/* bytes of threadgroup memory */
	u32 groups[3];		/* threadgroups */
	u32 local[3];		/* threads per threadgroup */
	u32 last[3];		/* of them in the last threadgroup of each dimension */
	u64 n_groups;
	u64 address;		/* of the launch in its control stream */
	u32 phase;		/* atomic: enum agx_phase */
	u64 next_group;		/* atomic: taken by workers */
	u64 steps_left;		/* atomic: instructions until AGX_FAULT_RUNAWAY */
	u32 stop;		/* atomic: somebody faulted, or asked to stop */
	struct agx_fault fault;	/* the first; valid once stop is set and workers are done */
	const struct agx_memory *memory;
	const struct agx_observer *observer;
	bool soft_faults;	/* as of the stream */
};

/* A control stream being walked. */
struct agx_stream {
	const struct agx_memory *memory;
	struct agx_tlb tlb;
	u64 usc_base;
	u64 address;		/* of the next packet */
	u64 end;		/* of the first piece; 0: wherever it terminates */
	u64 return_address;	/* 0: no link with return has been followed */
	u32 n_links;
	u32 n_launches;		/* those that run nothing included */
	u32 n_idle;		/* packets since the last launch that runs */
	bool g14x;
	bool launching;		/* at a launch, the programs of which are being loaded */
	u32 budget;		/* of a call: packets and instructions; ~0u, any, from start */
	u64 max_steps;		/* per launch; AGX_NO_LIMIT from agx_stream_start() */
	struct agx_cache *cache;		/* of programs; NULL from agx_stream_start() */
	const struct agx_pool *pool;		/* for programs; likewise */
	const struct agx_observer *observer;	/* likewise */
	/*
	 * What instructions cannot read is 0, what they cannot write is lost, instead of
	 * faults; the stream itself must be there.  False from agx_stream_start().
	 */
	bool soft_faults;
	struct agx_cdm launch;	/* the last packet */
	struct agx_usc usc;	/* of the last launch */
	struct agx_loading loading;
	struct agx_fault fault;
	char message[256];	/* more about a fault of the stream itself */
};

/* end may be behind the last packet: walking ends where the stream terminates. */
void agx_stream_start(struct agx_stream *stream, const struct agx_memory *memory,
		      u64 usc_base, u64 address, u64 end, bool g14x);

/*
 * Goes on to the next launch, when the one before has ended, and makes it ready: 1
 * with dispatch filled (its owner is the caller, until agx_dispatch_end()), 0 at the
 * end of the stream, -EFAULT with stream->fault and message.  Launches without threads
 * are passed over.
 *
 * -ENOMEM: what the stream's cache has and nobody uses has been freed, and yet there is
 * no memory for a program; another call tries again.  -EAGAIN: the budget is used up,
 * call again with the same dispatch, before which mappings may have changed; whoever
 * does not has to agx_dispatch_end() it.
 */
int agx_stream_next(struct agx_stream *stream, struct agx_dispatch *dispatch);

/* What a worker needs to run threadgroups, about 640 KiB; made once. */
struct agx_core;

struct agx_core *agx_core_create(u32 core_index);	/* NULL: no memory */
void agx_core_destroy(struct agx_core *core);		/* takes NULL */

/* From now on stacks are what agx_core_reserve() takes from the pool. */
void agx_core_set_pool(struct agx_core *core, const struct agx_pool *pool);

/*
 * Between launches: makes room for the stacks of any threadgroup of the launch, where
 * agx_core_run() must not allocate.  0, or -ENOMEM, and then there are no stacks.
 */
int agx_core_reserve(struct agx_core *core, const struct agx_dispatch *dispatch);

/* Between launches: frees stacks. */
void agx_core_release(struct agx_core *core);

enum agx_core_status { AGX_CORE_DONE, AGX_CORE_MORE };

/*
 * Runs about budget instructions of the preamble, which one worker does while
 * others are told to ask again, then of threadgroups, whose start is charged, too, as
 * is what takes much longer than one instruction.  AGX_CORE_DONE: nothing is
 * left for this worker, or the launch was stopped.  After a fault the others stop
 * at the end of their slice.  Who has begun a launch goes on until AGX_CORE_DONE;
 * threads may take turns at one core.
 *
 * What runs in which order on one worker does not depend on the budget.
 */
enum agx_core_status agx_core_run(struct agx_core *core, struct agx_dispatch *dispatch,
				  u64 budget);

/* Mappings may have changed since the last slice: forgets what was looked up. */
void agx_core_flush(struct agx_core *core);

/* Instructions that the worker has executed since the last call. */
u64 agx_core_take_steps(struct agx_core *core);

/* Between two slices: where the worker is, as a fault of kind AGX_FAULT_TIMEOUT. */
void agx_core_where(const struct agx_core *core, struct agx_fault *fault);

/* Asks workers to stop at the end of their slices. */
void agx_dispatch_stop(struct agx_dispatch *dispatch);

/*
 * When no worker runs: 0, -EFAULT with dispatch->fault, or -ECANCELED after
 * agx_dispatch_stop().  Frees what the launch owns.
 */
int agx_dispatch_end(struct agx_dispatch *dispatch);

#endif
