// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: SUBMIT
 *
 * Checks come in the order of the hardware's driver, and nothing that userspace can see
 * has happened when one fails.  GPU addresses are not checked: using a bad one is a
 * fault, which is the fence's error and not that of SUBMIT.
 */
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_debug.h"
#include "agxc_device.h"
#include "agxc_gem.h"
#include "agxc_queue.h"
#include "agxc_sync.h"

/*
 * The hardware's driver takes what fits in memory.  64 commands, each with all three
 * lists of 16 attachments before it, take 91136 bytes; there is room for structures that
 * have more than doubled.
 */
#define AGXC_MAX_CMDBUF		SZ_256K

/* What the hardware can do. */
#define AGXC_MAX_RENDER_SIZE	16384
#define AGXC_MAX_RENDER_LAYERS	2048

#define AGXC_RENDER_FLAGS \
	(DRM_ASAHI_RENDER_VERTEX_SCRATCH | DRM_ASAHI_RENDER_PROCESS_EMPTY_TILES | \
	 DRM_ASAHI_RENDER_NO_VERTEX_CLUSTERING | DRM_ASAHI_RENDER_DBIAS_IS_INT)

/**
 * struct parser - reads a command buffer
 * @file: whose timestamp buffers are named
 * @job: that the commands are put into
 * @buf: command buffer, anywhere in memory
 * @size: of it, in bytes
 * @pos: of the next header
 * @seen: commands of a type so far
 */
struct parser {
	struct agxc_file *file;
	struct agxc_job *job;
	const u8 *buf;
	u32 size;
	u32 pos;
	u32 seen[AGXC_COMMAND_TYPES];
};

static bool is_hardware(const struct drm_asahi_cmd_header *header)
{
	return header->cmd_type == DRM_ASAHI_CMD_RENDER ||
	       header->cmd_type == DRM_ASAHI_CMD_COMPUTE;
}

static int read_header(const struct parser *p, struct drm_asahi_cmd_header *header)
{
	if (p->size - p->pos < sizeof(*header))
		return -EINVAL;
	memcpy(header, p->buf + p->pos, sizeof(*header));
	return 0;
}

/* How many commands there are for the hardware, or an error. */
static int count_commands(struct parser *p)
{
	struct drm_asahi_cmd_header header;
	int ret, count = 0;

	for (p->pos = 0; p->pos < p->size; p->pos += sizeof(header) + header.size) {
		ret = read_header(p, &header);
		if (ret)
			return ret;
		count += is_hardware(&header);
	}
	return count && count <= AGXC_MAX_COMMANDS ? count : -EINVAL;
}

/*
 * The rest of the structure is zero where userspace has a smaller one; where it has a
 * larger one, what we do not know must be zero.
 */
static int read_payload(const u8 *payload, u32 size, void *to, u32 to_size)
{
	u32 n = min(size, to_size);

	if (memchr_inv(payload + n, 0, size - n))
		return -EINVAL;
	memset(to, 0, to_size);
	memcpy(to, payload, n);
	return 0;
}

/*
 * Commands are executed one after the other, so that barriers only need checking.  What
 * is no command for the hardware cannot wait; the hardware's driver notices only where
 * there is something to wait for.
 */
static int check_barrier(const struct parser *p, const struct drm_asahi_cmd_header *header,
			 enum agxc_command_type type, u16 index)
{
	if (index == DRM_ASAHI_BARRIER_NONE)
		return 0;
	if (index > p->seen[type])
		return -EINVAL;
	if (is_hardware(header))
		return 0;
	return index || atomic_read(&p->job->queue->unfinished[type]) ? -EINVAL : 0;
}

/* Attachments are hints, which we have no use for. */
static int check_attachments(const u8 *payload, u32 size)
{
	struct drm_asahi_attachment attachment;
	u32 i, count = size / sizeof(attachment);

	if (count > AGXC_MAX_ATTACHMENTS)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		memcpy(&attachment, payload + i * sizeof(attachment), sizeof(attachment));
		if (attachment.flags || attachment.pad)
			return -EINVAL;
	}
	return 0;
}

