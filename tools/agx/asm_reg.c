// SPDX-License-Identifier: MIT
/*
 * Registers and uniforms: as instructions spell them, in ranges, and by name with
 * what chooses from it: v[1], v[2..3], v.0, v.x, v.yz, w.l, p.hi, v.v16.
 */
#include "asm_priv.h"

static u32 halves_of(u8 size)
{
	return 1u << size;
}

u32 asm_reg_halves(const struct asm_reg *reg)
{
	return reg->count * halves_of(reg->size);
}

/* r, dr, u or du at p: what it is; its length, or 0. */
static u32 prefix(const char *p, struct asm_reg *reg)
{
	u32 n = p[0] == 'd';

	*reg = (struct asm_reg){ .count = 1, .size = n ? AGX_64 : AGX_32 };
	if (p[n] != 'r' && p[n] != 'u')
		return 0;
	reg->kind = p[n] == 'r' ? AGX_REG : AGX_UNIFORM;
	return n + 1;
}

static bool is_half(const char *p, const struct asm_reg *reg)
{
	return reg->size == AGX_32 && (*p == 'l' || *p == 'h');
}

bool asm_is_raw_reg(struct asm_str word)
{
	const char *p = word.p, *end = p + word.n, *digits;
	struct asm_reg reg;

	for (;;) {
		digits = p += prefix(p, &reg);
		while (asm_is_digit(*p))
			p++;
		if (digits == word.p || p == digits || p > end)
			return false;
		p += p < end && is_half(p, &reg);
		if (p == end)
			return true;
		/* r4_r5_r6 is one word. */
		if (*p++ != '_' || !prefix(p, &reg))
			return false;
	}
}

bool asm_is_computed_reg(const char *p)
{
	struct asm_reg reg;
	u32 n = prefix(p, &reg);

	return n && p[n] == '(';
}

/* number is that of the text, in 32-bit registers. */
static bool place(struct asm_state *as, const char *at, struct asm_reg *reg, s64 number)
{
	bool is_reg = reg->kind == AGX_REG, wide = reg->size == AGX_64;
	s64 last = (is_reg ? AGX_HALVES : AGX_UNIFORM_HALVES) / 2 - 1 - wide;

	if (number < 0 || number > last) {
		asm_error(as, at, "there is no %s%s%lld; the last one is %s%s%lld", wide ? "d" : "",
			  is_reg ? "r" : "u", (long long)number, wide ? "d" : "",
			  is_reg ? "r" : "u", (long long)last);
		return false;
	}
	if (is_reg && wide && number % 2) {
		asm_error(as, at, "dr%lld: a 64-bit register has an even number", (long long)number);
		return false;
	}
	reg->start = (u16)(2 * number);
	return true;
}

/* One register: r4, dr6, u3h, r(4 + i)l. */
static bool one(struct asm_state *as, const char **p, struct asm_reg *reg)
{
	const char *at = (asm_peek(p), *p), *digits;
	u32 n = prefix(at, reg);
	s64 number = 0;

	digits = *p += n;
	if (n && **p == '(') {
		(*p)++;
		if (!asm_int(as, p, &number) || !asm_expect(as, p, ')'))
			return false;
	} else {
		for (; asm_is_digit(**p) && *p - digits < 6; (*p)++)
			number = 10 * number + **p - '0';
		n = n && *p > digits;
	}
	if (n && is_half(*p, reg)) {
		if (!place(as, at, reg, number))
			return false;
		reg->size = AGX_16;
		reg->start = (u16)(reg->start + (**p == 'h'));
		(*p)++;
	} else if (n && !place(as, at, reg, number)) {
		return false;
	}
	if (!n || asm_is_digit(**p) || (asm_is_letter(**p) && **p != '_')) {
		asm_error(as, at, "expected a register (r4, r4l, dr4, u4 ...) or a name");
		return false;
	}
	return true;
}

/* r4_r5_r6 or r4..r6: first is read. */
static bool range(struct asm_state *as, const char **p, const char *at, struct asm_reg *first)
{
	bool list = **p == '_';

	while (list ? **p == '_' : (asm_peek(p), !strncmp(*p, "..", 2))) {
		struct asm_reg last;
		u32 step = halves_of(first->size), n = 0;

		*p += list ? 1 : 2;
		if (!one(as, p, &last))
			return false;
		if (last.kind != first->kind || last.size != first->size) {
			asm_error(as, at, "the registers of a vector are of one kind");
			return false;
		}
		if (last.start >= first->start && (last.start - first->start) % (int)step == 0)
			n = (u32)(last.start - first->start) / step + 1;
		if (!n || (list && n != first->count + 1u)) {
			asm_error(as, at, "the registers of a vector follow one another");
			return false;
		}
		first->count = (u16)n;
		if (!list)
			break;
	}
	return true;
}

/* --- choosing ---------------------------------------------------------------- */

static bool slice(struct asm_state *as, const char *at, struct asm_reg *reg, s64 first, s64 last)
{
	if (first < 0 || last < first || last >= reg->count) {
		asm_error(as, at, "no such elements: it has %u, the first is number 0", reg->count);
		return false;
	}
	reg->start = (u16)(reg->start + first * halves_of(reg->size));
	reg->count = (u16)(last - first + 1);
	return true;
}

/* [1] and [2..3]. */
static bool bracket(struct asm_state *as, const char **p, struct asm_reg *reg)
{
	const char *at = (*p)++;
	s64 first, last;

	if (!asm_int(as, p, &first))
		return false;
	last = first;
	asm_peek(p);
	if (!strncmp(*p, "..", 2)) {
		*p += 2;
		if (!asm_int(as, p, &last))
			return false;
	}
	return asm_expect(as, p, ']') && slice(as, at, reg, first, last);
}

