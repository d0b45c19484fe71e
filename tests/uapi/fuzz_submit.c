// SPDX-License-Identifier: MIT
/*
 * Submissions.  A good one is made first, with the commands, barriers, timestamps and
 * syncobjs that a driver would use; then, perhaps, bits of it are turned over.
 */
#include "fuzz_submit.h"

#include <drm/asahi_drm.h>
#include <drm/drm.h>
#include <errno.h>
#include <linux/sync_file.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "uapi/drm/agx_compute_drm.h"

#define BUFFER_SIZE 16384
#define SYNCS_MAX 6

struct submission {
	struct drm_asahi_sync sync[SYNCS_MAX];
	struct drm_asahi_submit args;
	u32 n_compute, n_render;
	u32 size;
	u8 buffer[BUFFER_SIZE] AGX_ALIGNED(8);
};

/* The first are there most of the time. */
static u32 some_syncobj(struct fuzz_thread *t)
{
	return 1 + rng_below(&t->rng, 1 + rng_below(&t->rng, FUZZ_IDS));
}

static void some_sync(struct fuzz_thread *t, struct drm_asahi_sync *sync)
{
	*sync = (struct drm_asahi_sync){ .handle = some_syncobj(t) };
	if (rng_one_in(&t->rng, 3)) {
		sync->sync_type = DRM_ASAHI_SYNC_TIMELINE_SYNCOBJ;
		sync->timeline_value = rng_below(&t->rng, 64);
	}
}

/* --- commands ------------------------------------------------------------------- */

static void *add(struct submission *s, u32 type, u32 size)
{
	struct drm_asahi_cmd_header *header = (void *)(s->buffer + s->size);

	if (s->size + sizeof(*header) + size > BUFFER_SIZE)
		return NULL;
	*header = (struct drm_asahi_cmd_header){
		.cmd_type = (u16)type, .size = (u16)size,
		.vdm_barrier = DRM_ASAHI_BARRIER_NONE, .cdm_barrier = DRM_ASAHI_BARRIER_NONE,
	};
	memset(header + 1, 0, size);
	s->size += (u32)sizeof(*header) + size;
	return header + 1;
}

static void set_barriers(struct fuzz_thread *t, struct submission *s, void *payload)
{
	struct drm_asahi_cmd_header *header = (struct drm_asahi_cmd_header *)payload - 1;

	if (rng_one_in(&t->rng, 2))
		header->cdm_barrier = (u16)rng_below(&t->rng, s->n_compute + 1);
	if (rng_one_in(&t->rng, 3))
		header->vdm_barrier = (u16)rng_below(&t->rng, s->n_render + 1);
}

/* Mostly none; an object may be there or not. */
static void some_stamp(struct fuzz_thread *t, struct drm_asahi_timestamp *stamp)
{
	if (!rng_one_in(&t->rng, 12))
		return;
	stamp->handle = 1 + rng_below(&t->rng, FUZZ_IDS);
	stamp->offset = rng_below(&t->rng, 2048) * 8;
	if (rng_one_in(&t->rng, 20))
		stamp->offset = (u32)rng_u64(&t->rng);
}

static u32 some_program(struct fuzz_thread *t)
{
	/* What never ends costs a timeout, and others their work. */
	u32 program = rng_below(&t->rng, PROGRAM_LONG + 1);

	return rng_one_in(&t->rng, 8) ? rng_below(&t->rng, PROGRAMS) : program;
}

static void add_compute(struct fuzz_thread *t, struct submission *s)
{
	struct drm_asahi_cmd_compute *compute = add(s, DRM_ASAHI_CMD_COMPUTE, sizeof(*compute));
	u32 program = some_program(t);

	if (!compute)
		return;
	set_barriers(t, s, compute);
	s->n_compute++;
	compute->cdm_ctrl_stream_base = t->fuzz->image.stream[program];
	compute->cdm_ctrl_stream_end = t->fuzz->image.stream_end[program];
	some_stamp(t, &compute->ts.start);
	some_stamp(t, &compute->ts.end);
}

static void add_render(struct fuzz_thread *t, struct submission *s)
{
	struct drm_asahi_cmd_render *render = add(s, DRM_ASAHI_CMD_RENDER, sizeof(*render));

	if (!render)
		return;
	set_barriers(t, s, render);
	s->n_render++;
	render->vdm_ctrl_stream_base = t->fuzz->image.stream[PROGRAM_EMPTY];
	render->width_px = 64;
	render->height_px = 64;
	render->layers = 1;
	render->samples = (u8)(1u << rng_below(&t->rng, 3));
	render->utile_width_px = 32;
	render->utile_height_px = 32;
	render->sample_size_B = 8;
	some_stamp(t, &render->ts_vtx.end);
	some_stamp(t, &render->ts_frag.end);
}

