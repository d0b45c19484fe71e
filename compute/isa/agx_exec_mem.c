// SPDX-License-Identifier: MIT
/*
 * Loads and stores of device, threadgroup and stack memory.
 *
 * Nearly always the lanes of a SIMD-group go to one run of host memory: then it is
 * looked up once, and lanes side by side are moved as vectors.  Everything else, every
 * fault among it, is left to agx_exec_access.c.
 *
 * Compiled twice: as it is, and for AVX2 by agx_exec_mem_avx2.c.
 */
#include "agx_exec.h"
#include "agx_exec_access.h"
#include "agx_exec_fp.h"

#ifndef AGX_EXEC_MEMORY
#define AGX_EXEC_MEMORY agx_exec_memory_generic

agx_exec_fn agx_exec_memory(const struct agx_insn *insn)
{
#ifdef __x86_64__
	if (agx_has_avx2())
		return agx_exec_memory_avx2(insn);
#endif
	return agx_exec_memory_generic(insn);
}
#endif

/* --- one run of host memory ------------------------------------------------ */

/* Longer runs are seen in part: offsets have 31 bits. */
#define RUN_MAX 0x7fffffffu

enum order {
	APART,
	LINEAR,		/* all lanes active, their elements side by side */
	SAME,		/* all lanes active, at one place */
};

/* Where lanes are, inactive ones where an active one is. */
struct run {
	u8 *host;		/* of the lowest */
	enum order order;
	struct agx_lanes offset;	/* from host, if APART */
};

/* Whether each lane's value is step more than that of the one before. */
AGX_INLINE bool is_sequence(const u32 *v, u32 step)
{
	const u32 first = v[0];
	u32 wrong = 0;

	agx_each_lane(l)
		wrong |= (v[l] - first) ^ l * step;
	return !wrong;
}

/* Of active lanes: the others get the value of one that is. */
AGX_INLINE const u32 *active_values(const struct agx_simd *simd, const u32 *v,
				    struct agx_lanes *buf)
{
	const u32 value = v[__builtin_ctz(simd->active)];
	const u32 *mask = simd->lane_mask;

	if (simd->active == AGX_ALL_LANES)
		return v;
	agx_each_lane(l)
		buf->v[l] = (v[l] & mask[l]) | (value & ~mask[l]);
	return buf->v;
}

/* Smallest and greatest, as unsigned after flipping bias. */
AGX_INLINE void get_range(const u32 *v, u32 bias, u32 *min, u32 *max)
{
	u32 low = ~0u, high = 0;

	agx_each_lane(l) {
		u32 x = v[l] ^ bias;

		low = x < low ? x : low;
		high = x > high ? x : high;
	}
	*min = low ^ bias;
	*max = high ^ bias;
}

/*
 * The order of lanes that go to indices v, if step is what side by side means (0: that
 * they cannot be), with the lowest and the highest index.
 */
AGX_INLINE enum order order_of(const struct agx_simd *simd, const u32 *v, u32 step, u32 bias,
				u32 *min, u32 *max)
{
	const u32 first = v[0], last = first + (AGX_LANES - 1) * step;

	if (simd->active == AGX_ALL_LANES && v[1] == first + step && is_sequence(v, step) &&
	    (last ^ bias) >= (first ^ bias)) {
		*min = first;
		*max = last;
		return step ? LINEAR : SAME;
	}
	get_range(v, bias, min, max);
	return *min == *max && simd->active == AGX_ALL_LANES ? SAME : APART;
}

/* Indices that lie side by side, of elements shifted left by shift; 0: there are none. */
AGX_INLINE u32 get_step(const struct agx_shape *shape, u32 shift)
{
	const bool dense = shape->span == shape->n * shape->size;

	return dense && !(shape->n & ((1u << shift) - 1)) ? shape->n >> shift : 0;
}

/*
 * Looks up what the shape has at base + (index << scale) in each lane.  False where
 * that is not one run.
 */
