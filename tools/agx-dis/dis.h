/* SPDX-License-Identifier: MIT */
/* What the files of agx-dis share. */
#ifndef TOOLS_AGX_DIS_DIS_H
#define TOOLS_AGX_DIS_DIS_H

#include <jansson.h>

#include "compute/isa/agx_kernel.h"
#include "tools/agx/disasm.h"

#define EXIT_FOUND 1	/* what was read is wrong, or has hazards */
#define EXIT_MISUSED 2

enum dis_input { DIS_ANY, DIS_BINARY, DIS_HEX };
enum dis_what { DIS_CODE, DIS_CDM, DIS_USC };

struct dis_opts {
	enum dis_what what;
	enum dis_input input;
	bool raw, hex, offsets;
	bool stats, json, check;
	bool keep_going;
	bool preamble;
	bool g14x;
	bool has_entry;
	u64 entry;
	u64 address;
	u32 n_regs, n_uniforms;
	const char *kernel;	/* only this one; NULL: all */
};

/* Says "agx-dis: ...", on stderr. */
__printf(1, 2) void dis_error(const char *format, ...);

/* --- input.c ------------------------------------------------------------------ */

struct dis_bytes {
	u8 *data;
	size_t size;
};

/* The file, or standard input for "-"; hex text becomes bytes.  False: it was said. */
bool dis_read(struct dis_bytes *bytes, const char *file, enum dis_input input);

/* --- main.c --------------------------------------------------------------------- */

/* One program: what is known of it, and its text. */
struct dis_program {
	const char *file;
	const char *kernel;	/* its name, NULL: bare code */
	bool preamble;
	u32 n_regs, n_uniforms;	/* 0: not known */
	struct agx_disasm text;
};

/* --- kernel.c --------------------------------------------------------------------- */

/* What stands before a kernel's code. */
void dis_kernel_header(const struct agx_kernel *kernel);

/* --- report.c --------------------------------------------------------------------- */

/*
 * Statistics, or hazards, or both, as text, or with json (an array) as an object in
 * it; *n_hazards is added to.  False without memory, which is said.
 */
bool dis_report(const struct dis_program *program, const struct dis_opts *opts, json_t *json,
		u32 *n_hazards);

/* Are there hazards? */
bool dis_has_hazards(const struct dis_program *program);

/* --- stream.c --------------------------------------------------------------------- */

bool dis_cdm(const struct dis_bytes *bytes, const struct dis_opts *opts);
bool dis_usc(const struct dis_bytes *bytes, const struct dis_opts *opts);

#endif
