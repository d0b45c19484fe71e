// SPDX-License-Identifier: MIT
#include "gpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#define USC_BASE 0x1100000000ull
#define USC_WORDS 0x4000u
#define PREAMBLE 0x8000u
#define MAIN 0x200000u
#define STREAM 0x1500000000ull
#define UNIFORMS (STREAM + AGX_PAGE_SIZE)
#define STEP (UNIFORMS + 2 * AGX_UNIFORM_HALVES)
#define BUFFERS 0x2000000000ull
#define CODE_MAX 0x180000u
#define BUDGET 10000

static void *map(struct gpu *gpu, u64 address, u64 size, u32 prot)
{
	int ret = agx_space_map(&gpu->space, address, size, prot, NULL);
	void *at = ret ? NULL : agx_space_at(&gpu->space, address, size);

	ck_assert_msg(at != NULL, "cannot map %llx: %d", (unsigned long long)address, ret);
	return at;
}

struct gpu *gpu_create(void)
{
	struct gpu *gpu = calloc(1, sizeof(*gpu));

	ck_assert_ptr_nonnull(gpu);
	agx_space_init(&gpu->space);
	gpu->next = BUFFERS;
	gpu->core = agx_core_create(0);
	gpu->max_steps = 1u << 26;
	ck_assert_ptr_nonnull(gpu->core);
	map(gpu, USC_BASE, MAIN + CODE_MAX + AGX_PAGE_SIZE, AGX_MEM_READ);
	map(gpu, STREAM, 2ull * AGX_PAGE_SIZE, AGX_MEM_READ);
	return gpu;
}

void gpu_destroy(struct gpu *gpu)
{
	agx_core_destroy(gpu->core);
	agx_space_destroy(&gpu->space);
	free(gpu);
}

u64 gpu_buffer(struct gpu *gpu, const void *data, size_t size)
{
	u64 pages = (size + AGX_SPACE_PAGE - 1) / AGX_SPACE_PAGE * AGX_SPACE_PAGE;
	/* It ends where its pages do, if it is made of words. */
	u64 address = gpu->next + (pages - size) / 16 * 16;
	u8 *host = map(gpu, gpu->next, pages, AGX_MEM_READ | AGX_MEM_WRITE);

	if (data)
		memcpy(host + (address - gpu->next), data, size);
	gpu->next += pages + AGX_PAGE_SIZE;
	return address;
}

void *gpu_data(const struct gpu *gpu, u64 address)
{
	void *at = agx_space_at(&gpu->space, address, 1);

	ck_assert_ptr_nonnull(at);
	return at;
}

/* --- kernels ----------------------------------------------------------------- */

static void report(void *ctx, enum agx_severity severity, const struct agx_place *place,
		   const char *message)
{
	char *text = ctx;
	size_t n = strlen(text);

	if (severity != AGX_NOTE)
		snprintf(text + n, 1000 - n, "%s:%u:%u: %s\n", place->file, place->line,
			 place->column, message);
}

struct agx_unit *gpu_assemble(const char *name, const char *text)
{
	char messages[1000] = "";
	struct agx_asm_opts opts = { .report = report, .ctx = messages, .werror = true };
	struct agx_unit *unit = agx_assemble(name, text, strlen(text), &opts);

	ck_assert_msg(unit && unit->n_kernels == 1, "%s: %s", name, messages);
	return unit;
}

struct agx_unit *gpu_assemble_file(const char *path)
{
	FILE *f = fopen(path, "r");
	static char text[65536];
	size_t n;

	ck_assert_msg(f != NULL, "%s is missing", path);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	fclose(f);
	return gpu_assemble(path, text);
}

/* --- launches ---------------------------------------------------------------- */

static void put_uniforms(const struct gpu *gpu, const struct agx_kernel *kernel,
			 const u64 *values)
{
	u8 *halves = gpu_data(gpu, UNIFORMS);

	memset(halves, 0, 2 * AGX_UNIFORM_HALVES);
	for (u32 i = 0; i < kernel->n_params; i++) {
		const struct agx_param *p = &kernel->params[i];

		memcpy(halves + 2u * p->start, &values[i], 2 * agx_param_halves(p->type));
	}
	if (kernel->constants.halves)
		memcpy(halves + 2u * kernel->constants.start, kernel->constants.data,
		       2u * kernel->constants.halves);
}

