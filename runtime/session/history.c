// SPDX-License-Identifier: MIT
/*
 * Counts the last tokens of a sequence, for the sampler's penalties.  A hash
 * table, because the vocabulary's size is not known when tokens come and a
 * prompt has few of its tokens; memory follows what came, not what was asked
 * for, since "the last two billion" is a valid wish.
 */
#include "history.h"

#include <errno.h>
#include <stdlib.h>

#define MIN_SLOTS 64
#define MIN_RING 64

void mutsu_history_init(struct mutsu_history *history, size_t last_n)
{
	*history = (struct mutsu_history){ .last_n = last_n };
}

void mutsu_history_fini(struct mutsu_history *history)
{
	free(history->seen);
	free(history->ring);
}

/* The slot of token, or the empty one where it belongs; there always is one. */
static struct mutsu_seen *find_slot(struct mutsu_seen *seen, size_t n_slots, int32_t token)
{
	size_t i = (uint32_t)token * UINT32_C(0x9e3779b1) >> 7;

	for (;; i++) {
		struct mutsu_seen *slot = &seen[i & (n_slots - 1)];

		if (slot->token == token || slot->token < 0)
			return slot;
	}
}

/* Room for one token more, at most half full; forgets what no longer counts. */
static int reserve_slot(struct mutsu_history *history)
{
	struct mutsu_seen *seen;
	size_t n_slots = MIN_SLOTS, n_used = 0;

	if ((history->n_used + 1) * 2 <= history->n_slots)
		return 0;

	for (size_t i = 0; i < history->n_slots; i++)
		n_used += history->seen[i].count > 0;
	/* A quarter full at most, or the next token might do this again. */
	while (n_slots < (n_used + 1) * 4)
		n_slots *= 2;

	seen = malloc(n_slots * sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	for (size_t i = 0; i < n_slots; i++)
		seen[i] = (struct mutsu_seen){ .token = -1 };
	for (size_t i = 0; i < history->n_slots; i++)
		if (history->seen[i].count)
			*find_slot(seen, n_slots, history->seen[i].token) = history->seen[i];

	free(history->seen);
	history->seen = seen;
	history->n_slots = n_slots;
	history->n_used = n_used;
	return 0;
}

/* Only a ring that is not full grows, and such a one has not wrapped. */
static int reserve_ring(struct mutsu_history *history)
{
	int32_t *ring;
	size_t size;

	if (history->n < history->ring_size || history->n == history->last_n)
		return 0;

	size = history->ring_size ? 2 * history->ring_size : MIN_RING;
	ring = realloc(history->ring, size * sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	history->ring = ring;
	history->ring_size = size;
	return 0;
}

static void ring_push(struct mutsu_history *history, int32_t token)
{
	if (history->n == history->last_n)
		find_slot(history->seen, history->n_slots, history->ring[history->next])->count--;
	else
		history->n++;
	history->ring[history->next] = token;
	history->next = (history->next + 1) % history->last_n;
}

int mutsu_history_push(struct mutsu_history *history, int32_t token)
{
	struct mutsu_seen *slot;
	int ret;

	ret = reserve_slot(history);
	if (ret)
		return ret;
	if (history->last_n != SIZE_MAX) {
		ret = reserve_ring(history);
		if (ret)
			return ret;
		ring_push(history, token);
	}

	slot = find_slot(history->seen, history->n_slots, token);
	if (slot->token < 0) {
		slot->token = token;
		slot->count = 0;
		history->n_used++;
	}
	if (slot->count < UINT32_MAX)
		slot->count++;
	return 0;
}
