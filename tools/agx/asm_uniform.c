// SPDX-License-Identifier: MIT
/*
 * Uniforms: parameters, which a launcher fills in, constants, which it copies, and
 * what the preamble computes.  Each goes behind those before it.
 */
#include "asm_priv.h"

struct type {
	u32 param;		/* enum agx_param_type */
	u32 halves;		/* of an element */
	u32 count;
};

static bool get_type(struct asm_state *as, const char **p, struct type *type)
{
	const char *at = (asm_peek(p), *p);
	struct asm_str word = asm_word(p);

	type->count = 0;
	for (type->param = 0; agx_param_type_name(type->param); type->param++) {
		if (!asm_equal(word, agx_param_type_name(type->param)))
			continue;
		type->halves = agx_param_halves(type->param);
		return true;
	}
	asm_error(as, at, "expected a type: buffer, u64, u32, s32, f32, u16, s16 or f16");
	return false;
}

/* [4] behind a type. */
static bool get_count(struct asm_state *as, const char **p, struct type *type)
{
	s64 n;

	type->count = 1;
	if (asm_peek(p) != '[')
		return true;
	(*p)++;
	if (!asm_int_in(as, p, 1, AGX_UNIFORM_HALVES / type->halves, "number of elements", &n))
		return false;
	type->count = (u32)n;
	return asm_expect(as, p, ']');
}

/* ", u8" behind it: where it is to be. */
static bool get_start(struct asm_state *as, const char **p, const struct type *type, u32 *start)
{
	const char *at;
	struct asm_reg reg;

	if (!asm_peek(p))
		return true;
	if (!asm_comma(as, p))
		return false;
	at = (asm_peek(p), *p);
	if (!asm_reg(as, p, &reg, NULL))
		return false;
	if (reg.kind != AGX_UNIFORM || reg.count != 1) {
		asm_error(as, at, "expected one uniform");
		return false;
	}
	if (type->halves > 1 && reg.start % 2) {
		asm_error(as, at, "a %s does not begin at the high half of a uniform",
			  agx_param_type_name(type->param));
		return false;
	}
	*start = reg.start;
	return true;
}

static bool place(struct asm_state *as, struct asm_str word, const struct type *type, u32 start)
{
	static const u8 sizes[] = { [1] = AGX_16, [2] = AGX_32, [4] = AGX_64 };
	struct asm_kernel *k = &as->kernel;
	u32 end = start + type->halves * type->count;
	struct asm_name *name;

	if (end > AGX_UNIFORM_HALVES) {
		asm_error(as, word.p, "'%.*s' would end at half %u of %d of the uniforms", (int)word.n,
			  word.p, end, AGX_UNIFORM_HALVES);
		return false;
	}
	name = asm_define(as, word);
	if (!name)
		return false;
	name->kind = ASM_REGISTER;
	name->reg = (struct asm_reg){
		.start = (u16)start, .count = (u16)type->count, .kind = AGX_UNIFORM,
		.size = sizes[type->halves],
	};
	if (!asm_own(as, name, word.p))
		return false;
	if (end > k->uniform_end)
		k->uniform_end = end;
	return true;
}

static u32 next_start(const struct asm_state *as, const struct type *type)
{
	return (as->kernel.uniform_end + type->halves - 1) / type->halves * type->halves;
}

/* .uniform and .computed: name, type, place. */
static bool declare(struct asm_state *as, const char *p, bool param)
{
	struct asm_kernel *k = &as->kernel;
	struct asm_str word;
	struct type type;
	u32 start;

	if (!asm_ident(as, &p, "a name", &word) || !asm_comma(as, &p) ||
	    !get_type(as, &p, &type) || !get_count(as, &p, &type))
		return false;
	start = next_start(as, &type);
	if (!get_start(as, &p, &type, &start) || !asm_end_of_line(as, p))
		return false;
	if (k->has_consts) {
		asm_error(as, word.p, "uniforms come before constants, which are one block");
		return false;
	}
	if (!place(as, word, &type, start))
		return false;
	if (!param)
		return true;
	if (!k->params)
		k->params = asm_alloc(as, AGX_UNIFORM_HALVES * sizeof(*k->params));
	if (!k->params)
		return false;
	k->params[k->n_params++] = (struct agx_param){
		.name = asm_strndup(as, word.p, word.n), .type = (u16)type.param,
		.start = (u16)start, .count = (u16)type.count,
	};
	return !as->no_memory;
}

bool asm_dir_uniform(struct asm_state *as, const char *p)
{
	return declare(as, p, true);
}

bool asm_dir_computed(struct asm_state *as, const char *p)
{
	return declare(as, p, false);
}

/* --- constants ------------------------------------------------------------------- */

static bool get_bits(struct asm_state *as, const char *at, const struct type *type,
		     const struct asm_value *v, u64 *bits)
{
	bool wide = type->halves == 4;
	s64 max = type->halves == 1 ? 0xffff : 0xffffffff;
	double f = v->is_float ? v->f : (double)v->i;

	if (type->param == AGX_PARAM_F32 || type->param == AGX_PARAM_F16) {
		*bits = type->param == AGX_PARAM_F32 ? asm_f32(f) : asm_f16(f);
		return true;
	}
	if (v->is_float) {
		asm_error(as, at, "a float for a constant of type %s", agx_param_type_name(type->param));
		return false;
	}
	if (!wide && (v->i < -(max / 2) - 1 || v->i > max)) {
		asm_error(as, at, "%lld does not fit into %u bits", (long long)v->i,
			  16 * type->halves);
		return false;
	}
	*bits = (u64)v->i;
	return true;
}

static bool get_values(struct asm_state *as, const char *p, struct type *type, u32 start)
{
	u32 at = start;

	do {
		const char *from = (asm_peek(&p), p);
		struct asm_value v;
		u64 bits;

		if (!asm_expr(as, &p, &v) || !get_bits(as, from, type, &v, &bits))
			return false;
		if (at + type->halves > AGX_UNIFORM_HALVES) {
			asm_error(as, from, "the constants end behind the last of %d uniform halves",
				  AGX_UNIFORM_HALVES);
			return false;
		}
		for (u32 i = 0; i < 2 * type->halves; i++)
			as->kernel.constants[2 * at + i] = (u8)(bits >> 8 * i);
		at += type->halves;
		type->count++;
		if (!asm_peek(&p))
			return true;
	} while (asm_comma(as, &p));
	return false;
}

bool asm_dir_const(struct asm_state *as, const char *p)
{
	struct asm_kernel *k = &as->kernel;
	struct asm_str word;
	struct type type;
	u32 start;

	if (!asm_ident(as, &p, "a name", &word) || !asm_comma(as, &p) || !get_type(as, &p, &type))
		return false;
	start = next_start(as, &type);
	if (!get_values(as, p, &type, start) || !place(as, word, &type, start))
		return false;
	if (!k->has_consts)
		k->const_start = start;
	k->has_consts = true;
	return true;
}

bool asm_finish_uniforms(struct asm_state *as, struct agx_kernel *record)
{
	struct asm_kernel *k = &as->kernel;
	u32 halves = k->has_consts ? k->uniform_end - k->const_start : 0;

	record->n_uniforms = (u16)k->uniform_end;
	record->params = k->params;
	record->n_params = (u16)k->n_params;
	if (!halves)
		return true;
	record->constants.start = (u16)k->const_start;
	record->constants.halves = (u16)halves;
	record->constants.data = (const u8 *)asm_strndup(as, (const char *)k->constants +
							 2ul * k->const_start, 2ul * halves);
	return record->constants.data != NULL;
}
