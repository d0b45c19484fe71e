// SPDX-License-Identifier: MIT
/*
 * Statistics: counts, live registers and costs of small programs; for programs that
 * Mesa compiled, what its compiler says of them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/agx_text.h"
#include "tests/lib/corpus.h"
#include "tests/lib/suite.h"

static void stat_of(const char *program, struct agx_stat *stat)
{
	struct agx_text text;

	agx_text_parse(&text, program);
	ck_assert_int_eq(agx_stat(&text.code, stat), 0);
	agx_text_free(&text);
}

START_TEST(counts)
{
	struct agx_stat stat;

	stat_of("mov r1, thread_in_grid_x; iadd r2, r1, u4; fadd r3, r2, 1.0; exp2 r3, r3;"
		"load r4_r5, du8, r1, i32, xy, a; wait a; if r1, 0, 1, ieq; shl r4, r4, 3; pop_exec 1;"
		"L: while r4, 7, 1, ult; iadd r4, r4, 1; jmp_any L; jmp_any L; pop_exec 1;"
		"store r4, du8, r1, i32, x, a; stop; trap; trap", &stat);
	ck_assert_uint_eq(stat.n_insns, 16);
	ck_assert_uint_eq(stat.n_class[AGX_CLASS_MOVE], 1);
	ck_assert_uint_eq(stat.n_class[AGX_CLASS_INT], 2);
	ck_assert_uint_eq(stat.n_class[AGX_CLASS_INT_SLOW], 1);
	ck_assert_uint_eq(stat.n_class[AGX_CLASS_FLOAT], 1);
	ck_assert_uint_eq(stat.n_class[AGX_CLASS_SPECIAL], 1);
	ck_assert_uint_eq(stat.n_class[AGX_CLASS_LOAD], 1);
	ck_assert_uint_eq(stat.n_class[AGX_CLASS_STORE], 1);
	ck_assert_uint_eq(stat.n_class[AGX_CLASS_SYNC], 1);
	ck_assert_uint_eq(stat.n_class[AGX_CLASS_FLOW], 7);
	ck_assert_uint_eq(stat.loops, 1);
	ck_assert_uint_eq(stat.regs, 12);
	ck_assert_uint_eq(stat.uniforms, 20);

	stat_of("stop", &stat);
	ck_assert_uint_eq(stat.n_insns, 1);
	ck_assert_uint_eq(stat.code_size, 2);
	ck_assert_uint_eq(stat.regs, 0);
	ck_assert_uint_eq(stat.live_peak, 0);

	ck_assert_int_eq(agx_stat(&(struct agx_code){ 0 }, &stat), 0);
	ck_assert_uint_eq(stat.n_insns, 0);
}
END_TEST

/* --- live registers ---------------------------------------------------------------- */

static const struct {
	const char *program;
	u32 peak, at;
} lives[] = {
	{ "mov r1, 1; mov r2, 2; iadd r3, r1, r2; store r3, du4, 0, i32, x, a; stop", 4, 1 },
	/* Written, never read: it takes its place nevertheless. */
	{ "mov r1, 1; mov r2l, 2; store r1, du4, 0, i32, x, a; stop", 3, 1 },
	{ "load r0_r1_r2_r3, du4, 0, i32, xyzw, a; wait a; store r3, du4, 0, i32, x, a; stop", 8, 0 },
	{ "mov r1l, 1; mov r1h, 2; store r1, du4, 0, i32, x, a; stop", 2, 1 },
	/* The second arm overwrites r1: lanes there need not keep it.  And r0l. */
	{ "ldimm r0l, 0; mov r2, thread_in_grid_x; if r2, 0, 1, ieq; mov r1, 1; else 0, 0, 1, ieq;"
	  "mov r1, 2; pop_exec 1; store r1, du4, 0, i32, x, a; stop", 3, 1 },
	/* One arm: lanes that skip it keep what they have in r1. */
	{ "ldimm r0l, 0; mov r1, 0; mov r2, thread_in_grid_x; if r2, 0, 1, ieq; mov r3, 5;"
	  "mov r1, r3; pop_exec 1; store r1, du4, 0, i32, x, a; stop", 5, 2 },
	/* Round the loop. */
	{ "ldimm r0l, 0; mov r1, 0; mov r2, 0; L: while r2, 9, 1, ult; mov r3, r1; iadd r1, r3, r2;"
	  "iadd r2, r2, 1; jmp_any L; pop_exec 1; store r1, du4, 0, i32, x, a; stop", 7, 4 },
};

