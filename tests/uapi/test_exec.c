// SPDX-License-Identifier: MIT
/*
 * Dispatches of every shape, against what the CPU computes.
 */
#include <math.h>
#include <unistd.h>

#include "gpu.h"

static struct ut_gpu gpu;

/* --- grids ---------------------------------------------------------------------------- */

#define WORDS 12u		/* that a thread writes */

static const char where_am_i[] =
	".uniform dst, buffer\n"
	".uniform width, u32\n"
	".uniform height, u32\n"
	".reg x, r2\n .reg y, r3\n .reg at, r4\n .reg v, r8..r11\n"
	"mov x, thread_in_grid_x\n"
	"mov y, thread_in_grid_y\n"
	"mov at, thread_in_grid_z\n"
	"imadd y, at, height, y\n"
	"imadd x, y, width, x\n"
	"imul at, x, 12\n"
	"mov v[0], threadgroup_in_grid_x\n"
	"mov v[1], threadgroup_in_grid_y\n"
	"mov v[2], threadgroup_in_grid_z\n"
	"mov v[3], thread_index_in_threadgroup\n"
	"store v, dst, at, i32, xyzw, a\n"
	"wait a\n"
	"iadd at, at, 4\n"
	"mov v[0], thread_in_threadgroup_x\n"
	"mov v[1], thread_in_threadgroup_y\n"
	"mov v[2], thread_in_threadgroup_z\n"
	"mov v[3], thread_index_in_simdgroup\n"
	"store v, dst, at, i32, xyzw, a\n"
	"wait a\n"
	"iadd at, at, 4\n"
	"mov v[0], threads_per_threadgroup_x\n"
	"mov v[1], threads_per_threadgroup_y\n"
	"mov v[2], threads_per_threadgroup_z\n"
	"mov v[3], simdgroup_index_in_threadgroup\n"
	"iadd v[3], v[3], 1\n"
	"store v, dst, at, i32, xyzw, a\n";

struct grid {
	const char *name;
	u32 global[3], local[3];
};

static const struct grid grids[] = {
	{ "one thread", { 1, 1, 1 }, { 1, 1, 1 } },
	{ "one thread of a large group", { 1, 1, 1 }, { 1024, 1, 1 } },
	{ "a SIMD-group", { 32, 1, 1 }, { 32, 1, 1 } },
	{ "1024 threads", { 1024, 1, 1 }, { 1024, 1, 1 } },
	{ "1024 threads in three dimensions", { 8, 8, 16 }, { 8, 8, 16 } },
	{ "whole groups", { 256, 1, 1 }, { 64, 1, 1 } },
	{ "part of a SIMD-group", { 111, 1, 1 }, { 37, 1, 1 } },
	{ "last group smaller", { 70, 1, 1 }, { 64, 1, 1 } },
	{ "edges in three dimensions", { 5, 7, 3 }, { 4, 4, 2 } },
	{ "along z", { 1, 1, 9 }, { 1, 1, 4 } },
	{ "groups of one", { 3, 2, 2 }, { 1, 1, 1 } },
	{ "large groups with edges", { 40, 33, 1 }, { 32, 32, 1 } },
	{ "many groups", { 3000, 5, 1 }, { 16, 1, 1 } },
};

static void check_thread(const struct grid *grid, const u32 at[3])
{
	const u32 *got = gpu.data +
		WORDS * ((at[2] * grid->global[1] + at[1]) * grid->global[0] + at[0]);
	u32 in[3], size[3], index;

	for (int i = 0; i < 3; i++) {
		u32 first = at[i] / grid->local[i] * grid->local[i];

		in[i] = at[i] - first;
		size[i] = grid->global[i] - first;
		if (size[i] > grid->local[i])
			size[i] = grid->local[i];
		ut_eq(got[i], at[i] / grid->local[i]);
		ut_eq(got[4 + i], in[i]);
		ut_eq(got[8 + i], size[i]);
	}
	index = (in[2] * size[1] + in[1]) * size[0] + in[0];
	ut_eq(got[3], index);
	ut_eq(got[7], index % 32);
	ut_eq(got[11], index / 32 + 1);
}

