// SPDX-License-Identifier: MIT
/*
 * Control flow: the exec-mask stack in r0l, jumps, calls, barriers, the end.
 *
 * Mask instructions work on all 32 lanes, active or not.
 */
#include "agx_exec.h"
#include "agx_exec_fp.h"
#include "agx_exec_lanes.h"

/* --- mask ----------------------------------------------------------------- */

/* What a mask instruction makes of the counter v where its comparison is cmp (~0, 0). */
typedef u32 (*count_fn)(u32 v, u32 cmp, u32 n);

AGX_INLINE u32 count_if(u32 v, u32 cmp, u32 n)
{
	return v ? v + n : ~cmp & 1;
}

AGX_INLINE u32 count_else(u32 v, u32 cmp, u32 n)
{
	return v == 0 ? n : v == 1 ? ~cmp & 1 : v;
}

AGX_INLINE u32 count_while(u32 v, u32 cmp, u32 n)
{
	return v < n ? ~cmp & n : v;
}

AGX_INLINE void update_count(struct agx_simd *simd, const struct agx_insn *insn,
			     const struct agx_lanes *cmp, count_fn count)
{
	u32 *r0 = simd->reg[0];
	const u32 n = insn->nest;

	agx_each_lane(l)
		r0[l] = (r0[l] & 0xffff0000) | (count(r0[l] & 0xffff, cmp->v[l], n) & 0xffff);
	agx_simd_update_mask(simd);
}

AGX_INLINE void mask_icmp(struct agx_simd *simd, const struct agx_insn *insn, count_fn count)
{
	struct agx_lanes cmp;

	agx_icompare(simd, insn, 0, &cmp);
	update_count(simd, insn, &cmp, count);
}

AGX_INLINE void mask_fcmp(struct agx_simd *simd, const struct agx_insn *insn, count_fn count)
{
	struct agx_lanes cmp;

	agx_lanes_of(&cmp, agx_exec_fcmp(simd, insn));
	update_count(simd, insn, &cmp, count);
}

