// SPDX-License-Identifier: MIT
/*
 * What is mapped where, as shaders see it: each test binds, and reads and writes
 * through the addresses.
 */
#include <sys/mman.h>

#include "gpu.h"

#define READ DRM_ASAHI_BIND_READ
#define WRITE DRM_ASAHI_BIND_WRITE
#define SINGLE DRM_ASAHI_BIND_SINGLE_PAGE
#define UNBIND DRM_ASAHI_BIND_UNBIND

#define AT UT_FREE
#define PAGES 8u
#define SIZE (PAGES * UT_PAGE)

static struct ut_gpu gpu;

/* A buffer whose pages begin with number + 0, number + 1 ... */
struct bo {
	u32 handle;
	u32 *data;
};

static struct bo make(u32 number)
{
	struct bo bo = { .handle = ut_gem(gpu.fd, SIZE) };

	bo.data = ut_mmap(gpu.fd, bo.handle, SIZE);
	for (u32 i = 0; i < PAGES; i++)
		bo.data[i * UT_PAGE / 4] = number + i;
	return bo;
}

static int bind(u32 handle, u32 page, u32 n, u64 addr, u32 flags)
{
	return ut_bind(gpu.fd, gpu.vm, handle, page * UT_PAGE, n * UT_PAGE, addr, flags);
}

static int unbind(u64 addr, u32 n)
{
	return ut_unbind(gpu.fd, gpu.vm, n * UT_PAGE, addr);
}

/* The page at addr begins with word; 0: nothing is mapped there. */
static void expect(u64 addr, u32 word)
{
	u32 got = 0;

	ut_ret(ut_peek(&gpu, addr, &got), word ? 0 : -EIO);
	if (word)
		ut_eq(got, word);
}

/* A row of pages from AT on. */
static void expect_pages(const u32 *words, u32 n)
{
	for (u32 i = 0; i < n; i++)
		expect(AT + i * UT_PAGE, words[i]);
}

/* --- whole buffers ------------------------------------------------------------------ */

static void whole_buffer(void)
{
	struct bo a;

	ut_gpu_init(&gpu);
	a = make(100);
	ut_ok(bind(a.handle, 0, PAGES, AT, UT_RW));
	expect_pages((u32[]){ 100, 101, 102, 103, 104, 105, 106, 107, 0 }, 9);
	expect(AT - UT_PAGE, 0);
	ut_ok(ut_poke(&gpu, AT + SIZE - 4, 5));
	ut_eq(a.data[SIZE / 4 - 1], 5);
	ut_ok(unbind(AT, PAGES));
	expect(AT, 0);
	expect(AT + SIZE - UT_PAGE, 0);
}

static void part_of_a_buffer(void)
{
	ut_gpu_init(&gpu);
	ut_ok(bind(make(100).handle, 3, 2, AT, UT_RW));
	expect_pages((u32[]){ 103, 104, 0 }, 3);
}

static void twice(void)
{
	struct bo a;

	ut_gpu_init(&gpu);
	a = make(100);
	ut_ok(bind(a.handle, 0, 2, AT, UT_RW));
	ut_ok(bind(a.handle, 0, 2, AT + 5 * UT_PAGE, UT_RW));
	ut_ok(ut_poke(&gpu, AT, 55));
	expect(AT + 5 * UT_PAGE, 55);
	ut_ok(unbind(AT, 2));
	expect(AT, 0);
	expect(AT + 5 * UT_PAGE, 55);
	/* The same again. */
	ut_ok(bind(a.handle, 0, 2, AT + 5 * UT_PAGE, UT_RW));
	expect(AT + 5 * UT_PAGE, 55);
}

static void ends_of_the_address_space(void)
{
	struct bo a;

	ut_gpu_init(&gpu);
	a = make(100);
	ut_ok(bind(a.handle, 0, 1, UT_VA_START, UT_RW));
	ut_ok(bind(a.handle, 1, 1, UT_KERNEL_START - UT_PAGE, UT_RW));
	expect(UT_VA_START, 100);
	expect(UT_KERNEL_START - UT_PAGE, 101);
	expect(0, 0);
	expect(UT_KERNEL_START, 0);
}

