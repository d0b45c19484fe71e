// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: engine
 *
 * Threads, called cores, that execute what queues have pushed.  A queue with jobs gets
 * one of a few slots, for one job.  Cores look for slots that can go on: with what one
 * core does alone (the slot is owned meanwhile), or with a launch, which any number of
 * them execute together, a slice at a time.  So cores take turns at all slots, and none
 * waits for another one for longer than a slice.
 *
 * From agxc_engine_push() until the job is complete, this is the signalling path of
 * its fence: nothing is allocated but from the engine's arena.
 */
#include <drm/drm_managed.h>
#include <linux/cpumask.h>
#include <linux/dma-fence.h>
#include <linux/kthread.h>
#include <linux/seq_file.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_device.h"
#include "agxc_engine_private.h"
#include "agxc_vm.h"

#define MAX_CORES 64
#define MAX_SLOTS 16
/* LOW comes first every so many times. */
#define LOW_EVERY 8

/* --- jobs that are to be ended ---------------------------------------------- */

/* Why the slot's job is not to be executed any further; 0 if it is. */
int agxc_run_error(const struct agxc_run *run)
{
	const struct agxc_engine *engine = run->engine;
	const struct agxc_lane *lane = &run->queue->lane;

	lockdep_assert_held(&engine->lock);
	if (run->error)
		return run->error;
	if (run->ticket <= lane->cancelled)
		return lane->error;
	if (engine->stopping)
		return -ENODEV;
	if (run->ticket <= run->queue->vm->faulted)
		return -EIO;
	if (run->ticket <= engine->reset)
		return -ECANCELED;
	return 0;
}

void agxc_engine_stop_runs(struct agxc_engine *engine)
{
	lockdep_assert_held(&engine->lock);
	for (u32 i = 0; i < engine->n_slots; i++) {
		struct agxc_run *run = &engine->run[i];

		if (run->state == AGXC_RUN_FREE || !agxc_run_error(run))
			continue;
		if (run->state == AGXC_RUN_LAUNCH)
			agx_dispatch_stop(&run->dispatch);
		if (run->state == AGXC_RUN_WAITING)
			run->state = AGXC_RUN_READY;
	}
	wake_up(&engine->work);
}

/* --- slots ------------------------------------------------------------------- */

static bool is_low(const struct agxc_queue *queue)
{
	return queue->priority == DRM_ASAHI_PRIORITY_LOW;
}

static void await_slot(struct agxc_engine *engine, struct agxc_lane *lane)
{
	struct agxc_queue *queue = container_of(lane, struct agxc_queue, lane);

	list_add_tail(&lane->node, &engine->waiting[!is_low(queue)]);
}

/* The last free slot is not for LOW: a job of MEDIUM would have to wait for its end. */
static bool has_slot_for_low(const struct agxc_engine *engine)
{
	u32 n = 0;

	for (u32 i = 0; i < engine->n_slots; i++)
		n += engine->run[i].state != AGXC_RUN_FREE && is_low(engine->run[i].queue);
	return n + 1 < engine->n_slots || engine->n_slots == 1;
}

/* The queue that gets the next free slot; NULL: none is waiting. */
static struct agxc_lane *next_lane(struct agxc_engine *engine)
{
	struct agxc_lane *low, *medium;

	low = list_first_entry_or_null(&engine->waiting[0], struct agxc_lane, node);
	medium = list_first_entry_or_null(&engine->waiting[1], struct agxc_lane, node);
	if (low && !has_slot_for_low(engine))
		low = NULL;
	if (!low || !medium)
		return low ? low : medium;
	if (++engine->passed < LOW_EVERY)
		return medium;
	engine->passed = 0;
	return low;
}

static void fill_slots(struct agxc_engine *engine)
{
	for (u32 i = 0; i < engine->n_slots; i++) {
		struct agxc_run *run = &engine->run[i];
		struct agxc_lane *lane;

		if (run->state != AGXC_RUN_FREE)
			continue;
		lane = next_lane(engine);
		if (!lane)
			return;
		list_del_init(&lane->node);
		lane->run = run;
		run->queue = agxc_queue_get(container_of(lane, struct agxc_queue, lane));
		run->job = list_first_entry(&lane->jobs, struct agxc_job, link);
		run->ticket = run->job->ticket;
		run->state = AGXC_RUN_READY;
		run->phase = AGXC_PHASE_COMMAND;
		run->command = 0;
		run->error = run->job->error;
	}
}

/* The queue goes to the end of the line. */
void agxc_run_release(struct agxc_run *run)
{
	struct agxc_engine *engine = run->engine;
	struct agxc_lane *lane = &run->queue->lane;

	lockdep_assert_held(&engine->lock);
	run->job = NULL;
	run->queue = NULL;
	run->state = AGXC_RUN_FREE;
	lane->run = NULL;
	if (!list_empty(&lane->jobs))
		await_slot(engine, lane);
	wake_up_all(&engine->idle);
}

