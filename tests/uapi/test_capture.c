// SPDX-License-Identifier: MIT
/*
 * Captures: what CAPTURE writes to a file is run by the software AGX of this program, and
 * must leave in memory what the device leaves there.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "replay.h"

static struct ut_gpu gpu;

static int new_file(void)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	ut_assert(fd >= 0);
	return fd;
}

static void capture_to(int fd)
{
	ut_ok(ut_capture(gpu.fd, gpu.queue, fd, 0));
}

/* --- what an image says ------------------------------------------------------------- */

/* Two commands, and one that draws nothing; the second adds to what the first made. */
static void replay(void)
{
	struct ut_launch first, second;
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_params_global params;
	struct ut_image image;
	int file = new_file();

	ut_gpu_init(&gpu);
	first = ut_triple(4096, 0);
	second = ut_triple(8192, 4096);
	ut_triple_fill(&gpu, 0, 5);
	ut_cmd_compute(&cmds, ut_stream(&gpu, &first), UT_STREAM + UT_SIZE);
	ut_cmd_render(&cmds);
	ut_cmd_compute(&cmds, ut_stream(&gpu, &second), UT_STREAM + UT_SIZE);
	capture_to(file);
	ut_ok(ut_fence_error(gpu.fd, ut_start(&gpu, &cmds)));

	ut_image_read(&image, file, 0);
	ut_get_params(gpu.fd, &params);
	ut_eq(image.submit.chip_id, params.chip_id);
	ut_eq(image.submit.g14x, gpu.g14x);
	ut_eq(image.submit.usc_base, UT_USC);
	ut_eq(image.submit.n_commands, 2);
	ut_assert(!memcmp(ut_image_data(&image), gpu.data, 4 * UT_TRIPLES));
	ut_eq(ut_image_data(&image)[4096], 0);
	ut_ok(ut_image_run(&image));
	ut_assert(!memcmp(ut_image_data(&image), gpu.data, UT_SIZE));
	ut_triple_check(ut_image_data(&image) + 4096, 5);
}

static void replay_fault(void)
{
	const struct ut_launch stray = {
		.code = ".uniform p, buffer\nmov r1, 1\nstore r1, p, 0, i32, x, a\n",
		.args = { UT_FREE },
	};
	struct ut_image image;
	int file = new_file();

	ut_gpu_init(&gpu);
	capture_to(file);
	ut_ret(ut_run(&gpu, &stray), -EIO);
	ut_image_read(&image, file, 0);
	ut_ret(ut_image_run(&image), -EFAULT);
}

static void replay_soft_faults(void)
{
	const struct ut_launch stray = {
		.code = ".uniform p, buffer\nmov r1, 1\nstore r1, p, 0, i32, x, a\n",
		.args = { UT_FREE },
	};
	struct ut_image image;
	int file = new_file();

	ut_gpu_init(&gpu);
	ut_assert(ut_set_param("soft_faults", "Y"));
	capture_to(file);
	ut_ok(ut_run(&gpu, &stray));
	ut_image_read(&image, file, 0);
	ut_ok(ut_image_run(&image));
}

