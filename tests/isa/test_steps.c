// SPDX-License-Identifier: MIT
/*
 * What a kernel needs: streams walked and programs loaded in small steps, memory from
 * a pool and from nowhere else, and nothing that takes long for the price of one
 * instruction.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/agx_machine.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/suite.h"

static struct machine m;

/* --- a pool ---------------------------------------------------------------------- */

/* Blocks are never used again, so that each is what it was. */
static struct {
	u8 bytes[1u << 22] AGX_ALIGNED(64);
	size_t used, limit;
	u32 n_live;
	bool bad;	/* something else was freed */
} arena;

static void *arena_alloc(void *ctx, size_t size)
{
	u8 *p = arena.bytes + arena.used;

	(void)ctx;
	size = (size + 63) & ~(size_t)63;
	if (arena.limit - arena.used < size)
		return NULL;
	arena.used += size;
	arena.n_live++;
	memset(p, 0xa5, size);
	return p;
}

static void arena_free(void *ctx, void *ptr)
{
	(void)ctx;
	if ((u8 *)ptr < arena.bytes || (u8 *)ptr >= arena.bytes + arena.used) {
		arena.bad = true;
		return;
	}
	/* Whoever still uses it will not be right. */
	memset(ptr, 0xcc, 64);
	arena.n_live--;
}

static const struct agx_pool pool = { .alloc = arena_alloc, .free = arena_free };

static void setup(void)
{
	machine_init(&m);
	arena.used = arena.n_live = 0;
	arena.limit = sizeof(arena.bytes);
}

static void teardown(void)
{
	ck_assert(!arena.bad);
	machine_fini(&m);
}

/* Three launches, with preambles, jumps both ways and a call, add up words in data. */
static void fill_stream(void)
{
	for (u32 i = 0; i < 3; i++)
		machine_launch(&m, &(struct machine_launch){
			.preamble = "ldimm r1, 7; mov u4l, r1l; stop",
			.code = "stack_adjust 4; mov r4, thread_index_in_threadgroup\n"
				"stack_store r4, 4, i32, x, a; wait a\n"
				"ldimm r1, 0; ldimm r5, 0; jmp_any middle\n"
				"top: \n iadd r1, r1, u4l\n"
				"middle: \n iadd r5, r5, 1; while r5, 10, 1, ult; jmp_any top\n"
				"pop_exec 1; stack_load r6, 4, i32, x, a; wait a\n"
				"ldimm r2, 0; atomic _, r1, du0, r2, add, coherent1, a\n"
				"iadd r6, r6, 1; store r1, du0, r6, i32, x, b; stop",
			.global = { 64, 1, 1 },
		});
	machine_terminate(&m);
}

static void run(void)
{
	char text[256];
	int ret = machine_run(&m, 2, 7);

	agx_fault_print(text, sizeof(text), &m.fault);
	ck_assert_msg(!ret, "%s: %s", text, m.walk.message);
}

/* Whatever a step is, the outcome is the same. */
START_TEST(steps)
{
	static const u32 budgets[] = { 0, 1, 2, 3, 5, 8, 100 };
	u32 want[65];

	fill_stream();
	run();
	ck_assert_uint_eq(m.n_steps, 4);
	memcpy(want, m.data, sizeof(want));
	memset(m.data, 0, sizeof(want));
	ck_assert(want[0] && want[1]);

	m.stream_budget = budgets[_i];
	run();
	ck_assert_mem_eq(m.data, want, sizeof(want));
	if (m.stream_budget == 1)
		/* Each instruction is looked at three times. */
		ck_assert_uint_gt(m.n_steps, 3 * 3 * 20);
}
END_TEST

/* Nothing is left in the pool, without a cache or with one that is full. */
START_TEST(from_pool)
{
	fill_stream();
	m.pool = &pool;
	m.cache = _i ? agx_cache_create(~(size_t)0) : NULL;
	m.stream_budget = 4;
	run();
	ck_assert_uint_gt(arena.used, 64 * 4 * 4);
	ck_assert_uint_eq(m.data[0], 3 * 64 * 9 * 7);
	agx_cache_destroy(m.cache);
	ck_assert_uint_eq(arena.n_live, 0);
}
END_TEST

