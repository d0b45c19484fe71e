/* SPDX-License-Identifier: MIT */
/*
 * Writes images in the format of uapi/drm/agx_compute_image.h, in the order that it asks
 * for: the submission, its commands, mappings, contents, the end.
 */
#ifndef TOOLS_AGX_IMAGE_WRITE_H
#define TOOLS_AGX_IMAGE_WRITE_H

#include "compute/isa/agx_memory.h"
#include "uapi/drm/agx_compute_image.h"

#define AGX_IMAGE_PIECE (16 * AGX_PAGE_SIZE)	/* bytes of contents in a record, at most */

struct agx_image_writer {
	int fd;
	int ret;		/* the first error, after which nothing is written */
	size_t used;		/* of data */
	u8 *data;
};

/* -ENOMEM.  The file stays the caller's. */
int agx_image_begin(struct agx_image_writer *writer, int fd);
void agx_image_put(struct agx_image_writer *writer, u32 type, const void *data, size_t size);
/* Those of at most AGX_IMAGE_PIECE bytes, whole pages, that are not zero. */
void agx_image_put_contents(struct agx_image_writer *writer, u64 address, const u8 *bytes,
			    size_t size);
/* Writes what is left: 0, or a negative errno. */
int agx_image_end(struct agx_image_writer *writer);

#endif
