// SPDX-License-Identifier: MIT
/*
 * Any bytes as a control stream or as USC words, as the first byte says: refused
 * with a sentence, or building what was read gives the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_cdm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static void expect_refusal(int ret, const struct agx_error *err, size_t size)
{
	expect(ret == -EINVAL || ret == -ENODATA);
	expect(err->text[0] && strlen(err->text) < sizeof(err->text));
	expect(err->bit < (int)(8 * size));
}

static void expect_line(const char *text, int length, size_t room)
{
	expect(length > 0 && (size_t)length < room && strlen(text) == (size_t)length);
	expect(!strchr(text, '\n'));
}

static void stream(const uint8_t *data, size_t size, bool g14x)
{
	u8 again[AGX_CDM_MAX];
	struct agx_error err;
	struct agx_cdm cdm;
	char text[256];
	int n;

	while ((n = agx_cdm_parse(&cdm, data, size, g14x, &err)) > 0) {
		expect((size_t)n <= size && cdm.size == (u32)n);
		expect(agx_cdm_build(&cdm, again, &err) == n && !memcmp(again, data, (size_t)n));
		expect_line(text, agx_cdm_print(text, sizeof(text), &cdm), sizeof(text));
		data += n;
		size -= (size_t)n;
	}
	expect_refusal(n, &err, size);
}

static void each_word(const uint8_t *data, size_t size)
{
	u8 again[AGX_USC_WORD_MAX];
	struct agx_usc_word word;
	struct agx_error err;
	char text[128];
	int n;

	while ((n = agx_usc_next(&word, data, size, &err)) > 0) {
		expect((size_t)n <= size && word.size == (u32)n);
		expect(agx_usc_put(&word, again, &err) == n && !memcmp(again, data, (size_t)n));
		expect_line(text, agx_usc_print(text, sizeof(text), &word), sizeof(text));
		data += n;
		size -= (size_t)n;
	}
	expect_refusal(n, &err, size);
}

/* What a launch is told is told by the words that are built from it, too. */
static void all_words(const uint8_t *data, size_t size)
{
	u8 built[AGX_USC_WORD_MAX * (AGX_USC_MAX_UNIFORMS + 4)];
	static struct agx_usc usc, again;
	struct agx_error err;
	int n = agx_usc_parse(&usc, data, size, &err);

	if (n) {
		expect_refusal(n, &err, size);
		return;
	}
	n = agx_usc_build(&usc, built, sizeof(built), &err);
	if (usc.n_textures || usc.n_samplers) {
		expect(n == -EINVAL);
		return;
	}
	expect(n > 0 && !agx_usc_parse(&again, built, (size_t)n, &err) && again.size == (u32)n);
	usc.size = again.size;
	usc.seen = again.seen;
	expect(!memcmp(&usc, &again, sizeof(usc)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (data[0] & 2) {
		each_word(data + 1, size - 1);
		all_words(data + 1, size - 1);
	} else {
		stream(data + 1, size - 1, data[0] & 1);
	}
	return 0;
}