static void check_grid(const struct grid *grid)
{
	const u32 *g = grid->global;
	u32 at[3];

	for (at[2] = 0; at[2] < g[2]; at[2]++)
		for (at[1] = 0; at[1] < g[1]; at[1]++)
			for (at[0] = 0; at[0] < g[0]; at[0]++)
				check_thread(grid, at);
	for (u32 i = WORDS * g[0] * g[1] * g[2]; i < UT_WORDS; i++)
		ut_eq(gpu.data[i], 0);
}

static struct ut_launch grid_launch(const struct grid *grid)
{
	struct ut_launch launch = {
		.code = where_am_i, .args = { UT_DATA, grid->global[0], grid->global[1] },
	};

	memcpy(launch.global, grid->global, sizeof(launch.global));
	memcpy(launch.local, grid->local, sizeof(launch.local));
	return launch;
}

static void direct(const void *row)
{
	struct ut_launch launch = grid_launch(row);

	ut_gpu_init(&gpu);
	ut_ok(ut_run(&gpu, &launch));
	check_grid(row);
}

/* Threadgroups are read from memory; all are whole. */
static void indirect_global(const void *row)
{
	struct grid grid = *(const struct grid *)row;
	struct ut_launch launch = grid_launch(row);
	u32 groups[3];

	ut_gpu_init(&gpu);
	for (int i = 0; i < 3; i++) {
		groups[i] = (grid.global[i] + grid.local[i] - 1) / grid.local[i];
		grid.global[i] = groups[i] * grid.local[i];
	}
	if (WORDS * grid.global[0] * grid.global[1] * grid.global[2] > UT_WORDS)
		ut_skip("larger than the test's memory");
	launch.args[1] = grid.global[0];
	launch.args[2] = grid.global[1];
	launch.mode = AGX_CDM_INDIRECT_GLOBAL;
	launch.sizes = UT_USC + ut_put(&gpu, groups, sizeof(groups), 4);
	ut_ok(ut_run(&gpu, &launch));
	check_grid(&grid);
}

/* Threads, and threads of a group. */
static void indirect_local(const void *row)
{
	const struct grid *grid = row;
	struct ut_launch launch = grid_launch(row);
	u32 sizes[6];

	ut_gpu_init(&gpu);
	memcpy(sizes, grid->global, sizeof(grid->global));
	memcpy(sizes + 3, grid->local, sizeof(grid->local));
	launch.mode = AGX_CDM_INDIRECT_LOCAL;
	launch.sizes = UT_USC + ut_put(&gpu, sizes, sizeof(sizes), 4);
	ut_ok(ut_run(&gpu, &launch));
	check_grid(grid);
}

/* Nothing to do is done. */
static void indirect_empty(void)
{
	static const u32 groups[][3] = { { 0, 1, 1 }, { 1, 0, 1 }, { 1, 1, 0 }, { 0, 0, 0 } };
	struct ut_launch launch = {
		.code = where_am_i, .args = { UT_DATA, 1, 1 }, .mode = AGX_CDM_INDIRECT_GLOBAL,
	};

	ut_gpu_init(&gpu);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		launch.sizes = UT_USC + ut_put(&gpu, groups[i], sizeof(groups[i]), 4);
		ut_ok(ut_run(&gpu, &launch));
		for (u32 k = 0; k < WORDS; k++)
			ut_eq(gpu.data[k], 0);
	}
}

/* Sizes that a launch before computed. */
static void indirect_from_the_gpu(void)
{
	const struct ut_launch first = {
		.code = ".uniform dst, buffer\n"
			"ldimm r4, 7\n ldimm r5, 1\n ldimm r6, 1\n"
			"store r4..r6, dst, 0, i32, xyz, a\n",
		.args = { UT_DATA + 4096 },
	};
	const struct ut_launch second = {
		.code = ".uniform dst, buffer\n"
			"ldimm r1, 1\n"
			"atomic _, r1, dst, 0, add, coherent1, a\n",
		.args = { UT_DATA }, .local = { 10 },
		.mode = AGX_CDM_INDIRECT_GLOBAL, .sizes = UT_DATA + 4096,
	};
	u64 stream;

	ut_gpu_init(&gpu);
	stream = ut_begin(&gpu);
	ut_launch(&gpu, &first);
	ut_launch(&gpu, &second);
	ut_end(&gpu);
	ut_ok(ut_run_stream(&gpu, stream));
	ut_eq(gpu.data[0], 70);
}

