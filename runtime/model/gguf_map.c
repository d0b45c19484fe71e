// SPDX-License-Identifier: MIT
/*
 * GGUF files on disk: mapping one, and the names of a split model's parts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gguf_part.h"

static int map_fd(struct gguf_part *part, int fd, struct mutsu_error *err)
{
	struct stat st;
	void *map;
	int ret;

	if (fstat(fd, &st)) {
		ret = -errno;
		return gguf_fail(err, ret, part->name, "cannot be examined: %s", strerror(-ret));
	}
	if (S_ISDIR(st.st_mode))
		return gguf_fail(err, -EINVAL, part->name,
				 "is a directory; name a GGUF file in it");
	if (!S_ISREG(st.st_mode))
		return gguf_fail(err, -EINVAL, part->name,
				 "is not a regular file, so it cannot be mapped");
	if (!st.st_size)
		return 0;

	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		ret = -errno;
		return gguf_fail(err, ret, part->name, "cannot be mapped (%lld bytes): %s",
				 (long long)st.st_size, strerror(-ret));
	}
	part->data = map;
	part->size = (size_t)st.st_size;
	part->mapped = true;
	part->device = st.st_dev;
	part->inode = st.st_ino;
	return 0;
}

/* Not to hang on a FIFO; regular files do not care. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK)

int gguf_part_map(struct gguf_part *part, const char *path, struct mutsu_error *err)
{
	int fd, ret;

	part->name = strdup(path);
	if (!part->name)
		return gguf_fail(err, -ENOMEM, path, "out of memory");

	fd = open(path, OPEN_FLAGS);
	if (fd < 0) {
		ret = -errno;
		if (ret == -ENOENT)
			return gguf_fail(err, ret, path, "no such file");
		return gguf_fail(err, ret, path, "cannot be opened: %s", strerror(-ret));
	}
	ret = map_fd(part, fd, err);
	close(fd);
	return ret;
}

int gguf_part_reopen(const struct gguf_part *part, struct mutsu_error *err)
{
	struct stat st;
	int fd, ret;

	if (!part->mapped)
		return gguf_fail(err, -ENOTSUP, part->name, "is in memory, not in a file");
	fd = open(part->name, OPEN_FLAGS);
	if (fd < 0 || fstat(fd, &st)) {
		ret = -errno;
		gguf_fail(err, ret, part->name, "cannot be opened again: %s", strerror(-ret));
		goto out_close;
	}
	if (st.st_dev == part->device && st.st_ino == part->inode &&
	    (uint64_t)st.st_size == part->size)
		return fd;
	ret = gguf_fail(err, -ESTALE, part->name,
			"was replaced or changed while it was open; open the model again");
out_close:
	if (fd >= 0)
		close(fd);
	return ret;
}

#define SPLIT_SUFFIX	"-00001-of-00001.gguf"

static bool five_digits(const char *p, uint32_t *out)
{
	uint32_t v = 0;

	for (int i = 0; i < 5; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (uint32_t)(p[i] - '0');
	}
	*out = v;
	return true;
}

bool gguf_split_name(const char *path, uint32_t *no, uint32_t *count)
{
	size_t len = strlen(path), tail = sizeof(SPLIT_SUFFIX) - 1;
	const char *p;

	if (len < tail)
		return false;
	p = path + len - tail;
	return p[0] == '-' && five_digits(p + 1, no) &&
	       !memcmp(p + 6, "-of-", 4) && five_digits(p + 10, count) &&
	       !strcmp(p + 15, ".gguf");
}

char *gguf_split_path(const char *path, uint32_t no)
{
	size_t stem = strlen(path) - (sizeof(SPLIT_SUFFIX) - 1);
	char *out;

	if (asprintf(&out, "%.*s-%05u%s", (int)stem, path, no, path + stem + 6) < 0)
		return NULL;
	return out;
}
