// SPDX-License-Identifier: MIT
/*
 * mutsu perplexity: the text in chunks as long as the context, each beginning
 * with BOS where the model wants one; the second half of each chunk is scored.
 * The same definition as llama.cpp's, so that the numbers can be compared.
 */
#include "mutsu.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "input.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"

/* Context, unless told otherwise or the model has less. */
#define DEFAULT_CTX 512
/* Bytes of logits kept at once, if one row fits. */
#define LOGITS_SIZE ((size_t)64 << 20)

struct perplexity {
	struct engine engine;
	struct input input;
	int64_t n_chunks;	/* -1: all */
	bool json;

	int32_t *tokens;
	size_t n_tokens;
	int32_t bos;		/* -1: chunks do not begin with it */
	float *logits;
	size_t n_rows;		/* of logits */
	struct progress progress;
	uint64_t done, total;	/* tokens to evaluate, of all chunks */

	uint64_t n;		/* tokens scored */
	double sum, sum2;	/* of their negative log probabilities, and squares */
	double seconds;
};

static bool parse(struct perplexity *p, int argc, char **argv, int *status)
{
	struct args args = {
		.command = "perplexity",
		.synopsis = "[MODEL] -f FILE [OPTIONS]",
		.summary = "Prints how well a model predicts a text; less is better",
	};
	const struct arg table[] = {
		{ 0, "chunks", "N", "score N chunks at most; -1: all (-1)", ARG_INT, &p->n_chunks,
		  .min = -1, .max = INT32_MAX },
		{ 0, "json", NULL, "print one line of JSON instead", ARG_SET, .to = &p->json },
	};

	input_args(&p->input, &args, "the text");
	engine_args(&p->engine, &args);
	args_add(&args, table, sizeof(table) / sizeof(table[0]));
	if (!args_parse(&args, argc, argv, &p->engine.path, status))
		return false;
	if (p->n_chunks == 0)
		*status = args_misuse(&args, "--chunks 0: nothing to score");
	else if (p->engine.n_ctx && p->engine.n_ctx < 4)
		*status = args_misuse(&args, "--ctx-size %d: a chunk needs 4 tokens",
				      (int)p->engine.n_ctx);
	else
		*status = input_read(&p->input, &args, NULL);
	return !*status;
}

static int tokenize(struct perplexity *p)
{
	struct mutsu_model *model = p->engine.model;
	int32_t *begin;
	size_t n;
	int ret;

	/* Whether the model wants BOS shows at the beginning of nothing. */
	ret = engine_tokenize(model, "", 0, MUTSU_TOKENIZE_ADD_SPECIAL, &begin, &n);
	if (ret)
		return ret;
	p->bos = n && begin[0] == mutsu_token_bos(model) ? begin[0] : -1;
	free(begin);
	return engine_tokenize(model, p->input.data, p->input.size, MUTSU_TOKENIZE_ADD_SPECIAL,
			       &p->tokens, &p->n_tokens);
}

static int on_progress(void *user, uint64_t done, uint64_t total)
{
	struct perplexity *p = user;

	(void)total;
	progress_update(&p->progress, p->done + done, p->total);
	return interrupt_seen();
}

/* The negative logarithm of the probability that logits give to token. */
static double surprise(const float *logits, size_t n_vocab, int32_t token)
{
	double max = logits[0], sum = 0;

	for (size_t i = 1; i < n_vocab; i++) {
		if (logits[i] > max)
			max = logits[i];
	}
	for (size_t i = 0; i < n_vocab; i++)
		sum += exp(logits[i] - max);
	return log(sum) + max - logits[token];
}

static int eval(struct perplexity *p, const int32_t *tokens, size_t n, float *logits)
{
	struct mutsu_error err = { "" };
	int ret;

	ret = mutsu_session_eval_all(p->engine.session, tokens, n, logits, on_progress, p, &err);
	p->done += n;
	/* What on_progress() says after the last batch does not count. */
	if (!ret && !interrupt_seen())
		return EXIT_DONE;
	progress_clear(&p->progress);
	if (!ret || ret == -ECANCELED) {
		fputs("mutsu: interrupted\n", stderr);
		return EXIT_INTERRUPTED;
	}
	return output_fail("%s", *err.text ? err.text : strerror(-ret));
}

