// SPDX-License-Identifier: MIT
/*
 * Lays a launch out in GPU memory as a driver would: code and USC words in the
 * window at the USC base, uniforms and control stream elsewhere.
 */
#include "launch.h"

/* Offsets from the USC base. */
#define USC_WORDS 0x4000u
#define PREAMBLE_CODE 0x8000u
#define MAIN_CODE 0x400000u

#define CONTROL 0x1500000000u		/* control stream; uniforms on the page behind */
#define DEFAULT_THREADGROUP 64u
#define PAD 64u				/* Mesa's programs are followed by traps, too */

static int no_room(int ret)
{
	return fail("GPU memory for the launch: %s", strerror(-ret));
}

static int place_code(struct job *job, u32 offset, const u8 *code, u32 size)
{
	u64 address = job->usc_base + offset;
	u64 pages = (size + PAD + AGX_PAGE_SIZE - 1) / AGX_PAGE_SIZE * AGX_PAGE_SIZE;
	int ret = agx_space_map(job->space, address, pages, AGX_MEM_READ, NULL);

	if (ret)
		return no_room(ret);
	memcpy(agx_space_at(job->space, address, size), code, size);
	return 0;
}

/* Threads per threadgroup: the kernel's, the command line's, or a guess. */
static int choose_local(u32 local[3], const struct agx_kernel *kernel, const struct opts *opts)
{
	const u16 *own = kernel->threadgroup;
	u64 threads;

	if (own[0]) {
		for (int i = 0; i < 3; i++) {
			local[i] = own[i] ? own[i] : 1;
			if (opts->has_local && opts->local[i] != local[i])
				return misuse("-l: kernel %s is made for threadgroups of %u,%u,%u",
					      kernel->name, own[0], own[1], own[2]);
		}
	} else if (opts->has_local) {
		memcpy(local, opts->local, sizeof(opts->local));
	} else {
		local[0] = opts->grid[0] < DEFAULT_THREADGROUP ? opts->grid[0] :
								 DEFAULT_THREADGROUP;
		local[1] = local[2] = 1;
	}
	threads = (u64)local[0] * local[1] * local[2];
	if (!opts->grid[0] || !opts->grid[1] || !opts->grid[2])
		return misuse("-g: no threads");
	if (!threads || local[0] > AGX_GROUP_THREADS || local[1] > AGX_GROUP_THREADS ||
	    threads > AGX_GROUP_THREADS)
		return misuse("-l: a threadgroup has 1 to %u threads", AGX_GROUP_THREADS);
	return 0;
}

static int build_usc(const struct job *job, const struct agx_kernel *kernel,
		     const struct uniforms *uniforms, u64 uniforms_at)
{
	struct agx_usc usc = {
		.uses_shared = kernel->shared,
		.shared_size = kernel->shared,
		.shader = MAIN_CODE,
		.regs = kernel->n_regs,
		.unk4 = 1,
		.has_preamble = kernel->preamble,
		.preamble = kernel->preamble ? PREAMBLE_CODE : 0,
	};
	struct agx_error err;
	int size;

	for (u32 start = 0; start < uniforms->n; start += 64) {
		u32 left = (uniforms->n - start + 1) & ~1u;

		usc.uniform[usc.n_uniforms++] = (struct agx_usc_uniform){
			.start = (u16)start,
			.count = (u16)(left < 64 ? left : 64),
			.address = uniforms_at + start * sizeof(u16),
		};
	}
	size = agx_usc_build(&usc, agx_space_at(job->space, job->usc_base + USC_WORDS, 4096), 4096,
			     &err);
	return size < 0 ? fail("USC words: %s", err.text) : 0;
}

static int build_stream(const struct job *job, const struct agx_kernel *kernel,
			const struct uniforms *uniforms, const struct opts *opts)
{
	struct agx_cdm packet[] = {
		{
			.type = AGX_CDM_LAUNCH,
			.g14x = job->g14x,
			.uniforms = uniforms->n,
			.preshader_regs = kernel->preamble_regs,
			.usc = USC_WORDS,
		},
		{ .type = AGX_CDM_BARRIER, .flags = AGX_CDM_BARRIER_ALL },
		{ .type = AGX_CDM_TERMINATE },
	};
	u8 *at = agx_space_at(job->space, CONTROL, 4096);
	struct agx_error err;
	int size = choose_local(packet[0].local, kernel, opts);

	if (size)
		return size;
	memcpy(packet[0].global, opts->grid, sizeof(opts->grid));
	for (size_t i = 0; i < ARRAY_SIZE(packet); i++) {
		size = agx_cdm_build(&packet[i], at, &err);
		if (size < 0)
			return fail("control stream: %s", err.text);
		at += size;
	}
	return 0;
}

