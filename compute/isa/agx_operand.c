// SPDX-License-Identifier: MIT
/*
 * How operands are encoded.  Bits count within the field's concatenated bits.
 */
#include "agx_table.h"

/* Exact bits: those of mask have value. */
#define IS(mask_, value_) .mask = (mask_), .value = (value_)
#define NUMBER(...) .number = { __VA_ARGS__ }
#define BITS(first, last) { (first), (last) - (first) + 1 }
#define BYTE NUMBER(BITS(0, 7))

/*
 * Sources of arithmetic: six bits of number, then two of hint or one more of number
 * and a size, then two that say which; the upper bits of the number come last.
 */
#define SOURCE(first) NUMBER(BITS(0, 5), BITS(first, (first) + 1))
#define SOURCE_UNIFORM(first) NUMBER(BITS(0, 5), BITS(first, (first) + 1), BITS(6, 6))

static const struct agx_form alu[] = {
	{ AGX_IMM, IS(0x3c0, 0), SOURCE(10) },
	{ AGX_UNIFORM, IS(0x300, 0x100), SOURCE_UNIFORM(10), .size32 = AGX_AT(7) },
	{ AGX_REG, IS(0x100, 0), SOURCE(10), .hint = AGX_AT(6), .size32 = AGX_AT(9) },
};

#define SX .extend = AGX_EXT_SX, .sx = AGX_AT(10)

static const struct agx_form mul[] = {
	{ AGX_IMM, IS(0x3c0, 0), SOURCE(11), SX },
	{ AGX_UNIFORM, IS(0x300, 0x100), SOURCE_UNIFORM(11), .size32 = AGX_AT(7), SX },
	{ AGX_REG, IS(0x100, 0), SOURCE(11), .hint = AGX_AT(6), .size32 = AGX_AT(9), SX },
};

static const struct agx_form add[] = {
	{ AGX_IMM, IS(0x3c0, 0), SOURCE(11), SX },
	{ AGX_UNIFORM, IS(0x300, 0x100), SOURCE_UNIFORM(11), .size32 = AGX_AT(7), SX },
	{ AGX_REG, AGX_64, IS(0x300, 0x300), SOURCE(11), .hint = AGX_AT(6), SX },
	{ AGX_REG, IS(0x100, 0), SOURCE(11), .hint = AGX_AT(6), .size32 = AGX_AT(9), SX },
};

#define ABS_NEG(bit) .abs = AGX_AT(bit), .neg = AGX_AT((bit) + 1)

static const struct agx_form float32[] = {
	{ AGX_FIMM, IS(0x3c0, 0), SOURCE(12), ABS_NEG(10) },
	{ AGX_UNIFORM, IS(0x300, 0x100), SOURCE_UNIFORM(12), .size32 = AGX_AT(7), ABS_NEG(10) },
	{ AGX_REG, IS(0x100, 0), SOURCE(12), .hint = AGX_AT(6), .size32 = AGX_AT(9), ABS_NEG(10) },
};

static const struct agx_form float16[] = {
	{ AGX_FIMM, IS(0x7c0, 0), SOURCE(11) },
	{ AGX_UNIFORM, IS(0x180, 0x100), SOURCE_UNIFORM(11), ABS_NEG(9) },
	{ AGX_REG, IS(0x100, 0), SOURCE(11), .hint = AGX_AT(6), ABS_NEG(9) },
};

/* As float32, but where that has signs the matrix instruction's own bits are. */
static const struct agx_form matrix_a[] = {
	{ AGX_FIMM, IS(0x3c0, 0), SOURCE(10) },
	{ AGX_UNIFORM, IS(0x300, 0x100), SOURCE_UNIFORM(10), .size32 = AGX_AT(7) },
	{ AGX_REG, IS(0x100, 0), SOURCE(10), .hint = AGX_AT(6), .size32 = AGX_AT(9) },
};

