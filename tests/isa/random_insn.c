// SPDX-License-Identifier: MIT
#include "random_insn.h"

#include "tests/lib/suite.h"

/*
 * Operands of an instruction, a letter each:
 *
 *	d h w	destination: 16 or 32 bits, 16 bits, up to 64 bits
 *	a	integer source of 16 or 32 bits, with immediates
 *	m s	the same with a sign flag; s up to 64 bits
 *	f g	float source with abs and neg: of 16 or 32 bits, of 16 bits
 *	F	the same as f of the first registers only: a ballot's
 *	x	what csel selects: of the destination's size
 *	l	index of a shuffle
 *	p q	two registers or halves: of a matrix, as f and as g
 *	v	vector of the mask's size, r likewise as a source
 *	b n	address and index of device memory
 *	B N	of threadgroup memory
 *	k	offset of a stack
 *	A D	result (or none) and source of an atomic
 */
struct shape {
	const char *operands;
	unsigned int fields;
};

/* Fields beside operands. */
enum {
	SHIFT = 1 << 0,
	SATURATE = 1 << 1,
	ROUND = 1 << 2,
	BITMASK = 1 << 3,
	ICOND = 1 << 4,
	FCOND = 1 << 5,
	CAN_INVERT = 1 << 6,
	NEST = 1 << 7,
	QUAD = 1 << 8,
	MOVE = 1 << 9,		/* kind of shuffle */
	REDUCE = 1 << 10,
	FORMAT = 1 << 11,
	GROUP = 1 << 12,	/* of waits */
	ATOMIC = 1 << 13,
	SPECIAL = 1 << 14,
	STACK = 1 << 15,
	COHERENCY = 1 << 16,
	IMMEDIATE = 1 << 17,
};

#define ICMP (ICOND | CAN_INVERT)
#define FCMP (FCOND | CAN_INVERT)
#define ACCESS (FORMAT | GROUP | SHIFT | COHERENCY)

