// SPDX-License-Identifier: MIT
/*
 * Hazards: small programs with and without each of them, and what is reported;
 * programs that Mesa compiled have none, and get some when they are damaged.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/agx_text.h"
#include "tests/lib/corpus.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/suite.h"
#include "tools/agx/flow.h"

static const char *const hazard_name[] = {
	[AGX_HAZARD_WAIT] = "wait",
	[AGX_HAZARD_PENDING] = "pending",
	[AGX_HAZARD_BARRIER] = "barrier",
	[AGX_HAZARD_MATRIX] = "matrix",
	[AGX_HAZARD_DISCARD] = "discard",
	[AGX_HAZARD_UNDEFINED] = "undefined",
	[AGX_HAZARD_ALIGNMENT] = "alignment",
	[AGX_HAZARD_OVERLAP] = "overlap",
	[AGX_HAZARD_REGISTER] = "register",
	[AGX_HAZARD_FLOW] = "flow",
};

/* What was reported, "3 wait, 5 flow", and the messages, a line each. */
struct heard {
	char found[1024];
	char messages[16384];
	u32 n;
	u32 n_hazard[AGX_HAZARD_FLOW + 1];
	u32 last_index;
};

static void hear(void *ctx, enum agx_hazard hazard, u32 index, const char *message)
{
	struct heard *heard = ctx;
	size_t found = strlen(heard->found), messages = strlen(heard->messages);

	ck_assert_uint_ge(index, heard->last_index);
	heard->last_index = index;
	heard->n_hazard[hazard]++;
	snprintf(heard->found + found, sizeof(heard->found) - found, "%s%u %s",
		 heard->n++ ? ", " : "", index, hazard_name[hazard]);
	snprintf(heard->messages + messages, sizeof(heard->messages) - messages, "%s\n", message);
}

static void check(const struct agx_code *code, struct agx_check_opts opts, struct heard *heard)
{
	int n;

	memset(heard, 0, sizeof(*heard));
	opts.report = hear;
	opts.ctx = heard;
	n = agx_check(code, &opts);
	ck_assert_int_eq(n, (int)heard->n);
}

/* --- small programs ------------------------------------------------------------ */

/* r10 is different in each lane, u4 and r12 are the same in all; then the program. */
#define GIVEN "mov r10, thread_in_grid_x; mov r12, threadgroup_in_grid_x;"
#define FIRST 2		/* index of what follows it */

