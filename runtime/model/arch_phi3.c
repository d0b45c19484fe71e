// SPDX-License-Identifier: MIT
/*
 * Phi 3, 3.5 and 4: one matrix for Q, K and V, one for gate and up; long
 * contexts by factors per rotated pair ("longrope").  Abdin et al. 2024.
 *
 * attention.sliding_window is ignored, as the reference implementation does:
 * the published models answer better without.
 */
#include "arch.h"

#include <errno.h>

static int tune(struct mutsu_hparams *hp, const struct mutsu_gguf *gguf,
		struct mutsu_error *err)
{
	int ret = mutsu_arch_f32(gguf, "phi3", "rope.scaling.attn_factor", &hp->rope_mscale, err);

	return ret == -ENOENT ? 0 : ret;
}

const struct mutsu_arch mutsu_arch_phi3 = {
	.name = "phi3",
	.roles = ROLE(ATTN_NORM) | ROLE(QKV) | ROLE(ATTN_OUT) | ROLE(FFN_NORM) |
		 ROLE(GATE_UP) | ROLE(DOWN),
	.optional = ROLE(QKV_BIAS) | ROLE(ATTN_OUT_BIAS),
	.rope = ROPE_NEOX,
	.glu = GLU_SILU,
	.tune = tune,
};
