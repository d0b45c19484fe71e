// SPDX-License-Identifier: MIT
/*
 * Sessions on small random models: logits are those of an oracle, and the same
 * bits however the work is divided; what sessions refuse leaves them as they were.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/include/mutsu/mutsu.h"
#include "tests/lib/oracle.h"

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))
#define N_TOKENS	70	/* more than one batch of 64 */
/* Relative RMS of logits: rows rounded to half, a KV cache of halves. */
#define F16_BOUND	2e-3
#define KV_BOUND	2e-3

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

static const enum mutsu_type types[] = { MUTSU_F32, MUTSU_F16, MUTSU_Q8_0, MUTSU_Q4_K };

static int32_t tokens[N_TOKENS];
static size_t n_vocab;

static struct mutsu_model *open_tiny(const struct tiny_model *tiny)
{
	struct mutsu_error err = { "" };
	struct mutsu_model *model;

	ck_assert_msg(!mutsu_model_open(&model, tiny_path(tiny_begin(tiny, NULL)), NULL, &err),
		      "%s", err.text);
	n_vocab = tiny->dims.n_vocab;
	for (int i = 0; i < N_TOKENS; i++)
		tokens[i] = (int32_t)kt_below(tiny->dims.n_vocab);
	return model;
}

static struct mutsu_model *open_model(const struct tiny_opts *opts, enum mutsu_type type)
{
	struct tiny_opts with_type = *opts;
	struct tiny_model *tiny;
	struct mutsu_model *model;

	with_type.type = type;
	tiny = tiny_new(&with_type);
	model = open_tiny(tiny);
	tiny_free(tiny);
	return model;
}

/* NULL: this CPU lacks opts->isa.  One thread and 128 tokens where opts do not say. */
static struct mutsu_session *try_session(struct mutsu_model *model, struct mutsu_session_opts opts)
{
	struct mutsu_error err = { "" };
	struct mutsu_session *session;
	int ret;

	opts.size = sizeof(opts);
	opts.n_ctx = opts.n_ctx ? opts.n_ctx : 128;
	opts.n_threads = opts.n_threads ? opts.n_threads : 1;
	ret = mutsu_session_open(&session, model, &opts, &err);
	if (ret == -ENOTSUP)
		return NULL;
	ck_assert_msg(!ret, "%s", err.text);
	return session;
}

static struct mutsu_session *open_session(struct mutsu_model *model,
					  struct mutsu_session_opts opts)
{
	struct mutsu_session *session = try_session(model, opts);

	ck_assert_ptr_nonnull(session);
	return session;
}

static float *eval(struct mutsu_session *session, const int32_t *list, size_t n)
{
	float *logits = calloc(n * n_vocab, sizeof(*logits));
	struct mutsu_error err = { "" };

	ck_assert_msg(!mutsu_session_eval_all(session, list, n, logits, NULL, NULL, &err),
		      "%s", err.text);
	return logits;
}

/* Logits after each token of a session of its own. */
static float *eval_new(struct mutsu_model *model, struct mutsu_session_opts opts, size_t n)
{
	struct mutsu_session *session = try_session(model, opts);
	float *logits = session ? eval(session, tokens, n) : NULL;

	mutsu_session_close(session);
	return logits;
}

static double rms(const float *a, size_t n)
{
	double sum = 0.0;

	for (size_t i = 0; i < n; i++)
		sum += (double)a[i] * (double)a[i];
	return sqrt(sum / (double)n);
}

static double difference(const float *a, const float *b, size_t n)
{
	double sum = 0.0;

	for (size_t i = 0; i < n; i++)
		sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
	return sqrt(sum / (double)n) / rms(b, n);
}

static bool same(const float *a, const float *b, size_t n)
{
	return !memcmp(a, b, n * sizeof(*a));
}

/*
 * What is computed
 */

