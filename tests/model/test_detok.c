// SPDX-License-Identifier: MIT
/* Tokens to text through the public calls, with the model that is built in. */
#include "tests/lib/suite.h"

#include <errno.h>
#include <string.h>

#include "runtime/include/mutsu/mutsu.h"

static struct mutsu_model *open_model(void)
{
	struct mutsu_model_opts opts = { .size = sizeof(opts), .vocab_only = true };
	struct mutsu_error err = { "" };
	struct mutsu_model *model;

	ck_assert_msg(!mutsu_model_open(&model, NULL, &opts, &err), "%s", err.text);
	return model;
}

static void push_all(struct mutsu_detok *detok, const int32_t *tokens, int64_t n, char *out)
{
	const char *text;

	*out = '\0';
	for (int64_t i = 0; i < n; i++) {
		ck_assert_int_eq(mutsu_detok_push(detok, tokens[i], &text), 0);
		strcat(out, text);
	}
	ck_assert_int_eq(mutsu_detok_flush(detok, &text), 0);
	strcat(out, text);
}

START_TEST(text_comes_back)
{
	static const char text[] = "Once upon a time \xe2\x82\xac \xf0\x9f\x98\x80 <s>\n";
	struct mutsu_model *model = open_model();
	struct mutsu_detok *detok;
	int32_t tokens[100];
	char out[400];
	int64_t n;

	n = mutsu_tokenize(model, text, strlen(text), MUTSU_TOKENIZE_ADD_SPECIAL, tokens, 100,
			   NULL);
	ck_assert(n > 0 && n <= 100);
	ck_assert_int_eq(mutsu_detok_open(&detok, model, false), 0);
	push_all(detok, tokens, n, out);
	ck_assert_int_eq(out[0], ' ');
	ck_assert_str_eq(out + 1, text);
	mutsu_detok_close(detok);

	/* BOS is text only if asked for. */
	ck_assert_int_eq(mutsu_detok_open(&detok, model, true), 0);
	push_all(detok, tokens, n, out);
	ck_assert_int_eq(strncmp(out, "<s> Once", 8), 0);
	mutsu_detok_close(detok);
	mutsu_model_close(model);
}
END_TEST

START_TEST(characters_are_whole)
{
	struct mutsu_model *model = open_model();
	struct mutsu_detok *detok;
	const char *text, *kept;
	int32_t euro[8];

	/* The space prefix, then three bytes. */
	ck_assert_int_eq(mutsu_tokenize(model, "\xe2\x82\xac", 3, 0, euro, 8, NULL), 4);
	ck_assert_int_eq(mutsu_detok_open(&detok, model, false), 0);
	ck_assert_int_eq(mutsu_detok_push(detok, euro[1], &text), 0);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(mutsu_detok_push(detok, euro[2], &text), 0);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(mutsu_detok_push(detok, euro[3], &text), 0);
	ck_assert_str_eq(text, "\xe2\x82\xac");

	/* Cut off, and anew. */
	ck_assert_int_eq(mutsu_detok_push(detok, euro[1], &text), 0);
	ck_assert_int_eq(mutsu_detok_flush(detok, &text), 0);
	ck_assert_str_eq(text, "\xef\xbf\xbd");
	ck_assert_int_eq(mutsu_detok_flush(detok, &text), 0);
	ck_assert_str_eq(text, "");

	kept = text;
	ck_assert_int_eq(mutsu_detok_push(detok, -1, &text), -EINVAL);
	ck_assert_int_eq(mutsu_detok_push(detok, 1 << 30, &text), -EINVAL);
	ck_assert_ptr_eq(text, kept);
	mutsu_detok_close(detok);
	mutsu_detok_close(NULL);
	mutsu_model_close(model);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("detok");
	TCase *tc = tcase_create("detok");

	tcase_add_test(tc, text_comes_back);
	tcase_add_test(tc, characters_are_whole);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
