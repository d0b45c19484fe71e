// SPDX-License-Identifier: MIT
/* The address space's plan: where things are, and kernels that say odd sizes. */
#include "runtime/drm/plan.h"

#include <errno.h>

#include "tests/lib/suite.h"

#define GIB (1ull << 30)

/* As the driver of M1 and M2 has it. */
START_TEST(usual)
{
	struct mutsu_plan plan;

	ck_assert_int_eq(mutsu_plan_make(&plan, 0x4000, 0x7fffff8000, GIB / 2), 0);
	ck_assert_uint_eq(plan.usc_base, 0x1100000000);
	ck_assert_uint_eq(plan.start, 0x1200000000);
	ck_assert_uint_eq(plan.end, 0x77ffff8000);
	ck_assert_uint_eq(plan.kernel_start, 0x77ffff8000);
	ck_assert_uint_eq(plan.kernel_end, 0x7fffff8000);
}
END_TEST

/* Whatever the kernel says, it is a plan of which each part is allowed, or none. */
START_TEST(any)
{
	uint32_t made = 0;

	for (uint32_t i = 0; i < 20000; i++) {
		const uint64_t start = kt_random() >> (16 + kt_below(48));
		const uint64_t end = kt_random() >> (16 + kt_below(30));
		const uint64_t min = kt_random() >> (kt_below(64));
		struct mutsu_plan p;

		if (mutsu_plan_make(&p, start, end, min))
			continue;
		made++;
		ck_assert_uint_eq(p.usc_base % (4 * GIB), 0);
		ck_assert_uint_gt(p.usc_base, 64 * GIB);
		ck_assert_uint_ge(p.usc_base, start);
		ck_assert_uint_eq(p.start, p.usc_base + 4 * GIB);
		ck_assert_uint_lt(p.start, p.end);
		ck_assert_uint_eq(p.end, p.kernel_start);
		ck_assert_uint_le(p.kernel_end, end);
		ck_assert_uint_ge(p.kernel_end - p.kernel_start, min);
		ck_assert_uint_ge(p.kernel_end - p.kernel_start, 32 * GIB);
		ck_assert_uint_eq(p.kernel_start % MUTSU_GPU_PAGE, 0);
		ck_assert_uint_eq(p.kernel_end % MUTSU_GPU_PAGE, 0);
	}
	ck_assert_uint_gt(made, 100);
}
END_TEST

START_TEST(refused)
{
	static const uint64_t bad[][3] = {
		{ 0x4000, 0x4000, 0 },			/* nothing */
		{ 0x8000, 0x4000, 0 },
		{ 0x4000, 0x8000, 0 },			/* no room for the kernel's part */
		{ 0x4000, 32 * GIB - 1, 0 },
		{ 0x4000, 72 * GIB, 0 },		/* nor for the rest */
		{ 0x4000, 104 * GIB, 0 },
		{ 0x4000, 512 * GIB, 512 * GIB },
		{ 0x4000, 512 * GIB, UINT64_MAX },
		{ 0x4000, UINT64_MAX, 0 },
		{ UINT64_MAX - 1, UINT64_MAX, 0 },
	};
	struct mutsu_plan plan;

	ck_assert_int_eq(mutsu_plan_make(&plan, bad[_i][0], bad[_i][1], bad[_i][2]), -ERANGE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tcase = tcase_create("plan");

	tcase_add_test(tcase, usual);
	tcase_add_test(tcase, any);
	tcase_add_loop_test(tcase, refused, 0, 10);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
