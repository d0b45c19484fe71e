// SPDX-License-Identifier: MIT
/* Loads, stores and atomics of device, threadgroup and stack memory. */
#include "oracle.h"

#include <math.h>

/* One element of a format in memory. */
static u32 format_size(unsigned int format)
{
	switch (format) {
	case AGX_I8:
	case AGX_U8NORM:
	case AGX_S8NORM:
	case AGX_SRGBA8:
		return 1;
	case AGX_I16:
	case AGX_F16:
	case AGX_U16NORM:
	case AGX_S16NORM:
		return 2;
	default:
		return 4;
	}
}

u32 oracle_packed_components(const struct agx_insn *insn)
{
	switch (insn->format) {
	case AGX_RGB10A2:
		return 4;
	case AGX_RG11B10F:
	case AGX_RG11B10F_RTZ:
	case AGX_RGB9E5:
	case AGX_RGB9E5_RTZ:
		return 3;
	default:
		return 0;
	}
}

/* --- formats ------------------------------------------------------------------ */

static double norm(double x, double max)
{
	return x < -max ? -1.0 : x / max;
}

static double from_srgb(double x)
{
	return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

/* An unsigned float with five bits of exponent and so many of mantissa. */
static double small_float(u32 bits, int mantissa)
{
	int e = (int)(bits >> mantissa & 31);
	u32 m = bits & ((1u << mantissa) - 1);

	if (e == 31)
		return m ? NAN : INFINITY;
	return e ? ldexp((1 << mantissa) + (double)m, e - 15 - mantissa) :
		   ldexp(m, -14 - mantissa);
}

/* Element i of a word or element of memory, as a number. */
static double unpacked(unsigned int format, u32 bits, int i)
{
	static const int shift10[] = { 0, 10, 20, 30 }, shift11[] = { 0, 11, 22 };

	switch (format) {
	case AGX_F16:
		return oracle_f16_value((u16)bits);
	case AGX_U8NORM:
		return norm((u8)bits, 255);
	case AGX_S8NORM:
		return norm((s8)bits, 127);
	case AGX_U16NORM:
		return norm((u16)bits, 65535);
	case AGX_S16NORM:
		return norm((s16)bits, 32767);
	case AGX_SRGBA8:
		return i == 3 ? norm((u8)bits, 255) : from_srgb(norm((u8)bits, 255));
	case AGX_RGB10A2:
		return i == 3 ? norm(bits >> 30, 3) : norm(bits >> shift10[i] & 1023, 1023);
	case AGX_RG11B10F:
	case AGX_RG11B10F_RTZ:
		return small_float(bits >> shift11[i], i == 2 ? 5 : 6);
	default:		/* rgb9e5 */
		return ldexp(bits >> 9 * i & 511, (int)(bits >> 27) - 15 - 9);
	}
}

static u32 scaled(double x, double low, double max)
{
	x = isnan(x) ? 0.0 : x < low ? low : x > 1.0 ? 1.0 : x;
	return (u32)(s32)rint(x * max);
}

static double to_srgb(double x)
{
	return x <= 0.0031308 ? x * 12.92 : 1.055 * pow(x, 1 / 2.4) - 0.055;
}

static double rounded(unsigned int format, double x)
{
	return format == AGX_RG11B10F_RTZ || format == AGX_RGB9E5_RTZ ? trunc(x) : rint(x);
}

/*
 * The reverse of small_float(): what is negative is zero, what is too large the
 * largest.  Which of the NaNs is anybody's choice.
 */
static u32 small_float_bits(unsigned int format, double x, int mantissa)
{
	u32 infinity = 31u << mantissa;
	int e;

	if (isnan(x))
		return infinity | 31u << (mantissa - 5);
	if (isinf(x))
		return x > 0.0 ? infinity : 0;
	if (x <= 0.0)
		return 0;
	e = ilogb(x) < -14 ? -14 : ilogb(x);
	if (e < 16) {
		double m = rounded(format, ldexp(x, mantissa - e));
		u32 bits = ((u32)(e + 14) << mantissa) + (u32)m;

		if (bits < infinity)
			return bits;
	}
	return infinity - 1;
}

/* One of several in a word, or all there is. */
static u32 packed(unsigned int format, double x, int i)
{
	static const int shift11[] = { 0, 11, 22 };

	switch (format) {
	case AGX_F16:
		return oracle_f16_bits(x);
	case AGX_U8NORM:
		return scaled(x, 0, 255);
	case AGX_S8NORM:
		return scaled(x, -1, 127) & 0xff;
	case AGX_U16NORM:
		return scaled(x, 0, 65535);
	case AGX_S16NORM:
		return scaled(x, -1, 32767) & 0xffff;
	case AGX_SRGBA8:
		return scaled(i == 3 ? x : to_srgb(x > 0.0 ? x : 0.0), 0, 255);
	case AGX_RGB10A2:
		return i == 3 ? scaled(x, 0, 3) << 30 : scaled(x, 0, 1023) << 10 * i;
	default:		/* rg11b10f */
		return small_float_bits(format, x, i == 2 ? 5 : 6) << shift11[i];
	}
}

/* Three numbers with one exponent: that of the greatest, after it was rounded. */
static u32 shared_exponent(unsigned int format, const double from[3])
{
	double most = 0.0, x[3];
	int e;
	u32 word;

	for (int i = 0; i < 3; i++) {
		x[i] = from[i] > 0.0 ? fmin(from[i], 65408.0) : 0.0;
		most = fmax(most, x[i]);
	}
	e = most < 0x1p-16 ? -16 : ilogb(most);
	if (rounded(format, ldexp(most, 8 - e)) == 512.0)
		e++;
	word = (u32)(e + 16) << 27;
	for (int i = 0; i < 3; i++)
		word |= (u32)rounded(format, ldexp(x[i], 8 - e)) << 9 * i;
	return word;
}

/* Raw integers, and f16 to f16, do not become numbers on their way. */
static bool is_raw(unsigned int format, unsigned int size)
{
	return format <= AGX_I32 || (format == AGX_F16 && size == AGX_16);
}

static u32 to_register(unsigned int format, unsigned int size, u32 bits, int i)
{
	double x;

	if (is_raw(format, size))
		return bits;
	/* As all results, through f32. */
	x = oracle_f32_value(oracle_f32_bits(unpacked(format, bits, i)));
	return size == AGX_16 ? oracle_f16_bits(x) : oracle_f32_bits(x);
}

static double register_value(const struct oracle *o, int lane, const struct agx_operand *reg,
			     int i)
{
	u32 bits = (u32)oracle_bits(o, lane, reg, i);

	return reg->size == AGX_16 ? oracle_f16_value((u16)bits) : oracle_f32_value(bits);
}

/* Register n of the vector, to be element i of the format. */
static u32 to_memory(const struct oracle *o, int lane, const struct agx_insn *insn,
		     const struct agx_operand *reg, int n, int i)
{
	if (is_raw(insn->format, reg->size))
		return (u32)oracle_bits(o, lane, reg, n);
	return packed(insn->format, register_value(o, lane, reg, n), i);
}

/* --- where it is ------------------------------------------------------------------ */

/* size bytes of an address, or NULL with the fault noted. */
static u8 *device(struct oracle *o, int lane, u64 address, u32 size, bool write)
{
	enum agx_fault_kind kind = AGX_FAULT_UNMAPPED;

	for (int i = 0; i < ORACLE_REGIONS; i++) {
		const struct oracle_region *r = &o->region[i];

		if (address - r->address >= r->size || r->size - (address - r->address) < size)
			continue;
		if (!write || (r->prot & AGX_MEM_WRITE))
			return r->bytes + (address - r->address);
		kind = AGX_FAULT_READ_ONLY;
	}
	oracle_fault(o, kind, lane, address);
	return NULL;
}

static u8 *within(struct oracle *o, int lane, u8 *bytes, u32 have, u64 address, u32 size,
		  enum agx_fault_kind kind)
{
	if (address < have && have - address >= size)
		return bytes + address;
	oracle_fault(o, kind, lane, address);
	return NULL;
}

struct access {
	const struct agx_operand *reg, *base;
	int index;		/* operand */
	u32 size;		/* of an element */
	u32 n;			/* registers */
	bool write;
	unsigned int space;
};

static s64 index_of(const struct oracle *o, int lane, const struct agx_insn *insn, int i)
{
	const struct agx_operand *index = &insn->operand[i];

	if (index->kind == AGX_NONE)
		return 0;
	if (index->kind == AGX_REG && !index->sx)
		return (s64)oracle_bits(o, lane, index, 0);
	return oracle_signed(o, lane, insn, i);
}

static u64 base_of(const struct oracle *o, int lane, const struct agx_operand *base)
{
	if (!base || (base->kind != AGX_REG && base->kind != AGX_UNIFORM))
		return 0;
	return oracle_bits(o, lane, base, 0);
}

/*
 * Element i of those from the lane's address on.  Device memory is addressed in
 * elements behind the base, the others in bytes; elements are aligned.
 */
static u8 *element(struct oracle *o, int lane, const struct agx_insn *insn,
		   const struct access *a, u32 i)
{
	u64 index = (u64)index_of(o, lane, insn, a->index), base = base_of(o, lane, a->base);
	u32 shift = oracle_packed_components(insn) ? 0 : insn->shift > 2 ? 2 : insn->shift;
	u64 align = ~(u64)(a->size - 1);

	if (a->space == AGX_SPACE_DEVICE)
		return device(o, lane, (base & align) + ((index << shift) + i) * a->size, a->size,
			      a->write);
	if (a->space == AGX_SPACE_LOCAL)
		return within(o, lane, o->local, o->local_size,
			      (u16)((base + index) & align) + i * a->size, a->size,
			      AGX_FAULT_LOCAL);
	return within(o, lane, o->stack[lane], o->stack_size,
		      ((index << shift) & align) + i * a->size, a->size, AGX_FAULT_STACK);
}

static u32 get(const u8 *bytes, u32 size)
{
	u32 x = 0;

	for (u32 i = 0; i < size; i++)
		x |= (u32)bytes[i] << 8 * i;
	return x;
}

static void put(u8 *bytes, u32 size, u32 x)
{
	for (u32 i = 0; i < size; i++)
		bytes[i] = (u8)(x >> 8 * i);
}

/* --- instructions ------------------------------------------------------------------ */

static bool load_packed(struct oracle *o, int lane, const struct agx_insn *insn,
			const struct access *a)
{
	u8 *bytes = element(o, lane, insn, a, 0);
	u32 word;

	if (!bytes)
		return false;
	word = get(bytes, 4);
	for (u32 i = 0; i < oracle_packed_components(insn); i++)
		oracle_set(o, lane, a->reg, (int)i,
			   to_register(insn->format, a->reg->size, word, (int)i));
	return true;
}

static bool store_packed(struct oracle *o, int lane, const struct agx_insn *insn,
			 const struct access *a)
{
	u8 *bytes = element(o, lane, insn, a, 0);
	double x[4];
	u32 word = 0;

	if (!bytes)
		return false;
	for (int i = 0; i < (int)oracle_packed_components(insn); i++)
		x[i] = register_value(o, lane, a->reg, i);
	if (insn->format == AGX_RGB9E5 || insn->format == AGX_RGB9E5_RTZ) {
		word = shared_exponent(insn->format, x);
	} else {
		for (int i = 0; i < (int)oracle_packed_components(insn); i++)
			word |= packed(insn->format, x[i], i);
	}
	put(bytes, 4, word);
	return true;
}

/* Holes in the mask skip memory, not registers. */
static bool transfer(struct oracle *o, int lane, const struct agx_insn *insn,
		     const struct access *a)
{
	u32 value[4];
	int n = 0;

	for (u32 i = 0; i < 4; i++) {
		u8 *bytes;

		if (!(insn->mask >> i & 1))
			continue;
		bytes = element(o, lane, insn, a, i);
		if (!bytes)
			return false;
		if (a->write)
			put(bytes, a->size, to_memory(o, lane, insn, a->reg, n, (int)i));
		else
			value[n] = to_register(insn->format, a->reg->size, get(bytes, a->size),
					       (int)i);
		n++;
	}
	/* The address may be in registers that the load overwrites. */
	for (int i = 0; i < n && !a->write; i++)
		oracle_set(o, lane, a->reg, i, value[i]);
	return true;
}

#define ATOMICS(X)							\
	X(ADD, old + v)							\
	X(SUB, old - v)							\
	X(XCHG, v)							\
	X(CMPXCHG, old == expected ? v : old)				\
	X(UMIN, old < v ? old : v)					\
	X(IMIN, (s32)old < (s32)v ? old : v)				\
	X(UMAX, old > v ? old : v)					\
	X(IMAX, (s32)old > (s32)v ? old : v)				\
	X(AND, old & v)							\
	X(OR, old | v)							\
	X(XOR, old ^ v)

static u32 atomic_result(unsigned int op, u32 old, u32 v, u32 expected)
{
	switch (op) {
#define CASE(name, expr) case AGX_ATOMIC_##name: return (expr);
	ATOMICS(CASE)
#undef CASE
	default:
		return old;
	}
}

/* Lanes one after the other. */
static bool atomic(struct oracle *o, int lane, const struct agx_insn *insn,
		   const struct access *a)
{
	const struct agx_operand *d = &insn->operand[0];
	u8 *bytes = element(o, lane, insn, a, 0);
	u32 old, v, expected = 0;

	if (!bytes)
		return false;
	old = get(bytes, 4);
	v = (u32)oracle_bits(o, lane, a->reg, 0);
	if (insn->subop == AGX_ATOMIC_CMPXCHG)
		expected = (u32)oracle_bits(o, lane, a->reg, 1);
	put(bytes, 4, atomic_result(insn->subop, old, v, expected));
	if (d->kind == AGX_REG)
		oracle_set(o, lane, d, 0, old);
	return true;
}

static bool one_lane(struct oracle *o, int lane, const struct agx_insn *insn,
		     const struct access *a)
{
	if (insn->op == AGX_OP_ATOMIC || insn->op == AGX_OP_LATOMIC)
		return atomic(o, lane, insn, a);
	if (oracle_packed_components(insn))
		return a->write ? store_packed(o, lane, insn, a) : load_packed(o, lane, insn, a);
	return transfer(o, lane, insn, a);
}

static bool access_of(const struct agx_insn *insn, struct access *a)
{
	const struct agx_operand *op = insn->operand;

	*a = (struct access){ .reg = &op[0], .base = &op[1], .index = 2,
			      .size = format_size(insn->format) };
	switch (insn->op) {
	case AGX_OP_STORE:
		a->write = true;
		fallthrough;
	case AGX_OP_LOAD:
		return true;
	case AGX_OP_LSTORE:
		a->write = true;
		fallthrough;
	case AGX_OP_LLOAD:
		a->space = AGX_SPACE_LOCAL;
		return true;
	case AGX_OP_STACK_STORE:
		a->write = true;
		fallthrough;
	case AGX_OP_STACK_LOAD:
		a->space = AGX_SPACE_STACK;
		a->base = NULL;
		a->index = 1;
		return true;
	case AGX_OP_LATOMIC:
		a->space = AGX_SPACE_LOCAL;
		fallthrough;
	case AGX_OP_ATOMIC:
		*a = (struct access){ .reg = &op[1], .base = &op[2], .index = 3, .size = 4,
				      .write = true, .space = a->space };
		return true;
	default:
		return false;
	}
}

bool oracle_memory(struct oracle *o, const struct agx_insn *insn, enum oracle_next *next)
{
	struct access a;

	if (!access_of(insn, &a))
		return false;
	if (insn->op != AGX_OP_ATOMIC && insn->op != AGX_OP_LATOMIC &&
	    insn->format == AGX_I32 && a.reg->size == AGX_16) {
		*next = oracle_fault(o, AGX_FAULT_ILLEGAL, 0, 0);
		return true;
	}
	*next = ORACLE_NEXT;
	for (int lane = 0; lane < AGX_LANES; lane++) {
		if (o->active[lane] && !one_lane(o, lane, insn, &a)) {
			*next = ORACLE_FAULT;
			break;
		}
	}
	return true;
}
