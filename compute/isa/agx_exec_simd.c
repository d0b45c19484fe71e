// SPDX-License-Identifier: MIT
/*
 * Across lanes: shuffles, integer reductions and scans, ballots; and special
 * registers.
 */
#include "agx_exec.h"
#include "agx_exec_fp.h"
#include "agx_exec_lanes.h"

/* --- special registers ---------------------------------------------------- */

/* Active lanes below each lane, in as many lanes as width. */
static void count_below(u32 active, u32 width, struct agx_lanes *to)
{
	for (u32 l = 0; l < AGX_LANES; l++) {
		u32 first = l & ~(width - 1), below = (1u << l) - (1u << first);

		to->v[l] = agx_popcount(active & below);
	}
}

static void count_active(u32 active, u32 width, struct agx_lanes *to)
{
	const u32 all = width == AGX_LANES ? AGX_ALL_LANES : (1u << width) - 1;

	for (u32 l = 0; l < AGX_LANES; l++)
		to->v[l] = agx_popcount(active >> (l & ~(width - 1)) & all);
}

static void read_sr(const struct agx_simd *simd, u32 sr, struct agx_lanes *to)
{
	const struct agx_group *group = simd->group;
	const u32 axis = sr & 3;

	switch (sr) {
	case AGX_SR_THREADGROUP_IN_GRID_X ... AGX_SR_THREADGROUP_IN_GRID_X + 2:
		agx_broadcast(to, group->id[axis]);
		break;
	case AGX_SR_THREADS_PER_THREADGROUP_X ... AGX_SR_THREADS_PER_THREADGROUP_X + 2:
		agx_broadcast(to, group->actual[axis]);
		break;
	case AGX_SR_DISPATCH_THREADS_PER_THREADGROUP_X ...
	     AGX_SR_DISPATCH_THREADS_PER_THREADGROUP_X + 2:
		agx_broadcast(to, group->nominal[axis]);
		break;
	case AGX_SR_THREAD_IN_THREADGROUP_X ... AGX_SR_THREAD_IN_THREADGROUP_X + 2:
		agx_each_lane(l)
			to->v[l] = simd->thread[axis][l];
		break;
	case AGX_SR_THREAD_IN_GRID_X ... AGX_SR_THREAD_IN_GRID_X + 2:
		agx_each_lane(l)
			to->v[l] = group->id[axis] * group->nominal[axis] +
				   simd->thread[axis][l];
		break;
	case AGX_SR_THREAD_INDEX_IN_THREADGROUP:
		agx_each_lane(l)
			to->v[l] = simd->index * AGX_LANES + l;
		break;
	case AGX_SR_THREAD_INDEX_IN_SIMDGROUP:
		agx_each_lane(l)
			to->v[l] = l;
		break;
	case AGX_SR_SIMDGROUP_INDEX_IN_THREADGROUP:
		agx_broadcast(to, simd->index);
		break;
	case AGX_SR_ACTIVE_THREAD_INDEX_IN_QUADGROUP:
		count_below(simd->active, 4, to);
		break;
	case AGX_SR_TOTAL_ACTIVE_THREADS_IN_QUADGROUP:
		count_active(simd->active, 4, to);
		break;
	case AGX_SR_ACTIVE_THREAD_INDEX_IN_SIMDGROUP:
		count_below(simd->active, AGX_LANES, to);
		break;
	case AGX_SR_TOTAL_ACTIVE_THREADS_IN_SIMDGROUP:
		agx_broadcast(to, agx_popcount(simd->active));
		break;
	case AGX_SR_IS_ACTIVE_THREAD:
		agx_lanes_of(to, simd->active);
		agx_each_lane(l)
			to->v[l] &= 1;
		break;
	case AGX_SR_CORE_INDEX:
		agx_broadcast(to, group->core_index);
		break;
	default:	/* AGX_SR_VM_SLOT */
		agx_broadcast(to, 0);
		break;
	}
}

/* Those of graphics and of the helper program have no value here. */
static bool sr_known(u32 sr)
{
	return sr <= 2 || (sr >= 4 && sr <= 6) || (sr >= 8 && sr <= 10) ||
	       sr == AGX_SR_CORE_INDEX || sr == AGX_SR_VM_SLOT || (sr >= 48 && sr <= 53) ||
	       (sr >= 56 && sr <= 59) || sr == AGX_SR_IS_ACTIVE_THREAD ||
	       (sr >= 80 && sr <= 82);
}

static void exec_mfsr(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_lanes out;

	read_sr(simd, insn->sr, &out);
	agx_put(simd, insn, out.v);
}

/* --- ballot --------------------------------------------------------------- */

