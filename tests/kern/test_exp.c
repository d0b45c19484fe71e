// SPDX-License-Identifier: MIT
/* mutsu_exp() against exp() in double precision, and its vector version. */
#include "compute/ops/exp.h"

#include "compute/cpu/neon/exp.h"
#include "kern.h"

static const float smallest = -0x1.5d589ep+6f, largest = 0x1.62e42ep+6f;

/* Error of y = e^x in units of y's last place. */
static double error_in_ulps(float x)
{
	double want = exp((double)x);
	float y = mutsu_exp(x);

	return fabs((double)y - want) / ldexp(1.0, ilogb(want) - 23);
}

START_TEST(error)
{
	double worst = 0.0;
	float at = 0.0f;

	/* Evenly spaced, then by bit pattern, which is dense around 0. */
	for (double x = (double)smallest; x <= (double)largest; x += 7.7e-5) {
		double e = error_in_ulps((float)x);

		if (e > worst) {
			worst = e;
			at = (float)x;
		}
	}
	for (uint32_t bits = 0; bits < mutsu_float_bits(largest); bits += 1013) {
		for (int sign = -1; sign <= 1; sign += 2) {
			float x = (float)sign * mutsu_float_from_bits(bits);
			double e;

			if (x < smallest)
				continue;
			e = error_in_ulps(x);
			if (e > worst) {
				worst = e;
				at = x;
			}
		}
	}
	ck_assert_msg(worst <= 2.0, "exp(%a) is wrong by %.3f ulp", (double)at, worst);
	printf("# largest error %.3f ulp, at %a\n", worst, (double)at);
}
END_TEST

START_TEST(edges)
{
	ck_assert(mutsu_exp(0.0f) == 1.0f);
	ck_assert(mutsu_exp(-0.0f) == 1.0f);
	ck_assert(mutsu_exp(0x1p-149f) == 1.0f);
	ck_assert(mutsu_exp(-0x1p-149f) == 1.0f);

	/* The last that are normal floats, and the next ones. */
	ck_assert(mutsu_exp(smallest) >= 0x1p-126f);
	ck_assert(mutsu_exp(nextafterf(smallest, -INFINITY)) == 0.0f);
	ck_assert(isfinite(mutsu_exp(largest)));
	ck_assert(mutsu_exp(largest) > 0x1.fffep+127f);
	ck_assert(mutsu_exp(nextafterf(largest, INFINITY)) == INFINITY);
	ck_assert(exp((double)nextafterf(smallest, -INFINITY)) < 0x1p-126);
	ck_assert(exp((double)nextafterf(largest, INFINITY)) > 0x1.fffffep+127);

	ck_assert(mutsu_exp(-INFINITY) == 0.0f && !signbit(mutsu_exp(-INFINITY)));
	ck_assert(mutsu_exp(INFINITY) == INFINITY);
	ck_assert(mutsu_exp(0x1.fffffep+127f) == INFINITY);
	ck_assert(mutsu_exp(-0x1.fffffep+127f) == 0.0f);
	ck_assert(isnan(mutsu_exp(NAN)));
	ck_assert(isnan(mutsu_exp(-NAN)));
}
END_TEST

static void check4(const float x[4])
{
	float want[4], got[4];

	for (int i = 0; i < 4; i++)
		want[i] = mutsu_exp(x[i]);
	vst1q_f32(got, neon_exp(vld1q_f32(x)));
	kern_assert_same(want, got, 4, "exp of %a %a %a %a", (double)x[0], (double)x[1],
			 (double)x[2], (double)x[3]);
}

START_TEST(neon)
{
	float x[4];

	/* Every kind of bit pattern, NaN and infinity included. */
	for (uint64_t bits = 0; bits < 1ull << 32; bits += 4 * 1021) {
		for (int i = 0; i < 4; i++)
			x[i] = mutsu_float_from_bits((uint32_t)bits + (uint32_t)i * 1021);
		check4(x);
	}
	for (int i = 0; i < 250000; i++) {
		for (int j = 0; j < 4; j++)
			x[j] = kt_uniform(-90.0f, 90.0f);
		check4(x);
	}
	for (size_t i = 0; i + 4 <= COUNT(kern_special); i++)
		check4(kern_special + i);
	for (int i = 0; i < 2; i++) {
		x[2 * i] = i ? smallest : largest;
		x[2 * i + 1] = nextafterf(x[2 * i], i ? -INFINITY : INFINITY);
	}
	check4(x);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("exp");
	TCase *tc = tcase_create("exp");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, error);
	tcase_add_test(tc, edges);
	if (kern_has_neon())
		tcase_add_test(tc, neon);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