/* The size bit is the destination's. */
static const struct agx_form cmpsel[] = {
	{ AGX_IMM, IS(0x1c0, 0x100), SOURCE(9) },
	{ AGX_REG, IS(0x100, 0), SOURCE(9), .hint = AGX_AT(6), .size32 = AGX_AT(11) },
	{ AGX_UNIFORM, IS(0x180, 0x180), SOURCE_UNIFORM(9), .size32 = AGX_AT(11) },
};

static const struct agx_form dalu[] = {
	{ AGX_REG, NUMBER(BITS(2, 9)), .cache = AGX_AT(0), .size32 = AGX_AT(1) },
};

static const struct agx_form dhalf[] = {
	{ AGX_REG, IS(2, 0), NUMBER(BITS(2, 9)), .cache = AGX_AT(0) },
};

static const struct agx_form dalu64[] = {
	{ AGX_REG, AGX_64, .shift = 1, IS(6, 6), NUMBER(BITS(3, 9)), .cache = AGX_AT(0) },
	{ AGX_REG, AGX_32, .shift = 1, IS(6, 2), NUMBER(BITS(3, 9)), .cache = AGX_AT(0) },
	{ AGX_REG, IS(2, 0), NUMBER(BITS(2, 9)), .cache = AGX_AT(0) },
};

static const struct agx_form memory[] = {
	{ AGX_REG, .count = AGX_COUNT_MASK, BYTE, .size32 = AGX_AT(8) },
};

static const struct agx_form membase[] = {
	{ AGX_REG, AGX_64, .shift = 1, IS(0x101, 0), NUMBER(BITS(1, 7)) },
	{ AGX_UNIFORM, AGX_64, .shift = 1, IS(0x101, 0x100), NUMBER(BITS(1, 7)) },
};

static const struct agx_form memindex[] = {
	{ AGX_REG, AGX_32, .shift = 1, IS(0x1ff01, 0), NUMBER(BITS(1, 7)), .extend = AGX_EXT_ZX,
	  .sx = AGX_AT(17) },
	{ AGX_IMM, IS(0x10000, 0x10000), NUMBER(BITS(0, 15)), .extend = AGX_EXT_ZX,
	  .sx = AGX_AT(17) },
};

static const struct agx_form localmembase[] = {
	{ AGX_REG, IS(0x300, 0), BYTE },
	{ AGX_NONE, IS(0x3ff, 0x200) },
	{ AGX_UNIFORM, IS(0x100, 0x100), NUMBER(BITS(0, 7), BITS(9, 9)) },
};

static const struct agx_form localmemindex[] = {
	{ AGX_REG, IS(0x1ff00, 0), BYTE },
	{ AGX_IMM, IS(0x10000, 0x10000), NUMBER(BITS(0, 15)), .extend = AGX_EXT_SIGNED },
};

static const struct agx_form atomic_dest[] = {
	{ AGX_REG, AGX_32, IS(0x100, 0x100), BYTE },
	{ AGX_NONE, IS(0x1ff, 0) },
};

static const struct agx_form local_atomic_dest[] = {
	{ AGX_REG, AGX_32, IS(0x300, 0x300), BYTE },
	{ AGX_NONE, IS(0x1ff, 0), .ignored = 0x200 },
};

/* Compare and exchange takes the new value, then the expected one. */
static const struct agx_form atomic_source[] = {
	{ AGX_REG, AGX_32, 2, IS(0xf00, AGX_ATOMIC_CMPXCHG << 8), BYTE },
	{ AGX_REG, AGX_32, 1, BYTE },
};

