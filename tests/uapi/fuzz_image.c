// SPDX-License-Identifier: MIT
/*
 * GPU programs that the fuzzer submits and damages: good ones of each kind, and some
 * that fault or never end.  Assembled once, at addresses that every rig uses.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/agx_machine.h"

const u64 fuzz_region_address[4] = { MACHINE_USC, MACHINE_STREAM, MACHINE_TABLE, MACHINE_DATA };

static const struct machine_launch launches[PROGRAMS] = {
	[PROGRAM_ADD] = {
		.code = "mov r1, thread_in_grid_x; load r2, du0, r1, i32, x, a\n"
			"imul r3, r1, 3; iadd r3, r3, 1; wait a; iadd r2, r2, r3\n"
			"store r2, du0, r1, i32, x, a; stop",
		.global = { FUZZ_DATA_WORDS, 1, 1 }, .local = { 64, 1, 1 },
	},
	[PROGRAM_EMPTY] = { .code = "stop" },
	/* Each thread hands a value to the one opposite, three times. */
	[PROGRAM_LOCAL] = {
		.code = "mov r1, thread_index_in_threadgroup; mov r2, r1; isub r3, 127, r1\n"
			"imul r4, r1, 4; mov r4l, r4l; imul r5, r3, 4; mov r5l, r5l; ldimm r7, 3\n"
			"again:\n"
			"lstore r2, r4l, 0, i32, x; barrier; lload r2, r5l, 0, i32, x; barrier\n"
			"iadd r2, r2, 1; isub r7, r7, 1\n"
			"ldimm r0l, 0; while r7, 0, 1, ugt; jmp_any again; pop_exec 1\n"
			"store r2, du0, r1, i32, x, a; stop",
		.global = { 512, 1, 1 }, .local = { 128, 1, 1 }, .shared = 512,
	},
	[PROGRAM_ATOMIC] = {
		.code = "mov r1, thread_in_grid_x; ldimm r3, 1; ldimm r2, 5\n"
			"atomic r4, r3, du0, r2, add, coherent1, a; wait a\n"
			"store r4, du0, r1, i32, x, a; stop",
		.global = { 100, 3, 2 }, .local = { 10, 3, 1 },
	},
	[PROGRAM_STACK] = {
		.code = "stack_adjust 16; mov r1, thread_index_in_threadgroup\n"
			"stack_store r1, 8, i32, x, a; wait a; stack_load r2, 8, i32, x, a; wait a\n"
			"store r2, du0, r1, i32, x, a; stop",
		.global = { 64, 1, 1 },
	},
	[PROGRAM_PREAMBLE] = {
		.preamble = "ldimm r4, 20; ldimm r5, 0\n"
			    "sum: \n iadd r5, r5, r4; isub r4, r4, 1\n"
			    "ldimm r0l, 0; while r4, 0, 1, ugt; jmp_any sum; pop_exec 1\n"
			    "mov u100l, r5l; stop",
		.code = "mov r1, thread_in_grid_x; mov r2, u100l\n"
			"store r2, du0, r1, i32, x, a; stop",
		.global = { 32, 4, 1 }, .local = { 8, 4, 1 },
	},
	[PROGRAM_FLOAT] = {
		.code = "mov r1, thread_in_grid_x; ldimm r2, 0x3f800000; iadd r2, r2, r1\n"
			"ffma r3, r2, r2, r2; rsqrt r3, r3; fmul r4, r3, r2; exp2 r4, r4; hadd r5l, r4l, r3h\n"
			"store r4, du0, r1, i32, x, a; stop",
		.global = { 256, 1, 1 }, .local = { 32, 1, 1 },
	},
	/* What others left in the data decides how large it is. */
	[PROGRAM_INDIRECT] = {
		.code = "mov r1, thread_index_in_threadgroup; store r1, du0, r1, i32, x, a; stop",
		.mode = AGX_CDM_INDIRECT_GLOBAL, .sizes = MACHINE_DATA, .local = { 8, 1, 1 },
	},
	[PROGRAM_LONG] = {
		.code = "ldimm r7, 20000\n"
			"again: \n isub r7, r7, 1\n"
			"ldimm r0l, 0; while r7, 0, 1, ugt; jmp_any again; pop_exec 1; stop",
		.global = { 64, 1, 1 }, .local = { 32, 1, 1 },
	},
	[PROGRAM_ENDLESS] = { .code = "again: \n jmp_any again" },
	[PROGRAM_ENDLESS_BARRIER] = {
		.code = "again: \n barrier; jmp_any again", .global = { 128, 1, 1 },
	},
	[PROGRAM_UNMAPPED] = {
		.code = "ldimm r1, 0x10000000; store r1, du0, r1, i32, x, a; stop",
	},
	/* The table, through an address in registers. */
	[PROGRAM_READ_ONLY] = {
		.code = "ldimm r4, 0; ldimm r5, 0x21; ldimm r1, 0\n"
			"store r1, dr4, r1, i32, x, a; stop",
	},
	[PROGRAM_TRAP] = { .code = "trap" },
};

static void copy(struct fuzz_image *image, u32 region, const void *from, u32 size)
{
	if (size > FUZZ_REGION_SIZE) {
		fprintf(stderr, "fuzz_ioctl: programs need %u bytes\n", size);
		abort();
	}
	memcpy(image->byte[region], from, size);
	image->used[region] = size;
}

void fuzz_image_init(struct fuzz_image *image, bool g14x)
{
	struct machine m;

	memset(image, 0, sizeof(*image));
	machine_init(&m);
	m.g14x = g14x;
	for (u32 i = 0; i < PROGRAMS; i++) {
		image->stream[i] = MACHINE_STREAM + m.stream_used;
		machine_launch(&m, &launches[i]);
		machine_terminate(&m);
		image->stream_end[i] = MACHINE_STREAM + m.stream_used;
	}
	copy(image, REGION_USC, m.usc, m.usc_used);
	copy(image, REGION_STREAM, m.stream, m.stream_used);
	copy(image, REGION_TABLE, m.table, m.table_used);
	image->used[REGION_DATA] = FUZZ_REGION_SIZE;
	machine_fini(&m);
}
