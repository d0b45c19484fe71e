// SPDX-License-Identifier: MIT
/*
 * Counting op by op, on the software AGX in this process (fake_gpu.h): logits stay what
 * they are, sums are those of the ops, and what ops need is worked out by hand.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "fake_gpu.h"
#include "compute/kernels.h"
#include "tests/lib/tiny_model.h"

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))
#define N_CTX		64
#define N_TOKENS	40
#define MAX_OPS		32

static const struct tiny_opts models[] = {
	{ .arch = "llama", .type = MUTSU_Q8_0, .biases = true },
	{ .arch = "llama", .type = MUTSU_F16, .experts = true },
	{ .arch = "qwen3", .type = MUTSU_F32, .tied = true },
	{ .arch = "gemma3", .type = MUTSU_F16, .tied = true, .window = 9 },
};

static struct mutsu_model *model;
static struct tiny_dims dims;
static int32_t tokens[N_TOKENS];

static void setup(void)
{
	fake_gpu_reset();
	fake_gpu.software = true;
}

static void open_model(const struct tiny_opts *opts)
{
	struct mutsu_model_opts model_opts = { .size = sizeof(model_opts) };
	struct tiny_model *tiny = tiny_new(opts);
	struct mutsu_error err = { "" };

	ck_assert_msg(!mutsu_model_open(&model, tiny_path(tiny_begin(tiny, NULL)), &model_opts,
					&err), "%s", err.text);
	dims = tiny->dims;
	for (int i = 0; i < N_TOKENS; i++)
		tokens[i] = (int32_t)kt_below(dims.n_vocab);
	tiny_free(tiny);
}

static struct mutsu_session *open_session(const char *device)
{
	struct mutsu_session_opts opts = {
		.size = sizeof(opts), .n_ctx = N_CTX, .n_threads = 1, .device = device,
		.n_batch = N_TOKENS, .kv_type = MUTSU_KV_F16,
	};
	struct mutsu_error err = { "" };
	struct mutsu_session *s;

	ck_assert_msg(!mutsu_session_open(&s, model, &opts, &err), "%s", err.text);
	return s;
}

static const struct mutsu_profile_op *find(const struct mutsu_profile_op *ops, int n,
					   const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	ck_abort_msg("there is no %s", name);
}

static void check_sums(const struct mutsu_profile_op *ops, int n)
{
	for (int i = 0; i < n; i++) {
		const struct mutsu_profile_op *op = &ops[i];

		ck_assert_uint_gt(op->n_ops, 0);
		ck_assert_uint_ge(op->n_launches, op->n_ops);
		ck_assert_uint_gt(op->n_insns, 0);
		ck_assert_uint_eq(op->n_insns, op->n_int + op->n_float + op->n_half +
				  op->n_matrix + op->n_simd + op->n_flow + op->n_memory +
				  op->n_local);
		ck_assert_uint_gt(op->read_bytes, 0);
		ck_assert_uint_gt(op->write_bytes, 0);
		ck_assert_uint_gt(op->need_bytes, 0);
	}
}

/* A prompt, then a token: as the session that does not count. */
START_TEST(same_logits)
{
	static struct mutsu_profile_op ops[MAX_OPS];
	const size_t n_prompt = N_TOKENS - 1;
	struct mutsu_error err = { "" };
	struct mutsu_session *a, *b;
	size_t size;
	int n;

	open_model(&models[_i]);
	size = dims.n_vocab * sizeof(float);
	a = open_session("soft");
	b = open_session("soft");
	n = mutsu_session_profile(a, tokens, n_prompt, ops, MAX_OPS, &err);
	ck_assert_msg(n > 0 && n <= MAX_OPS, "%d: %s", n, err.text);
	check_sums(ops, n);
	ck_assert_uint_eq(mutsu_session_pos(a), n_prompt);
	ck_assert(!mutsu_session_eval(b, tokens, n_prompt, &err));
	ck_assert(!memcmp(mutsu_session_logits(a), mutsu_session_logits(b), size));

	n = mutsu_session_profile(a, tokens + n_prompt, 1, ops, MAX_OPS, &err);
	ck_assert_msg(n > 0, "%d: %s", n, err.text);
	check_sums(ops, n);
	ck_assert(!mutsu_session_eval(b, tokens + n_prompt, 1, &err));
	ck_assert(!memcmp(mutsu_session_logits(a), mutsu_session_logits(b), size));
	mutsu_session_close(a);
	mutsu_session_close(b);
	mutsu_model_close(model);
	ck_assert_int_eq(fake_gpu.n_buffers, 0);
	ck_assert_int_eq(fake_gpu.n_open, 0);
}
END_TEST

