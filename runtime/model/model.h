/* SPDX-License-Identifier: MIT */
/*
 * A model: a GGUF file whose tensors are bound to roles and whose shapes are
 * checked, and its vocabulary.  Read-only once open, shared by reference count.
 */
#ifndef RUNTIME_MODEL_MODEL_H
#define RUNTIME_MODEL_MODEL_H

#include "arch.h"
#include "vocab.h"

/*
 * A tensor of the file: a vector (rows = 1), a matrix of rows of cols elements,
 * or n such matrices (experts).
 */
struct mutsu_weight {
	const void *data;	/* NULL: the model does not have it */
	enum mutsu_type type;
	uint32_t cols, rows, n;
	size_t stride;		/* bytes from row to row */
};

struct mutsu_layer {
	struct mutsu_weight role[N_ROLES];
};

struct mutsu_model {
	struct mutsu_gguf *gguf;
	struct mutsu_vocab *vocab;	/* NULL: no_vocab says why (vocab_only) */
	struct mutsu_error no_vocab;
	const struct mutsu_arch *arch;	/* NULL if not known (vocab_only) */
	struct mutsu_hparams hp;
	struct mutsu_weight token_embd, output_norm;
	struct mutsu_weight output;	/* token_embd where the two are tied */
	/* Divisors of the rotation frequencies, n_rot / 2 floats; may be absent. */
	struct mutsu_weight rope_freqs, rope_long, rope_short;
	struct mutsu_layer *layer;	/* hp.n_layer; NULL if vocab_only */
	char *name;
	char *arch_name;
	mutsu_log_fn log;
	void *log_user;
	unsigned int n_refs;		/* atomic */
};

/* As mutsu_model_open() for a file in memory, borrowed until the model is closed. */
int mutsu_model_open_memory(struct mutsu_model **out, const void *data, size_t size,
			    const char *name, const struct mutsu_model_opts *opts,
			    struct mutsu_error *err);

struct mutsu_model *mutsu_model_ref(struct mutsu_model *model);

/* NULL if the model has no tokenizer that is known. */
const struct mutsu_vocab *mutsu_model_vocab(const struct mutsu_model *model);

__attribute__((format(printf, 3, 4)))
void mutsu_model_log(const struct mutsu_model *model, enum mutsu_log_level level,
		     const char *format, ...);

/* Fills model's tensors from its file; arch and hp are set. */
int mutsu_weights_bind(struct mutsu_model *model, struct mutsu_error *err);

#endif
