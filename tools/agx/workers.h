/* SPDX-License-Identifier: MIT */
/*
 * Threads that run the threadgroups of a launch together.  The caller is one of
 * them; the others sleep between launches.
 */
#ifndef TOOLS_AGX_WORKERS_H
#define TOOLS_AGX_WORKERS_H

#include "compute/isa/agx_dispatch.h"

struct agx_workers;

/* Processors that this process may use; at least 1. */
u32 agx_host_cpus(void);

/* n counts the caller and is at least 1.  -ENOMEM, -EAGAIN. */
int agx_workers_create(struct agx_workers **out, u32 n);
void agx_workers_destroy(struct agx_workers *workers);	/* takes NULL */

/* Who wants to hear of a stream's launches; any call may be NULL. */
struct agx_run_events {
	void *ctx;
	/* Before and after a launch; programs and memory are still there. */
	void (*launch)(void *ctx, const struct agx_dispatch *dispatch);
	void (*done)(void *ctx, const struct agx_dispatch *dispatch);
	/* Now and then, in the caller's thread. */
	void (*progress)(void *ctx, const struct agx_dispatch *dispatch);
};

/*
 * Runs a stream that agx_stream_start() made ready, to its end: 0, -ENOMEM, or
 * -EFAULT with *fault (of a launch or of the stream; stream->message says more of
 * the latter).  One caller at a time.
 */
int agx_workers_run(struct agx_workers *workers, struct agx_stream *stream,
		    const struct agx_run_events *events, struct agx_fault *fault);

#endif