/* --- what kernels do -------------------------------------------------------------------- */

/* The preamble runs once, and all threads see what it made. */
static void preamble(void)
{
	const struct ut_launch launch = {
		.code = ".uniform dst, buffer\n"
			".uniform a, u32\n"
			".uniform b, u32\n"
			".computed c, u16\n"
			".preamble\n"
			"imul r1, a, b\n"
			"mov c, r1l\n"
			".endpreamble\n"
			"mov r2, thread_in_grid_x\n"
			"iadd r3, r2, c\n"
			"store r3, dst, r2, i32, x, a\n",
		.args = { UT_DATA, 123, 45 }, .global = { 5000 }, .local = { 100 },
	};

	ut_gpu_init(&gpu);
	ut_ok(ut_run(&gpu, &launch));
	for (u32 i = 0; i < 5000; i++)
		ut_eq(gpu.data[i], 123 * 45 + i);
}

/* Sums of 256 by a tree in threadgroup memory. */
static void shared_memory(void)
{
	const u32 groups = 40, n = 256;
	const struct ut_launch launch = {
		.code = ".uniform src, buffer\n"
			".uniform dst, buffer\n"
			".local sums, 4 * 256\n"
			".reg i, r2\n .reg t, r3\n .reg sum, r4\n .reg other, r5\n"
			".reg mine, r6l\n .reg theirs, r6h\n"
			"mov i, thread_in_grid_x\n"
			"mov t, thread_in_threadgroup_x\n"
			"iadd mine, sums, t, lsl 2\n"
			"load sum, src, i, i32, x, a\n"
			"wait a\n"
			"lstore sum, mine, 0, i32, x\n"
			"barrier\n"
			".set HALF, 128\n"
			".rept 8\n"
			"@if t, HALF, ult\n"
			"iadd theirs, mine, HALF, lsl 2\n"
			"lload other, theirs, 0, i32, x\n"
			"iadd sum, sum, other\n"
			"lstore sum, mine, 0, i32, x\n"
			"@endif\n"
			"barrier\n"
			".set HALF, HALF / 2\n"
			".endr\n"
			"mov i, threadgroup_in_grid_x\n"
			"@if t, 0, ieq\n"
			"store sum, dst, i, i32, x, a\n"
			"@endif\n",
		.args = { UT_DATA, UT_DATA + 4 * groups * n }, .global = { groups * n },
		.local = { n },
	};
	u32 want[40] = { 0 };

	ut_gpu_init(&gpu);
	for (u32 i = 0; i < groups * n; i++) {
		gpu.data[i] = i * 2654435761u;
		want[i / n] += gpu.data[i];
	}
	ut_ok(ut_run(&gpu, &launch));
	for (u32 g = 0; g < groups; g++)
		ut_eq(gpu.data[groups * n + g], want[g]);
}

/* All threads of all groups count the same word, and each value comes once. */
static void atomics(void)
{
	const u32 n = 20000;
	const struct ut_launch launch = {
		.code = ".uniform dst, buffer\n"
			".uniform most, buffer\n"
			".uniform list, buffer\n"
			"ldimm r1, 1\n"
			"mov r3, thread_in_grid_x\n"
			"atomic r2, r1, dst, 0, add, coherent1, a\n"
			"wait a\n"
			"atomic _, r3, most, 0, umax, coherent1, a\n"
			"store r1, list, r2, i32, x, a\n",
		.args = { UT_DATA, UT_DATA + 4, UT_DATA + 8 }, .global = { n }, .local = { 64 },
	};

	ut_gpu_init(&gpu);
	ut_ok(ut_run(&gpu, &launch));
	ut_eq(gpu.data[0], n);
	ut_eq(gpu.data[1], n - 1);
	for (u32 i = 0; i < n; i++)
		ut_eq(gpu.data[2 + i], 1);
	ut_eq(gpu.data[2 + n], 0);
}

