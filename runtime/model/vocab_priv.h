/* SPDX-License-Identifier: MIT */
/*
 * What the files of the vocabulary share.  vocab.c holds the tokens and splits
 * text at special ones; vocab_spm.c and vocab_bpe.c each say how a piece of text
 * becomes symbols and which pairs of symbols merge; vocab_merge.c merges them.
 */
#ifndef RUNTIME_MODEL_VOCAB_PRIV_H
#define RUNTIME_MODEL_VOCAB_PRIV_H

#include "vocab.h"

/* Offsets into a text being tokenized, and symbols of it, fit 31 bits. */
#define VOCAB_TEXT_MAX (512u << 20)
/* Bytes; bounds what one look-up costs. */
#define VOCAB_TOKEN_MAX 4096u

/* Numbered as in tokenizer.ggml.token_type. */
enum vocab_token_type {
	TOKEN_NORMAL = 1, TOKEN_UNKNOWN, TOKEN_CONTROL, TOKEN_USER, TOKEN_UNUSED, TOKEN_BYTE,
};

struct vocab_token {
	const char *text;	/* in the file */
	uint32_t len;
	float score;
	uint8_t type;
	bool eog;
	bool rstrip;		/* swallows the white space that follows it */
};

/* Open addressing; the size is a power of two, at most half is used. */
struct vocab_slot {
	uint32_t hash;
	uint32_t token;		/* + 1; 0: free */
};

struct merge_slot {
	uint32_t left, right;
	uint32_t rank;		/* + 1; 0: free */
	int32_t token;		/* that the two become */
};

/* Special tokens of one length, and the bytes they start with. */
struct special_length {
	uint32_t len;
	uint32_t all[8];	/* bit sets of 256 */
	uint32_t user[8];	/* those that are found without PARSE_SPECIAL, too */
};

struct vocab_pretok;

struct mutsu_vocab {
	const char *name;	/* the file's, for messages */
	bool bpe;
	bool add_bos, add_eos;
	bool space_prefix;	/* SPM */
	bool ignore_merges;	/* BPE: a word that is a token is that token */
	int32_t bos, eos, unk;	/* -1: none */
	int32_t byte[256];	/* the token of one byte; -1: none */

	struct vocab_token *tokens;
	uint32_t n_tokens;
	uint32_t max_len;	/* of a token's text */
	struct vocab_slot *slots;
	uint32_t slot_mask;
	uint64_t seed;		/* so that nobody can write a file where all collide */

	struct merge_slot *merges;
	unsigned int merge_shift;

	struct special_length *special;	/* longest first */
	size_t n_special;

	struct vocab_pretok *pretok;
};

/* Work space */

/* A run of bytes of the text; merging makes the left of two longer. */
struct vocab_symbol {
	int32_t prev, next;	/* -1: none */
	uint32_t start, len;	/* bytes; len 0: merged away */
	int32_t token;		/* -1: not a token */
};

/* Two neighbours that may merge; lower order goes first. */
struct vocab_pair {
	uint64_t order;		/* priority, then the left symbol's number */
	uint32_t len;		/* of both, tells whether either has changed since */
	int32_t token;
};

struct vocab_fragment {
	uint32_t start, len;
	int32_t token;		/* -1: text */
};

struct vocab_fragments {
	struct vocab_fragment *item;
	size_t n, room;
};

/* One call to mutsu_vocab_encode(); tokens beyond max are counted, not kept. */
struct vocab_work {
	const struct mutsu_vocab *vocab;
	struct mutsu_error *err;

	int32_t *tokens;
	size_t max, n;

	struct vocab_symbol *symbols;
	size_t n_symbols, symbol_room;
	struct vocab_pair *pairs;
	size_t n_pairs, pair_room;
	char *text;
	size_t text_room;
	void *match;		/* pcre2_match_data */
};

static inline void vocab_emit(struct vocab_work *work, int32_t token)
{
	if (work->n < work->max)
		work->tokens[work->n] = token;
	work->n++;
}

/* *array has room for n items of size bytes afterwards; -ENOMEM. */
int mutsu_vocab_reserve(void *array, size_t *room, size_t n, size_t size);

/* The sentence for -ENOMEM. */
int mutsu_vocab_nomem(const struct mutsu_vocab *vocab, struct mutsu_error *err);

/* vocab.c: the token whose text is a followed by b; -1: there is none. */
int32_t mutsu_vocab_find2(const struct mutsu_vocab *vocab, const char *a, size_t a_len,
			  const char *b, size_t b_len);
int32_t mutsu_vocab_find(const struct mutsu_vocab *vocab, const char *text, size_t len);

/* vocab_special.c */
int mutsu_vocab_load_special(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
			     struct mutsu_error *err);
/* Cuts text at special tokens; parse: control tokens, too.  -ENOMEM. */
int mutsu_vocab_split(const struct mutsu_vocab *vocab, const char *text, size_t len, bool parse,
		      struct vocab_fragments *out);

/* vocab_merge.c */

/* Whether two neighbours make a token: its priority (lower goes first), and it. */
typedef bool (*vocab_pair_fn)(const struct mutsu_vocab *vocab, const char *text,
			      const struct vocab_symbol *left, const struct vocab_symbol *right,
			      uint32_t *priority, int32_t *token);

/* Adds a symbol after the others; -ENOMEM. */
int mutsu_vocab_add_symbol(struct vocab_work *work, uint32_t start, uint32_t len, int32_t token);
/* Merges until nothing does, in O(n log n).  The chain starts at symbol 0.  -ENOMEM. */
int mutsu_vocab_merge(struct vocab_work *work, const char *text, vocab_pair_fn pair);

/* vocab_spm.c */
void mutsu_spm_load(struct mutsu_vocab *vocab);
int mutsu_spm_encode(struct vocab_work *work, const char *text, size_t len, bool prefix);
int mutsu_spm_piece(const struct vocab_token *token, char *text, size_t size);

/* vocab_bpe.c */
int mutsu_bpe_load(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		   struct mutsu_error *err);
int mutsu_bpe_encode(struct vocab_work *work, const char *text, size_t len);
int mutsu_bpe_word(struct vocab_work *work, const char *text, size_t len);
int mutsu_bpe_piece(const struct vocab_token *token, char *text, size_t size);

/* vocab_pretok.c */

/* Also sets what the kind of pre-tokenizer says of the vocabulary.  -ENOTSUP. */
int mutsu_pretok_open(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		      struct mutsu_error *err);
void mutsu_pretok_close(struct vocab_pretok *pretok);
/* Calls mutsu_bpe_word() for each word of text. */
int mutsu_pretok_split(struct vocab_work *work, const char *text, size_t len);
void mutsu_pretok_match_free(void *match);

#endif
