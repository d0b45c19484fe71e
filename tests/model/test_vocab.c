// SPDX-License-Identifier: MIT
/*
 * Vocabularies: against token lists that llama.cpp made, against a merge loop
 * without any cleverness, and back to text.
 */
#include "tests/lib/gguf_vocab.h"
#include "tests/lib/suite.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/model/vocab.h"

#define ADD MUTSU_TOKENIZE_ADD_SPECIAL
#define PARSE MUTSU_TOKENIZE_PARSE_SPECIAL
#define LOWER_BLOCK "\xe2\x96\x81"

#define MAX 4096

/* A vocabulary and what it borrows from. */
struct open {
	struct gw *w;
	struct mutsu_gguf *gguf;
	struct mutsu_vocab *vocab;
};

static void open_written(struct open *o, struct gw *w)
{
	struct mutsu_error err = { "" };
	size_t size;
	const uint8_t *data = gw_finish(w, &size);

	o->w = w;
	ck_assert_msg(!mutsu_gguf_open_memory(&o->gguf, data, size, "test.gguf", &err), "%s",
		      err.text);
	ck_assert_msg(!mutsu_vocab_open(&o->vocab, o->gguf, &err), "%s", err.text);
}

static void open_file(struct open *o, const char *path)
{
	struct mutsu_error err = { "" };

	o->w = NULL;
	ck_assert_msg(!mutsu_gguf_open(&o->gguf, path, &err), "%s", err.text);
	ck_assert_msg(!mutsu_vocab_open(&o->vocab, o->gguf, &err), "%s", err.text);
}

static void close_all(struct open *o)
{
	mutsu_vocab_close(o->vocab);
	mutsu_gguf_close(o->gguf);
	if (o->w)
		gw_free(o->w);
}

static size_t encode(const struct open *o, const char *text, size_t len, unsigned int flags,
		     int32_t *tokens)
{
	struct mutsu_error err = { "" };
	int64_t n = mutsu_vocab_encode(o->vocab, text, len, flags, tokens, MAX, &err);

	ck_assert_msg(n >= 0 && n <= MAX, "%lld: %s", (long long)n, err.text);
	return (size_t)n;
}

/* All pieces, terminated. */
static size_t decode(const struct open *o, const int32_t *tokens, size_t n, bool special,
		     char *text, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		int piece = mutsu_vocab_piece(o->vocab, tokens[i], special, text + len, size - len);

		ck_assert_int_ge(piece, 0);
		len += (size_t)piece;
		ck_assert_uint_lt(len, size);
	}
	text[len] = '\0';
	return len;
}

static void expect_n(const struct open *o, const char *text, unsigned int flags,
		     const int32_t *want, size_t n_want)
{
	int32_t tokens[MAX];
	size_t n = encode(o, text, strlen(text), flags, tokens);
	bool same = n == n_want && !memcmp(tokens, want, n * sizeof(*want));
	char got[1024] = "";

	for (size_t i = 0, len = 0; i < n && len < sizeof(got) - 16; i++)
		len += (size_t)sprintf(got + len, " %d", tokens[i]);
	ck_assert_msg(same, "'%s' gives%s", text, got);
}

#define EXPECT(o, text, flags, ...) \
	expect_n(o, text, flags, (const int32_t []){ __VA_ARGS__ }, \
		 sizeof((const int32_t []){ __VA_ARGS__ }) / sizeof(int32_t))

/*
 * Golden token lists
 */

enum kind {
	SPM, BPE,
	PLAIN,		/* BPE, but bytes that are rare or never in UTF-8 are no tokens */
};

static const struct {
	const char *name;
	enum kind kind;
} files[] = {
	{ "llama-spm", SPM }, { "phi-3", SPM }, { "llama-bpe", BPE }, { "qwen2", BPE },
	{ "gpt-2", BPE }, { "starcoder", PLAIN }, { "falcon", PLAIN },
	{ "deepseek-coder", PLAIN },
};

