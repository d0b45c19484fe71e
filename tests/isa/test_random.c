// SPDX-License-Identifier: MIT
/*
 * Random programs of every instruction that can be executed and does not jump:
 * step by step against the oracle, and once more at one go and with the handlers
 * for another CPU, which must end the same.
 */
#include "pair.h"
#include "random_insn.h"
#include "tests/lib/suite.h"

#define PROGRAMS 1500
#define LENGTH 60

static enum agx_op random_op(void)
{
	enum agx_op op;

	do {
		op = (enum agx_op)kt_below(AGX_OP_COUNT);
	} while (!random_is_covered(op));
	return op;
}

/* What one go starts from: the pair as it was. */
struct snapshot {
	u32 reg[AGX_REGS][AGX_LANES];
	u8 bytes[PAIR_SIZE];
	u8 local[RANDOM_LOCAL_SIZE];
};

static void save(struct snapshot *s, const struct pair *pair)
{
	memcpy(s->reg, pair->simd.reg, sizeof(s->reg));
	memcpy(s->bytes, pair->bytes[0], sizeof(s->bytes));
	memcpy(s->local, pair->local, sizeof(s->local));
}

static void restore(struct pair *pair, const struct snapshot *s)
{
	u32 exists = pair->simd.exists;

	agx_simd_destroy(&pair->simd);
	agx_simd_start(&pair->simd, &pair->program, &pair->group, &pair->tlb, 0);
	pair->simd.exists = exists;
	memcpy(pair->simd.reg, s->reg, sizeof(s->reg));
	memcpy(pair->bytes[0], s->bytes, sizeof(s->bytes));
	memcpy(pair->local, s->local, sizeof(s->local));
	agx_simd_update_mask(&pair->simd);
}

static void random_program(struct agx_insn *insns)
{
	memset(insns, 0, sizeof(*insns));
	insns[0].op = AGX_OP_STACK_ADJUST;
	insns[0].n_operands = 1;
	insns[0].operand[0] = (struct agx_operand){ .kind = AGX_IMM, .count = 1,
						    .value = ORACLE_STACK / 4 };
	for (int i = 1; i < LENGTH; i++)
		random_insn(&insns[i], random_op());
}

/* FNV-1a of all registers, to compare machines by. */
static u64 digest(u64 hash, const struct pair *pair)
{
	const u8 *bytes = (const u8 *)pair->simd.reg;

	for (size_t i = 0; i < sizeof(pair->simd.reg); i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

START_TEST(programs)
{
	static struct snapshot start;
	struct pair *pair = pair_create();
	u64 hash = 0xcbf29ce484222325;

	for (int i = 0; i < PROGRAMS; i++) {
		struct agx_insn insns[LENGTH];
		unsigned long long seed = kt_seed;

		pair_randomize(pair);
		random_program(insns);
		pair_program(pair, insns, LENGTH, kt_below(4) ? 0xffffffff : (u32)kt_random());
		pair_activate(pair, kt_below(2) ? 0xffffffff : (u32)kt_random());
		save(&start, pair);
		pair_handlers(pair, i % 2);
		ck_assert_msg(pair_run(pair, LENGTH + 1), "%s (KT_SEED %#llx)", pair->why, seed);
		ck_assert_int_eq(pair->simd.state, AGX_STOPPED);
		restore(pair, &start);
		pair_handlers(pair, !(i % 2));
		ck_assert_int_eq(agx_simd_run(&pair->simd, 1 << 20), AGX_STOPPED);
		ck_assert_uint_le(pair->simd.steps, LENGTH + 1);
		ck_assert_msg(pair_same(pair), "at one go: %s (KT_SEED %#llx)", pair->why, seed);
		hash = digest(hash, pair);
	}
	printf("# registers at the end: %#llx\n", (unsigned long long)hash);
	fflush(stdout);
	pair_destroy(pair);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("random");
	TCase *t = tcase_create("random");

	tcase_add_test(t, programs);
	tcase_set_timeout(t, 240);
	suite_add_tcase(s, t);
	return suite_run(s);
}
