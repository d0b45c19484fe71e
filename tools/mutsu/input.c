// SPDX-License-Identifier: MIT
/* Reads a whole file or stdin, within reason. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

/* More text than any context holds; a model file given by mistake ends here. */
#define INPUT_LIMIT ((size_t)1 << 30)

void input_args(struct input *input, struct args *args, const char *what)
{
	const struct arg table[] = {
		{ 'p', "prompt", "TEXT", what, ARG_STRING, .to = &input->text },
		{ 'f', "file", "FILE", "the same, from a file (-: stdin)", ARG_STRING,
		  .to = &input->path },
	};

	args_add(args, table, sizeof(table) / sizeof(table[0]));
}

static int read_all(struct input *input, int fd, const char *name)
{
	size_t room = 0;
	ssize_t n;

	do {
		if (room - input->size < 2) {
			char *data;

			room = room ? room * 2 : 65536;
			if (room > INPUT_LIMIT)
				return output_fail("%s: more than %zu MiB of text", name,
						   input->size >> 20);
			data = realloc(input->data, room);
			if (!data)
				return output_fail("%s: no memory for the text", name);
			input->data = data;
		}
		n = read(fd, input->data + input->size, room - input->size - 1);
		if (n < 0 && errno != EINTR)
			return output_fail("cannot read %s: %s", name, strerror(errno));
		if (n > 0)
			input->size += (size_t)n;
	} while (n);

	if (input->size && input->data[input->size - 1] == '\n')
		input->size--;
	input->data[input->size] = '\0';
	return EXIT_DONE;
}

static int read_file(struct input *input)
{
	int fd, ret;

	fd = open(input->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return output_fail("cannot open %s: %s", input->path, strerror(errno));
	ret = read_all(input, fd, input->path);
	close(fd);
	return ret;
}

static int copy(struct input *input, const char *text)
{
	input->size = strlen(text);
	free(input->data);
	input->data = strdup(text);
	return input->data ? EXIT_DONE : output_fail("no memory for the text");
}

int input_read(struct input *input, const struct args *args, const char *fallback)
{
	int ret;

	if (input->text && input->path)
		return args_misuse(args, "-p and -f: give one of them");
	if (input->text)
		return copy(input, input->text);
	if (input->path && strcmp(input->path, "-"))
		return read_file(input);

	if (!isatty(STDIN_FILENO)) {
		ret = read_all(input, STDIN_FILENO, "standard input");
		if (ret || input->size || input->path)
			return ret;
	}
	if (fallback) {
		input->implied = true;
		return copy(input, fallback);
	}
	return args_misuse(args, "no text: give it with -p TEXT, -f FILE, or on standard input");
}

void input_free(struct input *input)
{
	free(input->data);
	input->data = NULL;
}
