// SPDX-License-Identifier: MIT
/*
 * Published measurements of instructions, in cycles of a scheduler for 32 lanes:
 * philipturner/metal-benchmarks, and for the matrix instructions reports of throughput
 * on an M1.  Where a range was published, this is its middle.  Nobody has published what
 * memory accesses cost an instruction stream: they count as one slot, and so do barriers
 * and waits.
 */
#include "operands.h"

struct cost {
	double issue, latency;
};

static const struct cost
	full_rate = { 1, 2.2 },		/* fadd, fmul, ffma, iadd, bit operations */
	csel = { 1, 4.7 },
	add_64 = { 3.9, 9 },		/* iadd with a 64-bit operand */
	multiply = { 4, 4 },
	multiply_64 = { 8, 9.8 },	/* 32 by 32 to 64 bits */
	quarter_rate = { 4, 3.9 },	/* shifts by a constant, convert, popcnt, rint */
	shift_by_register = { 8, 11 },
	exp_log = { 4, 4.5 },
	reciprocal = { 6, 6.5 },
	root = { 8, 9 },
	half_of_sine = { 7, 12 },	/* sinr and sinc make one */
	permute = { 2, 4.4 },
	ballot = { 2, 4.5 },
	reduce = { 14.5, 27.5 },
	prefix = { 11.6, 22 },
	reduce_quad = { 6, 13.5 },
	matrix = { 17, 35 },
	slot = { 1, 1 },		/* flow */
	memory = { 1, 1 };

static bool has_64_bits(const struct agx_insn *insn)
{
	for (int i = 0; i < insn->n_operands; i++) {
		if (insn->operand[i].size == AGX_64)
			return true;
	}
	return false;
}

/* The amount of shifts and bit fields is the last operand. */
static bool by_register(const struct agx_insn *insn)
{
	for (int i = insn->n_operands; i--;) {
		if (insn->operand[i].kind != AGX_IMM)
			return i == insn->n_operands - 1;
	}
	return false;
}

static struct cost int_slow(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_IMUL:
	case AGX_OP_IMADD:
	case AGX_OP_IMSUB:
		return has_64_bits(insn) ? multiply_64 : multiply;
	case AGX_OP_SHL:
	case AGX_OP_SHR:
	case AGX_OP_BFI:
	case AGX_OP_BFEIL:
	case AGX_OP_EXTR:
	case AGX_OP_SHLHI:
	case AGX_OP_SHRHI:
	case AGX_OP_ASR:
	case AGX_OP_ASRH:
		return by_register(insn) ? shift_by_register : quarter_rate;
	default:
		return quarter_rate;
	}
}

static struct cost special(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_RCP:
		return reciprocal;
	case AGX_OP_RSQRT:
	case AGX_OP_RSQRTS:
		return root;
	case AGX_OP_SINR:
	case AGX_OP_SINC:
		return half_of_sine;
	case AGX_OP_EXP2:
	case AGX_OP_LOG2:
		return exp_log;
	default:
		return quarter_rate;
	}
}

static struct cost simd(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_SIMD:
		return insn->flags & AGX_PREFIX ? prefix : reduce;
	case AGX_OP_QUAD:
		return reduce_quad;
	case AGX_OP_SHUFFLE:
	case AGX_OP_DFDX:
	case AGX_OP_DFDY:
		return permute;
	default:
		return ballot;
	}
}

static struct cost cost_of(const struct agx_insn *insn)
{
	switch (agx_insn_info((enum agx_op)insn->op)->class) {
	case AGX_CLASS_MOVE:
		return insn->op == AGX_OP_ICSEL || insn->op == AGX_OP_FCSEL ? csel : full_rate;
	case AGX_CLASS_INT:
		return has_64_bits(insn) ? add_64 : full_rate;
	case AGX_CLASS_INT_SLOW:
		return int_slow(insn);
	case AGX_CLASS_FLOAT:
		return full_rate;
	case AGX_CLASS_SPECIAL:
		return special(insn);
	case AGX_CLASS_MATRIX:
		return matrix;
	case AGX_CLASS_SIMD:
		return simd(insn);
	case AGX_CLASS_FLOW:
		return slot;
	default:
		return memory;
	}
}

double agx_cost_issue(const struct agx_insn *insn)
{
	return cost_of(insn).issue;
}

double agx_cost_latency(const struct agx_insn *insn)
{
	return cost_of(insn).latency;
}
