// SPDX-License-Identifier: MIT
/* What the assembler makes of sources: instructions, records, listings. */
#include "assemble.h"

static const struct agx_asm_opts unchecked = { .no_checks = true };

struct right {
	const char *source, *code;
};

static const struct right lines[] = {
	{ "stop", "" },
	{ "mov r1, r2\nstop", "mov r1, r2\n" },
	{ "// x\nmov r1, r2 // mov r2, r3\n; mov r3, r4\n", "mov r1, r2\n" },
	{ "mov /* r5, */ r1, /**/ r2 ; x\n/* mov r2, r3\nmov r3, r4 */ mov r4, r5",
	  "mov r1, r2\nmov r4, r5\n" },
	{ "ldimm r1, ';'", "ldimm r1, 59\n" },
	{ "ldimm r1, '\\''", "ldimm r1, 39\n" },
	{ "\tmov\tr1,r2\r\n", "mov r1, r2\n" },
	{ "jmp_any 0\nstop\ntrap\ntrap", "jmp_any 0\n" },
	{ "stop\ntrap\nmov r1, r2", "stop\ntrap\nmov r1, r2\n" },
	{ "stop\nstop", "stop\n" },
	/* Whoever jumps behind the stop stops there. */
	{ "jmp_none 1f\nstop\n1:", "jmp_none 8\nstop\n" },
};

static const struct right operands[] = {
	{ "fadd $r1, ^r2.abs.neg, r3l.neg", "fadd $r1, ^r2.abs.neg, r3l.neg\n" },
	{ "iadd r1, r2.sx, 5, lsl 2", "iadd r1, r2.sx, 5, lsl 2\n" },
	{ ".equ S, 1\niadd r1, r2, 5, lsl S + 1", "iadd r1, r2, 5, lsl 2\n" },
	{ "iadd r1, r2, (1 + 2) * 3", "iadd r1, r2, 9\n" },
	{ "fmul r1, r2, -1.5", "fmul r1, r2, -1.5\n" },
	{ "fmul r1, r2, 3.0 / 2", "fmul r1, r2, 1.5\n" },
	{ "fmul r1, r2, 0.5.neg", "fmul r1, r2, 0.5.neg\n" },
	{ "fadd r1, r2, -0.0", "fadd r1, r2, -0.0\n" },
	{ "load r1, du2, -3, i32, x, a", "load r1, du2, -3, i32, x, a\n" },
	{ "load r4..r7, du2, r1, lsl 2, i32, xyzw, b",
	  "load r4_r5_r6_r7, du2, r1, lsl 2, i32, xyzw, b\n" },
	{ "load r4l..r5h, dr2, r1, i16, xyzw, b", "load r4l_r4h_r5l_r5h, dr2, r1, i16, xyzw, b\n" },
	{ "mov r(1 + 2), r(4)\nmov r(3)l, u(7)h\nload r1, du(2 * 2), dr4, i32, x, a", NULL },
	{ "load r1l..r1h, du0, r2, f16, xy, a\nldimm r1, f16(1)",
	  "load r1l_r1h, du0, r2, f16, xy, a\nldimm r1, 15360\n" },
	{ "mov r(1 + 2), r(4)\nmov r(3)l, r(7)h", "mov r3, r4\nmov r3l, r7h\n" },
	{ "ldimm r1, 1.5\nldimm r1l, 1.5\nldimm r1, -1\nldimm r1h, -1\nldimm r1, 0xffffffff",
	  "ldimm r1, 1069547520\nldimm r1l, 15872\nldimm r1, 4294967295\nldimm r1h, 65535\n"
	  "ldimm r1, 4294967295\n" },
	{ "ldimm r1, inf\nldimm r1, -inf\nldimm r1l, -inf\nldimm r1, nan",
	  "ldimm r1, 2139095040\nldimm r1, 4286578688\nldimm r1l, 64512\nldimm r1, 2143289344\n" },
	{ "smpf r0, du0, ts1, ss2, r2l, 0, _, 2d, x, auto_lod, a", NULL },
	{ "simd_matrix_fmadd16 r4l, r1l, r2l, r4l", "simd_matrix_fmadd16 r4l, r1l, r2l, r4l\n" },
	{ "simd_matrix_fmadd32 r4, r1l, r2l, r4",
	  "simd_matrix_fmadd32 r4, r1l, r2l, r4\n" },
	{ "simd_matrix_fmadd32 r4, r1l.abs.neg, r2l, r4",
	  "simd_matrix_fmadd32 r4, r1l, r2l, r4\n" },
	{ ".reg A, r1l..r1h\n.reg B, r2l..r2h\n.reg C, r4..r7\nsimd_matrix_fmadd32 C[2..3], A, B, C[2..3]",
	  "simd_matrix_fmadd32 r6, r1l, r2l, r6\n" },
};

