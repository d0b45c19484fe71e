/* SPDX-License-Identifier: MIT */
/*
 * Finds accesses whose order nothing decides: agx-emu --race.  Two of them race if
 * they touch the same byte, at least one writes, not both are atomic, and they are
 *
 *	of different SIMD-groups of a threadgroup with no barrier between them, or
 *	of different threadgroups of a launch (device memory), not both coherent.
 *
 * Which order the run itself took does not matter: what was not ordered is found
 * though it went well.  Threadgroups can order themselves with atomics and device
 * barriers, which nobody follows here: programs that do say so by marking accesses as
 * coherent.
 */
#ifndef TOOLS_AGX_RACE_H
#define TOOLS_AGX_RACE_H

#include "compute/isa/agx_dispatch.h"

/* One side: an instruction of a lane of a SIMD-group. */
struct agx_race_side {
	u64 group;		/* index of the threadgroup, x first */
	u32 simd;
	u32 lane;
	u32 offset;		/* of the instruction, bytes from the entry */
	bool write;
};

/* Reported once for each pair of instructions and space. */
struct agx_race_report {
	struct agx_race_side first, second;
	u32 space;		/* AGX_SPACE_* */
	u64 address;		/* of the first byte seen */
	u64 code;		/* GPU address of the program's entry */
	u64 bytes;		/* how often it was seen */
};

struct agx_race;

struct agx_race *agx_race_create(void);
void agx_race_destroy(struct agx_race *race);	/* takes NULL */

/* An observer that watches.  One thread only. */
struct agx_observer agx_race_observer(struct agx_race *race);

/* Before each launch: those before it are done. */
void agx_race_launch(struct agx_race *race, const struct agx_dispatch *dispatch);

/* What was found, in the order of finding. */
size_t agx_race_count(const struct agx_race *race);
const struct agx_race_report *agx_race_get(const struct agx_race *race, size_t i);

/* Whether memory ended, so that races may have been missed. */
bool agx_race_incomplete(const struct agx_race *race);

#endif
