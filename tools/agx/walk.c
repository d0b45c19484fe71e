// SPDX-License-Identifier: MIT
#include "walk.h"

#include "uniform.h"

/* Beyond these nothing is followed exactly any more; compilers stay far below. */
#define NODES_PER_BLOCK 16
#define NODES_AT_LEAST 4096

static const struct agx_lane lost_lane = { .lost = true };

/* --- facts ----------------------------------------------------------------- */

static void forget_lane(struct agx_facts *facts)
{
	memset(&facts->written, 0xff, sizeof(facts->written));
	facts->uniform = (struct agx_halves){ 0 };
	facts->discarded = (struct agx_halves){ 0 };
}

/* Makes into hold on the ways of both; true if that changed it. */
static bool merge(struct agx_facts *into, const struct agx_facts *from)
{
	struct agx_facts old = *into;

	agx_halves_and(&into->written, &from->written);
	agx_halves_and(&into->uniform, &from->uniform);
	agx_halves_or(&into->discarded, &from->discarded);
	for (int g = 0; g < AGX_GROUPS; g++) {
		agx_halves_or(&into->pending[g], &from->pending[g]);
		if (from->n_pending[g] > into->n_pending[g])
			into->n_pending[g] = from->n_pending[g];
	}
	into->opened |= from->opened;
	if (into->split_at == AGX_NOWHERE)
		into->split_at = from->split_at;
	return memcmp(&old, into, sizeof(old)) != 0;
}

static void step_memory(struct agx_facts *facts, const struct agx_insn *insn,
			const struct agx_access *access)
{
	unsigned int group = insn->group % AGX_GROUPS;

	if (!agx_has_group(insn))
		return;
	if (facts->n_pending[group] <= AGX_PENDING_MAX)
		facts->n_pending[group]++;
	agx_halves_or(&facts->pending[group], &access->writes);
}

/* What was wrong once is said once: from then on it holds. */
static void step_reads(struct agx_facts *facts, const struct agx_access *access)
{
	for (int g = 0; g < AGX_GROUPS; g++) {
		agx_halves_remove(&facts->pending[g], &access->reads);
		agx_halves_remove(&facts->pending[g], &access->writes);
	}
	agx_halves_or(&facts->written, &access->reads);
	agx_halves_remove(&facts->discarded, &access->reads);
}

void agx_walk_step(const struct agx_walk *walk, struct agx_facts *facts,
		   const struct agx_lane *lane, u32 i)
{
	const struct agx_insn *insn = &walk->flow->code->insn[i];
	const struct agx_access *access = &walk->flow->access[i];

	if (insn->op == AGX_OP_WAIT) {
		unsigned int group = insn->group % AGX_GROUPS;

		facts->pending[group] = (struct agx_halves){ 0 };
		facts->n_pending[group] = 0;
		return;
	}
	if (!lane->lost && !agx_lane_any_active(lane) && !agx_sets_mask(insn))
		return;
	if (agx_lane_reads(lane, insn))
		step_reads(facts, access);
	step_memory(facts, insn, access);
	if (lane->lost)
		return;

	/* Its last use in any lane may be the last in all. */
	agx_halves_or(&facts->discarded, &access->discards);
	if (lane->active) {
		agx_halves_or(&facts->written, &access->writes);
		agx_halves_remove(&facts->discarded, &access->writes);
	}
	if (lane->active && lane->equal && agx_result_uniform(insn, access, &facts->uniform))
		agx_halves_or(&facts->uniform, &access->writes);
	else
		agx_halves_remove(&facts->uniform, &access->writes);
}

/* --- nodes ------------------------------------------------------------------ */

static u32 find_node(const struct agx_walk *walk, u32 block, u32 calls,
		     const struct agx_lane *lane)
{
	u32 id = walk->first_node[block];

	while (id != AGX_NOWHERE) {
		const struct agx_node *node = &walk->node[id];

		if (node->calls == calls && !memcmp(&node->lane, lane, sizeof(*lane)))
			break;
		id = node->sibling;
	}
	return id;
}


