// SPDX-License-Identifier: MIT
/* Integer instructions: one expression each. */
#include "oracle.h"

struct sources {
	u64 a, b, c;		/* in the order of the text, extended with zeros */
	s64 sa;			/* a as a signed number of its size */
	unsigned int amount;	/* of a shift: 7 bits of the last source */
	u64 mask;		/* of bit fields */
	u32 imm;
};

static u64 shift_left(u64 x, unsigned int amount)
{
	return amount < 64 ? x << amount : 0;
}

static u64 shift_right(u64 x, unsigned int amount)
{
	return amount < 64 ? x >> amount : 0;
}

static s64 shift_right_signed(s64 x, unsigned int amount)
{
	return x >> (amount < 63 ? amount : 63);
}

static u32 reversed(u32 x)
{
	u32 r = 0;

	for (int i = 0; i < 32; i++)
		r |= (x >> i & 1) << (31 - i);
	return r;
}

static u32 interleaved(u32 a, u32 b)
{
	u32 r = 0;

	for (int i = 0; i < 16; i++)
		r |= (a >> i & 1) << 2 * i | (b >> i & 1) << (2 * i + 1);
	return r;
}

static s32 highest_bit(u32 x)
{
	for (int i = 31; i >= 0; i--) {
		if (x >> i & 1)
			return i;
	}
	return -1;
}

static u32 count_bits(u32 x)
{
	u32 n = 0;

	for (; x; x >>= 1)
		n += x & 1;
	return n;
}

/* (B << amount) >> 32, put where the mask, moved likewise, has bits. */
static u32 shift_left_high(u32 a, u32 b, unsigned int amount, u32 mask)
{
	u32 m = (u32)shift_left(mask, amount > 32 ? amount - 32 : 0);
	u32 v = (u32)((unsigned __int128)b << amount >> 32);

	return (v & m) | (a & ~m);
}

/* (B << 32) >> amount, put where the mask, moved by at most 32, has bits. */
static u32 shift_right_high(u32 a, u32 b, unsigned int amount, u32 mask)
{
	u32 m = (u32)((u64)mask << 32 >> (amount < 32 ? amount : 32));
	u32 v = (u32)shift_right((u64)b << 32, amount);

	return (v & m) | (a & ~m);
}

/*
 * What goes to D.  Names of instructions, then D as an expression of the sources
 * in the order of the text; D takes as many low bits as it has.
 */
#define EXPRESSIONS(X)							\
	X(LDIMM16, s.imm)						\
	X(LDIMM32, s.imm)						\
	X(MOV, s.a)							\
	X(NOT, ~s.a)							\
	X(MOV_A, s.a)	/* these two: undefined on hardware */		\
	X(NOT_A, ~s.a)							\
	X(ZERO, 0)							\
	X(ONE, ~(u64)0)							\
	X(AND, s.a & s.b)						\
	X(ANDN1, ~s.a & s.b)						\
	X(ANDN2, s.a & ~s.b)						\
	X(OR, s.a | s.b)						\
	X(ORN1, ~s.a | s.b)						\
	X(ORN2, s.a | ~s.b)						\
	X(XOR, s.a ^ s.b)						\
	X(NOR, ~(s.a | s.b))						\
	X(XNOR, ~(s.a ^ s.b))						\
	X(NAND, ~(s.a & s.b))						\
	X(SHL, shift_left((u32)s.a, s.amount))				\
	X(SHR, shift_right((u32)s.a, s.amount))				\
	X(BFI, (s.a & ~shift_left(s.mask, s.amount)) |			\
	       shift_left(s.b & s.mask, s.amount))			\
	X(BFEIL, (s.a & ~s.mask) | (shift_right((u32)s.b, s.amount) & s.mask)) \
	X(EXTR, shift_right(s.b << 32 | s.a, s.amount) & s.mask)	\
	X(SHLHI, shift_left_high((u32)s.a, (u32)s.b, s.amount, (u32)s.mask)) \
	X(SHRHI, shift_right_high((u32)s.a, (u32)s.b, s.amount, (u32)s.mask)) \
	X(ASR, shift_right_signed(s.sa, s.amount))			\
	X(ASRH, shift_right_signed((s64)((u64)s.sa << 32), s.amount))	\
	X(BITREV, reversed((u32)s.a))					\
	X(POPCNT, count_bits((u32)s.a))					\
	X(FFS, highest_bit((u32)s.a))					\
	X(INTL, interleaved((u32)s.a, (u32)s.b))

static bool expression(enum agx_op op, const struct sources *sources, u64 *d)
{
	const struct sources s = *sources;

	switch (op) {
#define CASE(name, expr) case AGX_OP_##name: *d = (u64)(expr); return true;
	EXPRESSIONS(CASE)
#undef CASE
	default:
		return false;
	}
}

