/* SPDX-License-Identifier: MIT */
/*
 * y[t][r] = dot(row r of w, row t of x)	r < rows, t < n
 *
 * w is a matrix as stored in a GGUF file: rows of cols elements, w_stride bytes
 * apart, aligned as the file format guarantees and no better.  x holds n rows
 * of activations in the form that goes with w's type (mutsu_type_info()->act),
 * x_stride bytes apart, 16-byte aligned.  y is n rows, ldy floats apart.  cols
 * is a multiple of the type's block length; rows and n are any, 0 included.
 * n = 1 is the matrix-vector product of generation.
 *
 * Every implementation gives the same bits, whatever the tiling, because the
 * sums have a fixed order:
 *
 * F32 F16 BF16 (x: floats)
 *	sixteen partial sums, p[i % 16] = fmaf(w[i], x[i], p[i % 16]) for i in
 *	order; then p[i] += p[i + 8] for i < 8, and ((p0+p4) + (p2+p6)) +
 *	((p1+p5) + (p3+p7)).  For F16 the caller may give rows in the form R16:
 *	the evaluation of prompts does, so that hardware which multiplies halves
 *	gives the same results.
 * Q4_0 Q5_0 Q8_0 IQ4_NL (x: Q8)
 *	per block in order: sum = fmaf(w.d * x.d, (float)dot, sum), where dot is
 *	the exact integer product sum of the signed weights and x.q.
 * Q4_1 Q5_1 (x: Q8)
 *	the same with unsigned weights, followed by sum = fmaf(w.m, x.s, sum).
 * Q3_K Q6_K IQ4_XS (x: Q8K)
 *	per super-block in order: sum = fmaf(w.d * x.d, (float)isum, sum), where
 *	isum = sum over sub-blocks of scale * dot, exact in int32.
 * Q2_K Q4_K Q5_K (x: Q8K)
 *	the same with unsigned weights, followed by
 *	sum = fmaf(-(w.dmin * x.d), (float)msum, sum), where msum = sum over
 *	sub-blocks of min * (sum of x.q), exact in int32.
 *
 * Half scales are converted to float exactly before they are multiplied.
 */
#ifndef COMPUTE_OPS_MATMUL_H
#define COMPUTE_OPS_MATMUL_H

#include <stddef.h>

struct mutsu_matmul {
	float *y;
	size_t ldy;
	const void *w;
	size_t w_stride;
	const void *x;
	size_t x_stride;
	size_t rows, cols, n;
};

#define MUTSU_MATMUL(name) void (name)(const struct mutsu_matmul *a)

typedef MUTSU_MATMUL(mutsu_matmul_fn);

#define MUTSU_MATMUL_QUANT_TYPES(X, isa)				\
	X(mutsu_matmul_q4_0_##isa); X(mutsu_matmul_q4_1_##isa);		\
	X(mutsu_matmul_q5_0_##isa); X(mutsu_matmul_q5_1_##isa);		\
	X(mutsu_matmul_q8_0_##isa); X(mutsu_matmul_iq4_nl_##isa);	\
	X(mutsu_matmul_q2_k_##isa); X(mutsu_matmul_q3_k_##isa);		\
	X(mutsu_matmul_q4_k_##isa); X(mutsu_matmul_q5_k_##isa);		\
	X(mutsu_matmul_q6_k_##isa); X(mutsu_matmul_iq4_xs_##isa)

#define MUTSU_MATMUL_FLOAT_TYPES(X, isa)				\
	X(mutsu_matmul_f32_##isa); X(mutsu_matmul_f16_##isa);		\
	X(mutsu_matmul_bf16_##isa)

MUTSU_MATMUL_FLOAT_TYPES(MUTSU_MATMUL, ref);
MUTSU_MATMUL_QUANT_TYPES(MUTSU_MATMUL, ref);
MUTSU_MATMUL_FLOAT_TYPES(MUTSU_MATMUL, neon);
MUTSU_MATMUL_QUANT_TYPES(MUTSU_MATMUL, neon);
MUTSU_MATMUL_QUANT_TYPES(MUTSU_MATMUL, dotprod);
MUTSU_MATMUL_QUANT_TYPES(MUTSU_MATMUL, i8mm);

#endif
