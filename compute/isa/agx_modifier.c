// SPDX-License-Identifier: MIT
/*
 * What fields say that are not operands: numbers, names, single bits.
 */
#include "agx_table.h"

static const char *const sr_names[] = {
	[0] = "threadgroup_in_grid_x",
	[1] = "threadgroup_in_grid_y",
	[2] = "threadgroup_in_grid_z",
	[4] = "threads_per_threadgroup_x",
	[5] = "threads_per_threadgroup_y",
	[6] = "threads_per_threadgroup_z",
	[8] = "dispatch_threads_per_threadgroup_x",
	[9] = "dispatch_threads_per_threadgroup_y",
	[10] = "dispatch_threads_per_threadgroup_z",
	[12] = "threadgroup_width",
	[13] = "threadgroup_height",
	[14] = "samples_log2",
	[20] = "core_index",
	[21] = "vm_slot",
	[48] = "thread_in_threadgroup_x",
	[49] = "thread_in_threadgroup_y",
	[50] = "thread_in_threadgroup_z",
	[51] = "thread_index_in_threadgroup",
	[52] = "thread_index_in_simdgroup",
	[53] = "simdgroup_index_in_threadgroup",
	[56] = "active_thread_index_in_quadgroup",
	[57] = "total_active_threads_in_quadgroup",
	[58] = "active_thread_index_in_simdgroup",
	[59] = "total_active_threads_in_simdgroup",
	[60] = "internal_coverage_mask",
	[62] = "backfacing",
	[63] = "is_active_thread",
	[80] = "thread_in_grid_x",
	[81] = "thread_in_grid_y",
	[82] = "thread_in_grid_z",
	[124] = "input_sample_mask",
	[144] = "helper_op",
	[146] = "helper_arg_l",
	[147] = "helper_arg_h",
};

static const char *const shift_names[] = { "", "lsl 1", "lsl 2", "lsl 3", "lsl 4" };

static const char *const round_names[] = { "rtz", "rte" };

static const char *const icond_names[] = {
	[0] = "ieq", [1] = "ult", [2] = "ugt", [4] = "seq", [5] = "slt", [6] = "sgt",
	[8] = "ine", [9] = "ugte", [10] = "ulte", [12] = "nseq", [13] = "sgte", [14] = "slte",
};

static const char *const fcond_names[] = {
	[0] = "feq",   [1] = "flt",   [2] = "fgt",   [3] = "fltn",
	[5] = "fgte",  [6] = "flte",  [7] = "fgtn",
	[8] = "fneq",  [9] = "fnlt",  [10] = "fngt", [11] = "fnltn",
	[13] = "fngte", [14] = "fnlte", [15] = "fngtn",
};

/*
 * Of a ballot.  Mesa prints names of integer conditions here, but the numbers are
 * these: without, a float ballot could not be told from an integer one.
 */
static const char *const fballot_names[] = {
	[0] = "feq",   [1] = "flt",   [2] = "fgt",   [3] = "fltn",   [4] = "fcond4",
	[5] = "fgte",  [6] = "flte",  [7] = "fgtn",
	[8] = "fneq",  [9] = "fnlt",  [10] = "fngt", [11] = "fnltn", [12] = "fcond12",
	[13] = "fngte", [14] = "fnlte", [15] = "fngtn",
};

static const char *const atomic_names[] = {
	"add", "sub", "xchg", "cmpxchg", "umin", "imin", "umax", "imax", "and", "or", "xor",
};

static const char *const shuffle_names[] = { "", "xor", "up", "down" };

static const char *const reduce_names[] = {
	[0] = "and",   [1] = "fadd",  [2] = "or",    [3] = "fmul",  [4] = "xor",   [5] = "fmin",
	[7] = "fmax",  [16] = "iadd", [20] = "smin", [22] = "smax", [28] = "umin", [30] = "umax",
};

static const char *const format_names[] = {
	[0] = "i8",	  [1] = "i16",		[2] = "i32",	     [3] = "f16",
	[4] = "u8norm",	  [5] = "s8norm",	[6] = "u16norm",     [7] = "s16norm",
	[8] = "rgb10a2",  [10] = "srgba8",	[12] = "rg11b10f",   [13] = "rgb9e5",
	[14] = "rg11b10f_rtz", [15] = "rgb9e5_rtz",
};

static const char *const mask_names[] = {
	"none", "x",  "y",  "xy",  "z",	 "xz",	"yz",  "xyz",
	"w",	"xw", "yw", "xyw", "zw", "xzw", "yzw", "xyzw",
};

