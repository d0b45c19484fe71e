// SPDX-License-Identifier: MIT
#include "lane.h"

enum construct { IF, ELSE, WHILE, POP, UPDATE };

static enum construct construct_of(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_IF_ICMP:
	case AGX_OP_IF_FCMP:
		return IF;
	case AGX_OP_ELSE_ICMP:
	case AGX_OP_ELSE_FCMP:
		return ELSE;
	case AGX_OP_WHILE_ICMP:
	case AGX_OP_WHILE_FCMP:
		return WHILE;
	case AGX_OP_POP_EXEC:
		return POP;
	default:
		return UPDATE;
	}
}

/* --- comparisons ---------------------------------------------------------- */

/* 64 times an 8-bit float immediate, which is a whole number. */
static s32 fixed_point(const struct agx_operand *o)
{
	u32 exponent = o->value >> 4 & 7, mantissa = o->value & 15;
	s32 value = (s32)(exponent ? (16 + mantissa) << (exponent - 1) : mantissa);

	if (o->value & 0x80 && !o->abs)
		value = -value;
	return o->neg ? -value : value;
}

static bool is_true(bool is_float, u8 cond, s32 a, s32 b)
{
	bool yes;

	if (is_float) {
		switch (cond & 7) {
		case AGX_FEQ:
			yes = a == b;
			break;
		case AGX_FLT:
		case AGX_FLTN:
			yes = a < b;
			break;
		case AGX_FGE:
			yes = a >= b;
			break;
		case AGX_FLE:
			yes = a <= b;
			break;
		default:
			yes = a > b;
		}
	} else {
		/* Immediates are 8 bits without sign: signed and unsigned agree. */
		switch (cond & 3) {
		case AGX_IEQ:
			yes = a == b;
			break;
		case AGX_ULT:
			yes = a < b;
			break;
		default:
			yes = a > b;
		}
	}
	return yes != !!(cond & AGX_COND_NOT);
}

static bool operand_uniform(const struct agx_insn *insn, int i, const struct agx_halves *uniform)
{
	const struct agx_operand *o = &insn->operand[i];
	struct agx_halves halves = { 0 };

	if (o->kind != AGX_REG)
		return true;
	agx_halves_add_range(&halves, o->value, agx_operand_span(insn, i));
	return agx_halves_within(&halves, uniform);
}

enum agx_outcome agx_outcome_of(const struct agx_insn *insn, const struct agx_halves *uniform)
{
	int first = agx_first_source(insn);
	const struct agx_operand *a = &insn->operand[first], *b = a + 1;

	if (insn->n_operands < first + 2)
		return AGX_EITHER;
	if (a->kind == AGX_IMM && b->kind == AGX_IMM)
		return is_true(false, insn->cond, a->value, b->value) ? AGX_ALWAYS : AGX_NEVER;
	if (a->kind == AGX_FIMM && b->kind == AGX_FIMM) {
		return is_true(true, insn->cond, fixed_point(a), fixed_point(b)) ? AGX_ALWAYS :
										   AGX_NEVER;
	}
	return operand_uniform(insn, first, uniform) && operand_uniform(insn, first + 1, uniform) ?
		       AGX_SAME :
		       AGX_EITHER;
}

/* --- the mask -------------------------------------------------------------- */

static const struct agx_lane lost = { .lost = true };

static void add(struct agx_lanes *after, struct agx_lane lane)
{
	after->lane[after->n++] = lane;
}

bool agx_lane_compares(const struct agx_lane *lane, const struct agx_insn *insn)
{
	if (lane->lost)
		return true;
	switch (construct_of(insn)) {
	case IF:
		return lane->counter == 0;
	case ELSE:
		return lane->counter == 1;
	case WHILE:
		return lane->counter < insn->nest;
	default:
		return false;
	}
}

/* The counter behind insn, where its comparison, if it matters, is as given. */
static unsigned int step(enum construct construct, unsigned int v, unsigned int nest, bool cmp)
{
	switch (construct) {
	case IF:
		return v ? v + nest : !cmp;
	case ELSE:
		return v == 0 ? nest : v == 1 ? !cmp : v;
	case WHILE:
		return v >= nest ? v : cmp ? 0 : nest;
	case POP:
		return v > nest ? v - nest : 0;
	default:
		return v;
	}
}

/* The largest counter that a lane can have behind insn if none had more than max. */
static unsigned int step_max(enum construct construct, unsigned int max, unsigned int nest,
			     enum agx_outcome outcome)
{
	unsigned int largest = 0;

	if (max == AGX_LANE_ANY)
		return max;
	for (unsigned int v = 0; v <= max; v++) {
		for (int cmp = 0; cmp < 2; cmp++) {
			unsigned int next = step(construct, v, nest, cmp);

			if (outcome == (cmp ? AGX_NEVER : AGX_ALWAYS))
				continue;
			if (next > largest)
				largest = next;
		}
	}
	return largest <= AGX_LANE_DEEPEST ? largest : AGX_LANE_ANY;
}

static struct agx_lane make_lane(unsigned int counter, unsigned int max, bool equal)
{
	if (max == 0)
		equal = true;
	return (struct agx_lane){
		.counter = (u8)counter,
		.max = (u8)(equal ? 0 : max),
		.active = counter == 0,
		.equal = equal,
	};
}

void agx_lane_mask(const struct agx_lane *lane, const struct agx_insn *insn,
		   enum agx_outcome outcome, struct agx_lanes *after)
{
	enum construct construct = construct_of(insn);
	unsigned int yes, no, max;

