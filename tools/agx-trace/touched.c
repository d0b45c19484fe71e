// SPDX-License-Identifier: MIT
#include "touched.h"

#include <fcntl.h>
#include <unistd.h>

/* Of an entry: the page is in memory, or swapped out. */
#define THERE (3ull << 62)

void touched_open(struct touched *touched)
{
	/* Other page sizes would need other entries: then everything counts as touched. */
	touched->fd = sysconf(_SC_PAGESIZE) == AGX_SPACE_PAGE ?
		      open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC) : -1;
}

void touched_close(struct touched *touched)
{
	if (touched->fd >= 0)
		close(touched->fd);
}

bool touched_is(const struct touched *touched, const u8 *host, u64 size)
{
	u64 entry[TOUCHED_PIECE / AGX_SPACE_PAGE];
	size_t n = (size_t)(size / AGX_SPACE_PAGE);
	off_t at = (off_t)((uintptr_t)host / AGX_SPACE_PAGE * sizeof(*entry));

	if (touched->fd < 0 || n > ARRAY_SIZE(entry) ||
	    pread(touched->fd, entry, n * sizeof(*entry), at) != (ssize_t)(n * sizeof(*entry)))
		return true;
	for (size_t i = 0; i < n; i++) {
		if (entry[i] & THERE)
			return true;
	}
	return false;
}
