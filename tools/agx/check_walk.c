// SPDX-License-Identifier: MIT
/* Hazards between instructions: what may be pending, discarded, not written. */
#include "back.h"
#include "check_report.h"

/* What was said of an instruction already; twice where there is one per group. */
enum said {
	SAID_READ = 1 << 0,
	SAID_WRITE = 1 << 2,
	SAID_FULL = 1 << 4,
	SAID_BARRIER = 1 << 6,
	SAID_MATRIX = 1 << 8,
	SAID_DISCARD = 1 << 9,
	SAID_UNDEFINED = 1 << 10,
	SAID_END = 1 << 11,
	SAID_TRAP = 1 << 12,
	SAID_UNOPENED = 1 << 13,
	SAID_DATA = 1 << 14,
};

struct checker {
	struct agx_report *report;
	const struct agx_walk *walk;
	struct agx_back back;
	struct agx_halves written;	/* by any instruction */
	u16 *said;
	/* where we are */
	u32 node;
	u32 i;
	const struct agx_facts *facts;
};

/* What a search looks for. */
struct wanted {
	struct agx_halves halves;	/* some of these; empty: any access */
	unsigned int group;
};

static const char group_name[AGX_GROUPS] = { 'a', 'b' };

static bool first_time(struct checker *c, unsigned int what)
{
	if (c->said[c->i] & what)
		return false;
	c->said[c->i] |= (u16)what;
	return true;
}

/* "the load at 0x18", or less where nobody knows. */
static const char *describe(char *text, size_t size, const struct checker *c, u32 other,
			    const char *otherwise)
{
	const struct agx_code *code = c->report->code;

	if (other == AGX_NOWHERE)
		snprintf(text, size, "%s", otherwise);
	else
		snprintf(text, size, "the %s at 0x%x",
			 agx_insn_info((enum agx_op)code->insn[other].op)->mnemonic,
			 code->offset[other]);
	return text;
}

/* --- wait groups ---------------------------------------------------------------- */

static enum agx_match match_access(const void *arg, const struct agx_walk *walk,
				   const struct agx_node *node, u32 i)
{
	const struct wanted *wanted = arg;
	const struct agx_insn *insn = &walk->flow->code->insn[i];
	struct agx_halves both = agx_halves_both(&walk->flow->access[i].writes, &wanted->halves);

	(void)node;
	if (insn->group % AGX_GROUPS != wanted->group)
		return AGX_MATCH_NO;
	if (insn->op == AGX_OP_WAIT)
		return AGX_MATCH_NEVER;
	if (!agx_has_group(insn))
		return AGX_MATCH_NO;
	return agx_halves_empty(&wanted->halves) || !agx_halves_empty(&both) ? AGX_MATCH_YES :
									       AGX_MATCH_NO;
}

static void find_access(struct checker *c, char *text, size_t size,
			const struct agx_halves *halves, unsigned int group)
{
	struct wanted wanted = { *halves, group };

	describe(text, size, c, agx_back_find(&c->back, c->node, c->i, match_access, &wanted),
		 "an access");
}

static void check_pending(struct checker *c, unsigned int group)
{
	const struct agx_access *access = &c->walk->flow->access[c->i];
	const struct agx_halves *pending = &c->facts->pending[group];
	struct agx_halves reads = agx_halves_both(&access->reads, pending);
	struct agx_halves writes = agx_halves_both(&access->writes, pending);
	char name[AGX_NAME_MAX], other[AGX_NAME_MAX];

	agx_halves_remove(&writes, &reads);
	if (!agx_halves_empty(&reads) && first_time(c, SAID_READ << group)) {
		find_access(c, other, sizeof(other), &reads, group);
		agx_report_add(c->report, c->i, AGX_HAZARD_WAIT,
			       "%s is read here, but %s (group %c) may still be pending: "
			       "put 'wait %c' before", agx_name_set(name, &reads), other,
			       group_name[group], group_name[group]);
	}
	if (!agx_halves_empty(&writes) && first_time(c, SAID_WRITE << group)) {
		find_access(c, other, sizeof(other), &writes, group);
		agx_report_add(c->report, c->i, AGX_HAZARD_WAIT,
			       "%s is written here, but %s (group %c) may still be pending: "
			       "put 'wait %c' before", agx_name_set(name, &writes), other,
			       group_name[group], group_name[group]);
	}
}

static void check_barrier(struct checker *c, unsigned int group)
{
	const struct agx_insn *insn = &c->report->code->insn[c->i];
	const struct agx_halves any = { 0 };
	char other[AGX_NAME_MAX];

	if (insn->op != AGX_OP_BARRIER && insn->op != AGX_OP_MEMORY_BARRIER)
		return;
	if (!c->facts->n_pending[group] || !first_time(c, SAID_BARRIER << group))
		return;
	find_access(c, other, sizeof(other), &any, group);
	agx_report_add(c->report, c->i, AGX_HAZARD_BARRIER,
		       "%s (group %c) may still be pending at this barrier: put 'wait %c' before",
		       other, group_name[group], group_name[group]);
}

