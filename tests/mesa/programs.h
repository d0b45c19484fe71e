/* SPDX-License-Identifier: MIT */
/*
 * What the shaders of this folder compute, computed on the CPU.
 */
#ifndef TESTS_MESA_PROGRAMS_H
#define TESTS_MESA_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

/* Enough for each buffer. */
#define MESA_WORDS 16384

/* a is what it reads, in all its buffers; b, zero, what it writes. */
typedef void (*mesa_program_fn)(const uint32_t *a, uint32_t *b);

/* NULL if there is none of that name. */
mesa_program_fn mesa_program(const char *name);

/* What buffers hold that are filled with "rand". */
void mesa_fill(uint32_t *words, size_t n);

#endif
