// SPDX-License-Identifier: MIT
#include "agx_exec_access.h"

/* The base rounded down to the element, plus the index in elements shifted left. */
void agx_device_addresses(const struct agx_simd *simd, const struct agx_insn *insn, int base,
			  u32 log2, u32 shift, struct agx_addresses *to)
{
	const struct agx_operand *b = &insn->operand[base], *i = &insn->operand[base + 1];
	const u64 align = ~(u64)0 << log2;
	const u32 scale = log2 + shift;

	if (b->kind == AGX_REG) {
		const u32 *low = simd->reg[b->value >> 1], *high = simd->reg[(b->value >> 1) + 1];

		agx_each_lane(l)
			to->v[l] = ((u64)high[l] << 32 | low[l]) & align;
	} else {
		const u64 uniform = agx_uniform64(simd, b->value) & align;

		agx_each_lane(l)
			to->v[l] = uniform;
	}
	if (i->kind == AGX_REG) {
		const u32 *index = simd->reg[i->value >> 1];
		const bool sign = i->sx;

		agx_each_lane(l)
			to->v[l] += (sign ? (u64)(s64)(s32)index[l] : (u64)index[l]) << scale;
	} else {
		const u64 offset = (u64)agx_operand_imm(insn, base + 1) << scale;

		agx_each_lane(l)
			to->v[l] += offset;
	}
}

/* Base and index are byte offsets; their sum is rounded down to the element. */
void agx_local_addresses(const struct agx_simd *simd, const struct agx_insn *insn, int base,
			 u32 log2, struct agx_addresses *to)
{
	struct agx_lanes buf[2];
	const u32 *b = agx_get(simd, insn, base, false, &buf[0]);
	const u32 *i = agx_get(simd, insn, base + 1, false, &buf[1]);
	const u32 align = 0xffff & ~0u << log2;

	agx_each_lane(l)
		to->v[l] = (b[l] + i[l]) & align;
}

/* The index is in bytes, shifted as the instruction says; rounded down likewise. */
static void stack_addresses(const struct agx_simd *simd, const struct agx_insn *insn,
			    struct agx_addresses *to)
{
	const u64 align = ~(u64)0 << agx_element_log2(insn->format);
	const u32 shift = agx_index_shift(insn);
	const bool sx = insn->operand[1].sx;
	struct agx_lanes buf;
	const u32 *index = agx_get(simd, insn, 1, false, &buf);

	agx_each_lane(l)
		to->v[l] = (sx ? (u64)(s64)(s32)index[l] : index[l]) << shift & align;
}

void agx_access_addresses(const struct agx_simd *simd, const struct agx_insn *insn, u32 space,
			  struct agx_addresses *to)
{
	const u32 log2 = agx_element_log2(insn->format);

	if (space == AGX_SPACE_DEVICE)
		agx_device_addresses(simd, insn, 1, log2, agx_index_shift(insn), to);
	else if (space == AGX_SPACE_LOCAL)
		agx_local_addresses(simd, insn, 1, log2, to);
	else
		stack_addresses(simd, insn, to);
}

u8 *agx_element_host(struct agx_simd *simd, u32 space, u32 lane, u64 address, u32 size,
		     u32 prot)
{
	const u32 room = space == AGX_SPACE_LOCAL ? simd->group->local_size : simd->stack_size;
	enum agx_fault_kind kind = AGX_FAULT_UNMAPPED;
	bool write = prot & AGX_MEM_WRITE;
	const struct agx_tlb_entry *e;
	u8 *host;

	if (space == AGX_SPACE_DEVICE) {
		host = agx_tlb_find(simd->tlb, address, prot);
		if (host)
			return host;
		e = agx_tlb_entry(simd->tlb, address, 0);
		if (e) {
			write &= !(e->prot & AGX_MEM_WRITE);
			kind = write ? AGX_FAULT_READ_ONLY : AGX_FAULT_WRITE_ONLY;
		}
	} else if (address < room && room - address >= size) {
		return space == AGX_SPACE_LOCAL ? simd->group->local + address
						: agx_stack_host(simd, lane, (u32)address);
	} else {
		kind = space == AGX_SPACE_LOCAL ? AGX_FAULT_LOCAL : AGX_FAULT_STACK;
	}
	agx_simd_fault(simd, kind, lane, address, write);
	return NULL;
}

void agx_observe(const struct agx_simd *simd, u32 space, const struct agx_addresses *at,
		 const struct agx_shape *shape, u32 kind)
{
	const struct agx_observer *observer = simd->observer;

	if (!observer || !observer->access)
		return;
	agx_each_bit(l, simd->active)
		for (u32 k = 0; k < shape->n; k++)
			observer->access(observer->ctx, simd, l, space,
					 at->v[l] + shape->component[k] * shape->size,
					 shape->size, kind);
}

bool agx_load_plain(struct agx_simd *simd, u32 space, const struct agx_addresses *at,
		    const struct agx_shape *shape, struct agx_lanes raw[4])
{
	agx_each_bit(l, simd->active)
		for (u32 k = 0; k < shape->n; k++) {
			u64 address = at->v[l] + shape->component[k] * shape->size;
			const u8 *host = agx_element_host(simd, space, l, address, shape->size,
							  AGX_MEM_READ);

			if (!host)
				return false;
			raw[k].v[l] = agx_get_element(host, shape->size);
		}
	agx_observe(simd, space, at, shape, AGX_ACCESS_READ);
	agx_charge_lookups(simd);
	return true;
}

bool agx_store_plain(struct agx_simd *simd, u32 space, const struct agx_addresses *at,
		     const struct agx_shape *shape, const u32 *const value[4])
{
	agx_each_bit(l, simd->active)
		for (u32 k = 0; k < shape->n; k++) {
			u64 address = at->v[l] + shape->component[k] * shape->size;
			u8 *host = agx_element_host(simd, space, l, address, shape->size,
						    AGX_MEM_WRITE);

			if (!host)
				return false;
			agx_put_element(host, shape->size, value[k][l]);
		}
	agx_observe(simd, space, at, shape, AGX_ACCESS_WRITE);
	agx_charge_lookups(simd);
	return true;
}
