// SPDX-License-Identifier: MIT
/*
 * Device, threadgroup and stack memory: loads, stores, atomics, uniform stores.
 *
 * Lanes access memory in ascending order.  Where one faults, the ones below it
 * have stored, the others have not, and no register is written.
 */
#include "agx_exec.h"
#include "agx_exec_fp.h"
#include "agx_exec_lanes.h"

/* --- what is accessed ----------------------------------------------------- */

/* The elements that each lane accesses, relative to the lane's address. */
struct shape {
	u32 size;		/* bytes of an element: 1, 2, 4 */
	u32 n;			/* elements, 0 to 4 */
	u32 at[4];		/* bytes */
	u32 span;		/* bytes up to the end of the last one */
	u32 component[4];	/* what each of them is: x is 0 */
};

/* Host memory that a run of addresses has; size 0: not known yet. */
struct window {
	u64 start;
	u64 size;
	u8 *host;
	u32 space;		/* AGX_SPACE_* */
	bool write;
};

struct addresses {
	u64 v[AGX_LANES] AGX_ALIGNED(64);
};

AGX_INLINE u32 element_log2(u32 format)
{
	switch (format) {
	case AGX_I8:
	case AGX_U8NORM:
	case AGX_S8NORM:
	case AGX_SRGBA8:
		return 0;
	case AGX_I16:
	case AGX_F16:
	case AGX_U16NORM:
	case AGX_S16NORM:
		return 1;
	default:
		return 2;
	}
}

/* Registers stay packed where the mask has holes; packed formats are one word. */
static void get_shape(const struct agx_insn *insn, struct shape *shape)
{
	const u32 mask = agx_format_packed(insn->format) ? 1 : insn->mask & 15;

	shape->size = 1u << element_log2(insn->format);
	shape->n = 0;
	shape->span = 0;
	for (u32 i = 0; i < 4; i++) {
		if (!(mask >> i & 1))
			continue;
		shape->component[shape->n] = i;
		shape->at[shape->n++] = i * shape->size;
		shape->span = (i + 1) * shape->size;
	}
}

/* --- where ---------------------------------------------------------------- */

/* How far an index is shifted besides the element's size. */
AGX_INLINE u32 index_shift(const struct agx_insn *insn)
{
	return agx_format_packed(insn->format) ? 0 : insn->shift < 2 ? insn->shift : 2;
}

/*
 * The base, operand number base, rounded down to elements of 1 << log2 bytes, plus
 * the index behind it in as many bytes << s.
 */
static void device_addresses(const struct agx_simd *simd, const struct agx_insn *insn, int base,
			     u32 log2, u32 s, struct addresses *to)
{
	const struct agx_operand *b = &insn->operand[base], *i = &insn->operand[base + 1];
	const u64 align = ~(u64)((1u << log2) - 1);

	if (b->kind == AGX_REG) {
		const u32 *low = simd->reg[b->value >> 1], *high = simd->reg[(b->value >> 1) + 1];

		agx_each_lane(l)
			to->v[l] = ((u64)high[l] << 32 | low[l]) & align;
	} else {
		const u64 uniform = agx_uniform(simd, b->value, false) |
				    (u64)agx_uniform(simd, b->value + 2u, false) << 32;

		agx_each_lane(l)
			to->v[l] = uniform & align;
	}
	if (i->kind == AGX_REG) {
		const u32 *index = simd->reg[i->value >> 1];

		if (i->sx) {
			agx_each_lane(l)
				to->v[l] += (u64)(s64)(s32)index[l] << (log2 + s);
		} else {
			agx_each_lane(l)
				to->v[l] += (u64)index[l] << (log2 + s);
		}
	} else {
		const u64 offset = (u64)agx_operand_imm(insn, base + 1) << (log2 + s);

		agx_each_lane(l)
			to->v[l] += offset;
	}
}

/*
 * Base and index are byte offsets; their sum has 16 bits and is rounded down to the
 * element.
 */
