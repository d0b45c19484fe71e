// SPDX-License-Identifier: MIT
/*
 * Dequantisation, by definition.  The order of the products is ggml's: the
 * scale of a sub-block first, then the element.
 */
#include "compute/ops/dequant.h"

#include <string.h>

#include "blocks.h"
#include "compute/half.h"

MUTSU_DEQUANT(mutsu_dequant_f32_ref)
{
	memcpy(y, x, n * sizeof(*y));
}

MUTSU_DEQUANT(mutsu_dequant_f16_ref)
{
	const uint16_t *h = x;

	for (size_t i = 0; i < n; i++)
		y[i] = mutsu_half_to_float(h[i]);
}

MUTSU_DEQUANT(mutsu_dequant_bf16_ref)
{
	const uint16_t *h = x;

	for (size_t i = 0; i < n; i++)
		y[i] = mutsu_bf16_to_float(h[i]);
}

/* w = d * q */
static void blocks(float *y, const char *x, size_t n, size_t size, mutsu_unpack_fn *unpack)
{
	struct mutsu_block u;

	for (; n; n -= MUTSU_QK, x += size) {
		unpack(&u, x);
		for (int i = 0; i < MUTSU_QK; i++)
			*y++ = u.d * u.q[i];
	}
}

/* w = d * q + m */
static void blocks_min(float *y, const char *x, size_t n, size_t size, mutsu_unpack_fn *unpack)
{
	struct mutsu_block u;

	for (; n; n -= MUTSU_QK, x += size) {
		unpack(&u, x);
		for (int i = 0; i < MUTSU_QK; i++)
			*y++ = u.d * u.q[i] + u.m;
	}
}

/* w = d * scale * q - m * min; without mins, subtracting 0 changes no bit. */
static void super_blocks(float *y, const char *x, size_t n, size_t size, mutsu_unpack_fn *unpack)
{
	struct mutsu_block u;

	for (; n; n -= MUTSU_QK_K, x += size) {
		unpack(&u, x);
		for (int i = 0; i < MUTSU_QK_K; i++) {
			float d = u.d * u.scale[i / 16];
			float m = u.m * u.min[i / 16];

			*y++ = d * u.q[i] - m;
		}
	}
}

#define DEQUANT(type, family)							\
MUTSU_DEQUANT(mutsu_dequant_##type##_ref)					\
{										\
	family(y, x, n, sizeof(struct mutsu_##type), mutsu_unpack_##type);	\
}

DEQUANT(q4_0, blocks)
DEQUANT(q5_0, blocks)
DEQUANT(q8_0, blocks)
DEQUANT(iq4_nl, blocks)
DEQUANT(q4_1, blocks_min)
DEQUANT(q5_1, blocks_min)
DEQUANT(q2_k, super_blocks)
DEQUANT(q3_k, super_blocks)
DEQUANT(q4_k, super_blocks)
DEQUANT(q5_k, super_blocks)
DEQUANT(q6_k, super_blocks)
DEQUANT(iq4_xs, super_blocks)
