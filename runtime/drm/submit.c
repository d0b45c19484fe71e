// SPDX-License-Identifier: MIT
/* Submissions, waiting for them, how they ended. */
#include <drm/asahi_drm.h>
#include <errno.h>
#include <linux/sync_file.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "priv.h"
#include "runtime/error.h"

/* A command buffer is a header and its command, one after the other. */
struct command {
	struct drm_asahi_cmd_header header;
	struct drm_asahi_cmd_compute compute;
};

_Static_assert(sizeof(struct command) == sizeof(struct drm_asahi_cmd_header) +
	       sizeof(struct drm_asahi_cmd_compute), "there is nothing between them");

int mutsu_gpu_submit(struct mutsu_gpu *gpu, uint64_t stream, uint64_t stream_end,
		     uint64_t *seqno, struct mutsu_error *err)
{
	const uint64_t next = gpu->seqno + 1;
	/* No stack, so no helper program; and no timestamps. */
	const struct command command = {
		.header = {
			.cmd_type = DRM_ASAHI_CMD_COMPUTE,
			.size = sizeof(command.compute),
			.vdm_barrier = DRM_ASAHI_BARRIER_NONE,
			.cdm_barrier = DRM_ASAHI_BARRIER_NONE,
		},
		.compute = {
			.cdm_ctrl_stream_base = stream,
			.cdm_ctrl_stream_end = stream_end,
		},
	};
	const struct drm_asahi_sync out[] = {
		{ DRM_ASAHI_SYNC_TIMELINE_SYNCOBJ, gpu->timeline, next },
		{ DRM_ASAHI_SYNC_SYNCOBJ, gpu->fence[next % MUTSU_GPU_STATUS], 0 },
	};
	struct drm_asahi_submit args = {
		.queue_id = gpu->queue,
		.syncs = (uintptr_t)out, .out_sync_count = sizeof(out) / sizeof(out[0]),
		.cmdbuf = (uintptr_t)&command, .cmdbuf_size = sizeof(command),
	};
	const int ret = mutsu_drm_ioctl(gpu->fd, DRM_IOCTL_ASAHI_SUBMIT, &args);

	if (ret)
		return mutsu_fail(err, ret, "%s: the GPU's driver does not take work: %s",
				  gpu->info.path, strerror(-ret));
	/* Others wait for it, perhaps. */
	__atomic_store_n(&gpu->seqno, next, __ATOMIC_RELEASE);
	*seqno = next;
	return 0;
}

static uint64_t last(const struct mutsu_gpu *gpu)
{
	return __atomic_load_n(&gpu->seqno, __ATOMIC_ACQUIRE);
}

/* Of CLOCK_MONOTONIC; 0 is in the past. */
static int64_t deadline(int64_t timeout_ns)
{
	struct timespec now;
	int64_t ns;

	if (!timeout_ns)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = now.tv_sec * 1000000000ll + now.tv_nsec;
	return timeout_ns < 0 || timeout_ns > INT64_MAX - ns ? INT64_MAX : ns + timeout_ns;
}

int mutsu_gpu_wait(struct mutsu_gpu *gpu, uint64_t seqno, int64_t timeout_ns)
{
	if (!seqno)
		return 0;
	if (seqno > last(gpu))
		return -EINVAL;
	return drmSyncobjTimelineWait(gpu->fd, &gpu->timeline, &seqno, 1, deadline(timeout_ns), 0,
				      NULL);
}

int mutsu_gpu_status(struct mutsu_gpu *gpu, uint64_t seqno)
{
	const uint64_t newest = last(gpu);
	struct sync_file_info info = { .num_fences = 0 };
	int fd, ret;

	if (!seqno || seqno > newest)
		return -EINVAL;
	if (newest - seqno >= MUTSU_GPU_STATUS)
		return -ESTALE;
	if (drmSyncobjExportSyncFile(gpu->fd, gpu->fence[seqno % MUTSU_GPU_STATUS], &fd))
		return -errno;
	/* Without room for a list of fences, it is the only one's status. */
	ret = mutsu_drm_ioctl(fd, SYNC_IOC_FILE_INFO, &info);
	close(fd);
	if (ret)
		return ret;
	return info.status > 0 ? 0 : info.status < 0 ? info.status : -EBUSY;
}
