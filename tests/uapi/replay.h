/* SPDX-License-Identifier: MIT */
/* Images of submissions, run by the software AGX of the test's own program. */
#ifndef TESTS_UAPI_REPLAY_H
#define TESTS_UAPI_REPLAY_H

#include "debug.h"
#include "tools/agx/image.h"

struct ut_image {
	struct agx_space space;
	struct agx_image_submit submit;
};

/* They end the test where the image cannot be read, or nothing is mapped. */
void ut_image_load(struct ut_image *image, const u8 *data, size_t size);
void ut_image_read(struct ut_image *image, int fd, u64 offset);
u32 *ut_image_at(const struct ut_image *image, u64 address, u64 size);
u32 *ut_image_data(const struct ut_image *image);	/* of UT_DATA */

/* Runs its commands: 0, or -EFAULT. */
int ut_image_run(struct ut_image *image);

void ut_image_free(struct ut_image *image);

/* A launch of UT_TRIPLES threads: dst[i] = src[i] * 3 + i, words of the data. */
#define UT_TRIPLES 1000u

struct ut_launch ut_triple(u32 dst, u32 src);
void ut_triple_fill(struct ut_gpu *gpu, u32 src, u32 seed);
void ut_triple_check(const u32 *dst, u32 seed);

#endif
