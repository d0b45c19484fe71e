/* SPDX-License-Identifier: MIT */
/* A model and its session, as the options that run and perplexity share say. */
#ifndef TOOLS_MUTSU_ENGINE_H
#define TOOLS_MUTSU_ENGINE_H

#include <jansson.h>

#include "args.h"
#include "runtime/include/mutsu/mutsu.h"

struct engine {
	const char *path;	/* NULL: the built-in model */
	int64_t n_ctx, n_batch, n_threads;	/* 0: the library's default */
	const char *kv_type, *isa, *device;
	bool no_fallback;
	bool verbose;

	struct mutsu_model *model;
	struct mutsu_session *session;
	struct mutsu_model_info model_info;
	struct mutsu_session_info info;
	double load_s;
};

void engine_args(struct engine *engine, struct args *args);

/* Without batches, threads and what to do when a GPU fails. */
void engine_session_args(struct engine *engine, struct args *args);

/* -m, for every command that has a model. */
void engine_model_arg(const char **path, struct args *args);

/* Model only: prints why it cannot, and the library's warnings.  Exit status. */
int engine_open_model(struct mutsu_model **model, const char *path, bool vocab_only,
		      bool verbose);

/* Both.  Exit status. */
int engine_open(struct engine *engine);
/* The session, once there is a model and no other session. */
int engine_open_session(struct engine *engine);
void engine_close(struct engine *engine);

/*
 * Tokens of text, malloc'ed, with BOS and EOS if flags say so.  Prints why it
 * cannot; exit status.
 */
int engine_tokenize(const struct mutsu_model *model, const char *text, size_t size,
		    unsigned int flags, int32_t **tokens, size_t *n);

/* Peak of this process, bytes. */
uint64_t engine_peak_rss(void);

/* One line on stderr each. */
void engine_print_setup(const struct engine *engine);
void engine_print_memory(const struct engine *engine);

/* What a JSON report says about it: adds device, isa, threads, ..., memory. */
int engine_json(const struct engine *engine, json_t *object);

#endif
