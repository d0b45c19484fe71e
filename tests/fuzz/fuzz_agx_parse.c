// SPDX-License-Identifier: MIT
/*
 * Any lines as AGX instructions: refused with a column, or an instruction that
 * can be encoded and whose text is read as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_isa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static void check_line(const char *line)
{
	struct agx_insn insn, again;
	u8 code[AGX_INSN_MAX], bytes[AGX_INSN_MAX];
	char text[AGX_TEXT_MAX];
	struct agx_error err;
	int n;

	if (agx_parse(&insn, line, &err)) {
		expect(err.bit == -1 && err.column >= 0 && err.column <= (int)strlen(line));
		expect(*err.text && memchr(err.text, '\0', sizeof(err.text)));
		return;
	}
	n = agx_encode(&insn, code, &err);
	expect(n > 0 && agx_decode(&again, code, n, &err) == n);
	/* An alias may decode to what it stands for. */
	expect(agx_encode(&again, bytes, &err) == n && !memcmp(code, bytes, n));
	expect(agx_print(text, sizeof(text), &again) < AGX_TEXT_MAX);
	expect(!agx_parse(&insn, text, &err) && !memcmp(&insn, &again, sizeof(insn)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *next;

	expect(text);
	memcpy(text, data, size);
	text[size] = '\0';
	for (char *line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		check_line(line);
	}
	free(text);
	return 0;
}
