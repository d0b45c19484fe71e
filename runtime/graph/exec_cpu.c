// SPDX-License-Identifier: MIT
/*
 * The CPU executor.  Every thread walks all ops and does its share of each; a
 * share is whole rows of a result, so that no sum is split between threads and
 * results do not depend on their number.
 */
#include "exec.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compute/quant.h"

/* Elements of a row that a thread gates at a time: of any form whole blocks, and 16 bytes. */
#define GLU_CHUNK 1024
static_assert(GLU_CHUNK / MUTSU_QK * sizeof(struct mutsu_q8) % 16 == 0, "forms of a chunk");
static_assert(GLU_CHUNK / MUTSU_QK_K * sizeof(struct mutsu_q8k) % 16 == 0, "forms of a chunk");
/* Rows of a matrix are shared out in these: a cache line of results. */
#define ROW_CHUNK 16

struct mutsu_exec {
	const struct mutsu_graph *graph;
	const struct mutsu_hparams *hp;
	struct mutsu_kernels k;
	struct mutsu_pool *pool;
	const struct mutsu_kv *kv;
	const struct mutsu_batch *batch;	/* while running */
	uint32_t n_batch;		/* rows that there is room for */
	uint32_t op;			/* of mutsu_exec_run_op() */
	_Atomic uint32_t stop_at;	/* op that no thread starts any more */
	char *map;
	size_t size;
	bool borrowed;			/* map is */
	float *slot[N_SLOTS];
	char *act[MUTSU_N_ACTS];
	size_t act_stride[MUTSU_N_ACTS];
	float *rope[2];			/* cosines, then sines, of each row's position */
	float *scores;			/* of each thread: n_group rows of n_ctx */
	size_t scores_size;		/* floats of a thread */
	int32_t *expert;		/* n_expert_used of each row */
	float *expert_weight;
	atomic_bool *fetched;		/* of each layer's experts: asked for, once */
	size_t page;
};

/* A thread's share of n things. */
struct share {
	uint64_t first, end;
};

static struct share take(uint64_t n, uint32_t chunk, uint32_t thread, uint32_t n_threads)
{
	uint64_t chunks = (n + chunk - 1) / chunk;
	uint64_t first = chunks * thread / n_threads * chunk;
	uint64_t end = chunks * (thread + 1) / n_threads * chunk;

	return (struct share){ first < n ? first : n, end < n ? end : n };
}

static float *row(const struct mutsu_exec *e, enum graph_slot slot, uint32_t r)
{
	return e->slot[slot] + (size_t)r * e->graph->slot_width[slot];
}

static uint32_t n_rows(const struct mutsu_exec *e, const struct graph_op *op)
{
	return op->spread ? e->batch->n * e->hp->n_expert_used : e->batch->n;
}

/*
 * Whether products read a form from its buffer, and not floats from the slot.
 * Rounded floats are for prompts: logits and the tokens of generation are worth
 * whole ones, and cost no more.  For an op that makes rows, outputs means that
 * they are for the logits.
 */
static bool has_buffer(const struct mutsu_exec *e, const struct graph_op *op, enum mutsu_act act)
{
	if (act == MUTSU_ACT_R16)
		return e->batch->prompt && !op->outputs;
	return act != MUTSU_ACT_F32;
}

/*
 * Elements [col, col + n) of a row into the forms that op leaves.  col is a
 * multiple of GLU_CHUNK, and there the row's size is where the rest goes.
 */
static void make_forms(const struct mutsu_exec *e, const struct graph_op *op,
		       const float *x, uint32_t r, uint32_t col, uint32_t n)
{
	for (int act = 0; act < MUTSU_N_ACTS; act++) {
		if (op->acts & 1u << act && has_buffer(e, op, act))
			e->k.activation[act](e->act[act] + r * e->act_stride[act] +
					     mutsu_act_row_size(act, col), x + col, n);
	}
}

/* x of a product: row r of the form that goes with the weight's type. */
static const void *operand(const struct mutsu_exec *e, const struct graph_op *op, uint32_t r,
			   size_t *stride)
{
	enum mutsu_act act = mutsu_type_info(op->w->type)->act;

	if (!has_buffer(e, op, act)) {
		*stride = e->graph->slot_width[op->src.slot] * sizeof(float);
		return row(e, op->src.slot, r) + op->src.col;
	}
	*stride = e->act_stride[act];
	return e->act[act] + r * e->act_stride[act];
}

