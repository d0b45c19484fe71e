// SPDX-License-Identifier: MIT
/*
 * mutsu bench: how fast prompts are evaluated and tokens are generated, by the same
 * definitions as llama-bench's, so that the numbers can be compared.
 */
#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench_profile.h"
#include "interrupt.h"
#include "mutsu.h"
#include "output.h"
#include "progress.h"

#define MAX_VALUES 32

/* "64,512": values of an option, each of which is measured. */
struct list {
	int64_t value[MAX_VALUES];
	uint32_t n;
};

struct bench {
	struct engine engine;
	const char *n_prompt, *n_gen, *depth, *n_batch, *n_threads;	/* as given */
	struct list prompts, gens, depths, batches, threads;
	int64_t repetitions;
	bool no_warmup, json, profile;
	const char *format, *chip;

	struct bench_report report;
	struct progress progress;
	uint64_t done, total;	/* repetitions */
	int32_t *tokens;	/* as many as the context has */
	uint64_t *ns;		/* of each repetition */
};

static const char *const formats[] = { "md", "json", "csv", NULL };

static int parse_list(const struct args *args, const char *name, const char *text, int64_t min,
		      int64_t max, struct list *list)
{
	const char *from = text;
	char *end;

	do {
		long long value;

		errno = 0;
		value = strtoll(from, &end, 10);
		if (end == from || (*end && *end != ',') || strchr(" \t\n+", *from))
			return args_misuse(args, "--%s %s: not whole numbers with commas between",
					   name, text);
		if (errno || value < min || value > max)
			return args_misuse(args, "--%s %s: not between %lld and %lld", name, text,
					   (long long)min, (long long)max);
		if (list->n == MAX_VALUES)
			return args_misuse(args, "--%s %s: more than %d values", name, text,
					   MAX_VALUES);
		list->value[list->n++] = value;
		from = end + 1;
	} while (*end);
	return EXIT_DONE;
}

static int parse_lists(struct bench *b, const struct args *args)
{
	const struct {
		const char *name, *text;
		int64_t min, max;
		struct list *list;
	} lists[] = {
		{ "n-prompt", b->n_prompt, 0, 1 << 24, &b->prompts },
		{ "n-gen", b->n_gen, 0, 1 << 24, &b->gens },
		{ "depth", b->depth, 0, 1 << 24, &b->depths },
		{ "batch-size", b->n_batch, 1, 65536, &b->batches },
		{ "threads", b->n_threads, 1, 1024, &b->threads },
	};
	int ret = EXIT_DONE;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && !ret; i++) {
		if (lists[i].text)
			ret = parse_list(args, lists[i].name, lists[i].text, lists[i].min,
					 lists[i].max, lists[i].list);
		else
			lists[i].list->n = 1;	/* 0: the library's default */
	}
	return ret;
}

static int64_t largest(const struct list *list)
{
	int64_t max = 0;

	for (uint32_t i = 0; i < list->n; i++)
		max = list->value[i] > max ? list->value[i] : max;
	return max;
}

/* A profile is of one session, and has no repetitions. */
static int check_profile(struct bench *b, const struct args *args)
{
	const struct list *lists[] = {
		&b->prompts, &b->gens, &b->depths, &b->batches, &b->threads,
	};

	if (!b->profile)
		return EXIT_DONE;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i]->n > 1)
			return args_misuse(args, "--profile takes one value of each option");
	}
	if (!strcmp(b->format, "csv"))
		return args_misuse(args, "--profile prints md or json");
	if (!plan_chip_find(b->chip)->gpu)
		return args_misuse(args, "--chip %s: Linux has no driver for its GPU", b->chip);
	if (!b->engine.device)
		b->engine.device = "soft";
	return EXIT_DONE;
}

