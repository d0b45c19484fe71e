// SPDX-License-Identifier: MIT
/*
 * Atomics on device and threadgroup memory; what reserves stack and writes uniforms.
 */
#include "agx_exec_access.h"

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
static void atomic(struct agx_simd *simd, const struct agx_insn *insn, u32 space,
		   const struct agx_addresses *at)
{
	static const u8 x_only[4];
	static const struct agx_shape word = { .size = 4, .n = 1, .span = 4, .component = x_only };
	const struct agx_operand *d = &insn->operand[0], *s = &insn->operand[1];
	const u32 *x = simd->reg[s->value >> 1];
	const u32 *expected = s->count == 2 ? simd->reg[(s->value >> 1) + 1] : x;
	struct agx_lanes old;

	agx_each_bit(l, simd->active) {
		u8 *host = agx_element_host(simd, space, l, at->v[l], 4,
					    AGX_MEM_READ | AGX_MEM_WRITE);

		if (!host)
			return;
		old.v[l] = 0;
		if (!agx_tlb_is_sink(simd->tlb, host))
			old.v[l] = update((u32 *)(void *)host, insn->subop, x[l], expected[l]);
	}
	agx_observe(simd, space, at, &word, AGX_ACCESS_ATOMIC);
	agx_charge_lookups(simd);
	if (d->kind == AGX_REG)
		agx_put_reg(simd, d->value, false, old.v);
}

static void exec_atomic(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_addresses at;

	agx_device_addresses(simd, insn, 2, 2, 0, &at);
	atomic(simd, insn, AGX_SPACE_DEVICE, &at);
}

static void exec_latomic(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_addresses at;

	agx_local_addresses(simd, insn, 2, 2, &at);
	atomic(simd, insn, AGX_SPACE_LOCAL, &at);
}

/* What comes from a pool was made before the program ran, as large as it will get. */
static bool has_room(struct agx_simd *simd, s64 size)
{
	if (size < 0 || size > AGX_STACK_SIZE)
		return false;
	return simd->pool ? size <= simd->stack_room : !agx_simd_reserve(simd, (u32)size);
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

	if (!has_room(simd, size)) {
		agx_simd_fault(simd, AGX_FAULT_STACK, lane, (u64)size, true);
		return;
	}
	/* What another program left there is not this one's to see. */
	if (size > simd->stack_size) {
		size_t more = (size_t)(size - simd->stack_size) * AGX_LANES;

		memset(simd->stack + (size_t)simd->stack_size * AGX_LANES, 0, more);
		agx_simd_pause(simd, more / AGX_BYTES_PER_STEP);
	}
	simd->stack_size = (u32)size;
}

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


agx_exec_fn agx_exec_atomic(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_ATOMIC:
		return insn->subop <= AGX_ATOMIC_XOR ? exec_atomic : NULL;
	case AGX_OP_LATOMIC:
		return insn->subop <= AGX_ATOMIC_XOR ? exec_latomic : NULL;
	case AGX_OP_STACK_ADJUST:
		return exec_stack_adjust;
	case AGX_OP_UNIFORM_STORE:
		return exec_uniform_store;
	default:
		return NULL;
	}
}
