// SPDX-License-Identifier: MIT
/* Opening a GPU: its address space, its queue, what submissions signal. */
#include "gpu.h"

#include <drm/asahi_drm.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#include "priv.h"
#include "runtime/error.h"

/*
 * Of one object.  The kernel allocates an array of pages and a scatter list for each: this
 * keeps them at a few megabytes, for weights of any size.
 */
#define OBJECT_MAX (1ull << 30)

static int create_vm(struct mutsu_gpu *gpu)
{
	struct drm_asahi_vm_create args = {
		.kernel_start = gpu->plan.kernel_start, .kernel_end = gpu->plan.kernel_end,
	};
	const int ret = mutsu_drm_ioctl(gpu->fd, DRM_IOCTL_ASAHI_VM_CREATE, &args);

	gpu->vm = ret ? 0 : args.vm_id;
	return ret;
}

static int create_queue(struct mutsu_gpu *gpu)
{
	struct drm_asahi_queue_create args = {
		.vm_id = gpu->vm, .priority = DRM_ASAHI_PRIORITY_MEDIUM,
		.usc_exec_base = gpu->plan.usc_base,
	};
	const int ret = mutsu_drm_ioctl(gpu->fd, DRM_IOCTL_ASAHI_QUEUE_CREATE, &args);

	gpu->queue = ret ? 0 : args.queue_id;
	return ret;
}

static int create_syncobjs(struct mutsu_gpu *gpu)
{
	if (drmSyncobjCreate(gpu->fd, 0, &gpu->timeline))
		return -errno;
	for (uint32_t i = 0; i < MUTSU_GPU_STATUS; i++)
		if (drmSyncobjCreate(gpu->fd, 0, &gpu->fence[i]))
			return -errno;
	return 0;
}

/* Addresses: a page of each heap's beginning is left out, and one behind each buffer. */
static int create_heaps(struct mutsu_gpu *gpu)
{
	const struct mutsu_plan *plan = &gpu->plan;
	int ret = mutsu_heap_create(&gpu->usc, plan->usc_base + MUTSU_GPU_PAGE,
				    plan->usc_base + MUTSU_USC_SIZE);

	return ret ? ret : mutsu_heap_create(&gpu->va, plan->start + MUTSU_GPU_PAGE, plan->end);
}

static const struct {
	int (*create)(struct mutsu_gpu *gpu);
	const char *what;
} parts[] = {
	{ create_vm, "an address space" },
	{ create_queue, "a queue" },
	{ create_syncobjs, "sync objects" },
	{ create_heaps, "lists of addresses" },
};

int mutsu_gpu_open(struct mutsu_gpu **out, const char *path, struct mutsu_error *err)
{
	struct mutsu_gpu *gpu = calloc(1, sizeof(*gpu));
	int ret;

	if (!gpu)
		return mutsu_fail(err, -ENOMEM, "%s: out of memory", path);
	gpu->object_max = OBJECT_MAX;
	gpu->fd = mutsu_gpu_probe(&gpu->info, &gpu->plan, path);
	if (gpu->fd < 0) {
		ret = mutsu_fail(err, gpu->fd, "%s: %s", path, gpu->info.why);
		goto close;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		ret = parts[i].create(gpu);
		if (ret) {
			mutsu_fail(err, ret, "%s: %s cannot be made: %s", path, parts[i].what,
				   strerror(-ret));
			goto close;
		}
	}
	*out = gpu;
	return 0;

close:
	mutsu_gpu_close(gpu);
	return ret;
}

static void destroy_queue(struct mutsu_gpu *gpu)
{
	struct drm_asahi_queue_destroy args = { .queue_id = gpu->queue };

	if (gpu->queue)
		mutsu_drm_ioctl(gpu->fd, DRM_IOCTL_ASAHI_QUEUE_DESTROY, &args);
}

static void destroy_vm(struct mutsu_gpu *gpu)
{
	struct drm_asahi_vm_destroy args = { .vm_id = gpu->vm };

	if (gpu->vm)
		mutsu_drm_ioctl(gpu->fd, DRM_IOCTL_ASAHI_VM_DESTROY, &args);
}

/* Closing the file would do; but it stays open where a child of a fork has it. */
void mutsu_gpu_close(struct mutsu_gpu *gpu)
{
	if (!gpu)
		return;
	destroy_queue(gpu);
	destroy_vm(gpu);
	for (uint32_t i = 0; i < MUTSU_GPU_STATUS; i++)
		if (gpu->fence[i])
			drmSyncobjDestroy(gpu->fd, gpu->fence[i]);
	if (gpu->timeline)
		drmSyncobjDestroy(gpu->fd, gpu->timeline);
	if (gpu->fd >= 0)
		close(gpu->fd);
	mutsu_heap_destroy(gpu->va);
	mutsu_heap_destroy(gpu->usc);
	free(gpu);
}

const struct mutsu_gpu_info *mutsu_gpu_info(const struct mutsu_gpu *gpu)
{
	return &gpu->info;
}

uint64_t mutsu_gpu_usc_base(const struct mutsu_gpu *gpu)
{
	return gpu->plan.usc_base;
}
