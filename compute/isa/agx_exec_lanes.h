/* SPDX-License-Identifier: MIT */
/*
 * What handlers are written with: operands as arrays of 32 lanes, and loops over
 * them that the compiler turns into vectors.
 *
 * A handler reads whole operands and writes its result under the exec mask.  The
 * destination may be one of the sources; lanes do not see each other, so that
 * computing lane by lane is right.
 */
#ifndef COMPUTE_ISA_AGX_EXEC_LANES_H
#define COMPUTE_ISA_AGX_EXEC_LANES_H

#include "agx_exec.h"

/* Iterations are independent, whatever pointers may alias. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#define agx_each_lane(l)                                                                           \
	_Pragma("clang loop vectorize(assume_safety)")                                             \
	for (unsigned int l = 0; l < AGX_LANES; l++)
#else
#define agx_each_lane(l)                                                                           \
	_Pragma("GCC ivdep")                                                                       \
	for (unsigned int l = 0; l < AGX_LANES; l++)
#endif

#define AGX_INLINE static inline __attribute__((always_inline))
#define AGX_NOINLINE __attribute__((__noinline__))

/* What else takes the time of an instruction: so much of clearing memory, ... */
#define AGX_BYTES_PER_STEP 256
/* ... and asking map() is as so many. */
#define AGX_STEPS_PER_LOOKUP 16

/* One value for each lane. */
struct agx_lanes {
	u32 v[AGX_LANES] AGX_ALIGNED(64);
};

#define AGX_ALL_LANES 0xffffffffu

AGX_INLINE void agx_broadcast(struct agx_lanes *to, u32 value)
{
	agx_each_lane(l)
		to->v[l] = value;
}

/* A uniform's 32 bits, or its half that is counted by value. */
AGX_INLINE u32 agx_uniform(const struct agx_simd *simd, u32 value, bool half)
{
	u32 word = simd->group->uniform[value >> 1];

	return half ? word >> (value & 1) * 16 & 0xffff : word;
}

/* A pair of words. */
AGX_INLINE u64 agx_uniform64(const struct agx_simd *simd, u32 value)
{
	return agx_uniform(simd, value, false) | (u64)agx_uniform(simd, value + 2, false) << 32;
}

AGX_INLINE u32 agx_extend16(u32 value, bool sign)
{
	return sign ? (u32)(s32)(s16)value : value & 0xffff;
}

/* A 16-bit register, extended. */
AGX_INLINE void agx_get_half(struct agx_lanes *to, const u32 *reg, u32 value, bool sign)
{
	if (value & 1) {
		if (sign) {
			agx_each_lane(l)
				to->v[l] = (u32)((s32)reg[l] >> 16);
		} else {
			agx_each_lane(l)
				to->v[l] = reg[l] >> 16;
		}
	} else if (sign) {
		agx_each_lane(l)
			to->v[l] = (u32)((s32)(reg[l] << 16) >> 16);
	} else {
		agx_each_lane(l)
			to->v[l] = reg[l] & 0xffff;
	}
}

/*
 * The low 32 bits of operand i in each lane, 16 bits sign- or zero-extended: a
 * register where it stands, anything else in buf.
 */
AGX_INLINE const u32 *agx_get(const struct agx_simd *simd, const struct agx_insn *insn, int i,
			      bool sign, struct agx_lanes *buf)
{
	const struct agx_operand *o = &insn->operand[i];

	switch (o->kind) {
	case AGX_REG:
		if (o->size != AGX_16)
			return simd->reg[o->value >> 1];
		agx_get_half(buf, simd->reg[o->value >> 1], o->value, sign);
		return buf->v;
	case AGX_UNIFORM:
		agx_broadcast(buf, o->size == AGX_16
			      ? agx_extend16(agx_uniform(simd, o->value, true), sign)
			      : agx_uniform(simd, o->value, false));
		return buf->v;
	default:
		agx_broadcast(buf, (u32)agx_operand_imm(insn, i));
		return buf->v;
	}
}

/* Its high 32 bits, sign- or zero-extended from narrower ones. */
AGX_INLINE const u32 *agx_get_high(const struct agx_simd *simd, const struct agx_insn *insn,
				   int i, bool sign, const u32 *low, struct agx_lanes *buf)
{
	const struct agx_operand *o = &insn->operand[i];

	if (o->size == AGX_64 && o->kind == AGX_REG)
		return simd->reg[(o->value >> 1) + 1];
	if (o->size == AGX_64 && o->kind == AGX_UNIFORM) {
		agx_broadcast(buf, agx_uniform(simd, o->value + 2u, false));
	} else if (sign) {
		agx_each_lane(l)
			buf->v[l] = (u32)((s32)low[l] >> 31);
	} else {
		agx_broadcast(buf, 0);
	}
	return buf->v;
}

