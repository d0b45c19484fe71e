// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: tests of address spaces
 *
 * Random changes of a VM's mappings, compared page by page with a plain array that was
 * changed in the same way; what must be refused; what must be given back.
 */
#include <linux/dma-resv.h>
#include <linux/mm.h>

#include "agxc_device.h"
#include "agxc_gem.h"
#include "agxc_test.h"
#include "agxc_vm.h"

#define PAGES		48	/* of the window that is looked at */
#define WINDOW_SIZE	(PAGES * AGXC_PAGE_SIZE)
#define BUFFERS		3
#define BUFFER_PAGES	12
#define STEPS		3000

#define KERNEL_VA_START	0x4000000000ull
#define KERNEL_VA_END	(KERNEL_VA_START + AGXC_VA_KERNEL_MIN)

/* What a page should be: host is NULL where nothing is mapped. */
struct page_model {
	u8 *host;
	u32 prot;
};

/**
 * struct vm_test - what a test works on
 * @dev: device
 * @vm: a reference
 * @buffer: references; each is mapped for the kernel
 * @host: where each is
 * @random: state of the generator
 * @start: GPU address of the window
 * @model: what should be in it
 */
struct vm_test {
	struct agxc_device *dev;
	struct agxc_vm *vm;
	struct drm_gem_object *buffer[BUFFERS];
	u8 *host[BUFFERS];
	u32 random;
	u64 start;
	struct page_model model[PAGES];
};

static int agxc_test_vm_init(struct kunit *test)
{
	struct vm_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->dev = agxc_test_device(test);
	t->vm = agxc_vm_create(t->dev, KERNEL_VA_START, KERNEL_VA_END);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->vm);
	t->start = AGXC_VA_START;
	test->priv = t;

	for (int i = 0; i < BUFFERS; i++) {
		void *host;

		/* One of them is private. */
		t->buffer[i] = agxc_gem_create(&t->dev->drm, BUFFER_PAGES * AGXC_PAGE_SIZE, 0,
					       i ? NULL : t->vm);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->buffer[i]);
		KUNIT_ASSERT_EQ(test, agxc_gem_map(t->buffer[i], &host), 0);
		t->host[i] = host;
	}
	return 0;
}

/* All is given back: the VM goes first, a buffer that was private to it does not mind. */
static void agxc_test_vm_exit(struct kunit *test)
{
	struct vm_test *t = test->priv;

	if (!t || IS_ERR_OR_NULL(t->vm))
		return;

	agxc_vm_close(t->vm);
	for (int i = 0; i < BUFFERS && !IS_ERR_OR_NULL(t->buffer[i]); i++) {
		KUNIT_EXPECT_EQ(test, kref_read(&t->buffer[i]->refcount), 1);
		KUNIT_EXPECT_TRUE(test, list_empty(&t->buffer[i]->gpuva.list));
		if (t->host[i])
			agxc_gem_unmap(t->buffer[i]);
		drm_gem_object_put(t->buffer[i]);
	}
	KUNIT_EXPECT_EQ(test, atomic64_read(&t->dev->bound_pages), 0);
}

static void *look_up(struct agxc_vm *vm, u64 address, u64 *avail, u32 *prot)
{
	void *host;

	agxc_vm_enter(vm);
	host = vm->memory.map(vm->memory.ctx, address, avail, prot);
	agxc_vm_leave(vm);
	return host;
}

/* What follows a page contiguously must be what the model has there. */
static void check_page(struct kunit *test, u32 page)
{
	struct vm_test *t = test->priv;
	const struct page_model *m = &t->model[page];
	u64 into = agxc_test_below(&t->random, AGXC_PAGE_SIZE / 16) * 16;
	u64 avail = 0;
	u32 prot = 0;
	u8 *host;

	host = look_up(t->vm, t->start + page * AGXC_PAGE_SIZE + into, &avail, &prot);
	if (!m->host) {
		KUNIT_ASSERT_NULL(test, host);
		return;
	}

	KUNIT_ASSERT_PTR_EQ(test, host, m->host + into);
	KUNIT_ASSERT_EQ(test, prot, m->prot);
	KUNIT_ASSERT_GE(test, avail, AGXC_PAGE_SIZE - into);
	KUNIT_ASSERT_EQ(test, (avail + into) % AGXC_PAGE_SIZE, 0);
	for (u32 i = 1; i < (avail + into) / AGXC_PAGE_SIZE; i++) {
		KUNIT_ASSERT_LT(test, page + i, PAGES);
		KUNIT_ASSERT_PTR_EQ(test, m[i].host, m->host + i * AGXC_PAGE_SIZE);
		KUNIT_ASSERT_EQ(test, m[i].prot, m->prot);
	}
}