/* Mappings of one buffer that overlap, a page all over, what cannot be read or written. */
static void mappings(void)
{
	struct ut_image image;
	int file = new_file();
	u32 bo, *host;

	ut_gpu_init(&gpu);
	bo = ut_gem(gpu.fd, 8 * UT_PAGE);
	host = ut_mmap(gpu.fd, bo, 8 * UT_PAGE);
	for (u32 i = 0; i < 8; i++)
		host[i * UT_PAGE / 4] = 100 + i;
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 2 * UT_PAGE, 4 * UT_PAGE, UT_FREE, UT_RW));
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 0, 8 * UT_PAGE, UT_FREE + 0x1000000, UT_RW));
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 5 * UT_PAGE, UT_PAGE, UT_FREE + 0x2000000,
		      DRM_ASAHI_BIND_READ));
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 7 * UT_PAGE, 0x100000000, UT_FREE + 0x100000000,
		      UT_RW | DRM_ASAHI_BIND_SINGLE_PAGE));
	ut_ok(ut_unbind(gpu.fd, gpu.vm, UT_PAGE, UT_FREE + UT_PAGE));
	capture_to(file);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));

	ut_image_read(&image, file, 0);
	host = ut_image_at(&image, UT_FREE + 0x1000000, 8 * UT_PAGE);
	for (u32 i = 0; i < 8; i++)
		ut_eq(host[i * UT_PAGE / 4], 100 + i);
	ut_assert(ut_image_at(&image, UT_FREE, UT_PAGE) == host + 2 * UT_PAGE / 4);
	ut_assert(!agx_space_find(&image.space, UT_FREE + UT_PAGE));
	ut_assert(ut_image_at(&image, UT_FREE + 2 * UT_PAGE, 2 * UT_PAGE) ==
		  host + 4 * UT_PAGE / 4);
	ut_assert(ut_image_at(&image, UT_FREE + 0x2000000, UT_PAGE) == host + 5 * UT_PAGE / 4);
	ut_eq(agx_space_find(&image.space, UT_FREE + 0x2000000)->prot, AGX_MEM_READ);
	ut_eq(agx_space_find(&image.space, UT_FREE)->prot, AGX_MEM_READ | AGX_MEM_WRITE);
	for (u64 at = 0; at < 0x100000000; at += 0x10000000)
		ut_assert(ut_image_at(&image, UT_FREE + 0x100000000 + at, UT_PAGE) ==
			  host + 7 * UT_PAGE / 4);
	/* Zeroes are not written, and the page once. */
	ut_assert(lseek(file, 0, SEEK_END) < 64 * (off_t)UT_PAGE);
}

/* Pages of zeroes between others, in a buffer that is more than one piece. */
static void sparse(void)
{
	static const u32 pages[] = { 0, 1, 2, 17, 40, 56, 57, 58, 90, 126, 127 };
	struct ut_image image;
	int file = new_file();
	u32 bo, *host, *there, n = 0;

	ut_gpu_init(&gpu);
	bo = ut_gem(gpu.fd, 128 * UT_PAGE);
	host = ut_mmap(gpu.fd, bo, 128 * UT_PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		host[(pages[i] + 1) * UT_PAGE / 4 - 1] = pages[i] + 1;
	for (u32 i = 60; i < 85; i++)
		host[i * UT_PAGE / 4 + i] = i;
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 0, 128 * UT_PAGE, UT_FREE, DRM_ASAHI_BIND_READ));
	capture_to(file);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));

	ut_image_read(&image, file, 0);
	there = ut_image_at(&image, UT_FREE, 128 * UT_PAGE);
	ut_assert(!memcmp(there, host, 128 * UT_PAGE));
	for (u32 i = 0; i < 128 * UT_PAGE / 4; i++)
		n += !!there[i];
	ut_eq(n, ARRAY_SIZE(pages) + 25);
}

/* More than are looked at in one go. */
#define MANY 5000u

static void many_mappings(void)
{
	struct ut_image image;
	int file = new_file();
	u32 bo, *host;

	ut_gpu_init(&gpu);
	bo = ut_gem(gpu.fd, 8 * UT_PAGE);
	host = ut_mmap(gpu.fd, bo, 8 * UT_PAGE);
	for (u32 i = 0; i < 8; i++)
		host[i * UT_PAGE / 4] = 100 + i;
	for (u32 i = 0; i < MANY; i++)
		ut_ok(ut_bind(gpu.fd, gpu.vm, bo, i % 8 * UT_PAGE, UT_PAGE,
			      UT_FREE + 2ull * i * UT_PAGE, UT_RW));
	capture_to(file);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));

	ut_image_read(&image, file, 0);
	for (u32 i = 0; i < MANY; i++) {
		u64 address = UT_FREE + 2ull * i * UT_PAGE;

		ut_eq(*ut_image_at(&image, address, UT_PAGE), 100 + i % 8);
		ut_assert(!agx_space_find(&image.space, address + UT_PAGE));
	}
	ut_assert(ut_image_at(&image, UT_FREE, 1) ==
		  ut_image_at(&image, UT_FREE + 16ull * UT_PAGE, 1));
}