/* --- cores ------------------------------------------------------------------- */

/* Whether there are threadgroups that nobody has begun. */
static bool has_groups(const struct agx_dispatch *dispatch)
{
	return __atomic_load_n(&dispatch->phase, __ATOMIC_RELAXED) == AGX_PHASE_GROUPS &&
	       __atomic_load_n(&dispatch->next_group, __ATOMIC_RELAXED) < dispatch->n_groups;
}

static bool can_begin(const struct agxc_run *run)
{
	return run->state == AGXC_RUN_LAUNCH && run->shared && !run->closing &&
	       has_groups(&run->dispatch);
}

static bool is_ready(const struct agxc_run *run)
{
	return run->state == AGXC_RUN_READY ||
	       (run->state == AGXC_RUN_WAITING && time_after_eq(jiffies, run->until));
}

/* Whether this core can do something for the slot; makes it its own then. */
static bool take(struct agxc_core *core, struct agxc_run *run)
{
	struct agxc_context *context = &core->context[run->index];

	if (is_ready(run)) {
		run->state = AGXC_RUN_OWNED;
		return true;
	}
	if (context->begun)
		return true;
	if (!can_begin(run))
		return false;
	context->begun = true;
	run->n_joined++;
	return true;
}

/* MEDIUM first, but not always. */
static struct agxc_run *find_run(struct agxc_core *core)
{
	struct agxc_engine *engine = core->engine;
	bool low = core->picks % LOW_EVERY == LOW_EVERY - 1;

	for (int pass = 0; pass < 2; pass++, low = !low) {
		for (u32 i = 0; i < engine->n_slots; i++) {
			struct agxc_run *run = &engine->run[(core->next + i) % engine->n_slots];

			if (run->state != AGXC_RUN_FREE && is_low(run->queue) == low &&
			    take(core, run))
				return run;
		}
	}
	return NULL;
}

/* Whether a core that sleeps would find something. */
static bool has_more(struct agxc_engine *engine)
{
	for (u32 i = 0; i < engine->n_slots; i++)
		if (is_ready(&engine->run[i]) || can_begin(&engine->run[i]))
			return true;
	return false;
}

static struct agxc_run *pick(struct agxc_core *core)
{
	struct agxc_engine *engine = core->engine;
	struct agxc_run *run;

	spin_lock(&engine->lock);
	fill_slots(engine);
	run = find_run(core);
	if (run) {
		core->picks++;
		core->next = run->index + 1;
		if (has_more(engine))
			wake_up(&engine->work);
	}
	spin_unlock(&engine->lock);
	return run;
}

/* This core has nothing to do with the launch any more. */
static void leave_launch(struct agxc_core *core, struct agxc_run *run)
{
	struct agxc_context *context = &core->context[run->index];

	lockdep_assert_held(&core->engine->lock);
	context->begun = false;
	context->prepared = false;
	/* All that cores have stored is visible to whoever takes it from here. */
	if (!--run->n_joined)
		run->state = AGXC_RUN_READY;
}

static void execute(struct agxc_core *core, struct agxc_run *run)
{
	struct agxc_context *context = &core->context[run->index];
	struct agxc_engine *engine = core->engine;
	enum agx_core_status status = AGX_CORE_MORE;

	if (!context->prepared)
		context->prepared = agxc_run_prepare(core, run);
	if (context->prepared)
		status = agxc_run_slice(core, run);

	spin_lock(&engine->lock);
	if (context->prepared && status == AGX_CORE_MORE) {
		run->shared = true;
	} else {
		/* Nothing is left to begin, or no memory to do so. */
		run->closing = true;
		leave_launch(core, run);
	}
	spin_unlock(&engine->lock);
}

static void start_launch(struct agxc_core *core, struct agxc_run *run)
{
	struct agxc_context *context = &core->context[run->index];

	context->begun = true;
	context->prepared = true;
	run->n_joined = 1;
	run->closing = false;
	run->shared = false;
	if (agxc_run_error(run))
		agx_dispatch_stop(&run->dispatch);
}

static void go_on(struct agxc_core *core, struct agxc_run *run)
{
	enum agxc_run_state state = agxc_run_step(core, run);
	struct agxc_engine *engine = core->engine;

	/* It may be another queue's already. */
	if (state == AGXC_RUN_FREE)
		return;

	spin_lock(&engine->lock);
	if (state == AGXC_RUN_LAUNCH)
		start_launch(core, run);
	if (state == AGXC_RUN_WAITING && agxc_run_error(run))
		state = AGXC_RUN_READY;
	if (state == AGXC_RUN_WAITING)
		mod_timer(&run->timer, run->until);
	run->state = state;
	spin_unlock(&engine->lock);
}

