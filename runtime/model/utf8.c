// SPDX-License-Identifier: MIT
/*
 * UTF-8 as the Unicode standard has it (table 3-7): no overlong forms, no
 * surrogates, nothing above U+10FFFF; garbage is replaced by the maximal
 * subpart, so text comes out the same however its bytes were cut.
 */
#include "utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd";

/* Length that the first byte announces; 0: it cannot start a character. */
static unsigned int announced(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	if (first < 0xe0)
		return 2;
	if (first < 0xf0)
		return 3;
	return first < 0xf5 ? 4 : 0;
}

/* Whether byte may be number i (from 1) of a character that starts with first. */
static bool continues(unsigned char first, unsigned int i, unsigned char byte)
{
	unsigned char lo = 0x80, hi = 0xbf;

	if (i == 1) {
		if (first == 0xe0)
			lo = 0xa0;
		else if (first == 0xed)
			hi = 0x9f;
		else if (first == 0xf0)
			lo = 0x90;
		else if (first == 0xf4)
			hi = 0x8f;
	}
	return byte >= lo && byte <= hi;
}

unsigned int mutsu_utf8_len(const char *text, size_t len)
{
	const unsigned char *byte = (const unsigned char *)text;
	unsigned int n = announced(byte[0]);

	if (n > len)
		return 0;
	for (unsigned int i = 1; i < n; i++) {
		if (!continues(byte[0], i, byte[i]))
			return 0;
	}
	return n;
}

void mutsu_utf8_fini(struct utf8_stream *stream)
{
	free(stream->text);
	memset(stream, 0, sizeof(*stream));
}

static int reserve(struct utf8_stream *stream, size_t n)
{
	size_t need = (n + sizeof(stream->held)) * 3 + 1;
	char *text;

	if (n > SIZE_MAX / 4 - sizeof(stream->held))
		return -ENOMEM;
	if (need > stream->room) {
		text = realloc(stream->text, need);
		if (!text)
			return -ENOMEM;
		stream->text = text;
		stream->room = need;
	}
	stream->len = 0;
	return 0;
}

static void put(struct utf8_stream *stream, const void *bytes, size_t n)
{
	memcpy(stream->text + stream->len, bytes, n);
	stream->len += n;
}

static void put_replacement(struct utf8_stream *stream)
{
	put(stream, replacement, 3);
	stream->n_held = 0;
}

static void push_byte(struct utf8_stream *stream, unsigned char byte)
{
	unsigned char *held = stream->held;

	if (stream->n_held && !continues(held[0], stream->n_held, byte))
		put_replacement(stream);
	if (!stream->n_held && (!byte || !announced(byte))) {
		put_replacement(stream);
		return;
	}

	held[stream->n_held++] = byte;
	if (stream->n_held == announced(held[0])) {
		put(stream, held, stream->n_held);
		stream->n_held = 0;
	}
}

int mutsu_utf8_push(struct utf8_stream *stream, const char *bytes, size_t n)
{
	int ret = reserve(stream, n);

	if (ret)
		return ret;
	for (size_t i = 0; i < n; i++)
		push_byte(stream, (unsigned char)bytes[i]);
	stream->text[stream->len] = '\0';
	return 0;
}

int mutsu_utf8_flush(struct utf8_stream *stream)
{
	int ret = reserve(stream, 0);

	if (ret)
		return ret;
	if (stream->n_held)
		put_replacement(stream);
	stream->text[stream->len] = '\0';
	return 0;
}
