// SPDX-License-Identifier: MIT
/* Bytes to struct agx_insn. */
#include "agx_table.h"

#define NO_BIT 96   /* behind the last of any instruction */

static struct agx_bits load(const u8 *code, size_t size)
{
	struct agx_bits bits = { 0 };

	for (size_t i = 0; i < size && i < AGX_INSN_MAX; i++) {
		if (i < 8)
			bits.lo |= (u64)code[i] << (8 * i);
		else
			bits.hi |= (u64)code[i] << (8 * (i - 8));
	}
	return bits;
}

static int lowest_bit(const struct agx_bits *bits)
{
	return bits->lo	  ? __builtin_ctzll(bits->lo)
	       : bits->hi ? 64 + __builtin_ctzll(bits->hi)
			  : NO_BIT;
}

static unsigned int length_of(const struct agx_spec *spec, const struct agx_bits *bits)
{
	if (spec->length_bit && (bits->lo >> spec->length_bit & 1))
		return spec->info.length_long;
	return spec->info.length_short;
}

/*
 * Exact bits of the instruction that are others here, among the first size bytes.
 * What is behind its end reads as zero.
 */
static struct agx_bits mismatch(const struct agx_spec *spec, const struct agx_bits *bits,
				size_t size)
{
	struct agx_bits in = agx_bits_below(length_of(spec, bits)), there = agx_bits_below(size);

	return (struct agx_bits){
		.lo = ((bits->lo & in.lo) ^ spec->value) & spec->mask & there.lo,
		.hi = ((bits->hi & in.hi) ^ spec->value_hi) & spec->mask_hi & there.hi,
	};
}

/*
 * Where to begin to look: the first instruction with these low six bits, which are
 * exact bits of all.
 */
static const u8 first_with[64] = {
	[0x22] = AGX_OP_LDIMM16, [0x32] = AGX_OP_MFSR, [0x0e] = AGX_OP_IADD,
	[0x1e] = AGX_OP_IMUL, [0x3e] = AGX_OP_U8_TO_F, [0x2e] = AGX_OP_SHL,
	[0x2f] = AGX_OP_SIMD_MATRIX_FMADD32, [0x3a] = AGX_OP_FFMA, [0x36] = AGX_OP_HFMA,
	[0x2a] = AGX_OP_FADD, [0x1a] = AGX_OP_FMUL, [0x26] = AGX_OP_HADD,
	[0x16] = AGX_OP_HMUL, [0x0a] = AGX_OP_FLOOR, [0x08] = AGX_OP_STOP,
	[0x00] = AGX_OP_JMP_INCOMPLETE, [0x14] = AGX_OP_RET, [0x04] = AGX_OP_CALL_REG,
	[0x10] = AGX_OP_CALL, [0x20] = AGX_OP_JMP_NONE, [0x12] = AGX_OP_POP_EXEC,
	[0x02] = AGX_OP_UPDATE_EXEC, [0x18] = AGX_OP_PIXREL, [0x38] = AGX_OP_WAIT,
	[0x11] = AGX_OP_NO_VAR, [0x05] = AGX_OP_LOAD, [0x15] = AGX_OP_ATOMIC,
	[0x19] = AGX_OP_LATOMIC, [0x35] = AGX_OP_STACK_LOAD,
	[0x2d] = AGX_OP_TEX_STATE_STORE, [0x29] = AGX_OP_LLOAD, [0x28] = AGX_OP_BARRIER,
	[0x09] = AGX_OP_LD_TILE, [0x01] = AGX_OP_SAMPLE_MASK, [0x21] = AGX_OP_ITER,
	[0x31] = AGX_OP_SMPF,
};

/* The first that matches, or NULL; it may be longer than size. */
static const struct agx_spec *find(const struct agx_bits *bits, size_t size)
{
	const struct agx_spec *spec = agx_table + (size ? first_with[bits->lo & 63] : 0);

	size = size < AGX_INSN_MAX ? size : AGX_INSN_MAX;
	for (; spec < agx_table + AGX_OP_COUNT; spec++) {
		struct agx_bits wrong = mismatch(spec, bits, size);

		if (!(wrong.lo | wrong.hi))
			return spec;
	}
	return NULL;
}