static int core_thread(void *data)
{
	struct agxc_core *core = data;
	struct agxc_engine *engine = core->engine;
	struct agxc_run *run;
	bool cookie;

	while (!kthread_should_stop()) {
		run = NULL;
		wait_event_idle_exclusive(engine->work,
					  (run = pick(core)) || kthread_should_stop());
		if (!run)
			continue;

		cookie = dma_fence_begin_signalling();
		if (core->context[run->index].begun)
			execute(core, run);
		else
			go_on(core, run);
		dma_fence_end_signalling(cookie);
		cond_resched();
	}
	return 0;
}

static void run_expired(struct timer_list *timer)
{
	struct agxc_run *run = timer_container_of(run, timer, timer);

	wake_up(&run->engine->work);
}

/* --- what the queues call ---------------------------------------------------- */

void agxc_engine_init_queue(struct agxc_queue *queue)
{
	INIT_LIST_HEAD(&queue->lane.node);
	INIT_LIST_HEAD(&queue->lane.jobs);
}

void agxc_engine_push(struct agxc_job *job)
{
	struct agxc_lane *lane = &job->queue->lane;
	struct agxc_engine *engine = job->queue->dev->engine;
	bool stopped;

	spin_lock(&engine->lock);
	stopped = engine->stopped;
	job->ticket = ++engine->ticket;
	if (!stopped) {
		list_add_tail(&job->link, &lane->jobs);
		if (!lane->run && list_empty(&lane->node))
			await_slot(engine, lane);
		wake_up(&engine->work);
	}
	spin_unlock(&engine->lock);

	if (stopped)
		agxc_job_complete(job, -ENODEV);
}

static bool lane_is_idle(struct agxc_engine *engine, struct agxc_lane *lane)
{
	bool idle;

	spin_lock(&engine->lock);
	idle = !lane->run && list_empty(&lane->jobs);
	spin_unlock(&engine->lock);
	return idle;
}

void agxc_engine_cancel(struct agxc_queue *queue, int error)
{
	struct agxc_engine *engine = queue->dev->engine;
	struct agxc_lane *lane = &queue->lane;

	spin_lock(&engine->lock);
	lane->cancelled = engine->ticket;
	lane->error = error;
	agxc_engine_stop_runs(engine);
	spin_unlock(&engine->lock);
	wait_event(engine->idle, lane_is_idle(engine, lane));
}

u32 agxc_engine_cores(const struct agxc_device *dev)
{
	return dev->engine->n_cores;
}

u32 agxc_engine_slots(const struct agxc_device *dev)
{
	return dev->engine->n_slots;
}

void agxc_engine_show(struct agxc_device *dev, struct seq_file *seq)
{
	static const char *const states[] = { "free", "ready", "owned", "launch", "waiting" };
	struct agxc_engine *engine = dev->engine;

	seq_printf(seq, "cores %u, slots %u\n", engine->n_cores, engine->n_slots);
	seq_printf(seq, "arena: %zu of %zu bytes\n", READ_ONCE(engine->arena.used),
		   engine->arena.size);
	spin_lock(&engine->lock);
	for (u32 i = 0; i < engine->n_slots; i++) {
		const struct agxc_run *run = &engine->run[i];

		seq_printf(seq, "slot %u: %s", i, states[run->state]);
		if (run->job)
			seq_printf(seq, ", queue %u of VM %u, submission %llu, command %u of %u",
				   run->queue->id, run->queue->vm->id, run->job->seqno,
				   run->command, run->job->n_commands);
		if (run->state == AGXC_RUN_LAUNCH)
			seq_printf(seq, ", cores %u, threadgroup %llu of %llu", run->n_joined,
				   run->dispatch.next_group, run->dispatch.n_groups);
		seq_putc(seq, '\n');
	}
	spin_unlock(&engine->lock);
}

/* --- life --------------------------------------------------------------------- */

static bool engine_is_idle(struct agxc_engine *engine)
{
	bool idle = true;

	spin_lock(&engine->lock);
	for (u32 i = 0; i < engine->n_slots; i++)
		idle &= engine->run[i].state == AGXC_RUN_FREE;
	idle &= list_empty(&engine->waiting[0]) && list_empty(&engine->waiting[1]);
	engine->stopped = idle;
	spin_unlock(&engine->lock);
	return idle;
}

void agxc_engine_stop(struct agxc_device *dev)
{
	struct agxc_engine *engine = dev->engine;

	spin_lock(&engine->lock);
	engine->stopping = true;
	agxc_engine_stop_runs(engine);
	spin_unlock(&engine->lock);
	wait_event(engine->idle, engine_is_idle(engine));

	for (u32 i = 0; i < engine->n_cores; i++) {
		if (engine->core[i].thread)
			kthread_stop(engine->core[i].thread);
		engine->core[i].thread = NULL;
	}
	for (u32 i = 0; i < engine->n_slots; i++)
		timer_delete_sync(&engine->run[i].timer);
}

