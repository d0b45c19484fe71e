// SPDX-License-Identifier: MIT
/*
 * Float instructions that round once (add, multiply, rounding to integers,
 * conversions, comparisons), against exact arithmetic in integers: every variant,
 * every form of operands, random lanes.
 */
#include "exec_fp.h"

/* --- add, multiply ---------------------------------------------------------- */

struct arithmetic {
	const char *name;
	enum agx_op op;
	int n;
	bool half;
	struct sf (*fn)(struct sf a, struct sf b, struct sf c);
};

static struct sf fma_of(struct sf a, struct sf b, struct sf c)
{
	return sf_add(sf_mul(a, b), c);
}

static struct sf add_of(struct sf a, struct sf b, struct sf c)
{
	(void)c;
	return sf_add(a, b);
}

static struct sf mul_of(struct sf a, struct sf b, struct sf c)
{
	(void)c;
	return sf_mul(a, b);
}

static const struct arithmetic arithmetic[] = {
	{ "ffma", AGX_OP_FFMA, 3, false, fma_of }, { "fadd", AGX_OP_FADD, 2, false, add_of },
	{ "fmul", AGX_OP_FMUL, 2, false, mul_of }, { "hfma", AGX_OP_HFMA, 3, true, fma_of },
	{ "hadd", AGX_OP_HADD, 2, true, add_of },  { "hmul", AGX_OP_HMUL, 2, true, mul_of },
};

static void check_arithmetic(struct agx_simd *simd, const struct agx_insn *insn,
			     const struct arithmetic *a)
{
	uint32_t want[AGX_LANES];

	for (int l = 0; l < AGX_LANES; l++) {
		struct sf x[3] = {};

		for (int j = 0; j < a->n; j++)
			x[j] = fp_operand(simd, &insn->operand[j + 1], l);
		x[0] = a->fn(x[0], x[1], x[2]);
		want[l] = a->half ? fp_result16(insn, x[0]) : fp_result32(insn, x[0]);
	}
	fp_check(simd, insn, want, a->name);
}

/* The third operand next to minus the product: what cancels shows each lost bit. */
static void make_cancel(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_operand *o = &insn->operand[3];

	if (insn->n_operands != 4 || o->kind != AGX_REG)
		return;
	for (int l = 0; l < AGX_LANES; l++) {
		struct sf x = sf_mul(fp_operand(simd, &insn->operand[1], l),
				     fp_operand(simd, &insn->operand[2], l));
		uint32_t *word = &simd->reg[o->value >> 1][l], shift = (o->value & 1u) * 16;

		if (kt_below(2))
			continue;
		x.negative = !x.negative;
		if (o->size == AGX_32)
			*word = sf_to_float(x) + kt_below(3) - 1;
		else
			*word = (*word & ~(0xffffu << shift)) | (sf_to_half(x) & 0xffff) << shift;
	}
}

START_TEST(any_operands)
{
	const struct arithmetic *a = &arithmetic[_i];
	struct agx_simd *simd = fp_simd();

	for (int round = fp_rounds(40000); round; round--) {
		struct agx_insn insn = { .op = a->op, .n_operands = (uint8_t)(a->n + 1) };

		if (round % 16 == 0)
			fp_fill(simd);
		fp_random_active(simd);
		insn.operand[0] = fp_random_reg(a->half || kt_below(3) == 0 ? AGX_16 : AGX_32);
		for (int j = 1; j <= a->n; j++)
			insn.operand[j] = fp_random_source(a->half);
		insn.flags = kt_below(4) ? 0 : AGX_SATURATE;
		make_cancel(simd, &insn);
		check_arithmetic(simd, &insn, a);
	}
}
END_TEST

/* Those that have handlers of their own; d is often an operand, too. */
START_TEST(common_operands)
{
	const struct arithmetic *a = &arithmetic[_i];
	struct agx_simd *simd = fp_simd();

	for (int round = fp_rounds(40000); round; round--) {
		struct agx_insn insn = { .op = a->op, .n_operands = (uint8_t)(a->n + 1) };
		bool mixed = !a->half && a->n == 3 && kt_below(2);

		if (round % 16 == 0)
			fp_fill(simd);
		fp_random_active(simd);
		for (int j = 0; j <= a->n; j++) {
			bool half = a->half || (mixed && (j == 1 || j == 2));

			insn.operand[j] = fp_random_reg(half ? AGX_16 : AGX_32);
			if (j && !half && !kt_below(3)) {
				insn.operand[j].kind = AGX_UNIFORM;
				insn.operand[j].value = (uint16_t)(kt_below(256) * 2);
			}
		}
		make_cancel(simd, &insn);
		check_arithmetic(simd, &insn, a);
	}
}
END_TEST

