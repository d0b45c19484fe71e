// SPDX-License-Identifier: MIT
#include "compute/agx/dequant.h"

#include <errno.h>

#include "kt_matvec.h"

static const u32 sizes[][2] = {
	{ 3, 32 }, { 2, 64 }, { 33, 288 }, { 64, 172 }, { 3, 1028 }, { 2, 4 },
	{ 5, 512 }, { 1, 1024 }, { 7, 1376 }, { 2, 4096 },
};

static uint16_t half(float w)
{
	float most = fminf(fmaxf(w, -65504), 65504);

	return mutsu_half_from_float(most == 0 ? 0 : most);
}

static void check(const struct kt_type *t, const uint8_t *w, u32 rows, u32 cols)
{
	const size_t row_size = mutsu_type_row_size(t->type, cols);
	struct gpu *gpu = gpu_create();
	struct mutsu_agx_dequant a = {
		.y = gpu_buffer(gpu, NULL, 2ul * rows * cols),
		.w = gpu_buffer(gpu, w, rows * row_size),
		.type = t->type, .rows = rows, .cols = cols,
	};
	float *want = kt_buf(4ul * cols);
	struct mutsu_agx_launch launch;
	const uint16_t *y;

	ck_assert_int_eq(mutsu_agx_dequant(&launch, &a), 0);
	gpu_launch(gpu, &launch, NULL);
	y = gpu_data(gpu, a.y);
	for (u32 o = 0; o < rows; o++) {
		t->dequant(want, w + o * row_size, cols);
		for (u32 k = 0; k < cols; k++) {
			uint16_t got = y[(size_t)o * cols + k], zero = got == 0x8000 ? 0 : got;

			ck_assert_msg(zero == half(want[k]), "%s, %u x %u, [%u][%u] is %x, not %x",
				      kt_info(t)->name, rows, cols, o, k, got, half(want[k]));
		}
	}
	gpu_destroy(gpu);
}

START_TEST(halves)
{
	const struct kt_type *t = &kt_types[_i / (int)COUNT(sizes)];
	const u32 *size = sizes[_i % (int)COUNT(sizes)], len = kt_info(t)->block_len;
	const u32 align = len < 4 ? 4 : len, cols = (size[1] + align - 1) / align * align;

	check(t, kt_matrix(t, size[0], cols), size[0], cols);
}
END_TEST

/* Beyond what a half can be, and between halves. */
START_TEST(limits)
{
	static const float w[32] = {
		0, -0.0f, 65504, 65519, 65520, 70000, -65504, -65520, -1e30f, 1e30f,
		INFINITY, -INFINITY, 0x1p-24f, 0x1p-25f, 0x1.8p-25f, -0x1.8p-24f, 0x1p-126f,
		1 + 0x1p-11f, 1 + 0x1.8p-10f, 1 + 0x1.000002p-11f, 2048.5f, 2049, 2051,
	};

	check(&kt_types[0], (const uint8_t *)w, 1, 32);
}
END_TEST

/* The largest scales that a file can have. */
START_TEST(large_scales)
{
	const struct kt_type *t = &kt_types[_i];
	const u32 cols = 2048, n = cols / kt_info(t)->block_len;
	uint8_t *w = kt_matrix(t, 1, cols);

	for (u32 i = 0; t->unpack && i < n; i++) {
		static const uint16_t most = 0x7bff;

		for (int k = 0; k < 2; k++)
			memcpy(w + i * kt_info(t)->block_size + t->half[k], &most, 2);
	}
	check(t, w, 1, cols);
}
END_TEST

START_TEST(no_kernel)
{
	struct mutsu_agx_dequant a = { .type = MUTSU_F32, .rows = 1, .cols = 42 };
	struct mutsu_agx_launch launch;

	ck_assert_int_eq(mutsu_agx_dequant(&launch, &a), -ENOTSUP);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx dequant");
	TCase *tcase = tcase_create("dequant");

	tcase_add_loop_test(tcase, halves, 0, KT_N_TYPES * (int)COUNT(sizes));
	tcase_add_test(tcase, limits);
	tcase_add_loop_test(tcase, large_scales, 0, KT_N_TYPES);
	tcase_add_test(tcase, no_kernel);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