static void free_engine(struct drm_device *drm, void *data)
{
	struct agxc_engine *engine = data;

	for (u32 i = 0; i < engine->n_cores && engine->core; i++) {
		struct agxc_core *core = &engine->core[i];

		for (u32 j = 0; j < engine->n_slots && core->context; j++)
			agx_core_destroy(core->context[j].core);
		kvfree(core->context);
	}
	for (u32 i = 0; i < engine->n_slots && engine->run; i++)
		kvfree(engine->run[i].counts);
	kvfree(engine->core);
	kvfree(engine->run);
	agx_cache_destroy(engine->cache);
	agxc_arena_fini(&engine->arena);
	mutex_destroy(&engine->cache_lock);
}

static int make_runs(struct agxc_engine *engine)
{
	engine->run = kvcalloc(engine->n_slots, sizeof(*engine->run), GFP_KERNEL);
	if (!engine->run)
		return -ENOMEM;

	for (u32 i = 0; i < engine->n_slots; i++) {
		struct agxc_run *run = &engine->run[i];

		run->engine = engine;
		run->index = i;
		timer_setup(&run->timer, run_expired, 0);
		run->counts = kvcalloc(engine->n_cores, sizeof(*run->counts), GFP_KERNEL);
		if (!run->counts)
			return -ENOMEM;
		agxc_counts_observe(&run->observer, run->counts);
	}
	return 0;
}

static int make_cores(struct agxc_engine *engine)
{
	engine->core = kvcalloc(engine->n_cores, sizeof(*engine->core), GFP_KERNEL);
	if (!engine->core)
		return -ENOMEM;

	for (u32 i = 0; i < engine->n_cores; i++) {
		struct agxc_core *core = &engine->core[i];

		core->engine = engine;
		core->index = i;
		core->context = kvcalloc(engine->n_slots, sizeof(*core->context), GFP_KERNEL);
		if (!core->context)
			return -ENOMEM;
		for (u32 j = 0; j < engine->n_slots; j++) {
			core->context[j].core = agx_core_create(i);
			if (!core->context[j].core)
				return -ENOMEM;
			agx_core_set_pool(core->context[j].core, &engine->arena.pool);
		}
	}
	return 0;
}

static int start_threads(struct agxc_engine *engine)
{
	for (u32 i = 0; i < engine->n_cores; i++) {
		struct task_struct *thread;

		thread = kthread_run(core_thread, &engine->core[i], "agxc/%u", i);
		if (IS_ERR(thread))
			return PTR_ERR(thread);
		engine->core[i].thread = thread;
	}
	return 0;
}

static int make_arena(struct agxc_engine *engine)
{
	int ret;

	ret = agxc_arena_init(&engine->arena, (size_t)clamp(agxc_params.arena_mib, 1, 65536) << 20);
	if (ret)
		return ret;
	/* Programs stay as long as there is room for what is needed. */
	engine->cache = agx_cache_create(SIZE_MAX);
	return engine->cache ? 0 : -ENOMEM;
}

static u32 core_count(const struct agxc_device *dev)
{
	u32 chip = min(dev->chip->clusters * dev->chip->cores, MAX_CORES);

	if (agxc_params.cores)
		return min(agxc_params.cores, chip);
	return min3(num_online_cpus(), 8, chip);
}

int agxc_engine_create(struct agxc_device *dev)
{
	struct agxc_engine *engine;
	int ret;

	engine = drmm_kzalloc(&dev->drm, sizeof(*engine), GFP_KERNEL);
	if (!engine)
		return -ENOMEM;

	engine->dev = dev;
	spin_lock_init(&engine->lock);
	mutex_init(&engine->cache_lock);
	init_waitqueue_head(&engine->work);
	init_waitqueue_head(&engine->idle);
	INIT_LIST_HEAD(&engine->waiting[0]);
	INIT_LIST_HEAD(&engine->waiting[1]);
	engine->n_cores = core_count(dev);
	engine->n_slots = clamp(agxc_params.slots, 1, MAX_SLOTS);
	dev->engine = engine;
	ret = drmm_add_action_or_reset(&dev->drm, free_engine, engine);
	if (ret)
		return ret;

	ret = make_arena(engine);
	if (ret)
		return ret;
	ret = make_runs(engine);
	if (ret)
		return ret;
	ret = make_cores(engine);
	if (ret)
		return ret;
	ret = start_threads(engine);
	if (ret)
		agxc_engine_stop(dev);
	return ret;
}
