// SPDX-License-Identifier: MIT
#include <errno.h>

#include "compute/agx/route.h"
#include "compute/ops/route.h"
#include "tests/kern/kern.h"
#include "tests/lib/gpu.h"

#define ROWS	6u		/* that the launch is made for */

static const struct {
	u32 n, k;
} shapes[] = {
	{ 1, 1 }, { 2, 1 }, { 4, 2 }, { 8, 2 }, { 8, 8 }, { 31, 5 }, { 32, 32 }, { 33, 4 },
	{ 60, 4 }, { 64, 8 }, { 72, 6 }, { 128, 8 }, { 130, 2 }, { 256, 8 }, { 256, 32 },
};

/* Rows of logits from x, on the GPU and by the reference. */
static void compare(const float *x, u32 n, u32 k)
{
	const u32 stride = n + 3, n_rows = ROWS - 1;
	struct gpu *gpu = gpu_create();
	int32_t *was = kt_buf(4ul * ROWS * k), *expert = kt_buf(4ul * k);
	float *weight = kt_buf(4ul * k);
	struct mutsu_agx_route a = {
		.expert = gpu_buffer(gpu, memset(was, 77, 4ul * ROWS * k), 4ul * ROWS * k),
		.weight = gpu_buffer(gpu, was, 4ul * ROWS * k),
		.logits = gpu_buffer(gpu, x, 4ul * ROWS * stride),
		.stride = stride, .n_expert = n, .k = k, .n = ROWS,
	};
	const int32_t *got = gpu_data(gpu, a.expert);
	const float *got_weight = gpu_data(gpu, a.weight);
	struct mutsu_agx_launch launch;

	ck_assert_int_eq(mutsu_agx_route(&launch, &a), 0);
	gpu_launch(gpu, &launch, &(struct mutsu_agx_step){ .n = n_rows });
	for (u32 r = 0; r < n_rows; r++) {
		mutsu_route_ref(expert, weight, kern_copy(x + r * stride, n), n, k, true);
		for (u32 j = 0; j < k; j++) {
			ck_assert_msg(got[r * k + j] == expert[j], "row %u: expert %u is %d, not %d",
				      r, j, got[r * k + j], expert[j]);
			if (!(weight[j] < 0x1p-100f))
				kern_assert_same(weight + j, got_weight + r * k + j, 1, "weight");
			else
				ck_assert(got_weight[r * k + j] < 0x1p-99f);
		}
	}
	ck_assert_mem_eq(got + n_rows * k, was, 4ul * k);
	ck_assert_mem_eq(got_weight + n_rows * k, was, 4ul * k);
	kern_assert_same(x, (float *)gpu_data(gpu, a.logits), ROWS * stride, "logits");
	gpu_destroy(gpu);
}

START_TEST(route_logits)
{
	const u32 n = shapes[_i].n, k = shapes[_i].k;

	compare(kern_floats(ROWS * (n + 3), -3, 3), n, k);
	compare(kern_floats(ROWS * (n + 3), -30, 30), n, k);
	compare(kern_floats(ROWS * (n + 3), 1000, 1001), n, k);
}
END_TEST

/* Logits that are equal, or so close that their probabilities are. */
START_TEST(route_ties)
{
	const u32 n = shapes[_i].n, k = shapes[_i].k, size = ROWS * (n + 3);
	float *x = kt_buf(4ul * size);

	compare(x, n, k);
	for (u32 i = 0; i < size; i++)
		x[i] = (float)kt_below(4);
	compare(x, n, k);
	for (u32 i = 0; i < size; i++)
		x[i] = 1.0f + (float)kt_below(8) * 0x1p-23f - (float)kt_below(2);
	compare(x, n, k);
}
END_TEST

START_TEST(route_nan)
{
	const u32 n = shapes[_i].n, k = shapes[_i].k;
	float *x = kern_floats(ROWS * (n + 3), -3, 3);

	for (u32 r = 0; r < ROWS; r++)
		x[r * (n + 3) + kt_below(n)] = r % 2 ? NAN : INFINITY;
	compare(x, n, k);
}
END_TEST

START_TEST(route_refused)
{
	struct mutsu_agx_launch launch;
	struct mutsu_agx_route many = { .n_expert = 257, .k = 2 };
	struct mutsu_agx_route used = { .n_expert = 64, .k = 33 };

	ck_assert_int_eq(mutsu_agx_route(&launch, &many), -ENOTSUP);
	ck_assert_int_eq(mutsu_agx_route(&launch, &used), -ENOTSUP);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx route");
	TCase *tcase = tcase_create("route");

	tcase_add_loop_test(tcase, route_logits, 0, COUNT(shapes));
	tcase_add_loop_test(tcase, route_ties, 0, COUNT(shapes));
	tcase_add_loop_test(tcase, route_nan, 0, COUNT(shapes));
	tcase_add_test(tcase, route_refused);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
