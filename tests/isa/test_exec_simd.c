// SPDX-License-Identifier: MIT
/* Instructions across lanes, and special registers, against plain C. */
#include "exec.h"

#define ROUNDS 2000

static void start_step(struct bench *b, const struct agx_insn *insn)
{
	if (!bench_one(b, insn))
		ck_abort_msg("operation %u cannot be encoded", insn->op);
	bench_start(b);
	if (bench_step(b) != AGX_RUNNING)
		ck_abort_msg("%s: state %u", bench_text(b), b->simd.state);
}

/* All lanes see what was before: results are computed first. */
static void check(struct bench *b, const struct agx_insn *insn, const u32 want[AGX_LANES])
{
	for (u32 l = 0; l < AGX_LANES; l++)
		if (is_active(b, l))
			bench_expect(b, &insn->operand[0], l, want[l]);
	bench_check(b);
}

/* --- shuffle -------------------------------------------------------------- */

/* As the hardware was seen to do it: quads first, each lane then picks one. */
static u32 shuffled(const struct bench *b, const struct agx_insn *insn, u32 t)
{
	bool quad = insn->flags & AGX_QUAD;
	u32 width = quad ? 4 : 32, first = t & ~(width - 1), i = t - first;
	u32 index = (u32)bench_read(b, &insn->operand[2], t), low = 0, k, other;
	s64 want;

	if (insn->subop == AGX_SHUFFLE_XOR)
		want = i ^ index;
	else if (insn->subop == AGX_SHUFFLE_UP)
		want = (s64)i - index;
	else if (insn->subop == AGX_SHUFFLE_DOWN)
		want = (s64)i + index;
	else
		want = index;
	if (insn->flags & AGX_ROTATE)
		want = (s64)((u64)want & (width - 1));
	if (want < 0 || want >= width)
		return (u32)bench_read(b, &insn->operand[1], t);

	k = (first + (u32)want) / 4 * 4;
	for (u32 l = k; l < k + 4; l++)
		low |= (u32)bench_read(b, &insn->operand[2], l) & 3;
	other = insn->subop == AGX_SHUFFLE_XOR	? (t & 3) ^ low
		: insn->subop == AGX_SHUFFLE_UP	  ? (t - low) & 3
		: insn->subop == AGX_SHUFFLE_DOWN ? (t + low) & 3
						  : low;
	return (u32)bench_read(b, &insn->operand[1], k + other);
}

/* Small amounts, the same in all lanes, or with one bit more here and there. */
static void fill_index(struct bench *b, const struct agx_operand *o)
{
	u32 base = kt_below(34), kind = kt_below(4);

	if (o->kind != AGX_REG || !kind)
		return;
	for (u32 l = 0; l < AGX_LANES; l++) {
		u32 index = kind == 1	? base
			    : kind == 2 ? kt_below(40)
					: kt_below(8) * 4 + base % 4;
		u32 s = o->value % 2 * 16, *reg = &b->simd.reg[o->value / 2][l];

		*reg = (*reg & ~(0xffffu << s)) | index << s;
	}
}

START_TEST(shuffle)
{
	struct bench *b = bench_new();

	for (int i = 0; i < 4 * ROUNDS; i++) {
		struct agx_insn insn = { .op = AGX_OP_SHUFFLE, .n_operands = 3 };
		u32 want[AGX_LANES];

		insn.subop = (u8)kt_below(4);
		insn.flags = kt_below(2) * AGX_QUAD;
		if (insn.subop == AGX_SHUFFLE_UP)
			insn.flags |= kt_below(2) * AGX_ROTATE;
		insn.operand[0] = any_dest(AGX_32);
		insn.operand[1] = any_source(AGX_32);
		insn.operand[2] = kt_below(3) ? half(1 + kt_below(255)) : imm(kt_below(40));
		if (!bench_one(b, &insn))
			ck_abort_msg("operation %u cannot be encoded", insn.op);
		bench_start(b);
		fill_index(b, &insn.operand[2]);
		if (bench_step(b) != AGX_RUNNING)
			ck_abort_msg("%s: state %u", bench_text(b), b->simd.state);
		for (u32 l = 0; l < AGX_LANES; l++)
			want[l] = shuffled(b, &insn, l);
		check(b, &insn, want);
	}
}
END_TEST

/* --- reductions ----------------------------------------------------------- */

