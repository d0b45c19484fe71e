// SPDX-License-Identifier: MIT
#include "kv.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/error.h"

static int no_memory(size_t token_size, uint32_t n_ctx, struct mutsu_error *err)
{
	return mutsu_fail(err, -ENOMEM,
			  "no memory for the KV cache: %zu bytes a token, %u tokens; "
			  "ask for a smaller context", token_size, n_ctx);
}

int mutsu_kv_init(struct mutsu_kv *kv, const struct mutsu_hparams *hp,
		  enum mutsu_kv_type type, uint32_t n_ctx, struct mutsu_error *err)
{
	size_t element = type == MUTSU_KV_F32 ? sizeof(float) : sizeof(uint16_t);
	size_t token_size = (size_t)hp->n_layer * 2 * hp->n_head_kv * hp->head_dim * element;
	size_t size;

	if (__builtin_mul_overflow(token_size, (size_t)n_ctx, &size))
		return no_memory(token_size, n_ctx, err);
	*kv = (struct mutsu_kv){
		.type = type,
		.n_ctx = n_ctx,
		.n_head = hp->n_head_kv,
		.row_size = hp->head_dim * element,
		.size = size,
	};
	return 0;
}

void mutsu_kv_borrow(struct mutsu_kv *kv, void *map)
{
	kv->map = map;
	kv->borrowed = true;
}

int mutsu_kv_map(struct mutsu_kv *kv, struct mutsu_error *err)
{
	void *map = mmap(NULL, kv->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);

	if (map == MAP_FAILED)
		return no_memory(kv->size / kv->n_ctx, kv->n_ctx, err);
	kv->map = map;
	return 0;
}

void mutsu_kv_fini(struct mutsu_kv *kv)
{
	if (kv->map && !kv->borrowed)
		munmap(kv->map, kv->size);
	memset(kv, 0, sizeof(*kv));
}
