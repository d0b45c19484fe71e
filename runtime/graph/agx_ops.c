// SPDX-License-Identifier: MIT
#include "agx_ops.h"

#include <errno.h>

#include "compute/agx/attend.h"
#include "compute/agx/dequant.h"
#include "compute/agx/embed.h"
#include "compute/agx/gemm.h"
#include "compute/agx/glu.h"
#include "compute/agx/half.h"
#include "compute/agx/matvec.h"
#include "compute/agx/mix.h"
#include "compute/agx/norm.h"
#include "compute/agx/qkv.h"
#include "compute/agx/route.h"

/* An op being added. */
struct add {
	struct agx_ops *ops;
	const struct mutsu_hparams *hp;
	const struct graph_op *op;
	void (*begin)(void *arg);
	void *arg;
	struct mutsu_agx_launch launch;
};

static uint64_t address(const struct add *a, const void *data)
{
	return data ? a->ops->address(a->ops->arg, data) : 0;
}

static uint64_t view(const struct add *a, struct graph_view v)
{
	return a->ops->slot[v.slot] + v.col * sizeof(float);
}

static uint32_t stride(const struct add *a, enum graph_slot slot)
{
	return a->ops->graph->slot_width[slot];
}

static void launch(struct add *a, bool wait)
{
	if (a->begin)
		a->begin(a->arg);
	a->begin = NULL;
	mutsu_agx_record_add(a->ops->record, &a->launch, wait);
}

static int add_embed(struct add *a)
{
	const struct mutsu_weight *w = a->op->w;
	int ret = mutsu_agx_embed(&a->launch, &(struct mutsu_agx_embed){
		.y = a->ops->slot[SLOT_X],
		.w = address(a, w->data),
		.token = a->ops->token,
		.type = w->type,
		.cols = w->cols,
		.y_stride = stride(a, SLOT_X),
		.scale = a->hp->embed_scale,
		.n = a->ops->n,
	});

	if (!ret)
		launch(a, a->op->sync);
	return ret;
}

static int add_norm(struct add *a)
{
	int ret = mutsu_agx_norm(&a->launch, &(struct mutsu_agx_norm){
		.x = a->ops->slot[SLOT_X],
		.y = a->ops->slot[SLOT_Y],
		.h = a->ops->slot[SLOT_H],
		.norm = address(a, a->op->norm),
		.norm2 = address(a, a->op->norm2),
		.x_stride = stride(a, SLOT_X),
		.y_stride = stride(a, SLOT_Y),
		.h_stride = stride(a, SLOT_H),
		.width = a->op->width,
		.eps = a->hp->norm_eps,
		.add = a->op->add,
		.outputs = a->op->outputs,
		.n = a->ops->n,
	});

	if (!ret)
		launch(a, a->op->sync);
	return ret;
}

/* A vector per row of the batch. */
static int add_matvec(struct add *a)
{
	const struct graph_op *op = a->op;
	const bool experts = op->kind == OP_EXPERTS, logits = op->kind == OP_LOGITS;
	const uint32_t k = a->hp->n_expert_used;
	/* The kernel finds an expert by an index of 32 bits. */
	const bool too_large = (uint64_t)op->w->stride * op->w->rows * op->w->n > UINT32_MAX;
	const struct mutsu_agx_matvec matvec = {
		.y = logits ? a->ops->logits : view(a, op->dst),
		.x = view(a, op->src),
		.w = address(a, op->w->data),
		.bias = address(a, op->bias),
		.type = op->w->type,
		.rows = op->w->rows,
		.cols = op->w->cols,
		.y_stride = logits ? op->w->rows : stride(a, op->dst.slot),
		.x_stride = stride(a, op->src.slot),
		.n = logits ? a->ops->max_out : experts ? a->ops->n * k : a->ops->n,
		.per_row = experts ? k : 1,
		.x_div = experts && !op->spread ? k : 1,
		.expert = experts ? a->ops->expert : 0,
		.outputs = logits,
	};
	int ret = experts && too_large ? -ENOTSUP : mutsu_agx_matvec(&a->launch, &matvec);

	if (!ret)
		launch(a, op->sync);
	return ret;
}

