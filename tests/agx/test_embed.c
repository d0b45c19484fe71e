// SPDX-License-Identifier: MIT
#include "compute/agx/embed.h"

#include <errno.h>

#include "kt_matvec.h"

#define N 4u
#define VOCAB 9u

static const u32 widths[] = { 32, 64, 172, 288, 512, 1024, 1376, 4096 };

/* A zero is a zero. */
static void normalise(float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] += 0.0f;
}

START_TEST(rows)
{
	const struct kt_type *t = &kt_types[_i / (int)COUNT(widths)];
	const u32 len = kt_info(t)->block_len, align = len < 4 ? 4 : len;
	const u32 cols = (widths[_i % (int)COUNT(widths)] + align - 1) / align * align;
	const u32 stride = cols + 20;
	const size_t row_size = mutsu_type_row_size(t->type, cols);
	const s32 token[N] = { 0, VOCAB - 1, 3, 5 };
	uint8_t *w = kt_matrix(t, VOCAB, cols);
	float *want = kern_floats((size_t)N * stride, -1, 1);
	struct gpu *gpu = gpu_create();
	struct mutsu_agx_embed a = {
		.y = gpu_buffer(gpu, want, 4ul * N * stride),
		.w = gpu_buffer(gpu, w, VOCAB * row_size),
		.token = gpu_buffer(gpu, token, sizeof(token)), .type = t->type, .cols = cols,
		.y_stride = stride, .scale = _i % 2 ? 1.0f : 11.3137f, .n = N,
	};
	struct mutsu_agx_launch launch;

	ck_assert_int_eq(mutsu_agx_embed(&launch, &a), 0);
	gpu_launch(gpu, &launch, &(struct mutsu_agx_step){ .n = N - 1 });
	for (u32 r = 0; r < N - 1; r++) {
		t->dequant(want + r * stride, w + (size_t)token[r] * row_size, cols);
		for (u32 i = 0; i < cols; i++)
			want[r * stride + i] *= a.scale;
	}
	normalise(want, (size_t)N * stride);
	normalise(gpu_data(gpu, a.y), (size_t)N * stride);
	kern_assert_same(want, (float *)gpu_data(gpu, a.y), (size_t)N * stride, "%s, cols %u",
			 kt_info(t)->name, cols);
	gpu_destroy(gpu);
}
END_TEST

START_TEST(no_kernel)
{
	struct mutsu_agx_embed a = { .type = MUTSU_F16, .cols = 42, .n = 1 };
	struct mutsu_agx_launch launch;

	ck_assert_int_eq(mutsu_agx_embed(&launch, &a), -ENOTSUP);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx embed");
	TCase *tcase = tcase_create("embed");

	tcase_add_loop_test(tcase, rows, 0, KT_N_TYPES * (int)COUNT(widths));
	tcase_add_test(tcase, no_kernel);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