static int get_stamp(const struct parser *p, struct agxc_stamp *stamp,
		     const struct drm_asahi_timestamp *from)
{
	if (!from->handle)
		return 0;

	stamp->object = agxc_object_lookup(p->file, from->handle);
	if (!stamp->object)
		return -ENOENT;
	stamp->offset = from->offset;
	return stamp->offset + sizeof(u64) > stamp->object->size ? -ERANGE : 0;
}

static int get_stamps(const struct parser *p, struct agxc_stamp *start, struct agxc_stamp *end,
		      const struct drm_asahi_timestamps *from)
{
	return get_stamp(p, start, &from->start) ?: get_stamp(p, end, &from->end);
}

static struct agxc_command *next_command(struct parser *p, enum agxc_command_type type)
{
	struct agxc_command *cmd = &p->job->command[p->seen[AGXC_COMPUTE] + p->seen[AGXC_RENDER]];

	cmd->type = type;
	p->job->types |= BIT(type);
	p->seen[type]++;
	return cmd;
}

static int read_compute(struct parser *p, const u8 *payload, u32 size)
{
	struct agxc_command *cmd = next_command(p, AGXC_COMPUTE);
	struct drm_asahi_cmd_compute compute;
	int ret;

	ret = read_payload(payload, size, &compute, sizeof(compute));
	if (ret)
		return ret;
	if (compute.flags)
		return -EINVAL;

	cmd->stream = compute.cdm_ctrl_stream_base;
	cmd->stream_end = compute.cdm_ctrl_stream_end;
	return get_stamps(p, &cmd->start, &cmd->end, &compute.ts);
}

/* Tiles of the tile buffer come in three sizes. */
static bool is_utile(u8 width, u8 height)
{
	return (width == 32 && (height == 32 || height == 16)) || (width == 16 && height == 16);
}

static bool is_size(u16 pixels)
{
	return pixels && pixels <= AGXC_MAX_RENDER_SIZE;
}

static int read_render(struct parser *p, const u8 *payload, u32 size)
{
	struct agxc_command *cmd = next_command(p, AGXC_RENDER);
	struct drm_asahi_cmd_render render;
	int ret;

	if (!READ_ONCE(agxc_params.render))
		return -EINVAL;
	ret = read_payload(payload, size, &render, sizeof(render));
	if (ret)
		return ret;
	if (render.flags & ~AGXC_RENDER_FLAGS)
		return -EINVAL;
	if (!is_size(render.width_px) || !is_size(render.height_px))
		return -EINVAL;

	cmd->stream = render.vdm_ctrl_stream_base;
	ret = get_stamps(p, &cmd->start, &cmd->end, &render.ts_vtx) ?:
	      get_stamps(p, &cmd->start2, &cmd->end2, &render.ts_frag);
	if (ret)
		return ret;

	if (!render.layers || render.layers > AGXC_MAX_RENDER_LAYERS)
		return -EINVAL;
	if (!is_utile(render.utile_width_px, render.utile_height_px))
		return -EINVAL;
	if (render.samples != 1 && render.samples != 2 && render.samples != 4)
		return -EINVAL;
	return 0;
}

static int read_command(struct parser *p)
{
	struct drm_asahi_cmd_header header;
	const u8 *payload;
	int ret;

	ret = read_header(p, &header) ?:
	      check_barrier(p, &header, AGXC_RENDER, header.vdm_barrier) ?:
	      check_barrier(p, &header, AGXC_COMPUTE, header.cdm_barrier);
	if (ret)
		return ret;
	p->pos += sizeof(header);
	if (header.size > p->size - p->pos)
		return -EINVAL;
	payload = p->buf + p->pos;
	p->pos += header.size;

	switch (header.cmd_type) {
	case DRM_ASAHI_CMD_RENDER:
		return read_render(p, payload, header.size);
	case DRM_ASAHI_CMD_COMPUTE:
		return read_compute(p, payload, header.size);
	case DRM_ASAHI_SET_VERTEX_ATTACHMENTS:
	case DRM_ASAHI_SET_FRAGMENT_ATTACHMENTS:
	case DRM_ASAHI_SET_COMPUTE_ATTACHMENTS:
		return check_attachments(payload, header.size);
	default:
		return -EINVAL;
	}
}

