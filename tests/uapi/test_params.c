// SPDX-License-Identifier: MIT
/*
 * What the device says of itself: driver name, capabilities, GET_PARAMS, GET_TIME.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "uapi.h"

#define NOBODY 65534

/* --- driver ------------------------------------------------------------------------ */

static void version(void)
{
	char name[32] = "", desc[64] = "";
	struct drm_version args = {
		.name = name, .name_len = sizeof(name) - 1,
		.desc = desc, .desc_len = sizeof(desc) - 1,
	};
	int fd = ut_open();

	ut_ok(ut_ioctl(fd, DRM_IOCTL_VERSION, &args));
	ut_assert(!strcmp(name, "asahi"));
	ut_assert(!strncmp(desc, "Apple AGX Graphics", 18));
	ut_eq(args.version_major, 0);
	ut_eq(args.version_minor, 0);
	ut_eq(args.version_patchlevel, 0);
}

static u64 capability(int fd, u64 what)
{
	struct drm_get_cap args = { .capability = what };
	int ret = ut_ioctl(fd, DRM_IOCTL_GET_CAP, &args);

	return ret ? (u64)ret : args.value;
}

static void capabilities(void)
{
	int fd = ut_open();

	ut_eq(capability(fd, DRM_CAP_SYNCOBJ), 1);
	ut_eq(capability(fd, DRM_CAP_SYNCOBJ_TIMELINE), 1);
	ut_eq(capability(fd, DRM_CAP_PRIME), DRM_PRIME_CAP_IMPORT | DRM_PRIME_CAP_EXPORT);
	/* There is no display. */
	ut_eq(capability(fd, DRM_CAP_DUMB_BUFFER), -EOPNOTSUPP);
}

/* The numbers that clients were compiled with. */
static const struct number {
	const char *name;
	u64 number, want;
} numbers[] = {
	{ "GET_PARAMS", DRM_IOCTL_ASAHI_GET_PARAMS, 0x40186440 },
	{ "GET_TIME", DRM_IOCTL_ASAHI_GET_TIME, 0xc0106441 },
	{ "VM_CREATE", DRM_IOCTL_ASAHI_VM_CREATE, 0xc0186442 },
	{ "VM_DESTROY", DRM_IOCTL_ASAHI_VM_DESTROY, 0x40086443 },
	{ "VM_BIND", DRM_IOCTL_ASAHI_VM_BIND, 0x40186444 },
	{ "GEM_CREATE", DRM_IOCTL_ASAHI_GEM_CREATE, 0xc0186445 },
	{ "GEM_MMAP_OFFSET", DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, 0xc0106446 },
	{ "GEM_BIND_OBJECT", DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, 0xc0286447 },
	{ "QUEUE_CREATE", DRM_IOCTL_ASAHI_QUEUE_CREATE, 0xc0186448 },
	{ "QUEUE_DESTROY", DRM_IOCTL_ASAHI_QUEUE_DESTROY, 0x40086449 },
	{ "SUBMIT", DRM_IOCTL_ASAHI_SUBMIT, 0x4028644a },
};

/* All zeros are no reason to say that there is no such ioctl. */
static void ioctl_number(const void *row)
{
	const struct number *n = row;
	u64 args[8] = { 0 };
	int fd = ut_open();
	int ret;

	ut_eq((u32)n->number, n->want);
	ret = ut_ioctl(fd, n->want, args);
	ut_assert(ret != -ENOTTY && ret != -EACCES && ret != -EPERM);
}

static void unknown_ioctls(void)
{
	u64 args[64] = { 0 };
	int fd = ut_open();

	for (u32 nr = 0x0b; nr < 0x60; nr++) {
		int ret;

		/* Those of drm/agx_compute_drm.h. */
		if (nr >= 0x50 && nr < 0x54)
			continue;
		ret = ut_ioctl(fd, DRM_IOWR(DRM_COMMAND_BASE + nr, args), args);
		ut_assert(ret == -EINVAL || ret == -ENOTTY);
	}
}

