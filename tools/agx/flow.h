/* SPDX-License-Identifier: MIT */
/*
 * Basic blocks: instructions that run one after another.  A block also ends behind
 * an instruction that changes the exec mask or the nest counter r0l, so that all
 * of a block runs under one mask.
 */
#ifndef TOOLS_AGX_FLOW_H
#define TOOLS_AGX_FLOW_H

#include "operands.h"

#define AGX_NOWHERE 0xffffffffu

struct agx_block {
	u32 first;	/* index of its first instruction */
	u32 n;
};

struct agx_flow {
	const struct agx_code *code;
	struct agx_access *access;	/* of each instruction */
	u32 *target;		/* of each: index that it jumps to, or AGX_NOWHERE */
	u32 *block_of;		/* of each */
	struct agx_block *block;
	u32 n_blocks;
};

/* 0 or -ENOMEM.  code is kept by pointer. */
int agx_flow_init(struct agx_flow *flow, const struct agx_code *code);
void agx_flow_destroy(struct agx_flow *flow);

/* Index of the instruction that starts at offset, or AGX_NOWHERE. */
u32 agx_code_at(const struct agx_code *code, s64 offset);

/* Does control never go on behind it: stop, trap, ret? */
bool agx_ends_path(const struct agx_insn *insn);

#endif
