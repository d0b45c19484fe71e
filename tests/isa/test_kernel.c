// SPDX-License-Identifier: MIT
/* Kernel records and their container: there and back, and everything refused. */
#include <stdlib.h>
#include <string.h>

#include "compute/isa/agx_kernel.h"
#include "tests/lib/suite.h"

static const u8 code[22] = { 0x88, 0, 8, 0 };

static const struct agx_param params[] = {
	{ "src", AGX_PARAM_BUFFER, 0, 1 },
	{ "n", AGX_PARAM_U32, 4, 3 },
	{ "h", AGX_PARAM_F16, 11, 1 },
};

static const struct agx_kernel small = { .name = "small", .code = code, .code_size = 2, .n_regs = 8 };

static const struct agx_kernel full = {
	.name = "full_1",
	.code = code,
	.code_size = sizeof(code),
	.preamble = code + 2,
	.preamble_size = 4,
	.n_regs = 256,
	.preamble_regs = 16,
	.n_uniforms = 20,
	.n_params = 3,
	.params = params,
	.constants = { code, 12, 8 },
	.shared = 65536,
	.stack = 100,
	.threadgroup = { 16, 8, 4 },
};

static void same(const struct agx_kernel *a, const struct agx_kernel *b)
{
	ck_assert_str_eq(a->name, b->name);
	ck_assert_uint_eq(a->code_size, b->code_size);
	ck_assert(!memcmp(a->code, b->code, a->code_size));
	ck_assert_uint_eq(a->preamble_size, b->preamble_size);
	ck_assert(!a->preamble == !b->preamble);
	if (a->preamble)
		ck_assert(!memcmp(a->preamble, b->preamble, a->preamble_size));
	ck_assert(a->n_regs == b->n_regs && a->preamble_regs == b->preamble_regs);
	ck_assert(a->n_uniforms == b->n_uniforms && a->n_params == b->n_params);
	for (u32 i = 0; i < a->n_params; i++) {
		ck_assert_str_eq(a->params[i].name, b->params[i].name);
		ck_assert_uint_eq(a->params[i].type, b->params[i].type);
		ck_assert_uint_eq(a->params[i].start, b->params[i].start);
		ck_assert_uint_eq(a->params[i].count, b->params[i].count);
	}
	ck_assert_uint_eq(a->constants.start, b->constants.start);
	ck_assert_uint_eq(a->constants.halves, b->constants.halves);
	if (a->constants.halves)
		ck_assert(!memcmp(a->constants.data, b->constants.data, 2u * a->constants.halves));
	ck_assert(a->shared == b->shared && a->stack == b->stack);
	ck_assert(!memcmp(a->threadgroup, b->threadgroup, sizeof(a->threadgroup)));
}

/* A container that ends where its allocation does. */
static u8 *build(const struct agx_kernel *kernel, u32 n, size_t *size)
{
	struct agx_error err;
	void *data;
	u8 *copy;

	ck_assert_int_eq(agx_container_build(&data, size, kernel, n, &err), 0);
	copy = kt_buf(*size);
	memcpy(copy, data, *size);
	agx_free(data);
	return copy;
}

START_TEST(round_trip)
{
	struct agx_kernel kernels[3] = { small, full, small };
	struct agx_container container;
	size_t size;
	u8 *data;

	kernels[2].name = "x";
	for (u32 n = 0; n <= 3; n++) {
		data = build(kernels, n, &size);
		ck_assert_int_eq(agx_container_parse(&container, data, size, NULL), 0);
		ck_assert_uint_eq(container.n_kernels, n);
		for (u32 i = 0; i < n; i++)
			same(&container.kernel[i], &kernels[i]);
		agx_container_destroy(&container);
	}
}
END_TEST

START_TEST(layout)
{
	size_t size;
	const u8 *data = build(&small, 1, &size);
	static const u8 head[] = {
		'A', 'G', 'X', 'K', 1, 0, 0, 0, 114, 0, 0, 0, 1, 0, 0, 0, 32, 0, 0, 0, 108, 0, 0, 0,
		6, 0, 0, 0, 0, 0, 0, 0,
		/* name, code */
		0, 0, 0, 0, 104, 0, 0, 0, 2, 0, 0, 0,
	};

	ck_assert_uint_eq(size, 114);
	ck_assert(!memcmp(data, head, sizeof(head)));
	ck_assert(!memcmp(data + 104, code, 2) && !memcmp(data + 108, "small", 6));
}
END_TEST

/* One field of a kernel changed, and what is said of it. */
struct bad_kernel {
	size_t offset;
	u32 size;
	u64 value;
	const char *message;
};

#define BAD(field, value, message) { offsetof(struct agx_kernel, field),	\
	sizeof(((struct agx_kernel *)0)->field), value, message }

