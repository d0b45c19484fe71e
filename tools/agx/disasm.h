/* SPDX-License-Identifier: MIT */
/* Programs as instructions, and as text. */
#ifndef TOOLS_AGX_DISASM_H
#define TOOLS_AGX_DISASM_H

#include "check.h"

/* One program: where it is, and what it decodes to. */
struct agx_disasm {
	/* Given. */
	u64 address;		/* of the first byte */
	const u8 *bytes;
	size_t size;
	/* agx_disassemble() */
	struct agx_code code;	/* instructions only */
	struct agx_insn *insn;
	u32 *offset;
	u32 room;
	u32 end;		/* bytes that were looked at */
	u32 n_bad;		/* places that are no instruction */
};

struct agx_disasm_opts {
	bool one;		/* to the end of the program that begins there, not all of it */
	bool keep_going;	/* behind what is no instruction, which else is the end */
	/* Hears of that; ret and err are agx_decode()'s; may be NULL. */
	void (*bad)(void *ctx, u64 address, int ret, const struct agx_error *err);
	void *ctx;
};

/* 0, -ENOMEM.  To be freed in either case. */
int agx_disassemble(struct agx_disasm *program, const struct agx_disasm_opts *opts);
void agx_disasm_free(struct agx_disasm *program);

struct agx_listing_opts {
	bool hex, offsets;	/* behind each instruction, as a comment */
	bool keep_going;	/* what is behind the last instruction is data */
};

/* To stdout, as agx-as reads it: 0, -ENOMEM. */
int agx_list(const struct agx_disasm *program, const struct agx_listing_opts *opts);
/* As Mesa prints a shader. */
void agx_list_raw(const struct agx_disasm *program);

#endif
