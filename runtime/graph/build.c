// SPDX-License-Identifier: MIT
/*
 * Builds the graph of a model out of blocks.  All decisions that depend on the
 * architecture or on a tensor's type are made here.
 */
#include "graph.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* As many as a layer of experts takes; the ends of the graph together take less. */
#define OPS_PER_LAYER 16

struct builder {
	struct mutsu_graph *graph;
	const struct mutsu_model *model;
	const struct mutsu_hparams *hp;
	uint32_t layer;
};

static struct graph_op *add_op(struct builder *b, enum graph_op_kind kind)
{
	struct graph_op *op = &b->graph->op[b->graph->n_ops];

	assert(b->graph->n_ops < OPS_PER_LAYER * (b->hp->n_layer + 1));
	b->graph->n_ops++;
	op->kind = kind;
	op->layer = b->layer;
	op->sync = true;
	return op;
}

static const struct mutsu_weight *weight(const struct builder *b, enum mutsu_role role)
{
	const struct mutsu_weight *w = &b->model->layer[b->layer].role[role];

	return w->data ? w : NULL;
}

static const float *vector(const struct builder *b, enum mutsu_role role)
{
	return b->model->layer[b->layer].role[role].data;
}

/* The form that products with w read; ops that make rows for it must leave it. */
static uint32_t act_of(struct builder *b, const struct mutsu_weight *w)
{
	uint32_t act;

	if (!w)
		return 0;
	act = 1u << mutsu_type_info(w->type)->act;
	b->graph->acts |= act;
	if (w->cols > b->graph->act_width)
		b->graph->act_width = w->cols;
	return act;
}

static uint32_t act_of_roles(struct builder *b, uint32_t roles)
{
	uint32_t acts = 0;

	for (unsigned int role = 0; role < N_ROLES; role++)
		if (roles & 1u << role)
			acts |= act_of(b, weight(b, role));
	return acts;
}

static struct graph_op *add_matmul(struct builder *b, const struct mutsu_weight *w,
				   enum graph_slot src, enum graph_slot dst, uint32_t col)
{
	struct graph_op *op = add_op(b, OP_MATMUL);

	assert(w);		/* weights.c bound what the architecture needs */
	op->w = w;
	op->src = (struct graph_view){ src, 0 };
	op->dst = (struct graph_view){ dst, col };
	op->width = w->rows;
	return op;
}

/* X += norm2(Y) where add, then H = norm(X) */
static struct graph_op *add_norm(struct builder *b, bool add, const float *norm2,
				 const float *norm, uint32_t acts)
{
	struct graph_op *op = add_op(b, OP_NORM);

	op->add = add;
	op->norm = norm;
	op->norm2 = norm2;
	op->acts = acts;
	op->width = b->hp->n_embd;
	op->dst.slot = SLOT_H;
	return op;
}

static void add_attention(struct builder *b)
{
	const uint32_t q = b->hp->n_head * b->hp->head_dim;
	const uint32_t kv = b->hp->n_head_kv * b->hp->head_dim;
	const struct mutsu_weight *fused = weight(b, ROLE_QKV);
	struct graph_op *op;

	if (fused) {
		op = add_matmul(b, fused, SLOT_H, SLOT_QKV, 0);
		op->bias = vector(b, ROLE_QKV_BIAS);
	} else {
		op = add_matmul(b, weight(b, ROLE_Q), SLOT_H, SLOT_QKV, 0);
		op->bias = vector(b, ROLE_Q_BIAS);
		op = add_matmul(b, weight(b, ROLE_K), SLOT_H, SLOT_QKV, q);
		op->bias = vector(b, ROLE_K_BIAS);
		op->sync = false;
		op = add_matmul(b, weight(b, ROLE_V), SLOT_H, SLOT_QKV, q + kv);
		op->bias = vector(b, ROLE_V_BIAS);
		op->sync = false;
	}

	op = add_op(b, OP_QKV);
	op->norm = vector(b, ROLE_Q_NORM);
	op->norm2 = vector(b, ROLE_K_NORM);

	add_op(b, OP_ATTEND);

	op = add_op(b, OP_ACT);
	op->src.slot = SLOT_ATT;
	op->width = q;
	op->acts = act_of(b, weight(b, ROLE_ATTN_OUT));

	op = add_matmul(b, weight(b, ROLE_ATTN_OUT), SLOT_ATT, SLOT_Y, 0);
	op->bias = vector(b, ROLE_ATTN_OUT_BIAS);
}

