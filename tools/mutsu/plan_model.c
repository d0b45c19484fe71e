// SPDX-License-Identifier: MIT
/*
 * Models as sizes: of a GGUF file, from its tensors, or of a model everybody knows,
 * from its published shape and the types that converters give to its tensors.
 */
#include "plan_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "output.h"

/*
 * One tensor, or all experts of one
 */

static void add_tensor(struct plan_model *m, const char *name, uint64_t elements, uint64_t rows,
		       uint64_t size, bool tied)
{
	bool experts = strstr(name, "_exps.") && m->n_expert;
	bool embedding = !strcmp(name, "token_embd.weight");
	bool output = !strcmp(name, "output.weight") || (embedding && tied);
	uint64_t used = size, macs = rows > 1 ? elements : 0;

	if (experts) {
		used = size / m->n_expert * m->n_expert_used;
		macs = macs / m->n_expert * m->n_expert_used;
	}
	/* Of the embedding, a token needs its row; as output matrix, all of it. */
	if (embedding && !tied)
		used = size / rows;
	m->n_params += elements;
	m->weights += size;
	m->read += used;
	if (!embedding && !output)
		m->macs += macs;
}

/*
 * Shapes by name, from the models' own configuration files
 */

static const struct shape {
	const char *name, *arch;
	uint32_t n_layer, n_embd, n_ff, n_head, n_head_kv, head_dim, n_vocab, n_ctx;
	bool tied;		/* the output matrix is the embedding */
	uint32_t n_expert, n_expert_used;
} shapes[] = {
	{ "llama-1b", "llama", 16, 2048, 8192, 32, 8, 64, 128256, 131072, true, 0, 0 },
	{ "llama-3b", "llama", 28, 3072, 8192, 24, 8, 128, 128256, 131072, true, 0, 0 },
	{ "llama-8b", "llama", 32, 4096, 14336, 32, 8, 128, 128256, 131072, false, 0, 0 },
	{ "llama-70b", "llama", 80, 8192, 28672, 64, 8, 128, 128256, 131072, false, 0, 0 },
	{ "mistral-7b", "llama", 32, 4096, 14336, 32, 8, 128, 32768, 32768, false, 0, 0 },
	{ "mixtral-8x7b", "llama", 32, 4096, 14336, 32, 8, 128, 32000, 32768, false, 8, 2 },
	{ "phi3-mini", "phi3", 32, 3072, 8192, 32, 32, 96, 32064, 131072, false, 0, 0 },
	{ "qwen3-4b", "qwen3", 36, 2560, 9728, 32, 8, 128, 151936, 40960, true, 0, 0 },
	{ "qwen3-8b", "qwen3", 36, 4096, 12288, 32, 8, 128, 151936, 40960, false, 0, 0 },
	{ "qwen3-32b", "qwen3", 64, 5120, 25600, 64, 8, 128, 151936, 40960, false, 0, 0 },
};

#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/*
 * Bytes of 256 elements, and who gets more: llama.cpp's converter keeps the output
 * matrix in Q6_K with all the smaller types, and in its mixes ("_m") half of the V
 * and down matrices.
 */
static const struct mix {
	const char *name;
	unsigned int base, output, more;
} mixes[] = {
	{ "f32", 1024, 1024, 1024 },
	{ "f16", 512, 512, 512 },
	{ "bf16", 512, 512, 512 },
	{ "q8_0", 272, 272, 272 },
	{ "q6_k", 210, 210, 210 },
	{ "q5_k_m", 176, 210, 210 },
	{ "q5_0", 176, 210, 176 },
	{ "q4_k_m", 144, 210, 210 },
	{ "q4_1", 160, 210, 160 },
	{ "q4_0", 144, 210, 144 },
};

#define N_MIXES (sizeof(mixes) / sizeof(mixes[0]))

#define HELP_NAMES \
	"MODEL is a GGUF file, or a model by name, with the type of its weights:\n" \
	"llama-1b, llama-3b, llama-8b, llama-70b, mistral-7b, mixtral-8x7b, phi3-mini,\n" \
	"qwen3-4b, qwen3-8b or qwen3-32b, then a colon, then f32, f16, bf16, q8_0, q6_k,\n" \
	"q5_k_m, q5_0, q4_k_m, q4_1 or q4_0: llama-8b:q4_k_m.  Without MODEL, it is the\n" \
	"one that is built in."

