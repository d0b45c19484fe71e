/* SPDX-License-Identifier: MIT */
/*
 * What an op cannot do without, whoever computes it: the least that any kernel has to read,
 * write and multiply.  Beside what was counted, it says how much is waste.
 */
#ifndef RUNTIME_GRAPH_NEED_H
#define RUNTIME_GRAPH_NEED_H

#include "exec.h"

struct graph_need {
	/*
	 * Weights, vectors, rows of K and V, operands and results, each once.  Of experts, as
	 * many as a batch can choose.
	 */
	uint64_t bytes;
	uint64_t macs;		/* multiply-adds with weights, or of attention */
};

struct graph_need mutsu_graph_need(const struct mutsu_graph *graph, const struct graph_op *op,
				   const struct mutsu_kv *kv, const struct mutsu_batch *batch);

/* "matmul"; static. */
const char *mutsu_graph_op_name(enum graph_op_kind kind);

#endif
