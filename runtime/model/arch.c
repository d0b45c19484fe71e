// SPDX-License-Identifier: MIT
/* The known architectures, and the numbers that all of them have. */
#include "arch.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct mutsu_arch *const archs[] = {
	&mutsu_arch_llama,
	&mutsu_arch_qwen2,
	&mutsu_arch_qwen3,
	&mutsu_arch_phi3,
	&mutsu_arch_gemma3,
};

#define N_ARCHS (sizeof(archs) / sizeof(archs[0]))

int mutsu_arch_find(const struct mutsu_arch **out, const struct mutsu_gguf *gguf,
		    struct mutsu_error *err)
{
	struct gguf_string name;
	char known[128] = "", text[64];
	int ret;

	ret = mutsu_gguf_get_string(gguf, "general.architecture", &name, err);
	if (ret == -ENOENT)
		return mutsu_fail(err, -EINVAL,
				  "%s: no general.architecture in its metadata: not a model file",
				  mutsu_gguf_name(gguf));
	if (ret)
		return ret;

	for (size_t i = 0; i < N_ARCHS; i++) {
		size_t len = strlen(known);

		if (strlen(archs[i]->name) == name.len &&
		    !memcmp(archs[i]->name, name.data, name.len)) {
			*out = archs[i];
			return 0;
		}
		snprintf(known + len, sizeof(known) - len, "%s%s", i ? ", " : "", archs[i]->name);
	}
	mutsu_gguf_print(mutsu_gguf_find(gguf, "general.architecture"), text, sizeof(text));
	return mutsu_fail(err, -ENOTSUP, "%s: architecture \"%s\" is not known; known are %s",
			  mutsu_gguf_name(gguf), text, known);
}

int mutsu_arch_u32(const struct mutsu_gguf *gguf, const char *arch, const char *key,
		   uint32_t *out, struct mutsu_error *err)
{
	char full[128];

	snprintf(full, sizeof(full), "%s.%s", arch, key);
	return mutsu_gguf_get_u32(gguf, full, out, err);
}

int mutsu_arch_f32(const struct mutsu_gguf *gguf, const char *arch, const char *key,
		   float *out, struct mutsu_error *err)
{
	char full[128];
	float value;
	int ret;

	snprintf(full, sizeof(full), "%s.%s", arch, key);
	ret = mutsu_gguf_get_f32(gguf, full, &value, err);
	if (ret)
		return ret;
	if (!isfinite(value) || value <= 0.0f)
		return mutsu_fail(err, -EINVAL, "%s: %s is %g, not a number above 0",
				  mutsu_gguf_name(gguf), full, (double)value);
	*out = value;
	return 0;
}

/* A number to read: where it goes, and what range makes sense. */
struct field {
	const char *key;
	uint32_t *out;
	bool required;
	uint32_t min, max;
};

static int read_counts(const struct field *fields, size_t n, const char *arch,
		       const struct mutsu_gguf *gguf, struct mutsu_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct field *f = &fields[i];
		int ret = mutsu_arch_u32(gguf, arch, f->key, f->out, err);

		if (ret == -ENOENT) {
			if (!f->required)
				continue;
			return mutsu_fail(err, -EINVAL, "%s: metadata key %s.%s is missing",
					  mutsu_gguf_name(gguf), arch, f->key);
		}
		if (ret)
			return ret;
		if (*f->out < f->min || *f->out > f->max)
			return mutsu_fail(err, -EINVAL, "%s: %s.%s is %u, not between %u and %u",
					  mutsu_gguf_name(gguf), arch, f->key, *f->out, f->min,
					  f->max);
	}
	return 0;
}

static int read_number(float *out, bool required, const char *key, const char *arch,
		       const struct mutsu_gguf *gguf, struct mutsu_error *err)
{
	int ret = mutsu_arch_f32(gguf, arch, key, out, err);

	if (ret == -ENOENT && !required)
		return 0;
	if (ret == -ENOENT)
		return mutsu_fail(err, -EINVAL, "%s: metadata key %s.%s is missing",
				  mutsu_gguf_name(gguf), arch, key);
	return ret;
}

