/* SPDX-License-Identifier: MIT */
/*
 * Attention of one position over its past, for the query heads that share one
 * key-value head (grouped-query attention, Ainslie et al. 2023)
 *
 *	s[j] = scale * dot(q, k[j])		j < n_kv
 *	s = softcap * tanh(s / softcap)		where softcap is not 0
 *	p = softmax(s)				as in ops/softmax.h
 *	out[d] = sum over j of p[j] * v[j][d]
 *
 * for each of n_group query heads.  k and v are rows of head_dim elements,
 * float or half by the function's name, k_stride and v_stride bytes apart.  q
 * and out are n_group rows of head_dim floats.  scores is room for n_group *
 * n_kv floats.  n_kv is at least 1.
 *
 * dot has eight partial sums, t[i % 8] = fmaf(q[i], k[j][i], t[i % 8]) for i in
 * order (halves converted exactly to float), added as in ops/softmax.h; out[d]
 * starts at 0 and is fmaf(p[j], v[j][d], out[d]) for j in order; tanh(z) is
 * 1 - 2 / (mutsu_exp(2z) + 1).  Same bits everywhere.
 */
#ifndef COMPUTE_OPS_ATTENTION_H
#define COMPUTE_OPS_ATTENTION_H

#include <stddef.h>

struct mutsu_attention {
	float *out;
	const float *q;
	const void *k, *v;
	size_t k_stride, v_stride;
	size_t n_kv, n_group, head_dim;
	float scale, softcap;
	float *scores;
};

#define MUTSU_ATTENTION(name) void (name)(const struct mutsu_attention *a)

typedef MUTSU_ATTENTION(mutsu_attention_fn);

MUTSU_ATTENTION(mutsu_attention_f32_ref);
MUTSU_ATTENTION(mutsu_attention_f16_ref);
MUTSU_ATTENTION(mutsu_attention_f32_neon);
MUTSU_ATTENTION(mutsu_attention_f16_neon);

#endif
