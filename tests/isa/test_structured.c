// SPDX-License-Identifier: MIT
/*
 * Random programs of nested ifs and loops with break and continue: each lane's
 * result by walking the program's tree in C, against the tree as instructions,
 * with the exec mask doing what branches do in C.
 */
#include "pair.h"
#include "tests/lib/suite.h"

#define PROGRAMS 4000
#define NODES 200
#define VARIABLES 6
#define DEPTH 5
#define CODE_SIZE (NODES * 8 * AGX_INSN_MAX)

/* Variables are r2, r3 ...; the counter of a loop is behind them, one per depth. */
#define VARIABLE 2
#define COUNTER (VARIABLE + VARIABLES)

enum kind { ASSIGN, IF, LOOP, BREAK, CONTINUE };

struct node {
	enum kind kind;
	int a, b, d;		/* variables; of a condition a and b, of a loop a */
	unsigned int cond;	/* enum agx_icond, or what ASSIGN does */
	int body, other;	/* first node of what is in it, -1: nothing */
	int next;		/* -1: none */
	bool else_if;		/* other is for the lanes where the second condition is true */
	unsigned int cond2;
	bool has_continue;	/* of a loop, in its own body */
	int depth;		/* of a loop: its counter */
};

struct tree {
	struct node node[NODES];
	int n;
};

static bool coin(void)
{
	return kt_below(2);
}

/* --- making one ------------------------------------------------------------------ */

static unsigned int random_cond(void)
{
	static const u8 conds[] = { AGX_IEQ, AGX_ULT, AGX_UGT, AGX_SLT, AGX_SGT };

	return conds[kt_below(ARRAY_SIZE(conds))] | (coin() ? AGX_COND_NOT : 0);
}

static int block(struct tree *tree, int depth, int loop);

/* -1 where there is no room. */
static int statement(struct tree *tree, int depth, int loop)
{
	struct node *node = &tree->node[tree->n];
	int self = tree->n;
	u32 what = kt_below(10);

	if (tree->n == NODES)
		return -1;
	tree->n++;
	*node = (struct node){ .kind = ASSIGN, .a = (int)kt_below(VARIABLES),
			       .b = (int)kt_below(VARIABLES), .d = (int)kt_below(VARIABLES),
			       .cond = kt_below(4), .body = -1, .other = -1, .next = -1 };
	if (what < 4 && depth < DEPTH) {
		node->kind = IF;
		node->cond = random_cond();
		node->cond2 = random_cond();
		node->else_if = kt_below(4) == 0;
		node->body = block(tree, depth + 1, loop);
		node->other = coin() ? block(tree, depth + 1, loop) : -1;
	} else if (what < 6 && depth < DEPTH) {
		node->kind = LOOP;
		node->depth = depth;
		node->body = block(tree, depth + 1, self);
	} else if (what < 8 && loop >= 0) {
		node->kind = coin() ? BREAK : CONTINUE;
		if (node->kind == CONTINUE)
			tree->node[loop].has_continue = true;
	}
	return self;
}

static int block(struct tree *tree, int depth, int loop)
{
	int first = -1, last = -1;

	for (u32 i = 0, n = kt_below(4) + !depth * 4; i < n; i++) {
		int node = statement(tree, depth, loop);

		if (node < 0)
			break;
		if (last < 0)
			first = node;
		else
			tree->node[last].next = node;
		last = node;
	}
	return first;
}

/* --- what it means ------------------------------------------------------------------ */

static bool holds(unsigned int cond, u32 a, u32 b)
{
	switch (cond) {
	case AGX_IEQ:
		return a == b;
	case AGX_IEQ | AGX_COND_NOT:
		return a != b;
	case AGX_ULT:
		return a < b;
	case AGX_ULT | AGX_COND_NOT:
		return a >= b;
	case AGX_UGT:
		return a > b;
	case AGX_UGT | AGX_COND_NOT:
		return a <= b;
	case AGX_SLT:
		return (s32)a < (s32)b;
	case AGX_SLT | AGX_COND_NOT:
		return (s32)a >= (s32)b;
	case AGX_SGT:
		return (s32)a > (s32)b;
	default:
		return (s32)a <= (s32)b;
	}
}

static u32 assigned(const struct node *node, const u32 *v)
{
	switch (node->cond) {
	case 0:
		return v[node->a] + v[node->b];
	case 1:
		return v[node->a] ^ v[node->b];
	case 2:
		return v[node->a] * v[node->b] + v[node->d];
	default:
		return v[node->a] - 1;
	}
}

