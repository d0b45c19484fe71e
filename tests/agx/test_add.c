// SPDX-License-Identifier: MIT
#include "compute/agx/add.h"
#include "compute/ops/add.h"
#include "tests/kern/kern.h"
#include "tests/lib/gpu.h"

START_TEST(add_rows)
{
	static const u32 widths[] = { 4, 64, 124, 128, 132, 1000 };
	const u32 width = widths[_i], stride = width + 12, n = 5;
	struct gpu *gpu = gpu_create();
	float *y = kern_floats(n * stride, -9, 9), *x = kern_floats(n * stride, -9, 9);
	struct mutsu_agx_add a = {
		.y = gpu_buffer(gpu, y, 4 * n * stride), .x = gpu_buffer(gpu, x, 4 * n * stride),
		.y_stride = stride, .x_stride = stride, .width = width, .n = n,
	};
	struct mutsu_agx_launch launch;

	mutsu_agx_add(&launch, &a);
	/* The batch that it was made for is larger than this one. */
	gpu_launch(gpu, &launch, &(struct mutsu_agx_step){ .n = n - 1 });
	for (u32 r = 0; r < n - 1; r++)
		mutsu_add_ref(y + r * stride, x + r * stride, width);
	kern_assert_same(y, (float *)gpu_data(gpu, a.y), n * stride, "width %u", width);
	gpu_destroy(gpu);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx add");
	TCase *tcase = tcase_create("add");

	tcase_add_loop_test(tcase, add_rows, 0, 6);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
