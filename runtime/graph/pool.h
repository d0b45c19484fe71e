/* SPDX-License-Identifier: MIT */
/*
 * Threads that run the same function together, and a barrier for them
 *
 * The caller is thread 0.  Waiting spins for a moment, then sleeps in the
 * kernel; idle threads sleep and cause no wake-ups.
 */
#ifndef RUNTIME_GRAPH_POOL_H
#define RUNTIME_GRAPH_POOL_H

#include <stdint.h>

struct mutsu_pool;

typedef void (*mutsu_pool_fn)(void *arg, uint32_t thread, uint32_t n_threads);

/* CPUs that the calling thread, and threads that it starts, may run on; at least 1. */
uint32_t mutsu_pool_n_cpus(void);

/* n_threads counts the caller and is at least 1.  -ENOMEM, -EAGAIN. */
int mutsu_pool_open(struct mutsu_pool **out, uint32_t n_threads);
void mutsu_pool_close(struct mutsu_pool *pool);

uint32_t mutsu_pool_size(const struct mutsu_pool *pool);

/* Returns when fn has returned in every thread. */
void mutsu_pool_run(struct mutsu_pool *pool, mutsu_pool_fn fn, void *arg);

/* Inside fn: returns when every thread has called it; orders memory. */
void mutsu_pool_barrier(struct mutsu_pool *pool);

#endif
