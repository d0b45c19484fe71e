// SPDX-License-Identifier: MIT
/*
 * Tensors of each architecture as converters write them.  The list stands on
 * its own: taken from the library's tables it could not find an error in them.
 */
#include "tiny_model.h"

#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compute/half.h"
#include "compute/quant.h"
#include "gguf_vocab.h"

static void *need(void *p)
{
	if (!p)
		abort();
	return p;
}

static bool is(const struct tiny_model *m, const char *arch)
{
	return !strcmp(m->opts.arch, arch);
}

/*
 * Values
 */

/* splitmix64; each tensor has a sequence of its own, whatever the others are. */
static uint64_t next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static float uniform(uint64_t *state, float lo, float hi)
{
	return lo + (hi - lo) * (float)(next(state) >> 40) * 0x1p-24f;
}

static uint64_t seed_of(const char *name)
{
	uint64_t seed = 0xcbf29ce484222325;

	for (; *name; name++)
		seed = (seed ^ (uint8_t)*name) * 0x100000001b3;
	return seed;
}

static size_t count(const struct tiny_tensor *t)
{
	return t->ne[0] * t->ne[1] * t->ne[2];
}

/* Rows of matrices keep the size of what they are multiplied with. */
static void fill(struct tiny_tensor *t)
{
	uint64_t seed = seed_of(t->name);
	float lo = 0.5f, hi = 1.5f;

	if (strstr(t->name, "rope"))
		lo = 1.0f, hi = 4.0f;
	else if (strstr(t->name, ".bias"))
		lo = -0.5f, hi = 0.5f;
	else if (t->n_dims > 1)
		hi = sqrtf(3.0f / (float)t->ne[0]), lo = -hi;

	for (size_t i = 0; i < count(t); i++)
		t->values[i] = uniform(&seed, lo, hi);
}

/*
 * Tensors
 */

static void add(struct tiny_model *m, uint64_t cols, uint64_t rows, uint64_t n,
		const char *format, ...)
{
	struct tiny_tensor *t;
	va_list args;

	m->tensor = need(realloc(m->tensor, (m->n_tensors + 1) * sizeof(*m->tensor)));
	t = &m->tensor[m->n_tensors++];
	*t = (struct tiny_tensor){ .n_dims = 1 + (rows > 0) + (n > 0) };
	t->ne[0] = cols;
	t->ne[1] = rows ? rows : 1;
	t->ne[2] = n ? n : 1;
	va_start(args, format);
	vsnprintf(t->name, sizeof(t->name), format, args);
	va_end(args);
	t->values = need(calloc(count(t), sizeof(*t->values)));
	fill(t);
}

static void add_attention(struct tiny_model *m, uint32_t il)
{
	const struct tiny_dims *d = &m->dims;
	uint64_t q = (uint64_t)d->n_head * d->head_dim, kv = (uint64_t)d->n_head_kv * d->head_dim;

	add(m, d->n_embd, 0, 0, "blk.%u.attn_norm.weight", il);
	if (is(m, "phi3")) {
		add(m, d->n_embd, q + 2 * kv, 0, "blk.%u.attn_qkv.weight", il);
		if (m->opts.biases)
			add(m, q + 2 * kv, 0, 0, "blk.%u.attn_qkv.bias", il);
	} else {
		add(m, d->n_embd, q, 0, "blk.%u.attn_q.weight", il);
		add(m, d->n_embd, kv, 0, "blk.%u.attn_k.weight", il);
		add(m, d->n_embd, kv, 0, "blk.%u.attn_v.weight", il);
		if (is(m, "qwen2") || m->opts.biases) {
			add(m, q, 0, 0, "blk.%u.attn_q.bias", il);
			add(m, kv, 0, 0, "blk.%u.attn_k.bias", il);
			add(m, kv, 0, 0, "blk.%u.attn_v.bias", il);
		}
	}
	if (is(m, "qwen3") || is(m, "gemma3")) {
		add(m, d->head_dim, 0, 0, "blk.%u.attn_q_norm.weight", il);
		add(m, d->head_dim, 0, 0, "blk.%u.attn_k_norm.weight", il);
	}
	add(m, q, d->n_embd, 0, "blk.%u.attn_output.weight", il);
	if (m->opts.biases)
		add(m, d->n_embd, 0, 0, "blk.%u.attn_output.bias", il);
	if (is(m, "gemma3"))
		add(m, d->n_embd, 0, 0, "blk.%u.post_attention_norm.weight", il);
}

