// SPDX-License-Identifier: MIT
/*
 * Binds tensors of a file to the roles of an architecture, and checks their
 * shapes and types against the model's numbers, so that nothing later has to.
 */
#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sizes by name; resolved against the model's numbers by dim(). */
enum dim {
	D_1, D_EMBD, D_VOCAB, D_Q, D_KV, D_QKV, D_HEAD, D_FF, D_2FF, D_EXPERTS, D_PAIRS,
};

enum kind {
	VECTOR,			/* F32; used by the element */
	MATRIX,
	MATRICES,		/* one per expert */
};

struct shape {
	const char *name;
	enum kind kind;
	enum dim cols, rows;
};

static const struct shape roles[N_ROLES] = {
	[ROLE_ATTN_NORM] = { "attn_norm.weight", VECTOR, D_EMBD, D_1 },
	[ROLE_Q] = { "attn_q.weight", MATRIX, D_EMBD, D_Q },
	[ROLE_K] = { "attn_k.weight", MATRIX, D_EMBD, D_KV },
	[ROLE_V] = { "attn_v.weight", MATRIX, D_EMBD, D_KV },
	[ROLE_QKV] = { "attn_qkv.weight", MATRIX, D_EMBD, D_QKV },
	[ROLE_Q_BIAS] = { "attn_q.bias", VECTOR, D_Q, D_1 },
	[ROLE_K_BIAS] = { "attn_k.bias", VECTOR, D_KV, D_1 },
	[ROLE_V_BIAS] = { "attn_v.bias", VECTOR, D_KV, D_1 },
	[ROLE_QKV_BIAS] = { "attn_qkv.bias", VECTOR, D_QKV, D_1 },
	[ROLE_Q_NORM] = { "attn_q_norm.weight", VECTOR, D_HEAD, D_1 },
	[ROLE_K_NORM] = { "attn_k_norm.weight", VECTOR, D_HEAD, D_1 },
	[ROLE_ATTN_OUT] = { "attn_output.weight", MATRIX, D_Q, D_EMBD },
	[ROLE_ATTN_OUT_BIAS] = { "attn_output.bias", VECTOR, D_EMBD, D_1 },
	[ROLE_ATTN_POST_NORM] = { "post_attention_norm.weight", VECTOR, D_EMBD, D_1 },
	[ROLE_FFN_NORM] = { "ffn_norm.weight", VECTOR, D_EMBD, D_1 },
	[ROLE_GATE] = { "ffn_gate.weight", MATRIX, D_EMBD, D_FF },
	[ROLE_UP] = { "ffn_up.weight", MATRIX, D_EMBD, D_FF },
	[ROLE_GATE_UP] = { "ffn_up.weight", MATRIX, D_EMBD, D_2FF },
	[ROLE_DOWN] = { "ffn_down.weight", MATRIX, D_FF, D_EMBD },
	[ROLE_ROUTER] = { "ffn_gate_inp.weight", MATRIX, D_EMBD, D_EXPERTS },
	[ROLE_GATE_EXPS] = { "ffn_gate_exps.weight", MATRICES, D_EMBD, D_FF },
	[ROLE_UP_EXPS] = { "ffn_up_exps.weight", MATRICES, D_EMBD, D_FF },
	[ROLE_DOWN_EXPS] = { "ffn_down_exps.weight", MATRICES, D_FF, D_EMBD },
	[ROLE_FFN_POST_NORM] = { "post_ffw_norm.weight", VECTOR, D_EMBD, D_1 },
};

static uint64_t dim(const struct mutsu_hparams *hp, enum dim d)
{
	uint64_t q = (uint64_t)hp->n_head * hp->head_dim;
	uint64_t kv = (uint64_t)hp->n_head_kv * hp->head_dim;

	switch (d) {
	case D_1:
		return 1;
	case D_EMBD:
		return hp->n_embd;
	case D_VOCAB:
		return hp->n_vocab;
	case D_Q:
		return q;
	case D_KV:
		return kv;
	case D_QKV:
		return q + 2 * kv;
	case D_HEAD:
		return hp->head_dim;
	case D_FF:
		return hp->n_ff;
	case D_2FF:
		return 2 * (uint64_t)hp->n_ff;
	case D_EXPERTS:
		return hp->n_expert;
	case D_PAIRS:
		return hp->n_rot / 2;
	}
	return 0;
}

