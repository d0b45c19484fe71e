// SPDX-License-Identifier: MIT
#include "execute.h"

#include <pthread.h>
#include <time.h>

#include "tools/agx/trace.h"
#include "tools/agx/workers.h"

#define MAX_STEPS 100000000000

/* Neither a preloaded object nor a hook has anything that could own the threads. */
static struct {
	pthread_mutex_t lock;
	struct agx_workers *workers;
	u32 n_workers;
} hook = { .lock = PTHREAD_MUTEX_INITIALIZER };

static u64 setting(const char *name, u64 fallback)
{
	const char *text = getenv(name);
	u64 value;
	char *end;

	if (!text || !*text)
		return fallback;
	value = strtoull(text, &end, 0);
	if (!*end)
		return value;
	fprintf(stderr, "agx-hook: %s=%s is not a number: taken as %llu\n", name, text,
		(unsigned long long)fallback);
	return fallback;
}

/* --- tracing ------------------------------------------------------------------------ */

/* AGX_HOOK_TRACE: the trace of this command, NULL if it is not to be traced. */
static struct agx_trace *open_trace(const struct command *command, FILE **file)
{
	const char *path = getenv("AGX_HOOK_TRACE");
	struct agx_trace_opts opts = {
		.lanes = (u32)setting("AGX_HOOK_TRACE_LANES", 1),
		.any_group = true,
		.any_simd = true,
		.limit = setting("AGX_HOOK_TRACE_LIMIT", 10000),
	};

	*file = NULL;
	if (!path || !*path ||
	    command->submit != setting("AGX_HOOK_TRACE_SUBMIT", command->submit))
		return NULL;
	*file = fopen(path, "a");
	if (!*file) {
		fprintf(stderr, "agx-hook: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	fprintf(*file, "submit %u command %u\n", command->submit, command->index);
	opts.to = *file;
	return agx_trace_create(&opts);
}

static void close_trace(struct agx_trace *trace, FILE *file)
{
	agx_trace_destroy(trace);
	if (file)
		fclose(file);
}

/* --- running -------------------------------------------------------------------------- */

struct count {
	u64 steps;
	u64 max_steps;
};

static void count_steps(void *ctx, const struct agx_dispatch *dispatch)
{
	struct count *count = ctx;

	count->steps += count->max_steps - dispatch->steps_left;
}

/* Workers stay for the next command. */
static int get_workers(u32 n)
{
	int ret;

	if (hook.workers && hook.n_workers == n)
		return 0;
	agx_workers_destroy(hook.workers);
	hook.workers = NULL;
	ret = agx_workers_create(&hook.workers, n);
	if (!ret)
		hook.n_workers = n;
	return ret;
}

static void say_fault(const struct command *command, const struct agx_stream *stream,
		      const struct agx_fault *fault, int ret)
{
	char text[256];

	if (ret == -EFAULT)
		agx_fault_print(text, sizeof(text), fault);
	else
		snprintf(text, sizeof(text), "%s", strerror(-ret));
	fprintf(stderr, "agx-hook: submit %u command %u: %s%s%s\n", command->submit,
		command->index, text, stream->message[0] ? ": " : "", stream->message);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int run(const struct command *command, const struct agx_observer *observer)
{
	struct count count = { .max_steps = setting("AGX_HOOK_MAX_STEPS", MAX_STEPS) };
	struct agx_run_events events = { .ctx = &count, .done = count_steps };
	struct agx_stream stream = { 0 };
	struct agx_fault fault = { 0 };
	u32 threads = (u32)setting("AGX_HOOK_THREADS", 0);
	double start = now();
	int ret;

	ret = get_workers(observer ? 1 : threads ? threads : agx_host_cpus());
	if (!ret) {
		/* Its end says little: Gallium's leaves out the packet that terminates. */
		agx_stream_start(&stream, command->memory, command->usc_base,
				 command->compute->cdm_ctrl_stream_base, 0,
				 setting("AGX_HOOK_G14X", 0));
		stream.max_steps = count.max_steps;
		stream.observer = observer;
		ret = agx_workers_run(hook.workers, &stream, &events, &fault);
	}
	if (ret)
		say_fault(command, &stream, &fault, ret);
	if (setting("AGX_HOOK_LOG", 0))
		fprintf(stderr, "agx-hook: submit %u command %u: %u launches, %llu instructions, "
			"%.6f s\n", command->submit, command->index, stream.n_launches,
			(unsigned long long)count.steps, now() - start);
	return ret;
}

int execute(const struct command *command)
{
	struct agx_observer observer;
	struct agx_trace *trace;
	FILE *file;
	int ret;

	pthread_mutex_lock(&hook.lock);
	trace = open_trace(command, &file);
	if (trace)
		observer = agx_trace_observer(trace);
	ret = run(command, trace ? &observer : NULL);
	close_trace(trace, file);
	pthread_mutex_unlock(&hook.lock);
	return ret;
}
