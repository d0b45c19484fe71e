// SPDX-License-Identifier: MIT
/*
 * Opening models: what a file of each architecture may lack and may not, and
 * that each refusal names the file, the key or tensor, and what is expected.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/include/mutsu/mutsu.h"
#include "tests/lib/gguf_vocab.h"
#include "tests/lib/tiny_model.h"

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))
#define IQ2_XXS		((enum mutsu_type)16)	/* known by name only */

/* Every tensor that the library knows is in one of these. */
static const struct tiny_opts models[] = {
	{ .arch = "llama", .biases = true, .rope_freqs = true },
	{ .arch = "llama", .experts = true },
	{ .arch = "qwen2", .tied = true },
	{ .arch = "qwen3" },
	{ .arch = "phi3", .biases = true, .rope_factors = true },
	{ .arch = "gemma3", .tied = true, .window = 8, .n_layer = 1 },
};

static struct tiny_model *tiny_of(int i, enum mutsu_type type)
{
	struct tiny_opts opts = models[i];

	opts.type = type;
	return tiny_new(&opts);
}

static void check_text(const struct mutsu_error *err, const char *const *parts)
{
	ck_assert_ptr_null(strchr(err->text, '\n'));
	for (; *parts; parts++)
		ck_assert_msg(strstr(err->text, *parts) != NULL, "no \"%s\" in \"%s\"", *parts,
			      err->text);
}

#define check_says(err, ...) check_text(err, (const char *const[]){ __VA_ARGS__, NULL })

/* Closes the file that the path is of, so that thousands can be tried. */
static void forget(const char *path)
{
	close(atoi(strrchr(path, '/') + 1));
}

static void expect(struct gw *w, int code, const char *what, const char *const *parts)
{
	struct mutsu_model *model = (void *)&code;
	struct mutsu_error err = { "" };
	const char *path = tiny_path(w);
	int ret = mutsu_model_open(&model, path, NULL, &err);

	ck_assert_msg(ret == code, "%s: %d, not %d: \"%s\"", what, ret, code, err.text);
	if (code) {
		ck_assert_ptr_eq(model, &code);
		ck_assert_ptr_eq(strstr(err.text, path), err.text);
		check_text(&err, parts);
		ck_assert_int_eq(mutsu_model_open(&model, path, NULL, NULL), code);
		ck_assert_ptr_eq(model, &code);
	} else {
		mutsu_model_close(model);
	}
	forget(path);
}

#define check_refused(w, code, what, ...) \
	expect(w, code, what, (const char *const[]){ __VA_ARGS__, NULL })
#define check_opens(w, what) expect(w, 0, what, NULL)

static struct mutsu_model *open_file(struct gw *w, const struct mutsu_model_opts *opts)
{
	struct mutsu_error err = { "" };
	struct mutsu_model *model;
	const char *path = tiny_path(w);

	ck_assert_msg(!mutsu_model_open(&model, path, opts, &err), "%s", err.text);
	forget(path);
	return model;
}

/*
 * Tensors
 */

static bool optional(const struct tiny_model *m, const char *name)
{
	return !strcmp(name, "output.weight") || !strcmp(name, "rope_freqs.weight") ||
	       (strstr(name, ".bias") && strcmp(m->opts.arch, "qwen2"));
}

START_TEST(tensor_missing)
{
	struct tiny_model *m = tiny_of(_i, MUTSU_F32);

	for (size_t i = 0; i < m->n_tensors; i++) {
		const char *name = m->tensor[i].name;

		if (optional(m, name))
			check_opens(tiny_begin(m, name), name);
		else
			check_refused(tiny_begin(m, name), -EINVAL, name, name, "is missing",
				      m->opts.arch);
	}
	tiny_free(m);
}
END_TEST

static struct gw *with_shape(const struct tiny_model *m, const struct tiny_tensor *t,
			     uint32_t n_dims, const uint64_t *ne)
{
	struct gw *w = tiny_begin(m, t->name);

	gw_tensor(w, t->name, MUTSU_F32, n_dims, ne, NULL);
	return w;
}

