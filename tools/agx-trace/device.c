// SPDX-License-Identifier: MIT
/* An image on a device of the asahi driver: its memory at the same addresses, and a queue. */
#include <fcntl.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model.h"
#include "replay.h"
#include "tools/agx/asahi.h"

#define FIRST_NODE 128	/* /dev/dri/renderD128 and so on are DRM's render nodes */
#define NODES 64
#define MAX_COMMANDS 4096u	/* far more than drivers take in a submission */

struct buffer {
	u32 handle;
	u64 size;
	u8 *host;
};

struct device {
	const char *path;
	int fd;
	bool soft;		/* the software GPU */
	struct agx_drm_params params;
	u32 vm, queue, syncobj;
	struct buffer *buffer;
	size_t n_buffers;
	struct agx_space space;
};

static int call(const struct device *device, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(device->fd, request, arg);
	} while (ret && (errno == EINTR || errno == EAGAIN));
	return ret;
}

static int call_failed(const struct device *device, const char *what)
{
	return fail("%s: %s: %s", device->path, what, strerror(errno));
}

/* --- finding it ----------------------------------------------------------------------- */

static bool is_asahi(const struct device *device)
{
	char name[16] = "";
	struct agx_drm_version version = { .name = name, .name_len = sizeof(name) - 1 };

	return !call(device, AGX_DRM_IOWR(AGX_DRM_VERSION, struct agx_drm_version), &version) &&
	       !strcmp(name, AGX_DRM_NAME);
}

static bool is_soft(const struct device *device)
{
	u32 magic = 0;
	struct agx_drm_agxc_get_info get = { agx_drm_pointer(&magic), sizeof(magic) };

	return !call(device, AGX_DRM_IOWR(AGX_DRM_AGXC_GET_INFO, struct agx_drm_agxc_get_info),
		     &get) && magic == AGX_DRM_AGXC_MAGIC;
}

static int open_node(struct device *device, const char *path)
{
	device->path = path;
	device->fd = open(path, O_RDWR | O_CLOEXEC);
	if (device->fd < 0)
		return fail("%s: %s", path, strerror(errno));
	if (!is_asahi(device))
		return fail("%s: no device of the asahi driver", path);
	device->soft = is_soft(device);
	return 0;
}

/* The software GPU's node, of those there are. */
static int open_soft(struct device *device)
{
	bool found = false;
	int error = ENOENT;

	for (int i = FIRST_NODE; i < FIRST_NODE + NODES && !found; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/dev/dri/renderD%d", i);
		device->fd = open(path, O_RDWR | O_CLOEXEC);
		if (device->fd < 0) {
			error = errno == ENOENT ? error : errno;
			continue;
		}
		found = is_asahi(device) && is_soft(device);
		if (!found)
			close(device->fd);
	}
	device->path = "soft";
	device->soft = found;
	if (found)
		return 0;
	device->fd = -1;
	return fail("soft: no render node is of agx_compute.ko%s%s", error == ENOENT ? "" : ": ",
		    error == ENOENT ? "" : strerror(error));
}

/* --- memory ------------------------------------------------------------------------------ */

/* A part of the address space for the kernel, between the image's mappings. */
static int create_vm(struct device *device, const struct agx_image_submit *submit)
{
	u64 need = device->params.vm_kernel_min_size, start = device->params.vm_start;
	u64 end = device->params.vm_end;
	struct agx_drm_vm_create vm = { 0 };

	/* From the top down: where others put theirs. */
	for (size_t i = submit->n_mappings; i-- && end >= need;) {
		const struct agx_image_mapping *m = &submit->mapping[i];

		if (m->address < start || m->size > device->params.vm_end ||
		    m->address > device->params.vm_end - m->size)
			return fail("%s: 0x%llx is outside of the device's address space",
				    device->path, (unsigned long long)m->address);
		if (m->address + m->size <= end - need)
			break;
		end = m->address;
	}
	if (end < need || end - need < start)
		return fail("%s: the image leaves the kernel no addresses", device->path);
	vm.kernel_start = end - need;
	vm.kernel_end = end;
	if (call(device, AGX_DRM_IOWR(AGX_DRM_VM_CREATE, struct agx_drm_vm_create), &vm))
		return call_failed(device, "creating an address space");
	device->vm = vm.vm_id;
	return 0;
}