static void check_full(struct checker *c)
{
	const struct agx_insn *insn = &c->report->code->insn[c->i];
	unsigned int group = insn->group % AGX_GROUPS;

	if (!agx_has_group(insn) || c->facts->n_pending[group] < AGX_PENDING_MAX ||
	    !first_time(c, SAID_FULL << group))
		return;
	agx_report_add(c->report, c->i, AGX_HAZARD_PENDING,
		       "%d accesses of group %c may be pending already, as many as there can be: "
		       "put 'wait %c' before, or use group %c", AGX_PENDING_MAX, group_name[group],
		       group_name[group], group_name[!group]);
}

/* --- registers ------------------------------------------------------------------- */

static enum agx_match match_discard(const void *arg, const struct agx_walk *walk,
				    const struct agx_node *node, u32 i)
{
	const struct wanted *wanted = arg;
	const struct agx_access *access = &walk->flow->access[i];
	struct agx_halves gone = agx_halves_both(&access->discards, &wanted->halves);
	struct agx_halves written = agx_halves_both(&access->writes, &wanted->halves);

	if (node->lane.active && agx_halves_equal(&written, &wanted->halves))
		return AGX_MATCH_NEVER;
	return agx_halves_empty(&gone) ? AGX_MATCH_NO : AGX_MATCH_YES;
}

static void check_discarded(struct checker *c)
{
	const struct agx_access *access = &c->walk->flow->access[c->i];
	struct wanted wanted = {
		.halves = agx_halves_both(&access->reads, &c->facts->discarded),
	};
	char name[AGX_NAME_MAX], other[AGX_NAME_MAX];
	u32 at;

	if (agx_halves_empty(&wanted.halves) || !first_time(c, SAID_DISCARD))
		return;
	at = agx_back_find(&c->back, c->node, c->i, match_discard, &wanted);
	agx_report_add(c->report, c->i, AGX_HAZARD_DISCARD,
		       "%s is read here, but %s discards it (^), for inactive lanes too: "
		       "take the ^ away there", agx_name_set(name, &wanted.halves),
		       describe(other, sizeof(other), c, at, "an instruction before"));
}

static void check_undefined(struct checker *c)
{
	const struct agx_insn *insn = &c->report->code->insn[c->i];
	struct agx_halves missing = c->walk->flow->access[c->i].reads, never;
	char name[AGX_NAME_MAX];

	agx_halves_remove(&missing, &c->facts->written);
	if (agx_halves_empty(&missing) || agx_ignores_sources(insn) ||
	    !first_time(c, SAID_UNDEFINED))
		return;
	never = missing;
	agx_halves_remove(&never, &c->written);
	if (!agx_halves_empty(&never))
		agx_report_add(c->report, c->i, AGX_HAZARD_UNDEFINED,
			       "%s is read here, but nothing writes it",
			       agx_name_set(name, &never));
	else
		agx_report_add(c->report, c->i, AGX_HAZARD_UNDEFINED,
			       "%s is read here, but not written on every way to here",
			       agx_name_set(name, &missing));
}

static void check_lanes(struct checker *c)
{
	const struct agx_insn *insn = &c->report->code->insn[c->i];
	const struct agx_lane *lane = &c->walk->node[c->node].lane;
	char other[AGX_NAME_MAX];

	if (!agx_is_matrix(insn) || !lane->active || lane->equal || !first_time(c, SAID_MATRIX))
		return;
	agx_report_add(c->report, c->i, AGX_HAZARD_MATRIX,
		       "all 32 lanes must be active, but %s may have switched some off: "
		       "branch on what is the same in all lanes, or after pop_exec",
		       describe(other, sizeof(other), c, c->facts->split_at, "a branch"));
}

/* --- flow -------------------------------------------------------------------------- */

static void check_mask(struct checker *c)
{
	const struct agx_insn *insn = &c->report->code->insn[c->i];
	const struct agx_lane *lane = &c->walk->node[c->node].lane;
	bool is_else = insn->op == AGX_OP_ELSE_ICMP || insn->op == AGX_OP_ELSE_FCMP;

	if (!agx_sets_mask(insn))
		return;
	if (lane->active && lane->counter == AGX_LANE_DATA && first_time(c, SAID_DATA))
		agx_report_add(c->report, c->i, AGX_HAZARD_FLOW,
			       "r0l, the nest counter of the exec mask, holds data here: "
			       "put 'ldimm r0l, 0' before, and keep other things out of r0l");
	if (c->facts->opened || lane->lost || !(is_else || (insn->op == AGX_OP_POP_EXEC &&
							    insn->nest)))
		return;
	if (first_time(c, SAID_UNOPENED))
		agx_report_add(c->report, c->i, AGX_HAZARD_FLOW, "%s without an if or while before",
			       is_else ? "else" : "pop_exec");
}

