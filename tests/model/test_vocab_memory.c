// SPDX-License-Identifier: MIT
/*
 * Opening a vocabulary, tokenizing and streaming text with each allocation
 * failing in turn: -ENOMEM and a sentence, and everything given back.
 */
#include "tests/lib/failing_malloc.h"
#include "tests/lib/gguf_vocab.h"
#include "tests/lib/suite.h"

#include <string.h>

#include "runtime/model/utf8.h"
#include "runtime/model/vocab.h"

#if CAN_FAIL_MALLOC

/* NULL: SPM */
static const char *const pres[] = { NULL, "gpt-2", "llama-bpe", "deepseek-llm" };

static struct mutsu_gguf *open_gguf(struct gw *w, const char *pre)
{
	static const struct gv_token tokens[] = {
		{ "ab", GV_NORMAL, 0 }, { "[u]", GV_USER, 0 }, { "<c>", GV_CONTROL, 0 },
	};
	static const char *const merges[] = { "a b" };
	struct mutsu_gguf *gguf;
	const uint8_t *data;
	size_t size;

	if (pre)
		gv_bpe(w, pre, tokens, 3, merges, 1);
	else
		gv_spm(w, tokens, 3);
	data = gw_finish(w, &size);
	ck_assert_int_eq(mutsu_gguf_open_memory(&gguf, data, size, "test.gguf", NULL), 0);
	return gguf;
}

START_TEST(opening)
{
	struct gw *w = gw_begin(3);
	struct mutsu_gguf *gguf = open_gguf(w, pres[_i]);
	struct mutsu_vocab *vocab;
	struct mutsu_error err;
	long before = fm_live, n;
	int ret;

	for (n = 0;; n++) {
		err.text[0] = '\0';
		fm_left = n;
		ret = mutsu_vocab_open(&vocab, gguf, &err);
		fm_left = -1;
		if (!ret)
			break;
		fm_check_refusal(ret, err.text, before, n);
	}
	ck_assert_int_gt(n, 3);
	mutsu_vocab_close(vocab);
	ck_assert_int_eq(fm_live, before);
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

START_TEST(encoding)
{
	static char text[20000];
	struct gw *w = gw_begin(3);
	struct mutsu_gguf *gguf = open_gguf(w, pres[_i]);
	struct mutsu_vocab *vocab;
	struct mutsu_error err;
	long before, n;
	int64_t ret;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "ab[u] <c>\xff x1."[i % 15];
	/* A long word, and a long run of spaces. */
	memset(text + 4000, 'a', 5000);
	memset(text + 9000, ' ', 5000);

	ck_assert_int_eq(mutsu_vocab_open(&vocab, gguf, NULL), 0);
	before = fm_live;
	for (n = 0;; n++) {
		err.text[0] = '\0';
		fm_left = n;
		ret = mutsu_vocab_encode(vocab, text, sizeof(text), MUTSU_TOKENIZE_PARSE_SPECIAL,
					 NULL, 0, &err);
		fm_left = -1;
		if (ret >= 0)
			break;
		fm_check_refusal(ret, err.text, before, n);
	}
	ck_assert_int_gt(n, 3);
	ck_assert_int_eq(fm_live, before);
	mutsu_vocab_close(vocab);
	mutsu_gguf_close(gguf);
	gw_free(w);
}
END_TEST

/* A push that fails has not happened. */
START_TEST(streaming)
{
	struct utf8_stream stream = { 0 };
	char many[1000];
	int ret;

	memset(many, 'x', sizeof(many));
	ck_assert_int_eq(mutsu_utf8_push(&stream, "\xc3", 1), 0);
	/* Check allocates, too. */
	fm_left = 0;
	ret = mutsu_utf8_push(&stream, many, sizeof(many));
	fm_left = -1;
	ck_assert_int_eq(ret, -ENOMEM);
	ck_assert_int_eq(mutsu_utf8_push(&stream, "\xa9", 1), 0);
	ck_assert_str_eq(stream.text, "\xc3\xa9");
	mutsu_utf8_fini(&stream);

	fm_left = 0;
	ret = mutsu_utf8_flush(&stream);
	fm_left = -1;
	ck_assert_int_eq(ret, -ENOMEM);
}
END_TEST

#endif

int main(void)
{
	Suite *suite = suite_create("vocab_memory");
	TCase *tc = tcase_create("memory");

#if CAN_FAIL_MALLOC
	tcase_add_loop_test(tc, opening, 0, sizeof(pres) / sizeof(pres[0]));
	tcase_add_loop_test(tc, encoding, 0, sizeof(pres) / sizeof(pres[0]));
	tcase_add_test(tc, streaming);
#else
	suite_skip("memory", "malloc() cannot be replaced here");
#endif
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
