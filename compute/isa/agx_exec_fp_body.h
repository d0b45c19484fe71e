/* SPDX-License-Identifier: MIT */
/*
 * Floating point handlers and the choice among them, compiled once for each
 * instruction set: the including file names the function.
 */
#ifndef COMPUTE_ISA_AGX_EXEC_FP_BODY_H
#define COMPUTE_ISA_AGX_EXEC_FP_BODY_H

#include "agx_exec_fp.h"
#include "agx_exec_fp_across.h"
#include "agx_exec_fp_alu.h"

#ifndef AGX_EXEC_FLOAT
#define AGX_EXEC_FLOAT agx_exec_float_any
#endif

/* Whether operands from to last are all as is() says. */
FP_INLINE bool all_are(const struct agx_insn *insn, int from, int last,
		       bool (*is)(const struct agx_operand *o))
{
	while (from <= last)
		if (!is(&insn->operand[from++]))
			return false;
	return true;
}

/* Full-rate instructions, whose operands have a frame of their own where they are common. */
static inline agx_exec_fn choose_alu(const struct agx_insn *insn)
{
	bool wide = is_plain(insn, AGX_32) && all_are(insn, 1, 2, is_wide);
	bool half = is_plain(insn, AGX_16) && all_are(insn, 1, 2, is_half);

	switch (insn->op) {
	case AGX_OP_FFMA:
		if (is_plain(insn, AGX_32) && is_wide(&insn->operand[3])) {
			if (wide)
				return op_ffma_wide;
			if (all_are(insn, 1, 2, is_half))
				return op_ffma_mixed;
		}
		return op_ffma;
	case AGX_OP_FADD:
		return wide ? op_fadd_wide : op_fadd;
	case AGX_OP_FMUL:
		return wide ? op_fmul_wide : op_fmul;
	case AGX_OP_HFMA:
		return half && is_half(&insn->operand[3]) ? op_hfma_half : op_hfma;
	case AGX_OP_HADD:
		return half ? op_hadd_half : op_hadd;
	case AGX_OP_HMUL:
		return half ? op_hmul_half : op_hmul;
	default:
		return NULL;
	}
}

static inline agx_exec_fn choose_reduce(const struct agx_insn *insn)
{
	switch (insn->subop) {
	case AGX_REDUCE_FADD:
		return op_reduce_fadd;
	case AGX_REDUCE_FMUL:
		return op_reduce_fmul;
	case AGX_REDUCE_FMIN:
		return op_reduce_fmin;
	case AGX_REDUCE_FMAX:
		return op_reduce_fmax;
	default:
		return NULL;
	}
}

agx_exec_fn AGX_EXEC_FLOAT(const struct agx_insn *insn)
{
	static const agx_exec_fn handler[AGX_OP_COUNT] = {
		[AGX_OP_U8_TO_F] = op_u8_to_f,
		[AGX_OP_S8_TO_F] = op_s8_to_f,
		[AGX_OP_F_TO_U16] = op_f_to_u16,
		[AGX_OP_F_TO_S16] = op_f_to_s16,
		[AGX_OP_U16_TO_F] = op_u16_to_f,
		[AGX_OP_S16_TO_F] = op_s16_to_f,
		[AGX_OP_F_TO_U32] = op_f_to_u32,
		[AGX_OP_F_TO_S32] = op_f_to_s32,
		[AGX_OP_U32_TO_F] = op_u32_to_f,
		[AGX_OP_S32_TO_F] = op_s32_to_f,
		[AGX_OP_SIMD_MATRIX_FMADD32] = op_simd_matrix_fmadd32,
		[AGX_OP_SIMD_MATRIX_FMADD16] = op_simd_matrix_fmadd16,
		[AGX_OP_FLOOR] = op_floor,
		[AGX_OP_RSQRTS] = op_rsqrts,
		[AGX_OP_RCP] = op_rcp,
		[AGX_OP_RSQRT] = op_rsqrt,
		[AGX_OP_SINR] = op_sinr,
		[AGX_OP_DFDX] = op_dfdx,
		[AGX_OP_DFDY] = op_dfdy,
		[AGX_OP_SINC] = op_sinc,
		[AGX_OP_LOG2] = op_log2,
		[AGX_OP_EXP2] = op_exp2,
		[AGX_OP_CEIL] = op_ceil,
		[AGX_OP_TRUNC] = op_trunc,
		[AGX_OP_RINT] = op_rint,
		[AGX_OP_FCSEL] = op_fcsel,
	};

	/* Conditions and ways of rounding that nobody knows. */
	if (insn->op >= AGX_OP_COUNT || (insn->op == AGX_OP_FCSEL && (insn->cond & 7) == 4) ||
	    insn->round > 1)
		return NULL;
	if (insn->op == AGX_OP_SIMD || insn->op == AGX_OP_QUAD)
		return choose_reduce(insn);
	return handler[insn->op] ? handler[insn->op] : choose_alu(insn);
}

#endif
