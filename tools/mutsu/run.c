// SPDX-License-Identifier: MIT
/* mutsu run: a prompt goes in, text comes out as it is generated. */
#include "mutsu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "engine.h"
#include "input.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"

/* What the built-in model was made for. */
#define DEFAULT_PROMPT "Once upon a time"

struct run {
	struct engine engine;
	struct input input;
	struct arg_strings stop;
	int64_t n_predict, seed, top_k, repeat_last_n;
	float temperature, top_p, min_p, typical_p;
	float repeat_penalty, frequency_penalty, presence_penalty;
	bool echo, special, parse_special, ignore_eos, json;

	struct mutsu_sampler *sampler;
	int32_t *prompt;
	size_t n_prompt;
	struct progress progress;
	FILE *text;		/* stdout, or for JSON, memory */
	json_t *ids;		/* of the tokens generated; JSON only */
	struct mutsu_generate_result result;
};

static const char *const stop_names[] = {
	[MUTSU_STOP_LIMIT] = "limit",
	[MUTSU_STOP_EOG] = "eog",
	[MUTSU_STOP_STRING] = "string",
	[MUTSU_STOP_CONTEXT] = "context",
	[MUTSU_STOP_CALLER] = "interrupted",
};

static const char *const stop_sentences[] = {
	[MUTSU_STOP_LIMIT] = "as many as asked for",
	[MUTSU_STOP_EOG] = "the model ended",
	[MUTSU_STOP_STRING] = "a stop string came",
	[MUTSU_STOP_CONTEXT] = "the context is full",
	[MUTSU_STOP_CALLER] = "interrupted",
};

static bool parse(struct run *run, int argc, char **argv, int *status)
{
	struct args args = {
		.command = "run",
		.synopsis = "[MODEL] [-p PROMPT | -f FILE] [OPTIONS]",
		.summary = "Generates text that continues a prompt",
		.more = "Without MODEL, the one built in; without a prompt, it tells a story.\n"
			"Text goes to stdout, everything else to stderr.  Ctrl-C ends the text.",
	};
	const struct arg first[] = {
		{ 'n', "predict", "N", "tokens to generate; -1: until the end (-1)", ARG_INT,
		  &run->n_predict, .min = -1, .max = INT32_MAX },
		{ 0, "n-predict", "N", NULL, ARG_INT,
		  &run->n_predict, .min = -1, .max = INT32_MAX },
	};
	const struct arg rest[] = {
		{ 0, "temp", "T", "temperature; 0: always the likeliest token (0.8)", ARG_FLOAT,
		  &run->temperature, .min = 0, .max = 100 },
		{ 0, "top-k", "K", "choose among the K likeliest; 0: off (40)", ARG_INT,
		  &run->top_k, .min = 0, .max = INT32_MAX },
		{ 0, "top-p", "P", "the likeliest that sum up to P; 1: off (0.95)", ARG_FLOAT,
		  &run->top_p, .min = 0, .max = 1 },
		{ 0, "min-p", "P", "those at least P times as likely as the best; 0: off (0.05)",
		  ARG_FLOAT, &run->min_p, .min = 0, .max = 1 },
		{ 0, "typical", "P", "locally typical sampling; 1: off (1)", ARG_FLOAT,
		  &run->typical_p, .min = 0, .max = 1 },
		{ 0, "repeat-penalty", "R", "for tokens that came before; 1: off (1)", ARG_FLOAT,
		  &run->repeat_penalty, .min = 0, .max = 100 },
		{ 0, "repeat-last-n", "N", "tokens that count as before; -1: all, 0: none (64)",
		  ARG_INT, &run->repeat_last_n, .min = -1, .max = INT32_MAX },
		{ 0, "frequency-penalty", "F", "for each time a token came (0)", ARG_FLOAT,
		  &run->frequency_penalty, .min = -100, .max = 100 },
		{ 0, "presence-penalty", "F", "for having come at all (0)", ARG_FLOAT,
		  &run->presence_penalty, .min = -100, .max = 100 },
		/* 2^53 - 1: what every JSON reader can tell. */
		{ 's', "seed", "S", "of the random choices; -1: a random one (-1)", ARG_INT,
		  &run->seed, .min = -1, .max = 9007199254740991.0 },
		{ 'r', "stop", "TEXT", "end before this text; may be given several times",
		  ARG_STRINGS, .to = &run->stop },
		{ 0, "reverse-prompt", "TEXT", NULL, ARG_STRINGS, .to = &run->stop },
		{ 0, "ignore-eos", NULL, "never let the model end", ARG_SET,
		  .to = &run->ignore_eos },
		{ 0, "echo", NULL, "print the prompt too", ARG_SET, .to = &run->echo },
		{ 0, "special", NULL, "print control tokens too", ARG_SET, .to = &run->special },
		{ 0, "no-special", NULL, "<s> and the like in the prompt are plain text",
		  ARG_CLEAR, .to = &run->parse_special },
		{ 0, "json", NULL, "print one line of JSON at the end instead", ARG_SET,
		  .to = &run->json },
	};

	input_args(&run->input, &args, "the text to continue");
	args_add(&args, first, sizeof(first) / sizeof(first[0]));
	engine_args(&run->engine, &args);
	args_add(&args, rest, sizeof(rest) / sizeof(rest[0]));
	if (!args_parse(&args, argc, argv, &run->engine.path, status))
		return false;
	*status = input_read(&run->input, &args, run->engine.path ? NULL : DEFAULT_PROMPT);
	/* A story whose first words nobody typed has to show them. */
	run->echo |= run->input.implied;
	return !*status;
}

