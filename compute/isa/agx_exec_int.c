// SPDX-License-Identifier: MIT
/*
 * Integer arithmetic: add, multiply, shifts and bit fields, bits, compare and
 * select, immediates.
 *
 * Compiled twice: as it is, and for AVX2 by agx_exec_int_avx2.c.
 */
#include "agx_exec.h"
#include "agx_exec_lanes.h"

#ifndef AGX_EXEC_INT
#define AGX_EXEC_INT agx_exec_int_generic

agx_exec_fn agx_exec_int(const struct agx_insn *insn)
{
#ifdef __x86_64__
	if (agx_has_avx2())
		return agx_exec_int_avx2(insn);
#endif
	return agx_exec_int_generic(insn);
}
#endif

/* --- shapes --------------------------------------------------------------- */

/* Handlers of one and two sources, from an expression of x and y; 32 bits. */
#define UNARY(name, expr)                                                                          \
	static void exec_##name(struct agx_simd *simd, const struct agx_insn *insn)                \
	{                                                                                          \
		struct agx_lanes buf, out;                                                         \
		const u32 *a = agx_get(simd, insn, 1, false, &buf);                                \
												   \
		agx_each_lane(l) {                                                                 \
			u32 x = a[l];                                                              \
												   \
			out.v[l] = (expr);                                                         \
		}                                                                                  \
		agx_put(simd, insn, out.v);                                                        \
	}

#define BINARY(name, expr)                                                                         \
	static void exec_##name(struct agx_simd *simd, const struct agx_insn *insn)                \
	{                                                                                          \
		struct agx_lanes buf[2], out;                                                      \
		const u32 *a = agx_get(simd, insn, 1, false, &buf[0]);                             \
		const u32 *b = agx_get(simd, insn, 2, false, &buf[1]);                             \
												   \
		agx_each_lane(l) {                                                                 \
			u32 x = a[l], y = b[l];                                                    \
												   \
			out.v[l] = (expr);                                                         \
		}                                                                                  \
		agx_put(simd, insn, out.v);                                                        \
	}

/* Bit field instructions: x, y, the shift s (0 to 127) and the mask m. */
#define FIELD(name, expr)                                                                          \
	static void exec_##name(struct agx_simd *simd, const struct agx_insn *insn)                \
	{                                                                                          \
		struct agx_lanes buf[3], out;                                                      \
		const u32 *a = agx_get(simd, insn, 1, false, &buf[0]);                             \
		const u32 *b = agx_get(simd, insn, 2, false, &buf[1]);                             \
		const u32 *c = agx_get(simd, insn, 3, false, &buf[2]);                             \
		const u32 m = mask_of(insn->bitmask);                                           \
												   \
		agx_each_lane(l) {                                                                 \
			u32 x = a[l], y = b[l], s = c[l] & 127;                                    \
												   \
			out.v[l] = (expr);                                                         \
		}                                                                                  \
		agx_put(simd, insn, out.v);                                                        \
	}

/* --- moves ---------------------------------------------------------------- */

static void exec_ldimm(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_lanes out;

	agx_broadcast(&out, (u32)insn->imm);
	agx_put(simd, insn, out.v);
}

/* The truth tables that look at no source. */
static void exec_fill(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_lanes out;

	agx_broadcast(&out, insn->op == AGX_OP_ONE ? ~0u : 0);
	agx_put(simd, insn, out.v);
}

static void exec_icsel(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_lanes buf[2], cmp, out;
	const u32 *x = agx_get(simd, insn, 3, false, &buf[0]);
	const u32 *y = agx_get(simd, insn, 4, false, &buf[1]);

	agx_icompare(simd, insn, 1, &cmp);
	agx_each_lane(l)
		out.v[l] = (x[l] & cmp.v[l]) | (y[l] & ~cmp.v[l]);
	agx_put(simd, insn, out.v);
}

/* --- bits ----------------------------------------------------------------- */

