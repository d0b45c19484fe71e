// SPDX-License-Identifier: MIT
#include <errno.h>

#include "compute/agx/qkv.h"
#include "compute/ops/activation.h"
#include "compute/ops/rmsnorm.h"
#include "compute/ops/rope.h"
#include "tests/kern/kern.h"
#include "tests/lib/gpu.h"

#define ROWS	4u		/* that the launch is made for */
#define STEP_N	3u
#define POS	2u
#define N_CTX	7u

/* A model, and what of it is on the GPU. */
struct shape {
	u32 head_dim, n_pairs, n_head, n_head_kv;
	bool neox, f32, norm_q, norm_k;
};

static const struct shape shapes[] = {
	{ 8, 4, 8, 4, false, false, false, false },
	{ 8, 4, 2, 1, true, true, true, true },
	{ 64, 32, 3, 1, true, false, true, true },
	{ 64, 32, 4, 4, false, true, false, false },
	{ 80, 16, 2, 2, true, false, false, false },
	{ 80, 16, 2, 2, false, true, false, true },
	{ 96, 48, 2, 1, true, false, true, false },
	{ 128, 64, 8, 2, true, false, true, true },
	{ 128, 64, 4, 2, false, false, false, false },
	{ 256, 128, 2, 1, true, false, true, true },
	{ 256, 32, 2, 1, false, true, true, true },
	{ 200, 7, 2, 1, true, true, false, false },
};

/* Elements that are as they were, or as they are to be, bit for bit: denormals are zeros. */
static void assert_row(const float *want, const float *got, u32 n, double bound,
		       const char *what)
{
	for (u32 i = 0; i < n; i++) {
		float w = fabsf(want[i]) < 0x1p-126f ? 0 : want[i];
		double limit = bound * fmax(fabs((double)w), bound ? 1 : 0);

		ck_assert_msg(fabs((double)got[i] - (double)w) <= limit,
			      "%s[%u] is %a, not %a", what, i, (double)got[i], (double)w);
	}
}

/*
 * Relative to the norm's elements, of which a rotation adds two that the norm keeps below
 * 2 * sqrt(256 / 3): their rows are uniform, and weights at most 2.
 */
static double norm_bound(bool norm)
{
	return norm ? 0x1p-19 * 16 : 0;
}

/* Head of a row, after the reference. */
static void reference(const struct shape *s, float *x, const float *cs, const float *norm)
{
	if (norm)
		mutsu_rmsnorm_ref(x, x, norm, s->head_dim, 1e-6f);
	(s->neox ? mutsu_rope_neox_ref : mutsu_rope_norm_ref)(x, cs, 1, s->head_dim, s->n_pairs);
}

struct run {
	const struct shape *s;
	struct mutsu_agx_qkv a;
	struct gpu *gpu;
	float *qkv, *rope, *norm_q, *norm_k;
	char *cache;		/* what was in either of them */
	size_t cache_size;
};

static void check_cache(const struct run *run, u64 cache, u32 head, u32 r, const float *want,
			double bound)
{
	const u32 n = run->s->head_dim;
	const char *at = (char *)gpu_data(run->gpu, cache) + head * run->a.head_size +
			 (POS + r) * run->a.row_size;
	float *got = kt_buf(n * sizeof(*got));
	uint16_t *halves = kt_buf(n * sizeof(*halves));

	if (run->s->f32) {
		assert_row(want, memcpy(got, at, n * sizeof(*got)), n, bound, "cache");
		return;
	}
	mutsu_activation_f16_ref(halves, want, n);
	if (!bound) {
		ck_assert_mem_eq(halves, at, n * sizeof(*halves));
		return;
	}
	for (u32 i = 0; i < n; i++)
		got[i] = mutsu_half_to_float(((const uint16_t *)at)[i]);
	assert_row(want, got, n, bound + 0x1p-11, "cache");
}

static void check_row(const struct run *run, u32 r)
{
	const struct shape *s = run->s;
	const u32 n_q = s->n_head, n_k = s->n_head_kv, n = s->head_dim;
	const float *was = run->qkv + r * run->a.stride;
	const float *now = (float *)gpu_data(run->gpu, run->a.qkv) + r * run->a.stride;
	const float *cs = run->rope + r * run->a.rope_stride;

	for (u32 head = 0; head < n_q + 2 * n_k; head++) {
		const bool norm = head < n_q ? s->norm_q : head < n_q + n_k && s->norm_k;
		float *x = kern_copy(was + head * n, n);

		if (head < n_q + n_k)
			reference(s, x, cs, !norm ? NULL : head < n_q ? run->norm_q : run->norm_k);
		if (head < n_q) {
			assert_row(x, now + head * n, n, norm_bound(norm), "q");
			continue;
		}
		kern_assert_same(was + head * n, now + head * n, n, "head %u", head);
		check_cache(run, head < n_q + n_k ? run->a.k : run->a.v, (head - n_q) % n_k, r, x,
			    norm_bound(norm));
	}
}

