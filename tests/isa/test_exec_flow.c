// SPDX-License-Identifier: MIT
/* Control flow: the exec-mask stack, jumps, calls, and how a SIMD-group stops. */
#include "compute/isa/agx_exec_fp.h"

#include "exec.h"

#define ROUNDS 3000
#define ADDRESS 0x1100000000

/* --- the mask ------------------------------------------------------------- */

static bool holds(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	const struct agx_operand *o = insn->operand;
	bool sign = insn->cond & 4, is;
	s64 x, y;

	if (insn->op == AGX_OP_IF_FCMP || insn->op == AGX_OP_ELSE_FCMP ||
	    insn->op == AGX_OP_WHILE_FCMP)
		return agx_exec_fcmp(&b->before, insn) >> lane & 1;
	x = bench_read_extended(b, &o[0], lane, sign);
	y = bench_read_extended(b, &o[1], lane, sign);
	is = (insn->cond & 3) == 0 ? x == y : (insn->cond & 3) == 1 ? x < y : x > y;
	return insn->cond & AGX_COND_NOT ? !is : is;
}

/* The table: what the counter v becomes. */
static u32 counter(const struct bench *b, const struct agx_insn *insn, u32 lane)
{
	u32 v = b->before.reg[0][lane] & 0xffff, n = insn->nest;

	switch (insn->op) {
	case AGX_OP_IF_ICMP:
	case AGX_OP_IF_FCMP:
		return v ? v + n : holds(b, insn, lane) ? 0 : 1;
	case AGX_OP_ELSE_ICMP:
	case AGX_OP_ELSE_FCMP:
		if (v == 0)
			return n;
		return v == 1 ? (holds(b, insn, lane) ? 0 : 1) : v;
	case AGX_OP_WHILE_ICMP:
	case AGX_OP_WHILE_FCMP:
		return v < n ? (holds(b, insn, lane) ? 0 : n) : v;
	case AGX_OP_POP_EXEC:
		return v > n ? v - n : 0;
	default:
		return v;
	}
}

/* Some lanes just below the end of the counter, others in the first few levels. */
static void start(struct bench *b, u32 n_threads)
{
	b->group.actual[0] = n_threads;
	bench_start(b);
	for (u32 l = 0; l < AGX_LANES; l++) {
		u32 v = kt_below(3) ? kt_below(5) : 0xffff - kt_below(3);

		b->simd.reg[0][l] = (b->simd.reg[0][l] & 0xffff0000) | v;
	}
	/* The mask may differ from what r0l says: it changes only with these. */
	if (kt_below(2))
		agx_simd_update_mask(&b->simd);
}

static void check_mask(struct bench *b, const struct agx_insn *insn, u32 n_threads)
{
	u32 active = 0;

	if (!bench_one(b, insn))
		ck_abort_msg("operation %u cannot be encoded", insn->op);
	start(b, n_threads);
	if (bench_step(b) != AGX_RUNNING)
		ck_abort_msg("%s: state %u", bench_text(b), b->simd.state);
	for (u32 l = 0; l < AGX_LANES; l++) {
		u32 v = counter(b, insn, l) & 0xffff;

		b->before.reg[0][l] = (b->before.reg[0][l] & 0xffff0000) | v;
		active |= (u32)(!v && l < n_threads) << l;
	}
	bench_check(b);
	if (b->simd.active != active)
		ck_abort_msg("%s: active %08x, not %08x", bench_text(b), b->simd.active, active);
	for (u32 l = 0; l < AGX_LANES; l++)
		if (b->simd.lane_mask[l] != (active >> l & 1 ? ~0u : 0))
			ck_abort_msg("%s: mask of lane %u", bench_text(b), l);
}

static const u8 mask_ops[] = {
	AGX_OP_IF_ICMP, AGX_OP_ELSE_ICMP, AGX_OP_WHILE_ICMP, AGX_OP_IF_FCMP, AGX_OP_ELSE_FCMP,
	AGX_OP_WHILE_FCMP, AGX_OP_POP_EXEC, AGX_OP_UPDATE_EXEC,
};

