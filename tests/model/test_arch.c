// SPDX-License-Identifier: MIT
/*
 * What an architecture makes of metadata and tensors that files have in more
 * than one way, and refusals of what would change results if it were ignored.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "runtime/include/mutsu/mutsu.h"
#include "runtime/model/arch.h"
#include "tests/lib/gguf_vocab.h"
#include "tests/lib/tiny_model.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* Of a file that w becomes; frees it. */
static int read_hparams(struct mutsu_hparams *hp, struct gw *w, struct mutsu_error *err)
{
	const struct mutsu_arch *arch;
	struct mutsu_gguf *gguf;
	size_t size;
	const uint8_t *data = gw_finish(w, &size);
	int ret;

	ck_assert_int_eq(mutsu_gguf_open_memory(&gguf, data, size, "test.gguf", err), 0);
	ret = mutsu_arch_find(&arch, gguf, err);
	if (!ret)
		ret = mutsu_hparams_read(hp, arch, gguf, err);
	mutsu_gguf_close(gguf);
	gw_free(w);
	return ret;
}

static struct gw *begin(const char *arch)
{
	struct tiny_model *m = tiny_new(&(struct tiny_opts){ .arch = arch, .n_layer = 7 });
	struct gw *w = tiny_begin(m, NULL);

	tiny_free(m);
	return w;
}

/* Keys as converters have written them; NAN: no such key. */
static const struct {
	const char *type;
	float factor, old_factor;
	float divisor;		/* of positions; 0: refused */
} scalings[] = {
	{ NULL, NAN, NAN, 1 },
	{ NULL, 4, NAN, 4 },
	{ NULL, NAN, 2.5f, 2.5f },
	{ NULL, 4, 2.5f, 4 },
	{ NULL, 0, NAN, 1 },
	{ "none", 4, NAN, 1 },
	{ "none", -4, NAN, 1 },
	{ "linear", NAN, NAN, 1 },
	{ "linear", 4, NAN, 4 },
	{ "linear", 0, NAN, 1 },
	{ "linear", NAN, 2.5f, 2.5f },
	{ "longrope", NAN, NAN, 1 },
	{ "longrope", 4, NAN, 4 },
	{ NULL, -4, NAN, 0 },
	{ NULL, INFINITY, NAN, 0 },
	{ NULL, 1e-45f, NAN, 0 },
	{ "linear", NAN, -1, 0 },
};

START_TEST(rope_scaling)
{
	struct gw *w = begin("llama");
	struct mutsu_hparams hp;
	struct mutsu_error err = { "" };
	int ret;

	if (scalings[_i].type)
		gw_string(w, "llama.rope.scaling.type", scalings[_i].type);
	if (!isnan(scalings[_i].factor))
		gw_f32(w, "llama.rope.scaling.factor", scalings[_i].factor);
	if (!isnan(scalings[_i].old_factor))
		gw_f32(w, "llama.rope.scale_linear", scalings[_i].old_factor);
	ret = read_hparams(&hp, w, &err);
	if (scalings[_i].divisor != 0.0f) {
		ck_assert_msg(!ret, "%s", err.text);
		ck_assert_float_eq(hp.rope_scale, 1.0f / scalings[_i].divisor);
	} else {
		ck_assert_int_eq(ret, -EINVAL);
		ck_assert_msg(strstr(err.text, "not a number above 0"), "%s", err.text);
	}
}
END_TEST

START_TEST(causal)
{
	for (int value = 0; value < 2; value++) {
		struct gw *w = begin("qwen2");
		struct mutsu_hparams hp;
		struct mutsu_error err = { "" };
		int ret;

		gw_bool(w, "qwen2.attention.causal", value);
		ret = read_hparams(&hp, w, &err);
		ck_assert_int_eq(ret, value ? 0 : -ENOTSUP);
		if (!value)
			ck_assert_msg(strstr(err.text, "qwen2.attention.causal is false"), "%s",
				      err.text);
	}
}
END_TEST

#define PATTERN "gemma3.attention.sliding_window_pattern"

/* Layers that see the window: bit il, of seven. */
static uint32_t windowed(const struct mutsu_hparams *hp)
{
	uint32_t bits = 0;

	for (uint32_t il = 0; il < hp->n_layer; il++)
		bits |= (uint32_t)mutsu_hparams_windowed(hp, il) << il;
	return bits;
}

START_TEST(window_period)
{
	static const uint32_t periods[][2] = {
		{ 6, 0x5f }, { 2, 0x55 }, { 3, 0x5b }, { 1, 0 }, { 0, 0x7f }, { 7, 0x3f },
		{ 100, 0x7f },
	};

	for (int i = -1; i < COUNT(periods); i++) {
		struct gw *w = begin("gemma3");
		struct mutsu_hparams hp;
		struct mutsu_error err = { "" };

		gw_u32(w, "gemma3.attention.sliding_window", 8);
		if (i >= 0)
			gw_u32(w, PATTERN, periods[i][0]);
		ck_assert_msg(!read_hparams(&hp, w, &err), "%s", err.text);
		ck_assert_uint_eq(windowed(&hp), periods[i < 0 ? 0 : i][1]);
	}
}
END_TEST

