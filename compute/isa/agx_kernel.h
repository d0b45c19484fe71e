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
	const u8 *code;		/* ends with stop and eight traps, unless .bare */
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

/* "buffer", "f32" ...; NULL where there is no such type. */
const char *agx_param_type_name(unsigned int type);
/* Halves that an element takes; 0 where there is no such type. */
unsigned int agx_param_halves(unsigned int type);

/*
 * Whether a launcher can use it: sizes, alignments, uniforms within n_uniforms,
 * names.  0, or -EINVAL with err (may be NULL).  The code itself is not looked at.
 */
int agx_kernel_check(const struct agx_kernel *kernel, struct agx_error *err);

/*
 * The container: little endian, offsets in bytes from the start of the file, what
 * is not described is 0.
 *
 *	header	u8 magic[4] "AGXK", u16 version, u16 flags, u32 size of the file,
 *		u32 n_kernels, u32 kernels, u32 names, u32 names_size, u32 0
 *	kernel	u32 name, u32 code, u32 code_size, u32 preamble, u32 preamble_size,
 *		u32 params, u32 n_params, u32 constants, u16 start, u16 halves,
 *		u16 n_regs, u16 preamble_regs, u16 n_uniforms, u16 flags,
 *		u32 shared, u32 stack, u16 threadgroup[3], u16 0, u32 0[3]
 *	param	u32 name, u16 type, u16 start, u16 count, u16 0
 *
 * Names are zero-terminated, their offsets count from the header's names.
 */
#define AGX_CONTAINER_VERSION 1
#define AGX_CONTAINER_MAX_KERNELS 1024
#define AGX_KERNEL_NAME_MAX 64		/* terminator included */

struct agx_container {
	struct agx_kernel *kernel;
	u32 n_kernels;
};

/*
 * Kernels of a container of size bytes.  Code, constants and names stay where they
 * are: data must outlive the container.  0; -EINVAL with err, which says what is
 * wrong and at which byte; -ENOMEM.
 */
int agx_container_parse(struct agx_container *container, const void *data, size_t size,
			struct agx_error *err);
void agx_container_destroy(struct agx_container *container);

/*
 * The inverse: *data is the caller's, to agx_free().  0; -EINVAL with err where a
 * kernel fails agx_kernel_check() or a name occurs twice; -ENOMEM.
 */
int agx_container_build(void **data, size_t *size, const struct agx_kernel *kernel,
			u32 n_kernels, struct agx_error *err);

#endif