static void add_glu(struct builder *b, const struct mutsu_weight *down, bool spread)
{
	struct graph_op *op = add_op(b, OP_GLU);

	op->width = b->hp->n_ff;
	op->acts = act_of(b, down);
	op->spread = spread;
}

static void add_ffn(struct builder *b)
{
	const struct mutsu_weight *fused = weight(b, ROLE_GATE_UP);
	const struct mutsu_weight *down = weight(b, ROLE_DOWN);

	if (fused) {
		add_matmul(b, fused, SLOT_H, SLOT_GU, 0);
	} else {
		add_matmul(b, weight(b, ROLE_GATE), SLOT_H, SLOT_GU, 0);
		add_matmul(b, weight(b, ROLE_UP), SLOT_H, SLOT_GU, b->hp->n_ff)->sync = false;
	}
	add_glu(b, down, false);
	add_matmul(b, down, SLOT_GLU, SLOT_Y, 0);
}

static struct graph_op *add_experts(struct builder *b, enum mutsu_role role,
				    enum graph_slot src, enum graph_slot dst, uint32_t col)
{
	struct graph_op *op = add_matmul(b, weight(b, role), src, dst, col);

	op->kind = OP_EXPERTS;
	return op;
}

static void add_moe(struct builder *b)
{
	add_matmul(b, weight(b, ROLE_ROUTER), SLOT_H, SLOT_ROUTE, 0);
	add_op(b, OP_ROUTE);
	add_experts(b, ROLE_GATE_EXPS, SLOT_H, SLOT_GU, 0);
	add_experts(b, ROLE_UP_EXPS, SLOT_H, SLOT_GU, b->hp->n_ff)->sync = false;
	add_glu(b, weight(b, ROLE_DOWN_EXPS), true);
	add_experts(b, ROLE_DOWN_EXPS, SLOT_GLU, SLOT_EXPERT, 0)->spread = true;
	add_op(b, OP_MIX)->width = b->hp->n_embd;
}

static void add_layers(struct builder *b)
{
	const uint32_t attn = ROLES_QKV | ROLE(QKV);
	const uint32_t ffn = ROLE(GATE) | ROLE(UP) | ROLE(GATE_UP) | ROLE(ROUTER) |
			     ROLE(GATE_EXPS) | ROLE(UP_EXPS);
	const float *post = NULL;

	for (b->layer = 0; b->layer < b->hp->n_layer; b->layer++) {
		add_norm(b, b->layer > 0, post, vector(b, ROLE_ATTN_NORM), act_of_roles(b, attn));
		add_attention(b);
		add_norm(b, true, vector(b, ROLE_ATTN_POST_NORM), vector(b, ROLE_FFN_NORM),
			 act_of_roles(b, ffn));
		if (weight(b, ROLE_ROUTER))
			add_moe(b);
		else
			add_ffn(b);
		post = vector(b, ROLE_FFN_POST_NORM);
	}
	add_norm(b, true, post, b->model->output_norm.data,
		 act_of(b, &b->model->output))->outputs = true;
}