static const struct agx_image_command command = { .stream = CONTROL };

int launch_build(struct job *job, const struct kernel *kernel, const struct uniforms *uniforms,
		 const struct opts *opts)
{
	const struct agx_kernel *k = kernel->is;
	u64 uniforms_at = CONTROL + AGX_PAGE_SIZE;
	int ret;

	job->usc_base = opts->usc_base;
	job->command = &command;
	job->n_commands = 1;
	ret = agx_space_map(job->space, CONTROL, 2 * AGX_PAGE_SIZE, AGX_MEM_READ, NULL);
	if (!ret)
		ret = agx_space_map(job->space, job->usc_base + USC_WORDS, AGX_PAGE_SIZE,
				    AGX_MEM_READ, NULL);
	if (ret)
		return no_room(ret);
	ret = place_code(job, MAIN_CODE, k->code, k->code_size);
	if (!ret && k->preamble)
		ret = place_code(job, PREAMBLE_CODE, k->preamble, k->preamble_size);
	if (ret)
		return ret;
	memcpy(agx_space_at(job->space, uniforms_at, sizeof(uniforms->half)), uniforms->half,
	       sizeof(uniforms->half));
	ret = build_usc(job, k, uniforms, uniforms_at);
	return ret ? ret : build_stream(job, k, uniforms, opts);
}

bool launch_is_preamble(const struct job *job, u64 code)
{
	return code == job->usc_base + PREAMBLE_CODE;
}

/* --- the whole of it ------------------------------------------------------------- */

struct context {
	struct kernel kernel;
	struct buffers buffers;
	struct uniforms uniforms;
	struct agx_space space;
	struct job job;
};

static bool place_of(void *ctx, u64 code, u32 offset, struct place *place)
{
	const struct context *c = ctx;
	const struct agx_line *line;

	line = kernel_line(&c->kernel, launch_is_preamble(&c->job, code), offset);
	if (line)
		*place = (struct place){ line->file, line->line, line->text };
	return line;
}

static const u8 *find_buffer(void *ctx, const char *name, u64 *size)
{
	const struct context *c = ctx;
	const struct buffer *buffer = buffers_find(&c->buffers, name);

	if (!buffer) {
		misuse("there is no buffer %s", name);
		return NULL;
	}
	*size = buffer->size;
	return buffer->host;
}

static int run_in(struct context *c, const struct opts *opts)
{
	struct results results = { 0 };
	struct outcome outcome;
	int status;

	status = results_read(&results, opts, find_buffer, c);
	if (!status)
		status = run(opts, &c->job, &outcome);
	if (!status) {
		status = report(opts, &c->job, &outcome);
		outcome_free(&outcome);
		/* What a faulting kernel wrote is of interest, too. */
		if (results_write(&results))
			status = EXIT_FAILED;
	}
	results_free(&results);
	return status;
}

static int prepare(struct context *c, const struct opts *opts)
{
	int status = kernel_load(&c->kernel, opts);

	if (!status)
		status = buffers_read(&c->buffers, c->kernel.is, opts);
	if (!status)
		status = buffers_place(&c->buffers, &c->space);
	if (!status)
		status = uniforms_read(&c->uniforms, c->kernel.is, &c->buffers, opts);
	if (!status)
		status = launch_build(&c->job, &c->kernel, &c->uniforms, opts);
	return status;
}

int run_kernel(const struct opts *opts)
{
	struct context *c = calloc(1, sizeof(*c));
	int status;

	if (!c)
		return fail("out of memory");
	agx_space_init(&c->space);
	c->job = (struct job){
		.space = &c->space, .g14x = opts->g14x, .soft_faults = opts->soft_faults,
		.place = place_of, .ctx = c,
	};
	status = prepare(c, opts);
	if (!status)
		status = run_in(c, opts);
	buffers_free(&c->buffers);
	kernel_free(&c->kernel);
	agx_space_destroy(&c->space);
	free(c);
	return status;
}
