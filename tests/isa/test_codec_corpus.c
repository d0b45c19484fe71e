// SPDX-License-Identifier: MIT
/*
 * Encodings that Mesa's compiler made or its disassembler knows, with its text:
 * ours agrees, and bytes come back from the structure and from the text.
 */
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_isa.h"
#include "tests/lib/corpus.h"
#include "tests/lib/suite.h"

/* --- how our spelling differs (Documentation/agx-isa.rst) ---------------------- */

static void cut(char *text, const char *what)
{
	char *at = strstr(text, what);

	if (at)
		memmove(at, at + strlen(what), strlen(at + strlen(what)) + 1);
}

static void cut_from(char *text, const char *what)
{
	char *at = strstr(text, what);

	if (at)
		*at = '\0';
}

/* Our text as Mesa spells it. */
static void as_mesa(char *text, const struct agx_insn *insn)
{
	if (insn->flags & AGX_LONG)
		cut(text, ", long");
	if (insn->flags & AGX_SHORT)
		cut(text, ", short");
	cut_from(text, ", ignored ");
	cut(text, ".zx");
	if (insn->op == AGX_OP_FCMP_BALLOT)
		strcpy(strrchr(text, ' ') + 1, agx_icond_name(insn->cond));
}

static void encodes_to(const struct agx_insn *from, const u8 *code, size_t n, const char *text)
{
	struct agx_insn insn = *from;
	u8 bytes[AGX_INSN_MAX] = { 0 };
	struct agx_error err;
	int length = agx_encode(&insn, bytes, &err);

	ck_assert_msg(length == (int)n, "%s: %d: %s", text, length, length < 0 ? err.text : "");
	ck_assert_msg(!memcmp(bytes, code, n), "%s: other bytes", text);
}

/* Bytes to text and back; the text is kept. */
static void there_and_back(struct agx_insn *insn, const u8 *code, size_t n, char *text)
{
	struct agx_insn parsed;
	struct agx_error err;
	int length = agx_decode(insn, code, n, &err);

	ck_assert_msg(length == (int)n, "%02x%02x...: %d: %s", code[0], code[1], length,
		      length < 0 ? err.text : "");
	ck_assert_int_eq(agx_length(code, n), length);
	length = agx_print(text, AGX_TEXT_MAX, insn);
	ck_assert_int_lt(length, AGX_TEXT_MAX);
	ck_assert_int_eq(strlen(text), length);
	encodes_to(insn, code, n, text);
	ck_assert_msg(!agx_parse(&parsed, text, &err), "%s: %d: %s", text, err.column, err.text);
	ck_assert_msg(!memcmp(&parsed, insn, sizeof(parsed)), "%s: parsed to another", text);
}

/* Lines of "hex  text". */
static unsigned int check_lines(char *lines)
{
	unsigned int n_lines = 0;

	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"), n_lines++) {
		char text[AGX_TEXT_MAX], *theirs = line;
		struct agx_insn insn;
		u8 code[AGX_INSN_MAX];
		unsigned int byte;
		size_t n = 0;

		for (; n < AGX_INSN_MAX && sscanf(theirs, "%2x", &byte) == 1 && *theirs != ' ';
		     theirs += 2)
			code[n++] = (u8)byte;
		theirs += strspn(theirs, " ");
		for (size_t end = strlen(theirs); end && theirs[end - 1] == ' ';)
			theirs[--end] = '\0';
		there_and_back(&insn, code, n, text);
		as_mesa(text, &insn);
		ck_assert_str_eq(text, theirs);
	}
	return n_lines;
}

/* A file of the corpus itself, or NULL with a skip noted. */
static char *lines_of(const char *test, const char *file, size_t *size)
{
	char *lines = NULL;

	if (!corpus_count(test))
		return NULL;
	lines = (char *)corpus_file(".", file, size);
	if (!lines)
		suite_skip(test, "the corpus has no list of encodings");
	return lines;
}

START_TEST(what_compilers_make)
{
	size_t size;
	char *lines = lines_of("what_compilers_make", "disasm-real.txt", &size);

	ck_assert_ptr_nonnull(lines);
	ck_assert_uint_gt(check_lines(lines), 10000);
	free(lines);
}
END_TEST

START_TEST(what_disassemblers_know)
{
	static char lines[8 << 20];
	size_t size, in = 0, out = 0;
	uint64_t limit = UINT64_MAX;
	char *packed = lines_of("what_disassemblers_know", "disasm-fuzz.txt.xz", &size);

	ck_assert_ptr_nonnull(packed);
	ck_assert_int_eq(lzma_stream_buffer_decode(&limit, 0, NULL, (u8 *)packed, &in, size,
						   (u8 *)lines, &out, sizeof(lines) - 1),
			 LZMA_OK);
	ck_assert_uint_gt(check_lines(lines), 30000);
	free(packed);
}
END_TEST

static void check_program(const char *name, const char *file)
{
	size_t size, at = 0;
	u8 *code;

	if (!(code = corpus_file(name, file, &size)))
		return;
	free(code);
	code = corpus_hex(name, file, &size);
	while (at < size) {
		char text[AGX_TEXT_MAX];
		struct agx_insn insn;
		int n = agx_length(code + at, size - at);

		ck_assert_msg(n > 0, "%s/%s: %zu: %d", name, file, at, n);
		there_and_back(&insn, code + at, (size_t)n, text);
		at += (size_t)n;
	}
	free(code);
}

START_TEST(programs)
{
	check_program(corpus_name(_i), "code.hex");
	check_program(corpus_name(_i), "preamble.hex");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codec: corpus");
	TCase *tcase = tcase_create("corpus");
	int n = corpus_count("programs");
	size_t size;
	char *lines;

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, programs, 0, n);
	if ((lines = lines_of("what_compilers_make", "disasm-real.txt", &size)))
		tcase_add_test(tcase, what_compilers_make);
	free(lines);
	if ((lines = lines_of("what_disassemblers_know", "disasm-fuzz.txt.xz", &size)))
		tcase_add_test(tcase, what_disassemblers_know);
	free(lines);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