/* DRM fills or cuts structures that are shorter or longer than its own. */
static void struct_sizes(void)
{
	struct {
		struct drm_asahi_get_time args;
		u64 more[2];
	} longer = { .more = { 1, 2 } };
	u64 flags = 0;
	int fd = ut_open();

	ut_ok(ut_ioctl(fd, DRM_IOWR(DRM_COMMAND_BASE + DRM_ASAHI_GET_TIME, longer), &longer));
	ut_assert(longer.args.gpu_timestamp);
	ut_eq(longer.more[1], 2);
	/* Only the flags; there is no place for the time. */
	ut_ok(ut_ioctl(fd, DRM_IOWR(DRM_COMMAND_BASE + DRM_ASAHI_GET_TIME, flags), &flags));
	ut_eq(flags, 0);
}

/* On the primary node, who is neither root nor authenticated may ask for parameters. */
static void use_primary_node(void *ctx)
{
	struct drm_asahi_params_global params;
	struct drm_asahi_get_time args = { .flags = 0 };
	int fd;

	(void)ctx;
	ut_assert(!setgid(NOBODY) && !setuid(NOBODY));
	fd = ut_open_card("asahi");
	ut_assert(fd >= 0);
	ut_get_params(fd, &params);
	ut_ret(ut_ioctl(fd, DRM_IOCTL_ASAHI_GET_TIME, &args), -EACCES);
	ut_ret(ut_vm_create(fd, UT_KERNEL_START, UT_VA_END, NULL), -EACCES);
}

static void primary_node(void)
{
	char path[64], link[64];
	int fd = ut_open_card("asahi");
	struct stat st;
	ssize_t n;

	ut_assert(fd >= 0);
	ut_assert(ut_gpu_time(fd));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	ut_assert(n > 0 && !fstat(fd, &st));
	path[n] = '\0';
	ut_assert(!chmod(path, 0666));
	ut_join(ut_fork(use_primary_node, NULL));
	ut_assert(!chmod(path, st.st_mode & 0777));
}

/* --- GET_PARAMS -------------------------------------------------------------------- */

/* All chips are in test_module.c. */
static void params_of_chip(void)
{
	struct drm_asahi_params_global params;
	int fd = ut_open();
	const char *name = ut_param("chip");

	ut_assert(name);
	memset(&params, 0xff, sizeof(params));
	ut_get_params(fd, &params);
	ut_eq(params.chip_id, strtoul(name + 1, NULL, 16));
}

static void params_of_all(void)
{
	struct drm_asahi_params_global params;
	int fd = ut_open();
	bool soft = ut_param("soft_faults")[0] == 'Y';

	ut_get_params(fd, &params);
	ut_eq(params.features, soft ? DRM_ASAHI_FEATURE_SOFT_FAULTS : 0);
	ut_eq(params.max_frequency_khz, 1000000);
	ut_eq(params.vm_start, UT_VA_START);
	ut_eq(params.vm_end, UT_VA_END);
	ut_eq(params.vm_kernel_min_size, UT_KERNEL_MIN);
	ut_eq(params.max_commands_per_submission, 64);
	ut_eq(params.max_attachments, 16);
	ut_eq(params.command_timestamp_frequency_hz, 1000000000);
}

static int get_params(int fd, u32 group, u32 pad, void *pointer, u64 size)
{
	struct drm_asahi_get_params args = {
		.param_group = group, .pad = pad, .pointer = ut_ptr(pointer), .size = size,
	};

	return ut_ioctl(fd, DRM_IOCTL_ASAHI_GET_PARAMS, &args);
}

/* As many bytes as are asked for, 592 at most. */
static void params_size(void)
{
	static const u32 sizes[] = { 0, 1, 7, 8, 40, 591, 592, 593, 1000, 4096 };
	u8 whole[592], got[4096];
	int fd = ut_open();

	ut_ok(get_params(fd, 0, 0, whole, sizeof(whole)));
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 n = sizes[i] < sizeof(whole) ? sizes[i] : sizeof(whole);

		memset(got, 0xa5, sizeof(got));
		ut_ok(get_params(fd, 0, 0, got, sizes[i]));
		ut_assert(!memcmp(got, whole, n));
		for (u32 k = n; k < sizeof(got); k++)
			ut_eq(got[k], 0xa5);
	}
	ut_ok(get_params(fd, 0, 0, got, ~0ull));
	ut_ok(get_params(fd, 0, 0, NULL, 0));
}

