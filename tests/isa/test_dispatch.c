// SPDX-License-Identifier: MIT
/*
 * Launches as a whole: grids and threadgroups, barriers, preambles, indirect sizes,
 * slices, and what goes wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/agx_machine.h"
#include "tests/lib/suite.h"

#define UNBOUNDED (~0ull)

static struct machine m;

static void setup(void)
{
	machine_init(&m);
}

static void teardown(void)
{
	machine_fini(&m);
}

static void run(u32 cores, u64 budget)
{
	char text[256];
	int ret = machine_run(&m, cores, budget);

	agx_fault_print(text, sizeof(text), &m.fault);
	ck_assert_msg(!ret, "%s: %s", text, m.walk.message);
}

static void fails(enum agx_fault_kind kind)
{
	ck_assert_int_eq(machine_run(&m, 1, 1000), -EFAULT);
	ck_assert_int_eq(m.fault.kind, kind);
}

/* --- grids ------------------------------------------------------------------ */

/* Each thread writes 16 words at its place in the grid: u4 is its width, u5 its height. */
static const char where_am_i[] =
	"mov r1, thread_in_grid_x; mov r2, thread_in_grid_y; mov r3, thread_in_grid_z\n"
	"imadd r2, r3, u5, r2; imadd r1, r2, u4, r1; imul r30, r1, 16\n"
	"mov r4, threadgroup_in_grid_x; mov r5, threadgroup_in_grid_y\n"
	"mov r6, threadgroup_in_grid_z; mov r7, thread_index_in_threadgroup\n"
	"mov r8, thread_in_threadgroup_x; mov r9, thread_in_threadgroup_y\n"
	"mov r10, thread_in_threadgroup_z; mov r11, simdgroup_index_in_threadgroup\n"
	"mov r12, threads_per_threadgroup_x; mov r13, threads_per_threadgroup_y\n"
	"mov r14, threads_per_threadgroup_z; mov r15, thread_index_in_simdgroup\n"
	"mov r16, dispatch_threads_per_threadgroup_x\n"
	"mov r17, dispatch_threads_per_threadgroup_y\n"
	"mov r18, dispatch_threads_per_threadgroup_z; ldimm r19, 1\n"
	"store r4_r5_r6_r7, du0, r30, i32, xyzw, a; iadd r30, r30, 4\n"
	"store r8_r9_r10_r11, du0, r30, i32, xyzw, a; iadd r30, r30, 4\n"
	"store r12_r13_r14_r15, du0, r30, i32, xyzw, a; iadd r30, r30, 4\n"
	"store r16_r17_r18_r19, du0, r30, i32, xyzw, a\n"
	"stop";

static const struct {
	u32 global[3], local[3];
} grids[] = {
	{ { 256, 1, 1 }, { 64, 1, 1 } },	/* whole groups */
	{ { 111, 1, 1 }, { 37, 1, 1 } },	/* part of a SIMD-group unused */
	{ { 2, 1, 1 }, { 32, 1, 1 } },		/* less than one group */
	{ { 70, 1, 1 }, { 64, 1, 1 } },		/* partial in x */
	{ { 5, 7, 3 }, { 4, 4, 2 } },		/* in all of them */
	{ { 1, 1, 9 }, { 1, 1, 4 } },
	{ { 3, 2, 2 }, { 1, 1, 1 } },
	{ { 40, 33, 1 }, { 32, 32, 1 } },	/* 32 SIMD-groups, and less at the edges */
	{ { 1, 1, 1 }, { 1024, 1, 1 } },
};

/* The launch that grids[i] is, of the program above. */
static void launch_grid(const u32 global[3], const u32 local[3])
{
	struct machine_launch launch = { .code = where_am_i };
	char text[100];

	snprintf(text, sizeof(text), "ldimm r1, %u; mov u4l, r1l; ldimm r1, %u; mov u5l, r1l; stop",
		 global[0], global[1]);
	launch.preamble = text;
	memcpy(launch.global, global, sizeof(launch.global));
	memcpy(launch.local, local, sizeof(launch.local));
	machine_launch(&m, &launch);
}

