// SPDX-License-Identifier: MIT
/*
 * debugfs' capture: whoever reads it gets the next submission of a client that knows
 * nothing of it.
 */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "replay.h"

static struct ut_gpu gpu;

static int open_tap(int flags)
{
	int fd = open(ut_debugfs("capture"), O_RDONLY | O_CLOEXEC | flags);

	if (fd < 0 && errno == ENOENT)
		ut_skip("no %s", ut_debugfs("capture"));
	return fd < 0 ? -errno : fd;
}

/* Reads all there is, n bytes at a time; the size, or a negative errno. */
static ssize_t read_tap(int tap, u8 *data, size_t room, size_t n)
{
	size_t size = 0;
	ssize_t got;

	do {
		ut_assert(size + n <= room);
		got = read(tap, data + size, n);
		if (got < 0)
			return -errno;
		size += (size_t)got;
	} while (got);
	return (ssize_t)size;
}

/* In a process of its own, which has not the other end. */
static void launch_triple(void *tap)
{
	struct ut_launch launch = ut_triple(4096, 0);

	close(*(int *)tap);
	ut_ok(ut_run(&gpu, &launch));
}

#define ROOM (8u << 20)

static const struct piece {
	const char *name;
	size_t size;
} pieces[] = {
	{ "whole", 1 << 20 },
	{ "in pages", 4096 },
	{ "in odd pieces", 777 },
};

/* A client that knows nothing of it. */
static void whole_image(const void *row)
{
	const struct piece *piece = row;
	u8 *data = malloc(ROOM);
	struct ut_image image;
	ssize_t size;
	int fd, child;

	ut_gpu_init(&gpu);
	ut_triple_fill(&gpu, 0, 3);
	fd = open_tap(0);
	ut_assert(fd >= 0);
	child = ut_fork(launch_triple, &fd);
	size = read_tap(fd, data, ROOM, piece->size);
	ut_assert(size > 0);
	ut_join(child);
	/* It has ended; who wants another one opens the file again. */
	ut_eq(read(fd, data + size, 1), 0);
	ut_ok(ut_poke(&gpu, UT_DATA + 4 * 9999, 1));

	ut_image_load(&image, data, (size_t)size);
	ut_eq(ut_image_data(&image)[4096], 0);
	ut_ok(ut_image_run(&image));
	ut_triple_check(ut_image_data(&image) + 4096, 3);
	ut_triple_check(gpu.data + 4096, 3);
}

static void one_reader(void)
{
	int fd = open_tap(0), again;

	ut_assert(fd >= 0);
	ut_eq(open_tap(0), -EBUSY);
	close(fd);
	again = open_tap(0);
	ut_assert(again >= 0);
	ut_ret(open(ut_debugfs("capture"), O_WRONLY) < 0 ? -errno : 0, -EBUSY);
}

static void does_not_block(void)
{
	int fd;
	u8 byte;

	ut_gpu_init(&gpu);
	fd = open_tap(O_NONBLOCK);
	ut_assert(fd >= 0);
	ut_eq(read(fd, &byte, 1), -1);
	ut_eq(errno, EAGAIN);
	ut_eq(read(fd, &byte, 0), 0);
}

/* Nobody reads: the submission goes on without. */
static void closed_early(void)
{
	u8 data[100];
	int fd, child;

	ut_gpu_init(&gpu);
	ut_triple_fill(&gpu, 0, 3);
	for (u32 i = 0; i < 4; i++) {
		fd = open_tap(0);
		ut_assert(fd >= 0);
		child = ut_fork(launch_triple, &fd);
		if (i & 1)
			ut_assert(read(fd, data, sizeof(data)) > 0);
		else
			ut_sleep_ms(10);
		close(fd);
		ut_join(child);
		ut_triple_check(gpu.data + 4096, 3);
		memset(gpu.data + 4096, 0, 4 * UT_TRIPLES);
	}
}

/* Who submits is killed while the image is read: the reader is told. */
static void killed_submitter(void)
{
	u8 data[100];
	int fd, child;

	ut_gpu_init(&gpu);
	for (u32 i = 0; i < 3; i++) {
		fd = open_tap(0);
		ut_assert(fd >= 0);
		child = ut_fork(launch_triple, &fd);
		ut_assert(read(fd, data, sizeof(data)) > 0);
		ut_kill(child);
		ut_ret(read_tap(fd, data, sizeof(data), sizeof(data)), -EIO);
		close(fd);
		ut_ok(ut_poke(&gpu, UT_DATA, 1));
	}
}

static void read_some(void *ctx)
{
	u8 data[100];
	int fd = open_tap(0);

	(void)ctx;
	ut_assert(fd >= 0);
	while (read(fd, data, sizeof(data)) > 0)
		ut_sleep_ms(100);
}

static void killed_reader(void)
{
	int reader;

	ut_gpu_init(&gpu);
	reader = ut_fork(read_some, NULL);
	ut_sleep_ms(20);
	ut_kill(reader);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	reader = ut_fork(read_some, NULL);
	ut_sleep_ms(20);
	if (!fork()) {
		ut_sleep_ms(50);
		kill(reader, SIGKILL);
		_exit(0);
	}
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
}

static void skips(void)
{
	u8 *data = malloc(ROOM);
	struct ut_image image;
	ssize_t size;
	int fd, child;

	ut_gpu_init(&gpu);
	ut_assert(ut_write_file(ut_debugfs("capture_skip"), "3"));
	fd = open_tap(0);
	ut_assert(fd >= 0);
	for (u32 i = 1; i < 4; i++)
		ut_ok(ut_poke(&gpu, UT_DATA, i));
	child = ut_fork(launch_triple, &fd);
	size = read_tap(fd, data, ROOM, 65536);
	ut_assert(size > 0);
	ut_join(child);
	ut_image_load(&image, data, (size_t)size);
	ut_eq(ut_image_data(&image)[0], 3);
}

static void on_alarm(int number)
{
	(void)number;
}

static void submit_empty(void *ctx)
{
	struct ut_cmds cmds = { .size = 0 };

	(void)ctx;
	ut_cmd_compute(&cmds, UT_STREAM, UT_STREAM + UT_SIZE);
	ut_submit(gpu.fd, gpu.queue, &cmds, NULL, 0, 0);
}

/* The wait of the SUBMIT may be interrupted: the reader gets the next one. */
static void interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	u8 *data = malloc(ROOM);
	struct ut_image image;
	ssize_t size;
	int fd, child;

	ut_gpu_init(&gpu);
	ut_begin(&gpu);
	ut_end(&gpu);
	ut_start_stream(&gpu, ut_spin(&gpu));
	fd = open_tap(0);
	ut_assert(fd >= 0);
	child = fork();
	if (!child) {
		sigaction(SIGALRM, &action, NULL);
		ualarm(10000, 10000);
		submit_empty(NULL);
		_exit(0);
	}
	ut_sleep_ms(60);
	ut_spin_end(&gpu);
	size = read_tap(fd, data, ROOM, 65536);
	ut_assert(size > 0);
	ut_image_load(&image, data, (size_t)size);
	ut_join(child);
}

static const struct ut_test tests[] = {
	UT_ROWS(whole_image, pieces),
	UT(one_reader),
	UT(does_not_block),
	UT(closed_early),
	UT(killed_submitter),
	UT(killed_reader),
	UT(skips),
	UT(interrupted),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
