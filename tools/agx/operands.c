// SPDX-License-Identifier: MIT
/*
 * Registers that instructions read and write.
 *
 * The rule: operand 0 is written if the table says that there is a destination,
 * all others are read, each as many halves as its size and count say.  What the
 * switch statements here name is the exceptions, and there are no others.
 */
#include "operands.h"

bool agx_sets_mask(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_IF_ICMP:
	case AGX_OP_IF_FCMP:
	case AGX_OP_ELSE_ICMP:
	case AGX_OP_ELSE_FCMP:
	case AGX_OP_WHILE_ICMP:
	case AGX_OP_WHILE_FCMP:
	case AGX_OP_POP_EXEC:
	case AGX_OP_UPDATE_EXEC:
		return true;
	default:
		return false;
	}
}

bool agx_has_target(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_JMP_ANY:
	case AGX_OP_JMP_NONE:
	case AGX_OP_JMP_IF_SKIPPING_DOORBELL:
	case AGX_OP_JMP_INCOMPLETE:
	case AGX_OP_CALL:
		return true;
	default:
		return false;
	}
}

bool agx_has_group(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_LOAD:
	case AGX_OP_STORE:
	case AGX_OP_ATOMIC:
	case AGX_OP_STACK_LOAD:
	case AGX_OP_STACK_STORE:
	case AGX_OP_UNIFORM_STORE_UNK:
	case AGX_OP_TEX_STATE_STORE:
	case AGX_OP_SAMPLER_STATE_STORE:
	case AGX_OP_SMPF:
	case AGX_OP_SMPI:
		return true;
	default:
		return false;
	}
}

bool agx_is_matrix(const struct agx_insn *insn)
{
	return insn->op == AGX_OP_SIMD_MATRIX_FMADD32 || insn->op == AGX_OP_SIMD_MATRIX_FMADD16;
}

bool agx_ignores_sources(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_ZERO:
	case AGX_OP_ONE:
		return true;
	case AGX_OP_XOR:
	case AGX_OP_XNOR:
		return !memcmp(&insn->operand[1], &insn->operand[2], sizeof(insn->operand[1]));
	default:
		return false;
	}
}

unsigned int agx_operand_span(const struct agx_insn *insn, int i)
{
	return agx_operand_halves(&insn->operand[i]) << agx_is_matrix(insn);
}

static void add_operand(struct agx_halves *set, const struct agx_insn *insn, int i)
{
	if (insn->operand[i].kind == AGX_REG)
		agx_halves_add_range(set, insn->operand[i].value, agx_operand_span(insn, i));
}

void agx_reads(const struct agx_insn *insn, struct agx_halves *set)
{
	*set = (struct agx_halves){ 0 };
	for (int i = agx_first_source(insn); i < insn->n_operands; i++)
		add_operand(set, insn, i);
	if (agx_sets_mask(insn))
		agx_halves_add(set, AGX_HALF_R0L);
}

void agx_writes(const struct agx_insn *insn, struct agx_halves *set)
{
	*set = (struct agx_halves){ 0 };
	if (agx_first_source(insn))
		add_operand(set, insn, 0);

	switch (insn->op) {
	case AGX_OP_CALL:
	case AGX_OP_CALL_REG:
		agx_halves_add_range(set, AGX_HALF_R1L, 2);
		break;
	case AGX_OP_UPDATE_EXEC:
		break;
	default:
		if (agx_sets_mask(insn))
			agx_halves_add(set, AGX_HALF_R0L);
	}
}

void agx_access_of(const struct agx_insn *insn, struct agx_access *access)
{
	agx_reads(insn, &access->reads);
	agx_writes(insn, &access->writes);
	access->discards = (struct agx_halves){ 0 };
	for (int i = agx_first_source(insn); i < insn->n_operands; i++) {
		if (insn->operand[i].hint == AGX_HINT_DISCARD)
			add_operand(&access->discards, insn, i);
	}
}
