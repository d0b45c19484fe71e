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

#include "client.h"

#define EXPORT __attribute__((visibility("default")))
#define MAX_FDS 1024

/*
 * The calls that matter and what they pass, from the kernel's drm/drm.h and
 * drm/asahi_drm.h as of Linux 6.16: older systems do not have the latter.
 */
enum {
	DRM_VERSION = 0x00,
	DRM_GEM_CLOSE = 0x09,
	ASAHI_VM_BIND = 0x44,
	ASAHI_GEM_CREATE = 0x45,
	ASAHI_GEM_MMAP_OFFSET = 0x46,
	ASAHI_QUEUE_CREATE = 0x48,
	ASAHI_QUEUE_DESTROY = 0x49,
	ASAHI_SUBMIT = 0x4a,
	DRM_SYNCOBJ_HANDLE_TO_FD = 0xc1,
};

#define DRM_TYPE 'd'

struct drm_version {
	s32 major, minor, patch;
	size_t name_len;
	char *name;
	size_t date_len;
	char *date;
	size_t desc_len;
	char *desc;
};

struct drm_gem_close {
	u32 handle, pad;
};

struct asahi_vm_bind {
	u32 vm_id, num_binds, stride, pad;
	u64 userptr;
};

struct asahi_gem_bind_op {
	u32 flags, handle;
	u64 offset, range, addr;
};

struct asahi_gem_create {
	u64 size;
	u32 flags, vm_id, handle, pad;
};

struct asahi_gem_mmap_offset {
	u32 handle, flags;
	u64 offset;
};

struct asahi_queue_create {
	u32 flags, vm_id, priority, queue_id;
	u64 usc_exec_base;
};

struct asahi_queue_destroy {
	u32 queue_id, pad;
};

struct asahi_submit {
	u64 syncs, cmdbuf;
	u32 flags, queue_id, in_sync_count, out_sync_count, cmdbuf_size, pad;
};

EXPORT int ioctl(int fd, unsigned long request, ...);
EXPORT int dup(int fd);
EXPORT int fcntl(int fd, int command, ...);
EXPORT int fcntl64(int fd, int command, ...);
EXPORT int close(int fd);

struct drm_syncobj_handle {
	u32 handle, flags;
	s32 fd;
};

/* SYNC_IOC_MERGE, a call of sync files, from linux/sync_file.h. */
#define SYNC_TYPE '>'
#define SYNC_MERGE 3

struct sync_merge {
	char name[32];
	s32 fd2, fence;
};

/* An open file; several descriptors may be of it. */
struct file {
	struct client *client;	/* NULL: of another driver */
	u32 n_fds;
};

/* Preloaded code has nothing but the process that could own this. */
static struct {
	pthread_mutex_t lock;
	struct file *file[MAX_FDS];	/* by descriptor; NULL: never seen */
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

static bool is_asahi(int fd)
{
	char name[16] = "";
	struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };

	return !next_ioctl(fd, _IOWR(DRM_TYPE, DRM_VERSION, struct drm_version), &version) &&
	       !strcmp(name, "asahi");
}

/* With the lock held: the client whose file this is, NULL for another driver's. */
static struct client *find_client(int fd)
{
	struct file *file;

	if (fd < 0 || fd >= MAX_FDS)
		return NULL;
	file = process.file[fd];
	if (!file) {
		file = calloc(1, sizeof(*file));
		if (!file)
			return NULL;
		file->n_fds = 1;
		file->client = is_asahi(fd) ? client_create() : NULL;
		process.file[fd] = file;
	}
	return file->client;
}

static void same_file(int fd, int copy)
{
	int error = errno;

	pthread_mutex_lock(&process.lock);
	if (fd >= 0 && fd < MAX_FDS && copy >= 0 && copy < MAX_FDS && process.file[fd]) {
		process.file[copy] = process.file[fd];
		process.file[copy]->n_fds++;
	}
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
	struct file *file = NULL;

	/* Most descriptors are none of ours: no lock for these. */
	if (fd >= 0 && fd < MAX_FDS && __atomic_load_n(&process.file[fd], __ATOMIC_RELAXED)) {
		pthread_mutex_lock(&process.lock);
		file = process.file[fd];
		process.file[fd] = NULL;
		if (file && !--file->n_fds) {
			client_destroy(file->client);
			free(file);
		}
		pthread_mutex_unlock(&process.lock);
	}
	return next(fd);
}

