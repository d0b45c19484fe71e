// SPDX-License-Identifier: MIT
#include "uapi.h"

#include <linux/sync_file.h>
#include <unistd.h>

#define FENCES 64			/* of a sync_file */

#define die(...) ut_fail(__FILE__, __LINE__, __VA_ARGS__)
#define must(call) \
	do { \
		int must_ret = (call); \
		if (must_ret < 0) \
			die("%s: %s", #call, ut_errno(must_ret)); \
	} while (0)

u32 ut_syncobj(int fd, bool signaled)
{
	struct drm_syncobj_create args = {
		.flags = signaled ? DRM_SYNCOBJ_CREATE_SIGNALED : 0,
	};

	must(ut_ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &args));
	return args.handle;
}

void ut_syncobj_destroy(int fd, u32 syncobj)
{
	struct drm_syncobj_destroy args = { .handle = syncobj };

	must(ut_ioctl(fd, DRM_IOCTL_SYNCOBJ_DESTROY, &args));
}

static int syncobj_array(int fd, unsigned long request, u32 syncobj)
{
	struct drm_syncobj_array args = { .handles = ut_ptr(&syncobj), .count_handles = 1 };

	return ut_ioctl(fd, request, &args);
}

int ut_syncobj_reset(int fd, u32 syncobj)
{
	return syncobj_array(fd, DRM_IOCTL_SYNCOBJ_RESET, syncobj);
}

int ut_syncobj_signal(int fd, u32 syncobj)
{
	return syncobj_array(fd, DRM_IOCTL_SYNCOBJ_SIGNAL, syncobj);
}

static int timeline_array(int fd, unsigned long request, u32 syncobj, u64 *point)
{
	struct drm_syncobj_timeline_array args = {
		.handles = ut_ptr(&syncobj), .points = ut_ptr(point), .count_handles = 1,
	};

	return ut_ioctl(fd, request, &args);
}

int ut_timeline_signal(int fd, u32 syncobj, u64 point)
{
	return timeline_array(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, syncobj, &point);
}

u64 ut_timeline_value(int fd, u32 syncobj)
{
	u64 point = 0;

	must(timeline_array(fd, DRM_IOCTL_SYNCOBJ_QUERY, syncobj, &point));
	return point;
}

static s64 deadline(u32 ms)
{
	return ms ? (s64)(ut_now() + ms * 1000000ull) : 0;
}

int ut_wait(int fd, u32 syncobj, u32 ms)
{
	struct drm_syncobj_wait args = {
		.handles = ut_ptr(&syncobj), .count_handles = 1, .timeout_nsec = deadline(ms),
	};

	return ut_ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &args);
}

int ut_wait_point(int fd, u32 syncobj, u64 point, u32 ms, u32 flags)
{
	struct drm_syncobj_timeline_wait args = {
		.handles = ut_ptr(&syncobj), .points = ut_ptr(&point), .count_handles = 1,
		.timeout_nsec = deadline(ms), .flags = flags,
	};

	return ut_ioctl(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &args);
}

int ut_sync_file(int fd, u32 syncobj)
{
	struct drm_syncobj_handle args = {
		.handle = syncobj, .fd = -1,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	int ret = ut_ioctl(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args);

	return ret ? ret : args.fd;
}

u32 ut_syncobj_of(int fd, int sync_file)
{
	struct drm_syncobj_handle args = {
		.handle = ut_syncobj(fd, false), .fd = sync_file,
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
	};

	must(ut_ioctl(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args));
	return args.handle;
}

int ut_sync_file_status(int sync_file)
{
	struct sync_fence_info fences[FENCES];
	struct sync_file_info info = { .num_fences = FENCES, .sync_fence_info = ut_ptr(fences) };

	/* Without the fences, those in a timeline's point are not asked. */
	memset(fences, 0, sizeof(fences));
	must(ut_ioctl(sync_file, SYNC_IOC_FILE_INFO, &info));
	return info.status;
}

int ut_fence_error(int fd, u32 syncobj)
{
	int sync_file, status;

	must(ut_wait(fd, syncobj, UT_FOREVER));
	sync_file = ut_sync_file(fd, syncobj);
	must(sync_file);
	status = ut_sync_file_status(sync_file);
	close(sync_file);
	if (!status)
		die("waiting ended before the fence was signalled");
	return status < 0 ? status : 0;
}

int ut_point_error(int fd, u32 syncobj, u64 point)
{
	struct drm_syncobj_transfer args = {
		.src_handle = syncobj, .dst_handle = ut_syncobj(fd, false), .src_point = point,
	};
	int error;

	must(ut_wait_point(fd, syncobj, point, UT_FOREVER, 0));
	must(ut_ioctl(fd, DRM_IOCTL_SYNCOBJ_TRANSFER, &args));
	error = ut_fence_error(fd, args.dst_handle);
	ut_syncobj_destroy(fd, args.dst_handle);
	return error;
}
