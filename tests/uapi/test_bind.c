// SPDX-License-Identifier: MIT
/*
 * VM_BIND: what it refuses, which of two mistakes it sees first, and how far it went.
 * What mappings then do is test_map.c.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "uapi.h"

#define READ DRM_ASAHI_BIND_READ
#define WRITE DRM_ASAHI_BIND_WRITE
#define SINGLE DRM_ASAHI_BIND_SINGLE_PAGE
#define UNBIND DRM_ASAHI_BIND_UNBIND

#define SIZE (8 * UT_PAGE)		/* of the buffers */
#define AT 0x1000000000ull
#define KERNEL 0x4000000000ull		/* of the VM: the kernel's part, in the middle */
#define KERNEL_END (KERNEL + UT_KERNEL_MIN)

enum bo { SHARED = 1, OWN, FOREIGN, NOBODYS };

/* One operation; vm: 0 the right one, else an unknown one. */
static const struct op {
	const char *name;
	u32 flags;
	u32 bo;
	u64 offset, range, addr;
	bool no_vm;
	int want;
} ops[] = {
	/* right */
	{ "read and write", UT_RW, SHARED, 0, SIZE, AT, 0, 0 },
	{ "read", READ, SHARED, 0, SIZE, AT, 0, 0 },
	{ "write", WRITE, SHARED, 0, SIZE, AT, 0, 0 },
	{ "private", UT_RW, OWN, 0, SIZE, AT, 0, 0 },
	{ "last page", UT_RW, SHARED, SIZE - UT_PAGE, UT_PAGE, AT, 0, 0 },
	{ "first address", UT_RW, SHARED, 0, SIZE, UT_VA_START, 0, 0 },
	{ "last address", UT_RW, SHARED, 0, SIZE, UT_VA_END - SIZE, 0, 0 },
	{ "up to the kernel's", UT_RW, SHARED, 0, SIZE, KERNEL - SIZE, 0, 0 },
	{ "behind the kernel's", UT_RW, SHARED, 0, SIZE, KERNEL_END, 0, 0 },
	{ "single page", READ | SINGLE, SHARED, 0, 1ull << 36, AT, 0, 0 },
	{ "single page, the last", UT_RW | SINGLE, SHARED, SIZE - UT_PAGE, SIZE, AT, 0, 0 },
	/* alignment */
	{ "address", UT_RW, SHARED, 0, UT_PAGE, AT + 0x1000, 0, -EINVAL },
	{ "address by 1", UT_RW, SHARED, 0, UT_PAGE, AT + 1, 0, -EINVAL },
	{ "range", UT_RW, SHARED, 0, UT_PAGE + 0x1000, AT, 0, -EINVAL },
	{ "range of a byte", UT_RW, SHARED, 0, 1, AT, 0, -EINVAL },
	{ "offset", UT_RW, SHARED, 0x1000, UT_PAGE, AT, 0, -EINVAL },
	{ "offset of half a page", UT_RW, SHARED, 0x2000, UT_PAGE, AT, 0, -EINVAL },
	/* flags */
	{ "flag 4", UT_RW | 1 << 4, SHARED, 0, SIZE, AT, 0, -EINVAL },
	{ "flag 31", UT_RW | 1u << 31, SHARED, 0, SIZE, AT, 0, -EINVAL },
	{ "no flags", 0, SHARED, 0, SIZE, AT, 0, -EINVAL },
	{ "neither read nor write", SINGLE, SHARED, 0, SIZE, AT, 0, -EINVAL },
	/* handle */
	{ "unknown handle", UT_RW, NOBODYS, 0, SIZE, AT, 0, -ENOENT },
	{ "handle 0", UT_RW, 0, 0, SIZE, AT, 0, -ENOENT },
	/* ranges */
	{ "address overflows", UT_RW, SHARED, 0, SIZE, 0 - UT_PAGE, 0, -EINVAL },
	{ "range overflows", UT_RW, SHARED, 0, 0 - UT_PAGE, AT, 0, -EINVAL },
	{ "offset overflows", UT_RW, SHARED, 0 - UT_PAGE, SIZE, AT, 0, -EINVAL },
	{ "more than the buffer", UT_RW, SHARED, 0, SIZE + UT_PAGE, AT, 0, -EINVAL },
	{ "offset and range", UT_RW, SHARED, UT_PAGE, SIZE, AT, 0, -EINVAL },
	{ "offset behind the buffer", UT_RW, SHARED, SIZE, UT_PAGE, AT, 0, -EINVAL },
	{ "single page behind it", READ | SINGLE, SHARED, SIZE, UT_PAGE, AT, 0, -EINVAL },
	{ "single page, overflow", READ | SINGLE, SHARED, 0 - UT_PAGE, UT_PAGE, AT, 0,
	  -EINVAL },
	{ "page 0", UT_RW, SHARED, 0, SIZE, 0, 0, -EINVAL },
	{ "beyond the end", UT_RW, SHARED, 0, SIZE, UT_VA_END, 0, -EINVAL },
	{ "across the end", UT_RW, SHARED, 0, SIZE, UT_VA_END - UT_PAGE, 0, -EINVAL },
	{ "far beyond the end", UT_RW, SHARED, 0, SIZE, 1ull << 50, 0, -EINVAL },
	{ "single page across it", READ | SINGLE, SHARED, 0, 1ull << 39, AT, 0, -EINVAL },
	/* vm */
	{ "unknown vm", UT_RW, SHARED, 0, SIZE, AT, 1, -ENOENT },
	{ "first of the kernel's", UT_RW, SHARED, 0, UT_PAGE, KERNEL, 0, -EINVAL },
	{ "last of the kernel's", UT_RW, SHARED, 0, UT_PAGE, KERNEL_END - UT_PAGE, 0, -EINVAL },
	{ "begins before the kernel's", UT_RW, SHARED, 0, SIZE, KERNEL - UT_PAGE, 0, -EINVAL },
	{ "ends behind the kernel's", UT_RW, SHARED, 0, SIZE, KERNEL_END - UT_PAGE, 0, -EINVAL },
	{ "around the kernel's", READ | SINGLE, SHARED, 0, 1ull << 38, AT, 0, -EINVAL },
	{ "private to another vm", UT_RW, FOREIGN, 0, SIZE, AT, 0, -EINVAL },
	/* which of two is seen */
	{ "address before handle", UT_RW, NOBODYS, 0, SIZE, AT + 1, 0, -EINVAL },
	{ "range before handle", UT_RW, NOBODYS, 0, 1, AT, 0, -EINVAL },
	{ "offset before handle", UT_RW, NOBODYS, 1, SIZE, AT, 0, -EINVAL },
	{ "flags before handle", UT_RW | 16, NOBODYS, 0, SIZE, AT, 0, -EINVAL },
	{ "handle before overflow", UT_RW, NOBODYS, 0, SIZE, 0 - UT_PAGE, 0, -ENOENT },
	{ "handle before address", UT_RW, NOBODYS, 0, SIZE, 0, 0, -ENOENT },
	{ "handle before read, write", 0, NOBODYS, 0, SIZE, AT, 0, -ENOENT },
	{ "handle before vm", UT_RW, NOBODYS, 0, SIZE, AT, 1, -ENOENT },
	{ "size before vm", UT_RW, SHARED, 0, SIZE + UT_PAGE, AT, 1, -EINVAL },
	{ "overflow before vm", UT_RW, SHARED, 0, SIZE, 0 - UT_PAGE, 1, -EINVAL },
	{ "address before vm", UT_RW, SHARED, 0, SIZE, 0, 1, -EINVAL },
	{ "read, write before vm", 0, SHARED, 0, SIZE, AT, 1, -EINVAL },
	{ "vm before its kernel's", UT_RW, SHARED, 0, SIZE, KERNEL, 1, -ENOENT },
	{ "vm before private", UT_RW, FOREIGN, 0, SIZE, AT, 1, -ENOENT },
	/* unbinding, right */
	{ "unbind what is not bound", UNBIND, 0, 0, SIZE, AT, 0, 0 },
	{ "unbind up to the kernel's", UNBIND, 0, 0, KERNEL - UT_VA_START, UT_VA_START, 0, 0 },
	{ "unbind behind it", UNBIND, 0, 0, UT_VA_END - KERNEL_END, KERNEL_END, 0, 0 },
	/* and wrong */
	{ "unbind, offset", UNBIND, 0, UT_PAGE, SIZE, AT, 0, -EINVAL },
	{ "unbind, handle", UNBIND, SHARED, 0, SIZE, AT, 0, -EINVAL },
	{ "unbind, unknown handle", UNBIND, NOBODYS, 0, SIZE, AT, 0, -EINVAL },
	{ "unbind and read", UNBIND | READ, 0, 0, SIZE, AT, 0, -EINVAL },
	{ "unbind and write", UNBIND | WRITE, 0, 0, SIZE, AT, 0, -EINVAL },
	{ "unbind and single page", UNBIND | SINGLE, 0, 0, SIZE, AT, 0, -EINVAL },
	{ "unbind and flag 4", UNBIND | 16, 0, 0, SIZE, AT, 0, -EINVAL },
	{ "unbind, address", UNBIND, 0, 0, SIZE, AT + 0x1000, 0, -EINVAL },
	{ "unbind, range", UNBIND, 0, 0, 0x1000, AT, 0, -EINVAL },
	{ "unbind, overflow", UNBIND, 0, 0, SIZE, 0 - UT_PAGE, 0, -EINVAL },
	{ "unbind, page 0", UNBIND, 0, 0, SIZE, 0, 0, -EINVAL },
	{ "unbind, beyond the end", UNBIND, 0, 0, SIZE, UT_VA_END - UT_PAGE, 0, -EINVAL },
	{ "unbind, unknown vm", UNBIND, 0, 0, SIZE, AT, 1, -ENOENT },
	{ "unbind, the kernel's", UNBIND, 0, 0, UT_PAGE, KERNEL, 0, -EINVAL },
	{ "unbind, around the kernel's", UNBIND, 0, 0, 1ull << 38, AT, 0, -EINVAL },
	{ "unbind, offset before vm", UNBIND, 0, UT_PAGE, SIZE, AT, 1, -EINVAL },
	{ "unbind, handle before vm", UNBIND, SHARED, 0, SIZE, AT, 1, -EINVAL },
	{ "unbind, flags before vm", UNBIND | READ, 0, 0, SIZE, AT, 1, -EINVAL },
	{ "unbind, alignment before vm", UNBIND, 0, 0, SIZE, AT + 1, 1, -EINVAL },
	{ "unbind, overflow before vm", UNBIND, 0, 0, SIZE, 0 - UT_PAGE, 1, -EINVAL },
	{ "unbind, address before vm", UNBIND, 0, 0, SIZE, 0, 1, -EINVAL },
	{ "unbind, vm before its kernel's", UNBIND, 0, 0, UT_PAGE, KERNEL, 1, -ENOENT },
};