/* Cosines and sines of position pos for both kinds of layers. */
static void set_rope(const struct mutsu_exec *e, uint32_t r, uint32_t pos)
{
	uint32_t n_pairs = e->graph->n_pairs;
	double mscale = (double)e->hp->rope_mscale;

	for (int kind = 0; kind < (e->hp->window ? 2 : 1); kind++) {
		float *cs = e->rope[kind] + (size_t)r * 2 * n_pairs;

		for (uint32_t i = 0; i < n_pairs; i++) {
			double angle = pos * e->graph->angle[kind][i];

			cs[i] = (float)(cos(angle) * mscale);
			cs[n_pairs + i] = (float)(sin(angle) * mscale);
		}
	}
}

static void run_embed(const struct mutsu_exec *e, const struct graph_op *op,
		      uint32_t thread, uint32_t n_threads)
{
	struct share s = take(e->batch->n, 1, thread, n_threads);
	const uint32_t n = op->w->cols;

	for (uint32_t r = s.first; r < s.end; r++) {
		const char *from = op->w->data;
		float *x = row(e, SLOT_X, r);

		e->k.dequant[op->w->type](x, from + (size_t)e->batch->token[r] * op->w->stride, n);
		if (e->hp->embed_scale != 1.0f)
			for (uint32_t i = 0; i < n; i++)
				x[i] *= e->hp->embed_scale;
		set_rope(e, r, e->batch->pos + r);
	}
}

static void run_norm(const struct mutsu_exec *e, const struct graph_op *op,
		     uint32_t thread, uint32_t n_threads)
{
	const uint32_t n = op->width;
	const float eps = e->hp->norm_eps;
	/* Where only some logits are wanted, their rows move to the front. */
	uint32_t skip = op->outputs ? e->batch->n - e->batch->n_out : 0;
	struct share s = take(e->batch->n - skip, 1, thread, n_threads);

	for (uint32_t r = s.first; r < s.end; r++) {
		float *x = row(e, SLOT_X, r + skip), *y = row(e, SLOT_Y, r + skip);
		float *h = row(e, SLOT_H, r);

		if (op->norm2)
			e->k.rmsnorm(y, y, op->norm2, n, eps);
		if (op->add)
			e->k.add(x, y, n);
		e->k.rmsnorm(h, x, op->norm, n, eps);
		make_forms(e, op, h, r, 0, n);
	}
}

static void run_act(const struct mutsu_exec *e, const struct graph_op *op,
		    uint32_t thread, uint32_t n_threads)
{
	struct share s = take(e->batch->n, 1, thread, n_threads);

	for (uint32_t r = s.first; r < s.end; r++)
		make_forms(e, op, row(e, op->src.slot, r), r, 0, op->width);
}

/* Rows [s.first, s.end) of the weight, for all rows of the batch. */
static void run_matmul(const struct mutsu_exec *e, const struct graph_op *op,
		       uint32_t thread, uint32_t n_threads)
{
	struct share s = take(op->w->rows, ROW_CHUNK, thread, n_threads);
	struct mutsu_matmul a = {
		.w = (const char *)op->w->data + s.first * op->w->stride,
		.w_stride = op->w->stride,
		.rows = s.end - s.first,
		.cols = op->w->cols,
	};

	a.x = operand(e, op, 0, &a.x_stride);
	if (op->kind == OP_LOGITS) {
		a.n = e->batch->n_out;
		a.ldy = op->w->rows;
		a.y = e->batch->logits + s.first;
	} else {
		a.n = e->batch->n;
		a.ldy = e->graph->slot_width[op->dst.slot];
		a.y = row(e, op->dst.slot, 0) + op->dst.col + s.first;
	}
	e->k.matmul[op->w->type](&a);

	if (op->bias)
		for (uint32_t r = 0; r < a.n; r++)
			e->k.add(a.y + r * a.ldy, op->bias + s.first, a.rows);
}

