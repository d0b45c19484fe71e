// SPDX-License-Identifier: MIT
#include "pair.h"

#include "random_insn.h"
#include "tests/lib/suite.h"

#include <stdlib.h>

/* Two regions side by side, the second is only read; what follows is nothing. */
static const struct oracle_region regions[] = {
	{ .address = RANDOM_ADDRESS - PAIR_SIZE / 2, .size = PAIR_SIZE,
	  .prot = AGX_MEM_READ | AGX_MEM_WRITE },
	{ .address = RANDOM_ADDRESS + PAIR_SIZE / 2, .size = PAIR_SIZE, .prot = AGX_MEM_READ },
};

static void *map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	struct pair *pair = ctx;

	for (u32 i = 0; i < ARRAY_SIZE(regions); i++) {
		u64 offset = address - regions[i].address;

		if (offset >= regions[i].size)
			continue;
		*avail = regions[i].size - offset;
		*prot = regions[i].prot;
		return pair->bytes[i] + offset;
	}
	return NULL;
}

static void *allocate(size_t size)
{
	void *p = aligned_alloc(64, (size + 63) / 64 * 64);

	ck_assert_ptr_nonnull(p);
	memset(p, 0, size);
	return p;
}

struct pair *pair_create(void)
{
	struct pair *pair = allocate(sizeof(*pair));
	struct oracle *o = &pair->oracle;

	for (u32 i = 0; i < ARRAY_SIZE(regions); i++) {
		pair->bytes[i] = allocate(PAIR_SIZE);
		o->region[i] = regions[i];
		o->region[i].bytes = allocate(PAIR_SIZE);
	}
	pair->local = allocate(RANDOM_LOCAL_SIZE);
	o->local = allocate(RANDOM_LOCAL_SIZE);
	o->local_size = RANDOM_LOCAL_SIZE;
	pair->memory = (struct agx_memory){ .map = map, .ctx = pair };
	agx_tlb_init(&pair->tlb, &pair->memory);
	pair->group = (struct agx_group){ .uniform = pair->uniform, .local = pair->local,
					  .local_size = RANDOM_LOCAL_SIZE, .n_simds = 1 };
	for (int i = 0; i < 3; i++)
		pair->group.nominal[i] = pair->group.actual[i] = i ? 1 : AGX_LANES;
	return pair;
}

void pair_destroy(struct pair *pair)
{
	agx_simd_destroy(&pair->simd);
	agx_program_destroy(&pair->program);
	for (u32 i = 0; i < ARRAY_SIZE(regions); i++) {
		free(pair->bytes[i]);
		free(pair->oracle.region[i].bytes);
	}
	free(pair->local);
	free(pair->oracle.local);
	free(pair);
}

static void fill(u8 *one, u8 *other, u32 size)
{
	for (u32 i = 0; i < size; i += 4) {
		u32 word = random_word();

		memcpy(one + i, &word, 4);
	}
	memcpy(other, one, size);
}

void pair_randomize(struct pair *pair)
{
	struct oracle *o = &pair->oracle;

	for (int lane = 0; lane < AGX_LANES; lane++)
		random_registers(o->reg[lane]);
	random_uniforms(o->uniform);
	for (u32 i = 0; i < ARRAY_SIZE(regions); i++)
		fill(pair->bytes[i], o->region[i].bytes, PAIR_SIZE);
	fill(pair->local, o->local, RANDOM_LOCAL_SIZE);
	for (int i = 0; i < 3; i++)
		pair->group.id[i] = kt_below(1000);
	pair->group.core_index = kt_below(64);
}

/* What the executor says of its threads is what special registers are about. */
static void copy_threads(struct pair *pair)
{
	struct oracle *o = &pair->oracle;

	memcpy(o->thread, pair->simd.thread, sizeof(o->thread));
	memcpy(o->group_id, pair->group.id, sizeof(o->group_id));
	memcpy(o->nominal, pair->group.nominal, sizeof(o->nominal));
	memcpy(o->actual, pair->group.actual, sizeof(o->actual));
	o->core_index = pair->group.core_index;
	o->simd_index = pair->simd.index;
}

