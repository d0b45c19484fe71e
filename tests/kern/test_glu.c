// SPDX-License-Identifier: MIT
#include "compute/ops/glu.h"

#include "kern.h"

static const struct {
	const char *name;
	mutsu_glu_fn *fn, *ref;
} impls[] = {
	{ "silu_neon", mutsu_glu_silu_neon, mutsu_glu_silu_ref },
	{ "gelu_neon", mutsu_glu_gelu_neon, mutsu_glu_gelu_ref },
};

static void check(const float *g, const float *u, size_t n, int impl)
{
	float *want = kt_buf(n * sizeof(*want)), *got = kt_buf(n * sizeof(*got));
	float *over_g = kern_copy(g, n), *over_u = kern_copy(u, n);

	impls[impl].ref(want, g, u, n);
	impls[impl].fn(got, g, u, n);
	kern_assert_same(want, got, n, "glu_%s n %zu", impls[impl].name, n);

	impls[impl].fn(over_g, over_g, u, n);
	kern_assert_same(want, over_g, n, "glu_%s over g n %zu", impls[impl].name, n);
	impls[impl].fn(over_u, g, over_u, n);
	kern_assert_same(want, over_u, n, "glu_%s over u n %zu", impls[impl].name, n);
}

START_TEST(same)
{
	for (size_t n = 0; n <= 41; n++) {
		check(kern_floats(n, -12.0f, 12.0f), kern_floats(n, -4.0f, 4.0f), n, _i);
		check(kern_floats(n, -120.0f, 120.0f), kern_floats(n, -4.0f, 4.0f), n, _i);
		check(kern_specials(n, COUNT(kern_special)), kern_specials(n, KERN_N_FINITE),
		      n, _i);
	}
	check(kern_floats(11008, -20.0f, 20.0f), kern_floats(11008, -4.0f, 4.0f), 11008, _i);
}
END_TEST

/*
 * v / (1 + e^-t) from t with a relative error of rounded steps: four ulps of
 * the exponential, the sum, the quotient and the product; and the error of t
 * scaled by t, since e^t multiplies it.  e^-t above the largest float is
 * infinity, which loses results below 1e-36.
 */
static void check_value(const char *name, double v, double t, double t_error, float got)
{
	double want = v / (1.0 + exp(-t));
	double bound = (8.0 + t_error * fabs(t)) * EPS * fabs(want) + 1e-36;

	ck_assert_msg(fabs((double)got - want) <= bound, "%s(%g) is %g, not %g", name, v,
		      (double)got, want);
}

START_TEST(reference)
{
	for (float v = -100.0f; v <= 100.0f; v += 0.0037f) {
		double d = (double)v, z = (double)0.7978845608f * d * (1.0 + 0.044715 * d * d);
		float one = 1.0f, y;

		mutsu_glu_silu_ref(&y, &v, &one, 1);
		check_value("silu", d, d, 0.0, y);
		mutsu_glu_gelu_ref(&y, &v, &one, 1);
		check_value("gelu", d, 2.0 * z, 8.0, y);
	}
}
END_TEST

START_TEST(edges)
{
	float g[] = { 0.0f, -0.0f, INFINITY, NAN, 1e30f, -1e30f };
	float u[] = { 2.0f, 2.0f, 2.0f, 2.0f, 2.0f, 2.0f };
	float y[COUNT(g)];

	for (int form = 0; form < 2; form++) {
		(form ? mutsu_glu_gelu_ref : mutsu_glu_silu_ref)(y, g, u, COUNT(g));
		ck_assert(y[0] == 0.0f && y[1] == 0.0f);
		ck_assert(y[2] == INFINITY);
		ck_assert(isnan(y[3]));
		ck_assert(y[4] == 2e30f);
		ck_assert(y[5] == 0.0f);
	}
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("glu");
	TCase *tc = tcase_create("glu");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, reference);
	tcase_add_test(tc, edges);
	if (kern_has_neon())
		tcase_add_loop_test(tc, same, 0, COUNT(impls));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
