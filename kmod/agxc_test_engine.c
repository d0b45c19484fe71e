// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: tests of queues and the engine
 *
 * Jobs on queues of a device that no user sees, executed by its cores: their order, how
 * each way to fail ends what is in flight, and what is left to stop.
 */
#include <kunit/resource.h>
#include <linux/dma-fence.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_device.h"
#include "agxc_engine.h"
#include "agxc_gem.h"
#include "agxc_queue.h"
#include "agxc_test.h"
#include "agxc_test_gpu.h"
#include "agxc_vm.h"

#define PATIENCE	(60 * HZ)
#define N_VMS		2
#define N_QUEUES	3	/* the third is in the first's VM */
#define N_JOBS		20

/**
 * struct engine_test - a device with two clients' worth of VMs and queues
 * @params: what the test found
 * @dev: device
 * @stopped: its engine is
 * @drm_file: what ioctls are called with
 * @file: its driver's part
 * @usage: of the file
 * @gpu: address spaces
 * @queue: queues, which the file has by id
 * @fence: of jobs, by number
 * @n_fences: how many there are
 */
struct engine_test {
	struct agxc_params params;
	struct agxc_device *dev;
	bool stopped;
	struct drm_file drm_file;
	struct agxc_file file;
	struct agxc_usage usage;
	struct agxc_test_gpu *gpu[N_VMS];
	struct agxc_queue *queue[N_QUEUES];
	struct dma_fence *fence[N_JOBS];
	u32 n_fences;
};

/* --- a device -------------------------------------------------------------------------- */

static void restore_params(void *data)
{
	struct engine_test *t = data;

	agxc_params = t->params;
}

static void stop_engine(void *data)
{
	struct engine_test *t = data;

	agxc_queues_unplug(t->dev);
	agxc_engine_stop(t->dev);
	t->stopped = true;
}

static void put_fences(void *data)
{
	struct engine_test *t = data;

	while (t->n_fences)
		dma_fence_put(t->fence[--t->n_fences]);
}

static void close_queues(void *data)
{
	struct engine_test *t = data;

	for (u32 i = 0; i < N_QUEUES; i++) {
		if (!t->stopped)
			agxc_engine_cancel(t->queue[i], -ECANCELED);
		agxc_queue_close(t->queue[i]);
	}
	agxc_queues_drain(&t->file);
	xa_destroy(&t->file.queues);
	xa_destroy(&t->file.vms);
}

static void make_vm(struct kunit *test, u32 i)
{
	struct engine_test *t = test->priv;
	struct agxc_vm *vm;

	t->gpu[i] = agxc_test_gpu(test, t->dev);
	vm = t->gpu[i]->vm;
	KUNIT_ASSERT_EQ(test, xa_alloc(&t->file.vms, &vm->id, vm, xa_limit_32b, GFP_KERNEL), 0);
}

static void make_queue(struct kunit *test, u32 i)
{
	struct engine_test *t = test->priv;
	struct drm_asahi_queue_create args = {
		.priority = DRM_ASAHI_PRIORITY_MEDIUM, .usc_exec_base = AGXC_TEST_USC,
	};

	args.vm_id = t->gpu[i % N_VMS]->vm->id;
	KUNIT_ASSERT_EQ(test, agxc_ioctl_queue_create(&t->dev->drm, &args, &t->drm_file), 0);
	t->queue[i] = xa_load(&t->file.queues, args.queue_id);
	KUNIT_ASSERT_NOT_NULL(test, t->queue[i]);
}

static int agxc_test_engine_init(struct kunit *test)
{
	struct engine_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	t->params = agxc_params;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, restore_params, t), 0);
	agxc_params.cores = 2;
	agxc_params.slots = 4;
	agxc_params.timeout_ms = 0;
	agxc_params.arena_mib = 1;

	t->drm_file.driver_priv = &t->file;
	kref_init(&t->usage.ref);
	t->file.usage = &t->usage;
	xa_init_flags(&t->file.vms, XA_FLAGS_ALLOC1);
	xa_init_flags(&t->file.queues, XA_FLAGS_ALLOC1);

	t->dev = agxc_test_device(test);
	KUNIT_ASSERT_EQ(test, agxc_device_init(t->dev), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, stop_engine, t), 0);
	for (u32 i = 0; i < N_VMS; i++)
		make_vm(test, i);
	for (u32 i = 0; i < N_QUEUES; i++)
		make_queue(test, i);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_fences, t), 0);
	return kunit_add_action_or_reset(test, close_queues, t);
}

/* --- jobs ------------------------------------------------------------------------------ */

