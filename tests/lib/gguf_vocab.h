/* SPDX-License-Identifier: MIT */
/* Small vocabularies, as metadata of a file that gguf_write.h makes. */
#ifndef TESTS_LIB_GGUF_VOCAB_H
#define TESTS_LIB_GGUF_VOCAB_H

#include "gguf_write.h"

/* Numbered as in tokenizer.ggml.token_type. */
enum { GV_NORMAL = 1, GV_UNKNOWN, GV_CONTROL, GV_USER, GV_UNUSED, GV_BYTE };

struct gv_token {
	const char *text;
	int32_t type;
	float score;
};

/* The three arrays and tokenizer.ggml.model. */
void gv_tokens(struct gw *w, const char *model, const struct gv_token *tokens, size_t n);

/*
 * SPM: <unk> <s> </s> (0 to 2), the bytes (GV_SPM_BYTE on), then the tokens
 * given (GV_SPM_FIRST on).
 */
#define GV_SPM_BYTE	3
#define GV_SPM_FIRST	259
void gv_spm(struct gw *w, const struct gv_token *tokens, size_t n);

/*
 * BPE: a token for each byte (numbers are those of the bytes), then the tokens
 * given (from 256 on), and merges.  pre may be NULL: none in the file.
 */
#define GV_BPE_FIRST	256
void gv_bpe(struct gw *w, const char *pre, const struct gv_token *tokens, size_t n,
	    const char *const *merges, size_t n_merges);

/* The character that stands for a byte in BPE, UTF-8, terminated. */
void gv_byte_char(char text[3], unsigned int byte);

#endif
