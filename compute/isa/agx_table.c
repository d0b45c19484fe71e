// SPDX-License-Identifier: MIT
/*
 * Every instruction, in the order in which they are matched: aliases stand before
 * what they are short for.
 *
 * Names of bits say where they are; the number of a register has its upper two
 * bits at the end of the instruction, each operand in its place, so that short
 * forms can leave them out.
 */
#include "agx_table.h"

#define AT(n) { (n), 1 }
#define BITS(first, last) { (first), (last) - (first) + 1 }
#define FIELD(kind_, ...) { .kind = AGX_FIELD_##kind_, .range = { __VA_ARGS__ } }
#define END { .kind = AGX_FIELD_END }

/* In an instruction of n bytes: bits k and k - 1 from its end. */
#define TOP(n, k) BITS(8 * (n) - (k), 8 * (n) - (k) + 1)

#define DALU(n) FIELD(DALU, BITS(7, 14), TOP(n, 4))
#define DHALF(n) FIELD(DHALF, BITS(7, 14), TOP(n, 4))
#define DALU64(n) FIELD(DALU64, BITS(7, 14), TOP(n, 4))
#define ALU_A(n) FIELD(ALU, BITS(16, 25), TOP(n, 6))
#define ALU_B(n) FIELD(ALU, BITS(28, 37), TOP(n, 8))
#define ALU_C(n) FIELD(ALU, BITS(40, 49), TOP(n, 10))
#define MUL_A(n) FIELD(MUL, BITS(16, 26), TOP(n, 6))
#define MUL_B(n) FIELD(MUL, BITS(28, 38), TOP(n, 8))
#define ADD_C(n) FIELD(ADD, BITS(40, 50), TOP(n, 10))
#define FLOAT_A(n) FIELD(FLOAT, BITS(16, 27), TOP(n, 6))
#define FLOAT_B(n) FIELD(FLOAT, BITS(28, 39), TOP(n, 8))
#define FLOAT_C(n) FIELD(FLOAT, BITS(40, 51), TOP(n, 10))
#define HALF_A(n) FIELD(HALF, BITS(16, 26), TOP(n, 6))
#define HALF_B(n) FIELD(HALF, BITS(28, 38), TOP(n, 8))
#define HALF_C(n) FIELD(HALF, BITS(40, 50), TOP(n, 10))
#define SATURATE FIELD(SATURATE, AT(6))
#define SHIFT FIELD(SHIFT, AT(39), BITS(52, 53))

#define FIELDS(name) static const struct agx_insn_field name[]

/* clang-format off */

/* --- moves and arithmetic ------------------------------------------------- */

FIELDS(nothing) = { END };
FIELDS(ldimm16) = { DALU(6), FIELD(IMM, BITS(16, 31)), END };
FIELDS(ldimm32) = { DALU(8), FIELD(IMM, BITS(16, 47)), END };
FIELDS(mfsr) = { DALU(4), FIELD(SR, BITS(16, 21), BITS(26, 27)), END };

/* 8 bytes, but its upper bits of numbers are where 6 bytes would end. */
FIELDS(iadd) = {
	DALU64(6), FIELD(ADD, BITS(16, 26), TOP(6, 6)), FIELD(ADD, BITS(28, 38), TOP(6, 8)),
	SHIFT, SATURATE, END,
};
FIELDS(imul) = { DALU64(8), MUL_A(8), MUL_B(8), SATURATE, END };
FIELDS(imadd) = { DALU64(8), MUL_A(8), MUL_B(8), ADD_C(8), SHIFT, SATURATE, END };
FIELDS(convert) = { DALU(6), ALU_B(6), FIELD(ROUND, BITS(26, 27)), END };
FIELDS(shift) = { DALU(8), ALU_B(8), ALU_C(8), END };
FIELDS(bitfield) = {
	DALU(8), ALU_A(8), ALU_B(8), ALU_C(8),
	FIELD(BITMASK, BITS(38, 39), BITS(50, 51), AT(63)), END,
};
FIELDS(int_unary) = { DALU(6), ALU_A(6), END };
FIELDS(int_binary) = { DALU(6), ALU_A(6), ALU_B(6), END };
FIELDS(matrix32) = {
	DALU(8), FIELD(MATRIX_A, BITS(16, 25), TOP(8, 6)), FLOAT_B(8), FLOAT_C(8), END,
};
FIELDS(matrix16) = { DHALF(8), HALF_A(8), HALF_B(8), HALF_C(8), END };
FIELDS(ffma) = { DALU(8), FLOAT_A(8), FLOAT_B(8), FLOAT_C(8), SATURATE, END };
FIELDS(hfma) = { DHALF(8), HALF_A(8), HALF_B(8), HALF_C(8), SATURATE, END };
FIELDS(float_unary) = { DALU(6), FLOAT_A(6), SATURATE, END };
FIELDS(float_binary) = { DALU(6), FLOAT_A(6), FLOAT_B(6), SATURATE, END };
FIELDS(half_binary) = { DHALF(6), HALF_A(6), HALF_B(6), SATURATE, END };

