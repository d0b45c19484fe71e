/* SPDX-License-Identifier: MIT */
/*
 * Floating point, for the other parts of the executor.  Everything that computes
 * with floats is in agx_exec_fp*; Documentation/agx-arithmetic.rst says what
 * exactly.  All of it expects the default floating point environment, which
 * agx_float_begin() sets.
 */
#ifndef COMPUTE_ISA_AGX_EXEC_FP_H
#define COMPUTE_ISA_AGX_EXEC_FP_H

#include "agx_exec.h"

/*
 * Lanes, active or not, for which insn->cond (enum agx_fcond) holds of its two
 * compared operands: 0 and 1 of if, else and while, 1 and 2 of csel and ballot.
 */
u32 agx_exec_fcmp(const struct agx_simd *simd, const struct agx_insn *insn);

/*
 * Memory formats that are not integers, 32 lanes at a time.  A register value is
 * f32 or, with size AGX_16, f16 in the low bits of a word.
 *
 * raw is what stands in memory: one element, zero-extended, or, of the formats
 * that pack a whole texel (rgb10a2, rg11b10f, rgb9e5), the 32-bit word.
 */

/* Register values of component number component (0 to 3). */
void agx_format_unpack(u32 value[AGX_LANES], const u32 raw[AGX_LANES], enum agx_format format,
		       unsigned int component, enum agx_size size);

/*
 * The reverse.  value has the register values of each component; of a packed
 * format all of them are used and component is not, of others only component's.
 */
void agx_format_pack(u32 raw[AGX_LANES], const u32 *const value[4], enum agx_format format,
		     unsigned int component, enum agx_size size);

/*
 * What agx_exec_float() chooses from: the same handlers, giving the same bits,
 * built for any CPU and for x86-64 with AVX2, FMA and F16C.
 */
agx_exec_fn agx_exec_float_any(const struct agx_insn *insn);
agx_exec_fn agx_exec_float_avx2(const struct agx_insn *insn);

#endif
