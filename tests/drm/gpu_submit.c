// SPDX-License-Identifier: MIT
/* Launches of compute/agx on a device: results, order, waiting, status, counters. */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "dt.h"
#include "uapi/drm/agx_compute_drm.h"

static struct dt dt;

static u64 at(u32 word)
{
	return dt.data->addr + 4ull * word;
}

static void add(void)
{
	float *y, *x;

	dt_open(&dt);
	y = (float *)dt.words;
	x = y + 4096;
	for (u32 i = 0; i < 1000; i++) {
		y[i] = (float)i;
		x[i] = 0.5f * (float)i;
	}
	y[1000] = 7;
	ut_ok(dt_run(&dt, dt_add(&dt, at(0), at(4096), 1000)));
	for (u32 i = 0; i < 1000; i++)
		ut_assert(y[i] == 1.5f * (float)i);
	ut_assert(y[1000] == 7);
	dt_close(&dt);
}

/* The same stream again and again, waiting each time. */
static void thousand_times(void)
{
	struct dt_work work;
	float *y;

	dt_open(&dt);
	y = (float *)dt.words;
	for (u32 i = 0; i < 64; i++)
		y[1024 + i] = (float)i;
	work = dt_add(&dt, at(0), at(1024), 64);
	for (u32 n = 1; n <= 1000; n++) {
		ut_eq(dt_submit(&dt, work), n);
		ut_ok(dt_end_of(&dt, n));
		for (u32 i = 0; i < 64; i++)
			ut_assert(y[i] == (float)(n * i));
	}
	dt_close(&dt);
}

/* All at once: each finds what the one before it has left. */
static void in_order(void)
{
	struct dt_work work[2];
	float *y;

	dt_open(&dt);
	y = (float *)dt.words;
	y[0] = 1;
	/* Fibonacci's: y[0] += y[4], y[4] += y[0] */
	work[0] = dt_add(&dt, at(0), at(4), 4);
	work[1] = dt_add(&dt, at(4), at(0), 4);
	for (u32 n = 0; n < 30; n++)
		ut_eq(dt_submit(&dt, work[n % 2]), n + 1);
	ut_ok(mutsu_gpu_wait(dt.gpu, 30, DT_FOREVER));
	for (u32 n = 1; n <= 30; n++) {
		ut_ok(mutsu_gpu_wait(dt.gpu, n, 0));
		ut_ok(mutsu_gpu_status(dt.gpu, n));
	}
	ut_assert(y[4] == 832040);
	dt_close(&dt);
}

static void many_launches(void)
{
	struct mutsu_agx_add a = { .width = 4, .y_stride = 4, .x_stride = 4, .n = 3 };
	struct mutsu_agx_launch launch;
	float *y;

	dt_open(&dt);
	y = (float *)dt.words;
	for (u32 i = 0; i < 12; i++)
		y[i] = 1;
	dt_begin(&dt);
	/* Block n + 1 is block n and what it was. */
	for (u32 n = 0; n < 100; n++) {
		a.x = at(16 * n);
		a.y = at(16 * (n + 1));
		y[16 * (n + 1)] = (float)n;
		mutsu_agx_add(&launch, &a);
		dt_launch(&dt, &launch, 2);
	}
	ut_ok(dt_run(&dt, dt_end(&dt)));
	ut_assert(y[1600] == 1 + 99 * 100 / 2);
	ut_assert(y[1604] == 1);
	/* The step says two rows. */
	ut_assert(y[1608] == 0);
	dt_close(&dt);
}

static void waiting(void)
{
	u64 start, seqno;

	dt_open(&dt);
	ut_ok(mutsu_gpu_wait(dt.gpu, 0, 0));
	ut_ret(mutsu_gpu_wait(dt.gpu, 1, 0), -EINVAL);
	ut_ret(mutsu_gpu_wait(dt.gpu, ~0ull, -1), -EINVAL);
	seqno = dt_submit(&dt, dt_spin(&dt));
	dt_spin_runs(&dt);
	ut_ret(mutsu_gpu_wait(dt.gpu, seqno, 0), -ETIME);
	start = ut_now();
	ut_ret(mutsu_gpu_wait(dt.gpu, seqno, 50 * 1000000), -ETIME);
	ut_assert(ut_now() - start > 20 * 1000000);
	ut_ret(mutsu_gpu_status(dt.gpu, seqno), -EBUSY);
	dt_spin_end(&dt);
	ut_ok(mutsu_gpu_wait(dt.gpu, seqno, INT64_MAX));
	ut_ok(mutsu_gpu_wait(dt.gpu, seqno, -1));
	ut_ok(mutsu_gpu_wait(dt.gpu, seqno, INT64_MIN));
	ut_ok(mutsu_gpu_status(dt.gpu, seqno));
	dt_close(&dt);
}

static void tick(int number)
{
	(void)number;
}

