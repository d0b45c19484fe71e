// SPDX-License-Identifier: MIT
#include "image_write.h"

#include <unistd.h>

#define ROOM (64u << 10)

int agx_image_begin(struct agx_image_writer *writer, int fd)
{
	*writer = (struct agx_image_writer){ .fd = fd, .data = malloc(ROOM) };
	if (!writer->data)
		return -ENOMEM;
	memcpy(writer->data, DRM_AGXC_IMAGE_MAGIC, sizeof(DRM_AGXC_IMAGE_MAGIC));
	writer->used = sizeof(DRM_AGXC_IMAGE_MAGIC);
	return 0;
}

static void write_all(struct agx_image_writer *writer, const u8 *data, size_t size)
{
	while (size && !writer->ret) {
		ssize_t n = write(writer->fd, data, size);

		if (n < 0 && errno != EINTR)
			writer->ret = -errno;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
}

static void put_bytes(struct agx_image_writer *writer, const void *data, size_t size)
{
	if (size > ROOM - writer->used) {
		write_all(writer, writer->data, writer->used);
		writer->used = 0;
	}
	if (size > ROOM) {
		write_all(writer, data, size);
		return;
	}
	if (size)
		memcpy(writer->data + writer->used, data, size);
	writer->used += size;
}

static void put_head(struct agx_image_writer *writer, u32 type, size_t size)
{
	const struct drm_agxc_image_record record = { .type = type, .size = size };

	put_bytes(writer, &record, sizeof(record));
}

void agx_image_put(struct agx_image_writer *writer, u32 type, const void *data, size_t size)
{
	put_head(writer, type, size);
	put_bytes(writer, data, size);
}

/* The first byte is, and each is the one before. */
static bool is_zero(const u8 *page, size_t size)
{
	return !page[0] && !memcmp(page, page + 1, size - 1);
}

static size_t page_at(size_t at, size_t size)
{
	return size - at < AGX_PAGE_SIZE ? size - at : AGX_PAGE_SIZE;
}

void agx_image_put_contents(struct agx_image_writer *writer, u64 address, const u8 *bytes,
			    size_t size)
{
	size_t at = 0;

	while (at < size) {
		size_t from;

		while (at < size && is_zero(bytes + at, page_at(at, size)))
			at += page_at(at, size);
		from = at;
		while (at < size && !is_zero(bytes + at, page_at(at, size)))
			at += page_at(at, size);
		if (at > from) {
			u64 where = address + from;

			put_head(writer, DRM_AGXC_IMAGE_CONTENTS, sizeof(where) + at - from);
			put_bytes(writer, &where, sizeof(where));
			put_bytes(writer, bytes + from, at - from);
		}
	}
}

int agx_image_end(struct agx_image_writer *writer)
{
	put_head(writer, DRM_AGXC_IMAGE_END, 0);
	write_all(writer, writer->data, writer->used);
	free(writer->data);
	writer->data = NULL;
	return writer->ret;
}
