// SPDX-License-Identifier: MIT
/* Lines from files, macros and repetitions, one after the other, without comments. */
#include "asm_priv.h"

bool asm_push(struct asm_state *as, struct asm_frame *frame)
{
	frame->parent = as->frame;
	frame->depth = as->frame ? as->frame->depth + 1 : 0;
	frame->n_conds = as->n_conds;
	frame->call = as->pos;
	if (frame->depth >= ASM_FRAMES_MAX) {
		asm_error(as, NULL, "more than %d files, macros and repetitions within each other",
			  ASM_FRAMES_MAX);
		as->stop = true;
		return false;
	}
	as->frame = frame;
	return true;
}

/* Conditionals end where they began; the next round of a repetition follows. */
static void pop(struct asm_state *as)
{
	struct asm_frame *frame = as->frame;

	while (asm_alive(as) && as->n_conds > frame->n_conds) {
		as->n_conds--;
		asm_report(as, AGX_ERROR, as->cond[as->n_conds].pos, 0,
			   "this .if has no .endif in the same %s",
			   frame->macro ? "macro" : frame->round ? "repetition" : "file");
	}
	if (frame->in_comment)
		asm_report(as, AGX_ERROR, &as->pos, 0, "a comment that begins with /* does not end");
	as->frame = frame->parent;
	if (frame->round)
		asm_next_round(as, frame);
	else if (!frame->macro && frame->parent)
		as->n_includes--;
}

/* Behind a string or a character that begins at p; stays before the end of the line. */
static u32 skip_quoted(const char *text, u32 i, u32 n)
{
	char quote = text[i++];

	while (i < n && text[i] != quote)
		i += text[i] == '\\' && i + 1 < n ? 2 : 1;
	return i < n ? i + 1 : n;
}

/* Copies the line, blanks in place of comments, so that columns stay. */
static void clean(struct asm_state *as, const char *text, u32 n)
{
	struct asm_frame *frame = as->frame;
	u32 i = 0;

	/* A 0 would end the line, unseen. */
	for (u32 k = 0; k < n; k++)
		as->line[k] = text[k] ? text[k] : 1;
	as->line[n] = 0;
	while (i < n) {
		bool two = i + 1 < n;

		if (frame->in_comment) {
			frame->in_comment = !(two && text[i] == '*' && text[i + 1] == '/');
			as->line[i] = ' ';
			if (!frame->in_comment)
				as->line[++i] = ' ';
			i++;
		} else if (text[i] == ';' || (two && text[i] == '/' && text[i + 1] == '/')) {
			as->line[i] = 0;
			return;
		} else if (two && text[i] == '/' && text[i + 1] == '*') {
			frame->in_comment = true;
			as->line[i++] = ' ';
			as->line[i++] = ' ';
		} else if (text[i] == '"' || text[i] == '\'') {
			i = skip_quoted(text, i, n);
		} else {
			i++;
		}
	}
}

bool asm_count_line(struct asm_state *as)
{
	if (as->n_lines++ < as->max_lines)
		return true;
	asm_error(as, NULL, "more than %u lines, macros and repetitions expanded", as->max_lines);
	as->stop = true;
	return false;
}

static bool read_line(struct asm_state *as)
{
	struct asm_frame *frame = as->frame;
	const char *text = frame->text.p + frame->pos;
	u32 left = frame->text.n - frame->pos;
	const char *newline = memchr(text, '\n', left);
	u32 n = newline ? (u32)(newline - text) : left;

	frame->pos += n + (newline != NULL);
	if (n && text[n - 1] == '\r')
		n--;
	as->pos = (struct asm_pos){ frame, frame->line++, n, text };
	as->here = NULL;
	if (!asm_count_line(as))
		return false;
	if (n > ASM_LINE_MAX) {
		asm_error(as, NULL, "a line of %u bytes; at most %d", n, ASM_LINE_MAX);
		n = 0;
	}
	clean(as, text, n);
	return true;
}

bool asm_next_line(struct asm_state *as)
{
	while (asm_alive(as) && as->frame) {
		if (as->frame->pos < as->frame->text.n)
			return read_line(as);
		pop(as);
	}
	return false;
}

bool asm_next_line_here(struct asm_state *as)
{
	return asm_alive(as) && as->frame->pos < as->frame->text.n && read_line(as);
}

const struct asm_pos *asm_here(struct asm_state *as)
{
	struct asm_pos *pos;

	if (as->here)
		return as->here;
	pos = asm_alloc(as, sizeof(*pos));
	if (pos)
		*pos = as->pos;
	as->here = pos;
	return pos;
}

static bool open_source(struct asm_state *as, const char *at, const char *name,
			struct agx_source *source)
{
	int ret = -EPERM;

	if (as->opts->include)
		ret = as->opts->include(as->opts->ctx, as->pos.frame->file, name, source);
	if (ret == -ENOMEM)
		as->no_memory = true;
	else if (ret)
		asm_error(as, at, "cannot include %s: %s", name, strerror(-ret));
	return !ret;
}

bool asm_include(struct asm_state *as, const char *p)
{
	const char *start = asm_peek(&p) == '"' ? p + 1 : NULL;
	const char *end = start ? strchr(start, '"') : NULL;
	struct agx_source source = { NULL, NULL, 0 };
	struct asm_frame *frame;
	char *name, *text = NULL;

	if (!end || end == start) {
		asm_error(as, p, "expected the name of a file in double quotes");
		return false;
	}
	if (!asm_end_of_line(as, end + 1))
		return false;
	if (as->n_includes >= ASM_INCLUDES_MAX) {
		asm_error(as, start, "more than %d files that include each other", ASM_INCLUDES_MAX);
		as->stop = true;
		return false;
	}
	name = asm_strndup(as, start, (size_t)(end - start));
	frame = asm_alloc(as, sizeof(*frame));
	if (!name || !frame || !open_source(as, start, name, &source))
		return false;
	frame->file = asm_strndup(as, source.path, strlen(source.path));
	as->n_expanded += source.size < ASM_EXPANDED_MAX ? (u32)source.size : ASM_EXPANDED_MAX;
	if (as->n_expanded > ASM_EXPANDED_MAX)
		asm_error(as, start, "more than %u bytes of source", ASM_EXPANDED_MAX);
	else
		text = asm_strndup(as, source.text, source.size);
	free(source.path);
	free(source.text);
	if (!text || !frame->file)
		return false;
	frame->text = (struct asm_str){ text, (u32)source.size };
	frame->line = 1;
	if (!asm_push(as, frame))
		return false;
	as->n_includes++;
	return true;
}
