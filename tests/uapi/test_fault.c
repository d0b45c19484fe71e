// SPDX-License-Identifier: MIT
/*
 * What goes wrong on the GPU: EIO for the work of the address space that did it,
 * ECANCELED for what else was in flight, and everything works afterwards.
 */
#include <unistd.h>

#include "gpu.h"

static struct ut_gpu gpu;

#define STREAM_END (UT_STREAM + UT_SIZE)
#define READ_ONLY UT_FREE
#define WRITE_ONLY (UT_FREE + UT_PAGE)
#define NOTHING (UT_FREE + 2 * UT_PAGE)

static void setup(void)
{
	u32 bo;

	ut_gpu_init(&gpu);
	bo = ut_gem(gpu.fd, UT_PAGE);
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 0, UT_PAGE, READ_ONLY, DRM_ASAHI_BIND_READ));
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 0, UT_PAGE, WRITE_ONLY, DRM_ASAHI_BIND_WRITE));
}

/* The GPU does what it is told, after whatever happened. */
static void check_works(struct ut_gpu *g, u32 number)
{
	u32 word = 0;

	ut_ok(ut_poke(g, UT_DATA, number));
	ut_ok(ut_peek(g, UT_DATA, &word));
	ut_eq(word, number);
}

/* --- shaders --------------------------------------------------------------------------- */

#define LOAD(format) \
	".uniform at, buffer\n" \
	"mov r2, thread_in_grid_x\n" \
	"load r4, at, r2, " format ", x, a\n" \
	"wait a\n"
#define STORE(format) \
	".uniform at, buffer\n" \
	"mov r2, thread_in_grid_x\n" \
	"ldimm r4, 5\n" \
	"store r4, at, r2, " format ", x, a\n"
#define ATOMIC \
	".uniform at, buffer\n" \
	"ldimm r4, 5\n" \
	"atomic r5, r4, at, 0, add, coherent1, a\n" \
	"wait a\n"
#define PREAMBLE_LOAD \
	".uniform at, buffer\n" \
	".computed c, u32\n" \
	".preamble\n" \
	"load r1, at, 0, i32, x, a\n" \
	"wait a\n" \
	"mov c, r1\n" \
	".endpreamble\n" \
	"mov r2, c\n"

static const struct shader {
	const char *name;
	const char *code;
	u64 address;
	u32 threads;
} shaders[] = {
	{ "load, unmapped", LOAD("i32"), NOTHING, 1 },
	{ "load, address 0", LOAD("i32"), 0, 1 },
	{ "load, first page", LOAD("i32"), 4096, 1 },
	{ "load, the kernel's part", LOAD("i32"), UT_KERNEL_START, 1 },
	{ "load, beyond the address space", LOAD("i32"), 1ull << 40, 1 },
	{ "load, canonical upper half", LOAD("i32"), 0 - UT_PAGE, 1 },
	{ "load, last thread", LOAD("i32"), UT_DATA + UT_SIZE - 4 * 999, 1000 },
	{ "load, write-only", LOAD("i32"), WRITE_ONLY, 1 },
	{ "load of a byte", LOAD("i8"), NOTHING, 1 },
	{ "store, unmapped", STORE("i32"), NOTHING, 1 },
	{ "store, address 0", STORE("i32"), 0, 1 },
	{ "store, read-only", STORE("i32"), READ_ONLY, 1 },
	{ "store, read-only code", STORE("i32"), UT_USC, 1 },
	{ "store, last thread", STORE("i32"), UT_DATA + UT_SIZE - 4 * 999, 1000 },
	{ "store of a byte", STORE("i8"), READ_ONLY, 1 },
	{ "atomic, unmapped", ATOMIC, NOTHING, 1 },
	{ "atomic, read-only", ATOMIC, READ_ONLY, 1 },
	{ "atomic, write-only", ATOMIC, WRITE_ONLY, 1 },
	{ "preamble, unmapped", PREAMBLE_LOAD, NOTHING, 1 },
	{ "trap", "trap\n", 0, 1 },
	{ "trap in the last thread", "mov r1, thread_in_grid_x\n@if r1, 99, ieq\ntrap\n@endif\n",
	  0, 100 },
	{ "unknown instruction", ".bare\n.hword 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff\n",
	  0, 1 },
	{ "jump out of the program", ".bare\njmp_any 4096\nstop\n", 0, 1 },
	{ "jump before the program", ".bare\njmp_any -4096\nstop\n", 0, 1 },
	{ "no end", ".bare\nmov r1, thread_in_grid_x\n", 0, 1 },
	{ "threadgroup memory that is not there", "ldimm r1, 0\nlload r2, r1l, 0, i32, x\n", 0, 1 },
	{ "stack that is not there", "ldimm r1, 1\nstack_store r1, 0, i32, x, a\nwait a\n", 0, 1 },
};