static const struct {
	const char *name;
	const char *program;	/* behind GIVEN; stop is added */
	const char *found;	/* indices count from FIRST */
	const char *message;	/* part of one */
} cases[] = {
	/* wait groups */
	{ "waited", "load r0, du2, r10, i32, x, a; wait a; iadd r1, r0, 1", "", NULL },
	{ "read", "load r0, du2, r10, i32, x, a; iadd r1, r0, 1", "1 wait",
	  "r0 is read here, but the load at 0x8 (group a)" },
	{ "said once", "load r0, du2, r10, i32, x, a; iadd r1, r0, 1; iadd r2, r0, 1", "1 wait",
	  NULL },
	{ "other group", "load r0, du2, r10, i32, x, b; wait a; iadd r1, r0, 1", "2 wait",
	  "put 'wait b' before" },
	{ "both groups", "load r0, du2, r10, i32, x, a; load r1, du2, r10, i32, x, b; iadd r2, r0, r1",
	  "2 wait, 2 wait", NULL },
	{ "one half of it", "load r0, du2, r10, i32, x, a; mov r1l, r0h", "1 wait",
	  "r0h is read here" },
	{ "a vector's end", "load r0_r1_r2_r3, du2, r10, i32, xyzw, a; mov r5, r3", "1 wait",
	  "r3 is read" },
	{ "behind a vector", "mov r4, 0; load r0_r1_r2_r3, du2, r10, i32, xyzw, a; mov r5, r4", "",
	  NULL },
	{ "written", "load r0, du2, r10, i32, x, a; mov r0, 1", "1 wait",
	  "r0 is written here, but the load" },
	{ "loaded again", "load r0, du2, r10, i32, x, a; load r0, du2, r10, i32, x, a", "1 wait",
	  NULL },
	{ "its address changes", "load r0, du2, r10, i32, x, a; mov r10, 1", "", NULL },
	{ "a stored value changes", "store r10, du2, 0, i32, x, a; mov r10, 1", "", NULL },
	{ "atomic", "atomic r0, r10, du2, 0, add, coherent1, a; mov r1, r0", "1 wait",
	  "the atomic at 0x8" },
	{ "atomic without result", "atomic _, r10, du2, 0, add, coherent1, a; mov r1, 0", "", NULL },
	{ "stack", "stack_adjust 16; stack_store r10, 0, i32, x, a; wait a;"
	  "stack_load r0, 0, i32, x, b; mov r1, r0", "4 wait", "the stack_load at" },
	{ "threadgroup memory needs none", "mov r0l, 0; lload r1, r0l, 0, i32, x; mov r2, r1", "",
	  NULL },
	{ "address", "load r0_r1, du2, 0, i32, xy, a; load r2, dr0, 0, i32, x, b", "1 wait", NULL },
	{ "in a condition", "ldimm r0l, 0; load r1, du2, r10, i32, x, a; if r1, 0, 1, ieq; pop_exec 1",
	  "2 wait", NULL },
	{ "before a branch", "ldimm r0l, 0; load r1, du2, r10, i32, x, a; if r10, 0, 1, ieq;"
	  "mov r2, r1; pop_exec 1", "3 wait", NULL },
	{ "waited in one arm only", "ldimm r0l, 0; load r1, du2, r10, i32, x, a;"
	  "if r10, 0, 1, ieq; jmp_none L; wait a; mov r2, r1; L: pop_exec 1; mov r3, r1",
	  "7 wait", NULL },
	{ "waited on the way that all take", "ldimm r0l, 0; load r1, du2, r10, i32, x, a;"
	  "if r10, 0, 1, ieq; wait a; mov r2, r1; pop_exec 1; mov r3, r1", "", NULL },
	{ "the other arm writes", "ldimm r0l, 0; if r10, 0, 1, ieq; load r1, du2, r10, i32, x, a;"
	  "else 0, 0, 1, ieq; mov r1, 1; pop_exec 1; wait a; mov r2, r1", "4 wait", NULL },
	{ "round the loop", "ldimm r0l, 0; mov r1, 0; mov r2, 0; L: while r2, 9, 1, ult; mov r3, r1;"
	  "wait a; load r1, du2, r2, i32, x, a; iadd r2, r2, 1; jmp_any L; pop_exec 1",
	  "4 wait", "the load at" },
	{ "pipelined loop", "ldimm r0l, 0; load r1, du2, 0, i32, x, a; mov r2, 0;"
	  "L: while r2, u4, 1, ult; load r3, du2, r2, i32, x, b; wait a; iadd r4, r1, 1; wait b;"
	  "load r1, du2, r2, i32, x, a; iadd r5, r3, 1; iadd r2, r2, 1; jmp_any L; pop_exec 1", "",
	  NULL },
	{ "eight pending", "load r0, du2, 0, i32, x, a; load r1, du2, 0, i32, x, a;"
	  "load r2, du2, 0, i32, x, a; load r3, du2, 0, i32, x, a; load r4, du2, 0, i32, x, a;"
	  "load r5, du2, 0, i32, x, a; load r6, du2, 0, i32, x, a; load r7, du2, 0, i32, x, a;"
	  "load r8, du2, 0, i32, x, b", "", NULL },
	{ "nine pending", "load r0, du2, 0, i32, x, a; load r1, du2, 0, i32, x, a;"
	  "load r2, du2, 0, i32, x, a; load r3, du2, 0, i32, x, a; load r4, du2, 0, i32, x, a;"
	  "load r5, du2, 0, i32, x, a; load r6, du2, 0, i32, x, a; store r10, du2, 0, i32, x, a;"
	  "store r10, du2, 1, i32, x, a", "8 pending", "or use group b" },
	{ "stores in a loop", "ldimm r0l, 0; mov r2, 0; L: while r2, u4, 1, ult;"
	  "store r10, du2, r2, i32, x, a; iadd r2, r2, 1; jmp_any L; pop_exec 1", "3 pending", NULL },
	{ "stores in a loop, waited", "ldimm r0l, 0; mov r2, 0; L: while r2, u4, 1, ult;"
	  "store r10, du2, r2, i32, x, a; iadd r2, r2, 1; wait a; jmp_any L; pop_exec 1", "", NULL },
	{ "barrier", "load r0, du2, r10, i32, x, a; barrier; wait a", "1 barrier",
	  "the load at 0x8 (group a) may still be pending at this barrier" },
	{ "barrier and store", "store r10, du2, 0, i32, x, b; memory_barrier; wait b; barrier",
	  "1 barrier", NULL },
	{ "barrier after wait", "load r0, du2, r10, i32, x, a; wait a; memory_barrier; barrier", "",
	  NULL },

	/* not written */
	{ "undefined", "iadd r1, r0, 1", "0 undefined", "r0h is read here, but nothing writes it" },
	{ "undefined half", "mov r0l, 0; iadd r1, r0, 1", "1 undefined", "r0h is read" },
	{ "undefined pair", "mov r4, 0; iadd dr6, dr4, 1", "1 undefined", "r5 is read" },
	{ "undefined vector", "mov r4, 0; mov r6, 0; store r4_r5_r6, du2, 0, i32, xyz, a",
	  "2 undefined", "r5 is read" },
	{ "undefined base", "load r0, dr2, 0, i32, x, a", "0 undefined", "r2 to r3" },
	{ "undefined new value", "mov r2, 0; atomic _, r2_r3, du4, 0, cmpxchg, coherent1, a",
	  "1 undefined", "r3 is read" },
	{ "in one arm", "ldimm r0l, 0; if r10, 0, 1, ieq; mov r1, 1; pop_exec 1; mov r2, r1",
	  "4 undefined", "not written on every way" },
	{ "in both arms", "ldimm r0l, 0; if r10, 0, 1, ieq; jmp_none L; mov r1, 1; L: else 0, 0, 1, ieq;"
	  "jmp_none M; mov r1, 2; M: pop_exec 1; mov r2, r1", "", NULL },
	{ "in the other arm", "ldimm r0l, 0; if r10, 0, 1, ieq; mov r1, 1; else 0.0, 0.0, 1, feq;"
	  "mov r2, r1; pop_exec 1", "4 undefined", NULL },
	{ "before the loop ends", "ldimm r0l, 0; mov r2, 0; L: mov r1, r2; while r2, u4, 1, ult;"
	  "iadd r2, r2, 1; jmp_any L; pop_exec 1; mov r3, r1", "", NULL },
	{ "in the loop only", "ldimm r0l, 0; mov r2, 0; L: while r2, u4, 1, ult; mov r1, r2;"
	  "iadd r2, r2, 1; jmp_any L; pop_exec 1; mov r3, r1", "7 undefined", NULL },
	{ "break before it is written", "ldimm r0l, 0; if 0, 0, 1, ieq; mov r2, 0;"
	  "L: if r2, r10, 1, ugt; ldimm r0l, 2; pop_exec 0; pop_exec 1; mov r1, r2; iadd r2, r2, 1;"
	  "jmp_any L; pop_exec 1; mov r3, r1", "11 undefined", NULL },
	{ "break after it is written", "ldimm r0l, 0; if 0, 0, 1, ieq; mov r2, 0;"
	  "L: mov r1, r2; if r2, r10, 1, ugt; ldimm r0l, 2; pop_exec 0; pop_exec 1; iadd r2, r2, 1;"
	  "jmp_any L; pop_exec 1; mov r3, r1", "", NULL },
	{ "continue", "ldimm r0l, 0; if 0, 0, 2, ieq; mov r2, 0; L: iadd r2, r2, 1;"
	  "if r2, r10, 1, ieq; ldimm r0l, 2; pop_exec 0; pop_exec 1; mov r1, 1;"
	  "while 0, 0, 2, ieq; if r2, 9, 1, ugt; ldimm r0l, 3; pop_exec 0; pop_exec 1; jmp_any L;"
	  "pop_exec 2; mov r3, r2; mov r4, r1", "17 undefined", "r1 is read" },
	{ "selected break", "ldimm r0l, 0; mov r2, 0; L: csel r0l, r2, r10, 1, r0l, ugt; update_exec;"
	  "mov r1, 1; iadd r2, r2, 1; jmp_any L; pop_exec 1; mov r3, r2; mov r4, r1",
	  "9 undefined", "r1 is read" },
	{ "does not matter", "xor r1, r0, r0; mov r2, r1", "", NULL },
	{ "call", "call F; mov r2, r0; stop; F: mov r0, 1; ret r1", "", NULL },
	{ "call of two", "call F; mov r2, r0; mov r4, 1; call F; mov r2, r4; mov r5, r6; stop;"
	  "F: mov r0, 1; ret r1", "5 undefined", "r6 is read" },

	/* discarded */
	{ "discarded", "mov r0, 1; iadd r1, ^r0, 1; iadd r2, r0, 1", "2 discard",
	  "the iadd at 0xe discards it" },
	{ "last use", "mov r0, 1; iadd r1, r0, 1; iadd r2, ^r0, 1", "", NULL },
	{ "written again", "mov r0, 1; iadd r0, ^r0, 1; iadd r2, r0, 1", "", NULL },
	{ "twice in one", "mov r0, 1; fmul r1, ^r0, ^r0", "", NULL },
	{ "half discarded", "mov r0, 1; mov r1l, ^r0l; mov r2l, r0h; mov r3, r0", "3 discard",
	  "r0l is read" },
	{ "in the other arm", "ldimm r0l, 0; mov r1, 1; if r10, 0, 1, ieq; iadd r2, ^r1, 1;"
	  "else 0, 0, 1, ieq; iadd r2, r1, 1; pop_exec 1", "5 discard", "for inactive lanes too" },
	{ "inactive lanes lose it", "ldimm r0l, 0; mov r1, 1; if r10, 0, 1, ieq; iadd r1, ^r1, 1;"
	  "pop_exec 1; mov r2, r1", "5 discard", NULL },
	{ "all lanes in one arm", "ldimm r0l, 0; mov r1, 1; if r12, 0, 1, ieq; iadd r2, ^r1, 1;"
	  "else 0, 0, 1, ieq; iadd r2, r1, 1; pop_exec 1; mov r3, r2", "", NULL },
	{ "next time round", "ldimm r0l, 0; mov r1, 1; mov r2, 0; L: while r2, u4, 1, ult;"
	  "iadd r2, ^r1, r2; jmp_any L; pop_exec 1", "4 discard", NULL },

	/* matrices */
	{ "matrix", "mov r0, 0; mov r1, 0; mov r2, 0; mov r3, 0; mov r4, 0; mov r5, 0;"
	  "simd_matrix_fmadd32 r0, r2, r4, r0", "", NULL },
	{ "result is a factor", "mov r0, 0; mov r1, 0; mov r2, 0; mov r3, 0;"
	  "simd_matrix_fmadd32 r0, r0, r2, r0", "4 matrix", "r0 to r1, overlaps source A" },
	{ "result in a half factor", "mov r0, 0; mov r1, 0; mov r2, 0;"
	  "simd_matrix_fmadd32 r0, r2l, r1l, r0", "3 matrix", "overlaps source B, r1" },
	{ "result is part of C", "mov r0, 0; mov r1, 0; mov r2, 0; mov r3, 0;"
	  "simd_matrix_fmadd32 r0, r2l, r3l, r0l", "4 overlap", "make them the same" },
	{ "16-bit matrix", "mov r1, 0; mov r2, 0; mov r3, 0; simd_matrix_fmadd16 r1l, r2l, r3l, r1l",
	  "", NULL },
	{ "odd pair", "mov r1, 0; mov r2, 0; mov r3, 0; mov r4, 0; mov r5, 0;"
	  "simd_matrix_fmadd32 r2, r4l, r5l, r1", "5 alignment, 5 overlap",
	  "r1 to r2 does not begin at an even register" },
	{ "upper half", "mov r1, 0; mov r2, 0; mov r3, 0; simd_matrix_fmadd16 r1l, r2h, r3l, r1l",
	  "3 alignment", "the low half of a register" },
	{ "pair's second half is undefined", "mov r0, 0; mov r2, 0; mov r3, 0;"
	  "simd_matrix_fmadd32 r0, r2l, r3l, r0", "3 undefined", "r1 is read" },
	{ "some lanes", "ldimm r0l, 0; mov r1, 0; mov r2, 0; mov r3, 0; if r10, 9, 1, ult;"
	  "simd_matrix_fmadd16 r1l, r2l, r3l, r1l; pop_exec 1", "5 matrix", "the if at" },
	{ "all or none", "ldimm r0l, 0; mov r1, 0; mov r2, 0; mov r3, 0; if u4, 9, 1, ult;"
	  "simd_matrix_fmadd16 r1l, r2l, r3l, r1l; pop_exec 1", "", NULL },
	{ "the arm of none", "ldimm r0l, 0; mov r1, 0; mov r2, 0; mov r3, 0; if u4, 9, 1, ult;"
	  "mov r4, 0; else 0, 0, 1, ieq; simd_matrix_fmadd16 r1l, r2l, r3l, r1l; pop_exec 1", "",
	  NULL },
	{ "a count that all share", "ldimm r0l, 0; mov r1, 0; mov r2, 0; mov r3, 0; mov r4, 0;"
	  "L: while r4, u4, 1, ult; simd_matrix_fmadd16 r1l, r2l, r3l, r1l; iadd r4, r4, 1;"
	  "jmp_any L; pop_exec 1; simd_matrix_fmadd16 r1l, r2l, r3l, r1l", "", NULL },
	{ "a count of each lane", "ldimm r0l, 0; mov r1, 0; mov r2, 0; mov r3, 0; mov r4, 0;"
	  "L: while r4, r10, 1, ult; simd_matrix_fmadd16 r1l, r2l, r3l, r1l; iadd r4, r4, 1;"
	  "jmp_any L; pop_exec 1; simd_matrix_fmadd16 r1l, r2l, r3l, r1l", "6 matrix",
	  "the while at" },
	{ "a count from a divergent arm", "ldimm r0l, 0; mov r1, 0; mov r2, 0; mov r3, 0; mov r4, 0;"
	  "if r10, 9, 1, ult; mov r4, 1; pop_exec 1; if r4, 0, 1, ieq;"
	  "simd_matrix_fmadd16 r1l, r2l, r3l, r1l; pop_exec 1", "9 matrix", NULL },
	{ "a count by ballot", "ldimm r0l, 0; mov r1, 0; mov r2, 0; mov r3, 0; ballot r4, r10, 9, ult;"
	  "if r4, 0, 1, ieq; simd_matrix_fmadd16 r1l, r2l, r3l, r1l; pop_exec 1", "", NULL },
	{ "a count by prefix", "ldimm r0l, 0; mov r1, 0; mov r2, 0; mov r3, 0; simd r4, r12, prefix, iadd;"
	  "if r4, 0, 1, ieq; simd_matrix_fmadd16 r1l, r2l, r3l, r1l; pop_exec 1", "6 matrix", NULL },

	/* registers */
	{ "odd 64-bit pair", "mov r4, 0; mov r5, 0; mov r6, 0; iadd dr4, dr5, 1", "3 alignment",
	  "r5 to r6" },
	{ "uniforms in main", "mov u4, r10", "0 register", "only be written in a preamble" },

	/* flow */
	{ "runs into trap", "trap", "0 flow", "put 'stop' before" },
	{ "padding", "stop; trap; trap", "", NULL },
	{ "else alone", "ldimm r0l, 0; else 0, 0, 1, ieq", "1 flow", "else without an if" },
	{ "pop alone", "ldimm r0l, 0; pop_exec 1", "1 flow", "pop_exec without an if" },
	{ "update alone", "ldimm r0l, 0; pop_exec 0", "", NULL },
	{ "pop of a pushed loop", "ldimm r0l, 0; if 0, 0, 1, ieq; mov r1, 0; pop_exec 1", "", NULL },
	{ "r0 is data", "load r0, du2, 0, i32, x, a; wait a; if r0, 0, 1, ieq; pop_exec 1", "2 flow",
	  "holds data" },
	{ "r0 was data", "load r0, du2, 0, i32, x, a; wait a; mov r1, r0; ldimm r0l, 0;"
	  "if r1, 0, 1, ieq; pop_exec 1", "", NULL },
	{ "r0 is a constant", "ldimm r0, 1000; if r10, 0, 1, ieq; pop_exec 1", "1 flow",
	  "holds data" },
	{ "lanes that end", "ldimm r0l, 0; if r10, 9, 1, ult; ldimm r0l, 1000; pop_exec 0;"
	  "pop_exec 1; mov r1, 1; if r10, 7, 1, ult; mov r2, r1; pop_exec 1; mov r3, r2",
	  "9 undefined", NULL },
	{ "matrix without them", "ldimm r0l, 0; mov r1, 0; mov r2, 0; mov r3, 0; if r10, 9, 1, ult;"
	  "ldimm r0l, 1000; pop_exec 0; pop_exec 1; simd_matrix_fmadd16 r1l, r2l, r3l, r1l",
	  "8 matrix", "the if at" },
	{ "r0l computed", "mov r0l, r10l; update_exec", "", NULL },
	{ "if in a loop without pop", "ldimm r0l, 0; mov r2, 0; L: if r2, r10, 1, ult; iadd r2, r2, 1;"
	  "jmp_any L", "2 flow", "a pop_exec is missing" },
	{ "jump into an instruction", "ldimm r0l, 0; jmp_any -2", "1 flow",
	  "where no instruction begins" },
	{ "jump before the start", "jmp_any -100", "0 flow", "goes to -0x5c" },
	{ "jump past the end", "jmp_none 1000", "0 flow", "not in the program" },
};