/* The size of X and Y is that of the destination: bit 8. */
#define SELECT                                                                                     \
	FIELD(CMPSEL, BITS(40, 48), TOP(10, 10), AT(8)),                                          \
		FIELD(CMPSEL, BITS(52, 60), TOP(10, 12), AT(8))

FIELDS(icsel) = { DALU(10), ALU_A(10), ALU_B(10), SELECT, FIELD(ICOND, BITS(61, 63)), END };
FIELDS(fcsel) = { DALU(10), FLOAT_A(10), FLOAT_B(10), SELECT, FIELD(FCOND, BITS(61, 63)), END };

/* --- control flow --------------------------------------------------------- */

#define NEST FIELD(NEST, BITS(11, 12))
#define MASK_CACHE FIELD(CACHE, AT(7))

FIELDS(short_jump) = { FIELD(IMM, BITS(16, 23)), END };
FIELDS(jump_reg) = { FIELD(EXREG32, BITS(9, 15)), END };
FIELDS(jump) = { FIELD(OFFSET, BITS(16, 47)), END };
FIELDS(pop_exec) = { NEST, MASK_CACHE, END };
FIELDS(update_exec) = { MASK_CACHE, END };
FIELDS(int_mask) = {
	ALU_A(6), ALU_B(6), NEST, MASK_CACHE, FIELD(ICOND, BITS(13, 15), AT(8)), END,
};
FIELDS(float_mask) = {
	FLOAT_A(6), FLOAT_B(6), NEST, MASK_CACHE, FIELD(FCOND, BITS(13, 15), AT(8)), END,
};

/* --- across lanes --------------------------------------------------------- */

#define BALLOT_QUAD FIELD(QUAD, AT(48))
#define BALLOT_COND(kind) FIELD(kind, BITS(61, 63), AT(47))

FIELDS(ballot) = { DALU(6), END };
FIELDS(icmp_ballot) = { DALU(6), ALU_A(6), ALU_B(6), BALLOT_QUAD, BALLOT_COND(ICOND), END };
/* Two bits less than other float sources: numbers up to 63, abs and neg at the end. */
FIELDS(fcmp_ballot) = {
	DALU(6), FIELD(FLOAT, BITS(16, 25), TOP(6, 6)), FIELD(FLOAT, BITS(28, 37), TOP(6, 8)),
	BALLOT_QUAD, BALLOT_COND(FBALLOT), END,
};
FIELDS(shuffle) = {
	DALU(6), ALU_A(6), ALU_B(6), FIELD(QUAD, AT(26)), FIELD(ROTATE, AT(47)),
	FIELD(SHUFFLE, BITS(38, 39)), END,
};
FIELDS(reduce) = {
	DALU(6), ALU_A(6), FIELD(PREFIX, AT(30)),
	FIELD(REDUCE, AT(28), BITS(38, 40), AT(47)), END,
};

/* --- memory --------------------------------------------------------------- */

#define MEMORY FIELD(MEMORY, BITS(10, 15), BITS(40, 41), AT(49), BITS(52, 55))
#define MEMBASE FIELD(MEMBASE, BITS(16, 19), BITS(36, 39), AT(27))
#define MEMINDEX FIELD(MEMINDEX, BITS(20, 23), BITS(32, 35), BITS(56, 63), AT(24), AT(25))
#define MEMSHIFT FIELD(SHIFT, BITS(42, 43))
#define FORMAT FIELD(FORMAT, BITS(7, 9), AT(48))
#define MASK FIELD(MASK, BITS(52, 55))
#define COHERENCY FIELD(COHERENCY, BITS(44, 45))
#define GROUP FIELD(GROUP, AT(30))

FIELDS(wait) = { FIELD(GROUP, AT(8)), END };
FIELDS(load) = { MEMORY, MEMBASE, MEMINDEX, MEMSHIFT, FORMAT, MASK, COHERENCY, GROUP, END };
#define store load
FIELDS(atomic) = {
	FIELD(ATOMIC_DEST, BITS(10, 15), BITS(40, 41), AT(47)),
	FIELD(ATOMIC_SOURCE, BITS(48, 55), BITS(6, 9)), MEMBASE, MEMINDEX,
	FIELD(ATOMIC, BITS(6, 9)), COHERENCY, GROUP, END,
};

#define STACK_FORMAT FIELD(FORMAT, BITS(8, 9), BITS(50, 51))

FIELDS(stack_load) = { MEMORY, MEMINDEX, MEMSHIFT, STACK_FORMAT, MASK, GROUP, END };
#define stack_store stack_load
FIELDS(stack_adjust) = { MEMINDEX, END };

