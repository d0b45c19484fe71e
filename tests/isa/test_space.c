// SPDX-License-Identifier: MIT
/* A GPU address space in host memory: what is mapped is found, nothing else is. */
#include "tests/lib/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/agx/space.h"

#define PAGE AGX_SPACE_PAGE
#define RW (AGX_MEM_READ | AGX_MEM_WRITE)

START_TEST(finds_what_is_mapped)
{
	struct agx_space space;
	u64 avail;
	u32 prot;
	u8 *host, *at;

	agx_space_init(&space);
	ck_assert_int_eq(agx_space_map(&space, 0x2000000000, 3 * PAGE, RW, NULL), 0);
	ck_assert_int_eq(agx_space_map(&space, 0x1000000000, PAGE, AGX_MEM_READ, NULL), 0);
	ck_assert_int_eq(agx_space_map(&space, 0x2000000000 + 3 * PAGE, PAGE, RW, NULL), 0);

	host = agx_space_at(&space, 0x2000000000, 3 * PAGE);
	ck_assert_ptr_nonnull(host);
	ck_assert_int_eq(host[0] | host[3 * PAGE - 1], 0);
	at = space.memory.map(space.memory.ctx, 0x2000000000 + PAGE + 5, &avail, &prot);
	ck_assert_ptr_eq(at, host + PAGE + 5);
	ck_assert_uint_eq(avail, 2 * PAGE - 5);
	ck_assert_uint_eq(prot, RW);
	ck_assert_ptr_nonnull(space.memory.map(space.memory.ctx, 0x1000000fff, &avail, &prot));
	ck_assert_uint_eq(avail, 1);
	ck_assert_uint_eq(prot, AGX_MEM_READ);

	ck_assert_ptr_null(agx_space_find(&space, 0));
	ck_assert_ptr_null(agx_space_find(&space, 0x0fffffffff));
	ck_assert_ptr_null(agx_space_find(&space, 0x1000001000));
	ck_assert_ptr_null(agx_space_find(&space, 0x2000000000 + 4 * PAGE));
	ck_assert_ptr_null(agx_space_find(&space, ~(u64)0));
	/* Ranges that touch are two all the same. */
	ck_assert_ptr_null(agx_space_at(&space, 0x2000000000, 3 * PAGE + 1));
	ck_assert_ptr_null(agx_space_at(&space, 0x2000000000, ~(u64)0));
	agx_space_destroy(&space);
}
END_TEST

START_TEST(refuses)
{
	struct agx_space space;

	agx_space_init(&space);
	ck_assert_int_eq(agx_space_map(&space, 0x10000, 2 * PAGE, RW, NULL), 0);
	ck_assert_int_eq(agx_space_map(&space, 0x10000, PAGE, RW, NULL), -EEXIST);
	ck_assert_int_eq(agx_space_map(&space, 0x10000 + PAGE, PAGE, RW, NULL), -EEXIST);
	ck_assert_int_eq(agx_space_map(&space, 0x10000 - PAGE, 2 * PAGE, RW, NULL), -EEXIST);
	ck_assert_int_eq(agx_space_map(&space, 0, 0x100000, RW, NULL), -EEXIST);
	ck_assert_int_eq(agx_space_map(&space, 0x20000, 0, RW, NULL), -EINVAL);
	ck_assert_int_eq(agx_space_map(&space, 0x20001, PAGE, RW, NULL), -EINVAL);
	ck_assert_int_eq(agx_space_map(&space, 0x20000, PAGE + 1, RW, NULL), -EINVAL);
	ck_assert_int_eq(agx_space_map(&space, -(u64)PAGE, 2 * PAGE, RW, NULL), -EINVAL);
	ck_assert_int_eq(agx_space_map(&space, 0x20000, (u64)1 << 62, RW, NULL), -ENOMEM);
	ck_assert_uint_eq(space.n, 1);
	/* The last page of all is one like any other. */
	ck_assert_int_eq(agx_space_map(&space, -(u64)PAGE, PAGE, RW, NULL), 0);
	ck_assert_ptr_nonnull(agx_space_at(&space, ~(u64)0, 1));
	agx_space_destroy(&space);
}
END_TEST

/* Aliases: the host's memory, mapped twice. */
START_TEST(shares_memory)
{
	struct agx_space space;
	u8 *host = aligned_alloc(PAGE, PAGE);

	agx_space_init(&space);
	ck_assert_int_eq(agx_space_map(&space, 0x10000, PAGE, RW, host), 0);
	ck_assert_int_eq(agx_space_map(&space, 0x90000, PAGE, AGX_MEM_READ, host), 0);
	ck_assert_ptr_eq(agx_space_at(&space, 0x10008, 1), agx_space_at(&space, 0x90008, 1));
	agx_space_destroy(&space);
	memset(host, 1, PAGE);
	free(host);
}
END_TEST

