/* SPDX-License-Identifier: MIT */
/*
 * Tensor types, numbered as in GGUF files, and what each one is made of.
 *
 * A row of a matrix is a whole number of blocks; a type without blocks has
 * blocks of one element.  The table knows types that a file may name and that
 * no kernel computes with, so that errors can call them by name.
 */
#ifndef COMPUTE_TYPE_H
#define COMPUTE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mutsu_type {
	MUTSU_F32 = 0,
	MUTSU_F16 = 1,
	MUTSU_Q4_0 = 2,
	MUTSU_Q4_1 = 3,
	MUTSU_Q5_0 = 6,
	MUTSU_Q5_1 = 7,
	MUTSU_Q8_0 = 8,
	MUTSU_Q2_K = 10,
	MUTSU_Q3_K = 11,
	MUTSU_Q4_K = 12,
	MUTSU_Q5_K = 13,
	MUTSU_Q6_K = 14,
	MUTSU_IQ4_NL = 20,
	MUTSU_IQ4_XS = 23,
	MUTSU_BF16 = 30,
	MUTSU_N_TYPES = 31,	/* size of a table indexed by type; it has holes */
};

/* What a matrix product with weights of a type reads as its other operand. */
enum mutsu_act {
	MUTSU_ACT_F32,		/* float as they are */
	MUTSU_ACT_R16,		/* float rounded to half; optional, see ops/matmul.h */
	MUTSU_ACT_F16,		/* half; what the KV cache holds, no product reads it */
	MUTSU_ACT_Q8,		/* struct mutsu_q8, blocks of 32 */
	MUTSU_ACT_Q8K,		/* struct mutsu_q8k, blocks of 256 */
	MUTSU_N_ACTS,
};

struct mutsu_type_info {
	const char *name;	/* "Q4_K"; NULL: no such type */
	uint16_t block_len;	/* elements per block */
	uint16_t block_size;	/* bytes per block */
	bool supported;		/* there are kernels for it */
	enum mutsu_act act;	/* if supported */
};

/* Never NULL; info->name is NULL for a number that no GGUF version defines. */
const struct mutsu_type_info *mutsu_type_info(uint32_t type);

/* Bytes of a row of n elements; n is a multiple of the type's block_len. */
size_t mutsu_type_row_size(enum mutsu_type type, size_t n);

/* Bytes of a row of n activations, a multiple of 16 so that rows stay aligned. */
size_t mutsu_act_row_size(enum mutsu_act act, size_t n);

#endif
