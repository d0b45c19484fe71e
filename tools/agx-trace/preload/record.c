// SPDX-License-Identifier: MIT
#include "record.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#define WAIT_SECONDS 10
#define NS_PER_S 1000000000ull

void record_say(const char *format, ...)
{
	char text[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text) - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	n = n < (int)sizeof(text) - 1 ? n : (int)sizeof(text) - 2;
	text[n] = '\n';
	/* In one piece, past the program's buffers. */
	dprintf(STDERR_FILENO, "agx-trace: %.*s", n + 1, text);
}

static u64 setting(const char *name, u64 fallback)
{
	const char *text = getenv(name);
	u64 value;
	char *end;

	if (!text || !*text)
		return fallback;
	value = strtoull(text, &end, 0);
	return *end ? fallback : value;
}

void record_init(struct record *record)
{
	const char *dir = getenv(TRACE_ENV_DIR);
	u64 count;

	record->dir = dir && *dir ? strdup(dir) : NULL;
	record->first = setting(TRACE_ENV_FIRST, 0);
	count = setting(TRACE_ENV_COUNT, UINT64_MAX);
	record->end = count < UINT64_MAX - record->first ? record->first + count : UINT64_MAX;
	record->wait_ns = setting(TRACE_ENV_WAIT, WAIT_SECONDS) * NS_PER_S;
}

/* --- numbers -------------------------------------------------------------------------- */

static struct trace_count *open_count(const char *dir)
{
	char path[4096];
	void *count;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, TRACE_COUNT_FILE);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		record_say("%s: %s: nothing is recorded", path, strerror(errno));
		return NULL;
	}
	count = mmap(NULL, sizeof(struct trace_count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	record_close(fd);
	if (count == MAP_FAILED) {
		record_say("%s: %s: nothing is recorded", path, strerror(errno));
		return NULL;
	}
	return count;
}

bool record_claim(struct record *record, u64 *number)
{
	if (!record->dir)
		return false;
	if (!record->count)
		record->count = open_count(record->dir);
	if (!record->count) {
		/* Said once. */
		record->dir = NULL;
		return false;
	}
	*number = __atomic_fetch_add(&record->count->submissions, 1, __ATOMIC_RELAXED);
	return true;
}

void record_give_back(const struct record *record, u64 number)
{
	u64 next = number + 1;

	__atomic_compare_exchange_n(&record->count->submissions, &next, number, false,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* --- memory ---------------------------------------------------------------------------- */

static u8 *map_offset(int fd, u32 handle, u64 size)
{
	struct agx_drm_gem_mmap_offset offset = { .handle = handle };
	void *host;

	if (record_ioctl(fd, AGX_DRM_IOWR(AGX_DRM_GEM_MMAP_OFFSET, struct agx_drm_gem_mmap_offset),
			 &offset))
		return NULL;
	host = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)offset.offset);
	return host == MAP_FAILED ? NULL : host;
}

/* Imported buffers may have no offset, but then who made them can map them. */
static u8 *map_exported(int fd, u32 handle, u64 size)
{
	struct agx_drm_prime prime = { .handle = handle, .flags = O_CLOEXEC };
	void *host;

	if (record_ioctl(fd, AGX_DRM_IOWR(AGX_DRM_PRIME_HANDLE_TO_FD, struct agx_drm_prime),
			 &prime))
		return NULL;
	host = mmap(NULL, size, PROT_READ, MAP_SHARED, prime.fd, 0);
	record_close(prime.fd);
	return host == MAP_FAILED ? NULL : host;
}

u8 *record_map(void *ctx, u32 handle, u64 size)
{
	int fd = *(int *)ctx;
	u8 *host = size ? map_offset(fd, handle, size) : NULL;

	return host || !size ? host : map_exported(fd, handle, size);
}
