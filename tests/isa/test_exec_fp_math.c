// SPDX-License-Identifier: MIT
/*
 * Functions that are not exact: rcp, rsqrt, rsqrts, exp2, log2, sinr, sinc, against
 * long double, whose own error is 2^-63 of the result or less.
 *
 * FP_EXHAUSTIVE=exp2, or another of them, takes every f32 instead of one in 2099
 * (ten minutes).
 */
#include <math.h>
#include <stdio.h>

#include "exec_fp.h"

struct function {
	const char *name;
	enum agx_op op;
	long double (*fn)(long double x);
	double wrong;		/* of a million results, how many may be the second best */
};

static const long double half_pi = 1.57079632679489661923132169163975144L;

static long double rcp(long double x)
{
	return 1 / x;
}

static long double rsqrt(long double x)
{
	return 1 / sqrtl(x);
}

static long double rsqrts(long double x)
{
	return x == 0 ? 0 : isinf(x) && x > 0 ? x : rsqrt(x);
}

/* 2n + r, |r| <= 1: its sine is that of r, or of -r.  Zeros are positive. */
static long double quarter_turns(long double x)
{
	long double r = remainderl(x, 4);

	return (r > 1 ? 2 - r : r < -1 ? -2 - r : r) + 0;
}

static long double sinc(long double x)
{
	return x == 0 ? half_pi : sinl(quarter_turns(x) * half_pi) / x + 0;
}

/* The library of the reference need not get this right. */
static long double log2_of(long double x)
{
	return x < 0 ? (long double)NAN : log2l(x);
}

static const struct function functions[] = {
	{ "rcp", AGX_OP_RCP, rcp, 0 },		{ "rsqrt", AGX_OP_RSQRT, rsqrt, 0 },
	{ "rsqrts", AGX_OP_RSQRTS, rsqrts, 0 }, { "exp2", AGX_OP_EXP2, exp2l, 0.1 },
	{ "log2", AGX_OP_LOG2, log2_of, 0.1 },	{ "sinc", AGX_OP_SINC, sinc, 0.1 },
	{ "sinr", AGX_OP_SINR, quarter_turns, 0 },
};

