/* SPDX-License-Identifier: MIT */
/*
 * The table of instructions, for the files that work from it: decode, encode,
 * print, parse, and the reference in the documentation.
 *
 * An instruction is recognised by exact bits; the rest are fields.  A field is a
 * kind and the bits it is spread over.  Kinds are operands, whose encodings are
 * tables of forms (agx_operand.c), or modifiers: numbers, names, single bits
 * (agx_modifier.c).
 */
#ifndef COMPUTE_ISA_AGX_TABLE_H
#define COMPUTE_ISA_AGX_TABLE_H

#include "agx_isa.h"

/* An instruction's bytes as a little-endian number. */
struct agx_bits {
	u64 lo;
	u64 hi;		/* bytes 8 to 11 */
};

struct agx_range {
	u8 first;
	u8 width;	/* 0: end of the list */
};

enum agx_insn_field_kind {
	AGX_FIELD_END,

	/* Operands; agx_operand_types[] is in this order. */
	AGX_FIELD_ALU,
	AGX_FIELD_MUL,
	AGX_FIELD_ADD,
	AGX_FIELD_FLOAT,
	AGX_FIELD_HALF,
	AGX_FIELD_MATRIX_A,
	AGX_FIELD_CMPSEL,
	AGX_FIELD_DALU,
	AGX_FIELD_DHALF,
	AGX_FIELD_DALU64,
	AGX_FIELD_MEMORY,
	AGX_FIELD_MEMBASE,
	AGX_FIELD_MEMINDEX,
	AGX_FIELD_LOCALMEMBASE,
	AGX_FIELD_LOCALMEMINDEX,
	AGX_FIELD_ATOMIC_DEST,
	AGX_FIELD_LOCAL_ATOMIC_DEST,
	AGX_FIELD_ATOMIC_SOURCE,
	AGX_FIELD_UNIFORM_DEST,
	AGX_FIELD_UNIFORM_SRC,
	AGX_FIELD_EXREG16,
	AGX_FIELD_EXREG32,
	AGX_FIELD_TS,
	AGX_FIELD_SS,
	AGX_FIELD_UREG64,
	AGX_FIELD_HEAP_OFFSET,
	AGX_FIELD_HEAP,
	AGX_FIELD_TEXTURE,
	AGX_FIELD_SAMPLER,
	AGX_FIELD_COORD,
	AGX_FIELD_LOD,
	AGX_FIELD_ZS,
	AGX_FIELD_PBESOURCE,
	AGX_FIELD_UVS,
	AGX_FIELD_DITER,
	AGX_FIELD_DLDCF,
	AGX_FIELD_CF,
	AGX_FIELD_CFPERSPECTIVE,
	AGX_FIELD_ITERSAMPLE,
	AGX_FIELD_LDCFSAMPLE,
	AGX_FIELD_TILECOORD,
	AGX_FIELD_SAMPLES,
	AGX_FIELD_DISCARD,

	/* Modifiers; agx_modifiers[] is in this order. */
	AGX_FIELD_MODIFIER,
	AGX_FIELD_IMM = AGX_FIELD_MODIFIER,
	AGX_FIELD_IMM2,
	AGX_FIELD_OFFSET,
	AGX_FIELD_NEST,
	AGX_FIELD_BITMASK,
	AGX_FIELD_SR,
	AGX_FIELD_SHIFT,
	AGX_FIELD_ROUND,
	AGX_FIELD_ICOND,
	AGX_FIELD_FCOND,
	AGX_FIELD_FBALLOT,
	AGX_FIELD_ATOMIC,
	AGX_FIELD_SHUFFLE,
	AGX_FIELD_REDUCE,
	AGX_FIELD_FORMAT,
	AGX_FIELD_MASK,
	AGX_FIELD_COHERENCY,
	AGX_FIELD_GROUP,
	AGX_FIELD_DIM,
	AGX_FIELD_LOD_TYPE,
	AGX_FIELD_GATHER,
	AGX_FIELD_INTERPOLATION,
	AGX_FIELD_SATURATE,
	AGX_FIELD_CACHE,
	AGX_FIELD_QUAD,
	AGX_FIELD_ROTATE,
	AGX_FIELD_PREFIX,
	AGX_FIELD_LAST,
	AGX_FIELD_SHADOW,
	AGX_FIELD_QUERY_LOD,
	AGX_FIELD_RW,
	AGX_FIELD_COHERENT,
	AGX_FIELD_SPARSE,
	AGX_FIELD_KILL,
	AGX_FIELD_FWD,
	AGX_FIELD_ELIDE,
	AGX_FIELD_EXPLICIT_COORDS,
	AGX_FIELD_RTZ,
	AGX_FIELD_COUNT,
};