FIELDS(uniform_store) = {
	FIELD(UNIFORM_DEST, BITS(20, 23), BITS(32, 35), BITS(56, 63), BITS(52, 55)),
	FIELD(UNIFORM_SRC, BITS(10, 15), BITS(40, 41), BITS(52, 55)), END,
};
FIELDS(uniform_store_unk) = { MEMORY, MEMINDEX, MEMSHIFT, FORMAT, MASK, GROUP, END };

#define LOCAL_MEMORY FIELD(MEMORY, BITS(9, 14), BITS(60, 61), AT(8), BITS(36, 39))
#define LOCALMEMBASE FIELD(LOCALMEMBASE, BITS(16, 21), BITS(58, 59), BITS(22, 23))
#define LOCALMEMINDEX FIELD(LOCALMEMINDEX, BITS(28, 33), BITS(48, 57), AT(34))
#define LOCAL_FORMAT FIELD(FORMAT, BITS(24, 27))
#define LOCAL_MASK FIELD(MASK, BITS(36, 39))

FIELDS(local_memory) = {
	LOCAL_MEMORY, LOCALMEMBASE, LOCALMEMINDEX, LOCAL_FORMAT, LOCAL_MASK, END,
};
FIELDS(latomic) = {
	FIELD(LOCAL_ATOMIC_DEST, BITS(9, 14), BITS(60, 61), AT(38), AT(8)),
	FIELD(ATOMIC_SOURCE, BITS(64, 71), BITS(24, 27)), LOCALMEMBASE, LOCALMEMINDEX,
	FIELD(ATOMIC, BITS(24, 27)), END,
};

/* --- the helper program --------------------------------------------------- */

FIELDS(doorbell) = { FIELD(IMM, BITS(8, 15)), END };
FIELDS(map) = {
	FIELD(EXREG32, BITS(11, 15), BITS(40, 41)), FIELD(IMM2, AT(36)),
	FIELD(IMM, BITS(20, 23), BITS(32, 35), BITS(56, 63)), END,
};

/* --- graphics ------------------------------------------------------------- */

#define HEAP_OFFSET FIELD(HEAP_OFFSET, BITS(26, 56), AT(58))
#define STATE_SOURCE FIELD(UREG64, BITS(59, 63)), HEAP_OFFSET, FIELD(GROUP, AT(16))

FIELDS(tex_state_store) = { FIELD(TS, BITS(8, 14)), STATE_SOURCE, END };
FIELDS(sampler_state_store) = { FIELD(SS, BITS(8, 14)), STATE_SOURCE, END };
FIELDS(pixel) = { FIELD(IMM, BITS(8, 17)), FIELD(IMM2, BITS(22, 23)), END };
FIELDS(st_var) = {
	FIELD(EXREG32, BITS(10, 14), BITS(24, 25)),
	FIELD(UVS, BITS(16, 21), BITS(26, 27), AT(23)), FIELD(LAST, AT(7)), END,
};

#define TILECOORD FIELD(TILECOORD, BITS(16, 21), BITS(58, 59), AT(55))
#define TILE_SAMPLES FIELD(SAMPLES, BITS(42, 47), BITS(56, 57), AT(22))
#define TILE_OFFSET FIELD(IMM, BITS(28, 34), BITS(40, 41))

FIELDS(ld_tile) = {
	LOCAL_MEMORY, TILECOORD, TILE_SAMPLES, TILE_OFFSET, LOCAL_FORMAT, LOCAL_MASK, END,
};
FIELDS(st_tile) = {
	LOCAL_MEMORY, TILECOORD, TILE_SAMPLES, TILE_OFFSET, FIELD(EXPLICIT_COORDS, AT(35)),
	LOCAL_FORMAT, LOCAL_MASK, END,
};

#define DISCARDED FIELD(DISCARD, BITS(9, 14), BITS(24, 25), AT(8))

FIELDS(sample_mask) = { DISCARDED, FIELD(DISCARD, BITS(16, 21), BITS(26, 27), AT(23)), END };
FIELDS(zs_emit) = { DISCARDED, FIELD(ZS, BITS(16, 21), BITS(26, 27), AT(29), AT(30)), END };

#define DITER(kind) FIELD(kind, BITS(8, 14), BITS(56, 57), BITS(30, 31))
#define CF FIELD(CF, BITS(16, 21), BITS(58, 59), AT(23))
#define ITERSAMPLE(kind) FIELD(kind, BITS(32, 39), BITS(48, 49))
#define ITER_MODIFIERS                                                                             \
	FIELD(FWD, AT(22)), FIELD(ELIDE, AT(46)), FIELD(INTERPOLATION, BITS(48, 49)),            \
		FIELD(KILL, AT(52))