static float float_of(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static uint32_t bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

/* Flushed, and one NaN. */
static uint32_t canonical(float x)
{
	uint32_t bits = bits_of(x);

	if (x != x)
		return 0x7fc00000;
	return bits & 0x7f800000 ? bits : bits & 0x80000000;
}

/* |got - want| in units of the last place of a result of want's size. */
static double ulps(float got, long double want)
{
	int exponent;

	if (isnan(want) || isinf(want) || isinf(got) || isnan(got))
		return INFINITY;
	frexpl(want, &exponent);
	exponent = exponent < -125 ? -125 : exponent;
	return (double)(fabsl((long double)got - want) / ldexpl(1, exponent - 24));
}

struct tally {
	double worst;
	uint32_t worst_at;
	uint64_t n, wrong;
};

static void execute(struct agx_simd *simd, const struct agx_insn *insn, agx_exec_fn fn[2], int n)
{
	uint32_t first[AGX_LANES];

	fn[0](simd, insn);
	if (n < 2)
		return;
	memcpy(first, simd->reg[0], sizeof(first));
	fn[1](simd, insn);
	if (memcmp(first, simd->reg[0], sizeof(first)))
		ck_abort_msg("variants differ at %#x ...", simd->reg[1][0]);
}

static void tally_lanes(const struct agx_simd *simd, const struct function *f, struct tally *t)
{
	for (int l = 0; l < AGX_LANES; l++) {
		uint32_t x = simd->reg[1][l], got = simd->reg[0][l], want;
		long double exact = f->fn((long double)float_of(canonical(float_of(x))));
		double error;

		want = canonical((float)exact);
		t->n++;
		if (got == want)
			continue;
		t->wrong++;
		error = ulps(float_of(got), exact);
		if (error > t->worst) {
			t->worst = error;
			t->worst_at = x;
		}
		if (error > 0.500001)
			ck_abort_msg("%s(%#x) is %#x, not %#x", f->name, x, got, want);
	}
}

START_TEST(rounded)
{
	const struct function *f = &functions[_i];
	struct agx_simd *simd = fp_simd();
	struct agx_insn insn = { .op = f->op, .n_operands = 2 };
	const char *all = getenv("FP_EXHAUSTIVE");
	uint32_t stride = all && !strcmp(all, f->name) ? 1 : 2099;
	struct fp_variant v[2];
	struct tally t = {};
	agx_exec_fn fn[2];
	int n = fp_variants(v);

	if (fp_rounds(2) == 1 && stride > 1)
		stride *= 31;
	insn.operand[0] = fp_reg(AGX_32, 0);
	insn.operand[1] = fp_reg(AGX_32, 2);
	for (int k = 0; k < n; k++)
		fn[k] = v[k].choose(&insn);
	for (uint64_t x = 0; x < (uint64_t)1 << 32; x += (uint64_t)AGX_LANES * stride) {
		for (uint32_t l = 0; l < AGX_LANES; l++)
			simd->reg[1][l] = (uint32_t)x + l * stride;
		execute(simd, &insn, fn, n);
		tally_lanes(simd, f, &t);
	}
	printf("# %s: %llu of %llu not rounded correctly; worst %.9f ulp at %#x\n", f->name,
	       (unsigned long long)t.wrong, (unsigned long long)t.n, t.worst, t.worst_at);
	ck_assert(t.wrong <= (uint64_t)ceil(f->wrong * (double)t.n / 1e6));
}
END_TEST

/* Where it matters most: log2 near 1, exp2 near 0, arguments of the sine. */
START_TEST(rounded_here)
{
	static const struct {
		int f;
		uint32_t from, to;
	} range[] = { { 4, 0x3f780000, 0x3f880000 }, { 3, 0x3effff00, 0x3f010000 },
		      { 5, 0x3e800000, 0x3f800000 }, { 1, 0x3f000000, 0x40000000 },
		      { 3, 0x42fb0000, 0x43010000 }, { 3, 0xc2fa0000, 0xc2fe0000 } };
	const struct function *f = &functions[range[_i].f];
	struct agx_simd *simd = fp_simd();
	struct agx_insn insn = { .op = f->op, .n_operands = 2 };
	uint32_t stride = fp_rounds(2) == 1 ? 31 : 1;
	struct fp_variant v[2];
	struct tally t = {};
	agx_exec_fn fn[2];
	int n = fp_variants(v);

	insn.operand[0] = fp_reg(AGX_32, 0);
	insn.operand[1] = fp_reg(AGX_32, 2);
	for (int k = 0; k < n; k++)
		fn[k] = v[k].choose(&insn);
	for (uint32_t x = range[_i].from; x < range[_i].to; x += AGX_LANES * stride) {
		for (uint32_t l = 0; l < AGX_LANES; l++)
			simd->reg[1][l] = x + l * stride;
		execute(simd, &insn, fn, n);
		tally_lanes(simd, f, &t);
	}
	ck_assert_msg(t.wrong <= 1, "%s: %llu of %llu", f->name, (unsigned long long)t.wrong,
		      (unsigned long long)t.n);
}
END_TEST

/* In f16 the result is that of f32, rounded again. */
START_TEST(halves)
{
	const struct function *f = &functions[_i];
	struct agx_simd *simd = fp_simd();
	struct agx_insn insn = { .op = f->op, .n_operands = 2 };

	insn.operand[0] = fp_reg(AGX_16, 1);
	insn.operand[1] = fp_reg(AGX_16, 2);
	for (uint32_t x = 0; x < 0x10000; x += AGX_LANES) {
		uint32_t want[AGX_LANES];

		fp_random_active(simd);
		for (uint32_t l = 0; l < AGX_LANES; l++) {
			struct sf value = sf_half(x + l);
			float h = float_of(sf_round(value, SF_F32, false));

			simd->reg[1][l] = x + l;
			h = (float)f->fn((long double)h);
			want[l] = sf_to_half(sf_float(canonical(h)));
			insn.flags = x & AGX_LANES ? AGX_SATURATE : 0;
			if (insn.flags)
				want[l] = sf_to_half(sf_saturate(sf_float(canonical(h))));
		}
		fp_check(simd, &insn, want, f->name);
	}
}
END_TEST

START_TEST(special_values)
{
	enum { INF = 0x7f800000, NAN32 = 0x7fc00000, SIGN = 0x80000000u, ONE = 0x3f800000 };
	static const struct {
		enum agx_op op;
		uint32_t x, want;
	} cases[] = {
		{ AGX_OP_RCP, 0, INF }, { AGX_OP_RCP, SIGN, SIGN | INF },
		{ AGX_OP_RCP, 1, INF }, { AGX_OP_RCP, SIGN | 0x7fffff, SIGN | INF },
		{ AGX_OP_RCP, INF, 0 }, { AGX_OP_RCP, SIGN | INF, SIGN },
		{ AGX_OP_RCP, 0x7f7fffff, 0 }, { AGX_OP_RCP, 0x7f800001, NAN32 },
		{ AGX_OP_RCP, 0x00800000, 0x7e800000 }, { AGX_OP_RCP, 0xff7fffff, SIGN },
		{ AGX_OP_RSQRT, 0, INF }, { AGX_OP_RSQRT, SIGN, SIGN | INF },
		{ AGX_OP_RSQRT, 0x7fffff, INF }, { AGX_OP_RSQRT, INF, 0 },
		{ AGX_OP_RSQRT, SIGN | ONE, NAN32 }, { AGX_OP_RSQRT, SIGN | INF, NAN32 },
		{ AGX_OP_RSQRT, 0x40800000, 0x3f000000 },
		{ AGX_OP_RSQRTS, 0, 0 }, { AGX_OP_RSQRTS, SIGN, 0 },
		{ AGX_OP_RSQRTS, 0x7fffff, 0 }, { AGX_OP_RSQRTS, INF, INF },
		{ AGX_OP_RSQRTS, SIGN | ONE, NAN32 }, { AGX_OP_RSQRTS, SIGN | INF, NAN32 },
		{ AGX_OP_RSQRTS, 0x7fffffff, NAN32 },
		{ AGX_OP_EXP2, 0, ONE }, { AGX_OP_EXP2, SIGN, ONE },
		{ AGX_OP_EXP2, INF, INF }, { AGX_OP_EXP2, SIGN | INF, 0 },
		{ AGX_OP_EXP2, 0x43000000, INF }, { AGX_OP_EXP2, 0xc2fc0000, 0x00800000 },
		{ AGX_OP_EXP2, 0xc2fc0001, 0 }, { AGX_OP_EXP2, 0x7f7fffff, INF },
		{ AGX_OP_EXP2, 0xff7fffff, 0 }, { AGX_OP_EXP2, NAN32 | SIGN, NAN32 },
		{ AGX_OP_LOG2, 0, SIGN | INF }, { AGX_OP_LOG2, SIGN, SIGN | INF },
		{ AGX_OP_LOG2, 0x7fffff, SIGN | INF }, { AGX_OP_LOG2, SIGN | 1, SIGN | INF },
		{ AGX_OP_LOG2, INF, INF }, { AGX_OP_LOG2, SIGN | ONE, NAN32 },
		{ AGX_OP_LOG2, SIGN | INF, NAN32 }, { AGX_OP_LOG2, ONE, 0 },
		{ AGX_OP_LOG2, 0x00800000, 0xc2fc0000 }, { AGX_OP_LOG2, 0x7fc00001, NAN32 },
		{ AGX_OP_SINR, 0, 0 }, { AGX_OP_SINR, SIGN, 0 }, { AGX_OP_SINR, ONE, ONE },
		{ AGX_OP_SINR, 0x40000000, 0 }, { AGX_OP_SINR, 0x40400000, SIGN | ONE },
		{ AGX_OP_SINR, 0x40800000, 0 }, { AGX_OP_SINR, INF, NAN32 },
		{ AGX_OP_SINC, 0, 0x3fc90fdb }, { AGX_OP_SINC, SIGN, 0x3fc90fdb },
		{ AGX_OP_SINC, ONE, ONE }, { AGX_OP_SINC, SIGN | ONE, ONE },
		{ AGX_OP_SINC, INF, NAN32 }, { AGX_OP_SINC, SIGN | INF, NAN32 },
	};
	struct agx_simd *simd = fp_simd();

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct agx_insn insn = { .op = (uint8_t)cases[i].op, .n_operands = 2 };
		uint32_t want[AGX_LANES];
		char what[40];

		insn.operand[0] = fp_reg(AGX_32, 0);
		insn.operand[1] = fp_reg(AGX_32, 2);
		for (int l = 0; l < AGX_LANES; l++) {
			simd->reg[1][l] = cases[i].x;
			want[l] = cases[i].want;
		}
		snprintf(what, sizeof(what), "case %u, %#x", i, cases[i].x);
		fp_check(simd, &insn, want, what);
	}
}
END_TEST

