// SPDX-License-Identifier: MIT
/*
 * mutsu_generate() on a model that says what a test wants: the calls below stand
 * in for the library's, and the script is the pieces of text of tokens 0, 1, ...
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "runtime/include/mutsu/mutsu.h"
#include "tests/lib/suite.h"

#define N_CTX 32
#define END NULL		/* a piece: the token that ends the text */

static struct {
	const char *const *piece;
	uint32_t n_pieces;
	uint32_t pos, n_evals, n_accepted, n_sampled;
	int32_t accepted[64];
	float logits[64];
	bool has_logits;
	int fail_eval;		/* the evaluation that fails, from 1; 0: none */
	int cancel;		/* nonzero: prompts are cancelled */
	const char *tail;	/* what the detokenizer holds back */
} fake;

static char text[1024];
static int32_t tokens[64];
static uint32_t n_calls, n_tokens, stop_at_call, stop_at_token;

const struct mutsu_model *mutsu_session_model(const struct mutsu_session *session)
{
	(void)session;
	return NULL;
}

void mutsu_model_info(const struct mutsu_model *model, struct mutsu_model_info *info)
{
	(void)model;
	*info = (struct mutsu_model_info){ .n_vocab = fake.n_pieces };
}

void mutsu_session_info(const struct mutsu_session *session, struct mutsu_session_info *info)
{
	(void)session;
	*info = (struct mutsu_session_info){ .n_ctx = N_CTX };
}

const float *mutsu_session_logits(const struct mutsu_session *session)
{
	(void)session;
	return fake.has_logits ? fake.logits : NULL;
}

uint32_t mutsu_session_pos(const struct mutsu_session *session)
{
	(void)session;
	return fake.pos;
}

int mutsu_session_eval_all(struct mutsu_session *session, const int32_t *list, size_t n,
			   float *logits, mutsu_progress_fn progress, void *user,
			   struct mutsu_error *err)
{
	(void)session, (void)list, (void)logits, (void)err;
	if (fake.pos + n > N_CTX)
		return -ENOSPC;
	if (progress && progress(user, n, n))
		return -ECANCELED;
	if ((int)++fake.n_evals == fake.fail_eval)
		return -EIO;
	fake.pos += (uint32_t)n;
	fake.has_logits = true;
	return 0;
}

int mutsu_session_eval(struct mutsu_session *session, const int32_t *list, size_t n,
		       struct mutsu_error *err)
{
	return mutsu_session_eval_all(session, list, n, NULL, NULL, NULL, err);
}

/* Chooses tokens in order, less those that may not be. */
int32_t mutsu_sampler_sample(struct mutsu_sampler *sampler, const float *logits, size_t n_vocab)
{
	(void)sampler;
	ck_assert_uint_eq(n_vocab, fake.n_pieces);
	while (fake.n_sampled < fake.n_pieces && isinf(logits[fake.n_sampled]))
		fake.n_sampled++;
	if (fake.n_sampled == fake.n_pieces)
		return -EINVAL;
	return (int32_t)fake.n_sampled++;
}

int mutsu_sampler_accept(struct mutsu_sampler *sampler, int32_t token)
{
	(void)sampler;
	fake.accepted[fake.n_accepted++] = token;
	return 0;
}

bool mutsu_token_is_eog(const struct mutsu_model *model, int32_t token)
{
	(void)model;
	return !fake.piece[token];
}

int mutsu_detok_open(struct mutsu_detok **out, const struct mutsu_model *model, bool special)
{
	(void)model, (void)special;
	*out = NULL;
	return 0;
}

void mutsu_detok_close(struct mutsu_detok *detok)
{
	(void)detok;
}

int mutsu_detok_push(struct mutsu_detok *detok, int32_t token, const char **out)
{
	(void)detok;
	*out = fake.piece[token];
	return 0;
}

int mutsu_detok_flush(struct mutsu_detok *detok, const char **out)
{
	(void)detok;
	*out = fake.tail ? fake.tail : "";
	return 0;
}

static int on_text(void *user, const char *piece)
{
	ck_assert_ptr_eq(user, &fake);
	ck_assert(*piece);
	strcat(text, piece);
	return ++n_calls == stop_at_call;
}

