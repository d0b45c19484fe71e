/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_VM_H
#define AGXC_VM_H

#include <drm/drm_gpuvm.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>

#include "../compute/isa/agx_exec.h"
#include "../compute/isa/agx_memory.h"

struct agxc_device;
struct agxc_file;

/**
 * struct agxc_va - one mapping
 * @base: what is mapped where; its flags are not used
 * @host: kernel address of the first byte of the range (or of the single page)
 * @prot: AGX_MEM_READ | AGX_MEM_WRITE
 * @single_page: the same page over the whole range
 * @node: for who changes mappings: not in the tree yet, or not any more
 */
struct agxc_va {
	struct drm_gpuva base;
	u8 *host;
	u32 prot;
	bool single_page;
	struct list_head node;
};

/**
 * struct agxc_vm_bo - a buffer in a VM
 * @base: has the list of its mappings there
 * @host: kernel address of the buffer, which stays mapped as long as this exists
 */
struct agxc_vm_bo {
	struct drm_gpuvm_bo base;
	u8 *host;
};

/**
 * struct agxc_bind - a mapping to be
 * @obj: the buffer
 * @addr: GPU address
 * @range: bytes
 * @offset: into the buffer, of the first byte or of the single page
 * @prot: AGX_MEM_READ | AGX_MEM_WRITE
 * @single_page: the same page over the whole range
 *
 * Addresses, sizes and offsets are whole GPU pages; the buffer is as large as it
 * needs to be.
 */
struct agxc_bind {
	struct drm_gem_object *obj;
	u64 addr;
	u64 range;
	u64 offset;
	u32 prot;
	bool single_page;
};

/**
 * struct agxc_fault_record - the last fault of a VM
 * @valid: there has been one
 * @queue_id: of the queue whose command faulted
 * @seqno: of the submission on that queue, from 1
 * @command: index of the command in it
 * @timestamp: as GET_TIME
 * @count: faults so far; agxc_vm_record_fault() counts
 * @reason: enum drm_agxc_fault_reason
 * @fault: what the executor said
 * @message: one line, for people
 */
struct agxc_fault_record {
	bool valid;
	u32 queue_id;
	u64 seqno;
	u32 command;
	u64 timestamp;
	u64 count;
	u32 reason;
	struct agx_fault fault;
	char message[256];
};

/**
 * struct agxc_vm - a GPU's address space
 * @base: the mappings, as a tree; its reference count is the VM's
 * @dev: device
 * @file: whose it is; it may be gone, what counts is whether it is the same
 * @id: in its file
 * @kernel_start: the range that userspace leaves to the kernel
 * @kernel_end: its end
 * @bind_lock: taken by who changes mappings, from before memory is allocated for it;
 *	also protects @closed
 * @closed: nothing may be mapped any more
 * @lock: held for writing while the tree changes, for reading while a core runs a
 *	slice or looks something up.  Part of the fence signalling path: nothing may
 *	be allocated, no reservation locked, no fence awaited by a writer
 * @generation: counts changes of mappings, from 1, under @lock
 * @memory: the address space as the executor sees it
 * @faulted: jobs up to this ticket end with -EIO; under the engine's lock
 * @fault_lock: protects @fault
 * @fault: the last
 */
struct agxc_vm {
	struct drm_gpuvm base;
	struct agxc_device *dev;
	struct agxc_file *file;
	u32 id;
	u64 kernel_start;
	u64 kernel_end;
	struct mutex bind_lock;		/* outside of @lock; may allocate */
	bool closed;
	struct rw_semaphore lock;
	u64 generation;
	struct agx_memory memory;
	u64 faulted;
	spinlock_t fault_lock;		/* for @fault */
	struct agxc_fault_record fault;
};

static inline struct agxc_vm *to_agxc_vm(struct drm_gpuvm *base)
{
	return container_of(base, struct agxc_vm, base);
}

static inline struct agxc_va *to_agxc_va(struct drm_gpuva *base)
{
	return container_of(base, struct agxc_va, base);
}

static inline struct agxc_vm_bo *to_agxc_vm_bo(struct drm_gpuvm_bo *base)
{
	return container_of(base, struct agxc_vm_bo, base);
}

/*
 * An empty address space, which the caller has a reference to.  [kernel_start,
 * kernel_end) is not for userspace.  -EINVAL, -ENOMEM.
 */
struct agxc_vm *agxc_vm_create(struct agxc_device *dev, u64 kernel_start, u64 kernel_end);
struct agxc_vm *agxc_vm_lookup(struct agxc_file *file, u32 id);
struct agxc_vm *agxc_vm_get(struct agxc_vm *vm);
/* May sleep. */
void agxc_vm_put(struct agxc_vm *vm);

/*
 * The file lets go of it, by VM_DESTROY or because it is closed: nothing of
 * userspace's stays mapped, whoever else has references.
 */
void agxc_vm_close(struct agxc_vm *vm);

/*
 * Map and unmap whole GPU pages; what was mapped there before is replaced, and split
 * where it reaches beyond.  When they return, cores that enter see the change and
 * none uses what was unmapped.  0, -EINVAL: an empty range or one that is not
 * userspace's, -ENOENT: the VM was closed, -ENOMEM, or what agxc_gem_map() says; then
 * nothing has changed.
 */
int agxc_vm_bind(struct agxc_vm *vm, const struct agxc_bind *bind);
int agxc_vm_unbind(struct agxc_vm *vm, u64 addr, u64 range);

/* GEM handle closed: unbinds the buffer wherever the VM has it. */
void agxc_vm_unbind_gem(struct agxc_vm *vm, struct drm_gem_object *obj);

/*
 * For whoever reads or writes GPU memory: mappings stay until agxc_vm_leave(), which
 * is soon.  Returns the generation: if it is another one, what was looked up before
 * is stale.
 */
u64 agxc_vm_enter(struct agxc_vm *vm);
void agxc_vm_leave(struct agxc_vm *vm);

/* Counts the fault and keeps it; @count and @valid of record do not matter. */
void agxc_vm_record_fault(struct agxc_vm *vm, const struct agxc_fault_record *record);

int agxc_ioctl_vm_create(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_ioctl_vm_destroy(struct drm_device *drm, void *data, struct drm_file *file);

/* agxc_bind.c */
int agxc_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file);

#endif
