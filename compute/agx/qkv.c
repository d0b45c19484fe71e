// SPDX-License-Identifier: MIT
#include "qkv.h"

#include <errno.h>

extern const struct agx_kernel agx_kernel_qkv_1;
extern const struct agx_kernel agx_kernel_qkv_2;
extern const struct agx_kernel agx_kernel_qkv_4;

static void set_buffers(struct mutsu_agx_launch *launch, const struct mutsu_agx_qkv *a)
{
	mutsu_agx_set_buffer(launch, "qkv", a->qkv);
	mutsu_agx_set_buffer(launch, "rope", a->rope);
	mutsu_agx_set_buffer(launch, "norm_q", a->norm_q);
	mutsu_agx_set_buffer(launch, "norm_k", a->norm_k);
	mutsu_agx_set_buffer(launch, "k", a->k);
	mutsu_agx_set_buffer(launch, "v", a->v);
}

int mutsu_agx_qkv(struct mutsu_agx_launch *launch, const struct mutsu_agx_qkv *a)
{
	const struct agx_kernel *kernel = a->head_dim <= 64  ? &agx_kernel_qkv_1 :
					  a->head_dim <= 128 ? &agx_kernel_qkv_2 :
							       &agx_kernel_qkv_4;
	const u64 head_size = a->head_size / (a->f32 ? 4 : 2);

	/* Indices have 32 bits. */
	if (a->head_dim > 256 || head_size * a->n_head_kv >> 32)
		return -ENOTSUP;
	assert(a->row_size == a->head_dim * (a->f32 ? 4 : 2));
	mutsu_agx_launch_init(launch, kernel, 0);
	set_buffers(launch, a);
	mutsu_agx_set_u32(launch, "stride", a->stride);
	mutsu_agx_set_u32(launch, "rope_stride", a->rope_stride);
	mutsu_agx_set_u32(launch, "head_size", (u32)head_size);
	mutsu_agx_set_u32(launch, "n_head", a->n_head);
	mutsu_agx_set_u32(launch, "first_v", a->n_head + a->n_head_kv);
	mutsu_agx_set_u32(launch, "head_dim", a->head_dim);
	mutsu_agx_set_u32(launch, "n_pairs", a->n_pairs);
	mutsu_agx_set_u32(launch, "half_dim", a->head_dim / 2);
	mutsu_agx_set_u32(launch, "first_scale", a->neox ? 1 : 2);
	mutsu_agx_set_u32(launch, "second", a->neox ? a->n_pairs : 1);
	mutsu_agx_set_u32(launch, "has_norm_q", a->norm_q != 0);
	mutsu_agx_set_u32(launch, "has_norm_k", a->norm_k != 0);
	mutsu_agx_set_u32(launch, "f32_cache", a->f32);
	mutsu_agx_set_f32(launch, "mean", 1.0f / (float)a->head_dim);
	mutsu_agx_set_f32(launch, "eps", a->eps);
	launch->groups[0] = a->n_head + 2 * a->n_head_kv;
	launch->groups[1] = a->n;
	return 0;
}