static u64 extent(const struct agx_image_mapping *m)
{
	return m->flags & AGX_DRM_BIND_SINGLE_PAGE ? AGX_PAGE_SIZE : m->size;
}

static int create_buffer(struct device *device, u64 size)
{
	struct agx_drm_gem_create create = { .size = size };
	struct agx_drm_gem_mmap_offset offset = { 0 };
	struct buffer *buffer = &device->buffer[device->n_buffers];
	void *host;

	if (call(device, AGX_DRM_IOWR(AGX_DRM_GEM_CREATE, struct agx_drm_gem_create), &create))
		return call_failed(device, "creating a buffer");
	offset.handle = create.handle;
	if (call(device, AGX_DRM_IOWR(AGX_DRM_GEM_MMAP_OFFSET, struct agx_drm_gem_mmap_offset),
		 &offset))
		return call_failed(device, "mapping a buffer");
	host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd,
		    (off_t)offset.offset);
	if (host == MAP_FAILED)
		return call_failed(device, "mapping a buffer");
	*buffer = (struct buffer){ create.handle, size, host };
	device->n_buffers++;
	return 0;
}

static bool is_zero(const u8 *bytes, u64 size)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, (size_t)size - 1);
}

/* What the image has there.  Pages of zeros need not be touched: buffers are zero. */
static void fill(u8 *to, const struct loaded *image, const struct agx_image_mapping *m)
{
	const struct agx_range *range = agx_space_find(&image->space, m->address);

	for (u64 at = 0; at < extent(m); at += AGX_SPACE_PAGE) {
		if (!is_zero(range->host + at, AGX_SPACE_PAGE))
			memcpy(to + at, range->host + at, AGX_SPACE_PAGE);
	}
}

static int bind(struct device *device, const struct agx_image_mapping *m,
		const struct buffer *buffer, u64 offset)
{
	u32 prot = (m->flags & AGX_DRM_BIND_READ ? AGX_MEM_READ : 0) |
		   (m->flags & AGX_DRM_BIND_WRITE ? AGX_MEM_WRITE : 0);
	bool page = m->flags & AGX_DRM_BIND_SINGLE_PAGE;
	struct agx_drm_bind_op op = {
		.flags = m->flags & (AGX_DRM_BIND_READ | AGX_DRM_BIND_WRITE |
				     AGX_DRM_BIND_SINGLE_PAGE),
		.handle = buffer->handle, .offset = offset, .range = m->size, .addr = m->address,
	};
	struct agx_drm_vm_bind bind = {
		.vm_id = device->vm, .num_binds = 1, .stride = sizeof(op),
		.userptr = agx_drm_pointer(&op),
	};

	if (call(device, AGX_DRM_IOW(AGX_DRM_VM_BIND, struct agx_drm_vm_bind), &bind))
		return fail("%s: binding %llx bytes at %llx: %s", device->path,
			    (unsigned long long)m->size, (unsigned long long)m->address,
			    strerror(errno));
	if ((page ? agx_space_map_page : agx_space_map)(&device->space, m->address, m->size, prot,
							buffer->host + offset))
		return fail("out of memory");
	return 0;
}

