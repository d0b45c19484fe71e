/* SPDX-License-Identifier: MIT */
/* Runs a graph on the CPU: buffers for a batch, and threads that walk the ops. */
#ifndef RUNTIME_GRAPH_EXEC_H
#define RUNTIME_GRAPH_EXEC_H

#include "compute/kernels.h"
#include "graph.h"
#include "kv.h"
#include "pool.h"

/* Tokens at consecutive positions of one sequence. */
struct mutsu_batch {
	const int32_t *token;	/* all below n_vocab */
	uint32_t n;		/* 1 to n_batch */
	uint32_t pos;		/* of token[0] */
	bool prompt;		/* round what meets F16 weights to half (ops/matmul.h) */
	bool alone;		/* on the calling thread: sharing would take longer */
	float *logits;		/* n_out rows of n_vocab */
	uint32_t n_out;		/* logits are wanted after the last n_out tokens */
	/* Asked twice a layer, in the caller's thread: give up?  May be NULL. */
	bool (*stop)(void *arg);
	void *stop_arg;
};

struct mutsu_exec;

/* Keeps counts of (token, expert) and (token, head) within 32 bits. */
#define MUTSU_BATCH_MAX 65536

/*
 * Everything but kernels, which is copied, is borrowed until close.  n_batch is
 * MUTSU_BATCH_MAX at most.  There are no buffers yet.  -ENOMEM.
 */
int mutsu_exec_open(struct mutsu_exec **out, const struct mutsu_graph *graph,
		    const struct mutsu_kernels *kernels, struct mutsu_pool *pool,
		    const struct mutsu_kv *kv, uint32_t n_batch, struct mutsu_error *err);
void mutsu_exec_close(struct mutsu_exec *exec);

/*
 * Buffers, all in one piece of mutsu_exec_size() bytes: zeroes that are borrowed until
 * close, aligned to 64; or its own (-ENOMEM).
 */
void mutsu_exec_borrow(struct mutsu_exec *exec, void *map);
int mutsu_exec_map(struct mutsu_exec *exec, struct mutsu_error *err);

/*
 * Writes K and V of the batch's positions and the logits.  -ECANCELED: stop()
 * said so; no logits and not all of K and V are written.  Else it cannot fail.
 */
int mutsu_exec_run(struct mutsu_exec *exec, const struct mutsu_batch *batch);

size_t mutsu_exec_size(const struct mutsu_exec *exec);	/* bytes of buffers */

/*
 * Where things are in the buffers, for who computes some of the ops elsewhere, in the same
 * memory: rows of a slot, of the rotations (windowed: of such layers), of chosen experts.
 */
float *mutsu_exec_slot(const struct mutsu_exec *exec, enum graph_slot slot);
float *mutsu_exec_rope(const struct mutsu_exec *exec, bool windowed);
int32_t *mutsu_exec_experts(const struct mutsu_exec *exec);
float *mutsu_exec_expert_weights(const struct mutsu_exec *exec);

/* Cosines and sines of the batch's positions, into these rows. */
void mutsu_exec_set_rope(const struct mutsu_exec *exec, const struct mutsu_batch *batch);

/*
 * Op i of the graph alone, for a batch whose other ops are computed elsewhere: what it
 * reads is in the slots, forms of it are made here.
 */
void mutsu_exec_run_op(struct mutsu_exec *exec, const struct mutsu_batch *batch, uint32_t i);

#endif
