/* SPDX-License-Identifier: MIT */
/*
 * Whole models of any known architecture, small and random, for tests
 *
 *	struct tiny_model *m = tiny_new(&(struct tiny_opts){ .arch = "llama" });
 *	struct gw *w = tiny_begin(m, "llama.block_count");
 *	gw_u32(w, "llama.block_count", 0);
 *	path = tiny_path(w);
 *	mutsu_model_open(&model, path, ...
 *
 * tiny_begin() can leave one piece of metadata or one tensor out; what stands
 * for it is written as in any other file (gguf_write.h).  The values are those
 * of the options' seed, so that an oracle can compute with them.
 */
#ifndef TESTS_LIB_TINY_MODEL_H
#define TESTS_LIB_TINY_MODEL_H

#include "gguf_write.h"

struct tiny_opts {
	const char *arch;	/* "llama", "qwen2", "qwen3", "phi3", "gemma3" */
	enum mutsu_type type;	/* of matrices: F32, F16, Q8_0 or Q4_K */
	bool experts;		/* four, two of which are used */
	bool tied;		/* no output.weight */
	bool biases;		/* the optional ones of llama and phi3 */
	bool rope_freqs;
	bool rope_factors;	/* long and short; short ones up to half of n_ctx */
	uint32_t n_layer;	/* 0: 2; gemma3: 7, so that each kind follows the other */
	uint32_t window;	/* gemma3; 0: none in the file */
	float rope_scale;	/* positions are divided by it; 0: none in the file */
};

/* Numbers that follow from the options. */
struct tiny_dims {
	uint32_t n_ctx, n_vocab, n_embd, n_layer, n_head, n_head_kv, head_dim, n_rot, n_ff;
	uint32_t n_expert, n_expert_used;
	float eps, rope_base, attn_factor;
};

struct tiny_tensor {
	char name[48];
	uint32_t n_dims;
	uint64_t ne[3];
	float *values;		/* as they are in an F32 file */
};

struct tiny_model {
	struct tiny_opts opts;
	struct tiny_dims dims;
	struct tiny_tensor *tensor;
	size_t n_tensors;
};

struct tiny_model *tiny_new(const struct tiny_opts *opts);
void tiny_free(struct tiny_model *m);

/* NULL: there is none. */
const struct tiny_tensor *tiny_tensor(const struct tiny_model *m, const char *name);

/* Everything but the key or tensor named without, which may be NULL. */
struct gw *tiny_begin(const struct tiny_model *m, const char *without);

/* Adds a tensor in the type that the model has it in. */
void tiny_add(const struct tiny_model *m, struct gw *w, const struct tiny_tensor *t);

/*
 * The finished file as a path that lasts as long as the process, and frees w.
 * The path is static until the next call.
 */
const char *tiny_path(struct gw *w);

#endif