/*
 * Compares operands i and i + 1 under insn->cond: ~0 or 0.  The condition's
 * signedness extends 16 bits; conditions 3 and 7 are not known and never get here.
 */
AGX_INLINE void agx_icompare(const struct agx_simd *simd, const struct agx_insn *insn, int i,
			     struct agx_lanes *to)
{
	struct agx_lanes buf[2];
	const bool sign = insn->cond & 4;
	const u32 *a = agx_get(simd, insn, i, sign, &buf[0]);
	const u32 *b = agx_get(simd, insn, i + 1, sign, &buf[1]);
	const u32 not = insn->cond & AGX_COND_NOT ? ~0u : 0;

	if ((insn->cond & 3) == 0) {
		agx_each_lane(l)
			to->v[l] = (a[l] == b[l] ? ~0u : 0) ^ not;
		return;
	}
	if (insn->cond & 2) {
		const u32 *swap = a;

		a = b;
		b = swap;
	}
	if (sign) {
		agx_each_lane(l)
			to->v[l] = ((s32)a[l] < (s32)b[l] ? ~0u : 0) ^ not;
	} else {
		agx_each_lane(l)
			to->v[l] = (a[l] < b[l] ? ~0u : 0) ^ not;
	}
}

AGX_INLINE bool agx_icond_known(u32 cond)
{
	return (cond & 3) != 3;
}

/* Writes active lanes of a register, or of the half of it that value counts. */
AGX_INLINE void agx_put_reg(struct agx_simd *simd, u32 value, bool half, const u32 *from)
{
	u32 *reg = simd->reg[value >> 1];
	const u32 *mask = simd->lane_mask;

	if (!half) {
		agx_each_lane(l)
			reg[l] ^= (reg[l] ^ from[l]) & mask[l];
	} else if (value & 1) {
		agx_each_lane(l)
			reg[l] ^= (reg[l] ^ from[l] << 16) & mask[l] & 0xffff0000;
	} else {
		agx_each_lane(l)
			reg[l] ^= (reg[l] ^ from[l]) & mask[l] & 0xffff;
	}
}

/* Writes the low bits of the result into the destination, operand 0. */
AGX_INLINE void agx_put(struct agx_simd *simd, const struct agx_insn *insn, const u32 *from)
{
	const struct agx_operand *o = &insn->operand[0];

	agx_put_reg(simd, o->value, o->size == AGX_16, from);
}

/* 1 << lane: not every CPU shifts by different amounts in one vector. */
#define AGX_BITS4(n) 1u << (n), 2u << (n), 4u << (n), 8u << (n)
static const struct agx_lanes agx_lane_bit = { {
	AGX_BITS4(0), AGX_BITS4(4), AGX_BITS4(8), AGX_BITS4(12),
	AGX_BITS4(16), AGX_BITS4(20), AGX_BITS4(24), AGX_BITS4(28),
} };

/* The lanes, as bits, whose value is not 0. */
AGX_INLINE u32 agx_mask_of(const u32 *v)
{
	u32 bits = 0;

	agx_each_lane(l)
		bits |= v[l] ? agx_lane_bit.v[l] : 0;
	return bits;
}

/* The reverse: ~0 in the lanes of bits, 0 elsewhere. */
AGX_INLINE void agx_lanes_of(struct agx_lanes *to, u32 bits)
{
	agx_each_lane(l)
		to->v[l] = bits & agx_lane_bit.v[l] ? ~0u : 0;
}

/* Formats that pack several values into one word of 32 bits. */
AGX_INLINE bool agx_format_packed(u32 format)
{
	return format == AGX_RGB10A2 || format >= AGX_RG11B10F;
}

/* Registers that an access of the format takes: packed formats ignore the mask. */
AGX_INLINE u32 agx_format_components(u32 format, u32 mask)
{
	if (!agx_format_packed(format))
		return agx_popcount(mask & 15);
	return format == AGX_RGB10A2 ? 4 : 3;
}

/* Byte b of one lane's stack. */
AGX_INLINE u8 *agx_stack_host(const struct agx_simd *simd, u32 lane, u32 b)
{
	return simd->stack + (size_t)b / 4 * (4 * AGX_LANES) + lane * 4 + b % 4;
}

/* for (each active lane l, from the lowest) */
#define agx_each_bit(l, bits)                                                                      \
	for (u32 l##_left = (bits), l; l##_left && (l = (u32)__builtin_ctz(l##_left), true);       \
	     l##_left &= l##_left - 1)

#endif
