/* SPDX-License-Identifier: MIT */
/*
 * Handlers of instructions whose lanes see each other: reductions, prefixes,
 * derivatives, the matrix product.  Only for agx_exec_fp_body.h.
 */
#ifndef COMPUTE_ISA_AGX_EXEC_FP_ACROSS_H
#define COMPUTE_ISA_AGX_EXEC_FP_ACROSS_H

#include "agx_exec_fp_alu.h"

/* --- reductions and prefixes ------------------------------------------------ */

/* fltn and fgtn choose one of two: NaN loses. */
FP_INLINE vf do_min(vf a, vf b, vf c)
{
	(void)c;
	return pickf((vu)(a < b) | is_nan(b), a, b);
}

FP_INLINE vf do_max(vf a, vf b, vf c)
{
	(void)c;
	return pickf((vu)(a > b) | is_nan(b), a, b);
}

/* Values of lanes, preceded by as many identities as a prefix looks back for. */
struct row {
	u32 before[AGX_LANES / 2];
	u32 lane[AGX_LANES];
	u32 behind[AGX_LANES / 2];	/* read with the last lanes, and not used */
} AGX_ALIGNED(64);

/* The operation, rounded to f32 or to f16. */
FP_INLINE vu combine(const u32 *a, const u32 *b, bool half, vec_fn fn)
{
	vf x = fn((vf)load_at(a), (vf)load_at(b), (vf){});

	return (vu)(half ? round_half(x) : finish(x));
}

/* Lane l with lane l + width / 2, their results again, up to the first of width. */
FP_INLINE void reduce(struct row *x, u32 width, bool half, vec_fn fn)
{
	for (u32 w = width / 2; w; w /= 2) {
		/* Lanes from w on are of no use any more where all lanes make one group. */
		u32 end = width == AGX_LANES ? w : AGX_LANES;

		for (u32 l = 0; l < end; l += VEC_LANES) {
			vu sum = combine(x->lane + l, x->lane + l + w, half, fn);

			memcpy(x->lane + l, &sum, sizeof(sum));
		}
	}
	for (u32 l = 0; l < AGX_LANES; l++)
		x->lane[l] = x->lane[l & ~(width - 1)];
}

/*
 * Lane l - 1 with lane l, then lane l - 2, l - 4 ... as long as they are in its
 * group of width; then each lane has its neighbour's.
 */
FP_INLINE void prefix(struct row *x, u32 width, u32 identity, bool half, vec_fn fn)
{
	for (u32 s = 1; s < width; s *= 2) {
		/* From above, so that what is below is still that of the last step. */
		for (u32 l = AGX_LANES; l; ) {
			u32 *lane = &x->lane[l -= VEC_LANES];
			vu in_group = (vu)((lane_numbers(l) & (width - 1)) >= s);
			vu sum = combine(lane - s, lane, half, fn);

			sum = pick(in_group, sum, load(lane));
			memcpy(lane, &sum, sizeof(sum));
		}
	}
	for (u32 l = AGX_LANES - 1; l; l--)
		x->lane[l] = l & (width - 1) ? x->lane[l - 1] : identity;
	x->lane[0] = identity;
}

/* In f16 where source and destination are both of 16 bits. */
FP_INLINE void across(struct agx_simd *simd, const struct agx_insn *insn, float identity,
		      vec_fn fn)
{
	const struct agx_operand *d = &insn->operand[0], *s = &insn->operand[1];
	bool half = d->size == AGX_16 && s->size == AGX_16;
	u32 width = insn->op == AGX_OP_QUAD ? 4 : AGX_LANES;
	vu none = (vu)splatf(identity);
	struct lanes r;
	struct row x = {};

	fetch_float(&r, simd, s);
	for (int i = 0; i < N_VECS; i++) {
		vu in = pick(load(simd->lane_mask + i * VEC_LANES), (vu)finish((vf)r.v[i]), none);

		memcpy(x.lane + i * VEC_LANES, &in, sizeof(in));
	}
	if (insn->flags & AGX_PREFIX)
		prefix(&x, width, none[0], half, fn);
	else
		reduce(&x, width, half, fn);
	memcpy(&r, x.lane, sizeof(x.lane));
	put_float(simd, d, &r);
}

HANDLER(reduce_fadd)
{
	across(simd, insn, 0.0f, do_add);
}

HANDLER(reduce_fmul)
{
	across(simd, insn, 1.0f, do_mul);
}

HANDLER(reduce_fmin)
{
	across(simd, insn, __builtin_inff(), do_min);
}

HANDLER(reduce_fmax)
{
	across(simd, insn, -__builtin_inff(), do_max);
}

/* --- derivatives ------------------------------------------------------------ */

