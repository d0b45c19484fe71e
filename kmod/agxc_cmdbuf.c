// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: command buffers
 *
 * What SUBMIT has copied becomes the commands of a job.  Every size and count in it is
 * userspace's: nothing is read before it is known to be there.
 */
#include <linux/string.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_cmdbuf.h"
#include "agxc_device.h"
#include "agxc_gem.h"
#include "agxc_queue.h"

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

int agxc_cmdbuf_count(const u8 *buf, u32 size)
{
	struct parser p = { .buf = buf, .size = size };
	struct drm_asahi_cmd_header header;
	int ret, count = 0;

	for (p.pos = 0; p.pos < size; p.pos += sizeof(header) + header.size) {
		ret = read_header(&p, &header);
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

int agxc_cmdbuf_read(struct agxc_job *job, struct agxc_file *file, const u8 *buf, u32 size)
{
	struct parser p = { .file = file, .job = job, .buf = buf, .size = size };
	int ret = 0;

	while (!ret && p.pos < size)
		ret = read_command(&p);
	return ret;
}
