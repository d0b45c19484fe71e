/* SPDX-License-Identifier: MIT */
/*
 * A GPU for tests: code, USC words, control stream, tables and data each at an
 * address of its own, and a way to fill them.  Aborts where a test asks for what
 * cannot be encoded.
 */
#ifndef TESTS_LIB_AGX_MACHINE_H
#define TESTS_LIB_AGX_MACHINE_H

#include "compute/isa/agx_dispatch.h"
#include "tools/agx/space.h"

#define MACHINE_USC 0x1100000000ull	/* base of code and USC words; read-only */
#define MACHINE_STREAM 0x2000000000ull	/* read-only */
#define MACHINE_TABLE 0x2100000000ull	/* read-only */
#define MACHINE_DATA 0x3000000000ull
#define MACHINE_SIZE 0x40000u		/* of each, in bytes; nothing is mapped around them */

struct machine {
	struct agx_space space;
	u8 *usc, *stream, *table;
	u32 *data;
	u32 usc_used, stream_used, table_used;
	bool g14x;
	u64 max_steps;
	bool soft_faults;
	struct agx_cache *cache;	/* NULL: none */
	const struct agx_pool *pool;	/* NULL: none */
	u32 stream_budget;		/* of a step of the stream; 0: any */
	u32 n_steps;			/* of the stream in the last run */
	struct agx_stream walk;		/* of the last run */
	struct agx_fault fault;		/* likewise */
	u32 n_run;			/* launches that ran */
};

void machine_init(struct machine *m);
void machine_fini(struct machine *m);

/*
 * Assembles instructions, separated by line feeds or semicolons: the offset of the
 * code from the USC base.  "name:" is a label, and a jump's or call's operand may be
 * one.
 */
u32 machine_code(struct machine *m, const char *text);

/* A copy of data in memory that the GPU reads: its address. */
u64 machine_table(struct machine *m, const void *data, u32 size);

/* Builds USC words: their offset from the USC base. */
u32 machine_usc(struct machine *m, const struct agx_usc *usc);

/* Adds a packet to the stream: its address. */
u64 machine_packet(struct machine *m, const struct agx_cdm *cdm);

/* Goes on with the stream somewhere else, behind a gap: that address. */
u64 machine_skip(struct machine *m, u32 bytes);

/* What a test says of a launch; 0 is what most want. */
struct machine_launch {
	const char *code;
	const char *preamble;
	u32 global[3];		/* 0: 1 */
	u32 local[3];		/* 0: as global */
	enum agx_cdm_mode mode;
	u64 sizes;		/* address of an indirect launch's */
	u32 shared;		/* bytes */
	u32 regs;		/* halves; 0: 64 */
	u32 preshader_regs;	/* halves; 0: 64 */
};

/* Adds a launch, with the address of data in u0 and u1, and a barrier. */
void machine_launch(struct machine *m, const struct machine_launch *launch);
void machine_terminate(struct machine *m);

/*
 * Runs the stream from its start with n cores that take turns of budget
 * instructions: 0, or a negative errno with m->fault.
 */
int machine_run(struct machine *m, u32 n, u64 budget);

#endif
