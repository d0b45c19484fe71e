// SPDX-License-Identifier: MIT
/*
 * Matrix products: every implementation against the reference, bit for bit, in
 * odd shapes between unreadable pages; the reference against doubles.
 */
#include "compute/ops/matmul.h"

#include <math.h>
#include <stdlib.h>

#include "compute/half.h"
#include "kt_matmul.h"
#include "tests/lib/suite.h"

/* A half that is finite: often ordinary, sometimes the largest, smallest, zero. */
static uint16_t random_half(void)
{
	static const uint16_t extreme[] = { 0, 0x8000, 1, 0x8001, 0x3ff, 0x7bff, 0xfbff };

	if (!kt_below(4))
		return extreme[kt_below(sizeof(extreme) / sizeof(extreme[0]))];
	return (uint16_t)(kt_below(2) << 15 | kt_below(0x7c00));
}

static float random_scale(void)
{
	int exponent = kt_below(4) ? (int)kt_below(16) - 8 : (int)kt_below(200) - 140;

	return ldexpf(kt_uniform(-1, 1), exponent);
}

/* Any bytes, or the same in all of a block, which makes the largest sums. */
static void fill_weights(const struct kt_type *type, char *w, size_t elements)
{
	const struct mutsu_type_info *info = mutsu_type_info(type->type);

	for (size_t i = 0; i < elements / info->block_len; i++, w += info->block_size) {
		bool same = !kt_below(4);
		int byte = kt_below(2) ? (int)kt_below(256) : 0x80;
		float f = kt_uniform(-1, 1);
		uint16_t h = random_half();

		switch (type->type) {
		case MUTSU_F32:
			memcpy(w, &f, sizeof(f));
			continue;
		case MUTSU_F16:
			memcpy(w, &h, sizeof(h));
			continue;
		case MUTSU_BF16:
			h = (uint16_t)(mutsu_float_bits(random_scale()) >> 16);
			memcpy(w, &h, sizeof(h));
			continue;
		default:
			break;
		}
		for (size_t j = 0; j < info->block_size; j++)
			w[j] = (char)(same ? byte : (int)kt_below(256));
		kt_put_half(w, type->d, random_half());
		kt_put_half(w, type->m, random_half());
	}
}

static int8_t random_q(int kind)
{
	if (kind == 0)
		return 127;
	if (kind == 1)
		return -127;
	return (int8_t)((int)kt_below(255) - 127);
}

/* A row of any activations that the contract allows; s has no tie to q. */
static void fill_row(enum mutsu_act act, void *x, size_t cols)
{
	struct mutsu_q8k *k = x;
	struct mutsu_q8 *b = x;
	float *f = x;

	switch (act) {
	case MUTSU_ACT_F32:
	case MUTSU_ACT_R16:
		for (size_t i = 0; i < cols; i++)
			f[i] = kt_below(8) ? kt_uniform(-1, 1) : random_scale();
		break;
	case MUTSU_ACT_Q8:
		for (; cols; cols -= MUTSU_QK, b++) {
			int kind = (int)kt_below(6);

			b->d = random_scale();
			b->s = random_scale();
			for (int i = 0; i < MUTSU_QK; i++)
				b->q[i] = random_q(kind);
		}
		break;
	case MUTSU_ACT_Q8K:
		for (; cols; cols -= MUTSU_QK_K, k++) {
			int kind = (int)kt_below(6);

			k->d = random_scale();
			memset(k->bsum, 0, sizeof(k->bsum));
			for (int i = 0; i < MUTSU_QK_K; i++) {
				k->q[i] = random_q(kind);
				k->bsum[i / 16] += k->q[i];
			}
		}
		break;
	case MUTSU_ACT_F16:
	case MUTSU_N_ACTS:
		abort();
	}
}