/* Lanes that go their own ways. */
static void divergence(void)
{
	const u32 n = 3000;
	const struct ut_launch launch = {
		.code = ".uniform dst, buffer\n"
			".reg i, r2\n .reg v, r3\n .reg count, r4\n .reg bit, r5\n"
			"mov i, thread_in_grid_x\n"
			"iadd v, i, 1\n"
			"ldimm count, 0\n"
			"@loop\n"
			"@break_if v, 1, ieq\n"
			"iadd count, count, 1\n"
			"and bit, v, 1\n"
			"@if bit, 0, ieq\n"
			"shr v, v, 1\n"
			"@continue\n"
			"@endif\n"
			"imadd v, v, 3, 1\n"
			"@endloop\n"
			"store count, dst, i, i32, x, a\n",
		.args = { UT_DATA }, .global = { n }, .local = { 96 },
	};

	ut_gpu_init(&gpu);
	ut_ok(ut_run(&gpu, &launch));
	for (u32 i = 0; i < n; i++) {
		u32 count = 0;

		for (u64 v = i + 1; v != 1; v = v % 2 ? 3 * v + 1 : v / 2)
			count++;
		ut_eq(gpu.data[i], count);
	}
}

/* Floats, as IEEE has them: one rounding of a fused multiply-add. */
static void floats(void)
{
	const u32 n = 10000;
	const struct ut_launch launch = {
		.code = ".uniform x, buffer\n"
			".uniform y, buffer\n"
			".uniform a, f32\n"
			".reg i, r2\n .reg xi, r3\n .reg yi, r4\n"
			"mov i, thread_in_grid_x\n"
			"load xi, x, i, i32, x, a\n"
			"load yi, y, i, i32, x, a\n"
			"wait a\n"
			"ffma yi, a, xi, yi\n"
			"store yi, y, i, i32, x, a\n",
		.args = { UT_DATA, UT_DATA + 4 * n, 0x3f8ccccd }, .global = { n }, .local = { 128 },
	};
	float *x, *y, want[10000];

	ut_gpu_init(&gpu);
	x = (float *)gpu.data;
	y = x + n;
	for (u32 i = 0; i < n; i++) {
		x[i] = (float)((int)i - 5000) / 7.0f;
		y[i] = 1000.0f / (float)(i + 1);
		want[i] = fmaf(1.1f, x[i], y[i]);
	}
	ut_ok(ut_run(&gpu, &launch));
	ut_assert(!memcmp(y, want, sizeof(want)));
}

/* Across lanes. */
static void simd_groups(void)
{
	const struct ut_launch launch = {
		.code = ".uniform dst, buffer\n"
			"mov r2, thread_in_grid_x\n"
			"mov r3, r2\n"
			"icmp_ballot r4, r3, 7, ult\n"
			"store r4, dst, r2, i32, x, a\n",
		.args = { UT_DATA }, .global = { 64 }, .local = { 64 },
	};

	ut_gpu_init(&gpu);
	ut_ok(ut_run(&gpu, &launch));
	for (u32 i = 0; i < 64; i++)
		ut_eq(gpu.data[i], i < 32 ? 0x7f : 0);
}

/* More groups than any machine has cores. */
static void big_grid(void)
{
	const u32 n = UT_WORDS / 2;
	const struct ut_launch launch = {
		.code = ".uniform dst, buffer\n"
			"mov r2, thread_in_grid_x\n"
			"imul r3, r2, r2\n"
			"shr r4, r3, 7\n"
			"xor r3, r3, r4\n"
			"iadd r3, r3, r2\n"
			"store r3, dst, r2, i32, x, a\n",
		.args = { UT_DATA }, .global = { n }, .local = { 64 },
	};

	ut_gpu_init(&gpu);
	ut_ok(ut_run(&gpu, &launch));
	for (u32 i = 0; i < n; i++)
		ut_eq(gpu.data[i], ((i * i) ^ (i * i >> 7)) + i);
	ut_eq(gpu.data[n], 0);
}