static const char *const coherency_names[] = { "", "coherent1", "coherent2", "coherent" };

static const char *const group_names[] = { "a", "b" };

static const char *const dim_names[] = {
	"1d", "1d_array", "2d", "2d_array", "2d_ms", "3d", "cube", "cube_array", "2d_ms_array",
};

/* Two numbers have one name: for a uniform and for a register. */
static const char *const lod_type_names[] = {
	[0] = "auto_lod",      [1] = "auto_lod_bias",  [2] = "lod_min",
	[4] = "lod_grad",      [5] = "auto_lod_bias",  [6] = "lod_min",
	[9] = "auto_lod_bias_min", [12] = "lod_grad_min", [13] = "auto_lod_bias_min",
};

static const char *const gather_names[] = {
	[0] = "", [1] = "gather_r", [3] = "gather_g", [5] = "gather_b", [7] = "gather_a",
};

/* Likewise: for an immediate and for a register. */
static const char *const interpolation_names[] = { "", "sample", "centroid", "sample" };

#define MEMBER(m) .offset = offsetof(struct agx_insn, m), .size = sizeof(((struct agx_insn *)0)->m)
#define AT(kind) [AGX_FIELD_##kind - AGX_FIELD_MODIFIER]
#define NUMBER_OF(kind, text, style_, m)                                                           \
	AT(kind) = { .name = text, .style = style_, MEMBER(m) }
#define NAME_OF(kind, text, expects_, table, m)                                                    \
	AT(kind) = { .name = text, .expects = expects_, .style = AGX_STYLE_NAME, MEMBER(m),        \
		     .names = table, .n_names = ARRAY_SIZE(table) }
#define FLAG_OF(kind, style_, text, printed)                                                       \
	AT(kind) = { .name = text, .style = style_, .flag = AGX_##kind, .n_names = 1,              \
		     .names = (const char *const[]){ printed } }
#define FLAG(kind, text) FLAG_OF(kind, AGX_STYLE_FLAG, text, text)

/* clang-format off */
const struct agx_modifier agx_modifiers[AGX_FIELD_COUNT - AGX_FIELD_MODIFIER] = {
	NUMBER_OF(IMM, "imm", AGX_STYLE_NUMBER, imm),
	NUMBER_OF(IMM2, "imm2", AGX_STYLE_NUMBER, imm2),
	NUMBER_OF(OFFSET, "offset", AGX_STYLE_SIGNED, imm),
	NUMBER_OF(NEST, "nest", AGX_STYLE_NUMBER, nest),
	NUMBER_OF(BITMASK, "bitmask", AGX_STYLE_NUMBER, bitmask),
	NAME_OF(SR, "special register", "a special register", sr_names, sr),
	NAME_OF(SHIFT, "shift", "lsl 1 to lsl 4", shift_names, shift),
	NAME_OF(ROUND, "round", "rtz or rte", round_names, round),
	NAME_OF(ICOND, "condition", "an integer condition", icond_names, cond),
	NAME_OF(FCOND, "condition", "a float condition", fcond_names, cond),
	NAME_OF(FBALLOT, "condition", "a float condition", fballot_names, cond),
	NAME_OF(ATOMIC, "operation", "an atomic operation", atomic_names, subop),
	NAME_OF(SHUFFLE, "operation", "xor, up or down", shuffle_names, subop),
	NAME_OF(REDUCE, "operation", "a reduction", reduce_names, subop),
	NAME_OF(FORMAT, "format", "a format", format_names, format),
	NAME_OF(MASK, "mask", "a mask such as xyzw", mask_names, mask),
	NAME_OF(COHERENCY, "coherency", "coherent", coherency_names, coherency),
	NAME_OF(GROUP, "wait group", "wait group a or b", group_names, group),
	NAME_OF(DIM, "dimension", "a dimension", dim_names, dim),
	NAME_OF(LOD_TYPE, "lod type", "a type of level of detail", lod_type_names, lod_type),
	NAME_OF(GATHER, "gather", "gather_r, gather_g, gather_b or gather_a", gather_names, gather),
	NAME_OF(INTERPOLATION, "interpolation", "sample or centroid", interpolation_names,
		interpolation),
	FLAG_OF(SATURATE, AGX_STYLE_FLAG, "saturate", "sat"),
	FLAG(CACHE, "cache"),
	FLAG_OF(QUAD, AGX_STYLE_NOT_FLAG, "simd", "quad"),
	FLAG(ROTATE, "rotate"),
	FLAG(PREFIX, "prefix"),
	FLAG(LAST, "last"),
	FLAG(SHADOW, "shadow"),
	FLAG(QUERY_LOD, "query_lod"),
	FLAG(RW, "rw"),
	FLAG(COHERENT, "coherent"),
	FLAG(SPARSE, "sparse"),
	FLAG(KILL, "kill"),
	FLAG(FWD, "fwd"),
	FLAG(ELIDE, "elide"),
	FLAG(EXPLICIT_COORDS, "explicit_coords"),
	FLAG(RTZ, "rtz"),
};
/* clang-format on */

