// SPDX-License-Identifier: MIT
/* Everything that the assembler refuses: where exactly, and in which words. */
#include "assemble.h"

struct wrong {
	const char *source, *messages;
};

#define E(place, text) "t.agx:" place ": error: " text "\n"
#define W(place, text) "t.agx:" place ": warning: " text "\n"
#define N(place, text) "t.agx:" place ": note: " text "\n"

static const struct wrong lines[] = {
	{ "", E("1:0", "there is no kernel in this source") },
	{ "// nothing", E("1:0", "there is no kernel in this source") },
	{ "# no", E("1:1", "expected an instruction; comments begin with // or ;") },
	{ "  , x", E("1:3", "expected a label, an instruction, a macro, a directive or a comment") },
	{ "stop\n\001", E("2:1", "expected a label, an instruction, a macro, a directive or a comment") },
	{ "stop\n /* x\n\n", E("3:0", "a comment that begins with /* does not end") },
	{ ".foo", E("1:1", "'.foo' is not a directive") },
	{ ".kernl x", E("1:1", "'.kernl' is not a directive; did you mean '.kernel'?") },
	{ ".edif", E("1:1", "'.edif' is not a directive; did you mean '.endif'?") },
	{ ".", E("1:1", "'.' is not a directive") },
	{ "stop stop", E("1:6", "expected the end, found 'stop'") },
	{ "fad r1, r2, r3", E("1:1", "'fad' is not an instruction or macro; did you mean 'fadd'?") },
	{ "xyzzy", E("1:1", "'xyzzy' is not an instruction or macro") },
	{ "\tmov r1,", E("1:9", "expected an operand after the comma") },
	{ "mov r1, foo", E("1:9", "'foo' is not defined; expected an operand") },
	{ ".reg fob, r3\nmov r1, foo", E("2:9", "'foo' is not defined; did you mean 'fob'?") },
	{ "fadd r1, r2, 1.3",
	  E("1:14", "1.3 does not fit into an operand of 8 bits (1.25 and 1.3125 do); use .const or ldimm") },
	{ "fadd r1, r2, -0.01",
	  E("1:14", "-0.01 does not fit into an operand of 8 bits (-0.0 and -0.015625 do); use .const or ldimm") },
	{ "fadd r1, r2, 32.0",
	  E("1:14", "32.0 does not fit into an operand of 8 bits (up to 31.0); use .const or ldimm") },
	{ "ldimm r1l, 65536", E("1:12", "65536 does not fit into a register of 16 bits") },
	{ "ldimm r1, -0x80000001", E("1:11", "-2147483649 does not fit into a register of 32 bits") },
	{ "uniform_store_unk r99h, 133, i16, none, a",
	  E("1:42", "expected other operands: the bits of these are another instruction's") },
	{ ".reg v, r4..r20\nmov r1, v", E("2:9", "17 registers; choose from them with [first..last]") },
	{ ".reg m, r4\nsimd_matrix_fmadd32 r8, m, r2l, r8",
	  E("2:25", "a matrix is two registers, of 32 or of 16 bits; this is 1 of 32 bits") },
};