static int on_token(void *user, int32_t token)
{
	ck_assert_ptr_eq(user, &fake);
	tokens[n_tokens++] = token;
	return n_tokens == stop_at_token;
}

static int on_prompt(void *user, uint64_t done, uint64_t total)
{
	ck_assert_ptr_eq(user, &fake);
	ck_assert(done <= total);
	return fake.cancel;
}

static struct mutsu_generate_result result;
static struct mutsu_error err;

static int generate_with(const char *const *piece, uint32_t n_pieces,
			 struct mutsu_generate_opts opts)
{
	static const int32_t prompt[] = { 1, 0 };

	fake.piece = piece;
	fake.n_pieces = n_pieces;
	opts.size = sizeof(opts);
	opts.text = on_text;
	opts.token = on_token;
	opts.prompt_progress = on_prompt;
	opts.user = &fake;
	return mutsu_generate(NULL, NULL, prompt, 2, &opts, &result, &err);
}

#define LEN(list) (sizeof(list) / sizeof((list)[0]))
#define generate(piece, ...) generate_with(piece, LEN(piece), \
					   (struct mutsu_generate_opts){ __VA_ARGS__ })
#define STOPS(...) .stop = (const char *const[]){ __VA_ARGS__ }, \
	.n_stop = LEN(((const char *const[]){ __VA_ARGS__ }))

static const char *const story[] = { "On", "ce", " up", "on", " a", " time", END };

START_TEST(until_the_end)
{
	ck_assert_int_eq(generate(story, .n_predict = -1), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_EOG);
	ck_assert_str_eq(text, "Once upon a time");
	ck_assert_uint_eq(result.n_prompt, 2);
	ck_assert_uint_eq(result.n_gen, 6);
	ck_assert_uint_eq(n_tokens, 6);
	/* The prompt, then each token: they all were followed by something. */
	ck_assert_uint_eq(fake.n_evals, 7);
	ck_assert_uint_eq(fake.n_accepted, 8);
	ck_assert_int_eq(fake.accepted[0], 1);
	ck_assert_int_eq(fake.accepted[1], 0);
	ck_assert_int_eq(fake.accepted[7], 5);
	ck_assert(result.prompt_s >= 0 && result.gen_s >= 0);
	ck_assert_ptr_null(result.stop_string);
}
END_TEST

START_TEST(limit)
{
	ck_assert_int_eq(generate(story, .n_predict = 3), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_LIMIT);
	ck_assert_str_eq(text, "Once up");
	ck_assert_uint_eq(result.n_gen, 3);
	/* Nobody wants the logits after the third token. */
	ck_assert_uint_eq(fake.n_evals, 3);
	ck_assert_uint_eq(fake.pos, 4);
}
END_TEST

START_TEST(limit_of_none)
{
	ck_assert_int_eq(generate(story, .n_predict = 0), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_LIMIT);
	ck_assert_str_eq(text, "");
	ck_assert_uint_eq(fake.pos, 2);
	ck_assert_uint_eq(fake.n_sampled, 0);
}
END_TEST

START_TEST(context)
{
	fake.pos = N_CTX - 4;
	ck_assert_int_eq(generate(story, .n_predict = -1), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_CONTEXT);
	/* Two tokens fit after the prompt, and one more follows from the last. */
	ck_assert_str_eq(text, "Once up");
	ck_assert_uint_eq(fake.pos, N_CTX);
}
END_TEST

START_TEST(limit_at_the_contexts_end)
{
	fake.pos = N_CTX - 4;
	ck_assert_int_eq(generate(story, .n_predict = 3), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_LIMIT);
}
END_TEST

START_TEST(prompt_too_long)
{
	fake.pos = N_CTX - 1;
	ck_assert_int_eq(generate(story, .n_predict = 3), -ENOSPC);
	ck_assert_uint_eq(fake.n_accepted, 0);
}
END_TEST

START_TEST(ignore_eog)
{
	static const char *const piece[] = { "a", END, "b", END, "c" };

	ck_assert_int_eq(generate(piece, .n_predict = 3, .ignore_eog = true), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_LIMIT);
	ck_assert_str_eq(text, "abc");
}
END_TEST