static struct agxc_job *parse(struct parser *p, struct agxc_queue *queue, u64 client_id)
{
	int ret, count;

	count = count_commands(p);
	if (count < 0)
		return ERR_PTR(count);
	p->job = agxc_job_create(queue, count, client_id);
	if (IS_ERR(p->job))
		return p->job;

	p->pos = 0;
	while (p->pos < p->size) {
		ret = read_command(p);
		if (ret) {
			agxc_job_free(p->job);
			return ERR_PTR(ret);
		}
	}
	return p->job;
}

/* The commands as a job, or an error pointer. */
static struct agxc_job *read_cmdbuf(struct agxc_queue *queue, struct drm_file *drm_file,
				    u64 pointer, u32 size)
{
	struct parser p = { .file = to_agxc_file(drm_file), .size = size };
	struct agxc_job *job;
	u8 *buf;

	if (!size || size > AGXC_MAX_CMDBUF)
		return ERR_PTR(-EINVAL);
	buf = agxc_alloc(queue->dev, size);
	if (!buf)
		return ERR_PTR(-ENOMEM);

	p.buf = buf;
	if (copy_from_user(buf, u64_to_user_ptr(pointer), size))
		job = ERR_PTR(-EFAULT);
	else
		job = parse(&p, queue, drm_file->client_id);
	agxc_free(buf);
	return job;
}

/* Takes the job, if it does not fail. */
static int push(struct agxc_queue *queue, struct agxc_job *job, struct agxc_syncs *syncs)
{
	bool cookie;
	int idx, ret;

	lockdep_assert_held(&queue->submit_lock);
	job->seqno = queue->seqno + 1;
	if (job->n_waits) {
		ret = agxc_job_wait(job);
		if (ret)
			return ret;
	}
	ret = agxc_capture_job(job);
	if (ret)
		return ret;
	if (!drm_dev_enter(&queue->dev->drm, &idx))
		return -ENODEV;

	/* Nothing can fail from here on, until the engine has ended the job. */
	cookie = dma_fence_begin_signalling();
	agxc_job_push(job);
	agxc_syncs_publish(syncs, queue->last);
	dma_fence_end_signalling(cookie);
	drm_dev_exit(idx);
	return 0;
}

static int submit(struct agxc_queue *queue, struct drm_file *file,
		  const struct drm_asahi_submit *args)
{
	struct agxc_syncs syncs;
	struct agxc_job *job;
	int ret;

	ret = agxc_syncs_get(&syncs, queue, file, args->syncs, args->in_sync_count,
			     args->out_sync_count);
	if (ret)
		return ret;

	job = read_cmdbuf(queue, file, args->cmdbuf, args->cmdbuf_size);
	if (IS_ERR(job)) {
		ret = PTR_ERR(job);
		goto out_put_syncs;
	}
	swap(job->wait, syncs.wait);
	swap(job->n_waits, syncs.n_waits);

	ret = mutex_lock_interruptible(&queue->submit_lock);
	if (!ret) {
		ret = push(queue, job, &syncs);
		mutex_unlock(&queue->submit_lock);
	}
	if (ret)
		agxc_job_free(job);

out_put_syncs:
	agxc_syncs_put(&syncs);
	return ret;
}

int agxc_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *file)
{
	const struct drm_asahi_submit *args = data;
	struct agxc_queue *queue;
	int ret;

	if (args->flags || args->pad)
		return -EINVAL;
	queue = agxc_queue_lookup(to_agxc_file(file), args->queue_id);
	if (!queue)
		return -ENOENT;

	ret = submit(queue, file, args);
	agxc_queue_put(queue);
	return ret;
}
