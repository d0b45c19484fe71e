/* SPDX-License-Identifier: MIT */
/*
 * Packets and words as tables of fields: where bits stand in memory, and the
 * member of a structure that has their value.  Bits that no field of a table has
 * are bits that nobody is known to set.
 */
#ifndef COMPUTE_ISA_AGX_PACKET_H
#define COMPUTE_ISA_AGX_PACKET_H

#include "agx_isa.h"

enum agx_packet_kind {
	AGX_PACKET_EXACT,	/* always the same: exact */
	AGX_PACKET_NUMBER,	/* value >> shift */
	AGX_PACKET_GROUPS,	/* value / unit, rounded up, at least 1; 0: the most there is */
	AGX_PACKET_ADDRESS,	/* bits 32 to 39, then in the next word shift to 31 */
};

struct agx_packet_field {
	const char *name;	/* in messages */
	u8 kind;		/* enum agx_packet_kind */
	u8 bit;			/* the first, from the start of the table's bytes */
	u8 width;		/* up to 38 */
	u8 shift;
	u16 unit;
	u16 offset, size;	/* of the member */
	u32 exact;
};

/* A run of bytes described by fields: a word, or a part of a packet. */
struct agx_packet_part {
	const char *name;	/* in messages */
	u32 size;		/* bytes, up to AGX_PACKET_PART_MAX */
	u32 n;
	const struct agx_packet_field *field;
};

#define AGX_PACKET_PART_MAX 16

#define AGX_PART(what, bytes, list) \
	{ .name = (what), .size = (bytes), .n = ARRAY_SIZE(list), .field = (list) }

#define AGX_MEMBER(type, member) \
	.name = #member, .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define AGX_EXACT(b, w, v) \
	{ .name = "constant", .kind = AGX_PACKET_EXACT, .bit = (b), .width = (w), .exact = (v) }
#define AGX_NUMBER(type, member, b, w, s)				\
	{ AGX_MEMBER(type, member), .kind = AGX_PACKET_NUMBER, .bit = (b),	\
	  .width = (w), .shift = (s) }
#define AGX_GROUPS(type, member, b, w, u)				\
	{ AGX_MEMBER(type, member), .kind = AGX_PACKET_GROUPS, .bit = (b),	\
	  .width = (w), .unit = (u) }
#define AGX_ADDRESS(type, member, b, s)					\
	{ AGX_MEMBER(type, member), .kind = AGX_PACKET_ADDRESS, .bit = (b),	\
	  .width = 8, .shift = (s) }

/*
 * Reads part->size bytes into the members of out.  -EINVAL with err where a bit
 * is set that no field has; err->bit counts from first_bit on.
 */
int agx_packet_get(const struct agx_packet_part *part, const u8 *bytes, void *out,
		   u32 first_bit, struct agx_error *err);

/* The inverse: writes part->size bytes, or -EINVAL with err: a member is too large. */
int agx_packet_put(const struct agx_packet_part *part, const void *in, u8 *bytes,
		   struct agx_error *err);

#endif
