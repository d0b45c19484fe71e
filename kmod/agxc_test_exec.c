// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: tests of execution
 *
 * Programs on one core, with neither queues nor threads: slices, what they compute with
 * the kernel's FPU, and how each kind of fault is named.
 */
#include <kunit/resource.h>
#include <linux/ktime.h>
#include <linux/sizes.h>

#include "agxc_device.h"
#include "agxc_engine_private.h"
#include "agxc_test.h"
#include "agxc_test_gpu.h"
#include "agxc_vm.h"

#define ARENA_SIZE SZ_2M

struct exec_test {
	struct agxc_test_gpu *gpu;
	struct agxc_arena arena;
	struct agx_core *core;
	struct agx_stream *stream;
	struct agx_dispatch *dispatch;
	u32 slices;
};

static void destroy_core(void *core)
{
	agx_core_destroy(core);
}

static void fini_arena(void *arena)
{
	agxc_arena_fini(arena);
}

static int agxc_test_exec_init(struct kunit *test)
{
	struct exec_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	t->gpu = agxc_test_gpu(test, agxc_test_device(test));
	KUNIT_ASSERT_EQ(test, agxc_arena_init(&t->arena, ARENA_SIZE), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fini_arena, &t->arena), 0);
	t->core = agx_core_create(0);
	KUNIT_ASSERT_NOT_NULL(test, t->core);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, destroy_core, t->core), 0);
	agx_core_set_pool(t->core, &t->arena.pool);
	t->stream = kunit_kzalloc(test, sizeof(*t->stream), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->stream);
	t->dispatch = kunit_kzalloc(test, sizeof(*t->dispatch), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->dispatch);
	return 0;
}

/* Runs a launch to its end, in slices of ns: 0 or what agx_dispatch_end() says. */
static int run_launch(struct exec_test *t, u64 ns)
{
	enum agx_core_status status;

	do {
		agxc_vm_enter(t->gpu->vm);
		agx_core_flush(t->core);
		status = agxc_fp_run(t->core, t->dispatch, ns);
		agxc_vm_leave(t->gpu->vm);
		t->slices++;
	} while (status == AGX_CORE_MORE);
	return agx_dispatch_end(t->dispatch);
}

static int next_launch(struct exec_test *t)
{
	int ret;

	do {
		agxc_vm_enter(t->gpu->vm);
		ret = agxc_fp_next(t->stream, t->dispatch, 0);
		agxc_vm_leave(t->gpu->vm);
	} while (ret == -EAGAIN);
	return ret;
}

static void start_stream(struct exec_test *t, u64 stream)
{
	agx_stream_start(t->stream, &t->gpu->vm->memory, AGXC_TEST_USC, stream, 0, false);
	t->stream->pool = &t->arena.pool;
}

static int run(struct kunit *test, const struct agxc_test_program *program, u64 max_steps, u64 ns)
{
	struct exec_test *t = test->priv;
	u64 stream = agxc_test_stream(test, t->gpu, program, 1);
	int ret;

	start_stream(t, stream);
	t->stream->max_steps = max_steps;
	t->slices = 0;
	while ((ret = next_launch(t)) > 0) {
		KUNIT_ASSERT_EQ(test, agx_core_reserve(t->core, t->dispatch), 0);
		ret = run_launch(t, ns);
		if (ret)
			break;
	}
	return ret;
}

/* --- slices --------------------------------------------------------------------- */

static void check_ids(struct kunit *test)
{
	struct exec_test *t = test->priv;

	for (u32 i = 0; i < AGXC_TEST_WORDS; i++)
		KUNIT_ASSERT_EQ(test, t->gpu->out[i], 3 * i + 1);
}

static void agxc_test_exec_ids(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, run(test, &agxc_test_ids, AGX_NO_LIMIT, NSEC_PER_SEC), 0);
	check_ids(test);
}

/* As little as a slice can do, so that there are many. */
static void agxc_test_exec_slices(struct kunit *test)
{
	struct exec_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, run(test, &agxc_test_ids, AGX_NO_LIMIT, 0), 0);
	KUNIT_EXPECT_GT(test, t->slices, 1);
	check_ids(test);
}