START_TEST(small)
{
	char program[4096], want[256] = "";
	struct agx_text text;
	struct heard heard;
	const char *at = cases[_i].found;

	/* The indices of the table begin at FIRST. */
	while (*at) {
		char *name;
		unsigned long index = strtoul(at, &name, 10);
		size_t n = strcspn(name, ",");

		snprintf(want + strlen(want), sizeof(want) - strlen(want), "%s%lu%.*s",
			 *want ? ", " : "", index + FIRST, (int)n, name);
		at = name + n + strspn(name + n, ", ");
	}
	snprintf(program, sizeof(program), "%s%s; stop", GIVEN, cases[_i].program);
	agx_text_parse(&text, program);
	check(&text.code, (struct agx_check_opts){ 0 }, &heard);
	ck_assert_msg(!strcmp(heard.found, want), "%s: found \"%s\" instead of \"%s\"\n%s",
		      cases[_i].name, heard.found, want, heard.messages);
	if (cases[_i].message)
		ck_assert_msg(strstr(heard.messages, cases[_i].message) != NULL,
			      "%s: \"%s\" is not in:\n%s", cases[_i].name, cases[_i].message,
			      heard.messages);
	agx_text_free(&text);
}
END_TEST

START_TEST(options)
{
	struct agx_check_opts opts = { .preamble = true };
	struct agx_text text;
	struct heard heard;

	agx_text_parse(&text, "mov r7, u9h; mov u10l, r7l; stop");
	check(&text.code, opts, &heard);
	ck_assert_str_eq(heard.found, "");
	opts.n_regs = 16;
	opts.n_uniforms = 21;
	check(&text.code, opts, &heard);
	ck_assert_str_eq(heard.found, "");
	opts.n_regs = 14;
	opts.n_uniforms = 19;
	check(&text.code, opts, &heard);
	ck_assert_str_eq(heard.found, "0 register, 0 register, 1 register, 1 register");
	ck_assert_ptr_nonnull(strstr(heard.messages, "r7 is beyond the 14 register halves"));
	ck_assert_ptr_nonnull(strstr(heard.messages, "u9h is beyond the 19 uniform halves"));
	ck_assert_ptr_nonnull(strstr(heard.messages, "or allocate 16"));
	agx_text_free(&text);

	agx_text_parse(&text, "mov r1, 0; mov r2, 0; mov r3, 0;"
		       "simd_matrix_fmadd16 r1l, r2l, r3l, r1l; stop");
	check(&text.code, (struct agx_check_opts){ .preamble = true }, &heard);
	ck_assert_str_eq(heard.found, "3 matrix");
	agx_text_free(&text);
}
END_TEST

