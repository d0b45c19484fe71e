// SPDX-License-Identifier: MIT
/*
 * Instructions.  Operands are rewritten one by one into what agx_parse() knows:
 * names become registers, expressions numbers, labels 0 until they are placed.
 * Each letter remembers its column, so that messages point into the source.
 */
#include "asm_priv.h"

#define TEXT_MAX 640

struct insn_text {
	struct asm_state *as;
	struct asm_str mnemonic;
	u32 n_operands;
	u32 label;		/* that the jump goes to */
	bool late;		/* behind a format: x, xy, a are no names */
	bool jump, matrix, immediate;
	bool half;		/* the first operand has 16 bits */
	struct asm_str unknown;	/* a word that is neither ours nor, as it seems, theirs */
	u32 n;			/* of text */
	char text[TEXT_MAX + 1];
	u32 column[TEXT_MAX + 1];
};

static void put(struct insn_text *t, const char *s, size_t n, const char *at)
{
	u32 column = asm_column(t->as, at);

	for (size_t i = 0; i < n && t->n < TEXT_MAX; i++) {
		t->column[t->n] = column;
		t->text[t->n++] = s[i];
		/* What is copied from the line advances with it. */
		column += s == at;
	}
	t->text[t->n] = 0;
	t->column[t->n] = column;
}

static void put_string(struct insn_text *t, const char *s, const char *at)
{
	put(t, s, strlen(s), at);
}

/* --- numbers ------------------------------------------------------------------ */

static double fimm(u32 i)
{
	u32 bits = agx_fimm_f32((u8)i);
	float f;

	memcpy(&f, &bits, sizeof(f));
	return (double)f;
}

static void print_float(char *text, size_t size, double f)
{
	snprintf(text, size, "%.10g", f);
	if (!strpbrk(text, ".en"))
		strncat(text, ".0", size - strlen(text) - 1);
}

/* A float operand has 8 bits; what does not fit is an error that names neighbours. */
static bool put_float(struct insn_text *t, double f, const char *at)
{
	double a = f < 0 ? -f : f;
	char text[32], below[32], above[32];
	u32 i = 0;

	print_float(text, sizeof(text), f);
	while (i < 127 && fimm(i + 1) <= a)
		i++;
	if (fimm(i) == a) {
		put_string(t, text, at);
		return true;
	}
	print_float(below, sizeof(below), f < 0 ? -fimm(i) : fimm(i));
	print_float(above, sizeof(above), f < 0 ? -fimm(i + 1) : fimm(i + 1));
	if (i == 127 || f != f)
		asm_error(t->as, at, "%s does not fit into an operand of 8 bits (up to 31.0); use .const or ldimm",
			  text);
	else
		asm_error(t->as, at, "%s does not fit into an operand of 8 bits (%s and %s do); use .const or ldimm",
			  text, below, above);
	return false;
}

/* The operand of ldimm: as many bits as the register has; a float's own bits. */
static bool put_immediate(struct insn_text *t, const struct asm_value *v, const char *at)
{
	s64 max = t->half ? 0xffff : 0xffffffff, min = t->half ? -0x8000 : -0x80000000ll, i;
	char text[32];

	if (v->is_float)
		i = t->half ? asm_f16(v->f) : asm_f32(v->f);
	else
		i = v->i;
	if (i < min || i > max) {
		asm_error(t->as, at, "%lld does not fit into a register of %d bits", (long long)i,
			  t->half ? 16 : 32);
		return false;
	}
	snprintf(text, sizeof(text), "%lld", (long long)(i & max));
	put_string(t, text, at);
	return true;
}

static bool put_expr(struct insn_text *t, const char **p)
{
	const char *at = *p;
	struct asm_value v;
	char text[32];

	if (!asm_expr(t->as, p, &v))
		return false;
	if (t->immediate && t->n_operands == 1)
		return put_immediate(t, &v, at);
	if (v.is_float)
		return put_float(t, v.f, at);
	snprintf(text, sizeof(text), "%lld", (long long)v.i);
	put_string(t, text, at);
	return true;
}

/* --- operands -------------------------------------------------------------------- */

/* A pair of elements is what a matrix is made of; its text is the first. */
static bool put_reg(struct insn_text *t, const char **p)
{
	const char *at = *p;
	struct asm_reg reg;
	char text[128];
	bool is_name;

	if (!asm_reg(t->as, p, &reg, &is_name))
		return false;
	if (t->matrix && is_name && reg.count != 2) {
		asm_error(t->as, at, "a matrix is two registers, of 32 or of 16 bits; this is %u of %u bits",
			  reg.count, 16u << reg.size);
		return false;
	}
	if (t->matrix)
		reg.count = 1;
	if (reg.count > 8) {
		asm_error(t->as, at, "%u registers; choose from them with [first..last]", reg.count);
		return false;
	}
	t->half |= !t->n_operands && reg.size == AGX_16;
	asm_print_reg(text, sizeof(text), &reg);
	put_string(t, text, at);
	return true;
}

