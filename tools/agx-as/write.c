// SPDX-License-Identifier: MIT
/* What agx-as makes of kernels: text with bytes, C source, listings, rules for make. */
#include "agx-as.h"

#include <ctype.h>
#include <string.h>

/* --- hex -------------------------------------------------------------------------- */

static void write_bytes(FILE *f, const u8 *bytes, u32 n)
{
	for (u32 i = 0; i < n; i++)
		fprintf(f, "%02x", bytes[i]);
}

static void write_code(FILE *f, const char *title, const char *name, const u8 *code, u32 size)
{
	u32 at = 0;

	fprintf(f, "; %s%s (%u bytes)\n", name, title, size);
	while (at < size) {
		char text[AGX_TEXT_MAX];
		struct agx_insn insn;
		int n = agx_decode(&insn, code + at, size - at, NULL);

		if (n < 0)
			break;
		agx_print(text, sizeof(text), &insn);
		write_bytes(f, code + at, (u32)n);
		fprintf(f, "%*s%s\n", 25 - 2 * n, "", text);
		at += (u32)n;
	}
}

void write_hex(FILE *f, const struct agx_kernel *kernel, u32 n)
{
	for (const struct agx_kernel *k = kernel; k < kernel + n; k++) {
		if (k->preamble)
			write_code(f, ", preamble", k->name, k->preamble, k->preamble_size);
		write_code(f, "", k->name, k->code, k->code_size);
	}
}

/* --- C ------------------------------------------------------------------------------ */

static void write_array(FILE *f, const char *kernel, const char *what, const u8 *bytes, u32 n)
{
	fprintf(f, "\nstatic const u8 %s_%s[%u] = {", kernel, what, n);
	for (u32 i = 0; i < n; i++)
		fprintf(f, "%s0x%02x,", i % 12 ? " " : "\n\t", bytes[i]);
	fputs("\n};\n", f);
}

static void write_params(FILE *f, const struct agx_kernel *k)
{
	fprintf(f, "\nstatic const struct agx_param %s_params[%u] = {\n", k->name, k->n_params);
	for (u32 i = 0; i < k->n_params; i++) {
		const struct agx_param *p = &k->params[i];
		const char *type = agx_param_type_name(p->type);

		fprintf(f, "\t{ .name = \"%s\", .type = AGX_PARAM_", p->name);
		for (; *type; type++)
			fputc(toupper((unsigned char)*type), f);
		fprintf(f, ", .start = %u, .count = %u },\n", p->start, p->count);
	}
	fputs("};\n", f);
}

static void write_record(FILE *f, const struct agx_kernel *k)
{
	fprintf(f, "\nconst struct agx_kernel agx_kernel_%s = {\n", k->name);
	fprintf(f, "\t.name = \"%s\",\n\t.code = %s_code,\n\t.code_size = %u,\n", k->name, k->name,
		k->code_size);
	if (k->preamble)
		fprintf(f, "\t.preamble = %s_preamble,\n\t.preamble_size = %u,\n"
			"\t.preamble_regs = %u,\n", k->name, k->preamble_size, k->preamble_regs);
	fprintf(f, "\t.n_regs = %u,\n\t.n_uniforms = %u,\n", k->n_regs, k->n_uniforms);
	if (k->n_params)
		fprintf(f, "\t.n_params = %u,\n\t.params = %s_params,\n", k->n_params, k->name);
	if (k->constants.halves)
		fprintf(f, "\t.constants = { .data = %s_constants, .start = %u, .halves = %u },\n",
			k->name, k->constants.start, k->constants.halves);
	if (k->shared)
		fprintf(f, "\t.shared = %u,\n", k->shared);
	if (k->stack)
		fprintf(f, "\t.stack = %u,\n", k->stack);
	fprintf(f, "\t.threadgroup = { %u, %u, %u },\n};\n", k->threadgroup[0], k->threadgroup[1],
		k->threadgroup[2]);
}

void write_c(FILE *f, const struct agx_kernel *kernel, u32 n, const char *source)
{
	fputs("/* Made by agx-as from ", f);
	/* Whatever its name, the comment ends where it should. */
	for (; *source; source++)
		fputc(isprint((unsigned char)*source) && *source != '*' ? *source : '?', f);
	fputs(": do not edit. */\n#include \"compute/isa/agx_kernel.h\"\n", f);
	for (const struct agx_kernel *k = kernel; k < kernel + n; k++) {
		write_array(f, k->name, "code", k->code, k->code_size);
		if (k->preamble)
			write_array(f, k->name, "preamble", k->preamble, k->preamble_size);
		if (k->constants.halves)
			write_array(f, k->name, "constants", k->constants.data,
				    2u * k->constants.halves);
		if (k->n_params)
			write_params(f, k);
		write_record(f, k);
	}
}

/* --- listing -------------------------------------------------------------------------- */

static void write_title(FILE *f, const struct agx_kernel *k, bool preamble)
{
	if (preamble)
		fprintf(f, "%s, preamble: %u bytes, %u register halves\n", k->name,
			k->preamble_size, k->preamble_regs);
	else
		fprintf(f, "%s: %u bytes, %u register halves, %u uniform halves, "
			"%u bytes of threadgroup memory\n", k->name, k->code_size, k->n_regs,
			k->n_uniforms, k->shared);
}

void write_listing(FILE *f, const struct agx_unit *unit)
{
	const struct agx_line *last = NULL;

	for (const struct agx_line *l = unit->lines; l < unit->lines + unit->n_lines; l++) {
		const struct agx_kernel *k = &unit->kernel[l->kernel];
		const char *text = l->text ? l->text : "";

		if (!last || last->kernel != l->kernel || last->preamble != l->preamble)
			write_title(f, k, l->preamble);
		while (isspace((unsigned char)*text))
			text++;
		fprintf(f, "%6x  ", l->offset);
		write_bytes(f, (l->preamble ? k->preamble : k->code) + l->offset, l->length);
		if (l->line)
			fprintf(f, "%*s%s:%u: %s", 26 - 2 * l->length, "", l->file, l->line, text);
		fputc('\n', f);
		last = l;
	}
}

/* --- make ------------------------------------------------------------------------------ */

static void write_path(FILE *f, const char *path)
{
	for (; *path; path++) {
		if (strchr(" \t#", *path))
			fputc('\\', f);
		if (*path == '$')
			fputc('$', f);
		fputc(*path, f);
	}
}

/* As gcc -MMD -MP: each included file is a target, so that it may go away. */
void write_deps(FILE *f, const char *target, const struct inputs *inputs)
{
	write_path(f, target);
	fputc(':', f);
	for (size_t i = 0; i < inputs->n; i++) {
		fputc(' ', f);
		write_path(f, inputs->path[i]);
	}
	fputc('\n', f);
	for (size_t i = 1; i < inputs->n; i++) {
		write_path(f, inputs->path[i]);
		fputs(":\n", f);
	}
}
