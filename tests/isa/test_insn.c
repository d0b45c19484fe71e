// SPDX-License-Identifier: MIT
/*
 * Every instruction that can be executed, at random operands, modifiers and masks,
 * against the oracle: all registers of all lanes and all memory, so that what an
 * instruction does not name stays as it was.
 */
#include "pair.h"
#include "random_insn.h"
#include "tests/lib/suite.h"
#include "tools/agx/check.h"

#define STATES 25	/* registers and memory of each instruction */
#define VARIANTS 12	/* of its operands, in each of them */
#define MUTANTS 1000	/* of it */

static u32 random_mask(void)
{
	switch (kt_below(5)) {
	case 0:
		return 0xffffffff;
	case 1:
		return 1u << kt_below(32);
	case 2:
		return 0;
	default:
		return (u32)kt_random();
	}
}

/* What was encoded is what is decoded, but for what has another name: imadd a, b, 0. */
static void check_encoding(const struct pair *pair, const struct agx_insn *insn)
{
	char text[2][AGX_TEXT_MAX];

	if (pair->program.insn[0].op != insn->op)
		return;
	agx_print(text[0], sizeof(text[0]), insn);
	agx_print(text[1], sizeof(text[1]), &pair->program.insn[0]);
	ck_assert_str_eq(text[1], text[0]);
}

START_TEST(instruction)
{
	struct pair *pair;

	if (!random_is_covered((enum agx_op)_i))
		return;
	pair = pair_create();
	for (int s = 0; s < STATES; s++) {
		pair_randomize(pair);
		for (int v = 0; v < VARIANTS; v++) {
			u32 exists = kt_below(4) ? 0xffffffff : 0xffffffff >> kt_below(32);
			struct agx_insn insn;

			random_insn(&insn, (enum agx_op)_i);
			pair_program(pair, &insn, 1, exists);
			pair_handlers(pair, v % 2);
			check_encoding(pair, &insn);
			pair_activate(pair, random_mask());
			ck_assert_msg(pair_step(pair), "%s (KT_SEED %#llx)", pair->why,
				      (unsigned long long)kt_seed);
		}
	}
	pair_destroy(pair);
}
END_TEST

/*
 * Instructions with some bits turned over, as far as they still are some: operands
 * that nobody would write, and addresses that lead nowhere.
 */
START_TEST(mutant)
{
	struct pair *pair;

	if (!random_is_covered((enum agx_op)_i))
		return;
	pair = pair_create();
	for (int i = 0; i < MUTANTS; i++) {
		u8 code[2 * AGX_INSN_MAX] = { 0 };
		unsigned long long seed = kt_seed;
		struct agx_insn insn;
		u32 size;

		if (i % 50 == 0)
			pair_randomize(pair);
		random_insn(&insn, (enum agx_op)_i);
		size = pair_encode(&insn, code);
		for (u32 n = 1 + kt_below(6); n; n--)
			code[kt_below(size)] ^= (u8)(1 << kt_below(8));
		if (agx_decode(&insn, code, AGX_INSN_MAX, NULL) < 0 ||
		    !random_is_covered((enum agx_op)insn.op))
			continue;
		pair_code(pair, code, sizeof(code), 0xffffffff);
		pair_handlers(pair, i % 2);
		pair_activate(pair, random_mask());
		ck_assert_msg(pair_step(pair), "%s (KT_SEED %#llx)", pair->why, seed);
	}
	pair_destroy(pair);
}
END_TEST

/* The highest half that an instruction names, or -1. */
static int highest_half(const struct agx_insn *insn)
{
	struct agx_halves reads, writes;

	agx_reads(insn, &reads);
	agx_writes(insn, &writes);
	for (int h = AGX_HALVES - 1; h >= 0; h--) {
		if ((reads.bits[h / 64] | writes.bits[h / 64]) >> h % 64 & 1)
			return h;
	}
	return -1;
}

/* An instruction faults where it names a register that is not allocated, else not. */
START_TEST(allocation)
{
	struct pair *pair;

	if (!random_is_covered((enum agx_op)_i))
		return;
	pair = pair_create();
	pair_randomize(pair);
	for (int i = 0; i < 200; i++) {
		struct agx_insn insn;
		int half;

		random_insn(&insn, (enum agx_op)_i);
		half = highest_half(&insn);
		for (int n = half; n <= half + 1 && half > 0; n++) {
			bool fails;

			pair_program(pair, &insn, 1, 0xffffffff);
			pair->program.exec[0] = agx_exec_handler(&insn, (u32)n);
			agx_simd_run(&pair->simd, 1);
			fails = pair->simd.state == AGX_FAULTED &&
				pair->simd.fault.kind == AGX_FAULT_REGISTER;
			ck_assert_msg(fails == (n == half), "%s: half %d of %d allocated ones",
				      agx_insn_info(insn.op)->name, half, n);
		}
	}
	pair_destroy(pair);
}
END_TEST