static void store(const struct mutsu_exec *e, void *to, const float *x)
{
	enum mutsu_act act = e->kv->type == MUTSU_KV_F16 ? MUTSU_ACT_F16 : MUTSU_ACT_F32;

	e->k.activation[act](to, x, e->hp->head_dim);
}

/* Heads are numbered over Q, K and V, as they lie in the slot. */
static void run_qkv(const struct mutsu_exec *e, const struct graph_op *op,
		    uint32_t thread, uint32_t n_threads)
{
	const struct mutsu_hparams *hp = e->hp;
	const uint32_t n_heads = hp->n_head + 2 * hp->n_head_kv;
	const int kind = mutsu_hparams_windowed(hp, op->layer);
	mutsu_rope_fn *rope = e->graph->model->arch->rope == ROPE_NORM ? e->k.rope_norm :
									 e->k.rope_neox;
	struct share s = take(e->batch->n * n_heads, 1, thread, n_threads);

	for (uint32_t i = s.first; i < s.end; i++) {
		uint32_t r = i / n_heads, head = i % n_heads;
		uint32_t pos = e->batch->pos + r;
		float *x = row(e, SLOT_QKV, r) + (size_t)head * hp->head_dim;
		const float *norm = head < hp->n_head ? op->norm : op->norm2;

		if (head >= hp->n_head + hp->n_head_kv) {
			head -= hp->n_head + hp->n_head_kv;
			store(e, mutsu_kv_row(e->kv, op->layer, 1, head, pos), x);
			continue;
		}
		if (norm)
			e->k.rmsnorm(x, x, norm, hp->head_dim, hp->norm_eps);
		rope(x, e->rope[kind] + (size_t)r * 2 * e->graph->n_pairs, 1, hp->head_dim,
		     e->graph->n_pairs);
		if (head >= hp->n_head)
			store(e, mutsu_kv_row(e->kv, op->layer, 0, head - hp->n_head, pos), x);
	}
}

static void run_attend(const struct mutsu_exec *e, const struct graph_op *op,
		       uint32_t thread, uint32_t n_threads)
{
	const struct mutsu_hparams *hp = e->hp;
	const uint32_t n_group = hp->n_head / hp->n_head_kv;
	mutsu_attention_fn *attention = e->kv->type == MUTSU_KV_F16 ? e->k.attention_f16 :
								      e->k.attention_f32;

	/* Interleaved, because later rows have more to look at. */
	for (uint32_t i = thread; i < e->batch->n * hp->n_head_kv; i += n_threads) {
		uint32_t r = i / hp->n_head_kv, head = i % hp->n_head_kv;
		uint32_t n_kv = e->batch->pos + r + 1, first = 0;
		size_t col = (size_t)head * n_group * hp->head_dim;

		if (mutsu_hparams_windowed(hp, op->layer) && n_kv > hp->window)
			first = n_kv - hp->window;
		attention(&(struct mutsu_attention){
			.out = row(e, SLOT_ATT, r) + col,
			.q = row(e, SLOT_QKV, r) + col,
			.k = mutsu_kv_row(e->kv, op->layer, 0, head, first),
			.v = mutsu_kv_row(e->kv, op->layer, 1, head, first),
			.k_stride = e->kv->row_size,
			.v_stride = e->kv->row_size,
			.n_kv = n_kv - first,
			.n_group = n_group,
			.head_dim = hp->head_dim,
			.scale = hp->attn_scale,
			.scores = e->scores + thread * e->scores_size,
		});
	}
}

/*
 * Asks for an expert's matrices when it is first chosen: they are read at once
 * and no more than they.  Without it, every page fault reads what is around the
 * page, as far as the disk's read-ahead goes: parts of other experts, up to all
 * of the model.  Other weights are wanted anyway, so that is right for them
 * (and no read-ahead, MADV_RANDOM, would be wrong for all, page by page).
 */
