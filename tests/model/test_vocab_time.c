// SPDX-License-Identifier: MIT
/*
 * A megabyte of anything is tokenized in seconds: no text makes a tokenizer
 * quadratic.  The limit is generous, for sanitizers and busy machines; what is
 * quadratic takes hours.
 */
#include "tests/lib/gguf_vocab.h"
#include "tests/lib/suite.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/model/vocab.h"

/* An eighth where each instruction takes many; quadratic is too long there, too. */
static size_t text_size(void)
{
	return getenv("MUTSU_SAN") || getenv("MUTSU_EMULATED") ? 1u << 17 : 1u << 20;
}

#define LIMIT_S 20

static const char *const pres[] = {
	NULL,		/* SPM */
	"default", "gpt-2", "llama-bpe", "qwen2", "starcoder", "falcon", "deepseek-llm",
	"deepseek-coder",
};

#define N_PRES ((int)(sizeof(pres) / sizeof(pres[0])))

static const struct {
	const char *repeat;	/* NULL: random bytes; "": random letters */
	char last;
} texts[] = {
	{ "a", 'a' },
	{ "", 'a' },
	{ NULL, 'a' },
	{ "It was a dark and stormy night, in '23; we'll see.\n", '.' },
	/* Runs that an expression with (?!\S) or $ could look at again and again. */
	{ " ", 'x' },
	{ " ", ' ' },
	{ "\t ", 'x' },
	{ "\n", 'x' },
	{ " \n", 'x' },
	{ "\xe3\x80\x80", 'x' },
	{ "1", '1' },
	{ "!", '!' },
	{ "'", 's' },
	{ "\xe4\xb8\xad\xe6\x96\x87", '.' },
	{ "\xff", 'x' },
	/* Almost a special token, everywhere. */
	{ "<|special", '|' },
	{ "[[[[", '[' },
};

#define N_TEXTS ((int)(sizeof(texts) / sizeof(texts[0])))

static struct gw *write_vocab(const char *pre)
{
	/* Runs of a, !, spaces and line feeds, up to 32 long. */
	static const char *const bpe_runs[] = { "a", "!", "\xc4\xa0", "\xc4\x8a" };
	static const char *const spm_runs[] = { "a", "!", "\xe2\x96\x81", "\n" };
	const char *const *runs = pre ? bpe_runs : spm_runs;
	static struct gv_token tokens[64];
	static char text[64][128], merge[64][128];
	const char *merges[64];
	struct gw *w = gw_begin(3);
	size_t n = 0, n_merges = 0;

	for (unsigned int i = 0; i < 4; i++) {
		char run[128];

		strcpy(run, runs[i]);
		for (unsigned int len = 2; len <= 16; len *= 2, n++) {
			strcpy(text[n], run);
			strcat(text[n], run);
			strcpy(merge[n], run);
			strcat(merge[n], " ");
			strcat(merge[n], run);
			strcpy(run, text[n]);
			tokens[n] = (struct gv_token){ text[n], GV_NORMAL, (float)-len };
			merges[n_merges++] = merge[n];
		}
	}
	tokens[n++] = (struct gv_token){ "<|special|>", GV_CONTROL, 0 };
	tokens[n++] = (struct gv_token){ "<|special|><|special|>", GV_CONTROL, 0 };
	tokens[n++] = (struct gv_token){ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]", GV_USER, 0 };
	if (pre)
		gv_bpe(w, pre, tokens, n, merges, n_merges);
	else
		gv_spm(w, tokens, n);
	return w;
}

static char *write_text(int i)
{
	const char *repeat = texts[i].repeat;
	size_t len = repeat ? strlen(repeat) : 0;
	size_t size = text_size();
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	for (size_t at = 0; at < size; at++) {
		if (!repeat)
			text[at] = (char)kt_random();
		else
			text[at] = len ? repeat[at % len] : (char)('a' + kt_below(26));
	}
	text[size - 1] = texts[i].last;
	return text;
}

START_TEST(a_megabyte)
{
	struct gw *w = write_vocab(pres[_i / N_TEXTS]);
	char *text = write_text(_i % N_TEXTS);
	struct mutsu_error err = { "" };
	struct mutsu_vocab *vocab;
	struct mutsu_gguf *gguf;
	size_t size, n_bytes = text_size();
	const uint8_t *data = gw_finish(w, &size);
	int64_t n;

	ck_assert_int_eq(mutsu_gguf_open_memory(&gguf, data, size, "test.gguf", &err), 0);
	ck_assert_int_eq(mutsu_vocab_open(&vocab, gguf, &err), 0);
	n = mutsu_vocab_encode(vocab, text, n_bytes, MUTSU_TOKENIZE_PARSE_SPECIAL, NULL, 0, &err);
	ck_assert_msg(n > 0 && n <= 3 * ((int64_t)n_bytes + 1), "%lld: %s", (long long)n, err.text);
	mutsu_vocab_close(vocab);
	mutsu_gguf_close(gguf);
	gw_free(w);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vocab_time");
	TCase *tc = tcase_create("time");

	tcase_set_timeout(tc, LIMIT_S);
	tcase_add_loop_test(tc, a_megabyte, 0, N_PRES * N_TEXTS);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
