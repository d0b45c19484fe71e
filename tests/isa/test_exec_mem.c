// SPDX-License-Identifier: MIT
/* Loads, stores, atomics, stack and uniform stores, against plain C. */
#include "compute/isa/agx_exec_fp.h"

#include "exec.h"

#define ROUNDS 3000
#define BASE 0x2000000000		/* a readable and writable run of pages */
#define SIZE 0x6000u
#define READ_ONLY 0x2000010000		/* one page of those */
#define SPLIT 0x2000003000		/* here host memory goes on elsewhere */

/* --- an address space ----------------------------------------------------- */

/*
 * The run is in two pieces on the host, so that accesses over the border between them
 * are seen; ahead is a copy that what is expected happens to.
 */
struct space {
	u8 low[0x3000] AGX_ALIGNED(64);
	u8 gap[64];
	u8 high[0x3000] AGX_ALIGNED(64);
	u8 read_only[0x1000] AGX_ALIGNED(64);
	u8 ahead[SIZE];
};

static void *map(void *ctx, u64 address, u64 *avail, u32 *prot)
{
	struct space *s = ctx;

	*prot = AGX_MEM_READ | AGX_MEM_WRITE;
	if (address >= BASE && address < SPLIT) {
		*avail = SPLIT - address;
		return s->low + (address - BASE);
	}
	if (address >= SPLIT && address < BASE + SIZE) {
		*avail = BASE + SIZE - address;
		return s->high + (address - SPLIT);
	}
	*prot = AGX_MEM_READ;
	if (address >= READ_ONLY && address < READ_ONLY + 0x1000) {
		*avail = READ_ONLY + 0x1000 - address;
		return s->read_only + (address - READ_ONLY);
	}
	return NULL;
}

static struct space *space_new(struct bench *b)
{
	struct space *s = aligned_alloc(64, sizeof(*s));

	memset(s, 0, sizeof(*s));
	b->memory = (struct agx_memory){ .map = map, .ctx = s };
	agx_tlb_init(&b->tlb, &b->memory);
	return s;
}

static void space_fill(struct space *s)
{
	for (u32 i = 0; i < SIZE; i++)
		s->ahead[i] = (u8)(kt_random() >> 56);
	memcpy(s->low, s->ahead, sizeof(s->low));
	memcpy(s->high, s->ahead + sizeof(s->low), sizeof(s->high));
}

static bool space_same(const struct space *s)
{
	return !memcmp(s->low, s->ahead, sizeof(s->low)) &&
	       !memcmp(s->high, s->ahead + sizeof(s->low), sizeof(s->high));
}

/* --- formats -------------------------------------------------------------- */

static u32 element_size(u32 format)
{
	static const u8 size[16] = { 1, 2, 4, 2, 1, 1, 2, 2, 4, 0, 1, 0, 4, 4, 4, 4 };

	return size[format];
}

static bool packed(u32 format)
{
	return format == AGX_RGB10A2 || format >= AGX_RG11B10F;
}

static u32 components(const struct agx_insn *insn)
{
	u32 n = 0;

	if (packed(insn->format))
		return insn->format == AGX_RGB10A2 ? 4 : 3;
	for (int i = 0; i < 4; i++)
		n += insn->mask >> i & 1;
	return n;
}

static u32 little_endian(const u8 *bytes, u32 size)
{
	u32 v = 0;

	for (u32 i = 0; i < size; i++)
		v |= (u32)bytes[i] << 8 * i;
	return v;
}

static void put_little_endian(u8 *bytes, u32 size, u32 v)
{
	for (u32 i = 0; i < size; i++)
		bytes[i] = (u8)(v >> 8 * i);
}

static struct agx_operand signed_imm(u32 value)
{
	struct agx_operand o = imm(value);

	o.sx = true;
	return o;
}

static struct agx_operand element(const struct agx_operand *o, u32 k)
{
	struct agx_operand one = *o;

	one.count = 1;
	one.value = (u16)(o->value + (k << o->size));
	return one;
}