static void put_usc(const struct gpu *gpu, const struct agx_kernel *kernel)
{
	struct agx_usc usc = {
		.uses_shared = kernel->shared, .shared_size = kernel->shared, .shader = MAIN,
		.regs = kernel->n_regs, .has_preamble = kernel->preamble != NULL,
		.preamble = kernel->preamble ? PREAMBLE : 0,
	};
	struct agx_error err;
	int ret;

	for (u32 start = 0; start < kernel->n_uniforms; start += 64)
		usc.uniform[usc.n_uniforms++] = (struct agx_usc_uniform){
			(u16)start, 64, UNIFORMS + 2ull * start,
		};
	ret = agx_usc_build(&usc, gpu_data(gpu, USC_BASE + USC_WORDS), 4096, &err);
	ck_assert_msg(ret > 0, "%s", err.text);
}

static void put_stream(const struct gpu *gpu, const struct agx_kernel *kernel,
		       const u32 global[3], const u32 local[3])
{
	struct agx_cdm packet[] = {
		{ .type = AGX_CDM_LAUNCH, .uniforms = kernel->n_uniforms,
		  .preshader_regs = kernel->preamble_regs, .usc = USC_WORDS },
		{ .type = AGX_CDM_BARRIER, .flags = AGX_CDM_BARRIER_ALL },
		{ .type = AGX_CDM_TERMINATE },
	};
	u8 *at = gpu_data(gpu, STREAM);
	struct agx_error err;

	for (int i = 0; i < 3; i++) {
		packet[0].global[i] = global[i];
		packet[0].local[i] = local ? local[i] : kernel->threadgroup[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(packet); i++) {
		int n = agx_cdm_build(&packet[i], at, &err);

		ck_assert_msg(n > 0, "%s", err.text);
		at += n;
	}
}

static void put_code(const struct gpu *gpu, const struct agx_kernel *kernel)
{
	ck_assert_uint_le(kernel->code_size, CODE_MAX);
	memcpy(gpu_data(gpu, USC_BASE + MAIN), kernel->code, kernel->code_size);
	if (kernel->preamble)
		memcpy(gpu_data(gpu, USC_BASE + PREAMBLE), kernel->preamble,
		       kernel->preamble_size);
}

static void run_stream(struct gpu *gpu, const struct agx_kernel *kernel)
{
	static struct agx_dispatch dispatch;
	static struct agx_stream stream;
	char text[256];
	int ret;

	agx_stream_start(&stream, &gpu->space.memory, USC_BASE, STREAM, 0, false);
	stream.max_steps = gpu->max_steps;
	while ((ret = agx_stream_next(&stream, &dispatch)) > 0) {
		while (agx_core_run(gpu->core, &dispatch, BUDGET) == AGX_CORE_MORE)
			;
		ret = agx_dispatch_end(&dispatch);
		agx_fault_print(text, sizeof(text), &dispatch.fault);
		ck_assert_msg(!ret, "%s: %s", kernel->name, text);
	}
	ck_assert_msg(!ret, "%s: %s", kernel->name, stream.message);
}

void gpu_run(struct gpu *gpu, const struct agx_kernel *kernel, const u32 global[3],
	     const u32 local[3], const u64 *values)
{
	put_code(gpu, kernel);
	put_uniforms(gpu, kernel, values);
	put_usc(gpu, kernel);
	put_stream(gpu, kernel, global, local);
	run_stream(gpu, kernel);
}

void gpu_launch(struct gpu *gpu, const struct mutsu_agx_launch *launch,
		const struct mutsu_agx_step *step)
{
	static const struct mutsu_agx_step none;
	const struct mutsu_agx_place place = {
		.code = MAIN, .preamble = PREAMBLE, .usc = USC_WORDS, .uniforms = UNIFORMS,
		.step = STEP,
	};
	const struct agx_cdm terminate = { .type = AGX_CDM_TERMINATE };
	struct agx_error err;
	int n;

	put_code(gpu, launch->kernel);
	memcpy(gpu_data(gpu, UNIFORMS), launch->uniform, sizeof(launch->uniform));
	memcpy(gpu_data(gpu, STEP), step ? step : &none, sizeof(none));
	n = mutsu_agx_launch_usc(launch, &place, gpu_data(gpu, USC_BASE + USC_WORDS), 4096, &err);
	ck_assert_msg(n > 0, "%s", err.text);
	n = mutsu_agx_launch_cdm(launch, &place, gpu_data(gpu, STREAM), &err);
	ck_assert_msg(n > 0, "%s", err.text);
	n = agx_cdm_build(&terminate, (u8 *)gpu_data(gpu, STREAM) + n, &err);
	ck_assert_msg(n > 0, "%s", err.text);
	run_stream(gpu, launch->kernel);
}

u64 gpu_f32(float f)
{
	u32 bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}
