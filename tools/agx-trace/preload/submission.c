// SPDX-License-Identifier: MIT
#include "record.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "tools/agx/image_write.h"

#define MAX_SYNCS 65536u	/* more is not what a program does */

/* --- what is submitted ------------------------------------------------------------------ */

/* By way of a file: for kernels and sandboxes without process_vm_readv(). */
static bool copy_by_file(void *to, u64 from, size_t size)
{
	int fd = memfd_create("agx-trace", MFD_CLOEXEC);
	bool ok = fd >= 0 && pwrite(fd, (const void *)(uintptr_t)from, size, 0) == (ssize_t)size &&
		  pread(fd, to, size, 0) == (ssize_t)size;

	if (fd >= 0)
		record_close(fd);
	return ok;
}

/* As the kernel copies it: false where there is no memory. */
static bool copy_in(void *to, u64 from, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)(uintptr_t)from, size };
	ssize_t n = size ? process_vm_readv(getpid(), &local, 1, &remote, 1, 0) : 0;

	if (n < 0 && errno != EFAULT)
		return copy_by_file(to, from, size);
	return n == (ssize_t)size;
}

static bool has_compute(const struct submission *submission)
{
	size_t size = submission->args.cmdbuf_size;
	const u8 *at = submission->commands, *payload;
	struct agx_drm_cmd_header header;

	while (agx_client_command(&at, &size, &header, &payload)) {
		if (header.cmd_type == AGX_DRM_CMD_COMPUTE)
			return true;
	}
	return false;
}

bool submission_copy(struct submission *submission, int fd, const struct agx_drm_submit *args)
{
	size_t n_syncs;

	*submission = (struct submission){ .fd = fd };
	if (!copy_in(&submission->args, agx_drm_pointer(args), sizeof(*args)))
		return false;
	args = &submission->args;
	if (args->in_sync_count > MAX_SYNCS || args->out_sync_count > MAX_SYNCS)
		return false;
	n_syncs = args->in_sync_count + args->out_sync_count;
	submission->commands = malloc(args->cmdbuf_size + 1ul);
	submission->syncs = malloc((n_syncs + 1) * sizeof(*submission->syncs));
	if (!submission->commands || !submission->syncs ||
	    !copy_in(submission->commands, args->cmdbuf, args->cmdbuf_size) ||
	    !copy_in(submission->syncs, args->syncs, n_syncs * sizeof(*submission->syncs))) {
		submission_free(submission);
		return false;
	}
	submission->compute = has_compute(submission);
	return true;
}

void submission_free(struct submission *submission)
{
	free(submission->commands);
	free(submission->syncs);
}

/* --- waiting ------------------------------------------------------------------------------ */

static s64 deadline(u64 wait_ns)
{
	struct timespec now;
	u64 ns;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
	return wait_ns < INT64_MAX - ns ? (s64)(ns + wait_ns) : INT64_MAX;
}

/* False where the time is up; what cannot be waited for is SUBMIT's to complain of. */
static bool wait_binary(int fd, u32 handle, s64 until)
{
	struct agx_drm_syncobj_wait wait = {
		.handles = agx_drm_pointer(&handle), .timeout_nsec = until, .count_handles = 1,
		.flags = AGX_DRM_WAIT_ALL,
	};
	int ret;

	do {
		ret = record_ioctl(fd, AGX_DRM_IOWR(AGX_DRM_SYNCOBJ_WAIT,
						    struct agx_drm_syncobj_wait), &wait);
	} while (ret && (errno == EINTR || errno == EAGAIN));
	return !ret || errno != ETIME;
}

static bool wait_point(int fd, u32 handle, u64 point, s64 until)
{
	struct agx_drm_timeline_wait wait = {
		.handles = agx_drm_pointer(&handle), .points = agx_drm_pointer(&point),
		.timeout_nsec = until, .count_handles = 1, .flags = AGX_DRM_WAIT_ALL,
	};
	int ret;

	do {
		ret = record_ioctl(fd, AGX_DRM_IOWR(AGX_DRM_SYNCOBJ_TIMELINE_WAIT,
						    struct agx_drm_timeline_wait), &wait);
	} while (ret && (errno == EINTR || errno == EAGAIN));
	return !ret || errno != ETIME;
}

