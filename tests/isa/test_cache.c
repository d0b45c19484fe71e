// SPDX-License-Identifier: MIT
/* Decoded programs that are kept: found while they are the same, and not beyond. */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/agx_machine.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/suite.h"

#define ROOM (1u << 20)

static struct machine m;
static struct agx_tlb tlb;

static void setup(void)
{
	machine_init(&m);
	agx_tlb_init(&tlb, &m.space.memory);
}

static void teardown(void)
{
	machine_fini(&m);
}

static void decode(struct agx_program *program, u32 offset)
{
	struct agx_error err = { .text = "" };
	int ret = agx_program_init(program, m.usc + offset, MACHINE_SIZE - offset,
				   MACHINE_USC + offset, 64, &err);

	ck_assert_msg(!ret, "%s", err.text);
}

/* A program of n instructions and a stop: its offset. */
static u32 code_of(u32 n)
{
	char *text = calloc(n + 1, 24), *end = text;
	u32 offset;

	for (u32 i = 0; i < n; i++)
		end += sprintf(end, "iadd r1, r1, %u;", i & 255);
	sprintf(end, "stop");
	offset = machine_code(&m, text);
	free(text);
	return offset;
}

static bool find(struct agx_cache *cache, u32 offset, u32 n_regs)
{
	struct agx_program program = { 0 };
	bool found = agx_cache_find(cache, &tlb, MACHINE_USC + offset, n_regs, &program);

	if (found)
		ck_assert(program.n_insns && !program.memory);
	agx_program_destroy(&program);
	return found;
}

/* Uses the program until it is destroyed. */
static void add_and_use(struct agx_cache *cache, struct agx_program *program, u32 offset,
			bool want_taken)
{
	decode(program, offset);
	agx_cache_add(cache, program);
	ck_assert(!program->memory == want_taken);
	ck_assert(program->n_insns);
}

static void add(struct agx_cache *cache, u32 offset, bool want_taken)
{
	struct agx_program program;

	add_and_use(cache, &program, offset, want_taken);
	agx_program_destroy(&program);
}

START_TEST(found_while_the_same)
{
	struct agx_cache *cache = agx_cache_create(ROOM);
	u32 a = code_of(600), b = code_of(1);

	ck_assert(!find(cache, a, 64));
	add(cache, a, true);
	add(cache, b, true);
	for (int i = 0; i < 3; i++) {
		ck_assert(find(cache, a, 64));
		ck_assert(find(cache, b, 64));
		ck_assert(!find(cache, a, 56));
		ck_assert(!find(cache, a + 8, 64));
	}
	/* Each of its bytes counts, on each of its pages, and none behind it. */
	for (u32 at = a; at < a + 600 * 8 + 2; at += 7) {
		m.usc[at] ^= 0x80;
		ck_assert(!find(cache, a, 64));
		m.usc[at] ^= 0x80;
	}
	m.usc[a + 600 * 8 + 2] ^= 1;
	ck_assert(find(cache, a, 64));
	agx_cache_destroy(cache);
	agx_cache_destroy(NULL);
}
END_TEST

/* Two address spaces may have different code at one address: both are kept. */
START_TEST(same_address)
{
	struct agx_cache *cache = agx_cache_create(ROOM);
	u32 a = code_of(3);

	add(cache, a, true);
	m.usc[a + 4] ^= 1;
	ck_assert(!find(cache, a, 64));
	add(cache, a, true);
	ck_assert(find(cache, a, 64));
	m.usc[a + 4] ^= 1;
	ck_assert(find(cache, a, 64));
	agx_cache_destroy(cache);
}
END_TEST

