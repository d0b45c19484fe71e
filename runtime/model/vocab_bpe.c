// SPDX-License-Identifier: MIT
/*
 * Byte-level BPE: every byte has a printable character, tokens are strings of
 * those, and a list of pairs says which neighbours merge, best first.
 *
 * Pairs are looked up by token numbers, not by text: a merge that names or makes
 * something that is not a token could only give pieces that cannot be output,
 * and is ignored.
 */
#include "utf8.h"
#include "vocab_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * The character of a byte: itself if it is printable in Latin-1, otherwise the
 * next one from U+0100 on.
 */
static bool printable(unsigned int c)
{
	return (c >= 0x21 && c <= 0x7e) || (c >= 0xa1 && c <= 0xac) || (c >= 0xae && c <= 0xff);
}

static unsigned int byte_to_char(unsigned int byte)
{
	if (printable(byte))
		return byte;
	if (byte <= 0x20)
		return 0x100 + byte;
	return byte <= 0xa0 ? 0x121 + byte - 0x7f : 0x143;
}

/* -1: the character does not stand for a byte. */
static int char_to_byte(unsigned int c)
{
	if (c < 0x100)
		return printable(c) ? (int)c : -1;
	if (c <= 0x120)
		return (int)(c - 0x100);
	if (c <= 0x142)
		return (int)(c - 0x121 + 0x7f);
	return c == 0x143 ? 0xad : -1;
}

/* UTF-8 of the byte's character; returns its length. */
static size_t put_byte_char(char *to, unsigned char byte)
{
	unsigned int c = byte_to_char(byte);

	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	to[0] = (char)(0xc0 | c >> 6);
	to[1] = (char)(0x80 | (c & 0x3f));
	return 2;
}

static uint64_t merge_index(const struct mutsu_vocab *vocab, uint32_t left, uint32_t right)
{
	uint64_t hash = ((uint64_t)left << 32 | right) ^ vocab->seed;

	hash *= 0x9e3779b97f4a7c15u;
	hash ^= hash >> 29;
	/* The high bits of a product depend on all of its factors. */
	return hash * 0x9e3779b97f4a7c15u >> vocab->merge_shift;
}

static struct merge_slot *merge_slot(const struct mutsu_vocab *vocab, uint32_t left,
				     uint32_t right)
{
	uint64_t i = merge_index(vocab, left, right);
	uint64_t mask = ((uint64_t)1 << (64 - vocab->merge_shift)) - 1;

	for (;; i = (i + 1) & mask) {
		struct merge_slot *slot = &vocab->merges[i];

		if (!slot->rank || (slot->left == left && slot->right == right))
			return slot;
	}
}

static void add_merge(struct mutsu_vocab *vocab, const char *text, size_t left_len,
		      size_t right_len, uint32_t rank)
{
	const char *right_text = text + left_len + 1;
	int32_t left, right, token;
	struct merge_slot *slot;

	left = mutsu_vocab_find(vocab, text, left_len);
	right = mutsu_vocab_find(vocab, right_text, right_len);
	token = mutsu_vocab_find2(vocab, text, left_len, right_text, right_len);
	if (left < 0 || right < 0 || token < 0)
		return;

	slot = merge_slot(vocab, (uint32_t)left, (uint32_t)right);
	if (slot->rank)
		return;		/* the first of two has the better rank */
	*slot = (struct merge_slot){ (uint32_t)left, (uint32_t)right, rank + 1, token };
}

