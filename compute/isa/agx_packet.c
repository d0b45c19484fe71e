// SPDX-License-Identifier: MIT
#include "agx_packet.h"

#include "agx_table.h"

static u64 get_bits(const u8 *bytes, u32 bit, u32 width)
{
	u64 value = 0;

	for (u32 i = 0; i < width + bit % 8; i += 8)
		value |= (u64)bytes[(bit + i) / 8] << i;
	return value >> bit % 8 & ((1ull << width) - 1);
}

static void put_bits(u8 *bytes, u32 bit, u32 width, u64 value)
{
	value <<= bit % 8;
	for (u32 i = 0; i < width + bit % 8; i += 8)
		bytes[(bit + i) / 8] |= (u8)(value >> i);
}

static u64 get_member(const struct agx_packet_field *f, const void *in)
{
	const u8 *p = (const u8 *)in + f->offset;
	u64 value = 0;

	/* Of a bool, an enum, a u32 or a u64, on a little-endian host. */
	memcpy(&value, p, f->size);
	return value;
}

static void put_member(const struct agx_packet_field *f, void *out, u64 value)
{
	memcpy((u8 *)out + f->offset, &value, f->size);
}

/* The bits that this field has. */
static void add_known(const struct agx_packet_field *f, u8 *known)
{
	put_bits(known, f->bit, f->width, (1ull << f->width) - 1);
	if (f->kind == AGX_PACKET_ADDRESS)
		put_bits(known, f->bit + 32 + f->shift, 32 - f->shift,
			 (1ull << (32 - f->shift)) - 1);
}

static u32 lowest_bit(u64 value)
{
	return (u32)__builtin_ctzll(value);
}

static int check_known(const struct agx_packet_part *part,
		const u8 *bytes, u32 first_bit,
		       struct agx_error *err)
{
	u8 known[AGX_PACKET_PART_MAX] = { 0 };
	u32 bit;

	for (u32 i = 0; i < part->n; i++)
		add_known(&part->field[i], known);
	for (u32 i = 0; i < part->size; i++) {
		if (!(bytes[i] & ~known[i]))
			continue;
		bit = first_bit + 8 * i + lowest_bit(bytes[i] & ~known[i]);
		agx_error_set(err, (int)bit, -1, "%s: bit %u is set, but nobody is known to set it",
			      part->name, bit);
		return -EINVAL;
	}
	return 0;
}

static int check_exact(const struct agx_packet_part *part, const struct agx_packet_field *f,
		       u64 value, u32 first_bit, struct agx_error *err)
{
	u32 bit;

	if (value == f->exact)
		return 0;
	bit = lowest_bit(value ^ f->exact);
	agx_error_set(err, (int)(first_bit + f->bit + bit), -1,
		      "%s: bit %u is %u, but known as %u only", part->name,
		      first_bit + f->bit + bit, (u32)(value >> bit & 1), f->exact >> bit & 1);
	return -EINVAL;
}

int agx_packet_get(const struct agx_packet_part *part, const u8 *bytes, void *out, u32 first_bit,
		   struct agx_error *err)
{
	int ret = check_known(part, bytes, first_bit, err);

	for (u32 i = 0; i < part->n && !ret; i++) {
		const struct agx_packet_field *f = &part->field[i];
		u64 value = get_bits(bytes, f->bit, f->width);

		switch (f->kind) {
		case AGX_PACKET_EXACT:
			ret = check_exact(part, f, value, first_bit, err);
			continue;
		case AGX_PACKET_NUMBER:
			value <<= f->shift;
			break;
		case AGX_PACKET_GROUPS:
			value = (value ? value : 1ull << f->width) * f->unit;
			break;
		case AGX_PACKET_ADDRESS:
			value = value << 32 | get_bits(bytes, f->bit + 32, 32);
			break;
		}
		put_member(f, out, value);
	}
	return ret;
}

static int too_large(const struct agx_packet_part *part, const struct agx_packet_field *f,
		     u64 value, u64 most, struct agx_error *err)
{
	agx_error_set(err, -1, -1, "%s: %s is 0x%llx, at most 0x%llx can be said", part->name,
		      f->name, (unsigned long long)value, (unsigned long long)most);
	return -EINVAL;
}

static int misaligned(const struct agx_packet_part *part, const struct agx_packet_field *f,
		      u64 value, struct agx_error *err)
{
	agx_error_set(err, -1, -1, "%s: %s is 0x%llx, not a multiple of %u", part->name, f->name,
		      (unsigned long long)value, 1u << f->shift);
	return -EINVAL;
}

static int put_field(const struct agx_packet_part *part, const struct agx_packet_field *f,
		     u64 value, u8 *bytes, struct agx_error *err)
{
	u64 most = ((1ull << f->width) - 1) << f->shift;
	u64 n;

	switch (f->kind) {
	case AGX_PACKET_EXACT:
		put_bits(bytes, f->bit, f->width, f->exact);
		return 0;
	case AGX_PACKET_NUMBER:
		if (value & ((1ull << f->shift) - 1))
			return misaligned(part, f, value, err);
		if (value > most)
			return too_large(part, f, value, most, err);
		put_bits(bytes, f->bit, f->width, value >> f->shift);
		return 0;
	case AGX_PACKET_GROUPS:
		most = (u64)f->unit << f->width;
		if (value > most)
			return too_large(part, f, value, most, err);
		n = value ? (value + f->unit - 1) / f->unit : 1;
		put_bits(bytes, f->bit, f->width, n & ((1ull << f->width) - 1));
		return 0;
	default:
		most = 0xffffffffffull >> f->shift << f->shift;
		if (value & ((1ull << f->shift) - 1))
			return misaligned(part, f, value, err);
		if (value > most)
			return too_large(part, f, value, most, err);
		put_bits(bytes, f->bit, 8, value >> 32);
		put_bits(bytes, f->bit + 32, 32, value & 0xffffffff);
		return 0;
	}
}

int agx_packet_put(const struct agx_packet_part *part, const void *in, u8 *bytes,
		   struct agx_error *err)
{
	int ret = 0;

	memset(bytes, 0, part->size);
	for (u32 i = 0; i < part->n && !ret; i++) {
		const struct agx_packet_field *f = &part->field[i];

		ret = put_field(part, f, get_member(f, in), bytes, err);
	}
	return ret;
}
