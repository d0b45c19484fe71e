/* SPDX-License-Identifier: MIT */
/* How often each token came among the last ones: what penalties ask. */
#ifndef RUNTIME_SESSION_HISTORY_H
#define RUNTIME_SESSION_HISTORY_H

#include <stddef.h>
#include <stdint.h>

struct mutsu_seen {
	int32_t token;		/* -1: empty slot */
	uint32_t count;		/* 0: seen, but too long ago */
};

struct mutsu_history {
	struct mutsu_seen *seen;	/* hash table, open addressing */
	size_t n_slots;		/* power of two, or 0 */
	size_t n_used;		/* slots that are not empty */

	size_t last_n;		/* tokens looked back; SIZE_MAX: all, and no ring */
	int32_t *ring;		/* the tokens counted, oldest at next once full */
	size_t ring_size;	/* allocated; grows until it holds last_n */
	size_t n, next;
};

void mutsu_history_init(struct mutsu_history *history, size_t last_n);
void mutsu_history_fini(struct mutsu_history *history);

/* token is not negative.  -ENOMEM: history is as it was. */
int mutsu_history_push(struct mutsu_history *history, int32_t token);

#endif
