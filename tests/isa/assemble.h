/* SPDX-License-Identifier: MIT */
/* For tests of the assembler: a source, and what becomes of it as text. */
#ifndef TESTS_ISA_ASSEMBLE_H
#define TESTS_ISA_ASSEMBLE_H

#include <stdlib.h>
#include <string.h>

#include "tests/lib/suite.h"
#include "tools/agx/assemble.h"

/* Text that grows; what does not fit fails the test. */
struct text {
	char s[65536];
	size_t n;
};

static __printf(2, 3) void append(struct text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	t->n += (size_t)vsnprintf(t->s + t->n, sizeof(t->s) - t->n, fmt, args);
	va_end(args);
	ck_assert_uint_lt(t->n, sizeof(t->s));
}

static void append_message(void *ctx, enum agx_severity severity, const struct agx_place *place,
			   const char *message)
{
	static const char *const names[] = { "note", "warning", "error" };

	append(ctx, "%s:%u:%u: %s: %s\n", place->file, place->line, place->column,
	       names[severity], message);
}

/* Files that .include finds. */
static const struct {
	const char *name, *text;
} included_files[] = {
	{ "nop.inc", "mov r1, 2\n" },
	{ "names.inc", ".equ INCLUDED, 7\n" },
	{ "bad.inc", "\n  bad\n" },
	{ "open.inc", ".if 1\n" },
	{ "again.inc", ".include \"again.inc\"\n" },
};

static inline int include_test_file(void *ctx, const char *from, const char *file,
				    struct agx_source *source)
{
	(void)ctx;
	ck_assert_ptr_nonnull(from);
	for (size_t i = 0; i < ARRAY_SIZE(included_files); i++) {
		if (strcmp(file, included_files[i].name))
			continue;
		source->path = strdup(file);
		source->text = strdup(included_files[i].text);
		source->size = strlen(source->text);
		return 0;
	}
	return -ENOENT;
}

/* Assembles text; messages get all that is said. */
static inline struct agx_unit *assemble_text(const char *text, struct text *messages,
					     struct agx_asm_opts opts)
{
	messages->n = 0;
	messages->s[0] = 0;
	opts.report = append_message;
	opts.ctx = messages;
	opts.include = include_test_file;
	return agx_assemble("t.agx", text, strlen(text), &opts);
}

/* Instructions up to the stop and the traps that the assembler adds, one per line. */
static inline void append_code(struct text *t, const u8 *code, u32 size)
{
	static const u8 tail[18] = { 0x88, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0 };

	ck_assert_uint_ge(size, sizeof(tail));
	size -= sizeof(tail);
	ck_assert(!memcmp(code + size, tail, sizeof(tail)));
	for (u32 at = 0; at < size;) {
		struct agx_insn insn;
		char text[AGX_TEXT_MAX];
		int n = agx_decode(&insn, code + at, size - at, NULL);

		ck_assert_int_gt(n, 0);
		agx_print(text, sizeof(text), &insn);
		/* One blank behind the mnemonic, as one writes it. */
		for (char *p = strchr(text, ' '); p && p[1] == ' ';)
			memmove(p, p + 1, strlen(p));
		append(t, "%s\n", text);
		at += (u32)n;
	}
}

#endif