START_TEST(no_more_than_there_is_room_for)
{
	struct agx_cache *cache = agx_cache_create(100000);
	u32 big = code_of(400), other = code_of(400), huge = code_of(2000);
	struct agx_program used[2];

	add_and_use(cache, &used[0], big, true);
	add_and_use(cache, &used[1], other, true);
	/* What is used stays, so there is no room. */
	add(cache, code_of(400), false);
	ck_assert(!agx_cache_evict(cache));
	agx_program_destroy(&used[1]);
	add(cache, huge, false);
	ck_assert(find(cache, big, 64));
	ck_assert(!find(cache, other, 64));
	add(cache, other, true);
	agx_program_destroy(&used[0]);
	agx_cache_destroy(cache);

	cache = agx_cache_create(0);
	add(cache, big, false);
	agx_cache_destroy(cache);
}
END_TEST

/* Copies of one program, each of which keeps it. */
START_TEST(used_twice)
{
	struct agx_cache *cache = agx_cache_create(ROOM);
	struct agx_program one, two;
	u32 a = code_of(3);

	add_and_use(cache, &one, a, true);
	ck_assert(agx_cache_find(cache, &tlb, MACHINE_USC + a, 64, &two));
	ck_assert(two.insn == one.insn);
	agx_program_destroy(&one);
	ck_assert(!agx_cache_evict(cache));
	ck_assert_int_eq(two.insn[3].op, AGX_OP_STOP);
	agx_program_destroy(&two);
	ck_assert(agx_cache_evict(cache));
	ck_assert(!agx_cache_evict(cache));
	ck_assert(!find(cache, a, 64));
	agx_cache_destroy(cache);
}
END_TEST

/* The ones used last stay. */
START_TEST(oldest_goes_first)
{
	struct agx_cache *cache = agx_cache_create(ROOM * 16);
	u32 offset[AGX_CACHE_PROGRAMS + 10];

	for (u32 i = 0; i < ARRAY_SIZE(offset); i++) {
		offset[i] = code_of(1 + i % 3);
		add(cache, offset[i], true);
		ck_assert(find(cache, offset[0], 64));
	}
	for (u32 i = 0; i < ARRAY_SIZE(offset); i++)
		ck_assert_msg(find(cache, offset[i], 64) == (i == 0 || i > 10), "%u", i);
	agx_cache_destroy(cache);
}
END_TEST

START_TEST(in_a_stream)
{
	m.cache = agx_cache_create(ROOM);
	for (int i = 0; i < 4; i++)
		machine_launch(&m, &(struct machine_launch){
			.preamble = "ldimm r1, 1; mov u4l, r1l; stop",
			.code = "ldimm r1, 1; ldimm r2, 0; mov r1, u4l\n"
				"atomic _, r1, du0, r2, add, coherent1, a; stop",
			.global = { 50, 1, 1 },
		});
	machine_terminate(&m);
	for (u32 i = 1; i < 4; i++) {
		ck_assert_int_eq(machine_run(&m, 2, 3), 0);
		ck_assert_uint_eq(m.data[0], 200 * i);
	}
	agx_cache_destroy(m.cache);
}
END_TEST

#if CAN_FAIL_MALLOC
/* Once it is there, it needs none. */
START_TEST(no_memory)
{
	struct agx_cache *cache;
	struct agx_program program;
	u32 a = code_of(1);

	fm_left = 0;
	cache = agx_cache_create(ROOM);
	fm_left = -1;
	ck_assert_ptr_null(cache);
	cache = agx_cache_create(ROOM);
	decode(&program, a);
	fm_left = 0;
	agx_cache_add(cache, &program);
	agx_program_destroy(&program);
	fm_left = -1;
	ck_assert(find(cache, a, 64));
	agx_cache_destroy(cache);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("cache");
	TCase *tc = tcase_create("cache");

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, found_while_the_same);
	tcase_add_test(tc, same_address);
	tcase_add_test(tc, no_more_than_there_is_room_for);
	tcase_add_test(tc, used_twice);
	tcase_add_test(tc, oldest_goes_first);
	tcase_add_test(tc, in_a_stream);
#if CAN_FAIL_MALLOC
	tcase_add_test(tc, no_memory);
#else
	suite_skip("no_memory", "this build cannot make allocations fail");
#endif
	return suite_run(suite);
}