/* Quads are two rows of two lanes: the one with this bit, minus the one without. */
FP_INLINE void derivative(struct agx_simd *simd, const struct agx_insn *insn, int bit)
{
	struct lanes x, above, below;
	u32 in[AGX_LANES], a[AGX_LANES], b[AGX_LANES];

	fetch_float(&x, simd, &insn->operand[1]);
	memcpy(in, &x, sizeof(in));
	for (int l = 0; l < AGX_LANES; l++) {
		a[l] = in[l | bit];
		b[l] = in[l & ~bit];
	}
	memcpy(&above, a, sizeof(a));
	memcpy(&below, b, sizeof(b));
	for (int i = 0; i < N_VECS; i++) {
		vf r = flush((vf)above.v[i]) - flush((vf)below.v[i]);

		if (insn->flags & AGX_SATURATE)
			r = saturate(r);
		x.v[i] = (vu)finish(r);
	}
	put_float(simd, &insn->operand[0], &x);
}

HANDLER(dfdx)
{
	derivative(simd, insn, 1);
}

HANDLER(dfdy)
{
	derivative(simd, insn, 2);
}

/* --- matrices --------------------------------------------------------------- */

/*
 * Tiles are 8 x 8, two neighbours of a row in each lane: lanes 0 and 1, 8 and 9 have
 * row 0, lanes 2, 3, 10, 11 row 1; rows 4 to 7 are in lanes 16 and up.
 */
struct tile {
	struct lanes first, second;
} AGX_ALIGNED(64);

/* Pairs are aligned: their lowest bit is none.  See Documentation/agx-arithmetic.rst. */
FP_INLINE struct agx_operand pair_element(const struct agx_operand *o, u32 i)
{
	u32 value = o->value;

	if (o->kind != AGX_FIMM)
		value = (value & ~(o->size == AGX_16 ? 1u : 3u)) + (i << o->size);
	return (struct agx_operand){ .kind = o->kind, .size = o->size, .value = (u16)value };
}

FP_INLINE void fetch_tile(struct tile *to, const struct agx_simd *simd, const struct agx_operand *o)
{
	struct agx_operand first = pair_element(o, 0), second = pair_element(o, 1);

	fetch_float(&to->first, simd, &first);
	fetch_float(&to->second, simd, &second);
	for (int i = 0; i < N_VECS; i++) {
		to->first.v[i] = (vu)flush((vf)to->first.v[i]);
		to->second.v[i] = (vu)flush((vf)to->second.v[i]);
	}
}

/* Column k of A, as each lane of a vector needs it: that of its row. */
FP_INLINE vf tile_column(const struct tile *a, u32 lane, u32 k)
{
	const struct lanes *half = k & 1 ? &a->second : &a->first;
	/* The lanes beside it that have columns 0 to 3, or 4 to 7. */
	vl x = (vl)half->v[((lane & ~8u) | (k & 4) << 1) / VEC_LANES];

	/* Of two lanes the even or the odd one, twice. */
	return k & 2 ? (vf)(x >> 32 | (x & ~0xffffffffull)) : (vf)(x << 32 | (x & 0xffffffff));
}

/* Row k of B: of each pair of lanes what their columns need. */
FP_INLINE vf tile_row(const struct lanes *half, u32 lane, u32 k)
{
	const u32 *from = (const u32 *)half->v + ((k & 4) << 2 | (k & 3) << 1 | (lane & 8));
	u64 two;

	memcpy(&two, from, sizeof(two));
	return (vf)((vl){} + two);
}

/* D = A B + C: eight fused multiply-adds in ascending order, each one rounded. */
FP_INLINE void matrix(struct agx_simd *simd, const struct agx_insn *insn, bool half)
{
	struct agx_operand first = pair_element(&insn->operand[0], 0);
	struct agx_operand second = pair_element(&insn->operand[0], 1);
	struct tile a, b, c;

	fetch_tile(&a, simd, &insn->operand[1]);
	fetch_tile(&b, simd, &insn->operand[2]);
	fetch_tile(&c, simd, &insn->operand[3]);
	for (u32 i = 0; i < N_VECS; i++) {
		u32 lane = i * VEC_LANES;
		vf x = (vf)c.first.v[i], y = (vf)c.second.v[i];

		for (u32 k = 0; k < 8; k++) {
			vf column = tile_column(&a, lane, k);
			vf to_x = tile_row(&b.first, lane, k), to_y = tile_row(&b.second, lane, k);

			if (half) {
				x = round_half(fma_half(column, to_x, x));
				y = round_half(fma_half(column, to_y, y));
			} else {
				x = flush(fma_vec(column, to_x, x));
				y = flush(fma_vec(column, to_y, y));
			}
		}
		c.first.v[i] = (vu)finish(x);
		c.second.v[i] = (vu)finish(y);
	}
	put_float(simd, &first, &c.first);
	put_float(simd, &second, &c.second);
}

HANDLER(simd_matrix_fmadd32)
{
	matrix(simd, insn, false);
}

HANDLER(simd_matrix_fmadd16)
{
	matrix(simd, insn, true);
}

#endif
