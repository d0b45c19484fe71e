// SPDX-License-Identifier: MIT
/*
 * The quantised formats of GGUF, bit by bit.  Written to be read; everything
 * else that knows a format is tested against this.
 */
#include "blocks.h"

#include <string.h>

#include "compute/half.h"

/* Low nibbles hold elements 0 to n - 1, high nibbles n to 2n - 1. */
static void nibbles(int8_t *q, const uint8_t *qs, int n)
{
	for (int i = 0; i < n; i++) {
		q[i] = qs[i] & 15;
		q[n + i] = qs[i] >> 4;
	}
}

static void table_nibbles(int8_t *q, const uint8_t *qs)
{
	nibbles(q, qs, 16);
	for (int i = 0; i < 32; i++)
		q[i] = mutsu_iq4_values[q[i]];
}

MUTSU_UNPACK(mutsu_unpack_q4_0)
{
	const struct mutsu_q4_0 *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = 0.0f;
	nibbles(u->q, b->qs, 16);
	for (int i = 0; i < 32; i++)
		u->q[i] -= 8;
}

MUTSU_UNPACK(mutsu_unpack_q4_1)
{
	const struct mutsu_q4_1 *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = mutsu_half_to_float(b->m);
	nibbles(u->q, b->qs, 16);
}

MUTSU_UNPACK(mutsu_unpack_q5_0)
{
	const struct mutsu_q5_0 *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = 0.0f;
	nibbles(u->q, b->qs, 16);
	for (int i = 0; i < 32; i++)
		u->q[i] += (b->qh[i / 8] >> i % 8 & 1) * 16 - 16;
}

MUTSU_UNPACK(mutsu_unpack_q5_1)
{
	const struct mutsu_q5_1 *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = mutsu_half_to_float(b->m);
	nibbles(u->q, b->qs, 16);
	for (int i = 0; i < 32; i++)
		u->q[i] += (b->qh[i / 8] >> i % 8 & 1) * 16;
}

MUTSU_UNPACK(mutsu_unpack_q8_0)
{
	const struct mutsu_q8_0 *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = 0.0f;
	memcpy(u->q, b->qs, sizeof(b->qs));
}

MUTSU_UNPACK(mutsu_unpack_iq4_nl)
{
	const struct mutsu_iq4_nl *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = 0.0f;
	table_nibbles(u->q, b->qs);
}

/* Each 32 bytes hold 128 elements: bits 0-1 the first 32, bits 2-3 the next... */
MUTSU_UNPACK(mutsu_unpack_q2_k)
{
	const struct mutsu_q2_k *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = mutsu_half_to_float(b->dmin);
	for (int i = 0; i < MUTSU_QK_K; i++)
		u->q[i] = b->qs[i / 128 * 32 + i % 32] >> i / 32 % 4 * 2 & 3;
	for (int g = 0; g < 16; g++) {
		u->scale[g] = b->scales[g] & 15;
		u->min[g] = b->scales[g] >> 4;
	}
}

/*
 * Two bits as in Q2_K; bit i / 32 of hmask[i % 32] is the third.  Scales have
 * their low four bits in bytes 0-7 (nibbles), their high two in bytes 8-11.
 */
MUTSU_UNPACK(mutsu_unpack_q3_k)
{
	const struct mutsu_q3_k *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = 0.0f;
	for (int i = 0; i < MUTSU_QK_K; i++) {
		int low = b->qs[i / 128 * 32 + i % 32] >> i / 32 % 4 * 2 & 3;
		int high = b->hmask[i % 32] >> i / 32 & 1;

		u->q[i] = (int8_t)(low + high * 4 - 4);
	}
	for (int g = 0; g < 16; g++) {
		int low = b->scales[g % 8] >> g / 8 * 4 & 15;
		int high = b->scales[8 + g % 4] >> g / 4 * 2 & 3;

		u->scale[g] = (int16_t)((low | high << 4) - 32);
		u->min[g] = 0;
	}
}

/*
 * Sub-blocks 0-3 have scales and mins in the low six bits of bytes 0-3 and 4-7,
 * 4-7 in nibbles of bytes 8-11, with the top bits of bytes 0-7 as high bits.
 */
static void scales_6bit(struct mutsu_block *u, const uint8_t *s)
{
	for (int g = 0; g < 16; g++) {
		int j = g / 2;

		if (j < 4) {
			u->scale[g] = s[j] & 63;
			u->min[g] = s[j + 4] & 63;
		} else {
			u->scale[g] = (int16_t)((s[j + 4] & 15) | s[j - 4] >> 6 << 4);
			u->min[g] = (int16_t)(s[j + 4] >> 4 | s[j] >> 6 << 4);
		}
	}
}

MUTSU_UNPACK(mutsu_unpack_q4_k)
{
	const struct mutsu_q4_k *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = mutsu_half_to_float(b->dmin);
	for (int i = 0; i < MUTSU_QK_K / 64; i++)
		nibbles(u->q + 64 * i, b->qs + 32 * i, 32);
	scales_6bit(u, b->scales);
}

/* As Q4_K; bit i / 32 of qh[i % 32] is the fifth. */
MUTSU_UNPACK(mutsu_unpack_q5_k)
{
	const struct mutsu_q5_k *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = mutsu_half_to_float(b->dmin);
	for (int i = 0; i < MUTSU_QK_K / 64; i++)
		nibbles(u->q + 64 * i, b->qs + 32 * i, 32);
	for (int i = 0; i < MUTSU_QK_K; i++)
		u->q[i] += (b->qh[i % 32] >> i / 32 & 1) * 16;
	scales_6bit(u, b->scales);
}

/* Each half has 64 bytes of nibbles, and 32 of bit pairs ordered as in Q2_K. */
MUTSU_UNPACK(mutsu_unpack_q6_k)
{
	const struct mutsu_q6_k *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = 0.0f;
	for (int i = 0; i < MUTSU_QK_K / 128; i++)
		nibbles(u->q + 128 * i, b->ql + 64 * i, 64);
	for (int i = 0; i < MUTSU_QK_K; i++) {
		int high = b->qh[i / 128 * 32 + i % 32] >> i / 32 % 4 * 2 & 3;

		u->q[i] = (int8_t)(u->q[i] + high * 16 - 32);
	}
	for (int g = 0; g < 16; g++) {
		u->scale[g] = b->scales[g];
		u->min[g] = 0;
	}
}

MUTSU_UNPACK(mutsu_unpack_iq4_xs)
{
	const struct mutsu_iq4_xs *b = block;

	u->d = mutsu_half_to_float(b->d);
	u->m = 0.0f;
	for (int j = 0; j < 8; j++) {
		int low = b->scales_l[j / 2] >> j % 2 * 4 & 15;
		int high = b->scales_h >> j * 2 & 3;

		table_nibbles(u->q + 32 * j, b->qs + 16 * j);
		for (int g = 2 * j; g < 2 * j + 2; g++) {
			u->scale[g] = (int16_t)((low | high << 4) - 32);
			u->min[g] = 0;
		}
	}
}
