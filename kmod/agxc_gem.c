// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: buffers
 *
 * A buffer is a shmem object, or another driver's dma-buf.  For the GPU, which is a CPU,
 * it is mapped as one piece into the kernel's address space for as long as a VM has it
 * or an object handle names it.
 *
 * What clients can make the machine hold is bounded: a buffer takes no memory until the
 * GPU or a CPU maps it, its pages are then charged to the client's memory cgroup by
 * shmem, and all buffers together get memory_percent of the machine.  Pages stay with
 * the buffer until it is freed, mapped or not, and so does their share.
 */
#include <drm/drm_gem.h>
#include <drm/drm_gpuvm.h>
#include <drm/drm_prime.h>
#include <linux/dma-resv.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_compat.h"
#include "agxc_device.h"
#include "agxc_gem.h"
#include "agxc_vm.h"

#define GEM_FLAGS	(DRM_ASAHI_GEM_WRITEBACK | DRM_ASAHI_GEM_VM_PRIVATE)

static s64 n_pages(const struct drm_gem_object *obj)
{
	return obj->size >> PAGE_SHIFT;
}

u64 agxc_gem_limit(void)
{
	return mult_frac(totalram_pages(), min(agxc_params.memory_percent, 100u), 100);
}

/* Its pages are about to be allocated.  An exporter answers for imported ones. */
static int charge(struct drm_gem_object *obj)
{
	s64 limit = agxc_gem_limit();
	struct agxc_device *dev = to_agxc(obj->dev);
	struct agxc_gem *gem = to_agxc_gem(obj);

	dma_resv_assert_held(obj->resv);
	if (gem->charged || drm_gem_is_imported(obj))
		return 0;

	if (atomic64_add_return(n_pages(obj), &dev->bound_pages) > limit) {
		atomic64_sub(n_pages(obj), &dev->bound_pages);
		return -ENOMEM;
	}
	gem->charged = true;
	return 0;
}

static void agxc_gem_free(struct drm_gem_object *obj)
{
	struct agxc_device *dev = to_agxc(obj->dev);
	struct agxc_gem *gem = to_agxc_gem(obj);
	struct drm_gem_object *vm_resv = gem->vm_resv;

	if (gem->charged)
		atomic64_sub(n_pages(obj), &dev->bound_pages);
	drm_gem_shmem_free(&gem->base);

	/* Last: freeing locked its reservation. */
	if (vm_resv)
		drm_gem_object_put(vm_resv);
}

/* The VM of file that has the buffer and the lowest id above after, or NULL. */
static struct agxc_vm *next_vm(struct drm_gem_object *obj, struct agxc_file *file, u32 after)
{
	struct agxc_vm *vm, *next = NULL;
	struct drm_gpuvm_bo *vm_bo;

	dma_resv_lock(obj->resv, NULL);
	drm_gem_for_each_gpuvm_bo(vm_bo, obj) {
		vm = to_agxc_vm(vm_bo->vm);
		if (vm->file == file && vm->id > after && (!next || vm->id < next->id))
			next = vm;
	}
	if (next)
		agxc_vm_get(next);
	dma_resv_unlock(obj->resv);
	return next;
}

/*
 * A handle is closed, by userspace or with the file.  By id, so that somebody who binds
 * the buffer in the meantime does not keep this going.
 */
static void agxc_gem_close(struct drm_gem_object *obj, struct drm_file *drm_file)
{
	struct agxc_file *file = to_agxc_file(drm_file);
	struct agxc_vm *vm;
	u32 id = 0;

	while ((vm = next_vm(obj, file, id))) {
		id = vm->id;
		agxc_vm_unbind_gem(vm, obj);
		agxc_vm_put(vm);
	}
}

static struct dma_buf *agxc_gem_export(struct drm_gem_object *obj, int flags)
{
	if (to_agxc_gem(obj)->vm_resv)
		return ERR_PTR(-EINVAL);
	return drm_gem_prime_export(obj, flags);
}

static int agxc_gem_pin(struct drm_gem_object *obj)
{
	return charge(obj) ?: drm_gem_shmem_object_pin(obj);
}

static int agxc_gem_vmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	return charge(obj) ?: drm_gem_shmem_object_vmap(obj, map);
}

static int agxc_gem_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	int ret;

	dma_resv_lock(obj->resv, NULL);
	ret = charge(obj);
	dma_resv_unlock(obj->resv);

	return ret ?: drm_gem_shmem_object_mmap(obj, vma);
}

static enum drm_gem_object_status agxc_gem_status(struct drm_gem_object *obj)
{
	return drm_gem_is_imported(obj) || READ_ONCE(to_agxc_gem(obj)->base.pages) ?
	       DRM_GEM_OBJECT_RESIDENT : 0;
}