static void private_buffers(void)
{
	struct ut_image image;
	int file = new_file();
	u32 bo, *host;

	ut_gpu_init(&gpu);
	ut_ok(ut_gem_create(gpu.fd, UT_PAGE, DRM_ASAHI_GEM_VM_PRIVATE, gpu.vm, &bo));
	host = ut_mmap(gpu.fd, bo, UT_PAGE);
	host[7] = 77;
	ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 0, UT_PAGE, UT_FREE, UT_RW));
	capture_to(file);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_image_read(&image, file, 0);
	ut_eq(ut_image_at(&image, UT_FREE, UT_PAGE)[7], 77);
}

/* --- CAPTURE ------------------------------------------------------------------------ */

static int capture_args(struct drm_agxc_capture args)
{
	return ut_ioctl(gpu.fd, DRM_IOCTL_AGXC_CAPTURE, &args);
}

static void refused(void)
{
	struct drm_agxc_capture good;
	int file = new_file(), ends[2], read_only, append;
	char path[64];

	ut_gpu_init(&gpu);
	good = (struct drm_agxc_capture){ .queue_id = gpu.queue, .fd = file };
	for (u32 bit = 0; bit < 32; bit++) {
		struct drm_agxc_capture flags = good, pad = good;

		flags.flags = 1u << bit;
		pad.pad = 1u << bit;
		ut_ret(capture_args(flags), -EINVAL);
		ut_ret(capture_args(pad), -EINVAL);
	}
	ut_ret(ut_capture(gpu.fd, 0, file, 0), -ENOENT);
	ut_ret(ut_capture(gpu.fd, UT_NO_ID, file, 0), -ENOENT);
	ut_ret(ut_capture(gpu.fd, gpu.queue, 1000000, 0), -EBADF);
	ut_ret(ut_capture(gpu.fd, gpu.queue, -2, 0), -EBADF);
	ut_ret(ut_capture(gpu.fd, gpu.queue, -1, 1), -EINVAL);
	ut_ret(ut_capture(gpu.fd, gpu.queue, file, 1ull << 63), -EINVAL);

	/* Not a file, not for writing. */
	ut_ok(pipe(ends));
	ut_ret(ut_capture(gpu.fd, gpu.queue, ends[1], 0), -EINVAL);
	ut_ret(ut_capture(gpu.fd, gpu.queue, gpu.fd, 0), -EINVAL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	read_only = open(path, O_RDONLY);
	ut_ret(ut_capture(gpu.fd, gpu.queue, read_only, 0), -EBADF);
	append = open("/proc/self/comm", O_WRONLY);
	if (append >= 0)
		ut_ret(ut_capture(gpu.fd, gpu.queue, append, 0), -EINVAL);

	/* Nothing of this has been armed. */
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_eq(lseek(file, 0, SEEK_END), 0);
	ut_ok(ut_queue_destroy(gpu.fd, gpu.queue));
	ut_ret(ut_capture(gpu.fd, gpu.queue, file, 0), -ENOENT);
}

static void one_submission(void)
{
	int file = new_file(), other = new_file();
	off_t size;
	u32 queue;

	ut_gpu_init(&gpu);
	queue = ut_queue(gpu.fd, gpu.vm, UT_USC);
	ut_ok(ut_capture(gpu.fd, queue, other, 0));
	capture_to(file);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	size = lseek(file, 0, SEEK_END);
	ut_assert(size);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_eq(lseek(file, 0, SEEK_END), size);
	ut_eq(lseek(other, 0, SEEK_END), 0);
}

static void not_any_more(void)
{
	int file = new_file(), other = new_file();
	struct ut_image image;

	ut_gpu_init(&gpu);
	capture_to(file);
	ut_ok(ut_capture(gpu.fd, gpu.queue, -1, 0));
	ut_ok(ut_capture(gpu.fd, gpu.queue, -1, 0));
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_eq(lseek(file, 0, SEEK_END), 0);
	/* The last one counts. */
	capture_to(file);
	capture_to(other);
	close(other);
	other = new_file();
	capture_to(other);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_eq(lseek(file, 0, SEEK_END), 0);
	ut_image_read(&image, other, 0);
}

static void at_an_offset(void)
{
	int file = new_file();
	struct ut_image image;
	char text[8];

	ut_gpu_init(&gpu);
	ut_eq(write(file, "12345", 5), 5);
	ut_ok(ut_capture(gpu.fd, gpu.queue, file, 4321));
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_image_read(&image, file, 4321);
	ut_eq(pread(file, text, 6, 0), 6);
	ut_assert(!memcmp(text, "12345", 6));
}

/* The file is gone, but for the capture. */
static void closed_file(void)
{
	int file = new_file();

	ut_gpu_init(&gpu);
	capture_to(file);
	close(file);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_eq(gpu.data[0], 1);
	capture_to(new_file());
	ut_gpu_fini(&gpu);
}

/* --- errors of writing -------------------------------------------------------------- */

static void no_room(void)
{
	struct rlimit limit;
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_sync out;
	int file = new_file();
	u64 values[DRM_AGXC_COUNTERS];

	ut_gpu_init(&gpu);
	out = ut_binary(ut_syncobj(gpu.fd, false));
	ut_cmd_compute(&cmds, ut_begin(&gpu), UT_STREAM + UT_SIZE);
	ut_end(&gpu);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 1000;
	ut_ok(setrlimit(RLIMIT_FSIZE, &limit));
	capture_to(file);
	ut_ret(ut_submit(gpu.fd, gpu.queue, &cmds, &out, 0, 1), -EFBIG);

	/* Nothing was submitted, and the next one is not captured. */
	ut_ret(ut_wait(gpu.fd, out.handle, 0), -EINVAL);
	ut_get_counters(gpu.fd, gpu.queue, values);
	ut_eq(values[DRM_AGXC_COUNTER_SUBMITS], 0);
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, &out, 0, 1));
	ut_ok(ut_fence_error(gpu.fd, out.handle));
	ut_eq(lseek(file, 0, SEEK_END), 1000);
}

