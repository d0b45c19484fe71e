// SPDX-License-Identifier: MIT
#include <errno.h>

#include "compute/agx/gemm.h"
#include "compute/ops/activation.h"
#include "tests/kern/kern.h"
#include "tests/lib/gpu.h"

struct shape {
	u32 rows, cols, n, step_n;
	bool bias;
};

static const struct shape shapes[] = {
	{ 32, 32, 32, 32, false },
	{ 1, 8, 1, 1, true },
	{ 31, 64, 40, 33, false },
	{ 33, 72, 40, 9, true },
	{ 130, 96, 8, 7, true },
	{ 70, 40, 70, 65, false },
	{ 129, 256, 64, 64, true },
	{ 260, 288, 20, 13, false },
	{ 6, 1024, 5, 3, true },
	/* One, two, three and four tiles of tokens are left. */
	{ 40, 160, 50, 40, false },
	{ 40, 160, 50, 48, false },
	{ 40, 168, 50, 49, false },
	{ 40, 32, 64, 57, false },
};

static void check(const struct shape *s, const uint16_t *w, const uint16_t *x, const float *bias,
		  const float *got)
{
	for (u32 o = 0; o < s->rows; o++) {
		double sum = s->bias ? (double)bias[o] : 0, size = fabs(sum);

		for (u32 k = 0; k < s->cols; k++) {
			double product = (double)mutsu_half_to_float(w[o * s->cols + k]) *
					 (double)mutsu_half_to_float(x[k]);

			sum += product;
			size += fabs(product);
		}
		ck_assert_msg(fabs((double)got[o] - sum) <= EPS * (s->cols + 8) * size,
			      "[%u] is %a, not %a", o, (double)got[o], sum);
	}
}

struct run {
	const struct shape *s;
	struct gpu *gpu;
	float *x, *y, *bias;
	uint16_t *w;
	u32 x_stride;
	struct mutsu_agx_gemm a;
};

/* Some of x beyond what a half holds. */
static void start(struct run *run, const struct shape *s)
{
	const u32 x_stride = s->cols + 4, y_stride = (s->rows + 3) / 4 * 4 + 8;
	const size_t size = mutsu_agx_half_size(s->cols, s->n);
	struct gpu *gpu = gpu_create();

	run->s = s;
	run->gpu = gpu;
	run->x_stride = x_stride;
	run->x = kern_floats(s->n * x_stride, -2, 2);
	for (u32 i = 0; i < s->n; i++)
		run->x[i * x_stride + kt_below(s->cols)] = i % 2 ? 1e9f : -65519.0f;
	run->y = kern_floats(s->n * y_stride, 5, 6);
	run->bias = kern_floats(s->rows, -9, 9);
	run->w = kt_buf(2ul * s->rows * s->cols);
	for (u32 i = 0; i < s->rows * s->cols; i++)
		run->w[i] = mutsu_half_from_float(kt_uniform(-1, 1));
	run->a = (struct mutsu_agx_gemm){
		.y = gpu_buffer(gpu, run->y, 4ul * s->n * y_stride),
		.w = gpu_buffer(gpu, run->w, 2ul * s->rows * s->cols),
		/* What is not written is not to be used. */
		.x = gpu_buffer(gpu, memset(kt_buf(size), 0x7e, size), size),
		.bias = s->bias ? gpu_buffer(gpu, run->bias, 4ul * s->rows) : 0,
		.y_stride = y_stride, .rows = s->rows, .cols = s->cols, .n = s->n,
	};
}

static void launch_both(const struct run *run)
{
	const struct mutsu_agx_step step = { .n = run->s->step_n };
	struct mutsu_agx_half half = {
		.y = run->a.x, .x = gpu_buffer(run->gpu, run->x, 4ul * run->s->n * run->x_stride),
		.x_stride = run->x_stride, .cols = run->s->cols, .n = run->s->n,
	};
	struct mutsu_agx_launch launch;

	ck_assert_int_eq(mutsu_agx_half(&launch, &half), 0);
	gpu_launch(run->gpu, &launch, &step);
	ck_assert_int_eq(mutsu_agx_gemm(&launch, &run->a), 0);
	gpu_launch(run->gpu, &launch, &step);
}

START_TEST(gemm_shapes)
{
	const struct shape *s = &shapes[_i];
	uint16_t *x = kt_buf(2ul * s->cols);
	const float *got;
	struct run run;

	start(&run, s);
	got = gpu_data(run.gpu, run.a.y);
	launch_both(&run);
	for (u32 r = 0; r < s->n; r++) {
		const u32 at = r * run.a.y_stride, done = r < s->step_n ? s->rows : 0;

		kern_assert_same(run.y + at + done, got + at + done, run.a.y_stride - done,
				 "behind or between rows, row %u", r);
		if (!done)
			continue;
		mutsu_activation_f16_ref(x, run.x + r * run.x_stride, s->cols);
		check(s, run.w, x, run.bias, got + at);
	}
	gpu_destroy(run.gpu);
}
END_TEST

/* Each half where gemm looks for it, and the same bits as the reference's. */
START_TEST(half_order)
{
	const u32 n = 37, cols = 104, blocks = 4;
	const size_t size = mutsu_agx_half_size(cols, n);
	struct gpu *gpu = gpu_create();
	float *x = kern_specials(n * cols, KERN_N_FINITE);
	uint16_t *want = kt_buf(2ul * n * cols);
	struct mutsu_agx_half a = {
		.y = gpu_buffer(gpu, NULL, size), .x = gpu_buffer(gpu, x, 4ul * n * cols),
		.x_stride = cols, .cols = cols, .n = n,
	};
	const uint16_t *y = gpu_data(gpu, a.y);
	struct mutsu_agx_launch launch;

	ck_assert_uint_eq(size, 2 * 64 * 128);
	ck_assert_int_eq(mutsu_agx_half(&launch, &a), 0);
	gpu_launch(gpu, &launch, &(struct mutsu_agx_step){ .n = n });
	mutsu_activation_f16_ref(want, x, n * cols);
	for (u32 i = 0; i < size / 2; i++) {
		const u32 block = i / 256 % blocks, lane = i / 8 % 32, f = i / 2 % 4;
		const u32 row = lane / 16 * 4 + lane / 2 % 4, quarter = lane / 8 % 2 * 2 + lane % 2;
		const u32 token = i / 256 / blocks * 8 + 2 * quarter + i % 2;
		const u32 k = block * 32 + row / 2 * 8 + 2 * f + row % 2;

		ck_assert_uint_eq(y[i], token < n && k < cols ? want[token * cols + k] : 0);
	}
	gpu_destroy(gpu);
}
END_TEST

START_TEST(gemm_refused)
{
	struct mutsu_agx_launch launch;
	struct mutsu_agx_half half = { .cols = 12, .n = 1 };
	struct mutsu_agx_gemm odd = { .cols = 12, .rows = 4, .n = 1 };
	struct mutsu_agx_gemm large = { .cols = 1u << 20, .rows = 1u << 15, .n = 1 };

	ck_assert_int_eq(mutsu_agx_half(&launch, &half), -ENOTSUP);
	ck_assert_int_eq(mutsu_agx_gemm(&launch, &odd), -ENOTSUP);
	ck_assert_int_eq(mutsu_agx_gemm(&launch, &large), -ENOTSUP);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx gemm");
	TCase *tcase = tcase_create("gemm");

	tcase_add_loop_test(tcase, gemm_shapes, 0, COUNT(shapes));
	tcase_add_test(tcase, half_order);
	tcase_add_test(tcase, gemm_refused);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
