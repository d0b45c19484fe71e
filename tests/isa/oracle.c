// SPDX-License-Identifier: MIT
/* Operands, the exec mask, special registers. */
#include "oracle.h"

static u16 half(const u32 *words, unsigned int h)
{
	return (u16)(words[h / 2] >> (h & 1) * 16);
}

static void set_half(u32 *words, unsigned int h, u16 bits)
{
	unsigned int shift = (h & 1) * 16;

	words[h / 2] = (words[h / 2] & ~(0xffffu << shift)) | (u32)bits << shift;
}

u64 oracle_bits(const struct oracle *o, int lane, const struct agx_operand *operand, int i)
{
	const u32 *words = operand->kind == AGX_UNIFORM ? o->uniform : o->reg[lane];
	unsigned int halves = 1u << operand->size;
	u64 bits = 0;

	for (unsigned int h = 0; h < halves; h++)
		bits |= (u64)half(words, operand->value + (unsigned int)i * halves + h) << 16 * h;
	return bits;
}

void oracle_set(struct oracle *o, int lane, const struct agx_operand *operand, int i, u64 bits)
{
	unsigned int halves = 1u << operand->size;

	for (unsigned int h = 0; h < halves; h++)
		set_half(o->reg[lane], operand->value + (unsigned int)i * halves + h,
			 (u16)(bits >> 16 * h));
}

static bool is_stored(const struct agx_operand *operand)
{
	return operand->kind == AGX_REG || operand->kind == AGX_UNIFORM;
}

s64 oracle_signed(const struct oracle *o, int lane, const struct agx_insn *insn, int i)
{
	const struct agx_operand *operand = &insn->operand[i];
	u64 bits;

	if (!is_stored(operand))
		return agx_operand_imm(insn, i);
	bits = oracle_bits(o, lane, operand, 0);
	return operand->size == AGX_16 ? (s16)bits : operand->size == AGX_32 ? (s32)bits :
									       (s64)bits;
}

u64 oracle_int(const struct oracle *o, int lane, const struct agx_insn *insn, int i)
{
	const struct agx_operand *operand = &insn->operand[i];

	if (!is_stored(operand) || operand->sx)
		return (u64)oracle_signed(o, lane, insn, i);
	return oracle_bits(o, lane, operand, 0);
}

/* --- the exec mask: v is r0l, active where it is 0 ------------------------- */

static u32 new_count(const struct agx_insn *insn, u32 v, bool yes)
{
	u32 n = insn->nest;

	switch (insn->op) {
	case AGX_OP_IF_ICMP:
	case AGX_OP_IF_FCMP:
		return v != 0 ? v + n : yes ? 0 : 1;
	case AGX_OP_ELSE_ICMP:
	case AGX_OP_ELSE_FCMP:
		return v == 0 ? n : v == 1 ? (yes ? 0 : 1) : v;
	case AGX_OP_WHILE_ICMP:
	case AGX_OP_WHILE_FCMP:
		return v < n ? (yes ? 0 : n) : v;
	case AGX_OP_POP_EXEC:
		return v > n ? v - n : 0;
	default:
		return v;
	}
}

static bool condition(const struct oracle *o, int lane, const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_IF_ICMP:
	case AGX_OP_ELSE_ICMP:
	case AGX_OP_WHILE_ICMP:
		return oracle_icmp(o, lane, insn, 0, 1);
	case AGX_OP_IF_FCMP:
	case AGX_OP_ELSE_FCMP:
	case AGX_OP_WHILE_FCMP:
		return oracle_fcmp(o, lane, insn, 0, 1);
	default:
		return false;
	}
}

/* All lanes, active or not. */
static void mask_op(struct oracle *o, const struct agx_insn *insn)
{
	for (int lane = 0; lane < AGX_LANES; lane++) {
		bool yes = condition(o, lane, insn);
		u16 v = (u16)new_count(insn, half(o->reg[lane], 0), yes);

		set_half(o->reg[lane], 0, v);
		o->active[lane] = o->exists[lane] && v == 0;
	}
}

enum oracle_next oracle_fault(struct oracle *o, enum agx_fault_kind kind, int lane, u64 address)
{
	o->fault = kind;
	o->fault_lane = (u32)lane;
	o->fault_address = address;
	return ORACLE_FAULT;
}

/* --- special registers ----------------------------------------------------- */

static u32 count_active(const struct oracle *o, int from, int to)
{
	u32 n = 0;

	for (int lane = from; lane < to; lane++)
		n += o->active[lane];
	return n;
}

