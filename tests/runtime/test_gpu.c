// SPDX-License-Identifier: MIT
/*
 * Sessions on a GPU, which is the software AGX in this process (fake_gpu.h): logits are
 * an oracle's, a token is one submission, and whatever fails, nobody loses a token.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_gpu.h"
#include "compute/kernels.h"
#include "runtime/model/model.h"
#include "tests/lib/oracle.h"

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))
#define N_PROMPT	40
#define N_TOKENS	60
#define N_CTX		64
/* Relative RMS of logits, where batches are multiplied as halves, weights too. */
#define BOUND		1e-2
/* Likewise, where neither is rounded. */
#define BOUND_F32	2e-5

static const struct tiny_opts models[] = {
	{ .arch = "llama", .rope_scale = 2.0f, .biases = true },
	{ .arch = "llama", .tied = true, .rope_freqs = true },
	{ .arch = "llama", .experts = true },
	{ .arch = "qwen2" },
	{ .arch = "qwen3", .tied = true },
	{ .arch = "phi3", .rope_factors = true },
	{ .arch = "phi3", .biases = true },
	{ .arch = "gemma3", .tied = true, .window = 9 },
};

static const enum mutsu_type types[] = { MUTSU_F32, MUTSU_Q4_K, MUTSU_F16, MUTSU_Q8_0 };

static int32_t tokens[N_TOKENS];
static size_t n_vocab;
static double *want;		/* logits after each token, of the oracle */
static char warnings[1024];
static int n_warnings;

static void log_warning(void *user, enum mutsu_log_level level, const char *text)
{
	(void)user;
	if (level != MUTSU_LOG_WARN)
		return;
	n_warnings++;
	snprintf(warnings, sizeof(warnings), "%s", text);
}

/* What the model's file has, for the oracle: what is quantised has other values. */
static void take_values(struct tiny_model *tiny, const struct mutsu_model *model)
{
	struct mutsu_kernels kernels;

	mutsu_kernels_init(&kernels, 0);
	for (size_t i = 0; i < tiny->n_tensors; i++) {
		struct tiny_tensor *t = &tiny->tensor[i];
		const struct gguf_tensor *in = mutsu_gguf_find_tensor(model->gguf, t->name);

		kernels.dequant[in->type](t->values, in->data,
					  in->ne[0] * in->ne[1] * in->ne[2]);
	}
}

static struct mutsu_model *open_model(const struct tiny_opts *opts, enum mutsu_type type)
{
	struct mutsu_model_opts model_opts = { .size = sizeof(model_opts), .log = log_warning };
	struct mutsu_error err = { "" };
	struct tiny_opts with_type = *opts;
	struct mutsu_model *model;
	struct tiny_model *tiny;

	with_type.type = type;
	tiny = tiny_new(&with_type);
	ck_assert_msg(!mutsu_model_open(&model, tiny_path(tiny_begin(tiny, NULL)), &model_opts,
					&err), "%s", err.text);
	n_vocab = tiny->dims.n_vocab;
	for (int i = 0; i < N_TOKENS; i++)
		tokens[i] = (int32_t)kt_below(tiny->dims.n_vocab);
	take_values(tiny, model);
	want = calloc(N_TOKENS * n_vocab, sizeof(*want));
	oracle_logits(tiny, N_CTX, tokens, N_TOKENS, want);
	tiny_free(tiny);
	return model;
}

static int try_session(struct mutsu_session **out, struct mutsu_model *model,
		       struct mutsu_session_opts opts, struct mutsu_error *err)
{
	opts.size = sizeof(opts);
	opts.n_ctx = N_CTX;
	opts.n_threads = opts.n_threads ? opts.n_threads : 1;
	return mutsu_session_open(out, model, &opts, err);
}

static struct mutsu_session *open_session(struct mutsu_model *model,
					  struct mutsu_session_opts opts)
{
	struct mutsu_error err = { "" };
	struct mutsu_session *session;

	ck_assert_msg(!try_session(&session, model, opts, &err), "%s", err.text);
	return session;
}

