/* SPDX-License-Identifier: MIT */
/*
 * AGX2, the instruction set of the G13 and G14 GPUs (M1 and M2 families).
 *
 * agx_table.c describes every instruction once; decode, encode, print and parse
 * work from it and agree on one structure, struct agx_insn.  A set bit that the
 * table does not know is an error with its position, in every reader.
 *
 * Text is spelled as Mesa's disassembler spells it (Documentation/agx-isa.rst
 * lists where we add to it).
 */
#ifndef COMPUTE_ISA_AGX_ISA_H
#define COMPUTE_ISA_AGX_ISA_H

#include "agx_port.h"

#define AGX_LANES 32
#define AGX_REGS 128		/* 32-bit registers of a lane */
#define AGX_HALVES 256		/* their 16-bit halves, what operands count in */
#define AGX_UNIFORM_HALVES 512
#define AGX_INSN_MAX 12		/* bytes */
#define AGX_TEXT_MAX 192	/* of one instruction, terminator included */
#define AGX_MAX_OPERANDS 7

/* Instructions, in the order of the table: the first that matches is it. */
enum agx_op {
	AGX_OP_LDIMM16, AGX_OP_LDIMM32, AGX_OP_MFSR, AGX_OP_IADD, AGX_OP_ISUB,
	AGX_OP_IMUL, AGX_OP_IMADD, AGX_OP_IMSUB, AGX_OP_U8_TO_F, AGX_OP_S8_TO_F,
	AGX_OP_F_TO_U16, AGX_OP_F_TO_S16, AGX_OP_U16_TO_F, AGX_OP_S16_TO_F,
	AGX_OP_F_TO_U32, AGX_OP_F_TO_S32, AGX_OP_U32_TO_F, AGX_OP_S32_TO_F, AGX_OP_SHL,
	AGX_OP_SHR, AGX_OP_BFI, AGX_OP_BFEIL, AGX_OP_EXTR, AGX_OP_SHLHI, AGX_OP_SHRHI,
	AGX_OP_ASR, AGX_OP_ASRH, AGX_OP_SIMD_MATRIX_FMADD32,
	AGX_OP_SIMD_MATRIX_FMADD16, AGX_OP_FFMA, AGX_OP_HFMA, AGX_OP_FADD, AGX_OP_FMUL,
	AGX_OP_HADD, AGX_OP_HMUL, AGX_OP_NOT_A, AGX_OP_MOV, AGX_OP_NOT, AGX_OP_MOV_A,
	AGX_OP_ZERO, AGX_OP_AND, AGX_OP_ANDN1, AGX_OP_ANDN2, AGX_OP_XOR, AGX_OP_OR,
	AGX_OP_NOR, AGX_OP_XNOR, AGX_OP_ORN1, AGX_OP_ORN2, AGX_OP_NAND, AGX_OP_ONE,
	AGX_OP_BITREV, AGX_OP_POPCNT, AGX_OP_FFS, AGX_OP_INTL, AGX_OP_FLOOR,
	AGX_OP_RSQRTS, AGX_OP_RCP, AGX_OP_RSQRT, AGX_OP_SINR, AGX_OP_DFDX, AGX_OP_DFDY,
	AGX_OP_SINC, AGX_OP_LOG2, AGX_OP_EXP2, AGX_OP_CEIL, AGX_OP_TRUNC, AGX_OP_RINT,
	AGX_OP_STOP, AGX_OP_TRAP, AGX_OP_JMP_INCOMPLETE, AGX_OP_RET, AGX_OP_CALL_REG,
	AGX_OP_JMP_ANY, AGX_OP_CALL, AGX_OP_JMP_NONE, AGX_OP_POP_EXEC, AGX_OP_IF_ICMP,
	AGX_OP_ELSE_ICMP, AGX_OP_WHILE_ICMP, AGX_OP_UPDATE_EXEC, AGX_OP_IF_FCMP,
	AGX_OP_ELSE_FCMP, AGX_OP_WHILE_FCMP, AGX_OP_ICSEL, AGX_OP_FCSEL, AGX_OP_BALLOT,
	AGX_OP_ICMP_BALLOT, AGX_OP_FCMP_BALLOT, AGX_OP_SHUFFLE, AGX_OP_PIXWAIT,
	AGX_OP_PIXREL, AGX_OP_WAIT, AGX_OP_NO_VAR, AGX_OP_ST_VAR, AGX_OP_LOAD,
	AGX_OP_ATOMIC, AGX_OP_LATOMIC, AGX_OP_STACK_LOAD, AGX_OP_STACK_ADJUST,
	AGX_OP_STACK_STORE, AGX_OP_UNIFORM_STORE, AGX_OP_UNIFORM_STORE_UNK,
	AGX_OP_TEX_STATE_STORE, AGX_OP_SAMPLER_STATE_STORE, AGX_OP_STORE, AGX_OP_LLOAD,
	AGX_OP_LSTORE, AGX_OP_BARRIER, AGX_OP_DOORBELL,
	AGX_OP_JMP_IF_SKIPPING_DOORBELL, AGX_OP_UNMAP, AGX_OP_MAP,
	AGX_OP_MEMORY_BARRIER, AGX_OP_IMAGE_BARRIER_1, AGX_OP_IMAGE_BARRIER_2,
	AGX_OP_IMAGE_BARRIER_3, AGX_OP_IMAGE_BARRIER_4, AGX_OP_FLUSH_MEMORY_TO_TEXTURE,
	AGX_OP_MEMORY_BARRIER_2, AGX_OP_MEMORY_BARRIER_3, AGX_OP_UNKNOWN_BARRIER_1,
	AGX_OP_UNKNOWN_BARRIER_2, AGX_OP_DEVICE_BARRIER_1, AGX_OP_DEVICE_BARRIER_2,
	AGX_OP_QUAD, AGX_OP_SIMD, AGX_OP_LD_TILE, AGX_OP_ST_TILE, AGX_OP_SAMPLE_MASK,
	AGX_OP_ZS_EMIT, AGX_OP_ITER, AGX_OP_ITERPROJ, AGX_OP_LDCF, AGX_OP_SMPF,
	AGX_OP_SMPI, AGX_OP_IMGW, AGX_OP_IMGWBLK,
	AGX_OP_COUNT,
};

