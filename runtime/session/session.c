// SPDX-License-Identifier: MIT
/*
 * Sessions: the KV cache of one sequence, and what it takes to extend it.
 * Everything is allocated when the session is opened; evaluating allocates
 * nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "runtime/error.h"
#include "runtime/graph/need.h"
#include "runtime/opts.h"

#define N_CTX_DEFAULT 4096
/*
 * Work memory grows with the batch; beyond this, speed does not: weights come
 * from memory once per batch, while the products of 128 tokens with them take
 * many times as long.
 */
#define N_BATCH_DEFAULT 128
/* A GPU computes more while it reads them. */
#define N_BATCH_DEFAULT_GPU 512
#define N_THREADS_MAX 1024
/*
 * Bytes of weights times tokens below which one thread is as fast as two that
 * have to wait for each other some ten times a layer, and on a busy machine
 * faster by far.
 */
#define ALONE_BELOW (2u << 20)

struct mutsu_session {
	struct mutsu_model *model;
	struct mutsu_graph *graph;
	struct mutsu_pool *pool;
	struct mutsu_exec *exec;
	struct mutsu_kv kv;
	struct session_device *device;	/* whose memory all of it is; NULL: the CPU alone */
	bool on_gpu;		/* false once it has failed */
	bool no_fallback;
	struct session_choice choice;
	uint32_t n_batch;
	/* Tokens of calls that one thread evaluates; 0 where their number was asked for. */
	uint32_t alone_up_to;
	uint32_t pos;
	unsigned int isa;
	float *logits;		/* n_vocab */
	bool have_logits;
};

static const struct {
	const char *name;
	unsigned int isa;	/* this one and those it builds on */
} levels[] = {
	{ "ref", 0 },
	{ "neon", MUTSU_ISA_NEON },
	{ "dotprod", MUTSU_ISA_NEON | MUTSU_ISA_DOTPROD },
	{ "i8mm", MUTSU_ISA_NEON | MUTSU_ISA_DOTPROD | MUTSU_ISA_I8MM },
};

#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

static int choose_isa(unsigned int *out, const char *name, struct mutsu_error *err)
{
	unsigned int have = mutsu_isa_detect();

	if (!name) {
		*out = have;
		return 0;
	}
	for (size_t i = 0; i < N_LEVELS; i++) {
		if (strcmp(name, levels[i].name))
			continue;
		if (levels[i].isa & ~have)
			return mutsu_fail(err, -ENOTSUP, "kernels for %s: this CPU lacks it", name);
		*out = levels[i].isa;
		return 0;
	}
	return mutsu_fail(err, -EINVAL, "kernels \"%s\" are not known; ref, neon, dotprod and i8mm are",
			  name);
}

static const char *isa_name(unsigned int isa)
{
	const char *name = levels[0].name;

	for (size_t i = 0; i < N_LEVELS; i++)
		if (!(levels[i].isa & ~isa))
			name = levels[i].name;
	return name;
}

/* All performance cores, because generation is bound by memory; fewer under taskset. */
static int choose_threads(uint32_t *out, uint32_t wanted, struct mutsu_error *err)
{
	uint32_t n_cpus = mutsu_pool_n_cpus();
	struct mutsu_machine_info info;
	struct mutsu_machine *machine;
	int ret;

	if (wanted > N_THREADS_MAX)
		return mutsu_fail(err, -EINVAL, "%u threads are too many: %u at most", wanted,
				  N_THREADS_MAX);
	*out = wanted;
	if (wanted)
		return 0;

	ret = mutsu_machine_open(&machine, NULL, err);
	if (ret)
		return ret;
	mutsu_machine_info(machine, &info);
	*out = info.n_performance < n_cpus ? info.n_performance : n_cpus;
	mutsu_machine_close(machine);
	return 0;
}

static int choose_ctx(uint32_t *out, uint32_t wanted, const struct mutsu_hparams *hp,
		      struct mutsu_error *err)
{
	if (wanted > INT32_MAX)
		return mutsu_fail(err, -EINVAL, "a context of %u tokens is too long: %d at most",
				  wanted, INT32_MAX);
	*out = wanted;
	if (!wanted)
		*out = hp->n_ctx_train < N_CTX_DEFAULT ? hp->n_ctx_train : N_CTX_DEFAULT;
	return 0;
}

