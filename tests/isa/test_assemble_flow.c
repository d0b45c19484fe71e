// SPDX-License-Identifier: MIT
/*
 * Structured control flow: random programs of @if, @loop and what leaves them,
 * executed, and followed lane by lane in C.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/gpu.h"
#include "tests/lib/suite.h"

#define LANES 64
#define N_PROGRAMS 300
#define DEPTH 4
#define NODES 200

enum kind { UPDATE, IF, LOOP, BREAK, CONTINUE, BREAK_IF, CONTINUE_IF, WHILE };

/* (value & 7) compared with a number; as floats where the value is even. */
struct cond {
	u32 op;			/* of conds[] */
	u32 than;
	bool is_float;
};

struct node {
	enum kind kind;
	u32 number;		/* update: added; break, continue: loops; loop: rounds */
	u32 depth;		/* loop: of loops around it */
	u32 n_branches;		/* if: with the one that has no condition */
	bool has_else;
	bool until;		/* loop: ends in @until */
	struct cond cond[3];
	struct node *body[3];	/* of the branches, or of the loop */
	struct node *next;
};

struct program {
	struct node node[NODES];
	u32 n;
	char text[65536];
	size_t size;
};

static const struct {
	const char *icond, *fcond;
} conds[] = {
	{ "ieq", "feq" }, { "ine", "fneq" }, { "ult", "flt" }, { "uge", "fge" }, { "ugt", "fgt" },
	{ "ule", "fle" },
};

static __printf(2, 3) void line(struct program *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	p->size += (size_t)vsnprintf(p->text + p->size, sizeof(p->text) - p->size, fmt, args);
	va_end(args);
	ck_assert_uint_lt(p->size + 2, sizeof(p->text));
	p->text[p->size++] = '\n';
}

/* --- programs ---------------------------------------------------------------- */

static struct cond random_cond(void)
{
	return (struct cond){ kt_below(ARRAY_SIZE(conds)), kt_below(8), kt_below(2) };
}

/* What a condition looks at, before the construct that it stands in. */
static void prepare(struct program *p)
{
	line(p, "and bits, value, 7");
	line(p, "u32_to_f fbits, bits, rte");
}

static void construct(struct program *p, const char *name, const struct cond *c, bool wish)
{
	static const char *const wishes[] = { "", ", skip", ", fall" };
	const char *w = wishes[wish ? kt_below(3) : 0];

	if (c->is_float)
		line(p, "%s fbits, %u.0, %s%s", name, c->than, conds[c->op].fcond, w);
	else
		line(p, "%s bits, %u, %s%s", name, c->than, conds[c->op].icond, w);
}

static struct node *random_list(struct program *p, u32 depth, u32 loops, bool here);

static void random_if(struct program *p, struct node *n, u32 depth, u32 loops)
{
	n->n_branches = 1 + kt_below(3);
	n->has_else = n->n_branches > 1 && kt_below(2);
	prepare(p);
	for (u32 i = 0; i < n->n_branches; i++) {
		n->cond[i] = random_cond();
		if (i && i + 1 == n->n_branches && n->has_else)
			line(p, "@else");
		else
			construct(p, i ? "@elseif" : "@if", &n->cond[i], true);
		/* The first branch changes bits of its own lanes only. */
		n->body[i] = random_list(p, depth + 1, loops, false);
	}
	line(p, "@endif");
}

static void random_loop(struct program *p, struct node *n, u32 depth, u32 loops)
{
	n->number = 1 + kt_below(4);
	n->depth = loops;
	n->until = kt_below(2);
	line(p, "ldimm r(20 + %u), 0", loops);
	line(p, "@loop");
	line(p, "iadd r(20 + %u), r(20 + %u), 1", loops, loops);
	if (!n->until)
		line(p, "@break_if r(20 + %u), %u, ugt", loops, n->number);
	n->body[0] = random_list(p, depth + 1, loops + 1, true);
	if (n->until)
		line(p, "@until r(20 + %u), %u, uge", loops, n->number);
	else
		line(p, "@endloop");
}

static void random_leave(struct program *p, struct node *n, u32 loops, bool here)
{
	n->kind = (enum kind)(BREAK + kt_below(5));
	n->number = 1 + kt_below(loops);
	n->cond[0] = random_cond();
	if (n->kind == BREAK || n->kind == CONTINUE) {
		line(p, "%s %u", n->kind == BREAK ? "@break" : "@continue", n->number);
		return;
	}
	n->number = 1;
	prepare(p);
	construct(p, n->kind == WHILE ? "@while" : n->kind == BREAK_IF ? "@break_if" :
		  "@continue_if", &n->cond[0], here);
}

