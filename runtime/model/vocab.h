/* SPDX-License-Identifier: MIT */
/*
 * Vocabularies: text to tokens and back
 *
 * Two tokenizers: SPM (SentencePiece BPE by scores, tokenizer.ggml.model
 * "llama") and byte-level BPE with merges ("gpt2") behind a pre-tokenizer
 * (tokenizer.ggml.pre).  Read-only once open; borrows the GGUF file's strings.
 */
#ifndef RUNTIME_MODEL_VOCAB_H
#define RUNTIME_MODEL_VOCAB_H

#include "gguf.h"

struct mutsu_vocab;

/* The file must stay open as long as the vocabulary.  -ENOTSUP: tokenizer not known. */
int mutsu_vocab_open(struct mutsu_vocab **out, const struct mutsu_gguf *gguf,
		     struct mutsu_error *err);
void mutsu_vocab_close(struct mutsu_vocab *vocab);

uint32_t mutsu_vocab_size(const struct mutsu_vocab *vocab);
int32_t mutsu_vocab_bos(const struct mutsu_vocab *vocab);	/* -1: none */
int32_t mutsu_vocab_eos(const struct mutsu_vocab *vocab);
bool mutsu_vocab_is_eog(const struct mutsu_vocab *vocab, int32_t token);

/* As mutsu_tokenize(), mutsu_token_text() in mutsu/mutsu.h. */
int64_t mutsu_vocab_encode(const struct mutsu_vocab *vocab, const char *text, size_t len,
			   unsigned int flags, int32_t *tokens, size_t max,
			   struct mutsu_error *err);
int mutsu_vocab_piece(const struct mutsu_vocab *vocab, int32_t token, bool special,
		      char *text, size_t size);

#endif