static bool on_software(const struct mutsu_session *s)
{
	return s->device && mutsu_gpu_info(s->device->gpu)->software;
}

static void use_cpu(struct mutsu_session *s, const struct mutsu_error *why)
{
	mutsu_model_log(s->model, MUTSU_LOG_WARN, "%s; the CPU goes on", why->text);
	snprintf(s->choice.why, sizeof(s->choice.why), "%.480s; using the CPU", why->text);
	s->on_gpu = false;
}

/* Opens the chosen GPU.  One that nobody asked for by name may fail. */
static int open_device(struct mutsu_session *s, const struct mutsu_session_opts *opts,
		       struct mutsu_error *err)
{
	const bool automatic = !opts->device || !strcmp(opts->device, "auto");
	struct mutsu_error why = { "" };
	int ret;

	ret = mutsu_session_choose(&s->choice, opts->device,
				   mutsu_session_weights_size(s->model) + s->kv.size, err);
	if (ret || !s->choice.path[0])
		return ret;
	ret = mutsu_session_device_open(&s->device, s->choice.path, s->model,
					opts->load_progress, opts->load_user, &why);
	if (!ret) {
		s->on_gpu = true;
		return 0;
	}
	if (!automatic || opts->no_fallback || ret == -ECANCELED)
		return mutsu_fail(err, ret, "%s", why.text);
	use_cpu(s, &why);
	return 0;
}

/* Memory for everything, on the device if there is one; then the GPU's executor. */
static int place_parts(struct mutsu_session *s, struct mutsu_error *err)
{
	struct session_device *d = s->device;
	void *kv, *work;
	int ret;

	if (!d) {
		ret = mutsu_kv_map(&s->kv, err);
		return ret ? ret : mutsu_exec_map(s->exec, err);
	}
	ret = mutsu_session_device_buffer(d, s->kv.size, "KV cache", &kv, err);
	if (!ret)
		ret = mutsu_session_device_buffer(d, mutsu_exec_size(s->exec), "activations",
						  &work, err);
	if (!ret)
		ret = mutsu_graph_move(s->graph, mutsu_session_device_move, d, err);
	if (ret)
		return ret;
	mutsu_kv_borrow(&s->kv, kv);
	mutsu_exec_borrow(s->exec, work);
	return mutsu_exec_agx_open(&d->exec, &(struct mutsu_exec_agx_parts){
		.graph = s->graph, .gpu = d->gpu, .cpu = s->exec, .kv = &s->kv,
		.memory = d->buffer, .n_memory = d->n_buffers, .n_batch = s->n_batch,
	}, err);
}

static uint32_t choose_batch(const struct mutsu_session *s, uint32_t wanted)
{
	uint32_t n = wanted;

	if (!n)
		n = s->on_gpu && !on_software(s) ? N_BATCH_DEFAULT_GPU : N_BATCH_DEFAULT;
	if (n > MUTSU_BATCH_MAX)
		n = MUTSU_BATCH_MAX;
	return n < s->kv.n_ctx ? n : s->kv.n_ctx;
}

static int check_opts(const struct mutsu_session_opts *opts, struct mutsu_error *err)
{
	if (opts->kv_type != MUTSU_KV_F16 && opts->kv_type != MUTSU_KV_F32)
		return mutsu_fail(err, -EINVAL, "KV type %d is not known; %d (F16) and %d (F32) are",
				  (int)opts->kv_type, MUTSU_KV_F16, MUTSU_KV_F32);
	return 0;
}

static int open_threads(struct mutsu_session *s, uint32_t wanted, struct mutsu_error *err)
{
	uint32_t n = 0;
	int ret = choose_threads(&n, wanted, err);

	if (ret)
		return ret;
	if (!wanted)
		s->alone_up_to = (uint32_t)((ALONE_BELOW - 1) /
					    mutsu_gguf_file_size(s->model->gguf));
	ret = mutsu_pool_open(&s->pool, n);
	return ret ? mutsu_fail(err, ret, "cannot start %u threads: memory or the number of "
				"processes is limited; ask for fewer", n) : 0;
}

