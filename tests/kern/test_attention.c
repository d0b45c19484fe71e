// SPDX-License-Identifier: MIT
#include "compute/ops/attention.h"

#include "kern.h"

static const struct {
	const char *name;
	mutsu_attention_fn *fn, *ref;
	size_t element;
} impls[] = {
	{ "f32_neon", mutsu_attention_f32_neon, mutsu_attention_f32_ref, sizeof(float) },
	{ "f16_neon", mutsu_attention_f16_neon, mutsu_attention_f16_ref, sizeof(uint16_t) },
};

static const size_t dims[] = { 1, 3, 7, 8, 9, 16, 20, 31, 32, 40, 64, 80, 96, 100, 128, 136, 256 };

/* n_kv rows of dim elements, stride bytes apart, the last one cut at the end. */
static void *kv_rows(size_t n_kv, size_t dim, size_t stride, size_t element, const float *from,
		     size_t n_from)
{
	char *rows = kt_buf((n_kv - 1) * stride + dim * element);

	for (size_t j = 0; j < n_kv; j++) {
		for (size_t i = 0; i < dim; i++) {
			float x = kt_uniform(-1.0f, 1.0f);
			uint16_t h;

			if (from && kt_below(2))
				x = from[kt_below((uint32_t)n_from)];
			h = mutsu_half_from_float(x);
			memcpy(rows + j * stride + i * element,
			       element == sizeof(x) ? (void *)&x : (void *)&h, element);
		}
	}
	return rows;
}

/* An argument for ref (or, with buffers of its own for results, for fn). */
static struct mutsu_attention problem(size_t dim, size_t n_kv, size_t n_group, size_t element,
				      const float *from, size_t n_from)
{
	struct mutsu_attention a = {
		.out = kt_buf(n_group * dim * sizeof(float)),
		.q = kern_floats(n_group * dim, -2.0f, 2.0f),
		.k_stride = (dim + kt_below(20)) * element,
		.v_stride = (dim + kt_below(20)) * element,
		.n_kv = n_kv,
		.n_group = n_group,
		.head_dim = dim,
		.scale = 3.0f / sqrtf((float)dim),
		.scores = kt_buf(n_group * n_kv * sizeof(float)),
	};

	a.k = kv_rows(n_kv, dim, a.k_stride, element, from, n_from);
	a.v = kv_rows(n_kv, dim, a.v_stride, element, from, n_from);
	return a;
}

static void check(const struct mutsu_attention *a, int impl)
{
	struct mutsu_attention b = *a;

	b.out = kt_buf(a->n_group * a->head_dim * sizeof(float));
	b.scores = kt_buf(a->n_group * a->n_kv * sizeof(float));
	for (size_t i = 0; i < a->n_group * a->head_dim; i++)
		b.out[i] = NAN;

	impls[impl].ref(a);
	impls[impl].fn(&b);
	kern_assert_same(a->out, b.out, a->n_group * a->head_dim,
			 "attention_%s dim %zu kv %zu group %zu softcap %g", impls[impl].name,
			 a->head_dim, a->n_kv, a->n_group, (double)a->softcap);
}

static void check_shape(size_t dim, size_t n_kv, size_t n_group, int impl)
{
	struct mutsu_attention a = problem(dim, n_kv, n_group, impls[impl].element, NULL, 0);

	check(&a, impl);
	a.softcap = 5.0f;
	check(&a, impl);
}

START_TEST(dimensions)
{
	for (size_t i = 0; i < COUNT(dims); i++) {
		for (size_t n_group = 1; n_group <= 9; n_group++)
			check_shape(dims[i], 1 + kt_below(37), n_group, _i);
	}
	for (size_t dim = 1; dim <= 72; dim++)
		check_shape(dim, 1 + kt_below(12), 1 + kt_below(7), _i);
}
END_TEST

START_TEST(lengths)
{
	for (size_t n_kv = 1; n_kv <= 50; n_kv++) {
		for (size_t n_group = 1; n_group <= 4; n_group++)
			check_shape(24, n_kv, n_group, _i);
	}
	check_shape(64, 1027, 3, _i);
	check_shape(128, 513, 8, _i);
}
END_TEST

