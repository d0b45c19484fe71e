// SPDX-License-Identifier: MIT
#include "live.h"

/*
 * The register file of a core holds so many bytes; with it the published table of
 * registers and resident threads is a formula.  They come in blocks of 8 halves, and
 * threads in pairs of SIMD-groups.
 */
#define REGISTER_FILE (208u * 1024)
#define THREADS_MAX 3072u
#define THREADS_STEP 64u

u32 agx_max_threads(u32 regs)
{
	u32 halves = regs ? (regs + 7) / 8 * 8 : 8;
	u32 threads = REGISTER_FILE / (2 * halves) / THREADS_STEP * THREADS_STEP;

	return threads < THREADS_MAX ? threads : THREADS_MAX;
}

/* The last stop and all before it; what follows is padding. */
static u32 program_length(const struct agx_code *code)
{
	u32 n = code->n;

	while (n && code->insn[n - 1].op != AGX_OP_STOP)
		n--;
	return n ? n : code->n;
}

static void count_operands(struct agx_stat *stat, const struct agx_insn *insn)
{
	for (int i = 0; i < insn->n_operands; i++) {
		const struct agx_operand *o = &insn->operand[i];
		u32 end = o->value + agx_operand_span(insn, i);

		if (o->kind == AGX_REG && end > stat->regs)
			stat->regs = end;
		else if (o->kind == AGX_UNIFORM && end > stat->uniforms)
			stat->uniforms = end;
	}
}

/* Loops begin where something jumps back to. */
static int count_loops(struct agx_stat *stat, const struct agx_flow *flow)
{
	const struct agx_code *code = flow->code;
	bool *top = calloc((size_t)code->n + 1, sizeof(*top));

	if (!top)
		return -ENOMEM;
	for (u32 i = 0; i < code->n; i++) {
		u32 target = flow->target[i];

		if (target > i || code->insn[i].op == AGX_OP_CALL)
			continue;
		stat->loops += !top[target];
		top[target] = true;
	}
	free(top);
	return 0;
}

static int find_peak(struct agx_stat *stat, const struct agx_flow *flow)
{
	size_t n = (size_t)flow->code->n + 1;
	struct agx_halves *before = calloc(n, sizeof(*before));
	struct agx_halves *behind = calloc(n, sizeof(*behind));
	struct agx_walk walk;
	int ret = before && behind ? agx_walk_init(&walk, flow) : -ENOMEM;

	if (!ret) {
		ret = agx_live(&walk, before, behind);
		agx_walk_destroy(&walk);
	}
	for (u32 i = 0; !ret && i < flow->code->n; i++) {
		u32 live = agx_halves_count(&before[i]), then = agx_halves_count(&behind[i]);

		live = live > then ? live : then;
		if (live > stat->live_peak) {
			stat->live_peak = live;
			stat->live_peak_at = i;
		}
	}
	free(before);
	free(behind);
	return ret;
}

int agx_stat(const struct agx_code *code, struct agx_stat *stat)
{
	struct agx_flow flow;
	int ret;

	*stat = (struct agx_stat){ .n_insns = program_length(code) };
	for (u32 i = 0; i < stat->n_insns; i++) {
		const struct agx_insn *insn = &code->insn[i];

		stat->n_class[agx_insn_info((enum agx_op)insn->op)->class]++;
		stat->code_size = code->offset[i] + insn->length;
		stat->issue_cycles += agx_cost_issue(insn);
		stat->latency_cycles += agx_cost_latency(insn);
		count_operands(stat, insn);
	}
	stat->max_threads = agx_max_threads(stat->regs);
	ret = agx_flow_init(&flow, code);
	if (ret)
		return ret;
	ret = count_loops(stat, &flow);
	if (!ret)
		ret = find_peak(stat, &flow);
	agx_flow_destroy(&flow);
	return ret;
}