/* What an instruction does, as far as statistics and checks must know. */
enum agx_class {
	AGX_CLASS_MOVE,		/* immediates, special registers, csel */
	AGX_CLASS_INT,		/* full rate: iadd, bit operations */
	AGX_CLASS_INT_SLOW,	/* multiply, shift, convert, bit counting */
	AGX_CLASS_FLOAT,	/* full rate */
	AGX_CLASS_SPECIAL,	/* rcp, exp2 ... */
	AGX_CLASS_MATRIX,
	AGX_CLASS_SIMD,		/* across lanes */
	AGX_CLASS_FLOW,		/* exec mask, jumps, stop */
	AGX_CLASS_LOAD,		/* device memory; carries a wait group */
	AGX_CLASS_STORE,	/* likewise */
	AGX_CLASS_ATOMIC,	/* likewise */
	AGX_CLASS_LOCAL,	/* threadgroup memory, its atomics included */
	AGX_CLASS_STACK,	/* carries a wait group */
	AGX_CLASS_SYNC,		/* wait, barriers */
	AGX_CLASS_UNIFORM,	/* uniform_store */
	AGX_CLASS_GRAPHICS,	/* decoded and printed, never executed */
	AGX_CLASS_HELPER,	/* doorbell, map, unmap: the scratch helper program */
	AGX_CLASS_COUNT,
};

enum agx_kind {
	AGX_NONE,		/* "_", or a base that is not there */
	AGX_REG,		/* value counts halves */
	AGX_UNIFORM,		/* value counts halves */
	AGX_IMM,		/* agx_operand_imm() */
	AGX_FIMM,		/* value is the 8-bit float: agx_fimm() */
	AGX_TS, AGX_SS, AGX_CF,	/* graphics: texture, sampler state, coefficients */
};

enum agx_size { AGX_16, AGX_32, AGX_64 };

enum agx_hint {
	AGX_HINT_NONE,
	AGX_HINT_CACHE,		/* $: keep in the register cache */
	AGX_HINT_DISCARD,	/* ^: last use */
};

/*
 * One operand.  Registers and uniforms take size << 1 ... 1, 2 or 4 halves for
 * each of count elements, starting at half number value.
 */
struct agx_operand {
	u16 value;
	u16 kind : 3;		/* enum agx_kind */
	u16 size : 2;		/* enum agx_size */
	u16 count : 3;		/* elements, 1 to 5; 1 unless it is a vector */
	u16 hint : 2;		/* enum agx_hint */
	u16 abs : 1;
	u16 neg : 1;		/* after abs */
	u16 sx : 1;		/* sign-extended; for float, unused */
	u16 lu : 1;		/* graphics: last use of coordinates (printed ^) */
	u16 wide : 1;		/* AGX_IMM whose value is insn->imm */
};

