// SPDX-License-Identifier: MIT
/*
 * Structured control flow: @if @elseif @else @endif, @loop @while @break @continue
 * @endloop @until, as instructions on the exec mask.
 *
 * A lane is active where its counter, r0l, is 0.  An if counts 1, a loop 2 levels:
 * a lane that leaves a loop gets the sum of the levels it leaves, and so becomes
 * active again when they end; a lane that continues gets 1 less, which the end of
 * the loop's body turns into 0.
 */
#include "asm_priv.h"

#define FLOW_MAX 64		/* constructs within each other */
#define LOOP_LEVELS 2u
#define POP_MAX 3u		/* levels that one pop_exec takes */
#define LONG_BODY 19u		/* cost from which on jumping over a body pays */

enum wish { AUTO, SKIP, FALL };

/* A jump to the end of a loop, if no lane is left in it. */
struct leave {
	struct leave *next;
	enum wish wish;
	u32 item;
};

struct asm_flow {
	struct asm_flow *outer;
	const struct asm_pos *pos;
	u32 column;
	bool loop;
	/* if */
	bool has_else;
	enum wish wish;		/* for the branch */
	u32 levels;		/* 1, and 1 for each @elseif */
	u32 jump;		/* over the branch */
	u32 next;		/* label of its end */
	/* loop */
	bool continues;		/* so far */
	u32 top, resume, end;	/* labels */
	struct leave *leaves;
};

/* --- instructions ------------------------------------------------------------------ */

/* if, else or while whose comparison always holds. */
static bool emit_mask(struct asm_state *as, enum agx_op op, u8 nest, const char *at)
{
	struct agx_insn insn = { .op = (u8)op, .n_operands = 2, .nest = nest };
	u8 kind = op == AGX_OP_WHILE_ICMP ? AGX_IMM : AGX_FIMM;

	for (int i = 0; i < 2; i++)
		insn.operand[i] = (struct agx_operand){ .kind = kind, .count = 1 };
	return asm_emit(as, &insn, ASM_NO_LABEL, at) != ASM_NO_ITEM;
}

static bool emit_pop(struct asm_state *as, u32 levels, const char *at)
{
	do {
		u32 n = levels < POP_MAX ? levels : POP_MAX;
		struct agx_insn insn = { .op = AGX_OP_POP_EXEC, .nest = (u8)n };

		if (asm_emit(as, &insn, ASM_NO_LABEL, at) == ASM_NO_ITEM)
			return false;
		levels -= n;
	} while (levels);
	return true;
}

static bool emit_jump(struct asm_state *as, enum agx_op op, u32 label, const char *at)
{
	struct agx_insn insn = { .op = (u8)op };

	return asm_emit(as, &insn, label, at) != ASM_NO_ITEM;
}

/* A jump that is not there until somebody finds it useful. */
static u32 optional_jump(struct asm_state *as, u32 label, const char *at)
{
	struct agx_insn insn = { .op = AGX_OP_JMP_NONE };
	u32 item = asm_emit(as, &insn, label, at);

	if (item != ASM_NO_ITEM)
		asm_set_absent(asm_current(as), item, true);
	return item;
}

static const struct agx_operand r0l = { .kind = AGX_REG, .size = AGX_16, .count = 1 };

/* The active lanes leave so many levels. */
static bool emit_leave(struct asm_state *as, u32 levels, const char *at)
{
	struct agx_insn insn = {
		.op = AGX_OP_LDIMM16, .n_operands = 1, .imm = (s32)levels, .operand = { r0l },
	};

	return asm_emit(as, &insn, ASM_NO_LABEL, at) != ASM_NO_ITEM && emit_pop(as, 0, at);
}

/* Those of them for which the comparison (a while) holds. */
static bool emit_leave_if(struct asm_state *as, const struct agx_insn *compare, u32 levels,
			  const char *at)
{
	struct agx_operand leave = { .kind = AGX_IMM, .count = 1, .value = (u16)levels };
	struct agx_operand stay = { .kind = AGX_IMM, .count = 1 };
	/* csel knows no inverse conditions. */
	bool inverse = compare->cond & AGX_COND_NOT;
	struct agx_insn csel = {
		.op = compare->op == AGX_OP_WHILE_ICMP ? AGX_OP_ICSEL : AGX_OP_FCSEL,
		.n_operands = 5,
		.cond = compare->cond & (AGX_COND_NOT - 1),
		.operand = {
			r0l, compare->operand[0], compare->operand[1],
			inverse ? stay : leave, inverse ? leave : stay,
		},
	};
	struct agx_insn update = { .op = AGX_OP_UPDATE_EXEC };

	return asm_emit(as, &csel, ASM_NO_LABEL, at) != ASM_NO_ITEM &&
	       asm_emit(as, &update, ASM_NO_LABEL, at) != ASM_NO_ITEM;
}

