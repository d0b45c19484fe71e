// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: what the device tells beyond the hardware's UAPI
 *
 * The ioctls of agx_compute_drm.h that only read, and fdinfo.
 */
#include <drm/drm_file.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_print.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../uapi/drm/agx_compute_drm.h"
#include "agxc_debug.h"
#include "agxc_device.h"
#include "agxc_engine.h"
#include "agxc_gem.h"
#include "agxc_queue.h"
#include "agxc_vm.h"

/* As much of data as there is room for; *size becomes all of it. */
static int copy_out(u64 pointer, u64 *size, const void *data, size_t have)
{
	size_t n = min_t(u64, *size, have);

	*size = have;
	if (n && copy_to_user(u64_to_user_ptr(pointer), data, n))
		return -EFAULT;
	return 0;
}

int agxc_ioctl_get_info(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_agxc_get_info *args = data;
	struct agxc_device *dev = to_agxc(drm);
	struct drm_agxc_info info = {
		.magic = DRM_AGXC_MAGIC,
		.version = DRM_AGXC_VERSION,
		.cores = agxc_engine_cores(dev),
		.slots = agxc_engine_slots(dev),
		.timeout_ms = READ_ONCE(agxc_params.timeout_ms),
		.max_steps = READ_ONCE(agxc_params.max_steps),
		.arena_size = (u64)agxc_params.arena_mib << 20,
		.bound_max = agxc_gem_limit() << PAGE_SHIFT,
		.bound = atomic64_read(&dev->bound_pages) << PAGE_SHIFT,
	};

	if (READ_ONCE(agxc_params.render))
		info.flags |= DRM_AGXC_INFO_RENDER;
	if (READ_ONCE(agxc_params.soft_faults))
		info.flags |= DRM_AGXC_INFO_SOFT_FAULTS;
	strscpy(info.module, AGXC_VERSION);
	return copy_out(args->pointer, &args->size, &info, sizeof(info));
}

#define COUNTERS_FLAGS	(DRM_AGXC_COUNTERS_DETAILED | DRM_AGXC_COUNTERS_PLAIN)

int agxc_ioctl_get_counters(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_agxc_get_counters *args = data;
	u64 value[DRM_AGXC_COUNTERS];
	struct agxc_queue *queue;

	if ((args->flags & ~COUNTERS_FLAGS) || args->flags == COUNTERS_FLAGS)
		return -EINVAL;

	queue = agxc_queue_lookup(to_agxc_file(file), args->queue_id);
	if (!queue)
		return -ENOENT;

	for (int i = 0; i < DRM_AGXC_COUNTERS; i++)
		value[i] = atomic64_read(&queue->counters.value[i]);
	if (args->flags)
		WRITE_ONCE(queue->counters.detailed, args->flags == DRM_AGXC_COUNTERS_DETAILED);

	agxc_queue_put(queue);
	return copy_out(args->pointer, &args->size, value, sizeof(value));
}

/* What the kernel knows, in the words of userspace. */
static void tell_fault(struct drm_agxc_fault *to, const struct agxc_fault_record *record)
{
	const struct agx_fault *fault = &record->fault;

	memset(to, 0, sizeof(*to));
	if (!record->valid)
		return;
	to->count = record->count;
	to->timestamp = record->timestamp;
	to->seqno = record->seqno;
	to->queue_id = record->queue_id;
	to->command = record->command;
	to->reason = record->reason;
	to->write = fault->write;
	/* Of an unknown instruction that is its bytes. */
	if (fault->kind != AGX_FAULT_UNKNOWN_INSN)
		to->address = fault->address;
	to->code = fault->code;
	to->offset = fault->offset;
	to->preamble = fault->preamble;
	for (int i = 0; i < 3; i++)
		to->threadgroup[i] = fault->group[i];
	to->simd = fault->simd;
	to->lane = fault->lane;
	to->lanes = fault->lanes;
	strscpy(to->message, record->message);
}

int agxc_ioctl_get_fault(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_agxc_get_fault *args = data;
	struct drm_agxc_fault fault;
	struct agxc_vm *vm;

	if (args->flags)
		return -EINVAL;

	vm = agxc_vm_lookup(to_agxc_file(file), args->vm_id);
	if (!vm)
		return -ENOENT;

	spin_lock(&vm->fault_lock);
	tell_fault(&fault, &vm->fault);
	spin_unlock(&vm->fault_lock);

	agxc_vm_put(vm);
	return copy_out(args->pointer, &args->size, &fault, sizeof(fault));
}

/* The engine is as many cores: a launch that keeps all of them busy is all of it. */
void agxc_show_fdinfo(struct drm_printer *printer, struct drm_file *file)
{
	const struct agxc_usage *usage = to_agxc_file(file)->usage;
	u32 cores = agxc_engine_cores(to_agxc(file->minor->dev));

	drm_printf(printer, "drm-engine-compute:\t%lld ns\n", atomic64_read(&usage->core_ns));
	drm_printf(printer, "drm-engine-capacity-compute:\t%u\n", cores);
	drm_show_memory_stats(printer, file);
}