static int open_parts(struct mutsu_session *s, const struct mutsu_session_opts *opts,
		      struct mutsu_error *err)
{
	struct mutsu_kernels kernels;
	uint32_t n_ctx = 0;
	int ret;

	ret = choose_isa(&s->isa, opts->isa, err);
	if (!ret)
		ret = choose_ctx(&n_ctx, opts->n_ctx, &s->model->hp, err);
	if (!ret)
		ret = check_opts(opts, err);
	if (!ret)
		ret = open_threads(s, opts->n_threads, err);
	if (ret)
		return ret;
	s->no_fallback = opts->no_fallback;
	s->logits = calloc(s->model->hp.n_vocab, sizeof(*s->logits));
	if (!s->logits)
		return mutsu_fail(err, -ENOMEM, "no memory for logits");
	ret = mutsu_kv_init(&s->kv, &s->model->hp, opts->kv_type, n_ctx, err);
	if (!ret)
		ret = open_device(s, opts, err);
	if (!ret)
		ret = mutsu_graph_open(&s->graph, s->model, n_ctx, err);
	if (ret)
		return ret;
	s->n_batch = choose_batch(s, opts->n_batch);
	mutsu_kernels_init(&kernels, s->isa);
	ret = mutsu_exec_open(&s->exec, s->graph, &kernels, s->pool, &s->kv, s->n_batch, err);
	return ret ? ret : place_parts(s, err);
}

static const char *device_name(const struct mutsu_session *s)
{
	return !s->on_gpu ? "cpu" : on_software(s) ? "soft" : "agx";
}

int mutsu_session_open(struct mutsu_session **out, struct mutsu_model *model,
		       const struct mutsu_session_opts *user_opts, struct mutsu_error *err)
{
	struct mutsu_session_opts opts;
	struct mutsu_session *s;
	int ret;

	ret = mutsu_opts_copy(&opts, sizeof(opts), user_opts, err, "mutsu_session_opts");
	if (ret)
		return ret;
	if (!model->layer)
		return mutsu_fail(err, -EINVAL, "%s was opened for its vocabulary only", model->name);

	s = calloc(1, sizeof(*s));
	if (!s)
		return mutsu_fail(err, -ENOMEM, "no memory for a session");
	s->model = mutsu_model_ref(model);
	ret = open_parts(s, &opts, err);
	if (ret) {
		mutsu_session_close(s);
		return ret;
	}
	if (s->kv.n_ctx > model->hp.n_ctx_train)
		mutsu_model_log(model, MUTSU_LOG_WARN,
				"a context of %u tokens is longer than the model was trained for (%u)",
				s->kv.n_ctx, model->hp.n_ctx_train);
	mutsu_model_log(model, MUTSU_LOG_INFO, "%s: %s", device_name(s), s->choice.why);
	if (s->on_gpu && mutsu_exec_agx_n_cpu_ops(s->device->exec))
		mutsu_model_log(model, MUTSU_LOG_INFO, "the CPU computes %u of %u ops, for which "
				"there is no GPU kernel", mutsu_exec_agx_n_cpu_ops(s->device->exec),
				s->graph->n_ops);
	mutsu_model_log(model, MUTSU_LOG_INFO, "cpu: %u threads, %s kernels, %zu bytes of KV cache",
			mutsu_pool_size(s->pool), isa_name(s->isa), s->kv.size);
	*out = s;
	return 0;
}

void mutsu_session_close(struct mutsu_session *session)
{
	if (!session)
		return;
	/* The GPU's memory last: everything else is in it. */
	mutsu_exec_close(session->exec);
	mutsu_graph_close(session->graph);
	mutsu_kv_fini(&session->kv);
	mutsu_session_device_close(session->device);
	mutsu_pool_close(session->pool);
	free(session->logits);
	mutsu_model_close(session->model);
	free(session);
}

static int check_tokens(const struct mutsu_session *s, const int32_t *tokens, size_t n,
			struct mutsu_error *err)
{
	uint32_t n_vocab = s->model->hp.n_vocab;