static const uint32_t cross[] = {
	0, 1, 0x007fffff, 0x00800000, 0x00800001, 0x01000000, 0x1f800000, 0x20000000, 0x33800000,
	0x3effffff, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fffffff, 0x40000000,
	0x4b800000, 0x4b800001, 0x5f000000, 0x7e800000, 0x7f000000, 0x7f7fffff, 0x7f800000,
	0x7f800001, 0x7fc00000, 0x7fffffff,
};

#define N_CROSS (2 * (uint32_t)ARRAY_SIZE(cross))

static uint32_t cross_value(uint32_t i)
{
	i %= N_CROSS;
	return cross[i / 2] | i << 31;
}

/* Every combination of three special values, with and without saturation. */
START_TEST(special_values)
{
	const struct arithmetic *a = &arithmetic[_i];
	uint32_t total = a->n == 3 ? N_CROSS * N_CROSS * N_CROSS : N_CROSS * N_CROSS;
	struct agx_simd *simd = fp_simd();
	struct agx_insn insn = { .op = a->op, .n_operands = (uint8_t)(a->n + 1) };

	for (int j = 0; j <= a->n; j++)
		insn.operand[j] = fp_reg(a->half ? AGX_16 : AGX_32, 2 * (uint32_t)j);
	for (uint32_t i = 0; i < total; i += AGX_LANES) {
		for (uint32_t l = 0; l < AGX_LANES; l++)
			for (uint32_t j = 1, k = i + l; j <= 3; j++, k /= N_CROSS) {
				uint32_t x = cross_value(k);

				simd->reg[j][l] = a->half ? sf_to_half(sf_unpack(x, SF_F32)) : x;
			}
		insn.flags = i / AGX_LANES & 1 ? AGX_SATURATE : 0;
		check_arithmetic(simd, &insn, a);
	}
}
END_TEST

/* Each half with some others; hfma has random third operands. */
START_TEST(all_halves)
{
	const struct arithmetic *a = &arithmetic[3 + _i];
	struct agx_simd *simd = fp_simd();
	struct agx_insn insn = { .op = a->op, .n_operands = (uint8_t)(a->n + 1) };

	insn.operand[0] = fp_reg(AGX_16, 0);
	for (int j = 1; j <= a->n; j++)
		insn.operand[j] = fp_reg(AGX_16, 2 * (uint32_t)j);
	for (int round = fp_rounds(64); round; round--)
		for (uint32_t x = 0; x < 0x10000; x += AGX_LANES) {
			for (uint32_t l = 0; l < AGX_LANES; l++) {
				simd->reg[1][l] = x + l;
				simd->reg[2][l] = fp_value(AGX_16);
				simd->reg[3][l] = fp_value(AGX_16);
			}
			if (a->n == 3)
				make_cancel(simd, &insn);
			check_arithmetic(simd, &insn, a);
		}
}
END_TEST

/* --- rounding to integers --------------------------------------------------- */

enum direction { DOWN, UP, TO_ZERO, TO_EVEN };

/* An integer that is exact, or the kind that x is. */
static struct sf integer_of(struct sf x, enum direction to)
{
	sf_mantissa left, half;
	bool up;

	if (x.kind != SF_FINITE || !x.m || x.exp >= 0)
		return x;
	if (x.exp < -100)
		x = sf_align(x, -100);
	left = x.m & (((sf_mantissa)1 << -x.exp) - 1);
	half = (sf_mantissa)1 << (-x.exp - 1);
	x.m >>= -x.exp;
	x.exp = 0;
	up = (to == DOWN && x.negative) || (to == UP && !x.negative);
	if ((up && left) || (to == TO_EVEN && (left > half || (left == half && (x.m & 1)))))
		x.m++;
	return x;
}

static const struct {
	const char *name;
	enum agx_op op;
	enum direction to;
} rounding[] = {
	{ "floor", AGX_OP_FLOOR, DOWN },
	{ "ceil", AGX_OP_CEIL, UP },
	{ "trunc", AGX_OP_TRUNC, TO_ZERO },
	{ "rint", AGX_OP_RINT, TO_EVEN },
};

static void check_rounding(struct agx_simd *simd, const struct agx_insn *insn, int i)
{
	uint32_t want[AGX_LANES];

	for (int l = 0; l < AGX_LANES; l++)
		want[l] = fp_result32(insn, integer_of(fp_operand(simd, &insn->operand[1], l),
						       rounding[i].to));
	fp_check(simd, insn, want, rounding[i].name);
}