#define N_FILES (sizeof(files) / sizeof(files[0]))

static char *file_path(int i, const char *suffix)
{
	char *path;

	ck_assert(asprintf(&path, "%s/vocab/ggml-vocab-%s.gguf%s", getenv("MUTSU_MODELS"),
			   files[i].name, suffix) > 0);
	return path;
}

static void open_golden(struct open *o, int i)
{
	char *path = file_path(i, "");

	open_file(o, path);
	free(path);
}

static char *read_text(char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = calloc(1, 65536);

	ck_assert_msg(file && text, "%s", path);
	ck_assert_uint_lt(fread(text, 1, 65535, file), 65535);
	fclose(file);
	free(path);
	return text;
}

START_TEST(golden_lists)
{
	static const char separator[] = "\n__ggml_vocab_test__\n";
	char *in = read_text(file_path(_i, ".inp")), *out = read_text(file_path(_i, ".out"));
	char *text = in, *want = out, *end;
	unsigned int n = 0;
	struct open o;

	open_golden(&o, _i);
	for (; (end = strstr(text, separator)); text = end + strlen(separator), n++) {
		int32_t tokens[MAX], wanted[MAX];
		size_t n_wanted = 0, n_tokens;
		char *line = want + strcspn(want, "\n");

		ck_assert_int_eq(*line, '\n');
		*line = *end = '\0';
		for (char *next; *want; want = next, n_wanted++)
			wanted[n_wanted] = (int32_t)strtol(want, &next, 10);
		want = line + 1;

		n_tokens = encode(&o, text, (size_t)(end - text), 0, tokens);
		ck_assert_msg(n_tokens == n_wanted &&
			      !memcmp(tokens, wanted, n_tokens * sizeof(*tokens)),
			      "%s, text %u: '%s'", files[_i].name, n, text);
	}
	ck_assert_uint_eq(n, 46);
	ck_assert_str_eq(want, "");
	close_all(&o);
	free(in);
	free(out);
}
END_TEST

/* A random text, with a few bytes that are not UTF-8 if broken is set. */
static size_t random_text(char *text, size_t size, bool plain, bool broken)
{
	size_t len = 0, end = 1 + kt_below((uint32_t)size - 5);

	while (len < end) {
		uint32_t kind = kt_below(10), c;

		if (kind < 5)
			c = 32 + kt_below(95);
		else if (kind < 6)
			c = kt_below(33);
		else if (kind < 8)
			c = 0x80 + kt_below(0x780);
		else
			c = 0x800 + kt_below(kind < 9 ? 0xcfff : 0x10f800 - 0x800);
		/* U+2581 comes back as a space. */
		if ((c >= 0xd800 && c < 0xe000) || c == 0x2581)
			continue;
		if (plain && ((c < 32 && c != '\n') || c >= 0x20000))
			continue;
		if (broken && !kt_below(8)) {
			text[len++] = (char)(0x80 | kt_below(128));
		} else if (c < 0x80) {
			text[len++] = (char)c;
		} else if (c < 0x800) {
			text[len++] = (char)(0xc0 | c >> 6);
			text[len++] = (char)(0x80 | (c & 0x3f));
		} else if (c < 0x10000) {
			text[len++] = (char)(0xe0 | c >> 12);
			text[len++] = (char)(0x80 | (c >> 6 & 0x3f));
			text[len++] = (char)(0x80 | (c & 0x3f));
		} else {
			text[len++] = (char)(0xf0 | c >> 18);
			text[len++] = (char)(0x80 | (c >> 12 & 0x3f));
			text[len++] = (char)(0x80 | (c >> 6 & 0x3f));
			text[len++] = (char)(0x80 | (c & 0x3f));
		}
	}
	return len;
}

