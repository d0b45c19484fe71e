/* SPDX-License-Identifier: MIT */
/*
 * A launch: one of the kernels in this folder, its size and its uniforms, ready to be
 * placed in GPU memory.
 *
 * The kernels are assembly (*.agx).  Beside each is a C file that turns the arguments of
 * an op, GPU addresses and sizes, into launches, and a header that says what it computes
 * and how exactly.  None of this knows a device: who places launches says where code and
 * uniforms are (runtime/graph/record.c; tests/lib/gpu.c for the software AGX).
 *
 * What differs from token to token is in one struct mutsu_agx_step in GPU memory.  A
 * kernel with a parameter named step, an array of u32, gets it from there, when the launch
 * starts; everything else is fixed when the launch is made, so that a control stream can
 * be submitted any number of times.
 */
#ifndef COMPUTE_AGX_LAUNCH_H
#define COMPUTE_AGX_LAUNCH_H

#include "compute/isa/agx_cdm.h"
#include "compute/isa/agx_kernel.h"

/* Read by launches as uniforms, in this order: .uniform step, u32[4] */
struct mutsu_agx_step {
	u32 n;			/* rows of the batch that are tokens; the rest is left alone */
	u32 pos;		/* of row 0 in the sequence */
	u32 skip;		/* rows in front of the first one whose logits are wanted */
	u32 n_out;		/* n - skip */
};

#define MUTSU_AGX_NO_STEP 0xffffu

struct mutsu_agx_launch {
	const struct agx_kernel *kernel;	/* borrowed; static */
	u32 groups[3];		/* threadgroups */
	u32 threads;		/* of each, along x; a multiple of 32, up to 1024 */
	u16 step;		/* half register of the step; MUTSU_AGX_NO_STEP */
	u16 uniform[AGX_UNIFORM_HALVES];	/* kernel->n_uniforms of them, but for the step */
};

/* One threadgroup, of the size that the kernel says or threads, and its constants. */
void mutsu_agx_launch_init(struct mutsu_agx_launch *launch, const struct agx_kernel *kernel,
			   u32 threads);

/*
 * Parameters by name; the kernel has it, in that type.  Addresses are multiples of what
 * the kernel loads at once.
 */
void mutsu_agx_set_u32(struct mutsu_agx_launch *launch, const char *name, u32 value);
void mutsu_agx_set_f32(struct mutsu_agx_launch *launch, const char *name, float value);
void mutsu_agx_set_buffer(struct mutsu_agx_launch *launch, const char *name, u64 address);

/* Where a launch's parts are in GPU memory. */
struct mutsu_agx_place {
	u32 code, preamble;	/* offsets from the USC base; preamble: if there is one */
	u32 usc;		/* likewise of the USC words; a multiple of 64 */
	u64 uniforms;		/* address of a copy of launch->uniform; a multiple of 4 */
	u64 step;		/* address of the struct mutsu_agx_step */
	bool g14x;		/* M2 Pro, Max and Ultra have longer packets */
};

/* Writes the USC words: bytes, at most size, or a negative errno (-ENOSPC) with err. */
int mutsu_agx_launch_usc(const struct mutsu_agx_launch *launch,
			 const struct mutsu_agx_place *place, void *words, size_t size,
			 struct agx_error *err);

/* Writes the launch packet, AGX_CDM_MAX bytes at most: bytes, or -EINVAL with err. */
int mutsu_agx_launch_cdm(const struct mutsu_agx_launch *launch,
			 const struct mutsu_agx_place *place, void *words,
			 struct agx_error *err);

#endif
