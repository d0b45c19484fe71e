// SPDX-License-Identifier: MIT
#include "attend.h"

#include <errno.h>

#define QUERIES 8		/* of a tile */
#define SPLIT 8			/* SIMD-groups that share a tile, and a threadgroup */
#define TILES 4			/* of a threadgroup whose SIMD-groups have one each */
/* With so many tiles there are enough SIMD-groups for all of a GPU: nothing has to be shared. */
#define MANY 1024
#define BLOCK 32		/* dimensions */
#define MAX_BLOCKS 8
#define LOG2_E 1.44269504f

#define FOR_BLOCKS(type, each) \
	each(type, 1), each(type, 2), each(type, 3), each(type, 4), \
	each(type, 5), each(type, 6), each(type, 7), each(type, 8)
#define DECLARE(type, blocks) agx_kernel_attend_ ## type ## _ ## blocks
#define ADDRESS(type, blocks) &agx_kernel_attend_ ## type ## _ ## blocks

extern const struct agx_kernel FOR_BLOCKS(f16, DECLARE), FOR_BLOCKS(f32, DECLARE);
extern const struct agx_kernel FOR_BLOCKS(prompt, DECLARE);

enum kind { F16, F32, PROMPT };

static const struct agx_kernel *const kernels[][MAX_BLOCKS] = {
	[F16] = { FOR_BLOCKS(f16, ADDRESS) },
	[F32] = { FOR_BLOCKS(f32, ADDRESS) },
	[PROMPT] = { FOR_BLOCKS(prompt, ADDRESS) },
};

/* Positions that the SIMD-groups of a tile take at a time. */
static u32 step(enum kind kind, u32 blocks)
{
	const u32 each = kind == F32 || blocks > 6 ? 16 : 32;

	return each * (kind == PROMPT ? 1 : SPLIT);
}

static void set_cache(struct mutsu_agx_launch *launch, const struct mutsu_agx_attend *a,
		      enum kind kind, u32 blocks)
{
	const u32 size = a->f32 ? 4 : 2;
	/* Bytes of what is loaded for a lane: 4 elements of K, 8 halves or 4 floats of V. */
	const u32 k_size = 4 * size, v_size = 16;
	const u32 k_row = a->row_size / k_size, v_row = a->row_size / v_size;
	const u32 rest = a->head_dim - BLOCK * (blocks - 1);
	char k[] = "k0", v[] = "v0";

	for (u32 b = 0; b < blocks; b++) {
		k[1] = v[1] = (char)('0' + b);
		mutsu_agx_set_buffer(launch, k, a->k + (u64)b * BLOCK * size);
		mutsu_agx_set_buffer(launch, v, a->v + (u64)b * BLOCK * size);
	}
	mutsu_agx_set_u32(launch, "k_head", (u32)(a->head_size / k_size));
	mutsu_agx_set_u32(launch, "v_head", (u32)(a->head_size / v_size));
	mutsu_agx_set_u32(launch, "k_row", k_row);
	mutsu_agx_set_u32(launch, "v_row", v_row);
	mutsu_agx_set_u32(launch, "k_row8", 8 * k_row);
	mutsu_agx_set_u32(launch, "v_row8", 8 * v_row);
	mutsu_agx_set_u32(launch, "k_step", k_row * step(kind, blocks));
	mutsu_agx_set_u32(launch, "v_step", v_row * step(kind, blocks));
	mutsu_agx_set_u32(launch, "k_tail_max", rest / 4 - 1);
	mutsu_agx_set_u32(launch, "v_tail_max", rest / 8 - 1);
}

int mutsu_agx_attend(struct mutsu_agx_launch *launch, const struct mutsu_agx_attend *a)
{
	const u32 blocks = (a->head_dim + BLOCK - 1) / BLOCK;
	const u32 n_group = a->n_head / a->n_head_kv;
	const u32 tiles = (a->n * n_group + QUERIES - 1) / QUERIES;
	const enum kind kind = a->f32 ? F32 : tiles * a->n_head_kv < MANY ? F16 : PROMPT;

	/* Indices have 32 bits, and queries are divided as floats. */
	if (!blocks || blocks > MAX_BLOCKS || a->head_dim % 8 || (u64)a->n * n_group >> 17 ||
	    a->head_size * a->n_head_kv / (a->f32 ? 4 : 2) >> 32)
		return -ENOTSUP;
	assert(a->row_size == a->head_dim * (a->f32 ? 4 : 2));
	mutsu_agx_launch_init(launch, kernels[kind][blocks - 1], 0);
	set_cache(launch, a, kind, blocks);
	mutsu_agx_set_buffer(launch, "q", a->q);
	mutsu_agx_set_buffer(launch, "out", a->out);
	mutsu_agx_set_u32(launch, "q_stride", a->q_stride / 4);
	mutsu_agx_set_u32(launch, "out_stride", a->out_stride / 4);
	mutsu_agx_set_u32(launch, "vectors", a->head_dim / 4);
	mutsu_agx_set_u32(launch, "n_group", n_group);
	mutsu_agx_set_u32(launch, "window", a->window ? a->window : UINT32_MAX);
	mutsu_agx_set_f32(launch, "per_group", 1.0f / (float)n_group);
	mutsu_agx_set_f32(launch, "scale", a->scale * LOG2_E);
	launch->groups[0] = kind == PROMPT ? (tiles + TILES - 1) / TILES : tiles;
	launch->groups[1] = a->n_head_kv;
	return 0;
}