/* Each dimension one more and one less, one dimension more, and turned around. */
START_TEST(tensor_shape)
{
	struct tiny_model *m = tiny_of(_i, MUTSU_F32);

	for (size_t i = 0; i < m->n_tensors; i++) {
		const struct tiny_tensor *t = &m->tensor[i];
		uint64_t ne[4] = { t->ne[1], t->ne[0], t->ne[2], 1 };
		bool vocab = t->ne[1] == m->dims.n_vocab;
		uint32_t n_dims;
		char want[64];

		snprintf(want, sizeof(want), "must be %d x %d x %d", (int)t->ne[0], (int)t->ne[1],
			 (int)t->ne[2]);
		if (t->ne[0] != t->ne[1])
			check_refused(with_shape(m, t, t->n_dims > 2 ? 3 : 2, ne), -EINVAL, t->name,
				      t->name, vocab ? "the vocabulary has 261 tokens" : want);
		for (uint32_t j = 0; j < 2 * (t->n_dims + 1); j++) {
			memcpy(ne, t->ne, sizeof(t->ne));
			ne[3] = 1;
			ne[j / 2] += j % 2 ? 1 : (uint64_t)-1;
			if (!ne[j / 2])
				continue;
			n_dims = t->n_dims > j / 2 ? t->n_dims : j / 2 + 1;
			check_refused(with_shape(m, t, n_dims, ne), -EINVAL, t->name, t->name,
				      vocab && j / 2 == 1 ? "the vocabulary has 261 tokens" : want);
		}
	}
	tiny_free(m);
}
END_TEST

/* Four dimensions, the last of them superfluous. */
START_TEST(tensor_dimensions)
{
	struct tiny_model *m = tiny_of(0, MUTSU_F32);
	const struct tiny_tensor *t = tiny_tensor(m, "blk.1.attn_k.weight");
	uint64_t ne[4] = { t->ne[0], t->ne[1], 1, 2 };

	check_refused(with_shape(m, t, 4, ne), -EINVAL, t->name, t->name, "must be 64 x 32 x 1");
	ne[3] = 1;
	check_opens(with_shape(m, t, 4, ne), t->name);
	tiny_free(m);
}
END_TEST

/* Vectors are read as they are; matrices need a kernel. */
START_TEST(tensor_type)
{
	struct tiny_model *m = tiny_of(_i, MUTSU_Q4_K);

	for (size_t i = 0; i < m->n_tensors; i++) {
		const struct tiny_tensor *t = &m->tensor[i];
		struct gw *w = tiny_begin(m, t->name);

		gw_tensor(w, t->name, t->n_dims > 1 ? IQ2_XXS : MUTSU_F16, t->n_dims, t->ne, NULL);
		if (t->n_dims > 1)
			check_refused(w, -ENOTSUP, t->name, t->name, "IQ2_XXS", "Q4_K_M, Q8_0 or F16");
		else
			check_refused(w, -ENOTSUP, t->name, t->name, "has type F16", "must be F32");
	}
	tiny_free(m);
}
END_TEST

/* Types may differ from tensor to tensor. */
START_TEST(tensor_types_mixed)
{
	static const enum mutsu_type types[] = {
		MUTSU_F32, MUTSU_F16, MUTSU_BF16, MUTSU_Q4_0, MUTSU_Q4_1, MUTSU_Q5_0, MUTSU_Q5_1,
		MUTSU_Q8_0, MUTSU_Q2_K, MUTSU_Q3_K, MUTSU_Q4_K, MUTSU_Q5_K, MUTSU_Q6_K,
		MUTSU_IQ4_NL, MUTSU_IQ4_XS,
	};
	struct tiny_model *m = tiny_of(_i, MUTSU_Q4_K);

	for (size_t i = 0; i < m->n_tensors; i++) {
		const struct tiny_tensor *t = &m->tensor[i];
		struct gw *w = tiny_begin(m, t->name);

		gw_tensor(w, t->name, t->n_dims > 1 ? types[i % COUNT(types)] : MUTSU_F32,
			  t->n_dims, t->ne, NULL);
		check_opens(w, t->name);
	}
	tiny_free(m);
}
END_TEST

/* One set of factors without the other: the file was cut, or not made for this. */
START_TEST(factors_of_one_kind)
{
	static const char *const names[] = { "rope_factors_long.weight", "rope_factors_short.weight" };
	struct tiny_model *m = tiny_of(4, MUTSU_F32);

	for (int i = 0; i < 2; i++)
		check_refused(tiny_begin(m, names[i]), -EINVAL, names[i], names[i], "is missing");
	tiny_free(m);
}
END_TEST