static const struct bad_kernel bad_kernels[] = {
	BAD(name, 0, "the kernel has no proper name"),
	BAD(code, 0, "the code has 0 bytes"),
	BAD(code_size, 0, "the code has 0 bytes"),
	BAD(code_size, 3, "the code has 3 bytes; an even number up to 1048576"),
	BAD(code_size, (1 << 20) + 2, "the code has 1048578 bytes"),
	BAD(preamble_size, 0, "the preamble has 0 bytes"),
	BAD(preamble_size, 5, "the preamble has 5 bytes"),
	BAD(preamble, 0, "of a preamble that is not there"),
	BAD(n_regs, 0, "0 register halves"),
	BAD(n_regs, 12, "12 register halves; a multiple of 8 up to 256"),
	BAD(n_regs, 264, "264 register halves"),
	BAD(preamble_regs, 0, "0 register halves of the preamble"),
	BAD(preamble_regs, 24, "24 register halves of the preamble; a multiple of 16 up to 256"),
	BAD(preamble_regs, 272, "272 register halves of the preamble"),
	BAD(n_uniforms, 513, "513 uniform halves; there are 512"),
	BAD(n_uniforms, 11, "parameter h, 1 f16 from half 11, does not fit into 11 halves"),
	BAD(n_uniforms, 19, "8 halves of constants from half 12 do not fit into 19"),
	BAD(n_params, 513, "513 parameters"),
	BAD(params, 0, "3 parameters"),
	BAD(constants.data, 0, "8 halves of constants from half 12"),
	BAD(constants.halves, 0, "0 halves of constants from half 12"),
	BAD(shared, 65537, "65537 bytes of threadgroup memory; there are 65536"),
	BAD(stack, 65537, "65537 bytes of stack; there are 65536"),
	BAD(threadgroup[0], 0, "threadgroups of 0 x 8 x 4"),
	BAD(threadgroup[1], 0, "threadgroups of 16 x 0 x 4"),
	BAD(threadgroup[1], 17, "threadgroups of 16 x 17 x 4; up to 1024 threads"),
	BAD(threadgroup[2], 65535, "threadgroups of 16 x 8 x 65535"),
};

START_TEST(refuse_kernel)
{
	const struct bad_kernel *bad = &bad_kernels[_i];
	struct agx_kernel kernel = full;
	struct agx_error err;
	size_t size = 77;
	void *data = (void *)code;

	ck_assert_int_eq(agx_kernel_check(&full, NULL), 0);
	memcpy((u8 *)&kernel + bad->offset, &bad->value, bad->size);
	ck_assert_int_eq(agx_kernel_check(&kernel, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, bad->message) != NULL, "%s lacks %s", err.text, bad->message);
	ck_assert(err.bit == -1 && err.column == -1);
	ck_assert_int_eq(agx_container_build(&data, &size, &kernel, 1, NULL), -EINVAL);
	ck_assert(data == code && size == 77);
}
END_TEST