static struct agxc_job *make_job(struct kunit *test, u32 queue, u64 stream)
{
	struct engine_test *t = test->priv;
	struct agxc_job *job = agxc_job_create(t->queue[queue], 1, 0);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, job);
	job->types = BIT(AGXC_COMPUTE);
	job->command[0].type = AGXC_COMPUTE;
	job->command[0].stream = stream;
	return job;
}

/* The number of its fence. */
static u32 push(struct kunit *test, struct agxc_job *job)
{
	struct engine_test *t = test->priv;
	struct agxc_queue *queue = job->queue;

	KUNIT_ASSERT_LT(test, t->n_fences, N_JOBS);
	mutex_lock(&queue->submit_lock);
	job->seqno = queue->seqno + 1;
	agxc_job_push(job);
	t->fence[t->n_fences] = dma_fence_get(queue->last);
	mutex_unlock(&queue->submit_lock);
	return t->n_fences++;
}

static u32 submit(struct kunit *test, u32 queue, const struct agxc_test_program *program)
{
	struct engine_test *t = test->priv;
	u64 stream = agxc_test_stream(test, t->gpu[queue % N_VMS], program, 1);

	return push(test, make_job(test, queue, stream));
}

/* 1: it ended well; or its error. */
static int wait_for(struct kunit *test, u32 fence)
{
	struct engine_test *t = test->priv;

	KUNIT_ASSERT_GT(test, dma_fence_wait_timeout(t->fence[fence], false, PATIENCE), 0);
	return dma_fence_get_status(t->fence[fence]);
}

/* Until the queue's oldest job is being executed. */
static void wait_until_running(struct kunit *test, u32 queue)
{
	struct engine_test *t = test->priv;
	atomic64_t *executed = &t->queue[queue]->counters.value[DRM_AGXC_COUNTER_INSTRUCTIONS];
	s64 before = atomic64_read(executed);
	unsigned long end = jiffies + PATIENCE;

	while (atomic64_read(executed) == before) {
		KUNIT_ASSERT_TRUE(test, time_before(jiffies, end));
		schedule_timeout_uninterruptible(1);
	}
}

/* Work that is all right is executed, whatever happened before. */
static void check_works(struct kunit *test)
{
	struct engine_test *t = test->priv;

	for (u32 i = 0; i < N_QUEUES; i++) {
		u32 *out = t->gpu[i % N_VMS]->out;

		memset(out, 0, AGXC_PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, wait_for(test, submit(test, i, &agxc_test_ids)), 1);
		for (u32 j = 0; j < AGXC_TEST_WORDS; j++)
			KUNIT_ASSERT_EQ(test, out[j], 3 * j + 1);
	}
}

/* --- what ends well -------------------------------------------------------------------- */

static void agxc_test_engine_works(struct kunit *test)
{
	struct engine_test *t = test->priv;
	atomic64_t *value = t->queue[0]->counters.value;

	check_works(test);
	KUNIT_EXPECT_EQ(test, atomic64_read(&value[DRM_AGXC_COUNTER_SUBMITS]), 1);
	KUNIT_EXPECT_EQ(test, atomic64_read(&value[DRM_AGXC_COUNTER_COMMANDS]), 1);
	KUNIT_EXPECT_EQ(test, atomic64_read(&value[DRM_AGXC_COUNTER_DISPATCHES]), 1);
	KUNIT_EXPECT_EQ(test, atomic64_read(&value[DRM_AGXC_COUNTER_THREADGROUPS]),
			AGXC_TEST_WORDS / 64);
	KUNIT_EXPECT_EQ(test, atomic64_read(&value[DRM_AGXC_COUNTER_INSTRUCTIONS]),
			AGXC_TEST_WORDS / 32 * 5);
}

static void agxc_test_engine_many_launches(struct kunit *test)
{
	struct engine_test *t = test->priv;
	const struct agxc_test_program program = {
		.name = "ids", .code = agxc_test_ids.code, .size = agxc_test_ids.size,
		.global = 40, .local = 40,
	};
	u64 stream = agxc_test_stream(test, t->gpu[0], &program, 200);

	KUNIT_EXPECT_EQ(test, wait_for(test, push(test, make_job(test, 0, stream))), 1);
	KUNIT_EXPECT_EQ(test, atomic64_read(&t->queue[0]->counters.value
					    [DRM_AGXC_COUNTER_DISPATCHES]), 200);
}

/**
 * struct order - when fences of a queue were signalled
 * @n: so many so far
 * @job: by fence: its place in the order
 */
struct order {
	atomic_t n;
	struct order_cb {
		struct dma_fence_cb cb;
		struct order *order;
		u32 at;
	} job[N_JOBS];
};

