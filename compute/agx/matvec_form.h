/* SPDX-License-Identifier: MIT */
/* How kernels reach the weights of each type. */
#ifndef COMPUTE_AGX_MATVEC_FORM_H
#define COMPUTE_AGX_MATVEC_FORM_H

#include "compute/type.h"

#include "launch.h"

#define MUTSU_AGX_LANE 32u	/* columns of a lane */
#define MUTSU_AGX_CHUNK (32 * MUTSU_AGX_LANE)

/*
 * The kernel's parameters wa0, wa1 ... are so many bytes from w on, as the unpack_*.inc of
 * the type says; its indices count units of bytes.
 */
struct mutsu_agx_form {
	u16 unit;		/* 0: no kernels */
	bool pairs;		/* matvec has wb0, wb1 ..., too, of a SIMD-group's next row */
	u8 n;
	u8 offset[6];
};

const struct mutsu_agx_form *mutsu_agx_form(enum mutsu_type type);

/*
 * Rows of types without blocks may have any multiple of four columns; where that is none
 * of 32, there are kernels of their own, ..._any, with their own units.
 */
bool mutsu_agx_any(u32 cols);

/* Units of a row of cols; 0 where kernels cannot do it: see matvec.h. */
u32 mutsu_agx_row_units(enum mutsu_type type, u32 cols);

/* Sets those parameters; set: 'a' or 'b'. */
void mutsu_agx_set_w(struct mutsu_agx_launch *launch, enum mutsu_type type, char set, u64 w);

/* Sets blocks, row_units, and in kernels for any cols vectors. */
void mutsu_agx_set_row(struct mutsu_agx_launch *launch, enum mutsu_type type, u32 cols);

/*
 * Tables of the kernels of an op, by type of weights: kernels[], and any_kernels[] where
 * mutsu_agx_any() says so.
 */
#define MUTSU_AGX_TYPES(X, op)						\
	X(op, MUTSU_F32, f32) X(op, MUTSU_F16, f16) X(op, MUTSU_BF16, bf16)	\
	X(op, MUTSU_Q4_0, q4_0) X(op, MUTSU_Q4_1, q4_1)			\
	X(op, MUTSU_Q5_0, q5_0) X(op, MUTSU_Q5_1, q5_1)			\
	X(op, MUTSU_Q8_0, q8_0) X(op, MUTSU_Q2_K, q2_k)			\
	X(op, MUTSU_Q3_K, q3_k) X(op, MUTSU_Q4_K, q4_k)			\
	X(op, MUTSU_Q5_K, q5_k) X(op, MUTSU_Q6_K, q6_k)			\
	X(op, MUTSU_IQ4_NL, iq4_nl) X(op, MUTSU_IQ4_XS, iq4_xs)
#define MUTSU_AGX_ANY_TYPES(X, op)					\
	X(op, MUTSU_F32, f32_any) X(op, MUTSU_F16, f16_any)		\
	X(op, MUTSU_BF16, bf16_any)

#define MUTSU_AGX_DECLARE(op, type, name) extern const struct agx_kernel agx_kernel_##op##_##name;
#define MUTSU_AGX_ENTRY(op, type, name) [type] = &agx_kernel_##op##_##name,
#define MUTSU_AGX_TABLES(op)						\
	MUTSU_AGX_TYPES(MUTSU_AGX_DECLARE, op)				\
	MUTSU_AGX_ANY_TYPES(MUTSU_AGX_DECLARE, op)			\
	static const struct agx_kernel *const kernels[MUTSU_N_TYPES] = {	\
		MUTSU_AGX_TYPES(MUTSU_AGX_ENTRY, op)			\
	};								\
	static const struct agx_kernel *const any_kernels[MUTSU_N_TYPES] = {	\
		MUTSU_AGX_ANY_TYPES(MUTSU_AGX_ENTRY, op)		\
	}

#endif