/* Halves of f16 are moved as they are, NaNs too. */
static bool is_raw(const struct agx_insn *insn)
{
	return insn->format <= AGX_I32 ||
	       (insn->format == AGX_F16 && insn->operand[0].size == AGX_16);
}

/* What memory makes of the registers of one lane, and the reverse. */
static u32 unpacked(const struct agx_insn *insn, u32 raw, u32 component)
{
	u32 in[AGX_LANES] = { raw }, out[AGX_LANES];

	if (is_raw(insn))
		return raw;
	agx_format_unpack(out, in, insn->format, component, insn->operand[0].size);
	return out[0];
}

static u32 repacked(const struct agx_insn *insn, const u32 value[4], u32 component)
{
	u32 in[4][AGX_LANES] = { { value[0] }, { value[1] }, { value[2] }, { value[3] } };
	const u32 *p[4] = { in[0], in[1], in[2], in[3] };
	u32 out[AGX_LANES];

	if (is_raw(insn))
		return value[component];
	agx_format_pack(out, p, insn->format, component, insn->operand[0].size);
	return out[0];
}

/*
 * What the lane's access at bytes does; element k of the register vector is the k'th
 * that the mask has.
 */
static void expect_load(struct bench *b, const struct agx_insn *insn, u32 lane, const u8 *bytes)
{
	u32 size = element_size(insn->format), n = components(insn);

	for (u32 k = 0, i = 0; k < n; i++) {
		struct agx_operand o = element(&insn->operand[0], k);

		if (packed(insn->format))
			bench_expect(b, &o, lane, unpacked(insn, little_endian(bytes, 4), k++));
		else if (insn->mask >> i & 1) {
			u32 raw = little_endian(bytes + i * size, size);

			bench_expect(b, &o, lane, unpacked(insn, raw, i));
			k++;
		}
	}
}

static void expect_store(struct bench *b, const struct agx_insn *insn, u32 lane, u8 *bytes)
{
	u32 size = element_size(insn->format), n = components(insn), value[4] = { 0 };

	for (u32 k = 0, i = 0; k < n; i++) {
		struct agx_operand o = element(&insn->operand[0], k);

		if (packed(insn->format) || insn->mask >> i & 1) {
			value[i] = (u32)bench_read(b, &o, lane);
			k++;
		}
	}
	if (packed(insn->format)) {
		put_little_endian(bytes, 4, repacked(insn, value, 0));
		return;
	}
	for (u32 i = 0; i < 4; i++)
		if (insn->mask >> i & 1)
			put_little_endian(bytes + i * size, size, repacked(insn, value, i));
}

/* A format, a mask, and a vector of registers that fit them. */
static void any_access(struct agx_insn *insn)
{
	static const u8 formats[] = {
		AGX_I8, AGX_I16, AGX_I32, AGX_I32, AGX_I32, AGX_F16, AGX_U8NORM, AGX_S8NORM,
		AGX_U16NORM, AGX_S16NORM, AGX_RGB10A2, AGX_SRGBA8, AGX_RG11B10F, AGX_RGB9E5,
	};
	u32 n, room;

	insn->format = formats[kt_below(ARRAY_SIZE(formats))];
	insn->mask = (u8)(kt_below(2) ? (1u << (1 + kt_below(4))) - 1 : 1 + kt_below(15));
	n = components(insn);
	room = 100 - n;
	insn->operand[0] = insn->format == AGX_I32 || kt_below(2) ? reg32(1 + kt_below(room))
								  : half(2 + kt_below(2 * room));
	insn->operand[0].count = (u16)(n & 7);
	if (packed(insn->format))
		insn->operand[0].count = (u16)__builtin_popcount(insn->mask) & 7;
}

/* --- device memory -------------------------------------------------------- */

/* Where lanes go: side by side, all the same, apart, in any order. */
enum pattern { DENSE, SAME, STRIDED, SCATTERED, PATTERNS };

struct access {
	struct agx_insn insn;
	u64 base[AGX_LANES];
	s64 index[AGX_LANES];
};

