/* SPDX-License-Identifier: MIT */
/* The bytes of an image, decompressed on the way. */
#ifndef TOOLS_AGX_IMAGE_SOURCE_H
#define TOOLS_AGX_IMAGE_SOURCE_H

#include <lzma.h>

#include "image.h"

#define AGX_XZ_MAGIC "\xfd" "7zXZ"	/* with the 0 at the end */

struct agx_source {
	bool xz;
	lzma_stream stream;	/* the rest of the input is in next_in, avail_in */
	u64 offset;		/* bytes delivered, for messages */
	struct agx_error *err;
};

/* -EINVAL, -ENOMEM with err. */
int agx_source_open(struct agx_source *source, const u8 *data, size_t size,
		    struct agx_error *err);
void agx_source_close(struct agx_source *source);

/* size bytes; -EINVAL where the image ends before. */
int agx_source_get(struct agx_source *source, void *data, size_t size);
int agx_source_skip(struct agx_source *source, u64 size);

/* Complain, and return -EINVAL, -ENOMEM. */
__printf(2, 3) int agx_source_bad(struct agx_source *source, const char *format, ...);
int agx_source_no_memory(struct agx_source *source);

/* Why agx_space_map() failed with ret. */
int agx_source_unmappable(struct agx_source *source, u64 address, u64 size, int ret);

/* image_submit.c: what follows the magic bytes of the kernel module's images. */
int agx_image_read_submit(struct agx_source *source, struct agx_space *space,
			  struct agx_image_submit *submit);

#endif
