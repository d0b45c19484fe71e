/* SPDX-License-Identifier: MIT */
/* Search against the flow of control: which instruction was it? */
#ifndef TOOLS_AGX_BACK_H
#define TOOLS_AGX_BACK_H

#include "walk.h"

struct agx_back {
	const struct agx_walk *walk;
	u32 *pred_start;	/* of each node, in pred; one more at the end */
	u32 *pred;
	u32 *visited;		/* of each node: the search that was there last */
	u32 *stack;
	u32 search;
	u32 budget;		/* instructions that searches may still look at */
};

int agx_back_init(struct agx_back *back, const struct agx_walk *walk);	/* or -ENOMEM */
void agx_back_destroy(struct agx_back *back);

enum agx_match { AGX_MATCH_NO, AGX_MATCH_YES, AGX_MATCH_NEVER /* before it */ };

typedef enum agx_match (*agx_match_fn)(const void *arg, const struct agx_walk *walk,
				       const struct agx_node *node, u32 i);

/* The nearest match before instruction i of node, or AGX_NOWHERE. */
u32 agx_back_find(struct agx_back *back, u32 node, u32 i, agx_match_fn match, const void *arg);

#endif