/* Nothing may be read through addresses that are no addresses. */
static void no_addresses(void)
{
	ut_gpu_init(&gpu);
	expect(1ull << 39, 0);
	expect(UT_DATA + (1ull << 39), 0);
	expect(UT_DATA + (1ull << 40), 0);
	expect(1ull << 63, 0);
	expect(0xffff800000000000ull, 0);
	expect(0 - 4ull, 0);
	expect(UT_VA_END + UT_PAGE, 0);
}

/* The page behind the last that can be bound is the kernel's, and reads as zeros. */
static void unknown_page(void)
{
	u32 word = 1;

	ut_gpu_init(&gpu);
	ut_ok(ut_peek(&gpu, UT_VA_END, &word));
	ut_eq(word, 0);
	word = 1;
	ut_ok(ut_peek(&gpu, UT_VA_END + UT_PAGE - 4, &word));
	ut_eq(word, 0);
	expect(UT_VA_END - 4, 0);
	expect(UT_VA_END + UT_PAGE, 0);
}

/* --- splitting ----------------------------------------------------------------------- */

static void replace_all(void)
{
	ut_gpu_init(&gpu);
	ut_ok(bind(make(100).handle, 0, 4, AT, UT_RW));
	ut_ok(bind(make(200).handle, 0, 4, AT, UT_RW));
	expect_pages((u32[]){ 200, 201, 202, 203, 0 }, 5);
}

static void replace_middle(void)
{
	ut_gpu_init(&gpu);
	ut_ok(bind(make(100).handle, 0, 8, AT, UT_RW));
	ut_ok(bind(make(200).handle, 0, 2, AT + 3 * UT_PAGE, UT_RW));
	expect_pages((u32[]){ 100, 101, 102, 200, 201, 105, 106, 107, 0 }, 9);
}

static void replace_ends(void)
{
	struct bo b;

	ut_gpu_init(&gpu);
	b = make(200);
	ut_ok(bind(make(100).handle, 0, 6, AT + UT_PAGE, UT_RW));
	ut_ok(bind(b.handle, 0, 2, AT, UT_RW));
	ut_ok(bind(b.handle, 4, 2, AT + 6 * UT_PAGE, UT_RW));
	expect_pages((u32[]){ 200, 201, 101, 102, 103, 104, 204, 205, 0 }, 9);
}

/* Over two mappings and what is between them. */
static void replace_across(void)
{
	ut_gpu_init(&gpu);
	ut_ok(bind(make(100).handle, 0, 3, AT, UT_RW));
	ut_ok(bind(make(200).handle, 0, 3, AT + 4 * UT_PAGE, UT_RW));
	ut_ok(bind(make(300).handle, 1, 4, AT + 2 * UT_PAGE, UT_RW));
	expect_pages((u32[]){ 100, 101, 301, 302, 303, 304, 202, 0 }, 8);
}

static void unbind_middle(void)
{
	ut_gpu_init(&gpu);
	ut_ok(bind(make(100).handle, 0, 8, AT, UT_RW));
	ut_ok(unbind(AT + 2 * UT_PAGE, 3));
	expect_pages((u32[]){ 100, 101, 0, 0, 0, 105, 106, 107, 0 }, 9);
	ut_ok(unbind(AT, 1));
	ut_ok(unbind(AT + 7 * UT_PAGE, 1));
	expect_pages((u32[]){ 0, 101, 0, 0, 0, 105, 106, 0 }, 8);
}