START_TEST(nobody_listens)
{
	struct agx_text text;

	agx_text_parse(&text, "mov r7, u9h; mov u10l, r7l; stop");
	ck_assert_int_eq(agx_check(&text.code, &(struct agx_check_opts){ .n_regs = 14 }), 3);
	agx_text_free(&text);
}
END_TEST

START_TEST(ends)
{
	struct agx_check_opts opts = { 0 };
	struct agx_text text;
	struct heard heard;

	agx_text_parse(&text, "mov r1, 1");
	check(&text.code, opts, &heard);
	ck_assert_str_eq(heard.found, "0 flow");
	ck_assert_ptr_nonnull(strstr(heard.messages, "put 'stop' behind"));
	agx_text_free(&text);

	/* All lanes are active: the jump is always taken. */
	agx_text_parse(&text, "L: mov r1, 1; jmp_any L");
	check(&text.code, opts, &heard);
	ck_assert_str_eq(heard.found, "");
	agx_text_free(&text);

	agx_text_parse(&text, "ldimm r0l, 0; mov r2, thread_in_grid_x; L: while r2, 5, 1, ult;"
		       "mov r1, 1; jmp_any L");
	check(&text.code, opts, &heard);
	ck_assert_str_eq(heard.found, "4 flow");
	agx_text_free(&text);

	check(&(struct agx_code){ 0 }, opts, &heard);
	ck_assert_str_eq(heard.found, "");
}
END_TEST

