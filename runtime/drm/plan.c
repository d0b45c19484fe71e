// SPDX-License-Identifier: MIT
#include "plan.h"

#include <errno.h>

#define GUARD (1ull << 36)
#define KERNEL_SIZE (32ull << 30)
/* The chip's addresses have 39 bits, and no kernel will say more than a few more. */
#define LIMIT (1ull << 48)

static uint64_t align_up(uint64_t n, uint64_t align)
{
	return (n + align - 1) & ~(align - 1);
}

int mutsu_plan_make(struct mutsu_plan *plan, uint64_t vm_start, uint64_t vm_end,
		    uint64_t kernel_min_size)
{
	const uint64_t size = kernel_min_size > KERNEL_SIZE ? kernel_min_size : KERNEL_SIZE;
	const uint64_t low = vm_start > GUARD ? vm_start : GUARD;

	if (vm_start >= vm_end || vm_end > LIMIT || kernel_min_size > LIMIT)
		return -ERANGE;
	plan->kernel_end = vm_end & ~(MUTSU_GPU_PAGE - 1);
	if (plan->kernel_end < align_up(size, MUTSU_GPU_PAGE))
		return -ERANGE;
	plan->kernel_start = plan->kernel_end - align_up(size, MUTSU_GPU_PAGE);
	/* Mesa has a buffer of its own below the window: never right at the guard's end. */
	plan->usc_base = align_up(low + 1, MUTSU_USC_SIZE);
	plan->start = plan->usc_base + MUTSU_USC_SIZE;
	plan->end = plan->kernel_start;
	return plan->start < plan->end ? 0 : -ERANGE;
}
