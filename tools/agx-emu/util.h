/* SPDX-License-Identifier: MIT */
/* What the parts of agx-emu share: messages, numbers, files. */
#ifndef TOOLS_AGX_EMU_UTIL_H
#define TOOLS_AGX_EMU_UTIL_H

#include "compute/isa/agx_port.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_MISUSED };

/* One line to stderr, after the tool's name; they return the exit status. */
int fail(const char *format, ...) __printf(1, 2);
int misuse(const char *format, ...) __printf(1, 2);

/*
 * Numbers in C's notation, to the last character; a size may end in K, M or G.
 * false where text is none.
 */
bool read_u64(const char *text, u64 *value);
bool read_size(const char *text, u64 *value);
/* "x", "x,y" or "x,y,z"; what is not said becomes rest. */
bool read_triple(const char *text, u32 value[3], u32 rest);

/*
 * The whole file, malloc'ed, with a zero byte behind it; NULL after a message.
 * "-" is standard input.
 */
char *read_file(const char *path, size_t *size);
/* false after a message. */
bool write_file(const char *path, const void *data, size_t size);

#endif
