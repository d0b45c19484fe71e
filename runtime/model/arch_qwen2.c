// SPDX-License-Identifier: MIT
/* Qwen 2 and 2.5: llama with biases on Q, K and V.  Yang et al. 2024. */
#include "arch.h"

const struct mutsu_arch mutsu_arch_qwen2 = {
	.name = "qwen2",
	.roles = ROLE(ATTN_NORM) | ROLES_QKV | ROLES_QKV_BIASES | ROLE(ATTN_OUT) |
		 ROLE(FFN_NORM) | ROLES_FFN,
	.rope = ROPE_NEOX,
	.glu = GLU_SILU,
};