static bool put_label(struct insn_text *t, const char **p)
{
	const char *at = *p;
	struct asm_str name = { at, 0 };

	while (asm_is_letter(**p) || asm_is_digit(**p) || **p == '.')
		(*p)++;
	name.n = (u32)(*p - at);
	t->label = asm_label_operand(t->as, name);
	put(t, "0", 1, at);
	return t->label != ASM_NO_LABEL;
}

/* 1f and 1b; names that are no registers; .L names. */
static bool is_label(const struct insn_text *t, const char *p)
{
	const char *digits = p;
	const struct asm_name *name;
	struct asm_str word;

	if (!t->jump)
		return false;
	while (asm_is_digit(*p))
		p++;
	if (p > digits)
		return (*p == 'f' || *p == 'b') && !asm_is_letter(p[1]) && !asm_is_digit(p[1]);
	if (*p == '.' && asm_is_letter(p[1]))
		return true;
	word = asm_word(&p);
	name = word.n ? asm_find(&t->as->names, word) : NULL;
	return word.n && !name && !asm_is_raw_reg(word) && !asm_is_function(word) && *p != '(';
}

/* Dimensions of textures, 2d and 2d_array, look like numbers at first. */
static bool is_dimension(const char *p)
{
	return *p >= '1' && *p <= '3' && p[1] == 'd';
}

static bool put_word(struct insn_text *t, const char **p)
{
	const char *after = *p, *next;
	struct asm_str word = asm_word(&after);
	const struct asm_name *name = asm_find(&t->as->names, word);

	if (t->late && asm_is_late_keyword(word))
		name = NULL;
	next = after;
	asm_peek(&next);
	if ((name && name->kind == ASM_REGISTER) || asm_is_computed_reg(*p) ||
	    (asm_is_raw_reg(word) && !strncmp(next, "..", 2)))
		return put_reg(t, p);
	/* f16 is a format, too. */
	if (name || (asm_is_function(word) && (*next == '(' || !asm_is_format(word))))
		return put_expr(t, p);
	t->late |= asm_is_format(word);
	t->half |= !t->n_operands && strchr("lh", word.p[word.n - 1]) != NULL;
	put(t, word.p, word.n, word.p);
	*p = after;
	if (asm_equal(word, "lsl") || asm_equal(word, "ignored")) {
		put(t, " ", 1, *p);
		asm_peek(p);
		return put_expr(t, p);
	}
	if (!t->unknown.n && !asm_is_raw_reg(word) && !asm_is_keyword(word) &&
	    !asm_is_late_keyword(word))
		t->unknown = word;
	return true;
}

/* Mesa's spelling: bits of the instruction itself, where other floats have signs. */
static void drop_matrix_signs(struct insn_text *t)
{
	static const char signs[] = ".abs.neg";
	u32 n = sizeof(signs) - 1;

	if (asm_equal(t->mnemonic, "simd_matrix_fmadd32") && t->n_operands == 1 && t->n > n &&
	    !strcmp(t->text + t->n - n, signs))
		t->text[t->n -= n] = 0;
}

/* Up to the comma or the end. */
static bool operand(struct insn_text *t, const char **p)
{
	char c = asm_peek(p);

	while (c == '^' || c == '$') {
		put(t, *p, 1, *p);
		c = *++*p;
	}
	if (is_label(t, *p)) {
		if (!put_label(t, p))
			return false;
	} else if (asm_is_letter(c)) {
		if (!put_word(t, p))
			return false;
	} else if (c && strchr("0123456789+-~!('\\", c) && !is_dimension(*p)) {
		if (!put_expr(t, p))
			return false;
	}
	/* Modifiers; what else there is, agx_parse() will not like. */
	for (asm_peek(p); **p && **p != ','; (*p)++)
		put(t, *p, 1, *p);
	while (t->n && asm_is_space(t->text[t->n - 1]))
		t->text[--t->n] = 0;
	drop_matrix_signs(t);
	t->n_operands++;
	return true;
}

/* --- the whole ------------------------------------------------------------------- */

