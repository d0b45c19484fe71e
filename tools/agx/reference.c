// SPDX-License-Identifier: MIT
/*
 * Writes what the table of instructions says: text, bits, operands; and from here
 * what they mean.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "compute/isa/agx_table.h"
#include "reference.h"

/* clang-format off */
static const char *const meaning[AGX_OP_COUNT] = {
	[AGX_OP_LDIMM16] = "D = imm",
	[AGX_OP_LDIMM32] = "D = imm",
	[AGX_OP_MFSR] = "D = special register",
	[AGX_OP_IADD] = "D = A + (B << shift)",
	[AGX_OP_ISUB] = "D = A - (B << shift)",
	[AGX_OP_IMUL] = "D = A * B",
	[AGX_OP_IMADD] = "D = A * B + (C << shift)",
	[AGX_OP_IMSUB] = "D = A * B - (C << shift)",
	[AGX_OP_U8_TO_F] = "D = the low 8 bits of A, unsigned, as a float",
	[AGX_OP_S8_TO_F] = "D = the low 8 bits of A, signed, as a float",
	[AGX_OP_F_TO_U16] = "D = float A as an unsigned 16-bit integer",
	[AGX_OP_F_TO_S16] = "D = float A as a signed 16-bit integer",
	[AGX_OP_U16_TO_F] = "D = the low 16 bits of A, unsigned, as a float",
	[AGX_OP_S16_TO_F] = "D = the low 16 bits of A, signed, as a float",
	[AGX_OP_F_TO_U32] = "D = float A as an unsigned 32-bit integer",
	[AGX_OP_F_TO_S32] = "D = float A as a signed 32-bit integer",
	[AGX_OP_U32_TO_F] = "D = A, unsigned, as a float",
	[AGX_OP_S32_TO_F] = "D = A, signed, as a float",
	[AGX_OP_SHL] = "D = A << (B & 127)",
	[AGX_OP_SHR] = "D = A >> (B & 127), zeroes come in",
	[AGX_OP_BFI] =
		"D = (A & ~(M << c)) | ((B & M) << c) with c = C & 127, M = so many ones "
		"(bitmask; 0: all)",
	[AGX_OP_BFEIL] =
		"D = (A & ~M) | ((B >> c) & M) with c = C & 127, M = so many ones (bitmask; 0: "
		"all)",
	[AGX_OP_EXTR] =
		"D = (B:A >> c) & M with c = C & 127, M = so many ones (bitmask; 0: all); B:A "
		"are 64 bits",
	[AGX_OP_SHLHI] =
		"as bfi, for the high word of a 64-bit shift: the bits of B that leave the low "
		"word",
	[AGX_OP_SHRHI] = "as bfeil, for the low word of a 64-bit shift: B is the high word",
	[AGX_OP_ASR] = "D = A >> (B & 127), the sign comes in; C and bitmask have no effect",
	[AGX_OP_ASRH] =
		"D = low word of the 64-bit A << 32 >> (B & 127), the sign comes in; C and "
		"bitmask have no effect",
	[AGX_OP_SIMD_MATRIX_FMADD32] = "D = A * B + C, matrices of 8 by 8, sums in f32",
	[AGX_OP_SIMD_MATRIX_FMADD16] = "D = A * B + C, matrices of 8 by 8, sums in f16",
	[AGX_OP_FFMA] = "D = A * B + C, rounded once",
	[AGX_OP_HFMA] = "D = A * B + C in f16, rounded once",
	[AGX_OP_FADD] = "D = A + B",
	[AGX_OP_FMUL] = "D = A * B",
	[AGX_OP_HADD] = "D = A + B in f16",
	[AGX_OP_HMUL] = "D = A * B in f16",
	[AGX_OP_NOT_A] = "as not; the truth table is that of B alone, which hardware may not do",
	[AGX_OP_MOV] = "D = A",
	[AGX_OP_NOT] = "D = ~A",
	[AGX_OP_MOV_A] = "as mov; the truth table is that of ~B alone, which hardware may not do",
	[AGX_OP_ZERO] = "D = 0",
	[AGX_OP_AND] = "D = A & B",
	[AGX_OP_ANDN1] = "D = ~A & B",
	[AGX_OP_ANDN2] = "D = A & ~B",
	[AGX_OP_XOR] = "D = A ^ B",
	[AGX_OP_OR] = "D = A | B",
	[AGX_OP_NOR] = "D = ~(A | B)",
	[AGX_OP_XNOR] = "D = ~(A ^ B)",
	[AGX_OP_ORN1] = "D = ~A | B",
	[AGX_OP_ORN2] = "D = A | ~B",
	[AGX_OP_NAND] = "D = ~(A & B)",
	[AGX_OP_ONE] = "D = all ones",
	[AGX_OP_BITREV] = "D = the bits of A in reverse",
	[AGX_OP_POPCNT] = "D = how many bits of A are set",
	[AGX_OP_FFS] = "D = number of the highest set bit of A, all ones if there is none",
	[AGX_OP_INTL] = "D = the bits of A (even places) and B (odd places) interleaved",
	[AGX_OP_FLOOR] = "D = A rounded down",
	[AGX_OP_RSQRTS] = "D = 1 / sqrt(A) such that A * D is sqrt(A), for 0 and infinity too",
	[AGX_OP_RCP] = "D = 1 / A",
	[AGX_OP_RSQRT] = "D = 1 / sqrt(A)",
	[AGX_OP_SINR] = "first step of sine: A in quarter turns, 0 to 4",
	[AGX_OP_DFDX] = "D = A of the right neighbour in the quad minus A",
	[AGX_OP_DFDY] = "D = A of the neighbour below in the quad minus A",
	[AGX_OP_SINC] = "second step of sine: sin = D times the first step",
	[AGX_OP_LOG2] = "D = log2(A)",
	[AGX_OP_EXP2] = "D = exp2(A)",
	[AGX_OP_CEIL] = "D = A rounded up",
	[AGX_OP_TRUNC] = "D = A rounded to zero",
	[AGX_OP_RINT] = "D = A rounded to the nearest, ties to even",
	[AGX_OP_STOP] = "the SIMD-group ends",
	[AGX_OP_TRAP] = "fault; fills the space behind programs",
	[AGX_OP_JMP_INCOMPLETE] = "jump of early hardware; unused",
	[AGX_OP_RET] = "jump to the address in a register",
	[AGX_OP_CALL_REG] =
		"r1 = address of the next instruction; jump to the address in a "
		"register",
	[AGX_OP_JMP_ANY] = "jump if any lane is active",
	[AGX_OP_CALL] = "r1 = address of the next instruction; jump",
	[AGX_OP_JMP_NONE] = "jump if no lane is active",
	[AGX_OP_POP_EXEC] = "counter = counter > nest ? counter - nest : 0",
	[AGX_OP_IF_ICMP] = "counter = counter ? counter + nest : condition(A, B) ? 0 : 1",
	[AGX_OP_ELSE_ICMP] =
		"counter = counter == 0 ? nest : counter == 1 && condition(A, B) ? 0 : "
		"counter",
	[AGX_OP_WHILE_ICMP] = "counter = counter < nest ? condition(A, B) ? 0 : nest : counter",
	[AGX_OP_UPDATE_EXEC] = "the counter stays; lanes become active where it is 0",
	[AGX_OP_IF_FCMP] = "counter = counter ? counter + nest : condition(A, B) ? 0 : 1",
	[AGX_OP_ELSE_FCMP] =
		"counter = counter == 0 ? nest : counter == 1 && condition(A, B) ? 0 : "
		"counter",
	[AGX_OP_WHILE_FCMP] = "counter = counter < nest ? condition(A, B) ? 0 : nest : counter",
	[AGX_OP_ICSEL] = "D = condition(A, B) ? X : Y",
	[AGX_OP_FCSEL] = "D = condition(A, B) ? X : Y",
	[AGX_OP_BALLOT] = "D = a bit for each active lane",
	[AGX_OP_ICMP_BALLOT] = "D = a bit for each active lane with condition(A, B)",
	[AGX_OP_FCMP_BALLOT] = "D = a bit for each active lane with condition(A, B)",
	[AGX_OP_SHUFFLE] = "D = A of another lane, which B and the operation choose",
	[AGX_OP_PIXWAIT] = "wait for pixels in order",
	[AGX_OP_PIXREL] = "release pixels",
	[AGX_OP_WAIT] = "wait until the group has nothing pending",
	[AGX_OP_NO_VAR] = "no varyings",
	[AGX_OP_ST_VAR] = "store a varying",
	[AGX_OP_LOAD] = "D = elements of memory at base + (index << shift) elements",
	[AGX_OP_ATOMIC] = "D = old memory at base + 4 * index; memory = operation(memory, A)",
	[AGX_OP_LATOMIC] = "D = old threadgroup memory; memory = operation(memory, A)",
	[AGX_OP_STACK_LOAD] = "D = elements of the stack",
	[AGX_OP_STACK_ADJUST] = "reserve stack",
	[AGX_OP_STACK_STORE] = "elements of the stack = A",
	[AGX_OP_UNIFORM_STORE] = "uniforms D = registers A; in preambles",
	[AGX_OP_UNIFORM_STORE_UNK] =
		"uniforms = registers A, by index; forms that no compiler "
		"makes",
	[AGX_OP_TEX_STATE_STORE] = "texture state = descriptor in memory",
	[AGX_OP_SAMPLER_STATE_STORE] = "sampler state = descriptor in memory",
	[AGX_OP_STORE] = "elements of memory at base + (index << shift) elements = A",
	[AGX_OP_LLOAD] = "D = elements of threadgroup memory at base + index",
	[AGX_OP_LSTORE] = "elements of threadgroup memory at base + index = A",
	[AGX_OP_BARRIER] = "wait for all SIMD-groups of the threadgroup",
	[AGX_OP_DOORBELL] = "helper program: tell the firmware",
	[AGX_OP_JMP_IF_SKIPPING_DOORBELL] = "helper program: jump",
	[AGX_OP_UNMAP] = "helper program: take a block of stack back",
	[AGX_OP_MAP] = "helper program: give a block of stack",
	[AGX_OP_MEMORY_BARRIER] = "device memory in order within the threadgroup",
	[AGX_OP_IMAGE_BARRIER_1] = "image fence",
	[AGX_OP_IMAGE_BARRIER_2] = "image fence",
	[AGX_OP_IMAGE_BARRIER_3] = "image fence",
	[AGX_OP_IMAGE_BARRIER_4] = "image fence",
	[AGX_OP_FLUSH_MEMORY_TO_TEXTURE] = "memory writes become visible to textures",
	[AGX_OP_MEMORY_BARRIER_2] = "part of a device-wide fence",
	[AGX_OP_MEMORY_BARRIER_3] = "part of a device-wide fence",
	[AGX_OP_UNKNOWN_BARRIER_1] = "part of a device-wide fence",
	[AGX_OP_UNKNOWN_BARRIER_2] = "part of a device-wide fence",
	[AGX_OP_DEVICE_BARRIER_1] = "part of a device-wide fence",
	[AGX_OP_DEVICE_BARRIER_2] = "part of a device-wide fence",
	[AGX_OP_QUAD] = "D = A of the four lanes of a quad together; prefix: of the lanes before",
	[AGX_OP_SIMD] = "D = A of all lanes together; prefix: of the lanes before",
	[AGX_OP_LD_TILE] = "D = tile memory",
	[AGX_OP_ST_TILE] = "tile memory = A",
	[AGX_OP_SAMPLE_MASK] = "discard samples",
	[AGX_OP_ZS_EMIT] = "depth and stencil output",
	[AGX_OP_ITER] = "D = varying, interpolated",
	[AGX_OP_ITERPROJ] = "D = varying, interpolated with perspective",
	[AGX_OP_LDCF] = "D = coefficients of a varying",
	[AGX_OP_SMPF] = "D = texture at float coordinates",
	[AGX_OP_SMPI] = "D = texture at integer coordinates",
	[AGX_OP_IMGW] = "image = A",
	[AGX_OP_IMGWBLK] = "image block = tile memory",
};
/* clang-format on */

