// SPDX-License-Identifier: MIT
/*
 * Preloaded, this object sees the calls of the asahi driver's clients by itself:
 *
 *	LD_PRELOAD=agx-hook.so:libasahi_noop_drm_shim.so PROGRAM
 *
 * The shim stands in for the driver and executes nothing; here compute submissions
 * run before it signals that they are done.  Calls of other drivers pass through.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "execute.h"
#include "tools/agx/files.h"

#define EXPORT __attribute__((visibility("default")))
EXPORT int ioctl(int fd, unsigned long request, ...);
EXPORT int dup(int fd);
EXPORT int fcntl(int fd, int command, ...);
EXPORT int fcntl64(int fd, int command, ...);
EXPORT int close(int fd);

/* SYNC_IOC_MERGE, a call of sync files, from linux/sync_file.h. */
#define SYNC_TYPE '>'
#define SYNC_MERGE 3

struct sync_merge {
	char name[32];
	s32 fd2, fence;
};

/* Preloaded code has nothing but the process that could own this. */
static struct {
	pthread_mutex_t lock;
	struct agx_files files;
	u32 n_submits;
} process = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *next_function(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static int next_ioctl(int fd, unsigned long request, void *arg)
{
	int (*next)(int, unsigned long, ...) = next_function("ioctl");

	return next(fd, request, arg);
}

/* --- files ------------------------------------------------------------------------------ */

static void same_file(int fd, int copy)
{
	int error = errno;

	pthread_mutex_lock(&process.lock);
	agx_files_same(&process.files, fd, copy);
	pthread_mutex_unlock(&process.lock);
	errno = error;
}

int dup(int fd)
{
	int (*next)(int) = next_function("dup");
	int copy = next(fd);

	same_file(fd, copy);
	return copy;
}

static int any_fcntl(const char *name, int fd, int command, void *arg)
{
	int (*next)(int, int, ...) = next_function(name);
	int ret = next(fd, command, arg);

	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		same_file(fd, ret);
	return ret;
}

/* An int or a pointer follows; passed on as they came. */
#define PASS_FCNTL(name)				\
int name(int fd, int command, ...)			\
{							\
	va_list args;					\
	void *arg;					\
							\
	va_start(args, command);			\
	arg = va_arg(args, void *);			\
	va_end(args);					\
	return any_fcntl(#name, fd, command, arg);	\
}

PASS_FCNTL(fcntl)
PASS_FCNTL(fcntl64)

int close(int fd)
{
	int (*next)(int) = next_function("close");

	/* Most descriptors are none of ours: no lock for these. */
	if (agx_files_has(&process.files, fd)) {
		pthread_mutex_lock(&process.lock);
		agx_files_close(&process.files, fd);
		pthread_mutex_unlock(&process.lock);
	}
	return next(fd);
}

/* --- calls of the driver ------------------------------------------------------------------ */

/* A buffer as this process sees it, like the client's own mapping of it. */
static u8 *map_buffer(void *ctx, u32 handle, u64 size)
{
	struct agx_drm_gem_mmap_offset offset = { .handle = handle };
	int fd = *(int *)ctx;
	void *host;

	if (next_ioctl(fd, AGX_DRM_IOWR(AGX_DRM_GEM_MMAP_OFFSET, struct agx_drm_gem_mmap_offset),
		       &offset))
		return NULL;
	host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset.offset);
	return host == MAP_FAILED ? NULL : host;
}

static void bind_all(struct agx_client *client, int fd, const struct agx_drm_vm_bind *bind)
{
	const u8 *at = (const u8 *)(uintptr_t)bind->userptr;

	for (u32 i = 0; i < bind->num_binds; i++, at += bind->stride) {
		struct agx_drm_bind_op op = { 0 };

		memcpy(&op, at, bind->stride < sizeof(op) ? bind->stride : sizeof(op));
		if (!agx_client_bind(client, bind->vm_id, &op, map_buffer, &fd))
			fprintf(stderr, "agx-hook: cannot follow a binding of %llx bytes at %llx\n",
				(unsigned long long)op.range, (unsigned long long)op.addr);
	}
}

/* Runs the compute commands of a command buffer. */
static void run(struct agx_client *client, const struct agx_drm_submit *submit)
{
	const struct agx_client_queue *queue = agx_client_find_queue(client, submit->queue_id);
	const u8 *at = (const u8 *)(uintptr_t)submit->cmdbuf, *payload;
	struct agx_drm_cmd_compute compute;
	struct command command = { .submit = process.n_submits++, .compute = &compute };
	struct agx_drm_cmd_header header;
	size_t size = submit->cmdbuf_size;

	if (!queue)
		return;
	command.usc_base = queue->usc_base;
	command.memory = &agx_client_space(queue)->memory;
	for (; agx_client_command(&at, &size, &header, &payload); command.index++) {
		if (header.cmd_type != AGX_DRM_CMD_COMPUTE || header.size < sizeof(compute))
			continue;
		memcpy(&compute, payload, sizeof(compute));
		execute(&command);
	}
}

/* What the driver is about to do. */
static void before(struct agx_client *client, unsigned int call, const void *arg)
{
	const struct agx_drm_queue_destroy *queue = arg;
	const struct agx_drm_gem_close *buffer = arg;
	const struct agx_drm_vm_destroy *vm = arg;

	switch (call) {
	case AGX_DRM_GEM_CLOSE:
		agx_client_close_buffer(client, buffer->handle);
		break;
	case AGX_DRM_VM_DESTROY:
		agx_client_close_vm(client, vm->vm_id);
		break;
	case AGX_DRM_QUEUE_DESTROY:
		agx_client_close_queue(client, queue->queue_id);
		break;
	case AGX_DRM_SUBMIT:
		run(client, arg);
		break;
	}
}

/* What the driver has done. */
static void after(struct agx_client *client, int fd, unsigned int call, void *arg)
{
	const struct agx_drm_gem_create *buffer = arg;
	const struct agx_drm_queue_create *queue = arg;
	struct agx_drm_syncobj_fd *sync = arg;
	bool ok = true;

	switch (call) {
	case AGX_DRM_GEM_CREATE:
		ok = agx_client_add_buffer(client, buffer->handle, buffer->size);
		break;
	case AGX_DRM_VM_BIND:
		bind_all(client, fd, arg);
		break;
	case AGX_DRM_QUEUE_CREATE:
		ok = agx_client_add_queue(client, queue->queue_id, queue->vm_id,
					  queue->usc_exec_base);
		break;
	case AGX_DRM_SYNCOBJ_HANDLE_TO_FD:
		if (sync->fd < 0)
			sync->fd = eventfd(1, EFD_CLOEXEC);
		break;
	}
	if (!ok)
		fputs("agx-hook: out of memory\n", stderr);
}

static bool matters(unsigned int call)
{
	return call == AGX_DRM_GEM_CLOSE || call == AGX_DRM_SYNCOBJ_HANDLE_TO_FD ||
	       (call >= AGX_DRM_VM_DESTROY && call <= AGX_DRM_SUBMIT);
}

/*
 * OpenCL (rusticl) wants sync files, which the shim has not.  All work is done when a
 * call returns, so any descriptor that is ready will do, and so will either of two.
 */
static int merge(int fd, unsigned long request, struct sync_merge *merge)
{
	int ret = next_ioctl(fd, request, merge);

	if (!ret || errno != ENOTTY)
		return ret;
	merge->fence = dup(fd);
	return merge->fence < 0 ? -1 : 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	unsigned int call = _IOC_NR(request);
	struct agx_client *client;
	va_list args;
	void *arg;
	int ret, error;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (_IOC_TYPE(request) == SYNC_TYPE && call == SYNC_MERGE)
		return merge(fd, request, arg);
	/* Waiting calls are not among them: the lock is held over those that are. */
	if (_IOC_TYPE(request) != AGX_DRM_TYPE || !matters(call))
		return next_ioctl(fd, request, arg);
	pthread_mutex_lock(&process.lock);
	client = agx_files_find(&process.files, fd, next_ioctl);
	if (client)
		before(client, call, arg);
	ret = next_ioctl(fd, request, arg);
	error = errno;
	if (client && !ret)
		after(client, fd, call, arg);
	pthread_mutex_unlock(&process.lock);
	errno = error;
	return ret;
}
