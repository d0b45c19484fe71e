/* SPDX-License-Identifier: MIT */
/*
 * Compute shaders that Mesa compiled, a folder each with code, control stream, GPU
 * memory and results: below MUTSU_CORPUS.
 */
#ifndef TESTS_LIB_CORPUS_H
#define TESTS_LIB_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many there are; 0, with a skip noted under test, where MUTSU_CORPUS has none. */
int corpus_count(const char *test);

/* The i'th by name, "02-saxpy"; kept. */
const char *corpus_name(int i);

/* A file of it, malloc'ed with a 0 behind the size bytes; NULL where it is missing. */
uint8_t *corpus_file(const char *name, const char *file, size_t *size);

/* The bytes that a file of hexadecimal digits and white space says; it must be there. */
uint8_t *corpus_hex(const char *name, const char *file, size_t *size);

#endif
