// SPDX-License-Identifier: MIT
/* Names: what the author defined, in which scope, and what nobody can define. */
#include "asm_priv.h"

static u32 hash(struct asm_str s)
{
	u32 h = 2166136261u;

	for (u32 i = 0; i < s.n; i++)
		h = (h ^ (u8)s.p[i]) * 16777619u;
	return (h ^ h >> 16) % ASM_BUCKETS;
}

struct asm_name *asm_find(const struct asm_table *table, struct asm_str name)
{
	struct asm_name *n = table->bucket[hash(name)];

	while (n && (n->gone || !asm_equal(name, n->name)))
		n = n->next;
	return n;
}

struct asm_name *asm_add(struct asm_state *as, struct asm_table *table, struct asm_str name)
{
	struct asm_name *n = asm_alloc(as, sizeof(*n)), **bucket = &table->bucket[hash(name)];

	if (!n)
		return NULL;
	n->name = asm_strndup(as, name.p, name.n);
	n->pos = asm_here(as);
	if (!n->name || !n->pos)
		return NULL;
	n->column = asm_column(as, name.p);
	n->scope = as->scope;
	n->next = *bucket;
	n->older = table->newest;
	*bucket = n;
	table->newest = n;
	return n;
}

/* --- words of the instruction set ------------------------------------------------ */

static const char *const formats[] = {
	"add", "sub", "xchg", "cmpxchg", "umin", "imin", "umax", "imax", "and", "or", "xor",
};

static const char *const words[] = {
	"_", "lsl", "sat", "rtz", "rte", "cache", "quad", "rotate", "prefix", "up", "down",
	"coherent", "coherent1", "coherent2", "fadd", "fmul", "fmin", "fmax", "iadd", "smin",
	"smax", "none", "last", "shadow", "query_lod", "rw", "sparse", "kill", "fwd", "elide",
	"explicit_coords", "sample", "cube", "cube_array", "inf", "nan", "uge", "ule", "sge",
	"sle", "sne", "fge", "fle", "fne", "ignored",
};

static bool listed(struct asm_str word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (asm_equal(word, list[i]))
			return true;
	}
	return false;
}

bool asm_is_format(struct asm_str word)
{
	for (unsigned int i = 0; i < 16; i++) {
		const char *format = agx_format_name(i);

		if (format && asm_equal(word, format))
			return true;
	}
	return listed(word, formats, ARRAY_SIZE(formats));
}

/* x, y, z, w in this order, some left out; a, b. */
bool asm_is_late_keyword(struct asm_str word)
{
	const char *mask = "xyzw";
	u32 n = 0;

	if (asm_equal(word, "a") || asm_equal(word, "b"))
		return true;
	for (; *mask && n < word.n; mask++)
		n += *mask == word.p[n];
	return n && n == word.n;
}

bool asm_is_keyword(struct asm_str word)
{
	if (asm_is_format(word) || listed(word, words, ARRAY_SIZE(words)) || asm_is_function(word))
		return true;
	for (unsigned int i = 0; i < 256; i++) {
		const char *icond = i < 16 ? agx_icond_name(i) : NULL;
		const char *fcond = i < 16 ? agx_fcond_name(i) : NULL;
		const char *sr = agx_sr_name(i);

		if ((icond && asm_equal(word, icond)) || (fcond && asm_equal(word, fcond)) ||
		    (sr && asm_equal(word, sr)))
			return true;
	}
	return false;
}

bool asm_is_mnemonic(struct asm_str word)
{
	for (int op = 0; op < AGX_OP_COUNT; op++) {
		const struct agx_insn_info *info = agx_insn_info((enum agx_op)op);

		if (asm_equal(word, info->mnemonic) || asm_equal(word, info->name))
			return true;
	}
	return false;
}

/* --- definitions ------------------------------------------------------------------ */

struct asm_name *asm_define(struct asm_state *as, struct asm_str name)
{
	const struct asm_name *twin = asm_find(&as->names, name);

	if (name.n >= AGX_KERNEL_NAME_MAX) {
		asm_error(as, name.p, "a name of %u letters; at most %d", name.n, AGX_KERNEL_NAME_MAX - 1);
		return NULL;
	}
	if (asm_is_raw_reg(name)) {
		asm_error(as, name.p, "'%.*s' is a register; choose another name", (int)name.n, name.p);
		return NULL;
	}
	if (asm_is_keyword(name)) {
		asm_error(as, name.p, "'%.*s' is a word of the instruction set; choose another name",
			  (int)name.n, name.p);
		return NULL;
	}
	if (twin && twin->scope == as->scope) {
		asm_error(as, name.p, "'%s' is already defined", twin->name);
		asm_report(as, AGX_NOTE, twin->pos, twin->column, "here");
		return NULL;
	}
	return asm_add(as, &as->names, name);
}

void asm_remove(struct asm_state *as, struct asm_name *name)
{
	struct asm_kernel *k = &as->kernel;

	name->gone = true;
	if (name->kind != ASM_REGISTER)
		return;
	for (u32 i = 0; name->reg.kind == AGX_REG && i < AGX_HALVES; i++) {
		if (k->reg_owner[i] == name)
			k->reg_owner[i] = NULL;
	}
}

void asm_open_scope(struct asm_state *as)
{
	as->scope++;
}

void asm_close_scope(struct asm_state *as)
{
	struct asm_table *t = &as->names;

	/* Names of this scope are newer than those around it. */
	for (; t->newest && t->newest->scope == as->scope; t->newest = t->newest->older) {
		struct asm_name **n = &t->bucket[hash((struct asm_str){ t->newest->name,
						(u32)strlen(t->newest->name) })];

		if (!t->newest->gone)
			asm_remove(as, t->newest);
		/* The newest of all is the newest of its bucket. */
		*n = t->newest->next;
	}
	as->scope--;
}

void asm_undefined(struct asm_state *as, struct asm_str word, const char *what)
{
	const char *best = NULL;
	u32 distance = 0;
	char text[64];

	for (const struct asm_name *n = as->names.newest; n; n = n->older) {
		if (!n->gone)
			asm_nearest(word.p, word.n, n->name, &best, &distance);
	}
	if (best)
		asm_error(as, word.p, "'%.*s' is not defined%s", (int)word.n, word.p,
			  asm_meant(text, sizeof(text), "", best));
	else
		asm_error(as, word.p, "'%.*s' is not defined; expected %s", (int)word.n, word.p,
			  what);
}
