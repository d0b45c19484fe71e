/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder. */
#ifndef RUNTIME_DRM_PRIV_H
#define RUNTIME_DRM_PRIV_H

#include "gpu.h"
#include "heap.h"
#include "plan.h"

struct drm_asahi_params_global;

struct mutsu_gpu {
	int fd;
	struct mutsu_gpu_info info;
	struct mutsu_plan plan;
	uint32_t vm, queue;		/* ids; 0: none */
	/*
	 * A point for each submission, and the fences of the last ones: the kernel forgets
	 * fences of a timeline once they have signalled, and their errors with them.
	 */
	uint32_t timeline;
	uint32_t fence[MUTSU_GPU_STATUS];
	uint64_t seqno;			/* of the last submission */
	struct mutsu_heap *usc, *va;	/* addresses */
	struct mutsu_buffer *buffers;
	uint64_t object_max;		/* bytes of one of the kernel's; tests make it small */
};

/* 0 or a negative errno; calls that a signal interrupts are done again. */
int mutsu_drm_ioctl(int fd, unsigned long request, void *arg);

/*
 * Opens path and fills info, and plan if it is not NULL: a file descriptor, or as
 * mutsu_gpu_open() with info->why.
 */
int mutsu_gpu_probe(struct mutsu_gpu_info *info, struct mutsu_plan *plan, const char *path);

/* All of info that follows from these; -ENOTSUP with why. */
int mutsu_gpu_describe(struct mutsu_gpu_info *info, struct mutsu_plan *plan,
		       const struct drm_asahi_params_global *params);

/* Whether this is agx_compute.ko; a negative errno: that is not known. */
int mutsu_gpu_is_software(int fd, bool *software);

#endif