static const char *const class_title[AGX_CLASS_COUNT] = {
	[AGX_CLASS_MOVE] = "Moves and selection",
	[AGX_CLASS_INT] = "Integers",
	[AGX_CLASS_INT_SLOW] = "Integers: multiply, shift, convert, count",
	[AGX_CLASS_FLOAT] = "Floating point",
	[AGX_CLASS_SPECIAL] = "Floating point functions",
	[AGX_CLASS_MATRIX] = "Matrices",
	[AGX_CLASS_SIMD] = "Across lanes",
	[AGX_CLASS_FLOW] = "Control flow",
	[AGX_CLASS_LOAD] = "Loads",
	[AGX_CLASS_STORE] = "Stores",
	[AGX_CLASS_ATOMIC] = "Atomics",
	[AGX_CLASS_LOCAL] = "Threadgroup memory",
	[AGX_CLASS_STACK] = "The stack",
	[AGX_CLASS_SYNC] = "Waits and barriers",
	[AGX_CLASS_UNIFORM] = "Uniforms",
	[AGX_CLASS_GRAPHICS] = "Graphics",
	[AGX_CLASS_HELPER] = "The helper program",
};

static void heading(FILE *f, const char *text, char line)
{
	fprintf(f, "\n%s\n", text);
	for (size_t i = strlen(text); i--;)
		putc(line, f);
	fputs("\n\n", f);
}