static void local_addresses(const struct agx_simd *simd, const struct agx_insn *insn, int base,
			    u32 log2, struct addresses *to)
{
	struct agx_lanes buf[2];
	const u32 *b = agx_get(simd, insn, base, false, &buf[0]);
	const u32 *i = agx_get(simd, insn, base + 1, false, &buf[1]);
	const u32 align = 0xffff & ~((1u << log2) - 1);

	agx_each_lane(l)
		to->v[l] = (b[l] + i[l]) & align;
}

static struct window device_window(bool write)
{
	return (struct window){ .space = AGX_SPACE_DEVICE, .write = write };
}

static struct window local_window(const struct agx_simd *simd, bool write)
{
	const struct agx_group *group = simd->group;

	return (struct window){
		.size = group->local_size, .host = group->local, .space = AGX_SPACE_LOCAL,
		.write = write,
	};
}

AGX_INLINE bool in_window(const struct window *window, u64 address, u32 size)
{
	const u64 offset = address - window->start;

	return offset < window->size && window->size - offset >= size;
}

/*
 * Host memory of size bytes that one lane accesses, or NULL: then what the window
 * has is too short, and elements must be tried one by one.
 */
AGX_INLINE u8 *try_host(struct agx_simd *simd, struct window *window, u64 address, u32 size)
{
	const struct agx_tlb_entry *e;

	if (in_window(window, address, size))
		return window->host + (address - window->start);
	if (window->space != AGX_SPACE_DEVICE)
		return NULL;
	e = agx_tlb_entry(simd->tlb, address, window->write ? AGX_MEM_WRITE : AGX_MEM_READ);
	if (!e)
		return NULL;
	window->start = (e->page - 1) << 12;
	window->size = e->size;
	window->host = e->host;
	return in_window(window, address, size) ? e->host + (address - window->start) : NULL;
}

static void fault(struct agx_simd *simd, const struct window *window, u32 lane, u64 address)
{
	enum agx_fault_kind kind = AGX_FAULT_UNMAPPED;

	if (window->space == AGX_SPACE_LOCAL)
		kind = AGX_FAULT_LOCAL;
	else if (window->write && agx_tlb_entry(simd->tlb, address, 0))
		kind = AGX_FAULT_READ_ONLY;
	agx_simd_fault(simd, kind, lane, address, window->write);
}

/* One element; NULL after a fault. */
static u8 *element_host(struct agx_simd *simd, struct window *window, u32 lane, u64 address,
			u32 size)
{
	u8 *host = try_host(simd, window, address, size);

	if (!host)
		fault(simd, window, lane, address);
	return host;
}

static void observe(const struct agx_simd *simd, const struct window *window,
		    const struct addresses *to, const struct shape *shape, u32 kind)
{
	const struct agx_observer *observer = simd->observer;

	if (!observer || !observer->access)
		return;
	agx_each_bit(l, simd->active)
		for (u32 k = 0; k < shape->n; k++)
			observer->access(observer->ctx, simd, l, window->space,
					 to->v[l] + shape->at[k], shape->size, kind);
}

/* --- elements ------------------------------------------------------------- */

typedef u16 __attribute__((may_alias)) u16_in_memory;
typedef u32 __attribute__((may_alias)) u32_in_memory;

AGX_INLINE u32 get_element(const u8 *host, u32 size)
{
	switch (size) {
	case 1:
		return *host;
	case 2:
		return *(const u16_in_memory *)host;
	default:
		return *(const u32_in_memory *)host;
	}
}

AGX_INLINE void put_element(u8 *host, u32 size, u32 value)
{
	switch (size) {
	case 1:
		*host = (u8)value;
		break;
	case 2:
		*(u16_in_memory *)host = (u16)value;
		break;
	default:
		*(u32_in_memory *)host = value;
		break;
	}
}

/* Whether each lane's address is step bytes from the one before. */
AGX_INLINE bool is_linear(const struct addresses *at, u64 step)
{
	const u64 first = at->v[0];
	u64 wrong = 0;

	agx_each_lane(l)
		wrong |= at->v[l] ^ (first + l * step);
	return !wrong;
}

/*
 * Host memory of all lanes where they lie side by side and nothing is left out, else
 * NULL.  (A lane alone may still be accessible.)
 */
