// SPDX-License-Identifier: MIT
/*
 * Activations: every implementation against the reference, bit for bit, and the
 * reference against what the contract says in words.
 */
#include "compute/ops/activation.h"

#include <math.h>
#include <string.h>

#include "compute/half.h"
#include "compute/kernels.h"
#include "compute/quant.h"
#include "compute/type.h"
#include "tests/lib/suite.h"

static const struct {
	const char *name;
	enum mutsu_act act;
	size_t block;
	mutsu_activation_fn *ref, *fn;
	unsigned int isa;
} impls[] = {
	{ "r16_neon", MUTSU_ACT_R16, 1, mutsu_activation_r16_ref, mutsu_activation_r16_neon,
	  MUTSU_ISA_NEON },
	{ "f16_neon", MUTSU_ACT_F16, 1, mutsu_activation_f16_ref, mutsu_activation_f16_neon,
	  MUTSU_ISA_NEON },
	{ "q8_neon", MUTSU_ACT_Q8, MUTSU_QK, mutsu_activation_q8_ref, mutsu_activation_q8_neon,
	  MUTSU_ISA_NEON },
	{ "q8k_neon", MUTSU_ACT_Q8K, MUTSU_QK_K, mutsu_activation_q8k_ref,
	  mutsu_activation_q8k_neon, MUTSU_ISA_NEON },
};

#define N_IMPLS	((int)(sizeof(impls) / sizeof(impls[0])))

/* Floats of a block: of one scale each, from tiny to huge, some of them special. */
static void fill(float *x, size_t n, size_t block)
{
	static const float special[] = {
		0.0f, -0.0f, 1.0f, -1.0f, 0.5f, 65504.0f, 65519.0f, 65520.0f, -65536.0f,
		0x1p-24f, 0x1p-25f, 0x1.8p-25f, 0x1p-149f, 1e-37f, 1e-36f, 127.0f, -127.0f,
	};

	for (size_t i = 0; i < n; i += block) {
		int exponent = (int)kt_below(250) - 135, kind = (int)kt_below(8);

		if (kind < 4)
			exponent = (int)kt_below(8) - 4;
		for (size_t j = i; j < i + block; j++) {
			x[j] = ldexpf(kt_uniform(-1, 1), exponent);
			if (kind == 0)		/* ties: multiples of a half of amax / 127 */
				x[j] = (float)((int)kt_below(509) - 254) * 0.5f;
			if (kind == 1 && !kt_below(4))
				x[j] = special[kt_below(sizeof(special) / sizeof(special[0]))];
			if (kind == 2)
				x[j] = copysignf(special[kt_below(16)], x[j]);
			if (kind == 3)
				x[j] = 0.0f;
		}
	}
}

START_TEST(as_reference)
{
	size_t block = impls[_i].block;

	for (int round = 0; round < 400; round++) {
		size_t n = block * kt_below(block == 1 ? 70 : 5);
		size_t size = mutsu_act_row_size(impls[_i].act, n);
		uint64_t seed = kt_seed;
		float *x = kt_buf(n * sizeof(*x));
		void *want = kt_buf(size), *got = kt_buf(size);

		fill(x, n, block);
		impls[_i].ref(want, x, n);
		impls[_i].fn(got, x, n);
		ck_assert_msg(!memcmp(want, got, size), "activation_%s, n = %zu, KT_SEED=%#llx",
			      impls[_i].name, n, (unsigned long long)seed);
	}
}
END_TEST

/* No crash, no trap, and halves keep NaN and saturate. */
START_TEST(not_finite)
{
	static const float bad[] = { NAN, INFINITY, -INFINITY };
	float *x = kt_buf(MUTSU_QK_K * sizeof(*x));
	void *y = kt_buf(mutsu_act_row_size(MUTSU_ACT_F32, MUTSU_QK_K));

	for (int round = 0; round < 50; round++) {
		const uint16_t *h = y;

		fill(x, MUTSU_QK_K, MUTSU_QK_K);
		for (int i = 0; i < 10; i++)
			x[kt_below(MUTSU_QK_K)] = bad[kt_below(3)];
		x[7] = NAN;
		x[8] = -INFINITY;
		for (int k = 0; k < 2; k++) {
			(k ? impls[_i].fn : impls[_i].ref)(y, x, MUTSU_QK_K);
			if (impls[_i].act != MUTSU_ACT_F16)
				continue;
			ck_assert_uint_gt(h[7] & 0x7fff, 0x7c00);
			ck_assert_uint_eq(h[8], 0xfbff);
		}
	}
}
END_TEST

START_TEST(f32_is_a_copy)
{
	float *x = kt_buf(33 * sizeof(*x)), *y = kt_buf(36 * sizeof(*y));

	fill(x, 33, 33);
	mutsu_activation_f32_ref(y, x, 33);
	ck_assert_mem_eq(x, y, 33 * sizeof(*x));
}
END_TEST