/*
 * Bases in r110:r111 or u20, indices in r112 or an immediate; all of it within the
 * run, with bases that are not aligned.
 */
static void any_place(struct access *a)
{
	struct agx_insn *insn = &a->insn;
	u32 size = element_size(insn->format), n = components(insn);
	u32 s = packed(insn->format) ? 0 : insn->shift, unit = size << s;
	bool far = kt_below(2), uniform = kt_below(2), in_index = uniform || kt_below(2);
	bool in_both = in_index && !uniform && far && kt_below(2);
	u32 pattern = kt_below(PATTERNS), span = 0x1000, first = kt_below(SIZE - 2 * span);
	s64 bias = far && in_index ? -(s64)kt_below(1000) - 1 : 0;

	insn->operand[1] = uniform ? uniform32(20) : reg64(110);
	insn->operand[1].size = AGX_64;
	insn->operand[2] = in_index ? reg32(112) : imm(kt_below(8));
	insn->operand[2].sx = far || kt_below(2);
	for (u32 l = 0; l < AGX_LANES; l++) {
		u32 at = 0;

		if (pattern == DENSE)
			at = l * n * size;
		else if (pattern == STRIDED)
			at = l * 64;
		else if (pattern == SCATTERED)
			at = kt_below(span - 16);
		a->base[l] = BASE + first - (u64)(bias * (s64)unit);
		a->index[l] = in_index ? at / unit + bias : insn->operand[2].value;
		if (!in_index)
			a->base[l] += at;
		if (in_both) {
			a->base[l] += l * unit;
			a->index[l] -= l;
		}
	}
}

static void place(struct bench *b, const struct access *a)
{
	for (u32 l = 0; l < AGX_LANES; l++) {
		b->simd.reg[110][l] = (u32)a->base[l];
		b->simd.reg[111][l] = (u32)(a->base[l] >> 32);
		b->simd.reg[112][l] = (u32)a->index[l];
	}
	b->uniform[20] = (u32)a->base[0];
	b->uniform[21] = (u32)(a->base[0] >> 32);
}

static u32 offset_of(const struct access *a, u32 lane)
{
	u32 size = element_size(a->insn.format);
	u32 s = packed(a->insn.format) ? 0 : a->insn.shift;
	u64 address = a->base[lane] & ~(u64)(size - 1);

	return (u32)(address + (u64)a->index[lane] * (size << s) - BASE);
}

static void check_access(struct bench *b, struct space *space, const struct access *a)
{
	const struct agx_insn *insn = &a->insn;

	if (!bench_one(b, insn))
		ck_abort_msg("operation %u cannot be encoded", insn->op);
	space_fill(space);
	bench_start(b);
	place(b, a);
	if (bench_step(b) != AGX_RUNNING) {
		char text[200];

		agx_fault_print(text, sizeof(text), &b->simd.fault);
		ck_abort_msg("%s: %s", bench_text(b), text);
	}
	for (u32 l = 0; l < AGX_LANES; l++) {
		u8 *bytes = space->ahead + offset_of(a, l);

		if (!is_active(b, l))
			continue;
		if (insn->op == AGX_OP_LOAD)
			expect_load(b, insn, l, bytes);
		else
			expect_store(b, insn, l, bytes);
	}
	bench_check(b);
	if (!space_same(space))
		ck_abort_msg("%s: memory", bench_text(b));
}

START_TEST(device)
{
	struct bench *b = bench_new();
	struct space *space = space_new(b);

	for (int i = 0; i < ROUNDS; i++) {
		struct access a = { .insn = { .op = _i ? AGX_OP_STORE : AGX_OP_LOAD } };

		a.insn.n_operands = 3;
		a.insn.shift = (u8)kt_below(3);
		any_access(&a.insn);
		any_place(&a);
		check_access(b, space, &a);
	}
}
END_TEST

/* --- threadgroup memory --------------------------------------------------- */