AGX_INLINE bool find_run(struct agx_simd *simd, const struct agx_shape *shape, u64 base,
			 const u32 *index, bool sign, u32 scale, u32 step, u32 prot,
			 struct run *run)
{
	const struct agx_tlb_entry *e;
	u64 address, reach;
	u32 min, max, room;

	run->order = order_of(simd, index, step, sign ? 0x80000000 : 0, &min, &max);
	address = base + ((sign ? (u64)(s64)(s32)min : min) << scale);
	reach = ((u64)(max - min) << scale) + shape->span;
	e = agx_tlb_entry(simd->tlb, address, prot);
	if (!e)
		return false;
	room = (u32)(e->size < RUN_MAX ? e->size : RUN_MAX) - (u32)(address & 0xfff);
	if (reach > room)
		return false;
	run->host = e->host + (address & 0xfff);
	if (run->order == APART)
		agx_each_lane(l)
			run->offset.v[l] = (index[l] - min) << scale;
	return true;
}

/* A base for all lanes: indices alone say where they are. */
AGX_INLINE bool find_indices(struct agx_simd *simd, const struct agx_insn *insn,
			     const struct agx_shape *shape, u64 base, u32 prot, struct run *run)
{
	const struct agx_operand *i = &insn->operand[2];
	const u32 log2 = agx_element_log2(insn->format), shift = agx_index_shift(insn);
	struct agx_lanes buf;
	const u32 *index = i->kind == AGX_REG
			   ? active_values(simd, simd->reg[i->value >> 1], &buf)
			   : agx_get(simd, insn, 2, false, &buf);

	return find_run(simd, shape, base & ~(u64)0 << log2, index, i->sx, log2 + shift,
			get_step(shape, shift), prot, run);
}

/* An index for all lanes, which goes to the base: low words say where they are. */
AGX_INLINE bool find_bases(struct agx_simd *simd, const struct agx_insn *insn,
			   const struct agx_shape *shape, u64 base, const u32 *low, u32 prot,
			   struct run *run)
{
	const u32 log2 = agx_element_log2(insn->format), align = ~0u << log2;
	struct agx_lanes index;

	base += (u64)agx_operand_imm(insn, 2) << (log2 + agx_index_shift(insn));
	agx_each_lane(l)
		index.v[l] = low[l] & align;
	return find_run(simd, shape, base, index.v, false, 0, get_step(shape, 0) * shape->size,
			prot, run);
}

/*
 * Bases and indices of their own: low words of addresses, if the high ones are the same.
 * Not the usual case: what it needs is in a frame of its own.
 */
static AGX_NOINLINE bool find_addresses(struct agx_simd *simd, const struct agx_insn *insn,
					u32 prot, struct run *run)
{
	const struct agx_shape shape = agx_shape(insn);
	struct agx_addresses at;
	struct agx_lanes low, buf;
	u64 base;
	u32 other = 0;

	agx_device_addresses(simd, insn, 1, agx_element_log2(insn->format),
			     agx_index_shift(insn), &at);
	base = at.v[__builtin_ctz(simd->active)] & 0xffffffff00000000;
	agx_each_lane(l) {
		other |= (u32)((at.v[l] ^ base) >> 32) & simd->lane_mask[l];
		low.v[l] = (u32)at.v[l];
	}
	return !other && find_run(simd, &shape, base, active_values(simd, low.v, &buf), false, 0,
				  get_step(&shape, 0) * shape.size, prot, run);
}

