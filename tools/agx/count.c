// SPDX-License-Identifier: MIT
/* Counts instructions, lanes and bytes. */
#include "count.h"

#include "check.h"

static void insn(void *ctx, const struct agx_simd *simd, u32 index)
{
	const struct agx_insn *i = &simd->program->insn[index];
	enum agx_class class = agx_insn_info(i->op)->class;
	struct agx_count *count = ctx;
	u32 lanes = (u32)__builtin_popcount(simd->active);

	count->insns++;
	count->lanes += lanes;
	count->insns_of[class]++;
	count->lanes_of[class] += lanes;
	count->issue_cycles += agx_cost_issue(i);
	count->latency_cycles += agx_cost_latency(i);
	count->simds += i->op == AGX_OP_STOP;
	if (simd->program->n_regs > count->regs)
		count->regs = simd->program->n_regs;
}

static void access(void *ctx, const struct agx_simd *simd, u32 lane, u32 space, u64 address,
		   u32 size, u32 kind)
{
	struct agx_count *count = ctx;

	(void)simd;
	(void)lane;
	(void)address;
	count->accesses[space][kind]++;
	count->bytes[space][kind] += size;
}

struct agx_observer agx_count_observer(struct agx_count *count)
{
	return (struct agx_observer){ .ctx = count, .insn = insn, .access = access };
}

u32 agx_count_resident(const struct agx_count *count)
{
	u32 most = agx_max_threads(count->regs) / AGX_LANES;

	return count->simds < most ? (u32)count->simds : most;
}

double agx_count_cycles(const struct agx_count *count)
{
	double issue = count->issue_cycles / AGX_SCHEDULERS;
	u32 resident = agx_count_resident(count);
	double latency = resident ? count->latency_cycles / resident : 0;

	return latency > issue ? latency : issue;
}
