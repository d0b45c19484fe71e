/* SPDX-License-Identifier: MIT */
/*
 * Decoded programs, kept from launch to launch: decoding takes longer than many a
 * launch runs.  A program is found again where its bytes in memory are the same.
 */
#ifndef COMPUTE_ISA_AGX_CACHE_H
#define COMPUTE_ISA_AGX_CACHE_H

#include "agx_exec.h"

/*
 * Not locked: one call at a time, agx_program_destroy() of what it gave away among
 * them.  Any number of streams may use it.
 */
struct agx_cache;

#define AGX_CACHE_PROGRAMS 256

/* Keeps as many programs and about room bytes; NULL: no memory. */
struct agx_cache *agx_cache_create(size_t room);
void agx_cache_destroy(struct agx_cache *cache);	/* takes NULL; nobody uses a program */

/*
 * Whether the cache has the program of this address and allocation, unchanged:
 * program is a copy then, of which the cache owns the memory, and keeps it until
 * agx_program_destroy().
 */
bool agx_cache_find(struct agx_cache *cache, struct agx_tlb *tlb, u64 address, u32 n_regs,
		    struct agx_program *program);

/*
 * Gives the program to the cache, which keeps it as if it had been found; where there
 * is no room for it, it remains the caller's.  In both cases agx_program_destroy()
 * does the right thing.
 */
void agx_cache_add(struct agx_cache *cache, struct agx_program *program);

/* Frees the program that nobody has used for longest; false: all are in use. */
bool agx_cache_evict(struct agx_cache *cache);

#endif