START_TEST(oracle)
{
	const struct mutsu_session_opts opts = { .kv_type = MUTSU_KV_F32, .n_ctx = 129 };
	struct tiny_opts with_type = models[_i];
	struct tiny_model *tiny;
	struct mutsu_model *model;
	double *want;
	float *got;

	with_type.type = MUTSU_F32;
	tiny = tiny_new(&with_type);
	model = open_tiny(tiny);
	want = calloc(N_TOKENS * n_vocab, sizeof(*want));
	oracle_logits(tiny, opts.n_ctx, tokens, N_TOKENS, want);
	got = eval_new(model, opts, N_TOKENS);
	for (size_t pos = 0; pos < N_TOKENS; pos++) {
		double sum = 0.0, square = 0.0;

		for (size_t i = pos * n_vocab; i < (pos + 1) * n_vocab; i++) {
			sum += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
			square += want[i] * want[i];
		}
		ck_assert_msg(sqrt(sum / square) < 1e-5, "%s %d: position %zu is off by %g",
			      tiny->opts.arch, _i, pos, sqrt(sum / square));
	}
	mutsu_model_close(model);
	tiny_free(tiny);
	free(want);
	free(got);
}
END_TEST

/* Threads, batches and kernels divide the work; they do not change it. */
static const struct mutsu_session_opts ways[] = {
	{ .n_threads = 1, .n_batch = 1 },
	{ .n_threads = 2, .n_batch = 64 },
	{ .n_threads = 3, .n_batch = 7 },
	{ .n_threads = 5, .n_batch = 512 },
	{ .n_threads = 2, .n_batch = 512, .isa = "ref" },
	{ .n_threads = 3, .n_batch = 64, .isa = "neon" },
	{ .n_threads = 1, .n_batch = 7, .isa = "dotprod" },
	{ .n_threads = 2, .n_batch = 64, .isa = "i8mm" },
};

static void check_ways(struct mutsu_model *model, enum mutsu_kv_type kv_type, size_t n)
{
	float *want = eval_new(model, (struct mutsu_session_opts){ .kv_type = kv_type }, n);

	for (int i = 0; i < COUNT(ways); i++) {
		struct mutsu_session_opts opts = ways[i];
		float *got;

		opts.kv_type = kv_type;
		got = eval_new(model, opts, n);
		ck_assert_msg(!got || same(got, want, n * n_vocab),
			      "KV type %d, kernels %s, %u threads, batches of %u: differs",
			      (int)kv_type, opts.isa ? opts.isa : "all", opts.n_threads,
			      opts.n_batch);
		free(got);
	}
	free(want);
}

START_TEST(same_bits)
{
	enum mutsu_type type = types[_i % COUNT(types)];
	struct mutsu_model *model = open_model(&models[_i / COUNT(types)], type);
	/* Super-blocks make models of sixteen times the size. */
	size_t n = type == MUTSU_Q4_K ? 16 : N_TOKENS;

	check_ways(model, MUTSU_KV_F16, n);
	check_ways(model, MUTSU_KV_F32, n);
	mutsu_model_close(model);
}
END_TEST

/* A call each, or one call: the same, but for F16 weights (mutsu_session_eval()). */
START_TEST(one_by_one)
{
	enum mutsu_type type = types[_i % COUNT(types)];
	struct mutsu_model *model = open_model(&models[_i / COUNT(types)], type);
	struct mutsu_session *session = open_session(model, (struct mutsu_session_opts){ 0 });
	const size_t n = type == MUTSU_Q4_K ? 8 : 20;
	float *want = eval_new(model, (struct mutsu_session_opts){ 0 }, n);
	double worst = 0.0;

	for (size_t i = 0; i < n; i++) {
		const float *row = want + i * n_vocab;

		ck_assert_int_eq(mutsu_session_eval(session, &tokens[i], 1, NULL), 0);
		worst = fmax(worst, difference(mutsu_session_logits(session), row, n_vocab));
		if (type != MUTSU_F16)
			ck_assert_msg(same(mutsu_session_logits(session), row, n_vocab),
				      "%d: differs at %zu", _i, i);
	}
	if (type == MUTSU_F16) {
		ck_assert_msg(worst < F16_BOUND, "%d: differs by %g", _i, worst);
		ck_assert_msg(worst > 0.0, "%d: rows are not rounded", _i);
	}
	free(want);
	mutsu_session_close(session);
	mutsu_model_close(model);
}
END_TEST

