/* SPDX-License-Identifier: MIT */
/* Turns ops of the graph into launches, for batches of up to so many tokens. */
#ifndef RUNTIME_GRAPH_AGX_OPS_H
#define RUNTIME_GRAPH_AGX_OPS_H

#include "agx_record.h"
#include "exec.h"
#include "graph.h"
#include "kv.h"

/* Where things are on the GPU; 0: not there. */
struct agx_ops {
	const struct mutsu_graph *graph;
	const struct mutsu_kv *kv;
	struct agx_record *record;
	uint64_t slot[N_SLOTS];
	uint64_t rope[2];
	uint64_t kv_map;
	uint64_t expert, expert_weight;
	uint64_t token;		/* s32 of each row */
	uint64_t logits;	/* max_out rows of n_vocab */
	uint64_t half;		/* a batch's rows as halves, mutsu_agx_half_size() of the widest */
	uint64_t matrix;	/* any matrix of a layer as halves */
	uint32_t max_out;
	uint32_t n;		/* rows at most */
	/* What half holds: the operand of the last product, if it is still that. */
	bool half_valid;
	struct graph_view half_of;
	/* An address of the model's memory as the GPU sees it. */
	uint64_t (*address)(void *arg, const void *data);
	void *arg;
};

/* Batches of at least so many rows are worth a product of matrices. */
#define AGX_GEMM_ROWS 16u

/*
 * Adds the launches of op; begin() is called before the first one, if there is one.
 * -ENOTSUP: no kernel, nothing was added.
 */
int mutsu_agx_ops_add(struct agx_ops *ops, const struct graph_op *op,
		      void (*begin)(void *arg), void *arg);

/* Bytes of the largest matrix that products of batches need as halves. */
size_t mutsu_agx_ops_matrix_size(const struct mutsu_graph *graph);

#endif