static void add_attachments(struct fuzz_thread *t, struct submission *s)
{
	u32 n = rng_below(&t->rng, 18);
	struct drm_asahi_attachment *attachment =
		add(s, DRM_ASAHI_SET_VERTEX_ATTACHMENTS + rng_below(&t->rng, 3),
		    n * (u32)sizeof(*attachment));

	for (u32 i = 0; attachment && i < n; i++) {
		attachment[i].pointer = fuzz_region_address[REGION_DATA];
		attachment[i].size = FUZZ_REGION_SIZE;
	}
}

static void some_commands(struct fuzz_thread *t, struct submission *s)
{
	u32 n = rng_one_in(&t->rng, 20) ? 1 + rng_below(&t->rng, 70) : 1 + rng_below(&t->rng, 4);

	for (u32 i = 0; i < n; i++) {
		switch (rng_below(&t->rng, 10)) {
		case 0:
			add_render(t, s);
			break;
		case 1:
			add_attachments(t, s);
			break;
		default:
			add_compute(t, s);
		}
	}
}

static void prepare(struct fuzz_thread *t, struct fuzz_rig *rig, struct submission *s)
{
	memset(s, 0, offsetof(struct submission, buffer));
	some_commands(t, s);
	for (u32 i = 0; i < SYNCS_MAX; i++)
		some_sync(t, &s->sync[i]);
	s->args = (struct drm_asahi_submit){
		.syncs = (uintptr_t)s->sync, .cmdbuf = (uintptr_t)s->buffer,
		.queue_id = rig->queue, .cmdbuf_size = s->size,
		.in_sync_count = rng_one_in(&t->rng, 6) ? 1 + rng_below(&t->rng, 2) : 0,
		.out_sync_count = rng_one_in(&t->rng, 2) ? 1 : rng_below(&t->rng, 3),
	};
}

/* Somebody may have destroyed the queue; a syncobj or an object is missing more often. */
static bool has_queue(struct fuzz_thread *t, const struct fuzz_rig *rig)
{
	struct drm_agxc_get_counters args = { .queue_id = rig->queue };

	return fuzz_ioctl(t, CALL_GET_COUNTERS, t->fuzz->client[rig->client],
			  DRM_IOCTL_AGXC_GET_COUNTERS, &args) != -ENOENT;
}

bool fuzz_submit_good(struct fuzz_thread *t, struct fuzz_rig *rig)
{
	struct submission s;
	int ret;

	prepare(t, rig, &s);
	ret = fuzz_ioctl(t, CALL_SUBMIT, t->fuzz->client[rig->client], DRM_IOCTL_ASAHI_SUBMIT,
			 &s.args);
	return ret != -ENOENT || has_queue(t, rig);
}

static void mutate(struct fuzz_thread *t, struct submission *s)
{
	/* An address or a size that is nearly right finds more than one that is random. */
	switch (rng_below(&t->rng, 8)) {
	case 0:
		s->args.cmdbuf_size = rng_below(&t->rng, 2 * s->size + 2);
		break;
	case 1:
		s->args.in_sync_count = rng_below(&t->rng, SYNCS_MAX + 1);
		s->args.out_sync_count = SYNCS_MAX - s->args.in_sync_count;
		break;
	case 2:
		((u8 *)&s->args)[rng_below(&t->rng, sizeof(s->args))] ^= (u8)rng_u64(&t->rng);
		break;
	case 3:
		((u8 *)s->sync)[rng_below(&t->rng, sizeof(s->sync))] ^= (u8)rng_u64(&t->rng);
		break;
	default:
		for (u32 i = 1 + rng_below(&t->rng, 4); i && s->size; i--)
			s->buffer[rng_below(&t->rng, s->size)] ^=
				(u8)(1u << rng_below(&t->rng, 8));
	}
}

void fuzz_submit_mutated(struct fuzz_thread *t, struct fuzz_rig *rig)
{
	struct submission s;

	prepare(t, rig, &s);
	mutate(t, &s);
	fuzz_ioctl(t, CALL_SUBMIT_MUTATED, t->fuzz->client[rig->client], DRM_IOCTL_ASAHI_SUBMIT,
		   &s.args);
}

/* --- syncobjs ------------------------------------------------------------------- */

static int some_fd(struct fuzz_thread *t)
{
	return t->fuzz->client[rng_below(&t->rng, 4) ? t->index % FUZZ_CLIENTS :
						       rng_below(&t->rng, FUZZ_CLIENTS)];
}