START_TEST(mask)
{
	static const u8 icond[] = { AGX_IEQ, AGX_ULT, AGX_UGT, AGX_SEQ, AGX_SLT, AGX_SGT };
	static const u8 fcond[] = { AGX_FEQ, AGX_FLT, AGX_FGT, AGX_FLTN, AGX_FGE, AGX_FLE,
				    AGX_FGTN };
	struct bench *b = bench_new();

	for (int i = 0; i < ROUNDS; i++) {
		struct agx_insn insn = { .op = mask_ops[_i] };
		bool floats = insn.op == AGX_OP_IF_FCMP || insn.op == AGX_OP_ELSE_FCMP ||
			      insn.op == AGX_OP_WHILE_FCMP;

		if (insn.op != AGX_OP_UPDATE_EXEC)
			insn.nest = (u8)kt_below(4);
		if (insn.op != AGX_OP_POP_EXEC && insn.op != AGX_OP_UPDATE_EXEC) {
			insn.n_operands = 2;
			insn.cond = (u8)(kt_below(2) * AGX_COND_NOT);
			insn.cond |= floats ? fcond[kt_below(ARRAY_SIZE(fcond))]
					    : icond[kt_below(ARRAY_SIZE(icond))];
			for (int k = 0; k < 2; k++) {
				insn.operand[k] = any_source(AGX_32);
				if (floats && insn.operand[k].kind == AGX_IMM)
					insn.operand[k].kind = AGX_FIMM;
			}
		}
		/* push_exec is spelled so, update_exec of no level is another. */
		check_mask(b, &insn, kt_below(2) ? 32 : 1 + kt_below(32));
	}
}
END_TEST

/* --- programs ------------------------------------------------------------- */

/* Appends lines of text. */
static void add_text(struct bench *b, const char *const *lines)
{
	for (; *lines; lines++) {
		struct agx_error err;
		struct agx_insn insn;

		ck_assert_msg(!agx_parse(&insn, *lines, &err), "%s: %s", *lines, err.text);
		ck_assert_msg(bench_add(b, &insn), "%s", *lines);
	}
}

static void make(struct bench *b, const char *const *lines)
{
	bench_clear(b);
	add_text(b, lines);
	bench_make(b, AGX_HALVES);
	agx_simd_start(&b->simd, &b->program, &b->group, &b->tlb, 0);
}

static enum agx_state run(struct bench *b, u64 budget)
{
	return agx_simd_run(&b->simd, budget);
}

/* Each lane counts down from its own number: it leaves the loop when it is done. */
START_TEST(loop)
{
	static const char *const text[] = {
		"mov r1, thread_index_in_simdgroup",	/* 0, 4 bytes */
		"ldimm r2, 0",				/* 4, 6 bytes */
		"while r1, 0, 1, ine",			/* 10, 6 bytes */
		"iadd r2, r2, 3",			/* 16, 8 bytes */
		"isub r1, r1, 1",			/* 24, 8 bytes */
		"while r1, 0, 1, ine",			/* 32, 6 bytes */
		"jmp_any -22",				/* 38, 6 bytes */
		"pop_exec 1",
		"stop",
		NULL,
	};
	struct bench *b = bench_new();

	make(b, text);
	ck_assert_uint_eq(b->program.n_insns, 9);
	ck_assert_uint_eq(b->program.target[6], 3);
	ck_assert_int_eq(run(b, 1000), AGX_STOPPED);
	ck_assert_uint_eq(b->simd.active, ~0u);
	ck_assert_uint_eq(b->simd.steps, 3 + 31 * 4 + 2);
	for (u32 l = 0; l < AGX_LANES; l++)
		ck_assert_uint_eq(b->simd.reg[2][l], 3 * l);
}
END_TEST

START_TEST(jump_none)
{
	static const char *const text[] = {
		"if 1, 0, 1, ieq",	/* 0, 6: nobody */
		"jmp_none 12",		/* 6 */
		"trap",			/* 12 */
		"jmp_none 10",		/* 14, never: never taken */
		"jmp_any 6",		/* 18 .. is at 20 */
		"pop_exec 1",
		"stop",
		NULL,
	};
	static const char *const taken[] = {
		"if 1, 0, 1, ieq", "jmp_none 8", "trap", "pop_exec 1", "stop", NULL,
	};
	struct bench *b = bench_new();

	/* 18 is inside of an instruction. */
	make(b, text);
	ck_assert_int_eq(run(b, 10), AGX_FAULTED);
	ck_assert_int_eq(b->simd.fault.kind, AGX_FAULT_JUMP);
	ck_assert_uint_eq(b->simd.fault.offset, 6);
	ck_assert_uint_eq(b->simd.fault.address, ADDRESS + 18);

	make(b, taken);
	ck_assert_int_eq(run(b, 10), AGX_STOPPED);
	ck_assert_uint_eq(b->simd.steps, 4);
	ck_assert_uint_eq(b->simd.active, ~0u);
}
END_TEST