/* Positions that have no row are as they were. */
static void check_rest(const struct run *run, u64 cache)
{
	const char *now = gpu_data(run->gpu, cache);

	for (size_t i = 0; i < run->cache_size; i++) {
		u32 pos = (u32)(i / run->a.row_size % N_CTX);

		if (pos < POS || pos >= POS + STEP_N)
			ck_assert_int_eq(now[i], run->cache[i]);
	}
}

static void start(struct run *run, const struct shape *s)
{
	const u32 heads = s->n_head + 2 * s->n_head_kv;
	const u32 stride = heads * s->head_dim + 16, rope_stride = 2 * s->n_pairs + 4;
	const u32 row_size = s->head_dim * (s->f32 ? 4 : 2);

	run->s = s;
	run->gpu = gpu_create();
	run->qkv = kern_floats(ROWS * stride, -3, 3);
	run->rope = kern_floats(ROWS * rope_stride, -1, 1);
	run->norm_q = kern_floats(s->head_dim, -1, 2);
	run->norm_k = kern_floats(s->head_dim, -1, 2);
	run->cache_size = (size_t)s->n_head_kv * N_CTX * row_size;
	run->cache = kt_buf(run->cache_size);
	memset(run->cache, 77, run->cache_size);
	run->a = (struct mutsu_agx_qkv){
		.qkv = gpu_buffer(run->gpu, run->qkv, 4ul * ROWS * stride), .stride = stride,
		.rope = gpu_buffer(run->gpu, run->rope, 4ul * ROWS * rope_stride),
		.rope_stride = rope_stride,
		.norm_q = s->norm_q ? gpu_buffer(run->gpu, run->norm_q, 4ul * s->head_dim) : 0,
		.norm_k = s->norm_k ? gpu_buffer(run->gpu, run->norm_k, 4ul * s->head_dim) : 0,
		.k = gpu_buffer(run->gpu, run->cache, run->cache_size),
		.v = gpu_buffer(run->gpu, run->cache, run->cache_size),
		.row_size = row_size, .head_size = (u64)row_size * N_CTX,
		.n_head = s->n_head, .n_head_kv = s->n_head_kv, .head_dim = s->head_dim,
		.n_pairs = s->n_pairs, .neox = s->neox, .f32 = s->f32, .eps = 1e-6f, .n = ROWS,
	};
}

static void finish(const struct run *run)
{
	const struct mutsu_agx_step step = { .n = STEP_N, .pos = POS };
	const u32 stride = run->a.stride, end = stride - 16;
	struct mutsu_agx_launch launch;
	const float *now = gpu_data(run->gpu, run->a.qkv);

	ck_assert_int_eq(mutsu_agx_qkv(&launch, &run->a), 0);
	gpu_launch(run->gpu, &launch, &step);
	for (u32 r = 0; r < STEP_N; r++) {
		check_row(run, r);
		kern_assert_same(run->qkv + r * stride + end, now + r * stride + end, 16, "between");
	}
	kern_assert_same(run->qkv + STEP_N * stride, now + STEP_N * stride, stride, "behind");
	check_rest(run, run->a.k);
	check_rest(run, run->a.v);
	gpu_destroy(run->gpu);
}

START_TEST(qkv_shapes)
{
	struct run run;

	start(&run, &shapes[_i]);
	finish(&run);
}
END_TEST

/* Without norms every bit is known, also of numbers that the cache cannot hold. */
START_TEST(qkv_saturates)
{
	struct shape s = shapes[_i];
	struct run run;

	s.norm_q = s.norm_k = false;
	start(&run, &s);
	for (u32 i = 0; i < ROWS * run.a.stride; i++)
		run.qkv[i] = ldexpf(kt_uniform(-1, 1), (int)kt_below(50) - 30);
	memcpy(gpu_data(run.gpu, run.a.qkv), run.qkv, 4ul * ROWS * run.a.stride);
	finish(&run);
}
END_TEST

START_TEST(qkv_refused)
{
	struct mutsu_agx_launch launch;
	struct mutsu_agx_qkv long_heads = { .head_dim = 264, .row_size = 528 };
	struct mutsu_agx_qkv large = { .head_dim = 8, .row_size = 16, .head_size = 1ull << 32,
				       .n_head_kv = 2 };

	ck_assert_int_eq(mutsu_agx_qkv(&launch, &long_heads), -ENOTSUP);
	ck_assert_int_eq(mutsu_agx_qkv(&launch, &large), -ENOTSUP);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx qkv");
	TCase *tcase = tcase_create("qkv");

	tcase_add_loop_test(tcase, qkv_shapes, 0, COUNT(shapes));
	tcase_add_loop_test(tcase, qkv_saturates, 0, COUNT(shapes));
	tcase_add_test(tcase, qkv_refused);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
