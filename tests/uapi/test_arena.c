// SPDX-License-Identifier: MIT
/*
 * Memory that execution needs, decoded shaders and stacks, of which the module has as
 * much as arena_mib says: what does not fit, what has to wait, what gives way.
 */
#include <stdlib.h>

#include "debug.h"

static struct ut_gpu gpu;

static u64 arena_size(void)
{
	const char *mib = ut_param("arena_mib");

	if (!mib)
		ut_skip("the module's parameters cannot be read");
	return strtoull(mib, NULL, 0) << 20;
}

/* Each thread keeps its number in a stack of so many words, and writes it to data. */
static u64 stack_stream(struct ut_gpu *g, u32 threads, u32 bytes)
{
	char code[500];

	snprintf(code, sizeof(code),
		 ".uniform dst, buffer\n"
		 "stack_adjust %u\n"
		 "mov r1, thread_in_grid_x\n"
		 "ldimm r2, %u\n"
		 "stack_store r1, r2, i32, x, a\n"
		 "wait a\n"
		 "ldimm r3, 0\n"
		 "@loop\n"
		 "iadd r3, r3, 1\n"
		 "@until r3, 200, uge\n"
		 "stack_load r4, r2, i32, x, a\n"
		 "wait a\n"
		 "store r4, dst, r1, i32, x, a\n", bytes / 4, bytes - 4);
	return ut_stream(g, &(struct ut_launch){
		.code = code, .args = { UT_DATA }, .global = { threads },
		.local = { threads < 1024 ? threads : 1024 }, .unchecked = true,
	});
}

static void expect_numbers(const struct ut_gpu *g, u32 n)
{
	for (u32 i = 0; i < n; i++)
		ut_eq(g->data[i], i);
}

/* More than there is: an error of its own, that harms nobody. */
static void stack_does_not_fit(void)
{
	static struct ut_gpu other;
	struct drm_agxc_fault fault;
	u32 spinning;

	if (arena_size() > 1024ull * 65536)
		ut_skip("the arena has room for any stack");
	ut_gpu_init(&gpu);
	ut_gpu_init_on(&other, gpu.fd);
	spinning = ut_start_stream(&other, ut_spin(&other));
	ut_spin_runs(&other);
	/* It waits for the other one, which might have memory; then there is nobody left. */
	ut_spin_end(&other);
	ut_ret(ut_run_stream(&gpu, stack_stream(&gpu, 1024, 65536)), -ENOMEM);
	ut_ok(ut_fence_error(gpu.fd, spinning));
	ut_get_fault(gpu.fd, gpu.vm, &fault);
	ut_eq(fault.count, 1);
	ut_eq(fault.reason, DRM_AGXC_FAULT_MEMORY);
	ut_assert(strstr(fault.message, "arena_mib"));
	ut_ok(ut_run_stream(&gpu, stack_stream(&gpu, 1024, 64)));
	expect_numbers(&gpu, 1024);
}

/* Threadgroups for all cores, memory for the stacks of one. */
static void stacks_for_few(void)
{
	u32 bytes = (u32)(arena_size() * 6 / 10 / 1024) & ~3u;

	bytes = bytes < 65536 ? bytes : 65536;
	ut_gpu_init(&gpu);
	ut_ok(ut_run_stream(&gpu, stack_stream(&gpu, 16384, bytes)));
	expect_numbers(&gpu, 16384);
}

/* Two that do not fit together: one waits for the other. */
static void stacks_take_turns(void)
{
	enum { QUEUES = 4 };
	static struct ut_gpu g[QUEUES];
	u32 bytes = (u32)(arena_size() * 6 / 10 / 1024) & ~3u, syncobj[QUEUES];

	bytes = bytes < 65536 ? bytes : 65536;
	for (u32 i = 0; i < QUEUES; i++) {
		if (i)
			ut_gpu_init_on(&g[i], g[0].fd);
		else
			ut_gpu_init(&g[0]);
	}
	for (u32 i = 0; i < QUEUES; i++)
		syncobj[i] = ut_start_stream(&g[i], stack_stream(&g[i], 4096, bytes));
	for (u32 i = 0; i < QUEUES; i++) {
		ut_ok(ut_fence_error(g[0].fd, syncobj[i]));
		expect_numbers(&g[i], 4096);
	}
}

/* A program of n instructions that writes n. */
static u64 long_stream(struct ut_gpu *g, u32 n)
{
	char code[500];

	snprintf(code, sizeof(code),
		 ".uniform dst, buffer\n"
		 "ldimm r1, 0\n"
		 ".rept %u\n"
		 "iadd r1, r1, 1\n"
		 ".endr\n"
		 "ldimm r2, 0\n"
		 "store r1, dst, r2, i32, x, a\n", n);
	return ut_stream(g, &(struct ut_launch){ .code = code, .args = { UT_DATA } });
}

/* Each is as large as a good part of the arena, so that the ones before must go. */
static void programs_give_way(void)
{
	u64 bytes = arena_size() / 8;
	u32 n = (u32)(bytes / 100);

	if (n > 8000)
		n = 8000;
	ut_gpu_init(&gpu);
	for (u32 i = 0; i < 40; i++) {
		gpu.usc_used = 0;
		gpu.stream_used = 0;
		gpu.data[0] = 0;
		ut_ok(ut_run_stream(&gpu, long_stream(&gpu, n + i)));
		ut_eq(gpu.data[0], n + i);
	}
}

/* A program that the arena has no room for, whoever leaves. */
static void program_does_not_fit(void)
{
	struct drm_agxc_fault fault;
	u32 n = 100000;

	if (arena_size() > (u64)n * 60)
		ut_skip("the arena has room for programs");
	ut_gpu_init(&gpu);
	ut_ret(ut_run_stream(&gpu, long_stream(&gpu, n)), -ENOMEM);
	ut_get_fault(gpu.fd, gpu.vm, &fault);
	ut_eq(fault.reason, DRM_AGXC_FAULT_MEMORY);
	ut_ok(ut_poke(&gpu, UT_DATA, 5));
	ut_eq(gpu.data[0], 5);
}

static u64 arena_used(void)
{
	unsigned long long used, size;
	char *all = ut_read_debugfs("engine"), *text = strstr(all, "arena: ");

	ut_assert(text && sscanf(text, "arena: %llu of %llu", &used, &size) == 2);
	ut_eq(size, arena_size());
	free(all);
	return used;
}

/* Stacks are given back, programs are kept. */
static void is_given_back(void)
{
	u32 bytes = (u32)(arena_size() / 4 / 1024) & ~3u;
	u64 stream, used;

	bytes = bytes < 65536 ? bytes : 65536;
	ut_gpu_init(&gpu);
	stream = stack_stream(&gpu, 4096, bytes);
	ut_ok(ut_run_stream(&gpu, stream));
	used = arena_used();
	ut_ok(ut_run_stream(&gpu, stream));
	ut_eq(arena_used(), used);
	ut_note("%llu of %llu bytes are programs", (unsigned long long)used,
		(unsigned long long)arena_size());
}

static const struct ut_test tests[] = {
	UT(stack_does_not_fit),
	UT(stacks_for_few),
	UT(stacks_take_turns),
	UT_SLOW(programs_give_way, 120),
	UT(program_does_not_fit),
	UT(is_given_back),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
