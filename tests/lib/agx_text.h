/* SPDX-License-Identifier: MIT */
/* Small AGX2 programs for tests: from text, or from machine code. */
#ifndef TESTS_LIB_AGX_TEXT_H
#define TESTS_LIB_AGX_TEXT_H

#include "tools/agx/check.h"

struct agx_text {
	struct agx_code code;
	struct agx_insn *insn;
	u32 *offset;
	u32 room;
};

/*
 * Instructions, one per line or between semicolons; "Name:" before one is a label,
 * with a capital letter, that jmp_any, jmp_none and call may name.  Aborts where it cannot be read.
 */
void agx_text_parse(struct agx_text *text, const char *source);

/* All of size bytes; aborts where they are no program. */
void agx_text_decode(struct agx_text *text, const u8 *bytes, size_t size);

/* One more instruction behind the others. */
void agx_text_add(struct agx_text *text, const struct agx_insn *insn);

void agx_text_free(struct agx_text *text);

#endif
