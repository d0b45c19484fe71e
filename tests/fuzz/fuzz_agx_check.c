// SPDX-License-Identifier: MIT
/*
 * Any bytes as a program: its analysis ends, reports hazards in the order of the code
 * with a sentence each, as many as it says, and keeps statistics within their bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/agx_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	const struct agx_code *code;
	u32 n, last;
};

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static void hear(void *ctx, enum agx_hazard hazard, u32 index, const char *message)
{
	struct heard *heard = ctx;

	expect(index < heard->code->n && index >= heard->last);
	expect(hazard <= AGX_HAZARD_FLOW);
	expect(*message && strlen(message) < 255 && !strchr(message, '\n'));
	heard->last = index;
	heard->n++;
}

/* What cannot be decoded is left out; a little of any program is enough. */
static void decode(struct agx_text *text, const uint8_t *data, size_t size)
{
	memset(text, 0, sizeof(*text));
	while (size && text->code.n < 1000) {
		struct agx_insn insn;
		int n = agx_decode(&insn, data, size, NULL);

		if (n > 0)
			agx_text_add(text, &insn);
		else
			n = 1;
		data += n;
		size -= (size_t)n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct agx_text text;
	struct heard heard = { .code = &text.code };
	struct agx_check_opts opts = { .report = hear, .ctx = &heard };
	struct agx_stat stat;

	if (!size)
		return 0;
	opts.preamble = data[0] & 1;
	opts.n_regs = data[0] & 2 ? 64 : 0;
	decode(&text, data + 1, size - 1);
	expect(agx_check(&text.code, &opts) == (int)heard.n);
	expect(agx_stat(&text.code, &stat) == 0);
	expect(stat.n_insns <= text.code.n && stat.live_peak <= AGX_HALVES);
	expect(!text.code.n || stat.live_peak_at < text.code.n);
	agx_text_free(&text);
	return 0;
}
