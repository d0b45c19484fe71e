// SPDX-License-Identifier: MIT
/*
 * The kernels in tests/isa/kernels, assembled and executed, against plain C: what
 * a kernel's author relies on, from the record to control flow and matrices.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/half.h"
#include "tests/lib/gpu.h"
#include "tests/lib/suite.h"

static struct agx_unit *assemble(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "tests/isa/kernels/%s.agx", name);
	return gpu_assemble_file(path);
}

static float *random_floats(size_t n, float lo, float hi)
{
	float *f = kt_buf(n * sizeof(*f));

	for (size_t i = 0; i < n; i++)
		f[i] = kt_uniform(lo, hi);
	return f;
}

START_TEST(copy)
{
	struct agx_unit *unit = assemble("copy");
	struct gpu *gpu = gpu_create();
	u32 n = 100, words[400];
	u64 src, dst;

	for (u32 i = 0; i < 400; i++)
		words[i] = (u32)kt_random();
	src = gpu_buffer(gpu, words, sizeof(words));
	dst = gpu_buffer(gpu, NULL, sizeof(words));
	/* More threads than vectors: the buffers end where they are told to. */
	gpu_run(gpu, unit->kernel, (u32[]){ 160, 1, 1 }, (u32[]){ 64, 1, 1 },
		(u64[]){ src, dst, n });
	ck_assert(!memcmp(gpu_data(gpu, dst), words, sizeof(words)));
	gpu_destroy(gpu);
	agx_unit_free(unit);
}
END_TEST

START_TEST(saxpy)
{
	struct agx_unit *unit = assemble("saxpy");
	struct gpu *gpu = gpu_create();
	u32 n = 1000;
	float *x = random_floats(n, -10, 10), *y = random_floats(n, -10, 10), a = 1.7f;
	u64 xb = gpu_buffer(gpu, x, 4 * n), yb = gpu_buffer(gpu, y, 4 * n);

	gpu_run(gpu, unit->kernel, (u32[]){ 1024, 1, 1 }, (u32[]){ 128, 1, 1 },
		(u64[]){ xb, yb, gpu_f32(a), n });
	for (u32 i = 0; i < n; i++)
		ck_assert_float_eq(((float *)gpu_data(gpu, yb))[i], fmaf(a, x[i], y[i]));
	gpu_destroy(gpu);
	agx_unit_free(unit);
}
END_TEST

START_TEST(reduce)
{
	struct agx_unit *unit = assemble("reduce");
	struct gpu *gpu = gpu_create();
	u32 n = 700, groups = 3;
	float *x = random_floats(n, -1, 1);
	u64 src = gpu_buffer(gpu, x, 4 * n), dst = gpu_buffer(gpu, NULL, 4 * groups);

	gpu_run(gpu, unit->kernel, (u32[]){ 256 * groups, 1, 1 }, NULL, (u64[]){ src, dst, n });
	for (u32 g = 0; g < groups; g++) {
		float sum[256];

		for (u32 i = 0; i < 256; i++)
			sum[i] = 256 * g + i < n ? x[256 * g + i] : 0;
		for (u32 half = 128; half; half /= 2) {
			for (u32 i = 0; i < half; i++)
				sum[i] += sum[i + half];
		}
		ck_assert_float_eq(((float *)gpu_data(gpu, dst))[g], sum[0]);
	}
	gpu_destroy(gpu);
	agx_unit_free(unit);
}
END_TEST

START_TEST(transpose)
{
	struct agx_unit *unit = assemble("transpose");
	struct gpu *gpu = gpu_create();
	u32 w = 53, h = 38, *words = kt_buf(4ul * w * h);
	u64 src, dst = gpu_buffer(gpu, NULL, 4ul * w * h);
	const u32 *got = gpu_data(gpu, dst);

	for (u32 i = 0; i < w * h; i++)
		words[i] = i;
	src = gpu_buffer(gpu, words, 4ul * w * h);
	gpu_run(gpu, unit->kernel, (u32[]){ 64, 48, 1 }, NULL, (u64[]){ src, dst, w, h });
	for (u32 y = 0; y < h; y++) {
		for (u32 x = 0; x < w; x++)
			ck_assert_uint_eq(got[x * h + y], y * w + x);
	}
	gpu_destroy(gpu);
	agx_unit_free(unit);
}
END_TEST