/*
 * Metadata
 */

static const char *full_key(const struct tiny_model *m, const char *key)
{
	static char full[96];

	snprintf(full, sizeof(full), "%s.%s", m->opts.arch, key);
	return full;
}

START_TEST(key_missing)
{
	static const char *const keys[] = {
		"context_length", "embedding_length", "block_count", "feed_forward_length",
		"attention.head_count", "attention.layer_norm_rms_epsilon",
	};
	struct tiny_model *m = tiny_of(_i, MUTSU_F32);

	for (int i = 0; i < COUNT(keys); i++) {
		const char *key = full_key(m, keys[i]);

		check_refused(tiny_begin(m, key), -EINVAL, key, key, "is missing");
	}
	check_refused(tiny_begin(m, "general.architecture"), -EINVAL, "architecture",
		      "no general.architecture", "not a model file");
	tiny_free(m);
}
END_TEST

/* A string where a number belongs, and the reverse. */
START_TEST(key_type)
{
	static const char *const keys[] = {
		"context_length", "embedding_length", "block_count", "feed_forward_length",
		"attention.head_count", "attention.head_count_kv", "attention.key_length",
		"attention.value_length", "attention.layer_norm_rms_epsilon", "expert_count",
		"expert_used_count", "rope.dimension_count", "rope.freq_base", "rope.scaling.type",
		"rope.scale_linear",
	};
	struct tiny_model *m = tiny_of(_i, MUTSU_F32);

	for (int i = 0; i < COUNT(keys); i++) {
		const char *key = full_key(m, keys[i]);
		struct gw *w = tiny_begin(m, key);
		bool string = !strcmp(keys[i], "rope.scaling.type");

		if (string)
			gw_bool(w, key, true);
		else
			gw_string(w, key, "many");
		check_refused(w, -EINVAL, key, key, string ? "bool" : "string", "expected");
	}
	tiny_free(m);
}
END_TEST

#define LLAMA	0
#define MIXTRAL	1
#define QWEN2	2
#define PHI3	4
#define GEMMA3	5