static void begin(struct asm_state *as, struct insn_text *t, struct asm_str mnemonic)
{
	static const char *const jumps[] = {
		"jmp_any", "jmp_none", "call", "jmp_incomplete", "jmp_if_skipping_doorbell",
	};

	memset(t, 0, offsetof(struct insn_text, text));
	t->label = ASM_NO_LABEL;
	t->as = as;
	t->mnemonic = mnemonic;
	t->matrix = mnemonic.n > 12 && !strncmp(mnemonic.p, "simd_matrix_", 12);
	t->immediate = asm_equal(mnemonic, "ldimm");
	t->late = asm_equal(mnemonic, "wait");
	for (u32 i = 0; i < ARRAY_SIZE(jumps); i++)
		t->jump |= asm_equal(mnemonic, jumps[i]);
}

/* "'fad' is not an instruction", with what may have been meant. */
static void unknown_insn(struct asm_state *as, struct asm_str word)
{
	const char *best = NULL;
	u32 distance = 0;
	char text[64];

	for (int op = 0; op < AGX_OP_COUNT; op++)
		asm_nearest(word.p, word.n, agx_insn_info((enum agx_op)op)->mnemonic, &best,
			    &distance);
	for (const struct asm_macro *m = as->macros; m; m = m->next)
		asm_nearest(word.p, word.n, m->name, &best, &distance);
	asm_error(as, word.p, "'%.*s' is not an instruction or macro%s", (int)word.n, word.p,
		  asm_meant(text, sizeof(text), "", best));
}

static bool parse(struct insn_text *t, struct agx_insn *insn)
{
	struct asm_state *as = t->as;
	struct agx_error err;
	u32 column;

	if (t->n >= TEXT_MAX) {
		asm_error(as, t->mnemonic.p, "the instruction is too long");
		return false;
	}
	if (!agx_parse(insn, t->text, &err))
		return true;
	if (err.column < (int)t->mnemonic.n && !asm_is_mnemonic(t->mnemonic)) {
		unknown_insn(as, t->mnemonic);
		return false;
	}
	column = err.column >= 0 && (u32)err.column <= t->n ? t->column[err.column] : 0;
	if (t->unknown.n && column == asm_column(as, t->unknown.p) &&
	    !asm_is_mnemonic(t->unknown))
		asm_undefined(as, t->unknown, "an operand");
	else
		asm_error(as, column ? as->line + column - 1 : t->mnemonic.p, "%s", err.text);
	return false;
}

/* Levels that an author counts himself, where @break counts those of constructs. */
static void check_mask_insn(struct insn_text *t, const struct agx_insn *insn)
{
	bool counts = insn->op >= AGX_OP_POP_EXEC && insn->op <= AGX_OP_WHILE_FCMP && insn->nest;

	if (counts && asm_in_loop(t->as))
		asm_warning(t->as, t->mnemonic.p,
			    "in an @loop, @break and @continue do not know of the level that '%.*s' counts",
			    (int)t->mnemonic.n, t->mnemonic.p);
}

bool asm_insn(struct asm_state *as, const char *p)
{
	struct asm_str mnemonic = asm_word(&p);
	struct insn_text t;
	struct agx_insn insn;

	if (!asm_need_kernel(as, mnemonic.p))
		return false;
	begin(as, &t, mnemonic);
	put(&t, mnemonic.p, mnemonic.n, mnemonic.p);
	while (asm_peek(&p)) {
		put_string(&t, t.n_operands ? ", " : " ", p);
		if (!operand(&t, &p))
			return false;
		if (*p == ',' && !asm_peek((p++, &p))) {
			asm_error(as, p, "expected an operand after the comma");
			return false;
		}
	}
	if (!parse(&t, &insn))
		return false;
	check_mask_insn(&t, &insn);
	return asm_emit(as, &insn, t.label, mnemonic.p) != ASM_NO_ITEM;
}

bool asm_compare(struct asm_state *as, const char **p, const char *mnemonic, u8 nest,
		 struct agx_insn *insn)
{
	const char *at = *p;
	struct insn_text t;
	char text[16];

	begin(as, &t, (struct asm_str){ mnemonic, (u32)strlen(mnemonic) });
	put_string(&t, mnemonic, at);
	for (u32 i = 0; i < 3; i++) {
		put_string(&t, i ? ", " : " ", *p);
		if (!asm_peek(p)) {
			asm_error(as, *p, "expected two values to compare and a condition");
			return false;
		}
		if (!operand(&t, p))
			return false;
		if (i == 2)
			break;
		if (!asm_comma(as, p))
			return false;
		if (i == 1) {
			snprintf(text, sizeof(text), ", %u", nest);
			put_string(&t, text, *p);
		}
	}
	return parse(&t, insn);
}
