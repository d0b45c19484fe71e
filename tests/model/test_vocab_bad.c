// SPDX-License-Identifier: MIT
/* Vocabularies that are refused, with what the refusal says; and odd ones that are not. */
#include "tests/lib/gguf_vocab.h"
#include "tests/lib/suite.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/model/vocab.h"

#define KEY(name) "tokenizer.ggml." name

static const char letters_merge[] = "a b";
static const char *const one_merge[] = { letters_merge };

/* Refused with ret; the output untouched, one line that starts with the name and has all words. */
static void refused(struct gw *w, int ret, const char *const *words)
{
	struct mutsu_vocab *untouched = (void *)&refused, *vocab = untouched;
	struct mutsu_error err = { "" };
	struct mutsu_gguf *gguf;
	size_t size;
	const uint8_t *data = gw_finish(w, &size);
	int got;

	ck_assert_msg(!mutsu_gguf_open_memory(&gguf, data, size, "test.gguf", &err), "%s",
		      err.text);
	got = mutsu_vocab_open(&vocab, gguf, &err);
	ck_assert_msg(got == ret, "%d, not %d (looking for '%s')", got, ret, words[0]);
	ck_assert_ptr_eq(vocab, untouched);
	ck_assert_msg(!strncmp(err.text, "test.gguf: ", 11), "%s", err.text);
	ck_assert_msg(!strpbrk(err.text, "\n\r\t\033"), "%s", err.text);
	for (; *words; words++)
		ck_assert_msg(strstr(err.text, *words), "'%s' lacks '%s'", err.text, *words);

	/* Nobody has to want the reason. */
	ck_assert_int_eq(mutsu_vocab_open(&vocab, gguf, NULL), ret);
	mutsu_gguf_close(gguf);
	gw_free(w);
}

#define REFUSED(w, ret, ...) refused(w, ret, (const char *const []){ __VA_ARGS__, NULL })

static void accepted(struct gw *w, struct mutsu_gguf **gguf, struct mutsu_vocab **vocab)
{
	struct mutsu_error err = { "" };
	size_t size;
	const uint8_t *data = gw_finish(w, &size);

	ck_assert_msg(!mutsu_gguf_open_memory(gguf, data, size, "test.gguf", &err), "%s",
		      err.text);
	ck_assert_msg(!mutsu_vocab_open(vocab, *gguf, &err), "%s", err.text);
}

static void close_all(struct gw *w, struct mutsu_gguf *gguf, struct mutsu_vocab *vocab)
{
	mutsu_vocab_close(vocab);
	mutsu_gguf_close(gguf);
	gw_free(w);
}

static struct gw *spm(void)
{
	struct gw *w = gw_begin(3);

	gv_spm(w, NULL, 0);
	return w;
}

static struct gw *bpe(const char *pre)
{
	struct gw *w = gw_begin(3);

	gv_bpe(w, pre, NULL, 0, one_merge, 1);
	return w;
}

START_TEST(tokenizers)
{
	struct gw *w;

	REFUSED(gw_begin(3), -EINVAL, KEY("model"), "no vocabulary");

	w = gw_begin(3);
	gw_u32(w, KEY("model"), 3);
	REFUSED(w, -EINVAL, KEY("model"), "uint32");

	for (unsigned int i = 0; i < 4; i++) {
		static const char *const kinds[] = { "bert", "t5", "rwkv", "llama\n" };
		static const char *const shown[] = { "bert", "t5", "rwkv", "llama\\n" };

		w = gw_begin(3);
		gw_string(w, KEY("model"), kinds[i]);
		REFUSED(w, -ENOTSUP, shown[i], "\"llama\"", "\"gpt2\"");
	}
}
END_TEST

START_TEST(token_lists)
{
	static const int32_t numbers[] = { 1, 2 };
	struct gw *w = gw_begin(3);
	char *text = calloc(1, 5000);

	gw_string(w, KEY("model"), "llama");
	REFUSED(w, -EINVAL, KEY("tokens"), "no ");

	w = gw_begin(3);
	gw_string(w, KEY("model"), "llama");
	gw_array(w, KEY("tokens"), GGUF_INT32, 2, numbers);
	REFUSED(w, -EINVAL, KEY("tokens"));

	w = gw_begin(3);
	gw_string(w, KEY("model"), "llama");
	gw_strings(w, KEY("tokens"), 0, NULL);
	REFUSED(w, -EINVAL, KEY("tokens"), "0 entries");

	memset(text, 'x', 4999);
	w = gw_begin(3);
	gw_string(w, KEY("model"), "llama");
	gw_strings(w, KEY("tokens"), 2, (const char *const []){ "a", text });
	REFUSED(w, -EINVAL, KEY("tokens") "[1]", "4999 bytes", "4096");
	free(text);

	w = gw_begin(3);
	gw_string(w, KEY("model"), "llama");
	gw_strings(w, KEY("tokens"), 4, (const char *const []){ "a", "same", "b", "same" });
	REFUSED(w, -EINVAL, "tokens 1 and 3");
}
END_TEST