AGX_INLINE u32 bits_set(u32 x)
{
	x -= x >> 1 & 0x55555555;
	x = (x & 0x33333333) + (x >> 2 & 0x33333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f;
	x += x >> 8;
	x += x >> 16;
	return x & 63;
}

AGX_INLINE u32 bits_reversed(u32 x)
{
	x = (x >> 1 & 0x55555555) | (x & 0x55555555) << 1;
	x = (x >> 2 & 0x33333333) | (x & 0x33333333) << 2;
	x = (x >> 4 & 0x0f0f0f0f) | (x & 0x0f0f0f0f) << 4;
	x = (x >> 8 & 0x00ff00ff) | (x & 0x00ff00ff) << 8;
	return x >> 16 | x << 16;
}

/* Index of the highest bit, -1 without one. */
AGX_INLINE u32 bit_highest(u32 x)
{
	x |= x >> 1;
	x |= x >> 2;
	x |= x >> 4;
	x |= x >> 8;
	x |= x >> 16;
	return bits_set(x) - 1;
}

/* Bit i of the lower half goes to bit 2 * i. */
AGX_INLINE u32 bits_spread(u32 x)
{
	x &= 0xffff;
	x = (x | x << 8) & 0x00ff00ff;
	x = (x | x << 4) & 0x0f0f0f0f;
	x = (x | x << 2) & 0x33333333;
	return (x | x << 1) & 0x55555555;
}

UNARY(mov, x)
UNARY(not, ~x)
UNARY(popcnt, bits_set(x))
UNARY(bitrev, bits_reversed(x))
UNARY(ffs, bit_highest(x))
BINARY(and, x & y)
BINARY(andn1, ~x & y)
BINARY(andn2, x & ~y)
BINARY(xor, x ^ y)
BINARY(or, x | y)
BINARY(nor, ~(x | y))
BINARY(xnor, ~(x ^ y))
BINARY(orn1, ~x | y)
BINARY(orn2, x | ~y)
BINARY(nand, ~(x & y))
BINARY(intl, bits_spread(x) | bits_spread(y) << 1)

/* --- shifts --------------------------------------------------------------- */

/* Shifts that give 0 from the width on. */
AGX_INLINE u32 shl(u32 x, u32 s)
{
	return s < 32 ? x << (s & 31) : 0;
}

AGX_INLINE u32 shr(u32 x, u32 s)
{
	return s < 32 ? x >> (s & 31) : 0;
}

AGX_INLINE u64 shr64(u64 x, u32 s)
{
	return s < 64 ? x >> (s & 63) : 0;
}

/* The high word of x, shifted left as the low one of 64 bits. */
AGX_INLINE u32 shl_high(u32 x, u32 s)
{
	return s < 32 ? (u32)((u64)x << s >> 32) : shl(x, s - 32);
}

AGX_INLINE u32 insert(u32 into, u32 value, u32 mask)
{
	return (into & ~mask) | (value & mask);
}

static u32 mask_of(u32 width)
{
	return width ? (1u << (width & 31)) - 1 : ~0u;
}

BINARY(shl, shl(x, y & 127))
BINARY(shr, shr(x, y & 127))
FIELD(bfi, insert(x, shl(y, s), shl(m, s)))
FIELD(bfeil, insert(x, shr(y, s), m))
FIELD(extr, (u32)shr64((u64)y << 32 | x, s) & m)
FIELD(shlhi, insert(x, shl_high(y, s), s < 32 ? m : shl(m, s - 32)))
FIELD(shrhi, insert(x, (u32)shr64((u64)y << 32, s), (u32)((u64)m << 32 >> (s < 32 ? s : 32))))

/* asr and asrh shift their first source by the second, and look at no other. */
static void exec_asr(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_lanes buf[2], out;
	const u32 *a = agx_get(simd, insn, 1, true, &buf[0]);
	const u32 *b = agx_get(simd, insn, 2, false, &buf[1]);

	agx_each_lane(l) {
		u32 s = b[l] & 127;

		out.v[l] = (u32)((s32)a[l] >> (s < 31 ? s : 31));
	}
	agx_put(simd, insn, out.v);
}

static void exec_asrh(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_lanes buf[2], out;
	const u32 *a = agx_get(simd, insn, 1, true, &buf[0]);
	const u32 *b = agx_get(simd, insn, 2, false, &buf[1]);

	agx_each_lane(l) {
		u32 s = b[l] & 127;

		out.v[l] = (u32)((s64)((u64)a[l] << 32) >> (s < 63 ? s : 63));
	}
	agx_put(simd, insn, out.v);
}

/* --- add, multiply -------------------------------------------------------- */

/* Where the last source of an addition stands. */
AGX_INLINE int last_source(const struct agx_insn *insn)
{
	return insn->op == AGX_OP_IADD || insn->op == AGX_OP_ISUB ? 2 : 3;
}

AGX_INLINE bool subtracts(const struct agx_insn *insn)
{
	return insn->op == AGX_OP_ISUB || insn->op == AGX_OP_IMSUB;
}

/*
 * The addend, shifted and negated as the instruction says, 32 bits of it.  Shifts
 * from 5 on leave nothing.
 */
AGX_INLINE void get_addend(const struct agx_simd *simd, const struct agx_insn *insn,
			   struct agx_lanes *to)
{
	int i = last_source(insn);
	const u32 *c = agx_get(simd, insn, i, insn->operand[i].sx, to);
	const u32 s = insn->shift, sign = subtracts(insn) ? ~0u : 0;

	if (s > 4) {
		agx_broadcast(to, 0);
		return;
	}
	agx_each_lane(l)
		to->v[l] = ((c[l] << s) ^ sign) - sign;
}

static void exec_iadd(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_lanes buf, out;
	const u32 *a = agx_get(simd, insn, 1, insn->operand[1].sx, &buf);

	get_addend(simd, insn, &out);
	agx_each_lane(l)
		out.v[l] += a[l];
	agx_put(simd, insn, out.v);
}

static void exec_imadd(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct agx_lanes buf[2], out;
	const u32 *a = agx_get(simd, insn, 1, insn->operand[1].sx, &buf[0]);
	const u32 *b = agx_get(simd, insn, 2, insn->operand[2].sx, &buf[1]);

	if (insn->op == AGX_OP_IMUL)
		agx_broadcast(&out, 0);
	else
		get_addend(simd, insn, &out);
	agx_each_lane(l)
		out.v[l] += a[l] * b[l];
	agx_put(simd, insn, out.v);
}

/* Values of 64 bits, as two words; of operands, where they stand. */
struct wide {
	struct agx_lanes low, high;
};

struct wide_source {
	const u32 *low, *high;
};

AGX_INLINE struct wide_source get_wide(const struct agx_simd *simd, const struct agx_insn *insn,
				       int i, struct wide *buf)
{
	const bool sign = insn->operand[i].sx;
	const u32 *low = agx_get(simd, insn, i, sign, &buf->low);

	return (struct wide_source){
		.low = low, .high = agx_get_high(simd, insn, i, sign, low, &buf->high),
	};
}

/* from + the addend. */
AGX_INLINE void add_wide(const struct agx_simd *simd, const struct agx_insn *insn,
			 struct wide_source from, struct wide *to)
{
	struct wide buf;
	struct wide_source c;
	const u32 s = insn->shift < 5 ? insn->shift : 0;
	const u32 keep = insn->shift < 5 ? ~0u : 0;
	const bool minus = subtracts(insn);

	c = get_wide(simd, insn, last_source(insn), &buf);
	agx_each_lane(l) {
		u32 x = c.low[l] & keep, a = from.low[l];
		u32 low = x << s, high = (c.high[l] & keep) << s | x >> 1 >> (31 - s);
		u32 sum = a + low, difference = a - low, carry = sum < low, borrow = a < low;

		to->high.v[l] = minus ? from.high[l] - high - borrow
				      : from.high[l] + high + carry;
		to->low.v[l] = minus ? difference : sum;
	}
}

AGX_INLINE void put_wide(struct agx_simd *simd, const struct agx_insn *insn,
			 const struct wide *from)
{
	const u32 value = insn->operand[0].value;

	agx_put_reg(simd, value, false, from->low.v);
	agx_put_reg(simd, value + 2, false, from->high.v);
}

static void exec_iadd_wide(struct agx_simd *simd, const struct agx_insn *insn)
{
	struct wide buf, sum;

	add_wide(simd, insn, get_wide(simd, insn, 1, &buf), &sum);
	put_wide(simd, insn, &sum);
}

static void exec_imadd_wide(struct agx_simd *simd, const struct agx_insn *insn)
{
	const bool a_signed = insn->operand[1].sx, b_signed = insn->operand[2].sx;
	struct agx_lanes buf[2];
	const u32 *a = agx_get(simd, insn, 1, a_signed, &buf[0]);
	const u32 *b = agx_get(simd, insn, 2, b_signed, &buf[1]);
	struct wide sum;

	/* A negative factor is its unsigned value less 2^32. */
	agx_each_lane(l) {
		u64 product = (u64)a[l] * b[l];
		u32 less = (a_signed ? (u32)((s32)a[l] >> 31) & b[l] : 0) +
			   (b_signed ? (u32)((s32)b[l] >> 31) & a[l] : 0);

		sum.low.v[l] = (u32)product;
		sum.high.v[l] = (u32)(product >> 32) - less;
	}
	if (insn->op != AGX_OP_IMUL)
		add_wide(simd, insn, (struct wide_source){ sum.low.v, sum.high.v }, &sum);
	put_wide(simd, insn, &sum);
}

/* --- saturation ----------------------------------------------------------- */

/* Both extended by their own flags: what fits 65 bits. */
AGX_INLINE __int128 extended(u32 value, bool sign)
{
	return sign ? (__int128)(s32)value : (__int128)value;
}

/*
 * Clamps the exact result to the destination's width, as signed where any source
 * is.  Only with shift 0 and nothing of 64 bits: saturates() has asked.
 */
static void exec_saturating(struct agx_simd *simd, const struct agx_insn *insn)
{
	const bool multiplies = insn->op != AGX_OP_IADD && insn->op != AGX_OP_ISUB;
	const u32 bits = insn->operand[0].size == AGX_16 ? 16 : 32;
	const int last = insn->op == AGX_OP_IMUL ? 2 : last_source(insn);
	struct agx_lanes buf[3], out;
	const u32 *x[3];
	bool sx[3], sign = false;
	__int128 min, max;

	for (int i = 0; i < last; i++) {
		sx[i] = insn->operand[i + 1].sx;
		sign |= sx[i];
		x[i] = agx_get(simd, insn, i + 1, sx[i], &buf[i]);
	}
	min = sign ? -((__int128)1 << (bits - 1)) : 0;
	max = ((__int128)1 << (bits - sign)) - 1;
	for (int l = 0; l < AGX_LANES; l++) {
		__int128 sum = extended(x[0][l], sx[0]), c = 0;

		if (multiplies)
			sum *= extended(x[1][l], sx[1]);
		if (insn->op != AGX_OP_IMUL)
			c = extended(x[last - 1][l], sx[last - 1]);
		sum += subtracts(insn) ? -c : c;
		out.v[l] = (u32)(sum < min ? min : sum > max ? max : sum);
	}
	agx_put(simd, insn, out.v);
}

static bool saturates(const struct agx_insn *insn)
{
	if (!(insn->flags & AGX_SATURATE) || insn->shift)
		return false;
	for (int i = 0; i < insn->n_operands; i++)
		if (insn->operand[i].size == AGX_64)
			return false;
	return true;
}

static agx_exec_fn adder(const struct agx_insn *insn)
{
	const bool adds = insn->op == AGX_OP_IADD || insn->op == AGX_OP_ISUB;

	if (saturates(insn))
		return exec_saturating;
	if (insn->operand[0].size == AGX_64)
		return adds ? exec_iadd_wide : exec_imadd_wide;
	return adds ? exec_iadd : exec_imadd;
}

/*
 * not_a and mov_a are truth tables of B alone, whose result hardware is not known
 * to define; they do what they are called.
 */
static const agx_exec_fn handlers[AGX_OP_COUNT] = {
	[AGX_OP_LDIMM16] = exec_ldimm,
	[AGX_OP_LDIMM32] = exec_ldimm,
	[AGX_OP_SHL] = exec_shl,
	[AGX_OP_SHR] = exec_shr,
	[AGX_OP_BFI] = exec_bfi,
	[AGX_OP_BFEIL] = exec_bfeil,
	[AGX_OP_EXTR] = exec_extr,
	[AGX_OP_SHLHI] = exec_shlhi,
	[AGX_OP_SHRHI] = exec_shrhi,
	[AGX_OP_ASR] = exec_asr,
	[AGX_OP_ASRH] = exec_asrh,
	[AGX_OP_NOT_A] = exec_not,
	[AGX_OP_MOV] = exec_mov,
	[AGX_OP_NOT] = exec_not,
	[AGX_OP_MOV_A] = exec_mov,
	[AGX_OP_ZERO] = exec_fill,
	[AGX_OP_AND] = exec_and,
	[AGX_OP_ANDN1] = exec_andn1,
	[AGX_OP_ANDN2] = exec_andn2,
	[AGX_OP_XOR] = exec_xor,
	[AGX_OP_OR] = exec_or,
	[AGX_OP_NOR] = exec_nor,
	[AGX_OP_XNOR] = exec_xnor,
	[AGX_OP_ORN1] = exec_orn1,
	[AGX_OP_ORN2] = exec_orn2,
	[AGX_OP_NAND] = exec_nand,
	[AGX_OP_ONE] = exec_fill,
	[AGX_OP_BITREV] = exec_bitrev,
	[AGX_OP_POPCNT] = exec_popcnt,
	[AGX_OP_FFS] = exec_ffs,
	[AGX_OP_INTL] = exec_intl,
};

agx_exec_fn AGX_EXEC_INT(const struct agx_insn *insn)
{
	switch (insn->op) {
	case AGX_OP_IADD:
	case AGX_OP_ISUB:
	case AGX_OP_IMUL:
	case AGX_OP_IMADD:
	case AGX_OP_IMSUB:
		return adder(insn);
	case AGX_OP_ICSEL:
		return agx_icond_known(insn->cond) ? exec_icsel : NULL;
	default:
		return insn->op < AGX_OP_COUNT ? handlers[insn->op] : NULL;
	}
}