/* Addresses about where memory begins, ends, and may no longer be written. */
static void to_the_borders(struct pair *pair)
{
	struct oracle *o = &pair->oracle;
	u64 border = RANDOM_ADDRESS - PAIR_SIZE / 2 + kt_below(3) * PAIR_SIZE;

	for (int lane = 0; lane < AGX_LANES; lane++) {
		for (int r = RANDOM_BASES; r < RANDOM_INDEX; r += 2)
			o->reg[lane][r] = (u32)border + kt_below(256) - 128;
		o->reg[lane][RANDOM_STACK] = ORACLE_STACK - kt_below(64);
		for (int r = RANDOM_LOCAL; r < RANDOM_LANES; r++)
			o->reg[lane][r] = (RANDOM_LOCAL_SIZE - kt_below(64)) << 16 | kt_below(64);
	}
	for (int u = 0; u < RANDOM_UNIFORM_LOCAL; u += 2)
		o->uniform[u] = (u32)border + kt_below(256) - 128;
}

/* What faults, in which lane, at which address; the rest of the lanes is open. */
START_TEST(faults)
{
	static const u8 ops[] = { AGX_OP_LOAD, AGX_OP_STORE, AGX_OP_ATOMIC, AGX_OP_LLOAD,
				  AGX_OP_LSTORE, AGX_OP_LATOMIC, AGX_OP_STACK_LOAD,
				  AGX_OP_STACK_STORE };
	struct pair *pair = pair_create();
	int n = 0, rounds = 600;

	for (int i = 0; i < rounds; i++) {
		struct agx_insn insns[2] = { { .op = AGX_OP_STACK_ADJUST, .n_operands = 1 } };
		unsigned long long seed = kt_seed;

		insns[0].operand[0] = (struct agx_operand){ .kind = AGX_IMM, .count = 1,
							    .value = ORACLE_STACK / 4 };
		pair_randomize(pair);
		to_the_borders(pair);
		random_insn(&insns[1], (enum agx_op)ops[_i]);
		pair_program(pair, insns, 2, 0xffffffff);
		pair_activate(pair, random_mask());
		ck_assert_msg(pair_run(pair, 2), "%s (KT_SEED %#llx)", pair->why, seed);
		n += pair->simd.state == AGX_FAULTED;
	}
	ck_assert_int_gt(n, rounds / 10);
	ck_assert_int_lt(n, rounds);
	pair_destroy(pair);
}
END_TEST

/* Those that the oracle cannot run alone; tests of their own know them. */
static bool is_tested_elsewhere(enum agx_op op)
{
	switch (op) {
	case AGX_OP_SINR:		/* halves of one function: test_exec_fp_math */
	case AGX_OP_SINC:
	case AGX_OP_DFDX:		/* test_exec_fp_across */
	case AGX_OP_DFDY:
	case AGX_OP_JMP_ANY:		/* test_structured */
	case AGX_OP_JMP_NONE:
	case AGX_OP_STOP ... AGX_OP_CALL_REG:	/* test_exec_flow */
	case AGX_OP_CALL:
	case AGX_OP_BARRIER:		/* test_dispatch */
	case AGX_OP_STACK_ADJUST:	/* above */
	case AGX_OP_UNIFORM_STORE:	/* test_exec_mem */
	case AGX_OP_UNIFORM_STORE_UNK:	/* not executed: nobody knows what it does */
		return true;
	default:
		return false;
	}
}

START_TEST(complete)
{
	for (int op = 0; op < AGX_OP_COUNT; op++) {
		const struct agx_insn_info *info = agx_insn_info((enum agx_op)op);

		if (info->class == AGX_CLASS_GRAPHICS || info->class == AGX_CLASS_HELPER)
			continue;
		ck_assert_msg(random_is_covered((enum agx_op)op) !=
			      is_tested_elsewhere((enum agx_op)op), "%s", info->name);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("insn");
	TCase *t = tcase_create("insn");

	tcase_add_loop_test(t, instruction, 0, AGX_OP_COUNT);
	tcase_add_loop_test(t, mutant, 0, AGX_OP_COUNT);
	tcase_add_loop_test(t, allocation, 0, AGX_OP_COUNT);
	tcase_add_loop_test(t, faults, 0, 8);
	tcase_add_test(t, complete);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return suite_run(s);
}
