/* SPDX-License-Identifier: MIT */
/*
 * Operands as vectors, and results written under the exec mask.  Only for
 * agx_exec_fp*.c.
 */
#ifndef COMPUTE_ISA_AGX_EXEC_FP_LANES_H
#define COMPUTE_ISA_AGX_EXEC_FP_LANES_H

#include "agx_exec_fp_vec.h"

/* What a uniform, or an immediate, has in all lanes: 16 or 32 bits. */
static inline u32 operand_bits(const struct agx_simd *simd, const struct agx_operand *o)
{
	u32 word;

	if (o->kind != AGX_UNIFORM)
		return o->value;
	word = simd->group->uniform[o->value >> 1];
	return o->size == AGX_16 ? word >> (o->value & 1) * 16 & 0xffff : word;
}

/* Its bits in each lane, 16 bits zero-extended. */
FP_NOINLINE void fetch_bits(struct lanes *to, const struct agx_simd *simd,
			    const struct agx_operand *o)
{
	if (o->kind == AGX_REG) {
		const u32 *reg = simd->reg[o->value >> 1];
		u32 shift = o->size == AGX_16 ? (o->value & 1u) * 16 : 0;
		u32 mask = o->size == AGX_16 ? 0xffff : ~0u;

		for (int i = 0; i < N_VECS; i++)
			to->v[i] = load(reg + i * VEC_LANES) >> shift & mask;
	} else {
		for (int i = 0; i < N_VECS; i++)
			to->v[i] = splat(operand_bits(simd, o));
	}
}

/* What modifiers do to a float: bits to keep, bits to flip. */
FP_INLINE u32 kept_bits(const struct agx_operand *o)
{
	return o->abs ? ~F32_SIGN : ~0u;
}

FP_INLINE u32 flipped_bits(const struct agx_operand *o)
{
	return o->neg ? F32_SIGN : 0;
}

/* Its value in each lane as f32, with its modifiers; nothing is flushed. */
FP_NOINLINE void fetch_float(struct lanes *to, const struct agx_simd *simd,
			     const struct agx_operand *o)
{
	u32 keep = kept_bits(o), flip = flipped_bits(o), shift = (o->value & 1u) * 16;
	const u32 *reg = simd->reg[o->value >> 1 & (AGX_REGS - 1)];

	if (o->kind == AGX_REG && o->size == AGX_16) {
		for (int i = 0; i < N_VECS; i++) {
			vu h = load(reg + i * VEC_LANES) >> shift & 0xffff;

			to->v[i] = ((vu)from_half(h) & keep) ^ flip;
		}
	} else if (o->kind == AGX_REG) {
		for (int i = 0; i < N_VECS; i++)
			to->v[i] = (load(reg + i * VEC_LANES) & keep) ^ flip;
	} else {
		vu x = splat(o->kind == AGX_FIMM ? agx_fimm_f32((u8)o->value)
						 : operand_bits(simd, o));

		if (o->kind != AGX_FIMM && o->size == AGX_16)
			x = (vu)from_half(x);
		for (int i = 0; i < N_VECS; i++)
			to->v[i] = (x & keep) ^ flip;
	}
}

/* Writes 32 bits of a register in active lanes. */
FP_INLINE void put_words(struct agx_simd *simd, const struct agx_operand *o,
			 const struct lanes *from)
{
	u32 *reg = simd->reg[o->value >> 1];

	for (int i = 0; i < N_VECS; i++) {
		vu *to = (vu *)(reg + i * VEC_LANES);

		*to = pick(load(simd->lane_mask + i * VEC_LANES), from->v[i], *to);
	}
}

/* The half of it that value counts. */
FP_INLINE void put_halves(struct agx_simd *simd, const struct agx_operand *o,
			  const struct lanes *from)
{
	u32 *reg = simd->reg[o->value >> 1];
	u32 shift = (o->value & 1u) * 16, half = 0xffffu << shift;

	for (int i = 0; i < N_VECS; i++) {
		vu *to = (vu *)(reg + i * VEC_LANES);
		vu mask = load(simd->lane_mask + i * VEC_LANES) & half;

		*to = pick(mask, from->v[i] << shift, *to);
	}
}