static void note_order(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	struct order_cb *job = container_of(cb, struct order_cb, cb);

	job->at = atomic_inc_return(&job->order->n);
}

/* Of a queue they are signalled in order, though its jobs end in all ways. */
static void agxc_test_engine_order(struct kunit *test)
{
	struct order *order = kunit_kzalloc(test, sizeof(*order), GFP_KERNEL);
	struct engine_test *t = test->priv;
	u32 n;

	KUNIT_ASSERT_NOT_NULL(test, order);
	/* Nothing ends before all of them wait for their fences. */
	submit(test, 0, &agxc_test_endless);
	wait_until_running(test, 0);
	for (n = 1; n < N_JOBS; n++) {
		submit(test, 0, n % 5 == 4 ? &agxc_test_unmapped : &agxc_test_ids);
		order->job[n].order = order;
		KUNIT_ASSERT_EQ(test, dma_fence_add_callback(t->fence[n], &order->job[n].cb,
							     note_order), 0);
	}
	agxc_engine_cancel(t->queue[0], -ECANCELED);
	for (n = 0; n < N_JOBS; n++)
		wait_for(test, n);
	for (n = 1; n < N_JOBS; n++)
		KUNIT_EXPECT_EQ(test, order->job[n].at, n);
}

/* --- faults and timeouts --------------------------------------------------------------- */

/* What is in flight in the same VM gets EIO, what is in another one is lost. */
static void agxc_test_engine_fault(struct kunit *test)
{
	struct engine_test *t = test->priv;
	const struct agxc_fault_record *fault = &t->gpu[0]->vm->fault;
	u32 same, other, guilty;

	other = submit(test, 1, &agxc_test_endless);
	wait_until_running(test, 1);
	same = submit(test, 2, &agxc_test_endless);
	wait_until_running(test, 2);
	guilty = submit(test, 0, &agxc_test_unmapped);
	KUNIT_EXPECT_EQ(test, wait_for(test, guilty), -EIO);
	KUNIT_EXPECT_EQ(test, wait_for(test, same), -EIO);
	KUNIT_EXPECT_EQ(test, wait_for(test, other), -ECANCELED);
	KUNIT_EXPECT_TRUE(test, fault->valid);
	KUNIT_EXPECT_EQ(test, fault->count, 1);
	KUNIT_EXPECT_EQ(test, fault->reason, DRM_AGXC_FAULT_UNMAPPED);
	KUNIT_EXPECT_EQ(test, fault->fault.address, AGXC_TEST_OUT + 0x40000000);
	KUNIT_EXPECT_EQ(test, fault->queue_id, t->queue[0]->id);
	KUNIT_EXPECT_EQ(test, fault->seqno, 1);
	KUNIT_EXPECT_FALSE(test, t->gpu[1]->vm->fault.valid);
	check_works(test);
}

static void agxc_test_engine_timeout(struct kunit *test)
{
	struct engine_test *t = test->priv;
	u32 other, guilty;

	other = submit(test, 1, &agxc_test_endless);
	wait_until_running(test, 1);
	WRITE_ONCE(agxc_params.timeout_ms, 50);
	guilty = submit(test, 0, &agxc_test_endless);
	KUNIT_EXPECT_EQ(test, wait_for(test, guilty), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, wait_for(test, other), -ECANCELED);
	KUNIT_EXPECT_EQ(test, t->gpu[0]->vm->fault.reason, DRM_AGXC_FAULT_TIMEOUT);
	WRITE_ONCE(agxc_params.timeout_ms, 0);
	check_works(test);
}

static void agxc_test_engine_steps(struct kunit *test)
{
	WRITE_ONCE(agxc_params.max_steps, 1000);
	KUNIT_EXPECT_EQ(test, wait_for(test, submit(test, 0, &agxc_test_endless)), -ETIMEDOUT);
	check_works(test);
}

/* Launches that take no time at all, but there is no end of them. */
static void agxc_test_engine_endless_stream(struct kunit *test)
{
	static const u8 stop[] = { 0x88, 0x00 };
	const struct agxc_test_program program = AGXC_TEST_PROGRAM(stop);
	struct engine_test *t = test->priv;
	u64 stream = agxc_test_loop(test, t->gpu[0], &program, 500);

	WRITE_ONCE(agxc_params.timeout_ms, 50);
	KUNIT_EXPECT_EQ(test, wait_for(test, push(test, make_job(test, 0, stream))), -ETIMEDOUT);
	WRITE_ONCE(agxc_params.timeout_ms, 0);
	check_works(test);
}