/* How a block ends: BREAK, CONTINUE, or any other kind for its end. */
static enum kind walk(const struct tree *tree, int first, u32 *v)
{
	for (int i = first; i >= 0; i = tree->node[i].next) {
		const struct node *node = &tree->node[i];
		enum kind end = ASSIGN;

		switch (node->kind) {
		case ASSIGN:
			v[node->d] = assigned(node, v);
			break;
		case IF:
			if (holds(node->cond, v[node->a], v[node->b]))
				end = walk(tree, node->body, v);
			else if (!node->else_if || holds(node->cond2, v[node->a], v[node->d]))
				end = walk(tree, node->other, v);
			break;
		case LOOP:
			for (u32 left = v[node->a] & 3; left; left--) {
				if (walk(tree, node->body, v) == BREAK)
					break;
			}
			break;
		default:
			return node->kind;
		}
		if (end == BREAK || end == CONTINUE)
			return end;
	}
	return ASSIGN;
}

/* --- as instructions ------------------------------------------------------------------ */

struct code {
	u8 bytes[CODE_SIZE];
	u32 size;
};

static struct agx_operand reg32(int r)
{
	return (struct agx_operand){ .kind = AGX_REG, .value = (u16)(2 * r), .size = AGX_32,
				     .count = 1 };
}

static struct agx_operand reg16(int half)
{
	return (struct agx_operand){ .kind = AGX_REG, .value = (u16)half, .size = AGX_16,
				     .count = 1 };
}

static struct agx_operand number(u32 value)
{
	return (struct agx_operand){ .kind = AGX_IMM, .value = (u16)value, .count = 1 };
}

static const struct agx_operand zero = { .kind = AGX_FIMM, .count = 1 };

/* Returns where it is. */
static u32 emit(struct code *code, const struct agx_insn *fields, int n,
		const struct agx_operand *operands)
{
	struct agx_insn insn = *fields;
	u32 at = code->size;

	ck_assert_uint_le(at, CODE_SIZE - AGX_INSN_MAX);
	insn.n_operands = (u8)n;
	for (int i = 0; i < n; i++)
		insn.operand[i] = operands[i];
	code->size += pair_encode(&insn, code->bytes + at);
	return at;
}
#define INSN(...) (&(const struct agx_insn){ __VA_ARGS__ })
#define EMIT(code, insn, ...)						\
	emit(code, insn, (int)ARRAY_SIZE(((const struct agx_operand[]){ __VA_ARGS__ })), \
	     (const struct agx_operand[]){ __VA_ARGS__ })

static void pop_exec(struct code *code, u8 nest)
{
	emit(code, INSN(.op = AGX_OP_POP_EXEC, .nest = nest), 0, NULL);
}

static u32 jump(struct code *code, enum agx_op op, s32 offset)
{
	return emit(code, INSN(.op = op, .imm = offset), 0, NULL);
}

/* Lets a jump, already there, go to the end of the code so far. */
static void land(struct code *code, u32 at)
{
	struct agx_insn insn = { .op = AGX_OP_JMP_NONE, .imm = (s32)(code->size - at) };

	pair_encode(&insn, code->bytes + at);
}

static void emit_block(struct code *code, const struct tree *tree, int first, int ifs,
		       const struct node *loop, bool outermost);

static void emit_assign(struct code *code, const struct node *node)
{
	struct agx_operand d = reg32(VARIABLE + node->d), a = reg32(VARIABLE + node->a),
			   b = reg32(VARIABLE + node->b);

	switch (node->cond) {
	case 0:
		EMIT(code, INSN(.op = AGX_OP_IADD), d, a, b);
		break;
	case 1:
		EMIT(code, INSN(.op = AGX_OP_XOR), d, a, b);
		break;
	case 2:
		EMIT(code, INSN(.op = AGX_OP_IMADD), d, a, b, d);
		break;
	default:
		EMIT(code, INSN(.op = AGX_OP_ISUB), d, a, number(1));
	}
}

static void emit_if(struct code *code, const struct tree *tree, const struct node *node, int ifs,
		    const struct node *loop)
{
	struct agx_operand a = reg32(VARIABLE + node->a), b = reg32(VARIABLE + node->b),
			   d = reg32(VARIABLE + node->d);
	u32 skip = 0;
	bool skips = coin();

	EMIT(code, INSN(.op = AGX_OP_IF_ICMP, .nest = 1, .cond = (u8)node->cond), a, b);
	if (skips)
		skip = jump(code, AGX_OP_JMP_NONE, 0);
	emit_block(code, tree, node->body, ifs + 1, loop, false);
	if (skips)
		land(code, skip);
	if (node->other >= 0) {
		if (node->else_if)
			EMIT(code, INSN(.op = AGX_OP_ELSE_ICMP, .nest = 1,
					.cond = (u8)node->cond2), a, d);
		else
			EMIT(code, INSN(.op = AGX_OP_ELSE_FCMP, .nest = 1), zero, zero);
		emit_block(code, tree, node->other, ifs + 1, loop, false);
	}
	pop_exec(code, 1);
}

