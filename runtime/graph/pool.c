// SPDX-License-Identifier: MIT
/*
 * A generation count tells workers that there is a new function; a barrier at
 * its end tells the caller that all are done.  Both are 32-bit words that a
 * futex can wait on.
 */
#include "pool.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Some microseconds: longer than the gap between two ops, shorter than a tick. */
#define SPINS 4000

struct mutsu_pool {
	uint32_t n_threads;
	uint32_t spins;			/* 0 where threads outnumber processors */
	pthread_t *thread;		/* n_threads - 1 */
	uint32_t n_started;
	mutsu_pool_fn fn;		/* written before, read after generation */
	void *arg;
	_Atomic uint32_t generation;	/* one more with every fn */
	_Atomic bool quit;
	_Alignas(64) _Atomic uint32_t arrived;	/* at the barrier */
	_Alignas(64) _Atomic uint32_t phase;	/* of the barrier */
	_Alignas(64) _Atomic uint32_t sleepers;	/* threads that need a wake-up */
};

struct worker {
	struct mutsu_pool *pool;
	uint32_t index;
};

static void relax(void)
{
#if defined(__aarch64__)
	__asm__ volatile("yield");
#elif defined(__x86_64__)
	__builtin_ia32_pause();
#endif
}

/* Until *word is no longer value. */
static void wait_change(struct mutsu_pool *pool, _Atomic uint32_t *word, uint32_t value)
{
	for (uint32_t i = 0; i < pool->spins; i++) {
		if (atomic_load_explicit(word, memory_order_acquire) != value)
			return;
		relax();
	}
	/* Sequentially consistent with change(): one of the two sees the other. */
	atomic_fetch_add(&pool->sleepers, 1);
	while (atomic_load(word) == value)
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
	atomic_fetch_sub(&pool->sleepers, 1);
}

/* Most waits end while spinning: then this is no system call. */
static void change(struct mutsu_pool *pool, _Atomic uint32_t *word)
{
	atomic_fetch_add(word, 1);
	if (atomic_load(&pool->sleepers))
		syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

void mutsu_pool_barrier(struct mutsu_pool *pool)
{
	uint32_t phase, n;

	if (pool->n_threads == 1)
		return;
	phase = atomic_load_explicit(&pool->phase, memory_order_relaxed);
	n = atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel);
	if (n + 1 == pool->n_threads) {
		atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
		change(pool, &pool->phase);
	} else {
		wait_change(pool, &pool->phase, phase);
	}
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct mutsu_pool *pool = worker->pool;
	uint32_t index = worker->index;
	uint32_t seen = 0;

	free(worker);
	for (;;) {
		wait_change(pool, &pool->generation, seen);
		if (atomic_load_explicit(&pool->quit, memory_order_relaxed))
			return NULL;
		seen++;
		pool->fn(pool->arg, index, pool->n_threads);
		mutsu_pool_barrier(pool);
	}
}

static int start(struct mutsu_pool *pool, uint32_t index)
{
	struct worker *worker = malloc(sizeof(*worker));
	int ret;

	if (!worker)
		return -ENOMEM;
	worker->pool = pool;
	worker->index = index;
	ret = pthread_create(&pool->thread[index - 1], NULL, work, worker);
	if (ret)
		free(worker);
	return -ret;
}

/*
 * Signals are the business of the program's own threads, but for those that a
 * thread brings upon itself: who has a handler for these wants to hear of them.
 */
static int start_all(struct mutsu_pool *pool)
{
	static const int own[] = { SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP };
	sigset_t blocked, old;
	int ret = 0;

	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&blocked, own[i]);
	/* Threads inherit the mask. */
	pthread_sigmask(SIG_BLOCK, &blocked, &old);
	while (!ret && pool->n_started + 1 < pool->n_threads) {
		ret = start(pool, pool->n_started + 1);
		if (!ret)
			pool->n_started++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ret;
}

uint32_t mutsu_pool_n_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	/* It fails where the kernel's masks are longer than 1024 CPUs. */
	if (!sched_getaffinity(0, sizeof(set), &set))
		n = CPU_COUNT(&set);
	return n > 0 ? (uint32_t)n : 1;
}

int mutsu_pool_open(struct mutsu_pool **out, uint32_t n_threads)
{
	struct mutsu_pool *pool;
	int ret = -ENOMEM;

	pool = aligned_alloc(64, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	*pool = (struct mutsu_pool){
		.n_threads = n_threads,
		.spins = mutsu_pool_n_cpus() >= n_threads ? SPINS : 0,
		.thread = calloc(n_threads, sizeof(pthread_t)),
	};
	if (!pool->thread)
		goto err_close;

	ret = start_all(pool);
	if (ret)
		goto err_close;
	*out = pool;
	return 0;

err_close:
	mutsu_pool_close(pool);
	return ret;
}

void mutsu_pool_close(struct mutsu_pool *pool)
{
	if (!pool)
		return;
	atomic_store_explicit(&pool->quit, true, memory_order_relaxed);
	change(pool, &pool->generation);
	for (uint32_t i = 0; i < pool->n_started; i++)
		pthread_join(pool->thread[i], NULL);
	free(pool->thread);
	free(pool);
}

uint32_t mutsu_pool_size(const struct mutsu_pool *pool)
{
	return pool->n_threads;
}

void mutsu_pool_run(struct mutsu_pool *pool, mutsu_pool_fn fn, void *arg)
{
	pool->fn = fn;
	pool->arg = arg;
	if (pool->n_threads > 1)
		change(pool, &pool->generation);
	fn(arg, 0, pool->n_threads);
	mutsu_pool_barrier(pool);
}
