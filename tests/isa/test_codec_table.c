// SPDX-License-Identifier: MIT
/*
 * The table of instructions against itself: every entry can be reached, its bits
 * are exact or in fields, names are there and unique, operands fit.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "compute/isa/agx_table.h"
#include "tests/lib/suite.h"

static const struct agx_spec *spec_of(int op)
{
	ck_assert_ptr_nonnull(agx_table[op].fields);
	return &agx_table[op];
}

static struct agx_bits field_bits(const struct agx_insn_field *field)
{
	return agx_bits_spread(~0u, field);
}

START_TEST(entry)
{
	const struct agx_spec *spec = spec_of(_i);
	const struct agx_insn_info *info = agx_insn_info(_i);
	struct agx_bits inside = agx_bits_below(info->length_long);

	ck_assert_ptr_eq(info, &spec->info);
	ck_assert_msg(info->name && *info->name && info->mnemonic && *info->mnemonic, "op %d", _i);
	ck_assert_int_lt(info->class, AGX_CLASS_COUNT);
	ck_assert_uint_eq(info->length_short % 2, 0);
	ck_assert_uint_eq(info->length_long % 2, 0);
	ck_assert_uint_le(info->length_long, AGX_INSN_MAX);
	ck_assert_uint_ge(info->length_short, 2);
	if (spec->length_bit) {
		ck_assert_uint_lt(info->length_short, info->length_long);
		ck_assert_uint_lt(spec->length_bit, 8u * info->length_short);
		ck_assert(!(spec->mask >> spec->length_bit & 1));
	} else {
		ck_assert_uint_eq(info->length_short, info->length_long);
		ck_assert(!spec->long_is_rule);
	}
	/* agx_decode() looks from the low six bits on. */
	ck_assert_uint_eq(spec->mask & 63, 63);
	ck_assert(!(spec->value & ~spec->mask) && !(spec->value_hi & ~spec->mask_hi));
	ck_assert(!(spec->mask & ~inside.lo) && !(spec->mask_hi & ~inside.hi));
}
END_TEST

START_TEST(names)
{
	for (int i = 0; i < AGX_OP_COUNT; i++) {
		const char *name = agx_insn_info(i)->name;

		for (const char *p = name; *p; p++)
			ck_assert(islower((unsigned char)*p) || isdigit((unsigned char)*p) ||
				  *p == '_');
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(name, agx_insn_info(j)->name);
	}
	ck_assert_ptr_nonnull(agx_insn_info(AGX_OP_COUNT));
	ck_assert_ptr_nonnull(agx_insn_info((enum agx_op)-1));
	for (int i = 0; i < AGX_CLASS_COUNT; i++)
		ck_assert_ptr_nonnull(agx_class_name(i));
	ck_assert_ptr_null(agx_class_name(AGX_CLASS_COUNT));
}
END_TEST

START_TEST(fields)
{
	const struct agx_spec *spec = spec_of(_i);
	struct agx_bits inside = agx_bits_below(spec->info.length_long);
	int n_operands = 0;

	for (const struct agx_insn_field *f = spec->fields; f->kind; f++) {
		struct agx_bits bits = field_bits(f);

		ck_assert_int_lt(f->kind, AGX_FIELD_COUNT);
		n_operands += agx_field_is_operand(f);
		ck_assert_uint_gt(agx_field_width(f), 0);
		ck_assert_uint_le(agx_field_width(f), 32);
		/* Each bit once, none from lo to hi, none behind the end or the length. */
		ck_assert_int_eq(__builtin_popcountll(bits.lo) + __builtin_popcountll(bits.hi),
				 agx_field_width(f));
		ck_assert(!(bits.lo & ~inside.lo) && !(bits.hi & ~inside.hi));
		if (spec->length_bit)
			ck_assert(!(bits.lo >> spec->length_bit & 1));
		ck_assert((bits.lo & ~spec->mask) || (bits.hi & ~(u64)spec->mask_hi));
		for (unsigned int i = 0; i < agx_field_width(f); i++) {
			struct agx_bits one = agx_bits_spread(1u << i, f);
			int at = agx_field_bit(f, i);

			ck_assert(at < 64 ? one.lo == 1ull << at : one.hi == 1ull << (at - 64));
			ck_assert_uint_eq(agx_bits_get(&one, f), 1u << i);
		}
	}
	ck_assert_int_le(n_operands, AGX_MAX_OPERANDS);
	if (spec->info.n_dests)
		ck_assert(agx_field_is_operand(&spec->fields[0]));
}
END_TEST

