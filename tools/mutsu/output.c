// SPDX-License-Identifier: MIT
/*
 * What every command prints goes through here, so that a full disk, a closed
 * pipe or an escape sequence in a model file is dealt with in one place.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"

int output_fail(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs("mutsu: ", stderr);
	output_safe(stderr, text, strlen(text), 0);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

bool output_init(void)
{
	bool closed = false;

	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		closed |= fd == STDOUT_FILENO;
		if (open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_FAILED);
	}
	signal(SIGPIPE, SIG_IGN);
	if (closed)
		output_fail("standard output is closed");
	return !closed;
}

bool output_flush(void)
{
	return !fflush(stdout) && !ferror(stdout);
}

int output_finish(int status)
{
	/* The errno of an earlier failure is gone: one more byte shows it again. */
	if (ferror(stdout))
		putchar('\n');
	errno = 0;
	if (!output_flush())
		return output_fail("cannot write to standard output%s%s", errno ? ": " : "",
				   errno ? strerror(errno) : "");
	/* NFS and quotas report what was written here. */
	if (close(STDOUT_FILENO) && errno != EINTR)
		return output_fail("cannot write to standard output: %s", strerror(errno));
	return status;
}

/* Length of the UTF-8 character at text, 0 if there is none. */
static size_t character(const char *text, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	/* By the first byte's high five bits. */
	static const uint8_t lengths[32] = {
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 3, 3, 4, 0,
	};
	size_t n = lengths[*s >> 3];
	uint32_t code = n > 1 ? *s & (0x7f >> n) : *s;

	if (!n || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (n > 1 && (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)))
		return 0;
	return n;
}

void output_safe(FILE *to, const char *text, size_t len, char quote)
{
	for (size_t i = 0, n; i < len; i += n) {
		unsigned char c = (unsigned char)text[i];
		/* C1 controls, U+0080 to U+009F, are escape sequences too. */
		bool c1 = c == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0;

		n = character(text + i, len - i);
		if (c == '\n')
			fputs("\\n", to);
		else if (c == '\t')
			fputs("\\t", to);
		else if (c == '\\' && quote)
			fputs("\\\\", to);
		else if (quote && c == (unsigned char)quote)
			fprintf(to, "\\%c", c);
		else if (!n || c < 0x20 || c == 0x7f || c1)
			fprintf(to, "\\x%02x", c);
		else
			fwrite(text + i, 1, n, to);
		if (!n || c1)
			n = 1;
	}
}

const char *output_bytes(char *text, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	unsigned int unit = 0;

	while (value >= 1000 && unit < 3) {
		value /= 1024;
		unit++;
	}
	if (bytes < 1000)
		snprintf(text, size, "%u bytes", (unsigned int)bytes);
	else
		snprintf(text, size, "%.*f %s", value < 10 ? 1 : 0, value, units[unit]);
	return text;
}

json_t *output_json_text(const char *text, size_t len)
{
	json_t *json = json_stringn(text, len);
	char *clean, *end;

	if (json)
		return json;
	clean = malloc(len * 3 + 1);
	if (!clean)
		return NULL;
	end = clean;
	for (size_t i = 0, n; i < len; i += n) {
		n = character(text + i, len - i);
		if (n)
			end = mempcpy(end, text + i, n);
		else
			end = mempcpy(end, "\xef\xbf\xbd", 3);
		if (!n)
			n = 1;
	}
	json = json_stringn(clean, (size_t)(end - clean));
	free(clean);
	return json;
}

int output_json(json_t *object)
{
	int ret;

	if (!object)
		return output_fail("no memory for the JSON text");
	ret = json_dumpf(object, stdout, JSON_REAL_PRECISION(6));
	json_decref(object);
	putchar('\n');
	if (ret && !ferror(stdout))
		return output_fail("cannot write JSON");
	return EXIT_DONE;
}

json_t *output_json_model(const struct mutsu_model *model, const char *path)
{
	struct mutsu_model_info info;

	mutsu_model_info(model, &info);
	return json_pack("{so so ss so? sb sI sI sI sI sI sI sI sI sI sI}",
			 "name", output_json_text(info.name, strlen(info.name)),
			 "arch", output_json_text(info.arch, strlen(info.arch)),
			 "type", info.type,
			 "path", path ? output_json_text(path, strlen(path)) : NULL,
			 "builtin", !path,
			 "n_params", (json_int_t)info.n_params,
			 "file_bytes", (json_int_t)info.file_size,
			 "n_ctx_train", (json_int_t)info.n_ctx_train,
			 "n_vocab", (json_int_t)info.n_vocab,
			 "n_embd", (json_int_t)info.n_embd,
			 "n_layer", (json_int_t)info.n_layer,
			 "n_head", (json_int_t)info.n_head,
			 "n_head_kv", (json_int_t)info.n_head_kv,
			 "n_expert", (json_int_t)info.n_expert,
			 "n_expert_used", (json_int_t)info.n_expert_used);
}
