// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: images
 *
 * A job and the memory of its VM in the format of agx_compute_image.h.
 *
 * The VM is locked for a piece at a time: to see what is mapped, and to copy as much as
 * fits into a buffer.  So whoever writes the image takes as long as he likes, and what
 * others unbind meanwhile is left out.
 */
#include <linux/sched/signal.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <uapi/drm/asahi_drm.h>

#include "../uapi/drm/agx_compute_image.h"
#include "agxc_capture.h"
#include "agxc_device.h"
#include "agxc_queue.h"
#include "agxc_vm.h"

/* Copied, looked at, and mappings, in one go. */
#define IMAGE_PIECE	(16 * AGXC_PAGE_SIZE)
#define IMAGE_LOOK		(64 * AGXC_PAGE_SIZE)
#define IMAGE_MAPS		1024ul

/**
 * struct image_map - a mapping, as it was when the image was begun
 * @address: GPU address
 * @size: in bytes
 * @offset: in the buffer
 * @obj: the buffer; no reference, it is only compared
 * @host: of the first byte; valid where the VM still says so
 * @flags: DRM_ASAHI_BIND_*
 * @object: number of @obj
 */
struct image_map {
	u64 address;
	u64 size;
	u64 offset;
	const struct drm_gem_object *obj;
	const u8 *host;
	u32 flags;
	u32 object;
};

/**
 * struct image_piece - a record with contents
 * @record: its head
 * @address: GPU address of the first byte
 * @data: contents
 */
struct image_piece {
	struct drm_agxc_image_record record;
	u64 address;
	u8 data[IMAGE_PIECE];
};

/**
 * struct image - an image being written
 * @dev: device
 * @vm: whose memory it is; the job's queue has a reference
 * @sink: where to
 * @generation: of @vm, when @map was begun
 * @n: elements of @map
 * @room: allocated elements of @map
 * @map: by ascending address
 * @piece: contents on their way
 */
struct image {
	struct agxc_device *dev;
	struct agxc_vm *vm;
	struct agxc_sink *sink;
	u64 generation;
	size_t n;
	size_t room;
	struct image_map *map;
	struct image_piece *piece;
};

/* --- what is mapped -------------------------------------------------------- */

static void image_take(struct image_map *map, const struct agxc_va *va)
{
	*map = (struct image_map) {
		.address = va->base.va.addr,
		.size = va->base.va.range,
		.offset = va->base.gem.offset,
		.obj = va->base.gem.obj,
		.host = va->host,
	};
	if (va->prot & AGX_MEM_READ)
		map->flags |= DRM_ASAHI_BIND_READ;
	if (va->prot & AGX_MEM_WRITE)
		map->flags |= DRM_ASAHI_BIND_WRITE;
	if (va->single_page)
		map->flags |= DRM_ASAHI_BIND_SINGLE_PAGE;
}

static int image_grow(struct image *image)
{
	struct image_map *map;
	size_t room = max(2 * image->room, IMAGE_MAPS);

	map = agxc_alloc(image->dev, array_size(room, sizeof(*map)));
	if (!map)
		return -ENOMEM;

	if (image->n)
		memcpy(map, image->map, image->n * sizeof(*map));
	agxc_free(image->map);
	image->map = map;
	image->room = room;
	return 0;
}

/*
 * Adds some of the mappings from *address on, which moves; false: there are no more.  What
 * somebody else has bound meanwhile, and what has been added, do not overlap.
 */
static bool image_look(struct image *image, u64 *address)
{
	size_t end = min(image->n + IMAGE_MAPS, image->room);
	struct drm_gpuva *va;
	u64 generation;

	generation = agxc_vm_enter(image->vm);
	if (!image->n)
		image->generation = generation;
	drm_gpuvm_for_each_va_range(va, &image->vm->base, *address, AGXC_VA_END) {
		if (image->n == end)
			break;
		/* What the tree has for the kernel's range is not of a buffer. */
		if (!va->gem.obj || va->va.addr < *address)
			continue;
		image_take(&image->map[image->n++], to_agxc_va(va));
		*address = va->va.addr + va->va.range;
	}
	agxc_vm_leave(image->vm);
	return va;
}

static int image_find_maps(struct image *image)
{
	u64 address = AGXC_VA_START;
	int ret;

	do {
		if (fatal_signal_pending(current))
			return -ERESTARTSYS;
		if (image->n == image->room) {
			ret = image_grow(image);
			if (ret)
				return ret;
		}
		cond_resched();
	} while (image_look(image, &address));
	return 0;
}

static int image_compare(const void *a, const void *b)
{
	const struct image_map *const *left = a, *const *right = b;

	return ((*left)->obj > (*right)->obj) - ((*left)->obj < (*right)->obj);
}

/* Buffers get numbers from 1: mappings of the same one have the same. */
static int image_number_objects(struct image *image)
{
	struct image_map **by_obj;
	u32 object = 0;

	if (!image->n)
		return 0;
	by_obj = agxc_alloc(image->dev, array_size(image->n, sizeof(*by_obj)));
	if (!by_obj)
		return -ENOMEM;

	for (size_t i = 0; i < image->n; i++)
		by_obj[i] = &image->map[i];
	sort_nonatomic(by_obj, image->n, sizeof(*by_obj), image_compare, NULL);
	for (size_t i = 0; i < image->n; i++) {
		if (!i || by_obj[i]->obj != by_obj[i - 1]->obj)
			object++;
		by_obj[i]->object = object;
	}
	agxc_free(by_obj);
	return 0;
}

/* --- records ---------------------------------------------------------------- */

