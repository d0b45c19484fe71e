// SPDX-License-Identifier: MIT
/*
 * Loading when something is wrong: files that are too short, or become so;
 * disks and file systems that refuse; systems that have neither io_uring nor
 * threads to spare.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/io/loader.h"
#include "filter.h"

#define MIB	(1u << 20)

static char *dir, *path;
static int fd;
static uint8_t *room;
static size_t room_size;

/* A file of size bytes, not all alike, that has to be fetched from the disk. */
static void make_file(size_t size)
{
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	for (size_t at = 0; at < size; at += 100000)
		ck_assert_int_eq(pwrite(fd, &at, at + sizeof(at) < size ? sizeof(at) : 1,
					(off_t)at), at + sizeof(at) < size ? sizeof(at) : 1);
	fsync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static void setup(void)
{
	dir = suite_dir();
	ck_assert_int_gt(asprintf(&path, "%s/file", dir), 0);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	room_size = 48 * MIB;
	room = mmap(NULL, room_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(room, MAP_FAILED);
}

static void teardown(void)
{
	close(fd);
	unlink(path);
	rmdir(dir);
	free(path);
	free(dir);
	munmap(room, room_size);
}

/* stats untouched; one line that says what. */
static void refused(int code, const struct mutsu_load *load, mutsu_progress_fn progress,
		    const char *text)
{
	struct mutsu_load_stats stats = { .bytes = 77 };
	struct mutsu_error err = { "" };
	int ret = mutsu_load_run(load, 1, progress, NULL, &stats, &err);

	ck_assert_msg(ret == code, "%d, not %d: %s", ret, code, err.text);
	ck_assert_str_eq(err.text, text);
	ck_assert_uint_eq(stats.bytes, 77);
	ck_assert_int_eq(mutsu_load_run(load, 1, progress, NULL, NULL, NULL), code);
}

#define ENDS "the file ends here; it was cut short, or changed while it was open"

START_TEST(too_short)
{
	static const uint32_t ends[] = { 0, 1, 511, 4096, 4097, 2 * MIB, 2 * MIB + 4100 };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct mutsu_load load = { fd, 0, ends[i] + 1, room, "m.gguf" };
		char text[200];

		snprintf(text, sizeof(text), "m.gguf: read error at byte %u: " ENDS, ends[i]);
		make_file(ends[i]);
		refused(-ENODATA, &load, NULL, text);
		/* A block more, and pieces that are past the end altogether. */
		load.size = ends[i] + 4096;
		make_file(ends[i]);
		refused(-ENODATA, &load, NULL, text);
		if (!ends[i])
			continue;
		load.offset = ends[i] - 1;
		load.size = 5000;
		make_file(ends[i]);
		refused(-ENODATA, &load, NULL, text);
	}
}
END_TEST

/* Nothing to find the byte by: several pieces can be the first to notice. */
START_TEST(far_too_short)
{
	struct mutsu_load load = { fd, 100, 40 * MIB, room, "m.gguf" };
	struct mutsu_error err = { "" };

	make_file(3 * MIB + 5);
	ck_assert_int_eq(mutsu_load_run(&load, 1, NULL, NULL, NULL, &err), -ENODATA);
	ck_assert_msg(!strncmp(err.text, "m.gguf: read error at byte ", 27), "%s", err.text);
}
END_TEST

static int cut_file(void *user, uint64_t done, uint64_t total)
{
	(void)done, (void)total;
	return ftruncate(*(int *)user, 123) != 0;
}

START_TEST(cut_short_meanwhile)
{
	struct mutsu_load load = { fd, 0, 24 * MIB, room, "m.gguf" };
	struct mutsu_error err = { "" };

	make_file(24 * MIB);
	ck_assert_int_eq(mutsu_load_run(&load, 1, cut_file, &fd, NULL, &err), -ENODATA);
	ck_assert_msg(strstr(err.text, ENDS), "%s", err.text);
}
END_TEST

START_TEST(bad_arguments)
{
	struct mutsu_load load = { -1, 0, 10, room, "m.gguf" };
	char long_name[1000];

	refused(-EBADF, &load, NULL, "m.gguf: read error at byte 0: Bad file descriptor");
	load.fd = open(dir, O_RDONLY | O_DIRECTORY);
	refused(-EISDIR, &load, NULL, "m.gguf: read error at byte 0: Is a directory");
	close(load.fd);
	load.fd = open(path, O_WRONLY);
	refused(-EBADF, &load, NULL, "m.gguf: read error at byte 0: Bad file descriptor");
	close(load.fd);
	load.fd = fd;
	load.offset = INT64_MAX - 8;
	refused(-EINVAL, &load, NULL, "m.gguf: 10 bytes from byte 9223372036854775799 are more "
		"than files can have");
	load.offset = UINT64_MAX - 8;
	refused(-EINVAL, &load, NULL, "m.gguf: 10 bytes from byte 18446744073709551607 are more "
		"than files can have");

	/* The end of a long path is kept, and the message. */
	memset(long_name, 'd', sizeof(long_name));
	strcpy(long_name + 990, "/x.gguf");
	load.name = long_name;
	make_file(0);
	load.offset = 0;
	ck_assert_int_eq(mutsu_load_run(&load, 1, NULL, NULL, NULL,
					&(struct mutsu_error){ "" }), -ENODATA);
}
END_TEST

/* Memory that is not there is an error, not a crash. */
START_TEST(bad_memory)
{
	struct mutsu_load load = { fd, 1, 100, room, "m.gguf" };

	make_file(5000);
	ck_assert_int_eq(mprotect(room, 16384, PROT_READ), 0);
	refused(-EFAULT, &load, NULL, "m.gguf: read error at byte 1: Bad address");
}
END_TEST

/*
 * With filters of system calls
 */

/* Without io_uring, so that reads are calls of pread() that can be made to fail. */
static struct mutsu_load filtered(size_t size)
{
	struct mutsu_load load = { fd, 0, size, room, "m.gguf" };

	ck_assert(filter_call(SYS_io_uring_setup, ENOSYS));
	make_file(size);
	return load;
}

static void check_content(size_t size)
{
	for (size_t at = 0; at + 8 < size; at += 100000)
		ck_assert_msg(!memcmp(room + at, &at, 8), "byte %zu", at);
}

static void load(const struct mutsu_load *one, struct mutsu_load_stats *stats)
{
	struct mutsu_error err = { "" };
	int ret = mutsu_load_run(one, 1, NULL, NULL, stats, &err);

	ck_assert_msg(!ret, "%d: %s", ret, err.text);
	check_content(one->size);
}

START_TEST(broken_disk)
{
	static const int codes[] = { EIO, EINTR, EAGAIN, EINVAL };
	struct mutsu_load one = filtered(5000);
	char text[100];

	snprintf(text, sizeof(text), "m.gguf: read error at byte 0: %s", strerror(codes[_i]));
	ck_assert(filter_call(SYS_pread64, codes[_i]));
	refused(-codes[_i], &one, NULL, text);
}
END_TEST

START_TEST(no_direct_open)
{
	struct mutsu_load one = filtered(5 * MIB + 9);
	struct mutsu_load_stats stats;

	ck_assert(filter_argument(SYS_openat, 2, O_DIRECT, O_DIRECT, EINVAL));
	load(&one, &stats);
	ck_assert(!stats.direct && !stats.uring);
}
END_TEST

/* Opened, then not read: errors of such reads are not the file's. */
START_TEST(no_direct_reads)
{
	static const int codes[] = { EINVAL, EOPNOTSUPP, EIO };
	struct mutsu_load one = filtered(20 * MIB + 9);
	struct mutsu_load_stats stats;
	int next = dup(fd);

	/* The loader's file gets the number that is free now. */
	close(next);
	ck_assert(filter_argument(SYS_pread64, 0, UINT32_MAX, (uint32_t)next, codes[_i]));
	load(&one, &stats);
	ck_assert(!stats.direct);
}
END_TEST

/* A ring that can be made but not used. */
START_TEST(no_uring_enter)
{
	struct mutsu_load one = { fd, 0, 5 * MIB, room, "m.gguf" };
	struct mutsu_load_stats stats;

	ck_assert(filter_call(_i ? SYS_io_uring_enter : SYS_io_uring_register, EPERM));
	make_file(5 * MIB);
	load(&one, &stats);
	ck_assert(!stats.uring);
}
END_TEST

START_TEST(no_threads)
{
	struct mutsu_load one = filtered(20 * MIB + 9);
	struct mutsu_load_stats stats;

	ck_assert(filter_call(SYS_clone3, EAGAIN) && filter_call(SYS_clone, EAGAIN));
	load(&one, &stats);
	ck_assert_uint_eq(stats.bytes, one.size);
}
END_TEST

static bool has_filters(void)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(!filter_call(SYS_io_uring_setup, EPERM));
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}

int main(void)
{
	Suite *s = suite_create("load_errors");
	TCase *tc = tcase_create("load_errors");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, too_short);
	tcase_add_test(tc, far_too_short);
	tcase_add_test(tc, cut_short_meanwhile);
	tcase_add_test(tc, bad_arguments);
	tcase_add_test(tc, bad_memory);
	if (has_filters()) {
		tcase_add_loop_test(tc, broken_disk, 0, 4);
		tcase_add_test(tc, no_direct_open);
		tcase_add_loop_test(tc, no_direct_reads, 0, 3);
		tcase_add_loop_test(tc, no_uring_enter, 0, 2);
		/* LeakSanitizer starts one of its own at the end. */
		if (getenv("MUTSU_SAN"))
			suite_skip("no_threads", "sanitizers need threads");
		else
			tcase_add_test(tc, no_threads);
	} else {
		suite_skip("filtered", "this system has no filters of system calls");
	}
	suite_add_tcase(s, tc);
	return suite_run(s);
}
