// SPDX-License-Identifier: MIT
/* Lines that begin with a dot. */
#include "asm_priv.h"

bool asm_end_of_line(struct asm_state *as, const char *p)
{
	if (asm_peek(&p)) {
		asm_error(as, p, "expected the end of the line");
		return false;
	}
	return true;
}

bool asm_expect(struct asm_state *as, const char **p, char c)
{
	if (asm_peek(p) != c) {
		asm_error(as, *p, "expected '%c'", c);
		return false;
	}
	(*p)++;
	return true;
}

bool asm_comma(struct asm_state *as, const char **p)
{
	return asm_expect(as, p, ',');
}

bool asm_ident(struct asm_state *as, const char **p, const char *what, struct asm_str *name)
{
	*name = asm_word(p);
	if (!name->n)
		asm_error(as, *p, "expected %s", what);
	return name->n != 0;
}

/* --- conditionals ------------------------------------------------------------------ */

bool asm_is_live(const struct asm_state *as)
{
	return !as->n_conds || as->cond[as->n_conds - 1].live;
}

static bool is_true(struct asm_state *as, const char *p, bool *yes)
{
	struct asm_value v;

	*yes = false;
	if (!asm_expr(as, &p, &v) || !asm_end_of_line(as, p))
		return false;
	*yes = v.is_float ? v.f != 0 : v.i != 0;
	return true;
}

static bool is_defined(struct asm_state *as, const char *p, bool *yes)
{
	struct asm_str name;

	*yes = false;
	if (!asm_ident(as, &p, "a name", &name) || !asm_end_of_line(as, p))
		return false;
	*yes = asm_find(&as->names, name) || asm_find_macro(as, name);
	return true;
}

static bool open_cond(struct asm_state *as, struct asm_str name, const char *p)
{
	bool outer = asm_is_live(as), yes = false, ok = true;
	struct asm_cond *c;

	if (outer && asm_equal(name, "if"))
		ok = is_true(as, p, &yes);
	else if (outer)
		ok = is_defined(as, p, &yes);
	if (ok && outer && asm_equal(name, "ifndef"))
		yes = !yes;
	if (!asm_grow(as, &as->cond, as->n_conds, sizeof(*c)))
		return false;
	c = &as->cond[as->n_conds++];
	memset(c, 0, sizeof(*c));
	c->pos = asm_here(as);
	c->outer = outer;
	/* After an error neither branch says anything useful. */
	c->taken = yes || !ok;
	c->live = yes;
	return ok;
}

static bool next_branch(struct asm_state *as, struct asm_cond *c, bool is_else, const char *p)
{
	bool yes = true, ok = true;

	if (c->has_else) {
		asm_error(as, NULL, "this .if has its .else already");
		asm_report(as, AGX_NOTE, c->pos, 0, "here");
		return false;
	}
	c->has_else = is_else;
	if (is_else)
		ok = asm_end_of_line(as, p);
	else if (c->outer && !c->taken)
		ok = is_true(as, p, &yes);
	c->live = c->outer && !c->taken && yes && ok;
	c->taken |= c->live || !ok;
	return ok;
}

bool asm_conditional(struct asm_state *as, struct asm_str name, const char *p)
{
	bool is_else = asm_equal(name, "else"), is_endif = asm_equal(name, "endif");

	if (asm_equal(name, "if") || asm_equal(name, "ifdef") || asm_equal(name, "ifndef")) {
		open_cond(as, name, p);
		return true;
	}
	if (!is_else && !is_endif && !asm_equal(name, "elseif"))
		return false;
	if (as->n_conds <= as->frame->n_conds)
		asm_error(as, name.p - 1, "there is no .if open");
	else if (is_endif && asm_end_of_line(as, p))
		as->n_conds--;
	else if (!is_endif)
		next_branch(as, &as->cond[as->n_conds - 1], is_else, p);
	return true;
}

/* --- names --------------------------------------------------------------------------- */

static bool define_number(struct asm_state *as, const char *p, bool variable)
{
	struct asm_name *name;
	struct asm_value value;
	struct asm_str word;

	if (!asm_ident(as, &p, "a name", &word) || !asm_comma(as, &p) ||
	    !asm_expr(as, &p, &value) || !asm_end_of_line(as, p))
		return false;
	name = variable ? asm_find(&as->names, word) : NULL;
	if (!name || !name->variable)
		name = asm_define(as, word);
	if (!name)
		return false;
	name->variable = variable;
	name->value = value;
	return true;
}

static bool dir_equ(struct asm_state *as, const char *p)
{
	return define_number(as, p, false);
}

static bool dir_set(struct asm_state *as, const char *p)
{
	return define_number(as, p, true);
}

static bool dir_reg(struct asm_state *as, const char *p)
{
	struct asm_name *name;
	struct asm_reg reg;
	struct asm_str word;
	const char *at;
	bool part;

	if (!asm_ident(as, &p, "a name", &word) || !asm_comma(as, &p))
		return false;
	at = (asm_peek(&p), p);
	if (!asm_reg(as, &p, &reg, &part) || !asm_end_of_line(as, p))
		return false;
	if (reg.kind == AGX_REG && !reg.start) {
		asm_error(as, at, "r0l is what makes lanes active; use r0h or another register");
		return false;
	}
	name = asm_define(as, word);
	if (!name)
		return false;
	name->kind = ASM_REGISTER;
	name->reg = reg;
	/* Parts of what has a name share it, and uniforms have their own directives. */
	return part || reg.kind == AGX_UNIFORM || asm_own(as, name, at);
}

