// SPDX-License-Identifier: MIT
/*
 * Compute of a Vulkan driver, tested: a process and a device for each test.
 *
 *	vulkan [NAME...]	all tests, or those whose names begin so; prints TAP
 *
 * Runs in the folder of the compiled shaders.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Seconds; emulated machines are slow. */
#define PATIENCE 180

static const struct test {
	const char *name;
	void (*run)(void);		/* NULL: the shader of that name */
} tests[] = {
	{ "device", test_device },
	{ "accumulate", NULL }, { "atomics", NULL }, { "bytes", NULL }, { "floats", NULL },
	{ "groups", NULL }, { "half", NULL }, { "int64", NULL }, { "loops", NULL },
	{ "matrix", NULL }, { "saxpy", NULL }, { "scan", NULL }, { "sort", NULL },
	{ "spill", NULL }, { "subgroup", NULL }, { "sums", NULL }, { "uniform", NULL },
	{ "copies", test_copies },
	{ "pipelines", test_pipelines },
	{ "bounds", test_bounds },
	{ "timestamps", test_timestamps },
	{ "semaphores", test_semaphores },
	{ "timeline", test_timeline },
	{ "in flight", test_in_flight },
	{ "sync files", test_sync_file },
	{ "memory", test_memory },
	{ "shared memory", test_shared },
	{ "two processes", test_processes },
	{ "killed", test_killed },
	{ "fault", test_fault },
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static bool passes(const struct test *test)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		alarm(PATIENCE);
		if (test->run)
			test->run();
		else
			test_shader(test->name);
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	if (WIFSIGNALED(status))
		printf("# %s\n", strsignal(WTERMSIG(status)));
	return !status;
}

static bool chosen(const struct test *test, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strncmp(test->name, argv[i], strlen(argv[i])))
			return true;
	}
	return argc == 1;
}

int main(int argc, char **argv)
{
	unsigned int n = 0;
	bool bad = false;

	for (size_t i = 0; i < SIZE(tests); i++) {
		double start = now();
		bool ok;

		if (!chosen(&tests[i], argc, argv))
			continue;
		ok = passes(&tests[i]);
		bad |= !ok;
		printf("%sok %u - Vulkan: %s\n# %.2f s\n", ok ? "" : "not ", ++n, tests[i].name,
		       now() - start);
	}
	printf("1..%u\n", n);
	return bad;
}
