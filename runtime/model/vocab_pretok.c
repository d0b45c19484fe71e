// SPDX-License-Identifier: MIT
/*
 * Pre-tokenizers: byte-level BPE merges within words, and tokenizer.ggml.pre
 * names the regular expressions that cut a text into them.  Each expression
 * splits what the one before gave; text between its matches is a piece, too.
 *
 * The expressions are those of the models' tokenizer.json, with two changes.
 * White space is spelled out, since PCRE2's \s has U+180E in it, which Unicode
 * has not.  And where one could look at a long run of spaces again from every
 * place in it, it says that it need not.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "utf8.h"
#include "vocab_priv.h"

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define WHITE "\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}" \
	"\\x{202f}\\x{205f}\\x{3000}"
#define S "[" WHITE "]"
#define NOT_S "[^" WHITE "]"
#define NOT_SLN "[^" WHITE "\\p{L}\\p{N}]"

/* \s+(?!\S) leaves the last space of a run to the word that follows it. */
#define GPT2 "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?" NOT_SLN "+|" S "+(?!" NOT_S ")"
#define CONTRACTION "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]"
#define LLAMA3(digits) CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits "| ?" NOT_SLN \
	"+[\\r\\n]*|" S "*[\\r\\n]+|" S "+(?!" NOT_S ")|" S "+"
#define HAN "[\\x{4e00}-\\x{9fa5}\\x{800}-\\x{4e00}\\x{ac00}-\\x{d7ff}]+"

/* Letters that have case, as the model's authors listed them. */
#define CASED \
	"A-Za-z\\x{b5}\\x{c0}-\\x{d6}\\x{d8}-\\x{f6}\\x{f8}-\\x{1ba}\\x{1bc}-\\x{1bf}" \
	"\\x{1c4}-\\x{293}\\x{295}-\\x{2af}\\x{370}-\\x{373}\\x{376}\\x{377}" \
	"\\x{37b}-\\x{37d}\\x{37f}\\x{386}\\x{388}-\\x{38a}\\x{38c}\\x{38e}-\\x{3a1}" \
	"\\x{3a3}-\\x{3f5}\\x{3f7}-\\x{481}\\x{48a}-\\x{52f}\\x{531}-\\x{556}" \
	"\\x{10a0}-\\x{10c5}\\x{13a0}-\\x{13f5}\\x{13f8}-\\x{13fd}\\x{1c90}-\\x{1cba}" \
	"\\x{1cbd}-\\x{1cbf}\\x{1d00}-\\x{1d2b}\\x{1d6b}-\\x{1d77}\\x{1d79}-\\x{1d9a}" \
	"\\x{1e00}-\\x{1f15}\\x{1f18}-\\x{1f1d}\\x{1f20}-\\x{1f45}\\x{1f48}-\\x{1f4d}" \
	"\\x{1f50}-\\x{1f57}\\x{1f59}\\x{1f5b}\\x{1f5d}\\x{1f5f}-\\x{1f7d}" \
	"\\x{1f80}-\\x{1fb4}\\x{1fb6}-\\x{1fbc}\\x{1fbe}\\x{1fc2}-\\x{1fc4}" \
	"\\x{1fc6}-\\x{1fcc}\\x{1fd0}-\\x{1fd3}\\x{1fd6}-\\x{1fdb}\\x{1fe0}-\\x{1fec}" \
	"\\x{1ff2}-\\x{1ff4}\\x{1ff6}-\\x{1ffc}\\x{2102}\\x{2107}\\x{210a}-\\x{2113}" \
	"\\x{2115}\\x{2119}-\\x{211d}\\x{2124}\\x{2126}\\x{2128}\\x{212a}-\\x{212d}" \
	"\\x{212f}-\\x{2134}\\x{2139}\\x{213c}-\\x{213f}\\x{2145}-\\x{2149}\\x{214e}" \
	"\\x{2183}\\x{2184}\\x{2c00}-\\x{2c7b}\\x{2c7e}-\\x{2ce4}\\x{2ceb}-\\x{2cee}" \
	"\\x{2cf2}\\x{2cf3}\\x{a640}-\\x{a66d}\\x{a680}-\\x{a69b}\\x{a722}-\\x{a76f}" \
	"\\x{a771}-\\x{a787}\\x{a78b}-\\x{a78e}\\x{ab70}-\\x{abbf}\\x{fb00}-\\x{fb06}" \
	"\\x{fb13}-\\x{fb17}\\x{ff21}-\\x{ff3a}\\x{ff41}-\\x{ff5a}\\x{10400}-\\x{1044f}" \
	"\\x{104b0}-\\x{104d3}\\x{104d8}-\\x{104fb}\\x{10c80}-\\x{10cb2}" \
	"\\x{10cc0}-\\x{10cf2}\\x{118a0}-\\x{118df}\\x{1e900}-\\x{1e943}"

#define MAX_PATTERNS 6

