// SPDX-License-Identifier: MIT
/*
 * Preloaded, this object counts what a program executes on the GPU of agx_compute.ko:
 *
 *	AGX_COUNTERS=FILE LD_PRELOAD=agx-counters.so PROGRAM
 *
 * FILE gets the sums over all queues when the program ends, a line "name value" each.
 * The module counts per queue, and tells only the queue's own client: hence from within.
 */
#include <dlfcn.h>
#include <drm/asahi_drm.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "uapi/drm/agx_compute_drm.h"

#define EXPORT __attribute__((visibility("default")))
#define MAX_QUEUES 64

/* As ioctl() sees it, whatever else is in the number. */
#define CALL(request) _IOC_NR(request)

static const char *const names[DRM_AGXC_COUNTERS] = {
	"submits", "commands", "launches", "threadgroups", "instructions", "engine_ns", "errors",
	"int", "float", "half", "matrix", "simd", "flow", "memory", "local", "read_bytes",
	"write_bytes", "atomics",
};

struct queue {
	int fd;
	__u32 id;
};

/* Preloaded code has nothing but the process that could own this. */
static struct {
	pthread_mutex_t lock;
	struct queue queue[MAX_QUEUES];
	unsigned int n;
	__u64 sum[DRM_AGXC_COUNTERS];
} process = { .lock = PTHREAD_MUTEX_INITIALIZER };

EXPORT int ioctl(int fd, unsigned long request, ...);

static int next_ioctl(int fd, unsigned long request, void *arg)
{
	int (*next)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");

	return next(fd, request, arg);
}

/* False: another driver's. */
static bool read_counters(const struct queue *queue, __u64 *counter)
{
	struct drm_agxc_get_counters get = {
		.flags = DRM_AGXC_COUNTERS_DETAILED,
		.queue_id = queue->id,
		.pointer = (__u64)(size_t)counter,
		.size = DRM_AGXC_COUNTERS * sizeof(*counter),
	};

	return !next_ioctl(queue->fd, DRM_IOCTL_AGXC_GET_COUNTERS, &get);
}

static void queue_created(int fd, __u32 id)
{
	struct queue queue = { fd, id };
	__u64 counter[DRM_AGXC_COUNTERS];

	if (!read_counters(&queue, counter))
		return;
	pthread_mutex_lock(&process.lock);
	if (process.n < MAX_QUEUES)
		process.queue[process.n++] = queue;
	else
		fputs("agx-counters: too many queues, the sums lack some\n", stderr);
	pthread_mutex_unlock(&process.lock);
}

/* With the lock held. */
static void add_up(const struct queue *queue)
{
	__u64 counter[DRM_AGXC_COUNTERS] = { 0 };

	if (!read_counters(queue, counter))
		fputs("agx-counters: a queue is gone, the sums lack it\n", stderr);
	for (int i = 0; i < DRM_AGXC_COUNTERS; i++)
		process.sum[i] += counter[i];
}

static void queue_goes(int fd, __u32 id)
{
	pthread_mutex_lock(&process.lock);
	for (unsigned int i = 0; i < process.n; i++) {
		if (process.queue[i].fd != fd || process.queue[i].id != id)
			continue;
		add_up(&process.queue[i]);
		process.queue[i] = process.queue[--process.n];
		break;
	}
	pthread_mutex_unlock(&process.lock);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;
	int ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (_IOC_TYPE(request) != DRM_IOCTL_BASE)
		return next_ioctl(fd, request, arg);
	if (CALL(request) == CALL(DRM_IOCTL_ASAHI_QUEUE_DESTROY))
		queue_goes(fd, ((struct drm_asahi_queue_destroy *)arg)->queue_id);
	ret = next_ioctl(fd, request, arg);
	if (!ret && CALL(request) == CALL(DRM_IOCTL_ASAHI_QUEUE_CREATE))
		queue_created(fd, ((struct drm_asahi_queue_create *)arg)->queue_id);
	return ret;
}

__attribute__((destructor)) static void report(void)
{
	const char *path = getenv("AGX_COUNTERS");
	FILE *file = path ? fopen(path, "we") : NULL;

	pthread_mutex_lock(&process.lock);
	for (unsigned int i = 0; i < process.n; i++)
		add_up(&process.queue[i]);
	process.n = 0;
	for (int i = 0; file && i < DRM_AGXC_COUNTERS; i++)
		fprintf(file, "%s %llu\n", names[i], (unsigned long long)process.sum[i]);
	pthread_mutex_unlock(&process.lock);
	if (file)
		fclose(file);
}