FIELDS(iter) = { DITER(DITER), CF, ITERSAMPLE(ITERSAMPLE), ITER_MODIFIERS, END };
FIELDS(iterproj) = {
	DITER(DITER), CF, FIELD(CFPERSPECTIVE, BITS(24, 29), BITS(60, 61)),
	ITERSAMPLE(ITERSAMPLE), ITER_MODIFIERS, END,
};
FIELDS(ldcf) = { DITER(DLDCF), CF, ITERSAMPLE(LDCFSAMPLE), END };

FIELDS(sample) = {
	FIELD(MEMORY, BITS(9, 14), BITS(72, 73), AT(8), BITS(48, 51)),
	FIELD(HEAP, BITS(64, 68), AT(39)),
	FIELD(TEXTURE, BITS(32, 37), BITS(78, 79), BITS(38, 39)),
	FIELD(SAMPLER, BITS(56, 61), BITS(92, 93), AT(62)),
	FIELD(COORD, BITS(16, 21), BITS(74, 75), AT(22), AT(47)),
	FIELD(LOD, BITS(24, 29), BITS(76, 77), BITS(52, 55)),
	FIELD(ZS, BITS(80, 85), BITS(94, 95), AT(23), AT(91)),
	FIELD(SHADOW, AT(23)), FIELD(QUERY_LOD, AT(31)), FIELD(RW, AT(43)),
	FIELD(COHERENT, AT(44)), FIELD(SPARSE, AT(70)), FIELD(KILL, AT(69)),
	FIELD(DIM, BITS(40, 42), AT(71)), FIELD(MASK, BITS(48, 51)),
	FIELD(LOD_TYPE, BITS(52, 55)), FIELD(GATHER, BITS(87, 90)), FIELD(GROUP, AT(63)), END,
};

#define IMAGE                                                                                      \
	FIELD(HEAP, BITS(48, 52), AT(39)),                                                        \
		FIELD(TEXTURE, BITS(32, 37), BITS(62, 63), BITS(38, 39)),                          \
		FIELD(COORD, BITS(16, 21), BITS(58, 59), AT(22), AT(47)),                        \
		FIELD(UVS, BITS(24, 29), BITS(60, 61), AT(31))
#define IMAGE_DIM FIELD(DIM, BITS(40, 42), AT(55))
#define IMAGE_RTZ FIELD(RTZ, AT(53))

FIELDS(imgw) = {
	FIELD(PBESOURCE, BITS(9, 14), BITS(56, 57), AT(8)), IMAGE, IMAGE_DIM, IMAGE_RTZ,
	COHERENCY, END,
};
FIELDS(imgwblk) = {
	FIELD(EXREG16, BITS(9, 14), BITS(56, 57)), IMAGE, FIELD(EXPLICIT_COORDS, AT(23)),
	IMAGE_DIM, FIELD(FORMAT, AT(8), BITS(64, 66)), IMAGE_RTZ, END,
};

/* --- the table ------------------------------------------------------------ */

/*
 * Name, printed name if it is another, class, whether operand[0] is written, bytes of
 * the short and the long form, the bit that says which, exact bits, fields.
 */
#define INSN(op, name, class, ...) INSN_AS(op, name, name, class, __VA_ARGS__)
#define INSN_AS(op, name_, mnemonic_, class_, dests, short_, long_, bit_, mask_, value_, ...)      \
	[AGX_OP_##op] = {                                                                          \
		.info = { .name = name_, .mnemonic = mnemonic_, .class = AGX_CLASS_##class_,       \
			  .length_short = short_, .length_long = long_, .n_dests = dests },        \
		.length_bit = bit_, .mask = mask_, .value = value_, .fields = __VA_ARGS__          \
	}
#define HI(mask_, value_) .mask_hi = mask_, .value_hi = value_
#define LONG_RULE .long_is_rule = true