enum kind {
	PRE_DEFAULT, PRE_GPT2, PRE_QWEN2, PRE_STARCODER, PRE_FALCON,
	PRE_DEEPSEEK_LLM, PRE_DEEPSEEK_CODER,
	PRE_LLAMA3,	/* words that are tokens stay whole; BOS unless the file says */
	PRE_SMAUG,	/* the same expression, without that */
};

static const char *const patterns[][MAX_PATTERNS] = {
	[PRE_DEFAULT] = {
		"[\\p{P}$+<=>^~|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]",
	},
	[PRE_GPT2] = { GPT2 },
	[PRE_LLAMA3] = { LLAMA3("\\p{N}{1,3}") },
	[PRE_SMAUG] = { LLAMA3("\\p{N}{1,3}") },
	[PRE_QWEN2] = { LLAMA3("\\p{N}") },
	[PRE_STARCODER] = { "\\p{N}", GPT2 },
	[PRE_FALCON] = { "[\\p{P}$+<=>^~|`]+", GPT2, "[0-9][0-9][0-9]" },
	[PRE_DEEPSEEK_LLM] = {
		"[\\r\\n]", S "?[" CASED "]+",
		S "?[!-/:-~\\x{ff01}-\\x{ff0f}\\x{ff1a}-\\x{ff5e}\\x{2018}-\\x{201f}"
		"\\x{3000}-\\x{3002}]+",
		"(?<!" S ")" S "++\\z", HAN, "\\p{N}+",
	},
	[PRE_DEEPSEEK_CODER] = {
		"[\\r\\n]", S "?\\p{L}+", S "?\\p{P}+", HAN, "\\p{N}",
	},
};

