/* SPDX-License-Identifier: MIT */
/*
 * A GPU for tests: an address space with memory for code, control streams and data,
 * and a queue.  Kernels are written in assembly, beside the test that runs them, with
 * .uniform lines for what they are given.
 */
#ifndef TESTS_UAPI_GPU_H
#define TESTS_UAPI_GPU_H

#include "compute/isa/agx_cdm.h"
#include "uapi.h"

#define UT_USC 0x1100000000ull		/* code, USC words, tables; the GPU reads only */
#define UT_STREAM 0x1200000000ull	/* control streams; likewise */
#define UT_DATA 0x1300000000ull
#define UT_FREE 0x2000000000ull		/* nothing is bound from here to the kernel's part */
#define UT_SIZE 0x100000u		/* bytes of each */
#define UT_WORDS (UT_SIZE / 4)

struct ut_gpu {
	int fd;
	u32 vm, queue;
	u32 usc_bo, stream_bo, data_bo;
	u8 *usc, *stream;
	u32 *data;
	u32 usc_used, stream_used;
	u32 begin;		/* of the stream being written */
	bool g14x;
};

/* Opens the device, or uses a file that is open. */
void ut_gpu_init(struct ut_gpu *gpu);
void ut_gpu_init_on(struct ut_gpu *gpu, int fd);
/* Gives back what it has, but for the file. */
void ut_gpu_fini(struct ut_gpu *gpu);
/* Closes the file; what is mapped would keep it open. */
void ut_gpu_close(struct ut_gpu *gpu);

/* Copies to memory that the GPU reads: the offset from UT_USC. */
u32 ut_put(struct ut_gpu *gpu, const void *data, size_t size, u32 align);

#define UT_ARGS 8

/* What a test says of a launch; 0 is what most want. */
struct ut_launch {
	const char *code;
	u64 args[UT_ARGS];	/* in the order of the .uniform lines */
	u32 global[3];		/* 0: 1 */
	u32 local[3];		/* 0: as global */
	enum agx_cdm_mode mode;
	u64 sizes;		/* address of an indirect launch's */
	bool unchecked;		/* the assembler does not look for mistakes */
};

/* Begins a control stream: its address. */
u64 ut_begin(struct ut_gpu *gpu);
u64 ut_packet(struct ut_gpu *gpu, const struct agx_cdm *cdm);
/* USC words and code of a launch, which can be launched often: offset of the words. */
u32 ut_program(struct ut_gpu *gpu, const struct ut_launch *launch);
void ut_launch_at(struct ut_gpu *gpu, const struct ut_launch *launch, u32 usc);
void ut_launch(struct ut_gpu *gpu, const struct ut_launch *launch);
/* Ends the stream: the address behind it. */
u64 ut_end(struct ut_gpu *gpu);

/* A stream with one launch: its address. */
u64 ut_stream(struct ut_gpu *gpu, const struct ut_launch *launch);

/* Submits commands, or one with this stream, with an out-sync: the syncobj. */
u32 ut_start(struct ut_gpu *gpu, const struct ut_cmds *cmds);
u32 ut_start_stream(struct ut_gpu *gpu, u64 stream);
/* And waits for it: 0, or the negative errno of its fence. */
int ut_run_stream(struct ut_gpu *gpu, u64 stream);
int ut_run(struct ut_gpu *gpu, const struct ut_launch *launch);

/* The word at address, as the GPU reads it; 0, or the negative errno of the fence. */
int ut_peek(struct ut_gpu *gpu, u64 address, u32 *word);
int ut_poke(struct ut_gpu *gpu, u64 address, u32 word);

/*
 * A stream with a launch that runs until ut_spin_end(), one at a time: it looks at one
 * of the last words of the data.  ut_spin_runs() waits until it runs.
 */
u64 ut_spin(struct ut_gpu *gpu);
void ut_spin_runs(struct ut_gpu *gpu);
void ut_spin_end(struct ut_gpu *gpu);

#endif