/* Only halves are stored: a mask for as many as there are. */
static const struct agx_form uniform_dest[] = {
	{ AGX_UNIFORM, AGX_64, IS(0xf0001, 0xf0000), NUMBER(BITS(0, 15)) },
	{ AGX_UNIFORM, AGX_32, IS(0xf0001, 0x30000), NUMBER(BITS(0, 15)) },
	{ AGX_UNIFORM, AGX_16, 4, IS(0xf0000, 0xf0000), NUMBER(BITS(0, 15)) },
	{ AGX_UNIFORM, AGX_16, 3, IS(0xf0000, 0x70000), NUMBER(BITS(0, 15)) },
	{ AGX_UNIFORM, AGX_16, 2, IS(0xf0000, 0x30000), NUMBER(BITS(0, 15)) },
	{ AGX_UNIFORM, AGX_16, 1, IS(0xf0000, 0x10000), NUMBER(BITS(0, 15)) },
};

static const struct agx_form uniform_src[] = {
	{ AGX_REG, AGX_64, IS(0xf01, 0xf00), BYTE },
	{ AGX_REG, AGX_32, IS(0xf01, 0x300), BYTE },
	{ AGX_REG, AGX_16, 4, IS(0xf00, 0xf00), BYTE },
	{ AGX_REG, AGX_16, 3, IS(0xf00, 0x700), BYTE },
	{ AGX_REG, AGX_16, 2, IS(0xf00, 0x300), BYTE },
	{ AGX_REG, AGX_16, 1, IS(0xf00, 0x100), BYTE },
};

static const struct agx_form exreg16[] = {
	{ AGX_REG, BYTE },
};

static const struct agx_form exreg32[] = {
	{ AGX_REG, AGX_32, .shift = 1, NUMBER(BITS(0, 6)) },
};

static const struct agx_form ts[] = {
	{ AGX_TS, BYTE },
};

static const struct agx_form ss[] = {
	{ AGX_SS, BYTE },
};

static const struct agx_form ureg64[] = {
	{ AGX_UNIFORM, AGX_64, .shift = 2, NUMBER(BITS(0, 6)) },
};

static const struct agx_form heap_offset[] = {
	{ AGX_REG, AGX_32, IS(0x80000000, 0), NUMBER(BITS(0, 8)), .ignored = 0x7ffffe00 },
	{ AGX_IMM, AGX_32, IS(0x80000000, 0x80000000), NUMBER(BITS(0, 30)) },
};

static const struct agx_form heap[] = {
	{ AGX_NONE, IS(0x3f, 0) },
	{ AGX_UNIFORM, AGX_64, .shift = 2, IS(0x20, 0x20), NUMBER(BITS(0, 4)) },
};

static const struct agx_form texture[] = {
	{ AGX_TS, IS(0x300, 0), BYTE },
	{ AGX_REG, IS(0x300, 0x100), BYTE },
	{ AGX_IMM, IS(0x300, 0x200), BYTE },
	{ AGX_REG, AGX_32, IS(0x300, 0x300), BYTE },
};

static const struct agx_form sampler[] = {
	{ AGX_SS, IS(0x100, 0), BYTE },
	{ AGX_REG, IS(0x100, 0x100), BYTE },
};

static const struct agx_form coord[] = {
	{ AGX_REG, AGX_32, IS(0x200, 0), BYTE, .lu = AGX_AT(8) },
	{ AGX_REG, AGX_16, IS(0x200, 0x200), BYTE, .lu = AGX_AT(8) },
};

/* The upper bits are the type of level of detail. */
static const struct agx_form lod[] = {
	{ AGX_IMM, IS(0xfff, 0) },
	{ AGX_REG, AGX_32, 2, IS(0xf00, 0x400), BYTE },
	{ AGX_REG, AGX_16, 5, IS(0xf00, 0xc00), BYTE },
	{ AGX_UNIFORM, IS(0xf00, 0x200), BYTE },
	{ AGX_UNIFORM, IS(0xf00, 0x100), BYTE },
	{ AGX_UNIFORM, AGX_16, 2, IS(0xf00, 0x900), BYTE },
	{ AGX_REG, AGX_16, 2, IS(0xf00, 0xd00), BYTE },
	{ AGX_REG, IS(0xf00, 0x600), BYTE },
	{ AGX_REG, IS(0xf00, 0x500), BYTE },
};