/* Each quad of the quad form gets its own four bits, in the lowest ones. */
static void put_ballot(struct agx_simd *simd, const struct agx_insn *insn, u32 lanes)
{
	struct agx_lanes out;

	lanes &= simd->active;
	if (insn->flags & AGX_QUAD)
		for (u32 l = 0; l < AGX_LANES; l++)
			out.v[l] = lanes >> (l & ~3u) & 15;
	else
		agx_broadcast(&out, lanes);
	agx_put(simd, insn, out.v);
}

static void exec_ballot(struct agx_simd *simd, const struct agx_insn *insn)
{
	put_ballot(simd, insn, simd->active);
}

static void exec_icmp_ballot(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_lanes cmp;

	agx_icompare(simd, insn, 1, &cmp);
	put_ballot(simd, insn, agx_mask_of(cmp.v));
}

static void exec_fcmp_ballot(struct agx_simd *simd, const struct agx_insn *insn)
{
	put_ballot(simd, insn, agx_exec_fcmp(simd, insn));
}

/* --- shuffle -------------------------------------------------------------- */

/*
 * Quads hand out their values in an order that the low two bits of their four
 * indices, or-ed together, choose; lanes then pick a quad by the upper bits of
 * their own index.  Neither looks at the exec mask.  A lane whose index leads
 * outside (of the SIMD-group, or of the quad in the quad form) keeps its own value.
 */
static u32 order_in_quad(u32 op, u32 i, u32 low)
{
	switch (op) {
	case AGX_SHUFFLE:
		return low;
	case AGX_SHUFFLE_XOR:
		return i ^ low;
	case AGX_SHUFFLE_UP:
		return (i - low) & 3;
	default:
		return (i + low) & 3;
	}
}

/* Lane, counted within width, that lane i wants; width or more where there is none. */
static u32 wanted(const struct agx_insn *insn, u32 i, u32 index, u32 width)
{
	switch (insn->subop) {
	case AGX_SHUFFLE:
		return index;
	case AGX_SHUFFLE_XOR:
		return i ^ index;
	case AGX_SHUFFLE_UP:
		return insn->flags & AGX_ROTATE ? (i - index) & (width - 1)
						: index <= i ? i - index : width;
	default:
		return i + index;
	}
}

/* The same index in all lanes: they get what they want. */
static void exec_shuffle_imm(struct agx_simd *simd, const struct agx_insn *insn)
{
	const u32 width = insn->flags & AGX_QUAD ? 4 : AGX_LANES, index = insn->operand[2].value;
	struct agx_lanes buf, out;
	const u32 *a = agx_get(simd, insn, 1, false, &buf);

	for (u32 l = 0; l < AGX_LANES; l++) {
		u32 i = l & (width - 1), want = wanted(insn, i, index, width);

		out.v[l] = a[want < width ? l - i + want : l];
	}
	agx_put(simd, insn, out.v);
}

static void exec_shuffle(struct agx_simd *simd, const struct agx_insn *insn)
{
	const u32 width = insn->flags & AGX_QUAD ? 4 : AGX_LANES;
	struct agx_lanes buf[2], quads, out;
	const u32 *a = agx_get(simd, insn, 1, false, &buf[0]);
	const u32 *b = agx_get(simd, insn, 2, false, &buf[1]);

	for (u32 quad = 0; quad < AGX_LANES; quad += 4) {
		u32 low = (b[quad] | b[quad + 1] | b[quad + 2] | b[quad + 3]) & 3;

		for (u32 i = 0; i < 4; i++)
			quads.v[quad + i] = a[quad + order_in_quad(insn->subop, i, low)];
	}
	for (u32 l = 0; l < AGX_LANES; l++) {
		u32 i = l & (width - 1), want = wanted(insn, i, b[l], width);

		out.v[l] = want < width ? quads.v[((l - i + want) & ~3u) + (l & 3)] : a[l];
	}
	agx_put(simd, insn, out.v);
}

/* --- reductions ----------------------------------------------------------- */

AGX_INLINE u32 reduced(u32 op, u32 a, u32 b)
{
	switch (op) {
	case AGX_REDUCE_AND:
		return a & b;
	case AGX_REDUCE_OR:
		return a | b;
	case AGX_REDUCE_XOR:
		return a ^ b;
	case AGX_REDUCE_IADD:
		return a + b;
	case AGX_REDUCE_SMIN:
		return (s32)a < (s32)b ? a : b;
	case AGX_REDUCE_SMAX:
		return (s32)a > (s32)b ? a : b;
	case AGX_REDUCE_UMIN:
		return a < b ? a : b;
	default:
		return a > b ? a : b;
	}
}

