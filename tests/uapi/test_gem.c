// SPDX-License-Identifier: MIT
/*
 * Buffers: GEM_CREATE, GEM_MMAP_OFFSET, their memory, how long they live, sharing them.
 */
#include <linux/dma-buf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gpu.h"

/* --- GEM_CREATE -------------------------------------------------------------------- */

#define PRIVATE DRM_ASAHI_GEM_VM_PRIVATE
#define WRITEBACK DRM_ASAHI_GEM_WRITEBACK
#define REAL_VM 0xffffffffu	/* in a row: one that exists */

static const struct create {
	const char *name;
	u64 size;
	u32 flags, vm;
	int want;
} creates[] = {
	{ "no flags", UT_PAGE, 0, 0, 0 },
	{ "writeback", UT_PAGE, WRITEBACK, 0, 0 },
	{ "private", UT_PAGE, PRIVATE, REAL_VM, 0 },
	{ "private, writeback", UT_PAGE, PRIVATE | WRITEBACK, REAL_VM, 0 },
	{ "one byte", 1, 0, 0, 0 },
	{ "size 0", 0, 0, 0, -EINVAL },
	{ "size 0, private", 0, PRIVATE, REAL_VM, -EINVAL },
	{ "flag 2", UT_PAGE, 1u << 2, 0, -EINVAL },
	{ "flag 2 and others", UT_PAGE, 7, REAL_VM, -EINVAL },
	{ "flag 31", UT_PAGE, 1u << 31, 0, -EINVAL },
	{ "all flags", UT_PAGE, ~0u, REAL_VM, -EINVAL },
	{ "vm without private", UT_PAGE, 0, REAL_VM, -EINVAL },
	{ "vm without private, writeback", UT_PAGE, WRITEBACK, REAL_VM, -EINVAL },
	{ "unknown vm without private", UT_PAGE, 0, UT_NO_ID, -EINVAL },
	{ "private, unknown vm", UT_PAGE, PRIVATE, UT_NO_ID, -ENOENT },
	{ "private, vm 0", UT_PAGE, PRIVATE, 0, -ENOENT },
	{ "flags before vm", UT_PAGE, PRIVATE | 4, UT_NO_ID, -EINVAL },
	{ "vm before size", 0, PRIVATE, UT_NO_ID, -ENOENT },
	{ "2^48 bytes", 1ull << 48, 0, 0, -ENOMEM },
	{ "2^62 bytes", 1ull << 62, 0, 0, -ENOMEM },
};

static void create_rule(const void *row)
{
	const struct create *c = row;
	int fd = ut_open();
	u32 vm = ut_vm(fd), handle = 0;

	ut_ret(ut_gem_create(fd, c->size, c->flags, c->vm == REAL_VM ? vm : c->vm, &handle),
	       c->want);
	ut_assert(!handle == !!c->want);
}

/* Sizes that overflow when they are rounded up; no two of us agree what they are. */
static void create_overflow(void)
{
	static const u64 sizes[] = { ~0ull, ~0ull - 0x3fff, 1ull << 63, (1ull << 63) - 1 };
	int fd = ut_open();

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		int ret = ut_gem_create(fd, sizes[i], 0, 0, NULL);

		ut_assert(ret == -ENOMEM || ret == -EINVAL);
	}
}

static void create_ignores_pad(void)
{
	struct drm_asahi_gem_create args = { .size = 100, .pad = 0xffffffff, .handle = 1234 };
	int fd = ut_open();

	ut_ok(ut_ioctl(fd, DRM_IOCTL_ASAHI_GEM_CREATE, &args));
	ut_eq(args.handle, 1);
	ut_eq(args.size, 100);
	ut_eq(args.pad, 0xffffffff);
}

/* Handles are DRM's: the lowest that is free. */
static void handles(void)
{
	int fd = ut_open(), other = ut_open();

	ut_eq(ut_gem(fd, 1), 1);
	ut_eq(ut_gem(fd, 1), 2);
	ut_eq(ut_gem(fd, 1), 3);
	ut_eq(ut_gem(other, 1), 1);
	ut_ok(ut_gem_close(fd, 2));
	ut_ret(ut_gem_close(fd, 2), -EINVAL);
	ut_ret(ut_gem_close(fd, 0), -EINVAL);
	ut_ret(ut_gem_close(other, 2), -EINVAL);
	ut_eq(ut_gem(fd, 1), 2);
}

/* --- GEM_MMAP_OFFSET, memory --------------------------------------------------------- */

static int mmap_offset(int fd, u32 handle, u32 flags)
{
	struct drm_asahi_gem_mmap_offset args = { .handle = handle, .flags = flags };

	return ut_ioctl(fd, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &args);
}

