// SPDX-License-Identifier: MIT
#include "agx_cache.h"

struct entry {
	struct agx_program program;	/* owned; memory is NULL: nothing is here */
	u32 users;			/* copies of it that are not destroyed yet */
	u64 last;			/* found, by the cache's clock */
};

struct agx_cache {
	struct entry entry[AGX_CACHE_PROGRAMS];
	size_t room;		/* bytes not taken */
	u64 clock;		/* programs found and added */
};

struct agx_cache *agx_cache_create(size_t room)
{
	struct agx_cache *cache = agx_alloc(sizeof(*cache));

	if (cache)
		cache->room = room;
	return cache;
}

static void drop(struct agx_cache *cache, struct entry *e)
{
	cache->room += e->program.memory_size;
	agx_program_destroy(&e->program);
}

void agx_cache_destroy(struct agx_cache *cache)
{
	if (!cache)
		return;
	for (u32 i = 0; i < AGX_CACHE_PROGRAMS; i++)
		agx_program_destroy(&cache->entry[i].program);
	agx_free(cache);
}

/* Whether memory from address on is what the program was made from. */
static bool unchanged(const struct entry *e, struct agx_tlb *tlb, u64 address)
{
	const u8 *code = e->program.code;
	u64 left = e->program.size;

	while (left) {
		const struct agx_tlb_entry *page = agx_tlb_entry(tlb, address, AGX_MEM_READ);
		u64 into = address & 0xfff, n;

		if (!page)
			return false;
		n = page->size - into < left ? page->size - into : left;
		if (memcmp(code, page->host + into, n))
			return false;
		code += n;
		address += n;
		left -= n;
	}
	return true;
}

static void borrow(struct agx_cache *cache, struct agx_program *program, struct entry *e)
{
	e->last = ++cache->clock;
	e->users++;
	*program = e->program;
	program->memory = NULL;
	program->users = &e->users;
}

bool agx_cache_find(struct agx_cache *cache, struct agx_tlb *tlb, u64 address, u32 n_regs,
		    struct agx_program *program)
{
	for (u32 i = 0; i < AGX_CACHE_PROGRAMS; i++) {
		struct entry *e = &cache->entry[i];

		if (e->program.address != address || e->program.n_regs != n_regs ||
		    !e->program.memory || !unchanged(e, tlb, address))
			continue;
		borrow(cache, program, e);
		return true;
	}
	return false;
}

/* The entry that has not been found for longest, an empty one first; NULL: all are used. */
static struct entry *oldest(struct agx_cache *cache, bool may_be_empty)
{
	struct entry *best = NULL;

	for (u32 i = 0; i < AGX_CACHE_PROGRAMS; i++) {
		struct entry *e = &cache->entry[i];

		if (!e->program.memory && may_be_empty)
			return e;
		if (e->program.memory && !e->users && (!best || e->last < best->last))
			best = e;
	}
	return best;
}

bool agx_cache_evict(struct agx_cache *cache)
{
	struct entry *e = oldest(cache, false);

	if (e)
		drop(cache, e);
	return e;
}

void agx_cache_add(struct agx_cache *cache, struct agx_program *program)
{
	struct entry *e;

	while (cache->room < program->memory_size)
		if (!agx_cache_evict(cache))
			return;
	e = oldest(cache, true);
	if (!e)
		return;
	if (e->program.memory)
		drop(cache, e);
	cache->room -= program->memory_size;
	e->program = *program;
	borrow(cache, program, e);
}
