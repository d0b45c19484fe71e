// SPDX-License-Identifier: MIT
#include "type.h"

#include "quant.h"

static const struct mutsu_type_info types[] = {
	[MUTSU_F32] = { "F32", 1, 4, true, MUTSU_ACT_F32 },
	[MUTSU_F16] = { "F16", 1, 2, true, MUTSU_ACT_R16 },
	[MUTSU_Q4_0] = { "Q4_0", 32, 18, true, MUTSU_ACT_Q8 },
	[MUTSU_Q4_1] = { "Q4_1", 32, 20, true, MUTSU_ACT_Q8 },
	[MUTSU_Q5_0] = { "Q5_0", 32, 22, true, MUTSU_ACT_Q8 },
	[MUTSU_Q5_1] = { "Q5_1", 32, 24, true, MUTSU_ACT_Q8 },
	[MUTSU_Q8_0] = { "Q8_0", 32, 34, true, MUTSU_ACT_Q8 },
	[9] = { "Q8_1", 32, 36, false, 0 },
	[MUTSU_Q2_K] = { "Q2_K", 256, 84, true, MUTSU_ACT_Q8K },
	[MUTSU_Q3_K] = { "Q3_K", 256, 110, true, MUTSU_ACT_Q8K },
	[MUTSU_Q4_K] = { "Q4_K", 256, 144, true, MUTSU_ACT_Q8K },
	[MUTSU_Q5_K] = { "Q5_K", 256, 176, true, MUTSU_ACT_Q8K },
	[MUTSU_Q6_K] = { "Q6_K", 256, 210, true, MUTSU_ACT_Q8K },
	[15] = { "Q8_K", 256, 292, false, 0 },
	[16] = { "IQ2_XXS", 256, 66, false, 0 },
	[17] = { "IQ2_XS", 256, 74, false, 0 },
	[18] = { "IQ3_XXS", 256, 98, false, 0 },
	[19] = { "IQ1_S", 256, 50, false, 0 },
	[MUTSU_IQ4_NL] = { "IQ4_NL", 32, 18, true, MUTSU_ACT_Q8 },
	[21] = { "IQ3_S", 256, 110, false, 0 },
	[22] = { "IQ2_S", 256, 82, false, 0 },
	[MUTSU_IQ4_XS] = { "IQ4_XS", 256, 136, true, MUTSU_ACT_Q8K },
	[24] = { "I8", 1, 1, false, 0 },
	[25] = { "I16", 1, 2, false, 0 },
	[26] = { "I32", 1, 4, false, 0 },
	[27] = { "I64", 1, 8, false, 0 },
	[28] = { "F64", 1, 8, false, 0 },
	[29] = { "IQ1_M", 256, 56, false, 0 },
	[MUTSU_BF16] = { "BF16", 1, 2, true, MUTSU_ACT_F32 },
	[34] = { "TQ1_0", 256, 54, false, 0 },
	[35] = { "TQ2_0", 256, 66, false, 0 },
	[39] = { "MXFP4", 32, 17, false, 0 },
};

static const struct mutsu_type_info unknown;

const struct mutsu_type_info *mutsu_type_info(uint32_t type)
{
	return type < sizeof(types) / sizeof(types[0]) ? &types[type] : &unknown;
}

size_t mutsu_type_row_size(enum mutsu_type type, size_t n)
{
	const struct mutsu_type_info *info = mutsu_type_info(type);

	return n / info->block_len * info->block_size;
}

size_t mutsu_act_row_size(enum mutsu_act act, size_t n)
{
	size_t size = 0;

	switch (act) {
	case MUTSU_ACT_F32:
	case MUTSU_ACT_R16:
	case MUTSU_N_ACTS:
		size = n * sizeof(float);
		break;
	case MUTSU_ACT_F16:
		size = n * sizeof(uint16_t);
		break;
	case MUTSU_ACT_Q8:
		size = n / MUTSU_QK * sizeof(struct mutsu_q8);
		break;
	case MUTSU_ACT_Q8K:
		size = n / MUTSU_QK_K * sizeof(struct mutsu_q8k);
		break;
	}
	return (size + 15) & ~(size_t)15;
}
