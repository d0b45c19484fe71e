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

/* The handler for just these forms of operands, or NULL. */
static inline agx_exec_fn choose_common(const struct agx_insn *insn)
{
	static const struct {
		u8 op, n;
		u8 form[3];	/* enum form; what is SIGNED takes WIDE, too */
		agx_exec_fn fn;
	} common[] = {
		{ AGX_OP_FFMA, 3, { WIDE, WIDE, WIDE }, op_ffma_www },
		{ AGX_OP_FFMA, 3, { SIGNED, SIGNED, SIGNED }, op_ffma_sss },
		{ AGX_OP_FFMA, 3, { HALF, HALF, WIDE }, op_ffma_hhw },
		{ AGX_OP_FFMA, 3, { HALF, WIDE, WIDE }, op_ffma_hww },
		{ AGX_OP_FFMA, 3, { WIDE, HALF, WIDE }, op_ffma_whw },
		{ AGX_OP_FADD, 2, { WIDE, WIDE }, op_fadd_ww },
		{ AGX_OP_FADD, 2, { SIGNED, SIGNED }, op_fadd_ss },
		{ AGX_OP_FADD, 2, { HALF, WIDE }, op_fadd_hw },
		{ AGX_OP_FMUL, 2, { WIDE, WIDE }, op_fmul_ww },
		{ AGX_OP_FMUL, 2, { SIGNED, SIGNED }, op_fmul_ss },
		{ AGX_OP_HFMA, 3, { HALF, HALF, HALF }, op_hfma_hhh },
		{ AGX_OP_HADD, 2, { HALF, HALF }, op_hadd_hh },
		{ AGX_OP_HMUL, 2, { HALF, HALF }, op_hmul_hh },
	};

	if (insn->flags & AGX_SATURATE)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(common); i++) {
		int j = 0;

		if (common[i].op != insn->op)
			continue;
		for (; j < common[i].n; j++) {
			u8 form = form_of(&insn->operand[j + 1]);

			if (form != common[i].form[j] &&
			    !(form == WIDE && common[i].form[j] == SIGNED))
				break;
		}
		if (j == common[i].n)
			return common[i].fn;
	}
	return NULL;
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
	static const agx_exec_fn any[AGX_OP_COUNT] = {
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
		[AGX_OP_FFMA] = op_ffma,
		[AGX_OP_HFMA] = op_hfma,
		[AGX_OP_FADD] = op_fadd,
		[AGX_OP_FMUL] = op_fmul,
		[AGX_OP_HADD] = op_hadd,
		[AGX_OP_HMUL] = op_hmul,
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

	agx_exec_fn common;

	/* Conditions and ways of rounding that nobody knows. */
	if (insn->op >= AGX_OP_COUNT || (insn->op == AGX_OP_FCSEL && (insn->cond & 7) == 4) ||
	    insn->round > 1)
		return NULL;
	if (insn->op == AGX_OP_SIMD || insn->op == AGX_OP_QUAD)
		return choose_reduce(insn);
	common = choose_common(insn);
	return common ? common : any[insn->op];
}

#endif