static void params_refused(void)
{
	struct drm_asahi_params_global params;
	int fd = ut_open();

	ut_ret(get_params(fd, 1, 0, &params, sizeof(params)), -EINVAL);
	ut_ret(get_params(fd, ~0u, 0, &params, sizeof(params)), -EINVAL);
	ut_ret(get_params(fd, 0, 1, &params, sizeof(params)), -EINVAL);
	ut_ret(get_params(fd, 0, 1u << 31, &params, sizeof(params)), -EINVAL);
	/* They are looked at first. */
	ut_ret(get_params(fd, 1, 0, NULL, sizeof(params)), -EINVAL);
	ut_ret(get_params(fd, 0, 1, NULL, sizeof(params)), -EINVAL);
}

static void params_bad_pointer(void)
{
	u8 *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long size = sysconf(_SC_PAGESIZE);
	int fd = ut_open();
	u8 *end;

	ut_ret(get_params(fd, 0, 0, NULL, 592), -EFAULT);
	ut_ret(get_params(fd, 0, 0, (void *)UT_NOWHERE, 592), -EFAULT);
	ut_ret(get_params(fd, 0, 0, (void *)~0ul, 592), -EFAULT);
	ut_ret(get_params(fd, 0, 0, (void *)(1ul << 63), 592), -EFAULT);
	ut_assert(page != MAP_FAILED);
	munmap(page, 8192);

	page = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ut_assert(page != MAP_FAILED);
	ut_assert(!mprotect(page + size, size, PROT_READ));
	end = page + size;
	/* Not aligned, and just fitting. */
	ut_ok(get_params(fd, 0, 0, end - 592, 592));
	ut_ok(get_params(fd, 0, 0, end - 593, 592));
	ut_ret(get_params(fd, 0, 0, end - 591, 592), -EFAULT);
	ut_ret(get_params(fd, 0, 0, end, 592), -EFAULT);
}

static void params_read_only_file(void)
{
	struct drm_asahi_params_global params;
	int fd = open(ut_node(), O_RDONLY | O_CLOEXEC);

	ut_assert(fd >= 0);
	ut_get_params(fd, &params);
	ut_eq(params.vm_end, UT_VA_END);
}

/* --- GET_TIME ---------------------------------------------------------------------- */

static void time_flags(void)
{
	int fd = ut_open();

	for (u32 bit = 0; bit < 64; bit++) {
		struct drm_asahi_get_time args = { .flags = 1ull << bit, .gpu_timestamp = 5 };

		ut_ret(ut_ioctl(fd, DRM_IOCTL_ASAHI_GET_TIME, &args), -EINVAL);
		ut_eq(args.gpu_timestamp, 5);
	}
}

static void time_goes_on(void)
{
	int fd = ut_open();
	u64 last = ut_gpu_time(fd);

	ut_assert(last > 0);
	for (u32 i = 0; i < 20000; i++) {
		u64 now = ut_gpu_time(fd);

		ut_assert(now >= last);
		last = now;
	}
}

static u64 raw_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* In nanoseconds: as fast as the CPU's clock, to one part in a hundred. */
static void time_rate(void)
{
	int fd = ut_open();
	u64 cpu[4], gpu[2];

	cpu[0] = raw_now();
	gpu[0] = ut_gpu_time(fd);
	cpu[1] = raw_now();
	ut_sleep_ms(500);
	cpu[2] = raw_now();
	gpu[1] = ut_gpu_time(fd);
	cpu[3] = raw_now();
	ut_assert(gpu[1] - gpu[0] >= (cpu[2] - cpu[1]) / 100 * 99);
	ut_assert(gpu[1] - gpu[0] <= (cpu[3] - cpu[0]) / 100 * 101);
}

/* Both files tell the same time. */
static void time_of_two_files(void)
{
	int a = ut_open(), b = ut_open();

	for (u32 i = 0; i < 1000; i++) {
		u64 first = ut_gpu_time(a), second = ut_gpu_time(b), third = ut_gpu_time(a);

		ut_assert(first <= second && second <= third);
	}
}

static const struct ut_test tests[] = {
	UT(version),
	UT(capabilities),
	UT_ROWS(ioctl_number, numbers),
	UT(unknown_ioctls),
	UT(struct_sizes),
	UT(primary_node),
	UT(params_of_chip),
	UT(params_of_all),
	UT(params_size),
	UT(params_refused),
	UT(params_bad_pointer),
	UT(params_read_only_file),
	UT(time_flags),
	UT(time_goes_on),
	UT(time_rate),
	UT(time_of_two_files),
};

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
