/* SPDX-License-Identifier: MIT */
/* Runs a control stream under the observers that were asked for. */
#ifndef TOOLS_AGX_EMU_RUN_H
#define TOOLS_AGX_EMU_RUN_H

#include "opts.h"
#include "tools/agx/count.h"
#include "tools/agx/image.h"
#include "tools/agx/race.h"
#include "tools/agx/space.h"
#include "tools/agx/workers.h"

/* Where the instruction at offset of the program at code came from. */
struct place {
	const char *file;	/* NULL: not known */
	u32 line;
	const char *text;
};

typedef bool (*place_fn)(void *ctx, u64 code, u32 offset, struct place *place);

/* What to run: commands, one after the other; place may be NULL. */
struct job {
	struct agx_space *space;
	u64 usc_base;
	const struct agx_image_command *command;
	size_t n_commands;
	bool g14x, soft_faults;
	place_fn place;
	void *ctx;
};

/* How it went. */
struct outcome {
	int ret;		/* of agx_workers_run() */
	struct agx_fault fault;
	char message[256];	/* of a fault of the stream */
	u32 launches;
	double seconds;
	struct agx_count count;	/* --stats */
	struct agx_race *race;	/* --race; NULL: not asked */
};

/* 0, or the exit status after a message; faults and races are in the outcome. */
int run(const struct opts *opts, const struct job *job, struct outcome *outcome);
void outcome_free(struct outcome *outcome);

/*
 * Says faults (stderr), races and statistics (stdout), or with --json all of it:
 * the exit status.
 */
int report(const struct opts *opts, const struct job *job, const struct outcome *outcome);

#endif
