// SPDX-License-Identifier: MIT
/* Memory formats that are not integers: every value that memory can hold, many floats. */
#include <math.h>

#include "exec_fp.h"

static uint32_t bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static float float_of(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* Register bits of an f32. */
static uint32_t in_register(uint32_t bits, enum agx_size size)
{
	return size == AGX_16 ? sf_to_half(sf_float(bits)) : bits;
}

/* --- elements that are fractions of an integer ------------------------------- */

static const struct norm {
	const char *name;
	enum agx_format format;
	int bits;
	bool sign;
	unsigned int component, shift;
} norms[] = {
	{ "u8norm", AGX_U8NORM, 8, false, 0, 0 },     { "s8norm", AGX_S8NORM, 8, true, 1, 0 },
	{ "u16norm", AGX_U16NORM, 16, false, 2, 0 },  { "s16norm", AGX_S16NORM, 16, true, 3, 0 },
	{ "srgba8 a", AGX_SRGBA8, 8, false, 3, 0 },   { "rgb10a2 r", AGX_RGB10A2, 10, false, 0, 0 },
	{ "rgb10a2 g", AGX_RGB10A2, 10, false, 1, 10 }, { "rgb10a2 b", AGX_RGB10A2, 10, false, 2, 20 },
	{ "rgb10a2 a", AGX_RGB10A2, 2, false, 3, 30 },
};

static int32_t norm_max(const struct norm *f)
{
	return (1 << (f->bits - f->sign)) - 1;
}

START_TEST(norm_unpack)
{
	const struct norm *f = &norms[_i];

	for (uint32_t x = 0; x < 1u << f->bits; x += AGX_LANES)
		for (enum agx_size size = AGX_16; size <= AGX_32; size++) {
			uint32_t raw[AGX_LANES], got[AGX_LANES];

			for (uint32_t l = 0; l < AGX_LANES; l++)
				raw[l] = ((x + l) & ((1u << f->bits) - 1)) << f->shift;
			agx_format_unpack(got, raw, f->format, f->component, size);
			for (uint32_t l = 0; l < AGX_LANES; l++) {
				int32_t n = (int32_t)(raw[l] >> f->shift), max = norm_max(f);
				float want;

				if (f->sign)
					n -= n >> (f->bits - 1) << f->bits;
				n = n < -max ? -max : n;
				want = (float)((long double)n / max);
				if (got[l] != in_register(bits_of(want), size))
					ck_abort_msg("%s: %#x is %#x", f->name, raw[l], got[l]);
			}
		}
}
END_TEST

/* What is nearest, the even one of two. */
static uint32_t norm_of(const struct norm *f, float x)
{
	int32_t max = norm_max(f), n;
	long double scaled;

	if (x != x)
		return 0;
	x = x > 1 ? 1 : x;
	if (x < (f->sign ? -1.0f : 0.0f))
		x = f->sign ? -1 : 0;
	scaled = (long double)x * max;
	n = (int32_t)floorl(scaled);
	if (scaled - n > 0.5L || (scaled - n == 0.5L && (n & 1)))
		n++;
	return ((uint32_t)n & ((1u << f->bits) - 1)) << f->shift;
}

START_TEST(norm_pack)
{
	const struct norm *f = &norms[_i];

	for (int round = fp_rounds(20000); round; round--) {
		enum agx_size size = kt_below(2) ? AGX_16 : AGX_32;
		uint32_t in[4][AGX_LANES] = {}, raw[AGX_LANES], from = f->component;
		const uint32_t *value[4] = { in[0], in[1], in[2], in[3] };

		for (int l = 0; l < AGX_LANES; l++) {
			float x = kt_uniform(-1.1f, 1.1f);

			/* At and next to where rounding changes. */
			if (kt_below(2))
				x = ((float)(int32_t)kt_below(1u << f->bits) + 0.5f) /
				    (float)norm_max(f);
			in[from][l] = bits_of(x) + kt_below(3) - 1;
			if (kt_below(2))
				in[from][l] ^= 0x80000000;
			if (!kt_below(8))
				in[from][l] = fp_value(AGX_32);
			if (size == AGX_16)
				in[from][l] = sf_to_half(sf_float(in[from][l])) |
					      kt_below(65536) << 16;
		}
		agx_format_pack(raw, value, f->format, from, size);
		for (int l = 0; l < AGX_LANES; l++) {
			uint32_t bits = in[from][l];
			float x;

			if (size == AGX_16)
				bits = sf_to_float(sf_half(bits));
			x = float_of(sf_to_float(sf_float(bits)));
			if (raw[l] != norm_of(f, x))
				ck_abort_msg("%s: %a is %#x, not %#x", f->name, (double)x, raw[l],
					     norm_of(f, x));
		}
	}
}
END_TEST

/* --- sRGB ------------------------------------------------------------------- */

static long double linear_of(uint32_t n)
{
	long double c = n / 255.0L;

	return c <= 0.04045L ? c / 12.92L : powl((c + 0.055L) / 1.055L, 2.4L);
}

START_TEST(srgb)
{
	uint32_t raw[AGX_LANES], got[AGX_LANES];
	const uint32_t *value[4] = { got, got, got, got };

	for (uint32_t x = 0; x < 256; x += AGX_LANES)
		for (unsigned int c = 0; c < 3; c++) {
			for (uint32_t l = 0; l < AGX_LANES; l++)
				raw[l] = x + l;
			agx_format_unpack(got, raw, AGX_SRGBA8, c, AGX_32);
			for (uint32_t l = 0; l < AGX_LANES; l++)
				if (got[l] != bits_of((float)linear_of(x + l)))
					ck_abort_msg("%u is %a", x + l, (double)float_of(got[l]));
			agx_format_pack(raw, value, AGX_SRGBA8, c, AGX_32);
			for (uint32_t l = 0; l < AGX_LANES; l++)
				ck_assert_uint_eq(raw[l], x + l);
		}
	for (int round = fp_rounds(5000); round; round--) {
		for (int l = 0; l < AGX_LANES; l++)
			got[l] = kt_below(8) ? bits_of(kt_uniform(0, 1)) : fp_value(AGX_32);
		agx_format_pack(raw, value, AGX_SRGBA8, 1, AGX_32);
		for (int l = 0; l < AGX_LANES; l++) {
			long double x = (long double)float_of(sf_to_float(sf_float(got[l]))), s;

			x = x > 0 ? x : 0;
			x = x < 1 ? x : 1;
			s = 255 * (x <= 0.0031308L ? 12.92L * x
						   : 1.055L * powl(x, 1 / 2.4L) - 0.055L);
			if (fabsl(s - raw[l]) > 0.5000001L)
				ck_abort_msg("%La is %u, not %Lf", x, raw[l], s);
		}
	}
}
END_TEST

/* --- small floats ------------------------------------------------------------ */

/* A float without sign of 5 bits of exponent: its exact value. */
static struct sf ufloat(uint32_t x, int bits)
{
	return sf_unpack(x, (struct sf_format){ bits - 4, -14 - (bits - 5), bits + 1 });
}

static uint32_t ufloat_of(struct sf x, int bits, bool rtz)
{
	struct sf_format f = { bits - 4, -14 - (bits - 5), bits + 1 };
	uint32_t infinity = 31u << (bits - 5), y;

	if (x.kind == SF_NAN)
		return infinity | infinity >> 5;
	if (x.negative)
		return 0;
	if (x.kind == SF_INFINITY)
		return infinity;
	y = sf_round(x, f, rtz);
	return y < infinity ? y : infinity - 1;
}

static const struct {
	int shift, bits;
} rg11b10f[3] = { { 0, 11 }, { 11, 11 }, { 22, 10 } };

START_TEST(rg11b10f_unpack)
{
	for (unsigned int c = 0; c < 3; c++)
		for (uint32_t x = 0; x < 1u << rg11b10f[c].bits; x += AGX_LANES)
			for (enum agx_size size = AGX_16; size <= AGX_32; size++) {
				uint32_t raw[AGX_LANES], got[AGX_LANES];

				for (uint32_t l = 0; l < AGX_LANES; l++)
					raw[l] = (x + l) << rg11b10f[c].shift |
						 (kt_below(1024) << rg11b10f[(c + 1) % 3].shift);
				agx_format_unpack(got, raw, AGX_RG11B10F, c, size);
				for (uint32_t l = 0; l < AGX_LANES; l++) {
					struct sf exact = ufloat(x + l, rg11b10f[c].bits);
					uint32_t want = sf_to_float(exact);

					if (got[l] != in_register(want, size))
						ck_abort_msg("%u, %#x: %#x", c, x + l, got[l]);
				}
			}
}
END_TEST

/* Where the formats' exponents are, ties, and anything. */
static uint32_t small_value(void)
{
	uint32_t bits = (uint32_t)(kt_random() >> 32);

	if (!kt_below(4))
		return fp_value(AGX_32);
	bits = (bits & 0x7fffff) | (0x35000000 + (kt_below(40) << 23));
	return kt_below(2) ? bits & ~0xffffu : bits;
}

START_TEST(rg11b10f_pack)
{
	bool rtz = _i;

	for (int round = fp_rounds(30000); round; round--) {
		uint32_t in[3][AGX_LANES], raw[AGX_LANES];
		const uint32_t *value[4] = { in[0], in[1], in[2] };

		for (int l = 0; l < AGX_LANES; l++)
			for (int c = 0; c < 3; c++)
				in[c][l] = small_value();
		agx_format_pack(raw, value, rtz ? AGX_RG11B10F_RTZ : AGX_RG11B10F, 0, AGX_32);
		for (int l = 0; l < AGX_LANES; l++) {
			uint32_t want = 0;

			for (int c = 0; c < 3; c++)
				want |= ufloat_of(sf_float(in[c][l]), rg11b10f[c].bits, rtz)
					<< rg11b10f[c].shift;
			if (raw[l] != want)
				ck_abort_msg("%#x %#x %#x is %#x, not %#x", in[0][l], in[1][l],
					     in[2][l], raw[l], want);
		}
	}
}
END_TEST

/* As GL_EXT_texture_shared_exponent says, but for ties, which go to even. */
static uint32_t rgb9e5_of(const uint32_t in[3], bool rtz)
{
	long double x[3], max = 0, scale;
	uint32_t m[3];
	int e;

	for (int c = 0; c < 3; c++) {
		float f = float_of(sf_to_float(sf_float(in[c])));

		x[c] = f > 0 ? (long double)f : 0;
		x[c] = x[c] < 65408 ? x[c] : 65408;
		max = x[c] > max ? x[c] : max;
	}
	e = max > 0 ? ilogbl(max) : -100;
	e = (e > -16 ? e : -16) + 16;
	scale = ldexpl(1, 24 - e);
	if (!rtz && rintl(max * scale) == 512) {
		e++;
		scale /= 2;
	}
	for (int c = 0; c < 3; c++)
		m[c] = (uint32_t)(rtz ? floorl(x[c] * scale) : rintl(x[c] * scale));
	return m[0] | m[1] << 9 | m[2] << 18 | (uint32_t)e << 27;
}

START_TEST(rgb9e5)
{
	enum agx_format format = _i ? AGX_RGB9E5_RTZ : AGX_RGB9E5;

	for (int round = fp_rounds(30000); round; round--) {
		uint32_t in[3][AGX_LANES], raw[AGX_LANES], back[AGX_LANES];
		const uint32_t *value[4] = { in[0], in[1], in[2] };

		for (int l = 0; l < AGX_LANES; l++)
			for (int c = 0; c < 3; c++)
				in[c][l] = small_value();
		agx_format_pack(raw, value, format, 0, AGX_32);
		for (int l = 0; l < AGX_LANES; l++) {
			uint32_t x[3] = { in[0][l], in[1][l], in[2][l] };

			if (raw[l] != rgb9e5_of(x, _i))
				ck_abort_msg("%#x %#x %#x is %#x, not %#x", x[0], x[1], x[2], raw[l],
					     rgb9e5_of(x, _i));
		}
		for (unsigned int c = 0; c < 3; c++) {
			agx_format_unpack(back, raw, format, c, AGX_32);
			for (int l = 0; l < AGX_LANES; l++) {
				float want = ldexpf((float)(raw[l] >> 9 * c & 511),
						    (int)(raw[l] >> 27) - 24);

				if (back[l] != bits_of(want))
					ck_abort_msg("%#x, %u is %#x", raw[l], c, back[l]);
			}
		}
	}
}
END_TEST

START_TEST(f16)
{
	uint32_t in[AGX_LANES], out[AGX_LANES];
	const uint32_t *value[4] = { in, in, in, in };

	for (uint32_t x = 0; x < 0x10000; x += AGX_LANES) {
		for (uint32_t l = 0; l < AGX_LANES; l++)
			in[l] = x + l;
		agx_format_unpack(out, in, AGX_F16, 0, AGX_32);
		for (uint32_t l = 0; l < AGX_LANES; l++)
			ck_assert(out[l] == sf_to_float(sf_half(x + l)));
	}
	for (int round = fp_rounds(20000); round; round--) {
		for (int l = 0; l < AGX_LANES; l++)
			in[l] = small_value();
		agx_format_pack(out, value, AGX_F16, kt_below(4), AGX_32);
		for (int l = 0; l < AGX_LANES; l++)
			if (out[l] != sf_to_half(sf_float(in[l])))
				ck_abort_msg("%#x is %#x", in[l], out[l]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exec_fp_format");
	TCase *tc = tcase_create("formats");

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, norm_unpack, 0, ARRAY_SIZE(norms));
	tcase_add_loop_test(tc, norm_pack, 0, ARRAY_SIZE(norms));
	tcase_add_test(tc, srgb);
	tcase_add_test(tc, rg11b10f_unpack);
	tcase_add_loop_test(tc, rg11b10f_pack, 0, 2);
	tcase_add_loop_test(tc, rgb9e5, 0, 2);
	tcase_add_test(tc, f16);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
