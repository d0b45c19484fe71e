// SPDX-License-Identifier: MIT
/*
 * A device of the asahi driver in memory, preloaded: /dev/dri/renderD199 opens as a file
 * without a name, in which buffers are one after the other.  Calls check what they are
 * given and remember what they need for that; nothing is executed, and what is submitted
 * is done at once.  Syncobj 999 never signals.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/sync_file.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tools/agx/asahi.h"

#define EXPORT __attribute__((visibility("default")))
#define NODE "/dev/dri/renderD199"
#define MAX 4096u
#define NEVER 999u

EXPORT int open(const char *path, int flags, ...);
EXPORT int open64(const char *path, int flags, ...);
EXPORT int ioctl(int fd, unsigned long request, ...);

struct buffer {
	u64 size, offset;
	int prime;		/* a descriptor of the memory; 0: it is the device's */
	bool open;
};

static struct {
	pthread_mutex_t lock;
	dev_t dev;
	ino_t ino;
	int fd;			/* one of the device's */
	u64 end;		/* of the memory */
	struct buffer buffer[MAX];	/* by handle; 0 is none */
	bool vm[MAX], queue[MAX], syncobj[MAX], fence[MAX];
} fake = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int any_open(const char *path, int flags, int mode)
{
	int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
	struct stat stat;

	if (strcmp(path, NODE))
		return next(path, flags, mode);
	if (fake.fd)
		return dup(fake.fd);
	fake.fd = memfd_create("asahi", MFD_CLOEXEC);
	fstat(fake.fd, &stat);
	fake.dev = stat.st_dev;
	fake.ino = stat.st_ino;
	return dup(fake.fd);
}

#define PASS_OPEN(name)				\
int name(const char *path, int flags, ...)	\
{						\
	va_list args;				\
	int mode;				\
						\
	va_start(args, flags);			\
	mode = va_arg(args, int);		\
	va_end(args);				\
	return any_open(path, flags, mode);	\
}

PASS_OPEN(open)
PASS_OPEN(open64)

static bool is_fake(int fd)
{
	struct stat stat;

	return fake.fd && !fstat(fd, &stat) && stat.st_dev == fake.dev && stat.st_ino == fake.ino;
}

/* --- calls: 0 or a negative errno ------------------------------------------------- */

static u32 take(bool *used)
{
	u32 id = 1;

	while (id < MAX - 1 && (used[id] || id == NEVER))
		id++;
	used[id] = true;
	return id;
}

static int drop(bool *used, u32 id)
{
	if (id >= MAX || !used[id])
		return -ENOENT;
	used[id] = false;
	return 0;
}

static struct buffer *find(u32 handle)
{
	return handle < MAX && fake.buffer[handle].open ? &fake.buffer[handle] : NULL;
}

static u32 new_buffer(struct buffer buffer)
{
	u32 handle = 1;

	while (fake.buffer[handle].open)
		handle++;
	fake.buffer[handle] = buffer;
	return handle;
}

static int gem_create(struct agx_drm_gem_create *create)
{
	u64 size = (create->size + 0x3fff) & ~0x3fffull;

	if (!create->size)
		return -EINVAL;
	create->handle = new_buffer((struct buffer){
		.size = size, .offset = fake.end, .open = true,
	});
	fake.end += size;
	return ftruncate(fake.fd, (off_t)fake.end) ? -errno : 0;
}

static int gem_close(const struct agx_drm_gem_close *closed)
{
	struct buffer *buffer = find(closed->handle);

	if (!buffer)
		return -EINVAL;
	if (buffer->prime)
		close(buffer->prime);
	buffer->open = false;
	return 0;
}

/* As some drivers: what is imported has no offset. */
static int mmap_offset(struct agx_drm_gem_mmap_offset *offset)
{
	const struct buffer *buffer = find(offset->handle);

	if (!buffer || buffer->prime)
		return buffer ? -EINVAL : -ENOENT;
	offset->offset = buffer->offset;
	return 0;
}

static int import(struct agx_drm_prime *prime)
{
	struct stat stat;

	if (fstat(prime->fd, &stat))
		return -errno;
	prime->handle = new_buffer((struct buffer){
		.size = (u64)stat.st_size, .prime = dup(prime->fd), .open = true,
	});
	return 0;
}

static int export(struct agx_drm_prime *prime)
{
	const struct buffer *buffer = find(prime->handle);

	if (!buffer || !buffer->prime)
		return -EINVAL;
	prime->fd = dup(buffer->prime);
	return prime->fd < 0 ? -errno : 0;
}

static int vm_bind(const struct agx_drm_vm_bind *bind)
{
	const u8 *at = (const u8 *)(uintptr_t)bind->userptr;

	if (bind->vm_id >= MAX || !fake.vm[bind->vm_id])
		return -ENOENT;
	for (u32 i = 0; i < bind->num_binds; i++, at += bind->stride) {
		const struct agx_drm_bind_op *op = (const void *)at;

		if (!(op->flags & AGX_DRM_BIND_UNBIND) && !find(op->handle))
			return -ENOENT;
	}
	return 0;
}

