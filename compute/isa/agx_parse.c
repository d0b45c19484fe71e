// SPDX-License-Identifier: MIT
/*
 * Text to struct agx_insn.
 *
 * The text is split at commas into items; an instruction of that name takes them
 * field by field, in the order of the table.  A field that may be left out is tried
 * both ways.  What was expected where the furthest attempt failed is the error.
 */
#include "agx_table.h"

#define MAX_ITEMS  20
#define MAX_ADDED  4 /* items of an alias that are not of the text */
#define MAX_FIELDS 20
#define COMPLETE   (MAX_ITEMS + MAX_ADDED + 1) /* rank where all items were taken */

struct item {
	const char *text;
	unsigned int n; /* characters, no blanks around them */
	int column;
};

struct parser {
	const struct agx_spec *spec;
	const struct item *items;
	int n_items;
	struct agx_insn insn;
	int item_of[MAX_FIELDS]; /* -1: left out */
	int end;		 /* column behind the text */

	/* The furthest failure, and what could have stood there. */
	int rank, column;
	struct item found;
	char expected[120];
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* --- what failed ---------------------------------------------------------- */

static void expected(struct parser *p, int rank, int item, const char *what)
{
	size_t n;

	if (rank < p->rank)
		return;
	if (rank > p->rank) {
		p->rank = rank;
		p->found = item < p->n_items ? p->items[item] : (struct item){ "", 0, p->end };
		p->column = p->found.column;
		p->expected[0] = '\0';
	}
	n = strlen(p->expected);
	for (size_t i = 0, k = strlen(what); i + k <= n; i++)
		if (!memcmp(p->expected + i, what, k))
			return;
	snprintf(p->expected + n, sizeof(p->expected) - n, "%s%s", n ? " or " : "", what);
}

/* --- words and numbers ------------------------------------------------------ */

/* Blanks within are as good as one. */
static bool item_is(const struct item *item, const char *text)
{
	unsigned int i = 0;

	for (; *text; text++) {
		if (i >= item->n ||
		    (*text == ' ' ? !is_blank(item->text[i]) : item->text[i] != *text))
			return false;
		for (i++; *text == ' ' && i < item->n && is_blank(item->text[i]);)
			i++;
	}
	return i == item->n;
}

/* Takes text away from the front. */
static bool take(struct item *item, const char *text)
{
	size_t n = strlen(text);

	if (item->n < n || memcmp(item->text, text, n))
		return false;
	item->text += n;
	item->n -= n;
	return true;
}

static bool take_suffix(struct item *item, const char *text)
{
	size_t n = strlen(text);

	if (item->n <= n || memcmp(item->text + item->n - n, text, n))
		return false;
	item->n -= n;
	return true;
}

static int digit_value(char c)
{
	if (is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Digits of a number below 2^32. */
static bool take_digits(struct item *item, int base, u64 *number)
{
	unsigned int n = 0;

	*number = 0;
	for (; item->n && digit_value(*item->text) < base; n++) {
		*number = *number * base + digit_value(*item->text);
		if (*number >> 32)
			return false;
		item->text++;
		item->n--;
	}
	return n;
}

static bool parse_integer(struct item item, s64 *integer)
{
	bool negative = take(&item, "-");
	u64 number;

	if (!take_digits(&item, take(&item, "0x") ? 16 : 10, &number) || item.n)
		return false;
	*integer = negative ? -(s64)number : (s64)number;
	return true;
}

/* One that 8 bits hold exactly: "-0.0", "1", "0.015625". */
static bool parse_fimm(struct item item, u16 *fimm)
{
	unsigned int sign = take(&item, "-") ? 0x80 : 0, n = 0, millionths = 0, scale = 100000;
	bool digits = false;

	for (; item.n && is_digit(*item.text) && n < 64; item.text++, item.n--, digits = true)
		n = n * 10 + (*item.text - '0');
	if (digits && take(&item, ".")) {
		for (; item.n && is_digit(*item.text); item.text++, item.n--, scale /= 10) {
			if (!scale && *item.text != '0')
				return false;
			millionths += (*item.text - '0') * scale;
		}
	}
	if (!digits || item.n || millionths % 15625)
		return false;
	for (unsigned int i = 0; i < 0x80; i++) {
		if (agx_fimm_64ths(i) == n * 64 + millionths / 15625) {
			*fimm = sign | i;
			return true;
		}
	}
	return false;
}

/* --- operands --------------------------------------------------------------- */

/* "r3l", "dr4", "u7": kind and size, and the first half. */
static bool take_register(struct item *item, struct agx_operand *o, u32 *half)
{
	bool wide = take(item, "d");
	u64 number;

	o->kind = take(item, "r") ? AGX_REG : take(item, "u") ? AGX_UNIFORM : AGX_NONE;
	if (o->kind == AGX_NONE || !take_digits(item, 10, &number) || number > 0xffff)
		return false;
	*half = number * 2;
	o->size = wide ? AGX_64 : AGX_32;
	if (!wide && take(item, "l")) {
		o->size = AGX_16;
	} else if (!wide && take(item, "h")) {
		o->size = AGX_16;
		*half += 1;
	}
	return true;
}

/* One or several, each behind the other. */
static bool parse_registers(struct item item, struct agx_operand *operand)
{
	struct agx_operand o = *operand, next;
	u32 first, half;

	if (!take_register(&item, &o, &first) || first > 0xffff)
		return false;
	o.value = first;
	for (o.count = 1; take(&item, "_"); o.count++) {
		if (o.count == 5 || !take_register(&item, &next, &half) || next.kind != o.kind ||
		    next.size != o.size || half != first + ((u32)o.count << o.size))
			return false;
	}
	*operand = o;
	return !item.n;
}

static bool parse_state(struct item item, struct agx_operand *o)
{
	u64 number;

	o->kind = take(&item, "ts")   ? AGX_TS
		  : take(&item, "ss") ? AGX_SS
		  : take(&item, "cf") ? AGX_CF
				      : AGX_NONE;
	o->count = 1;
	if (o->kind == AGX_NONE || !take_digits(&item, 10, &number) || item.n || number > 0xff)
		return false;
	o->value = number;
	return true;
}

static const struct agx_form *form_of_kind(const struct agx_operand_type *type, enum agx_kind kind)
{
	for (unsigned int i = 0; i < type->n_forms; i++)
		if (type->forms[i].kind == kind)
			return &type->forms[i];
	return NULL;
}

static bool parse_immediate(struct item item, const struct agx_operand_type *type, bool zx,
			    struct agx_insn *insn, struct agx_operand *o)
{
	const struct agx_form *form = form_of_kind(type, AGX_IMM);
	s64 n;

	o->count = 1;
	if (form_of_kind(type, AGX_FIMM)) {
		o->kind = AGX_FIMM;
		return parse_fimm(item, &o->value);
	}
	o->kind = AGX_IMM;
	if (!form || !parse_integer(item, &n))
		return false;
	if (form->size == AGX_32) {
		o->size = AGX_32;
		o->wide = 1;
		insn->imm = n;
		return n >= 0 && n <= 0x7fffffff;
	}
	if (type->signed_imm)
		o->sx = n < 0x8000 && !zx;
	o->value = n;
	return n <= 0xffff && n >= (type->signed_imm && !zx ? -0x8000 : 0);
}

/* Two and four halves that are whole registers are encoded as those. */
static void join_halves(struct agx_operand *o)
{
	if (o->size == AGX_16 && !(o->value & 1) && (o->count == 2 || o->count == 4)) {
		o->size = o->count == 2 ? AGX_32 : AGX_64;
		o->count = 1;
	}
}

static bool parse_operand(struct item item, const struct agx_operand_type *type,
			  struct agx_insn *insn, struct agx_operand *operand)
{
	struct agx_operand o = { 0 };
	bool zx = false, suffixes = true;

	if (item_is(&item, "_")) {
		o.count = 1;
		*operand = o;
		return true;
	}
	if (take(&item, "^")) {
		o.lu = type->forms[0].lu != 0;
		o.hint = o.lu ? AGX_HINT_NONE : AGX_HINT_DISCARD;
	} else if (take(&item, "$")) {
		o.hint = AGX_HINT_CACHE;
	}
	while (suffixes) {
		/* From the end: the sign is turned behind the magnitude. */
		if (!o.abs && !o.neg && take_suffix(&item, ".neg"))
			o.neg = 1;
		else if (!o.abs && take_suffix(&item, ".abs"))
			o.abs = 1;
		else if (!o.sx && take_suffix(&item, ".sx"))
			o.sx = 1;
		else if (!zx && take_suffix(&item, ".zx"))
			zx = true;
		else
			suffixes = false;
	}
	if ((zx && (o.sx || !type->signed_imm)) ||
	    !(parse_registers(item, &o) || parse_state(item, &o) ||
	      parse_immediate(item, type, zx, insn, &o)))
		return false;
	if (type == &agx_operand_types[AGX_FIELD_UNIFORM_DEST] ||
	    type == &agx_operand_types[AGX_FIELD_UNIFORM_SRC])
		join_halves(&o);
	*operand = o;
	return true;
}

/* --- fields ------------------------------------------------------------------ */

static bool match(struct parser *p, int field, int item);

static bool is_select(const struct agx_spec *spec)
{
	return spec == &agx_table[AGX_OP_ICSEL] || spec == &agx_table[AGX_OP_FCSEL];
}

/* It has no inverted conditions: the values change places instead. */
static void exchange_selected(struct parser *p)
{
	struct agx_operand x = p->insn.operand[3];
	int item = p->item_of[3];

	if (is_select(p->spec) && p->insn.cond & AGX_COND_NOT) {
		p->insn.operand[3] = p->insn.operand[4];
		p->insn.operand[4] = x;
		p->item_of[3] = p->item_of[4];
		p->item_of[4] = item;
		p->insn.cond &= ~AGX_COND_NOT;
	}
}

/* All fields have what they want; together it may still not be possible. */
static bool match_end(struct parser *p, int item)
{
	const struct agx_insn_field *failed;
	u8 code[AGX_INSN_MAX];
	int at;

	if (item < p->n_items) {
		expected(p, item, item, "the end");
		return false;
	}
	exchange_selected(p);
	if (agx_encode_fields(&p->insn, code, NULL, &failed) > 0)
		return true;
	if (!failed) {
		expected(p, COMPLETE, item,
			 p->insn.ignored	   ? "no 'ignored'" :
			 p->insn.flags & AGX_SHORT ? "no 'short': operands need the long form" :
			 p->insn.flags & AGX_LONG  ? "no 'long': there is one form" :
				"other operands: the bits of these are another instruction's");
		return false;
	}
	at = p->item_of[failed - p->spec->fields];
	expected(p, COMPLETE, at < 0 ? item : at,
		 agx_field_is_operand(failed) ? agx_field_operand(failed)->expects
					      : "one that goes with the operands");
	return false;
}

static bool match_operand(struct parser *p, int field, int item)
{
	const struct agx_insn_field *f = &p->spec->fields[field];
	const struct agx_operand_type *type = agx_field_operand(f);
	struct agx_operand *o = &p->insn.operand[p->insn.n_operands];

	p->insn.n_operands++;
	if (item < p->n_items && parse_operand(p->items[item], type, &p->insn, o) &&
	    agx_operand_fits(p->spec, f, &p->insn, o)) {
		p->item_of[field] = item;
		if (match(p, field + 1, item + 1))
			return true;
	} else {
		expected(p, item, item, type->expects);
	}
	if (type->none && !*type->none) {
		*o = (struct agx_operand){ .count = 1 };
		p->item_of[field] = -1;
		if (match(p, field + 1, item))
			return true;
	}
	p->insn.n_operands--;
	return false;
}

static bool match_number(struct parser *p, int field, int item)
{
	const struct agx_insn_field *f = &p->spec->fields[field];
	const struct agx_modifier *m = agx_field_modifier(f);
	s64 range = 1LL << agx_field_width(f), n;
	char what[48];

	if (m->style == AGX_STYLE_SIGNED || range >> 16) {
		/* Wide ones take negative numbers: they are the same bits. */
		s64 least = -(range >> 1), most = m->style == AGX_STYLE_SIGNED ? ~least : range - 1;

		snprintf(what, sizeof(what), "%lld to %lld", (long long)least, (long long)most);
		if (item < p->n_items && parse_integer(p->items[item], &n) && n >= least &&
		    n <= most)
			goto found;
	} else {
		snprintf(what, sizeof(what), "0 to %lld", (long long)range - 1);
		if (item < p->n_items && parse_integer(p->items[item], &n) && n >= 0 && n < range)
			goto found;
	}
	expected(p, item, item, what);
	return false;

found:
	agx_modifier_get(m, n & (range - 1), &p->insn);
	p->item_of[field] = item;
	return match(p, field + 1, item + 1);
}

/* Shorter ways to say conditions. */
static const char *synonym(const char *name)
{
	static const char *const names[][2] = {
		{ "ugte", "uge" }, { "ulte", "ule" }, { "sgte", "sge" }, { "slte", "sle" },
		{ "nseq", "sne" }, { "fgte", "fge" }, { "flte", "fle" }, { "fneq", "fne" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i][0]))
			return names[i][1];
	return name;
}

static bool match_name(struct parser *p, int field, int item)
{
	const struct agx_insn_field *f = &p->spec->fields[field];
	const struct agx_modifier *m = agx_field_modifier(f);
	char what[48];

	snprintf(what, sizeof(what), "%s", m->expects);
	for (u32 value = 0; value < m->n_names && item < p->n_items; value++) {
		const char *name = m->names[value];

		if (!name || !*name ||
		    !(item_is(&p->items[item], name) || item_is(&p->items[item], synonym(name))))
			continue;
		if (value >> agx_field_width(f) && !is_select(p->spec)) {
			snprintf(what, sizeof(what), "a %s below %u", m->name,
				 1u << agx_field_width(f));
			continue;
		}
		*what = '\0';
		agx_modifier_get(m, value, &p->insn);
		p->item_of[field] = item;
		if (match(p, field + 1, item + 1))
			return true;
	}
	if (*what)
		expected(p, item, item, what);
	if (*m->names[0])
		return false;
	agx_modifier_get(m, 0, &p->insn);
	p->item_of[field] = -1;
	return match(p, field + 1, item);
}

static bool match_flag(struct parser *p, int field, int item)
{
	const struct agx_modifier *m = agx_field_modifier(&p->spec->fields[field]);

	if (item < p->n_items && item_is(&p->items[item], m->names[0])) {
		p->item_of[field] = item;
		p->insn.flags |= m->flag;
		if (match(p, field + 1, item + 1))
			return true;
	} else {
		expected(p, item, item, m->names[0]);
	}
	p->item_of[field] = -1;
	p->insn.flags &= ~m->flag;
	return match(p, field + 1, item);
}

static bool match(struct parser *p, int field, int item)
{
	const struct agx_insn_field *f = &p->spec->fields[field];

	if (!f->kind)
		return match_end(p, item);
	if (agx_field_is_operand(f))
		return match_operand(p, field, item);
	switch ((enum agx_modifier_style)agx_field_modifier(f)->style) {
	case AGX_STYLE_NUMBER:
	case AGX_STYLE_SIGNED:
		return match_number(p, field, item);
	case AGX_STYLE_NAME:
		return match_name(p, field, item);
	default:
		return match_flag(p, field, item);
	}
}

/* --- the whole ---------------------------------------------------------------- */

/*
 * Instructions that are short for another: $ is the next item of the text, * all
 * that are left, the rest stands for itself.
 */
static const struct alias {
	const char *name, *mnemonic;
	const char *items[5];
} aliases[] = {
	{ "fmov", "fadd", { "$", "$", "-0.0", "*" } },
	{ "hmov", "hadd", { "$", "$", "-0.0", "*" } },
	{ "push_exec", "if_fcmp", { "0.0", "0.0", "$", "*", "feq" } },
};

/* Items of the alias, in place: the text's begin MAX_ADDED behind.  Returns how many. */
static int expand(const struct alias *alias, struct item *items, int n_from)
{
	const struct item *from = items + MAX_ADDED;
	int column = from[n_from].column, n = 0, taken = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(alias->items) && alias->items[i]; i++) {
		const char *text = alias->items[i];
		int many = *text == '$' ? 1 : *text == '*' ? n_from : 0;

		for (; many && taken < n_from; many--)
			items[n++] = from[taken++];
		if (*text != '$' && *text != '*')
			items[n++] = (struct item){ text, strlen(text), column };
	}
	return n;
}

/* Splits at commas; the item behind the last is the end.  -1: too many. */
static int split(const char *text, int column, struct item *items)
{
	int n = 0, first = column, last;

	while (is_blank(text[first]))
		first++;
	if (!text[first]) {
		items[0] = (struct item){ text + first, 0, first };
		return 0;
	}
	for (bool more = true; more && n < MAX_ITEMS; n++) {
		for (last = first; text[last] && text[last] != ',';)
			last++;
		more = text[last] == ',';
		items[n] = (struct item){ text + first, last - first, first };
		while (items[n].n && is_blank(text[first + items[n].n - 1]))
			items[n].n--;
		for (first = last + more; is_blank(text[first]);)
			first++;
		items[n + 1] = (struct item){ text + last, 0, last };
		if (more && n + 1 == MAX_ITEMS)
			return -1;
	}
	return n;
}

/* Takes "long", "short" and "ignored N" from the end of the items. */
static int take_form(struct parser *p, const struct item *items, int n)
{
	for (; n; n--) {
		struct item item = items[n - 1];
		s64 bits;

		if (item_is(&item, "long")) {
			p->insn.flags |= AGX_LONG;
		} else if (item_is(&item, "short")) {
			p->insn.flags |= AGX_SHORT;
		} else if (take(&item, "ignored ") && parse_integer(item, &bits) && bits > 0) {
			p->insn.ignored = bits;
		} else {
			break;
		}
	}
	return n;
}

static bool parse_as(struct parser *p, const struct agx_insn *start, enum agx_op op)
{
	p->spec = &agx_table[op];
	p->insn = *start;
	p->insn.op = op;
	return match(p, 0, 0);
}

/* The alias that the word is, or NULL. */
static const struct alias *find_alias(const struct item *word)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(aliases); i++)
		if (item_is(word, aliases[i].name))
			return &aliases[i];
	return NULL;
}