static const struct right names[] = {
	{ ".reg q, r4\nmov q, q", "mov r4, r4\n" },
	{ ".reg q, r4\nmov $q, ^q", NULL },
	{ ".reg q, r4\nfadd $q, ^q.abs, q.l.neg", "fadd $r4, ^r4.abs, r4l.neg\n" },
	{ ".reg q, r4l\n.reg p, r4h\nmov q, p", "mov r4l, r4h\n" },
	{ ".reg v, r4..r7\nmov v.x, v.w\nmov v.0, v[3]\nmov v[1 + 1], v.y",
	  "mov r4, r7\nmov r4, r7\nmov r6, r5\n" },
	{ ".reg v, r4..r7\nload v.yz, du0, 0, i32, xy, a\nload v[1..3], du0, 0, i32, xyz, a",
	  "load r5_r6, du0, 0, i32, xy, a\nload r5_r6_r7, du0, 0, i32, xyz, a\n" },
	{ ".reg v, r4_r5\nload v, du0, 0, i32, xy, a", "load r4_r5, du0, 0, i32, xy, a\n" },
	{ ".reg v, r4..r7\nmov v[1].h, v[2].l\nmov v.x.h, v.v16[3]", "mov r5h, r6l\nmov r4h, r5h\n" },
	{ ".reg p, dr4\niadd p, p, p.lo\nmov p.hi, p.v32[0]", "iadd dr4, dr4, r4\nmov r5, r4\n" },
	{ ".reg v, r4..r7\niadd v[2..3].v64, v[0..1].v64, 1", "iadd dr6, dr4, 1\n" },
	{ ".reg v, r4..r7\n.reg w, v[1..2]\n.reg y1, w[1].l\nmov y1, w.x", "mov r6l, r5\n" },
	{ ".reg q, r4\n.unreg q\n.reg p, r4\nmov p, p", "mov r4, r4\n" },
	{ ".reg q, r4\n.scope\n.reg q, r5\nmov q, q\n.endscope\nmov q, q\n.scope\n.reg p, r5\n"
	  "mov p, q\n.endscope", "mov r5, r5\nmov r4, r4\nmov r5, r4\n" },
	/* Words that mean something else at the end of an instruction. */
	{ ".reg x, r4\n.reg a, dr6\n.reg b, r8\n.reg xyz, r9\nload x, a, b, i32, x, a\nwait a\n"
	  "load xyz, a, x, i32, y, b\natomic x, b, a, 0, xor, coherent1, b\nmov x, xyz",
	  "load r4, dr6, r8, i32, x, a\nwait a\nload r9, dr6, r4, i32, y, b\n"
	  "atomic r4, r8, dr6, 0, xor, coherent1, b\nmov r4, r9\n" },
	{ ".reg s, u4\nmov r1, s", "mov r1, u4\n" },
	{ ".equ N, 3\n.set M, N\niadd r1, r2, M\n.set M, M + 1\niadd r1, r2, M",
	  "iadd r1, r2, 3\niadd r1, r2, 4\n" },
	{ ".equ N, 1.5\nfadd r1, r2, N * 2", "fadd r1, r2, 3.0\n" },
	{ ".local one, 6\n.local two, 8\n.local three, 4, 16\niadd r1, r2, one\niadd r1, r2, two\n"
	  "iadd r1, r2, three", "iadd r1, r2, 0\niadd r1, r2, 8\niadd r1, r2, 16\n" },
	{ "i32: jmp_any i32", "jmp_any 0\n" },
};