/*
 * Sums and products, exactly in 128 bits, so that saturation can be asked for:
 * it applies where nothing is shifted and no summand or result has 64 bits, and
 * is signed where any source is.
 */
static __int128 sum(enum agx_op op, __int128 a, __int128 b, __int128 c)
{
	switch (op) {
	case AGX_OP_IADD:
		return a + b;
	case AGX_OP_ISUB:
		return a - b;
	case AGX_OP_IMUL:
		return a * b;
	case AGX_OP_IMADD:
		return a * b + c;
	default:
		return a * b - c;
	}
}

static __int128 saturated(const struct agx_insn *insn, __int128 d)
{
	const struct agx_operand *o = insn->operand;
	int bits = o[0].size == AGX_16 ? 16 : 32;
	bool is_signed = false;
	__int128 low, high;

	if (!(insn->flags & AGX_SATURATE) || insn->shift)
		return d;
	for (int i = 0; i < insn->n_operands; i++) {
		if (o[i].kind != AGX_IMM && o[i].size == AGX_64)
			return d;
		is_signed |= o[i].sx;
	}
	low = is_signed ? -((__int128)1 << (bits - 1)) : 0;
	high = ((__int128)1 << (is_signed ? bits - 1 : bits)) - 1;
	return d < low ? low : d > high ? high : d;
}

/* A source with its sign: what is extended with zeros is not negative. */
static __int128 number(const struct oracle *o, int lane, const struct agx_insn *insn, int i)
{
	const struct agx_operand *op = &insn->operand[i];

	if (i >= insn->n_operands)
		return 0;
	return op->sx ? (__int128)oracle_signed(o, lane, insn, i) :
			(__int128)oracle_int(o, lane, insn, i);
}

static bool sum_of_lane(struct oracle *o, int lane, const struct agx_insn *insn, u64 *result)
{
	int last = insn->n_operands - 1;
	__int128 v[4] = { 0 };

	if (insn->op < AGX_OP_IADD || insn->op > AGX_OP_IMSUB)
		return false;
	for (int i = 1; i <= last; i++)
		v[i] = number(o, lane, insn, i);
	if (insn->op != AGX_OP_IMUL)
		v[last] = insn->shift < 5 ? v[last] * (1 << insn->shift) : 0;
	*result = (u64)saturated(insn, sum(insn->op, v[1], v[2], v[3]));
	return true;
}

static bool selected(struct oracle *o, int lane, const struct agx_insn *insn, u64 *d)
{
	bool yes;

	if (insn->op == AGX_OP_ICSEL)
		yes = oracle_icmp(o, lane, insn, 1, 2);
	else if (insn->op == AGX_OP_FCSEL)
		yes = oracle_fcmp(o, lane, insn, 1, 2);
	else
		return false;
	*d = oracle_int(o, lane, insn, yes ? 3 : 4);
	return true;
}

static bool one_lane(struct oracle *o, int lane, const struct agx_insn *insn, u64 *d)
{
	int n = insn->n_operands;
	struct sources s = {
		.a = n > 1 ? oracle_int(o, lane, insn, 1) : 0,
		.b = n > 2 ? oracle_int(o, lane, insn, 2) : 0,
		.c = n > 3 ? oracle_int(o, lane, insn, 3) : 0,
		.imm = (u32)insn->imm,
		.mask = insn->bitmask ? (1u << insn->bitmask) - 1 : 0xffffffffu,
	};
	bool arithmetic = insn->op == AGX_OP_ASR || insn->op == AGX_OP_ASRH;

	/* asr A, B: what would be C does not count. */
	s.amount = (n > 3 && !arithmetic ? s.c : s.b) & 0x7f;
	s.sa = n > 1 ? oracle_signed(o, lane, insn, 1) : 0;
	return expression(insn->op, &s, d) || sum_of_lane(o, lane, insn, d) ||
	       selected(o, lane, insn, d);
}

bool oracle_integer(struct oracle *o, const struct agx_insn *insn)
{
	u64 d;

	for (int lane = 0; lane < AGX_LANES; lane++) {
		if (!one_lane(o, lane, insn, &d))
			return false;
		if (o->active[lane])
			oracle_set(o, lane, &insn->operand[0], 0, d);
	}
	return true;
}

bool oracle_icmp(const struct oracle *o, int lane, const struct agx_insn *insn, int i, int j)
{
	unsigned int cond = insn->cond;
	bool is_signed = cond & 4;
	s64 a = is_signed ? oracle_signed(o, lane, insn, i) : (s64)oracle_int(o, lane, insn, i);
	s64 b = is_signed ? oracle_signed(o, lane, insn, j) : (s64)oracle_int(o, lane, insn, j);
	bool yes = (cond & 3) == 0 ? a == b : (cond & 3) == 1 ? a < b : a > b;

	return yes != !!(cond & AGX_COND_NOT);
}
