/* SPDX-License-Identifier: MIT */
/*
 * Quantised weights as vectors of signed bytes and integer scales, 32 elements
 * at a time.  compute/ref/blocks.c says the same in plain C.
 *
 * type is a constant wherever these are called: everything is inlined and the
 * switches disappear, so that one loop serves every type.
 */
#ifndef COMPUTE_CPU_NEON_UNPACK_H
#define COMPUTE_CPU_NEON_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "compute/quant.h"
#include "compute/type.h"
#include "half.h"
#include "neon.h"

/* Types of 256-element blocks, which go with struct mutsu_q8k. */
INLINE bool is_super(enum mutsu_type type)
{
	return type == MUTSU_Q2_K || type == MUTSU_Q3_K || type == MUTSU_Q4_K ||
	       type == MUTSU_Q5_K || type == MUTSU_Q6_K || type == MUTSU_IQ4_XS;
}

/* Types of 256-element blocks that have a scale for every 16 elements, not 32. */
INLINE bool has_16(enum mutsu_type type)
{
	return type == MUTSU_Q2_K || type == MUTSU_Q3_K || type == MUTSU_Q6_K;
}

INLINE bool has_min(enum mutsu_type type)
{
	return type == MUTSU_Q4_1 || type == MUTSU_Q5_1 || type == MUTSU_Q2_K ||
	       type == MUTSU_Q4_K || type == MUTSU_Q5_K;
}

INLINE unsigned int block_len(enum mutsu_type type)
{
	return is_super(type) ? MUTSU_QK_K : MUTSU_QK;
}

INLINE size_t block_size(enum mutsu_type type)
{
	switch (type) {
	case MUTSU_Q4_0:
		return sizeof(struct mutsu_q4_0);
	case MUTSU_Q4_1:
		return sizeof(struct mutsu_q4_1);
	case MUTSU_Q5_0:
		return sizeof(struct mutsu_q5_0);
	case MUTSU_Q5_1:
		return sizeof(struct mutsu_q5_1);
	case MUTSU_Q8_0:
		return sizeof(struct mutsu_q8_0);
	case MUTSU_Q2_K:
		return sizeof(struct mutsu_q2_k);
	case MUTSU_Q3_K:
		return sizeof(struct mutsu_q3_k);
	case MUTSU_Q4_K:
		return sizeof(struct mutsu_q4_k);
	case MUTSU_Q5_K:
		return sizeof(struct mutsu_q5_k);
	case MUTSU_Q6_K:
		return sizeof(struct mutsu_q6_k);
	case MUTSU_IQ4_NL:
		return sizeof(struct mutsu_iq4_nl);
	case MUTSU_IQ4_XS:
		return sizeof(struct mutsu_iq4_xs);
	default:
		__builtin_unreachable();
	}
}

/* What multiplies the dot product. */
INLINE float block_d(enum mutsu_type type, const void *block)
{
	switch (type) {
	case MUTSU_Q2_K:
		return neon_half(((const struct mutsu_q2_k *)block)->d);
	case MUTSU_Q3_K:
		return neon_half(((const struct mutsu_q3_k *)block)->d);
	case MUTSU_Q6_K:
		return neon_half(((const struct mutsu_q6_k *)block)->d);
	default:	/* the others begin with it */
		return neon_half(*(const uint16_t *)block);
	}
}

/* What multiplies the minimum; only types that has_min(). */
INLINE float block_m(enum mutsu_type type, const void *block)
{
	if (type == MUTSU_Q2_K)
		return neon_half(((const struct mutsu_q2_k *)block)->dmin);
	return neon_half(((const uint16_t *)block)[1]);
}