static void shader_faults(const void *row)
{
	const struct shader *s = row;
	const struct ut_launch launch = {
		.code = s->code, .args = { s->address }, .global = { s->threads }, .local = { 32 },
		.unchecked = true,
	};

	setup();
	check_works(&gpu, 1);
	ut_ret(ut_run(&gpu, &launch), -EIO);
	check_works(&gpu, 2);
}

/* --- streams --------------------------------------------------------------------------- */

static struct agx_usc some_usc(void)
{
	static const u16 stop = 0x0088;

	return (struct agx_usc){
		.n_uniforms = 1, .uniform = { { 0, 4, UT_USC } },
		.shader = ut_put(&gpu, &stop, sizeof(stop), 128), .regs = 16, .unk4 = 1,
	};
}

/* A launch of these USC words (NULL: that are at usc). */
static u64 launch_of(const struct agx_usc *usc, u32 at)
{
	u8 words[512];
	struct agx_error err;
	u64 stream = ut_begin(&gpu);

	if (usc) {
		int n = agx_usc_build(usc, words, sizeof(words), &err);

		ut_assert(n > 0);
		at = ut_put(&gpu, words, (size_t)n, 64);
	}
	ut_launch_at(&gpu, &(struct ut_launch){ .code = "" }, at);
	ut_end(&gpu);
	return stream;
}

static u64 of_words(const u32 *words, u32 n)
{
	u64 stream = ut_begin(&gpu);

	memcpy(gpu.stream + gpu.begin, words, 4 * n);
	gpu.stream_used += 4 * n;
	return stream;
}

static u64 good(void)
{
	struct agx_usc usc = some_usc();

	return launch_of(&usc, 0);
}

static u64 not_mapped(void)
{
	return NOTHING;
}

static u64 write_only(void)
{
	return WRITE_ONLY;
}

static u64 at_0(void)
{
	return 0;
}

static u64 at_the_end(void)
{
	return 0 - 4ull;
}

static u64 not_aligned(void)
{
	return NOTHING + 1;
}

static u64 ones(void)
{
	return of_words((u32[]){ ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u }, 8);
}

static u64 unknown_packet(void)
{
	return of_words((u32[]){ 0xe0000000, 0x12345678 }, 2);
}

/* The stream ends with its mapping, in the middle of a packet. */
static u64 end_of_mapping(void)
{
	const struct agx_cdm link = { .type = AGX_CDM_LINK, .address = UT_STREAM };
	u8 bytes[AGX_CDM_MAX];

	ut_assert(agx_cdm_build(&link, bytes, NULL) == 8);
	memcpy(gpu.stream + UT_SIZE - 4, bytes, 4);
	return UT_STREAM + UT_SIZE - 4;
}

static u64 link_to_nothing(void)
{
	u64 stream = ut_begin(&gpu);

	ut_packet(&gpu, &(struct agx_cdm){ .type = AGX_CDM_LINK, .address = NOTHING });
	return stream;
}