#if CAN_FAIL_MALLOC
START_TEST(from_nowhere_else)
{
	static struct agx_dispatch dispatch;
	struct agx_core *core = agx_core_create(0);
	struct agx_cache *cache = agx_cache_create(~(size_t)0);
	long before;
	int ret;

	fill_stream();
	agx_core_set_pool(core, &pool);
	agx_stream_start(&m.walk, &m.space.memory, MACHINE_USC, MACHINE_STREAM, 0, false);
	m.walk.cache = cache;
	m.walk.pool = &pool;
	before = fm_live;
	fm_left = 0;
	while ((ret = agx_stream_next(&m.walk, &dispatch)) > 0) {
		if (agx_core_reserve(core, &dispatch) ||
		    agx_core_run(core, &dispatch, ~0ull) != AGX_CORE_DONE ||
		    agx_dispatch_end(&dispatch))
			break;
		agx_core_release(core);
	}
	fm_left = -1;
	ck_assert_int_eq(ret, 0);
	ck_assert_int_eq(fm_live, before);
	agx_core_destroy(core);
	agx_cache_destroy(cache);
	ck_assert_uint_eq(arena.n_live, 0);
}
END_TEST
#endif

/* With too little it fails, has nothing, and may be tried again. */
START_TEST(small_pool)
{
	static struct agx_dispatch dispatch;
	struct agx_core *core = agx_core_create(0);
	int ret = -ENOMEM;

	fill_stream();
	agx_core_set_pool(core, &pool);
	agx_stream_start(&m.walk, &m.space.memory, MACHINE_USC, MACHINE_STREAM, 0, false);
	m.walk.pool = &pool;
	for (arena.limit = 0; ret == -ENOMEM; arena.limit += 64) {
		ck_assert_uint_eq(arena.n_live, 0);
		ck_assert_uint_lt(arena.limit, sizeof(arena.bytes));
		arena.used = 0;
		ret = agx_stream_next(&m.walk, &dispatch);
	}
	ck_assert_int_eq(ret, 1);
	ck_assert_uint_eq(arena.n_live, 2);
	arena.limit = arena.used + 16 * AGX_LANES;
	/* There are two SIMD-groups. */
	ck_assert_int_eq(agx_core_reserve(core, &dispatch), -ENOMEM);
	ck_assert_uint_eq(arena.n_live, 2);
	arena.limit = sizeof(arena.bytes);
	ck_assert_int_eq(agx_core_reserve(core, &dispatch), 0);
	ck_assert_uint_eq(arena.n_live, 4);
	ck_assert_int_eq(agx_core_run(core, &dispatch, ~0ull), AGX_CORE_DONE);
	ck_assert_int_eq(agx_dispatch_end(&dispatch), 0);
	ck_assert_uint_eq(m.data[0], 64 * 9 * 7);
	agx_core_destroy(core);
	ck_assert_uint_eq(arena.n_live, 0);
}
END_TEST

/* What the cache has gives way. */
START_TEST(full_pool)
{
	char code[64];

	for (u32 i = 0; i < 8; i++) {
		snprintf(code, sizeof(code), "ldimm r1, %u; store r1, du0, %u, i32, x, a; stop", i,
			 i);
		machine_launch(&m, &(struct machine_launch){ .code = code });
	}
	machine_terminate(&m);
	m.pool = &pool;
	run();
	/* Room for two of them; without a cache each is freed, but this pool forgets that. */
	arena.limit = arena.used / 4;
	arena.used = 0;
	m.cache = agx_cache_create(~(size_t)0);
	ck_assert_int_eq(machine_run(&m, 1, 1000), -ENOMEM);
	ck_assert_uint_eq(m.n_run, 2);
	agx_cache_destroy(m.cache);
	ck_assert_uint_eq(arena.n_live, 0);
}
END_TEST

/* Stacks in a pool are as large as the program says, and do not grow. */
START_TEST(fixed_stack)
{
	machine_launch(&m, &(struct machine_launch){
		.code = "stack_adjust 4; stack_adjust -4; stack_adjust 4; ldimm r1, 5\n"
			"stack_adjust r1; stop",
	});
	machine_terminate(&m);
	run();
	m.pool = &pool;
	ck_assert_int_eq(machine_run(&m, 1, 1000), -EFAULT);
	ck_assert_int_eq(m.fault.kind, AGX_FAULT_STACK);
}
END_TEST

/* --- what takes long ------------------------------------------------------------- */

/* Calls of agx_core_run() that it takes, each with a budget of 100. */
static u32 count_slices(const struct machine_launch *launch)
{
	static struct agx_dispatch dispatch;
	struct agx_core *core = agx_core_create(0);
	u32 n = 1;

	m.stream_used = 0;
	machine_launch(&m, launch);
	machine_terminate(&m);
	agx_stream_start(&m.walk, &m.space.memory, MACHINE_USC, MACHINE_STREAM, 0, false);
	ck_assert_int_eq(agx_stream_next(&m.walk, &dispatch), 1);
	while (agx_core_run(core, &dispatch, 100) == AGX_CORE_MORE)
		n++;
	ck_assert_int_eq(agx_dispatch_end(&dispatch), 0);
	agx_core_destroy(core);
	return n;
}

