// SPDX-License-Identifier: MIT
/*
 * Clients that go in the middle of it: close, exit, kill -9, and threads that use and
 * destroy the same things.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "gpu.h"

static struct ut_gpu gpu;

#define STREAM_END (UT_STREAM + UT_SIZE)

/* The GPU does what another client tells it. */
static void check_works(void)
{
	static struct ut_gpu other;

	ut_gpu_init(&other);
	ut_ok(ut_poke(&other, UT_DATA, 5));
	ut_eq(other.data[0], 5);
	ut_gpu_close(&other);
}

#define SOON 15000		/* ms: before any watchdog */

/* A fence that outlives its file ends, in whatever way. */
static void expect_end(int sync_file)
{
	int fd = ut_open();

	ut_ok(ut_wait(fd, ut_syncobj_of(fd, sync_file), SOON));
	ut_assert(ut_sync_file_status(sync_file));
	close(fd);
}

/* --- close ------------------------------------------------------------------------------- */

static void close_while_running(void)
{
	int sync_file;

	ut_gpu_init(&gpu);
	sync_file = ut_sync_file(gpu.fd, ut_start_stream(&gpu, ut_spin(&gpu)));
	ut_spin_runs(&gpu);
	ut_gpu_close(&gpu);
	expect_end(sync_file);
	check_works();
}

/* With more behind it, in flight and waiting. */
static void close_with_a_full_queue(void)
{
	struct drm_asahi_sync out;
	struct ut_cmds cmds = { .size = 0 };
	int sync_file;
	u64 stream;

	ut_gpu_init(&gpu);
	out = ut_binary(ut_syncobj(gpu.fd, false));
	stream = ut_spin(&gpu);
	ut_cmd_compute(&cmds, stream, STREAM_END);
	for (u32 i = 0; i < 300; i++)
		ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, &out, 0, 1));
	sync_file = ut_sync_file(gpu.fd, out.handle);
	ut_spin_runs(&gpu);
	ut_gpu_close(&gpu);
	expect_end(sync_file);
	check_works();
}

/* What waits for the fence of a client that goes on is not waited for. */
static void close_while_waiting(void)
{
	static struct ut_gpu other;
	struct drm_asahi_sync syncs[2];
	struct ut_cmds cmds = { .size = 0 };
	u32 spinning;
	int sync_file;

	ut_gpu_init(&other);
	ut_gpu_init(&gpu);
	spinning = ut_start_stream(&other, ut_spin(&other));
	syncs[0] = ut_binary(ut_syncobj_of(gpu.fd, ut_sync_file(other.fd, spinning)));
	syncs[1] = ut_binary(ut_syncobj(gpu.fd, false));
	ut_cmd_compute(&cmds, ut_spin(&gpu), STREAM_END);
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, syncs, 1, 1));
	sync_file = ut_sync_file(gpu.fd, syncs[1].handle);
	ut_gpu_close(&gpu);
	expect_end(sync_file);
	/* The other one has not noticed. */
	ut_ret(ut_wait(other.fd, spinning, 0), -ETIME);
	ut_spin_end(&other);
	ut_ok(ut_fence_error(other.fd, spinning));
}

/* Everything is destroyed under the work, in all orders. */
static void destroy_while_running(void)
{
	for (u32 order = 0; order < 6; order++) {
		int sync_file;

		ut_gpu_init(&gpu);
		sync_file = ut_sync_file(gpu.fd, ut_start_stream(&gpu, ut_spin(&gpu)));
		ut_spin_runs(&gpu);
		for (u32 i = 0; i < 3; i++) {
			switch ((order + i * (1 + order % 2)) % 3) {
			case 0:
				ut_ok(ut_vm_destroy(gpu.fd, gpu.vm));
				break;
			case 1:
				ut_ok(ut_gem_close(gpu.fd, gpu.data_bo));
				break;
			default:
				ut_ok(ut_queue_destroy(gpu.fd, gpu.queue));
			}
		}
		expect_end(sync_file);
		ut_gpu_close(&gpu);
	}
	check_works();
}

static void exit_in_child(void *ctx)
{
	ut_gpu_init(&gpu);
	ut_start_stream(&gpu, ut_spin(&gpu));
	ut_spin_runs(&gpu);
	if (*(bool *)ctx)
		_exit(0);
}

static void exit_while_running(void)
{
	bool at_once = false;

	for (u32 i = 0; i < 10; i++) {
		at_once = !at_once;
		ut_join(ut_fork(exit_in_child, &at_once));
	}
	check_works();
}

