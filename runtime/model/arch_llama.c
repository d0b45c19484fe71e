// SPDX-License-Identifier: MIT
/*
 * Llama 1 to 3 and everything shaped like it (Mistral, SmolLM, TinyLlama ...),
 * and Mixtral where there are experts.
 * Touvron et al. 2023, Jiang et al. 2024.
 */
#include "arch.h"

const struct mutsu_arch mutsu_arch_llama = {
	.name = "llama",
	.roles = ROLE(ATTN_NORM) | ROLES_QKV | ROLE(ATTN_OUT) | ROLE(FFN_NORM) | ROLES_FFN,
	.optional = ROLES_QKV_BIASES | ROLE(ATTN_OUT_BIAS),
	.experts = true,
	.rope = ROPE_NORM,
	.glu = GLU_SILU,
};
