// SPDX-License-Identifier: MIT
/* seed_agx_kernel DIR: writes the containers that fuzzing of their reader starts from. */
#include <stdio.h>
#include <stdlib.h>

#include "compute/isa/agx_kernel.h"

static const u8 code[20] = { 0x88, 0, 8, 0, 8, 0 };

static const struct agx_param params[] = {
	{ "src", AGX_PARAM_BUFFER, 0, 1 },
	{ "n", AGX_PARAM_U32, 4, 2 },
	{ "scale", AGX_PARAM_F16, 8, 1 },
};

static const struct agx_kernel kernels[] = {
	{ .name = "plain", .code = code, .code_size = 20, .n_regs = 8 },
	{
		.name = "all", .code = code, .code_size = 4, .preamble = code,
		.preamble_size = 2, .n_regs = 64, .preamble_regs = 16, .n_uniforms = 16,
		.n_params = 3, .params = params, .constants = { code, 10, 6 }, .shared = 1024,
		.stack = 64, .threadgroup = { 8, 8, 2 },
	},
	{ .name = "last", .code = code, .code_size = 2, .n_regs = 256, .n_uniforms = 512 },
};

static void save(const char *dir, const char *name, u32 first, u32 n)
{
	void *data;
	size_t size;
	char *path;
	FILE *f;

	if (agx_container_build(&data, &size, kernels + first, n, NULL) ||
	    asprintf(&path, "%s/%s", dir, name) < 0)
		abort();
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		abort();
	free(path);
	agx_free(data);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: seed_agx_kernel DIR\n", stderr);
		return 2;
	}
	save(argv[1], "none", 0, 0);
	save(argv[1], "plain", 0, 1);
	save(argv[1], "all", 1, 1);
	save(argv[1], "three", 0, 3);
	return 0;
}
