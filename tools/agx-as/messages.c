// SPDX-License-Identifier: MIT
/*
 * Messages as compilers print them, or one JSON object per line.  Whatever the
 * source contains, a terminal gets only text.
 */
#include "agx-as.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {
	[AGX_NOTE] = "note", [AGX_WARNING] = "warning", [AGX_ERROR] = "error",
};

static const char *const colors[] = {
	[AGX_NOTE] = "\033[1;36m", [AGX_WARNING] = "\033[1;35m", [AGX_ERROR] = "\033[1;31m",
};

void messages_init(struct messages *messages, bool json)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	messages->json = json;
	messages->color = !json && isatty(STDERR_FILENO) && !(no_color && *no_color) &&
			  !(term && !strcmp(term, "dumb"));
}

/* Bytes of the UTF-8 character at s that is safe to print; 0: none. */
static size_t character(const char *s)
{
	const u8 *c = (const u8 *)s;
	size_t n = *c < 0x80 ? 1 : *c >= 0xc2 && *c < 0xe0 ? 2 : *c >= 0xe0 && *c < 0xf0 ? 3 :
		   *c >= 0xf0 && *c < 0xf5 ? 4 : 0;

	if (n == 1)
		return *c >= 0x20 && *c != 0x7f;
	for (size_t i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Control characters, surrogates, longer than need be, or too large. */
	if ((*c == 0xc2 && c[1] < 0xa0) || (*c == 0xe0 && c[1] < 0xa0) ||
	    (*c == 0xed && c[1] >= 0xa0) || (*c == 0xf0 && c[1] < 0x90) ||
	    (*c == 0xf4 && c[1] >= 0x90))
		return 0;
	return n;
}

static void print_safe(FILE *f, const char *s)
{
	while (*s) {
		size_t n = character(s);

		if (n)
			fwrite(s, 1, n, f);
		else
			fputc(*s == '\t' ? '\t' : '?', f);
		s += n ? n : 1;
	}
}

/* A mark below the column: as wide as what is before it. */
static void print_caret(FILE *f, const char *text, u32 column)
{
	const char *end = text + column - 1;

	while (*text && text < end) {
		size_t n = character(text);

		fputc(*text == '\t' ? '\t' : ' ', f);
		text += n ? n : 1;
	}
}

static void print_text(const struct messages *messages, enum agx_severity severity,
		       const struct agx_place *place, const char *text)
{
	const char *bold = messages->color ? "\033[1m" : "", *off = messages->color ? "\033[0m" : "";
	const char *color = messages->color ? colors[severity] : "";

	fputs(bold, stderr);
	print_safe(stderr, place->file);
	if (place->line)
		fprintf(stderr, ":%u", place->line);
	if (place->line && place->column)
		fprintf(stderr, ":%u", place->column);
	fprintf(stderr, ":%s %s%s:%s ", off, color, names[severity], off);
	print_safe(stderr, text);
	fputc('\n', stderr);
	if (!place->text)
		return;
	print_safe(stderr, place->text);
	fputc('\n', stderr);
	if (!place->column)
		return;
	print_caret(stderr, place->text, place->column);
	fprintf(stderr, "%s^%s\n", color, off);
}

/* JSON is UTF-8: what is not becomes a question mark. */
static json_t *string(const char *s)
{
	char *copy = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&copy, &size);
	json_t *json;

	if (!f)
		return NULL;
	print_safe(f, s);
	json = fclose(f) ? NULL : json_string(copy);
	free(copy);
	return json;
}

static void print_json(enum agx_severity severity, const struct agx_place *place,
		       const char *text)
{
	json_t *object = json_object();
	char *line;

	json_object_set_new(object, "severity", json_string(names[severity]));
	json_object_set_new(object, "file", string(place->file));
	if (place->line)
		json_object_set_new(object, "line", json_integer(place->line));
	if (place->line && place->column)
		json_object_set_new(object, "column", json_integer(place->column));
	json_object_set_new(object, "message", string(text));
	if (place->text)
		json_object_set_new(object, "text", string(place->text));
	line = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (line)
		fprintf(stderr, "%s\n", line);
	free(line);
	json_decref(object);
}

void print_message(const struct messages *messages, enum agx_severity severity,
		   const struct agx_place *place, const char *text)
{
	if (messages->json)
		print_json(severity, place, text);
	else
		print_text(messages, severity, place, text);
}
