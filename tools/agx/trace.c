// SPDX-License-Identifier: MIT
/*
 * An instruction's lines are collected from before it to after it, as its
 * destination may be one of its sources.
 */
#include "trace.h"

#define LANE_TEXT 512

struct agx_trace {
	struct agx_trace_opts opts;
	u64 written;
	bool pending;		/* the lines below are of an instruction not yet done */
	u32 active;		/* lanes before it */
	u32 shown;		/* of them, lanes with text */
	const struct agx_program *program;
	char head[AGX_TEXT_MAX + 96];
	char text[AGX_LANES][LANE_TEXT];
};

struct agx_trace *agx_trace_create(const struct agx_trace_opts *opts)
{
	struct agx_trace *trace = calloc(1, sizeof(*trace));

	if (trace)
		trace->opts = *opts;
	return trace;
}

__printf(2, 3) static void add(char text[LANE_TEXT], const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, LANE_TEXT - used, format, args);
	va_end(args);
}

/* --- values ------------------------------------------------------------------ */

static u32 half(const struct agx_simd *simd, const struct agx_operand *o, u32 lane, u32 h)
{
	u32 word = o->kind == AGX_UNIFORM ? simd->group->uniform[h / 2 % (AGX_UNIFORM_HALVES / 2)] :
					    simd->reg[h / 2 % AGX_REGS][lane];

	return h % 2 ? word >> 16 : word & 0xffff;
}

static u64 value(const struct agx_simd *simd, const struct agx_operand *o, u32 lane, u32 element)
{
	u32 halves = 1u << o->size;
	u64 all = 0;

	for (u32 i = 0; i < halves; i++)
		all |= (u64)half(simd, o, lane, o->value + element * halves + i) << 16 * i;
	return all;
}

static bool is_float(const struct agx_insn *insn)
{
	enum agx_class class = agx_insn_info(insn->op)->class;

	return class == AGX_CLASS_FLOAT || class == AGX_CLASS_SPECIAL || class == AGX_CLASS_MATRIX;
}

static void add_value(char *text, const struct agx_simd *simd, const struct agx_insn *insn,
		      const struct agx_operand *o, u32 lane)
{
	static const char *const suffix[] = { "l", "h" };
	const char *file = o->kind == AGX_UNIFORM ? "u" : "r";

	for (u32 i = 0; i < o->count; i++) {
		u32 h = o->value + (i << o->size);
		u64 v = value(simd, o, lane, i);

		if (o->size == AGX_16)
			add(text, " %s%u%s=%04x", file, h / 2, suffix[h % 2], (u32)v);
		else if (o->size == AGX_64)
			add(text, " d%s%u=%016llx", file, h / 2, (unsigned long long)v);
		else
			add(text, " %s%u=%08x", file, h / 2, (u32)v);
		if (o->size == AGX_32 && is_float(insn)) {
			u32 bits = (u32)v;
			float f;

			memcpy(&f, &bits, sizeof(f));
			add(text, "(%g)", (double)f);
		}
	}
}

/* --- what the executor says ---------------------------------------------------- */

static bool wanted(const struct agx_trace *trace, const struct agx_simd *simd)
{
	const struct agx_trace_opts *opts = &trace->opts;

	if (opts->limit && trace->written >= opts->limit)
		return false;
	return (opts->any_simd || simd->index == opts->simd) &&
	       (opts->any_group || !memcmp(simd->group->id, opts->group, sizeof(opts->group)));
}

static void write_pending(struct agx_trace *trace)
{
	FILE *to = trace->opts.to;

	if (!trace->pending)
		return;
	trace->pending = false;
	fprintf(to, "%s\n", trace->head);
	for (u32 lane = 0; lane < AGX_LANES; lane++) {
		if (trace->shown >> lane & 1 && trace->text[lane][0])
			fprintf(to, "      lane %2u:%s\n", lane, trace->text[lane]);
	}
}

/* Who executes: only a preamble may write uniforms. */
static void write_who(const struct agx_simd *simd, char who[48])
{
	const struct agx_group *group = simd->group;

	if (group->frozen)
		snprintf(who, 48, "%u,%u,%u simd %-2u", group->id[0], group->id[1], group->id[2],
			 simd->index);
	else
		snprintf(who, 48, "preamble     ");
}

static void write_head(struct agx_trace *trace, const struct agx_simd *simd, u32 index)
{
	const struct agx_program *program = simd->program;
	u32 offset = program->offset[index], line = 0;
	char text[AGX_TEXT_MAX], where[24] = "", who[48];

	agx_print(text, sizeof(text), &program->insn[index]);
	if (trace->opts.line)
		line = trace->opts.line(trace->opts.ctx, program->address, offset);
	if (line)
		snprintf(where, sizeof(where), " line %-4u", line);
	write_who(simd, who);
	snprintf(trace->head, sizeof(trace->head), "%s %08x  %5x%s  %s", who, simd->active, offset,
		 where, text);
}

static void insn(void *ctx, const struct agx_simd *simd, u32 index)
{
	struct agx_trace *trace = ctx;
	const struct agx_insn *i = &simd->program->insn[index];
	u32 n_dests = agx_insn_info(i->op)->n_dests;

	write_pending(trace);
	if (!wanted(trace, simd))
		return;
	trace->pending = true;
	trace->written++;
	trace->active = simd->active;
	trace->shown = trace->opts.lanes & simd->active;
	write_head(trace, simd, index);
	for (u32 lane = 0; lane < AGX_LANES; lane++) {
		trace->text[lane][0] = '\0';
		if (!(trace->shown >> lane & 1))
			continue;
		for (u32 o = n_dests; o < i->n_operands; o++) {
			if (i->operand[o].kind == AGX_REG || i->operand[o].kind == AGX_UNIFORM)
				add_value(trace->text[lane], simd, i, &i->operand[o], lane);
		}
	}
}

static void done(void *ctx, const struct agx_simd *simd, u32 index)
{
	struct agx_trace *trace = ctx;
	const struct agx_insn *i = &simd->program->insn[index];
	size_t used;

	if (!trace->pending)
		return;
	for (u32 lane = 0; lane < AGX_LANES; lane++) {
		if (!(trace->shown >> lane & 1) || !agx_insn_info(i->op)->n_dests ||
		    i->operand[0].kind != AGX_REG)
			continue;
		add(trace->text[lane], " ->");
		add_value(trace->text[lane], simd, i, &i->operand[0], lane);
	}
	if (simd->active != trace->active) {
		used = strlen(trace->head);
		snprintf(trace->head + used, sizeof(trace->head) - used, "  -> lanes %08x",
			 simd->active);
	}
	write_pending(trace);
}

static void access(void *ctx, const struct agx_simd *simd, u32 lane, u32 space, u64 address,
		   u32 size, u32 kind)
{
	static const char *const spaces[] = { "device", "local", "stack" };
	static const char *const kinds[] = { "read", "write", "atomic" };
	struct agx_trace *trace = ctx;

	(void)simd;
	if (trace->pending && trace->shown >> lane & 1)
		add(trace->text[lane], " [%s %u at %s %llx]", kinds[kind], size, spaces[space],
		    (unsigned long long)address);
}

struct agx_observer agx_trace_observer(struct agx_trace *trace)
{
	return (struct agx_observer){ .ctx = trace, .insn = insn, .done = done, .access = access };
}

void agx_trace_destroy(struct agx_trace *trace)
{
	if (!trace)
		return;
	write_pending(trace);
	free(trace);
}
