// SPDX-License-Identifier: MIT
/*
 * Which implementation runs: the reference everywhere, then each instruction
 * set that may be used overwrites what it has, slowest first.
 */
#include "kernels.h"

#include <string.h>

/* table[MUTSU_Q4_0] = PREFIX_q4_0_SUFFIX and so on, for ops that go by type. */
#define SET_FLOAT_TYPES(table, prefix, suffix) do {		\
	(table)[MUTSU_F32] = prefix##_f32_##suffix;		\
	(table)[MUTSU_F16] = prefix##_f16_##suffix;		\
	(table)[MUTSU_BF16] = prefix##_bf16_##suffix;		\
} while (0)

#define SET_QUANT_TYPES(table, prefix, suffix) do {		\
	(table)[MUTSU_Q4_0] = prefix##_q4_0_##suffix;		\
	(table)[MUTSU_Q4_1] = prefix##_q4_1_##suffix;		\
	(table)[MUTSU_Q5_0] = prefix##_q5_0_##suffix;		\
	(table)[MUTSU_Q5_1] = prefix##_q5_1_##suffix;		\
	(table)[MUTSU_Q8_0] = prefix##_q8_0_##suffix;		\
	(table)[MUTSU_Q2_K] = prefix##_q2_k_##suffix;		\
	(table)[MUTSU_Q3_K] = prefix##_q3_k_##suffix;		\
	(table)[MUTSU_Q4_K] = prefix##_q4_k_##suffix;		\
	(table)[MUTSU_Q5_K] = prefix##_q5_k_##suffix;		\
	(table)[MUTSU_Q6_K] = prefix##_q6_k_##suffix;		\
	(table)[MUTSU_IQ4_NL] = prefix##_iq4_nl_##suffix;	\
	(table)[MUTSU_IQ4_XS] = prefix##_iq4_xs_##suffix;	\
} while (0)

static void set_ref(struct mutsu_kernels *k)
{
	SET_FLOAT_TYPES(k->dequant, mutsu_dequant, ref);
	SET_QUANT_TYPES(k->dequant, mutsu_dequant, ref);
	SET_FLOAT_TYPES(k->matmul, mutsu_matmul, ref);
	SET_QUANT_TYPES(k->matmul, mutsu_matmul, ref);
	k->activation[MUTSU_ACT_F32] = mutsu_activation_f32_ref;
	k->activation[MUTSU_ACT_R16] = mutsu_activation_r16_ref;
	k->activation[MUTSU_ACT_F16] = mutsu_activation_f16_ref;
	k->activation[MUTSU_ACT_Q8] = mutsu_activation_q8_ref;
	k->activation[MUTSU_ACT_Q8K] = mutsu_activation_q8k_ref;
	k->add = mutsu_add_ref;
	k->axpy = mutsu_axpy_ref;
	k->rmsnorm = mutsu_rmsnorm_ref;
	k->rope_norm = mutsu_rope_norm_ref;
	k->rope_neox = mutsu_rope_neox_ref;
	k->softmax = mutsu_softmax_ref;
	k->attention_f32 = mutsu_attention_f32_ref;
	k->attention_f16 = mutsu_attention_f16_ref;
	k->glu_silu = mutsu_glu_silu_ref;
	k->glu_gelu = mutsu_glu_gelu_ref;
	k->route = mutsu_route_ref;
}

#if defined(__aarch64__) || defined(__x86_64__)

static void set_neon(struct mutsu_kernels *k)
{
	SET_FLOAT_TYPES(k->matmul, mutsu_matmul, neon);
	SET_QUANT_TYPES(k->matmul, mutsu_matmul, neon);
	k->activation[MUTSU_ACT_R16] = mutsu_activation_r16_neon;
	k->activation[MUTSU_ACT_F16] = mutsu_activation_f16_neon;
	k->activation[MUTSU_ACT_Q8] = mutsu_activation_q8_neon;
	k->activation[MUTSU_ACT_Q8K] = mutsu_activation_q8k_neon;
	k->add = mutsu_add_neon;
	k->axpy = mutsu_axpy_neon;
	k->rmsnorm = mutsu_rmsnorm_neon;
	k->rope_norm = mutsu_rope_norm_neon;
	k->rope_neox = mutsu_rope_neox_neon;
	k->softmax = mutsu_softmax_neon;
	k->attention_f32 = mutsu_attention_f32_neon;
	k->attention_f16 = mutsu_attention_f16_neon;
	k->glu_silu = mutsu_glu_silu_neon;
	k->glu_gelu = mutsu_glu_gelu_neon;
}

static void set_isa(struct mutsu_kernels *k, unsigned int isa)
{
	if (isa & MUTSU_ISA_NEON)
		set_neon(k);
	if (isa & MUTSU_ISA_DOTPROD)
		SET_QUANT_TYPES(k->matmul, mutsu_matmul, dotprod);
	if (isa & MUTSU_ISA_I8MM)
		SET_QUANT_TYPES(k->matmul, mutsu_matmul, i8mm);
}

#else

static void set_isa(struct mutsu_kernels *k, unsigned int isa)
{
	(void)k;
	(void)isa;
}

#endif

void mutsu_kernels_init(struct mutsu_kernels *kernels, unsigned int isa)
{
	memset(kernels, 0, sizeof(*kernels));
	set_ref(kernels);
	set_isa(kernels, isa);
}