static int make_room(struct agx_walk *walk)
{
	u32 room = walk->node_room ? 2 * walk->node_room : 64;
	struct agx_node *node;

	if (walk->n_nodes < walk->node_room)
		return 0;
	node = realloc(walk->node, room * sizeof(*node));
	if (!node)
		return -ENOMEM;
	walk->node = node;
	walk->node_room = room;
	return 0;
}

static void mark(struct agx_walk *walk, u32 id)
{
	u32 block = walk->node[id].block;

	walk->node[id].dirty = true;
	walk->dirty[block / 64] |= 1ull << (block % 64);
	if (block / 64 < walk->first_dirty)
		walk->first_dirty = block / 64;
}

/* The node where lane enters block with facts; its number goes to *id. */
static int enter(struct agx_walk *walk, u32 block, u32 calls, struct agx_lane lane,
		 const struct agx_facts *facts, u32 *id)
{
	u32 limit = NODES_AT_LEAST + NODES_PER_BLOCK * walk->flow->n_blocks;
	struct agx_facts in = *facts;
	struct agx_node *node;

	*id = find_node(walk, block, calls, &lane);
	if (*id == AGX_NOWHERE && walk->n_nodes >= limit) {
		lane = lost_lane;
		*id = find_node(walk, block, calls, &lane);
	}
	if (lane.lost)
		forget_lane(&in);
	if (*id != AGX_NOWHERE) {
		if (merge(&walk->node[*id].in, &in))
			mark(walk, *id);
		return 0;
	}
	if (make_room(walk))
		return -ENOMEM;
	*id = walk->n_nodes++;
	node = &walk->node[*id];
	*node = (struct agx_node){
		.block = block,
		.calls = calls,
		.lane = lane,
		.sibling = walk->first_node[block],
		.in = in,
	};
	walk->first_node[block] = *id;
	mark(walk, *id);
	return 0;
}

/* --- where a block leads ------------------------------------------------------ */

/* Where a lane goes on. */
struct step_to {
	u32 insn;	/* index, perhaps behind the last; AGX_NOWHERE: nobody knows */
	u32 calls;
	struct agx_lane lane;
};

struct steps {
	unsigned int n;
	struct step_to to[2];
};

static void add_step(struct steps *steps, u32 insn, u32 calls, const struct agx_lane *lane)
{
	steps->to[steps->n++] = (struct step_to){ insn, calls, *lane };
}

/* Number of the call that returns to insn and was made within calls; 0: too many. */
static u32 push_call(struct agx_walk *walk, u32 calls, u32 returns_to)
{
	u32 i;

	for (i = 1; i < walk->n_calls; i++) {
		if (walk->call[i].outer == calls && walk->call[i].returns_to == returns_to)
			return i;
	}
	if (i == AGX_CALLS_MAX || walk->call[calls].depth == AGX_CALL_DEPTH_MAX)
		return 0;
	walk->call[i] = (struct agx_call){
		.returns_to = returns_to,
		.outer = calls,
		.depth = walk->call[calls].depth + 1,
	};
	walk->n_calls++;
	return i;
}

static void jump_steps(struct agx_walk *walk, const struct agx_node *node, u32 i,
		       struct steps *steps)
{
	const struct agx_insn *insn = &walk->flow->code->insn[i];
	const struct agx_lane *lane = &node->lane;
	u32 target = walk->flow->target[i];
	bool may_jump = true, may_pass = true;

	if (!lane->lost && insn->op == AGX_OP_JMP_ANY) {
		may_jump = agx_lane_any_active(lane);
		may_pass = !lane->active;
	} else if (!lane->lost && insn->op == AGX_OP_JMP_NONE) {
		may_jump = !lane->active;
		may_pass = agx_lane_any_active(lane);
	}
	if (may_jump)
		add_step(steps, target, node->calls, lane);
	if (may_pass)
		add_step(steps, i + 1, node->calls, lane);
}

