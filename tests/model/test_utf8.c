// SPDX-License-Identifier: MIT
/* Bytes that arrive in pieces, to whole characters. */
#include "tests/lib/suite.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/model/utf8.h"

#define FFFD "\xef\xbf\xbd"

/* Pushes text in pieces of n bytes and flushes; all that came out, malloc'ed. */
static char *stream(const char *text, size_t len, size_t n)
{
	struct utf8_stream s = { 0 };
	char *out = calloc(1, 3 * len + 8);

	ck_assert_ptr_nonnull(out);
	for (size_t i = 0; i < len; i += n) {
		ck_assert_int_eq(mutsu_utf8_push(&s, text + i, len - i < n ? len - i : n), 0);
		ck_assert_uint_eq(strlen(s.text), s.len);
		strcat(out, s.text);
	}
	ck_assert_int_eq(mutsu_utf8_flush(&s), 0);
	strcat(out, s.text);
	ck_assert_int_eq(mutsu_utf8_flush(&s), 0);
	ck_assert_str_eq(s.text, "");
	mutsu_utf8_fini(&s);
	return out;
}

static const struct {
	const char *in, *out;
} texts[] = {
	{ "plain", "plain" },
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80.", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80." },
	/* Limits of each length. */
	{ "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
	  "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
	{ "\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80" },
	/* Continuation bytes alone; a start without its end. */
	{ "a\x80\xbf" "b", "a" FFFD FFFD "b" },
	{ "a\xe2\x82", "a" FFFD },
	{ "\xe2\x82" "b", FFFD "b" },
	{ "\xf0\x9f\x98\xc3\xa9", FFFD "\xc3\xa9" },
	/* Overlong, surrogate, too large: no byte of it starts a character. */
	{ "\xc0\x80\xc1\xbf", FFFD FFFD FFFD FFFD },
	{ "\xe0\x9f\xbf", FFFD FFFD FFFD },
	{ "\xed\xa0\x80", FFFD FFFD FFFD },
	{ "\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD },
	{ "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD },
	{ "\xf5\xfe\xff", FFFD FFFD FFFD },
};

START_TEST(known_texts)
{
	size_t len = strlen(texts[_i].in);

	for (size_t n = 1; n <= len; n++) {
		char *out = stream(texts[_i].in, len, n);

		ck_assert_str_eq(out, texts[_i].out);
		free(out);
	}
}
END_TEST

START_TEST(nul_does_not_end_the_text)
{
	char *out = stream("a\0b\xc3\0", 5, 5);

	ck_assert_str_eq(out, "a" FFFD "b" FFFD FFFD);
	free(out);
}
END_TEST

/* However random bytes are cut, the same characters come out, all of them whole. */
START_TEST(cuts_do_not_matter)
{
	for (unsigned int round = 0; round < 500; round++) {
		char text[48], *whole, *cut;
		size_t len = 1 + kt_below(sizeof(text));

		for (size_t i = 0; i < len; i++) {
			static const char bytes[] = "az\x80\x9f\xbf\xc3\xe0\xe2\xed\xf0\xf4\xff";

			text[i] = bytes[kt_below(sizeof(bytes) - 1)];
		}
		whole = stream(text, len, len);
		cut = stream(text, len, 1 + kt_below(4));
		ck_assert_str_eq(whole, cut);
		for (size_t i = 0; whole[i];) {
			unsigned int n = mutsu_utf8_len(whole + i, strlen(whole + i));

			ck_assert_uint_gt(n, 0);
			i += n;
		}
		free(whole);
		free(cut);
	}
}
END_TEST

START_TEST(nothing_early)
{
	struct utf8_stream s = { 0 };

	ck_assert_int_eq(mutsu_utf8_push(&s, "\xf0\x9f", 2), 0);
	ck_assert_str_eq(s.text, "");
	ck_assert_int_eq(mutsu_utf8_push(&s, "", 0), 0);
	ck_assert_str_eq(s.text, "");
	ck_assert_int_eq(mutsu_utf8_push(&s, "\x98\x80", 2), 0);
	ck_assert_str_eq(s.text, "\xf0\x9f\x98\x80");
	mutsu_utf8_fini(&s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tc = tcase_create("stream");

	tcase_add_loop_test(tc, known_texts, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tc, nul_does_not_end_the_text);
	tcase_add_test(tc, cuts_do_not_matter);
	tcase_add_test(tc, nothing_early);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
