// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: execution of a job
 *
 * A slot's job, step by step: commands, their control streams, launches, and how they
 * end.  Each step is short, so that a core soon looks for other work, too.
 */
#include <drm/drm_print.h>
#include <linux/jiffies.h>
#include <linux/unaligned.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_device.h"
#include "agxc_engine_private.h"
#include "agxc_gem.h"
#include "agxc_trace.h"
#include "agxc_vm.h"

/* How long a core works on something before it looks for other work. */
#define SLICE_NS (200 * NSEC_PER_USEC)
/* The first slice: whoever helps with the rest should know soon. */
#define FIRST_SLICE_NS (50 * NSEC_PER_USEC)

static struct agxc_device *dev_of(const struct agxc_run *run)
{
	return run->engine->dev;
}

static void write_stamp(const struct agxc_stamp *stamp, u64 time)
{
	if (stamp->object)
		put_unaligned(time, (u64 *)(stamp->object->address + stamp->offset));
}

static void count(struct agxc_run *run, enum drm_agxc_counter counter, u64 n)
{
	agxc_count(&run->queue->counters, counter, n);
}

/* --- faults -------------------------------------------------------------------- */

static u32 reason_of(const struct agx_fault *fault)
{
	switch (fault->kind) {
	case AGX_FAULT_UNMAPPED:
		return DRM_AGXC_FAULT_UNMAPPED;
	case AGX_FAULT_READ_ONLY:
	case AGX_FAULT_WRITE_ONLY:
		return DRM_AGXC_FAULT_PROTECTION;
	case AGX_FAULT_LOCAL:
		return DRM_AGXC_FAULT_LOCAL;
	case AGX_FAULT_STACK:
		return DRM_AGXC_FAULT_STACK;
	case AGX_FAULT_RUNAWAY:
	case AGX_FAULT_TIMEOUT:
		return DRM_AGXC_FAULT_TIMEOUT;
	case AGX_FAULT_STREAM:
		return DRM_AGXC_FAULT_STREAM;
	default:
		return DRM_AGXC_FAULT_INSTRUCTION;
	}
}

static void record_fault(struct agxc_run *run, u32 reason, const struct agx_fault *fault,
			 const char *message)
{
	struct agxc_fault_record record = {
		.valid = true,
		.queue_id = run->queue->id,
		.seqno = run->job->seqno,
		.command = run->command,
		.timestamp = agxc_timestamp(),
		.reason = reason,
		.fault = *fault,
	};

	strscpy(record.message, message, sizeof(record.message));
	trace_agxc_fault(run->job, &record);
	agxc_vm_record_fault(run->queue->vm, &record);
	drm_err_ratelimited(&dev_of(run)->drm, "queue %u of VM %u, submission %llu, command %u: %s\n",
			    run->queue->id, run->queue->vm->id, run->job->seqno, run->command,
			    message);
}

/*
 * The job ends with error.  With it goes what is in flight, as hardware loses it: what
 * uses the same VM with -EIO if it is to blame, all else with -ECANCELED.
 */
static enum agxc_run_state end_all(struct agxc_run *run, int error, bool blame_vm)
{
	struct agxc_engine *engine = run->engine;

	spin_lock(&engine->lock);
	run->error = error;
	if (blame_vm)
		run->queue->vm->faulted = engine->ticket;
	engine->reset = engine->ticket;
	agxc_engine_stop_runs(engine);
	spin_unlock(&engine->lock);
	run->phase = AGXC_PHASE_ENDED;
	return AGXC_RUN_READY;
}

/* The text is more than the fault says, or NULL. */
static enum agxc_run_state end_with_fault(struct agxc_run *run, const struct agx_fault *fault,
					  const char *text)
{
	u32 reason = reason_of(fault);
	char message[256];

	if (!text) {
		agx_fault_print(message, sizeof(message), fault);
		text = message;
	}
	record_fault(run, reason, fault, text);
	if (reason == DRM_AGXC_FAULT_TIMEOUT)
		return end_all(run, -ETIMEDOUT, false);
	return end_all(run, -EIO, true);
}

/* Outside of a launch: a control stream that goes on and on, or nothing at all. */
static enum agxc_run_state end_with_timeout(struct agxc_run *run, const char *text)
{
	const struct agx_fault fault = {
		.kind = AGX_FAULT_TIMEOUT, .address = run->stream.address,
	};

	return end_with_fault(run, &fault, text);
}

/* --- memory -------------------------------------------------------------------- */