static void mmap_offset_rules(void)
{
	int fd = ut_open(), other = ut_open();
	u32 handle = ut_gem(fd, 1);

	ut_ok(mmap_offset(fd, handle, 0));
	for (u32 bit = 0; bit < 32; bit++)
		ut_ret(mmap_offset(fd, handle, 1u << bit), -EINVAL);
	ut_ret(mmap_offset(fd, 0, 0), -ENOENT);
	ut_ret(mmap_offset(fd, UT_NO_ID, 0), -ENOENT);
	ut_ret(mmap_offset(fd, UT_NO_ID, 1), -EINVAL);
	ut_ret(mmap_offset(other, handle, 0), -ENOENT);
}

static void offsets_differ(void)
{
	u64 a = 0, b = 0, again = 0;
	int fd = ut_open();
	u32 first = ut_gem(fd, 1), second = ut_gem(fd, 1);

	ut_ok(ut_mmap_offset(fd, first, &a));
	ut_ok(ut_mmap_offset(fd, second, &b));
	ut_ok(ut_mmap_offset(fd, first, &again));
	ut_assert(a != b);
	ut_eq(a, again);
}

static const u32 kinds[] = { 0, WRITEBACK, PRIVATE, PRIVATE | WRITEBACK };

/* Zeroed, as large as a page of the GPU, and what was written is there. */
static void memory(void)
{
	int fd = ut_open();
	u32 vm = ut_vm(fd);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		u32 handle = 0;
		u8 *a, *b;

		ut_ok(ut_gem_create(fd, 100, kinds[i], kinds[i] & PRIVATE ? vm : 0, &handle));
		a = ut_mmap(fd, handle, UT_PAGE);
		b = ut_mmap(fd, handle, UT_PAGE);
		for (u32 k = 0; k < UT_PAGE; k++)
			ut_eq(a[k], 0);
		memset(a, 0x5a, UT_PAGE);
		for (u32 k = 0; k < UT_PAGE; k++)
			ut_eq(b[k], 0x5a);
	}
}

static int try_mmap(int fd, u32 handle, u64 size, u64 add)
{
	u64 offset = 0;
	void *at;

	ut_ok(ut_mmap_offset(fd, handle, &offset));
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)(offset + add));
	return at == MAP_FAILED ? -errno : 0;
}

static void mmap_beyond_the_end(void)
{
	int fd = ut_open();
	u32 handle = ut_gem(fd, UT_PAGE + 1);

	ut_ok(try_mmap(fd, handle, 2 * UT_PAGE, 0));
	ut_ret(try_mmap(fd, handle, 3 * UT_PAGE, 0), -EINVAL);
}

/* Another file has to be given the buffer. */
static void mmap_of_another_file(void)
{
	int fd = ut_open(), other = ut_open();
	u64 offset = 0;

	ut_ok(ut_mmap_offset(fd, ut_gem(fd, UT_PAGE), &offset));
	ut_assert(mmap(NULL, UT_PAGE, PROT_READ, MAP_SHARED, other, (off_t)offset) == MAP_FAILED);
	ut_eq(errno, EACCES);
}

/* A mapping keeps the memory when handle and file are closed. */
static void mapping_outlives_file(void)
{
	int fd = ut_open();
	u32 handle = ut_gem(fd, 4 * UT_PAGE);
	u32 *at = ut_mmap(fd, handle, 4 * UT_PAGE);

	at[0] = 1;
	ut_ok(ut_gem_close(fd, handle));
	at[1] = 2;
	close(fd);
	at[4 * UT_PAGE / 4 - 1] = 3;
	ut_eq(at[0], 1);
	ut_eq(at[1], 2);
	ut_eq(at[4 * UT_PAGE / 4 - 1], 3);
}

static void private_outlives_vm(void)
{
	int fd = ut_open();
	u32 vm = ut_vm(fd), handle = 0;
	u32 *at;

	ut_ok(ut_gem_create(fd, UT_PAGE, PRIVATE, vm, &handle));
	ut_ok(ut_vm_destroy(fd, vm));
	at = ut_mmap(fd, handle, UT_PAGE);
	at[7] = 7;
	ut_eq(at[7], 7);
	ut_ret(ut_export(fd, handle), -EINVAL);
	ut_ok(ut_gem_close(fd, handle));
	ut_eq(at[7], 7);
}

static void write_in_child(void *ctx)
{
	u32 *at = ctx;

	at[1] = at[0] + 1;
}

