// SPDX-License-Identifier: MIT
/*
 * Merging neighbours in order of priority, leftmost first among equals: what SPM
 * (by score) and BPE (by rank) have in common.  Symbols are a linked list in an
 * array; pairs wait in a heap, and those that a merge has made stale are dropped
 * when they come up.
 */
#include "vocab_priv.h"

#include <errno.h>
#include <stdlib.h>

int mutsu_vocab_reserve(void *array, size_t *room, size_t n, size_t size)
{
	void **data = array, *p;
	size_t want;

	if (n <= *room)
		return 0;
	want = n + n / 2 + 16;
	if (want < n || want > SIZE_MAX / size)
		return -ENOMEM;
	p = realloc(*data, want * size);
	if (!p)
		return -ENOMEM;
	*data = p;
	*room = want;
	return 0;
}

int mutsu_vocab_add_symbol(struct vocab_work *work, uint32_t start, uint32_t len, int32_t token)
{
	int32_t i = (int32_t)work->n_symbols;
	int ret;

	ret = mutsu_vocab_reserve(&work->symbols, &work->symbol_room, work->n_symbols + 1,
				  sizeof(*work->symbols));
	if (ret)
		return ret;

	work->symbols[i] = (struct vocab_symbol){
		.prev = i - 1, .next = -1, .start = start, .len = len, .token = token,
	};
	if (i > 0)
		work->symbols[i - 1].next = i;
	work->n_symbols++;
	return 0;
}

static int push(struct vocab_work *work, struct vocab_pair pair)
{
	struct vocab_pair *heap;
	size_t i = work->n_pairs;
	int ret;

	ret = mutsu_vocab_reserve(&work->pairs, &work->pair_room, i + 1, sizeof(*heap));
	if (ret)
		return ret;

	heap = work->pairs;
	for (size_t up; i > 0 && heap[up = (i - 1) / 2].order > pair.order; i = up)
		heap[i] = heap[up];
	heap[i] = pair;
	work->n_pairs++;
	return 0;
}

static struct vocab_pair pop(struct vocab_work *work)
{
	struct vocab_pair *heap = work->pairs, top = heap[0];
	size_t n = --work->n_pairs, i = 0, down;

	while ((down = 2 * i + 1) < n) {
		if (down + 1 < n && heap[down + 1].order < heap[down].order)
			down++;
		if (heap[down].order >= heap[n].order)
			break;
		heap[i] = heap[down];
		i = down;
	}
	heap[i] = heap[n];
	return top;
}

/* Queues symbol i and its successor, if they merge. */
static int try_pair(struct vocab_work *work, const char *text, vocab_pair_fn find, int32_t i)
{
	const struct vocab_symbol *left, *right;
	struct vocab_pair pair;
	uint32_t priority;

	if (i < 0 || work->symbols[i].next < 0)
		return 0;
	left = &work->symbols[i];
	right = &work->symbols[left->next];
	if (!find(work->vocab, text, left, right, &priority, &pair.token))
		return 0;

	pair.order = (uint64_t)priority << 32 | (uint32_t)i;
	pair.len = left->len + right->len;
	return push(work, pair);
}

int mutsu_vocab_merge(struct vocab_work *work, const char *text, vocab_pair_fn find)
{
	struct vocab_symbol *symbols = work->symbols;
	int ret;

	work->n_pairs = 0;
	for (size_t i = 0; i + 1 < work->n_symbols; i++) {
		ret = try_pair(work, text, find, (int32_t)i);
		if (ret)
			return ret;
	}

	while (work->n_pairs) {
		struct vocab_pair pair = pop(work);
		int32_t i = (int32_t)(uint32_t)pair.order;
		struct vocab_symbol *left = &symbols[i], *right;

		if (!left->len || left->next < 0)
			continue;
		right = &symbols[left->next];
		if (left->len + right->len != pair.len)
			continue;

		left->len = pair.len;
		left->token = pair.token;
		left->next = right->next;
		if (left->next >= 0)
			symbols[left->next].prev = i;
		right->len = 0;

		ret = try_pair(work, text, find, left->prev);
		if (!ret)
			ret = try_pair(work, text, find, i);
		if (ret)
			return ret;
	}
	return 0;
}
