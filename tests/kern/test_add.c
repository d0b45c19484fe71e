// SPDX-License-Identifier: MIT
/* add and axpy: the reference against arithmetic, the others against it. */
#include "compute/ops/add.h"

#include "kern.h"

static const struct {
	const char *isa;
	mutsu_add_fn *add;
	mutsu_axpy_fn *axpy;
} impls[] = {
	{ "neon", mutsu_add_neon, mutsu_axpy_neon },
};

static void check(const float *x, const float *y, float a, size_t n, int impl)
{
	float *want = kern_copy(y, n), *got = kern_copy(y, n);

	mutsu_add_ref(want, x, n);
	impls[impl].add(got, x, n);
	kern_assert_same(want, got, n, "add_%s n %zu", impls[impl].isa, n);

	want = kern_copy(y, n);
	got = kern_copy(y, n);
	mutsu_axpy_ref(want, a, x, n);
	impls[impl].axpy(got, a, x, n);
	kern_assert_same(want, got, n, "axpy_%s n %zu, a %g", impls[impl].isa, n, (double)a);
}

static void check_length(size_t n, int impl)
{
	check(kern_floats(n, -10.0f, 10.0f), kern_floats(n, -10.0f, 10.0f),
	      kt_uniform(-2.0f, 2.0f), n, impl);
	for (size_t i = 0; i < COUNT(kern_special); i++)
		check(kern_specials(n, COUNT(kern_special)), kern_specials(n, COUNT(kern_special)),
		      kern_special[i], n, impl);
	check(kt_buf(n * sizeof(float)), kt_buf(n * sizeof(float)), kt_uniform(-2.0f, 2.0f), n,
	      impl);
}

START_TEST(same)
{
	for (size_t n = 0; n <= 67; n++)
		check_length(n, _i);
	check_length(1000, _i);
	check_length(4099, _i);
}
END_TEST

/* Rounded once: a product and a sum of floats are not exact in double, but nearly. */
START_TEST(reference)
{
	const size_t n = 4099;
	float *x = kern_floats(n, -10.0f, 10.0f), *y = kern_floats(n, -10.0f, 10.0f);
	float *sum = kern_copy(y, n), *fused = kern_copy(y, n);
	const float a = 0x1.234568p-1f;

	mutsu_add_ref(sum, x, n);
	mutsu_axpy_ref(fused, a, x, n);
	for (size_t i = 0; i < n; i++) {
		double want = (double)a * (double)x[i] + (double)y[i];

		ck_assert(sum[i] == (float)((double)x[i] + (double)y[i]));
		ck_assert_msg(fabs((double)fused[i] - want) <= fabs(want) * EPS + 0x1p-48,
			      "[%zu] is %a, not %a", i, (double)fused[i], want);
	}
}
END_TEST

START_TEST(fuses)
{
	/* (1 + 2^-12)^2 has a bit, 2^-24, that the product alone would lose. */
	float y[] = { -1.0f - 0x1p-11f }, x[] = { 1.0f + 0x1p-12f };

	mutsu_axpy_ref(y, x[0], x, 1);
	ck_assert(y[0] == 0x1p-24f);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("add");
	TCase *tc = tcase_create("add");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, reference);
	tcase_add_test(tc, fuses);
	if (kern_has_neon())
		tcase_add_loop_test(tc, same, 0, COUNT(impls));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