/* A product of random operands, y not set; gaps between rows are part of it. */
static void random_product(struct mutsu_matmul *a, const struct kt_type *type,
			   size_t rows, size_t cols, size_t n)
{
	const struct mutsu_type_info *info = mutsu_type_info(type->type);
	size_t row_size = mutsu_type_row_size(type->type, cols);
	char *w, *x;

	*a = (struct mutsu_matmul){
		.ldy = rows + kt_below(3),
		.w_stride = row_size + kt_below(3) * (type->type == MUTSU_F32 ? 4 : 2),
		.x_stride = mutsu_act_row_size(info->act, cols) + 16 * kt_below(2),
		.rows = rows, .cols = cols, .n = n,
	};
	w = kt_buf(rows ? (rows - 1) * a->w_stride + row_size : 0);
	x = kt_buf(n * a->x_stride);
	for (size_t r = 0; r < rows; r++)
		fill_weights(type, w + r * a->w_stride, cols);
	for (size_t t = 0; t < n; t++)
		fill_row(info->act, x + t * a->x_stride, cols);
	a->w = w;
	a->x = x;
}

static void compare(const struct kt_type *type, int isa, size_t rows, size_t cols, size_t n)
{
	const uint64_t seed = kt_seed;
	struct mutsu_matmul a;
	float *want, *got;
	size_t count;

	random_product(&a, type, rows, cols, n);
	count = n && rows ? (n - 1) * a.ldy + rows : 0;
	want = kt_buf(count * sizeof(*want));
	got = kt_buf(count * sizeof(*got));
	for (size_t i = 0; i < count; i++)
		want[i] = got[i] = -12345.0f;	/* stays between rows of y */

	a.y = want;
	type->ref(&a);
	a.y = got;
	kt_matmul(type, isa)(&a);
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(!memcmp(want + i, got + i, sizeof(*got)),
			      "matmul_%s_%s, %zu rows, %zu columns, n = %zu, KT_SEED=%#llx: "
			      "y[%zu][%zu] is %a, should be %a",
			      mutsu_type_info(type->type)->name, kt_isas[isa].name, rows, cols, n,
			      (unsigned long long)seed, i / a.ldy, i % a.ldy,
			      (double)got[i], (double)want[i]);
}

/* _i: isa * KT_N_TYPES + type */
START_TEST(as_reference)
{
	static const size_t tokens[] = { 0, 1, 2, 3, 4, 5, 8, 17 };
	const struct kt_type *type = &kt_types[_i % KT_N_TYPES];
	size_t block = mutsu_type_info(type->type)->block_len;
	int isa = _i / KT_N_TYPES;

	for (size_t rows = 0; rows < 10; rows++)
		for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
			compare(type, isa, rows, block * (1 + kt_below(block == 1 ? 70 : 4)),
				tokens[i]);
	for (size_t cols = 1; block == 1 && cols <= 70; cols++)
		compare(type, isa, 5, cols, kt_below(6));
	compare(type, isa, 3, 0, 3);
	compare(type, isa, 67, 1024, 1);
	compare(type, isa, 33, 512, 9);
}
END_TEST

static double element(enum mutsu_act act, const void *x, size_t i)
{
	const struct mutsu_q8k *k = x;
	const struct mutsu_q8 *b = x;

	switch (act) {
	case MUTSU_ACT_F32:
	case MUTSU_ACT_R16:
		return (double)((const float *)x)[i];
	case MUTSU_ACT_Q8:
		return (double)b[i / MUTSU_QK].d * b[i / MUTSU_QK].q[i % MUTSU_QK];
	default:
		return (double)k[i / MUTSU_QK_K].d * k[i / MUTSU_QK_K].q[i % MUTSU_QK_K];
	}
}

/* The same blocks with one of their halves set to zero. */
static void *without(const struct kt_type *type, const void *w, size_t cols, int offset)
{
	const struct mutsu_type_info *info = mutsu_type_info(type->type);
	size_t size = mutsu_type_row_size(type->type, cols);
	char *copy = memcpy(kt_buf(size), w, size);

	for (size_t i = 0; i < cols / info->block_len; i++)
		kt_put_half(copy + i * info->block_size, offset, 0);
	return copy;
}