/* --- an instruction ---------------------------------------------------------------- */

/* What meanings call operands whose kind says their place. */
static const char *const kind_name[AGX_FIELD_MODIFIER] = {
	[AGX_FIELD_MEMBASE] = "base",	  [AGX_FIELD_LOCALMEMBASE] = "base",
	[AGX_FIELD_MEMINDEX] = "index",	  [AGX_FIELD_LOCALMEMINDEX] = "index",
	[AGX_FIELD_UREG64] = "base",	  [AGX_FIELD_HEAP_OFFSET] = "offset",
	[AGX_FIELD_HEAP] = "heap",	  [AGX_FIELD_TEXTURE] = "texture",
	[AGX_FIELD_SAMPLER] = "sampler",  [AGX_FIELD_COORD] = "coord",
	[AGX_FIELD_LOD] = "lod",	  [AGX_FIELD_ZS] = "zs",
	[AGX_FIELD_UVS] = "uvs",	  [AGX_FIELD_CF] = "cf",
	[AGX_FIELD_CFPERSPECTIVE] = "w",  [AGX_FIELD_ITERSAMPLE] = "sample",
	[AGX_FIELD_LDCFSAMPLE] = "sample", [AGX_FIELD_TILECOORD] = "coord",
	[AGX_FIELD_SAMPLES] = "samples",
};

