/* SPDX-License-Identifier: MIT */
/* How library code fails: a negative errno value and a sentence. */
#ifndef RUNTIME_ERROR_H
#define RUNTIME_ERROR_H

#include "runtime/include/mutsu/mutsu.h"

/* '?' for control characters, which names of files and in files may have. */
void mutsu_one_line(char *text);

/* Writes the sentence, one line, if err is not NULL; returns code (a negative errno). */
__attribute__((format(printf, 3, 4)))
int mutsu_fail(struct mutsu_error *err, int code, const char *format, ...);

#endif
