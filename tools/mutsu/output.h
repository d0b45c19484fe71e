/* SPDX-License-Identifier: MIT */
/*
 * stdout and stderr: errors that are noticed, text that is safe on a terminal,
 * numbers for people, JSON.
 */
#ifndef TOOLS_MUTSU_OUTPUT_H
#define TOOLS_MUTSU_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "runtime/include/mutsu/mutsu.h"

/* "mutsu: MESSAGE" on stderr, as output_safe(); returns EXIT_FAILED. */
__attribute__((format(printf, 1, 2)))
int output_fail(const char *format, ...);

/*
 * Makes 0, 1 and 2 open files, so that no model gets one of these numbers, and
 * writing to a pipe nobody reads an error like any other.  False: stdout was
 * closed, which was reported.
 */
bool output_init(void);

/* Flushes stdout.  False: it cannot be written, and output_finish() will say so. */
bool output_flush(void);

/* Flushes and closes stdout; status, or EXIT_FAILED if something was not written. */
int output_finish(int status);

/*
 * Text of unknown origin: control characters, and bytes that are not UTF-8, as
 * \n or \x1b.  quote: another character to escape, 0 for none.
 */
void output_safe(FILE *to, const char *text, size_t len, char quote);

/* "1.5 GiB"; size is enough with 16. */
const char *output_bytes(char *text, size_t size, uint64_t bytes);

/* A JSON string, with U+FFFD for what is not UTF-8. */
json_t *output_json_text(const char *text, size_t len);

/* Prints the object to stdout, on one line, and releases it; returns the exit status. */
int output_json(json_t *object);

/* Name, architecture, type and sizes of a model; path NULL is the built-in one. */
json_t *output_json_model(const struct mutsu_model *model, const char *path);

#endif
