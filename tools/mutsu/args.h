/* SPDX-License-Identifier: MIT */
/*
 * Command lines: one table per command is what getopt, --help and the checks of
 * every value read.
 */
#ifndef TOOLS_MUTSU_ARGS_H
#define TOOLS_MUTSU_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* House rule for every tool; 130 is what shells expect after Ctrl-C. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_MISUSED = 2,
	EXIT_INTERRUPTED = 130,
};

enum arg_kind {
	ARG_SET,		/* bool: true when given */
	ARG_CLEAR,		/* bool: false when given */
	ARG_STRING,		/* const char *: borrowed from argv */
	ARG_STRINGS,		/* struct arg_strings: one more each time it is given */
	ARG_INT,		/* int64_t in [min, max] */
	ARG_FLOAT,		/* float in [min, max] */
	ARG_CHOICE,		/* const char *: one of choices */
};

struct arg_strings {
	const char *item[64];
	size_t n;
};

struct arg {
	char letter;		/* 0: none */
	const char *name;
	const char *value;	/* "N", for the help; NULL for ARG_SET and ARG_CLEAR */
	const char *help;	/* NULL: another name for what --help has already */
	enum arg_kind kind;
	void *to;
	double min, max;	/* exact for what an int64_t option can mean here (2^53) */
	const char *const *choices;	/* ends with NULL */
};

#define ARGS_MAX 48

struct args {
	const char *command;	/* "run" */
	const char *synopsis;	/* "[MODEL] [-p PROMPT | -f FILE] [OPTIONS]" */
	const char *summary;	/* one line, for the lists */
	const char *more;	/* paragraphs after the options in --help, or NULL */
	struct arg arg[ARGS_MAX];
	unsigned int n;
};

void args_add(struct args *args, const struct arg *arg, size_t n);

/*
 * Stores what argv says through arg[].to.  model is where one positional
 * argument goes, NULL if the command takes none.  False: the command is over
 * (help was printed, or what is wrong) and *status is its exit status.
 */
bool args_parse(struct args *args, int argc, char **argv, const char **model, int *status);

/* "mutsu CMD: MESSAGE" and where to find help, on stderr; returns EXIT_MISUSED. */
__attribute__((format(printf, 2, 3)))
int args_misuse(const struct args *args, const char *format, ...);

/* The name nearest to word among n names stride bytes apart, NULL if none is near. */
const char *args_nearest(const char *word, const char *const *first, size_t n, size_t stride);

#endif
