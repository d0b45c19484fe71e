// SPDX-License-Identifier: MIT
/*
 * Float instructions whose lanes see each other, against exact arithmetic in the
 * order that Documentation/agx-arithmetic.rst gives.
 */
#include "exec_fp.h"

/* --- reductions and prefixes ------------------------------------------------ */

static const struct {
	const char *name;
	enum agx_reduce op;
	uint32_t identity;
} reduction[] = {
	{ "fadd", AGX_REDUCE_FADD, 0 },
	{ "fmul", AGX_REDUCE_FMUL, 0x3f800000 },
	{ "fmin", AGX_REDUCE_FMIN, 0x7f800000 },
	{ "fmax", AGX_REDUCE_FMAX, 0xff800000 },
};

/* a < b: neither is NaN. */
static bool is_less(struct sf a, struct sf b)
{
	struct sf d;

	if (a.kind == SF_INFINITY && b.kind == SF_INFINITY)
		return a.negative && !b.negative;
	b.negative = !b.negative;
	d = sf_add(a, b);
	return d.negative && (d.m || d.kind == SF_INFINITY);
}

/* Of f32 bits that are a result of the precision, another one. */
static uint32_t combine(uint32_t x, uint32_t y, enum agx_reduce op, bool half)
{
	struct sf a = sf_float(x), b = sf_float(y), r;

	switch (op) {
	case AGX_REDUCE_FADD:
		r = sf_add(a, b);
		break;
	case AGX_REDUCE_FMUL:
		r = sf_mul(a, b);
		break;
	default:
		if (a.kind == SF_NAN || b.kind == SF_NAN)
			r = a.kind == SF_NAN ? b : a;
		else if (op == AGX_REDUCE_FMIN)
			r = is_less(a, b) ? a : b;
		else
			r = is_less(b, a) ? a : b;
		break;
	}
	return half ? sf_to_float(sf_half(sf_to_half(r))) : sf_to_float(r);
}

/* Halves of the range, added lane by lane, again and again: recursion says it best. */
static uint32_t reduced(const uint32_t *x, int first, int step, int width, enum agx_reduce op,
			bool half)
{
	if (step == width)
		return x[first];
	return combine(reduced(x, first, 2 * step, width, op, half),
		       reduced(x, first + step, 2 * step, width, op, half), op, half);
}

/* All up to lane l, of the last 2^n: n doublings of what one lane has. */
static uint32_t scanned(const uint32_t *x, int l, int span, int base, enum agx_reduce op,
			bool half)
{
	uint32_t own;

	if (span == 1)
		return x[l];
	own = scanned(x, l, span / 2, base, op, half);
	if (l - span / 2 < base)
		return own;
	return combine(scanned(x, l - span / 2, span / 2, base, op, half), own, op, half);
}

static void check_reduction(struct agx_simd *simd, const struct agx_insn *insn, int i)
{
	const struct agx_operand *d = &insn->operand[0], *s = &insn->operand[1];
	bool half = d->size == AGX_16 && s->size == AGX_16;
	int width = insn->op == AGX_OP_QUAD ? 4 : AGX_LANES;
	uint32_t x[AGX_LANES], want[AGX_LANES];

	for (int l = 0; l < AGX_LANES; l++) {
		x[l] = sf_to_float(fp_operand(simd, s, l));
		if (!(simd->active >> l & 1))
			x[l] = reduction[i].identity;
	}
	for (int l = 0; l < AGX_LANES; l++) {
		int base = l & -width;

		if (!(insn->flags & AGX_PREFIX))
			want[l] = reduced(x, base, 1, width, reduction[i].op, half);
		else if (l == base)
			want[l] = reduction[i].identity;
		else
			want[l] = scanned(x, l - 1, width, base, reduction[i].op, half);
		want[l] = fp_result32(insn, sf_float(want[l]));
	}
	fp_check(simd, insn, want, reduction[i].name);
}

