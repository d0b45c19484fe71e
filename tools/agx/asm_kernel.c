// SPDX-License-Identifier: MIT
/* Kernels: where they begin and end, what their header says, and their records. */
#include "asm_priv.h"

#include "compute/isa/agx_dispatch.h"

struct asm_program *asm_current(struct asm_state *as)
{
	return as->kernel.in_preamble ? &as->kernel.preamble : &as->kernel.main;
}

static bool begin(struct asm_state *as, struct asm_str name, bool implicit)
{
	struct asm_kernel *k = &as->kernel;

	memset(k, 0, sizeof(*k));
	k->implicit = implicit;
	k->pos = as->pos;
	k->record = asm_alloc(as, sizeof(*k->record));
	if (!k->record)
		return false;
	k->record->name = asm_strndup(as, name.p, name.n);
	asm_open_scope(as);
	return asm_program_init(as, &k->main, false) && asm_program_init(as, &k->preamble, true);
}

/* A kernel without .kernel is named after its file: saxpy.agx is saxpy. */
static bool begin_implicit(struct asm_state *as)
{
	const char *slash = strrchr(as->file, '/'), *from = slash ? slash + 1 : as->file;
	char name[AGX_KERNEL_NAME_MAX];
	u32 n = 0;

	if (!asm_is_letter(*from))
		name[n++] = '_';
	for (; *from && *from != '.' && n < AGX_KERNEL_NAME_MAX - 1; from++)
		name[n++] = asm_is_letter(*from) || asm_is_digit(*from) ? *from : '_';
	return begin(as, (struct asm_str){ name, n }, true);
}

bool asm_need_kernel(struct asm_state *as, const char *at)
{
	if (as->kernel.record)
		return true;
	if (!as->n_kernels && !as->seen_kernel)
		return begin_implicit(as);
	asm_error(as, at, "this belongs into a kernel: expected .kernel before it");
	return false;
}

bool asm_dir_kernel(struct asm_state *as, const char *p)
{
	struct asm_kernel *k = &as->kernel;
	struct asm_str name;

	if (!asm_ident(as, &p, "the kernel's name", &name) || !asm_end_of_line(as, p))
		return false;
	as->seen_kernel = true;
	if (k->record) {
		asm_error(as, name.p, k->implicit ? "a kernel without .kernel has begun already" :
			  "the kernel before this one has no .end");
		asm_report(as, AGX_NOTE, &k->pos, 0, "here");
		return false;
	}
	if (name.n >= AGX_KERNEL_NAME_MAX) {
		asm_error(as, name.p, "a name of %u letters; at most %d", name.n, AGX_KERNEL_NAME_MAX - 1);
		return false;
	}
	for (u32 i = 0; i < as->n_kernels; i++) {
		if (asm_equal(name, as->kernels[i].name)) {
			/* It begins all the same: what follows is not wrong for that. */
			asm_error(as, name.p, "there is a kernel of this name already");
			break;
		}
	}
	return begin(as, name, false);
}

/* --- the end --------------------------------------------------------------------- */

void asm_kernel_free(struct asm_kernel *kernel)
{
	asm_program_free(&kernel->main);
	asm_program_free(&kernel->preamble);
	kernel->record = NULL;
}

static u16 round_up(u32 n, u32 to)
{
	return (u16)((n + to - 1) / to * to);
}

/* The first instruction that names a register behind the last one allowed. */
static void too_many_regs(struct asm_state *as, const struct asm_program *program)
{
	for (u32 i = 0; i < program->n_items; i++) {
		const struct asm_item *item = &program->item[i];

		if (!item->absent && asm_insn_regs(&item->insn) > as->kernel.n_regs) {
			asm_report(as, AGX_ERROR, item->pos, item->column,
				   "r%u is not among the %u of .registers",
				   (asm_insn_regs(&item->insn) - 1) / 2, as->kernel.n_regs / 2);
			return;
		}
	}
}

static bool fill_record(struct asm_state *as)
{
	struct asm_kernel *k = &as->kernel;
	struct agx_kernel *r = k->record;
	struct agx_error err;

	r->code = k->main.code;
	r->code_size = k->main.code_size;
	r->n_regs = k->main.n_regs ? round_up(k->main.n_regs, 8) : 8;
	if (k->n_regs && k->main.n_regs > k->n_regs) {
		too_many_regs(as, &k->main);
		return false;
	}
	if (k->n_regs)
		r->n_regs = round_up(k->n_regs, 8);
	if (k->has_preamble) {
		r->preamble = k->preamble.code;
		r->preamble_size = k->preamble.code_size;
		r->preamble_regs = k->preamble.n_regs ? round_up(k->preamble.n_regs, 16) : 16;
	}
	if (!k->has_shared)
		r->shared = k->local_size;
	if (!asm_finish_uniforms(as, r))
		return false;
	if (agx_kernel_check(r, &err)) {
		asm_report(as, AGX_ERROR, &k->pos, 0, "%s", err.text);
		return false;
	}
	return (!k->has_preamble || asm_check(as, &k->preamble, r->preamble_regs)) &&
	       asm_check(as, &k->main, r->n_regs);
}

