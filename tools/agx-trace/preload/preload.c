// SPDX-License-Identifier: MIT
/*
 * Preloaded into a program by agx-trace record, this object sees its calls of the asahi
 * driver, remembers what they make, and writes submissions to files before the driver gets
 * them.  Calls reach the driver as the program made them; only SUBMIT signals one syncobj
 * more, by which the next one knows when the queue is idle.
 *
 * The program shall not notice: signals wait while this object has its lock, errno is the
 * driver's, and what fails here is a line on stderr.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "record.h"
#include "tools/agx/files.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int ioctl(int fd, unsigned long request, ...);
EXPORT int dup(int fd);
EXPORT int dup2(int fd, int copy);
EXPORT int dup3(int fd, int copy, int flags);
EXPORT int fcntl(int fd, int command, ...);
EXPORT int fcntl64(int fd, int command, ...);
EXPORT int close(int fd);
EXPORT int close_range(unsigned int first, unsigned int last, int flags);

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif

/* Preloaded code has nothing but the process that could own this. */
static struct {
	pthread_mutex_t lock;
	struct agx_files files;
	struct record record;
} process = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- around what this object does ------------------------------------------------------ */

struct guard {
	sigset_t signals;
	int cancel;
	int error;
};

/*
 * A handler or a cancelled thread must not come here, or go away, with the lock held; nor
 * may a file that is too long for the program's limits end it (SIGXFSZ).
 */
static void enter(struct guard *guard)
{
	sigset_t all;

	guard->error = errno;
	sigfillset(&all);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &guard->cancel);
	pthread_sigmask(SIG_SETMASK, &all, &guard->signals);
	pthread_mutex_lock(&process.lock);
}

static void leave(const struct guard *guard)
{
	pthread_mutex_unlock(&process.lock);
	pthread_sigmask(SIG_SETMASK, &guard->signals, NULL);
	pthread_setcancelstate(guard->cancel, NULL);
	errno = guard->error;
}

/* A SIGXFSZ of ours, not one that waited before. */
static void forget_limit(bool waited)
{
	const struct timespec none = { 0, 0 };
	sigset_t limit;

	sigemptyset(&limit);
	sigaddset(&limit, SIGXFSZ);
	if (!waited)
		sigtimedwait(&limit, NULL, &none);
}

static bool limit_waits(void)
{
	sigset_t pending;

	return !sigpending(&pending) && sigismember(&pending, SIGXFSZ) == 1;
}

/* A child has the state of its parent, and a lock that nobody holds. */
static struct guard fork_guard;	/* under the lock */

static void before_fork(void)
{
	struct guard guard;

	enter(&guard);
	fork_guard = guard;
}

static void after_fork(void)
{
	const struct guard guard = fork_guard;

	leave(&guard);
}

__attribute__((constructor)) static void begin(void)
{
	record_init(&process.record);
	pthread_atfork(before_fork, after_fork, after_fork);
}

/* --- the functions that this object stands before --------------------------------------- */

/* Found once: dlsym() is not for signal handlers. */
static void *next_function(void **cache, const char *name)
{
	void *next = __atomic_load_n(cache, __ATOMIC_RELAXED);

	if (!next) {
		next = dlsym(RTLD_NEXT, name);
		__atomic_store_n(cache, next, __ATOMIC_RELAXED);
	}
	return next;
}

int record_ioctl(int fd, unsigned long request, void *arg)
{
	static void *cache;
	int (*next)(int, unsigned long, ...) = next_function(&cache, "ioctl");

	return next(fd, request, arg);
}

int record_close(int fd)
{
	static void *cache;
	int (*next)(int) = next_function(&cache, "close");

	return next(fd);
}

static void same_file(int fd, int copy)
{
	struct guard guard;

	if (copy < 0 || (!agx_files_has(&process.files, fd) &&
			 !agx_files_has(&process.files, copy)))
		return;
	enter(&guard);
	agx_files_same(&process.files, fd, copy);
	leave(&guard);
}