START_TEST(refuse_param)
{
	static const struct {
		struct agx_param param;
		const char *message;
	} bad[] = {
		{ { NULL, AGX_PARAM_U32, 4, 1 }, "parameter 1 has no proper name" },
		{ { "", AGX_PARAM_U32, 4, 1 }, "parameter 1 has no proper name" },
		{ { "1", AGX_PARAM_U32, 4, 1 }, "parameter 1 has no proper name" },
		{ { "a-b", AGX_PARAM_U32, 4, 1 }, "parameter 1 has no proper name" },
		{ { "a234567890123456789012345678901234567890123456789012345678901234",
		    AGX_PARAM_U32, 4, 1 }, "parameter 1 has no proper name" },
		{ { "src", AGX_PARAM_U32, 4, 1 }, "two parameters are named src" },
		{ { "n", 8, 4, 1 }, "parameter n has the unknown type 8" },
		{ { "n", AGX_PARAM_U32, 4, 0 }, "parameter n, 0 u32 from half 4" },
		{ { "n", AGX_PARAM_U32, 5, 1 }, "parameter n, 1 u32 from half 5" },
		{ { "n", AGX_PARAM_U64, 14, 2 }, "2 u64 from half 14, does not fit into 20 halves" },
		{ { "n", AGX_PARAM_U16, 65535, 65535 }, "65535 u16 from half 65535" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct agx_param changed[3] = { params[0], bad[i].param, params[2] };
		struct agx_kernel kernel = full;
		struct agx_error err;

		kernel.params = changed;
		ck_assert_int_eq(agx_kernel_check(&kernel, &err), -EINVAL);
		ck_assert_msg(strstr(err.text, bad[i].message) != NULL, "%s lacks %s", err.text,
			      bad[i].message);
	}
}
END_TEST

START_TEST(refuse_build)
{
	struct agx_kernel kernels[2] = { small, small };
	struct agx_error err;
	size_t size;
	void *data;

	ck_assert_int_eq(agx_container_build(&data, &size, kernels, 2, &err), -EINVAL);
	ck_assert_str_eq(err.text, "two kernels are named small");
	ck_assert_int_eq(agx_container_build(&data, &size, kernels, 1025, &err), -EINVAL);
	ck_assert_str_eq(err.text, "1025 kernels; at most 1024");
}
END_TEST

static void refused(const u8 *data, size_t size, const char *message)
{
	struct agx_container container = { (void *)code, 7 };
	struct agx_error err;

	ck_assert_int_eq(agx_container_parse(&container, data, size, &err), -EINVAL);
	ck_assert_msg(strstr(err.text, message) != NULL, "%s lacks %s", err.text, message);
	ck_assert(container.kernel == (void *)code && container.n_kernels == 7);
	ck_assert_int_eq(agx_container_parse(&container, data, size, NULL), -EINVAL);
}

/* A word of a container with the kernel full, and what is said of it. */
static const struct {
	u32 at;
	u32 value;
	const char *message;
} bad_words[] = {
	{ 0, 0, "does not begin with AGXK" },
	{ 4, 2, "byte 4: version 2; this is for version 1" },
	{ 4, 1 | 1 << 16, "byte 6: 0x1; this version knows nothing but 0 there" },
	{ 8, 1, "byte 8: the file should have 1 bytes, it has " },
	{ 12, 1025, "byte 12: 1025 kernels; at most 1024" },
	{ 12, 9, "byte 16: kernels from byte 32 on, 648 bytes, in a file of " },
	{ 16, 31, "byte 16: kernels from byte 31 on, 72 bytes, in a file of " },
	{ 16, 0xffffffff, "byte 16: kernels from byte 4294967295 on" },
	{ 20, 0xffffffff, "byte 20: names from byte 4294967295 on" },
	{ 20, 0, "byte 20: names from byte 0 on" },
	{ 24, 0, "byte 32: a name at 0 of 0 bytes of names" },
	{ 24, 6, "byte 32: the name at 0 of 6 does not end" },
	{ 28, 1, "byte 28: 0x1; this version" },
	{ 32, 1000, "byte 32: a name at 1000 of " },
	{ 32, 6, "the kernel has no proper name" },
	{ 36, 0, "byte 36: code from byte 0 on, 22 bytes" },
	{ 36, 1000, "byte 36: code from byte 1000 on, 22 bytes" },
	{ 40, 21, "the code has 21 bytes" },
	{ 40, 0xfffffffe, "byte 36: code from byte 140 on, 4294967294 bytes" },
	{ 44, 0, "byte 44: preamble from byte 0 on, 4 bytes" },
	{ 48, 0, "the preamble has 0 bytes" },
	{ 52, 0, "byte 52: parameters from byte 0 on, 36 bytes" },
	{ 56, 513, "byte 56: 513 parameters; at most 512" },
	{ 56, 0, "byte 52: 0x68; this version" },
	{ 60, 8, "byte 60: constants from byte 8 on, 16 bytes" },
	{ 64, 12, "byte 60: 0xa8; this version" },
	{ 72, 20 | 1 << 16, "byte 74: 0x1; this version" },
	{ 88, 4 | 1 << 16, "byte 90: 0x1; this version" },
	{ 92, 1, "byte 92: 0x1; this version" },
	{ 96, 1, "byte 96: 0x1; this version" },
	{ 100, 1, "byte 100: 0x1; this version" },
	{ 104, 1000, "byte 104: a name at 1000 of " },
	{ 108, 9, "parameter src has the unknown type 9" },
	{ 112, 1 | 1 << 16, "byte 114: 0x1; this version" },
};

START_TEST(refuse_word)
{
	size_t size;
	u8 *data = build(&full, 1, &size);

	for (u32 i = 0; i < 4; i++)
		data[bad_words[_i].at + i] = (u8)(bad_words[_i].value >> 8 * i);
	refused(data, size, bad_words[_i].message);
}
END_TEST

START_TEST(refuse_file)
{
	struct agx_kernel kernels[2] = { small, full };
	struct agx_container container;
	size_t size;
	u8 *data;

	refused((const u8 *)"", 0, "does not begin with AGXK");
	refused((const u8 *)"AGXK\1", 5, "does not begin with AGXK");
	/* Whatever is cut off, and whatever byte is changed, nothing else happens. */
	data = build(kernels, 2, &size);
	for (size_t n = 0; n < size; n++) {
		u8 *part = kt_buf(n ? n : 1);

		memcpy(part, data, n);
		refused(part, n, "");
	}
	for (size_t i = 0; i < size; i++) {
		for (u32 bit = 0; bit < 8; bit++) {
			data[i] ^= (u8)(1 << bit);
			if (!agx_container_parse(&container, data, size, NULL))
				agx_container_destroy(&container);
			data[i] ^= (u8)(1 << bit);
		}
	}
	/* The second one's name is the first one's. */
	data = build((struct agx_kernel[]){ small, [1] = { .name = "other", .code = code,
		     .code_size = 2, .n_regs = 8 } }, 2, &size);
	memset(data + 32 + 72, 0, 4);
	refused(data, size, "two kernels are named small");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kernel");
	TCase *tc = tcase_create("kernel");

	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, layout);
	tcase_add_loop_test(tc, refuse_kernel, 0, (int)ARRAY_SIZE(bad_kernels));
	tcase_add_test(tc, refuse_param);
	tcase_add_test(tc, refuse_build);
	tcase_add_loop_test(tc, refuse_word, 0, (int)ARRAY_SIZE(bad_words));
	tcase_add_test(tc, refuse_file);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