static void round_trips(const struct open *o, const char *name, enum kind kind)
{
	bool prefix = kind == SPM, plain = kind == PLAIN;

	for (unsigned int round = 0; round < 400; round++) {
		char text[500], back[2048];
		uint64_t seed = kt_seed;
		size_t len = random_text(text, sizeof(text), plain, !plain && round & 1);
		size_t back_len;
		int32_t tokens[MAX];
		size_t n = encode(o, text, len, round & 2 ? PARSE : 0, tokens);

		back_len = decode(o, tokens, n, true, back, sizeof(back));
		ck_assert_msg(back_len == len + prefix &&
			      !memcmp(back + prefix, text, len) && (!prefix || back[0] == ' '),
			      "%s, KT_SEED=%llu", name, (unsigned long long)seed);
	}
}

START_TEST(golden_round_trips)
{
	struct open o;

	open_golden(&o, _i);
	round_trips(&o, files[_i].name, files[_i].kind);
	close_all(&o);
}
END_TEST

static const char *const models[] = {
	"mutsu-tiny-f32", "stories260K-f32", "tiny-llama-F16", "tiny-llama3-F16",
	"tiny-qwen2-F16", "tiny-qwen3-F16", "tiny-phi3-F16", "tiny-gemma3-F16", "tiny-moe-F16",
};

/* Prompts with what the model adds to them. */
START_TEST(golden_prompts)
{
	const char *root = getenv("MUTSU_MODELS");
	struct open o;
	char *path;

	ck_assert(asprintf(&path, "%s/%s.gguf", root, models[_i]) > 0);
	open_file(&o, path);
	free(path);
	for (unsigned int i = 1; i <= 3; i++) {
		int32_t tokens[MAX];
		const char *prompt;
		json_t *golden, *want;
		size_t n;

		ck_assert(asprintf(&path, "%s/golden/%s.%u.json", root, models[_i], i) > 0);
		golden = json_load_file(path, 0, NULL);
		ck_assert_msg(golden, "%s", path);
		prompt = json_string_value(json_object_get(golden, "prompt"));
		want = json_object_get(golden, "prompt_tokens");
		n = encode(&o, prompt, strlen(prompt), ADD, tokens);
		ck_assert_uint_eq(n, json_array_size(want));
		for (size_t j = 0; j < n; j++)
			ck_assert_int_eq(tokens[j], json_integer_value(json_array_get(want, j)));
		json_decref(golden);
		free(path);
	}
	close_all(&o);
}
END_TEST

/*
 * Merging, against the definition
 */

#define N_STRINGS 300

struct strings {
	char text[N_STRINGS][24];
	size_t n;
};

static size_t find_string(const struct strings *strings, const char *text)
{
	size_t i = 0;

	while (i < strings->n && strcmp(strings->text[i], text))
		i++;
	return i;
}

static size_t add_string(struct strings *strings, const char *a, const char *b)
{
	char text[48];
	size_t i;

	snprintf(text, sizeof(text), "%s%s", a, b);
	i = find_string(strings, text);
	if (i == strings->n) {
		ck_assert_uint_lt(i, N_STRINGS);
		ck_assert_uint_lt(strlen(text), sizeof(strings->text[i]));
		strcpy(strings->text[strings->n++], text);
	}
	return i;
}

/* Whether a and b merge, and how well: larger is better. */
typedef bool (*rate_fn)(const void *user, const char *a, const char *b, double *rating);

/* Merges the best pair, leftmost among equals, until there is none. */
static size_t merge_by_definition(char (*symbols)[24], size_t n, rate_fn rate, const void *user)
{
	for (;;) {
		double best = 0, rating;
		size_t at = n;

		for (size_t i = 0; i + 1 < n; i++) {
			if (rate(user, symbols[i], symbols[i + 1], &rating) &&
			    (at == n || rating > best)) {
				best = rating;
				at = i;
			}
		}
		if (at == n)
			return n;
		memcpy(symbols[at] + strlen(symbols[at]), symbols[at + 1],
		       strlen(symbols[at + 1]) + 1);
		n--;
		memmove(symbols + at + 1, symbols + at + 2, (n - at - 1) * sizeof(*symbols));
	}
}

