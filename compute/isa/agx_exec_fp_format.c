// SPDX-License-Identifier: MIT
/* Memory formats that are not integers, to and from registers. */
#include "agx_exec_fp.h"
#include "agx_exec_fp_math.h"

FP_INLINE float float_of(u32 bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

FP_INLINE u32 bits_of(float x)
{
	u32 bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

/* --- parts of a texel ------------------------------------------------------- */

/* An exact product, or whatever else is positive and below 2^52, to an integer: RNE. */
FP_INLINE u32 nearest(double x)
{
	return (u32)((x + 0x1p52) - 0x1p52);
}

/* To [low, 1]; NaN to 0. */
FP_INLINE float limit(float x, float low)
{
	if (x >= 1.0f)
		return 1.0f;
	return x > low ? x : x <= low ? low : 0.0f;
}

FP_INLINE float from_unorm(u32 x, u32 max)
{
	return (float)x / (float)max;
}

FP_INLINE u32 to_unorm(float x, u32 max)
{
	return nearest((double)limit(x, 0.0f) * max);
}

/* The most negative integer is -1, as the one above it. */
FP_INLINE float from_snorm(s32 x, s32 max)
{
	return x < -max ? -1.0f : (float)x / (float)max;
}

FP_INLINE u32 to_snorm(float x, u32 max)
{
	float a = limit(x, -1.0f);
	u32 n = nearest((double)(a < 0.0f ? -a : a) * max);

	return a < 0.0f ? -n : n;
}

/*
 * Floats without sign, of 5 bits of exponent and as many more of the mantissa: the
 * upper bits of a half.  Negative is 0, too large the largest, NaN all ones.
 */
static u32 to_ufloat(float x, u32 mantissa_bits, bool to_zero)
{
	u32 cut = 23 - mantissa_bits, infinity = 31u << mantissa_bits, bits;

	if (x != x)
		return infinity | (infinity >> 5);
	if (!(x > 0.0f))
		return 0;
	if (x == __builtin_inff())
		return infinity;
	if (x < 0x1p-14f) {
		/* Multiples of the smallest one. */
		double units = (double)x * (double)(1u << (14 + mantissa_bits));

		return to_zero ? (u32)units : nearest(units);
	}
	bits = bits_of(x) - (112u << 23);
	if (!to_zero)
		bits += (1u << (cut - 1)) - 1 + (bits >> cut & 1);
	bits >>= cut;
	return bits < infinity ? bits : infinity - 1;
}

/* Three mantissas of 9 bits and an exponent e for all: m * 2^(e - 24). */
static u32 to_rgb9e5(const float rgb[3], bool to_zero)
{
	const float largest = 511 * 0x1p7f;
	u32 word = 0, e, m[3];
	float x[3], max = 0.0f;
	double scale;

	for (int i = 0; i < 3; i++) {
		x[i] = rgb[i] > 0.0f ? rgb[i] : 0.0f;
		x[i] = x[i] < largest ? x[i] : largest;
		max = x[i] > max ? x[i] : max;
	}
	/* One above that of the largest; none is below 2^-16. */
	e = bits_of(max) >> 23;
	e = e > 111 ? e - 111 : 0;
	for (int again = 0; again < 2; again++) {
		scale = (double)float_of((127 + 24 - e) << 23);
		for (int i = 0; i < 3; i++)
			m[i] = to_zero ? (u32)(x[i] * scale) : nearest(x[i] * scale);
		if (m[0] < 512 && m[1] < 512 && m[2] < 512)
			break;
		/* Rounded up to 512: the next exponent has room. */
		e++;
	}
	for (int i = 0; i < 3; i++)
		word |= m[i] << 9 * i;
	return word | e << 27;
}

/* --- sRGB ------------------------------------------------------------------- */

/* x^p for x >= 0, two or more at a time. */
FP_INLINE void powers(double x[AGX_LANES], double p)
{
	for (int l = 0; l < AGX_LANES; l += VEC_DOUBLES)
		*(vd *)(x + l) = exp2_vec(log2_vec(*(vd *)(x + l)) * p);
}

static void from_srgb(float to[AGX_LANES], const u32 raw[AGX_LANES])
{
	double x[AGX_LANES] AGX_ALIGNED(VEC_BYTES);

	for (int l = 0; l < AGX_LANES; l++)
		x[l] = (raw[l] / 255.0 + 0.055) / 1.055;
	powers(x, 2.4);
	for (int l = 0; l < AGX_LANES; l++) {
		double linear = raw[l] / 255.0 / 12.92;

		to[l] = (float)(raw[l] <= 10 ? linear : x[l]);
	}
}

static void to_srgb(u32 raw[AGX_LANES], const float from[AGX_LANES])
{
	double x[AGX_LANES] AGX_ALIGNED(VEC_BYTES);

	for (int l = 0; l < AGX_LANES; l++)
		x[l] = (double)limit(from[l], 0.0f);
	powers(x, 1 / 2.4);
	for (int l = 0; l < AGX_LANES; l++) {
		double a = (double)limit(from[l], 0.0f);

		raw[l] = nearest((a <= 0.0031308 ? 12.92 * a : 1.055 * x[l] - 0.055) * 255);
	}
}

/* --- lanes ------------------------------------------------------------------ */

static const struct {
	u8 shift, bits;
} rgb10a2[4] = { { 0, 10 }, { 10, 10 }, { 20, 10 }, { 30, 2 } };

/* Bits of the word, and where they stand in a half. */
static const struct {
	u8 shift, bits, at;
} rg11b10f[3] = { { 0, 11, 4 }, { 11, 11, 4 }, { 22, 10, 5 } };

static void halves_to_floats(float to[AGX_LANES], const u32 half[AGX_LANES])
{
	for (int i = 0; i < AGX_LANES; i += VEC_LANES) {
		vf x = finish(from_half(load_at(half + i) & 0xffff));

		memcpy(to + i, &x, sizeof(x));
	}
}

static void unpack_rg11b10f(float to[AGX_LANES], const u32 raw[AGX_LANES], unsigned int c)
{
	u32 half[AGX_LANES];

	for (int l = 0; l < AGX_LANES; l++)
		half[l] = (raw[l] >> rg11b10f[c].shift & ((1u << rg11b10f[c].bits) - 1))
			  << rg11b10f[c].at;
	halves_to_floats(to, half);
}

/* One component as f32. */
static void unpack(float to[AGX_LANES], const u32 raw[AGX_LANES], enum agx_format format,
		   unsigned int c)
{
	for (int l = 0; l < AGX_LANES; l++) {
		u32 x = raw[l];

		switch (format) {
		case AGX_U8NORM:
		case AGX_SRGBA8:
			to[l] = from_unorm(x & 0xff, 0xff);
			break;
		case AGX_S8NORM:
			to[l] = from_snorm((s8)x, 0x7f);
			break;
		case AGX_U16NORM:
			to[l] = from_unorm(x & 0xffff, 0xffff);
			break;
		case AGX_S16NORM:
			to[l] = from_snorm((s16)x, 0x7fff);
			break;
		case AGX_RGB10A2:
			x >>= rgb10a2[c].shift;
			to[l] = from_unorm(x & ((1u << rgb10a2[c].bits) - 1),
					   (1u << rgb10a2[c].bits) - 1);
			break;
		case AGX_RGB9E5:
		case AGX_RGB9E5_RTZ:
			to[l] = (float)(x >> 9 * c & 511) * float_of(((x >> 27) + 127 - 24) << 23);
			break;
		default:
			to[l] = 0.0f;
			break;
		}
	}
}

void agx_format_unpack(u32 value[AGX_LANES], const u32 raw[AGX_LANES], enum agx_format format,
		       unsigned int component, enum agx_size size)
{
	float x[AGX_LANES];

	if (format == AGX_F16)
		halves_to_floats(x, raw);
	else if (format == AGX_RG11B10F || format == AGX_RG11B10F_RTZ)
		unpack_rg11b10f(x, raw, component % 3);
	else if (format == AGX_SRGBA8 && component < 3)
		from_srgb(x, raw);
	else
		unpack(x, raw, format, component % 4);
	for (int i = 0; i < AGX_LANES; i += VEC_LANES) {
		vu bits;

		memcpy(&bits, x + i, sizeof(bits));
		if (size == AGX_16)
			bits = to_half((vf)bits);
		memcpy(value + i, &bits, sizeof(bits));
	}
}

static u32 pack_rgb10a2(const float x[4])
{
	u32 word = 0;

	for (int c = 0; c < 4; c++)
		word |= to_unorm(x[c], (1u << rgb10a2[c].bits) - 1) << rgb10a2[c].shift;
	return word;
}

static u32 pack_rg11b10f(const float x[4], bool to_zero)
{
	u32 word = 0;

	for (int c = 0; c < 3; c++)
		word |= to_ufloat(x[c], rg11b10f[c].bits - 5u, to_zero) << rg11b10f[c].shift;
	return word;
}

/* One lane; of a format of elements x[0] is what is stored. */
static u32 pack(const float x[4], enum agx_format format)
{
	switch (format) {
	case AGX_U8NORM:
	case AGX_SRGBA8:
		return to_unorm(x[0], 0xff);
	case AGX_S8NORM:
		return to_snorm(x[0], 0x7f) & 0xff;
	case AGX_U16NORM:
		return to_unorm(x[0], 0xffff);
	case AGX_S16NORM:
		return to_snorm(x[0], 0x7fff) & 0xffff;
	case AGX_RGB10A2:
		return pack_rgb10a2(x);
	case AGX_RG11B10F:
	case AGX_RG11B10F_RTZ:
		return pack_rg11b10f(x, format == AGX_RG11B10F_RTZ);
	case AGX_RGB9E5:
	case AGX_RGB9E5_RTZ:
		return to_rgb9e5(x, format == AGX_RGB9E5_RTZ);
	default:
		return 0;
	}
}

static unsigned int components_packed(enum agx_format format)
{
	switch (format) {
	case AGX_RGB10A2:
		return 4;
	case AGX_RG11B10F:
	case AGX_RG11B10F_RTZ:
	case AGX_RGB9E5:
	case AGX_RGB9E5_RTZ:
		return 3;
	default:
		return 1;
	}
}

void agx_format_pack(u32 raw[AGX_LANES], const u32 *const value[4], enum agx_format format,
		     unsigned int component, enum agx_size size)
{
	float x[4][AGX_LANES] = {};
	unsigned int n = components_packed(format);

	for (unsigned int c = 0; c < n; c++) {
		const u32 *from = value[n == 1 ? component % 4 : c];

		for (int i = 0; i < AGX_LANES; i += VEC_LANES) {
			vu bits = load_at(from + i);
			vf f = flush(size == AGX_16 ? from_half(bits & 0xffff) : (vf)bits);

			if (format == AGX_F16) {
				bits = to_half(f);
				memcpy(raw + i, &bits, sizeof(bits));
			} else {
				memcpy(x[c] + i, &f, sizeof(f));
			}
		}
	}
	if (format == AGX_F16)
		return;
	if (format == AGX_SRGBA8 && component < 3) {
		to_srgb(raw, x[0]);
		return;
	}
	for (int l = 0; l < AGX_LANES; l++) {
		const float texel[4] = { x[0][l], x[1][l], x[2][l], x[3][l] };

		raw[l] = pack(texel, format);
	}
}