/* 5 instructions for each of the SIMD-groups: that many, and not one less. */
static void agxc_test_exec_steps(struct kunit *test)
{
	struct exec_test *t = test->priv;
	const u64 steps = 5 * AGXC_TEST_WORDS / AGX_LANES;

	KUNIT_EXPECT_EQ(test, run(test, &agxc_test_ids, steps, NSEC_PER_SEC), 0);
	check_ids(test);
	KUNIT_EXPECT_EQ(test, agx_core_take_steps(t->core), steps);
	KUNIT_EXPECT_EQ(test, run(test, &agxc_test_ids, steps - 1, NSEC_PER_SEC), -EFAULT);
	KUNIT_EXPECT_EQ(test, t->dispatch->fault.kind, AGX_FAULT_RUNAWAY);
}

static void agxc_test_exec_stop(struct kunit *test)
{
	struct exec_test *t = test->priv;
	u64 stream = agxc_test_stream(test, t->gpu, &agxc_test_endless, 1);
	enum agx_core_status status;
	struct agx_fault where;

	start_stream(t, stream);
	KUNIT_ASSERT_EQ(test, next_launch(t), 1);
	for (int i = 0; i < 3; i++) {
		agxc_vm_enter(t->gpu->vm);
		status = agxc_fp_run(t->core, t->dispatch, 0);
		agxc_vm_leave(t->gpu->vm);
		KUNIT_EXPECT_EQ(test, status, AGX_CORE_MORE);
	}
	agx_core_where(t->core, &where);
	KUNIT_EXPECT_EQ(test, where.kind, AGX_FAULT_TIMEOUT);
	KUNIT_EXPECT_EQ(test, where.offset, 0);
	agx_dispatch_stop(t->dispatch);
	KUNIT_EXPECT_EQ(test, run_launch(t, 0), -ECANCELED);
}

/* --- what others left ----------------------------------------------------------- */

/* Programs that store what they find before they write, and then leave something. */
static const u8 look_registers[] = {
	0x72, 0x05, 0x10, 0x04,				/* mov r1, thread_in_grid_x */
	0x7e, 0x0d, 0x7e, 0x0a, 0x80, 0x00,		/* mov r3, r31 */
	0x0e, 0x0d, 0x46, 0x82, 0x26, 0x00, 0x00, 0x00,	/* iadd r3, r3, r20 */
	0x45, 0x19, 0x20, 0x0e, 0x00, 0xc0, 0x12, 0x00,	/* store r3, du0, r1, i32, x, a */
	0x62, 0x7d, 0xe7, 0xc4, 0x5e, 0x00,		/* ldimm r31, 6210791 */
	0x62, 0x51, 0xe7, 0xc4, 0x5e, 0x00,		/* ldimm r20, 6210791 */
	0x88, 0x00,					/* stop */
};

static const u8 look_local[] = {
	0x72, 0x05, 0x10, 0x04,				/* mov r1, thread_in_grid_x */
	0x1e, 0x09, 0x42, 0x42, 0x00, 0x00, 0x00, 0x00,	/* imul r2, r1, 4 */
	0x69, 0x8d, 0x04, 0x02, 0x14, 0x00, 0x00, 0x00,	/* lload r3, r2l, 0, i32, x */
	0x45, 0x19, 0x20, 0x0e, 0x00, 0xc0, 0x12, 0x00,	/* store r3, du0, r1, i32, x, a */
	0x62, 0x11, 0xe7, 0xc4, 0x5e, 0x00,		/* ldimm r4, 6210791 */
	0x29, 0x91, 0x04, 0x02, 0x14, 0x00, 0x00, 0x00,	/* lstore r4, r2l, 0, i32, x */
	0x88, 0x00,					/* stop */
};

static const u8 look_stack[] = {
	0x72, 0x05, 0x10, 0x04,				/* mov r1, thread_in_grid_x */
	0xb5, 0x00, 0x01, 0x05, 0x21, 0x80, 0x00, 0x00,	/* stack_adjust 16 */
	0x35, 0x1a, 0x80, 0x05, 0x00, 0xc0, 0x12, 0x00,	/* stack_load r3, 8, i32, x, a */
	0x38, 0x00,					/* wait a */
	0x45, 0x19, 0x20, 0x0e, 0x00, 0xc0, 0x12, 0x00,	/* store r3, du0, r1, i32, x, a */
	0x62, 0x11, 0xe7, 0xc4, 0x5e, 0x00,		/* ldimm r4, 6210791 */
	0xb5, 0x22, 0x80, 0x05, 0x00, 0xc0, 0x12, 0x00,	/* stack_store r4, 8, i32, x, a */
	0x38, 0x00,					/* wait a */
	0x88, 0x00,					/* stop */
};