START_TEST(call)
{
	static const char *const text[] = {
		"ldimm r2, 7",		/* 0, 6 */
		"call 10",		/* 6, 6: to 16 */
		"stop",			/* 12 */
		"trap",			/* 14 */
		"ldimm r3, 9",		/* 16, 6 */
		"ret r1",
		NULL,
	};
	struct bench *b = bench_new();

	make(b, text);
	ck_assert_int_eq(run(b, 10), AGX_STOPPED);
	ck_assert_uint_eq(b->simd.steps, 5);
	ck_assert_uint_eq(b->simd.reg[1][5], (u32)ADDRESS + 12);
	ck_assert_uint_eq(b->simd.reg[3][31], 9);
}
END_TEST

START_TEST(call_register)
{
	static const char *const text[] = {
		"ldimm r2, 14",		/* 0, 6 */
		"call r2",		/* 6, 2 */
		"stop",			/* 8 */
		"jmp_any 14",		/* 10: makes what follows part of the program */
		"trap",			/* 16 */
		NULL,
	};
	static const char *const there[] = {
		"ldimm r2, 18", "call r2", "stop", "jmp_any 8", "trap", "ret r1", NULL,
	};
	struct bench *b = bench_new();

	/* 14 is within jmp_any. */
	make(b, text);
	ck_assert_int_eq(run(b, 10), AGX_FAULTED);
	ck_assert_int_eq(b->simd.fault.kind, AGX_FAULT_JUMP);
	ck_assert_uint_eq(b->simd.fault.address, ADDRESS + 14);

	/* stop ends the program before what only a register leads to. */
	make(b, there);
	ck_assert_uint_eq(b->program.n_insns, 3);
	ck_assert_int_eq(run(b, 10), AGX_FAULTED);
	ck_assert_int_eq(b->simd.fault.kind, AGX_FAULT_JUMP);
}
END_TEST

/* One program counter: lanes that disagree about it, or no lane at all, are a fault. */
START_TEST(call_divergent)
{
	static const char *const text[] = {
		"mov r2, thread_index_in_simdgroup", "ret r2", NULL,
	};
	static const char *const nobody[] = { "if 0, 1, 1, ieq", "ret r2", NULL };
	struct bench *b = bench_new();

	make(b, text);
	ck_assert_int_eq(run(b, 10), AGX_FAULTED);
	ck_assert_int_eq(b->simd.fault.kind, AGX_FAULT_JUMP);
	ck_assert_uint_eq(b->simd.fault.lane, 1);
	make(b, nobody);
	ck_assert_int_eq(run(b, 10), AGX_FAULTED);
	ck_assert_int_eq(b->simd.fault.kind, AGX_FAULT_JUMP);
}
END_TEST

/* --- ends ----------------------------------------------------------------- */

START_TEST(budget)
{
	static const char *const text[] = {
		"ldimm r1, 1", "barrier", "ldimm r2, 2", "wait a", "memory_barrier", "stop", NULL,
	};
	struct bench *b = bench_new();

	make(b, text);
	ck_assert_int_eq(run(b, 0), AGX_RUNNING);
	ck_assert_uint_eq(b->simd.pc, 0);
	ck_assert_int_eq(run(b, 1), AGX_RUNNING);
	ck_assert_int_eq(run(b, 1), AGX_AT_BARRIER);
	ck_assert_uint_eq(b->simd.pc, 2);
	ck_assert_int_eq(run(b, 3), AGX_RUNNING);
	ck_assert_uint_eq(b->simd.pc, 5);
	ck_assert_int_eq(run(b, 100), AGX_STOPPED);
	ck_assert_uint_eq(b->simd.steps, 6);
	ck_assert_int_eq(run(b, 100), AGX_STOPPED);
	ck_assert_uint_eq(b->simd.steps, 6);
}
END_TEST

/* What cannot run, and the fault that says so. */
static const struct {
	const char *name;
	const char *text[4];
	enum agx_fault_kind kind;
	u32 n_regs;
} faults[] = {
	{ "trap", { "trap" }, AGX_FAULT_ILLEGAL, 256 },
	{ "register", { "ldimm r4, 1" }, AGX_FAULT_REGISTER, 8 },
	{ "second of a vector", { "load r3_r4, du0, 0, i32, xy, a" }, AGX_FAULT_REGISTER, 8 },
	{ "upper half of a pair", { "iadd r1, dr126, 0" }, AGX_FAULT_REGISTER, 254 },
	{ "matrix", { "simd_matrix_fmadd32 r8, r0, r2, r4" }, AGX_FAULT_REGISTER, 18 },
	{ "link", { "call 6" }, AGX_FAULT_REGISTER, 3 },
	{ "doorbell", { "doorbell 32" }, AGX_FAULT_ILLEGAL, 256 },
	{ "graphics", { "sample_mask r0l, r1l" }, AGX_FAULT_ILLEGAL, 256 },
	{ "end", { "ldimm r1, 1" }, AGX_FAULT_JUMP, 256 },
	{ "backwards", { "jmp_any -6" }, AGX_FAULT_JUMP, 256 },
};