/* --- calls of the driver ------------------------------------------------------------------ */

/* A buffer as this process sees it, like the client's own mapping of it. */
static u8 *map_buffer(void *ctx, u32 handle, u64 size)
{
	struct asahi_gem_mmap_offset offset = { .handle = handle };
	int fd = *(int *)ctx;
	void *host;

	if (next_ioctl(fd, _IOWR(DRM_TYPE, ASAHI_GEM_MMAP_OFFSET, struct asahi_gem_mmap_offset),
		       &offset))
		return NULL;
	host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset.offset);
	return host == MAP_FAILED ? NULL : host;
}

static void bind_all(struct client *client, int fd, const struct asahi_vm_bind *bind)
{
	const u8 *at = (const u8 *)(uintptr_t)bind->userptr;

	for (u32 i = 0; i < bind->num_binds; i++, at += bind->stride) {
		struct asahi_gem_bind_op op = { 0 };
		struct binding b;

		memcpy(&op, at, bind->stride < sizeof(op) ? bind->stride : sizeof(op));
		b = (struct binding){ op.flags, op.handle, op.offset, op.range, op.addr };
		if (!client_bind(client, bind->vm_id, &b, map_buffer, &fd))
			fprintf(stderr, "agx-hook: cannot follow a binding of %llx bytes at %llx\n",
				(unsigned long long)op.range, (unsigned long long)op.addr);
	}
}

/* What the driver is about to do. */
static void before(struct client *client, unsigned int call, const void *arg)
{
	const struct asahi_queue_destroy *queue = arg;
	const struct drm_gem_close *buffer = arg;
	const struct asahi_submit *submit = arg;

	switch (call) {
	case DRM_GEM_CLOSE:
		client_close_buffer(client, buffer->handle);
		break;
	case ASAHI_QUEUE_DESTROY:
		client_close_queue(client, queue->queue_id);
		break;
	case ASAHI_SUBMIT:
		client_submit(client, submit->queue_id, process.n_submits++,
			      (const u8 *)(uintptr_t)submit->cmdbuf, submit->cmdbuf_size);
		break;
	}
}

/* What the driver has done. */
static void after(struct client *client, int fd, unsigned int call, void *arg)
{
	const struct asahi_gem_create *buffer = arg;
	const struct asahi_queue_create *queue = arg;
	struct drm_syncobj_handle *sync = arg;
	bool ok = true;

	switch (call) {
	case ASAHI_GEM_CREATE:
		ok = client_add_buffer(client, buffer->handle, buffer->size);
		break;
	case ASAHI_VM_BIND:
		bind_all(client, fd, arg);
		break;
	case ASAHI_QUEUE_CREATE:
		ok = client_add_queue(client, queue->queue_id, queue->vm_id,
				      queue->usc_exec_base);
		break;
	case DRM_SYNCOBJ_HANDLE_TO_FD:
		if (sync->fd < 0)
			sync->fd = eventfd(1, EFD_CLOEXEC);
		break;
	}
	if (!ok)
		fputs("agx-hook: out of memory\n", stderr);
}

static bool matters(unsigned int call)
{
	return call == DRM_GEM_CLOSE || (call >= ASAHI_VM_BIND && call <= ASAHI_SUBMIT) ||
	       call == DRM_SYNCOBJ_HANDLE_TO_FD;
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
	struct client *client = NULL;
	va_list args;
	void *arg;
	int ret, error;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (_IOC_TYPE(request) == SYNC_TYPE && call == SYNC_MERGE)
		return merge(fd, request, arg);
	/* Waiting calls are not among them: the lock is held over those that are. */
	if (_IOC_TYPE(request) != DRM_TYPE || !matters(call))
		return next_ioctl(fd, request, arg);
	pthread_mutex_lock(&process.lock);
	client = find_client(fd);
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