static void copy_registers(struct pair *pair)
{
	for (int lane = 0; lane < AGX_LANES; lane++) {
		for (int r = 0; r < AGX_REGS; r++)
			pair->simd.reg[r][lane] = pair->oracle.reg[lane][r];
	}
	memcpy(pair->uniform, pair->oracle.uniform, sizeof(pair->uniform));
}

void pair_code(struct pair *pair, const u8 *code, u32 size, u32 exists)
{
	struct agx_error err;

	agx_program_destroy(&pair->program);
	ck_assert_msg(agx_program_init(&pair->program, code, size, PAIR_CODE, AGX_HALVES,
				       &err) == 0, "%s", err.text);
	agx_simd_destroy(&pair->simd);		/* another stack */
	agx_simd_start(&pair->simd, &pair->program, &pair->group, &pair->tlb, 0);
	pair->simd.exists &= exists;
	pair->oracle.stack_size = 0;
	memset(pair->oracle.stack, 0, sizeof(pair->oracle.stack));
	for (int lane = 0; lane < AGX_LANES; lane++)
		pair->oracle.exists[lane] = pair->simd.exists >> lane & 1;
	copy_threads(pair);
	copy_registers(pair);
	pair_activate(pair, 0xffffffff);
}

void pair_handlers(struct pair *pair, bool any)
{
	for (u32 i = 0; i < pair->program.n_insns; i++) {
		const struct agx_insn *insn = &pair->program.insn[i];

		pair->program.exec[i] = any ? agx_exec_handler_generic(insn, AGX_HALVES) :
					      agx_exec_handler(insn, AGX_HALVES);
	}
}

u32 pair_encode(struct agx_insn *insn, u8 *code)
{
	struct agx_error err;
	int length = agx_encode(insn, code, &err);

	ck_assert_msg(length > 0, "%s: %s", agx_insn_info(insn->op)->name, err.text);
	return (u32)length;
}

void pair_program(struct pair *pair, struct agx_insn *insns, u32 n, u32 exists)
{
	struct agx_insn stop = { .op = AGX_OP_STOP };
	u8 *code = allocate((n + 1) * AGX_INSN_MAX);
	u32 size = 0;

	for (u32 i = 0; i <= n; i++)
		size += pair_encode(i < n ? &insns[i] : &stop, code + size);
	pair_code(pair, code, size, exists);
	free(code);
}

void pair_activate(struct pair *pair, u32 lanes)
{
	struct oracle *o = &pair->oracle;

	for (int lane = 0; lane < AGX_LANES; lane++) {
		u32 count = lanes >> lane & 1 ? 0 : 1 + kt_below(3);

		o->reg[lane][0] = (o->reg[lane][0] & 0xffff0000) | count;
		pair->simd.reg[0][lane] = o->reg[lane][0];
		o->active[lane] = o->exists[lane] && count == 0;
	}
	agx_simd_update_mask(&pair->simd);
}

/* --- comparing ------------------------------------------------------------------ */

static bool differ(struct pair *pair, const char *what, int lane, u32 index, u32 got, u32 want)
{
	int n = snprintf(pair->why, sizeof(pair->why), "%s %u", what, index);

	if (lane >= 0)
		n += snprintf(pair->why + n, sizeof(pair->why) - (size_t)n, " of lane %d", lane);
	snprintf(pair->why + n, sizeof(pair->why) - (size_t)n, " is %#x, expected %#x", got, want);
	return false;
}

static bool same_lanes(struct pair *pair)
{
	struct oracle *o = &pair->oracle;
	u32 active = 0;

	for (int lane = 0; lane < AGX_LANES; lane++) {
		active |= (u32)o->active[lane] << lane;
		for (u32 r = 0; r < AGX_REGS; r++) {
			if (pair->simd.reg[r][lane] != o->reg[lane][r])
				return differ(pair, "r", lane, r, pair->simd.reg[r][lane],
					      o->reg[lane][r]);
		}
	}
	return pair->simd.active == active ||
	       differ(pair, "active lanes", -1, 0, pair->simd.active, active);
}

static bool same_bytes(struct pair *pair, const char *what, const u8 *got, const u8 *want,
		       u32 size)
{
	for (u32 i = 0; i < size; i++) {
		if (got[i] != want[i])
			return differ(pair, what, -1, i, got[i], want[i]);
	}
	return true;
}