/* Each mapping is in its buffer's list, and nothing else is. */
static void check_lists(struct kunit *test)
{
	struct vm_test *t = test->priv;
	struct drm_gpuvm_bo *vm_bo;
	struct drm_gpuva *va;
	int balance = 0;

	drm_gpuvm_for_each_va(va, &t->vm->base)
		balance += va != &t->vm->base.kernel_alloc_node;

	for (int i = 0; i < BUFFERS; i++) {
		dma_resv_lock(t->buffer[i]->resv, NULL);
		drm_gem_for_each_gpuvm_bo(vm_bo, t->buffer[i]) {
			drm_gpuvm_bo_for_each_va(va, vm_bo) {
				KUNIT_EXPECT_PTR_EQ(test, va->vm_bo, vm_bo);
				KUNIT_EXPECT_PTR_EQ(test, to_agxc_va(va)->host,
						    t->host[i] + va->gem.offset);
				balance--;
			}
		}
		dma_resv_unlock(t->buffer[i]->resv);
	}
	KUNIT_ASSERT_EQ(test, balance, 0);
}

static void check_window(struct kunit *test)
{
	for (u32 page = 0; page < PAGES; page++)
		check_page(test, page);
	check_lists(test);
}

/* A part of the window, of max_pages at most. */
static u32 random_range(struct vm_test *t, u32 max_pages, u32 *n_pages)
{
	u32 page = agxc_test_below(&t->random, PAGES);

	*n_pages = 1 + agxc_test_below(&t->random, min(max_pages, PAGES - page));
	return page;
}

/* Whether the allocation was made that was to fail. */
static bool failed(struct vm_test *t, bool fail)
{
	return fail && !atomic_read(&t->dev->inject.alloc);
}

static int step_bind(struct vm_test *t, bool fail)
{
	u32 i = agxc_test_below(&t->random, BUFFERS), page, n_pages, offset;
	struct agxc_bind bind = {
		.obj = t->buffer[i],
		.prot = 1 + agxc_test_below(&t->random, 3),
		.single_page = !agxc_test_below(&t->random, 4),
	};
	int ret;

	atomic_set(&t->dev->inject.alloc, fail ? 1 + agxc_test_below(&t->random, 4) : 0);
	page = random_range(t, bind.single_page ? PAGES : BUFFER_PAGES, &n_pages);
	offset = agxc_test_below(&t->random,
				 BUFFER_PAGES + 1 - (bind.single_page ? 1 : n_pages));
	bind.addr = t->start + page * AGXC_PAGE_SIZE;
	bind.range = n_pages * AGXC_PAGE_SIZE;
	bind.offset = offset * AGXC_PAGE_SIZE;

	ret = agxc_vm_bind(t->vm, &bind);
	if (failed(t, fail))
		return ret == -ENOMEM ? 0 : -EIO;

	for (u32 n = 0; n < n_pages; n++) {
		t->model[page + n] = (struct page_model){
			.host = t->host[i] + bind.offset +
				(bind.single_page ? 0 : n * AGXC_PAGE_SIZE),
			.prot = bind.prot,
		};
	}
	return ret;
}

static int step_unbind(struct vm_test *t, bool fail)
{
	u32 n_pages, page = random_range(t, PAGES / 3, &n_pages);
	int ret;

	atomic_set(&t->dev->inject.alloc, fail ? 1 + agxc_test_below(&t->random, 2) : 0);
	ret = agxc_vm_unbind(t->vm, t->start + page * AGXC_PAGE_SIZE, n_pages * AGXC_PAGE_SIZE);
	if (failed(t, fail))
		return ret == -ENOMEM ? 0 : -EIO;

	memset(&t->model[page], 0, n_pages * sizeof(t->model[0]));
	return ret;
}

