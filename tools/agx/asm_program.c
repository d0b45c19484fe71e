// SPDX-License-Identifier: MIT
/*
 * A program: its instructions in a list until the end, when it is known which
 * optional jumps are there and so where labels are; then its bytes.
 */
#include "asm_priv.h"

#include "check.h"
#include "compute/isa/agx_exec.h"

#define N_TRAPS 8		/* behind the last stop: prefetching ends in them */
#define TAIL_MAX ((N_TRAPS + 1) * 2)

static const struct agx_insn stop_insn = { .op = AGX_OP_STOP };
static const struct agx_insn trap_insn = { .op = AGX_OP_TRAP };

static struct asm_item *append(struct asm_state *as, struct asm_program *program,
			       const struct agx_insn *insn)
{
	u8 code[AGX_INSN_MAX];
	struct asm_item *item;

	if (!asm_grow(as, &program->item, program->n_items, sizeof(*item)))
		return NULL;
	item = &program->item[program->n_items++];
	memset(item, 0, sizeof(*item));
	item->insn = *insn;
	item->label = ASM_NO_LABEL;
	agx_encode(&item->insn, code, NULL);
	program->size += item->insn.length;
	return item;
}

bool asm_program_init(struct asm_state *as, struct asm_program *program, bool preamble)
{
	static const struct agx_insn zero_r0l = {
		.op = AGX_OP_LDIMM16,
		.n_operands = 1,
		.operand = { { .kind = AGX_REG, .size = AGX_16, .count = 1 } },
	};
	struct asm_item *item;

	memset(program, 0, sizeof(*program));
	program->preamble = preamble;
	item = append(as, program, &zero_r0l);
	if (item)
		asm_set_absent(program, 0, true);
	return item != NULL;
}

void asm_program_free(struct asm_program *program)
{
	free(program->item);
	free(program->label);
	program->item = NULL;
	program->label = NULL;
}

u32 asm_emit(struct asm_state *as, const struct agx_insn *insn, u32 label, const char *at)
{
	struct asm_program *program = asm_current(as);
	struct agx_insn copy = *insn;
	u8 code[AGX_INSN_MAX];
	struct asm_item *item;
	struct agx_error err;

	if (agx_encode(&copy, code, &err) < 0) {
		asm_error(as, at, "%s", err.text);
		return ASM_NO_ITEM;
	}
	if (agx_insn_info((enum agx_op)insn->op)->class == AGX_CLASS_STACK &&
	    !as->kernel.has_stack && !as->opts->no_checks) {
		asm_warning(as, at, "the kernel uses its stack, but no .stack says how many bytes");
		/* Once is enough. */
		as->kernel.has_stack = true;
	}
	if (program->size + AGX_INSN_MAX + TAIL_MAX > AGX_PROGRAM_MAX) {
		asm_error(as, at, "a program of more than %u bytes", AGX_PROGRAM_MAX);
		as->stop = true;
		return ASM_NO_ITEM;
	}
	item = append(as, program, &copy);
	if (!item)
		return ASM_NO_ITEM;
	item->label = label;
	item->pos = asm_here(as);
	item->column = asm_column(as, at);
	item->unchecked = as->unchecked;
	return program->n_items - 1;
}

void asm_set_absent(struct asm_program *program, u32 item, bool absent)
{
	struct asm_item *it = &program->item[item];

	if (it->absent == absent)
		return;
	it->absent = absent;
	program->size += absent ? 0u - it->insn.length : it->insn.length;
}

/* Bytes that are no instruction; to the checks they are a trap. */
static bool emit_data(struct asm_state *as, const char *p, u8 size)
{
	do {
		s64 value;
		u32 item;

		if (!asm_int_in(as, &p, 0, size == 1 ? 0xff : 0xffff, "value", &value))
			return false;
		item = asm_emit(as, &trap_insn, ASM_NO_LABEL, p);
		if (item == ASM_NO_ITEM)
			return false;
		asm_current(as)->item[item].data = (u16)value;
		asm_current(as)->item[item].data_size = size;
		if (!asm_peek(&p))
			return true;
	} while (asm_comma(as, &p));
	return false;
}

bool asm_dir_hword(struct asm_state *as, const char *p)
{
	return emit_data(as, p, 2);
}

bool asm_dir_byte(struct asm_state *as, const char *p)
{
	return emit_data(as, p, 1);
}

bool asm_dir_bare(struct asm_state *as, const char *p)
{
	asm_current(as)->bare = true;
	return asm_end_of_line(as, p);
}

/* --- labels ------------------------------------------------------------------------ */