static bool dir_unreg(struct asm_state *as, const char *p)
{
	do {
		struct asm_str word;
		struct asm_name *name;

		if (!asm_ident(as, &p, "the name of a register", &word))
			return false;
		name = asm_find(&as->names, word);
		if (!name || name->kind != ASM_REGISTER) {
			asm_error(as, word.p, "'%.*s' is not the name of a register", (int)word.n,
				  word.p);
			return false;
		}
		asm_remove(as, name);
		if (!asm_peek(&p))
			return true;
	} while (asm_comma(as, &p));
	return false;
}

static bool dir_scope(struct asm_state *as, const char *p)
{
	if (!asm_end_of_line(as, p))
		return false;
	asm_open_scope(as);
	as->n_scopes++;
	return true;
}

static bool dir_endscope(struct asm_state *as, const char *p)
{
	if (!asm_end_of_line(as, p))
		return false;
	if (as->n_scopes <= (as->kernel.in_preamble ? as->kernel.scopes_outside : 0)) {
		asm_error(as, NULL, "no .scope is open");
		return false;
	}
	asm_close_scope(as);
	as->n_scopes--;
	return true;
}

/* --- messages --------------------------------------------------------------------------- */

static bool get_text(struct asm_state *as, const char *p, struct asm_str *text)
{
	const char *end = asm_peek(&p) == '"' ? strchr(p + 1, '"') : NULL;

	if (!end || end == p + 1) {
		asm_error(as, p, "expected a text in double quotes");
		return false;
	}
	*text = (struct asm_str){ p + 1, (u32)(end - p - 1) };
	return asm_end_of_line(as, end + 1);
}

static bool dir_error(struct asm_state *as, const char *p)
{
	struct asm_str text;

	if (get_text(as, p, &text))
		asm_error(as, NULL, "%.*s", (int)text.n, text.p);
	return false;
}

static bool dir_warning(struct asm_state *as, const char *p)
{
	struct asm_str text;

	if (!get_text(as, p, &text))
		return false;
	asm_warning(as, NULL, "%.*s", (int)text.n, text.p);
	return true;
}

/* --- all --------------------------------------------------------------------------------- */

static bool dir_stray(struct asm_state *as, const char *p)
{
	(void)p;
	asm_error(as, NULL, "there is nothing that this could end");
	return false;
}

static const struct {
	const char *name;
	bool (*run)(struct asm_state *as, const char *p);
	bool in_kernel;
} directives[] = {
	{ "bare", asm_dir_bare, true },
	{ "byte", asm_dir_byte, true },
	{ "check", asm_dir_check, false },
	{ "computed", asm_dir_computed, true },
	{ "const", asm_dir_const, true },
	{ "end", asm_dir_end, false },
	{ "endm", dir_stray, false },
	{ "endpreamble", asm_dir_endpreamble, true },
	{ "endr", dir_stray, false },
	{ "endscope", dir_endscope, true },
	{ "equ", dir_equ, false },
	{ "error", dir_error, false },
	{ "hword", asm_dir_hword, true },
	{ "include", asm_include, false },
	{ "irp", asm_dir_irp, false },
	{ "kernel", asm_dir_kernel, false },
	{ "local", asm_dir_local, true },
	{ "macro", asm_dir_macro, false },
	{ "nocheck", asm_dir_nocheck, false },
	{ "preamble", asm_dir_preamble, true },
	{ "reg", dir_reg, true },
	{ "registers", asm_dir_registers, true },
	{ "rept", asm_dir_rept, false },
	{ "scope", dir_scope, true },
	{ "set", dir_set, false },
	{ "shared", asm_dir_shared, true },
	{ "stack", asm_dir_stack, true },
	{ "threadgroup", asm_dir_threadgroup, true },
	{ "uniform", asm_dir_uniform, true },
	{ "unreg", dir_unreg, true },
	{ "warning", dir_warning, false },
};

/* Handled by asm_conditional(), here for who misspells them. */
static const char *const conditionals[] = { "if", "ifdef", "ifndef", "elseif", "else", "endif" };

bool asm_directive(struct asm_state *as, const char *p)
{
	const char *at = p++, *best = NULL;
	struct asm_str word = { p, 0 };
	u32 distance = 0;
	char text[64];

	if (asm_is_letter(*p))
		word = asm_word(&p);
	if (asm_conditional(as, word, p))
		return true;
	for (u32 i = 0; i < ARRAY_SIZE(directives); i++) {
		asm_nearest(word.p, word.n, directives[i].name, &best, &distance);
		if (asm_equal(word, directives[i].name))
			return (!directives[i].in_kernel || asm_need_kernel(as, at)) &&
			       directives[i].run(as, p);
	}
	for (u32 i = 0; i < ARRAY_SIZE(conditionals); i++)
		asm_nearest(word.p, word.n, conditionals[i], &best, &distance);
	asm_error(as, at, "'.%.*s' is not a directive%s", (int)word.n, word.p,
		  asm_meant(text, sizeof(text), ".", best));
	return false;
}
