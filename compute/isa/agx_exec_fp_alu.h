/* SPDX-License-Identifier: MIT */
/*
 * Handlers of instructions that work on each lane by itself.  Only for
 * agx_exec_fp_body.h.
 *
 * Most are a function of vectors and one of two frames, f32 or f16, which fetch,
 * flush, saturate, round and write.  Frames are inlined for any form of operands and
 * for those that programs are full of.
 */
#ifndef COMPUTE_ISA_AGX_EXEC_FP_ALU_H
#define COMPUTE_ISA_AGX_EXEC_FP_ALU_H

#include "agx_exec_fp_lanes.h"
#include "agx_exec_fp_math.h"

/* Of an operand. */
enum form {
	ANY,
	HALF,		/* a 16-bit register without modifiers */
	SIGNED,		/* 32 bits with modifiers, or ... */
	WIDE,		/* ... without */
};

/* An operand's lanes, where they stand or in buf, and what is to be done with each. */
struct source {
	const u32 *lane;
	u32 shift;		/* to the half of it */
	u32 keep, flip;		/* its modifiers */
	struct lanes buf;
};

static inline enum form form_of(const struct agx_operand *o)
{
	bool plain = !o->abs && !o->neg;

	if (o->kind == AGX_FIMM || o->size == AGX_32)
		return plain ? WIDE : SIGNED;
	return o->kind == AGX_REG && plain ? HALF : ANY;
}

FP_INLINE void open_source(struct source *s, const struct agx_simd *simd,
			   const struct agx_operand *o, enum form form)
{
	s->shift = (o->value & 1u) * 16;
	s->keep = kept_bits(o);
	s->flip = flipped_bits(o);
	if (form == ANY) {
		s->lane = float_lanes(&s->buf, simd, o);
	} else if (o->kind == AGX_REG) {
		s->lane = simd->reg[o->value >> 1];
	} else {
		u32 x = o->kind == AGX_FIMM ? agx_fimm_f32((u8)o->value) : operand_bits(simd, o);

		s->lane = (const u32 *)s->buf.v;
		for (int i = 0; i < N_VECS; i++)
			s->buf.v[i] = splat(x);
	}
}

/* Vector i of it as f32, as instructions of this precision see it. */
FP_INLINE vf read_source(const struct source *s, int i, enum form form, enum agx_size size)
{
	vu x = load(s->lane + i * VEC_LANES);

	if (form == HALF)
		return from_half(x >> s->shift & 0xffff);
	if (form == SIGNED)
		x = (x & s->keep) ^ s->flip;
	return size == AGX_32 ? flush((vf)x) : (vf)x;
}

typedef vf (*vec_fn)(vf a, vf b, vf c);

/* n operands in these forms, at precision size. */
FP_INLINE void frame(struct agx_simd *simd, const struct agx_insn *insn, int n, enum form form_a,
		     enum form form_b, enum form form_c, enum agx_size size, vec_fn fn)
{
	bool sat = form_a == ANY && (insn->flags & AGX_SATURATE);
	struct source a, b, c;
	struct lanes r;

	open_source(&a, simd, &insn->operand[1], form_a);
	if (n > 1)
		open_source(&b, simd, &insn->operand[2], form_b);
	if (n > 2)
		open_source(&c, simd, &insn->operand[3], form_c);
	for (int i = 0; i < N_VECS; i++) {
		vf x = read_source(&a, i, form_a, size);
		vf y = n > 1 ? read_source(&b, i, form_b, size) : x;
		vf z = n > 2 ? read_source(&c, i, form_c, size) : x;

		x = fn(x, y, z);
		if (sat)
			x = saturate(x);
		r.v[i] = size == AGX_32 ? (vu)finish(x) : to_half(x);
	}
	if (size == AGX_32)
		put_float(simd, &insn->operand[0], &r);
	else
		put_halves(simd, &insn->operand[0], &r);
}

