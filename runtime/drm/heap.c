// SPDX-License-Identifier: MIT
#include "heap.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hole {
	uint64_t start, end;
};

struct mutsu_heap {
	uint64_t start, end;
	size_t pieces;
	/* Ascending; none is empty, and a piece is between any two: at most pieces + 1. */
	struct hole *holes;
	size_t n, room;
};

void mutsu_heap_reset(struct mutsu_heap *heap)
{
	heap->pieces = 0;
	heap->n = heap->start < heap->end;
	heap->holes[0] = (struct hole){ heap->start, heap->end };
}

int mutsu_heap_create(struct mutsu_heap **out, uint64_t start, uint64_t end)
{
	struct mutsu_heap *heap = calloc(1, sizeof(*heap));

	assert(start <= end);
	if (!heap)
		return -ENOMEM;
	heap->room = 16;
	heap->holes = calloc(heap->room, sizeof(*heap->holes));
	if (!heap->holes) {
		free(heap);
		return -ENOMEM;
	}
	heap->start = start;
	heap->end = end;
	mutsu_heap_reset(heap);
	*out = heap;
	return 0;
}

void mutsu_heap_destroy(struct mutsu_heap *heap)
{
	if (!heap)
		return;
	free(heap->holes);
	free(heap);
}

/* One more piece, and then pieces can be freed in any order without more memory. */
static int make_room(struct mutsu_heap *heap)
{
	const size_t room = 2 * heap->room;
	struct hole *holes;

	if (heap->pieces + 2 <= heap->room)
		return 0;
	holes = realloc(heap->holes, room * sizeof(*holes));
	if (!holes)
		return -ENOMEM;
	heap->holes = holes;
	heap->room = room;
	return 0;
}

static void insert(struct mutsu_heap *heap, size_t i, uint64_t start, uint64_t end)
{
	memmove(heap->holes + i + 1, heap->holes + i, (heap->n - i) * sizeof(*heap->holes));
	heap->holes[i] = (struct hole){ start, end };
	heap->n++;
}

static void remove_hole(struct mutsu_heap *heap, size_t i)
{
	heap->n--;
	memmove(heap->holes + i, heap->holes + i + 1, (heap->n - i) * sizeof(*heap->holes));
}

/* Whether it fits; near the end of numbers nothing wraps. */
static int fits(const struct hole *hole, uint64_t size, uint64_t align, uint64_t *at)
{
	const uint64_t gap = -hole->start & (align - 1), length = hole->end - hole->start;

	if (gap > length || size > length - gap)
		return 0;
	*at = hole->start + gap;
	return 1;
}

int mutsu_heap_alloc(struct mutsu_heap *heap, uint64_t size, uint64_t align, uint64_t *at)
{
	assert(size && align && !(align & (align - 1)));
	if (make_room(heap))
		return -ENOMEM;
	for (size_t i = 0; i < heap->n; i++) {
		struct hole *hole = &heap->holes[i];
		uint64_t place, end;

		if (!fits(hole, size, align, &place))
			continue;
		end = hole->end;
		hole->end = place;
		if (place + size < end)
			insert(heap, i + 1, place + size, end);
		if (heap->holes[i].start == place)
			remove_hole(heap, i);
		heap->pieces++;
		*at = place;
		return 0;
	}
	return -ENOSPC;
}

void mutsu_heap_free(struct mutsu_heap *heap, uint64_t at, uint64_t size)
{
	const uint64_t end = at + size;
	size_t i = 0;

	assert(heap->pieces && size && at >= heap->start && end <= heap->end && at < end);
	while (i < heap->n && heap->holes[i].end < at)
		i++;
	/* Here is the first hole that ends at the piece or behind it. */
	if (i < heap->n && heap->holes[i].end == at) {
		heap->holes[i].end = end;
	} else {
		assert(i == heap->n || heap->holes[i].start >= end);
		insert(heap, i, at, end);
	}
	if (i + 1 < heap->n && heap->holes[i + 1].start <= end) {
		assert(heap->holes[i + 1].start == end);
		heap->holes[i].end = heap->holes[i + 1].end;
		remove_hole(heap, i + 1);
	}
	heap->pieces--;
}

uint64_t mutsu_heap_left(const struct mutsu_heap *heap)
{
	uint64_t left = 0;

	for (size_t i = 0; i < heap->n; i++)
		left += heap->holes[i].end - heap->holes[i].start;
	return left;
}
