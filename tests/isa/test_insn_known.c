// SPDX-License-Identifier: MIT
/*
 * Instructions with known results, to be read as examples of what they do: sources
 * in r12, r14, r16 (or the pairs, or the halves), result in r20.
 */
#include "pair.h"
#include "random_insn.h"
#include "tests/lib/suite.h"

struct known {
	const char *text;
	u64 a, b, c;		/* r12:r13, r14:r15, r16:r17 */
	u64 d;			/* r20:r21, zero before */
};

static const struct known integers[] = {
	{ "ldimm r20, 305419896", 0, 0, 0, 0x12345678 },
	{ "ldimm r20h, 4660", 0, 0, 0, 0x12340000 },
	{ "mov r20, r12", 0x89abcdef, 0, 0, 0x89abcdef },
	{ "mov r20, r12h", 0x89abcdef, 0, 0, 0x89ab },
	{ "mov r20h, r12", 0x89abcdef, 0, 0, 0xcdef0000 },

	/* Additions: any sizes, the second source shifted by up to 4. */
	{ "iadd r20, r12, r14", 0xffffffff, 2, 0, 1 },
	{ "iadd dr20, r12, r14", 0xffffffff, 2, 0, 0x100000001 },
	{ "iadd dr20, r12.sx, r14", 0xffffffff, 2, 0, 1 },
	{ "iadd dr20, dr12, r14.sx, lsl 4", 0x1000000000, 0xffffffff, 0, 0xffffffff0 },
	{ "iadd r20, r12, r14l.sx", 5, 0xffff, 0, 4 },
	{ "iadd r20, r12, r14l", 5, 0xffff, 0, 0x10004 },
	{ "iadd r20, r12, 255", 1, 0, 0, 256 },
	{ "isub r20, r12, r14, lsl 1", 10, 3, 0, 4 },
	{ "isub dr20, r12, r14", 1, 2, 0, 0xffffffffffffffff },
	{ "iadd r20, r12, r14, sat", 0xffffffff, 2, 0, 0xffffffff },
	{ "isub r20, r12, r14, sat", 1, 2, 0, 0 },
	{ "iadd r20, r12.sx, r14.sx, sat", 0x7fffffff, 1, 0, 0x7fffffff },
	{ "isub r20, r12.sx, r14.sx, sat", 0x80000000, 1, 0, 0x80000000 },
	{ "iadd r20l, r12, r14, sat", 0xfffe, 2, 0, 0xffff },
	/* ... which is not asked of shifted ones. */
	{ "iadd r20, r12, r14, lsl 1, sat", 0xffffffff, 1, 0, 1 },

	/* Products. */
	{ "imul r20, r12, r14", 0x10001, 0x10001, 0, 0x20001 },
	{ "imul dr20, r12, r14", 0xffffffff, 0xffffffff, 0, 0xfffffffe00000001 },
	{ "imul dr20, r12.sx, r14.sx", 0xffffffff, 0xffffffff, 0, 1 },
	{ "imul dr20, r12.sx, r14", 0xffffffff, 0xffffffff, 0, 0xffffffff00000001 },
	{ "imadd dr20, r12, r14, dr16", 3, 5, 0x100000000, 0x10000000f },
	{ "imadd r20, r12, r14, r16, lsl 2", 3, 5, 7, 43 },
	{ "imsub r20, r12, r14, r16", 3, 5, 7, 8 },

	/* Shifts count modulo 128: 32 and more give zeros or signs. */
	{ "shl r20, r12, 4", 0xf000000f, 0, 0, 0xf0 },
	{ "shl r20, r12, 32", 0xffffffff, 0, 0, 0 },
	{ "shl r20, r12, 128", 5, 0, 0, 5 },
	{ "shr r20, r12, 4", 0xf000000f, 0, 0, 0x0f000000 },
	{ "shr r20, r12, r14", 0xffffffff, 40, 0, 0 },
	{ "asr r20, r12, 4, 0, 0", 0x80000000, 0, 0, 0xf8000000 },
	{ "asr r20, r12, r14, 0, 0", 0x80000000, 127, 0, 0xffffffff },
	{ "asr r20, r12h, 4, 0, 0", 0x80000000, 0, 0, 0xfffff800 },
	{ "asrh r20, r12, 36, 0, 0", 0x80000000, 0, 0, 0xf8000000 },
	{ "asrh r20, r12, 4, 0, 0", 0x123, 0, 0, 0x30000000 },

	/* Bit fields: the last number is the width, 0 all. */
	{ "bfi r20, r12, r14, 8, 4", 0xffffffff, 0x25, 0, 0xfffff5ff },
	{ "bfi r20, r12, r14, r16, 0", 0x12345678, 0x9, 4, 0x98 },
	{ "bfi r20, r12, r14, r16, 8", 0x12345678, 0xff, 32, 0x12345678 },
	{ "bfeil r20, 0, r14, 8, 8", 0, 0x12345678, 0, 0x56 },
	{ "bfeil r20, r12, r14, 28, 8", 0xaaaaaaaa, 0x12345678, 0, 0xaaaaaa01 },
	{ "extr r20, r12, r14, 8, 0", 0x11223344, 0x55667788, 0, 0x88112233 },
	{ "extr r20, r12, r14, 40, 0", 0x11223344, 0x55667788, 0, 0x556677 },
	{ "extr r20, r12, r14, 8, 12", 0x11223344, 0x55667788, 0, 0x233 },
	{ "shlhi r20, 0, r14, 8, 0", 0, 0x12345678, 0, 0x12 },
	{ "shlhi r20, r12, r14, 36, 4", 0xffffffff, 0x12, 0, 0xffffff2f },
	{ "shrhi r20, 0, r14, 8, 0", 0, 0x12345678, 0, 0x78000000 },
	{ "shrhi r20, r12, r14, 16, 0", 0xaaaaaaaa, 0x12345678, 0, 0x5678aaaa },

	/* Bits. */
	{ "and r20, r12, r14", 0xff00ff00, 0x0ff00ff0, 0, 0x0f000f00 },
	{ "xor r20, r12, r14h", 0xff00ff00, 0x0ff00ff0, 0, 0xff00f0f0 },
	{ "andn1 r20, r12, r14", 0xff00ff00, 0x0ff00ff0, 0, 0x00f000f0 },
	{ "orn2 r20, r12, r14", 0xff00ff00, 0x0ff00ff0, 0, 0xff0fff0f },
	{ "not r20l, r12", 0xff00ff00, 0, 0, 0x00ff },
	{ "bitrev r20, r12", 0x00000001, 0, 0, 0x80000000 },
	{ "bitrev r20, r12l", 0xffff0001, 0, 0, 0x80000000 },
	{ "popcnt r20, r12", 0xf0f00001, 0, 0, 9 },
	{ "ffs r20, r12", 0x00010001, 0, 0, 16 },
	{ "ffs r20, r12", 0, 0, 0, 0xffffffff },
	{ "intl r20, r12, r14", 0xffff, 0, 0, 0x55555555 },
	{ "intl r20, r12, r14", 0x3, 0x1, 0, 0x7 },

	/* Selections: a signed comparison extends with signs. */
	{ "csel r20, r12, r14, r16, 7, ieq", 1, 1, 42, 42 },
	{ "csel r20, r12, r14, r16, 7, ult", 0xffffffff, 1, 42, 7 },
	{ "csel r20, r12, r14, r16, 7, slt", 0xffffffff, 1, 42, 42 },
	{ "csel r20, r12l, r14, 1, 2, ult", 0xffff, 0xfffffff0, 0, 1 },
	{ "csel r20, r12l, r14, 1, 2, sgt", 0xffff, 0xfffffff0, 0, 1 },
	{ "csel r20, r12, r14, r16, 7, fltn", 0x3f800000, 0x40000000, 42, 42 },
	{ "csel r20, r12, r14, r12, r14, fltn", 0x7fc00000, 0x40000000, 0, 0x40000000 },
	{ "csel r20, r12, r14, r12, r14, fgtn", 0x40000000, 0x7fc00000, 0, 0x40000000 },
	/* A selection moves bits: denormals are as they were. */
	{ "csel r20, r12, r14, r12, r14, fltn", 0x00000001, 0x3f800000, 0, 1 },
};

