// SPDX-License-Identifier: MIT
/*
 * Giving up in the middle of a batch: soon, all threads at the same op, and the
 * session is as it was.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/include/mutsu/mutsu.h"
#include "tests/lib/suite.h"

#define N_TOKENS 20

static struct mutsu_model *model;
static struct mutsu_session *session;
static int32_t tokens[N_TOKENS];
static size_t n_vocab;

struct counter {
	unsigned int calls, stop_at;
	uint64_t most_done;
};

static int count(void *user, uint64_t done, uint64_t total)
{
	struct counter *counter = user;

	ck_assert_uint_eq(total, N_TOKENS);
	if (done > counter->most_done)
		counter->most_done = done;
	return ++counter->calls == counter->stop_at;
}

static void open_session(uint32_t n_threads, uint32_t n_batch)
{
	struct mutsu_session_opts opts = {
		.size = sizeof(opts), .n_threads = n_threads, .n_batch = n_batch,
	};
	struct mutsu_model_info info;
	struct mutsu_error err = { "" };

	ck_assert_msg(!mutsu_model_open(&model, NULL, NULL, &err), "%s", err.text);
	ck_assert_msg(!mutsu_session_open(&session, model, &opts, &err), "%s", err.text);
	mutsu_model_info(model, &info);
	n_vocab = info.n_vocab;
	for (int i = 0; i < N_TOKENS; i++)
		tokens[i] = (int32_t)((unsigned int)(7 * i + 1) % n_vocab);
}

static void close_session(void)
{
	mutsu_session_close(session);
	mutsu_model_close(model);
}

static int eval(struct counter *counter)
{
	struct mutsu_error err = { "" };

	return mutsu_session_eval_all(session, tokens, N_TOKENS, NULL, count, counter, &err);
}

START_TEST(stops_anywhere)
{
	static const uint32_t threads[] = { 1, 2, 5 };
	struct counter all = { .stop_at = 0 };
	float *want;

	open_session(threads[_i], 8);
	ck_assert_int_eq(eval(&all), 0);
	ck_assert_uint_eq(mutsu_session_pos(session), N_TOKENS);
	ck_assert_uint_eq(all.most_done, N_TOKENS);
	/* Three batches of some layers, and the end. */
	ck_assert_uint_gt(all.calls, 4);
	want = malloc(n_vocab * sizeof(*want));
	ck_assert_ptr_nonnull(want);
	memcpy(want, mutsu_session_logits(session), n_vocab * sizeof(*want));

	for (unsigned int at = 1; at < all.calls; at++) {
		struct counter some = { .stop_at = at }, rest = { .stop_at = 0 };

		ck_assert_int_eq(mutsu_session_rewind(session, 0), 0);
		ck_assert_int_eq(eval(&some), -ECANCELED);
		ck_assert_uint_eq(some.calls, at);
		ck_assert_uint_eq(mutsu_session_pos(session), 0);
		ck_assert_int_eq(eval(&rest), 0);
		ck_assert_uint_eq(rest.calls, all.calls);
		ck_assert_mem_eq(mutsu_session_logits(session), want, n_vocab * sizeof(*want));
	}
	free(want);
	close_session();
}
END_TEST

START_TEST(logits_stay)
{
	struct counter first = { .stop_at = 3 };
	struct mutsu_error err = { "" };
	float before;

	open_session(2, 64);
	ck_assert_int_eq(mutsu_session_eval(session, tokens, 3, &err), 0);
	before = mutsu_session_logits(session)[5];
	ck_assert_int_eq(eval(&first), -ECANCELED);
	ck_assert_uint_eq(mutsu_session_pos(session), 3);
	ck_assert_ptr_nonnull(mutsu_session_logits(session));
	ck_assert_float_eq(mutsu_session_logits(session)[5], before);
	close_session();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stop");
	TCase *tcase = tcase_create("stop");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, stops_anywhere, 0, 3);
	tcase_add_test(tcase, logits_stay);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