AGX_INLINE bool find_own_base(struct agx_simd *simd, const struct agx_insn *insn,
			      const struct agx_shape *shape, u32 prot, struct run *run)
{
	const u32 reg = insn->operand[1].value >> 1;
	struct agx_lanes buf[2];
	const u32 *low = active_values(simd, simd->reg[reg], &buf[0]);
	const u32 *high = active_values(simd, simd->reg[reg + 1], &buf[1]);
	const u64 base = (u64)high[0] << 32;

	if (!is_sequence(high, 0))
		return false;
	if (low[0] == low[1] && is_sequence(low, 0))
		return find_indices(simd, insn, shape, base | low[0], prot, run);
	if (insn->operand[2].kind == AGX_IMM)
		return find_bases(simd, insn, shape, base, low, prot, run);
	return find_addresses(simd, insn, prot, run);
}

AGX_INLINE bool find_device(struct agx_simd *simd, const struct agx_insn *insn,
			    const struct agx_shape *shape, u32 prot, struct run *run)
{
	const struct agx_operand *base = &insn->operand[1];

	if (!simd->active || !shape->n || simd->observer)
		return false;
	return base->kind == AGX_UNIFORM
	       ? find_indices(simd, insn, shape, agx_uniform64(simd, base->value), prot, run)
	       : find_own_base(simd, insn, shape, prot, run);
}

AGX_INLINE bool find_local(struct agx_simd *simd, const struct agx_insn *insn,
			   const struct agx_shape *shape, struct run *run)
{
	const u32 align = 0xffff & ~0u << agx_element_log2(insn->format);
	struct agx_lanes buf[2], at;
	const u32 *b = agx_get(simd, insn, 1, false, &buf[0]);
	const u32 *i = agx_get(simd, insn, 2, false, &buf[1]);
	const u32 *v;
	u32 min, max;

	if (!simd->active || !shape->n || simd->observer)
		return false;
	agx_each_lane(l)
		at.v[l] = (b[l] + i[l]) & align;
	v = active_values(simd, at.v, &buf[0]);
	run->order = order_of(simd, v, get_step(shape, 0) * shape->size, 0, &min, &max);
	run->host = simd->group->local + min;
	if (run->order == APART)
		agx_each_lane(l)
			run->offset.v[l] = v[l] - min;
	return max + shape->span <= simd->group->local_size;
}

/* --- elements --------------------------------------------------------------- */

AGX_INLINE void load_linear(const u8 *host, u32 size, u32 n, u32 *const *to)
{
	agx_each_lane(l)
		for (u32 k = 0; k < n; k++)
			to[k][l] = agx_get_element(host + (l * n + k) * size, size);
}

AGX_INLINE void store_linear(u8 *host, u32 size, u32 n, const u32 *const *value)
{
	agx_each_lane(l)
		for (u32 k = 0; k < n; k++)
			agx_put_element(host + (l * n + k) * size, size, value[k][l]);
}

AGX_INLINE void load_apart(const struct run *run, u32 size, const struct agx_shape *shape,
			   u32 *const *to)
{
	for (u32 k = 0; k < shape->n; k++) {
		const u8 *host = run->host + shape->component[k] * size;

		for (u32 l = 0; l < AGX_LANES; l++)
			to[k][l] = agx_get_element(host + run->offset.v[l], size);
	}
}

/* In the order of lanes: where they meet, the highest one's value stays. */
AGX_INLINE void store_apart(const struct agx_simd *simd, const struct run *run, u32 size,
			    const struct agx_shape *shape, const u32 *const *value)
{
	agx_each_bit(l, simd->active)
		for (u32 k = 0; k < shape->n; k++)
			agx_put_element(run->host + run->offset.v[l] +
					shape->component[k] * size, size, value[k][l]);
}

AGX_INLINE void load_same(const struct run *run, u32 size, const struct agx_shape *shape,
			  u32 *const *to)
{
	for (u32 k = 0; k < shape->n; k++) {
		const u32 value = agx_get_element(run->host + shape->component[k] * size, size);

		agx_each_lane(l)
			to[k][l] = value;
	}
}

