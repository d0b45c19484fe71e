// SPDX-License-Identifier: MIT
#include "compute/ops/rope.h"

#include "kern.h"

static const struct {
	const char *name;
	mutsu_rope_fn *fn, *ref;
} impls[] = {
	{ "norm_neon", mutsu_rope_norm_neon, mutsu_rope_norm_ref },
	{ "neox_neon", mutsu_rope_neox_neon, mutsu_rope_neox_ref },
};

static const size_t dims[] = { 1, 2, 3, 5, 8, 9, 16, 18, 22, 64, 80, 96, 127, 128, 256 };

static void check(const float *x, const float *cs, size_t n_heads, size_t dim, size_t n_pairs,
		  int impl)
{
	float *want = kern_copy(x, n_heads * dim), *got = kern_copy(x, n_heads * dim);

	impls[impl].ref(want, cs, n_heads, dim, n_pairs);
	impls[impl].fn(got, cs, n_heads, dim, n_pairs);
	kern_assert_same(want, got, n_heads * dim, "rope_%s heads %zu dim %zu pairs %zu",
			 impls[impl].name, n_heads, dim, n_pairs);
}

START_TEST(same)
{
	for (size_t i = 0; i < COUNT(dims); i++) {
		for (size_t n_heads = 0; n_heads <= 3; n_heads++) {
			size_t dim = dims[i], n = n_heads * dim;

			/* All of the head, and fewer. */
			for (size_t pairs = dim / 2; ; pairs = pairs * 2 / 3) {
				check(kern_floats(n, -5.0f, 5.0f),
				      kern_floats(2 * pairs, -1.0f, 1.0f), n_heads, dim, pairs, _i);
				check(kern_specials(n, COUNT(kern_special)),
				      kern_specials(2 * pairs, COUNT(kern_special)), n_heads, dim,
				      pairs, _i);
				if (!pairs)
					break;
			}
		}
	}
}
END_TEST

/* y is (a, b) turned by an angle, but for three roundings. */
static void check_turn(float a, float b, double c, double s, float y0, float y1)
{
	double bound = 3.0 * EPS * (fabs((double)a) + fabs((double)b));

	ck_assert_msg(fabs((double)y0 - ((double)a * c - (double)b * s)) <= bound,
		      "first of (%g, %g) is %g", (double)a, (double)b, (double)y0);
	ck_assert_msg(fabs((double)y1 - ((double)a * s + (double)b * c)) <= bound,
		      "second of (%g, %g) is %g", (double)a, (double)b, (double)y1);
}

START_TEST(reference)
{
	enum { HEADS = 3, DIM = 22, PAIRS = 7 };
	float *x = kern_floats(HEADS * DIM, -5.0f, 5.0f), *cs = kern_floats(2 * PAIRS, 0.0f, 1.0f);
	float *norm = kern_copy(x, HEADS * DIM), *neox = kern_copy(x, HEADS * DIM);

	for (size_t i = 0; i < PAIRS; i++) {
		double angle = (double)kt_uniform(-10.0f, 10.0f);

		cs[i] = (float)cos(angle);
		cs[PAIRS + i] = (float)sin(angle);
	}
	mutsu_rope_norm_ref(norm, cs, HEADS, DIM, PAIRS);
	mutsu_rope_neox_ref(neox, cs, HEADS, DIM, PAIRS);

	for (size_t h = 0; h < HEADS; h++, x += DIM, norm += DIM, neox += DIM) {
		for (size_t i = 0; i < PAIRS; i++) {
			double c = (double)cs[i], s = (double)cs[PAIRS + i];

			check_turn(x[2 * i], x[2 * i + 1], c, s, norm[2 * i], norm[2 * i + 1]);
			check_turn(x[i], x[i + PAIRS], c, s, neox[i], neox[i + PAIRS]);
		}
		for (size_t i = 2 * PAIRS; i < DIM; i++) {
			ck_assert(norm[i] == x[i]);
			ck_assert(neox[i] == x[i]);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("rope");
	TCase *tc = tcase_create("rope");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, reference);
	if (kern_has_neon())
		tcase_add_loop_test(tc, same, 0, COUNT(impls));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
