// SPDX-License-Identifier: MIT
/* Lines of cases.txt: bytes and text, other spellings, errors with their place. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_isa.h"
#include "tests/lib/suite.h"

#define CASES "tests/isa/cases.txt"

static size_t parse_hex(const char **line, u8 *code)
{
	unsigned int byte;
	size_t n = 0;

	for (; isxdigit((unsigned char)**line); *line += 2) {
		ck_assert_msg(n < AGX_INSN_MAX && sscanf(*line, "%2x", &byte) == 1, "%s", *line);
		code[n++] = (u8)byte;
	}
	*line += strspn(*line, " ");
	return n;
}

static void reads_as(const char *text, const u8 *code, size_t n)
{
	u8 bytes[AGX_INSN_MAX] = { 0 };
	struct agx_insn insn;
	struct agx_error err;

	ck_assert_msg(!agx_parse(&insn, text, &err), "%s: %d: %s", text, err.column, err.text);
	ck_assert_msg(agx_encode(&insn, bytes, &err) == (int)n, "%s: length", text);
	ck_assert_msg(!memcmp(bytes, code, n), "%s: bytes", text);
}

static void prints_as(const char *text, const u8 *code, size_t n)
{
	char printed[AGX_TEXT_MAX];
	struct agx_insn insn;
	struct agx_error err;

	ck_assert_msg(agx_decode(&insn, code, n, &err) == (int)n, "%s: %s", text, err.text);
	agx_print(printed, sizeof(printed), &insn);
	ck_assert_str_eq(printed, text);
}

static void fails_at_bit(int bit, const u8 *code, size_t n)
{
	struct agx_insn insn;
	struct agx_error err;

	ck_assert_msg(agx_decode(&insn, code, n, &err) == -EILSEQ, "bit %d: decodes", bit);
	ck_assert_int_eq(err.bit, bit);
	ck_assert_ptr_nonnull(strstr(err.text, "bit "));
}

/* "COLUMN TEXT | MESSAGE" */
static void fails_at_column(char *line)
{
	char *text, *message = strstr(line, " | ");
	long column = strtol(line, &text, 10);
	struct agx_insn insn;
	struct agx_error err;

	ck_assert_ptr_nonnull(message);
	*message = '\0';
	ck_assert_msg(agx_parse(&insn, text + 1, &err) == -EINVAL, "%s: is read", line);
	ck_assert_str_eq(err.text, message + 3);
	ck_assert_msg(err.column == column && err.bit == -1, "%s: %d", line, err.column);
}

START_TEST(cases)
{
	FILE *f = fopen(CASES, "r");
	int n_cases = 0;
	char line[512];

	ck_assert_msg(f != NULL, CASES " is missing");
	while (fgets(line, sizeof(line), f)) {
		const char *p = line;
		u8 code[AGX_INSN_MAX];
		size_t n;

		line[strcspn(line, "\n")] = '\0';
		if (*line == '#' || !*line)
			continue;
		n_cases++;
		if (*line == '!') {
			fails_at_column(line + 2);
			continue;
		}
		n = parse_hex(&p, code);
		if (*p == '!') {
			fails_at_bit(atoi(p + 2), code, n);
		} else if (*p == '<') {
			reads_as(p + 2, code, n);
		} else {
			prints_as(p, code, n);
			reads_as(p, code, n);
		}
	}
	fclose(f);
	ck_assert_int_gt(n_cases, 500);
}
END_TEST

/* Structures that no text says. */
START_TEST(not_encodable)
{
	struct agx_insn insn;
	struct agx_error err;
	u8 code[AGX_INSN_MAX];

	insn = (struct agx_insn){ .op = AGX_OP_COUNT };
	ck_assert_int_eq(agx_encode(&insn, code, &err), -ERANGE);
	insn = (struct agx_insn){ .op = AGX_OP_STOP, .n_operands = 1 };
	ck_assert_int_eq(agx_encode(&insn, code, &err), -ERANGE);
	insn = (struct agx_insn){ .op = AGX_OP_STOP, .flags = AGX_SATURATE };
	ck_assert_int_eq(agx_encode(&insn, code, &err), -ERANGE);
	insn = (struct agx_insn){ .op = AGX_OP_STOP, .flags = AGX_LONG };
	ck_assert_int_eq(agx_encode(&insn, code, NULL), -ERANGE);
	insn = (struct agx_insn){ .op = AGX_OP_STOP, .ignored = 1 };
	ck_assert_int_eq(agx_encode(&insn, code, &err), -ERANGE);
	insn = (struct agx_insn){ .op = AGX_OP_WAIT, .group = 2 };
	ck_assert_int_eq(agx_encode(&insn, code, &err), -ERANGE);
	ck_assert_str_eq(err.text, "wait: wait group 2 is out of range");
	insn = (struct agx_insn){ .op = AGX_OP_WAIT, .group = 1 };
	ck_assert_int_eq(agx_encode(&insn, code, &err), 2);
	ck_assert_uint_eq(insn.length, 2);
	ck_assert_uint_eq(code[1], 1);

	ck_assert(!agx_parse(&insn, "iadd r0, r1, r2", &err));
	insn.operand[1].value = 3;
	ck_assert_int_eq(agx_encode(&insn, code, &err), -ERANGE);
	insn.operand[1].value = 2;
	insn.operand[1].size = AGX_64;
	ck_assert_int_eq(agx_encode(&insn, code, &err), 8);
	insn.operand[1].hint = 3;
	ck_assert_int_eq(agx_encode(&insn, code, &err), -ERANGE);
	insn.operand[1].hint = AGX_HINT_DISCARD;
	insn.operand[1].abs = 1;
	ck_assert_int_eq(agx_encode(&insn, code, &err), -ERANGE);
}
END_TEST

/* Whatever a structure says, printing ends within the text. */
START_TEST(print_anything)
{
	for (int i = 0; i < 200000; i++) {
		u64 words[sizeof(struct agx_insn) / sizeof(u64)];
		char text[2 * AGX_TEXT_MAX];
		struct agx_insn insn;

		for (size_t k = 0; k < sizeof(words) / sizeof(*words); k++)
			words[k] = kt_random();
		memcpy(&insn, words, sizeof(insn));
		insn.op %= AGX_OP_COUNT + 2;
		memset(text, 'x', sizeof(text));
		agx_print(text, AGX_TEXT_MAX, &insn);
		if (!memchr(text, '\0', AGX_TEXT_MAX) || text[AGX_TEXT_MAX] != 'x')
			ck_abort_msg("seed %llu", (unsigned long long)kt_seed);
	}
}
END_TEST

START_TEST(long_text)
{
	char text[4096] = "iadd ";
	struct agx_insn insn;
	struct agx_error err;

	for (int i = 0; i < 400; i++)
		strcat(text, "r0, ");
	ck_assert_int_eq(agx_parse(&insn, text, &err), -EINVAL);
	memset(text, 'r', sizeof(text) - 1);
	ck_assert_int_eq(agx_parse(&insn, text, &err), -EINVAL);
	ck_assert_int_eq(agx_parse(&insn, "", &err), -EINVAL);
	ck_assert_int_eq(agx_parse(&insn, "  ,", NULL), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codec: text");
	TCase *tcase = tcase_create("text");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, cases);
	tcase_add_test(tcase, not_encodable);
	tcase_add_test(tcase, print_anything);
	tcase_add_test(tcase, long_text);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