/* f32: sources of any size, the result rounded to f32 and, if it is narrower, to f16. */
FP_INLINE void alu32(struct agx_simd *simd, const struct agx_insn *insn, int n, vec_fn fn)
{
	frame(simd, insn, n, ANY, ANY, ANY, AGX_32, fn);
}

/* f16: fn's result is rounded to f16 and must not have suffered from rounding before. */
FP_INLINE void alu16(struct agx_simd *simd, const struct agx_insn *insn, int n, vec_fn fn)
{
	frame(simd, insn, n, ANY, ANY, ANY, AGX_16, fn);
}

/* --- add, multiply ---------------------------------------------------------- */

FP_INLINE vf do_fma(vf a, vf b, vf c)
{
	return fma_vec(a, b, c);
}

FP_INLINE vf do_hfma(vf a, vf b, vf c)
{
	return fma_half(a, b, c);
}

/* Of halves, too: 24 bits are enough to round sum and product twice. */
FP_INLINE vf do_add(vf a, vf b, vf c)
{
	(void)c;
	return a + b;
}

FP_INLINE vf do_mul(vf a, vf b, vf c)
{
	(void)c;
	return a * b;
}

#define HANDLER(name) static void op_##name(struct agx_simd *simd, const struct agx_insn *insn)

HANDLER(ffma)
{
	alu32(simd, insn, 3, do_fma);
}

HANDLER(fadd)
{
	alu32(simd, insn, 2, do_add);
}

HANDLER(fmul)
{
	alu32(simd, insn, 2, do_mul);
}

HANDLER(hfma)
{
	alu16(simd, insn, 3, do_hfma);
}

HANDLER(hadd)
{
	alu16(simd, insn, 2, do_add);
}

HANDLER(hmul)
{
	alu16(simd, insn, 2, do_mul);
}

/* Without saturation, and with operands of one form each. */
#define COMMON(name, n, a, b, c, size, fn)                                                         \
	HANDLER(name)                                                                              \
	{                                                                                          \
		frame(simd, insn, n, a, b, c, size, fn);                                           \
	}

COMMON(ffma_www, 3, WIDE, WIDE, WIDE, AGX_32, do_fma)
COMMON(ffma_sss, 3, SIGNED, SIGNED, SIGNED, AGX_32, do_fma)
COMMON(ffma_hhw, 3, HALF, HALF, WIDE, AGX_32, do_fma)
COMMON(ffma_hww, 3, HALF, WIDE, WIDE, AGX_32, do_fma)
COMMON(ffma_whw, 3, WIDE, HALF, WIDE, AGX_32, do_fma)
COMMON(fadd_ww, 2, WIDE, WIDE, ANY, AGX_32, do_add)
COMMON(fadd_ss, 2, SIGNED, SIGNED, ANY, AGX_32, do_add)
COMMON(fadd_hw, 2, HALF, WIDE, ANY, AGX_32, do_add)
COMMON(fmul_ww, 2, WIDE, WIDE, ANY, AGX_32, do_mul)
COMMON(fmul_ss, 2, SIGNED, SIGNED, ANY, AGX_32, do_mul)
COMMON(hfma_hhh, 3, HALF, HALF, HALF, AGX_16, do_hfma)
COMMON(hadd_hh, 2, HALF, HALF, ANY, AGX_16, do_add)
COMMON(hmul_hh, 2, HALF, HALF, ANY, AGX_16, do_mul)

/* --- of one operand --------------------------------------------------------- */