#if CAN_FAIL_MALLOC
static void count(void *ctx, enum agx_hazard hazard, u32 index, const char *message)
{
	(void)hazard;
	(void)index;
	(void)message;
	++*(int *)ctx;
}

/* All or nothing: without memory no hazard is reported, and nothing is kept. */
START_TEST(no_memory)
{
	int n_heard = 0, ret = -ENOMEM;
	struct agx_check_opts opts = { .report = count, .ctx = &n_heard };
	struct agx_text text;
	struct agx_stat stat;
	long n, live;

	agx_text_parse(&text, "ldimm r0l, 0; load r1, du2, r9, i32, x, a; L: while r1, 7, 1, ult;"
		       "iadd r1, r1, ^r2; jmp_any L; pop_exec 1; call F; stop; F: ret r1");
	live = fm_live;
	for (n = 0; ret == -ENOMEM; n++) {
		fm_left = n;
		ret = agx_check(&text.code, &opts);
		fm_left = -1;
		ck_assert_int_eq(fm_live, live);
		ck_assert_int_eq(n_heard, ret == -ENOMEM ? 0 : ret);
	}
	ck_assert_int_gt(ret, 0);
	ck_assert_int_gt(n, 10);
	for (n = 0, ret = -ENOMEM; ret == -ENOMEM; n++) {
		fm_left = n;
		ret = agx_stat(&text.code, &stat);
		fm_left = -1;
		ck_assert_int_eq(fm_live, live);
	}
	ck_assert_int_eq(ret, 0);
	ck_assert_int_gt(n, 10);
	agx_text_free(&text);
}
END_TEST
#endif

