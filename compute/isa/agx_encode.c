// SPDX-License-Identifier: MIT
/* struct agx_insn to bytes. */
#include "agx_table.h"

/* Bits, and those among them that something has said. */
struct draft {
	struct agx_bits bits, owned;
};

/* False where another field has said something else. */
static bool place(struct draft *d, const struct agx_insn_field *field, u32 raw, u32 care)
{
	struct agx_bits bits = agx_bits_spread(raw & care, field);
	struct agx_bits cares = agx_bits_spread(care, field);

	if ((((d->bits.lo ^ bits.lo) & d->owned.lo & cares.lo)) |
	    ((d->bits.hi ^ bits.hi) & d->owned.hi & cares.hi))
		return false;
	d->bits.lo |= bits.lo;
	d->bits.hi |= bits.hi;
	d->owned.lo |= cares.lo;
	d->owned.hi |= cares.hi;
	return true;
}

static u32 field_mask(const struct agx_insn_field *field)
{
	return (1ULL << agx_field_width(field)) - 1;
}

static int encode_modifiers(struct draft *d, const struct agx_spec *spec,
			    const struct agx_insn *insn, struct agx_error *err,
			    const struct agx_insn_field **failed)
{
	u32 flags = insn->flags & ~(AGX_LONG | AGX_SHORT);

	for (const struct agx_insn_field *f = spec->fields; f->kind; f++) {
		const struct agx_modifier *m;
		u32 raw, mask = field_mask(f);

		if (agx_field_is_operand(f))
			continue;
		m = agx_field_modifier(f);
		raw = agx_modifier_put(m, insn);
		flags &= ~m->flag;
		if ((raw & ~mask) || (m->n_names && !m->flag && !agx_modifier_name(m, raw)) ||
		    !place(d, f, raw, mask)) {
			agx_error_set(err, -1, -1, "%s: %s %u is out of range", spec->info.name,
				      m->name, raw);
			*failed = f;
			return -ERANGE;
		}
	}
	if (flags) {
		agx_error_set(err, -1, -1, "%s has no flag %#x", spec->info.name, flags);
		return -ERANGE;
	}
	return 0;
}

static const struct agx_form *encode_operand(struct draft *d, const struct agx_insn_field *field,
					     const struct agx_insn *insn,
					     const struct agx_operand *operand)
{
	const struct agx_operand_type *type = agx_field_operand(field);
	const struct agx_form *form;
	u32 raw, care, mask = field_mask(field);

	form = agx_operand_put(type, insn, operand, agx_bits_get(&d->bits, field),
			       agx_bits_get(&d->owned, field), &raw, &care);
	/* Bits that a narrow field leaves out are zero. */
	if (!form || (raw & ~mask) || !place(d, field, raw, care & mask))
		return NULL;
	return form;
}

static int encode_operands(struct draft *d, const struct agx_spec *spec,
			   const struct agx_insn *insn, struct agx_error *err,
			   const struct agx_insn_field **failed)
{
	const struct agx_form *form[AGX_MAX_OPERANDS] = { NULL };
	bool ignores = !insn->ignored;
	int i = 0;

	for (const struct agx_insn_field *f = spec->fields; f->kind; f++) {
		if (!agx_field_is_operand(f))
			continue;
		if (i < insn->n_operands)
			form[i] = encode_operand(d, f, insn, &insn->operand[i]);
		if (!form[i])
			goto err_operand;
		ignores |= form[i++]->ignored != 0;
	}
	if (i != insn->n_operands || !ignores) {
		agx_error_set(err, -1, -1, "%s has %d operands", spec->info.name, i);
		return -ERANGE;
	}
	/* What the others have said must not make it another form. */
	i = 0;
	for (const struct agx_insn_field *f = spec->fields; f->kind; f++) {
		if (!agx_field_is_operand(f))
			continue;
		if (agx_operand_form(agx_field_operand(f), agx_bits_get(&d->bits, f)) != form[i])
			goto err_operand;
		i++;
	}
	return 0;

err_operand:
	for (const struct agx_insn_field *f = spec->fields; f->kind; f++) {
		if (!agx_field_is_operand(f) || i--)
			continue;
		agx_error_set(err, -1, -1, "%s: expected %s", spec->info.name,
			      agx_field_operand(f)->expects);
		*failed = f;
	}
	return -ERANGE;
}

/* Bytes, or -ERANGE. */
static int choose_length(struct draft *d, const struct agx_spec *spec, u32 flags,
			 struct agx_error *err)
{
	struct agx_bits below = agx_bits_below(spec->info.length_short);
	bool needs_long = (d->bits.lo & ~below.lo) | (d->bits.hi & ~below.hi);
	u32 asked = flags & (AGX_LONG | AGX_SHORT);

	if (asked && (!spec->length_bit || asked == (AGX_LONG | AGX_SHORT) ||
		      (asked == AGX_SHORT && needs_long))) {
		agx_error_set(err, -1, -1, "%s: no %s form says that", spec->info.name,
			      asked & AGX_SHORT ? "short" : "long");
		return -ERANGE;
	}
	if (!spec->length_bit)
		return spec->info.length_short;
	if (!needs_long && !(spec->long_is_rule ? asked != AGX_SHORT : asked == AGX_LONG))
		return spec->info.length_short;
	d->bits.lo |= 1ULL << spec->length_bit;
	return spec->info.length_long;
}

static struct draft draft_of(const struct agx_spec *spec)
{
	return (struct draft){ { spec->value, spec->value_hi }, { spec->mask, spec->mask_hi } };
}

bool agx_operand_fits(const struct agx_spec *spec, const struct agx_insn_field *field,
		      const struct agx_insn *insn, const struct agx_operand *operand)
{
	struct agx_insn whole = *insn;
	struct draft d = draft_of(spec);

	whole.mask = (1u << operand->count) - 1;
	whole.ignored = 0;
	return encode_operand(&d, field, &whole, operand) != NULL;
}

/*
 * Whether bytes that are an earlier instruction of the table, too, are all right as
 * that: it means the same (imadd that adds 0 is imul), but may not know all operands.
 */
static bool reads_back(const u8 *code, int length)
{
	struct agx_insn insn;

	return agx_decode(&insn, code, (size_t)length, NULL) == length;
}

int agx_encode_fields(struct agx_insn *insn, u8 *code, struct agx_error *err,
		      const struct agx_insn_field **failed)
{
	const struct agx_spec *spec;
	struct draft d;
	int length;

	*failed = NULL;
	if (insn->op >= AGX_OP_COUNT) {
		agx_error_set(err, -1, -1, "%u is no instruction", insn->op);
		return -ERANGE;
	}
	spec = &agx_table[insn->op];
	d = draft_of(spec);
	if (encode_modifiers(&d, spec, insn, err, failed) ||
	    encode_operands(&d, spec, insn, err, failed))
		return -ERANGE;
	length = choose_length(&d, spec, insn->flags, err);
	if (length < 0)
		return length;
	agx_bits_store(&d.bits, code, length);
	if (!reads_back(code, length)) {
		agx_error_set(err, -1, -1, "%s: its bits are those of another instruction",
			      spec->info.name);
		return -ERANGE;
	}
	insn->length = length;
	return length;
}

int agx_encode(struct agx_insn *insn, u8 *code, struct agx_error *err)
{
	const struct agx_insn_field *failed;

	return agx_encode_fields(insn, code, err, &failed);
}