/*
 * Fields share bits only where one determines the other: an operand and what says
 * its form, or the size of a destination.  Two modifiers never do.
 */
START_TEST(no_overlap)
{
	const struct agx_spec *spec = spec_of(_i);

	for (const struct agx_insn_field *f = spec->fields; f->kind; f++) {
		for (const struct agx_insn_field *g = spec->fields; g < f; g++) {
			struct agx_bits a = field_bits(f), b = field_bits(g);

			if (agx_field_is_operand(f) || agx_field_is_operand(g))
				continue;
			ck_assert_msg(!(a.lo & b.lo) && !(a.hi & b.hi), "%s: %s and %s",
				      spec->info.name, agx_field_modifier(f)->name,
				      agx_field_modifier(g)->name);
		}
	}
}
END_TEST

/*
 * No entry is hidden by those before it.  What is left to zero or to ones is
 * enough: an alias has exact bits that the general form need not have.
 */
START_TEST(reachable)
{
	const struct agx_spec *spec = spec_of(_i);
	struct agx_bits free = agx_spec_free_bits(spec);
	bool found = false;

	for (int tries = 0; tries < 100000 && !found; tries++) {
		struct agx_bits bits = { spec->value | (kt_random() & free.lo),
					 spec->value_hi | (kt_random() & free.hi) };
		struct agx_insn insn;
		u8 code[AGX_INSN_MAX];

		agx_bits_store(&bits, code, AGX_INSN_MAX);
		found = agx_decode(&insn, code, AGX_INSN_MAX, NULL) > 0 && insn.op == _i;
	}
	ck_assert_msg(found, "%s is never decoded", spec->info.name);
}
END_TEST

/*
 * A bit that an instruction does not know is an error at that bit, or at one before it:
 * fields of zeroes may be wrong, too.
 */
START_TEST(unknown_bits)
{
	const struct agx_spec *spec = spec_of(_i);
	struct agx_bits free = agx_spec_free_bits(spec);

	for (int bit = 0; bit < 8 * spec->info.length_long; bit++) {
		struct agx_bits bits = { spec->value, spec->value_hi };
		u64 one = 1ull << bit % 64;
		struct agx_insn insn;
		struct agx_error err;
		u8 code[AGX_INSN_MAX];

		if (one & (bit < 64 ? free.lo | spec->mask : free.hi | spec->mask_hi))
			continue;
		if (spec->length_bit)
			bits.lo |= 1ull << spec->length_bit;
		*(bit < 64 ? &bits.lo : &bits.hi) |= one;
		agx_bits_store(&bits, code, AGX_INSN_MAX);
		ck_assert_int_eq(agx_decode(&insn, code, AGX_INSN_MAX, &err), -EILSEQ);
		ck_assert_int_ge(err.bit, 0);
		ck_assert_int_le(err.bit, bit);
	}
}
END_TEST

/* With a bit more than its exact ones, which earlier forms do not have. */
static bool form_is_found(const struct agx_operand_type *type, const struct agx_form *form)
{
	for (int bit = 0; bit < 32; bit++) {
		u32 more = (1u << bit) & ~form->mask;

		if (agx_operand_form(type, form->value | more) == form)
			return true;
	}
	return false;
}