static u64 link_to_itself(void)
{
	u64 stream = ut_begin(&gpu);

	ut_packet(&gpu, &(struct agx_cdm){ .type = AGX_CDM_LINK, .address = stream });
	return stream;
}

static u64 return_to_nowhere(void)
{
	u64 stream = ut_begin(&gpu);

	ut_packet(&gpu, &(struct agx_cdm){ .type = AGX_CDM_RETURN });
	return stream;
}

static u64 usc_not_mapped(void)
{
	return launch_of(NULL, 0x40000000);
}

static u64 usc_zeros(void)
{
	return launch_of(NULL, 65536);
}

static u64 usc_rubbish(void)
{
	memset(gpu.usc + 65536, 0xff, 256);
	return launch_of(NULL, 65536);
}

static u64 shader_not_mapped(void)
{
	struct agx_usc usc = some_usc();

	usc.shader = 0x40000000;
	return launch_of(&usc, 0);
}

static u64 shader_is_zeros(void)
{
	struct agx_usc usc = some_usc();

	usc.shader = 65536;
	return launch_of(&usc, 0);
}

static u64 preamble_not_mapped(void)
{
	struct agx_usc usc = some_usc();

	usc.has_preamble = true;
	usc.preamble = 0x40000000;
	return launch_of(&usc, 0);
}

static u64 uniforms_not_mapped(void)
{
	struct agx_usc usc = some_usc();

	usc.uniform[0].address = NOTHING;
	return launch_of(&usc, 0);
}

static u64 uniforms_write_only(void)
{
	struct agx_usc usc = some_usc();

	usc.uniform[0].address = WRITE_ONLY;
	return launch_of(&usc, 0);
}

static u64 sizes_not_mapped(void)
{
	return ut_stream(&gpu, &(struct ut_launch){
		.code = "mov r1, thread_in_grid_x\n", .mode = AGX_CDM_INDIRECT_GLOBAL,
		.sizes = NOTHING,
	});
}

/* Larger than a threadgroup may be. */
static u64 sizes_too_large(void)
{
	static const u32 sizes[] = { 4096, 1, 1, 4096, 1, 1 };

	return ut_stream(&gpu, &(struct ut_launch){
		.code = "mov r1, thread_in_grid_x\n", .mode = AGX_CDM_INDIRECT_LOCAL,
		.sizes = UT_USC + ut_put(&gpu, sizes, sizeof(sizes), 4),
	});
}

/* Registers that the launch did not ask for. */
static u64 too_few_registers(void)
{
	struct agx_usc usc = some_usc();
	u32 words = ut_program(&gpu, &(struct ut_launch){ .code = "ldimm r20, 1\n" });

	/* The code is in front of the words, at a multiple of 128. */
	usc.shader = (words - 1) / 128 * 128;
	usc.regs = 8;
	return launch_of(&usc, 0);
}

static const struct stream {
	const char *name;
	u64 (*make)(void);
	int want;
} streams[] = {
	{ "good", good, 0 },
	{ "not mapped", not_mapped, -EIO },
	{ "write-only", write_only, -EIO },
	{ "address 0", at_0, -EIO },
	{ "the last address", at_the_end, -EIO },
	{ "not aligned", not_aligned, -EIO },
	{ "ones", ones, -EIO },
	{ "unknown packet", unknown_packet, -EIO },
	{ "end of the mapping", end_of_mapping, -EIO },
	{ "link to nothing", link_to_nothing, -EIO },
	{ "link to itself", link_to_itself, -EIO },
	{ "return to nowhere", return_to_nowhere, -EIO },
	{ "USC words not mapped", usc_not_mapped, -EIO },
	{ "USC words are zeros", usc_zeros, -EIO },
	{ "USC words are rubbish", usc_rubbish, -EIO },
	{ "shader not mapped", shader_not_mapped, -EIO },
	{ "shader is zeros", shader_is_zeros, -EIO },
	{ "preamble not mapped", preamble_not_mapped, -EIO },
	{ "uniforms not mapped", uniforms_not_mapped, -EIO },
	{ "uniforms write-only", uniforms_write_only, -EIO },
	{ "indirect sizes not mapped", sizes_not_mapped, -EIO },
	{ "indirect sizes too large", sizes_too_large, -EIO },
	{ "too few registers", too_few_registers, -EIO },
};

