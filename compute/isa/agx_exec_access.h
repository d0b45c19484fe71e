/* SPDX-License-Identifier: MIT */
/*
 * What one instruction accesses in memory, and the plain way to do it: lane by lane
 * from the lowest, element by element, with a fault where it belongs and the observer
 * told.  agx_exec_mem.c takes it where nothing quicker does.
 */
#ifndef COMPUTE_ISA_AGX_EXEC_ACCESS_H
#define COMPUTE_ISA_AGX_EXEC_ACCESS_H

#include "agx_exec_lanes.h"

/* The elements that each lane accesses, relative to the lane's address. */
struct agx_shape {
	u32 size;		/* bytes of an element: 1, 2, 4 */
	u32 n;			/* elements, 0 to 4 */
	u32 span;		/* bytes up to the end of the last one */
	const u8 *component;	/* which of the mask's each of them is: x is 0 */
};

struct agx_addresses {
	u64 v[AGX_LANES] AGX_ALIGNED(64);
};

AGX_INLINE u32 agx_element_log2(u32 format)
{
	static const u8 log2[16] = {
		[AGX_I16] = 1, [AGX_F16] = 1, [AGX_U16NORM] = 1, [AGX_S16NORM] = 1,
		[AGX_I32] = 2, [AGX_RGB10A2] = 2, [AGX_RG11B10F] = 2, [AGX_RGB9E5] = 2,
		[AGX_RG11B10F_RTZ] = 2, [AGX_RGB9E5_RTZ] = 2,
	};

	return log2[format & 15];
}

/* Registers stay packed where the mask has holes; packed formats are one word. */
AGX_INLINE struct agx_shape agx_shape(const struct agx_insn *insn)
{
	static const struct {
		u8 n, end, component[4];
	} masks[16] = {
		{ 0, 0, { 0 } },       { 1, 1, { 0 } },       { 1, 2, { 1 } },
		{ 2, 2, { 0, 1 } },    { 1, 3, { 2 } },       { 2, 3, { 0, 2 } },
		{ 2, 3, { 1, 2 } },    { 3, 3, { 0, 1, 2 } }, { 1, 4, { 3 } },
		{ 2, 4, { 0, 3 } },    { 2, 4, { 1, 3 } },    { 3, 4, { 0, 1, 3 } },
		{ 2, 4, { 2, 3 } },    { 3, 4, { 0, 2, 3 } }, { 3, 4, { 1, 2, 3 } },
		{ 4, 4, { 0, 1, 2, 3 } },
	};
	const u32 mask = agx_format_packed(insn->format) ? 1 : insn->mask & 15;
	const u32 log2 = agx_element_log2(insn->format);

	return (struct agx_shape){
		.size = 1u << log2, .n = masks[mask].n, .span = (u32)masks[mask].end << log2,
		.component = masks[mask].component,
	};
}

/* How far an index is shifted besides the element's size; 3 behaves as 2. */
AGX_INLINE u32 agx_index_shift(const struct agx_insn *insn)
{
	return agx_format_packed(insn->format) ? 0 : insn->shift < 2 ? insn->shift : 2;
}

/* Elements of memory are aligned; the host's type is that of the size. */
typedef u16 __attribute__((may_alias)) agx_u16_element;
typedef u32 __attribute__((may_alias)) agx_u32_element;

AGX_INLINE u32 agx_get_element(const u8 *host, u32 size)
{
	return size == 1 ? *host
	       : size == 2 ? *(const agx_u16_element *)host
			   : *(const agx_u32_element *)host;
}

AGX_INLINE void agx_put_element(u8 *host, u32 size, u32 value)
{
	if (size == 1)
		*host = (u8)value;
	else if (size == 2)
		*(agx_u16_element *)host = (u16)value;
	else
		*(agx_u32_element *)host = value;
}

/*
 * Addresses of all lanes, in elements of 1 << log2 bytes; base is the number of the
 * first operand that makes them.  Local ones have 16 bits.
 */
void agx_device_addresses(const struct agx_simd *simd, const struct agx_insn *insn, int base,
			  u32 log2, u32 shift, struct agx_addresses *to);
void agx_local_addresses(const struct agx_simd *simd, const struct agx_insn *insn, int base,
			 u32 log2, struct agx_addresses *to);
/* Those of a load or store in this space. */
void agx_access_addresses(const struct agx_simd *simd, const struct agx_insn *insn, u32 space,
			  struct agx_addresses *to);

/* Host memory of one element of one lane, with these rights; NULL after a fault. */
u8 *agx_element_host(struct agx_simd *simd, u32 space, u32 lane, u64 address, u32 size,
		     u32 prot);

/* Tells the observer of an access of this kind, if there is one. */
void agx_observe(const struct agx_simd *simd, u32 space, const struct agx_addresses *at,
		 const struct agx_shape *shape, u32 kind);

/* What looking up addresses took, if it was much. */
AGX_INLINE void agx_charge_lookups(struct agx_simd *simd)
{
	struct agx_tlb *tlb = simd->tlb;

	if (tlb->lookups > 4)
		agx_simd_pause(simd, tlb->lookups * AGX_STEPS_PER_LOOKUP);
	tlb->lookups = 0;
}

/*
 * Elements of active lanes, zero-extended on their way in.  False after a fault: lanes
 * below it have stored.
 */
bool agx_load_plain(struct agx_simd *simd, u32 space, const struct agx_addresses *at,
		    const struct agx_shape *shape, struct agx_lanes raw[4]);
bool agx_store_plain(struct agx_simd *simd, u32 space, const struct agx_addresses *at,
		     const struct agx_shape *shape, const u32 *const value[4]);

#endif