struct spm_rule {
	struct strings strings;
	struct gv_token tokens[N_STRINGS];
};

static bool rate_spm(const void *user, const char *a, const char *b, double *rating)
{
	const struct spm_rule *rule = user;
	char text[48];
	size_t i;

	snprintf(text, sizeof(text), "%s%s", a, b);
	i = find_string(&rule->strings, text);
	if (i == rule->strings.n)
		return false;
	*rating = rule->tokens[i].score;
	return true;
}

START_TEST(spm_merges)
{
	static const char letters[][4] = { "a", "b", "\xc3\xa9" };
	static const float scores[] = { 0, -0.0f, -1, 2, -1e30f, 1e-30f };
	static struct spm_rule rule;
	struct gw *w = gw_begin(3);
	struct open o;

	for (unsigned int i = 0; i < 3; i++)
		add_string(&rule.strings, letters[i], "");
	for (unsigned int i = 0; i < 60; i++) {
		char text[24] = "";

		for (unsigned int n = 2 + kt_below(4); n; n--)
			strcat(text, letters[kt_below(3)]);
		add_string(&rule.strings, text, "");
	}
	for (size_t i = 0; i < rule.strings.n; i++)
		rule.tokens[i] = (struct gv_token){ rule.strings.text[i], GV_NORMAL,
						    scores[kt_below(6)] };
	gv_spm(w, rule.tokens, rule.strings.n);
	gw_bool(w, "tokenizer.ggml.add_space_prefix", false);
	open_written(&o, w);

	for (unsigned int round = 0; round < 500; round++) {
		char symbols[64][24], text[256] = "";
		size_t n = 1 + kt_below(60), got;
		uint64_t seed = kt_seed;
		int32_t tokens[MAX];

		for (size_t i = 0; i < n; i++) {
			strcpy(symbols[i], letters[kt_below(3)]);
			strcat(text, symbols[i]);
		}
		n = merge_by_definition(symbols, n, rate_spm, &rule);
		got = encode(&o, text, strlen(text), 0, tokens);
		ck_assert_uint_eq(got, n);
		for (size_t i = 0; i < n; i++)
			ck_assert_msg(tokens[i] == GV_SPM_FIRST +
				      (int32_t)find_string(&rule.strings, symbols[i]),
				      "'%s' at %zu, KT_SEED=%llu", text, i,
				      (unsigned long long)seed);
	}
	close_all(&o);
}
END_TEST

struct bpe_rule {
	struct strings strings, merges;
};

static bool rate_bpe(const void *user, const char *a, const char *b, double *rating)
{
	const struct bpe_rule *rule = user;
	char text[64];
	size_t i;

	snprintf(text, sizeof(text), "%s %s", a, b);
	i = find_string(&rule->merges, text);
	*rating = -(double)i;
	return i < rule->merges.n;
}