/* A prompt, all of whose logits are wanted or not, then single tokens. */
static float *eval(struct mutsu_session *s, bool all)
{
	float *logits = calloc(N_TOKENS * n_vocab, sizeof(*logits));
	struct mutsu_error err = { "" };
	int ret = mutsu_session_eval_all(s, tokens, N_PROMPT, all ? logits : NULL, NULL, NULL,
					 &err);

	ck_assert_msg(!ret, "%s", err.text);
	memcpy(logits + (N_PROMPT - 1) * n_vocab, mutsu_session_logits(s),
	       n_vocab * sizeof(*logits));
	for (size_t i = N_PROMPT; i < N_TOKENS; i++) {
		ret = mutsu_session_eval(s, tokens + i, 1, &err);
		ck_assert_msg(!ret, "%s", err.text);
		memcpy(logits + i * n_vocab, mutsu_session_logits(s), n_vocab * sizeof(*logits));
	}
	return logits;
}

static float *eval_new(struct mutsu_model *model, struct mutsu_session_opts opts, bool all)
{
	struct mutsu_session *s = open_session(model, opts);
	float *logits = eval(s, all);

	mutsu_session_close(s);
	return logits;
}

static double difference(const float *a, const double *b, size_t n)
{
	double sum = 0.0, of = 0.0;

	for (size_t i = 0; i < n; i++) {
		sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
		of += b[i] * b[i];
	}
	return sqrt(sum / of);
}

static void check_right(const float *got, size_t first, double bound, const char *what)
{
	for (size_t i = first; i < N_TOKENS; i++) {
		double d = difference(got + i * n_vocab, want + i * n_vocab, n_vocab);

		ck_assert_msg(d <= bound, "%s: logits of token %zu differ by %.2g", what, i, d);
	}
}

static void check_nothing_left(void)
{
	ck_assert_int_eq(fake_gpu.n_open, 0);
	ck_assert_int_eq(fake_gpu.n_buffers, 0);
}

static void setup(void)
{
	fake_gpu_reset();
	n_warnings = 0;
	warnings[0] = '\0';
}

/*
 * What is computed
 */

static const struct {
	uint32_t n_batch;
	enum mutsu_kv_type kv_type;
	bool all;		/* logits of the whole prompt */
	double bound;
} ways[] = {
	{ 1, MUTSU_KV_F32, true, BOUND_F32 },
	{ 7, MUTSU_KV_F32, true, BOUND_F32 },
	{ 32, MUTSU_KV_F16, true, BOUND },
	{ 64, MUTSU_KV_F32, false, BOUND },
};

START_TEST(right)
{
	/* Two types of each model, and the others of the first. */
	const bool rest = _i >= 2 * COUNT(models);
	const struct tiny_opts *opts = &models[rest ? 0 : _i / 2];
	enum mutsu_type type = types[rest ? 2 + _i % 2 : _i % 2];
	struct mutsu_model *model = open_model(opts, type);

	for (int i = 0; i < COUNT(ways); i++) {
		float *got = eval_new(model, (struct mutsu_session_opts){
			.device = "agx", .kv_type = ways[i].kv_type, .n_batch = ways[i].n_batch,
		}, ways[i].all);
		char what[64];

		snprintf(what, sizeof(what), "%s, type %d, way %d", opts->arch, (int)type, i);
		check_right(got, ways[i].all ? 0 : N_PROMPT - 1, ways[i].bound, what);
		free(got);
	}
	mutsu_model_close(model);
	check_nothing_left();
	ck_assert_msg(!n_warnings, "%s", warnings);
}
END_TEST

START_TEST(one_submission_per_token)
{
	struct mutsu_model *model = open_model(&models[0], MUTSU_Q8_0);
	struct mutsu_session *s = open_session(model, (struct mutsu_session_opts){ .device = "agx" });
	struct mutsu_session_info info;
	int buffers;

	free(eval(s, false));
	buffers = fake_gpu.n_buffers;
	ck_assert(!mutsu_session_rewind(s, N_PROMPT));
	fake_gpu.n_submits = fake_gpu.n_waits = 0;
	for (size_t i = N_PROMPT; i < N_TOKENS; i++)
		ck_assert(!mutsu_session_eval(s, tokens + i, 1, NULL));
	ck_assert_uint_eq(fake_gpu.n_submits, N_TOKENS - N_PROMPT);
	ck_assert_uint_eq(fake_gpu.n_waits, N_TOKENS - N_PROMPT);
	ck_assert_int_eq(fake_gpu.n_buffers, buffers);
	mutsu_session_info(s, &info);
	ck_assert_str_eq(info.device, "agx");
	mutsu_session_close(s);
	mutsu_model_close(model);
}
END_TEST

