// SPDX-License-Identifier: MIT
#include "run.h"

#include <time.h>
#include <unistd.h>

#include "tools/agx/trace.h"

#define MAX_OBSERVERS 3
#define PROGRESS_AFTER 1.0	/* seconds */

/* One observer for the executor that tells the others. */
struct watch {
	struct agx_observer all;
	struct agx_observer observer[MAX_OBSERVERS];
	u32 n;
	const struct job *job;
	struct agx_race *race;
	struct agx_trace *trace;
	/* progress */
	bool terminal;
	bool shown;
	double start, last;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void on_insn(void *ctx, const struct agx_simd *simd, u32 index)
{
	struct watch *watch = ctx;

	for (u32 i = 0; i < watch->n; i++) {
		if (watch->observer[i].insn)
			watch->observer[i].insn(watch->observer[i].ctx, simd, index);
	}
}

static void on_done(void *ctx, const struct agx_simd *simd, u32 index)
{
	struct watch *watch = ctx;

	for (u32 i = 0; i < watch->n; i++) {
		if (watch->observer[i].done)
			watch->observer[i].done(watch->observer[i].ctx, simd, index);
	}
}

static void on_access(void *ctx, const struct agx_simd *simd, u32 lane, u32 space, u64 address,
		      u32 size, u32 kind)
{
	struct watch *watch = ctx;

	for (u32 i = 0; i < watch->n; i++) {
		if (watch->observer[i].access)
			watch->observer[i].access(watch->observer[i].ctx, simd, lane, space,
						  address, size, kind);
	}
}

static u32 line_of(void *ctx, u64 code, u32 offset)
{
	const struct job *job = ctx;
	struct place place;

	return job->place && job->place(job->ctx, code, offset, &place) ? place.line : 0;
}

static bool watch_trace(struct watch *watch, const struct opts *opts)
{
	struct agx_trace_opts trace = {
		.to = stdout,
		.lanes = opts->trace_lanes,
		.any_group = !opts->has_trace_group,
		.any_simd = !opts->has_trace_simd,
		.simd = opts->trace_simd,
		.limit = opts->trace_limit,
		.line = line_of,
		.ctx = (void *)watch->job,
	};

	memcpy(trace.group, opts->trace_group, sizeof(trace.group));
	watch->trace = agx_trace_create(&trace);
	if (watch->trace)
		watch->observer[watch->n++] = agx_trace_observer(watch->trace);
	return watch->trace;
}

static bool watch_init(struct watch *watch, const struct opts *opts, const struct job *job,
		       struct outcome *outcome)
{
	*watch = (struct watch){
		.all = { watch, on_insn, on_done, on_access },
		.job = job,
		.terminal = isatty(STDERR_FILENO) && !opts->trace,
		.start = now(),
	};
	if (opts->stats)
		watch->observer[watch->n++] = agx_count_observer(&outcome->count);
	if (opts->race) {
		outcome->race = agx_race_create();
		if (!outcome->race)
			return false;
		watch->race = outcome->race;
		watch->observer[watch->n++] = agx_race_observer(outcome->race);
	}
	return !opts->trace || watch_trace(watch, opts);
}

/* --- between launches ------------------------------------------------------------ */

static void on_launch(void *ctx, const struct agx_dispatch *dispatch)
{
	struct watch *watch = ctx;

	if (watch->race)
		agx_race_launch(watch->race, dispatch);
}

static void on_launch_done(void *ctx, const struct agx_dispatch *dispatch)
{
	struct watch *watch = ctx;

	(void)dispatch;
	if (watch->race)
		agx_race_launch(watch->race, NULL);
}

static void on_progress(void *ctx, const struct agx_dispatch *dispatch)
{
	struct watch *watch = ctx;
	u64 next = __atomic_load_n(&dispatch->next_group, __ATOMIC_RELAXED);
	double t = now();

	if (!watch->terminal || t < watch->start + PROGRESS_AFTER || t < watch->last + 0.1)
		return;
	watch->last = t;
	watch->shown = true;
	fprintf(stderr, "\r%llu of %llu threadgroups begun, %.0f s\033[K",
		(unsigned long long)(next < dispatch->n_groups ? next : dispatch->n_groups),
		(unsigned long long)dispatch->n_groups, t - watch->start);
}

static void run_command(const struct opts *opts, const struct job *job,
			const struct agx_image_command *command, struct agx_workers *workers,
			struct watch *watch, struct outcome *outcome)
{
	const struct agx_run_events events = { watch, on_launch, on_launch_done, on_progress };
	struct agx_stream stream;

	agx_stream_start(&stream, &job->space->memory, job->usc_base, command->stream,
			 command->end, job->g14x);
	stream.soft_faults = job->soft_faults;
	stream.max_steps = opts->max_steps ? opts->max_steps : AGX_NO_LIMIT;
	if (watch->n)
		stream.observer = &watch->all;
	outcome->ret = agx_workers_run(workers, &stream, &events, &outcome->fault);
	outcome->launches += stream.n_launches;
	snprintf(outcome->message, sizeof(outcome->message), "%s", stream.message);
}

int run(const struct opts *opts, const struct job *job, struct outcome *outcome)
{
	struct agx_workers *workers = NULL;
	struct watch watch;
	u32 threads = opts->threads ? opts->threads : agx_host_cpus();
	int ret = -ENOMEM;

	*outcome = (struct outcome){ .ret = 0 };
	if (!watch_init(&watch, opts, job, outcome))
		return fail("out of memory");
	/* Observers see one instruction after the other. */
	ret = agx_workers_create(&workers, watch.n ? 1 : threads);
	if (ret) {
		agx_trace_destroy(watch.trace);
		return fail("cannot start %u threads: %s", threads, strerror(-ret));
	}
	for (size_t i = 0; i < job->n_commands && !outcome->ret; i++)
		run_command(opts, job, &job->command[i], workers, &watch, outcome);
	outcome->seconds = now() - watch.start;
	if (watch.shown)
		fputs("\r\033[K", stderr);
	agx_trace_destroy(watch.trace);
	agx_workers_destroy(workers);
	return outcome->ret == -ENOMEM ? fail("out of memory") : 0;
}

void outcome_free(struct outcome *outcome)
{
	agx_race_destroy(outcome->race);
}