static int get_params(const struct agx_drm_get_params *get)
{
	const struct agx_drm_params params = {
		.gpu_generation = 14, .gpu_variant = 'G', .chip_id = 0x8112,
		.num_clusters_total = 1, .vm_start = 0x4000, .vm_end = 0x7fffff8000,
		.vm_kernel_min_size = 0x20000000,
	};

	memcpy((void *)(uintptr_t)get->pointer, &params,
	       get->size < sizeof(params) ? get->size : sizeof(params));
	return 0;
}

static bool readable(u64 address, size_t size)
{
	u8 bytes[256];
	struct iovec remote = { (void *)(uintptr_t)address, size };
	struct iovec local = { bytes, sizeof(bytes) };

	return !size || process_vm_readv(getpid(), &local, 1, &remote, 1, 0) > 0;
}

static int submit(const struct agx_drm_submit *submit)
{
	const struct agx_drm_sync *sync = (const void *)(uintptr_t)submit->syncs;
	u32 n = submit->in_sync_count + submit->out_sync_count;

	if (submit->queue_id >= MAX || !fake.queue[submit->queue_id])
		return -ENOENT;
	if (!readable(submit->cmdbuf, submit->cmdbuf_size) ||
	    !readable(submit->syncs, n * sizeof(*sync)))
		return -EFAULT;
	for (u32 i = 0; i < n; i++) {
		if (sync[i].handle != NEVER &&
		    (sync[i].handle >= MAX || !fake.syncobj[sync[i].handle]))
			return -ENOENT;
		if (i >= submit->in_sync_count)
			fake.fence[sync[i].handle] = true;
	}
	return 0;
}

static int wait_for(const struct agx_drm_syncobj_wait *wait)
{
	const u32 *handle = (const u32 *)(uintptr_t)wait->handles;

	if (*handle == NEVER)
		return -ETIME;
	return *handle < MAX && fake.syncobj[*handle] && fake.fence[*handle] ? 0 : -EINVAL;
}

static int sync_fd(struct agx_drm_syncobj_fd *sync)
{
	sync->fd = eventfd(1, EFD_CLOEXEC);
	return sync->fd < 0 ? -errno : 0;
}

static int version(struct agx_drm_version *version)
{
	snprintf(version->name, version->name_len + 1, "asahi");
	return 0;
}

static int objects(unsigned int call, void *arg)
{
	struct agx_drm_vm_create *vm = arg;
	struct agx_drm_queue_create *queue = arg;
	struct agx_drm_syncobj *syncobj = arg;
	u32 id = *(u32 *)arg;

	switch (call) {
	case AGX_DRM_VM_CREATE:
		vm->vm_id = take(fake.vm);
		return 0;
	case AGX_DRM_VM_DESTROY:
		return drop(fake.vm, id);
	case AGX_DRM_QUEUE_CREATE:
		if (queue->vm_id >= MAX || !fake.vm[queue->vm_id])
			return -ENOENT;
		queue->queue_id = take(fake.queue);
		return 0;
	case AGX_DRM_QUEUE_DESTROY:
		return drop(fake.queue, id);
	case AGX_DRM_SYNCOBJ_CREATE:
		syncobj->handle = take(fake.syncobj);
		fake.fence[syncobj->handle] = false;
		return 0;
	case AGX_DRM_SYNCOBJ_DESTROY:
		return drop(fake.syncobj, id);
	default:
		return -EINVAL;
	}
}

static int dispatch(unsigned int call, void *arg)
{
	switch (call) {
	case AGX_DRM_VERSION:
		return version(arg);
	case AGX_DRM_GEM_CLOSE:
		return gem_close(arg);
	case AGX_DRM_PRIME_HANDLE_TO_FD:
		return export(arg);
	case AGX_DRM_PRIME_FD_TO_HANDLE:
		return import(arg);
	case AGX_DRM_GET_PARAMS:
		return get_params(arg);
	case AGX_DRM_GET_TIME:
		return 0;
	case AGX_DRM_VM_BIND:
		return vm_bind(arg);
	case AGX_DRM_GEM_CREATE:
		return gem_create(arg);
	case AGX_DRM_GEM_MMAP_OFFSET:
		return mmap_offset(arg);
	case AGX_DRM_SUBMIT:
		return submit(arg);
	case AGX_DRM_SYNCOBJ_HANDLE_TO_FD:
		return sync_fd(arg);
	case AGX_DRM_SYNCOBJ_WAIT:
	case AGX_DRM_SYNCOBJ_TIMELINE_WAIT:
		return wait_for(arg);
	default:
		return objects(call, arg);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*next)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
	struct sync_file_info *info;
	va_list args;
	void *arg;
	int ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (request == SYNC_IOC_FILE_INFO) {
		info = arg;
		info->status = 1;
		return 0;
	}
	if (_IOC_TYPE(request) != AGX_DRM_TYPE || !is_fake(fd))
		return next(fd, request, arg);
	pthread_mutex_lock(&fake.lock);
	ret = dispatch(_IOC_NR(request), arg);
	pthread_mutex_unlock(&fake.lock);
	if (ret)
		errno = -ret;
	return ret ? -1 : 0;
}