START_TEST(live)
{
	struct agx_stat stat;

	stat_of(lives[_i].program, &stat);
	ck_assert_msg(stat.live_peak == lives[_i].peak && stat.live_peak_at == lives[_i].at,
		      "%u at %u: %s", stat.live_peak, stat.live_peak_at, lives[_i].program);
}
END_TEST

/* --- occupancy ---------------------------------------------------------------------- */

/* Mesa's table: halves of registers, threads; it has no more than 1024. */
static const u32 occupancy[][2] = {
	{ 104, 1024 }, { 112, 896 }, { 128, 832 }, { 136, 768 }, { 144, 704 },
	{ 160, 640 }, { 184, 576 }, { 208, 512 }, { 232, 448 }, { 256, 384 },
};

START_TEST(threads)
{
	struct agx_stat stat;
	char program[128];

	for (size_t i = 0; i < ARRAY_SIZE(occupancy); i++) {
		u32 last = occupancy[i][0] / 2 - 1;

		snprintf(program, sizeof(program), "mov r%u, 1; stop", last);
		stat_of(program, &stat);
		ck_assert_uint_eq(stat.regs, occupancy[i][0]);
		ck_assert_uint_eq(stat.max_threads, occupancy[i][1]);
		/* One half more is 8 more. */
		if (occupancy[i][0] == 256)
			continue;
		snprintf(program, sizeof(program), "mov r%ul, 1; stop", last + 1);
		stat_of(program, &stat);
		ck_assert_uint_le(stat.max_threads, occupancy[i][1]);
	}
	stat_of("mov r1, 1; stop", &stat);
	ck_assert_uint_eq(stat.max_threads, 3072);
}
END_TEST

/* --- costs --------------------------------------------------------------------------- */

static const struct {
	const char *insn;
	double issue, latency;	/* the range that was published, at its ends */
	double issue_to, latency_to;
} costs[] = {
	{ "fadd r1, r2, r3", 1, 2.2, 1, 2.2 },
	{ "ffma r1, r2, r3, r4", 1, 2.2, 1, 2.2 },
	{ "hmul r1l, r2l, r3l", 1, 2.2, 1, 2.2 },
	{ "iadd r1, r2, r3", 1, 2.2, 1, 2.2 },
	{ "and r1, r2, r3", 1, 2.2, 1, 2.2 },
	{ "csel r1, r2, r3, r4, r5, ult", 1, 4.7, 1, 4.7 },
	{ "imul r1, r2, r3", 4, 4, 4, 4 },
	{ "imadd r1, r2, r3, r4", 4, 4, 4, 4 },
	{ "imul dr2, r4, r5", 8, 9.8, 8, 9.8 },
	{ "shl r1, r2, 3", 4, 3.7, 4, 4 },
	{ "bfeil r1, 0, r2, 3, 5", 4, 3.7, 4, 4 },
	{ "popcnt r1, r2", 4, 3.7, 4, 4 },
	{ "u32_to_f r1, r2, rte", 4, 3.7, 4, 4 },
	{ "rint r1, r2", 4, 3.7, 4, 4 },
	{ "shr r1, r2, r3", 8, 11, 8, 11 },
	{ "exp2 r1, r2", 4, 4.3, 4, 4.6 },
	{ "rcp r1, r2", 6, 6.5, 6, 6.5 },
	{ "rsqrt r1, r2", 8, 9, 8, 9 },
	{ "iadd dr2, dr4, r1", 3, 7, 4.7, 11 },
	{ "shuffle r1, r2, 3", 2, 3.7, 2, 5 },
	{ "ballot r1, r2, 3, ult", 2, 4, 2, 5 },
	{ "simd r1, r2, fadd", 14.5, 27.5, 14.5, 27.5 },
	{ "simd r1, r2, prefix, fadd", 11.6, 22, 11.6, 22 },
	{ "quad r1, r2, fadd", 6, 13.5, 6, 13.5 },
	{ "simd_matrix_fmadd16 r1l, r2l, r3l, r1l", 16, 34, 18, 36 },
	{ "load r1, du2, 0, i32, x, a", 1, 1, 1, 1 },
};

