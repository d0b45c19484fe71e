// SPDX-License-Identifier: MIT
/* Activations in the forms that matrix products read, by definition. */
#include "compute/ops/activation.h"

#include <math.h>
#include <string.h>

#include "compute/half.h"
#include "compute/quant.h"

MUTSU_ACTIVATION(mutsu_activation_f32_ref)
{
	memcpy(y, x, n * sizeof(*x));
}

static uint16_t half(float x)
{
	uint16_t h = mutsu_half_from_float(x);

	/* Infinity: the largest half is before it. */
	return (h & 0x7fff) == 0x7c00 ? h - 1 : h;
}

MUTSU_ACTIVATION(mutsu_activation_r16_ref)
{
	float *r = y;

	for (size_t i = 0; i < n; i++)
		r[i] = mutsu_half_to_float(half(x[i]));
}

MUTSU_ACTIVATION(mutsu_activation_f16_ref)
{
	uint16_t *h = y;

	for (size_t i = 0; i < n; i++)
		h[i] = half(x[i]);
}

/* To nearest even, within [-127, 127]; NaN, whose conversion C leaves open, is 0. */
static int8_t round_q(float v)
{
	return isnan(v) ? 0 : (int8_t)fmaxf(-127.0f, fminf(127.0f, rintf(v)));
}

MUTSU_ACTIVATION(mutsu_activation_q8_ref)
{
	struct mutsu_q8 *b = y;

	for (; n; n -= MUTSU_QK, x += MUTSU_QK, b++) {
		float amax = 0.0f, inverse, d;
		int sum = 0;

		for (int i = 0; i < MUTSU_QK; i++)
			amax = fmaxf(amax, fabsf(x[i]));

		inverse = 127.0f / amax;
		if (isinf(inverse)) {
			memset(b, 0, sizeof(*b));
			continue;
		}
		for (int i = 0; i < MUTSU_QK; i++) {
			b->q[i] = round_q(x[i] * inverse);
			sum += b->q[i];
		}
		d = amax / 127.0f;
		b->d = mutsu_half_to_float(half(d));
		b->s = mutsu_half_to_float(half(d * (float)sum));
	}
}

MUTSU_ACTIVATION(mutsu_activation_q8k_ref)
{
	struct mutsu_q8k *b = y;

	for (; n; n -= MUTSU_QK_K, x += MUTSU_QK_K, b++) {
		float m = 0.0f, inverse;

		for (int i = 0; i < MUTSU_QK_K; i++)
			if (fabsf(x[i]) > fabsf(m))
				m = x[i];

		memset(b, 0, sizeof(*b));
		inverse = -127.0f / m;
		if (isinf(inverse))
			continue;
		for (int i = 0; i < MUTSU_QK_K; i++) {
			b->q[i] = round_q(x[i] * inverse);
			b->bsum[i / 16] += b->q[i];
		}
		b->d = 1.0f / inverse;
	}
}