static const struct known floats[] = {
	{ "fadd r20, r12, r14", 0x3f800000, 0x40000000, 0, 0x40400000 },
	{ "fadd r20, r12, -0.0", 0x80000000, 0, 0, 0x80000000 },
	{ "fadd r20, r12, r14.neg", 0x3f800000, 0x3f800000, 0, 0 },
	{ "fadd r20, r12.abs.neg, 0.0", 0xbf800000, 0, 0, 0xbf800000 },
	{ "fmul r20, r12, 31.0", 0x40000000, 0, 0, 0x42780000 },
	{ "fmul r20, r12, 0.015625", 0x42800000, 0, 0, 0x3f800000 },
	{ "fmul r20, r12, r14", 0x80000000, 0x3f800000, 0, 0x80000000 },

	/* One rounding: 1 + 2^-24 + 2^-48 is above the middle. */
	{ "ffma r20, r12, r14, r16", 0x33800000, 0x3f800001, 0x3f800000, 0x3f800001 },
	{ "ffma r20, r12, r14, r16", 0x33800000, 0x3f800000, 0x3f800000, 0x3f800000 },
	/* (1 + 2^-23)^2 - 1 - 2^-22 */
	{ "ffma r20, r12, r14, r16", 0x3f800001, 0x3f800001, 0xbf800002, 0x28800000 },

	/* f32: denormals are zeros of their sign, coming and going. */
	{ "fadd r20, r12, -0.0", 0x007fffff, 0, 0, 0 },
	{ "fadd r20, r12, -0.0", 0x807fffff, 0, 0, 0x80000000 },
	{ "fmul r20, r12, r14", 0x00800000, 0x3f000000, 0, 0 },
	{ "fmul r20, r12, r14", 0x80800000, 0x3f000000, 0, 0x80000000 },
	/* What rounds up to the smallest normal number is that. */
	{ "fmul r20, r12, r14", 0x00800000, 0x3f7fffff, 0, 0x00800000 },
	{ "fmul r20, r12, r14", 0x00800000, 0x3f7ffffe, 0, 0 },
	/* f16: they are kept. */
	{ "hadd r20l, r12l, r14l", 0x0001, 0x0001, 0, 0x0002 },
	{ "hmul r20l, r12l, r14l", 0x0400, 0x3800, 0, 0x0200 },
	{ "fadd r20, r12l, -0.0", 0x0001, 0, 0, 0x33800000 },
	{ "fadd r20l, r12, -0.0", 0x33800000, 0, 0, 0x0001 },

	/* No payloads of NaN; no NaN is negative. */
	{ "fadd r20, r12, r14", 0xffc12345, 0, 0, 0x7fc00000 },
	{ "fadd r20, r12, r14.neg", 0x7f800000, 0x7f800000, 0, 0x7fc00000 },
	{ "hadd r20h, r12l, r14l", 0xfe01, 0, 0, 0x7e000000 },

	/* A half result of a 32-bit instruction is rounded twice: 1 + 2^-11 + 2^-25. */
	{ "ffma r20l, r12, r14, r16", 0x3f801000, 0x3f800000, 0x33000000, 0x3c00 },
	{ "hfma r20l, r12l, r14l, r16l", 0x3c00, 0x3c00, 0x1000, 0x3c00 },
	{ "hfma r20l, r12l, r14l, r16l", 0x3c00, 0x3c00, 0x1001, 0x3c01 },
	{ "fadd r20l, r12, 0.0", 0x477ff000, 0, 0, 0x7c00 },
	{ "fadd r20l, r12, 0.0", 0x477fefff, 0, 0, 0x7bff },

	{ "fadd r20, r12, r14, sat", 0x3f800000, 0x3f800000, 0, 0x3f800000 },
	{ "fadd r20, r12, r14, sat", 0xbf800000, 0, 0, 0 },
	{ "fadd r20, r12, r14, sat", 0x7fc00000, 0, 0, 0 },

	{ "floor r20, r12", 0xbfc00000, 0, 0, 0xc0000000 },
	{ "ceil r20, r12", 0xbfc00000, 0, 0, 0xbf800000 },
	{ "trunc r20, r12", 0xbf000000, 0, 0, 0x80000000 },
	{ "rint r20, r12", 0x40200000, 0, 0, 0x40000000 },
	{ "rint r20l, r12l", 0x3e00, 0, 0, 0x4000 },

	{ "rcp r20, r12", 0x40800000, 0, 0, 0x3e800000 },
	{ "rcp r20, r12", 0x80000000, 0, 0, 0xff800000 },
	{ "rcp r20, r12", 0xff800000, 0, 0, 0x80000000 },
	{ "rsqrt r20, r12", 0x41800000, 0, 0, 0x3e800000 },
	{ "rsqrt r20, r12", 0, 0, 0, 0x7f800000 },
	{ "rsqrt r20, r12", 0xbf800000, 0, 0, 0x7fc00000 },
	{ "exp2 r20, r12", 0x41200000, 0, 0, 0x44800000 },
	{ "exp2 r20, r12", 0xff800000, 0, 0, 0 },
	{ "exp2 r20, r12", 0x43000000, 0, 0, 0x7f800000 },
	{ "log2 r20, r12", 0x44800000, 0, 0, 0x41200000 },
	{ "log2 r20, r12", 0, 0, 0, 0xff800000 },
	{ "log2 r20, r12", 0xbf800000, 0, 0, 0x7fc00000 },

	/* Conversions. */
	{ "u8_to_f r20, r12, rte", 0x1ff, 0, 0, 0x437f0000 },
	{ "s8_to_f r20, r12, rte", 0x1ff, 0, 0, 0xbf800000 },
	{ "s16_to_f r20l, r12, rte", 0x8000, 0, 0, 0xf800 },
	{ "u32_to_f r20, r12, rte", 0xffffffff, 0, 0, 0x4f800000 },
	{ "u32_to_f r20, r12, rtz", 0xffffffff, 0, 0, 0x4f7fffff },
	{ "s32_to_f r20, r12, rte", 0xffffffff, 0, 0, 0xbf800000 },
	{ "u32_to_f r20l, r12, rte", 0xffffffff, 0, 0, 0x7c00 },
	{ "f_to_u32 r20, r12, rtz", 0x40200000, 0, 0, 2 },
	{ "f_to_u32 r20, r12, rtz", 0xbf800000, 0, 0, 0 },
	{ "f_to_u32 r20, r12, rtz", 0x4f800000, 0, 0, 0xffffffff },
	{ "f_to_s32 r20, r12, rtz", 0xc0200000, 0, 0, 0xfffffffe },
	{ "f_to_s32 r20, r12, rte", 0xc0600000, 0, 0, 0xfffffffc },
	{ "f_to_s32 r20, r12, rtz", 0x7fc00000, 0, 0, 0 },
	{ "f_to_s32 r20, r12, rtz", 0xcf800000, 0, 0, 0x80000000 },
	{ "f_to_u16 r20, r12, rtz", 0x47c35000, 0, 0, 0xffff },
	{ "f_to_s32 r20, r12l, rte", 0xc100, 0, 0, 0xfffffffe },
};

