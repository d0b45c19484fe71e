/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_DEVICE_H
#define AGXC_DEVICE_H

#include <drm/drm_device.h>
#include <drm/drm_file.h>
#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "agxc_inject.h"

struct agxc_engine;
struct agxc_tap;
struct workqueue_struct;

/* The GPU's address space, the same on every chip. */
#define AGXC_PAGE_SHIFT		14
#define AGXC_PAGE_SIZE		BIT(AGXC_PAGE_SHIFT)
#define AGXC_VA_START		0x4000ull
#define AGXC_VA_END		0x7fffff8000ull
#define AGXC_VA_KERNEL_MIN	0x20000000ull

#define AGXC_MAX_COMMANDS	64
#define AGXC_MAX_ATTACHMENTS	16

/* Not xa_limit_32b: erasing index 0, which nothing has, would make it one that is free. */
#define AGXC_IDS		XA_LIMIT(1, UINT_MAX)

/**
 * struct agxc_chip - what GET_PARAMS says of a chip
 * @name: device tree name, as in the module parameter
 * @chip_id: number in the name, hexadecimal
 * @generation: 13 or 14
 * @variant: ASCII: G, S, C or D
 * @revision: A0 is 0x00, B1 is 0x11
 * @dies: of the package
 * @clusters: of all dies
 * @cores: of a cluster
 */
struct agxc_chip {
	const char *name;
	u32 chip_id;
	u32 generation;
	char variant;
	u32 revision;
	u32 dies;
	u32 clusters;
	u32 cores;
};

/**
 * struct agxc_params - module parameters
 * @chip: name of the chip to be
 * @cores: threads that execute shaders, 0: as many as CPUs, 8 at most
 * @slots: queues whose work is executed at the same time
 * @timeout_ms: wall-clock time in which a command must get on, 0: any; see agxc_engine_run.c
 * @max_steps: SIMD-group instructions that a launch may take, 0: any
 * @arena_mib: memory for decoded shaders and private stacks
 * @memory_percent: of the machine's memory that may be bound by GPUs' address spaces
 * @soft_faults: loads of unmapped memory are 0 and stores vanish
 * @render: render commands complete without drawing, else they are refused
 *
 * @timeout_ms, @max_steps, @soft_faults and @render may change while the module
 * is in use; READ_ONCE() them.
 */
struct agxc_params {
	char *chip;
	uint cores;
	uint slots;
	uint timeout_ms;
	ulong max_steps;
	uint arena_mib;
	uint memory_percent;
	bool soft_faults;
	bool render;
};

extern struct agxc_params agxc_params;

/**
 * struct agxc_device - a render node
 * @drm: base
 * @chip: what it claims to be
 * @engine: executes; made by probe, stopped by remove, freed with @drm
 * @submit_wq: where the queues' schedulers run
 * @cleanup_wq: where the last reference to a queue is dropped: not from its scheduler
 * @queues_lock: protects @queues
 * @queues: struct agxc_queue that are not freed, of all files
 * @bound_pages: pages of buffers that have been mapped, for a GPU or a CPU: at most
 *	&agxc_params.memory_percent of the machine's
 * @inject: faults that a developer asked for
 * @tap: for who captures submissions of any queue; NULL without debugfs
 */
struct agxc_device {
	struct drm_device drm;
	const struct agxc_chip *chip;
	struct agxc_engine *engine;
	struct workqueue_struct *submit_wq;
	struct workqueue_struct *cleanup_wq;
	spinlock_t queues_lock;	/* queues */
	struct list_head queues;
	atomic64_t bound_pages;
	struct agxc_inject inject;
	struct agxc_tap *tap;
};

static inline struct agxc_device *to_agxc(struct drm_device *drm)
{
	return container_of(drm, struct agxc_device, drm);
}

/**
 * struct agxc_usage - what a client has used, for fdinfo
 * @ref: the file and each of its queues have one
 * @client: number of the client, as DRM's tracepoints and fdinfo say it
 * @queues: of the file, that are not freed
 * @core_ns: time that cores have executed its shaders, of all of them
 * @jobs: submissions that ended
 */
struct agxc_usage {
	struct kref ref;
	u64 client;
	atomic_t queues;
	atomic64_t core_ns;
	atomic64_t jobs;
};

struct agxc_usage *agxc_usage_get(struct agxc_usage *usage);
void agxc_usage_put(struct agxc_usage *usage);

/**
 * struct agxc_file - an open file of the device
 * @drm: base
 * @vms: struct agxc_vm by id, from 1
 * @queues: struct agxc_queue by id, from 1
 * @objects: struct agxc_object by handle, from 1
 * @usage: outlives the file where queues do
 *
 * Ids are looked up under xa_lock(), which is held until a reference is taken.
 */
struct agxc_file {
	struct drm_file *drm;
	struct xarray vms;
	struct xarray queues;
	struct xarray objects;
	struct agxc_usage *usage;
};

static inline struct agxc_file *to_agxc_file(struct drm_file *file)
{
	return file->driver_priv;
}

/*
 * agxc_drv.c: makes what a device with @chip consists of, freed with @drm; whoever calls
 * it has to call agxc_engine_stop() before.
 */
int agxc_device_init(struct agxc_device *dev);

/* agxc_device.c */
struct drm_asahi_params_global;

const struct agxc_chip *agxc_chip_find(const char *name);
void agxc_chip_params(const struct agxc_chip *chip, struct drm_asahi_params_global *params);
u64 agxc_timestamp(void);

int agxc_ioctl_get_params(struct drm_device *drm, void *data, struct drm_file *file);
int agxc_ioctl_get_time(struct drm_device *drm, void *data, struct drm_file *file);

#endif
