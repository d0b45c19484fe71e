// SPDX-License-Identifier: MIT
#include "back.h"

/* Bounds the time that messages about a hopeless program take. */
#define BUDGET (1u << 24)

int agx_back_init(struct agx_back *back, const struct agx_walk *walk)
{
	size_t n = (size_t)walk->n_nodes + 1;
	u32 *fill;

	*back = (struct agx_back){
		.walk = walk,
		.pred_start = calloc(n + 1, sizeof(u32)),
		.pred = calloc(2 * n, sizeof(u32)),
		.visited = calloc(n, sizeof(u32)),
		.stack = calloc(n, sizeof(u32)),
		.budget = BUDGET,
	};
	if (!back->pred_start || !back->pred || !back->visited || !back->stack) {
		agx_back_destroy(back);
		return -ENOMEM;
	}
	/* Counted one further: then each start becomes the end as it is filled. */
	fill = back->pred_start + 1;
	for (u32 id = 0; id < walk->n_nodes; id++) {
		for (int k = 0; k < walk->node[id].n_succ; k++)
			fill[walk->node[id].succ[k]]++;
	}
	for (u32 id = 0, sum = 0; id < walk->n_nodes; id++) {
		u32 count = fill[id];

		fill[id] = sum;
		sum += count;
	}
	for (u32 id = 0; id < walk->n_nodes; id++) {
		for (int k = 0; k < walk->node[id].n_succ; k++)
			back->pred[fill[walk->node[id].succ[k]]++] = id;
	}
	return 0;
}

void agx_back_destroy(struct agx_back *back)
{
	free(back->pred_start);
	free(back->pred);
	free(back->visited);
	free(back->stack);
	*back = (struct agx_back){ 0 };
}

u32 agx_back_find(struct agx_back *back, u32 node, u32 i, agx_match_fn match, const void *arg)
{
	const struct agx_walk *walk = back->walk;
	u32 n_stack = 0;

	back->search++;
	for (;;) {
		const struct agx_block *block = &walk->flow->block[walk->node[node].block];
		enum agx_match is = AGX_MATCH_NO;

		while (is == AGX_MATCH_NO && i > block->first && back->budget) {
			back->budget--;
			is = match(arg, walk, &walk->node[node], --i);
		}
		if (is == AGX_MATCH_YES)
			return i;
		for (u32 p = back->pred_start[node];
		     is == AGX_MATCH_NO && p < back->pred_start[node + 1]; p++) {
			u32 pred = back->pred[p];

			if (back->visited[pred] == back->search)
				continue;
			back->visited[pred] = back->search;
			back->stack[n_stack++] = pred;
		}
		if (!n_stack || !back->budget)
			return AGX_NOWHERE;
		node = back->stack[--n_stack];
		block = &walk->flow->block[walk->node[node].block];
		i = block->first + block->n;
	}
}
