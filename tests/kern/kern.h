/* SPDX-License-Identifier: MIT */
/*
 * What kernel tests share: random rows in guarded buffers, and comparison bit
 * for bit, where one NaN is as good as another.
 */
#ifndef TESTS_KERN_KERN_H
#define TESTS_KERN_KERN_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "compute/half.h"
#include "compute/kernels.h"
#include "tests/lib/suite.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Half an ulp of 1: the relative error of one rounding. */
#define EPS	0x1p-24

/* Values that need care, finite ones first. */
static const float kern_special[] = {
	0.0f, -0.0f, 1.0f, -1.0f, 0x1p-149f, -0x1p-149f, 0x1.fffffcp-127f, 0x1p-126f,
	1e-20f, -1e-20f, 1e20f, -1e20f, 0x1.fffffep+127f, -0x1.fffffep+127f,
	88.7f, -88.7f, 88.8f, -88.8f, 103.0f, -104.0f, 0.5f, 0x1.fffffep-1f,
	INFINITY, -INFINITY, NAN,
};

#define KERN_N_FINITE	(COUNT(kern_special) - 3)

static inline float *kern_floats(size_t n, float lo, float hi)
{
	float *x = kt_buf(n * sizeof(*x));

	for (size_t i = 0; i < n; i++)
		x[i] = kt_uniform(lo, hi);
	return x;
}

/* The first n_from of kern_special, mixed with values of all magnitudes. */
static inline float *kern_specials(size_t n, size_t n_from)
{
	float *x = kt_buf(n * sizeof(*x));

	for (size_t i = 0; i < n; i++) {
		if (kt_below(2))
			x[i] = kern_special[kt_below((uint32_t)n_from)];
		else
			x[i] = ldexpf(kt_uniform(-1.0f, 1.0f), (int)kt_below(250) - 125);
	}
	return x;
}

static inline float *kern_copy(const float *x, size_t n)
{
	float *copy = kt_buf(n * sizeof(*copy));

	memcpy(copy, x, n * sizeof(*copy));
	return copy;
}

static inline bool kern_same(float a, float b)
{
	return mutsu_float_bits(a) == mutsu_float_bits(b) || (isnan(a) && isnan(b));
}

/* Fails the test at the first of n floats that differs; what: printf arguments. */
#define kern_assert_same(want, got, n, ...) do {				\
	for (size_t kern_i = 0; kern_i < (n); kern_i++) {			\
		char kern_what[160];						\
										\
		if (kern_same((want)[kern_i], (got)[kern_i]))			\
			continue;						\
		snprintf(kern_what, sizeof(kern_what), __VA_ARGS__);		\
		ck_abort_msg("%s: [%zu] is %a, not %a", kern_what, kern_i,	\
			     (double)(got)[kern_i], (double)(want)[kern_i]);	\
	}									\
} while (0)

/* Check runs each test in a process of its own: all of them start from this seed. */
static inline Suite *kern_suite(const char *name)
{
	printf("# KT_SEED=%#llx\n", (unsigned long long)kt_seed);
	return suite_create(name);
}

static inline bool kern_has_neon(void)
{
	if (mutsu_isa_detect() & MUTSU_ISA_NEON)
		return true;
	suite_skip("neon", "this CPU has neither NEON nor AVX2 with FMA and F16C");
	return false;
}

#endif