/* The same registers as elements of another size. */
static bool view(struct asm_state *as, const char *at, struct asm_reg *reg, u8 size)
{
	u32 halves = asm_reg_halves(reg), n = halves_of(size);
	/* Uniforms of 64 bits may begin at any 32-bit one. */
	u32 align = reg->kind == AGX_UNIFORM && n == 4 ? 2 : n;

	if (halves % n || reg->start % align) {
		asm_error(as, at, "these registers do not make elements of %u bits", 16 * n);
		return false;
	}
	reg->size = size;
	reg->count = (u16)(halves / n);
	return true;
}

/* The low or the high half of one element. */
static bool part(struct asm_state *as, const char *at, struct asm_reg *reg, u8 size, bool high)
{
	if (reg->size != size || reg->count != 1) {
		asm_error(as, at, "this is for one register of %u bits", 16 * halves_of(size));
		return false;
	}
	reg->size--;
	reg->start = (u16)(reg->start + (high ? halves_of(reg->size) : 0));
	return true;
}

/* .x, .yz: letters of xyzw that follow one another. */
static bool is_components(struct asm_str word, s64 *first)
{
	const char *names = "xyzw", *c = word.n ? strchr(names, word.p[0]) : NULL;

	*first = c ? c - names : 0;
	return c && !strncmp(c, word.p, word.n);
}

/* What follows a dot; *more is false where it is not ours (.sx, .abs, .neg). */
static bool dot(struct asm_state *as, const char **p, struct asm_reg *reg, bool *more)
{
	const char *at = *p, *word_at = at + 1;
	struct asm_str word;
	s64 first;

	if (asm_is_digit(*word_at)) {
		for (first = 0; asm_is_digit(*word_at) && first < 1000; word_at++)
			first = 10 * first + *word_at - '0';
		*p = word_at;
		return slice(as, at, reg, first, first);
	}
	word = asm_is_letter(*word_at) ? asm_word(&word_at) : (struct asm_str){ word_at, 0 };
	*more = !asm_equal(word, "sx") && !asm_equal(word, "abs") && !asm_equal(word, "neg");
	if (!*more)
		return true;
	*p = word_at;
	if (is_components(word, &first))
		return slice(as, at, reg, first, first + word.n - 1);
	if (asm_equal(word, "l") || asm_equal(word, "h"))
		return part(as, at, reg, AGX_32, word.p[0] == 'h');
	if (asm_equal(word, "lo") || asm_equal(word, "hi"))
		return part(as, at, reg, AGX_64, word.p[0] == 'h');
	if (asm_equal(word, "v16"))
		return view(as, at, reg, AGX_16);
	if (asm_equal(word, "v32"))
		return view(as, at, reg, AGX_32);
	if (asm_equal(word, "v64"))
		return view(as, at, reg, AGX_64);
	asm_error(as, at + 1, "expected a number, x y z w, l h, lo hi, v16 v32 v64, sx, abs or neg");
	return false;
}

bool asm_reg(struct asm_state *as, const char **p, struct asm_reg *reg, bool *is_name)
{
	const char *at = (asm_peek(p), *p), *after = at;
	struct asm_str word = asm_word(&after);
	const struct asm_name *name = word.n ? asm_find(&as->names, word) : NULL;
	bool more = true;

	if (is_name)
		*is_name = name && name->kind == ASM_REGISTER;
	if (name && name->kind == ASM_REGISTER) {
		*reg = name->reg;
		*p = after;
	} else if (word.n && !asm_is_raw_reg(word) && !asm_is_computed_reg(at)) {
		asm_undefined(as, word, "a register");
		return false;
	} else if (!one(as, p, reg) || !range(as, p, at, reg)) {
		return false;
	}
	while (more && (**p == '.' || **p == '[')) {
		if (**p == '[' ? !bracket(as, p, reg) : !dot(as, p, reg, &more))
			return false;
	}
	return true;
}

/* --- the other way ------------------------------------------------------------- */

u32 asm_print_reg(char *text, size_t size, const struct asm_reg *reg)
{
	static const char half[] = "lh";
	const char *name = reg->kind == AGX_REG ? "r" : "u";
	u32 n = 0;

	for (u32 i = 0; i < reg->count && n < size; i++) {
		u32 h = reg->start + i * halves_of(reg->size);

		n += (u32)snprintf(text + n, size - n, "%s%s%s%u", i ? "_" : "",
				   reg->size == AGX_64 ? "d" : "", name, h / 2);
		if (reg->size == AGX_16 && n + 1 < size) {
			text[n++] = half[h % 2];
			text[n] = 0;
		}
	}
	return n < size ? n : (u32)size - 1;
}

bool asm_own(struct asm_state *as, struct asm_name *name, const char *at)
{
	struct asm_kernel *k = &as->kernel;
	struct asm_name **owner = name->reg.kind == AGX_REG ? k->reg_owner : k->uniform_owner;
	u32 end = name->reg.start + asm_reg_halves(&name->reg);
	char text[32];

	for (u32 h = name->reg.start; h < end; h++) {
		struct asm_reg half = { (u16)h, 1, name->reg.kind, AGX_16 };

		if (!owner[h])
			continue;
		asm_print_reg(text, sizeof(text), &half);
		asm_error(as, at, "'%s' would share %s with '%s'", name->name, text, owner[h]->name);
		asm_report(as, AGX_NOTE, owner[h]->pos, owner[h]->column, "%s",
			   name->reg.kind == AGX_REG ?
			   "end it with .unreg, or make the new name a part of it" : "here");
		return false;
	}
	for (u32 h = name->reg.start; h < end; h++)
		owner[h] = name;
	return true;
}
