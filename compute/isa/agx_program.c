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
 * A program is loaded in steps.  A walk over the instructions up to its end, the first
 * stop, return or trap that no jump before it goes beyond, counts them.  Then memory is
 * taken and the code copied: it may lie where somebody else writes.  A second walk fills
 * the arrays from the copy, which may not be what the first one saw, but what that one
 * counted bounds it.  Last, jumps are given the index they go to.
 */
enum stage { COUNT, ALLOCATE, FILL, RESOLVE };

void agx_program_load(struct agx_loading *loading, struct agx_program *program,
		      struct agx_tlb *tlb)
{
	*program = (struct agx_program){
		.address = program->address, .pool = program->pool,
		.n_regs = program->n_regs < AGX_HALVES ? program->n_regs : AGX_HALVES,
	};
	*loading = (struct agx_loading){
		.program = program, .tlb = tlb, .size = AGX_PROGRAM_MAX, .stage = COUNT,
	};
}

/* Code from offset on, as much of it as there is: bytes. */
static size_t fetch(const struct agx_loading *loading, u32 offset, u8 *bytes, size_t size)
{
	u64 address = loading->program->address + offset, end;

	size = loading->size - offset < size ? loading->size - offset : size;
	if (!loading->tlb)
		memcpy(bytes, loading->code + offset, size);
	else if (agx_read(loading->tlb, address, bytes, size, &end))
		size = end - address;
	return size;
}

/* Decodes the next instruction from size bytes; false where there is none. */
static bool decode_next(struct agx_loading *loading, const u8 *code, size_t size,
			struct agx_insn *insn)
{
	bool known = agx_decode(insn, code, size, NULL) > 0;
	s64 target;

	if (!known)
		decode_unknown(insn, code, size);
	target = (s64)loading->offset + insn->imm;
	if (known && is_jump(insn) && target > loading->reach && target < (s64)loading->size)
		loading->reach = (u32)target;
	return known;
}

static void go_on(struct agx_loading *loading, const struct agx_insn *insn)
{
	if (is_end(insn) && loading->reach <= loading->offset)
		loading->done = true;
	loading->offset += insn->length;
	loading->index++;
}

/* 1, or 0 at the end of the program. */
static int count_next(struct agx_loading *loading)
{
	u8 bytes[AGX_INSN_MAX];
	struct agx_insn insn;
	size_t got;

	if (loading->done || loading->offset >= loading->size)
		return 0;
	got = fetch(loading, loading->offset, bytes, sizeof(bytes));
	loading->cut |= got < sizeof(bytes);
	if (!got)
		return 0;
	decode_next(loading, bytes, got, &insn);
	go_on(loading, &insn);
	return 1;
}

/* One allocation for all arrays, cache lines first. */
static int allocate(struct agx_program *program)
{
	size_t n = program->n_insns + 1, units = program->size / UNIT + 1;
	size_t bytes = n * (sizeof(*program->insn) + sizeof(*program->exec) +
			    sizeof(*program->offset) + sizeof(*program->target)) +
		       units * sizeof(*program->at) + program->size + AGX_INSN_MAX;
	u8 *p = agx_pool_alloc(program->pool, bytes + 63);

	if (!p)
		return -ENOMEM;
	program->memory = p;
	program->memory_size = bytes + 63;
	program->insn = (void *)(((uintptr_t)p + 63) & ~(uintptr_t)63);
	program->exec = (void *)(program->insn + n);
	program->offset = (void *)(program->exec + n);
	program->target = program->offset + n;
	program->at = program->target + n;
	program->code = (void *)(program->at + units);
	return 0;
}

static int start_filling(struct agx_loading *loading)
{
	struct agx_program *program = loading->program;
	size_t size;
	int ret;

	if (!loading->offset)
		return -ENOEXEC;
	program->size = loading->offset;
	program->n_insns = loading->index;
	ret = allocate(program);
	if (ret)
		return ret;
	/* As the first walk: with what is behind the last instruction, and maybe without an end. */
	size = fetch(loading, 0, program->code, program->size + AGX_INSN_MAX);
	if (size + UNIT <= program->size)
		return -EFAULT;
	memset(program->at, 0xff, (program->size / UNIT + 1) * sizeof(*program->at));
	loading->offset = loading->reach = loading->index = 0;
	loading->done = false;
	loading->size = size;
	return 1;
}