/* D, then A, B, C; X and Y are what csel chooses from. */
static const char *field_name(const struct agx_spec *spec, const struct agx_insn_field *field)
{
	static const char *const letter[] = { "A", "B", "C" };
	unsigned int i = 0;

	if (!agx_field_is_operand(field))
		return agx_field_modifier(field)->name;
	if (kind_name[field->kind])
		return kind_name[field->kind];
	if (field->kind == AGX_FIELD_CMPSEL)
		return field[1].kind == AGX_FIELD_CMPSEL ? "X" : "Y";
	if (field == spec->fields && spec->info.n_dests)
		return "D";
	for (const struct agx_insn_field *p = spec->fields + spec->info.n_dests; p < field; p++)
		i += agx_field_is_operand(p) && !kind_name[p->kind];
	return letter[i % 3];
}

/* Whether the text may leave the field out. */
static bool is_optional(const struct agx_insn_field *field)
{
	const struct agx_modifier *m;

	if (agx_field_is_operand(field)) {
		const char *none = agx_field_operand(field)->none;

		return none && !*none;
	}
	m = agx_field_modifier(field);
	return m->flag || (m->n_names && !*m->names[0]);
}

static void write_syntax(FILE *f, const struct agx_spec *spec)
{
	bool first = true;

	fprintf(f, "::\n\n    %s", spec->info.mnemonic);
	for (const struct agx_insn_field *field = spec->fields; field->kind; field++) {
		const char *name = field_name(spec, field);

		if (!agx_field_is_operand(field) && agx_field_modifier(field)->flag)
			name = agx_field_modifier(field)->names[0];
		if (is_optional(field))
			fprintf(f, "%s[%s%s]", first ? " " : "", first ? "" : ", ", name);
		else
			fprintf(f, "%s%s", first ? " " : ", ", name);
		first = false;
	}
	fputs("\n\n", f);
}

static void write_range(FILE *f, unsigned int first, unsigned int width)
{
	fprintf(f, width == 1 ? "%u" : "%u-%u", first, first + width - 1);
}

static bool bit_of(u64 lo, u64 hi, unsigned int bit)
{
	return (bit < 64 ? lo >> bit : hi >> (bit - 64)) & 1;
}