static const struct wrong expressions[] = {
	{ ".equ a1, ", E("1:10", "expected a number, a name or '('") },
	{ ".equ a1, 1 +", E("1:13", "expected a number, a name or '('") },
	{ ".equ a1, (1", E("1:12", "expected ')'") },
	{ ".equ a1, 1 2", E("1:12", "expected the end of the line") },
	{ ".equ a1, 1 ? 2", E("1:15", "expected ':'") },
	{ ".equ a1, 0x", E("1:12", "expected a number of hexadecimal digits") },
	{ ".equ a1, 0b2", E("1:12", "expected a number of digits 0 and 1") },
	{ ".equ a1, 12q", E("1:12", "expected a number") },
	{ ".equ a1, 18446744073709551616", E("1:10", "the number does not fit into 64 bits") },
	{ ".equ a1, int(1e30)", E("1:13", "the number does not fit into 64 bits") },
	{ ".equ a1, int(nan)", E("1:13", "the number does not fit into 64 bits") },
	{ ".equ a1, 1.00000000000000000000000000000000000000000000000000000000000000001",
	  E("1:10", "the number is too long") },
	{ ".equ a1, ''", E("1:10", "expected one character in single quotes") },
	{ ".equ a1, 'ab'", E("1:10", "expected one character in single quotes") },
	{ ".equ a1, '\\q'", E("1:12", "expected one of n, t, r, 0, \\ and ' after \\") },
	{ ".equ a1, 1 / 0", E("1:12", "division by zero") },
	{ ".equ a1, 1 % 0", E("1:12", "division by zero") },
	{ ".equ a1, 1 << 64", E("1:12", "a shift by less than 0 or more than 63") },
	{ ".equ a1, 1 >> -1", E("1:12", "a shift by less than 0 or more than 63") },
	{ ".equ a1, ~1.0", E("1:10", "~ is for integers") },
	{ ".equ a1, 1.0 % 2", E("1:14", "this operator is for integers") },
	{ ".equ a1, 1 & 2.0", E("1:12", "this operator is for integers") },
	{ ".equ a1, nothing", E("1:10", "'nothing' is not defined; expected a number") },
	{ ".equ a1, 1 || nothing\n.equ a2, 0 || nothing",
	  E("2:15", "'nothing' is not defined; expected a number") },
	{ ".reg q, r4\n.equ a1, q", E("2:10", "'q' is a register; expected a number") },
	{ ".equ a1, min(1)", E("1:15", "expected ','") },
	{ ".equ a1, f32 1", E("1:14", "expected '('") },
	{ ".equ a1, defined(1)", E("1:18", "expected a name") },
	{ ".equ a1, \\x", E("1:10", "there is no macro parameter of this name here") },
	{ ".shared 1.5", E("1:9", "expected a whole number, not a float") },
	{ ".shared 65537", E("1:9", "number of bytes 65537 is not between 0 and 65536") },
	{ ".equ a1, ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1",
	  E("1:74", "the expression is nested too deeply") },
	{ ".equ a1, ------------------------------------------------------------------1",
	  E("1:73", "the expression is nested too deeply") },
};

static const struct wrong names[] = {
	{ ".equ", E("1:5", "expected a name") },
	{ ".equ a1 1", E("1:9", "expected ','") },
	{ ".equ a1, 1\n.equ a1, 1", E("2:6", "'a1' is already defined") N("1:6", "here") },
	{ ".equ a1, 1\n.set a1, 1", E("2:6", "'a1' is already defined") N("1:6", "here") },
	{ ".equ r1, 1", E("1:6", "'r1' is a register; choose another name") },
	{ ".equ r1_r2, 1", E("1:6", "'r1_r2' is a register; choose another name") },
	{ ".equ du7, 1", E("1:6", "'du7' is a register; choose another name") },
	{ ".equ u7h, 1", E("1:6", "'u7h' is a register; choose another name") },
	{ ".equ ult, 1", E("1:6", "'ult' is a word of the instruction set; choose another name") },
	{ ".equ uge, 1", E("1:6", "'uge' is a word of the instruction set; choose another name") },
	{ ".equ i32, 1", E("1:6", "'i32' is a word of the instruction set; choose another name") },
	{ ".equ thread_in_grid_x, 1",
	  E("1:6", "'thread_in_grid_x' is a word of the instruction set; choose another name") },
	{ ".equ fneq, 1", E("1:6", "'fneq' is a word of the instruction set; choose another name") },
	{ ".equ xor, 1", E("1:6", "'xor' is a word of the instruction set; choose another name") },
	{ ".equ max, 1", E("1:6", "'max' is a word of the instruction set; choose another name") },
	{ ".equ a234567890123456789012345678901234567890123456789012345678901234, 1",
	  E("1:6", "a name of 64 letters; at most 63") },
	{ ".kernel a234567890123456789012345678901234567890123456789012345678901234",
	  E("1:9", "a name of 64 letters; at most 63") },
	{ ".unreg q", E("1:8", "'q' is not the name of a register") },
	{ ".equ q, 1\n.unreg q", E("2:8", "'q' is not the name of a register") },
	{ ".reg q, r4\n.unreg q q", E("2:10", "expected ','") },
	{ ".reg q, r4\n.unreg q\nmov r1, q", E("3:9", "'q' is not defined; expected an operand") },
	{ ".scope\n.reg q, r4\n.endscope\nmov r1, q",
	  E("4:9", "'q' is not defined; expected an operand") },
	{ "stop\n.endscope", E("2:0", "no .scope is open") },
	{ ".scope\n.scope\nstop", E("3:0", "2 .scope without .endscope") },
	{ ".scope 1", E("1:8", "expected the end of the line") },
};

