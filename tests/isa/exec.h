/* SPDX-License-Identifier: MIT */
/*
 * One SIMD-group on a bench: registers full of random values, a divergent mask,
 * single instructions, and a look at every register afterwards.
 */
#ifndef TESTS_ISA_EXEC_H
#define TESTS_ISA_EXEC_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_exec.h"
#include "tests/lib/suite.h"

#define LOCAL_SIZE 1024u

struct bench {
	struct agx_simd simd;
	struct agx_simd before;		/* as it was when bench_run() started */
	struct agx_group group;
	struct agx_program program;
	struct agx_memory memory;
	struct agx_tlb tlb;
	u32 uniform[256];
	u8 local[LOCAL_SIZE];
	u8 code[4096];
	size_t size;
	struct bench *next;		/* of all that the test has made */
};

static struct bench *benches;

static inline void *bench_no_memory(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	(void)ctx;
	(void)address;
	(void)avail;
	(void)prot;
	return NULL;
}

/* A whole SIMD-group of a threadgroup of 32 threads; freed when the test ends. */
static inline struct bench *bench_new(void)
{
	struct bench *b = aligned_alloc(64, (sizeof(*b) + 63) & ~(size_t)63);

	memset(b, 0, sizeof(*b));
	b->next = benches;
	benches = b;
	b->memory.map = bench_no_memory;
	agx_tlb_init(&b->tlb, &b->memory);
	b->group = (struct agx_group){
		.uniform = b->uniform, .local = b->local, .local_size = LOCAL_SIZE,
		.nominal = { 32, 1, 1 }, .actual = { 32, 1, 1 }, .n_simds = 1,
	};
	return b;
}

/* After each test; memory.ctx is malloc'ed or NULL. */
static inline void bench_free_all(void)
{
	while (benches) {
		struct bench *b = benches;

		benches = b->next;
		agx_program_destroy(&b->program);
		agx_simd_destroy(&b->simd);
		free(b->memory.ctx);
		free(b);
	}
}

/* Values at which arithmetic is interesting are as likely as any others. */
static inline u32 bench_value(void)
{
	static const u32 special[] = {
		0, 1, 2, 3, 31, 32, 33, 63, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff,
		0x10000, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
		0x00018000, 0x7fff8000, 0xffff0000, 0x00ff00ff,
	};

	return kt_below(2) ? special[kt_below(ARRAY_SIZE(special))] : (u32)(kt_random() >> 32);
}

/* Puts the program at its start with random registers, uniforms and mask. */
static inline void bench_start(struct bench *b)
{
	static const u32 masks[] = { ~0u, ~0u, 0, 1, 0x80000000, 0xaaaaaaaa, 0x0000ffff };
	u32 i = kt_below(2 * ARRAY_SIZE(masks)), active;

	active = i < ARRAY_SIZE(masks) ? masks[i] : (u32)(kt_random() >> 32);
	agx_simd_start(&b->simd, &b->program, &b->group, &b->tlb, 0);
	for (int r = 0; r < AGX_REGS; r++)
		for (int l = 0; l < AGX_LANES; l++)
			b->simd.reg[r][l] = bench_value();
	for (u32 l = 0; l < AGX_LANES; l++) {
		u32 v = active >> l & 1 ? 0 : 1 + kt_below(kt_below(8) ? 4 : 0xffff);

		b->simd.reg[0][l] = (b->simd.reg[0][l] & 0xffff0000) | v;
	}
	for (int u = 0; u < 256; u++)
		b->uniform[u] = bench_value();
	agx_simd_update_mask(&b->simd);
}

/* --- code ----------------------------------------------------------------- */

static inline void bench_clear(struct bench *b)
{
	agx_program_destroy(&b->program);
	b->size = 0;
}

/* Appends it; false where it cannot be encoded. */
static inline bool bench_add(struct bench *b, const struct agx_insn *insn)
{
	struct agx_insn copy = *insn;
	int n = agx_encode(&copy, b->code + b->size, NULL);

	if (n > 0)
		b->size += (size_t)n;
	return n > 0;
}

static inline void bench_make(struct bench *b, u32 n_regs)
{
	const bool generic = kt_below(2);
	struct agx_error err;
	int ret = agx_program_init(&b->program, b->code, b->size, 0x1100000000, n_regs, &err);

	ck_assert_msg(!ret, "agx_program_init: %d", ret);
	/* Half of all programs do without what only this CPU has. */
	for (u32 i = 0; generic && i < b->program.n_insns; i++)
		if (b->program.exec[i] == agx_exec_handler(&b->program.insn[i], n_regs))
			b->program.exec[i] = agx_exec_handler_generic(&b->program.insn[i], n_regs);
}

/* A program of this instruction and stop; false where it cannot be encoded. */
static inline bool bench_one(struct bench *b, const struct agx_insn *insn)
{
	const struct agx_insn stop = { .op = AGX_OP_STOP };

	bench_clear(b);
	if (!bench_add(b, insn))
		return false;
	bench_add(b, &stop);
	bench_make(b, AGX_HALVES);
	return true;
}

/* Runs one instruction of what bench_start() has put there. */
static inline enum agx_state bench_step(struct bench *b)
{
	b->before = b->simd;
	return agx_simd_run(&b->simd, 1);
}