/* What thread x, y, z must have written. */
static void check_thread(const u32 global[3], const u32 local[3], const u32 at[3])
{
	const u32 *got = m.data + 16 * ((at[2] * global[1] + at[1]) * global[0] + at[0]);
	u32 actual[3], in[3], index;

	for (int i = 0; i < 3; i++) {
		u32 start = at[i] / local[i] * local[i];

		in[i] = at[i] - start;
		actual[i] = global[i] - start < local[i] ? global[i] - start : local[i];
		ck_assert_uint_eq(got[i], at[i] / local[i]);
		ck_assert_uint_eq(got[4 + i], in[i]);
		ck_assert_uint_eq(got[8 + i], actual[i]);
		ck_assert_uint_eq(got[12 + i], local[i]);
	}
	index = (in[2] * actual[1] + in[1]) * actual[0] + in[0];
	ck_assert_uint_eq(got[3], index);
	ck_assert_uint_eq(got[7], index / 32);
	ck_assert_uint_eq(got[11], index % 32);
	ck_assert_uint_eq(got[15], 1);
}

static void check_grid(const u32 global[3], const u32 local[3])
{
	u32 at[3], n = global[0] * global[1] * global[2];

	for (at[2] = 0; at[2] < global[2]; at[2]++)
		for (at[1] = 0; at[1] < global[1]; at[1]++)
			for (at[0] = 0; at[0] < global[0]; at[0]++)
				check_thread(global, local, at);
	for (u32 i = 16 * n; i < MACHINE_SIZE / 4; i++)
		ck_assert_uint_eq(m.data[i], 0);
}

START_TEST(grid)
{
	launch_grid(grids[_i].global, grids[_i].local);
	machine_terminate(&m);
	run(1, UNBOUNDED);
	check_grid(grids[_i].global, grids[_i].local);
	memset(m.data, 0, MACHINE_SIZE);
	run(3, 10);
	check_grid(grids[_i].global, grids[_i].local);
}
END_TEST

START_TEST(g14x)
{
	m.g14x = true;
	launch_grid(grids[4].global, grids[4].local);
	machine_terminate(&m);
	run(1, UNBOUNDED);
	check_grid(grids[4].global, grids[4].local);
}
END_TEST

/* --- indirect --------------------------------------------------------------- */

/* Counts threads in data[0], groups' first threads in data[1]. */
static const char count[] =
	"ldimm r1, 1; ldimm r2, 0; atomic _, r1, du0, r2, add, coherent1, a\n"
	"mov r3, thread_index_in_threadgroup; if r3, 0, 1, ieq\n"
	"ldimm r2, 1; atomic _, r1, du0, r2, add, coherent1, a\n"
	"pop_exec 1; stop";

START_TEST(indirect_groups)
{
	const u32 groups[3] = { 3, 2, 4 };

	machine_launch(&m, &(struct machine_launch){
		.code = count, .mode = AGX_CDM_INDIRECT_GLOBAL, .local = { 8, 5, 1 },
		.sizes = machine_table(&m, groups, sizeof(groups)),
	});
	machine_terminate(&m);
	run(1, UNBOUNDED);
	ck_assert_uint_eq(m.data[0], 24 * 40);
	ck_assert_uint_eq(m.data[1], 24);
}
END_TEST

START_TEST(indirect_threads)
{
	const u32 sizes[6] = { 70, 3, 1, 64, 2, 1 };

	machine_launch(&m, &(struct machine_launch){
		.code = count, .mode = AGX_CDM_INDIRECT_LOCAL,
		.sizes = machine_table(&m, sizes, sizeof(sizes)),
	});
	machine_terminate(&m);
	run(1, UNBOUNDED);
	ck_assert_uint_eq(m.data[0], 70 * 3);
	ck_assert_uint_eq(m.data[1], 4);
}
END_TEST

/* Sizes that a launch before has written. */
START_TEST(indirect_computed)
{
	machine_launch(&m, &(struct machine_launch){
		.code = "ldimm r1, 5; ldimm r2, 2; ldimm r3, 1; ldimm r4, 16\n"
			"store r1_r2_r3, du0, r4, i32, xyz, a; stop",
	});
	machine_launch(&m, &(struct machine_launch){
		.code = count, .mode = AGX_CDM_INDIRECT_GLOBAL, .local = { 3, 1, 1 },
		.sizes = MACHINE_DATA + 64,
	});
	machine_terminate(&m);
	run(2, 100);
	ck_assert_uint_eq(m.n_run, 2);
	ck_assert_uint_eq(m.data[0], 30);
	ck_assert_uint_eq(m.data[1], 10);
}
END_TEST

