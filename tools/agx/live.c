// SPDX-License-Identifier: MIT
#include "live.h"

/* Changes live from behind instruction i to before it, for one lane. */
static void step_back(const struct agx_walk *walk, struct agx_halves *live,
		      const struct agx_lane *lane, u32 i)
{
	const struct agx_insn *insn = &walk->flow->code->insn[i];
	const struct agx_access *access = &walk->flow->access[i];

	if (lane->active)
		agx_halves_remove(live, &access->writes);
	if (agx_lane_reads(lane, insn))
		agx_halves_or(live, &access->reads);
	/* The counters of inactive lanes, too. */
	if (agx_sets_mask(insn))
		agx_halves_add(live, AGX_HALF_R0L);
}

static struct agx_halves live_out(const struct agx_walk *walk, const struct agx_halves *live_in,
				  u32 id)
{
	const struct agx_node *node = &walk->node[id];
	struct agx_halves live = { 0 };

	for (int k = 0; k < node->n_succ; k++)
		agx_halves_or(&live, &live_in[node->succ[k]]);
	return live;
}

/* live_in of every node: until nothing changes, from the last block to the first. */
static void settle(const struct agx_walk *walk, struct agx_halves *live_in)
{
	const struct agx_flow *flow = walk->flow;
	bool changed = true;

	while (changed) {
		changed = false;
		for (u32 b = flow->n_blocks; b--;) {
			const struct agx_block *block = &flow->block[b];

			agx_for_each_node(walk, b, id) {
				struct agx_halves live = live_out(walk, live_in, id);

				for (u32 i = block->first + block->n; i-- > block->first;)
					step_back(walk, &live, &walk->node[id].lane, i);
				if (agx_halves_equal(&live, &live_in[id]))
					continue;
				live_in[id] = live;
				changed = true;
			}
		}
	}
}

int agx_live(const struct agx_walk *walk, struct agx_halves *before, struct agx_halves *behind)
{
	const struct agx_flow *flow = walk->flow;
	struct agx_halves *live_in = calloc((size_t)walk->n_nodes + 1, sizeof(*live_in));

	if (!live_in)
		return -ENOMEM;
	settle(walk, live_in);
	memset(before, 0, flow->code->n * sizeof(*before));
	memset(behind, 0, flow->code->n * sizeof(*behind));

	for (u32 b = 0; b < flow->n_blocks; b++) {
		const struct agx_block *block = &flow->block[b];

		agx_for_each_node(walk, b, id) {
			struct agx_halves live = live_out(walk, live_in, id);

			for (u32 i = block->first + block->n; i-- > block->first;) {
				agx_halves_or(&behind[i], &live);
				agx_halves_or(&behind[i], &flow->access[i].writes);
				step_back(walk, &live, &walk->node[id].lane, i);
				agx_halves_or(&before[i], &live);
			}
		}
	}
	free(live_in);
	return 0;
}