#define MASK_INSN(name)                                                                            \
	static void exec_##name##_icmp(struct agx_simd *simd, const struct agx_insn *insn)         \
	{                                                                                          \
		mask_icmp(simd, insn, count_##name);                                               \
	}                                                                                          \
	static void exec_##name##_fcmp(struct agx_simd *simd, const struct agx_insn *insn)         \
	{                                                                                          \
		mask_fcmp(simd, insn, count_##name);                                               \
	}

MASK_INSN(if)
MASK_INSN(else)
MASK_INSN(while)

static void exec_pop(struct agx_simd *simd, const struct agx_insn *insn)
{
	u32 *r0 = simd->reg[0];
	const u32 n = insn->nest;

	agx_each_lane(l) {
		u32 v = r0[l] & 0xffff;

		r0[l] = (r0[l] & 0xffff0000) | (v > n ? v - n : 0);
	}
	agx_simd_update_mask(simd);
}

static void exec_update(struct agx_simd *simd, const struct agx_insn *insn)
{
	(void)insn;
	agx_simd_update_mask(simd);
}

/* --- jumps ---------------------------------------------------------------- */

static void jump(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_program *program = simd->program;
	u32 target = program->target[simd->pc];

	if (target == AGX_NO_INSN)
		agx_simd_fault(simd, AGX_FAULT_JUMP, 0,
			       program->address + program->offset[simd->pc] + (u64)(s64)insn->imm,
			       false);
	else
		simd->next_pc = target;
}

static void exec_jmp_any(struct agx_simd *simd, const struct agx_insn *insn)
{
	if (simd->active)
		jump(simd, insn);
}

static void exec_jmp_none(struct agx_simd *simd, const struct agx_insn *insn)
{
	if (!simd->active)
		jump(simd, insn);
}

/*
 * Code addresses in registers are the low 32 bits of the GPU address, which is the
 * offset from the USC base wherever that is a multiple of 4 GiB.
 */
static void exec_call(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_program *program = simd->program;
	u32 link = (u32)program->address + program->offset[simd->pc] + insn->length;

	agx_each_lane(l)
		simd->reg[1][l] = simd->lane_mask[l] ? link : simd->reg[1][l];
	jump(simd, insn);
}

/* All active lanes must agree, and there must be one: there is one program counter. */
static void jump_register(struct agx_simd *simd, const struct agx_insn *insn, u32 *link)
{
	const struct agx_program *program = simd->program;
	const u32 *reg = simd->reg[insn->operand[0].value >> 1];
	u32 first = simd->active ? (u32)__builtin_ctz(simd->active) : 0;
	u32 offset = reg[first] - (u32)program->address;
	u32 target = AGX_NO_INSN;

	if (offset < program->size && offset % 2 == 0 && simd->active)
		target = program->at[offset / 2];
	agx_each_bit(l, simd->active) {
		if (reg[l] != reg[first]) {
			first = l;
			target = AGX_NO_INSN;
			break;
		}
	}
	if (target == AGX_NO_INSN) {
		agx_simd_fault(simd, AGX_FAULT_JUMP, first,
			       program->address + (u64)(s64)(s32)(reg[first] -
								  (u32)program->address), false);
		return;
	}
	simd->next_pc = target;
	if (link)
		agx_each_bit(l, simd->active)
			link[l] = (u32)program->address + program->offset[simd->pc] + insn->length;
}

static void exec_call_reg(struct agx_simd *simd, const struct agx_insn *insn)
{
	jump_register(simd, insn, simd->reg[1]);
}

static void exec_ret(struct agx_simd *simd, const struct agx_insn *insn)
{
	jump_register(simd, insn, NULL);
}

/* --- the rest ------------------------------------------------------------- */

static void exec_stop(struct agx_simd *simd, const struct agx_insn *insn)
{
	(void)insn;
	simd->state = AGX_STOPPED;
}

static void exec_barrier(struct agx_simd *simd, const struct agx_insn *insn)
{
	(void)insn;
	simd->state = AGX_AT_BARRIER;
}

/* Accesses are done when their instruction is: nothing to wait for. */
static void exec_wait(struct agx_simd *simd, const struct agx_insn *insn)
{
	(void)simd;
	(void)insn;
}

/* Other threadgroups run on other host threads. */
static void exec_fence(struct agx_simd *simd, const struct agx_insn *insn)
{
	(void)simd;
	(void)insn;
	agx_memory_fence();
}

static const agx_exec_fn handlers[AGX_OP_COUNT] = {
	[AGX_OP_IF_ICMP] = exec_if_icmp,
	[AGX_OP_ELSE_ICMP] = exec_else_icmp,
	[AGX_OP_WHILE_ICMP] = exec_while_icmp,
	[AGX_OP_IF_FCMP] = exec_if_fcmp,
	[AGX_OP_ELSE_FCMP] = exec_else_fcmp,
	[AGX_OP_WHILE_FCMP] = exec_while_fcmp,
	[AGX_OP_POP_EXEC] = exec_pop,
	[AGX_OP_UPDATE_EXEC] = exec_update,
	[AGX_OP_JMP_ANY] = exec_jmp_any,
	[AGX_OP_JMP_NONE] = exec_jmp_none,
	[AGX_OP_CALL] = exec_call,
	[AGX_OP_CALL_REG] = exec_call_reg,
	[AGX_OP_RET] = exec_ret,
	[AGX_OP_STOP] = exec_stop,
	[AGX_OP_BARRIER] = exec_barrier,
	[AGX_OP_WAIT] = exec_wait,
	[AGX_OP_MEMORY_BARRIER] = exec_fence,
	[AGX_OP_MEMORY_BARRIER_2] = exec_fence,
	[AGX_OP_MEMORY_BARRIER_3] = exec_fence,
	[AGX_OP_IMAGE_BARRIER_1] = exec_fence,
	[AGX_OP_IMAGE_BARRIER_2] = exec_fence,
	[AGX_OP_IMAGE_BARRIER_3] = exec_fence,
	[AGX_OP_IMAGE_BARRIER_4] = exec_fence,
	[AGX_OP_FLUSH_MEMORY_TO_TEXTURE] = exec_fence,
	[AGX_OP_UNKNOWN_BARRIER_1] = exec_fence,
	[AGX_OP_UNKNOWN_BARRIER_2] = exec_fence,
	[AGX_OP_DEVICE_BARRIER_1] = exec_fence,
	[AGX_OP_DEVICE_BARRIER_2] = exec_fence,
};

agx_exec_fn agx_exec_flow(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_IF_ICMP:
	case AGX_OP_ELSE_ICMP:
	case AGX_OP_WHILE_ICMP:
		return agx_icond_known(insn->cond) ? handlers[insn->op] : NULL;
	default:
		return insn->op < AGX_OP_COUNT ? handlers[insn->op] : NULL;
	}
}
