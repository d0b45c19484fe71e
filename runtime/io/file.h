/* SPDX-License-Identifier: MIT */
/* The files that ranges lie in, and how each can be read past the page cache. */
#ifndef RUNTIME_IO_FILE_H
#define RUNTIME_IO_FILE_H

#include <stdbool.h>
#include <stdint.h>

struct mutsu_file {
	int fd;			/* the caller's */
	int direct;		/* the same file with O_DIRECT, ours; -1: cannot or should not */
	bool refused;		/* by reads: direct is of no use after all */
	uint32_t offset_align;	/* what direct asks of offsets and sizes, in bytes, */
	uint32_t memory_align;	/* and of addresses; powers of two */
};

/*
 * Everything is as good as it can be had; there are no errors.  size bytes from
 * offset will be read: where most of them are in memory already, direct is -1.
 */
void mutsu_file_open(struct mutsu_file *file, int fd, uint64_t offset, uint64_t size);
void mutsu_file_close(struct mutsu_file *file);

#endif