/* --- kill -9 ------------------------------------------------------------------------------- */

/* Work of all kinds, without end. */
static void work(void *ctx)
{
	struct drm_asahi_sync out;
	struct ut_cmds cmds = { .size = 0 };

	(void)ctx;
	ut_gpu_init(&gpu);
	out = ut_binary(ut_syncobj(gpu.fd, false));
	ut_cmd_compute(&cmds, ut_stream(&gpu, &(struct ut_launch){
		.code = ".uniform dst, buffer\n"
			"mov r1, thread_in_grid_x\n"
			"store r1, dst, r1, i32, x, a\n",
		.args = { UT_DATA }, .global = { 20000 }, .local = { 64 },
	}), STREAM_END);
	for (u32 i = 0;; i++) {
		u32 bo = ut_gem(gpu.fd, 4 * UT_PAGE);
		u32 vm = ut_vm(gpu.fd), queue = ut_queue(gpu.fd, vm, 0);

		ut_bind(gpu.fd, gpu.vm, bo, 0, 4 * UT_PAGE, UT_FREE + i % 8 * UT_PAGE, UT_RW);
		ut_submit(gpu.fd, gpu.queue, &cmds, &out, 0, 1);
		if (i % 4 == 0)
			ut_wait(gpu.fd, out.handle, UT_FOREVER);
		ut_gem_close(gpu.fd, bo);
		ut_vm_destroy(gpu.fd, vm);
		ut_queue_destroy(gpu.fd, queue);
	}
}

static void kill_while_working(void)
{
	for (u32 i = 0; i < ut_cycles(40); i++) {
		int pid = ut_fork(work, NULL);

		usleep(1000 + i * 7919 % 30000);
		ut_kill(pid);
	}
	check_works();
}

static void kill_several(void)
{
	int pids[4];

	for (u32 round = 0; round < ut_cycles(8); round++) {
		for (u32 i = 0; i < ARRAY_SIZE(pids); i++)
			pids[i] = ut_fork(work, NULL);
		usleep(20000 + round * 7919 % 40000);
		for (u32 i = 0; i < ARRAY_SIZE(pids); i++)
			ut_kill(pids[i]);
	}
	check_works();
}

/* In an ioctl that sleeps: waiting for a fence. */
static void wait_in_child(void *ctx)
{
	(void)ctx;
	ut_gpu_init(&gpu);
	ut_wait(gpu.fd, ut_start_stream(&gpu, ut_spin(&gpu)), UT_FOREVER);
}

static void kill_while_waiting(void)
{
	for (u32 i = 0; i < 10; i++) {
		int pid = ut_fork(wait_in_child, NULL);

		ut_sleep_ms(20);
		ut_kill(pid);
	}
	check_works();
}

/* Others do not notice: what they have submitted comes to its end without an error. */
static void killed_next_to_us(void)
{
	u32 syncobj;
	int pid;

	if (!ut_set_param("timeout_ms", "0"))
		ut_skip("the module's parameters cannot be changed");
	ut_gpu_init(&gpu);
	syncobj = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_spin_runs(&gpu);
	for (u32 i = 0; i < 10; i++) {
		static struct ut_gpu mine;

		mine = gpu;
		pid = ut_fork(wait_in_child, NULL);
		ut_sleep_ms(15);
		ut_kill(pid);
		gpu = mine;
	}
	ut_ret(ut_wait(gpu.fd, syncobj, 0), -ETIME);
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, syncobj));
}

/* --- threads --------------------------------------------------------------------------------- */

#define THREADS 6

struct hammer {
	pthread_t thread;
	u32 index;
	u64 until;
};

/* Whatever one thread makes, another may destroy: any result will do. */
static void hammer_once(u32 kind, u32 id, const struct ut_cmds *cmds)
{
	struct drm_asahi_sync out = ut_binary(1);
	int fd = gpu.fd;
	u32 made;

	switch (kind % 10) {
	case 0:
		ut_vm_create(fd, UT_KERNEL_START, UT_VA_END, &made);
		break;
	case 1:
		if (id != gpu.vm)
			ut_vm_destroy(fd, id);
		break;
	case 2:
		ut_queue_create(fd, id, UT_USC, id % 2, &made);
		break;
	case 3:
		if (id != gpu.queue)
			ut_queue_destroy(fd, id);
		break;
	case 4:
		ut_gem_create(fd, UT_PAGE * (1 + id), 0, 0, &made);
		break;
	case 5:
		if (id > 3)
			ut_gem_close(fd, id);
		break;
	case 6:
		ut_bind(fd, id % 3 + 1, id, 0, UT_PAGE, UT_FREE + id % 4 * UT_PAGE, UT_RW);
		break;
	case 7:
		ut_unbind(fd, id % 3 + 1, 3 * UT_PAGE, UT_FREE + id % 4 * UT_PAGE);
		break;
	case 8:
		ut_submit(fd, id, cmds, &out, 0, id % 2);
		break;
	default:
		if (ut_object_bind(fd, id, 0, UT_PAGE, &made))
			ut_object_unbind(fd, id);
	}
}