FP_INLINE void put_bits(struct agx_simd *simd, const struct agx_operand *o,
			const struct lanes *from)
{
	if (o->size == AGX_16)
		put_halves(simd, o, from);
	else
		put_words(simd, o, from);
}

/* Writes f32 results (see finish()), rounded once more for a 16-bit destination. */
FP_INLINE void put_float(struct agx_simd *simd, const struct agx_operand *o,
			 const struct lanes *from)
{
	struct lanes half;

	if (o->size != AGX_16) {
		put_words(simd, o, from);
		return;
	}
	for (int i = 0; i < N_VECS; i++)
		half.v[i] = to_half((vf)from->v[i]);
	put_halves(simd, o, &half);
}

/* Bit l for lane l, where all of its bits are set. */
FP_INLINE u32 mask_bits(const struct lanes *mask)
{
	static const u32 bit[AGX_LANES] AGX_ALIGNED(VEC_BYTES) = {
		1u << 0, 1u << 1, 1u << 2, 1u << 3, 1u << 4, 1u << 5, 1u << 6, 1u << 7,
		1u << 8, 1u << 9, 1u << 10, 1u << 11, 1u << 12, 1u << 13, 1u << 14, 1u << 15,
		1u << 16, 1u << 17, 1u << 18, 1u << 19, 1u << 20, 1u << 21, 1u << 22, 1u << 23,
		1u << 24, 1u << 25, 1u << 26, 1u << 27, 1u << 28, 1u << 29, 1u << 30, 1u << 31,
	};
	vu some = {};
	u32 all = 0;

	for (int i = 0; i < N_VECS; i++)
		some |= mask->v[i] & load(bit + i * VEC_LANES);
	for (int i = 0; i < VEC_LANES; i++)
		all |= some[i];
	return all;
}

/* The same of any operand, where it stands or in buf. */
FP_INLINE const u32 *float_lanes(struct lanes *buf, const struct agx_simd *simd,
				 const struct agx_operand *o)
{
	if (o->kind == AGX_REG && o->size == AGX_32 && !o->abs && !o->neg)
		return simd->reg[o->value >> 1];
	fetch_float(buf, simd, o);
	return (const u32 *)buf->v;
}

FP_INLINE const u32 *bit_lanes(struct lanes *buf, const struct agx_simd *simd,
			       const struct agx_operand *o)
{
	if (o->kind == AGX_REG && o->size == AGX_32)
		return simd->reg[o->value >> 1];
	fetch_bits(buf, simd, o);
	return (const u32 *)buf->v;
}

/*
 * Lanes where a condition holds of two operands: some of "a is less, equal, greater"
 * and, for fltn and fgtn, "b is NaN", so that selecting a by it loses NaN.
 */
FP_INLINE void compare(struct lanes *mask, const struct agx_simd *simd,
		       const struct agx_operand *ab, u8 cond)
{
	enum { L = 1, E = 2, G = 4, N = 8 };
	static const u8 what[8] = { E, L, G, L | N, 0, G | E, L | E, G | N };
	u8 is = what[cond & 7];
	u32 less = is & L ? ~0u : 0, equal = is & E ? ~0u : 0, greater = is & G ? ~0u : 0;
	u32 nan = is & N ? ~0u : 0, invert = cond & AGX_COND_NOT ? ~0u : 0;
	struct lanes buf[2];
	const u32 *a = float_lanes(&buf[0], simd, &ab[0]);
	const u32 *b = float_lanes(&buf[1], simd, &ab[1]);

	for (int i = 0; i < N_VECS; i++) {
		vf x = flush((vf)load(a + i * VEC_LANES)), y = flush((vf)load(b + i * VEC_LANES));

		mask->v[i] = (((vu)(x < y) & less) | ((vu)(x == y) & equal) |
			      ((vu)(x > y) & greater) | (is_nan(y) & nan)) ^ invert;
	}
}

#endif
