// SPDX-License-Identifier: MIT
/*
 * Random structured programs run many times, lane by lane: every hazard that happens in
 * a run was reported, and nearly all that was reported happens in some run.
 *
 * Values are hashes of what they are computed from, and conditions hashes of values and
 * of time: they come out at random, but alike in lanes that hold the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/agx_text.h"
#include "tests/lib/suite.h"
#include "tools/agx/live.h"

#define N_PROGRAMS 300
#define N_RUNS 500
#define LANES 4
#define N_LIVE_RUNS 20
#define STEPS_MAX 400
#define HALVES 26		/* that programs use: r0 to r12 */

/* --- programs ---------------------------------------------------------------------- */

struct generator {
	char text[16384];
	size_t n;
	u32 n_labels;
	u32 budget;	/* statements that may still come */
};

/* The loop that statements are in: what break and continue write to r0l. */
struct place {
	u32 depth;	/* ifs open within the loop */
	u32 loop;	/* nesting that leaves it, 0: in no loop */
	bool has_continue;
};

__printf(2, 3)
static void emit(struct generator *g, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	g->n += (size_t)vsnprintf(g->text + g->n, sizeof(g->text) - g->n, format, list);
	va_end(list);
	ck_assert_uint_lt(g->n, sizeof(g->text));
}

/* Sources and results are r1 to r5; r10 differs from lane to lane, r12 and u4 do not. */
static u32 any_reg(void)
{
	return 1 + kt_below(5);
}

static const char *discard(void)
{
	return kt_below(6) ? "" : "^";
}

static const char *condition(void)
{
	static const char *const conditions[] = { "r10", "r10", "u4", "r12", "r1", "r2", "r3" };

	return conditions[kt_below(ARRAY_SIZE(conditions))];
}

/* Some of these give the same to all lanes. */
static void across_lanes(struct generator *g)
{
	u32 to = any_reg(), from = kt_below(3) ? any_reg() : 10;

	switch (kt_below(6)) {
	case 0:
		emit(g, "ballot r%u, r%u, 7, ult\n", to, from);
		break;
	case 1:
		emit(g, "simd r%u, r%u, iadd\n", to, from);
		break;
	case 2:
		emit(g, "simd r%u, r%u, prefix, iadd\n", to, from);
		break;
	case 3:
		emit(g, "shuffle r%u, r%u, 2\n", to, from);
		break;
	case 4:
		emit(g, "shuffle r%u, r%u, 1, xor\n", to, from);
		break;
	default:
		emit(g, "mov r%u, %s\n", to, kt_below(2) ? "r12" : "r10");
	}
}

static void simple(struct generator *g)
{
	switch (kt_below(10)) {
	case 0:
	case 1:
		emit(g, "iadd r%u, %sr%u, %sr%u\n", any_reg(), discard(), any_reg(), discard(),
		     any_reg());
		break;
	case 2:
		emit(g, "mov r%u%c, %sr%u%c\n", any_reg(), "lh"[kt_below(2)], discard(), any_reg(),
		     "lh"[kt_below(2)]);
		break;
	case 3:
	case 4:
		emit(g, "mov r%u, 1\n", any_reg());
		break;
	case 5:
		emit(g, "load r%u, du2, %s, i32, x, %c\n", any_reg(), kt_below(2) ? "r10" : "r12",
		     "ab"[kt_below(2)]);
		break;
	case 6:
		emit(g, "store r%u, du2, r10, i32, x, %c\n", any_reg(), "ab"[kt_below(2)]);
		break;
	case 7:
		emit(g, "wait %c\n", "ab"[kt_below(2)]);
		break;
	case 8:
		across_lanes(g);
		break;
	default:
		emit(g, kt_below(4) ? "wait a\nwait b\n" : "barrier\n");
	}
}

static void statements(struct generator *g, struct place place);

