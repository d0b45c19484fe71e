// SPDX-License-Identifier: MIT
#include "need.h"

/* What all cases need; counts of floats and bytes fit 64 bits. */
struct need {
	const struct mutsu_hparams *hp;
	const struct graph_op *op;
	const struct mutsu_kv *kv;
	const struct mutsu_batch *batch;
	uint64_t n;		/* rows */
};

static struct graph_need of_floats(uint64_t n)
{
	return (struct graph_need){ .bytes = n * sizeof(float) };
}

static uint64_t matrix_size(const struct mutsu_weight *w)
{
	return (uint64_t)w->rows * mutsu_type_row_size(w->type, w->cols);
}

static struct graph_need of_norm(const struct need *c)
{
	const uint64_t width = c->op->width, add = c->op->add;

	/* X and H; the sum reads Y, too, and writes X. */
	return of_floats(width * (c->n * (2 + 2 * add) + 1 + (c->op->norm2 != NULL)));
}

static struct graph_need of_matmul(const struct need *c)
{
	const struct mutsu_weight *w = c->op->w;
	const uint64_t rows = w->rows, cols = w->cols;
	struct graph_need need = of_floats(c->n * (rows + cols) + (c->op->bias ? rows : 0));

	need.bytes += matrix_size(w);
	need.macs = c->n * rows * cols;
	return need;
}

static struct graph_need of_experts(const struct need *c)
{
	const struct mutsu_weight *w = c->op->w;
	const uint64_t rows = w->rows, cols = w->cols, k = c->hp->n_expert_used;
	const uint64_t chosen = c->n * k < c->hp->n_expert ? c->n * k : c->hp->n_expert;
	struct graph_need need = of_floats(c->n * (k * rows + (c->op->spread ? k : 1) * cols));

	need.bytes += chosen * matrix_size(w);
	need.macs = c->n * k * rows * cols;
	return need;
}

static struct graph_need of_qkv(const struct need *c)
{
	const uint64_t q = (uint64_t)c->hp->n_head * c->hp->head_dim;
	const uint64_t k = (uint64_t)c->hp->n_head_kv * c->hp->head_dim;
	struct graph_need need = of_floats(c->n * (2 * q + 2 * k + c->hp->n_rot));

	need.bytes += c->n * 2 * c->hp->n_head_kv * c->kv->row_size;
	return need;
}

static struct graph_need of_attend(const struct need *c)
{
	const uint64_t q = (uint64_t)c->hp->n_head * c->hp->head_dim;
	const uint64_t pos = c->batch->pos;
	const uint64_t window = mutsu_hparams_windowed(c->hp, c->op->layer) ? c->hp->window : 0;
	const uint64_t first = window && pos + 1 > window ? pos + 1 - window : 0;
	struct graph_need need = of_floats(c->n * 2 * q);

	need.bytes += (pos + c->n - first) * 2 * c->hp->n_head_kv * c->kv->row_size;
	for (uint64_t i = pos; i < pos + c->n; i++)
		need.macs += 2 * q * (window && i + 1 > window ? window : i + 1);
	return need;
}

struct graph_need mutsu_graph_need(const struct mutsu_graph *graph, const struct graph_op *op,
				   const struct mutsu_kv *kv, const struct mutsu_batch *batch)
{
	const struct mutsu_hparams *hp = &graph->model->hp;
	const struct need c = { hp, op, kv, batch, op->outputs ? batch->n_out : batch->n };
	const uint64_t k = hp->n_expert_used, width = op->width;
	struct graph_need need = { 0 };

	switch (op->kind) {
	case OP_EMBED:
		need = of_floats(c.n * (op->w->cols + 1ull));
		need.bytes += c.n * mutsu_type_row_size(op->w->type, op->w->cols);
		break;
	case OP_NORM:
		return of_norm(&c);
	case OP_MATMUL:
	case OP_LOGITS:
		return of_matmul(&c);
	case OP_QKV:
		return of_qkv(&c);
	case OP_ATTEND:
		return of_attend(&c);
	case OP_ROUTE:
		return of_floats(c.n * (hp->n_expert + 2 * k));
	case OP_EXPERTS:
		return of_experts(&c);
	case OP_GLU:
		return of_floats(c.n * (op->spread ? k : 1) * 3 * width);
	case OP_MIX:
		return of_floats(c.n * (k * (width + 1) + width));
	case OP_ACT:
		break;
	}
	return need;
}

const char *mutsu_graph_op_name(enum graph_op_kind kind)
{
	static const char *const names[] = {
		[OP_EMBED] = "embed", [OP_NORM] = "norm", [OP_ACT] = "act",
		[OP_MATMUL] = "matmul", [OP_QKV] = "qkv", [OP_ATTEND] = "attend",
		[OP_ROUTE] = "route", [OP_EXPERTS] = "experts", [OP_GLU] = "glu",
		[OP_MIX] = "mix", [OP_LOGITS] = "logits",
	};

	return names[kind];
}