AGX_INLINE u8 *all_host(struct agx_simd *simd, struct window *window,
			const struct addresses *at, const struct shape *shape)
{
	const u32 step = shape->n * shape->size;

	if (simd->active != AGX_ALL_LANES || shape->span != step || !is_linear(at, step))
		return NULL;
	return try_host(simd, window, at->v[0], step * AGX_LANES);
}

AGX_INLINE void load_side_by_side(const u8 *host, u32 size, u32 n, struct agx_lanes *raw)
{
	agx_each_lane(l)
		for (u32 k = 0; k < n; k++)
			raw[k].v[l] = get_element(host + (l * n + k) * size, size);
}

AGX_INLINE void store_side_by_side(u8 *host, u32 size, u32 n, const u32 *const *value)
{
	agx_each_lane(l)
		for (u32 k = 0; k < n; k++)
			put_element(host + (l * n + k) * size, size, value[k][l]);
}

/* Elements of active lanes, zero-extended.  False after a fault. */
AGX_INLINE bool load_elements(struct agx_simd *simd, struct window *window,
			      const struct addresses *at, const struct shape *shape, u32 size,
			      struct agx_lanes *raw)
{
	const u8 *host = all_host(simd, window, at, shape);

	if (host && shape->n == 1) {
		load_side_by_side(host, size, 1, raw);
		return true;
	}
	if (host && shape->n == 4) {
		load_side_by_side(host, size, 4, raw);
		return true;
	}
	agx_each_bit(l, simd->active) {
		host = try_host(simd, window, at->v[l], shape->span);
		for (u32 k = 0; host && k < shape->n; k++)
			raw[k].v[l] = get_element(host + shape->at[k], size);
		if (host)
			continue;
		for (u32 k = 0; k < shape->n; k++) {
			host = element_host(simd, window, l, at->v[l] + shape->at[k], size);
			if (!host)
				return false;
			raw[k].v[l] = get_element(host, size);
		}
	}
	return true;
}

AGX_INLINE bool store_elements(struct agx_simd *simd, struct window *window,
			       const struct addresses *at, const struct shape *shape, u32 size,
			       const u32 *const *value)
{
	u8 *host = all_host(simd, window, at, shape);

	if (host && shape->n == 1) {
		store_side_by_side(host, size, 1, value);
		return true;
	}
	if (host && shape->n == 4) {
		store_side_by_side(host, size, 4, value);
		return true;
	}
	agx_each_bit(l, simd->active) {
		host = try_host(simd, window, at->v[l], shape->span);
		for (u32 k = 0; host && k < shape->n; k++)
			put_element(host + shape->at[k], size, value[k][l]);
		if (host)
			continue;
		for (u32 k = 0; k < shape->n; k++) {
			host = element_host(simd, window, l, at->v[l] + shape->at[k], size);
			if (!host)
				return false;
			put_element(host, size, value[k][l]);
		}
	}
	return true;
}

/* By the size of an element, which is then a constant. */
static bool load_raw(struct agx_simd *simd, struct window *window, const struct addresses *at,
		     const struct shape *shape, struct agx_lanes *raw)
{
	switch (shape->size) {
	case 1:
		return load_elements(simd, window, at, shape, 1, raw);
	case 2:
		return load_elements(simd, window, at, shape, 2, raw);
	default:
		return load_elements(simd, window, at, shape, 4, raw);
	}
}

static bool store_raw(struct agx_simd *simd, struct window *window, const struct addresses *at,
		      const struct shape *shape, const u32 *const *value)
{
	switch (shape->size) {
	case 1:
		return store_elements(simd, window, at, shape, 1, value);
	case 2:
		return store_elements(simd, window, at, shape, 2, value);
	default:
		return store_elements(simd, window, at, shape, 4, value);
	}
}

/* --- registers ------------------------------------------------------------ */

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