static const struct drm_gem_object_funcs agxc_gem_funcs = {
	.free = agxc_gem_free,
	.close = agxc_gem_close,
	.print_info = drm_gem_shmem_object_print_info,
	.export = agxc_gem_export,
	.pin = agxc_gem_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = agxc_gem_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = agxc_gem_mmap,
	.status = agxc_gem_status,
	.vm_ops = &drm_gem_shmem_vm_ops,
};

struct drm_gem_object *agxc_gem_create_object(struct drm_device *drm, size_t size)
{
	struct agxc_gem *gem;

	if (agxc_inject_alloc(to_agxc(drm)))
		return ERR_PTR(-ENOMEM);

	/* DRM frees it with kfree(). */
	gem = kzalloc_obj(*gem, GFP_KERNEL_ACCOUNT);
	if (!gem)
		return ERR_PTR(-ENOMEM);

	gem->base.base.funcs = &agxc_gem_funcs;
	return &gem->base.base;
}

struct drm_gem_object *agxc_gem_create(struct drm_device *drm, u64 size, u32 flags,
				       struct agxc_vm *vm)
{
	struct drm_gem_shmem_object *shmem;
	struct agxc_gem *gem;

	if (!size)
		return ERR_PTR(-EINVAL);
	if (size > (u64)totalram_pages() << PAGE_SHIFT)
		return ERR_PTR(-ENOMEM);

	shmem = drm_gem_shmem_create(drm, round_up(size, max(AGXC_PAGE_SIZE, PAGE_SIZE)));
	if (IS_ERR(shmem))
		return ERR_CAST(shmem);

	gem = to_agxc_gem(&shmem->base);
	gem->flags = flags;
	if (vm) {
		gem->vm_resv = drm_gpuvm_resv_obj(&vm->base);
		drm_gem_object_get(gem->vm_resv);
		shmem->base.resv = gem->vm_resv->resv;
	}
	return &shmem->base;
}

int agxc_gem_map_locked(struct drm_gem_object *obj, void **address)
{
	struct agxc_gem *gem = to_agxc_gem(obj);
	int ret;

	dma_resv_assert_held(obj->resv);
	if (!gem->maps) {
		if (agxc_inject_alloc(to_agxc(obj->dev)))
			return -ENOMEM;

		ret = agxc_gem_vmap(obj, &gem->host);
		if (ret)
			return ret;

		if (gem->host.is_iomem) {
			drm_gem_shmem_object_vunmap(obj, &gem->host);
			return -EINVAL;
		}
	}

	gem->maps++;
	*address = gem->host.vaddr;
	return 0;
}

int agxc_gem_map(struct drm_gem_object *obj, void **address)
{
	int ret;

	dma_resv_lock(obj->resv, NULL);
	ret = agxc_gem_map_locked(obj, address);
	dma_resv_unlock(obj->resv);
	return ret;
}

void agxc_gem_unmap_locked(struct drm_gem_object *obj)
{
	struct agxc_gem *gem = to_agxc_gem(obj);

	dma_resv_assert_held(obj->resv);
	if (!--gem->maps)
		drm_gem_shmem_object_vunmap(obj, &gem->host);
}

void agxc_gem_unmap(struct drm_gem_object *obj)
{
	dma_resv_lock(obj->resv, NULL);
	agxc_gem_unmap_locked(obj);
	dma_resv_unlock(obj->resv);
}

int agxc_ioctl_gem_create(struct drm_device *drm, void *data, struct drm_file *drm_file)
{
	struct drm_asahi_gem_create *args = data;
	struct drm_gem_object *obj;
	struct agxc_vm *vm = NULL;
	int ret;

	if (args->flags & ~GEM_FLAGS)
		return -EINVAL;
	if (args->vm_id && !(args->flags & DRM_ASAHI_GEM_VM_PRIVATE))
		return -EINVAL;

	if (args->flags & DRM_ASAHI_GEM_VM_PRIVATE) {
		vm = agxc_vm_lookup(to_agxc_file(drm_file), args->vm_id);
		if (!vm)
			return -ENOENT;
	}

	obj = agxc_gem_create(drm, args->size, args->flags, vm);
	if (IS_ERR(obj)) {
		ret = PTR_ERR(obj);
		goto out_put_vm;
	}

	if (agxc_inject_alloc(to_agxc(drm)))
		ret = -ENOMEM;
	else
		ret = drm_gem_handle_create(drm_file, obj, &args->handle);
	drm_gem_object_put(obj);

out_put_vm:
	if (vm)
		agxc_vm_put(vm);
	return ret;
}

int agxc_ioctl_gem_mmap_offset(struct drm_device *drm, void *data, struct drm_file *drm_file)
{
	struct drm_asahi_gem_mmap_offset *args = data;
	struct drm_gem_object *obj;

	if (args->flags)
		return -EINVAL;

	obj = drm_gem_object_lookup(drm_file, args->handle);
	if (!obj)
		return -ENOENT;

	/* Made with the buffer. */
	args->offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);
	return 0;
}