/* Does what stands before i lead to it, rather than a jump? */
static bool runs_into(const struct agx_walk *walk, u32 i)
{
	const struct agx_insn *before;

	if (!i)
		return true;
	before = &walk->flow->code->insn[i - 1];
	return !agx_ends_path(before) && !agx_has_target(before) &&
	       walk->first_node[walk->flow->block_of[i - 1]] != AGX_NOWHERE;
}

static void check_end(struct checker *c)
{
	const struct agx_code *code = c->report->code;
	const struct agx_insn *insn = &code->insn[c->i];
	const struct agx_node *node = &c->walk->node[c->node];

	if (insn->op == AGX_OP_TRAP && runs_into(c->walk, c->i) && first_time(c, SAID_TRAP))
		agx_report_add(c->report, c->i, AGX_HAZARD_FLOW,
			       "the program runs into this trap: put 'stop' before");
	if (c->i + 1 < code->n || agx_ends_path(insn))
		return;
	if (insn->op == AGX_OP_JMP_ANY && node->lane.active)
		return;
	if (first_time(c, SAID_END))
		agx_report_add(c->report, c->i, AGX_HAZARD_FLOW,
			       "the program does not end here: put 'stop' behind");
}

void agx_check_target(struct agx_report *report, const struct agx_flow *flow, u32 i)
{
	const struct agx_code *code = report->code;
	const struct agx_insn *insn = &code->insn[i];
	s64 to = (s64)code->offset[i] + insn->imm, end;

	/* What the offset of jmp_incomplete counts is not known. */
	if (!agx_has_target(insn) || insn->op == AGX_OP_JMP_INCOMPLETE ||
	    flow->target[i] != AGX_NOWHERE)
		return;
	end = (s64)code->offset[code->n - 1] + code->insn[code->n - 1].length;
	if (to < 0 || to >= end)
		agx_report_add(report, i, AGX_HAZARD_FLOW,
			       "it goes to %s0x%llx, which is not in the program",
			       to < 0 ? "-" : "", (unsigned long long)(to < 0 ? -to : to));
	else
		agx_report_add(report, i, AGX_HAZARD_FLOW,
			       "it goes to 0x%llx, where no instruction begins",
			       (unsigned long long)to);
}

/* Certain only if it cannot be that the program nests that deep. */
static void check_growth(struct checker *c)
{
	if (c->walk->grows_at != AGX_NOWHERE && c->walk->deepest < AGX_LANE_DEEPEST)
		agx_report_add(c->report, c->walk->grows_at, AGX_HAZARD_FLOW,
			       "lanes nest deeper here each time round the loop: "
			       "a pop_exec is missing in it");
}

/* --- all of it ---------------------------------------------------------------------- */

static void check_insn(struct checker *c)
{
	const struct agx_insn *insn = &c->report->code->insn[c->i];
	const struct agx_lane *lane = &c->walk->node[c->node].lane;

	check_end(c);
	check_mask(c);
	if (!lane->lost && !agx_lane_any_active(lane))
		return;
	for (unsigned int group = 0; group < AGX_GROUPS; group++) {
		if (agx_lane_reads(lane, insn))
			check_pending(c, group);
		check_barrier(c, group);
	}
	check_full(c);
	if (lane->lost || !agx_lane_reads(lane, insn))
		return;
	check_discarded(c);
	check_undefined(c);
	check_lanes(c);
}

static void check_node(struct checker *c, u32 id)
{
	const struct agx_walk *walk = c->walk;
	const struct agx_block *block = &walk->flow->block[walk->node[id].block];
	struct agx_facts facts = walk->node[id].in;

	c->node = id;
	c->facts = &facts;
	for (c->i = block->first; c->i < block->first + block->n; c->i++) {
		check_insn(c);
		agx_walk_step(walk, &facts, &walk->node[id].lane, c->i);
	}
}

int agx_check_walk(struct agx_report *report, const struct agx_walk *walk)
{
	const struct agx_flow *flow = walk->flow;
	struct checker c = {
		.report = report,
		.walk = walk,
		.said = calloc((size_t)report->code->n + 1, sizeof(*c.said)),
	};

	if (!c.said || agx_back_init(&c.back, walk)) {
		free(c.said);
		return -ENOMEM;
	}
	for (u32 i = 0; i < report->code->n; i++)
		agx_halves_or(&c.written, &flow->access[i].writes);
	for (u32 b = 0; b < flow->n_blocks; b++) {
		agx_for_each_node(walk, b, id)
			check_node(&c, id);
	}
	check_growth(&c);
	agx_back_destroy(&c.back);
	free(c.said);
	return 0;
}