static const struct right labels[] = {
	{ "top: mov r1, r2\n.Lx: jmp_any top\njmp_none .Lx\n", "mov r1, r2\njmp_any -6\njmp_none -6\n" },
	{ "call f\nstop\nf: ret r1", "call 8\nstop\nret r1\n" },
	{ ".reg q, r5\ncall q\ncall r6", "call r5\ncall r6\n" },
	{ "1: jmp_any 1f\n1: jmp_any 1b\n jmp_any 1f\n1:",
	  "jmp_any 6\njmp_any 0\njmp_any 6\n" },
	{ "x1: y1: 2: jmp_any y1", "jmp_any 0\n" },
	{ "jmp_any -6\njmp_any 2 * 3", "jmp_any -6\njmp_any 6\n" },
	{ ".macro m\nl\\@: jmp_any l\\@\n.endm\nm\nm", "jmp_any 0\njmp_any 0\n" },
};

static const struct right macros[] = {
	{ ".macro m\nmov r1, r2\n.endm\nm\nm", "mov r1, r2\nmov r1, r2\n" },
	{ ".macro m d, s=r9\nmov \\d, \\s\n.endm\nm r1\nm r1, r2\nm s=r3, d=r4\nm r5,",
	  "mov r1, r9\nmov r1, r2\nmov r4, r3\nmov r5, r9\n" },
	{ ".macro m, d , s\nmov \\d, \\s\n.endm\nm r(1 + 2), min(4, 5)", NULL },
	{ ".macro m d, s\niadd \\d, r2, \\s\n.endm\nm r1, min(4, 5)", "iadd r1, r2, 4\n" },
	{ ".macro m s, d\nldimm \\d, \\s\n.endm\nm ',', r1\nm s = ';' , d = r2",
	  "ldimm r1, 44\nldimm r2, 59\n" },
	{ ".macro m n\n.reg a\\n\\()b, r\\n\nmov a\\n\\()b, r2\n.endm\nm 5", "mov r5, r2\n" },
	{ ".macro m op, x\n\\op r1, \\x\n.endm\nm mov, r2", "mov r1, r2\n" },
	{ ".macro m n\n.if \\n\nmov r\\n, r2\nm \\n-1\n.endif\n.endm\nm 2", NULL },
	{ ".macro m n\n.if \\n\nmov r(\\n), r2\nm \\n - 1\n.endif\n.endm\nm 2",
	  "mov r2, r2\nmov r1, r2\n" },
	{ ".macro m\n.macro n x\nmov \\x, r2\n.endm\n.endm\nm\nn r1", "mov r1, r2\n" },
	{ "x1: .macro m\nmov r1, r2\n.endm\nm", "mov r1, r2\n" },
	{ ".rept 3\nmov r1, r2\n.endr", "mov r1, r2\nmov r1, r2\nmov r1, r2\n" },
	{ ".rept 0\nbad\n.endr\nstop", "" },
	{ ".rept 2, i\n.rept 2, j\nmov r(4 + 2 * \\i + \\j), r2\n.endr\n.endr",
	  "mov r4, r2\nmov r5, r2\nmov r6, r2\nmov r7, r2\n" },
	{ ".irp s, r1, r2 , r(1 + 2)\nmov r9, \\s\n.endr", "mov r9, r1\nmov r9, r2\nmov r9, r3\n" },
	{ ".irp s\nbad\n.endr\nstop", "" },
	{ ".macro m\n.rept 2, i\nl\\@_\\i: jmp_any l\\@_\\i\n.endr\n.endm\nm\nm",
	  "jmp_any 0\njmp_any 0\njmp_any 0\njmp_any 0\n" },
	{ ".include \"nop.inc\"\n.include \"names.inc\"\niadd r1, r2, INCLUDED",
	  "mov r1, 2\niadd r1, r2, 7\n" },
};

