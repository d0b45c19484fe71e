/* SPDX-License-Identifier: MIT */
/* The software GPU for tests: buffers, kernels from assembly, and launches. */
#ifndef TESTS_LIB_GPU_H
#define TESTS_LIB_GPU_H

#include "compute/agx/launch.h"
#include "compute/isa/agx_dispatch.h"
#include "tools/agx/assemble.h"
#include "tools/agx/space.h"

struct gpu {
	struct agx_space space;
	u64 next;		/* address of the next buffer */
	struct agx_core *core;
	u64 max_steps;		/* of a launch */
};

/* Whatever fails in here fails the test. */
struct gpu *gpu_create(void);
void gpu_destroy(struct gpu *gpu);

/* A new buffer with this (NULL: zeros), followed by nothing; its address. */
u64 gpu_buffer(struct gpu *gpu, const void *data, size_t size);
/* What is there now. */
void *gpu_data(const struct gpu *gpu, u64 address);

/* The only kernel of a source text or a file; hazards fail, too. */
struct agx_unit *gpu_assemble(const char *name, const char *text);
struct agx_unit *gpu_assemble_file(const char *path);

/*
 * Runs global threads; local 0 is the kernel's own threadgroup.  values are the
 * parameters in the kernel's order, each as the low bits of its own.
 */
void gpu_run(struct gpu *gpu, const struct agx_kernel *kernel, const u32 global[3],
	     const u32 local[3], const u64 *values);

/* Runs a launch of compute/agx; what its step points to is this (NULL: zeros). */
void gpu_launch(struct gpu *gpu, const struct mutsu_agx_launch *launch,
		const struct mutsu_agx_step *step);

/* The bits of a float as such a value. */
u64 gpu_f32(float f);

#endif