/* Any division into calls that have several tokens each is the same for F16, too. */
START_TEST(several_calls)
{
	struct mutsu_model *model = open_model(&models[_i], MUTSU_F16);
	struct mutsu_session *session = open_session(model, (struct mutsu_session_opts){ 0 });
	float *want = eval_new(model, (struct mutsu_session_opts){ 0 }, N_TOKENS);

	for (size_t done = 0, n; done < N_TOKENS; done += n) {
		n = 2 + kt_below(9);
		if (done + n + 1 >= N_TOKENS)
			n = N_TOKENS - done;
		ck_assert_int_eq(mutsu_session_eval(session, tokens + done, n, NULL), 0);
		ck_assert_uint_eq(mutsu_session_pos(session), done + n);
		ck_assert(same(mutsu_session_logits(session), want + (done + n - 1) * n_vocab,
			       n_vocab));
	}
	free(want);
	mutsu_session_close(session);
	mutsu_model_close(model);
}
END_TEST

START_TEST(kv_types)
{
	struct mutsu_model *model = open_model(&models[_i], MUTSU_F32);
	float *half = eval_new(model, (struct mutsu_session_opts){ .kv_type = MUTSU_KV_F16 },
			       N_TOKENS);
	float *full = eval_new(model, (struct mutsu_session_opts){ .kv_type = MUTSU_KV_F32 },
			       N_TOKENS);
	double off = difference(half, full, N_TOKENS * n_vocab);

	ck_assert_msg(off > 0.0 && off < KV_BOUND, "%s %d: differs by %g", models[_i].arch, _i,
		      off);
	free(half);
	free(full);
	mutsu_model_close(model);
}
END_TEST

/*
 * Five layers that all see four positions: the last one can know of 5 * 3
 * before it, and of no more.
 */
START_TEST(window)
{
	const struct tiny_opts opts = { .arch = "gemma3", .window = 4, .n_layer = 5 };
	const uint32_t reach = 5 * 3, last = 40;
	struct mutsu_model *model = open_model(&opts, MUTSU_F32);

	for (uint32_t n_batch = 1; n_batch <= 64; n_batch += 21) {
		const struct mutsu_session_opts how = { .n_batch = n_batch, .n_threads = 2 };
		float *want = eval_new(model, how, last + 1), *got;

		for (uint32_t pos = 0; pos <= last; pos++) {
			int32_t token = tokens[pos];

			tokens[pos] = (token + 1) % (int32_t)n_vocab;
			got = eval_new(model, how, last + 1);
			tokens[pos] = token;
			ck_assert_msg(same(got + last * n_vocab, want + last * n_vocab, n_vocab) ==
				      (pos + reach < last), "batches of %u: position %u", n_batch,
				      pos);
			free(got);
		}
		free(want);
	}
	mutsu_model_close(model);
}
END_TEST

/* The last layer of six sees all: nothing is out of reach. */
START_TEST(window_and_all)
{
	const struct tiny_opts opts = { .arch = "gemma3", .window = 4, .n_layer = 6 };
	struct mutsu_model *model = open_model(&opts, MUTSU_F32);
	float *want = eval_new(model, (struct mutsu_session_opts){ 0 }, 41), *got;

	tokens[0] = (tokens[0] + 1) % (int32_t)n_vocab;
	got = eval_new(model, (struct mutsu_session_opts){ 0 }, 41);
	ck_assert(!same(got + 40 * n_vocab, want + 40 * n_vocab, n_vocab));
	free(want);
	free(got);
	mutsu_model_close(model);
}
END_TEST

/* Short factors up to half of what tiny models are trained for, long ones above. */
START_TEST(longrope)
{
	const struct tiny_opts opts = { .arch = "phi3", .rope_factors = true };
	static const uint32_t n_ctx[] = { 100, 128, 129, 256 };
	struct tiny_model *tiny = tiny_new(&opts);
	struct mutsu_model *model = open_tiny(tiny);
	double *want = calloc(N_TOKENS * n_vocab, sizeof(*want));
	float *row = calloc(n_vocab, sizeof(*row));
	float *got[COUNT(n_ctx)];

	for (int i = 0; i < COUNT(n_ctx); i++) {
		got[i] = eval_new(model, (struct mutsu_session_opts){
			.n_ctx = n_ctx[i], .kv_type = MUTSU_KV_F32 }, N_TOKENS);
		oracle_logits(tiny, n_ctx[i], tokens, N_TOKENS, want);
		for (size_t j = 0; j < n_vocab; j++)
			row[j] = (float)want[(N_TOKENS - 1) * n_vocab + j];
		ck_assert(difference(got[i] + (N_TOKENS - 1) * n_vocab, row, n_vocab) < 1e-5);
	}
	ck_assert(same(got[0], got[1], N_TOKENS * n_vocab));
	ck_assert(same(got[2], got[3], N_TOKENS * n_vocab));
	ck_assert(!same(got[1] + n_vocab, got[2] + n_vocab, (N_TOKENS - 1) * n_vocab));
	for (int i = 0; i < COUNT(n_ctx); i++)
		free(got[i]);
	free(row);
	free(want);
	tiny_free(tiny);
	mutsu_model_close(model);
}
END_TEST