static int load_merges(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		       struct mutsu_error *err)
{
	static const char key[] = "tokenizer.ggml.merges";
	struct gguf_value array, item;
	unsigned int bits = 4;
	uint32_t rank = 0;
	size_t pos = 0;
	int ret;

	ret = mutsu_gguf_get_array(gguf, key, GGUF_STRING, &array, err);
	if (ret == -ENOENT)
		return mutsu_fail(err, -EINVAL, "%s: there is no %s; convert the model again",
				  vocab->name, key);
	if (ret)
		return ret;
	if (array.n >= INT32_MAX)
		return mutsu_fail(err, -EINVAL, "%s: %s has %llu entries", vocab->name, key,
				  (unsigned long long)array.n);

	while ((uint64_t)1 << bits < 2 * array.n)
		bits++;
	vocab->merge_shift = 64 - bits;
	vocab->merges = calloc((size_t)1 << bits, sizeof(*vocab->merges));
	if (!vocab->merges)
		return mutsu_vocab_nomem(vocab, err);

	for (; mutsu_gguf_next(&array, &pos, &item); rank++) {
		struct gguf_string merge = mutsu_gguf_string(&item);
		const char *space = NULL;

		if (merge.len > 1)
			space = memchr(merge.data + 1, ' ', merge.len - 1);
		if (!space)
			return mutsu_fail(err, -EINVAL,
					  "%s: %s[%u] is not two tokens with a space between",
					  vocab->name, key, rank);
		add_merge(vocab, merge.data, (size_t)(space - merge.data),
			  merge.len - (size_t)(space - merge.data) - 1, rank);
	}
	return 0;
}

int mutsu_bpe_load(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		   struct mutsu_error *err)
{
	int ret = load_merges(vocab, gguf, err);

	if (ret)
		return ret;
	for (unsigned int i = 0; i < 256; i++) {
		char text[2];
		size_t len = put_byte_char(text, (unsigned char)i);

		vocab->byte[i] = mutsu_vocab_find(vocab, text, len);
	}
	return mutsu_pretok_open(vocab, gguf, err);
}

static bool find_pair(const struct mutsu_vocab *vocab, const char *text,
		      const struct vocab_symbol *left, const struct vocab_symbol *right,
		      uint32_t *priority, int32_t *token)
{
	const struct merge_slot *slot;

	(void)text;
	if (left->token < 0 || right->token < 0)
		return false;
	slot = merge_slot(vocab, (uint32_t)left->token, (uint32_t)right->token);
	if (!slot->rank)
		return false;
	*priority = slot->rank;
	*token = slot->token;
	return true;
}

static int32_t find_word(const struct mutsu_vocab *vocab, const char *text, size_t len)
{
	char chars[VOCAB_TOKEN_MAX + 2];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (n >= vocab->max_len)
			return -1;
		n += put_byte_char(chars + n, (unsigned char)text[i]);
	}
	return mutsu_vocab_find(vocab, chars, n);
}

int mutsu_bpe_word(struct vocab_work *work, const char *text, size_t len)
{
	const struct mutsu_vocab *vocab = work->vocab;
	int32_t token;
	int ret;

	if (vocab->ignore_merges) {
		token = find_word(vocab, text, len);
		if (token >= 0) {
			vocab_emit(work, token);
			return 0;
		}
	}

	work->n_symbols = 0;
	for (size_t i = 0; i < len; i++) {
		ret = mutsu_vocab_add_symbol(work, (uint32_t)i, 1,
					     vocab->byte[(unsigned char)text[i]]);
		if (ret)
			return ret;
	}

	ret = mutsu_vocab_merge(work, text, find_pair);
	if (ret)
		return ret;

	for (int32_t i = len ? 0 : -1; i >= 0; i = work->symbols[i].next) {
		token = work->symbols[i].token;
		/*
		 * A byte that is no token is dropped: what files call the unknown
		 * token is often the one that ends a text.
		 */
		if (token >= 0)
			vocab_emit(work, token);
	}
	return 0;
}

int mutsu_bpe_encode(struct vocab_work *work, const char *text, size_t len)
{
	return mutsu_pretok_split(work, text, len);
}

int mutsu_bpe_piece(const struct vocab_token *token, char *text, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < token->len;) {
		const unsigned char *s = (const unsigned char *)token->text + i;
		unsigned int len = mutsu_utf8_len(token->text + i, token->len - i);
		int byte = -1;

		if (len == 1)
			byte = char_to_byte(s[0]);
		else if (len == 2)
			byte = char_to_byte((s[0] & 0x1fu) << 6 | (s[1] & 0x3fu));
		if (byte >= 0) {
			if (n < size)
				text[n] = (char)byte;
			n++;
			i += len;
			continue;
		}

		/* Not of the alphabet: as it is. */
		for (len += !len; len; len--, i++, n++) {
			if (n < size)
				text[n] = token->text[i];
		}
	}
	return (int)n;
}
