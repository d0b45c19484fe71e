/* SPDX-License-Identifier: MIT */
/* What the kernel said about the GPU. */
#ifndef TOOLS_MUTSU_KERNEL_LOG_H
#define TOOLS_MUTSU_KERNEL_LOG_H

#include <stdbool.h>
#include <stddef.h>

#define KERNEL_LOG_LINES	32
#define KERNEL_LOG_WIDTH	256

struct kernel_log {
	char line[KERNEL_LOG_LINES][KERNEL_LOG_WIDTH];	/* "[   12.345678] asahi ..." */
	size_t n;		/* lines about the GPU seen; the last KERNEL_LOG_LINES are kept */
	size_t n_bad;		/* of them, those that sound like errors */
};

/* Line i of those kept, the oldest first; how many that are. */
const char *kernel_log_line(const struct kernel_log *log, size_t i);
size_t kernel_log_kept(const struct kernel_log *log);

/*
 * Reads path, /dev/kmsg or a file with the same lines.  0, or a negative errno value:
 * most systems let only root read it.
 */
int kernel_log_read(struct kernel_log *log, const char *path);

#endif