/* Chunk is n_ctx tokens; the last one is predicted, not evaluated. */
static int score_chunk(struct perplexity *p, int32_t *chunk)
{
	size_t n_ctx = p->engine.info.n_ctx, n_vocab = p->engine.model_info.n_vocab;
	size_t first = n_ctx / 2;
	int32_t kept = chunk[0];
	int ret;

	mutsu_session_rewind(p->engine.session, 0);
	if (p->bos >= 0)
		chunk[0] = p->bos;
	ret = eval(p, chunk, first, NULL);
	chunk[0] = kept;

	for (size_t i = first, n; !ret && i < n_ctx - 1; i += n) {
		n = n_ctx - 1 - i < p->n_rows ? n_ctx - 1 - i : p->n_rows;
		ret = eval(p, chunk + i, n, p->logits);
		for (size_t j = 0; !ret && j < n; j++) {
			double s = surprise(p->logits + j * n_vocab, n_vocab, chunk[i + j + 1]);

			p->sum += s;
			p->sum2 += s * s;
			p->n++;
		}
	}
	return ret;
}

static double estimate(const struct perplexity *p, double *error)
{
	double mean = p->sum / (double)p->n;
	double variance = p->sum2 / (double)p->n - mean * mean;
	double ppl = exp(mean);

	*error = p->n > 1 && variance > 0 ? sqrt(variance / (double)(p->n - 1)) * ppl : 0;
	return ppl;
}

static int print_result(const struct perplexity *p, size_t n_chunks)
{
	double error, ppl = estimate(p, &error);
	json_t *object;

	if (!p->json) {
		printf("PPL = %.4f +/- %.5f\n", ppl, error);
		if (p->engine.verbose)
			engine_print_memory(&p->engine);
		return EXIT_DONE;
	}
	if (!isfinite(ppl) || !isfinite(error))
		return output_fail("the perplexity is not a finite number: no JSON for it");
	object = json_pack("{sf sf sI sI sI sf sf}", "ppl", ppl, "ppl_error", error,
			   "chunks", (json_int_t)n_chunks,
			   "tokens", (json_int_t)p->n_tokens, "tokens_scored", (json_int_t)p->n,
			   "eval_s", p->seconds,
			   "tokens_per_s", p->seconds > 0 ? (double)p->done / p->seconds : 0.0);
	if (engine_json(&p->engine, object)) {
		json_decref(object);
		return output_fail("no memory for the JSON text");
	}
	return output_json(object);
}

static int score(struct perplexity *p)
{
	size_t n_ctx = p->engine.info.n_ctx, n_chunks = p->n_tokens / n_ctx;
	size_t row = p->engine.model_info.n_vocab * sizeof(*p->logits);
	double start = progress_seconds(), error;
	int ret = EXIT_DONE;

	if (n_chunks < 2)
		return output_fail("the text has %zu tokens, too few: two chunks of the context "
				   "need %zu (see --ctx-size)", p->n_tokens, 2 * n_ctx);
	if (p->n_chunks > 0 && (size_t)p->n_chunks < n_chunks)
		n_chunks = (size_t)p->n_chunks;

	p->n_rows = LOGITS_SIZE / row ? LOGITS_SIZE / row : 1;
	if (p->n_rows > n_ctx)
		p->n_rows = n_ctx;
	p->logits = malloc(p->n_rows * row);
	if (!p->logits)
		return output_fail("no memory for logits");

	p->total = n_chunks * (n_ctx - 1);
	progress_start(&p->progress, "perplexity");
	for (size_t i = 0; i < n_chunks && !ret; i++) {
		ret = score_chunk(p, p->tokens + i * n_ctx);
		if (ret)
			break;
		progress_clear(&p->progress);
		fprintf(stderr, "chunk %zu of %zu: PPL = %.4f\n", i + 1, n_chunks,
			estimate(p, &error));
	}
	p->seconds = progress_seconds() - start;
	return ret ? ret : print_result(p, n_chunks);
}

static int run(struct perplexity *p)
{
	struct mutsu_model_info info;
	int ret;

	if (!p->engine.n_ctx) {
		ret = engine_open_model(&p->engine.model, p->engine.path, true, false);
		if (ret)
			return ret;
		mutsu_model_info(p->engine.model, &info);
		p->engine.n_ctx = info.n_ctx_train && info.n_ctx_train < DEFAULT_CTX ?
			info.n_ctx_train : DEFAULT_CTX;
		mutsu_model_close(p->engine.model);
		p->engine.model = NULL;
	}
	ret = engine_open(&p->engine);
	if (!ret && p->engine.verbose)
		engine_print_setup(&p->engine);
	if (!ret)
		ret = tokenize(p);
	if (ret)
		return ret;
	interrupt_catch();
	return score(p);
}

int mutsu_perplexity_command(int argc, char **argv)
{
	struct perplexity p = { .n_chunks = -1 };
	int ret;

	if (parse(&p, argc, argv, &ret))
		ret = run(&p);
	engine_close(&p.engine);
	input_free(&p.input);
	free(p.tokens);
	free(p.logits);
	return ret;
}
