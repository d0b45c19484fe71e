/* SPDX-License-Identifier: MIT */
/*
 * All ways of one lane through a program, and what holds on them.
 *
 * A node is a block together with the state of the lane there (lane.h) and the
 * calls that led to it.  A SIMD-group executes the instructions that any of its lanes
 * goes through, so the lane's way is also the group's: what is pending in a wait group
 * is found on the same graph.
 */
#ifndef TOOLS_AGX_WALK_H
#define TOOLS_AGX_WALK_H

#include "flow.h"
#include "lane.h"

#define AGX_GROUPS 2
#define AGX_PENDING_MAX 8	/* per wait group */
#define AGX_CALLS_MAX 64
#define AGX_CALL_DEPTH_MAX 16

/* What holds before an instruction. */
struct agx_facts {
	/* On every way to it: */
	struct agx_halves written;	/* by this lane, or given at the start */
	struct agx_halves uniform;	/* the same in all lanes */
	/* On some way to it: */
	struct agx_halves discarded;	/* and not written by this lane since */
	struct agx_halves pending[AGX_GROUPS];	/* to be written by loads */
	u8 n_pending[AGX_GROUPS];	/* accesses; AGX_PENDING_MAX + 1 is or more */
	bool opened;			/* the mask has been touched */
	u32 split_at;	/* the branch where lanes last parted, or AGX_NOWHERE */
};

struct agx_node {
	u32 block;
	u32 calls;	/* index in the walk's calls */
	struct agx_lane lane;
	u32 sibling;	/* next node of the same block, or AGX_NOWHERE */
	u32 succ[2];
	u8 n_succ;
	bool dirty;	/* in has changed since it was carried on */
	struct agx_facts in;	/* at its first instruction */
};

/* A call that has not returned: where it returns to, and the one around it. */
struct agx_call {
	u32 returns_to;	/* index of the instruction */
	u32 outer;
	u32 depth;
};

struct agx_walk {
	const struct agx_flow *flow;
	struct agx_node *node;
	u32 n_nodes, node_room;
	u32 *first_node;	/* of each block, AGX_NOWHERE: never reached */
	struct agx_call call[AGX_CALLS_MAX];	/* 0: none */
	u32 n_calls;
	u64 *dirty;		/* blocks with such nodes */
	u32 first_dirty;	/* word of dirty; all before it are 0 */
	u32 deepest;		/* no nest counter is larger, unless it grows in a loop ... */
	u32 grows_at;		/* ... here, else AGX_NOWHERE */
};

/* 0 or -ENOMEM.  flow is kept by pointer. */
int agx_walk_init(struct agx_walk *walk, const struct agx_flow *flow);
void agx_walk_destroy(struct agx_walk *walk);

/* Changes facts from before instruction i to behind it. */
void agx_walk_step(const struct agx_walk *walk, struct agx_facts *facts,
		   const struct agx_lane *lane, u32 i);

/* Every node of block b. */
#define agx_for_each_node(walk, b, id) \
	for (u32 id = (walk)->first_node[b]; id != AGX_NOWHERE; id = (walk)->node[id].sibling)

/* Is the comparison that lane makes at a mask instruction on registers of its own? */
static inline bool agx_lane_reads(const struct agx_lane *lane, const struct agx_insn *insn)
{
	if (agx_sets_mask(insn))
		return agx_lane_compares(lane, insn);
	return lane->active || lane->lost;
}

#endif
