// SPDX-License-Identifier: MIT
/*
 * Gemma 3, text: norms before and after each block, GELU gates, embeddings
 * scaled by sqrt(n_embd); five layers of six see a window and rotate with a
 * base of their own.  Gemma Team 2025.
 */
#include "arch.h"

#include <errno.h>
#include <math.h>

#define PATTERN "gemma3.attention.sliding_window_pattern"

/* One number for each layer, 0: it sees all.  Only periods can be told. */
static int read_layers(struct mutsu_hparams *hp, const struct mutsu_gguf *gguf,
		       const struct gguf_value *layers, struct mutsu_error *err)
{
	if (layers->item == GGUF_FLOAT32 || layers->item == GGUF_FLOAT64 ||
	    layers->item == GGUF_STRING || layers->item == GGUF_ARRAY)
		return mutsu_fail(err, -EINVAL, "%s: " PATTERN " is array of %s, not of bool",
				  mutsu_gguf_name(gguf), mutsu_gguf_type_name(layers->item));
	if (layers->n != hp->n_layer)
		return mutsu_fail(err, -EINVAL, "%s: " PATTERN " has %llu items for %u layers",
				  mutsu_gguf_name(gguf), (unsigned long long)layers->n,
				  hp->n_layer);

	hp->window_period = UINT32_MAX;
	for (uint32_t il = 0; il < hp->n_layer; il++) {
		struct gguf_value item = mutsu_gguf_item(layers, il);
		bool all = !mutsu_gguf_int(&item);

		if (all && hp->window_period == UINT32_MAX)
			hp->window_period = il + 1;
		if (all != ((il + 1) % hp->window_period == 0))
			return mutsu_fail(err, -ENOTSUP, "%s: " PATTERN ": layers that see all "
					  "must come at equal distances", mutsu_gguf_name(gguf));
	}
	return 0;
}

/* Which layers see the window: every layer but each n-th (0: every), or a list. */
static int read_pattern(struct mutsu_hparams *hp, const struct mutsu_gguf *gguf,
			struct mutsu_error *err)
{
	const struct gguf_value *value = mutsu_gguf_find(gguf, PATTERN);
	int ret;

	hp->window_period = 6;
	if (!value)
		return 0;
	if (value->type == GGUF_ARRAY)
		return read_layers(hp, gguf, value, err);
	ret = mutsu_gguf_get_u32(gguf, PATTERN, &hp->window_period, err);
	if (!ret && !hp->window_period)
		hp->window_period = UINT32_MAX;
	return ret;
}

static int tune(struct mutsu_hparams *hp, const struct mutsu_gguf *gguf,
		struct mutsu_error *err)
{
	float softcap = 0.0f;
	int ret;

	hp->embed_scale = sqrtf((float)hp->n_embd);
	/* The 27B model, known by its depth, scales scores by another width. */
	if (hp->n_layer == 62)
		hp->attn_scale = 1.0f / sqrtf((float)(hp->n_embd / hp->n_head));

	ret = mutsu_arch_u32(gguf, "gemma3", "attention.sliding_window", &hp->window, err);
	if (ret && ret != -ENOENT)
		return ret;
	ret = read_pattern(hp, gguf, err);
	if (ret)
		return ret;
	hp->window_rope_base = 10000.0f;
	ret = mutsu_arch_f32(gguf, "gemma3", "rope.freq_base_swa", &hp->window_rope_base, err);
	if (ret && ret != -ENOENT)
		return ret;

	ret = mutsu_gguf_get_f32(gguf, "gemma3.final_logit_softcapping", &softcap, err);
	if (ret && ret != -ENOENT)
		return ret;
	if (softcap != 0.0f)
		return mutsu_fail(err, -ENOTSUP,
				  "%s: gemma3.final_logit_softcapping is %g; only 0 is supported",
				  mutsu_gguf_name(gguf), (double)softcap);
	return 0;
}

const struct mutsu_arch mutsu_arch_gemma3 = {
	.name = "gemma3",
	.roles = ROLE(ATTN_NORM) | ROLES_QKV | ROLE(Q_NORM) | ROLE(K_NORM) | ROLE(ATTN_OUT) |
		 ROLE(ATTN_POST_NORM) | ROLE(FFN_NORM) | ROLES_FFN | ROLE(FFN_POST_NORM),
	.rope = ROPE_NEOX,
	.glu = GLU_GELU,
	.tune = tune,
};