/*
 * What fails
 */

/* Faults at launch _i and every so many from there on, in the prompt and behind it. */
START_TEST(faults_anywhere)
{
	struct mutsu_model *model = open_model(&models[_i % 3], types[_i % 2 * 2]);
	static const int codes[] = { -EIO, -ETIMEDOUT, -ENODEV, -ENODATA };
	uint64_t all;

	free(eval_new(model, (struct mutsu_session_opts){ .device = "agx" }, false));
	all = fake_gpu.n_launches;
	for (uint64_t at = (uint64_t)_i; at < all; at += 211) {
		struct mutsu_session *s;
		struct mutsu_session_info info;
		float *got;

		setup();
		s = open_session(model, (struct mutsu_session_opts){ .device = "agx" });
		fake_gpu.launches = at;
		fake_gpu.status = codes[at % COUNT(codes)];
		got = eval(s, false);
		check_right(got, N_PROMPT - 1, BOUND, "with a fault");
		ck_assert_int_eq(n_warnings, 1);
		mutsu_session_info(s, &info);
		ck_assert_str_eq(info.device, "cpu");
		ck_assert_msg(strstr(info.device_why, "using the CPU"), "%s", info.device_why);
		free(got);
		mutsu_session_close(s);
		check_nothing_left();
	}
	mutsu_model_close(model);
}
END_TEST

/* Somebody else's fault: once more, and nobody hears of it. */
START_TEST(innocent)
{
	struct mutsu_model *model = open_model(&models[0], MUTSU_F16);
	struct mutsu_session *s = open_session(model, (struct mutsu_session_opts){ .device = "agx" });
	struct mutsu_session_info info;

	fake_gpu.launches = 3;
	fake_gpu.status = -ECANCELED;
	free(eval(s, false));
	mutsu_session_info(s, &info);
	ck_assert_str_eq(info.device, "agx");
	ck_assert_int_eq(n_warnings, 0);
	mutsu_session_close(s);
	mutsu_model_close(model);
}
END_TEST

START_TEST(submission_refused)
{
	struct mutsu_model *model = open_model(&models[0], MUTSU_F16);
	struct mutsu_session *s = open_session(model, (struct mutsu_session_opts){ .device = "agx" });
	float *got;

	fake_gpu.submits = (uint64_t)_i;
	fake_gpu.submit_error = -ENOMEM;
	got = eval(s, false);
	check_right(got, N_PROMPT - 1, BOUND, "without a submission");
	ck_assert_int_eq(n_warnings, 1);
	free(got);
	mutsu_session_close(s);
	mutsu_model_close(model);
}
END_TEST

START_TEST(no_fallback)
{
	struct mutsu_model *model = open_model(&models[0], MUTSU_F16);
	struct mutsu_session *s = open_session(model, (struct mutsu_session_opts){
		.device = "agx", .no_fallback = true,
	});
	struct mutsu_error err = { "" };

	ck_assert(!mutsu_session_eval(s, tokens, 5, &err));
	fake_gpu.launches = 7;
	ck_assert_int_eq(mutsu_session_eval(s, tokens + 5, 1, &err), -EIO);
	ck_assert_msg(strstr(err.text, "GPU fault: on purpose"), "%s", err.text);
	ck_assert_uint_eq(mutsu_session_pos(s), 5);
	/* It is as it was, and can be asked again. */
	ck_assert(!mutsu_session_eval(s, tokens + 5, 1, &err));
	ck_assert_int_eq(n_warnings, 0);
	mutsu_session_close(s);
	mutsu_model_close(model);
	check_nothing_left();
}
END_TEST

/* Each allocation on the device, one after the other. */
START_TEST(no_memory)
{
	struct mutsu_model *model = open_model(&models[2], MUTSU_Q8_0);
	struct mutsu_session *s;

	for (uint64_t i = 0;; i++) {
		struct mutsu_error err = { "" };
		int ret;

		fake_gpu.buffers = i;
		ret = try_session(&s, model, (struct mutsu_session_opts){ .device = "agx" }, &err);
		if (!ret)
			break;
		ck_assert_int_eq(ret, -ENOMEM);
		ck_assert_msg(strstr(err.text, "no GPU memory for"), "%s", err.text);
		check_nothing_left();
		ck_assert_uint_lt(i, 100);
	}
	mutsu_session_close(s);
	mutsu_model_close(model);
	check_nothing_left();
}
END_TEST

