// SPDX-License-Identifier: MIT
/* The vocabularies that tests and fuzzers share. */
#include "gguf_vocab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *need(void *p)
{
	if (!p)
		abort();
	return p;
}

void gv_tokens(struct gw *w, const char *model, const struct gv_token *tokens, size_t n)
{
	const char **texts = need(calloc(n + 1, sizeof(*texts)));
	int32_t *types = need(calloc(n + 1, sizeof(*types)));
	float *scores = need(calloc(n + 1, sizeof(*scores)));

	for (size_t i = 0; i < n; i++) {
		texts[i] = tokens[i].text;
		types[i] = tokens[i].type;
		scores[i] = tokens[i].score;
	}
	gw_string(w, "tokenizer.ggml.model", model);
	gw_strings(w, "tokenizer.ggml.tokens", n, texts);
	gw_array(w, "tokenizer.ggml.token_type", GGUF_INT32, n, types);
	gw_array(w, "tokenizer.ggml.scores", GGUF_FLOAT32, n, scores);
	free(texts);
	free(types);
	free(scores);
}

void gv_spm(struct gw *w, const struct gv_token *tokens, size_t n)
{
	struct gv_token *all = need(calloc(GV_SPM_FIRST + n, sizeof(*all)));
	char bytes[256][8];

	all[0] = (struct gv_token){ "<unk>", GV_UNKNOWN, 0 };
	all[1] = (struct gv_token){ "<s>", GV_CONTROL, 0 };
	all[2] = (struct gv_token){ "</s>", GV_CONTROL, 0 };
	for (unsigned int i = 0; i < 256; i++) {
		snprintf(bytes[i], sizeof(bytes[i]), "<0x%02X>", i);
		all[GV_SPM_BYTE + i] = (struct gv_token){ bytes[i], GV_BYTE, 0 };
	}
	if (n)
		memcpy(all + GV_SPM_FIRST, tokens, n * sizeof(*tokens));
	gv_tokens(w, "llama", all, GV_SPM_FIRST + n);
	free(all);
}

void gv_byte_char(char text[3], unsigned int byte)
{
	unsigned int c = 0x100;

	/* Counted, as the alphabet is defined, so that the library is not its own measure. */
	for (unsigned int i = 0; i < byte; i++)
		c += !((i >= '!' && i <= '~') || (i >= 0xa1 && i <= 0xff && i != 0xad));
	if ((byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xff && byte != 0xad))
		c = byte;
	if (c < 0x80)
		snprintf(text, 3, "%c", (int)c);
	else
		snprintf(text, 3, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
}

void gv_bpe(struct gw *w, const char *pre, const struct gv_token *tokens, size_t n,
	    const char *const *merges, size_t n_merges)
{
	struct gv_token *all = need(calloc(GV_BPE_FIRST + n, sizeof(*all)));
	char bytes[256][3];

	for (unsigned int i = 0; i < 256; i++) {
		gv_byte_char(bytes[i], i);
		all[i] = (struct gv_token){ bytes[i], GV_NORMAL, 0 };
	}
	if (n)
		memcpy(all + GV_BPE_FIRST, tokens, n * sizeof(*tokens));
	gv_tokens(w, "gpt2", all, GV_BPE_FIRST + n);
	gw_strings(w, "tokenizer.ggml.merges", n_merges, merges);
	if (pre)
		gw_string(w, "tokenizer.ggml.pre", pre);
	free(all);
}
