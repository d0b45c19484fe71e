// SPDX-License-Identifier: MIT
/* mutsu tokenize: what the model sees of a text. */
#include "mutsu.h"

#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "input.h"
#include "output.h"

struct tokenize {
	const char *path;
	struct input input;
	bool ids, bos, parse_special, json;
	struct mutsu_model *model;
	int32_t *tokens;
	size_t n;
};

static bool parse(struct tokenize *t, int argc, char **argv, int *status)
{
	struct args args = {
		.command = "tokenize",
		.synopsis = "[MODEL] [-p TEXT | -f FILE] [OPTIONS]",
		.summary = "Prints the tokens of a text, one per line",
	};
	const struct arg table[] = {
		{ 0, "ids", NULL, "print [1, 2, 3] instead", ARG_SET, .to = &t->ids },
		{ 0, "no-bos", NULL, "do not add the tokens that begin and end a text",
		  ARG_CLEAR, .to = &t->bos },
		{ 0, "no-parse-special", NULL, "<s> and the like in the text are plain text",
		  ARG_CLEAR, .to = &t->parse_special },
		{ 0, "no-special", NULL, NULL, ARG_CLEAR, .to = &t->parse_special },
		{ 0, "special", NULL, "they are control tokens (so they are if not told)",
		  ARG_SET, .to = &t->parse_special },
		{ 0, "json", NULL, "print one line of JSON instead", ARG_SET, .to = &t->json },
	};

	input_args(&t->input, &args, "the text");
	engine_model_arg(&t->path, &args);
	args_add(&args, table, sizeof(table) / sizeof(table[0]));
	if (!args_parse(&args, argc, argv, &t->path, status))
		return false;
	if (t->ids && t->json) {
		*status = args_misuse(&args, "--ids and --json: give one of them");
		return false;
	}
	*status = input_read(&t->input, &args, NULL);
	return !*status;
}

/* Text of a token, malloc'ed. */
static char *token_text(const struct mutsu_model *model, int32_t token, int *len)
{
	char *text = NULL;
	int size = 64;

	for (*len = size; *len >= size;) {
		char *more;

		size = *len + 1;
		more = realloc(text, (size_t)size);
		if (!more)
			goto fail;
		text = more;
		*len = mutsu_token_text(model, token, true, text, (size_t)size);
		if (*len < 0)
			goto fail;
	}
	return text;
fail:
	free(text);
	return NULL;
}

static int print_lines(const struct tokenize *t)
{
	for (size_t i = 0; i < t->n; i++) {
		int len;
		char *text = token_text(t->model, t->tokens[i], &len);

		if (!text)
			return output_fail("token %d has no text", t->tokens[i]);
		printf("%6d -> '", t->tokens[i]);
		output_safe(stdout, text, (size_t)len, '\'');
		puts("'");
		free(text);
	}
	return EXIT_DONE;
}

static int print_ids(const struct tokenize *t)
{
	putchar('[');
	for (size_t i = 0; i < t->n; i++)
		printf("%s%d", i ? ", " : "", t->tokens[i]);
	puts("]");
	return EXIT_DONE;
}

static int print_json(const struct tokenize *t)
{
	json_t *tokens = json_array();

	for (size_t i = 0; i < t->n; i++) {
		int len;
		char *text = token_text(t->model, t->tokens[i], &len);

		if (!text) {
			json_decref(tokens);
			return output_fail("token %d has no text", t->tokens[i]);
		}
		json_array_append_new(tokens, json_pack("{si so}", "id", t->tokens[i], "text",
							output_json_text(text, (size_t)len)));
		free(text);
	}
	return output_json(json_pack("{so sI so}", "model", output_json_model(t->model, t->path),
				     "n_tokens", (json_int_t)t->n, "tokens", tokens));
}

static int tokenize(struct tokenize *t)
{
	unsigned int flags = 0;
	int ret;

	if (t->bos)
		flags |= MUTSU_TOKENIZE_ADD_SPECIAL;
	if (t->parse_special)
		flags |= MUTSU_TOKENIZE_PARSE_SPECIAL;

	ret = engine_open_model(&t->model, t->path, true, false);
	if (!ret)
		ret = engine_tokenize(t->model, t->input.data, t->input.size, flags, &t->tokens,
				      &t->n);
	if (ret)
		return ret;
	if (t->json)
		return print_json(t);
	return t->ids ? print_ids(t) : print_lines(t);
}

int mutsu_tokenize_command(int argc, char **argv)
{
	struct tokenize t = { .bos = true, .parse_special = true };
	int ret;

	if (parse(&t, argc, argv, &ret))
		ret = tokenize(&t);
	mutsu_model_close(t.model);
	input_free(&t.input);
	free(t.tokens);
	return ret;
}
