// SPDX-License-Identifier: MIT
/*
 * Float instructions.  All sources are exact in double; the two that can need more
 * than its 53 bits, sums of a product, are rounded to odd first, which keeps what
 * the next rounding must know.  Nothing here depends on float or on conversions
 * of the host.
 */
#include "oracle.h"

#include <math.h>

double oracle_f16_value(u16 h)
{
	int exponent = h >> 10 & 31, mantissa = h & 1023;
	double sign = h & 0x8000 ? -1.0 : 1.0;

	if (exponent == 31)
		return mantissa ? NAN : sign * INFINITY;
	return sign * (exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24));
}

double oracle_f32_value(u32 f)
{
	int exponent = f >> 23 & 255, mantissa = f & 0x7fffff;
	double sign = f >> 31 ? -1.0 : 1.0;

	if (exponent == 255)
		return mantissa ? NAN : sign * INFINITY;
	return sign * (exponent ? ldexp(0x800000 + mantissa, exponent - 150) : 0.0);
}

/* Bits of |x|, to nearest even, in a format with these bits behind the point. */
static u32 round_bits(double x, int bits, int bias)
{
	u32 infinity = (2u * (unsigned int)bias + 1) << bits;
	int e;
	double m;

	if (isinf(x))
		return infinity;
	if (x == 0.0)
		return 0;
	e = ilogb(x) + bias;
	if (e < 1)
		e = 1;		/* denormals have the exponent of the smallest normal */
	m = rint(ldexp(x, bits + bias - e));	/* in units of the last place */
	if (e > 2 * bias)
		return infinity;
	/* A carry into the exponent is right as it is, up to infinity. */
	return ((u32)(e - 1) << bits) + (u32)m;
}

u16 oracle_f16_bits(double x)
{
	if (isnan(x))
		return 0x7e00;
	return (u16)((signbit(x) ? 0x8000u : 0) | round_bits(fabs(x), 10, 15));
}

u32 oracle_f32_bits(double x)
{
	u32 sign = signbit(x) ? 0x80000000u : 0, bits;

	if (isnan(x))
		return 0x7fc00000;
	bits = round_bits(fabs(x), 23, 127);
	return sign | (bits < 0x800000 ? 0 : bits);
}

double oracle_fma(double a, double b, double c)
{
	double p = a * b;	/* exact: 24 bits by 24 bits */
	double s = p + c;
	double from_p = s - c, from_c = s - from_p;
	double lost = (p - from_p) + (c - from_c);
	u64 bits;

	if (!isfinite(s) || lost == 0.0)
		return s;
	memcpy(&bits, &s, sizeof(bits));
	if (!(bits & 1))
		bits += (lost > 0) == (s > 0) ? 1 : (u64)-1;
	memcpy(&s, &bits, sizeof(s));
	return s;
}

static double minifloat(unsigned int v)
{
	int e = v >> 4 & 7, m = v & 15;
	double x = e ? ldexp(16 + m, e - 7) : m / 64.0;

	return v & 0x80 ? -x : x;
}

double oracle_float(const struct oracle *o, int lane, const struct agx_insn *insn, int i)
{
	const struct agx_operand *op = &insn->operand[i];
	u64 bits = op->kind == AGX_REG || op->kind == AGX_UNIFORM ?
			   oracle_bits(o, lane, op, 0) : op->value;
	double x = op->kind == AGX_FIMM ? minifloat((unsigned int)bits) :
		   op->size == AGX_16   ? oracle_f16_value((u16)bits) :
					  oracle_f32_value((u32)bits);

	if (op->abs)
		x = fabs(x);
	return op->neg ? -x : x;
}

/* Not ordered where one is NaN, except that ltn and gtn let a NaN lose. */
static bool compare(unsigned int cond, double a, double b)
{
	switch (cond & 7) {
	case AGX_FEQ:
		return a == b;
	case AGX_FLT:
		return a < b;
	case AGX_FGT:
		return a > b;
	case AGX_FLTN:
		return a < b || isnan(b);
	case AGX_FGE:
		return a >= b;
	case AGX_FLE:
		return a <= b;
	case AGX_FGTN:
		return a > b || isnan(b);
	default:
		return false;
	}
}

