// SPDX-License-Identifier: MIT
/*
 * Reads the kernel's log and keeps what is about AGX.  A record of /dev/kmsg is
 * "PRIORITY,NUMBER,MICROSECONDS,FLAGS;TEXT", and lines that begin with a space give
 * details of it (Documentation/ABI/testing/dev-kmsg).
 */
#include "kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_any(const char *text, const char *const *words)
{
	for (; *words; words++) {
		if (strcasestr(text, *words))
			return true;
	}
	return false;
}

static void take_line(struct kernel_log *log, const char *line)
{
	static const char *const about[] = { "asahi", "agx", NULL };
	static const char *const bad[] = {
		"error", "fail", "fault", "timeout", "timed out", "panic", "crash", "unsupported",
		"cannot", "unable", NULL,
	};
	const char *text = strchr(line, ';'), *time = line;
	unsigned long long us;

	if (*line == ' ' || !text || !has_any(text, about))
		return;
	for (int i = 0; i < 2 && time; i++) {
		time = strchr(time, ',');
		time += !!time;
	}
	us = time && time < text ? strtoull(time, NULL, 10) : 0;
	snprintf(log->line[log->n % KERNEL_LOG_LINES], KERNEL_LOG_WIDTH, "[%5llu.%06llu] %s",
		 us / 1000000, us % 1000000, text + 1);
	log->n++;
	log->n_bad += has_any(text, bad);
}

size_t kernel_log_kept(const struct kernel_log *log)
{
	return log->n < KERNEL_LOG_LINES ? log->n : KERNEL_LOG_LINES;
}

const char *kernel_log_line(const struct kernel_log *log, size_t i)
{
	return log->line[(log->n - kernel_log_kept(log) + i) % KERNEL_LOG_LINES];
}

int kernel_log_read(struct kernel_log *log, const char *path)
{
	/* The device gives a record at a time, a file whatever fits: lines can be cut there. */
	char buf[8192 + 1];
	size_t len = 0;
	ssize_t n;
	int fd;

	log->n = log->n_bad = 0;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	/* EPIPE: records were overwritten meanwhile.  EAGAIN: that was the last. */
	while ((n = read(fd, buf + len, sizeof(buf) - 1 - len)) > 0 ||
	       (n < 0 && (errno == EPIPE || errno == EINTR))) {
		char *line = buf, *end;

		if (n < 0)
			continue;
		buf[len + (size_t)n] = '\0';
		while ((end = strchr(line, '\n'))) {
			*end = '\0';
			take_line(log, line);
			line = end + 1;
		}
		len = strlen(line);
		/* No kernel writes lines as long as that. */
		if (len == sizeof(buf) - 1)
			len = 0;
		memmove(buf, line, len);
	}
	close(fd);
	return n < 0 && errno != EAGAIN ? -errno : 0;
}
