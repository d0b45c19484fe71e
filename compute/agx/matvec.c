// SPDX-License-Identifier: MIT
#include "matvec.h"

#include <errno.h>

#include "matvec_form.h"

/* What the kernels have room for. */
#define CHUNKS 4u		/* at the same time */
#define GROUP_ROWS 256u
/*
 * Of a threadgroup.  They wait for x and for each other's parts, but a core has room for
 * two to four threadgroups.
 */
#define SIMDS 8u
#define FEW_GROUPS 8u		/* the smallest chip has idle cores with less */
#define FEW_ROWS 64u		/* of theirs, at least; then x is a tenth of 4-bit weights */
#define GROUP_BYTES (1u << 14)	/* of weights, at least, for what a threadgroup does before */
#define MANY_GROUPS 192u	/* the largest chip has enough to do */
#define SIMD_ROWS 8u		/* rows, at least, for what a SIMD-group does before the first */

MUTSU_AGX_TABLES(matvec);

/* How the matrix is cut; the frame in matvec.inc says into what. */
struct cut {
	u32 lane_shift;		/* log2 of the lanes of a segment */
	u32 chunks, sets, group_rows, groups;
	u32 row_shift;		/* log2 of row groups */
};

static u32 min_u32(u32 a, u32 b)
{
	return a < b ? a : b;
}

static u32 divide_up(u32 a, u32 b)
{
	return (a + b - 1) / b;
}

/*
 * A threadgroup reads all of x: the more rows it has, the less that matters.  With these,
 * x is a twentieth of the weights.
 */
static u32 rows_wanted(enum mutsu_type type)
{
	const struct mutsu_type_info *info = mutsu_type_info(type);

	return divide_up(20 * sizeof(float) * info->block_len, info->block_size);
}

static void cut_chunks(struct cut *cut, u32 cols)
{
	const u32 chunks = divide_up(cols, MUTSU_AGX_CHUNK);

	cut->sets = divide_up(chunks, CHUNKS);
	cut->chunks = divide_up(chunks, cut->sets);
	while (MUTSU_AGX_LANE << cut->lane_shift < cols && cut->lane_shift < 5)
		cut->lane_shift++;
}

/* log2 of the row groups that there may be. */
static u32 most_shift(const struct cut *cut)
{
	u32 shift = 0;

	while (cut->chunks << (shift + 1) <= SIMDS)
		shift++;
	return shift;
}

/* log2 of rows from one of a segment to its next one. */
static u32 step_shift(const struct cut *cut)
{
	return cut->row_shift + 5 - cut->lane_shift;
}

/* Threadgroups for a matrix of bytes. */
static u32 groups_wanted(enum mutsu_type type, u32 rows, u64 bytes)
{
	const u32 few = min_u32(rows / FEW_ROWS, FEW_GROUPS);
	u32 groups = rows / rows_wanted(type);

	groups = min_u32(groups < few ? few : groups, MANY_GROUPS);
	groups = min_u32(groups, (u32)(bytes / GROUP_BYTES));
	return groups ? groups : 1;
}

static void cut_rows(struct cut *cut, enum mutsu_type type, u32 rows, u64 bytes)
{
	u32 groups = groups_wanted(type, rows, bytes);

	if (divide_up(rows, groups) > GROUP_ROWS)
		groups = divide_up(rows, GROUP_ROWS);
	cut->group_rows = divide_up(rows, groups);
	cut->groups = divide_up(rows, cut->group_rows);
	while (cut->row_shift < most_shift(cut) &&
	       SIMD_ROWS << step_shift(cut) < cut->group_rows)
		cut->row_shift++;
}