static void branch(struct generator *g, struct place place)
{
	bool skip = !kt_below(3), has_else = kt_below(2);
	u32 middle = g->n_labels++, end = g->n_labels++;

	place.depth++;
	emit(g, "if %s, 7, 1, ult\n", condition());
	if (skip)
		emit(g, "jmp_none L%u\n", has_else ? middle : end);
	statements(g, place);
	if (has_else) {
		emit(g, "L%u: else 0.0, 0.0, 1, feq\n", middle);
		if (skip)
			emit(g, "jmp_none L%u\n", end);
		statements(g, place);
	}
	emit(g, "L%u: pop_exec 1\n", end);
}

/* Out of the loop, or to its continue point, from within an if. */
static void leave(struct generator *g, struct place place)
{
	u32 deep = place.depth + (kt_below(2) && place.has_continue ? 1 : place.loop);

	if (kt_below(2)) {
		emit(g, "if %s, 7, 1, ult\nldimm r0l, %u\npop_exec 0\npop_exec 1\n", condition(),
		     deep + 1);
		return;
	}
	emit(g, "csel r0l, %s, 7, %u, r0l, ult\nupdate_exec\n", condition(), deep);
}

static void loop(struct generator *g)
{
	struct place place = { .has_continue = kt_below(2) };
	u32 top = g->n_labels++;

	place.loop = place.has_continue ? 2 : 1;
	emit(g, "if 0, 0, %u, ieq\nL%u: ", place.loop, top);
	if (kt_below(2))
		emit(g, "while %s, 7, %u, ult\n", condition(), place.loop);
	else
		leave(g, place);
	statements(g, place);
	if (place.has_continue)
		emit(g, "while 0, 0, 2, ieq\n");
	emit(g, "jmp_any L%u\npop_exec %u\n", top, place.loop);
}

static void statements(struct generator *g, struct place place)
{
	u32 n = 1 + kt_below(4);

	for (u32 i = 0; i < n && g->budget; i++) {
		u32 kind = kt_below(12);

		g->budget--;
		if (kind == 0 && place.depth < 3)
			branch(g, place);
		else if (kind == 1)
			loop(g);
		else if (kind == 2 && place.loop)
			leave(g, place);
		else if (kind == 3)
			emit(g, "simd_matrix_fmadd16 r6l, r7l, r8l, r6l\n");
		else
			simple(g);
	}
}

static void generate(struct generator *g)
{
	memset(g, 0, sizeof(*g));
	g->budget = 30;
	emit(g, "mov r10, thread_in_grid_x\nmov r12, threadgroup_in_grid_x\n"
		"mov r6, 0\nmov r7, 0\nmov r8, 0\nldimm r0l, 0\n");
	while (g->budget)
		statements(g, (struct place){ 0 });
	emit(g, "stop\n");
}

/* --- one run ------------------------------------------------------------------------ */

struct lane {
	u32 counter;
	bool active;
	struct agx_halves written, discarded;
	u32 value[HALVES];
	u32 written_at[HALVES];	/* step, 0: never */
};

struct run {
	const struct agx_flow *flow;
	struct lane lane[LANES];
	struct agx_halves pending[2];
	u32 n_pending[2];
	u16 *happened;	/* hazards of each instruction */
	u32 i;
	u32 steps;
	u32 seed;
	/* What has to be live, to be checked; or NULL. */
	const struct agx_halves *live;
	u32 trace[STEPS_MAX];	/* instruction of each step */
};

static void happens(struct run *run, enum agx_hazard hazard)
{
	run->happened[run->i] |= (u16)(1u << hazard);
}

static bool meet(const struct agx_halves *a, const struct agx_halves *b)
{
	struct agx_halves both = agx_halves_both(a, b);

	return !agx_halves_empty(&both);
}

static u32 mix(u32 a, u32 b)
{
	u64 product = (a + 0x9e3779b9ull) * (b + 0x85ebca6bull) + a + 31ull * b;

	return (u32)(product ^ product >> 29);
}

static u32 hash_set(const struct lane *lane, const struct agx_halves *set, u32 hash)
{
	for (u32 half = 0; half < HALVES; half++) {
		if (half != AGX_HALF_R0L && agx_halves_has(set, half))
			hash = mix(hash, lane->value[half]);
	}
	return hash;
}