static const struct wrong registers[] = {
	{ ".reg q", E("1:7", "expected ','") },
	{ ".reg q,", E("1:8", "expected a register (r4, r4l, dr4, u4 ...) or a name") },
	{ ".reg q, 4", E("1:9", "expected a register (r4, r4l, dr4, u4 ...) or a name") },
	{ ".reg q, rx", E("1:9", "'rx' is not defined; expected a register") },
	{ ".reg q, r4..r5l", E("1:9", "the registers of a vector are of one kind") },
	{ ".reg q, r4..u5", E("1:9", "the registers of a vector are of one kind") },
	{ ".reg q, r5..r4", E("1:9", "the registers of a vector follow one another") },
	{ ".reg q, r4_r6", E("1:9", "the registers of a vector follow one another") },
	{ ".reg q, r4_r5_r4", E("1:9", "the registers of a vector follow one another") },
	{ ".reg q, r4..", E("1:13", "expected a register (r4, r4l, dr4, u4 ...) or a name") },
	{ ".reg q, r128", E("1:9", "there is no r128; the last one is r127") },
	{ ".reg q, r99999999", E("1:9", "there is no r999999; the last one is r127") },
	{ ".reg q, dr127", E("1:9", "there is no dr127; the last one is dr126") },
	{ ".reg q, u256", E("1:9", "there is no u256; the last one is u255") },
	{ ".reg q, r(-1)", E("1:9", "there is no r-1; the last one is r127") },
	{ ".reg q, r(1", E("1:12", "expected ')'") },
	{ ".reg q, r(1)x", E("1:9", "expected a register (r4, r4l, dr4, u4 ...) or a name") },
	{ ".reg q, dr5", E("1:9", "dr5: a 64-bit register has an even number") },
	{ ".reg q, r0", E("1:9", "r0l is what makes lanes active; use r0h or another register") },
	{ ".reg q, r4\n.reg p, r4h",
	  E("2:9", "'p' would share r4h with 'q'")
	  N("1:6", "end it with .unreg, or make the new name a part of it") },
	{ ".reg q, r4..r7\n.reg p, dr6",
	  E("2:9", "'p' would share r6l with 'q'")
	  N("1:6", "end it with .unreg, or make the new name a part of it") },
	{ ".reg q, r4..r7\nmov r1, q[4]", E("2:10", "no such elements: it has 4, the first is number 0") },
	{ ".reg q, r4..r7\nmov r1, q[-1]", E("2:10", "no such elements: it has 4, the first is number 0") },
	{ ".reg q, r4..r7\nmov r1, q[2..1]",
	  E("2:10", "no such elements: it has 4, the first is number 0") },
	{ ".reg q, r4..r5\nmov r1, q.z", E("2:10", "no such elements: it has 2, the first is number 0") },
	{ ".reg q, r4..r5\nmov r1, q.2", E("2:10", "no such elements: it has 2, the first is number 0") },
	{ ".reg q, r4..r7\nmov r1, q[1", E("2:12", "expected ']'") },
	{ ".reg q, r4\nmov r1, q.q",
	  E("2:11", "expected a number, x y z w, l h, lo hi, v16 v32 v64, sx, abs or neg") },
	{ ".reg q, r4\nmov r1, q.xz",
	  E("2:11", "expected a number, x y z w, l h, lo hi, v16 v32 v64, sx, abs or neg") },
	{ ".reg q, r4\nmov r1, q.",
	  E("2:11", "expected a number, x y z w, l h, lo hi, v16 v32 v64, sx, abs or neg") },
	{ ".reg q, r4..r5\nmov r1, q.l", E("2:10", "this is for one register of 32 bits") },
	{ ".reg q, r4\nmov r1, q.lo", E("2:10", "this is for one register of 64 bits") },
	{ ".reg q, r4..r6\nmov r1, q.v64", E("2:10", "these registers do not make elements of 64 bits") },
	{ ".reg q, r5..r6\nmov r1, q.v64", E("2:10", "these registers do not make elements of 64 bits") },
	{ ".reg q, r4h\nmov r1, q.v32", E("2:10", "these registers do not make elements of 32 bits") },
};

static const struct wrong labels[] = {
	{ "jmp_any there", E("1:9", "label 'there' is not defined") },
	{ "here: jmp_any hero\n stop", E("1:15", "label 'hero' is not defined; did you mean 'here'?") },
	{ "here:\n here: stop", E("2:2", "label 'here' is already defined") N("1:1", "here") },
	{ "jmp_any 1b", E("1:9", "there is no label '1:' before this line") },
	{ "jmp_any 1f\n2: stop", E("1:9", "label '1f' is not defined") },
	{ "100: stop", E("1:1", "local labels are numbers up to 99") },
	{ "jmp_any 1000000000000f", E("1:9", "local labels are numbers up to 99") },
	{ ".kernel p\nx1: stop\n.end\n.kernel q\njmp_any x1\n.end",
	  E("5:9", "label 'x1' is not defined") },
};

