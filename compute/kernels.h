/* SPDX-License-Identifier: MIT */
/*
 * The implementations in use: a table filled once, reference first, then each
 * instruction set overwrites what it has.  Whoever opens a model keeps one.
 */
#ifndef COMPUTE_KERNELS_H
#define COMPUTE_KERNELS_H

#include "compute/ops/activation.h"
#include "compute/ops/add.h"
#include "compute/ops/attention.h"
#include "compute/ops/dequant.h"
#include "compute/ops/glu.h"
#include "compute/ops/matmul.h"
#include "compute/ops/rmsnorm.h"
#include "compute/ops/rope.h"
#include "compute/ops/route.h"
#include "compute/ops/softmax.h"
#include "type.h"

/* Instruction sets that kernels are written for. */
enum mutsu_isa {
	MUTSU_ISA_NEON = 1 << 0,	/* asimd; on x86-64: AVX2, FMA and F16C */
	MUTSU_ISA_DOTPROD = 1 << 1,	/* asimddp: M1 */
	MUTSU_ISA_I8MM = 1 << 2,	/* i8mm: M2 and later */
	MUTSU_ISA_ALL = (1 << 3) - 1,
};

/* What this CPU has, from the kernel's hwcaps or cpuid. */
unsigned int mutsu_isa_detect(void);

struct mutsu_kernels {
	mutsu_dequant_fn *dequant[MUTSU_N_TYPES];	/* NULL: type not supported */
	mutsu_matmul_fn *matmul[MUTSU_N_TYPES];
	mutsu_activation_fn *activation[MUTSU_N_ACTS];
	mutsu_add_fn *add;
	mutsu_axpy_fn *axpy;
	mutsu_rmsnorm_fn *rmsnorm;
	mutsu_rope_fn *rope_norm, *rope_neox;
	mutsu_softmax_fn *softmax;
	mutsu_attention_fn *attention_f32, *attention_f16;
	mutsu_glu_fn *glu_silu, *glu_gelu;
	mutsu_route_fn *route;
};

/* isa: the sets that may be used, 0 for the reference alone. */
void mutsu_kernels_init(struct mutsu_kernels *kernels, unsigned int isa);

#endif
