/* SPDX-License-Identifier: MIT */
/*
 * Matrix products of random weights for the tests and the benchmark: types with
 * all their implementations, and blocks of any value whose scales are finite.
 */
#ifndef TESTS_KERN_KT_MATMUL_H
#define TESTS_KERN_KT_MATMUL_H

#include <string.h>

#include "compute/kernels.h"
#include "compute/quant.h"

struct kt_type {
	enum mutsu_type type;
	mutsu_dequant_fn *dequant;
	mutsu_matmul_fn *ref, *neon, *dotprod, *i8mm;	/* NULL: there is none */
	int d, m;	/* offsets of the halves in a block, -1: there is none */
};

#define KT_FLOAT(TYPE, name)						\
	{ TYPE, mutsu_dequant_##name##_ref, mutsu_matmul_##name##_ref,	\
	  mutsu_matmul_##name##_neon, NULL, NULL, -1, -1 }
#define KT_QUANT(TYPE, name, d, m)					\
	{ TYPE, mutsu_dequant_##name##_ref, mutsu_matmul_##name##_ref,	\
	  mutsu_matmul_##name##_neon, mutsu_matmul_##name##_dotprod,	\
	  mutsu_matmul_##name##_i8mm, d, m }

static const struct kt_type kt_types[] = {
	KT_FLOAT(MUTSU_F32, f32),
	KT_FLOAT(MUTSU_F16, f16),
	KT_FLOAT(MUTSU_BF16, bf16),
	KT_QUANT(MUTSU_Q4_0, q4_0, offsetof(struct mutsu_q4_0, d), -1),
	KT_QUANT(MUTSU_Q4_1, q4_1, offsetof(struct mutsu_q4_1, d), offsetof(struct mutsu_q4_1, m)),
	KT_QUANT(MUTSU_Q5_0, q5_0, offsetof(struct mutsu_q5_0, d), -1),
	KT_QUANT(MUTSU_Q5_1, q5_1, offsetof(struct mutsu_q5_1, d), offsetof(struct mutsu_q5_1, m)),
	KT_QUANT(MUTSU_Q8_0, q8_0, offsetof(struct mutsu_q8_0, d), -1),
	KT_QUANT(MUTSU_Q2_K, q2_k, offsetof(struct mutsu_q2_k, d),
		 offsetof(struct mutsu_q2_k, dmin)),
	KT_QUANT(MUTSU_Q3_K, q3_k, offsetof(struct mutsu_q3_k, d), -1),
	KT_QUANT(MUTSU_Q4_K, q4_k, offsetof(struct mutsu_q4_k, d),
		 offsetof(struct mutsu_q4_k, dmin)),
	KT_QUANT(MUTSU_Q5_K, q5_k, offsetof(struct mutsu_q5_k, d),
		 offsetof(struct mutsu_q5_k, dmin)),
	KT_QUANT(MUTSU_Q6_K, q6_k, offsetof(struct mutsu_q6_k, d), -1),
	KT_QUANT(MUTSU_IQ4_NL, iq4_nl, offsetof(struct mutsu_iq4_nl, d), -1),
	KT_QUANT(MUTSU_IQ4_XS, iq4_xs, offsetof(struct mutsu_iq4_xs, d), -1),
};

#define KT_N_TYPES	((int)(sizeof(kt_types) / sizeof(kt_types[0])))

static const struct {
	const char *name;
	unsigned int isa;
} kt_isas[] = {
	{ "neon", MUTSU_ISA_NEON },
	{ "dotprod", MUTSU_ISA_DOTPROD },
	{ "i8mm", MUTSU_ISA_I8MM },
};

#define KT_N_ISAS	((int)(sizeof(kt_isas) / sizeof(kt_isas[0])))

static inline mutsu_matmul_fn *kt_matmul(const struct kt_type *type, int isa)
{
	mutsu_matmul_fn *const fn[] = { type->neon, type->dotprod, type->i8mm };

	return fn[isa];
}

static inline void kt_put_half(void *block, int offset, uint16_t h)
{
	if (offset >= 0)
		memcpy((char *)block + offset, &h, sizeof(h));
}

#endif