/* The launch, which makes halves of the batch's rows, unless a product before has made them. */
static void add_half(struct add *a)
{
	const struct graph_op *op = a->op;

	if (a->ops->half_valid && a->ops->half_of.slot == op->src.slot &&
	    a->ops->half_of.col == op->src.col)
		return;
	launch(a, true);
	a->ops->half_valid = true;
	a->ops->half_of = op->src;
}

/*
 * The whole batch with the weights as halves, which are unpacked first: once for so many
 * rows, that costs little.
 */
static int add_gemm(struct add *a)
{
	const struct graph_op *op = a->op;
	const struct mutsu_weight *w = op->w;
	struct mutsu_agx_gemm gemm = {
		.y = view(a, op->dst),
		.w = w->type == MUTSU_F16 ? address(a, w->data) : a->ops->matrix,
		.x = a->ops->half,
		.bias = address(a, op->bias),
		.y_stride = stride(a, op->dst.slot),
		.rows = w->rows,
		.cols = w->cols,
		.n = a->ops->n,
	};
	struct mutsu_agx_dequant dequant = {
		.y = a->ops->matrix, .w = address(a, w->data), .type = w->type,
		.rows = w->rows, .cols = w->cols,
	};
	const struct mutsu_agx_half half = {
		.y = a->ops->half,
		.x = view(a, op->src),
		.x_stride = stride(a, op->src.slot),
		.cols = w->cols,
		.n = a->ops->n,
	};
	int ret = mutsu_agx_gemm(&a->launch, &gemm);

	if (!ret && w->type != MUTSU_F16)
		ret = mutsu_agx_dequant(&a->launch, &dequant);
	if (!ret)
		ret = mutsu_agx_half(&a->launch, &half);
	if (ret)
		return ret;
	add_half(a);
	if (w->type != MUTSU_F16) {
		/* The product before may still read the matrix before. */
		mutsu_agx_dequant(&a->launch, &dequant);
		launch(a, true);
	}
	mutsu_agx_gemm(&a->launch, &gemm);
	launch(a, true);
	return 0;
}

static int add_matmul(struct add *a)
{
	if (a->ops->n < AGX_GEMM_ROWS || add_gemm(a))
		return add_matvec(a);
	return 0;
}

static int add_qkv(struct add *a)
{
	const struct mutsu_kv *kv = a->ops->kv;
	const size_t k = (size_t)((char *)mutsu_kv_row(kv, a->op->layer, 0, 0, 0) - kv->map);
	const size_t v = (size_t)((char *)mutsu_kv_row(kv, a->op->layer, 1, 0, 0) - kv->map);
	int ret = mutsu_agx_qkv(&a->launch, &(struct mutsu_agx_qkv){
		.qkv = a->ops->slot[SLOT_QKV],
		.stride = stride(a, SLOT_QKV),
		.rope = a->ops->rope[mutsu_hparams_windowed(a->hp, a->op->layer)],
		.rope_stride = 2 * a->ops->graph->n_pairs,
		.norm_q = address(a, a->op->norm),
		.norm_k = address(a, a->op->norm2),
		.k = a->ops->kv_map + k,
		.v = a->ops->kv_map + v,
		.row_size = (uint32_t)kv->row_size,
		.head_size = kv->row_size * kv->n_ctx,
		.n_head = a->hp->n_head,
		.n_head_kv = a->hp->n_head_kv,
		.head_dim = a->hp->head_dim,
		.n_pairs = a->ops->graph->n_pairs,
		.neox = a->ops->graph->model->arch->rope == ROPE_NEOX,
		.f32 = kv->type == MUTSU_KV_F32,
		.eps = a->hp->norm_eps,
		.n = a->ops->n,
	});

	if (!ret)
		launch(a, a->op->sync);
	return ret;
}