/* As if in order. */
AGX_INLINE void store_same(const struct run *run, u32 size, const struct agx_shape *shape,
			   const u32 *const *value)
{
	for (u32 k = 0; k < shape->n; k++)
		agx_put_element(run->host + shape->component[k] * size, size,
				value[k][AGX_LANES - 1]);
}

/* All lanes, inactive ones too. */
AGX_INLINE void load_elements(const struct run *run, u32 size, const struct agx_shape *shape,
			      u32 *const *to)
{
	if (run->order == APART)
		load_apart(run, size, shape, to);
	else if (run->order == SAME)
		load_same(run, size, shape, to);
	else if (shape->n == 1)
		load_linear(run->host, size, 1, to);
	else if (shape->n == 2)
		load_linear(run->host, size, 2, to);
	else if (shape->n == 3)
		load_linear(run->host, size, 3, to);
	else
		load_linear(run->host, size, 4, to);
}

AGX_INLINE void store_elements(const struct agx_simd *simd, const struct run *run, u32 size,
			       const struct agx_shape *shape, const u32 *const *value)
{
	if (run->order == APART)
		store_apart(simd, run, size, shape, value);
	else if (run->order == SAME)
		store_same(run, size, shape, value);
	else if (shape->n == 1)
		store_linear(run->host, size, 1, value);
	else if (shape->n == 2)
		store_linear(run->host, size, 2, value);
	else if (shape->n == 3)
		store_linear(run->host, size, 3, value);
	else
		store_linear(run->host, size, 4, value);
}

/* The size of an element is a constant in each. */
static void load_run(const struct run *run, const struct agx_shape *shape, u32 *const *to)
{
	if (shape->size == 4)
		load_elements(run, 4, shape, to);
	else if (shape->size == 2)
		load_elements(run, 2, shape, to);
	else
		load_elements(run, 1, shape, to);
}

static void store_run(const struct agx_simd *simd, const struct run *run,
		      const struct agx_shape *shape, const u32 *const *value)
{
	if (shape->size == 4)
		store_elements(simd, run, 4, shape, value);
	else if (shape->size == 2)
		store_elements(simd, run, 2, shape, value);
	else
		store_elements(simd, run, 1, shape, value);
}

/* --- registers -------------------------------------------------------------- */

/* The number, in halves, of register k of a vector. */
AGX_INLINE u32 vector_reg(const struct agx_operand *o, u32 k)
{
	return o->value + (k << o->size);
}

/* Integers, and halves into halves, are moved as they are. */
AGX_INLINE bool is_raw(const struct agx_insn *insn)
{
	return insn->format <= AGX_I32 ||
	       (insn->format == AGX_F16 && insn->operand[0].size == AGX_16);
}

static void put_converted(struct agx_simd *simd, const struct agx_insn *insn,
			  const struct agx_shape *shape, const struct agx_lanes raw[4])
{
	const struct agx_operand *o = &insn->operand[0];
	const bool packed = agx_format_packed(insn->format);
	const u32 n = agx_format_components(insn->format, insn->mask);

	for (u32 k = 0; k < n; k++) {
		struct agx_lanes value;

		agx_format_unpack(value.v, raw[packed ? 0 : k].v, insn->format,
				  packed ? k : shape->component[k], o->size);
		agx_put_reg(simd, vector_reg(o, k), o->size == AGX_16, value.v);
	}
}

AGX_INLINE void put_loaded(struct agx_simd *simd, const struct agx_insn *insn,
			   const struct agx_shape *shape, const struct agx_lanes raw[4])
{
	const struct agx_operand *o = &insn->operand[0];

	if (!is_raw(insn)) {
		put_converted(simd, insn, shape, raw);
		return;
	}
	for (u32 k = 0; k < shape->n; k++)
		agx_put_reg(simd, vector_reg(o, k), o->size == AGX_16, raw[k].v);
}

