// SPDX-License-Identifier: MIT
/* Hazards that one instruction has by itself. */
#include "check_report.h"

static const char *name_operand(char *name, const struct agx_insn *insn, int i)
{
	const struct agx_operand *o = &insn->operand[i];

	agx_name_halves(name, o->value, agx_operand_span(insn, i));
	if (o->kind == AGX_UNIFORM) {
		for (char *c = name; *c; c++)
			*c = *c == 'r' ? 'u' : *c;
	}
	return name;
}

static void check_allocation(struct agx_report *report, u32 index, int i)
{
	const struct agx_insn *insn = &report->code->insn[index];
	const struct agx_operand *o = &insn->operand[i];
	unsigned int end = o->value + agx_operand_span(insn, i);
	unsigned int n_regs = report->opts->n_regs ? report->opts->n_regs : AGX_HALVES;
	unsigned int n_uniforms =
		report->opts->n_uniforms ? report->opts->n_uniforms : AGX_UNIFORM_HALVES;
	char name[AGX_NAME_MAX];

	if (o->kind == AGX_REG && end > n_regs)
		agx_report_add(report, index, AGX_HAZARD_REGISTER,
			       "%s is beyond the %u register halves that are allocated: "
			       "use lower registers or allocate %u",
			       name_operand(name, insn, i), n_regs, (end + 7) / 8 * 8);
	else if (o->kind == AGX_UNIFORM && end > n_uniforms)
		agx_report_add(report, index, AGX_HAZARD_REGISTER,
			       "%s is beyond the %u uniform halves that are there",
			       name_operand(name, insn, i), n_uniforms);
}

/* Halves that operand i must begin at a multiple of. */
static unsigned int alignment(const struct agx_insn *insn, int i)
{
	const struct agx_operand *o = &insn->operand[i];

	switch (o->kind) {
	case AGX_REG:
		return agx_is_matrix(insn) ? 2u << o->size : 1u << o->size;
	case AGX_UNIFORM:
		/* Two registers make 64 bits, any two. */
		return o->size == AGX_16 ? 1 : 2;
	default:
		return 1;
	}
}

static void check_alignment(struct agx_report *report, u32 index, int i)
{
	const struct agx_insn *insn = &report->code->insn[index];
	unsigned int halves = alignment(insn, i);
	char name[AGX_NAME_MAX];

	if (insn->operand[i].value % halves == 0)
		return;
	agx_report_add(report, index, AGX_HAZARD_ALIGNMENT, "%s does not begin at %s: use %s",
		       name_operand(name, insn, i),
		       halves == 4 ? "an even register" : "the low half of a register",
		       halves == 4 ? "r0, r2, r4 ..." : "r0l, r1l, r2l ...");
}

static struct agx_halves operand_set(const struct agx_insn *insn, int i)
{
	struct agx_halves set = { 0 };

	if (insn->operand[i].kind == AGX_REG)
		agx_halves_add_range(&set, insn->operand[i].value, agx_operand_span(insn, i));
	return set;
}

/* D = A * B + C: D may be C, and nothing else. */
static void check_matrix(struct agx_report *report, u32 index)
{
	const struct agx_insn *insn = &report->code->insn[index];
	struct agx_halves d = operand_set(insn, 0);
	char result[AGX_NAME_MAX], source[AGX_NAME_MAX];

	for (int i = 1; i < insn->n_operands; i++) {
		struct agx_halves s = operand_set(insn, i), both = agx_halves_both(&d, &s);

		if (agx_halves_empty(&both) || (i == 3 && agx_halves_equal(&d, &s)))
			continue;
		name_operand(result, insn, 0);
		name_operand(source, insn, i);
		if (i < 3)
			agx_report_add(report, index, AGX_HAZARD_MATRIX,
				       "the result, %s, overlaps source %c, %s, which is still "
				       "needed: use other registers", result, "?AB"[i], source);
		else
			agx_report_add(report, index, AGX_HAZARD_OVERLAP,
				       "the result, %s, overlaps source C, %s, in part: "
				       "make them the same or keep them apart", result, source);
	}
}

void agx_check_operands(struct agx_report *report, u32 index)
{
	const struct agx_insn *insn = &report->code->insn[index];

	for (int i = 0; i < insn->n_operands; i++) {
		check_allocation(report, index, i);
		check_alignment(report, index, i);
	}
	if (agx_is_matrix(insn))
		check_matrix(report, index);
	if (agx_is_matrix(insn) && report->opts->preamble)
		agx_report_add(report, index, AGX_HAZARD_MATRIX,
			       "all 32 lanes must be active, but a preamble runs in one");
	if (insn->op == AGX_OP_UNIFORM_STORE && !report->opts->preamble)
		agx_report_add(report, index, AGX_HAZARD_REGISTER,
			       "uniform registers can only be written in a preamble");
}
