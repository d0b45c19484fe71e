/* SPDX-License-Identifier: MIT */
/*
 * The calls of the asahi driver that the tools follow and make, and what they pass:
 * from the kernel's drm/drm.h and drm/asahi_drm.h as of Linux 6.16.  Systems on which
 * the tools are built do not all have the latter.
 */
#ifndef TOOLS_AGX_ASAHI_H
#define TOOLS_AGX_ASAHI_H

#include <sys/ioctl.h>

#include "compute/isa/agx_port.h"

#define AGX_DRM_TYPE 'd'
#define AGX_DRM_NAME "asahi"	/* of the driver, in struct agx_drm_version */

/* Numbers of calls: _IOC_NR(). */
enum agx_drm_call {
	AGX_DRM_VERSION = 0x00,
	AGX_DRM_GEM_CLOSE = 0x09,
	AGX_DRM_PRIME_HANDLE_TO_FD = 0x2d,
	AGX_DRM_PRIME_FD_TO_HANDLE = 0x2e,
	AGX_DRM_GET_PARAMS = 0x40,
	AGX_DRM_GET_TIME = 0x41,
	AGX_DRM_VM_CREATE = 0x42,
	AGX_DRM_VM_DESTROY = 0x43,
	AGX_DRM_VM_BIND = 0x44,
	AGX_DRM_GEM_CREATE = 0x45,
	AGX_DRM_GEM_MMAP_OFFSET = 0x46,
	AGX_DRM_QUEUE_CREATE = 0x48,
	AGX_DRM_QUEUE_DESTROY = 0x49,
	AGX_DRM_SUBMIT = 0x4a,
	AGX_DRM_SYNCOBJ_CREATE = 0xbf,
	AGX_DRM_SYNCOBJ_DESTROY = 0xc0,
	AGX_DRM_SYNCOBJ_HANDLE_TO_FD = 0xc1,
	AGX_DRM_SYNCOBJ_WAIT = 0xc3,
	AGX_DRM_SYNCOBJ_TIMELINE_WAIT = 0xca,
};

#define AGX_DRM_IOW(call, type) _IOW(AGX_DRM_TYPE, call, type)
#define AGX_DRM_IOWR(call, type) _IOWR(AGX_DRM_TYPE, call, type)

struct agx_drm_version {
	s32 major, minor, patch;
	size_t name_len;
	char *name;
	size_t date_len;
	char *date;
	size_t desc_len;
	char *desc;
};

struct agx_drm_gem_close {
	u32 handle, pad;
};

struct agx_drm_prime {
	u32 handle, flags;	/* flags: of open(2) */
	s32 fd;
};

/* The beginning of struct drm_asahi_params_global; core masks and the rest follow. */
struct agx_drm_params {
	u64 features;
	u32 gpu_generation, gpu_variant, gpu_revision, chip_id;
	u32 num_dies, num_clusters_total, num_cores_per_cluster, max_frequency_khz;
	u64 core_masks[64];
	u64 vm_start, vm_end, vm_kernel_min_size;
};

#define AGX_DRM_FEATURE_SOFT_FAULTS 1u

struct agx_drm_get_params {
	u32 param_group, pad;
	u64 pointer, size;
};

struct agx_drm_get_time {
	u64 flags, gpu_timestamp;
};

struct agx_drm_vm_create {
	u64 kernel_start, kernel_end;
	u32 vm_id, pad;
};

struct agx_drm_vm_destroy {
	u32 vm_id, pad;
};

#define AGX_DRM_BIND_UNBIND 1u
#define AGX_DRM_BIND_READ 2u
#define AGX_DRM_BIND_WRITE 4u
#define AGX_DRM_BIND_SINGLE_PAGE 8u

struct agx_drm_bind_op {
	u32 flags, handle;
	u64 offset, range, addr;
};

struct agx_drm_vm_bind {
	u32 vm_id, num_binds, stride, pad;
	u64 userptr;
};

struct agx_drm_gem_create {
	u64 size;
	u32 flags, vm_id, handle, pad;
};

struct agx_drm_gem_mmap_offset {
	u32 handle, flags;
	u64 offset;
};

struct agx_drm_queue_create {
	u32 flags, vm_id, priority, queue_id;
	u64 usc_exec_base;
};

struct agx_drm_queue_destroy {
	u32 queue_id, pad;
};

#define AGX_DRM_SYNC_TIMELINE 1u

struct agx_drm_sync {
	u32 type, handle;
	u64 point;
};

#define AGX_DRM_CMD_COMPUTE 1u
#define AGX_DRM_CMD_LAST_REAL 1u	/* larger types set something for those that follow */
#define AGX_DRM_BARRIER_NONE 0xffffu

/* size bytes follow. */
struct agx_drm_cmd_header {
	u16 cmd_type, size, vdm_barrier, cdm_barrier;
};

/* The beginning of struct drm_asahi_cmd_compute. */
struct agx_drm_cmd_compute {
	u32 flags, sampler_count;
	u64 cdm_ctrl_stream_base, cdm_ctrl_stream_end;
};

/* syncs: those to wait for, then those to signal. */
struct agx_drm_submit {
	u64 syncs, cmdbuf;
	u32 flags, queue_id, in_sync_count, out_sync_count, cmdbuf_size, pad;
};

struct agx_drm_syncobj {
	u32 handle, flags;
};

#define AGX_DRM_EXPORT_SYNC_FILE 1u

struct agx_drm_syncobj_fd {
	u32 handle, flags;
	s32 fd;
	u32 pad;
};

#define AGX_DRM_WAIT_ALL 1u

/* timeout_nsec: when, of CLOCK_MONOTONIC. */
struct agx_drm_syncobj_wait {
	u64 handles;
	s64 timeout_nsec;
	u32 count_handles, flags, first_signaled, pad;
};

struct agx_drm_timeline_wait {
	u64 handles, points;
	s64 timeout_nsec;
	u32 count_handles, flags, first_signaled, pad;
};

/*
 * What the software GPU has beyond, from uapi/drm/agx_compute_drm.h, which needs a header
 * that not all systems have.
 */
#define AGX_DRM_AGXC_GET_INFO 0x90
#define AGX_DRM_AGXC_GET_FAULT 0x92
#define AGX_DRM_AGXC_MAGIC 0x43584741u

/* pointer: to a structure that begins with a u32, the magic number. */
struct agx_drm_agxc_get_info {
	u64 pointer, size;
};

struct agx_drm_agxc_get_fault {
	u32 flags, vm_id;
	u64 pointer, size;
};

struct agx_drm_agxc_fault {
	u64 count, timestamp, seqno;
	u32 queue_id, command, reason, write;
	u64 address, code;
	u32 offset, preamble, threadgroup[3], simd, lane, lanes;
	char message[256];
};

static inline u64 agx_drm_pointer(const void *pointer)
{
	return (u64)(uintptr_t)pointer;
}

#endif
