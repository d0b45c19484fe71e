/* SPDX-License-Identifier: MIT */
/*
 * UTF-8: how long a character is, and bytes that arrive in pieces to whole
 * characters
 */
#ifndef RUNTIME_MODEL_UTF8_H
#define RUNTIME_MODEL_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed character at text (1 to 4); 0: there is none.  len > 0. */
unsigned int mutsu_utf8_len(const char *text, size_t len);

/*
 * Zeroed is ready for use.  text[0..len) is what the last call gave, terminated;
 * it is replaced by the next.
 */
struct utf8_stream {
	char *text;
	size_t len, room;
	unsigned char held[4];	/* the start of a character */
	unsigned int n_held;
};

void mutsu_utf8_fini(struct utf8_stream *stream);

/*
 * What becomes whole with n more bytes.  Every byte sequence that cannot be (the
 * start of) a character is one U+FFFD, and so is NUL, which would end the text.
 * -ENOMEM: the stream is as it was.
 */
int mutsu_utf8_push(struct utf8_stream *stream, const char *bytes, size_t n);

/* What was held back, as U+FFFD. */
int mutsu_utf8_flush(struct utf8_stream *stream);

#endif