static void put_loaded(struct agx_simd *simd, const struct agx_insn *insn,
		       const struct shape *shape, const struct agx_lanes *raw)
{
	const struct agx_operand *o = &insn->operand[0];
	const bool packed = agx_format_packed(insn->format);
	const u32 n = agx_format_components(insn->format, insn->mask);

	for (u32 k = 0; k < n; k++) {
		struct agx_lanes value;

		if (is_raw(insn)) {
			agx_put_reg(simd, vector_reg(o, k), o->size == AGX_16, raw[k].v);
			continue;
		}
		agx_format_unpack(value.v, raw[packed ? 0 : k].v, insn->format,
				  packed ? k : shape->component[k], o->size);
		agx_put_reg(simd, vector_reg(o, k), o->size == AGX_16, value.v);
	}
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
			   const struct shape *shape, struct agx_lanes buf[4])
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
static void get_stored(const struct agx_simd *simd, const struct agx_insn *insn,
		       const struct shape *shape, struct agx_lanes buf[4], const u32 *value[4])
{
	const bool raw = is_raw(insn);

	if (!raw)
		convert_stored(simd, insn, shape, buf);
	for (u32 k = 0; k < shape->n; k++)
		value[k] = raw ? get_register(simd, &insn->operand[0], k, &buf[k]) : buf[k].v;
}

/* --- device and threadgroup ----------------------------------------------- */

static void load(struct agx_simd *simd, const struct agx_insn *insn, struct window *window,
		 const struct addresses *at)
{
	struct agx_lanes raw[4];
	struct shape shape;

	get_shape(insn, &shape);
	if (!load_raw(simd, window, at, &shape, raw))
		return;
	observe(simd, window, at, &shape, AGX_ACCESS_READ);
	put_loaded(simd, insn, &shape, raw);
}

static void store(struct agx_simd *simd, const struct agx_insn *insn, struct window *window,
		  const struct addresses *at)
{
	struct agx_lanes buf[4];
	const u32 *value[4];
	struct shape shape;

	get_shape(insn, &shape);
	get_stored(simd, insn, &shape, buf, value);
	if (store_raw(simd, window, at, &shape, value))
		observe(simd, window, at, &shape, AGX_ACCESS_WRITE);
}

static void exec_load(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct window window = device_window(false);
	struct addresses at;

	device_addresses(simd, insn, 1, element_log2(insn->format), index_shift(insn), &at);
	load(simd, insn, &window, &at);
}

static void exec_store(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct window window = device_window(true);
	struct addresses at;

	device_addresses(simd, insn, 1, element_log2(insn->format), index_shift(insn), &at);
	store(simd, insn, &window, &at);
}

static void exec_lload(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct window window = local_window(simd, false);
	struct addresses at;

	local_addresses(simd, insn, 1, element_log2(insn->format), &at);
	load(simd, insn, &window, &at);
}

static void exec_lstore(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct window window = local_window(simd, true);
	struct addresses at;

	local_addresses(simd, insn, 1, element_log2(insn->format), &at);
	store(simd, insn, &window, &at);
}

/* --- atomics -------------------------------------------------------------- */

static const struct shape word = { .size = 4, .n = 1, .span = 4 };

AGX_INLINE u32 updated(u32 op, u32 old, u32 x)
{
	switch (op) {
	case AGX_ATOMIC_UMIN:
		return old < x ? old : x;
	case AGX_ATOMIC_IMIN:
		return (s32)old < (s32)x ? old : x;
	case AGX_ATOMIC_UMAX:
		return old > x ? old : x;
	default:
		return (s32)old > (s32)x ? old : x;
	}
}

/*
 * One lane's, on memory that other threads look at; returns what was there.  A
 * compare and exchange writes x where it finds expected.
 */