static int image_put(struct image *image, u32 type, const void *data, size_t size)
{
	const struct drm_agxc_image_record record = { .type = type, .size = size };
	int ret;

	ret = image->sink->write(image->sink, &record, sizeof(record));
	if (!ret && size)
		ret = image->sink->write(image->sink, data, size);
	return ret;
}

static int image_put_job(struct image *image, const struct agxc_job *job)
{
	const struct agxc_queue *queue = job->queue;
	const struct drm_agxc_image_submit submit = {
		.chip_id = image->dev->chip->chip_id,
		.gpu_generation = image->dev->chip->generation,
		.gpu_variant = image->dev->chip->variant,
		.num_clusters_total = image->dev->chip->clusters,
		.usc_exec_base = queue->usc_base,
		.timestamp = agxc_timestamp(),
		.client_id = queue->usage->client,
		.seqno = job->seqno,
		.queue_id = queue->id,
		.vm_id = image->vm->id,
		.flags = READ_ONCE(agxc_params.soft_faults) ? DRM_AGXC_IMAGE_SOFT_FAULTS : 0,
	};
	int ret;

	ret = image_put(image, DRM_AGXC_IMAGE_SUBMIT, &submit, sizeof(submit));
	for (u32 i = 0; i < job->n_commands && !ret; i++) {
		const struct agxc_command *c = &job->command[i];
		const struct drm_agxc_image_command command = {
			.type = c->type == AGXC_COMPUTE ? DRM_ASAHI_CMD_COMPUTE :
							  DRM_ASAHI_CMD_RENDER,
			.stream = c->stream,
			.stream_end = c->stream_end,
		};

		ret = image_put(image, DRM_AGXC_IMAGE_COMMAND, &command, sizeof(command));
	}
	return ret;
}

static int image_put_maps(struct image *image)
{
	int ret = 0;

	for (size_t i = 0; i < image->n && !ret; i++) {
		const struct image_map *map = &image->map[i];
		const struct drm_agxc_image_mapping mapping = {
			.address = map->address,
			.size = map->size,
			.flags = map->flags,
			.object = map->object,
			.offset = map->offset,
		};

		ret = image_put(image, DRM_AGXC_IMAGE_MAPPING, &mapping, sizeof(mapping));
	}
	return ret;
}

/* --- contents --------------------------------------------------------------- */

/* How many bytes from at on are mapped as they were; the VM has been entered. */
static u64 image_mapped(const struct image *image, const struct image_map *map,
			u64 at, u64 size)
{
	u64 address = map->address + at;
	struct drm_gpuva *va;

	va = drm_gpuva_find_first(&image->vm->base, address, AGXC_PAGE_SIZE);
	if (!va || va->gem.obj != map->obj || va->va.addr > address)
		return 0;
	if (to_agxc_va(va)->host + (address - va->va.addr) != map->host + at)
		return 0;
	return min(size, va->va.addr + va->va.range - address);
}

/*
 * Skips zeroes from *at on, then copies pages up to the next zeroes; *at moves.  How many
 * bytes were copied; they are the last before *at.
 */
static size_t image_copy(struct image *image, const struct image_map *map,
			 u64 span, u64 *at)
{
	u64 end, size = min(span - *at, IMAGE_LOOK);
	size_t n = 0;

	if (agxc_vm_enter(image->vm) != image->generation)
		size = image_mapped(image, map, *at, size);
	end = *at + size;
	for (; *at < end && n < IMAGE_PIECE; *at += AGXC_PAGE_SIZE) {
		const u8 *page = map->host + *at;

		if (memchr_inv(page, 0, AGXC_PAGE_SIZE)) {
			memcpy(image->piece->data + n, page, AGXC_PAGE_SIZE);
			n += AGXC_PAGE_SIZE;
		} else if (n) {
			break;
		}
	}
	agxc_vm_leave(image->vm);
	if (!size)
		*at += AGXC_PAGE_SIZE;
	return n;
}

static int image_put_contents(struct image *image, const struct image_map *map)
{
	struct image_piece *piece = image->piece;
	u64 span = map->size, at = 0;
	size_t n;
	int ret;

	if (map->flags & DRM_ASAHI_BIND_SINGLE_PAGE)
		span = AGXC_PAGE_SIZE;
	while (at < span) {
		n = image_copy(image, map, span, &at);
		if (n) {
			piece->record.size = sizeof(piece->address) + n;
			piece->address = map->address + at - n;
			ret = image->sink->write(image->sink, piece,
						 offsetof(struct image_piece, data) + n);
			if (ret)
				return ret;
		}
		if (fatal_signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
	}
	return 0;
}

static int image_put_all(struct image *image, const struct agxc_job *job)
{
	int ret;

	ret = image->sink->write(image->sink, DRM_AGXC_IMAGE_MAGIC, sizeof(DRM_AGXC_IMAGE_MAGIC));
	if (!ret)
		ret = image_put_job(image, job);
	if (!ret)
		ret = image_put_maps(image);
	for (size_t i = 0; i < image->n && !ret; i++)
		ret = image_put_contents(image, &image->map[i]);
	if (!ret)
		ret = image_put(image, DRM_AGXC_IMAGE_END, NULL, 0);
	return ret;
}

int agxc_image_write(const struct agxc_job *job, struct agxc_sink *sink)
{
	struct image image = {
		.dev = job->queue->dev,
		.vm = job->queue->vm,
		.sink = sink,
	};
	int ret;

	image.piece = agxc_alloc(image.dev, sizeof(*image.piece));
	if (!image.piece)
		return -ENOMEM;
	image.piece->record.type = DRM_AGXC_IMAGE_CONTENTS;

	ret = image_find_maps(&image);
	if (!ret)
		ret = image_number_objects(&image);
	if (!ret)
		ret = image_put_all(&image, job);

	agxc_free(image.map);
	agxc_free(image.piece);
	return ret;
}