/* --- what instructions read and write --------------------------------------------- */

static const struct {
	const char *insn, *reads, *writes;	/* halves: "0 2-3" */
} accesses[] = {
	{ "mov r1, r2", "4-5", "2-3" },
	{ "mov r1l, r2h", "5", "2" },
	{ "iadd dr4, dr6, r1l", "2 12-15", "8-11" },
	{ "imadd dr4, r1, r2l, dr6", "2-4 12-15", "8-11" },
	{ "iadd r1, u4, 7", "", "2-3" },
	{ "ldimm r3h, 7", "", "7" },
	{ "mov r3, thread_in_grid_x", "", "6-7" },
	{ "csel r1l, r2, r3, r4l, r5h, ult", "4-8 11", "2" },
	{ "bfi r1, r2, r3, r4, 5", "4-9", "2-3" },
	{ "ballot r1, r2, r3, ult", "4-7", "2-3" },
	{ "ballot r1", "", "2-3" },
	{ "shuffle r1, r2, r3l", "4-6", "2-3" },
	{ "simd r1, r2, prefix, iadd", "4-5", "2-3" },
	{ "simd_matrix_fmadd32 r4, r1l, r2, r6", "2-7 12-15", "8-11" },
	{ "simd_matrix_fmadd32 r4, r1l, r2l, r4", "2-5 8-11", "8-11" },
	{ "simd_matrix_fmadd16 r4l, r1l, r2l, r4l", "2-5 8-9", "8-9" },
	{ "load r1_r2, dr4, r6, i32, xy, a", "8-13", "2-5" },
	{ "load r1l_r1h_r2l, du4, 3, i16, xyz, a", "", "2-4" },
	{ "load r1, du4, 3, i8, x, a", "", "2-3" },
	{ "store r1_r2, dr4, r6, i32, xy, a", "2-5 8-13", "" },
	{ "store r1l_r1h, du4, 0, i16, xw, a", "2-3", "" },
	{ "atomic r1, r2, dr4, r6, add, coherent1, a", "4-5 8-13", "2-3" },
	{ "atomic _, r2, du4, 0, add, coherent1, a", "4-5", "" },
	{ "atomic r1, r2_r3, du4, 0, cmpxchg, coherent1, a", "4-7", "2-3" },
	{ "latomic r6, r6_r7, 0, cmpxchg", "12-15", "12-13" },
	{ "latomic _, r6, r1l, r2h, add", "2 5 12-13", "" },
	{ "lload r1_r2, r4l, r5h, i32, xy", "8 11", "2-5" },
	{ "lstore r1l, r4l, 0, i16, x", "2 8", "" },
	{ "stack_load r1_r2, r3, i32, xy, a", "6-7", "2-5" },
	{ "stack_store r1_r2, 4, i32, xy, a", "2-5", "" },
	{ "stack_adjust 16", "", "" },
	{ "mov u4, r3", "6-7", "" },
	{ "mov du4, dr4", "8-11", "" },
	{ "if r1, r2l, 1, ult", "0 2-4", "0" },
	{ "if r1, 0.5, 1, flt", "0 2-3", "0" },
	{ "else 0, 0, 1, ieq", "0", "0" },
	{ "while r1, u4, 1, ult", "0 2-3", "0" },
	{ "pop_exec 1", "0", "0" },
	{ "update_exec", "0", "" },
	{ "call 64", "", "2-3" },
	{ "call r4", "8-9", "2-3" },
	{ "ret r1", "2-3", "" },
	{ "jmp_any 64", "", "" },
	{ "wait a", "", "" },
	{ "barrier", "", "" },
	{ "stop", "", "" },
	{ "map r8, 0, 1", "16-17", "" },
	{ "doorbell 32", "", "" },
	{ "fadd r127, r126h, r63l", "126 253", "254-255" },
};