/* Where the file does not say, up to what the model was trained for. */
START_TEST(longrope_by_default)
{
	const struct tiny_opts opts = { .arch = "phi3", .rope_factors = true };
	static const char key[] = "phi3.rope.scaling.original_context_length";
	struct tiny_model *tiny = tiny_new(&opts);
	struct mutsu_model *model = open_tiny(tiny), *without;

	ck_assert(!mutsu_model_open(&without, tiny_path(tiny_begin(tiny, key)), NULL, NULL));
	for (uint32_t n_ctx = 256; n_ctx <= 257; n_ctx++) {
		float *got = eval_new(without, (struct mutsu_session_opts){ .n_ctx = n_ctx }, 9);
		float *want = eval_new(model, (struct mutsu_session_opts){
			.n_ctx = n_ctx > 256 ? 129 : 128 }, 9);

		ck_assert(same(got, want, 9 * n_vocab));
		free(got);
		free(want);
	}
	mutsu_model_close(without);
	mutsu_model_close(model);
	tiny_free(tiny);
}
END_TEST

/*
 * What a session is told, and what it refuses
 */

static const struct tiny_opts plain = { .arch = "llama" };

START_TEST(rewind_and_again)
{
	struct mutsu_model *model = open_model(&models[_i], MUTSU_Q8_0);
	struct mutsu_session *session = open_session(model, (struct mutsu_session_opts){ 0 });
	float *want = eval_new(model, (struct mutsu_session_opts){ 0 }, N_TOKENS), *got;

	free(eval(session, tokens, N_TOKENS));
	ck_assert_int_eq(mutsu_session_rewind(session, N_TOKENS + 1), -EINVAL);
	ck_assert_uint_eq(mutsu_session_pos(session), N_TOKENS);
	ck_assert_int_eq(mutsu_session_rewind(session, N_TOKENS), 0);
	ck_assert_ptr_nonnull(mutsu_session_logits(session));
	for (uint32_t pos = N_TOKENS; pos; pos = pos > 23 ? pos - 23 : 0) {
		ck_assert_int_eq(mutsu_session_rewind(session, pos - 1), 0);
		ck_assert_uint_eq(mutsu_session_pos(session), pos - 1);
		ck_assert_ptr_null(mutsu_session_logits(session));
		got = eval(session, tokens + pos - 1, N_TOKENS - pos + 1);
		ck_assert(same(got, want + (pos - 1) * n_vocab, (N_TOKENS - pos + 1) * n_vocab));
		free(got);
	}
	/* What was there and is not any more has left nothing. */
	ck_assert_int_eq(mutsu_session_rewind(session, 0), 0);
	got = eval(session, tokens, 3);
	ck_assert(same(got, want, 3 * n_vocab));
	free(got);
	free(want);
	mutsu_session_close(session);
	mutsu_model_close(model);
}
END_TEST

/* The session is where it was, with the logits it had, and goes on from there. */
static void check_unchanged(struct mutsu_session *session, const float *want, size_t pos)
{
	const float *logits = mutsu_session_logits(session);
	float *next;

	ck_assert_uint_eq(mutsu_session_pos(session), pos);
	if (pos)
		ck_assert(same(logits, want + (pos - 1) * n_vocab, n_vocab));
	else
		ck_assert_ptr_null(logits);
	if (pos + 2 > N_TOKENS)
		return;
	next = eval(session, tokens + pos, 2);
	ck_assert(same(next, want + pos * n_vocab, 2 * n_vocab));
	free(next);
}

static void check_text(const struct mutsu_error *err, const char *const *parts)
{
	for (; *parts; parts++)
		ck_assert_msg(strstr(err->text, *parts) != NULL, "no \"%s\" in \"%s\"", *parts,
			      err->text);
}

