/* SPDX-License-Identifier: MIT */
/*
 * Block formats of quantised tensors, as stored in GGUF files (little-endian,
 * packed, sizes asserted), and of the activations they are multiplied with.
 *
 * d and m fields are IEEE halves held as uint16_t; compute/half.h converts.
 * Meaning of each format: compute/ref/blocks.c, and Documentation/gguf.rst.
 */
#ifndef COMPUTE_QUANT_H
#define COMPUTE_QUANT_H

#include <assert.h>
#include <stdint.h>

#define MUTSU_QK	32	/* elements of a small block */
#define MUTSU_QK_K	256	/* elements of a super-block */

/* w = d * (q - 8) */
struct mutsu_q4_0 {
	uint16_t d;
	uint8_t qs[16];		/* low nibbles: elements 0-15, high: 16-31 */
};

/* w = d * q + m */
struct mutsu_q4_1 {
	uint16_t d, m;
	uint8_t qs[16];
};

/* w = d * (q - 16) */
struct mutsu_q5_0 {
	uint16_t d;
	uint8_t qh[4];		/* bit i: fifth bit of element i */
	uint8_t qs[16];
};

/* w = d * q + m */
struct mutsu_q5_1 {
	uint16_t d, m;
	uint8_t qh[4];
	uint8_t qs[16];
};

/* w = d * q */
struct mutsu_q8_0 {
	uint16_t d;
	int8_t qs[32];
};

/* 16 sub-blocks of 16: w = d * scale * q - dmin * min; scale, min: nibbles */
struct mutsu_q2_k {
	uint8_t scales[16];
	uint8_t qs[64];
	uint16_t d, dmin;
};

/* 16 sub-blocks of 16: w = d * (scale - 32) * (q - 4) */
struct mutsu_q3_k {
	uint8_t hmask[32];
	uint8_t qs[64];
	uint8_t scales[12];
	uint16_t d;
};

/* 8 sub-blocks of 32: w = d * scale * q - dmin * min; 6-bit scales and mins */
struct mutsu_q4_k {
	uint16_t d, dmin;
	uint8_t scales[12];
	uint8_t qs[128];
};

struct mutsu_q5_k {
	uint16_t d, dmin;
	uint8_t scales[12];
	uint8_t qh[32];
	uint8_t qs[128];
};

/* 16 sub-blocks of 16: w = d * scale * (q - 32) */
struct mutsu_q6_k {
	uint8_t ql[128];
	uint8_t qh[64];
	int8_t scales[16];
	uint16_t d;
};

/* w = d * mutsu_iq4_values[q] */
struct mutsu_iq4_nl {
	uint16_t d;
	uint8_t qs[16];
};

/* 8 sub-blocks of 32: w = d * (scale - 32) * mutsu_iq4_values[q] */
struct mutsu_iq4_xs {
	uint16_t d;
	uint16_t scales_h;
	uint8_t scales_l[4];
	uint8_t qs[128];
};

/* The 16 values of IQ4_NL and IQ4_XS: finer near zero, where weights are many. */
static const int8_t mutsu_iq4_values[16] = {
	-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
};

/*
 * Activations: x = d * q.  s is about d * (sum of q), for weights with a minimum.
 * d and s have the precision of a half.
 */
struct mutsu_q8 {
	float d;
	float s;
	int8_t q[MUTSU_QK];
};

/* Activations: x = d * q.  bsum[i] is the sum of q[16 * i] to q[16 * i + 15]. */
struct mutsu_q8k {
	float d;
	int8_t q[MUTSU_QK_K];
	int16_t bsum[MUTSU_QK_K / 16];
};

static_assert(sizeof(struct mutsu_q4_0) == 18, "q4_0");
static_assert(sizeof(struct mutsu_q4_1) == 20, "q4_1");
static_assert(sizeof(struct mutsu_q5_0) == 22, "q5_0");
static_assert(sizeof(struct mutsu_q5_1) == 24, "q5_1");
static_assert(sizeof(struct mutsu_q8_0) == 34, "q8_0");
static_assert(sizeof(struct mutsu_q2_k) == 84, "q2_k");
static_assert(sizeof(struct mutsu_q3_k) == 110, "q3_k");
static_assert(sizeof(struct mutsu_q4_k) == 144, "q4_k");
static_assert(sizeof(struct mutsu_q5_k) == 176, "q5_k");
static_assert(sizeof(struct mutsu_q6_k) == 210, "q6_k");
static_assert(sizeof(struct mutsu_iq4_nl) == 18, "iq4_nl");
static_assert(sizeof(struct mutsu_iq4_xs) == 136, "iq4_xs");
static_assert(sizeof(struct mutsu_q8) == 40, "q8");
static_assert(sizeof(struct mutsu_q8k) == 292, "q8k");

#endif