/* Writes r0l of the active lanes, so that they are still out where these ifs have ended. */
static void leave(struct code *code, int ifs, u32 level)
{
	EMIT(code, INSN(.op = AGX_OP_LDIMM16, .imm = ifs + (s32)level), reg16(0));
	if (coin())
		pop_exec(code, 0);
	else
		emit(code, INSN(.op = AGX_OP_UPDATE_EXEC), 0, NULL);
}

/*
 * The counter is of those left: a lane leaves where it is 0.  That is a break by
 * selection, as compilers do it.
 */
static void emit_loop(struct code *code, const struct tree *tree, const struct node *node,
		      bool outermost)
{
	struct agx_operand counter = reg32(COUNTER + node->depth);
	u8 level = node->has_continue ? 2 : 1;
	u32 top;

	EMIT(code, INSN(.op = AGX_OP_AND), counter, reg32(VARIABLE + node->a), number(3));
	/* Nobody is out yet who would have to stay so. */
	if (!outermost || coin())
		EMIT(code, INSN(.op = AGX_OP_IF_FCMP, .nest = level), zero, zero);
	top = code->size;
	EMIT(code, INSN(.op = AGX_OP_ICSEL, .cond = AGX_IEQ), reg16(0), counter, number(0),
	     number(level), number(0));
	pop_exec(code, 0);
	EMIT(code, INSN(.op = AGX_OP_ISUB), counter, counter, number(1));
	emit_block(code, tree, node->body, 0, node, false);
	if (node->has_continue)
		EMIT(code, INSN(.op = AGX_OP_WHILE_ICMP, .nest = 2), number(0), number(0));
	jump(code, AGX_OP_JMP_ANY, (s32)(top - code->size));
	pop_exec(code, level);
}

static void emit_block(struct code *code, const struct tree *tree, int first, int ifs,
		       const struct node *loop, bool outermost)
{
	for (int i = first; i >= 0; i = tree->node[i].next) {
		const struct node *node = &tree->node[i];

		switch (node->kind) {
		case ASSIGN:
			emit_assign(code, node);
			break;
		case IF:
			emit_if(code, tree, node, ifs, loop);
			break;
		case LOOP:
			emit_loop(code, tree, node, outermost);
			break;
		case BREAK:
			leave(code, ifs, loop->has_continue ? 2 : 1);
			break;
		case CONTINUE:
			leave(code, ifs, 1);
			break;
		}
	}
}

/* --- both ------------------------------------------------------------------ */

static void run(struct pair *pair, const struct tree *tree, int root, u32 exists,
		unsigned long long seed)
{
	static struct code code;
	u32 v[AGX_LANES][VARIABLES];

	code.size = 0;
	emit_block(&code, tree, root, 0, NULL, true);
	emit(&code, INSN(.op = AGX_OP_STOP), 0, NULL);
	for (int lane = 0; lane < AGX_LANES; lane++) {
		for (int i = 0; i < VARIABLES; i++) {
			v[lane][i] = coin() ? kt_below(4) : (u32)kt_random();
			pair->oracle.reg[lane][VARIABLE + i] = v[lane][i];
		}
	}
	pair_code(pair, code.bytes, code.size, exists);
	ck_assert_int_eq(agx_simd_run(&pair->simd, 1 << 20), AGX_STOPPED);
	ck_assert_uint_eq(pair->simd.active, exists);
	for (int lane = 0; lane < AGX_LANES; lane++) {
		if (!(exists >> lane & 1))
			continue;
		walk(tree, root, v[lane]);
		for (int i = 0; i < VARIABLES; i++)
			ck_assert_msg(pair->simd.reg[VARIABLE + i][lane] == v[lane][i],
				      "r%d of lane %d is %#x, expected %#x (KT_SEED %#llx)",
				      VARIABLE + i, lane, pair->simd.reg[VARIABLE + i][lane],
				      v[lane][i], seed);
	}
}

START_TEST(programs)
{
	struct pair *pair = pair_create();
	static struct tree tree;

	for (int i = 0; i < PROGRAMS; i++) {
		u64 seed = kt_seed;
		int root;

		tree.n = 0;
		root = block(&tree, 0, -1);
		run(pair, &tree, root, kt_below(4) ? 0xffffffff : 0xffffffff >> kt_below(32),
		    seed);
	}
	pair_destroy(pair);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("structured");
	TCase *t = tcase_create("structured");

	tcase_add_test(t, programs);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return suite_run(s);
}
