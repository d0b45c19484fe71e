// SPDX-License-Identifier: MIT
/* Instructions across lanes: ballot, shuffles, reductions, matrices. */
#include "oracle.h"

#include <math.h>

/* --- ballot ------------------------------------------------------------------ */

static bool vote(const struct oracle *o, int lane, const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_BALLOT:
		return true;
	case AGX_OP_ICMP_BALLOT:
		return oracle_icmp(o, lane, insn, 1, 2);
	default:
		return oracle_fcmp(o, lane, insn, 1, 2);
	}
}

static void ballot(struct oracle *o, const struct agx_insn *insn)
{
	u32 votes = 0;

	for (int lane = 0; lane < AGX_LANES; lane++)
		votes |= (u32)(o->active[lane] && vote(o, lane, insn)) << lane;
	for (int lane = 0; lane < AGX_LANES; lane++) {
		u32 mine = insn->flags & AGX_QUAD ? votes >> (lane & ~3) & 15 : votes;

		if (o->active[lane])
			oracle_set(o, lane, &insn->operand[0], 0, mine);
	}
}

/* --- shuffles ------------------------------------------------------------------ */

/* The low two bits of all four indices of a quad, or-ed, active or not. */
static int quad_bits(const struct oracle *o, int lane, const struct agx_insn *insn)
{
	int bits = 0;

	for (int i = 0; i < 4; i++)
		bits |= (int)(oracle_int(o, (lane & ~3) + i, insn, 2) & 3);
	return bits;
}

/* Where in its quad a lane gets its value from. */
static int quad_source(const struct agx_insn *insn, int i, int bits)
{
	switch (insn->subop) {
	case AGX_SHUFFLE_XOR:
		return i ^ bits;
	case AGX_SHUFFLE_UP:
		return (i - bits) & 3;
	case AGX_SHUFFLE_DOWN:
		return (i + bits) & 3;
	default:
		return bits;
	}
}

/*
 * The lane of n that a lane takes the value of its quad from; beyond n or negative:
 * nothing moves.
 */
static s64 other_lane(const struct agx_insn *insn, s64 lane, s64 index, int n)
{
	switch (insn->subop) {
	case AGX_SHUFFLE_XOR:
		return lane ^ index;
	case AGX_SHUFFLE_UP:
		return insn->flags & AGX_ROTATE ? (lane - index) & (n - 1) : lane - index;
	case AGX_SHUFFLE_DOWN:
		return (u32)(lane + index);
	default:
		return index;
	}
}

static int shuffle_source(const struct oracle *o, int lane, const struct agx_insn *insn)
{
	int n = insn->flags & AGX_QUAD ? 4 : AGX_LANES, first = lane & -n;
	s64 other = other_lane(insn, lane - first, (s64)oracle_int(o, lane, insn, 2), n);
	int from;

	if (other < 0 || other >= n)
		return lane;
	from = first + (int)other;
	return (from & ~3) + quad_source(insn, lane & 3, quad_bits(o, from, insn));
}

static void shuffle(struct oracle *o, const struct agx_insn *insn)
{
	u64 got[AGX_LANES];

	for (int lane = 0; lane < AGX_LANES; lane++)
		got[lane] = oracle_int(o, shuffle_source(o, lane, insn), insn, 1);
	for (int lane = 0; lane < AGX_LANES; lane++) {
		if (o->active[lane])
			oracle_set(o, lane, &insn->operand[0], 0, got[lane]);
	}
}

/* --- reductions ------------------------------------------------------------------ */

static double lesser(double a, double b)
{
	return isnan(a) ? b : isnan(b) || a < b ? a : b;
}

static double greater(double a, double b)
{
	return isnan(a) ? b : isnan(b) || a > b ? a : b;
}

/*
 * Name, type of the numbers, what is there without a number, and x and y together.
 * Integers have the size of the source.
 */
