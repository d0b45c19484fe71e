// SPDX-License-Identifier: MIT
/*
 * Any text as assembly: refused with messages that point into it, or kernels that
 * a launcher can use.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/agx/assemble.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
	unsigned int n_errors;
};

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static void report(void *ctx, enum agx_severity severity, const struct agx_place *place,
		   const char *message)
{
	struct input *input = ctx;

	input->n_errors += severity == AGX_ERROR;
	expect(severity <= AGX_ERROR && message[0] && strlen(message) < 600);
	expect(place->file != NULL);
	expect(!place->text || place->line);
	/* At most one behind the end. */
	expect(!place->column || !place->text || place->column <= strlen(place->text) + 1 ||
	       memchr(input->data, 0, input->size));
}

/* The source itself, and one file more. */
static int include(void *ctx, const char *from, const char *file, struct agx_source *source)
{
	const struct input *input = ctx;
	bool self = !strcmp(file, "self");

	expect(from != NULL);
	if (!self && strcmp(file, "x"))
		return -ENOENT;
	source->path = strdup(file);
	source->size = self ? input->size : 4;
	source->text = malloc(source->size + 1);
	expect(source->path && source->text);
	memcpy(source->text, self ? input->data : (const uint8_t *)"stop", source->size);
	return 0;
}

/* Instructions, unless the source has data among them. */
static void check_code(const struct input *input, const u8 *code, u32 size)
{
	int n;

	if (memmem(input->data, input->size, "hword", 5) ||
	    memmem(input->data, input->size, "byte", 4))
		return;
	for (u32 at = 0; at < size; at += (u32)n) {
		struct agx_insn insn;

		n = agx_decode(&insn, code + at, size - at, NULL);
		expect(n > 0);
	}
}

static void check_unit(const struct input *input, const struct agx_unit *unit)
{
	struct agx_container container;
	void *data;
	size_t size;

	for (const struct agx_kernel *k = unit->kernel; k < unit->kernel + unit->n_kernels; k++) {
		expect(!agx_kernel_check(k, NULL));
		check_code(input, k->code, k->code_size);
		if (k->preamble)
			check_code(input, k->preamble, k->preamble_size);
	}
	for (const struct agx_line *l = unit->lines; l < unit->lines + unit->n_lines; l++) {
		const struct agx_kernel *k = &unit->kernel[l->kernel];

		expect(l->kernel < unit->n_kernels && l->file);
		expect(l->offset + l->length <= (l->preamble ? k->preamble_size : k->code_size));
		expect(!l->line == !l->text);
	}
	if (agx_container_build(&data, &size, unit->kernel, unit->n_kernels, NULL)) {
		expect(unit->n_kernels > AGX_CONTAINER_MAX_KERNELS);
		return;
	}
	expect(!agx_container_parse(&container, data, size, NULL));
	expect(container.n_kernels == unit->n_kernels);
	agx_container_destroy(&container);
	agx_free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size, 0 };
	static const char *const defines[] = { "N=4", "F=1.5" };
	struct agx_asm_opts opts = {
		.report = report, .ctx = &input, .include = include, .defines = defines,
		.n_defines = 2, .max_lines = 3000,
		/* Hazards are found in what assembles at all. */
		.no_checks = size && (data[size - 1] & 1),
	};
	/* Ends where its allocation does. */
	char *text = malloc(size ? size : 1);
	struct agx_unit *unit;

	expect(text != NULL);
	memcpy(text, data, size);
	unit = agx_assemble("fuzz.agx", text, size, &opts);
	expect(!unit == (input.n_errors > 0));
	if (unit)
		check_unit(&input, unit);
	agx_unit_free(unit);
	free(text);
	return 0;
}
