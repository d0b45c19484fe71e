// SPDX-License-Identifier: MIT
/*
 * Every instruction that can be executed, at random operands, modifiers and masks,
 * against the oracle: all registers of all lanes and all memory, so that what an
 * instruction does not name stays as it was.
 */
#include "pair.h"
#include "random_insn.h"
#include "tests/lib/suite.h"

#define STATES 25	/* registers and memory of each instruction */
#define VARIANTS 12	/* of its operands, in each of them */

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

/* What was encoded is what is decoded, but for imadd a, b, 0, which is imul. */
static void check_encoding(const struct pair *pair, const struct agx_insn *insn)
{
	char text[2][AGX_TEXT_MAX];

	if (pair->program.insn[0].op == AGX_OP_IMUL)
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

int main(void)
{
	Suite *s = suite_create("insn");
	TCase *t = tcase_create("insn");

	tcase_add_loop_test(t, instruction, 0, AGX_OP_COUNT);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return suite_run(s);
}