static int open_sampler(struct run *run)
{
	struct mutsu_sampler_opts opts = {
		.size = sizeof(opts),
		.temperature = run->temperature,
		.top_k = (int32_t)run->top_k,
		.top_p = run->top_p,
		.min_p = run->min_p,
		.typical_p = run->typical_p,
	};
	struct mutsu_error err = { "" };
	int ret;

	/* For the library 0 is its default, 64; off is to leave the penalties at theirs. */
	if (run->repeat_last_n) {
		opts.penalty_last_n = (int32_t)run->repeat_last_n;
		opts.repeat_penalty = run->repeat_penalty;
		opts.frequency_penalty = run->frequency_penalty;
		opts.presence_penalty = run->presence_penalty;
	}
	if (run->seed < 0) {
		uint32_t seed;

		if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
			return output_fail("no random seed: %s (give one with --seed)",
					   strerror(errno));
		run->seed = seed;
	}
	opts.seed = (uint64_t)run->seed;
	ret = mutsu_sampler_open(&run->sampler, &opts, &err);
	return ret ? output_fail("%s", *err.text ? err.text : strerror(-ret)) : EXIT_DONE;
}

static int tokenize(struct run *run)
{
	unsigned int flags = MUTSU_TOKENIZE_ADD_SPECIAL;
	uint32_t n_ctx = run->engine.info.n_ctx;
	int ret;

	if (run->parse_special)
		flags |= MUTSU_TOKENIZE_PARSE_SPECIAL;
	ret = engine_tokenize(run->engine.model, run->input.data, run->input.size, flags,
			      &run->prompt, &run->n_prompt);
	if (!ret && run->n_prompt > n_ctx)
		ret = output_fail("the prompt has %zu tokens, but the context holds %u: shorten "
				  "it or use --ctx-size %zu", run->n_prompt, n_ctx,
				  run->n_prompt + 256);
	return ret;
}

static int on_prompt(void *user, uint64_t done, uint64_t total)
{
	struct run *run = user;

	progress_update(&run->progress, done, total);
	return interrupt_seen();
}

static int on_token(void *user, int32_t token)
{
	struct run *run = user;

	progress_clear(&run->progress);
	if (run->ids && json_array_append_new(run->ids, json_integer(token)))
		return 1;
	return interrupt_seen();
}

static int on_text(void *user, const char *text)
{
	struct run *run = user;

	fputs(text, run->text);
	return !run->json && !output_flush();
}

static int generate(struct run *run)
{
	struct mutsu_generate_opts opts = {
		.size = sizeof(opts),
		.n_predict = run->n_predict,
		.stop = run->stop.item,
		.n_stop = run->stop.n,
		.special = run->special,
		.ignore_eog = run->ignore_eos,
		.text = on_text,
		.prompt_progress = on_prompt,
		.token = on_token,
		.user = run,
	};
	struct mutsu_error err = { "" };
	int ret;

	if (run->echo && !run->json) {
		fwrite(run->input.data, 1, run->input.size, stdout);
		if (!output_flush())
			return EXIT_FAILED;
	}
	progress_start(&run->progress, "prompt");
	ret = mutsu_generate(run->engine.session, run->sampler, run->prompt, run->n_prompt, &opts,
			     &run->result, &err);
	progress_clear(&run->progress);
	if (!run->json)
		putchar('\n');
	if (!output_flush())
		return EXIT_FAILED;
	if (ret)
		return output_fail("%s", *err.text ? err.text : strerror(-ret));
	return run->result.stop == MUTSU_STOP_CALLER ? EXIT_INTERRUPTED : EXIT_DONE;
}