/* The same in all lanes; also against the oracle. */
static void check(struct pair *pair, const struct known *k)
{
	struct agx_error err;
	struct agx_insn insn;

	ck_assert_msg(agx_parse(&insn, k->text, &err) == 0, "%s: column %d: %s", k->text,
		      err.column, err.text);
	for (int lane = 0; lane < AGX_LANES; lane++) {
		u32 *r = pair->oracle.reg[lane];
		const u64 v[] = { k->a, k->b, k->c, 0, 0 };

		for (u32 i = 0; i < ARRAY_SIZE(v); i++) {
			r[12 + 2 * i] = (u32)v[i];
			r[13 + 2 * i] = (u32)(v[i] >> 32);
		}
	}
	pair_program(pair, &insn, 1, 0xffffffff);
	ck_assert_msg(pair_step(pair), "%s", pair->why);
	for (int lane = 0; lane < AGX_LANES; lane++) {
		u64 d = pair->simd.reg[20][lane] | (u64)pair->simd.reg[21][lane] << 32;

		ck_assert_msg(d == k->d, "%s: %#llx, expected %#llx", k->text,
			      (unsigned long long)d, (unsigned long long)k->d);
	}
}

START_TEST(integer)
{
	struct pair *pair = pair_create();

	check(pair, &integers[_i]);
	pair_destroy(pair);
}
END_TEST

START_TEST(floating)
{
	struct pair *pair = pair_create();

	check(pair, &floats[_i]);
	pair_destroy(pair);
}
END_TEST

/* The bits of these would be read as another instruction, which does not know all of them. */
START_TEST(not_encodable)
{
	static const char *const texts[] = { "ballot r4, 65, 0, ine", "ballot r4l, 129, 128, ine" };
	struct agx_insn insn;
	u8 code[AGX_INSN_MAX];

	for (u32 i = 0; i < ARRAY_SIZE(texts); i++) {
		if (agx_parse(&insn, texts[i], NULL) == 0)
			ck_assert_msg(agx_encode(&insn, code, NULL) == -ERANGE, "%s", texts[i]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("insn_known");
	TCase *t = tcase_create("insn_known");

	tcase_add_loop_test(t, integer, 0, ARRAY_SIZE(integers));
	tcase_add_loop_test(t, floating, 0, ARRAY_SIZE(floats));
	tcase_add_test(t, not_encodable);
	suite_add_tcase(s, t);
	return suite_run(s);
}
