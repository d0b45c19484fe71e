// SPDX-License-Identifier: MIT
#include "compute/ops/attention.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "compute/half.h"
#include "compute/ops/exp.h"
#include "compute/ops/softmax.h"

#include "sum.h"

/* Element i of row j of k or v. */
static float element(const void *rows, size_t stride, size_t j, size_t i, bool half)
{
	const void *row = (const char *)rows + j * stride;

	return half ? mutsu_half_to_float(((const uint16_t *)row)[i]) : ((const float *)row)[i];
}

static float soft_limit(float s, float softcap)
{
	float z = s / softcap;

	return softcap * (1.0f - 2.0f / (mutsu_exp(2.0f * z) + 1.0f));
}

static float score(const struct mutsu_attention *a, const float *q, size_t j, bool half)
{
	float p[8] = { 0 };

	for (size_t i = 0; i < a->head_dim; i++)
		p[i % 8] = fmaf(q[i], element(a->k, a->k_stride, j, i, half), p[i % 8]);

	return a->scale * sum8(p);
}

static void attend(const struct mutsu_attention *a, size_t g, bool half)
{
	const float *q = a->q + g * a->head_dim;
	float *out = a->out + g * a->head_dim;
	float *s = a->scores + g * a->n_kv;

	for (size_t j = 0; j < a->n_kv; j++) {
		s[j] = score(a, q, j, half);
		if (a->softcap != 0.0f)
			s[j] = soft_limit(s[j], a->softcap);
	}

	mutsu_softmax_ref(s, a->n_kv);

	for (size_t d = 0; d < a->head_dim; d++) {
		float sum = 0.0f;

		for (size_t j = 0; j < a->n_kv; j++)
			sum = fmaf(s[j], element(a->v, a->v_stride, j, d, half), sum);
		out[d] = sum;
	}
}

MUTSU_ATTENTION(mutsu_attention_f32_ref)
{
	for (size_t g = 0; g < a->n_group; g++)
		attend(a, g, false);
}

MUTSU_ATTENTION(mutsu_attention_f16_ref)
{
	for (size_t g = 0; g < a->n_group; g++)
		attend(a, g, true);
}
