// SPDX-License-Identifier: MIT
/*
 * Faults on request, debugfs' inject/: each allocation of each call fails once, and
 * nothing is the worse for it; completion is late, commands hang or fault.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "debug.h"

static struct ut_gpu gpu;

/* --- allocations -------------------------------------------------------------------- */

/*
 * What calls work on, and what they make.  Of each, the first part gets ready, and the last
 * leaves all as it was, whether the call succeeded or not: with the call alone between them
 * only it can fail.
 */
static struct {
	const char *node;
	u32 vm, bo, binary, timeline;
	int prime, file;
	u64 point;
	/* made */
	int fd;
	u32 made, done;
} my;

static int do_open(void)
{
	my.fd = open(my.node, O_RDWR | O_CLOEXEC);
	return my.fd < 0 ? -errno : 0;
}

static void end_open(int ret)
{
	if (!ret)
		close(my.fd);
}

static int do_vm(void)
{
	return ut_vm_create(gpu.fd, UT_KERNEL_START, UT_VA_END, &my.made);
}

static void end_vm(int ret)
{
	if (!ret)
		ut_ok(ut_vm_destroy(gpu.fd, my.made));
}

static int do_gem(void)
{
	return ut_gem_create(gpu.fd, 3 * UT_PAGE, 0, 0, &my.made);
}

static int do_gem_private(void)
{
	return ut_gem_create(gpu.fd, UT_PAGE, DRM_ASAHI_GEM_VM_PRIVATE, gpu.vm, &my.made);
}

static int do_import(void)
{
	return ut_import(gpu.fd, my.prime, &my.made);
}

static void end_gem(int ret)
{
	if (!ret)
		ut_ok(ut_gem_close(gpu.fd, my.made));
}

/* A buffer that has no memory yet. */
static void begin_bind(void)
{
	my.made = ut_gem(gpu.fd, 4 * UT_PAGE);
}

static int do_bind(void)
{
	return ut_bind(gpu.fd, my.vm, my.made, 0, UT_PAGE, UT_DATA, UT_RW);
}

static void end_bind(int ret)
{
	(void)ret;
	ut_ok(ut_gem_close(gpu.fd, my.made));
}

static void begin_bind_import(void)
{
	ut_ok(do_import());
}

static void begin_within(void)
{
	ut_ok(ut_bind(gpu.fd, gpu.vm, my.bo, 0, 8 * UT_PAGE, UT_FREE, UT_RW));
}

static int do_bind_within(void)
{
	return ut_bind(gpu.fd, gpu.vm, my.bo, 6 * UT_PAGE, UT_PAGE, UT_FREE + 3 * UT_PAGE, UT_RW);
}

static int do_unbind_within(void)
{
	return ut_unbind(gpu.fd, gpu.vm, UT_PAGE, UT_FREE + 3 * UT_PAGE);
}

/* What failed has left the mapping whole. */
static void end_within(int ret)
{
	for (u32 i = 2; ret && i < 5; i++) {
		u32 word;

		ut_ok(ut_peek(&gpu, UT_FREE + i * UT_PAGE, &word));
		ut_eq(word, 100 + i);
	}
	ut_ok(ut_unbind(gpu.fd, gpu.vm, 8 * UT_PAGE, UT_FREE));
}

static int do_object(void)
{
	return ut_object_bind(gpu.fd, my.bo, 0, UT_PAGE, &my.made);
}

static void end_object(int ret)
{
	if (!ret)
		ut_ok(ut_object_unbind(gpu.fd, my.made));
}

static int do_queue(void)
{
	return ut_queue_create(gpu.fd, gpu.vm, UT_USC, DRM_ASAHI_PRIORITY_LOW, &my.made);
}

static void end_queue(int ret)
{
	if (!ret)
		ut_ok(ut_queue_destroy(gpu.fd, my.made));
}

static void begin_submit(void)
{
	ut_ok(ut_syncobj_signal(gpu.fd, my.binary));
	my.done = ut_syncobj(gpu.fd, false);
}

/* Waits for a fence, signals another one and a point. */
static int do_submit(void)
{
	const struct drm_asahi_sync syncs[] = {
		ut_binary(my.binary), ut_binary(my.done), ut_point(my.timeline, my.point + 1),
	};
	struct ut_cmds cmds = { .size = 0 };

	ut_cmd_compute(&cmds, UT_STREAM, UT_STREAM + UT_SIZE);
	ut_cmd_render(&cmds);
	return ut_submit(gpu.fd, gpu.queue, &cmds, syncs, 1, 2);
}