static void sealed_file(void)
{
	struct ut_cmds cmds = { .size = 0 };
	int file = memfd_create("image", MFD_ALLOW_SEALING);

	ut_gpu_init(&gpu);
	ut_cmd_compute(&cmds, ut_begin(&gpu), UT_STREAM + UT_SIZE);
	ut_end(&gpu);
	capture_to(file);
	ut_ok(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
	ut_ret(ut_submit(gpu.fd, gpu.queue, &cmds, NULL, 0, 0), -EPERM);
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, NULL, 0, 0));
}

/* --- waiting ------------------------------------------------------------------------ */

/* What an earlier submission writes, and what a fence stands for, is in the image. */
static void waits(void)
{
	struct ut_launch launch = ut_triple(8192, 4096);
	struct drm_asahi_sync in;
	struct ut_cmds cmds = { .size = 0 };
	struct ut_image image;
	int file = new_file(), child;
	u32 other;

	ut_gpu_init(&gpu);
	other = ut_queue(gpu.fd, gpu.vm, UT_USC);
	in = ut_binary(ut_syncobj(gpu.fd, false));
	ut_triple_fill(&gpu, 0, 9);
	ut_cmd_compute(&cmds, ut_spin(&gpu), UT_STREAM + UT_SIZE);
	ut_ok(ut_submit(gpu.fd, other, &cmds, &in, 0, 1));

	/* Four commands: the copies are four of the earlier work. */
	for (u32 i = 0; i < 4; i++) {
		struct ut_launch earlier = ut_triple(4096, 0);

		ut_start_stream(&gpu, ut_stream(&gpu, &earlier));
	}
	capture_to(file);
	cmds.size = 0;
	ut_cmd_compute(&cmds, ut_stream(&gpu, &launch), UT_STREAM + UT_SIZE);
	child = fork();
	if (!child) {
		ut_sleep_ms(50);
		gpu.data[20000] = 1;
		ut_spin_end(&gpu);
		_exit(0);
	}
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, &in, 1, 0));
	ut_eq(gpu.data[20000], 1);
	ut_join(child);

	ut_image_read(&image, file, 0);
	ut_eq(ut_image_data(&image)[20000], 1);
	ut_triple_check(ut_image_data(&image) + 4096, 9);
	ut_eq(ut_image_data(&image)[8192], 0);
}

static void on_alarm(int number)
{
	(void)number;
}

