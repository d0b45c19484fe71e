// SPDX-License-Identifier: MIT
/*
 * QUEUE_CREATE and QUEUE_DESTROY.
 */
#include <unistd.h>

#include "gpu.h"

static const struct create {
	const char *name;
	u32 flags, priority;
	bool no_vm;
	int want;
} creates[] = {
	{ "low", 0, DRM_ASAHI_PRIORITY_LOW, false, 0 },
	{ "medium", 0, DRM_ASAHI_PRIORITY_MEDIUM, false, 0 },
	{ "high", 0, DRM_ASAHI_PRIORITY_HIGH, false, -EINVAL },
	{ "realtime", 0, DRM_ASAHI_PRIORITY_REALTIME, false, -EINVAL },
	{ "priority 4", 0, 4, false, -EINVAL },
	{ "priority ~0", 0, ~0u, false, -EINVAL },
	{ "flag 0", 1, 0, false, -EINVAL },
	{ "flag 31", 1u << 31, 0, false, -EINVAL },
	{ "unknown vm", 0, 0, true, -ENOENT },
	{ "flags before vm", 1, 0, true, -EINVAL },
	{ "priority before vm", 0, 4, true, -EINVAL },
	{ "high before vm", 0, 2, true, -EINVAL },
};

static void create_rule(const void *row)
{
	const struct create *c = row;
	struct drm_asahi_queue_create args = { .flags = c->flags, .priority = c->priority };
	int fd = ut_open();

	args.vm_id = ut_vm(fd);
	if (c->no_vm)
		args.vm_id = UT_NO_ID;
	ut_ret(ut_ioctl(fd, DRM_IOCTL_ASAHI_QUEUE_CREATE, &args), c->want);
	ut_eq(args.queue_id, c->want ? 0 : 1);
	/* What failed has not taken an id. */
	ut_eq(ut_queue(fd, 1, 0), c->want ? 1 : 2);
}

static void vm_0(void)
{
	int fd = ut_open();

	ut_ret(ut_queue_create(fd, 0, 0, 0, NULL), -ENOENT);
	ut_vm(fd);
	ut_ret(ut_queue_create(fd, 0, 0, 0, NULL), -ENOENT);
}

static void ids(void)
{
	int fd = ut_open(), other = ut_open();
	u32 vm = ut_vm(fd);

	ut_eq(ut_queue(fd, vm, 0), 1);
	ut_eq(ut_queue(fd, vm, 0), 2);
	ut_eq(ut_queue(fd, ut_vm(fd), 0), 3);
	ut_eq(ut_queue(other, ut_vm(other), 0), 1);
	ut_ret(ut_queue_destroy(other, 2), -ENOENT);
	ut_ok(ut_queue_destroy(fd, 2));
	ut_ret(ut_queue_destroy(fd, 2), -ENOENT);
	ut_ret(ut_queue_destroy(fd, 0), -ENOENT);
	ut_ret(ut_queue_destroy(fd, ~0u), -ENOENT);
	ut_eq(ut_queue(fd, vm, 0), 2);
	ut_eq(ut_queue(fd, vm, 0), 4);
}

/* Nobody looks at the base until a shader is to run. */
static void any_base(void)
{
	static const u64 bases[] = { 0, 1, 0x123456789abcdefull, ~0ull, 1ull << 63 };
	static struct ut_gpu gpu;
	const struct ut_launch launch = { .code = "mov r1, thread_in_grid_x\n" };
	u64 stream;

	ut_gpu_init(&gpu);
	stream = ut_stream(&gpu, &launch);
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		u32 right = gpu.queue;

		gpu.queue = ut_queue(gpu.fd, gpu.vm, bases[i]);
		ut_ret(ut_run_stream(&gpu, stream), -EIO);
		ut_ok(ut_queue_destroy(gpu.fd, gpu.queue));
		gpu.queue = right;
		ut_ok(ut_run_stream(&gpu, stream));
	}
}

/* More than the hardware's firmware has events; all of them work. */
static void many(void)
{
	static struct ut_gpu gpu;
	struct ut_cmds cmds = { .size = 0 };
	u32 queues[300], syncobjs[300];

	ut_gpu_init(&gpu);
	ut_cmd_compute(&cmds, ut_stream(&gpu, &(struct ut_launch){
		.code = ".uniform sum, buffer\n"
			"ldimm r1, 1\n"
			"atomic _, r1, sum, 0, add, coherent1, a\n",
		.args = { UT_DATA },
	}), UT_STREAM + UT_SIZE);
	for (u32 i = 0; i < ARRAY_SIZE(queues); i++)
		queues[i] = ut_queue(gpu.fd, gpu.vm, UT_USC);
	for (u32 i = 0; i < ARRAY_SIZE(queues); i++) {
		struct drm_asahi_sync out = ut_binary(ut_syncobj(gpu.fd, false));

		ut_ok(ut_submit(gpu.fd, queues[i], &cmds, &out, 0, 1));
		syncobjs[i] = out.handle;
	}
	for (u32 i = 0; i < ARRAY_SIZE(queues); i++)
		ut_ok(ut_fence_error(gpu.fd, syncobjs[i]));
	ut_eq(gpu.data[0], ARRAY_SIZE(queues));
	for (u32 i = 0; i < ARRAY_SIZE(queues); i++)
		ut_ok(ut_queue_destroy(gpu.fd, queues[i]));
}

