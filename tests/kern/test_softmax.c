// SPDX-License-Identifier: MIT
#include "compute/ops/softmax.h"

#include "kern.h"

static const struct {
	const char *isa;
	mutsu_softmax_fn *fn;
} impls[] = {
	{ "neon", mutsu_softmax_neon },
};

static void check(const float *x, size_t n, int impl)
{
	float *want = kern_copy(x, n), *got = kern_copy(x, n);

	mutsu_softmax_ref(want, n);
	impls[impl].fn(got, n);
	kern_assert_same(want, got, n, "softmax_%s n %zu", impls[impl].isa, n);
}

static void check_length(size_t n, int impl)
{
	float *x;

	check(kern_floats(n, -10.0f, 10.0f), n, impl);
	check(kern_floats(n, -100.0f, 20.0f), n, impl);
	check(kern_specials(n, KERN_N_FINITE), n, impl);
	check(kern_specials(n, COUNT(kern_special)), n, impl);
	check(kt_buf(n * sizeof(*x)), n, impl);

	/* A row with parts masked out, and one where NaN is at any place. */
	x = kern_floats(n, -10.0f, 10.0f);
	for (size_t i = 0; i < n; i += 1 + kt_below(3))
		x[i] = -INFINITY;
	check(x, n, impl);
	x = kern_floats(n, -10.0f, 10.0f);
	x[kt_below((uint32_t)n)] = NAN;
	check(x, n, impl);
}

START_TEST(same)
{
	for (size_t n = 1; n <= 67; n++)
		check_length(n, _i);
	check_length(1000, _i);
	check_length(4099, _i);
}
END_TEST

static void check_reference(size_t n, float lo, float hi)
{
	float *x = kern_floats(n, lo, hi), *p = kern_copy(x, n);
	double max = (double)lo, sum = 0.0, total = 0.0;

	mutsu_softmax_ref(p, n);
	for (size_t i = 0; i < n; i++)
		max = fmax(max, (double)x[i]);
	for (size_t i = 0; i < n; i++)
		sum += exp((double)x[i] - max);
	for (size_t i = 0; i < n; i++) {
		double d = (double)x[i] - max, want = exp(d) / sum;
		/*
		 * Four for each e, two for the last steps, the sum's own, and
		 * that of x - max, once for this element and once (weighted)
		 * for the sum.  Below 2^-126 it is 0.
		 */
		double bound = 12.0 + (double)n / 8.0 + 2.0 * fabs(d) + fabs((double)(hi - lo));

		ck_assert_msg(fabs((double)p[i] - want) <= bound * EPS * want + 0x1p-125,
			      "n %zu: [%zu] is %g, not %g", n, i, (double)p[i], want);
		total += (double)p[i];
	}
	ck_assert_msg(fabs(total - 1.0) <= (16.0 + (double)n / 8.0) * EPS, "n %zu: sum %.9f", n,
		      total);
}

START_TEST(reference)
{
	for (size_t n = 1; n <= 67; n++) {
		check_reference(n, -3.0f, 3.0f);
		check_reference(n, -150.0f, 30.0f);
	}
	check_reference(4099, -8.0f, 8.0f);
}
END_TEST

START_TEST(edges)
{
	float one[] = { -77.0f }, masked[] = { -INFINITY, 3.0f, -INFINITY };
	float far[] = { 3e38f, -3e38f }, equal[] = { 5.0f, 5.0f, 5.0f, 5.0f };

	mutsu_softmax_ref(one, 1);
	ck_assert(one[0] == 1.0f);
	mutsu_softmax_ref(masked, 3);
	ck_assert(masked[0] == 0.0f && masked[1] == 1.0f && masked[2] == 0.0f);
	mutsu_softmax_ref(far, 2);
	ck_assert(far[0] == 1.0f && far[1] == 0.0f);
	mutsu_softmax_ref(equal, 4);
	for (int i = 0; i < 4; i++)
		ck_assert(equal[i] == 0.25f);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("softmax");
	TCase *tc = tcase_create("softmax");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, reference);
	tcase_add_test(tc, edges);
	if (kern_has_neon())
		tcase_add_loop_test(tc, same, 0, COUNT(impls));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
