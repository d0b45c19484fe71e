// SPDX-License-Identifier: MIT
#include "ut.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_SKIP 77
#define SECONDS 120		/* most tests take none; emulated CPUs are slow */
#define NS 1000000000ull

#define RESTORE 8

/* What the processes of a test say; of the parent, seen by all. */
struct said {
	char skip[256];
	char fail[1024];
	/* What files said before they were written. */
	u32 n_restore;
	struct { char path[256], text[256]; } restore[RESTORE];
};

static struct said *said;
static u32 cycles;

u32 ut_cycles(u32 otherwise)
{
	return cycles ? cycles : otherwise;
}

void ut_fail(const char *file, int line, const char *fmt, ...)
{
	char text[sizeof(said->fail) - 100];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* The first who fails says it. */
	if (!said->fail[0])
		snprintf(said->fail, sizeof(said->fail), "%s:%d: %s", file, line, text);
	_exit(1);
}

void ut_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(said->skip, sizeof(said->skip), fmt, args);
	va_end(args);
	_exit(EXIT_SKIP);
}

void ut_note(const char *fmt, ...)
{
	va_list args;

	fputs("# ", stdout);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	fputc('\n', stdout);
	fflush(stdout);
}

const char *ut_errno(int ret)
{
	const char *name = ret ? strerrorname_np(ret < 0 ? -ret : ret) : "0";

	return name ? name : "no errno";
}

void ut_check_ret(const char *file, int line, const char *what, s64 got, s64 want)
{
	if (got != want)
		ut_fail(file, line, "%s: %s, not %s", what, ut_errno((int)got),
			ut_errno((int)want));
}

void ut_check_num(const char *file, int line, const char *what, u64 got, u64 want)
{
	if (got != want)
		ut_fail(file, line, "%s is %llu (0x%llx), not %llu (0x%llx)", what,
			(unsigned long long)got, (unsigned long long)got,
			(unsigned long long)want, (unsigned long long)want);
}

/* --- files ------------------------------------------------------------------------ */

const char *ut_read_file(const char *path)
{
	static char text[256];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return NULL;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text);
}

static bool is_remembered(const char *path)
{
	for (u32 i = 0; i < said->n_restore; i++)
		if (!strcmp(said->restore[i].path, path))
			return true;
	return false;
}

bool ut_write_file(const char *path, const char *text)
{
	const char *was = ut_read_file(path);

	if (was && !is_remembered(path)) {
		if (said->n_restore == RESTORE)
			ut_fail(__FILE__, __LINE__, "more than %d files are written", RESTORE);
		snprintf(said->restore[said->n_restore].path, sizeof(said->restore->path), "%s",
			 path);
		snprintf(said->restore[said->n_restore].text, sizeof(said->restore->text), "%s",
			 was);
		said->n_restore++;
	}
	return write_file(path, text);
}

static void restore_files(void)
{
	for (u32 i = 0; i < said->n_restore; i++)
		write_file(said->restore[i].path, said->restore[i].text);
}

/* --- time ------------------------------------------------------------------------- */

u64 ut_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS + now.tv_nsec;
}

void ut_sleep_ms(u32 ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000l };

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

/* --- processes ------------------------------------------------------------------- */

int ut_fork(void (*run)(void *ctx), void *ctx)
{
	int pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		ut_fail(__FILE__, __LINE__, "fork: %s", ut_errno(errno));
	if (!pid) {
		run(ctx);
		fflush(stdout);
		_exit(0);
	}
	return pid;
}

void ut_join(int pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		ut_fail(__FILE__, __LINE__, "waitpid: %s", ut_errno(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIP)
		_exit(EXIT_SKIP);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		ut_fail(__FILE__, __LINE__, "a process ended with status 0x%x", status);
}

void ut_kill(int pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		ut_fail(__FILE__, __LINE__, "waitpid: %s", ut_errno(errno));
}

static void run_test(void *ctx)
{
	void **what = ctx;
	const struct ut_test *test = what[0];

	/* A group of its own, so that what it started ends with it. */
	setpgid(0, 0);
	if (test->run)
		test->run();
	else
		test->run_row(what[1]);
}

static void run_after(void *ctx)
{
	const struct ut_test *test = ctx;

	test->after();
}

/* Waits for pid: its status, or -ETIMEDOUT; what is left of it is killed. */
static int wait_for(int pid, u32 seconds)
{
	u64 end = ut_now() + seconds * NS;
	int status, ret;

	while (!(ret = waitpid(pid, &status, WNOHANG)) && ut_now() < end)
		usleep(500);
	kill(-pid, SIGKILL);
	if (ret == pid)
		return status;
	for (int i = 0; i < 5000 && waitpid(pid, &status, WNOHANG) != pid; i++)
		usleep(2000);
	return -ETIMEDOUT;
}

/* Whether it passed or was skipped. */
static bool run_one(const struct ut_test *test, const void *row, const char *name, u32 number)
{
	void *what[] = { (void *)(uintptr_t)test, (void *)(uintptr_t)row };
	int pid, status;

	memset(said, 0, sizeof(*said));
	pid = ut_fork(run_test, what);
	status = wait_for(pid, test->seconds ? test->seconds : SECONDS);
	restore_files();
	if (test->after)
		wait_for(ut_fork(run_after, what[0]), SECONDS);
	if (status == -ETIMEDOUT)
		snprintf(said->fail, sizeof(said->fail), "hangs");
	else if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIP && !said->fail[0])
		printf("ok %u - %s # SKIP %s\n", number, name, said->skip);
	else if (!said->fail[0] && status)
		snprintf(said->fail, sizeof(said->fail), "ended with status 0x%x", status);
	else if (!said->fail[0])
		printf("ok %u - %s\n", number, name);
	if (said->fail[0])
		printf("not ok %u - %s\n# %s\n", number, name, said->fail);
	fflush(stdout);
	return !said->fail[0];
}

/* --- main ------------------------------------------------------------------------ */

static bool wanted(const char *name, char **names, int n)
{
	for (int i = 0; i < n; i++)
		if (strstr(name, names[i]))
			return true;
	return !n;
}

struct run {
	char **names;
	int n_names;
	bool list;
	u32 number;
	bool bad;
};

static void run_named(struct run *run, const struct ut_test *test, const void *row)
{
	char name[256];

	snprintf(name, sizeof(name), row ? "%s: %s" : "%s", test->name,
		 row ? *(const char *const *)row : "");
	if (!wanted(name, run->names, run->n_names))
		return;
	if (run->list)
		puts(name);
	else
		run->bad |= !run_one(test, row, name, ++run->number);
}

static void run_all(struct run *run, const struct ut_test *tests, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *row = tests[i].rows;

		if (tests[i].run)
			run_named(run, &tests[i], NULL);
		for (size_t k = 0; k < tests[i].n_rows; k++, row += tests[i].row_size)
			run_named(run, &tests[i], row);
	}
}

int ut_main(int argc, char **argv, const struct ut_test *tests, size_t n)
{
	struct run run = { .list = false };
	int c;

	while ((c = getopt(argc, argv, "lc:")) != -1) {
		if (c == 'l') {
			run.list = true;
		} else if (c == 'c') {
			cycles = (u32)strtoul(optarg, NULL, 0);
		} else {
			fprintf(stderr, "usage: %s [-l] [-c CYCLES] [NAME]...\n", argv[0]);
			return 2;
		}
	}
	run.names = argv + optind;
	run.n_names = argc - optind;
	said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (said == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	run_all(&run, tests, n);
	if (!run.list)
		printf("1..%u\n", run.number);
	return fflush(stdout) || run.bad;
}
