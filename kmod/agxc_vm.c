// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: address spaces
 *
 * A VM is a tree of mappings, and nothing else: what executes looks addresses up in it,
 * there are no page tables.
 *
 * Who changes it holds the VM's bind_lock all along.  First everything is allocated that
 * may be needed, and the buffer mapped for the kernel.  Then, with the VM's lock held for
 * writing, the tree is changed, which cannot fail; cores hold that lock while they
 * execute a slice, so when it is released none of them uses what was there before.  Then
 * lists of buffers' mappings, which their reservations protect, are brought up to date,
 * and buffers that the VM has nowhere any more are let go.
 *
 * Mappings keep the VM, so somebody has to remove them for it to go away: closing it.
 */
#include <drm/drm_gpuvm.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_compat.h"
#include "agxc_device.h"
#include "agxc_gem.h"
#include "agxc_vm.h"

/**
 * struct change - of a VM's mappings
 * @bind: what is to be mapped, if anything
 * @vm_bo: its buffer in the VM
 * @spare: mappings to be made, allocated before
 * @added: made, not yet in their buffers' lists
 * @removed: still in their buffers' lists
 */
struct change {
	const struct agxc_bind *bind;
	struct agxc_vm_bo *vm_bo;
	struct list_head spare;
	struct list_head added;
	struct list_head removed;
};

/* Whether a mapping reaches over addr, of which two would be left. */
static bool cuts(struct agxc_vm *vm, u64 addr)
{
	struct drm_gpuva *va = drm_gpuva_find_first(&vm->base, addr, 1);

	return va && va->va.addr < addr;
}

static int change_init(struct change *change, struct agxc_vm *vm, int n_spare)
{
	struct agxc_va *va;

	*change = (struct change){
		.spare = LIST_HEAD_INIT(change->spare),
		.added = LIST_HEAD_INIT(change->added),
		.removed = LIST_HEAD_INIT(change->removed),
	};

	while (n_spare--) {
		va = agxc_alloc(vm->dev, sizeof(*va));
		if (!va)
			return -ENOMEM;
		list_add(&va->node, &change->spare);
	}
	return 0;
}

/* The tree changes until change_end(): as in a fence's path, nothing may be waited for. */
static bool change_begin(struct agxc_vm *vm)
{
	bool cookie = dma_fence_begin_signalling();

	down_write(&vm->lock);
	return cookie;
}

static void change_end(struct agxc_vm *vm, bool cookie)
{
	vm->generation++;
	up_write(&vm->lock);
	dma_fence_end_signalling(cookie);
}

static void link_va(struct agxc_va *va)
{
	struct drm_gem_object *obj = va->base.gem.obj;

	dma_resv_lock(obj->resv, NULL);
	drm_gpuva_link(&va->base, va->base.vm_bo);
	dma_resv_unlock(obj->resv);
}

/* Unlinking may drop the last reference to the buffer, whose reservation is locked. */
static void unlink_va(struct agxc_va *va)
{
	struct drm_gem_object *obj = va->base.gem.obj;

	drm_gem_object_get(obj);
	dma_resv_lock(obj->resv, NULL);
	drm_gpuva_unlink(&va->base);
	dma_resv_unlock(obj->resv);
	drm_gem_object_put(obj);
}

/* Those added first: they may be what keeps the buffer in the VM. */
static void change_fini(struct change *change)
{
	struct agxc_va *va, *next;

	list_for_each_entry_safe(va, next, &change->added, node) {
		list_del(&va->node);
		link_va(va);
	}
	list_for_each_entry_safe(va, next, &change->removed, node) {
		unlink_va(va);
		agxc_free(va);
	}
	list_for_each_entry_safe(va, next, &change->spare, node)
		agxc_free(va);
}

static struct agxc_va *take_spare(struct change *change)
{
	struct agxc_va *va = list_first_entry(&change->spare, struct agxc_va, node);

	list_move_tail(&va->node, &change->added);
	return va;
}

static int step_map(struct drm_gpuva_op *op, void *priv)
{
	struct change *change = priv;
	struct agxc_va *va = take_spare(change);
	struct drm_gpuvm_bo *vm_bo = &change->vm_bo->base;

	va->base.vm_bo = vm_bo;
	va->host = change->vm_bo->host + op->map.gem.offset;
	va->prot = change->bind->prot;
	va->single_page = change->bind->single_page;
	drm_gpuva_map(vm_bo->vm, &va->base, &op->map);
	return 0;
}

