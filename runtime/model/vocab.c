// SPDX-License-Identifier: MIT
/*
 * Opening a vocabulary: its tokens, the table that finds them by text, and what
 * is added around a text; and the calls that take text to tokens and back.
 *
 * Token texts stay where they are in the file; no token has memory of its own.
 */
#include "vocab_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

int mutsu_vocab_nomem(const struct mutsu_vocab *vocab, struct mutsu_error *err)
{
	return mutsu_fail(err, -ENOMEM, "%s: no memory for the vocabulary", vocab->name);
}

/* The table of tokens by text */

static uint64_t add_hash(uint64_t hash, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)text[i]) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	return hash;
}

/* The slot of the text a + b, or the free one where it would be. */
static struct vocab_slot *find_slot(const struct mutsu_vocab *vocab, const char *a, size_t a_len,
				    const char *b, size_t b_len, uint32_t *tag)
{
	uint64_t hash = add_hash(add_hash(vocab->seed, a, a_len), b, b_len);

	*tag = (uint32_t)hash;
	for (uint32_t i = (uint32_t)(hash >> 32) & vocab->slot_mask;;
	     i = (i + 1) & vocab->slot_mask) {
		struct vocab_slot *slot = &vocab->slots[i];
		const struct vocab_token *token;

		if (!slot->token)
			return slot;
		if (slot->hash != *tag)
			continue;
		token = &vocab->tokens[slot->token - 1];
		if (token->len == a_len + b_len && !memcmp(token->text, a, a_len) &&
		    !memcmp(token->text + a_len, b, b_len))
			return slot;
	}
}

int32_t mutsu_vocab_find2(const struct mutsu_vocab *vocab, const char *a, size_t a_len,
			  const char *b, size_t b_len)
{
	uint32_t tag;

	if (a_len > vocab->max_len || b_len > vocab->max_len - a_len)
		return -1;
	return (int32_t)find_slot(vocab, a, a_len, b, b_len, &tag)->token - 1;
}

int32_t mutsu_vocab_find(const struct mutsu_vocab *vocab, const char *text, size_t len)
{
	return mutsu_vocab_find2(vocab, text, len, "", 0);
}

/* Tokens without text cannot be found; two with the same are an error. */
static int index_tokens(struct mutsu_vocab *vocab, struct mutsu_error *err)
{
	uint32_t n_slots = 16;

	while (n_slots < 2 * vocab->n_tokens)
		n_slots *= 2;
	vocab->slots = calloc(n_slots, sizeof(*vocab->slots));
	if (!vocab->slots)
		return mutsu_vocab_nomem(vocab, err);
	vocab->slot_mask = n_slots - 1;

	for (uint32_t i = 0; i < vocab->n_tokens; i++) {
		const struct vocab_token *token = &vocab->tokens[i];
		struct vocab_slot *slot;
		uint32_t tag;

		if (!token->len)
			continue;
		slot = find_slot(vocab, token->text, token->len, "", 0, &tag);
		if (slot->token)
			return mutsu_fail(err, -EINVAL, "%s: tokens %u and %u are the same text",
					  vocab->name, slot->token - 1, i);
		*slot = (struct vocab_slot){ tag, i + 1 };
	}
	return 0;
}

/* Loading */

static int load_texts(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		      struct mutsu_error *err)
{
	static const char key[] = "tokenizer.ggml.tokens";
	struct gguf_value array, item;
	uint32_t i = 0;
	size_t pos = 0;
	int ret;

	ret = mutsu_gguf_get_array(gguf, key, GGUF_STRING, &array, err);
	if (ret == -ENOENT)
		return mutsu_fail(err, -EINVAL, "%s: there is no %s", vocab->name, key);
	if (ret)
		return ret;
	if (!array.n || array.n > INT32_MAX / 2)
		return mutsu_fail(err, -EINVAL, "%s: %s has %llu entries", vocab->name, key,
				  (unsigned long long)array.n);

	vocab->n_tokens = (uint32_t)array.n;
	vocab->tokens = calloc(vocab->n_tokens, sizeof(*vocab->tokens));
	if (!vocab->tokens)
		return mutsu_vocab_nomem(vocab, err);

	for (; i < vocab->n_tokens && mutsu_gguf_next(&array, &pos, &item); i++) {
		struct vocab_token *token = &vocab->tokens[i];
		struct gguf_string text = mutsu_gguf_string(&item);

		if (text.len > VOCAB_TOKEN_MAX)
			return mutsu_fail(err, -EINVAL,
					  "%s: %s[%u] is %zu bytes long, more than %u",
					  vocab->name, key, i, text.len, VOCAB_TOKEN_MAX);
		token->text = text.data;
		token->len = (uint32_t)text.len;
		token->type = TOKEN_NORMAL;
		if (token->len > vocab->max_len)
			vocab->max_len = token->len;
	}
	return 0;
}