static void end_submit(int ret)
{
	if (!ret) {
		ut_ok(ut_fence_error(gpu.fd, my.done));
		ut_ok(ut_wait_point(gpu.fd, my.timeline, ++my.point, UT_FOREVER, 0));
	} else {
		/* Nothing of it has happened. */
		ut_ret(ut_wait(gpu.fd, my.done, 0), -EINVAL);
		ut_eq(ut_timeline_value(gpu.fd, my.timeline), my.point);
	}
	ut_syncobj_destroy(gpu.fd, my.done);
}

static int do_capture(void)
{
	return ut_capture(gpu.fd, gpu.queue, my.file, 0);
}

static void end_capture(int ret)
{
	(void)ret;
	ut_ok(ut_capture(gpu.fd, gpu.queue, -1, 0));
}

static void begin_captured(void)
{
	begin_submit();
	ut_ok(do_capture());
}

static void end_captured(int ret)
{
	end_submit(ret);
	end_capture(ret);
}

static const struct call {
	const char *name;
	void (*begin)(void);
	int (*run)(void);
	void (*end)(int ret);
	u32 least;		/* allocations, at least */
} calls[] = {
	{ "open", NULL, do_open, end_open, 2 },
	{ "VM_CREATE", NULL, do_vm, end_vm, 2 },
	{ "GEM_CREATE", NULL, do_gem, end_gem, 2 },
	{ "GEM_CREATE, private", NULL, do_gem_private, end_gem, 2 },
	{ "PRIME import", NULL, do_import, end_gem, 0 },
	{ "VM_BIND", begin_bind, do_bind, end_bind, 3 },
	{ "VM_BIND of an import", begin_bind_import, do_bind, end_bind, 3 },
	{ "VM_BIND within a mapping", begin_within, do_bind_within, end_within, 3 },
	{ "unbind within a mapping", begin_within, do_unbind_within, end_within, 2 },
	{ "GEM_BIND_OBJECT", NULL, do_object, end_object, 2 },
	{ "QUEUE_CREATE", NULL, do_queue, end_queue, 2 },
	{ "SUBMIT", begin_submit, do_submit, end_submit, 4 },
	{ "CAPTURE", NULL, do_capture, end_capture, 1 },
	{ "SUBMIT, captured", begin_captured, do_submit, end_captured, 6 },
};

static void prepare(void)
{
	int other;
	u32 *data;

	ut_gpu_init(&gpu);
	ut_begin(&gpu);
	ut_end(&gpu);
	my.node = ut_node();
	my.vm = ut_vm(gpu.fd);
	my.bo = ut_gem(gpu.fd, 8 * UT_PAGE);
	data = ut_mmap(gpu.fd, my.bo, 8 * UT_PAGE);
	for (u32 i = 0; i < 8; i++)
		data[i * UT_PAGE / 4] = 100 + i;
	my.binary = ut_syncobj(gpu.fd, false);
	my.timeline = ut_syncobj(gpu.fd, false);
	my.file = memfd_create("image", MFD_CLOEXEC);
	other = ut_open();
	my.prime = ut_export(other, ut_gem(other, UT_PAGE));
	ut_assert(my.prime >= 0 && my.file >= 0);
}

/* The nth allocation of the call fails (0: none); how many it made. */
static u64 with_failure(const struct call *call, u64 nth, int want)
{
	u64 n;
	int ret;

	if (call->begin)
		call->begin();
	n = ut_inject_get("allocs");
	ut_inject_set("alloc", nth);
	ret = call->run();
	n = ut_inject_get("allocs") - n;
	if (ret != want)
		ut_fail(__FILE__, __LINE__, "allocation %llu: %s, not %s",
			(unsigned long long)nth, ut_errno(ret), ut_errno(want));
	ut_eq(ut_inject_get("alloc"), 0);
	call->end(ret);
	return n;
}

static void allocation(const void *row)
{
	const struct call *call = row;
	struct drm_agxc_info before, after;
	u32 made;
	u64 n;

	prepare();
	with_failure(call, 0, 0);
	made = my.made;
	ut_get_info(gpu.fd, &before);
	n = with_failure(call, 0, 0);
	ut_assert(n >= call->least);
	for (u64 i = 1; i <= n; i++)
		with_failure(call, i, -ENOMEM);
	ut_eq(with_failure(call, 0, 0), n);
	/* An id, or a handle: none is lost. */
	ut_eq(my.made, made);
	ut_get_info(gpu.fd, &after);
	ut_eq(after.bound, before.bound);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_eq(gpu.data[0], 1);
	ut_note("%s: %llu allocations", call->name, (unsigned long long)n);
}