static int check_type(const struct mutsu_model *model, const struct shape *shape,
		      const struct gguf_tensor *tensor, struct mutsu_error *err)
{
	const struct mutsu_type_info *info = mutsu_type_info(tensor->type);

	if (shape->kind == VECTOR && tensor->type != MUTSU_F32)
		return mutsu_fail(err, -ENOTSUP, "%s: tensor %s has type %s, must be F32",
				  mutsu_gguf_name(model->gguf), tensor->name, info->name);
	if (!info->supported)
		return mutsu_fail(err, -ENOTSUP,
				  "%s: tensor %s has type %s, which has no kernel here; "
				  "requantise the model to Q4_K_M, Q8_0 or F16",
				  mutsu_gguf_name(model->gguf), tensor->name, info->name);
	return 0;
}

/* Finds a tensor and checks it.  -ENOENT, err untouched: not in the file. */
static int bind(struct mutsu_weight *out, const struct mutsu_model *model, const char *name,
		const struct shape *shape, struct mutsu_error *err)
{
	const struct mutsu_hparams *hp = &model->hp;
	const struct gguf_tensor *t = mutsu_gguf_find_tensor(model->gguf, name);
	uint64_t want[4] = {
		dim(hp, shape->cols), dim(hp, shape->rows),
		shape->kind == MATRICES ? hp->n_expert : 1, 1
	};
	int ret;

	if (!t)
		return -ENOENT;
	if (shape->rows == D_VOCAB && t->ne[1] != want[1])
		return mutsu_fail(err, -EINVAL,
				  "%s: tensor %s has %llu rows, but the vocabulary has %llu tokens",
				  mutsu_gguf_name(model->gguf), name,
				  (unsigned long long)t->ne[1], (unsigned long long)want[1]);
	if (memcmp(t->ne, want, sizeof(want)))
		return mutsu_fail(err, -EINVAL,
				  "%s: tensor %s is %llu x %llu x %llu, must be %llu x %llu x %llu "
				  "by the metadata", mutsu_gguf_name(model->gguf), name,
				  (unsigned long long)t->ne[0], (unsigned long long)t->ne[1],
				  (unsigned long long)t->ne[2], (unsigned long long)want[0],
				  (unsigned long long)want[1], (unsigned long long)want[2]);
	ret = check_type(model, shape, t, err);
	if (ret)
		return ret;

	out->data = t->data;
	out->type = t->type;
	out->cols = (uint32_t)want[0];
	out->rows = (uint32_t)want[1];
	out->n = (uint32_t)want[2];
	out->stride = mutsu_type_row_size(t->type, want[0]);
	return 0;
}

static int missing(const struct mutsu_model *model, const char *name, struct mutsu_error *err)
{
	return mutsu_fail(err, -EINVAL, "%s: tensor %s is missing: the file is not a whole %s model",
			  mutsu_gguf_name(model->gguf), name, model->arch->name);
}

static uint32_t required_roles(const struct mutsu_model *model)
{
	uint32_t required = model->arch->roles;

	return model->hp.n_expert ? (required & ~ROLES_FFN) | ROLES_EXPERTS : required;
}

static uint32_t layer_roles(const struct mutsu_model *model)
{
	return required_roles(model) | model->arch->optional;
}

static int bind_layer(struct mutsu_model *model, uint32_t il, struct mutsu_error *err)
{
	uint32_t required = required_roles(model);

	for (unsigned int role = 0; role < N_ROLES; role++) {
		char name[64];
		int ret;

		if (!(layer_roles(model) & 1u << role))
			continue;
		snprintf(name, sizeof(name), "blk.%u.%s", il, roles[role].name);
		ret = bind(&model->layer[il].role[role], model, name, &roles[role], err);
		if (ret == -ENOENT && required & 1u << role)
			return missing(model, name, err);
		if (ret && ret != -ENOENT)
			return ret;
	}
	return 0;
}

