// SPDX-License-Identifier: MIT
/* Control streams and USC words as text. */
#include "compute/isa/agx_cdm.h"
#include "dis.h"

#define LINE_MAX_CDM 512

static void print_line(const struct dis_opts *opts, const u8 *data, size_t at, int n,
		       const char *text)
{
	if (opts->hex || opts->offsets)
		printf("%4llx: ", (unsigned long long)(opts->address + at));
	if (opts->hex) {
		for (int i = 0; i < n; i++)
			printf("%02x%s", data[at + (size_t)i], i % 4 == 3 ? " " : "");
		putchar(' ');
	}
	puts(text);
}

static bool bad(const struct dis_opts *opts, size_t at, int ret, const struct agx_error *err)
{
	dis_error("0x%llx: %s", (unsigned long long)(opts->address + at),
		  ret == -ENODATA ? "it ends inside a packet or word" : err->text);
	return false;
}

bool dis_cdm(const struct dis_bytes *bytes, const struct dis_opts *opts)
{
	size_t at = opts->has_entry ? opts->entry : 0;

	while (at < bytes->size) {
		struct agx_error err = { .bit = -1 };
		char text[LINE_MAX_CDM];
		struct agx_cdm cdm;
		int n = agx_cdm_parse(&cdm, bytes->data + at, bytes->size - at, opts->g14x, &err);

		if (n < 0)
			return bad(opts, at, n, &err);
		agx_cdm_print(text, sizeof(text), &cdm);
		print_line(opts, bytes->data, at, n, text);
		at += (size_t)n;
		if (cdm.type == AGX_CDM_TERMINATE)
			break;
	}
	return true;
}

bool dis_usc(const struct dis_bytes *bytes, const struct dis_opts *opts)
{
	size_t at = opts->has_entry ? opts->entry : 0;

	while (at < bytes->size) {
		struct agx_error err = { .bit = -1 };
		char text[LINE_MAX_CDM];
		struct agx_usc_word word;
		int n = agx_usc_next(&word, bytes->data + at, bytes->size - at, &err);

		if (n < 0)
			return bad(opts, at, n, &err);
		agx_usc_print(text, sizeof(text), &word);
		print_line(opts, bytes->data, at, n, text);
		at += (size_t)n;
		if (word.type == AGX_USC_PRESHADER || word.type == AGX_USC_NO_PRESHADER)
			break;
	}
	return true;
}