START_TEST(gemm)
{
	struct agx_unit *unit = assemble("gemm");
	struct gpu *gpu = gpu_create();
	enum { M = 48, N = 32, K = 40 };
	u16 a[M * K], b[K * N];
	u64 ab, bb, cb = gpu_buffer(gpu, NULL, 4ul * M * N);
	const float *c = gpu_data(gpu, cb);

	for (u32 i = 0; i < M * K; i++)
		a[i] = mutsu_half_from_float(kt_uniform(-2, 2));
	for (u32 i = 0; i < N * K; i++)
		b[i] = mutsu_half_from_float(kt_uniform(-2, 2));
	ab = gpu_buffer(gpu, a, sizeof(a));
	bb = gpu_buffer(gpu, b, sizeof(b));
	gpu_run(gpu, unit->kernel, (u32[]){ N / 16 * 32, M / 16, 1 }, NULL,
		(u64[]){ ab, bb, cb, N, K });
	for (u32 i = 0; i < M; i++) {
		for (u32 j = 0; j < N; j++) {
			float sum = 0;

			for (u32 k = 0; k < K; k++)
				sum = fmaf(mutsu_half_to_float(a[i * K + k]),
					   mutsu_half_to_float(b[k * N + j]), sum);
			ck_assert_msg(c[i * N + j] == sum, "%u, %u: %g, not %g", i, j,
				      (double)c[i * N + j], (double)sum);
		}
	}
	gpu_destroy(gpu);
	agx_unit_free(unit);
}
END_TEST

/* exp2 is within an ulp, sums are in another order, and there is a division. */
#define SOFTMAX_ERROR 1e-6

START_TEST(softmax)
{
	struct agx_unit *unit = assemble("softmax");
	struct gpu *gpu = gpu_create();
	enum { ROWS = 5 };
	static const u32 lengths[] = { 1, 31, 32, 33, 100 };

	for (u32 l = 0; l < ARRAY_SIZE(lengths); l++) {
		u32 n = lengths[l];
		float *x = random_floats((size_t)ROWS * n, -20, 20);
		u64 xb = gpu_buffer(gpu, x, 4ul * ROWS * n);
		u64 yb = gpu_buffer(gpu, NULL, 4ul * ROWS * n);
		const float *y = gpu_data(gpu, yb);

		gpu_run(gpu, unit->kernel, (u32[]){ 32 * ROWS, 1, 1 }, NULL,
			(u64[]){ xb, yb, n });
		for (u32 r = 0; r < ROWS; r++, x += n, y += n) {
			double max = -INFINITY, sum = 0;

			for (u32 i = 0; i < n; i++)
				max = fmax(max, (double)x[i]);
			for (u32 i = 0; i < n; i++)
				sum += exp((double)x[i] - max);
			for (u32 i = 0; i < n; i++) {
				double want = exp((double)x[i] - max) / sum;

				ck_assert_msg(fabs((double)y[i] - want) <= SOFTMAX_ERROR,
					      "%u of %u: %g, not %g", i, n, (double)y[i], want);
			}
		}
	}
	gpu_destroy(gpu);
	agx_unit_free(unit);
}
END_TEST

/* Only the order of additions differs; the terms are up to 8 * 2 * 2. */
#define DOT_ERROR 1e-3

