// SPDX-License-Identifier: MIT
#include "gpu.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tools/agx/assemble.h"

#define die(...) ut_fail(__FILE__, __LINE__, __VA_ARGS__)

#define WORD_SPIN (UT_WORDS - 1)
#define WORD_RUNS (UT_WORDS - 2)
#define WORD_PEEK (UT_WORDS - 3)

static void *map(struct ut_gpu *gpu, u64 addr, u32 flags, u32 *handle)
{
	*handle = ut_gem(gpu->fd, UT_SIZE);
	ut_ok(ut_bind(gpu->fd, gpu->vm, *handle, 0, UT_SIZE, addr, flags));
	return ut_mmap(gpu->fd, *handle, UT_SIZE);
}

void ut_gpu_init_on(struct ut_gpu *gpu, int fd)
{
	struct drm_asahi_params_global params;

	memset(gpu, 0, sizeof(*gpu));
	gpu->fd = fd;
	ut_get_params(fd, &params);
	gpu->g14x = params.gpu_generation >= 14 && params.num_clusters_total > 1;
	gpu->vm = ut_vm(fd);
	gpu->usc = map(gpu, UT_USC, DRM_ASAHI_BIND_READ, &gpu->usc_bo);
	gpu->stream = map(gpu, UT_STREAM, DRM_ASAHI_BIND_READ, &gpu->stream_bo);
	gpu->data = map(gpu, UT_DATA, UT_RW, &gpu->data_bo);
	gpu->queue = ut_queue(fd, gpu->vm, UT_USC);
}

void ut_gpu_init(struct ut_gpu *gpu)
{
	ut_gpu_init_on(gpu, ut_open());
}

static void unmap(struct ut_gpu *gpu)
{
	munmap(gpu->usc, UT_SIZE);
	munmap(gpu->stream, UT_SIZE);
	munmap(gpu->data, UT_SIZE);
}

void ut_gpu_close(struct ut_gpu *gpu)
{
	unmap(gpu);
	close(gpu->fd);
}

void ut_gpu_fini(struct ut_gpu *gpu)
{
	unmap(gpu);
	ut_ok(ut_queue_destroy(gpu->fd, gpu->queue));
	ut_ok(ut_vm_destroy(gpu->fd, gpu->vm));
	ut_ok(ut_gem_close(gpu->fd, gpu->usc_bo));
	ut_ok(ut_gem_close(gpu->fd, gpu->stream_bo));
	ut_ok(ut_gem_close(gpu->fd, gpu->data_bo));
}

static u32 reserve(u32 *used, size_t size, u32 align)
{
	u32 offset = (*used + align - 1) / align * align;

	if (size > UT_SIZE || offset > UT_SIZE - size)
		die("no room for %zu bytes", size);
	*used = offset + (u32)size;
	return offset;
}

u32 ut_put(struct ut_gpu *gpu, const void *data, size_t size, u32 align)
{
	u32 offset = reserve(&gpu->usc_used, size, align);

	memcpy(gpu->usc + offset, data, size);
	return offset;
}

/* --- programs ---------------------------------------------------------------------- */

static void report(void *ctx, enum agx_severity severity, const struct agx_place *place,
		   const char *message)
{
	char *text = ctx;
	size_t n = strlen(text);

	if (severity != AGX_NOTE)
		snprintf(text + n, 500 - n, "%s:%u: %s\n", place->file, place->line, message);
}

/* Parameters and constants, as many halves as the kernel has uniforms. */
static void fill_uniforms(u8 *halves, const struct agx_kernel *kernel, const u64 *args)
{
	memset(halves, 0, 2 * AGX_UNIFORM_HALVES);
	if (kernel->n_params > UT_ARGS)
		die("more than %u parameters", UT_ARGS);
	for (u32 i = 0; i < kernel->n_params; i++) {
		const struct agx_param *p = &kernel->params[i];

		memcpy(halves + 2u * p->start, &args[i], 2 * agx_param_halves(p->type));
	}
	if (kernel->constants.halves)
		memcpy(halves + 2u * kernel->constants.start, kernel->constants.data,
		       2u * kernel->constants.halves);
}