START_TEST(round_any)
{
	struct agx_simd *simd = fp_simd();

	for (int round = fp_rounds(30000); round; round--) {
		struct agx_insn insn = { .op = rounding[_i].op, .n_operands = 2 };
		uint32_t x = kt_below(64) << 29;

		if (round % 16 == 0)
			fp_fill(simd);
		fp_random_active(simd);
		insn.operand[0] = fp_random_reg(kt_below(3) ? AGX_32 : AGX_16);
		insn.operand[1] = fp_random_source(false);
		insn.flags = kt_below(4) ? 0 : AGX_SATURATE;
		/* Exponents around those where fractions end. */
		for (int l = 0; l < AGX_LANES && round % 2; l++)
			simd->reg[0][l] = x + (0x3e000000 + kt_below(28) * 0x800000) +
					  (kt_below(0x800000) & ~(kt_below(2) ? 0u : 0x3ffffu));
		check_rounding(simd, &insn, _i);
	}
}
END_TEST

START_TEST(round_halves)
{
	struct agx_simd *simd = fp_simd();
	struct agx_insn insn = { .op = rounding[_i].op, .n_operands = 2 };

	insn.operand[0] = fp_reg(AGX_16, 3);
	insn.operand[1] = fp_reg(AGX_16, 4);
	for (uint32_t x = 0; x < 0x10000; x += AGX_LANES) {
		for (uint32_t l = 0; l < AGX_LANES; l++)
			simd->reg[2][l] = x + l;
		check_rounding(simd, &insn, _i);
	}
}
END_TEST

/* --- conversions ------------------------------------------------------------ */

static const struct {
	const char *name;
	enum agx_op op;
	int bits;
	bool sign, to_float;
} conversion[] = {
	{ "u8_to_f", AGX_OP_U8_TO_F, 8, false, true },
	{ "s8_to_f", AGX_OP_S8_TO_F, 8, true, true },
	{ "u16_to_f", AGX_OP_U16_TO_F, 16, false, true },
	{ "s16_to_f", AGX_OP_S16_TO_F, 16, true, true },
	{ "u32_to_f", AGX_OP_U32_TO_F, 32, false, true },
	{ "s32_to_f", AGX_OP_S32_TO_F, 32, true, true },
	{ "f_to_u16", AGX_OP_F_TO_U16, 16, false, false },
	{ "f_to_s16", AGX_OP_F_TO_S16, 16, true, false },
	{ "f_to_u32", AGX_OP_F_TO_U32, 32, false, false },
	{ "f_to_s32", AGX_OP_F_TO_S32, 32, true, false },
};

static uint32_t int_to_float(const struct agx_insn *insn, uint32_t x, int i)
{
	const struct agx_operand *s = &insn->operand[1];
	bool rtz = !insn->round;
	struct sf value;

	if (conversion[i].bits == 32 && s->size == AGX_16 && conversion[i].sign &&
	    s->kind != AGX_IMM)
		x = (uint32_t)(int16_t)x;
	if (conversion[i].bits == 16)
		x = conversion[i].sign ? (uint32_t)(int16_t)x : (uint16_t)x;
	if (conversion[i].bits == 8)
		x = conversion[i].sign ? (uint32_t)(int8_t)x : (uint8_t)x;
	value = sf_int(conversion[i].sign ? (int64_t)(int32_t)x : (int64_t)x);
	x = sf_round(value, SF_F32, rtz);
	return insn->operand[0].size == AGX_16 ? sf_round(sf_float(x), SF_F16, rtz) : x;
}

static uint32_t float_to_int(const struct agx_insn *insn, struct sf x, int i)
{
	int bits = conversion[i].bits;
	int64_t most = ((int64_t)1 << (bits - conversion[i].sign)) - 1;
	int64_t least = conversion[i].sign ? -most - 1 : 0;
	int64_t n;

	x = integer_of(x, insn->round ? TO_EVEN : TO_ZERO);
	if (x.kind == SF_NAN)
		return 0;
	if (x.kind == SF_INFINITY || (x.m && sf_length(x.m) + x.exp > 40))
		return (uint32_t)(x.negative ? least : most);
	x = sf_align(x, 0);
	n = x.negative ? -(int64_t)x.m : (int64_t)x.m;
	return (uint32_t)(n < least ? least : n > most ? most : n);
}