/* Register k of a stored vector: as it stands, or its half in buf. */
AGX_INLINE const u32 *get_register(const struct agx_simd *simd, const struct agx_operand *o, u32 k,
				   struct agx_lanes *buf)
{
	const u32 number = vector_reg(o, k);
	const u32 *reg = simd->reg[number >> 1];

	if (o->size != AGX_16)
		return reg;
	agx_get_half(buf, reg, number, false);
	return buf->v;
}

static void convert_stored(const struct agx_simd *simd, const struct agx_insn *insn,
			   const struct agx_shape *shape, struct agx_lanes buf[4])
{
	const struct agx_operand *o = &insn->operand[0];
	const bool packed = agx_format_packed(insn->format);
	const u32 n = agx_format_components(insn->format, insn->mask);
	struct agx_lanes half[4];
	const u32 *value[4] = { NULL };

	for (u32 k = 0; k < n; k++)
		value[packed ? k : shape->component[k]] = get_register(simd, o, k, &half[k]);
	for (u32 k = 0; k < shape->n && k < 4; k++)
		agx_format_pack(buf[k].v, value, insn->format, shape->component[k], o->size);
}

/* What is stored, element by element: registers as they stand, or buf. */
AGX_INLINE void get_stored(const struct agx_simd *simd, const struct agx_insn *insn,
			   const struct agx_shape *shape, struct agx_lanes buf[4],
			   const u32 *value[4])
{
	const bool raw = is_raw(insn);

	if (!raw)
		convert_stored(simd, insn, shape, buf);
	for (u32 k = 0; k < shape->n; k++)
		value[k] = raw ? get_register(simd, &insn->operand[0], k, &buf[k]) : buf[k].v;
}

/* --- device and threadgroup ------------------------------------------------- */

/* Words for whole registers of all lanes go there at once. */
AGX_INLINE void load(struct agx_simd *simd, const struct agx_insn *insn,
		     const struct agx_shape *shape, const struct run *run)
{
	const struct agx_operand *o = &insn->operand[0];
	const bool whole = simd->active == AGX_ALL_LANES && o->size == AGX_32 && is_raw(insn);
	struct agx_lanes raw[4];
	u32 *to[4] = { raw[0].v, raw[1].v, raw[2].v, raw[3].v };

	for (u32 k = 0; k < shape->n && whole; k++)
		to[k] = simd->reg[vector_reg(o, k) >> 1];
	load_run(run, shape, to);
	if (!whole)
		put_loaded(simd, insn, shape, raw);
}

AGX_INLINE void store(const struct agx_simd *simd, const struct agx_insn *insn,
		      const struct agx_shape *shape, const struct run *run)
{
	struct agx_lanes buf[4];
	const u32 *value[4];

	get_stored(simd, insn, shape, buf, value);
	store_run(simd, run, shape, value);
}

/* Frames of their own: what they need is not in those of the quick ways. */
static AGX_NOINLINE void load_plain(struct agx_simd *simd, const struct agx_insn *insn, u32 space)
{
	const struct agx_shape shape = agx_shape(insn);
	struct agx_lanes raw[4];
	struct agx_addresses at;

	agx_access_addresses(simd, insn, space, &at);
	if (agx_load_plain(simd, space, &at, &shape, raw))
		put_loaded(simd, insn, &shape, raw);
}

static AGX_NOINLINE void store_plain(struct agx_simd *simd, const struct agx_insn *insn, u32 space)
{
	const struct agx_shape shape = agx_shape(insn);
	struct agx_lanes buf[4];
	struct agx_addresses at;
	const u32 *value[4];

	agx_access_addresses(simd, insn, space, &at);
	get_stored(simd, insn, &shape, buf, value);
	agx_store_plain(simd, space, &at, &shape, value);
}

static void exec_load(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_shape shape = agx_shape(insn);
	struct run run;

	if (find_device(simd, insn, &shape, AGX_MEM_READ, &run))
		load(simd, insn, &shape, &run);
	else
		load_plain(simd, insn, AGX_SPACE_DEVICE);
}