static int stop_at_once(void *user, uint64_t done, uint64_t total)
{
	int *calls = user;

	return done < total && ++*calls > 1;
}

START_TEST(cancel)
{
	struct mutsu_model *model = open_model(&models[0], MUTSU_F16);
	struct mutsu_session *s = open_session(model, (struct mutsu_session_opts){
		.device = "agx", .n_batch = 8,
	});
	int calls = 0;

	ck_assert_int_eq(mutsu_session_eval_all(s, tokens, N_PROMPT, NULL, stop_at_once, &calls,
						NULL), -ECANCELED);
	ck_assert_uint_eq(mutsu_session_pos(s), 0);
	free(eval(s, false));
	ck_assert_int_eq(n_warnings, 0);
	mutsu_session_close(s);
	mutsu_model_close(model);
}
END_TEST

/*
 * Which device
 */

static const struct {
	const char *device;
	bool absent, software;
	const char *why;
	int open_error;
	int ret;
	const char *says;	/* the error, or why it is the device it is */
	const char *is;
} choices[] = {
	{ NULL, .is = "agx", .says = "Apple M1" },
	{ "auto", .is = "agx", .says = "Apple M1" },
	{ "auto", .software = true, .is = "cpu", .says = "in software" },
	{ "auto", .absent = true, .is = "cpu", .says = "using" },
	{ "auto", .why = "generation 15 is not known", .is = "cpu", .says = "generation 15" },
	{ "auto", .open_error = -EACCES, .is = "cpu", .says = "does not open" },
	{ "cpu", .is = "cpu", .says = "as asked for" },
	{ "agx", .is = "agx", .says = "Apple M1" },
	{ "agx", .software = true, .ret = -ENODEV, .says = "no GPU with the asahi driver" },
	{ "agx", .why = "too new", .ret = -ENODEV, .says = FAKE_NODE ": too new" },
	{ "agx", .open_error = -EACCES, .ret = -EACCES, .says = "does not open" },
	{ "soft", .software = true, .is = "soft", .says = "in software" },
	{ "soft", .ret = -ENODEV, .says = "load agx_compute.ko" },
	{ FAKE_NODE, .software = true, .is = "soft", .says = "in software" },
	{ FAKE_NODE, .is = "agx", .says = "Apple M1" },
	{ "/dev/dri/renderD7", .ret = -ENODEV, .says = "no render node of the asahi driver" },
	{ "gpu", .ret = -EINVAL, .says = "auto, cpu, agx, soft" },
};

START_TEST(choice)
{
	struct mutsu_model *model = open_model(&models[0], MUTSU_F16);
	struct mutsu_error err = { "" };
	struct mutsu_session *s = NULL;
	struct mutsu_session_info info = { .device_why = err.text };
	int ret;

	fake_gpu.absent = choices[_i].absent;
	fake_gpu.software = choices[_i].software;
	fake_gpu.why = choices[_i].why;
	fake_gpu.open_error = choices[_i].open_error;
	ret = try_session(&s, model, (struct mutsu_session_opts){ .device = choices[_i].device },
			  &err);
	ck_assert_msg(ret == choices[_i].ret, "%d: %s", ret, err.text);
	if (!ret) {
		mutsu_session_info(s, &info);
		ck_assert_str_eq(info.device, choices[_i].is);
	}
	ck_assert_msg(strstr(info.device_why, choices[_i].says), "%s", info.device_why);
	mutsu_session_close(s);
	mutsu_model_close(model);
	check_nothing_left();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gpu");
	TCase *tc = tcase_create("gpu");
	/* Executing in software, under sanitizers or an emulator: not all of it. */
	const bool slow = getenv("MUTSU_SAN") || getenv("MUTSU_EMULATED");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, right, 0, slow ? 6 : 2 * COUNT(models) + 2);
	tcase_add_test(tc, one_submission_per_token);
	tcase_add_loop_test(tc, faults_anywhere, 0, slow ? 1 : 12);
	tcase_add_test(tc, innocent);
	tcase_add_loop_test(tc, submission_refused, 0, 4);
	tcase_add_test(tc, no_fallback);
	tcase_add_test(tc, no_memory);
	tcase_add_test(tc, cancel);
	tcase_add_loop_test(tc, choice, 0, COUNT(choices));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