static void mapping_after_fork(void)
{
	int fd = ut_open();
	u32 *at = ut_mmap(fd, ut_gem(fd, UT_PAGE), UT_PAGE);

	at[0] = 41;
	ut_join(ut_fork(write_in_child, at));
	ut_eq(at[1], 42);
}

/* --- PRIME ------------------------------------------------------------------------- */

static void export_rules(void)
{
	int fd = ut_open();
	u32 vm = ut_vm(fd), handle = 0;

	ut_assert(ut_export(fd, ut_gem(fd, 1)) >= 0);
	ut_ok(ut_gem_create(fd, 1, 0, 0, &handle));
	ut_assert(ut_export(fd, handle) >= 0);
	ut_ok(ut_gem_create(fd, 1, PRIVATE, vm, &handle));
	ut_ret(ut_export(fd, handle), -EINVAL);
	ut_ret(ut_export(fd, UT_NO_ID), -ENOENT);
	ut_ret(ut_import(fd, -1, &handle), -EBADF);
	ut_ret(ut_import(fd, fd, &handle), -EINVAL);
}

/* One buffer, one handle in each file. */
static void import_is_the_same(void)
{
	int fd = ut_open(), other = ut_open(), prime;
	u32 handle = ut_gem(fd, 3 * UT_PAGE), here = 0, there = 0, again = 0;
	u32 *a = ut_mmap(fd, handle, 3 * UT_PAGE), *b;

	ut_gem(other, 1);
	prime = ut_export(fd, handle);
	ut_assert(prime >= 0);
	ut_ok(ut_import(fd, prime, &here));
	ut_eq(here, handle);
	ut_ok(ut_import(other, prime, &there));
	ut_ok(ut_import(other, prime, &again));
	ut_eq(there, 2);
	ut_eq(again, there);
	b = ut_mmap(other, there, 3 * UT_PAGE);
	a[5] = 55;
	ut_eq(b[5], 55);
	ut_eq(lseek(prime, 0, SEEK_END), 3 * UT_PAGE);
	close(fd);
	close(prime);
	b[6] = 66;
	ut_eq(a[6], 66);
}

static void dma_buf_mmap(void)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };
	int fd = ut_open();
	u32 handle = ut_gem(fd, 2 * UT_PAGE);
	int prime = ut_export(fd, handle);
	u32 *a = ut_mmap(fd, handle, 2 * UT_PAGE), *b;

	ut_assert(prime >= 0);
	b = mmap(NULL, 2 * UT_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, prime, 0);
	ut_assert(b != MAP_FAILED);
	ut_ok(ut_ioctl(prime, DMA_BUF_IOCTL_SYNC, &sync));
	b[UT_PAGE / 2 - 1] = 9;
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW;
	ut_ok(ut_ioctl(prime, DMA_BUF_IOCTL_SYNC, &sync));
	ut_eq(a[UT_PAGE / 2 - 1], 9);
}

/* What one GPU client writes, another reads. */
static void shared_between_gpus(void)
{
	static struct ut_gpu a, b;
	u32 handle, there = 0, word = 0;
	int prime;

	ut_gpu_init(&a);
	ut_gpu_init(&b);
	handle = ut_gem(a.fd, UT_PAGE);
	prime = ut_export(a.fd, handle);
	ut_assert(prime >= 0);
	ut_ok(ut_import(b.fd, prime, &there));
	ut_ok(ut_bind(a.fd, a.vm, handle, 0, UT_PAGE, UT_FREE, UT_RW));
	ut_ok(ut_bind(b.fd, b.vm, there, 0, UT_PAGE, UT_FREE + UT_PAGE, UT_RW));
	ut_ok(ut_poke(&a, UT_FREE + 12, 1234));
	ut_ok(ut_peek(&b, UT_FREE + UT_PAGE + 12, &word));
	ut_eq(word, 1234);
	/* The exporter goes; the buffer stays. */
	ut_gpu_close(&a);
	close(prime);
	ut_ok(ut_poke(&b, UT_FREE + UT_PAGE + 12, 5678));
	ut_eq(((u32 *)ut_mmap(b.fd, there, UT_PAGE))[3], 5678);
}

static const struct ut_test tests[] = {
	UT_ROWS(create_rule, creates),
	UT(create_overflow),
	UT(create_ignores_pad),
	UT(handles),
	UT(mmap_offset_rules),
	UT(offsets_differ),
	UT(memory),
	UT(mmap_beyond_the_end),
	UT(mmap_of_another_file),
	UT(mapping_outlives_file),
	UT(private_outlives_vm),
	UT(mapping_after_fork),
	UT(export_rules),
	UT(import_is_the_same),
	UT(dma_buf_mmap),
	UT(shared_between_gpus),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
