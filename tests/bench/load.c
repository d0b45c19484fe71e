// SPDX-License-Identifier: MIT
/*
 * bench-load: reads a file once into memory that is touched before, as buffers
 * of a device are, and prints how long that took.  tests/bench/load.sh compares.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/io/loader.h"
#include "tests/io/filter.h"

/* Linux 5.14; not in every C library's list. */
#define SYS_MEMFD_SECRET	447

static _Noreturn void usage(int status)
{
	fputs("usage: bench-load [-s] [-t] [-w] FILE\n"
	      "  -s  into memory that cannot be pinned, as buffers of a DRM device\n"
	      "  -t  without io_uring\n"
	      "  -w  what the page cache has may be used\n", status ? stderr : stdout);
	exit(status);
}

static void *memory(size_t size, bool secret)
{
	int fd = -1;
	void *map;

	if (secret) {
		fd = (int)syscall(SYS_MEMFD_SECRET, 0);
		if (fd < 0 || ftruncate(fd, (off_t)size))
			err(1, "memfd_secret");
	} else {
		fd = memfd_create("bench-load", MFD_CLOEXEC);
		if (fd < 0 || ftruncate(fd, (off_t)size))
			err(1, "memfd_create");
	}
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err(1, "mmap");
	memset(map, 1, size);
	close(fd);
	return map;
}

int main(int argc, char **argv)
{
	bool secret = false, warm = false;
	struct mutsu_load_stats stats;
	struct mutsu_error error;
	struct mutsu_load load;
	struct stat st;
	int c;

	while ((c = getopt(argc, argv, "hstw")) != -1) {
		if (c == 's')
			secret = true;
		else if (c == 'w')
			warm = true;
		else if (c != 't')
			usage(c == 'h' ? 0 : 2);
		else if (!filter_call(SYS_io_uring_setup, ENOSYS))
			err(1, "seccomp");
	}
	if (argc - optind != 1)
		usage(2);
	load.name = argv[optind];
	load.fd = open(load.name, O_RDONLY | O_CLOEXEC);
	if (load.fd < 0 || fstat(load.fd, &st))
		err(1, "%s", load.name);
	load.offset = 0;
	load.size = (uint64_t)st.st_size;
	load.to = memory(load.size, secret);
	if (!warm)
		posix_fadvise(load.fd, 0, 0, POSIX_FADV_DONTNEED);
	if (mutsu_load_run(&load, 1, NULL, NULL, &stats, &error))
		errx(1, "%s", error.text);
	printf("%.0f MB/s %s %s\n", (double)stats.bytes * 1e-6 / stats.seconds,
	       stats.uring ? "io_uring" : "threads", stats.direct ? "direct" : "cached");
	return fflush(stdout) ? 1 : 0;
}
