// SPDX-License-Identifier: MIT
/* agx-as: assembles a source into kernels and writes them in one of four forms. */
#include "agx-as.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fail(const char *fmt, ...)
{
	va_list args;

	fputs("agx-as: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

struct context {
	struct messages messages;
	struct inputs inputs;
};

static void report(void *ctx, enum agx_severity severity, const struct agx_place *place,
		   const char *message)
{
	const struct context *c = ctx;

	print_message(&c->messages, severity, place, message);
}

static int include(void *ctx, const char *from, const char *file, struct agx_source *source)
{
	struct context *c = ctx;

	return include_file(&c->inputs, from, file, source);
}

/* The kernels asked for: all, or the one of that name. */
static bool choose(const struct args *args, const struct agx_unit *unit,
		   const struct agx_kernel **kernel, u32 *n)
{
	*kernel = unit->kernel;
	*n = unit->n_kernels;
	for (u32 i = 0; args->kernel && i < unit->n_kernels; i++) {
		if (strcmp(unit->kernel[i].name, args->kernel))
			continue;
		*kernel = &unit->kernel[i];
		*n = 1;
		return true;
	}
	if (args->kernel)
		fail("%s has no kernel %s", args->in, args->kernel);
	else if (args->format == FORMAT_RAW && *n > 1)
		fail("%s has %u kernels; --kernel says whose code to write", args->in, *n);
	else
		return true;
	return false;
}

static bool write_raw(const struct args *args, const struct agx_kernel *k)
{
	if (args->preamble && !k->preamble) {
		fail("kernel %s has no preamble", k->name);
		return false;
	}
	return args->preamble ? write_file(args->out, k->preamble, k->preamble_size) :
				write_file(args->out, k->code, k->code_size);
}

static bool write_container(const struct args *args, const struct agx_kernel *k, u32 n)
{
	struct agx_error err;
	void *data;
	size_t size;
	bool ok;
	int ret = agx_container_build(&data, &size, k, n, &err);

	if (ret) {
		fail("%s: %s", args->out, ret == -ENOMEM ? strerror(ENOMEM) : err.text);
		return false;
	}
	ok = write_file(args->out, data, size);
	agx_free(data);
	return ok;
}

enum text { TEXT_HEX, TEXT_C, TEXT_LISTING, TEXT_DEPS };

/* Text is put together in memory, so that the file is written in one go. */
static bool write_text(const char *path, enum text kind, const struct args *args,
		       const struct agx_unit *unit, const struct agx_kernel *k, u32 n,
		       const struct inputs *inputs)
{
	char *data = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&data, &size);
	bool ok;

	if (!f) {
		fail("%s: %s", path, strerror(errno));
		return false;
	}
	if (kind == TEXT_HEX)
		write_hex(f, k, n);
	else if (kind == TEXT_C)
		write_c(f, k, n, args->in);
	else if (kind == TEXT_LISTING)
		write_listing(f, unit);
	else
		write_deps(f, args->out, inputs);
	ok = !ferror(f);
	ok = !fclose(f) && ok;
	if (ok)
		ok = write_file(path, data, size);
	else
		fail("%s: %s", path, strerror(errno));
	free(data);
	return ok;
}

static bool write_all(const struct args *args, const struct agx_unit *unit,
		      const struct inputs *inputs)
{
	const struct agx_kernel *k;
	bool ok;
	u32 n;

	if (!choose(args, unit, &k, &n))
		return false;
	if (args->format == FORMAT_RAW)
		ok = write_raw(args, k);
	else if (args->format == FORMAT_KERNEL)
		ok = write_container(args, k, n);
	else
		ok = write_text(args->out, args->format == FORMAT_C ? TEXT_C : TEXT_HEX, args,
				unit, k, n, inputs);
	if (ok && args->listing)
		ok = write_text(args->listing, TEXT_LISTING, args, unit, k, n, inputs);
	if (ok && args->deps)
		ok = write_text(args->deps, TEXT_DEPS, args, unit, k, n, inputs);
	return ok;
}

static int run(struct args *args)
{
	struct context c = { .inputs = { .args = args } };
	const char *name = strcmp(args->in, "-") ? args->in : "stdin";
	struct agx_unit *unit;
	size_t size;
	char *text = read_file(args->in, &size);
	bool ok;

	if (!text)
		return fail("%s: %s", args->in, strerror(errno));
	messages_init(&c.messages, args->json);
	args->opts.report = report;
	args->opts.include = include;
	args->opts.ctx = &c;
	c.inputs.path = malloc(sizeof(*c.inputs.path));
	if (c.inputs.path)
		c.inputs.path[c.inputs.n++] = strdup(args->in);
	errno = 0;
	unit = c.inputs.path ? agx_assemble(name, text, size, &args->opts) : NULL;
	if (!unit && errno == ENOMEM)
		fail("%s: %s", args->in, strerror(ENOMEM));
	ok = unit && write_all(args, unit, &c.inputs);
	agx_unit_free(unit);
	inputs_free(&c.inputs);
	free(text);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct args args;
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = args_parse(&args, argc, argv);
	if (status < 0)
		status = run(&args);
	args_free(&args);
	if (fflush(stdout))
		status = fail("standard output: %s", strerror(errno));
	return status;
}
