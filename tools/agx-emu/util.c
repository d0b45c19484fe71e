// SPDX-License-Identifier: MIT
#include "util.h"

__printf(1, 0) static void say(const char *format, va_list args)
{
	fputs("agx-emu: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return EXIT_FAILED;
}

int misuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	fputs("agx-emu --help lists options and examples\n", stderr);
	return EXIT_MISUSED;
}

/* Like strtoull, but a number begins with a digit. */
static const char *number(const char *text, u64 *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	errno = 0;
	*value = strtoull(text, &end, 0);
	return errno ? NULL : end;
}

bool read_u64(const char *text, u64 *value)
{
	const char *end = number(text, value);

	return end && !*end;
}

bool read_size(const char *text, u64 *value)
{
	static const char units[] = "KMG";
	const char *end = number(text, value);
	const char *unit;
	unsigned int shift;

	if (!end || !*end)
		return end;
	unit = strchr(units, *end);
	if (!unit || end[1])
		return false;
	shift = 10 * (unsigned int)(unit - units + 1);
	if (*value > UINT64_MAX >> shift)
		return false;
	*value <<= shift;
	return true;
}

bool read_triple(const char *text, u32 value[3], u32 rest)
{
	u64 v;

	for (int i = 0; i < 3; i++)
		value[i] = rest;
	for (int i = 0; i < 3; i++) {
		text = number(text, &v);
		if (!text || v > UINT32_MAX)
			return false;
		value[i] = (u32)v;
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
	return false;
}

static char *read_stream(FILE *file, size_t *size)
{
	size_t room = 1 << 16, n = 0;
	char *data = malloc(room), *more;

	while (data) {
		n += fread(data + n, 1, room - n - 1, file);
		if (n < room - 1)
			break;
		room *= 2;
		more = realloc(data, room);
		if (!more)
			free(data);
		data = more;
	}
	if (!data)
		return NULL;
	data[n] = '\0';
	*size = n;
	return data;
}

char *read_file(const char *path, size_t *size)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	char *data;
	bool broken;

	if (!file) {
		fail("%s: %s", path, strerror(errno));
		return NULL;
	}
	errno = 0;
	data = read_stream(file, size);
	broken = ferror(file);
	if (!data || broken) {
		fail("%s: %s", path, strerror(errno ? errno : ENOMEM));
		free(data);
		data = NULL;
	}
	if (file != stdin)
		fclose(file);
	return data;
}

bool write_file(const char *path, const void *data, size_t size)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "wb") : stdout;
	bool ok;

	if (!file) {
		fail("%s: %s", path, strerror(errno));
		return false;
	}
	ok = fwrite(data, 1, size, file) == size;
	ok = (file == stdout ? !fflush(file) : !fclose(file)) && ok;
	if (!ok)
		fail("%s: %s", path, strerror(errno));
	return ok;
}
