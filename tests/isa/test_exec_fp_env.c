// SPDX-License-Identifier: MIT
/*
 * Whatever the host's floating point environment is (rounding, denormals), results
 * are the same between agx_float_begin() and agx_float_end(), and the environment
 * is as before behind them.
 */
#include "exec_fp.h"

/* As bits of MXCSR or FPCR; the first is the default one. */
#if defined(__x86_64__)
static const uint32_t environments[] = {
	0x1f80,
	0x1f80 | 0x8040,		/* flush results and operands */
	0x1f80 | 0x2000,		/* down */
	0x1f80 | 0x4000 | 0x8000,	/* up */
	0x1f80 | 0x6000 | 0x0040,	/* to zero */
};

static void set_environment(uint32_t x)
{
	__builtin_ia32_ldmxcsr(x);
}

/* Without the flags of exceptions that have happened. */
static uint32_t environment(void)
{
	return __builtin_ia32_stmxcsr() & ~0x3fu;
}
#elif defined(__aarch64__)
static const uint32_t environments[] = {
	0,
	1u << 24,		/* flush */
	1u << 22,		/* up */
	2u << 22 | 1u << 25,	/* down, default NaN */
	3u << 22 | 1u << 24,	/* to zero */
};

static void set_environment(uint32_t x)
{
	__asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)x) : "memory");
}

static uint32_t environment(void)
{
	uint64_t x;

	__asm__ volatile("mrs %0, fpcr" : "=r"(x));
	return (uint32_t)x;
}
#else
static const uint32_t environments[] = { 0 };

static void set_environment(uint32_t x)
{
	(void)x;
}

static uint32_t environment(void)
{
	return 0;
}
#endif

static const enum agx_op ops[] = {
	AGX_OP_FFMA, AGX_OP_FADD, AGX_OP_FMUL, AGX_OP_HFMA, AGX_OP_HADD, AGX_OP_HMUL,
	AGX_OP_FLOOR, AGX_OP_CEIL, AGX_OP_TRUNC, AGX_OP_RINT, AGX_OP_RCP, AGX_OP_RSQRT,
	AGX_OP_RSQRTS, AGX_OP_EXP2, AGX_OP_LOG2, AGX_OP_SINR, AGX_OP_SINC, AGX_OP_DFDX,
	AGX_OP_U32_TO_F, AGX_OP_S32_TO_F, AGX_OP_F_TO_S32, AGX_OP_F_TO_U16, AGX_OP_FCSEL,
	AGX_OP_SIMD, AGX_OP_SIMD_MATRIX_FMADD32, AGX_OP_SIMD_MATRIX_FMADD16,
};

static void random_insn(struct agx_insn *insn)
{
	enum agx_op op = ops[kt_below(ARRAY_SIZE(ops))];
	bool half = op == AGX_OP_HFMA || op == AGX_OP_HADD || op == AGX_OP_HMUL ||
		    op == AGX_OP_SIMD_MATRIX_FMADD16;

	memset(insn, 0, sizeof(*insn));
	insn->op = (uint8_t)op;
	insn->round = (uint8_t)kt_below(2);
	if (op == AGX_OP_FCSEL)
		insn->cond = AGX_FLT;
	if (op == AGX_OP_SIMD)
		insn->subop = kt_below(2) ? AGX_REDUCE_FADD : AGX_REDUCE_FMUL;
	for (int j = 0; j < 5; j++)
		insn->operand[j] = fp_random_reg(half || kt_below(2) ? AGX_16 : AGX_32);
}

START_TEST(same_results)
{
	static struct agx_simd before, want;
	struct agx_simd *simd = fp_simd();
	uint32_t own = environment();
	struct fp_variant v[2];
	int n = fp_variants(v);

	for (int round = fp_rounds(30000); round; round--) {
		const struct fp_variant *variant = &v[kt_below((uint32_t)n)];
		struct agx_insn insn;
		agx_exec_fn fn;

		random_insn(&insn);
		fn = variant->choose(&insn);
		if (round % 16 == 0)
			fp_fill(simd);
		memcpy(&before, simd, sizeof(before));
		for (uint32_t i = 0; i < ARRAY_SIZE(environments); i++) {
			unsigned int saved;
			uint32_t after;

			memcpy(simd, &before, sizeof(before));
			set_environment(environments[i]);
			saved = agx_float_begin();
			fn(simd, &insn);
			agx_float_end(saved);
			after = environment();
			set_environment(own);
			if (after != environments[i])
				ck_abort_msg("%#x, not %#x behind", after, environments[i]);
			if (!i)
				memcpy(&want, simd, sizeof(want));
			if (memcmp(simd, &want, sizeof(want)))
				ck_abort_msg("op %d, %s: not the same in %#x", insn.op,
					     variant->name, environments[i]);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exec_fp_env");
	TCase *tc = tcase_create("environment");

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, same_results);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
