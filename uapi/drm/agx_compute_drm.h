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
 * Rules, those of &drm/asahi_drm.h: structures are multiples of 8 bytes, aligned
 * naturally, with explicit padding that must be zero; flags unknown to the kernel
 * are errors; structures that the kernel fills are given with their size, and may
 * grow at the end; numbers are only added.
 */

/*
 * Far above those of the asahi UAPI, which grow from 0.  DRM has room for numbers
 * below 0x60.
 */
#define DRM_AGXC_GET_INFO	0x50
#define DRM_AGXC_GET_COUNTERS	0x51
#define DRM_AGXC_GET_FAULT	0x52
#define DRM_AGXC_CAPTURE	0x53

/** DRM_AGXC_MAGIC: in &struct drm_agxc_info.magic, "AGXC" */
#define DRM_AGXC_MAGIC		0x43584741u

/** DRM_AGXC_VERSION: of this header; grows when something is added */
#define DRM_AGXC_VERSION	1

/**
 * struct drm_agxc_info - what the device is
 *
 * Filled by DRM_IOCTL_AGXC_GET_INFO.  The chip that it claims to be is in
 * &struct drm_asahi_params_global.
 */
struct drm_agxc_info {
	/** @magic: DRM_AGXC_MAGIC */
	__u32 magic;
	/** @version: DRM_AGXC_VERSION of the kernel module */
	__u32 version;
	/** @cores: threads that execute shaders */
	__u32 cores;
	/** @slots: queues that are executed at the same time */
	__u32 slots;
	/** @timeout_ms: wall-clock time that a command may run; 0: any */
	__u32 timeout_ms;
	/** @pad: 0 */
	__u32 pad;
	/** @max_steps: SIMD-group instructions that a launch may take; 0: any */
	__u64 max_steps;
	/** @module: version of the module, a string that ends with 0 */
	char module[32];
};

/** struct drm_agxc_get_info - arguments of DRM_IOCTL_AGXC_GET_INFO */
struct drm_agxc_get_info {
	/** @pointer: to a &struct drm_agxc_info */
	__u64 pointer;
	/** @size: bytes there; as many are written at most */
	__u64 size;
};

/** enum drm_agxc_counter - index of a counter */
enum drm_agxc_counter {
	/** @DRM_AGXC_COUNTER_SUBMITS: submissions that ended */
	DRM_AGXC_COUNTER_SUBMITS,
	/** @DRM_AGXC_COUNTER_COMMANDS: commands that ended */
	DRM_AGXC_COUNTER_COMMANDS,
	/** @DRM_AGXC_COUNTER_DISPATCHES: launches in control streams */
	DRM_AGXC_COUNTER_DISPATCHES,
	/** @DRM_AGXC_COUNTER_THREADGROUPS: threadgroups that ran */
	DRM_AGXC_COUNTER_THREADGROUPS,
	/** @DRM_AGXC_COUNTER_INSTRUCTIONS: instructions, of a SIMD-group each */
	DRM_AGXC_COUNTER_INSTRUCTIONS,
	/** @DRM_AGXC_COUNTER_ENGINE_NS: time that commands ran */
	DRM_AGXC_COUNTER_ENGINE_NS,
	/*
	 * From here on, only what ran while DRM_AGXC_COUNTERS_DETAILED was set; the
	 * classes add up to the instructions of that time.
	 */
	/** @DRM_AGXC_COUNTER_INT: integer, logic, movement */
	DRM_AGXC_COUNTER_INT,
	/** @DRM_AGXC_COUNTER_FLOAT: 32-bit floating point */
	DRM_AGXC_COUNTER_FLOAT,
	/** @DRM_AGXC_COUNTER_HALF: 16-bit floating point */
	DRM_AGXC_COUNTER_HALF,
	/** @DRM_AGXC_COUNTER_MATRIX: SIMD-group matrix */
	DRM_AGXC_COUNTER_MATRIX,
	/** @DRM_AGXC_COUNTER_SIMD: across lanes */
	DRM_AGXC_COUNTER_SIMD,
	/** @DRM_AGXC_COUNTER_FLOW: control flow, barriers, waits */
	DRM_AGXC_COUNTER_FLOW,
	/** @DRM_AGXC_COUNTER_MEMORY: device memory */
	DRM_AGXC_COUNTER_MEMORY,
	/** @DRM_AGXC_COUNTER_LOCAL: threadgroup memory and stacks */
	DRM_AGXC_COUNTER_LOCAL,
	/** @DRM_AGXC_COUNTER_READ_BYTES: from device memory, by all lanes */
	DRM_AGXC_COUNTER_READ_BYTES,
	/** @DRM_AGXC_COUNTER_WRITE_BYTES: to device memory */
	DRM_AGXC_COUNTER_WRITE_BYTES,
	/** @DRM_AGXC_COUNTER_ATOMICS: elements on which atomics worked */
	DRM_AGXC_COUNTER_ATOMICS,
	/** @DRM_AGXC_COUNTERS: how many there are */
	DRM_AGXC_COUNTERS,
};

/** DRM_AGXC_COUNTERS_DETAILED: from now on count by class and bytes, which costs time */
#define DRM_AGXC_COUNTERS_DETAILED	(1u << 0)
/** DRM_AGXC_COUNTERS_PLAIN: from now on do not */
#define DRM_AGXC_COUNTERS_PLAIN		(1u << 1)

