// SPDX-License-Identifier: MIT
/* seed_agx_image DIR: writes the images that fuzzing of their reader starts from. */
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_port.h"

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
	u8 image[512], xz[512];
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
	return 0;
}
