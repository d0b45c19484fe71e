// SPDX-License-Identifier: MIT
/*
 * Work that does not end: ETIMEDOUT, by the clock or by steps, ECANCELED for what else
 * was in flight, and everything works afterwards.
 */
#include <signal.h>
#include <unistd.h>

#include "gpu.h"

static struct ut_gpu gpu;

#define STREAM_END (UT_STREAM + UT_SIZE)

static const char forever[] = "@loop\n@until 0, 1, ieq\n";

static void setup(const char *param, const char *value)
{
	ut_gpu_init(&gpu);
	if (!ut_set_param(param, value))
		ut_skip("the module's parameters cannot be changed");
}

static u64 runaway(u32 threads)
{
	return ut_stream(&gpu, &(struct ut_launch){
		.code = "ldimm r1, 1\n@loop\niadd r1, r1, 1\n@until r1, 0, ult\n",
		.global = { threads }, .local = { 64 },
	});
}

static void check_works(struct ut_gpu *g, u32 number)
{
	u32 word = 0;

	ut_ok(ut_poke(g, UT_DATA, number));
	ut_ok(ut_peek(g, UT_DATA, &word));
	ut_eq(word, number);
}

/* --- by the clock ------------------------------------------------------------------------ */

static void by_the_clock(void)
{
	u64 start;

	setup("timeout_ms", "300");
	start = ut_now();
	ut_ret(ut_run_stream(&gpu, runaway(1)), -ETIMEDOUT);
	/* Emulated clocks are no clocks, but not that bad. */
	ut_assert(ut_now() - start >= 100000000ull);
	ut_assert(ut_now() - start < 30000000000ull);
	check_works(&gpu, 1);
}

/* On all cores at once. */
static void many_threads(void)
{
	setup("timeout_ms", "300");
	ut_ret(ut_run_stream(&gpu, runaway(10000)), -ETIMEDOUT);
	check_works(&gpu, 1);
}

static void in_a_preamble(void)
{
	setup("timeout_ms", "300");
	ut_ret(ut_run(&gpu, &(struct ut_launch){
		.code = ".preamble\n@loop\n@until 0, 1, ieq\n.endpreamble\nmov r1, 1\n",
		.global = { 1000 }, .local = { 32 },
	}), -ETIMEDOUT);
	check_works(&gpu, 1);
}

/* One SIMD-group goes round, the other waits for it at a barrier. */
static void at_a_barrier(void)
{
	setup("timeout_ms", "300");
	ut_ret(ut_run(&gpu, &(struct ut_launch){
		.code = "mov r1, simdgroup_index_in_threadgroup\n"
			"@if r1, 0, ieq\n"
			"@loop\n"
			"@until 0, 1, ieq\n"
			"@endif\n"
			"barrier\n",
		.global = { 64 }, .local = { 64 }, .unchecked = true,
	}), -ETIMEDOUT);
	check_works(&gpu, 1);
}

/* A stream of ever more launches, each of which ends. */
static void launches_without_end(void)
{
	u64 stream;
	int error;

	setup("timeout_ms", "1000");
	stream = ut_begin(&gpu);
	ut_launch(&gpu, &(struct ut_launch){ .code = "mov r1, thread_in_grid_x\n" });
	ut_packet(&gpu, &(struct agx_cdm){ .type = AGX_CDM_LINK, .address = stream });
	error = ut_run_stream(&gpu, stream);
	/* So many links are an error, too. */
	ut_assert(error == -ETIMEDOUT || error == -EIO);
	check_works(&gpu, 1);
}

static u64 time_of(u32 threads, u32 turns)
{
	u64 start = ut_now();

	ut_ok(ut_run(&gpu, &(struct ut_launch){
		.code = ".uniform n, u32\nldimm r1, 0\n@loop\niadd r1, r1, 1\n@until r1, n, uge\n",
		.args = { turns },
		.global = { threads }, .local = { 32 },
	}));
	return ut_now() - start;
}

/* Threadgroup after threadgroup, each of which takes less: several times the time. */
static void not_while_it_gets_on(void)
{
	enum { TURNS = 10000, TIMEOUT_MS = 700 };
	u64 one, groups;

	setup("timeout_ms", "0");
	time_of(32 * 100, TURNS);
	one = time_of(32 * 100, TURNS) / 100 + 1;
	groups = 3 * TIMEOUT_MS * 1000000ull / one;
	ut_assert(ut_set_param("timeout_ms", "700"));
	ut_assert(time_of((u32)(32 * groups), TURNS) > TIMEOUT_MS * 1000000ull);
}

/* Many commands that each take a tenth of the time, on a machine as fast as it was just now. */
static void each_command_has_its_time(void)
{
	enum { TURNS = 20000, TIMEOUT_MS = 2000, COMMANDS = 20 };
	struct ut_cmds cmds = { .size = 0 };
	u64 one, turns, stream;

	setup("timeout_ms", "0");
	time_of(32, TURNS);
	one = time_of(32, TURNS) + 1;
	turns = TURNS * (TIMEOUT_MS / 10 * 1000000ull) / one + 1;
	ut_assert(ut_set_param("timeout_ms", "2000"));
	stream = ut_stream(&gpu, &(struct ut_launch){
		.code = ".uniform n, u32\nldimm r1, 0\n@loop\niadd r1, r1, 1\n@until r1, n, uge\n",
		.args = { turns < UINT32_MAX ? turns : UINT32_MAX },
	});
	for (u32 i = 0; i < COMMANDS; i++)
		ut_cmd_compute(&cmds, stream, STREAM_END);
	ut_ok(ut_fence_error(gpu.fd, ut_start(&gpu, &cmds)));
}

