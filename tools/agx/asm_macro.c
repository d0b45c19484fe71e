// SPDX-License-Identifier: MIT
/*
 * Macros and repetitions.  Their bodies are text: \name is replaced in it before
 * anything reads it, so what a macro makes is what its body says.
 */
#include "asm_priv.h"

/* .rept and .irp: the same text, with another value of one parameter each time. */
struct asm_loop {
	struct asm_pos call;
	struct asm_str param;	/* empty: none */
	struct asm_str body;
	struct asm_str *value;	/* .irp; NULL: numbers from 0 */
	u32 n;
	const char *file;
	u32 line;		/* of the body */
};

struct bindings {
	const struct asm_str *param, *value;
	u32 n;
	u32 unique;		/* \@ */
};

/* --- bodies ------------------------------------------------------------------------- */

/*
 * The lines up to the directive end, which is the frame's next line then; the same
 * kind of body may be within.
 */
static bool read_body(struct asm_state *as, const char *what, const char *end,
		      struct asm_str *body, u32 *line)
{
	const struct asm_frame *frame = as->frame;
	const struct asm_pos start = as->pos;
	bool rept = !strcmp(end, "endr");
	u32 depth = 1, pos = frame->pos;

	*line = frame->line;
	body->p = frame->text.p + pos;
	while (asm_next_line_here(as)) {
		const char *p = as->line;
		struct asm_str word;

		if (asm_peek(&p) == '.') {
			p++;
			word = asm_word(&p);
			depth += rept ? asm_equal(word, "rept") || asm_equal(word, "irp") :
				 asm_equal(word, "macro");
			depth -= asm_equal(word, end);
		}
		if (!depth) {
			body->n = pos - (u32)(body->p - frame->text.p);
			return asm_end_of_line(as, p);
		}
		pos = frame->pos;
	}
	if (asm_alive(as))
		asm_report(as, AGX_ERROR, &start, 0, "this %s has no .%s in the same %s", what, end,
			   frame->macro ? "macro" : frame->round ? "repetition" : "file");
	return false;
}

static bool value_of(const struct bindings *b, struct asm_str name, struct asm_str *value)
{
	for (u32 i = 0; i < b->n; i++) {
		if (name.n != b->param[i].n || memcmp(name.p, b->param[i].p, name.n))
			continue;
		*value = b->value[i];
		return true;
	}
	return false;
}

#define NUMBER_MAX 16

/*
 * \name, \@ or \() at p: what it stands for, where necessary with number's memory.
 * Returns its length, 0: it is none of these, or of somebody else.
 */
static u32 parameter(const char *p, const char *end, const struct bindings *b,
		     struct asm_str *value, char number[NUMBER_MAX])
{
	struct asm_str name = { p + 1, 0 };

	if (*p != '\\' || end - p < 2)
		return 0;
	if (p[1] == '@' && b->unique) {
		value->p = number;
		value->n = (u32)snprintf(number, NUMBER_MAX, "%u", b->unique);
		return 2;
	}
	if (p[1] == '(' && end - p > 2 && p[2] == ')') {
		value->n = 0;
		return 3;
	}
	while (name.p + name.n < end && (asm_is_letter(name.p[name.n]) ||
					 (name.n && asm_is_digit(name.p[name.n]))))
		name.n++;
	return value_of(b, name, value) ? 1 + name.n : 0;
}

/* The body with its parameters filled in, to out, or only its length with NULL. */
static u64 fill_in(struct asm_str body, const struct bindings *b, char *out)
{
	const char *p = body.p, *end = p + body.n;
	char number[NUMBER_MAX];
	u64 n = 0;

	while (p < end) {
		struct asm_str from = { p, 1 };
		u32 length = parameter(p, end, b, &from, number);

		if (out && from.n)
			memcpy(out + n, from.p, from.n);
		n += from.n;
		p += length ? length : 1;
	}
	return n;
}