bool pair_same(struct pair *pair)
{
	struct oracle *o = &pair->oracle;
	bool same = same_lanes(pair) && same_bytes(pair, "byte of local memory", pair->local,
						   o->local, RANDOM_LOCAL_SIZE);

	for (u32 i = 0; same && i < AGX_UNIFORM_HALVES / 2; i++) {
		if (pair->uniform[i] != o->uniform[i])
			same = differ(pair, "u", -1, i, pair->uniform[i], o->uniform[i]);
	}
	for (u32 i = 0; same && i < ARRAY_SIZE(regions); i++)
		same = same_bytes(pair, i ? "byte of read-only memory" : "byte of memory",
				  pair->bytes[i], o->region[i].bytes, PAIR_SIZE);
	return same;
}

/* --- running ------------------------------------------------------------------ */

/* Where the oracle is only near, the executor's bits are what goes on. */
static bool adopt(struct pair *pair, const struct agx_insn *insn)
{
	const struct agx_operand *d = &insn->operand[0];

	for (int lane = 0; lane < AGX_LANES; lane++) {
		u32 r = d->value / 2, shift = (d->value & 1) * 16;
		u32 mask = d->size == AGX_16 ? 0xffffu << shift : 0xffffffffu;
		u32 *want = &pair->oracle.reg[lane][r], got = pair->simd.reg[r][lane];

		if (!pair->oracle.active[lane])
			continue;
		if (!oracle_is_near(&pair->oracle, lane, d->size, (got & mask) >> shift,
				    (*want & mask) >> shift))
			return differ(pair, "r", lane, r, got, *want);
		*want = (*want & ~mask) | (got & mask);
	}
	return true;
}

static bool same_state(struct pair *pair, enum oracle_next next, enum agx_state state)
{
	static const enum agx_state states[] = {
		[ORACLE_NEXT] = AGX_RUNNING,      [ORACLE_JUMP] = AGX_RUNNING,
		[ORACLE_BARRIER] = AGX_AT_BARRIER, [ORACLE_STOP] = AGX_STOPPED,
		[ORACLE_FAULT] = AGX_FAULTED,
	};
	const struct agx_fault *f = &pair->simd.fault;
	const struct oracle *o = &pair->oracle;

	if (next == ORACLE_UNKNOWN) {
		snprintf(pair->why, sizeof(pair->why), "the oracle does not know it");
		return false;
	}
	if (state != states[next])
		return differ(pair, "state", -1, 0, state, states[next]);
	if (next != ORACLE_FAULT)
		return true;
	if (f->kind != o->fault)
		return differ(pair, "fault", -1, 0, f->kind, o->fault);
	if (f->lane != o->fault_lane)
		return differ(pair, "lane of the fault", -1, 0, f->lane, o->fault_lane);
	return f->address == o->fault_address ||
	       differ(pair, "address of the fault", -1, 0, (u32)f->address,
		      (u32)o->fault_address);
}

bool pair_step(struct pair *pair)
{
	u32 pc = pair->simd.pc;
	const struct agx_insn *insn = &pair->program.insn[pc];
	enum oracle_next next = oracle_step(&pair->oracle, insn);
	enum agx_state state = agx_simd_run(&pair->simd, 1);
	u32 want = pc + 1;
	bool same = same_state(pair, next, state);

	if (same && next == ORACLE_JUMP) {
		want = pair->program.at[(pair->program.offset[pc] + pair->oracle.jump) / 2];
		same = pair->simd.pc == want || differ(pair, "pc", -1, 0, pair->simd.pc, want);
	}
	/* Where a fault is, the other lanes may or may not have been served. */
	if (same && next != ORACLE_FAULT)
		same = (!pair->oracle.inexact || adopt(pair, insn)) && pair_same(pair);
	if (!same) {
		char why[sizeof(pair->why)], text[AGX_TEXT_MAX];

		memcpy(why, pair->why, sizeof(why));
		agx_print(text, sizeof(text), insn);
		snprintf(pair->why, sizeof(pair->why), "%.180s: %.300s", text, why);
	}
	return same;
}

bool pair_run(struct pair *pair, u32 max)
{
	for (u32 i = 0; i < max; i++) {
		if (!pair_step(pair))
			return false;
		if (pair->simd.state == AGX_STOPPED || pair->simd.state == AGX_FAULTED)
			return true;
	}
	return true;
}