static int add_attend(struct add *a)
{
	const struct mutsu_kv *kv = a->ops->kv;
	const size_t k = (size_t)((char *)mutsu_kv_row(kv, a->op->layer, 0, 0, 0) - kv->map);
	const size_t v = (size_t)((char *)mutsu_kv_row(kv, a->op->layer, 1, 0, 0) - kv->map);
	int ret = mutsu_agx_attend(&a->launch, &(struct mutsu_agx_attend){
		.out = a->ops->slot[SLOT_ATT],
		.q = a->ops->slot[SLOT_QKV],
		.out_stride = stride(a, SLOT_ATT),
		.q_stride = stride(a, SLOT_QKV),
		.k = a->ops->kv_map + k,
		.v = a->ops->kv_map + v,
		.row_size = (uint32_t)kv->row_size,
		.head_size = kv->row_size * kv->n_ctx,
		.n_head = a->hp->n_head,
		.n_head_kv = a->hp->n_head_kv,
		.head_dim = a->hp->head_dim,
		.window = mutsu_hparams_windowed(a->hp, a->op->layer) ? a->hp->window : 0,
		.scale = a->hp->attn_scale,
		.f32 = kv->type == MUTSU_KV_F32,
		.n = a->ops->n,
	});

	if (!ret)
		launch(a, a->op->sync);
	return ret;
}

static int add_route(struct add *a)
{
	int ret = mutsu_agx_route(&a->launch, &(struct mutsu_agx_route){
		.expert = a->ops->expert,
		.weight = a->ops->expert_weight,
		.logits = a->ops->slot[SLOT_ROUTE],
		.stride = stride(a, SLOT_ROUTE),
		.n_expert = a->hp->n_expert,
		.k = a->hp->n_expert_used,
		.n = a->ops->n,
	});

	if (!ret)
		launch(a, a->op->sync);
	return ret;
}

static int add_glu(struct add *a)
{
	const uint32_t per_row = a->op->spread ? a->hp->n_expert_used : 1;

	mutsu_agx_glu(&a->launch, &(struct mutsu_agx_glu){
		.y = a->ops->slot[SLOT_GLU],
		.gu = a->ops->slot[SLOT_GU],
		.y_stride = stride(a, SLOT_GLU),
		.gu_stride = stride(a, SLOT_GU),
		.width = a->op->width,
		.gelu = a->ops->graph->model->arch->glu == GLU_GELU,
		.per_row = per_row,
		.n = a->ops->n * per_row,
	});
	launch(a, a->op->sync);
	return 0;
}

static int add_mix(struct add *a)
{
	mutsu_agx_mix(&a->launch, &(struct mutsu_agx_mix){
		.y = a->ops->slot[SLOT_Y],
		.e = a->ops->slot[SLOT_EXPERT],
		.weight = a->ops->expert_weight,
		.y_stride = stride(a, SLOT_Y),
		.e_stride = stride(a, SLOT_EXPERT),
		.width = a->op->width,
		.k = a->hp->n_expert_used,
		.n = a->ops->n,
	});
	launch(a, a->op->sync);
	return 0;
}

int mutsu_agx_ops_add(struct agx_ops *ops, const struct graph_op *op,
		      void (*begin)(void *arg), void *arg)
{
	struct add a = {
		.ops = ops, .hp = &ops->graph->model->hp, .op = op, .begin = begin, .arg = arg,
	};

	if (op->kind != OP_MATMUL)
		ops->half_valid = false;
	switch (op->kind) {
	case OP_EMBED:
		return add_embed(&a);
	case OP_NORM:
		return add_norm(&a);
	case OP_ACT:
		return 0;	/* products read floats */
	case OP_MATMUL:
		return add_matmul(&a);
	case OP_QKV:
		return add_qkv(&a);
	case OP_ATTEND:
		return add_attend(&a);
	case OP_ROUTE:
		return add_route(&a);
	case OP_EXPERTS:
	case OP_LOGITS:
		return add_matvec(&a);
	case OP_GLU:
		return add_glu(&a);
	case OP_MIX:
		return add_mix(&a);
	}
	return -ENOTSUP;
}

size_t mutsu_agx_ops_matrix_size(const struct mutsu_graph *graph)
{
	size_t largest = 0;

	for (uint32_t i = 0; i < graph->n_ops; i++) {
		const struct graph_op *op = &graph->op[i];
		size_t size;

		if (op->kind != OP_MATMUL || op->w->type == MUTSU_F16)
			continue;
		size = sizeof(uint16_t) * op->w->rows * op->w->cols;
		if (size > largest)
			largest = size;
	}
	return largest;
}