static const struct shape shapes[AGX_OP_COUNT] = {
	[AGX_OP_LDIMM16] = { "h", IMMEDIATE },
	[AGX_OP_LDIMM32] = { "d", IMMEDIATE },
	[AGX_OP_MFSR] = { "d", SPECIAL },
	[AGX_OP_IADD] = { "wss", SHIFT | SATURATE },
	[AGX_OP_ISUB] = { "wss", SHIFT | SATURATE },
	[AGX_OP_IMUL] = { "wmm", SATURATE },
	[AGX_OP_IMADD] = { "wmms", SHIFT | SATURATE },
	[AGX_OP_IMSUB] = { "wmms", SHIFT | SATURATE },
	[AGX_OP_U8_TO_F] = { "da", ROUND },
	[AGX_OP_S8_TO_F] = { "da", ROUND },
	[AGX_OP_F_TO_U16] = { "da", ROUND },
	[AGX_OP_F_TO_S16] = { "da", ROUND },
	[AGX_OP_U16_TO_F] = { "da", ROUND },
	[AGX_OP_S16_TO_F] = { "da", ROUND },
	[AGX_OP_F_TO_U32] = { "da", ROUND },
	[AGX_OP_F_TO_S32] = { "da", ROUND },
	[AGX_OP_U32_TO_F] = { "da", ROUND },
	[AGX_OP_S32_TO_F] = { "da", ROUND },
	[AGX_OP_SHL] = { "daa", 0 },
	[AGX_OP_SHR] = { "daa", 0 },
	[AGX_OP_BFI] = { "daaa", BITMASK },
	[AGX_OP_BFEIL] = { "daaa", BITMASK },
	[AGX_OP_EXTR] = { "daaa", BITMASK },
	[AGX_OP_SHLHI] = { "daaa", BITMASK },
	[AGX_OP_SHRHI] = { "daaa", BITMASK },
	[AGX_OP_ASR] = { "daaa", BITMASK },
	[AGX_OP_ASRH] = { "daaa", BITMASK },
	[AGX_OP_SIMD_MATRIX_FMADD32] = { "pppp", 0 },
	[AGX_OP_SIMD_MATRIX_FMADD16] = { "qqqq", 0 },
	[AGX_OP_FFMA] = { "dfff", SATURATE },
	[AGX_OP_HFMA] = { "hggg", SATURATE },
	[AGX_OP_FADD] = { "dff", SATURATE },
	[AGX_OP_FMUL] = { "dff", SATURATE },
	[AGX_OP_HADD] = { "hgg", SATURATE },
	[AGX_OP_HMUL] = { "hgg", SATURATE },
	[AGX_OP_MOV] = { "da", 0 },
	[AGX_OP_NOT] = { "da", 0 },
	[AGX_OP_MOV_A] = { "da", 0 },
	[AGX_OP_NOT_A] = { "da", 0 },
	[AGX_OP_ZERO] = { "daa", 0 },
	[AGX_OP_AND] = { "daa", 0 },
	[AGX_OP_ANDN1] = { "daa", 0 },
	[AGX_OP_ANDN2] = { "daa", 0 },
	[AGX_OP_XOR] = { "daa", 0 },
	[AGX_OP_OR] = { "daa", 0 },
	[AGX_OP_NOR] = { "daa", 0 },
	[AGX_OP_XNOR] = { "daa", 0 },
	[AGX_OP_ORN1] = { "daa", 0 },
	[AGX_OP_ORN2] = { "daa", 0 },
	[AGX_OP_NAND] = { "daa", 0 },
	[AGX_OP_ONE] = { "daa", 0 },
	[AGX_OP_BITREV] = { "da", 0 },
	[AGX_OP_POPCNT] = { "da", 0 },
	[AGX_OP_FFS] = { "da", 0 },
	[AGX_OP_INTL] = { "daa", 0 },
	[AGX_OP_FLOOR] = { "df", SATURATE },
	[AGX_OP_RSQRTS] = { "df", SATURATE },
	[AGX_OP_RCP] = { "df", SATURATE },
	[AGX_OP_RSQRT] = { "df", SATURATE },
	[AGX_OP_LOG2] = { "df", SATURATE },
	[AGX_OP_EXP2] = { "df", SATURATE },
	[AGX_OP_CEIL] = { "df", SATURATE },
	[AGX_OP_TRUNC] = { "df", SATURATE },
	[AGX_OP_RINT] = { "df", SATURATE },
	[AGX_OP_POP_EXEC] = { "", NEST },
	[AGX_OP_UPDATE_EXEC] = { "", 0 },
	[AGX_OP_IF_ICMP] = { "aa", NEST | ICMP },
	[AGX_OP_ELSE_ICMP] = { "aa", NEST | ICMP },
	[AGX_OP_WHILE_ICMP] = { "aa", NEST | ICMP },
	[AGX_OP_IF_FCMP] = { "ff", NEST | FCMP },
	[AGX_OP_ELSE_FCMP] = { "ff", NEST | FCMP },
	[AGX_OP_WHILE_FCMP] = { "ff", NEST | FCMP },
	[AGX_OP_ICSEL] = { "daaxx", ICOND },
	[AGX_OP_FCSEL] = { "dffxx", FCOND },
	[AGX_OP_BALLOT] = { "d", 0 },
	[AGX_OP_ICMP_BALLOT] = { "daa", ICMP | QUAD },
	[AGX_OP_FCMP_BALLOT] = { "dFF", FCMP | QUAD },
	[AGX_OP_SHUFFLE] = { "dal", MOVE | QUAD },
	[AGX_OP_QUAD] = { "da", REDUCE },
	[AGX_OP_SIMD] = { "da", REDUCE },
	[AGX_OP_LOAD] = { "vbn", ACCESS },
	[AGX_OP_STORE] = { "rbn", ACCESS },
	[AGX_OP_LLOAD] = { "vBN", FORMAT },
	[AGX_OP_LSTORE] = { "rBN", FORMAT },
	[AGX_OP_STACK_LOAD] = { "vk", FORMAT | GROUP | STACK },
	[AGX_OP_STACK_STORE] = { "rk", FORMAT | GROUP | STACK },
	[AGX_OP_ATOMIC] = { "ADbn", ATOMIC | GROUP | COHERENCY },
	[AGX_OP_LATOMIC] = { "ADBN", ATOMIC },
	[AGX_OP_WAIT] = { "", GROUP },
	[AGX_OP_MEMORY_BARRIER] = { "", 0 },
	[AGX_OP_IMAGE_BARRIER_1] = { "", 0 },
	[AGX_OP_IMAGE_BARRIER_2] = { "", 0 },
	[AGX_OP_IMAGE_BARRIER_3] = { "", 0 },
	[AGX_OP_IMAGE_BARRIER_4] = { "", 0 },
	[AGX_OP_FLUSH_MEMORY_TO_TEXTURE] = { "", 0 },
	[AGX_OP_MEMORY_BARRIER_2] = { "", 0 },
	[AGX_OP_MEMORY_BARRIER_3] = { "", 0 },
	[AGX_OP_UNKNOWN_BARRIER_1] = { "", 0 },
	[AGX_OP_UNKNOWN_BARRIER_2] = { "", 0 },
	[AGX_OP_DEVICE_BARRIER_1] = { "", 0 },
	[AGX_OP_DEVICE_BARRIER_2] = { "", 0 },
};