START_TEST(nothing_to_run)
{
	const u32 none[6] = { 0, 1, 1, 0, 0, 0 };

	/* Nothing of it is looked at: there is no code. */
	for (int i = 0; i < 3; i++)
		machine_packet(&m, &(struct agx_cdm){
			.type = AGX_CDM_LAUNCH, .mode = i, .usc = 0x1000000,
			.address = i ? machine_table(&m, none, sizeof(none)) : 0,
			.global = { 3, 0, 4 }, .local = { 1, 1, 1 },
		});
	machine_terminate(&m);
	run(1, UNBOUNDED);
	ck_assert_uint_eq(m.n_run, 0);
	ck_assert_uint_eq(m.walk.n_launches, 3);
}
END_TEST

static const struct {
	u32 global[3], local[3];
	bool good;
} sizes[] = {
	{ { 1, 1, 1 }, { 1024, 1, 1 }, true },
	{ { 1, 1, 1 }, { 1025, 1, 1 }, false },
	{ { 1, 1, 1 }, { 32, 32, 1 }, true },
	{ { 1, 1, 1 }, { 32, 33, 1 }, false },
	{ { 1, 1, 1 }, { 0, 1, 1 }, false },
	{ { 1, 1, 1 }, { 1, 1, 0 }, false },
	{ { 1, 1, 1 }, { 0x10000, 0x10000, 1 }, false },
	{ { 1, 1, 1 }, { 0xffffffff, 0xffffffff, 0xffffffff }, false },
	{ { 0xffffffff, 0xffffffff, 0xffffffff }, { 1, 1, 1 }, false },
};

START_TEST(group_sizes)
{
	u32 both[6];

	memcpy(both, sizes[_i].global, sizeof(sizes[_i].global));
	memcpy(both + 3, sizes[_i].local, sizeof(sizes[_i].local));
	machine_launch(&m, &(struct machine_launch){
		.code = "stop", .mode = AGX_CDM_INDIRECT_LOCAL,
		.sizes = machine_table(&m, both, sizeof(both)),
	});
	machine_terminate(&m);
	if (sizes[_i].good)
		run(1, UNBOUNDED);
	else
		fails(AGX_FAULT_STREAM);
}
END_TEST

/* --- threadgroups ------------------------------------------------------------- */

/* Each thread passes its index to the one opposite, three times; then data[index]. */
static const char reverse[] =
	"mov r1, thread_index_in_threadgroup; mov r8, threadgroup_in_grid_x\n"
	"imadd r8, r8, 128, r1; mov r2, r1; isub r3, 127, r1\n"
	"imul r4, r1, 4; mov r4l, r4l; imul r5, r3, 4; mov r5l, r5l; ldimm r7, 3\n"
	"again:\n"
	"lstore r2, r4l, 0, i32, x; barrier; lload r2, r5l, 0, i32, x; barrier\n"
	"iadd r2, r2, 1; isub r7, r7, 1\n"
	"ldimm r0l, 0; while r7, 0, 1, ugt; jmp_any again; pop_exec 1\n"
	"store r2, du0, r8, i32, x, a; stop";

START_TEST(barriers)
{
	static const u64 budgets[] = { UNBOUNDED, 1, 3, 1000 };

	machine_launch(&m, &(struct machine_launch){
		.code = reverse, .global = { 512, 1, 1 }, .local = { 128, 1, 1 }, .shared = 512,
	});
	machine_terminate(&m);
	memset(m.data, 0xff, MACHINE_SIZE);
	run(1 + _i, budgets[_i]);
	for (u32 i = 0; i < 512; i++)
		ck_assert_uint_eq(m.data[i], 127 - i % 128 + 3);
}
END_TEST

/* Every other SIMD-group stops; the others still meet at their barriers. */
START_TEST(barrier_without_the_stopped)
{
	machine_launch(&m, &(struct machine_launch){
		.code = "mov r1, thread_index_in_threadgroup; mov r2, simdgroup_index_in_threadgroup\n"
			"and r2, r2, 1; if r2, 0, 1, ieq; jmp_none out\n"
			"barrier; barrier; ldimm r3, 7; store r3, du0, r1, i32, x, a\n"
			"out: \n stop",
		.global = { 1024, 1, 1 },
	});
	machine_terminate(&m);
	run(1, 10);
	for (u32 i = 0; i < 1024; i++)
		ck_assert_uint_eq(m.data[i], i / 32 % 2 ? 0 : 7);
}
END_TEST