bool oracle_fcmp(const struct oracle *o, int lane, const struct agx_insn *insn, int i, int j)
{
	bool yes = compare(insn->cond, oracle_float(o, lane, insn, i),
			   oracle_float(o, lane, insn, j));

	return yes != !!(insn->cond & AGX_COND_NOT);
}

static double saturated(double x)
{
	return isnan(x) || x <= 0.0 ? 0.0 : x > 1.0 ? 1.0 : x;
}

/* Quarters of a turn from 0 to 4 folded to -1 ... 1; the sine is the same. */
static double folded(double t)
{
	return t <= 1.0 ? t : t <= 3.0 ? 2.0 - t : t - 4.0;
}

/* sin(quarters) / quarters */
static double sine_slope(double q)
{
	return q == 0.0 ? M_PI_2 : sin(q * M_PI_2) / q;
}

/*
 * D as a real number of the sources in the order of the text.  For the first half
 * of them the expression is exact (or rounded to odd).
 */
#define EXPRESSIONS(X)							\
	X(FADD, oracle_fma(a, 1.0, b))					\
	X(HADD, oracle_fma(a, 1.0, b))					\
	X(FMUL, a * b)							\
	X(HMUL, a * b)							\
	X(FFMA, oracle_fma(a, b, c))					\
	X(HFMA, oracle_fma(a, b, c))					\
	X(FLOOR, floor(a))						\
	X(CEIL, ceil(a))						\
	X(TRUNC, trunc(a))						\
	X(RINT, rint(a))						\
	X(RCP, 1.0 / a)							\
	X(RSQRT, 1.0 / sqrt(a))						\
	X(RSQRTS, a == 0.0 || a == INFINITY ? 1.0 : 1.0 / sqrt(a))	\
	X(LOG2, log2(a))						\
	X(EXP2, exp2(a))						\
	X(SINR, folded(a))						\
	X(SINC, sine_slope(a))

static bool expression(enum agx_op op, double a, double b, double c, double *d)
{
	switch (op) {
#define CASE(name, expr) case AGX_OP_##name: *d = (expr); return true;
	EXPRESSIONS(CASE)
#undef CASE
	default:
		return false;
	}
}

bool oracle_is_near(const struct oracle *o, int lane, unsigned int size, u32 got, u32 want)
{
	double a = size == AGX_16 ? oracle_f16_value((u16)got) : oracle_f32_value(got);
	double b = size == AGX_16 ? oracle_f16_value((u16)want) : oracle_f32_value(want);

	return got == want || isinf(o->slack[lane]) || fabs(a - b) <= o->slack[lane];
}

/* Where expressions here have an error of their own. */
static bool is_inexact(enum agx_op op)
{
	switch (op) {
	case AGX_OP_RCP:
	case AGX_OP_RSQRT:
	case AGX_OP_RSQRTS:
	case AGX_OP_LOG2:
	case AGX_OP_EXP2:
	case AGX_OP_SINR:
	case AGX_OP_SINC:
		return true;
	default:
		return false;
	}
}

/* One unit in the last place of the result d of a; with what flushing makes of it. */
static double error_of(const struct agx_insn *insn, double a, double d)
{
	bool is_half = insn->operand[0].size == AGX_16;
	double size = fabs(d);

	/* Any number there is one whose product with a is the square root. */
	if (insn->op == AGX_OP_RSQRTS && (a == 0.0 || isinf(a)))
		return INFINITY;
	if (d == 0.0 || !isfinite(d))
		return 0.0;
	if (size > (is_half ? 65504.0 : 0x1.fffffp127))
		return INFINITY;
	if (size < 0x1p-126 * 1.001)
		return 0x1.01p-126;
	if (is_half && size < 0x1p-14)
		return 0x1p-24;
	return ldexp(1.0, ilogb(d) - (is_half ? 10 : 23));
}