/* One lane's comparison: our constants are all 0 == 0. */
static bool compare(const struct run *run, const struct lane *lane, const struct agx_insn *insn)
{
	const struct agx_halves *reads = &run->flow->access[run->i].reads;
	enum agx_kind kind = insn->operand[agx_first_source(insn)].kind;

	if (kind == AGX_IMM || kind == AGX_FIMM)
		return true;
	return hash_set(lane, reads, mix(run->seed, run->steps)) >> 7 & 1;
}

/* Of what the lanes that are active read, in their order. */
static u32 hash_lanes(const struct run *run, u32 hash)
{
	for (int l = 0; l < LANES; l++) {
		if (run->lane[l].active)
			hash = hash_set(&run->lane[l], &run->flow->access[run->i].reads, hash);
	}
	return hash;
}

static u32 result_of(const struct run *run, int l)
{
	const struct agx_insn *insn = &run->flow->code->insn[run->i];
	const struct agx_access *access = &run->flow->access[run->i];
	int from = l;

	switch (insn->op) {
	case AGX_OP_MFSR:
		return insn->sr == AGX_SR_THREAD_IN_GRID_X ? (u32)l : 7;
	case AGX_OP_ICMP_BALLOT:
		return hash_lanes(run, 1);
	case AGX_OP_SIMD:
		return hash_lanes(run, insn->flags & AGX_PREFIX ? (u32)l : LANES);
	case AGX_OP_SHUFFLE:
		from = insn->subop == AGX_SHUFFLE_XOR ? l ^ 1 : 2;
		return hash_set(&run->lane[from], &access->reads, 2);
	case AGX_OP_LOAD:
		return hash_set(&run->lane[l], &access->reads, run->steps);
	default:
		return hash_set(&run->lane[l], &access->reads, insn->op);
	}
}

static void compute(struct run *run)
{
	const struct agx_halves *writes = &run->flow->access[run->i].writes;
	u32 result[LANES];

	for (int l = 0; l < LANES; l++)
		result[l] = result_of(run, l);
	for (int l = 0; l < LANES; l++) {
		for (u32 half = 0; run->lane[l].active && half < HALVES; half++) {
			if (!agx_halves_has(writes, half))
				continue;
			run->lane[l].value[half] = mix(result[l], half);
			run->lane[l].written_at[half] = run->steps;
		}
	}
}

static void set_mask(struct run *run, const struct agx_insn *insn)
{
	for (int l = 0; l < LANES; l++) {
		struct lane *lane = &run->lane[l];
		bool cmp = insn->n_operands && compare(run, lane, insn);
		u32 v = lane->counter, n = insn->nest;

		switch (insn->op) {
		case AGX_OP_IF_ICMP:
			v = v ? v + n : !cmp;
			break;
		case AGX_OP_ELSE_FCMP:
			v = v == 0 ? n : v == 1 ? !cmp : v;
			break;
		case AGX_OP_WHILE_ICMP:
			v = v >= n ? v : cmp ? 0 : n;
			break;
		case AGX_OP_POP_EXEC:
			v = v > n ? v - n : 0;
			break;
		default:
			if (insn->op != AGX_OP_UPDATE_EXEC)
				ck_abort_msg("instruction %u", insn->op);
		}
		lane->counter = v;
		lane->active = !v;
	}
}

static void write_counter(struct run *run, const struct agx_insn *insn)
{
	for (int l = 0; l < LANES; l++) {
		struct lane *lane = &run->lane[l];

		if (!lane->active)
			continue;
		if (insn->op == AGX_OP_LDIMM16)
			lane->counter = (u32)insn->imm;
		else if (compare(run, lane, insn))
			lane->counter = insn->operand[3].value;
	}
}

