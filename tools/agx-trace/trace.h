/* SPDX-License-Identifier: MIT */
/* What the parts of agx-trace share: messages, numbers, images. */
#ifndef TOOLS_AGX_TRACE_TRACE_H
#define TOOLS_AGX_TRACE_TRACE_H

#include "tools/agx/image.h"

enum { EXIT_SAME, EXIT_DONE = EXIT_SAME, EXIT_FAILED, EXIT_DIFFERENT = EXIT_FAILED, EXIT_MISUSED };

/* One line to stderr, after the tool's name; they return the exit status. */
int fail(const char *format, ...) __printf(1, 2);
int misuse(const char *format, ...) __printf(1, 2);

/* getopt_long() said '?' or ':'. */
int bad_option(int c, char **argv);

/* A number in C's notation, to the last character. */
bool read_number(const char *text, u64 *value);

/* An image in memory. */
struct loaded {
	const char *file;
	struct agx_space space;
	struct agx_image_submit submit;
};

/*
 * 0, or the exit status after a message; to be freed in either case.  The image must stay
 * where it is: its space does.
 */
int loaded_open(struct loaded *image, const char *file);
void loaded_free(struct loaded *image);

/* Likewise, of images that say what was submitted only. */
int loaded_open_submission(struct loaded *image, const char *file);

/* Bytes of GPU memory, over borders of mappings: how many there are, at most size. */
size_t loaded_read(const struct loaded *image, u64 address, void *data, size_t size);

/* Of any bytes, to tell contents apart. */
u64 checksum(u64 sum, const u8 *data, size_t size);
#define CHECKSUM_START 0xcbf29ce484222325u

/* The commands: exit statuses.  argv[0] is the command's name. */
int trace_record(int argc, char **argv);
int trace_print(int argc, char **argv);
int trace_replay(int argc, char **argv);
int trace_diff(int argc, char **argv);

#endif