/* Single bits of an instruction. */
enum agx_flag {
	AGX_SATURATE = 1 << 0,
	AGX_CACHE = 1 << 1,	/* of mask instructions; destinations have a hint */
	AGX_QUAD = 1 << 2,	/* the quad form of ballot and shuffle */
	AGX_ROTATE = 1 << 3,
	AGX_PREFIX = 1 << 4,
	AGX_LONG = 1 << 5,	/* long form though the short one says as much, or ... */
	AGX_SHORT = 1 << 6,	/* ... the reverse where long is the rule (memory) */
	/* graphics */
	AGX_LAST = 1 << 7, AGX_SHADOW = 1 << 8, AGX_QUERY_LOD = 1 << 9,
	AGX_RW = 1 << 10, AGX_COHERENT = 1 << 11, AGX_SPARSE = 1 << 12,
	AGX_KILL = 1 << 13, AGX_FWD = 1 << 14, AGX_ELIDE = 1 << 15,
	AGX_EXPLICIT_COORDS = 1 << 16, AGX_RTZ = 1 << 17,
};

enum agx_icond {
	AGX_IEQ = 0, AGX_ULT = 1, AGX_UGT = 2, AGX_SEQ = 4, AGX_SLT = 5, AGX_SGT = 6,
	AGX_COND_NOT = 8,	/* of any condition, integer or float */
};

enum agx_fcond {
	AGX_FEQ = 0, AGX_FLT = 1, AGX_FGT = 2, AGX_FLTN = 3, AGX_FGE = 5, AGX_FLE = 6,
	AGX_FGTN = 7,
};

enum agx_atomic {
	AGX_ATOMIC_ADD, AGX_ATOMIC_SUB, AGX_ATOMIC_XCHG, AGX_ATOMIC_CMPXCHG,
	AGX_ATOMIC_UMIN, AGX_ATOMIC_IMIN, AGX_ATOMIC_UMAX, AGX_ATOMIC_IMAX,
	AGX_ATOMIC_AND, AGX_ATOMIC_OR, AGX_ATOMIC_XOR,
};

enum agx_shuffle { AGX_SHUFFLE, AGX_SHUFFLE_XOR, AGX_SHUFFLE_UP, AGX_SHUFFLE_DOWN };

enum agx_reduce {
	AGX_REDUCE_AND = 0, AGX_REDUCE_FADD = 1, AGX_REDUCE_OR = 2, AGX_REDUCE_FMUL = 3,
	AGX_REDUCE_XOR = 4, AGX_REDUCE_FMIN = 5, AGX_REDUCE_FMAX = 7,
	AGX_REDUCE_IADD = 16, AGX_REDUCE_SMIN = 20, AGX_REDUCE_SMAX = 22,
	AGX_REDUCE_UMIN = 28, AGX_REDUCE_UMAX = 30,
};

enum agx_format {
	AGX_I8, AGX_I16, AGX_I32, AGX_F16, AGX_U8NORM, AGX_S8NORM, AGX_U16NORM,
	AGX_S16NORM, AGX_RGB10A2, AGX_SRGBA8 = 10, AGX_RG11B10F = 12, AGX_RGB9E5,
	AGX_RG11B10F_RTZ, AGX_RGB9E5_RTZ,
};

enum agx_sr {
	AGX_SR_THREADGROUP_IN_GRID_X = 0,		/* y, z follow */
	AGX_SR_THREADS_PER_THREADGROUP_X = 4,		/* y, z follow */
	AGX_SR_DISPATCH_THREADS_PER_THREADGROUP_X = 8,	/* y, z follow */
	AGX_SR_CORE_INDEX = 20,
	AGX_SR_VM_SLOT = 21,
	AGX_SR_THREAD_IN_THREADGROUP_X = 48,		/* y, z follow */
	AGX_SR_THREAD_INDEX_IN_THREADGROUP = 51,
	AGX_SR_THREAD_INDEX_IN_SIMDGROUP = 52,
	AGX_SR_SIMDGROUP_INDEX_IN_THREADGROUP = 53,
	AGX_SR_ACTIVE_THREAD_INDEX_IN_QUADGROUP = 56,
	AGX_SR_TOTAL_ACTIVE_THREADS_IN_QUADGROUP = 57,
	AGX_SR_ACTIVE_THREAD_INDEX_IN_SIMDGROUP = 58,
	AGX_SR_TOTAL_ACTIVE_THREADS_IN_SIMDGROUP = 59,
	AGX_SR_IS_ACTIVE_THREAD = 63,
	AGX_SR_THREAD_IN_GRID_X = 80,			/* y, z follow */
	AGX_SR_HELPER_OP = 144,
	AGX_SR_HELPER_ARG_L = 146,
	AGX_SR_HELPER_ARG_H = 147,
};

