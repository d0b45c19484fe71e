/* SPDX-License-Identifier: MIT */
/* Writes down what instructions do: agx-emu --trace. */
#ifndef TOOLS_AGX_TRACE_H
#define TOOLS_AGX_TRACE_H

#include "compute/isa/agx_exec.h"

struct agx_trace_opts {
	FILE *to;
	u32 lanes;		/* set whose registers are shown */
	bool any_group;		/* else group */
	u32 group[3];
	bool any_simd;		/* else simd */
	u32 simd;
	u64 limit;		/* instructions to write; 0: all */
	/* Source line of an instruction, 0 where there is none; may be NULL. */
	u32 (*line)(void *ctx, u64 code, u32 offset);
	void *ctx;
};

struct agx_trace;

struct agx_trace *agx_trace_create(const struct agx_trace_opts *opts);
/* Ends the last line; takes NULL. */
void agx_trace_destroy(struct agx_trace *trace);

/* An observer that writes.  One thread only. */
struct agx_observer agx_trace_observer(struct agx_trace *trace);

#endif
