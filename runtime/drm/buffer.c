// SPDX-License-Identifier: MIT
/*
 * Buffers: the kernel's objects, one after the other in one range of the GPU's addresses
 * and one of the CPU's.
 */
#include <assert.h>
#include <drm/asahi_drm.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "priv.h"
#include "runtime/error.h"

static struct mutsu_buffer *new_buffer(size_t size, uint32_t handles, const char *what)
{
	struct mutsu_buffer *b = calloc(1, sizeof(*b) + handles * sizeof(b->handle[0]));

	if (!b)
		return NULL;
	b->size = size;
	b->map = MAP_FAILED;
	snprintf(b->what, sizeof(b->what), "%s", what);
	return b;
}

static struct mutsu_heap *heap_of(const struct mutsu_gpu *gpu, uint64_t addr)
{
	return addr < gpu->plan.start ? gpu->usc : gpu->va;
}

/* Addresses for a buffer and the page behind it. */
static int reserve(struct mutsu_gpu *gpu, struct mutsu_buffer *b, unsigned int flags)
{
	struct mutsu_heap *heap = flags & MUTSU_BUFFER_CODE ? gpu->usc : gpu->va;

	return mutsu_heap_alloc(heap, b->size + MUTSU_GPU_PAGE, MUTSU_GPU_PAGE, &b->addr);
}

static int vm_bind(struct mutsu_gpu *gpu, struct drm_asahi_gem_bind_op op)
{
	struct drm_asahi_vm_bind args = {
		.vm_id = gpu->vm, .num_binds = 1, .stride = sizeof(op), .userptr = (uintptr_t)&op,
	};

	return mutsu_drm_ioctl(gpu->fd, DRM_IOCTL_ASAHI_VM_BIND, &args);
}

static int bind(struct mutsu_gpu *gpu, uint32_t handle, uint64_t range, uint64_t addr,
		unsigned int flags)
{
	const bool read_only = flags & (MUTSU_BUFFER_CODE | MUTSU_BUFFER_READ_ONLY);

	return vm_bind(gpu, (struct drm_asahi_gem_bind_op){
		.flags = DRM_ASAHI_BIND_READ | (read_only ? 0 : DRM_ASAHI_BIND_WRITE),
		.handle = handle, .range = range, .addr = addr,
	});
}

static int unbind(struct mutsu_gpu *gpu, uint64_t range, uint64_t addr)
{
	return vm_bind(gpu, (struct drm_asahi_gem_bind_op){
		.flags = DRM_ASAHI_BIND_UNBIND, .range = range, .addr = addr,
	});
}

static int create_object(struct mutsu_gpu *gpu, uint64_t size, unsigned int flags,
			 uint32_t *handle)
{
	struct drm_asahi_gem_create args = {
		.size = size, .vm_id = gpu->vm,
		.flags = DRM_ASAHI_GEM_VM_PRIVATE |
			 (flags & MUTSU_BUFFER_CACHED ? DRM_ASAHI_GEM_WRITEBACK : 0),
	};
	const int ret = mutsu_drm_ioctl(gpu->fd, DRM_IOCTL_ASAHI_GEM_CREATE, &args);

	*handle = args.handle;
	return ret;
}

static int map_object(struct mutsu_gpu *gpu, uint32_t handle, uint64_t size, void *at)
{
	struct drm_asahi_gem_mmap_offset args = { .handle = handle };
	const int ret = mutsu_drm_ioctl(gpu->fd, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &args);

	if (ret)
		return ret;
	if (mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, gpu->fd,
		 (off_t)args.offset) == MAP_FAILED)
		return -errno;
	return 0;
}

/* An object of the buffer's bytes from offset on; the buffer has it, whatever fails. */
static int add_object(struct mutsu_gpu *gpu, struct mutsu_buffer *b, uint64_t offset,
		      unsigned int flags, const char **step)
{
	const uint64_t rest = b->size - offset;
	const uint64_t size = rest < gpu->object_max ? rest : gpu->object_max;
	uint32_t handle;
	int ret;

	*step = "create";
	ret = create_object(gpu, size, flags, &handle);
	if (ret)
		return ret;
	b->handle[b->n_handles++] = handle;
	*step = "bind";
	ret = bind(gpu, handle, size, b->addr + offset, flags);
	if (ret)
		return ret;
	*step = "map";
	return map_object(gpu, handle, size, (char *)b->map + offset);
}

static int fail(struct mutsu_error *err, int code, const struct mutsu_gpu *gpu,
		const struct mutsu_buffer *b, const char *step)
{
	return mutsu_fail(err, code, "%s: buffer of %zu KiB for '%s': cannot %s it: %s",
			  gpu->info.path, b->size / 1024, b->what, step,
			  code == -ENOSPC ? "no room in the GPU's address space" : strerror(-code));
}

/* Callers know one error for all kinds of memory. */
static int code_of(int ret)
{
	return ret == -ENOSPC ? -ENOMEM : ret;
}

