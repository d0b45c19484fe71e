// SPDX-License-Identifier: MIT
#include "agx_text.h"

#define LABELS_MAX 64

struct label {
	char name[32];
	u32 offset;
};

struct jump {
	char name[32];
	u32 insn;
};

struct reader {
	struct agx_text *text;
	struct label label[LABELS_MAX];
	struct jump jump[LABELS_MAX];
	u32 n_labels, n_jumps;
	u32 size;	/* bytes so far */
};

static void give_up(const char *what, const char *where)
{
	fprintf(stderr, "agx_text: %s: %s\n", where, what);
	abort();
}

void agx_text_add(struct agx_text *text, const struct agx_insn *insn)
{
	u32 n = text->code.n;

	if (n == text->room) {
		struct agx_insn *more;

		text->room = text->room ? 2 * text->room : 64;
		more = aligned_alloc(_Alignof(struct agx_insn), text->room * sizeof(*more));
		text->offset = realloc(text->offset, text->room * sizeof(*text->offset));
		if (!more || !text->offset)
			abort();
		if (n)
			memcpy(more, text->insn, n * sizeof(*more));
		free(text->insn);
		text->insn = more;
	}
	text->offset[n] = n ? text->offset[n - 1] + text->insn[n - 1].length : 0;
	text->insn[n] = *insn;
	text->code = (struct agx_code){ text->insn, text->offset, n + 1 };
}

/* "jmp_any name" becomes "jmp_any 0", to be corrected when all labels are known. */
static void take_label(struct reader *r, char *line)
{
	char *name = line + strcspn(line, " ");

	name += strspn(name, " ");
	if (strncmp(line, "jmp_any ", 8) && strncmp(line, "jmp_none ", 9) &&
	    strncmp(line, "call ", 5))
		return;
	/* Labels have capital letters. */
	if (*name < 'A' || *name > 'Z')
		return;
	if (r->n_jumps == LABELS_MAX)
		give_up("too many jumps", line);
	snprintf(r->jump[r->n_jumps].name, sizeof(r->jump[0].name), "%s", name);
	r->jump[r->n_jumps++].insn = r->text->code.n;
	strcpy(name, "0");
}

static void read_line(struct reader *r, char *line)
{
	struct agx_error err = { .column = -1 };
	struct agx_insn insn;
	u8 code[AGX_INSN_MAX];
	char *colon;

	line += strspn(line, " \t");
	colon = strchr(line, ':');
	if (colon) {
		*colon = '\0';
		if (r->n_labels == LABELS_MAX)
			give_up("too many labels", line);
		snprintf(r->label[r->n_labels].name, sizeof(r->label[0].name), "%s", line);
		r->label[r->n_labels++].offset = r->size;
		line = colon + 1 + strspn(colon + 1, " \t");
	}
	if (!*line)
		return;
	take_label(r, line);
	if (agx_parse(&insn, line, &err) || agx_encode(&insn, code, &err) < 0)
		give_up(err.text, line);
	agx_text_add(r->text, &insn);
	r->size += insn.length;
}

static u32 find_label(const struct reader *r, const char *name)
{
	for (u32 i = 0; i < r->n_labels; i++) {
		if (!strcmp(r->label[i].name, name))
			return r->label[i].offset;
	}
	give_up("no such label", name);
	return 0;
}

void agx_text_parse(struct agx_text *text, const char *source)
{
	struct reader r = { .text = text };

	*text = (struct agx_text){ 0 };
	while (*source) {
		size_t n = strcspn(source, ";\n");
		char line[AGX_TEXT_MAX];

		snprintf(line, sizeof(line), "%.*s", (int)n, source);
		read_line(&r, line);
		source += n + (source[n] != '\0');
	}
	for (u32 i = 0; i < r.n_jumps; i++) {
		u32 from = r.jump[i].insn;

		text->insn[from].imm = (s32)(find_label(&r, r.jump[i].name) - text->offset[from]);
	}
}

void agx_text_decode(struct agx_text *text, const u8 *bytes, size_t size)
{
	*text = (struct agx_text){ 0 };
	for (size_t at = 0; at < size;) {
		struct agx_error err = { .bit = -1 };
		struct agx_insn insn;
		int n = agx_decode(&insn, bytes + at, size - at, &err);

		if (n < 0)
			give_up(err.text, "machine code");
		agx_text_add(text, &insn);
		at += (size_t)n;
	}
}

void agx_text_free(struct agx_text *text)
{
	free(text->insn);
	free(text->offset);
	*text = (struct agx_text){ 0 };
}