static void step_unbind_gem(struct vm_test *t)
{
	u32 i = agxc_test_below(&t->random, BUFFERS);

	agxc_vm_unbind_gem(t->vm, t->buffer[i]);
	for (u32 page = 0; page < PAGES; page++)
		if (t->model[page].host >= t->host[i] &&
		    t->model[page].host < t->host[i] + t->buffer[i]->size)
			t->model[page] = (struct page_model){ };
}

/* One change in eight may find no memory, and then must not have happened. */
static void random_steps(struct kunit *test)
{
	struct vm_test *t = test->priv;

	for (int step = 0; step < STEPS; step++) {
		bool fail = !agxc_test_below(&t->random, 8);
		u32 kind = agxc_test_below(&t->random, 16);
		int ret = 0;

		if (kind > 5)
			ret = step_bind(t, fail);
		else if (kind)
			ret = step_unbind(t, fail);
		else
			step_unbind_gem(t);
		KUNIT_ASSERT_EQ(test, ret, 0);
		check_window(test);
	}
}

static void agxc_test_vm_random(struct kunit *test)
{
	random_steps(test);
}

/* The last pages before the kernel's, and the first behind. */
static void agxc_test_vm_random_edges(struct kunit *test)
{
	struct vm_test *t = test->priv;

	t->random = 1;
	t->start = KERNEL_VA_START - WINDOW_SIZE;
	random_steps(test);
	memset(t->model, 0, sizeof(t->model));
	t->start = KERNEL_VA_END;
	random_steps(test);
	memset(t->model, 0, sizeof(t->model));
	t->start = AGXC_VA_END - WINDOW_SIZE;
	random_steps(test);
}

static int try_bind(struct vm_test *t, u64 addr, u64 range)
{
	struct agxc_bind bind = {
		.obj = t->buffer[0], .addr = addr, .range = range, .prot = AGX_MEM_READ,
		.single_page = true,
	};

	return agxc_vm_bind(t->vm, &bind);
}

static void agxc_test_vm_refuses(struct kunit *test)
{
	static const struct { u64 addr, range; } bad[] = {
		{ AGXC_VA_START, 0 },
		{ 0, AGXC_PAGE_SIZE },
		{ 0, AGXC_VA_END },
		{ AGXC_VA_END, AGXC_PAGE_SIZE },
		{ AGXC_VA_END - AGXC_PAGE_SIZE, 2 * AGXC_PAGE_SIZE },
		{ AGXC_VA_START, -AGXC_PAGE_SIZE },
		{ -AGXC_PAGE_SIZE, AGXC_PAGE_SIZE },
		{ -AGXC_PAGE_SIZE, 2 * AGXC_PAGE_SIZE },
		{ KERNEL_VA_START, AGXC_PAGE_SIZE },
		{ KERNEL_VA_START - AGXC_PAGE_SIZE, 2 * AGXC_PAGE_SIZE },
		{ KERNEL_VA_END - AGXC_PAGE_SIZE, 2 * AGXC_PAGE_SIZE },
		{ AGXC_VA_START, AGXC_VA_END - AGXC_VA_START },
	};
	struct vm_test *t = test->priv;

	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, try_bind(t, bad[i].addr, bad[i].range), -EINVAL);
		KUNIT_EXPECT_EQ(test, agxc_vm_unbind(t->vm, bad[i].addr, bad[i].range), -EINVAL);
	}
	KUNIT_EXPECT_EQ(test, t->vm->generation, 1);
	KUNIT_EXPECT_EQ(test, try_bind(t, AGXC_VA_START, KERNEL_VA_START - AGXC_VA_START), 0);
	KUNIT_EXPECT_EQ(test, try_bind(t, KERNEL_VA_END, AGXC_VA_END - KERNEL_VA_END), 0);
	KUNIT_EXPECT_EQ(test, t->vm->generation, 3);
}

