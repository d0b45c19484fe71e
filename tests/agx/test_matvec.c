// SPDX-License-Identifier: MIT
#include "compute/agx/matvec.h"

#include <errno.h>

#include "kt_matvec.h"

/* See compute/agx/matvec.h. */
#define BOUND (96 * 0x1p-24)

#define N_EXPERTS 3

/* What a test computes, beside its type. */
struct shape {
	u32 rows, cols, n, step_n, per_row, x_div;
	bool bias, experts, outputs;
};

struct operands {
	const struct kt_type *t;
	const struct shape *s;
	uint8_t *w;
	float *x, *y, *bias;
	s32 *expert;
	u32 x_stride, y_stride;
};

static void make(struct operands *o, const struct kt_type *t, const struct shape *s)
{
	*o = (struct operands){
		.t = t, .s = s,
		.x_stride = (s->cols + 15) / 16 * 16, .y_stride = (s->rows + 15) / 16 * 16 + 16,
	};
	o->w = kt_matrix(t, s->rows * (s->experts ? N_EXPERTS : 1), s->cols);
	o->x = kern_floats((size_t)s->n * o->x_stride, -2, 2);
	o->y = kern_floats((size_t)s->n * o->y_stride, -9, 9);
	o->bias = kern_floats(s->rows, -3, 3);
	o->expert = kt_buf(s->n * sizeof(*o->expert));
	for (u32 i = 0; i < s->n; i++)
		o->expert[i] = (s32)kt_below(N_EXPERTS);
}

static void check_row(const struct operands *o, const float *got, u32 r)
{
	const size_t row_size = mutsu_type_row_size(o->t->type, o->s->cols);
	const size_t first = o->s->experts ? (size_t)o->expert[r] * o->s->rows : 0;

	for (u32 i = 0; i < o->s->rows; i++) {
		struct kt_sum want = kt_product(o->t, o->w + (first + i) * row_size, o->s->cols,
						o->x + r / o->s->x_div * o->x_stride,
						o->s->bias ? o->bias[i] : 0);
		double off = fabs((double)got[i] - want.exact);

		ck_assert_msg(off <= BOUND * want.size,
			      "%s, %u x %u, y[%u][%u] is %a, not %a: %g of what is allowed",
			      kt_info(o->t)->name, o->s->rows, o->s->cols, r, i, (double)got[i],
			      want.exact, off / (BOUND * want.size));
	}
}

static void check(const struct operands *o, const float *y)
{
	const u32 n = o->s->step_n * o->s->per_row;

	for (u32 r = 0; r < o->s->n; r++) {
		const size_t at = (size_t)r * o->y_stride, end = r < n ? o->s->rows : 0;

		if (r < n)
			check_row(o, y + at, r);
		kern_assert_same(o->y + at + end, y + at + end, o->y_stride - end,
				 "%s: what is no result", kt_info(o->t)->name);
	}
}

static void run(const struct kt_type *t, const struct shape *s)
{
	const size_t matrices = s->experts ? N_EXPERTS : 1;
	struct gpu *gpu = gpu_create();
	struct mutsu_agx_launch launch;
	struct mutsu_agx_matvec a;
	struct operands o;
	/* The last row of x ends where it ends; that of y does not need its padding either. */
	size_t y_size, x_size;

	make(&o, t, s);
	y_size = 4ul * s->n * o.y_stride;
	x_size = 4ul * ((s->n - 1) / s->x_div * o.x_stride + s->cols);
	a = (struct mutsu_agx_matvec){
		.y = gpu_buffer(gpu, o.y, y_size), .x = gpu_buffer(gpu, o.x, x_size),
		.w = gpu_buffer(gpu, o.w, matrices * s->rows *
				mutsu_type_row_size(t->type, s->cols)),
		.bias = s->bias ? gpu_buffer(gpu, o.bias, 4ul * s->rows) : 0,
		.expert = s->experts ? gpu_buffer(gpu, o.expert, 4ul * s->n) : 0,
		.type = t->type, .rows = s->rows, .cols = s->cols, .n = s->n,
		.y_stride = o.y_stride, .x_stride = o.x_stride, .per_row = s->per_row,
		.x_div = s->x_div, .outputs = s->outputs,
	};
	ck_assert_int_eq(mutsu_agx_matvec(&launch, &a), 0);
	gpu_launch(gpu, &launch, &(struct mutsu_agx_step){
		.n = s->outputs ? 0 : s->step_n, .n_out = s->outputs ? s->step_n : 0,
	});
	check(&o, gpu_data(gpu, a.y));
	gpu_destroy(gpu);
}

