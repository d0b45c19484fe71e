// SPDX-License-Identifier: MIT
#include "compute/agx/mark.h"
#include "tests/kern/kern.h"
#include "tests/lib/gpu.h"

START_TEST(mark_copies)
{
	/* Also bits that would be no float, or a denormal one. */
	static const u32 values[] = { 0, 1, 77, 0x7f800001, 0xffffffff };
	const u32 around[] = { 5, 6, 7 };
	struct gpu *gpu = gpu_create();
	struct mutsu_agx_launch launch;
	struct mutsu_agx_mark a = {
		.to = gpu_buffer(gpu, around, sizeof(around)) + 4,
		.from = gpu_buffer(gpu, &values[_i], 4),
	};
	const u32 *to = gpu_data(gpu, a.to - 4);

	mutsu_agx_mark(&launch, &a);
	gpu_launch(gpu, &launch, NULL);
	ck_assert_uint_eq(to[0], 5);
	ck_assert_uint_eq(to[1], values[_i]);
	ck_assert_uint_eq(to[2], 7);
	gpu_destroy(gpu);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx mark");
	TCase *tcase = tcase_create("mark");

	tcase_add_loop_test(tcase, mark_copies, 0, 5);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