static const struct {
	u8 op;
	u32 none, none_half;
} reductions[] = {
	{ AGX_REDUCE_AND, ~0u, 0xffff },
	{ AGX_REDUCE_OR, 0, 0 },
	{ AGX_REDUCE_XOR, 0, 0 },
	{ AGX_REDUCE_IADD, 0, 0 },
	{ AGX_REDUCE_SMIN, 0x7fffffff, 0x7fff },
	{ AGX_REDUCE_SMAX, 0x80000000, 0xffff8000 },
	{ AGX_REDUCE_UMIN, ~0u, 0xffff },
	{ AGX_REDUCE_UMAX, 0, 0 },
};

static u32 combined(u32 op, u32 a, u32 b)
{
	switch (op) {
	case AGX_REDUCE_AND:
		return a & b;
	case AGX_REDUCE_OR:
		return a | b;
	case AGX_REDUCE_XOR:
		return a ^ b;
	case AGX_REDUCE_IADD:
		return a + b;
	case AGX_REDUCE_SMIN:
		return (s32)a < (s32)b ? a : b;
	case AGX_REDUCE_SMAX:
		return (s32)a > (s32)b ? a : b;
	case AGX_REDUCE_UMIN:
		return a < b ? a : b;
	default:
		return a > b ? a : b;
	}
}

START_TEST(reduce)
{
	u32 op = reductions[_i].op;
	bool sign = op == AGX_REDUCE_SMIN || op == AGX_REDUCE_SMAX;
	struct bench *b = bench_new();

	for (int i = 0; i < ROUNDS; i++) {
		struct agx_insn insn = { .op = kt_below(2) ? AGX_OP_SIMD : AGX_OP_QUAD };
		const struct agx_operand *o = &insn.operand[1];
		u32 width = insn.op == AGX_OP_QUAD ? 4 : 32, want[AGX_LANES];
		bool is_half;

		insn.n_operands = 2;
		insn.subop = (u8)op;
		insn.flags = kt_below(2) * AGX_PREFIX;
		insn.operand[0] = any_dest(AGX_32);
		insn.operand[1] = any_source(AGX_32);
		start_step(b, &insn);
		is_half = o->kind == AGX_IMM ? insn.operand[0].size == AGX_16
					     : o->size == AGX_16;
		for (u32 l = 0; l < AGX_LANES; l++) {
			u32 first = l & ~(width - 1);
			u32 end = insn.flags & AGX_PREFIX ? l : first + width;
			/* The identity is not seen where any lane takes part. */
			u32 sum = is_half ? reductions[_i].none_half : reductions[_i].none;

			for (u32 t = first; t < end; t++)
				if (is_active(b, t))
					sum = combined(op, sum,
						       sign ? (u32)bench_read_signed(b, o, t)
							    : (u32)bench_read(b, o, t));
			want[l] = sum;
		}
		check(b, &insn, want);
	}
}
END_TEST

/* --- ballot --------------------------------------------------------------- */

START_TEST(ballot)
{
	static const u8 conds[] = { AGX_IEQ, AGX_ULT, AGX_UGT, AGX_SEQ, AGX_SLT, AGX_SGT };
	struct bench *b = bench_new();

	for (int i = 0; i < 2 * ROUNDS; i++) {
		struct agx_insn insn = { .op = AGX_OP_ICMP_BALLOT, .n_operands = 3 };
		const struct agx_operand *o = insn.operand;
		u32 lanes = 0, want[AGX_LANES];

		insn.operand[0] = any_dest(AGX_32);
		insn.operand[1] = any_source(AGX_32);
		insn.operand[2] = any_source(AGX_32);
		insn.cond = (u8)(conds[kt_below(ARRAY_SIZE(conds))] | kt_below(2) * AGX_COND_NOT);
		insn.flags = kt_below(2) * AGX_QUAD;
		start_step(b, &insn);
		for (u32 l = 0; l < AGX_LANES; l++) {
			bool sign = insn.cond & 4, is;
			s64 x = bench_read_extended(b, &o[1], l, sign);
			s64 y = bench_read_extended(b, &o[2], l, sign);

			is = (insn.cond & 3) == 0 ? x == y : (insn.cond & 3) == 1 ? x < y : x > y;
			if (insn.cond & AGX_COND_NOT)
				is = !is;
			lanes |= (u32)(is && is_active(b, l)) << l;
		}
		for (u32 l = 0; l < AGX_LANES; l++)
			want[l] = insn.flags & AGX_QUAD ? lanes >> l / 4 * 4 & 15 : lanes;
		check(b, &insn, want);
	}
}
END_TEST

