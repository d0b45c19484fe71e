/* SPDX-License-Identifier: MIT */
/* What of a model decides where it fits and how fast it can be: bytes and products. */
#ifndef TOOLS_MUTSU_PLAN_MODEL_H
#define TOOLS_MUTSU_PLAN_MODEL_H

#include <stdbool.h>
#include <stdint.h>

struct plan_model {
	char name[128];		/* "llama-8b:q4_0", or the file's */
	char arch[32];
	uint32_t n_ctx_train, n_vocab, n_embd, n_layer, n_head, n_head_kv, head_dim, n_ff;
	uint32_t n_expert, n_expert_used;	/* 0: dense */
	uint32_t window;	/* positions that windowed layers see; 0: there are none */
	uint32_t n_windowed;	/* such layers */
	uint64_t n_params;
	uint64_t weights;	/* bytes */
	uint64_t read;		/* bytes of weights that a token needs */
	uint64_t macs;		/* multiply-adds with weights, for a token of a prompt: */
				/* without the output matrix, which only the last needs */
};

/* "NAME:TYPE" of a known geometry.  False: spec is not one; a file, then. */
bool plan_model_is_named(const char *spec);

/* Prints what is wrong; exit status.  path NULL: the built-in model. */
int plan_model_named(struct plan_model *model, const char *spec);
int plan_model_file(struct plan_model *model, const char *path);

/* Bytes of the KV cache for n positions, and what of it position n reads; element: bytes. */
uint64_t plan_model_kv(const struct plan_model *model, uint64_t n, unsigned int element);
uint64_t plan_model_kv_read(const struct plan_model *model, uint64_t n, unsigned int element);

/* About what activations and scratch take, bytes. */
uint64_t plan_model_work(const struct plan_model *model, uint64_t n_ctx, unsigned int n_batch,
			 unsigned int n_threads);

/* The names and types that are known, one line each, for --help. */
const char *plan_model_help(void);

#endif
