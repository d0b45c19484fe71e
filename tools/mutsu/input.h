/* SPDX-License-Identifier: MIT */
/* Text a command works on: -p, -f or stdin. */
#ifndef TOOLS_MUTSU_INPUT_H
#define TOOLS_MUTSU_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "args.h"

struct input {
	const char *text, *path;	/* -p TEXT, -f FILE; NULL: not given */
	char *data;			/* what input_read() read, terminated; owned */
	size_t size;			/* bytes, which may include NULs */
	bool implied;			/* data is the fallback: nobody gave a text */
};

/* Adds -p and -f to the command's options. */
void input_args(struct input *input, struct args *args, const char *what);

/*
 * Reads all of it, less one newline at the end of a file.  Without -p and -f it
 * is stdin, or if that is a terminal or empty, fallback; NULL: that is misuse.
 * Returns an exit status, after saying what is wrong.
 */
int input_read(struct input *input, const struct args *args, const char *fallback);
void input_free(struct input *input);

#endif
