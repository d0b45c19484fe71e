/* SPDX-License-Identifier: MIT */
/*
 * Loading: byte ranges of files, read to where they will be used
 *
 * Many reads are in flight at once, through io_uring or, where the system does
 * not allow it, through a few threads with pread().  Where the file system can,
 * the page cache is not involved (O_DIRECT), so that weights that a device has
 * in its own buffers are not in memory a second time.
 */
#ifndef RUNTIME_IO_LOADER_H
#define RUNTIME_IO_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/error.h"

/*
 * A range and the memory for it; all of it is borrowed until mutsu_load_run()
 * returns.  Ranges do not overlap in memory.  Nothing needs to be aligned.  The
 * fastest is memory that the kernel can pin (shmem, anonymous; not a mapping of
 * a DRM buffer) with to and offset at the same place within a page; any other
 * goes through buffers of 16 MiB in all.
 */
struct mutsu_load {
	int fd;			/* open for reading; its position stays where it is */
	uint64_t offset, size;	/* bytes of the file; size may be 0 */
	void *to;		/* size bytes, mapped and writable */
	const char *name;	/* of the file, for messages */
};

struct mutsu_load_stats {
	uint64_t bytes;		/* asked for */
	double seconds;
	bool direct;		/* some came past the page cache */
	bool uring;		/* through io_uring */
};

/*
 * Reads all n ranges; they are started in their order and end in any.
 * progress, which may be NULL, gets bytes done and of all ranges, in the
 * caller's thread.  When this returns, no read is left that could write to the
 * memory, which on failure holds anything.  stats, which may be NULL, is set on
 * success.
 * -EINVAL: a range ends past what files can have.  -ENODATA: a file is shorter
 * than its range.  -ECANCELED: progress asked for it.  -ENOMEM.  -EIO and others
 * of read(2): err names the file and the byte that could not be read.
 */
int mutsu_load_run(const struct mutsu_load *load, size_t n, mutsu_progress_fn progress,
		   void *user, struct mutsu_load_stats *stats, struct mutsu_error *err);

#endif
