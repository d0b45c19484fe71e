// SPDX-License-Identifier: MIT
/*
 * Gemma 3, text: norms before and after each block, GELU gates, embeddings
 * scaled by sqrt(n_embd); five layers of six see a window and rotate with a
 * base of their own.  Gemma Team 2025.
 */
#include "arch.h"

#include <errno.h>
#include <math.h>

static int tune(struct mutsu_hparams *hp, const struct mutsu_gguf *gguf,
		struct mutsu_error *err)
{
	int ret;

	hp->embed_scale = sqrtf((float)hp->n_embd);
	/* The 27B model, known by its depth, scales scores by another width. */
	if (hp->n_layer == 62)
		hp->attn_scale = 1.0f / sqrtf((float)(hp->n_embd / hp->n_head));

	ret = mutsu_arch_u32(gguf, "gemma3", "attention.sliding_window", &hp->window, err);
	if (ret && ret != -ENOENT)
		return ret;
	hp->window_period = 6;
	hp->window_rope_base = 10000.0f;
	ret = mutsu_arch_f32(gguf, "gemma3", "rope.freq_base_swa", &hp->window_rope_base, err);
	return ret == -ENOENT ? 0 : ret;
}

const struct mutsu_arch mutsu_arch_gemma3 = {
	.name = "gemma3",
	.roles = ROLE(ATTN_NORM) | ROLES_QKV | ROLE(Q_NORM) | ROLE(K_NORM) | ROLE(ATTN_OUT) |
		 ROLE(ATTN_POST_NORM) | ROLE(FFN_NORM) | ROLES_FFN | ROLE(FFN_POST_NORM),
	.rope = ROPE_NEOX,
	.glu = GLU_GELU,
	.tune = tune,
};