/* One page all over a range of any size, whatever is cut off. */
START_TEST(repeats_a_page)
{
	const u64 start = 0x100000000, size = (u64)1 << 36;
	struct agx_space space;
	u64 avail;
	u32 prot;
	u8 *page;

	agx_space_init(&space);
	page = agx_space_memory(&space, AGX_PAGE_SIZE);
	ck_assert_ptr_nonnull(page);
	ck_assert_int_eq(agx_space_map_page(&space, start + PAGE, size, RW, page), -EINVAL);
	ck_assert_int_eq(agx_space_map_page(&space, start, size + PAGE, RW, page), -EINVAL);
	ck_assert_int_eq(agx_space_map_page(&space, start, size, RW, page), 0);
	ck_assert_int_eq(agx_space_map(&space, start + size - PAGE, PAGE, RW, NULL), -EEXIST);
	page[5] = 7;
	for (u64 at = start; at < start + size; at += size / 8) {
		ck_assert_ptr_eq(agx_space_at(&space, at, AGX_PAGE_SIZE), page);
		ck_assert_ptr_null(agx_space_at(&space, at, AGX_PAGE_SIZE + 1));
	}
	/* It goes on where the page does not begin. */
	ck_assert_int_eq(agx_space_unmap(&space, start + PAGE, PAGE), 0);
	ck_assert_ptr_eq(agx_space_bytes(&space, start + 5, &avail), page + 5);
	ck_assert_uint_eq(avail, PAGE - 5);
	ck_assert_ptr_null(agx_space_bytes(&space, start + PAGE, &avail));
	ck_assert_ptr_eq(space.memory.map(&space, start + 2 * PAGE, &avail, &prot),
			 page + 2 * PAGE);
	ck_assert_uint_eq(avail, AGX_PAGE_SIZE - 2 * PAGE);
	ck_assert_ptr_eq(agx_space_at(&space, start + AGX_PAGE_SIZE + 5, 1), page + 5);
	agx_space_destroy(&space);
}
END_TEST

START_TEST(unmaps)
{
	struct agx_space space;
	u8 *host;

	agx_space_init(&space);
	ck_assert_int_eq(agx_space_map(&space, 0x10000, 8 * PAGE, RW, NULL), 0);
	ck_assert_int_eq(agx_space_map(&space, 0x20000, 2 * PAGE, RW, NULL), 0);
	host = agx_space_at(&space, 0x10000, 1);
	host[7 * PAGE] = 5;
	ck_assert_int_eq(agx_space_unmap(&space, 0x10000 + 2 * PAGE, 3 * PAGE), 0);
	ck_assert_uint_eq(space.n, 3);
	ck_assert_ptr_eq(agx_space_at(&space, 0x10000, 2 * PAGE), host);
	ck_assert_ptr_null(agx_space_find(&space, 0x10000 + 2 * PAGE));
	ck_assert_ptr_null(agx_space_find(&space, 0x10000 + 5 * PAGE - 1));
	ck_assert_ptr_eq(agx_space_at(&space, 0x10000 + 5 * PAGE, 3 * PAGE), host + 5 * PAGE);
	ck_assert_uint_eq(*(u8 *)agx_space_at(&space, 0x10000 + 7 * PAGE, 1), 5);
	/* From within one to within another; where nothing is; all. */
	ck_assert_int_eq(agx_space_unmap(&space, 0x10000 + 7 * PAGE, 0x20000 - 0x10000 - 6 * PAGE),
			 0);
	ck_assert_uint_eq(space.n, 3);
	ck_assert_ptr_null(agx_space_find(&space, 0x20000));
	ck_assert_ptr_nonnull(agx_space_at(&space, 0x20000 + PAGE, PAGE));
	ck_assert_int_eq(agx_space_unmap(&space, 0x90000, PAGE), 0);
	ck_assert_int_eq(agx_space_unmap(&space, 0x90001, PAGE), -EINVAL);
	ck_assert_int_eq(agx_space_unmap(&space, 0x90000, 0), -EINVAL);
	ck_assert_int_eq(agx_space_unmap(&space, 0, -(u64)PAGE), 0);
	ck_assert_uint_eq(space.n, 0);
	agx_space_destroy(&space);
}
END_TEST

/* Against a map of pages. */
START_TEST(random_ranges)
{
	const u32 slots = 4096, tries = 3000;
	u8 *owner = calloc(slots, 1);
	struct agx_space space;

	agx_space_init(&space);
	for (u32 i = 0; i < tries; i++) {
		u32 first = kt_below(slots), n = 1 + kt_below(5);
		bool free_slots = true;

		if (first + n > slots)
			continue;
		for (u32 s = first; s < first + n; s++)
			free_slots &= !owner[s];
		if (i % 4 == 3) {
			ck_assert_int_eq(agx_space_unmap(&space, (u64)first * PAGE, n * PAGE), 0);
			memset(owner + first, 0, n);
			continue;
		}
		ck_assert_int_eq(agx_space_map(&space, (u64)first * PAGE, n * PAGE, RW, NULL),
				 free_slots ? 0 : -EEXIST);
		if (free_slots)
			memset(owner + first, 1, n);
	}
	for (u32 s = 0; s < slots; s++) {
		const struct agx_range *range = agx_space_find(&space, (u64)s * PAGE + 7);

		ck_assert_int_eq(!!range, owner[s]);
	}
	agx_space_destroy(&space);
	free(owner);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("space");
	TCase *tcase = tcase_create("space");

	tcase_add_test(tcase, finds_what_is_mapped);
	tcase_add_test(tcase, refuses);
	tcase_add_test(tcase, shares_memory);
	tcase_add_test(tcase, repeats_a_page);
	tcase_add_test(tcase, unmaps);
	tcase_add_test(tcase, random_ranges);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
