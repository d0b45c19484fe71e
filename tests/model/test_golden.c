// SPDX-License-Identifier: MIT
/*
 * Compares with outputs that llama.cpp made of the same files (float KV cache,
 * one thread): tokens of the prompt, logits after it, and 48 greedy steps.  The
 * peer's tokens are fed at each step, so that one near-tie does not hide the
 * rest.  Prints a line for each model.
 *
 * Bounds: root mean square of the logits' difference, relative to the logits',
 * is at most 1e-3 for float models and 2e-2 for quantised ones, whose builds by
 * the peer itself differ by 1.0e-2 to 1.7e-2.  A greedy token may differ only
 * where the peer's two best logits are closer than 1e-3, or, for quantised
 * models, than twice the bound above, as each of the two may be off by that.
 *
 * MUTSU_DEVICE is a session's device; the bounds of quantised models hold for all models
 * there.  A GPU that fails is a failure, not a reason to go on.
 */
#include "tests/lib/suite.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/include/mutsu/mutsu.h"

static const struct {
	const char *name;
	bool quantised;
} models[] = {
	{ "mutsu-tiny-f32", false },
	{ "mutsu-tiny-q8_0", true },
	{ "stories260K-f32", false },
	{ "stories260K-Q8_0", true },
	{ "stories260K-Q4_0", true },
	{ "stories260K-Q4_K_M", true },
	{ "tiny-llama-F16", false },
	{ "tiny-llama3-F16", false },
	{ "tiny-qwen2-F16", false },
	{ "tiny-qwen3-F16", false },
	{ "tiny-phi3-F16", false },
	{ "tiny-gemma3-F16", false },
	{ "tiny-moe-F16", false },
};

#define N_MODELS (sizeof(models) / sizeof(models[0]))
#define N_PROMPTS 3
#define N_TOKENS_MAX 4096

static bool present[N_MODELS];

struct result {
	double rms;		/* worst prompt */
	double gap;		/* largest where tokens differ */
	unsigned int steps, equal;
};

static char *data_path(const char *format, const char *name, unsigned int prompt)
{
	char *file, *path;

	ck_assert(asprintf(&file, format, name, prompt) > 0);
	ck_assert(asprintf(&path, "%s/%s", getenv("MUTSU_MODELS"), file) > 0);
	free(file);
	return path;
}

static size_t golden_tokens(const json_t *golden, int32_t *tokens)
{
	const json_t *list = json_object_get(golden, "prompt_tokens");
	size_t n = json_array_size(list);

	ck_assert(n > 0 && n < N_TOKENS_MAX);
	for (size_t i = 0; i < n; i++)
		tokens[i] = (int32_t)json_integer_value(json_array_get(list, i));
	return n;
}

static double relative_rms(const float *got, const char *name, unsigned int prompt, size_t n)
{
	char *path = data_path("golden/%s.%u.f32", name, prompt);
	float *want = malloc(n * sizeof(*want));
	FILE *file = fopen(path, "rb");
	double diff = 0, sum = 0;

	ck_assert_msg(file && fread(want, sizeof(*want), n, file) == n, "cannot read %s", path);
	fclose(file);
	for (size_t i = 0; i < n; i++) {
		diff += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
		sum += (double)want[i] * want[i];
	}
	free(want);
	free(path);
	return sqrt(diff / sum);
}

static double rms(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return sqrt(sum / (double)n);
}

static int32_t largest(const float *x, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (x[i] > x[best])
			best = i;
	return (int32_t)best;
}

static double top(const json_t *step, size_t i)
{
	const json_t *pair = json_array_get(json_object_get(step, "top"), i);

	return json_number_value(json_array_get(pair, 1));
}

/* MUTSU_STEPS: fewer, and one prompt, where computing is slow. */
static size_t max_steps(void)
{
	const char *text = getenv("MUTSU_STEPS");

	return text ? strtoul(text, NULL, 10) : SIZE_MAX;
}