/* One item for each layer, as bool or as a number; every pattern there is. */
START_TEST(window_layers)
{
	int refused = 0;

	for (uint32_t bits = 0; bits < 1u << 7; bits++) {
		struct gw *w = begin("gemma3");
		struct mutsu_hparams hp;
		struct mutsu_error err = { "" };
		uint32_t numbers[7];
		uint8_t bools[7];
		int ret;

		for (int il = 0; il < 7; il++)
			numbers[il] = bools[il] = bits >> il & 1;
		gw_u32(w, "gemma3.attention.sliding_window", 8);
		if (bits % 2)
			gw_array(w, PATTERN, GGUF_BOOL, 7, bools);
		else
			gw_array(w, PATTERN, GGUF_UINT32, 7, numbers);
		ret = read_hparams(&hp, w, &err);
		if (ret) {
			ck_assert_int_eq(ret, -ENOTSUP);
			ck_assert_msg(strstr(err.text, "equal distances"), "%s", err.text);
			refused++;
		} else {
			ck_assert_uint_eq(windowed(&hp), bits);
		}
	}
	/* A period of 1 to 7, or none. */
	ck_assert_int_eq(refused, (1 << 7) - 8);
}
END_TEST

START_TEST(window_refused)
{
	static const uint32_t six[6];
	static const float floats[7];
	struct mutsu_hparams hp;
	struct mutsu_error err;
	struct gw *w = begin("gemma3");

	gw_array(w, PATTERN, GGUF_UINT32, 6, six);
	ck_assert_int_eq(read_hparams(&hp, w, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, PATTERN " has 6 items for 7 layers"), "%s", err.text);

	w = begin("gemma3");
	gw_array(w, PATTERN, GGUF_FLOAT32, 7, floats);
	ck_assert_int_eq(read_hparams(&hp, w, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, "array of float32"), "%s", err.text);

	w = begin("gemma3");
	gw_string(w, PATTERN, "two");
	ck_assert_int_eq(read_hparams(&hp, w, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, "expected"), "%s", err.text);
}
END_TEST

START_TEST(softcap)
{
	struct mutsu_hparams hp;
	struct mutsu_error err;
	struct gw *w = begin("gemma3");

	gw_f32(w, "gemma3.final_logit_softcapping", 0.0f);
	ck_assert_int_eq(read_hparams(&hp, w, &err), 0);
	w = begin("gemma3");
	gw_f32(w, "gemma3.final_logit_softcapping", 30.0f);
	ck_assert_int_eq(read_hparams(&hp, w, &err), -ENOTSUP);
	ck_assert_msg(strstr(err.text, "final_logit_softcapping is 30"), "%s", err.text);
}
END_TEST

/* A bias, a scale, a layer too many: nothing reads them, so nothing may have them. */
START_TEST(tensors_unread)
{
	static const char *const names[] = {
		"blk.0.ffn_gate.bias", "blk.1.attn_q.scale", "blk.2.attn_norm.weight",
		"blk.00.attn_norm.weight", "blk.01.attn_norm.weight", "blk..attn_norm.weight",
		"blk.4294967296.attn_norm.weight", "blk.0.", "blk.0", "blk.", "blk", "",
		"blk.0.attn_qkv.weight", "output.bias", "token_embd.weights",
	};

	for (int i = 0; i < COUNT(names); i++) {
		struct tiny_model *m = tiny_new(&(struct tiny_opts){ .arch = "llama" });
		struct gw *w = tiny_begin(m, NULL);
		struct mutsu_model *model = NULL;
		struct mutsu_error err = { "" };

		gw_tensor(w, names[i], MUTSU_F32, 1, (uint64_t[]){ 64 }, NULL);
		ck_assert_int_lt(mutsu_model_open(&model, tiny_path(w), NULL, &err), 0);
		ck_assert_ptr_null(model);
		ck_assert_msg(!*names[i] || strstr(err.text, names[i]), "%s", err.text);
		ck_assert_msg(!*names[i] || strstr(err.text, "has no place in a llama model"),
			      "%s", err.text);
		tiny_free(m);
	}
}
END_TEST

START_TEST(vocabulary_only)
{
	static const char *const counts[] = {
		"llama.context_length", "llama.embedding_length", "llama.block_count",
		"llama.feed_forward_length", "llama.attention.head_count",
	};
	struct mutsu_model_opts opts = { .size = sizeof(opts), .vocab_only = true };
	struct mutsu_model *model = NULL;
	struct mutsu_error err = { "" };
	struct gw *w = gw_begin(3);
	const char *path;

	gw_string(w, "general.architecture", "llama");
	for (int i = 0; i < COUNT(counts); i++)
		gw_u32(w, counts[i], i == COUNT(counts) - 1 ? 4 : 64);
	gw_f32(w, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
	gv_spm(w, NULL, 0);
	path = tiny_path(w);
	ck_assert_int_eq(mutsu_model_open(&model, path, NULL, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, "has a vocabulary but no weights"), "%s", err.text);
	ck_assert_msg(!mutsu_model_open(&model, path, &opts, &err), "%s", err.text);
	mutsu_model_close(model);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arch");
	TCase *tcase = tcase_create("metadata");

	tcase_add_loop_test(tcase, rope_scaling, 0, COUNT(scalings));
	tcase_add_test(tcase, causal);
	tcase_add_test(tcase, window_period);
	tcase_add_test(tcase, window_layers);
	tcase_add_test(tcase, window_refused);
	tcase_add_test(tcase, softcap);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("tensors");
	tcase_add_test(tcase, tensors_unread);
	tcase_add_test(tcase, vocabulary_only);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