START_TEST(bpe_merges)
{
	static const char letters[][2] = { "a", "b", "c" };
	static struct bpe_rule rule;
	struct gv_token tokens_of[N_STRINGS];
	const char *merges[N_STRINGS];
	struct gw *w = gw_begin(3);
	struct open o;

	for (unsigned int i = 0; i < 3; i++)
		add_string(&rule.strings, letters[i], "");
	for (unsigned int i = 0; i < 80; i++) {
		const char *a = rule.strings.text[kt_below((uint32_t)rule.strings.n)];
		const char *b = rule.strings.text[kt_below((uint32_t)rule.strings.n)];
		char merge[32];

		if (strlen(a) + strlen(b) > 9)
			continue;
		snprintf(merge, sizeof(merge), "%s %s", a, b);
		add_string(&rule.merges, merge, "");
		add_string(&rule.strings, a, b);
	}
	for (size_t i = 0; i < rule.strings.n; i++)
		tokens_of[i] = (struct gv_token){ rule.strings.text[i], GV_NORMAL, 0 };
	for (size_t i = 0; i < rule.merges.n; i++)
		merges[i] = rule.merges.text[i];
	/* The letters are tokens already. */
	gv_bpe(w, "gpt-2", tokens_of + 3, rule.strings.n - 3, merges, rule.merges.n);
	open_written(&o, w);

	for (unsigned int round = 0; round < 500; round++) {
		char symbols[64][24], text[256] = "";
		size_t n = 1 + kt_below(60), got;
		uint64_t seed = kt_seed;
		int32_t tokens[MAX];

		for (size_t i = 0; i < n; i++) {
			strcpy(symbols[i], letters[kt_below(3)]);
			strcat(text, symbols[i]);
		}
		n = merge_by_definition(symbols, n, rate_bpe, &rule);
		got = encode(&o, text, strlen(text), 0, tokens);
		ck_assert_uint_eq(got, n);
		for (size_t i = 0; i < n; i++) {
			size_t string = find_string(&rule.strings, symbols[i]);
			int32_t want = string < 3 ? letters[string][0] :
				       GV_BPE_FIRST + (int32_t)string - 3;

			ck_assert_msg(tokens[i] == want, "'%s' at %zu, KT_SEED=%llu", text, i,
				      (unsigned long long)seed);
		}
	}
	close_all(&o);
}
END_TEST

/*
 * Small vocabularies
 */

#define T GV_SPM_FIRST

static const struct gv_token spm_tokens[] = {
	{ LOWER_BLOCK, GV_NORMAL, -5 },
	{ "a", GV_NORMAL, -6 },
	{ "b", GV_NORMAL, -7 },
	{ "ab", GV_NORMAL, -2 },
	{ LOWER_BLOCK "a", GV_NORMAL, -1 },
	{ "<|ctl|>", GV_CONTROL, 0 },
	{ "<|ctl|>>", GV_CONTROL, 0 },
	{ "[usr]", GV_USER, 0 },
	{ "|>>ab", GV_USER, 0 },
	{ "old", GV_UNUSED, 0 },
};

#define N_SPM (sizeof(spm_tokens) / sizeof(spm_tokens[0]))

START_TEST(spm_text)
{
	struct gw *w = gw_begin(3);
	struct open o;
	char text[64];

	gv_spm(w, spm_tokens, N_SPM);
	open_written(&o, w);
	ck_assert_uint_eq(mutsu_vocab_size(o.vocab), T + N_SPM);
	ck_assert_int_eq(mutsu_vocab_bos(o.vocab), 1);
	ck_assert_int_eq(mutsu_vocab_eos(o.vocab), 2);
	ck_assert(mutsu_vocab_is_eog(o.vocab, 2));
	ck_assert(!mutsu_vocab_is_eog(o.vocab, 1));
	ck_assert(!mutsu_vocab_is_eog(o.vocab, -1));
	ck_assert(!mutsu_vocab_is_eog(o.vocab, 10000));

	EXPECT(&o, "ab", 0, T + 4, T + 2);
	EXPECT(&o, "ab", ADD, 1, T + 4, T + 2);
	EXPECT(&o, "", ADD, 1);
	ck_assert_int_eq(mutsu_vocab_encode(o.vocab, NULL, 0, 0, NULL, 0, NULL), 0);
	EXPECT(&o, "bab", 0, T, T + 2, T + 3);
	EXPECT(&o, "  ", 0, T, T, T);
	/* Bytes of what is no token, and of what is no UTF-8. */
	EXPECT(&o, "a\xc3\xa9", 0, T + 4, GV_SPM_BYTE + 0xc3, GV_SPM_BYTE + 0xa9);
	EXPECT(&o, "a\xc3" "b", 0, T + 4, GV_SPM_BYTE + 0xc3, T + 2);
	/* Special tokens are text unless asked; after one, a space comes again. */
	EXPECT(&o, "<s>a", PARSE, 1, T + 4);
	EXPECT(&o, "a<|ctl|>a", ADD | PARSE, 1, T + 4, T + 5, T + 4);
	EXPECT(&o, "a[usr]a", 0, T + 4, T + 7, T + 4);
	EXPECT(&o, "<unk>", PARSE, 0);
	ck_assert_uint_gt(encode(&o, "<s>", 3, 0, (int32_t [MAX]){ 0 }), 3);
	/* Longer ones first, even where a shorter one starts before. */
	EXPECT(&o, "<|ctl|>>a", PARSE, T + 6, T + 4);
	EXPECT(&o, "<|ctl|>>ab", 0, T, GV_SPM_BYTE + '<', GV_SPM_BYTE + '|', GV_SPM_BYTE + 'c',
	       GV_SPM_BYTE + 't', GV_SPM_BYTE + 'l', T + 8);
	EXPECT(&o, "old", 0, T, GV_SPM_BYTE + 'o', GV_SPM_BYTE + 'l', GV_SPM_BYTE + 'd');

	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 4, false, text, 64), 2);
	ck_assert_int_eq(memcmp(text, " a", 2), 0);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 5, false, text, 64), 0);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 5, true, text, 64), 7);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 7, false, text, 64), 5);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 9, false, text, 64), 3);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, GV_SPM_BYTE + 0xff, false, text, 64), 1);
	ck_assert_int_eq((unsigned char)text[0], 0xff);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, -1, false, text, 64), -EINVAL);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + (int)N_SPM, false, text, 64), -EINVAL);
	round_trips(&o, "spm", SPM);
	close_all(&o);
}
END_TEST