static void fetch_expert(const struct mutsu_exec *e, uint32_t layer, uint32_t expert)
{
	static const enum mutsu_role roles[] = { ROLE_GATE_EXPS, ROLE_UP_EXPS, ROLE_DOWN_EXPS };
	const struct mutsu_weight *w = e->graph->model->layer[layer].role;

	if (!e->graph->mapped ||
	    atomic_exchange(&e->fetched[(size_t)layer * e->hp->n_expert + expert], true))
		return;
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		size_t size = w[roles[i]].rows * w[roles[i]].stride;
		uintptr_t from = (uintptr_t)w[roles[i]].data + expert * size;
		uintptr_t start = from & ~(e->page - 1);

		/* It is advice: nothing depends on it. */
		madvise((void *)start, from - start + size, MADV_WILLNEED);
	}
}

static void run_route(const struct mutsu_exec *e, const struct graph_op *op,
		      uint32_t thread, uint32_t n_threads)
{
	const uint32_t k = e->hp->n_expert_used;
	struct share s = take(e->batch->n, 1, thread, n_threads);

	for (uint32_t r = s.first; r < s.end; r++) {
		int32_t *expert = e->expert + (size_t)r * k;

		e->k.route(expert, e->expert_weight + (size_t)r * k, row(e, SLOT_ROUTE, r),
			   e->hp->n_expert, k, true);
		for (uint32_t i = 0; i < k; i++)
			fetch_expert(e, op->layer, (uint32_t)expert[i]);
	}
}

/* Expert by expert, so that a thread's rows of its matrix stay in cache. */
static void run_experts(const struct mutsu_exec *e, const struct graph_op *op,
			uint32_t thread, uint32_t n_threads)
{
	const uint32_t k = e->hp->n_expert_used;
	const uint32_t n = e->batch->n * k;
	struct share s = take(op->w->rows, ROW_CHUNK, thread, n_threads);
	struct mutsu_matmul a = {
		.w_stride = op->w->stride,
		.rows = s.end - s.first,
		.cols = op->w->cols,
		.n = 1,
	};

	for (uint32_t expert = 0; expert < e->hp->n_expert; expert++) {
		size_t first = (size_t)expert * op->w->rows + s.first;

		a.w = (const char *)op->w->data + first * op->w->stride;
		for (uint32_t i = 0; i < n; i++) {
			if (e->expert[i] != (int32_t)expert)
				continue;
			a.x = operand(e, op, op->spread ? i : i / k, &a.x_stride);
			a.y = row(e, op->dst.slot, i) + op->dst.col + s.first;
			e->k.matmul[op->w->type](&a);
		}
	}
}

static void run_glu(const struct mutsu_exec *e, const struct graph_op *op,
		    uint32_t thread, uint32_t n_threads)
{
	const uint32_t n = op->width;
	const uint64_t chunks = (n + GLU_CHUNK - 1) / GLU_CHUNK;
	mutsu_glu_fn *glu = e->graph->model->arch->glu == GLU_SILU ? e->k.glu_silu :
								      e->k.glu_gelu;
	struct share s = take(n_rows(e, op) * chunks, 1, thread, n_threads);

	for (uint64_t i = s.first; i < s.end; i++) {
		uint32_t r = (uint32_t)(i / chunks), col = (uint32_t)(i % chunks) * GLU_CHUNK;
		uint32_t len = n - col < GLU_CHUNK ? n - col : GLU_CHUNK;
		const float *gu = row(e, SLOT_GU, r);
		float *y = row(e, SLOT_GLU, r);

		glu(y + col, gu + col, gu + n + col, len);
		make_forms(e, op, y, r, col, len);
	}
}

static void run_mix(const struct mutsu_exec *e, const struct graph_op *op,
		    uint32_t thread, uint32_t n_threads)
{
	const uint32_t k = e->hp->n_expert_used;
	struct share s = take(e->batch->n, 1, thread, n_threads);

	for (uint32_t r = s.first; r < s.end; r++) {
		float *y = row(e, SLOT_Y, r);

		memset(y, 0, op->width * sizeof(*y));
		for (uint32_t i = r * k; i < (r + 1) * k; i++)
			e->k.axpy(y, e->expert_weight[i], row(e, SLOT_EXPERT, i), op->width);
	}
}

