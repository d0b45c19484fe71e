// SPDX-License-Identifier: MIT
/* Streams on pools of threads: every launch on all of them, one after the other. */
#include <stdlib.h>

#include "tests/lib/agx_machine.h"
#include "tests/lib/suite.h"
#include "tools/agx/workers.h"

static const u32 pool_sizes[] = { 1, 2, 5 };

static struct machine m;

static void setup(void)
{
	machine_init(&m);
}

static void teardown(void)
{
	machine_fini(&m);
}

struct heard {
	u32 launches, done;
	u64 groups;
};

static void on_launch(void *ctx, const struct agx_dispatch *dispatch)
{
	struct heard *heard = ctx;

	ck_assert_uint_eq(heard->launches++, heard->done);
	heard->groups += dispatch->n_groups;
}

static void on_done(void *ctx, const struct agx_dispatch *dispatch)
{
	struct heard *heard = ctx;

	(void)dispatch;
	heard->done++;
}

static int run(struct agx_workers *workers, struct heard *heard, struct agx_fault *fault)
{
	struct agx_run_events events = { .ctx = heard, .launch = on_launch, .done = on_done };

	agx_stream_start(&m.walk, &m.space.memory, MACHINE_USC, MACHINE_STREAM, 0, false);
	m.walk.max_steps = 100000000;
	return agx_workers_run(workers, &m.walk, &events, fault);
}

/* Launches of all sizes; each must see all that those before it wrote. */
START_TEST(launches)
{
	static const u32 threads[] = { 1, 32, 33, 640, 4000, 20000, 64 };
	struct agx_workers *workers;
	struct agx_fault fault;
	u32 expected;

	ck_assert_int_eq(agx_workers_create(&workers, pool_sizes[_i]), 0);
	for (size_t i = 0; i < 40; i++)
		machine_launch(&m, &(struct machine_launch){
			.code = "mov r1, thread_in_grid_x; load r2, du0, r1, i32, x, a; wait a\n"
				"imadd r2, r2, 3, 1; store r2, du0, r1, i32, x, a; stop",
			.global = { threads[i % ARRAY_SIZE(threads)], 1, 1 },
			.local = { 32, 1, 1 },
		});
	machine_terminate(&m);
	for (int round = 0; round < 3; round++) {
		struct heard heard = { 0 };

		ck_assert_int_eq(run(workers, &heard, &fault), 0);
		ck_assert_uint_eq(heard.launches, 40);
		ck_assert_uint_eq(heard.done, 40);
	}
	agx_workers_destroy(workers);
	for (u32 thread = 0; thread < 20000; thread++) {
		expected = 0;
		for (u32 i = 0; i < 3 * 40; i++) {
			if (thread < threads[i % 40 % ARRAY_SIZE(threads)])
				expected = 3 * expected + 1;
		}
		if (m.data[thread] != expected)
			ck_abort_msg("thread %u: %08x, not %08x", thread, m.data[thread], expected);
	}
}
END_TEST

/* A fault ends the launch and the stream; the pool goes on with the next one. */
START_TEST(faults)
{
	struct agx_workers *workers;
	struct agx_fault fault;
	struct heard heard = { 0 };

	ck_assert_int_eq(agx_workers_create(&workers, pool_sizes[_i]), 0);
	for (int i = 0; i < 3; i++)
		machine_launch(&m, &(struct machine_launch){
			.code = "mov r1, threadgroup_in_grid_x; ldimm r3, 0x10000; ldimm r2, 900\n"
				"if r1, r2, 1, ugt; store r1, du0, r3, i32, x, a\n"
				"pop_exec 1; stop",
			.global = { i == 1 ? 32000 : 3200, 1, 1 }, .local = { 32, 1, 1 },
		});
	machine_terminate(&m);
	ck_assert_int_eq(run(workers, &heard, &fault), -EFAULT);
	ck_assert_int_eq(fault.kind, AGX_FAULT_UNMAPPED);
	ck_assert_uint_gt(fault.group[0], 900);
	ck_assert_uint_eq(heard.launches, 2);
	ck_assert_uint_eq(heard.done, 2);
	ck_assert_int_eq(run(workers, &heard, &fault), -EFAULT);
	agx_workers_destroy(workers);
}
END_TEST

START_TEST(stream_faults)
{
	struct agx_workers *workers;
	struct agx_fault fault;
	struct heard heard = { 0 };

	ck_assert_int_eq(agx_workers_create(&workers, pool_sizes[_i]), 0);
	machine_packet(&m, &(struct agx_cdm){ .type = AGX_CDM_LINK, .address = 0x5000000000 });
	ck_assert_int_eq(run(workers, &heard, &fault), -EFAULT);
	ck_assert_int_eq(fault.kind, AGX_FAULT_STREAM);
	ck_assert_uint_eq(heard.launches, 0);
	agx_workers_destroy(workers);
}
END_TEST

/* Created and left, with nothing done. */
START_TEST(idle)
{
	struct agx_workers *workers;

	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(agx_workers_create(&workers, pool_sizes[_i]), 0);
		agx_workers_destroy(workers);
	}
	agx_workers_destroy(NULL);
	ck_assert_uint_ge(agx_host_cpus(), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("workers");
	TCase *tcase = tcase_create("workers");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, launches, 0, ARRAY_SIZE(pool_sizes));
	tcase_add_loop_test(tcase, faults, 0, ARRAY_SIZE(pool_sizes));
	tcase_add_loop_test(tcase, stream_faults, 0, ARRAY_SIZE(pool_sizes));
	tcase_add_loop_test(tcase, idle, 0, ARRAY_SIZE(pool_sizes));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
