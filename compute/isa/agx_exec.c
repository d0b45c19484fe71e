// SPDX-License-Identifier: MIT
/*
 * One SIMD-group: which handler an instruction gets, how it starts and runs.
 */
#include "agx_exec.h"
#include "agx_exec_fp.h"
#include "agx_exec_lanes.h"

static void exec_illegal(struct agx_simd *simd, const struct agx_insn *insn)
{
	(void)insn;
	agx_simd_fault(simd, AGX_FAULT_ILLEGAL, 0, 0, false);
}

static void exec_bad_register(struct agx_simd *simd, const struct agx_insn *insn)
{
	(void)insn;
	agx_simd_fault(simd, AGX_FAULT_REGISTER, 0, 0, false);
}

/* Halves that operand i takes, whatever the text shows of them. */
static u32 operand_halves(const struct agx_insn *insn, int i)
{
	const struct agx_operand *o = &insn->operand[i];
	bool memory = insn->op == AGX_OP_LOAD || insn->op == AGX_OP_STORE ||
		      insn->op == AGX_OP_LLOAD || insn->op == AGX_OP_LSTORE ||
		      insn->op == AGX_OP_STACK_LOAD || insn->op == AGX_OP_STACK_STORE;

	if (memory && i == 0)
		return agx_format_components(insn->format, insn->mask) << o->size;
	if (insn->op == AGX_OP_SIMD_MATRIX_FMADD32 || insn->op == AGX_OP_SIMD_MATRIX_FMADD16)
		return 2u << o->size;
	return agx_operand_halves(o);
}

/* Whether all registers it names are there. */
static bool registers_fit(const struct agx_insn *insn, u32 n_regs)
{
	n_regs = n_regs < AGX_HALVES ? n_regs : AGX_HALVES;
	for (int i = 0; i < insn->n_operands; i++) {
		const struct agx_operand *o = &insn->operand[i];
		u32 end = o->value + operand_halves(insn, i);

		if (o->kind == AGX_REG && end > n_regs)
			return false;
		if (o->kind == AGX_UNIFORM && end > AGX_UNIFORM_HALVES)
			return false;
	}
	/* r1 is the link. */
	return insn->op != AGX_OP_CALL || n_regs >= 4;
}

typedef agx_exec_fn (*family_fn)(const struct agx_insn *insn);

static agx_exec_fn find_handler(const family_fn *families, const struct agx_insn *insn,
				u32 n_regs)
{
	for (; *families; families++) {
		agx_exec_fn fn = (*families)(insn);

		if (fn)
			return registers_fit(insn, n_regs) ? fn : exec_bad_register;
	}
	return exec_illegal;
}

agx_exec_fn agx_exec_handler(const struct agx_insn *insn, u32 n_regs)
{
	static const family_fn families[] = {
		agx_exec_float, agx_exec_int,  agx_exec_memory, agx_exec_atomic,
		agx_exec_flow,	agx_exec_simd, NULL,
	};

	return find_handler(families, insn, n_regs);
}

agx_exec_fn agx_exec_handler_generic(const struct agx_insn *insn, u32 n_regs)
{
	static const family_fn families[] = {
		agx_exec_float_any, agx_exec_int_generic, agx_exec_memory_generic,
		agx_exec_atomic,    agx_exec_flow,	  agx_exec_simd,
		NULL,
	};

	return find_handler(families, insn, n_regs);
}

void agx_simd_fault(struct agx_simd *simd, enum agx_fault_kind kind, u32 lane,
		    u64 address, bool write)
{
	const struct agx_program *program = simd->program;

	simd->state = AGX_FAULTED;
	simd->next_pc = simd->pc;
	simd->fault.kind = kind;
	simd->fault.lane = lane;
	simd->fault.lanes = simd->active;
	simd->fault.offset = program->offset[simd->pc];
	simd->fault.code = program->address;
	simd->fault.address = address;
	simd->fault.write = write;
}

