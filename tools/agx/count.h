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
	double issue_cycles;		/* of a scheduler, if nothing ever waits */
};

/* An observer that counts.  One thread only. */
struct agx_observer agx_count_observer(struct agx_count *count);

#endif
