/* SPDX-License-Identifier: MIT */
/*
 * The graph: a flat list of ops that turns tokens into logits
 *
 * Built once per session from a model: every op knows its weights, its operands
 * and its kernel-independent parameters, so that running it for a batch of
 * tokens takes no decisions.  An executor (exec_cpu.c) walks the list.
 *
 * Activations live in slots, matrices of floats with a row per token of the
 * batch; a view is some columns of a slot.  Q, K and V share a slot, gate and
 * up another, so that models with fused matrices need no ops of their own.
 * What matrix products read is in forms (enum mutsu_act), one buffer each,
 * written by the op that makes the row (its `acts`) and read until the next.
 */
#ifndef RUNTIME_GRAPH_GRAPH_H
#define RUNTIME_GRAPH_GRAPH_H

#include "runtime/model/model.h"

enum graph_slot {
	SLOT_X,			/* residual stream: n_embd */
	SLOT_H,			/* after a norm: n_embd */
	SLOT_QKV,		/* (n_head + 2 n_head_kv) * head_dim */
	SLOT_ATT,		/* attention's result: n_head * head_dim */
	SLOT_GU,		/* gate, up: 2 * n_ff; a row per token and expert */
	SLOT_GLU,		/* gated: n_ff; the same */
	SLOT_EXPERT,		/* an expert's result: n_embd; the same */
	SLOT_Y,			/* a block's result: n_embd */
	SLOT_ROUTE,		/* logits of experts: n_expert */
	N_SLOTS,
};

struct graph_view {
	enum graph_slot slot;
	uint32_t col;
};

enum graph_op_kind {
	OP_EMBED,		/* X = rows of the embedding matrix */
	OP_NORM,		/* X += Y, then H = norm(X) */
	OP_ACT,			/* forms of a view */
	OP_MATMUL,
	OP_QKV,			/* head norms, rotation, K and V to the cache */
	OP_ATTEND,
	OP_ROUTE,		/* choose experts */
	OP_EXPERTS,		/* matrix product with each row's expert */
	OP_GLU,
	OP_MIX,			/* Y = weighted sum of its experts' rows */
	OP_LOGITS,		/* matrix product into the caller's logits */
};

struct graph_op {
	enum graph_op_kind kind;
	bool sync;		/* wait for all ops before this one */
	bool spread;		/* rows are (token, expert), not tokens */
	bool outputs;		/* only for rows whose logits are wanted */
	uint32_t layer;
	uint32_t acts;		/* set of 1 << enum mutsu_act to leave behind */
	uint32_t width;		/* elements of a row of the result */
	struct graph_view src, dst;
	const struct mutsu_weight *w;
	/* Vectors; NULL: not there. */
	const float *bias;	/* MATMUL */
	const float *norm;	/* NORM: of X; QKV: of query heads */
	const float *norm2;	/* NORM: of Y before the sum; QKV: of key heads */
	bool add;		/* NORM: there is a Y */
};

struct mutsu_graph {
	const struct mutsu_model *model;
	struct graph_op *op;
	uint32_t n_ops;
	uint32_t slot_width[N_SLOTS];	/* floats, a multiple of 16 */
	uint32_t act_width;		/* widest view made into a form */
	uint32_t acts;			/* forms that any op makes */
	/* Angle per position of each rotated pair; [1]: of windowed layers. */
	uint32_t n_pairs;
	double *angle[2];
	bool mapped;			/* weights are where the model's file is mapped */
	struct mutsu_weight *moved;	/* of each op, where they are not */
};

/* n_ctx chooses between short and long rotation factors.  -ENOMEM. */
int mutsu_graph_open(struct mutsu_graph **out, const struct mutsu_model *model,
		     uint32_t n_ctx, struct mutsu_error *err);

/*
 * Weights of all ops are now where move() says a byte of the model is: a copy of them in
 * memory of a device.  Once, before anything runs.  -ENOMEM.
 */
int mutsu_graph_move(struct mutsu_graph *graph, const void *(*move)(void *arg, const void *data),
		     void *arg, struct mutsu_error *err);
void mutsu_graph_close(struct mutsu_graph *graph);

#endif