/* An optional array with at least one number for each token; -ENOENT. */
static int get_numbers(const struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		       const char *key, enum gguf_value_type item, struct gguf_value *out,
		       struct mutsu_error *err)
{
	int ret = mutsu_gguf_get_array(gguf, key, item, out, err);

	if (!ret && out->n < vocab->n_tokens)
		return mutsu_fail(err, -EINVAL, "%s: %s has %llu entries for %u tokens",
				  vocab->name, key, (unsigned long long)out->n, vocab->n_tokens);
	return ret;
}

static int load_scores(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		       struct mutsu_error *err)
{
	static const char key[] = "tokenizer.ggml.scores";
	struct gguf_value array, item;
	int ret;

	ret = get_numbers(vocab, gguf, key, GGUF_FLOAT32, &array, err);
	if (ret == -ENOENT)
		return mutsu_fail(err, -EINVAL, "%s: there is no %s; convert the model again",
				  vocab->name, key);
	if (ret)
		return ret;

	for (uint32_t i = 0; i < vocab->n_tokens; i++) {
		item = mutsu_gguf_item(&array, i);
		vocab->tokens[i].score = (float)mutsu_gguf_float(&item);
		if (isnan(vocab->tokens[i].score))
			return mutsu_fail(err, -EINVAL, "%s: %s[%u] is not a number",
					  vocab->name, key, i);
	}
	return 0;
}

static int load_types(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		      struct mutsu_error *err)
{
	static const char key[] = "tokenizer.ggml.token_type";
	struct gguf_value array, item;
	int ret;

	ret = get_numbers(vocab, gguf, key, GGUF_INT32, &array, err);
	if (ret == -ENOENT)
		return 0;
	if (ret)
		return ret;

	for (uint32_t i = 0; i < vocab->n_tokens; i++) {
		int64_t type;

		item = mutsu_gguf_item(&array, i);
		type = mutsu_gguf_int(&item);
		/* 0 is "undefined" in some files. */
		if (type < 0 || type > TOKEN_BYTE)
			return mutsu_fail(err, -EINVAL, "%s: %s[%u] is %lld; 1 to 6 are known",
					  vocab->name, key, i, (long long)type);
		vocab->tokens[i].type = type ? (uint8_t)type : TOKEN_NORMAL;
	}
	return 0;
}

static int load_kind(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		     struct mutsu_error *err)
{
	static const char key[] = "tokenizer.ggml.model";
	struct gguf_string kind;
	char text[64];
	int ret;

	ret = mutsu_gguf_get_string(gguf, key, &kind, err);
	if (ret == -ENOENT)
		return mutsu_fail(err, -EINVAL,
				  "%s: there is no %s, so the file has no vocabulary",
				  vocab->name, key);
	if (ret)
		return ret;

	vocab->bpe = kind.len == 4 && !memcmp(kind.data, "gpt2", 4);
	if (vocab->bpe || (kind.len == 5 && !memcmp(kind.data, "llama", 5)))
		return 0;
	mutsu_gguf_print(mutsu_gguf_find(gguf, key), text, sizeof(text));
	return mutsu_fail(err, -ENOTSUP,
			  "%s: %s is \"%s\"; known are \"llama\" (SPM) and \"gpt2\" (BPE)",
			  vocab->name, key, text);
}

static int load_spm(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		    struct mutsu_error *err)
{
	int ret;

	ret = load_scores(vocab, gguf, err);
	if (ret)
		return ret;
	vocab->space_prefix = true;
	ret = mutsu_gguf_get_bool(gguf, "tokenizer.ggml.add_space_prefix", &vocab->space_prefix,
				  err);
	if (ret && ret != -ENOENT)
		return ret;
	mutsu_spm_load(vocab);
	return 0;
}

static int load(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		struct mutsu_error *err)
{
	int ret;

	ret = load_kind(vocab, gguf, err);
	if (!ret)
		ret = load_texts(vocab, gguf, err);
	if (!ret)
		ret = load_types(vocab, gguf, err);
	if (!ret)
		ret = index_tokens(vocab, err);
	if (!ret)
		ret = vocab->bpe ? mutsu_bpe_load(vocab, gguf, err) : load_spm(vocab, gguf, err);
	if (!ret)
		ret = mutsu_vocab_load_special(vocab, gguf, err);
	return ret;
}

int mutsu_vocab_open(struct mutsu_vocab **out, const struct mutsu_gguf *gguf,
		     struct mutsu_error *err)
{
	struct mutsu_vocab *vocab = calloc(1, sizeof(*vocab));
	int ret;

	if (!vocab)
		return mutsu_fail(err, -ENOMEM, "%s: no memory for the vocabulary",
				  mutsu_gguf_name(gguf));