static const struct wrong kernels[] = {
	{ ".kernel", E("1:8", "expected the kernel's name") },
	{ ".kernel p q", E("1:11", "expected the end of the line") },
	{ ".kernel p", E("1:0", "this kernel has no .end") },
	{ ".kernel p\nstop\n.kernel q\n.end",
	  E("3:9", "the kernel before this one has no .end") N("1:0", "here") },
	{ "stop\n.kernel q\n",
	  E("2:9", "a kernel without .kernel has begun already") N("1:0", "here") },
	{ ".kernel p\n.end\n.kernel p\n.end", E("3:9", "there is a kernel of this name already") },
	{ ".kernel p\n.end\nstop", E("3:1", "this belongs into a kernel: expected .kernel before it") },
	{ ".kernel p\n.end\n.reg q, r4", E("3:1", "this belongs into a kernel: expected .kernel before it") },
	{ ".end", E("1:0", "no .kernel is open") },
	{ "stop\n.end", E("2:0", "no .kernel is open") },
	{ ".endpreamble", E("1:0", "no .preamble is open") },
	{ ".preamble\n.preamble\n.endpreamble", E("2:0", "this is in the preamble already") },
	{ ".preamble\n.endpreamble\n.preamble", E("3:0", "the kernel has a preamble already") },
	{ ".kernel p\n.preamble\nstop\n.end", E("4:0", "the preamble has no .endpreamble") },
	{ ".bare", E("1:0", "kernel t: the code has 0 bytes; an even number up to 1048576 is wanted") },
	{ ".bare\n.byte 1", E("1:0", "kernel t: the code has 1 bytes; an even number up to 1048576 is wanted") },
	{ ".bare x", E("1:7", "expected the end of the line") },
	{ ".bare\njmp_any far\nfar:", E("3:1", "nothing follows this in a program that is .bare") },
	{ ".hword", E("1:7", "expected a number, a name or '('") },
	{ ".hword 65536", E("1:8", "value 65536 is not between 0 and 65535") },
	{ ".byte 1 2", E("1:9", "expected ','") },
	{ ".threadgroup", E("1:13", "expected a number, a name or '('") },
	{ ".threadgroup 0", E("1:14", "number of threads 0 is not between 1 and 1024") },
	{ ".threadgroup 8 8", E("1:16", "expected ','") },
	{ ".threadgroup 8, 8, 8, 8", E("1:21", "expected the end of the line") },
	{ ".threadgroup 32, 33", E("1:14", "1056 threads in a threadgroup; at most 1024") },
	{ ".local q", E("1:9", "expected ','") },
	{ ".local q, 0", E("1:11", "number of bytes 0 is not between 1 and 65536") },
	{ ".local q, 4, 0", E("1:14", "alignment 0 is not between 1 and 256") },
	{ ".local p, 65533\n.local q, 4",
	  E("2:8", "'q' would end at byte 65540 of 65536 of threadgroup memory") },
	{ ".shared 8\n.local q, 12", E("2:8", "'q' would end at byte 12 of 8 of threadgroup memory") },
	{ ".local q, 12\n.shared 8", E("2:9", ".local has taken 12 bytes already") },
	{ ".stack 0", E("1:8", "number of bytes 0 is not between 1 and 65536") },
	{ ".registers 129", E("1:12", "number of registers 129 is not between 1 and 128") },
	{ ".registers 8\nstop\nmov r1, r7\nmov r8, r1", E("4:1", "r8 is not among the 8 of .registers") },
};

