// SPDX-License-Identifier: MIT
#include "compute/agx/glu.h"
#include "compute/ops/glu.h"
#include "tests/kern/kern.h"
#include "tests/lib/gpu.h"

/* The exponent of the gate, and the gate, as ops/glu.h defines them, in double. */
static double exponent(double v, bool gelu)
{
	return gelu ? 2 * 0.7978845608 * (v * (0.044715 * v * v + 1)) : v;
}

static void check(float v, float u, bool gelu, float got, float ref)
{
	const double z = exponent((double)v, gelu);
	const double want = (double)v / (1 + exp(-z)) * (double)u;
	const double bound = (1.5 * fabs(z) + 8) * 0x1p-22 * fabs(want) +
			     fabs((double)u) * 0x1p-118;

	ck_assert_msg(fabs((double)got - want) <= bound, "%a, %a: %a, not %a", (double)v,
		      (double)u, (double)got, want);
	/* The reference has an error of its own; it is smaller. */
	ck_assert_msg(fabs((double)got - (double)ref) <= 2 * bound, "%a, %a: %a, not %a",
		      (double)v, (double)u, (double)got, (double)ref);
}

static void run(u32 width, u32 per_row, bool gelu, float limit)
{
	const u32 gu_stride = 2 * width + 12, y_stride = width + 8, n = 3 * per_row;
	struct gpu *gpu = gpu_create();
	float *gu = kern_floats(n * gu_stride, -limit, limit);
	float *y = kern_floats(n * y_stride, 5, 6);
	float *ref = kt_buf(width * sizeof(*ref));
	struct mutsu_agx_glu a = {
		.y = gpu_buffer(gpu, y, 4ul * n * y_stride),
		.gu = gpu_buffer(gpu, gu, 4ul * n * gu_stride),
		.y_stride = y_stride, .gu_stride = gu_stride, .width = width, .gelu = gelu,
		.per_row = per_row, .n = 3,
	};
	struct mutsu_agx_launch launch;
	float *got = gpu_data(gpu, a.y);

	mutsu_agx_glu(&launch, &a);
	gpu_launch(gpu, &launch, &(struct mutsu_agx_step){ .n = 2 });
	for (u32 r = 0; r < n; r++) {
		const float *g = gu + r * gu_stride;
		const u32 left = r < 2 * per_row ? width : 0;

		(gelu ? mutsu_glu_gelu_ref : mutsu_glu_silu_ref)(ref, g, g + width, width);
		for (u32 i = 0; i < left; i++)
			check(g[i], g[width + i], gelu, got[r * y_stride + i], ref[i]);
		kern_assert_same(y + r * y_stride + left, got + r * y_stride + left,
				 y_stride - left, "row %u", r);
	}
	gpu_destroy(gpu);
}

START_TEST(glu_rows)
{
	static const u32 widths[] = { 4, 172, 256, 260, 1024 };

	run(widths[_i], 1, false, 9);
	run(widths[_i], 1, true, 4);
	run(widths[_i], 3, false, 30);
}
END_TEST

/* Up to where the exponential overflows, and beyond. */
START_TEST(glu_far)
{
	run(512, 1, false, 120);
	run(512, 1, true, 20);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx glu");
	TCase *tcase = tcase_create("glu");

	tcase_add_loop_test(tcase, glu_rows, 0, 5);
	tcase_add_test(tcase, glu_far);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