/*
 * A decoded instruction: one cache line, no pointers.  Operands stand in the
 * order of the text, the destination (if any) first; a field that the
 * instruction does not have is 0.
 */
struct agx_insn {
	u8 op;			/* enum agx_op */
	u8 length;		/* bytes as decoded; agx_encode() sets it */
	u8 n_operands;
	u8 cond;		/* enum agx_icond or agx_fcond */
	s32 imm;		/* ldimm, jump offsets (from the jump), wide immediates */
	u32 flags;		/* enum agx_flag */
	struct agx_operand operand[AGX_MAX_OPERANDS];
	u8 shift;
	u8 nest;
	u8 subop;		/* enum agx_atomic, agx_shuffle or agx_reduce */
	u8 format;		/* enum agx_format */
	u8 mask;		/* of memory elements */
	u8 coherency;
	u8 group;		/* wait group */
	u8 round;		/* 0: to zero, 1: to nearest even */
	u8 bitmask;		/* width of bit field instructions, 0: all */
	u8 sr;			/* enum agx_sr */
	u8 dim, lod_type, gather, interpolation;	/* graphics */
	u16 imm2;		/* a second immediate: pixwait, map */
	u32 ignored;		/* bits that the form of an operand does not look at */
} AGX_ALIGNED(64);

/* What is wrong with code or text, for people and for programs. */
struct agx_error {
	int bit;		/* decode: lowest bit that no instruction has; else -1 */
	int column;		/* parse: from 0; else -1 */
	char text[160];
};

/* What the table says of an instruction. */
struct agx_insn_info {
	const char *name;	/* "iadd", unique: as in enum agx_op */
	const char *mnemonic;	/* as printed: "csel" for icsel and fcsel */
	enum agx_class class;
	u8 length_short;	/* bytes; equal where there is one length */
	u8 length_long;
	u8 n_dests;		/* 0 or 1: operand[0] is written */
};

/* Of any op below AGX_OP_COUNT; never NULL. */
const struct agx_insn_info *agx_insn_info(enum agx_op op);

/*
 * Bytes of the instruction that starts with these (2 to 12), from the first
 * size of them.  -EILSEQ: no instruction; -ENODATA: size ends inside it.
 */
int agx_length(const u8 *code, size_t size);

/*
 * Decodes one instruction.  Returns its bytes; -EILSEQ with err (may be NULL)
 * where no instruction has these bits, -ENODATA where size ends inside it.
 * insn is written on success only.
 */
int agx_decode(struct agx_insn *insn, const u8 *code, size_t size, struct agx_error *err);

/*
 * The inverse: writes up to AGX_INSN_MAX bytes, sets insn->length and returns
 * it.  The shortest form that says it, or for memory the long form as Mesa does,
 * unless flags say otherwise.  -ERANGE with err (may be NULL) where an operand
 * or a field cannot be encoded: err names it.
 */
int agx_encode(struct agx_insn *insn, u8 *code, struct agx_error *err);

/*
 * One instruction as text, without label or newline.  Returns its length, less
 * than AGX_TEXT_MAX; size may be smaller, then it is cut (as snprintf does).
 */
int agx_print(char *text, size_t size, const struct agx_insn *insn);

/*
 * Reads one instruction, up to the end of text (no comment, no label).  All that
 * agx_print() writes, and any spelling that Documentation/agx-isa.rst allows.
 * Returns 0, or -EINVAL with err: column and what was expected there.
 */
int agx_parse(struct agx_insn *insn, const char *text, struct agx_error *err);

/* An operand's immediate, sign- or zero-extended as the instruction says. */
static inline s64 agx_operand_imm(const struct agx_insn *insn, int i)
{
	const struct agx_operand *o = &insn->operand[i];

	return o->wide ? (s64)(u32)insn->imm : o->sx ? (s64)(s16)o->value : o->value;
}

/* The 8-bit float, 1:3:4, as bits of an f32: exact; its denormals are m / 64. */
u32 agx_fimm_f32(u8 fimm);

/* Halves that a register or uniform operand takes, from value on. */
static inline unsigned int agx_operand_halves(const struct agx_operand *o)
{
	return (unsigned int)o->count << o->size;
}

/* Names of enumerated fields, NULL where a number has none: "ugte", "xyz", "i16". */
const char *agx_icond_name(unsigned int cond);
const char *agx_fcond_name(unsigned int cond);
const char *agx_sr_name(unsigned int sr);
const char *agx_format_name(unsigned int format);
const char *agx_class_name(enum agx_class class);

#endif