/* --- whether to jump ------------------------------------------------------------------ */

static u32 cost(const struct agx_insn *insn)
{
	switch (agx_insn_info((enum agx_op)insn->op)->class) {
	case AGX_CLASS_INT_SLOW:
	case AGX_CLASS_SPECIAL:
	case AGX_CLASS_LOAD:
	case AGX_CLASS_STORE:
	case AGX_CLASS_ATOMIC:
	case AGX_CLASS_LOCAL:
	case AGX_CLASS_STACK:
		return 4;
	case AGX_CLASS_SIMD:
		return 8;
	case AGX_CLASS_MATRIX:
		return 16;
	default:
		return 1;
	}
}

/*
 * Puts the jump in if what lies between it and here costs more than it, or if the
 * author wants it; never by itself over a barrier or back to the top of a loop,
 * which other SIMD-groups might wait at or which might cost anything.
 */
static void decide(struct asm_program *program, u32 jump, enum wish wish)
{
	u32 sum = 0;
	bool loop = false;

	for (u32 i = jump + 1; i < program->n_items; i++) {
		const struct asm_item *item = &program->item[i];

		if (item->absent)
			continue;
		if (item->insn.op == AGX_OP_BARRIER && wish == AUTO)
			return;
		loop |= item->insn.op == AGX_OP_JMP_ANY;
		sum += cost(&item->insn);
	}
	if (wish == SKIP || (wish == AUTO && (loop || sum > LONG_BODY)))
		asm_set_absent(program, jump, false);
}

/* ", skip" or ", fall", or nothing. */
static bool get_wish(struct asm_state *as, const char **p, bool comma, enum wish *wish)
{
	struct asm_str word;

	*wish = AUTO;
	if (!asm_peek(p))
		return true;
	if (comma && !asm_comma(as, p))
		return false;
	asm_peek(p);
	word = asm_word(p);
	if (!asm_equal(word, "skip") && !asm_equal(word, "fall")) {
		asm_error(as, word.p, "expected skip (jump where no lane is active) or fall (do not jump)");
		return false;
	}
	*wish = word.p[0] == 's' ? SKIP : FALL;
	return asm_end_of_line(as, *p);
}

/* --- constructs -------------------------------------------------------------------------- */

static struct asm_flow *open_flow(struct asm_state *as, bool loop, const char *at)
{
	struct asm_program *program = asm_current(as);
	struct asm_flow *flow = asm_alloc(as, sizeof(*flow));

	if (program->flow_depth >= FLOW_MAX) {
		asm_error(as, at, "more than %d @if and @loop within each other", FLOW_MAX);
		return NULL;
	}
	if (!flow)
		return NULL;
	flow->jump = ASM_NO_ITEM;
	flow->outer = program->flow;
	flow->pos = asm_here(as);
	flow->column = asm_column(as, at);
	flow->loop = loop;
	program->flow = flow;
	program->flow_depth++;
	asm_set_absent(program, 0, false);
	return flow;
}

static void close_flow(struct asm_program *program)
{
	program->flow = program->flow->outer;
	program->flow_depth--;
}

static struct asm_flow *innermost(struct asm_state *as, bool loop, const char *at)
{
	struct asm_flow *flow = asm_current(as)->flow;

	if (!flow) {
		asm_error(as, at, loop ? "there is no @loop open" : "there is no @if open");
		return NULL;
	}
	if (flow->loop != loop) {
		asm_error(as, at, "%s is open", loop ? "an @if" : "a @loop");
		asm_report(as, AGX_NOTE, flow->pos, flow->column, "here");
		return NULL;
	}
	return flow;
}

/* A label of ours. */
static bool new_label(struct asm_state *as, u32 *label)
{
	*label = asm_new_label(as, (struct asm_str){ NULL, 0 });
	return *label != ASM_NO_LABEL;
}

static bool begin_branch(struct asm_state *as, struct asm_flow *flow, enum wish wish,
			 const char *at)
{
	flow->wish = wish;
	if (!new_label(as, &flow->next))
		return false;
	flow->jump = optional_jump(as, flow->next, at);
	return flow->jump != ASM_NO_ITEM;
}

static void end_branch(struct asm_state *as, struct asm_flow *flow)
{
	struct asm_program *program = asm_current(as);

	/* There is none where the line that began the branch was wrong. */
	if (flow->jump == ASM_NO_ITEM)
		return;
	decide(program, flow->jump, flow->wish);
	asm_place_label(program, flow->next);
	flow->jump = ASM_NO_ITEM;
}

