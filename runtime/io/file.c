// SPDX-License-Identifier: MIT
/* Opens files a second time, with O_DIRECT, and finds out what that asks for. */
#include "file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where the file system does not say: no page of these machines is larger. */
#define UNKNOWN_ALIGN	16384

/* Linux 6.5; the same number on all architectures.  C libraries do not have it yet. */
#define SYS_CACHESTAT	451

struct cachestat_range {
	uint64_t offset, size;
};

struct cachestat {
	uint64_t cache, dirty, writeback, evicted, recently_evicted;	/* pages */
};

/* Copying what the page cache has is faster than any disk. */
static bool mostly_cached(int fd, uint64_t offset, uint64_t size)
{
	struct cachestat_range range = { offset, size };
	struct cachestat stat = { 0 };

	if (syscall(SYS_CACHESTAT, fd, &range, &stat, 0))
		return false;
	return stat.cache > size / (uint64_t)sysconf(_SC_PAGESIZE) / 2;
}

static bool power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

/* False: the file system says that this file cannot be read directly. */
static bool read_alignment(struct mutsu_file *file)
{
	struct statx st;

	file->offset_align = UNKNOWN_ALIGN;
	file->memory_align = UNKNOWN_ALIGN;
	if (statx(file->fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &st) ||
	    !(st.stx_mask & STATX_DIOALIGN))
		return true;
	if (!power_of_two(st.stx_dio_offset_align) || !power_of_two(st.stx_dio_mem_align))
		return false;
	file->offset_align = st.stx_dio_offset_align;
	file->memory_align = st.stx_dio_mem_align;
	return true;
}

void mutsu_file_open(struct mutsu_file *file, int fd, uint64_t offset, uint64_t size)
{
	char path[32];

	*file = (struct mutsu_file){ .fd = fd, .direct = -1 };
	if (!read_alignment(file) || mostly_cached(fd, offset, size))
		return;
	/* O_DIRECT belongs to the open file: on the caller's it would be the caller's, too. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	file->direct = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_DIRECT);
}

void mutsu_file_close(struct mutsu_file *file)
{
	if (file->direct >= 0)
		close(file->direct);
}