/** struct drm_agxc_get_counters - arguments of DRM_IOCTL_AGXC_GET_COUNTERS */
struct drm_agxc_get_counters {
	/** @flags: DRM_AGXC_COUNTERS_DETAILED or DRM_AGXC_COUNTERS_PLAIN, or 0 */
	__u32 flags;
	/** @queue_id: of the queue */
	__u32 queue_id;
	/** @pointer: to __u64 values by &enum drm_agxc_counter, since the queue was made */
	__u64 pointer;
	/** @size: bytes there; as many are written at most */
	__u64 size;
};

/** enum drm_agxc_fault_reason - why a command faulted */
enum drm_agxc_fault_reason {
	/** @DRM_AGXC_FAULT_NONE: it did not */
	DRM_AGXC_FAULT_NONE,
	/** @DRM_AGXC_FAULT_UNMAPPED: access to an address where nothing is mapped */
	DRM_AGXC_FAULT_UNMAPPED,
	/** @DRM_AGXC_FAULT_PROTECTION: access that the mapping does not allow */
	DRM_AGXC_FAULT_PROTECTION,
	/** @DRM_AGXC_FAULT_LOCAL: outside of the threadgroup's memory */
	DRM_AGXC_FAULT_LOCAL,
	/** @DRM_AGXC_FAULT_STACK: outside of the private stack */
	DRM_AGXC_FAULT_STACK,
	/** @DRM_AGXC_FAULT_INSTRUCTION: unknown or illegal instruction, register or jump */
	DRM_AGXC_FAULT_INSTRUCTION,
	/** @DRM_AGXC_FAULT_STREAM: control stream or USC words */
	DRM_AGXC_FAULT_STREAM,
	/** @DRM_AGXC_FAULT_TIMEOUT: too many steps, or too much time */
	DRM_AGXC_FAULT_TIMEOUT,
	/** @DRM_AGXC_FAULT_MEMORY: no room for decoded shaders or stacks: arena_mib */
	DRM_AGXC_FAULT_MEMORY,
	/** @DRM_AGXC_FAULT_INJECTED: a developer asked for it */
	DRM_AGXC_FAULT_INJECTED,
};

/** struct drm_agxc_fault - the last fault of a VM */
struct drm_agxc_fault {
	/** @count: faults of this VM so far; 0: nothing else is filled */
	__u64 count;
	/** @timestamp: as DRM_IOCTL_ASAHI_GET_TIME */
	__u64 timestamp;
	/** @seqno: of the submission on its queue, from 1 */
	__u64 seqno;
	/** @queue_id: of the queue */
	__u32 queue_id;
	/** @command: index of the command in the submission */
	__u32 command;
	/** @reason: &enum drm_agxc_fault_reason */
	__u32 reason;
	/** @write: the access was a write */
	__u32 write;
	/** @address: GPU address of the access, or of the packet */
	__u64 address;
	/** @code: GPU address of the shader's first byte; 0: no shader ran */
	__u64 code;
	/** @offset: of the instruction in the shader, in bytes */
	__u32 offset;
	/** @preamble: the shader is a preamble */
	__u32 preamble;
	/** @threadgroup: of the grid, where the fault was */
	__u32 threadgroup[3];
	/** @simd: SIMD-group of the threadgroup */
	__u32 simd;
	/** @lane: of the SIMD-group: the lowest that faulted */
	__u32 lane;
	/** @pad: 0 */
	__u32 pad;
	/** @message: all this in a line of text that ends with 0 */
	char message[256];
};

/** struct drm_agxc_get_fault - arguments of DRM_IOCTL_AGXC_GET_FAULT */
struct drm_agxc_get_fault {
	/** @flags: 0 */
	__u32 flags;
	/** @vm_id: of the VM */
	__u32 vm_id;
	/** @pointer: to a &struct drm_agxc_fault */
	__u64 pointer;
	/** @size: bytes there; as many are written at most */
	__u64 size;
};

/**
 * struct drm_agxc_capture - arguments of DRM_IOCTL_AGXC_CAPTURE
 *
 * The next submission on the queue is written to a file, with all memory that is
 * mapped in its VM: an image that agx-emu replays.  That SUBMIT waits, interruptibly,
 * until its dependencies and the queue's earlier work are done, so that memory is as
 * the submission finds it; errors of writing are its errors, and then nothing is
 * submitted.  Whatever the outcome, the one after is not captured.
 */
struct drm_agxc_capture {
	/** @flags: 0 */
	__u32 flags;
	/** @queue_id: of the queue */
	__u32 queue_id;
	/** @fd: of a file open for writing, which is written at its offset; -1: never mind */
	__s32 fd;
	/** @pad: 0 */
	__u32 pad;
};

#define DRM_IOCTL_AGXC_GET_INFO \
	DRM_IOW(DRM_COMMAND_BASE + DRM_AGXC_GET_INFO, struct drm_agxc_get_info)
#define DRM_IOCTL_AGXC_GET_COUNTERS \
	DRM_IOW(DRM_COMMAND_BASE + DRM_AGXC_GET_COUNTERS, struct drm_agxc_get_counters)
#define DRM_IOCTL_AGXC_GET_FAULT \
	DRM_IOW(DRM_COMMAND_BASE + DRM_AGXC_GET_FAULT, struct drm_agxc_get_fault)
#define DRM_IOCTL_AGXC_CAPTURE \
	DRM_IOW(DRM_COMMAND_BASE + DRM_AGXC_CAPTURE, struct drm_agxc_capture)

#if defined(__cplusplus)
}
#endif

#endif