/* --- streams ----------------------------------------------------------------------------- */

/* data[0] = data[0] * 3 + number: the order shows. */
static struct ut_launch step(u32 number)
{
	return (struct ut_launch){
		.code = ".uniform dst, buffer\n"
			".uniform number, u32\n"
			"load r1, dst, 0, i32, x, a\n"
			"wait a\n"
			"imadd r1, r1, 3, number\n"
			"store r1, dst, 0, i32, x, a\n",
		.args = { UT_DATA, number },
	};
}

static void add_step(u32 number)
{
	struct ut_launch launch = step(number);

	ut_launch(&gpu, &launch);
}

static u32 steps(u32 n)
{
	u32 value = 0;

	for (u32 i = 0; i < n; i++)
		value = 3 * value + i;
	return value;
}

static void many_launches(void)
{
	u64 stream;

	ut_gpu_init(&gpu);
	stream = ut_begin(&gpu);
	for (u32 i = 0; i < 200; i++)
		add_step(i);
	ut_end(&gpu);
	ut_ok(ut_run_stream(&gpu, stream));
	ut_eq(gpu.data[0], steps(200));
}

/* The stream goes on elsewhere, forwards and backwards; the end said is the first's. */
static void links(void)
{
	struct agx_cdm link[3];
	struct ut_cmds cmds = { .size = 0 };
	u32 at[4], end, syncobj;

	ut_gpu_init(&gpu);
	for (u32 i = 0; i < 4; i++) {
		gpu.stream_used = (i * 7 % 4) * 4096;	/* 0, 3, 2, 1 */
		at[i] = gpu.stream_used;
		add_step(2 * i);
		add_step(2 * i + 1);
		if (i < 3) {
			link[i] = (struct agx_cdm){
				.type = AGX_CDM_LINK,
				.address = UT_STREAM + ((i + 1) * 7 % 4) * 4096,
			};
			ut_packet(&gpu, &link[i]);
		} else {
			ut_end(&gpu);
		}
		if (!i)
			end = gpu.stream_used;
	}
	ut_cmd_compute(&cmds, UT_STREAM + at[0], UT_STREAM + end);
	syncobj = ut_start(&gpu, &cmds);
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_eq(gpu.data[0], steps(8));
}

/* A piece that is called, and comes back. */
static void link_with_return(void)
{
	u64 stream;

	ut_gpu_init(&gpu);
	gpu.stream_used = 8192;
	add_step(1);
	ut_packet(&gpu, &(struct agx_cdm){ .type = AGX_CDM_RETURN });
	gpu.stream_used = 0;
	stream = ut_begin(&gpu);
	add_step(0);
	ut_packet(&gpu, &(struct agx_cdm){
		.type = AGX_CDM_LINK, .address = UT_STREAM + 8192, .with_return = true,
	});
	add_step(2);
	ut_end(&gpu);
	ut_ok(ut_run_stream(&gpu, stream));
	ut_eq(gpu.data[0], steps(3));
}

/* Streams need not be aligned to more than words, and may cross pages. */
static void stream_across_pages(void)
{
	u64 stream;

	ut_gpu_init(&gpu);
	gpu.stream_used = UT_PAGE - 20;
	stream = UT_STREAM + gpu.stream_used;
	for (u32 i = 0; i < 4; i++)
		add_step(i);
	ut_end(&gpu);
	ut_ok(ut_run_stream(&gpu, stream));
	ut_eq(gpu.data[0], steps(4));
}

/* --- what changes between submissions ------------------------------------------------------ */

static struct ut_launch store_number(u32 number)
{
	static char code[2][128];
	static u32 i;

	i = !i;
	snprintf(code[i], sizeof(code[i]),
		 ".uniform dst, buffer\n ldimm r1, %u\n store r1, dst, 0, i32, x, a\n", number);
	return (struct ut_launch){ .code = code[i], .args = { UT_DATA } };
}

