// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: VM_BIND
 *
 * Operations are applied one by one, and those before the first that fails stay applied.
 * Which error comes first when several things are wrong with one is part of the uAPI as
 * much as anything that a test can see: the order of the checks is that of the hardware's
 * driver.
 */
#include <drm/drm_gem.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_device.h"
#include "agxc_gem.h"
#include "agxc_vm.h"

#define BIND_FLAGS	(DRM_ASAHI_BIND_READ | DRM_ASAHI_BIND_WRITE | \
			 DRM_ASAHI_BIND_SINGLE_PAGE)

static bool in_user_range(const struct drm_asahi_gem_bind_op *op)
{
	u64 end;

	if (check_add_overflow(op->addr, op->range, &end))
		return false;
	return op->addr >= AGXC_VA_START && end <= AGXC_VA_END;
}

static bool in_object(const struct drm_asahi_gem_bind_op *op, const struct drm_gem_object *obj)
{
	u64 size = op->flags & DRM_ASAHI_BIND_SINGLE_PAGE ? AGXC_PAGE_SIZE : op->range;
	u64 end;

	return !check_add_overflow(op->offset, size, &end) && end <= obj->size;
}

static int do_bind(struct agxc_vm *vm, const struct drm_asahi_gem_bind_op *op,
		   struct drm_gem_object *obj)
{
	struct agxc_bind bind = {
		.obj = obj,
		.addr = op->addr,
		.range = op->range,
		.offset = op->offset,
		.single_page = op->flags & DRM_ASAHI_BIND_SINGLE_PAGE,
	};

	if (!in_user_range(op) || !in_object(op, obj))
		return -EINVAL;

	if (op->flags & DRM_ASAHI_BIND_READ)
		bind.prot |= AGX_MEM_READ;
	if (op->flags & DRM_ASAHI_BIND_WRITE)
		bind.prot |= AGX_MEM_WRITE;
	if (!bind.prot)
		return -EINVAL;
	if (!vm)
		return -ENOENT;
	if (to_agxc_gem(obj)->vm_resv &&
	    to_agxc_gem(obj)->vm_resv != drm_gpuvm_resv_obj(&vm->base))
		return -EINVAL;

	/* Also checks for overlap with the kernel's range. */
	return agxc_vm_bind(vm, &bind);
}

static int op_bind(struct agxc_vm *vm, const struct drm_asahi_gem_bind_op *op,
		   struct drm_file *drm_file)
{
	struct drm_gem_object *obj;
	int ret;

	if ((op->addr | op->range | op->offset) % AGXC_PAGE_SIZE)
		return -EINVAL;
	if (op->flags & ~BIND_FLAGS)
		return -EINVAL;

	obj = drm_gem_object_lookup(drm_file, op->handle);
	if (!obj)
		return -ENOENT;

	ret = do_bind(vm, op, obj);
	drm_gem_object_put(obj);
	return ret;
}

static int op_unbind(struct agxc_vm *vm, const struct drm_asahi_gem_bind_op *op)
{
	if (op->offset || op->handle || op->flags != DRM_ASAHI_BIND_UNBIND)
		return -EINVAL;
	if ((op->addr | op->range) % AGXC_PAGE_SIZE || !in_user_range(op))
		return -EINVAL;
	if (!vm)
		return -ENOENT;

	return agxc_vm_unbind(vm, op->addr, op->range);
}

static int apply(struct agxc_vm *vm, const struct drm_asahi_vm_bind *args,
		 struct drm_file *drm_file)
{
	u64 user = args->userptr;
	int ret;

	for (u32 i = 0; i < args->num_binds; i++, user += args->stride) {
		struct drm_asahi_gem_bind_op op = {};

		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();

		if (copy_from_user(&op, u64_to_user_ptr(user),
				   min_t(size_t, args->stride, sizeof(op))))
			return -EFAULT;

		ret = op.flags & DRM_ASAHI_BIND_UNBIND ? op_unbind(vm, &op) :
							 op_bind(vm, &op, drm_file);
		if (ret)
			return ret;
	}
	return 0;
}

int agxc_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *drm_file)
{
	const struct drm_asahi_vm_bind *args = data;
	struct agxc_vm *vm;
	u32 size;
	int ret;

	if (!args->stride || args->pad)
		return -EINVAL;
	if (check_mul_overflow(args->num_binds, args->stride, &size))
		return -EINVAL;

	/* Operations are read as they are applied, but an array that is not there is. */
	if (fault_in_readable(u64_to_user_ptr(args->userptr), size))
		return -EFAULT;

	/* May be NULL: there are other errors to be found first. */
	vm = agxc_vm_lookup(to_agxc_file(drm_file), args->vm_id);
	ret = apply(vm, args, drm_file);
	if (vm)
		agxc_vm_put(vm);
	return ret;
}