static void exec_store(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_shape shape = agx_shape(insn);
	struct run run;

	if (find_device(simd, insn, &shape, AGX_MEM_WRITE, &run))
		store(simd, insn, &shape, &run);
	else
		store_plain(simd, insn, AGX_SPACE_DEVICE);
}

static void exec_lload(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_shape shape = agx_shape(insn);
	struct run run;

	if (find_local(simd, insn, &shape, &run))
		load(simd, insn, &shape, &run);
	else
		load_plain(simd, insn, AGX_SPACE_LOCAL);
}

static void exec_lstore(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_shape shape = agx_shape(insn);
	struct run run;

	if (find_local(simd, insn, &shape, &run))
		store(simd, insn, &shape, &run);
	else
		store_plain(simd, insn, AGX_SPACE_LOCAL);
}

/* --- stack ------------------------------------------------------------------ */

/*
 * Words at the same place of all stacks, as spilled registers are: they stand side by
 * side.  NULL where the access is another.
 */
AGX_INLINE u32 *find_stack(const struct agx_simd *simd, const struct agx_insn *insn, u32 span)
{
	struct agx_lanes buf;
	const u32 *index = agx_get(simd, insn, 1, false, &buf);
	u64 at;
	u32 other = 0;

	if (insn->format != AGX_I32 || !simd->active || simd->observer)
		return NULL;
	at = (u64)index[__builtin_ctz(simd->active)] << agx_index_shift(insn) & ~(u64)3;
	agx_each_lane(l)
		other |= (index[l] ^ index[__builtin_ctz(simd->active)]) & simd->lane_mask[l];
	if (other || at + span > simd->stack_size)
		return NULL;
	return (u32 *)(void *)agx_stack_host(simd, 0, (u32)at);
}

static void exec_stack_load(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_shape shape = agx_shape(insn);
	const u32 *stack = find_stack(simd, insn, shape.span);

	if (!stack) {
		load_plain(simd, insn, AGX_SPACE_STACK);
		return;
	}
	for (u32 k = 0; k < shape.n; k++)
		agx_put_reg(simd, vector_reg(&insn->operand[0], k), false,
			    stack + shape.component[k] * AGX_LANES);
}

static void exec_stack_store(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_shape shape = agx_shape(insn);
	u32 *stack = find_stack(simd, insn, shape.span);

	if (!stack) {
		store_plain(simd, insn, AGX_SPACE_STACK);
		return;
	}
	for (u32 k = 0; k < shape.n; k++) {
		const u32 *reg = simd->reg[vector_reg(&insn->operand[0], k) >> 1];
		u32 *to = stack + shape.component[k] * AGX_LANES;

		agx_each_lane(l)
			to[l] ^= (to[l] ^ reg[l]) & simd->lane_mask[l];
	}
}

/* Known, and fitting the register: words do not fit halves. */
static bool format_fits(const struct agx_insn *insn)
{
	if (insn->format == 9 || insn->format == 11 || insn->format > AGX_RGB9E5_RTZ)
		return false;
	return insn->format != AGX_I32 || insn->operand[0].size != AGX_16;
}

agx_exec_fn AGX_EXEC_MEMORY(const struct agx_insn *insn)
{
	agx_exec_fn fn = NULL;

	switch (insn->op) {
	case AGX_OP_LOAD:
		fn = exec_load;
		break;
	case AGX_OP_STORE:
		fn = exec_store;
		break;
	case AGX_OP_LLOAD:
		fn = exec_lload;
		break;
	case AGX_OP_LSTORE:
		fn = exec_lstore;
		break;
	case AGX_OP_STACK_LOAD:
		fn = exec_stack_load;
		break;
	case AGX_OP_STACK_STORE:
		fn = exec_stack_store;
		break;
	default:
		break;
	}
	return fn && format_fits(insn) ? fn : NULL;
}