static void agxc_test_vm_kernel_range(struct kunit *test)
{
	static const struct { u64 start, end; } bad[] = {
		{ 0, AGXC_VA_KERNEL_MIN },
		{ AGXC_VA_START, AGXC_VA_START + AGXC_VA_KERNEL_MIN - AGXC_PAGE_SIZE },
		{ AGXC_VA_START + 4096, AGXC_VA_START + 4096 + AGXC_VA_KERNEL_MIN },
		{ AGXC_VA_START, AGXC_VA_END + AGXC_PAGE_SIZE },
		{ AGXC_VA_END, AGXC_VA_START },
		{ -AGXC_VA_KERNEL_MIN, 0 },
		{ -AGXC_PAGE_SIZE, AGXC_VA_END },
	};
	struct vm_test *t = test->priv;
	struct agxc_vm *vm;

	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(agxc_vm_create(t->dev, bad[i].start,
								     bad[i].end)), -EINVAL);

	/* A VM that userspace can use nothing of. */
	vm = agxc_vm_create(t->dev, AGXC_VA_START, AGXC_VA_END);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vm);
	KUNIT_EXPECT_EQ(test, agxc_vm_unbind(vm, AGXC_VA_START, AGXC_PAGE_SIZE), -EINVAL);
	agxc_vm_close(vm);
}

static void agxc_test_vm_zero_page(struct kunit *test)
{
	struct vm_test *t = test->priv;
	u64 avail = 0;
	u32 prot = 0;
	u8 *host;

	for (u64 into = 0; into < AGXC_PAGE_SIZE; into += avail) {
		host = look_up(t->vm, AGXC_VA_END + into, &avail, &prot);
		KUNIT_ASSERT_NOT_NULL(test, host);
		KUNIT_EXPECT_EQ(test, prot, AGX_MEM_READ);
		KUNIT_ASSERT_GE(test, avail, 4096);
		KUNIT_ASSERT_LE(test, into + avail, AGXC_PAGE_SIZE);
		KUNIT_EXPECT_NULL(test, memchr_inv(host, 0, avail));
	}
	host = look_up(t->vm, AGXC_VA_END + AGXC_PAGE_SIZE - 16, &avail, &prot);
	KUNIT_EXPECT_NOT_NULL(test, host);
	KUNIT_EXPECT_EQ(test, avail, 16);

	KUNIT_EXPECT_NULL(test, look_up(t->vm, AGXC_VA_END + AGXC_PAGE_SIZE, &avail, &prot));
	KUNIT_EXPECT_NULL(test, look_up(t->vm, AGXC_VA_END - 16, &avail, &prot));
	KUNIT_EXPECT_NULL(test, look_up(t->vm, KERNEL_VA_START, &avail, &prot));
	KUNIT_EXPECT_NULL(test, look_up(t->vm, 0, &avail, &prot));
	KUNIT_EXPECT_NULL(test, look_up(t->vm, -16ull, &avail, &prot));
}

/* Who still has the VM finds nothing in it, and cannot change that. */
static void agxc_test_vm_closed(struct kunit *test)
{
	struct vm_test *t = test->priv;
	struct agxc_vm *vm;
	u64 avail;
	u32 prot;

	vm = agxc_vm_create(t->dev, KERNEL_VA_START, KERNEL_VA_END);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vm);
	swap(t->vm, vm);
	KUNIT_EXPECT_EQ(test, try_bind(t, AGXC_VA_START, AGXC_PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, try_bind(t, KERNEL_VA_END, AGXC_PAGE_SIZE), 0);
	swap(t->vm, vm);

	agxc_vm_get(vm);
	agxc_vm_close(vm);
	KUNIT_EXPECT_NULL(test, look_up(vm, AGXC_VA_START, &avail, &prot));
	KUNIT_EXPECT_NULL(test, look_up(vm, KERNEL_VA_END, &avail, &prot));
	swap(t->vm, vm);
	KUNIT_EXPECT_EQ(test, try_bind(t, AGXC_VA_START, AGXC_PAGE_SIZE), -ENOENT);
	swap(t->vm, vm);
	KUNIT_EXPECT_EQ(test, kref_read(&vm->base.kref), 1);
	agxc_vm_put(vm);
}