/* Signals come all the time: nothing is lost, nothing done twice. */
static void signals(void)
{
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	struct sigaction action = { .sa_handler = tick };
	float *y;
	u64 seqno;

	dt_open(&dt);
	y = (float *)dt.words;
	y[4] = 1;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	seqno = dt_submit(&dt, dt_spin(&dt));
	ut_ret(mutsu_gpu_wait(dt.gpu, seqno, 100 * 1000000), -ETIME);
	dt_spin_end(&dt);
	ut_ok(dt_end_of(&dt, seqno));
	for (u32 n = 1; n <= 100; n++) {
		dt.stream_used = dt.code_used = 0;
		ut_ok(dt_run(&dt, dt_add(&dt, at(0), at(4), 4)));
		ut_assert(y[0] == (float)n);
	}
	setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 0, 0 } }, NULL);
	dt_close(&dt);
}

static void window_of_status(void)
{
	struct dt_work work;

	dt_open(&dt);
	ut_ret(mutsu_gpu_status(dt.gpu, 0), -EINVAL);
	ut_ret(mutsu_gpu_status(dt.gpu, 1), -EINVAL);
	work = dt_add(&dt, at(0), at(4), 4);
	for (u32 n = 1; n <= MUTSU_GPU_STATUS; n++)
		dt_submit(&dt, work);
	ut_ok(mutsu_gpu_wait(dt.gpu, MUTSU_GPU_STATUS, DT_FOREVER));
	ut_ok(mutsu_gpu_status(dt.gpu, 1));
	dt_submit(&dt, work);
	ut_ok(mutsu_gpu_wait(dt.gpu, MUTSU_GPU_STATUS + 1, DT_FOREVER));
	ut_ret(mutsu_gpu_status(dt.gpu, 1), -ESTALE);
	ut_ok(mutsu_gpu_wait(dt.gpu, 1, 0));
	ut_ok(mutsu_gpu_status(dt.gpu, 2));
	ut_ok(mutsu_gpu_status(dt.gpu, MUTSU_GPU_STATUS + 1));
	ut_ret(mutsu_gpu_status(dt.gpu, MUTSU_GPU_STATUS + 2), -EINVAL);
	dt_close(&dt);
}

static void *wait_for_it(void *ctx)
{
	const u64 seqno = *(u64 *)ctx;
	int ret = mutsu_gpu_wait(dt.gpu, seqno, DT_FOREVER);

	if (!ret)
		ret = mutsu_gpu_status(dt.gpu, seqno);
	return (void *)(intptr_t)ret;
}

/* Another thread waits while this one submits. */
static void thread_waits(void)
{
	struct dt_work work;
	pthread_t thread;
	void *ret;
	u64 seqno;

	dt_open(&dt);
	work = dt_add(&dt, at(0), at(4), 4);
	seqno = dt_submit(&dt, dt_spin(&dt));
	ut_assert(!pthread_create(&thread, NULL, wait_for_it, &seqno));
	for (u32 n = 0; n < 20; n++)
		dt_submit(&dt, work);
	dt_spin_end(&dt);
	ut_assert(!pthread_join(thread, &ret));
	ut_eq((intptr_t)ret, 0);
	ut_ok(dt_end_of(&dt, seqno + 20));
	dt_close(&dt);
}

static void counters(void)
{
	u64 counter[DRM_AGXC_COUNTERS + 2];
	struct dt_work work;

	dt_open(&dt);
	if (!mutsu_gpu_info(dt.gpu)->software) {
		memset(counter, 1, sizeof(counter));
		ut_ret(mutsu_gpu_counters(dt.gpu, false, counter, 3), -ENOTSUP);
		ut_eq(counter[0] | counter[2], 0);
		dt_close(&dt);
		return;
	}
	memset(counter, 1, sizeof(counter));
	ut_ok(mutsu_gpu_counters(dt.gpu, false, counter, ARRAY_SIZE(counter)));
	for (u32 i = 0; i < ARRAY_SIZE(counter); i++)
		ut_eq(counter[i], 0);
	work = dt_add(&dt, at(0), at(1024), 256);
	ut_ok(dt_run(&dt, work));
	ut_ok(mutsu_gpu_counters(dt.gpu, true, counter, ARRAY_SIZE(counter)));
	ut_eq(counter[DRM_AGXC_COUNTER_SUBMITS], 1);
	ut_eq(counter[DRM_AGXC_COUNTER_DISPATCHES], 1);
	ut_eq(counter[DRM_AGXC_COUNTER_THREADGROUPS], 2);
	ut_eq(counter[DRM_AGXC_COUNTER_READ_BYTES], 0);
	ut_ok(dt_run(&dt, work));
	ut_ok(mutsu_gpu_counters(dt.gpu, false, counter, ARRAY_SIZE(counter)));
	ut_eq(counter[DRM_AGXC_COUNTER_SUBMITS], 2);
	ut_assert(counter[DRM_AGXC_COUNTER_READ_BYTES] >= 2 * 256 * 4);
	ut_eq(counter[DRM_AGXC_COUNTER_WRITE_BYTES], 256 * 4);
	/* Some of them only. */
	memset(counter, 1, sizeof(counter));
	ut_ok(mutsu_gpu_counters(dt.gpu, false, counter, 1));
	ut_eq(counter[0], 2);
	ut_assert(counter[1] != 2);
	dt_close(&dt);
}

static const struct ut_test tests[] = {
	UT(add),
	UT(thousand_times),
	UT(in_order),
	UT(many_launches),
	UT(waiting),
	UT(signals),
	UT(window_of_status),
	UT(thread_waits),
	UT(counters),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
