// SPDX-License-Identifier: MIT
/*
 * Numbers and pointers that nobody in his right mind passes: errors, and neither
 * memory nor time lost.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gpu.h"
#include "uapi/drm/agx_compute_drm.h"

static struct ut_gpu gpu;

#define STREAM_END (UT_STREAM + UT_SIZE)

/* --- pointers to arguments --------------------------------------------------------------- */

static const struct request {
	const char *name;
	u64 request;
} requests[] = {
	{ "GET_PARAMS", DRM_IOCTL_ASAHI_GET_PARAMS },
	{ "GET_TIME", DRM_IOCTL_ASAHI_GET_TIME },
	{ "VM_CREATE", DRM_IOCTL_ASAHI_VM_CREATE },
	{ "VM_DESTROY", DRM_IOCTL_ASAHI_VM_DESTROY },
	{ "VM_BIND", DRM_IOCTL_ASAHI_VM_BIND },
	{ "GEM_CREATE", DRM_IOCTL_ASAHI_GEM_CREATE },
	{ "GEM_MMAP_OFFSET", DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET },
	{ "GEM_BIND_OBJECT", DRM_IOCTL_ASAHI_GEM_BIND_OBJECT },
	{ "QUEUE_CREATE", DRM_IOCTL_ASAHI_QUEUE_CREATE },
	{ "QUEUE_DESTROY", DRM_IOCTL_ASAHI_QUEUE_DESTROY },
	{ "SUBMIT", DRM_IOCTL_ASAHI_SUBMIT },
	{ "GET_INFO", DRM_IOCTL_AGXC_GET_INFO },
	{ "GET_COUNTERS", DRM_IOCTL_AGXC_GET_COUNTERS },
	{ "GET_FAULT", DRM_IOCTL_AGXC_GET_FAULT },
	{ "CAPTURE", DRM_IOCTL_AGXC_CAPTURE },
};

static void bad_arguments(const void *row)
{
	const struct request *r = row;
	int fd = ut_open();

	ut_ret(ut_ioctl(fd, r->request, NULL), -EFAULT);
	ut_ret(ut_ioctl(fd, r->request, (void *)UT_NOWHERE), -EFAULT);
	ut_ret(ut_ioctl(fd, r->request, (void *)~0ul), -EFAULT);
	ut_ret(ut_ioctl(fd, r->request, (void *)(1ul << 63)), -EFAULT);
}

/* All bits set, and random ones: nothing that a kernel stumbles over. */
static void random_arguments(const void *row)
{
	const struct request *r = row;
	u64 state = r->request * 0x9e3779b97f4a7c15ull, args[16];

	ut_gpu_init(&gpu);
	memset(args, 0xff, sizeof(args));
	ut_ioctl(gpu.fd, r->request, args);
	for (u32 i = 0; i < ut_cycles(2000); i++) {
		for (u32 k = 0; k < ARRAY_SIZE(args); k++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			args[k] = state >> 60 < 8 ? state & 7 : state;
		}
		ut_ioctl(gpu.fd, r->request, args);
	}
}

/* What is written back finds no place: an error, and the file goes on. */
static void read_only_arguments(void)
{
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = ut_open();

	ut_assert(at != MAP_FAILED);
	ut_ret(ut_ioctl(fd, DRM_IOCTL_ASAHI_GET_TIME, at), -EFAULT);
	ut_ok(ut_ioctl(fd, DRM_IOCTL_ASAHI_VM_BIND, at) == -EINVAL ? 0 : -1);
	ut_assert(ut_gpu_time(fd));
}

/* --- sizes --------------------------------------------------------------------------------- */

static u64 memory_total(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	unsigned long long kib = 0;

	ut_assert(f && fscanf(f, "MemTotal: %llu", &kib) == 1);
	fclose(f);
	return kib * 1024;
}

/* A buffer larger than memory may be made, as a file may; it cannot be bound. */
static void more_than_memory(void)
{
	u64 size = 2 * memory_total() / UT_PAGE * UT_PAGE;
	u32 handle = 0;
	int ret;

	ut_gpu_init(&gpu);
	ret = ut_gem_create(gpu.fd, size, 0, 0, &handle);
	ut_assert(!ret || ret == -ENOMEM);
	if (ret)
		return;
	ut_ret(ut_bind(gpu.fd, gpu.vm, handle, 0, size, UT_FREE, UT_RW), -ENOMEM);
	ut_ret(ut_object_bind(gpu.fd, handle, 0, size, NULL), -ENOMEM);
	ut_ok(ut_gem_close(gpu.fd, handle));
	ut_ok(ut_poke(&gpu, UT_DATA, 1));
}

/* Together they are too large: at some point no more can be bound, then some again. */
static void bound_limit(void)
{
	struct drm_agxc_info info;
	struct drm_agxc_get_info args = { .pointer = ut_ptr(&info), .size = sizeof(info) };
	u64 before, room;
	u32 handle;

	ut_gpu_init(&gpu);
	ut_ok(ut_ioctl(gpu.fd, DRM_IOCTL_AGXC_GET_INFO, &args));
	before = info.bound;
	ut_assert(info.bound_max < memory_total());
	room = (info.bound_max - info.bound) / UT_PAGE * UT_PAGE;
	handle = ut_gem(gpu.fd, room + 2 * UT_PAGE);
	ut_ret(ut_bind(gpu.fd, gpu.vm, handle, 0, room + 2 * UT_PAGE, UT_FREE, UT_RW), -ENOMEM);
	ut_ok(ut_ioctl(gpu.fd, DRM_IOCTL_AGXC_GET_INFO, &args));
	ut_eq(info.bound, before);
	ut_ok(ut_gem_close(gpu.fd, handle));
	handle = ut_gem(gpu.fd, UT_SIZE);
	ut_ok(ut_bind(gpu.fd, gpu.vm, handle, 0, UT_SIZE, UT_FREE, UT_RW));
	ut_ok(ut_ioctl(gpu.fd, DRM_IOCTL_AGXC_GET_INFO, &args));
	ut_eq(info.bound, before + UT_SIZE);
	ut_ok(ut_gem_close(gpu.fd, handle));
	ut_ok(ut_ioctl(gpu.fd, DRM_IOCTL_AGXC_GET_INFO, &args));
	ut_eq(info.bound, before);
}

