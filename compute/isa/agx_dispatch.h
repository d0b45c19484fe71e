/* SPDX-License-Identifier: MIT */
/*
 * Software execution of a whole compute submission: walks a control stream,
 * runs each launch's preamble once and its threadgroups on any number of
 * workers, in slices, so that the caller keeps its threads.
 *
 *	agx_stream_start(&stream, ...);
 *	while ((ret = agx_stream_next(&stream, &dispatch)) > 0) {
 *		on each worker:
 *			while (agx_core_run(core, &dispatch, budget) == AGX_CORE_MORE)
 *				;
 *		agx_dispatch_end(&dispatch);
 *	}
 *
 * Launches run one after the other, so CDM barriers always hold.
 */
#ifndef COMPUTE_ISA_AGX_DISPATCH_H
#define COMPUTE_ISA_AGX_DISPATCH_H

#include "agx_cdm.h"
#include "agx_exec.h"

#define AGX_GROUP_THREADS 1024		/* per threadgroup at most */
#define AGX_GROUP_SIMDS (AGX_GROUP_THREADS / AGX_LANES)
#define AGX_LOCAL_MAX 65536		/* bytes of threadgroup memory */
#define AGX_LINKS_MAX 4096		/* of one stream: more is a loop */

/*
 * One launch, ready: programs decoded, uniforms loaded, preamble done.  Shared
 * read-only by the workers but for next_group, stop and fault.
 */
struct agx_dispatch {
	struct agx_program main;
	u32 uniform[AGX_UNIFORM_HALVES / 2];
	u32 local_size;		/* bytes of threadgroup memory */
	u32 global[3];		/* threads */
	u32 local[3];		/* threads per threadgroup */
	u32 groups[3];		/* threadgroups */
	u64 n_groups;
	u64 next_group;		/* atomic: taken by workers */
	u64 steps_left;		/* atomic: instructions until AGX_FAULT_RUNAWAY */
	u32 stop;		/* atomic: somebody faulted, or asked to stop */
	struct agx_fault fault;	/* the first; valid once stop is set and workers are done */
	const struct agx_memory *memory;
	const struct agx_observer *observer;
};

/* A control stream being walked. */
struct agx_stream {
	const struct agx_memory *memory;
	struct agx_tlb tlb;
	u64 usc_base;
	u64 address;		/* of the next packet */
	u64 end;		/* of the first piece; 0: wherever it terminates */
	u64 return_address;
	u32 n_links;
	u32 n_launches;
	bool g14x;
	u64 max_steps;		/* per launch */
	const struct agx_observer *observer;
	struct agx_fault fault;
	char message[160];	/* more about a fault of the stream itself */
};

void agx_stream_start(struct agx_stream *stream, const struct agx_memory *memory,
		      u64 usc_base, u64 address, u64 end, bool g14x);

/*
 * Goes on to the next launch and makes it ready: 1 with dispatch filled (its owner
 * is the caller, until agx_dispatch_end()), 0 at the end of the stream, -EFAULT
 * with stream->fault and message, -ENOMEM.
 */
int agx_stream_next(struct agx_stream *stream, struct agx_dispatch *dispatch);

/* What a worker needs to run threadgroups, about 600 KiB; made once. */
struct agx_core;

struct agx_core *agx_core_create(u32 core_index);	/* NULL: no memory */
void agx_core_destroy(struct agx_core *core);		/* takes NULL */

enum agx_core_status { AGX_CORE_DONE, AGX_CORE_MORE };

/*
 * Runs about budget instructions of threadgroups of the dispatch.  AGX_CORE_DONE:
 * none is left for this worker (or the dispatch was stopped).  After a fault the
 * others stop at the end of their slice.
 */
enum agx_core_status agx_core_run(struct agx_core *core, struct agx_dispatch *dispatch,
				  u64 budget);

/* 0, or -EFAULT with dispatch->fault; frees what the launch owns. */
int agx_dispatch_end(struct agx_dispatch *dispatch);

#endif
