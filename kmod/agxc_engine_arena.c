// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: memory of the signalling path
 *
 * Decoded shaders and private stacks come from memory that is allocated once, by probe.
 * Each block begins with its node in the allocator, so that nothing else is needed.
 */
#include <drm/drm_mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "agxc_engine_private.h"

/* Cache lines, and what AVX2 wants of stacks. */
#define UNIT 64
#define HEADER ALIGN(sizeof(struct drm_mm_node), UNIT)

/* A block's node is in it, and where that will be is not known before it is found. */
static struct drm_mm_node *insert(struct agxc_arena *arena, u64 size)
{
	struct drm_mm_node found = {}, *node;

	if (drm_mm_insert_node(&arena->mm, &found, size))
		return NULL;
	drm_mm_remove_node(&found);

	node = arena->memory + found.start;
	*node = (struct drm_mm_node){ .start = found.start, .size = size };
	return drm_mm_reserve_node(&arena->mm, node) ? NULL : node;
}

static void *arena_alloc(void *ctx, size_t size)
{
	struct agxc_arena *arena = ctx;
	struct drm_mm_node *node;

	if (size > arena->size)
		return NULL;
	size = ALIGN(size, UNIT) + HEADER;
	spin_lock(&arena->lock);
	node = insert(arena, size);
	if (node)
		arena->used += size;
	spin_unlock(&arena->lock);
	return node ? (void *)node + HEADER : NULL;
}

static void arena_free(void *ctx, void *ptr)
{
	struct agxc_arena *arena = ctx;
	struct drm_mm_node *node = ptr - HEADER;

	spin_lock(&arena->lock);
	arena->used -= node->size;
	drm_mm_remove_node(node);
	spin_unlock(&arena->lock);
}

int agxc_arena_init(struct agxc_arena *arena, size_t size)
{
	arena->memory = vzalloc(size);
	if (!arena->memory)
		return -ENOMEM;

	arena->size = size;
	arena->pool = (struct agx_pool){
		.alloc = arena_alloc, .free = arena_free, .ctx = arena,
	};
	spin_lock_init(&arena->lock);
	drm_mm_init(&arena->mm, 0, size);
	return 0;
}

/* All blocks are free.  Also for one that is zeroed, or could not be made. */
void agxc_arena_fini(struct agxc_arena *arena)
{
	if (!arena->memory)
		return;
	drm_mm_takedown(&arena->mm);
	vfree(arena->memory);
}