static mutsu_activation_fn *const activations[] = {
	[MUTSU_ACT_F32] = mutsu_activation_f32_ref,
	[MUTSU_ACT_R16] = mutsu_activation_r16_ref,
	[MUTSU_ACT_Q8] = mutsu_activation_q8_ref,
	[MUTSU_ACT_Q8K] = mutsu_activation_q8k_ref,
};

/* s without its own rounding to half, which is not the product's. */
static void set_sums(struct mutsu_q8 *b, size_t cols)
{
	for (; cols; cols -= MUTSU_QK, b++) {
		int sum = 0;

		for (int i = 0; i < MUTSU_QK; i++)
			sum += b->q[i];
		b->s = b->d * (float)sum;
	}
}

/*
 * The definition against dequantised weights times activations, in doubles.
 * With u = 2^-24: every float operation adds at most u of what has been summed,
 * which is at most the sum of magnitudes, minimums apart from the rest.  There
 * are at most two additions per block (or eight elements), and a handful of
 * roundings of scales, dots, s, dequantised weights and the last sums.
 */
START_TEST(reference_near_double)
{
	const struct kt_type *type = &kt_types[_i];
	const struct mutsu_type_info *info = mutsu_type_info(type->type);
	const size_t cols = 1024, block = info->block_len == 1 ? 8 : info->block_len;
	const double bound = (2.0 * (double)(cols / block) + 8.0) * 0x1p-24;
	size_t size = mutsu_type_row_size(type->type, cols);
	void *w = kt_buf(size), *x = kt_buf(mutsu_act_row_size(info->act, cols));
	float *in = kt_buf(cols * sizeof(*in)), *full = kt_buf(cols * sizeof(*full));
	float *no_min = kt_buf(cols * sizeof(*full)), *only_min = kt_buf(cols * sizeof(*full));

	for (int round = 0; round < 20; round++) {
		double sum = 0.0, magnitude = 0.0;
		float y;

		fill_weights(type, w, cols);
		for (size_t i = 0; i < cols; i++)
			in[i] = kt_uniform(-2, 2);
		activations[info->act](x, in, cols);
		if (info->act == MUTSU_ACT_Q8)
			set_sums(x, cols);

		type->dequant(full, w, cols);
		type->dequant(no_min, without(type, w, cols, type->m), cols);
		type->dequant(only_min, without(type, w, cols, type->d), cols);
		for (size_t i = 0; i < cols; i++) {
			double v = element(info->act, x, i);

			sum += (double)full[i] * v;
			magnitude += fabs((double)no_min[i] * v);
			if (type->m >= 0)
				magnitude += fabs((double)only_min[i] * v);
		}
		type->ref(&(struct mutsu_matmul){
			.y = &y, .ldy = 1, .w = w, .x = x, .rows = 1, .cols = cols, .n = 1,
		});
		ck_assert_msg(fabs((double)y - sum) <= bound * magnitude,
			      "%s: %.9g, should be %.9g within %.3g", info->name, (double)y, sum,
			      bound * magnitude);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("matmul");
	TCase *tc = tcase_create("matmul");
	unsigned int isa = mutsu_isa_detect();

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, reference_near_double, 0, KT_N_TYPES);
	for (int i = 0; i < KT_N_ISAS; i++) {
		if (!(isa & kt_isas[i].isa)) {
			suite_skip(kt_isas[i].name, "this CPU does not have it");
			continue;
		}
		for (int j = 0; j < KT_N_TYPES; j++)
			if (kt_matmul(&kt_types[j], i))
				tcase_add_loop_test(tc, as_reference, i * KT_N_TYPES + j,
						    i * KT_N_TYPES + j + 1);
	}
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