START_TEST(cost)
{
	struct agx_text text;
	double issue, latency;

	agx_text_parse(&text, costs[_i].insn);
	issue = agx_cost_issue(&text.insn[0]);
	latency = agx_cost_latency(&text.insn[0]);
	ck_assert_msg(issue >= costs[_i].issue && issue <= costs[_i].issue_to &&
		      latency >= costs[_i].latency && latency <= costs[_i].latency_to,
		      "%s: %g, %g", costs[_i].insn, issue, latency);
	agx_text_free(&text);
}
END_TEST

START_TEST(sums)
{
	struct agx_stat stat;

	stat_of("fadd r1, r2, r3; rcp r1, r1; stop; trap", &stat);
	ck_assert(fabs(stat.issue_cycles - (1 + 6 + 1)) < 1e-9);
	ck_assert(fabs(stat.latency_cycles - (2.2 + 6.5 + 1)) < 1e-9);
}
END_TEST

/* Every instruction has a cost, and a class with a name. */
START_TEST(all_have_costs)
{
	for (int op = 0; op < AGX_OP_COUNT; op++) {
		struct agx_insn insn = { .op = (u8)op };

		ck_assert(agx_cost_issue(&insn) >= 1);
		ck_assert(agx_cost_latency(&insn) >= 1);
		ck_assert_ptr_nonnull(agx_class_name(agx_insn_info((enum agx_op)op)->class));
	}
}
END_TEST

/* --- what Mesa says ------------------------------------------------------------------- */

/* "stat NAME = NUMBER" */
static u32 mesa_stat(const char *stats, const char *name)
{
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), "stat %s = ", name);
	at = strstr(stats, line);
	ck_assert_ptr_nonnull(at);
	return (u32)strtoul(at + strlen(line), NULL, 10);
}

START_TEST(corpus)
{
	const char *name = corpus_name(_i);
	size_t size, stats_size;
	u8 *bytes = corpus_hex(name, "code.hex", &size);
	char *stats = (char *)corpus_file(name, "stats.txt", &stats_size);
	struct agx_stat stat;
	struct agx_text text;
	u32 mesa_size, most;

	ck_assert_ptr_nonnull(stats);
	agx_text_decode(&text, bytes, size);
	ck_assert_int_eq(agx_stat(&text.code, &stat), 0);
	ck_assert_uint_eq(stat.n_insns, mesa_stat(stats, "Instructions"));
	ck_assert_uint_eq(stat.loops, mesa_stat(stats, "Loops"));
	ck_assert_uint_eq(stat.uniforms, mesa_stat(stats, "Uniforms"));
	/* Mesa has the number of the last half. */
	ck_assert_uint_eq(stat.regs, mesa_stat(stats, "GPRs") + 1);
	most = stat.max_threads < 1024 ? stat.max_threads : 1024;
	ck_assert_uint_eq(most, mesa_stat(stats, "Threads"));
	/* Mesa counts eight traps behind it, and constants that take 128 bytes. */
	mesa_size = mesa_stat(stats, "Code size");
	ck_assert(mesa_size == stat.code_size + 16 || mesa_size == stat.code_size + 16 + 128);
	ck_assert_uint_le(stat.live_peak, stat.regs);
	ck_assert_uint_gt(stat.live_peak, 0);
	agx_text_free(&text);
	free(bytes);
	free(stats);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stat");
	TCase *tcase = tcase_create("stat");

	tcase_add_test(tcase, counts);
	tcase_add_loop_test(tcase, live, 0, (int)ARRAY_SIZE(lives));
	tcase_add_test(tcase, threads);
	tcase_add_loop_test(tcase, cost, 0, (int)ARRAY_SIZE(costs));
	tcase_add_test(tcase, sums);
	tcase_add_test(tcase, all_have_costs);
	tcase_add_loop_test(tcase, corpus, 0, corpus_count("corpus"));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