static const struct wrong uniforms[] = {
	{ ".uniform", E("1:9", "expected a name") },
	{ ".uniform p", E("1:11", "expected ','") },
	{ ".uniform p, int", E("1:13", "expected a type: buffer, u64, u32, s32, f32, u16, s16 or f16") },
	{ ".uniform p, u32[0]", E("1:17", "number of elements 0 is not between 1 and 256") },
	{ ".uniform p, u32[4", E("1:18", "expected ']'") },
	{ ".uniform p, u32 u4", E("1:17", "expected ','") },
	{ ".uniform p, u32, r4", E("1:18", "expected one uniform") },
	{ ".uniform p, u32, u4..u5", E("1:18", "expected one uniform") },
	{ ".uniform p, u32, u4h", E("1:18", "a u32 does not begin at the high half of a uniform") },
	{ ".uniform p, u32[2], u255", E("1:10", "'p' would end at half 514 of 512 of the uniforms") },
	{ ".uniform p, u32, u4\n.uniform q, buffer, u3",
	  E("2:10", "'q' would share u4l with 'p'") N("1:10", "here") },
	{ ".const p, f32 1\n.uniform q, u32",
	  E("2:10", "uniforms come before constants, which are one block") },
	{ ".const p, f32 1\n.computed q, u32",
	  E("2:11", "uniforms come before constants, which are one block") },
	{ ".const p, f32", E("1:14", "expected a number, a name or '('") },
	{ ".const p, u32 1.0", E("1:15", "a float for a constant of type u32") },
	{ ".const p, u16 1, 65536", E("1:18", "65536 does not fit into 16 bits") },
	{ ".const p, s32 -2147483649", E("1:15", "-2147483649 does not fit into 32 bits") },
	{ ".uniform p, u32[255]\n.const q, u32 1, 2",
	  E("2:18", "the constants end behind the last of 512 uniform halves") },
};

static const struct wrong macros[] = {
	{ ".macro", E("1:7", "expected the macro's name") E("1:0", "this .macro has no .endm in the same file") },
	{ ".macro m\nstop", E("1:0", "this .macro has no .endm in the same file") },
	{ ".macro fadd\n.endm", E("1:8", "'fadd' is an instruction; choose another name") },
	{ ".macro m\n.endm\n.macro m\n.endm", E("3:8", "there is a macro of this name already") },
	{ ".macro m p, p\n.endm", E("1:13", "there is a parameter of this name already") },
	{ ".macro m 1\n.endm", E("1:10", "expected the name of a parameter") },
	{ ".macro m p q\n.endm", E("1:12", "expected ','") },
	{ ".macro m\n.endm x", E("2:7", "expected the end of the line") },
	{ ".endm", E("1:0", "there is nothing that this could end") },
	{ ".endr", E("1:0", "there is nothing that this could end") },
	{ ".macro m p\n.endm\nm 1, 2", E("3:6", "macro 'm' has 1 parameters") },
	{ ".macro m p, q\n.endm\nm q=1, q=2", E("3:8", "parameter 'q' is given twice") },
	{ ".macro m p, q=1\n.endm\nm", E("3:2", "macro 'm' also needs its parameter 'p'") },
	{ ".macro m p\n  bad \\p\n.endm\nstop\n m 12",
	  E("2:3", "'bad' is not an instruction or macro") N("5:0", "in macro 'm'") },
	{ ".macro m\n bad\n.endm\n.macro n\n m\n.endm\nn",
	  E("2:2", "'bad' is not an instruction or macro") N("5:0", "in macro 'm'")
	  N("7:0", "in macro 'n'") },
	{ ".macro m\nstop\n.endm\nn", E("4:1", "'n' is not an instruction or macro") },
	{ ".macro twice\n.endm\ntwise", E("3:1", "'twise' is not an instruction or macro; did you mean 'twice'?") },
	{ ".rept", E("1:6", "expected a number, a name or '('")
	  E("1:0", "this .rept has no .endr in the same file") },
	{ ".rept -1\n.endr", E("1:7", "number of repetitions -1 is not between 0 and 500000") },
	{ ".rept 2 k\n.endr", E("1:9", "expected ','") },
	{ ".rept 2, 3\n.endr", E("1:10", "expected a name for the number") },
	{ ".rept 2, k\nbad\\k\n.endr",
	  E("2:1", "'bad0' is not an instruction or macro") N("1:0", "in round 1 of this repetition")
	  E("2:1", "'bad1' is not an instruction or macro") N("1:0", "in round 2 of this repetition") },
	{ ".irp\n.endr", E("1:5", "expected the name of the parameter") },
	{ ".irp k 1\n.endr", E("1:8", "expected ','") },
	{ ".rept 1\n.if 1\n.endr", E("2:0", "this .if has no .endif in the same repetition")
	  N("1:0", "in round 1 of this repetition") },
	{ ".if 1\nstop", E("1:0", "this .if has no .endif in the same file") },
	{ "stop\n.else", E("2:1", "there is no .if open") },
	{ ".if 1\n.else\n.else\n.endif\nstop", E("3:0", "this .if has its .else already") N("1:0", "here") },
	{ ".if 1\n.else x\n.endif\nstop", E("2:7", "expected the end of the line") },
	{ ".if\n.elseif 1\nbad\n.else\nbad\n.endif\nstop", E("1:4", "expected a number, a name or '('") },
	{ ".ifdef 1\n.endif\nstop", E("1:8", "expected a name") },
	{ ".macro m\n.endif\n.endm\n.if 1\nm\n.endif\nstop",
	  E("2:1", "there is no .if open") N("5:0", "in macro 'm'") },
	{ ".error \"no \\\"", E("1:0", "no \\") },
	{ ".error", E("1:7", "expected a text in double quotes") },
	{ ".error \"x\" y", E("1:12", "expected the end of the line") },
	{ ".warning \"\"", E("1:10", "expected a text in double quotes") },
	{ ".warning x", E("1:10", "expected a text in double quotes") },
	{ ".include nop.inc", E("1:10", "expected the name of a file in double quotes") },
	{ ".include \"\"", E("1:10", "expected the name of a file in double quotes") },
	{ ".include \"no.inc\"\nstop", E("1:11", "cannot include no.inc: No such file or directory") },
	{ ".include \"nop.inc\" x\nstop", E("1:20", "expected the end of the line") },
	{ ".include \"bad.inc\"", "bad.inc:2:3: error: 'bad' is not an instruction or macro\n"
	  N("1:0", "bad.inc is included here") },
	{ "stop\n.include \"open.inc\"",
	  "open.inc:1:0: error: this .if has no .endif in the same file\n"
	  N("2:0", "open.inc is included here") },
};

