// SPDX-License-Identifier: MIT
/*
 * mutsu_generate(): a prompt, then tokens until something says stop.
 *
 * Built on the public calls only.  What it adds is the text: whole characters,
 * and nothing that is, or could still become, a stop string.
 */
#include "runtime/error.h"
#include "runtime/opts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct generation {
	struct mutsu_session *session;
	const struct mutsu_model *model;
	struct mutsu_sampler *sampler;
	struct mutsu_generate_opts opts;
	struct mutsu_detok *detok;
	size_t n_vocab;
	uint32_t n_ctx;
	float *logits;		/* n_vocab, with ignore_eog; else NULL */
	char *held;		/* text not given yet, terminated */
	size_t held_size, held_room;	/* bytes, without and with the terminator */
	struct mutsu_generate_result result;
	bool stopped;		/* result.stop is decided */
	bool refused;		/* by the text callback: it gets no more */
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void stop(struct generation *g, enum mutsu_stop why)
{
	/* The first reason counts. */
	if (g->stopped)
		return;
	g->result.stop = why;
	g->stopped = true;
}

/* The first size bytes of what is held. */
static void give(struct generation *g, size_t size)
{
	char next = g->held[size];

	if (!size)
		return;
	g->held[size] = '\0';
	if (!g->refused && g->opts.text && g->opts.text(g->opts.user, g->held)) {
		g->refused = true;
		stop(g, MUTSU_STOP_CALLER);
	}
	g->held[size] = next;
	g->held_size -= size;
	memmove(g->held, g->held + size, g->held_size + 1);
}

/*
 * The stop string that is complete first, so that the result does not depend on
 * how the text was cut into tokens; the longest of those that end together.
 */
static const char *find_stop(const struct generation *g, size_t *start)
{
	const char *found = NULL;

	for (size_t end = 1; end <= g->held_size && !found; end++) {
		*start = end;
		for (size_t i = 0; i < g->opts.n_stop; i++) {
			size_t len = strlen(g->opts.stop[i]);

			if (len > end || end - len >= *start ||
			    memcmp(g->held + end - len, g->opts.stop[i], len))
				continue;
			found = g->opts.stop[i];
			*start = end - len;
		}
	}
	return found;
}

/* How many bytes at the end of what is held may be the beginning of a stop string. */
static size_t undecided(const struct generation *g)
{
	size_t longest = 0;

	for (size_t i = 0; i < g->opts.n_stop; i++) {
		size_t len = strlen(g->opts.stop[i]) - 1;

		if (len > g->held_size)
			len = g->held_size;
		while (len > longest &&
		       memcmp(g->held + g->held_size - len, g->opts.stop[i], len))
			len--;
		if (len > longest)
			longest = len;
	}
	return longest;
}

static int add_text(struct generation *g, const char *text, struct mutsu_error *err)
{
	size_t len = strlen(text), start;
	const char *found;

	if (len >= g->held_room - g->held_size) {
		size_t room = (g->held_size + len + 1) * 2;
		char *held = realloc(g->held, room);

		if (!held)
			return mutsu_fail(err, -ENOMEM, "no memory for %zu bytes of text", room);
		g->held = held;
		g->held_room = room;
	}
	memcpy(g->held + g->held_size, text, len + 1);
	g->held_size += len;

	found = find_stop(g, &start);
	if (found) {
		stop(g, MUTSU_STOP_STRING);
		g->result.stop_string = found;
		give(g, start);
		g->held_size = 0;
	} else {
		give(g, g->held_size - undecided(g));
	}
	return 0;
}

/* The end of the text, when nothing more can complete a character or a stop string. */
static int finish_text(struct generation *g, struct mutsu_error *err)
{
	const char *text;
	int ret;

	if (g->result.stop == MUTSU_STOP_STRING || g->refused)
		return 0;
	ret = mutsu_detok_flush(g->detok, &text);
	if (ret < 0)
		return mutsu_fail(err, ret, "cannot turn the last tokens into text: %s",
				  strerror(-ret));
	ret = add_text(g, text, err);
	if (ret)
		return ret;
	give(g, g->held_size);
	return 0;
}

static int eval_prompt(struct generation *g, const int32_t *prompt, size_t n,
		       struct mutsu_error *err)
{
	double start = seconds();
	int ret;

	if (!n) {
		if (mutsu_session_logits(g->session))
			return 0;
		return mutsu_fail(err, -EINVAL, "the prompt is empty and the session has "
				  "nothing to continue: give at least one token");
	}

	ret = mutsu_session_eval_all(g->session, prompt, n, NULL, g->opts.prompt_progress,
				     g->opts.user, err);
	if (ret == -ECANCELED) {
		stop(g, MUTSU_STOP_CALLER);
		return 0;
	}
	if (ret)
		return ret;
	g->result.n_prompt = n;
	g->result.prompt_s = seconds() - start;

	for (size_t i = 0; i < n; i++) {
		ret = mutsu_sampler_accept(g->sampler, prompt[i]);
		if (ret)
			return mutsu_fail(err, ret, "the sampler does not take token %d of the "
					  "prompt: %s", prompt[i], strerror(-ret));
	}
	return 0;
}