const char *agx_modifier_name(const struct agx_modifier *modifier, u32 value)
{
	return value < modifier->n_names ? modifier->names[value] : NULL;
}

/* Of a value without a name: the first bit that none with the same bits before it has. */
static int first_unknown_bit(const struct agx_modifier *modifier, u32 raw)
{
	int furthest = 0;

	for (u32 value = 0; value < modifier->n_names; value++) {
		if (modifier->names[value] && __builtin_ctz(raw ^ value) > furthest)
			furthest = __builtin_ctz(raw ^ value);
	}
	return furthest;
}

int agx_modifier_get(const struct agx_modifier *modifier, u32 raw, struct agx_insn *insn)
{
	u8 *member = (u8 *)insn + modifier->offset;
	u16 half = raw;

	switch (modifier->style) {
	case AGX_STYLE_FLAG:
		insn->flags |= raw ? modifier->flag : 0;
		return -1;
	case AGX_STYLE_NOT_FLAG:
		insn->flags |= raw ? 0 : modifier->flag;
		return -1;
	case AGX_STYLE_NAME:
		if (!agx_modifier_name(modifier, raw))
			return first_unknown_bit(modifier, raw);
		break;
	}
	if (modifier->size == 1)
		*member = raw;
	else if (modifier->size == 2)
		memcpy(member, &half, sizeof(half));
	else
		memcpy(member, &raw, sizeof(raw));
	return -1;
}

u32 agx_modifier_put(const struct agx_modifier *modifier, const struct agx_insn *insn)
{
	const u8 *member = (const u8 *)insn + modifier->offset;
	u16 half;
	u32 word;

	switch (modifier->style) {
	case AGX_STYLE_FLAG:
		return insn->flags & modifier->flag ? 1 : 0;
	case AGX_STYLE_NOT_FLAG:
		return insn->flags & modifier->flag ? 0 : 1;
	}
	if (modifier->size == 1)
		return *member;
	if (modifier->size == 2) {
		memcpy(&half, member, sizeof(half));
		return half;
	}
	memcpy(&word, member, sizeof(word));
	return word;
}

static const char *name_in(const char *const *names, unsigned int n, unsigned int i)
{
	return i < n ? names[i] : NULL;
}

const char *agx_icond_name(unsigned int cond)
{
	return name_in(icond_names, ARRAY_SIZE(icond_names), cond);
}

const char *agx_fcond_name(unsigned int cond)
{
	return name_in(fcond_names, ARRAY_SIZE(fcond_names), cond);
}

const char *agx_sr_name(unsigned int sr)
{
	return name_in(sr_names, ARRAY_SIZE(sr_names), sr);
}

const char *agx_format_name(unsigned int format)
{
	return name_in(format_names, ARRAY_SIZE(format_names), format);
}

const char *agx_class_name(enum agx_class class)
{
	static const char *const names[AGX_CLASS_COUNT] = {
		[AGX_CLASS_MOVE] = "move",
		[AGX_CLASS_INT] = "int",
		[AGX_CLASS_INT_SLOW] = "int-slow",
		[AGX_CLASS_FLOAT] = "float",
		[AGX_CLASS_SPECIAL] = "special",
		[AGX_CLASS_MATRIX] = "matrix",
		[AGX_CLASS_SIMD] = "simd",
		[AGX_CLASS_FLOW] = "flow",
		[AGX_CLASS_LOAD] = "load",
		[AGX_CLASS_STORE] = "store",
		[AGX_CLASS_ATOMIC] = "atomic",
		[AGX_CLASS_LOCAL] = "local",
		[AGX_CLASS_STACK] = "stack",
		[AGX_CLASS_SYNC] = "sync",
		[AGX_CLASS_UNIFORM] = "uniform",
		[AGX_CLASS_GRAPHICS] = "graphics",
		[AGX_CLASS_HELPER] = "helper",
	};

	return name_in(names, ARRAY_SIZE(names), class);
}