/* What a lane reads has been live ever since the lane wrote it. */
static void check_live(const struct run *run, const struct lane *lane,
		       const struct agx_halves *reads)
{
	for (u32 half = 0; half < HALVES; half++) {
		if (!agx_halves_has(reads, half) || !lane->written_at[half])
			continue;
		for (u32 step = lane->written_at[half] + 1; step <= run->steps; step++) {
			/* Assertions that hold cost a system call. */
			if (!agx_halves_has(&run->live[run->trace[step]], half))
				ck_abort_msg("half %u is not live at %u, but read at %u", half,
					     run->trace[step], run->i);
		}
	}
}

static void read_lane(struct run *run, struct lane *lane, const struct agx_access *access)
{
	if (run->live)
		check_live(run, lane, &access->reads);
	if (meet(&access->reads, &lane->discarded))
		happens(run, AGX_HAZARD_DISCARD);
	if (!agx_halves_within(&access->reads, &lane->written))
		happens(run, AGX_HAZARD_UNDEFINED);
	agx_halves_remove(&lane->discarded, &access->reads);
	agx_halves_or(&lane->written, &access->reads);
}

static void touch_lane(struct run *run, struct lane *lane, const struct agx_access *access)
{
	if (lane->active)
		read_lane(run, lane, access);
	agx_halves_or(&lane->discarded, &access->discards);
	if (lane->active) {
		agx_halves_or(&lane->written, &access->writes);
		agx_halves_remove(&lane->discarded, &access->writes);
	}
}

static void touch_groups(struct run *run, const struct agx_insn *insn,
			 const struct agx_access *access)
{
	for (int g = 0; g < 2; g++) {
		if (meet(&access->reads, &run->pending[g]) ||
		    meet(&access->writes, &run->pending[g]))
			happens(run, AGX_HAZARD_WAIT);
		agx_halves_remove(&run->pending[g], &access->reads);
		agx_halves_remove(&run->pending[g], &access->writes);
		if (insn->op == AGX_OP_BARRIER && run->n_pending[g])
			happens(run, AGX_HAZARD_BARRIER);
	}
	if (!agx_has_group(insn))
		return;
	if (run->n_pending[insn->group]++ >= 8)
		happens(run, AGX_HAZARD_PENDING);
	agx_halves_or(&run->pending[insn->group], &access->writes);
}

/* Only lanes whose counter the comparison decides read what is compared. */
static void touch_condition(struct run *run, const struct agx_insn *insn,
			    const struct agx_access *access)
{
	bool any = false;

	for (int l = 0; l < LANES; l++) {
		struct lane *lane = &run->lane[l];
		u32 v = lane->counter;
		bool reads = insn->op == AGX_OP_IF_ICMP ? v == 0 :
			     insn->op == AGX_OP_WHILE_ICMP ? v < insn->nest :
			     insn->op == AGX_OP_ELSE_FCMP && v == 1;

		if (reads)
			read_lane(run, lane, access);
		any |= reads;
	}
	if (any)
		touch_groups(run, insn, access);
}

static void execute(struct run *run)
{
	const struct agx_insn *insn = &run->flow->code->insn[run->i];
	const struct agx_access *access = &run->flow->access[run->i];
	u32 n_active = 0;

	for (int l = 0; l < LANES; l++)
		n_active += run->lane[l].active;
	if (insn->op == AGX_OP_WAIT) {
		run->pending[insn->group] = (struct agx_halves){ { 0 } };
		run->n_pending[insn->group] = 0;
		return;
	}
	if (agx_sets_mask(insn)) {
		touch_condition(run, insn, access);
		set_mask(run, insn);
		return;
	}
	if (!n_active)
		return;
	touch_groups(run, insn, access);
	for (int l = 0; l < LANES; l++)
		touch_lane(run, &run->lane[l], access);
	if (agx_is_matrix(insn) && n_active < LANES)
		happens(run, AGX_HAZARD_MATRIX);
	if (agx_halves_has(&access->writes, AGX_HALF_R0L))
		write_counter(run, insn);
	else
		compute(run);
}