u32 asm_new_label(struct asm_state *as, struct asm_str name)
{
	struct asm_program *program = asm_current(as);
	struct asm_label *label;

	if (!asm_grow(as, &program->label, program->n_labels, sizeof(*label)))
		return ASM_NO_LABEL;
	label = &program->label[program->n_labels];
	memset(label, 0, sizeof(*label));
	label->item = ASM_NO_ITEM;
	label->pos = asm_here(as);
	label->column = asm_column(as, name.p);
	label->name = name.n ? asm_strndup(as, name.p, name.n) : NULL;
	return as->no_memory ? ASM_NO_LABEL : program->n_labels++;
}

void asm_place_label(struct asm_program *program, u32 label)
{
	program->label[label].item = program->n_items;
}

static u32 named_label(struct asm_state *as, struct asm_str name)
{
	struct asm_program *program = asm_current(as);
	struct asm_name *found = asm_find(&program->labels, name);
	u32 label;

	if (found)
		return found->label;
	label = asm_new_label(as, name);
	found = label == ASM_NO_LABEL ? NULL : asm_add(as, &program->labels, name);
	if (!found)
		return ASM_NO_LABEL;
	found->kind = ASM_LABEL;
	found->label = label;
	return label;
}

/* The number of a local label: up to two digits. */
static bool local_number(struct asm_state *as, struct asm_str name, u32 n, u32 *number)
{
	*number = 0;
	for (u32 i = 0; i < n && *number < ASM_LOCAL_LABELS; i++)
		*number = *number * 10 + (u32)(name.p[i] - '0');
	if (*number < ASM_LOCAL_LABELS)
		return true;
	asm_error(as, name.p, "local labels are numbers up to %d", ASM_LOCAL_LABELS - 1);
	return false;
}

bool asm_define_label(struct asm_state *as, struct asm_str name)
{
	struct asm_program *program;
	u32 label, number;

	if (!asm_need_kernel(as, name.p))
		return false;
	program = asm_current(as);
	if (asm_is_digit(name.p[0])) {
		if (!local_number(as, name, name.n, &number))
			return false;
		label = program->ahead[number] ? program->ahead[number] - 1 :
			asm_new_label(as, name);
		if (label == ASM_NO_LABEL)
			return false;
		program->ahead[number] = 0;
		program->back[number] = label + 1;
	} else {
		label = named_label(as, name);
		if (label == ASM_NO_LABEL)
			return false;
		if (program->label[label].item != ASM_NO_ITEM) {
			asm_error(as, name.p, "label '%s' is already defined", program->label[label].name);
			asm_report(as, AGX_NOTE, program->label[label].pos,
				   program->label[label].column, "here");
			return false;
		}
		program->label[label].pos = asm_here(as);
		program->label[label].column = asm_column(as, name.p);
	}
	asm_place_label(program, label);
	return true;
}

u32 asm_label_operand(struct asm_state *as, struct asm_str name)
{
	struct asm_program *program = asm_current(as);
	u32 number;

	if (!asm_is_digit(name.p[0]))
		return named_label(as, name);
	if (!local_number(as, name, name.n - 1, &number))
		return ASM_NO_LABEL;
	if (name.p[name.n - 1] == 'b') {
		if (program->back[number])
			return program->back[number] - 1;
		asm_error(as, name.p, "there is no label '%u:' before this line", number);
		return ASM_NO_LABEL;
	}
	/* Without memory ASM_NO_LABEL plus 1, 0, and back. */
	if (!program->ahead[number])
		program->ahead[number] = asm_new_label(as, name) + 1;
	return program->ahead[number] - 1;
}

static void undefined_label(struct asm_state *as, const struct asm_program *program,
			    const struct asm_label *label)
{
	const char *best = NULL;
	u32 distance = 0;
	char text[64];

	for (u32 i = 0; i < program->n_labels; i++) {
		const struct asm_label *other = &program->label[i];

		if (other->name && other->item != ASM_NO_ITEM && !asm_is_digit(other->name[0]))
			asm_nearest(label->name, strlen(label->name), other->name, &best,
				    &distance);
	}
	asm_report(as, AGX_ERROR, label->pos, label->column, "label '%s' is not defined%s",
		   label->name, asm_meant(text, sizeof(text), "", best));
}

static bool check_labels(struct asm_state *as, const struct asm_program *program)
{
	bool ok = true;

	for (u32 i = 0; i < program->n_labels && asm_alive(as); i++) {
		/* Without a name it is of a construct that does not end, which is reported. */
		if (program->label[i].item != ASM_NO_ITEM || !program->label[i].name)
			continue;
		undefined_label(as, program, &program->label[i]);
		ok = false;
	}
	return ok;
}