static void run_op(const struct mutsu_exec *e, const struct graph_op *op,
		   uint32_t thread, uint32_t n_threads)
{
	switch (op->kind) {
	case OP_EMBED:
		run_embed(e, op, thread, n_threads);
		break;
	case OP_NORM:
		run_norm(e, op, thread, n_threads);
		break;
	case OP_ACT:
		run_act(e, op, thread, n_threads);
		break;
	case OP_MATMUL:
	case OP_LOGITS:
		run_matmul(e, op, thread, n_threads);
		break;
	case OP_QKV:
		run_qkv(e, op, thread, n_threads);
		break;
	case OP_ATTEND:
		run_attend(e, op, thread, n_threads);
		break;
	case OP_ROUTE:
		run_route(e, op, thread, n_threads);
		break;
	case OP_EXPERTS:
		run_experts(e, op, thread, n_threads);
		break;
	case OP_GLU:
		run_glu(e, op, thread, n_threads);
		break;
	case OP_MIX:
		run_mix(e, op, thread, n_threads);
		break;
	}
}

/* The first thread decides before a barrier; behind it, all know of which op. */
static void walk(void *arg, uint32_t thread, uint32_t n_threads)
{
	struct mutsu_exec *e = arg;
	const struct mutsu_batch *batch = e->batch;

	for (uint32_t i = 0; i < e->graph->n_ops; i++) {
		const struct graph_op *op = &e->graph->op[i];

		if (op->outputs && !batch->n_out)
			continue;
		if (!thread && op->kind == OP_NORM && batch->stop && batch->stop(batch->stop_arg))
			atomic_store(&e->stop_at, i);
		if (op->sync && n_threads > 1)
			mutsu_pool_barrier(e->pool);
		if (atomic_load_explicit(&e->stop_at, memory_order_relaxed) == i)
			return;
		run_op(e, op, thread, n_threads);
	}
}

int mutsu_exec_run(struct mutsu_exec *exec, const struct mutsu_batch *batch)
{
	exec->batch = batch;
	atomic_store(&exec->stop_at, UINT32_MAX);
	if (batch->alone)
		walk(exec, 0, 1);
	else
		mutsu_pool_run(exec->pool, walk, exec);
	exec->batch = NULL;
	return atomic_load(&exec->stop_at) == UINT32_MAX ? 0 : -ECANCELED;
}

/* The form of an operand that somebody else left in its slot. */
static void make_operand(const struct mutsu_exec *e, const struct graph_op *op,
			 uint32_t thread, uint32_t n_threads)
{
	const struct graph_op reads = {
		.acts = 1u << mutsu_type_info(op->w->type)->act, .outputs = op->outputs,
	};
	uint32_t rows = op->outputs ? e->batch->n_out : n_rows(e, op);
	struct share s = take(rows, 1, thread, n_threads);

	for (uint32_t r = s.first; r < s.end; r++)
		make_forms(e, &reads, row(e, op->src.slot, r) + op->src.col, r, 0, op->w->cols);
}

static void walk_one(void *arg, uint32_t thread, uint32_t n_threads)
{
	struct mutsu_exec *e = arg;
	const struct graph_op *op = &e->graph->op[e->op];

	if (op->kind == OP_MATMUL || op->kind == OP_EXPERTS || op->kind == OP_LOGITS)
		make_operand(e, op, thread, n_threads);
	if (n_threads > 1)
		mutsu_pool_barrier(e->pool);
	run_op(e, op, thread, n_threads);
}

void mutsu_exec_run_op(struct mutsu_exec *exec, const struct mutsu_batch *batch, uint32_t i)
{
	exec->batch = batch;
	exec->op = i;
	if (batch->alone)
		walk_one(exec, 0, 1);
	else
		mutsu_pool_run(exec->pool, walk_one, exec);
	exec->batch = NULL;
}

void mutsu_exec_set_rope(const struct mutsu_exec *exec, const struct mutsu_batch *batch)
{
	for (uint32_t r = 0; r < batch->n; r++)
		set_rope(exec, r, batch->pos + r);
}

/* Buffers are carved out of one mapping: a first pass adds up, a second places. */
static void *carve(const struct mutsu_exec *e, size_t *offset, size_t n, size_t size)
{
	size_t at = *offset, bytes;

	if (__builtin_mul_overflow(n, size, &bytes) ||
	    __builtin_add_overflow(at, bytes, &bytes) || bytes > SIZE_MAX / 2)
		bytes = SIZE_MAX / 2;
	*offset = (bytes + 63) & ~(size_t)63;
	return e->map ? e->map + at : NULL;
}