/* No more than there is room for, and all are counted. */
START_TEST(room)
{
	struct gw *w = gw_begin(3);
	int32_t *tokens = kt_buf(2 * sizeof(*tokens));
	char *text = kt_buf(3);
	struct open o;

	gv_spm(w, spm_tokens, N_SPM);
	open_written(&o, w);
	ck_assert_int_eq(mutsu_vocab_encode(o.vocab, "abba", 4, ADD, tokens, 2, NULL), 5);
	ck_assert_int_eq(tokens[0], 1);
	ck_assert_int_eq(tokens[1], T + 4);
	ck_assert_int_eq(mutsu_vocab_encode(o.vocab, "abba", 4, ADD, NULL, 0, NULL), 5);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 7, false, text, 3), 5);
	ck_assert_int_eq(memcmp(text, "[us", 3), 0);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 4, false, text + 2, 1), 2);
	ck_assert_int_eq(text[2], ' ');
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 4, false, NULL, 0), 2);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 7, false, NULL, 0), 5);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, GV_SPM_BYTE, false, NULL, 0), 1);
	close_all(&o);
}
END_TEST

START_TEST(unknown_without_bytes)
{
	static const struct gv_token tokens[] = {
		{ "<unk>", GV_UNKNOWN, 0 }, { "a", GV_NORMAL, 0 }, { "b", GV_NORMAL, 0 },
	};
	struct gw *w = gw_begin(3);
	struct open o;

	gv_tokens(w, "llama", tokens, 3);
	gw_bool(w, "tokenizer.ggml.add_space_prefix", false);
	gw_u32(w, "tokenizer.ggml.bos_token_id", UINT32_MAX);
	open_written(&o, w);
	ck_assert_int_eq(mutsu_vocab_bos(o.vocab), -1);
	EXPECT(&o, "a\xc3\xa9" "b\xff" "a", ADD, 1, 0, 2, 0, 1);
	close_all(&o);
}
END_TEST

#undef T
#define T GV_BPE_FIRST