void agx_simd_update_mask(struct agx_simd *simd)
{
	const u32 *r0 = simd->reg[0];
	struct agx_lanes zero;

	agx_each_lane(l)
		zero.v[l] = r0[l] & 0xffff ? 0 : ~0u;
	simd->active = agx_mask_of(zero.v) & simd->exists;
	if (simd->exists == AGX_ALL_LANES)
		memcpy(simd->lane_mask, zero.v, sizeof(zero.v));
	else
		agx_lanes_of((struct agx_lanes *)simd->lane_mask, simd->active);
}

/* Threads count x first in a group of the actual size. */
static void place_threads(struct agx_simd *simd)
{
	const u32 *size = simd->group->actual;
	u32 n = size[0] * size[1] * size[2], first = simd->index * AGX_LANES;
	u32 at[3] = { 0, 0, 0 };

	simd->exists = 0;
	if (first >= n)
		return;
	at[0] = first % size[0];
	at[1] = first / size[0] % size[1];
	at[2] = first / (size[0] * size[1]);
	for (u32 l = 0; l < AGX_LANES && first + l < n; l++) {
		simd->exists |= 1u << l;
		for (int i = 0; i < 3; i++)
			simd->thread[i][l] = (u16)at[i];
		if (++at[0] < size[0])
			continue;
		at[0] = 0;
		if (++at[1] < size[1])
			continue;
		at[1] = 0;
		at[2]++;
	}
}

void agx_simd_start(struct agx_simd *simd, const struct agx_program *program,
		    struct agx_group *group, struct agx_tlb *tlb, u32 index)
{
	simd->program = program;
	simd->group = group;
	simd->tlb = tlb;
	simd->index = index;
	simd->pc = simd->next_pc = 0;
	simd->state = AGX_RUNNING;
	simd->steps = 0;
	simd->spent = 0;
	simd->charge = 0;
	simd->stack_size = 0;
	memset(simd->reg, 0, (program->n_regs + 1) / 2 * sizeof(simd->reg[0]));
	memset(&simd->fault, 0, sizeof(simd->fault));
	memset(simd->thread, 0, sizeof(simd->thread));
	place_threads(simd);
	agx_simd_update_mask(simd);
}

void agx_simd_pause(struct agx_simd *simd, u64 charge)
{
	simd->charge += charge;
	if (simd->state == AGX_RUNNING)
		simd->state = AGX_PAUSED;
}

static u64 run(struct agx_simd *simd, u64 budget)
{
	const struct agx_program *program = simd->program;
	const struct agx_insn *insn = program->insn;
	const agx_exec_fn *exec = program->exec;
	u64 left = budget;
	u32 pc = simd->pc;

	while (left && simd->state == AGX_RUNNING) {
		simd->next_pc = pc + 1;
		exec[pc](simd, &insn[pc]);
		simd->pc = pc = simd->next_pc;
		left--;
	}
	return budget - left;
}

static u64 run_observed(struct agx_simd *simd, u64 budget)
{
	const struct agx_program *program = simd->program;
	const struct agx_observer *observer = simd->observer;
	u64 left = budget;

	while (left && simd->state == AGX_RUNNING) {
		u32 pc = simd->pc;

		simd->next_pc = pc + 1;
		if (observer->insn)
			observer->insn(observer->ctx, simd, pc);
		program->exec[pc](simd, &program->insn[pc]);
		if (observer->done)
			observer->done(observer->ctx, simd, pc);
		simd->pc = simd->next_pc;
		left--;
	}
	return budget - left;
}

enum agx_state agx_simd_run(struct agx_simd *simd, u64 budget)
{
	unsigned int saved;
	u64 n;

	if (simd->state == AGX_AT_BARRIER)
		simd->state = AGX_RUNNING;
	saved = agx_float_begin();
	while (budget && simd->state == AGX_RUNNING) {
		n = simd->observer ? run_observed(simd, budget) : run(simd, budget);
		simd->steps += n;
		n += simd->charge;
		simd->charge = 0;
		simd->spent += n;
		budget -= n < budget ? n : budget;
		if (simd->state == AGX_PAUSED)
			simd->state = AGX_RUNNING;
	}
	agx_float_end(saved);
	return simd->state;
}
