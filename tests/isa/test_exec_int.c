// SPDX-License-Identifier: MIT
/* Integer instructions, on 32 lanes with divergent masks, against plain C. */
#include "exec.h"

#define ROUNDS 500

typedef __int128 s128;

/* Runs it with each set of handlers and lets want() say what a lane must get. */
struct test {
	u8 op;
	int n_sources;
	u64 (*want)(const struct bench *b, const struct agx_insn *insn, u32 lane);
};

static void step_and_check(struct bench *b, const struct agx_insn *insn, const struct test *t)
{
	bench_start(b);
	if (bench_step(b) != AGX_RUNNING)
		ck_abort_msg("%s: state %u", bench_text(b), b->simd.state);
	for (u32 l = 0; l < AGX_LANES; l++) {
		/* bench_expect() changes what others read: the destination last. */
		u64 value = is_active(b, l) ? t->want(b, insn, l) : 0;

		if (is_active(b, l))
			bench_expect(b, &insn->operand[0], l, value);
	}
	bench_check(b);
}

static void check(struct bench *b, const struct agx_insn *insn, const struct test *t)
{
	struct agx_insn encoded = *insn;

	/* There is no text, and so no way to encode, shifts from 5 on. */
	encoded.shift = insn->shift > 4 ? 0 : insn->shift;
	if (!bench_one(b, &encoded))
		ck_abort_msg("operation %u cannot be encoded", insn->op);
	b->program.insn[0].shift = insn->shift;
	b->program.exec[0] = agx_exec_handler_generic(&b->program.insn[0], AGX_HALVES);
	step_and_check(b, insn, t);
	b->program.exec[0] = agx_exec_handler(&b->program.insn[0], AGX_HALVES);
	step_and_check(b, insn, t);
}

/* --- bits, shifts: 32 bits, zero-extended --------------------------------- */

static u32 source(const struct bench *b, const struct agx_insn *insn, int i, u32 lane)
{
	return (u32)bench_read(b, &insn->operand[i], lane);
}

#define WANT(name, expr)                                                                           \
	static u64 want_##name(const struct bench *b, const struct agx_insn *insn, u32 lane)       \
	{                                                                                          \
		u32 x = source(b, insn, 1, lane), y = source(b, insn, 2, lane);                    \
												   \
		(void)x;                                                                           \
		(void)y;                                                                           \
		return (expr);                                                                     \
	}

static u32 count_bits(u32 x)
{
	u32 n = 0;

	for (int i = 0; i < 32; i++)
		n += x >> i & 1;
	return n;
}

static u32 reverse(u32 x)
{
	u32 r = 0;

	for (int i = 0; i < 32; i++)
		r |= (x >> i & 1) << (31 - i);
	return r;
}

static u32 highest(u32 x)
{
	int i = 31;

	while (i >= 0 && !(x >> i & 1))
		i--;
	return (u32)i;
}

static u32 interleave(u32 x, u32 y)
{
	u32 r = 0;

	for (int i = 0; i < 16; i++)
		r |= (x >> i & 1) << 2 * i | (y >> i & 1) << (2 * i + 1);
	return r;
}

WANT(mov, x)
WANT(not, ~x)
WANT(zero, 0)
WANT(one, ~0u)
WANT(and, x & y)
WANT(andn1, ~x & y)
WANT(andn2, x & ~y)
WANT(or, x | y)
WANT(orn1, ~x | y)
WANT(orn2, x | ~y)
WANT(xor, x ^ y)
WANT(nor, ~(x | y))
WANT(xnor, ~(x ^ y))
WANT(nand, ~(x & y))
WANT(popcnt, count_bits(x))
WANT(bitrev, reverse(x))
WANT(ffs, highest(x))
WANT(intl, interleave(x, y))
WANT(shl, (y & 127) < 32 ? x << (y & 127) : 0)
WANT(shr, (y & 127) < 32 ? x >> (y & 127) : 0)

static const struct test bit_tests[] = {
	{ AGX_OP_MOV, 1, want_mov },	   { AGX_OP_MOV_A, 1, want_mov },
	{ AGX_OP_NOT, 1, want_not },	   { AGX_OP_NOT_A, 1, want_not },
	{ AGX_OP_ZERO, 2, want_zero },	   { AGX_OP_ONE, 2, want_one },
	{ AGX_OP_AND, 2, want_and },	   { AGX_OP_ANDN1, 2, want_andn1 },
	{ AGX_OP_ANDN2, 2, want_andn2 },   { AGX_OP_OR, 2, want_or },
	{ AGX_OP_ORN1, 2, want_orn1 },	   { AGX_OP_ORN2, 2, want_orn2 },
	{ AGX_OP_XOR, 2, want_xor },	   { AGX_OP_NOR, 2, want_nor },
	{ AGX_OP_XNOR, 2, want_xnor },	   { AGX_OP_NAND, 2, want_nand },
	{ AGX_OP_POPCNT, 1, want_popcnt }, { AGX_OP_BITREV, 1, want_bitrev },
	{ AGX_OP_FFS, 1, want_ffs },	   { AGX_OP_INTL, 2, want_intl },
	{ AGX_OP_SHL, 2, want_shl },	   { AGX_OP_SHR, 2, want_shr },
};

