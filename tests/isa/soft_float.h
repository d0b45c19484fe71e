/* SPDX-License-Identifier: MIT */
/*
 * An oracle for float arithmetic: exact values as integers, rounded once at the
 * end.  No host floating point, so that it says the same on every machine.
 */
#ifndef TESTS_ISA_SOFT_FLOAT_H
#define TESTS_ISA_SOFT_FLOAT_H

#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 sf_mantissa;

enum sf_kind { SF_FINITE, SF_INFINITY, SF_NAN };

/* m * 2^exp, m 0 for a zero that has a sign, too. */
struct sf {
	enum sf_kind kind;
	bool negative;
	int exp;
	sf_mantissa m;
};

struct sf_format {
	int bits;	/* of the mantissa, with the hidden one */
	int min;	/* exponent of the smallest denormal */
	int width;	/* bits in all */
};

#define SF_F32 ((struct sf_format){ 24, -149, 32 })
#define SF_F16 ((struct sf_format){ 11, -24, 16 })

static inline struct sf sf_unpack(uint32_t x, struct sf_format f)
{
	uint32_t fraction = x & ((1u << (f.bits - 1)) - 1);
	uint32_t most = (1u << (f.width - f.bits)) - 1, e = x >> (f.bits - 1) & most;
	struct sf r = { .negative = x >> (f.width - 1) & 1, .m = fraction, .exp = f.min };

	if (e == most)
		r.kind = fraction ? SF_NAN : SF_INFINITY;
	if (e) {
		r.m |= 1u << (f.bits - 1);
		r.exp += (int)e - 1;
	}
	return r;
}

static inline struct sf sf_half(uint32_t x)
{
	return sf_unpack(x & 0xffff, SF_F16);
}

/* f32 as the instructions see it: no denormals. */
static inline struct sf sf_float(uint32_t x)
{
	if (!(x & 0x7f800000))
		x &= 0x80000000;
	return sf_unpack(x, SF_F32);
}

static inline struct sf sf_int(int64_t x)
{
	return (struct sf){ .negative = x < 0, .m = (sf_mantissa)(x < 0 ? -x : x) };
}

static inline struct sf sf_nan(void)
{
	return (struct sf){ .kind = SF_NAN };
}

static inline struct sf sf_mul(struct sf a, struct sf b)
{
	struct sf r = { .negative = a.negative != b.negative, .exp = a.exp + b.exp };

	if (a.kind == SF_NAN || b.kind == SF_NAN)
		return sf_nan();
	if (a.kind == SF_INFINITY || b.kind == SF_INFINITY) {
		r.kind = SF_INFINITY;
		if ((a.kind == SF_FINITE && !a.m) || (b.kind == SF_FINITE && !b.m))
			return sf_nan();
		return r;
	}
	r.m = a.m * b.m;
	return r;
}

/* Moves the point; where bits are lost, the last bit says so. */
static inline struct sf sf_align(struct sf a, int exp)
{
	while (a.exp > exp && !(a.m >> 120)) {
		a.m <<= 1;
		a.exp--;
	}
	while (a.exp < exp && a.m > 1) {
		a.m = a.m >> 1 | (a.m & 1);
		a.exp++;
	}
	/* What is left of it is nothing, or less than anything that counts. */
	if (a.exp < exp)
		a.exp = exp;
	return a;
}

/* Mantissas have 48 bits at most: 70 more keep what rounding must know. */
static inline struct sf sf_add(struct sf a, struct sf b)
{
	struct sf r;

	if (a.kind == SF_NAN || b.kind == SF_NAN ||
	    (a.kind == SF_INFINITY && b.kind == SF_INFINITY && a.negative != b.negative))
		return sf_nan();
	if (a.kind == SF_INFINITY || b.kind == SF_INFINITY)
		return a.kind == SF_INFINITY ? a : b;
	if (!a.m && !b.m)
		return (struct sf){ .negative = a.negative && b.negative };
	if (!a.m || !b.m)
		return a.m ? a : b;
	if (a.exp < b.exp) {
		r = a;
		a = b;
		b = r;
	}
	/* a goes down to b, as far as there is room; b comes up the rest of the way. */
	for (int i = 0; i < 70 && a.exp > b.exp; i++) {
		a.m <<= 1;
		a.exp--;
	}
	b = sf_align(b, a.exp);
	r.kind = SF_FINITE;
	r.exp = a.exp;
	r.negative = a.m >= b.m ? a.negative : b.negative;
	if (a.negative == b.negative)
		r.m = a.m + b.m;
	else
		r.m = a.m >= b.m ? a.m - b.m : b.m - a.m;
	if (!r.m)
		r.negative = false;
	return r;
}

static inline int sf_length(sf_mantissa m)
{
	int n = 0;

	for (; m; m >>= 1)
		n++;
	return n;
}

/* To nearest even, or to zero; NaN is the one that the instructions return. */
static inline uint32_t sf_round(struct sf a, struct sf_format f, bool to_zero)
{
	uint32_t sign = (uint32_t)a.negative << (f.width - 1);
	uint32_t infinity = ((1u << (f.width - f.bits)) - 1) << (f.bits - 1);
	sf_mantissa left = 0, half;
	uint32_t m;
	int cut;

	if (a.kind == SF_NAN)
		return infinity | 1u << (f.bits - 2);
	if (a.kind == SF_INFINITY)
		return sign | infinity;
	if (!a.m)
		return sign;
	cut = sf_length(a.m) - f.bits;
	if (a.exp + cut < f.min)
		cut = f.min - a.exp;
	if (cut > 126)
		cut = 126;
	if (cut > 0) {
		left = a.m & (((sf_mantissa)1 << cut) - 1);
		half = (sf_mantissa)1 << (cut - 1);
		m = (uint32_t)(a.m >> cut);
		if (!to_zero && (left > half || (left == half && (m & 1))))
			m++;
	} else {
		m = (uint32_t)(a.m << -cut);
	}
	/* The hidden bit adds one to the exponent; so does a carry out of the mantissa. */
	if (m >> (f.bits - 1)) {
		uint64_t bits = ((uint64_t)(a.exp + cut - f.min) << (f.bits - 1)) + m;

		if (bits >= infinity)
			return sign | (to_zero ? infinity - 1 : infinity);
		return sign | (uint32_t)bits;
	}
	return sign | m;
}

/* An f32 result: denormals flushed. */
static inline uint32_t sf_to_float(struct sf a)
{
	uint32_t x = sf_round(a, SF_F32, false);

	return x & 0x7f800000 ? x : x & 0x80000000;
}

static inline uint32_t sf_to_half(struct sf a)
{
	return sf_round(a, SF_F16, false);
}

static inline struct sf sf_abs_neg(struct sf a, bool abs, bool neg)
{
	a.negative = (a.negative && !abs) != neg;
	return a;
}

/* To [0, 1] before it is rounded. */
static inline struct sf sf_saturate(struct sf a)
{
	if (a.kind == SF_NAN || a.negative)
		return (struct sf){ .m = 0 };
	if (a.kind == SF_INFINITY || (a.m && sf_length(a.m) + a.exp > 0))
		return sf_int(1);
	return a;
}

#endif
