/* SPDX-License-Identifier: MIT */
/*
 * Runs handlers of float instructions on a SIMD-group with random registers and a
 * random exec mask, and compares lanes that were active with what a test expects,
 * everything else with what was there before.
 */
#ifndef TESTS_ISA_EXEC_FP_H
#define TESTS_ISA_EXEC_FP_H

#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_exec_fp.h"
#include "soft_float.h"
#include "tests/lib/suite.h"

struct fp_variant {
	const char *name;
	agx_exec_fn (*choose)(const struct agx_insn *insn);
};

/* For any CPU, and for this one; the second may be missing. */
static inline int fp_variants(struct fp_variant v[2])
{
	v[0] = (struct fp_variant){ "any", agx_exec_float_any };
#ifdef __x86_64__
	if (agx_has_avx2()) {
		v[1] = (struct fp_variant){ "avx2", agx_exec_float_avx2 };
		return 2;
	}
#endif
	return 1;
}

/* n, or fewer where instructions are emulated or watched. */
static inline int fp_rounds(int n)
{
	int less = getenv("MUTSU_EMULATED") ? 16 : getenv("MUTSU_SAN") ? 8 : 1;

	return n / less ? n / less : 1;
}

/* Bits of floats of width 16 or 32, from which rules differ and from everywhere. */
static inline uint32_t fp_value(enum agx_size size)
{
	static const uint32_t f32[] = {
		0, 1, 0x7fffff, 0x800000, 0x800001, 0xffffff, 0x1000000, 0x33800000, 0x33000000,
		0x33000001, 0x387fffff, 0x38800000, 0x3effffff, 0x3f000000, 0x3f7fffff, 0x3f800000,
		0x3f800001, 0x3fc00000, 0x40490fdb, 0x477fe000, 0x477fefff, 0x477ff000, 0x47800000,
		0x4b000000, 0x4b7fffff, 0x4b800000, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000,
		0x7e800000, 0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000,
		0x7fffffff,
	};
	static const uint16_t f16[] = {
		0, 1, 2, 3, 0x1ff, 0x200, 0x3fe, 0x3ff, 0x400, 0x401, 0x7ff, 0x800, 0x1400, 0x37ff,
		0x3800, 0x3bff, 0x3c00, 0x3c01, 0x3e00, 0x4000, 0x4248, 0x5bff, 0x5c00, 0x63ff,
		0x6400, 0x6800, 0x77ff, 0x7800, 0x7bfe, 0x7bff, 0x7c00, 0x7c01, 0x7dff, 0x7e00,
		0x7fff,
	};
	uint32_t bits = (uint32_t)(kt_random() >> 32), kind = kt_below(8);

	if (size == AGX_16) {
		if (kind < 3)
			return f16[kt_below(ARRAY_SIZE(f16))] | (bits & 0x8000);
		/* Near 1, where sums cancel and products tie. */
		if (kind < 5)
			return (bits & 0x83ff) | (0x3400 + (kt_below(5) << 10));
		return bits & 0xffff;
	}
	if (kind < 3)
		return f32[kt_below(ARRAY_SIZE(f32))] | (bits & 0x80000000);
	if (kind < 5)
		return (bits & 0x807fffff) | (0x3e800000 + (kt_below(5) << 23));
	/* Few bits: ties. */
	if (kind == 5)
		return bits & 0xfffff000;
	return bits;
}

/* Random registers, uniforms and lanes. */
static inline void fp_fill(struct agx_simd *simd)
{
	uint32_t *uniform = simd->group->uniform;

	for (int r = 0; r < AGX_REGS; r++)
		for (int l = 0; l < AGX_LANES; l++) {
			simd->reg[r][l] = fp_value(AGX_32);
			if (r & 1)
				simd->reg[r][l] = fp_value(AGX_16) | fp_value(AGX_16) << 16;
		}
	for (int i = 0; i < AGX_UNIFORM_HALVES / 2; i++)
		uniform[i] = i & 1 ? fp_value(AGX_16) | fp_value(AGX_16) << 16 : fp_value(AGX_32);
}

static inline void fp_set_active(struct agx_simd *simd, uint32_t active)
{
	simd->active = active;
	simd->exists = ~0u;
	for (int l = 0; l < AGX_LANES; l++)
		simd->lane_mask[l] = active >> l & 1 ? ~0u : 0;
}

static inline void fp_random_active(struct agx_simd *simd)
{
	static const uint32_t some[] = { ~0u, ~0u, 0, 1, 0x80000000, 0xffff, 0x11111111 };
	uint32_t i = kt_below(2 * ARRAY_SIZE(some));

	fp_set_active(simd, i < ARRAY_SIZE(some) ? some[i] : (uint32_t)(kt_random() >> 32));
}

static inline struct agx_simd *fp_simd(void)
{
	static uint32_t uniform[AGX_UNIFORM_HALVES / 2];
	static struct agx_group group = { .uniform = uniform };
	static struct agx_simd simd;

	memset(&simd, 0, sizeof(simd));
	simd.group = &group;
	fp_fill(&simd);
	fp_set_active(&simd, ~0u);
	return &simd;
}

static inline struct agx_operand fp_reg(enum agx_size size, uint32_t half)
{
	if (size == AGX_32)
		half &= ~1u;
	return (struct agx_operand){ .kind = AGX_REG, .size = size, .count = 1,
				     .value = (uint16_t)half };
}