static void parse_set(const char *text, struct agx_halves *set)
{
	memset(set, 0, sizeof(*set));
	while (*text) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last; first++)
			set->bits[first / 64] |= 1ull << (first % 64);
		text = end + strspn(end, " ");
	}
}

START_TEST(reads_and_writes)
{
	struct agx_halves reads, writes, want;
	struct agx_text text;

	agx_text_parse(&text, accesses[_i].insn);
	agx_reads(&text.insn[0], &reads);
	agx_writes(&text.insn[0], &writes);
	parse_set(accesses[_i].reads, &want);
	ck_assert_msg(!memcmp(&reads, &want, sizeof(want)), "reads of %s", accesses[_i].insn);
	parse_set(accesses[_i].writes, &want);
	ck_assert_msg(!memcmp(&writes, &want, sizeof(want)), "writes of %s", accesses[_i].insn);
	agx_text_free(&text);
}
END_TEST

/* --- what Mesa compiled ------------------------------------------------------------ */

static void load_corpus(struct agx_text *text, int i, bool preamble)
{
	size_t size;
	u8 *bytes = corpus_hex(corpus_name(i), preamble ? "preamble.hex" : "code.hex", &size);

	agx_text_decode(text, bytes, size);
	free(bytes);
}

START_TEST(corpus_clean)
{
	for (int preamble = 0; preamble < 2; preamble++) {
		struct agx_text text;
		struct heard heard;

		load_corpus(&text, _i, preamble);
		check(&text.code, (struct agx_check_opts){ .preamble = preamble }, &heard);
		ck_assert_msg(!heard.n, "%s: %s\n%s", corpus_name(_i), heard.found, heard.messages);
		agx_text_free(&text);
	}
}
END_TEST