static bool is_half_op(enum agx_op op)
{
	return op == AGX_OP_HADD || op == AGX_OP_HMUL || op == AGX_OP_HFMA;
}

/* A result of f32 goes through f32 even where a half is written. */
static u32 result_bits(const struct agx_insn *insn, double x)
{
	if (insn->flags & AGX_SATURATE)
		x = saturated(x);
	if (is_half_op(insn->op))
		return oracle_f16_bits(x);
	if (insn->operand[0].size == AGX_16)
		return oracle_f16_bits(oracle_f32_value(oracle_f32_bits(x)));
	return oracle_f32_bits(x);
}

/* --- conversions ------------------------------------------------------------ */

static double rounded(const struct agx_insn *insn, double x)
{
	return insn->round ? rint(x) : trunc(x);
}

static double clamped(double x, double low, double high)
{
	return isnan(x) ? 0.0 : x < low ? low : x > high ? high : x;
}

/* Integer to float, in one rounding; towards zero by cutting bits off first. */
static u32 float_of(const struct agx_insn *insn, double x)
{
	bool is_half = insn->operand[0].size == AGX_16;
	int bits = is_half ? 11 : 24;

	if (!insn->round && x != 0.0) {
		double unit = ldexp(1.0, ilogb(x) + 1 - bits);

		x = trunc(x / unit) * unit;
		if (is_half)
			x = clamped(x, -65504.0, 65504.0);
	}
	return is_half ? oracle_f16_bits(x) : oracle_f32_bits(x);
}

#define CONVERSIONS(X)								\
	X(U8_TO_F, float_of(insn, (double)(u8)n))				\
	X(S8_TO_F, float_of(insn, (double)(s8)n))				\
	X(U16_TO_F, float_of(insn, (double)(u16)n))				\
	X(S16_TO_F, float_of(insn, (double)(s16)n))				\
	X(U32_TO_F, float_of(insn, (double)(u32)n))				\
	X(S32_TO_F, float_of(insn, (double)s))					\
	X(F_TO_U16, (u64)clamped(rounded(insn, x), 0, 65535))			\
	X(F_TO_S16, (u64)(s64)clamped(rounded(insn, x), -32768, 32767))		\
	X(F_TO_U32, (u64)clamped(rounded(insn, x), 0, 4294967295.0))		\
	X(F_TO_S32, (u64)(s64)clamped(rounded(insn, x), -2147483648.0, 2147483647.0))

static bool conversion(const struct oracle *o, int lane, const struct agx_insn *insn, u64 *d)
{
	u64 n = oracle_int(o, lane, insn, 1);
	s32 s = (s32)oracle_signed(o, lane, insn, 1);
	double x = oracle_float(o, lane, insn, 1);

	switch (insn->op) {
#define CASE(name, expr) case AGX_OP_##name: *d = (expr); return true;
	CONVERSIONS(CASE)
#undef CASE
	default:
		return false;
	}
}

static bool is_conversion(enum agx_op op)
{
	return op >= AGX_OP_U8_TO_F && op <= AGX_OP_S32_TO_F;
}

static bool one_lane(struct oracle *o, int lane, const struct agx_insn *insn, u64 *d)
{
	double v[4] = { 0 }, x;

	if (is_conversion(insn->op))
		return conversion(o, lane, insn, d);
	for (int i = 1; i < insn->n_operands && i < 4; i++)
		v[i] = oracle_float(o, lane, insn, i);
	if (!expression(insn->op, v[1], v[2], v[3], &x))
		return false;
	*d = result_bits(insn, x);
	o->inexact = is_inexact(insn->op);
	if (o->inexact)
		o->slack[lane] = error_of(insn, v[1], x);
	return true;
}

bool oracle_arithmetic(struct oracle *o, const struct agx_insn *insn)
{
	u64 d;

	for (int lane = 0; lane < AGX_LANES; lane++) {
		if (!one_lane(o, lane, insn, &d))
			return false;
		if (o->active[lane])
			oracle_set(o, lane, &insn->operand[0], 0, d);
	}
	return true;
}