static bool is(const struct gguf_string *s, const char *word)
{
	return s->len == strlen(word) && !memcmp(s->data, word, s->len);
}

/* Positions are divided by it.  0 is what writers write who have none to tell. */
static int read_factor(struct mutsu_hparams *hp, const char *name, const char *arch,
		       const struct mutsu_gguf *gguf, struct mutsu_error *err)
{
	float factor = 0.0f;
	char key[96];
	int ret;

	snprintf(key, sizeof(key), "%s.%s", arch, name);
	ret = mutsu_gguf_get_f32(gguf, key, &factor, err);
	if (ret || factor == 0.0f)
		return ret;
	hp->rope_scale = 1.0f / factor;
	if (!isfinite(factor) || factor < 0.0f || !isnormal(hp->rope_scale))
		return mutsu_fail(err, -EINVAL, "%s: %s is %g, not a number above 0",
				  mutsu_gguf_name(gguf), key, (double)factor);
	return 0;
}

/* A factor without a type is a linear one. */
static int read_rope_scaling(struct mutsu_hparams *hp, const char *arch,
			     const struct mutsu_gguf *gguf, struct mutsu_error *err)
{
	struct gguf_string type = { "linear", 6 };
	char key[96], text[48];
	int ret;

	snprintf(key, sizeof(key), "%s.rope.scaling.type", arch);
	ret = mutsu_gguf_get_string(gguf, key, &type, err);
	if (ret && ret != -ENOENT)
		return ret;
	if (is(&type, "none"))
		return 0;
	if (!is(&type, "linear") && !is(&type, "longrope")) {
		mutsu_gguf_print(mutsu_gguf_find(gguf, key), text, sizeof(text));
		return mutsu_fail(err, -ENOTSUP,
				  "%s: rope scaling \"%s\" is not supported; none, linear and longrope are",
				  mutsu_gguf_name(gguf), text);
	}
	ret = read_factor(hp, "rope.scaling.factor", arch, gguf, err);
	if (ret == -ENOENT)
		ret = read_factor(hp, "rope.scale_linear", arch, gguf, err);
	return ret == -ENOENT ? 0 : ret;
}

/* Passed over, it would change every result. */
static int refuse_encoder(const char *arch, const struct mutsu_gguf *gguf,
			  struct mutsu_error *err)
{
	bool causal = true;
	char key[96];
	int ret;

	snprintf(key, sizeof(key), "%s.attention.causal", arch);
	ret = mutsu_gguf_get_bool(gguf, key, &causal, err);
	if (ret && ret != -ENOENT)
		return ret;
	if (!causal)
		return mutsu_fail(err, -ENOTSUP,
				  "%s: %s is false: the model embeds text, it does not generate any",
				  mutsu_gguf_name(gguf), key);
	return 0;
}

/* What must hold between numbers, whatever each of them is. */
static int check(const struct mutsu_hparams *hp, const char *arch,
		 const struct mutsu_gguf *gguf, struct mutsu_error *err)
{
	const char *file = mutsu_gguf_name(gguf);

	if (hp->n_head % hp->n_head_kv)
		return mutsu_fail(err, -EINVAL,
				  "%s: %s.attention.head_count %u is not a multiple of head_count_kv %u",
				  file, arch, hp->n_head, hp->n_head_kv);
	if (hp->n_rot % 2 || hp->n_rot > hp->head_dim)
		return mutsu_fail(err, -EINVAL,
				  "%s: %s.rope.dimension_count %u is odd or more than a head's %u elements",
				  file, arch, hp->n_rot, hp->head_dim);
	if (hp->n_expert && (!hp->n_expert_used || hp->n_expert_used > hp->n_expert))
		return mutsu_fail(err, -EINVAL,
				  "%s: %s.expert_used_count %u is not between 1 and expert_count %u",
				  file, arch, hp->n_expert_used, hp->n_expert);
	return 0;
}