/* The last SIMD-group tells the first one, which waits in a loop, without a barrier. */
START_TEST(simds_take_turns)
{
	machine_launch(&m, &(struct machine_launch){
		.code = "mov r1, simdgroup_index_in_threadgroup; ldimm r2, 0; ldimm r3, 1\n"
			"if r1, 0, 1, ieq; jmp_none other\n"
			"wait: \n load r4, du0, r2, i32, x, a; wait a\n"
			"ldimm r0l, 0; while r4, 0, 1, ieq; jmp_any wait; pop_exec 1\n"
			"store r3, du0, r3, i32, x, a\n"
			"stop\n"
			"other: \n pop_exec 1; if r1, 31, 1, ieq\n"
			"store r3, du0, r2, i32, x, a; stop",
		.global = { 1024, 1, 1 },
	});
	machine_terminate(&m);
	run(1, UNBOUNDED);
	ck_assert_uint_eq(m.data[1], 1);
}
END_TEST

/* A group sees zeroes, not what the one before it left. */
START_TEST(local_memory_is_clear)
{
	machine_launch(&m, &(struct machine_launch){
		.code = "mov r1, threadgroup_in_grid_x; mov r2, thread_index_in_threadgroup\n"
			"imul r3, r2, 4; mov r3l, r3l; lload r4, r3l, 0, i32, x\n"
			"ldimm r5, 3; lstore r5, r3l, 0, i32, x\n"
			"imadd r1, r1, 64, r2; iadd r4, r4, 1; store r4, du0, r1, i32, x, a; stop",
		.global = { 320, 1, 1 }, .local = { 64, 1, 1 }, .shared = 256,
	});
	machine_terminate(&m);
	run(1, UNBOUNDED);
	for (u32 i = 0; i < 320; i++)
		ck_assert_uint_eq(m.data[i], 1);
}
END_TEST

START_TEST(local_memory_ends)
{
	machine_launch(&m, &(struct machine_launch){
		.code = "ldimm r1, 256; lstore r1, r1l, 0, i32, x; stop", .shared = 256,
	});
	machine_terminate(&m);
	fails(AGX_FAULT_LOCAL);
}
END_TEST

/* --- preamble and uniforms ----------------------------------------------------- */

START_TEST(preamble_runs_once)
{
	machine_launch(&m, &(struct machine_launch){
		/* One lane: whatever the group's size. */
		.preamble = "ldimm r1, 1; ldimm r2, 8; atomic _, r1, du0, r2, add, coherent1, a\n"
			    "mov r3, total_active_threads_in_simdgroup; ldimm r2, 9\n"
			    "store r3, du0, r2, i32, x, a\n"
			    "ldimm r4, 20; ldimm r5, 0\n"
			    "sum: \n iadd r5, r5, r4; isub r4, r4, 1\n"
			    "ldimm r0l, 0; while r4, 0, 1, ugt; jmp_any sum; pop_exec 1\n"
			    "mov u255h, r5l; mov u100l, r5l; stop",
		.code = "mov r1, thread_in_grid_x; mov r2, u255h; iadd r2, r2, u100l\n"
			"if r1, 8, 1, ult; store r2, du0, r1, i32, x, a; stop",
		.global = { 640, 1, 1 }, .local = { 64, 1, 1 },
	});
	machine_terminate(&m);
	run(4, 1);
	for (u32 i = 0; i < 8; i++)
		ck_assert_uint_eq(m.data[i], 420);
	ck_assert_uint_eq(m.data[8], 1);
	ck_assert_uint_eq(m.data[9], 1);
}
END_TEST

START_TEST(uniforms_are_for_reading)
{
	machine_launch(&m, &(struct machine_launch){ .code = "mov u10l, r1l; stop" });
	machine_terminate(&m);
	fails(AGX_FAULT_ILLEGAL);
}
END_TEST