/* A key with another value than it has. */
static const struct {
	int model;
	const char *key;
	uint32_t u32;
	float f32;		/* if not 0 */
	const char *string;	/* if not NULL */
	int code;
	const char *says;
} values[] = {
	{ LLAMA, "context_length", 0, 0, NULL, -EINVAL, "is 0, not between 1 and" },
	{ LLAMA, "context_length", UINT32_MAX, 0, NULL, -EINVAL, "is 4294967295, not between 1" },
	{ LLAMA, "embedding_length", 0, 0, NULL, -EINVAL, "is 0, not between 1 and" },
	{ LLAMA, "embedding_length", 1 << 21, 0, NULL, -EINVAL, "is 2097152, not between 1" },
	{ LLAMA, "embedding_length", 66, 0, NULL, -EINVAL, "66 is not a multiple of head_count 4" },
	{ LLAMA, "block_count", 0, 0, NULL, -EINVAL, "is 0, not between 1 and 4096" },
	{ LLAMA, "block_count", 4097, 0, NULL, -EINVAL, "is 4097, not between 1 and 4096" },
	{ LLAMA, "block_count", UINT32_MAX, 0, NULL, -EINVAL, "not between 1 and 4096" },
	{ LLAMA, "feed_forward_length", 0, 0, NULL, -EINVAL, "is 0, not between 1 and" },
	{ LLAMA, "feed_forward_length", 1 << 30, 0, NULL, -EINVAL, "not between 1 and" },
	{ LLAMA, "attention.head_count", 0, 0, NULL, -EINVAL, "is 0, not between 1 and" },
	{ LLAMA, "attention.head_count", 5, 0, NULL, -EINVAL, "head_count 5" },
	{ LLAMA, "attention.head_count", 128, 0, NULL, -EINVAL, "head_count 128" },
	{ LLAMA, "attention.head_count_kv", 0, 0, NULL, -EINVAL, "is 0, not between 1 and" },
	{ LLAMA, "attention.head_count_kv", 3, 0, NULL, -EINVAL,
	  "head_count 4 is not a multiple of head_count_kv 3" },
	{ LLAMA, "attention.head_count_kv", 8, 0, NULL, -EINVAL, "not a multiple" },
	{ LLAMA, "attention.key_length", 1, 0, NULL, -EINVAL, "is 1, not between 2 and" },
	{ LLAMA, "attention.key_length", 1 << 15, 0, NULL, -EINVAL, "not between 2 and" },
	{ LLAMA, "attention.value_length", 8, 0, NULL, -ENOTSUP,
	  "value heads of 8 elements beside key heads of 16" },
	{ LLAMA, "rope.dimension_count", 15, 0, NULL, -EINVAL, "15 is odd" },
	{ LLAMA, "rope.dimension_count", 18, 0, NULL, -EINVAL, "18 is odd or more than" },
	{ LLAMA, "rope.dimension_count", 0, 0, NULL, -EINVAL, "is 0, not between 2" },
	{ LLAMA, "rope.freq_base", 0, NAN, NULL, -EINVAL, "not a number above 0" },
	{ LLAMA, "rope.freq_base", 0, -1.0f, NULL, -EINVAL, "is -1, not a number above 0" },
	{ LLAMA, "rope.scale_linear", 0, INFINITY, NULL, -EINVAL, "is inf, not a number" },
	{ LLAMA, "rope.scaling.type", 0, 0, "yarn", -ENOTSUP,
	  "\"yarn\" is not supported; none, linear and longrope are" },
	{ LLAMA, "rope.scaling.type", 0, 0, "", -ENOTSUP, "\"\" is not supported" },
	{ LLAMA, "attention.layer_norm_rms_epsilon", 0, NAN, NULL, -EINVAL, "nan, not a number" },
	{ LLAMA, "attention.layer_norm_rms_epsilon", 0, -1e-5f, NULL, -EINVAL, "is -1e-05" },
	{ LLAMA, "attention.layer_norm_rms_epsilon", 0, INFINITY, NULL, -EINVAL, "is inf" },
	{ MIXTRAL, "expert_used_count", 0, 0, NULL, -EINVAL, "0 is not between 1 and" },
	{ MIXTRAL, "expert_used_count", 5, 0, NULL, -EINVAL, "5 is not between 1 and expert_count 4" },
	{ MIXTRAL, "expert_count", 5000, 0, NULL, -EINVAL, "not between 0 and 4096" },
	{ MIXTRAL, "expert_count", 5, 0, NULL, -EINVAL, "must be 64 x 5 x 1" },
	{ MIXTRAL, "expert_count", 0, 0, NULL, -EINVAL, "ffn_gate.weight is missing" },
	{ PHI3, "rope.scaling.attn_factor", 0, NAN, NULL, -EINVAL, "not a number above 0" },
	{ PHI3, "rope.scaling.attn_factor", 0, -2.0f, NULL, -EINVAL, "not a number above 0" },
	{ PHI3, "rope.scaling.original_context_length", 0, 0, "x", -EINVAL, "expected" },
	{ PHI3, "rope.scaling.original_context_length", 0, 0, NULL, -EINVAL, "is 0, not between 1" },
	{ GEMMA3, "rope.freq_base_swa", 0, NAN, NULL, -EINVAL, "not a number above 0" },
	{ GEMMA3, "rope.freq_base_swa", 0, -1.0f, NULL, -EINVAL, "not a number above 0" },
	{ GEMMA3, "attention.sliding_window", 0, 0, "x", -EINVAL, "expected" },
	{ GEMMA3, "rope.freq_base_swa", 0, 1e4f, NULL, 0, NULL },
	{ GEMMA3, "attention.sliding_window", 0, 0, NULL, 0, NULL },
	{ GEMMA3, "attention.sliding_window", UINT32_MAX, 0, NULL, 0, NULL },
	{ LLAMA, "attention.value_length", 16, 0, NULL, 0, NULL },
	{ LLAMA, "rope.scaling.type", 0, 0, "none", 0, NULL },
	{ LLAMA, "rope.scaling.type", 0, 0, "linear", 0, NULL },
	{ LLAMA, "rope.dimension_count", 8, 0, NULL, -EINVAL, "rope_freqs.weight is 8 x 1 x 1, must be 4" },
};