/* Where no instruction matches: the first bit that nothing before it allows. */
static int first_unknown_bit(const struct agx_bits *bits)
{
	int furthest = 0;

	for (const struct agx_spec *spec = agx_table; spec < agx_table + AGX_OP_COUNT; spec++) {
		struct agx_bits wrong = mismatch(spec, bits, AGX_INSN_MAX);
		int bit = lowest_bit(&wrong);

		furthest = bit > furthest ? bit : furthest;
	}
	return furthest;
}

int agx_length(const u8 *code, size_t size)
{
	struct agx_bits bits = load(code, size);
	const struct agx_spec *spec = find(&bits, size);
	unsigned int length;

	if (!spec)
		return -EILSEQ;
	length = length_of(spec, &bits);
	return length <= size ? (int)length : -ENODATA;
}

/* The lowest bit that is wrong, or NO_BIT. */
static int decode_fields(struct agx_insn *insn, const struct agx_spec *spec,
			 const struct agx_bits *bits)
{
	struct agx_bits unknown = { bits->lo & ~spec->mask, bits->hi & ~spec->mask_hi };
	int wrong = NO_BIT, first;

	for (const struct agx_insn_field *f = spec->fields; f->kind; f++) {
		u32 raw = agx_bits_get(bits, f);
		struct agx_bits field = agx_bits_spread(raw, f);
		int bad;

		unknown.lo &= ~field.lo;
		unknown.hi &= ~field.hi;
		if (agx_field_is_operand(f))
			bad = agx_operand_get(agx_field_operand(f), raw, insn,
					      &insn->operand[insn->n_operands++]);
		else
			bad = agx_modifier_get(agx_field_modifier(f), raw, insn);
		if (bad >= 0 && agx_field_bit(f, bad) < wrong)
			wrong = agx_field_bit(f, bad);
	}
	if (spec->length_bit)
		unknown.lo &= ~(1ULL << spec->length_bit);
	first = lowest_bit(&unknown);
	return first < wrong ? first : wrong;
}

/* What the length says beyond the rest. */
static u32 length_flags(const struct agx_spec *spec, const struct agx_bits *bits,
			unsigned int length)
{
	struct agx_bits below = agx_bits_below(spec->info.length_short);

	if (!spec->length_bit)
		return 0;
	if (length == spec->info.length_short)
		return spec->long_is_rule ? AGX_SHORT : 0;
	if (spec->long_is_rule || ((bits->lo & ~below.lo) | (bits->hi & ~below.hi)))
		return 0;
	return AGX_LONG;
}

int agx_decode(struct agx_insn *insn, const u8 *code, size_t size, struct agx_error *err)
{
	struct agx_bits bits = load(code, size), below;
	const struct agx_spec *spec = find(&bits, size);
	struct agx_insn decoded = { 0 };
	unsigned int length;
	int bit;

	if (!spec) {
		bit = first_unknown_bit(&bits);
		agx_error_set(err, bit, -1, "bit %d is in no instruction", bit);
		return -EILSEQ;
	}
	length = length_of(spec, &bits);
	if (length > size) {
		agx_error_set(err, -1, -1, "%s ends behind the code", spec->info.name);
		return -ENODATA;
	}
	below = agx_bits_below(length);
	bits.lo &= below.lo;
	bits.hi &= below.hi;
	decoded.op = spec - agx_table;
	decoded.length = length;
	bit = decode_fields(&decoded, spec, &bits);
	if (bit != NO_BIT) {
		agx_error_set(err, bit, -1, "bit %d is not known in %s", bit, spec->info.name);
		return -EILSEQ;
	}
	decoded.flags |= length_flags(spec, &bits, length);
	*insn = decoded;
	return length;
}
