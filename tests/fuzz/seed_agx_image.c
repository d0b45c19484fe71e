// SPDX-License-Identifier: MIT
/* seed_agx_image DIR: writes the images that fuzzing of their reader starts from. */
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_port.h"
#include "uapi/drm/agx_compute_image.h"

static const char maps[] = "vm 0 va 0000100000..0000104000 bo 1+0 flags 6\n"
			   "vm 0 va 0000900000..0000902000 bo 1+2000 flags 2\n";

/* Two mappings, 64 bytes in the first one, 8 in the second. */
static size_t make(u8 *image)
{
	const u64 head[] = { 0x100000, 0, 6, 0x4000, 0x100040, 64, 6 };
	const u64 more[] = { 0x900000, 0, 2, 0x2000, 0x901ff8, 8, 2, 0x1234, ~(u64)0 };
	u8 *at = image;

	memcpy(at, "AGXMEM1", 8);
	memcpy(at += 8, head, sizeof(head));
	memset(at += sizeof(head), 0x5a, 64);
	memcpy(at += 64, more, sizeof(more));
	return (size_t)(at + sizeof(more) - image);
}

static u8 *add(u8 *at, u32 type, const void *data, size_t size)
{
	const struct drm_agxc_image_record record = { .type = type, .size = size };

	memcpy(at, &record, sizeof(record));
	memcpy(at + sizeof(record), data, size);
	return at + sizeof(record) + size;
}

/* A submission: two mappings of a buffer, and of another one a page again and again. */
static size_t make_submit(u8 *image)
{
	const struct drm_agxc_image_submit submit = {
		.chip_id = 0x8112, .gpu_generation = 14, .gpu_variant = 'G',
		.num_clusters_total = 1, .usc_exec_base = 0x1100000000,
	};
	const struct drm_agxc_image_command command = { .type = 1, .stream = 0x100000 };
	const struct drm_agxc_image_mapping mapping[] = {
		{ 0x100000, 0x8000, 6, 1, 0 },
		{ 0x900000, 0x4000, 2, 1, 0x4000 },
		{ 0x10000000, 0x1000000, 14, 2, 0 },
	};
	const u64 contents[] = { 0x100040, 1, 2, 3 };
	u8 *at = image;

	memcpy(at, DRM_AGXC_IMAGE_MAGIC, 8);
	at = add(at + 8, DRM_AGXC_IMAGE_SUBMIT, &submit, sizeof(submit));
	at = add(at, DRM_AGXC_IMAGE_COMMAND, &command, sizeof(command));
	for (size_t i = 0; i < ARRAY_SIZE(mapping); i++)
		at = add(at, DRM_AGXC_IMAGE_MAPPING, &mapping[i], sizeof(mapping[i]));
	at = add(at, DRM_AGXC_IMAGE_CONTENTS, contents, sizeof(contents));
	at = add(at, DRM_AGXC_IMAGE_END, "", 0);
	return (size_t)(at - image);
}

static void save(const char *dir, const char *name, const char *map, const u8 *data, size_t size)
{
	char *path;
	FILE *file;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		abort();
	file = fopen(path, "wb");
	if (!file || fputc((int)strlen(map), file) == EOF || fputs(map, file) == EOF ||
	    fwrite(data, 1, size, file) != size || fclose(file)) {
		perror(path);
		exit(1);
	}
	free(path);
}

int main(int argc, char **argv)
{
	u8 image[1024], xz[512];
	size_t size = make(image), n = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: seed_agx_image DIR\n");
		return 2;
	}
	save(argv[1], "plain", "", image, size);
	save(argv[1], "shared", maps, image, size);
	if (lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, image, size, xz, &n, sizeof(xz)))
		abort();
	save(argv[1], "xz", "", xz, n);
	size = make_submit(image);
	save(argv[1], "submit", "", image, size);
	return 0;
}
