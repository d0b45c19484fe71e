// SPDX-License-Identifier: MIT
/* The reference of the instruction set: every instruction and every kind of operand is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_table.h"
#include "tests/lib/suite.h"
#include "tools/agx/reference.h"

/* A heading: the text and a line as long. */
static bool has_heading(const char *rst, const char *text)
{
	char line[128], heading[256];
	size_t n = strlen(text);

	memset(line, '-', n);
	line[n] = '\0';
	snprintf(heading, sizeof(heading), "\n%s\n%s\n", text, line);
	return strstr(rst, heading) != NULL;
}

START_TEST(complete)
{
	size_t size;
	char *rst;
	FILE *f = open_memstream(&rst, &size);

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(agx_reference(f), 0);
	fclose(f);
	ck_assert_ptr_null(strstr(rst, "(null)"));
	for (int op = 0; op < AGX_OP_COUNT; op++)
		ck_assert_msg(has_heading(rst, agx_insn_info(op)->name), "%s",
			      agx_insn_info(op)->name);
	for (int kind = AGX_FIELD_END + 1; kind < AGX_FIELD_MODIFIER; kind++)
		ck_assert_msg(has_heading(rst, agx_operand_types[kind].name), "%s",
			      agx_operand_types[kind].name);
	free(rst);
}
END_TEST

START_TEST(full_disk)
{
	FILE *f = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(f);
	setvbuf(f, NULL, _IONBF, 0);
	ck_assert_int_eq(agx_reference(f), -EIO);
	fclose(f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference");
	TCase *tcase = tcase_create("reference");

	tcase_add_test(tcase, complete);
	tcase_add_test(tcase, full_disk);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