#define check_says(err, ...) check_text(err, (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(refused_tokens)
{
	struct mutsu_model *model = open_model(&plain, MUTSU_F32);
	struct mutsu_session *session = open_session(model, (struct mutsu_session_opts){ 0 });
	float *want = eval_new(model, (struct mutsu_session_opts){ 0 }, N_TOKENS);
	const int32_t bad[] = { -1, INT32_MIN, (int32_t)n_vocab, INT32_MAX };
	struct mutsu_error err;

	for (int i = 0; i < COUNT(bad); i++) {
		size_t pos = mutsu_session_pos(session);
		int32_t list[3] = { 1, 2, bad[i] };
		char token[16];

		snprintf(token, sizeof(token), "%d", bad[i]);
		ck_assert_int_eq(mutsu_session_eval(session, list, 3, &err), -EINVAL);
		check_says(&err, "token", token, "at 2", "261");
		ck_assert_int_eq(mutsu_session_eval(session, list, 3, NULL), -EINVAL);
		ck_assert_int_eq(mutsu_session_eval(session, list, 0, &err), -EINVAL);
		check_says(&err, "no tokens");
		ck_assert_int_eq(mutsu_session_eval(session, NULL, 0, NULL), -EINVAL);
		check_unchanged(session, want, pos);
	}
	free(want);
	mutsu_session_close(session);
	mutsu_model_close(model);
}
END_TEST

START_TEST(context_full)
{
	struct mutsu_model *model = open_model(&plain, MUTSU_F32);
	struct mutsu_session *session = open_session(model, (struct mutsu_session_opts){
		.n_ctx = 10, .n_batch = 4 });
	float *want = eval_new(model, (struct mutsu_session_opts){ 0 }, N_TOKENS);
	struct mutsu_error err;

	ck_assert_int_eq(mutsu_session_eval(session, tokens, 11, &err), -ENOSPC);
	check_says(&err, "11 tokens", "holds 10", "has 0", "longer context");
	check_unchanged(session, want, 0);
	ck_assert_int_eq(mutsu_session_eval(session, tokens + 2, 9, &err), -ENOSPC);
	ck_assert_int_eq(mutsu_session_eval(session, tokens + 2, SIZE_MAX, &err), -ENOSPC);
	check_unchanged(session, want, 2);
	ck_assert_int_eq(mutsu_session_eval(session, tokens + 4, 6, &err), 0);
	ck_assert_int_eq(mutsu_session_eval(session, tokens + 10, 1, &err), -ENOSPC);
	check_says(&err, "1 tokens", "holds 10", "has 10");
	ck_assert_uint_eq(mutsu_session_pos(session), 10);
	ck_assert(same(mutsu_session_logits(session), want + 9 * n_vocab, n_vocab));
	/* There is room again. */
	ck_assert_int_eq(mutsu_session_rewind(session, 8), 0);
	ck_assert_int_eq(mutsu_session_eval(session, tokens + 8, 2, &err), 0);
	ck_assert(same(mutsu_session_logits(session), want + 9 * n_vocab, n_vocab));
	free(want);
	mutsu_session_close(session);
	mutsu_model_close(model);
}
END_TEST

struct progress {
	uint64_t last, stop_from;	/* tokens; stop_from 0: never */
};

static int on_progress(void *user, uint64_t done, uint64_t total)
{
	struct progress *p = user;

	ck_assert_uint_eq(total, 20);
	ck_assert_uint_ge(done, p->last);
	p->last = done;
	return p->stop_from && done >= p->stop_from;
}

START_TEST(progress)
{
	struct mutsu_model *model = open_model(&plain, MUTSU_F32);
	struct mutsu_session *session = open_session(model, (struct mutsu_session_opts){
		.n_batch = 6 });
	float *want = eval_new(model, (struct mutsu_session_opts){ 0 }, N_TOKENS);
	float *room = calloc(20 * n_vocab, sizeof(*room));
	struct mutsu_error err;

	/* Batches of 6, 6, 6 and 2; test_stop.c stops in the middle of one. */
	for (uint64_t stop_from = 6; stop_from <= 18; stop_from += 6) {
		struct progress p = { .stop_from = stop_from };
		size_t pos = mutsu_session_pos(session);

		ck_assert_int_eq(mutsu_session_eval_all(session, tokens + 40, 20,
							stop_from == 12 ? NULL : room, on_progress,
							&p, &err), -ECANCELED);
		ck_assert_uint_eq(p.last, stop_from);
		check_says(&err, "stopped", "20 tokens");
		check_unchanged(session, want, pos);
	}
	ck_assert_int_eq(mutsu_session_rewind(session, 0), 0);
	ck_assert_int_eq(mutsu_session_eval_all(session, tokens, 20, room, on_progress,
						&(struct progress){ 0 }, &err), 0);
	ck_assert(same(room, want, 20 * n_vocab));
	ck_assert(same(mutsu_session_logits(session), want + 19 * n_vocab, n_vocab));
	free(room);
	free(want);
	mutsu_session_close(session);
	mutsu_model_close(model);
}
END_TEST

