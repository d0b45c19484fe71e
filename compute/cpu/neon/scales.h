/* SPDX-License-Identifier: MIT */
/*
 * Integer scales and minimums of 256-element blocks; like unpack.h, and with
 * types that are constants.
 */
#ifndef COMPUTE_CPU_NEON_SCALES_H
#define COMPUTE_CPU_NEON_SCALES_H

#include "unpack.h"

/* Eight signed bytes as ints. */
INLINE void widen8(int32_t *s, int8x8_t v)
{
	int16x8_t wide = vmovl_s8(v);

	vst1q_s32(s, vmovl_s16(vget_low_s16(wide)));
	vst1q_s32(s + 4, vmovl_s16(vget_high_s16(wide)));
}

INLINE void widen16(int32_t *s, int8x16_t v)
{
	widen8(s, vget_low_s8(v));
	widen8(s + 8, vget_high_s8(v));
}

INLINE int8x8_t bytes(uint32_t low, uint32_t high)
{
	return vcreate_s8((uint64_t)high << 32 | low);
}

/* The six-bit fields of Q4_K and Q5_K, four at a time. */
INLINE int8x8_t scales_6bit(const uint8_t *packed)
{
	uint32_t a = load4(packed), c = load4(packed + 8);

	return bytes(a & 0x3f3f3f3f, (c & 0x0f0f0f0f) | (a >> 2 & 0x30303030));
}

INLINE int8x8_t mins_6bit(const uint8_t *packed)
{
	uint32_t b = load4(packed + 4), c = load4(packed + 8);

	return bytes(b & 0x3f3f3f3f, (c >> 4 & 0x0f0f0f0f) | (b >> 2 & 0x30303030));
}

INLINE void scales_q3_k(int32_t *s, const struct mutsu_q3_k *b)
{
	uint32_t p0 = load4(b->scales), p1 = load4(b->scales + 4), high = load4(b->scales + 8);
	int8x16_t v;

	v = vcombine_s8(bytes((p0 & 0x0f0f0f0f) | (high << 4 & 0x30303030),
			      (p1 & 0x0f0f0f0f) | (high << 2 & 0x30303030)),
			bytes((p0 >> 4 & 0x0f0f0f0f) | (high & 0x30303030),
			      (p1 >> 4 & 0x0f0f0f0f) | (high >> 2 & 0x30303030)));
	widen16(s, vsubq_s8(v, vdupq_n_s8(32)));
}

INLINE void scales_iq4_xs(int32_t *s, const struct mutsu_iq4_xs *b)
{
	static const int16_t low_shift[8] = { 0, -4, 0, -4, 0, -4, 0, -4 };
	static const int16_t high_shift[8] = { 4, 2, 0, -2, -4, -6, -8, -10 };
	uint16x8_t low, high;
	int16x8_t v;

	low = vmovl_u8(vcreate_u8(load4(b->scales_l)));
	low = vzip1q_u16(low, low);
	low = vandq_u16(vshlq_u16(low, vld1q_s16(low_shift)), vdupq_n_u16(0x0f));
	high = vandq_u16(vshlq_u16(vdupq_n_u16(b->scales_h), vld1q_s16(high_shift)),
			 vdupq_n_u16(0x30));
	v = vsubq_s16(vreinterpretq_s16_u16(vorrq_u16(low, high)), vdupq_n_s16(32));
	vst1q_s32(s, vmovl_s16(vget_low_s16(v)));
	vst1q_s32(s + 4, vmovl_s16(vget_high_s16(v)));
}

/* s: 16 scales of a type that has_16(), 8 of the others. */
INLINE void block_scales(enum mutsu_type type, int32_t *s, const void *block)
{
	switch (type) {
	case MUTSU_Q2_K:
		widen16(s, vreinterpretq_s8_u8(vandq_u8(vld1q_u8(block), vdupq_n_u8(15))));
		break;
	case MUTSU_Q3_K:
		scales_q3_k(s, block);
		break;
	case MUTSU_Q4_K:
		widen8(s, scales_6bit(((const struct mutsu_q4_k *)block)->scales));
		break;
	case MUTSU_Q5_K:
		widen8(s, scales_6bit(((const struct mutsu_q5_k *)block)->scales));
		break;
	case MUTSU_Q6_K:
		widen16(s, vld1q_s8(((const struct mutsu_q6_k *)block)->scales));
		break;
	case MUTSU_IQ4_XS:
		scales_iq4_xs(s, block);
		break;
	default:	/* the block's own d is all there is */
		break;
	}
}

/* Partial sums of min * (sum of x.q) over a block, of a type that has_min(). */
INLINE int32x4_t block_msum(enum mutsu_type type, const void *block, const struct mutsu_q8k *x)
{
	int16x8_t b0 = vld1q_s16(x->bsum), b1 = vld1q_s16(x->bsum + 8), m;

	if (type == MUTSU_Q2_K) {
		uint8x16_t mins = vshrq_n_u8(vld1q_u8(block), 4);
		int16x8_t m1 = vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(mins)));
		int32x4_t sum;

		m = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(mins)));
		sum = vmull_s16(vget_low_s16(m), vget_low_s16(b0));
		sum = vmlal_high_s16(sum, m, b0);
		sum = vmlal_s16(sum, vget_low_s16(m1), vget_low_s16(b1));
		return vmlal_high_s16(sum, m1, b1);
	}

	if (type == MUTSU_Q4_K)
		m = vmovl_s8(mins_6bit(((const struct mutsu_q4_k *)block)->scales));
	else
		m = vmovl_s8(mins_6bit(((const struct mutsu_q5_k *)block)->scales));
	b0 = vpaddq_s16(b0, b1);	/* Two sums of 16 to one of 32. */
	return vmlal_high_s16(vmull_s16(vget_low_s16(m), vget_low_s16(b0)), m, b0);
}

#endif
