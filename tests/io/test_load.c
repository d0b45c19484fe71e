// SPDX-License-Identifier: MIT
/*
 * Loaded ranges against the bytes that were written: sizes and places around
 * pages and blocks, on a disk and in memory, with io_uring and without, and the
 * memory around each range as it was.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
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
/* Linux 5.14; not in every C library's list. */
#define SYS_MEMFD_SECRET	447
#define GUARD	64		/* bytes looked at before and after a range */

/* Each test runs for every folder and both ways to read. */
static const char *const folders[] = { "", "/dev/shm" };
#define N_RUNS	4

static char path[4096];
static uint8_t *content;	/* of the file */
static size_t content_size;
static int fd;

static bool without_uring(int run)
{
	return run & 1;
}

static void begin(int run, size_t size)
{
	const char *folder = folders[run >> 1];
	char *dir;

	if (*folder)
		setenv("TMPDIR", folder, 1);
	if (without_uring(run))
		ck_assert(filter_call(SYS_io_uring_setup, EPERM));
	dir = suite_dir();
	snprintf(path, sizeof(path), "%s/file", dir);
	free(dir);
	content_size = size;
	content = malloc(size);
	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t r = kt_random();

		memcpy(content + i, &r, size - i < sizeof(r) ? size - i : sizeof(r));
	}
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_msg(fd >= 0 && write(fd, content, size) == (ssize_t)size, "%s: %m", path);
}

static void end(void)
{
	close(fd);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	free(content);
}

/* Reads come from the disk again, and are direct where they can be. */
static void forget(void)
{
	ck_assert_int_eq(fsync(fd), 0);
	ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
}

static bool all_are(const uint8_t *bytes, size_t n, uint8_t value)
{
	return !n || (bytes[0] == value && !memcmp(bytes, bytes + 1, n - 1));
}

static void load(const struct mutsu_load *loads, size_t n, struct mutsu_load_stats *stats)
{
	struct mutsu_error err = { "" };
	int ret = mutsu_load_run(loads, n, NULL, NULL, stats, &err);

	ck_assert_msg(!ret, "%d: %s", ret, err.text);
}

/* memory has GUARD bytes before and after; it and they are checked. */
static void check_range(uint8_t *to, uint64_t offset, uint64_t size)
{
	struct mutsu_load one = { fd, offset, size, to, "file" };
	struct mutsu_load_stats stats;

	memset(to - GUARD, 0xa5, size + 2 * GUARD);
	load(&one, 1, &stats);
	ck_assert_uint_eq(stats.bytes, size);
	ck_assert_msg(!memcmp(to, content + offset, size), "%llu bytes from %llu to %p",
		      (unsigned long long)size, (unsigned long long)offset, (void *)to);
	for (size_t i = 1; i <= GUARD; i++)
		ck_assert_msg(to[-(ssize_t)i] == 0xa5 && to[size + i - 1] == 0xa5,
			      "%llu bytes from %llu: byte %zu outside", (unsigned long long)size,
			      (unsigned long long)offset, i);
}

START_TEST(sizes_and_places)
{
	static const uint32_t offsets[] = {
		0, 1, 32, 511, 512, 513, 4064, 4096, 4097, 16384, MIB - 1, MIB, MIB + 32,
	};
	static const uint32_t sizes[] = {
		0, 1, 32, 511, 512, 4095, 4096, 4097, 8192, 12288, 12289, 16384, 32768, 40000,
		MIB - 1, MIB, MIB + 1, MIB + 4096,
	};
	uint8_t *room;

	begin(_i, 2 * MIB + 12345);
	room = kt_buf(content_size + 65536);
	room += -(uintptr_t)room % 16384;
	for (size_t o = 0; o < sizeof(offsets) / sizeof(offsets[0]); o++) {
		/* At the file's place within a page, at a page, at other places. */
		const size_t places[] = { 16384 + offsets[o] % 16384, 16384, 16384 + 32, 16385 };

		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			size_t p = s % (sizeof(places) / sizeof(places[0]));

			/* Mixed: what an earlier range left in the page cache, and what not. */
			if (s % 5 == 0)
				forget();
			check_range(room + places[0], offsets[o], sizes[s]);
			forget();
			check_range(room + places[p], offsets[o], sizes[s]);
		}
		forget();
		check_range(room + places[o % 4], offsets[o], content_size - offsets[o]);
	}
	end();
}
END_TEST

START_TEST(any_size_to_the_end)
{
	uint8_t *room;

	begin(_i, MIB + 4096 + 77);
	room = kt_buf(content_size + 65536);
	for (size_t i = 0; i < 200; i++) {
		uint64_t offset = kt_below((uint32_t)content_size);
		uint64_t size = i & 1 ? content_size - offset :
				kt_below((uint32_t)(content_size - offset) + 1);

		if (i % 4 == 0)
			forget();
		check_range(room + GUARD + kt_below(5000), offset, size);
	}
	end();
}
END_TEST