/* Halves from any place to any place, high ones too. */
START_TEST(uniform_words)
{
	u16 halves[512];
	struct agx_usc usc = { .regs = 16, .n_uniforms = 5 };
	const u64 data = MACHINE_DATA;
	u64 table;

	for (u32 i = 0; i < 512; i++)
		halves[i] = (u16)(1000 + i);
	table = machine_table(&m, halves, sizeof(halves));
	usc.uniform[0] = (struct agx_usc_uniform){ 0, 4, machine_table(&m, &data, 8) };
	usc.uniform[1] = (struct agx_usc_uniform){ 5, 1, table + 4 };
	usc.uniform[2] = (struct agx_usc_uniform){ 200, 64, table + 400 };
	usc.uniform[3] = (struct agx_usc_uniform){ 511, 1, table + 1020 };
	usc.uniform[4] = (struct agx_usc_uniform){ 260, 2, table + 520 };
	usc.shader = machine_code(&m,
		"mov r1l, u2h; mov r1h, u131h; mov r2l, u255h; mov r2h, u130l; ldimm r3, 0\n"
		"store r1_r2, du0, r3, i32, xy, a; stop");
	machine_packet(&m, &(struct agx_cdm){
		.type = AGX_CDM_LAUNCH, .uniforms = 512, .usc = machine_usc(&m, &usc),
		.global = { 1, 1, 1 }, .local = { 1, 1, 1 },
	});
	machine_terminate(&m);
	run(1, UNBOUNDED);
	ck_assert_uint_eq(m.data[0], 1002 | 1263u << 16);
	ck_assert_uint_eq(m.data[1], 1510 | 1260u << 16);
}
END_TEST

/* --- slices and workers ---------------------------------------------------------- */

/* Threads note in which order they come. */
static const char tickets[] =
	"mov r1, thread_in_grid_x; ldimm r2, 0x1000; ldimm r3, 1; mov r6, threadgroup_in_grid_x\n"
	"and r7, r6, 7; iadd r7, r7, 3\n"
	"more: \n atomic r4, r3, du0, r2, add, coherent1, a; wait a\n"
	"store r4, du0, r1, i32, x, a; barrier; isub r7, r7, 1\n"
	"ldimm r0l, 0; while r7, 0, 1, ugt; jmp_any more; pop_exec 1; stop";

START_TEST(order_is_the_same_in_slices)
{
	u8 *first = malloc(MACHINE_SIZE);

	machine_launch(&m, &(struct machine_launch){
		.code = tickets, .global = { 1000, 1, 1 }, .local = { 96, 1, 1 },
	});
	machine_terminate(&m);
	run(1, UNBOUNDED);
	memcpy(first, m.data, MACHINE_SIZE);
	for (u64 budget = 1; budget < 100000; budget = budget * 3 + 1) {
		memset(m.data, 0, MACHINE_SIZE);
		run(1, budget);
		ck_assert_mem_eq(m.data, first, MACHINE_SIZE);
	}
	free(first);
}
END_TEST

START_TEST(stop_when_asked)
{
	static struct agx_dispatch dispatch;
	struct agx_core *core = agx_core_create(3);

	machine_launch(&m, &(struct machine_launch){ .code = "again: \n jmp_any again" });
	machine_terminate(&m);
	agx_stream_start(&m.walk, &m.space.memory, MACHINE_USC, MACHINE_STREAM, 0, false);
	ck_assert_int_eq(agx_stream_next(&m.walk, &dispatch), 1);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(agx_core_run(core, &dispatch, 1000), AGX_CORE_MORE);
	agx_dispatch_stop(&dispatch);
	ck_assert_int_eq(agx_core_run(core, &dispatch, 1000), AGX_CORE_DONE);
	ck_assert_int_eq(agx_dispatch_end(&dispatch), -ECANCELED);
	/* It terminates as often as it is asked. */
	ck_assert_int_eq(agx_stream_next(&m.walk, &dispatch), 0);
	ck_assert_int_eq(agx_stream_next(&m.walk, &dispatch), 0);
	agx_core_destroy(core);
	agx_core_destroy(NULL);
}
END_TEST

/* --- faults ---------------------------------------------------------------------- */

/* Thread 75 of the grid of 40s writes where nothing is. */
START_TEST(fault_says_where)
{
	machine_launch(&m, &(struct machine_launch){
		.code = "mov r1, thread_in_grid_x; mov r2, thread_in_grid_y; imadd r1, r2, 100, r1\n"
			"ldimm r4, 0; ldimm r3, 175; if r1, r3, 1, ieq; ldimm r5, 0x1000000\n"
			"iadd r4, r4, r5; pop_exec 1; store r1, du0, r4, i32, x, a; stop",
		.global = { 100, 3, 1 }, .local = { 40, 2, 1 },
	});
	machine_terminate(&m);
	fails(AGX_FAULT_UNMAPPED);
	ck_assert_uint_eq(m.fault.group[0], 1);
	ck_assert_uint_eq(m.fault.group[1], 0);
	/* Number 40 + 35 of the group. */
	ck_assert_uint_eq(m.fault.simd, 2);
	ck_assert_uint_eq(m.fault.lane, 11);
	ck_assert_uint_eq(m.fault.address, MACHINE_DATA + 0x4000000);
	ck_assert_uint_ge(m.fault.code, MACHINE_USC);
	ck_assert(m.fault.write && !m.fault.preamble);
}
END_TEST

