// SPDX-License-Identifier: MIT
/*
 * What Mesa's disassembler prints of whole programs, through the assembler: the
 * bytes that Mesa's compiler made.
 */
#include "assemble.h"
#include "tests/lib/corpus.h"

/* Lines "  1a: bytes   instruction" from "; part" on, instructions only. */
static void instructions(struct text *to, const char *listing, const char *part)
{
	const char *line = strstr(listing, part);

	to->n = 0;
	to->s[0] = 0;
	ck_assert_ptr_nonnull(line);
	line = strchr(line, '\n');
	while (line && line[1] && line[1] != ';') {
		const char *end = strchr(++line, '\n'), *p = strchr(line, ':');

		if (end && p && p < end) {
			p += 2;
			p += strcspn(p, " ");
			append(to, "%.*s\n", (int)(end - p), p);
		}
		line = end;
	}
}

static void check_program(const char *name, const char *listing, const char *part,
			  const char *file)
{
	static struct text source, messages;
	const struct agx_kernel *k;
	struct agx_unit *unit;
	size_t size;
	u8 *code = corpus_hex(name, file, &size);

	instructions(&source, listing, part);
	unit = assemble_text(source.s, &messages, (struct agx_asm_opts){ .no_checks = true });
	ck_assert_msg(unit != NULL, "%s/%s: %s", name, file, messages.s);
	k = unit->kernel;
	ck_assert_uint_ge(k->code_size, size);
	ck_assert_msg(!memcmp(k->code, code, size), "%s/%s", name, file);
	/* And nothing but the traps behind it. */
	for (size_t i = size; i < k->code_size; i += 2)
		ck_assert(k->code[i] == 0x08 && !k->code[i + 1]);
	agx_unit_free(unit);
	free(code);
}

START_TEST(programs)
{
	const char *name = corpus_name(_i);
	size_t size;
	char *listing = (char *)corpus_file(name, "disasm.txt", &size);

	ck_assert_msg(listing != NULL, "%s/disasm.txt is missing", name);
	check_program(name, listing, "; main shader", "code.hex");
	if (strstr(listing, "; preamble"))
		check_program(name, listing, "; preamble", "preamble.hex");
	free(listing);
}
END_TEST

/* "hex   text" in lines: one program of all that Mesa ever made for us. */
START_TEST(encodings)
{
	size_t size, n = 0;
	char *list = (char *)corpus_file(".", "disasm-real.txt", &size), *line = list;
	char *source = malloc(size + 8), *p = source;
	u8 *code = malloc(size);
	struct agx_asm_opts opts = { .no_checks = true };
	struct agx_unit *unit;

	ck_assert(list && source && code);
	p += sprintf(p, ".bare\n");
	while (*line) {
		char *end = strchr(line, '\n');

		/* sscanf() of the list itself would measure all of it for each byte. */
		for (; *line != ' '; line += 2) {
			char digits[3] = { line[0], line[1] };

			code[n++] = (u8)strtoul(digits, NULL, 16);
		}
		p += sprintf(p, "%.*s", (int)(end + 1 - line), line);
		line = end + 1;
	}
	unit = agx_assemble("real", source, (size_t)(p - source), &opts);
	ck_assert_ptr_nonnull(unit);
	ck_assert_uint_eq(unit->kernel->code_size, n);
	ck_assert(!memcmp(unit->kernel->code, code, n));
	agx_unit_free(unit);
	free(code);
	free(source);
	free(list);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assemble_corpus");
	TCase *tc = tcase_create("corpus");
	int n = corpus_count("corpus");

	suite_add_tcase(suite, tc);
	if (n) {
		tcase_add_loop_test(tc, programs, 0, n);
		tcase_add_test(tc, encodings);
	}
	return suite_run(suite);
}