static void stream_faults(const void *row)
{
	const struct stream *s = row;

	setup();
	check_works(&gpu, 1);
	ut_ret(ut_run_stream(&gpu, s->make()), s->want);
	check_works(&gpu, 2);
}

/* Bytes from a generator, as stream, as USC words, as code; seconds, not forever. */
static void rubbish(void)
{
	u64 state = 88172645463325252ull;

	setup();
	if (!ut_set_param("max_steps", "100000"))
		ut_skip("the module's parameters cannot be changed");
	for (u32 round = 0; round < ut_cycles(60); round++) {
		u8 *at = round % 3 ? gpu.usc + 65536 : gpu.stream + 65536;
		struct agx_usc usc = some_usc();
		u64 stream = UT_STREAM + 65536;
		int error;

		for (u32 i = 0; i < 512; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			at[i] = (u8)state;
		}
		usc.shader = 65536;
		if (round % 3)
			stream = launch_of(round % 3 == 1 ? NULL : &usc, 65536);
		error = ut_run_stream(&gpu, stream);
		ut_assert(!error || error == -EIO || error == -ETIMEDOUT);
		gpu.usc_used = 0;
		gpu.stream_used = 0;
	}
	check_works(&gpu, 2);
}

/* --- who else is hit --------------------------------------------------------------------- */

static u64 fault_stream(struct ut_gpu *g)
{
	return ut_stream(g, &(struct ut_launch){ .code = STORE("i32"), .args = { 0x4000 } });
}

/* Another client runs, and goes on when it has seen its work end. */
struct innocent {
	int running[2], done[2];	/* pipes */
	int want;
};

static void be_innocent(void *ctx)
{
	struct innocent *innocent = ctx;
	u32 syncobj;

	ut_gpu_init(&gpu);
	syncobj = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_spin_runs(&gpu);
	ut_eq(write(innocent->running[1], "", 1), 1);
	ut_ret(ut_fence_error(gpu.fd, syncobj), innocent->want);
	check_works(&gpu, 77);
}

static void innocent_process(void)
{
	struct innocent innocent = { .want = -ECANCELED };
	char c;
	int pid;

	ut_assert(!pipe(innocent.running));
	pid = ut_fork(be_innocent, &innocent);
	ut_eq(read(innocent.running[0], &c, 1), 1);
	setup();
	ut_ret(ut_run_stream(&gpu, fault_stream(&gpu)), -EIO);
	ut_join(pid);
	check_works(&gpu, 2);
}

/* Another address space of the same file is as innocent. */
static void innocent_vm(void)
{
	static struct ut_gpu other;
	u32 syncobj;

	setup();
	ut_gpu_init_on(&other, gpu.fd);
	syncobj = ut_start_stream(&other, ut_spin(&other));
	ut_spin_runs(&other);
	ut_ret(ut_run_stream(&gpu, fault_stream(&gpu)), -EIO);
	ut_ret(ut_fence_error(gpu.fd, syncobj), -ECANCELED);
	check_works(&other, 3);
	check_works(&gpu, 4);
}

/* All that is in flight of the guilty address space fails the same way. */
static void same_vm(void)
{
	u32 spinning, first, queue;

	setup();
	spinning = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_spin_runs(&gpu);
	first = gpu.queue;
	queue = ut_queue(gpu.fd, gpu.vm, UT_USC);
	gpu.queue = queue;
	ut_ret(ut_run_stream(&gpu, fault_stream(&gpu)), -EIO);
	ut_ret(ut_fence_error(gpu.fd, spinning), -EIO);
	check_works(&gpu, 3);
	gpu.queue = first;
	check_works(&gpu, 4);
}