static const struct agxc_test_program look_programs[] = {
	AGXC_TEST_PROGRAM(look_registers, .global = 256, .local = 64),
	AGXC_TEST_PROGRAM(look_local, .global = 256, .shared = 1024),
	AGXC_TEST_PROGRAM(look_stack, .global = 256, .local = 64),
};

KUNIT_ARRAY_PARAM_DESC(look, look_programs, name);

static void agxc_test_exec_secrets(struct kunit *test)
{
	const struct agxc_test_program *program = test->param_value;
	struct exec_test *t = test->priv;

	for (int i = 0; i < 2; i++) {
		memset(t->gpu->out, 0xff, program->global * sizeof(u32));
		KUNIT_ASSERT_EQ(test, run(test, program, AGX_NO_LIMIT, NSEC_PER_SEC), 0);
		KUNIT_EXPECT_NULL(test, memchr_inv(t->gpu->out, 0, program->global * sizeof(u32)));
	}
}

/* --- floating point ------------------------------------------------------------- */

static const u8 floats[] = {
	0x72, 0x05, 0x10, 0x04,				/* mov r1, thread_in_grid_x */
	0x05, 0x11, 0x24, 0x0e, 0x00, 0xc4, 0x32, 0x00,	/* load r2_r3, du2, r1, lsl 1, i32, xy, a */
	0x38, 0x00,					/* wait a */
	0x2a, 0x91, 0x44, 0x62, 0x24, 0x00,		/* fadd r4, r2, r3 */
	0x1a, 0x95, 0x44, 0x62, 0x24, 0x00,		/* fmul r5, r2, r3 */
	0x3a, 0x99, 0x44, 0x62, 0x24, 0x44, 0x02, 0x00,	/* ffma r6, r2, r3, r2 */
	0x0a, 0x1d, 0x46, 0x82,				/* rcp r7, r3 */
	0x45, 0x21, 0x20, 0x0e, 0x00, 0xc8, 0xf2, 0x00,	/* store r4_r5_r6_r7, du0, r1, lsl 2, ... */
	0x88, 0x00,					/* stop */
};

/* Bits, because the kernel has no floats: a, b, a + b, a * b, fma(a, b, a), 1 / b. */
static const struct float_case {
	u32 in[2], out[4];
} float_cases[] = {
	/* 1.5, 2 */
	{ { 0x3fc00000, 0x40000000 }, { 0x40600000, 0x40400000, 0x40900000, 0x3f000000 } },
	/* 1 + 2^-23, 1 - 2^-24: fma rounds once, so that it has what the product loses */
	{ { 0x3f800001, 0x3f7fffff }, { 0x40000000, 0x3f800000, 0x40000001, 0x3f800001 } },
	/* 0.1, 3 */
	{ { 0x3dcccccd, 0x40400000 }, { 0x40466666, 0x3e99999a, 0x3ecccccd, 0x3eaaaaab } },
	/* 2^24, 1: a tie, to even */
	{ { 0x4b800000, 0x3f800000 }, { 0x4b800000, 0x4b800000, 0x4c000000, 0x3f800000 } },
	/* the largest: infinities, and a reciprocal too small for a normal number */
	{ { 0x7f7fffff, 0x7f7fffff }, { 0x7f800000, 0x7f800000, 0x7f800000, 0x00000000 } },
	/* a denormal is 0 */
	{ { 0x000116c2, 0x3f800000 }, { 0x3f800000, 0x00000000, 0x00000000, 0x3f800000 } },
	/* infinity, -infinity: one NaN for all */
	{ { 0x7f800000, 0xff800000 }, { 0x7fc00000, 0xff800000, 0x7fc00000, 0x80000000 } },
	/* -0, 0 */
	{ { 0x80000000, 0x00000000 }, { 0x00000000, 0x80000000, 0x80000000, 0x7f800000 } },
};

