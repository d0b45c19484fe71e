/* SPDX-License-Identifier: MIT */
/*
 * For objects that are preloaded: which descriptors of the process are files of the
 * asahi driver.  Callers have a lock.
 */
#ifndef TOOLS_AGX_FILES_H
#define TOOLS_AGX_FILES_H

#include <sys/types.h>

#include "client.h"

#define AGX_FILES_MAX 65536

/* An open file; several descriptors may be of it. */
struct agx_file {
	struct agx_client *client;	/* NULL: of another driver */
	u32 n_fds;
	dev_t dev;
	ino_t ino;
};

struct agx_files {
	struct agx_file *file[AGX_FILES_MAX];	/* by descriptor; NULL: never seen */
};

/* The ioctl() that the object stands before. */
typedef int (*agx_files_ioctl_fn)(int fd, unsigned long request, void *arg);

/* Whose file this is; NULL for another driver's, and without memory.  errno may change. */
struct agx_client *agx_files_find(struct agx_files *files, int fd, agx_files_ioctl_fn ioctl);

/* copy is fd's file now, or nothing if it is negative. */
void agx_files_same(struct agx_files *files, int fd, int copy);
void agx_files_close(struct agx_files *files, int fd);

/* Whether the table has the descriptor: may be asked without the lock. */
bool agx_files_has(const struct agx_files *files, int fd);

#endif
