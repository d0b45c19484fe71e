// SPDX-License-Identifier: MIT
/*
 * Code made ready to run: decoded once, each instruction with its handler, jumps
 * with the index they go to.
 */
#include "agx_exec.h"

/* The shortest instruction: how finely code is addressed. */
#define UNIT 2u

static bool is_jump(const struct agx_insn *insn)
{
	return insn->op == AGX_OP_JMP_ANY || insn->op == AGX_OP_JMP_NONE ||
	       insn->op == AGX_OP_CALL;
}

/* Nothing runs on from these. */
static bool is_end(const struct agx_insn *insn)
{
	return insn->op == AGX_OP_STOP || insn->op == AGX_OP_TRAP || insn->op == AGX_OP_RET;
}

/* No instruction: its bytes go where agx_exec_unknown() finds them. */
static void decode_unknown(struct agx_insn *insn, const u8 *code, size_t size)
{
	u8 bytes[8] = { 0 };

	memcpy(bytes, code, size < sizeof(bytes) ? size : sizeof(bytes));
	memset(insn, 0, sizeof(*insn));
	insn->op = AGX_OP_TRAP;
	insn->length = UNIT;
	insn->imm = (s32)((u32)bytes[0] | (u32)bytes[1] << 8 | (u32)bytes[2] << 16 |
			  (u32)bytes[3] << 24);
	insn->flags = (u32)bytes[4] | (u32)bytes[5] << 8 | (u32)bytes[6] << 16 |
		      (u32)bytes[7] << 24;
}

static void exec_unknown(struct agx_simd *simd, const struct agx_insn *insn)
{
	agx_simd_fault(simd, AGX_FAULT_UNKNOWN_INSN, 0, (u32)insn->imm | (u64)insn->flags << 32,
		       false);
}

static void exec_overrun(struct agx_simd *simd, const struct agx_insn *insn)
{
	const struct agx_program *program = simd->program;

	(void)insn;
	agx_simd_fault(simd, AGX_FAULT_JUMP, 0, program->address + program->size, false);
}

/*
 * A walk over the instructions up to the end of the program: the first stop, return
 * or trap that no jump before it goes beyond.
 */
struct walk {
	const u8 *code;
	size_t size;
	struct agx_insn insn;	/* the current one */
	bool known;		/* it could be decoded */
	u32 offset;		/* its own */
	u32 reach;		/* the farthest that jumps go */
	bool done;
};

static bool walk_next(struct walk *walk)
{
	s64 target;

	if (walk->done || walk->offset >= walk->size)
		return false;
	walk->known = agx_decode(&walk->insn, walk->code + walk->offset,
				 walk->size - walk->offset, NULL) > 0;
	if (!walk->known)
		decode_unknown(&walk->insn, walk->code + walk->offset,
			       walk->size - walk->offset);
	if (walk->known && is_jump(&walk->insn)) {
		target = (s64)walk->offset + walk->insn.imm;
		if (target > walk->reach && target < (s64)walk->size)
			walk->reach = (u32)target;
	}
	return true;
}

static void walk_on(struct walk *walk)
{
	if (is_end(&walk->insn) && walk->reach <= walk->offset)
		walk->done = true;
	walk->offset += walk->insn.length;
}

/* One allocation for all arrays, cache lines first. */
static int allocate(struct agx_program *program)
{
	size_t n = program->n_insns + 1, units = program->size / UNIT + 1;
	size_t bytes = n * (sizeof(*program->insn) + sizeof(*program->exec) +
			    sizeof(*program->offset) + sizeof(*program->target)) +
		       units * sizeof(*program->at);
	u8 *p = agx_alloc(bytes + 63);

	if (!p)
		return -ENOMEM;
	program->memory = p;
	program->insn = (void *)(((uintptr_t)p + 63) & ~(uintptr_t)63);
	program->exec = (void *)(program->insn + n);
	program->offset = (void *)(program->exec + n);
	program->target = program->offset + n;
	program->at = program->target + n;
	return 0;
}

static void resolve_jumps(struct agx_program *program)
{
	for (u32 i = 0; i < program->n_insns; i++) {
		s64 target = (s64)program->offset[i] + program->insn[i].imm;

		program->target[i] = AGX_NO_INSN;
		if (is_jump(&program->insn[i]) && target >= 0 && target < program->size &&
		    target % UNIT == 0)
			program->target[i] = program->at[target / UNIT];
	}
}

static void add_stack(struct agx_program *program, const struct agx_insn *insn)
{
	s64 dwords = agx_operand_imm(insn, 0);

	if (insn->op == AGX_OP_STACK_ADJUST && insn->operand[0].kind == AGX_IMM && dwords > 0 &&
	    dwords * 4 <= (s64)(AGX_STACK_SIZE - program->stack_size))
		program->stack_size += (u32)dwords * 4;
}

/*
 * Walks a second time.  The code may lie in memory that somebody else writes: what
 * the first walk counted bounds this one, whatever it finds.
 */
static void fill(struct agx_program *program, const u8 *code, size_t size)
{
	struct walk walk = { .code = code, .size = size };
	u32 i;

	for (i = 0; i < program->size / UNIT + 1; i++)
		program->at[i] = AGX_NO_INSN;
	for (i = 0; i < program->n_insns && walk.offset < program->size && walk_next(&walk);
	     i++) {
		program->insn[i] = walk.insn;
		program->offset[i] = walk.offset;
		program->at[walk.offset / UNIT] = i;
		program->exec[i] = walk.known ? agx_exec_handler(&walk.insn, program->n_regs)
					      : exec_unknown;
		if (walk.known)
			add_stack(program, &walk.insn);
		walk_on(&walk);
	}
	program->n_insns = i;
	decode_unknown(&program->insn[i], code, 0);
	program->offset[i] = program->size;
	program->target[i] = AGX_NO_INSN;
	program->exec[i] = exec_overrun;
}

int agx_program_init(struct agx_program *program, const u8 *code, size_t size,
		     u64 address, u32 n_regs, struct agx_error *err)
{
	struct walk walk = {
		.code = code, .size = size < AGX_PROGRAM_MAX ? size : AGX_PROGRAM_MAX,
	};
	int ret;

	memset(program, 0, sizeof(*program));
	if (size < UNIT) {
		if (err) {
			err->bit = err->column = -1;
			snprintf(err->text, sizeof(err->text), "no code at 0x%llx",
				 (unsigned long long)address);
		}
		return -ENOEXEC;
	}
	program->address = address;
	program->n_regs = n_regs < AGX_HALVES ? n_regs : AGX_HALVES;
	while (walk_next(&walk)) {
		program->n_insns++;
		walk_on(&walk);
	}
	program->size = walk.offset;
	ret = allocate(program);
	if (ret)
		return ret;
	fill(program, code, walk.size);
	resolve_jumps(program);
	return 0;
}

void agx_program_destroy(struct agx_program *program)
{
	agx_free(program->memory);
	memset(program, 0, sizeof(*program));
}
