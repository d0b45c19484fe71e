// SPDX-License-Identifier: MIT
/*
 * Parses and explains command lines.  Numbers must be numbers to their last
 * character and in range; the message names option, value and range.
 */
#include "args.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values getopt_long() returns for long options: above every letter. */
#define FIRST_LONG 256

void args_add(struct args *args, const struct arg *arg, size_t n)
{
	assert(args->n + n <= ARGS_MAX);
	memcpy(args->arg + args->n, arg, n * sizeof(*arg));
	args->n += (unsigned int)n;
}

int args_misuse(const struct args *args, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "mutsu %s: ", args->command);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, "\nusage: mutsu %s %s (see mutsu %s --help)\n", args->command,
		args->synopsis, args->command);
	return EXIT_MISUSED;
}

/* Levenshtein's distance, of words that fit a command line. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], len = strlen(b);

	if (len >= sizeof(row) / sizeof(row[0]))
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			size_t best = diagonal + (a[i] != b[j]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j + 1] + 1 < best)
				best = row[j + 1] + 1;
			diagonal = row[j + 1];
			row[j + 1] = best;
		}
	}
	return row[len];
}

const char *args_nearest(const char *word, const char *const *first, size_t n, size_t stride)
{
	/* More than a third of it wrong is another word. */
	size_t best = strlen(word) / 3 + 2;
	const char *nearest = NULL;

	for (size_t i = 0; i < n; i++) {
		const char *name = *(const char *const *)((const char *)first + i * stride);
		size_t d = distance(word, name);

		if (!strncmp(word, name, strlen(word)) && d >= best)
			d = best - 1;
		if (d < best) {
			best = d;
			nearest = name;
		}
	}
	return nearest;
}

static void print_arg(const struct arg *arg)
{
	char names[64];

	snprintf(names, sizeof(names), "%c%c%s --%s%s%s", arg->letter ? '-' : ' ',
		 arg->letter ? arg->letter : ' ', arg->letter ? "," : " ", arg->name,
		 arg->value ? " " : "", arg->value ? arg->value : "");
	printf("  %-30s%s\n", names, arg->help);
}

static void print_help(const struct args *args)
{
	printf("usage: mutsu %s %s\n\n%s.\n\n", args->command, args->synopsis, args->summary);
	for (unsigned int i = 0; i < args->n; i++) {
		if (args->arg[i].help)
			print_arg(&args->arg[i]);
	}
	printf("  %-30s%s\n", "-h, --help", "print this");
	if (args->more)
		printf("\n%s\n", args->more);
}

static int store_int(const struct args *args, const struct arg *arg, const char *text)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end || strchr(" \t\n+", *text))
		return args_misuse(args, "--%s %s: not a whole number", arg->name, text);
	if (errno || (double)value < arg->min || (double)value > arg->max)
		return args_misuse(args, "--%s %s: not between %.0f and %.0f", arg->name, text,
				   arg->min, arg->max);
	*(int64_t *)arg->to = value;
	return 0;
}

static int store_float(const struct args *args, const struct arg *arg, const char *text)
{
	double value;
	char *end;

	value = strtod(text, &end);
	if (end == text || *end || strchr(" \t\n+", *text) || !isfinite(value))
		return args_misuse(args, "--%s %s: not a number", arg->name, text);
	if (value < arg->min || value > arg->max)
		return args_misuse(args, "--%s %s: not between %g and %g", arg->name, text,
				   arg->min, arg->max);
	*(float *)arg->to = (float)value;
	return 0;
}

static int store_choice(const struct args *args, const struct arg *arg, const char *text)
{
	char all[128] = "";

	for (const char *const *choice = arg->choices; *choice; choice++) {
		if (!strcmp(*choice, text)) {
			*(const char **)arg->to = *choice;
			return 0;
		}
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
			 *all ? ", " : "", *choice);
	}
	return args_misuse(args, "--%s %s: not one of %s", arg->name, text, all);
}

