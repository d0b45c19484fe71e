// SPDX-License-Identifier: MIT
/*
 * make-model: writes a llama model of any geometry and weight type, filled with
 * random weights at the speed of the disk, or with holes that take none of it.
 *
 * Weights are random bits wherever the type has any meaning for them; scales
 * are chosen so that products keep the variance of what they multiply, as in a
 * trained model, and logits are finite.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compute/half.h"
#include "compute/kernels.h"
#include "compute/quant.h"
#include "tests/lib/gguf_vocab.h"

#define CHUNK (1u << 20)

/* Where a block has its scale, and that of its minimum; NONE: it has none. */
#define NONE UINT16_MAX
struct fields {
	uint16_t d, m;
};

static const struct fields fields[MUTSU_N_TYPES] = {
#define D(type) { offsetof(struct type, d), NONE }
#define DM(type, min) { offsetof(struct type, d), offsetof(struct type, min) }
	[MUTSU_Q4_0] = D(mutsu_q4_0),
	[MUTSU_Q4_1] = DM(mutsu_q4_1, m),
	[MUTSU_Q5_0] = D(mutsu_q5_0),
	[MUTSU_Q5_1] = DM(mutsu_q5_1, m),
	[MUTSU_Q8_0] = D(mutsu_q8_0),
	[MUTSU_Q2_K] = DM(mutsu_q2_k, dmin),
	[MUTSU_Q3_K] = D(mutsu_q3_k),
	[MUTSU_Q4_K] = DM(mutsu_q4_k, dmin),
	[MUTSU_Q5_K] = DM(mutsu_q5_k, dmin),
	[MUTSU_Q6_K] = D(mutsu_q6_k),
	[MUTSU_IQ4_NL] = D(mutsu_iq4_nl),
	[MUTSU_IQ4_XS] = D(mutsu_iq4_xs),
#undef D
#undef DM
};

enum setting {
	LAYERS, EMBD, FF, HEADS, KV_HEADS, VOCAB, CTX, EXPERTS, USED, SEED, N_NUMBERS,
	TYPE = N_NUMBERS, TIED, SPARSE,
};

struct tensor {
	uint64_t at;			/* in the data section */
	uint64_t rows;
	uint32_t cols;
	enum mutsu_type type;
};

struct maker {
	uint64_t n[N_NUMBERS];
	enum mutsu_type type;
	int tied, sparse;
	const char *path;
	struct mutsu_kernels kernels;
	uint64_t random;
	struct gw *w;
	struct tensor *tensor;
	size_t n_tensors;
	uint8_t *chunk;
	int fd;
};

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "make-model: %s: %s\n", name, what);
	exit(1);
}

/* xorshift64, eight bytes at a time. */
static void fill(struct maker *mk, void *to, size_t size)
{
	uint64_t x = mk->random, *word = to;

	for (size_t i = 0; i < size / sizeof(*word); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		word[i] = x;
	}
	mk->random = x;
}

static void set_fields(uint8_t *block, size_t n, enum mutsu_type type, float d, float m)
{
	const struct fields *f = &fields[type];
	const uint16_t half_d = mutsu_half_from_float(d), half_m = mutsu_half_from_float(m);

	for (size_t i = 0; i < n; i++, block += mutsu_type_info(type)->block_size) {
		memcpy(block + f->d, &half_d, sizeof(half_d));
		if (f->m != NONE)
			memcpy(block + f->m, &half_m, sizeof(half_m));
	}
}

/* What the blocks in the chunk mean with these scales. */
static void measure(const struct maker *mk, enum mutsu_type type, size_t n, float d, float m,
		    double *mean, double *deviation)
{
	const size_t len = n * mutsu_type_info(type)->block_len;
	float *x = malloc(len * sizeof(*x));
	double sum = 0, squares = 0;

	if (!x)
		fail(strerror(ENOMEM), "weights");
	set_fields(mk->chunk, n, type, d, m);
	mk->kernels.dequant[type](x, mk->chunk, len);
	for (size_t i = 0; i < len; i++) {
		sum += (double)x[i];
		squares += (double)x[i] * (double)x[i];
	}
	free(x);
	*mean = sum / (double)len;
	*deviation = sqrt(squares / (double)len - *mean * *mean);
}