/* As of tensors: in one file, in order, to places of their own. */
START_TEST(many_ranges)
{
	enum { N = 300 };
	struct mutsu_load loads[N];
	struct mutsu_load_stats stats;
	uint8_t *room;
	size_t at = 0;
	int other;

	begin(_i, 20 * MIB);
	/* The same bytes through another descriptor: a file of its own to the loader. */
	other = open(path, O_RDONLY);
	room = malloc(content_size);
	for (size_t i = 0; i < N; i++) {
		size_t left = content_size - at;
		size_t size = i % 7 ? kt_below(30000) : kt_below(400000);

		size = size < left ? size : left;
		loads[i] = (struct mutsu_load){
			i / 50 % 2 ? other : fd, at, size, room + (content_size - at - size), "f",
		};
		at += size;
	}
	forget();
	load(loads, N, &stats);
	ck_assert_uint_eq(stats.bytes, at);
	for (size_t i = 0; i < N; i++)
		ck_assert_msg(!memcmp(loads[i].to, content + loads[i].offset, loads[i].size),
			      "range %zu", i);
	free(room);
	close(other);
	end();
}
END_TEST

START_TEST(sparse)
{
	const size_t size = 9 * MIB + 100;
	struct mutsu_load one = { .offset = 40, .name = "file" };
	uint8_t *room = malloc(size);

	begin(_i, 5000);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	ck_assert_int_eq(pwrite(fd, "x", 1, 5 * MIB + 3), 1);
	forget();
	memset(room, 0xa5, size);
	one.fd = fd;
	one.size = size - one.offset;
	one.to = room;
	load(&one, 1, NULL);
	ck_assert(!memcmp(room, content + 40, 4960));
	ck_assert_int_eq(room[5 * MIB + 3 - 40], 'x');
	room[5 * MIB + 3 - 40] = 0;
	ck_assert(all_are(room + 4960, one.size - 4960, 0));
	free(room);
	end();
}
END_TEST

struct calls {
	unsigned int n, stop_at;
	uint64_t last, total;
	bool backwards;
};

static int count_call(void *user, uint64_t done, uint64_t total)
{
	struct calls *calls = user;

	calls->backwards |= done < calls->last || (calls->n && total != calls->total);
	calls->last = done;
	calls->total = total;
	return ++calls->n == calls->stop_at;
}

START_TEST(progress)
{
	struct calls calls = { 0 };
	struct mutsu_load loads[2];
	struct mutsu_error err = { "" };
	uint8_t *room;

	begin(_i, 20 * MIB + 5);
	room = malloc(content_size);
	loads[0] = (struct mutsu_load){ fd, 10, 10 * MIB, room, "file" };
	loads[1] = (struct mutsu_load){ fd, 12 * MIB, 8 * MIB + 5, room + 10 * MIB, "file" };
	ck_assert_int_eq(mutsu_load_run(loads, 2, count_call, &calls, NULL, &err), 0);
	ck_assert(!calls.backwards);
	ck_assert_uint_eq(calls.total, 18 * MIB + 5);
	ck_assert_uint_eq(calls.last, calls.total);
	ck_assert_uint_ge(calls.n, 18);

	/* Too late is no cancelling. */
	calls = (struct calls){ .stop_at = calls.n };
	ck_assert_int_eq(mutsu_load_run(loads, 2, count_call, &calls, NULL, &err), 0);

	/* Nothing is written once it has returned. */
	for (unsigned int stop_at = 1; stop_at < 5; stop_at++) {
		struct mutsu_load_stats stats = { .bytes = 77 };

		calls = (struct calls){ .stop_at = stop_at };
		forget();
		ck_assert_int_eq(mutsu_load_run(loads, 2, count_call, &calls, &stats, &err),
				 -ECANCELED);
		memset(room, 0x5a, content_size);
		ck_assert_uint_eq(stats.bytes, 77);
		ck_assert_uint_eq(calls.n, stop_at);
		ck_assert_str_eq(err.text, "loading was cancelled");
		usleep(3000);
		ck_assert_msg(all_are(room, content_size, 0x5a), "some came late");
	}
	free(room);
	end();
}
END_TEST

START_TEST(nothing)
{
	struct calls calls = { 0 };
	struct mutsu_load none[2];
	struct mutsu_load_stats stats = { .bytes = 1 };

	begin(_i, 100);
	none[0] = (struct mutsu_load){ fd, 5, 0, NULL, "file" };
	none[1] = (struct mutsu_load){ fd, 5000, 0, NULL, "file" };
	ck_assert_int_eq(mutsu_load_run(none, 2, count_call, &calls, &stats, NULL), 0);
	ck_assert_int_eq(mutsu_load_run(NULL, 0, count_call, &calls, &stats, NULL), 0);
	ck_assert_uint_eq(calls.n, 0);
	ck_assert_uint_eq(stats.bytes, 0);
	end();
}
END_TEST

