/* SPDX-License-Identifier: MIT */
/*
 * The ioctls, as functions.  Those that return int return 0 (or what the kernel
 * returned) or a negative errno; the others end the test where they fail.
 */
#ifndef TESTS_UAPI_UAPI_H
#define TESTS_UAPI_UAPI_H

#include <drm/asahi_drm.h>
#include <drm/drm.h>

#include "ut.h"

#define UT_PAGE 0x4000ull		/* of the GPU */
#define UT_VA_START 0x4000ull
#define UT_VA_END 0x7fffff8000ull
#define UT_KERNEL_MIN 0x20000000ull
/* The part of the address space that ut_vm() leaves to the kernel. */
#define UT_KERNEL_START (UT_VA_END - UT_KERNEL_MIN)
#define UT_NOWHERE 0xdeadull		/* an address at which no process has memory */
#define UT_NO_ID 0x7ffffffu		/* an id or handle that nothing has */

#define ut_ptr(p) ((u64)(uintptr_t)(p))

/* As ioctl(), again where a signal came. */
int ut_ioctl(int fd, unsigned long request, void *arg);

/* Opens the device, whose DRM name is asahi; where there is none the test is skipped. */
int ut_open(void);
/* Its node in /dev. */
const char *ut_node(void);
/* The render node and the primary node of any driver, or -ENODEV. */
int ut_open_driver(const char *driver);
int ut_open_card(const char *driver);

void ut_get_params(int fd, struct drm_asahi_params_global *params);
u64 ut_gpu_time(int fd);

/* A parameter of the module, as text without newline; NULL: it has none. */
const char *ut_param(const char *name);
/* Sets one; false where that is not allowed. */
bool ut_set_param(const char *name, const char *value);
/* Likewise a number in debugfs' inject/ folder of the device. */
bool ut_set_inject(const char *name, u64 value);

int ut_vm_create(int fd, u64 start, u64 end, u32 *vm);
u32 ut_vm(int fd);
int ut_vm_destroy(int fd, u32 vm);

int ut_gem_create(int fd, u64 size, u32 flags, u32 vm, u32 *handle);
u32 ut_gem(int fd, u64 size);
int ut_gem_close(int fd, u32 handle);
int ut_mmap_offset(int fd, u32 handle, u64 *offset);
void *ut_mmap(int fd, u32 handle, u64 size);
/* PRIME: a file descriptor, or a negative errno. */
int ut_export(int fd, u32 handle);
int ut_import(int fd, int prime, u32 *handle);

#define UT_RW (DRM_ASAHI_BIND_READ | DRM_ASAHI_BIND_WRITE)

int ut_bind_ops(int fd, u32 vm, const struct drm_asahi_gem_bind_op *ops, u32 n);
int ut_bind(int fd, u32 vm, u32 handle, u64 offset, u64 range, u64 addr, u32 flags);
int ut_unbind(int fd, u32 vm, u64 range, u64 addr);

int ut_object_bind(int fd, u32 handle, u64 offset, u64 range, u32 *object);
int ut_object_unbind(int fd, u32 object);

int ut_queue_create(int fd, u32 vm, u64 usc_base, u32 priority, u32 *queue);
u32 ut_queue(int fd, u32 vm, u64 usc_base);
int ut_queue_destroy(int fd, u32 queue);

/* --- syncobjs ---------------------------------------------------------------------- */

u32 ut_syncobj(int fd, bool signaled);
void ut_syncobj_destroy(int fd, u32 syncobj);
int ut_syncobj_reset(int fd, u32 syncobj);
int ut_syncobj_signal(int fd, u32 syncobj);
int ut_timeline_signal(int fd, u32 syncobj, u64 point);
u64 ut_timeline_value(int fd, u32 syncobj);		/* the last point that signalled */

#define UT_FOREVER 60000u
/* 0, -ETIME after ms (0: asks only), -EINVAL where there is no fence. */
int ut_wait(int fd, u32 syncobj, u32 ms);
int ut_wait_point(int fd, u32 syncobj, u64 point, u32 ms, u32 flags);

/* sync_file: a file descriptor, or a negative errno. */
int ut_sync_file(int fd, u32 syncobj);
u32 ut_syncobj_of(int fd, int sync_file);
/* 0: not signalled, 1: signalled, or the negative errno of its fence. */
int ut_sync_file_status(int sync_file);
/* Waits for the fence: 0, or the negative errno with which it ended. */
int ut_fence_error(int fd, u32 syncobj);
int ut_point_error(int fd, u32 syncobj, u64 point);

/* --- submissions ------------------------------------------------------------------- */

/* The commands of a submission; zeroed, it has none. */
struct ut_cmds {
	u32 size;
	u8 bytes[16384] AGX_ALIGNED(8);
};

/* Adds one with size bytes of payload (NULL: zeros), waiting for nothing; its header. */
struct drm_asahi_cmd_header *ut_cmd(struct ut_cmds *cmds, u32 type, const void *payload, u32 size);
/* A control stream; its payload. */
struct drm_asahi_cmd_compute *ut_cmd_compute(struct ut_cmds *cmds, u64 stream, u64 end);
/* A render command that draws nothing. */
struct drm_asahi_cmd_render *ut_cmd_render(struct ut_cmds *cmds);

static inline struct drm_asahi_sync ut_binary(u32 syncobj)
{
	return (struct drm_asahi_sync){ DRM_ASAHI_SYNC_SYNCOBJ, syncobj, 0 };
}

static inline struct drm_asahi_sync ut_point(u32 syncobj, u64 point)
{
	return (struct drm_asahi_sync){ DRM_ASAHI_SYNC_TIMELINE_SYNCOBJ, syncobj, point };
}

/* syncs has n_in to wait for, then n_out to signal. */
int ut_submit(int fd, u32 queue, const struct ut_cmds *cmds, const struct drm_asahi_sync *syncs,
	      u32 n_in, u32 n_out);

#endif