/* Megabytes of commands that say nothing. */
static void long_command_buffer(void)
{
	const u32 size = 64u << 20;
	struct drm_asahi_submit args = { .cmdbuf_size = size };
	struct drm_asahi_cmd_header *at;
	int ret;

	ut_gpu_init(&gpu);
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ut_assert(at != MAP_FAILED);
	for (u32 i = 0; i < size / sizeof(*at); i++) {
		at[i].cmd_type = DRM_ASAHI_SET_COMPUTE_ATTACHMENTS;
		at[i].vdm_barrier = DRM_ASAHI_BARRIER_NONE;
		at[i].cdm_barrier = DRM_ASAHI_BARRIER_NONE;
	}
	args.cmdbuf = ut_ptr(at);
	args.queue_id = gpu.queue;
	ret = ut_ioctl(gpu.fd, DRM_IOCTL_ASAHI_SUBMIT, &args);
	ut_assert(ret == -EINVAL || ret == -ENOMEM);
	ut_note("64 MiB of commands that are none: %s", ut_errno(ret));
	munmap(at, size);
}

static void many_binds(void)
{
	const u32 n = 2u << 20;
	struct drm_asahi_gem_bind_op *ops;
	int ret;

	ut_gpu_init(&gpu);
	ops = mmap(NULL, n * sizeof(*ops), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		   -1, 0);
	ut_assert(ops != MAP_FAILED);
	/* The first is wrong, for whoever reads all of them. */
	ret = ut_bind_ops(gpu.fd, gpu.vm, ops, n);
	ut_assert(ret == -ENOENT || ret == -ENOMEM);
	munmap(ops, n * sizeof(*ops));
}

/* --- whose memory it is ---------------------------------------------------------------------- */

#define CGROUP "/tmp/agx-cgroup"
#define GROUP CGROUP "/test"

static u64 charged(void)
{
	const char *text = ut_read_file(GROUP "/memory.current");

	ut_assert(text);
	return strtoull(text, NULL, 0);
}

static void write_line(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		ut_skip("%s cannot be written", path);
}

static void leave_group(void)
{
	write_line(CGROUP "/cgroup.procs", "0");
	rmdir(GROUP);
	umount(CGROUP);
	rmdir(CGROUP);
}

static void enter_group(void)
{
	char pid[32];

	mkdir(CGROUP, 0755);
	if (mount("none", CGROUP, "cgroup2", 0, NULL))
		ut_skip("cgroups cannot be mounted: %s", ut_errno(errno));
	write_line(CGROUP "/cgroup.subtree_control", "+memory");
	mkdir(GROUP, 0755);
	snprintf(pid, sizeof(pid), "%d", getpid());
	write_line(GROUP "/cgroup.procs", pid);
	if (!ut_read_file(GROUP "/memory.current"))
		ut_skip("no memory controller");
}

/* Buffers, and what the kernel allocates for the client. */
static void charged_to_the_client(void)
{
	static u32 queues[2000];
	/* What the kernel keeps charged in advance, for each CPU: 64 pages. */
	const u64 ahead = 64 * (u64)sysconf(_SC_PAGESIZE) * (u64)sysconf(_SC_NPROCESSORS_ONLN);
	u64 before, size = 16u << 20;
	u32 handle, vm;

	enter_group();
	ut_gpu_init(&gpu);
	before = charged();
	handle = ut_gem(gpu.fd, size);
	ut_ok(ut_bind(gpu.fd, gpu.vm, handle, 0, size, UT_FREE, UT_RW));
	ut_note("%u KiB bound, %u KiB charged", (u32)(size >> 10), (u32)((charged() - before) >> 10));
	ut_assert(charged() - before >= size);
	before = charged();
	vm = ut_vm(gpu.fd);
	for (u32 i = 0; i < ARRAY_SIZE(queues); i++)
		queues[i] = ut_queue(gpu.fd, vm, 0);
	ut_note("%u queues, %u KiB charged", (u32)ARRAY_SIZE(queues),
		(u32)((charged() - before) >> 10));
	ut_assert(charged() - before + ahead >= ARRAY_SIZE(queues) * 512);
	before = charged();
	for (u32 i = 0; i < 20000; i++)
		ut_ok(ut_bind(gpu.fd, vm, handle, 0, UT_PAGE, UT_FREE + 2 * i * UT_PAGE, UT_RW));
	ut_note("20000 mappings, %u KiB charged", (u32)((charged() - before) >> 10));
	ut_assert(charged() - before >= 20000 * 64);
	leave_group();
}

static const struct ut_test tests[] = {
	UT_ROWS(bad_arguments, requests),
	UT_ROWS(random_arguments, requests),
	UT(read_only_arguments),
	UT(more_than_memory),
	UT(bound_limit),
	UT(long_command_buffer),
	UT(many_binds),
	UT(charged_to_the_client),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
