/* SPDX-License-Identifier: MIT */
/*
 * What a submission consists of, read from its image: packets of each command in the
 * order in which they run, launches, programs.  Nothing is executed: what a launch writes
 * and a later one reads is as it was before the submission.
 */
#ifndef TOOLS_AGX_TRACE_MODEL_H
#define TOOLS_AGX_TRACE_MODEL_H

#include "compute/isa/agx_cdm.h"
#include "trace.h"

#define NO_INDEX 0xffffffffu

/* Code, each once. */
struct program {
	u64 address;
	bool preamble;
	u32 regs;		/* halves that the launch gives it */
	const u8 *bytes;	/* NULL: nothing is mapped there */
	u32 size;		/* of what control can reach; 0: that is no program */
	u64 sum;		/* checksum() */
};

struct launch {
	u32 n_words;		/* USC words */
	struct agx_usc_word *word;
	struct agx_usc usc;
	u32 global[3];		/* threads, or threadgroups with in_groups */
	u32 local[3];
	bool in_groups;
	bool unsized;		/* indirect, and its sizes are not mapped */
	u16 uniform[AGX_UNIFORM_HALVES];
	bool loaded[AGX_UNIFORM_HALVES];
	u32 main, preamble;	/* programs; NO_INDEX: there is none */
	char error[160];	/* why there is no more; empty: all is there */
};

struct packet {
	u64 address;
	struct agx_cdm cdm;
	struct launch *launch;	/* NULL: it is none */
};

struct command {
	u64 stream, end;
	struct packet *packet;
	u32 n, room;
	u32 n_launches;
	char error[160];	/* why there are no more; empty: it terminates */
};

struct model {
	const struct loaded *image;
	struct command *command;
	u32 n_commands;
	struct program *program;
	u32 n_programs;
};

/* 0, or EXIT_FAILED after a message: no memory.  To be freed in either case. */
int model_init(struct model *model, const struct loaded *image);
void model_free(struct model *model);

#endif
