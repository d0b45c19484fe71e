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
