// SPDX-License-Identifier: MIT
#include "dequant.h"

#include <errno.h>

#include "matvec_form.h"

#define KERNEL(type) extern const struct agx_kernel agx_kernel_dequant_##type;
KERNEL(f32)
KERNEL(f16)
KERNEL(bf16)
KERNEL(f32_any)
KERNEL(f16_any)
KERNEL(bf16_any)
KERNEL(q4_0)
KERNEL(q4_1)
KERNEL(q5_0)
KERNEL(q5_1)
KERNEL(q8_0)
KERNEL(q2_k)
KERNEL(q3_k)
KERNEL(q4_k)
KERNEL(q5_k)
KERNEL(q6_k)
KERNEL(iq4_nl)
KERNEL(iq4_xs)
#undef KERNEL

static const struct agx_kernel *const kernels[MUTSU_N_TYPES] = {
	[MUTSU_F32] = &agx_kernel_dequant_f32,
	[MUTSU_F16] = &agx_kernel_dequant_f16,
	[MUTSU_BF16] = &agx_kernel_dequant_bf16,
	[MUTSU_Q4_0] = &agx_kernel_dequant_q4_0,
	[MUTSU_Q4_1] = &agx_kernel_dequant_q4_1,
	[MUTSU_Q5_0] = &agx_kernel_dequant_q5_0,
	[MUTSU_Q5_1] = &agx_kernel_dequant_q5_1,
	[MUTSU_Q8_0] = &agx_kernel_dequant_q8_0,
	[MUTSU_Q2_K] = &agx_kernel_dequant_q2_k,
	[MUTSU_Q3_K] = &agx_kernel_dequant_q3_k,
	[MUTSU_Q4_K] = &agx_kernel_dequant_q4_k,
	[MUTSU_Q5_K] = &agx_kernel_dequant_q5_k,
	[MUTSU_Q6_K] = &agx_kernel_dequant_q6_k,
	[MUTSU_IQ4_NL] = &agx_kernel_dequant_iq4_nl,
	[MUTSU_IQ4_XS] = &agx_kernel_dequant_iq4_xs,
};

static const struct agx_kernel *const any_kernels[MUTSU_N_TYPES] = {
	[MUTSU_F32] = &agx_kernel_dequant_f32_any,
	[MUTSU_F16] = &agx_kernel_dequant_f16_any,
	[MUTSU_BF16] = &agx_kernel_dequant_bf16_any,
};

int mutsu_agx_dequant(struct mutsu_agx_launch *launch, const struct mutsu_agx_dequant *a)
{
	const struct agx_kernel *kernel =
		mutsu_agx_any(a->cols) ? any_kernels[a->type] : kernels[a->type];

	if (!mutsu_agx_row_units(a->type, a->cols))
		return -ENOTSUP;
	mutsu_agx_launch_init(launch, kernel, 0);
	mutsu_agx_set_buffer(launch, "y", a->y);
	mutsu_agx_set_w(launch, a->type, 'a', a->w);
	mutsu_agx_set_u32(launch, "y_stride", a->cols / 4);
	mutsu_agx_set_row(launch, a->type, a->cols);
	launch->groups[0] = a->rows;
	launch->groups[1] = (a->cols + MUTSU_AGX_CHUNK - 1) / MUTSU_AGX_CHUNK;
	return 0;
}