START_TEST(f16_nearest)
{
	float *x = kt_buf(256 * sizeof(*x));
	uint16_t *h = kt_buf(256 * sizeof(*h));

	fill(x, 256, 1);
	mutsu_activation_f16_ref(h, x, 256);
	for (int i = 0; i < 256; i++) {
		float got = mutsu_half_to_float(h[i]), above, below;

		if (fabsf(x[i]) >= 65504.0f) {
			ck_assert_float_eq(got, copysignf(65504.0f, x[i]));
			continue;
		}
		/* No half is nearer. */
		above = mutsu_half_to_float(h[i] + 1);
		below = mutsu_half_to_float(h[i] & 0x7fff ? h[i] - 1 : h[i] ^ 0x8001);
		ck_assert(fabs((double)got - (double)x[i]) <= fabs((double)above - (double)x[i]));
		ck_assert(fabs((double)got - (double)x[i]) <= fabs((double)below - (double)x[i]));
	}
}
END_TEST

START_TEST(r16_is_f16)
{
	float *x = kt_buf(256 * sizeof(*x)), *r = kt_buf(256 * sizeof(*r));
	uint16_t *h = kt_buf(256 * sizeof(*h));

	fill(x, 256, 1);
	mutsu_activation_f16_ref(h, x, 256);
	mutsu_activation_r16_ref(r, x, 256);
	for (int i = 0; i < 256; i++)
		ck_assert_uint_eq(mutsu_float_bits(r[i]),
				  mutsu_float_bits(mutsu_half_to_float(h[i])));
}
END_TEST

/*
 * |x - d * q| is at most half a step, and for the rounding of d to half 2^-11 of
 * it for each of up to 127 steps.
 */
START_TEST(q8_near)
{
	float *x = kt_buf(MUTSU_QK * sizeof(*x));
	struct mutsu_q8 *b = kt_buf(sizeof(*b));

	for (int round = 0; round < 200; round++) {
		int sum = 0;

		for (int i = 0; i < MUTSU_QK; i++)
			x[i] = kt_uniform(-3, 3);
		mutsu_activation_q8_ref(b, x, MUTSU_QK);
		for (int i = 0; i < MUTSU_QK; i++) {
			float error = fabsf(x[i] - b->d * b->q[i]);

			ck_assert(error <= (0.50001f + 127 * 0x1p-11f) * b->d);
			ck_assert_int_gt(b->q[i], -128);
			sum += b->q[i];
		}
		/* Two roundings to half, of d and of s. */
		ck_assert(fabsf(b->s - b->d * (float)sum) <= 0x1.01p-10f * fabsf(b->s));
	}
}
END_TEST

START_TEST(q8k_near)
{
	float *x = kt_buf(MUTSU_QK_K * sizeof(*x));
	struct mutsu_q8k *b = kt_buf(sizeof(*b));

	for (int round = 0; round < 50; round++) {
		int sum = 0, bsum = 0;

		for (int i = 0; i < MUTSU_QK_K; i++)
			x[i] = kt_uniform(-3, 3);
		mutsu_activation_q8k_ref(b, x, MUTSU_QK_K);
		for (int i = 0; i < MUTSU_QK_K; i++) {
			ck_assert(fabsf(x[i] - b->d * b->q[i]) <= 0.50001f * fabsf(b->d));
			sum += b->q[i];
		}
		for (int g = 0; g < MUTSU_QK_K / 16; g++)
			bsum += b->bsum[g];
		ck_assert_int_eq(sum, bsum);
	}
}
END_TEST

/* The first of two elements of largest magnitude becomes -127. */
START_TEST(q8k_first_of_equals)
{
	float *x = kt_buf(MUTSU_QK_K * sizeof(*x));
	struct mutsu_q8k *b = kt_buf(sizeof(*b));

	x[40] = 2.0f;
	x[41] = -2.0f;
	mutsu_activation_q8k_ref(b, x, MUTSU_QK_K);
	ck_assert_int_eq(b->q[40], -127);
	ck_assert_int_eq(b->q[41], 127);
	ck_assert(b->d < 0.0f);
}
END_TEST

START_TEST(next_to_zero)
{
	float *x = kt_buf(MUTSU_QK_K * sizeof(*x));
	struct mutsu_q8k *k = kt_buf(sizeof(*k));
	struct mutsu_q8 *b = kt_buf(sizeof(*b));

	x[3] = -1e-37f;
	mutsu_activation_q8_ref(b, x, MUTSU_QK);
	mutsu_activation_q8k_ref(k, x, MUTSU_QK_K);
	ck_assert_float_eq(b->d, 0.0f);
	ck_assert_float_eq(k->d, 0.0f);
	ck_assert_int_eq(b->q[3], 0);
	ck_assert_int_eq(k->q[3], 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("activation");
	TCase *tc = tcase_create("activation");
	unsigned int isa = mutsu_isa_detect();

	for (int i = 0; i < N_IMPLS; i++) {
		if (impls[i].isa & ~isa) {
			suite_skip(impls[i].name, "this CPU does not have it");
			continue;
		}
		tcase_add_loop_test(tc, as_reference, i, i + 1);
		tcase_add_loop_test(tc, not_finite, i, i + 1);
	}
	tcase_add_test(tc, f32_is_a_copy);
	tcase_add_test(tc, f16_nearest);
	tcase_add_test(tc, r16_is_f16);
	tcase_add_test(tc, q8_near);
	tcase_add_test(tc, q8k_near);
	tcase_add_test(tc, q8k_first_of_equals);
	tcase_add_test(tc, next_to_zero);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
