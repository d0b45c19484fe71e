// SPDX-License-Identifier: MIT
#include <errno.h>

#include "compute/agx/norm.h"
#include "compute/ops/rmsnorm.h"
#include "tests/kern/kern.h"
#include "tests/lib/gpu.h"

#define BOUND	0x1p-19
#define ROWS	5u		/* that the launch is made for */

static const u32 widths[] = { 4, 64, 124, 128, 132, 288, 2048, 4096, 4100, 8192, 12292, 16384 };

/* The norm in double; scale of the row x. */
static double scale_of(const float *x, u32 width, float eps)
{
	double sum = 0;

	for (u32 i = 0; i < width; i++)
		sum += (double)x[i] * (double)x[i];
	return 1 / sqrt(sum / width + (double)eps);
}

static void assert_near(double want, float got, double bound, const char *what, u32 i)
{
	ck_assert_msg(fabs((double)got - want) <= bound, "%s[%u] is %a, not %a", what, i,
		      (double)got, want);
}

/* x and h, where they are on the GPU, are what became of this x and y. */
static void check_row(const struct mutsu_agx_norm *a, const float *x0, const float *y,
		      const float *norm, const float *norm2, const float *x, const float *h)
{
	const double scale2 = scale_of(y, a->width, a->eps);
	double scale;

	for (u32 i = 0; i < a->width; i++) {
		double add = a->norm2 ? (double)y[i] * scale2 * (double)norm2[i] : (double)y[i];
		double want = (double)x0[i] + (a->add ? add : 0);
		double bound = fabs(want) * EPS + (a->norm2 ? fabs(add) * BOUND : 0);

		assert_near(want, x[i], a->add ? bound : 0, "x", i);
	}
	scale = scale_of(x, a->width, a->eps);
	for (u32 i = 0; i < a->width; i++) {
		double want = (double)x[i] * scale * (double)norm[i];

		assert_near(want, h[i], fabs(want) * BOUND, "h", i);
	}
}

/* The reference agrees within the bound and what its own order of the sum may cost. */
static void check_ref(const float *x, const float *norm, u32 width, float eps, const float *h)
{
	float *want = kt_buf(width * sizeof(*want));

	mutsu_rmsnorm_ref(want, x, norm, width, eps);
	for (u32 i = 0; i < width; i++)
		assert_near((double)want[i], h[i],
			    fabs((double)want[i]) * (BOUND + width / 16 * EPS), "ref", i);
}

struct data {
	float *x, *y, *norm, *norm2, *h;
	size_t size;
};

static void run(u32 width, bool add, bool norm2, bool outputs)
{
	const u32 stride = width + 12, skip = outputs ? 2 : 0;
	const struct mutsu_agx_step step = { .n = 4, .pos = 7, .skip = 2, .n_out = 2 };
	const size_t size = 4ul * ROWS * stride;
	struct gpu *gpu = gpu_create();
	struct data d = {
		.x = kern_floats(ROWS * stride, -9, 9), .y = kern_floats(ROWS * stride, -2, 2),
		.h = kern_floats(ROWS * stride, 5, 6),
		.norm = kern_floats(width, -1, 2), .norm2 = kern_floats(width, -1, 2),
	};
	struct mutsu_agx_norm a = {
		.x = gpu_buffer(gpu, d.x, size), .y = add ? gpu_buffer(gpu, d.y, size) : 0,
		.h = gpu_buffer(gpu, d.h, size), .norm = gpu_buffer(gpu, d.norm, 4ul * width),
		.norm2 = norm2 ? gpu_buffer(gpu, d.norm2, 4ul * width) : 0,
		.x_stride = stride, .y_stride = stride, .h_stride = stride, .width = width,
		.eps = 1e-5f, .add = add, .outputs = outputs, .n = ROWS,
	};
	struct mutsu_agx_launch launch;
	float *x = gpu_data(gpu, a.x), *h = gpu_data(gpu, a.h);

	ck_assert_int_eq(mutsu_agx_norm(&launch, &a), 0);
	gpu_launch(gpu, &launch, &step);
	for (u32 r = 0; r < ROWS; r++) {
		const bool done = r < (outputs ? step.n_out : step.n);
		const bool taken = r >= skip && r < step.n;
		const float *x0 = d.x + r * stride;

		/* In h, x and y, what is not of the batch, and what is between rows. */
		kern_assert_same(d.h + r * stride + (done ? width : 0),
				 h + r * stride + (done ? width : 0), done ? 12 : stride, "h %u", r);
		kern_assert_same(x0 + (taken ? width : 0), x + r * stride + (taken ? width : 0),
				 taken ? 12 : stride, "x %u", r);
		if (!taken)
			continue;
		check_row(&a, x0, d.y + r * stride, d.norm, d.norm2, x + r * stride,
			  h + (r - skip) * stride);
		check_ref(x + r * stride, d.norm, width, a.eps, h + (r - skip) * stride);
	}
	if (add)
		kern_assert_same(d.y, (float *)gpu_data(gpu, a.y), ROWS * stride, "y");
	gpu_destroy(gpu);
}

START_TEST(norm_alone)
{
	run(widths[_i], false, false, false);
	run(widths[_i], false, false, true);
}
END_TEST

START_TEST(norm_of_sum)
{
	run(widths[_i], true, false, false);
	run(widths[_i], true, false, true);
}
END_TEST

START_TEST(norm_of_normalised_sum)
{
	run(widths[_i], true, true, false);
	run(widths[_i], true, true, true);
}
END_TEST

START_TEST(too_long)
{
	struct mutsu_agx_launch launch;
	struct mutsu_agx_norm a = { .width = MUTSU_AGX_NORM_MAX + 4, .n = 1 };

	ck_assert_int_eq(mutsu_agx_norm(&launch, &a), -ENOTSUP);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx norm");
	TCase *tcase = tcase_create("norm");

	tcase_add_loop_test(tcase, norm_alone, 0, COUNT(widths));
	tcase_add_loop_test(tcase, norm_of_sum, 0, COUNT(widths));
	tcase_add_loop_test(tcase, norm_of_normalised_sum, 0, COUNT(widths));
	tcase_add_test(tcase, too_long);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
