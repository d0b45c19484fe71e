// SPDX-License-Identifier: MIT
/*
 * mutsu_detok_*: tokens to text as they come.
 *
 * Text is that of the pieces, one after the other.  The space that SPM puts
 * before a text therefore stays: what follows a prompt needs it, and only the
 * caller knows whether a first token starts a text or goes on with one.
 */
#include "model.h"
#include "utf8.h"

#include <errno.h>
#include <stdlib.h>

struct mutsu_detok {
	const struct mutsu_vocab *vocab;
	bool special;
	struct utf8_stream stream;
	char *piece;
	size_t room;
};

int mutsu_detok_open(struct mutsu_detok **out, const struct mutsu_model *model, bool special)
{
	const struct mutsu_vocab *vocab = mutsu_model_vocab(model);
	struct mutsu_detok *detok;

	if (!vocab)
		return -ENOTSUP;

	detok = calloc(1, sizeof(*detok));
	if (!detok)
		return -ENOMEM;
	detok->vocab = vocab;
	detok->special = special;
	*out = detok;
	return 0;
}

void mutsu_detok_close(struct mutsu_detok *detok)
{
	if (!detok)
		return;
	mutsu_utf8_fini(&detok->stream);
	free(detok->piece);
	free(detok);
}

int mutsu_detok_push(struct mutsu_detok *detok, int32_t token, const char **text)
{
	int len, ret;

	len = mutsu_vocab_piece(detok->vocab, token, detok->special, detok->piece, detok->room);
	if (len < 0)
		return len;
	if ((size_t)len > detok->room) {
		char *piece = realloc(detok->piece, (size_t)len);

		if (!piece)
			return -ENOMEM;
		detok->piece = piece;
		detok->room = (size_t)len;
		mutsu_vocab_piece(detok->vocab, token, detok->special, piece, detok->room);
	}

	ret = mutsu_utf8_push(&detok->stream, detok->piece, (size_t)len);
	if (ret)
		return ret;
	*text = detok->stream.text;
	return 0;
}

int mutsu_detok_flush(struct mutsu_detok *detok, const char **text)
{
	int ret = mutsu_utf8_flush(&detok->stream);

	if (ret)
		return ret;
	*text = detok->stream.text;
	return 0;
}