static const struct wrong flow[] = {
	{ "@fi", E("1:1", "'@fi' is not a construct; did you mean '@if'?") },
	{ "@", E("1:1", "'@' is not a construct") },
	{ "@endif", E("1:1", "there is no @if open") },
	{ "@endloop", E("1:1", "there is no @loop open") },
	{ "@until r1, 0, ieq", E("1:1", "there is no @loop open") },
	{ "@break", E("1:1", "there are not so many @loop open") },
	{ "@while r1, 0, ieq", E("1:1", "there are not so many @loop open") },
	{ "@loop\n@continue 2\n@endloop", E("2:1", "there are not so many @loop open") },
	{ "@loop\n@break 0\n@endloop", E("2:8", "number of loops 0 is not between 1 and 64") },
	{ "@if r1, 0, ieq", E("1:1", "this @if has no @endif") },
	{ "@loop\n stop", E("1:1", "this @loop has no @endloop or @until") },
	{ "@loop\n@endif\n@endloop", E("2:1", "a @loop is open") N("1:1", "here") },
	{ "@if r1, 0, ieq\n@endloop\n@endif", E("2:1", "an @if is open") N("1:1", "here") },
	{ "@if r1, 0, ieq\n@else\n@else\n@endif", E("3:1", "this @if has its @else already") },
	{ "@if r1, 0, ieq\n@else\n@elseif r1, 2, ieq\n@endif",
	  E("3:1", "this @if has its @else already") },
	{ "@if\n@endif", E("1:4", "expected two values to compare and a condition") },
	{ "@if r1, 0\n@endif", E("1:10", "expected ','") },
	{ "@if r1, 0, \n@endif", E("1:12", "expected two values to compare and a condition") },
	{ "@if r1, 0, ulx\n@endif", E("1:12", "'ulx' is not defined; expected an operand") },
	{ "@if r1, 0, ult, hop\n@endif",
	  E("1:17", "expected skip (jump where no lane is active) or fall (do not jump)") },
	{ "@if r1, 0, ult, skip 1\n@endif", E("1:22", "expected the end of the line") },
	{ "@loop\n@if r1, 0, ieq\n@break_if r1, 0, ieq, skip\n@endif\n@endloop",
	  E("3:1", "within an @if there is nothing to skip") },
	{ "@loop x\n", E("1:7", "expected the end of the line") },
	{ "@if r1, 0, ieq\n@else x\n@endif",
	  E("2:7", "expected skip (jump where no lane is active) or fall (do not jump)") },
	{ "@if r1, 0, ieq\n.preamble\n@endif\n.endpreamble",
	  E("1:1", "this @if has no @endif") E("4:0", "no .preamble is open") },
};