static int store_strings(const struct args *args, const struct arg *arg, const char *text)
{
	struct arg_strings *strings = arg->to;

	if (!*text)
		return args_misuse(args, "--%s: the string is empty", arg->name);
	if (strings->n == sizeof(strings->item) / sizeof(strings->item[0]))
		return args_misuse(args, "--%s %s: more than %zu of them", arg->name, text,
				   strings->n);
	strings->item[strings->n++] = text;
	return 0;
}

static int store(const struct args *args, const struct arg *arg, const char *text)
{
	switch (arg->kind) {
	case ARG_SET:
	case ARG_CLEAR:
		*(bool *)arg->to = arg->kind == ARG_SET;
		return 0;
	case ARG_STRING:
		*(const char **)arg->to = text;
		return 0;
	case ARG_STRINGS:
		return store_strings(args, arg, text);
	case ARG_INT:
		return store_int(args, arg, text);
	case ARG_FLOAT:
		return store_float(args, arg, text);
	case ARG_CHOICE:
		return store_choice(args, arg, text);
	}
	return 0;
}

static int unknown(const struct args *args, const char *word)
{
	char name[64];
	const char *near;

	if (word[0] != '-' || word[1] != '-')
		return args_misuse(args, "-%c: no such option", optopt);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	for (unsigned int i = 0; i < args->n; i++) {
		if (!strcmp(args->arg[i].name, name))
			return args_misuse(args, "--%s takes no value", name);
		if (!strncmp(args->arg[i].name, name, strlen(name)))
			return args_misuse(args, "--%s could be several options", name);
	}
	near = args_nearest(name, &args->arg[0].name, args->n, sizeof(args->arg[0]));
	if (near)
		return args_misuse(args, "--%s: no such option; did you mean --%s?", name, near);
	return args_misuse(args, "--%s: no such option", name);
}

/* The tables getopt_long() wants, from ours. */
static void getopt_tables(const struct args *args, char *letters, struct option *longs)
{
	*letters++ = ':';
	*letters++ = 'h';
	for (unsigned int i = 0; i < args->n; i++) {
		const struct arg *arg = &args->arg[i];

		longs[i] = (struct option){
			.name = arg->name,
			.has_arg = arg->value ? required_argument : no_argument,
			.val = FIRST_LONG + (int)i,
		};
		if (!arg->letter)
			continue;
		*letters++ = arg->letter;
		if (arg->value)
			*letters++ = ':';
	}
	*letters = '\0';
	longs[args->n] = (struct option){ .name = "help", .val = 'h' };
	longs[args->n + 1] = (struct option){ 0 };
}

static const struct arg *find_arg(const struct args *args, int c)
{
	if (c >= FIRST_LONG)
		return &args->arg[c - FIRST_LONG];
	for (unsigned int i = 0; i < args->n; i++) {
		if (args->arg[i].letter == c)
			return &args->arg[i];
	}
	return NULL;
}

static int missing_value(const struct args *args)
{
	const struct arg *arg = find_arg(args, optopt);

	return args_misuse(args, "--%s needs a value: %s", arg->name, arg->value);
}

bool args_parse(struct args *args, int argc, char **argv, const char **model, int *status)
{
	struct option longs[ARGS_MAX + 2];
	char letters[2 * ARGS_MAX + 3];
	int c;

	getopt_tables(args, letters, longs);
	opterr = 0;
	optind = 0;		/* glibc: start anew */
	*status = 0;
	while (!*status && (c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (c == 'h') {
			print_help(args);
			return false;
		}
		if (c == '?')
			*status = unknown(args, argv[optind - 1]);
		else if (c == ':')
			*status = missing_value(args);
		else
			*status = store(args, find_arg(args, c), optarg);
	}
	if (!*status && optind < argc && !model)
		*status = args_misuse(args, "%s: nothing to do with this argument", argv[optind]);
	else if (!*status && optind < argc && *model)
		*status = args_misuse(args, "%s: the model is %s already", argv[optind], *model);
	else if (!*status && optind + 1 < argc)
		*status = args_misuse(args, "%s: one model at a time (a prompt goes after -p)",
				      argv[optind + 1]);
	else if (!*status && optind < argc)
		*model = argv[optind];
	return !*status;
}