static void set_slots(struct mutsu_graph *graph, const struct mutsu_hparams *hp)
{
	uint32_t *width = graph->slot_width;

	width[SLOT_X] = hp->n_embd;
	width[SLOT_H] = hp->n_embd;
	width[SLOT_QKV] = (hp->n_head + 2 * hp->n_head_kv) * hp->head_dim;
	width[SLOT_ATT] = hp->n_head * hp->head_dim;
	width[SLOT_GU] = 2 * hp->n_ff;
	width[SLOT_GLU] = hp->n_ff;
	width[SLOT_EXPERT] = hp->n_expert ? hp->n_embd : 0;
	width[SLOT_Y] = hp->n_embd;
	width[SLOT_ROUTE] = hp->n_expert;
	/* Rows stay 64-byte aligned. */
	for (int i = 0; i < N_SLOTS; i++)
		width[i] = (width[i] + 15) & ~15u;
}

/* Angle of each pair at position 1 (Su et al. 2021), with the model's factors. */
static void set_angles(struct mutsu_graph *graph, const struct mutsu_model *model, uint32_t n_ctx)
{
	const struct mutsu_hparams *hp = &model->hp;
	const float *factor = model->rope_freqs.data;

	if (model->rope_long.data && model->rope_short.data)
		factor = n_ctx > hp->rope_ctx_orig ? model->rope_long.data :
						     model->rope_short.data;

	for (uint32_t i = 0; i < graph->n_pairs; i++) {
		double exponent = -2.0 * i / hp->n_rot;
		double f = factor ? (double)factor[i] : 1.0;

		graph->angle[0][i] = pow((double)hp->rope_base, exponent) *
				     (double)hp->rope_scale / f;
		graph->angle[1][i] = pow((double)hp->window_rope_base, exponent);
	}
}

int mutsu_graph_open(struct mutsu_graph **out, const struct mutsu_model *model,
		     uint32_t n_ctx, struct mutsu_error *err)
{
	struct builder b = { .model = model, .hp = &model->hp };
	struct mutsu_graph *graph = calloc(1, sizeof(*graph));
	struct graph_op *op;

	if (!graph)
		goto err_nomem;
	graph->model = model;
	graph->mapped = true;
	graph->n_pairs = b.hp->n_rot / 2;
	graph->op = calloc(OPS_PER_LAYER * ((size_t)b.hp->n_layer + 1), sizeof(*graph->op));
	graph->angle[0] = calloc(2 * (size_t)graph->n_pairs, sizeof(double));
	if (!graph->op || !graph->angle[0])
		goto err_nomem;
	graph->angle[1] = graph->angle[0] + graph->n_pairs;
	b.graph = graph;

	set_slots(graph, b.hp);
	set_angles(graph, model, n_ctx);

	add_op(&b, OP_EMBED)->w = &model->token_embd;
	add_layers(&b);
	op = add_op(&b, OP_LOGITS);
	op->w = &model->output;
	op->src.slot = SLOT_H;
	op->outputs = true;

	*out = graph;
	return 0;

err_nomem:
	mutsu_graph_close(graph);
	return mutsu_fail(err, -ENOMEM, "no memory for the graph of %s", model->name);
}

int mutsu_graph_move(struct mutsu_graph *graph, const void *(*move)(void *arg, const void *data),
		     void *arg, struct mutsu_error *err)
{
	graph->moved = calloc(graph->n_ops, sizeof(*graph->moved));
	if (!graph->moved)
		return mutsu_fail(err, -ENOMEM, "no memory for the graph of %s",
				  graph->model->name);
	for (uint32_t i = 0; i < graph->n_ops; i++) {
		struct graph_op *op = &graph->op[i];
		const float **vector[] = { &op->bias, &op->norm, &op->norm2 };

		if (op->w) {
			graph->moved[i] = *op->w;
			graph->moved[i].data = move(arg, op->w->data);
			op->w = &graph->moved[i];
		}
		for (size_t v = 0; v < sizeof(vector) / sizeof(vector[0]); v++)
			if (*vector[v])
				*vector[v] = move(arg, *vector[v]);
	}
	graph->mapped = false;
	return 0;
}

void mutsu_graph_close(struct mutsu_graph *graph)
{
	if (!graph)
		return;
	free(graph->moved);
	free(graph->op);
	free(graph->angle[0]);
	free(graph);
}
