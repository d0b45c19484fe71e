// SPDX-License-Identifier: MIT
#include "compute/ops/route.h"

#include <stdlib.h>

#include "kern.h"

static const struct {
	const char *isa;
	mutsu_route_fn *fn;
} impls[] = {
	{ "ref", mutsu_route_ref },
};

struct choice {
	float p;
	int32_t index;
};

static int falling(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->p != y->p)
		return x->p > y->p ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

/* By sorting all of them. */
static void check(const float *logits, size_t n, size_t k, bool normalise, int impl)
{
	int32_t *expert = kt_buf(k * sizeof(*expert));
	float *weight = kt_buf(k * sizeof(*weight));
	float *p = kern_copy(logits, n), *got = kern_copy(logits, n);
	struct choice *sorted = kt_buf(n * sizeof(*sorted));
	float sum = 0.0f;

	mutsu_softmax_ref(p, n);
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct choice){ p[i], (int32_t)i };
	qsort(sorted, n, sizeof(*sorted), falling);
	for (size_t i = 0; i < k; i++)
		sum += sorted[i].p;

	impls[impl].fn(expert, weight, got, n, k, normalise);
	kern_assert_same(p, got, n, "route_%s n %zu k %zu", impls[impl].isa, n, k);
	for (size_t i = 0; i < k; i++) {
		float want = normalise ? sorted[i].p / sum : sorted[i].p;

		ck_assert_msg(expert[i] == sorted[i].index && weight[i] == want,
			      "route_%s n %zu k %zu: [%zu] is %d with %a, not %d with %a",
			      impls[impl].isa, n, k, i, expert[i], (double)weight[i],
			      sorted[i].index, (double)want);
	}
}

START_TEST(chosen)
{
	for (size_t n = 1; n <= 40; n++) {
		for (int i = 0; i < 12; i++) {
			size_t k = i == 0 ? n : 1 + kt_below((uint32_t)n);
			float *logits = kern_floats(n, -4.0f, 4.0f);

			/* Ties, down to all being equal. */
			for (size_t j = 0; i > 5 && j < n; j++)
				logits[j] = (float)kt_below((uint32_t)(12 - i));
			check(logits, n, k, i % 2, _i);
		}
	}
	check(kern_floats(128, -4.0f, 4.0f), 128, 8, true, _i);
	check(kern_floats(512, -80.0f, 40.0f), 512, 10, false, _i);
}
END_TEST

/* Nonsense in, but experts that exist, each once, out. */
START_TEST(not_numbers)
{
	float logits[] = { 1.0f, NAN, 3.0f, INFINITY, -INFINITY };
	float weight[5];
	int32_t expert[5];
	unsigned int seen = 0;

	impls[_i].fn(expert, weight, logits, 5, 5, true);
	for (int i = 0; i < 5; i++) {
		ck_assert(expert[i] >= 0 && expert[i] < 5);
		seen |= 1u << expert[i];
	}
	ck_assert_uint_eq(seen, 31);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("route");
	TCase *tc = tcase_create("route");

	tcase_add_loop_test(tc, chosen, 0, COUNT(impls));
	tcase_add_loop_test(tc, not_numbers, 0, COUNT(impls));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