START_TEST(charges)
{
	u32 small = count_slices(&(struct machine_launch){ .code = "stop" });
	u32 groups = count_slices(&(struct machine_launch){
		.code = "stop", .global = { 10240, 1, 1 }, .local = { 1024, 1, 1 }, .regs = 256,
		.shared = 65536,
	});
	u32 stack = count_slices(&(struct machine_launch){
		.code = "stack_adjust 16384; stack_adjust -16384; stack_adjust 16384; stop",
	});
	u32 pages = count_slices(&(struct machine_launch){
		.code = "mov r1, thread_index_in_threadgroup; imul r2, r1, u3\n"
			"load r3, du0, r2, i32, x, a; wait a\n"
			"load r3, du0, r2, i32, x, a; wait a; stop", .global = { 32, 1, 1 },
	});

	ck_assert_uint_eq(small, 1);
	ck_assert_uint_ge(groups, 10);
	ck_assert_uint_ge(stack, 3);
	ck_assert_uint_le(pages, 3);
}
END_TEST

/* Lanes that go to as many pages, none of which can be kept. */
static void *page_map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	void *host = m.space.memory.map(ctx, address, avail, prot);

	if (host)
		*avail = 4096 - address % 4096;
	return host;
}

START_TEST(lookups)
{
	static struct agx_dispatch dispatch;
	struct agx_memory memory = { .map = page_map, .ctx = m.space.memory.ctx };
	struct agx_core *core = agx_core_create(0);
	u32 n = 1;

	machine_launch(&m, &(struct machine_launch){
		.code = "mov r1, thread_index_in_threadgroup; shl r2, r1, 10\n"
			"load r3, du0, r2, i32, x, a; wait a; stop", .global = { 32, 1, 1 },
	});
	machine_terminate(&m);
	agx_stream_start(&m.walk, &memory, MACHINE_USC, MACHINE_STREAM, 0, false);
	ck_assert_int_eq(agx_stream_next(&m.walk, &dispatch), 1);
	while (agx_core_run(core, &dispatch, 100) == AGX_CORE_MORE)
		n++;
	ck_assert_uint_eq(agx_core_take_steps(core), 5);
	ck_assert_uint_eq(agx_core_take_steps(core), 0);
	ck_assert_int_eq(agx_dispatch_end(&dispatch), 0);
	ck_assert_uint_eq(n, 2);
	agx_core_destroy(core);
}
END_TEST

/* Between slices it says where it is. */
START_TEST(where)
{
	static struct agx_dispatch dispatch;
	struct agx_core *core = agx_core_create(0);
	struct agx_fault fault;

	machine_launch(&m, &(struct machine_launch){
		.code = "ldimm r1, 0\n again: \n jmp_any again", .global = { 64, 1, 1 },
		.local = { 64, 1, 1 },
	});
	machine_terminate(&m);
	agx_stream_start(&m.walk, &m.space.memory, MACHINE_USC, MACHINE_STREAM, 0, false);
	agx_core_where(core, &fault);
	ck_assert_int_eq(fault.kind, AGX_FAULT_TIMEOUT);
	ck_assert_uint_eq(fault.code, 0);
	ck_assert_int_eq(agx_stream_next(&m.walk, &dispatch), 1);
	ck_assert_int_eq(agx_core_run(core, &dispatch, 100), AGX_CORE_MORE);
	agx_core_where(core, &fault);
	ck_assert_int_eq(fault.kind, AGX_FAULT_TIMEOUT);
	ck_assert_uint_eq(fault.code, dispatch.main.address);
	ck_assert_uint_eq(fault.offset, dispatch.main.offset[1]);
	ck_assert_uint_eq(fault.lanes, ~0u);
	agx_core_flush(core);
	ck_assert_int_eq(agx_core_run(core, &dispatch, 100), AGX_CORE_MORE);
	agx_dispatch_stop(&dispatch);
	ck_assert_int_eq(agx_core_run(core, &dispatch, 100), AGX_CORE_DONE);
	ck_assert_int_eq(agx_dispatch_end(&dispatch), -ECANCELED);
	agx_core_destroy(core);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("steps");
	TCase *tc = tcase_create("steps");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, steps, 0, 7);
	tcase_add_loop_test(tc, from_pool, 0, 2);
	tcase_add_test(tc, small_pool);
	tcase_add_test(tc, full_pool);
	tcase_add_test(tc, fixed_stack);
	tcase_add_test(tc, charges);
	tcase_add_test(tc, lookups);
	tcase_add_test(tc, where);
#if CAN_FAIL_MALLOC
	tcase_add_test(tc, from_nowhere_else);
#else
	suite_skip("from_nowhere_else", "this build cannot make allocations fail");
#endif
	return suite_run(suite);
}
