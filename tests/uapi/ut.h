/* SPDX-License-Identifier: MIT */
/*
 * Tests of the kernel module: each runs in a process of its own, under a time limit,
 * and is one line of TAP.  A process that hangs, dies or cannot be killed is one
 * failed test.
 *
 *	test_x [-l] [-c CYCLES] [NAME]...	those whose name contains NAME
 */
#ifndef TESTS_UAPI_UT_H
#define TESTS_UAPI_UT_H

#include "compute/isa/agx_port.h"

struct ut_test {
	const char *name;
	void (*run)(void);
	/* Or once for each row of a table whose rows begin with a const char *, their name. */
	void (*run_row)(const void *row);
	const void *rows;
	size_t n_rows, row_size;
	u32 seconds;		/* 0: as long as most */
	void (*after)(void);	/* whatever the test did; no test of its own */
};

#define UT(fn) { .name = #fn, .run = (fn) }
#define UT_SLOW(fn, limit) { .name = #fn, .run = (fn), .seconds = (limit) }
#define UT_ROWS(fn, table) \
	{ .name = #fn, .run_row = (fn), .rows = (table), .n_rows = ARRAY_SIZE(table), \
	  .row_size = sizeof((table)[0]) }

/* main() of every program: its exit status. */
int ut_main(int argc, char **argv, const struct ut_test *tests, size_t n);

/* The number after -c, or what the test wants without it. */
u32 ut_cycles(u32 otherwise);

/* End the test, from any of its processes and threads (a child: with this status). */
void ut_fail(const char *file, int line, const char *fmt, ...) __printf(3, 4)
	__attribute__((noreturn));
void ut_skip(const char *fmt, ...) __printf(1, 2) __attribute__((noreturn));

/* A line of TAP that is no result. */
void ut_note(const char *fmt, ...) __printf(1, 2);

/* A process, which does this and ends well; and waiting until it has. */
int ut_fork(void (*run)(void *ctx), void *ctx);
void ut_join(int pid);
/* Kills it. */
void ut_kill(int pid);

u64 ut_now(void);		/* CLOCK_MONOTONIC in ns */
void ut_sleep_ms(u32 ms);

/*
 * The first line of a file, without newline (until the next call), NULL without the
 * file; and writing one, whose first line is written back when the test has ended.
 */
const char *ut_read_file(const char *path);
bool ut_write_file(const char *path, const char *text);

/* "EINVAL" of -22, "0" of 0. */
const char *ut_errno(int ret);

void ut_check_ret(const char *file, int line, const char *what, s64 got, s64 want);
void ut_check_num(const char *file, int line, const char *what, u64 got, u64 want);

#define ut_assert(cond) \
	do { if (!(cond)) ut_fail(__FILE__, __LINE__, "%s", #cond); } while (0)
/* Numbers. */
#define ut_eq(got, want) ut_check_num(__FILE__, __LINE__, #got, (u64)(got), (u64)(want))
/* Calls that return 0 or a negative errno. */
#define ut_ret(call, want) ut_check_ret(__FILE__, __LINE__, #call, (call), (want))
#define ut_ok(call) ut_check_ret(__FILE__, __LINE__, #call, (call), 0)

#endif