START_TEST(local)
{
	struct bench *b = bench_new();
	u8 ahead[LOCAL_SIZE];

	for (int i = 0; i < ROUNDS; i++) {
		struct agx_insn insn = { .op = _i ? AGX_OP_LSTORE : AGX_OP_LLOAD, .n_operands = 3 };
		u32 size, pattern = kt_below(PATTERNS), dense, first = kt_below(LOCAL_SIZE - 600);

		any_access(&insn);
		size = element_size(insn.format);
		dense = components(&insn) * size;
		insn.operand[1] = half(220);
		insn.operand[2] = signed_imm(kt_below(2) * kt_below(64));
		ck_assert_msg(bench_one(b, &insn), "cannot be encoded");
		bench_start(b);
		for (u32 k = 0; k < LOCAL_SIZE; k++)
			ahead[k] = b->local[k] = (u8)(kt_random() >> 56);
		for (u32 l = 0; l < AGX_LANES; l++) {
			u32 at = first;

			if (pattern == DENSE)
				at += l * dense;
			else if (pattern == STRIDED)
				at = 16 * l;
			else if (pattern == SCATTERED)
				at = kt_below(LOCAL_SIZE - 80);
			/* Negative sums wrap: 16 bits. */
			b->simd.reg[110][l] = (b->simd.reg[110][l] & 0xffff0000) | (at & 0xffff);
		}
		if (bench_step(b) != AGX_RUNNING)
			ck_abort_msg("%s: fault %u", bench_text(b), b->simd.fault.kind);
		for (u32 l = 0; l < AGX_LANES; l++) {
			u32 at = (b->before.reg[110][l] & 0xffff) + insn.operand[2].value;

			at &= 0xffff & ~(size - 1);
			if (is_active(b, l) && _i)
				expect_store(b, &insn, l, ahead + at);
			else if (is_active(b, l))
				expect_load(b, &insn, l, ahead + at);
		}
		bench_check(b);
		if (memcmp(ahead, b->local, LOCAL_SIZE))
			ck_abort_msg("%s: memory", bench_text(b));
	}
}
END_TEST

/* --- stack ---------------------------------------------------------------- */

/* Stores go to each lane's own bytes, and loads find them. */
START_TEST(stack)
{
	const struct agx_insn adjust = {
		.op = AGX_OP_STACK_ADJUST, .n_operands = 1, .operand = { imm(64) }
	};
	struct bench *b = bench_new();
	static u8 ahead[AGX_LANES][256];

	ck_assert(bench_one(b, &adjust));
	ck_assert_uint_eq(b->program.stack_size, 256);
	bench_start(b);
	ck_assert_int_eq(bench_step(b), AGX_RUNNING);
	ck_assert_uint_eq(b->simd.stack_size, 256);
	memset(b->simd.stack, 0, 256 * AGX_LANES);

	for (int i = 0; i < ROUNDS; i++) {
		struct agx_insn insn = { .n_operands = 2 };
		bool same = kt_below(2);
		u32 size, first = kt_below(230);

		insn.op = kt_below(2) ? AGX_OP_STACK_LOAD : AGX_OP_STACK_STORE;
		any_access(&insn);
		size = element_size(insn.format);
		insn.operand[1] = kt_below(2) ? reg32(112) : imm(first);
		ck_assert(bench_one(b, &insn));
		bench_start(b);
		b->simd.stack_size = 256;
		for (u32 l = 0; l < AGX_LANES; l++)
			b->simd.reg[112][l] = same ? first : kt_below(230);
		if (bench_step(b) != AGX_RUNNING)
			ck_abort_msg("%s: fault %u", bench_text(b), b->simd.fault.kind);
		for (u32 l = 0; l < AGX_LANES; l++) {
			u32 at = (u32)bench_read(b, &insn.operand[1], l) & ~(size - 1);

			if (!is_active(b, l))
				continue;
			if (insn.op == AGX_OP_STACK_LOAD)
				expect_load(b, &insn, l, ahead[l] + at);
			else
				expect_store(b, &insn, l, ahead[l] + at);
		}
		bench_check(b);
	}
}
END_TEST

/* --- atomics -------------------------------------------------------------- */