static void agxc_test_exec_float(struct kunit *test)
{
	const struct agxc_test_program program =
		AGXC_TEST_PROGRAM(floats, .global = ARRAY_SIZE(float_cases));
	struct exec_test *t = test->priv;

	for (u32 i = 0; i < ARRAY_SIZE(float_cases); i++)
		memcpy(t->gpu->in + 2 * i, float_cases[i].in, sizeof(float_cases[i].in));
	KUNIT_ASSERT_EQ(test, run(test, &program, AGX_NO_LIMIT, NSEC_PER_SEC), 0);
	for (u32 i = 0; i < ARRAY_SIZE(float_cases); i++)
		for (u32 j = 0; j < 4; j++)
			KUNIT_EXPECT_EQ_MSG(test, t->gpu->out[4 * i + j], float_cases[i].out[j],
					    "case %u, result %u", i, j);
}

/* --- faults --------------------------------------------------------------------- */

static const u8 trap[] = {
	0x08, 0x00,					/* trap */
};

static const u8 unknown[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

static const u8 read_only[] = {
	0x72, 0x05, 0x10, 0x04,				/* mov r1, thread_in_grid_x */
	0x45, 0x09, 0x24, 0x0e, 0x00, 0xc0, 0x12, 0x00,	/* store r1, du2, r1, i32, x, a */
	0x88, 0x00,					/* stop */
};

static const u8 beyond_local[] = {
	0x62, 0x05, 0x00, 0x01, 0x00, 0x00,		/* ldimm r1, 256 */
	0x29, 0x85, 0x02, 0x02, 0x14, 0x00, 0x00, 0x00,	/* lstore r1, r1l, 0, i32, x */
	0x88, 0x00,					/* stop */
};

static const u8 beyond_stack[] = {
	0x35, 0x0a, 0x80, 0x05, 0x00, 0xc0, 0x12, 0x00,	/* stack_load r1, 8, i32, x, a */
	0x38, 0x00,					/* wait a */
	0x88, 0x00,					/* stop */
};

static const u8 beyond_registers[] = {
	0x62, 0xfd, 0x00, 0x00, 0x00, 0x10, 0x00, 0x10,	/* ldimm r63, 0x10000000 */
	0x88, 0x00,					/* stop */
};

static const struct fault_case {
	struct agxc_test_program program;
	enum agx_fault_kind kind;
	u32 offset;
	u64 address;
	bool write;
} fault_cases[] = {
	{ AGXC_TEST_PROGRAM(trap), AGX_FAULT_ILLEGAL },
	{ AGXC_TEST_PROGRAM(unknown), AGX_FAULT_UNKNOWN_INSN, 0, ~0ull },
	{ AGXC_TEST_PROGRAM(read_only), AGX_FAULT_READ_ONLY, 4, AGXC_TEST_IN, true },
	{ AGXC_TEST_PROGRAM(beyond_local, .shared = 256), AGX_FAULT_LOCAL, 6, 256, true },
	{ AGXC_TEST_PROGRAM(beyond_stack), AGX_FAULT_STACK, 0, 8 },
	{ AGXC_TEST_PROGRAM(beyond_registers), AGX_FAULT_REGISTER },
};

static void fault_name(const struct fault_case *fault, char *name)
{
	strscpy(name, fault->program.name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(fault, fault_cases, fault_name);

static void agxc_test_exec_fault(struct kunit *test)
{
	const struct fault_case *want = test->param_value;
	struct exec_test *t = test->priv;
	const struct agx_fault *fault = &t->dispatch->fault;

	KUNIT_ASSERT_EQ(test, run(test, &want->program, AGX_NO_LIMIT, NSEC_PER_SEC), -EFAULT);
	KUNIT_EXPECT_EQ(test, fault->kind, want->kind);
	KUNIT_EXPECT_EQ(test, fault->offset, want->offset);
	KUNIT_EXPECT_EQ(test, fault->address, want->address);
	KUNIT_EXPECT_EQ(test, fault->write, want->write);
	KUNIT_EXPECT_EQ(test, fault->lane, 0);
}

static void agxc_test_exec_unmapped(struct kunit *test)
{
	struct exec_test *t = test->priv;
	const struct agx_fault *fault = &t->dispatch->fault;

	KUNIT_ASSERT_EQ(test, run(test, &agxc_test_unmapped, AGX_NO_LIMIT, NSEC_PER_SEC),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, fault->kind, AGX_FAULT_UNMAPPED);
	KUNIT_EXPECT_EQ(test, fault->address, AGXC_TEST_OUT + 0x40000000);
	KUNIT_EXPECT_TRUE(test, fault->write);
}

/* Streams that the walker refuses. */
static void agxc_test_exec_streams(struct kunit *test)
{
	struct exec_test *t = test->priv;
	static const u64 bad[] = {
		0, AGXC_TEST_USC + 2, AGXC_TEST_USC + 0x8000, AGXC_TEST_OUT + 0x4000, ~0ull - 3,
	};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		start_stream(t, bad[i]);
		KUNIT_EXPECT_EQ_MSG(test, next_launch(t), -EFAULT, "stream at %llx", bad[i]);
		KUNIT_EXPECT_EQ(test, t->stream->fault.kind, AGX_FAULT_STREAM);
		KUNIT_EXPECT_GT(test, strlen(t->stream->message), 0);
	}
}

/* --- memory ------------------------------------------------------------------------ */

/* Blocks do not overlap, and when all are free there is room for one that takes all. */
static void agxc_test_arena(struct kunit *test)
{
	struct exec_test *t = test->priv;
	const struct agx_pool *pool = &t->arena.pool;
	static const size_t sizes[] = { 1, 63, 64, 1000, 4096, 70000, 0, 12345 };
	u8 *block[64] = {};
	u32 n;

	for (int round = 0; round < 3; round++) {
		for (n = 0; n < ARRAY_SIZE(block); n++) {
			size_t size = sizes[n % ARRAY_SIZE(sizes)];

			block[n] = pool->alloc(pool->ctx, size);
			if (!block[n])
				break;
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((uintptr_t)block[n], 64));
			memset(block[n], n, size);
		}
		while (n--) {
			size_t size = sizes[n % ARRAY_SIZE(sizes)];

			KUNIT_EXPECT_NULL(test, memchr_inv(block[n], n, size));
			pool->free(pool->ctx, block[n]);
		}
		KUNIT_EXPECT_EQ(test, t->arena.used, 0);
	}
	KUNIT_EXPECT_NULL(test, pool->alloc(pool->ctx, ARENA_SIZE));
	KUNIT_EXPECT_NULL(test, pool->alloc(pool->ctx, SIZE_MAX));
	block[0] = pool->alloc(pool->ctx, ARENA_SIZE - SZ_4K);
	KUNIT_ASSERT_NOT_NULL(test, block[0]);
	KUNIT_EXPECT_NULL(test, pool->alloc(pool->ctx, SZ_4K));
	pool->free(pool->ctx, block[0]);
}

/* Programs and stacks leave nothing behind, though they end in all ways. */
static void agxc_test_arena_given_back(struct kunit *test)
{
	struct exec_test *t = test->priv;

	for (u32 i = 0; i < ARRAY_SIZE(fault_cases); i++)
		run(test, &fault_cases[i].program, AGX_NO_LIMIT, NSEC_PER_SEC);
	for (u32 i = 0; i < ARRAY_SIZE(look_programs); i++)
		run(test, &look_programs[i], AGX_NO_LIMIT, NSEC_PER_SEC);
	agx_core_release(t->core);
	KUNIT_EXPECT_EQ(test, t->arena.used, 0);
}

static struct kunit_case agxc_exec_tests[] = {
	KUNIT_CASE(agxc_test_exec_ids),
	KUNIT_CASE(agxc_test_exec_slices),
	KUNIT_CASE(agxc_test_exec_steps),
	KUNIT_CASE(agxc_test_exec_stop),
	KUNIT_CASE_PARAM(agxc_test_exec_secrets, look_gen_params),
	KUNIT_CASE(agxc_test_exec_float),
	KUNIT_CASE_PARAM(agxc_test_exec_fault, fault_gen_params),
	KUNIT_CASE(agxc_test_exec_unmapped),
	KUNIT_CASE(agxc_test_exec_streams),
	KUNIT_CASE(agxc_test_arena),
	KUNIT_CASE(agxc_test_arena_given_back),
	{}
};

static struct kunit_suite agxc_exec_suite = {
	.name = "agxc_exec",
	.init = agxc_test_exec_init,
	.test_cases = agxc_exec_tests,
};

kunit_test_suites(&agxc_exec_suite);
