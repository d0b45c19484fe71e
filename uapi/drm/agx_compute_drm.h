/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef _AGX_COMPUTE_DRM_H_
#define _AGX_COMPUTE_DRM_H_

#include <drm/drm.h>

#if defined(__cplusplus)
extern "C" {
#endif

/**
 * DOC: uAPI of the software AGX
 *
 * agx_compute.ko is a client's &drm/asahi_drm.h device without Apple hardware.  This
 * header has what it offers beyond: a way to recognise it, and to look inside.
 * On a kernel with the hardware's driver these ioctls fail with EINVAL.
 *
 * Rules, those of &drm/asahi_drm.h and a few more:
 *
 * * Structures are multiples of 8 bytes, with members aligned naturally, the same for
 *   32-bit and 64-bit userspace.  Padding is explicit and must be zero, else EINVAL.
 *
 * * Flags that the kernel does not know are EINVAL.  Ids that do not exist are ENOENT,
 *   memory that cannot be accessed is EFAULT.
 *
 * * Structures that the kernel fills are given by address and size.  The kernel writes as
 *   much of them as there is room for, which may be nothing, and says in size how large
 *   they are for it.  They only grow, at the end: what an older kernel does not know
 *   stays as it was in memory, so clear it before.
 *
 * * Structures that the kernel reads only grow at the end, too.  0 in what was added
 *   means that all is as before.
 *
 * * Numbers (ioctls, flags, counters, reasons) are only added.
 */

/*
 * Far above those of the asahi UAPI, which grow from 0.  DRM has room for numbers
 * below 0x60.
 */
#define DRM_AGXC_GET_INFO	0x50
#define DRM_AGXC_GET_COUNTERS	0x51
#define DRM_AGXC_GET_FAULT	0x52
#define DRM_AGXC_CAPTURE	0x53

/** define DRM_AGXC_MAGIC - in &drm_agxc_info.magic, the letters AGXC */
#define DRM_AGXC_MAGIC		0x43584741u

/** define DRM_AGXC_VERSION - of this header; grows when something is added */
#define DRM_AGXC_VERSION	1

/** define DRM_AGXC_INFO_RENDER - render commands complete without drawing, else EINVAL */
#define DRM_AGXC_INFO_RENDER		0x1u
/** define DRM_AGXC_INFO_SOFT_FAULTS - loads of unmapped memory are 0, stores vanish */
#define DRM_AGXC_INFO_SOFT_FAULTS	0x2u

/**
 * struct drm_agxc_info - what the device is
 *
 * Filled by &DRM_IOCTL_AGXC_GET_INFO.  The chip that it claims to be is in
 * &struct drm_asahi_params_global.
 */
struct drm_agxc_info {
	/** @magic: &DRM_AGXC_MAGIC */
	__u32 magic;
	/** @version: &DRM_AGXC_VERSION of the kernel module */
	__u32 version;
	/** @cores: threads that execute shaders */
	__u32 cores;
	/** @slots: queues that are executed at the same time */
	__u32 slots;
	/**
	 * @timeout_ms: wall-clock time in which a command must end a threadgroup or a
	 * launch; a command may run 20 times as long; 0: any
	 */
	__u32 timeout_ms;
	/** @flags: %DRM_AGXC_INFO_RENDER and so on */
	__u32 flags;
	/** @max_steps: SIMD-group instructions that a launch may take; 0: any */
	__u64 max_steps;
	/** @arena_size: bytes for decoded shaders and private stacks, of all clients */
	__u64 arena_size;
	/** @bound_max: bytes that may be bound to VMs, of all clients */
	__u64 bound_max;
	/** @bound: bytes that are */
	__u64 bound;
	/** @module: version of the module, a string that ends with 0 */
	char module[32];
};

/** struct drm_agxc_get_info - arguments of &DRM_IOCTL_AGXC_GET_INFO */
struct drm_agxc_get_info {
	/** @pointer: to a &struct drm_agxc_info */
	__u64 pointer;
	/** @size: bytes there; on return, of the kernel's structure */
	__u64 size;
};

/**
 * enum drm_agxc_counter - index of a counter
 *
 * Counters begin with 0 when the queue is made.  They grow while commands run, one after
 * the other: only those of an idle queue fit together.
 */
enum drm_agxc_counter {
	/** @DRM_AGXC_COUNTER_SUBMITS: submissions that ended */
	DRM_AGXC_COUNTER_SUBMITS = 0,
	/** @DRM_AGXC_COUNTER_COMMANDS: commands that ended */
	DRM_AGXC_COUNTER_COMMANDS = 1,
	/** @DRM_AGXC_COUNTER_DISPATCHES: launches in control streams */
	DRM_AGXC_COUNTER_DISPATCHES = 2,
	/** @DRM_AGXC_COUNTER_THREADGROUPS: threadgroups that ran */
	DRM_AGXC_COUNTER_THREADGROUPS = 3,
	/** @DRM_AGXC_COUNTER_INSTRUCTIONS: instructions, of a SIMD-group each */
	DRM_AGXC_COUNTER_INSTRUCTIONS = 4,
	/** @DRM_AGXC_COUNTER_ENGINE_NS: time that commands ran */
	DRM_AGXC_COUNTER_ENGINE_NS = 5,
	/** @DRM_AGXC_COUNTER_ERRORS: submissions that ended with an error */
	DRM_AGXC_COUNTER_ERRORS = 6,
	/**
	 * @DRM_AGXC_COUNTER_INT: integer, logic, conversion, movement.  From here on only
	 * what ran while &DRM_AGXC_COUNTERS_DETAILED was set; the classes, up to
	 * %DRM_AGXC_COUNTER_LOCAL, add up to the instructions of that time.
	 */
	DRM_AGXC_COUNTER_INT = 7,
	/** @DRM_AGXC_COUNTER_FLOAT: 32-bit floating point */
	DRM_AGXC_COUNTER_FLOAT = 8,
	/** @DRM_AGXC_COUNTER_HALF: 16-bit floating point */
	DRM_AGXC_COUNTER_HALF = 9,
	/** @DRM_AGXC_COUNTER_MATRIX: SIMD-group matrix */
	DRM_AGXC_COUNTER_MATRIX = 10,
	/** @DRM_AGXC_COUNTER_SIMD: across lanes */
	DRM_AGXC_COUNTER_SIMD = 11,
	/** @DRM_AGXC_COUNTER_FLOW: control flow, barriers, waits */
	DRM_AGXC_COUNTER_FLOW = 12,
	/** @DRM_AGXC_COUNTER_MEMORY: device memory */
	DRM_AGXC_COUNTER_MEMORY = 13,
	/** @DRM_AGXC_COUNTER_LOCAL: threadgroup memory and stacks */
	DRM_AGXC_COUNTER_LOCAL = 14,
	/** @DRM_AGXC_COUNTER_READ_BYTES: from device memory, by all lanes */
	DRM_AGXC_COUNTER_READ_BYTES = 15,
	/** @DRM_AGXC_COUNTER_WRITE_BYTES: to device memory */
	DRM_AGXC_COUNTER_WRITE_BYTES = 16,
	/** @DRM_AGXC_COUNTER_ATOMICS: elements on which atomics worked */
	DRM_AGXC_COUNTER_ATOMICS = 17,
	/** @DRM_AGXC_COUNTERS: how many this header knows */
	DRM_AGXC_COUNTERS = 18
};

/** define DRM_AGXC_COUNTERS_DETAILED - from now on count by class and bytes: takes time */
#define DRM_AGXC_COUNTERS_DETAILED	0x1u
/** define DRM_AGXC_COUNTERS_PLAIN - from now on do not */
#define DRM_AGXC_COUNTERS_PLAIN		0x2u

/**
 * struct drm_agxc_get_counters - arguments of &DRM_IOCTL_AGXC_GET_COUNTERS
 *
 * With both flags: EINVAL.  Launches that run already are counted as they were begun.
 */
struct drm_agxc_get_counters {
	/** @flags: &DRM_AGXC_COUNTERS_DETAILED, &DRM_AGXC_COUNTERS_PLAIN, or 0 */
	__u32 flags;
	/** @queue_id: of the queue */
	__u32 queue_id;
	/** @pointer: to an array of __u64, indexed by &enum drm_agxc_counter */
	__u64 pointer;
	/** @size: bytes there; on return, of the kernel's array */
	__u64 size;
};

/** enum drm_agxc_fault_reason - why a command faulted */
enum drm_agxc_fault_reason {
	/** @DRM_AGXC_FAULT_NONE: it did not */
	DRM_AGXC_FAULT_NONE = 0,
	/** @DRM_AGXC_FAULT_UNMAPPED: access to an address where nothing is mapped */
	DRM_AGXC_FAULT_UNMAPPED = 1,
	/** @DRM_AGXC_FAULT_PROTECTION: access that the mapping does not allow */
	DRM_AGXC_FAULT_PROTECTION = 2,
	/** @DRM_AGXC_FAULT_LOCAL: outside of the threadgroup's memory */
	DRM_AGXC_FAULT_LOCAL = 3,
	/** @DRM_AGXC_FAULT_STACK: outside of the private stack */
	DRM_AGXC_FAULT_STACK = 4,
	/** @DRM_AGXC_FAULT_INSTRUCTION: unknown or illegal instruction, register or jump */
	DRM_AGXC_FAULT_INSTRUCTION = 5,
	/** @DRM_AGXC_FAULT_STREAM: control stream or USC words */
	DRM_AGXC_FAULT_STREAM = 6,
	/** @DRM_AGXC_FAULT_TIMEOUT: too many steps, or too much time */
	DRM_AGXC_FAULT_TIMEOUT = 7,
	/** @DRM_AGXC_FAULT_MEMORY: no room for decoded shaders or stacks */
	DRM_AGXC_FAULT_MEMORY = 8,
	/** @DRM_AGXC_FAULT_INJECTED: a developer asked for it */
	DRM_AGXC_FAULT_INJECTED = 9
};

/**
 * struct drm_agxc_fault - the last fault of a VM
 *
 * What does not apply to @reason is 0.
 */
struct drm_agxc_fault {
	/** @count: faults of this VM so far, timeouts included; 0: nothing else is filled */
	__u64 count;
	/** @timestamp: as &DRM_IOCTL_ASAHI_GET_TIME gives it */
	__u64 timestamp;
	/** @seqno: of the submission on its queue, from 1 */
	__u64 seqno;
	/** @queue_id: of the queue */
	__u32 queue_id;
	/** @command: index of the command in the submission */
	__u32 command;
	/** @reason: &enum drm_agxc_fault_reason */
	__u32 reason;
	/** @write: 1: the access was a write */
	__u32 write;
	/**
	 * @address: of the access, or of the packet, or where a jump went; in threadgroup
	 * memory and stacks counted from their beginning
	 */
	__u64 address;
	/** @code: GPU address of the shader's first byte; 0: no shader ran */
	__u64 code;
	/** @offset: of the instruction in the shader, in bytes */
	__u32 offset;
	/** @preamble: 1: the shader is a preamble */
	__u32 preamble;
	/** @threadgroup: of the grid, where the fault was */
	__u32 threadgroup[3];
	/** @simd: SIMD-group of the threadgroup */
	__u32 simd;
	/** @lane: of the SIMD-group: the lowest that faulted */
	__u32 lane;
	/** @lanes: mask of the lanes that executed the instruction */
	__u32 lanes;
	/** @message: all this in a line of text that ends with 0 */
	char message[256];
};

/** struct drm_agxc_get_fault - arguments of &DRM_IOCTL_AGXC_GET_FAULT */
struct drm_agxc_get_fault {
	/** @flags: 0 */
	__u32 flags;
	/** @vm_id: of the VM */
	__u32 vm_id;
	/** @pointer: to a &struct drm_agxc_fault */
	__u64 pointer;
	/** @size: bytes there; on return, of the kernel's structure */
	__u64 size;
};

/**
 * struct drm_agxc_capture - arguments of &DRM_IOCTL_AGXC_CAPTURE
 *
 * The next submission on the queue is written to a file, with all memory that is
 * mapped in its VM: an image in the format of &drm/agx_compute_image.h, which agx-emu
 * replays.
 *
 * That SUBMIT waits until its dependencies and the queue's earlier work are done, so that
 * memory is as the submission finds it.  Where a signal ends the wait, the file is still
 * there for the SUBMIT that follows.  Errors of writing are SUBMIT's errors, and then
 * nothing is submitted.  Memory that others change in the meantime, other queues
 * included, may be in the image as it was before or after.
 */
struct drm_agxc_capture {
	/** @flags: 0 */
	__u32 flags;
	/** @queue_id: of the queue */
	__u32 queue_id;
	/**
	 * @fd: of a regular file that is open for writing, else EBADF or EINVAL; -1: the
	 * next submission is not to be captured, after all
	 */
	__s32 fd;
	/** @pad: 0 */
	__u32 pad;
	/** @offset: where in the file the image begins; 0 where fd is -1 */
	__u64 offset;
};

/** define DRM_IOCTL_AGXC_GET_INFO - what the device is */
#define DRM_IOCTL_AGXC_GET_INFO \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_AGXC_GET_INFO, struct drm_agxc_get_info)

/** define DRM_IOCTL_AGXC_GET_COUNTERS - what a queue executed */
#define DRM_IOCTL_AGXC_GET_COUNTERS \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_AGXC_GET_COUNTERS, struct drm_agxc_get_counters)

/** define DRM_IOCTL_AGXC_GET_FAULT - the last fault of a VM */
#define DRM_IOCTL_AGXC_GET_FAULT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_AGXC_GET_FAULT, struct drm_agxc_get_fault)

/** define DRM_IOCTL_AGXC_CAPTURE - write the next submission to a file */
#define DRM_IOCTL_AGXC_CAPTURE \
	DRM_IOW(DRM_COMMAND_BASE + DRM_AGXC_CAPTURE, struct drm_agxc_capture)

#if defined(__cplusplus)
}
#endif

#endif /* _AGX_COMPUTE_DRM_H_ */