/* What stays of a mapping that is cut. */
static struct drm_gpuva *rest_of(struct change *change, const struct agxc_va *old,
				 const struct drm_gpuva_op_map *rest)
{
	struct agxc_va *va;

	if (!rest)
		return NULL;

	va = take_spare(change);
	va->base.vm_bo = old->base.vm_bo;
	va->host = old->host;
	if (!old->single_page)
		va->host += rest->va.addr - old->base.va.addr;
	va->prot = old->prot;
	va->single_page = old->single_page;
	return &va->base;
}

static int step_remap(struct drm_gpuva_op *op, void *priv)
{
	struct agxc_va *old = to_agxc_va(op->remap.unmap->va);
	struct change *change = priv;
	struct drm_gpuva *prev, *next;

	prev = rest_of(change, old, op->remap.prev);
	next = rest_of(change, old, op->remap.next);
	drm_gpuva_remap(prev, next, &op->remap);
	/* DRM takes it for the place in the buffer where the rest would be. */
	if (next && old->single_page)
		next->gem.offset = old->base.gem.offset;

	list_add_tail(&old->node, &change->removed);
	return 0;
}

static int step_unmap(struct drm_gpuva_op *op, void *priv)
{
	struct change *change = priv;

	drm_gpuva_unmap(&op->unmap);
	list_add_tail(&to_agxc_va(op->unmap.va)->node, &change->removed);
	return 0;
}

static struct drm_gpuvm_bo *vm_bo_alloc(void)
{
	struct agxc_vm_bo *vm_bo;

	vm_bo = kzalloc_obj(*vm_bo, GFP_KERNEL_ACCOUNT);
	return vm_bo ? &vm_bo->base : NULL;
}

/* The buffer's reservation is locked. */
static void vm_bo_free(struct drm_gpuvm_bo *base)
{
	struct agxc_vm_bo *vm_bo = to_agxc_vm_bo(base);

	if (vm_bo->host)
		agxc_gem_unmap_locked(base->obj);
	kfree(vm_bo);
}

static void vm_free(struct drm_gpuvm *base)
{
	agxc_free(to_agxc_vm(base));
}

static const struct drm_gpuvm_ops vm_ops = {
	.vm_free = vm_free,
	.vm_bo_alloc = vm_bo_alloc,
	.vm_bo_free = vm_bo_free,
	.sm_step_map = step_map,
	.sm_step_remap = step_remap,
	.sm_step_unmap = step_unmap,
};

/* The buffer is mapped for the kernel until it is in the VM nowhere. */
static struct agxc_vm_bo *obtain_vm_bo(struct agxc_vm *vm, struct drm_gem_object *obj)
{
	struct drm_gpuvm_bo *base;
	struct agxc_vm_bo *vm_bo;
	void *host;
	int ret;

	if (agxc_inject_alloc(vm->dev))
		return ERR_PTR(-ENOMEM);

	dma_resv_lock(obj->resv, NULL);
	base = drm_gpuvm_bo_obtain_locked(&vm->base, obj);
	if (IS_ERR(base)) {
		vm_bo = ERR_CAST(base);
		goto out_unlock;
	}

	vm_bo = to_agxc_vm_bo(base);
	if (vm_bo->host)
		goto out_unlock;

	ret = agxc_gem_map_locked(obj, &host);
	if (ret) {
		drm_gpuvm_bo_put(base);
		vm_bo = ERR_PTR(ret);
	} else {
		vm_bo->host = host;
	}

out_unlock:
	dma_resv_unlock(obj->resv);
	return vm_bo;
}

/* As long as the caller has a reference to the buffer. */
static void put_vm_bo(struct drm_gpuvm_bo *vm_bo, struct drm_gem_object *obj)
{
	dma_resv_lock(obj->resv, NULL);
	drm_gpuvm_bo_put(vm_bo);
	dma_resv_unlock(obj->resv);
}

static int bind_locked(struct agxc_vm *vm, const struct agxc_bind *bind, struct change *change)
{
	struct drm_gpuvm_map_req req = {
		.map.va.addr = bind->addr,
		.map.va.range = bind->range,
		.map.gem.obj = bind->obj,
		.map.gem.offset = bind->offset,
	};
	bool cookie;
	int ret;

	change->bind = bind;
	change->vm_bo = obtain_vm_bo(vm, bind->obj);
	if (IS_ERR(change->vm_bo))
		return PTR_ERR(change->vm_bo);

	cookie = change_begin(vm);
	ret = drm_gpuvm_sm_map(&vm->base, change, &req);
	change_end(vm, cookie);
	return ret;
}

