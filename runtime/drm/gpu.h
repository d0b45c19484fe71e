/* SPDX-License-Identifier: MIT */
/*
 * The GPU, through the kernel's asahi interface: the driver of M1 and M2, or
 * agx_compute.ko.  Only files of this folder call ioctl().
 *
 * One thread at a time may use a struct mutsu_gpu and its buffers.  Others may call
 * mutsu_gpu_wait() and mutsu_gpu_status() meanwhile, for what was submitted before.
 */
#ifndef RUNTIME_DRM_GPU_H
#define RUNTIME_DRM_GPU_H

#include <stdbool.h>

#include "runtime/include/mutsu/mutsu.h"

struct mutsu_gpu_info {
	char path[64];		/* "/dev/dri/renderD128" */
	char name[64];		/* "Apple M2 (G14G A0)" */
	uint32_t chip_id;	/* 0x8112: T8112 */
	uint32_t generation;	/* 14: G14 */
	uint32_t revision;	/* 0xa0: A0 */
	char variant;		/* 'G' */
	uint32_t n_clusters, n_cores;	/* enabled */
	bool g14x;		/* longer launch packets: M2 Pro, Max, Ultra */
	bool multi_cluster;	/* atomics are coherent in another way: M1 Pro, Max; Ultras */
	bool software;		/* agx_compute.ko; chosen by name only */
	bool soft_faults;	/* loads of nothing are 0, stores to it vanish: no fault */
	uint32_t max_commands;	/* per submission */
	char why[256];		/* it cannot be used; empty: it can */
};

/*
 * Render nodes whose DRM driver is asahi, usable or not, by number: how many there are.
 * The first max of them are stored.  A node that may not be opened counts if sysfs says
 * that it is one; of its info there is path and why.
 */
int mutsu_gpu_list(struct mutsu_gpu_info *info, size_t max);

struct mutsu_gpu;	/* device file, address space, queue, a timeline of submissions */

/*
 * -ENOENT: no such file.  -EACCES: err says which group may open it.  -ENXIO: not a DRM
 * device, or another driver's.  -ENOTSUP: a GPU that there is no code for, or an
 * interface older than that of Linux 6.16.  -ENODEV: the GPU has crashed, or was
 * unplugged.  -ENOMEM.
 */
int mutsu_gpu_open(struct mutsu_gpu **out, const char *path, struct mutsu_error *err);

/* NULL allowed.  Buffers are destroyed before; work that still runs is the kernel's. */
void mutsu_gpu_close(struct mutsu_gpu *gpu);

const struct mutsu_gpu_info *mutsu_gpu_info(const struct mutsu_gpu *gpu);

/* What offsets of code, and in USC words and launch packets, count from. */
uint64_t mutsu_gpu_usc_base(const struct mutsu_gpu *gpu);

enum mutsu_buffer_flags {
	/* Within 4 GiB of the USC base and never at it; the GPU only reads. */
	MUTSU_BUFFER_CODE = 1,
	MUTSU_BUFFER_READ_ONLY = 2,	/* the GPU only reads */
	/* The CPU reads it, too.  Without it, such reads are slow: write-combined memory. */
	MUTSU_BUFFER_CACHED = 4,
};

/*
 * Memory that both see, from page to page (16 KiB): contiguous for the GPU at addr and for
 * the CPU at map, coherent between submissions.  A page that is not mapped follows, so
 * what hardware reads ahead has to be inside: 2 KiB behind the end of a control stream,
 * and a cache line (128 bytes) behind code.
 */
struct mutsu_buffer {
	uint64_t addr;
	void *map;
	size_t size;
	/* the rest is runtime/drm's */
	struct mutsu_buffer *next;
	bool imported;
	char what[32];
	uint32_t n_handles;
	uint32_t handle[];
};

/*
 * At least size bytes (> 0), zeroed; what is its name in errors and faults, in 31 bytes at most:
 * "KV cache".
 * -ENOMEM: no memory, or no room in the GPU's address space.
 */