/* With a callback, without room for logits: the last row only. */
START_TEST(last_logits)
{
	struct mutsu_model *model = open_model(&models[_i], MUTSU_Q8_0);
	struct mutsu_session *session = open_session(model, (struct mutsu_session_opts){
		.n_batch = 7, .n_threads = 2 });
	float *want = eval_new(model, (struct mutsu_session_opts){ 0 }, 20);

	ck_assert_ptr_null(mutsu_session_logits(session));
	ck_assert_ptr_eq(mutsu_session_model(session), model);
	ck_assert_int_eq(mutsu_session_eval_all(session, tokens, 20, NULL, on_progress,
						&(struct progress){ 0 }, NULL), 0);
	ck_assert(same(mutsu_session_logits(session), want + 19 * n_vocab, n_vocab));
	free(want);
	mutsu_session_close(session);
	mutsu_model_close(model);
}
END_TEST

static void refused(struct mutsu_model *model, struct mutsu_session_opts opts, int code,
		    const char *const *parts)
{
	struct mutsu_session *session = (void *)&opts;
	struct mutsu_error err = { "" };

	opts.size = sizeof(opts);
	ck_assert_int_eq(mutsu_session_open(&session, model, &opts, &err), code);
	check_text(&err, parts);
	ck_assert_int_eq(mutsu_session_open(&session, model, &opts, NULL), code);
	ck_assert_ptr_eq(session, &opts);
}

#define check_refused(model, code, opts, ...) \
	refused(model, (struct mutsu_session_opts)opts, code, \
		(const char *const[]){ __VA_ARGS__, NULL })
#define OPTS(...) { __VA_ARGS__ }

START_TEST(refused_options)
{
	struct mutsu_model *model = open_model(&plain, MUTSU_F32);
	struct mutsu_session_opts opts = { .size = 3 };
	struct mutsu_session *session = NULL;
	struct mutsu_error err;

	check_refused(model, -EINVAL, OPTS(.n_threads = 1025), "1025 threads", "1024 at most");
	check_refused(model, -EINVAL, OPTS(.n_threads = UINT32_MAX), "threads", "1024 at most");
	check_refused(model, -EINVAL, OPTS(.isa = "sve2"), "\"sve2\"", "ref, neon, dotprod and i8mm");
	check_refused(model, -EINVAL, OPTS(.isa = ""), "\"\"", "ref, neon, dotprod and i8mm");
	check_refused(model, -EINVAL, OPTS(.n_threads = 1, .kv_type = (enum mutsu_kv_type)7),
		      "KV type 7", "F16", "F32");
	check_refused(model, -EINVAL, OPTS(.n_threads = 1, .n_ctx = UINT32_MAX), "context",
		      "4294967295", "2147483647");
	if (mutsu_session_open(&session, model, &opts, &err) != -EINVAL)
		ck_abort_msg("a size of 3 is accepted");
	check_says(&err, "mutsu_session_opts", "size is 3");
	mutsu_model_close(model);
}
END_TEST

/* Pages are not resident until used, so only what no machine has can be refused. */
START_TEST(refused_memory)
{
	static const struct tiny_opts deep = { .arch = "llama", .n_layer = 300 };
	struct mutsu_model *model = open_model(&deep, MUTSU_F32);

	check_refused(model, -ENOMEM, OPTS(.n_threads = 1, .n_ctx = INT32_MAX), "KV cache",
		      "2147483647 tokens", "smaller context");
	mutsu_model_close(model);
}
END_TEST