/* llama without experts, weights of 8 bits: 34 bytes for 32 of them. */
START_TEST(needs)
{
	static struct mutsu_profile_op ops[MAX_OPS];
	const uint32_t pos = 20;
	const struct mutsu_profile_op *op;
	struct mutsu_session *s;
	uint64_t embd, q, kv, macs;
	int n;

	open_model(&models[0]);
	s = open_session("soft");
	ck_assert(!mutsu_session_eval(s, tokens, pos, NULL));
	n = mutsu_session_profile(s, tokens + pos, 1, ops, MAX_OPS, NULL);
	ck_assert_int_gt(n, 0);
	embd = dims.n_embd;
	q = dims.n_head * dims.head_dim;
	kv = dims.n_head_kv * dims.head_dim;

	op = find(ops, n, "embed");
	ck_assert_uint_eq(op->n_ops, 1);
	ck_assert_str_eq(op->type, "Q8_0");
	ck_assert_uint_eq(op->need_bytes, embd / 32 * 34 + 4 * embd + 4);
	op = find(ops, n, "attend");
	ck_assert_uint_eq(op->n_ops, dims.n_layer);
	ck_assert_str_eq(op->type, "");
	ck_assert_uint_eq(op->macs, dims.n_layer * 2 * q * (pos + 1));
	ck_assert_uint_eq(op->need_bytes,
			  dims.n_layer * (2 * (pos + 1) * kv * sizeof(uint16_t) + 2 * q * 4));
	op = find(ops, n, "matmul");
	macs = (q + 2 * kv + q + 3 * dims.n_ff) * embd;
	ck_assert_uint_eq(op->macs, dims.n_layer * macs);
	ck_assert_uint_ge(op->need_bytes, dims.n_layer * macs / 32 * 34);
	ck_assert_uint_ge(op->read_bytes, dims.n_layer * macs / 32 * 34);
	op = find(ops, n, "logits");
	ck_assert_uint_eq(op->macs, embd * dims.n_vocab);
	ck_assert_uint_eq(op->need_bytes, embd / 32 * 34 * dims.n_vocab +
			  4 * (embd + dims.n_vocab));
	mutsu_session_close(s);
	mutsu_model_close(model);
}
END_TEST

START_TEST(room)
{
	struct mutsu_profile_op all[MAX_OPS], ops[MAX_OPS], untouched;
	struct mutsu_session *s;
	int n;

	open_model(&models[0]);
	s = open_session("soft");
	n = mutsu_session_profile(s, tokens, 1, all, MAX_OPS, NULL);
	memset(ops, 0xa5, sizeof(ops));
	untouched = ops[2];
	ck_assert_int_eq(mutsu_session_profile(s, tokens, 1, ops, 2, NULL), n);
	ck_assert_str_eq(ops[1].name, all[1].name);
	ck_assert(!memcmp(&ops[2], &untouched, sizeof(untouched)));
	ck_assert_int_eq(mutsu_session_profile(s, tokens, 1, NULL, 0, NULL), n);
	mutsu_session_close(s);
	mutsu_model_close(model);
}
END_TEST

START_TEST(refused)
{
	struct mutsu_profile_op ops[MAX_OPS];
	struct mutsu_error err = { "" };
	int32_t bad = -1;
	struct mutsu_session *s;

	open_model(&models[0]);
	s = open_session("cpu");
	ck_assert_int_eq(mutsu_session_profile(s, tokens, 1, ops, MAX_OPS, &err), -ENOTSUP);
	ck_assert_msg(strstr(err.text, "soft"), "%s", err.text);
	mutsu_session_close(s);

	s = open_session("soft");
	ck_assert_int_eq(mutsu_session_profile(s, tokens, 0, ops, MAX_OPS, NULL), -EINVAL);
	ck_assert_int_eq(mutsu_session_profile(s, &bad, 1, ops, MAX_OPS, NULL), -EINVAL);
	ck_assert(!mutsu_session_eval(s, tokens, N_TOKENS, NULL));
	ck_assert_int_eq(mutsu_session_profile(s, tokens, N_TOKENS, ops, MAX_OPS, NULL), -ENOSPC);
	/* A fault: no token more, and the session goes on. */
	fake_gpu.launches = 5;
	ck_assert_int_eq(mutsu_session_profile(s, tokens, 3, ops, MAX_OPS, &err), -EIO);
	ck_assert_uint_eq(mutsu_session_pos(s), N_TOKENS);
	ck_assert_int_gt(mutsu_session_profile(s, tokens, 3, ops, MAX_OPS, &err), 0);
	mutsu_session_close(s);

	fake_gpu.software = false;
	s = open_session("agx");
	ck_assert_int_eq(mutsu_session_profile(s, tokens, 1, ops, MAX_OPS, &err), -ENOTSUP);
	ck_assert_msg(strstr(err.text, "does not count"), "%s", err.text);
	ck_assert(!mutsu_session_eval(s, tokens, 1, NULL));
	mutsu_session_close(s);
	mutsu_model_close(model);
	ck_assert_int_eq(fake_gpu.n_buffers, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("profile");
	TCase *tc = tcase_create("profile");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, same_logits, 0, COUNT(models));
	tcase_add_test(tc, needs);
	tcase_add_test(tc, room);
	tcase_add_test(tc, refused);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