static void put_value(struct gw *w, const char *key, int i)
{
	if (values[i].string)
		gw_string(w, key, values[i].string);
	else if (values[i].f32 != 0.0f)
		gw_f32(w, key, values[i].f32);
	else
		gw_u32(w, key, values[i].u32);
}

START_TEST(key_value)
{
	struct tiny_model *m = tiny_of(values[_i].model, MUTSU_F32);
	const char *key = full_key(m, values[_i].key);
	struct gw *w = tiny_begin(m, key);

	put_value(w, key, _i);
	if (!values[_i].code)
		check_opens(w, key);
	else
		check_refused(w, values[_i].code, key, values[_i].says);
	tiny_free(m);
}
END_TEST

/* Keys that are their own of some architectures. */
START_TEST(experts_elsewhere)
{
	struct tiny_model *m = tiny_of(QWEN2, MUTSU_F32);
	struct gw *w = tiny_begin(m, NULL);

	gw_u32(w, "qwen2.expert_count", 4);
	gw_u32(w, "qwen2.expert_used_count", 2);
	check_refused(w, -ENOTSUP, "experts", "experts in architecture qwen2 are not supported");
	tiny_free(m);
}
END_TEST

START_TEST(architecture)
{
	static const char *const names[] = { "mamba", "llam", "llama4", "Llama", "" };
	struct tiny_model *m = tiny_of(LLAMA, MUTSU_F32);
	char long_name[1000];
	struct gw *w;

	for (int i = 0; i < COUNT(names); i++) {
		char quoted[32];

		snprintf(quoted, sizeof(quoted), "\"%s\"", names[i]);
		w = tiny_begin(m, "general.architecture");
		gw_string(w, "general.architecture", names[i]);
		check_refused(w, -ENOTSUP, names[i], quoted, "not known",
			      "known are llama, qwen2, qwen3, phi3, gemma3");
	}
	memset(long_name, 'x', sizeof(long_name));
	w = tiny_begin(m, "general.architecture");
	gw_string_n(w, "general.architecture", long_name, sizeof(long_name));
	check_refused(w, -ENOTSUP, "long", "known are llama, qwen2, qwen3, phi3, gemma3");

	w = tiny_begin(m, "general.architecture");
	gw_u32(w, "general.architecture", 1);
	check_refused(w, -EINVAL, "number", "general.architecture", "expected string");
	tiny_free(m);
}
END_TEST

/*
 * What a model says of itself
 */

START_TEST(info)
{
	struct tiny_model *m = tiny_of(_i, MUTSU_Q8_0);
	struct mutsu_model *model = open_file(tiny_begin(m, NULL), NULL);
	struct mutsu_model_info got;
	uint64_t n_params = 0;

	for (size_t i = 0; i < m->n_tensors; i++)
		n_params += m->tensor[i].ne[0] * m->tensor[i].ne[1] * m->tensor[i].ne[2];
	mutsu_model_info(model, &got);
	ck_assert_str_eq(got.arch, m->opts.arch);
	ck_assert_str_eq(got.type, "Q8_0");
	ck_assert_uint_eq(got.n_params, n_params);
	ck_assert_uint_gt(got.file_size, n_params);
	ck_assert_uint_eq(got.n_ctx_train, m->dims.n_ctx);
	ck_assert_uint_eq(got.n_vocab, m->dims.n_vocab);
	ck_assert_uint_eq(got.n_embd, m->dims.n_embd);
	ck_assert_uint_eq(got.n_layer, m->dims.n_layer);
	ck_assert_uint_eq(got.n_head, m->dims.n_head);
	ck_assert_uint_eq(got.n_head_kv, m->dims.n_head_kv);
	ck_assert_uint_eq(got.n_expert, m->dims.n_expert);
	ck_assert_uint_eq(got.n_expert_used, m->dims.n_expert_used);
	mutsu_model_close(model);
	tiny_free(m);
}
END_TEST