	if (!n)
		return mutsu_fail(err, -EINVAL, "no tokens to evaluate");
	if (n > s->kv.n_ctx - s->pos)
		return mutsu_fail(err, -ENOSPC,
				  "%zu tokens do not fit: the context holds %u and has %u; "
				  "use a longer context or a shorter prompt", n, s->kv.n_ctx, s->pos);
	for (size_t i = 0; i < n; i++)
		if (tokens[i] < 0 || (uint32_t)tokens[i] >= n_vocab)
			return mutsu_fail(err, -EINVAL, "token %d at %zu is not below %u",
					  tokens[i], i, n_vocab);
	return 0;
}

/* Where a prompt is, while a batch of it runs. */
struct place {
	mutsu_progress_fn progress;
	void *user;
	uint64_t done, n;
};

static bool ask(void *arg)
{
	const struct place *place = arg;

	return place->progress(place->user, place->done, place->n);
}

/* On the GPU; and where it fails on the CPU, from then on. */
static int run_batch(struct mutsu_session *s, const struct mutsu_batch *batch,
		     struct mutsu_error *err)
{
	struct mutsu_error why = { "" };
	int ret;

	if (!s->on_gpu)
		return mutsu_exec_run(s->exec, batch);
	ret = mutsu_exec_agx_run(s->device->exec, batch, &why);
	if (ret == -EAGAIN)
		ret = mutsu_exec_agx_run(s->device->exec, batch, &why);
	if (!ret || ret == -ECANCELED)
		return ret;
	if (s->no_fallback)
		return mutsu_fail(err, ret == -EAGAIN ? -EIO : ret, "%s", why.text);
	use_cpu(s, &why);
	return mutsu_exec_run(s->exec, batch);
}

/* Tokens that are evaluated at once, where all of their logits are wanted or not. */
static size_t batch_size(const struct mutsu_session *s, bool all_logits)
{
	uint32_t max_out;

	if (!s->on_gpu || !all_logits)
		return s->n_batch;
	max_out = mutsu_exec_agx_max_out(s->device->exec);
	return max_out < s->n_batch ? max_out : s->n_batch;
}

int mutsu_session_eval_all(struct mutsu_session *s, const int32_t *tokens, size_t n,
			   float *logits, mutsu_progress_fn progress, void *user,
			   struct mutsu_error *err)
{
	const size_t n_vocab = s->model->hp.n_vocab;
	struct place place = { .progress = progress, .user = user, .n = n };
	int ret = check_tokens(s, tokens, n, err);
	size_t done, len;

	if (ret)
		return ret;

	for (done = 0; done < n; done += len) {
		struct mutsu_batch batch = {
			.token = tokens + done,
			.pos = s->pos + (uint32_t)done,
			.prompt = n > 1,
			.alone = n <= s->alone_up_to,
			.stop = progress ? ask : NULL,
			.stop_arg = &place,
		};

		place.done = done;
		len = batch_size(s, logits);
		if (len > n - done)
			len = n - done;
		batch.n = (uint32_t)len;
		if (logits) {
			batch.n_out = batch.n;
			batch.logits = logits + done * n_vocab;
		} else if (done + len == n) {
			batch.n_out = 1;
			batch.logits = s->logits;
		}
		ret = run_batch(s, &batch, err);
		if (ret == -ECANCELED)
			return mutsu_fail(err, ret, "stopped after %zu of %zu tokens", done, n);
		if (ret)
			return ret;
	}
	if (progress)
		progress(user, n, n);
	if (logits)
		memcpy(s->logits, logits + (n - 1) * n_vocab, n_vocab * sizeof(*logits));
	s->pos += (uint32_t)n;
	s->have_logits = true;
	return 0;
}

int mutsu_session_eval(struct mutsu_session *session, const int32_t *tokens, size_t n,
		       struct mutsu_error *err)
{
	return mutsu_session_eval_all(session, tokens, n, NULL, NULL, NULL, err);
}

/* Kinds of ops, as they come. */
struct kinds {
	const struct mutsu_session *s;
	const struct mutsu_batch *batch;
	struct mutsu_profile_op *op;	/* room for all ops of the graph */
	size_t n;
};

static const char *type_name(const struct graph_op *op)
{
	return op->w ? mutsu_type_info(op->w->type)->name : "";
}

