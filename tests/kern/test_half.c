// SPDX-License-Identifier: MIT
/*
 * Conversions of halves: all 65536 of them, and floats around every point where
 * rounding changes, against arithmetic in double precision.
 */
#include "compute/half.h"

#include "compute/cpu/neon/half.h"
#include "kern.h"

/* What the bits mean, by the definition of the format. */
static double half_value(uint16_t h)
{
	int exponent = h >> 10 & 31, mantissa = h & 1023;
	double sign = h & 0x8000 ? -1.0 : 1.0;

	if (exponent == 31)
		return mantissa ? NAN : sign * INFINITY;
	if (exponent == 0)
		return sign * ldexp(mantissa, -24);
	return sign * ldexp(1024 + mantissa, exponent - 25);
}

/* The nearest value that a half has, ties to even. */
static double round_to_half(double x)
{
	int e = x == 0.0 || ilogb(x) < -14 ? -14 : ilogb(x);
	double y = ldexp(rint(ldexp(x, 10 - e)), e - 10);

	return fabs(y) >= 65536.0 ? copysign(INFINITY, y) : y;
}

static bool is_nan(uint16_t h)
{
	return (h & 0x7fff) > 0x7c00;
}

START_TEST(to_float)
{
	for (uint32_t h = 0; h < 65536; h++) {
		float f = mutsu_half_to_float((uint16_t)h);
		double want = half_value((uint16_t)h);

		ck_assert_msg(isnan(want) ? isnan(f) :
			      (double)f == want && !signbit(f) == !(h >> 15),
			      "half %#06x is %a, not %a", h, (double)f, want);
	}
}
END_TEST

START_TEST(bf16_to_float)
{
	for (uint32_t h = 0; h < 65536; h++)
		ck_assert_uint_eq(mutsu_float_bits(mutsu_bf16_to_float((uint16_t)h)), h << 16);
}
END_TEST

START_TEST(there_and_back)
{
	for (uint32_t h = 0; h < 65536; h++) {
		uint16_t back = mutsu_half_from_float(mutsu_half_to_float((uint16_t)h));

		if (is_nan((uint16_t)h))
			ck_assert_msg(is_nan(back), "NaN %#06x became %#06x", h, back);
		else
			ck_assert_uint_eq(back, h);
	}
}
END_TEST

static void check_from_float(float f)
{
	uint16_t h = mutsu_half_from_float(f);
	double want = round_to_half((double)f);

	ck_assert_msg(half_value(h) == want && !signbit(f) == !(h >> 15),
		      "%a became %#06x = %a, not %a", (double)f, h, half_value(h), want);
}

/* Around x, which is where one half ends and the next begins. */
static void check_around(float x)
{
	check_from_float(x);
	check_from_float(nextafterf(x, INFINITY));
	check_from_float(nextafterf(x, -INFINITY));
}

START_TEST(from_float)
{
	/* Each half and the point in the middle between it and the next. */
	for (uint32_t h = 0; h < 0x7c00; h++) {
		double a = half_value((uint16_t)h);
		double b = h == 0x7bff ? 65536.0 : half_value((uint16_t)(h + 1));

		check_around((float)a);
		check_around(-(float)a);
		check_around((float)((a + b) / 2));
		check_around(-(float)((a + b) / 2));
	}
	for (uint32_t i = 0; i < 500000; i++) {
		float f = mutsu_float_from_bits((uint32_t)kt_random());

		if (isfinite(f))
			check_from_float(f);
		check_from_float(ldexpf(kt_uniform(-1.0f, 1.0f), (int)kt_below(46) - 28));
	}
	ck_assert_uint_eq(mutsu_half_from_float(INFINITY), 0x7c00);
	ck_assert_uint_eq(mutsu_half_from_float(-INFINITY), 0xfc00);
	ck_assert(is_nan(mutsu_half_from_float(NAN)));
	/* A NaN whose upper bits alone would be infinity. */
	ck_assert(is_nan(mutsu_half_from_float(mutsu_float_from_bits(0x7f800001))));
}
END_TEST

START_TEST(neon_load)
{
	uint16_t *h = kt_buf(8 * sizeof(*h));
	float want[8], got[8];

	for (uint32_t first = 0; first < 65536; first += 8) {
		float32x4_t lo, hi;

		for (uint32_t i = 0; i < 8; i++) {
			h[i] = (uint16_t)(first + i);
			want[i] = mutsu_half_to_float(h[i]);
		}
		neon_load_half8(&lo, &hi, h);
		vst1q_f32(got, lo);
		vst1q_f32(got + 4, hi);
		kern_assert_same(want, got, 8, "eight halves from %#x", first);

		vst1q_f32(got, neon_load_half4(h + 4));
		kern_assert_same(want + 4, got, 4, "four halves from %#x", first + 4);
	}
}
END_TEST

static void check_store(uint16_t h[4], const float x[4])
{
	neon_store_half4(h, vld1q_f32(x));
	for (int i = 0; i < 4; i++) {
		uint16_t want = mutsu_half_from_float(x[i]);

		ck_assert_msg(is_nan(want) ? is_nan(h[i]) : h[i] == want,
			      "%a became %#06x, not %#06x", (double)x[i], h[i], want);
	}
}

START_TEST(neon_store)
{
	uint16_t *room = kt_buf(4 * sizeof(*room));
	float x[4];

	for (uint32_t h = 0; h < 0x7c00; h++) {
		float a = mutsu_half_to_float((uint16_t)h);
		float middle = h == 0x7bff ? 65520.0f
					   : (a + mutsu_half_to_float((uint16_t)(h + 1))) / 2;

		x[0] = -a;
		x[1] = middle;
		x[2] = nextafterf(middle, 0.0f);
		x[3] = -nextafterf(middle, INFINITY);
		check_store(room, x);
	}
	for (size_t i = 0; i + 4 <= COUNT(kern_special); i++)
		check_store(room, kern_special + i);
}
END_TEST

int main(void)
{
	Suite *suite = kern_suite("half");
	TCase *tc = tcase_create("half");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, to_float);
	tcase_add_test(tc, bf16_to_float);
	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, from_float);
	if (kern_has_neon()) {
		tcase_add_test(tc, neon_load);
		tcase_add_test(tc, neon_store);
	}
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
