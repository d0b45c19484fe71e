// SPDX-License-Identifier: MIT
/*
 * Dequantisation against ggml's own results, bit for bit: blocks as stored in
 * real GGUF files and what ggml made of them (shared test data, quant/).
 */
#include "compute/ops/dequant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/type.h"
#include "tests/lib/suite.h"

static const struct {
	enum mutsu_type type;
	mutsu_dequant_fn *fn;
} types[] = {
	{ MUTSU_F16, mutsu_dequant_f16_ref },
	{ MUTSU_BF16, mutsu_dequant_bf16_ref },
	{ MUTSU_Q4_0, mutsu_dequant_q4_0_ref },
	{ MUTSU_Q4_1, mutsu_dequant_q4_1_ref },
	{ MUTSU_Q5_0, mutsu_dequant_q5_0_ref },
	{ MUTSU_Q5_1, mutsu_dequant_q5_1_ref },
	{ MUTSU_Q8_0, mutsu_dequant_q8_0_ref },
	{ MUTSU_Q2_K, mutsu_dequant_q2_k_ref },
	{ MUTSU_Q3_K, mutsu_dequant_q3_k_ref },
	{ MUTSU_Q4_K, mutsu_dequant_q4_k_ref },
	{ MUTSU_Q5_K, mutsu_dequant_q5_k_ref },
	{ MUTSU_Q6_K, mutsu_dequant_q6_k_ref },
	{ MUTSU_IQ4_NL, mutsu_dequant_iq4_nl_ref },
	{ MUTSU_IQ4_XS, mutsu_dequant_iq4_xs_ref },
};

#define N_TYPES	((int)(sizeof(types) / sizeof(types[0])))

/* The whole of quant/NAME.SUFFIX in a kt_buf(). */
static void *load(const char *name, const char *suffix, size_t *size)
{
	char file[64], *path;
	FILE *f;
	void *data;

	snprintf(file, sizeof(file), "quant/%s.%s", name, suffix);
	path = suite_data(name, file);
	ck_assert_ptr_nonnull(path);
	f = fopen(path, "rb");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, 0, SEEK_END), 0);
	*size = (size_t)ftell(f);
	rewind(f);
	data = kt_buf(*size);
	ck_assert_uint_eq(fread(data, 1, *size, f), *size);
	fclose(f);
	free(path);
	return data;
}

/* Rows do not matter here: they are whole blocks, one after the other. */
START_TEST(as_ggml)
{
	const char *name = mutsu_type_info(types[_i].type)->name;
	size_t size, want_size;
	const void *blocks = load(name, "bin", &size);
	const float *want = load(name, "f32", &want_size);
	float *got = kt_buf(want_size);
	size_t n = want_size / sizeof(*want);

	ck_assert_uint_gt(n, 0);
	ck_assert_uint_eq(mutsu_type_row_size(types[_i].type, n), size);
	types[_i].fn(got, blocks, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(!memcmp(got + i, want + i, sizeof(*want)),
			      "%s: element %zu is %a, ggml says %a", name, i,
			      (double)got[i], (double)want[i]);
}
END_TEST

START_TEST(f32_is_a_copy)
{
	float *x = kt_buf(33 * sizeof(*x)), *y = kt_buf(33 * sizeof(*y));

	for (int i = 0; i < 33; i++)
		x[i] = kt_uniform(-1, 1);
	mutsu_dequant_f32_ref(y, x, 33);
	ck_assert_mem_eq(x, y, 33 * sizeof(*x));
}
END_TEST

START_TEST(none_of_none)
{
	for (int i = 0; i < N_TYPES; i++)
		types[i].fn(kt_buf(0), kt_buf(0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dequant");
	TCase *tc = tcase_create("dequant");
	char *path = suite_data("dequant as_ggml", "quant/index.tsv");

	if (path)
		tcase_add_loop_test(tc, as_ggml, 0, N_TYPES);
	tcase_add_test(tc, f32_is_a_copy);
	tcase_add_test(tc, none_of_none);
	suite_add_tcase(suite, tc);
	free(path);
	return suite_run(suite);
}