static bool parse(struct bench *b, int argc, char **argv, int *status)
{
	struct args args = {
		.command = "bench",
		.synopsis = "[MODEL] [-p N,...] [-n N,...] [-r N] [OPTIONS]",
		.summary = "Measures how fast prompts are evaluated (pp) and tokens are "
			   "generated (tg)",
		.more = "N,... are several values, each of which is measured.  A device that "
			"fails ends it:\nthe CPU does not go on.",
	};
	const struct arg table[] = {
		{ 'p', "n-prompt", "N,...", "tokens of the prompt; 0: no such test (512)",
		  ARG_STRING, .to = &b->n_prompt },
		{ 'n', "n-gen", "N,...", "tokens to generate; 0: no such test (128)",
		  ARG_STRING, .to = &b->n_gen },
		{ 0, "depth", "N,...", "tokens in the KV cache before (0)", ARG_STRING,
		  .to = &b->depth },
		{ 'b', "batch-size", "N,...", "tokens of prompt evaluated at once (128; on a GPU 512)",
		  ARG_STRING, .to = &b->n_batch },
		{ 't', "threads", "N,...", "threads (as many as performance cores)", ARG_STRING,
		  .to = &b->n_threads },
		{ 'r', "repetitions", "N", "how often each is measured (5)", ARG_INT,
		  &b->repetitions, .min = 1, .max = 10000 },
		{ 0, "no-warmup", NULL, "measure the first time, too", ARG_SET,
		  .to = &b->no_warmup },
		{ 'o', "output", "FORMAT", "md, json, csv (md)", ARG_CHOICE, &b->format,
		  .choices = formats },
		{ 0, "json", NULL, "as -o json", ARG_SET, .to = &b->json },
		{ 0, "profile", NULL, "count what each op executes, on the device soft", ARG_SET,
		  .to = &b->profile },
		{ 0, "chip", "CHIP", "whose rates a profile's estimates use: m1, m1pro, ... (m2)",
		  ARG_CHOICE, &b->chip, .choices = plan_chip_ids },
	};
	int64_t need;

	args_add(&args, table, sizeof(table) / sizeof(table[0]));
	engine_session_args(&b->engine, &args);
	if (!args_parse(&args, argc, argv, &b->engine.path, status))
		return false;
	*status = parse_lists(b, &args);
	if (*status)
		return false;
	if (b->json)
		b->format = "json";
	*status = check_profile(b, &args);
	if (*status)
		return false;
	need = largest(&b->prompts);
	if (largest(&b->gens) > need)
		need = largest(&b->gens);
	if (!need)
		*status = args_misuse(&args, "nothing to measure: all of -p and -n are 0");
	need += largest(&b->depths);
	if (b->engine.n_ctx && b->engine.n_ctx < need)
		*status = args_misuse(&args, "--ctx-size %lld: %lld tokens are needed",
				      (long long)b->engine.n_ctx, (long long)need);
	if (!b->engine.n_ctx)
		b->engine.n_ctx = need;
	return !*status;
}

/* xorshift64: always the same tokens. */
static void make_tokens(struct bench *b)
{
	const uint32_t n_vocab = b->engine.model_info.n_vocab;
	uint64_t x = 0x9e3779b97f4a7c15;

	for (int64_t i = 0; i < b->engine.n_ctx; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		b->tokens[i] = (int32_t)((x >> 32) % n_vocab);
	}
}

static int on_progress(void *user, uint64_t done, uint64_t total)
{
	struct bench *b = user;

	(void)done;
	(void)total;
	progress_update(&b->progress, b->done, b->total);
	return interrupt_seen();
}

static int failed(struct bench *b, int error, const struct mutsu_error *err)
{
	progress_clear(&b->progress);
	if (error == -ECANCELED || interrupt_seen()) {
		fputs("mutsu: interrupted\n", stderr);
		return EXIT_INTERRUPTED;
	}
	return output_fail("%s", *err->text ? err->text : strerror(-error));
}