static struct gw *three_tokens(void)
{
	struct gw *w = gw_begin(3);

	gw_string(w, KEY("model"), "llama");
	gw_strings(w, KEY("tokens"), 3, (const char *const []){ "a", "b", "c" });
	return w;
}

START_TEST(token_numbers)
{
	static const float scores[] = { 0, NAN, 1 };
	static const int32_t types[] = { 1, 9, 1 }, negative[] = { -1, 1, 1 };
	struct gw *w;

	REFUSED(three_tokens(), -EINVAL, KEY("scores"), "no ");

	w = three_tokens();
	gw_array(w, KEY("scores"), GGUF_FLOAT32, 2, scores);
	REFUSED(w, -EINVAL, KEY("scores"), "2 entries", "3 tokens");

	w = three_tokens();
	gw_array(w, KEY("scores"), GGUF_FLOAT32, 3, scores);
	REFUSED(w, -EINVAL, KEY("scores") "[1]", "not a number");

	w = three_tokens();
	gw_array(w, KEY("scores"), GGUF_INT32, 3, types);
	REFUSED(w, -EINVAL, KEY("scores"));

	w = three_tokens();
	gw_array(w, KEY("token_type"), GGUF_INT32, 2, types);
	REFUSED(w, -EINVAL, KEY("token_type"), "2 entries", "3 tokens");

	w = three_tokens();
	gw_array(w, KEY("token_type"), GGUF_INT32, 3, types);
	REFUSED(w, -EINVAL, KEY("token_type") "[1]", "9");

	w = three_tokens();
	gw_array(w, KEY("token_type"), GGUF_INT32, 3, negative);
	REFUSED(w, -EINVAL, KEY("token_type") "[0]", "-1");
}
END_TEST

START_TEST(special_ids)
{
	static const char *const keys[] = {
		KEY("bos_token_id"), KEY("eos_token_id"), KEY("eot_token_id"),
		KEY("eom_token_id"), KEY("unknown_token_id"), KEY("fim_pad_token_id"),
	};
	struct gw *w;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		w = spm();
		gw_u32(w, keys[i], GV_SPM_FIRST);
		REFUSED(w, -EINVAL, keys[i], "259");

		w = spm();
		gw_string(w, keys[i], "2");
		REFUSED(w, -EINVAL, keys[i], "string");
	}

	w = bpe("gpt-2");
	gw_bool(w, KEY("add_bos_token"), true);
	REFUSED(w, -EINVAL, KEY("add_bos_token"), "no such token");
	w = bpe("llama-bpe");
	gw_bool(w, KEY("add_eos_token"), true);
	REFUSED(w, -EINVAL, KEY("add_eos_token"), "no such token");
	w = spm();
	gw_u32(w, KEY("add_bos_token"), 1);
	REFUSED(w, -EINVAL, KEY("add_bos_token"), "uint32");
	w = spm();
	gw_u32(w, KEY("add_space_prefix"), 1);
	REFUSED(w, -EINVAL, KEY("add_space_prefix"), "uint32");
}
END_TEST

START_TEST(merge_lists)
{
	static const char *const bad[] = { "", "a", "ab", " a", "a" };
	struct gw *w = gw_begin(3);

	gw_string(w, KEY("model"), "gpt2");
	gw_strings(w, KEY("tokens"), 3, (const char *const []){ "a", "b", "ab" });
	REFUSED(w, -EINVAL, KEY("merges"), "no ");

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		w = gw_begin(3);
		gv_bpe(w, "gpt-2", NULL, 0, (const char *const []){ "a b", bad[i] }, 2);
		REFUSED(w, -EINVAL, KEY("merges") "[1]", "two tokens");
	}
}
END_TEST

/* Merges of or to what is no token do nothing; nor do empty ones. */
START_TEST(useless_merges)
{
	static const char *const merges[] = { "a b", "ab c", "x y", "a ", "a  b", "b c" };
	static const struct gv_token tokens[] = { { "bc", GV_NORMAL, 0 } };
	struct gw *w = gw_begin(3);
	struct mutsu_vocab *vocab;
	struct mutsu_gguf *gguf;
	int32_t ids[8];

	gv_bpe(w, "gpt-2", tokens, 1, merges, sizeof(merges) / sizeof(merges[0]));
	accepted(w, &gguf, &vocab);
	ck_assert_int_eq(mutsu_vocab_encode(vocab, "abcxy", 5, 0, ids, 8, NULL), 4);
	ck_assert_int_eq(ids[0], 'a');
	ck_assert_int_eq(ids[1], GV_BPE_FIRST);
	close_all(w, gguf, vocab);

	w = gw_begin(3);
	gv_bpe(w, "gpt-2", NULL, 0, NULL, 0);
	accepted(w, &gguf, &vocab);
	ck_assert_int_eq(mutsu_vocab_encode(vocab, "ab", 2, 0, ids, 8, NULL), 2);
	close_all(w, gguf, vocab);
}
END_TEST

