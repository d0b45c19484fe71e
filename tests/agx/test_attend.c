// SPDX-License-Identifier: MIT
#include <errno.h>

#include "compute/agx/attend.h"
#include "compute/ops/attention.h"
#include "tests/kern/kern.h"
#include "tests/lib/gpu.h"

struct shape {
	u32 head_dim, n_head, n_head_kv, n_ctx, pos, n, window;
	bool f32;
};

static const struct shape shapes[] = {
	{ 8, 8, 4, 40, 0, 1, 0, false },
	{ 8, 8, 4, 40, 3, 5, 0, true },
	{ 32, 4, 4, 300, 250, 1, 0, false },
	{ 64, 4, 1, 70, 31, 3, 0, false },
	{ 64, 6, 2, 70, 0, 20, 0, true },
	{ 64, 9, 3, 600, 580, 1, 0, false },
	{ 80, 4, 4, 100, 64, 2, 0, false },
	{ 80, 2, 1, 50, 20, 2, 0, true },
	{ 128, 8, 2, 1030, 1023, 1, 0, false },
	{ 128, 8, 2, 60, 10, 9, 12, false },
	{ 128, 16, 1, 300, 280, 2, 100, false },
	{ 128, 4, 2, 300, 256, 1, 0, true },
	{ 128, 7, 1, 40, 0, 33, 7, true },
	{ 256, 4, 2, 200, 127, 2, 0, false },
	{ 256, 2, 1, 200, 190, 1, 64, true },
	{ 16, 2, 2, 9, 8, 1, 1, false },
	{ 136, 2, 1, 80, 60, 3, 0, false },
	{ 184, 4, 2, 80, 70, 2, 0, false },
	{ 216, 2, 1, 80, 70, 2, 0, true },
	{ 160, 2, 1, 80, 70, 2, 0, true },
	/* So many queries that each SIMD-group has eight of its own. */
	{ 24, 64, 8, 140, 3, 131, 0, false },
	{ 64, 60, 20, 150, 0, 140, 50, false },
	{ 80, 64, 64, 200, 70, 130, 0, false },
	{ 128, 64, 4, 140, 0, 130, 0, false },
	{ 144, 64, 4, 130, 0, 129, 100, false },
	{ 192, 64, 4, 130, 0, 129, 0, false },
	{ 200, 64, 4, 130, 0, 129, 0, false },
	{ 256, 64, 4, 130, 0, 129, 0, false },
};

struct run {
	const struct shape *s;
	struct mutsu_agx_attend a;
	struct gpu *gpu;
	float *out, *q;
	char *k, *v;
};

static float element(const struct run *run, const char *cache, u32 head, u32 pos, u32 i)
{
	const char *row = cache + head * run->a.head_size + (u64)pos * run->a.row_size;

	return run->s->f32 ? ((const float *)row)[i] :
			     mutsu_half_to_float(((const uint16_t *)row)[i]);
}

/* Positions that nothing has stored yet hold what would spoil any sum. */
static char *cache_create(const struct run *run, u32 filled)
{
	const struct shape *s = run->s;
	const size_t n = (size_t)s->n_head_kv * s->n_ctx * s->head_dim;
	char *cache = kt_buf(n * (s->f32 ? 4 : 2));

	for (size_t i = 0; i < n; i++) {
		const bool there = i / s->head_dim % s->n_ctx < filled;
		const float x = there ? kt_uniform(-2, 2) : NAN;

		if (s->f32)
			((float *)cache)[i] = x;
		else
			((uint16_t *)cache)[i] = mutsu_half_from_float(x);
	}
	return cache;
}

/* The definition in double: one query head, and the bound of each element. */
static void exact(const struct run *run, u32 r, u32 head, double *out, double *bound)
{
	const struct shape *s = run->s;
	const u32 pos = s->pos + r, kv = head / (s->n_head / s->n_head_kv);
	const u32 first = s->window && pos + 1 > s->window ? pos + 1 - s->window : 0;
	const float *q = run->q + r * run->a.q_stride + head * s->head_dim;
	double *w = kt_buf((pos + 1) * sizeof(*w)), sum = 0, largest = 0, top = -INFINITY;

	for (u32 j = first; j <= pos; j++) {
		double dot = 0, size = 0;

		for (u32 i = 0; i < s->head_dim; i++) {
			double product = (double)q[i] * (double)element(run, run->k, kv, j, i);

			dot += product;
			size += fabs(product);
		}
		w[j] = dot * (double)run->a.scale;
		top = fmax(top, w[j]);
		largest = fmax(largest, size * fabs((double)run->a.scale));
	}
	for (u32 j = first; j <= pos; j++)
		sum += w[j] = exp(w[j] - top);
	for (u32 i = 0; i < s->head_dim; i++) {
		out[i] = bound[i] = 0;
		for (u32 j = first; j <= pos; j++) {
			double v = (double)element(run, run->v, kv, j, i);

			out[i] += w[j] / sum * v;
			bound[i] += w[j] / sum * fabs(v);
		}
		bound[i] *= EPS * (4 * (s->head_dim + 16) * largest + pos + 1 - first + 64);
	}
}