/* A signal ends the wait, and the file is still there for the next try. */
static void interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct drm_asahi_submit submit;
	struct ut_cmds cmds = { .size = 0 };
	struct ut_image image;
	int file = new_file();
	u32 spins;

	ut_gpu_init(&gpu);
	spins = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_cmd_compute(&cmds, ut_begin(&gpu), UT_STREAM + UT_SIZE);
	ut_end(&gpu);
	capture_to(file);
	sigaction(SIGALRM, &action, NULL);
	submit = (struct drm_asahi_submit){
		.queue_id = gpu.queue, .cmdbuf = ut_ptr(cmds.bytes), .cmdbuf_size = cmds.size,
	};
	/* Again and again: one may come before the call. */
	ualarm(20000, 20000);
	for (u32 i = 0; i < 3; i++) {
		ut_eq(ioctl(gpu.fd, DRM_IOCTL_ASAHI_SUBMIT, &submit), -1);
		ut_eq(errno, EINTR);
	}
	ualarm(0, 0);
	ut_eq(lseek(file, 0, SEEK_END), 0);
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, spins));
	ut_ok(ut_submit(gpu.fd, gpu.queue, &cmds, NULL, 0, 0));
	ut_image_read(&image, file, 0);
}

static void submit_empty(void *ctx)
{
	struct ut_cmds cmds = { .size = 0 };

	(void)ctx;
	ut_cmd_compute(&cmds, UT_STREAM, UT_STREAM + UT_SIZE);
	ut_submit(gpu.fd, gpu.queue, &cmds, NULL, 0, 0);
}

static void killed_while_waiting(void)
{
	int child;

	ut_gpu_init(&gpu);
	ut_begin(&gpu);
	ut_end(&gpu);
	ut_start_stream(&gpu, ut_spin(&gpu));
	capture_to(new_file());
	child = ut_fork(submit_empty, NULL);
	ut_sleep_ms(20);
	ut_kill(child);
	ut_spin_end(&gpu);
	ut_ok(ut_capture(gpu.fd, gpu.queue, -1, 0));
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
}

/* --- others bind meanwhile ---------------------------------------------------------- */

static void bind_forever(void *ctx)
{
	u32 bo = ut_gem(gpu.fd, 64 * UT_PAGE), *host = ut_mmap(gpu.fd, bo, 64 * UT_PAGE);

	(void)ctx;
	for (u32 i = 0; i < 64; i++)
		host[i * UT_PAGE / 4] = i;
	for (;;) {
		ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 0, 64 * UT_PAGE, UT_FREE, UT_RW));
		for (u64 i = 0; i < 64; i += 3)
			ut_ok(ut_unbind(gpu.fd, gpu.vm, UT_PAGE, UT_FREE + i * UT_PAGE));
		ut_ok(ut_bind(gpu.fd, gpu.vm, bo, 7 * UT_PAGE, 40 * UT_PAGE, UT_FREE + UT_PAGE,
			      UT_RW));
		ut_ok(ut_unbind(gpu.fd, gpu.vm, 64 * UT_PAGE, UT_FREE));
	}
}

/* Whatever is in the image, it is one. */
static void binding_meanwhile(void)
{
	struct ut_image image;
	int child;

	ut_gpu_init(&gpu);
	child = ut_fork(bind_forever, NULL);
	for (u32 i = 0; i < ut_cycles(50); i++) {
		int file = new_file();

		capture_to(file);
		ut_ok(ut_poke(&gpu, UT_DATA, i));
		ut_image_read(&image, file, 0);
		ut_ok(ut_image_run(&image));
		ut_eq(ut_image_data(&image)[0], i);
		ut_image_free(&image);
		close(file);
	}
	ut_kill(child);
}

static const struct ut_test tests[] = {
	UT(replay),
	UT(replay_fault),
	UT(replay_soft_faults),
	UT(mappings),
	UT(sparse),
	UT(many_mappings),
	UT(private_buffers),
	UT(refused),
	UT(one_submission),
	UT(not_any_more),
	UT(at_an_offset),
	UT(closed_file),
	UT(no_room),
	UT(sealed_file),
	UT(waits),
	UT(interrupted),
	UT(killed_while_waiting),
	UT_SLOW(binding_meanwhile, 60),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
