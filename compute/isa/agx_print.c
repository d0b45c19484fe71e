// SPDX-License-Identifier: MIT
/* struct agx_insn to text, as Mesa spells it. */
#include "agx_table.h"

struct out {
	char *text;
	size_t size;
	size_t n;      /* characters so far, written or not */
	bool operands; /* whether the mnemonic has something behind it */
};

__printf(2, 3) static void put(struct out *out, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out->n < out->size ? out->text + out->n : NULL,
		      out->n < out->size ? out->size - out->n : 0, format, args);
	va_end(args);
	out->n += n > 0 ? n : 0;
}

/* Before each operand and modifier. */
static void put_separator(struct out *out)
{
	if (out->operands)
		put(out, ", ");
	else
		for (put(out, " "); out->n < 9;)
			put(out, " ");
	out->operands = true;
}

static void put_register(struct out *out, char file, unsigned int size, unsigned int half)
{
	if (size == AGX_16)
		put(out, "%c%u%c", file, half / 2, half & 1 ? 'h' : 'l');
	else
		put(out, "%s%c%u", size == AGX_64 ? "d" : "", file, half / 2);
}

unsigned int agx_fimm_64ths(u8 fimm)
{
	unsigned int exponent = fimm >> 4 & 7, mantissa = fimm & 15;

	return exponent ? (16 + mantissa) << (exponent - 1) : mantissa;
}

u32 agx_fimm_f32(u8 fimm)
{
	u32 sign = (u32)(fimm & 0x80) << 24;
	unsigned int n = agx_fimm_64ths(fimm), top;

	if (!n)
		return sign;
	top = 31 - __builtin_clz(n);
	return sign | (127 - 6 + top) << 23 | ((n << (23 - top)) & 0x7fffff);
}

static void put_fimm(struct out *out, u8 fimm)
{
	unsigned int n = agx_fimm_64ths(fimm), fraction = n % 64 * 15625, digits = 6;

	while (digits > 1 && fraction % 10 == 0) {
		fraction /= 10;
		digits--;
	}
	put(out, "%s%u.%0*u", fimm & 0x80 ? "-" : "", n / 64, (int)digits, fraction);
}

static void put_immediate(struct out *out, const struct agx_insn *insn, const struct agx_operand *o,
			  const struct agx_operand_type *type)
{
	if (o->wide)
		put(out, "%u", (u32)insn->imm);
	else if (type->signed_imm && o->sx)
		put(out, "%d", (s16)o->value);
	else
		put(out, "%u", o->value);
	/* Small numbers are the same either way. */
	if (type->signed_imm && !o->sx && o->value < 0x8000)
		put(out, ".zx");
}

static void put_operand(struct out *out, const struct agx_insn *insn, const struct agx_operand *o,
			const struct agx_operand_type *type)
{
	bool immediate = o->kind == AGX_IMM;

	if (o->kind == AGX_NONE && type->none && !*type->none)
		return;
	put_separator(out);
	if (o->hint == AGX_HINT_CACHE)
		put(out, "$");
	else if (o->hint == AGX_HINT_DISCARD || o->lu)
		put(out, "^");
	switch ((enum agx_kind)o->kind) {
	case AGX_NONE:
		put(out, "_");
		break;
	case AGX_REG:
	case AGX_UNIFORM:
		for (unsigned int i = 0; i < o->count; i++) {
			put(out, i ? "_" : "");
			put_register(out, o->kind == AGX_REG ? 'r' : 'u', o->size,
				     o->value + (i << o->size));
		}
		break;
	case AGX_IMM:
		put_immediate(out, insn, o, type);
		break;
	case AGX_FIMM:
		put_fimm(out, o->value);
		break;
	case AGX_TS:
		put(out, "ts%u", o->value);
		break;
	case AGX_SS:
		put(out, "ss%u", o->value);
		break;
	case AGX_CF:
		put(out, "cf%u", o->value);
		break;
	}
	put(out, "%s%s%s", o->abs ? ".abs" : "", o->neg ? ".neg" : "",
	    o->sx && !(immediate && type->signed_imm) ? ".sx" : "");
}

static void put_modifier(struct out *out, const struct agx_insn *insn, const struct agx_modifier *m)
{
	u32 value = agx_modifier_put(m, insn);
	const char *name;

	switch ((enum agx_modifier_style)m->style) {
	case AGX_STYLE_NUMBER:
		put_separator(out);
		put(out, "%u", value);
		return;
	case AGX_STYLE_SIGNED:
		put_separator(out);
		put(out, "%d", (s32)value);
		return;
	case AGX_STYLE_NAME:
		name = agx_modifier_name(m, value);
		name = name ? name : "?";
		break;
	default:
		name = insn->flags & m->flag ? m->names[0] : "";
		break;
	}
	if (*name) {
		put_separator(out);
		put(out, "%s", name);
	}
}

int agx_print(char *text, size_t size, const struct agx_insn *insn)
{
	struct out out = { .text = text, .size = size };
	const struct agx_spec *spec;
	unsigned int i = 0;

	if (size)
		*text = '\0';
	if (insn->op >= AGX_OP_COUNT) {
		put(&out, "?");
		return out.n;
	}
	spec = &agx_table[insn->op];
	put(&out, "%s", spec->info.mnemonic);
	for (const struct agx_insn_field *f = spec->fields; f->kind; f++) {
		if (!agx_field_is_operand(f))
			put_modifier(&out, insn, agx_field_modifier(f));
		else if (i < insn->n_operands && i < AGX_MAX_OPERANDS)
			put_operand(&out, insn, &insn->operand[i++], agx_field_operand(f));
	}
	if (insn->ignored) {
		put_separator(&out);
		put(&out, "ignored %#x", insn->ignored);
	}
	if (insn->flags & (AGX_LONG | AGX_SHORT)) {
		put_separator(&out);
		put(&out, insn->flags & AGX_LONG ? "long" : "short");
	}
	return out.n;
}
