/* SPDX-License-Identifier: MIT */
/*
 * Small text files below a root folder: proc/ and sys/ of this machine, or
 * copies of another's.  Nothing read is trusted: files may be missing, huge or
 * not text, and links of a copy do not lead out of it.
 */
#ifndef RUNTIME_MACHINE_TREE_H
#define RUNTIME_MACHINE_TREE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mutsu_tree {
	int fd;
	bool here;		/* this machine, so libc may be asked too */
	const char *dt;		/* folder of the device tree, NULL: none; static */
};

/* root NULL or "": this machine.  Returns a negative errno value if it cannot be opened. */
int mutsu_tree_open(struct mutsu_tree *tree, const char *root);
void mutsu_tree_close(struct mutsu_tree *tree);

/*
 * At most size - 1 bytes of a regular file, terminated; buf is "" on failure.
 * Returns how many, or a negative errno value.  Paths are relative to the root.
 */
__attribute__((format(printf, 4, 5)))
ssize_t mutsu_tree_read(const struct mutsu_tree *tree, char *buf, size_t size,
			const char *path, ...);

/* The first line (up to a newline or NUL) with '?' for what is not printable ASCII. */
__attribute__((format(printf, 4, 5)))
void mutsu_tree_read_line(const struct mutsu_tree *tree, char *buf, size_t size,
			  const char *path, ...);

/* A decimal number alone in its file; 0 where there is none. */
__attribute__((format(printf, 2, 3)))
uint64_t mutsu_tree_read_u64(const struct mutsu_tree *tree, const char *path, ...);

bool mutsu_tree_has(const struct mutsu_tree *tree, const char *path);

/* NULL if it is no folder; for closedir(). */
DIR *mutsu_tree_opendir(const struct mutsu_tree *tree, const char *path);

/* Decimal digits at *text, which is moved past them; false: none, or above max. */
bool mutsu_tree_parse_u64(const char **text, uint64_t max, uint64_t *value);

/* What follows "KEY" at the start of a line of text, as a line; "" if there is none. */
void mutsu_tree_find_line(const char *text, const char *key, char *buf, size_t size);

#endif
