/* SPDX-License-Identifier: MIT */
/*
 * What can be said of a program without running it: control flow, live
 * registers, hazards, costs.  The assembler's checks and agx-dis --stats.
 */
#ifndef TOOLS_AGX_CHECK_H
#define TOOLS_AGX_CHECK_H

#include "compute/isa/agx_isa.h"

/* A decoded program; offsets are bytes from its entry. */
struct agx_code {
	const struct agx_insn *insn;
	const u32 *offset;
	u32 n;
};

enum agx_hazard {
	AGX_HAZARD_WAIT,	/* read or overwritten before the wait */
	AGX_HAZARD_PENDING,	/* more than 8 in a group */
	AGX_HAZARD_BARRIER,	/* barrier with accesses pending */
	AGX_HAZARD_MATRIX,	/* D overlaps A or B; or lanes may be inactive */
	AGX_HAZARD_DISCARD,	/* read after it was discarded */
	AGX_HAZARD_UNDEFINED,	/* read, never written */
	AGX_HAZARD_ALIGNMENT,	/* of register vectors and pairs */
	AGX_HAZARD_OVERLAP,	/* one instruction's operands overlap in part */
	AGX_HAZARD_REGISTER,	/* beyond the allocation */
	AGX_HAZARD_FLOW,	/* jump into nowhere, end without stop, r0l misused */
};

/* What to check against. */
struct agx_check_opts {
	u32 n_regs;		/* halves allocated; 0: any */
	u32 n_uniforms;		/* halves given; 0: any */
	bool preamble;
	void (*report)(void *ctx, enum agx_hazard hazard, u32 index, const char *message);
	void *ctx;
};

/* Number of hazards reported; -ENOMEM. */
int agx_check(const struct agx_code *code, const struct agx_check_opts *opts);

/* Halves that an instruction reads and writes: bit h of a set of 256. */
struct agx_halves {
	u64 bits[4];
};

void agx_reads(const struct agx_insn *insn, struct agx_halves *set);
void agx_writes(const struct agx_insn *insn, struct agx_halves *set);

/* Static statistics. */
struct agx_stat {
	u32 n_insns;
	u32 n_class[AGX_CLASS_COUNT];
	u32 code_size;		/* bytes, to the last stop */
	u32 regs;		/* halves: highest one named, plus 1 */
	u32 uniforms;		/* likewise */
	u32 live_peak;		/* halves live at once at most */
	u32 live_peak_at;	/* index of the instruction */
	u32 max_threads;	/* resident per core, from the register file */
	u32 loops;
	double issue_cycles;	/* of one pass through the code, per SIMD-group */
	double latency_cycles;	/* the same if nothing overlaps */
};

int agx_stat(const struct agx_code *code, struct agx_stat *stat);	/* or -ENOMEM */

/* Threads that a core holds at most, if each has so many halves. */
u32 agx_max_threads(u32 regs);

/* Published costs of one instruction, in cycles per 32 lanes of a scheduler. */
double agx_cost_issue(const struct agx_insn *insn);
double agx_cost_latency(const struct agx_insn *insn);

#endif
