/* SPDX-License-Identifier: MIT */
/*
 * IEEE half and bfloat16, held as uint16_t, to and from float.  Bit-exact and
 * in integers only, so that it means the same on every compiler and machine.
 */
#ifndef COMPUTE_HALF_H
#define COMPUTE_HALF_H

#include <stdint.h>
#include <string.h>

static inline float mutsu_float_from_bits(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

static inline uint32_t mutsu_float_bits(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static inline float mutsu_half_to_float(uint16_t h)
{
	uint32_t sign = (uint32_t)(h & 0x8000) << 16;
	uint32_t exponent = (h >> 10) & 0x1f;
	uint32_t mantissa = h & 0x3ff;

	if (exponent == 0x1f)
		return mutsu_float_from_bits(sign | 0x7f800000 | mantissa << 13);
	if (exponent == 0) {
		/* A denormal is mantissa * 2^-24, exact in float. */
		float f = (float)mantissa * 0x1p-24f;

		return sign ? -f : f;
	}
	return mutsu_float_from_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

/* Rounds to nearest even; overflow gives infinity. */
static inline uint16_t mutsu_half_from_float(float f)
{
	uint32_t bits = mutsu_float_bits(f);
	uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
	uint32_t abs = bits & 0x7fffffff;
	uint32_t shift, half, rest, tie;

	if (abs > 0x7f800000)
		return sign | 0x7e00 | (uint16_t)(abs >> 13 & 0x3ff);
	if (abs >= 0x477ff000)		/* 65520 and more round to infinity */
		return sign | 0x7c00;
	if (abs < 0x33000000)		/* below half of the smallest denormal */
		return sign;

	if (abs < 0x38800000) {		/* a denormal half */
		shift = 126 - (abs >> 23);
		abs = (abs & 0x7fffff) | 0x800000;
	} else {
		shift = 13;
		abs -= 112u << 23;
	}
	half = abs >> shift;
	rest = abs & ((1u << shift) - 1);
	tie = 1u << (shift - 1);
	if (rest > tie || (rest == tie && (half & 1)))
		half++;
	return sign | (uint16_t)half;
}

static inline float mutsu_bf16_to_float(uint16_t h)
{
	return mutsu_float_from_bits((uint32_t)h << 16);
}

#endif