/* A row for a run of exact bits from there on; returns where it ends. */
static unsigned int write_exact(FILE *f, const struct agx_spec *spec, unsigned int bit)
{
	unsigned int end = bit;

	while (end < 96 && bit_of(spec->mask, spec->mask_hi, end))
		end++;
	fputs("   \"", f);
	write_range(f, bit, end - bit);
	fputs("\", \"``", f);
	for (unsigned int i = end; i-- > bit;)
		putc('0' + bit_of(spec->value, spec->value_hi, i), f);
	fputs("``\", \"\"\n", f);
	return end;
}

static void write_field(FILE *f, const struct agx_spec *spec, const struct agx_insn_field *field)
{
	fputs("   \"", f);
	for (int i = 0; i < AGX_FIELD_RANGES && field->range[i].width; i++) {
		fputs(i ? " + " : "", f);
		write_range(f, field->range[i].first, field->range[i].width);
	}
	fprintf(f, "\", \"%s\", \"%s\"\n", field_name(spec, field),
		agx_field_is_operand(field) ? agx_field_operand(field)->name : "");
}

/* Exact bits in their order, then fields in that of the text. */
static void write_layout(FILE *f, const struct agx_spec *spec)
{
	fputs(".. csv-table::\n   :header: bits, content, operand\n   :widths: 30, 40, 30\n\n", f);
	for (unsigned int bit = 0; bit < 8u * spec->info.length_long; bit++)
		if (bit_of(spec->mask, spec->mask_hi, bit))
			bit = write_exact(f, spec, bit);
	if (spec->length_bit)
		fprintf(f, "   \"%u\", \"long form\", \"\"\n", spec->length_bit);
	for (const struct agx_insn_field *field = spec->fields; field->kind; field++)
		write_field(f, spec, field);
	putc('\n', f);
}

static void write_costs(FILE *f, const struct agx_spec *spec)
{
	struct agx_insn insn;
	u8 code[AGX_INSN_MAX] = { 0 };

	/* The plainest one: all fields 0, if that is one. */
	for (int i = 0; i < 8; i++)
		code[i] = spec->value >> (8 * i);
	if (agx_decode(&insn, code, sizeof(code), NULL) < 0)
		insn = (struct agx_insn){ .op = spec - agx_table };
	if (agx_cost_latency(&insn) > 1)
		fprintf(f, " Published cycles: %g to issue, %g of latency.", agx_cost_issue(&insn),
			agx_cost_latency(&insn));
}

static void write_insn(FILE *f, const struct agx_spec *spec)
{
	const struct agx_insn_info *info = &spec->info;

	heading(f, info->name, '-');
	write_syntax(f, spec);
	if (info->length_short == info->length_long)
		fprintf(f, "%s. %u bytes.", meaning[spec - agx_table], info->length_short);
	else
		fprintf(f, "%s. %u or %u bytes%s.", meaning[spec - agx_table], info->length_short,
			info->length_long, spec->long_is_rule ? ", as a rule the longer" : "");
	write_costs(f, spec);
	fputs("\n\n", f);
	write_layout(f, spec);
}

/* --- operands and names ---------------------------------------------------------------- */

static const char *form_kind(const struct agx_form *form)
{
	static const char *const names[] = {
		[AGX_NONE] = "none",	   [AGX_REG] = "register",
		[AGX_UNIFORM] = "uniform", [AGX_IMM] = "immediate",
		[AGX_FIMM] = "8-bit float", [AGX_TS] = "texture state",
		[AGX_SS] = "sampler state", [AGX_CF] = "coefficients",
	};

	return names[form->kind];
}

/* "1xx0", the bits of a form that are exact. */
static void write_form_bits(FILE *f, const struct agx_form *form)
{
	int top = 31;

	if (!form->mask)
		return;
	while (!(form->mask >> top & 1))
		top--;
	for (int bit = top; bit >= 0; bit--)
		putc(form->mask >> bit & 1 ? '0' + (form->value >> bit & 1) : 'x', f);
}

static void write_form_number(FILE *f, const struct agx_form *form)
{
	for (int i = 0; i < 3 && form->number[i].width; i++) {
		fputs(i ? " + " : "", f);
		write_range(f, form->number[i].first, form->number[i].width);
	}
	if (form->shift)
		fprintf(f, ", times %u", 1u << form->shift);
}