/* A fair share of shift amounts are small. */
static struct agx_operand any_amount(void)
{
	return kt_below(2) ? imm(kt_below(128)) : any_source(AGX_32);
}

static struct agx_insn any_insn(const struct test *t)
{
	struct agx_insn insn = { .op = t->op, .n_operands = (u8)(1 + t->n_sources) };

	insn.operand[0] = any_dest(AGX_32);
	for (int i = 1; i <= t->n_sources; i++)
		insn.operand[i] = any_source(AGX_32);
	if (t->op == AGX_OP_SHL || t->op == AGX_OP_SHR)
		insn.operand[2] = any_amount();
	return insn;
}

START_TEST(bits)
{
	const struct test *t = &bit_tests[_i];
	struct bench *b = bench_new();

	for (int i = 0; i < ROUNDS; i++) {
		struct agx_insn insn = any_insn(t);

		check(b, &insn, t);
	}
}
END_TEST

/* --- bit fields ----------------------------------------------------------- */

/* In integers wide enough that nothing is lost. */
struct field {
	u64 a, b, mask;
	u32 s;
};

static struct field get_field(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	return (struct field){
		.a = source(b, insn, 1, lane), .b = source(b, insn, 2, lane),
		.mask = insn->bitmask ? (1u << insn->bitmask) - 1 : 0xffffffff,
		.s = source(b, insn, 3, lane) & 127,
	};
}

static u64 left(u64 x, u32 s)
{
	return s < 64 ? x << s : 0;
}

static u64 right(u64 x, u32 s)
{
	return s < 64 ? x >> s : 0;
}

static u64 want_bfi(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	struct field f = get_field(b, insn, lane);

	return (f.a & ~left(f.mask, f.s)) | left(f.b & f.mask, f.s);
}

static u64 want_bfeil(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	struct field f = get_field(b, insn, lane);

	return (f.a & ~f.mask) | (right(f.b, f.s) & f.mask);
}

static u64 want_extr(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	struct field f = get_field(b, insn, lane);

	return right(f.b << 32 | f.a, f.s) & f.mask;
}

static u64 want_shlhi(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	struct field f = get_field(b, insn, lane);
	u64 mask = left(f.mask, f.s > 32 ? f.s - 32 : 0);
	u64 high = f.s < 32 ? left(f.b, f.s) >> 32 : left(f.b, f.s - 32);

	return (f.a & ~mask) | (high & mask);
}

static u64 want_shrhi(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	struct field f = get_field(b, insn, lane);
	u64 mask = right(f.mask << 32, f.s < 32 ? f.s : 32);

	return (f.a & ~mask) | (right(f.b << 32, f.s) & mask);
}

static u64 want_asr(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	s64 a = bench_read_signed(b, &insn->operand[1], lane);
	u32 s = source(b, insn, 2, lane) & 127;

	return (u64)(a >> (s < 63 ? s : 63));
}

static u64 want_asrh(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	s128 a = (s128)bench_read_signed(b, &insn->operand[1], lane) * ((s128)1 << 32);

	return (u64)(a >> (source(b, insn, 2, lane) & 127));
}

static const struct test field_tests[] = {
	{ AGX_OP_BFI, 3, want_bfi },	 { AGX_OP_BFEIL, 3, want_bfeil },
	{ AGX_OP_EXTR, 3, want_extr },	 { AGX_OP_SHLHI, 3, want_shlhi },
	{ AGX_OP_SHRHI, 3, want_shrhi }, { AGX_OP_ASR, 3, want_asr },
	{ AGX_OP_ASRH, 3, want_asrh },
};

START_TEST(fields)
{
	const struct test *t = &field_tests[_i];
	struct bench *b = bench_new();

	for (int i = 0; i < 3 * ROUNDS; i++) {
		struct agx_insn insn = any_insn(t);

		insn.operand[t->op == AGX_OP_ASR || t->op == AGX_OP_ASRH ? 2 : 3] = any_amount();
		insn.bitmask = kt_below(2) ? 0 : (u8)kt_below(32);
		check(b, &insn, t);
	}
}
END_TEST

/* --- add, multiply -------------------------------------------------------- */

static s128 exact(const struct bench *b, const struct agx_insn *insn, int i, u32 lane)
{
	const struct agx_operand *o = &insn->operand[i];

	return o->sx ? (s128)bench_read_signed(b, o, lane) : (s128)bench_read(b, o, lane);
}

