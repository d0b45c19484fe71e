/* SPDX-License-Identifier: MIT */
/*
 * Pieces of a range, found by first fit: of an address space, or of one buffer whose
 * pieces are addr + at and map + at.  The books are kept here and not in the range, which
 * may be memory that is slow to read, or none.
 */
#ifndef RUNTIME_DRM_HEAP_H
#define RUNTIME_DRM_HEAP_H

#include <stdint.h>

struct mutsu_heap;

/* Of [start, end), start <= end.  -ENOMEM. */
int mutsu_heap_create(struct mutsu_heap **out, uint64_t start, uint64_t end);
void mutsu_heap_destroy(struct mutsu_heap *heap);	/* NULL allowed; with all its pieces */

/*
 * The lowest place for size units (> 0) at a multiple of align, a power of 2.  -ENOSPC:
 * there is none.  -ENOMEM: for the books.  Takes time in proportion to the holes.
 */
int mutsu_heap_alloc(struct mutsu_heap *heap, uint64_t size, uint64_t align, uint64_t *at);

/* A piece as it was allocated.  Cannot fail. */
void mutsu_heap_free(struct mutsu_heap *heap, uint64_t at, uint64_t size);

/* Frees all pieces. */
void mutsu_heap_reset(struct mutsu_heap *heap);

/* Units that are free, all holes together. */
uint64_t mutsu_heap_left(const struct mutsu_heap *heap);

#endif