static inline const char *bench_text(const struct bench *b)
{
	static char text[AGX_TEXT_MAX];

	agx_print(text, sizeof(text), &b->program.insn[b->simd.pc ? b->simd.pc - 1 : 0]);
	return text;
}

/* --- operands ------------------------------------------------------------- */

static inline struct agx_operand reg32(u32 n)
{
	return (struct agx_operand){
		.kind = AGX_REG, .size = AGX_32, .count = 1, .value = (u16)(2 * n)
	};
}

static inline struct agx_operand reg64(u32 n)
{
	return (struct agx_operand){
		.kind = AGX_REG, .size = AGX_64, .count = 1, .value = (u16)(2 * n)
	};
}

static inline struct agx_operand half(u32 h)
{
	return (struct agx_operand){ .kind = AGX_REG, .size = AGX_16, .count = 1, .value = (u16)h };
}

static inline struct agx_operand imm(u32 value)
{
	return (struct agx_operand){ .kind = AGX_IMM, .count = 1, .value = (u16)value };
}

static inline struct agx_operand uniform32(u32 n)
{
	return (struct agx_operand){
		.kind = AGX_UNIFORM, .size = AGX_32, .count = 1, .value = (u16)(2 * n)
	};
}

static inline struct agx_operand vector(struct agx_operand o, u32 count)
{
	o.count = count & 7;
	return o;
}

/* A register or uniform of 16, 32 or (up to size) 64 bits, or an immediate. */
static inline struct agx_operand any_source(enum agx_size size)
{
	switch (kt_below(size == AGX_64 ? 6 : 5)) {
	case 0:
		return imm(kt_below(256));
	case 1:
		return uniform32(kt_below(256));
	case 2:
		return (struct agx_operand){
			.kind = AGX_UNIFORM, .count = 1, .value = (u16)kt_below(512)
		};
	case 3:
		return half(kt_below(256));
	case 4:
		return reg32(kt_below(128));
	default:
		return reg64(kt_below(63) * 2);
	}
}

static inline struct agx_operand any_dest(enum agx_size size)
{
	switch (kt_below(size == AGX_64 ? 3 : 2)) {
	case 0:
		return half(1 + kt_below(255));
	case 1:
		return reg32(1 + kt_below(127));
	default:
		return reg64(kt_below(62) * 2 + 2);
	}
}

/* What operand i was in one lane before the step: its bits, zero-extended. */
static inline u64 bench_read(const struct bench *b, const struct agx_operand *o, u32 lane)
{
	u64 v;

	switch (o->kind) {
	case AGX_REG:
		v = b->before.reg[o->value / 2][lane];
		if (o->size == AGX_64)
			v |= (u64)b->before.reg[o->value / 2 + 1][lane] << 32;
		break;
	case AGX_UNIFORM:
		v = b->uniform[o->value / 2];
		if (o->size == AGX_64)
			v |= (u64)b->uniform[o->value / 2 + 1] << 32;
		break;
	default:
		return o->value;
	}
	if (o->size == AGX_16)
		v = v >> o->value % 2 * 16 & 0xffff;
	return v;
}

/* The same, sign-extended from its size. */
static inline s64 bench_read_signed(const struct bench *b, const struct agx_operand *o, u32 lane)
{
	u64 v = bench_read(b, o, lane);

	if (o->kind == AGX_IMM)
		return (s64)v;
	return o->size == AGX_16 ? (s16)v : o->size == AGX_32 ? (s32)v : (s64)v;
}

/* Either; of up to 32 bits. */
static inline s64 bench_read_extended(const struct bench *b, const struct agx_operand *o,
				      u32 lane, bool sign)
{
	return sign ? bench_read_signed(b, o, lane) : (s64)bench_read(b, o, lane);
}

/* What before must become in an active lane when value is written to o. */
static inline void bench_expect(struct bench *b, const struct agx_operand *o, u32 lane, u64 value)
{
	u32 *reg = &b->before.reg[o->value / 2][lane];

	if (o->size == AGX_16) {
		u32 s = o->value % 2 * 16;

		*reg = (*reg & ~(0xffffu << s)) | (u32)(value & 0xffff) << s;
		return;
	}
	*reg = (u32)value;
	if (o->size == AGX_64)
		b->before.reg[o->value / 2 + 1][lane] = (u32)(value >> 32);
}

/* Every register of every lane is as expected.  (Check's assertions are slow.) */
static inline void bench_check(const struct bench *b)
{
	for (int r = 0; r < AGX_REGS; r++)
		for (int l = 0; l < AGX_LANES; l++)
			if (b->simd.reg[r][l] != b->before.reg[r][l])
				ck_abort_msg("%s: r%d of lane %d is %08x, not %08x (active %08x)",
					     bench_text(b), r, l, b->simd.reg[r][l],
					     b->before.reg[r][l], b->before.active);
}

static inline bool is_active(const struct bench *b, u32 lane)
{
	return b->before.active >> lane & 1;
}

static inline int bench_suite(const char *name, void (*add)(TCase *))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, bench_free_all);
	add(tc);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}

#endif
