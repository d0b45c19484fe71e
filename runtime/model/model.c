// SPDX-License-Identifier: MIT
/* Opens and closes models; the calls that describe one. */
#include "model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/default_model/default_model.h"
#include "runtime/error.h"
#include "runtime/opts.h"

static char *dup_string(struct gguf_string s)
{
	return strndup(s.data, s.len);
}

/* general.name, or the last part of the path without its ending. */
static char *make_name(const struct mutsu_gguf *gguf)
{
	const char *path = mutsu_gguf_name(gguf);
	const char *slash = strrchr(path, '/');
	struct gguf_string s;

	if (!mutsu_gguf_get_string(gguf, "general.name", &s, NULL) && s.len)
		return dup_string(s);
	s.data = slash ? slash + 1 : path;
	s.len = strlen(s.data);
	if (s.len > 5 && !strcmp(s.data + s.len - 5, ".gguf"))
		s.len -= 5;
	return dup_string(s);
}

static int load_names(struct mutsu_model *model, struct mutsu_error *err)
{
	struct gguf_string arch = { "", 0 };

	mutsu_gguf_get_string(model->gguf, "general.architecture", &arch, NULL);
	model->name = make_name(model->gguf);
	model->arch_name = dup_string(arch);
	if (!model->name || !model->arch_name)
		return mutsu_fail(err, -ENOMEM, "%s: no memory", mutsu_gguf_name(model->gguf));
	return 0;
}

/* Everything a session needs. */
static int load_weights(struct mutsu_model *model, struct mutsu_error *err)
{
	int ret;

	ret = mutsu_vocab_open(&model->vocab, model->gguf, err);
	if (ret)
		return ret;
	ret = mutsu_arch_find(&model->arch, model->gguf, err);
	if (ret)
		return ret;
	ret = mutsu_hparams_read(&model->hp, model->arch, model->gguf, err);
	if (ret)
		return ret;
	model->hp.n_vocab = mutsu_vocab_size(model->vocab);
	return mutsu_weights_bind(model, err);
}

/* As much as the file has; nothing that is missing is an error.  -ENOMEM. */
static int load_description(struct mutsu_model *model, struct mutsu_error *err)
{
	int ret = mutsu_vocab_open(&model->vocab, model->gguf, &model->no_vocab);

	if (ret == -ENOMEM)
		return mutsu_fail(err, ret, "%s", model->no_vocab.text);
	if (mutsu_arch_find(&model->arch, model->gguf, NULL) ||
	    mutsu_hparams_read(&model->hp, model->arch, model->gguf, NULL))
		memset(&model->hp, 0, sizeof(model->hp));
	model->hp.n_vocab = model->vocab ? mutsu_vocab_size(model->vocab) : 0;
	return 0;
}

static void model_free(struct mutsu_model *model)
{
	mutsu_vocab_close(model->vocab);
	mutsu_gguf_close(model->gguf);
	free(model->layer);
	free(model->name);
	free(model->arch_name);
	free(model);
}

/* The file is the model's from here on, even if this fails. */
static int model_new(struct mutsu_model **out, struct mutsu_gguf *gguf,
		     const struct mutsu_model_opts *opts, struct mutsu_error *err)
{
	struct mutsu_model *model = calloc(1, sizeof(*model));
	int ret;

	if (!model) {
		mutsu_gguf_close(gguf);
		return mutsu_fail(err, -ENOMEM, "no memory for a model");
	}
	model->n_refs = 1;
	model->gguf = gguf;
	model->log = opts->log;
	model->log_user = opts->log_user;

	ret = load_names(model, err);
	if (ret)
		goto err_free;
	ret = opts->vocab_only ? load_description(model, err) : load_weights(model, err);
	if (ret)
		goto err_free;

	mutsu_model_log(model, MUTSU_LOG_INFO, "%s: %s, %zu tensors, %llu bytes, GGUF version %u",
			mutsu_gguf_name(gguf), model->arch_name, mutsu_gguf_n_tensors(gguf),
			(unsigned long long)mutsu_gguf_file_size(gguf), mutsu_gguf_version(gguf));
	*out = model;
	return 0;

err_free:
	model_free(model);
	return ret;
}

int mutsu_model_open(struct mutsu_model **out, const char *path,
		     const struct mutsu_model_opts *user_opts, struct mutsu_error *err)
{
	size_t size = (size_t)(mutsu_default_model_end - mutsu_default_model);
	struct mutsu_model_opts opts;
	struct mutsu_gguf *gguf;
	int ret;

	if (!path)
		return mutsu_model_open_memory(out, mutsu_default_model, size, "default model",
					       user_opts, err);
	ret = mutsu_opts_copy(&opts, sizeof(opts), user_opts, err, "mutsu_model_opts");
	if (!ret)
		ret = mutsu_gguf_open(&gguf, path, err);
	return ret ? ret : model_new(out, gguf, &opts, err);
}

int mutsu_model_open_memory(struct mutsu_model **out, const void *data, size_t size,
			    const char *name, const struct mutsu_model_opts *user_opts,
			    struct mutsu_error *err)
{
	struct mutsu_model_opts opts;
	struct mutsu_gguf *gguf;
	int ret;

