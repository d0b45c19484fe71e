/* SPDX-License-Identifier: MIT */
/*
 * What is where in the GPU's address space.  It is Mesa's plan, which is known to work on
 * the hardware, with numbers for a vm_start of 0x4000 and a vm_end of 0x7f_ffff_8000:
 *
 *	0		nothing.  A load whose base is 0 faults whatever its 32-bit
 *			index is: hardware shifts that left by up to 4
 *	0x11_0000_0000	USC window, 4 GiB: all that USC offsets (32 bits) reach.  Offset 0
 *			is not used, either
 *	0x12_0000_0000	everything else, 410 GiB
 *	0x77_ffff_8000	the kernel's own, 32 GiB; Mesa's size, the kernel wants 512 MiB
 *
 * A page that is not mapped follows each buffer, so that who runs over the end of one is
 * not in the next one.
 */
#ifndef RUNTIME_DRM_PLAN_H
#define RUNTIME_DRM_PLAN_H

#include <stdint.h>

#define MUTSU_GPU_PAGE 0x4000ull
#define MUTSU_USC_SIZE (1ull << 32)

struct mutsu_plan {
	uint64_t usc_base;
	uint64_t start, end;			/* everything else */
	uint64_t kernel_start, kernel_end;
};

/* From what GET_PARAMS says.  -ERANGE: it does not fit. */
int mutsu_plan_make(struct mutsu_plan *plan, uint64_t vm_start, uint64_t vm_end,
		    uint64_t kernel_min_size);

#endif
