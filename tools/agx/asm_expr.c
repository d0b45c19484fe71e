// SPDX-License-Identifier: MIT
/*
 * Expressions: C's operators and precedence on 64-bit integers that wrap, and on
 * doubles.  Where an operand is one, the operator works on doubles.
 */
#include "asm_priv.h"

static bool ternary(struct asm_state *as, const char **p, struct asm_value *v);

/* Errors in what && || ?: leave out do not count. */
static bool fail(struct asm_state *as, const char *at, const char *message)
{
	if (as->expr_skip)
		return true;
	asm_error(as, at, "%s", message);
	return false;
}

static void set_int(struct asm_value *v, s64 i)
{
	v->is_float = false;
	v->i = i;
}

static void set_float(struct asm_value *v, double f)
{
	v->is_float = true;
	v->f = f;
}

static double as_float(const struct asm_value *v)
{
	return v->is_float ? v->f : (double)v->i;
}

static bool is_true(const struct asm_value *v)
{
	return v->is_float ? v->f != 0 : v->i != 0;
}

/* --- literals --------------------------------------------------------------- */

static u64 float_bits(double f)
{
	u64 bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

u32 asm_f32(double d)
{
	float f = (float)d;
	u32 bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

/* To nearest even. */
u16 asm_f16(double d)
{
	u64 bits = float_bits(d);
	u16 sign = (u16)(bits >> 48 & 0x8000);
	int e = (int)(bits >> 52 & 0x7ff) - 1023;
	u64 m = (bits & ((1ull << 52) - 1)) | 1ull << 52;
	int shift = e < -14 ? 42 - 14 - e : 42;
	u64 half, rest, kept;

	if (d != d)
		return 0x7e00;
	if (e > 15)
		return sign | 0x7c00;
	if (shift > 54)
		return sign;
	half = 1ull << (shift - 1);
	rest = m & (2 * half - 1);
	kept = m >> shift;
	kept += rest > half || (rest == half && (kept & 1));
	/* The leading one, where there is one, makes the exponent one larger. */
	return (u16)(sign + (e < -14 ? kept : ((u64)(e + 14) << 10) + kept));
}

static int digit_value(char c)
{
	if (asm_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* Whether a number at p goes on as a float: 1.5, 1e3, 1.5e-3; its end is *end. */
static bool is_float(const char *p, const char **end)
{
	bool yes = false;

	while (asm_is_digit(*p))
		p++;
	if (*p == '.' && asm_is_digit(p[1])) {
		yes = true;
		while (asm_is_digit(*++p))
			;
	}
	if ((*p | 32) == 'e') {
		const char *e = p + 1;

		e += *e == '+' || *e == '-';
		if (asm_is_digit(*e)) {
			yes = true;
			while (asm_is_digit(*e))
				e++;
			p = e;
		}
	}
	*end = p;
	return yes;
}

static bool number(struct asm_state *as, const char **p, struct asm_value *v)
{
	const char *start = *p, *end;
	u64 value = 0, base = 10;
	char text[64];

	if (is_float(start, &end)) {
		if (end - start >= (int)sizeof(text))
			return fail(as, start, "the number is too long");
		memcpy(text, start, (size_t)(end - start));
		text[end - start] = 0;
		set_float(v, strtod(text, NULL));
		*p = end;
		return true;
	}
	if (start[0] == '0' && (start[1] | 32) == 'x')
		base = 16;
	else if (start[0] == '0' && (start[1] | 32) == 'b')
		base = 2;
	*p += base == 10 ? 0 : 2;
	end = *p;
	for (; digit_value(**p) < (int)base; (*p)++) {
		u64 digit = (u64)digit_value(**p);

		if (value > (UINT64_MAX - digit) / base)
			return fail(as, start, "the number does not fit into 64 bits");
		value = value * base + digit;
	}
	if (*p == end || asm_is_letter(**p) || asm_is_digit(**p)) {
		asm_error(as, *p, "expected a number%s",
			  base == 16 ? " of hexadecimal digits" :
			  base == 2 ? " of digits 0 and 1" : "");
		return false;
	}
	set_int(v, (s64)value);
	return true;
}

static bool character(struct asm_state *as, const char **p, struct asm_value *v)
{
	static const char codes[] = "n\nt\tr\r0\0\\\\''";
	const char *c = *p + 1;
	u8 value = (u8)*c;

	if (*c == '\\') {
		const char *code = codes;

		c++;
		while (code < codes + sizeof(codes) - 1 && *code != *c)
			code += 2;
		if (!*c || code >= codes + sizeof(codes) - 1)
			return fail(as, c, "expected one of n, t, r, 0, \\ and ' after \\");
		value = (u8)code[1];
	}
	if (!*c || c[1] != '\'' || (**p == '\'' && *c == '\'' && c == *p + 1)) {
		asm_error(as, *p, "expected one character in single quotes");
		return false;
	}
	*p = c + 2;
	set_int(v, value);
	return true;
}

/* --- functions --------------------------------------------------------------- */

enum function { F32, F16, INT, FLOAT, MIN, MAX, ABS, DEFINED };

static const char *const functions[] = {
	[F32] = "f32", [F16] = "f16", [INT] = "int", [FLOAT] = "float",
	[MIN] = "min", [MAX] = "max", [ABS] = "abs", [DEFINED] = "defined",
};

static int find_function(struct asm_str word)
{
	for (u32 i = 0; i < ARRAY_SIZE(functions); i++) {
		if (asm_equal(word, functions[i]))
			return (int)i;
	}
	return -1;
}

bool asm_is_function(struct asm_str word)
{
	return find_function(word) >= 0 || asm_equal(word, "inf") || asm_equal(word, "nan");
}

static bool defined(struct asm_state *as, const char **p, struct asm_value *v)
{
	struct asm_str name;

	if (!asm_ident(as, p, "a name", &name))
		return false;
	set_int(v, asm_find(&as->names, name) || asm_find_macro(as, name));
	return true;
}

static bool to_int(struct asm_state *as, const char *at, struct asm_value *v)
{
	double f = as_float(v);

	if (!v->is_float)
		return true;
	/* Also false for NaN. */
	if (!(f > -9223372036854775808.0 && f < 9223372036854775808.0))
		return fail(as, at, "the number does not fit into 64 bits");
	set_int(v, (s64)f);
	return true;
}

static bool extreme(struct asm_state *as, const char **p, struct asm_value *v, bool max)
{
	struct asm_value w;
	bool less;

	if (!asm_expect(as, p, ',') || !ternary(as, p, &w))
		return false;
	less = v->is_float || w.is_float ? as_float(&w) < as_float(v) : w.i < v->i;
	if (less != max)
		*v = w;
	return true;
}

static bool call(struct asm_state *as, const char **p, enum function f, struct asm_value *v)
{
	const char *at = *p;
	bool ok;

	if (!asm_expect(as, p, '('))
		return false;
	if (f == DEFINED)
		return defined(as, p, v) && asm_expect(as, p, ')');
	if (!ternary(as, p, v))
		return false;
	ok = true;
	switch (f) {
	case F32:
		set_int(v, asm_f32(as_float(v)));
		break;
	case F16:
		set_int(v, asm_f16(as_float(v)));
		break;
	case INT:
		ok = to_int(as, at, v);
		break;
	case FLOAT:
		set_float(v, as_float(v));
		break;
	case ABS:
		if (v->is_float)
			set_float(v, v->f < 0 ? -v->f : v->f);
		else if (v->i < 0)
			set_int(v, (s64)(0 - (u64)v->i));
		break;
	default:
		ok = extreme(as, p, v, f == MAX);
		break;
	}
	return ok && asm_expect(as, p, ')');
}

static bool name(struct asm_state *as, const char **p, struct asm_value *v)
{
	struct asm_str word = asm_word(p);
	const struct asm_name *found = asm_find(&as->names, word);
	int f = find_function(word);

	if (f >= 0)
		return call(as, p, (enum function)f, v);
	if (asm_equal(word, "inf") || asm_equal(word, "nan")) {
		set_float(v, word.p[0] == 'i' ? __builtin_inf() : __builtin_nan(""));
		return true;
	}
	if (found && found->kind == ASM_NUMBER) {
		*v = found->value;
		return true;
	}
	set_int(v, 0);
	if (as->expr_skip)
		return true;
	if (found)
		asm_error(as, word.p, "'%s' is a register; expected a number", found->name);
	else
		asm_undefined(as, word, "a number");
	return false;
}

/* --- operators ---------------------------------------------------------------- */

static bool primary(struct asm_state *as, const char **p, struct asm_value *v)
{
	char c = asm_peek(p);

	set_int(v, 0);
	if (asm_is_digit(c))
		return number(as, p, v);
	if (asm_is_letter(c))
		return name(as, p, v);
	if (c == '\'')
		return character(as, p, v);
	if (c == '(') {
		(*p)++;
		return ternary(as, p, v) && asm_expect(as, p, ')');
	}
	if (c == '\\')
		asm_error(as, *p, "there is no macro parameter of this name here");
	else
		asm_error(as, *p, "expected a number, a name or '('");
	return false;
}

static bool unary(struct asm_state *as, const char **p, struct asm_value *v)
{
	char c = asm_peek(p);
	const char *at = *p;

	if (!c || !strchr("+-~!", c))
		return primary(as, p, v);
	(*p)++;
	if (++as->expr_depth > ASM_EXPR_MAX) {
		asm_error(as, at, "the expression is nested too deeply");
		return false;
	}
	if (!unary(as, p, v))
		return false;
	as->expr_depth--;
	if (c == '!')
		set_int(v, !is_true(v));
	else if (c == '~' && v->is_float)
		return fail(as, at, "~ is for integers");
	else if (c == '~')
		set_int(v, ~v->i);
	else if (c == '-' && v->is_float)
		set_float(v, -v->f);
	else if (c == '-')
		set_int(v, (s64)(0 - (u64)v->i));
	return true;
}

enum operator {
	OR_ELSE, AND_THEN, BIT_OR, BIT_XOR, BIT_AND, EQ, NE, LE, GE, SHL, SHR, LT, GT, ADD,
	SUB, MUL, DIV, MOD,
};

/* Longer ones first where one is the beginning of another. */
static const struct {
	const char *text;
	enum operator op;
	int level;
} operators[] = {
	{ "||", OR_ELSE, 1 }, { "&&", AND_THEN, 2 }, { "|", BIT_OR, 3 }, { "^", BIT_XOR, 4 },
	{ "&", BIT_AND, 5 }, { "==", EQ, 6 }, { "!=", NE, 6 }, { "<=", LE, 7 },
	{ ">=", GE, 7 }, { "<<", SHL, 8 }, { ">>", SHR, 8 }, { "<", LT, 7 }, { ">", GT, 7 },
	{ "+", ADD, 9 }, { "-", SUB, 9 }, { "*", MUL, 10 }, { "/", DIV, 10 }, { "%", MOD, 10 },
};

static int find_operator(const char *p)
{
	for (u32 i = 0; i < ARRAY_SIZE(operators); i++) {
		if (!strncmp(p, operators[i].text, strlen(operators[i].text)))
			return (int)i;
	}
	return -1;
}

static bool compute_float(struct asm_state *as, const char *at, enum operator op,
			  struct asm_value *v, const struct asm_value *w)
{
	double a = as_float(v), b = as_float(w);

	switch (op) {
	case ADD: set_float(v, a + b); return true;
	case SUB: set_float(v, a - b); return true;
	case MUL: set_float(v, a * b); return true;
	case DIV: set_float(v, a / b); return true;
	case EQ: set_int(v, a == b); return true;
	case NE: set_int(v, a != b); return true;
	case LT: set_int(v, a < b); return true;
	case GT: set_int(v, a > b); return true;
	case LE: set_int(v, a <= b); return true;
	case GE: set_int(v, a >= b); return true;
	default:
		set_int(v, 0);
		return fail(as, at, "this operator is for integers");
	}
}

static bool divide(struct asm_state *as, const char *at, bool rest, struct asm_value *v,
		   s64 by)
{
	if (!by)
		return fail(as, at, "division by zero");
	/* The one quotient that does not fit. */
	if (by == -1)
		set_int(v, rest ? 0 : (s64)(0 - (u64)v->i));
	else
		set_int(v, rest ? v->i % by : v->i / by);
	return true;
}

static bool compute(struct asm_state *as, const char *at, enum operator op, struct asm_value *v,
		    const struct asm_value *w)
{
	u64 a, b;

	if (v->is_float || w->is_float)
		return compute_float(as, at, op, v, w);
	a = (u64)v->i;
	b = (u64)w->i;
	if ((op == SHL || op == SHR) && b > 63)
		return fail(as, at, "a shift by less than 0 or more than 63");
	switch (op) {
	case BIT_OR: set_int(v, (s64)(a | b)); break;
	case BIT_XOR: set_int(v, (s64)(a ^ b)); break;
	case BIT_AND: set_int(v, (s64)(a & b)); break;
	case EQ: set_int(v, a == b); break;
	case NE: set_int(v, a != b); break;
	case LT: set_int(v, v->i < w->i); break;
	case GT: set_int(v, v->i > w->i); break;
	case LE: set_int(v, v->i <= w->i); break;
	case GE: set_int(v, v->i >= w->i); break;
	case SHL: set_int(v, (s64)(a << b)); break;
	case SHR: set_int(v, v->i >> b); break;
	case ADD: set_int(v, (s64)(a + b)); break;
	case SUB: set_int(v, (s64)(a - b)); break;
	case MUL: set_int(v, (s64)(a * b)); break;
	default: return divide(as, at, op == MOD, v, w->i);
	}
	return true;
}

static bool binary(struct asm_state *as, const char **p, int level, struct asm_value *v)
{
	if (!unary(as, p, v))
		return false;
	for (;;) {
		struct asm_value w;
		const char *at;
		enum operator op;
		bool ok, skip;
		int i;

		asm_peek(p);
		at = *p;
		i = find_operator(at);
		/* Two dots and a range may follow a number; no operator begins so. */
		if (i < 0 || operators[i].level < level)
			return true;
		op = operators[i].op;
		*p += strlen(operators[i].text);
		skip = (op == OR_ELSE && is_true(v)) || (op == AND_THEN && !is_true(v));
		as->expr_skip += skip;
		ok = binary(as, p, operators[i].level + 1, &w);
		as->expr_skip -= skip;
		if (!ok)
			return false;
		if (op == OR_ELSE)
			set_int(v, is_true(v) || is_true(&w));
		else if (op == AND_THEN)
			set_int(v, is_true(v) && is_true(&w));
		else if (!compute(as, at, op, v, &w))
			return false;
	}
}

static bool choose(struct asm_state *as, const char **p, struct asm_value *v)
{
	bool first = is_true(v), ok;
	struct asm_value a, b;

	(*p)++;
	as->expr_skip += !first;
	ok = ternary(as, p, &a);
	as->expr_skip -= !first;
	if (!ok || !asm_expect(as, p, ':'))
		return false;
	as->expr_skip += first;
	ok = ternary(as, p, &b);
	as->expr_skip -= first;
	*v = first ? a : b;
	return ok;
}

static bool ternary(struct asm_state *as, const char **p, struct asm_value *v)
{
	bool ok;

	if (++as->expr_depth > ASM_EXPR_MAX) {
		asm_error(as, *p, "the expression is nested too deeply");
		return false;
	}
	ok = binary(as, p, 1, v);
	if (ok && asm_peek(p) == '?')
		ok = choose(as, p, v);
	as->expr_depth--;
	return ok;
}

bool asm_expr(struct asm_state *as, const char **p, struct asm_value *value)
{
	as->expr_depth = 0;
	as->expr_skip = 0;
	return ternary(as, p, value);
}

bool asm_int(struct asm_state *as, const char **p, s64 *value)
{
	const char *at = (asm_peek(p), *p);
	struct asm_value v;

	if (!asm_expr(as, p, &v))
		return false;
	if (v.is_float) {
		asm_error(as, at, "expected a whole number, not a float");
		return false;
	}
	*value = v.i;
	return true;
}

bool asm_int_in(struct asm_state *as, const char **p, s64 lo, s64 hi, const char *what,
		s64 *value)
{
	const char *at = (asm_peek(p), *p);

	if (!asm_int(as, p, value))
		return false;
	if (*value < lo || *value > hi) {
		asm_error(as, at, "%s %lld is not between %lld and %lld", what,
			  (long long)*value, (long long)lo, (long long)hi);
		return false;
	}
	return true;
}