/* --- the end ------------------------------------------------------------------------- */

static bool end_is_no_target(struct asm_state *as, const struct asm_program *program)
{
	for (u32 i = 0; i < program->n_labels; i++) {
		const struct asm_label *label = &program->label[i];

		if (label->item != program->n_items)
			continue;
		asm_report(as, AGX_ERROR, label->pos, label->column,
			   "nothing follows this in a program that is .bare");
		return false;
	}
	return true;
}

static bool is_trap(const struct asm_item *item)
{
	return item->insn.op == AGX_OP_TRAP && !item->data_size;
}

/* stop and traps, as far as they are not there. */
static bool add_tail(struct asm_state *as, struct asm_program *program)
{
	u32 n = program->n_items, traps = 0;
	bool stops;

	if (program->bare)
		return end_is_no_target(as, program);
	while (traps < N_TRAPS && is_trap(&program->item[n - 1 - traps]))
		traps++;
	stops = program->item[n - 1 - traps].insn.op == AGX_OP_STOP;
	/* Whoever jumps behind the last instruction wants to stop there. */
	for (u32 i = 0; i < program->n_labels; i++)
		stops = stops && program->label[i].item != n;
	if (!stops)
		traps = 0;
	if (!stops && !append(as, program, &stop_insn))
		return false;
	for (; traps < N_TRAPS; traps++) {
		if (!append(as, program, &trap_insn))
			return false;
	}
	return true;
}

static bool encode(struct asm_state *as, struct asm_program *program, u8 *code)
{
	u32 at = 0;
	bool ok = true;

	for (u32 i = 0; i < program->n_items; i++) {
		program->item[i].offset = at;
		if (program->item[i].data_size)
			program->item[i].insn.length = program->item[i].data_size;
		at += program->item[i].absent ? 0 : program->item[i].insn.length;
	}
	for (u32 i = 0; i < program->n_items; i++) {
		struct asm_item *item = &program->item[i];
		struct agx_error err;

		if (item->absent)
			continue;
		if (item->data_size) {
			code[item->offset] = (u8)item->data;
			code[item->offset + item->data_size - 1] =
				(u8)(item->data >> 8 * (item->data_size - 1));
			continue;
		}
		if (item->label != ASM_NO_LABEL) {
			u32 target = program->label[item->label].item;

			item->insn.imm = (s32)(program->item[target].offset - item->offset);
		}
		if (agx_encode(&item->insn, code + item->offset, &err) < 0) {
			asm_report(as, AGX_ERROR, item->pos, item->column, "%s", err.text);
			ok = false;
		}
	}
	program->code_size = at;
	return ok;
}

u32 asm_insn_regs(const struct agx_insn *insn)
{
	struct agx_halves reads, writes;
	u32 n = AGX_HALVES;

	agx_reads(insn, &reads);
	agx_writes(insn, &writes);
	while (n && !((reads.bits[(n - 1) / 64] | writes.bits[(n - 1) / 64]) >> (n - 1) % 64 & 1))
		n--;
	return n;
}

static bool list(struct asm_state *as, const struct asm_program *program)
{
	for (u32 i = 0; i < program->n_items; i++) {
		const struct asm_item *item = &program->item[i];
		struct agx_line *line;

		if (item->absent)
			continue;
		if (!asm_grow(as, &as->lines, as->n_listed, sizeof(*line)))
			return false;
		line = &as->lines[as->n_listed++];
		memset(line, 0, sizeof(*line));
		line->kernel = as->n_kernels;
		line->offset = item->offset;
		line->length = item->insn.length;
		line->preamble = program->preamble;
		line->file = as->file;
		if (!item->pos)
			continue;
		line->line = item->pos->line;
		line->file = item->pos->frame->file;
		line->text = asm_strndup(as, item->pos->text, item->pos->size);
		if (!line->text)
			return false;
	}
	return true;
}

bool asm_finish_program(struct asm_state *as, struct asm_program *program)
{
	u8 *code;

	if (!check_labels(as, program) || as->n_errors || !add_tail(as, program))
		return false;
	code = asm_alloc(as, program->size + AGX_INSN_MAX);
	if (!code || !encode(as, program, code))
		return false;
	program->code = code;
	for (u32 i = 0; i < program->n_items; i++) {
		u32 regs = asm_insn_regs(&program->item[i].insn);

		if (!program->item[i].absent && regs > program->n_regs)
			program->n_regs = regs;
	}
	return list(as, program);
}
