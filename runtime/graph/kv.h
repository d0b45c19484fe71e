/* SPDX-License-Identifier: MIT */
/*
 * KV cache: keys and values of every layer and position, in one mapping
 *
 * Rows of head_dim elements; all positions of a head are contiguous, because
 * attention reads them in order.  Pages that no position used are not resident.
 */
#ifndef RUNTIME_GRAPH_KV_H
#define RUNTIME_GRAPH_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/include/mutsu/mutsu.h"
#include "runtime/model/arch.h"

struct mutsu_kv {
	enum mutsu_kv_type type;
	uint32_t n_ctx;
	uint32_t n_head;	/* key-value heads */
	size_t row_size;	/* bytes of a head at a position */
	char *map;
	size_t size;		/* bytes */
	bool borrowed;		/* map is somebody else's: memory of a device */
};

/* All of it but the memory.  -ENOMEM: more than there are addresses for. */
int mutsu_kv_init(struct mutsu_kv *kv, const struct mutsu_hparams *hp,
		  enum mutsu_kv_type type, uint32_t n_ctx, struct mutsu_error *err);

/* Memory: size bytes of zeroes, borrowed until fini; or its own (-ENOMEM). */
void mutsu_kv_borrow(struct mutsu_kv *kv, void *map);
int mutsu_kv_map(struct mutsu_kv *kv, struct mutsu_error *err);
void mutsu_kv_fini(struct mutsu_kv *kv);

/* which is 0 for K, 1 for V. */
static inline void *mutsu_kv_row(const struct mutsu_kv *kv, uint32_t layer, int which,
				 uint32_t head, uint32_t pos)
{
	size_t row = ((size_t)layer * 2 + (size_t)which) * kv->n_head + head;

	return kv->map + (row * kv->n_ctx + pos) * kv->row_size;
}

#endif
