/* SPDX-License-Identifier: MIT */
/* What the files of agx-as share. */
#ifndef TOOLS_AGX_AS_AGX_AS_H
#define TOOLS_AGX_AS_AGX_AS_H

#include <stdio.h>

#include "tools/agx/assemble.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_MISUSED };

enum format { FORMAT_RAW, FORMAT_HEX, FORMAT_C, FORMAT_KERNEL };

/* What the command line says. */
struct args {
	const char *in;
	const char *out;	/* "-": stdout */
	const char *listing;	/* NULL: none */
	const char *deps;	/* likewise */
	const char *kernel;	/* NULL: all */
	enum format format;
	bool preamble;		/* raw: of the preamble */
	bool json;
	struct agx_asm_opts opts;
	const char **define;
	const char **include;	/* folders */
	size_t n_include;
};

/* Fills args; a status to exit with, or -1. */
int args_parse(struct args *args, int argc, char **argv);
void args_free(struct args *args);

/* "agx-as: " and the message on stderr; EXIT_FAILED. */
int fail(const char *fmt, ...) __printf(1, 2);

/* --- files: files.c -------------------------------------------------------- */

/* All of a file ("-": stdin), malloc'ed; NULL with errno. */
char *read_file(const char *path, size_t *size);
/*
 * Makes path a file of these bytes, at once or not at all; what is no regular
 * file (a terminal, /dev/null) is written to.  false: reported.
 */
bool write_file(const char *path, const void *data, size_t size);

/* Every file that the source is made of. */
struct inputs {
	const struct args *args;
	char **path;
	size_t n;
};

/* For struct agx_asm_opts. */
int include_file(struct inputs *inputs, const char *from, const char *file,
		 struct agx_source *source);
void inputs_free(struct inputs *inputs);

/* --- messages: messages.c ---------------------------------------------------- */

struct messages {
	bool json;
	bool color;
};

void messages_init(struct messages *messages, bool json);
/* For struct agx_asm_opts. */
void print_message(const struct messages *messages, enum agx_severity severity,
		   const struct agx_place *place, const char *text);

/* --- what is written: write.c ------------------------------------------------- */

void write_hex(FILE *f, const struct agx_kernel *kernel, u32 n);
void write_c(FILE *f, const struct agx_kernel *kernel, u32 n, const char *source);
void write_listing(FILE *f, const struct agx_unit *unit);
void write_deps(FILE *f, const char *target, const struct inputs *inputs);

#endif