/* A frame over the text that a body becomes; NULL after an error. */
static struct asm_frame *expand(struct asm_state *as, struct asm_str body,
				const struct bindings *b, const char *file, u32 line)
{
	struct asm_frame *frame = asm_alloc(as, sizeof(*frame));
	u64 size = fill_in(body, b, NULL);
	char *text;

	/* An empty body takes its time, too. */
	if (!frame || !asm_count_line(as))
		return NULL;
	if (as->n_expanded + size > ASM_EXPANDED_MAX) {
		asm_error(as, NULL, "macros and repetitions make more than %u bytes",
			  ASM_EXPANDED_MAX);
		as->stop = true;
		return NULL;
	}
	as->n_expanded += (u32)size;
	text = asm_alloc(as, size + 1);
	if (!text)
		return NULL;
	fill_in(body, b, text);
	frame->text = (struct asm_str){ text, (u32)size };
	frame->file = file;
	frame->line = line;
	return frame;
}

/* --- arguments ------------------------------------------------------------------------ */

/* Up to a comma or a stop that is in no bracket and no quotes; blanks go. */
static struct asm_str argument(const char **p, char stop)
{
	struct asm_str s = { (asm_peek(p), *p), 0 };
	u32 depth = 0;
	char quote = 0;

	for (; **p; (*p)++) {
		char c = **p;

		if (quote) {
			quote = c == quote ? 0 : quote;
			continue;
		}
		if (!depth && (c == ',' || c == stop))
			break;
		if (c == '"' || c == '\'')
			quote = c;
		depth += c == '(' || c == '[';
		depth -= depth && (c == ')' || c == ']');
	}
	s.n = (u32)(*p - s.p);
	while (s.n && asm_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool keep(struct asm_state *as, struct asm_str *s)
{
	s->p = asm_strndup(as, s->p, s->n);
	return s->p != NULL;
}

struct asm_macro *asm_find_macro(const struct asm_state *as, struct asm_str name)
{
	struct asm_macro *m = as->macros;

	while (m && !asm_equal(name, m->name))
		m = m->next;
	return m;
}

static bool get_params(struct asm_state *as, struct asm_macro *m, const char *p)
{
	while (asm_peek(&p)) {
		struct bindings b = { m->param, m->param, m->n_params, 0 };
		struct asm_str name, value;

		if (!asm_ident(as, &p, "the name of a parameter", &name))
			return false;
		if (value_of(&b, name, &value)) {
			asm_error(as, name.p, "there is a parameter of this name already");
			return false;
		}
		if (m->n_params == ASM_PARAMS_MAX) {
			asm_error(as, name.p, "a macro with more than %d parameters", ASM_PARAMS_MAX);
			return false;
		}
		value = (struct asm_str){ NULL, 0 };
		m->required[m->n_params] = asm_peek(&p) != '=';
		if (*p == '=') {
			p++;
			value = argument(&p, 0);
		}
		if (!keep(as, &name) || !keep(as, &value))
			return false;
		m->param[m->n_params] = name;
		m->value[m->n_params++] = value;
		if (asm_peek(&p) && !asm_comma(as, &p))
			return false;
	}
	return true;
}

bool asm_dir_macro(struct asm_state *as, const char *p)
{
	struct asm_macro *m = asm_alloc(as, sizeof(*m));
	struct asm_str name;
	bool ok;

	if (!m)
		return false;
	ok = asm_ident(as, &p, "the macro's name", &name);
	if (ok && asm_is_mnemonic(name)) {
		asm_error(as, name.p, "'%.*s' is an instruction; choose another name", (int)name.n,
			  name.p);
		ok = false;
	}
	if (ok && asm_find_macro(as, name)) {
		asm_error(as, name.p, "there is a macro of this name already");
		ok = false;
	}
	if (ok) {
		m->name = asm_strndup(as, name.p, name.n);
		asm_peek(&p);
		p += *p == ',';
		ok = get_params(as, m, p);
	}
	m->file = as->frame->file;
	/* The body is read in any case: it is not to be assembled here. */
	if (!read_body(as, ".macro", "endm", &m->body, &m->line) || !ok)
		return false;
	m->next = as->macros;
	as->macros = m;
	return true;
}

/* "name=" of a parameter: its number, p behind it; else -1. */
static int keyword(const struct asm_macro *m, const char **p)
{
	const char *q = *p;
	struct asm_str name = asm_word(&q);

	if (!name.n || asm_peek(&q) != '=' || q[1] == '=')
		return -1;
	for (u32 i = 0; i < m->n_params; i++) {
		if (name.n == m->param[i].n && !memcmp(name.p, m->param[i].p, name.n)) {
			*p = q + 1;
			return (int)i;
		}
	}
	return -1;
}

static bool get_arguments(struct asm_state *as, const struct asm_macro *m, const char *p,
			  struct asm_str *value)
{
	bool given[ASM_PARAMS_MAX] = { false };
	u32 next = 0;

	while (asm_peek(&p)) {
		const char *at = p;
		int i = keyword(m, &p);
		struct asm_str s;

		i = i < 0 ? (int)next++ : i;
		if (i >= (int)m->n_params) {
			asm_error(as, at, "macro '%s' has %u parameters", m->name, m->n_params);
			return false;
		}
		if (given[i]) {
			asm_error(as, at, "parameter '%.*s' is given twice", (int)m->param[i].n,
				  m->param[i].p);
			return false;
		}
		s = argument(&p, 0);
		/* An empty one is as if it were not there. */
		given[i] = s.n > 0;
		if (s.n)
			value[i] = s;
		if (*p && !asm_comma(as, &p))
			return false;
	}
	for (u32 i = 0; i < m->n_params; i++) {
		if (!given[i] && m->required[i]) {
			asm_error(as, p, "macro '%s' also needs its parameter '%.*s'", m->name,
				  (int)m->param[i].n, m->param[i].p);
			return false;
		}
	}
	return true;
}

bool asm_call_macro(struct asm_state *as, struct asm_macro *macro, const char *p)
{
	struct asm_str value[ASM_PARAMS_MAX];
	struct bindings b = { macro->param, value, macro->n_params, ++as->n_macro_calls };
	struct asm_frame *frame;

	memcpy(value, macro->value, sizeof(value));
	if (!get_arguments(as, macro, p, value))
		return false;
	frame = expand(as, macro->body, &b, macro->file, macro->line);
	if (!frame)
		return false;
	frame->macro = macro->name;
	return asm_push(as, frame);
}

/* --- repetitions -------------------------------------------------------------------------- */

static bool begin_round(struct asm_state *as, const struct asm_loop *loop, u32 round)
{
	char number[NUMBER_MAX];
	struct asm_str value = { number, 0 };
	struct bindings b = { &loop->param, &value, loop->param.n != 0, 0 };
	struct asm_frame *frame;

	if (loop->value)
		value = loop->value[round];
	else
		value.n = (u32)snprintf(number, sizeof(number), "%u", round);
	frame = expand(as, loop->body, &b, loop->file, loop->line);
	if (!frame)
		return false;
	frame->loop = loop;
	frame->round = round + 1;
	if (!asm_push(as, frame))
		return false;
	frame->call = loop->call;
	return true;
}

void asm_next_round(struct asm_state *as, const struct asm_frame *frame)
{
	if (asm_alive(as) && frame->round < frame->loop->n)
		begin_round(as, frame->loop, frame->round);
}

static bool begin_loop(struct asm_state *as, struct asm_loop *loop, const char *what, bool ok)
{
	loop->call = as->pos;
	loop->file = as->frame->file;
	if (!read_body(as, what, "endr", &loop->body, &loop->line) || !ok)
		return false;
	return !loop->n || begin_round(as, loop, 0);
}

bool asm_dir_rept(struct asm_state *as, const char *p)
{
	struct asm_loop *loop = asm_alloc(as, sizeof(*loop));
	s64 n = 0;
	bool ok;

	if (!loop)
		return false;
	ok = asm_int_in(as, &p, 0, as->max_lines, "number of repetitions", &n);
	if (ok && asm_peek(&p))
		ok = asm_comma(as, &p) && asm_ident(as, &p, "a name for the number", &loop->param) &&
		     keep(as, &loop->param) && asm_end_of_line(as, p);
	loop->n = (u32)n;
	return begin_loop(as, loop, ".rept", ok);
}

bool asm_dir_irp(struct asm_state *as, const char *p)
{
	struct asm_loop *loop = asm_alloc(as, sizeof(*loop));
	bool ok;

	if (!loop)
		return false;
	/* A line has no more than that. */
	loop->value = asm_alloc(as, (strlen(p) + 1) * sizeof(*loop->value));
	ok = loop->value && asm_ident(as, &p, "the name of the parameter", &loop->param) &&
	     keep(as, &loop->param);
	while (ok && asm_peek(&p)) {
		ok = asm_comma(as, &p);
		loop->value[loop->n] = argument(&p, 0);
		ok = ok && keep(as, &loop->value[loop->n]);
		loop->n++;
	}
	return begin_loop(as, loop, ".irp", ok);
}