START_TEST(pre_tokenizers)
{
	struct gw *w = bpe(NULL);

	REFUSED(bpe("tekken"), -ENOTSUP, "\"tekken\"", "llama-bpe", "qwen2", "deepseek-coder");
	REFUSED(bpe(""), -ENOTSUP, "\"\"");
	REFUSED(bpe("gpt-2\033"), -ENOTSUP, "gpt-2\\x1b");
	gw_u32(w, KEY("pre"), 1);
	REFUSED(w, -EINVAL, KEY("pre"), "uint32");
}
END_TEST

/* One token is enough, without text even; NUL is a character like others. */
START_TEST(odd_vocabularies)
{
	static const struct gv_token nothing[] = { { "", GV_NORMAL, 0 } };
	static const float scores[] = { 0, 0, 3 };
	struct gw *w = gw_begin(3);
	struct mutsu_vocab *vocab;
	struct mutsu_gguf *gguf;
	int32_t ids[8];
	char text[8];

	gv_tokens(w, "llama", nothing, 1);
	accepted(w, &gguf, &vocab);
	ck_assert_int_eq(mutsu_vocab_bos(vocab), -1);
	ck_assert_int_eq(mutsu_vocab_encode(vocab, "a", 1, 3, ids, 8, NULL), 2);
	ck_assert_int_eq(ids[0], 0);
	ck_assert_int_eq(mutsu_vocab_piece(vocab, 0, true, text, 8), 0);
	close_all(w, gguf, vocab);

	/* "\0", "a", "\0a" */
	w = gw_begin(3);
	gw_string(w, KEY("model"), "llama");
	gw_raw(w, KEY("tokens"), strlen(KEY("tokens")), GGUF_ARRAY,
	       "\x08\0\0\0" "\x03\0\0\0\0\0\0\0" "\x01\0\0\0\0\0\0\0" "\0"
	       "\x01\0\0\0\0\0\0\0" "a" "\x02\0\0\0\0\0\0\0" "\0a", 40);
	gw_array(w, KEY("scores"), GGUF_FLOAT32, 3, scores);
	gw_bool(w, KEY("add_space_prefix"), false);
	accepted(w, &gguf, &vocab);
	ck_assert_int_eq(mutsu_vocab_encode(vocab, "a\0a\0", 4, 0, ids, 8, NULL), 3);
	ck_assert_int_eq(ids[0], 1);
	ck_assert_int_eq(ids[1], 2);
	ck_assert_int_eq(ids[2], 0);
	ck_assert_int_eq(mutsu_vocab_piece(vocab, 2, false, text, 8), 2);
	ck_assert_int_eq(memcmp(text, "\0a", 2), 0);
	close_all(w, gguf, vocab);
}
END_TEST

/* Byte tokens that are not "<0xXX>" are text. */
START_TEST(odd_bytes)
{
	static const struct gv_token tokens[] = {
		{ "<0xG0>", GV_BYTE, 0 }, { "<0x4>", GV_BYTE, 0 }, { "<0x4a>", GV_BYTE, 0 },
		{ "<0x4B", GV_BYTE, 0 }, { "b", GV_BYTE, 0 },
	};
	static const int lens[] = { 6, 5, 1, 5, 1 };
	struct gw *w = gw_begin(3);
	struct mutsu_vocab *vocab;
	struct mutsu_gguf *gguf;
	char text[8];

	gv_tokens(w, "llama", tokens, 5);
	accepted(w, &gguf, &vocab);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(mutsu_vocab_piece(vocab, i, false, text, 8), lens[i]);
	ck_assert_int_eq(mutsu_vocab_piece(vocab, 2, false, text, 8), 1);
	ck_assert_int_eq(text[0], 'J');
	close_all(w, gguf, vocab);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vocab_bad");
	TCase *tc = tcase_create("refused");

	tcase_add_test(tc, tokenizers);
	tcase_add_test(tc, token_lists);
	tcase_add_test(tc, token_numbers);
	tcase_add_test(tc, special_ids);
	tcase_add_test(tc, merge_lists);
	tcase_add_test(tc, pre_tokenizers);
	suite_add_tcase(suite, tc);

	tc = tcase_create("odd");
	tcase_add_test(tc, useless_merges);
	tcase_add_test(tc, odd_vocabularies);
	tcase_add_test(tc, odd_bytes);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