#define UNARY(name, result)                                                                        \
	FP_INLINE vf do_##name(vf x, vf b, vf c)                                                   \
	{                                                                                          \
		(void)b, (void)c;                                                                  \
		return result;                                                                     \
	}                                                                                          \
	HANDLER(name)                                                                              \
	{                                                                                          \
		alu32(simd, insn, 1, do_##name);                                                   \
	}

UNARY(floor, round_floor(x))
UNARY(ceil, round_ceil(x))
UNARY(trunc, round_zero(x))
UNARY(rint, round_even(x))
UNARY(rcp, 1.0f / x)

/*
 * The angle t in quarter turns to p in [-1, 1] with the same sine: t, 2 - t, t - 4.
 * With t = 2n + r that is r, or -r where n is odd; exact.  Zero is positive.
 */
FP_INLINE vf quarter_turns(vf t)
{
	vf n = round_even(t * 0.5f), r = t - (n + n);
	vu odd = (vu)(round_even(n * 0.5f) * 2.0f != n);

	return (vf)((vu)r ^ (odd & F32_SIGN)) + 0.0f;
}

UNARY(sinr, quarter_turns(x))

/* As UNARY, where fn works on doubles. */
FP_INLINE void alu_double(struct agx_simd *simd, const struct agx_insn *insn, vd (*fn)(vd x))
{
	double d[AGX_LANES] AGX_ALIGNED(VEC_BYTES);
	float f[AGX_LANES];
	struct lanes r;

	fetch_float(&r, simd, &insn->operand[1]);
	for (int i = 0; i < N_VECS; i++)
		r.v[i] = (vu)flush((vf)r.v[i]);
	memcpy(f, &r, sizeof(f));
	for (int l = 0; l < AGX_LANES; l++)
		d[l] = (double)f[l];
	for (int l = 0; l < AGX_LANES; l += VEC_DOUBLES)
		*(vd *)(d + l) = fn(*(vd *)(d + l));
	for (int l = 0; l < AGX_LANES; l++)
		f[l] = (float)d[l];
	memcpy(&r, f, sizeof(f));
	for (int i = 0; i < N_VECS; i++) {
		vf x = (vf)r.v[i];

		if (insn->flags & AGX_SATURATE)
			x = saturate(x);
		r.v[i] = (vu)finish(x);
	}
	put_float(simd, &insn->operand[0], &r);
}

HANDLER(exp2)
{
	alu_double(simd, insn, exp2_vec);
}

HANDLER(log2)
{
	alu_double(simd, insn, log2_vec);
}

HANDLER(sinc)
{
	alu_double(simd, insn, sinc_vec);
}

FP_INLINE vd do_rsqrt(vd x)
{
	for (int i = 0; i < VEC_DOUBLES; i++)
		x[i] = __builtin_sqrt(x[i]);
	return 1.0 / x;
}

HANDLER(rsqrt)
{
	alu_double(simd, insn, do_rsqrt);
}

/* Times x it is the square root, of 0 and infinity, too. */
FP_INLINE vd do_rsqrts(vd x)
{
	vl special = (vl)(x == 0.0) | (vl)(x == __builtin_inf());
	vd r = do_rsqrt(x);

	return pickd(special, (vd)((vl)x & ~(1ull << 63)), r);
}

HANDLER(rsqrts)
{
	alu_double(simd, insn, do_rsqrts);
}

/* --- selection by comparison ------------------------------------------------ */

HANDLER(fcsel)
{
	struct lanes mask, buf[2];
	const u32 *yes = bit_lanes(&buf[0], simd, &insn->operand[3]);
	const u32 *no = bit_lanes(&buf[1], simd, &insn->operand[4]);

	compare(&mask, simd, &insn->operand[1], insn->cond);
	for (int i = 0; i < N_VECS; i++)
		mask.v[i] = pick(mask.v[i], load(yes + i * VEC_LANES), load(no + i * VEC_LANES));
	put_bits(simd, &insn->operand[0], &mask);
}

/* --- integers --------------------------------------------------------------- */

/* round: 0 to zero, 1 to nearest even. */
FP_INLINE vu to_half_rounding(vf x, u8 round)
{
	vu h = to_half(x);

	/* Down one where it went up; infinity becomes the largest. */
	if (!round)
		h += (vu)(absf(from_half(h)) > absf(x));
	return h;
}

/* The float of a magnitude and a sign. */
FP_INLINE vf from_int(vu magnitude, vu sign, u8 round)
{
	/* Both parts are exact: their sum is the only rounding. */
	vf high = __builtin_convertvector((vi)(magnitude >> 16), vf) * 65536.0f;
	vf low = __builtin_convertvector((vi)(magnitude & 0xffff), vf);
	vu x = (vu)(high + low);

	if (!round)
		x += (vu)(low - ((vf)x - high) < 0.0f);
	return (vf)(x | sign);
}

/* n bits of the source, signed or not. */
FP_INLINE void int_to_float(struct agx_simd *simd, const struct agx_insn *insn, u32 n, bool sign)
{
	const struct agx_operand *d = &insn->operand[0], *s = &insn->operand[1];
	struct lanes x;

	/* What is not there is zeros or, of a register, copies of the sign. */
	if (n == 32 && s->size == AGX_16 && s->kind != AGX_IMM && sign)
		n = 16;
	fetch_bits(&x, simd, s);
	for (int i = 0; i < N_VECS; i++) {
		vu bits = x.v[i] << (32 - n), negative = {};

		if (sign) {
			negative = (vu)((vi)bits >> 31);
			bits = (vu)((vi)bits >> (32 - n));
		} else {
			bits >>= 32 - n;
		}
		bits = (vu)from_int((bits ^ negative) - negative, negative & F32_SIGN, insn->round);
		if (d->size == AGX_16)
			bits = to_half_rounding((vf)bits, insn->round);
		x.v[i] = bits;
	}
	put_bits(simd, d, &x);
}

/* The magnitude of x >= 0 as an integer of n bits at most, of NaN 0. */
FP_INLINE vu magnitude(vf x, u32 limit, u8 round)
{
	vf r = round ? round_even(x) : round_zero(x);
	vu big = (vu)(r >= 0x1p31f), huge = (vu)(r >= 0x1p32f), over;
	vu m;

	/* Only what a signed conversion holds is converted. */
	r = (vf)((vu)(r - (vf)(big & (vu)splatf(0x1p31f))) & ~huge & ~is_nan(r));
	m = (vu)__builtin_convertvector(r, vi) + (big & 0x80000000u);
	m |= huge;
	over = (vu)(m > limit);
	return pick(over, splat(limit), m);
}

FP_INLINE void float_to_int(struct agx_simd *simd, const struct agx_insn *insn, u32 n, bool sign)
{
	u32 most = sign ? (1u << (n - 1)) - 1 : ~0u >> (32 - n), least = sign ? most + 1 : 0;
	struct lanes x;

	fetch_float(&x, simd, &insn->operand[1]);
	for (int i = 0; i < N_VECS; i++) {
		vf f = flush((vf)x.v[i]);
		vu negative = (vu)((vi)(vu)f < 0);
		vu up = magnitude(absf(f), most, insn->round);
		vu down = magnitude(absf(f), least, insn->round);

		x.v[i] = pick(negative, -down, up);
	}
	put_bits(simd, &insn->operand[0], &x);
}

HANDLER(u8_to_f)
{
	int_to_float(simd, insn, 8, false);
}

HANDLER(s8_to_f)
{
	int_to_float(simd, insn, 8, true);
}

HANDLER(u16_to_f)
{
	int_to_float(simd, insn, 16, false);
}

HANDLER(s16_to_f)
{
	int_to_float(simd, insn, 16, true);
}

HANDLER(u32_to_f)
{
	int_to_float(simd, insn, 32, false);
}

HANDLER(s32_to_f)
{
	int_to_float(simd, insn, 32, true);
}

HANDLER(f_to_u16)
{
	float_to_int(simd, insn, 16, false);
}

HANDLER(f_to_s16)
{
	float_to_int(simd, insn, 16, true);
}

HANDLER(f_to_u32)
{
	float_to_int(simd, insn, 32, false);
}

HANDLER(f_to_s32)
{
	float_to_int(simd, insn, 32, true);
}

#endif