int dup(int fd)
{
	static void *cache;
	int (*next)(int) = next_function(&cache, "dup");
	int copy = next(fd);

	same_file(fd, copy);
	return copy;
}

int dup2(int fd, int copy)
{
	static void *cache;
	int (*next)(int, int) = next_function(&cache, "dup2");
	int ret = next(fd, copy);

	same_file(fd, ret);
	return ret;
}

int dup3(int fd, int copy, int flags)
{
	static void *cache;
	int (*next)(int, int, int) = next_function(&cache, "dup3");
	int ret = next(fd, copy, flags);

	same_file(fd, ret);
	return ret;
}

static int any_fcntl(void **cache, const char *name, int fd, int command, void *arg)
{
	int (*next)(int, int, ...) = next_function(cache, name);
	int ret = next(fd, command, arg);

	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		same_file(fd, ret);
	return ret;
}

/* An int or a pointer follows; passed on as they came. */
#define PASS_FCNTL(name)					\
int name(int fd, int command, ...)				\
{								\
	static void *cache;					\
	va_list args;						\
	void *arg;						\
								\
	va_start(args, command);				\
	arg = va_arg(args, void *);				\
	va_end(args);						\
	return any_fcntl(&cache, #name, fd, command, arg);	\
}

PASS_FCNTL(fcntl)
PASS_FCNTL(fcntl64)

static void forget(int fd)
{
	struct guard guard;

	/* Most descriptors are none of ours: no lock for these. */
	if (!agx_files_has(&process.files, fd))
		return;
	enter(&guard);
	agx_files_close(&process.files, fd);
	leave(&guard);
}

int close(int fd)
{
	forget(fd);
	return record_close(fd);
}

int close_range(unsigned int first, unsigned int last, int flags)
{
	unsigned int end = last < AGX_FILES_MAX ? last : AGX_FILES_MAX - 1;

	for (unsigned int fd = first; fd <= end && !(flags & (int)CLOSE_RANGE_CLOEXEC); fd++)
		forget((int)fd);
	return (int)syscall(SYS_close_range, first, last, flags);
}

/* --- what the driver has made -------------------------------------------------------------- */

static void follow_bind(struct agx_client *client, int fd, const struct agx_drm_vm_bind *bind)
{
	const u8 *at = (const u8 *)(uintptr_t)bind->userptr;

	for (u32 i = 0; i < bind->num_binds; i++, at += bind->stride) {
		struct agx_drm_bind_op op = { 0 };

		memcpy(&op, at, bind->stride < sizeof(op) ? bind->stride : sizeof(op));
		if (!agx_client_bind(client, bind->vm_id, &op, record_map, &fd))
			record_say("cannot follow a binding of 0x%llx bytes at 0x%llx: "
				   "images are without it", (unsigned long long)op.range,
				   (unsigned long long)op.addr);
	}
}

/* A buffer of somebody else, of a size that its descriptor knows. */
static bool follow_import(struct agx_client *client, const struct agx_drm_prime *prime)
{
	struct stat stat;
	off_t size = fstat(prime->fd, &stat) ? 0 : stat.st_size;

	/* Of older kernels' DMA buffers, which have no position that this would move. */
	if (!size)
		size = lseek(prime->fd, 0, SEEK_END);
	return agx_client_add_buffer(client, prime->handle, size > 0 ? (u64)size : 0);
}

static void close_queue(struct agx_client *client, int fd, u32 id)
{
	struct agx_client_queue *queue = agx_client_find_queue(client, id);
	struct agx_drm_syncobj syncobj = { 0 };

	if (queue && queue->syncobj) {
		syncobj.handle = queue->syncobj;
		record_ioctl(fd, AGX_DRM_IOWR(AGX_DRM_SYNCOBJ_DESTROY, struct agx_drm_syncobj),
			     &syncobj);
	}
	agx_client_close_queue(client, id);
}

static void after(struct agx_client *client, int fd, unsigned int call, const void *arg)
{
	const struct agx_drm_gem_create *buffer = arg;
	const struct agx_drm_gem_close *closed = arg;
	const struct agx_drm_queue_create *queue = arg;
	const struct agx_drm_queue_destroy *destroyed = arg;
	const struct agx_drm_vm_destroy *vm = arg;
	bool ok = true;

	switch (call) {
	case AGX_DRM_GEM_CREATE:
		ok = agx_client_add_buffer(client, buffer->handle, buffer->size);
		break;
	case AGX_DRM_PRIME_FD_TO_HANDLE:
		ok = follow_import(client, arg);
		break;
	case AGX_DRM_GEM_CLOSE:
		agx_client_close_buffer(client, closed->handle);
		break;
	case AGX_DRM_VM_BIND:
		follow_bind(client, fd, arg);
		break;
	case AGX_DRM_VM_DESTROY:
		agx_client_close_vm(client, vm->vm_id);
		break;
	case AGX_DRM_QUEUE_CREATE:
		ok = agx_client_add_queue(client, queue->queue_id, queue->vm_id,
					  queue->usc_exec_base);
		break;
	case AGX_DRM_QUEUE_DESTROY:
		close_queue(client, fd, destroyed->queue_id);
		break;
	}
	if (!ok)
		record_say("out of memory: images may be without some buffers");
}

/* Of calls that do not wait for the GPU: the lock is held over them. */
static bool matters(unsigned int call)
{
	switch (call) {
	case AGX_DRM_GEM_CREATE:
	case AGX_DRM_GEM_CLOSE:
	case AGX_DRM_PRIME_FD_TO_HANDLE:
	case AGX_DRM_VM_BIND:
	case AGX_DRM_VM_DESTROY:
	case AGX_DRM_QUEUE_CREATE:
	case AGX_DRM_QUEUE_DESTROY:
		return true;
	default:
		return false;
	}
}

static int follow(int fd, unsigned long request, void *arg)
{
	struct agx_client *client;
	struct guard guard;
	int ret;

	enter(&guard);
	client = agx_files_find(&process.files, fd, record_ioctl);
	errno = guard.error;
	ret = record_ioctl(fd, request, arg);
	guard.error = errno;
	if (client && !ret)
		after(client, fd, _IOC_NR(request), arg);
	leave(&guard);
	return ret;
}

/* --- submissions ------------------------------------------------------------------------------ */

/* The queue's own syncobj as one more that the submission signals. */
static bool add_syncobj(struct agx_client_queue *queue, struct submission *submission)
{
	struct agx_drm_syncobj syncobj = { 0 };
	u32 n = submission->args.in_sync_count + submission->args.out_sync_count;

	if (!queue->syncobj &&
	    record_ioctl(submission->fd,
			 AGX_DRM_IOWR(AGX_DRM_SYNCOBJ_CREATE, struct agx_drm_syncobj), &syncobj))
		return false;
	if (!queue->syncobj)
		queue->syncobj = syncobj.handle;
	submission->syncs[n] = (struct agx_drm_sync){ .handle = queue->syncobj };
	submission->args.syncs = agx_drm_pointer(submission->syncs);
	submission->args.out_sync_count++;
	return queue->syncobj;
}

/* 0: the queue has had no submission that signals it. */
static u32 queue_syncobj(const struct submission *submission)
{
	struct agx_client *client;
	struct agx_client_queue *queue;
	struct guard guard;
	u32 syncobj = 0;

	enter(&guard);
	client = agx_files_find(&process.files, submission->fd, record_ioctl);
	queue = client ? agx_client_find_queue(client, submission->args.queue_id) : NULL;
	if (queue)
		syncobj = queue->syncobj;
	leave(&guard);
	return syncobj;
}

static void count(u64 *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Writes the image, if the number is to be recorded; whether the queue's syncobj is added. */
static bool before_submit(struct submission *submission, u64 number, bool *written)
{
	const struct record *record = &process.record;
	struct agx_client *client;
	struct agx_client_queue *queue;
	struct guard guard;
	bool added = false, waited;

	enter(&guard);
	waited = limit_waits();
	client = agx_files_find(&process.files, submission->fd, record_ioctl);
	queue = client ? agx_client_find_queue(client, submission->args.queue_id) : NULL;
	if (queue && submission->compute && record_wants(record, number)) {
		*written = submission_write(submission, record, number, client, queue);
		count(*written ? &record->count->images : &record->count->failures);
	}
	if (queue)
		added = add_syncobj(queue, submission);
	forget_limit(waited);
	leave(&guard);
	return added;
}

static void after_submit(const struct submission *submission, u64 number, bool written, bool ok)
{
	struct agx_client *client;
	struct agx_client_queue *queue;
	struct guard guard;

	enter(&guard);
	client = agx_files_find(&process.files, submission->fd, record_ioctl);
	queue = client ? agx_client_find_queue(client, submission->args.queue_id) : NULL;
	if (ok && queue) {
		queue->n_submits++;
	} else if (!ok && submission->compute) {
		if (written) {
			submission_remove(&process.record, number);
			__atomic_fetch_sub(&process.record.count->images, 1, __ATOMIC_RELAXED);
		}
		record_give_back(&process.record, number);
	}
	leave(&guard);
}

static int submit_copy(struct submission *submission, unsigned long request, void *arg,
		       u64 number)
{
	struct record *record = &process.record;
	bool written = false, added;
	int ret, error = errno;

	if (submission->compute && record_wants(record, number) &&
	    !submission_wait(submission, queue_syncobj(submission), record->wait_ns))
		record_say("submission %llu: what comes before it has not ended in time; memory in "
			   "its image may not be what it finds", (unsigned long long)number);
	added = before_submit(submission, number, &written);
	/* Calls that succeed leave it alone. */
	errno = error;
	ret = record_ioctl(submission->fd, request, added ? &submission->args : arg);
	error = errno;
	after_submit(submission, number, written, !ret);
	errno = error;
	return ret;
}

/* Whether there may be something to record, with its number. */
static bool claim(int fd, const struct submission *submission, u64 *number)
{
	struct record *record = &process.record;
	struct guard guard;
	bool ours;

	*number = record->first;
	enter(&guard);
	ours = record->dir && agx_files_find(&process.files, fd, record_ioctl) &&
	       (!submission->compute || record_claim(record, number));
	leave(&guard);
	return ours;
}

static int submit(int fd, unsigned long request, void *arg)
{
	struct submission submission;
	int error = errno, ret;
	u64 number;

	/* A structure with more in it than is known here is passed on as it is. */
	if (!process.record.dir || _IOC_SIZE(request) != sizeof(struct agx_drm_submit) ||
	    !submission_copy(&submission, fd, arg)) {
		errno = error;
		return record_ioctl(fd, request, arg);
	}
	if (claim(fd, &submission, &number) && number < process.record.end) {
		errno = error;
		ret = submit_copy(&submission, request, arg, number);
	} else {
		errno = error;
		ret = record_ioctl(fd, request, arg);
	}
	error = errno;
	submission_free(&submission);
	errno = error;
	return ret;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	/* Callers that take it for an int extend its sign. */
	request = (unsigned int)request;
	if (_IOC_TYPE(request) != AGX_DRM_TYPE || !process.record.dir)
		return record_ioctl(fd, request, arg);
	if (_IOC_NR(request) == AGX_DRM_SUBMIT)
		return submit(fd, request, arg);
	if (matters(_IOC_NR(request)))
		return follow(fd, request, arg);
	return record_ioctl(fd, request, arg);
}