bool random_is_covered(enum agx_op op)
{
	return shapes[op].operands;
}

static bool coin(void)
{
	return kt_random() >> 40 & 1;
}

static u32 one_of(const u32 *list, u32 n)
{
	return list[kt_below(n)];
}
#define ONE_OF(...) \
	one_of((const u32[]){ __VA_ARGS__ }, ARRAY_SIZE(((const u32[]){ __VA_ARGS__ })))

/* --- values ------------------------------------------------------------------ */

static u32 random_float(void)
{
	u32 sign = (u32)coin() << 31;

	switch (kt_below(6)) {
	case 0:		/* zero, infinity, NaN, 1, the borders of normal numbers */
		return sign | ONE_OF(0, 0x7f800000, 0x7fc00000, 0x7f800001, 0x3f800000,
				     0x800000, 0x7fffff, 0x7f7fffff, 1);
	case 1:		/* about 1 */
		return sign | (0x3f000000 + (u32)(kt_random() & 0x1ffffff));
	case 2:		/* whole and half numbers, what halves can say */
		return sign | (0x3c000000 + (kt_below(0xc000) << 13));
	default:
		return (u32)kt_random();
	}
}

static u32 random_half(void)
{
	u32 sign = (u32)coin() << 15;

	if (coin())
		return sign | ONE_OF(0, 0x7c00, 0x7e00, 0x7c01, 0x3c00, 0x400, 0x3ff, 0x7bff, 1);
	return coin() ? sign | (0x3800 + kt_below(0x800)) : kt_below(0x10000);
}

u32 random_word(void)
{
	switch (kt_below(6)) {
	case 0:
		return ONE_OF(0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
			      0x80000000, 0xfffffffe, 0xffffffff);
	case 1:
		return kt_below(256) - 128;
	case 2:
		return random_half() << 16 | random_half();
	case 3:
	case 4:
		return random_float();
	default:
		return (u32)kt_random();
	}
}

static u32 random_halves(u32 n, u32 unit)
{
	return kt_below(n) * unit << 16 | kt_below(n) * unit;
}

void random_registers(u32 reg[AGX_REGS])
{
	for (int i = 0; i < AGX_REGS; i++)
		reg[i] = random_word();
	for (int i = RANDOM_BASES; i < RANDOM_INDEX; i += 2) {
		u64 address = RANDOM_ADDRESS + kt_below(RANDOM_SPAN) - RANDOM_SPAN / 2;

		reg[i] = (u32)address;
		reg[i + 1] = (u32)(address >> 32);
	}
	reg[RANDOM_INDEX] = kt_below(64) - 32;
	reg[RANDOM_STACK] = kt_below(64) * 4;
	for (int i = RANDOM_LOCAL; i < RANDOM_LANES; i++)
		reg[i] = random_halves(RANDOM_LOCAL_SIZE / 4 / 4, 4);
	for (int i = RANDOM_LANES; i < RANDOM_DATA; i++)
		reg[i] = random_halves(coin() ? 32 : 4, 1);
}