START_TEST(reduce)
{
	struct agx_simd *simd = fp_simd();

	for (int round = fp_rounds(6000); round; round--) {
		struct agx_insn insn = { .op = kt_below(2) ? AGX_OP_SIMD : AGX_OP_QUAD,
					 .n_operands = 2, .subop = (uint8_t)reduction[_i].op };

		if (round % 16 == 0)
			fp_fill(simd);
		fp_random_active(simd);
		insn.operand[0] = fp_random_reg(kt_below(2) ? AGX_32 : AGX_16);
		insn.operand[1] = fp_random_reg(kt_below(2) ? AGX_32 : AGX_16);
		if (!kt_below(8))
			insn.operand[1].kind = AGX_UNIFORM;
		insn.flags = kt_below(2) ? AGX_PREFIX : 0;
		/* Ordinary numbers: with special ones all sums are soon NaN. */
		for (int l = 0; l < AGX_LANES && round % 4; l++) {
			uint32_t bits = (uint32_t)(kt_random() >> 32);

			for (int r = 0; r < 16; r++)
				simd->reg[r][l] = (bits & 0x9fff9fff) | 0x3c003800;
			if (!kt_below(20))
				simd->reg[0][l] = fp_value(AGX_32);
		}
		check_reduction(simd, &insn, _i);
	}
}
END_TEST

/* --- derivatives ------------------------------------------------------------ */

START_TEST(derivative)
{
	struct agx_simd *simd = fp_simd();

	for (int round = fp_rounds(20000); round; round--) {
		struct agx_insn insn = { .op = _i ? AGX_OP_DFDY : AGX_OP_DFDX, .n_operands = 2 };
		uint32_t want[AGX_LANES];

		if (round % 16 == 0)
			fp_fill(simd);
		fp_random_active(simd);
		insn.operand[0] = fp_random_reg(kt_below(3) ? AGX_32 : AGX_16);
		insn.operand[1] = fp_random_source(false);
		insn.flags = kt_below(4) ? 0 : AGX_SATURATE;
		for (int l = 0; l < AGX_LANES; l++) {
			int bit = _i ? 2 : 1;
			struct sf a = fp_operand(simd, &insn.operand[1], l | bit);
			struct sf b = fp_operand(simd, &insn.operand[1], l & ~bit);

			b.negative = !b.negative;
			want[l] = fp_result32(&insn, sf_add(a, b));
		}
		fp_check(simd, &insn, want, _i ? "dfdy" : "dfdx");
	}
}
END_TEST

/* --- matrices --------------------------------------------------------------- */

/* A pair's element e as an operand of its own. */
static struct agx_operand element(const struct agx_operand *o, uint32_t e)
{
	struct agx_operand x = *o;

	x.abs = x.neg = 0;
	if (o->kind != AGX_FIMM)
		x.value = (uint16_t)(o->size == AGX_16 ? (o->value & ~1u) + e
						       : (o->value & ~3u) + 2 * e);
	return x;
}

/* As matrices: rows and columns of a lane's two elements as the facts give them. */
static void get_tile(struct sf to[8][8], const struct agx_simd *simd, const struct agx_operand *o)
{
	for (int l = 0; l < AGX_LANES; l++)
		for (int e = 0; e < 2; e++) {
			struct agx_operand x = element(o, (uint32_t)e);
			int row = ((l >> 4) & 1) * 4 + ((l >> 1) & 3);
			int column = ((l >> 3) & 1) * 4 + (l & 1) * 2 + e;

			to[row][column] = fp_operand(simd, &x, l);
		}
}

static void check_matrix(struct agx_simd *simd, const struct agx_insn *insn)
{
	bool half = insn->op == AGX_OP_SIMD_MATRIX_FMADD16;
	struct sf a[8][8], b[8][8], c[8][8];
	uint32_t want[2][AGX_LANES];
	struct agx_insn aligned = *insn;

	get_tile(a, simd, &insn->operand[1]);
	get_tile(b, simd, &insn->operand[2]);
	get_tile(c, simd, &insn->operand[3]);
	for (int l = 0; l < AGX_LANES; l++)
		for (int e = 0; e < 2; e++) {
			int row = ((l >> 4) & 1) * 4 + ((l >> 1) & 3);
			int column = ((l >> 3) & 1) * 4 + (l & 1) * 2 + e;
			struct sf sum = c[row][column];

			for (int k = 0; k < 8; k++) {
				sum = sf_add(sf_mul(a[row][k], b[k][column]), sum);
				sum = half ? sf_half(sf_to_half(sum)) : sf_float(sf_to_float(sum));
			}
			want[e][l] = half ? sf_to_half(sum) : fp_result32(insn, sum);
		}
	aligned.operand[0] = element(&insn->operand[0], 0);
	for (int e = 0; e < 2; e++)
		for (int l = 0; l < AGX_LANES; l++)
			want[e][l] &= aligned.operand[0].size == AGX_16 ? 0xffff : ~0u;
	fp_check_pair(simd, insn, aligned.operand[0].value, want, 2, "simd_matrix");
}

