// SPDX-License-Identifier: MIT
/* Qwen 3: no biases, but every query and key head is normalised.  Yang et al. 2025. */
#include "arch.h"

const struct mutsu_arch mutsu_arch_qwen3 = {
	.name = "qwen3",
	.roles = ROLE(ATTN_NORM) | ROLES_QKV | ROLE(Q_NORM) | ROLE(K_NORM) | ROLE(ATTN_OUT) |
		 ROLE(FFN_NORM) | ROLES_FFN,
	.rope = ROPE_NEOX,
	.glu = GLU_SILU,
};