static u64 want_sum(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	bool multiplies = insn->op != AGX_OP_IADD && insn->op != AGX_OP_ISUB;
	bool minus = insn->op == AGX_OP_ISUB || insn->op == AGX_OP_IMSUB;
	bool saturate = insn->flags & AGX_SATURATE && !insn->shift, sign = false;
	u32 width = 16u << insn->operand[0].size;
	s128 sum = exact(b, insn, 1, lane), addend = 0;

	if (multiplies)
		sum *= exact(b, insn, 2, lane);
	if (insn->op != AGX_OP_IMUL && insn->shift <= 4)
		addend = exact(b, insn, multiplies ? 3 : 2, lane) * (1 << insn->shift);
	sum += minus ? -addend : addend;

	for (int i = 0; i < insn->n_operands; i++) {
		if (insn->operand[i].size == AGX_64)
			saturate = false;
		if (i && insn->operand[i].sx)
			sign = true;
	}
	if (saturate) {
		s128 max = ((s128)1 << (width - sign)) - 1, min = sign ? -max - 1 : 0;

		sum = sum < min ? min : sum > max ? max : sum;
	}
	return (u64)sum;
}

static const struct test sum_tests[] = {
	{ AGX_OP_IADD, 2, want_sum },  { AGX_OP_ISUB, 2, want_sum },
	{ AGX_OP_IMUL, 2, want_sum },  { AGX_OP_IMADD, 3, want_sum },
	{ AGX_OP_IMSUB, 3, want_sum },
};

START_TEST(sums)
{
	const struct test *t = &sum_tests[_i];
	bool adds = t->op == AGX_OP_IADD || t->op == AGX_OP_ISUB;
	struct bench *b = bench_new();

	for (int i = 0; i < 5 * ROUNDS; i++) {
		struct agx_insn insn = { .op = t->op, .n_operands = (u8)(1 + t->n_sources) };

		insn.operand[0] = any_dest(AGX_64);
		for (int k = 1; k <= t->n_sources; k++) {
			insn.operand[k] = any_source(adds || k == 3 ? AGX_64 : AGX_32);
			insn.operand[k].sx = kt_below(2);
		}
		if (t->op != AGX_OP_IMUL)
			insn.shift = kt_below(2) ? 0 : (u8)kt_below(8);
		insn.flags = kt_below(3) ? 0 : AGX_SATURATE;
		check(b, &insn, t);
	}
}
END_TEST

/* --- moves ---------------------------------------------------------------- */

static u64 want_imm(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	(void)b;
	(void)lane;
	return (u32)insn->imm;
}

START_TEST(immediates)
{
	static const struct test t16 = { AGX_OP_LDIMM16, 0, want_imm };
	static const struct test t32 = { AGX_OP_LDIMM32, 0, want_imm };
	struct bench *b = bench_new();

	for (int i = 0; i < ROUNDS; i++) {
		struct agx_insn insn = { .op = AGX_OP_LDIMM16, .n_operands = 1 };

		insn.operand[0] = half(1 + kt_below(255));
		insn.imm = (s32)(bench_value() & 0xffff);
		check(b, &insn, &t16);
		insn.op = AGX_OP_LDIMM32;
		insn.operand[0] = reg32(1 + kt_below(127));
		insn.imm = (s32)bench_value();
		check(b, &insn, &t32);
	}
}
END_TEST

static u64 want_select(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	bool sign = insn->cond & 4, holds;
	const struct agx_operand *o = insn->operand;
	s64 x = bench_read_extended(b, &o[1], lane, sign);
	s64 y = bench_read_extended(b, &o[2], lane, sign);

	holds = (insn->cond & 3) == 0 ? x == y : (insn->cond & 3) == 1 ? x < y : x > y;
	if (insn->cond & AGX_COND_NOT)
		holds = !holds;
	return bench_read(b, &o[holds ? 3 : 4], lane);
}

START_TEST(selects)
{
	static const struct test t = { AGX_OP_ICSEL, 4, want_select };
	static const u8 conds[] = { AGX_IEQ, AGX_ULT, AGX_UGT, AGX_SEQ, AGX_SLT, AGX_SGT };
	struct bench *b = bench_new();

	for (int i = 0; i < 5 * ROUNDS; i++) {
		struct agx_insn insn = { .op = AGX_OP_ICSEL, .n_operands = 5 };

		insn.cond = conds[kt_below(ARRAY_SIZE(conds))];
		insn.operand[0] = any_dest(AGX_32);
		for (int k = 1; k <= 4; k++)
			insn.operand[k] = any_source(AGX_32);
		/* Sources of the selection have the destination's size. */
		for (int k = 3; k <= 4; k++) {
			if (insn.operand[k].kind == AGX_IMM)
				continue;
			insn.operand[k].size = insn.operand[0].size;
			if (insn.operand[0].size == AGX_32)
				insn.operand[k].value &= ~1u;
		}
		check(b, &insn, &t);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, bits, 0, ARRAY_SIZE(bit_tests));
	tcase_add_loop_test(tc, fields, 0, ARRAY_SIZE(field_tests));
	tcase_add_loop_test(tc, sums, 0, ARRAY_SIZE(sum_tests));
	tcase_add_test(tc, immediates);
	tcase_add_test(tc, selects);
}

int main(void)
{
	return bench_suite("exec_int", add_tests);
}