START_TEST(specials)
{
	for (size_t i = 0; i < 100; i++) {
		size_t from = i % 2 ? COUNT(kern_special) : KERN_N_FINITE;
		struct mutsu_attention a = problem(8 + kt_below(40), 1 + kt_below(20),
						   1 + kt_below(5), impls[_i].element,
						   kern_special, from);

		a.softcap = i % 3 ? 0.0f : 30.0f;
		check(&a, _i);
	}
}
END_TEST

static double element_of(const void *rows, size_t stride, size_t j, size_t i, size_t element)
{
	const char *at = (const char *)rows + j * stride + i * element;

	if (element == sizeof(float))
		return (double)*(const float *)at;
	return (double)mutsu_half_to_float(*(const uint16_t *)at);
}

/*
 * Fills s with the scores of head g; returns how far the reference's may be off:
 * the roundings of the sum, and with a soft limit those of tanh in units of it.
 */
static double exact_scores(double *s, const struct mutsu_attention *a, size_t g, size_t element)
{
	double largest = 0.0, cap = (double)a->softcap, error;

	for (size_t j = 0; j < a->n_kv; j++) {
		double sum = 0.0, size = 0.0;

		for (size_t i = 0; i < a->head_dim; i++) {
			double x = (double)a->q[g * a->head_dim + i] *
				   element_of(a->k, a->k_stride, j, i, element);

			sum += x;
			size += fabs(x);
		}
		s[j] = (double)a->scale * sum;
		largest = fmax(largest, (double)a->scale * size);
		if (cap != 0.0)
			s[j] = cap * tanh(s[j] / cap);
	}
	error = largest * ((double)a->head_dim / 8.0 + 5.0) * EPS;
	return cap != 0.0 ? error + cap * 16.0 * EPS : error;
}

static void check_reference(const struct mutsu_attention *a, int impl)
{
	size_t element = impls[impl].element;
	double *s = kt_buf(a->n_kv * sizeof(*s));

	impls[impl].ref(a);
	for (size_t g = 0; g < a->n_group; g++) {
		double s_error = exact_scores(s, a, g, element), max = s[0], min = s[0], sum = 0.0;
		double p_error;

		for (size_t j = 0; j < a->n_kv; j++) {
			max = fmax(max, s[j]);
			min = fmin(min, s[j]);
		}
		for (size_t j = 0; j < a->n_kv; j++)
			sum += exp(s[j] - max);
		/* As in test_softmax.c, and an error of the scores doubles. */
		p_error = 2.0 * s_error +
			  (12.0 + (double)a->n_kv / 8.0 + 3.0 * (max - min)) * EPS;

		for (size_t d = 0; d < a->head_dim; d++) {
			double want = 0.0, size = 0.0, got = (double)a->out[g * a->head_dim + d];

			for (size_t j = 0; j < a->n_kv; j++) {
				double v = exp(s[j] - max) / sum *
					   element_of(a->v, a->v_stride, j, d, element);

				want += v;
				size += fabs(v);
			}
			ck_assert_msg(fabs(got - want) <=
				      (p_error + (double)a->n_kv * EPS) * size + 1e-37,
				      "%s head %zu: [%zu] is %g, not %g", impls[impl].name, g, d,
				      got, want);
		}
	}
}

START_TEST(reference)
{
	for (size_t i = 0; i < COUNT(dims); i++) {
		struct mutsu_attention a = problem(dims[i], 1 + kt_below(60), 1 + kt_below(4),
						   impls[_i].element, NULL, 0);

		check_reference(&a, _i);
		a.softcap = 5.0f;
		check_reference(&a, _i);
	}
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("attention");
	TCase *tc = tcase_create("attention");

	tcase_set_timeout(tc, 240);
	tcase_add_loop_test(tc, reference, 0, COUNT(impls));
	if (kern_has_neon()) {
		tcase_add_loop_test(tc, dimensions, 0, COUNT(impls));
		tcase_add_loop_test(tc, lengths, 0, COUNT(impls));
		tcase_add_loop_test(tc, specials, 0, COUNT(impls));
	}
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
