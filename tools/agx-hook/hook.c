// SPDX-License-Identifier: MIT
/*
 * Executes compute submissions of an unmodified Mesa: agxtrace.so, preloaded into a
 * Vulkan program, hands every compute command to the hook that AGXTRACE_HOOK names.
 * The command has run when the call returns.  Documentation/agx-hook.rst lists the
 * environment variables that are read here.
 */
#include "tools/agx/trace.h"
#include "tools/agx/workers.h"

#include <pthread.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))
#define INTERFACE_VERSION 1
#define MAX_STEPS 100000000000
#define BIND_READ 2u		/* DRM_ASAHI_BIND_READ */
#define BIND_WRITE 4u

/*
 * The beginning of struct drm_asahi_cmd_compute of the kernel's drm/asahi_drm.h, as
 * of Linux 6.16; older systems do not have the header.
 */
struct cmd_compute {
	u32 flags;
	u32 sampler_count;
	u64 cdm_ctrl_stream_base;
	u64 cdm_ctrl_stream_end;
};

/* What agxtrace.so passes: its side of the interface is agxtrace.h. */
struct agxtrace_compute {
	u32 version;
	u32 submit, cmd;	/* counters, for messages */
	u32 vm_id;
	u64 usc_exec_base;
	const struct cmd_compute *compute;
	void *(*xlat)(u32 vm, u64 address, u64 *avail, u32 *flags);
};

EXPORT int agx_compute_hook(const struct agxtrace_compute *compute);

/* One submission's command, as it executes. */
struct command {
	const struct agxtrace_compute *compute;
	pthread_mutex_t lock;	/* of xlat, which one thread at a time may call */
	u64 steps;
	u64 max_steps;
};

/* The interface has no object that could own it; calls come one at a time. */
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

static void *map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	struct command *command = ctx;
	u32 flags = 0;
	void *host;

	pthread_mutex_lock(&command->lock);
	host = command->compute->xlat(command->compute->vm_id, address, avail, &flags);
	pthread_mutex_unlock(&command->lock);
	*prot = (flags & BIND_READ ? AGX_MEM_READ : 0) | (flags & BIND_WRITE ? AGX_MEM_WRITE : 0);
	return host;
}

static void count_steps(void *ctx, const struct agx_dispatch *dispatch)
{
	struct command *command = ctx;

	command->steps += command->max_steps - dispatch->steps_left;
}

/* AGX_HOOK_TRACE: the trace of this command, NULL if it is not to be traced. */
static struct agx_trace *open_trace(const struct agxtrace_compute *compute, FILE **file)
{
	const char *path = getenv("AGX_HOOK_TRACE");
	struct agx_trace_opts opts = {
		.lanes = (u32)setting("AGX_HOOK_TRACE_LANES", 1),
		.any_group = true,
		.any_simd = true,
		.limit = setting("AGX_HOOK_TRACE_LIMIT", 10000),
	};

	*file = NULL;
	if (!path || compute->submit != setting("AGX_HOOK_TRACE_SUBMIT", compute->submit))
		return NULL;
	*file = fopen(path, "a");
	if (!*file) {
		fprintf(stderr, "agx-hook: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	fprintf(*file, "submit %u command %u\n", compute->submit, compute->cmd);
	opts.to = *file;
	return agx_trace_create(&opts);
}

/* Workers stay for the next call. */
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

static void say_fault(const struct agxtrace_compute *compute, const struct agx_stream *stream,
		      const struct agx_fault *fault, int ret)
{
	char text[256];

	if (ret == -EFAULT)
		agx_fault_print(text, sizeof(text), fault);
	else
		snprintf(text, sizeof(text), "%s", strerror(-ret));
	fprintf(stderr, "agx-hook: submit %u command %u: %s%s%s\n", compute->submit, compute->cmd,
		text, stream->message[0] ? ": " : "", stream->message);
}

static int execute(struct command *command, const struct agx_observer *observer)
{
	const struct agxtrace_compute *compute = command->compute;
	struct agx_memory memory = { .map = map, .ctx = command };
	struct agx_run_events events = { .ctx = command, .done = count_steps };
	struct agx_stream stream = { 0 };
	struct agx_fault fault = { 0 };
	u32 threads = (u32)setting("AGX_HOOK_THREADS", 0);
	struct timespec start, end;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &start);
	ret = get_workers(observer ? 1 : threads ? threads : agx_host_cpus());
	if (!ret) {
		agx_stream_start(&stream, &memory, compute->usc_exec_base,
				 compute->compute->cdm_ctrl_stream_base,
				 compute->compute->cdm_ctrl_stream_end,
				 setting("AGX_HOOK_G14X", 0));
		stream.max_steps = command->max_steps;
		stream.observer = observer;
		ret = agx_workers_run(hook.workers, &stream, &events, &fault);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (ret)
		say_fault(compute, &stream, &fault, ret);
	if (setting("AGX_HOOK_LOG", 0))
		fprintf(stderr, "agx-hook: submit %u command %u: %u launches, %llu instructions, "
			"%.6f s\n", compute->submit, compute->cmd, stream.n_launches,
			(unsigned long long)command->steps, (double)(end.tv_sec - start.tv_sec) +
			1e-9 * (double)(end.tv_nsec - start.tv_nsec));
	return ret;
}

int agx_compute_hook(const struct agxtrace_compute *compute)
{
	struct command command = {
		.compute = compute,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.max_steps = setting("AGX_HOOK_MAX_STEPS", MAX_STEPS),
	};
	struct agx_observer observer;
	struct agx_trace *trace;
	FILE *file;
	int ret;

	if (compute->version != INTERFACE_VERSION) {
		fprintf(stderr, "agx-hook: agxtrace.so has interface %u, this is for %u\n",
			compute->version, INTERFACE_VERSION);
		return -EINVAL;
	}
	pthread_mutex_lock(&hook.lock);
	trace = open_trace(compute, &file);
	if (trace)
		observer = agx_trace_observer(trace);
	ret = execute(&command, trace ? &observer : NULL);
	agx_trace_destroy(trace);
	if (file)
		fclose(file);
	pthread_mutex_unlock(&hook.lock);
	return ret;
}