static const struct agx_form zs[] = {
	{ AGX_NONE, IS(0x3ff, 0) },
	{ AGX_REG, AGX_32, IS(0x300, 0x100), BYTE },
	{ AGX_REG, AGX_16, IS(0x300, 0x200), BYTE },
	{ AGX_REG, AGX_16, 3, IS(0x300, 0x300), BYTE },
};

static const struct agx_form pbesource[] = {
	{ AGX_REG, AGX_16, 4, BYTE, .size32 = AGX_AT(8) },
};

static const struct agx_form uvs[] = {
	{ AGX_REG, IS(0x100, 0), BYTE },
	{ AGX_IMM, IS(0x100, 0x100), BYTE },
};

static const struct agx_form diter[] = {
	{ AGX_REG, AGX_16, AGX_COUNT_ITER, NUMBER(BITS(1, 8)), .size32 = AGX_AT(0) },
};

static const struct agx_form dldcf[] = {
	{ AGX_REG, AGX_16, 3, IS(0x600, 0x200), NUMBER(BITS(1, 8)), .size32 = AGX_AT(0) },
};

static const struct agx_form cf[] = {
	{ AGX_CF, IS(0x100, 0), BYTE },
	{ AGX_REG, IS(0x100, 0x100), BYTE },
};

static const struct agx_form cfperspective[] = {
	{ AGX_CF, BYTE },
};

static const struct agx_form itersample[] = {
	{ AGX_REG, IS(0x300, 0x300), BYTE },
	{ AGX_IMM, IS(0x300, 0x100), BYTE },
	{ AGX_NONE, IS(0x1ff, 0) },
};

/* As before, but no interpolation says what bit 9 is. */
static const struct agx_form ldcfsample[] = {
	{ AGX_REG, IS(0x300, 0x300), BYTE },
	{ AGX_IMM, IS(0x300, 0x100), BYTE },
	{ AGX_NONE, IS(0x1ff, 0), .ignored = 0x200 },
};

static const struct agx_form tilecoord[] = {
	{ AGX_IMM, IS(0x100, 0), BYTE },
	{ AGX_REG, AGX_16, 2, IS(0x100, 0x100), BYTE },
};

static const struct agx_form samples[] = {
	{ AGX_REG, IS(0x100, 0x100), BYTE },
	{ AGX_IMM, IS(0x100, 0), BYTE },
};

static const struct agx_form discard[] = {
	{ AGX_REG, IS(0x100, 0), BYTE },
	{ AGX_IMM, IS(0x100, 0x100), BYTE },
};

#define TYPE(kind, table, expects_)                                                                \
	[AGX_FIELD_##kind] = { .name = #table, .expects = expects_, .forms = table,                \
			       .n_forms = ARRAY_SIZE(table) }
#define TYPE_NONE(kind, table, none_, expects_)                                                    \
	[AGX_FIELD_##kind] = { .name = #table, .expects = expects_, .forms = table,                \
			       .n_forms = ARRAY_SIZE(table), .none = none_ }
#define TYPE_SIGNED(kind, table, expects_)                                                         \
	[AGX_FIELD_##kind] = { .name = #table, .expects = expects_, .forms = table,                \
			       .n_forms = ARRAY_SIZE(table), .signed_imm = true }