static const struct gv_token bpe_tokens[] = {
	{ "<|endoftext|>", GV_CONTROL, 0 },
	{ "he", GV_NORMAL, 0 },
	{ "ll", GV_NORMAL, 0 },
	{ "hell", GV_NORMAL, 0 },
	{ "\xc4\xa0hello", GV_NORMAL, 0 },	/* no merge makes it */
	{ "[pad]", GV_USER, 0 },
	{ "", GV_NORMAL, 0 },
	{ "<|eot_id|>", GV_NORMAL, 0 },
	{ "\xe2\x82\xac", GV_NORMAL, 0 },	/* not of the alphabet */
};

static const char *const small_merges[] = { "l l", "h e", "he ll", "he ll", "x y", "hell o" };

static void open_bpe(struct open *o, const char *pre, bool bos)
{
	struct gw *w = gw_begin(3);

	gv_bpe(w, pre, bpe_tokens, sizeof(bpe_tokens) / sizeof(bpe_tokens[0]), small_merges, 6);
	if (bos) {
		gw_u32(w, "tokenizer.ggml.bos_token_id", T);
		gw_u32(w, "tokenizer.ggml.eos_token_id", T);
	}
	open_written(o, w);
}

START_TEST(bpe_text)
{
	struct open o;
	char text[64];

	open_bpe(&o, "gpt-2", true);
	EXPECT(&o, "hello", 0, T + 3, 'o');
	EXPECT(&o, " hello", 0, ' ', T + 3, 'o');
	EXPECT(&o, "\xff\xc3\xa9", 0, 0xff, 0xc3, 0xa9);
	EXPECT(&o, "he<|endoftext|>he", PARSE, T + 1, T, T + 1);
	EXPECT(&o, "he[pad]he", 0, T + 1, T + 5, T + 1);
	/* Known to end a text, so it is a control token whatever the file says. */
	EXPECT(&o, "<|eot_id|>", PARSE, T + 7);
	ck_assert(mutsu_vocab_is_eog(o.vocab, T + 7));
	ck_assert(mutsu_vocab_is_eog(o.vocab, T));
	ck_assert(!mutsu_vocab_is_eog(o.vocab, T + 5));
	EXPECT(&o, "he", ADD, T + 1);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 4, false, text, 64), 6);
	ck_assert_int_eq(memcmp(text, " hello", 6), 0);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 6, false, text, 64), 0);
	ck_assert_int_eq(mutsu_vocab_piece(o.vocab, T + 8, false, text, 64), 3);
	ck_assert_int_eq(memcmp(text, "\xe2\x82\xac", 3), 0);
	for (int i = 0; i < 256; i++) {
		ck_assert_int_eq(mutsu_vocab_piece(o.vocab, i, false, text, 64), 1);
		ck_assert_int_eq((unsigned char)text[0], i);
	}
	round_trips(&o, "bpe", BPE);
	close_all(&o);
}
END_TEST

/* Words that are tokens, and BOS without the file saying so. */
START_TEST(bpe_of_llama)
{
	struct open o;

	open_bpe(&o, "llama-bpe", true);
	EXPECT(&o, "hello hello", ADD, T, T + 3, 'o', T + 4);
	close_all(&o);
	open_bpe(&o, "llama-bpe", false);
	EXPECT(&o, "hello", ADD, T + 3, 'o');
	close_all(&o);
	open_bpe(&o, NULL, false);
	EXPECT(&o, "hello", ADD, T + 3, 'o');
	ck_assert_int_eq(mutsu_vocab_bos(o.vocab), -1);
	ck_assert_int_eq(mutsu_vocab_eos(o.vocab), -1);
	close_all(&o);
}
END_TEST

