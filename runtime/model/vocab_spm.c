// SPDX-License-Identifier: MIT
/*
 * SentencePiece BPE: the text, with U+2581 for spaces, is cut into characters;
 * the two neighbours whose union is the token with the best score merge first.
 * Characters that are no tokens become one token for each byte.
 */
#include "utf8.h"
#include "vocab_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char lower_block[] = "\xe2\x96\x81";	/* U+2581 */

void mutsu_spm_load(struct mutsu_vocab *vocab)
{
	for (unsigned int i = 0; i < 256; i++) {
		char text[8], byte = (char)i;

		snprintf(text, sizeof(text), "<0x%02X>", i);
		vocab->byte[i] = mutsu_vocab_find(vocab, text, 6);
		if (vocab->byte[i] < 0)
			vocab->byte[i] = mutsu_vocab_find(vocab, &byte, 1);
	}
}

/* Unsigned, such that the largest float comes first. */
static uint32_t float_order(float f)
{
	uint32_t bits;

	f += 0.0f;	/* -0 is 0 */
	memcpy(&bits, &f, sizeof(bits));
	return bits & 1u << 31 ? bits : ~bits & ~(1u << 31);
}

static bool find_pair(const struct mutsu_vocab *vocab, const char *text,
		      const struct vocab_symbol *left, const struct vocab_symbol *right,
		      uint32_t *priority, int32_t *token)
{
	*token = mutsu_vocab_find(vocab, text + left->start, left->len + right->len);
	if (*token < 0)
		return false;
	*priority = float_order(vocab->tokens[*token].score);
	return true;
}

/* Copies text with its spaces replaced; returns the new length. */
static size_t escape(char *to, const char *text, size_t len, bool prefix)
{
	char *start = to;

	if (prefix) {
		memcpy(to, lower_block, 3);
		to += 3;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] == ' ') {
			memcpy(to, lower_block, 3);
			to += 3;
		} else {
			*to++ = text[i];
		}
	}
	return (size_t)(to - start);
}

/* A character that is not a token: its bytes, or one unknown token. */
static void emit_bytes(struct vocab_work *work, const char *text, size_t len)
{
	const struct mutsu_vocab *vocab = work->vocab;

	for (size_t i = 0; i < len; i++) {
		if (vocab->byte[(unsigned char)text[i]] < 0) {
			if (vocab->unk >= 0)
				vocab_emit(work, vocab->unk);
			return;
		}
	}
	for (size_t i = 0; i < len; i++)
		vocab_emit(work, vocab->byte[(unsigned char)text[i]]);
}

int mutsu_spm_encode(struct vocab_work *work, const char *text, size_t len, bool prefix)
{
	const struct mutsu_vocab *vocab = work->vocab;
	char *escaped;
	int ret;

	ret = mutsu_vocab_reserve(&work->text, &work->text_room, 3 * (len + 1), 1);
	if (ret)
		return ret;
	escaped = work->text;
	len = escape(escaped, text, len, prefix);

	work->n_symbols = 0;
	for (size_t at = 0, n; at < len; at += n) {
		n = mutsu_utf8_len(escaped + at, len - at);
		if (!n)
			n = 1;
		ret = mutsu_vocab_add_symbol(work, (uint32_t)at, (uint32_t)n,
					     mutsu_vocab_find(vocab, escaped + at, n));
		if (ret)
			return ret;
	}
	if (!work->n_symbols)
		return 0;

	ret = mutsu_vocab_merge(work, escaped, find_pair);
	if (ret)
		return ret;

	for (int32_t i = 0; i >= 0; i = work->symbols[i].next) {
		const struct vocab_symbol *symbol = &work->symbols[i];

		if (symbol->token >= 0)
			vocab_emit(work, symbol->token);
		else
			emit_bytes(work, escaped + symbol->start, symbol->len);
	}
	return 0;
}

int mutsu_spm_piece(const struct vocab_token *token, char *text, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < token->len; n++) {
		bool space = token->len - i >= 3 && !memcmp(token->text + i, lower_block, 3);

		if (n < size)
			text[n] = space ? ' ' : token->text[i];
		i += space ? 3 : 1;
	}
	return (int)n;
}
