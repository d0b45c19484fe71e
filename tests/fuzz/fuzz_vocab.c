// SPDX-License-Identifier: MIT
/*
 * A file that starts with GGUF is a vocabulary: refused with a sentence, or it
 * can be used.  Anything else is text for one of a few small vocabularies, which
 * its first byte chooses; it must come back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/model/utf8.h"
#include "runtime/model/vocab.h"
#include "tests/lib/gguf_vocab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOWER_BLOCK "\xe2\x96\x81"
#define ADD MUTSU_TOKENIZE_ADD_SPECIAL
#define PARSE MUTSU_TOKENIZE_PARSE_SPECIAL

static const struct gv_token spm_tokens[] = {
	{ LOWER_BLOCK, GV_NORMAL, -5 }, { "a", GV_NORMAL, -6 }, { "b", GV_NORMAL, -6 },
	{ "ab", GV_NORMAL, -2 }, { "ba", GV_NORMAL, -2 }, { "aab", GV_NORMAL, -1 },
	{ LOWER_BLOCK "a", GV_NORMAL, -1 }, { "\xc3\xa9", GV_NORMAL, 1 },
	{ "<c>", GV_CONTROL, 0 }, { "<c>a", GV_CONTROL, 0 }, { "[u]", GV_USER, 0 },
	{ "a[u", GV_USER, 0 },
};

/* Without those that are found in text whether asked or not. */
#define N_SPM (sizeof(spm_tokens) / sizeof(spm_tokens[0]))
#define N_SPM_PLAIN (N_SPM - 2)

static const struct gv_token bpe_tokens[] = {
	{ "ab", GV_NORMAL, 0 }, { "ba", GV_NORMAL, 0 }, { "aab", GV_NORMAL, 0 },
	{ "\xc4\xa0" "a", GV_NORMAL, 0 }, { "\xc3\x83\xc2\xa9", GV_NORMAL, 0 },
	{ "<c>", GV_CONTROL, 0 }, { "<c>a", GV_CONTROL, 0 }, { "[u]", GV_USER, 0 },
	{ "a[u", GV_USER, 0 },
};

static const char *const bpe_merges[] = {
	"a b", "b a", "\xc4\xa0 a", "a ab", "\xc3\x83 \xc2\xa9",
};

static const char *const pres[] = {
	"default", "gpt-2", "llama-bpe", "qwen2", "starcoder", "falcon", "deepseek-llm",
	"deepseek-coder",
};

#define N_PRES (sizeof(pres) / sizeof(pres[0]))
#define N_VOCABS (2 + N_PRES)

/* Opened once, kept to the end. */
static struct mutsu_vocab *vocabs[N_VOCABS];
static struct mutsu_gguf *ggufs[N_VOCABS];
static struct gw *files[N_VOCABS];

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static void open_vocabs(void)
{
	for (size_t i = 0; i < N_VOCABS; i++) {
		struct gw *w = files[i] = gw_begin(3);
		const uint8_t *data;
		size_t size;

		if (i == 0)
			gv_spm(w, spm_tokens, N_SPM_PLAIN);
		else if (i == 1)
			gv_spm(w, spm_tokens, N_SPM);
		else
			gv_bpe(w, pres[i - 2], bpe_tokens,
			       sizeof(bpe_tokens) / sizeof(bpe_tokens[0]), bpe_merges,
			       sizeof(bpe_merges) / sizeof(bpe_merges[0]));
		if (i == 1)
			gw_bool(w, "tokenizer.ggml.add_space_prefix", false);
		data = gw_finish(w, &size);
		expect(!mutsu_gguf_open_memory(&ggufs[i], data, size, "seed", NULL));
		expect(!mutsu_vocab_open(&vocabs[i], ggufs[i], NULL));
	}
}

/* Tokens of text, malloc'ed; a second call with less room gives the first of them. */
static int32_t *encode(const struct mutsu_vocab *vocab, const char *text, size_t len,
		       unsigned int flags, size_t *n_out)
{
	int64_t n = mutsu_vocab_encode(vocab, text, len, flags, NULL, 0, NULL);
	int32_t *tokens, *some;

	expect(n >= 0);
	tokens = calloc((size_t)n + 1, sizeof(*tokens));
	some = calloc((size_t)n / 2 + 1, sizeof(*some));
	expect(tokens && some);
	expect(mutsu_vocab_encode(vocab, text, len, flags, tokens, (size_t)n, NULL) == n);
	expect(mutsu_vocab_encode(vocab, text, len, flags, some, (size_t)n / 2, NULL) == n);
	expect(!memcmp(tokens, some, (size_t)n / 2 * sizeof(*some)));
	for (int64_t i = 0; i < n; i++)
		expect(tokens[i] >= 0 && (uint32_t)tokens[i] < mutsu_vocab_size(vocab));
	free(some);
	*n_out = (size_t)n;
	return tokens;
}