struct vm {
	int fd;
	u32 vm;
	u32 bo[NOBODYS + 1];
};

static void vm_init(struct vm *v)
{
	u32 other;

	v->fd = ut_open();
	ut_ok(ut_vm_create(v->fd, KERNEL, KERNEL_END, &v->vm));
	other = ut_vm(v->fd);
	v->bo[0] = 0;
	v->bo[SHARED] = ut_gem(v->fd, SIZE);
	ut_ok(ut_gem_create(v->fd, SIZE, DRM_ASAHI_GEM_VM_PRIVATE, v->vm, &v->bo[OWN]));
	ut_ok(ut_gem_create(v->fd, SIZE, DRM_ASAHI_GEM_VM_PRIVATE, other, &v->bo[FOREIGN]));
	v->bo[NOBODYS] = UT_NO_ID;
}

static void op_rule(const void *row)
{
	const struct op *op = row;
	struct vm v;

	vm_init(&v);
	ut_ret(ut_bind(v.fd, op->no_vm ? UT_NO_ID : v.vm, v.bo[op->bo], op->offset, op->range,
		       op->addr, op->flags), op->want);
	/* And once more: what was refused has changed nothing, what was done can be done again. */
	ut_ret(ut_bind(v.fd, op->no_vm ? UT_NO_ID : v.vm, v.bo[op->bo], op->offset, op->range,
		       op->addr, op->flags), op->want);
}