static const struct right conditionals[] = {
	{ ".if 1\nmov r1, r2\n.else\nbad\n.endif", "mov r1, r2\n" },
	{ ".if 0\nbad\n.elseif 1\nmov r1, r2\n.elseif bad\nbad\n.else\nbad\n.endif", "mov r1, r2\n" },
	{ ".if 0\nbad\n.elseif 0.0\nbad\n.else\nmov r1, r2\n.endif", "mov r1, r2\n" },
	{ ".if 0\n.if bad\n.elseif\nbad\n.else\n.endif\nbad\n.endif\nmov r1, r2", "mov r1, r2\n" },
	{ ".equ N, 1\n.macro m\n.endm\n.ifdef N\nmov r1, r2\n.endif\n.ifndef N\nbad\n.endif\n"
	  ".ifdef m\nmov r2, r3\n.endif\n.ifdef Q\nbad\n.else\nmov r3, r4\n.endif",
	  "mov r1, r2\nmov r2, r3\nmov r3, r4\n" },
	{ ".if 0\n.macro m\n.endif\nmov r1, r2", "mov r1, r2\n" },
};

static const struct right flow[] = {
	{ "@if r1, 3, ult\nmov r2, r3\n@endif",
	  "ldimm r0l, 0\nif r1, 3, 1, ult\nmov r2, r3\npop_exec 1\n" },
	{ "@if r1, 1.5, fgt\nmov r2, r3\n@else\nmov r3, r4\n@endif",
	  "ldimm r0l, 0\nif r1, 1.5, 1, fgt\nmov r2, r3\nelse 0.0, 0.0, 1, feq\nmov r3, r4\n"
	  "pop_exec 1\n" },
	{ "@if r1, 1, ieq\n@elseif r1, 2, ieq\n@elseif r1, 3, ieq\n@elseif r1, 4, ieq\n@else\n@endif",
	  "ldimm r0l, 0\nif r1, 1, 1, ieq\nelse 0.0, 0.0, 1, feq\nif r1, 2, 1, ieq\n"
	  "else 0.0, 0.0, 1, feq\nif r1, 3, 1, ieq\nelse 0.0, 0.0, 1, feq\nif r1, 4, 1, ieq\n"
	  "else 0.0, 0.0, 1, feq\npop_exec 3\npop_exec 1\n" },
	{ "@if r1, 3, ult, skip\nmov r2, r3\n@else skip\nmov r3, r4\n@endif",
	  "ldimm r0l, 0\nif r1, 3, 1, ult\njmp_none 12\nmov r2, r3\nelse 0.0, 0.0, 1, feq\n"
	  "jmp_none 12\nmov r3, r4\npop_exec 1\n" },
	/* 5 loads cost 20: more than the jump. */
	{ "@if r1, 3, ult\n.rept 5\nload r2, du0, r1, i32, x, a\n.endr\n@endif",
	  "ldimm r0l, 0\nif r1, 3, 1, ult\njmp_none 46\nload r2, du0, r1, i32, x, a\n"
	  "load r2, du0, r1, i32, x, a\nload r2, du0, r1, i32, x, a\nload r2, du0, r1, i32, x, a\n"
	  "load r2, du0, r1, i32, x, a\npop_exec 1\n" },
	{ "@if r1, 3, ult, fall\n.rept 5\nload r2, du0, r1, i32, x, a\n.endr\n@endif",
	  "ldimm r0l, 0\nif r1, 3, 1, ult\nload r2, du0, r1, i32, x, a\n"
	  "load r2, du0, r1, i32, x, a\nload r2, du0, r1, i32, x, a\nload r2, du0, r1, i32, x, a\n"
	  "load r2, du0, r1, i32, x, a\npop_exec 1\n" },
	{ "@if r1, 3, ult\n.rept 3\nload r2, du0, r1, i32, x, a\n.endr\nwait a\nbarrier\n"
	  "load r2, du0, r1, i32, x, a\nload r2, du0, r1, i32, x, a\n@endif",
	  "ldimm r0l, 0\nif r1, 3, 1, ult\nload r2, du0, r1, i32, x, a\n"
	  "load r2, du0, r1, i32, x, a\nload r2, du0, r1, i32, x, a\nwait a\nbarrier\n"
	  "load r2, du0, r1, i32, x, a\nload r2, du0, r1, i32, x, a\npop_exec 1\n" },
	{ "@loop\nmov r1, r2\n@endloop",
	  "ldimm r0l, 0\nif 0.0, 0.0, 2, feq\nmov r1, r2\njmp_any -6\npop_exec 2\n" },
	{ "@loop\n@while r1, 9, ult\niadd r1, r1, 1\n@endloop",
	  "ldimm r0l, 0\nif 0.0, 0.0, 2, feq\nwhile r1, 9, 2, ult\niadd r1, r1, 1\njmp_any -14\n"
	  "pop_exec 2\n" },
	{ "@loop\n@break_if r1, 9, ugt, skip\niadd r1, r1, 1\n@until r1, 5, ine",
	  "ldimm r0l, 0\nif 0.0, 0.0, 2, feq\nwhile r1, 9, 2, ulte\njmp_none 26\niadd r1, r1, 1\n"
	  "while r1, 5, 2, ieq\njmp_any -26\npop_exec 2\n" },
	{ "@loop\n@continue_if r1, 9, ugt\n@break_if r1, 2.0, fneq, skip\n@endloop",
	  "ldimm r0l, 0\nif 0.0, 0.0, 2, feq\ncsel r0l, r1, 9, 1, 0, ugt\nupdate_exec\n"
	  "csel r0l, r1, 2.0, 0, 2, feq\nupdate_exec\njmp_none 6\nwhile 0, 0, 2, ieq\n"
	  "jmp_any -42\npop_exec 2\n" },
	{ "@loop\n@if r1, 1, ieq\n@loop\n@if r1, 2, ieq\n@break\n@elseif r1, 3, ieq\n@continue 2\n@endif\n"
	  "@endloop\n@endif\n@endloop",
	  "ldimm r0l, 0\nif 0.0, 0.0, 2, feq\nif r1, 1, 1, ieq\njmp_none 68\nif 0.0, 0.0, 2, feq\n"
	  "if r1, 2, 1, ieq\nldimm r0l, 3\npop_exec 0\nelse 0.0, 0.0, 1, feq\nif r1, 3, 1, ieq\n"
	  "ldimm r0l, 6\npop_exec 0\npop_exec 2\njmp_any -44\npop_exec 2\npop_exec 1\n"
	  "while 0, 0, 2, ieq\njmp_any -86\npop_exec 2\n" },
};

