// SPDX-License-Identifier: MIT
/*
 * What agx_compute.ko tells and hardware's driver does not: that it is there, what faulted,
 * how much was executed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "priv.h"
#include "runtime/error.h"
#include "uapi/drm/agx_compute_drm.h"

_Static_assert(MUTSU_GPU_INT == (int)DRM_AGXC_COUNTER_INT &&
	       MUTSU_GPU_READ_BYTES == (int)DRM_AGXC_COUNTER_READ_BYTES &&
	       MUTSU_GPU_COUNTERS == (int)DRM_AGXC_COUNTERS, "the kernel's numbers");

int mutsu_gpu_is_software(int fd, bool *software)
{
	struct drm_agxc_info info = { .magic = 0 };
	struct drm_agxc_get_info args = { .pointer = (uintptr_t)&info, .size = sizeof(info) };

	const int ret = mutsu_drm_ioctl(fd, DRM_IOCTL_AGXC_GET_INFO, &args);

	*software = !ret && info.magic == DRM_AGXC_MAGIC;
	/* Hardware's driver has no such call. */
	return ret == -EINVAL || ret == -ENOTTY ? 0 : ret;
}

/* Who runs over the end of a buffer is no farther away than this. */
#define NEAR (1ull << 30)

/* The buffer at or before an address of the GPU. */
static const struct mutsu_buffer *find_buffer(const struct mutsu_gpu *gpu, uint64_t addr)
{
	const struct mutsu_buffer *best = NULL;

	for (const struct mutsu_buffer *b = gpu->buffers; b; b = b->next)
		if (b->addr <= addr && (!best || b->addr > best->addr))
			best = b;
	return best && addr - best->addr < best->size + NEAR ? best : NULL;
}

/* " (32 bytes behind the end of 'KV cache')", or nothing */
static void name_place(const struct mutsu_gpu *gpu, const struct drm_agxc_fault *fault, char *text,
		       size_t size)
{
	const struct mutsu_buffer *b = find_buffer(gpu, fault->address);
	uint64_t offset;

	text[0] = '\0';
	if (!b || (fault->reason != DRM_AGXC_FAULT_UNMAPPED &&
		   fault->reason != DRM_AGXC_FAULT_PROTECTION &&
		   fault->reason != DRM_AGXC_FAULT_STREAM))
		return;
	offset = fault->address - b->addr;
	if (offset < b->size)
		snprintf(text, size, " (byte %" PRIu64 " of '%s')", offset, b->what);
	else
		snprintf(text, size, " (%" PRIu64 " bytes behind the end of '%s')",
			 offset - b->size, b->what);
}

void mutsu_gpu_fault(struct mutsu_gpu *gpu, char *text, size_t size)
{
	struct drm_agxc_fault fault = { .count = 0 };
	struct drm_agxc_get_fault args = {
		.vm_id = gpu->vm, .pointer = (uintptr_t)&fault, .size = sizeof(fault),
	};
	char place[100];
	int ret;

	if (!gpu->info.software) {
		snprintf(text, size, "the kernel log says what faulted: dmesg | grep -i asahi");
		return;
	}
	ret = mutsu_drm_ioctl(gpu->fd, DRM_IOCTL_AGXC_GET_FAULT, &args);
	if (ret) {
		snprintf(text, size, "what faulted is not known: %s", strerror(-ret));
		return;
	}
	if (!fault.count) {
		snprintf(text, size, "nothing faulted in this address space");
		return;
	}
	fault.message[sizeof(fault.message) - 1] = '\0';
	name_place(gpu, &fault, place, sizeof(place));
	snprintf(text, size, "submission %" PRIu64 ": %s%s", (uint64_t)fault.seqno, fault.message,
		 place);
	if (size)
		mutsu_one_line(text);
}

int mutsu_gpu_counters(struct mutsu_gpu *gpu, bool detailed, uint64_t *counter, size_t n)
{
	struct drm_agxc_get_counters args = {
		.flags = detailed ? DRM_AGXC_COUNTERS_DETAILED : DRM_AGXC_COUNTERS_PLAIN,
		.queue_id = gpu->queue,
		.pointer = (uintptr_t)counter, .size = n * sizeof(*counter),
	};

	memset(counter, 0, n * sizeof(*counter));
	if (!gpu->info.software)
		return -ENOTSUP;
	return mutsu_drm_ioctl(gpu->fd, DRM_IOCTL_AGXC_GET_COUNTERS, &args);
}