int mutsu_buffer_create(struct mutsu_buffer **out, struct mutsu_gpu *gpu, size_t size,
			unsigned int flags, const char *what, struct mutsu_error *err)
{
	const size_t bytes = (size + MUTSU_GPU_PAGE - 1) & ~(MUTSU_GPU_PAGE - 1);
	const uint64_t objects = (bytes + gpu->object_max - 1) / gpu->object_max;
	const char *step = "reserve";
	struct mutsu_buffer *b;
	int ret;

	if (!size || size > gpu->plan.end)
		return mutsu_fail(err, size ? -ENOMEM : -EINVAL,
				  "%s: no buffer can have the %zu bytes of '%s'",
				  gpu->info.path, size, what);
	b = new_buffer(bytes, (uint32_t)objects, what);
	if (!b)
		return mutsu_fail(err, -ENOMEM, "out of memory for '%s'", what);
	ret = reserve(gpu, b, flags);
	if (ret)
		goto destroy;
	b->map = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (b->map == MAP_FAILED) {
		ret = -errno;
		goto destroy;
	}
	for (uint64_t i = 0; i < objects && !ret; i++)
		ret = add_object(gpu, b, i * gpu->object_max, flags, &step);
	if (ret)
		goto destroy;
	b->next = gpu->buffers;
	gpu->buffers = b;
	*out = b;
	return 0;

destroy:
	fail(err, ret, gpu, b, step);
	mutsu_buffer_destroy(gpu, b);
	return code_of(ret);
}

/* A dmabuf's handle is the same each time that it is imported. */
static bool is_shared(const struct mutsu_gpu *gpu, const struct mutsu_buffer *b)
{
	for (const struct mutsu_buffer *other = gpu->buffers; other; other = other->next)
		if (other != b && other->imported && other->handle[0] == b->handle[0])
			return true;
	return false;
}

static int import(struct mutsu_gpu *gpu, struct mutsu_buffer *b, int dmabuf, unsigned int flags,
		  const char **step)
{
	int ret;

	*step = "import";
	if (drmPrimeFDToHandle(gpu->fd, dmabuf, &b->handle[0]))
		return -errno;
	b->n_handles = 1;
	*step = "reserve";
	ret = reserve(gpu, b, flags);
	if (ret)
		return ret;
	*step = "bind";
	ret = bind(gpu, b->handle[0], b->size, b->addr, flags);
	if (ret)
		return ret;
	*step = "map";
	b->map = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	return b->map == MAP_FAILED ? -errno : 0;
}

int mutsu_buffer_import(struct mutsu_buffer **out, struct mutsu_gpu *gpu, int dmabuf,
			unsigned int flags, const char *what, struct mutsu_error *err)
{
	const off_t size = lseek(dmabuf, 0, SEEK_END);
	const char *step;
	struct mutsu_buffer *b;
	int ret;

	if (size <= 0)
		return mutsu_fail(err, -EINVAL, "'%s' is no dmabuf", what);
	if (size % (off_t)MUTSU_GPU_PAGE || (uint64_t)size > gpu->plan.end)
		return mutsu_fail(err, -EINVAL, "the dmabuf '%s' has %lld bytes, which are not "
				  "whole pages of the GPU (16 KiB)", what, (long long)size);
	b = new_buffer((size_t)size, 1, what);
	if (!b)
		return mutsu_fail(err, -ENOMEM, "out of memory for '%s'", what);
	b->imported = true;
	ret = import(gpu, b, dmabuf, flags, &step);
	if (ret) {
		fail(err, ret, gpu, b, step);
		mutsu_buffer_destroy(gpu, b);
		return code_of(ret);
	}
	b->next = gpu->buffers;
	gpu->buffers = b;
	*out = b;
	return 0;
}

static void forget(struct mutsu_gpu *gpu, const struct mutsu_buffer *b)
{
	for (struct mutsu_buffer **p = &gpu->buffers; *p; p = &(*p)->next) {
		if (*p == b) {
			*p = b->next;
			return;
		}
	}
}

/* Also of one that is not complete. */
void mutsu_buffer_destroy(struct mutsu_gpu *gpu, struct mutsu_buffer *buffer)
{
	struct mutsu_buffer *b = buffer;
	bool unbound = true, closed = true;

	if (!b)
		return;
	forget(gpu, b);
	if (b->addr && b->n_handles)
		unbound = !unbind(gpu, b->size, b->addr);
	if (b->map != MAP_FAILED)
		munmap(b->map, b->size);
	if (b->imported && b->n_handles && is_shared(gpu, b))
		closed = false;
	for (uint32_t i = 0; closed && i < b->n_handles; i++)
		drmCloseBufferHandle(gpu->fd, b->handle[i]);
	/* Closing unbinds, too.  What is bound for ever keeps its address. */
	if (b->addr && (unbound || closed))
		mutsu_heap_free(heap_of(gpu, b->addr), b->addr, b->size + MUTSU_GPU_PAGE);
	free(b);
}