static const struct {
	const char *name;
	enum kind kind;
} known[] = {
	{ "default", PRE_DEFAULT },
	{ "gpt-2", PRE_GPT2 }, { "phi-2", PRE_GPT2 }, { "mpt", PRE_GPT2 },
	{ "olmo", PRE_GPT2 },
	{ "llama-bpe", PRE_LLAMA3 }, { "llama3", PRE_LLAMA3 },
	{ "llama-v3", PRE_LLAMA3 }, { "falcon3", PRE_LLAMA3 },
	{ "smaug-bpe", PRE_SMAUG }, { "dbrx", PRE_SMAUG },
	{ "qwen2", PRE_QWEN2 }, { "deepseek-r1-qwen", PRE_QWEN2 },
	{ "stablelm2", PRE_QWEN2 }, { "megrez", PRE_QWEN2 },
	{ "starcoder", PRE_STARCODER }, { "refact", PRE_STARCODER },
	{ "smollm", PRE_STARCODER }, { "command-r", PRE_STARCODER },
	{ "codeshell", PRE_STARCODER },
	{ "falcon", PRE_FALCON },
	{ "deepseek-llm", PRE_DEEPSEEK_LLM }, { "deepseek-coder", PRE_DEEPSEEK_CODER },
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

struct vocab_pretok {
	pcre2_code *code[MAX_PATTERNS];
	unsigned int n;
	pcre2_match_context *context;
};

static int not_known(const struct mutsu_vocab *vocab, const struct gguf_value *value,
		     struct mutsu_error *err)
{
	char list[320] = "", text[64];
	size_t len = 0;

	for (size_t i = 0; i < N_KNOWN; i++) {
		size_t n = strlen(known[i].name);

		if (len + n + 2 >= sizeof(list))
			break;
		if (i)
			list[len++] = ' ';
		memcpy(list + len, known[i].name, n + 1);
		len += n;
	}
	mutsu_gguf_print(value, text, sizeof(text));
	return mutsu_fail(err, -ENOTSUP, "%s: tokenizer.ggml.pre is \"%s\"; known are: %s",
			  vocab->name, text, list);
}

static int compile(struct vocab_pretok *pretok, enum kind kind)
{
	for (unsigned int i = 0; i < MAX_PATTERNS && patterns[kind][i]; i++) {
		PCRE2_SIZE where;
		int error;

		pretok->code[i] = pcre2_compile((PCRE2_SPTR)patterns[kind][i],
						PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP,
						&error, &where, NULL);
		if (!pretok->code[i])
			return error == PCRE2_ERROR_HEAP_FAILED ? -ENOMEM : -EINVAL;
		pretok->n++;
		/* Only faster: where memory may not be executable, it fails. */
		pcre2_jit_compile(pretok->code[i], PCRE2_JIT_COMPLETE);
	}

	pretok->context = pcre2_match_context_create(NULL);
	if (!pretok->context)
		return -ENOMEM;
	/* No expression goes back further than one run of spaces, but that can be long. */
	pcre2_set_match_limit(pretok->context, UINT32_MAX);
	return 0;
}

int mutsu_pretok_open(struct mutsu_vocab *vocab, const struct mutsu_gguf *gguf,
		      struct mutsu_error *err)
{
	static const char key[] = "tokenizer.ggml.pre";
	struct gguf_string name = { "default", 7 };
	size_t i = 0;
	int ret;

	ret = mutsu_gguf_get_string(gguf, key, &name, err);
	if (ret && ret != -ENOENT)
		return ret;
	while (i < N_KNOWN && (strlen(known[i].name) != name.len ||
			       memcmp(known[i].name, name.data, name.len)))
		i++;
	if (i == N_KNOWN)
		return not_known(vocab, mutsu_gguf_find(gguf, key), err);
	vocab->ignore_merges = vocab->add_bos = known[i].kind == PRE_LLAMA3;

	vocab->pretok = calloc(1, sizeof(*vocab->pretok));
	if (!vocab->pretok)
		return mutsu_vocab_nomem(vocab, err);
	ret = compile(vocab->pretok, known[i].kind);
	if (ret == -ENOMEM)
		return mutsu_vocab_nomem(vocab, err);
	if (ret)
		return mutsu_fail(err, ret,
				  "%s: this PCRE2 library cannot compile pre-tokenizer \"%s\"; "
				  "is it built without Unicode?", vocab->name, known[i].name);
	return 0;
}

void mutsu_pretok_close(struct vocab_pretok *pretok)
{
	if (!pretok)
		return;
	for (unsigned int i = 0; i < pretok->n; i++)
		pcre2_code_free(pretok->code[i]);
	pcre2_match_context_free(pretok->context);
	free(pretok);
}

void mutsu_pretok_match_free(void *match)
{
	pcre2_match_data_free(match);
}

/* Finds the next match from *start on.  1: found; 0: none. */
static int find(struct vocab_work *work, const pcre2_code *code, const char *subject, size_t len,
		size_t *start, size_t *end)
{
	const struct vocab_pretok *pretok = work->vocab->pretok;
	const PCRE2_SIZE *range;
	int ret;

	ret = pcre2_match(code, (PCRE2_SPTR)subject, len, *start, PCRE2_NO_UTF_CHECK,
			  work->match, pretok->context);
	if (ret == PCRE2_ERROR_JIT_STACKLIMIT)
		ret = pcre2_match(code, (PCRE2_SPTR)subject, len, *start,
				  PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, work->match,
				  pretok->context);
	if (ret == PCRE2_ERROR_NOMATCH)
		return 0;
	if (ret == PCRE2_ERROR_NOMEMORY || ret == PCRE2_ERROR_HEAPLIMIT)
		return -ENOMEM;
	if (ret < 0)
		return mutsu_fail(work->err, -EINVAL, "tokenize: PCRE2 error %d", ret);

	range = pcre2_get_ovector_pointer(work->match);
	*start = range[0];
	*end = range[1];
	return 1;
}

/*
 * Splits with expression number level and those after it; subject is text as
 * the expressions see it.
 */
static int split(struct vocab_work *work, const char *text, const char *subject, size_t len,
		 unsigned int level)
{
	const struct vocab_pretok *pretok = work->vocab->pretok;
	size_t done = 0, start, end;
	int ret;

	if (level == pretok->n)
		return mutsu_bpe_word(work, text, len);

	while (done < len) {
		start = done;
		end = len;
		ret = find(work, pretok->code[level], subject, len, &start, &end);
		if (ret < 0)
			return ret;
		if (!ret)
			start = len;
		if (start > done) {
			ret = split(work, text + done, subject + done, start - done, level + 1);
			if (ret)
				return ret;
		}
		if (end > start) {
			ret = split(work, text + start, subject + start, end - start, level + 1);
			if (ret)
				return ret;
		}
		done = end;
	}
	return 0;
}

/*
 * Text with U+0001 for each byte that is not part of a character: to the
 * expressions it is what U+FFFD would be, neither letter, digit, punctuation nor
 * space, and it keeps the offsets.
 */
static int make_valid(struct vocab_work *work, const char *text, size_t len, const char **valid)
{
	bool copied = false;
	int ret;

	*valid = text;
	for (size_t i = 0, n; i < len; i += n) {
		n = mutsu_utf8_len(text + i, len - i);
		if (n)
			continue;
		n = 1;
		if (!copied) {
			ret = mutsu_vocab_reserve(&work->text, &work->text_room, len, 1);
			if (ret)
				return ret;
			memcpy(work->text, text, len);
			*valid = work->text;
			copied = true;
		}
		work->text[i] = 1;
	}
	return 0;
}

int mutsu_pretok_split(struct vocab_work *work, const char *text, size_t len)
{
	const char *subject;
	int ret;

	if (!work->match) {
		/* One pair of offsets: no expression has a group. */
		work->match = pcre2_match_data_create(1, NULL);
		if (!work->match)
			return -ENOMEM;
	}
	ret = make_valid(work, text, len, &subject);
	if (ret)
		return ret;
	return split(work, text, subject, len, 0);
}