bool submission_wait(const struct submission *submission, u32 syncobj, u64 wait_ns)
{
	s64 until = deadline(wait_ns);
	int fd = submission->fd;
	bool done = !syncobj || wait_binary(fd, syncobj, until);

	for (u32 i = 0; i < submission->args.in_sync_count && done; i++) {
		const struct agx_drm_sync *sync = &submission->syncs[i];

		if (sync->type == AGX_DRM_SYNC_TIMELINE)
			done = wait_point(fd, sync->handle, sync->point, until);
		else
			done = wait_binary(fd, sync->handle, until);
	}
	return done;
}

/* --- writing ------------------------------------------------------------------------------- */

static void put_submit(struct agx_image_writer *writer, int fd,
		       const struct agx_client_queue *queue)
{
	struct agx_drm_params params = { 0 };
	struct agx_drm_get_params get = {
		.pointer = agx_drm_pointer(&params), .size = sizeof(params),
	};
	struct agx_drm_get_time now = { 0 };
	struct drm_agxc_image_submit submit = {
		.usc_exec_base = queue->usc_base, .seqno = queue->n_submits + 1,
		.queue_id = queue->id, .vm_id = agx_client_vm_id(queue),
	};

	record_ioctl(fd, AGX_DRM_IOW(AGX_DRM_GET_PARAMS, struct agx_drm_get_params), &get);
	record_ioctl(fd, AGX_DRM_IOWR(AGX_DRM_GET_TIME, struct agx_drm_get_time), &now);
	submit.chip_id = params.chip_id;
	submit.gpu_generation = params.gpu_generation;
	submit.gpu_variant = params.gpu_variant;
	submit.num_clusters_total = params.num_clusters_total;
	submit.timestamp = now.gpu_timestamp;
	if (params.features & AGX_DRM_FEATURE_SOFT_FAULTS)
		submit.flags |= DRM_AGXC_IMAGE_SOFT_FAULTS;
	agx_image_put(writer, DRM_AGXC_IMAGE_SUBMIT, &submit, sizeof(submit));
}

static void put_commands(struct agx_image_writer *writer, const struct submission *submission)
{
	size_t size = submission->args.cmdbuf_size;
	const u8 *at = submission->commands, *payload;
	struct agx_drm_cmd_header header;

	while (agx_client_command(&at, &size, &header, &payload)) {
		struct drm_agxc_image_command command = { .type = header.cmd_type };
		struct agx_drm_cmd_compute compute = { 0 };

		if (header.cmd_type > AGX_DRM_CMD_LAST_REAL)
			continue;
		if (header.cmd_type == AGX_DRM_CMD_COMPUTE) {
			memcpy(&compute, payload,
			       header.size < sizeof(compute) ? header.size : sizeof(compute));
			command.stream = compute.cdm_ctrl_stream_base;
			command.stream_end = compute.cdm_ctrl_stream_end;
		}
		agx_image_put(writer, DRM_AGXC_IMAGE_COMMAND, &command, sizeof(command));
	}
}

static void put_mapping(struct agx_image_writer *writer, const struct agx_client_mapping *m)
{
	const struct drm_agxc_image_mapping mapping = {
		.address = m->address, .size = m->size, .flags = m->flags,
		.object = m->handle, .offset = m->offset,
	};

	agx_image_put(writer, DRM_AGXC_IMAGE_MAPPING, &mapping, sizeof(mapping));
}

/*
 * Where buffers are copied on their way: the kernel reads a buffer for write(), and where
 * that is not possible, because a device has gone away, write() fails and no signal ends
 * the program.
 */
struct window {
	int fd;
	u8 *data;	/* AGX_IMAGE_PIECE bytes */
};

static int window_open(struct window *window)
{
	void *data = MAP_FAILED;
	int error;

	window->fd = memfd_create("agx-trace", MFD_CLOEXEC);
	if (window->fd >= 0 && !ftruncate(window->fd, AGX_IMAGE_PIECE))
		data = mmap(NULL, AGX_IMAGE_PIECE, PROT_READ, MAP_SHARED, window->fd, 0);
	window->data = data;
	if (data != MAP_FAILED)
		return 0;
	error = errno;
	if (window->fd >= 0)
		record_close(window->fd);
	return -error;
}