/* What was loaded for a launch is not used any more. */
static int end_dispatch(struct agxc_run *run)
{
	int ret;

	mutex_lock(&run->engine->cache_lock);
	ret = agx_dispatch_end(&run->dispatch);
	mutex_unlock(&run->engine->cache_lock);
	return ret;
}

/* Whether a job that has some of the arena may still end before this one. */
static bool others_hold_memory(const struct agxc_run *run)
{
	const struct agxc_engine *engine = run->engine;

	for (u32 i = 0; i < engine->n_slots; i++) {
		const struct agxc_run *other = &engine->run[i];

		if (other == run || other->state == AGXC_RUN_FREE)
			continue;
		if (!other->starved || other->ticket < run->ticket)
			return true;
	}
	return false;
}

/* Waits for other jobs to end, then tries again; nobody to wait for: it will never fit. */
static enum agxc_run_state starve(struct agxc_run *run)
{
	static const struct agx_fault none;

	spin_lock(&run->engine->lock);
	run->starved = others_hold_memory(run);
	if (!run->starved)
		run->error = -ENOMEM;
	spin_unlock(&run->engine->lock);

	if (run->starved) {
		run->until = jiffies + 1;
		/* The time is not the job's. */
		run->deadline += TICK_NSEC;
		run->limit += TICK_NSEC;
		return AGXC_RUN_WAITING;
	}
	record_fault(run, DRM_AGXC_FAULT_MEMORY, &none,
		     "no memory for the shader or its stacks: raise arena_mib");
	run->phase = AGXC_PHASE_ENDED;
	return AGXC_RUN_READY;
}

/* It tries again. */
static void feed(struct agxc_run *run)
{
	if (!run->starved)
		return;
	spin_lock(&run->engine->lock);
	run->starved = false;
	spin_unlock(&run->engine->lock);
}

/* Programs that nobody uses give way to stacks. */
static bool reserve(struct agxc_core *core, struct agxc_run *run)
{
	struct agxc_engine *engine = run->engine;
	bool evicted = true;

	while (agx_core_reserve(core->context[run->index].core, &run->dispatch)) {
		if (!evicted)
			return false;
		mutex_lock(&engine->cache_lock);
		evicted = agx_cache_evict(engine->cache);
		mutex_unlock(&engine->cache_lock);
		cond_resched();
	}
	return true;
}

static bool needs_stacks(const struct agx_dispatch *dispatch)
{
	return dispatch->main.stack_size || dispatch->preamble.stack_size;
}

/* No core has begun anything of this slot's. */
static void release_stacks(struct agxc_run *run)
{
	struct agxc_engine *engine = run->engine;

	if (!run->stacks)
		return;
	for (u32 i = 0; i < engine->n_cores; i++)
		agx_core_release(engine->core[i].context[run->index].core);
	run->stacks = false;
}

/* --- time ---------------------------------------------------------------------- */

/*
 * A command that gets on may take so many times longer than one that does not: where a
 * machine is emulated, or busy, large launches take minutes.
 */
#define PATIENCE 20

/* Or fewer: cores take a threadgroup when they are done with another one. */
static u64 groups_done(const struct agxc_run *run)
{
	u64 taken = __atomic_load_n(&run->dispatch.next_group, __ATOMIC_RELAXED);

	if (run->phase != AGXC_PHASE_LAUNCHED || taken < run->engine->n_cores)
		return 0;
	return taken - run->engine->n_cores;
}

/* Under the lock: as much time again. */
static void extend(struct agxc_run *run, u64 now)
{
	WRITE_ONCE(run->deadline, now + run->timeout);
	run->seen_launches = run->launches;
	run->seen_groups = groups_done(run);
}

static void set_limits(struct agxc_run *run)
{
	u64 now = ktime_get_ns();

	run->launches = 0;
	run->timeout = (u64)READ_ONCE(agxc_params.timeout_ms) * NSEC_PER_MSEC;
	run->limit = now + PATIENCE * run->timeout;
	spin_lock(&run->engine->lock);
	extend(run, now);
	spin_unlock(&run->engine->lock);
}

static bool gets_on(const struct agxc_run *run)
{
	return run->launches != run->seen_launches || groups_done(run) != run->seen_groups;
}

static bool is_late(struct agxc_run *run)
{
	bool late;
	u64 now;

	if (!run->timeout)
		return false;
	now = ktime_get_ns();
	if (now < READ_ONCE(run->deadline))
		return false;

	spin_lock(&run->engine->lock);
	late = now >= run->limit || (now >= run->deadline && !gets_on(run));
	if (!late)
		extend(run, now);
	spin_unlock(&run->engine->lock);
	return late;
}