/* Time in the queue does not count. */
static void waiting_has_no_limit(void)
{
	static struct ut_gpu other;
	struct drm_asahi_sync syncs[2];
	struct ut_cmds cmds = { .size = 0 };

	setup("timeout_ms", "0");
	ut_gpu_init_on(&other, gpu.fd);
	syncs[0] = ut_binary(ut_start_stream(&gpu, ut_spin(&gpu)));
	ut_spin_runs(&gpu);
	syncs[1] = ut_binary(ut_syncobj(gpu.fd, false));
	ut_cmd_compute(&cmds, ut_stream(&other, &(struct ut_launch){
		.code = ".uniform dst, buffer\n ldimm r1, 3\n store r1, dst, 0, i32, x, a\n",
		.args = { UT_DATA },
	}), STREAM_END);
	ut_ok(ut_submit(gpu.fd, other.queue, &cmds, syncs, 1, 1));
	ut_sleep_ms(700);
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, syncs[1].handle));
	ut_eq(other.data[0], 3);
}

/* --- by steps ------------------------------------------------------------------------------ */

static void by_steps(void)
{
	setup("max_steps", "100000");
	ut_ret(ut_run_stream(&gpu, runaway(1)), -ETIMEDOUT);
	ut_ret(ut_run_stream(&gpu, runaway(10000)), -ETIMEDOUT);
	ut_ret(ut_run(&gpu, &(struct ut_launch){ .code = forever }), -ETIMEDOUT);
	check_works(&gpu, 1);
}

/* Of each launch, not of all of them. */
static void each_launch_has_its_steps(void)
{
	const struct ut_launch launch = {
		.code = ".uniform n, u32\nldimm r1, 0\n@loop\niadd r1, r1, 1\n@until r1, n, uge\n",
		.args = { 10000 },
	};
	u64 stream;

	setup("max_steps", "100000");
	stream = ut_begin(&gpu);
	for (u32 i = 0; i < 30; i++)
		ut_launch(&gpu, &launch);
	ut_end(&gpu);
	ut_ok(ut_run_stream(&gpu, stream));
}

/* --- who else is hit -------------------------------------------------------------------------- */

static void innocent_vm(void)
{
	static struct ut_gpu other;
	u32 guilty, innocent;

	/* Steps, so that it is known which of two runs away. */
	setup("max_steps", "20000000");
	ut_gpu_init_on(&other, gpu.fd);
	innocent = ut_start_stream(&other, ut_stream(&other, &(struct ut_launch){
		.code = ".uniform flag, buffer\n"
			".uniform runs, buffer\n"
			"ldimm r1, 1\n"
			"store r1, runs, 0, i32, x, a\n"
			"wait a\n"
			"@loop\n"
			"load r1, flag, 0, i32, x, a\n"
			"wait a\n"
			"@until r1, 0, ine\n",
		.args = { UT_DATA, UT_DATA + 4 },
	}));
	while (!__atomic_load_n(&other.data[1], __ATOMIC_SEQ_CST))
		ut_sleep_ms(1);
	/* From now on; the innocent began with more. */
	ut_set_param("max_steps", "1000");
	guilty = ut_start_stream(&gpu, runaway(1));
	ut_ret(ut_fence_error(gpu.fd, guilty), -ETIMEDOUT);
	ut_ret(ut_fence_error(gpu.fd, innocent), -ECANCELED);
	check_works(&other, 2);
	check_works(&gpu, 3);
}

/* Behind it on the queue. */
static void same_queue(void)
{
	u32 first, second;

	setup("timeout_ms", "500");
	first = ut_start_stream(&gpu, runaway(1));
	second = ut_start_stream(&gpu, runaway(1));
	ut_ret(ut_fence_error(gpu.fd, first), -ETIMEDOUT);
	ut_ret(ut_fence_error(gpu.fd, second), -ECANCELED);
	check_works(&gpu, 1);
}

/* Timestamps of what timed out may be there or not; the GPU works. */
static void again_and_again(void)
{
	setup("max_steps", "5000");
	for (u32 i = 0; i < ut_cycles(50); i++) {
		ut_ret(ut_run_stream(&gpu, runaway(1 + i % 3 * 100)), -ETIMEDOUT);
		gpu.usc_used = 0;
		gpu.stream_used = 0;
	}
	check_works(&gpu, 1);
}

/* Nobody waits for it: its process is killed, and others go on. */
static void run_and_wait_for_the_end(void *ctx)
{
	ut_gpu_init(&gpu);
	ut_start_stream(&gpu, runaway(100));
	ut_eq(write(*(int *)ctx, "", 1), 1);
	pause();
}

static void killed(void)
{
	int ends[2], pid;
	char c;

	setup("timeout_ms", "0");
	ut_assert(!pipe(ends));
	pid = ut_fork(run_and_wait_for_the_end, &ends[1]);
	ut_eq(read(ends[0], &c, 1), 1);
	ut_sleep_ms(30);
	ut_kill(pid);
	check_works(&gpu, 1);
}

static const struct ut_test tests[] = {
	UT(by_the_clock),
	UT(many_threads),
	UT(in_a_preamble),
	UT(at_a_barrier),
	UT(launches_without_end),
	UT(not_while_it_gets_on),
	UT(each_command_has_its_time),
	UT(waiting_has_no_limit),
	UT(by_steps),
	UT(each_launch_has_its_steps),
	UT(innocent_vm),
	UT(same_queue),
	UT(again_and_again),
	UT(killed),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
