// SPDX-License-Identifier: MIT
#include "agx_cache.h"

struct entry {
	struct agx_program program;	/* owned; memory is NULL: nothing is here */
	u8 *code;			/* program.size bytes it was made from */
	u64 used;			/* when, by the cache's clock */
};

struct agx_cache {
	struct entry entry[AGX_CACHE_PROGRAMS];
	size_t room;		/* bytes not taken */
	u64 clock;		/* launches */
};

struct agx_cache *agx_cache_create(size_t room)
{
	struct agx_cache *cache = agx_alloc(sizeof(*cache));

	if (cache)
		cache->room = room;
	return cache;
}

/* About how much memory it takes, code included. */
static size_t bytes_of(const struct agx_program *program)
{
	size_t insn = sizeof(*program->insn) + sizeof(*program->exec) +
		      sizeof(*program->offset) + sizeof(*program->target);

	return program->n_insns * insn + program->size / 2 * sizeof(*program->at) + program->size;
}

static void drop(struct agx_cache *cache, struct entry *e)
{
	cache->room += bytes_of(&e->program);
	agx_program_destroy(&e->program);
	agx_free(e->code);
	e->code = NULL;
}

void agx_cache_destroy(struct agx_cache *cache)
{
	if (!cache)
		return;
	for (u32 i = 0; i < AGX_CACHE_PROGRAMS; i++) {
		agx_program_destroy(&cache->entry[i].program);
		agx_free(cache->entry[i].code);
	}
	agx_free(cache);
}

void agx_cache_begin(struct agx_cache *cache)
{
	cache->clock++;
}

/* Whether memory from address on is what the program was made from. */
static bool unchanged(const struct entry *e, struct agx_tlb *tlb, u64 address)
{
	const u8 *code = e->code;
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

static void borrow(struct agx_program *program, const struct entry *e)
{
	*program = e->program;
	program->memory = NULL;
}

bool agx_cache_find(struct agx_cache *cache, struct agx_tlb *tlb, u64 address, u32 n_regs,
		    struct agx_program *program)
{
	for (u32 i = 0; i < AGX_CACHE_PROGRAMS; i++) {
		struct entry *e = &cache->entry[i];

		if (e->program.address != address || e->program.n_regs != n_regs ||
		    !e->program.memory || !unchanged(e, tlb, address))
			continue;
		e->used = cache->clock;
		borrow(program, e);
		return true;
	}
	return false;
}

/* The entry that has not been used for longest, an empty one first. */
static struct entry *oldest(struct agx_cache *cache, bool may_be_empty)
{
	struct entry *best = NULL;

	for (u32 i = 0; i < AGX_CACHE_PROGRAMS; i++) {
		struct entry *e = &cache->entry[i];

		if (!e->program.memory && may_be_empty)
			return e;
		if (e->program.memory && e->used < cache->clock && (!best || e->used < best->used))
			best = e;
	}
	return best;
}

void agx_cache_add(struct agx_cache *cache, struct agx_program *program, const u8 *code)
{
	size_t bytes = bytes_of(program);
	struct entry *e;

	while (cache->room < bytes) {
		e = oldest(cache, false);
		if (!e)
			return;
		drop(cache, e);
	}
	e = oldest(cache, true);
	if (!e)
		return;
	if (e->program.memory)
		drop(cache, e);
	e->code = agx_alloc(program->size);
	if (!e->code)
		return;
	memcpy(e->code, code, program->size);
	cache->room -= bytes;
	e->program = *program;
	e->used = cache->clock;
	borrow(program, e);
}