/* clang-format off */
const struct agx_operand_type agx_operand_types[AGX_FIELD_MODIFIER] = {
	TYPE(ALU, alu, "a 16- or 32-bit register or uniform, or 0 to 255"),
	TYPE(MUL, mul, "a 16- or 32-bit register or uniform, or 0 to 255"),
	TYPE(ADD, add, "a register, a 16- or 32-bit uniform, or 0 to 255"),
	TYPE(FLOAT, float32, "a 16- or 32-bit register or uniform, or an 8-bit float"),
	TYPE(HALF, float16, "a 16-bit register or uniform, or an 8-bit float"),
	TYPE(MATRIX_A, matrix_a, "a 16- or 32-bit register or uniform, or an 8-bit float"),
	TYPE(CMPSEL, cmpsel, "a register or uniform as wide as the destination, or 0 to 255"),
	TYPE(DALU, dalu, "a 16- or 32-bit register"),
	TYPE(DHALF, dhalf, "a 16-bit register"),
	TYPE(DALU64, dalu64, "a register"),
	TYPE(MEMORY, memory, "as many 16- or 32-bit registers as the mask has elements"),
	TYPE(MEMBASE, membase, "a 64-bit register or a 64-bit uniform up to du126"),
	TYPE_SIGNED(MEMINDEX, memindex, "a 32-bit register or -32768 to 65535"),
	TYPE_NONE(LOCALMEMBASE, localmembase, "", "a 16-bit register or uniform"),
	TYPE_SIGNED(LOCALMEMINDEX, localmemindex, "a 16-bit register or -32768 to 32767"),
	TYPE_NONE(ATOMIC_DEST, atomic_dest, "_", "a 32-bit register or _"),
	TYPE_NONE(LOCAL_ATOMIC_DEST, local_atomic_dest, "_", "a 32-bit register or _"),
	TYPE(ATOMIC_SOURCE, atomic_source, "a 32-bit register, two of them for cmpxchg"),
	TYPE(UNIFORM_DEST, uniform_dest, "a uniform or up to four 16-bit ones"),
	TYPE(UNIFORM_SRC, uniform_src, "as many halves of registers as the destination has"),
	TYPE(EXREG16, exreg16, "a 16-bit register"),
	TYPE(EXREG32, exreg32, "a 32-bit register"),
	TYPE(TS, ts, "ts0 to ts127"),
	TYPE(SS, ss, "ss0 to ss127"),
	TYPE(UREG64, ureg64, "a 64-bit uniform, du0 to du62 in steps of 2"),
	TYPE(HEAP_OFFSET, heap_offset, "a 32-bit register or 0 to 2147483647"),
	TYPE_NONE(HEAP, heap, "", "a 64-bit uniform, du0 to du62 in steps of 2"),
	TYPE(TEXTURE, texture, "a texture state, a register or 0 to 255"),
	TYPE(SAMPLER, sampler, "a sampler state or a 16-bit register"),
	TYPE(COORD, coord, "a 16- or 32-bit register"),
	TYPE(LOD, lod, "a level of detail"),
	TYPE_NONE(ZS, zs, "", "a 32-bit register, or one or three 16-bit ones"),
	TYPE(PBESOURCE, pbesource, "four 16- or 32-bit registers"),
	TYPE(UVS, uvs, "a 16-bit register or 0 to 255"),
	TYPE(DITER, diter, "one to four 16- or 32-bit registers"),
	TYPE(DLDCF, dldcf, "three 16- or 32-bit registers"),
	TYPE(CF, cf, "a coefficient register or a 16-bit register"),
	TYPE(CFPERSPECTIVE, cfperspective, "a coefficient register"),
	TYPE_NONE(ITERSAMPLE, itersample, "", "a 16-bit register or 0 to 255"),
	TYPE_NONE(LDCFSAMPLE, ldcfsample, "", "a 16-bit register or 0 to 255"),
	TYPE(TILECOORD, tilecoord, "two 16-bit registers or 0 to 255"),
	TYPE(SAMPLES, samples, "a 16-bit register or 0 to 255"),
	TYPE(DISCARD, discard, "a 16-bit register or 0 to 255"),
};
/* clang-format on */

const struct agx_form *agx_operand_form(const struct agx_operand_type *type, u32 raw)
{
	for (unsigned int i = 0; i < type->n_forms; i++)
		if ((raw & type->forms[i].mask) == type->forms[i].value)
			return &type->forms[i];
	return NULL;
}

