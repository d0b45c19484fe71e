// SPDX-License-Identifier: MIT
/*
 * A worker: takes threadgroups of a launch one after the other and lets their
 * SIMD-groups take turns.
 */
#include "agx_dispatch.h"
#include "agx_exec_lanes.h"

/*
 * Instructions of one turn: many, so that state stays in caches; not all, so that
 * SIMD-groups of a threadgroup may wait for each other in memory.
 */
#define TURN 4096u

enum work { NOTHING, LATER, STARTED };

struct agx_core {
	struct agx_simd simd[AGX_GROUP_SIMDS];
	u8 local[AGX_LOCAL_MAX] AGX_ALIGNED(64);
	u8 sink[AGX_TLB_PAGE] AGX_ALIGNED(64);	/* of soft faults */
	struct agx_tlb tlb;
	struct agx_group group;
	u32 core_index;
	struct agx_dispatch *dispatch;	/* NULL: between launches */
	bool preamble;			/* what runs is not a threadgroup */
	u32 ready;			/* SIMD-groups that may run; 0: there is no threadgroup */
	u32 waiting;			/* at a barrier */
	u32 turn;			/* whose it is */
	u32 turn_left;			/* instructions */
	u64 steps;			/* instructions since agx_core_take_steps() */
	void *memory;
};

struct agx_core *agx_core_create(u32 core_index)
{
	u8 *memory = agx_alloc(sizeof(struct agx_core) + 63);
	struct agx_core *core;

	if (!memory)
		return NULL;
	core = (void *)(((uintptr_t)memory + 63) & ~(uintptr_t)63);
	core->memory = memory;
	core->core_index = core_index;
	return core;
}

void agx_core_destroy(struct agx_core *core)
{
	if (!core)
		return;
	agx_core_release(core);
	agx_free(core->memory);
}

void agx_core_set_pool(struct agx_core *core, const struct agx_pool *pool)
{
	for (u32 i = 0; i < AGX_GROUP_SIMDS; i++)
		core->simd[i].pool = pool;
}

void agx_core_release(struct agx_core *core)
{
	for (u32 i = 0; i < AGX_GROUP_SIMDS; i++)
		agx_simd_destroy(&core->simd[i]);
}

static u32 simds_of(const u32 size[3])
{
	return (size[0] * size[1] * size[2] + AGX_LANES - 1) / AGX_LANES;
}

int agx_core_reserve(struct agx_core *core, const struct agx_dispatch *dispatch)
{
	int ret = agx_simd_reserve(&core->simd[0], dispatch->preamble.stack_size);

	for (u32 i = 0; i < simds_of(dispatch->local) && !ret; i++)
		ret = agx_simd_reserve(&core->simd[i], dispatch->main.stack_size);
	if (ret)
		agx_core_release(core);
	return ret;
}

/* Starts the SIMD-groups of core->group. */
static void start(struct agx_core *core, const struct agx_program *program)
{
	struct agx_group *group = &core->group;

	group->n_simds = simds_of(group->actual);
	for (u32 i = 0; i < group->n_simds; i++) {
		agx_simd_start(&core->simd[i], program, group, &core->tlb, i);
		core->simd[i].observer = core->dispatch->observer;
	}
	core->ready = ~0u >> (AGX_GROUP_SIMDS - group->n_simds);
	core->waiting = 0;
	core->turn = 0;
	core->turn_left = TURN;
}

/* One lane, which may write uniforms. */
static void start_preamble(struct agx_core *core)
{
	struct agx_dispatch *dispatch = core->dispatch;

	core->preamble = true;
	core->group = (struct agx_group){
		.uniform = dispatch->uniform,
		.local = core->local,
		.nominal = { dispatch->local[0], dispatch->local[1], dispatch->local[2] },
		.actual = { 1, 1, 1 },
		.core_index = core->core_index,
	};
	start(core, &dispatch->preamble);
}

static void start_group(struct agx_core *core, u64 index)
{
	struct agx_dispatch *dispatch = core->dispatch;
	struct agx_group *group = &core->group;
	const u32 *groups = dispatch->groups;

	core->preamble = false;
	*group = (struct agx_group){
		.uniform = dispatch->uniform,
		.local = core->local,
		.local_size = dispatch->local_size,
		.id = { (u32)(index % groups[0]), (u32)(index / groups[0] % groups[1]),
			(u32)(index / groups[0] / groups[1]) },
		.core_index = core->core_index,
		.frozen = true,
	};
	for (int i = 0; i < 3; i++) {
		bool last = group->id[i] == groups[i] - 1;

		group->nominal[i] = dispatch->local[i];
		group->actual[i] = last ? dispatch->last[i] : dispatch->local[i];
	}
	/* Nobody sees what the group before left, which may be somebody else's. */
	memset(core->local, 0, dispatch->local_size);
	start(core, &dispatch->main);
}

static enum work take_work(struct agx_core *core)
{
	struct agx_dispatch *dispatch = core->dispatch;
	u32 phase = __atomic_load_n(&dispatch->phase, __ATOMIC_ACQUIRE);
	u64 index;

