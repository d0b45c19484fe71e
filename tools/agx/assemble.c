// SPDX-License-Identifier: MIT
/* The assembler: all lines of a source, one after the other. */
#include "asm_priv.h"

struct memory {
	struct asm_arena arena;
	struct agx_kernel *kernels;
	struct agx_line *lines;
};

/* "name:", ".Lname:" and "1:" at p, any number of them; p is behind them then. */
static bool labels(struct asm_state *as, const char **p)
{
	for (;;) {
		const char *q = (asm_peek(p), *p);
		struct asm_str name = { q, 0 };

		q += *q == '.';
		if (*name.p == '.' || !asm_is_digit(*q)) {
			if (!asm_word(&q).n)
				return true;
		} else {
			while (asm_is_digit(*q))
				q++;
		}
		name.n = (u32)(q - name.p);
		if (asm_peek(&q) != ':')
			return true;
		*p = q + 1;
		if (!asm_define_label(as, name))
			return false;
	}
}

static void statement(struct asm_state *as)
{
	const char *p = as->line, *after;
	struct asm_macro *macro;
	struct asm_str word;
	char c;

	if (!asm_is_live(as)) {
		if (asm_peek(&p) == '.') {
			p++;
			word = asm_word(&p);
			asm_conditional(as, word, p);
		}
		return;
	}
	if (!labels(as, &p))
		return;
	c = asm_peek(&p);
	if (!c)
		return;
	if (c == '.') {
		asm_directive(as, p);
	} else if (c == '@') {
		asm_flow(as, p);
	} else if (asm_is_letter(c)) {
		after = p;
		word = asm_word(&after);
		macro = asm_find_macro(as, word);
		if (macro)
			asm_call_macro(as, macro, after);
		else
			asm_insn(as, p);
	} else if (c == '#') {
		asm_error(as, p, "expected an instruction; comments begin with // or ;");
	} else {
		asm_error(as, p, "expected a label, an instruction, a macro, a directive or a comment");
	}
}

/* "NAME=VALUE" as .equ NAME, VALUE. */
static void define(struct asm_state *as, const char *text)
{
	const char *equals = strchr(text, '='), *p;
	struct asm_str word;
	struct asm_name *name;
	struct asm_value value = { .i = 1 };

	as->pos = (struct asm_pos){ NULL, 0, 0, NULL };
	as->here = NULL;
	if (strlen(text) > ASM_LINE_MAX) {
		asm_error(as, NULL, "a definition of more than %d bytes", ASM_LINE_MAX);
		return;
	}
	strcpy(as->line, text);
	p = as->line;
	if (!asm_ident(as, &p, "a name", &word))
		return;
	if (equals) {
		if (*p != '=') {
			asm_error(as, p, "expected '='");
			return;
		}
		p++;
		if (!asm_expr(as, &p, &value))
			return;
	}
	if (!asm_end_of_line(as, p))
		return;
	name = asm_define(as, word);
	if (name)
		name->value = value;
}

static void assemble(struct asm_state *as, const char *file, const char *text, size_t size)
{
	struct asm_frame *frame = asm_alloc(as, sizeof(*frame));
	char *copy = asm_strndup(as, text, size);

	as->file = "command line";
	for (size_t i = 0; asm_alive(as) && i < as->opts->n_defines; i++)
		define(as, as->opts->defines[i]);
	if (!frame || !copy)
		return;
	as->file = file;
	frame->file = file;
	frame->text = (struct asm_str){ copy, (u32)size };
	frame->line = 1;
	as->pos = (struct asm_pos){ frame, 1, 0, copy };
	asm_push(as, frame);
	while (asm_next_line(as))
		statement(as);
	if (!asm_alive(as))
		return;
	if (as->kernel.record && !as->kernel.implicit)
		asm_report(as, AGX_ERROR, &as->kernel.pos, 0, "this kernel has no .end");
	else if (as->kernel.record)
		asm_finish_kernel(as);
	else if (!as->n_errors && !as->n_kernels)
		asm_error(as, NULL, "there is no kernel in this source");
}

/* Moves what the unit keeps out of as. */
static struct agx_unit *make_unit(struct asm_state *as)
{
	struct agx_unit *unit = calloc(1, sizeof(*unit));
	struct memory *memory = calloc(1, sizeof(*memory));

	if (!unit || !memory) {
		free(unit);
		free(memory);
		as->no_memory = true;
		return NULL;
	}
	*memory = (struct memory){ as->arena, as->kernels, as->lines };
	*unit = (struct agx_unit){ as->kernels, as->n_kernels, as->lines, as->n_listed, memory };
	as->arena.chunk = NULL;
	as->kernels = NULL;
	as->lines = NULL;
	return unit;
}

struct agx_unit *agx_assemble(const char *file, const char *text, size_t size,
			      const struct agx_asm_opts *opts)
{
	static const struct agx_asm_opts none;
	struct asm_state *as = calloc(1, sizeof(*as));
	struct agx_unit *unit = NULL;

	if (!as) {
		errno = ENOMEM;
		return NULL;
	}
	as->opts = opts ? opts : &none;
	as->max_lines = as->opts->max_lines ? as->opts->max_lines : AGX_ASM_LINES;
	as->file = file;
	if (size > ASM_EXPANDED_MAX)
		asm_report(as, AGX_ERROR, NULL, 0, "more than %u bytes of source", ASM_EXPANDED_MAX);
	else
		assemble(as, file, text, size);
	if (asm_alive(as) && !as->n_errors)
		unit = make_unit(as);
	asm_kernel_free(&as->kernel);
	asm_arena_free(&as->arena);
	free(as->cond);
	free(as->kernels);
	free(as->lines);
	errno = as->no_memory ? ENOMEM : errno;
	free(as);
	return unit;
}

void agx_unit_free(struct agx_unit *unit)
{
	struct memory *memory;

	if (!unit)
		return;
	memory = unit->memory;
	asm_arena_free(&memory->arena);
	free(memory->kernels);
	free(memory->lines);
	free(memory);
	free(unit);
}
