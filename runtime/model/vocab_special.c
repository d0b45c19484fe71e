// SPDX-License-Identifier: MIT
/*
 * Special tokens: which there are, which of them end a text, and where they are
 * in one.  Files say too little of this, so some are known by their text.
 */
#include "vocab_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Texts that end a turn or a text wherever a vocabulary has them. */
static const char *const eog_texts[] = {
	"<|endoftext|>", "<|end_of_text|>", "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>",
	"<end_of_turn>", "<end_of_utterance>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]",
	"<eos>",
	"<\uff5cend\u2581of\u2581sentence\uff5c>",	/* DeepSeek */
};

/* The same for code models: the end of what was to be filled in, or of a file. */
static const struct {
	const char *key;
	const char *texts[5];
} eog_fim[] = {
	{ "tokenizer.ggml.fim_pad_token_id",
	  { "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]" } },
	{ "tokenizer.ggml.fim_rep_token_id",
	  { "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>" } },
	{ "tokenizer.ggml.fim_sep_token_id", { "<|file_sep|>" } },
};

/* What code models have around a gap to fill in: control tokens, too. */
static const char *const fim_texts[] = {
	"<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<PRE>", "\u2581<PRE>",
	"<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<SUF>", "\u2581<SUF>",
	"<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<MID>", "\u2581<MID>",
	"<\uff5cfim\u2581begin\uff5c>", "<\uff5cfim\u2581hole\uff5c>",
	"<\uff5cfim\u2581end\uff5c>",
};

/* Sets *id if the file has key; 0xffffffff is how some say "none".  0 or -EINVAL. */
static int get_id(const struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		  const char *key, int32_t *id, struct mutsu_error *err)
{
	uint32_t value;
	int ret = mutsu_gguf_get_u32(gguf, key, &value, err);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (value == UINT32_MAX) {
		*id = -1;
		return 0;
	}
	if (value >= vocab->n_tokens)
		return mutsu_fail(err, -EINVAL, "%s: %s is %u; there are %u tokens", vocab->name,
				  key, value, vocab->n_tokens);
	*id = (int32_t)value;
	return 0;
}

/* *add is the default.  A file that asks for a token it does not have is wrong. */
static int get_add(const struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		   const char *key, int32_t id, bool *add, struct mutsu_error *err)
{
	int ret = mutsu_gguf_get_bool(gguf, key, add, err);

	if (ret == -ENOENT) {
		*add = *add && id >= 0;
		return 0;
	}
	if (!ret && *add && id < 0)
		return mutsu_fail(err, -EINVAL, "%s: %s is true, but there is no such token",
				  vocab->name, key);
	return ret;
}

static int load_ids(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		    struct mutsu_error *err)
{
	int ret;

	if (!vocab->bpe) {
		vocab->unk = 0;
		vocab->bos = vocab->n_tokens > 1 ? 1 : -1;
		vocab->eos = vocab->n_tokens > 2 ? 2 : -1;
		vocab->add_bos = true;
	}

	ret = get_id(vocab, gguf, "tokenizer.ggml.bos_token_id", &vocab->bos, err);
	if (!ret)
		ret = get_id(vocab, gguf, "tokenizer.ggml.eos_token_id", &vocab->eos, err);
	if (!ret)
		ret = get_id(vocab, gguf, "tokenizer.ggml.unknown_token_id", &vocab->unk, err);
	if (!ret)
		ret = get_add(vocab, gguf, "tokenizer.ggml.add_bos_token", vocab->bos,
			      &vocab->add_bos, err);
	if (!ret)
		ret = get_add(vocab, gguf, "tokenizer.ggml.add_eos_token", vocab->eos,
			      &vocab->add_eos, err);
	return ret;
}

static int32_t find_text(const struct mutsu_vocab *vocab, const char *text)
{
	return mutsu_vocab_find(vocab, text, strlen(text));
}

static void mark_fim(struct mutsu_vocab *vocab)
{
	for (size_t i = 0; i < sizeof(fim_texts) / sizeof(fim_texts[0]); i++) {
		int32_t id = find_text(vocab, fim_texts[i]);

		if (id >= 0)
			vocab->tokens[id].type = TOKEN_CONTROL;
	}
}

