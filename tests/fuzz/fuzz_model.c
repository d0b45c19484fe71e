// SPDX-License-Identifier: MIT
/*
 * Any bytes as a model: refused with a sentence, or it can be run.  What the
 * checks of shapes and numbers let through meets the executor, whose buffers the
 * address sanitizer watches.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/model/model.h"

/* Inputs are what comes before the tensors' data, for which this stands. */
#define WEIGHTS (320u << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
	if (!condition)
		abort();
}

/* A prompt and a token of generation, at the context's end. */
static void run(struct mutsu_model *model, uint8_t choice)
{
	static const char *const isas[] = { "ref", NULL };
	const struct mutsu_session_opts opts = {
		.size = sizeof(opts), .n_ctx = 4, .n_batch = 2, .n_threads = 1,
		.kv_type = choice & 1 ? MUTSU_KV_F32 : MUTSU_KV_F16, .isa = isas[choice >> 1 & 1],
	};
	const int32_t last = (int32_t)model->hp.n_vocab - 1, tokens[4] = { 0, last, 0, last };
	struct mutsu_session *session;
	struct mutsu_error err = { "" };

	if (mutsu_session_open(&session, model, &opts, &err)) {
		expect(*err.text);
		return;
	}
	expect(!mutsu_session_eval(session, tokens, 3, &err));
	expect(!mutsu_session_eval(session, tokens + 3, 1, &err));
	expect(mutsu_session_logits(session));
	expect(mutsu_session_eval(session, tokens, 1, &err) == -ENOSPC);
	mutsu_session_close(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mutsu_error err = { "" };
	struct mutsu_model *model;
	void *map;
	char *file;

	/* The first byte chooses. */
	if (!size || posix_memalign(&map, 32, size - 1 + WEIGHTS))
		return 0;
	file = map;
	memcpy(file, data + 1, size - 1);
	for (size_t i = 0; i < WEIGHTS; i++)
		file[size - 1 + i] = (char)(i * 37 >> 3);
	if (mutsu_model_open_memory(&model, file, size - 1 + WEIGHTS, "fuzz.gguf", NULL, &err)) {
		expect(*err.text);
	} else {
		run(model, data[0]);
		mutsu_model_close(model);
	}
	free(map);
	return 0;
}