/* A stack that is larger than all of the arena. */
static void agxc_test_engine_no_memory(struct kunit *test)
{
	static const u8 large_stack[] = {
		0xb5, 0x00, 0xf1, 0x05, 0x2f, 0x80, 0x00, 0x3f,	/* stack_adjust 16383 */
		0x88, 0x00,					/* stop */
	};
	const struct agxc_test_program program = AGXC_TEST_PROGRAM(large_stack);
	struct engine_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, wait_for(test, submit(test, 0, &program)), -ENOMEM);
	KUNIT_EXPECT_EQ(test, t->gpu[0]->vm->fault.reason, DRM_AGXC_FAULT_MEMORY);
	check_works(test);
}

static void agxc_test_engine_injected(struct kunit *test)
{
	struct engine_test *t = test->priv;

	atomic_set(&t->dev->inject.fault, 1);
	KUNIT_EXPECT_EQ(test, wait_for(test, submit(test, 0, &agxc_test_ids)), -EIO);
	KUNIT_EXPECT_EQ(test, t->gpu[0]->vm->fault.reason, DRM_AGXC_FAULT_INJECTED);
	check_works(test);

	WRITE_ONCE(agxc_params.timeout_ms, 50);
	atomic_set(&t->dev->inject.hang, 1);
	KUNIT_EXPECT_EQ(test, wait_for(test, submit(test, 0, &agxc_test_ids)), -ETIMEDOUT);
	WRITE_ONCE(agxc_params.timeout_ms, 0);
	check_works(test);

	WRITE_ONCE(t->dev->inject.delay_ms, 20);
	check_works(test);
}

/* --- what is stopped ------------------------------------------------------------------- */

static void agxc_test_engine_cancel(struct kunit *test)
{
	struct engine_test *t = test->priv;
	u32 first, second;

	first = submit(test, 0, &agxc_test_endless);
	wait_until_running(test, 0);
	second = submit(test, 0, &agxc_test_ids);
	agxc_engine_cancel(t->queue[0], -ECANCELED);
	KUNIT_EXPECT_EQ(test, wait_for(test, first), -ECANCELED);
	wait_for(test, second);
	check_works(test);
}

static void agxc_test_engine_stop(struct kunit *test)
{
	u32 first, second;

	first = submit(test, 0, &agxc_test_endless);
	wait_until_running(test, 0);
	kunit_release_action(test, stop_engine, test->priv);
	KUNIT_EXPECT_EQ(test, wait_for(test, first), -ENODEV);
	second = submit(test, 1, &agxc_test_ids);
	KUNIT_EXPECT_EQ(test, wait_for(test, second), -ENODEV);
}

static void agxc_test_engine_vm_closed(struct kunit *test)
{
	struct engine_test *t = test->priv;
	u32 fence;

	/* Its code goes away under it. */
	fence = submit(test, 0, &agxc_test_endless);
	wait_until_running(test, 0);
	KUNIT_ASSERT_EQ(test, agxc_vm_unbind(t->gpu[0]->vm, AGXC_TEST_USC, 5 * AGXC_PAGE_SIZE),
			0);
	WRITE_ONCE(agxc_params.timeout_ms, 50);
	KUNIT_EXPECT_EQ(test, wait_for(test, submit(test, 1, &agxc_test_ids)), 1);
	agxc_engine_cancel(t->queue[0], -ECANCELED);
	KUNIT_EXPECT_EQ(test, wait_for(test, fence), -ECANCELED);
	fence = submit(test, 0, &agxc_test_ids);
	KUNIT_EXPECT_EQ(test, wait_for(test, fence), -EIO);
}

static struct kunit_case agxc_engine_tests[] = {
	KUNIT_CASE(agxc_test_engine_works),
	KUNIT_CASE(agxc_test_engine_many_launches),
	KUNIT_CASE(agxc_test_engine_order),
	KUNIT_CASE(agxc_test_engine_fault),
	KUNIT_CASE(agxc_test_engine_timeout),
	KUNIT_CASE(agxc_test_engine_steps),
	KUNIT_CASE(agxc_test_engine_endless_stream),
	KUNIT_CASE(agxc_test_engine_no_memory),
	KUNIT_CASE(agxc_test_engine_injected),
	KUNIT_CASE(agxc_test_engine_cancel),
	KUNIT_CASE(agxc_test_engine_stop),
	KUNIT_CASE(agxc_test_engine_vm_closed),
	{}
};

static struct kunit_suite agxc_engine_suite = {
	.name = "agxc_engine",
	.init = agxc_test_engine_init,
	.test_cases = agxc_engine_tests,
};

kunit_test_suites(&agxc_engine_suite);