static bool special(const struct oracle *o, int lane, unsigned int sr, u32 *value)
{
	int quad = lane & ~3;

	switch (sr) {
	case 0 ... 2:
		*value = o->group_id[sr];
		return true;
	case 4 ... 6:
		*value = o->actual[sr - 4];
		return true;
	case 8 ... 10:
		*value = o->nominal[sr - 8];
		return true;
	case 20:
		*value = o->core_index;
		return true;
	case 21:		/* VM slot: there is one */
		*value = 0;
		return true;
	case 48 ... 50:
		*value = o->thread[sr - 48][lane];
		return true;
	case 51:
		*value = o->simd_index * AGX_LANES + (u32)lane;
		return true;
	case 52:
		*value = (u32)lane;
		return true;
	case 53:
		*value = o->simd_index;
		return true;
	case 56:
		*value = count_active(o, quad, lane);
		return true;
	case 57:
		*value = count_active(o, quad, quad + 4);
		return true;
	case 58:
		*value = count_active(o, 0, lane);
		return true;
	case 59:
		*value = count_active(o, 0, AGX_LANES);
		return true;
	case 63:
		*value = 1;
		return true;
	case 80 ... 82:
		*value = o->group_id[sr - 80] * o->nominal[sr - 80] + o->thread[sr - 80][lane];
		return true;
	default:
		return false;
	}
}

static enum oracle_next move_special(struct oracle *o, const struct agx_insn *insn)
{
	u32 value;

	for (int lane = 0; lane < AGX_LANES; lane++) {
		if (!special(o, lane, insn->sr, &value))
			return oracle_fault(o, AGX_FAULT_ILLEGAL, 0, 0);
		if (o->active[lane])
			oracle_set(o, lane, &insn->operand[0], 0, value);
	}
	return ORACLE_NEXT;
}

static enum oracle_next jump_if(struct oracle *o, const struct agx_insn *insn, bool yes)
{
	if (!yes)
		return ORACLE_NEXT;
	o->jump = insn->imm;
	return ORACLE_JUMP;
}

/* What operand i takes: also where its text says one register, or the mask another number. */
static unsigned int operand_halves(const struct agx_insn *insn, int i)
{
	const struct agx_operand *op = &insn->operand[i];
	bool matrix = insn->op == AGX_OP_SIMD_MATRIX_FMADD32 ||
		      insn->op == AGX_OP_SIMD_MATRIX_FMADD16;
	unsigned int components = i == 0 ? oracle_packed_components(insn) : 0;

	return matrix ? 2u << op->size : components ? components << op->size :
						      agx_operand_halves(op);
}

/* Registers and uniforms that are not there. */
static bool names_too_much(const struct agx_insn *insn)
{
	for (int i = 0; i < insn->n_operands; i++) {
		const struct agx_operand *op = &insn->operand[i];
		unsigned int halves = operand_halves(insn, i);

		if (op->kind == AGX_REG && op->value + halves > AGX_HALVES)
			return true;
		if (op->kind == AGX_UNIFORM && op->value + halves > AGX_UNIFORM_HALVES)
			return true;
	}
	return false;
}

enum oracle_next oracle_step(struct oracle *o, const struct agx_insn *insn)
{
	enum oracle_next next = ORACLE_NEXT;

	o->inexact = false;
	if (names_too_much(insn))
		return oracle_fault(o, AGX_FAULT_REGISTER, 0, 0);
	switch (insn->op) {
	case AGX_OP_MFSR:
		return move_special(o, insn);
	case AGX_OP_JMP_ANY:
		return jump_if(o, insn, count_active(o, 0, AGX_LANES) != 0);
	case AGX_OP_JMP_NONE:
		return jump_if(o, insn, count_active(o, 0, AGX_LANES) == 0);
	case AGX_OP_STOP:
		return ORACLE_STOP;
	case AGX_OP_TRAP:
		return oracle_fault(o, AGX_FAULT_ILLEGAL, 0, 0);
	case AGX_OP_BARRIER:
		return ORACLE_BARRIER;
	case AGX_OP_STACK_ADJUST:
		o->stack_size += 4 * (u32)agx_operand_imm(insn, 0);
		return ORACLE_NEXT;
	case AGX_OP_SHUFFLE:
		/* Only up can go round. */
		if ((insn->flags & AGX_ROTATE) && insn->subop != AGX_SHUFFLE_UP)
			return oracle_fault(o, AGX_FAULT_ILLEGAL, 0, 0);
		break;
	case AGX_OP_POP_EXEC ... AGX_OP_WHILE_FCMP:
		mask_op(o, insn);
		return ORACLE_NEXT;
	case AGX_OP_WAIT:
	case AGX_OP_MEMORY_BARRIER ... AGX_OP_DEVICE_BARRIER_2:
		return ORACLE_NEXT;
	default:
		break;
	}
	if (oracle_integer(o, insn) || oracle_arithmetic(o, insn) || oracle_across(o, insn) ||
	    oracle_memory(o, insn, &next))
		return next;
	return ORACLE_UNKNOWN;
}