#define AGX_FIELD_RANGES 5

struct agx_insn_field {
	u8 kind;				/* enum agx_insn_field_kind */
	struct agx_range range[AGX_FIELD_RANGES];	/* least significant first */
};

/* An instruction; its fields stand in the order of the text. */
struct agx_spec {
	struct agx_insn_info info;
	u8 length_bit;		/* set: long form.  0: there is one length */
	bool long_is_rule;	/* what compilers use though the short form would do */
	u64 mask, value;	/* exact bits: first match is the instruction */
	u32 mask_hi, value_hi;
	const struct agx_insn_field *fields;	/* up to AGX_FIELD_END */
	const char *meaning;	/* for the reference */
};

extern const struct agx_spec agx_table[AGX_OP_COUNT];

/* --- operands ------------------------------------------------------------ */

/* A bit of a form, or none. */
#define AGX_AT(bit) ((bit) + 1)

/* How many elements a form's operand has, beyond a fixed number. */
enum agx_count {
	AGX_COUNT_MASK = 8,	/* set bits 9 to 12: the instruction's mask */
	AGX_COUNT_ITER,		/* bits 9 and 10, 0: four */
};

enum agx_extend {
	AGX_EXT_NONE,
	AGX_EXT_SX,		/* bit sx: sign-extended */
	AGX_EXT_ZX,		/* bit sx: zero-extended, else sign */
	AGX_EXT_SIGNED,		/* always */
};

/*
 * One way to encode an operand.  Bits count within the concatenated field; the
 * first form whose exact bits agree is it.
 */
struct agx_form {
	u8 kind;			/* enum agx_kind */
	u8 size;			/* enum agx_size, where no bit says it */
	u8 count;			/* elements or enum agx_count; 0: 1 */
	u8 shift;			/* of the number */
	u8 extend;			/* enum agx_extend */
	u32 mask, value;		/* exact bits */
	struct agx_range number[3];
	u8 size32;			/* AGX_AT(): where the size is a bit */
	u8 hint;			/* two bits */
	u8 cache, lu;
	u8 abs, neg, sx;
	u32 ignored;			/* bits that may be anything */
};

struct agx_operand_type {
	const char *name;		/* for the reference: "alu" */
	const char *expects;		/* for messages */
	const struct agx_form *forms;
	u8 n_forms;
	bool signed_imm;		/* immediates are signed unless .zx */
	const char *none;		/* text of AGX_NONE, "" where it is left out */
};

extern const struct agx_operand_type agx_operand_types[AGX_FIELD_MODIFIER];

/*
 * Operand of a field's raw bits: -1, or the index of the raw bit that is wrong.
 * May set imm and ignored of insn.
 */
int agx_operand_get(const struct agx_operand_type *type, u32 raw, struct agx_insn *insn,
		    struct agx_operand *operand);

/*
 * The reverse: raw bits, and which of them the operand determines (care).  Bits
 * that other fields have set already (of placed, those in owned) choose between
 * forms.  Returns the form, NULL where no form can say it.
 */
const struct agx_form *agx_operand_put(const struct agx_operand_type *type,
				       const struct agx_insn *insn,
				       const struct agx_operand *operand, u32 placed, u32 owned,
				       u32 *raw, u32 *care);

/* The first form that these bits are. */
const struct agx_form *agx_operand_form(const struct agx_operand_type *type, u32 raw);

/* --- modifiers ----------------------------------------------------------- */

enum agx_modifier_style {
	AGX_STYLE_NUMBER,
	AGX_STYLE_SIGNED,
	AGX_STYLE_NAME,		/* of names[]; "" is printed as nothing */
	AGX_STYLE_FLAG,		/* names[0] if set */
	AGX_STYLE_NOT_FLAG,	/* the bit is the reverse of the flag */
};

