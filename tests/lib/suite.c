// SPDX-License-Identifier: MIT
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
	const char *name, *why;
} skips[256];
static unsigned int n_skips;

uint64_t kt_seed = 0x6d75747375;

__attribute__((constructor))
static void read_seed(void)
{
	const char *seed = getenv("KT_SEED");

	if (seed)
		kt_seed = strtoull(seed, NULL, 0);
}

int suite_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed, run;

	/* Check writes TAP to a file only; "-" is stdout. */
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	run = srunner_ntests_run(runner);
	srunner_free(runner);

	for (unsigned int i = 0; i < n_skips; i++)
		printf("ok %d - %s # SKIP %s\n", run + 1 + (int)i, skips[i].name, skips[i].why);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

void suite_skip(const char *name, const char *why)
{
	if (n_skips == sizeof(skips) / sizeof(skips[0]))
		abort();
	skips[n_skips].name = name;
	skips[n_skips++].why = why;
}

char *suite_data(const char *name, const char *file)
{
	const char *root = getenv("MUTSU_MODELS");
	char *path;

	if (!root || !*root) {
		suite_skip(name, "MUTSU_MODELS is not set");
		return NULL;
	}
	if (asprintf(&path, "%s/%s", root, file) < 0)
		abort();
	if (access(path, R_OK)) {
		char *why;

		if (asprintf(&why, "%s is missing", file) < 0)
			abort();
		suite_skip(name, why);
		free(path);
		return NULL;
	}
	return path;
}

char *suite_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/mutsu-test-XXXXXX", tmp && *tmp ? tmp : P_tmpdir) < 0 ||
	    !mkdtemp(path)) {
		perror("suite_dir");
		abort();
	}
	return path;
}

void *kt_buf(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	char *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || mprotect(map + room, page, PROT_NONE)) {
		perror("kt_buf");
		abort();
	}
	return map + room - size;
}

uint64_t kt_random(void)
{
	kt_seed ^= kt_seed >> 12;
	kt_seed ^= kt_seed << 25;
	kt_seed ^= kt_seed >> 27;
	return kt_seed * 0x2545f4914f6cdd1d;
}

uint32_t kt_below(uint32_t n)
{
	return (uint32_t)((kt_random() >> 32) * n >> 32);
}

float kt_uniform(float lo, float hi)
{
	return lo + (hi - lo) * (float)(kt_random() >> 40) * 0x1p-24f;
}
