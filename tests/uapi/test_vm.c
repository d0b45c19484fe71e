// SPDX-License-Identifier: MIT
/*
 * Address spaces: VM_CREATE and VM_DESTROY.
 */
#include <unistd.h>

#include "gpu.h"

static const struct range {
	const char *name;
	u64 start, end;
	int want;
} ranges[] = {
	{ "top", UT_KERNEL_START, UT_VA_END, 0 },
	{ "bottom", UT_VA_START, UT_VA_START + UT_KERNEL_MIN, 0 },
	{ "everything", UT_VA_START, UT_VA_END, 0 },
	{ "page 0", 0, UT_KERNEL_MIN, -EINVAL },
	{ "page 0, large", 0, UT_VA_END, -EINVAL },
	{ "one page beyond the end", UT_KERNEL_START, UT_VA_END + UT_PAGE, -EINVAL },
	{ "all beyond the end", UT_VA_END, UT_VA_END + UT_KERNEL_MIN, -EINVAL },
	{ "far beyond the end", 1ull << 40, 1ull << 41, -EINVAL },
	{ "to the end of u64", UT_VA_START, ~0ull, -EINVAL },
	{ "to the last page of u64", UT_VA_START, 0 - UT_PAGE, -EINVAL },
	{ "a page too small", UT_KERNEL_START + UT_PAGE, UT_VA_END, -EINVAL },
	{ "empty", UT_KERNEL_START, UT_KERNEL_START, -EINVAL },
	{ "zeros", 0, 0, -EINVAL },
	{ "backwards", UT_VA_END, UT_KERNEL_START, -EINVAL },
	{ "backwards by more than u64 has", 0 - UT_KERNEL_MIN, UT_VA_START, -EINVAL },
	{ "start not aligned", UT_KERNEL_START - 0x1000, UT_VA_END, -EINVAL },
	{ "start not aligned by 1", UT_KERNEL_START - 1, UT_VA_END, -EINVAL },
	{ "end not aligned", UT_KERNEL_START - UT_PAGE, UT_VA_END - 0x1000, -EINVAL },
	{ "end not aligned by 1", UT_KERNEL_START - UT_PAGE, UT_VA_END - 1, -EINVAL },
};

static void create_rule(const void *row)
{
	const struct range *r = row;
	int fd = ut_open();
	u32 vm = 0;

	ut_ret(ut_vm_create(fd, r->start, r->end, &vm), r->want);
	ut_eq(vm, r->want ? 0 : 1);
	/* What failed has not taken an id. */
	ut_eq(ut_vm(fd), r->want ? 1 : 2);
}

static void pads_are_ignored(void)
{
	struct drm_asahi_vm_create create = {
		.kernel_start = UT_KERNEL_START, .kernel_end = UT_VA_END, .vm_id = 77, .pad = 1,
	};
	struct drm_asahi_vm_destroy destroy = { .vm_id = 1, .pad = 0xffffffff };
	int fd = ut_open();

	ut_ok(ut_ioctl(fd, DRM_IOCTL_ASAHI_VM_CREATE, &create));
	ut_eq(create.vm_id, 1);
	ut_ok(ut_ioctl(fd, DRM_IOCTL_ASAHI_VM_DESTROY, &destroy));
	ut_ret(ut_vm_destroy(fd, 1), -ENOENT);
}

/* From 1, the lowest that is free, by file. */
static void ids(void)
{
	int fd = ut_open(), other = ut_open();

	ut_eq(ut_vm(fd), 1);
	ut_eq(ut_vm(fd), 2);
	ut_eq(ut_vm(fd), 3);
	ut_eq(ut_vm(other), 1);
	ut_ret(ut_vm_destroy(other, 2), -ENOENT);
	ut_ok(ut_vm_destroy(fd, 2));
	ut_ret(ut_vm_destroy(fd, 2), -ENOENT);
	ut_eq(ut_vm(fd), 2);
	ut_eq(ut_vm(fd), 4);
}

static void destroy_unknown(void)
{
	int fd = ut_open();

	ut_ret(ut_vm_destroy(fd, 0), -ENOENT);
	ut_ret(ut_vm_destroy(fd, 1), -ENOENT);
	ut_ret(ut_vm_destroy(fd, ~0u), -ENOENT);
	ut_eq(ut_vm(fd), 1);
	ut_eq(ut_vm(fd), 2);
}

static void many(void)
{
	int fd = ut_open();

	for (u32 i = 1; i <= 1000; i++)
		ut_eq(ut_vm(fd), i);
	for (u32 i = 1; i <= 1000; i += 2)
		ut_ok(ut_vm_destroy(fd, i));
	close(fd);
}

/* Nothing may use the id any more. */
static void destroyed_is_unknown(void)
{
	int fd = ut_open();
	u32 vm = ut_vm(fd), handle = ut_gem(fd, 1);

	ut_ok(ut_vm_destroy(fd, vm));
	ut_ret(ut_queue_create(fd, vm, 0, 0, NULL), -ENOENT);
	ut_ret(ut_gem_create(fd, 1, DRM_ASAHI_GEM_VM_PRIVATE, vm, NULL), -ENOENT);
	ut_ret(ut_bind(fd, vm, handle, 0, UT_PAGE, UT_PAGE, UT_RW), -ENOENT);
	ut_ret(ut_unbind(fd, vm, UT_PAGE, UT_PAGE), -ENOENT);
}

/* Its queues go on, without anything bound. */
static void destroyed_under_a_queue(void)
{
	static struct ut_gpu gpu;
	u64 stream;

	ut_gpu_init(&gpu);
	stream = ut_stream(&gpu, &(struct ut_launch){ .code = "mov r1, thread_in_grid_x\n" });
	ut_ok(ut_run_stream(&gpu, stream));
	ut_ok(ut_vm_destroy(gpu.fd, gpu.vm));
	ut_ret(ut_run_stream(&gpu, stream), -EIO);
	ut_ok(ut_queue_destroy(gpu.fd, gpu.queue));
}

/* A new one with the same id has nothing of the old. */
static void same_id_is_another(void)
{
	static struct ut_gpu a, b;
	int fd = ut_open();
	u32 word;

	ut_gpu_init_on(&a, fd);
	ut_ok(ut_poke(&a, UT_DATA, 1));
	ut_gpu_fini(&a);
	ut_gpu_init_on(&b, fd);
	ut_eq(b.vm, a.vm);
	ut_ok(ut_peek(&b, UT_DATA, &word));
	ut_eq(word, 0);
}

/* The same address, in two address spaces of a file, is different memory. */
static void separate(void)
{
	static struct ut_gpu a, b;
	int fd = ut_open();
	u32 word;

	ut_gpu_init_on(&a, fd);
	ut_gpu_init_on(&b, fd);
	ut_ok(ut_poke(&a, UT_DATA, 1));
	ut_ok(ut_poke(&b, UT_DATA, 2));
	ut_ok(ut_peek(&a, UT_DATA, &word));
	ut_eq(word, 1);
	ut_ok(ut_peek(&b, UT_DATA, &word));
	ut_eq(word, 2);
	ut_ok(ut_unbind(fd, b.vm, UT_SIZE, UT_DATA));
	ut_ok(ut_poke(&a, UT_DATA, 3));
	ut_eq(a.data[0], 3);
	ut_eq(b.data[0], 2);
}

static const struct ut_test tests[] = {
	UT_ROWS(create_rule, ranges),
	UT(pads_are_ignored),
	UT(ids),
	UT(destroy_unknown),
	UT(many),
	UT(destroyed_is_unknown),
	UT(destroyed_under_a_queue),
	UT(same_id_is_another),
	UT(separate),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
