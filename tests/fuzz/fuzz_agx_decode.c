// SPDX-License-Identifier: MIT
/*
 * Any bytes as AGX code: refused with a bit, or the same bytes come back from the
 * structure and from the text.
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

static void check_insn(const struct agx_insn *insn, const u8 *code)
{
	struct agx_insn again = *insn, parsed;
	u8 bytes[AGX_INSN_MAX];
	char text[AGX_TEXT_MAX];
	struct agx_error err;

	expect(agx_encode(&again, bytes, &err) == insn->length);
	expect(!memcmp(bytes, code, insn->length));
	expect(agx_print(text, sizeof(text), insn) < AGX_TEXT_MAX);
	expect(!agx_parse(&parsed, text, &err));
	expect(!memcmp(&parsed, insn, sizeof(parsed)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		struct agx_insn insn;
		struct agx_error err;
		/* What is behind the end is not read. */
		size_t left = size - at;
		u8 *code = malloc(left);
		int n;

		expect(code);
		memcpy(code, data + at, left);
		n = agx_decode(&insn, code, left, &err);
		if (n > 0) {
			expect(n == insn.length && (size_t)n <= left);
			expect(agx_length(code, left) == n);
			check_insn(&insn, code);
		} else {
			expect(n == -ENODATA || (n == -EILSEQ && err.bit >= 0 && err.bit < 96));
			expect(memchr(err.text, '\0', sizeof(err.text)));
		}
		free(code);
		at += n > 0 ? n : 2;
	}
	return 0;
}