/* One shot. */
static void alloc_counts_down(void)
{
	u32 vm;
	int fd = ut_open();

	ut_inject_set("alloc", 1);
	ut_ret(ut_vm_create(fd, UT_KERNEL_START, UT_VA_END, &vm), -ENOMEM);
	ut_eq(ut_inject_get("alloc"), 0);
	ut_ok(ut_vm_create(fd, UT_KERNEL_START, UT_VA_END, &vm));
	ut_eq(vm, 1);
	ut_inject_set("alloc", 1000000);
	ut_ok(ut_vm_create(fd, UT_KERNEL_START, UT_VA_END, &vm));
	ut_assert(ut_inject_get("alloc") < 1000000);
}

/* --- late, hanging, faulting -------------------------------------------------------- */

#define DELAY_MS 200u

/* Timers of emulators may be early: half of it will do. */
static void delay(void)
{
	u64 start;
	u32 syncobj;

	ut_gpu_init(&gpu);
	ut_inject_set("delay_ms", DELAY_MS);
	start = ut_now();
	syncobj = ut_start_stream(&gpu, ut_stream(&gpu, &(struct ut_launch){
		.code = ".uniform p, buffer\nmov r1, 7\nstore r1, p, 0, i32, x, a\n",
		.args = { UT_DATA },
	}));
	ut_ret(ut_wait(gpu.fd, syncobj, DELAY_MS / 4), -ETIME);
	/* It has run, and is held back. */
	ut_eq(__atomic_load_n(gpu.data, __ATOMIC_SEQ_CST), 7);
	ut_ok(ut_fence_error(gpu.fd, syncobj));
	ut_assert(ut_now() - start > DELAY_MS * 1000000ull / 2);
	ut_inject_set("delay_ms", 0);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
}

/* Several jobs, each late; and a process that ends in the meantime. */
static void delay_of_many(void)
{
	u32 last = 0;

	ut_gpu_init(&gpu);
	ut_inject_set("delay_ms", 10);
	ut_begin(&gpu);
	ut_end(&gpu);
	for (u32 i = 0; i < 10; i++)
		last = ut_start_stream(&gpu, UT_STREAM);
	ut_ok(ut_fence_error(gpu.fd, last));
	ut_inject_set("delay_ms", 2000);
	ut_start_stream(&gpu, UT_STREAM);
}

static void hang(void)
{
	struct drm_agxc_fault fault;

	ut_gpu_init(&gpu);
	ut_assert(ut_set_param("timeout_ms", "100"));
	ut_inject_set("hang", 2);
	ut_ret(ut_poke(&gpu, UT_DATA, 1), -ETIMEDOUT);
	ut_eq(ut_inject_get("hang"), 1);
	ut_ret(ut_poke(&gpu, UT_DATA, 1), -ETIMEDOUT);
	ut_eq(ut_inject_get("hang"), 0);
	ut_eq(gpu.data[0], 0);
	ut_get_fault(gpu.fd, gpu.vm, &fault);
	ut_eq(fault.reason, DRM_AGXC_FAULT_TIMEOUT);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_eq(gpu.data[0], 1);
}

/* Without a time limit it lasts until the queue goes. */
static void hang_for_ever(void)
{
	u32 syncobj;

	ut_gpu_init(&gpu);
	ut_assert(ut_set_param("timeout_ms", "0"));
	ut_inject_set("hang", 1);
	ut_begin(&gpu);
	ut_end(&gpu);
	syncobj = ut_start_stream(&gpu, UT_STREAM);
	ut_ret(ut_wait(gpu.fd, syncobj, 100), -ETIME);
	ut_eq(ut_inject_get("hang"), 0);
}

static void faults(void)
{
	ut_gpu_init(&gpu);
	ut_inject_set("fault", 2);
	ut_ret(ut_poke(&gpu, UT_DATA, 1), -EIO);
	ut_ret(ut_poke(&gpu, UT_DATA, 1), -EIO);
	ut_eq(ut_inject_get("fault"), 0);
	ut_eq(gpu.data[0], 0);
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
}

static const struct ut_test tests[] = {
	UT_ROWS(allocation, calls),
	UT(alloc_counts_down),
	UT(delay),
	UT(delay_of_many),
	UT(hang),
	UT(hang_for_ever),
	UT(faults),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