/* Scales that make a deviation of 1 / sqrt(cols), and a mean of 0 if they can. */
static void choose_scales(struct maker *mk, const struct tensor *t, float *d, float *m)
{
	const size_t n = 1024;
	double mean, mean_m, deviation;

	*m = 0.0f;
	fill(mk, mk->chunk, n * mutsu_type_info(t->type)->block_size);
	measure(mk, t->type, n, 1.0f, 0.0f, &mean, &deviation);
	if (fields[t->type].m != NONE) {
		measure(mk, t->type, n, 0.0f, 1.0f, &mean_m, &deviation);
		*m = (float)(-mean / mean_m);
		measure(mk, t->type, n, 1.0f, *m, &mean, &deviation);
	}
	*d = (float)(1.0 / deviation / sqrt(t->cols));
	*m *= *d;
}

/* Random signs and mantissas on one exponent: about 1 / sqrt(cols). */
static void set_floats(struct maker *mk, size_t size, const struct tensor *t)
{
	/* The root mean square of [1, 2) is 1.53. */
	const int exponent = (int)lround(-log2(sqrt(t->cols) * 1.53));
	uint64_t mask, bits, *word = (uint64_t *)mk->chunk;

	if (t->type == MUTSU_F32) {
		mask = 0x807fffff807fffff;
		bits = (uint64_t)(exponent + 127) * 0x0080000000800000;
	} else if (t->type == MUTSU_BF16) {
		mask = 0x807f807f807f807f;
		bits = (uint64_t)(exponent + 127) * 0x0080008000800080;
	} else {
		mask = 0x83ff83ff83ff83ff;
		bits = (uint64_t)(exponent + 15) * 0x0400040004000400;
	}
	for (size_t i = 0; i < size / sizeof(*word); i++)
		word[i] = (word[i] & mask) | bits;
}