static void add_ffn(struct tiny_model *m, uint32_t il)
{
	const struct tiny_dims *d = &m->dims;

	add(m, d->n_embd, 0, 0, "blk.%u.ffn_norm.weight", il);
	if (d->n_expert) {
		add(m, d->n_embd, d->n_expert, 0, "blk.%u.ffn_gate_inp.weight", il);
		add(m, d->n_embd, d->n_ff, d->n_expert, "blk.%u.ffn_gate_exps.weight", il);
		add(m, d->n_embd, d->n_ff, d->n_expert, "blk.%u.ffn_up_exps.weight", il);
		add(m, d->n_ff, d->n_embd, d->n_expert, "blk.%u.ffn_down_exps.weight", il);
	} else {
		if (is(m, "phi3")) {
			add(m, d->n_embd, 2 * d->n_ff, 0, "blk.%u.ffn_up.weight", il);
		} else {
			add(m, d->n_embd, d->n_ff, 0, "blk.%u.ffn_gate.weight", il);
			add(m, d->n_embd, d->n_ff, 0, "blk.%u.ffn_up.weight", il);
		}
		add(m, d->n_ff, d->n_embd, 0, "blk.%u.ffn_down.weight", il);
	}
	if (is(m, "gemma3"))
		add(m, d->n_embd, 0, 0, "blk.%u.post_ffw_norm.weight", il);
}

/* Heads of qwen3 and gemma3 are together wider than the embedding. */
static void set_dims(struct tiny_model *m)
{
	bool wide = is(m, "qwen3") || is(m, "gemma3"), k = m->opts.type == MUTSU_Q4_K;

	m->dims = (struct tiny_dims){
		.n_ctx = 256,
		.n_vocab = GV_SPM_FIRST + 2,
		.n_embd = k ? 256 : 64,
		.n_layer = is(m, "gemma3") ? 7 : 2,
		.n_head = 4,
		.n_head_kv = 2,
		.head_dim = k ? (wide ? 128 : 64) : (wide ? 24 : 16),
		.n_ff = k ? 256 : 96,
		.n_expert = m->opts.experts ? 4 : 0,
		.n_expert_used = m->opts.experts ? 2 : 0,
		.eps = 1e-5f,
		.rope_base = is(m, "gemma3") ? 1e6f : 10000.0f,
		.attn_factor = m->opts.rope_factors ? 1.19f : 1.0f,
	};
	if (m->opts.n_layer)
		m->dims.n_layer = m->opts.n_layer;
	m->dims.n_rot = m->dims.head_dim - (is(m, "phi3") ? 4 : 0);
}

struct tiny_model *tiny_new(const struct tiny_opts *opts)
{
	struct tiny_model *m = need(calloc(1, sizeof(*m)));
	const struct tiny_dims *d = &m->dims;

	m->opts = *opts;
	set_dims(m);
	add(m, d->n_embd, d->n_vocab, 0, "token_embd.weight");
	add(m, d->n_embd, 0, 0, "output_norm.weight");
	if (!opts->tied)
		add(m, d->n_embd, d->n_vocab, 0, "output.weight");
	if (opts->rope_freqs)
		add(m, d->n_rot / 2, 0, 0, "rope_freqs.weight");
	if (opts->rope_factors) {
		add(m, d->n_rot / 2, 0, 0, "rope_factors_long.weight");
		add(m, d->n_rot / 2, 0, 0, "rope_factors_short.weight");
	}
	for (uint32_t il = 0; il < d->n_layer; il++) {
		add_attention(m, il);
		add_ffn(m, il);
	}
	return m;
}

void tiny_free(struct tiny_model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_tensors; i++)
		free(m->tensor[i].values);
	free(m->tensor);
	free(m);
}

const struct tiny_tensor *tiny_tensor(const struct tiny_model *m, const char *name)
{
	for (size_t i = 0; i < m->n_tensors; i++)
		if (!strcmp(m->tensor[i].name, name))
			return &m->tensor[i];
	return NULL;
}

/*
 * Types
 */

static void to_half(uint16_t *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = mutsu_half_from_float(x[i]);
}

static void to_q8_0(struct mutsu_q8_0 *y, const float *x, size_t n)
{
	for (; n; y++, x += MUTSU_QK, n -= MUTSU_QK) {
		float max = 0.0f;

		for (int i = 0; i < MUTSU_QK; i++)
			max = fmaxf(max, fabsf(x[i]));
		y->d = mutsu_half_from_float(max / 127.0f);
		for (int i = 0; i < MUTSU_QK; i++)
			y->qs[i] = (int8_t)lrintf(max > 0.0f ? x[i] * 127.0f / max : 0.0f);
	}
}

/*
 * Not x but as random and about as large: scales and minimums of 6 bits times
 * nibbles spread over +-240 d, most within half of that.
 */
