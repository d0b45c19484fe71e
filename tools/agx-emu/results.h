/* SPDX-License-Identifier: MIT */
/* -o and --dump: which memory to write or print once all has run. */
#ifndef TOOLS_AGX_EMU_RESULTS_H
#define TOOLS_AGX_EMU_RESULTS_H

#include "opts.h"

/*
 * Host memory that name is of, with its bytes in *size; NULL after a message.
 * want says that the command line gives the size, as addresses need.
 */
typedef const u8 *(*results_find_fn)(void *ctx, const char *name, u64 *size);

struct result;

struct results {
	struct result *item;
	size_t n;
};

/* Understands all of them; 0, or the exit status after a message. */
int results_read(struct results *results, const struct opts *opts, results_find_fn find,
		 void *ctx);
/* Writes and prints. */
int results_write(const struct results *results);
void results_free(struct results *results);

#endif