static u32 atomically(u32 op, u32 old, u32 x, u32 expected)
{
	switch (op) {
	case AGX_ATOMIC_ADD:
		return old + x;
	case AGX_ATOMIC_SUB:
		return old - x;
	case AGX_ATOMIC_XCHG:
		return x;
	case AGX_ATOMIC_CMPXCHG:
		return old == expected ? x : old;
	case AGX_ATOMIC_UMIN:
		return old < x ? old : x;
	case AGX_ATOMIC_IMIN:
		return (s32)old < (s32)x ? old : x;
	case AGX_ATOMIC_UMAX:
		return old > x ? old : x;
	case AGX_ATOMIC_IMAX:
		return (s32)old > (s32)x ? old : x;
	case AGX_ATOMIC_AND:
		return old & x;
	case AGX_ATOMIC_OR:
		return old | x;
	default:
		return old ^ x;
	}
}

/* On few words, so that lanes meet; in the order of lanes. */
static void check_atomic(struct bench *b, struct space *space, const struct agx_insn *insn)
{
	bool is_local = insn->op == AGX_OP_LATOMIC;
	u8 *ahead = space->ahead;

	if (!bench_one(b, insn))
		ck_abort_msg("operation %u cannot be encoded", insn->op);
	space_fill(space);
	memcpy(b->local, ahead, LOCAL_SIZE);
	bench_start(b);
	for (u32 l = 0; l < AGX_LANES; l++) {
		u32 word = kt_below(8);

		b->simd.reg[110][l] = is_local ? word * 4 : (u32)BASE;
		b->simd.reg[111][l] = (u32)(BASE >> 32);
		b->simd.reg[112][l] = word;
		/* Half of the compared values are what is there. */
		if (kt_below(2))
			b->simd.reg[51][l] = little_endian(ahead + 4 * word, 4);
	}
	if (bench_step(b) != AGX_RUNNING)
		ck_abort_msg("%s: fault %u", bench_text(b), b->simd.fault.kind);
	for (u32 l = 0; l < AGX_LANES; l++) {
		const u32 (*reg)[AGX_LANES] = (const u32 (*)[AGX_LANES])b->before.reg;
		u8 *word = ahead + (is_local ? reg[110][l] & 0xffff : 4 * reg[112][l]);
		u32 old = little_endian(word, 4);

		if (!is_active(b, l))
			continue;
		put_little_endian(word, 4, atomically(insn->subop, old, reg[50][l], reg[51][l]));
		if (insn->operand[0].kind == AGX_REG)
			bench_expect(b, &insn->operand[0], l, old);
	}
	bench_check(b);
	if (is_local ? memcmp(b->local, ahead, LOCAL_SIZE) : !space_same(space))
		ck_abort_msg("%s: memory", bench_text(b));
}

START_TEST(atomic)
{
	struct bench *b = bench_new();
	struct space *space = space_new(b);

	for (int i = 0; i < ROUNDS / 10; i++) {
		struct agx_insn insn = { .op = AGX_OP_ATOMIC, .n_operands = 4 };

		insn.subop = (u8)_i;
		if (kt_below(3))
			insn.operand[0] = reg32(1 + kt_below(40));
		insn.operand[1] = vector(reg32(50), _i == AGX_ATOMIC_CMPXCHG ? 2 : 1);
		insn.operand[2] = reg64(110);
		insn.operand[3] = reg32(112);
		insn.operand[3].sx = kt_below(2);
		insn.coherency = 1;
		check_atomic(b, space, &insn);

		insn.op = AGX_OP_LATOMIC;
		insn.coherency = 0;
		insn.operand[2] = half(220);
		insn.operand[3] = signed_imm(0);
		check_atomic(b, space, &insn);
	}
}
END_TEST

/* --- uniforms ------------------------------------------------------------- */

