// SPDX-License-Identifier: MIT
#include "matvec_form.h"

static const struct mutsu_agx_form forms[MUTSU_N_TYPES] = {
	[MUTSU_F32] = { 16, false, 1, { 0 } },
	[MUTSU_F16] = { 16, false, 1, { 0 } },
	[MUTSU_BF16] = { 16, false, 1, { 0 } },
	[MUTSU_Q4_0] = { 2, true, 3, { 0, 2, 10 } },
	[MUTSU_Q8_0] = { 2, false, 5, { 0, 2, 10, 18, 26 } },
	[MUTSU_Q4_K] = { 4, true, 2, { 0, 16 } },
	[MUTSU_Q6_K] = { 2, true, 6, { 0, 32, 128, 192, 196, 208 } },
	[MUTSU_Q4_1] = { 4, true, 2, { 0, 4 } },
	[MUTSU_Q5_0] = { 2, true, 4, { 0, 2, 6, 14 } },
	[MUTSU_Q5_1] = { 4, true, 2, { 0, 8 } },
	[MUTSU_Q2_K] = { 4, true, 4, { 16, 0, 4, 80 } },
	[MUTSU_Q3_K] = { 2, true, 6, { 32, 0, 96, 100, 104, 108 } },
	[MUTSU_Q5_K] = { 4, true, 3, { 0, 48, 16 } },
	[MUTSU_IQ4_NL] = { 2, true, 3, { 0, 2, 10 } },
	[MUTSU_IQ4_XS] = { 4, true, 2, { 0, 8 } },
};

const struct mutsu_agx_form *mutsu_agx_form(enum mutsu_type type)
{
	return &forms[type];
}

bool mutsu_agx_any(u32 cols)
{
	return cols % MUTSU_AGX_LANE;
}

u32 mutsu_agx_row_units(enum mutsu_type type, u32 cols)
{
	if (!forms[type].unit)
		return 0;
	if (!mutsu_agx_any(cols))
		return (u32)(mutsu_type_row_size(type, cols) / forms[type].unit);
	return mutsu_type_info(type)->block_len == 1 && cols % 4 == 0 ? cols / 4 : 0;
}

void mutsu_agx_set_w(struct mutsu_agx_launch *launch, enum mutsu_type type, char set, u64 w)
{
	const struct mutsu_agx_form *form = &forms[type];

	for (u32 i = 0; i < form->n; i++) {
		const char name[] = { 'w', set, (char)('0' + i), 0 };

		mutsu_agx_set_buffer(launch, name, w + form->offset[i]);
	}
}

void mutsu_agx_set_row(struct mutsu_agx_launch *launch, enum mutsu_type type, u32 cols)
{
	mutsu_agx_set_u32(launch, "blocks", (cols + MUTSU_AGX_LANE - 1) / MUTSU_AGX_LANE);
	mutsu_agx_set_u32(launch, "row_units", mutsu_agx_row_units(type, cols));
	if (mutsu_agx_any(cols))
		mutsu_agx_set_u32(launch, "vectors", cols / 4);
}
