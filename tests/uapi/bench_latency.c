// SPDX-License-Identifier: MIT
/*
 * bench_latency - what submitting and waiting for nothing costs
 *
 *	bench_latency [-c ROUNDS]
 *
 * Beside it, the least that two threads need to pass a fence to each other and back: by
 * syncobjs, and by fences of vgem in sync files, if it is there.  Prints the medians and
 * how many times of each a submission is; judges nothing.
 */
#include <drm/vgem_drm.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "gpu.h"

#define ROUNDS_MAX 100000

static struct ut_gpu gpu;
static u64 times[ROUNDS_MAX];
static u32 rounds;

static int by_number(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median_us(void)
{
	qsort(times, rounds, sizeof(times[0]), by_number);
	return (double)times[rounds / 2] / 1000;
}

/* --- submissions --------------------------------------------------------------------------- */

static double submissions(u64 stream)
{
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_sync out = ut_binary(ut_syncobj(gpu.fd, false));

	ut_cmd_compute(&cmds, stream, UT_STREAM + UT_SIZE);
	for (u32 i = 0; i < rounds; i++) {
		u64 start = ut_now();

		ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, &out, 0, 1));
		ut_ok(ut_wait(gpu.fd, out.handle, UT_FOREVER));
		times[i] = ut_now() - start;
	}
	ut_ok(ut_fence_error(gpu.fd, out.handle));
	return median_us();
}

static double empty_stream(void)
{
	u64 stream = ut_begin(&gpu);

	ut_end(&gpu);
	return submissions(stream);
}

static double empty_dispatch(void)
{
	return submissions(ut_stream(&gpu, &(struct ut_launch){ .code = ".bare\nstop\n" }));
}

/* --- syncobjs ------------------------------------------------------------------------------- */

static u32 there, back;

static void wait_for(u32 syncobj)
{
	struct drm_syncobj_wait args = {
		.handles = ut_ptr(&syncobj), .count_handles = 1,
		.timeout_nsec = (s64)(ut_now() + 60000000000ull),
		.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT,
	};

	ut_ok(ut_ioctl(gpu.fd, DRM_IOCTL_SYNCOBJ_WAIT, &args));
	ut_ok(ut_syncobj_reset(gpu.fd, syncobj));
}

static void *answer_syncobjs(void *ctx)
{
	for (u32 i = 0; i < rounds; i++) {
		wait_for(there);
		ut_ok(ut_syncobj_signal(gpu.fd, back));
	}
	return ctx;
}

static double syncobjs(void)
{
	pthread_t thread;

	there = ut_syncobj(gpu.fd, false);
	back = ut_syncobj(gpu.fd, false);
	ut_assert(!pthread_create(&thread, NULL, answer_syncobjs, NULL));
	for (u32 i = 0; i < rounds; i++) {
		u64 start = ut_now();

		ut_ok(ut_syncobj_signal(gpu.fd, there));
		wait_for(back);
		times[i] = ut_now() - start;
	}
	pthread_join(thread, NULL);
	return median_us();
}

/* --- vgem ------------------------------------------------------------------------------------ */

/* A buffer with a fence that the CPU signals, and the sync file of who waits for it. */
struct fence {
	int fd, prime;
	u32 handle, fence;
};

static struct fence fences[2];
static int pipes[2][2];

static void fence_init(struct fence *f, int vgem)
{
	struct drm_mode_create_dumb dumb = { .width = 64, .height = 64, .bpp = 32 };

	f->fd = vgem;
	ut_ok(ut_ioctl(vgem, DRM_IOCTL_MODE_CREATE_DUMB, &dumb));
	f->handle = dumb.handle;
	f->prime = ut_export(vgem, dumb.handle);
	ut_assert(f->prime >= 0);
}

static void fence_attach(struct fence *f)
{
	struct drm_vgem_fence_attach args = { .handle = f->handle, .flags = VGEM_FENCE_WRITE };

	ut_ok(ut_ioctl(f->fd, DRM_IOCTL_VGEM_FENCE_ATTACH, &args));
	f->fence = args.out_fence;
}

static void fence_signal(struct fence *f)
{
	struct drm_vgem_fence_signal args = { .fence = f->fence };

	ut_ok(ut_ioctl(f->fd, DRM_IOCTL_VGEM_FENCE_SIGNAL, &args));
}

/* A dma-buf can be read when its writers have ended. */
static void fence_wait(const struct fence *f)
{
	struct pollfd poll_fd = { .fd = f->prime, .events = POLLIN };

	ut_eq(poll(&poll_fd, 1, 60000), 1);
}

static void *answer_fences(void *ctx)
{
	char c;

	for (u32 i = 0; i < rounds; i++) {
		/* Both fences are there. */
		ut_eq(read(pipes[0][0], &c, 1), 1);
		fence_wait(&fences[0]);
		fence_signal(&fences[1]);
	}
	return ctx;
}

static double vgem_fences(int vgem)
{
	pthread_t thread;

	fence_init(&fences[0], vgem);
	fence_init(&fences[1], vgem);
	ut_assert(!pipe(pipes[0]));
	ut_assert(!pthread_create(&thread, NULL, answer_fences, NULL));
	for (u32 i = 0; i < rounds; i++) {
		u64 start = ut_now();

		fence_attach(&fences[0]);
		fence_attach(&fences[1]);
		ut_eq(write(pipes[0][1], "", 1), 1);
		fence_signal(&fences[0]);
		fence_wait(&fences[1]);
		times[i] = ut_now() - start;
	}
	pthread_join(thread, NULL);
	return median_us();
}

static void latency(void)
{
	double stream, dispatch, syncobj, vgem;
	int fd = ut_open_card("vgem");

	rounds = ut_cycles(2000);
	if (rounds > ROUNDS_MAX)
		rounds = ROUNDS_MAX;
	ut_gpu_init(&gpu);
	empty_dispatch();
	stream = empty_stream();
	dispatch = empty_dispatch();
	syncobj = syncobjs();
	ut_note("median of %u rounds, in microseconds", rounds);
	ut_note("submit and wait: no dispatch       %8.1f", stream);
	ut_note("submit and wait: empty dispatch    %8.1f", dispatch);
	ut_note("round trip of two threads: syncobj %8.1f  empty dispatch is %.2f times that",
		syncobj, dispatch / syncobj);
	if (fd < 0) {
		ut_note("no vgem");
		return;
	}
	vgem = vgem_fences(fd);
	ut_note("round trip of two threads: vgem    %8.1f  empty dispatch is %.2f times that",
		vgem, dispatch / vgem);
}

static const struct ut_test tests[] = {
	UT_SLOW(latency, 600),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
