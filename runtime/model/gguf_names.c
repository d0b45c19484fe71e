// SPDX-License-Identifier: MIT
/*
 * Names of a GGUF file: terminated copies of them, and looking things up by them.
 */
#include "gguf_part.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define CHUNK_SIZE	4000

struct gguf_chunk {
	struct gguf_chunk *next;
	size_t used, size;
	char bytes[];
};

const char *gguf_names_add(struct gguf_names *names, struct gguf_string s)
{
	struct gguf_chunk *chunk = names->chunk;
	size_t need = s.len + 1;
	char *copy;

	if (!chunk || need > chunk->size - chunk->used) {
		size_t size = need > CHUNK_SIZE ? need : CHUNK_SIZE;

		chunk = malloc(sizeof(*chunk) + size);
		if (!chunk)
			return NULL;
		*chunk = (struct gguf_chunk){ .next = names->chunk, .size = size };
		names->chunk = chunk;
	}
	copy = chunk->bytes + chunk->used;
	memcpy(copy, s.data, s.len);
	copy[s.len] = '\0';
	chunk->used += need;
	return copy;
}

void gguf_names_fini(struct gguf_names *names)
{
	struct gguf_chunk *next;

	for (struct gguf_chunk *chunk = names->chunk; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	names->chunk = NULL;
}

int gguf_index_init(struct gguf_index *index, size_t n)
{
	size_t size = 4;

	while (size < 2 * n)
		size *= 2;
	index->slots = calloc(size, sizeof(*index->slots));
	if (!index->slots)
		return -ENOMEM;
	index->mask = size - 1;

	/* So that nobody can write a file whose names all collide. */
	if (getrandom(&index->seed, sizeof(index->seed), GRND_NONBLOCK) < 0)
		index->seed = (uintptr_t)index->slots;
	return 0;
}

void gguf_index_fini(struct gguf_index *index)
{
	free(index->slots);
	*index = (struct gguf_index){ 0 };
}

/* The slot that holds name, or the free one where it belongs. */
static struct gguf_slot *find_slot(const struct gguf_index *index, const char *name)
{
	uint64_t hash = index->seed;
	struct gguf_slot *slot;

	for (const char *p = name; *p; p++) {
		hash = (hash ^ (uint8_t)*p) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 29;
	}
	for (size_t i = hash;; i++) {
		slot = &index->slots[i & index->mask];
		if (!slot->name || !strcmp(slot->name, name))
			return slot;
	}
}

bool gguf_index_find(const struct gguf_index *index, const char *name, size_t *pos)
{
	const struct gguf_slot *slot = find_slot(index, name);

	if (!slot->name)
		return false;
	*pos = slot->pos;
	return true;
}

bool gguf_index_add(struct gguf_index *index, const char *name, size_t pos, size_t *twin)
{
	struct gguf_slot *slot = find_slot(index, name);

	if (slot->name) {
		*twin = slot->pos;
		return false;
	}
	*slot = (struct gguf_slot){ name, pos };
	return true;
}