/* The same text, cut differently, ends at the same byte. */
static const struct {
	const char *piece[8];
	const char *stop[3];
	const char *text;
	int which;		/* of stop, -1: none */
} cases[] = {
	{ { "one", " two", " three" }, { "two" }, "one ", 0 },
	{ { "one t", "w", "o three" }, { "two" }, "one ", 0 },
	{ { "one", " two", " three" }, { "e two t" }, "on", 0 },
	{ { "one two three" }, { "one" }, "", 0 },
	{ { "o", "n", "e" }, { "one" }, "", 0 },
	/* Looks like it, twice, and is not. */
	{ { "one t", "o t", "w" }, { "two" }, "one to tw", -1 },
	{ { "aaa", "b" }, { "aab" }, "a", 0 },
	{ { "a", "a", "a", "b" }, { "aab" }, "a", 0 },
	{ { "ab", "ab", "ac" }, { "abac" }, "ab", 0 },
	/* What is complete first counts, of those that end together the longest. */
	{ { "a", "b", "c" }, { "abc", "b" }, "a", 1 },
	{ { "abc" }, { "abc", "b" }, "a", 1 },
	{ { "abc" }, { "c", "bc" }, "a", 1 },
	{ { "ab", "c" }, { "bc", "c" }, "a", 0 },
	{ { "abx" }, { "abc", "bxd" }, "abx", -1 },
	/* Characters of several bytes. */
	{ { "caf\xc3\xa9", "!" }, { "\xc3\xa9!" }, "caf", 0 },
	{ { "caf\xc3\xa9", "!" }, { "\xc3\xa8" }, "caf\xc3\xa9!", -1 },
	{ { "", "one", "", " two" }, { "e t" }, "on", 0 },
};

START_TEST(stop_strings)
{
	size_t n_stop = 0, n_pieces = 0;

	while (n_stop < LEN(cases[_i].stop) && cases[_i].stop[n_stop])
		n_stop++;
	while (cases[_i].piece[n_pieces])
		n_pieces++;
	ck_assert_int_eq(generate_with(cases[_i].piece, (uint32_t)n_pieces + 1,
				       (struct mutsu_generate_opts){
					       .n_predict = -1,
					       .stop = cases[_i].stop,
					       .n_stop = n_stop,
				       }), 0);
	ck_assert_str_eq(text, cases[_i].text);
	if (cases[_i].which < 0) {
		ck_assert_int_eq(result.stop, MUTSU_STOP_EOG);
		ck_assert_ptr_null(result.stop_string);
	} else {
		ck_assert_int_eq(result.stop, MUTSU_STOP_STRING);
		ck_assert_ptr_eq(result.stop_string, cases[_i].stop[cases[_i].which]);
	}
}
END_TEST

START_TEST(stop_string_saves_evaluations)
{
	ck_assert_int_eq(generate(story, .n_predict = -1, STOPS("ce")), 0);
	ck_assert_str_eq(text, "On");
	ck_assert_uint_eq(result.n_gen, 2);
	ck_assert_uint_eq(fake.n_evals, 2);
}
END_TEST

START_TEST(held_back_text_comes_at_the_limit)
{
	ck_assert_int_eq(generate(story, .n_predict = 2, STOPS("ceX")), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_LIMIT);
	ck_assert_str_eq(text, "Once");
}
END_TEST

START_TEST(end_of_a_character)
{
	fake.tail = "\xef\xbf\xbd";
	ck_assert_int_eq(generate(story, .n_predict = 1), 0);
	ck_assert_str_eq(text, "On\xef\xbf\xbd");
}
END_TEST

/* More than the first allocation. */
START_TEST(long_pieces)
{
	static char piece[300];
	const char *const pieces[] = { piece, piece, "!", END };

	memset(piece, 'x', sizeof(piece) - 1);
	ck_assert_int_eq(generate(pieces, .n_predict = -1, STOPS("x!", "y")), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_STRING);
	ck_assert_uint_eq(strlen(text), 2 * (sizeof(piece) - 1) - 1);
}
END_TEST