/* --- the call --------------------------------------------------------------------- */

static int bind_raw(int fd, u32 vm, u32 n, u32 stride, u32 pad, const void *ops_at)
{
	struct drm_asahi_vm_bind args = {
		.vm_id = vm, .num_binds = n, .stride = stride, .pad = pad,
		.userptr = ut_ptr(ops_at),
	};

	return ut_ioctl(fd, DRM_IOCTL_ASAHI_VM_BIND, &args);
}

static const struct drm_asahi_gem_bind_op unbind_op = {
	.flags = UNBIND, .range = UT_PAGE, .addr = AT,
};

static void call_rules(void)
{
	const void *nowhere = (void *)UT_NOWHERE;
	struct vm v;

	vm_init(&v);
	ut_ok(bind_raw(v.fd, v.vm, 1, 32, 0, &unbind_op));
	ut_ret(bind_raw(v.fd, v.vm, 1, 0, 0, &unbind_op), -EINVAL);
	ut_ret(bind_raw(v.fd, v.vm, 1, 32, 1, &unbind_op), -EINVAL);
	ut_ret(bind_raw(v.fd, v.vm, 1, 32, 1u << 31, &unbind_op), -EINVAL);
	ut_ret(bind_raw(v.fd, v.vm, 1, 32, 0, NULL), -EFAULT);
	ut_ret(bind_raw(v.fd, v.vm, 1, 32, 0, nowhere), -EFAULT);
	ut_ret(bind_raw(v.fd, v.vm, 1, 32, 0, (void *)-16ul), -EFAULT);
	/* stride and pad, then the pointer, then the operation, at last the vm */
	ut_ret(bind_raw(v.fd, v.vm, 1, 0, 0, nowhere), -EINVAL);
	ut_ret(bind_raw(v.fd, v.vm, 1, 32, 1, nowhere), -EINVAL);
	ut_ret(bind_raw(v.fd, UT_NO_ID, 1, 32, 0, nowhere), -EFAULT);
	ut_ret(bind_raw(v.fd, UT_NO_ID, 1, 32, 0, &unbind_op), -ENOENT);
}

