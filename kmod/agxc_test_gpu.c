// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: programs for tests
 *
 * A VM with code, control streams and numbers in it.  The module has no assembler: code
 * is bytes here, with the text that they are.
 */
#include <drm/drm_gem.h>
#include <kunit/resource.h>

#include "../compute/isa/agx_cdm.h"
#include "agxc_device.h"
#include "agxc_gem.h"
#include "agxc_test.h"
#include "agxc_test_gpu.h"
#include "agxc_vm.h"

#define CODE_ALIGN 128
#define BUFFER_SIZE (AGXC_TEST_OUT - AGXC_TEST_USC + AGXC_PAGE_SIZE)

static const u8 ids[] = {
	0x72, 0x05, 0x10, 0x04,				/* mov r1, thread_in_grid_x */
	0x1e, 0x09, 0x42, 0x32, 0x00, 0x00, 0x00, 0x00,	/* imul r2, r1, 3 */
	0x0e, 0x09, 0x44, 0x12, 0x00, 0x00, 0x00, 0x00,	/* iadd r2, r2, 1 */
	0x45, 0x11, 0x20, 0x0e, 0x00, 0xc0, 0x12, 0x00,	/* store r2, du0, r1, i32, x, a */
	0x88, 0x00,					/* stop */
};

const struct agxc_test_program agxc_test_ids =
	AGXC_TEST_PROGRAM(ids, .global = AGXC_TEST_WORDS, .local = 64);

static const u8 endless[] = {
	0x00, 0xc0, 0x00, 0x00, 0x00, 0x00,		/* jmp_any 0 */
};

const struct agxc_test_program agxc_test_endless = AGXC_TEST_PROGRAM(endless);

static const u8 unmapped[] = {
	0x62, 0x05, 0x00, 0x00, 0x00, 0x10,		/* ldimm r1, 0x10000000 */
	0x45, 0x09, 0x20, 0x0e, 0x00, 0xc0, 0x12, 0x00,	/* store r1, du0, r1, i32, x, a */
	0x88, 0x00,					/* stop */
};

const struct agxc_test_program agxc_test_unmapped = AGXC_TEST_PROGRAM(unmapped);

/* --- an address space ----------------------------------------------------------- */

static void close_vm(void *vm)
{
	agxc_vm_close(vm);
}

static void unmap_buffer(void *obj)
{
	agxc_gem_unmap(obj);
	drm_gem_object_put(obj);
}

static void map(struct kunit *test, struct agxc_test_gpu *gpu, struct drm_gem_object *obj,
		u64 addr, u64 size, u32 prot)
{
	const struct agxc_bind bind = {
		.obj = obj, .addr = addr, .range = size, .offset = addr - AGXC_TEST_USC,
		.prot = prot,
	};

	KUNIT_ASSERT_EQ(test, agxc_vm_bind(gpu->vm, &bind), 0);
}

struct agxc_test_gpu *agxc_test_gpu(struct kunit *test, struct agxc_device *dev)
{
	struct agxc_test_gpu *gpu = kunit_kzalloc(test, sizeof(*gpu), GFP_KERNEL);
	struct drm_gem_object *obj;
	void *host;

	KUNIT_ASSERT_NOT_NULL(test, gpu);
	gpu->dev = dev;
	gpu->vm = agxc_vm_create(dev, AGXC_VA_END - AGXC_VA_KERNEL_MIN, AGXC_VA_END);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, gpu->vm);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, close_vm, gpu->vm), 0);

	obj = agxc_gem_create(&dev->drm, BUFFER_SIZE, 0, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	KUNIT_ASSERT_EQ(test, agxc_gem_map(obj, &host), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unmap_buffer, obj), 0);
	gpu->usc = host;
	gpu->in = host + (AGXC_TEST_IN - AGXC_TEST_USC);
	gpu->out = host + (AGXC_TEST_OUT - AGXC_TEST_USC);

	map(test, gpu, obj, AGXC_TEST_USC, AGXC_TEST_OUT - AGXC_TEST_USC, AGX_MEM_READ);
	map(test, gpu, obj, AGXC_TEST_OUT, AGXC_PAGE_SIZE, AGX_MEM_READ | AGX_MEM_WRITE);
	return gpu;
}

/* --- programs ------------------------------------------------------------------- */

/* Copies to memory that the GPU reads: where in it. */
static u32 put(struct kunit *test, struct agxc_test_gpu *gpu, const void *data, u32 size)
{
	u32 at = round_up(gpu->used, CODE_ALIGN);

	KUNIT_ASSERT_LE(test, at + size, (u32)(AGXC_TEST_IN - AGXC_TEST_USC));
	memcpy(gpu->usc + at, data, size);
	gpu->used = at + size;
	return at;
}

static u32 put_usc(struct kunit *test, struct agxc_test_gpu *gpu,
		   const struct agxc_test_program *program)
{
	static const u64 addresses[] = { AGXC_TEST_OUT, AGXC_TEST_IN };
	u32 table = put(test, gpu, addresses, sizeof(addresses));
	struct agx_usc *usc = kunit_kzalloc(test, sizeof(*usc), GFP_KERNEL);
	u8 words[256];
	int n;

	KUNIT_ASSERT_NOT_NULL(test, usc);
	usc->n_uniforms = 1;
	usc->uniform[0] = (struct agx_usc_uniform){ 0, 8, AGXC_TEST_USC + table };
	usc->uses_shared = program->shared;
	usc->shared_size = program->shared;
	usc->shader = put(test, gpu, program->code, program->size);
	usc->regs = 64;
	usc->unk4 = 1;
	n = agx_usc_build(usc, words, sizeof(words), NULL);
	KUNIT_ASSERT_GT(test, n, 0);
	return put(test, gpu, words, n);
}

/* n launches and what comes behind: the address of the first. */
static u64 put_stream(struct kunit *test, struct agxc_test_gpu *gpu,
		      const struct agxc_test_program *program, u32 n, struct agx_cdm *end)
{
	u32 global = max(program->global, 1), local = program->local ?: global;
	const struct agx_cdm launch = {
		.type = AGX_CDM_LAUNCH, .mode = AGX_CDM_DIRECT, .uniforms = 512,
		.preshader_regs = 64, .usc = put_usc(test, gpu, program),
		.global = { global, 1, 1 }, .local = { local, 1, 1 },
	};
	u8 *stream = kunit_kzalloc(test, (n + 1) * AGX_CDM_MAX, GFP_KERNEL);
	u32 size = 0;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, stream);
	while (n--) {
		ret = agx_cdm_build(&launch, stream + size, NULL);
		KUNIT_ASSERT_GT(test, ret, 0);
		size += ret;
	}
	if (end->type == AGX_CDM_LINK)
		end->address = AGXC_TEST_USC + round_up(gpu->used, CODE_ALIGN);
	ret = agx_cdm_build(end, stream + size, NULL);
	KUNIT_ASSERT_GT(test, ret, 0);
	return AGXC_TEST_USC + put(test, gpu, stream, size + ret);
}

u64 agxc_test_stream(struct kunit *test, struct agxc_test_gpu *gpu,
		     const struct agxc_test_program *program, u32 n)
{
	struct agx_cdm end = { .type = AGX_CDM_TERMINATE };

	return put_stream(test, gpu, program, n, &end);
}

u64 agxc_test_loop(struct kunit *test, struct agxc_test_gpu *gpu,
		   const struct agxc_test_program *program, u32 n)
{
	struct agx_cdm again = { .type = AGX_CDM_LINK };

	return put_stream(test, gpu, program, n, &again);
}