/* general.name where there is one, else the file's. */
START_TEST(name)
{
	struct tiny_model *m = tiny_of(LLAMA, MUTSU_F32);
	char *dir = suite_dir(), path[4096];
	struct mutsu_model_info got;
	struct mutsu_model *model;
	struct gw *w = tiny_begin(m, NULL);

	snprintf(path, sizeof(path), "%s/some-model.gguf", dir);
	gw_save(w, path);
	gw_free(w);
	ck_assert_int_eq(mutsu_model_open(&model, path, NULL, NULL), 0);
	unlink(path);
	mutsu_model_info(model, &got);
	ck_assert_str_eq(got.name, "some-model");
	mutsu_model_close(model);
	ck_assert_int_eq(mutsu_model_open(&model, path, NULL, NULL), -ENOENT);
	rmdir(dir);
	free(dir);

	w = tiny_begin(m, NULL);
	gw_string(w, "general.name", "Some Model");
	model = open_file(w, NULL);
	mutsu_model_info(model, &got);
	ck_assert_str_eq(got.name, "Some Model");
	mutsu_model_close(model);
	tiny_free(m);
}
END_TEST

START_TEST(meta)
{
	struct tiny_model *m = tiny_of(LLAMA, MUTSU_F32);
	struct mutsu_model *model = open_file(tiny_begin(m, NULL), NULL);
	size_t n = mutsu_model_n_meta(model);
	const char *key = "key", *type = "type";
	char value[64] = "value";

	ck_assert_int_eq(mutsu_model_meta(model, 0, &key, &type, value, sizeof(value)), 0);
	ck_assert_str_eq(key, "general.architecture");
	ck_assert_str_eq(type, "string");
	ck_assert_str_eq(value, "llama");
	ck_assert_int_eq(mutsu_model_meta(model, 0, &key, &type, value, 3), 0);
	ck_assert_str_eq(value, "ll");
	ck_assert_int_eq(mutsu_model_meta(model, 1, &key, &type, value, 0), 0);
	ck_assert_str_eq(key, "llama.context_length");
	ck_assert_str_eq(type, "uint32");
	ck_assert_str_eq(value, "ll");

	key = type = "kept";
	ck_assert_int_eq(mutsu_model_meta(model, n, &key, &type, value, sizeof(value)), -EINVAL);
	ck_assert_int_eq(mutsu_model_meta(model, SIZE_MAX, &key, &type, value, 9), -EINVAL);
	ck_assert_str_eq(key, "kept");
	ck_assert_str_eq(type, "kept");
	ck_assert_str_eq(value, "ll");
	mutsu_model_close(model);
	tiny_free(m);
}
END_TEST

START_TEST(tensors)
{
	struct tiny_model *m = tiny_of(_i, MUTSU_Q8_0);
	struct mutsu_model *model = open_file(tiny_begin(m, NULL), NULL);
	struct mutsu_tensor_info got;

	ck_assert_uint_eq(mutsu_model_n_tensors(model), m->n_tensors);
	for (size_t i = 0; i < m->n_tensors; i++) {
		const struct tiny_tensor *t = &m->tensor[i];
		uint64_t n = t->ne[0] * t->ne[1] * t->ne[2];

		ck_assert_int_eq(mutsu_model_tensor(model, i, &got), 0);
		ck_assert_str_eq(got.name, t->name);
		ck_assert_str_eq(got.type, t->n_dims > 1 ? "Q8_0" : "F32");
		ck_assert_uint_eq(got.n_dims, t->n_dims);
		ck_assert_mem_eq(got.ne, t->ne, sizeof(t->ne));
		ck_assert_uint_eq(got.ne[3], 1);
		ck_assert_uint_eq(got.size, t->n_dims > 1 ? n / 32 * 34 : n * 4);
	}
	memset(&got, 0x55, sizeof(got));
	ck_assert_int_eq(mutsu_model_tensor(model, m->n_tensors, &got), -EINVAL);
	ck_assert_int_eq(mutsu_model_tensor(model, SIZE_MAX, &got), -EINVAL);
	ck_assert_uint_eq(got.n_dims, 0x55555555);
	mutsu_model_close(model);
	tiny_free(m);
}
END_TEST