/* --- commands ------------------------------------------------------------------ */

static enum agxc_run_state end_command(struct agxc_run *run)
{
	const struct agxc_command *command = &run->job->command[run->command];
	u64 now = agxc_timestamp();

	write_stamp(&command->end, now);
	write_stamp(&command->end2, now);
	count(run, DRM_AGXC_COUNTER_COMMANDS, 1);
	count(run, DRM_AGXC_COUNTER_ENGINE_NS, now - run->begun);
	run->begun = 0;
	run->command++;
	run->phase = run->command < run->job->n_commands ? AGXC_PHASE_COMMAND : AGXC_PHASE_ENDED;
	return AGXC_RUN_READY;
}

/* Nothing executes it; it is for the watchdog. */
static enum agxc_run_state hang(struct agxc_run *run)
{
	u32 timeout = READ_ONCE(agxc_params.timeout_ms);

	run->until = jiffies + (timeout ? msecs_to_jiffies(timeout) : MAX_JIFFY_OFFSET);
	run->phase = AGXC_PHASE_HUNG;
	return AGXC_RUN_WAITING;
}

static enum agxc_run_state start_command(struct agxc_run *run)
{
	const struct agxc_command *command = &run->job->command[run->command];
	const struct agxc_chip *chip = dev_of(run)->chip;
	static const struct agx_fault none;
	u64 steps = READ_ONCE(agxc_params.max_steps);

	run->begun = agxc_timestamp();
	if (!run->job->started) {
		run->job->started = run->begun;
		trace_agxc_job_start(run->job);
	}
	set_limits(run);
	memset(&run->where, 0, sizeof(run->where));
	write_stamp(&command->start, run->begun);
	write_stamp(&command->start2, run->begun);

	if (agxc_inject_once(&dev_of(run)->inject.fault)) {
		record_fault(run, DRM_AGXC_FAULT_INJECTED, &none, "injected fault");
		return end_all(run, -EIO, true);
	}
	if (agxc_inject_once(&dev_of(run)->inject.hang))
		return hang(run);
	if (command->type == AGXC_RENDER)
		return end_command(run);

	agx_stream_start(&run->stream, &run->queue->vm->memory, run->queue->usc_base,
			 command->stream, command->stream_end,
			 chip->generation >= 14 && chip->clusters > 1);
	if (steps)
		run->stream.max_steps = steps;
	run->stream.pool = &run->engine->arena.pool;
	run->stream.cache = run->engine->cache;
	run->stream.soft_faults = READ_ONCE(agxc_params.soft_faults);
	run->phase = AGXC_PHASE_STREAM;
	return AGXC_RUN_READY;
}

/* --- launches ------------------------------------------------------------------ */

static enum agxc_run_state walk_stream(struct agxc_run *run)
{
	struct agxc_engine *engine = run->engine;
	struct agxc_vm *vm = run->queue->vm;
	int ret;

	if (is_late(run))
		return end_with_timeout(run, "out of time: a control stream that may never end");

	run->stream.observer = READ_ONCE(run->queue->counters.detailed) ? &run->observer : NULL;
	mutex_lock(&engine->cache_lock);
	agxc_vm_enter(vm);
	ret = agxc_fp_next(&run->stream, &run->dispatch, SLICE_NS);
	agxc_vm_leave(vm);
	mutex_unlock(&engine->cache_lock);

	switch (ret) {
	case 0:
		return end_command(run);
	case 1:
		run->phase = AGXC_PHASE_RESERVE;
		return AGXC_RUN_READY;
	case -EAGAIN:
		return AGXC_RUN_READY;
	case -ENOMEM:
		return starve(run);
	default:
		return end_with_fault(run, &run->stream.fault, run->stream.message);
	}
}

/* The first core starts it. */
static enum agxc_run_state launch(struct agxc_core *core, struct agxc_run *run)
{
	if (needs_stacks(&run->dispatch)) {
		/* Those of the launch before may be in the way. */
		release_stacks(run);
		run->stacks = true;
		if (!reserve(core, run))
			return starve(run);
	}
	run->phase = AGXC_PHASE_LAUNCHED;
	return AGXC_RUN_LAUNCH;
}

static enum agxc_run_state end_launch(struct agxc_run *run)
{
	const struct agx_dispatch *dispatch = &run->dispatch;