static u32 put_words(struct ut_gpu *gpu, const struct agx_usc *usc)
{
	u8 words[AGX_USC_WORD_MAX * (AGX_USC_MAX_UNIFORMS + 4)];
	struct agx_error err;
	int n = agx_usc_build(usc, words, sizeof(words), &err);

	if (n < 0)
		die("USC words: %s", err.text);
	return ut_put(gpu, words, (size_t)n, 64);
}

static u32 put_kernel(struct ut_gpu *gpu, const struct agx_kernel *kernel, const u64 *args)
{
	u8 halves[2 * AGX_UNIFORM_HALVES];
	struct agx_usc usc = {
		.uses_shared = kernel->shared != 0, .shared_size = kernel->shared,
		.regs = kernel->n_regs, .unk4 = 1, .has_preamble = kernel->preamble != NULL,
	};
	u64 table;

	fill_uniforms(halves, kernel, args);
	table = UT_USC + ut_put(gpu, halves, sizeof(halves), 64);
	for (u32 start = 0; start < kernel->n_uniforms; start += 64)
		usc.uniform[usc.n_uniforms++] = (struct agx_usc_uniform){
			(u16)start, 64, table + 2ull * start,
		};
	usc.shader = ut_put(gpu, kernel->code, kernel->code_size, 128);
	if (kernel->preamble)
		usc.preamble = ut_put(gpu, kernel->preamble, kernel->preamble_size, 128);
	return put_words(gpu, &usc);
}

u32 ut_program(struct ut_gpu *gpu, const struct ut_launch *launch)
{
	char messages[500] = "";
	const struct agx_asm_opts opts = {
		.report = report, .ctx = messages, .werror = true, .no_checks = launch->unchecked,
	};
	struct agx_unit *unit = agx_assemble("test", launch->code, strlen(launch->code), &opts);
	u32 usc;

	if (!unit)
		die("%s", messages);
	usc = put_kernel(gpu, unit->kernel, launch->args);
	agx_unit_free(unit);
	return usc;
}

/* --- streams ------------------------------------------------------------------------ */

u64 ut_begin(struct ut_gpu *gpu)
{
	gpu->begin = reserve(&gpu->stream_used, 0, 64);
	return UT_STREAM + gpu->begin;
}

u64 ut_packet(struct ut_gpu *gpu, const struct agx_cdm *cdm)
{
	u8 bytes[AGX_CDM_MAX];
	struct agx_error err;
	int n = agx_cdm_build(cdm, bytes, &err);
	u32 offset;

	if (n < 0)
		die("control stream: %s", err.text);
	offset = reserve(&gpu->stream_used, (size_t)n, 4);
	memcpy(gpu->stream + offset, bytes, (size_t)n);
	return UT_STREAM + offset;
}

void ut_launch_at(struct ut_gpu *gpu, const struct ut_launch *launch, u32 usc)
{
	const struct agx_cdm barrier = { .type = AGX_CDM_BARRIER, .flags = AGX_CDM_BARRIER_ALL };
	struct agx_cdm cdm = {
		.type = AGX_CDM_LAUNCH, .mode = launch->mode, .g14x = gpu->g14x,
		.uniforms = AGX_UNIFORM_HALVES, .preshader_regs = 64, .usc = usc,
		.address = launch->sizes,
	};

	for (int i = 0; i < 3; i++) {
		cdm.global[i] = launch->global[i] ? launch->global[i] : 1;
		cdm.local[i] = launch->local[i] ? launch->local[i] : cdm.global[i];
	}
	ut_packet(gpu, &cdm);
	ut_packet(gpu, &barrier);
}

