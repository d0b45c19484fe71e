/* SPDX-License-Identifier: MIT */
/* The command line of agx-emu. */
#ifndef TOOLS_AGX_EMU_OPTS_H
#define TOOLS_AGX_EMU_OPTS_H

#include "util.h"

/* What was said several times, in order. */
struct strings {
	const char **item;
	size_t n;
};

enum mode { MODE_KERNEL, MODE_MEMORY, MODE_CORPUS };

struct opts {
	enum mode mode;
	char **file;			/* arguments that are no options */
	int n_files;
	/* a kernel */
	const char *kernel;		/* its name, if the source has several */
	bool raw;			/* code bytes, nothing else */
	u32 regs;			/* raw: halves */
	u32 shared;			/* raw: bytes of threadgroup memory */
	struct strings buffers, uniforms, defines;
	u32 grid[3], local[3];
	bool has_grid, has_local;
	/* a memory image */
	const char *memory, *maps, *cdm;
	u64 stream, usc_base;
	bool has_stream, has_usc_base, g14x;
	bool soft_faults;
	/* results */
	struct strings outputs, dumps;
	bool stats, race, json;
	bool trace;
	u32 trace_lanes;
	u32 trace_group[3], trace_simd;
	bool has_trace_group, has_trace_simd;
	u64 trace_limit;
	u32 threads;			/* 0: all */
	u64 max_steps;			/* of a launch */
};

/* false: the program ends with *status. */
bool opts_parse(struct opts *opts, int argc, char **argv, int *status);
void opts_free(struct opts *opts);

#endif
