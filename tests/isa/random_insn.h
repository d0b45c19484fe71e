/* SPDX-License-Identifier: MIT */
/*
 * Random instructions that can be executed, and the state in which executing them
 * is interesting: registers with addresses, with indices, with floats and integers
 * near every border.
 */
#ifndef TESTS_ISA_RANDOM_INSN_H
#define TESTS_ISA_RANDOM_INSN_H

#include "compute/isa/agx_exec.h"

/*
 * What is where in the registers of each lane.  Instructions write from
 * RANDOM_DATA on, so that a program of many keeps the rest.
 */
#define RANDOM_BASES 2		/* r2 to r5: two addresses of device memory */
#define RANDOM_INDEX 6		/* signed, of elements */
#define RANDOM_STACK 7		/* offset in the stack */
#define RANDOM_LOCAL 8		/* r8, r9: four halves, offsets in local memory */
#define RANDOM_LANES 10		/* r10, r11: four halves, for shuffles */
#define RANDOM_DATA 12

/* Uniforms: addresses in the first four pairs, then an offset, then data. */
#define RANDOM_UNIFORM_LOCAL 8
#define RANDOM_UNIFORM_DATA 16

#define RANDOM_ADDRESS 0x1100004000ull	/* of the middle of device memory */
#define RANDOM_SPAN 4096		/* accesses are within so many bytes of it */
#define RANDOM_LOCAL_SIZE 1024

/* false: the instruction cannot be executed, or not alone (jumps, calls). */
bool random_is_covered(enum agx_op op);

/* A random one of these, as agx_decode() would say it. */
void random_insn(struct agx_insn *insn, enum agx_op op);

/* Registers, per lane, and uniforms as above. */
void random_registers(u32 reg[AGX_REGS]);
void random_uniforms(u32 uniform[AGX_UNIFORM_HALVES / 2]);

/* A word that is likely to be a border of something. */
u32 random_word(void);

#endif