int mutsu_buffer_create(struct mutsu_buffer **out, struct mutsu_gpu *gpu, size_t size,
			unsigned int flags, const char *what, struct mutsu_error *err);

/*
 * All memory of a dmabuf, which stays the caller's.  -EINVAL: it is none, or its size is
 * not a multiple of 16 KiB.  What CPU maps are like is the exporter's choice.
 */
int mutsu_buffer_import(struct mutsu_buffer **out, struct mutsu_gpu *gpu, int dmabuf,
			unsigned int flags, const char *what, struct mutsu_error *err);

/* NULL allowed.  The GPU no longer uses it, or work that does faults. */
void mutsu_buffer_destroy(struct mutsu_gpu *gpu, struct mutsu_buffer *buffer);

/*
 * Submits one compute command, the control stream at stream; its first contiguous piece
 * ends at stream_end.  Work is executed one after the other, in this order; *seqno is 1 for
 * the first one, 2, ...  One ioctl, no allocation, no waiting but for the kernel's own
 * limits.  Errors are those of submitting, and then there is no such submission:
 * -ENODEV, -EINVAL, -ENOMEM.  How the work ended, mutsu_gpu_status() tells.
 */
int mutsu_gpu_submit(struct mutsu_gpu *gpu, uint64_t stream, uint64_t stream_end,
		     uint64_t *seqno, struct mutsu_error *err);

/*
 * One ioctl.  0: done, well or not.  -ETIME: not after timeout_ns (0: asks only; negative:
 * waits for any time).  -EINVAL: no such submission.  Submission 0 is done.
 */
int mutsu_gpu_wait(struct mutsu_gpu *gpu, uint64_t seqno, int64_t timeout_ns);

#define MUTSU_GPU_STATUS 64	/* submissions whose status is known */

/*
 * How a submission ended: 0, -EIO (its fault), -ETIMEDOUT, -ECANCELED (somebody else's
 * fault or timeout), -ENODEV, -ENODATA (the driver does not know).  -EBUSY: not yet.
 * -ESTALE: MUTSU_GPU_STATUS others came after it.  -EINVAL: no such submission.  Three
 * system calls.
 */
int mutsu_gpu_status(struct mutsu_gpu *gpu, uint64_t seqno);

/* What is known of the last fault or timeout, one line without newline. */
void mutsu_gpu_fault(struct mutsu_gpu *gpu, char *text, size_t size);

/* As enum drm_agxc_counter (uapi/drm/agx_compute_drm.h), which says what they are. */
enum mutsu_gpu_counter {
	MUTSU_GPU_SUBMITS, MUTSU_GPU_COMMANDS, MUTSU_GPU_LAUNCHES, MUTSU_GPU_THREADGROUPS,
	MUTSU_GPU_INSTRUCTIONS, MUTSU_GPU_ENGINE_NS, MUTSU_GPU_ERRORS,
	/* Where detailed. */
	MUTSU_GPU_INT, MUTSU_GPU_FLOAT, MUTSU_GPU_HALF, MUTSU_GPU_MATRIX, MUTSU_GPU_SIMD,
	MUTSU_GPU_FLOW, MUTSU_GPU_MEMORY, MUTSU_GPU_LOCAL, MUTSU_GPU_READ_BYTES,
	MUTSU_GPU_WRITE_BYTES, MUTSU_GPU_ATOMICS,
	MUTSU_GPU_COUNTERS,
};

/*
 * Counters of the queue, n of them by enum mutsu_gpu_counter, 0 where the kernel has no
 * such.  detailed: from now on instructions are counted by class, which takes time; else
 * they are not.  -ENOTSUP: hardware.
 */
int mutsu_gpu_counters(struct mutsu_gpu *gpu, bool detailed, uint64_t *counter, size_t n);

#endif