/* Behind it on the queue, and already in flight. */
static void same_queue(void)
{
	u32 spinning, fault, behind;
	u64 stream;

	setup();
	stream = ut_stream(&gpu, &(struct ut_launch){
		.code = STORE("i32"), .args = { UT_DATA + 64 },
	});
	spinning = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_spin_runs(&gpu);
	fault = ut_start_stream(&gpu, fault_stream(&gpu));
	behind = ut_start_stream(&gpu, stream);
	ut_sleep_ms(100);
	ut_spin_end(&gpu);
	ut_ret(ut_fence_error(gpu.fd, spinning), 0);
	ut_ret(ut_fence_error(gpu.fd, fault), -EIO);
	ut_ret(ut_fence_error(gpu.fd, behind), -EIO);
	ut_eq(gpu.data[16], 0);
	ut_ok(ut_run_stream(&gpu, stream));
	ut_eq(gpu.data[16], 5);
}

/* Of two commands, the second is not executed. */
static void rest_of_a_submission(void)
{
	struct ut_cmds cmds = { .size = 0 };
	u64 stores[2];

	setup();
	for (u32 i = 0; i < 2; i++)
		stores[i] = ut_stream(&gpu, &(struct ut_launch){
			.code = STORE("i32"), .args = { UT_DATA + 4 * i },
		});
	ut_cmd_compute(&cmds, stores[0], STREAM_END);
	ut_cmd_compute(&cmds, fault_stream(&gpu), STREAM_END);
	ut_cmd_compute(&cmds, stores[1], STREAM_END);
	ut_ret(ut_fence_error(gpu.fd, ut_start(&gpu, &cmds)), -EIO);
	ut_eq(gpu.data[0], 5);
	ut_eq(gpu.data[1], 0);
}

/* What waits for a fence is not in flight: it runs, also when the fence had an error. */
static void who_waits_is_not_hit(void)
{
	static struct ut_gpu other;
	struct drm_asahi_sync syncs[2];
	struct ut_cmds cmds = { .size = 0 };
	u32 spinning;

	setup();
	ut_gpu_init_on(&other, gpu.fd);
	spinning = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_spin_runs(&gpu);
	syncs[0] = ut_binary(spinning);
	syncs[1] = ut_binary(ut_syncobj(gpu.fd, false));
	ut_cmd_compute(&cmds, ut_stream(&other, &(struct ut_launch){
		.code = STORE("i32"), .args = { UT_DATA },
	}), STREAM_END);
	ut_ok(ut_submit(gpu.fd, other.queue, &cmds, syncs, 1, 1));
	gpu.queue = ut_queue(gpu.fd, gpu.vm, UT_USC);
	ut_ret(ut_run_stream(&gpu, fault_stream(&gpu)), -EIO);
	ut_ret(ut_fence_error(gpu.fd, spinning), -EIO);
	ut_ret(ut_fence_error(gpu.fd, syncs[1].handle), 0);
	ut_eq(other.data[0], 5);
}

static void error_of_a_point(void)
{
	struct drm_asahi_sync out;
	struct ut_cmds cmds = { .size = 0 };

	setup();
	out = ut_point(ut_syncobj(gpu.fd, false), 7);
	ut_cmd_compute(&cmds, fault_stream(&gpu), STREAM_END);
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, &out, 0, 1));
	ut_ret(ut_point_error(gpu.fd, out.handle, 7), -EIO);
	ut_eq(ut_timeline_value(gpu.fd, out.handle), 7);
}