int agxc_vm_bind(struct agxc_vm *vm, const struct agxc_bind *bind)
{
	struct change change;
	int ret;

	if (!bind->range || !drm_gpuvm_range_valid(&vm->base, bind->addr, bind->range))
		return -EINVAL;

	mutex_lock(&vm->bind_lock);
	ret = change_init(&change, vm, 1 + cuts(vm, bind->addr) +
			  cuts(vm, bind->addr + bind->range));
	if (!ret)
		ret = vm->closed ? -ENOENT : bind_locked(vm, bind, &change);
	change_fini(&change);
	if (!IS_ERR_OR_NULL(change.vm_bo))
		put_vm_bo(&change.vm_bo->base, bind->obj);
	mutex_unlock(&vm->bind_lock);
	return ret;
}

/* Under bind_lock. */
static void unbind_range(struct agxc_vm *vm, u64 addr, u64 range, struct change *change)
{
	bool cookie = change_begin(vm);

	/* Only fails for a range that is not userspace's. */
	drm_gpuvm_sm_unmap(&vm->base, change, addr, range);
	change_end(vm, cookie);
}

int agxc_vm_unbind(struct agxc_vm *vm, u64 addr, u64 range)
{
	struct change change;
	int ret;

	if (!range || !drm_gpuvm_range_valid(&vm->base, addr, range))
		return -EINVAL;

	mutex_lock(&vm->bind_lock);
	/* Whole mappings are removed without memory, then. */
	ret = change_init(&change, vm, cuts(vm, addr) + cuts(vm, addr + range));
	if (!ret)
		unbind_range(vm, addr, range, &change);
	change_fini(&change);
	mutex_unlock(&vm->bind_lock);
	return ret;
}

void agxc_vm_unbind_gem(struct agxc_vm *vm, struct drm_gem_object *obj)
{
	struct drm_gpuvm_bo *vm_bo;
	struct drm_gpuva *va;
	struct change change;
	bool cookie;

	mutex_lock(&vm->bind_lock);
	dma_resv_lock(obj->resv, NULL);
	vm_bo = drm_gpuvm_bo_find(&vm->base, obj);
	dma_resv_unlock(obj->resv);
	if (!vm_bo)
		goto out_unlock;

	change_init(&change, vm, 0);
	cookie = change_begin(vm);
	/* Its list is not changed without bind_lock. */
	drm_gpuvm_bo_for_each_va(va, vm_bo) {
		drm_gpuva_remove(va);
		list_add_tail(&to_agxc_va(va)->node, &change.removed);
	}
	change_end(vm, cookie);
	change_fini(&change);
	put_vm_bo(vm_bo, obj);

out_unlock:
	mutex_unlock(&vm->bind_lock);
}

/* For the executor, which has entered the VM.  Does not sleep. */
static void *vm_map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	struct agxc_vm *vm = ctx;
	struct drm_gpuva *base;
	struct agxc_va *va;
	u64 into;

	lockdep_assert_held(&vm->lock);

	/* The page behind userspace's reads as 0 in every VM. */
	if (address >= AGXC_VA_END && address < AGXC_VA_END + AGXC_PAGE_SIZE) {
		*avail = min(PAGE_SIZE, AGXC_PAGE_SIZE) - address % min(PAGE_SIZE, AGXC_PAGE_SIZE);
		*prot = AGX_MEM_READ;
		return (u8 *)page_address(ZERO_PAGE(0)) + offset_in_page(address);
	}

	base = drm_gpuva_find_first(&vm->base, address, 1);
	if (!base || base == &vm->base.kernel_alloc_node)
		return NULL;

	va = to_agxc_va(base);
	into = address - base->va.addr;
	*avail = base->va.range - into;
	if (va->single_page) {
		into %= AGXC_PAGE_SIZE;
		*avail = AGXC_PAGE_SIZE - into;
	}
	*prot = va->prot;
	return va->host + into;
}

u64 agxc_vm_enter(struct agxc_vm *vm)
{
	down_read(&vm->lock);
	return vm->generation;
}

void agxc_vm_leave(struct agxc_vm *vm)
{
	up_read(&vm->lock);
}

