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

/* How long a core works on one launch before it looks for other work. */
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
		return DRM_AGXC_FAULT_PROTECTION;
	case AGX_FAULT_LOCAL:
		return DRM_AGXC_FAULT_LOCAL;
	case AGX_FAULT_STACK:
		return DRM_AGXC_FAULT_STACK;
	case AGX_FAULT_RUNAWAY:
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
 * The job ends with error.  With it goes what is in flight: of the same VM with
 * vm_error (0: as the others), of others because hardware would lose it, too.
 */
static enum agxc_run_state end_with(struct agxc_run *run, int error, bool same_vm, bool others)
{
	struct agxc_engine *engine = run->engine;

	spin_lock(&engine->lock);
	run->error = error;
	if (same_vm)
		run->queue->vm->faulted = engine->ticket;
	if (others) {
		engine->reset = engine->ticket;
		agxc_engine_stop_runs(engine);
	}
	spin_unlock(&engine->lock);
	run->phase = AGXC_PHASE_ENDED;
	return AGXC_RUN_READY;
}

static enum agxc_run_state end_with_timeout(struct agxc_run *run, const struct agx_fault *where)
{
	char message[192];
	int n;

	n = scnprintf(message, sizeof(message), "runs for too long (timeout_ms, max_steps): ");
	if (where->kind == AGX_FAULT_NONE)
		scnprintf(message + n, sizeof(message) - n, "hangs");
	else
		agx_fault_print(message + n, sizeof(message) - n, where);
	record_fault(run, DRM_AGXC_FAULT_TIMEOUT, where, message);
	return end_with(run, -ETIMEDOUT, false, true);
}

/* More than the text: what the executor said, in a message if there is one. */
static enum agxc_run_state end_with_fault(struct agxc_run *run, const struct agx_fault *fault,
					  const char *text)
{
	char message[256];

	if (fault->kind == AGX_FAULT_RUNAWAY)
		return end_with_timeout(run, fault);
	if (!text) {
		agx_fault_print(message, sizeof(message), fault);
		text = message;
	}
	record_fault(run, reason_of(fault), fault, text);
	return end_with(run, -EIO, true, true);
}

static enum agxc_run_state end_without_memory(struct agxc_run *run)
{
	static const struct agx_fault none;

	record_fault(run, DRM_AGXC_FAULT_MEMORY, &none,
		     "no memory for the decoded shader or its stacks: raise arena_mib");
	return end_with(run, -ENOMEM, false, false);
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
	atomic64_add(now - run->begun, &run->queue->usage->engine_ns);
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
	u32 timeout = READ_ONCE(agxc_params.timeout_ms);
	u64 steps = READ_ONCE(agxc_params.max_steps);

	run->begun = agxc_timestamp();
	if (!run->job->started) {
		run->job->started = run->begun;
		trace_agxc_job_start(run->job);
	}
	run->deadline = timeout ? ktime_get_ns() + (u64)timeout * NSEC_PER_MSEC : 0;
	memset(&run->where, 0, sizeof(run->where));
	write_stamp(&command->start, run->begun);
	write_stamp(&command->start2, run->begun);

	if (agxc_inject_once(&dev_of(run)->inject.fault)) {
		record_fault(run, DRM_AGXC_FAULT_INJECTED, &none, "injected fault");
		return end_with(run, -EIO, true, true);
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
	if (READ_ONCE(run->queue->counters.detailed))
		run->stream.observer = &run->observer;
	run->phase = AGXC_PHASE_STREAM;
	return AGXC_RUN_READY;
}

static enum agxc_run_state walk_stream(struct agxc_core *core, struct agxc_run *run)
{
	int ret;

	agxc_vm_enter(run->queue->vm);
	ret = agx_stream_next(&run->stream, &run->dispatch);
	agxc_vm_leave(run->queue->vm);

	if (ret == -EFAULT)
		return end_with_fault(run, &run->stream.fault, run->stream.message);
	if (ret < 0)
		return end_without_memory(run);
	if (!ret)
		return end_command(run);

	run->phase = AGXC_PHASE_LAUNCHED;
	if (agx_core_reserve(core->context[run->index].core, &run->dispatch)) {
		agx_dispatch_end(&run->dispatch);
		return end_without_memory(run);
	}
	return AGXC_RUN_LAUNCH;
}

static enum agxc_run_state end_launch(struct agxc_run *run)
{
	const struct agx_dispatch *dispatch = &run->dispatch;
	u64 groups = min(dispatch->next_group, dispatch->n_groups);

	count(run, DRM_AGXC_COUNTER_DISPATCHES, 1);
	count(run, DRM_AGXC_COUNTER_THREADGROUPS, groups);
	run->phase = AGXC_PHASE_STREAM;
	switch (agx_dispatch_end(&run->dispatch)) {
	case -EFAULT:
		return end_with_fault(run, &run->dispatch.fault, NULL);
	case -ECANCELED:
		/* Stopped by the watchdog, or because the job is to be ended. */
		if (run->where.kind != AGX_FAULT_NONE)
			return end_with_timeout(run, &run->where);
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
		u64 ns = agxc_timestamp() - run->begun;

		count(run, DRM_AGXC_COUNTER_ENGINE_NS, ns);
		atomic64_add(ns, &run->queue->usage->engine_ns);
		run->begun = 0;
	}
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
	static const struct agx_fault none;

	if (run->phase == AGXC_PHASE_LAUNCHED)
		return end_launch(run);
	if (run->phase == AGXC_PHASE_COMPLETE)
		return complete_job(run);
	if (run->phase == AGXC_PHASE_ENDED || get_error(run))
		return end_job(run);
	if (run->phase == AGXC_PHASE_HUNG)
		return end_with_timeout(run, &none);
	if (run->phase == AGXC_PHASE_COMMAND)
		return start_command(run);
	return walk_stream(core, run);
}

/* The watchdog: every core looks at the end of its slice. */
static void check_time(struct agxc_core *core, struct agxc_run *run)
{
	struct agx_fault where;

	if (!run->deadline || ktime_get_ns() < run->deadline)
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
	u64 generation;

	generation = agxc_vm_enter(vm);
	if (generation != context->generation)
		agx_core_flush(context->core);
	context->generation = generation;
	status = agxc_fp_run(context->core, &run->dispatch,
			     READ_ONCE(run->shared) ? SLICE_NS : FIRST_SLICE_NS);
	agxc_vm_leave(vm);

	count(run, DRM_AGXC_COUNTER_INSTRUCTIONS, agx_core_take_steps(context->core));
	if (run->dispatch.observer)
		agxc_counts_flush(&run->counts[core->index], &run->queue->counters);
	if (status == AGX_CORE_MORE)
		check_time(core, run);
	return status;
}