static void *hammer(void *ctx)
{
	struct hammer *h = ctx;
	struct ut_cmds *cmds = calloc(1, sizeof(*cmds));
	u64 state = 0x9e3779b97f4a7c15ull * (h->index + 1);

	ut_assert(cmds);
	ut_cmd_compute(cmds, UT_STREAM, STREAM_END);
	while (ut_now() < h->until) {
		for (u32 i = 0; i < 50; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			hammer_once((u32)(state >> 32), 1 + (u32)(state >> 20) % 8, cmds);
		}
	}
	free(cmds);
	return NULL;
}

static void threads_on_one_file(void)
{
	struct hammer hammers[THREADS];

	ut_gpu_init(&gpu);
	ut_syncobj(gpu.fd, true);
	ut_stream(&gpu, &(struct ut_launch){
		.code = ".uniform dst, buffer\n"
			"mov r1, thread_in_grid_x\n"
			"store r1, dst, r1, i32, x, a\n",
		.args = { UT_FREE }, .global = { 2000 }, .local = { 64 },
	});
	for (u32 i = 0; i < THREADS; i++) {
		hammers[i].index = i;
		hammers[i].until = ut_now() + ut_cycles(5) * 1000000000ull;
		ut_assert(!pthread_create(&hammers[i].thread, NULL, hammer, &hammers[i]));
	}
	for (u32 i = 0; i < THREADS; i++)
		pthread_join(hammers[i].thread, NULL);
	ut_gpu_close(&gpu);
	check_works();
}

/* The process goes while its threads do that. */
static void hammer_in_child(void *ctx)
{
	(void)ctx;
	threads_on_one_file();
}

static void kill_threads(void)
{
	for (u32 i = 0; i < 5; i++) {
		int pid = ut_fork(hammer_in_child, NULL);

		ut_sleep_ms(100 + 50 * i);
		ut_kill(pid);
	}
	check_works();
}

/* Two submit to one queue: each submission is whole, and none is lost. */
static void *submit_many(void *ctx)
{
	const struct ut_cmds *cmds = ctx;

	for (u32 i = 0; i < 100; i++)
		ut_ok(ut_submit(gpu.fd, gpu.queue, cmds, NULL, 0, 0));
	return NULL;
}

static void threads_on_one_queue(void)
{
	static struct ut_cmds cmds;
	pthread_t threads[THREADS];

	ut_gpu_init(&gpu);
	for (u32 i = 0; i < 3; i++)
		ut_cmd_compute(&cmds, ut_stream(&gpu, &(struct ut_launch){
			.code = ".uniform sum, buffer\n"
				"load r1, sum, 0, i32, x, a\n"
				"wait a\n"
				"iadd r1, r1, 1\n"
				"store r1, sum, 0, i32, x, a\n",
			.args = { UT_DATA },
		}), STREAM_END);
	for (u32 i = 0; i < THREADS; i++)
		ut_assert(!pthread_create(&threads[i], NULL, submit_many, &cmds));
	for (u32 i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ut_ok(ut_fence_error(gpu.fd, ut_start(&gpu, &cmds)));
	/* Not atomic: it is right because nothing of a queue overlaps. */
	ut_eq(gpu.data[0], 3 * (100 * THREADS + 1));
}

static const struct ut_test tests[] = {
	UT(close_while_running),
	UT(close_with_a_full_queue),
	UT(close_while_waiting),
	UT(destroy_while_running),
	UT(exit_while_running),
	UT_SLOW(kill_while_working, 600),
	UT_SLOW(kill_several, 600),
	UT(kill_while_waiting),
	UT(killed_next_to_us),
	UT_SLOW(threads_on_one_file, 300),
	UT_SLOW(kill_threads, 300),
	UT(threads_on_one_queue),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
