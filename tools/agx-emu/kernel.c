// SPDX-License-Identifier: MIT
#include "kernel.h"

#define CONTAINER_MAGIC "AGXK"

static void report(void *ctx, enum agx_severity severity, const struct agx_place *place,
		   const char *message)
{
	static const char *const names[] = { "note", "warning", "error" };

	(void)ctx;
	if (place->line)
		fprintf(stderr, "%s:%u:%u: ", place->file, place->line, place->column);
	else
		fprintf(stderr, "%s: ", place->file);
	fprintf(stderr, "%s: %s\n", names[severity], message);
	if (!place->text)
		return;
	fprintf(stderr, "  %s\n  ", place->text);
	for (u32 i = 1; i < place->column && place->text[i - 1]; i++)
		fputc(place->text[i - 1] == '\t' ? '\t' : ' ', stderr);
	fputs("^\n", stderr);
}

/* Beside the file that names it, as everywhere. */
static int include(void *ctx, const char *from, const char *file, struct agx_source *source)
{
	const char *slash = strrchr(from, '/');
	int folder = slash && *file != '/' ? (int)(slash + 1 - from) : 0;

	(void)ctx;
	if (asprintf(&source->path, "%.*s%s", folder, from, file) < 0)
		return -ENOMEM;
	source->text = read_file(source->path, &source->size);
	if (source->text)
		return 0;
	free(source->path);
	return -ENOENT;
}

static int assemble(struct kernel *kernel, const struct opts *opts, size_t size)
{
	struct agx_asm_opts asm_opts = {
		.report = report,
		.include = include,
		.defines = opts->defines.item,
		.n_defines = opts->defines.n,
	};

	errno = 0;
	kernel->unit = agx_assemble(kernel->path, kernel->file, size, &asm_opts);
	if (!kernel->unit)
		return fail("%s: %s", kernel->path,
			    errno == ENOMEM ? "out of memory" : "not assembled");
	return 0;
}

static int choose(struct kernel *kernel, const struct agx_kernel *all, u32 n, const char *name)
{
	for (u32 i = 0; i < n; i++) {
		if (name ? !strcmp(all[i].name, name) : n == 1) {
			kernel->is = &all[i];
			return 0;
		}
	}
	if (name)
		misuse("%s: there is no kernel %s in it", kernel->path, name);
	else if (n)
		misuse("%s has %u kernels: which one?  --kernel NAME", kernel->path, n);
	else
		misuse("%s: there is no kernel in it", kernel->path);
	for (u32 i = 0; i < n; i++)
		fprintf(stderr, "  %s\n", all[i].name);
	return EXIT_MISUSED;
}

static int load_raw(struct kernel *kernel, const struct opts *opts, size_t size)
{
	if (!size || size % 2 || size > AGX_PROGRAM_MAX)
		return fail("%s: code is an even number of bytes, up to %u; this is %zu",
			    kernel->path, AGX_PROGRAM_MAX, size);
	kernel->raw = (struct agx_kernel){
		.name = "raw",
		.code = (const u8 *)kernel->file,
		.code_size = (u32)size,
		.n_regs = (u16)((opts->regs + 7) / 8 * 8),
		.n_uniforms = AGX_UNIFORM_HALVES,
		.shared = opts->shared,
	};
	kernel->is = &kernel->raw;
	return 0;
}

static int load_container(struct kernel *kernel, const struct opts *opts, size_t size)
{
	struct agx_error err;
	int ret = agx_container_parse(&kernel->container, kernel->file, size, &err);

	if (ret)
		return fail("%s: %s", kernel->path, ret == -ENOMEM ? "out of memory" : err.text);
	return choose(kernel, kernel->container.kernel, kernel->container.n_kernels,
		      opts->kernel);
}

int kernel_load(struct kernel *kernel, const struct opts *opts)
{
	size_t size;
	int status;

	*kernel = (struct kernel){ .path = opts->file[0] };
	kernel->file = read_file(kernel->path, &size);
	if (!kernel->file)
		return EXIT_FAILED;
	if (opts->raw)
		return load_raw(kernel, opts, size);
	if (size >= 4 && !memcmp(kernel->file, CONTAINER_MAGIC, 4))
		return load_container(kernel, opts, size);
	if (memchr(kernel->file, '\0', size))
		return fail("%s: neither text nor a container (code bytes alone need --raw)",
			    kernel->path);
	status = assemble(kernel, opts, size);
	if (status)
		return status;
	return choose(kernel, kernel->unit->kernel, kernel->unit->n_kernels, opts->kernel);
}

void kernel_free(struct kernel *kernel)
{
	agx_unit_free(kernel->unit);
	if (kernel->container.kernel)
		agx_container_destroy(&kernel->container);
	free(kernel->file);
}

const struct agx_line *kernel_line(const struct kernel *kernel, bool preamble, u32 offset)
{
	const struct agx_unit *unit = kernel->unit;

	for (u32 i = 0; unit && i < unit->n_lines; i++) {
		const struct agx_line *line = &unit->lines[i];

		if (&unit->kernel[line->kernel] == kernel->is && line->preamble == preamble &&
		    line->offset == offset)
			return line->line ? line : NULL;
	}
	return NULL;
}