static void check_conversion(struct agx_simd *simd, const struct agx_insn *insn, int i)
{
	const struct agx_operand *s = &insn->operand[1];
	uint32_t want[AGX_LANES];

	for (int l = 0; l < AGX_LANES; l++) {
		if (conversion[i].to_float)
			want[l] = int_to_float(insn, fp_bits(simd, s, l), i);
		else
			want[l] = float_to_int(insn, fp_operand(simd, s, l), i);
	}
	fp_check(simd, insn, want, conversion[i].name);
}

START_TEST(convert)
{
	struct agx_simd *simd = fp_simd();

	for (int round = fp_rounds(20000); round; round--) {
		struct agx_insn insn = { .op = conversion[_i].op, .n_operands = 2 };

		if (round % 16 == 0)
			fp_fill(simd);
		fp_random_active(simd);
		insn.operand[0] = fp_random_reg(kt_below(3) ? AGX_32 : AGX_16);
		insn.operand[1] = fp_random_reg(kt_below(3) ? AGX_32 : AGX_16);
		insn.round = (uint8_t)kt_below(2);
		if (!kt_below(8))
			insn.operand[1].kind = AGX_UNIFORM;
		if (!kt_below(8))
			insn.operand[1] = (struct agx_operand){ .kind = AGX_IMM,
								.value = (uint16_t)kt_below(256) };
		for (int l = 0; l < AGX_LANES && round % 2; l++) {
			/* Integers of any length, floats near where integers end. */
			uint32_t x = (uint32_t)(kt_random() >> 32);
			float f = (float)(int32_t)(x | 1) * 0x1p-8f;

			simd->reg[0][l] = x >> kt_below(32);
			if (!conversion[_i].to_float)
				memcpy(&simd->reg[0][l], &f, sizeof(f));
			if (kt_below(4) == 0 && !conversion[_i].to_float)
				simd->reg[0][l] = (0x47000000 + (kt_below(3) << 27)) +
						  kt_below(8) - 4;
		}
		check_conversion(simd, &insn, _i);
	}
}
END_TEST

START_TEST(convert_halves)
{
	struct agx_simd *simd = fp_simd();
	struct agx_insn insn = { .op = conversion[_i].op, .n_operands = 2 };

	insn.operand[1] = fp_reg(AGX_16, 4);
	for (int k = 0; k < 4; k++) {
		insn.operand[0] = fp_reg(k & 1 ? AGX_16 : AGX_32, 2);
		insn.round = (uint8_t)(k >> 1);
		for (uint32_t x = 0; x < 0x10000; x += AGX_LANES) {
			for (uint32_t l = 0; l < AGX_LANES; l++)
				simd->reg[2][l] = x + l;
			check_conversion(simd, &insn, _i);
		}
	}
}
END_TEST

/* --- comparisons ------------------------------------------------------------ */

static double double_of(struct sf x)
{
	double r = (double)(uint64_t)x.m;

	if (x.kind == SF_NAN)
		return __builtin_nan("");
	for (int i = x.exp; i > 0; i--)
		r *= 2;
	for (int i = x.exp; i < 0; i++)
		r /= 2;
	if (x.kind == SF_INFINITY)
		r = __builtin_inf();
	return x.negative ? -r : r;
}

static bool holds(double a, double b, int cond)
{
	static const int known[] = { AGX_FEQ, AGX_FLT, AGX_FGT, AGX_FLTN, AGX_FGE, AGX_FLE,
				     AGX_FGTN };
	bool result[] = { a == b, a < b, a > b, a < b || b != b, a >= b, a <= b, a > b || b != b };

	for (unsigned int i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i] == (cond & 7))
			return result[i] != !!(cond & AGX_COND_NOT);
	ck_abort_msg("condition %d", cond);
}

static int random_cond(void)
{
	int cond = (int)kt_below(7);

	return (cond < 4 ? cond : cond + 1) | (kt_below(2) ? AGX_COND_NOT : 0);
}