void ut_launch(struct ut_gpu *gpu, const struct ut_launch *launch)
{
	ut_launch_at(gpu, launch, ut_program(gpu, launch));
}

u64 ut_end(struct ut_gpu *gpu)
{
	ut_packet(gpu, &(struct agx_cdm){ .type = AGX_CDM_TERMINATE });
	return UT_STREAM + gpu->stream_used;
}

u64 ut_stream(struct ut_gpu *gpu, const struct ut_launch *launch)
{
	u64 stream = ut_begin(gpu);

	ut_launch(gpu, launch);
	ut_end(gpu);
	return stream;
}

/* --- running ------------------------------------------------------------------------ */

u32 ut_start(struct ut_gpu *gpu, const struct ut_cmds *cmds)
{
	struct drm_asahi_sync out = ut_binary(ut_syncobj(gpu->fd, false));

	ut_ok(ut_submit(gpu->fd, gpu->queue, cmds, &out, 0, 1));
	return out.handle;
}

u32 ut_start_stream(struct ut_gpu *gpu, u64 stream)
{
	struct ut_cmds cmds = { .size = 0 };

	ut_cmd_compute(&cmds, stream, UT_STREAM + UT_SIZE);
	return ut_start(gpu, &cmds);
}

int ut_run_stream(struct ut_gpu *gpu, u64 stream)
{
	u32 syncobj = ut_start_stream(gpu, stream);
	int error = ut_fence_error(gpu->fd, syncobj);

	ut_syncobj_destroy(gpu->fd, syncobj);
	return error;
}

/* What it wrote for the GPU is not needed any more. */
int ut_run(struct ut_gpu *gpu, const struct ut_launch *launch)
{
	u32 usc_used = gpu->usc_used, stream_used = gpu->stream_used;
	int error = ut_run_stream(gpu, ut_stream(gpu, launch));

	gpu->usc_used = usc_used;
	gpu->stream_used = stream_used;
	return error;
}

int ut_peek(struct ut_gpu *gpu, u64 address, u32 *word)
{
	const struct ut_launch launch = {
		.code = ".uniform src, buffer\n"
			".uniform dst, buffer\n"
			"load r1, src, 0, i32, x, a\n"
			"wait a\n"
			"store r1, dst, 0, i32, x, a\n",
		.args = { address, UT_DATA + 4 * WORD_PEEK },
	};
	int error = ut_run(gpu, &launch);

	*word = gpu->data[WORD_PEEK];
	return error;
}

int ut_poke(struct ut_gpu *gpu, u64 address, u32 word)
{
	const struct ut_launch launch = {
		.code = ".uniform dst, buffer\n"
			".uniform word, u32\n"
			"mov r1, word\n"
			"store r1, dst, 0, i32, x, a\n",
		.args = { address, word },
	};

	return ut_run(gpu, &launch);
}

u64 ut_spin(struct ut_gpu *gpu)
{
	const struct ut_launch launch = {
		.code = ".uniform flag, buffer\n"
			".uniform runs, buffer\n"
			"ldimm r1, 1\n"
			"store r1, runs, 0, i32, x, a\n"
			"wait a\n"
			"@loop\n"
			"load r1, flag, 0, i32, x, a\n"
			"wait a\n"
			"@until r1, 0, ine\n",
		.args = { UT_DATA + 4 * WORD_SPIN, UT_DATA + 4 * WORD_RUNS },
	};

	gpu->data[WORD_SPIN] = 0;
	gpu->data[WORD_RUNS] = 0;
	return ut_stream(gpu, &launch);
}

void ut_spin_runs(struct ut_gpu *gpu)
{
	while (!__atomic_load_n(&gpu->data[WORD_RUNS], __ATOMIC_SEQ_CST))
		ut_sleep_ms(1);
}

void ut_spin_end(struct ut_gpu *gpu)
{
	__atomic_store_n(&gpu->data[WORD_SPIN], 1, __ATOMIC_SEQ_CST);
}
