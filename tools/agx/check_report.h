/* SPDX-License-Identifier: MIT */
/* What the parts of agx_check() share: hazards found, and words for them. */
#ifndef TOOLS_AGX_CHECK_REPORT_H
#define TOOLS_AGX_CHECK_REPORT_H

#include "walk.h"

struct agx_found {
	u32 index;
	enum agx_hazard hazard;
	char *message;
};

struct agx_report {
	const struct agx_code *code;
	const struct agx_check_opts *opts;
	struct agx_found *found;
	u32 n, room;
	bool no_memory;
};

__printf(4, 5)
void agx_report_add(struct agx_report *report, u32 index, enum agx_hazard hazard,
		    const char *format, ...);

/* Gives opts->report() all of it in the order of the code; frees it. */
void agx_report_finish(struct agx_report *report);

#define AGX_NAME_MAX 64

/* n halves from first on: "r4", "r4l", "r4 to r7", "r4h to r6l". */
const char *agx_name_halves(char *name, unsigned int first, unsigned int n);

/* Those of a set, at most three ranges of them: "r4, r7l". */
const char *agx_name_set(char *name, const struct agx_halves *set);

/* Of instruction, register and flow checks: each reports what it finds. */
void agx_check_operands(struct agx_report *report, u32 i);
void agx_check_target(struct agx_report *report, const struct agx_flow *flow, u32 i);
int agx_check_walk(struct agx_report *report, const struct agx_walk *walk);

#endif