/* 32-bit registers are mostly even ones, 16-bit ones odd: that is how fp_fill() does it. */
static inline struct agx_operand fp_random_reg(enum agx_size size)
{
	uint32_t reg = kt_below(8) * 2 + (size == AGX_16);

	if (!kt_below(8))
		reg ^= 1;
	return fp_reg(size, 2 * reg + kt_below(2));
}

/* Any float source; 16 bits only for instructions on halves. */
static inline struct agx_operand fp_random_source(bool only_half)
{
	enum agx_size size = only_half || kt_below(2) ? AGX_16 : AGX_32;
	struct agx_operand o = fp_random_reg(size);

	switch (kt_below(6)) {
	case 0:
		o.kind = AGX_UNIFORM;
		o.value = (uint16_t)(kt_below(AGX_UNIFORM_HALVES) & (size == AGX_32 ? ~1u : ~0u));
		break;
	case 1:
		o = (struct agx_operand){ .kind = AGX_FIMM, .value = (uint16_t)kt_below(256) };
		break;
	default:
		break;
	}
	if (!kt_below(3)) {
		o.abs = kt_below(2);
		o.neg = kt_below(2);
	}
	return o;
}

/* The bits of an operand in a lane, 16 bits zero-extended. */
static inline uint32_t fp_bits(const struct agx_simd *simd, const struct agx_operand *o, int lane)
{
	uint32_t word = o->value;

	if (o->kind == AGX_REG)
		word = simd->reg[o->value >> 1][lane];
	else if (o->kind == AGX_UNIFORM)
		word = simd->group->uniform[o->value >> 1];
	else
		return word;
	return o->size == AGX_16 ? word >> 16 * (o->value & 1) & 0xffff : word;
}

/* Its value, exactly, with modifiers. */
static inline struct sf fp_operand(const struct agx_simd *simd, const struct agx_operand *o,
				   int lane)
{
	uint32_t bits = fp_bits(simd, o, lane);
	struct sf x;

	if (o->kind == AGX_FIMM) {
		uint32_t e = bits >> 4 & 7, m = bits & 15;

		x = (struct sf){ .negative = bits >> 7, .m = e ? 16 + m : m,
				 .exp = e ? (int)e - 7 : -6 };
	} else {
		x = o->size == AGX_16 ? sf_half(bits) : sf_float(bits);
	}
	return sf_abs_neg(x, o->abs, o->neg);
}

/* What a 32-bit instruction writes of an exact result. */
static inline uint32_t fp_result32(const struct agx_insn *insn, struct sf x)
{
	uint32_t bits;

	if (insn->flags & AGX_SATURATE)
		x = sf_saturate(x);
	bits = sf_to_float(x);
	return insn->operand[0].size == AGX_16 ? sf_to_half(sf_float(bits)) : bits;
}

static inline uint32_t fp_result16(const struct agx_insn *insn, struct sf x)
{
	return sf_to_half(insn->flags & AGX_SATURATE ? sf_saturate(x) : x);
}

static inline void fp_differ(const struct agx_simd *got, const struct agx_simd *before,
			     const struct agx_simd *want, const char *what, const char *variant)
{
	for (int r = 0; r < AGX_REGS; r++)
		for (int l = 0; l < AGX_LANES; l++)
			if (got->reg[r][l] != want->reg[r][l])
				ck_abort_msg("%s, %s: r%d lane %d is %#x, not %#x; was %#x; lanes %#x",
					     what, variant, r, l, got->reg[r][l], want->reg[r][l],
					     before->reg[r][l], before->active);
	ck_abort_msg("%s, %s: more than registers changed", what, variant);
}

/*
 * Executes insn with every variant on copies of simd.  want has what the register
 * from half number value on, and those behind it, get in active lanes: n elements of
 * operand 0's size.  In the end simd is as after it.
 */
static inline void fp_check_pair(struct agx_simd *simd, const struct agx_insn *insn,
				 uint32_t value, const uint32_t (*want)[AGX_LANES], int n,
				 const char *what)
{
	static struct agx_simd before, after;
	const struct agx_operand *o = &insn->operand[0];
	struct fp_variant v[2];
	int n_variants = fp_variants(v);

	memcpy(&before, simd, sizeof(before));
	memcpy(&after, simd, sizeof(after));
	for (int i = 0; i < n; i++)
		for (int l = 0; l < AGX_LANES; l++) {
			uint32_t half = value + ((uint32_t)i << o->size);
			uint32_t *word = &after.reg[half >> 1][l];

			if (!(simd->active >> l & 1))
				continue;
			if (o->size == AGX_32)
				*word = want[i][l];
			else if (half & 1)
				*word = (*word & 0xffff) | want[i][l] << 16;
			else
				*word = (*word & 0xffff0000) | (want[i][l] & 0xffff);
		}
	for (int k = 0; k < n_variants; k++) {
		agx_exec_fn fn = v[k].choose(insn);

		if (!fn)
			ck_abort_msg("%s, %s: no handler", what, v[k].name);
		memcpy(simd, &before, sizeof(before));
		fn(simd, insn);
		/* Everything, the exec mask included. */
		if (memcmp(simd, &after, sizeof(after)))
			fp_differ(simd, &before, &after, what, v[k].name);
	}
}

static inline void fp_check(struct agx_simd *simd, const struct agx_insn *insn,
			    const uint32_t want[AGX_LANES], const char *what)
{
	fp_check_pair(simd, insn, insn->operand[0].value, (const uint32_t (*)[AGX_LANES])want, 1,
		      what);
}

#endif