static bool flag_get(u8 at, u32 raw)
{
	return at && (raw >> (at - 1) & 1);
}

static u32 number_get(const struct agx_form *form, u32 raw)
{
	unsigned int shift = form->shift;
	u32 number = 0;

	for (int i = 0; i < 3 && form->number[i].width; i++) {
		struct agx_range r = form->number[i];

		number |= (raw >> r.first & ((1u << r.width) - 1)) << shift;
		shift += r.width;
	}
	return number;
}

static unsigned int popcount4(unsigned int mask)
{
	mask = (mask & 5) + (mask >> 1 & 5);
	return (mask & 3) + (mask >> 2);
}

/* Elements; a mask of none still names the first. */
static unsigned int count_get(const struct agx_form *form, u32 raw)
{
	unsigned int n;

	switch (form->count) {
	case 0:
		return 1;
	case AGX_COUNT_MASK:
		n = popcount4(raw >> 9 & 15);
		return n ? n : 1;
	case AGX_COUNT_ITER:
		n = raw >> 9 & 3;
		return n ? n : 4;
	default:
		return form->count;
	}
}

/* Where no form agrees: the first bit that none with the same bits before it has. */
static int first_unknown_bit(const struct agx_operand_type *type, u32 raw)
{
	int furthest = 0;

	for (unsigned int i = 0; i < type->n_forms; i++) {
		const struct agx_form *form = &type->forms[i];
		int bit = __builtin_ctz((raw & form->mask) ^ form->value);

		furthest = bit > furthest ? bit : furthest;
	}
	return furthest;
}

/* An immediate that 16 bits do not hold is insn->imm. */
static bool is_wide(const struct agx_form *form)
{
	return form->kind == AGX_IMM && form->size == AGX_32;
}

int agx_operand_get(const struct agx_operand_type *type, u32 raw, struct agx_insn *insn,
		    struct agx_operand *operand)
{
	const struct agx_form *form = agx_operand_form(type, raw);
	struct agx_operand o = { 0 };
	u32 number;

	if (!form)
		return first_unknown_bit(type, raw);
	number = number_get(form, raw);
	o.kind = form->kind;
	o.size = flag_get(form->size32, raw) ? AGX_32 : form->size;
	o.count = count_get(form, raw);
	if (o.size != AGX_16 && (o.kind == AGX_REG || o.kind == AGX_UNIFORM) && (number & 1))
		return form->number[0].first;
	if (form->hint) {
		unsigned int hint = raw >> (form->hint - 1) & 3;

		if (!hint)
			return form->hint - 1;
		o.hint = hint - 1;
	} else if (flag_get(form->cache, raw)) {
		o.hint = AGX_HINT_CACHE;
	}
	o.lu = flag_get(form->lu, raw);
	o.abs = flag_get(form->abs, raw);
	o.neg = flag_get(form->neg, raw);
	switch (form->extend) {
	case AGX_EXT_SX:
		o.sx = flag_get(form->sx, raw);
		break;
	case AGX_EXT_ZX:
		o.sx = !flag_get(form->sx, raw);
		break;
	case AGX_EXT_SIGNED:
		o.sx = 1;
		break;
	}
	if (is_wide(form)) {
		o.wide = 1;
		insn->imm = number;
	} else {
		o.value = number;
	}
	if (form->ignored)
		insn->ignored = (raw & form->ignored) >> __builtin_ctz(form->ignored);
	*operand = o;
	return -1;
}

/* What is being put together: raw bits and those among them that are said. */
struct draft {
	u32 raw, care;
};

static void draft_set(struct draft *d, unsigned int first, unsigned int width, u32 value)
{
	u32 mask = (width < 32 ? (1u << width) - 1 : ~0u) << first;

	d->raw = (d->raw & ~mask) | (value << first & mask);
	d->care |= mask;
}