static int by_object(const void *a, const void *b)
{
	const struct agx_image_mapping *left = *(const struct agx_image_mapping *const *)a;
	const struct agx_image_mapping *right = *(const struct agx_image_mapping *const *)b;

	if (left->object != right->object)
		return left->object < right->object ? -1 : 1;
	return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/*
 * Mappings sorted[0..n) are of one buffer, where each overlaps or touches the one before:
 * a buffer for them.
 */
static int place(struct device *device, const struct loaded *image,
		 const struct agx_image_mapping **sorted, size_t n, u64 end)
{
	u64 begin = sorted[0]->offset;
	int status = create_buffer(device, (end - begin + AGX_PAGE_SIZE - 1) / AGX_PAGE_SIZE *
				   AGX_PAGE_SIZE);

	for (size_t i = 0; i < n && !status; i++) {
		const struct buffer *buffer = &device->buffer[device->n_buffers - 1];
		u64 offset = sorted[i]->offset - begin;

		fill(buffer->host + offset, image, sorted[i]);
		status = bind(device, sorted[i], buffer, offset);
	}
	return status;
}

static int place_all(struct device *device, const struct loaded *image,
		     const struct agx_image_mapping **sorted, size_t n_all)
{
	size_t first = 0;
	int status = 0;

	while (first < n_all && !status) {
		const struct agx_image_mapping *head = sorted[first];
		u64 end = head->offset + extent(head);
		size_t n = 1;

		for (; head->object && first + n < n_all; n++) {
			const struct agx_image_mapping *next = sorted[first + n];

			if (next->object != head->object || next->offset > end)
				break;
			if (next->offset + extent(next) > end)
				end = next->offset + extent(next);
		}
		status = place(device, image, sorted + first, n, end);
		first += n;
	}
	return status;
}

static int make_memory(struct device *device, const struct loaded *image)
{
	size_t n = image->submit.n_mappings;
	const struct agx_image_mapping **sorted = calloc(n + 1, sizeof(*sorted));
	int status;

	device->buffer = calloc(n + 1, sizeof(*device->buffer));
	if (!sorted || !device->buffer) {
		free(sorted);
		return fail("out of memory");
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = &image->submit.mapping[i];
	qsort(sorted, n, sizeof(*sorted), by_object);
	status = place_all(device, image, sorted, n);
	free(sorted);
	return status;
}

/* --- running ------------------------------------------------------------------------------- */

static int make_queue(struct device *device, const struct agx_image_submit *submit)
{
	struct agx_drm_queue_create queue = {
		.vm_id = device->vm, .usc_exec_base = submit->usc_base,
	};
	struct agx_drm_syncobj syncobj = { 0 };

	if (call(device, AGX_DRM_IOWR(AGX_DRM_QUEUE_CREATE, struct agx_drm_queue_create), &queue))
		return call_failed(device, "creating a queue");
	if (call(device, AGX_DRM_IOWR(AGX_DRM_SYNCOBJ_CREATE, struct agx_drm_syncobj), &syncobj))
		return call_failed(device, "creating a syncobj");
	device->queue = queue.queue_id;
	device->syncobj = syncobj.handle;
	return 0;
}

/* As long as the kernel's, the rest of which is zero. */
struct compute {
	struct agx_drm_cmd_compute compute;
	u64 sampler_heap, helper[2], timestamps[2];
};

struct one_command {
	struct agx_drm_cmd_header header;
	struct compute compute;
};

/* All commands in one submission, as they were; each waits for the one before. */
static int submit(struct device *device, const struct agx_image_submit *image)
{
	struct agx_drm_sync out = { .handle = device->syncobj };
	struct one_command *command = calloc(image->n_commands, sizeof(*command));
	struct agx_drm_submit submit = {
		.syncs = agx_drm_pointer(&out), .cmdbuf = agx_drm_pointer(command),
		.queue_id = device->queue, .out_sync_count = 1,
		.cmdbuf_size = (u32)(image->n_commands * sizeof(*command)),
	};
	int status = 0;

	if (!command)
		return fail("out of memory");
	for (size_t i = 0; i < image->n_commands; i++) {
		command[i].header = (struct agx_drm_cmd_header){
			AGX_DRM_CMD_COMPUTE, sizeof(command->compute), 0, (u16)i,
		};
		command[i].compute.compute.cdm_ctrl_stream_base = image->command[i].stream;
		command[i].compute.compute.cdm_ctrl_stream_end = image->command[i].end;
	}
	if (call(device, AGX_DRM_IOW(AGX_DRM_SUBMIT, struct agx_drm_submit), &submit))
		status = call_failed(device, "submitting");
	free(command);
	return status;
}

/* Waits: 0 and the fence's error, or the exit status after a message. */
static int wait_done(struct device *device, u64 seconds, int *error)
{
	struct agx_drm_syncobj_fd fence = {
		.handle = device->syncobj, .flags = AGX_DRM_EXPORT_SYNC_FILE, .fd = -1,
	};
	struct sync_file_info info = { 0 };
	struct pollfd wait;
	int n;

	if (call(device, AGX_DRM_IOWR(AGX_DRM_SYNCOBJ_HANDLE_TO_FD, struct agx_drm_syncobj_fd),
		 &fence))
		return call_failed(device, "waiting");
	wait = (struct pollfd){ .fd = fence.fd, .events = POLLIN };
	n = poll(&wait, 1, (int)(1000 * (seconds < 1000000 ? seconds : 1000000)));
	if (n > 0 && ioctl(fence.fd, SYNC_IOC_FILE_INFO, &info))
		info.status = -errno;
	close(fence.fd);
	if (n <= 0)
		return fail("%s: not done after %llu seconds", device->path,
			    (unsigned long long)seconds);
	*error = info.status < 0 ? info.status : 0;
	return 0;
}

/* What the software GPU knows; the fence's error of any other. */
static void describe_fault(struct device *device, struct replayed *result, int error)
{
	struct agx_drm_agxc_fault fault = { 0 };
	struct agx_drm_agxc_get_fault get = {
		.vm_id = device->vm, .pointer = agx_drm_pointer(&fault), .size = sizeof(fault),
	};
	bool known = device->soft &&
		     !call(device, AGX_DRM_IOWR(AGX_DRM_AGXC_GET_FAULT,
						struct agx_drm_agxc_get_fault), &get) &&
		     fault.count;

	result->fault = true;
	fault.message[sizeof(fault.message) - 1] = '\0';
	if (known)
		snprintf(result->message, sizeof(result->message), "command %u: %s", fault.command,
			 fault.message);
	else
		snprintf(result->message, sizeof(result->message), "%s: the submission failed: %s",
			 device->path, strerror(-error));
}

static int run(struct device *device, const struct loaded *image, const struct replay_opts *opts,
	       struct replayed *result)
{
	int error = 0, status = submit(device, &image->submit);

	if (!status)
		status = wait_done(device, opts->timeout, &error);
	if (error)
		describe_fault(device, result, error);
	return status;
}

/* --- all of it -------------------------------------------------------------------------------- */

/* A real GPU gets stacks from a program that the driver names, which no image has. */
static int check_launches(const struct device *device, const struct loaded *image)
{
	struct model model;
	int status = model_init(&model, image);

	for (u32 i = 0; i < model.n_commands && !status; i++) {
		for (u32 k = 0; k < model.command[i].n && !status; k++) {
			const struct launch *launch = model.command[i].packet[k].launch;

			if (launch && launch->usc.spill && !device->soft)
				status = fail("%s: a launch needs a stack: only the software GPU "
					      "and emu make one", device->path);
			else if (launch && (launch->usc.n_textures || launch->usc.n_samplers))
				status = fail("%s: a launch has textures or samplers, whose heap "
					      "is not in images", device->path);
		}
	}
	model_free(&model);
	return status;
}

static int get_params(struct device *device, const struct loaded *image)
{
	const struct agx_image_submit *submit = &image->submit;
	struct agx_drm_get_params get = {
		.pointer = agx_drm_pointer(&device->params), .size = sizeof(device->params),
	};

	if (call(device, AGX_DRM_IOW(AGX_DRM_GET_PARAMS, struct agx_drm_get_params), &get))
		return call_failed(device, "asking for its parameters");
	if (submit->g14x != (device->params.gpu_generation >= 14 &&
			     device->params.num_clusters_total > 1))
		return fail("%s: it is another chip (%x) than the image's (%x), with launches of "
			    "another form", device->path, device->params.chip_id, submit->chip_id);
	if (!submit->n_commands || submit->n_commands > MAX_COMMANDS)
		return fail("%s: %zu compute commands, of which there may be 1 to %u",
			    image->file, submit->n_commands, MAX_COMMANDS);
	if (submit->n_others)
		fail("%s: %u commands that are not compute are left out", image->file,
		     submit->n_others);
	return 0;
}

int replay_device(struct replayed *result, const struct loaded *image,
		  const struct replay_opts *opts)
{
	struct device *device = calloc(1, sizeof(*device));
	int status;

	if (!device)
		return fail("out of memory");
	device->fd = -1;
	agx_space_init(&device->space);
	result->device = device;
	result->after = &device->space;
	if (!strcmp(opts->device, "soft"))
		status = open_soft(device);
	else
		status = open_node(device, opts->device);
	if (!status)
		status = get_params(device, image);
	if (!status)
		status = check_launches(device, image);
	if (!status)
		status = create_vm(device, &image->submit);
	if (!status)
		status = make_memory(device, image);
	if (!status)
		status = make_queue(device, &image->submit);
	return status ? status : run(device, image, opts, result);
}

/* What the driver made goes with the file. */
void device_close(struct device *device)
{
	if (!device)
		return;
	agx_space_destroy(&device->space);
	for (size_t i = 0; i < device->n_buffers; i++)
		munmap(device->buffer[i].host, device->buffer[i].size);
	free(device->buffer);
	if (device->fd >= 0)
		close(device->fd);
	free(device);
}
