// SPDX-License-Identifier: MIT
#include "kv.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/error.h"

int mutsu_kv_init(struct mutsu_kv *kv, const struct mutsu_hparams *hp,
		  enum mutsu_kv_type type, uint32_t n_ctx, struct mutsu_error *err)
{
	size_t element = type == MUTSU_KV_F32 ? sizeof(float) : sizeof(uint16_t);
	size_t rows = (size_t)hp->n_layer * 2 * hp->n_head_kv;
	size_t size;
	void *map = MAP_FAILED;

	if (!__builtin_mul_overflow(rows * hp->head_dim * element, (size_t)n_ctx, &size))
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return mutsu_fail(err, -ENOMEM,
				  "no memory for the KV cache: %zu bytes a token, %u tokens; "
				  "ask for a smaller context", rows * hp->head_dim * element, n_ctx);

	*kv = (struct mutsu_kv){
		.type = type,
		.n_ctx = n_ctx,
		.n_head = hp->n_head_kv,
		.row_size = hp->head_dim * element,
		.map = map,
		.size = size,
	};
	return 0;
}

void mutsu_kv_fini(struct mutsu_kv *kv)
{
	if (kv->map)
		munmap(kv->map, kv->size);
	memset(kv, 0, sizeof(*kv));
}