static void window_close(struct window *window)
{
	munmap(window->data, AGX_IMAGE_PIECE);
	record_close(window->fd);
}

static bool look(const struct window *window, const u8 *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pwrite(window->fd, bytes + done, size - done, (off_t)done);

		if (n <= 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static void put_contents(struct agx_image_writer *writer, const struct window *window,
			 const struct agx_client_mapping *m)
{
	u64 size = m->flags & AGX_DRM_BIND_SINGLE_PAGE ? AGX_PAGE_SIZE : m->size;

	for (u64 at = 0; at < size && !writer->ret; at += AGX_IMAGE_PIECE) {
		size_t n = size - at < AGX_IMAGE_PIECE ? (size_t)(size - at) : AGX_IMAGE_PIECE;

		if (look(window, m->host + at, n)) {
			agx_image_put_contents(writer, m->address + at, window->data, n);
			continue;
		}
		record_say("0x%llx bytes at 0x%llx cannot be read (%s): the image has zeros there",
			   (unsigned long long)(size - at), (unsigned long long)(m->address + at),
			   strerror(errno));
		return;
	}
}

static int by_memory(const void *a, const void *b)
{
	const struct agx_client_mapping *left = a, *right = b;

	if (left->handle != right->handle)
		return left->handle < right->handle ? -1 : 1;
	return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/* Bytes of the buffer that the mapping shows. */
static u64 extent(const struct agx_client_mapping *m)
{
	return m->flags & AGX_DRM_BIND_SINGLE_PAGE ? AGX_PAGE_SIZE : m->size;
}

/* Memory that is mapped several times is in the image once. */
static void put_all_contents(struct agx_image_writer *writer, const struct window *window,
			     struct agx_client_mapping *mapping, size_t n)
{
	u64 end = 0;

	qsort(mapping, n, sizeof(*mapping), by_memory);
	for (size_t i = 0; i < n; i++) {
		const struct agx_client_mapping *m = &mapping[i];

		if (!i || m->handle != mapping[i - 1].handle)
			end = 0;
		if (m->offset + extent(m) <= end)
			continue;
		put_contents(writer, window, m);
		end = m->offset + extent(m);
	}
}

static int write_image(int file, const struct submission *submission,
		       const struct agx_client *client, const struct agx_client_queue *queue)
{
	struct agx_image_writer writer;
	struct agx_client_mapping *mapping;
	struct window window = { .data = NULL };
	size_t n = 0;
	int ret = window_open(&window);

	if (ret)
		return ret;
	mapping = agx_client_mappings(client, queue, &n);
	ret = mapping ? agx_image_begin(&writer, file) : -ENOMEM;
	if (!ret) {
		put_submit(&writer, submission->fd, queue);
		put_commands(&writer, submission);
		for (size_t i = 0; i < n; i++)
			put_mapping(&writer, &mapping[i]);
		put_all_contents(&writer, &window, mapping, n);
		ret = agx_image_end(&writer);
	}
	free(mapping);
	window_close(&window);
	return ret;
}

static void image_path(char *path, size_t size, const struct record *record, u64 number)
{
	snprintf(path, size, "%s/%04llu%s", record->dir, (unsigned long long)number,
		 TRACE_IMAGE_SUFFIX);
}

bool submission_write(const struct submission *submission, const struct record *record,
		      u64 number, const struct agx_client *client,
		      const struct agx_client_queue *queue)
{
	char path[4096];
	int file, ret;

	image_path(path, sizeof(path), record, number);
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (file < 0) {
		record_say("%s: %s", path, strerror(errno));
		return false;
	}
	ret = write_image(file, submission, client, queue);
	if (record_close(file) && !ret)
		ret = -errno;
	if (ret) {
		record_say("%s: %s", path, strerror(-ret));
		unlink(path);
	}
	return !ret;
}

void submission_remove(const struct record *record, u64 number)
{
	char path[4096];

	image_path(path, sizeof(path), record, number);
	unlink(path);
}
