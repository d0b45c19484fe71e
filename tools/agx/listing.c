// SPDX-License-Identifier: MIT
/*
 * The text of a program.  What is printed assembles to the bytes that were read: an
 * encoding that the text cannot say is printed as data, with the text beside it.
 */
#include "disasm.h"

#define NO_LABEL 0xffffffffu
#define INDENT 2
#define DEEPEST 16u
#define COMMENT_COLUMN 56
#define N_TRAPS 8

struct listing {
	const struct agx_disasm *program;
	const struct agx_listing_opts *opts;
	u32 *label;	/* of each instruction, or NO_LABEL */
	u8 *depth;	/* how far each is indented */
};

/* --- labels ---------------------------------------------------------------------- */

static bool takes_label(const struct agx_insn *insn)
{
	return insn->op == AGX_OP_JMP_ANY || insn->op == AGX_OP_JMP_NONE || insn->op == AGX_OP_CALL;
}

/* Index of the instruction that insn i jumps to, or NO_LABEL. */
static u32 target(const struct agx_disasm *program, u32 i)
{
	s64 offset = (s64)program->offset[i] + program->insn[i].imm;
	u32 low = 0, high = program->code.n;

	if (!takes_label(&program->insn[i]))
		return NO_LABEL;
	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (program->offset[middle] < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < program->code.n && program->offset[low] == offset ? low : NO_LABEL;
}

static void make_labels(struct listing *list)
{
	u32 n = list->program->code.n, n_labels = 0;

	for (u32 i = 0; i < n; i++)
		list->label[i] = NO_LABEL;
	for (u32 i = 0; i < n; i++) {
		u32 to = target(list->program, i);

		if (to != NO_LABEL)
			list->label[to] = 0;
	}
	for (u32 i = 0; i < n; i++) {
		if (list->label[i] != NO_LABEL)
			list->label[i] = n_labels++;
	}
}

/* --- indentation ------------------------------------------------------------------ */

static void indent(struct listing *list, u32 i, u32 depth)
{
	u32 sum = list->depth[i] + depth;

	list->depth[i] = (u8)(sum < DEEPEST ? sum : DEEPEST);
}

/* Bodies of loops: from where something jumps back to, to the last that does. */
static bool indent_loops(struct listing *list)
{
	const struct agx_disasm *program = list->program;
	u32 n = program->code.n, depth = 0;
	u32 *behind = calloc((size_t)n + 1, sizeof(*behind));	/* the loop that begins here */
	u32 *ends = calloc((size_t)n + 1, sizeof(*ends));	/* loops that end before here */

	if (!behind || !ends) {
		free(behind);
		free(ends);
		return false;
	}
	for (u32 i = 0; i < n; i++) {
		u32 to = program->insn[i].op == AGX_OP_CALL ? NO_LABEL : target(program, i);

		if (to <= i)
			behind[to] = i + 1;
	}
	for (u32 i = 0; i < n; i++) {
		depth -= ends[i];
		if (behind[i]) {
			ends[behind[i]]++;
			depth++;
		}
		indent(list, i, depth);
	}
	free(behind);
	free(ends);
	return true;
}

/* What if opened and pop_exec has not closed, as the nesting that each added. */
struct nest {
	u32 n;
	u8 width[64];
};

static void close_nest(struct nest *nest, u32 width)
{
	while (nest->n && width) {
		u8 *top = &nest->width[nest->n - 1];
		u32 part = *top < width ? *top : width;

		*top = (u8)(*top - part);
		width -= part;
		if (!*top)
			nest->n--;
	}
}

static void indent_ifs(struct listing *list)
{
	struct nest nest = { 0 };

	for (u32 i = 0; i < list->program->code.n; i++) {
		const struct agx_insn *insn = &list->program->insn[i];

		switch (insn->op) {
		case AGX_OP_IF_ICMP:
		case AGX_OP_IF_FCMP:
			indent(list, i, nest.n);
			if (nest.n < sizeof(nest.width) && insn->nest)
				nest.width[nest.n++] = insn->nest;
			break;
		case AGX_OP_ELSE_ICMP:
		case AGX_OP_ELSE_FCMP:
			indent(list, i, nest.n ? nest.n - 1 : 0);
			break;
		case AGX_OP_POP_EXEC:
			close_nest(&nest, insn->nest);
			fallthrough;
		default:
			indent(list, i, nest.n);
		}
	}
}

/* --- lines ------------------------------------------------------------------------- */

static void print_hex(const u8 *bytes, u32 n)
{
	for (u32 i = 0; i < n; i++)
		printf("%02x", bytes[i]);
}

/* Column behind text that starts at a line's beginning, where tabs are 8. */
static int column_of(const char *text)
{
	int column = 0;

	for (; *text; text++)
		column += *text == '\t' ? 8 - column % 8 : 1;
	return column;
}

/* One line with what is said of offset and bytes behind it; note may be NULL. */
static void print_line(const struct listing *list, const char *text, u32 offset, u32 length,
		       const char *note)
{
	const struct agx_listing_opts *opts = list->opts;
	int column = column_of(text);

	fputs(text, stdout);
	if (opts->offsets || opts->hex || note)
		printf("%*s;", column < COMMENT_COLUMN ? COMMENT_COLUMN - column : 1, "");
	if (opts->offsets || opts->hex)
		printf(" %4llx", (unsigned long long)(list->program->address + offset));
	if (opts->hex) {
		fputs(": ", stdout);
		print_hex(list->program->bytes + offset, length);
	}
	if (note)
		printf(" %s", note);
	putchar('\n');
}

/* Bytes that are no instruction, or none that the text can say. */
static void print_data(const struct listing *list, u32 from, u32 to, const char *note)
{
	const u8 *bytes = list->program->bytes;

	while (from < to) {
		char text[64];
		u32 n = to - from < 2 ? 1 : 2;

		if (n == 2)
			snprintf(text, sizeof(text), "\t.hword   0x%04x",
				 bytes[from] | bytes[from + 1] << 8);
		else
			snprintf(text, sizeof(text), "\t.byte    0x%02x", bytes[from]);
		print_line(list, text, from, n, note);
		note = NULL;
		from += n;
	}
}

/* Does the text make these bytes again? */
static bool round_trip(const char *text, const u8 *bytes, const struct agx_insn *insn)
{
	u8 code[AGX_INSN_MAX];
	struct agx_insn again;

	return !agx_parse(&again, text, NULL) &&
	       agx_encode(&again, code, NULL) == insn->length &&
	       !memcmp(code, bytes, insn->length);
}

static void print_insn(const struct listing *list, u32 i)
{
	const struct agx_disasm *program = list->program;
	const struct agx_insn *insn = &program->insn[i];
	u32 offset = program->offset[i], to = target(program, i);
	char text[AGX_TEXT_MAX], line[AGX_TEXT_MAX + 64];

	agx_print(text, sizeof(text), insn);
	if (!round_trip(text, program->bytes + offset, insn)) {
		print_data(list, offset, offset + insn->length, text);
		return;
	}
	if (to != NO_LABEL)
		snprintf(line, sizeof(line), "\t%*s%-8s L%u", INDENT * list->depth[i], "",
			 agx_insn_info((enum agx_op)insn->op)->mnemonic, list->label[to]);
	else
		snprintf(line, sizeof(line), "\t%*s%s", INDENT * list->depth[i], "", text);
	print_line(list, line, offset, insn->length, NULL);
}

/*
 * Instructions to print: without the eight traps behind the last stop, which agx-as
 * puts there.
 */
static u32 without_tail(const struct listing *list)
{
	const struct agx_disasm *program = list->program;
	u32 n = program->code.n, traps = 0;

	while (traps < n && program->insn[n - 1 - traps].op == AGX_OP_TRAP &&
	       list->label[n - 1 - traps] == NO_LABEL)
		traps++;
	if (traps != N_TRAPS || traps == n || program->insn[n - 1 - traps].op != AGX_OP_STOP)
		return n;
	return n - traps;
}

int agx_list(const struct agx_disasm *program, const struct agx_listing_opts *opts)
{
	size_t n = (size_t)program->code.n + 1;
	struct listing list = {
		.program = program,
		.opts = opts,
		.label = calloc(n, sizeof(*list.label)),
		.depth = calloc(n, sizeof(*list.depth)),
	};
	bool ok = list.label && list.depth && indent_loops(&list);
	u32 at = 0, n_printed = 0;
	bool bare = false;

	if (ok) {
		make_labels(&list);
		indent_ifs(&list);
		n_printed = without_tail(&list);
		bare = n_printed == program->code.n;
		if (opts->hex || opts->offsets)
			n_printed = program->code.n;
	}
	/* Else agx-as would add a tail that is not there. */
	if (bare)
		puts("\t.bare");
	for (u32 i = 0; i < n_printed; i++) {
		print_data(&list, at, program->offset[i], NULL);
		if (list.label[i] != NO_LABEL)
			printf("L%u:\n", list.label[i]);
		print_insn(&list, i);
		at = program->offset[i] + program->insn[i].length;
	}
	if (ok && opts->keep_going && n_printed == program->code.n)
		print_data(&list, at, program->end, NULL);
	free(list.label);
	free(list.depth);
	return ok ? 0 : -ENOMEM;
}

void agx_list_raw(const struct agx_disasm *program)
{
	for (u32 i = 0; i < program->code.n; i++) {
		const struct agx_insn *insn = &program->insn[i];
		char text[AGX_TEXT_MAX];

		agx_print(text, sizeof(text), insn);
		printf("%4llx: ", (unsigned long long)(program->address + program->offset[i]));
		print_hex(program->bytes + program->offset[i], insn->length);
		printf("%*s%s\n", 23 - 2 * insn->length > 1 ? 23 - 2 * insn->length : 1, "", text);
	}
}
