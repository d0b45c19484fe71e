// SPDX-License-Identifier: MIT
/*
 * The device goes while it is used: by sysfs' unbind under running work, and by
 * unloading the module, which users keep from happening.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "gpu.h"
#include "module.h"

#define STREAM_END (UT_STREAM + UT_SIZE)

static struct ut_gpu gpu;

static void unbind(void)
{
	ut_assert(ut_bind_driver("unbind"));
}

static void bind(void)
{
	ut_assert(ut_bind_driver("bind"));
}

static void check_works(void)
{
	static struct ut_gpu other;

	ut_gpu_init(&other);
	ut_ok(ut_poke(&other, UT_DATA, 5));
	ut_eq(other.data[0], 5);
	ut_gpu_close(&other);
}

/* The device is there after each test. */
static void bind_again(void)
{
	if (ut_open_driver("asahi") < 0)
		ut_bind_driver("bind");
}

/* --- unbind -------------------------------------------------------------------------------- */

static void idle(void)
{
	ut_gpu_init(&gpu);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	unbind();
	ut_assert(ut_open_driver("asahi") < 0);
	bind();
	check_works();
	ut_gpu_close(&gpu);
	check_works();
}

/* Every ioctl says that the device is gone; memory stays what it was. */
static void ioctls(void)
{
	u64 args[16] = { 0 };

	ut_gpu_init(&gpu);
	gpu.data[5] = 55;
	unbind();
	for (u32 nr = 0; nr <= DRM_ASAHI_SUBMIT; nr++)
		ut_ret(ut_ioctl(gpu.fd, DRM_IOWR(DRM_COMMAND_BASE + nr, args), args), -ENODEV);
	ut_ret(ut_gem_close(gpu.fd, gpu.data_bo), -ENODEV);
	ut_eq(gpu.data[5], 55);
	gpu.data[6] = 66;
	ut_eq(gpu.data[6], 66);
	bind();
	/* The file is that of the old one. */
	ut_ret(ut_queue_destroy(gpu.fd, gpu.queue), -ENODEV);
	ut_gpu_close(&gpu);
	check_works();
}

static void while_running(void)
{
	int sync_file;

	ut_gpu_init(&gpu);
	sync_file = ut_sync_file(gpu.fd, ut_start_stream(&gpu, ut_spin(&gpu)));
	ut_spin_runs(&gpu);
	unbind();
	ut_ret(ut_sync_file_status(sync_file), -ENODEV);
	bind();
	check_works();
	ut_ret(ut_sync_file_status(sync_file), -ENODEV);
	ut_gpu_close(&gpu);
	ut_ret(ut_sync_file_status(sync_file), -ENODEV);
}

/* In flight, waiting in the scheduler, and waiting for another driver's fence. */
static void with_full_queues(void)
{
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_sync syncs[2], out;
	int files[3];
	u32 second;
	u64 start;

	ut_gpu_init(&gpu);
	out = ut_binary(ut_syncobj(gpu.fd, false));
	second = ut_queue(gpu.fd, gpu.vm, UT_USC);
	ut_cmd_compute(&cmds, ut_spin(&gpu), STREAM_END);
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, &out, 0, 1));
	files[0] = ut_sync_file(gpu.fd, out.handle);
	for (u32 i = 0; i < 200; i++)
		ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, &out, 0, 1));
	files[1] = ut_sync_file(gpu.fd, out.handle);
	syncs[0] = out;
	syncs[1] = ut_binary(ut_syncobj(gpu.fd, false));
	ut_ok(ut_submit(gpu.fd, second, &cmds, syncs, 1, 1));
	files[2] = ut_sync_file(gpu.fd, syncs[1].handle);
	ut_spin_runs(&gpu);
	unbind();
	start = ut_now();
	for (u32 i = 0; i < 3; i++) {
		while (!ut_sync_file_status(files[i]))
			ut_assert(ut_now() - start < 20000000000ull);
		ut_ret(ut_sync_file_status(files[i]), -ENODEV);
	}
	bind();
	check_works();
	ut_gpu_close(&gpu);
	check_works();
}

static void wait_in_child(void *ctx)
{
	u32 syncobj;

	ut_gpu_init(&gpu);
	syncobj = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_eq(write(*(int *)ctx, "", 1), 1);
	ut_wait(gpu.fd, syncobj, UT_FOREVER);
}

/* Who waits for a fence is not kept waiting. */
static void while_others_wait(void)
{
	int pids[3], ends[2];
	char c;

	close(ut_open());
	ut_assert(!pipe(ends));
	for (u32 i = 0; i < 3; i++)
		pids[i] = ut_fork(wait_in_child, &ends[1]);
	for (u32 i = 0; i < 3; i++)
		ut_eq(read(ends[0], &c, 1), 1);
	ut_sleep_ms(50);
	unbind();
	for (u32 i = 0; i < 3; i++)
		ut_join(pids[i]);
	bind();
	check_works();
}