void random_uniforms(u32 uniform[AGX_UNIFORM_HALVES / 2])
{
	for (int i = 0; i < AGX_UNIFORM_HALVES / 2; i++)
		uniform[i] = random_word();
	for (int i = 0; i < RANDOM_UNIFORM_LOCAL; i += 2) {
		u64 address = RANDOM_ADDRESS + kt_below(RANDOM_SPAN) - RANDOM_SPAN / 2;

		uniform[i] = (u32)address;
		uniform[i + 1] = (u32)(address >> 32);
	}
	for (int i = RANDOM_UNIFORM_LOCAL; i < RANDOM_UNIFORM_DATA; i++)
		uniform[i] = random_halves(RANDOM_LOCAL_SIZE / 4 / 4, 4);
}

/* --- operands ------------------------------------------------------------------ */

static void data_register(struct agx_operand *o, unsigned int size, unsigned int count)
{
	unsigned int align = size == AGX_64 ? 4 : 1u << size;
	unsigned int room = AGX_HALVES - 2 * RANDOM_DATA - (count << size);

	o->kind = AGX_REG;
	o->size = size;
	o->count = count;
	o->value = 2 * RANDOM_DATA + kt_below(room / align + 1) * align;
}

static void role_register(struct agx_operand *o, unsigned int size, u32 reg, u32 n)
{
	o->kind = AGX_REG;
	o->size = size;
	o->count = 1;
	o->value = (u16)(2 * reg + kt_below(n << 1 >> size) * (1u << size));
}

static void data_uniform(struct agx_operand *o, unsigned int size)
{
	unsigned int room = AGX_UNIFORM_HALVES - 2 * RANDOM_UNIFORM_DATA;

	o->kind = AGX_UNIFORM;
	o->size = size;
	o->count = 1;
	o->value = 2 * RANDOM_UNIFORM_DATA + (kt_below(room) & ~((1u << size) - 1));
}

static void small_immediate(struct agx_operand *o)
{
	o->kind = AGX_IMM;
	o->count = 1;
	o->value = kt_below(256);
}

static void hint(struct agx_operand *o, bool source)
{
	o->hint = kt_below(source ? 3 : 2);
}

static void integer_source(struct agx_operand *o, bool has_64)
{
	unsigned int size = kt_below(has_64 ? 3 : 2);

	switch (kt_below(4)) {
	case 0:
		small_immediate(o);
		break;
	case 1:
		data_uniform(o, size == AGX_64 ? AGX_32 : size);
		break;
	default:
		data_register(o, size, 1);
		hint(o, true);
	}
}

static void float_source(struct agx_operand *o, bool has_32)
{
	unsigned int size = has_32 ? kt_below(2) : AGX_16;

	switch (kt_below(4)) {
	case 0:
		o->kind = AGX_FIMM;
		o->count = 1;
		o->value = kt_below(256);
		/* abs or neg would be another number's spelling. */
		return;
	case 1:
		data_uniform(o, size);
		break;
	default:
		data_register(o, size, 1);
		hint(o, true);
	}
	o->abs = coin();
	o->neg = coin();
}

/* Two bits of the number are abs and neg there. */
static void ballot_source(struct agx_operand *o)
{
	float_source(o, true);
	if (o->kind == AGX_REG)
		o->value = 2 * RANDOM_DATA + o->value % (64 - 2 * RANDOM_DATA);
	else
		o->value %= 64;
}

static void selected_source(struct agx_operand *o, unsigned int size)
{
	switch (kt_below(4)) {
	case 0:
		small_immediate(o);
		break;
	case 1:
		data_uniform(o, size);
		break;
	default:
		data_register(o, size, 1);
		hint(o, true);
	}
}

