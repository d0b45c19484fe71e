/* SPDX-License-Identifier: MIT */
/* Dynamic statistics of a run: agx-emu --stats. */
#ifndef TOOLS_AGX_COUNT_H
#define TOOLS_AGX_COUNT_H

#include "compute/isa/agx_exec.h"

#define AGX_SPACES 3
#define AGX_ACCESSES 3

struct agx_count {
	u64 insns;			/* executed by SIMD-groups */
	u64 lanes;			/* sum of their active lanes */
	u64 insns_of[AGX_CLASS_COUNT];
	u64 lanes_of[AGX_CLASS_COUNT];
	u64 accesses[AGX_SPACES][AGX_ACCESSES];		/* by lanes */
	u64 bytes[AGX_SPACES][AGX_ACCESSES];
	u64 simds;			/* that came to their end */
	u32 regs;			/* halves allocated: the most of any program */
	double issue_cycles;		/* published costs, added up */
	double latency_cycles;
};

#define AGX_SCHEDULERS 4	/* of a core; each issues for one SIMD-group per cycle */

/*
 * SIMD-groups that a core holds at the same time, as far as registers allow and there
 * are so many.
 */
u32 agx_count_resident(const struct agx_count *count);

/*
 * Estimated cycles of one core that runs all of it: what issuing takes, or latencies if
 * the resident SIMD-groups are too few to hide them.  Memory is taken to be free.
 */
double agx_count_cycles(const struct agx_count *count);

/* An observer that counts.  One thread only. */
struct agx_observer agx_count_observer(struct agx_count *count);

#endif