static void check_wrong(const struct wrong *wrong)
{
	static struct text messages;
	struct agx_unit *unit = assemble_text(wrong->source, &messages,
					      (struct agx_asm_opts){ .no_checks = true });

	ck_assert_msg(!unit, "accepted: %s", wrong->source);
	ck_assert_msg(!strcmp(messages.s, wrong->messages), "%s\nsays\n%snot\n%s", wrong->source,
		      messages.s, wrong->messages);
	/* Nobody has to listen. */
	ck_assert_ptr_null(agx_assemble("t.agx", wrong->source, strlen(wrong->source), NULL));
}

#define WRONG(name)						\
	START_TEST(wrong_##name)				\
	{							\
		check_wrong(&name[_i]);				\
	}							\
	END_TEST

WRONG(lines)
WRONG(expressions)
WRONG(names)
WRONG(registers)
WRONG(labels)
WRONG(kernels)
WRONG(uniforms)
WRONG(macros)
WRONG(flow)

#define ADD_WRONG(name) tcase_add_loop_test(tc, wrong_##name, 0, (int)ARRAY_SIZE(name))

START_TEST(hazards)
{
	static const struct wrong found[] = {
		{ "ldimm r4, 1\nload r1, du0, r4, i32, x, a\nmov r2, r1\n",
		  "3:1: error: " },
		{ ".nocheck wait\nldimm r4, 1\nload r1, du0, r4, i32, x, a\nmov r2, r1\n", "" },
		{ ".nocheck\n.check wait\nldimm r4, 1\nload r1, du0, r4, i32, x, a\nmov r2, r1\n",
		  "5:1: error: " },
		{ "mov r2, r1", "1:1: warning: " },
		{ ".nocheck barrier, undefined\nmov r2, r1", "" },
		{ ".nocheck undefined\nstack_adjust 16\nstack_adjust 16",
		  "2:1: warning: the kernel uses its stack, but no .stack says how many bytes" },
		{ ".nocheck waits", "1:10: error: 'waits' is not a check; did you mean 'wait'?" },
		{ ".nocheck wait discard", "1:15: error: expected ','" },
		{ ".check 1", "1:8: error: '' is not a check" },
	};
	static struct text messages;

	for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
		const struct wrong *f = &found[i];
		char *text = NULL;
		struct agx_unit *unit;

		ck_assert_int_gt(asprintf(&text, ".uniform p, buffer\n%s", f->source), 0);
		unit = assemble_text(f->source, &messages, (struct agx_asm_opts){ 0 });
		ck_assert_msg(!*f->messages == !*messages.s && strstr(messages.s, f->messages),
			      "%s\nsays %s, not %s", f->source, messages.s, f->messages);
		ck_assert(!unit == (strstr(messages.s, "error") != NULL));
		agx_unit_free(unit);
		free(text);
	}
}
END_TEST

START_TEST(warnings)
{
	static struct text messages;
	static const char source[] = ".warning \"old\"\n@loop\nif r1, 0, 1, ieq\npop_exec 1\n"
				     "pop_exec 0\n@endloop";
	static const char level[] = "in an @loop, @break and @continue do not know of the level that '";
	struct agx_unit *unit = assemble_text(source, &messages,
					      (struct agx_asm_opts){ .no_checks = true });
	struct text want = { .n = 0 };

	append(&want, W("1:0", "old") "t.agx:3:1: warning: %sif' counts\n"
	       "t.agx:4:1: warning: %spop_exec' counts\n", level, level);
	ck_assert_ptr_nonnull(unit);
	ck_assert_str_eq(messages.s, want.s);
	agx_unit_free(unit);
	unit = assemble_text(source, &messages,
			     (struct agx_asm_opts){ .no_checks = true, .werror = true });
	ck_assert_ptr_null(unit);
	ck_assert_ptr_nonnull(strstr(messages.s, E("1:0", "old")));
}
END_TEST

/* A source that repeats, and what it ends with. */
static void check_limit(const char *source, const char *end, u32 max_lines)
{
	static struct text messages;
	struct agx_asm_opts opts = { .no_checks = true, .max_lines = max_lines };
	size_t n;

	ck_assert_ptr_null(assemble_text(source, &messages, opts));
	n = strlen(messages.s);
	ck_assert_msg(n >= strlen(end) && !strcmp(messages.s + n - strlen(end), end),
		      "%.200s says %s, not %s", source, messages.s, end);
}

