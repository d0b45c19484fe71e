// SPDX-License-Identifier: MIT
/* Writes what fuzz_agx_cdm starts from, a file each, to the folder it is given. */
#include <stdio.h>
#include <stdlib.h>

#include "compute/isa/agx_cdm.h"

static const struct agx_cdm packets[] = {
	{ .type = AGX_CDM_LAUNCH, .uniforms = 64, .textures = 8, .preshader_regs = 16,
	  .usc = 0xfff88000, .global = { 256, 1, 1 }, .local = { 64, 1, 1 } },
	{ .type = AGX_CDM_BARRIER, .flags = AGX_CDM_BARRIER_ALL },
	{ .type = AGX_CDM_LAUNCH, .mode = AGX_CDM_INDIRECT_GLOBAL, .uniforms = 512,
	  .samplers = 4, .usc = 0x40, .address = 0x2ffff68410, .local = { 32, 4, 1 } },
	{ .type = AGX_CDM_LINK, .address = 0x2ffff58400, .with_return = true },
	{ .type = AGX_CDM_LAUNCH, .mode = AGX_CDM_INDIRECT_LOCAL, .address = 0xfffffffffc },
	{ .type = AGX_CDM_RETURN },
	{ .type = AGX_CDM_TERMINATE },
};

static const struct agx_usc launch = {
	.n_uniforms = 3,
	.uniform = { { 0, 8, 0x2ffff68400 }, { 10, 64, 0x11fffb4000 }, { 256, 4, 0x400 } },
	.uses_shared = true, .shared_size = 512, .shader = 0xfffac000, .regs = 16, .spill = 6,
	.unk4 = 1, .has_preamble = true, .preamble = 0xfffb4080,
};

static const struct agx_usc small = { .shader = 0x80, .regs = 256 };

/* Words of other launches. */
static const struct agx_usc_word words[] = {
	{ .type = AGX_USC_TEXTURE, .start = 4, .count = 2, .address = 0x2ffff60000 },
	{ .type = AGX_USC_SAMPLER, .count = 1, .address = 0x2ffff60040 },
	{ .type = AGX_USC_FRAGMENT, .properties = 0x10304 },
	{ .type = AGX_USC_SHARED, .layout = 0x2f, .samples = 2, .stride = 8, .bytes = 1024 },
	{ .type = AGX_USC_SHADER, .varyings = true, .unk2 = 2, .address = 0x1000 },
};

static void save(const char *dir, const char *name, u8 first, const u8 *bytes, size_t size)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(&first, 1, 1, f) != 1 || fwrite(bytes, 1, size, f) != size || fclose(f)) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

static void save_stream(const char *dir, const char *name, bool g14x)
{
	u8 bytes[AGX_CDM_MAX * ARRAY_SIZE(packets)];
	size_t size = 0;

	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		struct agx_cdm cdm = packets[i];

		cdm.g14x = g14x && cdm.type == AGX_CDM_LAUNCH;
		size += (size_t)agx_cdm_build(&cdm, bytes + size, NULL);
	}
	save(dir, name, g14x, bytes, size);
}

static void save_usc(const char *dir, const char *name, const struct agx_usc *usc)
{
	u8 bytes[1024];

	save(dir, name, 2, bytes, (size_t)agx_usc_build(usc, bytes, sizeof(bytes), NULL));
}

static void save_words(const char *dir)
{
	u8 bytes[AGX_USC_WORD_MAX * ARRAY_SIZE(words)];
	size_t size = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		size += (size_t)agx_usc_put(&words[i], bytes + size, NULL);
	save(dir, "graphics", 2, bytes, size);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	save_stream(argv[1], "stream", false);
	save_stream(argv[1], "stream-g14x", true);
	save_usc(argv[1], "launch", &launch);
	save_usc(argv[1], "launch-small", &small);
	save_words(argv[1]);
	return EXIT_SUCCESS;
}
