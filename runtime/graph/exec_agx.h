/* SPDX-License-Identifier: MIT */
/*
 * Runs a graph on an AGX: recorded once, submitted for each batch
 *
 * It shares all memory with a CPU executor: the KV cache, the slots, the rotations, the
 * weights.  Ops without a kernel run there, between two submissions; and whoever is left by
 * the GPU in the middle of a batch runs the batch again on the CPU executor, which needs no
 * more than what it was given.
 */
#ifndef RUNTIME_GRAPH_EXEC_AGX_H
#define RUNTIME_GRAPH_EXEC_AGX_H

#include "exec.h"
#include "runtime/drm/gpu.h"

struct mutsu_exec_agx;

/* All borrowed until close. */
struct mutsu_exec_agx_parts {
	const struct mutsu_graph *graph;	/* its weights are in memory[] */
	struct mutsu_gpu *gpu;
	struct mutsu_exec *cpu;		/* for the same graph; its buffers are in memory[] */
	const struct mutsu_kv *kv;	/* in memory[] */
	struct mutsu_buffer *const *memory;
	size_t n_memory;
	uint32_t n_batch;		/* as of the CPU executor */
};

/*
 * -ENOMEM; -EINVAL: a mistake of ours.  What has no kernel is no error, see
 * mutsu_exec_agx_n_cpu_ops().
 */
int mutsu_exec_agx_open(struct mutsu_exec_agx **out, const struct mutsu_exec_agx_parts *parts,
			struct mutsu_error *err);
void mutsu_exec_agx_close(struct mutsu_exec_agx *exec);

/* Rows of logits that a batch can have; 1 at least. */
uint32_t mutsu_exec_agx_max_out(const struct mutsu_exec_agx *exec);
/* Ops of the graph that the CPU runs. */
uint32_t mutsu_exec_agx_n_cpu_ops(const struct mutsu_exec_agx *exec);
size_t mutsu_exec_agx_size(const struct mutsu_exec_agx *exec);	/* bytes beside memory[] */

/*
 * As mutsu_exec_run(), with one submission and one wait where all ops have kernels, and
 * without any allocation.  -ECANCELED: stop() said so.  Any other error: the GPU did not do
 * it, err says what is known; no logits, and of the batch's positions in the KV cache
 * nothing can be relied on.  -EAGAIN: it was somebody else's fault, to try again makes
 * sense.
 */
int mutsu_exec_agx_run(struct mutsu_exec_agx *exec, const struct mutsu_batch *batch,
		       struct mutsu_error *err);

/*
 * The same, each op in a submission of its own, recorded for the occasion.  report() gets
 * what op did: launches, and how much each of MUTSU_GPU_COUNTERS counters grew; nothing of ops
 * that have no launches, or that the CPU runs.  batch->stop is not asked.  Errors also:
 * -ENOTSUP: hardware, which does not count.  -ENOMEM.
 */
int mutsu_exec_agx_profile(struct mutsu_exec_agx *exec, const struct mutsu_batch *batch,
			   void (*report)(void *arg, uint32_t op, uint32_t n_launches,
					  const uint64_t *counter),
			   void *arg, struct mutsu_error *err);

#endif