static int32_t sample(struct generation *g, struct mutsu_error *err)
{
	const float *logits = mutsu_session_logits(g->session);
	int32_t token;

	if (g->logits) {
		memcpy(g->logits, logits, g->n_vocab * sizeof(*logits));
		for (size_t i = 0; i < g->n_vocab; i++) {
			if (mutsu_token_is_eog(g->model, (int32_t)i))
				g->logits[i] = -INFINITY;
		}
		logits = g->logits;
	}
	token = mutsu_sampler_sample(g->sampler, logits, g->n_vocab);
	if (token == -EINVAL)
		mutsu_fail(err, token, "the model computed no usable logits (not a number) after "
			   "%u tokens: the file may be damaged", mutsu_session_pos(g->session));
	else if (token < 0)
		mutsu_fail(err, token, "cannot choose a token: %s", strerror(-token));
	return token;
}

/* A token that belongs to the text: everyone who wants to know is told. */
static int take(struct generation *g, int32_t token, struct mutsu_error *err)
{
	const char *text;
	bool enough;
	int ret;

	ret = mutsu_sampler_accept(g->sampler, token);
	if (ret)
		return mutsu_fail(err, ret, "the sampler does not take token %d: %s", token,
				  strerror(-ret));
	g->result.n_gen++;
	enough = g->opts.token && g->opts.token(g->opts.user, token);

	ret = mutsu_detok_push(g->detok, token, &text);
	if (ret < 0)
		return mutsu_fail(err, ret, "token %d has no text: %s", token, strerror(-ret));
	ret = add_text(g, text, err);
	if (!ret && enough)
		stop(g, MUTSU_STOP_CALLER);
	return ret;
}

static int generate(struct generation *g, struct mutsu_error *err)
{
	uint64_t limit = g->opts.n_predict < 0 ? UINT64_MAX : (uint64_t)g->opts.n_predict;
	int ret;

	while (g->result.n_gen < limit) {
		int32_t token = sample(g, err);

		if (token < 0)
			return token;
		if (mutsu_token_is_eog(g->model, token)) {
			stop(g, MUTSU_STOP_EOG);
			break;
		}
		ret = take(g, token, err);
		if (ret)
			return ret;
		if (g->stopped || g->result.n_gen == limit)
			break;
		if (mutsu_session_pos(g->session) == g->n_ctx) {
			stop(g, MUTSU_STOP_CONTEXT);
			break;
		}
		ret = mutsu_session_eval(g->session, &token, 1, err);
		if (ret)
			return ret;
	}
	stop(g, MUTSU_STOP_LIMIT);
	return finish_text(g, err);
}

static int check(const struct mutsu_generate_opts *opts, struct mutsu_error *err)
{
	if (opts->n_predict < -1)
		return mutsu_fail(err, -EINVAL, "n_predict is %lld: give a number of tokens, or -1 "
				  "to go on until the end", (long long)opts->n_predict);
	if (opts->n_stop && !opts->stop)
		return mutsu_fail(err, -EINVAL, "n_stop is %zu but stop is NULL", opts->n_stop);
	for (size_t i = 0; i < opts->n_stop; i++) {
		const char *text = opts->stop[i];

		if (!text || !*text)
			return mutsu_fail(err, -EINVAL, "stop string %zu is empty", i);
		/* It would match inside a character, and cut it. */
		if (((unsigned char)*text & 0xc0) == 0x80)
			return mutsu_fail(err, -EINVAL, "stop string %zu is not UTF-8: it begins "
					  "with byte 0x%02x", i, (unsigned char)*text);
	}
	return 0;
}

int mutsu_generate(struct mutsu_session *session, struct mutsu_sampler *sampler,
		   const int32_t *prompt, size_t n_prompt,
		   const struct mutsu_generate_opts *opts,
		   struct mutsu_generate_result *result, struct mutsu_error *err)
{
	struct generation g = { .session = session, .sampler = sampler };
	struct mutsu_session_info session_info;
	struct mutsu_model_info model_info;
	double start;
	int ret;

	ret = mutsu_opts_copy(&g.opts, sizeof(g.opts), opts, err, "mutsu_generate_opts");
	if (!ret)
		ret = check(&g.opts, err);
	if (ret)
		return ret;

	g.model = mutsu_session_model(session);
	mutsu_model_info(g.model, &model_info);
	mutsu_session_info(session, &session_info);
	g.n_vocab = model_info.n_vocab;
	g.n_ctx = session_info.n_ctx;

	g.held_room = 256;
	g.held = calloc(1, g.held_room);
	if (g.opts.ignore_eog)
		g.logits = malloc(g.n_vocab * sizeof(*g.logits));
	if (!g.held || (g.opts.ignore_eog && !g.logits)) {
		ret = mutsu_fail(err, -ENOMEM, "no memory to generate text");
		goto out_free;
	}
	ret = mutsu_detok_open(&g.detok, g.model, g.opts.special);
	if (ret) {
		mutsu_fail(err, ret, "cannot turn tokens into text: %s", strerror(-ret));
		goto out_free;
	}

	ret = eval_prompt(&g, prompt, n_prompt, err);
	if (!ret && !g.stopped) {
		start = seconds();
		ret = generate(&g, err);
		g.result.gen_s = seconds() - start;
	}
	if (!ret && result)
		*result = g.result;

	mutsu_detok_close(g.detok);
out_free:
	free(g.logits);
	free(g.held);
	return ret;
}