START_TEST(dot_q4_0)
{
	struct agx_unit *unit = assemble("dot_q4_0");
	struct gpu *gpu = gpu_create();
	enum { ROWS = 3, BLOCKS = 37, LENGTH = 32 * BLOCKS };
	struct {
		u16 d;
		u8 q[16];
	} w[ROWS * BLOCKS];
	float *x = random_floats(LENGTH, -2, 2);
	u64 wb, xb = gpu_buffer(gpu, x, 4ul * LENGTH), yb = gpu_buffer(gpu, NULL, 4ul * ROWS);
	const float *y = gpu_data(gpu, yb);

	for (u32 i = 0; i < ROWS * BLOCKS; i++) {
		w[i].d = mutsu_half_from_float(kt_uniform(-2, 2));
		for (u32 j = 0; j < 16; j++)
			w[i].q[j] = (u8)kt_random();
	}
	wb = gpu_buffer(gpu, w, sizeof(w));
	gpu_run(gpu, unit->kernel, (u32[]){ 32 * ROWS, 1, 1 }, NULL,
		(u64[]){ wb, xb, yb, BLOCKS });
	for (u32 r = 0; r < ROWS; r++) {
		double sum = 0;

		for (u32 i = 0; i < LENGTH; i++) {
			u32 block = r * BLOCKS + i / 32, j = i % 32, q = w[block].q[j % 16];

			q = j < 16 ? q & 15 : q >> 4;
			sum += (double)mutsu_half_to_float(w[block].d) * ((int)q - 8) *
			       (double)x[i];
		}
		ck_assert_msg(fabs((double)y[r] - sum) <= DOT_ERROR, "row %u: %g, not %g", r,
			      (double)y[r], sum);
	}
	gpu_destroy(gpu);
	agx_unit_free(unit);
}
END_TEST

START_TEST(collatz)
{
	struct agx_unit *unit = assemble("collatz");
	struct gpu *gpu = gpu_create();
	enum { COUNT = 200, LIMIT = 100 };
	u32 x[COUNT];
	u64 xb, sb = gpu_buffer(gpu, NULL, sizeof(x)), ob = gpu_buffer(gpu, NULL, sizeof(x));
	const u32 *steps = gpu_data(gpu, sb), *odd = gpu_data(gpu, ob);

	for (u32 i = 0; i < COUNT; i++)
		x[i] = i < 50 ? i + 1 : 1 + kt_below(100000);
	xb = gpu_buffer(gpu, x, sizeof(x));
	gpu_run(gpu, unit->kernel, (u32[]){ 256, 1, 1 }, (u32[]){ 64, 1, 1 },
		(u64[]){ xb, sb, ob, COUNT, LIMIT });
	for (u32 i = 0; i < COUNT; i++) {
		u32 v = x[i], n = 0, odds = 0;

		for (; v != 1 && n < LIMIT; n++) {
			odds += v & 1;
			v = v & 1 ? 3 * v + 1 : v >> 1;
		}
		ck_assert_uint_eq(steps[i], v == 1 ? n : 0xffffffff);
		ck_assert_uint_eq(odd[i], odds);
	}
	gpu_destroy(gpu);
	agx_unit_free(unit);
}
END_TEST

START_TEST(histogram)
{
	struct agx_unit *unit = assemble("histogram");
	struct gpu *gpu = gpu_create();
	enum { WORDS = 700 };
	u32 words[WORDS];
	u64 src;

	for (u32 i = 0; i < WORDS; i++)
		words[i] = (u32)kt_random() & (u32)kt_random();
	src = gpu_buffer(gpu, words, sizeof(words));
	for (u32 bins = 1; bins <= 256; bins *= 2) {
		u64 counts = gpu_buffer(gpu, NULL, 4ul * bins);
		const u32 *got = gpu_data(gpu, counts);
		u32 want[256] = { 0 };

		for (u32 i = 0; i < 4 * WORDS; i++)
			want[((const u8 *)words)[i] * bins / 256]++;
		gpu_run(gpu, unit->kernel, (u32[]){ 768, 1, 1 }, NULL,
			(u64[]){ src, counts, WORDS, bins });
		for (u32 i = 0; i < bins; i++)
			ck_assert_msg(got[i] == want[i], "bin %u of %u: %u, not %u", i, bins, got[i],
				      want[i]);
	}
	gpu_destroy(gpu);
	agx_unit_free(unit);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kernels");
	TCase *tc = tcase_create("kernels");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, copy);
	tcase_add_test(tc, saxpy);
	tcase_add_test(tc, reduce);
	tcase_add_test(tc, transpose);
	tcase_add_test(tc, gemm);
	tcase_add_test(tc, softmax);
	tcase_add_test(tc, dot_q4_0);
	tcase_add_test(tc, collatz);
	tcase_add_test(tc, histogram);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
