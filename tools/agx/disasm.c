// SPDX-License-Identifier: MIT
#include "disasm.h"

static bool make_room(struct agx_disasm *program)
{
	u32 room = program->room ? 2 * program->room : 256;
	struct agx_insn *insn;
	u32 *offset;

	if (program->code.n < program->room)
		return true;
	insn = aligned_alloc(_Alignof(struct agx_insn), room * sizeof(*insn));
	offset = realloc(program->offset, room * sizeof(*offset));
	if (offset)
		program->offset = offset;
	if (!insn || !offset) {
		free(insn);
		return false;
	}
	if (program->insn)
		memcpy(insn, program->insn, program->code.n * sizeof(*insn));
	free(program->insn);
	program->insn = insn;
	program->room = room;
	return true;
}

/* Does control never go on behind insn, and nothing jump over it? */
static bool ends_program(const struct agx_insn *insn, u32 behind, s64 furthest)
{
	bool ends = insn->op == AGX_OP_STOP || insn->op == AGX_OP_TRAP || insn->op == AGX_OP_RET;

	return ends && furthest < behind;
}

static s64 jumps_to(const struct agx_insn *insn, u32 offset)
{
	switch (insn->op) {
	case AGX_OP_JMP_ANY:
	case AGX_OP_JMP_NONE:
	case AGX_OP_JMP_IF_SKIPPING_DOORBELL:
	case AGX_OP_CALL:
		return offset + (s64)insn->imm;
	default:
		return -1;
	}
}

int agx_disassemble(struct agx_disasm *program, const struct agx_disasm_opts *opts)
{
	s64 furthest = -1;
	u32 at = 0;

	while (at < program->size) {
		struct agx_error err = { .bit = -1 };
		struct agx_insn *insn;
		int length;

		if (!make_room(program))
			return -ENOMEM;
		insn = &program->insn[program->code.n];
		length = agx_decode(insn, program->bytes + at, program->size - at, &err);
		if (length < 0) {
			if (opts->bad)
				opts->bad(opts->ctx, program->address + at, length, &err);
			program->n_bad++;
			if (!opts->keep_going)
				break;
			at += program->size - at < 2 ? 1 : 2;
			continue;
		}
		program->offset[program->code.n++] = at;
		if (jumps_to(insn, at) > furthest)
			furthest = jumps_to(insn, at);
		at += (u32)length;
		if (opts->one && ends_program(insn, at, furthest))
			break;
	}
	program->end = at;
	program->code.insn = program->insn;
	program->code.offset = program->offset;
	return 0;
}

void agx_disasm_free(struct agx_disasm *program)
{
	free(program->insn);
	free(program->offset);
}
