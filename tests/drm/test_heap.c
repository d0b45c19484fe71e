// SPDX-License-Identifier: MIT
/* The heap against a map of every unit. */
#include "runtime/drm/heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/failing_malloc.h"
#include "tests/lib/suite.h"

#define UNITS 300u
#define PIECES 64u

struct model {
	struct mutsu_heap *heap;
	uint64_t start;
	uint8_t used[UNITS];
	struct { uint32_t at, size; } piece[PIECES];
	uint32_t n;
};

/* The lowest place that the map has, or UNITS. */
static uint32_t lowest(const struct model *m, uint32_t size, uint64_t align)
{
	for (uint32_t at = 0; at + size <= UNITS; at++) {
		uint32_t k = 0;

		if ((m->start + at) % align)
			continue;
		while (k < size && !m->used[at + k])
			k++;
		if (k == size)
			return at;
	}
	return UNITS;
}

static void alloc(struct model *m)
{
	const uint32_t size = 1 + kt_below(kt_below(2) ? 8 : 80);
	const uint64_t align = 1ull << kt_below(7);
	const uint32_t want = lowest(m, size, align);
	uint64_t at = 0;
	const int ret = mutsu_heap_alloc(m->heap, size, align, &at);

	if (want == UNITS) {
		ck_assert_int_eq(ret, -ENOSPC);
		return;
	}
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_eq(at, m->start + want);
	memset(m->used + want, 1, size);
	m->piece[m->n].at = want;
	m->piece[m->n++].size = size;
}

static void give_back(struct model *m)
{
	const uint32_t i = kt_below(m->n), at = m->piece[i].at, size = m->piece[i].size;

	mutsu_heap_free(m->heap, m->start + at, size);
	memset(m->used + at, 0, size);
	m->piece[i] = m->piece[--m->n];
}

static void check_left(const struct model *m)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < UNITS; i++)
		left += !m->used[i];
	ck_assert_uint_eq(mutsu_heap_left(m->heap), left);
}

/* Near 0, at an odd place, and up to the last number. */
static const uint64_t starts[] = { 0, 0x1100000005, UINT64_MAX - UNITS };

START_TEST(as_the_map_says)
{
	for (uint32_t round = 0; round < 40; round++) {
		struct model m = { .start = starts[_i] };

		ck_assert_int_eq(mutsu_heap_create(&m.heap, m.start, m.start + UNITS), 0);
		for (uint32_t step = 0; step < 500; step++) {
			if (m.n < PIECES && (!m.n || kt_below(5) < 3))
				alloc(&m);
			else
				give_back(&m);
			check_left(&m);
		}
		while (m.n)
			give_back(&m);
		/* One hole again. */
		ck_assert_int_eq(mutsu_heap_alloc(m.heap, UNITS, 1, &(uint64_t){ 0 }), 0);
		mutsu_heap_destroy(m.heap);
	}
}
END_TEST

START_TEST(reset)
{
	struct mutsu_heap *heap;
	uint64_t at;

	ck_assert_int_eq(mutsu_heap_create(&heap, 64, 128), 0);
	for (uint32_t i = 0; i < 64; i++) {
		ck_assert_int_eq(mutsu_heap_alloc(heap, 1, 1, &at), 0);
		ck_assert_uint_eq(at, 64 + i);
	}
	ck_assert_int_eq(mutsu_heap_alloc(heap, 1, 1, &at), -ENOSPC);
	mutsu_heap_reset(heap);
	ck_assert_uint_eq(mutsu_heap_left(heap), 64);
	ck_assert_int_eq(mutsu_heap_alloc(heap, 64, 64, &at), 0);
	ck_assert_uint_eq(at, 64);
	mutsu_heap_destroy(heap);
}
END_TEST

START_TEST(limits)
{
	struct mutsu_heap *heap;
	uint64_t at;

	ck_assert_int_eq(mutsu_heap_create(&heap, 7, 7), 0);
	ck_assert_uint_eq(mutsu_heap_left(heap), 0);
	ck_assert_int_eq(mutsu_heap_alloc(heap, 1, 1, &at), -ENOSPC);
	mutsu_heap_reset(heap);
	ck_assert_int_eq(mutsu_heap_alloc(heap, 1, 1, &at), -ENOSPC);
	mutsu_heap_destroy(heap);

	ck_assert_int_eq(mutsu_heap_create(&heap, 1, UINT64_MAX), 0);
	ck_assert_int_eq(mutsu_heap_alloc(heap, UINT64_MAX, 1, &at), -ENOSPC);
	ck_assert_int_eq(mutsu_heap_alloc(heap, UINT64_MAX - 1, 2, &at), -ENOSPC);
	ck_assert_int_eq(mutsu_heap_alloc(heap, 1ull << 63, 1ull << 63, &at), -ENOSPC);
	ck_assert_int_eq(mutsu_heap_alloc(heap, UINT64_MAX - 1, 1, &at), 0);
	ck_assert_uint_eq(at, 1);
	mutsu_heap_destroy(heap);
	mutsu_heap_destroy(NULL);
}
END_TEST

/* As many holes as there can be, without memory when they appear. */
START_TEST(every_second)
{
	struct mutsu_heap *heap;
	uint64_t at;

	ck_assert_int_eq(mutsu_heap_create(&heap, 0, 1000), 0);
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_int_eq(mutsu_heap_alloc(heap, 1, 1, &at), 0);
	for (uint32_t i = 0; i < 1000; i += 2)
		mutsu_heap_free(heap, i, 1);
	ck_assert_int_eq(mutsu_heap_alloc(heap, 2, 1, &at), -ENOSPC);
	for (uint32_t i = 1; i < 1000; i += 2)
		mutsu_heap_free(heap, i, 1);
	ck_assert_int_eq(mutsu_heap_alloc(heap, 1000, 8, &at), 0);
	mutsu_heap_destroy(heap);
}
END_TEST

/* Refused memory costs nothing but the piece that was asked for. */
#if CAN_FAIL_MALLOC
START_TEST(no_memory)
{
	const long before = fm_live;
	struct mutsu_heap *heap = NULL;
	uint64_t at = 0, n = 0;
	long ret, kept;

	for (long left = 0; ; left++) {
		fm_left = left;
		ret = mutsu_heap_create(&heap, 0, 1000);
		fm_left = -1;
		if (!ret)
			break;
		kept = fm_live - before;
		ck_assert_int_eq(ret, -ENOMEM);
		ck_assert_int_eq(kept, 0);
	}
	/* Check itself allocates where it asserts. */
	fm_left = 0;
	while (!(ret = mutsu_heap_alloc(heap, 1, 1, &at)))
		n++;
	for (uint64_t i = 0; i < n; i += 2)
		mutsu_heap_free(heap, i, 1);
	for (uint64_t i = 1; i < n; i += 2)
		mutsu_heap_free(heap, i, 1);
	fm_left = -1;
	ck_assert_int_eq(ret, -ENOMEM);
	ck_assert_uint_gt(n, 1);
	ck_assert_uint_eq(at, n - 1);
	ck_assert_uint_eq(mutsu_heap_left(heap), 1000);
	mutsu_heap_destroy(heap);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("heap");
	TCase *tcase = tcase_create("heap");

	tcase_add_loop_test(tcase, as_the_map_says, 0, 3);
	tcase_add_test(tcase, reset);
	tcase_add_test(tcase, limits);
	tcase_add_test(tcase, every_second);
#if CAN_FAIL_MALLOC
	tcase_add_test(tcase, no_memory);
#else
	suite_skip("no_memory", "malloc() cannot be replaced in this build");
#endif
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
