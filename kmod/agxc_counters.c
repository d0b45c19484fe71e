// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: counting in detail
 *
 * Instructions by class, and bytes: an observer of the executor, which is told of each
 * instruction and of each lane's access.  Cores count for themselves, while they have
 * the FPU, and add it up after each slice.
 */
#include <linux/string.h>

#include "../compute/isa/agx_exec.h"
#include "agxc_counters.h"

/* 0, which is no class: of graphics, never executed. */
static const u8 classes[AGX_CLASS_COUNT] = {
	[AGX_CLASS_MOVE] = DRM_AGXC_COUNTER_INT,
	[AGX_CLASS_INT] = DRM_AGXC_COUNTER_INT,
	[AGX_CLASS_INT_SLOW] = DRM_AGXC_COUNTER_INT,
	[AGX_CLASS_UNIFORM] = DRM_AGXC_COUNTER_INT,
	[AGX_CLASS_FLOAT] = DRM_AGXC_COUNTER_FLOAT,
	[AGX_CLASS_SPECIAL] = DRM_AGXC_COUNTER_FLOAT,
	[AGX_CLASS_MATRIX] = DRM_AGXC_COUNTER_MATRIX,
	[AGX_CLASS_SIMD] = DRM_AGXC_COUNTER_SIMD,
	[AGX_CLASS_FLOW] = DRM_AGXC_COUNTER_FLOW,
	[AGX_CLASS_SYNC] = DRM_AGXC_COUNTER_FLOW,
	[AGX_CLASS_LOAD] = DRM_AGXC_COUNTER_MEMORY,
	[AGX_CLASS_STORE] = DRM_AGXC_COUNTER_MEMORY,
	[AGX_CLASS_ATOMIC] = DRM_AGXC_COUNTER_MEMORY,
	[AGX_CLASS_LOCAL] = DRM_AGXC_COUNTER_LOCAL,
	[AGX_CLASS_STACK] = DRM_AGXC_COUNTER_LOCAL,
};

static u32 counter_of(u8 op)
{
	if (op == AGX_OP_HADD || op == AGX_OP_HMUL || op == AGX_OP_HFMA)
		return DRM_AGXC_COUNTER_HALF;
	return classes[agx_insn_info(op)->class] ?: DRM_AGXC_COUNTER_FLOW;
}

static void count_insn(void *ctx, const struct agx_simd *simd, u32 index)
{
	struct agxc_counts *counts = ctx;

	counts[simd->group->core_index].value[counter_of(simd->program->insn[index].op)]++;
}

static void count_access(void *ctx, const struct agx_simd *simd, u32 lane, u32 space,
			 u64 address, u32 size, u32 kind)
{
	struct agxc_counts *counts = ctx;
	u64 *value = counts[simd->group->core_index].value;

	if (space != AGX_SPACE_DEVICE)
		return;
	if (kind == AGX_ACCESS_READ)
		value[DRM_AGXC_COUNTER_READ_BYTES] += size;
	else if (kind == AGX_ACCESS_WRITE)
		value[DRM_AGXC_COUNTER_WRITE_BYTES] += size;
	else
		value[DRM_AGXC_COUNTER_ATOMICS]++;
}

void agxc_counts_observe(struct agx_observer *observer, struct agxc_counts *counts)
{
	*observer = (struct agx_observer) {
		.ctx = counts,
		.insn = count_insn,
		.access = count_access,
	};
}

void agxc_counts_flush(struct agxc_counts *counts, struct agxc_counters *counters)
{
	for (int i = DRM_AGXC_COUNTER_INT; i < DRM_AGXC_COUNTERS; i++)
		agxc_count(counters, i, counts->value[i]);
	memset(counts, 0, sizeof(*counts));
}