static bool compare_branch(struct asm_state *as, struct asm_flow *flow, const char *p,
			   const char *at)
{
	struct agx_insn insn;
	enum wish wish;

	flow->levels++;
	return asm_compare(as, &p, "if", 1, &insn) && get_wish(as, &p, true, &wish) &&
	       asm_emit(as, &insn, ASM_NO_LABEL, at) != ASM_NO_ITEM &&
	       begin_branch(as, flow, wish, at);
}

static bool flow_if(struct asm_state *as, const char *p, const char *at)
{
	struct asm_flow *flow = open_flow(as, false, at);

	return flow && compare_branch(as, flow, p, at);
}

static struct asm_flow *another_branch(struct asm_state *as, const char *at)
{
	struct asm_flow *flow = innermost(as, false, at);

	if (flow && flow->has_else) {
		asm_error(as, at, "this @if has its @else already");
		return NULL;
	}
	return flow;
}

static bool flow_elseif(struct asm_state *as, const char *p, const char *at)
{
	struct asm_flow *flow = another_branch(as, at);

	if (!flow)
		return false;
	end_branch(as, flow);
	return emit_mask(as, AGX_OP_ELSE_FCMP, 1, at) && compare_branch(as, flow, p, at);
}

static bool flow_else(struct asm_state *as, const char *p, const char *at)
{
	struct asm_flow *flow = another_branch(as, at);
	enum wish wish;

	if (!flow || !get_wish(as, &p, false, &wish))
		return false;
	end_branch(as, flow);
	flow->has_else = true;
	return emit_mask(as, AGX_OP_ELSE_FCMP, 1, at) && begin_branch(as, flow, wish, at);
}

static bool flow_endif(struct asm_state *as, const char *p, const char *at)
{
	struct asm_flow *flow = innermost(as, false, at);

	if (!flow || !asm_end_of_line(as, p))
		return false;
	end_branch(as, flow);
	close_flow(asm_current(as));
	return emit_pop(as, flow->levels, at);
}

static bool flow_loop(struct asm_state *as, const char *p, const char *at)
{
	struct asm_flow *flow;

	if (!asm_end_of_line(as, p))
		return false;
	flow = open_flow(as, true, at);
	if (!flow || !new_label(as, &flow->top) || !new_label(as, &flow->resume) ||
	    !new_label(as, &flow->end) || !emit_mask(as, AGX_OP_IF_FCMP, LOOP_LEVELS, at))
		return false;
	asm_place_label(asm_current(as), flow->top);
	return true;
}

/*
 * The loop that a break or continue is about, the n-th from inside, and in *levels
 * what a lane that continues it gets.
 */
static struct asm_flow *find_loop(struct asm_state *as, s64 n, const char *at, u32 *levels)
{
	struct asm_flow *flow = asm_current(as)->flow;

	*levels = LOOP_LEVELS - 1;
	for (; flow; flow = flow->outer) {
		if (flow->loop && !--n)
			return flow;
		*levels += flow->loop ? LOOP_LEVELS : flow->levels;
	}
	asm_error(as, at, "there are not so many @loop open");
	return NULL;
}

/* @break and @continue, of this loop or of the n-th around. */
static bool leave(struct asm_state *as, const char *p, const char *at, bool go_on)
{
	struct asm_flow *flow;
	u32 levels;
	s64 n = 1;

	if (asm_peek(&p) && !asm_int_in(as, &p, 1, FLOW_MAX, "number of loops", &n))
		return false;
	if (!asm_end_of_line(as, p))
		return false;
	flow = find_loop(as, n, at, &levels);
	if (!flow)
		return false;
	flow->continues |= go_on;
	return emit_leave(as, levels + !go_on, at);
}

static bool flow_break(struct asm_state *as, const char *p, const char *at)
{
	return leave(as, p, at, false);
}

static bool flow_continue(struct asm_state *as, const char *p, const char *at)
{
	return leave(as, p, at, true);
}

/* In the loop itself, not in an if of it, all lanes may be gone after a break. */
static bool add_leave(struct asm_state *as, struct asm_flow *flow, enum wish wish, const char *at)
{
	struct leave *l = asm_alloc(as, sizeof(*l));

	if (!l)
		return false;
	l->wish = wish;
	/* Where it goes is known at the end of the loop. */
	l->item = optional_jump(as, flow->end, at);
	l->next = flow->leaves;
	flow->leaves = l;
	return l->item != ASM_NO_ITEM;
}