START_TEST(text_callback_stops)
{
	stop_at_call = 2;
	fake.tail = "never given";
	ck_assert_int_eq(generate(story, .n_predict = -1), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_CALLER);
	ck_assert_str_eq(text, "Once");
	ck_assert_uint_eq(result.n_gen, 2);
	ck_assert_uint_eq(fake.n_evals, 2);
}
END_TEST

START_TEST(token_callback_stops)
{
	stop_at_token = 2;
	ck_assert_int_eq(generate(story, .n_predict = -1, STOPS("ceX")), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_CALLER);
	/* What was held back is not lost. */
	ck_assert_str_eq(text, "Once");
	ck_assert_uint_eq(fake.n_evals, 2);
}
END_TEST

START_TEST(prompt_callback_stops)
{
	fake.cancel = 1;
	ck_assert_int_eq(generate(story, .n_predict = -1), 0);
	ck_assert_int_eq(result.stop, MUTSU_STOP_CALLER);
	ck_assert_uint_eq(result.n_prompt, 0);
	ck_assert_uint_eq(fake.pos, 0);
	ck_assert_uint_eq(fake.n_accepted, 0);
}
END_TEST

START_TEST(evaluation_fails)
{
	result.n_gen = 77;
	fake.fail_eval = 3;
	ck_assert_int_eq(generate(story, .n_predict = -1), -EIO);
	ck_assert_str_eq(text, "Once");
	ck_assert_uint_eq(result.n_gen, 77);
}
END_TEST

START_TEST(no_usable_logits)
{
	static const char *const piece[] = { "a" };

	ck_assert_int_eq(generate(piece, .n_predict = 2), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "not a number"));
}
END_TEST

START_TEST(empty_prompt)
{
	struct mutsu_generate_opts opts = { .size = sizeof(opts), .n_predict = 1 };

	fake.piece = story;
	fake.n_pieces = LEN(story);
	ck_assert_int_eq(mutsu_generate(NULL, NULL, NULL, 0, &opts, NULL, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "prompt is empty"));
	fake.has_logits = true;
	fake.pos = 1;
	ck_assert_int_eq(mutsu_generate(NULL, NULL, NULL, 0, &opts, NULL, NULL), 0);
	ck_assert_uint_eq(fake.n_sampled, 1);
	ck_assert_uint_eq(fake.n_evals, 0);
}
END_TEST

START_TEST(bad_options)
{
	struct mutsu_generate_opts opts = { .size = 3 };

	ck_assert_int_eq(generate(story, .n_predict = -2), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "n_predict"));
	ck_assert_int_eq(generate(story, STOPS("a", "")), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "stop string 1 is empty"));
	ck_assert_int_eq(generate(story, STOPS("a", NULL)), -EINVAL);
	ck_assert_int_eq(generate(story, STOPS("\xa9")), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "UTF-8"));
	ck_assert_int_eq(generate(story, .n_stop = 1), -EINVAL);
	ck_assert_int_eq(mutsu_generate(NULL, NULL, NULL, 0, &opts, NULL, &err), -EINVAL);
	ck_assert_uint_eq(fake.n_evals, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("generate");
	TCase *tcase = tcase_create("generate");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, until_the_end);
	tcase_add_test(tcase, limit);
	tcase_add_test(tcase, limit_of_none);
	tcase_add_test(tcase, context);
	tcase_add_test(tcase, limit_at_the_contexts_end);
	tcase_add_test(tcase, prompt_too_long);
	tcase_add_test(tcase, ignore_eog);
	tcase_add_loop_test(tcase, stop_strings, 0, (int)LEN(cases));
	tcase_add_test(tcase, stop_string_saves_evaluations);
	tcase_add_test(tcase, held_back_text_comes_at_the_limit);
	tcase_add_test(tcase, end_of_a_character);
	tcase_add_test(tcase, long_pieces);
	tcase_add_test(tcase, text_callback_stops);
	tcase_add_test(tcase, token_callback_stops);
	tcase_add_test(tcase, prompt_callback_stops);
	tcase_add_test(tcase, evaluation_fails);
	tcase_add_test(tcase, no_usable_logits);
	tcase_add_test(tcase, empty_prompt);
	tcase_add_test(tcase, bad_options);
	return suite_run(suite);
}