START_TEST(uniform_store)
{
	struct bench *b = bench_new();

	for (int i = 0; i < ROUNDS; i++) {
		struct agx_insn insn = { .op = AGX_OP_UNIFORM_STORE, .n_operands = 2 };
		u32 n = 1 + kt_below(4), to = kt_below(512 - n), from = 1 + kt_below(250);
		u32 ahead[256], lane;

		insn.operand[0] = (struct agx_operand){
			.kind = AGX_UNIFORM, .value = (u16)to, .count = (u16)(n & 7)
		};
		insn.operand[1] = vector(half(from), n);
		/* Pairs and quads of halves that are aligned are words. */
		if (n % 2 == 0 && to % 2 == 0) {
			insn.operand[0].size = n / 2 & 3;
			insn.operand[0].count = 1;
		}
		if (n % 2 == 0 && from % 2 == 0) {
			insn.operand[1].size = n / 2 & 3;
			insn.operand[1].count = 1;
		}
		ck_assert(bench_one(b, &insn));
		bench_start(b);
		memcpy(ahead, b->uniform, sizeof(ahead));
		ck_assert_int_eq(bench_step(b), AGX_RUNNING);
		lane = (u32)__builtin_ctz(b->before.active | 1u << 31);
		for (u32 k = 0; k < n && b->before.active; k++) {
			u32 v = b->before.reg[(from + k) / 2][lane] >> (from + k) % 2 * 16 & 0xffff;
			u32 s = (to + k) % 2 * 16, *u = &ahead[(to + k) / 2];

			*u = (*u & ~(0xffffu << s)) | v << s;
		}
		bench_check(b);
		if (memcmp(ahead, b->uniform, sizeof(ahead)))
			ck_abort_msg("%s", bench_text(b));
		b->group.frozen = true;
		bench_start(b);
		ck_assert_int_eq(bench_step(b), AGX_FAULTED);
		ck_assert_int_eq(b->simd.fault.kind, AGX_FAULT_ILLEGAL);
		b->group.frozen = false;
	}
}
END_TEST

/* --- faults --------------------------------------------------------------- */

/* One lane of a store goes astray: the ones below it have stored, no other has. */
static void check_fault(const struct agx_insn *insn, u64 good, u64 bad, enum agx_fault_kind kind,
			bool write)
{
	const u32 lane = kt_below(AGX_LANES);
	struct bench *b = bench_new();
	struct space *space = space_new(b);
	bool is_local = insn->op == AGX_OP_LSTORE || insn->op == AGX_OP_LLOAD ||
			insn->op == AGX_OP_LATOMIC;

	ck_assert(bench_one(b, insn));
	agx_simd_start(&b->simd, &b->program, &b->group, &b->tlb, 0);
	ck_assert(!agx_simd_reserve(&b->simd, 64));
	b->simd.stack_size = 64;
	memset(b->simd.stack, 0, 64 * AGX_LANES);
	for (u32 l = 0; l < AGX_LANES; l++) {
		u64 address = l == lane ? bad : good + 4 * l;

		b->simd.reg[110][l] = (u32)address;
		b->simd.reg[111][l] = (u32)(address >> 32);
		b->simd.reg[112][l] = (u32)(l == lane ? bad : good);
		b->simd.reg[5][l] = 0x100 + l;
	}
	ck_assert_int_eq(bench_step(b), AGX_FAULTED);
	ck_assert_int_eq(b->simd.fault.kind, kind);
	ck_assert_uint_eq(b->simd.fault.lane, lane);
	ck_assert_uint_eq(b->simd.fault.lanes, ~0u);
	ck_assert_uint_eq(b->simd.fault.address, bad);
	ck_assert_int_eq(b->simd.fault.write, write);
	ck_assert_uint_eq(b->simd.fault.offset, 0);
	bench_check(b);
	for (u32 l = 0; l < AGX_LANES; l++) {
		const u8 *at = is_local ? b->local + 4 * l : space->low + 4 * l;

		if (insn->op == AGX_OP_STORE || insn->op == AGX_OP_LSTORE)
			ck_assert_uint_eq(little_endian(at, 4), l < lane ? 0x100 + l : 0);
	}
}

/* Operands: r5, r110:r111 or its low half, immediate 0. */
static struct agx_insn memory_insn(u8 op, bool is_local)
{
	struct agx_insn insn = { .op = op, .n_operands = 3, .format = AGX_I32, .mask = 1 };