static void lane_index(struct agx_operand *o)
{
	if (coin()) {
		small_immediate(o);
		o->value = kt_below(coin() ? 4 : 40);
	} else {
		role_register(o, AGX_16, RANDOM_LANES, 2);
	}
}

static void vector(struct agx_insn *insn, struct agx_operand *o)
{
	unsigned int size = insn->format == AGX_I32 || coin() ? AGX_32 : AGX_16;

	data_register(o, size, (unsigned int)__builtin_popcount(insn->mask));
}

static void device_base(struct agx_operand *o)
{
	if (coin()) {
		role_register(o, AGX_64, RANDOM_BASES, 4);
	} else {
		role_register(o, AGX_64, 0, RANDOM_UNIFORM_LOCAL);
		o->kind = AGX_UNIFORM;
	}
}

static void device_index(struct agx_operand *o)
{
	if (coin()) {
		small_immediate(o);
		o->sx = coin();
		o->value = (u16)(o->sx ? kt_below(128) - 64 : kt_below(64));
	} else {
		role_register(o, AGX_32, RANDOM_INDEX, 1);
		o->sx = 1;
	}
}

static void local_base(struct agx_operand *o)
{
	switch (kt_below(3)) {
	case 0:
		break;		/* none */
	case 1:
		role_register(o, AGX_16, RANDOM_LOCAL, 2);
		break;
	default:
		role_register(o, AGX_16, RANDOM_UNIFORM_LOCAL, 8);
		o->kind = AGX_UNIFORM;
	}
}

static void local_index(struct agx_operand *o)
{
	if (coin()) {
		small_immediate(o);
		o->sx = 1;
		o->value = (u16)(kt_below(64) * 4);
	} else {
		role_register(o, AGX_16, RANDOM_LOCAL, 2);
	}
}

static void stack_offset(struct agx_operand *o)
{
	if (coin()) {
		small_immediate(o);
		o->value = (u16)(kt_below(64) * 4);
	} else {
		role_register(o, AGX_32, RANDOM_STACK, 1);
	}
}

static void operand(struct agx_insn *insn, struct agx_operand *o, char letter)
{
	switch (letter) {
	case 'd':
	case 'h':
	case 'w':
		data_register(o, insn->op == AGX_OP_LDIMM32 ? AGX_32 :
			      letter == 'h' ? AGX_16 : kt_below(letter == 'w' ? 3 : 2), 1);
		hint(o, false);
		break;
	case 'a':
		integer_source(o, false);
		break;
	case 'm':
	case 's':
		integer_source(o, letter == 's');
		o->sx = coin();
		break;
	case 'f':
	case 'g':
		float_source(o, letter == 'f');
		break;
	case 'F':
		ballot_source(o);
		break;
	case 'x':
		selected_source(o, insn->operand[0].size);
		break;
	case 'l':
		lane_index(o);
		break;
	case 'p':
	case 'q':
		data_register(o, letter == 'q' ? AGX_16 : kt_below(2), 1);
		o->value &= (u16)~((2u << o->size) - 1);	/* a pair */
		o->abs = o->neg = 0;
		break;
	case 'v':
	case 'r':
		vector(insn, o);
		break;
	case 'b':
		device_base(o);
		break;
	case 'n':
		device_index(o);
		break;
	case 'B':
		local_base(o);
		break;
	case 'N':
		local_index(o);
		break;
	case 'k':
		stack_offset(o);
		break;
	case 'A':
		if (coin())
			data_register(o, AGX_32, 1);
		break;
	case 'D':
		data_register(o, AGX_32, insn->subop == AGX_ATOMIC_CMPXCHG ? 2 : 1);
		break;
	}
}

/* --- fields ------------------------------------------------------------------ */