/* The program without instruction i: its place is left empty. */
static void without(const struct agx_text *text, u32 i, struct agx_text *rest)
{
	*rest = (struct agx_text){ 0 };
	for (u32 k = 0; k < text->code.n; k++) {
		if (k != i)
			agx_text_add(rest, &text->insn[k]);
	}
	for (u32 k = 0; k < rest->code.n; k++)
		rest->offset[k] = text->offset[k < i ? k : k + 1];
}

/* Does a straight walk from wait i meet what it waits for?  True only if certain. */
static bool wait_needed(const struct agx_text *text, u32 i)
{
	struct agx_halves pending = { { 0 } };
	struct agx_flow flow;
	u32 first, end;
	bool needed = false;

	ck_assert_int_eq(agx_flow_init(&flow, &text->code), 0);
	first = flow.block[flow.block_of[i]].first;
	end = first + flow.block[flow.block_of[i]].n;
	for (u32 k = i; k-- > first;) {
		const struct agx_insn *insn = &text->insn[k];

		if (insn->op == AGX_OP_WAIT && insn->group == text->insn[i].group)
			break;
		if (agx_has_group(insn) && insn->group == text->insn[i].group)
			agx_halves_or(&pending, &flow.access[k].writes);
	}
	for (u32 k = i + 1; k < end && !needed; k++) {
		const struct agx_insn *insn = &text->insn[k];
		struct agx_halves used = flow.access[k].reads;

		if (insn->op == AGX_OP_WAIT && insn->group == text->insn[i].group)
			break;
		agx_halves_or(&used, &flow.access[k].writes);
		used = agx_halves_both(&used, &pending);
		needed = !agx_halves_empty(&used);
	}
	agx_flow_destroy(&flow);
	return needed;
}

/* Every wait that is needed is missed. */
START_TEST(corpus_waits)
{
	for (int preamble = 0; preamble < 2; preamble++) {
		struct agx_text text, rest;
		struct heard heard;

		load_corpus(&text, _i, preamble);
		for (u32 i = 0; i < text.code.n; i++) {
			if (text.insn[i].op != AGX_OP_WAIT || !wait_needed(&text, i))
				continue;
			without(&text, i, &rest);
			check(&rest.code, (struct agx_check_opts){ .preamble = preamble }, &heard);
			ck_assert_msg(heard.n_hazard[AGX_HAZARD_WAIT] > 0,
				      "%s: nobody misses the wait at %#x", corpus_name(_i),
				      text.offset[i]);
			agx_text_free(&rest);
		}
		agx_text_free(&text);
	}
}
END_TEST

/* Is what instruction i writes read somewhere, and written nowhere else? */
static bool only_writer(const struct agx_flow *flow, u32 i)
{
	struct agx_halves mine = flow->access[i].writes, read = { { 0 } };

	for (u32 k = 0; k < flow->code->n; k++) {
		if (k == i)
			continue;
		agx_halves_remove(&mine, &flow->access[k].writes);
		if (!agx_ignores_sources(&flow->code->insn[k]))
			agx_halves_or(&read, &flow->access[k].reads);
	}
	mine = agx_halves_both(&mine, &read);
	return !agx_halves_empty(&mine);
}

/* Every instruction that alone writes something is missed. */
START_TEST(corpus_writers)
{
	struct agx_text text, rest;
	struct agx_flow flow;
	struct heard heard;

	load_corpus(&text, _i, false);
	ck_assert_int_eq(agx_flow_init(&flow, &text.code), 0);
	for (u32 i = 0; i < text.code.n; i++) {
		if (!only_writer(&flow, i) || agx_halves_has(&flow.access[i].writes, 0))
			continue;
		without(&text, i, &rest);
		check(&rest.code, (struct agx_check_opts){ 0 }, &heard);
		ck_assert_msg(heard.n_hazard[AGX_HAZARD_UNDEFINED] > 0,
			      "%s: nobody misses what is written at %#x", corpus_name(_i),
			      text.offset[i]);
		agx_text_free(&rest);
	}
	agx_flow_destroy(&flow);
	agx_text_free(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("check");
	TCase *tcase = tcase_create("check");
	int n = corpus_count("corpus");

	tcase_set_timeout(tcase, 600);
	tcase_add_loop_test(tcase, small, 0, (int)ARRAY_SIZE(cases));
	tcase_add_test(tcase, options);
	tcase_add_test(tcase, nobody_listens);
	tcase_add_test(tcase, ends);
#if CAN_FAIL_MALLOC
	tcase_add_test(tcase, no_memory);
#endif
	tcase_add_loop_test(tcase, reads_and_writes, 0, (int)ARRAY_SIZE(accesses));
	tcase_add_loop_test(tcase, corpus_clean, 0, n);
	tcase_add_loop_test(tcase, corpus_waits, 0, n);
	tcase_add_loop_test(tcase, corpus_writers, 0, n);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