static void create(struct fuzz_thread *t, int fd)
{
	struct drm_syncobj_create args = { .flags = rng_below(&t->rng, 2) };
	struct drm_syncobj_destroy gone;

	if (fuzz_ioctl(t, CALL_SYNCOBJ, fd, DRM_IOCTL_SYNCOBJ_CREATE, &args) ||
	    args.handle <= FUZZ_IDS)
		return;
	gone = (struct drm_syncobj_destroy){ .handle = args.handle };
	fuzz_ioctl(t, CALL_SYNCOBJ, fd, DRM_IOCTL_SYNCOBJ_DESTROY, &gone);
}

int fuzz_fence(struct fuzz_thread *t, int fd, u32 syncobj)
{
	struct drm_syncobj_handle args = {
		.handle = syncobj, .flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	struct sync_file_info info = { 0 };
	int ret = fuzz_ioctl(t, CALL_SYNC_FILE, fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args);

	if (ret)
		return ret;
	ret = ioctl(args.fd, SYNC_IOC_FILE_INFO, &info) ? -errno : info.status;
	close(args.fd);
	return fuzz_count(t, CALL_FENCE, ret);
}

static void export_import(struct fuzz_thread *t, int fd)
{
	struct drm_syncobj_handle args = { .handle = some_syncobj(t) };

	if (rng_below(&t->rng, 2))
		args.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE;
	if (fuzz_ioctl(t, CALL_SYNC_FILE, fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args))
		return;
	args.handle = some_syncobj(t);
	fuzz_ioctl(t, CALL_SYNC_FILE, some_fd(t), DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args);
	close(args.fd);
}

void fuzz_syncobj(struct fuzz_thread *t)
{
	u32 handle[2] = { some_syncobj(t), some_syncobj(t) };
	u64 point[2] = { rng_below(&t->rng, 64), rng_below(&t->rng, 64) };
	struct drm_syncobj_destroy destroy = { .handle = handle[0] };
	struct drm_syncobj_array array = { .handles = (uintptr_t)handle, .count_handles = 2 };
	struct drm_syncobj_timeline_array timeline = {
		.handles = (uintptr_t)handle, .points = (uintptr_t)point, .count_handles = 2,
	};
	struct drm_syncobj_transfer transfer = {
		.src_handle = handle[0], .dst_handle = handle[1], .src_point = point[0],
		.dst_point = point[1],
	};
	int fd = some_fd(t);

	switch (rng_below(&t->rng, 16)) {
	case 0:
		fuzz_ioctl(t, CALL_SYNCOBJ, fd, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy);
		break;
	case 1:
		fuzz_ioctl(t, CALL_SYNCOBJ, fd, DRM_IOCTL_SYNCOBJ_RESET, &array);
		break;
	case 2:
		fuzz_ioctl(t, CALL_SYNCOBJ, fd, DRM_IOCTL_SYNCOBJ_SIGNAL, &array);
		break;
	case 3:
		fuzz_ioctl(t, CALL_SYNCOBJ, fd, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &timeline);
		break;
	case 4:
		fuzz_ioctl(t, CALL_SYNCOBJ, fd, DRM_IOCTL_SYNCOBJ_QUERY, &timeline);
		break;
	case 5:
		fuzz_ioctl(t, CALL_SYNCOBJ, fd, DRM_IOCTL_SYNCOBJ_TRANSFER, &transfer);
		break;
	case 6 ... 8:
		export_import(t, fd);
		break;
	default:
		create(t, fd);
	}
}

void fuzz_wait(struct fuzz_thread *t)
{
	u32 handle[2] = { some_syncobj(t), some_syncobj(t) };
	u64 point[2] = { rng_below(&t->rng, 64), rng_below(&t->rng, 64) };
	struct timespec now;
	struct drm_syncobj_wait wait = {
		.handles = (uintptr_t)handle, .count_handles = 2, .flags = rng_below(&t->rng, 4),
	};
	struct drm_syncobj_timeline_wait timeline = {
		.handles = (uintptr_t)handle, .points = (uintptr_t)point, .count_handles = 2,
		.flags = rng_below(&t->rng, 8),
	};

	if (rng_one_in(&t->rng, 2)) {
		fuzz_fence(t, some_fd(t), handle[0]);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	wait.timeout_nsec = now.tv_sec * 1000000000 + now.tv_nsec + rng_below(&t->rng, 20000000);
	timeline.timeout_nsec = wait.timeout_nsec;
	if (rng_below(&t->rng, 2))
		fuzz_ioctl(t, CALL_SYNCOBJ_WAIT, some_fd(t), DRM_IOCTL_SYNCOBJ_WAIT, &wait);
	else
		fuzz_ioctl(t, CALL_SYNCOBJ_WAIT, some_fd(t), DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT,
			   &timeline);
}