static u32 update(u32 *word_at, u32 op, u32 x, u32 expected)
{
	u32 old;

	switch (op) {
	case AGX_ATOMIC_ADD:
		return __atomic_fetch_add(word_at, x, __ATOMIC_ACQ_REL);
	case AGX_ATOMIC_SUB:
		return __atomic_fetch_sub(word_at, x, __ATOMIC_ACQ_REL);
	case AGX_ATOMIC_XCHG:
		return __atomic_exchange_n(word_at, x, __ATOMIC_ACQ_REL);
	case AGX_ATOMIC_CMPXCHG:
		__atomic_compare_exchange_n(word_at, &expected, x, false, __ATOMIC_ACQ_REL,
					    __ATOMIC_ACQUIRE);
		return expected;
	case AGX_ATOMIC_AND:
		return __atomic_fetch_and(word_at, x, __ATOMIC_ACQ_REL);
	case AGX_ATOMIC_OR:
		return __atomic_fetch_or(word_at, x, __ATOMIC_ACQ_REL);
	case AGX_ATOMIC_XOR:
		return __atomic_fetch_xor(word_at, x, __ATOMIC_ACQ_REL);
	default:
		old = __atomic_load_n(word_at, __ATOMIC_RELAXED);
		while (!__atomic_compare_exchange_n(word_at, &old, updated(op, old, x), false,
						    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			;
		return old;
	}
}

/* Operands: where the old value goes, or nothing; source, base, index. */
static void atomic(struct agx_simd *simd, const struct agx_insn *insn, struct window *window,
		   const struct addresses *at)
{
	const struct agx_operand *d = &insn->operand[0], *s = &insn->operand[1];
	const u32 *x = simd->reg[s->value >> 1];
	const u32 *expected = s->count == 2 ? simd->reg[(s->value >> 1) + 1] : x;
	struct agx_lanes old;

	agx_each_bit(l, simd->active) {
		u8 *host = element_host(simd, window, l, at->v[l], 4);

		if (!host)
			return;
		old.v[l] = update((u32 *)(void *)host, insn->subop, x[l], expected[l]);
	}
	observe(simd, window, at, &word, AGX_ACCESS_ATOMIC);
	if (d->kind == AGX_REG)
		agx_put_reg(simd, d->value, false, old.v);
}

static void exec_atomic(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct window window = device_window(true);
	struct addresses at;

	device_addresses(simd, insn, 2, 2, 0, &at);
	atomic(simd, insn, &window, &at);
}

static void exec_latomic(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct window window = local_window(simd, true);
	struct addresses at;

	local_addresses(simd, insn, 2, 2, &at);
	atomic(simd, insn, &window, &at);
}

/* --- stack ---------------------------------------------------------------- */

/*
 * Element k of each lane, as an offset into simd->stack.  The index is in bytes,
 * shifted as the instruction says; the sum is rounded down to the element.
 */
static bool stack_offsets(struct agx_simd *simd, const struct agx_insn *insn,
			  const struct shape *shape, u32 k, struct addresses *at,
			  struct addresses *to, bool write)
{
	const u32 s = index_shift(insn), size = shape->size;
	struct agx_lanes buf;
	const u32 *index = agx_get(simd, insn, 1, false, &buf);

	agx_each_lane(l) {
		u64 b = ((u64)(s64)(s32)index[l] << s & ~(u64)(size - 1)) + shape->at[k];

		at->v[l] = b;
		to->v[l] = b / 4 * (4 * AGX_LANES) + l * 4 + b % 4;
	}
	agx_each_bit(l, simd->active) {
		if (at->v[l] < simd->stack_size && simd->stack_size - at->v[l] >= size)
			continue;
		agx_simd_fault(simd, AGX_FAULT_STACK, l, at->v[l], write);
		return false;
	}
	return true;
}

static struct window stack_window(const struct agx_simd *simd, bool write)
{
	return (struct window){
		.size = (u64)simd->stack_room * AGX_LANES, .host = simd->stack,
		.space = AGX_SPACE_STACK, .write = write,
	};
}

static void exec_stack_load(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct window window = stack_window(simd, false);
	struct agx_lanes raw[4];
	struct shape shape, one;

	get_shape(insn, &shape);
	one = (struct shape){ .size = shape.size, .n = 1, .span = shape.size };
	for (u32 k = 0; k < shape.n; k++) {
		struct addresses at, offset;

		if (!stack_offsets(simd, insn, &shape, k, &at, &offset, false) ||
		    !load_raw(simd, &window, &offset, &one, &raw[k]))
			return;
		observe(simd, &window, &at, &one, AGX_ACCESS_READ);
	}
	put_loaded(simd, insn, &shape, raw);
}

static void exec_stack_store(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct window window = stack_window(simd, true);
	struct agx_lanes buf[4];
	const u32 *value[4];
	struct shape shape, one;

	get_shape(insn, &shape);
	get_stored(simd, insn, &shape, buf, value);
	one = (struct shape){ .size = shape.size, .n = 1, .span = shape.size };
	for (u32 k = 0; k < shape.n; k++) {
		struct addresses at, offset;

		if (!stack_offsets(simd, insn, &shape, k, &at, &offset, true) ||
		    !store_raw(simd, &window, &offset, &one, &value[k]))
			return;
		observe(simd, &window, &at, &one, AGX_ACCESS_WRITE);
	}
}

/*
 * Reserves so many dwords per lane, or gives them back; the same for all lanes, so
 * that of a register the lowest active lane's value counts.
 */
static void exec_stack_adjust(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_lanes buf;
	const u32 *dwords = agx_get(simd, insn, 0, true, &buf);
	u32 lane = simd->active ? (u32)__builtin_ctz(simd->active) : 0;
	s64 size = simd->stack_size + (s64)(s32)dwords[lane] * 4;

	if (size < 0 || size > AGX_STACK_SIZE || agx_simd_reserve(simd, (u32)size)) {
		agx_simd_fault(simd, AGX_FAULT_STACK, lane, (u64)size, true);
		return;
	}
	/* What another program left there is not this one's to see. */
	if (size > simd->stack_size)
		memset(simd->stack + (size_t)simd->stack_size * AGX_LANES, 0,
		       (size_t)(size - simd->stack_size) * AGX_LANES);
	simd->stack_size = (u32)size;
}

/* --- uniforms ------------------------------------------------------------- */

/* There is one value for all lanes: the lowest active one's. */
static void exec_uniform_store(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_operand *d = &insn->operand[0], *s = &insn->operand[1];
	const u32 n = agx_operand_halves(d);
	u32 lane;

	if (simd->group->frozen) {
		agx_simd_fault(simd, AGX_FAULT_ILLEGAL, 0, 0, true);
		return;
	}
	if (!simd->active)
		return;
	lane = (u32)__builtin_ctz(simd->active);
	for (u32 i = 0; i < n; i++) {
		u32 from = s->value + i, to = d->value + i;
		u32 half = simd->reg[from >> 1][lane] >> (from & 1) * 16 & 0xffff;
		u32 *uniform = &simd->group->uniform[to >> 1];

		*uniform = to & 1 ? (*uniform & 0xffff) | half << 16
				  : (*uniform & 0xffff0000) | half;
	}
}

/* Known, and fitting the register: words do not fit halves. */
static bool format_fits(const struct agx_insn *insn)
{
	if (insn->format == 9 || insn->format == 11 || insn->format > AGX_RGB9E5_RTZ)
		return false;
	return insn->format != AGX_I32 || insn->operand[0].size != AGX_16;
}

agx_exec_fn agx_exec_memory(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_LOAD:
		return format_fits(insn) ? exec_load : NULL;
	case AGX_OP_STORE:
		return format_fits(insn) ? exec_store : NULL;
	case AGX_OP_LLOAD:
		return format_fits(insn) ? exec_lload : NULL;
	case AGX_OP_LSTORE:
		return format_fits(insn) ? exec_lstore : NULL;
	case AGX_OP_STACK_LOAD:
		return format_fits(insn) ? exec_stack_load : NULL;
	case AGX_OP_STACK_STORE:
		return format_fits(insn) ? exec_stack_store : NULL;
	case AGX_OP_STACK_ADJUST:
		return exec_stack_adjust;
	case AGX_OP_ATOMIC:
		return insn->subop <= AGX_ATOMIC_XOR ? exec_atomic : NULL;
	case AGX_OP_LATOMIC:
		return insn->subop <= AGX_ATOMIC_XOR ? exec_latomic : NULL;
	case AGX_OP_UNIFORM_STORE:
		return exec_uniform_store;
	default:
		return NULL;
	}
}