const char *plan_model_help(void)
{
	return HELP_NAMES;
}

static const struct shape *find_shape(const char *spec)
{
	size_t len = strcspn(spec, ":");

	for (size_t i = 0; i < N_SHAPES; i++) {
		if (strlen(shapes[i].name) == len && !strncmp(shapes[i].name, spec, len))
			return &shapes[i];
	}
	return NULL;
}

bool plan_model_is_named(const char *spec)
{
	return find_shape(spec);
}

/* The converter's choice: the first and the last eighth, and every third between. */
static bool gets_more(uint32_t layer, uint32_t n_layer)
{
	return layer < n_layer / 8 || layer >= 7 * n_layer / 8 ||
	       (layer - n_layer / 8) % 3 == 2;
}

static void add_matrix(struct plan_model *m, const char *name, uint64_t cols, uint64_t rows,
		       unsigned int block, bool tied)
{
	add_tensor(m, name, cols * rows, rows, cols * rows / 256 * block, tied);
}

static void add_layer(struct plan_model *m, const struct shape *s, const struct mix *mix,
		      unsigned int more)
{
	uint64_t q = (uint64_t)s->n_head * s->head_dim, kv = (uint64_t)s->n_head_kv * s->head_dim;
	uint64_t n = s->n_expert ? s->n_expert : 1;
	const char *ff = s->n_expert ? "ffn_exps.weight" : "ffn.weight";

	add_matrix(m, "attn.weight", s->n_embd, 2 * q + kv, mix->base, false);
	add_matrix(m, "attn_v.weight", s->n_embd, kv, more, false);
	add_matrix(m, ff, s->n_embd, 2 * n * s->n_ff, mix->base, false);
	add_matrix(m, ff, s->n_embd, n * s->n_ff, more, false);
	if (s->n_expert)
		add_matrix(m, "ffn_gate_inp.weight", s->n_embd, n, 1024, false);
	add_matrix(m, "norm.weight", 2 * s->n_embd, 1, 1024, false);
}

int plan_model_named(struct plan_model *model, const char *spec)
{
	const struct shape *s = find_shape(spec);
	const char *type = spec + strlen(s->name);
	const struct mix *mix = NULL;

	type = *type ? type + 1 : "q4_0";
	for (size_t i = 0; i < N_MIXES; i++) {
		if (!strcasecmp(mixes[i].name, type))
			mix = &mixes[i];
	}
	if (!mix)
		return output_fail("%s: unknown type %s; f32, f16, bf16, q8_0, q6_k, q5_k_m, q5_0, "
				   "q4_k_m, q4_1 and q4_0 are known", spec, type);
	*model = (struct plan_model){
		.n_ctx_train = s->n_ctx, .n_vocab = s->n_vocab, .n_embd = s->n_embd,
		.n_layer = s->n_layer, .n_head = s->n_head, .n_head_kv = s->n_head_kv,
		.head_dim = s->head_dim, .n_ff = s->n_ff, .n_expert = s->n_expert,
		.n_expert_used = s->n_expert_used,
	};
	snprintf(model->name, sizeof(model->name), "%s:%s", s->name, mix->name);
	snprintf(model->arch, sizeof(model->arch), "%s", s->arch);
	add_matrix(model, "token_embd.weight", s->n_embd, s->n_vocab,
		   s->tied ? mix->output : mix->base, s->tied);
	if (!s->tied)
		add_matrix(model, "output.weight", s->n_embd, s->n_vocab, mix->output, false);
	for (uint32_t i = 0; i < s->n_layer; i++)
		add_layer(model, s, mix, gets_more(i, s->n_layer) ? mix->more : mix->base);
	return EXIT_DONE;
}

/*
 * Files
 */

/* "ARCH.KEY" as a number.  False: not there, or a list. */
static bool get_number(const struct mutsu_model *from, const char *arch, const char *key,
		       uint32_t *value)
{
	size_t n = mutsu_model_n_meta(from), len = strlen(arch);

	for (size_t i = 0; i < n; i++) {
		const char *name, *type;
		char text[32], *end;
		unsigned long long number;

		mutsu_model_meta(from, i, &name, &type, text, sizeof(text));
		if (strncmp(name, arch, len) || name[len] != '.' || strcmp(name + len + 1, key))
			continue;
		number = strtoull(text, &end, 10);
		if (end == text || *end || number > UINT32_MAX)
			return false;
		*value = (uint32_t)number;
		return true;
	}
	return false;
}