/* The caller's descriptor keeps its position and its flags. */
START_TEST(descriptor)
{
	uint8_t *room = malloc(2 * MIB);
	struct mutsu_load one = { 0, 0, 2 * MIB, room, "file" };
	int flags;

	begin(_i, 2 * MIB);
	one.fd = fd;
	ck_assert_int_eq(lseek(fd, 1234, SEEK_SET), 1234);
	flags = fcntl(fd, F_GETFL);
	forget();
	load(&one, 1, NULL);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 1234);
	ck_assert_int_eq(fcntl(fd, F_GETFL), flags);
	free(room);
	end();
}
END_TEST

static bool has_uring(void)
{
	struct io_uring_params params = { 0 };
	long ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring >= 0)
		close((int)ring);
	return ring >= 0;
}

/* Which way it went is what was asked for. */
START_TEST(ways)
{
	uint8_t *room = aligned_alloc(16384, 4 * MIB);
	struct mutsu_load one = { 0, 0, 4 * MIB, room, "file" };
	struct mutsu_load_stats stats;
	int direct;

	begin(_i, 4 * MIB);
	one.fd = fd;
	forget();
	load(&one, 1, &stats);
	ck_assert_int_eq(stats.uring, has_uring());
	ck_assert_double_ge(stats.seconds, 0);
	direct = open(path, O_RDONLY | O_DIRECT);
	/* What is in memory is not fetched again: on tmpfs, that is all. */
	if (direct >= 0 && _i < 2 && !getenv("MUTSU_EMULATED"))
		ck_assert(stats.direct);
	if (direct < 0)
		ck_assert(!stats.direct);
	ck_assert(!memcmp(room, content, 4 * MIB));
	close(direct);
	free(room);
	end();
}
END_TEST

static void *secret_memory(size_t size)
{
	int secret = (int)syscall(SYS_MEMFD_SECRET, 0);
	void *map;

	if (secret < 0 || ftruncate(secret, (off_t)size))
		return NULL;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, secret, 0);
	close(secret);
	return map == MAP_FAILED ? NULL : map;
}

/* As buffers of a DRM device: the CPU can write there, and the kernel not pin it. */
START_TEST(memory_that_cannot_be_pinned)
{
	const size_t size = 3 * MIB + 70000;
	struct mutsu_load_stats stats;
	struct mutsu_load one = { .offset = 4128, .name = "file" };
	uint8_t *room = secret_memory(4 * MIB);

	ck_assert_ptr_nonnull(room);
	begin(_i, size);
	for (size_t place = 4096; place < 4200; place += 32) {
		forget();
		one.fd = fd;
		one.size = size - one.offset;
		one.to = room + place;
		memset(room, 0xa5, 4 * MIB);
		load(&one, 1, &stats);
		ck_assert(!memcmp(one.to, content + one.offset, one.size));
		ck_assert_int_eq(room[place - 1], 0xa5);
		ck_assert_int_eq(room[place + one.size], 0xa5);
		if (_i < 2)
			ck_assert(stats.direct);
	}
	end();
}
END_TEST

/* Tried by a child: it is for good. */
static bool has_filters(void)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(!filter_call(SYS_io_uring_setup, EPERM));
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}

static void add_run(TCase *tc, int run, bool secret)
{
	tcase_add_loop_test(tc, sizes_and_places, run, run + 1);
	tcase_add_loop_test(tc, any_size_to_the_end, run, run + 1);
	tcase_add_loop_test(tc, many_ranges, run, run + 1);
	tcase_add_loop_test(tc, sparse, run, run + 1);
	tcase_add_loop_test(tc, progress, run, run + 1);
	tcase_add_loop_test(tc, nothing, run, run + 1);
	tcase_add_loop_test(tc, descriptor, run, run + 1);
	tcase_add_loop_test(tc, ways, run, run + 1);
	if (secret)
		tcase_add_loop_test(tc, memory_that_cannot_be_pinned, run, run + 1);
}

int main(void)
{
	Suite *s = suite_create("load");
	TCase *tc = tcase_create("load");
	bool filters = has_filters(), secret = secret_memory(4096);

	tcase_set_timeout(tc, 120);
	for (int run = 0; run < N_RUNS; run++) {
		const char *folder = folders[run >> 1];

		if (*folder && access(folder, W_OK))
			suite_skip(without_uring(run) ? "tmpfs, no io_uring" : "tmpfs",
				   "this system has no /dev/shm");
		else if (without_uring(run) && !filters)
			suite_skip("no io_uring", "this system has no filters of system calls");
		else
			add_run(tc, run, secret);
	}
	if (!secret)
		suite_skip("memory_that_cannot_be_pinned", "this system has no memfd_secret");
	suite_add_tcase(s, tc);
	return suite_run(s);
}