#define REDUCTIONS(X)							\
	X(AND, bits, bits_max, x & y)					\
	X(OR, bits, 0, x | y)						\
	X(XOR, bits, 0, x ^ y)						\
	X(IADD, bits, 0, x + y)						\
	X(UMIN, bits, bits_max, x < y ? x : y)				\
	X(UMAX, bits, 0, x > y ? x : y)					\
	X(SMIN, number, number_max, x < y ? x : y)			\
	X(SMAX, number, -number_max - 1, x > y ? x : y)			\
	X(FADD, real, 0.0, x + y)					\
	X(FMUL, real, 1.0, x * y)					\
	X(FMIN, real, INFINITY, lesser(x, y))				\
	X(FMAX, real, -INFINITY, greater(x, y))

struct value {
	u64 bits;
	s64 number;
	double real;
};

static void reduce_pair(const struct agx_insn *insn, struct value *acc, const struct value *v)
{
	switch (insn->subop) {
#define CASE(name, type, none, expr)					\
	case AGX_REDUCE_##name: {					\
		__typeof__(acc->type) x = acc->type, y = v->type;	\
									\
		acc->type = (expr);					\
		return;							\
	}
	REDUCTIONS(CASE)
#undef CASE
	}
}

static void reduce_none(const struct agx_insn *insn, struct value *acc)
{
	bool is_imm = insn->operand[1].kind == AGX_IMM;
	bool is_half = insn->operand[is_imm ? 0 : 1].size == AGX_16;
	u64 bits_max = is_half ? 0xffff : 0xffffffff;
	s64 number_max = is_half ? 0x7fff : 0x7fffffff;

	switch (insn->subop) {
#define CASE(name, type, none, expr)					\
	case AGX_REDUCE_##name:						\
		acc->type = none;					\
		return;
	REDUCTIONS(CASE)
#undef CASE
	}
}

static bool is_float_reduction(unsigned int op)
{
	return op == AGX_REDUCE_FADD || op == AGX_REDUCE_FMUL || op == AGX_REDUCE_FMIN ||
	       op == AGX_REDUCE_FMAX;
}

static u64 reduce_result(const struct agx_insn *insn, const struct value *acc)
{
	bool is_half = insn->operand[0].size == AGX_16;

	if (is_float_reduction(insn->subop))
		return is_half ? oracle_f16_bits(acc->real) : oracle_f32_bits(acc->real);
	if (insn->subop == AGX_REDUCE_SMIN || insn->subop == AGX_REDUCE_SMAX)
		return (u64)acc->number;
	return acc->bits;
}

/*
 * The order is open: which zero is the least; where a sum or product overflows (or
 * a product underflows); else each step rounds.
 */
static double reduce_slack(const struct agx_insn *insn, double sum, double above, double below)
{
	bool is_half = insn->operand[1].size == AGX_16 || insn->operand[0].size == AGX_16;
	double unit = is_half ? 0x1p-10 : 0x1p-23;
	double most = is_half ? 65504.0 : 0x1.fffffep127, least = is_half ? 0x1p-14 : 0x1p-126;

	if (isnan(sum))
		return 0.0;
	if (insn->subop == AGX_REDUCE_FADD)
		return sum < most ? sum * 32 * unit : INFINITY;
	if (insn->subop == AGX_REDUCE_FMUL)
		return above < most && below > least ? above * below * 32 * unit : INFINITY;
	return 0.0;
}

static struct value value_of(const struct oracle *o, int lane, const struct agx_insn *insn)
{
	struct value v = {
		.bits = oracle_int(o, lane, insn, 1),
		.number = oracle_signed(o, lane, insn, 1),
		.real = oracle_float(o, lane, insn, 1),
	};

	if (!o->active[lane])
		reduce_none(insn, &v);
	return v;
}

/* Lanes from first to end together, in their order. */
static u64 reduce_lanes(struct oracle *o, const struct agx_insn *insn, int first, int end,
			double *slack)
{
	double sum = 0.0, above = 1.0, below = 1.0;
	struct value acc = { 0 };

	reduce_none(insn, &acc);
	for (int lane = first; lane < end; lane++) {
		struct value v = value_of(o, lane, insn);

		if (lane == first)
			acc = v;
		else
			reduce_pair(insn, &acc, &v);
		sum += fabs(v.real);
		*(fabs(v.real) > 1.0 ? &above : &below) *= fabs(v.real);
	}
	*slack = reduce_slack(insn, sum, above, below);
	return reduce_result(insn, &acc);
}