	*after = (struct agx_lanes){ 0 };
	if (lane->lost || lane->counter > AGX_LANE_DEEPEST) {
		add(after, lost);
		return;
	}
	yes = step(construct, lane->counter, insn->nest, true);
	no = step(construct, lane->counter, insn->nest, false);
	if (lane->equal)
		max = yes > no ? yes : no;
	else
		max = step_max(construct, lane->max, insn->nest, outcome);

	if (!agx_lane_compares(lane, insn) || yes == no || outcome == AGX_ALWAYS) {
		add(after, make_lane(yes, max, lane->equal));
	} else if (outcome == AGX_NEVER) {
		add(after, make_lane(no, max, lane->equal));
	} else {
		bool equal = lane->equal && outcome == AGX_SAME;

		add(after, make_lane(yes, max, equal));
		add(after, make_lane(no, max, equal));
	}
}

/* --- writes of r0l ---------------------------------------------------------- */

/* A constant that is too large to follow may still be meant: no pop_exec brings it to 0. */
static u8 value_of_constant(const struct agx_insn *insn, u32 value)
{
	if (value <= AGX_LANE_DEEPEST)
		return (u8)value;
	return agx_operand_halves(&insn->operand[0]) == 1 ? AGX_LANE_COMPUTED : AGX_LANE_DATA;
}

/* What operand i puts into r0l. */
static u8 value_of(const struct agx_lane *lane, const struct agx_insn *insn, int i)
{
	const struct agx_operand *o = &insn->operand[i];

	if (o->kind == AGX_IMM)
		return value_of_constant(insn, agx_operand_imm(insn, i) & 0xffff);
	if (o->kind == AGX_REG && o->value == AGX_HALF_R0L && o->size == AGX_16)
		return lane->counter;
	return AGX_LANE_COMPUTED;
}

/* 16-bit arithmetic may well mean the mask; anything else uses r0 as any register. */
static u8 computed_by(const struct agx_insn *insn)
{
	enum agx_class class = agx_insn_info((enum agx_op)insn->op)->class;
	bool half = agx_operand_halves(&insn->operand[0]) == 1;

	return half && (class == AGX_CLASS_INT || class == AGX_CLASS_INT_SLOW) ?
		       AGX_LANE_COMPUTED :
		       AGX_LANE_DATA;
}

/* The values that insn can write to r0l: one or two. */
static unsigned int values_of(const struct agx_lane *lane, const struct agx_insn *insn,
			      enum agx_outcome outcome, u8 *value)
{
	switch (insn->op) {
	case AGX_OP_LDIMM16:
	case AGX_OP_LDIMM32:
		value[0] = value_of_constant(insn, insn->imm & 0xffff);
		return 1;
	case AGX_OP_MOV:
		value[0] = value_of(lane, insn, 1);
		return 1;
	case AGX_OP_ICSEL:
	case AGX_OP_FCSEL:
		value[0] = value_of(lane, insn, outcome == AGX_NEVER ? 4 : 3);
		value[1] = value_of(lane, insn, 4);
		if (outcome == AGX_ALWAYS || outcome == AGX_NEVER)
			return 1;
		return value[0] == value[1] ? 1 : 2;
	default:
		value[0] = computed_by(insn);
		return 1;
	}
}

void agx_lane_write(const struct agx_lane *lane, const struct agx_insn *insn,
		    enum agx_outcome outcome, struct agx_lanes *after)
{
	unsigned int max = lane->equal ? lane->counter : lane->max;
	struct agx_lane next = *lane;
	u8 value[2];
	unsigned int n;

	*after = (struct agx_lanes){ 0 };
	if (lane->lost || !agx_lane_any_active(lane)) {
		add(after, *lane);
		return;
	}
	n = values_of(lane, insn, outcome, value);
	/* Lanes that are active stay so until the mask changes, whatever they write. */
	next.equal = lane->equal && (n == 1 || outcome == AGX_SAME);
	for (unsigned int i = 0; i < n; i++)
		max = value[i] > max ? value[i] : max;
	next.max = (u8)(next.equal ? 0 : max <= AGX_LANE_DEEPEST ? max : AGX_LANE_ANY);

	for (unsigned int i = 0; i < n && lane->active; i++) {
		next.counter = value[i];
		add(after, next);
	}
	if (!lane->active)
		add(after, next);
}

static unsigned int raised_by(const struct agx_insn *insn, int i)
{
	const struct agx_operand *o = &insn->operand[i];

	if (o->kind == AGX_IMM)
		return agx_operand_imm(insn, i) & 0xffff;
	return o->kind == AGX_REG && o->value == AGX_HALF_R0L && o->size == AGX_16 ?
		       0 :
		       AGX_LANE_DEEPEST + 1;
}

unsigned int agx_lane_raises(const struct agx_insn *insn)
{
	unsigned int yes, no;

	switch (insn->op) {
	case AGX_OP_POP_EXEC:
	case AGX_OP_UPDATE_EXEC:
		return 0;
	case AGX_OP_LDIMM16:
	case AGX_OP_LDIMM32:
		return (unsigned int)insn->imm & 0xffff;
	case AGX_OP_MOV:
		return raised_by(insn, 1);
	case AGX_OP_ICSEL:
	case AGX_OP_FCSEL:
		yes = raised_by(insn, 3);
		no = raised_by(insn, 4);
		return yes > no ? yes : no;
	default:
		if (!agx_sets_mask(insn))
			return AGX_LANE_DEEPEST + 1;
		return insn->nest ? insn->nest : 1;
	}
}