	if (phase == AGX_PHASE_PREAMBLE &&
	    __atomic_compare_exchange_n(&dispatch->phase, &phase, AGX_PHASE_PREAMBLE_RUNS, false,
					__ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		start_preamble(core);
		return STARTED;
	}
	if (phase != AGX_PHASE_GROUPS)
		return LATER;
	index = __atomic_fetch_add(&dispatch->next_group, 1, __ATOMIC_RELAXED);
	if (index >= dispatch->n_groups)
		return NOTHING;
	start_group(core, index);
	return STARTED;
}

/* The first fault of a launch is its fault. */
static void report(struct agx_core *core, const struct agx_simd *simd)
{
	struct agx_dispatch *dispatch = core->dispatch;
	u32 none = 0;

	if (!__atomic_compare_exchange_n(&dispatch->stop, &none, 1, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return;
	dispatch->fault = simd->fault;
	memcpy(dispatch->fault.group, core->group.id, sizeof(core->group.id));
	dispatch->fault.simd = simd->index;
	dispatch->fault.preamble = core->preamble;
}

/* Whose turn it is next; opens the barrier once nobody can run. */
static void next_turn(struct agx_core *core)
{
	u32 above;

	if (!core->ready) {
		core->ready = core->waiting;
		core->waiting = 0;
	}
	/* Those that stopped do not hold up the others: if none is left, it was the end. */
	if (!core->ready) {
		if (core->preamble)
			__atomic_store_n(&core->dispatch->phase, AGX_PHASE_GROUPS,
					 __ATOMIC_RELEASE);
		return;
	}
	above = core->ready & ~0u << core->turn << 1;
	core->turn = (u32)__builtin_ctz(above ? above : core->ready);
	core->turn_left = TURN;
}

/* Instructions that may run now, of those that the launch has left. */
static u64 limit_steps(const struct agx_dispatch *dispatch, u64 n)
{
	u64 left = __atomic_load_n(&dispatch->steps_left, __ATOMIC_RELAXED);

	return n < left ? n : left;
}

static void charge_steps(struct agx_dispatch *dispatch, u64 n)
{
	u64 left = __atomic_load_n(&dispatch->steps_left, __ATOMIC_RELAXED), less;

	/* Others may have used up what this worker was promised, too. */
	do {
		if (left == AGX_NO_LIMIT)
			return;
		less = left > n ? left - n : 0;
	} while (!__atomic_compare_exchange_n(&dispatch->steps_left, &left, less, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

/* What it took to start what was started, in instructions. */
static u64 cost_of_start(const struct agx_core *core)
{
	const struct agx_program *program = core->simd[0].program;
	u64 bytes = core->group.n_simds * (program->n_regs + 1) / 2 * sizeof(core->simd->reg[0]);

	return core->group.n_simds * 16 + (bytes + core->group.local_size) / AGX_BYTES_PER_STEP;
}

/* Runs the SIMD-group whose turn it is; returns what that took, in instructions. */
static u64 run_turn(struct agx_core *core, u64 budget)
{
	struct agx_simd *simd = &core->simd[core->turn];
	u64 n = budget < core->turn_left ? budget : core->turn_left;
	u64 used = simd->steps, spent = simd->spent;
	enum agx_state state = AGX_FAULTED;

	n = limit_steps(core->dispatch, n);
	if (n)
		state = agx_simd_run(simd, n);
	else
		agx_simd_fault(simd, AGX_FAULT_RUNAWAY, 0, 0, false);
	used = simd->steps - used;
	spent = simd->spent - spent;
	charge_steps(core->dispatch, used);
	core->steps += used;
	core->turn_left -= (u32)used;

	switch (state) {
	case AGX_RUNNING:
	case AGX_PAUSED:
		if (core->turn_left)
			return spent;
		break;
	case AGX_AT_BARRIER:
		core->waiting |= 1u << core->turn;
		fallthrough;
	case AGX_STOPPED:
		core->ready &= ~(1u << core->turn);
		break;
	case AGX_FAULTED:
		report(core, simd);
		return spent;
	}
	next_turn(core);
	return spent;
}

void agx_core_flush(struct agx_core *core)
{
	if (!core->dispatch)
		return;
	agx_tlb_init(&core->tlb, core->dispatch->memory);
	core->tlb.sink = core->dispatch->soft_faults ? core->sink : NULL;
}

u64 agx_core_take_steps(struct agx_core *core)
{
	u64 steps = core->steps;

	core->steps = 0;
	return steps;
}

void agx_core_where(const struct agx_core *core, struct agx_fault *fault)
{
	const struct agx_simd *simd = &core->simd[core->turn];

	memset(fault, 0, sizeof(*fault));
	fault->kind = AGX_FAULT_TIMEOUT;
	if (!core->dispatch || !core->ready)
		return;
	fault->lane = simd->active ? (u32)__builtin_ctz(simd->active) : 0;
	fault->lanes = simd->active;
	fault->offset = simd->program->offset[simd->pc];
	fault->code = simd->program->address;
	memcpy(fault->group, core->group.id, sizeof(core->group.id));
	fault->simd = simd->index;
	fault->preamble = core->preamble;
}

enum agx_core_status agx_core_run(struct agx_core *core, struct agx_dispatch *dispatch,
				  u64 budget)
{
	enum work work;
	u64 spent;

	if (core->dispatch != dispatch) {
		core->dispatch = dispatch;
		core->ready = 0;
		agx_core_flush(core);
	}
	while (!__atomic_load_n(&dispatch->stop, __ATOMIC_ACQUIRE)) {
		if (core->ready) {
			if (!budget)
				return AGX_CORE_MORE;
			spent = run_turn(core, budget);
		} else {
			work = take_work(core);
			if (work == NOTHING)
				break;
			if (work == LATER)
				return AGX_CORE_MORE;
			spent = cost_of_start(core);
		}
		budget -= spent < budget ? spent : budget;
	}
	core->dispatch = NULL;
	return AGX_CORE_DONE;
}