/* Modifiers, uniforms, immediates and destinations, against the plain form. */
START_TEST(any_operands)
{
	const struct function *f = &functions[_i];
	struct agx_simd *simd = fp_simd();

	for (int round = fp_rounds(3000); round; round--) {
		struct agx_insn insn = { .op = f->op, .n_operands = 2 }, plain = insn;
		uint32_t want[AGX_LANES], save[2][AGX_LANES];

		if (round % 16 == 0)
			fp_fill(simd);
		insn.operand[0] = fp_random_reg(kt_below(3) ? AGX_32 : AGX_16);
		insn.operand[1] = fp_random_source(false);
		insn.flags = kt_below(4) ? 0 : AGX_SATURATE;
		plain.operand[0] = fp_reg(AGX_32, 0);
		plain.operand[1] = fp_reg(AGX_32, 2);
		for (int l = 0; l < AGX_LANES; l++)
			want[l] = sf_to_float(fp_operand(simd, &insn.operand[1], l));
		memcpy(save, simd->reg, sizeof(save));
		memcpy(simd->reg[1], want, sizeof(want));
		fp_set_active(simd, ~0u);
		agx_exec_float_any(&plain)(simd, &plain);
		for (int l = 0; l < AGX_LANES; l++)
			want[l] = fp_result32(&insn, sf_float(simd->reg[0][l]));
		memcpy(simd->reg, save, sizeof(save));
		fp_random_active(simd);
		fp_check(simd, &insn, want, f->name);
	}
}
END_TEST