/* Returns whether there is such a token. */
static bool mark_eog(struct mutsu_vocab *vocab, const char *text)
{
	int32_t id = find_text(vocab, text);

	if (id < 0)
		return false;
	vocab->tokens[id].eog = true;
	vocab->tokens[id].type = TOKEN_CONTROL;
	return true;
}

static int load_eog(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		    struct mutsu_error *err)
{
	int32_t ids[2] = { -1, -1 }, id;
	int ret;

	ret = get_id(vocab, gguf, "tokenizer.ggml.eot_token_id", &ids[0], err);
	if (!ret)
		ret = get_id(vocab, gguf, "tokenizer.ggml.eom_token_id", &ids[1], err);
	if (ret)
		return ret;

	for (size_t i = 0; i < 2; i++) {
		if (ids[i] >= 0)
			vocab->tokens[ids[i]].eog = true;
	}
	if (vocab->eos >= 0)
		vocab->tokens[vocab->eos].eog = true;
	/* A tag of HTML where the end is another token and this a common one. */
	id = find_text(vocab, "</s>");
	if (id >= 0 && (vocab->eos < 0 || vocab->tokens[id].type != TOKEN_NORMAL))
		mark_eog(vocab, "</s>");
	for (size_t i = 0; i < sizeof(eog_texts) / sizeof(eog_texts[0]); i++)
		mark_eog(vocab, eog_texts[i]);

	for (size_t i = 0; i < sizeof(eog_fim) / sizeof(eog_fim[0]); i++) {
		id = -1;
		ret = get_id(vocab, gguf, eog_fim[i].key, &id, err);
		if (ret)
			return ret;
		if (id >= 0) {
			vocab->tokens[id].eog = true;
			continue;
		}
		for (size_t j = 0; j < 5 && eog_fim[i].texts[j]; j++) {
			if (mark_eog(vocab, eog_fim[i].texts[j]))
				break;
		}
	}
	return 0;
}

static bool is_special(const struct vocab_token *token)
{
	return token->len && (token->type == TOKEN_UNKNOWN || token->type == TOKEN_CONTROL ||
			      token->type == TOKEN_USER);
}

/* Phi-3's special tokens take the white space after them; no metadata says so. */
static int load_rstrip(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		       struct mutsu_error *err)
{
	static const char *const not[] = { "<unk>", "<s>", "<|endoftext|>" };
	struct gguf_string name;
	bool phi3 = false;
	int32_t id;
	int ret;

	ret = mutsu_gguf_get_string(gguf, "general.name", &name, err);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	for (size_t i = 0; i < name.len; i++) {
		const char *s = name.data + i;
		size_t n = name.len - i;

		phi3 |= (n >= 4 && !strncasecmp(s, "phi3", 4)) ||
			(n >= 5 && !strncasecmp(s, "phi-3", 5));
	}
	if (!phi3)
		return 0;

	for (uint32_t i = 0; i < vocab->n_tokens; i++)
		vocab->tokens[i].rstrip = is_special(&vocab->tokens[i]);
	for (size_t i = 0; i < sizeof(not) / sizeof(not[0]); i++) {
		id = find_text(vocab, not[i]);
		if (id >= 0)
			vocab->tokens[id].rstrip = false;
	}
	return 0;
}

static int longest_first(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x < y) - (x > y);
}

static void set_bit(uint32_t *set, unsigned char bit)
{
	set[bit / 32] |= 1u << bit % 32;
}

static bool has_bit(const uint32_t *set, unsigned char bit)
{
	return set[bit / 32] >> bit % 32 & 1;
}

