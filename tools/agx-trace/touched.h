/* SPDX-License-Identifier: MIT */
/*
 * Which memory of a space of this process has ever been written or read: an image may
 * announce far more than there is, and looking at a page makes it.
 */
#ifndef TOOLS_AGX_TRACE_TOUCHED_H
#define TOOLS_AGX_TRACE_TOUCHED_H

#include "trace.h"

#define TOUCHED_PIECE (512u * AGX_SPACE_PAGE)

struct touched {
	int fd;		/* of /proc/self/pagemap; -1: anything may have been */
};

void touched_open(struct touched *touched);
void touched_close(struct touched *touched);

/*
 * False where all of the bytes (private memory of whole pages, at most TOUCHED_PIECE) are
 * zero because nobody has come by.
 */
bool touched_is(const struct touched *touched, const u8 *host, u64 size);

#endif
