// SPDX-License-Identifier: MIT
#include "dis.h"

static bool make_room(struct dis_program *program)
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
		dis_error("no memory");
		return false;
	}
	if (program->insn)
		memcpy(insn, program->insn, program->code.n * sizeof(*insn));
	free(program->insn);
	program->insn = insn;
	program->room = room;
	return true;
}

static void say_bad(const struct dis_program *program, u32 offset, int ret,
		    const struct agx_error *err)
{
	if (ret == -ENODATA)
		dis_error("%s: 0x%llx: the code ends inside an instruction", program->name,
			  (unsigned long long)(program->address + offset));
	else if (err->bit >= 0)
		dis_error("%s: 0x%llx, bit %d: %s", program->name,
			  (unsigned long long)(program->address + offset), err->bit, err->text);
	else
		dis_error("%s: 0x%llx: %s", program->name,
			  (unsigned long long)(program->address + offset), err->text);
}

/* Does control never go on behind insn, nor jump over it to what follows? */
static bool ends_program(const struct agx_insn *insn, u32 behind, s64 furthest)
{
	bool ends = insn->op == AGX_OP_STOP || insn->op == AGX_OP_TRAP || insn->op == AGX_OP_RET;

	return ends && furthest < behind;
}

bool dis_decode(struct dis_program *program, const u8 *bytes, size_t size,
		const struct dis_opts *opts, bool to_end_of_program)
{
	s64 furthest = -1;
	u32 at = 0;

	program->bytes = bytes;
	while (at < size) {
		struct agx_error err = { .bit = -1 };
		struct agx_insn *insn;
		int length;

		if (!make_room(program))
			return false;
		insn = &program->insn[program->code.n];
		length = agx_decode(insn, bytes + at, size - at, &err);
		if (length < 0) {
			say_bad(program, at, length, &err);
			program->n_bad++;
			if (!opts->keep_going)
				break;
			at += size - at < 2 ? 1 : 2;
			continue;
		}
		program->offset[program->code.n++] = at;
		if (insn->op == AGX_OP_JMP_ANY || insn->op == AGX_OP_JMP_NONE ||
		    insn->op == AGX_OP_CALL || insn->op == AGX_OP_JMP_IF_SKIPPING_DOORBELL)
			furthest = at + (s64)insn->imm > furthest ? at + (s64)insn->imm : furthest;
		at += (u32)length;
		if (to_end_of_program && ends_program(insn, at, furthest))
			break;
	}
	program->size = at;
	program->code.insn = program->insn;
	program->code.offset = program->offset;
	return true;
}

void dis_program_free(struct dis_program *program)
{
	free(program->insn);
	free(program->offset);
}