static double rate(uint64_t n, double s)
{
	return s > 0 ? (double)n / s : 0;
}

/* The first token comes from the prompt's logits; one that ends takes an evaluation too. */
static uint64_t n_evaluated(const struct mutsu_generate_result *result)
{
	return result->n_gen - (result->n_gen && result->stop != MUTSU_STOP_EOG);
}

static void print_summary(const struct run *run)
{
	const struct mutsu_generate_result *result = &run->result;

	if (run->engine.verbose)
		fprintf(stderr, "seed: %lld\n", (long long)run->seed);
	fprintf(stderr, "load: %.2f s\n", run->engine.load_s);
	fprintf(stderr, "prompt: %llu tokens, %.1f tokens/s\n",
		(unsigned long long)result->n_prompt, rate(result->n_prompt, result->prompt_s));
	fprintf(stderr, "generation: %llu tokens, %.1f tokens/s; %s\n",
		(unsigned long long)result->n_gen, rate(n_evaluated(result), result->gen_s),
		stop_sentences[result->stop]);
	engine_print_memory(&run->engine);
}

static json_t *prompt_ids(const struct run *run)
{
	json_t *ids = json_array();

	for (size_t i = 0; i < run->n_prompt; i++)
		json_array_append_new(ids, json_integer(run->prompt[i]));
	return ids;
}

static int print_json(const struct run *run, const char *text, size_t size)
{
	const struct mutsu_generate_result *result = &run->result;
	const char *stop_string = result->stop_string;
	json_t *object;

	object = json_pack(
		"{sI sI sI sO so so ss so? s{sf sf sf sf sf}}",
		"seed", (json_int_t)run->seed,
		"prompt_tokens", (json_int_t)result->n_prompt,
		"tokens", (json_int_t)result->n_gen,
		"token_ids", run->ids,
		"prompt_token_ids", prompt_ids(run),
		"text", output_json_text(text, size),
		"stop", stop_names[result->stop],
		"stop_string", stop_string ? output_json_text(stop_string, strlen(stop_string)) :
			NULL,
		"timings",
			"load_s", run->engine.load_s,
			"prompt_s", result->prompt_s,
			"prompt_tokens_per_s", rate(result->n_prompt, result->prompt_s),
			"generation_s", result->gen_s,
			"generation_tokens_per_s", rate(n_evaluated(result), result->gen_s));
	if (run->echo)
		json_object_set_new(object, "prompt",
				    output_json_text(run->input.data, run->input.size));
	if (engine_json(&run->engine, object)) {
		json_decref(object);
		return output_fail("no memory for the JSON text");
	}
	return output_json(object);
}

static int generate_json(struct run *run)
{
	char *text = NULL;
	size_t size = 0;
	int ret, printed;

	run->ids = json_array();
	run->text = open_memstream(&text, &size);
	if (!run->ids || !run->text) {
		ret = output_fail("no memory for the text");
		goto out_free;
	}
	ret = generate(run);
	if (fclose(run->text))
		ret = output_fail("no memory for the text");
	run->text = NULL;
	if (!ret || ret == EXIT_INTERRUPTED) {
		printed = print_json(run, text, size);
		if (printed)
			ret = printed;
	}
out_free:
	if (run->text)
		fclose(run->text);
	free(text);
	json_decref(run->ids);
	return ret;
}

static int run_engine(struct run *run)
{
	int ret;

	ret = engine_open(&run->engine);
	if (!ret)
		ret = tokenize(run);
	if (!ret)
		ret = open_sampler(run);
	if (ret)
		return ret;

	interrupt_catch();
	if (run->json)
		return generate_json(run);
	if (run->engine.verbose)
		engine_print_setup(&run->engine);
	run->text = stdout;
	ret = generate(run);
	if (!ret || ret == EXIT_INTERRUPTED)
		print_summary(run);
	return ret;
}

int mutsu_run_command(int argc, char **argv)
{
	struct run run = {
		.n_predict = -1,
		.seed = -1,
		.top_k = 40,
		.repeat_last_n = 64,
		.temperature = 0.8f,
		.top_p = 0.95f,
		.min_p = 0.05f,
		.typical_p = 1,
		.repeat_penalty = 1,
		.parse_special = true,
	};
	int ret;

	if (parse(&run, argc, argv, &ret))
		ret = run_engine(&run);
	mutsu_sampler_close(run.sampler);
	engine_close(&run.engine);
	input_free(&run.input);
	free(run.prompt);
	return ret;
}