	ret = mutsu_opts_copy(&opts, sizeof(opts), user_opts, err, "mutsu_model_opts");
	if (!ret)
		ret = mutsu_gguf_open_memory(&gguf, data, size, name, err);
	return ret ? ret : model_new(out, gguf, &opts, err);
}

struct mutsu_model *mutsu_model_ref(struct mutsu_model *model)
{
	__atomic_fetch_add(&model->n_refs, 1, __ATOMIC_RELAXED);
	return model;
}

void mutsu_model_close(struct mutsu_model *model)
{
	if (model && __atomic_sub_fetch(&model->n_refs, 1, __ATOMIC_ACQ_REL) == 0)
		model_free(model);
}

const struct mutsu_vocab *mutsu_model_vocab(const struct mutsu_model *model)
{
	return model->vocab;
}

void mutsu_model_log(const struct mutsu_model *model, enum mutsu_log_level level,
		     const char *format, ...)
{
	char text[512];
	va_list args;

	if (!model->log)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	mutsu_one_line(text);
	model->log(model->log_user, level, text);
}

/* The type with most elements, so that norms and biases do not count. */
static const char *main_type(const struct mutsu_gguf *gguf, uint64_t *n_params)
{
	uint64_t count[64] = { 0 };
	uint32_t best = 0;

	*n_params = 0;
	for (size_t i = 0; i < mutsu_gguf_n_tensors(gguf); i++) {
		const struct gguf_tensor *t = mutsu_gguf_tensor(gguf, i);
		uint64_t n = t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3];
		uint32_t type = (uint32_t)t->type < 64 ? (uint32_t)t->type : 63;

		*n_params += n;
		count[type] += n;
		if (count[type] > count[best])
			best = type;
	}
	return *n_params ? mutsu_type_info(best)->name : "";
}

void mutsu_model_info(const struct mutsu_model *model, struct mutsu_model_info *info)
{
	const struct mutsu_hparams *hp = &model->hp;

	memset(info, 0, sizeof(*info));
	info->name = model->name;
	info->arch = model->arch_name;
	info->type = main_type(model->gguf, &info->n_params);
	info->file_size = mutsu_gguf_file_size(model->gguf);
	info->n_ctx_train = hp->n_ctx_train;
	info->n_vocab = hp->n_vocab;
	info->n_embd = hp->n_embd;
	info->n_layer = hp->n_layer;
	info->n_head = hp->n_head;
	info->n_head_kv = hp->n_head_kv;
	info->n_expert = hp->n_expert;
	info->n_expert_used = hp->n_expert_used;
}

size_t mutsu_model_n_meta(const struct mutsu_model *model)
{
	return mutsu_gguf_n_meta(model->gguf);
}

int mutsu_model_meta(const struct mutsu_model *model, size_t i, const char **key,
		     const char **type, char *value, size_t value_size)
{
	const struct gguf_value *v;

	if (i >= mutsu_gguf_n_meta(model->gguf))
		return -EINVAL;
	v = mutsu_gguf_meta(model->gguf, i, key);
	*type = mutsu_gguf_type_name(v->type);
	if (value_size)
		mutsu_gguf_print(v, value, value_size);
	return 0;
}

size_t mutsu_model_n_tensors(const struct mutsu_model *model)
{
	return mutsu_gguf_n_tensors(model->gguf);
}

int mutsu_model_tensor(const struct mutsu_model *model, size_t i,
		       struct mutsu_tensor_info *info)
{
	const struct gguf_tensor *t;

	if (i >= mutsu_gguf_n_tensors(model->gguf))
		return -EINVAL;
	t = mutsu_gguf_tensor(model->gguf, i);
	info->name = t->name;
	info->type = mutsu_type_info(t->type)->name;
	info->n_dims = t->n_dims;
	memcpy(info->ne, t->ne, sizeof(info->ne));
	info->size = t->size;
	return 0;
}

/* The token calls, on the model's vocabulary. */

static int no_vocab(const struct mutsu_model *model, struct mutsu_error *err)
{
	if (err)
		*err = model->no_vocab;
	return -ENOTSUP;
}

int64_t mutsu_tokenize(const struct mutsu_model *model, const char *text, size_t len,
		       unsigned int flags, int32_t *tokens, size_t max, struct mutsu_error *err)
{
	if (!model->vocab)
		return no_vocab(model, err);
	return mutsu_vocab_encode(model->vocab, text, len, flags, tokens, max, err);
}

int mutsu_token_text(const struct mutsu_model *model, int32_t token, bool special,
		     char *text, size_t size)
{
	if (!model->vocab)
		return -ENOTSUP;
	return mutsu_vocab_piece(model->vocab, token, special, text, size);
}

bool mutsu_token_is_eog(const struct mutsu_model *model, int32_t token)
{
	return model->vocab && mutsu_vocab_is_eog(model->vocab, token);
}

int32_t mutsu_token_bos(const struct mutsu_model *model)
{
	return model->vocab ? mutsu_vocab_bos(model->vocab) : -1;
}

int32_t mutsu_token_eos(const struct mutsu_model *model)
{
	return model->vocab ? mutsu_vocab_eos(model->vocab) : -1;
}

const char *mutsu_version(void)
{
	return MUTSU_VERSION;
}