void agxc_vm_record_fault(struct agxc_vm *vm, const struct agxc_fault_record *record)
{
	u64 count;

	spin_lock(&vm->fault_lock);
	count = vm->fault.count + 1;
	vm->fault = *record;
	vm->fault.count = count;
	vm->fault.valid = true;
	spin_unlock(&vm->fault_lock);
}

static bool kernel_range_valid(u64 start, u64 end)
{
	if ((start | end) % AGXC_PAGE_SIZE)
		return false;
	return start >= AGXC_VA_START && start < end && end <= AGXC_VA_END &&
	       end - start >= AGXC_VA_KERNEL_MIN;
}

struct agxc_vm *agxc_vm_create(struct agxc_device *dev, u64 kernel_start, u64 kernel_end)
{
	struct drm_gem_object *resv;
	struct agxc_vm *vm;

	if (!kernel_range_valid(kernel_start, kernel_end))
		return ERR_PTR(-EINVAL);

	vm = agxc_alloc(dev, sizeof(*vm));
	if (!vm)
		return ERR_PTR(-ENOMEM);

	resv = agxc_inject_alloc(dev) ? NULL : drm_gpuvm_resv_object_alloc(&dev->drm);
	if (!resv) {
		agxc_free(vm);
		return ERR_PTR(-ENOMEM);
	}

	vm->dev = dev;
	vm->kernel_start = kernel_start;
	vm->kernel_end = kernel_end;
	mutex_init(&vm->bind_lock);
	init_rwsem(&vm->lock);
	vm->generation = 1;
	vm->memory = (struct agx_memory){ .map = vm_map, .ctx = vm };
	spin_lock_init(&vm->fault_lock);
	drm_gpuvm_init(&vm->base, "asahi", 0, &dev->drm, resv, AGXC_VA_START,
		       AGXC_VA_END - AGXC_VA_START, kernel_start, kernel_end - kernel_start,
		       &vm_ops);
	drm_gem_object_put(resv);
	return vm;
}

struct agxc_vm *agxc_vm_get(struct agxc_vm *vm)
{
	drm_gpuvm_get(&vm->base);
	return vm;
}

void agxc_vm_put(struct agxc_vm *vm)
{
	drm_gpuvm_put(&vm->base);
}

struct agxc_vm *agxc_vm_lookup(struct agxc_file *file, u32 id)
{
	struct agxc_vm *vm;

	xa_lock(&file->vms);
	vm = xa_load(&file->vms, id);
	if (vm)
		agxc_vm_get(vm);
	xa_unlock(&file->vms);
	return vm;
}

void agxc_vm_close(struct agxc_vm *vm)
{
	struct change change;

	mutex_lock(&vm->bind_lock);
	vm->closed = true;
	/* Nothing is cut: what is mapped lies on one side of the kernel's range. */
	change_init(&change, vm, 0);
	unbind_range(vm, AGXC_VA_START, vm->kernel_start - AGXC_VA_START, &change);
	unbind_range(vm, vm->kernel_end, AGXC_VA_END - vm->kernel_end, &change);
	change_fini(&change);
	mutex_unlock(&vm->bind_lock);
	agxc_vm_put(vm);
}

int agxc_ioctl_vm_create(struct drm_device *drm, void *data, struct drm_file *drm_file)
{
	struct agxc_file *file = to_agxc_file(drm_file);
	struct drm_asahi_vm_create *args = data;
	struct agxc_vm *vm;
	int ret;

	vm = agxc_vm_create(to_agxc(drm), args->kernel_start, args->kernel_end);
	if (IS_ERR(vm))
		return PTR_ERR(vm);

	/* Who finds it finds its id in it, and may destroy it right away. */
	vm->file = file;
	agxc_vm_get(vm);
	ret = agxc_inject_alloc(vm->dev) ? -ENOMEM :
	      xa_alloc(&file->vms, &vm->id, vm, AGXC_IDS, GFP_KERNEL_ACCOUNT);
	if (ret)
		agxc_vm_put(vm);
	else
		args->vm_id = vm->id;
	agxc_vm_put(vm);
	return ret;
}

int agxc_ioctl_vm_destroy(struct drm_device *drm, void *data, struct drm_file *drm_file)
{
	struct drm_asahi_vm_destroy *args = data;
	struct agxc_vm *vm;

	vm = xa_erase(&to_agxc_file(drm_file)->vms, args->vm_id);
	if (!vm)
		return -ENOENT;

	agxc_vm_close(vm);
	return 0;
}
