// SPDX-License-Identifier: MIT
#include "compute/agx/mix.h"
#include "tests/kern/kern.h"
#include "tests/lib/gpu.h"

START_TEST(mix_rows)
{
	static const u32 widths[] = { 4, 64, 252, 256, 260, 1000 };
	const u32 width = widths[_i], y_stride = width + 12, e_stride = width + 4, n = 4;

	for (u32 k = 1; k <= 8; k += 1 + k / 2) {
		struct gpu *gpu = gpu_create();
		float *y = kern_floats(n * y_stride, 5, 6);
		float *e = kern_floats(n * k * e_stride, -9, 9);
		float *weight = kern_floats(n * k, 0, 1);
		struct mutsu_agx_mix a = {
			.y = gpu_buffer(gpu, y, 4ul * n * y_stride),
			.e = gpu_buffer(gpu, e, 4ul * n * k * e_stride),
			.weight = gpu_buffer(gpu, weight, 4ul * n * k),
			.y_stride = y_stride, .e_stride = e_stride, .width = width, .k = k, .n = n,
		};
		struct mutsu_agx_launch launch;

		mutsu_agx_mix(&launch, &a);
		gpu_launch(gpu, &launch, &(struct mutsu_agx_step){ .n = n - 1 });
		for (u32 r = 0; r < n - 1; r++) {
			for (u32 i = 0; i < width; i++) {
				float sum = 0;

				for (u32 j = r * k; j < (r + 1) * k; j++)
					sum = fmaf(weight[j], e[j * e_stride + i], sum);
				y[r * y_stride + i] = sum;
			}
		}
		kern_assert_same(y, (float *)gpu_data(gpu, a.y), n * y_stride, "k %u", k);
		gpu_destroy(gpu);
	}
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx mix");
	TCase *tcase = tcase_create("mix");

	tcase_add_loop_test(tcase, mix_rows, 0, 6);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