static const struct {
	struct shape shape;
	size_t offset;
	bool required;
} globals[] = {
#define GLOBAL(field) offsetof(struct mutsu_model, field)
	{ { "token_embd.weight", MATRIX, D_EMBD, D_VOCAB }, GLOBAL(token_embd), true },
	{ { "output_norm.weight", VECTOR, D_EMBD, D_1 }, GLOBAL(output_norm), true },
	{ { "output.weight", MATRIX, D_EMBD, D_VOCAB }, GLOBAL(output), false },
	{ { "rope_freqs.weight", VECTOR, D_PAIRS, D_1 }, GLOBAL(rope_freqs), false },
	{ { "rope_factors_long.weight", VECTOR, D_PAIRS, D_1 }, GLOBAL(rope_long), false },
	{ { "rope_factors_short.weight", VECTOR, D_PAIRS, D_1 }, GLOBAL(rope_short), false },
#undef GLOBAL
};

#define N_GLOBALS (sizeof(globals) / sizeof(globals[0]))

/* Whether binding has looked for a tensor of this name. */
static bool looked_for(const struct mutsu_model *model, const char *name)
{
	const char *digit = name + 4;
	uint32_t il = 0;

	for (size_t i = 0; i < N_GLOBALS; i++) {
		if (!strcmp(name, globals[i].shape.name))
			return true;
	}
	if (strncmp(name, "blk.", 4) || (digit[0] == '0' && digit[1] != '.'))
		return false;
	for (; *digit >= '0' && *digit <= '9' && il < model->hp.n_layer; digit++)
		il = il * 10 + (uint32_t)(*digit - '0');
	if (digit == name + 4 || *digit != '.' || il >= model->hp.n_layer)
		return false;
	for (unsigned int role = 0; role < N_ROLES; role++) {
		if (layer_roles(model) & 1u << role && !strcmp(digit + 1, roles[role].name))
			return true;
	}
	return false;
}

/* A bias that is passed over, say, would make every result wrong, and nobody would know. */
static int refuse_others(const struct mutsu_model *model, struct mutsu_error *err)
{
	for (size_t i = 0; i < mutsu_gguf_n_tensors(model->gguf); i++) {
		const char *name = mutsu_gguf_tensor(model->gguf, i)->name;

		if (!looked_for(model, name))
			return mutsu_fail(err, -ENOTSUP,
					  "%s: tensor %s has no place in a %s model of %u layers as it "
					  "is known here", mutsu_gguf_name(model->gguf), name,
					  model->arch->name, model->hp.n_layer);
	}
	return 0;
}

int mutsu_weights_bind(struct mutsu_model *model, struct mutsu_error *err)
{
	int ret;

	if (!mutsu_gguf_n_tensors(model->gguf))
		return mutsu_fail(err, -EINVAL,
				  "%s: has a vocabulary but no weights: it can tokenize, not run",
				  mutsu_gguf_name(model->gguf));
	if (model->hp.n_expert && !model->arch->experts)
		return mutsu_fail(err, -ENOTSUP, "%s: experts in architecture %s are not supported",
				  mutsu_gguf_name(model->gguf), model->arch->name);

	for (size_t i = 0; i < N_GLOBALS; i++) {
		const struct shape *shape = &globals[i].shape;
		struct mutsu_weight *out = (void *)((char *)model + globals[i].offset);

		ret = bind(out, model, shape->name, shape, err);
		if (ret == -ENOENT && globals[i].required)
			return missing(model, shape->name, err);
		if (ret && ret != -ENOENT)
			return ret;
	}
	if (!model->output.data)
		model->output = model->token_embd;
	if (!model->rope_long.data != !model->rope_short.data)
		return missing(model, model->rope_long.data ? "rope_factors_short.weight" :
			       "rope_factors_long.weight", err);

	model->layer = calloc(model->hp.n_layer, sizeof(*model->layer));
	if (!model->layer)
		return mutsu_fail(err, -ENOMEM, "%s: no memory for %u layers",
				  mutsu_gguf_name(model->gguf), model->hp.n_layer);
	for (uint32_t il = 0; il < model->hp.n_layer; il++) {
		ret = bind_layer(model, il, err);
		if (ret)
			return ret;
	}
	return refuse_others(model, err);
}