START_TEST(default_model)
{
	struct mutsu_model_info got;
	struct mutsu_model *model;
	int32_t tokens[8];

	ck_assert_int_eq(mutsu_model_open(&model, NULL, NULL, NULL), 0);
	mutsu_model_info(model, &got);
	ck_assert_str_eq(got.arch, "llama");
	ck_assert_str_eq(got.type, "Q8_0");
	ck_assert_uint_gt(got.n_params, 1000000);
	ck_assert_int_gt(mutsu_tokenize(model, "Once", 4, 0, tokens, 8, NULL), 0);
	mutsu_model_close(model);
	mutsu_model_close(NULL);
}
END_TEST

/*
 * Options
 */

struct lines {
	unsigned int n;
	char last[512];
};

static void on_log(void *user, enum mutsu_log_level level, const char *text)
{
	struct lines *lines = user;

	ck_assert(level >= MUTSU_LOG_WARN && level <= MUTSU_LOG_DEBUG);
	ck_assert_ptr_null(strchr(text, '\n'));
	lines->n++;
	snprintf(lines->last, sizeof(lines->last), "%d %s", (int)level, text);
}

START_TEST(log_lines)
{
	struct lines lines = { 0 };
	struct mutsu_model_opts opts = { sizeof(opts), .log = on_log, .log_user = &lines };
	struct mutsu_session_opts session_opts = {
		.size = sizeof(session_opts), .n_threads = 1, .n_ctx = 1000,
	};
	struct tiny_model *m = tiny_of(LLAMA, MUTSU_F32);
	struct mutsu_model *model = open_file(tiny_begin(m, NULL), &opts);
	struct mutsu_session *session;
	unsigned int n;

	ck_assert_uint_eq(lines.n, 1);
	ck_assert_ptr_nonnull(strstr(lines.last, "llama"));
	/* A warning, the device, and what the session uses of the CPU. */
	ck_assert_int_eq(mutsu_session_open(&session, model, &session_opts, NULL), 0);
	ck_assert_uint_eq(lines.n, 4);
	ck_assert_ptr_nonnull(strstr(lines.last, "KV cache"));
	n = lines.n;
	mutsu_session_close(session);
	session_opts.n_ctx = 0;
	ck_assert_int_eq(mutsu_session_open(&session, model, &session_opts, NULL), 0);
	ck_assert_uint_eq(lines.n, n + 2);
	mutsu_model_close(model);
	mutsu_session_close(session);
	tiny_free(m);
}
END_TEST

START_TEST(options_size)
{
	struct {
		struct mutsu_model_opts known;
		uint64_t newer;
	} opts = { .known = { .size = sizeof(opts) } };
	struct mutsu_model *model = NULL;
	struct mutsu_error err;

	ck_assert_int_eq(mutsu_model_open(&model, NULL, &opts.known, &err), 0);
	mutsu_model_close(model);
	opts.newer = 1;
	ck_assert_int_eq(mutsu_model_open(&model, NULL, &opts.known, &err), -EINVAL);
	check_says(&err, "mutsu_model_opts", "update libmutsu");
	opts.known.size = 0;
	ck_assert_int_eq(mutsu_model_open(&model, NULL, &opts.known, &err), -EINVAL);
	check_says(&err, "mutsu_model_opts", "size is 0", "sizeof(struct mutsu_model_opts)");
	/* An older caller's, that ends after the size. */
	opts.known = (struct mutsu_model_opts){ .size = sizeof(size_t), .vocab_only = true };
	ck_assert_int_eq(mutsu_model_open(&model, NULL, &opts.known, &err), 0);
	mutsu_model_close(model);
}
END_TEST

static const struct mutsu_model_opts vocab_only = {
	.size = sizeof(vocab_only), .vocab_only = true,
};

static void check_no_session(struct mutsu_model *model)
{
	struct mutsu_session *session = NULL;
	struct mutsu_error err;

	ck_assert_int_eq(mutsu_session_open(&session, model, NULL, &err), -EINVAL);
	check_says(&err, "vocabulary only");
	ck_assert_ptr_null(session);
	mutsu_model_close(model);
}