START_TEST(added_tokens)
{
	struct gw *w = gw_begin(3);
	struct open o;

	gv_bpe(w, "gpt-2", bpe_tokens, 2, small_merges, 2);
	gw_u32(w, "tokenizer.ggml.bos_token_id", 'B');
	gw_u32(w, "tokenizer.ggml.eos_token_id", 'E');
	gw_u32(w, "tokenizer.ggml.eot_token_id", 'T');
	gw_u32(w, "tokenizer.ggml.eom_token_id", 'M');
	gw_bool(w, "tokenizer.ggml.add_bos_token", true);
	gw_bool(w, "tokenizer.ggml.add_eos_token", true);
	open_written(&o, w);
	EXPECT(&o, "he", ADD, 'B', T + 1, 'E');
	EXPECT(&o, "", ADD, 'B', 'E');
	EXPECT(&o, "he", 0, T + 1);
	for (const char *c = "ETM"; *c; c++)
		ck_assert(mutsu_vocab_is_eog(o.vocab, *c));
	ck_assert(!mutsu_vocab_is_eog(o.vocab, 'B'));
	close_all(&o);

	w = gw_begin(3);
	gv_spm(w, spm_tokens, N_SPM);
	gw_bool(w, "tokenizer.ggml.add_bos_token", false);
	gw_bool(w, "tokenizer.ggml.add_eos_token", true);
	open_written(&o, w);
	EXPECT(&o, "a", ADD, GV_SPM_FIRST + 4, 2);
	close_all(&o);
}
END_TEST

/* Phi-3's special tokens, <s> excepted, take the white space that follows. */
START_TEST(phi3_white_space)
{
	struct gw *w = gw_begin(3);
	struct open o;

	gw_string(w, "general.name", "My Phi-3 mini");
	gv_spm(w, spm_tokens, N_SPM);
	open_written(&o, w);
	EXPECT(&o, "<|ctl|> \n a<|ctl|>\n", PARSE, GV_SPM_FIRST + 5, GV_SPM_FIRST + 4,
	       GV_SPM_FIRST + 5);
	EXPECT(&o, "<s> a", PARSE, 1, GV_SPM_FIRST, GV_SPM_FIRST + 4);
	close_all(&o);
}
END_TEST

START_TEST(bad_calls)
{
	struct mutsu_error err = { "" };
	struct open o;

	open_bpe(&o, "gpt-2", false);
	ck_assert_int_eq(mutsu_vocab_encode(o.vocab, "a", 1, 4, NULL, 0, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "0x4"));
	ck_assert_int_eq(mutsu_vocab_encode(o.vocab, "a", 1u << 30, 0, NULL, 0, &err), -E2BIG);
	ck_assert_ptr_nonnull(strstr(err.text, "1073741824"));
	close_all(&o);
	mutsu_vocab_close(NULL);
}
END_TEST

/* Skips with the name of the file where it is missing. */
static bool have(const char *name, const char *format)
{
	char file[64], *path;

	snprintf(file, sizeof(file), format, name);
	path = suite_data(name, file);
	free(path);
	return path;
}

static void add_golden(Suite *suite)
{
	TCase *tc = tcase_create("golden");

	tcase_set_timeout(tc, 60);
	for (int i = 0; i < (int)N_FILES; i++) {
		if (have(files[i].name, "vocab/ggml-vocab-%s.gguf")) {
			tcase_add_loop_test(tc, golden_lists, i, i + 1);
			tcase_add_loop_test(tc, golden_round_trips, i, i + 1);
		}
	}
	for (int i = 0; i < (int)(sizeof(models) / sizeof(models[0])); i++) {
		if (have(models[i], "golden/%s.1.json"))
			tcase_add_loop_test(tc, golden_prompts, i, i + 1);
	}
	suite_add_tcase(suite, tc);
}

int main(void)
{
	Suite *suite = suite_create("vocab");
	TCase *tc = tcase_create("small");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, spm_merges);
	tcase_add_test(tc, bpe_merges);
	tcase_add_test(tc, spm_text);
	tcase_add_test(tc, room);
	tcase_add_test(tc, unknown_without_bytes);
	tcase_add_test(tc, bpe_text);
	tcase_add_test(tc, bpe_of_llama);
	tcase_add_test(tc, added_tokens);
	tcase_add_test(tc, phi3_white_space);
	tcase_add_test(tc, bad_calls);
	suite_add_tcase(suite, tc);
	add_golden(suite);
	return suite_run(suite);
}