/* A flag can be said if there is a bit for it, or if it is not set. */
static bool put_flag(struct draft *d, u8 at, bool flag)
{
	if (at)
		draft_set(d, at - 1, 1, flag);
	return at || !flag;
}

static bool put_number(struct draft *d, const struct agx_form *form, u32 number)
{
	if (number & ((1u << form->shift) - 1))
		return false;
	number >>= form->shift;
	for (int i = 0; i < 3 && form->number[i].width; i++) {
		draft_set(d, form->number[i].first, form->number[i].width, number);
		number >>= form->number[i].width;
	}
	return !number;
}

static bool put_count(struct draft *d, const struct agx_form *form, const struct agx_insn *insn,
		      unsigned int count)
{
	switch (form->count) {
	case AGX_COUNT_MASK:
		draft_set(d, 9, 4, insn->mask);
		break;
	case AGX_COUNT_ITER:
		draft_set(d, 9, 2, count);
		break;
	}
	return count == count_get(form, d->raw);
}

/* A 16-bit register has no size bit: 0. */
static bool put_size(struct draft *d, const struct agx_form *form, const struct agx_operand *o)
{
	if (!form->size32)
		return o->size == form->size;
	draft_set(d, form->size32 - 1, 1, o->size == AGX_32);
	return o->size == AGX_32 || o->size == form->size;
}

static bool put_hint(struct draft *d, const struct agx_form *form, unsigned int hint)
{
	if (form->hint) {
		draft_set(d, form->hint - 1, 2, hint + 1);
		return hint <= AGX_HINT_DISCARD;
	}
	return hint <= AGX_HINT_CACHE && put_flag(d, form->cache, hint);
}

static bool put_extend(struct draft *d, const struct agx_form *form, bool sx)
{
	switch (form->extend) {
	case AGX_EXT_SX:
		return put_flag(d, form->sx, sx);
	case AGX_EXT_ZX:
		return put_flag(d, form->sx, !sx);
	case AGX_EXT_SIGNED:
		return sx;
	default:
		return !sx;
	}
}

static bool put_register(struct draft *d, const struct agx_form *form, const struct agx_operand *o)
{
	return put_size(d, form, o) && !(o->size != AGX_16 && (o->value & 1));
}

/* Whether the form can say the operand. */
static bool put_form(struct draft *d, const struct agx_form *form, const struct agx_insn *insn,
		     const struct agx_operand *o)
{
	d->raw = form->value;
	d->care = form->mask;
	if (o->kind != form->kind || o->wide != is_wide(form))
		return false;
	if (form->ignored) {
		unsigned int first = __builtin_ctz(form->ignored);

		d->care |= form->ignored;
		d->raw |= insn->ignored << first & form->ignored;
		if (insn->ignored > form->ignored >> first)
			return false;
	}
	if (o->kind == AGX_NONE)
		return true;
	if ((o->kind == AGX_REG || o->kind == AGX_UNIFORM) && !put_register(d, form, o))
		return false;
	return put_count(d, form, insn, o->count) &&
	       put_number(d, form, o->wide ? (u32)insn->imm : o->value) &&
	       put_hint(d, form, o->hint) && put_extend(d, form, o->sx) &&
	       put_flag(d, form->lu, o->lu) && put_flag(d, form->abs, o->abs) &&
	       put_flag(d, form->neg, o->neg);
}

const struct agx_form *agx_operand_put(const struct agx_operand_type *type,
				       const struct agx_insn *insn,
				       const struct agx_operand *operand, u32 placed, u32 owned,
				       u32 *raw, u32 *care)
{
	for (unsigned int i = 0; i < type->n_forms; i++) {
		struct draft d;

		if (!put_form(&d, &type->forms[i], insn, operand))
			continue;
		if ((d.raw ^ placed) & owned & d.care)
			continue;
		*raw = d.raw;
		*care = d.care;
		return &type->forms[i];
	}
	return NULL;
}
