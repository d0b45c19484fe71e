// SPDX-License-Identifier: MIT
/*
 * Floating point handlers for any CPU, and the choice of those that this one
 * runs fastest.
 */
#include "agx_exec_fp_body.h"

agx_exec_fn agx_exec_float(const struct agx_insn *insn)
{
#ifdef __x86_64__
	if (agx_has_avx2())
		return agx_exec_float_avx2(insn);
#endif
	return agx_exec_float_any(insn);
}

u32 agx_exec_fcmp(const struct agx_simd *simd, const struct agx_insn *insn)
{
	struct lanes mask;

	compare(&mask, simd, &insn->operand[agx_insn_info(insn->op)->n_dests], insn->cond);
	return mask_bits(&mask);
}