static void call_steps(struct agx_walk *walk, const struct agx_node *node, u32 i,
		       struct steps *steps)
{
	u32 target = walk->flow->target[i];
	u32 calls = target == AGX_NOWHERE ? 0 : push_call(walk, node->calls, i + 1);

	if (calls)
		add_step(steps, target, calls, &node->lane);
	else
		add_step(steps, i + 1, node->calls, &lost_lane);
}

static void lane_steps(struct agx_walk *walk, const struct agx_node *node, u32 i,
		       const struct agx_facts *facts, struct steps *steps)
{
	const struct agx_insn *insn = &walk->flow->code->insn[i];
	enum agx_outcome outcome = agx_outcome_of(insn, &facts->uniform);
	struct agx_lanes after;

	if (agx_sets_mask(insn))
		agx_lane_mask(&node->lane, insn, outcome, &after);
	else
		agx_lane_write(&node->lane, insn, outcome, &after);
	for (unsigned int k = 0; k < after.n; k++) {
		struct agx_lane *lane = &after.lane[k];

		if ((!lane->active && lane->counter > walk->deepest) ||
		    (lane->max > walk->deepest && lane->max != AGX_LANE_ANY)) {
			*lane = lost_lane;
			walk->grows_at = i;
		}
		add_step(steps, i + 1, node->calls, lane);
	}
}

/* Where node goes on behind its last instruction, i; facts hold before that. */
static void find_steps(struct agx_walk *walk, const struct agx_node *node, u32 i,
		       const struct agx_facts *facts, struct steps *steps)
{
	const struct agx_insn *insn = &walk->flow->code->insn[i];

	*steps = (struct steps){ 0 };
	switch (insn->op) {
	case AGX_OP_STOP:
	case AGX_OP_TRAP:
		break;
	case AGX_OP_RET:
		if (node->calls) {
			const struct agx_call *call = &walk->call[node->calls];

			add_step(steps, call->returns_to, call->outer, &node->lane);
		}
		break;
	case AGX_OP_CALL:
		call_steps(walk, node, i, steps);
		break;
	case AGX_OP_CALL_REG:
		add_step(steps, i + 1, node->calls, &lost_lane);
		break;
	default:
		if (agx_has_target(insn))
			jump_steps(walk, node, i, steps);
		else if (agx_halves_has(&walk->flow->access[i].writes, AGX_HALF_R0L) ||
			 agx_sets_mask(insn))
			lane_steps(walk, node, i, facts, steps);
		else
			add_step(steps, i + 1, node->calls, &node->lane);
	}
}

/* Whether insn opens what else and pop_exec close. */
static bool opens(const struct agx_insn *insn, const struct agx_access *access)
{
	bool zero = (insn->op == AGX_OP_LDIMM16 || insn->op == AGX_OP_LDIMM32) && !insn->imm;

	return agx_halves_has(&access->writes, AGX_HALF_R0L) && !zero &&
	       insn->op != AGX_OP_POP_EXEC;
}

/* Carries what holds at a node through it and on to where it leads. */
static int carry_on(struct agx_walk *walk, u32 id)
{
	const struct agx_flow *flow = walk->flow;
	const struct agx_block *block = &flow->block[walk->node[id].block];
	struct agx_node node = walk->node[id];
	u32 last = block->first + block->n - 1;
	struct agx_facts facts = node.in;
	struct steps steps;

	for (u32 i = block->first; i < last; i++)
		agx_walk_step(walk, &facts, &node.lane, i);
	find_steps(walk, &node, last, &facts, &steps);
	agx_walk_step(walk, &facts, &node.lane, last);
	facts.opened |= opens(&flow->code->insn[last], &flow->access[last]);

	walk->node[id].n_succ = 0;
	for (unsigned int k = 0; k < steps.n; k++) {
		const struct step_to *to = &steps.to[k];
		struct agx_facts next = facts;
		u32 succ;

		if (to->insn >= flow->code->n)
			continue;
		if (node.lane.equal && !to->lane.equal && !to->lane.lost)
			next.split_at = last;
		else if (to->lane.equal)
			next.split_at = AGX_NOWHERE;
		if (enter(walk, flow->block_of[to->insn], to->calls, to->lane, &next, &succ))
			return -ENOMEM;
		walk->node[id].succ[walk->node[id].n_succ++] = succ;
	}
	return 0;
}

