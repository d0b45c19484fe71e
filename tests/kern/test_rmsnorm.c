// SPDX-License-Identifier: MIT
#include "compute/ops/rmsnorm.h"

#include "kern.h"

static const struct {
	const char *isa;
	mutsu_rmsnorm_fn *fn;
} impls[] = {
	{ "neon", mutsu_rmsnorm_neon },
};

static const size_t lengths[] = {
	1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 23, 24, 31, 33, 64, 100, 576, 2048, 4099,
};

static const float epsilons[] = { 0.0f, 1e-6f, 1e-5f };

static void check(const float *x, const float *w, size_t n, float eps, int impl)
{
	float *want = kt_buf(n * sizeof(*want)), *got = kt_buf(n * sizeof(*got));

	mutsu_rmsnorm_ref(want, x, w, n, eps);
	impls[impl].fn(got, x, w, n, eps);
	kern_assert_same(want, got, n, "rmsnorm_%s n %zu eps %g", impls[impl].isa, n, (double)eps);

	memcpy(got, x, n * sizeof(*got));
	impls[impl].fn(got, got, w, n, eps);
	kern_assert_same(want, got, n, "rmsnorm_%s in place n %zu", impls[impl].isa, n);
}

START_TEST(same)
{
	for (size_t i = 0; i < COUNT(lengths); i++) {
		size_t n = lengths[i];

		for (size_t e = 0; e < COUNT(epsilons); e++) {
			check(kern_floats(n, -3.0f, 3.0f), kern_floats(n, -2.0f, 2.0f), n,
			      epsilons[e], _i);
			check(kern_specials(n, KERN_N_FINITE), kern_specials(n, KERN_N_FINITE), n,
			      epsilons[e], _i);
			check(kern_specials(n, COUNT(kern_special)), kern_floats(n, -1.0f, 1.0f),
			      n, epsilons[e], _i);
			check(kt_buf(n * sizeof(float)), kern_floats(n, -1.0f, 1.0f), n,
			      epsilons[e], _i);
		}
	}
}
END_TEST

START_TEST(reference)
{
	for (size_t i = 0; i < COUNT(lengths); i++) {
		size_t n = lengths[i];
		float *x = kern_floats(n, -3.0f, 3.0f), *w = kern_floats(n, -2.0f, 2.0f);
		float *y = kt_buf(n * sizeof(*y));
		/* Rounding of the sum, halved by the root, and of six other steps. */
		double bound = ((double)n / 16.0 + 6.0) * EPS;
		double sum = 0.0, scale;

		mutsu_rmsnorm_ref(y, x, w, n, 1e-5f);
		for (size_t j = 0; j < n; j++)
			sum += (double)x[j] * (double)x[j];
		scale = 1.0 / sqrt(sum / (double)n + 1e-5);
		for (size_t j = 0; j < n; j++) {
			double want = (double)x[j] * scale * (double)w[j];

			ck_assert_msg(fabs((double)y[j] - want) <= bound * fabs(want),
				      "n %zu: [%zu] is %g, not %g", n, j, (double)y[j], want);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("rmsnorm");
	TCase *tc = tcase_create("rmsnorm");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, reference);
	if (kern_has_neon())
		tcase_add_loop_test(tc, same, 0, COUNT(impls));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