static void again_and_again(void)
{
	u64 stream;

	setup();
	stream = fault_stream(&gpu);
	for (u32 i = 0; i < ut_cycles(100); i++) {
		ut_ret(ut_run_stream(&gpu, stream), -EIO);
		if (i % 10 == 0)
			check_works(&gpu, i);
	}
}

/* Fences are asked about before they are, and after the queue is gone. */
static void error_outlives_the_queue(void)
{
	u32 syncobj;

	setup();
	syncobj = ut_start_stream(&gpu, fault_stream(&gpu));
	ut_ok(ut_queue_destroy(gpu.fd, gpu.queue));
	ut_ret(ut_fence_error(gpu.fd, syncobj), -EIO);
}

/* --- soft faults ------------------------------------------------------------------------ */

static void setup_soft(void)
{
	setup();
	if (!ut_set_param("soft_faults", "Y"))
		ut_skip("the module's parameters cannot be changed");
}

static void soft_load(void)
{
	u32 word = 0;

	setup_soft();
	gpu.data[0] = 1;
	ut_ok(ut_peek(&gpu, NOTHING, &word));
	ut_eq(word, 0);
	ut_ok(ut_peek(&gpu, 1ull << 40, &word));
	ut_eq(word, 0);
	ut_ok(ut_peek(&gpu, UT_DATA, &word));
	ut_eq(word, 1);
}

static void soft_store(void)
{
	setup_soft();
	ut_ok(ut_poke(&gpu, NOTHING, 1));
	ut_ok(ut_poke(&gpu, UT_DATA, 2));
	ut_eq(gpu.data[0], 2);
}

/* Some lanes are mapped: for them it is as always. */
static void soft_lanes(void)
{
	const struct ut_launch launch = {
		.code = ".uniform src, buffer\n"
			".uniform dst, buffer\n"
			"mov r2, thread_in_grid_x\n"
			"load r4, src, r2, i32, x, a\n"
			"wait a\n"
			"iadd r4, r4, 1\n"
			"store r4, dst, r2, i32, x, a\n",
		.args = { UT_DATA + UT_SIZE - 64, UT_DATA }, .global = { 32 },
	};

	setup_soft();
	for (u32 i = 0; i < 16; i++)
		gpu.data[UT_WORDS - 16 + i] = 100 + i;
	ut_ok(ut_run(&gpu, &launch));
	for (u32 i = 0; i < 32; i++)
		ut_eq(gpu.data[i], i < 16 ? 101 + i : 1);
}

/* Only loads and stores of shaders are soft. */
static void soft_stream(void)
{
	setup_soft();
	ut_ret(ut_run_stream(&gpu, NOTHING), -EIO);
	ut_ret(ut_run_stream(&gpu, usc_not_mapped()), -EIO);
	ut_ret(ut_run(&gpu, &(struct ut_launch){ .code = "trap\n", .unchecked = true }), -EIO);
	check_works(&gpu, 1);
}

static void soft_feature(void)
{
	struct drm_asahi_params_global params;

	setup_soft();
	ut_get_params(gpu.fd, &params);
	ut_eq(params.features, DRM_ASAHI_FEATURE_SOFT_FAULTS);
	ut_set_param("soft_faults", "N");
	ut_get_params(gpu.fd, &params);
	ut_eq(params.features, 0);
	ut_ret(ut_poke(&gpu, NOTHING, 1), -EIO);
}

static const struct ut_test tests[] = {
	UT_ROWS(shader_faults, shaders),
	UT_ROWS(stream_faults, streams),
	UT(rubbish),
	UT(innocent_process),
	UT(innocent_vm),
	UT(same_vm),
	UT(same_queue),
	UT(rest_of_a_submission),
	UT(who_waits_is_not_hit),
	UT(error_of_a_point),
	UT(again_and_again),
	UT(error_outlives_the_queue),
	UT(soft_load),
	UT(soft_store),
	UT(soft_lanes),
	UT(soft_stream),
	UT(soft_feature),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