static u32 next(const struct run *run)
{
	const struct agx_insn *insn = &run->flow->code->insn[run->i];
	bool any = false;

	for (int l = 0; l < LANES; l++)
		any |= run->lane[l].active;
	if ((insn->op == AGX_OP_JMP_ANY && any) || (insn->op == AGX_OP_JMP_NONE && !any))
		return run->flow->target[run->i];
	return run->i + 1;
}

static void run_once(const struct agx_flow *flow, u16 *happened, const struct agx_halves *live)
{
	struct run run = {
		.flow = flow, .happened = happened, .seed = (u32)kt_random(), .live = live,
	};

	for (int l = 0; l < LANES; l++) {
		run.lane[l].active = true;
		agx_halves_add(&run.lane[l].written, AGX_HALF_R0L);
	}
	for (; run.steps < STEPS_MAX; run.steps++) {
		if (flow->code->insn[run.i].op == AGX_OP_STOP)
			break;
		run.trace[run.steps] = run.i;
		execute(&run);
		run.i = next(&run);
	}
}

/* --- what was said and what happens ---------------------------------------------------- */

static void hear(void *ctx, enum agx_hazard hazard, u32 index, const char *message)
{
	u16 *said = ctx;

	(void)message;
	said[index] |= (u16)(1u << hazard);
}

static u32 n_said, n_seen;

static void try_program(const struct agx_text *text, const char *source)
{
	u16 *said = calloc(text->code.n, sizeof(*said)), *happened = calloc(text->code.n, 2);
	struct agx_check_opts opts = { .report = hear, .ctx = said };
	struct agx_flow flow;

	ck_assert_int_eq(agx_flow_init(&flow, &text->code), 0);
	ck_assert_int_ge(agx_check(&text->code, &opts), 0);
	for (int i = 0; i < N_RUNS; i++)
		run_once(&flow, happened, NULL);
	for (u32 i = 0; i < text->code.n; i++) {
		ck_assert_msg(!(happened[i] & ~said[i]),
			      "instruction %u: hazards %#x happen, %#x were reported, in\n%s", i,
			      happened[i], said[i], source);
		n_said += (u32)__builtin_popcount(said[i]);
		n_seen += (u32)__builtin_popcount(happened[i]);
	}
	agx_flow_destroy(&flow);
	free(said);
	free(happened);
}

START_TEST(random_programs)
{
	struct generator g;
	struct agx_text text;

	for (int i = 0; i < N_PROGRAMS; i++) {
		generate(&g);
		agx_text_parse(&text, g.text);
		try_program(&text, g.text);
		agx_text_free(&text);
	}
	printf("# %u hazards reported, %u of them happened\n", n_said, n_seen);
	fflush(stdout);
	/* The rest needs more runs, or lanes that a run has not. */
	ck_assert_uint_gt(n_said, N_PROGRAMS);
	ck_assert_uint_gt(n_seen * 100, n_said * 85);
}
END_TEST

START_TEST(live_registers)
{
	struct generator g;

	for (int i = 0; i < N_PROGRAMS; i++) {
		struct agx_halves *before, *behind;
		struct agx_text text;
		struct agx_flow flow;
		struct agx_walk walk;
		u16 *happened;

		generate(&g);
		agx_text_parse(&text, g.text);
		happened = calloc(text.code.n, sizeof(*happened));
		before = calloc(text.code.n, sizeof(*before));
		behind = calloc(text.code.n, sizeof(*behind));
		ck_assert_int_eq(agx_flow_init(&flow, &text.code), 0);
		ck_assert_int_eq(agx_walk_init(&walk, &flow), 0);
		ck_assert_int_eq(agx_live(&walk, before, behind), 0);
		for (int k = 0; k < N_LIVE_RUNS; k++)
			run_once(&flow, happened, before);
		agx_walk_destroy(&walk);
		agx_flow_destroy(&flow);
		agx_text_free(&text);
		free(happened);
		free(before);
		free(behind);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("check_random");
	TCase *tcase = tcase_create("check_random");

	tcase_set_timeout(tcase, 600);
	tcase_add_test(tcase, random_programs);
	tcase_add_test(tcase, live_registers);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