bool asm_finish_kernel(struct asm_state *as)
{
	struct asm_kernel *k = &as->kernel;
	bool ok = true;

	if (k->in_preamble) {
		asm_error(as, NULL, "the preamble has no .endpreamble");
		ok = asm_dir_endpreamble(as, "") && false;
	}
	if (as->n_scopes) {
		asm_error(as, NULL, "%u .scope without .endscope", as->n_scopes);
		for (; as->n_scopes; as->n_scopes--)
			asm_close_scope(as);
	}
	ok = asm_flow_end(as) && ok;
	ok = (!k->has_preamble || asm_finish_program(as, &k->preamble)) && ok;
	ok = asm_finish_program(as, &k->main) && ok;
	ok = ok && fill_record(as) && asm_grow(as, &as->kernels, as->n_kernels, sizeof(*k->record));
	if (ok)
		as->kernels[as->n_kernels++] = *k->record;
	asm_close_scope(as);
	asm_kernel_free(k);
	return ok;
}

bool asm_dir_end(struct asm_state *as, const char *p)
{
	if (!asm_end_of_line(as, p))
		return false;
	if (!as->kernel.record || as->kernel.implicit) {
		asm_error(as, NULL, "no .kernel is open");
		return false;
	}
	return asm_finish_kernel(as);
}

bool asm_dir_preamble(struct asm_state *as, const char *p)
{
	struct asm_kernel *k = &as->kernel;

	if (!asm_end_of_line(as, p))
		return false;
	if (k->has_preamble) {
		asm_error(as, NULL, k->in_preamble ? "this is in the preamble already" :
			  "the kernel has a preamble already");
		return false;
	}
	if (!asm_flow_end(as))
		return false;
	/* A program of its own: its registers are others. */
	memcpy(k->main_owner, k->reg_owner, sizeof(k->main_owner));
	memset(k->reg_owner, 0, sizeof(k->reg_owner));
	asm_open_scope(as);
	k->scopes_outside = as->n_scopes;
	k->has_preamble = k->in_preamble = true;
	return true;
}

bool asm_dir_endpreamble(struct asm_state *as, const char *p)
{
	struct asm_kernel *k = &as->kernel;
	bool ok;

	if (!asm_end_of_line(as, p))
		return false;
	if (!k->in_preamble) {
		asm_error(as, NULL, "no .preamble is open");
		return false;
	}
	ok = asm_flow_end(as);
	for (; as->n_scopes > k->scopes_outside; as->n_scopes--)
		asm_close_scope(as);
	asm_close_scope(as);
	memcpy(k->reg_owner, k->main_owner, sizeof(k->main_owner));
	k->in_preamble = false;
	return ok;
}

/* --- the header -------------------------------------------------------------------- */

bool asm_dir_threadgroup(struct asm_state *as, const char *p)
{
	const char *at = (asm_peek(&p), p);
	s64 n[3] = { 1, 1, 1 };

	for (u32 i = 0; i < 3; i++) {
		if (i && !asm_peek(&p))
			break;
		if (i && !asm_comma(as, &p))
			return false;
		if (!asm_int_in(as, &p, 1, AGX_GROUP_THREADS, "number of threads", &n[i]))
			return false;
	}
	if (!asm_end_of_line(as, p))
		return false;
	if (n[0] * n[1] * n[2] > AGX_GROUP_THREADS) {
		asm_error(as, at, "%lld threads in a threadgroup; at most %d",
			  (long long)(n[0] * n[1] * n[2]), AGX_GROUP_THREADS);
		return false;
	}
	for (u32 i = 0; i < 3; i++)
		as->kernel.record->threadgroup[i] = (u16)n[i];
	return true;
}

bool asm_dir_shared(struct asm_state *as, const char *p)
{
	struct asm_kernel *k = &as->kernel;
	const char *at = (asm_peek(&p), p);
	s64 n;

	if (!asm_int_in(as, &p, 0, AGX_LOCAL_MAX, "number of bytes", &n) || !asm_end_of_line(as, p))
		return false;
	if (n < k->local_size) {
		asm_error(as, at, ".local has taken %u bytes already", k->local_size);
		return false;
	}
	k->has_shared = true;
	k->record->shared = (u32)n;
	return true;
}

bool asm_dir_local(struct asm_state *as, const char *p)
{
	struct asm_kernel *k = &as->kernel;
	u32 max = k->has_shared ? k->record->shared : AGX_LOCAL_MAX;
	s64 size, align = 4, offset;
	struct asm_name *name;
	struct asm_str word;

	if (!asm_ident(as, &p, "a name", &word) || !asm_comma(as, &p) ||
	    !asm_int_in(as, &p, 1, AGX_LOCAL_MAX, "number of bytes", &size))
		return false;
	if (asm_peek(&p) && (!asm_comma(as, &p) ||
			     !asm_int_in(as, &p, 1, 256, "alignment", &align)))
		return false;
	if (!asm_end_of_line(as, p))
		return false;
	offset = (k->local_size + align - 1) / align * align;
	if (offset + size > max) {
		asm_error(as, word.p, "'%.*s' would end at byte %lld of %u of threadgroup memory",
			  (int)word.n, word.p, (long long)(offset + size), max);
		return false;
	}
	name = asm_define(as, word);
	if (!name)
		return false;
	name->value = (struct asm_value){ .i = offset };
	k->local_size = (u32)(offset + size);
	return true;
}

bool asm_dir_stack(struct asm_state *as, const char *p)
{
	s64 n;

	if (!asm_int_in(as, &p, 1, AGX_STACK_SIZE, "number of bytes", &n) || !asm_end_of_line(as, p))
		return false;
	as->kernel.has_stack = true;
	as->kernel.record->stack = (u32)n;
	return true;
}

bool asm_dir_registers(struct asm_state *as, const char *p)
{
	s64 n;

	if (!asm_int_in(as, &p, 1, AGX_REGS, "number of registers", &n) || !asm_end_of_line(as, p))
		return false;
	as->kernel.n_regs = 2 * (u32)n;
	return true;
}
