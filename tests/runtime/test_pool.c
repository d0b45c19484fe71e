// SPDX-License-Identifier: MIT
/* Threads see each other's writes after a barrier, and none is left behind. */
#include "tests/lib/suite.h"

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/graph/pool.h"

#define ROUNDS 300
#define N_MAX 17

struct state {
	struct mutsu_pool *pool;
	uint32_t count[N_MAX];	/* each thread writes its own only */
	bool wrong;
};

static void rounds(void *arg, uint32_t thread, uint32_t n_threads)
{
	struct state *state = arg;

	for (uint32_t i = 1; i <= ROUNDS; i++) {
		state->count[thread]++;
		mutsu_pool_barrier(state->pool);
		for (uint32_t t = 0; t < n_threads; t++)
			if (state->count[t] != i)
				state->wrong = true;
		mutsu_pool_barrier(state->pool);
	}
}

static void once(void *arg, uint32_t thread, uint32_t n_threads)
{
	struct state *state = arg;

	(void)n_threads;
	state->count[thread]++;
}

START_TEST(barrier)
{
	struct state state = { 0 };

	ck_assert_int_eq(mutsu_pool_open(&state.pool, (uint32_t)_i), 0);
	ck_assert_uint_eq(mutsu_pool_size(state.pool), (uint32_t)_i);
	mutsu_pool_run(state.pool, rounds, &state);
	ck_assert(!state.wrong);
	mutsu_pool_close(state.pool);
}
END_TEST

START_TEST(runs)
{
	struct state state = { 0 };

	ck_assert_int_eq(mutsu_pool_open(&state.pool, (uint32_t)_i), 0);
	for (int i = 0; i < ROUNDS; i++)
		mutsu_pool_run(state.pool, once, &state);
	for (int t = 0; t < N_MAX; t++)
		ck_assert_uint_eq(state.count[t], t < _i ? ROUNDS : 0);
	mutsu_pool_close(state.pool);
}
END_TEST

START_TEST(open_close)
{
	struct mutsu_pool *pool;

	for (uint32_t n = 1; n <= N_MAX; n++) {
		ck_assert_int_eq(mutsu_pool_open(&pool, n), 0);
		mutsu_pool_close(pool);
	}
	mutsu_pool_close(NULL);
}
END_TEST

static void ignore(int number)
{
	(void)number;
}

/* One that the program blocks is not taken by a thread of ours. */
START_TEST(signals)
{
	struct sigaction action = { .sa_handler = ignore };
	struct mutsu_pool *pool;
	sigset_t mask, pending;

	sigaction(SIGUSR1, &action, NULL);
	ck_assert_int_eq(mutsu_pool_open(&pool, 4), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	ck_assert(!sigismember(&mask, SIGUSR1));

	sigaddset(&mask, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	kill(getpid(), SIGUSR1);
	usleep(10000);
	sigpending(&pending);
	ck_assert(sigismember(&pending, SIGUSR1));
	mutsu_pool_close(pool);
}
END_TEST

START_TEST(allowed_cpus)
{
	struct state state = { 0 };
	cpu_set_t set, one;
	int cpu = 0;

	ck_assert_uint_ge(mutsu_pool_n_cpus(), 1);
	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	ck_assert_uint_eq(mutsu_pool_n_cpus(), (uint32_t)CPU_COUNT(&set));
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return;
	ck_assert_uint_eq(mutsu_pool_n_cpus(), 1);

	/* More threads than CPUs: nobody spins, all come through. */
	ck_assert_int_eq(mutsu_pool_open(&state.pool, 3), 0);
	mutsu_pool_run(state.pool, rounds, &state);
	ck_assert(!state.wrong);
	mutsu_pool_close(state.pool);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool");
	TCase *tcase = tcase_create("pool");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, barrier, 1, 5);
	tcase_add_test(tcase, open_close);
	tcase_add_loop_test(tcase, runs, 1, N_MAX);
	tcase_add_test(tcase, signals);
	tcase_add_test(tcase, allowed_cpus);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
