// SPDX-License-Identifier: MIT
/* Fields that are spread over an instruction; errors. */
#include "agx_table.h"

u32 agx_bits_get(const struct agx_bits *bits, const struct agx_field *field)
{
	unsigned int shift = 0;
	u32 raw = 0;

	for (int i = 0; i < AGX_FIELD_RANGES && field->range[i].width; i++) {
		raw |= agx_bits_range(bits, field->range[i]) << shift;
		shift += field->range[i].width;
	}
	return raw;
}

struct agx_bits agx_bits_spread(u32 raw, const struct agx_field *field)
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

int agx_field_bit(const struct agx_field *field, int raw_bit)
{
	for (int i = 0; i < AGX_FIELD_RANGES && field->range[i].width; i++) {
		if (raw_bit < field->range[i].width)
			return field->range[i].first + raw_bit;
		raw_bit -= field->range[i].width;
	}
	return field->range[0].first;
}

unsigned int agx_field_width(const struct agx_field *field)
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