/* sinc(p) * p with p = sinr(t): the sine of t quarter turns, as compilers write it. */
START_TEST(sine)
{
	const struct agx_insn insns[] = {
		{ .op = AGX_OP_SINR, .operand = { fp_reg(AGX_32, 2), fp_reg(AGX_32, 0) } },
		{ .op = AGX_OP_SINC, .operand = { fp_reg(AGX_32, 4), fp_reg(AGX_32, 2) } },
		{ .op = AGX_OP_FMUL,
		  .operand = { fp_reg(AGX_32, 4), fp_reg(AGX_32, 4), fp_reg(AGX_32, 2) } },
	};
	struct agx_simd *simd = fp_simd();
	double worst = 0;

	for (int i = 0; i < fp_rounds(30000); i++) {
		for (int l = 0; l < AGX_LANES; l++)
			simd->reg[0][l] = bits_of(kt_uniform(0, 4));
		for (unsigned int k = 0; k < ARRAY_SIZE(insns); k++)
			agx_exec_float(&insns[k])(simd, &insns[k]);
		for (int l = 0; l < AGX_LANES; l++) {
			long double t = (long double)float_of(simd->reg[0][l]);
			long double exact = sinl(quarter_turns(t) * half_pi);
			double error = ulps(float_of(simd->reg[2][l]), exact);

			worst = error > worst ? error : worst;
		}
	}
	printf("# sine of [0, 4) quarter turns: worst %.4f ulp\n", worst);
	ck_assert(worst < 1.5);
}
END_TEST

/* x * rsqrts(x) is the square root. */
START_TEST(square_root)
{
	const struct agx_insn insns[] = {
		{ .op = AGX_OP_RSQRTS, .operand = { fp_reg(AGX_32, 2), fp_reg(AGX_32, 0) } },
		{ .op = AGX_OP_FMUL,
		  .operand = { fp_reg(AGX_32, 4), fp_reg(AGX_32, 0), fp_reg(AGX_32, 2) } },
	};
	struct agx_simd *simd = fp_simd();
	double worst = 0;

	for (int i = 0; i < fp_rounds(30000); i++) {
		for (int l = 0; l < AGX_LANES; l++)
			simd->reg[0][l] = 0x800000 + kt_below(0x7f000000);
		simd->reg[0][0] = 0;
		simd->reg[0][1] = 0x80000000;
		simd->reg[0][2] = 0x7f800000;
		for (unsigned int k = 0; k < ARRAY_SIZE(insns); k++)
			agx_exec_float(&insns[k])(simd, &insns[k]);
		for (int l = 0; l < 3; l++)
			if (simd->reg[2][l] != simd->reg[0][l])
				ck_abort_msg("sqrt(%#x) is %#x", simd->reg[0][l], simd->reg[2][l]);
		for (int l = 3; l < AGX_LANES; l++) {
			long double root = sqrtl((long double)float_of(simd->reg[0][l]));
			double error = ulps(float_of(simd->reg[2][l]), root);

			worst = error > worst ? error : worst;
		}
	}
	printf("# square root: worst %.4f ulp\n", worst);
	ck_assert(worst < 1.5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exec_fp_math");
	TCase *tc = tcase_create("functions");

	tcase_set_timeout(tc, getenv("FP_EXHAUSTIVE") ? 100000 : 300);
	tcase_add_loop_test(tc, rounded, 0, ARRAY_SIZE(functions));
	tcase_add_loop_test(tc, rounded_here, 0, 6);
	tcase_add_loop_test(tc, halves, 0, ARRAY_SIZE(functions));
	tcase_add_loop_test(tc, any_operands, 0, ARRAY_SIZE(functions));
	tcase_add_test(tc, special_values);
	tcase_add_test(tc, sine);
	tcase_add_test(tc, square_root);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