START_TEST(fault_in_preamble)
{
	machine_launch(&m, &(struct machine_launch){
		.preamble = "ldimm r2, 0; mov r2, r20; stop", .preshader_regs = 16, .code = count,
		.global = { 64, 1, 1 },
	});
	machine_terminate(&m);
	fails(AGX_FAULT_REGISTER);
	ck_assert(m.fault.preamble);
	ck_assert_uint_eq(m.data[0], 0);
}
END_TEST

/* What follows a fault is not run, on no core. */
START_TEST(fault_stops_all)
{
	machine_launch(&m, &(struct machine_launch){
		.code = "ldimm r1, 1; ldimm r2, 0; atomic r3, r1, du0, r2, add, coherent1, a; wait a\n"
			"if r3, 10, 1, ieq; jmp_none fine; trap\n"
			"fine: \n pop_exec 1; stop",
		.global = { 100000, 1, 1 }, .local = { 1, 1, 1 },
	});
	machine_launch(&m, &(struct machine_launch){ .code = count });
	machine_terminate(&m);
	ck_assert_int_eq(machine_run(&m, 4, 8), -EFAULT);
	ck_assert_int_eq(m.fault.kind, AGX_FAULT_ILLEGAL);
	ck_assert_uint_eq(m.fault.group[0], 10);
	ck_assert_uint_lt(m.data[0], 20);
	ck_assert_uint_eq(m.n_run, 1);
}
END_TEST

START_TEST(runaway)
{
	static const struct machine_launch forever[] = {
		{ .code = "again: \n jmp_any again" },
		{ .code = "stop", .preamble = "again: \n jmp_any again" },
		{ .code = "again: \n barrier; jmp_any again", .global = { 128, 1, 1 } },
		{ .code = "stop", .global = { 0xffffffff, 0x7fff0000, 1 }, .local = { 1, 1, 1 } },
	};

	m.max_steps = 100000;
	machine_launch(&m, &forever[_i]);
	machine_terminate(&m);
	fails(AGX_FAULT_RUNAWAY);
	ck_assert(m.fault.preamble == (_i == 1));
}
END_TEST

/* A launch of n steps may take n steps. */
START_TEST(steps_are_counted)
{
	machine_launch(&m, &(struct machine_launch){
		.code = "ldimm r1, 1; ldimm r2, 2; stop", .preamble = "ldimm r1, 1; stop",
		.global = { 640, 1, 1 }, .local = { 64, 1, 1 },
	});
	machine_terminate(&m);
	m.max_steps = 2 + 20 * 3;
	run(1, UNBOUNDED);
	run(1, 1);
	m.max_steps--;
	fails(AGX_FAULT_RUNAWAY);
	ck_assert_uint_eq(m.fault.group[0], 9);
	ck_assert_uint_eq(m.fault.simd, 1);
	ck_assert_uint_eq(m.fault.offset, 8 + 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dispatch");
	TCase *tc = tcase_create("dispatch");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, grid, 0, ARRAY_SIZE(grids));
	tcase_add_test(tc, g14x);
	tcase_add_test(tc, indirect_groups);
	tcase_add_test(tc, indirect_threads);
	tcase_add_test(tc, indirect_computed);
	tcase_add_test(tc, nothing_to_run);
	tcase_add_loop_test(tc, group_sizes, 0, ARRAY_SIZE(sizes));
	tcase_add_loop_test(tc, barriers, 0, 4);
	tcase_add_test(tc, barrier_without_the_stopped);
	tcase_add_test(tc, simds_take_turns);
	tcase_add_test(tc, local_memory_is_clear);
	tcase_add_test(tc, local_memory_ends);
	tcase_add_test(tc, preamble_runs_once);
	tcase_add_test(tc, uniforms_are_for_reading);
	tcase_add_test(tc, uniform_words);
	tcase_add_test(tc, order_is_the_same_in_slices);
	tcase_add_test(tc, stop_when_asked);
	tcase_add_test(tc, fault_says_where);
	tcase_add_test(tc, fault_in_preamble);
	tcase_add_test(tc, fault_stops_all);
	tcase_add_loop_test(tc, runaway, 0, 4);
	tcase_add_test(tc, steps_are_counted);
	return suite_run(suite);
}