static void report(const struct parser *p, const struct item *word, struct agx_error *err)
{
	if (p->rank < 0)
		agx_error_set(err, -1, word->column, "there is no instruction '%.*s'",
			      word->n < 32 ? (int)word->n : 32, word->text);
	else if (p->found.n)
		agx_error_set(err, -1, p->column, "expected %s, found '%.*s'", p->expected,
			      p->found.n < 24 ? (int)p->found.n : 24, p->found.text);
	else
		agx_error_set(err, -1, p->column, "expected %s", p->expected);
}

int agx_parse(struct agx_insn *insn, const char *text, struct agx_error *err)
{
	struct item items[MAX_ADDED + MAX_ITEMS + 1], word = { text, 0, 0 };
	struct parser p = { .items = items + MAX_ADDED, .rank = -1 };
	const struct alias *alias;
	struct agx_insn start;

	while (is_blank(*word.text))
		word.text++;
	word.column = word.text - text;
	while (word.text[word.n] && !is_blank(word.text[word.n]) && word.text[word.n] != ',')
		word.n++;
	p.n_items = split(text, word.column + word.n, items + MAX_ADDED);
	if (p.n_items < 0) {
		agx_error_set(err, -1, items[MAX_ADDED + MAX_ITEMS].column, "expected the end");
		return -EINVAL;
	}
	p.end = p.items[p.n_items].column;
	p.n_items = take_form(&p, p.items, p.n_items);
	start = p.insn;
	alias = find_alias(&word);
	if (alias) {
		p.n_items = expand(alias, items, p.n_items);
		p.items = items;
	}
	for (unsigned int op = 0; op < AGX_OP_COUNT; op++) {
		const struct agx_insn_info *info = &agx_table[op].info;

		if (alias ? strcmp(alias->mnemonic, info->name)
			  : !item_is(&word, info->mnemonic) && !item_is(&word, info->name))
			continue;
		if (parse_as(&p, &start, op)) {
			*insn = p.insn;
			return 0;
		}
	}
	report(&p, &word, err);
	return -EINVAL;
}