static void agxc_test_vm_faults(struct kunit *test)
{
	struct agxc_fault_record *record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	struct vm_test *t = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, record);
	KUNIT_EXPECT_FALSE(test, t->vm->fault.valid);
	for (u64 seqno = 7; seqno < 9; seqno++) {
		record->seqno = seqno;
		agxc_vm_record_fault(t->vm, record);
		KUNIT_EXPECT_TRUE(test, t->vm->fault.valid);
		KUNIT_EXPECT_EQ(test, t->vm->fault.seqno, seqno);
		KUNIT_EXPECT_EQ(test, t->vm->fault.count, seqno - 6);
	}
}

/* --- buffers ----------------------------------------------------------------------- */

static void agxc_test_gem_size(struct kunit *test)
{
	struct agxc_device *dev = agxc_test_device(test);
	u64 machine = (u64)totalram_pages() << PAGE_SHIFT;
	struct drm_gem_object *obj;

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(agxc_gem_create(&dev->drm, 0, 0, NULL)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(agxc_gem_create(&dev->drm, machine + 1, 0, NULL)),
			-ENOMEM);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(agxc_gem_create(&dev->drm, -1ull, 0, NULL)), -ENOMEM);

	obj = agxc_gem_create(&dev->drm, 1, 0, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, obj->size % AGXC_PAGE_SIZE, 0);
	KUNIT_EXPECT_EQ(test, obj->size % PAGE_SIZE, 0);
	KUNIT_EXPECT_LE(test, obj->size, max(AGXC_PAGE_SIZE, PAGE_SIZE));
	drm_gem_object_put(obj);
}

/* Memory is counted when it is there, once, and until it is freed. */
static void agxc_test_gem_charge(struct kunit *test)
{
	struct agxc_device *dev = agxc_test_device(test);
	s64 limit = mult_frac(totalram_pages(), agxc_params.memory_percent, 100);
	struct drm_gem_object *obj;
	void *host, *again;
	s64 pages;

	obj = agxc_gem_create(&dev->drm, 2 * AGXC_PAGE_SIZE, 0, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	pages = obj->size >> PAGE_SHIFT;
	KUNIT_EXPECT_EQ(test, atomic64_read(&dev->bound_pages), 0);

	atomic64_set(&dev->bound_pages, limit - pages + 1);
	KUNIT_EXPECT_EQ(test, agxc_gem_map(obj, &host), -ENOMEM);
	KUNIT_EXPECT_EQ(test, atomic64_read(&dev->bound_pages), limit - pages + 1);

	atomic64_set(&dev->bound_pages, limit - pages);
	KUNIT_ASSERT_EQ(test, agxc_gem_map(obj, &host), 0);
	KUNIT_EXPECT_EQ(test, agxc_gem_map(obj, &again), 0);
	KUNIT_EXPECT_PTR_EQ(test, host, again);
	agxc_gem_unmap(obj);
	memset(host, 1, obj->size);
	agxc_gem_unmap(obj);
	KUNIT_EXPECT_EQ(test, atomic64_read(&dev->bound_pages), limit);
	drm_gem_object_put(obj);
	KUNIT_EXPECT_EQ(test, atomic64_read(&dev->bound_pages), limit - pages);
}

static struct kunit_case agxc_vm_tests[] = {
	KUNIT_CASE_SLOW(agxc_test_vm_random),
	KUNIT_CASE_SLOW(agxc_test_vm_random_edges),
	KUNIT_CASE(agxc_test_vm_refuses),
	KUNIT_CASE(agxc_test_vm_kernel_range),
	KUNIT_CASE(agxc_test_vm_zero_page),
	KUNIT_CASE(agxc_test_vm_closed),
	KUNIT_CASE(agxc_test_vm_faults),
	{}
};

static struct kunit_suite agxc_vm_suite = {
	.name = "agxc_vm",
	.init = agxc_test_vm_init,
	.exit = agxc_test_vm_exit,
	.test_cases = agxc_vm_tests,
};

static struct kunit_case agxc_gem_tests[] = {
	KUNIT_CASE(agxc_test_gem_size),
	KUNIT_CASE(agxc_test_gem_charge),
	{}
};

static struct kunit_suite agxc_gem_suite = {
	.name = "agxc_gem",
	.test_cases = agxc_gem_tests,
};

kunit_test_suites(&agxc_vm_suite, &agxc_gem_suite);