static void add_stack(struct agx_program *program, const struct agx_insn *insn)
{
	s64 dwords = agx_operand_imm(insn, 0);

	if (insn->op == AGX_OP_STACK_ADJUST && insn->operand[0].kind == AGX_IMM && dwords > 0 &&
	    dwords * 4 <= (s64)(AGX_STACK_SIZE - program->stack_size))
		program->stack_size += (u32)dwords * 4;
}

static int fill_next(struct agx_loading *loading)
{
	struct agx_program *program = loading->program;
	u32 i = loading->index, offset = loading->offset;
	struct agx_insn *insn = &program->insn[i];
	bool known;

	if (loading->done || i >= program->n_insns || offset >= program->size) {
		program->n_insns = i;
		decode_unknown(insn, program->code, 0);
		program->offset[i] = program->size;
		program->target[i] = AGX_NO_INSN;
		program->exec[i] = exec_overrun;
		loading->index = 0;
		return 0;
	}
	known = decode_next(loading, program->code + offset, loading->size - offset, insn);
	program->offset[i] = offset;
	program->at[offset / UNIT] = i;
	program->exec[i] = known ? agx_exec_handler(insn, program->n_regs) : exec_unknown;
	if (known)
		add_stack(program, insn);
	go_on(loading, insn);
	return 1;
}

static int resolve_next(struct agx_loading *loading)
{
	struct agx_program *program = loading->program;
	u32 i = loading->index++;
	s64 target;

	if (i >= program->n_insns)
		return 0;
	target = (s64)program->offset[i] + program->insn[i].imm;
	program->target[i] = AGX_NO_INSN;
	if (is_jump(&program->insn[i]) && target >= 0 && target < program->size &&
	    target % UNIT == 0)
		program->target[i] = program->at[target / UNIT];
	return 1;
}

/* 1: the same again; 0: the stage is over. */
static int step(struct agx_loading *loading)
{
	int ret;

	switch (loading->stage) {
	case COUNT:
		return count_next(loading);
	case ALLOCATE:
		ret = start_filling(loading);
		return ret < 0 ? ret : 0;
	case FILL:
		return fill_next(loading);
	default:
		return resolve_next(loading);
	}
}

int agx_program_load_more(struct agx_loading *loading, u32 *budget)
{
	while (*budget) {
		int ret = step(loading);

		--*budget;
		if (ret < 0 && ret != -ENOMEM)
			agx_program_destroy(loading->program);
		if (ret < 0)
			return ret;
		if (!ret && loading->stage++ == RESOLVE)
			return 0;
	}
	return 1;
}

int agx_program_init(struct agx_program *program, const u8 *code, size_t size,
		     u64 address, u32 n_regs, struct agx_error *err)
{
	struct agx_loading loading;
	u32 budget;
	int ret;

	memset(program, 0, sizeof(*program));
	program->address = address;
	program->n_regs = n_regs;
	agx_program_load(&loading, program, NULL);
	loading.code = code;
	loading.size = size < UNIT ? 0 : size < AGX_PROGRAM_MAX ? size : AGX_PROGRAM_MAX;
	do {
		budget = ~0u;
		ret = agx_program_load_more(&loading, &budget);
	} while (ret > 0);
	if (ret == -ENOEXEC && err) {
		err->bit = err->column = -1;
		snprintf(err->text, sizeof(err->text), "no code at 0x%llx",
			 (unsigned long long)address);
	}
	return ret;
}

void agx_program_destroy(struct agx_program *program)
{
	const struct agx_pool *pool = program->pool;

	if (program->users)
		--*program->users;
	else
		agx_pool_free(pool, program->memory);
	memset(program, 0, sizeof(*program));
	program->pool = pool;
}
