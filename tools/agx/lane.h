/* SPDX-License-Identifier: MIT */
/*
 * One lane of a SIMD-group as static analysis sees it: its nest counter r0l, whether
 * it is active, and how far the other lanes may be from it.
 *
 * What the exec mask does depends on r0l alone, and programs only ever write
 * constants there.  So a lane can be followed through if, else, while and pop_exec
 * exactly, but for conditions, where it goes both ways.  An inactive lane goes through
 * the same instructions as the active ones, and they leave it alone.
 */
#ifndef TOOLS_AGX_LANE_H
#define TOOLS_AGX_LANE_H

#include "operands.h"

/* Values of r0l. */
#define AGX_LANE_DEEPEST 59	/* the largest that is followed */
#define AGX_LANE_COMPUTED 60	/* by 16-bit arithmetic: perhaps a mask */
#define AGX_LANE_DATA 61	/* from memory, from arithmetic on all of r0 ... */
#define AGX_LANE_ANY 63		/* of max: no bound is known */

struct agx_lane {
	u8 counter;	/* this lane's r0l */
	u8 max;		/* unless equal: r0l of no lane is larger */
	bool active;	/* as of the last instruction that changed the mask */
	bool equal;	/* all lanes have the same r0l: all are active or none is */
	bool lost;	/* nothing is known; the rest is 0 */
};

/* How a comparison ends. */
enum agx_outcome {
	AGX_ALWAYS,
	AGX_NEVER,
	AGX_SAME,	/* not known, but in all lanes the same */
	AGX_EITHER,
};

/*
 * The outcome of the comparison that insn (if, else, while, csel) makes; uniform are
 * the halves that are the same in all lanes.
 */
enum agx_outcome agx_outcome_of(const struct agx_insn *insn, const struct agx_halves *uniform);

/* What can become of a lane. */
struct agx_lanes {
	unsigned int n;
	struct agx_lane lane[2];
};

/*
 * Behind an instruction that sets the mask.  A counter or max beyond AGX_LANE_DEEPEST
 * is the caller's to make a lost lane of.
 */
void agx_lane_mask(const struct agx_lane *lane, const struct agx_insn *insn,
		   enum agx_outcome outcome, struct agx_lanes *after);

/* Behind any other that writes r0l. */
void agx_lane_write(const struct agx_lane *lane, const struct agx_insn *insn,
		    enum agx_outcome outcome, struct agx_lanes *after);

/* By how much insn, which writes r0l, raises the largest counter of any lane at most. */
unsigned int agx_lane_raises(const struct agx_insn *insn);

/* Does the lane evaluate the comparison of this if, else or while? */
bool agx_lane_compares(const struct agx_lane *lane, const struct agx_insn *insn);

/* Is there a lane that executes: this one, or perhaps another? */
static inline bool agx_lane_any_active(const struct agx_lane *lane)
{
	return lane->active || !lane->equal;
}

#endif