	insn.operand[0] = reg32(5);
	insn.operand[1] = is_local ? half(220) : reg64(110);
	insn.operand[2] = signed_imm(0);
	return insn;
}

START_TEST(device_fault)
{
	struct agx_insn load = memory_insn(AGX_OP_LOAD, false);
	struct agx_insn store = memory_insn(AGX_OP_STORE, false);
	struct agx_insn atomic_add = { .op = AGX_OP_ATOMIC, .n_operands = 4, .coherency = 1 };

	atomic_add.operand[1] = reg32(5);
	atomic_add.operand[2] = reg64(110);
	atomic_add.operand[3] = signed_imm(0);
	for (int i = 0; i < 20; i++) {
		check_fault(&load, BASE, BASE + SIZE, AGX_FAULT_UNMAPPED, false);
		check_fault(&load, BASE, BASE - 4, AGX_FAULT_UNMAPPED, false);
		check_fault(&load, BASE, ~(u64)3, AGX_FAULT_UNMAPPED, false);
		check_fault(&load, BASE, 0, AGX_FAULT_UNMAPPED, false);
		check_fault(&store, BASE, BASE + SIZE + 0x1000, AGX_FAULT_UNMAPPED, true);
		check_fault(&store, BASE, READ_ONLY + 8, AGX_FAULT_READ_ONLY, true);
		check_fault(&atomic_add, BASE, READ_ONLY + 8, AGX_FAULT_READ_ONLY, true);
		check_fault(&atomic_add, BASE, 0x1000, AGX_FAULT_UNMAPPED, true);
	}
}
END_TEST

START_TEST(local_fault)
{
	struct agx_insn load = memory_insn(AGX_OP_LLOAD, true);
	struct agx_insn store = memory_insn(AGX_OP_LSTORE, true);
	struct agx_insn add = { .op = AGX_OP_LATOMIC, .n_operands = 4 };

	add.operand[1] = reg32(5);
	add.operand[2] = half(220);
	add.operand[3] = signed_imm(0);
	for (int i = 0; i < 20; i++) {
		check_fault(&load, 0, LOCAL_SIZE, AGX_FAULT_LOCAL, false);
		check_fault(&store, 0, 0xfffc, AGX_FAULT_LOCAL, true);
		check_fault(&add, 0, LOCAL_SIZE, AGX_FAULT_LOCAL, true);
	}
}
END_TEST

START_TEST(stack_fault)
{
	struct agx_insn load = { .op = AGX_OP_STACK_LOAD, .n_operands = 2, .format = AGX_I32 };
	struct agx_insn store = { .op = AGX_OP_STACK_STORE, .n_operands = 2, .format = AGX_I32 };
	struct agx_insn adjust = { .op = AGX_OP_STACK_ADJUST, .n_operands = 1 };
	struct bench *b = bench_new();

	load.mask = store.mask = 1;
	load.operand[0] = store.operand[0] = reg32(5);
	load.operand[1] = store.operand[1] = reg32(112);
	load.operand[1].sx = store.operand[1].sx = true;
	for (int i = 0; i < 20; i++) {
		check_fault(&load, 0, 64, AGX_FAULT_STACK, false);
		check_fault(&store, 0, (u64)-4, AGX_FAULT_STACK, true);
	}

	adjust.operand[0] = imm(AGX_STACK_SIZE / 4 + 1);
	ck_assert(bench_one(b, &adjust));
	agx_simd_start(&b->simd, &b->program, &b->group, &b->tlb, 0);
	ck_assert_int_eq(bench_step(b), AGX_FAULTED);
	ck_assert_int_eq(b->simd.fault.kind, AGX_FAULT_STACK);
}
END_TEST

