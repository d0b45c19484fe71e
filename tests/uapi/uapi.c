// SPDX-License-Identifier: MIT
#include "uapi.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define die(...) ut_fail(__FILE__, __LINE__, __VA_ARGS__)
#define must(call) \
	do { \
		int must_ret = (call); \
		if (must_ret < 0) \
			die("%s: %s", #call, ut_errno(must_ret)); \
	} while (0)

#define MODULE "/sys/module/agx_compute/parameters/"
#define NODES 64			/* of a kind */

int ut_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

/* --- device and module ------------------------------------------------------------ */

static bool is_driver(int fd, const char *driver)
{
	char name[32] = "";
	struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };

	return !ut_ioctl(fd, DRM_IOCTL_VERSION, &version) && !strcmp(name, driver);
}

/* Of all nodes of a kind the first that the driver has. */
static int open_node(const char *driver, const char *kind, int first, char *path, size_t size)
{
	for (int i = first; i < first + NODES; i++) {
		int fd;

		snprintf(path, size, "/dev/dri/%s%d", kind, i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && is_driver(fd, driver))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -ENODEV;
}

int ut_open_driver(const char *driver)
{
	char path[64];

	return open_node(driver, "renderD", 128, path, sizeof(path));
}

int ut_open(void)
{
	int fd = ut_open_driver("asahi");

	if (fd < 0)
		ut_skip("no render node of agx_compute.ko");
	return fd;
}

int ut_open_card(const char *driver)
{
	char path[64];

	return open_node(driver, "card", 0, path, sizeof(path));
}

const char *ut_node(void)
{
	static char path[64];
	int fd = open_node("asahi", "renderD", 128, path, sizeof(path));

	if (fd < 0)
		ut_skip("no render node of agx_compute.ko");
	close(fd);
	return path;
}

const char *ut_param(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), MODULE "%s", name);
	return ut_read_file(path);
}

bool ut_set_param(const char *name, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), MODULE "%s", name);
	return ut_write_file(path, value);
}

/* debugfs names the folder by the number of the node. */
bool ut_set_inject(const char *name, u64 value)
{
	char path[256], text[32];

	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%s/inject/%s",
		 ut_node() + strlen("/dev/dri/renderD"), name);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return ut_write_file(path, text);
}

void ut_get_params(int fd, struct drm_asahi_params_global *params)
{
	struct drm_asahi_get_params args = { .pointer = ut_ptr(params), .size = sizeof(*params) };

	must(ut_ioctl(fd, DRM_IOCTL_ASAHI_GET_PARAMS, &args));
}

u64 ut_gpu_time(int fd)
{
	struct drm_asahi_get_time args = { .flags = 0 };

	must(ut_ioctl(fd, DRM_IOCTL_ASAHI_GET_TIME, &args));
	return args.gpu_timestamp;
}

/* --- address spaces and buffers ----------------------------------------------------- */

int ut_vm_create(int fd, u64 start, u64 end, u32 *vm)
{
	struct drm_asahi_vm_create args = { .kernel_start = start, .kernel_end = end };
	int ret = ut_ioctl(fd, DRM_IOCTL_ASAHI_VM_CREATE, &args);

	if (!ret && vm)
		*vm = args.vm_id;
	return ret;
}

u32 ut_vm(int fd)
{
	u32 vm = 0;

	must(ut_vm_create(fd, UT_KERNEL_START, UT_VA_END, &vm));
	return vm;
}

int ut_vm_destroy(int fd, u32 vm)
{
	struct drm_asahi_vm_destroy args = { .vm_id = vm };

	return ut_ioctl(fd, DRM_IOCTL_ASAHI_VM_DESTROY, &args);
}

int ut_gem_create(int fd, u64 size, u32 flags, u32 vm, u32 *handle)
{
	struct drm_asahi_gem_create args = { .size = size, .flags = flags, .vm_id = vm };
	int ret = ut_ioctl(fd, DRM_IOCTL_ASAHI_GEM_CREATE, &args);

	if (!ret && handle)
		*handle = args.handle;
	return ret;
}

u32 ut_gem(int fd, u64 size)
{
	u32 handle = 0;

	must(ut_gem_create(fd, size, DRM_ASAHI_GEM_WRITEBACK, 0, &handle));
	return handle;
}

int ut_gem_close(int fd, u32 handle)
{
	struct drm_gem_close args = { .handle = handle };

	return ut_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &args);
}

int ut_mmap_offset(int fd, u32 handle, u64 *offset)
{
	struct drm_asahi_gem_mmap_offset args = { .handle = handle };
	int ret = ut_ioctl(fd, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &args);

	if (!ret)
		*offset = args.offset;
	return ret;
}

void *ut_mmap(int fd, u32 handle, u64 size)
{
	u64 offset = 0;
	void *at;

	must(ut_mmap_offset(fd, handle, &offset));
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
	if (at == MAP_FAILED)
		die("mmap: %s", ut_errno(errno));
	return at;
}

int ut_export(int fd, u32 handle)
{
	struct drm_prime_handle args = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret = ut_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);

	return ret ? ret : args.fd;
}

