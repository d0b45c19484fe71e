/* SPDX-License-Identifier: MIT */
/* How library code fails: a negative errno value and a sentence. */
#ifndef RUNTIME_ERROR_H
#define RUNTIME_ERROR_H

#include "runtime/include/mutsu/mutsu.h"

/*
 * Writes the sentence, with '?' for control characters, if err is not NULL, and
 * returns code (a negative errno).
 */
__attribute__((format(printf, 3, 4)))
int mutsu_fail(struct mutsu_error *err, int code, const char *format, ...);

#endif