/* Any architecture, any tensors: the tokenizer and the list are there. */
START_TEST(vocab_of_unknown)
{
	struct tiny_model *m = tiny_of(LLAMA, MUTSU_F32);
	struct gw *w = tiny_begin(m, "general.architecture");
	struct mutsu_model_info got;
	struct mutsu_model *model;
	int32_t tokens[8];

	gw_string(w, "general.architecture", "mamba");
	model = open_file(w, &vocab_only);
	mutsu_model_info(model, &got);
	ck_assert_str_eq(got.arch, "mamba");
	ck_assert_uint_eq(got.n_vocab, m->dims.n_vocab);
	ck_assert_uint_eq(got.n_layer, 0);
	ck_assert_uint_eq(mutsu_model_n_tensors(model), m->n_tensors);
	/* A space of three bytes, and the letter. */
	ck_assert_int_eq(mutsu_tokenize(model, "a", 1, 0, tokens, 8, NULL), 4);
	ck_assert_int_eq(tokens[3], GV_SPM_FIRST);
	ck_assert_int_eq(mutsu_token_bos(model), 1);
	check_no_session(model);

	/* Numbers that make no sense together are not given. */
	w = tiny_begin(m, "llama.attention.head_count_kv");
	gw_u32(w, "llama.attention.head_count_kv", 3);
	model = open_file(w, &vocab_only);
	mutsu_model_info(model, &got);
	ck_assert_uint_eq(got.n_embd, 0);
	ck_assert_uint_eq(got.n_vocab, m->dims.n_vocab);
	check_no_session(model);

	/* A whole model gets no session either. */
	model = open_file(tiny_begin(m, NULL), &vocab_only);
	mutsu_model_info(model, &got);
	ck_assert_uint_eq(got.n_embd, m->dims.n_embd);
	check_no_session(model);
	tiny_free(m);
}
END_TEST

START_TEST(no_vocab)
{
	struct gw *w = gw_begin(3);
	struct mutsu_model *model;
	struct mutsu_model_info got;
	struct mutsu_error err;
	int32_t token = -7;
	char text[4];

	gw_string(w, "general.name", "Bare");
	model = open_file(w, &vocab_only);
	mutsu_model_info(model, &got);
	ck_assert_str_eq(got.name, "Bare");
	ck_assert_str_eq(got.arch, "");
	ck_assert_str_eq(got.type, "");
	ck_assert_uint_eq(got.n_vocab, 0);
	ck_assert_int_eq(mutsu_tokenize(model, "a", 1, 0, &token, 1, &err), -ENOTSUP);
	check_says(&err, "tokenizer.ggml");
	ck_assert_int_eq(mutsu_tokenize(model, "a", 1, 0, &token, 1, NULL), -ENOTSUP);
	ck_assert_int_eq(token, -7);
	ck_assert_int_eq(mutsu_token_text(model, 0, true, text, sizeof(text)), -ENOTSUP);
	ck_assert(!mutsu_token_is_eog(model, 0));
	ck_assert_int_eq(mutsu_token_bos(model), -1);
	ck_assert_int_eq(mutsu_token_eos(model), -1);
	check_no_session(model);

	w = gw_begin(3);
	gw_string(w, "general.architecture", "llama");
	check_refused(w, -EINVAL, "no vocabulary", "tokenizer.ggml");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("model");
	TCase *tcase = tcase_create("model");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, tensor_missing, 0, COUNT(models));
	tcase_add_loop_test(tcase, tensor_shape, 0, COUNT(models));
	tcase_add_test(tcase, tensor_dimensions);
	tcase_add_loop_test(tcase, tensor_type, 0, COUNT(models));
	tcase_add_loop_test(tcase, tensor_types_mixed, 0, COUNT(models));
	tcase_add_test(tcase, factors_of_one_kind);
	tcase_add_loop_test(tcase, key_missing, 0, COUNT(models));
	tcase_add_loop_test(tcase, key_type, 0, COUNT(models));
	tcase_add_loop_test(tcase, key_value, 0, COUNT(values));
	tcase_add_test(tcase, experts_elsewhere);
	tcase_add_test(tcase, architecture);
	tcase_add_loop_test(tcase, info, 0, COUNT(models));
	tcase_add_test(tcase, name);
	tcase_add_test(tcase, meta);
	tcase_add_loop_test(tcase, tensors, 0, COUNT(models));
	tcase_add_test(tcase, default_model);
	tcase_add_test(tcase, log_lines);
	tcase_add_test(tcase, options_size);
	tcase_add_test(tcase, vocab_of_unknown);
	tcase_add_test(tcase, no_vocab);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