int ut_import(int fd, int prime, u32 *handle)
{
	struct drm_prime_handle args = { .fd = prime };
	int ret = ut_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);

	if (!ret)
		*handle = args.handle;
	return ret;
}

int ut_bind_ops(int fd, u32 vm, const struct drm_asahi_gem_bind_op *ops, u32 n)
{
	struct drm_asahi_vm_bind args = {
		.vm_id = vm, .num_binds = n, .stride = sizeof(*ops), .userptr = ut_ptr(ops),
	};

	return ut_ioctl(fd, DRM_IOCTL_ASAHI_VM_BIND, &args);
}

int ut_bind(int fd, u32 vm, u32 handle, u64 offset, u64 range, u64 addr, u32 flags)
{
	const struct drm_asahi_gem_bind_op op = {
		.flags = flags, .handle = handle, .offset = offset, .range = range, .addr = addr,
	};

	return ut_bind_ops(fd, vm, &op, 1);
}

int ut_unbind(int fd, u32 vm, u64 range, u64 addr)
{
	return ut_bind(fd, vm, 0, 0, range, addr, DRM_ASAHI_BIND_UNBIND);
}

int ut_object_bind(int fd, u32 handle, u64 offset, u64 range, u32 *object)
{
	struct drm_asahi_gem_bind_object args = {
		.op = DRM_ASAHI_BIND_OBJECT_OP_BIND,
		.flags = DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS,
		.handle = handle, .offset = offset, .range = range,
	};
	int ret = ut_ioctl(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &args);

	if (!ret && object)
		*object = args.object_handle;
	return ret;
}

int ut_object_unbind(int fd, u32 object)
{
	struct drm_asahi_gem_bind_object args = {
		.op = DRM_ASAHI_BIND_OBJECT_OP_UNBIND, .object_handle = object,
	};

	return ut_ioctl(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &args);
}

/* --- queues ------------------------------------------------------------------------- */

int ut_queue_create(int fd, u32 vm, u64 usc_base, u32 priority, u32 *queue)
{
	struct drm_asahi_queue_create args = {
		.vm_id = vm, .priority = priority, .usc_exec_base = usc_base,
	};
	int ret = ut_ioctl(fd, DRM_IOCTL_ASAHI_QUEUE_CREATE, &args);

	if (!ret && queue)
		*queue = args.queue_id;
	return ret;
}

u32 ut_queue(int fd, u32 vm, u64 usc_base)
{
	u32 queue = 0;

	must(ut_queue_create(fd, vm, usc_base, DRM_ASAHI_PRIORITY_MEDIUM, &queue));
	return queue;
}

int ut_queue_destroy(int fd, u32 queue)
{
	struct drm_asahi_queue_destroy args = { .queue_id = queue };

	return ut_ioctl(fd, DRM_IOCTL_ASAHI_QUEUE_DESTROY, &args);
}

static void *payload_of(struct drm_asahi_cmd_header *header)
{
	return header + 1;
}

struct drm_asahi_cmd_header *ut_cmd(struct ut_cmds *cmds, u32 type, const void *payload, u32 size)
{
	struct drm_asahi_cmd_header *header = (void *)(cmds->bytes + cmds->size);

	if (cmds->size + sizeof(*header) + size > sizeof(cmds->bytes))
		die("too many commands");
	*header = (struct drm_asahi_cmd_header){
		.cmd_type = (u16)type, .size = (u16)size,
		.vdm_barrier = DRM_ASAHI_BARRIER_NONE, .cdm_barrier = DRM_ASAHI_BARRIER_NONE,
	};
	if (payload)
		memcpy(header + 1, payload, size);
	else
		memset(header + 1, 0, size);
	cmds->size += (u32)sizeof(*header) + size;
	return header;
}

struct drm_asahi_cmd_compute *ut_cmd_compute(struct ut_cmds *cmds, u64 stream, u64 end)
{
	const struct drm_asahi_cmd_compute compute = {
		.cdm_ctrl_stream_base = stream, .cdm_ctrl_stream_end = end,
	};

	return payload_of(ut_cmd(cmds, DRM_ASAHI_CMD_COMPUTE, &compute, sizeof(compute)));
}

struct drm_asahi_cmd_render *ut_cmd_render(struct ut_cmds *cmds)
{
	const struct drm_asahi_cmd_render render = {
		.width_px = 32, .height_px = 32, .layers = 1, .samples = 1, .sample_size_B = 4,
		.utile_width_px = 32, .utile_height_px = 32,
	};

	return payload_of(ut_cmd(cmds, DRM_ASAHI_CMD_RENDER, &render, sizeof(render)));
}

int ut_submit(int fd, u32 queue, const struct ut_cmds *cmds, const struct drm_asahi_sync *syncs,
	      u32 n_in, u32 n_out)
{
	struct drm_asahi_submit args = {
		.syncs = ut_ptr(syncs), .cmdbuf = ut_ptr(cmds->bytes), .queue_id = queue,
		.in_sync_count = n_in, .out_sync_count = n_out, .cmdbuf_size = cmds->size,
	};

	return ut_ioctl(fd, DRM_IOCTL_ASAHI_SUBMIT, &args);
}
