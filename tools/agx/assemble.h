/* SPDX-License-Identifier: MIT */
/*
 * The assembler as a function: text in, kernels and messages out.  What the
 * language is: Documentation/agx-as.rst.
 */
#ifndef TOOLS_AGX_ASSEMBLE_H
#define TOOLS_AGX_ASSEMBLE_H

#include "compute/isa/agx_kernel.h"

enum agx_severity { AGX_NOTE, AGX_WARNING, AGX_ERROR };

/* Where in the source; line and column from 1, 0 where there is none. */
struct agx_place {
	const char *file;
	u32 line;
	u32 column;
	const char *text;	/* the line, without its newline; NULL: none */
};

/* A file that .include named; the assembler frees both. */
struct agx_source {
	char *path;		/* for messages and for what it includes itself */
	char *text;
	size_t size;
};

struct agx_asm_opts {
	/* NULL: nobody listens.  Notes follow what they belong to ("in macro x"). */
	void (*report)(void *ctx, enum agx_severity severity,
		       const struct agx_place *place, const char *message);
	void *ctx;
	/*
	 * Opens file, which a line of from names: 0 with malloc'ed path and text, or a
	 * negative errno value.  NULL: .include is refused.
	 */
	int (*include)(void *ctx, const char *from, const char *file,
		       struct agx_source *source);
	const char *const *defines;	/* "NAME=VALUE" or "NAME", as many as n_defines */
	size_t n_defines;
	u32 max_lines;		/* macros and repetitions expanded; 0: AGX_ASM_LINES */
	bool no_checks;		/* of registers and waits: tools/agx/check.h */
	bool werror;
};

#define AGX_ASM_LINES 500000
#define AGX_ASM_ERRORS 20	/* then it gives up */

/* Everything that assembling one source made; kernels and names live in it. */
struct agx_unit {
	struct agx_kernel *kernel;
	u32 n_kernels;
	struct agx_line *lines;	/* the listing: where each instruction is from */
	u32 n_lines;
	void *memory;		/* the unit's own */
};

/* One instruction of the listing; in the order of kernels, preambles first. */
struct agx_line {
	u32 kernel;
	u32 offset;		/* bytes from the kernel's (or its preamble's) entry */
	u32 line;		/* 0: the assembler's own (stop and traps at the end) */
	const char *file;
	const char *text;	/* the line, macro parameters filled in; NULL with line 0 */
	u8 length;
	bool preamble;
};

/*
 * Assembles size bytes of text; file is its name in messages.  A source without
 * .kernel is one kernel named after the file.  NULL after errors (reported), and
 * with errno ENOMEM where memory ended.
 */
struct agx_unit *agx_assemble(const char *file, const char *text, size_t size,
			      const struct agx_asm_opts *opts);
void agx_unit_free(struct agx_unit *unit);	/* takes NULL */

#endif
