/* SPDX-License-Identifier: MIT */
/* What one instruction does to registers, the exec mask and wait groups. */
#ifndef TOOLS_AGX_OPERANDS_H
#define TOOLS_AGX_OPERANDS_H

#include "halves.h"

/* What one instruction touches. */
struct agx_access {
	struct agx_halves reads, writes;
	struct agx_halves discards;	/* of reads: those with the hint */
};

void agx_access_of(const struct agx_insn *insn, struct agx_access *access);

/*
 * Halves of operand i, from its value on: of matrix instructions, which take pairs,
 * twice what the operand says.
 */
unsigned int agx_operand_span(const struct agx_insn *insn, int i);

/* if, else, while, pop_exec, update_exec: what follows runs under another mask. */
bool agx_sets_mask(const struct agx_insn *insn);

/* Jumps to an offset: jmp_any, jmp_none, call and the two of the helper program. */
bool agx_has_target(const struct agx_insn *insn);

/* Does it belong to a wait group until the next wait? */
bool agx_has_group(const struct agx_insn *insn);

bool agx_is_matrix(const struct agx_insn *insn);

/* Is the result the same whatever the sources hold: zero, one, xor of r and r? */
bool agx_ignores_sources(const struct agx_insn *insn);

/* First source operand: 1 behind a destination, else 0. */
static inline int agx_first_source(const struct agx_insn *insn)
{
	return agx_insn_info((enum agx_op)insn->op)->n_dests;
}

#endif
