/* SPDX-License-Identifier: MIT */
/*
 * An assembled kernel and all that a launcher must know about it, as agx-as
 * writes it: as a C array that a program embeds, or as a file (container).
 */
#ifndef COMPUTE_ISA_AGX_KERNEL_H
#define COMPUTE_ISA_AGX_KERNEL_H

#include "agx_isa.h"

enum agx_param_type {
	AGX_PARAM_BUFFER,	/* u64 GPU address */
	AGX_PARAM_U64, AGX_PARAM_U32, AGX_PARAM_S32, AGX_PARAM_F32,
	AGX_PARAM_U16, AGX_PARAM_S16, AGX_PARAM_F16,
};

/* A value that the launcher puts into uniforms before the kernel starts. */
struct agx_param {
	const char *name;
	u16 type;		/* enum agx_param_type */
	u16 start;		/* half register; its size follows from the type */
	u16 count;		/* elements of an array, else 1 */
};

/* Constants that the kernel wants in uniforms, as many halves from start on. */
struct agx_constants {
	const u8 *data;		/* little endian, 2 bytes per half */
	u16 start;
	u16 halves;
};

struct agx_kernel {
	const char *name;
	const u8 *code;		/* ends with stop and eight traps */
	u32 code_size;
	const u8 *preamble;	/* NULL: none */
	u32 preamble_size;
	u16 n_regs;		/* halves to allocate, a multiple of 8 */
	u16 preamble_regs;	/* halves, a multiple of 16 */
	u16 n_uniforms;		/* halves used, parameters and constants included */
	u16 n_params;
	const struct agx_param *params;
	struct agx_constants constants;
	u32 shared;		/* bytes of threadgroup memory */
	u32 stack;		/* bytes per lane */
	u16 threadgroup[3];	/* threads; 0: the launcher decides */
};

#endif
