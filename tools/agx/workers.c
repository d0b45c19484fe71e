// SPDX-License-Identifier: MIT
/*
 * A launch is open for as long as its caller works on it: a worker that wakes up
 * in time joins in, one that comes too late goes back to sleep, and the caller
 * waits for nobody but those inside.  Most launches of a real stream are small.
 */
#include "workers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

/* Instructions between two looks at the clock, and at a fault of another worker. */
#define SLICE 1000000

/* Bytes of decoded programs that are kept from launch to launch. */
#define CACHE (64u << 20)

struct worker {
	struct agx_workers *workers;
	struct agx_core *core;
	pthread_t thread;
};

struct agx_workers {
	pthread_mutex_t lock;		/* of the fields down to quit */
	pthread_cond_t work;		/* a launch was opened, or quit */
	pthread_cond_t idle;		/* nobody is inside any more */
	struct agx_dispatch *dispatch;	/* open; NULL: none */
	u64 generation;			/* launches opened */
	u32 inside;			/* workers, without the caller */
	bool quit;
	struct agx_cache *cache;	/* the caller's */
	u32 n;
	u32 n_started;
	struct worker worker[];		/* n; the first is the caller */
};

u32 agx_host_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	/* It fails where the kernel's masks are longer than 1024 CPUs. */
	if (!sched_getaffinity(0, sizeof(set), &set))
		n = CPU_COUNT(&set);
	return n > 0 ? (u32)n : 1;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct agx_workers *workers = worker->workers;
	struct agx_dispatch *dispatch;
	u64 seen = 0;

	pthread_mutex_lock(&workers->lock);
	for (;;) {
		while (!workers->quit && workers->generation == seen)
			pthread_cond_wait(&workers->work, &workers->lock);
		if (workers->quit)
			break;
		seen = workers->generation;
		dispatch = workers->dispatch;
		if (!dispatch)
			continue;
		workers->inside++;
		pthread_mutex_unlock(&workers->lock);
		while (agx_core_run(worker->core, dispatch, SLICE) == AGX_CORE_MORE)
			;
		pthread_mutex_lock(&workers->lock);
		if (!--workers->inside)
			pthread_cond_signal(&workers->idle);
	}
	pthread_mutex_unlock(&workers->lock);
	return NULL;
}

/* Signals are for the program's own threads. */
static int start_threads(struct agx_workers *workers)
{
	sigset_t all, old;
	int ret = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (u32 i = 1; i < workers->n && !ret; i++) {
		ret = pthread_create(&workers->worker[i].thread, NULL, work, &workers->worker[i]);
		workers->n_started += !ret;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -ret;
}

int agx_workers_create(struct agx_workers **out, u32 n)
{
	struct agx_workers *workers = calloc(1, sizeof(*workers) + n * sizeof(struct worker));
	int ret = 0;

	if (!workers)
		return -ENOMEM;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->work, NULL);
	pthread_cond_init(&workers->idle, NULL);
	workers->n = n;
	workers->cache = agx_cache_create(CACHE);
	ret = workers->cache ? 0 : -ENOMEM;
	for (u32 i = 0; i < n && !ret; i++) {
		workers->worker[i].workers = workers;
		workers->worker[i].core = agx_core_create(i);
		if (!workers->worker[i].core)
			ret = -ENOMEM;
	}
	if (!ret)
		ret = start_threads(workers);
	if (ret) {
		agx_workers_destroy(workers);
		return ret;
	}
	*out = workers;
	return 0;
}

void agx_workers_destroy(struct agx_workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->quit = true;
	pthread_cond_broadcast(&workers->work);
	pthread_mutex_unlock(&workers->lock);
	for (u32 i = 1; i <= workers->n_started; i++)
		pthread_join(workers->worker[i].thread, NULL);
	for (u32 i = 0; i < workers->n; i++)
		agx_core_destroy(workers->worker[i].core);
	agx_cache_destroy(workers->cache);
	pthread_cond_destroy(&workers->idle);
	pthread_cond_destroy(&workers->work);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}

static void open_launch(struct agx_workers *workers, struct agx_dispatch *dispatch)
{
	u64 helpers = dispatch->n_groups - 1;

	if (helpers > workers->n_started)
		helpers = workers->n_started;
	pthread_mutex_lock(&workers->lock);
	workers->dispatch = dispatch;
	workers->generation++;
	while (helpers--)
		pthread_cond_signal(&workers->work);
	pthread_mutex_unlock(&workers->lock);
}

static void close_launch(struct agx_workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	workers->dispatch = NULL;
	while (workers->inside)
		pthread_cond_wait(&workers->idle, &workers->lock);
	pthread_mutex_unlock(&workers->lock);
}

static void run_launch(struct agx_workers *workers, struct agx_dispatch *dispatch,
		       const struct agx_run_events *events)
{
	bool shared = workers->n_started && dispatch->n_groups > 1;

	if (shared)
		open_launch(workers, dispatch);
	while (agx_core_run(workers->worker[0].core, dispatch, SLICE) == AGX_CORE_MORE) {
		if (events && events->progress)
			events->progress(events->ctx, dispatch);
	}
	if (shared)
		close_launch(workers);
}

int agx_workers_run(struct agx_workers *workers, struct agx_stream *stream,
		    const struct agx_run_events *events, struct agx_fault *fault)
{
	struct agx_dispatch dispatch;
	int ret;

	stream->cache = workers->cache;
	while ((ret = agx_stream_next(stream, &dispatch)) > 0) {
		if (events && events->launch)
			events->launch(events->ctx, &dispatch);
		run_launch(workers, &dispatch, events);
		if (events && events->done)
			events->done(events->ctx, &dispatch);
		ret = agx_dispatch_end(&dispatch);
		if (ret) {
			*fault = dispatch.fault;
			return ret;
		}
	}
	if (ret == -EFAULT)
		*fault = stream->fault;
	return ret;
}
