// SPDX-License-Identifier: MIT
/* One launch on several workers at the same time. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/agx_machine.h"
#include "tests/lib/suite.h"

#define WORKERS 4
#define BUDGET 200

static struct machine m;
static struct agx_dispatch dispatch;

static void setup(void)
{
	machine_init(&m);
}

static void teardown(void)
{
	machine_fini(&m);
}

static void *work(void *core)
{
	while (agx_core_run(core, &dispatch, BUDGET) == AGX_CORE_MORE)
		;
	return NULL;
}

static void together(struct agx_core **core)
{
	pthread_t thread[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		ck_assert(!pthread_create(&thread[i], NULL, work, core[i]));
	for (int i = 0; i < WORKERS; i++)
		pthread_join(thread[i], NULL);
}

/* Runs the whole stream: what agx_stream_next() or agx_dispatch_end() said last. */
static int run(void)
{
	struct agx_core *core[WORKERS];
	int ret;

	for (u32 i = 0; i < WORKERS; i++)
		ck_assert_ptr_nonnull(core[i] = agx_core_create(i));
	agx_stream_start(&m.walk, &m.space.memory, MACHINE_USC, MACHINE_STREAM, 0, false);
	m.walk.max_steps = m.max_steps;
	while ((ret = agx_stream_next(&m.walk, &dispatch)) > 0) {
		together(core);
		ret = agx_dispatch_end(&dispatch);
		if (ret)
			break;
	}
	for (u32 i = 0; i < WORKERS; i++)
		agx_core_destroy(core[i]);
	return ret;
}

/* The preamble that one of them runs is what all see. */
START_TEST(each_thread_once)
{
	machine_launch(&m, &(struct machine_launch){
		.preamble = "ldimm r1, 40; ldimm r2, 0\n"
			    "sum: \n iadd r2, r2, r1; isub r1, r1, 1\n"
			    "ldimm r0l, 0; while r1, 0, 1, ugt; jmp_any sum; pop_exec 1\n"
			    "mov u4l, r2l; stop",
		.code = "mov r1, thread_in_grid_x; mov r2, thread_in_grid_y; imadd r1, r2, 100, r1\n"
			"load r3, du0, r1, i32, x, a; wait a; iadd r3, r3, u4l\n"
			"store r3, du0, r1, i32, x, a; stop",
		.global = { 100, 300, 1 }, .local = { 7, 5, 1 },
	});
	machine_terminate(&m);
	ck_assert_int_eq(run(), 0);
	for (u32 i = 0; i < 30000; i++)
		ck_assert_uint_eq(m.data[i], 820);
}
END_TEST

/* Threadgroups reverse themselves in memory of their own; launches follow each other. */
START_TEST(barriers)
{
	for (int i = 0; i < 3; i++)
		machine_launch(&m, &(struct machine_launch){
			.code = "mov r1, thread_index_in_threadgroup; mov r2, threadgroup_in_grid_x\n"
				"imadd r2, r2, 96, r1; load r3, du0, r2, i32, x, a; wait a\n"
				"iadd r3, r3, r2; imul r4, r1, 4; mov r4l, r4l\n"
				"lstore r3, r4l, 0, i32, x; barrier\n"
				"isub r5, 95, r1; imul r5, r5, 4; mov r5l, r5l\n"
				"lload r3, r5l, 0, i32, x; store r3, du0, r2, i32, x, a; stop",
			.global = { 9600, 1, 1 }, .local = { 96, 1, 1 }, .shared = 512,
		});
	machine_terminate(&m);
	ck_assert_int_eq(run(), 0);
	for (u32 i = 0; i < 9600; i++) {
		u32 opposite = i / 96 * 96 + 95 - i % 96;

		ck_assert_uint_eq(m.data[i], 2 * opposite + i);
	}
}
END_TEST

/* All of them count in one word, and everybody gets another number. */
START_TEST(atomics)
{
	u8 *seen = calloc(1, 20000);

	machine_launch(&m, &(struct machine_launch){
		.code = "mov r1, thread_in_grid_x; ldimm r2, 0x8000; ldimm r3, 1\n"
			"atomic r4, r3, du0, r2, add, coherent1, a; wait a\n"
			"store r4, du0, r1, i32, x, a; stop",
		.global = { 20000, 1, 1 }, .local = { 32, 1, 1 },
	});
	machine_terminate(&m);
	ck_assert_int_eq(run(), 0);
	ck_assert_uint_eq(m.data[0x8000], 20000);
	for (u32 i = 0; i < 20000; i++) {
		ck_assert_uint_lt(m.data[i], 20000);
		ck_assert(!seen[m.data[i]]++);
	}
	free(seen);
}
END_TEST

/* Many fault; one fault is kept, whole. */
START_TEST(faults)
{
	machine_launch(&m, &(struct machine_launch){
		.code = "mov r1, threadgroup_in_grid_x; and r2, r1, 15; if r2, 9, 1, ieq\n"
			"ldimm r3, 0x10000; iadd r3, r3, r1, lsl 4; store r1, du0, r3, i32, x, a\n"
			"pop_exec 1; stop",
		.global = { 32000, 1, 1 }, .local = { 32, 1, 1 },
	});
	machine_terminate(&m);
	ck_assert_int_eq(run(), -EFAULT);
	ck_assert_int_eq(dispatch.fault.kind, AGX_FAULT_UNMAPPED);
	ck_assert_uint_eq(dispatch.fault.group[0] % 16, 9);
	ck_assert_uint_eq(dispatch.fault.address,
			  MACHINE_DATA + 0x40000 + 64ull * dispatch.fault.group[0]);
}
END_TEST

START_TEST(runaway)
{
	m.max_steps = 300000;
	machine_launch(&m, &(struct machine_launch){
		.code = "again: \n jmp_any again", .global = { 32000, 1, 1 }, .local = { 32, 1, 1 },
	});
	machine_terminate(&m);
	ck_assert_int_eq(run(), -EFAULT);
	ck_assert_int_eq(dispatch.fault.kind, AGX_FAULT_RUNAWAY);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dispatch_threads");
	TCase *tc = tcase_create("dispatch_threads");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, each_thread_once);
	tcase_add_test(tc, barriers);
	tcase_add_test(tc, atomics);
	tcase_add_test(tc, faults);
	tcase_add_test(tc, runaway);
	return suite_run(suite);
}