/* Other code at the same address: nobody may remember the old. */
static void code_rewritten(void)
{
	ut_gpu_init(&gpu);
	for (u32 i = 1; i <= 100; i++) {
		struct ut_launch launch = store_number(i * 331);

		/* Everything is where it was. */
		gpu.usc_used = 0;
		gpu.stream_used = 0;
		ut_ok(ut_run_stream(&gpu, ut_stream(&gpu, &launch)));
		ut_eq(gpu.data[0], i * 331);
	}
}

/* Likewise, where a launch before changed it, on the GPU's side. */
static void code_written_by_the_gpu(void)
{
	struct ut_launch launch = store_number(0x1111), copy = {
		.code = ".uniform src, buffer\n"
			".uniform dst, buffer\n"
			"mov r2, thread_in_grid_x\n"
			"load r1, src, r2, i32, x, a\n"
			"wait a\n"
			"store r1, dst, r2, i32, x, a\n",
		.global = { 1024 }, .local = { 32 },
	};
	u32 usc, other, from, to;
	u64 stream;

	ut_gpu_init(&gpu);
	/* Writable, at another address. */
	ut_ok(ut_bind(gpu.fd, gpu.vm, gpu.usc_bo, 0, UT_SIZE, UT_FREE, UT_RW));
	to = gpu.usc_used;
	usc = ut_program(&gpu, &launch);
	launch = store_number(0x2222);
	gpu.usc_used = from = 65536;
	other = ut_program(&gpu, &launch);
	ut_assert(other - from == usc - to);
	/* Code only: the words of the second say where its own code is. */
	copy.args[0] = UT_USC + from;
	copy.args[1] = UT_FREE + to;
	copy.global[0] = (usc - to) / 4;
	stream = ut_begin(&gpu);
	ut_launch_at(&gpu, &launch, usc);
	ut_launch(&gpu, &copy);
	ut_launch_at(&gpu, &launch, usc);
	ut_end(&gpu);
	ut_ok(ut_run_stream(&gpu, stream));
	ut_eq(gpu.data[0], 0x2222);
}

/* Other memory at the code's address. */
static void code_bound_anew(void)
{
	struct ut_launch launch = store_number(1);
	u64 stream;
	u32 bo[2];

	ut_gpu_init(&gpu);
	stream = ut_stream(&gpu, &launch);
	bo[0] = gpu.usc_bo;
	bo[1] = ut_gem(gpu.fd, UT_SIZE);
	gpu.usc = ut_mmap(gpu.fd, bo[1], UT_SIZE);
	gpu.usc_used = 0;
	launch = store_number(2);
	ut_program(&gpu, &launch);
	for (u32 i = 0; i < 20; i++) {
		ut_ok(ut_bind(gpu.fd, gpu.vm, bo[i % 2], 0, UT_SIZE, UT_USC, DRM_ASAHI_BIND_READ));
		ut_ok(ut_run_stream(&gpu, stream));
		ut_eq(gpu.data[0], 1 + i % 2);
	}
}

/* The same address in two address spaces. */
static void code_of_two_vms(void)
{
	static struct ut_gpu other;
	struct ut_launch launch = store_number(1);
	u64 stream, second;

	ut_gpu_init(&gpu);
	ut_gpu_init_on(&other, gpu.fd);
	stream = ut_stream(&gpu, &launch);
	launch = store_number(2);
	second = ut_stream(&other, &launch);
	ut_eq(stream, second);
	for (u32 i = 0; i < 20; i++) {
		ut_ok(ut_run_stream(&gpu, stream));
		ut_ok(ut_run_stream(&other, stream));
		ut_eq(gpu.data[0], 1);
		ut_eq(other.data[0], 2);
	}
}

static const struct ut_test tests[] = {
	UT_ROWS(direct, grids),
	UT_ROWS(indirect_global, grids),
	UT_ROWS(indirect_local, grids),
	UT(indirect_empty),
	UT(indirect_from_the_gpu),
	UT(preamble),
	UT(shared_memory),
	UT(atomics),
	UT(divergence),
	UT(floats),
	UT(simd_groups),
	UT(big_grid),
	UT(many_launches),
	UT(links),
	UT(link_with_return),
	UT(stream_across_pages),
	UT(code_rewritten),
	UT(code_written_by_the_gpu),
	UT(code_bound_anew),
	UT(code_of_two_vms),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