	count(run, DRM_AGXC_COUNTER_DISPATCHES, 1);
	count(run, DRM_AGXC_COUNTER_THREADGROUPS, min(dispatch->next_group, dispatch->n_groups));
	run->launches++;
	run->phase = AGXC_PHASE_STREAM;
	switch (end_dispatch(run)) {
	case -EFAULT:
		return end_with_fault(run, &run->dispatch.fault, NULL);
	case -ECANCELED:
		/* Stopped by the watchdog, or because the job is to be ended. */
		if (run->where.kind != AGX_FAULT_NONE)
			return end_with_fault(run, &run->where, NULL);
		fallthrough;
	default:
		return AGXC_RUN_READY;
	}
}

/* --- the end of a job ---------------------------------------------------------- */

static enum agxc_run_state end_job(struct agxc_run *run)
{
	u32 delay = READ_ONCE(dev_of(run)->inject.delay_ms);

	if (run->begun) {
		count(run, DRM_AGXC_COUNTER_ENGINE_NS, agxc_timestamp() - run->begun);
		run->begun = 0;
	}
	/* It may have been ended while it was being loaded. */
	end_dispatch(run);
	release_stacks(run);
	run->phase = AGXC_PHASE_COMPLETE;
	if (!delay)
		return AGXC_RUN_READY;
	run->until = jiffies + msecs_to_jiffies(delay);
	return AGXC_RUN_WAITING;
}

static enum agxc_run_state complete_job(struct agxc_run *run)
{
	struct agxc_engine *engine = run->engine;
	struct agxc_queue *queue = run->queue;
	struct agxc_job *job = run->job;
	int error;

	spin_lock(&engine->lock);
	error = agxc_run_error(run);
	list_del(&job->link);
	run->job = NULL;
	spin_unlock(&engine->lock);

	/* The lane stays ours until it is done: the queue's next job completes after it. */
	agxc_job_complete(job, error);

	spin_lock(&engine->lock);
	agxc_run_release(run);
	spin_unlock(&engine->lock);
	agxc_queue_put(queue);
	return AGXC_RUN_FREE;
}

/* --- what cores do ------------------------------------------------------------- */

static int get_error(struct agxc_run *run)
{
	int error;

	spin_lock(&run->engine->lock);
	error = agxc_run_error(run);
	spin_unlock(&run->engine->lock);
	return error;
}

enum agxc_run_state agxc_run_step(struct agxc_core *core, struct agxc_run *run)
{
	feed(run);
	if (run->phase == AGXC_PHASE_LAUNCHED)
		return end_launch(run);
	if (run->phase == AGXC_PHASE_COMPLETE)
		return complete_job(run);
	if (run->phase == AGXC_PHASE_ENDED || get_error(run))
		return end_job(run);
	if (run->phase == AGXC_PHASE_HUNG)
		return end_with_timeout(run, "out of time: it hangs, as was asked for");
	if (run->phase == AGXC_PHASE_COMMAND)
		return start_command(run);
	if (run->phase == AGXC_PHASE_STREAM)
		return walk_stream(run);
	return launch(core, run);
}

/* Cores that help do not take memory from anybody. */
bool agxc_run_prepare(struct agxc_core *core, struct agxc_run *run)
{
	return !needs_stacks(&run->dispatch) ||
	       !agx_core_reserve(core->context[run->index].core, &run->dispatch);
}

/* The watchdog: every core looks at the end of its slice. */
static void check_time(struct agxc_core *core, struct agxc_run *run)
{
	struct agx_fault where;

	if (!is_late(run))
		return;
	agx_core_where(core->context[run->index].core, &where);
	spin_lock(&run->engine->lock);
	if (run->where.kind == AGX_FAULT_NONE)
		run->where = where;
	agx_dispatch_stop(&run->dispatch);
	spin_unlock(&run->engine->lock);
}

enum agx_core_status agxc_run_slice(struct agxc_core *core, struct agxc_run *run)
{
	struct agxc_context *context = &core->context[run->index];
	struct agxc_vm *vm = run->queue->vm;
	enum agx_core_status status;
	u64 generation, begun;

	generation = agxc_vm_enter(vm);
	if (generation != context->generation)
		agx_core_flush(context->core);
	context->generation = generation;
	begun = ktime_get_ns();
	status = agxc_fp_run(context->core, &run->dispatch,
			     READ_ONCE(run->shared) ? SLICE_NS : FIRST_SLICE_NS);
	atomic64_add(ktime_get_ns() - begun, &run->queue->usage->core_ns);
	agxc_vm_leave(vm);

	count(run, DRM_AGXC_COUNTER_INSTRUCTIONS, agx_core_take_steps(context->core));
	if (run->dispatch.observer)
		agxc_counts_flush(&run->counts[core->index], &run->queue->counters);
	if (status == AGX_CORE_MORE)
		check_time(core, run);
	return status;
}