static void submit_for_ever(void *ctx)
{
	u64 stream;

	ut_gpu_init(&gpu);
	ut_eq(write(*(int *)ctx, "", 1), 1);
	stream = ut_stream(&gpu, &(struct ut_launch){ .code = "mov r1, thread_in_grid_x\n" });
	for (;;) {
		struct ut_cmds cmds = { .size = 0 };

		ut_cmd_compute(&cmds, stream, STREAM_END);
		if (ut_submit(gpu.fd, gpu.queue, &cmds, NULL, 0, 0) == -ENODEV)
			break;
	}
}

static void while_others_submit(void)
{
	int pids[3], ends[2];
	char c;

	close(ut_open());
	ut_assert(!pipe(ends));
	for (u32 round = 0; round < ut_cycles(5); round++) {
		for (u32 i = 0; i < 3; i++)
			pids[i] = ut_fork(submit_for_ever, &ends[1]);
		for (u32 i = 0; i < 3; i++)
			ut_eq(read(ends[0], &c, 1), 1);
		ut_sleep_ms(30);
		unbind();
		for (u32 i = 0; i < 3; i++)
			ut_join(pids[i]);
		bind();
	}
	check_works();
}

/* A buffer that others have stays theirs. */
static void exported_buffer(void)
{
	static struct ut_gpu second;
	u32 handle, there = 0;
	int prime;
	u32 *at;

	ut_gpu_init(&gpu);
	handle = ut_gem(gpu.fd, UT_PAGE);
	prime = ut_export(gpu.fd, handle);
	ut_assert(prime >= 0);
	at = mmap(NULL, UT_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, prime, 0);
	ut_assert(at != MAP_FAILED);
	at[0] = 1;
	unbind();
	at[1] = 2;
	ut_gpu_close(&gpu);
	bind();
	ut_gpu_init(&second);
	/* To the new device it is any dma-buf. */
	if (!ut_import(second.fd, prime, &there)) {
		ut_ok(ut_bind(second.fd, second.vm, there, 0, UT_PAGE, UT_FREE, UT_RW));
		ut_ok(ut_poke(&second, UT_FREE + 8, 3));
		ut_eq(at[2], 3);
	}
	ut_eq(at[0], 1);
	ut_eq(at[1], 2);
}

static void often(void)
{
	ut_gpu_init(&gpu);
	ut_gpu_close(&gpu);
	for (u32 i = 0; i < ut_cycles(20); i++) {
		unbind();
		bind();
		check_works();
	}
}

/* --- the module ------------------------------------------------------------------ */

static void unload_refused(void)
{
	u32 *at;
	int fd;

	ut_needs_module();
	fd = ut_open();
	at = ut_mmap(fd, ut_gem(fd, UT_PAGE), UT_PAGE);
	ut_ret(ut_try_unload(), -EWOULDBLOCK);
	close(fd);
	/* The mapping keeps the file. */
	ut_ret(ut_try_unload(), -EWOULDBLOCK);
	at[0] = 1;
	munmap(at, UT_PAGE);
	check_works();
}

static void unload_and_load(void)
{
	const char *args;

	ut_needs_module();
	args = ut_module_args();
	for (u32 i = 0; i < ut_cycles(5); i++) {
		check_works();
		ut_unload();
		ut_assert(ut_open_driver("asahi") < 0);
		ut_ok(ut_load(args));
	}
	check_works();
}

/* Fences, syncobjs and buffers in other hands; the module's code may be gone. */
static void unload_before_fences(void)
{
	const char *args;
	int sync_file, prime, ret;
	u32 syncobj;
	u64 start;

	ut_needs_module();
	args = ut_module_args();
	ut_gpu_init(&gpu);
	syncobj = ut_start_stream(&gpu, ut_stream(&gpu, &(struct ut_launch){
		.code = "mov r1, thread_in_grid_x\n",
	}));
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	sync_file = ut_sync_file(gpu.fd, syncobj);
	prime = ut_export(gpu.fd, ut_gem(gpu.fd, UT_PAGE));
	ut_gpu_close(&gpu);
	/* A dma-buf needs its exporter. */
	ut_ret(ut_try_unload(), -EWOULDBLOCK);
	close(prime);
	/* A fence that has signalled needs nobody: but it may keep the module as well. */
	start = ut_now();
	while ((ret = ut_try_unload()) == -EWOULDBLOCK && ut_now() - start < 3000000000ull)
		ut_sleep_ms(10);
	ut_note("unloading with a signalled fence: %s", ut_errno(ret));
	ut_ret(ut_sync_file_status(sync_file), 1);
	close(sync_file);
	if (ret)
		ut_unload();
	ut_ok(ut_load(args));
	check_works();
}

#define UNBIND(fn) { .name = #fn, .run = (fn), .after = bind_again }

static const struct ut_test tests[] = {
	UNBIND(idle),
	UNBIND(ioctls),
	UNBIND(while_running),
	UNBIND(with_full_queues),
	UNBIND(while_others_wait),
	UNBIND(while_others_submit),
	UNBIND(exported_buffer),
	UNBIND(often),
	UT(unload_refused),
	UT(unload_and_load),
	UT(unload_before_fences),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
