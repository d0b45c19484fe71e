/* SPDX-License-Identifier: MIT */
/*
 * A second opinion: what one instruction does to 32 lanes, one lane at a time and
 * each result a C expression, to be read rather than to be fast.  Written from
 * what is known of the hardware and not from compute/isa/agx_exec*.c; knows only
 * struct agx_insn.
 */
#ifndef TESTS_ISA_ORACLE_H
#define TESTS_ISA_ORACLE_H

#include "compute/isa/agx_exec.h"

#define ORACLE_REGIONS 4
#define ORACLE_STACK 1024	/* bytes of each lane's stack, at most */

/* Device memory: size bytes at address. */
struct oracle_region {
	u64 address;
	u32 size;
	u32 prot;
	u8 *bytes;
};

enum oracle_next {
	ORACLE_NEXT,		/* go on behind the instruction */
	ORACLE_JUMP,		/* to the instruction at ->jump, in bytes from this one */
	ORACLE_BARRIER,
	ORACLE_STOP,
	ORACLE_FAULT,		/* ->fault, ->fault_lane, ->fault_address */
	ORACLE_UNKNOWN,		/* nothing is said about this instruction */
};

struct oracle {
	u32 reg[AGX_LANES][AGX_REGS];
	bool exists[AGX_LANES];
	bool active[AGX_LANES];
	u32 uniform[AGX_UNIFORM_HALVES / 2];
	struct oracle_region region[ORACLE_REGIONS];
	u8 *local;
	u32 local_size;
	u8 stack[AGX_LANES][ORACLE_STACK];
	u32 stack_size;
	/* for special registers */
	u32 group_id[3], nominal[3], actual[3];
	u16 thread[3][AGX_LANES];
	u32 simd_index, core_index;

	/* What the last instruction left open: its result may be so far from ours. */
	bool inexact;
	double slack[AGX_LANES];

	s64 jump;
	enum agx_fault_kind fault;
	u32 fault_lane;
	u64 fault_address;
};

/* Executes one instruction. */
enum oracle_next oracle_step(struct oracle *o, const struct agx_insn *insn);

/* Whether got is right for a result of size bits where ours is want, in that lane. */
bool oracle_is_near(const struct oracle *o, int lane, unsigned int size, u32 got, u32 want);

/* --- between the oracle's files ------------------------------------------ */

/* Notes a fault, returns ORACLE_FAULT. */
enum oracle_next oracle_fault(struct oracle *o, enum agx_fault_kind kind, int lane, u64 address);

/* Register or uniform of a lane, as bits; element i of a vector. */
u64 oracle_bits(const struct oracle *o, int lane, const struct agx_operand *operand, int i);
void oracle_set(struct oracle *o, int lane, const struct agx_operand *operand, int i, u64 bits);

/* An integer source: extended with its own sign flag, or as told. */
u64 oracle_int(const struct oracle *o, int lane, const struct agx_insn *insn, int i);
s64 oracle_signed(const struct oracle *o, int lane, const struct agx_insn *insn, int i);

/* A float source, exactly, with denormals flushed where it is f32. */
double oracle_float(const struct oracle *o, int lane, const struct agx_insn *insn, int i);

/* Bits of a float of 16 or 32 bits, and the float of a double, rounded once. */
double oracle_f16_value(u16 bits);
double oracle_f32_value(u32 bits);	/* denormals are zeros */
u16 oracle_f16_bits(double x);
u32 oracle_f32_bits(double x);		/* likewise */
/* x = a * b + c rounded to odd: may be rounded again to f32 or f16. */
double oracle_fma(double a, double b, double c);

/* The families; false: not of the family. */
bool oracle_integer(struct oracle *o, const struct agx_insn *insn);
bool oracle_arithmetic(struct oracle *o, const struct agx_insn *insn);
bool oracle_across(struct oracle *o, const struct agx_insn *insn);
bool oracle_memory(struct oracle *o, const struct agx_insn *insn, enum oracle_next *next);

/* Registers that one word of a packed format comes from or goes to, or 0. */
u32 oracle_packed_components(const struct agx_insn *insn);

bool oracle_icmp(const struct oracle *o, int lane, const struct agx_insn *insn, int a, int b);
bool oracle_fcmp(const struct oracle *o, int lane, const struct agx_insn *insn, int a, int b);

#endif
