// SPDX-License-Identifier: MIT
/* Which results are the same in all lanes of a SIMD-group. */
#include "uniform.h"

static bool sr_uniform(unsigned int sr)
{
	switch (sr) {
	case AGX_SR_THREADGROUP_IN_GRID_X:
	case AGX_SR_THREADGROUP_IN_GRID_X + 1:
	case AGX_SR_THREADGROUP_IN_GRID_X + 2:
	case AGX_SR_THREADS_PER_THREADGROUP_X:
	case AGX_SR_THREADS_PER_THREADGROUP_X + 1:
	case AGX_SR_THREADS_PER_THREADGROUP_X + 2:
	case AGX_SR_DISPATCH_THREADS_PER_THREADGROUP_X:
	case AGX_SR_DISPATCH_THREADS_PER_THREADGROUP_X + 1:
	case AGX_SR_DISPATCH_THREADS_PER_THREADGROUP_X + 2:
	case AGX_SR_CORE_INDEX:
	case AGX_SR_VM_SLOT:
	case AGX_SR_SIMDGROUP_INDEX_IN_THREADGROUP:
	case AGX_SR_TOTAL_ACTIVE_THREADS_IN_SIMDGROUP:
	case AGX_SR_HELPER_OP:
	case AGX_SR_HELPER_ARG_L:
	case AGX_SR_HELPER_ARG_H:
		return true;
	default:
		return false;
	}
}

/* A lane of constant number is broadcast. */
static bool broadcasts(const struct agx_insn *insn)
{
	const struct agx_operand *index = &insn->operand[2];

	return insn->subop == AGX_SHUFFLE && !(insn->flags & (AGX_QUAD | AGX_ROTATE)) &&
	       index->kind == AGX_IMM && index->value < AGX_LANES;
}

bool agx_result_uniform(const struct agx_insn *insn, const struct agx_access *access,
			const struct agx_halves *uniform)
{
	bool sources = agx_halves_within(&access->reads, uniform);
	enum agx_class class = agx_insn_info((enum agx_op)insn->op)->class;

	switch (insn->op) {
	case AGX_OP_MFSR:
		return sr_uniform(insn->sr);
	case AGX_OP_BALLOT:
	case AGX_OP_ICMP_BALLOT:
	case AGX_OP_FCMP_BALLOT:
		return !(insn->flags & AGX_QUAD);
	case AGX_OP_SIMD:
		return !(insn->flags & AGX_PREFIX);
	case AGX_OP_QUAD:
		return !(insn->flags & AGX_PREFIX) && sources;
	case AGX_OP_SHUFFLE:
		return sources || broadcasts(insn);
	case AGX_OP_LATOMIC:
		return false;
	case AGX_OP_LLOAD:
		return sources;
	default:
		break;
	}
	switch (class) {
	case AGX_CLASS_MOVE:
	case AGX_CLASS_INT:
	case AGX_CLASS_INT_SLOW:
	case AGX_CLASS_FLOAT:
	case AGX_CLASS_SPECIAL:
	case AGX_CLASS_LOAD:
		return sources;
	default:
		return false;
	}
}