/* code: NULL says that it is enough to be accepted or refused without a crash. */
static void check_right(const struct right *right)
{
	static struct text messages, code;
	struct agx_unit *unit = assemble_text(right->source, &messages, unchecked);

	if (right->code) {
		ck_assert_msg(unit != NULL, "%s\nsays\n%s", right->source, messages.s);
		ck_assert_str_eq(messages.s, "");
		code.n = 0;
		code.s[0] = 0;
		append_code(&code, unit->kernel->code, unit->kernel->code_size);
		ck_assert_msg(!strcmp(code.s, right->code), "%s\nis\n%snot\n%s", right->source,
			      code.s, right->code);
	}
	agx_unit_free(unit);
}

#define RIGHT(name)						\
	START_TEST(right_##name)				\
	{							\
		check_right(&name[_i]);				\
	}							\
	END_TEST

RIGHT(lines)
RIGHT(operands)
RIGHT(names)
RIGHT(labels)
RIGHT(macros)
RIGHT(conditionals)
RIGHT(flow)

#define ADD_RIGHT(name) tcase_add_loop_test(tc, right_##name, 0, (int)ARRAY_SIZE(name))

/* Expressions, by whether an .if takes them. */
START_TEST(expressions)
{
	static const char *const truths[] = {
		"1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "-7 / 2 == -3", "-7 % 2 == -1", "7 - 2 - 1 == 4",
		"1 << 2 + 1 == 8", "(6 & 3 | 8 ^ 1) == 11", "~0 == -1", "!5 == 0", "!0", "- - 1 == 1",
		"+1 == 1", "1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2 && 1 != 2", "0 || 2", "!(0 && 1 / 0)",
		"1 || nothing", "1 ? 2 : 1 / 0", "0 ? 1 / 0 : 2", "(0 ? 1 : 0 ? 2 : 3) == 3",
		"0x7fffffffffffffff + 1 == -0x7fffffffffffffff - 1", "0xffffffffffffffff == -1",
		"(-0x7fffffffffffffff - 1) / -1 == -0x7fffffffffffffff - 1",
		"(-0x7fffffffffffffff - 1) % -1 == 0", "0b101 == 5", "0XfF == 255", "0B1 == 1",
		"2.5 - 1 == 1.5", "'a' == 97", "'\\n' == 10", "'\\0' == 0", "'\\\\' == 92", "'\\t' == 9", "'\\r' == 13",
		"-1 >> 63 == -1", "1 << 63 < 0", "1.5 + 1.5 == 3", "1 / 2.0 == 0.5", "3.0 > 2",
		"2 < 2.5", "2.5 <= 2.5", "2.5 >= 2", "1.5 != 1", "-1.5 < 0", "1e3 == 1000",
		"1.5e-1 == 0.15", "2E+1 == 20", "!0.0", "0.1 && 1", "1.0 / 0 == inf", "nan != nan",
		"f32(1.5) == 0x3fc00000", "f32(-0.0) == 0x80000000", "f32(1) == 0x3f800000",
		"f32(1e-45) == 1", "f32(1e300) == 0x7f800000", "f32(nan) == 0x7fc00000",
		"f16(1.5) == 0x3e00", "f16(-2) == 0xc000", "f16(65504) == 0x7bff",
		"f16(65519.99) == 0x7bff", "f16(65520) == 0x7c00", "f16(1e9) == 0x7c00",
		"f16(-inf) == 0xfc00", "f16(nan) == 0x7e00", "f16(0) == 0", "f16(5.9604644775390625e-8) == 1",
		"f16(2.98023223876953125e-8) == 0", "f16(2.98023224e-8) == 1",
		"f16(8.940696716308594e-8) == 2", "f16(1e-30) == 0", "f16(6.103515625e-5) == 0x400",
		"f16(6.0975551605224609375e-5) == 0x3ff", "f16(6.1e-5) == 0x3ff",
		"f16(6.1033e-5) == 0x400", "f16(2049) == 0x6800", "f16(2051) == 0x6802", "f16(1.0004883) == 0x3c01",
		"int(2.9) == 2", "int(-2.9) == -2", "int(7) == 7", "float(3) / 2 == 1.5",
		"min(1, 2) == 1 && max(1, 2) == 2", "min(1.5, 2) == 1.5", "max(-1, -2.5) == -1",
		"abs(-3) == 3 && abs(3) == 3 && abs(-1.5) == 1.5", "defined(N) && !defined(M)",
		"N == 5 && F == 2.5", "min(max(1, 2), 3) == 2",
	};
	static const char *const defines[] = { "N=2 + 3", "F=2.5", "ONE" };
	static struct text messages;
	struct agx_asm_opts opts = unchecked;

	opts.defines = defines;
	opts.n_defines = ARRAY_SIZE(defines);
	for (size_t i = 0; i < ARRAY_SIZE(truths); i++) {
		char source[256];
		struct agx_unit *unit;

		snprintf(source, sizeof(source), ".if (%s) && ONE\nstop\n.endif", truths[i]);
		unit = assemble_text(source, &messages, opts);
		ck_assert_msg(unit != NULL, "%s: %s", truths[i], messages.s);
		agx_unit_free(unit);
	}
}
END_TEST

/* --- records ------------------------------------------------------------------- */

START_TEST(record)
{
	static const char source[] =
		".kernel first\n"
		".threadgroup 8, 4\n"
		".uniform h, f16\n"
		".uniform src, buffer\n"
		".uniform t, s32[3], u9\n"
		".uniform n, u64\n"
		".computed c, u32\n"
		".const k, f16 1.5\n"
		".const m, u32 1, 0xffffffff\n"
		".local buf, 100\n"
		".stack 64\n"
		".registers 10\n"
		".preamble\n"
		"ldimm r20, 7\n"
		"mov c, r20\n"
		".endpreamble\n"
		"fmul r1, r2, k\n"
		"mov r3, t[2]\n"
		"and r3, m[1], c\n"
		"mov r4l, h\n"
		"load r5, src, 0, i32, x, a\n"
		"load r5, n, 0, i32, x, a\n"
		"mov r6, src.hi\n"
		".end\n"
		".kernel second\n"
		".shared 1000\n"
		"mov r17l, r2\n"
		".end\n";
	static struct text messages, code;
	struct agx_unit *unit = assemble_text(source, &messages, unchecked);
	const struct agx_kernel *k;

	ck_assert_msg(unit != NULL, "%s", messages.s);
	ck_assert_uint_eq(unit->n_kernels, 2);
	k = unit->kernel;
	ck_assert_str_eq(k->name, "first");
	ck_assert(k->threadgroup[0] == 8 && k->threadgroup[1] == 4 && k->threadgroup[2] == 1);
	ck_assert_uint_eq(k->n_params, 4);
	ck_assert_str_eq(k->params[0].name, "h");
	ck_assert(k->params[0].type == AGX_PARAM_F16 && k->params[0].start == 0);
	ck_assert(k->params[1].type == AGX_PARAM_BUFFER && k->params[1].start == 4);
	ck_assert(k->params[2].type == AGX_PARAM_S32 && k->params[2].start == 18);
	ck_assert(k->params[2].count == 3 && k->params[1].count == 1);
	ck_assert(k->params[3].type == AGX_PARAM_U64 && k->params[3].start == 24);
	/* c is behind n, in half 28; k in 30, m in 32. */
	ck_assert(k->constants.start == 30 && k->constants.halves == 6);
	ck_assert(!memcmp(k->constants.data, "\0\x3e\0\0\1\0\0\0\xff\xff\xff\xff", 12));
	ck_assert_uint_eq(k->n_uniforms, 36);
	ck_assert_uint_eq(k->shared, 100);
	ck_assert_uint_eq(k->stack, 64);
	ck_assert_uint_eq(k->n_regs, 24);
	ck_assert_uint_eq(k->preamble_regs, 48);
	code.n = 0;
	append_code(&code, k->code, k->code_size);
	ck_assert_str_eq(code.s, "fmul r1, r2, u15l\nmov r3, u11\nand r3, u17, u14\nmov r4l, u0l\n"
			 "load r5, du2, 0, i32, x, a\nload r5, du12, 0, i32, x, a\nmov r6, u3\n");
	code.n = 0;
	append_code(&code, k->preamble, k->preamble_size);
	ck_assert_str_eq(code.s, "ldimm r20, 7\nmov u14, r20\n");
	k++;
	ck_assert_str_eq(k->name, "second");
	ck_assert(!k->threadgroup[0] && !k->n_params && !k->n_uniforms);
	ck_assert(!k->preamble && !k->stack);
	ck_assert_uint_eq(k->shared, 1000);
	ck_assert_uint_eq(k->n_regs, 40);
	agx_unit_free(unit);
}
END_TEST

START_TEST(data)
{
	static const u8 bare[] = { 0x34, 0x12, 0xff, 0x01, 0x88, 0x00, 0x05, 0x00 };
	static struct text messages;
	struct agx_unit *unit = assemble_text(".bare\n.hword 0x1234\n.byte 0xff, 1\nstop\n.hword 5",
					      &messages, unchecked);

	ck_assert_msg(unit != NULL, "%s", messages.s);
	ck_assert_uint_eq(unit->kernel->code_size, sizeof(bare));
	ck_assert(!memcmp(unit->kernel->code, bare, sizeof(bare)));
	agx_unit_free(unit);
	/* Data are no end of a program, whatever they look like. */
	unit = assemble_text(".hword 0x88, 8, 8, 8, 8, 8, 8, 8, 8", &messages, unchecked);
	ck_assert_uint_eq(unit->kernel->code_size, 2 * 18);
	agx_unit_free(unit);
}
END_TEST

START_TEST(types)
{
	static const char *const type_names[] = {
		"buffer", "u64", "u32", "s32", "f32", "u16", "s16", "f16",
	};
	static struct text messages;

	for (u32 type = 0; type < ARRAY_SIZE(type_names); type++) {
		char source[64];
		struct agx_unit *unit;

		ck_assert_str_eq(agx_param_type_name(type), type_names[type]);
		snprintf(source, sizeof(source), ".uniform p, %s[2]\nstop", type_names[type]);
		unit = assemble_text(source, &messages, unchecked);
		ck_assert_uint_eq(unit->kernel->params[0].type, type);
		ck_assert_uint_eq(unit->kernel->n_uniforms, 2 * agx_param_halves(type));
		agx_unit_free(unit);
	}
	ck_assert_ptr_null(agx_param_type_name(8));
	ck_assert_uint_eq(agx_param_halves(8), 0);
}
END_TEST

START_TEST(kernel_names)
{
	static const char *const files[][2] = {
		{ "saxpy.agx", "saxpy" }, { "a/b/mul-4.x.agx", "mul_4" }, { "4x4", "_4x4" },
		{ "", "_" }, { "-", "__" }, { "x/", "_" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct agx_unit *unit = agx_assemble(files[i][0], "stop", 4, NULL);

		ck_assert_ptr_nonnull(unit);
		ck_assert_str_eq(unit->kernel->name, files[i][1]);
		agx_unit_free(unit);
	}
}
END_TEST

START_TEST(listing)
{
	static const char source[] = ".macro m\n  mov r1, r2\n.endm\n.preamble\nstop\n.endpreamble\n"
				     "@loop\nm\n.include \"nop.inc\"\n@endloop\n";
	static const struct {
		u32 line;
		bool preamble;
		u8 length;
		const char *file, *text;
	} want[] = {
		{ 5, true, 2, "t.agx", "stop" },
		{ 0, false, 4, "t.agx", NULL },
		{ 7, false, 6, "t.agx", "@loop" },
		{ 2, false, 6, "t.agx", "  mov r1, r2" },
		{ 1, false, 6, "nop.inc", "mov r1, 2" },
		{ 10, false, 6, "t.agx", "@endloop" },
		{ 10, false, 6, "t.agx", "@endloop" },
		{ 0, false, 2, "t.agx", NULL },
	};
	static struct text messages;
	struct agx_unit *unit = assemble_text(source, &messages, unchecked);
	u32 n = 0, offset = 0;

	ck_assert_msg(unit != NULL, "%s", messages.s);
	for (const struct agx_line *l = unit->lines; l < unit->lines + unit->n_lines; l++) {
		offset = l > unit->lines && l[-1].preamble == l->preamble ? offset : 0;
		ck_assert_uint_eq(l->offset, offset);
		offset += l->length;
		/* The traps are like the stop before them. */
		if (l->length == 2 && !l->line && l[-1].length == 2)
			continue;
		ck_assert_uint_lt(n, ARRAY_SIZE(want));
		ck_assert_uint_eq(l->line, want[n].line);
		ck_assert_uint_eq(l->preamble, want[n].preamble);
		ck_assert_uint_eq(l->length, want[n].length);
		ck_assert_str_eq(l->file, want[n].file);
		ck_assert(!l->text == !want[n].text);
		if (l->text)
			ck_assert_str_eq(l->text, want[n].text);
		n++;
	}
	ck_assert_uint_eq(n, ARRAY_SIZE(want));
	agx_unit_free(unit);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assemble");
	TCase *tc = tcase_create("assemble");

	ADD_RIGHT(lines);
	ADD_RIGHT(operands);
	ADD_RIGHT(names);
	ADD_RIGHT(labels);
	ADD_RIGHT(macros);
	ADD_RIGHT(conditionals);
	ADD_RIGHT(flow);
	tcase_add_test(tc, expressions);
	tcase_add_test(tc, record);
	tcase_add_test(tc, data);
	tcase_add_test(tc, types);
	tcase_add_test(tc, kernel_names);
	tcase_add_test(tc, listing);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