static void unbind_with_holes(void)
{
	struct bo a;

	ut_gpu_init(&gpu);
	a = make(100);
	ut_ok(bind(a.handle, 0, 1, AT, UT_RW));
	ut_ok(bind(a.handle, 2, 1, AT + 2 * UT_PAGE, UT_RW));
	ut_ok(bind(a.handle, 4, 4, AT + 4 * UT_PAGE, UT_RW));
	ut_ok(unbind(AT - UT_PAGE, 7));
	expect_pages((u32[]){ 0, 0, 0, 0, 0, 0, 106, 107, 0 }, 9);
	ut_ok(ut_unbind(gpu.fd, gpu.vm, UT_KERNEL_START - UT_FREE, UT_FREE));
	expect_pages((u32[]){ 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 9);
}

/* In pieces, each of which was split from the one before. */
static void split_often(void)
{
	struct bo a, b;

	ut_gpu_init(&gpu);
	a = make(100);
	b = make(200);
	ut_ok(bind(a.handle, 0, 8, AT, UT_RW));
	for (u32 i = 1; i < PAGES; i += 2)
		ut_ok(bind(b.handle, i, 1, AT + i * UT_PAGE, UT_RW));
	expect_pages((u32[]){ 100, 201, 102, 203, 104, 205, 106, 207, 0 }, 9);
	for (u32 i = 1; i < PAGES; i += 2)
		ut_ok(bind(a.handle, i, 1, AT + i * UT_PAGE, UT_RW));
	expect_pages((u32[]){ 100, 101, 102, 103, 104, 105, 106, 107, 0 }, 9);
}

/* --- rights --------------------------------------------------------------------------- */

static void read_only(void)
{
	struct bo a;

	ut_gpu_init(&gpu);
	a = make(100);
	ut_ok(bind(a.handle, 0, PAGES, AT, READ));
	expect(AT, 100);
	ut_ret(ut_poke(&gpu, AT, 1), -EIO);
	ut_eq(a.data[0], 100);
	expect(AT, 100);
}

static void write_only(void)
{
	struct bo a;
	u32 word;

	ut_gpu_init(&gpu);
	a = make(100);
	ut_ok(bind(a.handle, 0, PAGES, AT, WRITE));
	ut_ok(ut_poke(&gpu, AT, 7));
	ut_eq(a.data[0], 7);
	ut_ret(ut_peek(&gpu, AT, &word), -EIO);
}

/* Rights belong to the mapping, not to the buffer; pieces keep them. */
static void rights_of_pieces(void)
{
	struct bo a;

	ut_gpu_init(&gpu);
	a = make(100);
	ut_ok(bind(a.handle, 0, 8, AT, READ));
	ut_ok(bind(a.handle, 3, 2, AT + 3 * UT_PAGE, UT_RW));
	ut_ret(ut_poke(&gpu, AT + 2 * UT_PAGE, 1), -EIO);
	ut_ok(ut_poke(&gpu, AT + 3 * UT_PAGE, 1));
	ut_ok(ut_poke(&gpu, AT + 4 * UT_PAGE, 2));
	ut_ret(ut_poke(&gpu, AT + 5 * UT_PAGE, 1), -EIO);
	expect_pages((u32[]){ 100, 101, 102, 1, 2, 105, 106, 107, 0 }, 9);
}

/* A store of 16 bytes of which the last 4 are not allowed. */
static void rights_within_an_access(void)
{
	const struct ut_launch launch = {
		.code = ".uniform dst, buffer\n"
			"ldimm r4, 1\n ldimm r5, 2\n ldimm r6, 3\n ldimm r7, 4\n"
			"store r4..r7, dst, 0, i32, xyzw, a\n",
		.args = { AT + UT_PAGE - 12 },
	};
	struct bo a;

	ut_gpu_init(&gpu);
	a = make(100);
	ut_ok(bind(a.handle, 0, 1, AT, UT_RW));
	ut_ret(ut_run(&gpu, &launch), -EIO);
	ut_ok(bind(a.handle, 1, 1, AT + UT_PAGE, READ));
	ut_ret(ut_run(&gpu, &launch), -EIO);
	ut_eq(a.data[UT_PAGE / 4], 101);
	ut_ok(bind(a.handle, 1, 1, AT + UT_PAGE, UT_RW));
	ut_ok(ut_run(&gpu, &launch));
	ut_eq(a.data[UT_PAGE / 4], 4);
	ut_eq(a.data[UT_PAGE / 4 - 3], 1);
}

/* --- single pages --------------------------------------------------------------------- */

static void single_page(void)
{
	struct bo a;

	ut_gpu_init(&gpu);
	a = make(100);
	ut_ok(bind(a.handle, 2, 6, AT, UT_RW | SINGLE));
	expect_pages((u32[]){ 102, 102, 102, 102, 102, 102, 0 }, 7);
	/* Wherever it is written, it is the same page. */
	ut_ok(ut_poke(&gpu, AT + 4 * UT_PAGE + 8, 9));
	expect(AT + 8, 9);
	expect(AT + 5 * UT_PAGE + 8, 9);
	ut_eq(a.data[2 * UT_PAGE / 4 + 2], 9);
	ut_eq(a.data[6 * UT_PAGE / 4 + 2], 0);
}

/* More than there is memory, as Mesa does with a page of zeros. */
static void single_page_over_much(void)
{
	const u64 range = 1ull << 38;
	struct bo a;
	u64 start;

	ut_gpu_init(&gpu);
	a = make(100);
	start = ut_now();
	ut_ok(ut_bind(gpu.fd, gpu.vm, a.handle, 0, range, AT, READ | SINGLE));
	ut_assert(ut_now() - start < 5000000000ull);
	expect(AT, 100);
	expect(AT + range / 2, 100);
	expect(AT + range - UT_PAGE, 100);
	expect(AT + range, 0);
	ut_ret(ut_poke(&gpu, AT + range / 2, 1), -EIO);
	/* A hole in it, and something else in that. */
	ut_ok(unbind(AT + range / 2, 3));
	ut_ok(bind(a.handle, 5, 1, AT + range / 2 + UT_PAGE, READ));
	expect(AT + range / 2 - UT_PAGE, 100);
	expect(AT + range / 2, 0);
	expect(AT + range / 2 + UT_PAGE, 105);
	expect(AT + range / 2 + 2 * UT_PAGE, 0);
	expect(AT + range / 2 + 3 * UT_PAGE, 100);
	expect(AT + range - UT_PAGE, 100);
}

/* Pieces of it are the same page, not the ones behind it. */
static void single_page_split(void)
{
	ut_gpu_init(&gpu);
	ut_ok(bind(make(100).handle, 1, 7, AT, READ | SINGLE));
	ut_ok(bind(make(200).handle, 0, 2, AT + 2 * UT_PAGE, READ));
	ut_ok(unbind(AT, 1));
	expect_pages((u32[]){ 0, 101, 200, 201, 101, 101, 101, 0 }, 8);
}

static void single_page_replaces(void)
{
	ut_gpu_init(&gpu);
	ut_ok(bind(make(100).handle, 0, 8, AT, READ));
	ut_ok(bind(make(200).handle, 7, 3, AT + 2 * UT_PAGE, READ | SINGLE));
	expect_pages((u32[]){ 100, 101, 207, 207, 207, 105, 106, 107, 0 }, 9);
}

/* Loads over the border of two copies of a page. */
static void single_page_border(void)
{
	const struct ut_launch launch = {
		.code = ".uniform src, buffer\n"
			".uniform dst, buffer\n"
			"load r4..r7, src, 0, i32, xyzw, a\n"
			"wait a\n"
			"store r4..r7, dst, 0, i32, xyzw, a\n",
		.args = { AT + 2 * UT_PAGE - 8, UT_DATA },
	};
	struct bo a;

	ut_gpu_init(&gpu);
	a = make(100);
	a.data[1] = 1001;
	a.data[UT_PAGE / 4 - 2] = 77;
	a.data[UT_PAGE / 4 - 1] = 88;
	ut_ok(bind(a.handle, 0, 4, AT, READ | SINGLE));
	ut_ok(ut_run(&gpu, &launch));
	ut_eq(gpu.data[0], 77);
	ut_eq(gpu.data[1], 88);
	ut_eq(gpu.data[2], 100);
	ut_eq(gpu.data[3], 1001);
}

/* --- several operations ---------------------------------------------------------------- */

static void partial_failure(void)
{
	struct bo a;
	struct drm_asahi_gem_bind_op ops[] = {
		{ .flags = UT_RW, .range = UT_PAGE, .addr = AT },
		{ .flags = UT_RW, .range = UT_PAGE, .addr = AT + UT_PAGE },
		{ .flags = UT_RW, .handle = UT_NO_ID, .range = UT_PAGE, .addr = AT + 2 * UT_PAGE },
		{ .flags = UT_RW, .range = UT_PAGE, .addr = AT + 3 * UT_PAGE },
		{ .flags = UNBIND, .range = UT_PAGE, .addr = AT },
	};

	ut_gpu_init(&gpu);
	a = make(100);
	for (u32 i = 0; i < 4; i++) {
		ops[i].offset = i * UT_PAGE;
		if (!ops[i].handle)
			ops[i].handle = a.handle;
	}
	ut_ret(ut_bind_ops(gpu.fd, gpu.vm, ops, ARRAY_SIZE(ops)), -ENOENT);
	expect_pages((u32[]){ 100, 101, 0, 0, 0 }, 5);
	/* The first that is wrong says what. */
	ops[1].addr++;
	ut_ret(ut_bind_ops(gpu.fd, gpu.vm, ops, ARRAY_SIZE(ops)), -EINVAL);
	ops[1].addr--;
	ops[2].handle = a.handle;
	ut_ok(ut_bind_ops(gpu.fd, gpu.vm, ops, ARRAY_SIZE(ops)));
	expect_pages((u32[]){ 0, 101, 102, 103, 0 }, 5);
}

/* In their order. */
static void ops_in_order(void)
{
	struct drm_asahi_gem_bind_op ops[] = {
		{ .flags = UT_RW, .range = 4 * UT_PAGE, .addr = AT },
		{ .flags = UNBIND, .range = 3 * UT_PAGE, .addr = AT + UT_PAGE },
		{ .flags = UT_RW, .offset = 7 * UT_PAGE, .range = UT_PAGE,
		  .addr = AT + 2 * UT_PAGE },
		{ .flags = UT_RW, .offset = 6 * UT_PAGE, .range = UT_PAGE,
		  .addr = AT + 2 * UT_PAGE },
	};

	ut_gpu_init(&gpu);
	ops[0].handle = make(100).handle;
	ops[2].handle = ops[0].handle;
	ops[3].handle = ops[0].handle;
	ut_ok(ut_bind_ops(gpu.fd, gpu.vm, ops, ARRAY_SIZE(ops)));
	expect_pages((u32[]){ 100, 0, 106, 0, 0 }, 5);
}

static void many_ops(void)
{
	static struct drm_asahi_gem_bind_op ops[10000];
	struct bo a;

	ut_gpu_init(&gpu);
	a = make(100);
	for (u32 i = 0; i < ARRAY_SIZE(ops); i++)
		ops[i] = (struct drm_asahi_gem_bind_op){
			.flags = UT_RW, .handle = a.handle, .offset = i % PAGES * UT_PAGE,
			.range = UT_PAGE, .addr = AT + 2 * i * UT_PAGE,
		};
	ut_ok(ut_bind_ops(gpu.fd, gpu.vm, ops, ARRAY_SIZE(ops)));
	expect(AT, 100);
	expect(AT + 2 * 4321 * UT_PAGE, 101);
	expect(AT + (2 * 4321 + 1) * UT_PAGE, 0);
	expect(AT + 2 * 9999 * UT_PAGE, 107);
	ut_ok(ut_unbind(gpu.fd, gpu.vm, 2 * ARRAY_SIZE(ops) * UT_PAGE, AT));
	expect(AT + 2 * 4321 * UT_PAGE, 0);
}

/* --- handles, private buffers, files ------------------------------------------------- */

/* Closing a handle unbinds the buffer from all address spaces of the file. */
static void close_unbinds(void)
{
	static struct ut_gpu second;
	struct bo a, b;
	u32 word;

	ut_gpu_init(&gpu);
	ut_gpu_init_on(&second, gpu.fd);
	a = make(100);
	b = make(200);
	ut_ok(bind(a.handle, 0, 3, AT, UT_RW));
	ut_ok(bind(b.handle, 0, 1, AT + UT_PAGE, UT_RW));
	ut_ok(bind(a.handle, 3, 2, AT + 5 * UT_PAGE, READ | SINGLE));
	ut_ok(ut_bind(gpu.fd, second.vm, a.handle, 0, SIZE, AT, UT_RW));
	ut_ok(ut_peek(&second, AT, &word));
	expect_pages((u32[]){ 100, 200, 102, 0, 0, 103, 103, 0 }, 8);
	ut_ok(ut_gem_close(gpu.fd, a.handle));
	expect_pages((u32[]){ 0, 200, 0, 0, 0, 0, 0, 0 }, 8);
	ut_ret(ut_peek(&second, AT, &word), -EIO);
}

/* But not from those of another file. */
static void close_in_one_file(void)
{
	static struct ut_gpu second;
	struct bo a;
	u32 handle = 0, word = 0;

	ut_gpu_init(&gpu);
	ut_gpu_init(&second);
	a = make(100);
	ut_ok(bind(a.handle, 0, PAGES, AT, UT_RW));
	ut_ok(ut_import(second.fd, ut_export(gpu.fd, a.handle), &handle));
	ut_ok(ut_bind(second.fd, second.vm, handle, 0, SIZE, AT, UT_RW));
	ut_ok(ut_gem_close(gpu.fd, a.handle));
	expect(AT, 0);
	ut_ok(ut_peek(&second, AT + 3 * UT_PAGE, &word));
	ut_eq(word, 103);
	munmap(a.data, SIZE);
	ut_gpu_close(&gpu);
	ut_ok(ut_peek(&second, AT + 4 * UT_PAGE, &word));
	ut_eq(word, 104);
}

static void private_buffer(void)
{
	static struct ut_gpu second;
	u32 handle = 0;
	u32 *data;

	ut_gpu_init(&gpu);
	ut_gpu_init_on(&second, gpu.fd);
	ut_ok(ut_gem_create(gpu.fd, SIZE, DRM_ASAHI_GEM_VM_PRIVATE, gpu.vm, &handle));
	data = ut_mmap(gpu.fd, handle, SIZE);
	data[0] = 5;
	ut_ok(bind(handle, 0, PAGES, AT, UT_RW));
	ut_ret(ut_bind(gpu.fd, second.vm, handle, 0, SIZE, AT, UT_RW), -EINVAL);
	expect(AT, 5);
	ut_ok(bind(handle, 0, 4, AT + 2 * UT_PAGE, UT_RW));
	expect(AT + 2 * UT_PAGE, 5);
	ut_ok(ut_gem_close(gpu.fd, handle));
	expect(AT, 0);
}

/* An address space made later with the id of the private buffer's is another. */
static void private_to_a_vm_that_is_gone(void)
{
	u32 handle = 0, vm;
	int fd = ut_open();

	vm = ut_vm(fd);
	ut_ok(ut_gem_create(fd, SIZE, DRM_ASAHI_GEM_VM_PRIVATE, vm, &handle));
	ut_ok(ut_bind(fd, vm, handle, 0, SIZE, AT, UT_RW));
	ut_ok(ut_vm_destroy(fd, vm));
	ut_eq(ut_vm(fd), vm);
	ut_ret(ut_bind(fd, vm, handle, 0, SIZE, AT, UT_RW), -EINVAL);
}

/* A buffer that is mapped stays when its memory is not used otherwise. */
static void buffer_only_mapped(void)
{
	u32 handle, *data;

	ut_gpu_init(&gpu);
	handle = ut_gem(gpu.fd, SIZE);
	ut_ok(bind(handle, 0, PAGES, AT, UT_RW));
	ut_ok(ut_poke(&gpu, AT + 5 * UT_PAGE, 12));
	expect(AT + 5 * UT_PAGE, 12);
	ut_ok(unbind(AT, PAGES));
	ut_ok(bind(handle, 0, PAGES, AT, UT_RW));
	expect(AT + 5 * UT_PAGE, 12);
	data = ut_mmap(gpu.fd, handle, SIZE);
	ut_eq(data[5 * UT_PAGE / 4], 12);
}

/* --- under running work ---------------------------------------------------------------- */

/* Binding waits for no work, and work that runs sees it. */
static void bind_under_work(void)
{
	struct bo a;
	u32 syncobj;

	ut_gpu_init(&gpu);
	a = make(100);
	syncobj = ut_start_stream(&gpu, ut_spin(&gpu));
	for (u32 i = 0; i < 200; i++) {
		ut_ok(bind(a.handle, 0, PAGES, AT + i % 7 * UT_PAGE, UT_RW));
		ut_ok(unbind(AT + i % 5 * UT_PAGE, 3));
	}
	ut_ret(ut_wait(gpu.fd, syncobj, 0), -ETIME);
	ut_spin_end(&gpu);
	ut_ret(ut_fence_error(gpu.fd, syncobj), 0);
}

/* What is unbound is gone at once, for what runs, too. */
static void unbind_under_work(void)
{
	u32 syncobj;

	ut_gpu_init(&gpu);
	syncobj = ut_start_stream(&gpu, ut_spin(&gpu));
	ut_spin_runs(&gpu);
	ut_ok(ut_unbind(gpu.fd, gpu.vm, UT_SIZE, UT_DATA));
	ut_ret(ut_fence_error(gpu.fd, syncobj), -EIO);
	ut_ok(bind(gpu.data_bo, 0, UT_SIZE / UT_PAGE, UT_DATA, UT_RW));
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
	ut_eq(gpu.data[0], 1);
}

/* A loop reads a page while it becomes another: it sees one or the other. */
static void replace_under_work(void)
{
	const struct ut_launch launch = {
		.code = ".uniform src, buffer\n"
			".uniform dst, buffer\n"
			"@loop\n"
			"load r1, src, 0, i32, x, a\n"
			"wait a\n"
			"store r1, dst, 0, i32, x, a\n"
			"@until r1, 250, ieq\n",
		.args = { AT, UT_DATA },
	};
	struct bo a, b, c;
	u32 syncobj;

	ut_gpu_init(&gpu);
	a = make(100);
	b = make(200);
	c = make(250);
	ut_ok(bind(a.handle, 0, 1, AT, UT_RW));
	syncobj = ut_start_stream(&gpu, ut_stream(&gpu, &launch));
	for (u32 i = 0; i < 500; i++) {
		u32 word;

		ut_ok(bind(i % 2 ? a.handle : b.handle, 0, 1, AT, UT_RW));
		word = __atomic_load_n(&gpu.data[0], __ATOMIC_RELAXED);
		ut_assert(word == 0 || word == 100 || word == 200);
	}
	ut_ok(bind(c.handle, 0, 1, AT, UT_RW));
	ut_ret(ut_fence_error(gpu.fd, syncobj), 0);
	ut_eq(gpu.data[0], 250);
}

static const struct ut_test tests[] = {
	UT(whole_buffer),
	UT(part_of_a_buffer),
	UT(twice),
	UT(ends_of_the_address_space),
	UT(no_addresses),
	UT(unknown_page),
	UT(replace_all),
	UT(replace_middle),
	UT(replace_ends),
	UT(replace_across),
	UT(unbind_middle),
	UT(unbind_with_holes),
	UT(split_often),
	UT(read_only),
	UT(write_only),
	UT(rights_of_pieces),
	UT(rights_within_an_access),
	UT(single_page),
	UT(single_page_over_much),
	UT(single_page_split),
	UT(single_page_replaces),
	UT(single_page_border),
	UT(partial_failure),
	UT(ops_in_order),
	UT(many_ops),
	UT(close_unbinds),
	UT(close_in_one_file),
	UT(private_buffer),
	UT(private_to_a_vm_that_is_gone),
	UT(buffer_only_mapped),
	UT(bind_under_work),
	UT(unbind_under_work),
	UT(replace_under_work),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