START_TEST(compare)
{
	static const enum agx_op ops[] = { AGX_OP_IF_FCMP, AGX_OP_ELSE_FCMP, AGX_OP_WHILE_FCMP,
					   AGX_OP_FCSEL, AGX_OP_FCMP_BALLOT };
	struct agx_simd *simd = fp_simd();

	for (int round = fp_rounds(50000); round; round--) {
		struct agx_insn insn = { .op = (uint8_t)ops[kt_below(ARRAY_SIZE(ops))],
					 .cond = (uint8_t)random_cond() };
		int first = insn.op == AGX_OP_FCSEL || insn.op == AGX_OP_FCMP_BALLOT;
		uint32_t want = 0, got;

		if (round % 16 == 0)
			fp_fill(simd);
		fp_random_active(simd);
		insn.operand[first] = fp_random_source(false);
		insn.operand[first + 1] = kt_below(4) ? fp_random_source(false)
						      : insn.operand[first];
		for (int l = 0; l < AGX_LANES; l++)
			if (holds(double_of(fp_operand(simd, &insn.operand[first], l)),
				  double_of(fp_operand(simd, &insn.operand[first + 1], l)),
				  insn.cond))
				want |= 1u << l;
		got = agx_exec_fcmp(simd, &insn);
		ck_assert_msg(got == want, "condition %d: %#x, not %#x", insn.cond, got, want);
	}
}
END_TEST

/* Bits of the chosen one are moved as they are: what is compared is flushed only. */
START_TEST(fcsel)
{
	struct agx_simd *simd = fp_simd();

	for (int round = fp_rounds(50000); round; round--) {
		struct agx_insn insn = { .op = AGX_OP_FCSEL, .n_operands = 5,
					 .cond = (uint8_t)random_cond() };
		uint32_t want[AGX_LANES];

		if (round % 16 == 0)
			fp_fill(simd);
		fp_random_active(simd);
		insn.operand[0] = fp_random_reg(kt_below(3) ? AGX_32 : AGX_16);
		insn.operand[1] = fp_random_source(false);
		insn.operand[2] = fp_random_source(false);
		for (int j = 3; j < 5; j++) {
			insn.operand[j] = fp_random_reg(kt_below(3) ? AGX_32 : AGX_16);
			if (!kt_below(4))
				insn.operand[j].kind = AGX_UNIFORM;
			else if (!kt_below(4))
				insn.operand[j] = (struct agx_operand){
					.kind = AGX_IMM, .value = (uint16_t)kt_below(256) };
			else if (!kt_below(3))		/* as minimum and maximum do */
				insn.operand[j - 2] = insn.operand[j];
		}
		for (int l = 0; l < AGX_LANES; l++) {
			double a = double_of(fp_operand(simd, &insn.operand[1], l));
			double b = double_of(fp_operand(simd, &insn.operand[2], l));
			bool yes = holds(a, b, insn.cond);

			want[l] = fp_bits(simd, &insn.operand[yes ? 3 : 4], l);
			if (insn.operand[0].size == AGX_16)
				want[l] &= 0xffff;
		}
		fp_check(simd, &insn, want, "fcsel");
	}
}
END_TEST

START_TEST(unknown)
{
	struct agx_insn insn = { .op = AGX_OP_FCSEL, .cond = 4 };
	struct fp_variant v[2];

	for (int n = fp_variants(v); n--;) {
		insn = (struct agx_insn){ .op = AGX_OP_FCSEL, .cond = 4 };
		ck_assert_ptr_null(v[n].choose(&insn));
		insn.cond |= AGX_COND_NOT;
		ck_assert_ptr_null(v[n].choose(&insn));
		insn = (struct agx_insn){ .op = AGX_OP_F_TO_S32, .round = 2 };
		ck_assert_ptr_null(v[n].choose(&insn));
		insn = (struct agx_insn){ .op = AGX_OP_SIMD, .subop = AGX_REDUCE_IADD };
		ck_assert_ptr_null(v[n].choose(&insn));
		insn = (struct agx_insn){ .op = AGX_OP_COUNT };
		ck_assert_ptr_null(v[n].choose(&insn));
		insn = (struct agx_insn){ .op = AGX_OP_IADD };
		ck_assert_ptr_null(v[n].choose(&insn));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exec_fp");
	TCase *tc = tcase_create("arithmetic");

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, any_operands, 0, ARRAY_SIZE(arithmetic));
	tcase_add_loop_test(tc, common_operands, 0, ARRAY_SIZE(arithmetic));
	tcase_add_loop_test(tc, special_values, 0, ARRAY_SIZE(arithmetic));
	tcase_add_loop_test(tc, all_halves, 0, 3);
	tcase_add_loop_test(tc, round_any, 0, ARRAY_SIZE(rounding));
	tcase_add_loop_test(tc, round_halves, 0, ARRAY_SIZE(rounding));
	tcase_add_loop_test(tc, convert, 0, ARRAY_SIZE(conversion));
	tcase_add_loop_test(tc, convert_halves, 0, ARRAY_SIZE(conversion));
	tcase_add_test(tc, compare);
	tcase_add_test(tc, fcsel);
	tcase_add_test(tc, unknown);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
