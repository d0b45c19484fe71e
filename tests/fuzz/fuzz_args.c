// SPDX-License-Identifier: MIT
/*
 * Any words as a command line: refused, or every value is in its range.  Words
 * end at line feeds.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/mutsu/args.h"

#define WORDS_MAX 80

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
	if (!condition)
		abort();
}

/* What is wrong goes nowhere; the fuzzer has kept its own stderr. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stderr = fopen("/dev/null", "w");
	stdout = stderr;
	expect(stderr);
	return 0;
}

static void parse(int argc, char **argv)
{
	static const char *const choices[] = { "f16", "f32", NULL };
	const char *text = NULL, *choice = NULL, *model = NULL;
	struct arg_strings strings = { .n = 0 };
	bool set = false, clear = true;
	int64_t integer = 7;
	float number = 0.5f;
	int status = 0;
	const struct arg table[] = {
		{ 'p', "prompt", "TEXT", "text", ARG_STRING, .to = &text },
		{ 'n', "predict", "N", "integer", ARG_INT, .to = &integer, .min = -1, .max = 1e6 },
		{ 0, "temp", "T", "number", ARG_FLOAT, .to = &number, .min = 0, .max = 100 },
		{ 0, "kv-type", "TYPE", "choice", ARG_CHOICE, .to = &choice, .choices = choices },
		{ 'r', "stop", "TEXT", "strings", ARG_STRINGS, .to = &strings },
		{ 'v', "verbose", NULL, "set", ARG_SET, .to = &set },
		{ 0, "no-special", NULL, "clear", ARG_CLEAR, .to = &clear },
	};
	struct args args = { .command = "fuzz", .synopsis = "[MODEL]", .summary = "Nothing" };

	args_add(&args, table, sizeof(table) / sizeof(table[0]));
	if (!args_parse(&args, argc, argv, &model, &status)) {
		expect(status == EXIT_DONE || status == EXIT_MISUSED);
		return;
	}
	expect(integer >= -1 && integer <= 1000000);
	expect(isfinite(number) && number >= 0 && number <= 100);
	expect(!choice || !strcmp(choice, "f16") || !strcmp(choice, "f32"));
	expect(strings.n <= sizeof(strings.item) / sizeof(strings.item[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words = malloc(size + 1), *next = words;
	char *argv[WORDS_MAX + 2];
	int argc = 0;

	expect(words);
	memcpy(words, data, size);
	words[size] = '\0';
	argv[argc++] = (char[]){ "mutsu" };
	while (next && argc <= WORDS_MAX)
		argv[argc++] = strsep(&next, "\n");
	argv[argc] = NULL;
	parse(argc, argv);
	free(words);
	return 0;
}