/* cols are rounded up to blocks. */
static const struct shape shapes[] = {
	{ 1, 1, 1, 1, 1, 1, false, false, false },
	{ 3, 64, 3, 2, 1, 1, true, false, false },
	{ 900, 64, 1, 1, 1, 1, false, false, false },
	{ 33, 288, 1, 1, 1, 1, false, false, false },
	{ 200, 160, 1, 1, 1, 1, false, false, false },
	{ 300, 288, 1, 1, 1, 1, false, false, false },
	{ 172, 512, 1, 1, 1, 1, true, false, false },
	{ 512, 512, 1, 1, 1, 1, false, false, false },
	{ 32, 544, 3, 1, 1, 1, false, false, true },
	{ 33, 1024, 3, 2, 1, 1, true, false, true },
	{ 172, 1376, 1, 1, 1, 1, false, false, false },
	{ 33, 2560, 1, 1, 1, 1, false, false, false },
	{ 300, 4096, 1, 1, 1, 1, false, false, false },
	{ 5, 11008, 1, 1, 1, 1, true, false, false },
	{ 35, 512, 6, 2, 2, 2, false, true, false },
	{ 32, 288, 6, 1, 3, 1, false, true, false },
	{ 3, 544, 9, 2, 3, 3, true, true, false },
};

START_TEST(products)
{
	const struct kt_type *t = &kt_types[_i / (int)COUNT(shapes)];
	const u32 len = kt_info(t)->block_len < 32 ? 32 : kt_info(t)->block_len;
	struct shape s = shapes[_i % (int)COUNT(shapes)];

	s.cols = (s.cols + len - 1) / len * len;
	run(t, &s);
}
END_TEST

/* No multiples of 32. */
START_TEST(any_cols)
{
	static const u32 cols[] = { 4, 12, 36, 172, 252, 516, 1028, 1372, 2044, 5004 };
	const u32 k = (u32)_i % COUNT(cols);

	run(&kt_types[_i / (int)COUNT(cols)], &(struct shape){
		k % 2 ? 33 : 64, cols[k], 2, 1 + k % 2, 1, 1, k % 3 == 0, false, false,
	});
}
END_TEST

START_TEST(longest)
{
	run(&kt_types[_i], &(struct shape){ 3, 28672, 1, 1, 1, 1, false, false, false });
}
END_TEST

START_TEST(no_kernel)
{
	struct mutsu_agx_matvec odd = {
		.type = MUTSU_F16, .rows = 4, .cols = 42, .n = 1, .per_row = 1, .x_div = 1,
	};
	struct mutsu_agx_matvec large = {
		.type = MUTSU_Q4_K, .rows = 1u << 24, .cols = 512, .n = 1, .per_row = 1, .x_div = 1,
	};
	struct mutsu_agx_launch launch;

	ck_assert_int_eq(mutsu_agx_matvec(&launch, &odd), -ENOTSUP);
	ck_assert_int_eq(mutsu_agx_matvec(&launch, &large), -ENOTSUP);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("agx matvec");
	TCase *tcase = tcase_create("matvec");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, products, 0, KT_N_TYPES * (int)COUNT(shapes));
	tcase_add_loop_test(tcase, any_cols, 0, KT_N_FLOATS * 10);
	tcase_add_loop_test(tcase, longest, 0, KT_N_TYPES);
	tcase_add_test(tcase, no_kernel);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