static int read_shape(struct plan_model *m, const struct mutsu_model *from)
{
	const struct {
		const char *key;
		uint32_t *to;
	} needed[] = {
		{ "context_length", &m->n_ctx_train },
		{ "embedding_length", &m->n_embd },
		{ "block_count", &m->n_layer },
		{ "feed_forward_length", &m->n_ff },
		{ "attention.head_count", &m->n_head },
	};
	uint32_t period = 6;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!get_number(from, m->arch, needed[i].key, needed[i].to) || !*needed[i].to)
			return output_fail("%s: metadata %s.%s is missing, or not one number: "
					   "mutsu plan does not know this kind of model",
					   m->name, m->arch, needed[i].key);
	}
	m->n_head_kv = m->n_head;
	get_number(from, m->arch, "attention.head_count_kv", &m->n_head_kv);
	m->head_dim = m->n_embd / m->n_head;
	get_number(from, m->arch, "attention.key_length", &m->head_dim);
	get_number(from, m->arch, "expert_count", &m->n_expert);
	m->n_expert_used = m->n_expert;
	get_number(from, m->arch, "expert_used_count", &m->n_expert_used);
	/* Others that have the key see everything all the same. */
	if (!strcmp(m->arch, "gemma3") &&
	    get_number(from, m->arch, "attention.sliding_window", &m->window)) {
		get_number(from, m->arch, "attention.sliding_window_pattern", &period);
		m->n_windowed = m->n_layer - (period ? m->n_layer / period : 0);
	}
	return EXIT_DONE;
}

int plan_model_file(struct plan_model *model, const char *path)
{
	struct mutsu_model_info info;
	struct mutsu_model *from;
	bool tied = true;
	size_t n;
	int ret;

	ret = engine_open_model(&from, path, true, false);
	if (ret)
		return ret;
	*model = (struct plan_model){ 0 };
	mutsu_model_info(from, &info);
	snprintf(model->name, sizeof(model->name), "%s", info.name);
	snprintf(model->arch, sizeof(model->arch), "%s", info.arch);
	model->n_vocab = info.n_vocab;
	ret = read_shape(model, from);
	if (ret)
		goto out_close;
	n = mutsu_model_n_tensors(from);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < n; i++) {
			struct mutsu_tensor_info t;
			uint64_t rows = 1;

			mutsu_model_tensor(from, i, &t);
			if (!pass) {
				tied &= !!strcmp(t.name, "output.weight");
				continue;
			}
			for (uint32_t d = 1; d < t.n_dims; d++)
				rows *= t.ne[d];
			add_tensor(model, t.name, t.ne[0] * rows, rows, t.size, tied);
		}
	}
out_close:
	mutsu_model_close(from);
	return ret;
}

/*
 * KV cache and work memory
 */

uint64_t plan_model_kv(const struct plan_model *model, uint64_t n, unsigned int element)
{
	return 2ull * model->n_layer * model->n_head_kv * model->head_dim * element * n;
}

uint64_t plan_model_kv_read(const struct plan_model *model, uint64_t n, unsigned int element)
{
	uint64_t layer = 2ull * model->n_head_kv * model->head_dim * element;
	uint64_t seen = model->window && model->window < n ? model->window : n;

	return layer * ((model->n_layer - model->n_windowed) * n + model->n_windowed * seen);
}

uint64_t plan_model_work(const struct plan_model *model, uint64_t n_ctx, unsigned int n_batch,
			 unsigned int n_threads)
{
	uint64_t n_used = model->n_expert ? model->n_expert_used : 1;
	uint64_t group = model->n_head / (model->n_head_kv ? model->n_head_kv : 1);
	/* The hidden state, its norm and two results; q, k, v; gate, up and what comes of it. */
	uint64_t row = 4ull * model->n_embd + 3 * n_used * model->n_ff +
		       (model->n_head + 2ull * model->n_head_kv) * model->head_dim;

	return sizeof(float) * (n_batch * row + model->n_vocab + n_threads * group * n_ctx);
}