START_TEST(info)
{
	struct mutsu_model *model = open_model(&plain, MUTSU_F32);
	struct mutsu_session *session = open_session(model, (struct mutsu_session_opts){
		.n_ctx = 100, .n_batch = 1000, .n_threads = 3, .isa = "ref" });
	struct mutsu_session_info got;
	struct mutsu_error err;

	mutsu_session_info(session, &got);
	ck_assert_uint_eq(got.n_ctx, 100);
	ck_assert_uint_eq(got.n_batch, 100);
	ck_assert_uint_eq(got.n_threads, 3);
	ck_assert_str_eq(got.device, "cpu");
	ck_assert_str_eq(got.isa, "ref");
	/* Layers, keys and values, heads, elements of two bytes, positions. */
	ck_assert_uint_eq(got.kv_size, 2 * 2 * 2 * 16 * 2 * 100);
	ck_assert_uint_gt(got.work_size, 0);
	mutsu_session_close(session);

	/* Defaults: as trained; the model goes when the last session does. */
	ck_assert_int_eq(mutsu_session_open(&session, model, NULL, &err), 0);
	mutsu_model_close(model);
	mutsu_session_info(session, &got);
	ck_assert_uint_eq(got.n_ctx, 256);
	ck_assert_uint_eq(got.n_batch, 128);
	ck_assert_uint_ge(got.n_threads, 1);
	free(eval(session, tokens, N_TOKENS));
	mutsu_session_close(session);
	mutsu_session_close(NULL);
}
END_TEST

/*
 * Threads of the caller
 */

struct user {
	struct mutsu_session *session;
	const float *want;
	bool wrong;
};

static void *use(void *arg)
{
	struct user *user = arg;

	for (int i = 0; i < 3; i++) {
		for (size_t n = 10; n <= N_TOKENS; n += 10)
			if (mutsu_session_eval(user->session, tokens + n - 10, 10, NULL) ||
			    !same(mutsu_session_logits(user->session),
				  user->want + (n - 1) * n_vocab, n_vocab))
				user->wrong = true;
		mutsu_session_rewind(user->session, 0);
	}
	mutsu_session_close(user->session);
	return NULL;
}

/* Sessions of one model at the same time; the last of them to go closes it. */
START_TEST(two_threads)
{
	const struct mutsu_session_opts opts = { .n_threads = 2 };
	struct mutsu_model *model = open_model(&models[_i], MUTSU_Q8_0);
	float *want = eval_new(model, opts, N_TOKENS);
	struct user users[2] = {
		{ open_session(model, opts), want, false },
		{ open_session(model, opts), want, false },
	};
	pthread_t threads[2];

	mutsu_model_close(model);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use, &users[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert(!users[0].wrong && !users[1].wrong);
	free(want);
}
END_TEST

static void *open_and_close(void *arg)
{
	struct mutsu_session_opts opts = { .size = sizeof(opts), .n_threads = 1 };
	struct mutsu_session *session;

	for (int i = 0; i < 50; i++) {
		if (mutsu_session_open(&session, arg, &opts, NULL))
			return arg;
		mutsu_session_close(session);
	}
	return NULL;
}

START_TEST(two_threads_open)
{
	struct mutsu_model *model = open_model(&plain, MUTSU_F32);
	pthread_t threads[2];
	void *failed;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, open_and_close, model), 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	mutsu_model_close(model);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 600);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("session");
	TCase *tcase = add_case(suite, "bits");

	tcase_add_loop_test(tcase, same_bits, 0, COUNT(models) * COUNT(types));
	tcase_add_loop_test(tcase, one_by_one, 0, COUNT(models) * COUNT(types));
	tcase_add_loop_test(tcase, several_calls, 0, COUNT(models));

	tcase = add_case(suite, "results");
	tcase_add_loop_test(tcase, oracle, 0, COUNT(models));
	tcase_add_loop_test(tcase, kv_types, 0, COUNT(models));
	tcase_add_test(tcase, window);
	tcase_add_test(tcase, window_and_all);
	tcase_add_test(tcase, longrope);
	tcase_add_test(tcase, longrope_by_default);

	tcase = add_case(suite, "calls");
	tcase_add_loop_test(tcase, rewind_and_again, 0, COUNT(models));
	tcase_add_test(tcase, refused_tokens);
	tcase_add_test(tcase, context_full);
	tcase_add_test(tcase, progress);
	tcase_add_loop_test(tcase, last_logits, 0, COUNT(models));
	tcase_add_test(tcase, refused_options);
	tcase_add_test(tcase, refused_memory);
	tcase_add_test(tcase, info);

	tcase = add_case(suite, "threads");
	tcase_add_loop_test(tcase, two_threads, 0, COUNT(models));
	tcase_add_test(tcase, two_threads_open);
	return suite_run(suite);
}
