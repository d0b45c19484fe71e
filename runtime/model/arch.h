/* SPDX-License-Identifier: MIT */
/*
 * What an architecture is made of
 *
 * An architecture is a description, not code: which tensors a layer has, how
 * positions are rotated, which gate the feed-forward block uses, and a function
 * that reads the few numbers that are its own.  graph/build.c puts the blocks
 * together.  To add one: write arch_<name>.c, add it to the list in arch.c, and
 * a row to Documentation/architectures.rst.
 */
#ifndef RUNTIME_MODEL_ARCH_H
#define RUNTIME_MODEL_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "gguf.h"

/* Tensors of a layer; arch.c gives each its name and shape. */
enum mutsu_role {
	ROLE_ATTN_NORM,
	ROLE_Q, ROLE_K, ROLE_V,
	ROLE_QKV,		/* Q, K and V in one matrix, in this order */
	ROLE_Q_BIAS, ROLE_K_BIAS, ROLE_V_BIAS,
	ROLE_QKV_BIAS,
	ROLE_Q_NORM, ROLE_K_NORM,	/* of each head */
	ROLE_ATTN_OUT,
	ROLE_ATTN_OUT_BIAS,
	ROLE_ATTN_POST_NORM,
	ROLE_FFN_NORM,
	ROLE_GATE, ROLE_UP,
	ROLE_GATE_UP,		/* both in one matrix, gate first */
	ROLE_DOWN,
	ROLE_ROUTER,
	ROLE_GATE_EXPS, ROLE_UP_EXPS, ROLE_DOWN_EXPS,
	ROLE_FFN_POST_NORM,
	N_ROLES,
};

/* Sets of roles. */
#define ROLE(name) (1u << ROLE_##name)
#define ROLES_QKV (ROLE(Q) | ROLE(K) | ROLE(V))
#define ROLES_QKV_BIASES (ROLE(Q_BIAS) | ROLE(K_BIAS) | ROLE(V_BIAS))
#define ROLES_FFN (ROLE(GATE) | ROLE(UP) | ROLE(DOWN))
#define ROLES_EXPERTS (ROLE(ROUTER) | ROLE(GATE_EXPS) | ROLE(UP_EXPS) | ROLE(DOWN_EXPS))

enum mutsu_rope_kind {
	ROPE_NORM,		/* neighbours are a pair */
	ROPE_NEOX,		/* element i and i + n/2 are */
};

enum mutsu_glu_kind {
	GLU_SILU,
	GLU_GELU,
};

/* Numbers of a model, from its metadata; everything is in elements or counts. */
struct mutsu_hparams {
	uint32_t n_ctx_train;
	uint32_t n_vocab;
	uint32_t n_embd;
	uint32_t n_layer;
	uint32_t n_ff;
	uint32_t n_head, n_head_kv;
	uint32_t head_dim;
	uint32_t n_rot;			/* rotated elements of a head, even */
	uint32_t n_expert, n_expert_used;	/* 0: dense */
	float norm_eps;
	float rope_base;
	float rope_scale;		/* positions are multiplied with it */
	float rope_mscale;		/* cosines and sines are */
	uint32_t rope_ctx_orig;		/* up to here the short factors hold */
	float attn_scale;		/* of scores; 1/sqrt(head_dim) */
	float embed_scale;		/* of token embeddings; 1 */
	/* Layers that see only the last `window` positions, and rotate otherwise. */
	uint32_t window;		/* 0: every layer sees all */
	uint32_t window_period;		/* all but every n-th layer are such; 0: none */
	float window_rope_base;
};

struct mutsu_arch {
	const char *name;		/* general.architecture */
	uint32_t roles;			/* a layer has all of these */
	uint32_t optional;		/* and may have these */
	bool experts;			/* ROLES_EXPERTS may stand for ROLES_FFN */
	enum mutsu_rope_kind rope;
	enum mutsu_glu_kind glu;
	/* Reads what is its own, after the common numbers are known; may be NULL. */
	int (*tune)(struct mutsu_hparams *hp, const struct mutsu_gguf *gguf,
		    struct mutsu_error *err);
};

extern const struct mutsu_arch mutsu_arch_llama;
extern const struct mutsu_arch mutsu_arch_qwen2;
extern const struct mutsu_arch mutsu_arch_qwen3;
extern const struct mutsu_arch mutsu_arch_phi3;
extern const struct mutsu_arch mutsu_arch_gemma3;

/* -ENOTSUP: not known; the message lists those that are. */
int mutsu_arch_find(const struct mutsu_arch **out, const struct mutsu_gguf *gguf,
		    struct mutsu_error *err);

/* Reads "<arch>.<key>" numbers and checks that they make sense together. */
int mutsu_hparams_read(struct mutsu_hparams *hp, const struct mutsu_arch *arch,
		       const struct mutsu_gguf *gguf, struct mutsu_error *err);

/* True if layer sees only the window. */
static inline bool mutsu_hparams_windowed(const struct mutsu_hparams *hp, uint32_t layer)
{
	return hp->window && hp->window_period &&
	       layer % hp->window_period < hp->window_period - 1;
}

/*
 * "<arch>.<key>" of a file, as the mutsu_gguf_get_*() calls; -ENOENT: *out stays
 * as it is.  Every float of a model is finite and above 0, else it is -EINVAL.
 */
int mutsu_arch_u32(const struct mutsu_gguf *gguf, const char *arch, const char *key,
		   uint32_t *out, struct mutsu_error *err);
int mutsu_arch_f32(const struct mutsu_gguf *gguf, const char *arch, const char *key,
		   float *out, struct mutsu_error *err);

#endif