static void created_and_destroyed(void)
{
	int fd = ut_open();
	u32 vm = ut_vm(fd);

	for (u32 i = 0; i < 1000; i++) {
		u32 queue = ut_queue(fd, vm, 0);

		ut_eq(queue, 1);
		ut_ok(ut_queue_destroy(fd, queue));
	}
}

/* The address space goes first. */
static void outlives_vm(void)
{
	int fd = ut_open();
	u32 vm = ut_vm(fd), queue = ut_queue(fd, vm, 0);

	ut_ok(ut_vm_destroy(fd, vm));
	ut_ok(ut_queue_destroy(fd, queue));
}

/* What runs when its queue is destroyed goes on to its end. */
static void destroyed_with_work(void)
{
	static struct ut_gpu gpu;
	u32 syncobj;

	ut_gpu_init(&gpu);
	syncobj = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_spin_runs(&gpu);
	ut_ok(ut_queue_destroy(gpu.fd, gpu.queue));
	ut_ret(ut_wait(gpu.fd, syncobj, 20), -ETIME);
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, syncobj));
}

/* What waits for another queue when its own is destroyed ends, too. */
static void destroyed_with_waiting_work(void)
{
	static struct ut_gpu gpu;
	struct ut_cmds cmds = { .size = 0 };
	struct drm_asahi_sync syncs[2];
	u32 spinning, other, error;

	ut_gpu_init(&gpu);
	spinning = ut_start_stream(&gpu, ut_spin(&gpu));
	other = ut_queue(gpu.fd, gpu.vm, UT_USC);
	syncs[0] = ut_binary(spinning);
	syncs[1] = ut_binary(ut_syncobj(gpu.fd, false));
	ut_cmd_compute(&cmds, ut_stream(&gpu, &(struct ut_launch){
		.code = "mov r1, thread_in_grid_x\n",
	}), UT_STREAM + UT_SIZE);
	ut_ok(ut_submit(gpu.fd, other, &cmds, syncs, 1, 1));
	ut_ok(ut_queue_destroy(gpu.fd, other));
	ut_spin_end(&gpu);
	ut_ok(ut_fence_error(gpu.fd, spinning));
	/* It was done, or cancelled: but it has ended. */
	error = (u32)-ut_fence_error(gpu.fd, syncs[1].handle);
	ut_assert(!error || error == ECANCELED || error == ESRCH);
}

/* Shaders are found from the queue's own base. */
static void bases_of_two_queues(void)
{
	static struct ut_gpu gpu;
	struct ut_launch launch = {
		.code = ".uniform dst, buffer\n ldimm r1, 11\n store r1, dst, 0, i32, x, a\n",
		.args = { UT_DATA },
	};
	u64 stream;
	u32 copy;

	ut_gpu_init(&gpu);
	stream = ut_stream(&gpu, &launch);
	copy = ut_gem(gpu.fd, UT_SIZE);
	memcpy(ut_mmap(gpu.fd, copy, UT_SIZE), gpu.usc, UT_SIZE);
	ut_ok(ut_bind(gpu.fd, gpu.vm, copy, 0, UT_SIZE, UT_FREE, DRM_ASAHI_BIND_READ));
	memset(gpu.usc, 0, 4096);
	gpu.queue = ut_queue(gpu.fd, gpu.vm, UT_FREE);
	/* Its uniforms are where they were: from an address, not from the base. */
	memcpy(gpu.usc, ut_mmap(gpu.fd, copy, UT_SIZE), 1024);
	ut_ok(ut_run_stream(&gpu, stream));
	ut_eq(gpu.data[0], 11);
}

static const struct ut_test tests[] = {
	UT_ROWS(create_rule, creates),
	UT(vm_0),
	UT(ids),
	UT(any_base),
	UT(many),
	UT(created_and_destroyed),
	UT(outlives_vm),
	UT(destroyed_with_work),
	UT(destroyed_with_waiting_work),
	UT(bases_of_two_queues),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