struct agx_modifier {
	const char *name;		/* for the reference and messages */
	const char *expects;		/* for messages, of a name */
	u8 style;			/* enum agx_modifier_style */
	u8 n_names;
	u8 offset;			/* in struct agx_insn, of a number or name */
	u8 size;			/* bytes there */
	u32 flag;			/* enum agx_flag */
	const char *const *names;	/* NULL where a number means nothing */
};

extern const struct agx_modifier agx_modifiers[AGX_FIELD_COUNT - AGX_FIELD_MODIFIER];

/* -1, or the index of the raw bit from which on the number means nothing. */
int agx_modifier_get(const struct agx_modifier *modifier, u32 raw, struct agx_insn *insn);
/* As in struct agx_insn; a raw value where it fits a field. */
u32 agx_modifier_put(const struct agx_modifier *modifier, const struct agx_insn *insn);
const char *agx_modifier_name(const struct agx_modifier *modifier, u32 value);

/* --- bits ---------------------------------------------------------------- */

static inline bool agx_field_is_operand(const struct agx_insn_field *field)
{
	return field->kind < AGX_FIELD_MODIFIER;
}

static inline const struct agx_operand_type *agx_field_operand(const struct agx_insn_field *field)
{
	return &agx_operand_types[field->kind];
}

static inline const struct agx_modifier *agx_field_modifier(const struct agx_insn_field *field)
{
	return &agx_modifiers[field->kind - AGX_FIELD_MODIFIER];
}

/* Ranges do not cross from lo to hi. */
static inline u32 agx_bits_range(const struct agx_bits *bits, struct agx_range range)
{
	u64 word = range.first < 64 ? bits->lo >> range.first : bits->hi >> (range.first - 64);

	return word & ((1ULL << range.width) - 1);
}

/* The field's bits, concatenated. */
static inline u32 agx_bits_get(const struct agx_bits *bits, const struct agx_insn_field *field)
{
	unsigned int shift = 0;
	u32 raw = 0;

	for (int i = 0; i < AGX_FIELD_RANGES && field->range[i].width; i++) {
		raw |= agx_bits_range(bits, field->range[i]) << shift;
		shift += field->range[i].width;
	}
	return raw;
}

/* Bits of a field with these raw bits and no others. */
static inline struct agx_bits agx_bits_spread(u32 raw, const struct agx_insn_field *field)
{
	struct agx_bits bits = { 0 };

	for (int i = 0; i < AGX_FIELD_RANGES && field->range[i].width; i++) {
		struct agx_range r = field->range[i];
		u64 part = raw & ((1ULL << r.width) - 1);

		if (r.first < 64)
			bits.lo |= part << r.first;
		else
			bits.hi |= part << (r.first - 64);
		raw = (u64)raw >> r.width;
	}
	return bits;
}

/* Which bit of the instruction a bit of the field is. */
int agx_field_bit(const struct agx_insn_field *field, int raw_bit);
unsigned int agx_field_width(const struct agx_insn_field *field);

static inline void agx_bits_store(const struct agx_bits *bits, u8 *code, unsigned int length)
{
	for (unsigned int i = 0; i < length; i++)
		code[i] = (u8)(i < 8 ? bits->lo >> (8 * i) : bits->hi >> (8 * (i - 8)));
}

/* Bits that fields or the length determine. */
struct agx_bits agx_spec_free_bits(const struct agx_spec *spec);

/* The bits of an instruction's first length bytes. */
static inline struct agx_bits agx_bits_below(unsigned int length)
{
	return (struct agx_bits){
		.lo = length < 8 ? (1ULL << (8 * length)) - 1 : ~0ULL,
		.hi = length > 8 ? (1ULL << (8 * (length - 8))) - 1 : 0,
	};
}

/* Whether an operand can stand in a field, whatever the other fields say. */
bool agx_operand_fits(const struct agx_spec *spec, const struct agx_insn_field *field,
		      const struct agx_insn *insn, const struct agx_operand *operand);

/* agx_encode(); *failed is the field that cannot be encoded, or NULL. */
int agx_encode_fields(struct agx_insn *insn, u8 *code, struct agx_error *err,
		      const struct agx_insn_field **failed);

/* The magnitude of an 8-bit float in 64ths. */
unsigned int agx_fimm_64ths(u8 fimm);

void agx_error_set(struct agx_error *err, int bit, int column, const char *format, ...)
	__printf(4, 5);

#endif