static void check_matrices(struct agx_simd *simd, struct agx_insn *insn)
{
	bool half = insn->op == AGX_OP_SIMD_MATRIX_FMADD16;

	fp_random_active(simd);
	for (int j = 0; j < 4; j++) {
		insn->operand[j] = fp_random_reg(half || kt_below(2) ? AGX_16 : AGX_32);
		if (j && !kt_below(8))
			insn->operand[j].kind = AGX_UNIFORM;
		if (j && !kt_below(16))
			insn->operand[j] = (struct agx_operand){
				.kind = AGX_FIMM, .value = (uint16_t)kt_below(256) };
		insn->operand[j].abs = j && kt_below(2);
		insn->operand[j].neg = j && kt_below(2);
	}
	check_matrix(simd, insn);
}

START_TEST(matrix)
{
	struct agx_simd *simd = fp_simd();

	for (int round = fp_rounds(4000); round; round--) {
		struct agx_insn insn = { .n_operands = 4,
					 .op = _i ? AGX_OP_SIMD_MATRIX_FMADD16
						  : AGX_OP_SIMD_MATRIX_FMADD32 };

		if (round % 16 == 0)
			fp_fill(simd);
		for (int l = 0; l < AGX_LANES && round % 4; l++) {
			uint32_t bits = (uint32_t)(kt_random() >> 32);

			for (int r = 0; r < 16; r++)
				simd->reg[r][l] = (bits & 0x9fff9fff) | 0x3c003800;
		}
		check_matrices(simd, &insn);
	}
}
END_TEST

/* Products near the smallest normal number: sums are flushed on the way. */
START_TEST(matrix_denormal)
{
	struct agx_simd *simd = fp_simd();
	struct agx_insn insn = { .op = AGX_OP_SIMD_MATRIX_FMADD32, .n_operands = 4 };

	for (uint32_t j = 0; j < 4; j++)
		insn.operand[j] = fp_reg(AGX_32, 4 * j);
	for (int round = fp_rounds(1000); round; round--) {
		for (int r = 2; r < 8; r++)
			for (int l = 0; l < AGX_LANES; l++) {
				uint32_t bits = (uint32_t)(kt_random() >> 32);

				simd->reg[r][l] = (bits & 0x80ffffff) | (r < 6 ? 0x1f800000 : 0);
			}
		check_matrix(simd, &insn);
	}
}
END_TEST

/* Unit matrices show which element goes where. */
START_TEST(matrix_layout)
{
	struct agx_simd *simd = fp_simd();
	struct agx_insn insn = { .op = AGX_OP_SIMD_MATRIX_FMADD32, .n_operands = 4 };

	insn.operand[0] = fp_reg(AGX_32, 0);
	insn.operand[1] = fp_reg(AGX_16, 8);
	insn.operand[2] = fp_reg(AGX_32, 12);
	insn.operand[3] = (struct agx_operand){ .kind = AGX_FIMM, .value = 0 };
	for (uint32_t l = 0; l < AGX_LANES; l++) {
		uint32_t row = (l >> 4) * 4 + (l >> 1 & 3), column = (l >> 3 & 1) * 4 + (l & 1) * 2;
		struct sf x = { .m = row * 8 + column };

		/* A is the unit matrix, in halves; B numbers its elements. */
		simd->reg[4][l] = row == column ? 0x3c00 : row == column + 1 ? 0x3c000000 : 0;
		simd->reg[6][l] = sf_to_float(x);
		x.m++;
		simd->reg[7][l] = sf_to_float(x);
	}
	agx_exec_float(&insn)(simd, &insn);
	ck_assert_mem_eq(simd->reg[0], simd->reg[6], 2 * sizeof(simd->reg[0]));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exec_fp_across");
	TCase *tc = tcase_create("lanes");

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, reduce, 0, ARRAY_SIZE(reduction));
	tcase_add_loop_test(tc, derivative, 0, 2);
	tcase_add_loop_test(tc, matrix, 0, 2);
	tcase_add_test(tc, matrix_denormal);
	tcase_add_test(tc, matrix_layout);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
