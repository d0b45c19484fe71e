// SPDX-License-Identifier: MIT
/*
 * Writes the fuzzer's first models: each architecture, some types, the extras;
 * without the tensors' data, which the fuzzer has of its own.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/model/gguf.h"
#include "tests/lib/tiny_model.h"

static const struct {
	const char *name;
	struct tiny_opts opts;
} seeds[] = {
	{ "llama-f32", { .arch = "llama", .type = MUTSU_F32, .n_layer = 1, .biases = true } },
	{ "llama-f16", { .arch = "llama", .type = MUTSU_F16, .n_layer = 1, .rope_freqs = true } },
	{ "llama-q8_0", { .arch = "llama", .type = MUTSU_Q8_0, .n_layer = 1, .tied = true } },
	{ "llama-experts", { .arch = "llama", .type = MUTSU_Q8_0, .n_layer = 1, .experts = true } },
	{ "qwen2", { .arch = "qwen2", .type = MUTSU_Q8_0, .n_layer = 1 } },
	{ "qwen3", { .arch = "qwen3", .type = MUTSU_Q8_0, .n_layer = 1 } },
	{ "phi3", { .arch = "phi3", .type = MUTSU_Q8_0, .n_layer = 1, .rope_factors = true } },
	{ "gemma3", { .arch = "gemma3", .type = MUTSU_Q8_0, .n_layer = 1, .window = 2 } },
};

static size_t header_size(const uint8_t *data, size_t size)
{
	struct mutsu_gguf *gguf;
	size_t first = size;

	if (mutsu_gguf_open_memory(&gguf, data, size, "seed", NULL))
		errx(1, "a seed is no GGUF file");
	for (size_t i = 0; i < mutsu_gguf_n_tensors(gguf); i++) {
		const uint8_t *at = mutsu_gguf_tensor(gguf, i)->data;

		if ((size_t)(at - data) < first)
			first = (size_t)(at - data);
	}
	mutsu_gguf_close(gguf);
	return first;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: seed_model DIR");
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		struct tiny_model *m = tiny_new(&seeds[i].opts);
		struct gw *w = tiny_begin(m, NULL);
		const uint8_t *data;
		char path[4096];
		size_t size;
		FILE *file;

		data = gw_finish(w, &size);
		size = header_size(data, size);
		snprintf(path, sizeof(path), "%s/%s", argv[1], seeds[i].name);
		file = fopen(path, "wb");
		if (!file || fputc((int)i, file) == EOF || fwrite(data, 1, size, file) != size ||
		    fclose(file))
			err(1, "%s", path);
		gw_free(w);
		tiny_free(m);
	}
	return 0;
}
