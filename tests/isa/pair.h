/* SPDX-License-Identifier: MIT */
/*
 * An executor's SIMD-group and the oracle's, with the same registers and the same
 * memory: run side by side, every difference is one of the two being wrong.
 */
#ifndef TESTS_ISA_PAIR_H
#define TESTS_ISA_PAIR_H

#include "oracle.h"

#define PAIR_SIZE (4 * 4096)		/* bytes of each region */
#define PAIR_CODE 0x1100000000ull	/* where programs are */

struct pair {
	struct agx_simd simd;
	struct oracle oracle;
	struct agx_program program;
	struct agx_group group;
	struct agx_memory memory;
	struct agx_tlb tlb;
	u32 uniform[AGX_UNIFORM_HALVES / 2];
	u8 *bytes[ORACLE_REGIONS];	/* the executor's memory; the oracle has its own */
	u8 *local;
	char why[512];			/* after a difference */
};

/* 32 lanes, registers of zeros, local memory, device memory around RANDOM_ADDRESS. */
struct pair *pair_create(void);
void pair_destroy(struct pair *pair);

/* Registers, uniforms, memory and threads at random; the same for both. */
void pair_randomize(struct pair *pair);

/*
 * Makes code the pair's program.  Both are at its start, with the lanes of exists
 * there and active, registers kept.
 */
void pair_code(struct pair *pair, const u8 *code, u32 size, u32 exists);

/* agx_encode() of what must be an instruction. */
u32 pair_encode(struct agx_insn *insn, u8 *code);

/* The same with instructions, and a stop behind them. */
void pair_program(struct pair *pair, struct agx_insn *insns, u32 n, u32 exists);

/*
 * The program's handlers: those for any CPU, or what this CPU runs fastest, which is
 * what a new program has.
 */
void pair_handlers(struct pair *pair, bool any);

/* Lanes whose r0l is to be 0; the others get some other count. */
void pair_activate(struct pair *pair, u32 lanes);

/* One instruction; false with why where the two differ. */
bool pair_step(struct pair *pair);

/* Compares everything. */
bool pair_same(struct pair *pair);

/* Instructions one by one until both have ended, at most max of them. */
bool pair_run(struct pair *pair, u32 max);

#endif
