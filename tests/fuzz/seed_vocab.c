// SPDX-License-Identifier: MIT
/* seed_vocab DIR: writes the texts and files that fuzzing of vocabularies starts from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/gguf_vocab.h"

static const char *dir;

static char *path_of(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		abort();
	return path;
}

static void save(struct gw *w, const char *name)
{
	char *path = path_of(name);

	gw_save(w, path);
	free(path);
	gw_free(w);
}

/* The first byte chooses the vocabulary. */
static void save_text(char vocab, const char *name, const char *text)
{
	char *path = path_of(name);
	FILE *file = fopen(path, "wb");

	if (!file || fputc(vocab, file) == EOF || fputs(text, file) == EOF || fclose(file))
		abort();
	free(path);
}

/* Few tokens, so that a fuzzer can change all of a file. */
static void files(void)
{
	static const struct gv_token spm[] = {
		{ "<unk>", GV_UNKNOWN, 0 }, { "<s>", GV_CONTROL, 0 }, { "</s>", GV_CONTROL, 0 },
		{ "<0x0A>", GV_BYTE, 0 }, { "\u2581", GV_NORMAL, -1 }, { "a", GV_NORMAL, -2 },
		{ "ab", GV_NORMAL, -3 }, { "b", GV_UNUSED, -4 }, { "[u]", GV_USER, 0 },
		{ "", GV_NORMAL, 0 },
	};
	static const struct gv_token bpe[] = {
		{ "a", GV_NORMAL, 0 }, { "b", GV_NORMAL, 0 }, { "ab", GV_NORMAL, 0 },
		{ "\u0120", GV_NORMAL, 0 }, { "\u0120a", GV_NORMAL, 0 },
		{ "<|endoftext|>", GV_CONTROL, 0 }, { "[u]", GV_USER, 0 },
	};
	static const char *const merges[] = { "a b", "\u0120 a", "x y" };
	static const char *const pres[] = { "gpt-2", "llama-bpe", "deepseek-llm" };
	struct gw *w = gw_begin(3);

	gv_tokens(w, "llama", spm, sizeof(spm) / sizeof(spm[0]));
	gw_u32(w, "tokenizer.ggml.bos_token_id", 1);
	gw_bool(w, "tokenizer.ggml.add_space_prefix", false);
	gw_bool(w, "tokenizer.ggml.add_eos_token", true);
	gw_string(w, "general.name", "phi-3");
	save(w, "spm.gguf");

	for (size_t i = 0; i < 3; i++) {
		char name[32];

		w = gw_begin(3);
		gv_tokens(w, "gpt2", bpe, sizeof(bpe) / sizeof(bpe[0]));
		gw_strings(w, "tokenizer.ggml.merges", 3, merges);
		gw_string(w, "tokenizer.ggml.pre", pres[i]);
		gw_u32(w, "tokenizer.ggml.bos_token_id", 5);
		gw_u32(w, "tokenizer.ggml.eot_token_id", 5);
		gw_bool(w, "tokenizer.ggml.add_bos_token", true);
		snprintf(name, sizeof(name), "%s.gguf", pres[i]);
		save(w, name);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: seed_vocab DIR\n", stderr);
		return 2;
	}
	dir = argv[1];

	files();
	save_text(0, "prefix", "a ab<c>aab  b\u2581 \u00e9");
	save_text(1, "user", "aab[u]a[u]<c>a<s>");
	save_text(2, "default", "I'll pay $12345.67 + 8 for it!\n\n  Won't you?");
	save_text(4, "llama", "I'LL  say 123456\r\n\r\n\t x \u3000\u00a0y\u2028z");
	save_text(7, "falcon", "a`b 100200 ~~ 'tis");
	save_text(8, "deepseek", "\u4e2d\u6587 \uff01 \u2018x\u2019   end \t ");
	save_text(9, "broken", "a\xff\xe2\x96 ab\xc3\xa9\xf0\x9f\x98\xed\xa0\x80");
	return 0;
}
