// SPDX-License-Identifier: MIT
/*
 * Memory of stacks.  Not among the handlers: a kernel compiles those for registers that
 * it may use while programs run only.
 */
#include "agx_exec.h"

int agx_simd_reserve(struct agx_simd *simd, u32 size)
{
	u8 *stack;

	if (size > AGX_STACK_SIZE)
		return -EINVAL;
	if (size <= simd->stack_room)
		return 0;
	/* Not both at a time in a pool: it is small. */
	if (simd->pool)
		agx_simd_destroy(simd);
	stack = agx_pool_alloc(simd->pool, (size_t)size * AGX_LANES);
	if (!stack)
		return -ENOMEM;
	if (simd->stack)
		memcpy(stack, simd->stack, (size_t)simd->stack_room * AGX_LANES);
	agx_simd_destroy(simd);
	simd->stack = stack;
	simd->stack_room = size;
	return 0;
}

void agx_simd_destroy(struct agx_simd *simd)
{
	agx_pool_free(simd->pool, simd->stack);
	simd->stack = NULL;
	simd->stack_room = 0;
}