/* The reference for all heads of a KV head, which has errors of its own. */
static void reference(const struct run *run, u32 r, u32 kv, float *out)
{
	const struct shape *s = run->s;
	const u32 n_group = s->n_head / s->n_head_kv, n_kv = s->pos + r + 1;
	const u32 first = s->window && n_kv > s->window ? n_kv - s->window : 0;
	const u64 at = kv * run->a.head_size + (u64)first * run->a.row_size;

	(s->f32 ? mutsu_attention_f32_ref : mutsu_attention_f16_ref)(&(struct mutsu_attention){
		.out = out,
		.q = run->q + r * run->a.q_stride + kv * n_group * s->head_dim,
		.k = run->k + at, .v = run->v + at,
		.k_stride = run->a.row_size, .v_stride = run->a.row_size,
		.n_kv = n_kv - first, .n_group = n_group, .head_dim = s->head_dim,
		.scale = run->a.scale,
		.scores = kt_buf(4ul * n_kv * n_group),
	});
}

static void check_row(const struct run *run, u32 r)
{
	const u32 n = run->s->head_dim, n_group = run->s->n_head / run->s->n_head_kv;
	const float *got = (float *)gpu_data(run->gpu, run->a.out) + r * run->a.out_stride;
	double *want = kt_buf(n * sizeof(*want)), *bound = kt_buf(n * sizeof(*bound));
	float *ref = kt_buf(4ul * n_group * n);

	for (u32 head = 0; head < run->s->n_head; head++) {
		exact(run, r, head, want, bound);
		if (head % n_group == 0)
			reference(run, r, head / n_group, ref);
		for (u32 i = 0; i < n; i++) {
			double x = (double)got[head * n + i];
			double y = (double)ref[head % n_group * n + i];

			ck_assert_msg(fabs(x - want[i]) <= bound[i],
				      "row %u, head %u: [%u] is %a, not %a +- %a", r, head, i, x,
				      want[i], bound[i]);
			ck_assert(fabs(x - y) <= 2 * bound[i]);
		}
	}
}

static void start(struct run *run, const struct shape *s, u32 n_max)
{
	const u32 q_stride = (s->n_head + 2 * s->n_head_kv) * s->head_dim + 4;
	const u32 out_stride = s->n_head * s->head_dim + 8;
	const u32 row_size = s->head_dim * (s->f32 ? 4 : 2);
	const size_t size = (size_t)s->n_head_kv * s->n_ctx * row_size;

	run->s = s;
	run->gpu = gpu_create();
	run->a = (struct mutsu_agx_attend){
		.out_stride = out_stride, .q_stride = q_stride, .row_size = row_size,
		.head_size = (u64)row_size * s->n_ctx, .n_head = s->n_head,
		.n_head_kv = s->n_head_kv, .head_dim = s->head_dim, .window = s->window,
		.scale = 1.0f / sqrtf((float)s->head_dim), .f32 = s->f32, .n = n_max,
	};
	run->q = kern_floats(n_max * q_stride, -2, 2);
	run->out = kern_floats(n_max * out_stride, 5, 6);
	run->k = cache_create(run, s->pos + s->n);
	run->v = cache_create(run, s->pos + s->n);
	run->a.q = gpu_buffer(run->gpu, run->q, 4ul * n_max * q_stride);
	run->a.out = gpu_buffer(run->gpu, run->out, 4ul * n_max * out_stride);
	run->a.k = gpu_buffer(run->gpu, run->k, size);
	run->a.v = gpu_buffer(run->gpu, run->v, size);
}

START_TEST(attend_shapes)
{
	const struct shape *s = &shapes[_i];
	const u32 n_max = s->n + 3, width = s->n_head * s->head_dim;
	struct run run;
	struct mutsu_agx_launch launch;
	const float *got;

	start(&run, s, n_max);
	got = gpu_data(run.gpu, run.a.out);
	ck_assert_int_eq(mutsu_agx_attend(&launch, &run.a), 0);
	gpu_launch(run.gpu, &launch, &(struct mutsu_agx_step){ .n = s->n, .pos = s->pos });
	for (u32 r = 0; r < n_max; r++) {
		const u32 from = r * run.a.out_stride + (r < s->n ? width : 0);

		/* The definition takes its time: of many rows, some, and the last ones. */
		if (r < s->n && (s->n < 100 || r % 16 == 1 || r + 2 > s->n))
			check_row(&run, r);
		kern_assert_same(run.out + from, got + from, (r + 1) * run.a.out_stride - from,
				 "behind or between rows, row %u", r);
	}
	gpu_destroy(run.gpu);
}
END_TEST

START_TEST(attend_refused)
{
	static const struct mutsu_agx_attend refused[] = {
		{ .head_dim = 264, .row_size = 528, .n_head = 1, .n_head_kv = 1, .n = 1 },
		{ .head_dim = 12, .row_size = 24, .n_head = 1, .n_head_kv = 1, .n = 1 },
		{ .head_dim = 8, .row_size = 16, .n_head = 2, .n_head_kv = 2, .n = 1,
		  .head_size = 1ull << 32 },
		{ .head_dim = 8, .row_size = 16, .n_head = 16, .n_head_kv = 1, .n = 8192 },
	};
	struct mutsu_agx_launch launch;

	ck_assert_int_eq(mutsu_agx_attend(&launch, &refused[_i]), -ENOTSUP);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx attend");
	TCase *tcase = tcase_create("attend");

	tcase_add_loop_test(tcase, attend_shapes, 0, COUNT(shapes));
	tcase_add_loop_test(tcase, attend_refused, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