/* Tokens at once, as far as batches go, or one by one; what follows is forgotten first. */
static int evaluate(struct bench *b, uint32_t from, uint32_t n, bool one_by_one)
{
	struct mutsu_session *session = b->engine.session;
	struct mutsu_error err = { "" };
	int ret;

	mutsu_session_rewind(session, from);
	if (!one_by_one) {
		ret = n ? mutsu_session_eval_all(session, b->tokens + from, n, NULL, on_progress,
						 b, &err) : 0;
		return ret ? failed(b, ret, &err) : EXIT_DONE;
	}
	for (uint32_t i = 0; i < n; i++) {
		ret = mutsu_session_eval(session, b->tokens + from + i, 1, &err);
		if (ret || on_progress(b, i, n))
			return failed(b, ret, &err);
	}
	return EXIT_DONE;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int run_test(struct bench *b, struct bench_test *test)
{
	const uint32_t n = test->n_prompt + test->n_gen;
	const bool gen = test->n_gen;
	time_t now = time(NULL);
	struct tm tm;
	int ret;

	test->ns = b->ns;
	gmtime_r(&now, &tm);
	strftime(test->time, sizeof(test->time), "%Y-%m-%dT%H:%M:%SZ", &tm);
	ret = evaluate(b, 0, test->depth, false);
	if (!ret && !b->no_warmup)
		ret = evaluate(b, test->depth, gen ? 1 : n, gen);
	for (test->n = 0; !ret && test->n < b->repetitions; test->n++) {
		uint64_t start = now_ns(), end;

		ret = evaluate(b, test->depth, n, gen);
		end = now_ns();
		/* A clock that stands still would be infinitely fast. */
		b->ns[test->n] = end > start ? end - start : 1;
		b->done++;
	}
	if (ret)
		return ret;
	progress_clear(&b->progress);
	return bench_report_add(&b->report, &b->engine, test);
}

/* All tests of one session. */
static int run_session(struct bench *b)
{
	int ret = EXIT_DONE;

	for (uint32_t d = 0; d < b->depths.n && !ret; d++) {
		const uint32_t depth = (uint32_t)b->depths.value[d];

		for (uint32_t i = 0; i < b->prompts.n && !ret; i++) {
			struct bench_test test = {
				.n_prompt = (uint32_t)b->prompts.value[i], .depth = depth,
			};

			if (test.n_prompt)
				ret = run_test(b, &test);
		}
		for (uint32_t i = 0; i < b->gens.n && !ret; i++) {
			struct bench_test test = {
				.n_gen = (uint32_t)b->gens.value[i], .depth = depth,
			};

			if (test.n_gen)
				ret = run_test(b, &test);
		}
	}
	return ret;
}

static int run_sessions(struct bench *b)
{
	int ret = EXIT_DONE;

	for (uint32_t i = 0; i < b->batches.n && !ret; i++) {
		for (uint32_t j = 0; j < b->threads.n && !ret; j++) {
			b->engine.n_batch = b->batches.value[i];
			b->engine.n_threads = b->threads.value[j];
			ret = engine_open_session(&b->engine);
			if (!ret && b->engine.verbose)
				engine_print_setup(&b->engine);
			progress_start(&b->progress, "bench");
			if (!ret)
				ret = run_session(b);
			mutsu_session_close(b->engine.session);
			b->engine.session = NULL;
		}
	}
	return ret;
}

static uint32_t count(const struct list *list)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < list->n; i++)
		n += list->value[i] != 0;
	return n;
}

static int run_profile(struct bench *b)
{
	int ret;

	b->engine.n_batch = b->batches.value[0];
	b->engine.n_threads = b->threads.value[0];
	ret = engine_open_session(&b->engine);
	if (!ret && b->engine.verbose)
		engine_print_setup(&b->engine);
	if (ret)
		return ret;
	return bench_profile(&b->engine, plan_chip_find(b->chip), b->tokens,
			     (uint32_t)b->depths.value[0], b->gens.value[0],
			     (uint32_t)b->prompts.value[0], !strcmp(b->format, "json"));
}

static int run(struct bench *b)
{
	int ret, end;

	ret = engine_open_model(&b->engine.model, b->engine.path, false, b->engine.verbose);
	if (ret)
		return ret;
	mutsu_model_info(b->engine.model, &b->engine.model_info);
	b->total = (uint64_t)b->repetitions * b->depths.n * b->batches.n * b->threads.n *
		   (count(&b->prompts) + count(&b->gens));
	b->tokens = calloc((size_t)b->engine.n_ctx, sizeof(*b->tokens));
	b->ns = calloc((size_t)b->repetitions, sizeof(*b->ns));
	if (!b->tokens || !b->ns)
		return output_fail("no memory for %lld tokens", (long long)b->engine.n_ctx);
	make_tokens(b);
	if (b->profile)
		return run_profile(b);
	interrupt_catch();
	bench_report_begin(&b->report, &b->engine, b->format);
	ret = run_sessions(b);
	end = bench_report_end(&b->report);
	return ret ? ret : end;
}

int mutsu_bench_command(int argc, char **argv)
{
	struct bench b = {
		.engine.no_fallback = true,
		.n_prompt = "512",
		.n_gen = "128",
		.depth = "0",
		.repetitions = 5,
		.format = "md",
		.chip = "m2",
	};
	int ret;

	if (parse(&b, argc, argv, &ret))
		ret = run(&b);
	engine_close(&b.engine);
	free(b.tokens);
	free(b.ns);
	return ret;
}