/* What inactive lanes contribute: of the source's width. */
static u32 identity(u32 op, bool half)
{
	switch (op) {
	case AGX_REDUCE_AND:
	case AGX_REDUCE_UMIN:
		return half ? 0xffff : ~0u;
	case AGX_REDUCE_SMIN:
		return half ? 0x7fff : 0x7fffffff;
	case AGX_REDUCE_SMAX:
		return half ? (u32)-0x8000 : 0x80000000;
	default:
		return 0;
	}
}

AGX_INLINE void reduce_all(u32 op, u32 none, const struct agx_lanes *x, struct agx_lanes *to)
{
	u32 sum = none;

	agx_each_lane(l)
		sum = reduced(op, sum, x->v[l]);
	agx_broadcast(to, sum);
}

AGX_INLINE void reduce_quads(u32 op, const struct agx_lanes *x, struct agx_lanes *to)
{
	for (u32 l = 0; l < AGX_LANES; l += 4) {
		u32 sum = reduced(op, reduced(op, x->v[l], x->v[l + 1]),
				  reduced(op, x->v[l + 2], x->v[l + 3]));

		for (u32 i = 0; i < 4; i++)
			to->v[l + i] = sum;
	}
}

/* Of the lanes below in the same SIMD-group or quad. */
AGX_INLINE void scan(u32 op, u32 width, u32 none, const struct agx_lanes *x,
		     struct agx_lanes *to)
{
	u32 sum = none;

	for (u32 l = 0; l < AGX_LANES; l++) {
		if (!(l & (width - 1)))
			sum = none;
		to->v[l] = sum;
		sum = reduced(op, sum, x->v[l]);
	}
}

AGX_INLINE void reduce(struct agx_simd *simd, const struct agx_insn *insn, u32 op)
{
	const u32 width = insn->op == AGX_OP_QUAD ? 4 : AGX_LANES;
	const bool sign = op == AGX_REDUCE_SMIN || op == AGX_REDUCE_SMAX;
	const struct agx_operand *o = &insn->operand[1];
	const bool half = o->kind == AGX_IMM ? insn->operand[0].size == AGX_16
					     : o->size == AGX_16;
	const u32 none = identity(op, half);
	struct agx_lanes buf, x, out;
	const u32 *a = agx_get(simd, insn, 1, sign, &buf);

	agx_each_lane(l)
		x.v[l] = simd->lane_mask[l] ? a[l] : none;
	if (insn->flags & AGX_PREFIX)
		scan(op, width, none, &x, &out);
	else if (width == 4)
		reduce_quads(op, &x, &out);
	else
		reduce_all(op, none, &x, &out);
	agx_put(simd, insn, out.v);
}

#define REDUCE(name, op)                                                                           \
	static void exec_reduce_##name(struct agx_simd *simd, const struct agx_insn *insn)         \
	{                                                                                          \
		reduce(simd, insn, op);                                                            \
	}

REDUCE(and, AGX_REDUCE_AND)
REDUCE(or, AGX_REDUCE_OR)
REDUCE(xor, AGX_REDUCE_XOR)
REDUCE(iadd, AGX_REDUCE_IADD)
REDUCE(smin, AGX_REDUCE_SMIN)
REDUCE(smax, AGX_REDUCE_SMAX)
REDUCE(umin, AGX_REDUCE_UMIN)
REDUCE(umax, AGX_REDUCE_UMAX)

static agx_exec_fn reducer(u32 op)
{
	switch (op) {
	case AGX_REDUCE_AND:
		return exec_reduce_and;
	case AGX_REDUCE_OR:
		return exec_reduce_or;
	case AGX_REDUCE_XOR:
		return exec_reduce_xor;
	case AGX_REDUCE_IADD:
		return exec_reduce_iadd;
	case AGX_REDUCE_SMIN:
		return exec_reduce_smin;
	case AGX_REDUCE_SMAX:
		return exec_reduce_smax;
	case AGX_REDUCE_UMIN:
		return exec_reduce_umin;
	case AGX_REDUCE_UMAX:
		return exec_reduce_umax;
	default:
		return NULL;
	}
}

agx_exec_fn agx_exec_simd(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_MFSR:
		return sr_known(insn->sr) ? exec_mfsr : NULL;
	case AGX_OP_BALLOT:
		return exec_ballot;
	case AGX_OP_ICMP_BALLOT:
		return agx_icond_known(insn->cond) ? exec_icmp_ballot : NULL;
	case AGX_OP_FCMP_BALLOT:
		return exec_fcmp_ballot;
	case AGX_OP_SHUFFLE:
		/* Nobody is known to rotate in another direction. */
		if (insn->flags & AGX_ROTATE && insn->subop != AGX_SHUFFLE_UP)
			return NULL;
		return insn->operand[2].kind == AGX_IMM ? exec_shuffle_imm : exec_shuffle;
	case AGX_OP_SIMD:
	case AGX_OP_QUAD:
		return reducer(insn->subop);
	default:
		return NULL;
	}
}
