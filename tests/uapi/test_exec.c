// SPDX-License-Identifier: MIT
#include "gpu.h"

static struct ut_gpu gpu;

static void smoke(void)
{
	u32 word = 0;

	ut_gpu_init(&gpu);
	ut_ok(ut_poke(&gpu, UT_DATA, 42));
	ut_eq(gpu.data[0], 42);
	ut_ok(ut_peek(&gpu, UT_DATA, &word));
	ut_eq(word, 42);
	ut_ok(ut_run_stream(&gpu, (ut_spin_end(&gpu), ut_spin(&gpu))));
}

static const struct ut_test tests[] = { UT(smoke) };

int main(int argc, char **argv)
{
	return ut_main(argc, argv, tests, ARRAY_SIZE(tests));
}