START_TEST(operand_types)
{
	const struct agx_operand_type *type = &agx_operand_types[_i];

	ck_assert(type->name && type->expects && type->forms);
	ck_assert_uint_gt(type->n_forms, 0);
	for (unsigned int i = 0; i < type->n_forms; i++) {
		const struct agx_form *form = &type->forms[i];
		u32 used = form->mask | form->ignored;

		ck_assert(!(form->value & ~form->mask));
		ck_assert(!(form->mask & form->ignored));
		for (int k = 0; k < 3 && form->number[k].width; k++) {
			struct agx_range r = form->number[k];
			u32 bits = (u32)((1ull << r.width) - 1) << r.first;

			ck_assert(!(bits & used & ~1u));
			used |= bits;
		}
		ck_assert(form->kind != AGX_NONE || type->none);
		ck_assert(form_is_found(type, form));
	}
}
END_TEST

START_TEST(modifiers)
{
	const struct agx_modifier *m = &agx_modifiers[_i];

	ck_assert_ptr_nonnull(m->name);
	switch (m->style) {
	case AGX_STYLE_NAME:
		ck_assert(m->expects && m->names && m->n_names);
		ck_assert_uint_eq(m->size, 1);
		ck_assert_ptr_null(agx_modifier_name(m, m->n_names));
		break;
	case AGX_STYLE_FLAG:
	case AGX_STYLE_NOT_FLAG:
		ck_assert(m->flag && m->names && *m->names[0]);
		break;
	default:
		ck_assert(m->size == 1 || m->size == 2 || m->size == 4);
	}
}
END_TEST

START_TEST(layout)
{
	ck_assert_uint_eq(sizeof(struct agx_insn), 64);
	ck_assert_uint_eq(sizeof(struct agx_operand), 4);
}
END_TEST

START_TEST(enumerations)
{
	ck_assert_str_eq(agx_icond_name(AGX_UGT), "ugt");
	ck_assert_str_eq(agx_icond_name(AGX_SLT | AGX_COND_NOT), "sgte");
	ck_assert_ptr_null(agx_icond_name(3));
	ck_assert_ptr_null(agx_icond_name(16));
	ck_assert_str_eq(agx_fcond_name(AGX_FGTN), "fgtn");
	ck_assert_ptr_null(agx_fcond_name(4));
	ck_assert_str_eq(agx_sr_name(AGX_SR_THREAD_IN_GRID_X), "thread_in_grid_x");
	ck_assert_str_eq(agx_sr_name(AGX_SR_HELPER_ARG_H), "helper_arg_h");
	ck_assert_ptr_null(agx_sr_name(3));
	ck_assert_ptr_null(agx_sr_name(255));
	ck_assert_str_eq(agx_format_name(AGX_RGB9E5_RTZ), "rgb9e5_rtz");
	ck_assert_ptr_null(agx_format_name(9));
}
END_TEST

/* (16 + m) << (e - 7), or m / 64. */
START_TEST(small_floats)
{
	for (unsigned int i = 0; i < 256; i++) {
		float expect = i & 0x70 ? (16 + (i & 15)) / 128.0f * (1 << (i >> 4 & 7)) :
					  (i & 15) / 64.0f;
		u32 bits = agx_fimm_f32((u8)i);
		float got;

		memcpy(&got, &bits, sizeof(got));
		ck_assert_uint_eq(bits >> 31, i >> 7);
		ck_assert_float_eq(got, i & 0x80 ? -expect : expect);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codec: table");
	TCase *tcase = tcase_create("table");

	tcase_add_loop_test(tcase, entry, 0, AGX_OP_COUNT);
	tcase_add_test(tcase, names);
	tcase_add_loop_test(tcase, fields, 0, AGX_OP_COUNT);
	tcase_add_loop_test(tcase, no_overlap, 0, AGX_OP_COUNT);
	tcase_add_loop_test(tcase, reachable, 0, AGX_OP_COUNT);
	tcase_add_loop_test(tcase, unknown_bits, 0, AGX_OP_COUNT);
	tcase_add_loop_test(tcase, operand_types, AGX_FIELD_END + 1, AGX_FIELD_MODIFIER);
	tcase_add_loop_test(tcase, modifiers, 0, AGX_FIELD_COUNT - AGX_FIELD_MODIFIER);
	tcase_add_test(tcase, layout);
	tcase_add_test(tcase, enumerations);
	tcase_add_test(tcase, small_floats);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