INLINE uint32_t load4(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Byte i is all ones where bit i of the four bytes is set. */
INLINE void unpack_bits(uint8x16_t set[2], const uint8_t *four_bytes)
{
	static const uint8_t byte[2][16] = {
		{ 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 },
		{ 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3 },
	};
	static const uint8_t bit[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
	uint8x16_t all = vreinterpretq_u8_u32(vdupq_n_u32(load4(four_bytes)));

	set[0] = vtstq_u8(vqtbl1q_u8(all, vld1q_u8(byte[0])), vld1q_u8(bit));
	set[1] = vtstq_u8(vqtbl1q_u8(all, vld1q_u8(byte[1])), vld1q_u8(bit));
}

INLINE void unpack_nibbles(uint8x16_t q[2], const uint8_t *qs)
{
	uint8x16_t v = vld1q_u8(qs);

	q[0] = vandq_u8(v, vdupq_n_u8(15));
	q[1] = vshrq_n_u8(v, 4);
}

INLINE void unpack_table(int8x16_t q[2], const uint8_t *qs)
{
	int8x16_t table = vld1q_s8(mutsu_iq4_values);
	uint8x16_t v[2];

	unpack_nibbles(v, qs);
	q[0] = vqtbl1q_s8(table, v[0]);
	q[1] = vqtbl1q_s8(table, v[1]);
}

INLINE void unpack_q4_0(int8x16_t q[2], const struct mutsu_q4_0 *b)
{
	uint8x16_t v[2];

	unpack_nibbles(v, b->qs);
	q[0] = vsubq_s8(vreinterpretq_s8_u8(v[0]), vdupq_n_s8(8));
	q[1] = vsubq_s8(vreinterpretq_s8_u8(v[1]), vdupq_n_s8(8));
}

INLINE void unpack_q4_1(int8x16_t q[2], const struct mutsu_q4_1 *b)
{
	uint8x16_t v[2];

	unpack_nibbles(v, b->qs);
	q[0] = vreinterpretq_s8_u8(v[0]);
	q[1] = vreinterpretq_s8_u8(v[1]);
}

/* A clear fifth bit means minus 16: all bits above the nibble set. */
INLINE void unpack_q5_0(int8x16_t q[2], const struct mutsu_q5_0 *b)
{
	uint8x16_t v[2], set[2];

	unpack_nibbles(v, b->qs);
	unpack_bits(set, b->qh);
	for (int i = 0; i < 2; i++) {
		uint8x16_t high = vbicq_u8(vdupq_n_u8(0xf0), set[i]);

		q[i] = vreinterpretq_s8_u8(vorrq_u8(v[i], high));
	}
}

INLINE void unpack_q5_1(int8x16_t q[2], const struct mutsu_q5_1 *b)
{
	uint8x16_t v[2], set[2];

	unpack_nibbles(v, b->qs);
	unpack_bits(set, b->qh);
	for (int i = 0; i < 2; i++) {
		uint8x16_t high = vandq_u8(vdupq_n_u8(0x10), set[i]);

		q[i] = vreinterpretq_s8_u8(vorrq_u8(v[i], high));
	}
}

INLINE void unpack_q2_k(int8x16_t q[2], const struct mutsu_q2_k *b, unsigned int j)
{
	for (int i = 0; i < 2; i++) {
		uint8x16_t v = vld1q_u8(b->qs + j / 4 * 32 + 16 * i);

		q[i] = vreinterpretq_s8_u8(mutsu_bits(v, j % 4 * 2, 3));
	}
}

INLINE void unpack_q3_k(int8x16_t q[2], const struct mutsu_q3_k *b, unsigned int j)
{
	uint8x16_t bit = vdupq_n_u8((uint8_t)(1u << j));

	for (int i = 0; i < 2; i++) {
		uint8x16_t v = vld1q_u8(b->qs + j / 4 * 32 + 16 * i);
		uint8x16_t set = vtstq_u8(vld1q_u8(b->hmask + 16 * i), bit);
		uint8x16_t minus = vbicq_u8(vdupq_n_u8(4), set);

		q[i] = vreinterpretq_s8_u8(vsubq_u8(mutsu_bits(v, j % 4 * 2, 3), minus));
	}
}

INLINE void unpack_q4_k(int8x16_t q[2], const struct mutsu_q4_k *b, unsigned int j)
{
	for (int i = 0; i < 2; i++) {
		uint8x16_t v = vld1q_u8(b->qs + j / 2 * 32 + 16 * i);

		q[i] = vreinterpretq_s8_u8(mutsu_bits(v, j % 2 * 4, 15));
	}
}

INLINE void unpack_q5_k(int8x16_t q[2], const struct mutsu_q5_k *b, unsigned int j)
{
	uint8x16_t bit = vdupq_n_u8((uint8_t)(1u << j));

	for (int i = 0; i < 2; i++) {
		uint8x16_t v = vld1q_u8(b->qs + j / 2 * 32 + 16 * i);
		uint8x16_t set = vtstq_u8(vld1q_u8(b->qh + 16 * i), bit);
		uint8x16_t high = vandq_u8(vdupq_n_u8(16), set);

		q[i] = vreinterpretq_s8_u8(vorrq_u8(mutsu_bits(v, j % 2 * 4, 15), high));
	}
}

INLINE void unpack_q6_k(int8x16_t q[2], const struct mutsu_q6_k *b, unsigned int j)
{
	for (int i = 0; i < 2; i++) {
		uint8x16_t low = vld1q_u8(b->ql + j / 4 * 64 + j % 2 * 32 + 16 * i);
		uint8x16_t high = vld1q_u8(b->qh + j / 4 * 32 + 16 * i);
		uint8x16_t v;

		high = vshlq_n_u8(mutsu_bits(high, j % 4 * 2, 3), 4);
		v = vorrq_u8(mutsu_bits(low, j % 4 / 2 * 4, 15), high);
		q[i] = vsubq_s8(vreinterpretq_s8_u8(v), vdupq_n_s8(32));
	}
}

/* Elements 32 * j to 32 * j + 31 of a block. */
INLINE void unpack(enum mutsu_type type, int8x16_t q[2], const void *block, unsigned int j)
{
	switch (type) {
	case MUTSU_Q4_0:
		unpack_q4_0(q, block);
		break;
	case MUTSU_Q4_1:
		unpack_q4_1(q, block);
		break;
	case MUTSU_Q5_0:
		unpack_q5_0(q, block);
		break;
	case MUTSU_Q5_1:
		unpack_q5_1(q, block);
		break;
	case MUTSU_Q8_0:
		q[0] = vld1q_s8(((const struct mutsu_q8_0 *)block)->qs);
		q[1] = vld1q_s8(((const struct mutsu_q8_0 *)block)->qs + 16);
		break;
	case MUTSU_Q2_K:
		unpack_q2_k(q, block, j);
		break;
	case MUTSU_Q3_K:
		unpack_q3_k(q, block, j);
		break;
	case MUTSU_Q4_K:
		unpack_q4_k(q, block, j);
		break;
	case MUTSU_Q5_K:
		unpack_q5_k(q, block, j);
		break;
	case MUTSU_Q6_K:
		unpack_q6_k(q, block, j);
		break;
	case MUTSU_IQ4_NL:
		unpack_table(q, ((const struct mutsu_iq4_nl *)block)->qs);
		break;
	case MUTSU_IQ4_XS:
		unpack_table(q, ((const struct mutsu_iq4_xs *)block)->qs + 16 * j);
		break;
	default:
		__builtin_unreachable();
	}
}

#endif