static void write_form_size(FILE *f, const struct agx_form *form)
{
	if (form->kind != AGX_REG && form->kind != AGX_UNIFORM)
		return;
	if (form->size32)
		fprintf(f, "16; 32 with bit %u", form->size32 - 1);
	else
		fprintf(f, "%u", 16u << form->size);
	if (form->count == AGX_COUNT_MASK)
		fputs(", as many as bits 9-12 are set", f);
	else if (form->count == AGX_COUNT_ITER)
		fputs(", bits 9-10 of them, 4 if 0", f);
	else if (form->count > 1)
		fprintf(f, ", %u of them", form->count);
}

static void write_form_rest(FILE *f, const struct agx_form *form)
{
	const struct {
		u8 at;
		const char *name;
	} bits[] = {
		{ form->cache, "cache" }, { form->lu, "last use" }, { form->abs, "abs" },
		{ form->neg, "neg" }, { form->sx, form->extend == AGX_EXT_ZX ? "zx" : "sx" },
	};
	const char *comma = "";

	if (form->hint) {
		fprintf(f, "hint %u-%u", form->hint - 1, form->hint);
		comma = ", ";
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(bits); i++) {
		if (!bits[i].at)
			continue;
		fprintf(f, "%s%s %u", comma, bits[i].name, bits[i].at - 1);
		comma = ", ";
	}
	if (form->ignored)
		fprintf(f, "%signored %u-%u", comma, __builtin_ctz(form->ignored),
			31 - __builtin_clz(form->ignored));
}

static void write_operand_type(FILE *f, const struct agx_operand_type *type)
{
	heading(f, type->name, '-');
	fprintf(f, "%c%s.\n\n", type->expects[0] >= 'a' ? type->expects[0] - 32 : type->expects[0],
		type->expects + 1);
	fputs(".. csv-table::\n   :header: form, exact bits, number, size, other bits\n\n", f);
	for (unsigned int i = 0; i < type->n_forms; i++) {
		const struct agx_form *form = &type->forms[i];

		fprintf(f, "   \"%s\", \"", form_kind(form));
		write_form_bits(f, form);
		fputs("\", \"", f);
		write_form_number(f, form);
		fputs("\", \"", f);
		write_form_size(f, form);
		fputs("\", \"", f);
		write_form_rest(f, form);
		fputs("\"\n", f);
	}
	putc('\n', f);
}

static void write_names(FILE *f, const struct agx_modifier *modifier)
{
	heading(f, modifier->expects, '-');
	fputs(".. csv-table::\n   :header: number, text\n\n", f);
	for (unsigned int i = 0; i < modifier->n_names; i++)
		if (modifier->names[i])
			fprintf(f, "   \"%u\", \"%s\"\n", i,
				*modifier->names[i] ? modifier->names[i] : "(nothing)");
	putc('\n', f);
}

int agx_reference(FILE *f)
{
	fputs(".. SPDX-License-Identifier: MIT\n"
	      ".. Written by agx-dis --reference.\n\n"
	      "==========================\nInstruction set: reference\n"
	      "==========================\n\n"
	      "Every instruction that is known, from the table that the tools work from:\n"
	      "text, meaning, bits. Bits of a field are listed from its least significant\n"
	      "one on; what an operand's bits mean is below, in `Operands`_.\n", f);
	for (int class = 0; class < AGX_CLASS_COUNT; class++) {
		heading(f, class_title[class], '=');
		for (int op = 0; op < AGX_OP_COUNT; op++)
			if (agx_table[op].info.class == (enum agx_class)class)
				write_insn(f, &agx_table[op]);
	}
	heading(f, "Operands", '=');
	fputs("Bits count within the field. The first form whose exact bits agree is it; exact\n"
	      "bits are written with the most significant first. Numbers of registers and\n"
	      "uniforms count halves.\n", f);
	for (int kind = AGX_FIELD_END + 1; kind < AGX_FIELD_MODIFIER; kind++)
		write_operand_type(f, &agx_operand_types[kind]);
	heading(f, "Names", '=');
	for (int kind = AGX_FIELD_MODIFIER; kind < AGX_FIELD_COUNT; kind++)
		if (agx_modifiers[kind - AGX_FIELD_MODIFIER].expects)
			write_names(f, &agx_modifiers[kind - AGX_FIELD_MODIFIER]);
	return ferror(f) ? -EIO : 0;
}
