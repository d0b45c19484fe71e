// SPDX-License-Identifier: MIT
/* Fields that are spread over an instruction; errors. */
#include "agx_table.h"

struct agx_bits agx_spec_free_bits(const struct agx_spec *spec)
{
	struct agx_bits bits = { 0 };

	for (const struct agx_insn_field *f = spec->fields; f->kind; f++) {
		struct agx_bits field = agx_bits_spread(~0u, f);

		bits.lo |= field.lo;
		bits.hi |= field.hi;
	}
	if (spec->length_bit)
		bits.lo |= 1ull << spec->length_bit;
	bits.lo &= ~spec->mask;
	bits.hi &= ~(u64)spec->mask_hi;
	return bits;
}

int agx_field_bit(const struct agx_insn_field *field, int raw_bit)
{
	for (int i = 0; i < AGX_FIELD_RANGES && field->range[i].width; i++) {
		if (raw_bit < field->range[i].width)
			return field->range[i].first + raw_bit;
		raw_bit -= field->range[i].width;
	}
	return field->range[0].first;
}

unsigned int agx_field_width(const struct agx_insn_field *field)
{
	unsigned int width = 0;

	for (int i = 0; i < AGX_FIELD_RANGES && field->range[i].width; i++)
		width += field->range[i].width;
	return width;
}

void agx_error_set(struct agx_error *err, int bit, int column, const char *format, ...)
{
	va_list args;

	if (!err)
		return;
	err->bit = bit;
	err->column = column;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
}