/* Halves have no room for words. */
START_TEST(illegal)
{
	struct agx_insn insn = memory_insn(AGX_OP_LOAD, false);
	struct bench *b = bench_new();

	insn.operand[0] = half(5);
	ck_assert(bench_one(b, &insn));
	agx_simd_start(&b->simd, &b->program, &b->group, &b->tlb, 0);
	ck_assert_int_eq(bench_step(b), AGX_FAULTED);
	ck_assert_int_eq(b->simd.fault.kind, AGX_FAULT_ILLEGAL);
}
END_TEST

/* --- observers ------------------------------------------------------------ */

struct seen {
	u32 n;
	u32 lanes;
	u32 space, size, kind;
	u64 low, high;
};

static void see(void *ctx, const struct agx_simd *simd, u32 lane, u32 space, u64 address, u32 size,
		u32 kind)
{
	struct seen *s = ctx;

	(void)simd;
	s->n++;
	s->lanes |= 1u << lane;
	s->space = space;
	s->size = size;
	s->kind = kind;
	s->low = address < s->low ? address : s->low;
	s->high = address > s->high ? address : s->high;
}

START_TEST(observed)
{
	struct agx_insn insn = memory_insn(AGX_OP_STORE, false);
	struct seen seen = { .low = ~0ull };
	struct agx_observer observer = { .ctx = &seen, .access = see };
	struct bench *b = bench_new();

	space_new(b);
	insn.mask = 5;
	insn.format = AGX_I16;
	insn.operand[0] = vector(half(10), 2);
	ck_assert(bench_one(b, &insn));
	bench_start(b);
	for (u32 l = 0; l < AGX_LANES; l++) {
		b->simd.reg[0][l] = l % 3;
		b->simd.reg[110][l] = (u32)BASE + 8 * l + 1;
		b->simd.reg[111][l] = (u32)(BASE >> 32);
	}
	agx_simd_update_mask(&b->simd);
	b->simd.observer = &observer;
	ck_assert_int_eq(bench_step(b), AGX_RUNNING);
	ck_assert_uint_eq(seen.n, 22);
	ck_assert_uint_eq(seen.lanes, 0x49249249);
	ck_assert_uint_eq(seen.space, AGX_SPACE_DEVICE);
	ck_assert_uint_eq(seen.size, 2);
	ck_assert_uint_eq(seen.kind, AGX_ACCESS_WRITE);
	ck_assert_uint_eq(seen.low, BASE);
	ck_assert_uint_eq(seen.high, BASE + 8 * 30 + 4);
}
END_TEST

/* --- reading and writing from outside ------------------------------------- */

START_TEST(copies)
{
	struct bench *b = bench_new();
	struct space *space = space_new(b);
	u8 data[SIZE];
	u64 where = 0;

	space_fill(space);
	ck_assert(!agx_read(&b->tlb, BASE, data, SIZE, NULL));
	ck_assert(!memcmp(data, space->ahead, SIZE));
	memset(data, 7, sizeof(data));
	ck_assert(!agx_write(&b->tlb, SPLIT - 5, data, 10, &where));
	memset(space->ahead + (SPLIT - BASE) - 5, 7, 10);
	ck_assert(space_same(space));
	ck_assert_int_eq(agx_read(&b->tlb, BASE + SIZE - 3, data, 4, &where), -EFAULT);
	ck_assert_uint_eq(where, BASE + SIZE);
	ck_assert_int_eq(agx_write(&b->tlb, READ_ONLY + 1, data, 1, &where), -EFAULT);
	ck_assert_uint_eq(where, READ_ONLY + 1);
	ck_assert(!agx_read(&b->tlb, READ_ONLY + 1, data, 1, &where));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, device, 0, 2);
	tcase_add_loop_test(tc, local, 0, 2);
	tcase_add_test(tc, stack);
	tcase_add_loop_test(tc, atomic, 0, AGX_ATOMIC_XOR + 1);
	tcase_add_test(tc, uniform_store);
	tcase_add_test(tc, device_fault);
	tcase_add_test(tc, local_fault);
	tcase_add_test(tc, stack_fault);
	tcase_add_test(tc, illegal);
	tcase_add_test(tc, observed);
	tcase_add_test(tc, copies);
}

int main(void)
{
	return bench_suite("exec_mem", add_tests);
}