static void write_all(const struct maker *mk, const void *data, size_t size, uint64_t at)
{
	const char *from = data;

	while (size) {
		ssize_t n = pwrite(mk->fd, from, size, (off_t)at);

		if (n <= 0)
			fail(n ? strerror(errno) : "cannot be written", mk->path);
		from += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
}

static void write_matrix(struct maker *mk, const struct tensor *t, uint64_t at)
{
	const struct mutsu_type_info *info = mutsu_type_info(t->type);
	const bool blocks = info->block_len > 1;
	/* A multiple of 8 for any size of block. */
	const uint64_t max = CHUNK / info->block_size / 8 * 8;
	uint64_t n = t->rows * t->cols / info->block_len, some;
	float d = 0, m = 0;

	if (blocks)
		choose_scales(mk, t, &d, &m);
	for (; n; n -= some) {
		some = n < max ? n : max;
		fill(mk, mk->chunk, (some * info->block_size + 7) & ~7ull);
		if (blocks)
			set_fields(mk->chunk, some, t->type, d, m);
		else
			set_floats(mk, (some * info->block_size + 7) & ~7ull, t);
		write_all(mk, mk->chunk, some * info->block_size, at);
		at += some * info->block_size;
	}
}

/* Norms: ones. */
static void write_vector(struct maker *mk, const struct tensor *t, uint64_t at)
{
	float *x = malloc(t->cols * sizeof(*x));

	if (!x)
		fail(strerror(ENOMEM), "weights");
	for (uint32_t i = 0; i < t->cols; i++)
		x[i] = 1.0f;
	write_all(mk, x, t->cols * sizeof(*x), at);
	free(x);
}

static void add(struct maker *mk, enum mutsu_type type, uint64_t cols, uint64_t rows, uint64_t n,
		const char *name)
{
	const uint32_t n_dims = n ? 3 : rows ? 2 : 1;
	struct tensor *t = &mk->tensor[mk->n_tensors++];

	if (cols % mutsu_type_info(type)->block_len)
		fail("a row is not a whole number of blocks", name);
	*t = (struct tensor){
		.at = gw_tensor_later(mk->w, name, type, n_dims, (uint64_t[]){ cols, rows, n }),
		.type = type,
		.cols = (uint32_t)cols,
		.rows = n ? rows * n : rows,
	};
}

static void add_layer(struct maker *mk, uint64_t il)
{
	const uint64_t embd = mk->n[EMBD], ff = mk->n[FF], experts = mk->n[EXPERTS];
	const uint64_t kv = embd / mk->n[HEADS] * mk->n[KV_HEADS];
	const struct {
		const char *name;
		enum mutsu_type type;
		uint64_t cols, rows, n;
		bool there;
	} layer[] = {
		{ "attn_norm", MUTSU_F32, embd, 0, 0, true },
		{ "attn_q", mk->type, embd, embd, 0, true },
		{ "attn_k", mk->type, embd, kv, 0, true },
		{ "attn_v", mk->type, embd, kv, 0, true },
		{ "attn_output", mk->type, embd, embd, 0, true },
		{ "ffn_norm", MUTSU_F32, embd, 0, 0, true },
		{ "ffn_gate", mk->type, embd, ff, 0, !experts },
		{ "ffn_up", mk->type, embd, ff, 0, !experts },
		{ "ffn_down", mk->type, ff, embd, 0, !experts },
		{ "ffn_gate_inp", MUTSU_F32, embd, experts, 0, experts },
		{ "ffn_gate_exps", mk->type, embd, ff, experts, experts },
		{ "ffn_up_exps", mk->type, embd, ff, experts, experts },
		{ "ffn_down_exps", mk->type, ff, embd, experts, experts },
	};

	for (size_t i = 0; i < sizeof(layer) / sizeof(layer[0]); i++) {
		char name[64];

		if (!layer[i].there)
			continue;
		snprintf(name, sizeof(name), "blk.%" PRIu64 ".%s.weight", il, layer[i].name);
		add(mk, layer[i].type, layer[i].cols, layer[i].rows, layer[i].n, name);
	}
}

/* Words in base 26, with a space before every other one. */
static void add_vocab(struct maker *mk)
{
	const size_t n = mk->n[VOCAB] - GV_SPM_FIRST;
	struct gv_token *tokens = calloc(n + 1, sizeof(*tokens));
	char (*text)[16] = calloc(n + 1, sizeof(*text));

	if (!tokens || !text)
		fail(strerror(ENOMEM), "vocabulary");
	for (size_t i = 0; i < n; i++) {
		char letters[9], *p = letters + sizeof(letters) - 1;

		*p = '\0';
		for (size_t rest = i / 2 + 1; rest; rest = (rest - 1) / 26)
			*--p = (char)('a' + (rest - 1) % 26);
		snprintf(text[i], sizeof(text[i]), "%s%s", i % 2 ? "\u2581" : "", p);
		tokens[i] = (struct gv_token){ text[i], GV_NORMAL, -(float)i };
	}
	gv_spm(mk->w, tokens, n);
	gw_u32(mk->w, "tokenizer.ggml.bos_token_id", 1);
	gw_u32(mk->w, "tokenizer.ggml.eos_token_id", 2);
	free(tokens);
	free(text);
}

static void add_metadata(struct maker *mk)
{
	static const struct {
		const char *key;
		enum setting setting;
	} counts[] = {
		{ "llama.context_length", CTX },
		{ "llama.embedding_length", EMBD },
		{ "llama.block_count", LAYERS },
		{ "llama.feed_forward_length", FF },
		{ "llama.attention.head_count", HEADS },
		{ "llama.attention.head_count_kv", KV_HEADS },
		{ "llama.expert_count", EXPERTS },
		{ "llama.expert_used_count", USED },
	};

	gw_string(mk->w, "general.architecture", "llama");
	gw_string(mk->w, "general.name", "random weights");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		gw_u32(mk->w, counts[i].key, (uint32_t)mk->n[counts[i].setting]);
	gw_f32(mk->w, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
}

static void make(struct maker *mk)
{
	const uint64_t embd = mk->n[EMBD], vocab = mk->n[VOCAB];
	const struct tensor *t;
	uint64_t data_at, end;
	const uint8_t *header;
	size_t size;

	mk->w = gw_begin(3);
	mk->tensor = calloc(16 * mk->n[LAYERS] + 3, sizeof(*mk->tensor));
	mk->chunk = malloc(CHUNK);
	if (!mk->tensor || !mk->chunk)
		fail(strerror(ENOMEM), "weights");
	mutsu_kernels_init(&mk->kernels, 0);

	add_metadata(mk);
	add_vocab(mk);
	add(mk, mk->type, embd, vocab, 0, "token_embd.weight");
	for (uint64_t il = 0; il < mk->n[LAYERS]; il++)
		add_layer(mk, il);
	add(mk, MUTSU_F32, embd, 0, 0, "output_norm.weight");
	if (!mk->tied)
		add(mk, mk->type, embd, vocab, 0, "output.weight");

	header = gw_finish(mk->w, &size);
	data_at = gw_data_at(mk->w);
	mk->fd = open(mk->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (mk->fd < 0)
		fail(strerror(errno), mk->path);
	write_all(mk, header, size, 0);
	for (size_t i = 0; i < mk->n_tensors && !mk->sparse; i++) {
		t = &mk->tensor[i];
		if (t->rows)
			write_matrix(mk, t, data_at + t->at);
		else
			write_vector(mk, t, data_at + t->at);
	}
	t = &mk->tensor[mk->n_tensors - 1];
	end = data_at + t->at + mutsu_type_row_size(t->type, t->cols) * (t->rows ? t->rows : 1);
	if (ftruncate(mk->fd, (off_t)end) || close(mk->fd))
		fail(strerror(errno), mk->path);
	gw_free(mk->w);
	free(mk->tensor);
	free(mk->chunk);
}

static enum mutsu_type find_type(const char *name)
{
	for (uint32_t i = 0; i < MUTSU_N_TYPES; i++) {
		const struct mutsu_type_info *info = mutsu_type_info(i);

		if (info->name && info->supported && !strcasecmp(info->name, name))
			return i;
	}
	fail("no such type of weights", name);
	return 0;
}

static void check(const struct maker *mk)
{
	const uint64_t *n = mk->n;

	if (!mk->path)
		fail("no -o FILE", "usage");
	for (int i = 0; i < N_NUMBERS; i++)
		if (n[i] > 1 << 24)
			fail("a number is too large", "usage");
	if (!n[LAYERS] || !n[EMBD] || !n[FF] || !n[HEADS] || !n[KV_HEADS] || !n[CTX])
		fail("a number is 0", "usage");
	if (n[EMBD] % n[HEADS] || n[EMBD] / n[HEADS] % 2 || n[HEADS] % n[KV_HEADS])
		fail("cannot be shared out", "heads");
	if (n[VOCAB] < GV_SPM_FIRST)
		fail("fewer tokens than bytes", "vocabulary");
	if (n[USED] > n[EXPERTS] || (n[EXPERTS] && !n[USED]))
		fail("use some and not more than there are", "experts");
}

static void usage(void)
{
	puts("usage: make-model -o FILE [--layers N] [--embd N] [--ff N] [--heads N]\n"
	     "\t[--kv-heads N] [--vocab N] [--ctx N] [--experts N --used N] [--seed N]\n"
	     "\t[--type TYPE] [--tied] [--sparse]");
	exit(0);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "layers", required_argument, NULL, LAYERS },
		{ "embd", required_argument, NULL, EMBD },
		{ "ff", required_argument, NULL, FF },
		{ "heads", required_argument, NULL, HEADS },
		{ "kv-heads", required_argument, NULL, KV_HEADS },
		{ "vocab", required_argument, NULL, VOCAB },
		{ "ctx", required_argument, NULL, CTX },
		{ "experts", required_argument, NULL, EXPERTS },
		{ "used", required_argument, NULL, USED },
		{ "seed", required_argument, NULL, SEED },
		{ "type", required_argument, NULL, TYPE },
		{ "tied", no_argument, NULL, TIED },
		{ "sparse", no_argument, NULL, SPARSE },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct maker mk = {
		.n = {
			[LAYERS] = 2, [EMBD] = 256, [FF] = 512, [HEADS] = 4, [KV_HEADS] = 4,
			[VOCAB] = 512, [CTX] = 4096, [SEED] = 1,
		},
		.type = MUTSU_Q8_0,
	};
	int c;

	while ((c = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		if (c == 'o')
			mk.path = optarg;
		else if (c >= 0 && c < N_NUMBERS)
			mk.n[c] = strtoull(optarg, NULL, 10);
		else if (c == TYPE)
			mk.type = find_type(optarg);
		else if (c == TIED)
			mk.tied = 1;
		else if (c == SPARSE)
			mk.sparse = 1;
		else if (c == 'h')
			usage();
		else
			return 2;
	}
	if (optind < argc)
		fail("not an option", argv[optind]);
	check(&mk);
	mk.random = mk.n[SEED] * 0x9e3779b97f4a7c15 + 1;
	make(&mk);
	return 0;
}