static void random_format(struct agx_insn *insn, bool stack)
{
	insn->mask = 1 + kt_below(15);
	if (stack)
		insn->format = ONE_OF(AGX_I16, AGX_I32);
	else
		insn->format = ONE_OF(AGX_I8, AGX_I16, AGX_I32, AGX_F16, AGX_U8NORM, AGX_S8NORM,
				      AGX_U16NORM, AGX_S16NORM, AGX_RGB10A2, AGX_RG11B10F,
				      AGX_RGB9E5);
	/* Which have three or four elements, whatever the mask. */
	if (insn->format == AGX_RGB10A2)
		insn->mask = 15;
	else if (insn->format > AGX_RGB10A2)
		insn->mask = 7;
}

static void fields(struct agx_insn *insn, unsigned int f)
{
	if (f & IMMEDIATE)
		insn->imm = (s32)(random_word() & (insn->op == AGX_OP_LDIMM16 ? 0xffff : ~0u));
	if (f & SHIFT)
		insn->shift = coin() ? 0 : kt_below(insn->op == AGX_OP_LOAD ||
						    insn->op == AGX_OP_STORE ? 3 : 5);
	if ((f & SATURATE) && coin())
		insn->flags |= AGX_SATURATE;
	if (f & ROUND)
		insn->round = coin();
	if (f & BITMASK)
		insn->bitmask = kt_below(32);
	if (f & ICOND)
		insn->cond = ONE_OF(AGX_IEQ, AGX_ULT, AGX_UGT, AGX_SEQ, AGX_SLT, AGX_SGT);
	if (f & FCOND)
		insn->cond = ONE_OF(AGX_FEQ, AGX_FLT, AGX_FGT, AGX_FLTN, AGX_FGE, AGX_FLE,
				    AGX_FGTN);
	if (insn->op == AGX_OP_FCMP_BALLOT)
		insn->cond = ONE_OF(AGX_FEQ, AGX_FLT, AGX_FGT, AGX_FGE, AGX_FLE);
	if ((f & CAN_INVERT) && coin())
		insn->cond |= AGX_COND_NOT;
	if (f & NEST)
		insn->nest = kt_below(4);
	if ((f & QUAD) && coin())
		insn->flags |= AGX_QUAD;
	if (f & MOVE) {
		insn->subop = kt_below(4);
		if (insn->subop == AGX_SHUFFLE_UP && coin())
			insn->flags |= AGX_ROTATE;
	}
	if (f & REDUCE) {
		insn->subop = ONE_OF(AGX_REDUCE_AND, AGX_REDUCE_FADD, AGX_REDUCE_OR,
				     AGX_REDUCE_FMUL, AGX_REDUCE_XOR, AGX_REDUCE_FMIN,
				     AGX_REDUCE_FMAX, AGX_REDUCE_IADD, AGX_REDUCE_SMIN,
				     AGX_REDUCE_SMAX, AGX_REDUCE_UMIN, AGX_REDUCE_UMAX);
		if (coin())
			insn->flags |= AGX_PREFIX;
	}
	if (f & FORMAT)
		random_format(insn, f & STACK);
	if (f & GROUP)
		insn->group = coin();
	if (f & COHERENCY)
		insn->coherency = coin() ? 3 : 0;
	if (f & ATOMIC)
		insn->subop = kt_below(AGX_ATOMIC_XOR + 1);
	if (f & SPECIAL)
		insn->sr = ONE_OF(0, 1, 2, 4, 5, 6, 8, 9, 10, 20, 48, 49, 50, 51, 52, 53, 56, 57,
				  58, 59, 80, 81, 82);
}

void random_insn(struct agx_insn *insn, enum agx_op op)
{
	const struct shape *shape = &shapes[op];

	memset(insn, 0, sizeof(*insn));
	insn->op = op;
	fields(insn, shape->fields);
	for (const char *letter = shape->operands; *letter; letter++)
		operand(insn, &insn->operand[insn->n_operands++], *letter);
	/* The ballot of 1 and 0 is that without a condition, and has no room for 65. */
	if (op == AGX_OP_ICMP_BALLOT && insn->operand[1].kind == AGX_IMM)
		insn->operand[1].value |= 2;
}