START_TEST(limits)
{
	static char source[400000];
	size_t n = 0;

	for (int i = 0; i < 30; i++)
		n += (size_t)sprintf(source + n, "bad\n");
	check_limit(source, E("20:1", "'bad' is not an instruction or macro")
		    N("0:0", "too many errors; the rest is not read"), 0);
	check_limit(".macro m\nm\n.endm\nm", N("4:0", "in macro 'm'"), 0);
	check_limit(".include \"again.inc\"", N("1:0", "again.inc is included here"), 0);
	check_limit(".rept 100\n.rept 100\nstop\n.endr\n.endr",
		    N("2:0", "in round 48 of this repetition")
		    N("1:0", "in round 25 of this repetition"), 5000);
	check_limit(".rept 500000\n.rept 500000\n.endr\n.endr",
		    E("3:0", "more than 500000 lines, macros and repetitions expanded")
		    N("1:0", "in round 1 of this repetition"), 0);
	/* Each macro doubles what it is given. */
	n = (size_t)sprintf(source, ".macro m n, x\n.if \\n\nm \\n-1, \\x\\x\n.endif\n.endm\nm 90, ");
	memset(source + n, '1', 30);
	check_limit(source, "", 0);
	memset(source, 'x', 5000);
	source[5000] = 0;
	check_limit(source, E("1:0", "a line of 5000 bytes; at most 4096"), 0);
	n = 0;
	for (int i = 0; i < 65; i++)
		n += (size_t)sprintf(source + n, "@if r1, 0, ieq\n");
	for (int i = 0; i < 64; i++)
		n += (size_t)sprintf(source + n, "@endif\n");
	check_limit(source, E("65:1", "more than 64 @if and @loop within each other"), 0);
	check_limit(".rept 200000\niadd dr2, dr2, dr4\n.endr",
		    E("2:1", "a program of more than 1048576 bytes")
		    N("1:0", "in round 131070 of this repetition"), 0);
}
END_TEST

START_TEST(long_texts)
{
	static char source[6000];
	size_t n = (size_t)sprintf(source, "jmp_incomplete far\n");

	for (int i = 0; i < 60; i++)
		n += (size_t)sprintf(source + n, "mov r1, r2\n");
	sprintf(source + n, "far: stop\n");
	check_limit(source, E("1:1", "jmp_incomplete: imm 364 is out of range"), 0);
	n = (size_t)sprintf(source, "mov r1, ");

	memset(source + n, 'q', 2000);
	check_limit(source, E("1:1", "the instruction is too long"), 0);
	n = (size_t)sprintf(source, ".macro m ");
	for (int i = 0; i < 65; i++)
		n += (size_t)sprintf(source + n, "%sp%d", i ? ", " : "", i);
	sprintf(source + n, "\n.endm");
	check_limit(source, E("1:320", "a macro with more than 64 parameters"), 0);
}
END_TEST

START_TEST(long_define)
{
	static char define[5000];
	static struct text messages;
	const char *const defines[] = { define };
	struct agx_asm_opts opts = { .defines = defines, .n_defines = 1 };

	memset(define, 'x', sizeof(define) - 1);
	ck_assert_ptr_null(assemble_text("stop", &messages, opts));
	ck_assert_str_eq(messages.s,
			 "command line:0:0: error: a definition of more than 4096 bytes\n");
}
END_TEST

START_TEST(defines)
{
	static const struct {
		const char *define, *message;
	} wrong[] = {
		{ "", "command line:0:1: error: expected a name\n" },
		{ "1=2", "command line:0:1: error: expected a name\n" },
		{ "N=", "command line:0:3: error: expected a number, a name or '('\n" },
		{ "N 1", "command line:0:3: error: expected the end of the line\n" },
		{ "N 1=2", "command line:0:2: error: expected '='\n" },
		{ "r1=2", "command line:0:1: error: 'r1' is a register; choose another name\n" },
	};
	static struct text messages;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct agx_asm_opts opts = { .defines = &wrong[i].define, .n_defines = 1 };

		ck_assert_ptr_null(assemble_text("stop", &messages, opts));
		ck_assert_str_eq(messages.s, wrong[i].message);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assemble_errors");
	TCase *tc = tcase_create("errors");

	tcase_set_timeout(tc, 60);
	ADD_WRONG(lines);
	ADD_WRONG(expressions);
	ADD_WRONG(names);
	ADD_WRONG(registers);
	ADD_WRONG(labels);
	ADD_WRONG(kernels);
	ADD_WRONG(uniforms);
	ADD_WRONG(macros);
	ADD_WRONG(flow);
	tcase_add_test(tc, hazards);
	tcase_add_test(tc, warnings);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, long_texts);
	tcase_add_test(tc, long_define);
	tcase_add_test(tc, defines);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