static void set_cut(struct mutsu_agx_launch *launch, const struct cut *cut, u32 row_units)
{
	const u32 step = row_units << step_shift(cut);

	mutsu_agx_set_u32(launch, "group_rows", cut->group_rows);
	mutsu_agx_set_u32(launch, "chunks", cut->chunks);
	mutsu_agx_set_u32(launch, "by_chunks", divide_up(1u << 16, cut->chunks));
	mutsu_agx_set_u32(launch, "sets", cut->sets);
	mutsu_agx_set_u32(launch, "row_shift", cut->row_shift);
	mutsu_agx_set_u32(launch, "step_shift", step_shift(cut));
	mutsu_agx_set_u32(launch, "row_step", step);
	mutsu_agx_set_u32(launch, "pair_step", 2 * step);
}

static void set_w(struct mutsu_agx_launch *launch, const struct mutsu_agx_matvec *a, u64 step)
{
	const struct mutsu_agx_form *form = mutsu_agx_form(a->type);

	mutsu_agx_set_w(launch, a->type, 'a', a->w);
	if (form->pairs)
		mutsu_agx_set_w(launch, a->type, 'b', a->w + step * form->unit);
}

static void set_segments(struct mutsu_agx_launch *launch, const struct cut *cut, u32 cols)
{
	static const char *const with[] = { "with_1", "with_2", "with_4", "with_8" };
	u32 keep = 1;

	while (keep * 2 * MUTSU_AGX_LANE <= cols)
		keep *= 2;
	mutsu_agx_set_u32(launch, "narrow", cut->lane_shift < 5 ? keep : 0);
	mutsu_agx_set_u32(launch, "lane_mask", (1u << cut->lane_shift) - 1);
	mutsu_agx_set_u32(launch, "segment_shift", cut->lane_shift);
	for (u32 i = 0; i < 4; i++)
		mutsu_agx_set_f32(launch, with[i], cut->lane_shift > i);
}

static void set_rows(struct mutsu_agx_launch *launch, const struct mutsu_agx_matvec *a)
{
	mutsu_agx_set_u32(launch, "outputs", a->outputs);
	mutsu_agx_set_u32(launch, "per_row", a->per_row);
	mutsu_agx_set_u32(launch, "y_stride", a->y_stride);
	mutsu_agx_set_u32(launch, "x_stride", a->x_stride / 4);
	/* Rows times x_div are below 2^32: the product's upper half is the quotient. */
	mutsu_agx_set_u32(launch, "x_div", a->x_div == 1 ? 0 : UINT32_MAX / a->x_div + 1);
	mutsu_agx_set_u32(launch, "rows", a->rows);
	mutsu_agx_set_row(launch, a->type, a->cols);
}

int mutsu_agx_matvec(struct mutsu_agx_launch *launch, const struct mutsu_agx_matvec *a)
{
	const struct agx_kernel *kernel =
		mutsu_agx_any(a->cols) ? any_kernels[a->type] : kernels[a->type];
	const u32 row_units = mutsu_agx_row_units(a->type, a->cols);
	struct cut cut = { 0 };
	u64 bytes;

	if (!row_units)
		return -ENOTSUP;
	bytes = mutsu_type_row_size(a->type, a->cols) * a->rows;
	if (bytes > UINT32_MAX)
		return -ENOTSUP;
	cut_chunks(&cut, a->cols);
	cut_rows(&cut, a->type, a->rows, bytes);

	mutsu_agx_launch_init(launch, kernel, 32 * cut.chunks << cut.row_shift);
	mutsu_agx_set_buffer(launch, "y", a->y);
	mutsu_agx_set_buffer(launch, "x", a->x);
	set_segments(launch, &cut, a->cols);
	set_w(launch, a, (u64)row_units << step_shift(&cut));
	mutsu_agx_set_buffer(launch, "bias", a->bias);
	mutsu_agx_set_u32(launch, "has_bias", a->bias != 0);
	mutsu_agx_set_buffer(launch, "expert", a->expert);
	mutsu_agx_set_u32(launch, "has_expert", a->expert != 0);
	mutsu_agx_set_u32(launch, "expert_units", row_units * a->rows);
	set_rows(launch, a);
	set_cut(launch, &cut, row_units);
	launch->groups[0] = cut.groups;
	launch->groups[1] = a->n;
	return 0;
}