int mutsu_hparams_read(struct mutsu_hparams *hp, const struct mutsu_arch *arch,
		       const struct mutsu_gguf *gguf, struct mutsu_error *err)
{
	uint32_t value_dim = 0;
	/* Bounds keep every product below 2^53; no model is near them. */
	const struct field sizes[] = {
		{ "context_length", &hp->n_ctx_train, true, 1, 1u << 28 },
		{ "embedding_length", &hp->n_embd, true, 1, 1u << 20 },
		{ "block_count", &hp->n_layer, true, 1, 4096 },
		{ "feed_forward_length", &hp->n_ff, true, 1, 1u << 22 },
		{ "attention.head_count", &hp->n_head, true, 1, 4096 },
	};
	const struct field details[] = {
		{ "attention.head_count_kv", &hp->n_head_kv, false, 1, 4096 },
		{ "attention.key_length", &hp->head_dim, false, 2, 1u << 14 },
		{ "expert_count", &hp->n_expert, false, 0, 4096 },
		{ "expert_used_count", &hp->n_expert_used, false, 0, 4096 },
	};
	const struct field rest[] = {
		{ "attention.value_length", &value_dim, false, 1, 1u << 14 },
		{ "rope.dimension_count", &hp->n_rot, false, 2, 1u << 14 },
		{ "rope.scaling.original_context_length", &hp->rope_ctx_orig, false, 1, 1u << 28 },
	};
	int ret;

	memset(hp, 0, sizeof(*hp));
	ret = read_counts(sizes, sizeof(sizes) / sizeof(sizes[0]), arch->name, gguf, err);
	if (ret)
		return ret;

	hp->n_head_kv = hp->n_head;
	ret = read_counts(details, sizeof(details) / sizeof(details[0]), arch->name, gguf, err);
	if (ret)
		return ret;
	if (!hp->head_dim && hp->n_embd % hp->n_head)
		return mutsu_fail(err, -EINVAL,
				  "%s: %s.embedding_length %u is not a multiple of head_count %u, "
				  "and attention.key_length is missing",
				  mutsu_gguf_name(gguf), arch->name, hp->n_embd, hp->n_head);
	if (!hp->head_dim)
		hp->head_dim = hp->n_embd / hp->n_head;

	value_dim = hp->head_dim;
	hp->n_rot = hp->head_dim;
	hp->rope_ctx_orig = hp->n_ctx_train;
	ret = read_counts(rest, sizeof(rest) / sizeof(rest[0]), arch->name, gguf, err);
	if (ret)
		return ret;
	if (value_dim != hp->head_dim)
		return mutsu_fail(err, -ENOTSUP,
				  "%s: value heads of %u elements beside key heads of %u are not supported",
				  mutsu_gguf_name(gguf), value_dim, hp->head_dim);

	hp->rope_base = 10000.0f;
	hp->rope_scale = 1.0f;
	hp->rope_mscale = 1.0f;
	hp->embed_scale = 1.0f;
	hp->attn_scale = 1.0f / sqrtf((float)hp->head_dim);
	ret = read_number(&hp->norm_eps, true, "attention.layer_norm_rms_epsilon", arch->name,
			  gguf, err);
	if (!ret)
		ret = read_number(&hp->rope_base, false, "rope.freq_base", arch->name, gguf, err);
	if (!ret)
		ret = read_rope_scaling(hp, arch->name, gguf, err);
	if (!ret)
		ret = refuse_encoder(arch->name, gguf, err);
	if (!ret)
		ret = check(hp, arch->name, gguf, err);
	if (!ret && arch->tune)
		ret = arch->tune(hp, gguf, err);
	return ret;
}