static bool leave_if(struct asm_state *as, const char *p, const char *at, bool go_on, bool inverse)
{
	struct asm_flow *flow;
	struct agx_insn insn;
	enum wish wish;
	bool here, ok;
	u32 levels;

	flow = find_loop(as, 1, at, &levels);
	if (!flow || !asm_compare(as, &p, "while", LOOP_LEVELS, &insn) ||
	    !get_wish(as, &p, true, &wish))
		return false;
	insn.cond ^= inverse ? AGX_COND_NOT : 0;
	here = flow == asm_current(as)->flow;
	if (wish != AUTO && !here) {
		asm_error(as, at, "within an @if there is nothing to skip");
		return false;
	}
	if (here && !go_on && !flow->continues) {
		/* No lane waits at 1: a while does it in one instruction. */
		insn.cond ^= AGX_COND_NOT;
		ok = asm_emit(as, &insn, ASM_NO_LABEL, at) != ASM_NO_ITEM;
	} else {
		ok = emit_leave_if(as, &insn, levels + !go_on, at);
	}
	flow->continues |= go_on;
	return ok && (!here || add_leave(as, flow, wish, at));
}

static bool flow_while(struct asm_state *as, const char *p, const char *at)
{
	return leave_if(as, p, at, false, true);
}

static bool flow_break_if(struct asm_state *as, const char *p, const char *at)
{
	return leave_if(as, p, at, false, false);
}

static bool flow_continue_if(struct asm_state *as, const char *p, const char *at)
{
	return leave_if(as, p, at, true, false);
}

/* until: NULL, or the while whose lanes go on. */
static bool end_loop(struct asm_state *as, struct asm_flow *flow, const struct agx_insn *until,
		     const char *at)
{
	struct asm_program *program = asm_current(as);

	for (struct leave *l = flow->leaves; l; l = l->next) {
		decide(program, l->item, l->wish);
		/* Lanes that continue are waiting for the end of the body. */
		if (flow->continues)
			program->item[l->item].label = flow->resume;
	}
	asm_place_label(program, flow->resume);
	if (until ? asm_emit(as, until, ASM_NO_LABEL, at) == ASM_NO_ITEM :
	    flow->continues && !emit_mask(as, AGX_OP_WHILE_ICMP, LOOP_LEVELS, at))
		return false;
	if (!emit_jump(as, AGX_OP_JMP_ANY, flow->top, at))
		return false;
	asm_place_label(program, flow->end);
	close_flow(program);
	return emit_pop(as, LOOP_LEVELS, at);
}

static bool flow_endloop(struct asm_state *as, const char *p, const char *at)
{
	struct asm_flow *flow = innermost(as, true, at);

	return flow && asm_end_of_line(as, p) && end_loop(as, flow, NULL, at);
}

static bool flow_until(struct asm_state *as, const char *p, const char *at)
{
	struct asm_flow *flow = innermost(as, true, at);
	struct agx_insn insn;

	if (!flow || !asm_compare(as, &p, "while", LOOP_LEVELS, &insn) || !asm_end_of_line(as, p))
		return false;
	insn.cond ^= AGX_COND_NOT;
	return end_loop(as, flow, &insn, at);
}

/* --- lines ----------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool (*run)(struct asm_state *as, const char *p, const char *at);
} constructs[] = {
	{ "if", flow_if }, { "elseif", flow_elseif }, { "else", flow_else },
	{ "endif", flow_endif }, { "loop", flow_loop }, { "while", flow_while },
	{ "break", flow_break }, { "break_if", flow_break_if }, { "continue", flow_continue },
	{ "continue_if", flow_continue_if }, { "endloop", flow_endloop }, { "until", flow_until },
};

bool asm_flow(struct asm_state *as, const char *p)
{
	const char *at = p++, *best = NULL;
	struct asm_str word = { p, 0 };
	u32 distance = 0;
	char text[64];

	if (asm_is_letter(*p))
		word = asm_word(&p);
	if (!asm_need_kernel(as, at))
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(constructs); i++) {
		if (asm_equal(word, constructs[i].name))
			return constructs[i].run(as, p, at);
		asm_nearest(word.p, word.n, constructs[i].name, &best, &distance);
	}
	asm_error(as, at, "'@%.*s' is not a construct%s", (int)word.n, word.p,
		  asm_meant(text, sizeof(text), "@", best));
	return false;
}

bool asm_flow_end(struct asm_state *as)
{
	struct asm_flow *flow = asm_current(as)->flow;
	bool ok = !flow;

	for (; flow && asm_alive(as); flow = flow->outer)
		asm_report(as, AGX_ERROR, flow->pos, flow->column, flow->loop ?
			   "this @loop has no @endloop or @until" : "this @if has no @endif");
	return ok;
}

bool asm_in_loop(struct asm_state *as)
{
	const struct asm_flow *flow = asm_current(as)->flow;

	while (flow && !flow->loop)
		flow = flow->outer;
	return flow != NULL;
}