static void add_op(void *arg, uint32_t i, uint32_t n_launches, const uint64_t *counter)
{
	struct kinds *k = arg;
	const struct graph_op *op = &k->s->graph->op[i];
	const struct graph_need need = mutsu_graph_need(k->s->graph, op, &k->s->kv, k->batch);
	const char *name = mutsu_graph_op_name(op->kind), *type = type_name(op);
	struct mutsu_profile_op *to;
	size_t at = 0;

	while (at < k->n && (strcmp(k->op[at].name, name) || strcmp(k->op[at].type, type)))
		at++;
	to = &k->op[at];
	if (at == k->n) {
		*to = (struct mutsu_profile_op){ .name = name, .type = type };
		k->n++;
	}
	to->n_ops++;
	to->n_launches += n_launches;
	to->n_insns += counter[MUTSU_GPU_INSTRUCTIONS];
	to->n_int += counter[MUTSU_GPU_INT];
	to->n_float += counter[MUTSU_GPU_FLOAT];
	to->n_half += counter[MUTSU_GPU_HALF];
	to->n_matrix += counter[MUTSU_GPU_MATRIX];
	to->n_simd += counter[MUTSU_GPU_SIMD];
	to->n_flow += counter[MUTSU_GPU_FLOW];
	to->n_memory += counter[MUTSU_GPU_MEMORY];
	to->n_local += counter[MUTSU_GPU_LOCAL];
	to->read_bytes += counter[MUTSU_GPU_READ_BYTES];
	to->write_bytes += counter[MUTSU_GPU_WRITE_BYTES];
	to->need_bytes += need.bytes;
	to->macs += need.macs;
}

int mutsu_session_profile(struct mutsu_session *s, const int32_t *tokens, size_t n,
			  struct mutsu_profile_op *ops, size_t max, struct mutsu_error *err)
{
	struct mutsu_batch batch = {
		.token = tokens, .n = (uint32_t)n, .pos = s->pos, .prompt = n > 1,
		.logits = s->logits, .n_out = 1,
	};
	struct kinds kinds = { .s = s, .batch = &batch };
	int ret = check_tokens(s, tokens, n, err);

	if (ret)
		return ret;
	if (n > s->n_batch)
		return mutsu_fail(err, -E2BIG, "%zu tokens are more than a batch of %u", n,
				  s->n_batch);
	if (!s->on_gpu)
		return mutsu_fail(err, -ENOTSUP, "the CPU does not count what it executes: only a GPU "
				  "in software does (device \"soft\")");
	kinds.op = calloc(s->graph->n_ops, sizeof(*kinds.op));
	if (!kinds.op)
		return mutsu_fail(err, -ENOMEM, "no memory to count");
	ret = mutsu_exec_agx_profile(s->device->exec, &batch, add_op, &kinds, err);
	if (!ret) {
		if (max)
			memcpy(ops, kinds.op, (kinds.n < max ? kinds.n : max) * sizeof(*ops));
		s->pos += (uint32_t)n;
		s->have_logits = true;
		ret = (int)kinds.n;
	}
	free(kinds.op);
	return ret == -EAGAIN ? -EIO : ret;
}

const float *mutsu_session_logits(const struct mutsu_session *session)
{
	return session->have_logits ? session->logits : NULL;
}

const struct mutsu_model *mutsu_session_model(const struct mutsu_session *session)
{
	return session->model;
}

uint32_t mutsu_session_pos(const struct mutsu_session *session)
{
	return session->pos;
}

int mutsu_session_rewind(struct mutsu_session *session, uint32_t pos)
{
	if (pos > session->pos)
		return -EINVAL;
	if (pos < session->pos)
		session->have_logits = false;
	session->pos = pos;
	return 0;
}

void mutsu_session_info(const struct mutsu_session *session, struct mutsu_session_info *info)
{
	*info = (struct mutsu_session_info){
		.n_ctx = session->kv.n_ctx,
		.n_batch = session->n_batch,
		.n_threads = mutsu_pool_size(session->pool),
		.device = device_name(session),
		.isa = isa_name(session->isa),
		.kv_size = session->kv.size,
		.work_size = mutsu_exec_size(session->exec) +
			     (session->device ? mutsu_exec_agx_size(session->device->exec) : 0),
		.device_why = session->choice.why,
	};
}