START_TEST(ballot_active)
{
	struct bench *b = bench_new();

	for (int i = 0; i < ROUNDS; i++) {
		struct agx_insn insn = { .op = AGX_OP_BALLOT, .n_operands = 1 };
		u32 want[AGX_LANES];

		insn.operand[0] = any_dest(AGX_32);
		start_step(b, &insn);
		for (u32 l = 0; l < AGX_LANES; l++)
			want[l] = b->before.active;
		check(b, &insn, want);
	}
}
END_TEST

/* --- special registers ---------------------------------------------------- */

static u32 count_bits(u32 x)
{
	u32 n = 0;

	for (; x; x &= x - 1)
		n++;
	return n;
}

static u32 special(const struct bench *b, u32 sr, u32 l)
{
	const struct agx_group *g = &b->group;
	u32 active = b->before.active, t = b->simd.index * 32 + l, axis = sr & 3, at[3];

	at[0] = t % g->actual[0];
	at[1] = t / g->actual[0] % g->actual[1];
	at[2] = t / (g->actual[0] * g->actual[1]);
	switch (sr) {
	case 0: case 1: case 2:
		return g->id[axis];
	case 4: case 5: case 6:
		return g->actual[axis];
	case 8: case 9: case 10:
		return g->nominal[axis];
	case 20:
		return g->core_index;
	case 48: case 49: case 50:
		return at[axis];
	case 51:
		return t;
	case 52:
		return l;
	case 53:
		return b->simd.index;
	case 56:
		return count_bits(active >> l / 4 * 4 & ((1u << l % 4) - 1));
	case 57:
		return count_bits(active >> l / 4 * 4 & 15);
	case 58:
		return count_bits(active & ((1u << l) - 1));
	case 59:
		return count_bits(active);
	case 63:
		return active >> l & 1;
	case 80: case 81: case 82:
		return g->id[axis] * g->nominal[axis] + at[axis];
	default:
		return 0;
	}
}

static const u8 srs[] = {
	0, 1, 2, 4, 5, 6, 8, 9, 10, 20, 21, 48, 49, 50, 51, 52, 53, 56, 57, 58, 59, 63, 80, 81, 82,
};

START_TEST(special_register)
{
	u32 sr = srs[_i];
	struct bench *b = bench_new();

	for (int i = 0; i < 200; i++) {
		struct agx_insn insn = { .op = AGX_OP_MFSR, .n_operands = 1, .sr = (u8)sr };
		u32 want[AGX_LANES], active;

		insn.operand[0] = any_dest(AGX_32);
		b->group.core_index = kt_below(100);
		for (int k = 0; k < 3; k++) {
			b->group.nominal[k] = 2 + kt_below(8);
			b->group.actual[k] = 1 + kt_below(b->group.nominal[k]);
			b->group.id[k] = kt_below(1000);
		}
		ck_assert(bench_one(b, &insn));
		bench_start(b);
		/* A later SIMD-group, with the mask that the first has got. */
		active = b->simd.active;
		agx_simd_start(&b->simd, &b->program, &b->group, &b->tlb, kt_below(2));
		for (u32 l = 0; l < AGX_LANES; l++)
			b->simd.reg[0][l] = active >> l & 1 ? 0 : 1;
		agx_simd_update_mask(&b->simd);
		ck_assert_int_eq(bench_step(b), AGX_RUNNING);
		for (u32 l = 0; l < AGX_LANES; l++)
			want[l] = special(b, sr, l);
		check(b, &insn, want);
	}
}
END_TEST

/* Those that have no value here. */
static const u8 unknown_srs[] = { 12, 13, 14, 60, 62, 124, 144, 146, 147 };

START_TEST(special_unknown)
{
	struct bench *b = bench_new();
	struct agx_insn insn = { .op = AGX_OP_MFSR, .n_operands = 1, .sr = unknown_srs[_i] };

	insn.operand[0] = reg32(1);
	if (!bench_one(b, &insn))
		return;
	bench_start(b);
	ck_assert_int_eq(bench_step(b), AGX_FAULTED);
	ck_assert_int_eq(b->simd.fault.kind, AGX_FAULT_ILLEGAL);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, shuffle);
	tcase_add_loop_test(tc, reduce, 0, ARRAY_SIZE(reductions));
	tcase_add_test(tc, ballot);
	tcase_add_test(tc, ballot_active);
	tcase_add_loop_test(tc, special_register, 0, ARRAY_SIZE(srs));
	tcase_add_loop_test(tc, special_unknown, 0, ARRAY_SIZE(unknown_srs));
}

int main(void)
{
	return bench_suite("exec_simd", add_tests);
}