	vocab->name = mutsu_gguf_name(gguf);
	if (getrandom(&vocab->seed, sizeof(vocab->seed), GRND_NONBLOCK) < 0)
		vocab->seed = (uintptr_t)vocab;
	vocab->bos = vocab->eos = vocab->unk = -1;
	ret = load(vocab, gguf, err);
	if (ret) {
		mutsu_vocab_close(vocab);
		return ret;
	}
	*out = vocab;
	return 0;
}

void mutsu_vocab_close(struct mutsu_vocab *vocab)
{
	if (!vocab)
		return;
	mutsu_pretok_close(vocab->pretok);
	free(vocab->special);
	free(vocab->merges);
	free(vocab->slots);
	free(vocab->tokens);
	free(vocab);
}

/* Use */

uint32_t mutsu_vocab_size(const struct mutsu_vocab *vocab)
{
	return vocab->n_tokens;
}

int32_t mutsu_vocab_bos(const struct mutsu_vocab *vocab)
{
	return vocab->bos;
}

int32_t mutsu_vocab_eos(const struct mutsu_vocab *vocab)
{
	return vocab->eos;
}

bool mutsu_vocab_is_eog(const struct mutsu_vocab *vocab, int32_t token)
{
	return token >= 0 && (uint32_t)token < vocab->n_tokens && vocab->tokens[token].eog;
}

static int encode(struct vocab_work *work, const char *text,
		  const struct vocab_fragments *fragments)
{
	const struct mutsu_vocab *vocab = work->vocab;
	bool after_special = true;
	int ret;

	for (size_t i = 0; i < fragments->n; i++) {
		const struct vocab_fragment *fragment = &fragments->item[i];

		if (fragment->token >= 0) {
			vocab_emit(work, fragment->token);
			after_special = true;
			continue;
		}
		if (vocab->bpe)
			ret = mutsu_bpe_encode(work, text + fragment->start, fragment->len);
		else
			ret = mutsu_spm_encode(work, text + fragment->start, fragment->len,
					       vocab->space_prefix && after_special);
		if (ret)
			return ret;
		after_special = false;
	}
	return 0;
}

int64_t mutsu_vocab_encode(const struct mutsu_vocab *vocab, const char *text, size_t len,
			   unsigned int flags, int32_t *tokens, size_t max,
			   struct mutsu_error *err)
{
	struct vocab_work work = { .vocab = vocab, .err = err, .tokens = tokens, .max = max };
	struct vocab_fragments fragments = { 0 };
	bool add = flags & MUTSU_TOKENIZE_ADD_SPECIAL;
	int ret;

	if (flags & ~(unsigned int)(MUTSU_TOKENIZE_ADD_SPECIAL | MUTSU_TOKENIZE_PARSE_SPECIAL))
		return mutsu_fail(err, -EINVAL, "tokenize: flags %#x are not known", flags);
	if (len > VOCAB_TEXT_MAX)
		return mutsu_fail(err, -E2BIG, "tokenize: the text has %zu bytes; at most %u",
				  len, VOCAB_TEXT_MAX);

	ret = mutsu_vocab_split(vocab, text, len, flags & MUTSU_TOKENIZE_PARSE_SPECIAL,
				&fragments);
	if (ret)
		goto free_work;

	if (add && vocab->add_bos)
		vocab_emit(&work, vocab->bos);
	ret = encode(&work, text, &fragments);
	if (add && vocab->add_eos)
		vocab_emit(&work, vocab->eos);

free_work:
	mutsu_pretok_match_free(work.match);
	free(work.symbols);
	free(work.pairs);
	free(work.text);
	free(fragments.item);
	if (ret == -ENOMEM)
		return mutsu_fail(err, ret, "tokenize: no memory for a text of %zu bytes", len);
	return ret ? ret : (int64_t)work.n;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of "<0xXX>", or -1. */
static int byte_value(const struct vocab_token *token)
{
	int high, low;

	if (token->len != 6 || memcmp(token->text, "<0x", 3) || token->text[5] != '>')
		return -1;
	high = hex_digit(token->text[3]);
	low = hex_digit(token->text[4]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

int mutsu_vocab_piece(const struct mutsu_vocab *vocab, int32_t id, bool special,
		      char *text, size_t size)
{
	const struct vocab_token *token;
	int byte;

	if (id < 0 || (uint32_t)id >= vocab->n_tokens)
		return -EINVAL;
	token = &vocab->tokens[id];

	switch (token->type) {
	case TOKEN_UNKNOWN:
	case TOKEN_CONTROL:
		if (!special)
			return 0;
		break;
	case TOKEN_USER:
		break;
	case TOKEN_BYTE:
		byte = byte_value(token);
		if (byte >= 0) {
			if (size)
				text[0] = (char)byte;
			return 1;
		}
		/* fall through */
	default:
		return vocab->bpe ? mutsu_bpe_piece(token, text, size) :
				    mutsu_spm_piece(token, text, size);
	}

	if (size)
		memcpy(text, token->text, token->len < size ? token->len : size);
	return (int)token->len;
}