static void to_q4_k(struct mutsu_q4_k *y, const struct tiny_tensor *t)
{
	uint64_t seed = seed_of(t->name);

	for (size_t n = count(t); n; y++, n -= MUTSU_QK_K) {
		float d = uniform(&seed, 0.5f, 1.0f) / (130.0f * sqrtf((float)t->ne[0]));

		for (size_t i = 0; i < sizeof(*y); i++)
			((uint8_t *)y)[i] = (uint8_t)(next(&seed) >> 32);
		y->d = mutsu_half_from_float(d);
		y->dmin = mutsu_half_from_float(7.5f * d);
	}
}

void tiny_add(const struct tiny_model *m, struct gw *w, const struct tiny_tensor *t)
{
	enum mutsu_type type = t->n_dims > 1 ? m->opts.type : MUTSU_F32;
	void *data = need(calloc(count(t), sizeof(float)));

	if (type == MUTSU_F16)
		to_half(data, t->values, count(t));
	else if (type == MUTSU_Q8_0)
		to_q8_0(data, t->values, count(t));
	else if (type == MUTSU_Q4_K)
		to_q4_k(data, t);
	else if (type == MUTSU_F32)
		memcpy(data, t->values, count(t) * sizeof(float));
	else
		abort();
	gw_tensor(w, t->name, type, t->n_dims, t->ne, data);
	free(data);
}

/*
 * The file
 */

/* "<arch>.<key>", unless it is the one to leave out. */
struct keys {
	struct gw *w;
	const char *arch, *without;
	char full[96];
};

static bool wanted(struct keys *k, const char *key)
{
	snprintf(k->full, sizeof(k->full), "%s.%s", k->arch, key);
	return !k->without || strcmp(k->without, k->full);
}

static void put_u32(struct keys *k, const char *key, uint32_t v)
{
	if (wanted(k, key))
		gw_u32(k->w, k->full, v);
}

static void put_f32(struct keys *k, const char *key, float v)
{
	if (wanted(k, key))
		gw_f32(k->w, k->full, v);
}

static void put_string(struct keys *k, const char *key, const char *v)
{
	if (wanted(k, key))
		gw_string(k->w, k->full, v);
}

static void put_meta(const struct tiny_model *m, struct keys *k)
{
	const struct tiny_dims *d = &m->dims;

	put_u32(k, "context_length", d->n_ctx);
	put_u32(k, "embedding_length", d->n_embd);
	put_u32(k, "block_count", d->n_layer);
	put_u32(k, "feed_forward_length", d->n_ff);
	put_u32(k, "attention.head_count", d->n_head);
	put_u32(k, "attention.head_count_kv", d->n_head_kv);
	put_f32(k, "attention.layer_norm_rms_epsilon", d->eps);
	put_u32(k, "rope.dimension_count", d->n_rot);
	put_f32(k, "rope.freq_base", d->rope_base);
	if (d->head_dim * d->n_head != d->n_embd) {
		put_u32(k, "attention.key_length", d->head_dim);
		put_u32(k, "attention.value_length", d->head_dim);
	}
	if (d->n_expert) {
		put_u32(k, "expert_count", d->n_expert);
		put_u32(k, "expert_used_count", d->n_expert_used);
	}
	if (m->opts.window)
		put_u32(k, "attention.sliding_window", m->opts.window);
	if (m->opts.rope_scale > 0.0f) {
		put_string(k, "rope.scaling.type", "linear");
		put_f32(k, "rope.scaling.factor", m->opts.rope_scale);
	}
	if (m->opts.rope_factors) {
		put_u32(k, "rope.scaling.original_context_length", d->n_ctx / 2);
		put_f32(k, "rope.scaling.attn_factor", d->attn_factor);
	}
}

struct gw *tiny_begin(const struct tiny_model *m, const char *without)
{
	static const struct gv_token words[] = {
		{ "a", GV_NORMAL, 0 }, { "b", GV_NORMAL, 0 },
	};
	struct keys keys = { gw_begin(3), m->opts.arch, without, "" };

	if (!without || strcmp(without, "general.architecture"))
		gw_string(keys.w, "general.architecture", m->opts.arch);
	put_meta(m, &keys);
	gv_spm(keys.w, words, 2);
	for (size_t i = 0; i < m->n_tensors; i++)
		if (!without || strcmp(without, m->tensor[i].name))
			tiny_add(m, keys.w, &m->tensor[i]);
	return keys.w;
}

const char *tiny_path(struct gw *w)
{
	static char path[64];
	int fd = memfd_create("tiny", 0);

	if (fd < 0)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	gw_save(w, path);
	gw_free(w);
	return path;
}
