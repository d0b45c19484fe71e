/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef AGXC_TEST_GPU_H
#define AGXC_TEST_GPU_H

#include <kunit/test.h>

struct agxc_device;
struct agxc_vm;

/* Where a test's memory is mapped: code, control streams, tables; numbers in and out. */
#define AGXC_TEST_USC		0x1100000000ull
#define AGXC_TEST_IN		(AGXC_TEST_USC + 0x10000)	/* the GPU may only read it */
#define AGXC_TEST_OUT		(AGXC_TEST_USC + 0x14000)
#define AGXC_TEST_WORDS		4096				/* of each of the two */

/**
 * struct agxc_test_gpu - an address space with programs
 * @dev: device, which has an engine if the test made one
 * @vm: address space
 * @usc: code and what belongs to it, as the CPU sees it
 * @in: numbers for programs: their u2 and u3 have the address
 * @out: numbers from programs: likewise u0 and u1
 * @used: bytes of @usc
 */
struct agxc_test_gpu {
	struct agxc_device *dev;
	struct agxc_vm *vm;
	u8 *usc;
	u32 *in;
	u32 *out;
	u32 used;
};

/**
 * struct agxc_test_program - machine code
 * @name: for messages
 * @code: what the assembler made of the text beside it
 * @size: of it, in bytes
 * @global: threads, 0: 1
 * @local: threads per threadgroup, 0: as @global
 * @shared: bytes of threadgroup memory
 */
struct agxc_test_program {
	const char *name;
	const u8 *code;
	u32 size;
	u32 global;
	u32 local;
	u32 shared;
};

#define AGXC_TEST_PROGRAM(bytes, ...) \
	{ .name = #bytes, .code = (bytes), .size = sizeof(bytes), __VA_ARGS__ }

/* Gone when the test ends. */
struct agxc_test_gpu *agxc_test_gpu(struct kunit *test, struct agxc_device *dev);

/* A control stream that launches the program n times: its address. */
u64 agxc_test_stream(struct kunit *test, struct agxc_test_gpu *gpu,
		     const struct agxc_test_program *program, u32 n);

/* One that never ends by itself: after n launches it begins again. */
u64 agxc_test_loop(struct kunit *test, struct agxc_test_gpu *gpu,
		   const struct agxc_test_program *program, u32 n);

/* out[i] = 3 * i + 1 */
extern const struct agxc_test_program agxc_test_ids;
extern const struct agxc_test_program agxc_test_endless;
extern const struct agxc_test_program agxc_test_unmapped;

#endif
