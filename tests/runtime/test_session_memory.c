// SPDX-License-Identifier: MIT
/*
 * Opening models and sessions with each allocation failing in turn: -ENOMEM and
 * a sentence, and everything given back.  One thread: allocations are counted.
 */
#include "tests/lib/failing_malloc.h"
#include "tests/lib/suite.h"
#include "tests/lib/tiny_model.h"

#include <string.h>

#include "runtime/include/mutsu/mutsu.h"

#if CAN_FAIL_MALLOC

static const struct tiny_opts models[] = {
	{ .arch = "llama" }, { .arch = "llama", .experts = true }, { .arch = "gemma3" },
};

/* The file's descriptor is the only thing that lasts. */
static const char *path_of(int i)
{
	struct tiny_model *tiny = tiny_new(&models[i]);
	const char *path = tiny_path(tiny_begin(tiny, NULL));

	tiny_free(tiny);
	return path;
}

START_TEST(model_open)
{
	const char *path = path_of(_i);
	struct mutsu_model *model;
	struct mutsu_error err;
	long before = fm_live, n;
	int ret;

	for (n = 0;; n++) {
		err.text[0] = '\0';
		fm_left = n;
		ret = mutsu_model_open(&model, path, NULL, &err);
		fm_left = -1;
		if (!ret)
			break;
		fm_check_refusal(ret, err.text, before, n);
	}
	ck_assert_int_gt(n, 5);
	mutsu_model_close(model);
	ck_assert_int_eq(fm_live, before);
}
END_TEST

START_TEST(session_open)
{
	const struct mutsu_session_opts opts = { .size = sizeof(opts), .n_threads = 1 };
	struct mutsu_session *session;
	struct mutsu_model *model;
	struct mutsu_error err;
	const int32_t tokens[] = { 1, 2, 3 };
	long before, n;
	int ret;

	ck_assert_int_eq(mutsu_model_open(&model, path_of(_i), NULL, NULL), 0);
	before = fm_live;
	for (n = 0;; n++) {
		err.text[0] = '\0';
		fm_left = n;
		ret = mutsu_session_open(&session, model, &opts, &err);
		fm_left = -1;
		if (!ret)
			break;
		fm_check_refusal(ret, err.text, before, n);
	}
	ck_assert_int_gt(n, 5);
	/* Evaluating allocates nothing. */
	fm_left = 0;
	ret = mutsu_session_eval(session, tokens, 3, NULL);
	fm_left = -1;
	ck_assert_int_eq(ret, 0);
	mutsu_session_close(session);
	ck_assert_int_eq(fm_live, before);
	mutsu_model_close(model);
}
END_TEST

#endif

int main(void)
{
	Suite *suite = suite_create("session_memory");
	TCase *tcase = tcase_create("memory");

#if CAN_FAIL_MALLOC
	tcase_add_loop_test(tcase, model_open, 0, sizeof(models) / sizeof(models[0]));
	tcase_add_loop_test(tcase, session_open, 0, sizeof(models) / sizeof(models[0]));
#else
	suite_skip("memory", "malloc() cannot be replaced here");
#endif
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
