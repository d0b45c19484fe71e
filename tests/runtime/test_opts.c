// SPDX-License-Identifier: MIT
/* Option structs of older and newer callers, and of careless ones. */
#include "tests/lib/suite.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/opts.h"

struct opts {
	size_t size;
	uint32_t first, second;
	const char *third;
};

static const struct opts untouched = { 1, 2, 3, "kept" };

START_TEST(null_is_all_defaults)
{
	struct opts out = untouched;

	ck_assert_int_eq(mutsu_opts_copy(&out, sizeof(out), NULL, NULL, "opts"), 0);
	ck_assert_uint_eq(out.size, sizeof(out));
	ck_assert_uint_eq(out.first, 0);
	ck_assert_uint_eq(out.second, 0);
	ck_assert_ptr_null(out.third);
}
END_TEST

START_TEST(same_size)
{
	struct opts in = { sizeof(in), 7, 8, "nine" }, out = untouched;

	ck_assert_int_eq(mutsu_opts_copy(&out, sizeof(out), &in, NULL, "opts"), 0);
	ck_assert_uint_eq(out.size, sizeof(out));
	ck_assert_uint_eq(out.first, 7);
	ck_assert_uint_eq(out.second, 8);
	ck_assert_str_eq(out.third, "nine");
}
END_TEST

/* The caller's struct ends at an unreadable page wherever it ends. */
START_TEST(older_caller)
{
	const struct opts all = { 0, 7, 8, "nine" };

	for (size_t size = sizeof(size_t); size <= sizeof(all); size += sizeof(uint32_t)) {
		struct opts out = untouched;
		char *in = kt_buf(size);

		memcpy(in, &all, size);
		memcpy(in, &size, sizeof(size));
		if (size > offsetof(struct opts, third) && size < sizeof(all))
			continue;
		ck_assert_int_eq(mutsu_opts_copy(&out, sizeof(out), in, NULL, "opts"), 0);
		ck_assert_uint_eq(out.size, sizeof(out));
		ck_assert_uint_eq(out.first, size > offsetof(struct opts, first) ? 7 : 0);
		ck_assert_uint_eq(out.second, size > offsetof(struct opts, second) ? 8 : 0);
		if (size < sizeof(all))
			ck_assert_ptr_null(out.third);
	}
}
END_TEST

START_TEST(newer_caller)
{
	struct {
		struct opts known;
		uint64_t tail[2];
	} in = { .known = { sizeof(in), 7, 8, "nine" } };
	struct mutsu_error err;
	struct opts out = untouched;

	ck_assert_int_eq(mutsu_opts_copy(&out, sizeof(out), &in, NULL, "opts"), 0);
	ck_assert_uint_eq(out.size, sizeof(out));
	ck_assert_str_eq(out.third, "nine");

	/* The first word that is not known, and the last. */
	out = untouched;
	in.known.size = sizeof(in.known) + sizeof(in.tail[0]);
	in.tail[0] = 1;
	ck_assert_int_eq(mutsu_opts_copy(&out, sizeof(out), &in, NULL, "opts"), -EINVAL);
	in.known.size = sizeof(in);
	in.tail[0] = 0;
	in.tail[1] = (uint64_t)1 << 63;
	ck_assert_int_eq(mutsu_opts_copy(&out, sizeof(out), &in, &err, "opts"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "struct opts"));
	ck_assert_ptr_nonnull(strstr(err.text, "update libmutsu"));
	ck_assert_mem_eq(&out, &untouched, sizeof(out));
}
END_TEST

START_TEST(size_not_set)
{
	static const size_t sizes[] = { 0, 1, sizeof(size_t) - 1, 4097, SIZE_MAX };
	struct opts out = untouched;
	struct mutsu_error err;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t *in = kt_buf(sizeof(*in));

		*in = sizes[i];
		ck_assert_int_eq(mutsu_opts_copy(&out, sizeof(out), in, &err, "opts"), -EINVAL);
		ck_assert_ptr_nonnull(strstr(err.text, "sizeof(struct opts)"));
		ck_assert_int_eq(mutsu_opts_copy(&out, sizeof(out), in, NULL, "opts"), -EINVAL);
		ck_assert_mem_eq(&out, &untouched, sizeof(out));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opts");
	TCase *tc = tcase_create("copy");

	tcase_add_test(tc, null_is_all_defaults);
	tcase_add_test(tc, same_size);
	tcase_add_test(tc, older_caller);
	tcase_add_test(tc, newer_caller);
	tcase_add_test(tc, size_not_set);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