static size_t place(struct mutsu_exec *e, uint32_t n_batch)
{
	const struct mutsu_hparams *hp = e->hp;
	const size_t spread = n_batch * (size_t)(hp->n_expert ? hp->n_expert_used : 1);
	const uint32_t n_group = hp->n_head / hp->n_head_kv;
	size_t offset = 0;

	for (int i = 0; i < N_SLOTS; i++) {
		bool wide = i == SLOT_GU || i == SLOT_GLU || i == SLOT_EXPERT;

		e->slot[i] = carve(e, &offset, wide ? spread : n_batch,
				   e->graph->slot_width[i] * sizeof(float));
	}
	for (int act = MUTSU_ACT_F32 + 1; act < MUTSU_N_ACTS; act++) {
		if (!(e->graph->acts & 1u << act))
			continue;
		e->act_stride[act] = mutsu_act_row_size(act, e->graph->act_width +
							MUTSU_QK_K - 1);
		e->act[act] = carve(e, &offset, spread, e->act_stride[act]);
	}
	for (int i = 0; i < 2; i++)
		e->rope[i] = carve(e, &offset, n_batch, 2 * sizeof(float) * e->graph->n_pairs);
	e->scores_size = (size_t)n_group * e->kv->n_ctx;
	e->scores = carve(e, &offset, mutsu_pool_size(e->pool), e->scores_size * sizeof(float));
	e->expert = carve(e, &offset, spread, sizeof(int32_t));
	e->expert_weight = carve(e, &offset, spread, sizeof(float));
	e->fetched = carve(e, &offset, hp->n_layer, hp->n_expert * sizeof(*e->fetched));
	return offset;
}

int mutsu_exec_open(struct mutsu_exec **out, const struct mutsu_graph *graph,
		    const struct mutsu_kernels *kernels, struct mutsu_pool *pool,
		    const struct mutsu_kv *kv, uint32_t n_batch, struct mutsu_error *err)
{
	struct mutsu_exec *e = calloc(1, sizeof(*e));

	if (!e)
		return mutsu_fail(err, -ENOMEM, "no memory for an executor");
	e->graph = graph;
	e->hp = &graph->model->hp;
	e->k = *kernels;
	e->pool = pool;
	e->kv = kv;
	e->n_batch = n_batch;
	e->page = (size_t)sysconf(_SC_PAGESIZE);
	e->size = place(e, n_batch);
	*out = e;
	return 0;
}

void mutsu_exec_borrow(struct mutsu_exec *exec, void *map)
{
	exec->map = map;
	exec->borrowed = true;
	place(exec, exec->n_batch);
}

int mutsu_exec_map(struct mutsu_exec *exec, struct mutsu_error *err)
{
	/* Not resident until used: short prompts touch a few rows only. */
	void *map = mmap(NULL, exec->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);

	if (map == MAP_FAILED)
		return mutsu_fail(err, -ENOMEM, "no memory for activations: %zu bytes for "
				  "batches of %u; ask for a smaller batch", exec->size,
				  exec->n_batch);
	exec->map = map;
	place(exec, exec->n_batch);
	return 0;
}

void mutsu_exec_close(struct mutsu_exec *exec)
{
	if (!exec)
		return;
	if (exec->map && !exec->borrowed)
		munmap(exec->map, exec->size);
	free(exec);
}

size_t mutsu_exec_size(const struct mutsu_exec *exec)
{
	return exec->size;
}

float *mutsu_exec_slot(const struct mutsu_exec *exec, enum graph_slot slot)
{
	return exec->slot[slot];
}

float *mutsu_exec_rope(const struct mutsu_exec *exec, bool windowed)
{
	return exec->rope[windowed];
}

int32_t *mutsu_exec_experts(const struct mutsu_exec *exec)
{
	return exec->expert;
}

float *mutsu_exec_expert_weights(const struct mutsu_exec *exec)
{
	return exec->expert_weight;
}