/* vocab->special: the lengths that special tokens have. */
static int index_special(struct mutsu_vocab *vocab, struct mutsu_error *err)
{
	uint32_t *lens = malloc(vocab->n_tokens * sizeof(*lens));
	size_t n_lens = 0;
	int ret = 0;

	if (!lens)
		return mutsu_vocab_nomem(vocab, err);
	for (uint32_t i = 0; i < vocab->n_tokens; i++) {
		if (is_special(&vocab->tokens[i]))
			lens[n_lens++] = vocab->tokens[i].len;
	}
	qsort(lens, n_lens, sizeof(*lens), longest_first);
	for (size_t i = 0; i < n_lens; i++) {
		if (!vocab->n_special || lens[i] != lens[vocab->n_special - 1])
			lens[vocab->n_special++] = lens[i];
	}
	if (!vocab->n_special)
		goto free_lens;

	vocab->special = calloc(vocab->n_special, sizeof(*vocab->special));
	if (!vocab->special) {
		ret = mutsu_vocab_nomem(vocab, err);
		goto free_lens;
	}
	for (size_t i = 0; i < vocab->n_special; i++)
		vocab->special[i].len = lens[i];

	for (uint32_t i = 0; i < vocab->n_tokens; i++) {
		const struct vocab_token *token = &vocab->tokens[i];
		struct special_length *length;

		if (!is_special(token))
			continue;
		/* struct special_length starts with the length. */
		length = bsearch(&token->len, vocab->special, vocab->n_special,
				 sizeof(*vocab->special), longest_first);
		set_bit(length->all, (unsigned char)token->text[0]);
		if (token->type == TOKEN_USER)
			set_bit(length->user, (unsigned char)token->text[0]);
	}

free_lens:
	free(lens);
	return ret;
}

int mutsu_vocab_load_special(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
			     struct mutsu_error *err)
{
	int ret;

	ret = load_ids(vocab, gguf, err);
	if (!ret)
		ret = load_eog(vocab, gguf, err);
	if (!ret)
		mark_fim(vocab);
	if (!ret)
		ret = load_rstrip(vocab, gguf, err);
	if (!ret)
		ret = index_special(vocab, err);
	return ret;
}

/* Splitting */

static int add_fragment(struct vocab_fragments *list, uint32_t start, uint32_t end,
			int32_t token)
{
	int ret;

	if (start == end)
		return 0;
	ret = mutsu_vocab_reserve(&list->item, &list->room, list->n + 1, sizeof(*list->item));
	if (ret)
		return ret;
	list->item[list->n++] = (struct vocab_fragment){ start, end - start, token };
	return 0;
}

static int32_t special_at(const struct mutsu_vocab *vocab, const char *text, uint32_t len,
			  bool parse)
{
	int32_t id = mutsu_vocab_find(vocab, text, len);

	if (id < 0)
		return -1;
	if (parse ? !is_special(&vocab->tokens[id]) : vocab->tokens[id].type != TOKEN_USER)
		return -1;
	return id;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Cuts one fragment at tokens of one length. */
static int cut(const struct mutsu_vocab *vocab, const char *text,
	       const struct special_length *length, bool parse,
	       const struct vocab_fragment *in, struct vocab_fragments *out)
{
	const uint32_t *set = parse ? length->all : length->user;
	uint32_t start = in->start, at = start, end = start + in->len;

	while (end - at >= length->len) {
		int32_t id;
		int ret;

		if (!has_bit(set, (unsigned char)text[at])) {
			at++;
			continue;
		}
		id = special_at(vocab, text + at, length->len, parse);
		if (id < 0) {
			at++;
			continue;
		}

		ret = add_fragment(out, start, at, -1);
		if (!ret)
			ret = add_fragment(out, at, at + length->len, id);
		if (ret)
			return ret;
		at += length->len;
		while (vocab->tokens[id].rstrip && at < end && is_space(text[at]))
			at++;
		start = at;
	}
	return add_fragment(out, start, end, -1);
}

/*
 * Longer tokens are taken first wherever they are, not only where they start at
 * the same place as a shorter one; hence one pass for each length.
 */
int mutsu_vocab_split(const struct mutsu_vocab *vocab, const char *text, size_t len, bool parse,
		      struct vocab_fragments *out)
{
	struct vocab_fragments next = { 0 }, swap;
	int ret;

	out->n = 0;
	ret = add_fragment(out, 0, (uint32_t)len, -1);

	for (size_t i = 0; !ret && i < vocab->n_special; i++) {
		const struct special_length *length = &vocab->special[i];
		static const uint32_t none[8];

		if (!parse && !memcmp(length->user, none, sizeof(none)))
			continue;
		next.n = 0;
		for (size_t j = 0; !ret && j < out->n; j++) {
			const struct vocab_fragment *in = &out->item[j];

			if (in->token < 0)
				ret = cut(vocab, text, length, parse, in, &next);
			else
				ret = add_fragment(&next, in->start, in->start + in->len,
						   in->token);
		}
		swap = *out;
		*out = next;
		next = swap;
	}
	free(next.item);
	return ret;
}