/* U+2581 comes back as a space. */
static size_t spaces(char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; n++) {
		bool space = len - i >= 3 && !memcmp(text + i, LOWER_BLOCK, 3);

		text[n] = space ? ' ' : text[i];
		i += space ? 3 : 1;
	}
	return n;
}

static void check_stream(struct utf8_stream *stream)
{
	expect(strlen(stream->text) == stream->len);
	for (size_t i = 0; i < stream->len;) {
		unsigned int n = mutsu_utf8_len(stream->text + i, stream->len - i);

		expect(n);
		i += n;
	}
}

static void check_pieces(const struct mutsu_vocab *vocab, const int32_t *tokens, size_t n,
			 const char *want, size_t want_len, bool compare)
{
	struct utf8_stream stream = { 0 };
	char piece[4096];
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		int len = mutsu_vocab_piece(vocab, tokens[i], true, piece, sizeof(piece));

		expect(len >= 0 && (size_t)len <= sizeof(piece));
		if (compare) {
			expect((size_t)len <= want_len - at);
			expect(!memcmp(want + at, piece, (size_t)len));
		}
		at += (size_t)len;
		expect(!mutsu_utf8_push(&stream, piece, (size_t)len));
		check_stream(&stream);
	}
	expect(!compare || at == want_len);
	expect(!mutsu_utf8_flush(&stream));
	check_stream(&stream);
	mutsu_utf8_fini(&stream);
}

static void check_text(size_t i, const char *text, size_t len)
{
	bool prefix = i == 0 && len;
	char *want = malloc(len + 2);
	size_t want_len = len, n;
	int32_t *tokens;

	expect(want);
	want[0] = ' ';
	memcpy(want + prefix, text, len);
	want_len += prefix;
	if (i < 2)
		want_len = spaces(want, want_len);

	for (unsigned int flags = 0; flags <= (ADD | PARSE); flags++) {
		tokens = encode(vocabs[i], text, len, flags, &n);
		/* The prefix comes again after every special token. */
		check_pieces(vocabs[i], tokens, n, want, want_len,
			     !(flags & ADD) && !(i == 0 && flags));
		free(tokens);
	}
	free(want);
}

static void check_file(const uint8_t *data, size_t size)
{
	static const char text[] = " a ab<c>  12\n\xc3\xa9\xff" LOWER_BLOCK "[u]</s>";
	struct mutsu_error err = { "" };
	struct mutsu_vocab *vocab;
	struct mutsu_gguf *gguf;
	void *copy;
	int ret;

	expect(!posix_memalign(&copy, 64, size));
	memcpy(copy, data, size);
	if (mutsu_gguf_open_memory(&gguf, copy, size, "fuzz", NULL))
		goto free_copy;
	ret = mutsu_vocab_open(&vocab, gguf, &err);
	if (ret) {
		expect(ret == -EINVAL || ret == -ENOTSUP);
		expect(!strncmp(err.text, "fuzz: ", 6));
		for (const char *p = err.text; *p; p++)
			expect((unsigned char)*p >= 0x20 && *p != 0x7f);
		goto close_gguf;
	}

	for (uint32_t i = 0; i < mutsu_vocab_size(vocab); i++)
		check_pieces(vocab, &(int32_t){ (int32_t)i }, 1, NULL, 0, false);
	for (unsigned int flags = 0; flags <= (ADD | PARSE); flags++) {
		size_t n;
		int32_t *tokens = encode(vocab, text, sizeof(text) - 1, flags, &n);

		free(tokens);
	}
	mutsu_vocab_is_eog(vocab, mutsu_vocab_eos(vocab));
	mutsu_vocab_close(vocab);
close_gguf:
	mutsu_gguf_close(gguf);
free_copy:
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!vocabs[0])
		open_vocabs();
	if (size >= 4 && !memcmp(data, "GGUF", 4)) {
		check_file(data, size);
	} else if (size) {
		/* Ends where the allocation does. */
		text = malloc(size - 1 + (size == 1));
		expect(text);
		memcpy(text, data + 1, size - 1);
		check_text(data[0] % N_VOCABS, text, size - 1);
		free(text);
	}
	return 0;
}