static void no_binds(void)
{
	int fd = ut_open();

	ut_ok(bind_raw(fd, ut_vm(fd), 0, 32, 0, &unbind_op));
	ut_ok(bind_raw(fd, UT_NO_ID, 0, 32, 0, &unbind_op));
	ut_ok(bind_raw(fd, UT_NO_ID, 0, 1, 0, NULL));
	ut_ret(bind_raw(fd, UT_NO_ID, 0, 0, 0, NULL), -EINVAL);
	ut_ret(bind_raw(fd, UT_NO_ID, 0, 32, 1, NULL), -EINVAL);
}

/* What an operation is too short for is 0: the address, then the range. */
static void short_stride(void)
{
	struct drm_asahi_gem_bind_op op = unbind_op;
	struct vm v;

	vm_init(&v);
	for (u32 stride = 1; stride <= 24; stride++)
		ut_ret(bind_raw(v.fd, v.vm, 1, stride, 0, &op), -EINVAL);
	/* Of the address, the bytes that are there. */
	ut_ret(bind_raw(v.fd, v.vm, 1, 28, 0, &op), -EINVAL);
	op.addr = 0x40000000;
	ut_ok(bind_raw(v.fd, v.vm, 1, 28, 0, &op));
}

static void long_stride(void)
{
	u8 bytes[256] = { 0 };
	struct vm v;

	vm_init(&v);
	memcpy(bytes, &unbind_op, sizeof(unbind_op));
	ut_ok(bind_raw(v.fd, v.vm, 1, sizeof(bytes), 0, bytes));
}

/* More than memory has, or than 32 bits count. */
static void large_counts(void)
{
	struct vm v;
	int ret;

	vm_init(&v);
	ut_assert(bind_raw(v.fd, v.vm, 1u << 27, 32, 0, &unbind_op) < 0);
	ut_assert(bind_raw(v.fd, v.vm, ~0u, 32, 0, &unbind_op) < 0);
	ut_assert(bind_raw(v.fd, v.vm, 1, ~0u, 0, &unbind_op) < 0);
	ut_assert(bind_raw(v.fd, v.vm, ~0u, ~0u, 0, &unbind_op) < 0);
	ut_assert(bind_raw(v.fd, v.vm, 1u << 16, 1u << 16, 0, &unbind_op) < 0);
	ret = bind_raw(v.fd, v.vm, 0x08000001, 32, 0, &unbind_op);
	ut_assert(ret < 0);
}

/* The array ends where a page does. */
static void array_at_the_end_of_memory(void)
{
	long page = sysconf(_SC_PAGESIZE);
	struct drm_asahi_gem_bind_op *end;
	struct vm v;
	u8 *at;

	vm_init(&v);
	at = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ut_assert(at != MAP_FAILED && !munmap(at + page, page));
	end = (void *)(at + page);
	for (int i = 1; i <= 4; i++)
		end[-i] = unbind_op;
	ut_ok(bind_raw(v.fd, v.vm, 4, 32, 0, end - 4));
	ut_ret(bind_raw(v.fd, v.vm, 5, 32, 0, end - 4), -EFAULT);
	ut_ret(bind_raw(v.fd, v.vm, 1, 32, 0, (u8 *)end - 31), -EFAULT);
	ut_ok(bind_raw(v.fd, v.vm, 1, 32, 0, (u8 *)end - 64));
	/* All of it is read before the first is looked at. */
	end[-1].flags = ~0u;
	ut_ret(bind_raw(v.fd, v.vm, 1, 32, 0, end - 1), -EINVAL);
	ut_ret(bind_raw(v.fd, v.vm, 2, 32, 0, end - 1), -EFAULT);
}

/* What nobody has said: it may be refused or do nothing. */
static void range_0(void)
{
	struct vm v;
	int ret;

	vm_init(&v);
	ret = ut_bind(v.fd, v.vm, v.bo[SHARED], 0, 0, AT, UT_RW);
	ut_assert(!ret || ret == -EINVAL);
	ret = ut_bind(v.fd, v.vm, v.bo[SHARED], 0, 0, AT, READ | SINGLE);
	ut_assert(!ret || ret == -EINVAL);
	ret = ut_unbind(v.fd, v.vm, 0, AT);
	ut_assert(!ret || ret == -EINVAL);
}

static const struct ut_test tests[] = {
	UT_ROWS(op_rule, ops),
	UT(call_rules),
	UT(no_binds),
	UT(short_stride),
	UT(long_stride),
	UT(large_counts),
	UT(array_at_the_end_of_memory),
	UT(range_0),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
