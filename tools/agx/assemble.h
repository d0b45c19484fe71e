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

struct agx_asm_opts {
	/* NULL: nobody listens.  Notes follow what they belong to ("in macro x"). */
	void (*report)(void *ctx, enum agx_severity severity,
		       const struct agx_place *place, const char *message);
	void *ctx;
	/* Opens what .include names; NULL: not allowed.  malloc'ed text, or NULL. */
	char *(*include)(void *ctx, const char *file, size_t *size);
	const char *const *defines;	/* "NAME=VALUE", as many as n_defines */
	size_t n_defines;
	bool no_checks;		/* of registers and waits: tools/agx/check.h */
	bool werror;
};

/* Everything that assembling one source made; kernels and names live in it. */
struct agx_unit {
	struct agx_kernel *kernel;
	u32 n_kernels;
	struct agx_line *lines;	/* the listing: where each instruction is from */
	u32 n_lines;
	void *memory;		/* the unit's own */
};

/* One instruction of the listing. */
struct agx_line {
	u32 kernel;
	u32 offset;		/* bytes from the kernel's (or its preamble's) entry */
	u32 line;		/* of the outermost source line */
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
