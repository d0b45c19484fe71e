// SPDX-License-Identifier: MIT
/*
 * Reads text files of proc/ and sys/, of this machine or of a recorded tree,
 * which may be anything: links in it stay below its root, only regular files
 * are read and never more than the caller has room for.
 */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* O_NONBLOCK: a pipe in a recorded tree must not stop us. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static int open_below(const struct mutsu_tree *tree, const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)flags, .resolve = RESOLVE_IN_ROOT };
	long fd;

	if (!tree->here) {
		fd = syscall(SYS_openat2, tree->fd, path, &how, sizeof(how));
		/* Linux before 5.6, emulators and sandboxes do not have it. */
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return (int)fd;
	}
	return openat(tree->fd, path, flags);
}

static const char *find_device_tree(const struct mutsu_tree *tree)
{
	if (mutsu_tree_has(tree, "sys/firmware/devicetree/base/compatible"))
		return "sys/firmware/devicetree/base";
	if (mutsu_tree_has(tree, "proc/device-tree/compatible"))
		return "proc/device-tree";
	return NULL;
}

int mutsu_tree_open(struct mutsu_tree *tree, const char *root)
{
	tree->here = !root || !*root;
	tree->fd = open(tree->here ? "/" : root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree->fd < 0)
		return -errno;
	tree->dt = find_device_tree(tree);
	return 0;
}

void mutsu_tree_close(struct mutsu_tree *tree)
{
	close(tree->fd);
}

static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t ret = read(fd, buf + n, size - n);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0)
			return -errno;
		if (!ret)
			break;
		n += (size_t)ret;
	}
	return (ssize_t)n;
}

static ssize_t read_path(const struct mutsu_tree *tree, char *buf, size_t size, const char *path)
{
	struct stat stat;
	ssize_t n;
	int fd;

	buf[0] = '\0';
	fd = open_below(tree, path, OPEN_FLAGS);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat))
		n = -errno;
	else if (!S_ISREG(stat.st_mode))
		n = -EINVAL;
	else
		n = read_all(fd, buf, size - 1);
	close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	return n;
}

/* The paths that are asked for fit; a name found in a tree might not. */
static ssize_t read_formatted(const struct mutsu_tree *tree, char *buf, size_t size,
			      const char *format, va_list args)
{
	char path[512];
	int n = vsnprintf(path, sizeof(path), format, args);

	if (n >= 0 && (size_t)n < sizeof(path))
		return read_path(tree, buf, size, path);
	buf[0] = '\0';
	return -ENAMETOOLONG;
}

ssize_t mutsu_tree_read(const struct mutsu_tree *tree, char *buf, size_t size,
			const char *path, ...)
{
	va_list args;
	ssize_t n;

	va_start(args, path);
	n = read_formatted(tree, buf, size, path, args);
	va_end(args);
	return n;
}

static void to_line(char *text)
{
	for (; *text && *text != '\n'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
	*text = '\0';
}

void mutsu_tree_read_line(const struct mutsu_tree *tree, char *buf, size_t size,
			  const char *path, ...)
{
	va_list args;

	va_start(args, path);
	read_formatted(tree, buf, size, path, args);
	va_end(args);
	to_line(buf);
}

uint64_t mutsu_tree_read_u64(const struct mutsu_tree *tree, const char *path, ...)
{
	char text[32];
	const char *p = text;
	uint64_t value;
	va_list args;

	va_start(args, path);
	read_formatted(tree, text, sizeof(text), path, args);
	va_end(args);
	if (!mutsu_tree_parse_u64(&p, UINT64_MAX, &value))
		return 0;
	return *p == '\0' || (*p == '\n' && !p[1]) ? value : 0;
}

bool mutsu_tree_has(const struct mutsu_tree *tree, const char *path)
{
	int fd = open_below(tree, path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

DIR *mutsu_tree_opendir(const struct mutsu_tree *tree, const char *path)
{
	int fd = open_below(tree, path, OPEN_FLAGS | O_DIRECTORY);
	DIR *dir;

	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

bool mutsu_tree_parse_u64(const char **text, uint64_t max, uint64_t *value)
{
	const char *p = *text;
	uint64_t n = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
			return false;
	}
	if (n > max)
		return false;
	*text = p;
	*value = n;
	return true;
}

void mutsu_tree_find_line(const char *text, const char *key, char *buf, size_t size)
{
	const char *line = text;
	size_t n_key = strlen(key);

	buf[0] = '\0';
	while (strncmp(line, key, n_key)) {
		line = strchr(line, '\n');
		if (!line)
			return;
		line++;
	}
	snprintf(buf, size, "%s", line + n_key);
	to_line(buf);
}