/* All 32 lanes, or the quad; of them the ones below the lane: a prefix. */
static void reduce(struct oracle *o, const struct agx_insn *insn)
{
	int size = insn->op == AGX_OP_QUAD ? 4 : AGX_LANES;
	u64 result[AGX_LANES];

	for (int lane = 0; lane < AGX_LANES; lane++) {
		int first = lane & -size;
		int end = insn->flags & AGX_PREFIX ? lane : first + size;

		result[lane] = reduce_lanes(o, insn, first, end, &o->slack[lane]);
	}
	for (int lane = 0; lane < AGX_LANES; lane++) {
		if (o->active[lane])
			oracle_set(o, lane, &insn->operand[0], 0, result[lane]);
	}
}

/* --- matrices: 8 by 8, two elements of a row in each lane ----------------------- */

static int tile_row(int lane)
{
	return (lane >> 4 & 1) * 4 + (lane >> 1 & 3);
}

static int tile_column(int lane)
{
	return (lane >> 3 & 1) * 4 + (lane & 1) * 2;
}

/* Pairs begin at a multiple of their size, whatever is said. */
static struct agx_operand pair_element(const struct agx_operand *pair, int i)
{
	struct agx_operand o = *pair;

	if (o.kind != AGX_FIMM)
		o.value = (u16)((o.value & -(2 << o.size)) + (i << o.size));
	return o;
}

static void load_tile(const struct oracle *o, const struct agx_insn *insn, int operand,
		      double tile[8][8])
{
	for (int lane = 0; lane < AGX_LANES; lane++) {
		for (int i = 0; i < 2; i++) {
			struct agx_insn one = *insn;

			one.operand[operand] = pair_element(&insn->operand[operand], i);
			one.operand[operand].abs = one.operand[operand].neg = 0;
			tile[tile_row(lane)][tile_column(lane) + i] =
				oracle_float(o, lane, &one, operand);
		}
	}
}

static double rounded_step(const struct agx_insn *insn, double x)
{
	return insn->op == AGX_OP_SIMD_MATRIX_FMADD16 ? oracle_f16_value(oracle_f16_bits(x)) :
							oracle_f32_value(oracle_f32_bits(x));
}

static void matrix(struct oracle *o, const struct agx_insn *insn)
{
	double a[8][8], b[8][8], d[8][8];

	load_tile(o, insn, 1, a);
	load_tile(o, insn, 2, b);
	load_tile(o, insn, 3, d);
	for (int row = 0; row < 8; row++) {
		for (int column = 0; column < 8; column++) {
			double *x = &d[row][column];

			for (int k = 0; k < 8; k++)
				*x = rounded_step(insn, oracle_fma(a[row][k], b[k][column], *x));
		}
	}
	for (int lane = 0; lane < AGX_LANES; lane++) {
		for (int i = 0; i < 2; i++) {
			struct agx_operand to = pair_element(&insn->operand[0], i);
			double x = d[tile_row(lane)][tile_column(lane) + i];

			if (o->active[lane])
				oracle_set(o, lane, &to, 0, to.size == AGX_16 ? oracle_f16_bits(x) :
										oracle_f32_bits(x));
		}
	}
}

bool oracle_across(struct oracle *o, const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_BALLOT:
	case AGX_OP_ICMP_BALLOT:
	case AGX_OP_FCMP_BALLOT:
		ballot(o, insn);
		return true;
	case AGX_OP_SHUFFLE:
		shuffle(o, insn);
		return true;
	case AGX_OP_SIMD:
	case AGX_OP_QUAD:
		reduce(o, insn);
		o->inexact = is_float_reduction(insn->subop);
		return true;
	case AGX_OP_SIMD_MATRIX_FMADD32:
	case AGX_OP_SIMD_MATRIX_FMADD16:
		matrix(o, insn);
		return true;
	default:
		return false;
	}
}
