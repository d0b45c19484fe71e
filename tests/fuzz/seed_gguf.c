// SPDX-License-Identifier: MIT
/* seed_gguf DIR: writes the files that fuzzing of the GGUF reader starts from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/gguf_write.h"

static const char *dir;

static void save(struct gw *w, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		abort();
	gw_save(w, path);
	free(path);
	gw_free(w);
}

static void scalars(void)
{
	struct gw *w = gw_begin(3);

	gw_u8(w, "a.u8", 255);
	gw_i8(w, "a.i8", -128);
	gw_u16(w, "a.u16", 65535);
	gw_i16(w, "a.i16", -1);
	gw_u32(w, "a.u32", 1u << 31);
	gw_i32(w, "a.i32", -2);
	gw_u64(w, "a.u64", UINT64_MAX);
	gw_i64(w, "a.i64", INT64_MIN);
	gw_f32(w, "a.f32", 1e-5f);
	gw_f64(w, "a.f64", 1e300);
	gw_bool(w, "a.bool", true);
	gw_string(w, "a.string", "caf\u00e9 \U0001f34e\n\\\"");
	gw_string(w, "a.empty", "");
	save(w, "scalars");
}

static void arrays(void)
{
	static const char *const words[] = { "<unk>", "", "\u2581a", "\n" };
	static const uint8_t nested[] = {
		GGUF_ARRAY, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
		GGUF_ARRAY, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
		GGUF_BOOL, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0,
		GGUF_STRING, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'x',
	};
	struct gw *w = gw_begin(3);

	gw_array(w, "f32", GGUF_FLOAT32, 3, (float[]){ 1, -0.5f, 1e9f });
	gw_array(w, "f64", GGUF_FLOAT64, 2, (double[]){ 1, 0.1 });
	gw_array(w, "i32", GGUF_INT32, 10, (int32_t[10]){ 1, -2 });
	gw_array(w, "u64", GGUF_UINT64, 1, (uint64_t[]){ UINT64_MAX });
	gw_array(w, "i16", GGUF_INT16, 3, (int16_t[]){ 1, 2, 3 });
	gw_array(w, "u8", GGUF_UINT8, 0, NULL);
	gw_array(w, "bool", GGUF_BOOL, 2, (uint8_t[]){ 0, 1 });
	gw_strings(w, "words", 4, words);
	gw_raw(w, "nested", 6, GGUF_ARRAY, nested, sizeof(nested));
	gw_nested(w, "deep", 4);
	save(w, "arrays");
}

static void tensors(void)
{
	struct gw *w = gw_begin(2);

	gw_tensor(w, "token_embd.weight", MUTSU_F16, 2, (uint64_t[]){ 8, 4 }, NULL);
	gw_tensor(w, "blk.0.attn_q.weight", MUTSU_Q4_0, 2, (uint64_t[]){ 32, 2 }, NULL);
	gw_tensor(w, "blk.0.ffn_gate_exps.weight", MUTSU_Q8_0, 3, (uint64_t[]){ 32, 2, 2 }, NULL);
	gw_tensor(w, "four", MUTSU_BF16, 4, (uint64_t[]){ 1, 2, 3, 4 }, NULL);
	gw_tensor(w, "output.weight", MUTSU_Q4_K, 1, (uint64_t[]){ 256 }, NULL);
	save(w, "tensors");
}

static void aligned(uint32_t alignment, const char *name)
{
	struct gw *w = gw_begin(3);

	gw_alignment(w, alignment);
	gw_tensor(w, "one", MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
	gw_tensor(w, "two", MUTSU_F32, 2, (uint64_t[]){ 3, 1 }, NULL);
	save(w, name);
}

/* Like a real model's, with a tokenizer. */
static void model(void)
{
	static const char *const tokens[] = { "<unk>", "<s>", "</s>", "<0x0A>", "\u2581a", "b" };
	struct gw *w = gw_begin(3);

	gw_string(w, "general.architecture", "llama");
	gw_string(w, "general.name", "seed");
	gw_u32(w, "llama.context_length", 16);
	gw_u32(w, "llama.block_count", 1);
	gw_u32(w, "llama.embedding_length", 32);
	gw_f32(w, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
	gw_string(w, "tokenizer.ggml.model", "llama");
	gw_strings(w, "tokenizer.ggml.tokens", 6, tokens);
	gw_array(w, "tokenizer.ggml.scores", GGUF_FLOAT32, 6, (float[6]){ 0, 0, 0, 0, -1, -2 });
	gw_array(w, "tokenizer.ggml.token_type", GGUF_INT32, 6,
		 (int32_t[]){ 2, 3, 3, 6, 1, 1 });
	gw_bool(w, "tokenizer.ggml.add_bos_token", true);
	gw_tensor(w, "token_embd.weight", MUTSU_F32, 2, (uint64_t[]){ 32, 6 }, NULL);
	gw_tensor(w, "output_norm.weight", MUTSU_F32, 1, (uint64_t[]){ 32 }, NULL);
	save(w, "model");
}

static void split(void)
{
	struct gw *w = gw_begin(3);

	gw_u16(w, "split.no", 0);
	gw_u16(w, "split.count", 1);
	gw_i32(w, "split.tensors.count", 1);
	gw_tensor(w, "t", MUTSU_F32, 1, (uint64_t[]){ 1 }, NULL);
	save(w, "split");
}

/* Refused ones, each for another reason. */
static void refused(void)
{
	struct gw *w = gw_begin(1);
	size_t size;

	save(w, "version-1");
	save(gw_begin(0x03000000), "big-endian");

	w = gw_begin(3);
	gw_u32(w, "twice", 1);
	gw_u32(w, "twice", 2);
	save(w, "key-twice");

	w = gw_begin(3);
	gw_nested(w, "too-deep", 5);
	save(w, "nested");

	w = gw_begin(3);
	gw_tensor(w, "huge", MUTSU_F32, 2, (uint64_t[]){ 2, 2 }, NULL);
	gw_finish(w, &size);
	gw_set_u64(w, gw_shape_at(w, "huge") + 4, 1ull << 62);
	save(w, "overflow");

	w = gw_begin(3);
	gw_strings(w, "words", 1, (const char *[]){ "a" });
	gw_finish(w, &size);
	gw_set_u64(w, gw_type_at(w, "words") + 8, UINT64_MAX);
	save(w, "array-length");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seed_gguf DIR\n");
		return 2;
	}
	dir = argv[1];
	scalars();
	arrays();
	tensors();
	aligned(8, "aligned-8");
	aligned(64, "aligned-64");
	model();
	split();
	refused();
	return 0;
}
