// SPDX-License-Identifier: MIT
#include "dis.h"

#define INPUT_MAX (1u << 28)	/* bytes; no program is that long */

static bool grow(struct dis_bytes *bytes, size_t *room)
{
	size_t larger = *room ? 2 * *room : 1u << 16;
	u8 *data = realloc(bytes->data, larger);

	if (!data)
		return false;
	bytes->data = data;
	*room = larger;
	return true;
}

static bool read_all(struct dis_bytes *bytes, const char *file, FILE *from)
{
	size_t room = 0;

	for (;;) {
		if (bytes->size == room && (room >= INPUT_MAX || !grow(bytes, &room))) {
			dis_error("%s: %s", file, room >= INPUT_MAX ? "too long" : "no memory");
			return false;
		}
		bytes->size += fread(bytes->data + bytes->size, 1, room - bytes->size, from);
		if (ferror(from)) {
			dis_error("%s: %s", file, strerror(errno));
			return false;
		}
		if (feof(from))
			return true;
	}
}

static int hex_digit(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_space(u8 c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool looks_like_hex(const struct dis_bytes *bytes)
{
	bool digits = false;

	for (size_t i = 0; i < bytes->size; i++) {
		if (hex_digit(bytes->data[i]) >= 0)
			digits = true;
		else if (!is_space(bytes->data[i]))
			return false;
	}
	return digits;
}

/* In place: two digits make a byte, blanks and line ends between digits count for nothing. */
static bool from_hex(struct dis_bytes *bytes, const char *file)
{
	size_t n_digits = 0, line = 1;
	u8 byte = 0;

	for (size_t i = 0; i < bytes->size; i++) {
		u8 c = bytes->data[i];
		int digit = hex_digit(c);

		line += c == '\n';
		if (is_space(c))
			continue;
		if (digit < 0) {
			dis_error("%s: line %zu: '%c' is no hexadecimal digit", file, line,
				  c > 32 && c < 127 ? c : '?');
			return false;
		}
		byte = (u8)(byte << 4 | digit);
		if (n_digits++ % 2)
			bytes->data[n_digits / 2 - 1] = byte;
	}
	if (n_digits % 2) {
		dis_error("%s: %zu hexadecimal digits, half a byte too many", file, n_digits);
		return false;
	}
	bytes->size = n_digits / 2;
	return true;
}

bool dis_read(struct dis_bytes *bytes, const char *file, enum dis_input input)
{
	bool standard = !strcmp(file, "-");
	FILE *from = standard ? stdin : fopen(file, "rb");
	bool ok;

	*bytes = (struct dis_bytes){ 0 };
	if (!from) {
		dis_error("%s: %s", file, strerror(errno));
		return false;
	}
	ok = read_all(bytes, standard ? "standard input" : file, from);
	if (!standard)
		fclose(from);
	if (ok && (input == DIS_HEX || (input == DIS_ANY && looks_like_hex(bytes))))
		ok = from_hex(bytes, file);
	if (!ok)
		free(bytes->data);
	return ok;
}