static int carry_all(struct agx_walk *walk)
{
	u32 n_words = walk->flow->n_blocks / 64 + 1;

	/* Lowest address first: inner loops settle before what follows them. */
	while (walk->first_dirty < n_words) {
		u64 word = walk->dirty[walk->first_dirty];
		u32 block;

		if (!word) {
			walk->first_dirty++;
			continue;
		}
		block = 64 * walk->first_dirty + (u32)__builtin_ctzll(word);
		walk->dirty[block / 64] &= ~(1ull << (block % 64));
		agx_for_each_node(walk, block, id) {
			if (!walk->node[id].dirty)
				continue;
			walk->node[id].dirty = false;
			if (carry_on(walk, id))
				return -ENOMEM;
		}
	}
	return 0;
}

/* What call through a register reaches: any code that nothing else does. */
static u32 next_unreached(const struct agx_walk *walk, u32 block)
{
	const struct agx_flow *flow = walk->flow;

	while (block < flow->n_blocks &&
	       (walk->first_node[block] != AGX_NOWHERE ||
		flow->code->insn[flow->block[block].first].op == AGX_OP_TRAP))
		block++;
	return block;
}

/* If nothing nests deeper each time round a loop, a lane nests as deep as all of it does. */
static u32 find_deepest(const struct agx_flow *flow)
{
	u32 deepest = 0;

	for (u32 i = 0; i < flow->code->n && deepest < AGX_LANE_DEEPEST; i++) {
		if (agx_halves_has(&flow->access[i].writes, AGX_HALF_R0L))
			deepest += agx_lane_raises(&flow->code->insn[i]);
	}
	return deepest < AGX_LANE_DEEPEST ? deepest : AGX_LANE_DEEPEST;
}

static int start(struct agx_walk *walk)
{
	struct agx_facts facts = { .split_at = AGX_NOWHERE };
	bool has_call_reg = false;
	u32 id;

	agx_halves_add(&facts.written, AGX_HALF_R0L);
	agx_halves_add(&facts.uniform, AGX_HALF_R0L);
	if (enter(walk, 0, 0, (struct agx_lane){ .active = true, .equal = true }, &facts, &id) ||
	    carry_all(walk))
		return -ENOMEM;

	for (u32 i = 0; i < walk->flow->code->n; i++)
		has_call_reg |= walk->flow->code->insn[i].op == AGX_OP_CALL_REG;
	for (u32 block = 0; has_call_reg;) {
		block = next_unreached(walk, block);
		if (block == walk->flow->n_blocks)
			break;
		if (enter(walk, block, 0, lost_lane, &facts, &id) || carry_all(walk))
			return -ENOMEM;
	}
	return 0;
}

int agx_walk_init(struct agx_walk *walk, const struct agx_flow *flow)
{
	size_t n = (size_t)flow->n_blocks + 1;

	*walk = (struct agx_walk){
		.flow = flow,
		.first_node = malloc(n * sizeof(*walk->first_node)),
		.dirty = calloc(n / 64 + 1, sizeof(*walk->dirty)),
		.n_calls = 1,
		.deepest = find_deepest(flow),
		.grows_at = AGX_NOWHERE,
	};
	if (!walk->first_node || !walk->dirty) {
		agx_walk_destroy(walk);
		return -ENOMEM;
	}
	memset(walk->first_node, 0xff, n * sizeof(*walk->first_node));
	if (flow->n_blocks && start(walk)) {
		agx_walk_destroy(walk);
		return -ENOMEM;
	}
	return 0;
}

void agx_walk_destroy(struct agx_walk *walk)
{
	free(walk->node);
	free(walk->first_node);
	free(walk->dirty);
	*walk = (struct agx_walk){ 0 };
}
