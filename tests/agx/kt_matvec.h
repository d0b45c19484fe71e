/* SPDX-License-Identifier: MIT */
/* Random matrices of every type, and what products with them must be. */
#ifndef TESTS_AGX_KT_MATVEC_H
#define TESTS_AGX_KT_MATVEC_H

#include <stddef.h>

#include "compute/ops/dequant.h"
#include "compute/ref/blocks.h"
#include "compute/type.h"
#include "tests/kern/kern.h"
#include "tests/lib/gpu.h"

struct kt_type {
	enum mutsu_type type;
	mutsu_dequant_fn *dequant;
	mutsu_unpack_fn *unpack;	/* NULL: not made of blocks */
	float offset;			/* what is subtracted from stored numbers */
	int half[2];			/* where a block has halves; 0 twice: only one */
};

#define KT_BLOCK(TYPE, type, offset, a, b) \
	{ MUTSU_##TYPE, mutsu_dequant_##type##_ref, mutsu_unpack_##type, offset, { a, b } }

static const struct kt_type kt_types[] = {
	{ MUTSU_F32, mutsu_dequant_f32_ref, NULL, 0, { 0 } },
	{ MUTSU_F16, mutsu_dequant_f16_ref, NULL, 0, { 0 } },
	{ MUTSU_BF16, mutsu_dequant_bf16_ref, NULL, 0, { 0 } },
	KT_BLOCK(Q4_0, q4_0, 8, 0, 0),
	KT_BLOCK(Q8_0, q8_0, 128, 0, 0),
	KT_BLOCK(Q4_K, q4_k, 0, 0, 2),
	KT_BLOCK(Q6_K, q6_k, 32, 208, 208),
	KT_BLOCK(Q4_1, q4_1, 0, 0, 2),
	KT_BLOCK(Q5_0, q5_0, 16, 0, 0),
	KT_BLOCK(Q5_1, q5_1, 0, 0, 2),
	KT_BLOCK(Q2_K, q2_k, 0, 80, 82),
	KT_BLOCK(Q3_K, q3_k, 4, 108, 108),
	KT_BLOCK(Q5_K, q5_k, 0, 0, 2),
	KT_BLOCK(IQ4_NL, iq4_nl, 0, 0, 0),
	KT_BLOCK(IQ4_XS, iq4_xs, 0, 0, 0),
};

#define KT_N_TYPES ((int)COUNT(kt_types))

/* Types without blocks have kernels of their own where cols are no multiple of 32. */
#define KT_N_FLOATS 3

static inline const struct mutsu_type_info *kt_info(const struct kt_type *t)
{
	return mutsu_type_info(t->type);
}

/* Scales are small, so that weights are about one, now and then denormal halves. */
static inline uint16_t kt_scale(float range)
{
	float f = kt_uniform(-range, range);

	return mutsu_half_from_float(kt_below(16) ? f : f * 0x1p-14f);
}

static inline void kt_fill(const struct kt_type *t, uint8_t *w, size_t n)
{
	const size_t size = kt_info(t)->block_size;
	const float range = kt_info(t)->block_len == 256 ? 0x1p-8f : 0x1p-4f;

	for (size_t i = 0; i < n * size; i++)
		w[i] = (uint8_t)kt_below(256);
	for (size_t i = 0; i < n; i++) {
		uint8_t *block = w + i * size;
		const float f = kt_uniform(-1, 1);
		const uint32_t bits = mutsu_float_bits(f);
		const uint16_t halves[] = { kt_scale(range), kt_scale(range) },
			h = mutsu_half_from_float(f);

		if (t->type == MUTSU_F32)
			memcpy(block, &f, 4);
		else if (t->type == MUTSU_F16)
			memcpy(block, &h, 2);
		else if (t->type == MUTSU_BF16)
			memcpy(block, (const uint8_t *)&bits + 2, 2);
		for (int k = 0; t->unpack && k < 2; k++)
			memcpy(block + t->half[k], &halves[k], 2);
	}
}

/* rows times cols, rows packed. */
static inline uint8_t *kt_matrix(const struct kt_type *t, u32 rows, u32 cols)
{
	const size_t n = (size_t)rows * (cols / kt_info(t)->block_len);
	uint8_t *w = kt_buf(n * kt_info(t)->block_size);

	kt_fill(t, w, n);
	return w;
}

/*
 * How large what is added up for each weight is: a weight is a difference of a stored
 * number and an offset, or a minimum, and both parts are rounded.
 */
static inline void kt_size(const struct kt_type *t, float *size, const uint8_t *w, u32 cols)
{
	const u32 len = kt_info(t)->block_len;
	struct mutsu_block u;

	if (!t->unpack) {
		t->dequant(size, w, cols);
		return;
	}
	for (u32 i = 0; i < cols; i++) {
		u32 g = i % len / 16;

		if (i % len == 0)
			t->unpack(&u, w + i / len * kt_info(t)->block_size);
		size[i] = (fabsf((float)u.q[i % len]) + t->offset) * fabsf(u.d);
		size[i] *= len == 256 ? fabsf((float)u.scale[g]) : 1;
		size[i] += fabsf(u.m) * (len == 256 ? fabsf((float)u.min[g]) : 1);
	}
}

struct kt_sum {
	double exact, size;
};

static inline struct kt_sum kt_product(const struct kt_type *t, const uint8_t *row, u32 cols,
				       const float *x, float bias)
{
	float *w = kt_buf(4ul * cols), *size = kt_buf(4ul * cols);
	struct kt_sum sum = { (double)bias, fabs((double)bias) };

	t->dequant(w, row, cols);
	kt_size(t, size, row, cols);
	for (u32 k = 0; k < cols; k++) {
		sum.exact += (double)w[k] * (double)x[k];
		sum.size += fabs((double)size[k] * (double)x[k]);
	}
	return sum;
}

#endif