const struct agx_spec agx_table[AGX_OP_COUNT] = {
	INSN_AS(LDIMM16, "ldimm16", "ldimm", MOVE, 1, 4, 6, 15, 0x17f, 0x62, ldimm16),
	INSN_AS(LDIMM32, "ldimm32", "ldimm", MOVE, 1, 6, 8, 15, 0x17f, 0x162, ldimm32),
	INSN_AS(MFSR, "mfsr", "mov", MOVE, 1, 4, 4, 0, 0x807f, 0x72, mfsr),
	INSN(IADD, "iadd", INT, 1, 8, 8, 0, 0x800803f, 0xe, iadd),
	INSN(ISUB, "isub", INT, 1, 8, 8, 0, 0x800803f, 0x800000e, iadd),
	INSN(IMUL, "imul", INT_SLOW, 1, 8, 8, 0, 0xf7ff800800803f, 0x1e, imul),
	INSN(IMADD, "imadd", INT_SLOW, 1, 8, 8, 0, 0x800803f, 0x1e, imadd),
	INSN(IMSUB, "imsub", INT_SLOW, 1, 8, 8, 0, 0x800803f, 0x800001e, imadd),
	INSN(U8_TO_F, "u8_to_f", INT_SLOW, 1, 6, 6, 0, 0xcc003ff807f, 0x803e, convert),
	INSN(S8_TO_F, "s8_to_f", INT_SLOW, 1, 6, 6, 0, 0xcc003ff807f, 0x1803e, convert),
	INSN(F_TO_U16, "f_to_u16", INT_SLOW, 1, 6, 6, 0, 0xcc003ff807f, 0x4803e, convert),
	INSN(F_TO_S16, "f_to_s16", INT_SLOW, 1, 6, 6, 0, 0xcc003ff807f, 0x5803e, convert),
	INSN(U16_TO_F, "u16_to_f", INT_SLOW, 1, 6, 6, 0, 0xcc003ff807f, 0x6803e, convert),
	INSN(S16_TO_F, "s16_to_f", INT_SLOW, 1, 6, 6, 0, 0xcc003ff807f, 0x7803e, convert),
	INSN(F_TO_U32, "f_to_u32", INT_SLOW, 1, 6, 6, 0, 0xcc003ff807f, 0x8803e, convert),
	INSN(F_TO_S32, "f_to_s32", INT_SLOW, 1, 6, 6, 0, 0xcc003ff807f, 0x9803e, convert),
	INSN(U32_TO_F, "u32_to_f", INT_SLOW, 1, 6, 6, 0, 0xcc003ff807f, 0xa803e, convert),
	INSN(S32_TO_F, "s32_to_f", INT_SLOW, 1, 6, 6, 0, 0xcc003ff807f, 0xb803e, convert),
	INSN(SHL, "shl", INT_SLOW, 1, 8, 8, 0, 0x8c0c00c00fff807f, 0x2e, shift),
	INSN(SHR, "shr", INT_SLOW, 1, 8, 8, 0, 0x8c0c00c00fff807f, 0x802e, shift),
	INSN(BFI, "bfi", INT_SLOW, 1, 8, 8, 0, 0xc00807f, 0x2e, bitfield),
	INSN(BFEIL, "bfeil", INT_SLOW, 1, 8, 8, 0, 0xc00807f, 0x802e, bitfield),
	INSN(EXTR, "extr", INT_SLOW, 1, 8, 8, 0, 0xc00807f, 0x400002e, bitfield),
	INSN(SHLHI, "shlhi", INT_SLOW, 1, 8, 8, 0, 0xc00807f, 0x800002e, bitfield),
	INSN(SHRHI, "shrhi", INT_SLOW, 1, 8, 8, 0, 0xc00807f, 0x800802e, bitfield),
	INSN(ASR, "asr", INT_SLOW, 1, 8, 8, 0, 0xc00807f, 0x400802e, bitfield),
	INSN(ASRH, "asrh", INT_SLOW, 1, 8, 8, 0, 0xc00807f, 0xc00802e, bitfield),
	INSN(SIMD_MATRIX_FMADD32, "simd_matrix_fmadd32", MATRIX, 1, 8, 8, 0,
		0x800000000c00007f, 0x800000000c00006f, matrix32),
	INSN(SIMD_MATRIX_FMADD16, "simd_matrix_fmadd16", MATRIX, 1, 8, 8, 0,
		0x800000000c00007f, 0x800000000800006f, matrix16),
	INSN(FFMA, "ffma", FLOAT, 1, 6, 8, 15, 0x3f, 0x3a, ffma),
	INSN(HFMA, "hfma", FLOAT, 1, 6, 8, 15, 0x3f, 0x36, hfma),
	INSN(FADD, "fadd", FLOAT, 1, 4, 6, 15, 0x3f, 0x2a, float_binary),
	INSN(FMUL, "fmul", FLOAT, 1, 4, 6, 15, 0x3f, 0x1a, float_binary),
	INSN(HADD, "hadd", FLOAT, 1, 4, 6, 15, 0x3f, 0x26, half_binary),
	INSN(HMUL, "hmul", FLOAT, 1, 4, 6, 15, 0x3f, 0x16, half_binary),
	INSN(NOT_A, "not_a", INT, 1, 6, 6, 0, 0x3fffc00807f, 0xc00000007e, int_unary),
	INSN(MOV, "mov", INT, 1, 6, 6, 0, 0x3fffc00807f, 0x800800007e, int_unary),
	INSN(NOT, "not", INT, 1, 6, 6, 0, 0x3fffc00807f, 0x400400007e, int_unary),
	INSN(MOV_A, "mov_a", INT, 1, 6, 6, 0, 0x3fffc00807f, 0xc00007e, int_unary),
	INSN(ZERO, "zero", INT, 1, 6, 6, 0, 0xc00c00807f, 0x7e, int_binary),
	INSN(AND, "and", INT, 1, 6, 6, 0, 0xc00c00807f, 0x800000007e, int_binary),
	INSN(ANDN1, "andn1", INT, 1, 6, 6, 0, 0xc00c00807f, 0x400000007e, int_binary),
	INSN(ANDN2, "andn2", INT, 1, 6, 6, 0, 0xc00c00807f, 0x800007e, int_binary),
	INSN(XOR, "xor", INT, 1, 6, 6, 0, 0xc00c00807f, 0x400800007e, int_binary),
	INSN(OR, "or", INT, 1, 6, 6, 0, 0xc00c00807f, 0xc00800007e, int_binary),
	INSN(NOR, "nor", INT, 1, 6, 6, 0, 0xc00c00807f, 0x400007e, int_binary),
	INSN(XNOR, "xnor", INT, 1, 6, 6, 0, 0xc00c00807f, 0x800400007e, int_binary),
	INSN(ORN1, "orn1", INT, 1, 6, 6, 0, 0xc00c00807f, 0xc00400007e, int_binary),
	INSN(ORN2, "orn2", INT, 1, 6, 6, 0, 0xc00c00807f, 0x800c00007e, int_binary),
	INSN(NAND, "nand", INT, 1, 6, 6, 0, 0xc00c00807f, 0x400c00007e, int_binary),
	INSN(ONE, "one", INT, 1, 6, 6, 0, 0xc00c00807f, 0xc00c00007e, int_binary),
	INSN(BITREV, "bitrev", INT_SLOW, 1, 6, 6, 0, 0xfffc00807f, 0x400003e, int_unary),
	INSN(POPCNT, "popcnt", INT_SLOW, 1, 6, 6, 0, 0xfffc00807f, 0x800003e, int_unary),
	INSN(FFS, "ffs", INT_SLOW, 1, 6, 6, 0, 0xfffc00807f, 0xc00003e, int_unary),
	INSN(INTL, "intl", INT_SLOW, 1, 6, 6, 0, 0xc00c00807f, 0x3e, int_binary),
	INSN(FLOOR, "floor", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0xa, float_unary),
	INSN(RSQRTS, "rsqrts", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0x1000000a, float_unary),
	INSN(RCP, "rcp", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0x8000000a, float_unary),
	INSN(RSQRT, "rsqrt", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0x9000000a, float_unary),
	INSN(SINR, "sinr", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0xa000000a, float_unary),
	INSN(DFDX, "dfdx", SIMD, 1, 4, 6, 15, 0x3fff000003f, 0x4000000a, float_unary),
	INSN(DFDY, "dfdy", SIMD, 1, 4, 6, 15, 0x3fff000003f, 0x6000000a, float_unary),
	INSN(SINC, "sinc", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0xe000000a, float_unary),
	INSN(LOG2, "log2", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0xc000000a, float_unary),
	INSN(EXP2, "exp2", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0xd000000a, float_unary),
	INSN(CEIL, "ceil", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0x10000000a, float_unary),
	INSN(TRUNC, "trunc", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0x20000000a, float_unary),
	INSN(RINT, "rint", SPECIAL, 1, 4, 6, 15, 0x3fff000003f, 0x30000000a, float_unary),
	INSN(STOP, "stop", FLOW, 0, 2, 2, 0, 0xffff, 0x88, nothing),
	INSN(TRAP, "trap", FLOW, 0, 2, 2, 0, 0xffff, 0x8, nothing),
	INSN(JMP_INCOMPLETE, "jmp_incomplete", FLOW, 0, 4, 4, 0, 0xff00ffff, 0x0, short_jump),
	INSN(RET, "ret", FLOW, 0, 2, 2, 0, 0x7f, 0x14, jump_reg),
	INSN_AS(CALL_REG, "call_reg", "call", FLOW, 0, 2, 2, 0, 0x7f, 0x4, jump_reg),
	INSN(JMP_ANY, "jmp_any", FLOW, 0, 6, 6, 0, 0xffff, 0xc000, jump),
	INSN(CALL, "call", FLOW, 0, 6, 6, 0, 0xffff, 0xc010, jump),
	INSN(JMP_NONE, "jmp_none", FLOW, 0, 6, 6, 0, 0xffff, 0xc020, jump),
	INSN(POP_EXEC, "pop_exec", FLOW, 0, 6, 6, 0, 0xffffffffe67f, 0x652, pop_exec),
	INSN_AS(IF_ICMP, "if_icmp", "if", FLOW, 0, 6, 6, 0, 0x30c00c00067f, 0x52, int_mask),
	INSN_AS(ELSE_ICMP, "else_icmp", "else", FLOW, 0, 6, 6, 0, 0x30c00c00067f, 0x252, int_mask),
	INSN_AS(WHILE_ICMP, "while_icmp", "while", FLOW, 0, 6, 6, 0,
		0x30c00c00067f, 0x452, int_mask),
	INSN(UPDATE_EXEC, "update_exec", FLOW, 0, 6, 6, 0, 0x3fffffffff7f, 0x42, update_exec),
	INSN_AS(IF_FCMP, "if_fcmp", "if", FLOW, 0, 6, 6, 0, 0x30000000067f, 0x42, float_mask),
	INSN_AS(ELSE_FCMP, "else_fcmp", "else", FLOW, 0, 6, 6, 0,
		0x30000000067f, 0x242, float_mask),
	INSN_AS(WHILE_FCMP, "while_fcmp", "while", FLOW, 0, 6, 6, 0,
		0x30000000067f, 0x442, float_mask),
	INSN_AS(ICSEL, "icsel", "csel", MOVE, 1, 8, 10, 15, 0x7f, 0x12, icsel),
	INSN_AS(FCSEL, "fcsel", "csel", MOVE, 1, 8, 10, 15, 0x7f, 0x2, fcsel),
	INSN(BALLOT, "ballot", SIMD, 1, 8, 8, 0, 0xffff803ff3ff007f, 0x1800000010032, ballot),
	INSN_AS(ICMP_BALLOT, "icmp_ballot", "ballot", SIMD, 1, 8, 8, 0,
		0x1ffe00000000007f, 0x32, icmp_ballot),
	INSN_AS(FCMP_BALLOT, "fcmp_ballot", "ballot", SIMD, 1, 8, 8, 0,
		0x1ffe00000000007f, 0x22, fcmp_ballot),
	INSN(SHUFFLE, "shuffle", SIMD, 1, 6, 6, 0, 0x800807f, 0x6f, shuffle),
	INSN(PIXWAIT, "pixwait", GRAPHICS, 0, 4, 4, 0, 0xff, 0x48, pixel),
	INSN(PIXREL, "pixrel", GRAPHICS, 0, 4, 4, 0, 0xff, 0x58, pixel),
	INSN(WAIT, "wait", SYNC, 0, 2, 2, 0, 0xff, 0x38, wait),
	INSN(NO_VAR, "no_var", GRAPHICS, 0, 4, 4, 0, 0x804003ff, 0x80000051, nothing),
	INSN(ST_VAR, "st_var", GRAPHICS, 0, 4, 4, 0, 0x8040037f, 0x80000011, st_var),
	INSN(LOAD, "load", LOAD, 1, 6, 8, 47, 0x40000400007f, 0x400004000005, load, LONG_RULE),
	INSN(ATOMIC, "atomic", ATOMIC, 1, 8, 8, 0, 0x40008400003f, 0x400084000015, atomic),
	INSN(LATOMIC, "latomic", LOCAL, 1, 6, 10, 15,
		0x80100000003f, 0x801000000019, latomic, LONG_RULE),
	INSN(STACK_LOAD, "stack_load", STACK, 1, 6, 8, 47,
		0x7070040000ff, 0x400004000035, stack_load, LONG_RULE),
	INSN(STACK_ADJUST, "stack_adjust", STACK, 0, 6, 8, 47,
		0x7070040100ff, 0x20040100b5, stack_adjust, LONG_RULE),
	INSN(STACK_STORE, "stack_store", STACK, 0, 6, 8, 47,
		0x7070040000ff, 0x4000040000b5, stack_store, LONG_RULE),
	INSN_AS(UNIFORM_STORE, "uniform_store", "mov", UNIFORM, 1, 6, 8, 47,
		0xd0cf07f0f03ff, 0x3d0000c5, uniform_store, LONG_RULE),
	INSN(UNIFORM_STORE_UNK, "uniform_store_unk", UNIFORM, 0, 6, 8, 47,
		0xc00f03c0f007f, 0x3c000045, uniform_store_unk, LONG_RULE),
	INSN_AS(TEX_STATE_STORE, "tex_state_store", "load", GRAPHICS, 1, 8, 8, 0,
		0x1000ff, 0x1000ed, tex_state_store),
	INSN_AS(SAMPLER_STATE_STORE, "sampler_state_store", "load", GRAPHICS, 1, 8, 8, 0,
		0x1000ff, 0x1000ad, sampler_state_store),
	INSN(STORE, "store", STORE, 0, 6, 8, 47, 0x40000400007f, 0x400004000045, store, LONG_RULE),
	INSN(LLOAD, "lload", LOCAL, 1, 6, 8, 15, 0x7f, 0x69, local_memory, LONG_RULE),
	INSN(LSTORE, "lstore", LOCAL, 0, 6, 8, 15, 0x7f, 0x29, local_memory, LONG_RULE),
	INSN(BARRIER, "barrier", SYNC, 0, 2, 2, 0, 0xff, 0x68, nothing),
	INSN(DOORBELL, "doorbell", HELPER, 0, 2, 2, 0, 0xff, 0x28, doorbell),
	INSN(JMP_IF_SKIPPING_DOORBELL, "jmp_if_skipping_doorbell", HELPER, 0, 4, 4, 0,
		0xff00ffff, 0x20, short_jump),
	INSN(UNMAP, "unmap", HELPER, 0, 8, 8, 0, 0xfffce0ff0f07ff, 0x10c00005000075, map),
	INSN(MAP, "map", HELPER, 0, 8, 8, 0, 0xfffce0ff0f07ff, 0x10c00005010075, map),
	INSN(MEMORY_BARRIER, "memory_barrier", SYNC, 0, 2, 2, 0, 0xffff, 0x96f5, nothing),
	INSN(IMAGE_BARRIER_1, "image_barrier_1", SYNC, 0, 2, 2, 0, 0xffff, 0xaaf5, nothing),
	INSN(IMAGE_BARRIER_2, "image_barrier_2", SYNC, 0, 2, 2, 0, 0xffff, 0xaef5, nothing),
	INSN(IMAGE_BARRIER_3, "image_barrier_3", SYNC, 0, 2, 2, 0, 0xffff, 0xa9f5, nothing),
	INSN(IMAGE_BARRIER_4, "image_barrier_4", SYNC, 0, 2, 2, 0, 0xffff, 0xadf5, nothing),
	INSN(FLUSH_MEMORY_TO_TEXTURE, "flush_memory_to_texture", SYNC, 0, 2, 2, 0,
		0xffff, 0x40f5, nothing),
	INSN(MEMORY_BARRIER_2, "memory_barrier_2", SYNC, 0, 2, 2, 0, 0xffff, 0x9af5, nothing),
	INSN(MEMORY_BARRIER_3, "memory_barrier_3", SYNC, 0, 2, 2, 0, 0xffff, 0x99f5, nothing),
	INSN(UNKNOWN_BARRIER_1, "unknown_barrier_1", SYNC, 0, 2, 2, 0, 0xffff, 0x33f5, nothing),
	INSN(UNKNOWN_BARRIER_2, "unknown_barrier_2", SYNC, 0, 2, 2, 0, 0xffff, 0x3f5, nothing),
	INSN(DEVICE_BARRIER_1, "device_barrier_1", SYNC, 0, 2, 2, 0, 0xffff, 0x9df5, nothing),
	INSN(DEVICE_BARRIER_2, "device_barrier_2", SYNC, 0, 2, 2, 0, 0xffff, 0x9ef5, nothing),
	INSN(QUAD, "quad", SIMD, 1, 6, 6, 0, 0x23fac00807f, 0x806f, reduce),
	INSN(SIMD, "simd", SIMD, 1, 6, 6, 0, 0x23fac00807f, 0x2000806f, reduce),
	INSN(LD_TILE, "ld_tile", GRAPHICS, 1, 8, 10, 15,
		0x80000007f, 0x800000049, ld_tile, LONG_RULE),
	INSN(ST_TILE, "st_tile", GRAPHICS, 0, 8, 10, 15, 0x7f, 0x9, st_tile, LONG_RULE),
	INSN(SAMPLE_MASK, "sample_mask", GRAPHICS, 0, 4, 4, 0, 0x80ff, 0xc1, sample_mask),
	INSN(ZS_EMIT, "zs_emit", GRAPHICS, 0, 4, 4, 0, 0xc080ff, 0x41, zs_emit),
	INSN(ITER, "iter", GRAPHICS, 1, 4, 8, 15, 0xff, 0x21, iter, LONG_RULE),
	INSN_AS(ITERPROJ, "iterproj", "iter", GRAPHICS, 1, 4, 8, 15,
		0xff, 0x61, iterproj, LONG_RULE),
	INSN(LDCF, "ldcf", GRAPHICS, 1, 4, 8, 15, 0xff, 0xa1, ldcf, LONG_RULE),
	INSN(SMPF, "smpf", GRAPHICS, 1, 8, 12, 15, 0x6000000000ff, 0x600000000031, sample),
	INSN(SMPI, "smpi", GRAPHICS, 1, 8, 12, 15, 0x6000000000ff, 0x600000000071, sample),
	INSN(IMGW, "imgw", GRAPHICS, 0, 6, 8, 15, 0x4800008000ff, 0x4800008000f1, imgw),
	INSN(IMGWBLK, "imgwblk", GRAPHICS, 0, 6, 10, 15,
		0x4800000000ff, 0x4800000000b1, imgwblk, HI(0x3ff8, 0x8)),
};
/* clang-format on */

const struct agx_insn_info *agx_insn_info(enum agx_op op)
{
	static const struct agx_insn_info none = { .name = "none", .mnemonic = "none" };

	return (unsigned int)op < AGX_OP_COUNT ? &agx_table[op].info : &none;
}