/* here: directly in a loop, where the author may say skip. */
static struct node *random_node(struct program *p, u32 depth, u32 loops, bool here)
{
	struct node *n = &p->node[p->n++];
	u32 choice = kt_below(10);

	if (choice < 3 && depth < DEPTH) {
		n->kind = IF;
		random_if(p, n, depth, loops);
	} else if (choice < 5 && depth < DEPTH && loops < 3) {
		n->kind = LOOP;
		random_loop(p, n, depth, loops);
	} else if (choice < 7 && loops) {
		random_leave(p, n, loops, here);
	} else {
		n->kind = UPDATE;
		n->number = kt_below(256);
		line(p, "imadd value, value, 5, %u", n->number);
	}
	return n;
}

static struct node *random_list(struct program *p, u32 depth, u32 loops, bool here)
{
	struct node *first = NULL, **last = &first;

	for (u32 n = 1 + kt_below(5); n && p->n < NODES; n--) {
		*last = random_node(p, depth, loops, here);
		last = &(*last)->next;
	}
	return first;
}

static struct node *random_program(struct program *p)
{
	struct node *first;

	memset(p, 0, sizeof(*p));
	line(p, ".uniform in, buffer\n.uniform out, buffer\n.reg i, r2\n.reg value, r3\n"
	     ".reg bits, r4\n.reg fbits, r5\n"
	     "mov i, thread_in_grid_x\nload value, in, i, i32, x, a\nwait a");
	first = random_list(p, 0, 0, false);
	line(p, "store value, out, i, i32, x, a");
	return first;
}

/* --- one lane ------------------------------------------------------------------ */

struct lane {
	u32 value;
	u32 leave;		/* loops to leave, the last of them ... */
	bool go_on;		/* ... only until its next round */
};

static bool holds(const struct cond *c, u32 bits)
{
	switch (c->op) {
	case 0: return bits == c->than;
	case 1: return bits != c->than;
	case 2: return bits < c->than;
	case 3: return bits >= c->than;
	case 4: return bits > c->than;
	default: return bits <= c->than;
	}
}

static void follow(const struct node *n, struct lane *lane);

static void follow_if(const struct node *n, struct lane *lane)
{
	u32 bits = lane->value & 7;

	for (u32 i = 0; i < n->n_branches; i++) {
		if ((n->has_else && i + 1 == n->n_branches) || holds(&n->cond[i], bits)) {
			follow(n->body[i], lane);
			return;
		}
	}
}

static void follow_loop(const struct node *n, struct lane *lane)
{
	for (u32 round = 0; round < n->number; round++) {
		follow(n->body[0], lane);
		if (lane->leave && (--lane->leave || !lane->go_on))
			return;
	}
}

static void follow(const struct node *n, struct lane *lane)
{
	for (; n && !lane->leave; n = n->next) {
		u32 bits = lane->value & 7;

		switch (n->kind) {
		case UPDATE:
			lane->value = lane->value * 5 + n->number;
			break;
		case IF:
			follow_if(n, lane);
			break;
		case LOOP:
			follow_loop(n, lane);
			break;
		case WHILE:
			lane->leave = !holds(&n->cond[0], bits);
			lane->go_on = false;
			break;
		default:
			lane->go_on = n->kind == CONTINUE || n->kind == CONTINUE_IF;
			if (n->kind == BREAK || n->kind == CONTINUE || holds(&n->cond[0], bits))
				lane->leave = n->number;
			break;
		}
	}
}

START_TEST(random_programs)
{
	static struct program program;
	struct gpu *gpu = gpu_create();
	u64 in, out = gpu_buffer(gpu, NULL, 4 * LANES);
	const u32 *got = gpu_data(gpu, out);
	u32 values[LANES];

	for (u32 i = 0; i < LANES; i++)
		values[i] = (u32)kt_random();
	in = gpu_buffer(gpu, values, sizeof(values));
	for (u32 k = 0; k < N_PROGRAMS; k++) {
		const struct node *first = random_program(&program);
		struct agx_unit *unit = gpu_assemble("random", program.text);

		gpu_run(gpu, unit->kernel, (u32[]){ LANES, 1, 1 }, (u32[]){ LANES, 1, 1 },
			(u64[]){ in, out });
		for (u32 i = 0; i < LANES; i++) {
			struct lane lane = { .value = values[i] };

			follow(first, &lane);
			ck_assert_msg(got[i] == lane.value, "program %u, lane %u: %08x, not %08x\n%.2000s",
				      k, i, got[i], lane.value, program.text);
		}
		agx_unit_free(unit);
	}
	gpu_destroy(gpu);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assemble_flow");
	TCase *tc = tcase_create("flow");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, random_programs);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