START_TEST(fault)
{
	struct bench *b = bench_new();
	char line[200];
	enum agx_state state;

	add_text(b, faults[_i].text);
	bench_make(b, faults[_i].n_regs);
	agx_simd_start(&b->simd, &b->program, &b->group, &b->tlb, 0);
	state = run(b, 10);
	agx_fault_print(line, sizeof(line), &b->simd.fault);
	ck_assert_msg(state == AGX_FAULTED && b->simd.fault.kind == faults[_i].kind, "%s: %s",
		      faults[_i].name, line);
	ck_assert_uint_eq(b->simd.fault.code, ADDRESS);
}
END_TEST

START_TEST(unknown)
{
	static const u8 code[] = { 0x88, 0x01, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x99 };
	struct bench *b = bench_new();
	char line[200];

	memcpy(b->code, code, sizeof(code));
	b->size = sizeof(code);
	bench_make(b, AGX_HALVES);
	agx_simd_start(&b->simd, &b->program, &b->group, &b->tlb, 0);
	ck_assert_int_eq(run(b, 10), AGX_FAULTED);
	ck_assert_int_eq(b->simd.fault.kind, AGX_FAULT_UNKNOWN_INSN);
	agx_fault_print(line, sizeof(line), &b->simd.fault);
	ck_assert_msg(strstr(line, "88 01 22 33 44 55 66 77"), "%s", line);
}
END_TEST

/* A printed fault is one line whatever the room, and says its own length. */
START_TEST(printed)
{
	for (int kind = 0; kind <= AGX_FAULT_STREAM + 1; kind++) {
		struct agx_fault f = {
			.kind = (enum agx_fault_kind)kind, .lane = 3, .address = 0x123456789a,
			.code = ADDRESS, .offset = 8, .group = { 1, 2, 3 }, .simd = 4,
		};
		char line[300], cut[10];
		int n = agx_fault_print(line, sizeof(line), &f);

		ck_assert_int_eq(n, (int)strlen(line));
		ck_assert_ptr_null(strchr(line, '\n'));
		ck_assert_int_eq(agx_fault_print(cut, sizeof(cut), &f), n);
		ck_assert_int_eq(memcmp(cut, line, n < 9 ? (size_t)n : 9), 0);
		ck_assert_int_eq(agx_fault_print(NULL, 0, &f), n);
	}
}
END_TEST

/* --- threads -------------------------------------------------------------- */

/* Threads of partial groups: x first, in a group of the actual size. */
START_TEST(threads)
{
	static const char *const text[] = { "stop", NULL };
	struct bench *b = bench_new();

	make(b, text);
	for (int i = 0; i < 200; i++) {
		u32 x = 1 + kt_below(20), y = 1 + kt_below(7), z = 1 + kt_below(5), n = x * y * z;

		memcpy(b->group.actual, (u32[]){ x, y, z }, sizeof(b->group.actual));
		for (u32 s = 0; s * AGX_LANES < n + AGX_LANES; s++) {
			agx_simd_start(&b->simd, &b->program, &b->group, &b->tlb, s);
			ck_assert_uint_eq(b->simd.active, b->simd.exists);
			for (u32 l = 0; l < AGX_LANES; l++) {
				u32 t = s * AGX_LANES + l;

				if (b->simd.exists >> l != 0 && t >= n)
					ck_assert_uint_eq(b->simd.exists >> l & 1, 0);
				if (t >= n)
					continue;
				if (!(b->simd.exists >> l & 1) || b->simd.thread[0][l] != t % x ||
				    b->simd.thread[1][l] != t / x % y ||
				    b->simd.thread[2][l] != t / (x * y))
					ck_abort_msg("%ux%ux%u: thread %u", x, y, z, t);
			}
		}
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, mask, 0, ARRAY_SIZE(mask_ops));
	tcase_add_test(tc, loop);
	tcase_add_test(tc, jump_none);
	tcase_add_test(tc, call);
	tcase_add_test(tc, call_register);
	tcase_add_test(tc, call_divergent);
	tcase_add_test(tc, budget);
	tcase_add_loop_test(tc, fault, 0, ARRAY_SIZE(faults));
	tcase_add_test(tc, unknown);
	tcase_add_test(tc, printed);
	tcase_add_test(tc, threads);
}

int main(void)
{
	return bench_suite("exec_flow", add_tests);
}
