// SPDX-License-Identifier: MIT
/* What agx_check() finds, at the lines it comes from; .check and .nocheck. */
#include "asm_priv.h"

#include "check.h"

static const char *const hazards[] = {
	[AGX_HAZARD_WAIT] = "wait", [AGX_HAZARD_PENDING] = "pending",
	[AGX_HAZARD_BARRIER] = "barrier", [AGX_HAZARD_MATRIX] = "matrix",
	[AGX_HAZARD_DISCARD] = "discard", [AGX_HAZARD_UNDEFINED] = "undefined",
	[AGX_HAZARD_ALIGNMENT] = "alignment", [AGX_HAZARD_OVERLAP] = "overlap",
	[AGX_HAZARD_REGISTER] = "register", [AGX_HAZARD_FLOW] = "flow",
};

/* Names of hazards, or nothing for all of them, as bits. */
static bool get_hazards(struct asm_state *as, const char *p, u16 *bits)
{
	*bits = asm_peek(&p) ? 0 : 0xffff;
	while (*p) {
		struct asm_str word = asm_word(&p);
		const char *best = NULL;
		u32 distance = 0, i = 0;
		char text[64];

		for (; i < ARRAY_SIZE(hazards) && !asm_equal(word, hazards[i]); i++)
			asm_nearest(word.p, word.n, hazards[i], &best, &distance);
		if (i == ARRAY_SIZE(hazards)) {
			asm_error(as, word.p, "'%.*s' is not a check%s", (int)word.n, word.p,
				  asm_meant(text, sizeof(text), "", best));
			return false;
		}
		*bits |= (u16)(1u << i);
		if (asm_peek(&p) && !asm_comma(as, &p))
			return false;
		asm_peek(&p);
	}
	return true;
}

bool asm_dir_check(struct asm_state *as, const char *p)
{
	u16 bits;

	if (!get_hazards(as, p, &bits))
		return false;
	as->unchecked &= (u16)~bits;
	return true;
}

bool asm_dir_nocheck(struct asm_state *as, const char *p)
{
	u16 bits;

	if (!get_hazards(as, p, &bits))
		return false;
	as->unchecked |= bits;
	return true;
}

struct context {
	struct asm_state *as;
	const u32 *item;	/* of each instruction */
	const struct asm_program *program;
};

/* What may be meant so is a warning. */
static void report(void *ctx, enum agx_hazard hazard, u32 index, const char *message)
{
	const struct context *c = ctx;
	const struct asm_item *item = &c->program->item[c->item[index]];

	if (item->unchecked >> hazard & 1)
		return;
	asm_report(c->as, hazard == AGX_HAZARD_UNDEFINED ? AGX_WARNING : AGX_ERROR, item->pos,
		   item->column, "%s [%s]", message, hazards[hazard]);
}

bool asm_check(struct asm_state *as, const struct asm_program *program, u32 n_regs)
{
	struct agx_insn *insn = malloc(program->n_items * sizeof(*insn));
	u32 *offset = malloc(program->n_items * sizeof(*offset));
	u32 *item = malloc(program->n_items * sizeof(*item));
	struct agx_code code = { insn, offset, 0 };
	struct context context = { as, item, program };
	struct agx_check_opts opts = {
		.n_regs = n_regs, .n_uniforms = as->kernel.uniform_end,
		.preamble = program->preamble, .report = report, .ctx = &context,
	};

	if (!insn || !offset || !item)
		as->no_memory = true;
	for (u32 i = 0; !as->no_memory && i < program->n_items; i++) {
		if (program->item[i].absent)
			continue;
		insn[code.n] = program->item[i].insn;
		offset[code.n] = program->item[i].offset;
		item[code.n++] = i;
	}
	if (!as->no_memory && !as->opts->no_checks && agx_check(&code, &opts) < 0)
		as->no_memory = true;
	free(insn);
	free(offset);
	free(item);
	return asm_alive(as) && !as->n_errors;
}
