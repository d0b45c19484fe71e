// SPDX-License-Identifier: MIT
/* Reads by threads: all come back, once, with their own bytes; none are left at the end. */
#include "tests/lib/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/io/reader.h"

#define N	16
#define SIZE	1000

static int fd;

static void setup(void)
{
	uint8_t bytes[256 * SIZE];

	fd = open("/tmp", O_RDWR | O_TMPFILE, 0600);
	if (fd < 0) {
		FILE *file = tmpfile();

		ck_assert_ptr_nonnull(file);
		fd = fileno(file);
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i / SIZE);
	ck_assert_int_eq(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
}

static void submit(struct mutsu_reader *reader, struct mutsu_read *read, unsigned int no)
{
	read->offset = no * SIZE;
	read->result = -1;
	mutsu_reader_submit(reader, read);
}

/* Depth 0 gets no threads: what is waited for is read then. */
START_TEST(many)
{
	struct mutsu_read reads[N];
	struct mutsu_reader *reader;
	unsigned int seen[256] = { 0 }, no = 0;

	ck_assert_int_eq(mutsu_reader_open_threads(&reader, _i ? N : 0), 0);
	for (; no < N; no++) {
		reads[no] = (struct mutsu_read){ .fd = fd, .to = malloc(SIZE), .size = SIZE };
		submit(reader, &reads[no], no);
	}
	for (unsigned int i = 0; i < 256; i++) {
		struct mutsu_read *read;
		const uint8_t *to;

		ck_assert_int_eq(mutsu_reader_wait(reader, &read), 0);
		ck_assert_int_eq(read->result, SIZE);
		to = read->to;
		ck_assert_uint_eq(to[0], read->offset / SIZE);
		ck_assert(!memcmp(to, to + 1, SIZE - 1));
		seen[to[0]]++;
		if (no < 256)
			submit(reader, read, no++);
	}
	for (unsigned int i = 0; i < 256; i++)
		ck_assert_uint_eq(seen[i], 1);
	mutsu_reader_close(reader);
	for (unsigned int i = 0; i < N; i++)
		free(reads[i].to);
}
END_TEST

START_TEST(errors)
{
	struct mutsu_read read = { .fd = -1, .to = &read, .size = 1 }, *same;
	struct mutsu_reader *reader;

	ck_assert_int_eq(mutsu_reader_open_threads(&reader, 1), 0);
	mutsu_reader_submit(reader, &read);
	ck_assert_int_eq(mutsu_reader_wait(reader, &same), 0);
	ck_assert_ptr_eq(same, &read);
	ck_assert_int_eq(read.result, -EBADF);
	mutsu_reader_close(reader);
	mutsu_reader_close(NULL);
}
END_TEST

START_TEST(open_and_close)
{
	for (unsigned int i = 0; i < 200; i++) {
		struct mutsu_reader *reader;

		ck_assert_int_eq(mutsu_reader_open_threads(&reader, N), 0);
		mutsu_reader_close(reader);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reader_threads");
	TCase *tc = tcase_create("reader_threads");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, many, 0, 2);
	tcase_add_test(tc, errors);
	tcase_add_test(tc, open_and_close);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