static void compare_steps(struct mutsu_session *session, const json_t *golden, size_t n_vocab,
			  bool quantised, const char *name, struct result *result)
{
	const json_t *steps = json_object_get(golden, "steps");
	size_t i;
	json_t *step;

	json_array_foreach(steps, i, step) {
		const float *logits = mutsu_session_logits(session);
		int32_t want = (int32_t)json_integer_value(json_object_get(step, "token"));
		int32_t got = largest(logits, n_vocab);
		double gap = top(step, 0) - top(step, 1);
		double bound = quantised ? 2 * 2e-2 * rms(logits, n_vocab) : 1e-3;

		if (i == max_steps())
			break;
		result->steps++;
		result->equal += got == want;
		if (got != want) {
			printf("# %s: step %zu: token %d, not %d; the peer's gap is %.2e\n", name, i,
			       got, want, gap);
			ck_assert_msg(gap < bound, "%s: step %zu: token %d, not %d, gap %g (bound %g)",
				      name, i, got, want, gap, bound);
			if (gap > result->gap)
				result->gap = gap;
		}
		ck_assert_int_eq(mutsu_session_eval(session, &want, 1, NULL), 0);
	}
}

static void compare_prompt(struct mutsu_model *model, const char *name, bool quantised,
			   unsigned int prompt, struct result *result)
{
	struct mutsu_session_opts opts = {
		.size = sizeof(opts),
		.n_ctx = 512,
		.kv_type = MUTSU_KV_F32,
		.isa = getenv("MUTSU_ISA"),
		.device = getenv("MUTSU_DEVICE") ? getenv("MUTSU_DEVICE") : "cpu",
		.no_fallback = true,
	};
	static int32_t want[N_TOKENS_MAX], got[N_TOKENS_MAX];
	char *path = data_path("golden/%s.%u.json", name, prompt);
	struct mutsu_session *session;
	struct mutsu_error err = { "" };
	json_error_t json_err;
	/* Text is written as one \u00XX for each byte above 0x7f. */
	json_t *golden = json_load_file(path, 0, &json_err);
	size_t n_vocab, n_want;
	const char *text;
	int64_t n;
	double r;

	ck_assert_msg(golden, "%s: %s", path, json_err.text);
	free(path);
	n_vocab = (size_t)json_integer_value(json_object_get(golden, "n_vocab"));
	text = json_string_value(json_object_get(golden, "prompt"));

	n_want = golden_tokens(golden, want);
	n = mutsu_tokenize(model, text, strlen(text), MUTSU_TOKENIZE_ADD_SPECIAL, got,
			   N_TOKENS_MAX, &err);
	ck_assert_msg(n == (int64_t)n_want && !memcmp(want, got, n_want * sizeof(*want)),
		      "%s: prompt %u: other tokens than the peer's (%s)", name, prompt, err.text);

	ck_assert_msg(!mutsu_session_open(&session, model, &opts, &err), "%s", err.text);
	ck_assert_int_eq(mutsu_session_eval(session, got, n_want, NULL), 0);
	r = relative_rms(mutsu_session_logits(session), name, prompt, n_vocab);
	ck_assert_msg(r <= (quantised ? 2e-2 : 1e-3), "%s: prompt %u: logits are off by %g RMS",
		      name, prompt, r);
	if (r > result->rms)
		result->rms = r;
	compare_steps(session, golden, n_vocab, quantised, name, result);
	mutsu_session_close(session);
	json_decref(golden);
}

START_TEST(golden)
{
	const char *name = models[_i].name;
	struct result result = { 0 };
	struct mutsu_model *model;
	struct mutsu_error err;
	char *path;

	if (!present[_i])
		return;
	path = data_path("%s.gguf", name, 0);
	ck_assert_msg(!mutsu_model_open(&model, path, NULL, &err), "%s", err.text);
	for (unsigned int prompt = 1; prompt <= (getenv("MUTSU_STEPS") ? 1 : N_PROMPTS); prompt++)
		compare_prompt(model, name, models[_i].quantised || getenv("MUTSU_DEVICE"), prompt,
			       &result);
	printf("# %-20s logits %.1e relative RMS, %u of %u greedy tokens, largest gap %.1e\n",
	       name, result.rms, result.equal, result.steps, result.gap);
	fflush(stdout);
	mutsu_model_close(model);
	free(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("golden");
	TCase *tcase = tcase_create("golden");
	bool any = false;

	for (size_t i = 0; i < N_MODELS; i++) {
		char *file, *path;

		if (asprintf(&file, "%s.gguf", models[i].name) < 0)
			return EXIT_FAILURE;
		path = suite_data(models[i].name, file);
		present[i] = path;
		any |= present[i];
		free(path);
		free(file);
	}
	/* Emulated machines are slow. */
	tcase_set_timeout(tcase, 600);
	if (any)
		tcase_add_loop_test(tcase, golden, 0, N_MODELS);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
